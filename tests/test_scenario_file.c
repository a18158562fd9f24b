/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_scenario_file.c - scenarios in YAML: what exploring them finds, and that
 * it is what a compiled scenario finds.
 */
#include "kit.h"

#include "scenario_file.h"
#include <vfiosim/script.h>
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* The only one that is loaded. */
static struct scenario_file *file;

static const struct sim_scenario *load(const char *path)
{
	char error[SCENARIO_FILE_ERROR_MAX];

	if (sim_scenario_file_load(path, &file, error))
		fail_msg("%s", error);
	return sim_scenario_file_scenario(file);
}

static const struct sim_scenario *parse(const char *text)
{
	char error[SCENARIO_FILE_ERROR_MAX];

	if (sim_scenario_file_parse(text, strlen(text), "t.yaml", &file, error))
		fail_msg("%s", error);
	return sim_scenario_file_scenario(file);
}

static int release(void **state)
{
	(void)state;
	sim_scenario_file_release(file);
	file = NULL;
	return 0;
}

static void explore_in(const struct sim_scenario *scenario, const char *era,
		       const char *strategy, struct sim_result *ret_result)
{
	/* Without a strategy: only up to the first finding. */
	struct sim_options options = { .strategy = strategy,
				       .all = strategy != NULL };
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&options, "era", era, error))
		fail_msg("%s", error);
	sim_scenario_file_options(file, &options);
	kit_explore(scenario, &options, ret_result);
}

/* The text of the only finding. */
static void expect_finding(const struct sim_result *result,
			   enum sim_verdict verdict, const char *text, int line)
{
	assert_int_equal(result->nr_findings, 1);
	assert_int_equal(result->findings[0].verdict, verdict);
	assert_string_equal(result->findings[0].text, text);
	assert_string_equal(result->findings[0].file, "t.yaml");
	assert_int_equal(result->findings[0].line, line);
}

/* Run it in one order, in 3.19, and expect this to be wrong. */
static void expect_wrong(const char *text, enum sim_verdict verdict,
			 const char *what, int line)
{
	struct sim_result result;

	explore_in(parse(text), "v3.19", "dfs", &result);
	expect_finding(&result, verdict, what, line);
	sim_result_release(&result);
	release(NULL);
}

static void expect_clean(const char *text, const char *era)
{
	struct sim_result result;

	explore_in(parse(text), era, "dfs", &result);
	if (result.nr_findings)
		fail_msg("%s", result.findings[0].text);
	assert_true(result.exhausted);
	sim_result_release(&result);
	release(NULL);
}

/* ----------------------------------------------------- as if it was compiled */

static void compare_with_compiled(const char *era, uint64_t runs,
				  unsigned findings)
{
	const struct sim_scenario *compiled =
		sim_scenario_find("viability-group-del");
	struct sim_result expected, found;
	unsigned i;

	explore_in(compiled, era, "dfs", &expected);
	explore_in(sim_scenario_file_scenario(file), era, "dfs", &found);
	assert_int_equal(expected.runs, runs);
	assert_int_equal(found.runs, runs);
	assert_int_equal(found.pruned, expected.pruned);
	assert_int_equal(found.steps, expected.steps);
	assert_int_equal(found.final_states, expected.final_states);
	assert_true(found.exhausted);
	assert_int_equal(found.verdicts, expected.verdicts);
	assert_int_equal(expected.nr_findings, findings);
	assert_int_equal(found.nr_findings, findings);
	for (i = 0; i < findings; i++) {
		assert_string_equal(found.findings[i].text,
				    expected.findings[i].text);
		assert_int_equal(found.findings[i].run,
				 expected.findings[i].run);
		assert_int_equal(found.findings[i].count,
				 expected.findings[i].count);
	}
	sim_result_release(&expected);
	sim_result_release(&found);
}

/* The vocabulary's own bus driver calls VFIO as lib/vfio_pci.c does, so not
 * even the number of steps differs.  45 and 48 runs: as in test_scenarios.c. */
static void a_file_finds_what_the_compiled_scenario_finds(void **state)
{
	(void)state;
	load(VFIOSIM_EXAMPLES "/kvm-group-del.yaml");
	/* Counts are the same under any tool, and cost minutes there. */
	if (kit_scale(100) < 100)
		skip();
	compare_with_compiled("v3.19", 45, 1);
	compare_with_compiled("v3.19-patched", 48, 2);
	compare_with_compiled("v3.19-patched check_order=atomic", 6, 0);
}

