/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * era.c - behaviour flags, their values, and the eras made of them.
 *
 * Tables hold everything: the values of a flag, the flags in which an era
 * differs from another one, and the values that make no sense without others.
 */
#include <vfiosim/kernel.h>

#include <stdio.h>
#include <string.h>

#define VALUES_MAX 5

/* Values are numbered in this order. */
struct flag_row {
	const char *name;
	const char *value[VALUES_MAX];
};

/* clang-format off */
static const struct flag_row flag_row[ERA_FLAG_NR] = {
	[ERA_TRACK_UNBOUND] = { "track_unbound", { "off", "on" } },
	[ERA_CHECK_ORDER] = { "check_order",
		{ "kernel", "corrected", "atomic" } },
	[ERA_INJECT_TRACK_ENOMEM] = { "inject_track_enomem",
		{ "off", "on" } },
	[ERA_ISOLATION] = { "isolation",
		{ "notifier_bug", "dma_owner" } },
	[ERA_KVM_DEL] = { "kvm_del",
		{ "external_get", "match_group", "match_file" } },
	[ERA_KVM_PINS] = { "kvm_pins", { "users+group", "file" } },
	[ERA_EXT_PUT_ORDER] = { "ext_put_order",
		{ "group_first", "dissolve_first" } },
	[ERA_IOMMU_GROUP_PIN] = { "iommu_group_pin",
		{ "per_device", "per_group" } },
	[ERA_CREATE_RACE_LEAKS_IOMMU_REF] = { "create_race_leaks_iommu_ref",
		{ "off", "on" } },
	[ERA_NB_PUT] = { "nb_put",
		{ "sync", "workqueue", "none" } },
	[ERA_DEL_WAIT] = { "del_wait",
		{ "uninterruptible", "spin_on_signal", "fixed",
		  "woken", "completion" } },
	[ERA_REQUEST_OP] = { "request_op", { "off", "on" } },
	[ERA_CONTAINER_STALL] = { "container_stall", { "off", "on" } },
	[ERA_LAST_DEV_DETACHES] = { "last_dev_detaches",
		{ "off", "on" } },
	[ERA_DEVICE_FREE] = { "device_free",
		{ "last_put_unlinks+drvdata_clear",
		  "unregister_unlinks" } },
	[ERA_GET_FROM_DEV] = { "get_from_dev",
		{ "drvdata", "lookup", "absent" } },
	[ERA_OPEN_UNDER_VD] = { "open_under_VD", { "off", "on" } },
	[ERA_MEMBERSHIP_REMOVED_AT] = { "membership_removed_at",
		{ "DEL", "REMOVED" } },
	[ERA_PROBE_FAIL_NOTIFY] = { "probe_fail_notify",
		{ "none", "not_bound" } },
	[ERA_PROBE_FAILS_AFTER_ADD] = { "probe_fails_after_add",
		{ "off", "on" } },
	[ERA_SYSFS_BIND_RECHECK] = { "sysfs_bind_recheck",
		{ "none", "skip", "ebusy" } },
	[ERA_SYSFS_UNBIND_RECHECK] = { "sysfs_unbind_recheck",
		{ "none", "corrected" } },
	[ERA_GROUP_STATE_LOCK] = { "group_state_lock",
		{ "atomics", "lock" } },
	[ERA_ALLOW_LIST] = { "allow_list",
		{ "pci-stub+pcieport", "pci-stub+bridges",
		  "driver_managed_dma" } },
	[ERA_DEBUG_TEST_REMOVE] = { "debug_test_remove",
		{ "off", "on" } },
	[ERA_PROBE_ERRNO] = { "probe_errno",
		{ "hidden", "returned" } },
	[ERA_DEVICE_DEAD] = { "device_dead", { "off", "on" } },
	[ERA_IOMMU_PROBE] = { "iommu_probe", { "off", "on" } },
	[ERA_MINOR_ALLOC] = { "minor_alloc",
		{ "before_scan", "after_scan", "with_group" } },
	[ERA_HOT_ADD_WARN] = { "hot_add_warn", { "name", "text" } },
	[ERA_SET_IOMMU_RETRY] = { "set_iommu_retry", { "off", "on" } },
	[ERA_DEVICE_SET] = { "device_set", { "off", "on" } },
	[ERA_PCI_LOCK] = { "pci_lock", { "driver_lock", "dev_set" } },
	[ERA_KVM_SIDE_EFFECTS] = { "kvm_side_effects",
		{ "none", "count", "unconditional", "on_match" } },
	[ERA_KVM_CREATE_LOCK] = { "kvm_create_lock",
		{ "off", "on" } },
	[ERA_CONTAINER_FOPS] = { "container_fops",
		{ "locked", "unlocked" } },
};

