/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_scenarios.c - the catalogue: each scenario shows in each era what it
 * says, exhaustively, and the committed schedules give the traces that they
 * always gave.
 */
#include "kit.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* @bound: of the strategy of that name. */
static void explore_by(const char *strategy, unsigned bound, const char *name,
		       const char *era, struct sim_result *ret_result)
{
	struct sim_options options = {
		.strategy = strategy,
		.bound = bound,
		.bound_set = bound != 0,
		.all = true,
	};
	char error[SIM_TEXT_MAX];

	if (sim_era_parse(era, &options.era, error))
		fail_msg("%s", error);
	kit_explore(sim_scenario_find(name), &options, ret_result);
}

static void explore_era(const char *name, const char *era,
			struct sim_result *ret_result)
{
	explore_by("dfs", 0, name, era, ret_result);
}

static void expect_as_said(const struct sim_scenario *scenario,
			   const struct sim_expect *expect)
{
	struct sim_result result;
	unsigned set = ~0u;

	explore_by(expect->bound ? "bound" : "dpor", expect->bound,
		   scenario->name, expect->era, &result);
	if (!result.exhausted || result.verdicts != expect->set)
		fail_msg("%s in %s: verdicts %#x, expected %#x%s",
			 scenario->name, expect->era, result.verdicts,
			 expect->set,
			 result.exhausted ? "" : "; not exhausted");
	assert_true(sim_expected(scenario, &result.era, &set));
	assert_int_equal(set, expect->set);
	sim_result_release(&result);
}

/* Slow tools do a share of it; native runs do it all. */
static bool slow(void)
{
	return kit_scale(1000) < 1000;
}

/* Their runs are counted in thousands. */
static const char *const long_ones[] = {
	"viability-window", "viability-device-open",
	"host-rebind",	    "hot-unplug",
	"drvdata-clobber",  "pending-signal",
	"memberless-group", "two-groups",
	"bus-reset",	    "bus-reset-open",
	"two-group-dels",   "device-delete",
};

static bool too_long_here(const struct sim_scenario *scenario,
			  const struct sim_expect *expect)
{
	size_t i;

	if (!slow())
		return false;
	for (i = 0; i < sizeof(long_ones) / sizeof(long_ones[0]); i++)
		if (!strcmp(scenario->name, long_ones[i]))
			return true;
	return expect != scenario->expect;
}

static void every_scenario_shows_what_it_says_in_every_era(void **state)
{
	const struct sim_scenario *scenario;
	const struct sim_expect *e;
	unsigned i, eras = 0;

	(void)state;
	for (i = 0; (scenario = sim_scenario_nth(i)); i++)
		for (e = scenario->expect; e->era; e++, eras++)
			if (!too_long_here(scenario, e))
				expect_as_said(scenario, e);
	/* 4 textbook ones, and the catalogue. */
	assert_int_equal(i, 4 + 32);
	/* 7 eras each, and what overrides change. */
	assert_int_equal(eras, (4 + 32) * 7 + 42);
}

/* A number of classes does not depend on the order of tasks, on the carrier or
 * on luck; it changes with the model's operations and the rules of dependence,
 * and whoever changes these must know. */
