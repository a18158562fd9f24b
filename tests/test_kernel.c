/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_kernel.c - the machine: boot, halt, subsystems, leaks, its era.
 *
 * Subsystems of the test are registered once, in another order than their
 * ranks ask for.
 */
#include <vfiosim/kernel.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char log_text[256];
static int late_error; /* what the last subsystem's boot returns */

static void log_line(const char *what)
{
	size_t used = strlen(log_text);

	(void)snprintf(log_text + used, sizeof(log_text) - used, "%s;", what);
}

static int boot_early(void)
{
	log_line("boot early");
	return 0;
}

static void halt_early(void)
{
	log_line("halt early");
}

static int boot_b(void)
{
	log_line("boot b");
	return 0;
}

static int boot_a(void)
{
	log_line("boot a");
	return 0;
}

static void halt_a(void)
{
	log_line("halt a");
}

static void *late_block;

static int boot_late(void)
{
	log_line("boot late");
	late_block = slab_alloc("late", 8);
	return late_error;
}

static void halt_late(void)
{
	log_line("halt late");
	kfree(late_block);
}

static void register_subsystems(void)
{
	static struct kernel_subsystem subsystem[] = {
		{ .name = "late",
		  .rank = 99,
		  .boot = boot_late,
		  .halt = halt_late },
		{ .name = "a", .rank = 98, .boot = boot_a, .halt = halt_a },
		{ .name = "b", .rank = 98, .boot = boot_b },
		{ .name = "early",
		  .rank = 97,
		  .boot = boot_early,
		  .halt = halt_early },
	};
	size_t i;

	for (i = 0; i < sizeof(subsystem) / sizeof(subsystem[0]); i++)
		kernel_register_subsystem(&subsystem[i]);
}

static int forget_log(void **state)
{
	(void)state;
	log_text[0] = '\0';
	late_error = 0;
	return 0;
}

static void subsystems_boot_by_rank_and_halt_in_reverse(void **state)
{
	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_string_equal(log_text, "boot early;boot a;boot b;boot late;");
	log_text[0] = '\0';
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_string_equal(log_text, "halt late;halt a;halt early;");
}

static void a_boot_that_fails_halts_what_was_booted(void **state)
{
	(void)state;
	late_error = -ENOMEM;
	assert_int_equal(kernel_boot(NULL), -ENOMEM);
	assert_string_equal(log_text, "boot early;boot a;boot b;boot late;"
				      "halt a;halt early;");
	assert_null(kernel_era());
	assert_int_equal(slab_live(NULL), 0);
	assert_int_equal(kernel_halt(NULL, NULL), -EINVAL);

	late_error = 0;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

static void there_is_one_machine_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(kernel_halt(NULL, NULL), -EINVAL);
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(kernel_boot(NULL), -EBUSY);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(kernel_halt(NULL, NULL), -EINVAL);
}

static int log_leak(const struct slab_block *block, void *arg)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%s #%u", block->type, block->nr);
	log_line(line);
	return --*(int *)arg == 0;
}

static void leave_blocks(void *arg)
{
	(void)arg;
	(void)slab_alloc("one", 8);
}

static void halt_names_leaks_by_task_and_age(void **state)
{
	void *freed;
	int told = -1;

	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(kthread_run("t", leave_blocks, NULL), 1);
	kthread_join_all();
	assert_non_null(slab_alloc("two", 8));
	freed = slab_alloc("one", 8);
	assert_non_null(slab_alloc("one", 8));
	kfree(freed);
	log_text[0] = '\0';
	assert_int_equal(kernel_halt(log_leak, &told), 3);
	assert_string_equal(log_text, "halt late;halt a;halt early;"
				      "two #1;one #3;one #1;");
}

