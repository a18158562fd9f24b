/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_scenario_check.c - what a scenario file sees: each field of the final
 * state with a value that no other has, handles that were never opened, notes,
 * and what the end gives back.
 */
#include "kit.h"

#include "scenario_file.h"
#include "trace.h"
#include <vfiosim/script.h>

#include <string.h>

#define TEXT_MAX 4096

/* The only one that is loaded. */
static struct scenario_file *file;

static int release(void **state)
{
	(void)state;
	sim_scenario_file_release(file);
	file = NULL;
	return 0;
}

static const struct sim_scenario *parse(const char *text)
{
	char error[SCENARIO_FILE_ERROR_MAX];

	if (sim_scenario_file_parse(text, strlen(text), "t.yaml", &file, error))
		fail_msg("%s", error);
	return sim_scenario_file_scenario(file);
}

static void explore(const char *text, const char *era,
		    struct sim_result *ret_result)
{
	struct sim_options options = { .strategy = "dfs", .all = true };
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&options, "era", era, error))
		fail_msg("%s", error);
	kit_explore(parse(text), &options, ret_result);
	assert_true(ret_result->exhausted);
}

/* ------------------------------------------------------------------- fields */

/* With @wrong in it a check finds this, with @right it finds nothing. */
struct field {
	const char *section, *object, *right, *wrong, *found;
};

static void expect_field(const char *before, const char *era,
			 const struct field *f, const char *expected)
{
	const char *value = *expected ? f->wrong : f->right;
	struct sim_result result;
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%scheck: {%s: {%s: {%s}}}\n", before,
		 f->section, f->object, value);
	explore(text, era, &result);
	if (strcmp(result.nr_findings ? result.findings[0].text : "",
		   expected) != 0)
		fail_msg("%s: {%s}: \"%s\", expected \"%s\"", f->object, value,
			 result.nr_findings ? result.findings[0].text : "",
			 expected);
	sim_result_release(&result);
	release(NULL);
}

static void expect_fields(const char *before, const char *era,
			  const struct field *f)
{
	for (; f->section; f++) {
		expect_field(before, era, f, "");
		expect_field(before, era, f, f->found);
	}
}

/* Users: the container, the external user and the machine's entry.  References:
 * both devices, the open file, the external user, the entry. */
static void each_field_of_a_group_has_its_own_value(void **state)
{
	static const char text[] =
		"scenario: x\n"
		"groups: {g: {devices: {d0: vfio, d1: vfio}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"  - external_get: {group_fd: G, as: E}\n"
		"  - kvm_create: vm\n"
		"  - kvm_group_add: {kvm: vm, group_fd: G}\n"
		"tasks: {a: [kvm_create: other]}\n";
	static const struct field fields[] = {
		{ "groups", "g", "exists: true", "exists: false",
		  "group g: expected exists 0, found 1" },
		{ "groups", "g", "viable: true", "viable: false",
		  "group g: expected viable 0, found 1" },
		{ "groups", "g", "users: 3", "users: 5",
		  "group g: expected users 5, found 3" },
		{ "groups", "g", "opened: 1", "opened: 3",
		  "group g: expected opened 3, found 1" },
		{ "groups", "g", "kref: 5", "kref: 3",
		  "group g: expected kref 3, found 5" },
		{ "groups", "g", "container_set: true", "container_set: false",
		  "group g: expected container_set 0, found 1" },
		{ "groups", "g", "devices: [d0, d1]", "devices: []",
		  "group g: expected devices [], found [d0 d1]" },
		{ "groups", "g", "unbound: []", "unbound: [d0, d1]",
		  "group g: expected unbound [d0 d1], found []" },
		{ 0 },
	};

	(void)state;
	expect_fields(text, "v3.19", fields);
}

/* A probe that fails behind the add leaves its entry behind (B5); a driver of
 * the host's makes a group unviable. */
static void an_unbound_device_and_a_foreign_driver_are_seen(void **state)
{
	static const char text[] =
		"scenario: x\n"
		"drivers: {fail: vfio-failprobe}\n"
		"groups: {g: {devices: {d0: vfio, d1: none, d2: host}}}\n"
		"tasks: {a: [bind: {dev: d1, drv: fail, ret: error}]}\n";
	static const struct field fields[] = {
		{ "groups", "g", "viable: false", "viable: true",
		  "group g: expected viable 1, found 0" },
		{ "groups", "g", "unbound: [d1]", "unbound: [d0]",
		  "group g: expected unbound [d0], found [d1]" },
		{ "groups", "g", "devices: [d0]", "devices: [d1]",
		  "group g: expected devices [d1], found [d0]" },
		{ 0 },
	};

	(void)state;
	expect_fields(text, "v3.19-patched", fields);
}

