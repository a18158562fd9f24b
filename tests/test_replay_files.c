/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_replay_files.c - schedules as files: what is found replays from what was
 * written, on every carrier, and no file whatsoever does any harm.
 */
#include "kit.h"

#include "run.h"
#include "sandbox.h"
#include "schedule.h"
#include "store.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The schedules that are kept: the texts of all files in schedules/. */
static char *kept[64];
static unsigned nr_kept;

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_kept(void **state)
{
	DIR *dir = opendir(VFIOSIM_SCHEDULES);
	char path[2 * SIM_PATH_MAX], error[SIM_TEXT_MAX];
	struct dirent *entry;

	(void)state;
	while (dir && nr_kept < 64 && (entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".schedule"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", VFIOSIM_SCHEDULES,
			       entry->d_name);
		kept[nr_kept] = sim_store_read(path, SCHEDULE_BYTES_MAX, error);
		if (!kept[nr_kept++])
			return -1;
	}
	if (dir)
		(void)closedir(dir);
	/* The order of files in a folder is nobody's. */
	qsort(kept, nr_kept, sizeof(kept[0]), compare_texts);
	return nr_kept ? 0 : -1;
}

static int drop_kept(void **state)
{
	(void)state;
	while (nr_kept)
		free(kept[--nr_kept]);
	return 0;
}

/* What is written from the trace of a kept schedule is that schedule, but for
 * the comment at its head. */
static void a_kept_schedule_is_written_again_as_it_is(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < nr_kept; i++) {
		const char *magic = strstr(kept[i], "vfiosim schedule");
		struct sim_schedule schedule;
		struct sim_result result;
		char error[SIM_TEXT_MAX];
		char *again;

		assert_int_equal(
			sim_schedule_parse(kept[i], "x", &schedule, error), 0);
		if (sim_replay_text(NULL, kept[i], "x", NULL, &result))
			fail_msg("%s\n%s", result.error, kept[i]);
		assert_true(result.verdicts & SIM_SET(schedule.verdict));
		again = sim_schedule_write(sim_result_trace(&result),
					   schedule.scenario, &schedule.era,
					   schedule.found);
		assert_string_equal(again, magic);
		free(again);
		sim_schedule_release(&schedule);
		sim_result_release(&result);
	}
}

/* ------------------------------------------------------- what is found */

/* Every finding of the scenario in this era, on every carrier. */
static void replay_findings(const struct sim_scenario *scenario,
			    const struct sim_options *options)
{
	const enum sim_carrier_kind *c;
	struct sim_result result, again;
	unsigned i;

	kit_explore(scenario, options, &result);
	for (i = 0; i < result.nr_findings; i++)
		for (c = kit_carriers(); *c; c++) {
			const struct sim_finding *f = &result.findings[i];
			const struct sim_options on = { .carrier = *c };

			if (sim_replay_text(NULL, f->schedule, "x", &on,
					    &again))
				fail_msg("%s\n%s", again.error, f->schedule);
			assert_true(sim_trace_hash(sim_result_trace(&again)) ==
				    sim_trace_hash(f->trace));
			assert_true(again.verdicts & SIM_SET(f->verdict));
			sim_result_release(&again);
		}
	sim_result_release(&result);
}

static void every_finding_replays_to_its_own_trace(void **state)
{
	const struct sim_scenario *s;
	unsigned nth;

	(void)state;
	for (nth = 0; (s = sim_scenario_nth(nth)); nth++) {
		const struct sim_expect *e;

		for (e = s->expect; e && e->era; e++) {
			struct sim_options options = { .strategy = "dfs",
						       .all = true };
			char error[SIM_TEXT_MAX];

			options.budget_runs = kit_scale(1000);
			assert_int_equal(
				sim_era_parse(e->era, &options.era, error), 0);
			replay_findings(s, &options);
		}
	}
}

/* A few runs at random: their traces, one behind the other. */
static uint64_t walk(const struct sim_scenario *scenario,
		     const struct kernel_era *era,
		     const struct sim_carrier *carrier)
{
	const struct sim_run_config config = {
		.scenario = scenario,
		.era = *era,
		.carrier = carrier,
		.steps_max = 1000,
	};
	struct sim_strategy *strategy = sim_random_make(1, 3);
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;
	uint64_t hash = 0;

	while (strategy->begin(strategy)) {
		assert_int_equal(sim_run_once(&config, strategy, trace, &run),
				 0);
		assert_string_equal(run.error, "");
		hash = 31 * hash + sim_trace_hash(trace);
	}
	strategy->destroy(strategy);
	kit_trace_free(trace);
	return hash;
}

static void every_scenario_runs_alike_on_every_carrier(void **state)
{
	const struct sim_carrier *const *c = sim_carriers();
	const struct sim_scenario *s;
	unsigned nth, i;

	(void)state;
	for (nth = 0; (s = sim_scenario_nth(nth)); nth++) {
		const struct sim_expect *e;

		for (e = s->expect; e && e->era; e++) {
			struct kernel_era era;
			char error[SIM_TEXT_MAX];

			assert_int_equal(sim_era_parse(e->era, &era, error), 0);
			for (i = 1; c[i]; i++)
				assert_true(walk(s, &era, c[0]) ==
					    walk(s, &era, c[i]));
		}
	}
}