/* An era has the flags of another one, and these. */
#define CHANGES_MAX 16

struct era_change {
	enum era_flag flag;
	unsigned char value;
};

static const struct {
	const char *name, *like; /* like: the era it starts from */
	unsigned nr;
	struct era_change change[CHANGES_MAX];
} era_row[] = {
	{ "v3.19", NULL, 1, { { ERA_OPEN_UNDER_VD, ERA_ON } } },
	{ "v3.19-patched", "v3.19", 1, { { ERA_TRACK_UNBOUND, ERA_ON } } },
	{ "v4.0", "v3.19-patched", 4,
	  { { ERA_IOMMU_GROUP_PIN, ERA_PIN_PER_GROUP },
	    { ERA_CREATE_RACE_LEAKS_IOMMU_REF, ERA_ON },
	    { ERA_DEL_WAIT, ERA_DEL_WAIT_SPIN_ON_SIGNAL },
	    { ERA_REQUEST_OP, ERA_ON } } },
	{ "v4.14", "v4.0", 16,
	  { { ERA_KVM_DEL, ERA_KVM_DEL_MATCH_GROUP },
	    { ERA_EXT_PUT_ORDER, ERA_EXT_PUT_DISSOLVE_FIRST },
	    { ERA_NB_PUT, ERA_NB_PUT_WORKQUEUE },
	    { ERA_DEL_WAIT, ERA_DEL_WAIT_FIXED },
	    { ERA_CONTAINER_STALL, ERA_ON },
	    { ERA_GET_FROM_DEV, ERA_GET_FROM_DEV_LOOKUP },
	    { ERA_OPEN_UNDER_VD, ERA_OFF },
	    { ERA_MEMBERSHIP_REMOVED_AT, ERA_MEMBERSHIP_REMOVED_AT_REMOVED },
	    { ERA_PROBE_FAIL_NOTIFY, ERA_PROBE_FAIL_NOTIFY_NOT_BOUND },
	    { ERA_ALLOW_LIST, ERA_ALLOW_BRIDGES },
	    { ERA_MINOR_ALLOC, ERA_MINOR_AFTER_SCAN },
	    { ERA_HOT_ADD_WARN, ERA_HOT_ADD_WARN_TEXT },
	    { ERA_SET_IOMMU_RETRY, ERA_ON },
	    { ERA_KVM_SIDE_EFFECTS, ERA_KVM_SIDE_EFFECTS_ON_MATCH },
	    { ERA_KVM_CREATE_LOCK, ERA_ON },
	    { ERA_CONTAINER_FOPS, ERA_CONTAINER_FOPS_UNLOCKED } } },
	{ "v5.15", "v4.14", 8,
	  { { ERA_DEL_WAIT, ERA_DEL_WAIT_COMPLETION },
	    { ERA_DEVICE_FREE, ERA_DEVICE_FREE_UNREGISTER },
	    { ERA_SYSFS_BIND_RECHECK, ERA_BIND_RECHECK_EBUSY },
	    { ERA_PROBE_ERRNO, ERA_PROBE_ERRNO_RETURNED },
	    { ERA_DEVICE_DEAD, ERA_ON },
	    { ERA_IOMMU_PROBE, ERA_ON },
	    { ERA_DEVICE_SET, ERA_ON },
	    { ERA_PCI_LOCK, ERA_PCI_LOCK_DEV_SET } } },
	{ "v5.19", "v5.15", 11,
	  { { ERA_TRACK_UNBOUND, ERA_OFF },
	    { ERA_ISOLATION, ERA_ISOLATION_DMA_OWNER },
	    { ERA_KVM_DEL, ERA_KVM_DEL_MATCH_FILE },
	    { ERA_KVM_PINS, ERA_KVM_PINS_FILE },
	    { ERA_CREATE_RACE_LEAKS_IOMMU_REF, ERA_OFF },
	    { ERA_NB_PUT, ERA_NB_PUT_NONE },
	    { ERA_CONTAINER_STALL, ERA_OFF },
	    { ERA_GET_FROM_DEV, ERA_GET_FROM_DEV_ABSENT },
	    { ERA_GROUP_STATE_LOCK, ERA_GROUP_STATE_LOCK_HELD },
	    { ERA_ALLOW_LIST, ERA_ALLOW_DRIVER_MANAGED_DMA },
	    { ERA_MINOR_ALLOC, ERA_MINOR_WITH_GROUP } } },
	{ "v6.1", "v5.19", 1, { { ERA_LAST_DEV_DETACHES, ERA_ON } } },
};
/* clang-format on */

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
	return flag_row[flag].value[value];
}