static void a_finding_of_a_file_replays_from_its_schedule(void **state)
{
	const struct sim_scenario *scenario;
	struct sim_result result, again;
	const enum sim_carrier_kind *carrier;

	(void)state;
	scenario = load(VFIOSIM_EXAMPLES "/kvm-group-del.yaml");
	explore_in(scenario, "v3.19", NULL, &result);
	assert_int_equal(result.nr_findings, 1);
	for (carrier = kit_carriers(); *carrier; carrier++) {
		const struct sim_options options = { .carrier = *carrier };

		assert_int_equal(sim_replay_text(scenario,
						 result.findings[0].schedule,
						 "f", &options, &again),
				 0);
		assert_int_equal(again.nr_findings, 1);
		assert_int_equal(sim_trace_hash(sim_result_trace(&again)),
				 sim_trace_hash(result.findings[0].trace));
		sim_result_release(&again);
	}
	sim_result_release(&result);
}

/* ------------------------------------------------------------- expectations */

static void expect_example(const char *path)
{
	const struct sim_scenario *scenario = load(path);
	const struct sim_expect *e;
	struct sim_result result;

	assert_non_null(scenario->expect);
	assert_non_null(scenario->expect->era);
	for (e = scenario->expect; e->era; e++) {
		if (kit_scale(100) < 100 && strcmp(e->era, "v3.19") != 0)
			continue;
		explore_in(scenario, e->era, "dfs", &result);
		if (result.verdicts != e->set)
			fail_msg("%s in %s: %x", scenario->name, e->era,
				 result.verdicts);
		sim_result_release(&result);
	}
	release(NULL);
}

static void each_example_shows_what_it_says(void **state)
{
	(void)state;
	expect_example(VFIOSIM_EXAMPLES "/kvm-group-del.yaml");
	expect_example(VFIOSIM_EXAMPLES "/shared-container.yaml");
}

static void expect_entry(const struct sim_expect *e, const char *era,
			 unsigned set)
{
	assert_string_equal(e->era, era);
	assert_int_equal(e->set, set);
}

static void eras_are_listed_ranged_and_overridden(void **state)
{
	const struct sim_expect *e;

	(void)state;
	e = parse("scenario: x\n"
		  "tasks: {a: [kvm_create: vm]}\n"
		  "expect:\n"
		  "  v4.0..v5.15 , v3.19: [deadlock, use after free]\n"
		  "  v3.19-patched  kvm_del=match_group: nothing\n"
		  "  v6.1: {verdicts: WARN, bugs: B1 B8, bound: 3}\n")
		    ->expect;
	expect_entry(&e[0], "v4.0",
		     SIM_SET(SIM_DEADLOCK) | SIM_SET(SIM_USE_AFTER_FREE));
	expect_entry(&e[1], "v4.14", e[0].set);
	expect_entry(&e[2], "v5.15", e[0].set);
	expect_entry(&e[3], "v3.19", e[0].set);
	expect_entry(&e[4], "v3.19-patched kvm_del=match_group", 0);
	expect_entry(&e[5], "v6.1", SIM_SET(SIM_WARN));
	assert_string_equal(e[5].bugs, "B1 B8");
	assert_int_equal(e[5].bound, 3);
	assert_null(e[6].era);
}

/* -------------------------------------------------------------------- results */

#define MACHINE                                    \
	"scenario: x\n"                            \
	"groups: {g: {devices: {d0: vfio-pci}}}\n" \
	"setup:\n"                                 \
	"  - group_open: {group: g, as: G}\n"      \
	"  - container_open: {as: C}\n"

