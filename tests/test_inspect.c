/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_inspect.c - the read-only views: what they show, that looking changes
 * nothing, and that they survive what they look at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"
#include "topology.h"

/* d0 bound to VFIO, d1 with the host, both in group 0; d2 in group 1. */
static struct device *d0, *d1, *d2;
static int g0, c;

static int build(void)
{
	d0 = topology_add("d0", 0);
	d1 = topology_add("d1", 0);
	d2 = topology_add("d2", 1);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	g0 = topology_open_group(0);
	c = topology_open_container(g0);
	return 0;
}

static int setup(void **state)
{
	return topology_setup(state) || build();
}

static int setup_patched(void **state)
{
	return topology_setup_patched(state) || build();
}

static int setup_corrected(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", "check_order", "corrected") ||
	       build();
}

static int setup_atomic(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", "check_order", "atomic") ||
	       build();
}

static int teardown(void **state)
{
	if (sched_ops)
		inline_sched_end();
	(void)sys_close(g0);
	(void)sys_close(c);
	return topology_teardown(state);
}

static struct inspect_vfio_group group(unsigned nr)
{
	struct inspect_vfio_group view;

	assert_true(topology_vfio_group(nr, &view));
	return view;
}

/* -------------------------------------------------------------------- views */

static void groups_are_shown_in_order_of_creation(void **state)
{
	struct inspect_vfio_group view;

	(void)state;
	assert_true(inspect_vfio_group(0, &view));
	assert_ptr_equal(view.iommu_group, topology.groups[0]);
	assert_false(view.iommu_group_freed);
	assert_int_equal(view.minor, 0);
	assert_int_equal(view.node_id, 0);
	assert_int_equal(view.kref, 2);
	assert_int_equal(view.users, 1);
	assert_int_equal(view.opened, 1);
	assert_ptr_equal(view.container, inspect_file_container(fd_peek(c)));
	assert_int_equal(view.nr_devices, 1);
	assert_ptr_equal(view.devices[0].dev, d0);
	assert_int_equal(view.devices[0].kref, 1);
	assert_int_equal(view.nr_unbound, 0);
	assert_true(inspect_vfio_group(1, &view));
	assert_ptr_equal(view.iommu_group, topology.groups[1]);
	assert_int_equal(view.minor, 1);
	assert_null(view.container);
	assert_false(inspect_vfio_group(2, &view));
}

static void devices_are_shown_newest_first(void **state)
{
	struct device *d3 = topology_add("d3", 1);
	struct inspect_vfio_group view;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d3), 0);
	view = group(1);
	assert_int_equal(view.nr_devices, 2);
	assert_ptr_equal(view.devices[0].dev, d3);
	assert_ptr_equal(view.devices[1].dev, d2);
}

static void an_iommu_group_shows_its_members(void **state)
{
	struct inspect_iommu_group view;

	(void)state;
	assert_true(inspect_iommu_group(topology.groups[0], &view));
	assert_int_equal(view.id, 0);
	assert_int_equal(view.ref, 3); /* two members, the pin of d0 */
	assert_int_equal(view.nr_members, 2);
	assert_ptr_equal(view.members[0], d0);
	assert_ptr_equal(view.members[1], d1);
}

static void a_container_shows_its_groups(void **state)
{
	struct inspect_container view;

	(void)state;
	assert_true(
		inspect_container(inspect_file_container(fd_peek(c)), &view));
	assert_int_equal(view.kref, 2);
	assert_true(view.iommu_set);
	assert_false(view.corrupt);
	assert_int_equal(view.nr_groups, 1);
	assert_ptr_equal(view.groups[0], group(0).group);
	assert_null(inspect_file_container(fd_peek(g0)));
}

static void a_device_shows_who_has_it(void **state)
{
	struct inspect_device view;

	(void)state;
	assert_true(inspect_device(d0, &view));
	assert_ptr_equal(view.driver, &topology.vfio);
	assert_ptr_equal(view.iommu_group, topology.groups[0]);
	assert_true(view.in_vfio_group);
	assert_false(view.locked);
	assert_true(inspect_device(d1, &view));
	assert_ptr_equal(view.driver, &topology.host);
	assert_false(view.in_vfio_group);
	device_lock(d1);
	assert_true(inspect_device(d1, &view));
	assert_true(view.locked);
	device_unlock(d1);
}

static void modules_and_backends_are_counted(void **state)
{
	(void)state;
	assert_int_equal(inspect_module_vfio(), 2); /* a group, a container */
	assert_int_equal(inspect_module_iommu(), 1);
	assert_int_equal(inspect_iommu_objects(), 1);
	assert_int_equal(topology_unset_container(g0), 0);
	assert_int_equal(inspect_module_iommu(), 0);
	assert_int_equal(inspect_iommu_objects(), 0);
}

