/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants.c - invariants in a search: named, switched on, counted once
 * a kind, found whatever the order of steps that touch no common memory, and
 * shown again by the schedule that a search wrote.
 */
#include "kit.h"

#include "invariants.h"
#include "scenarios/topology.h"
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

static uint64_t set_of(const char *names)
{
	uint64_t set = 0;
	char error[SIM_TEXT_MAX];

	if (*names && sim_invariants_parse(names, &set, error))
		fail_msg("%s", error);
	return set;
}

static void explore(const struct sim_scenario *scenario, const char *era,
		    const char *names, struct sim_result *result)
{
	struct sim_options options = {
		.strategy = "dfs",
		.all = true,
		.invariants = set_of(names),
	};
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&options, "era", era, error))
		fail_msg("%s", error);
	kit_explore(scenario, &options, result);
}

static void explore_named(const char *name, const char *era, const char *names,
			  struct sim_result *result)
{
	explore(sim_scenario_find(name), era, names, result);
}

/* ------------------------------------------------------------------- names */

static void every_invariant_has_a_name_of_its_own(void **state)
{
	const struct sim_invariant *v;
	unsigned nr;

	(void)state;
	for (nr = 0; (v = sim_invariant_nth(nr)); nr++) {
		assert_int_equal(set_of(v->id), SIM_INVARIANT_SET(nr));
		assert_true(strlen(v->title) > 0);
		/* Something tests it: after steps, at the end, or a verdict. */
		assert_true(v->when != SIM_INVARIANT_VERDICT || v->verdicts);
	}
	assert_int_equal(nr, INV_NR);
}

static void a_set_of_names_is_read_as_it_is_written(void **state)
{
	char buf[SIM_TEXT_MAX];

	(void)state;
	assert_string_equal(sim_invariants_format(set_of("T5,R2,I1"), buf,
						  sizeof(buf)),
			    "I1,R2,T5");
	assert_string_equal(
		sim_invariants_format(set_of("all"), buf, sizeof(buf)), "all");
	assert_string_equal(sim_invariants_format(0, buf, sizeof(buf)), "");
	assert_int_equal(set_of("T5,T5"), set_of("T5"));
}

static void what_is_no_set_of_names_is_refused(void **state)
{
	static const char *const wrong[] = { "",    ",",      "T5,",
					     ",T5", "T5,,R2", "T9",
					     "t5",  "T5 R2",  "everything" };
	char error[SIM_TEXT_MAX];
	struct sim_options options = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(sim_option_set(&options, "invariants",
						wrong[i], error),
				 -EINVAL);
	assert_int_equal(options.invariants, 0);
	(void)sim_option_set(&options, "invariants", "T9", error);
	assert_non_null(strstr(error, "expected an invariant"));
}

/* -------------------------------------------------------------- on and off */

static void nothing_is_tested_unless_asked_for(void **state)
{
	struct sim_result result;

	(void)state;
	explore_named("viability-group-del", "v3.19", "", &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_REFUSED));
	assert_int_equal(result.broken, 0);
	assert_null(result.findings[0].invariant);
	sim_result_release(&result);
}

static void what_is_asked_for_is_tested_and_nothing_else(void **state)
{
	struct sim_result result;

	(void)state;
	explore_named("viability-group-del", "v3.19", "T5", &result);
	assert_int_equal(result.broken, set_of("T5"));
	assert_int_equal(result.invariants, set_of("T5"));
	assert_string_equal(
		kit_finding(&result, SIM_INVARIANT)->text,
		"T5: device 0000:01:00.0 is neither listed nor tracked, and "
		"its driver is a VFIO driver");
	assert_string_equal(kit_finding(&result, SIM_INVARIANT)->invariant,
			    "T5");
	sim_result_release(&result);
}

/* In an era without a tracking list nobody is on it. */
static void an_invariant_without_meaning_is_not_tested(void **state)
{
	struct sim_result result;

	(void)state;
	explore_named("device-delete", "v3.19", "T1,T4", &result);
	assert_int_equal(result.broken, 0);
	sim_result_release(&result);
	explore_named("device-delete", "v3.19-patched", "T1,T4", &result);
	assert_int_equal(result.broken, set_of("T1,T4"));
	sim_result_release(&result);
}

