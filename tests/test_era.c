/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_era.c - the table of behaviour flags, spelled out a second time.
 */
#include <vfiosim/kernel.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define TEXT_MAX 4096

static const char expected_table[] =
	"track_unbound: off on\n"
	"check_order: kernel corrected atomic\n"
	"inject_track_enomem: off on\n"
	"isolation: notifier_bug dma_owner\n"
	"kvm_del: external_get match_group match_file\n"
	"kvm_pins: users+group file\n"
	"ext_put_order: group_first dissolve_first\n"
	"iommu_group_pin: per_device per_group\n"
	"create_race_leaks_iommu_ref: off on\n"
	"nb_put: sync workqueue none\n"
	"del_wait: uninterruptible spin_on_signal fixed woken completion\n"
	"request_op: off on\n"
	"container_stall: off on\n"
	"last_dev_detaches: off on\n"
	"device_free: last_put_unlinks+drvdata_clear unregister_unlinks\n"
	"get_from_dev: drvdata lookup absent\n"
	"open_under_VD: off on\n"
	"membership_removed_at: DEL REMOVED\n"
	"probe_fail_notify: none not_bound\n"
	"probe_fails_after_add: off on\n"
	"sysfs_bind_recheck: none skip ebusy\n"
	"sysfs_unbind_recheck: none corrected\n"
	"group_state_lock: atomics lock\n"
	"allow_list: pci-stub+pcieport pci-stub+bridges driver_managed_dma\n"
	"debug_test_remove: off on\n"
	"probe_errno: hidden returned\n"
	"device_dead: off on\n"
	"iommu_probe: off on\n"
	"minor_alloc: before_scan after_scan with_group\n"
	"hot_add_warn: name text\n"
	"set_iommu_retry: off on\n"
	"device_set: off on\n"
	"pci_lock: driver_lock dev_set\n"
	"kvm_side_effects: none count unconditional on_match\n"
	"kvm_create_lock: off on\n"
	"container_fops: locked unlocked\n";

static void append(char *text, const char *part)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, TEXT_MAX - used, "%s", part);
}

static void append_flag(char *text, unsigned flag)
{
	const char *value;
	unsigned nth;

	append(text, era_flag_name(flag));
	append(text, ":");
	for (nth = 0; (value = era_value_name(flag, nth)); nth++) {
		append(text, " ");
		append(text, value);
	}
	append(text, "\n");
}

static void every_flag_and_value_is_spelled_as_specified(void **state)
{
	char text[TEXT_MAX] = "";
	unsigned flag;

	(void)state;
	for (flag = 0; flag < ERA_FLAG_NR; flag++)
		append_flag(text, flag);
	assert_string_equal(text, expected_table);
}

static void nothing_is_named_past_the_end_of_the_table(void **state)
{
	(void)state;
	assert_null(era_flag_name(ERA_FLAG_NR));
	assert_null(era_value_name(ERA_FLAG_NR, 0));
	assert_null(era_value_name(ERA_DEL_WAIT, 5));
	assert_null(era_value_name(ERA_DEL_WAIT, 1000));
}

static void values_have_the_numbers_that_code_uses(void **state)
{
	(void)state;
	assert_string_equal(era_value_name(ERA_TRACK_UNBOUND, ERA_ON), "on");
	assert_string_equal(era_value_name(ERA_CHECK_ORDER, ERA_CHECK_KERNEL),
			    "kernel");
	assert_string_equal(era_value_name(ERA_CHECK_ORDER,
					   ERA_CHECK_CORRECTED),
			    "corrected");
	assert_string_equal(era_value_name(ERA_CHECK_ORDER, ERA_CHECK_ATOMIC),
			    "atomic");
	assert_string_equal(era_value_name(ERA_KVM_DEL,
					   ERA_KVM_DEL_EXTERNAL_GET),
			    "external_get");
	assert_string_equal(era_value_name(ERA_KVM_DEL,
					   ERA_KVM_DEL_MATCH_GROUP),
			    "match_group");
	assert_string_equal(era_value_name(ERA_KVM_DEL, ERA_KVM_DEL_MATCH_FILE),
			    "match_file");
	assert_string_equal(era_value_name(ERA_EXT_PUT_ORDER,
					   ERA_EXT_PUT_DISSOLVE_FIRST),
			    "dissolve_first");
	assert_string_equal(era_value_name(ERA_IOMMU_GROUP_PIN,
					   ERA_PIN_PER_GROUP),
			    "per_group");
}

static void seven_eras_are_offered(void **state)
{
	static const char *const names[] = { "v3.19", "v3.19-patched",
					     "v4.0",  "v4.14",
					     "v5.15", "v5.19",
					     "v6.1",  NULL };
	struct kernel_era era = { .name = "untouched" };
	unsigned nth;

	(void)state;
	for (nth = 0; names[nth]; nth++)
		assert_string_equal(era_name(nth), names[nth]);
	assert_null(era_name(nth));
	assert_int_equal(era_lookup("v4", &era), -ENOENT);
	assert_int_equal(era_lookup("", &era), -ENOENT);
	assert_string_equal(era.name, "untouched");
}