static void each_field_of_a_device_is_its_own(void **state)
{
	static const char text[] =
		"scenario: x\n"
		"groups: {g: {devices: {d0: vfio}}, h: {devices: {d1: none}}}\n"
		"devices: {lone: host, gone: none}\n"
		"tasks: {a: [device_del: gone]}\n";
	static const struct field fields[] = {
		{ "devices", "d0", "iommu_group: g", "iommu_group: h",
		  "device d0: expected iommu_group [h], found [g]" },
		{ "devices", "d1", "iommu_group: h", "iommu_group: none",
		  "device d1: expected iommu_group [], found [h]" },
		{ "devices", "lone", "iommu_group: none", "iommu_group: g",
		  "device lone: expected iommu_group [g], found []" },
		{ "devices", "d0", "in_group: true", "in_group: false",
		  "device d0: expected in_group 0, found 1" },
		{ "devices", "d1", "in_group: false", "in_group: true",
		  "device d1: expected in_group 1, found 0" },
		{ "devices", "lone", "driver: host", "driver: vfio",
		  "device lone: expected driver [vfio], found [host]" },
		{ "devices", "d1", "driver: none", "driver: vfio",
		  "device d1: expected driver [vfio], found []" },
		{ "devices", "d0", "locked: false", "locked: true",
		  "device d0: expected locked 1, found 0" },
		{ "devices", "d1", "exists: true", "exists: false",
		  "device d1: expected exists 0, found 1" },
		{ "devices", "gone", "exists: false", "exists: true",
		  "device gone: expected exists 1, found 0" },
		{ 0 },
	};

	(void)state;
	expect_fields(text, "v3.19", fields);
}

/* Two groups, so the number of assigned ones is no truth value. */
static void each_field_of_a_machine_is_its_own(void **state)
{
	static const char text[] =
		"scenario: x\n"
		"groups: {g: {devices: {d0: vfio}}, h: {devices: {d1: vfio}}}\n"
		"setup:\n"
		"  - iommu_coherent: 0\n"
		"  - group_open: {group: g, as: G}\n"
		"  - group_open: {group: h, as: H}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"  - set_container: {group_fd: H, container_fd: C}\n"
		"  - kvm_create: vm\n"
		"  - kvm_group_add: {kvm: vm, group_fd: G}\n"
		"  - kvm_group_add: {kvm: vm, group_fd: H}\n"
		"  - kvm_create: gone\n"
		"tasks: {a: [kvm_destroy: gone]}\n";
	static const struct field fields[] = {
		{ "kvms", "vm", "exists: true", "exists: false",
		  "kvm vm: expected exists 0, found 1" },
		{ "kvms", "vm", "groups: [g, h]", "groups: [g]",
		  "kvm vm: expected groups [g], found [g h]" },
		{ "kvms", "vm", "noncoherent: true", "noncoherent: false",
		  "kvm vm: expected noncoherent 0, found 1" },
		{ "kvms", "vm", "assigned: 2", "assigned: 1",
		  "kvm vm: expected assigned 1, found 2" },
		{ "kvms", "gone", "exists: false", "exists: true",
		  "kvm gone: expected exists 1, found 0" },
		{ 0 },
	};

	(void)state;
	expect_fields(text, "v4.14", fields);
}

/* Nothing was compared with what the check before it had found. */
static void what_is_gone_has_no_field_but_that(void **state)
{
	static const char text[] =
		"scenario: x\n"
		"groups: {g: {devices: {d0: vfio}}, h: {devices: {d1: vfio}}}\n"
		"tasks: {a: [unbind: d1, device_del: d0]}\n";
	static const struct field fields[] = {
		{ "groups", "h", "exists: false", "exists: true",
		  "group h: expected exists 1, found 0" },
		{ "groups", "h", "exists: false", "exists: false, users: 0",
		  "group h: expected users 0, found none" },
		{ "devices", "d0", "exists: false",
		  "exists: false, locked: false",
		  "device d0: expected locked 0, found none" },
		{ 0 },
	};

	(void)state;
	expect_fields(text, "v3.19", fields);
}

/* ------------------------------------------------------------------ handles */