/* ------------------------------------------------------------------- files */

static void expect_file(const struct sim_scenario *scenario, const char *path,
			int ret, const char *error)
{
	struct sim_result result;

	assert_int_equal(sim_replay_file(scenario, path, NULL, &result), ret);
	assert_string_equal(result.error, error);
	sim_result_release(&result);
}

static void files_that_are_no_schedules_are_refused(void **state)
{
	char *big = malloc(SCHEDULE_BYTES_MAX + 2);
	FILE *f;

	(void)state;
	expect_file(NULL, "none", -EIO,
		    "none: cannot read: No such file or directory");
	expect_file(NULL, ".", -EIO, ".: cannot read: Is a directory");
	f = fopen("zero", "w");
	assert_int_equal(fwrite("vfiosim\0schedule 1\n", 1, 19, f), 19);
	assert_int_equal(fclose(f), 0);
	expect_file(NULL, "zero", -EIO,
		    "zero:1: expected text, found a zero "
		    "byte");
	memset(big, '\n', SCHEDULE_BYTES_MAX + 1);
	big[SCHEDULE_BYTES_MAX + 1] = '\0';
	sandbox_write("big", big);
	expect_file(NULL, "big", -EIO,
		    "big:20512769: expected at most 20512768 "
		    "bytes, found more");
	big[SCHEDULE_BYTES_MAX] = '\0';
	sandbox_write("big", big);
	expect_file(NULL, "big", -EINVAL,
		    "big:20512769: expected 'vfiosim schedule 1', found "
		    "'nothing'");
	free(big);
}

static void a_file_of_another_scenario_is_told_apart(void **state)
{
	(void)state;
	sandbox_write("s", "vfiosim schedule 1\nscenario lost-update\n"
			   "era v3.19\nend\n");
	expect_file(sim_scenario_find("abba-deadlock"), "s", -EXDEV,
		    "s:2: expected scenario abba-deadlock, found lost-update");
	expect_file(NULL, "s", -EINVAL,
		    "s:4: expected \"the end of the schedule\", but a can "
		    "still run");
}

/* ----------------------------------------------------------------- mutants */

/* Change, drop, double or insert a byte, or swap two lines' beginnings. */
static void mutate(uint64_t *state, char *text, size_t room)
{
	static const char alphabet[] = "abz019 #()\n\r\t.-_'\"%\x01\xff";
	size_t n = strlen(text), at = kit_random(state) % (n + 1);
	char c = alphabet[kit_random_below(state, sizeof(alphabet) - 1)];

	switch (kit_random_below(state, 5)) {
	case 0:
		if (at < n)
			text[at] = c;
		break;
	case 1:
		memmove(text + at, text + at + (at < n), n - at + (at == n));
		break;
	case 2:
		if (n + 2 < room) {
			memmove(text + at + 1, text + at, n - at + 1);
			text[at] = c;
		}
		break;
	case 3:
		text[at] = '\0';
		break;
	default:
		if (at < n)
			text[at] ^= (char)(1 << kit_random_below(state, 7));
		break;
	}
}

static void expect_no_harm(const char *text)
{
	static const struct sim_options options = { .steps_max = 2000 };
	struct sim_result result;
	int ret = sim_replay_text(NULL, text, "mutant", &options, &result);

	if (ret) {
		assert_true(ret == -EINVAL || ret == -ENOENT);
		assert_true(strlen(result.error) > strlen("mutant:1: "));
		assert_memory_equal(result.error, "mutant:", 7);
		assert_null(strpbrk(result.error, "\n\r\x1b\x01"));
	} else {
		assert_string_equal(result.error, "");
		assert_non_null(sim_result_trace(&result));
	}
	sim_result_release(&result);
}

static void damaged_schedules_are_refused_or_replay(void **state)
{
	unsigned nr = kit_scale(20000), i, m;
	uint64_t random = 1;

	(void)state;
	for (i = 0; i < nr; i++) {
		char text[2048];

		assert_true(strlen(kept[i % nr_kept]) < sizeof(text) - 64);
		strcpy(text, kept[i % nr_kept]);
		for (m = 0; m <= i % 3; m++)
			mutate(&random, text, sizeof(text));
		expect_no_harm(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kept_schedule_is_written_again_as_it_is),
		cmocka_unit_test(every_finding_replays_to_its_own_trace),
		cmocka_unit_test(every_scenario_runs_alike_on_every_carrier),
		cmocka_unit_test_setup_teardown(
			files_that_are_no_schedules_are_refused, sandbox_setup,
			sandbox_teardown),
		cmocka_unit_test_setup_teardown(
			a_file_of_another_scenario_is_told_apart, sandbox_setup,
			sandbox_teardown),
		cmocka_unit_test(damaged_schedules_are_refused_or_replay),
	};

	return cmocka_run_group_tests(tests, read_kept, drop_kept);
}
