/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_scenarios.c - which invariants each scenario breaks in which
 * era, and that an era's table says so of each: no scenario breaks one that no
 * bug is known to.
 */
#include "kit.h"

#include "invariants.h"

#include <string.h>

static uint64_t set_of(const char *names)
{
	uint64_t set = 0;
	char error[SIM_TEXT_MAX];

	if (*names && sim_invariants_parse(names, &set, error))
		fail_msg("%s", error);
	return set;
}

static void explore(const char *name, const char *era, uint64_t budget,
		    struct sim_result *result)
{
	struct sim_options options = {
		.strategy = "dfs",
		.all = true,
		.budget_runs = budget,
		.invariants = set_of("all"),
	};
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&options, "era", era, error))
		fail_msg("%s", error);
	kit_explore(sim_scenario_find(name), &options, result);
}

/* Slow tools do a share of it. */
static unsigned share(void)
{
	return kit_scale(100) < 100 ? 13 : 1;
}

/* Exhaustively: of those scenarios and eras where that takes a moment. */
static const struct {
	const char *scenario, *era, *broken;
} rows[] = {
	/* clang-format off */
	{ "lost-update", "v3.19",
	  "" },
	{ "abba-deadlock", "v3.19",
	  "I3,L1" },
	{ "lost-wakeup", "v3.19",
	  "L1,L3" },
	{ "recursive-read", "v3.19",
	  "I3,L1" },
	{ "viability-status", "v3.19",
	  "I6,T5,V3" },
	{ "viability-status", "v3.19-patched",
	  "I6,V2,V3" },
	{ "viability-status", "v5.19",
	  "" },
	{ "viability-status", "v6.1",
	  "" },
	{ "viability-status", "v3.19-patched check_order=atomic",
	  "" },
	{ "viability-status", "v4.0 check_order=atomic",
	  "" },
	{ "viability-enomem", "v3.19-patched",
	  "I6,T5,V3" },
	{ "viability-enomem", "v5.19",
	  "" },
	{ "viability-enomem", "v6.1",
	  "" },
	{ "viability-enomem", "v3.19-patched check_order=atomic",
	  "T5,V3" },
	{ "viability-group-del", "v3.19",
	  "I6,T5,V3,V4" },
	{ "viability-group-del", "v3.19-patched",
	  "I6,V2,V3,V4" },
	{ "viability-group-del", "v4.14",
	  "" },
	{ "viability-group-del", "v5.15",
	  "" },
	{ "viability-group-del", "v5.19",
	  "" },
	{ "viability-group-del", "v6.1",
	  "" },
	{ "viability-group-del", "v3.19-patched kvm_del=match_group",
	  "" },
	{ "viability-window", "v5.19",
	  "" },
	{ "viability-window", "v6.1",
	  "" },
	{ "viability-device-open", "v5.19",
	  "" },
	{ "viability-device-open", "v6.1",
	  "" },
	{ "put-external-user", "v3.19",
	  "I1,I4" },
	{ "put-external-user", "v3.19-patched",
	  "I1,I4" },
	{ "put-external-user", "v4.0",
	  "I1,I4" },
	{ "put-external-user", "v4.14",
	  "" },
	{ "put-external-user", "v5.15",
	  "" },
	{ "put-external-user", "v5.19",
	  "" },
	{ "put-external-user", "v6.1",
	  "" },
	{ "put-external-user", "v3.19 ext_put_order=dissolve_first",
	  "" },
	{ "put-external-user", "v3.19-patched ext_put_order=dissolve_first",
	  "" },
	{ "put-external-user", "v4.0 ext_put_order=dissolve_first",
	  "" },
	{ "host-rebind", "v5.19",
	  "" },
	{ "host-rebind", "v6.1",
	  "" },
	{ "bind-window-group-del", "v5.19",
	  "" },
	{ "bind-window-group-del", "v6.1",
	  "" },
	{ "bind-window-status", "v3.19",
	  "V3" },
	{ "bind-window-status", "v5.19",
	  "" },
	{ "bind-window-status", "v6.1",
	  "" },
	{ "bind-window-status", "v3.19-patched check_order=atomic",
	  "V3" },
	{ "bind-window-status", "v3.19-patched check_order=corrected",
	  "V3" },
	{ "viability-sibling", "v4.14",
	  "" },
	{ "viability-sibling", "v5.15",
	  "" },
	{ "viability-sibling", "v5.19",
	  "" },
	{ "viability-sibling", "v6.1",
	  "" },
	{ "viability-sibling", "v3.19-patched kvm_del=match_group",
	  "" },
	{ "viability-get-device-fd", "v5.19",
	  "" },
	{ "viability-get-device-fd", "v6.1",
	  "" },
	{ "viability-external-get", "v5.19",
	  "" },
	{ "viability-external-get", "v6.1",
	  "" },
	{ "host-bind", "v3.19",
	  "S1" },
	{ "host-bind", "v3.19-patched",
	  "S1" },
	{ "host-bind", "v4.0",
	  "S1" },
	{ "host-bind", "v4.14",
	  "S1" },
	{ "host-bind", "v5.15",
	  "S1" },
	{ "host-bind", "v5.19",
	  "" },
	{ "host-bind", "v6.1",
	  "" },
	{ "host-bind-attach", "v5.19",
	  "" },
	{ "host-bind-attach", "v6.1",
	  "" },
	{ "notifier-put", "v3.19",
	  "I2,I3,T5,L1,L2" },
	{ "notifier-put", "v3.19-patched",
	  "I2,I3,L1,L2" },
	{ "notifier-put", "v4.0",
	  "I2,I3,L1,L2" },
	{ "notifier-put", "v4.14",
	  "" },
	{ "notifier-put", "v5.15",
	  "" },
	{ "notifier-put", "v5.19",
	  "" },
	{ "notifier-put", "v6.1",
	  "" },
	{ "notifier-put-enomem", "v3.19",
	  "I2,I3,T5,L1,L2" },
	{ "notifier-put-enomem", "v3.19-patched",
	  "I2,I3,L1,L2" },
	{ "notifier-put-enomem", "v4.0",
	  "I2,I3,L1,L2" },
	{ "notifier-put-enomem", "v4.14",
	  "R2" },
	{ "notifier-put-enomem", "v5.15",
	  "R2" },
	{ "notifier-put-enomem", "v5.19",
	  "" },
	{ "notifier-put-enomem", "v6.1",
	  "" },
	{ "hot-unplug", "v5.19",
	  "" },
	{ "hot-unplug", "v6.1",
	  "" },
	{ "device-delete", "v3.19",
	  "R7" },
	{ "device-delete", "v3.19-patched",
	  "R7,T1,T4" },
	{ "device-delete", "v4.0",
	  "R7,T1,T4" },
	{ "device-delete", "v5.19",
	  "" },
	{ "device-delete", "v6.1",
	  "" },
	{ "address-reuse", "v3.19",
	  "S1" },
	{ "address-reuse", "v3.19-patched",
	  "R7,T1,T3,T4,S1,S3" },
	{ "address-reuse", "v4.0",
	  "R7,T1,T3,T4,S1,S3" },
	{ "address-reuse", "v4.14",
	  "S1" },
	{ "address-reuse", "v5.15",
	  "S1" },
	{ "address-reuse", "v5.19",
	  "" },
	{ "address-reuse", "v6.1",
	  "" },
	{ "late-probe", "v3.19",
	  "S1" },
	{ "late-probe", "v3.19-patched",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v4.0",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v4.14",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v5.15",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v5.19",
	  "" },
	{ "late-probe", "v6.1",
	  "" },
	{ "late-probe", "v3.19 probe_fails_after_add=on",
	  "S1" },
	{ "late-probe", "v4.0 probe_fails_after_add=on",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v4.14 probe_fails_after_add=on",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v5.15 probe_fails_after_add=on",
	  "T1,T3,S1,S3" },
	{ "late-probe", "v5.19 probe_fails_after_add=on",
	  "" },
	{ "test-remove", "v3.19",
	  "T5,S1" },
	{ "test-remove", "v3.19-patched",
	  "S1" },
	{ "test-remove", "v4.0",
	  "S1" },
	{ "test-remove", "v5.15",
	  "S1" },
	{ "test-remove", "v5.19",
	  "" },
	{ "test-remove", "v6.1",
	  "" },
	{ "test-remove", "v5.19 debug_test_remove=on",
	  "" },
	{ "drvdata-clobber", "v5.19",
	  "" },
	{ "drvdata-clobber", "v6.1",
	  "" },
	{ "bus-reset", "v3.19",
	  "I1,I3,I6,T5" },
	{ "bus-reset", "v5.15",
	  "" },
	{ "bus-reset", "v5.19",
	  "" },
	{ "bus-reset", "v6.1",
	  "" },
	{ "container-stall", "v3.19",
	  "T5" },
	{ "container-stall", "v3.19-patched",
	  "" },
	{ "container-stall", "v4.0",
	  "" },
	{ "container-stall", "v4.14",
	  "" },
	{ "container-stall", "v5.15",
	  "" },
	{ "container-stall", "v5.19",
	  "" },
	{ "container-stall", "v6.1",
	  "" },
	{ "two-group-dels", "v5.19",
	  "" },
	{ "two-group-dels", "v6.1",
	  "" },
	{ "attach-unplugged", "v3.19",
	  "T5" },
	{ "attach-unplugged", "v3.19-patched",
	  "I1" },
	{ "attach-unplugged", "v4.0",
	  "" },
	{ "attach-unplugged", "v5.19",
	  "I1,S4" },
	{ "attach-unplugged", "v6.1",
	  "" },
	{ "double-bind", "v3.19",
	  "I5,R7" },
	{ "double-bind", "v3.19-patched",
	  "I5,R7" },
	{ "double-bind", "v4.0",
	  "I5,R7" },
	{ "double-bind", "v4.14",
	  "I5,R7" },
	{ "double-bind", "v5.15",
	  "" },
	{ "double-bind", "v5.19",
	  "" },
	{ "double-bind", "v6.1",
	  "" },
	{ "failing-lookup", "v4.0",
	  "S1" },
	{ "failing-lookup", "v4.14",
	  "R4,S1" },
	{ "failing-lookup", "v5.15",
	  "R4,S1" },
	{ "failing-lookup", "v5.19",
	  "" },
	{ "failing-lookup", "v6.1",
	  "" },
	{ "viability-window", "v3.19",
	  "I2,I3,I6,T5,V3,V4,L2,L4" },
	/* clang-format on */
};