static const struct {
	const char *scenario, *era;
	unsigned classes, findings;
} counts[] = {
	{ "viability-status", "v3.19", 45, 1 },
	{ "viability-status", "v3.19-patched", 48, 2 },
	{ "viability-status", "v3.19-patched check_order=atomic", 6, 0 },
	{ "viability-status", "v3.19-patched check_order=corrected", 46, 0 },
	{ "viability-group-del", "v3.19", 45, 1 },
	{ "viability-group-del", "v3.19-patched", 48, 2 },
	{ "viability-group-del", "v3.19-patched check_order=atomic", 6, 0 },
	{ "viability-group-del", "v3.19-patched check_order=corrected", 46, 0 },
	{ "viability-group-del", "v3.19-patched kvm_del=match_group", 1, 0 },
	{ "viability-sibling", "v3.19", 50, 2 },
	{ "viability-sibling", "v3.19-patched", 69, 5 },
	{ "viability-sibling", "v3.19-patched check_order=atomic", 19, 0 },
	{ "viability-sibling", "v3.19-patched check_order=corrected", 52, 0 },
	{ "put-external-user", "v3.19", 1, 1 },
	{ "viability-status", "v4.0", 76, 2 },
	{ "viability-status", "v5.15", 9, 3 },
	{ "viability-group-del", "v4.0", 76, 2 },
	{ "bind-window-status", "v3.19-patched", 21, 1 },
	{ "viability-get-device-fd", "v5.15", 27, 6 },
	{ "notifier-put", "v3.19", 8, 1 },
	{ "notifier-put", "v4.14", 14, 0 },
	{ "bus-reset", "v3.19", 433, 3 },
	{ "host-bind-attach", "v4.0", 56, 2 },
	{ "host-bind-attach", "v5.19", 2, 0 },
	{ "viability-window", "v6.1", 18, 0 },
};

static void numbers_of_classes_are_what_they_were(void **state)
{
	struct sim_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]);
	     i += slow() ? 5 : 1) {
		explore_era(counts[i].scenario, counts[i].era, &result);
		if (result.runs != counts[i].classes ||
		    result.nr_findings != counts[i].findings)
			fail_msg("%s in %s: %llu classes, %u findings",
				 counts[i].scenario, counts[i].era,
				 (unsigned long long)result.runs,
				 result.nr_findings);
		sim_result_release(&result);
	}
}

/* The order of listing decides which run comes first, and nothing else. */
static void listing_the_tasks_the_other_way_changes_no_count(void **state)
{
	const char *const names[] = { "viability-status",
				      "viability-group-del" };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct sim_scenario *scenario =
			sim_scenario_find(names[i]);
		struct sim_scenario reversed = kit_reversed(scenario);
		struct sim_result a, b;

		kit_dfs(scenario, true, &a);
		kit_dfs(&reversed, true, &b);
		assert_int_equal(a.runs, b.runs);
		assert_int_equal(a.verdicts, b.verdicts);
		assert_int_equal(a.nr_findings, b.nr_findings);
		sim_result_release(&a);
		sim_result_release(&b);
	}
}

/* Head race: the tracking list was read before the entry was there.  Tail race:
 * the driver was read before it was cleared, the list after the entry left. */
static void the_patch_leaves_a_head_race_and_a_tail_race(void **state)
{
	struct sim_result result;
	unsigned i, heads = 0, tails = 0;

	(void)state;
	explore_era("viability-group-del", "v3.19-patched", &result);
	assert_int_equal(result.nr_findings, 2);
	for (i = 0; i < 2; i++) {
		const struct sim_finding *f = &result.findings[i];

		assert_int_equal(f->verdict, SIM_REFUSED);
		assert_string_equal(f->text, "KVM_DEV_VFIO_GROUP_DEL: -EINVAL");
		heads += f->count *
			 !!strstr(f->schedule,
				  "past unlock vfio_group.unbound_lock #1 in "
				  "vfio_dev_viable");
		tails += f->count * !!strstr(f->schedule,
					     "past read device.driver #1 in "
					     "vfio_dev_viable");
	}
	assert_int_equal(heads, 2);
	assert_int_equal(tails, 1);
	sim_result_release(&result);
}

