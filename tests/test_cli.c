/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cli.c - the program vfiosim from outside: what it prints, writes and
 * returns, and how it refuses bad input in one line.
 */
#include "golden.h"
#include "kit.h"
#include "sandbox.h"
#include "terminal.h"

#include <string.h>
#include <sys/stat.h>

/* Explore and return the path of the only schedule that was written; static. */
static const char *find(const char *scenario)
{
	static char path[512];
	struct sandbox_output output;
	char line[256];
	const char *at;

	snprintf(line, sizeof(line), "explore %s", scenario);
	sandbox_run(line, 1, &output);
	at = strstr(output.out, "schedule: ");
	assert_non_null(at);
	at += strlen("schedule: ");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\n"), at);
	sandbox_release(&output);
	return path;
}

/* ----------------------------------------------------------------- explore */

static void a_finding_ends_with_the_command_that_replays_it(void **state)
{
	struct sandbox_output output, again;
	char command[600];
	const char *at, *end;

	(void)state;
	sandbox_run("explore lost-update", 1, &output);
	at = strstr(output.out, "\nvfiosim replay ");
	assert_non_null(at);
	end = strstr(at, "\n\nbound: 3 runs, 0 pruned, 12 steps; stopped at "
			 "the first finding\n");
	assert_non_null(end);
	assert_string_equal(strchr(end + 2, '\n'), "\n");
	snprintf(command, sizeof(command), "%.*s",
		 (int)(end - at - strlen("\nvfiosim ")),
		 at + strlen("\nvfiosim "));
	sandbox_run(command, 1, &again);
	sandbox_contains(again.out, "check failed: PEEK_ONCE(*counter) == 2\n");
	sandbox_release(&output);
	sandbox_release(&again);
}

static void exploring_twice_prints_and_writes_the_same(void **state)
{
	struct sandbox_output first, second;

	(void)state;
	sandbox_run("explore viability-status --all --era v3.19-patched", 1,
		    &first);
	sandbox_run("explore viability-status --all --era v3.19-patched", 1,
		    &second);
	assert_string_equal(first.out, second.out);
	/* The head race and the tail race. */
	assert_int_equal(sandbox_count("findings"), 2);
	sandbox_release(&first);
	sandbox_release(&second);
}

static void all_numbers_each_kind_and_counts_its_runs(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --all --strategy dfs --no-por", 1,
		    &output);
	/* C(4,2) = 6 interleavings, of which 2 are serial. */
	sandbox_contains(output.out,
			 "1. check failed: PEEK_ONCE(*counter) == 2\n"
			 "   in 4 runs, first in run ");
	sandbox_contains(output.out, "\ndfs: 6 runs, 0 pruned, 24 steps; "
				     "exhausted\n");
	assert_null(strstr(output.out, "\n2. "));
	sandbox_release(&output);
}

static void nothing_found_and_nothing_left_is_status_0(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --find leak", 0, &output);
	sandbox_contains(output.out, "nothing found; ");
	sandbox_contains(output.out, "; exhausted\n");
	assert_int_equal(sandbox_count("."), 0);
	sandbox_release(&output);
	sandbox_run("explore lost-update --strategy bound --bound 0", 0,
		    &output);
	assert_string_equal(output.out,
			    "nothing found; bound: 2 runs, 0 pruned, 8 steps; "
			    "exhausted within 0 preemptions\n");
	sandbox_release(&output);
}

static void a_budget_that_ends_undecided_is_status_3(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --budget 1", 3, &output);
	assert_string_equal(output.out, "nothing found; bound: 1 runs, 0 "
					"pruned, 4 steps; budget of 1 run "
					"ended\n");
	sandbox_release(&output);
	sandbox_run(
		"explore lost-update --find leak --strategy random --budget 5",
		3, &output);
	assert_string_equal(output.out, "nothing found; random: 5 runs, 0 "
					"pruned, 20 steps; budget of 5 "
					"runs ended\n");
	sandbox_release(&output);
}

/* 2 tasks with 2 steps each: 3 contested ones at most.  1 in 2, 6 and 18. */
static void pct_says_how_many_runs_it_would_take(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --find leak --strategy pct "
		    "--budget 50",
		    3, &output);
	assert_string_equal(
		output.out,
		"nothing found; pct: 50 runs, 0 pruned, 200 steps; budget "
		"of 50 runs ended\n"
		"2 tasks, at most 3 contested steps in a run, no more since "
		"run 5\n"
		"runs for 99 %: depth 1 7, depth 2 26, depth 3 81; counted "
		"from run 6\n");
	sandbox_release(&output);
}

