/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_device_race.c - what tasks that bind, delete and claim do to one
 * another: every interleaving, in the eras that differ, on both carriers.
 */
#include "kit.h"

#include <vfiosim/iommu.h>

struct bench {
	struct bus_type bus;
	struct device_driver first, second;
	struct device *dev;
	struct iommu_group *group;
	int owned; /* by the task that claimed the group */
};

static struct bench *bench;
static struct iommu_ops iommu_ops;
/* What the tasks' calls returned. */
static long ret_first, ret_second, ret_claim;

/* Who probes does DMA, and believes that nobody else controls where it goes. */
static int probe(struct device *dev)
{
	(void)dev;
	SIM_CHECK(!READ_ONCE(bench->owned));
	return 0;
}

static int add_to_group(struct device *dev)
{
	return iommu_group_add_device(bench->group, dev);
}

static void add_driver(struct device_driver *drv, const char *name)
{
	drv->name = name;
	drv->bus = &bench->bus;
	drv->probe = probe;
	SIM_CHECK(driver_register(drv) == 0);
}

static void build(bool iommu)
{
	bench = kzalloc_obj(bench);
	bench->bus.name = "pci";
	once_init(&bench->owned, sizeof(bench->owned));
	SIM_CHECK(bus_register(&bench->bus) == 0);
	bench->bus.drivers_autoprobe = false;
	if (iommu) {
		iommu_ops.add_device = add_to_group;
		iommu_ops.remove_device = iommu_group_remove_device;
		bench->group = iommu_group_alloc();
		SIM_CHECK(bus_set_iommu(&bench->bus, &iommu_ops) == 0);
	}
	add_driver(&bench->first, "first");
	add_driver(&bench->second, "second");
	bench->dev = kzalloc_obj(device);
	bench->dev->bus = &bench->bus;
	SIM_CHECK(device_register(bench->dev, "d0") == 0);
}

static void setup(void)
{
	build(false);
}

static void setup_iommu(void)
{
	build(true);
}

static void clear_bench(void)
{
	driver_unregister(&bench->first);
	driver_unregister(&bench->second);
	bus_clear_iommu(&bench->bus);
	bus_unregister(&bench->bus);
	iommu_group_put(bench->group);
	kfree(bench);
}

static void teardown(void)
{
	device_unregister(bench->dev);
	clear_bench();
}

/* Behind a task that deleted the device. */
static void teardown_deleted(void)
{
	put_device(bench->dev);
	clear_bench();
}

static void bind_first(void)
{
	ret_first = bind_store(&bench->first, "d0", 1);
}

static void bind_second(void)
{
	ret_second = bind_store(&bench->second, "d0", 1);
}

static void delete_device(void)
{
	device_del(bench->dev);
}

/* All there is, on each carrier; a text: of the findings, all alike. */
static void expect(const struct sim_scenario *scenario, const char *era,
		   enum sim_verdict verdict, const char *text)
{
	struct sim_options options = { .strategy = "dfs", .all = true };
	struct sim_result result;
	char error[SIM_TEXT_MAX];

	assert_int_equal(sim_era_parse(era, &options.era, error), 0);
	kit_expect_finding(scenario, &options, verdict, text);
	kit_explore(scenario, &options, &result);
	assert_true(result.exhausted);
	assert_true(result.runs > 1);
	sim_result_release(&result);
}

/* ---------------------------------------------------------------- two binds */

static void one_is_bound(void)
{
	bool first = ret_first == 1;

	SIM_CHECK(first || ret_second == 1);
	SIM_CHECK(PEEK_ONCE(bench->dev->driver) ==
		  (first ? &bench->first : &bench->second));
}

static void one_is_busy(void)
{
	one_is_bound();
	SIM_CHECK(ret_first + ret_second == 1 - EBUSY);
}

static void one_finds_no_device(void)
{
	one_is_bound();
	SIM_CHECK(ret_first + ret_second == 1 - ENODEV);
}

static struct sim_scenario two_binds(void (*check)(void))
{
	return (struct sim_scenario){
		.name = "two-binds",
		.setup = setup,
		.tasks = { { "a", bind_first, NULL },
			   { "b", bind_second, NULL } },
		.check = check,
		.teardown = teardown,
	};
}

static void up_to_5_0_two_binds_take_the_device_from_both(void **state)
{
	const struct sim_scenario s = two_binds(NULL);

	(void)state;
	expect(&s, "v3.19", SIM_WARN,
	       "cannot create duplicate filename 'd0/driver'");
	expect(&s, "v4.14", SIM_WARN,
	       "cannot create duplicate filename 'd0/driver'");
}

static void later_one_of_two_binds_wins(void **state)
{
	const struct sim_scenario busy = two_binds(one_is_busy);
	const struct sim_scenario gone = two_binds(one_finds_no_device);

	(void)state;
	expect(&busy, "v5.15", SIM_WARN, "");
	expect(&busy, "v6.1", SIM_WARN, "");
	expect(&gone, "v4.14 sysfs_bind_recheck=skip", SIM_WARN, "");
	expect(&gone, "v5.15 sysfs_bind_recheck=skip", SIM_WARN, "");
}

/* --------------------------------------------------------- bind and delete */

static void nobody_has_it(void)
{
	SIM_CHECK(PEEK_ONCE(bench->dev->driver) == NULL);
	SIM_CHECK(ret_first == 1 || ret_first == -ENODEV);
}

