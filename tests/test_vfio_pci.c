/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_pci.c - vfio-pci: its own reference on the IOMMU group, which one
 * way of going loses, and how its hot reset looks groups up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "machine.h"
#include "topology.h"

/* ---------------------------------------------------------- probe, remove */

static void probe_takes_a_reference_that_remove_drops(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	/* The member, VFIO's pin of the device, and vfio-pci's own. */
	assert_int_equal(topology_iommu_refs(0), 3);
	assert_int_equal(topology_unbind(&topology.vfio_pci, d0), 0);
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(slab_live("vfio_pci_device"), 0);
}

static void a_probe_that_fails_gives_everything_back(void **state)
{
	static const char *const fails[] = { "vfio_pci_device", "vfio_group",
					     "vfio_device" };
	struct device *d0 = topology_add("d0", 0);
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(slab_fail_nth(fails[i], 1), 0);
		assert_int_equal(topology_bind(&topology.vfio_pci, d0),
				 -ENODEV);
		assert_int_equal(topology_iommu_refs(0), 1);
		assert_int_equal(slab_live("vfio_pci_device"), 0);
	}
}

static void probe_answers_why_it_failed(void **state)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	device_initialize(dev, "lonely");
	assert_int_equal(vfio_pci_probe(dev), -EINVAL); /* no IOMMU group */
	put_device(dev);
	assert_int_equal(slab_fail_nth("vfio_pci_device", 1), 0);
	assert_int_equal(vfio_pci_probe(d0), -ENOMEM);
	assert_int_equal(vfio_pci_probe(d0), 0);
	assert_int_equal(vfio_pci_probe(d0), -EBUSY);
	assert_int_equal(topology_iommu_refs(0), 3);
	assert_int_equal(vfio_pci_remove(d0), 0);
}

/* F15: when the device is deleted, it has left the IOMMU group before remove
 * asks which one to put. */
static void deleting_the_device_loses_a_reference(void **state)
{
	struct iommu_group *group;
	struct inspect_iommu_group view;
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	group = topology.groups[0];
	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	topology_remove(d0);
	assert_true(inspect_iommu_group(group, &view));
	assert_int_equal(view.ref, 1);
	assert_int_equal(view.nr_members, 0);
	iommu_group_put(group); /* what the driver forgot */
}

/* The driver first, the device then, as PCI hot-unplug does. */
static void releasing_the_driver_first_loses_nothing(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	device_release_driver(d0);
	topology_remove(d0);
	assert_null(topology.groups[0]);
}

/* ---------------------------------------------------------------- hot reset */

static int g0, g1, c;

static int setup(void **state)
{
	unsigned i;
	int err = topology_setup(state);

	for (i = 0; !err && i < 2; i++)
		err = topology_bind(&topology.vfio_pci,
				    topology_add(i ? "d1" : "d0", i));
	if (err)
		return err;
	g0 = topology_open_group(0);
	g1 = topology_open_group(1);
	c = topology_open_container(g0);
	return 0;
}

static int teardown(void **state)
{
	(void)sys_close(g0);
	(void)sys_close(g1);
	(void)sys_close(c);
	return topology_teardown(state);
}

static void a_reset_wants_one_to_thirty_two_groups(void **state)
{
	int fds[33];
	unsigned i;

	(void)state;
	for (i = 0; i < 33; i++)
		fds[i] = g0;
	assert_int_equal(vfio_pci_check_reset_groups(fds, 0), -EINVAL);
	assert_int_equal(vfio_pci_check_reset_groups(fds, 33), -EINVAL);
	assert_int_equal(vfio_pci_check_reset_groups(fds, 32), 0);
	topology_expect_group(0, 2, 1, 1); /* all dropped again */
}

static void a_reset_drops_what_it_got_when_a_lookup_fails(void **state)
{
	int not_used[2] = { g0, g1 };
	int not_open[2] = { g0, 99 };
	int no_group[2] = { g0, c };

	(void)state;
	assert_int_equal(vfio_pci_check_reset_groups(not_used, 2), -EINVAL);
	assert_int_equal(vfio_pci_check_reset_groups(not_open, 2), -EBADF);
	assert_int_equal(vfio_pci_check_reset_groups(no_group, 2), -EINVAL);
	topology_expect_group(0, 2, 1, 1);
	topology_expect_group(1, 2, 0, 1);
	assert_int_equal(topology_set_container(g1, c), 0);
	assert_int_equal(vfio_pci_check_reset_groups(not_used, 2), 0);
	topology_expect_group(1, 2, 1, 1);
}

/* The window refuses a reset, too. */
static int reset_in_window;

static void reset(void *arg)
{
	(void)arg;
	reset_in_window = vfio_pci_check_reset_groups(&g0, 1);
}

static void reset_while_unbinding(int expect)
{
	struct device *d2 = topology_add("d2", 0);

	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	transcript_begin();
	/* The device is off the list; dev->driver is still set. */
	run_at("wake vfio.release_q", 1, reset, NULL);
	assert_int_equal(topology_unbind(&topology.vfio, d2), 0);
	transcript_end();
	assert_int_equal(reset_in_window, expect);
	assert_int_equal(vfio_pci_check_reset_groups(&g0, 1), 0);
}

static void an_unbind_refuses_a_reset_of_its_group(void **state)
{
	(void)state;
	reset_while_unbinding(-EINVAL);
}

static void a_tracked_unbind_does_not(void **state)
{
	(void)state;
	reset_while_unbinding(0);
}

static int setup_tracking(void **state)
{
	struct kernel_config config;

	(void)state;
	assert_int_equal(era_lookup("v3.19-patched", &config.era), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(topology_build(), 0);
	assert_int_equal(
		topology_bind(&topology.vfio_pci, topology_add("d0", 0)), 0);
	g0 = topology_open_group(0);
	c = topology_open_container(g0);
	g1 = -1;
	return 0;
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 40

static void reset_again_and_again(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		(void)vfio_pci_check_reset_groups(arg, 1);
}

static void rebind_again_and_again(void *arg)
{
	struct device *dev = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)topology_bind(&topology.vfio_pci, dev);
		(void)topology_unbind(&topology.vfio_pci, dev);
	}
}

static void resets_and_unbinds_run_side_by_side(void **state)
{
	struct device *d2 = topology_add("d2", 0);

	(void)state;
	assert_true(kthread_run("reset", reset_again_and_again, &g0) > 0);
	assert_true(kthread_run("rebind", rebind_again_and_again, d2) > 0);
	kthread_join_all();
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(topology_iommu_refs(0), 4); /* d0: 3, d2: member */
}

#define test_alone(name) \
	cmocka_unit_test_setup_teardown(name, topology_setup, topology_teardown)
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_alone(probe_takes_a_reference_that_remove_drops),
		test_alone(a_probe_that_fails_gives_everything_back),
		test_alone(probe_answers_why_it_failed),
		test_alone(deleting_the_device_loses_a_reference),
		test_alone(releasing_the_driver_first_loses_nothing),
		test(a_reset_wants_one_to_thirty_two_groups),
		test(a_reset_drops_what_it_got_when_a_lookup_fails),
		test(an_unbind_refuses_a_reset_of_its_group),
		cmocka_unit_test_setup_teardown(a_tracked_unbind_does_not,
						setup_tracking, teardown),
		test(resets_and_unbinds_run_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