static void programs_are_told_of_faults_and_odds(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --find leak --strategy pct --budget "
		    "50 --faults alloc,timeout:2 --faults signal:any --format "
		    "json",
		    3, &output);
	sandbox_contains(output.out, "\"faults\":[\n    \"alloc,timeout:2\","
				     "\n    \"signal:any\"\n  ]");
	sandbox_contains(output.out, "\"odds\":{\n    \"tasks\":2,\n    "
				     "\"contested_steps\":3,\n    "
				     "\"since_run\":5,\n    \"spun\":0\n  }");
	sandbox_release(&output);
}

/* Neither the allocation nor, to replay it, the fault is named. */
static void a_fault_is_found_unasked_and_replays_without_options(void **state)
{
	struct sandbox_output output;
	char *schedule, command[256];

	(void)state;
	sandbox_run("explore viability-group-del --era v3.19-patched "
		    "--faults alloc:1",
		    1, &output);
	sandbox_contains(output.out, "kzalloc(vfio_unbound_dev) fails");
	schedule = strstr(output.out, "schedule: ");
	assert_non_null(schedule);
	snprintf(command, sizeof(command), "replay --format commit %.*s",
		 (int)strcspn(schedule + 10, "\n"), schedule + 10);
	sandbox_release(&output);
	sandbox_run(command, 1, &output);
	sandbox_contains(output.out, "kzalloc(vfio_unbound_dev) fails");
	sandbox_release(&output);
	sandbox_run("explore viability-group-del --era v3.19-patched --all "
		    "--set check_order=corrected --strategy dpor "
		    "--faults timeout,signal:2",
		    0, &output);
	sandbox_contains(output.out,
			 "exhausted, with faults timeout,signal:2\n");
	sandbox_release(&output);
}

static void a_seed_decides_what_chance_finds(void **state)
{
	struct sandbox_output first, second, other;

	(void)state;
	sandbox_run("explore abba-deadlock --strategy random --seed 1", 1,
		    &first);
	sandbox_run("explore abba-deadlock --strategy random --seed 1", 1,
		    &second);
	sandbox_run("explore abba-deadlock --strategy random --seed 5", 1,
		    &other);
	assert_string_equal(first.out, second.out);
	assert_string_not_equal(first.out, other.out);
	sandbox_release(&first);
	sandbox_release(&second);
	sandbox_release(&other);
}

static void expect_compares_with_what_the_scenario_says(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore viability-status --expect", 0, &output);
	sandbox_contains(output.out, "\nexpected refused; found refused\n");
	sandbox_release(&output);
	sandbox_run("explore viability-status --expect --era v3.19-patched "
		    "--set check_order=atomic",
		    0, &output);
	sandbox_contains(output.out, "\nexpected nothing; found nothing\n");
	sandbox_release(&output);
	sandbox_run("explore lost-update --expect --strategy bound --bound 0",
		    1, &output);
	sandbox_contains(output.out,
			 "\nexpected check failed; found nothing\n");
	sandbox_release(&output);
	sandbox_run("explore lost-update --expect --budget 1", 3, &output);
	sandbox_release(&output);
	/* More than what is expected, whatever else was found. */
	sandbox_run("explore abba-deadlock --expect --steps 2", 1, &output);
	sandbox_contains(output.out,
			 "\nexpected deadlock; found deadlock, step "
			 "limit\n");
	sandbox_release(&output);
	/* Two verdicts: the first finding is not the end. */
	sandbox_run("explore viability-enomem --expect --era v3.19-patched", 0,
		    &output);
	sandbox_contains(output.out,
			 "\nexpected WARN, refused; found WARN, refused\n");
	sandbox_release(&output);
}

static void quiet_leaves_the_findings(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --quiet --strategy bound --bound 0", 0,
		    &output);
	assert_string_equal(output.out, "");
	assert_string_equal(output.err, "");
	sandbox_release(&output);
}

static void json_stands_alone_on_stdout(void **state)
{
	struct sandbox_output output;
	size_t n;

	(void)state;
	sandbox_run("explore lost-update --format json", 1, &output);
	n = strlen(output.out);
	assert_int_equal(output.out[0], '{');
	assert_string_equal(output.out + n - 3, "\n}\n");
	assert_string_equal(output.err, "");
	sandbox_release(&output);
}

