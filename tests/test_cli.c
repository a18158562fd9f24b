/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cli.c - the program vfiosim from outside: what it prints, writes and
 * returns, and how it refuses bad input in one line.
 */
#include "golden.h"
#include "kit.h"
#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text);
}

/* Run it, and insist on the exit status. */
static void run(const char *line, int status, struct sandbox_output *ret_output)
{
	sandbox_vfiosim(line, ret_output);
	if (ret_output->status != status)
		fail_msg("vfiosim %s: status %d, expected %d: %s", line,
			 ret_output->status, status, ret_output->err);
}

/* Nothing on stdout, one line on stderr, which is this. */
static void expect_refused(const char *line, const char *error)
{
	struct sandbox_output output;
	char with_newline[1024];

	run(line, 2, &output);
	snprintf(with_newline, sizeof(with_newline), "%s\n", error);
	assert_string_equal(output.err, with_newline);
	assert_string_equal(output.out, "");
	sandbox_release(&output);
}

/* Explore and return the path of the only schedule that was written; static. */
static const char *find(const char *scenario)
{
	static char path[512];
	struct sandbox_output output;
	char line[256];
	const char *at;

	snprintf(line, sizeof(line), "explore %s", scenario);
	run(line, 1, &output);
	at = strstr(output.out, "schedule: ");
	assert_non_null(at);
	at += strlen("schedule: ");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\n"), at);
	sandbox_release(&output);
	return path;
}

/* ----------------------------------------------------------- bad arguments */

struct refusal {
	const char *line, *error;
};

static const struct refusal refusals[] = {
	{ "", "vfiosim: expected a command: list, explore, replay, "
	      "show or conform; found ''" },
	{ "explroe", "vfiosim: expected a command: list, explore, "
		     "replay, show or conform; found 'explroe', "
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
	  "vfiosim explore: expected an era: v3.19 or v3.19-patched; "
	  "found 'v3.91', nearest is v3.19" },
	{ "explore lost-update --set chek_order=atomic",
	  "vfiosim explore: expected an era flag; found 'chek_order', "
	  "nearest is check_order" },
	{ "explore lost-update --set check_order=atomc",
	  "vfiosim explore: expected a value of check_order: kernel, "
	  "corrected or atomic; found 'atomc', nearest is atomic" },
	{ "explore lost-update --set isolation=dma_owner",
	  "vfiosim explore: expected a modelled value of isolation: "
	  "notifier_bug; found 'dma_owner'" },
	{ "explore lost-update --set check_order",
	  "vfiosim explore: set: expected FLAG=VALUE, like "
	  "track_unbound=on, found 'check_order'" },
	{ "explore lost-update --strategy dsf",
	  "vfiosim explore: expected a strategy: auto, dfs, bound or "
	  "random; found 'dsf', nearest is dfs" },
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
	  "vfiosim explore: --budget: expected RUNS, found nothing" },
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
};

static void a_bad_command_line_is_refused_in_one_line(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		expect_refused(refusals[i].line, refusals[i].error);
	assert_int_equal(sandbox_count("."), 0);
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
		  "f:2: expected a known scenario, found lost-upddate" },
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
	run("replay f", 2, &output);
	assert_string_equal(output.out, "");
	expect_contains(output.err, "vfiosim replay: f:4: expected ");
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
	char line[600], error[600];
	const char *path = find("lost-update");

	(void)state;
	snprintf(line, sizeof(line), "replay %s --scenario abba-deadlock",
		 path);
	snprintf(error, sizeof(error),
		 "vfiosim replay: %s:2: expected scenario "
		 "abba-deadlock, found lost-update",
		 path);
	expect_refused(line, error);
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
	expect_contains(error,
			"vfiosim explore: full/lost-update-check-failed-");
	expect_contains(error, ".schedule: cannot write: File too large\n");
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

/* ----------------------------------------------------------------- explore */

static void a_finding_ends_with_the_command_that_replays_it(void **state)
{
	struct sandbox_output output, again;
	char command[600];
	const char *at, *end;

	(void)state;
	run("explore lost-update", 1, &output);
	at = strstr(output.out, "\nvfiosim replay ");
	assert_non_null(at);
	end = strstr(at, "\n\nbound: 4 runs, 0 pruned, 16 steps; stopped at "
			 "the first finding\n");
	assert_non_null(end);
	assert_string_equal(strchr(end + 2, '\n'), "\n");
	snprintf(command, sizeof(command), "%.*s",
		 (int)(end - at - strlen("\nvfiosim ")),
		 at + strlen("\nvfiosim "));
	run(command, 1, &again);
	expect_contains(again.out, "check failed: PEEK_ONCE(*counter) == 2\n");
	sandbox_release(&output);
	sandbox_release(&again);
}