static void b11_is_reported_with_both_call_chains(void **state)
{
	struct sim_result result;
	const struct sim_finding *f;

	(void)state;
	explore_era("put-external-user", "v3.19", &result);
	f = kit_finding(&result, SIM_USE_AFTER_FREE);
	assert_string_equal(f->text,
			    "update of vfio_group.container_users #1 in "
			    "vfio_group_try_dissolve_container, freed in "
			    "vfio_group_unlock_and_free");
	assert_string_equal(
		f->detail,
		"kvm-exit: vfio_group_try_dissolve_container <- "
		"vfio_group_put_external_user <- "
		"kvm_vfio_group_put_external_user <- kvm_vfio_destroy <- "
		"kvm_destroy_vm\n"
		"freed by kvm-exit: vfio_group_unlock_and_free <- "
		"vfio_group_release <- vfio_group_put <- "
		"vfio_group_put_external_user <- "
		"kvm_vfio_group_put_external_user <- kvm_vfio_destroy <- "
		"kvm_destroy_vm");
	sim_result_release(&result);
}

/* ------------------------------------------------------ committed schedules */

/* The trace of each: names and order, so no compiler, no level of optimisation
 * and no tool may change it. */
static const struct {
	const char *file, *verdict;
	uint64_t hash;
} schedules[] = {
	{ "abba-deadlock", "deadlock", 0x74bd8c1b1cb0f7fb },
	{ "address-reuse-v4.0", "check failed", 0x31c092e0f8408b67 },
	{ "attach-unplugged-v5.19", "NULL dereference", 0x0f6fdde489a3d15b },
	{ "bind-window-group-del-v4.0", "refused", 0x17721e2878420898 },
	{ "bind-window-status-v5.15", "refused", 0xf125aeb0626cc3fc },
	{ "bus-reset-open-v3.19", "deadlock", 0x1e481091cc07c434 },
	{ "bus-reset-v3.19-null-dereference", "NULL dereference",
	  0x5d8333776a467fa9 },
	{ "bus-reset-v4.0-use-after-free", "use after free",
	  0xc246dce04f6c2da0 },
	{ "container-stall-v4.14", "hang", 0x31c089258a58f99b },
	{ "device-delete-v3.19", "leak", 0x07471a6200cf94db },
	{ "double-bind-v3.19", "check failed", 0x9b42ecdebacc1627 },
	{ "drvdata-clobber-v3.19", "check failed", 0x1a99d16487e05c31 },
	{ "drvdata-clobber-v4.14", "check failed", 0x91e55ae34cc2dd62 },
	{ "failing-lookup-v5.15", "check failed", 0x6391a466dd45a8a6 },
	{ "host-bind-attach-v3.19", "check failed", 0xd9a96b84ebeaddc0 },
	{ "host-bind-v5.15", "BUG", 0x2ea6c6a8b659b825 },
	{ "host-rebind-v3.19", "BUG", 0xb61a35eb05e77d97 },
	{ "hot-unplug-v3.19", "use after free", 0x77bb01dc78791694 },
	{ "late-probe-v4.0", "check failed", 0x7fc8c794e9bbb225 },
	{ "lost-update", "check failed", 0xe229c4f2f0450755 },
	{ "lost-wakeup", "lost wake-up", 0x07ab6d4ea346e632 },
	{ "memberless-group-v5.19", "invariant broken", 0x3faa234fec7b5ae4 },
	{ "notifier-put-enomem-v4.14", "check failed", 0xdcbe42509e37b7e0 },
	{ "notifier-put-v3.19", "deadlock", 0xa8e64d4b8b62fb1b },
	{ "pending-signal-v4.0", "invariant broken", 0xd8955e0871e4a95b },
	{ "put-external-user", "use after free", 0x9e63d02d71b5cff4 },
	{ "recursive-read", "deadlock", 0xdac735cf95a470c7 },
	{ "test-remove-v4.14", "check failed", 0xe1544805e1af59be },
	{ "two-group-dels-v3.19", "refused", 0x5abe6c930ec51ea7 },
	{ "two-groups-v3.19", "refused", 0xd0c8ad0409cdb64b },
	{ "viability-device-open-self-deadlock", "deadlock",
	  0x3d6a2b430aa9937c },
	{ "viability-device-open-v3.19", "refused", 0x534ebf1560a14cd8 },
	{ "viability-enomem-v3.19-patched", "refused", 0xcb7104badd2076af },
	{ "viability-external-get-v5.15", "refused", 0x16f349a776cb8b5d },
	{ "viability-get-device-fd-v5.15", "refused", 0xff7b6bdb22c5500a },
	{ "viability-group-del-enomem", "refused", 0x66b2be20c114ea72 },
	{ "viability-group-del-head-race", "refused", 0xc2c8d2b3bf63a691 },
	{ "viability-group-del-tail-race", "refused", 0x79eae26d112eba29 },
	{ "viability-group-del-v3.19", "refused", 0xd178473b5df2601a },
	{ "viability-sibling-v3.19", "refused", 0x21a276e7f92d25ea },
	{ "viability-status-v3.19", "refused", 0x8df674d94bb0c92d },
	{ "viability-status-v4.0", "refused", 0x60013d2eea96bd6f },
	{ "viability-window-self-deadlock", "deadlock", 0x72b9118318762671 },
	{ "viability-window-v3.19", "refused", 0x64e3dbb510c2e600 },
};

