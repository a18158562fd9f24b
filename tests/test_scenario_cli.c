/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_scenario_cli.c - the program vfiosim with scenario files: how it takes
 * them, complains of them, and replays what it found in them.
 */
#include "kit.h"
#include "sandbox.h"

#include "scenario_file.h"

#include <string.h>

static void expect_refused(const char *line, const char *error)
{
	struct sandbox_output output;
	char expected[SCENARIO_FILE_ERROR_MAX + 64];

	snprintf(expected, sizeof(expected), "vfiosim %s\n", error);
	sandbox_run(line, 2, &output);
	assert_string_equal(output.err, expected);
	assert_string_equal(output.out, "");
	sandbox_release(&output);
}

static void the_program_names_the_file_and_writes_nothing(void **state)
{
	(void)state;
	sandbox_write("bad.yml", "scenario: x\n");
	expect_refused("explore bad.yml", "explore: bad.yml:1:1: expected "
					  "'tasks:', found no such key");
	expect_refused(
		"explore ./none.yaml",
		"explore: ./none.yaml: cannot read: No such file or directory");
	expect_refused(
		"explore none.yaml --era v9",
		"explore: none.yaml: cannot read: No such file or directory");
	expect_refused("explore ./",
		       "explore: ./: cannot read: Is a directory");
	/* A slash is enough. */
	expect_refused("explore ./lost-update",
		       "explore: ./lost-update: cannot read: No such file or "
		       "directory");
	sandbox_write("good.yaml",
		      "scenario: x\ntasks: {a: [kvm_create: vm]}\n");
	expect_refused("explore good.yaml --expect",
		       "explore: expected an era for which good.yaml says "
		       "what x must show, found v3.19");
	assert_int_equal(sandbox_count("."), 2);
}

static void a_file_is_text_in_utf_8_with_or_without_a_mark(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write(
		"marked.yaml",
		"\xef\xbb\xbfscenario: x\ntasks: {a: [kvm_create: vm]}\n");
	sandbox_run("explore marked.yaml", 0, &output);
	sandbox_release(&output);
	/* The mark is in no column. */
	sandbox_write("marked.yaml", "\xef\xbb\xbfscenari: x\n");
	expect_refused("explore marked.yaml",
		       "explore: marked.yaml:1:1: expected a key of a "
		       "scenario; found 'scenari', nearest is scenario");
	sandbox_write("utf16.yaml", "\xff\xfe\x2d\x4e");
	expect_refused("explore utf16.yaml", "explore: utf16.yaml: expected "
					     "text in UTF-8, found UTF-16");
}

static void a_schedule_of_a_file_needs_the_file(void **state)
{
	struct sandbox_output output;
	char command[600];
	const char *at;

	(void)state;
	sandbox_write("x.schedule", "vfiosim schedule 1\nscenario x\n"
				    "era v3.19\na runs to its end\nend\n");
	expect_refused("replay x.schedule",
		       "replay: x.schedule:2: expected a known scenario, found "
		       "x; if it is in a file, say --scenario FILE.yaml");
	expect_refused("show x.schedule",
		       "show: x.schedule:2: expected a known scenario, found "
		       "x; if it is in a file, say --scenario FILE.yaml");
	sandbox_write("race.yaml",
		      "scenario: x\n"
		      "groups: {g: {devices: {d0: vfio-pci}}}\n"
		      "setup: [group_open: {group: g, as: G}]\n"
		      "tasks: {a: [group_close: {fd: G, ret: 1}]}\n");
	sandbox_run("explore ./race.yaml", 1, &output);
	at = strstr(output.out, "\nvfiosim replay ");
	assert_non_null(at);
	at += strlen("\nvfiosim ");
	snprintf(command, sizeof(command), "%.*s", (int)strcspn(at, "\n"), at);
	sandbox_release(&output);
	sandbox_contains(command, " --scenario ./race.yaml");
	sandbox_run(command, 1, &output);
	sandbox_contains(output.out, "check failed: group_close G: expected "
				     "1, found 0\n");
	sandbox_release(&output);
	memcpy(command, "show  ", 6);
	sandbox_run(command, 0, &output);
	sandbox_contains(output.out, "scenario  x: ");
	sandbox_release(&output);
}