static void a_machine_shows_its_groups(void **state)
{
	const struct kvm_device_attr add = { .group = KVM_DEV_VFIO_GROUP,
					     .attr = KVM_DEV_VFIO_GROUP_ADD,
					     .addr = &g0 };
	struct kvm *kvm = kvm_create_vm();
	struct inspect_kvm view;

	(void)state;
	assert_true(inspect_kvm(kvm, &view));
	assert_false(view.has_vfio);
	assert_int_equal(view.users, 1);
	assert_int_equal(kvm_create_vfio_device(kvm), 0);
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	assert_int_equal(kvm_device_set_attr(kvm, &add), 0);
	assert_true(inspect_kvm(kvm, &view));
	assert_true(view.has_vfio);
	assert_int_equal(view.nr_groups, 1);
	assert_ptr_equal(view.groups[0], group(0).group);
	assert_false(view.noncoherent);
	assert_int_equal(view.assigned, 0); /* 3.19 does not count */
	kvm_put_kvm(kvm);
	assert_false(inspect_kvm(kvm, &view));
}

static void looking_announces_nothing(void **state)
{
	struct inspect_vfio_group view;
	struct inspect_iommu_group iommu_view;
	struct inspect_container container_view;
	struct inspect_device device_view;

	(void)state;
	transcript_begin();
	assert_true(inspect_vfio_group(0, &view));
	assert_true(inspect_iommu_group(view.iommu_group, &iommu_view));
	assert_true(inspect_container(view.container, &container_view));
	assert_true(inspect_device(d0, &device_view));
	(void)inspect_module_vfio();
	(void)inspect_module_iommu();
	assert_int_equal(inline_sched.nr_accesses, 0);
	transcript_expect("");
}

/* ---------------------------------------------------------------- viability */

static void viability_is_that_of_the_real_check(void **state)
{
	(void)state;
	assert_int_equal(group(0).viable, INSPECT_NO);
	assert_int_equal(group(1).viable, INSPECT_YES);
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	assert_int_equal(group(0).viable, INSPECT_YES);
	assert_int_equal(topology_bind(&topology.stub, d1), 0);
	assert_int_equal(group(0).viable, INSPECT_YES);
}

/* What is seen of a group while the unbind of its device stands at a point. */
static struct inspect_vfio_group seen;

static void look_at_group_1(void *arg)
{
	(void)arg;
	seen = group(1);
}

static void unbind_and_look_at(const char *line, unsigned nth)
{
	memset(&seen, 0xff, sizeof(seen));
	transcript_begin();
	run_at(line, nth, look_at_group_1, NULL);
	assert_int_equal(topology_unbind(&topology.vfio, d2), 0);
	transcript_end();
	assert_true(has_run());
}

static void it_is_unknown_while_a_lock_is_held(void **state)
{
	int g1 = topology_open_group(1);

	(void)state;
	unbind_and_look_at("unlock vfio_group.device_lock", 1);
	assert_int_equal(seen.viable, INSPECT_UNKNOWN);
	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	/* The lock is dropped, and the device gone: the window. */
	unbind_and_look_at("wake vfio.release_q", 1);
	assert_int_equal(seen.viable, INSPECT_NO);
	assert_int_equal(seen.nr_devices, 0);
	/* Past "dev->driver = NULL" nobody asks for the lock. */
	assert_int_equal(group(1).viable, INSPECT_YES);
	assert_int_equal(sys_close(g1), 0);
}

static void the_tracking_list_is_shown_and_counts(void **state)
{
	int g1 = topology_open_group(1);

	(void)state;
	unbind_and_look_at("wake vfio.release_q", 1);
	assert_int_equal(seen.viable, INSPECT_YES);
	assert_int_equal(seen.nr_unbound, 1);
	assert_ptr_equal(seen.unbound[0].dev, d2);
	assert_false(seen.unbound[0].freed);
	assert_int_equal(group(1).nr_unbound, 0);
	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	unbind_and_look_at("unlock vfio_group.unbound_lock", 1);
	assert_int_equal(seen.viable, INSPECT_UNKNOWN);
	assert_int_equal(sys_close(g1), 0);
}

static void the_corrected_check_needs_the_device_list_first(void **state)
{
	int g1 = topology_open_group(1);

	(void)state;
	/* Still listed: the other lock is not asked for. */
	unbind_and_look_at("unlock vfio_group.unbound_lock", 1);
	assert_int_equal(seen.viable, INSPECT_YES);
	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	unbind_and_look_at("unlock vfio_group.device_lock", 1);
	assert_int_equal(seen.viable, INSPECT_UNKNOWN);
	assert_int_equal(topology_bind(&topology.host, d2), 0);
	assert_int_equal(group(1).viable, INSPECT_NO);
	assert_int_equal(sys_close(g1), 0);
}