static char *read_schedule(const char *file)
{
	char path[SIM_PATH_MAX], error[SIM_TEXT_MAX];
	char *text;

	snprintf(path, sizeof(path), "%s/%s.schedule", VFIOSIM_SCHEDULES, file);
	text = sim_store_read(path, 1 << 20, error);
	if (!text)
		fail_msg("%s", error);
	return text;
}

static uint64_t replay(const char *file, const char *text,
		       enum sim_carrier_kind carrier, const char *verdict)
{
	const struct sim_options options = { .carrier = carrier };
	struct sim_result result;
	unsigned i, seen = 0;
	uint64_t hash;

	if (sim_replay_text(NULL, text, file, &options, &result))
		fail_msg("%s", result.error);
	for (i = 0; i < result.nr_findings; i++)
		seen += !strcmp(sim_verdict_name(result.findings[i].verdict),
				verdict);
	if (!seen)
		fail_msg("%s: no %s", file, verdict);
	hash = sim_trace_hash(sim_result_trace(&result));
	sim_result_release(&result);
	return hash;
}

static void committed_schedules_give_the_traces_they_always_gave(void **state)
{
	const enum sim_carrier_kind *carrier;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(schedules) / sizeof(schedules[0]); i++) {
		char *text = read_schedule(schedules[i].file);

		for (carrier = kit_carriers(); *carrier; carrier++) {
			uint64_t hash = replay(schedules[i].file, text,
					       *carrier, schedules[i].verdict);

			if (hash != schedules[i].hash)
				fail_msg("%s: trace %016llx", schedules[i].file,
					 (unsigned long long)hash);
		}
		free(text);
	}
}

static void a_thousand_replays_are_one_and_the_same(void **state)
{
	const char *file = "viability-window-v3.19";
	const enum sim_carrier_kind *carrier;
	unsigned i, times = kit_scale(1000);
	char *text = read_schedule(file);

	(void)state;
	for (carrier = kit_carriers(); *carrier; carrier++)
		for (i = 0; i < times; i++)
			if (replay(file, text, *carrier, "refused") !=
			    0x64e3dbb510c2e600)
				fail_msg("replay %u of %s differs", i + 1,
					 file);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_scenario_shows_what_it_says_in_every_era),
		cmocka_unit_test(numbers_of_classes_are_what_they_were),
		cmocka_unit_test(
			listing_the_tasks_the_other_way_changes_no_count),
		cmocka_unit_test(the_patch_leaves_a_head_race_and_a_tail_race),
		cmocka_unit_test(b11_is_reported_with_both_call_chains),
		cmocka_unit_test(
			committed_schedules_give_the_traces_they_always_gave),
		cmocka_unit_test(a_thousand_replays_are_one_and_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