/* It is seen in all 45 classes, in different places; it is one kind. */
static void each_invariant_is_one_kind_of_finding(void **state)
{
	struct sim_result result;
	uint64_t seen = 0;
	unsigned i;

	(void)state;
	explore_named("viability-group-del", "v3.19", "all", &result);
	for (i = 0; i < result.nr_findings; i++) {
		const struct sim_finding *f = &result.findings[i];

		if (f->verdict != SIM_INVARIANT)
			continue;
		assert_int_equal(seen & set_of(f->invariant), 0);
		seen |= set_of(f->invariant);
		if (!strcmp(f->invariant, "T5"))
			assert_int_equal(f->count, result.runs);
	}
	assert_int_equal(seen, set_of("I6,T5,V3,V4"));
	assert_int_equal(result.broken, seen);
	sim_result_release(&result);
}

/* The head race and the tail race are two kinds of refusal. */
static void two_races_break_one_invariant_once(void **state)
{
	struct sim_result result;
	unsigned i, refusals = 0, broken = 0;

	(void)state;
	explore_named("viability-group-del", "v3.19-patched", "V2", &result);
	for (i = 0; i < result.nr_findings; i++) {
		refusals += result.findings[i].verdict == SIM_REFUSED;
		broken += result.findings[i].verdict == SIM_INVARIANT;
	}
	assert_int_equal(refusals, 2);
	assert_int_equal(broken, 1);
	sim_result_release(&result);
}

/* A verdict that the engine gives anyway says so, too. */
static void a_use_after_free_breaks_i1(void **state)
{
	struct sim_result result;

	(void)state;
	explore_named("put-external-user", "v3.19", "I1", &result);
	assert_int_equal(result.broken, set_of("I1"));
	assert_string_equal(kit_finding(&result, SIM_USE_AFTER_FREE)->invariant,
			    "I1");
	sim_result_release(&result);
}

static void running_in_circles_breaks_l5(void **state)
{
	struct sim_options options = { .strategy = "dfs",
				       .budget_runs = 20,
				       .all = true,
				       .invariants = set_of("L5") };
	struct sim_result result;
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_option_set(&options, "era", "v4.0", error), 0);
	kit_explore(sim_scenario_find("pending-signal"), &options, &result);
	assert_int_equal(result.broken, set_of("L5"));
	sim_result_release(&result);
}

/* --------------------------------------------------------------- no misses */

static void attachable(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology->container_fd = vfio_container_open();
}

static void attach_and_detach(void)
{
	(void)user_set_container();
	(void)user_set_iommu();
	(void)user_unset_container();
}

static void pass_by(void)
{
	device_lock(topology->dev[0]);
	WRITE_ONCE(topology->dev[0]->driver, topology->host);
	WRITE_ONCE(topology->dev[0]->driver, topology->vfio_pci);
	device_unlock(topology->dev[0]);
}

/*
 * Who attaches touches nothing of the device, and who binds nothing of the
 * container: in memory all their steps commute.  Yet a host driver has the
 * device only in the middle of one, and the backend is there only in the
 * middle of the other.
 */
static void what_two_tasks_break_together_is_found(void **state)
{
	const struct sim_scenario s = {
		.name = "together",
		.setup = attachable,
		.tasks = { { "user", attach_and_detach, NULL },
			   { "admin", pass_by, NULL } },
	};
	struct sim_result result;

	(void)state;
	explore(&s, "v3.19", "S1", &result);
	assert_int_equal(result.broken, set_of("S1"));
	sim_result_release(&result);
	explore(&s, "v3.19", "", &result);
	assert_int_equal(result.runs, 1);
	sim_result_release(&result);
}

static void with_host_driver(void)
{
	topology_boot(1);
	topology_bind(0, topology->host);
}

static void refuse(void)
{
	const char *name;

	(void)atomic_read(&topology->req_eventfd);
	name = sched_enter_func("vfio_group_viable");
	sched_subject(topology->group[0].iommu);
	(void)atomic_read(&topology->req_eventfd);
	sched_answer(false);
	sched_leave_func(&name);
}

static void unbind(void)
{
	device_release_driver(topology->dev[0]);
}

/* The check looks at nothing that the unbind changes; but only behind it is
 * its answer wrong. */
static void a_call_is_tried_before_and_behind_what_it_may_see(void **state)
{
	const struct sim_scenario s = {
		.name = "before-and-behind",
		.setup = with_host_driver,
		.tasks = { { "check", refuse, NULL },
			   { "unbind", unbind, NULL } },
	};
	const struct sim_scenario r = kit_reversed(&s);
	struct sim_result result;

	(void)state;
	explore(&s, "v3.19", "V2", &result);
	assert_int_equal(result.broken, set_of("V2"));
	sim_result_release(&result);
	explore(&r, "v3.19", "V2", &result);
	assert_int_equal(result.broken, set_of("V2"));
	sim_result_release(&result);
}