/* E is opened or not; whatever it was before must not come back as F's. */
static void expect_external(const char *ret, const char *id)
{
	static const char format[] =
		"scenario: x\n"
		"groups: {g: {devices: {d0: vfio}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"%s"
		"  - external_get: {group_fd: G, as: E, ret: %s}\n"
		"%s"
		"  - external_get: {group_fd: G, as: F}\n"
		"tasks: {a: [external_iommu_id: {ext: E, ret: %s}]}\n";
	static const char attach[] =
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n";
	bool opened = !strcmp(ret, "ok");
	struct sim_result result;
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), format, opened ? attach : "", ret,
		 opened ? "" : attach, id);
	explore(text, "v3.19", &result);
	if (result.nr_findings)
		fail_msg("%s", result.findings[0].text);
	sim_result_release(&result);
	release(NULL);
}

static void a_name_means_nothing_of_a_run_before(void **state)
{
	(void)state;
	expect_external("ok", "0");
	expect_external("-EINVAL", "-EBADF");
}

/* ---------------------------------------------------------------- whole runs */

/* One run, as a schedule: its events. */
static void replay(const char *text, struct sim_result *ret_result)
{
	static const char schedule[] = "vfiosim schedule 1\nscenario x\n"
				       "era v3.19\na runs to its end\nend\n";

	assert_int_equal(sim_replay_text(parse(text), schedule, "s", NULL,
					 ret_result),
			 0);
	assert_int_equal(ret_result->nr_findings, 0);
}

static unsigned count_calls(const struct sim_result *result, const char *func)
{
	const struct sim_trace *trace = sim_result_trace(result);
	unsigned nr = 0;
	size_t i;

	for (i = 0; i < trace->nr_events; i++)
		nr += trace->events[i].type == SIM_EVENT_ENTER &&
		      !strcmp(trace->events[i].func, func);
	return nr;
}

/* Of three drivers and two devices a task ends one each.  A deletion releases
 * the driver; the end also does that first. */
static void the_end_takes_everything_apart(void **state)
{
	struct sim_result result;

	(void)state;
	replay("scenario: x\n"
	       "drivers: {e: host, f: host}\n"
	       "groups: {g: {devices: {d0: vfio, d1: e}}}\n"
	       "setup: [group_open: {group: g, as: G}]\n"
	       "tasks: {a: [driver_unregister: e, device_del: d1]}\n",
	       &result);
	assert_int_equal(count_calls(&result, "driver_register"), 3);
	assert_int_equal(count_calls(&result, "driver_unregister"), 3);
	assert_int_equal(count_calls(&result, "device_add"), 2);
	assert_int_equal(count_calls(&result, "device_del"), 2);
	assert_int_equal(count_calls(&result, "device_release_driver"), 3);
	assert_int_equal(count_calls(&result, "vfio_group_fops_open"), 1);
	assert_int_equal(count_calls(&result, "vfio_group_fops_release"), 1);
	sim_result_release(&result);
}

/* The nth note of the only task. */
static const char *note(const struct sim_result *result, unsigned nth)
{
	const struct sim_trace *trace = sim_result_trace(result);
	size_t i;

	for (i = 0; i < trace->nr_events; i++)
		if (trace->events[i].type == SIM_EVENT_NOTE &&
		    trace->events[i].task == 1 && !nth--)
			return trace->events[i].label;
	return "";
}

static void users_note_what_they_learned(void **state)
{
	static const char *const notes[] = {
		"VFIO_GROUP_GET_STATUS: viable, container set",
		"vfio_group_get_external_user: ok",
		"vfio_external_user_iommu_id: id 0",
		"VFIO_SET_IOMMU: -EINVAL",
		/* Of the bus only what goes wrong. */
		"unbind: -ENODEV",
		"VFIO_GROUP_GET_STATUS: not viable",
		"",
	};
	struct sim_result result;
	unsigned i;

	(void)state;
	replay("scenario: x\n"
	       "groups:\n"
	       "  g: {devices: {d0: vfio, d1: vfio}}\n"
	       "  h: {devices: {d2: vfio, d3: host}}\n"
	       "setup:\n"
	       "  - group_open: {group: g, as: G}\n"
	       "  - group_open: {group: h, as: H}\n"
	       "  - container_open: {as: C}\n"
	       "  - set_container: {group_fd: G, container_fd: C}\n"
	       "  - set_iommu: C\n"
	       "tasks:\n"
	       "  a:\n"
	       "    - group_status: G\n"
	       "    - external_get: {group_fd: G, as: E}\n"
	       "    - external_iommu_id: E\n"
	       "    - set_iommu: C\n"
	       "    - unbind: d1\n"
	       "    - unbind: d1\n"
	       "    - group_status: H\n",
	       &result);
	for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		assert_string_equal(note(&result, i), notes[i]);
	sim_result_release(&result);
}