static void another_result_than_asked_for_is_a_failed_check(void **state)
{
	(void)state;
	expect_wrong(MACHINE
		     "tasks: {a: [set_iommu: {container_fd: C, ret: 0}]}",
		     SIM_CHECK_FAILED, "set_iommu C: expected 0, found -EINVAL",
		     6);
	expect_wrong(MACHINE
		     "tasks: {a: [set_iommu: {container_fd: C, ret: ok}]}",
		     SIM_CHECK_FAILED,
		     "set_iommu C: expected ok, found -EINVAL", 6);
	expect_wrong(MACHINE "tasks: {a: [group_close: {fd: G, ret: error}]}",
		     SIM_CHECK_FAILED,
		     "group_close G: expected an error, found 0", 6);
	expect_wrong(
		MACHINE
		"tasks:\n  a:\n    - group_status: {group_fd: G, viable: 0}",
		SIM_CHECK_FAILED, "group_status G: expected viable 0, found 1",
		8);
	expect_wrong(MACHINE "tasks: {a: [group_close: G, group_status:\n"
			     "  {group_fd: G, viable: 0}]}",
		     SIM_CHECK_FAILED,
		     "group_status G: expected viable 0, found -EBADF", 6);
	expect_clean(MACHINE
		     "tasks:\n"
		     "  a:\n"
		     "    - set_iommu: {container_fd: C, ret: -EINVAL}\n"
		     "    - group_status: {group_fd: G, viable: 1, ret: 0,\n"
		     "        container_set: 0}\n"
		     "    - group_close: {fd: C, ret: any}\n",
		     "v3.19");
}

static void in_setup_each_operation_must_succeed(void **state)
{
	(void)state;
	expect_wrong(MACHINE "  - set_iommu: C\ntasks: {a: [kvm_create: vm]}",
		     SIM_CHECK_FAILED,
		     "t.yaml:6:5: set_iommu C: expected ok, found -EINVAL", 6);
	expect_wrong(MACHINE "  - group_status: {group_fd: G, viable: 0}\n"
			     "tasks: {a: [kvm_create: vm]}",
		     SIM_CHECK_FAILED,
		     "t.yaml:6:5: group_status G: expected viable 0, found 1",
		     6);
	/* What the topology does stands there. */
	expect_wrong("scenario: x\n"
		     "groups: {g: {devices: {d0: host-failprobe}}}\n"
		     "tasks: {a: [kvm_create: vm]}\n",
		     SIM_CHECK_FAILED,
		     "t.yaml:2:28: bind d0 host-failprobe: expected ok, found "
		     "-ENODEV",
		     2);
	expect_clean(MACHINE "  - set_iommu: {container_fd: C, ret: any}\n"
			     "tasks: {a: [set_iommu: C]}",
		     "v3.19");
}

static void a_refusal_is_found_once_and_says_by_what(void **state)
{
	(void)state;
	expect_wrong(MACHINE "tasks:\n  a:\n    - set_iommu: {container_fd: C, "
			     "ret: 0, refused_if: error}",
		     SIM_REFUSED, "VFIO_SET_IOMMU: -EINVAL", 8);
	expect_wrong(MACHINE "tasks:\n  a:\n    - set_iommu: {container_fd: C, "
			     "refused_if: [-EBUSY, -EINVAL]}",
		     SIM_REFUSED, "VFIO_SET_IOMMU: -EINVAL", 8);
	expect_wrong(MACHINE "tasks:\n  a:\n    - group_status: {group_fd: G, "
			     "refused_if: [error, {container_set: 0}]}",
		     SIM_REFUSED, "VFIO_GROUP_GET_STATUS, container_set 0", 8);
	expect_clean(MACHINE "tasks:\n  a:\n    - set_iommu: {container_fd: C, "
			     "refused_if: -EBUSY}",
		     "v3.19");
}

static void the_final_state_is_compared_by_name(void **state)
{
	(void)state;
	expect_wrong(MACHINE "tasks: {a: [group_close: G]}\n"
			     "check:\n  groups:\n    g: {viable: true,\n"
			     "      users: 1}\n",
		     SIM_CHECK_FAILED, "group g: expected users 1, found 0",
		     10);
	expect_wrong(MACHINE "tasks: {a: [group_close: G]}\n"
			     "check: {groups: {g: {devices: [d1, d0]}}}\n",
		     SIM_CHECK_FAILED,
		     "group g: expected devices [d0 d1], found [d0]", 7);
	/* Found newest first, compared by name. */
	expect_clean("scenario: x\n"
		     "groups: {g: {devices: {d0: vfio-pci, d1: vfio-pci}}}\n"
		     "tasks: {a: [kvm_create: vm]}\n"
		     "check: {groups: {g: {devices: [d1, d0]}}}\n",
		     "v3.19");
	expect_wrong(MACHINE "tasks: {a: [unbind: d0]}\n"
			     "check: {devices: {d0: {driver: vfio-pci}}}\n",
		     SIM_CHECK_FAILED,
		     "device d0: expected driver [vfio-pci], found []", 7);
	expect_clean(MACHINE
		     "  - kvm_create: vm\n"
		     "tasks: {a: [unbind: d0], b: [kvm_destroy: vm]}\n"
		     "check:\n"
		     "  groups: {g: {exists: true, devices: [], unbound: [],\n"
		     "    opened: 1, container_set: false}}\n"
		     "  devices: {d0: {driver: none, in_group: false,\n"
		     "    iommu_group: g}}\n"
		     "  kvms: {vm: {exists: false}}\n",
		     "v3.19");
}