/* Chance knows nothing of which steps commute. */
static void chance_finds_nothing_that_the_search_missed(void **state)
{
	static const struct {
		const char *scenario, *era;
	} rows[] = {
		{ "viability-group-del", "v3.19-patched" },
		{ "viability-group-del", "v3.19" },
		{ "viability-status", "v3.19-patched check_order=corrected" },
		{ "viability-enomem", "v3.19-patched" },
		{ "bind-window-status", "v3.19-patched" },
		{ "host-bind-attach", "v3.19" },
		{ "notifier-put", "v3.19-patched" },
		{ "device-delete", "v3.19-patched" },
	};
	struct sim_options options = { .strategy = "random",
				       .budget_runs = kit_scale(2000),
				       .all = true };
	struct sim_result all, some;
	char error[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	options.invariants = set_of("all");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]);
	     i += kit_scale(100) < 100 ? 3 : 1) {
		explore_named(rows[i].scenario, rows[i].era, "all", &all);
		assert_true(all.exhausted);
		assert_int_equal(
			sim_option_set(&options, "era", rows[i].era, error), 0);
		kit_explore(sim_scenario_find(rows[i].scenario), &options,
			    &some);
		if (some.broken & ~all.broken)
			fail_msg("%s in %s: %s", rows[i].scenario, rows[i].era,
				 sim_invariants_format(some.broken &
							       ~all.broken,
						       error, sizeof(error)));
		sim_result_release(&all);
		sim_result_release(&some);
	}
}

/* -------------------------------------------------------------- schedules */

/* sim_explore() has replayed each on every carrier; here it is done as a user
 * does it, from the text alone. */
static void a_schedule_shows_its_finding_again(void **state)
{
	struct sim_result found, again;
	unsigned i;

	(void)state;
	explore_named("viability-group-del", "v3.19-patched", "V2,I6", &found);
	assert_int_equal(found.broken, set_of("V2,I6"));
	for (i = 0; i < found.nr_findings; i++) {
		const struct sim_finding *f = &found.findings[i];

		assert_non_null(strstr(f->schedule, "\ninvariants I6,V2\n"));
		assert_int_equal(sim_replay_text(NULL, f->schedule, "test",
						 NULL, &again),
				 0);
		if (f->invariant)
			assert_true(again.broken & set_of(f->invariant));
		sim_result_release(&again);
	}
	sim_result_release(&found);
}

#define HEAD "vfiosim schedule 1\nscenario viability-status\nera v3.19\n"

static void expect_refused(const char *text, const char *reason)
{
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];

	assert_int_equal(sim_schedule_parse(text, "s", &schedule, error),
			 -EINVAL);
	if (!strstr(error, reason))
		fail_msg("\"%s\" does not say \"%s\"", error, reason);
}

static void a_schedule_names_invariants_once_and_rightly(void **state)
{
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_schedule_parse(HEAD "invariants T5,R2\nend\n", "s",
					    &schedule, error),
			 0);
	assert_int_equal(schedule.invariants, set_of("T5,R2"));
	sim_schedule_release(&schedule);
	expect_refused(HEAD "invariants T9\nend\n",
		       "s:4: expected an invariant");
	expect_refused(HEAD "invariants\nend\n", "s:4: expected invariants");
	expect_refused(HEAD "invariants T5 R2\nend\n",
		       "s:4: expected an invariant");
	expect_refused(HEAD "invariants T5\ninvariants R2\nend\n",
		       "s:5: expected invariants once");
	expect_refused(HEAD "unbind runs to its end\ninvariants R2\nend\n",
		       "s:5: expected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_invariant_has_a_name_of_its_own),
		cmocka_unit_test(a_set_of_names_is_read_as_it_is_written),
		cmocka_unit_test(what_is_no_set_of_names_is_refused),
		cmocka_unit_test(nothing_is_tested_unless_asked_for),
		cmocka_unit_test(what_is_asked_for_is_tested_and_nothing_else),
		cmocka_unit_test(an_invariant_without_meaning_is_not_tested),
		cmocka_unit_test(each_invariant_is_one_kind_of_finding),
		cmocka_unit_test(two_races_break_one_invariant_once),
		cmocka_unit_test(a_use_after_free_breaks_i1),
		cmocka_unit_test(running_in_circles_breaks_l5),
		cmocka_unit_test(what_two_tasks_break_together_is_found),
		cmocka_unit_test(
			a_call_is_tried_before_and_behind_what_it_may_see),
		cmocka_unit_test(chance_finds_nothing_that_the_search_missed),
		cmocka_unit_test(a_schedule_shows_its_finding_again),
		cmocka_unit_test(a_schedule_names_invariants_once_and_rightly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