/* --------------------------------------------------------------- what may be */

/* Nothing is found, and nothing was refused: the counterparts of errors. */
static void expect_clean(const char *text, const char *era)
{
	struct sim_result result;

	explore(text, era, &result);
	if (result.nr_findings)
		fail_msg("%s", result.findings[0].text);
	sim_result_release(&result);
	release(NULL);
}

static void names_of_what_was_ended_may_be_given_again(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "devices: {d: none}\n"
		     "tasks: {a: [kvm_create: v, kvm_destroy: v,\n"
		     "  kvm_create: v, device_del: d, device_add: d]}\n",
		     "v3.19");
}

static void teardown_may_name_what_a_task_made(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "tasks: {a: [container_open: {as: C}]}\n"
		     "teardown: [container_close: {fd: C, ret: 0}]\n",
		     "v3.19");
}

/* Unless they say what it must be. */
static void results_of_teardown_do_not_matter(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "devices: {lone: none}\n"
		     "setup: [container_open: {as: C}]\n"
		     "tasks: {a: [kvm_create: v]}\n"
		     "teardown: [set_iommu: C, unbind: lone]\n",
		     "v3.19");
}

/* The bus finds by name what another task ends, or does not. */
static void what_the_bus_looks_up_may_be_gone(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "drivers: {e: host}\n"
		     "devices: {d: none}\n"
		     "tasks: {a: [driver_unregister: e],\n"
		     "  b: [bind: {dev: d, drv: e}]}\n",
		     "v3.19");
	parse("scenario: x\n"
	      "groups: {g: {devices: {d: vfio}}}\n"
	      "setup: [group_open: {group: g, as: G}]\n"
	      "tasks: {a: [device_del: d],\n"
	      "  b: [get_device_fd: {group_fd: G, dev: d}]}\n");
}

/* One opens the group to which two others add devices; what stays there was
 * added by set-up, not with the group. */
static void a_group_that_grows_may_be_opened(void **state)
{
	(void)state;
	parse("scenario: x\n"
	      "groups: {g: {devices: {d: vfio}}}\n"
	      "setup: [device_add: {dev: stays, group: g}]\n"
	      "tasks: {a: [device_del: d, device_add: {dev: e, group: g}],\n"
	      "  b: [group_open: {group: g, as: G}],\n"
	      "  c: [device_add: {dev: f, group: g}]}\n");
}

static void an_unbind_that_names_a_driver_means_that_one(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "drivers: {e: host, f: host}\n"
		     "devices: {d: e}\n"
		     "tasks: {a: [unbind: {dev: d, drv: f, ret: -ENODEV},\n"
		     "  unbind: {dev: d, ret: 0}]}\n"
		     "check: {devices: {d: {driver: none}}}\n",
		     "v3.19");
}

static void numbers_may_have_another_base(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "groups: {g: {devices: {d: vfio}}}\n"
		     "setup: [group_open: {group: g, as: G}]\n"
		     "tasks: {a: [kvm_create: v]}\n"
		     "check: {groups: {g: {opened: 0x1, kref: 0x02}}}\n",
		     "v3.19");
}

/* pcieport and pci-stub are no danger to a group, a host's driver is; to add
 * twice is worth a warning, and a probe that fails is told as such. */
