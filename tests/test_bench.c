/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_bench.c - vfiosim bench: its counts, its tables and its complaints.
 * Times are looked at for being there, never for what they are.
 */
#include "kit.h"
#include "sandbox.h"
#include "terminal.h"

#include "bench.h"
#include "child.h"
#include "spin.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ reading */

static struct json_object *run_json(const char *line, int status)
{
	struct sandbox_output output;
	struct json_object *top;

	sandbox_run(line, status, &output);
	assert_string_equal(output.err, "");
	top = json_tokener_parse(output.out);
	assert_non_null(top);
	sandbox_release(&output);
	return top;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no member %s in %s", key,
			 json_object_to_json_string(object));
	return value;
}

/* Of the table of that name. */
static struct json_object *rows_of(struct json_object *top, const char *name)
{
	struct json_object *tables = member(top, "tables");
	size_t i;

	for (i = 0; i < json_object_array_length(tables); i++) {
		struct json_object *table =
			json_object_array_get_idx(tables, i);

		if (!strcmp(json_object_get_string(member(table, "name")),
			    name))
			return member(table, "rows");
	}
	fail_msg("no table %s", name);
	return NULL;
}

static bool has_text(struct json_object *row, const char *key, const char *text)
{
	return !strcmp(json_object_get_string(member(row, key)), text);
}

static uint64_t count_of(struct json_object *row, const char *key)
{
	return json_object_get_uint64(member(row, key));
}

/* ------------------------------------------------------------------- counts */

static void the_classes_of_locks_are_the_orders_of_taking_them(void **state)
{
	static const struct {
		uint64_t tasks, rounds, classes;
	} known[] = {
		{ 2, 4, 70 }, /* 8! / (4! 4!) */
		{ 3, 2, 90 }, /* 6! / (2! 2! 2!) */
		{ 3, 3, 1680 }, /* 9! / (3! 3! 3!) */
		{ 2, 8, 12870 }, /* 16! / (8! 8!) */
		{ 4, 2, 2520 }, /* 8! / (2! 2! 2! 2!) */
	};
	struct json_object *top, *rows, *row;
	size_t i;

	(void)state;
	top = run_json("bench locks --repeat 1 --seconds 60 --format json", 0);
	rows = rows_of(top, "locks");
	/* By dpor and by dfs. */
	assert_int_equal(json_object_array_length(rows),
			 2 * sizeof(known) / sizeof(known[0]));
	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		assert_int_equal(count_of(row, "tasks"), known[i / 2].tasks);
		assert_int_equal(count_of(row, "rounds"), known[i / 2].rounds);
		assert_int_equal(count_of(row, "classes"),
				 known[i / 2].classes);
		assert_int_equal(count_of(row, "expected"),
				 known[i / 2].classes);
		if (has_text(row, "strategy", "dpor"))
			assert_int_equal(count_of(row, "blocked"), 0);
	}
	json_object_put(top);
}

/*
 * PRE by hand: the lookup reads the first driver after it went (1), or before;
 * then it takes device_lock after the unbinder did and is refused (1), or
 * before, and for the second device before or after (2).
 */
static void states_are_counted_beside_those_of_raw_stacks(void **state)
{
	struct json_object *top, *rows, *row;

	(void)state;
	top = run_json("bench graph --size 2,1,1 --repeat 1 --without-spin "
		       "--format json",
		       0);
	rows = rows_of(top, "graph");
	/* Under a tool it says why there is none. */
	if (json_object_array_length(rows)) {
		assert_int_equal(json_object_array_length(rows), 2);
		row = json_object_array_get_idx(rows, 0);
		assert_int_equal(count_of(row, "states"), 50);
		assert_int_equal(count_of(row, "raw_final_states"),
				 count_of(row, "final_states"));
		row = json_object_array_get_idx(rows, 1);
		assert_int_equal(count_of(row, "states"), 29);
	}
	json_object_put(top);
}

static void each_variant_of_the_reference_scenario_is_counted(void **state)
{
	static const struct {
		const char *variant;
		uint64_t classes;
	} known[] = {
		{ "POSTX", 13 }, { "FIX", 4 }, { "PRE", 4 }, { "POST", 13 }
	};
	struct json_object *top, *rows, *row;
	size_t i;

	(void)state;
	top = run_json("bench reference --size 2,1,1 --repeat 1 "
		       "--without-spin --format json",
		       0);
	rows = rows_of(top, "reference");
	assert_int_equal(json_object_array_length(rows), 4);
	for (i = 0; i < 4; i++) {
		row = json_object_array_get_idx(rows, i);
		assert_true(has_text(row, "variant", known[i].variant));
		assert_true(has_text(row, "size", "2,1,1"));
		assert_int_equal(count_of(row, "classes"), known[i].classes);
		assert_int_equal(count_of(row, "repeated"), 1);
		assert_false(
			json_object_object_get_ex(row, "spin_states", NULL));
	}
	json_object_put(top);
}

