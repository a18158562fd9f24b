/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_files.c - scenarios in files break what the kernels break, in
 * all seven eras, and nothing else: whatever their drivers are called, and
 * whatever their set-up holds on to.
 */
#include "kit.h"

#include "invariants.h"
#include "scenario_file.h"

#include <string.h>

#define ERAS_NR 7

/* What is broken in each era; NULL: the same as in the one before. */
struct row {
	const char *file; /* a path, or the text itself */
	const char *broken[ERAS_NR];
};

static struct scenario_file *open_file(const char *file)
{
	struct scenario_file *opened = NULL;
	char error[SCENARIO_FILE_ERROR_MAX];
	int ret = *file == '/' ?
			  sim_scenario_file_load(file, &opened, error) :
			  sim_scenario_file_parse(file, strlen(file), "test",
						  &opened, error);

	if (ret)
		fail_msg("%s", error);
	return opened;
}

/* A switch or two shows what there is; runs in circles are kept short. */
static void explore(const struct scenario_file *file, const char *era,
		    struct sim_result *result)
{
	struct sim_options options = { .strategy = "bound",
				       .bound = 1,
				       .bound_set = true,
				       .steps_max = 1500,
				       .budget_runs = kit_scale(400),
				       .all = true };
	char error[SIM_TEXT_MAX];

	sim_scenario_file_options(file, &options);
	if (sim_option_set(&options, "era", era, error) ||
	    sim_option_set(&options, "invariants", "all", error))
		fail_msg("%s", error);
	kit_explore(sim_scenario_file_scenario(file), &options, result);
}

static void expect_row(const struct row *row)
{
	const char *broken = NULL;
	char found[SIM_TEXT_MAX];
	struct sim_result result;
	unsigned nth;

	assert_null(era_name(ERAS_NR));
	for (nth = 0; nth < ERAS_NR; nth++) {
		struct scenario_file *file = open_file(row->file);

		broken = row->broken[nth] ? row->broken[nth] : broken;
		explore(file, era_name(nth), &result);
		sim_invariants_format(result.broken, found, sizeof(found));
		if (strcmp(found, broken) != 0)
			fail_msg("%s in %s breaks %s, expected %s",
				 result.scenario->name, era_name(nth), found,
				 broken);
		sim_result_release(&result);
		sim_scenario_file_release(file);
	}
}

/* ---------------------------------------------------------------- examples */

/* v3.19, v3.19-patched, v4.0, v4.14, v5.15, v5.19, v6.1 */
static void the_examples_break_what_is_known(void **state)
{
	static const struct row rows[] = {
		{ VFIOSIM_EXAMPLES "/kvm-group-del.yaml",
		  { "I6,T5,V3,V4", "I6,V2,V3,V4", NULL, "" } },
		{ VFIOSIM_EXAMPLES "/shared-container.yaml", { "T5", "" } },
		{ VFIOSIM_SCENARIO_FILES "/every-operation.yaml", { "" } },
	};
	size_t i;

	(void)state;
	/* Under slow tools a search stops before it has seen all. */
	if (kit_scale(100) < 100)
		skip();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_row(&rows[i]);
}

/* ----------------------------------------------------------------- drivers */

/* The name says nothing: S1 breaks when the host's driver has the device. */
static void a_host_driver_may_be_called_vfio(void **state)
{
	static const struct row row = {
		"scenario: called-vfio\n"
		"drivers: {vfio-x: host}\n"
		"groups: {g: {devices: {d0: vfio-pci, d1: none}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"tasks: {bind: [bind: {dev: d1, drv: vfio-x}]}\n",
		{ "S1", NULL, NULL, NULL, NULL, "" }
	};

	(void)state;
	expect_row(&row);
}

static void a_driver_of_vfio_may_be_called_anything(void **state)
{
	static const struct row row = {
		"scenario: called-anything\n"
		"drivers: {mine: vfio-pci, other: vfio}\n"
		"groups: {g: {devices: {d0: mine, d1: none}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"tasks:\n"
		"  bind: [bind: {dev: d1, drv: other}, unbind: d1]\n"
		"  rebind: [unbind: d0, bind: {dev: d0, drv: mine}]\n",
		{ "T5", "" }
	};

	(void)state;
	expect_row(&row);
}

