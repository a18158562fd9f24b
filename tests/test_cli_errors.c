/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cli_errors.c - the program vfiosim given bad arguments, bad files and
 * nowhere to write to: status 2, and one line that says what was expected.
 */
#include "kit.h"
#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing on stdout, one line on stderr, which is this. */
static void expect_refused(const char *line, const char *error)
{
	struct sandbox_output output;
	char with_newline[1024];

	sandbox_run(line, 2, &output);
	snprintf(with_newline, sizeof(with_newline), "%s\n", error);
	assert_string_equal(output.err, with_newline);
	assert_string_equal(output.out, "");
	sandbox_release(&output);
}

/* ----------------------------------------------------------- bad arguments */

struct refusal {
	const char *line, *error;
};

static const struct refusal refusals[] = {
	{ "", "vfiosim: expected a command: list, explore, replay, "
	      "minimise, show, eras, verify, conform or bench; found ''" },
	{ "explroe",
	  "vfiosim: expected a command: list, explore, "
	  "replay, minimise, show, eras, verify, conform or bench; found "
	  "'explroe', "
	  "nearest is explore" },
	{ "explore", "vfiosim explore: expected the name of a "
		     "scenario, found nothing; vfiosim list names "
		     "all" },
	{ "explore lost-updat",
	  "vfiosim explore: expected a scenario; found 'lost-updat', "
	  "nearest is lost-update; vfiosim list names all" },
	{ "explore qqqqqq",
	  "vfiosim explore: expected a scenario; found 'qqqqqq'; "
	  "vfiosim list names all" },
	{ "explore lost-update abba-deadlock",
	  "vfiosim explore: expected one scenario, found "
	  "'abba-deadlock' besides lost-update" },
	{ "explore lost-update --era v3.91",
	  "vfiosim explore: expected an era: v3.19, v3.19-patched, v4.0, "
	  "v4.14, v5.15, v5.19 or v6.1; "
	  "found 'v3.91', nearest is v3.19" },
	{ "explore lost-update --set chek_order=atomic",
	  "vfiosim explore: expected an era flag; found 'chek_order', "
	  "nearest is check_order" },
	{ "explore lost-update --set check_order=atomc",
	  "vfiosim explore: expected a value of check_order: kernel, "
	  "corrected or atomic; found 'atomc', nearest is atomic" },
	{ "explore lost-update --set kvm_pins=file",
	  "vfiosim explore: expected flags that go together: kvm_pins=file "
	  "needs kvm_del=match_file" },
	{ "explore lost-update --set check_order",
	  "vfiosim explore: set: expected FLAG=VALUE, like "
	  "track_unbound=on, found 'check_order'" },
	{ "explore lost-update --strategy dsf",
	  "vfiosim explore: expected a strategy: auto, dpor, dfs, bound, "
	  "graph, random, pct or pos; found 'dsf', nearest is dfs" },
	{ "explore lost-update --carrier fibre",
	  "vfiosim explore: expected a carrier: fiber or thread; "
	  "found 'fibre', nearest is fiber" },
	{ "explore lost-update --format jsno",
	  "vfiosim explore: expected a format: text, commit or json; "
	  "found 'jsno', nearest is json" },
	{ "explore lost-update --find deadlok",
	  "vfiosim explore: expected a verdict; found 'deadlok', "
	  "nearest is deadlock" },
	{ "explore lost-update --budget 0",
	  "vfiosim explore: budget: expected at least 1 run, found "
	  "'0'" },
	{ "explore lost-update --bound -1",
	  "vfiosim explore: bound: expected a number up to 1000, found "
	  "'-1'" },
	{ "explore lost-update --steps 99999999999999999999999",
	  "vfiosim explore: steps: expected a number up to 20000, "
	  "found '99999999999999999999999'" },
	{ "explore lost-update --budgte 3",
	  "vfiosim explore: expected an option of --help, found "
	  "'--budgte', nearest is --budget" },
	{ "explore lost-update --budget",
	  "vfiosim explore: --budget: expected BUDGET,..., found nothing" },
	{ "explore lost-update -b",
	  "vfiosim explore: -b: expected N, found nothing" },
	{ "explore lost-update -qx",
	  "vfiosim explore: expected an option of --help, found "
	  "'-x'" },
	{ "explore lost-update --all=3",
	  "vfiosim explore: --all: expected no value, found '3'" },
	{ "explore lost-update --expect --set nb_put=sync "
	  "--set iommu_group_pin=per_group",
	  "vfiosim explore: expected an era for which vfiosim list "
	  "says what lost-update must show, found v3.19 "
	  "iommu_group_pin=per_group" },
	{ "explore lost-update --seed 3",
	  "vfiosim explore: --seed: expected --strategy random, pct or pos, "
	  "found auto, which does not use it" },
	{ "explore lost-update --seed 0 --strategy bound",
	  "vfiosim explore: --seed: expected --strategy random, pct or pos, "
	  "found bound, which does not use it" },
	{ "explore lost-update --strategy dfs --bound 2",
	  "vfiosim explore: --bound: expected --strategy auto or bound, found "
	  "dfs, which does not use it" },
	{ "explore lost-update --bound 0 --strategy random",
	  "vfiosim explore: --bound: expected --strategy auto or bound, found "
	  "random, which does not use it" },
	{ "explore lost-update --strategy dpor --no-por",
	  "vfiosim explore: --no-por: expected --strategy auto, dfs, bound or "
	  "graph, found dpor, which does not use it" },
	{ "explore lost-update --strategy dfs --states raw",
	  "vfiosim explore: --states: expected --strategy graph, found dfs, "
	  "which does not use it" },
	{ "explore lost-update --strategy graph --states rwa",
	  "vfiosim explore: expected how to tell states apart: default, raw, "
	  "declared or both; found 'rwa', nearest is raw" },
	{ "explore lost-update --strategy graph --states both",
	  "vfiosim explore: the scenario declares no locals: expected raw "
	  "states" },
	{ "explore lost-update --strategy graph --carrier thread",
	  "vfiosim explore: no states can be compared of scenario lost-update: "
	  "the carrier cannot go back here (fibers can, without sanitizers and "
	  "Valgrind, on x86-64 and aarch64)" },
	{ "explore lost-update --strategy random --no-por",
	  "vfiosim explore: --no-por: expected --strategy auto, dfs, bound or "
	  "graph, found random, which does not use it" },
	{ "explore lost-update --strategy random --depth 2",
	  "vfiosim explore: --depth: expected --strategy pct, found random, "
	  "which does not use it" },
	{ "explore lost-update --strategy pct --depth 0",
	  "vfiosim explore: depth: expected at least 1, found '0'" },
	{ "explore lost-update --strategy pct --depth 17",
	  "vfiosim explore: depth: expected a number up to 16, found '17'" },
	{ "explore lost-update --faults alloc,timout:2",
	  "vfiosim explore: expected a fault: alloc, timeout or signal; found "
	  "'timout', nearest is timeout" },
	{ "explore lost-update --faults alloc:1 --faults signal:2",
	  "vfiosim explore: faults: expected one number for all of a run, "
	  "found 1 and 2" },
	{ "list lost-update", "vfiosim list: expected options only, found "
			      "'lost-update'" },
	{ "replay", "vfiosim replay: expected a schedule's file, found "
		    "nothing" },
	{ "replay a b", "vfiosim replay: expected one file, found 'b' "
			"besides a" },
	{ "replay a --times 0",
	  "vfiosim replay: times: expected a number from 1 to "
	  "1000000000, found '0'" },
	{ "show", "vfiosim show: expected a schedule's file, found "
		  "nothing" },
	{ "conform", "vfiosim conform: expected a file, found nothing" },
	{ "conform missing",
	  "vfiosim conform: missing: No such file or directory" },
	{ "conform /dev/null --jobs 2",
	  "vfiosim conform: /dev/null: expected a regular file" },
	{ "conform missing --jobs 65",
	  "vfiosim conform: jobs: expected a number from 1 to 64, found "
	  "'65'" },
	{ "show a\033[2J", "vfiosim show: a\\x1b[2J: cannot read: No such "
			   "file or directory" },
};