static void the_atomic_check_needs_both_locks(void **state)
{
	int g1 = topology_open_group(1);

	(void)state;
	unbind_and_look_at("unlock vfio_group.unbound_lock", 1);
	assert_int_equal(seen.viable, INSPECT_UNKNOWN);
	assert_int_equal(topology_bind(&topology.vfio, d2), 0);
	unbind_and_look_at("unlock vfio_group.device_lock", 1);
	assert_int_equal(seen.viable, INSPECT_UNKNOWN);
	assert_int_equal(topology_bind(&topology.host, d2), 0);
	assert_int_equal(group(1).viable, INSPECT_NO);
	assert_int_equal(sys_close(g1), 0);
}

/* ---------------------------------------------------------- what has gone */

static void freed_objects_are_recognised(void **state)
{
	struct iommu_group *iommu_group = iommu_group_alloc();
	const struct vfio_container *container;
	struct inspect_iommu_group iommu_view;
	struct inspect_container container_view;
	struct inspect_device device_view;
	struct device *d3 = topology_add("d3", 2);
	int fd = vfio_container_open();

	(void)state;
	container = inspect_file_container(fd_peek(fd));
	assert_true(inspect_container(container, &container_view));
	assert_int_equal(sys_close(fd), 0);
	assert_false(inspect_container(container, &container_view));
	iommu_group_put(iommu_group);
	assert_false(inspect_iommu_group(iommu_group, &iommu_view));
	assert_false(inspect_iommu_group(NULL, &iommu_view));
	topology_remove(d3);
	assert_false(inspect_device(d3, &device_view));
	assert_false(inspect_container(NULL, &container_view));
	assert_false(inspect_kvm(NULL, NULL));
}

/* B12: the VFIO group outlives the IOMMU group that it points to. */
static void a_group_without_iommu_group_is_unknown(void **state)
{
	struct inspect_vfio_group view;

	(void)state;
	assert_int_equal(topology_boot("v3.19", NULL, NULL), 0);
	assert_int_equal(build(), 0);
	topology_remove(d1);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	topology_remove(d0);
	assert_true(inspect_vfio_group(0, &view));
	assert_true(view.iommu_group_freed);
	assert_int_equal(view.viable, INSPECT_UNKNOWN);
	assert_int_equal(view.nr_devices, 0);
	assert_true(kernel_halt(NULL, NULL) > 0);
}

/* A device that was bound twice and deleted without remove: the lists of VFIO
 * still name it. */
static void a_listed_device_may_be_freed(void **state)
{
	struct inspect_vfio_group view;

	(void)state;
	assert_int_equal(topology_boot("v3.19", NULL, NULL), 0);
	assert_int_equal(build(), 0);
	device_lock(d2);
	assert_int_equal(driver_probe_device(&topology.vfio, d2), 0);
	device_unlock(d2);
	assert_null(PEEK_ONCE(d2->driver));
	topology_remove(d2);
	assert_true(inspect_vfio_group(1, &view));
	assert_int_equal(view.nr_devices, 1);
	assert_ptr_equal(view.devices[0].dev, d2);
	assert_true(view.devices[0].freed);
	assert_true(kernel_halt(NULL, NULL) > 0);
}

static void a_container_with_a_freed_group_is_corrupt(void **state)
{
	const struct vfio_container *container;
	struct inspect_container view;
	struct vfio_group *external;

	(void)state;
	assert_int_equal(topology_boot("v3.19", NULL, NULL), 0);
	assert_int_equal(build(), 0);
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	container = inspect_file_container(fd_peek(c));
	external = topology_get_external(g0);
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	assert_true(inspect_container(container, &view));
	assert_false(view.corrupt);
	/* As the put of an external user leaves it for a moment (B11). */
	kfree(external);
	assert_true(inspect_container(container, &view));
	assert_true(view.corrupt);
	assert_int_equal(view.nr_groups, 0);
	assert_true(kernel_halt(NULL, NULL) > 0);
}

#define test(name) test_in(name, setup)
#define test_patched(name) test_in(name, setup_patched)
#define test_in(name, setup_fn) \
	cmocka_unit_test_setup_teardown(name, setup_fn, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(groups_are_shown_in_order_of_creation),
		test(devices_are_shown_newest_first),
		test(an_iommu_group_shows_its_members),
		test(a_container_shows_its_groups),
		test(a_device_shows_who_has_it),
		test(modules_and_backends_are_counted),
		test(a_machine_shows_its_groups),
		test(looking_announces_nothing),
		test(viability_is_that_of_the_real_check),
		test_in(viability_is_that_of_the_real_check, setup_patched),
		test_in(viability_is_that_of_the_real_check, setup_corrected),
		test_in(viability_is_that_of_the_real_check, setup_atomic),
		test(it_is_unknown_while_a_lock_is_held),
		test_patched(the_tracking_list_is_shown_and_counts),
		test_in(the_corrected_check_needs_the_device_list_first,
			setup_corrected),
		test_in(the_atomic_check_needs_both_locks, setup_atomic),
		test(freed_objects_are_recognised),
		cmocka_unit_test(a_group_without_iommu_group_is_unknown),
		cmocka_unit_test(a_listed_device_may_be_freed),
		cmocka_unit_test(a_container_with_a_freed_group_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