/* Three tasks have six. */
static void the_first_bug_is_sought_in_all_orders_of_tasks(void **state)
{
	struct json_object *top, *rows, *row;
	size_t i;

	(void)state;
	top = run_json("bench first-bug --size 2,2,1 --repeat 1 --format json",
		       0);
	rows = rows_of(top, "first-bug");
	assert_int_equal(json_object_array_length(rows), 2);
	for (i = 0; i < 2; i++) {
		row = json_object_array_get_idx(rows, i);
		assert_int_equal(count_of(row, "orders"), 6);
		assert_true(count_of(row, "runs_best") >= 1);
		assert_true(count_of(row, "runs_best") <=
			    count_of(row, "runs_worst"));
	}
	json_object_put(top);
}

static void a_cell_that_is_given_up_says_at_least(void **state)
{
	struct json_object *top, *row;
	struct sandbox_output output;

	(void)state;
	top = run_json("bench reference --size 2,2,2 --repeat 1 --budget 7 "
		       "--without-spin --format json",
		       0);
	row = json_object_array_get_idx(rows_of(top, "reference"), 0);
	assert_int_equal(count_of(row, "classes"), 7);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(
				    member(row, "at_least"), 0)),
			    "classes");
	json_object_put(top);
	sandbox_run("bench reference --size 2,2,2 --repeat 1 --budget 7 "
		    "--without-spin",
		    0, &output);
	sandbox_contains(output.out, "POSTX    2,2,2          > 7    58150");
	sandbox_contains(output.out, "SPIN was left out.\n");
	sandbox_release(&output);
}

/* A count must be what it must be; its table says which is not. */
static void a_wrong_count_is_marked_in_every_format(void **state)
{
	static const struct bench_column columns[] = {
		{ "classes", "classes", BENCH_COUNT }, { 0 }
	};
	static const struct bench_table model = { .name = "t",
						  .title = "a title",
						  .method = "How.",
						  .columns = columns };
	static struct bench bench;
	struct bench_table *table = bench_add_table(&bench, &model);
	struct sandbox_output output = { 0 };
	size_t size;
	FILE *out;

	(void)state;
	bench_expect(&bench, bench_add_row(&bench, table), 0, 6, 6);
	assert_false(bench.wrong);
	bench_expect(&bench, bench_add_row(&bench, table), 0, 5, 6);
	assert_true(bench.wrong);
	out = open_memstream(&output.out, &size);
	bench_print_text(out, &bench);
	bench_print_markdown(out, &bench);
	assert_int_equal(bench_print_json(out, &bench), 0);
	fclose(out);
	sandbox_contains(output.out, "t: a title\n\nclasses\n      6\n    5 !\n"
				     "\nHow.\n");
	sandbox_contains(output.out, "**t**: a title\n\n| classes |\n|--:|\n"
				     "| 6 |\n| 5 ! |\n\nHow.\n");
	sandbox_contains(output.out, "\"wrong\":[\n            \"classes\"\n");
	sandbox_contains(output.out, "! is not the number that it must be.\n");
	bench_release(&bench);
	free(output.out);
}

/* --------------------------------------------------------------------- SPIN */

static bool is_installed(const char *program)
{
	const char *const argv[] = { program, "--version", NULL };
	static struct bench_child child;

	return bench_child_run(argv, ".", &child) == 0;
}

/*
 * Every state that there is, which is SPIN's only to count: 79 and 56.  Another
 * model of the scenario, on which its figures in docs/performance.md are, has
 * 283 and more: SPIN is not to look worse than it is.
 */
static void spin_is_given_no_more_states_than_it_needs(void **state)
{
	static const struct {
		const char *variant;
		uint64_t states;
	} known[] = { { "POSTX", 79 }, { "FIX", 56 } };
	struct json_object *top, *rows, *row;
	size_t i;

	(void)state;
	if (!is_installed("spin") || !is_installed("cc"))
		skip();
	top = run_json("bench reference --size 1,1,1 --repeat 1 --format json",
		       0);
	rows = rows_of(top, "reference");
	for (i = 0; i < 2; i++) {
		row = json_object_array_get_idx(rows, i);
		assert_true(has_text(row, "variant", known[i].variant));
		assert_int_equal(count_of(row, "spin_full_states"),
				 known[i].states);
		assert_true(count_of(row, "spin_states") > 20);
		assert_true(count_of(row, "spin_states") <= known[i].states);
	}
	json_object_put(top);
}