static void schedules_go_to_the_folder_that_is_named(void **state)
{
	struct sandbox_output output;

	(void)state;
	assert_int_equal(mkdir("own", 0777), 0);
	sandbox_run("explore lost-update -o own", 1, &output);
	sandbox_contains(output.out, "\nschedule: own/lost-update-");
	assert_int_equal(sandbox_count("own"), 1);
	assert_int_equal(sandbox_count("."), 1);
	sandbox_release(&output);
}

/* --------------------------------------------------------- on a terminal */

/* It never ends by itself: 10^20 interleavings and nothing to find. */
static void an_interrupt_prints_what_is_known_and_erases_progress(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_begin(&terminal, "explore viability-device-open "
				  "--strategy dfs --no-por --find leak");
	terminal_wait(&terminal, "/s, 0 found");
	sandbox_contains(terminal.err, "\r\033[Kdfs: ");
	terminal_interrupt(&terminal, 3);
	sandbox_contains(strstr(terminal.err, "/s, 0 found"), "\r\033[K");
	sandbox_contains(terminal.err, " runs/s");
	sandbox_contains(terminal.out, "; interrupted\n");
	terminal_release(&terminal);
}

/* ----------------------------------------------------------- replay, show */

static void a_replay_gives_one_hash_on_each_carrier(void **state)
{
	static const char *const carriers[] = { "fiber", "thread" };
	struct sandbox_output output;
	char line[600], hash[2][32];
	const char *path = find("abba-deadlock");
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(line, sizeof(line),
			 "replay %s --hash --times %u "
			 "--carrier %s",
			 path, kit_scale(1000), carriers[i]);
		sandbox_run(line, 1, &output);
		assert_int_equal(strlen(output.out), 17);
		snprintf(hash[i], sizeof(hash[i]), "%s", output.out);
		sandbox_release(&output);
	}
	assert_string_equal(hash[0], hash[1]);
}

static void a_replay_of_a_clean_run_is_status_0(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("f", "vfiosim schedule 1\nscenario  lost-update\n"
			   "era       v3.19\na  runs to its end\n"
			   "b  runs to its end\nend\n");
	sandbox_run("replay f", 0, &output);
	sandbox_contains(output.out, "\nnothing found\ntrace ");
	assert_null(strstr(output.out, "the schedule says"));
	sandbox_release(&output);
}

static void a_claim_that_the_run_does_not_show_is_said(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("f", "vfiosim schedule 1\nscenario  lost-update\n"
			   "era       v3.19\nfound check failed: x\n"
			   "a  runs to its end\nb  runs to its end\nend\n");
	sandbox_run("replay f", 3, &output);
	sandbox_contains(output.out,
			 "\nthe schedule says 'check failed', which "
			 "this run does not show\n");
	sandbox_release(&output);
	sandbox_run("replay f --format json", 3, &output);
	assert_string_equal(output.err, "the schedule says 'check failed', "
					"which this run does not show\n");
	sandbox_release(&output);
}

static void a_replay_in_another_era_says_so(void **state)
{
	struct sandbox_output output;
	char line[600];

	(void)state;
	snprintf(line, sizeof(line),
		 "replay %s -q --set check_order=atomic "
		 "--era v3.19-patched",
		 find("lost-update"));
	sandbox_run(line, 1, &output);
	sandbox_contains(output.out,
			 "era v3.19-patched check_order=atomic; the "
			 "schedule is of v3.19\n");
	sandbox_release(&output);
	snprintf(line, sizeof(line), "replay %s -q --set check_order=atomic",
		 find("lost-update"));
	sandbox_run(line, 1, &output);
	sandbox_contains(output.out, "era v3.19 check_order=atomic; ");
	sandbox_release(&output);
}

static void another_era_makes_another_run_of_a_schedule(void **state)
{
	static const char replay[] =
		"replay " VFIOSIM_GOLDEN "/viability-group-del.schedule";
	struct sandbox_output output;
	char line[1024];

	(void)state;
	sandbox_run(replay, 1, &output);
	sandbox_contains(output.out, "\nrefused: KVM_DEV_VFIO_GROUP_DEL: "
				     "-EINVAL\n");
	sandbox_release(&output);
	snprintf(line, sizeof(line),
		 "%s --era v3.19-patched "
		 "--set check_order=atomic",
		 replay);
	sandbox_run(line, 0, &output);
	sandbox_contains(output.out,
			 "\nnothing found\nthe schedule says "
			 "'refused', which this run does not show\n");
	sandbox_release(&output);
}