/* --------------------------------------------------------------------- tasks */

/* Whoever opens first gets the lower number, and whoever comes first the first
 * entry of a table: nobody may see that. */
static void orders_that_do_not_matter_end_in_one_state(void **state)
{
	struct sim_result result;

	(void)state;
	kit_compare_searches(parse("scenario: x\n"
				   "tasks: {a: [kvm_create: one],\n"
				   "  b: [kvm_create: two]}\n"));
	release(NULL);
	kit_compare_searches(parse("scenario: x\n"
				   "tasks: {a: [{container_open: {as: A}}],\n"
				   "  b: [{container_open: {as: B}}]}\n"));
	release(NULL);
	explore_in(parse(MACHINE
			 "  - set_container: {group_fd: G, container_fd: C}\n"
			 "  - set_iommu: C\n"
			 "tasks:\n"
			 "  a: [external_get: {group_fd: G, as: A}]\n"
			 "  b: [external_get: {group_fd: G, as: B}]\n"),
		   "v3.19", "dfs", &result);
	assert_true(result.exhausted);
	assert_int_equal(result.final_states, 1);
	sim_result_release(&result);
}

/* A failed open leaves no handle, and who has none gets -EBADF. */
static void a_handle_that_was_not_opened_is_a_bad_one(void **state)
{
	(void)state;
	expect_clean(MACHINE
		     "tasks:\n"
		     "  a:\n"
		     "    - external_get: {group_fd: G, as: E, ret: -EINVAL}\n"
		     "    - external_iommu_id: {ext: E, ret: -EBADF}\n"
		     "    - external_put: {ext: E, ret: -EBADF}\n"
		     "    - group_open: {group: g, as: H, ret: -EBUSY}\n"
		     "    - group_status: {group_fd: H, ret: -EBADF}\n"
		     "    - group_close: {fd: G, ret: 0}\n"
		     "    - group_close: {fd: G, ret: -EBADF}\n",
		     "v3.19");
}

static void failing_allocations_are_explored_where_asked_for(void **state)
{
	const char *text = "scenario: x\n"
			   "groups: {g: {devices: {d0: vfio-pci}}}\n"
			   "faults: [unbound]\n"
			   "tasks: {unbind: [unbind: d0]}\n";
	struct sim_result result;

	(void)state;
	explore_in(parse(text), "v3.19-patched", "dfs", &result);
	/* The allocation succeeds, or it fails. */
	assert_int_equal(result.runs, 2);
	assert_int_equal(result.verdicts, SIM_SET(SIM_WARN));
	sim_result_release(&result);
	release(NULL);
	expect_clean(text, "v3.19");
}

static void an_order_of_setup_makes_one_allocation_fail(void **state)
{
	(void)state;
	expect_clean(MACHINE
		     "  - alloc_fail: {nth: 1, site: container}\n"
		     "  - container_open: {as: D, ret: -ENOMEM}\n"
		     "  - inject: {what: file, nth: 1, err: -ENFILE}\n"
		     "tasks:\n"
		     "  a:\n"
		     "    - get_device_fd: {group_fd: G, dev: d0, as: E,"
		     " ret: error}\n",
		     "v3.19");
}