static void drivers_without_a_line_are_what_their_names_say(void **state)
{
	static const char format[] =
		"scenario: x\n"
		"groups: {g: {devices: {d: vfio, e: %s}}}\n"
		"tasks: {a: [kvm_create: v]}\n"
		"check: {groups: {g: {viable: %s}}}\n";
	/* From 5.19 on a driver says itself that it does no DMA. */
	static const char in_use[] =
		"scenario: x\n"
		"groups: {g: {devices: {d: vfio, e: %s}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"tasks: {a: [set_iommu: {container_fd: C, ret: 0}]}\n";
	static const char *const words[][2] = { { "pcieport", "true" },
						{ "pci-stub", "true" },
						{ "host", "false" } };
	struct sim_result result;
	char text[TEXT_MAX];
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), format, words[i][0], words[i][1]);
		expect_clean(text, "v3.19");
	}
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), in_use, words[i][0]);
		expect_clean(text, "v5.19");
	}
	snprintf(text, sizeof(text), in_use, "host");
	explore(text, "v5.19", &result);
	assert_string_equal(result.findings[0].text,
			    "t.yaml:6:5: set_container G C: expected ok, "
			    "found -EPERM");
	sim_result_release(&result);
	release(NULL);
	explore("scenario: x\n"
		"groups: {g: {devices: {d: vfio-double}}}\n"
		"tasks: {a: [kvm_create: v]}\n",
		"v3.19", &result);
	assert_string_equal(result.findings[0].text,
			    "Device d already exists on group 0");
	sim_result_release(&result);
	release(NULL);
	explore("scenario: x\n"
		"groups: {g: {devices: {d: vfio-failprobe}}}\n"
		"tasks: {a: [kvm_create: v]}\n",
		"v3.19", &result);
	assert_string_equal(result.findings[0].text,
			    "t.yaml:2:27: bind d vfio-failprobe: expected ok, "
			    "found -ENODEV");
	sim_result_release(&result);
}

static void a_name_has_up_to_31_letters_and_a_line_200(void **state)
{
	char text[TEXT_MAX];

	(void)state;
	snprintf(text, sizeof(text),
		 "scenario: a123456789b123456789c123456789d\n"
		 "summary: %0200d\n"
		 "tasks: {a: [kvm_create: v]}\n",
		 1);
	assert_int_equal(strlen(parse(text)->summary), 200);
	assert_int_equal(strlen(sim_scenario_file_scenario(file)->name), 31);
}

/* The order is for one site alone, and what was made before is given back. */
static void an_allocation_fails_at_its_site_alone(void **state)
{
	(void)state;
	expect_clean("scenario: x\n"
		     "setup:\n"
		     "  - alloc_fail: {nth: 1, site: container}\n"
		     "  - kvm_create: v\n"
		     "  - container_open: {as: C, ret: -ENOMEM}\n"
		     "  - alloc_fail: {nth: 1, site: kvm_vfio}\n"
		     "  - kvm_create: {kvm: w, ret: -ENOMEM}\n"
		     "tasks: {a: [kvm_destroy: v]}\n",
		     "v3.19");
}

static void what_an_option_sets_a_file_leaves_set(void **state)
{
	struct sim_options options = { .timeouts = true };

	(void)state;
	parse("scenario: x\nsignals: true\ntasks: {a: [kvm_create: v]}\n");
	sim_scenario_file_options(file, &options);
	assert_true(options.timeouts);
	assert_true(options.signals);
	release(NULL);
	parse("scenario: x\ntimeouts: true\ntasks: {a: [kvm_create: v]}\n");
	options = (struct sim_options){ .signals = true };
	sim_scenario_file_options(file, &options);
	assert_true(options.timeouts);
	assert_true(options.signals);
}

/* ------------------------------------------------------------- with a script */

static void a_file_cannot_join_a_script_that_runs(void **state)
{
	struct script_config config = { 0 };
	struct script *script, *joined = NULL;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(sim_script_begin(&config, &script), 0);
	assert_int_equal(sim_script_join(&joined), -EBUSY);
	assert_null(joined);
	sim_script_end(script);
}

#define TEST(name) cmocka_unit_test_teardown(name, release)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_field_of_a_group_has_its_own_value),
		TEST(an_unbound_device_and_a_foreign_driver_are_seen),
		TEST(each_field_of_a_device_is_its_own),
		TEST(each_field_of_a_machine_is_its_own),
		TEST(what_is_gone_has_no_field_but_that),
		TEST(a_name_means_nothing_of_a_run_before),
		TEST(the_end_takes_everything_apart),
		TEST(users_note_what_they_learned),
		TEST(names_of_what_was_ended_may_be_given_again),
		TEST(teardown_may_name_what_a_task_made),
		TEST(results_of_teardown_do_not_matter),
		TEST(what_the_bus_looks_up_may_be_gone),
		TEST(a_group_that_grows_may_be_opened),
		TEST(an_unbind_that_names_a_driver_means_that_one),
		TEST(numbers_may_have_another_base),
		TEST(drivers_without_a_line_are_what_their_names_say),
		TEST(a_name_has_up_to_31_letters_and_a_line_200),
		TEST(an_allocation_fails_at_its_site_alone),
		TEST(what_an_option_sets_a_file_leaves_set),
		TEST(a_file_cannot_join_a_script_that_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