static void a_bad_command_line_is_refused_in_one_line(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		expect_refused(refusals[i].line, refusals[i].error);
	assert_int_equal(sandbox_count("."), 0);
}

static void an_option_is_taken_with_each_strategy_that_uses_it(void **state)
{
	static const char *const lines[] = {
		"explore viability-status --quiet --bound 1 --no-por",
		"explore viability-status --quiet --strategy auto --bound 1",
		"explore viability-status --quiet --strategy bound --bound 1",
		"explore viability-status --quiet --strategy dfs --no-por",
		"explore viability-status --quiet --strategy random --seed 1",
	};
	struct sandbox_output output;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		sandbox_run(lines[i], 1, &output);
		assert_string_equal(output.err, "");
		sandbox_release(&output);
	}
}

/* ------------------------------------------------------------- environment */

static void expect_refused_with(const char *variable, const char *line,
				const char *error)
{
	assert_int_equal(setenv(variable, "3", 1), 0);
	expect_refused(line, error);
	assert_int_equal(unsetenv(variable), 0);
}

static void variables_of_test_programs_do_not_steer_this_one(void **state)
{
	(void)state;
	expect_refused_with("VFIOSIM_SEED", "explore lost-update",
			    "vfiosim: expected --seed, found VFIOSIM_SEED, "
			    "which test programs alone read");
	expect_refused_with("VFIOSIM_ERA", "replay f",
			    "vfiosim: expected --era, found VFIOSIM_ERA, which "
			    "test programs alone read");
	expect_refused_with("VFIOSIM_REPLAY", "list",
			    "vfiosim: expected vfiosim replay FILE, found "
			    "VFIOSIM_REPLAY, which test programs alone read");
	expect_refused_with("VFIOSIM_SEDE", "eras",
			    "vfiosim: expected a variable that is read, found "
			    "'VFIOSIM_SEDE', nearest is VFIOSIM_SEED");
	expect_refused_with("VFIOSIM_FOO", "conform",
			    "vfiosim: expected a variable that is read, found "
			    "'VFIOSIM_FOO'");
}