static void show_says_it_in_words_and_is_status_0(void **state)
{
	struct sandbox_output output;
	char line[600];

	(void)state;
	snprintf(line, sizeof(line), "show %s", find("lost-update"));
	sandbox_run(line, 0, &output);
	golden_compare("show-lost-update.txt", output.out);
	sandbox_release(&output);
}

/* -------------------------------------------------------------- list, help */

static void list_names_scenarios_strategies_and_eras(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("list", 0, &output);
	sandbox_contains(output.out,
			 "lost-update\n"
			 "    two tasks add one to a counter without a lock\n"
			 "    v3.19: check failed\n"
			 "    v3.19-patched: check failed\n");
	sandbox_release(&output);
	sandbox_run("list --strategies", 0, &output);
	golden_compare("list-strategies.txt", output.out);
	sandbox_release(&output);
	sandbox_run("list --eras", 0, &output);
	sandbox_contains(output.out, "\ncheck_order ");
	sandbox_contains(output.out, "  kernel corrected atomic\n");
	sandbox_contains(output.out, "  notifier_bug dma_owner\n");
	sandbox_release(&output);
}

static void list_is_json_on_demand(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("list --format json", 0, &output);
	sandbox_contains(output.out, "\"name\":\"lost-update\"");
	sandbox_contains(output.out, "\"v3.19\":[\n        \"check failed\"");
	sandbox_release(&output);
	sandbox_run("list --eras --format json", 0, &output);
	sandbox_contains(output.out, "\"flag\":\"check_order\"");
	sandbox_release(&output);
	sandbox_run("list --strategies --format json", 0, &output);
	sandbox_contains(output.out, "\"name\":\"random\"");
	sandbox_release(&output);
}

static void help_teaches_by_example(void **state)
{
	static const char *const commands[] = { "list", "explore", "replay",
						"show" };
	struct sandbox_output output;
	char line[64], example[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		snprintf(line, sizeof(line), "%s --help", commands[i]);
		snprintf(example, sizeof(example), "\n  vfiosim %s",
			 commands[i]);
		sandbox_run(line, 0, &output);
		sandbox_contains(output.out, "Usage: vfiosim ");
		sandbox_contains(output.out, example);
		assert_string_equal(output.err, "");
		assert_true(golden_width(output.out) < 80);
		sandbox_release(&output);
	}
	/* Nothing else on the line counts. */
	sandbox_run("explore --help --bogus x y z", 0, &output);
	sandbox_release(&output);
	sandbox_run("--help", 0, &output);
	sandbox_contains(output.out, "\n  vfiosim explore viability-window ");
	sandbox_release(&output);
	sandbox_run("--version", 0, &output);
	assert_string_equal(output.out, "vfiosim " VFIOSIM_VERSION "\n");
	sandbox_release(&output);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(a_finding_ends_with_the_command_that_replays_it),
		sandbox_test(exploring_twice_prints_and_writes_the_same),
		sandbox_test(all_numbers_each_kind_and_counts_its_runs),
		sandbox_test(nothing_found_and_nothing_left_is_status_0),
		sandbox_test(a_budget_that_ends_undecided_is_status_3),
		sandbox_test(a_seed_decides_what_chance_finds),
		sandbox_test(pct_says_how_many_runs_it_would_take),
		sandbox_test(programs_are_told_of_faults_and_odds),
		sandbox_test(
			a_fault_is_found_unasked_and_replays_without_options),
		sandbox_test(expect_compares_with_what_the_scenario_says),
		sandbox_test(quiet_leaves_the_findings),
		sandbox_test(json_stands_alone_on_stdout),
		sandbox_test(schedules_go_to_the_folder_that_is_named),
		sandbox_test(
			an_interrupt_prints_what_is_known_and_erases_progress),
		sandbox_test(a_replay_gives_one_hash_on_each_carrier),
		sandbox_test(a_replay_of_a_clean_run_is_status_0),
		sandbox_test(a_claim_that_the_run_does_not_show_is_said),
		sandbox_test(a_replay_in_another_era_says_so),
		sandbox_test(another_era_makes_another_run_of_a_schedule),
		sandbox_test(show_says_it_in_words_and_is_status_0),
		sandbox_test(list_names_scenarios_strategies_and_eras),
		sandbox_test(list_is_json_on_demand),
		sandbox_test(help_teaches_by_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