static void exploring_twice_prints_and_writes_the_same(void **state)
{
	struct sandbox_output first, second;

	(void)state;
	run("explore viability-status --all --era v3.19-patched", 1, &first);
	run("explore viability-status --all --era v3.19-patched", 1, &second);
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
	run("explore lost-update --all --strategy dfs --no-por", 1, &output);
	/* C(4,2) = 6 interleavings, of which 2 are serial. */
	expect_contains(output.out,
			"1. check failed: PEEK_ONCE(*counter) == 2\n"
			"   in 4 runs, first in run ");
	expect_contains(output.out, "\ndfs: 6 runs, 0 pruned, 24 steps; "
				    "exhausted\n");
	assert_null(strstr(output.out, "\n2. "));
	sandbox_release(&output);
}

static void nothing_found_and_nothing_left_is_status_0(void **state)
{
	struct sandbox_output output;

	(void)state;
	run("explore lost-update --find leak", 0, &output);
	expect_contains(output.out, "nothing found; ");
	expect_contains(output.out, "; exhausted\n");
	assert_int_equal(sandbox_count("."), 0);
	sandbox_release(&output);
	run("explore lost-update --strategy bound --bound 0", 0, &output);
	assert_string_equal(output.out,
			    "nothing found; bound: 2 runs, 0 pruned, 8 steps; "
			    "exhausted within 0 preemptions\n");
	sandbox_release(&output);
}

static void a_budget_that_ends_undecided_is_status_3(void **state)
{
	struct sandbox_output output;

	(void)state;
	run("explore lost-update --budget 1", 3, &output);
	assert_string_equal(output.out, "nothing found; bound: 1 runs, 0 "
					"pruned, 4 steps; budget ended\n");
	sandbox_release(&output);
	run("explore lost-update --find leak --strategy random --budget 5", 3,
	    &output);
	assert_string_equal(output.out, "nothing found; random: 5 runs, 0 "
					"pruned, 20 steps; budget ended\n");
	sandbox_release(&output);
}

static void a_seed_decides_what_chance_finds(void **state)
{
	struct sandbox_output first, second, other;

	(void)state;
	run("explore abba-deadlock --strategy random --seed 1", 1, &first);
	run("explore abba-deadlock --strategy random --seed 1", 1, &second);
	run("explore abba-deadlock --strategy random --seed 5", 1, &other);
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
	run("explore viability-status --expect", 0, &output);
	expect_contains(output.out, "\nexpected refused; found refused\n");
	sandbox_release(&output);
	run("explore viability-status --expect --era v3.19-patched "
	    "--set check_order=atomic",
	    0, &output);
	expect_contains(output.out, "\nexpected nothing; found nothing\n");
	sandbox_release(&output);
	run("explore lost-update --expect --strategy bound --bound 0", 1,
	    &output);
	expect_contains(output.out, "\nexpected check failed; found nothing\n");
	sandbox_release(&output);
	run("explore lost-update --expect --budget 1", 3, &output);
	sandbox_release(&output);
}

static void quiet_leaves_the_findings(void **state)
{
	struct sandbox_output output;

	(void)state;
	run("explore lost-update --quiet --strategy bound --bound 0", 0,
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
	run("explore lost-update --format json", 1, &output);
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
	run("explore lost-update -o own", 1, &output);
	expect_contains(output.out, "\nschedule: own/lost-update-");
	assert_int_equal(sandbox_count("own"), 1);
	assert_int_equal(sandbox_count("."), 1);
	sandbox_release(&output);
}

/* --------------------------------------------------------- on a terminal */

struct terminal {
	int master;
	const char *name;
};

/* Never ends by itself: 10^20 interleavings and nothing to find. */
static int explore_for_long(void *arg)
{
	const struct terminal *t = arg;

	close(t->master);
	dup2(open(t->name, O_RDWR | O_NOCTTY), STDERR_FILENO);
	execl(VFIOSIM_PROGRAM, "vfiosim", "explore", "viability-device-open",
	      "--strategy", "dfs", "--no-por", "--find", "leak", NULL);
	return 127;
}

/* Read until @part was seen, into @buf from @used on; returns the new end. */
static size_t read_until(int fd, const char *part, char *buf, size_t used,
			 size_t size)
{
	while (!strstr(buf, part)) {
		ssize_t n = read(fd, buf + used, size - 1 - used);

		if (n <= 0)
			fail_msg("expected \"%s\" in \"%s\"", part, buf);
		used += (size_t)n;
		buf[used] = '\0';
	}
	return used;
}

static void an_interrupt_prints_what_is_known_and_erases_progress(void **state)
{
	struct terminal terminal = { posix_openpt(O_RDWR | O_NOCTTY), NULL };
	char err[65536] = "", out[512] = "";
	int ends[2], status;
	size_t used;
	pid_t pid;

	(void)state;
	assert_true(terminal.master >= 0);
	assert_int_equal(grantpt(terminal.master), 0);
	assert_int_equal(unlockpt(terminal.master), 0);
	terminal.name = ptsname(terminal.master);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		_exit(explore_for_long(&terminal));
	}
	close(ends[1]);
	used = read_until(terminal.master, "/s, 0 found", err, 0, sizeof(err));
	expect_contains(err, "\r\033[Kdfs: ");
	assert_int_equal(kill(pid, SIGINT), 0);
	read_until(terminal.master, " runs/s", err, used, sizeof(err));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	expect_contains(strstr(err, "/s, 0 found"), "\r\033[K");
	read_until(ends[0], "; interrupted\n", out, 0, sizeof(out));
	close(ends[0]);
	close(terminal.master);
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
		run(line, 1, &output);
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
	run("replay f", 0, &output);
	expect_contains(output.out, "\nnothing found\ntrace ");
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
	run("replay f", 0, &output);
	expect_contains(output.out, "\nthe schedule says 'check failed', which "
				    "this run does not show\n");
	sandbox_release(&output);
	run("replay f --format json", 0, &output);
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
	run(line, 1, &output);
	expect_contains(output.out, "era v3.19-patched check_order=atomic; the "
				    "schedule is of v3.19\n");
	sandbox_release(&output);
	snprintf(line, sizeof(line), "replay %s -q --set check_order=atomic",
		 find("lost-update"));
	run(line, 1, &output);
	expect_contains(output.out, "era v3.19 check_order=atomic; ");
	sandbox_release(&output);
}