static void who_had_enough_is_told_no_more_leaks(void **state)
{
	int told = 1;

	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_non_null(slab_alloc("one", 8));
	assert_non_null(slab_alloc("one", 8));
	log_text[0] = '\0';
	assert_int_equal(kernel_halt(log_leak, &told), 2);
	assert_string_equal(log_text, "halt late;halt a;halt early;one #1;");
}

static void nothing_is_left_behind_a_halt(void **state)
{
	void *leak;

	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	leak = slab_alloc("one", 8);
	assert_int_equal(slab_query(leak, NULL), SLAB_LIVE);
	assert_int_equal(kernel_halt(NULL, NULL), 1);
	assert_int_equal(slab_query(leak, NULL), SLAB_WILD);
	assert_int_equal(slab_live(NULL), 0);
	assert_int_equal(slab_allocated(NULL), 0);
	assert_null(kernel_era());
}

static void a_machine_is_of_the_first_era_unless_told(void **state)
{
	(void)state;
	assert_null(kernel_era());
	assert_int_equal(kernel_boot(NULL), 0);
	assert_string_equal(kernel_era()->name, "v3.19");
	assert_int_equal(era_flag(ERA_TRACK_UNBOUND), ERA_OFF);
	assert_int_equal(era_flag(ERA_OPEN_UNDER_VD), ERA_ON);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

static void a_machine_has_the_flags_it_was_booted_with(void **state)
{
	struct kernel_config config;

	(void)state;
	assert_int_equal(era_lookup("v3.19-patched", &config.era), 0);
	assert_int_equal(era_set(&config.era, "check_order", "atomic"), 0);
	assert_int_equal(kernel_boot(&config), 0);
	memset(&config, 0, sizeof(config));
	assert_string_equal(kernel_era()->name, "v3.19-patched");
	assert_int_equal(era_flag(ERA_TRACK_UNBOUND), ERA_ON);
	assert_int_equal(era_flag(ERA_CHECK_ORDER), ERA_CHECK_ATOMIC);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

static void injected_tracking_failures_concern_that_type_alone(void **state)
{
	struct kernel_config config;
	void *other;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(era_set(&config.era, "inject_track_enomem", "on"), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_null(slab_alloc("vfio_unbound_dev", 8));
	assert_null(slab_alloc("vfio_unbound_dev", 8));
	other = slab_alloc("vfio_group", 8);
	assert_non_null(other);
	kfree(other);
	assert_int_equal(kernel_halt(NULL, NULL), 0);

	assert_int_equal(kernel_boot(NULL), 0);
	other = slab_alloc("vfio_unbound_dev", 8);
	assert_non_null(other);
	kfree(other);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

static void errors_travel_in_pointers(void **state)
{
	int object;

	(void)state;
	assert_true(IS_ERR(ERR_PTR(-ENOMEM)));
	assert_true(IS_ERR(ERR_PTR(-MAX_ERRNO)));
	assert_false(IS_ERR(ERR_PTR(-MAX_ERRNO - 1)));
	assert_int_equal(PTR_ERR(ERR_PTR(-EBUSY)), -EBUSY);
	assert_false(IS_ERR(&object));
	assert_false(IS_ERR(NULL));
	assert_true(IS_ERR_OR_NULL(NULL));
	assert_false(IS_ERR_OR_NULL(&object));
}

#define TEST(test) cmocka_unit_test_setup(test, forget_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(subsystems_boot_by_rank_and_halt_in_reverse),
		TEST(a_boot_that_fails_halts_what_was_booted),
		TEST(there_is_one_machine_at_a_time),
		TEST(halt_names_leaks_by_task_and_age),
		TEST(who_had_enough_is_told_no_more_leaks),
		TEST(nothing_is_left_behind_a_halt),
		TEST(a_machine_is_of_the_first_era_unless_told),
		TEST(a_machine_has_the_flags_it_was_booted_with),
		TEST(injected_tracking_failures_concern_that_type_alone),
		TEST(errors_travel_in_pointers),
	};

	register_subsystems();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
