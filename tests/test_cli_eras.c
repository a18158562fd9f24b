/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cli_eras.c - vfiosim eras from outside: its tables, exit statuses, files
 * and complaints.
 */
#include "golden.h"
#include "kit.h"
#include "sandbox.h"
#include "terminal.h"

#include <string.h>
#include <sys/stat.h>

#define TWO_ERAS " --era v3.19 --era v3.19-patched"

static void compare_output(const char *line, int status, const char *golden)
{
	struct sandbox_output output;

	sandbox_run(line, status, &output);
	golden_compare(golden, output.out);
	sandbox_release(&output);
}

static void several_scenarios_make_a_table(void **state)
{
	(void)state;
	compare_output("eras lost-update abba-deadlock lost-wakeup "
		       "put-external-user --overrides" TWO_ERAS,
		       0, "eras-table.txt");
	compare_output("eras lost-update abba-deadlock lost-wakeup "
		       "put-external-user --overrides --format markdown "
		       "--compare" TWO_ERAS,
		       0, "eras-table.md");
}

static void one_scenario_makes_a_list_with_comparisons(void **state)
{
	(void)state;
	compare_output("eras viability-group-del" TWO_ERAS, 0, "eras-list.txt");
}

static void what_differs_is_marked_and_named(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update abba-deadlock --steps 2 --color=always "
		    "--era v3.19",
		    1, &output);
	golden_compare("eras-differs.txt", output.out);
	sandbox_contains(output.out, "\033[31m!");
	sandbox_release(&output);
	/* Not a terminal. */
	sandbox_run("eras lost-update abba-deadlock --steps 2 --era v3.19", 1,
		    &output);
	assert_null(strchr(output.out, '\033'));
	sandbox_contains(output.out, "!step limit");
	sandbox_release(&output);
}

static void a_budget_or_bound_too_low_is_status_3(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update --era v3.19 --budget 1", 3, &output);
	sandbox_contains(output.out, "\n? v3.19  clean     1  not to the end");
	sandbox_release(&output);
	sandbox_run("eras lost-update --era v3.19 --bound 0", 3, &output);
	sandbox_contains(output.out,
			 "\n? v3.19  clean     2  <= 0 preemptions  expected "
			 "check failed\n");
	sandbox_release(&output);
	/* One preemption shows it. */
	sandbox_run("eras lost-update --era v3.19 --bound 1", 0, &output);
	sandbox_release(&output);
}

static void an_override_applies_to_each_column(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run(
		"eras put-external-user --set ext_put_order=dissolve_first " TWO_ERAS,
		0, &output);
	sandbox_contains(output.out, "v3.19 ext_put_order=dissolve_first");
	sandbox_contains(output.out,
			 "v3.19-patched ext_put_order=dissolve_first  clean");
	sandbox_release(&output);
}

static void schedules_are_named_by_scenario_era_and_verdict(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update" TWO_ERAS, 0, &output);
	sandbox_release(&output);
	assert_int_equal(sandbox_count("."), 0);
	assert_int_equal(mkdir("own", 0777), 0);
	sandbox_run("eras put-external-user lost-update -o own --era v3.19 "
		    "--set check_order=atomic",
		    0, &output);
	sandbox_release(&output);
	assert_int_equal(sandbox_count("own"), 2);
	sandbox_run("replay own/lost-update-v3.19+check_order=atomic-check-"
		    "failed.schedule",
		    1, &output);
	sandbox_release(&output);
	sandbox_run("replay own/put-external-user-v3.19+check_order=atomic-use-"
		    "after-free.schedule",
		    1, &output);
	sandbox_release(&output);
	sandbox_run("eras lost-update -o nowhere", 2, &output);
	sandbox_contains(output.err, "nowhere: expected a folder: ");
	sandbox_release(&output);
}

#define FILE_TEXT                                              \
	"scenario: two-opens\n"                                \
	"summary: a group has one user\n"                      \
	"groups: {g: {devices: {d0: vfio-pci}}}\n"             \
	"tasks:\n"                                             \
	"  a: [{group_open: {group: g, refused_if: error}}]\n" \
	"  b: [{group_open: {group: g, refused_if: error}}]\n" \
	"expect: {v3.19: {verdicts: refused, bugs: B1}}\n"

static void a_scenario_may_stand_in_a_file(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("own.yaml", FILE_TEXT);
	sandbox_run("eras own.yaml" TWO_ERAS, 0, &output);
	sandbox_contains(output.out, "two-opens: a group has one user\n");
	sandbox_contains(output.out, "  as expected (B1)\n");
	sandbox_contains(output.out,
			 "\n  v3.19-patched: refused, same steps\n");
	sandbox_release(&output);
	sandbox_run("eras own.yaml lost-update", 2, &output);
	assert_string_equal(output.err,
			    "vfiosim eras: own.yaml: expected a file to be "
			    "the only scenario\n");
	sandbox_release(&output);
}