/* The model has the bugs that the code has, and no others. */
static void spin_finds_the_bug_where_there_is_one(void **state)
{
	static struct bench bench = { .options = { .repeat = 1,
						   .seconds = 60 } };
	static const enum reference_variant variants[] = {
		REFERENCE_PRE, REFERENCE_POST, REFERENCE_POSTX, REFERENCE_FIX
	};
	struct bench_spin spin;
	size_t i;

	(void)state;
	if (!is_installed("spin") || !is_installed("cc"))
		skip();
	for (i = 0; i < 4; i++) {
		const struct reference reference = { variants[i], false, 2, 1,
						     1 };
		bool bug = variants[i] < REFERENCE_POSTX;
		char remark[SIM_TEXT_MAX] = "";

		assert_int_equal(bench_spin_run(&bench, &reference, true, &spin,
						remark),
				 bug ? -EIO : 0);
		assert_string_equal(remark, bug ? "No figures of SPIN: it "
						  "found an error." :
						  "");
	}
}

static int run_without_path(void *arg)
{
	(void)arg;
	setenv("PATH", "/nowhere", 1);
	return sandbox_exec((char[]){ "bench reference --size 1,1,1 "
				      "--repeat 1" });
}

static void where_spin_is_missing_the_table_says_so(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_call(run_without_path, NULL, &output);
	assert_int_equal(output.status, 0);
	sandbox_contains(output.out, "No figures of SPIN: spin is not "
				     "installed.\n");
	sandbox_contains(output.out, "POSTX    1,1,1        6        6");
	sandbox_release(&output);
}

/* Each visible operation is a transition of the model: no source, no model. */
static void the_model_for_spin_has_every_variant(void **state)
{
	static const char *const words[] = { "#ifdef FIX", "#ifdef PRE",
					     "#ifndef POSTX",
					     "active [LOOKUPS]",
					     "active [UNBINDERS]" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sandbox_contains(bench_reference_pml, words[i]);
}

/* ------------------------------------------------------------------ children */

static void a_child_prints_fails_or_is_not_there(void **state)
{
	static const char *const says[] = { "sh", "-c",
					    "echo out; echo err >&2; exit 3",
					    NULL };
	static const char *const much[] = {
		"sh", "-c",
		"i=0; while [ $i -lt 3000 ]; do echo 0123456789; "
		"i=$((i + 1)); done; kill -TERM $$",
		NULL
	};
	static const char *const none[] = { "no-such-program", NULL };
	static struct bench_child child;

	(void)state;
	assert_int_equal(bench_child_run(says, ".", &child), 0);
	assert_int_equal(child.status, 3);
	assert_string_equal(child.output, "out\nerr\n");
	assert_int_equal(bench_child_run(much, ".", &child), 0);
	assert_int_equal(child.status, 128 + 15);
	assert_int_equal(strlen(child.output), CHILD_OUTPUT_MAX - 1);
	assert_int_equal(bench_child_run(none, ".", &child), -ENOENT);
	assert_int_equal(bench_child_run(says, "no-such-folder", &child), 0);
	assert_int_equal(child.status, 1);
}

/* ------------------------------------------------------------------- the rest */

/* AddressSanitizer grumbles about swapcontext(), which is measured there. */
#ifdef __SANITIZE_ADDRESS__
#define SWITCH
#else
#define SWITCH "switch",
#endif

/* All tables, the smallest thing in each. */
static void each_benchmark_fills_its_table(void **state)
{
	static const char *const names[] = { "first-bug", "windows",
					     SWITCH "seam", "speed" };
	struct json_object *top;
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line),
			 "bench %s --repeat 1 --budget 2 --size 1,1,1 "
			 "--format json",
			 names[i]);
		top = run_json(line, 0);
		assert_int_equal(
			json_object_array_length(member(top, "tables")), 1);
		assert_true(json_object_array_length(rows_of(top, names[i])) >
			    1);
		json_object_put(top);
	}
}