static const struct sim_scenario bind_and_delete = {
	.name = "bind-and-delete",
	.setup = setup,
	.tasks = { { "bind", bind_first, NULL },
		   { "del", delete_device, NULL } },
	.check = nobody_has_it,
	.teardown = teardown_deleted,
};

static void up_to_5_0_a_deleted_device_may_keep_a_driver(void **state)
{
	(void)state;
	expect(&bind_and_delete, "v3.19", SIM_CHECK_FAILED,
	       "PEEK_ONCE(bench->dev->driver) == NULL");
	expect(&bind_and_delete, "v4.14", SIM_CHECK_FAILED,
	       "PEEK_ONCE(bench->dev->driver) == NULL");
}

static void from_5_2_it_never_does(void **state)
{
	(void)state;
	expect(&bind_and_delete, "v5.15", SIM_CHECK_FAILED, "");
	expect(&bind_and_delete, "v4.14 device_dead=on", SIM_CHECK_FAILED, "");
}

/* ---------------------------------------------------------- owner and driver */

static void claim(void)
{
	ret_claim = iommu_group_claim_dma_owner(bench->group, &bench->owned);
	if (!ret_claim)
		WRITE_ONCE(bench->owned, 1);
}

static void claim_and_release(void)
{
	claim();
	if (ret_claim)
		return;
	WRITE_ONCE(bench->owned, 0);
	iommu_group_release_dma_owner(bench->group);
}

static void one_of_them_has_it(void)
{
	if (ret_claim == 0)
		SIM_CHECK(ret_first == -EBUSY);
	else
		SIM_CHECK(ret_first == 1 && ret_claim == -EPERM);
}

static void the_driver_may_have_it(void)
{
	SIM_CHECK(ret_first == 1 || ret_first == -EBUSY);
	SIM_CHECK(ret_claim == 0 || ret_claim == -EPERM);
}

static struct sim_scenario owner_and_driver(void (*task)(void),
					    void (*check)(void))
{
	return (struct sim_scenario){
		.name = "owner-and-driver",
		.setup = setup_iommu,
		.tasks = { { "own", task, NULL },
			   { "bind", bind_first, NULL } },
		.check = check,
		.teardown = teardown,
	};
}

static void a_group_goes_to_its_owner_or_to_a_driver(void **state)
{
	const struct sim_scenario owner =
		owner_and_driver(claim, one_of_them_has_it);
	const struct sim_scenario passer_by =
		owner_and_driver(claim_and_release, the_driver_may_have_it);

	(void)state;
	expect(&owner, "v5.19", SIM_CHECK_FAILED, "");
	expect(&owner, "v6.1", SIM_CHECK_FAILED, "");
	expect(&passer_by, "v5.19", SIM_CHECK_FAILED, "");
}

static void without_dma_owners_both_have_it(void **state)
{
	const struct sim_scenario s = owner_and_driver(claim, NULL);

	(void)state;
	expect(&s, "v5.15", SIM_CHECK_FAILED, "!READ_ONCE(bench->owned)");
}

/* -------------------------------------------------------------- no members */

static void leave_group(void)
{
	iommu_group_remove_device(bench->dev);
}

static void leave_and_claim(void)
{
	device_del(bench->dev);
	claim();
}

static struct sim_scenario alone(const char *name, void (*task)(void),
				 void (*teardown_task)(void))
{
	return (struct sim_scenario){
		.name = name,
		.setup = setup,
		.tasks = { { "a", task, NULL } },
		.teardown = teardown_task,
	};
}

static void leaving_no_group_once_was_a_crash(void **state)
{
	const struct sim_scenario s = alone("leave", leave_group, teardown);
	struct sim_options options = { .strategy = "dfs" };
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_era_parse("v3.19", &options.era, error), 0);
	kit_expect_finding(&s, &options, SIM_NULL_DEREFERENCE,
			   "read of nh->head in blocking_notifier_call_chain");
	assert_int_equal(sim_era_parse("v5.15", &options.era, error), 0);
	kit_expect_finding(&s, &options, SIM_NULL_DEREFERENCE, "");
}

static void claiming_a_group_without_members_is_one(void **state)
{
	struct sim_scenario s =
		alone("claim", leave_and_claim, teardown_deleted);
	struct sim_options options = { .strategy = "dfs" };
	char error[SIM_TEXT_MAX];

	(void)state;
	s.setup = setup_iommu;
	assert_int_equal(sim_era_parse("v5.19", &options.era, error), 0);
	kit_expect_finding(&s, &options, SIM_NULL_DEREFERENCE,
			   "read of a NULL pointer in "
			   "__iommu_group_alloc_blocking_domain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_5_0_two_binds_take_the_device_from_both),
		cmocka_unit_test(later_one_of_two_binds_wins),
		cmocka_unit_test(up_to_5_0_a_deleted_device_may_keep_a_driver),
		cmocka_unit_test(from_5_2_it_never_does),
		cmocka_unit_test(a_group_goes_to_its_owner_or_to_a_driver),
		cmocka_unit_test(without_dma_owners_both_have_it),
		cmocka_unit_test(leaving_no_group_once_was_a_crash),
		cmocka_unit_test(claiming_a_group_without_members_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