static int era_find(const char *name)
{
	unsigned nth;

	for (nth = 0; nth < ERAS_NR; nth++)
		if (!strcmp(era_row[nth].name, name))
			return (int)nth;
	return -ENOENT;
}

int era_lookup(const char *name, struct kernel_era *ret_era)
{
	int nth = era_find(name);
	unsigned i;

	if (nth < 0)
		return nth;
	if (era_row[nth].like)
		(void)era_lookup(era_row[nth].like, ret_era);
	else
		memset(ret_era, 0, sizeof(*ret_era));
	(void)snprintf(ret_era->name, sizeof(ret_era->name), "%s", name);
	for (i = 0; i < era_row[nth].nr; i++)
		ret_era->value[era_row[nth].change[i].flag] =
			era_row[nth].change[i].value;
	return 0;
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
		era->value[f] = nth;
		return 0;
	}
	return -EINVAL;
}

/* A value that rests on what another flag has. */
static const struct {
	enum era_flag flag;
	unsigned char value;
	enum era_flag needs;
	unsigned char needed;
	const char *text;
} need_row[] = {
	{ ERA_TRACK_UNBOUND, ERA_ON, ERA_ISOLATION, ERA_ISOLATION_NOTIFIER_BUG,
	  "track_unbound=on needs isolation=notifier_bug" },
	{ ERA_DEL_WAIT, ERA_DEL_WAIT_COMPLETION, ERA_DEVICE_FREE,
	  ERA_DEVICE_FREE_UNREGISTER,
	  "del_wait=completion needs device_free=unregister_unlinks" },
	{ ERA_DEVICE_FREE, ERA_DEVICE_FREE_UNREGISTER, ERA_DEL_WAIT,
	  ERA_DEL_WAIT_COMPLETION,
	  "device_free=unregister_unlinks needs del_wait=completion" },
	{ ERA_KVM_PINS, ERA_KVM_PINS_FILE, ERA_KVM_DEL, ERA_KVM_DEL_MATCH_FILE,
	  "kvm_pins=file needs kvm_del=match_file" },
	{ ERA_KVM_DEL, ERA_KVM_DEL_MATCH_FILE, ERA_KVM_PINS, ERA_KVM_PINS_FILE,
	  "kvm_del=match_file needs kvm_pins=file" },
	{ ERA_GROUP_STATE_LOCK, ERA_GROUP_STATE_LOCK_HELD, ERA_KVM_PINS,
	  ERA_KVM_PINS_FILE, "group_state_lock=lock needs kvm_pins=file" },
	{ ERA_LAST_DEV_DETACHES, ERA_ON, ERA_GROUP_STATE_LOCK,
	  ERA_GROUP_STATE_LOCK_HELD,
	  "last_dev_detaches=on needs group_state_lock=lock" },
	{ ERA_LAST_DEV_DETACHES, ERA_ON, ERA_MINOR_ALLOC, ERA_MINOR_WITH_GROUP,
	  "last_dev_detaches=on needs minor_alloc=with_group" },
	{ ERA_LAST_DEV_DETACHES, ERA_ON, ERA_ISOLATION, ERA_ISOLATION_DMA_OWNER,
	  "last_dev_detaches=on needs isolation=dma_owner" },
};

const char *era_conflict(const struct kernel_era *era)
{
	size_t i;

	for (i = 0; i < sizeof(need_row) / sizeof(need_row[0]); i++)
		if (era->value[need_row[i].flag] == need_row[i].value &&
		    era->value[need_row[i].needs] != need_row[i].needed)
			return need_row[i].text;
	return NULL;
}