/* Which is the better one says a machine that has nothing else to do. */
static void a_shared_search_is_measured_beside_searches_alone(void **state)
{
	struct json_object *top, *row;

	(void)state;
	top = run_json("bench jobs --repeat 1 --seconds 1 --format json", 0);
	assert_int_equal(json_object_array_length(rows_of(top, "jobs")), 1);
	row = json_object_array_get_idx(rows_of(top, "jobs"), 0);
	assert_int_equal(json_object_get_int(member(row, "classes")), 58150);
	assert_true(json_object_get_double(member(row, "ratio")) > 0);
	json_object_put(top);
}

static void several_names_are_measured_in_the_order_of_the_list(void **state)
{
	struct sandbox_output output;
	const char *first, *second;

	(void)state;
	sandbox_run("bench seam reference --without-spin --size 1,1,1 "
		    "--repeat 1 --format markdown",
		    0, &output);
	first = strstr(output.out, "**reference**");
	second = strstr(output.out, "**seam**");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_null(strstr(output.out, "**locks**"));
	sandbox_release(&output);
}

static void the_list_has_a_line_for_each(void **state)
{
	struct sandbox_output output;
	unsigned i;

	(void)state;
	sandbox_run("bench --list", 0, &output);
	for (i = 0; bench_nth(i); i++)
		sandbox_contains(output.out, bench_nth(i)->summary);
	assert_int_equal(i, 9);
	sandbox_release(&output);
}

static void bad_arguments_are_named_with_what_was_expected(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{ "bench loks",
		  "vfiosim bench: expected a benchmark: locks, reference, graph, "
		  "first-bug, windows, switch, seam, speed or jobs; found 'loks', "
		  "nearest is locks\n" },
		{ "bench --size 2,2,3",
		  "vfiosim bench: expected a size: 1,1,1, 2,1,1, 2,2,1, 2,1,2, "
		  "2,2,2, 3,3,1 or 3,3,2; found '2,2,3', nearest is 2,2,1\n" },
		{ "bench --repeat 0",
		  "vfiosim bench: repeat: expected a number from 1 to 101, "
		  "found '0'\n" },
		{ "bench --seconds -1",
		  "vfiosim bench: seconds: expected a number from 1 to 86400, "
		  "found '-1'\n" },
		{ "bench --format commit",
		  "vfiosim bench: expected a format: text, json or markdown; "
		  "found 'commit'\n" },
		{ "bench --seconsd 1",
		  "vfiosim bench: expected an option of --help, found "
		  "'--seconsd', nearest is --seconds\n" },
	};
	struct sandbox_output output;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sandbox_run(rows[i].line, 2, &output);
		assert_string_equal(output.err, rows[i].error);
		assert_string_equal(output.out, "");
		sandbox_release(&output);
	}
}

/* The largest size takes longer than any test may. */
static void an_interrupt_prints_what_is_known(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_begin(&terminal, "bench reference --without-spin "
				  "--seconds 86400 --repeat 1");
	terminal_wait(&terminal, "reference by dpor: ");
	terminal_interrupt(&terminal, 3);
	sandbox_contains(terminal.out, "POSTX    1,1,1        6        6");
	sandbox_contains(terminal.err, "interrupted");
	terminal_release(&terminal);
}

static void help_teaches_by_example(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("bench --help", 0, &output);
	sandbox_contains(output.out,
			 "  vfiosim bench reference --size 2,2,2 --repeat 3\n");
	sandbox_contains(output.out, "Exit status: 0 measured, 1 a count");
	sandbox_release(&output);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(
			the_classes_of_locks_are_the_orders_of_taking_them),
		sandbox_test(states_are_counted_beside_those_of_raw_stacks),
		sandbox_test(each_variant_of_the_reference_scenario_is_counted),
		sandbox_test(the_first_bug_is_sought_in_all_orders_of_tasks),
		sandbox_test(a_cell_that_is_given_up_says_at_least),
		sandbox_test(a_wrong_count_is_marked_in_every_format),
		sandbox_test(spin_is_given_no_more_states_than_it_needs),
		sandbox_test(spin_finds_the_bug_where_there_is_one),
		sandbox_test(where_spin_is_missing_the_table_says_so),
		sandbox_test(the_model_for_spin_has_every_variant),
		sandbox_test(a_child_prints_fails_or_is_not_there),
		sandbox_test(each_benchmark_fills_its_table),
		sandbox_test(
			several_names_are_measured_in_the_order_of_the_list),
		sandbox_test(a_shared_search_is_measured_beside_searches_alone),
		sandbox_test(the_list_has_a_line_for_each),
		sandbox_test(bad_arguments_are_named_with_what_was_expected),
		sandbox_test(help_teaches_by_example),
		sandbox_test(an_interrupt_prints_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