/* Nor does what it declares: only pci-stub and pcieport are tolerated. */
static void a_driver_that_vfio_does_not_know_is_no_driver_of_vfio(void **state)
{
	static const struct row row = {
		"scenario: unknown\n"
		"drivers: {unknown: whitelisted}\n"
		"groups: {g: {devices: {d0: vfio-pci, d1: unknown}}}\n"
		"setup: [group_open: {group: g, as: G}]\n"
		"tasks: {status: [group_status: G]}\n",
		{ "" }
	};

	(void)state;
	expect_row(&row);
}

/* The reference of its own that the kind vfio-pci takes is given back when a
 * probe fails, and when the driver goes. */
static void references_of_drivers_come_and_go(void **state)
{
	static const struct row row = {
		"scenario: come-and-go\n"
		"drivers: {late: vfio-failprobe, twice: vfio-double}\n"
		"groups: {g: {devices: {d0: vfio-pci, d1: none}}}\n"
		"setup: [group_open: {group: g, as: G}]\n"
		"tasks:\n"
		"  fail: [bind: {dev: d1, drv: late, ret: any},\n"
		"         bind: {dev: d1, drv: twice, ret: any}]\n"
		"  again: [unbind: d0, bind: {dev: d0, drv: vfio-pci}]\n",
		{ "T5", "T1,T3", NULL, NULL, NULL, "" }
	};

	(void)state;
	expect_row(&row);
}

/* ----------------------------------------------------------------- handles */

#define HOLDERS(tasks)                                            \
	"scenario: holders\n"                                     \
	"groups: {g: {devices: {d0: vfio-pci, d1: vfio-pci}}}\n"  \
	"setup:\n"                                                \
	"  - group_open: {group: g, as: G}\n"                     \
	"  - container_open: {as: C}\n"                           \
	"  - set_container: {group_fd: G, container_fd: C}\n"     \
	"  - set_iommu: C\n"                                      \
	"  - external_get: {group_fd: G, as: E, ret: any}\n"      \
	"  - external_get_from_dev: {dev: d1, as: F, ret: any}\n" \
	"  - device_ref_get: {dev: d0, as: R}\n"                  \
	"  - device_ref_get: {dev: d1, as: S}\n"                  \
	"tasks:\n" tasks