static void help_and_variables_of_others_are_never_refused(void **state)
{
	struct sandbox_output output;

	(void)state;
	assert_int_equal(setenv("VFIOSIM_ROOT", "/opt", 1), 0);
	assert_int_equal(setenv("VFIOSIM_TEST_SEED", "1", 1), 0);
	assert_int_equal(setenv("VFIOSIMSEED", "1", 1), 0);
	sandbox_run("list", 0, &output);
	sandbox_release(&output);
	assert_int_equal(setenv("VFIOSIM_SEED", "1", 1), 0);
	sandbox_run("--help", 0, &output);
	sandbox_contains(output.out, "variables like VFIOSIM_SEED are for\n");
	sandbox_release(&output);
	sandbox_run("--version", 0, &output);
	sandbox_release(&output);
	unsetenv("VFIOSIM_SEED");
	unsetenv("VFIOSIMSEED");
	unsetenv("VFIOSIM_TEST_SEED");
	unsetenv("VFIOSIM_ROOT");
}

/* --------------------------------------------------------------- bad files */

static void a_bad_schedule_is_refused_in_one_line(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "f:1: expected 'vfiosim schedule 1', found 'nothing'" },
		{ "root:x:0:0\n", "f:1: expected 'vfiosim schedule 1', found "
				  "'root:x:0:0'" },
		{ "vfiosim schedule 1\nscenario lost-update\n",
		  "f:3: expected 'era', found the end of the file" },
		{ "vfiosim schedule 1\nscenario lost-update\nera v3.19\n"
		  "a runs to its end\n",
		  "f:5: expected a task or 'end', found the end of the file: "
		  "it is cut off" },
		{ "vfiosim schedule 1\nscenario lost-upddate\nera v3.19\nend\n",
		  "f:2: expected a known scenario, found lost-upddate; if it "
		  "is in a file, say --scenario FILE.yaml" },
		{ "vfiosim schedule 1\nscenario lost-update\nera v3.19\n"
		  "a runs to the end\nend\n",
		  "f:4: expected 'to its end', 'until it is past ...', 'until "
		  "it is about to ...' or 'until it blocks', found 'to the "
		  "end'" },
	};
	char error[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sandbox_write("f", cases[i].text);
		snprintf(error, sizeof(error), "vfiosim replay: %s",
			 cases[i].error);
		expect_refused("replay f", error);
		snprintf(error, sizeof(error), "vfiosim show: %s",
			 cases[i].error);
		expect_refused("show f", error);
	}
}

static void a_schedule_that_cannot_be_followed_names_its_line(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("f",
		      "vfiosim schedule 1\nscenario  lost-update\n"
		      "era       v3.19\n"
		      "a  runs until it is past lock pair.a #1 in add_one\n"
		      "end\n");
	sandbox_run("replay f", 2, &output);
	assert_string_equal(output.out, "");
	sandbox_contains(output.err, "vfiosim replay: f:4: expected ");
	assert_ptr_equal(strchr(output.err, '\n'),
			 output.err + strlen(output.err) - 1);
	sandbox_release(&output);
}

static void an_unreadable_schedule_is_refused_in_one_line(void **state)
{
	(void)state;
	expect_refused("replay missing", "vfiosim replay: missing: cannot read:"
					 " No such file or directory");
	expect_refused("show missing", "vfiosim show: missing: cannot read: No "
				       "such file or directory");
	assert_int_equal(mkdir("folder", 0777), 0);
	expect_refused("replay folder",
		       "vfiosim replay: folder: cannot read: Is a directory");
}

static void another_scenarios_schedule_is_refused_at_its_line(void **state)
{
	(void)state;
	sandbox_write("f", "vfiosim schedule 1\nscenario lost-update\n"
			   "era v3.19\nend\n");
	expect_refused("replay f --scenario abba-deadlock",
		       "vfiosim replay: f:2: expected scenario abba-deadlock, "
		       "found lost-update");
}

/* -------------------------------------------------------------- bad output */