/* The open device keeps the unbind waiting, for ever unless time passes. */
static void sleeps_end_by_timeouts_if_the_file_says_so(void **state)
{
	const char *text =
		MACHINE "  - set_container: {group_fd: G, container_fd: C}\n"
			"  - set_iommu: C\n"
			"  - get_device_fd: {group_fd: G, dev: d0, as: D}\n"
			"tasks: {unbind: [unbind: d0]}\n";
	char with[1024];
	struct sim_result result;
	struct sim_options options = { .steps_max = 300 };
	char error[SIM_TEXT_MAX];

	(void)state;
	explore_in(parse(text), "v5.15", "dfs", &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_HANG));
	sim_result_release(&result);
	release(NULL);
	snprintf(with, sizeof(with), "timeouts: true\n%s", text);
	assert_int_equal(sim_option_set(&options, "era", "v5.15", error), 0);
	parse(with);
	sim_scenario_file_options(file, &options);
	assert_true(options.timeouts);
	assert_false(options.signals);
	kit_explore(sim_scenario_file_scenario(file), &options, &result);
	assert_false(result.verdicts & SIM_SET(SIM_HANG));
	sim_result_release(&result);
	release(NULL);
	snprintf(with, sizeof(with), "signals: true\n%s", text);
	parse(with);
	options = (struct sim_options){ 0 };
	sim_scenario_file_options(file, &options);
	assert_false(options.timeouts);
	assert_true(options.signals);
}

/* What one task does to a driver or a device, another finds out from the bus;
 * here the same task does. */
static void the_bus_knows_who_is_gone_and_who_is_bound(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "drivers: {e: host, f: host}\n"
		     "groups: {g: {devices: {d0: e}}}\n"
		     "tasks:\n"
		     "  a:\n"
		     "    - unbind: {dev: d0, ret: 0}\n"
		     "    - bind: {dev: d0, drv: f, ret: 0}\n"
		     "    - unbind: {dev: d0, ret: 0}\n"
		     "    - driver_unregister: e\n"
		     "    - bind: {dev: d0, drv: e, ret: -ENODEV}\n"
		     "check: {devices: {d0: {driver: none}}}\n",
		     "v3.19");
}

/* Opening looks the node up under VFIO's own lock, so whoever comes to that
 * lock first matters: the open finds a group, finds one that is about to go,
 * or none; and a file that is opened in time keeps the group. */
static void opening_a_group_races_with_its_last_device(void **state)
{
	struct sim_result result;

	(void)state;
	explore_in(parse("scenario: x\n"
			 "groups: {g: {devices: {d0: vfio-pci}}}\n"
			 "tasks:\n"
			 "  unbind: [unbind: d0]\n"
			 "  open: [group_open: {group: g, as: H}]\n"),
		   "v3.19", "dfs", &result);
	assert_true(result.exhausted);
	assert_int_equal(result.nr_findings, 0);
	assert_int_equal(result.final_states, 3);
	assert_int_equal(result.runs, 8);
	sim_result_release(&result);
}

static void a_bridge_is_no_danger_to_its_group(void **state)
{
	const char *text = "scenario: x\n"
			   "groups: {g: {devices: {d0: vfio-pci,\n"
			   "  br: {driver: host, bridge: %s}}}}\n"
			   "setup: [group_open: {group: g, as: G}]\n"
			   "tasks: {a: [group_status: {group_fd: G,\n"
			   "  viable: %d}]}\n";
	char buf[512];

	(void)state;
	snprintf(buf, sizeof(buf), text, "true", 1);
	expect_clean(buf, "v5.15");
	snprintf(buf, sizeof(buf), text, "false", 0);
	expect_clean(buf, "v5.15");
}

/* ----------------------------------------------------------------- teardown */

static void teardown_comes_last_and_leaves_the_rest(void **state)
{
	(void)state;
	expect_wrong(MACHINE "tasks: {a: [kvm_create: vm]}\n"
			     "teardown: [group_close: {fd: G, ret: -EBADF}]\n",
		     SIM_CHECK_FAILED,
		     "t.yaml:7:12: group_close G: expected -EBADF, found 0", 7);
	expect_clean(MACHINE
		     "  - set_container: {group_fd: G, container_fd: C}\n"
		     "  - set_iommu: C\n"
		     "  - check_extension: {container_fd: C, ext: 1}\n"
		     "  - external_get: {group_fd: G, as: E}\n"
		     "  - device_ref_get: {dev: d0, as: R}\n"
		     "  - get_device_fd: {group_fd: G, dev: d0, as: D}\n"
		     "tasks: {a: [container_close: C]}\n"
		     "teardown: [container_close: {fd: C, ret: -EBADF}]\n",
		     "v3.19");
}