static void json_has_an_object_per_cell(void **state)
{
	struct sandbox_output output;
	const char *at;
	unsigned nr = 0;

	(void)state;
	sandbox_run(
		"eras viability-group-del lost-update --format json" TWO_ERAS,
		0, &output);
	for (at = output.out; (at = strstr(at, "\"era\":")); at++)
		nr++;
	assert_int_equal(nr, 4);
	sandbox_contains(output.out, "      \"judgement\":\"as expected\",\n"
				     "      \"expected\":[\n"
				     "        \"check failed\"\n"
				     "      ],\n"
				     "      \"verdicts\":[\n"
				     "        \"check failed\"\n"
				     "      ],\n"
				     "      \"runs\":4,\n"
				     "      \"pruned\":0,\n"
				     "      \"steps\":16,\n"
				     "      \"exhausted\":true,\n");
	sandbox_contains(output.out, "\"schedule\":\"vfiosim schedule 1\\n");
	sandbox_contains(output.out, "      \"comparison\":{\n"
				     "        \"with\":\"v3.19\",\n");
	sandbox_contains(output.out, "            \"task\":\"kvm-del\",\n"
				     "            \"step\":");
	sandbox_release(&output);
}

static void the_whole_catalogue_has_the_textbook_last(void **state)
{
	struct sandbox_output output;
	const char *first, *last;

	(void)state;
	/* One run a cell: what is asked is the order of the rows. */
	sandbox_run("eras --era v3.19 --budget 1 --bound 0", 3, &output);
	first = strstr(output.out, "\nviability-status ");
	last = strstr(output.out, "\nlost-update ");
	assert_non_null(first);
	assert_non_null(last);
	assert_true(first < last);
	assert_null(strstr(last, "\nviability-"));
	sandbox_release(&output);
}

static void bad_arguments_are_refused_in_one_line(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{ "eras lost-updat",
		  "expected a scenario; found 'lost-updat', nearest is "
		  "lost-update; vfiosim list names all" },
		{ "eras --all lost-update",
		  "expected --all or scenarios, found both" },
		{ "eras --format jsn", "expected a format: text, json or "
				       "markdown; found 'jsn', nearest is "
				       "json" },
		{ "eras --jobs 0",
		  "jobs: expected a number from 1 to 64, found '0'" },
		{ "eras --color=red", "expected when to use colour: auto, "
				      "always or never; found 'red'" },
		{ "eras --budgt 3", "expected an option of --help, found "
				    "'--budgt', nearest is --budget" },
		{ "eras --era v3.19 --set kvm_pins=file",
		  "expected flags that go together: kvm_pins=file needs "
		  "kvm_del=match_file" },
	};
	struct sandbox_output output;
	char error[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sandbox_run(rows[i].line, 2, &output);
		snprintf(error, sizeof(error), "vfiosim eras: %s\n",
			 rows[i].error);
		assert_string_equal(output.err, error);
		assert_string_equal(output.out, "");
		sandbox_release(&output);
	}
}

static void help_teaches_by_example(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras --help", 0, &output);
	sandbox_contains(output.out, "\n  vfiosim eras viability-group-del\n");
	sandbox_contains(output.out, "\nExit status: 0 ");
	assert_true(golden_width(output.out) < 80);
	sandbox_release(&output);
}

/* ------------------------------------------------------------- on a terminal */

/* Far more is asked for than a test has time for. */
static void an_interrupt_prints_what_is_known(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_begin(&terminal, "eras viability-device-open --era v3.19 "
				  "--bound 1000");
	terminal_wait(&terminal, "viability-device-open");
	terminal_interrupt(&terminal, 3);
	sandbox_contains(terminal.out, "  not to the end");
	assert_null(strstr(terminal.out, "exhausted"));
	terminal_release(&terminal);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(several_scenarios_make_a_table),
		sandbox_test(one_scenario_makes_a_list_with_comparisons),
		sandbox_test(what_differs_is_marked_and_named),
		sandbox_test(a_budget_or_bound_too_low_is_status_3),
		sandbox_test(an_override_applies_to_each_column),
		sandbox_test(schedules_are_named_by_scenario_era_and_verdict),
		sandbox_test(a_scenario_may_stand_in_a_file),
		sandbox_test(json_has_an_object_per_cell),
		sandbox_test(the_whole_catalogue_has_the_textbook_last),
		sandbox_test(bad_arguments_are_refused_in_one_line),
		sandbox_test(help_teaches_by_example),
		sandbox_test(an_interrupt_prints_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
