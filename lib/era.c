/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * era.c - behaviour flags, their values, and the eras made of them.
 *
 * Two tables hold everything: a value of a flag is known, and perhaps
 * modelled; an era lists the flags that differ from their first value.
 */
#include <vfiosim/kernel.h>

#include <string.h>

#define VALUES_MAX 5

/* Values are numbered in this order; one marked false is known, no more. */
struct flag_row {
	const char *name;
	struct {
		const char *name;
		bool modelled;
	} value[VALUES_MAX];
};

#define OFF_ON                     \
	{                          \
		{ "off", true },   \
		{                  \
			"on", true \
		}                  \
	}
#define OFF_ONLY                    \
	{                           \
		{ "off", true },    \
		{                   \
			"on", false \
		}                   \
	}
#define ON_ONLY                    \
	{                          \
		{ "off", false },  \
		{                  \
			"on", true \
		}                  \
	}

static const struct flag_row flag_row[ERA_FLAG_NR] = {
	[ERA_TRACK_UNBOUND] = { "track_unbound", OFF_ON },
	[ERA_CHECK_ORDER] = { "check_order",
			      { { "kernel", true },
				{ "corrected", true },
				{ "atomic", true } } },
	[ERA_INJECT_TRACK_ENOMEM] = { "inject_track_enomem", OFF_ON },
	[ERA_ISOLATION] = { "isolation",
			    { { "notifier_bug", true },
			      { "dma_owner", false } } },
	[ERA_KVM_DEL] = { "kvm_del",
			  { { "external_get", true },
			    { "match_group", true },
			    { "match_file", false } } },
	[ERA_KVM_PINS] = { "kvm_pins",
			   { { "users+group", true }, { "file", false } } },
	[ERA_EXT_PUT_ORDER] = { "ext_put_order",
				{ { "group_first", true },
				  { "dissolve_first", true } } },
	[ERA_IOMMU_GROUP_PIN] = { "iommu_group_pin",
				  { { "per_device", true },
				    { "per_group", true } } },
	[ERA_CREATE_RACE_LEAKS_IOMMU_REF] = { "create_race_leaks_iommu_ref",
					      OFF_ONLY },
	[ERA_NB_PUT] = { "nb_put",
			 { { "sync", true },
			   { "workqueue", false },
			   { "none", false } } },
	[ERA_DEL_WAIT] = { "del_wait",
			   { { "uninterruptible", true },
			     { "spin_on_signal", false },
			     { "fixed", false },
			     { "woken", false },
			     { "completion", false } } },
	[ERA_REQUEST_OP] = { "request_op", OFF_ONLY },
	[ERA_CONTAINER_STALL] = { "container_stall", OFF_ONLY },
	[ERA_LAST_DEV_DETACHES] = { "last_dev_detaches", OFF_ONLY },
	[ERA_DEVICE_FREE] = { "device_free",
			      { { "last_put_unlinks+drvdata_clear", true },
				{ "unregister_unlinks", false } } },
	[ERA_GET_FROM_DEV] = { "get_from_dev",
			       { { "drvdata", true },
				 { "lookup", false },
				 { "absent", false } } },
	[ERA_OPEN_UNDER_VD] = { "open_under_VD", ON_ONLY },
	[ERA_MEMBERSHIP_REMOVED_AT] = { "membership_removed_at",
					{ { "DEL", true },
					  { "REMOVED", false } } },
	[ERA_PROBE_FAIL_NOTIFY] = { "probe_fail_notify",
				    { { "none", true },
				      { "not_bound", false } } },
	[ERA_PROBE_FAILS_AFTER_ADD] = { "probe_fails_after_add", OFF_ONLY },
	[ERA_SYSFS_BIND_RECHECK] = { "sysfs_bind_recheck",
				     { { "none", true },
				       { "skip", false },
				       { "ebusy", false } } },
	[ERA_SYSFS_UNBIND_RECHECK] = { "sysfs_unbind_recheck",
				       { { "none", true },
					 { "corrected", true } } },
	[ERA_GROUP_STATE_LOCK] = { "group_state_lock",
				   { { "atomics", true }, { "lock", false } } },
	[ERA_ALLOW_LIST] = { "allow_list",
			     { { "pci-stub+pcieport", true },
			       { "pci-stub+bridges", false },
			       { "driver_managed_dma", false } } },
	[ERA_DEBUG_TEST_REMOVE] = { "debug_test_remove", OFF_ONLY },
};

/* Flags that an era does not name have their first value. */
static const struct kernel_era era_row[] = {
	{ "v3.19", { [ERA_OPEN_UNDER_VD] = ERA_ON } },
	{ "v3.19-patched",
	  { [ERA_OPEN_UNDER_VD] = ERA_ON, [ERA_TRACK_UNBOUND] = ERA_ON } },
};

#define ERAS_NR (sizeof(era_row) / sizeof(era_row[0]))

const char *era_name(unsigned nth)
{
	return nth < ERAS_NR ? era_row[nth].name : NULL;
}

const char *era_flag_name(enum era_flag flag)
{
	return (unsigned)flag < ERA_FLAG_NR ? flag_row[flag].name : NULL;
}

const char *era_value_name(enum era_flag flag, unsigned value)
{
	if ((unsigned)flag >= ERA_FLAG_NR || value >= VALUES_MAX)
		return NULL;
	return flag_row[flag].value[value].name;
}

bool era_value_modelled(enum era_flag flag, unsigned value)
{
	return era_value_name(flag, value) &&
	       flag_row[flag].value[value].modelled;
}

int era_lookup(const char *name, struct kernel_era *ret_era)
{
	unsigned nth;

	for (nth = 0; nth < ERAS_NR; nth++) {
		if (strcmp(era_row[nth].name, name))
			continue;
		*ret_era = era_row[nth];
		return 0;
	}
	return -ENOENT;
}

/* ERA_FLAG_NR: there is no such flag. */
static unsigned flag_find(const char *name)
{
	unsigned flag;

	for (flag = 0; flag < ERA_FLAG_NR; flag++)
		if (!strcmp(flag_row[flag].name, name))
			break;
	return flag;
}

int era_set(struct kernel_era *era, const char *flag, const char *value)
{
	unsigned f = flag_find(flag);
	unsigned nth;
	const char *name;

	if (f == ERA_FLAG_NR)
		return -ENOENT;
	for (nth = 0; (name = era_value_name(f, nth)); nth++) {
		if (strcmp(name, value))
			continue;
		if (!era_value_modelled(f, nth))
			return -EOPNOTSUPP;
		era->value[f] = nth;
		return 0;
	}
	return -EINVAL;
}