/* Or the choice in the schedule could not be made. */
static void sleeps_end_by_signals_in_replays_too(void **state)
{
	struct sandbox_output output;
	char command[600];
	const char *at;

	(void)state;
	sandbox_write("sig.yaml",
		      "scenario: x\n"
		      "signals: true\n"
		      "groups: {g: {devices: {d0: vfio-pci}}}\n"
		      "setup:\n"
		      " - group_open: {group: g, as: G}\n"
		      " - container_open: {as: C}\n"
		      " - set_container: {group_fd: G, container_fd: C}\n"
		      " - set_iommu: C\n"
		      " - get_device_fd: {group_fd: G, dev: d0, as: D}\n"
		      "tasks: {unbind: [unbind: d0]}\n");
	sandbox_run("explore sig.yaml --era v5.15", 1, &output);
	at = strstr(output.out, "\nvfiosim replay ");
	assert_non_null(at);
	at += strlen("\nvfiosim ");
	snprintf(command, sizeof(command), "%.*s", (int)strcspn(at, "\n"), at);
	sandbox_release(&output);
	sandbox_run(command, 1, &output);
	sandbox_contains(output.out, "interrupted");
	sandbox_release(&output);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

/* S1 (B22) is expected, and known; R4 is neither in an era that has no lookup by
 * device. */
static void a_new_invariant_is_found_though_another_was_expected(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("new.yaml",
		      "scenario: new\n"
		      "groups: {g: {devices: {d0: vfio-pci, d1: host}}}\n"
		      "setup:\n"
		      "  - group_open: {group: g, as: G}\n"
		      "  - container_open: {as: C}\n"
		      "  - set_container: {group_fd: G, container_fd: C}\n"
		      "  - set_iommu: C\n"
		      "tasks:\n"
		      "  look: [external_get_from_dev: {dev: d0, ret: error}]\n"
		      "  close: [group_close: G]\n"
		      "expect: {v3.19: invariant broken}\n");
	sandbox_run("explore new.yaml --expect --invariants=S1", 0, &output);
	sandbox_contains(output.out, "broken: S1 (B22)\n"
				     "expected invariant broken; found "
				     "invariant broken\n");
	sandbox_release(&output);
	sandbox_run("explore new.yaml --expect --invariants=S1,R4", 1, &output);
	sandbox_contains(output.out,
			 "broken: R4 (new), S1 (B22)\n"
			 "expected invariant broken; found invariant broken, "
			 "which no bug is known to break\n");
	sandbox_release(&output);
}

static void a_setup_that_waits_for_ever_is_told_with_its_place(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("waits.yaml",
		      "scenario: waits\n"
		      "groups: {g: {devices: {d0: vfio-pci}}}\n"
		      "setup:\n"
		      "  - group_open: {group: g, as: G}\n"
		      "  - container_open: {as: C}\n"
		      "  - set_container: {group_fd: G, container_fd: C}\n"
		      "  - set_iommu: C\n"
		      "  - get_device_fd: {group_fd: G, dev: d0, as: D}\n"
		      "  - unbind: d0\n"
		      "tasks: {t: [group_close: G]}\n");
	sandbox_run("explore waits.yaml", 1, &output);
	sandbox_contains(output.out,
			 "hang: waits.yaml:9:5: unbind d0: sleep of "
			 "vfio.release_q #1 in vfio_del_group_dev, and no task "
			 "is left to end it\n");
	sandbox_release(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(the_program_names_the_file_and_writes_nothing),
		sandbox_test(a_file_is_text_in_utf_8_with_or_without_a_mark),
		sandbox_test(sleeps_end_by_signals_in_replays_too),
		sandbox_test(
			a_new_invariant_is_found_though_another_was_expected),
		sandbox_test(
			a_setup_that_waits_for_ever_is_told_with_its_place),
		sandbox_test(a_schedule_of_a_file_needs_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