/* All flags of 3.19 have their first value, but open_under_VD, which is on. */
static void the_first_era_is_the_kernel_without_tracking(void **state)
{
	struct kernel_era era;
	unsigned flag;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &era), 0);
	assert_string_equal(era.name, "v3.19");
	for (flag = 0; flag < ERA_FLAG_NR; flag++)
		assert_int_equal(era.value[flag], flag == ERA_OPEN_UNDER_VD);
}

static void the_patch_turns_tracking_on_and_nothing_else(void **state)
{
	struct kernel_era before, after;
	unsigned flag;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &before), 0);
	assert_int_equal(era_lookup("v3.19-patched", &after), 0);
	assert_int_equal(after.value[ERA_TRACK_UNBOUND], ERA_ON);
	for (flag = 0; flag < ERA_FLAG_NR; flag++)
		assert_int_equal(before.value[flag] != after.value[flag],
				 flag == ERA_TRACK_UNBOUND);
}

static void eras_have_values_that_go_together(void **state)
{
	struct kernel_era era;
	unsigned nth, flag;

	(void)state;
	for (nth = 0; era_name(nth); nth++) {
		assert_int_equal(era_lookup(era_name(nth), &era), 0);
		assert_string_equal(era.name, era_name(nth));
		assert_null(era_conflict(&era));
		for (flag = 0; flag < ERA_FLAG_NR; flag++)
			assert_non_null(era_value_name(flag, era.value[flag]));
	}
}

static void a_value_that_rests_on_another_is_refused_alone(void **state)
{
	struct kernel_config config;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(era_set(&config.era, "del_wait", "completion"), 0);
	assert_string_equal(era_conflict(&config.era),
			    "del_wait=completion needs "
			    "device_free=unregister_unlinks");
	assert_int_equal(kernel_boot(&config), -EINVAL);
	assert_int_equal(
		era_set(&config.era, "device_free", "unregister_unlinks"), 0);
	assert_null(era_conflict(&config.era));
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

/* Without the group's notifier nobody asks who is on the list. */
static void what_would_do_nothing_is_refused(void **state)
{
	static const char *const eras[] = { "v5.19", "v6.1" };
	struct kernel_config config;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(era_lookup(eras[i], &config.era), 0);
		assert_int_equal(era_set(&config.era, "track_unbound", "on"),
				 0);
		assert_string_equal(era_conflict(&config.era),
				    "track_unbound=on needs "
				    "isolation=notifier_bug");
		assert_int_equal(kernel_boot(&config), -EINVAL);
	}
	assert_int_equal(era_lookup("v5.15", &config.era), 0);
	assert_null(era_conflict(&config.era));
	assert_int_equal(era_set(&config.era, "isolation", "dma_owner"), 0);
	assert_non_null(era_conflict(&config.era));
	assert_int_equal(era_set(&config.era, "track_unbound", "off"), 0);
	assert_null(era_conflict(&config.era));
}

static void every_value_can_be_set(void **state)
{
	struct kernel_era era;
	unsigned flag, nth;
	const char *value;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &era), 0);
	for (flag = 0; flag < ERA_FLAG_NR; flag++) {
		for (nth = 0; (value = era_value_name(flag, nth)); nth++) {
			era.value[flag] = 77;
			assert_int_equal(
				era_set(&era, era_flag_name(flag), value), 0);
			assert_int_equal(era.value[flag], nth);
		}
	}
}

static void unknown_flags_and_values_are_told_apart(void **state)
{
	struct kernel_era era;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &era), 0);
	assert_int_equal(era_set(&era, "track", "on"), -ENOENT);
	assert_int_equal(era_set(&era, "", "on"), -ENOENT);
	assert_int_equal(era_set(&era, "track_unbound", "On"), -EINVAL);
	assert_int_equal(era_set(&era, "track_unbound", ""), -EINVAL);
	assert_int_equal(era.value[ERA_TRACK_UNBOUND], ERA_OFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flag_and_value_is_spelled_as_specified),
		cmocka_unit_test(nothing_is_named_past_the_end_of_the_table),
		cmocka_unit_test(values_have_the_numbers_that_code_uses),
		cmocka_unit_test(seven_eras_are_offered),
		cmocka_unit_test(the_first_era_is_the_kernel_without_tracking),
		cmocka_unit_test(the_patch_turns_tracking_on_and_nothing_else),
		cmocka_unit_test(eras_have_values_that_go_together),
		cmocka_unit_test(
			a_value_that_rests_on_another_is_refused_alone),
		cmocka_unit_test(what_would_do_nothing_is_refused),
		cmocka_unit_test(every_value_can_be_set),
		cmocka_unit_test(unknown_flags_and_values_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