static void what_handles_hold_is_counted(void **state)
{
	static const struct row rows[] = {
		{ HOLDERS("  status: [group_status: G]\n"), { "" } },
		{ HOLDERS("  put: [external_put: {ext: E, ret: any},\n"
			  "        device_ref_put: R]\n"
			  "  close: [group_close: G]\n"),
		  { "" } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_row(&rows[i]);
}

/* It waits for a handle: somebody uses the device, though no file is open. */
static void who_waits_for_a_handle_waits_for_a_user(void **state)
{
	static const struct row row = { HOLDERS("  unbind: [unbind: d0]\n"
						"  close: [group_close: G]\n"),
					{ "" } };

	(void)state;
	expect_row(&row);
}

/* ------------------------------------------------------------------- waits */

/* Ten seconds are slept out, again and again: that is no running in circles,
 * which only a signal makes of it (B17). */
static void who_sleeps_in_rounds_does_not_break_l5(void **state)
{
	static const struct row rows[] = {
		{ "scenario: rounds\n"
		  "timeouts: true\n"
		  "groups: {g: {devices: {d0: vfio}}}\n"
		  "setup: [device_ref_get: {dev: d0, as: R}]\n"
		  "tasks: {unbind: [unbind: d0]}\n",
		  { "" } },
		{ "scenario: signalled\n"
		  "signals: true\n"
		  "groups: {g: {devices: {d0: vfio}}}\n"
		  "setup: [device_ref_get: {dev: d0, as: R}]\n"
		  "tasks: {unbind: [unbind: d0]}\n",
		  { "", "", "L5", "" } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_row(&rows[i]);
}

/* --------------------------------------------------------------- coherency */

/* The backend of a script answers, not the one that comes with the model. */
static void a_machine_is_told_what_the_backend_says(void **state)
{
	static const struct row row = {
		"scenario: noncoherent\n"
		"groups: {g: {devices: {d0: vfio-pci}}}\n"
		"setup:\n"
		"  - iommu_coherent: 0\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"  - kvm_create: vm\n"
		"tasks:\n"
		"  add: [kvm_group_add: {kvm: vm, group_fd: G}]\n"
		"  status: [group_status: G]\n",
		{ "" }
	};

	(void)state;
	expect_row(&row);
}

/* From 5.19 on the user may take the group out of its container, and a machine
 * that has its file hears nothing of it. */
static void a_machine_with_a_file_is_told_when_it_asks(void **state)
{
	static const struct row row = {
		"scenario: taken-out\n"
		"groups: {g: {devices: {d0: vfio-pci}}}\n"
		"setup:\n"
		"  - iommu_coherent: 0\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"  - kvm_create: vm\n"
		"tasks:\n"
		"  add: [kvm_group_add: {kvm: vm, group_fd: G, ret: any}]\n"
		"  unset: [unset_container: {group_fd: G, ret: any}]\n",
		{ "" }
	};

	(void)state;
	expect_row(&row);
}

/* A file whose run ended early has nothing to say of the next scenario. */
static void what_a_file_leaves_behind_counts_no_more(void **state)
{
	struct scenario_file *file = open_file(
		"scenario: early\n"
		"groups: {g: {devices: {d0: vfio-pci}}}\n"
		"setup: [iommu_coherent: 0]\n"
		"tasks: {open: [group_open: {group: g, as: G, ret: error}]}\n");
	struct sim_options options = { .strategy = "dfs",
				       .invariants = INV_SET(INV_R9),
				       .all = true };
	struct sim_result result;

	(void)state;
	explore(file, "v3.19", &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_CHECK_FAILED));
	sim_result_release(&result);
	sim_scenario_file_release(file);
	kit_explore(sim_scenario_find("viability-group-del"), &options,
		    &result);
	assert_true(result.verdicts & SIM_SET(SIM_REFUSED));
	assert_int_equal(result.broken, 0);
	sim_result_release(&result);
}

/* The entry is another machine's, and stays; so does the container, though the
 * group's file is closed. */
static void a_machine_without_the_entry_gives_nothing_back(void **state)
{
	static const struct row row = {
		"scenario: two-machines\n"
		"groups: {g: {devices: {d0: vfio-pci}}}\n"
		"setup:\n"
		"  - group_open: {group: g, as: G}\n"
		"  - container_open: {as: C}\n"
		"  - set_container: {group_fd: G, container_fd: C}\n"
		"  - set_iommu: C\n"
		"  - kvm_create: vm1\n"
		"  - kvm_create: vm2\n"
		"  - kvm_group_add: {kvm: vm1, group_fd: G}\n"
		"tasks:\n"
		"  del:\n"
		"    - kvm_group_del: {kvm: vm2, group_fd: G, ret: -ENOENT}\n"
		"    - group_close: G\n"
		"check: {kvms: {vm1: {groups: [g]}, vm2: {groups: []}}}\n",
		{ "" }
	};

	(void)state;
	expect_row(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_break_what_is_known),
		cmocka_unit_test(a_host_driver_may_be_called_vfio),
		cmocka_unit_test(a_driver_of_vfio_may_be_called_anything),
		cmocka_unit_test(
			a_driver_that_vfio_does_not_know_is_no_driver_of_vfio),
		cmocka_unit_test(references_of_drivers_come_and_go),
		cmocka_unit_test(what_handles_hold_is_counted),
		cmocka_unit_test(who_waits_for_a_handle_waits_for_a_user),
		cmocka_unit_test(who_sleeps_in_rounds_does_not_break_l5),
		cmocka_unit_test(a_machine_is_told_what_the_backend_says),
		cmocka_unit_test(a_machine_with_a_file_is_told_when_it_asks),
		cmocka_unit_test(what_a_file_leaves_behind_counts_no_more),
		cmocka_unit_test(
			a_machine_without_the_entry_gives_nothing_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
