/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_scenario_errors.c - files that are no scenarios: each is refused with
 * the place, what belongs there, and the nearest word to what stands there.
 */
#include "kit.h"

#include "scenario_file.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

static void expect_error(const char *text, size_t size, const char *expected)
{
	char error[SCENARIO_FILE_ERROR_MAX] = "";
	struct scenario_file *file = NULL;

	assert_int_equal(sim_scenario_file_parse(text, size, "f", &file, error),
			 -EINVAL);
	assert_string_equal(error, expected);
	assert_null(file);
}

struct refusal {
	const char *text, *error;
};

static void expect_errors(const struct refusal *refusals, const char *before,
			  const char *after)
{
	char text[2048];

	for (; refusals->text; refusals++) {
		snprintf(text, sizeof(text), "%s%s%s", before, refusals->text,
			 after);
		expect_error(text, strlen(text), refusals->error);
	}
}

/* --------------------------------------------------------------------- YAML */

static void what_is_no_plain_yaml_is_refused(void **state)
{
	static const struct refusal refusals[] = {
		{ "", "f:1:1: expected a scenario, found nothing" },
		{ "# only a comment\n",
		  "f:2:1: expected a scenario, found nothing" },
		{ "[a]", "f:1:1: expected a key of a scenario, found a list" },
		{ "word", "f:1:1: expected a key of a scenario, found 'word'" },
		{ "a: b: c", "f:1:5: expected YAML: mapping values are not "
			     "allowed in this context" },
		{ "\t- x", "f:1:1: expected YAML: found character that cannot "
			   "start any token" },
		{ "a: [", "f:2:1: expected YAML: did not find expected node "
			  "content" },
		{ "scenario: \xff\n",
		  "f:1:11: expected text in UTF-8, found the byte 0xff of "
		  "another encoding" },
		{ "summary: x\nscenario: caf\xe9\n",
		  "f:2:14: expected text in UTF-8, found the byte 0xe9 of "
		  "another encoding" },
		/* Well-formed, but no text. */
		{ "scenario: \xc2\x80\n",
		  "f:1:11: expected YAML: control characters are not "
		  "allowed" },
		{ "scenario: x\nsummary: a\nscenario: y\n",
		  "f:3:1: expected 'scenario' once, found it in line 1, too" },
		{ "scenario: &a x\n", "f:1:11: expected a value, found an "
				      "anchor (&), which has no place here" },
		{ "scenario: *a\n", "f:1:11: expected a value, found an alias "
				    "(*), which has no place here" },
		{ "scenario: !!str x\n", "f:1:11: expected a value, found a "
					 "tag (!), which has no place here" },
		{ "scenario: x\n---\nscenario: y\n",
		  "f:2:1: expected one document, found another one" },
		{ "? [a]\n: b\n",
		  "f:1:3: expected a word as key, found a list" },
		{ "scenario: \"a\\0b\"",
		  "f:1:11: expected text, found a NUL character" },
		{ "[[[[[[[[[[[[[[[[", "f:1:12: expected fewer lists and maps "
				      "in each other" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, "", "");
	expect_error("a\0b", 3,
		     "f:1:2: expected YAML: control characters are "
		     "not allowed");
}

/* A bomb of aliases would be one of a few bytes; a list needs many. */
static void a_file_of_too_many_values_is_refused(void **state)
{
	enum { NR = 9000 };
	char *text = malloc(2 * NR + 2);
	unsigned i;

	(void)state;
	assert_non_null(text);
	text[0] = '[';
	for (i = 0; i < NR; i++)
		memcpy(text + 1 + 2 * i, "a,", 2);
	text[1 + 2 * NR] = ']';
	expect_error(text, 2 * NR + 2, "f:1:16384: expected a smaller file");
	free(text);
}

/* ---------------------------------------------------------------------- top */

static void the_keys_at_the_top_are_known_ones(void **state)
{
	static const struct refusal refusals[] = {
		{ "scenari: x", "f:1:1: expected a key of a scenario; found "
				"'scenari', nearest is scenario" },
		{ "summary: x", "f:1:1: expected 'scenario: NAME', found no "
				"such key" },
		{ "scenario: x",
		  "f:1:1: expected 'tasks:', found no such key" },
		{ "scenario: [x]",
		  "f:1:11: expected a scenario's name, found a list" },
		{ "scenario: a b", "f:1:11: expected a scenario's name of at "
				   "most 31 letters, digits and _ . : - , "
				   "found 'a b'" },
		{ "scenario: lost-update", "f:1:11: expected a name of its "
					   "own, found 'lost-update', which "
					   "vfiosim has built in" },
		{ "scenario: ''", "f:1:11: expected a scenario's name of at "
				  "most 31 letters, digits and _ . : - , "
				  "found ''" },
		{ "scenario: a123456789b123456789c123456789d1",
		  "f:1:11: expected a scenario's name of at most 31 letters, "
		  "digits and _ . : - , found "
		  "'a123456789b123456789c123456789d1'" },
		{ "scenario: x\nsummary: ''",
		  "f:2:10: expected a summary of 1 to 200 bytes, found 0" },
		{ "scenario: x\nsummary: \"a\\x7f\"",
		  "f:2:10: expected a summary in one line, without control "
		  "characters" },
		{ "scenario: x\nsummary: \"a\\u0085b\"",
		  "f:2:10: expected a summary in one line, without control "
		  "characters" },
		{ "scenario: x\nsummary: \"a\\e[31m\"",
		  "f:2:10: expected a summary in one line, without control "
		  "characters" },
		/* What would steer a terminal does not get there. */
		{ "\"a\\e[31mb\": x",
		  "f:1:1: expected a key of a scenario; found 'a?[31mb'" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, "", "");
}

static void tasks_and_faults_are_known_ones(void **state)
{
	static const struct refusal refusals[] = {
		{ "scenario: x\ntasks: {}",
		  "f:2:8: expected at least one task" },
		{ "scenario: x\ntasks: [a]",
		  "f:2:8: expected a map of tasks, NAME: [OPERATION, ...], "
		  "found a list" },
		{ "scenario: x\ntasks: {a: }",
		  "f:2:12: expected a list of operations, found nothing" },
		{ "scenario: x\ntasks: {a: []}",
		  "f:2:12: expected at least one operation" },
		{ "scenario: x\ntasks: {a: {role: r}}",
		  "f:2:9: expected 'do: [OPERATION, ...]' in task a" },
		{ "scenario: x\ntasks: {end: [kvm_create: v]}",
		  "f:2:9: expected a task's name, found 'end', which "
		  "schedules need for themselves" },
		{ "scenario: x\ntimeouts: 1\n",
		  "f:2:11: expected true or false, found '1'" },
		{ "scenario: x\ntasks: {a: [kvm_create: v]}\n"
		  "faults: [unbound, group, unbound]",
		  "f:3:26: expected 'unbound' once" },
		/* What the bus has from the beginning. */
		{ "scenario: x\ntasks: {a: [kvm_create: v]}\n"
		  "faults: [iommu_driver]",
		  "f:3:10: expected a site whose allocations may fail; found "
		  "'iommu_driver', nearest is iommu_dev" },
		{ "scenario: x\ntasks: {a: [kvm_create: v]}\nfaults: [unbond]",
		  "f:3:10: expected a site whose allocations may fail; found "
		  "'unbond', nearest is unbound" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, "", "");
}

static void machines_have_known_drivers_and_new_names(void **state)
{
	static const struct refusal refusals[] = {
		{ "groups: {g: {devices: {d: vfio-pic}}}",
		  "f:2:27: expected a driver: vfio, vfio-pci, "
		  "vfio-failprobe, vfio-double, host, host-failprobe, "
		  "pci-stub, pcieport or none; found 'vfio-pic', nearest is "
		  "vfio-pci" },
		{ "drivers: {e: hots}",
		  "f:2:14: expected a kind of driver: vfio, vfio-pci, "
		  "vfio-failprobe, vfio-double, host, host-failprobe or "
		  "whitelisted; found 'hots', nearest is host" },
		{ "groups: {g: {devices: {}}}",
		  "f:2:10: expected 'g: {devices: {NAME: DRIVER}}': a group "
		  "has devices" },
		{ "groups: {g: {devices: {d: none}}}\ndevices: {d: none}",
		  "f:3:11: expected a new name, found 'd', which is taken" },
		{ "groups: {g: {devices: {d: {bridge: 1}}}}",
		  "f:2:36: expected true or false, found '1'" },
		{ "devices: {d: {drivr: host}}",
		  "f:2:15: expected a key of a device: driver or bridge; "
		  "found 'drivr', nearest is driver" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, "scenario: x\n",
		      "\ntasks: {a: [kvm_create: v]}\n");
}

/* --------------------------------------------------------------- operations */

#define MACHINE                                    \
	"scenario: x\n"                            \
	"groups: {g: {devices: {d0: vfio-pci}}}\n" \
	"setup:\n"                                 \
	" - group_open: {group: g, as: G}\n"       \
	" - kvm_create: vm\n"                      \
	" - external_get: {group_fd: G, as: E}\n"  \
	"tasks:\n"                                 \
	" a:\n"                                    \
	"  - unbind: d0\n"                         \
	" b:\n"                                    \
	"  - "

static void operations_are_those_of_the_vocabulary(void **state)
{
	static const struct refusal refusals[] = {
		{ "unbnd: d0", "f:11:5: expected an operation; found 'unbnd', "
			       "nearest is unbind" },
		{ "unbind_begin: d0",
		  "f:11:5: expected an operation that runs to its end, found "
		  "'unbind_begin': stop points have no place here, as every "
		  "interleaving is tried" },
		{ "unbind: {dev: d0, at: remove_exit}",
		  "f:11:23: expected no 'at': stop points have no place here, "
		  "as every interleaving is tried" },
		{ "tick", "f:11:5: expected another operation than tick: with "
			  "'timeouts: true' at the top every sleep may end "
			  "that way" },
		{ "signal", "f:11:5: expected another operation than signal: "
			    "with 'signals: true' at the top every sleep may "
			    "end that way" },
		{ "{group_status: G, ret: 0}",
		  "f:11:23: expected one operation in an item, found 'ret' "
		  "besides 'group_status'; its arguments go into { }" },
		{ "group_status: [G]",
		  "f:11:19: expected arguments, found a list" },
		{ "group_status", "f:11:5: argument \"group_fd\" of "
				  "group_status: expected a value, found "
				  "none" },
		{ "container_open: x", "f:11:21: expected no argument, or "
				       "{as: NAME}, found 'x'" },
		{ "set_iommu: {container_fd: G, type: one}",
		  "f:11:40: expected a number for type, found 'one'" },
		{ "set_iommu: {container_fd: G, type: 4294967296}",
		  "f:11:40: expected a number for type, found '4294967296'" },
		{ "inject: {what: fd, nth: 1, err: -ENOMEM}",
		  "f:11:5: expected 'inject' in setup, found it in a task" },
		{ "device_del: {dev: d0, keep: 1}",
		  "f:11:5: expected 'keep' in setup, found it in a task" },
		{ "device_add: {dev: d1, reuse: 1}",
		  "f:11:5: expected 'reuse' in setup, found it in a task" },
		{ "iommu_coherent: 0", "f:11:5: expected 'iommu_coherent' in "
				       "setup, found it in a task" },
		{ "alloc_fail: {nth: 1, site: group}",
		  "f:11:5: expected 'alloc_fail' in setup, found it in a "
		  "task" },
		{ "group_close: {fd: G, as: H}",
		  "f:11:26: expected a key of group_close: fd, ret or "
		  "refused_if; found 'as'" },
		{ "driver_register: {name: n, kind: hots}",
		  "f:11:38: expected a kind of driver: vfio, vfio-pci, "
		  "vfio-failprobe, vfio-double, host, host-failprobe or "
		  "whitelisted; found 'hots', nearest "
		  "is host" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, MACHINE, "\n");
}

static void words_of_setup_are_those_of_a_list(void **state)
{
	static const struct refusal refusals[] = {
		{ "inject: {what: fiel, nth: 1, err: -EIO}",
		  "f:3:20: expected a call that can be made to fail: attach, "
		  "iommu_open, open, fd, file or device_create; found 'fiel', "
		  "nearest is file" },
		{ "inject: {what: fd, nth: 1, err: -EIOO}",
		  "f:3:37: expected an error like -EINVAL; found '-EIOO', "
		  "nearest is -EIO" },
		{ "alloc_fail: {nth: 1, site: grup}",
		  "f:3:32: expected a site of allocations; found 'grup', "
		  "nearest is group" },
		{ "alloc_fail: {nth: 1}",
		  "f:3:5: expected 'site' of alloc_fail, found none" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, "scenario: x\nsetup:\n  - ",
		      "\ntasks: {a: [kvm_create: v]}\n");
}

static void names_are_made_before_they_are_used(void **state)
{
	static const struct refusal refusals[] = {
		{ "unbind: d1",
		  "f:11:13: expected a device: d0; found 'd1', nearest is d0" },
		{ "group_status: E", "f:11:19: expected the name of an open "
				     "file, found 'E' of external_get" },
		{ "external_put: G", "f:11:19: expected the name of an "
				     "external user, found 'G' of "
				     "group_open" },
		{ "group_status: H", "f:11:19: expected the name of an open "
				     "file: G; found 'H', nearest is G" },
		{ "device_ref_put: H",
		  "f:11:21: expected the name of a reference on a device that "
		  "setup or task b has made before, found 'H'" },
		{ "container_open: {as: G}",
		  "f:11:26: expected a new name, found 'G', which is taken" },
		{ "kvm_create: vm",
		  "f:11:17: expected a new name, found 'vm', which is taken" },
		{ "container_open: {as: C}\n c:\n  - set_iommu: C",
		  "f:13:16: expected the name of an open file of setup or of "
		  "task c itself, found 'C' of task b" },
		/* One of another task is none to suggest. */
		{ "container_open: {as: Cont}\n c:\n  - set_iommu: Con",
		  "f:13:16: expected the name of an open file: G; found "
		  "'Con'" },
		{ "device_add: {dev: d9, group: h}",
		  "f:11:34: expected a group: g; found 'h', nearest is g" },
		{ "device_add: {dev: d9}\n  - unbind: d9",
		  "f:12:5: expected 'unbind: {dev: d9, drv: DRIVER}', as "
		  "nothing before binds it" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, MACHINE, "\n");
}

static void what_one_task_ends_no_other_needs(void **state)
{
	static const char two_groups[] =
		"scenario: x\n"
		"groups: {g: {devices: {a: none}}, h: {devices: {b: none}}}\n"
		"tasks: {t: [device_del: a, device_add: {dev: c, group: g}]}\n";
	static const char references[] =
		"scenario: x\n"
		"groups: {g: {devices: {d: vfio}}}\n"
		"setup: [device_ref_get: {dev: d, as: R}]\n"
		"tasks: {a: [device_ref_put: R], b: [device_ref_put:\n"
		"         R]}\n";
	static const struct refusal refusals[] = {
		{ "external_put: E\n c:\n  - external_iommu_id: E",
		  "f:11:19: expected that no other task needs 'E', which task "
		  "b ends and task c uses" },
		{ "device_del: d0\n c:\n  - device_del: d0",
		  "f:13:17: expected that no other task needs 'd0', which "
		  "task b ends and task c uses" },
		{ "device_del: d0\n c:\n  - device_add: {dev: d9, group: g}",
		  "f:13:34: expected a device in group 'g' that nobody "
		  "deletes, when a task adds one" },
		{ "kvm_destroy: vm\n c:\n  - kvm_vfio_create: vm",
		  "f:11:18: expected that no other task needs 'vm', which "
		  "task b ends and task c uses" },
		{ "driver_unregister: vfio-pci\n c:\n"
		  "  - driver_unregister: vfio-pci",
		  "f:13:24: expected that no other task needs 'vfio-pci', "
		  "which task b ends and task c uses" },
		/* Unplugged by another one. */
		{ "device_del: d0\n c:\n  - device_add: d0",
		  "f:13:17: expected a new name, found 'd0', which is taken" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, MACHINE, "\n");
	expect_error(two_groups, strlen(two_groups),
		     "f:3:56: expected a device in group 'g' that nobody "
		     "deletes, when a task adds one");
	expect_error(references, strlen(references),
		     "f:5:10: expected that no other task needs 'R', which "
		     "task a ends and task b uses");
}

static void results_are_those_the_operation_has(void **state)
{
	static const struct refusal refusals[] = {
		{ "viabel: 1", "f:11:33: expected a key of group_status: "
			       "group_fd, argsz, ret, refused_if, viable or "
			       "container_set; found 'viabel', nearest is "
			       "viable" },
		{ "viable: yes", "f:11:41: expected a number, found 'yes'" },
		{ "ret: -EINVL", "f:11:38: expected an error like -EINVAL; "
				 "found '-EINVL', nearest is -EINVAL" },
		{ "ret: [0]", "f:11:38: expected any, ok, error, a number or "
			      "an error like -EINVAL, found a list" },
		{ "refused_if: []", "f:11:45: expected at least one result" },
		{ "refused_if: [1, 2, 3, 4, 5, 6, 7, 8, 9]",
		  "f:11:70: expected at most 8 results" },
		{ "refused_if: {foo: 1}",
		  "f:11:46: expected a value of the operation: viable or "
		  "container_set; found 'foo'" },
		{ "refused_if: {viable: 1, container_set: 0}",
		  "f:11:45: expected one value, like {viable: 0}" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, MACHINE "group_status: {group_fd: G, ", "}\n");
}

/* ---------------------------------------------------------------- the ending */

static void checks_and_expectations_are_known_words(void **state)
{
	static const struct refusal refusals[] = {
		{ "check: {groups: {h: {users: 1}}}",
		  "f:12:18: expected a group: g; found 'h', nearest is g" },
		{ "check: {groups: {g: {user: 1}}}",
		  "f:12:22: expected a field: exists, viable, users, "
		  "opened, kref, container_set, devices or unbound; found 'user', nearest is "
		  "users" },
		{ "check: {groups: {g: {users: many}}}",
		  "f:12:29: expected a number, found 'many'" },
		{ "check: {groups: {g: {devices: d0}}}",
		  "f:12:31: expected a list of names, found 'd0'" },
		{ "check: {groups: {g: {devices: [a, a, a, a, a, a, a, a, a, "
		  "a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, "
		  "a, a, a, z]}}}",
		  "f:12:128: expected at most 32 names" },
		{ "check: {group: {}}",
		  "f:12:9: expected a part of check: groups, devices or kvms; found 'group', nearest is groups" },
		{ "expect: {v3.19: refusd}", "f:12:17: expected a verdict; "
					     "found 'refusd', nearest is "
					     "refused" },
		{ "expect: {v3.19: [nothing]}",
		  "f:12:18: expected a verdict; found 'nothing'" },
		{ "expect: {v3.19: []}",
		  "f:12:17: expected verdicts, or the word nothing" },
		{ "expect: {v4.0..v3.19: nothing}",
		  "f:12:10: expected the earlier era first, found "
		  "'v4.0..v3.19'" },
		{ "expect: {'v3.19,v3.19': nothing}",
		  "f:12:10: expected era 'v3.19' once" },
		{ "expect: {v3.19 track_unbund=on: nothing}",
		  "f:12:10: expected an era flag; found 'track_unbund', "
		  "nearest is track_unbound" },
		{ "expect: {v3.19: {verdicts: WARN, bugs: B99}}",
		  "f:12:40: expected a bug of vfiosim list --bugs; found "
		  "'B99', nearest is B9" },
		{ "expect:\n  v3.19:\n    verdicts: WARN\n"
		  "    bugs: B1 b8 B2\n",
		  "f:15:11: expected a bug of vfiosim list --bugs; found "
		  "'b8', nearest is B8" },
		{ "expect: {v3.19: {verdicts: WARN, bugs: 'B1,B8'}}",
		  "f:12:40: expected a bug of vfiosim list --bugs; found "
		  "'B1,B8'" },
		{ "expect: {v3.19: {verdicts: WARN, bugs: [B1]}}",
		  "f:12:40: expected names of bugs, found a list" },
		{ "expect: {v3.19: {bound: 1}}",
		  "f:12:17: expected 'verdicts:'" },
		{ "expect: {v3.19: {verdicts: nothing, bound: 1001}}",
		  "f:12:44: expected 1 to 1000 preemptions, found 1001" },
		{ "expect: {v3.19 kvm_pins=file: nothing}",
		  "f:12:10: expected flags that go together: kvm_pins=file "
		  "needs kvm_del=match_file" },
		{ "expect: {v3.19: {verdicts: nothing, bound: 0}}",
		  "f:12:44: expected 1 to 1000 preemptions, found 0" },
		{ NULL, NULL },
	};

	(void)state;
	expect_errors(refusals, MACHINE "group_status: G\n", "\n");
}

/* -------------------------------------------------------------------- limits */

static void there_is_a_limit_to_tasks_and_operations(void **state)
{
	static const char item[] = " - container_open\n";
	char text[8192];
	unsigned i;

	(void)state;
	strcpy(text, "scenario: x\ntasks:\n");
	for (i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " t%u: [kvm_create: v%u]\n", i, i);
	expect_error(text, strlen(text), "f:11:2: expected at most 8 tasks");
	strcpy(text, "scenario: x\nsetup:\n");
	for (i = 0; i < 250; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
			 item);
	expect_error(text, strlen(text),
		     "f:252:4: expected at most 249 operations");
}

/* Each group has a device, and both have names: 258 of them. */
static void there_is_a_limit_to_names(void **state)
{
	char text[8192] = "scenario: x\ngroups:\n";
	unsigned i;

	(void)state;
	for (i = 0; i < 129; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " g%u: {devices: {d%u: none}}\n", i, i);
	/* The groups come first, then 127 devices. */
	expect_error(text, strlen(text),
		     "f:130:19: expected at most 256 names");
}

/* Eight fields of each of nine groups: there is room for those of eight. */
static void there_is_a_limit_to_checks(void **state)
{
	static const char fields[] =
		"{exists: true, viable: true, users: 0, opened: 0, kref: 1, "
		"container_set: false, devices: [], unbound: []}";
	char text[8192] = "scenario: x\ngroups:\n";
	unsigned i;

	(void)state;
	for (i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " g%u: {devices: {d%u: none}}\n", i, i);
	strcat(text, "tasks: {a: [kvm_create: v]}\ncheck:\n groups:\n");
	for (i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  g%u: %s\n", i, fields);
	expect_error(text, strlen(text), "f:23:8: expected at most 64 checks");
}

/* Six flags of two values each, in seven eras. */
static void there_is_a_limit_to_expectations(void **state)
{
	static const char *const flags[] = { "device_dead", "probe_errno",
					     "debug_test_remove",
					     "set_iommu_retry",
					     "kvm_create_lock" };
	static const char *const values[2][2] = { { "off", "on" },
						  { "hidden", "returned" } };
	char text[65536] = "scenario: x\ntasks: {a: [kvm_create: v]}\n"
			   "expect:\n";
	unsigned era, set, i;

	(void)state;
	for (set = 0; set < 64; set++)
		for (era = 0; era < 7; era++) {
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), " %s",
				 era_name(era));
			for (i = 0; i < 5; i++)
				snprintf(text + strlen(text),
					 sizeof(text) - strlen(text), " %s=%s",
					 flags[i],
					 values[i == 1][set >> i & 1]);
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text),
				 " check_order=%s: nothing\n",
				 set >> 5 ? "atomic" : "kernel");
		}
	/* Three lines come before 256 that are good. */
	expect_error(text, strlen(text), "f:260:2: expected at most 256 eras");
}

/* Whatever is cut off or mangled is refused or a scenario: nothing is lost. */
static void every_piece_of_a_file_is_survived(void **state)
{
	char error[SCENARIO_FILE_ERROR_MAX];
	char *text =
		sim_store_read(VFIOSIM_SCENARIO_FILES "/every-operation.yaml",
			       SCENARIO_FILE_BYTES_MAX, error);
	size_t size, i, step = 101 - kit_scale(100);
	struct scenario_file *file;

	(void)state;
	assert_non_null(text);
	size = strlen(text);
	for (i = 0; i < 2 * size; i += step) {
		char was = text[i % size];

		file = NULL;
		if (i >= size)
			text[i % size] = "{}[]:-'x\n"[i % 9];
		if (sim_scenario_file_parse(text, i < size ? i : size, "f",
					    &file, error))
			assert_memory_equal(error, "f:", 2);
		text[i % size] = was;
		sim_scenario_file_release(file);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_plain_yaml_is_refused),
		cmocka_unit_test(a_file_of_too_many_values_is_refused),
		cmocka_unit_test(the_keys_at_the_top_are_known_ones),
		cmocka_unit_test(tasks_and_faults_are_known_ones),
		cmocka_unit_test(machines_have_known_drivers_and_new_names),
		cmocka_unit_test(operations_are_those_of_the_vocabulary),
		cmocka_unit_test(words_of_setup_are_those_of_a_list),
		cmocka_unit_test(names_are_made_before_they_are_used),
		cmocka_unit_test(what_one_task_ends_no_other_needs),
		cmocka_unit_test(results_are_those_the_operation_has),
		cmocka_unit_test(checks_and_expectations_are_known_words),
		cmocka_unit_test(there_is_a_limit_to_tasks_and_operations),
		cmocka_unit_test(there_is_a_limit_to_names),
		cmocka_unit_test(there_is_a_limit_to_checks),
		cmocka_unit_test(there_is_a_limit_to_expectations),
		cmocka_unit_test(every_piece_of_a_file_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
