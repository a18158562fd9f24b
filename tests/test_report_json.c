/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_report_json.c - a result made by hand, member by member, and one that a
 * search made.
 */
#include "golden.h"
#include "kit.h"
#include "paint.h"

#include <stdlib.h>
#include <string.h>

static char *print(const struct sim_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(sim_report_json(out, result), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void paint_run(struct paint *p)
{
	static const char *const tasks[] = { "reader", "writer", NULL };
	struct sim_event *e;

	paint_begin(p, tasks);
	paint_enter(p, 1, "outer");
	paint_word(p, 1, SCHED_READ, 0, "s->word", -1);
	paint_word(p, 2, SCHED_WRITE, 0, "s->word", 1);
	paint_access(p, 2, 1, true);
	paint_fact(p, 2, "list_del(&n->link)");
	e = paint_step(p, 2, SCHED_READ, 1, "s->pointer");
	e->has_value = e->pointer = true;
	paint_step(p, 2, SCHED_ALLOC, 2, "thing")->outcome = 1;
	paint_note(p, 1, "\"quoted\", and a tab\t");
	paint_leave(p, 1, "outer");
	paint_finding(p, 1, SIM_WARN, "!thing");
}

static const struct sim_scenario painted = { .name = "painted" };

static void every_member_is_printed(void **state)
{
	struct paint p;
	struct sim_finding finding = {
		.verdict = SIM_WARN,
		.text = "!thing",
		.detail = "reader: inner <- outer",
		.func = "outer",
		.file = "painted.c",
		.line = 7,
		.task = 1,
		.run = 3,
		.count = UINT64_MAX,
		.schedule = strdup("vfiosim schedule 1\n"),
		.path = "findings/painted.schedule",
		.trace = &p.trace,
	};
	struct sim_result result = {
		.scenario = &painted,
		.strategy = "bound",
		.runs = 5,
		.pruned = 6,
		.steps = 70,
		.exhausted = true,
		.bounded = true,
		.bound = 2,
		.verdicts = SIM_SET(SIM_WARN) | SIM_SET(SIM_LEAK),
		.nr_findings = 1,
		.findings = &finding,
		.truncated = true,
		.final_states = 4,
		.final_hash = 0xfedcba9876543210u,
		.error = "an error",
	};
	char *text;

	(void)state;
	assert_int_equal(era_lookup("v3.19-patched", &result.era), 0);
	assert_int_equal(era_set(&result.era, "check_order", "atomic"), 0);
	paint_run(&p);
	text = print(&result);
	golden_compare("painted.json", text);
	free(text);
	free(finding.schedule);
	paint_end(&p);
}

static void what_is_not_known_is_left_out(void **state)
{
	const struct sim_result result = { .strategy = "dfs" };
	char *text = print(&result);

	(void)state;
	golden_compare("empty.json", text);
	free(text);
}

static void a_search_prints_the_same_twice_and_on_each_carrier(void **state)
{
	const enum sim_carrier_kind *c;
	struct sim_result result;
	char *first = NULL, *text;
	int again;

	(void)state;
	for (c = kit_carriers(); *c; c++)
		for (again = 0; again < 2; again++) {
			const struct sim_options options = { .carrier = *c };

			kit_explore(sim_scenario_find("viability-status"),
				    &options, &result);
			text = print(&result);
			if (first)
				assert_string_equal(text, first);
			free(first);
			first = text;
			sim_result_release(&result);
		}
	assert_non_null(strstr(first, "\"verdict\":\"refused\""));
	assert_non_null(strstr(first, "\"value\":\"device_driver #1\""));
	free(first);
}

static void a_replay_prints_its_trace(void **state)
{
	struct sim_result result;
	char path[1024], hash[64], *text;

	(void)state;
	snprintf(path, sizeof(path), "%s/lost-update.schedule", VFIOSIM_GOLDEN);
	assert_int_equal(sim_replay_file(NULL, path, NULL, &result), 0);
	text = print(&result);
	snprintf(hash, sizeof(hash),
		 "\n  \"trace\":{\n    \"hash\":\"%016llx\"",
		 (unsigned long long)sim_trace_hash(sim_result_trace(&result)));
	assert_non_null(strstr(text, "\"strategy\":\"replay\""));
	assert_non_null(strstr(text, hash));
	free(text);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_is_printed),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(
			a_search_prints_the_same_twice_and_on_each_carrier),
		cmocka_unit_test(a_replay_prints_its_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