static void each_scenario_breaks_what_it_says_in_each_era(void **state)
{
	struct sim_result result;
	char broken[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i += share()) {
		explore(rows[i].scenario, rows[i].era, 0, &result);
		sim_invariants_format(result.broken, broken, sizeof(broken));
		if (!result.exhausted || strcmp(broken, rows[i].broken) != 0)
			fail_msg("%s in %s breaks %s, expected %s%s",
				 rows[i].scenario, rows[i].era, broken,
				 rows[i].broken,
				 result.exhausted ? "" : "; not exhausted");
		sim_result_release(&result);
	}
}

/* The textbook scenarios dead-lock without any VFIO. */
static bool about_vfio(const struct sim_scenario *scenario)
{
	static const char *const others[] = { "lost-update", "abba-deadlock",
					      "lost-wakeup", "recursive-read" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(scenario->name, others[i]))
			return false;
	return true;
}

static void expect_known(const struct sim_result *result, const char *era)
{
	char bugs[SIM_TEXT_MAX];
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++)
		if ((result->broken & SIM_INVARIANT_SET(nr)) &&
		    !sim_invariant_expected(nr, &result->era, bugs))
			fail_msg("%s in %s breaks %s, and no bug is known to",
				 result->scenario->name, era,
				 sim_invariant_nth(nr)->id);
}