static void an_output_that_is_no_folder_is_refused_before_the_runs(void **state)
{
	(void)state;
	expect_refused("explore lost-update --output missing",
		       "vfiosim explore: missing: expected a folder: No such "
		       "file or directory");
	sandbox_write("file", "");
	expect_refused("explore lost-update --output file",
		       "vfiosim explore: file: expected a folder, found "
		       "something else");
	expect_refused("explore lost-update --output /dev/full",
		       "vfiosim explore: /dev/full: expected a folder, found "
		       "something else");
	assert_int_equal(sandbox_count("."), 1);
}

/* As somebody for whom permissions count. */
static int explore_into_locked(void *arg)
{
	(void)arg;
	if (geteuid() == 0 && setuid(65534))
		return 127;
	execl(VFIOSIM_PROGRAM, "vfiosim", "explore", "lost-update", "--output",
	      "locked", NULL);
	return 127;
}

static void a_folder_that_may_not_be_written_to_is_named(void **state)
{
	struct sandbox_output output;

	(void)state;
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkdir("locked", 0755), 0);
	assert_int_equal(chmod("locked", 0555), 0);
	sandbox_call(explore_into_locked, NULL, &output);
	/* The program itself may be out of reach for others. */
	if (output.status != 127) {
		assert_int_equal(output.status, 2);
		assert_string_equal(output.err,
				    "vfiosim explore: locked: expected a "
				    "folder to write to: Permission denied\n");
	}
	sandbox_release(&output);
}

static void a_default_folder_that_cannot_be_made_is_named(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("findings", "");
	sandbox_run("explore lost-update", 2, &output);
	assert_string_equal(output.out, "");
	sandbox_contains(output.err,
			 "vfiosim explore: findings/lost-update-check-failed-");
	sandbox_contains(output.err, ": cannot write: Not a directory\n");
	sandbox_release(&output);
}

/* Files may not grow, as on a disk that is full; stdout is a pipe. */
static int explore_without_room(void *arg)
{
	const struct rlimit limit = { 0, 0 };
	int null = open("/dev/null", O_WRONLY);

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	dup2(null, STDOUT_FILENO);
	dup2(*(int *)arg, STDERR_FILENO);
	execl(VFIOSIM_PROGRAM, "vfiosim", "explore", "lost-update", "--output",
	      "full", NULL);
	return 127;
}

static void a_full_disk_is_named_and_leaves_nothing_behind(void **state)
{
	struct sandbox_output output;
	char error[512];
	int ends[2];
	ssize_t n;

	(void)state;
	assert_int_equal(mkdir("full", 0777), 0);
	assert_int_equal(pipe(ends), 0);
	sandbox_call(explore_without_room, &ends[1], &output);
	assert_int_equal(output.status, 2);
	n = read(ends[0], error, sizeof(error) - 1);
	assert_true(n > 0);
	error[n] = '\0';
	sandbox_contains(error,
			 "vfiosim explore: full/lost-update-check-failed-");
	sandbox_contains(error, ".schedule: cannot write: File too large\n");
	assert_ptr_equal(strchr(error, '\n'), error + n - 1);
	assert_int_equal(sandbox_count("full"), 0);
	close(ends[0]);
	close(ends[1]);
	sandbox_release(&output);
}

static int print_to_full(void *arg)
{
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
	if (!strcmp(arg, "--help"))
		execl(VFIOSIM_PROGRAM, "vfiosim", "explore", "--help", NULL);
	execl(VFIOSIM_PROGRAM, "vfiosim", "list", "--format", arg, NULL);
	return 127;
}

static void output_that_does_not_arrive_is_an_error(void **state)
{
	const char *const ways[] = { "text", "json", "--help" };
	struct sandbox_output output;
	char way[16];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(way, sizeof(way), "%s", ways[i]);
		sandbox_call(print_to_full, way, &output);
		assert_int_equal(output.status, 2);
		assert_string_equal(output.err,
				    "vfiosim: standard output: expected room "
				    "to write: No space left on device\n");
		sandbox_release(&output);
	}
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(a_bad_command_line_is_refused_in_one_line),
		sandbox_test(
			an_option_is_taken_with_each_strategy_that_uses_it),
		sandbox_test(variables_of_test_programs_do_not_steer_this_one),
		sandbox_test(help_and_variables_of_others_are_never_refused),
		sandbox_test(a_bad_schedule_is_refused_in_one_line),
		sandbox_test(a_schedule_that_cannot_be_followed_names_its_line),
		sandbox_test(an_unreadable_schedule_is_refused_in_one_line),
		sandbox_test(another_scenarios_schedule_is_refused_at_its_line),
		sandbox_test(
			an_output_that_is_no_folder_is_refused_before_the_runs),
		sandbox_test(a_folder_that_may_not_be_written_to_is_named),
		sandbox_test(a_default_folder_that_cannot_be_made_is_named),
		sandbox_test(a_full_disk_is_named_and_leaves_nothing_behind),
		sandbox_test(output_that_does_not_arrive_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