static void show_says_it_in_words_and_is_status_0(void **state)
{
	struct sandbox_output output;
	char line[600];

	(void)state;
	snprintf(line, sizeof(line), "show %s", find("lost-update"));
	run(line, 0, &output);
	golden_compare("show-lost-update.txt", output.out);
	sandbox_release(&output);
}

/* -------------------------------------------------------------- list, help */

static void list_names_scenarios_strategies_and_eras(void **state)
{
	struct sandbox_output output;

	(void)state;
	run("list", 0, &output);
	expect_contains(output.out,
			"lost-update\n"
			"    two tasks add one to a counter without a lock\n"
			"    v3.19: check failed\n"
			"    v3.19-patched: check failed\n");
	sandbox_release(&output);
	run("list --strategies", 0, &output);
	golden_compare("list-strategies.txt", output.out);
	sandbox_release(&output);
	run("list --eras", 0, &output);
	expect_contains(output.out, "\ncheck_order ");
	expect_contains(output.out, "  kernel corrected atomic\n");
	expect_contains(output.out, "  notifier_bug (dma_owner)\n");
	sandbox_release(&output);
}

static void list_is_json_on_demand(void **state)
{
	struct sandbox_output output;

	(void)state;
	run("list --format json", 0, &output);
	expect_contains(output.out, "\"name\":\"lost-update\"");
	expect_contains(output.out, "\"v3.19\":[\n        \"check failed\"");
	sandbox_release(&output);
	run("list --eras --format json", 0, &output);
	expect_contains(output.out, "\"flag\":\"check_order\"");
	sandbox_release(&output);
	run("list --strategies --format json", 0, &output);
	expect_contains(output.out, "\"name\":\"random\"");
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
		run(line, 0, &output);
		expect_contains(output.out, "Usage: vfiosim ");
		expect_contains(output.out, example);
		assert_string_equal(output.err, "");
		assert_true(golden_width(output.out) < 80);
		sandbox_release(&output);
	}
	run("--help", 0, &output);
	expect_contains(output.out, "\n  vfiosim explore viability-window ");
	sandbox_release(&output);
	run("--version", 0, &output);
	assert_string_equal(output.out, "vfiosim 0.1.0\n");
	sandbox_release(&output);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(a_bad_command_line_is_refused_in_one_line),
		sandbox_test(a_bad_schedule_is_refused_in_one_line),
		sandbox_test(a_schedule_that_cannot_be_followed_names_its_line),
		sandbox_test(an_unreadable_schedule_is_refused_in_one_line),
		sandbox_test(another_scenarios_schedule_is_refused_at_its_line),
		sandbox_test(
			an_output_that_is_no_folder_is_refused_before_the_runs),
		sandbox_test(a_full_disk_is_named_and_leaves_nothing_behind),
		sandbox_test(output_that_does_not_arrive_is_an_error),
		sandbox_test(a_finding_ends_with_the_command_that_replays_it),
		sandbox_test(exploring_twice_prints_and_writes_the_same),
		sandbox_test(all_numbers_each_kind_and_counts_its_runs),
		sandbox_test(nothing_found_and_nothing_left_is_status_0),
		sandbox_test(a_budget_that_ends_undecided_is_status_3),
		sandbox_test(a_seed_decides_what_chance_finds),
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
		sandbox_test(show_says_it_in_words_and_is_status_0),
		sandbox_test(list_names_scenarios_strategies_and_eras),
		sandbox_test(list_is_json_on_demand),
		sandbox_test(help_teaches_by_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