static void no_scenario_breaks_what_no_bug_is_known_to(void **state)
{
	const struct sim_scenario *scenario;
	const struct sim_expect *e;
	struct sim_result result;
	unsigned i, nr = 0;

	(void)state;
	for (i = 0; (scenario = sim_scenario_nth(i)); i++)
		for (e = scenario->expect; e && e->era; e++) {
			if (!about_vfio(scenario) || nr++ % share())
				continue;
			explore(scenario->name, e->era, 150, &result);
			expect_known(&result, e->era);
			sim_result_release(&result);
		}
}

/* What the table knows of and nobody shows would be no more than talk.  R3 and
 * T2 are shown in test_invariants_planted.c, L5 in test_invariants.c. */
static void what_is_known_to_be_broken_is_shown_broken(void **state)
{
	uint64_t shown = set_of("R3,L5,T2");
	struct kernel_era era;
	char bugs[SIM_TEXT_MAX];
	unsigned nr, nth;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		shown |= set_of(rows[i].broken);
	for (nth = 0; era_name(nth); nth++)
		for (nr = 0; sim_invariant_nth(nr); nr++) {
			assert_int_equal(era_lookup(era_name(nth), &era), 0);
			if (sim_invariant_expected(nr, &era, bugs) &&
			    !(shown & SIM_INVARIANT_SET(nr)))
				fail_msg("%s in %s: known to be broken by %s, "
					 "and nobody shows it",
					 sim_invariant_nth(nr)->id,
					 era_name(nth), bugs);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scenario_breaks_what_it_says_in_each_era),
		cmocka_unit_test(no_scenario_breaks_what_no_bug_is_known_to),
		cmocka_unit_test(what_is_known_to_be_broken_is_shown_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