/* --------------------------------------------------------------- vocabulary */

static bool stops(const char *op)
{
	const char *tail = strrchr(op, '_');

	return !strcmp(op, "tick") || !strcmp(op, "signal") ||
	       !strcmp(op, "finish") || (tail && !strcmp(tail, "_finish"));
}

static void every_operation_can_be_written_and_done(void **state)
{
	const char *path = VFIOSIM_SCENARIO_FILES "/every-operation.yaml";
	static const char *const eras[] = { "v3.19", "v5.15", "v6.1" };
	const struct script_op_type *type;
	struct sim_options options = { .strategy = "random",
				       .budget_runs = kit_scale(200),
				       .all = true };
	char error[SIM_TEXT_MAX], word[SCRIPT_TEXT_MAX], *text;
	struct sim_result result;
	unsigned i;

	(void)state;
	text = sim_store_read(path, SCENARIO_FILE_BYTES_MAX, error);
	assert_non_null(text);
	for (i = 0; (type = sim_script_op_type(i)); i++) {
		snprintf(word, sizeof(word), " %s:", type->name);
		if (!stops(type->name) && !strstr(text, word))
			fail_msg("%s is nowhere in %s", type->name, path);
	}
	free(text);
	load(path);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
			sim_option_set(&options, "era", eras[i], error), 0);
		kit_explore(sim_scenario_file_scenario(file), &options,
			    &result);
		sim_result_release(&result);
	}
}

/* ------------------------------------------------------------------ one a time */

static void one_file_is_loaded_at_a_time(void **state)
{
	const char *text = "scenario: y\ntasks: {a: [kvm_create: vm]}\n";
	char error[SCENARIO_FILE_ERROR_MAX];
	struct scenario_file *other = NULL;

	(void)state;
	parse("scenario: x\ntasks: {a: [kvm_create: vm]}\n");
	assert_int_equal(sim_scenario_file_parse(text, strlen(text), "u.yaml",
						 &other, error),
			 -EBUSY);
	assert_string_equal(error,
			    "u.yaml: expected one scenario file at a time");
	release(NULL);
	assert_int_equal(sim_scenario_file_parse(text, strlen(text), "u.yaml",
						 &other, error),
			 0);
	sim_scenario_file_release(other);
}

/* A finding ends a run without teardown; the machine is free all the same. */
static void a_script_can_begin_after_a_file_was_explored(void **state)
{
	struct script_config config = { 0 };
	struct script *script;
	struct sim_result result;

	(void)state;
	explore_in(load(VFIOSIM_EXAMPLES "/kvm-group-del.yaml"), "v3.19", NULL,
		   &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_REFUSED));
	sim_result_release(&result);
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(sim_script_begin(&config, &script), 0);
	sim_script_end(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, release)
		TEST(a_file_finds_what_the_compiled_scenario_finds),
		TEST(a_finding_of_a_file_replays_from_its_schedule),
		TEST(each_example_shows_what_it_says),
		TEST(eras_are_listed_ranged_and_overridden),
		TEST(another_result_than_asked_for_is_a_failed_check),
		TEST(in_setup_each_operation_must_succeed),
		TEST(a_refusal_is_found_once_and_says_by_what),
		TEST(the_final_state_is_compared_by_name),
		TEST(orders_that_do_not_matter_end_in_one_state),
		TEST(a_handle_that_was_not_opened_is_a_bad_one),
		TEST(failing_allocations_are_explored_where_asked_for),
		TEST(an_order_of_setup_makes_one_allocation_fail),
		TEST(sleeps_end_by_timeouts_if_the_file_says_so),
		TEST(the_bus_knows_who_is_gone_and_who_is_bound),
		TEST(opening_a_group_races_with_its_last_device),
		TEST(a_bridge_is_no_danger_to_its_group),
		TEST(teardown_comes_last_and_leaves_the_rest),
		TEST(every_operation_can_be_written_and_done),
		TEST(one_file_is_loaded_at_a_time),
		TEST(a_script_can_begin_after_a_file_was_explored),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
