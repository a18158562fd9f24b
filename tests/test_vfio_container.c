/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_container.c - the files of VFIO: containers, groups in them,
 * device files; every errno of every ioctl, and who holds whom.
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

#define VIABLE VFIO_GROUP_FLAGS_VIABLE
#define CONTAINER_SET VFIO_GROUP_FLAGS_CONTAINER_SET

/* Two groups of one device each, both bound and open; a container. */
static struct device *d0, *d1;
static int g0, g1, c;

static int setup(void **state)
{
	int err = topology_setup(state);

	if (err)
		return err;
	d0 = topology_add("d0", 0);
	d1 = topology_add("d1", 1);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	g0 = topology_open_group(0);
	g1 = topology_open_group(1);
	c = vfio_container_open();
	return c < 0;
}

static int teardown(void **state)
{
	if (sched_ops)
		inline_sched_end();
	(void)sys_close(g0);
	(void)sys_close(g1);
	(void)sys_close(c);
	return topology_teardown(state);
}

static struct inspect_container container(int fd)
{
	struct inspect_container view;

	assert_true(
		inspect_container(inspect_file_container(fd_peek(fd)), &view));
	return view;
}

static void attach_both(void)
{
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_container(g1, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
}

/* --------------------------------------------------------------- containers */

static void a_container_answers_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(sys_ioctl(c, VFIO_GET_API_VERSION, 0),
			 VFIO_API_VERSION);
	assert_int_equal(sys_ioctl(c, 0x1234, 0), -EINVAL);
	attach_both();
	assert_int_equal(sys_ioctl(c, 0x1234, 0), -ENOTTY); /* the backend's */
	assert_int_equal(sys_ioctl(99, VFIO_GET_API_VERSION, 0), -EBADF);
	assert_int_equal(sys_ioctl(g0, VFIO_GET_API_VERSION, 0), -ENOTTY);
}

static long extension(unsigned long arg)
{
	return sys_ioctl(c, VFIO_CHECK_EXTENSION, arg);
}

static void extensions_are_those_of_any_backend_or_of_the_one_set(void **state)
{
	(void)state;
	assert_int_equal(extension(VFIO_TYPE1_IOMMU), 1);
	assert_int_equal(extension(VFIO_TYPE1v2_IOMMU), 1);
	assert_int_equal(extension(2), 0);
	assert_int_equal(extension(VFIO_DMA_CC_IOMMU), 0); /* no domain yet */
	attach_both();
	assert_int_equal(extension(VFIO_TYPE1_IOMMU), 1);
	assert_int_equal(extension(VFIO_DMA_CC_IOMMU), 1);
	vfio_iommu_dummy_set_coherent(0);
	assert_int_equal(extension(VFIO_DMA_CC_IOMMU), 0);
}

static void a_backend_needs_a_group_and_a_known_type(void **state)
{
	(void)state;
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -EINVAL);
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_iommu(c, 9), -ENODEV);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1v2_IOMMU), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -EINVAL);
	assert_true(container(c).iommu_set);
	assert_int_equal(inspect_module_iommu(), 1);
	assert_int_equal(inspect_iommu_objects(), 1);
}

static void a_backend_is_registered_once(void **state)
{
	static const struct vfio_iommu_driver_ops other = { .name = "other" };

	(void)state;
	assert_int_equal(vfio_register_iommu_driver(&vfio_iommu_dummy_ops),
			 -EINVAL);
	assert_int_equal(slab_fail_nth("vfio_iommu_driver", 1), 0);
	assert_int_equal(vfio_register_iommu_driver(&other), -ENOMEM);
	vfio_unregister_iommu_driver(&other); /* not there: fine */
	vfio_unregister_iommu_driver(&vfio_iommu_dummy_ops);
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -ENODEV);
	assert_int_equal(vfio_register_iommu_driver(&vfio_iommu_dummy_ops), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
}

static void a_backend_that_fails_leaves_the_container_without(void **state)
{
	(void)state;
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(vfio_inject("iommu_open", 1, -EPERM), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -EPERM);
	assert_int_equal(slab_fail_nth("vfio_iommu_dummy_data", 1), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -ENOMEM);
	assert_int_equal(vfio_inject("attach", 1, -EIO), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -EIO);
	assert_false(container(c).iommu_set);
	assert_int_equal(inspect_module_iommu(), 0);
	assert_int_equal(inspect_iommu_objects(), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
}

static void a_second_group_that_fails_detaches_the_first(void **state)
{
	(void)state;
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_container(g1, c), 0);
	assert_int_equal(vfio_inject("attach", 2, -EIO), 0);
	transcript_begin();
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), -EIO);
	transcript_end();
	assert_non_null(strstr(inline_sched.text,
			       "1 { vfio_iommu_dummy_attach_group\n"
			       "1 } vfio_iommu_dummy_attach_group\n"));
	assert_non_null(strstr(inline_sched.text,
			       "1 note injected:attach\n"
			       "1 { vfio_iommu_dummy_detach_group\n"
			       "1 } vfio_iommu_dummy_detach_group\n"));
	/* Still attached, it would warn when it is released. */
	assert_int_equal(sched_warnings(), 0);
	assert_int_equal(inspect_iommu_objects(), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
}

/* ------------------------------------------------------ groups in containers */

static void a_group_goes_only_into_a_containers_file(void **state)
{
	(void)state;
	assert_int_equal(topology_set_container(g0, -1), -EINVAL);
	assert_int_equal(topology_set_container(g0, 99), -EBADF);
	assert_int_equal(topology_set_container(g0, g1), -EINVAL);
	assert_int_equal(sys_ioctl(g0, VFIO_GROUP_SET_CONTAINER, 0), -EFAULT);
	assert_int_equal(topology_set_container(c, c), -EINVAL); /* no group */
	assert_int_equal(sys_ioctl(g0, 0x1234, 0), -ENOTTY);
	topology_expect_group(0, 2, 0, 1);
	assert_int_equal(topology_set_container(g0, c), 0);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(container(c).kref, 2);
	assert_int_equal(topology_set_container(g0, c), -EINVAL);
}

static void viability_is_not_tested_when_a_group_goes_in(void **state)
{
	struct device *host = topology_add("h", 0);

	(void)state;
	assert_int_equal(topology_bind(&topology.host, host), 0);
	assert_int_equal(topology_group_flags(g0), 0);
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
	assert_int_equal(topology_group_flags(g0), CONTAINER_SET);
}

static void a_group_that_cannot_attach_stays_out(void **state)
{
	(void)state;
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
	assert_int_equal(vfio_inject("attach", 1, -EIO), 0);
	assert_int_equal(topology_set_container(g1, c), -EIO);
	topology_expect_group(1, 2, 0, 1);
	assert_int_equal(container(c).nr_groups, 1);
	assert_int_equal(topology_set_container(g1, c), 0);
	assert_int_equal(container(c).nr_groups, 2);
}

static void the_last_group_takes_the_backend_along(void **state)
{
	(void)state;
	attach_both();
	assert_int_equal(container(c).kref, 3);
	assert_int_equal(topology_unset_container(g0), 0);
	assert_true(container(c).iommu_set);
	assert_int_equal(container(c).nr_groups, 1);
	assert_int_equal(topology_unset_container(g0), -EINVAL);
	assert_int_equal(sys_close(g1), 0);
	assert_false(container(c).iommu_set);
	assert_int_equal(inspect_iommu_objects(), 0);
	assert_int_equal(inspect_module_iommu(), 0);
	assert_int_equal(container(c).kref, 1);
}

static void other_users_keep_a_group_in_its_container(void **state)
{
	struct vfio_group *group;

	(void)state;
	attach_both();
	group = topology_get_external(g0);
	assert_int_equal(topology_unset_container(g0), -EBUSY);
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(container(c).nr_groups, 2);
	/* Not open, and yet taken. */
	assert_int_equal(vfio_group_open(vfio_group_minor(0)), -EBUSY);
	topology_expect_group(0, 2, 1, 0);
	vfio_group_put_external_user(group);
	assert_int_equal(container(c).nr_groups, 1);
	g0 = topology_open_group(0);
}

static void a_container_lives_as_long_as_its_groups(void **state)
{
	(void)state;
	attach_both();
	assert_int_equal(sys_close(c), 0);
	assert_int_equal(slab_live("vfio_container"), 1);
	assert_int_equal(topology_group_flags(g0), VIABLE | CONTAINER_SET);
	assert_int_equal(topology_unset_container(g0), 0);
	assert_int_equal(topology_unset_container(g1), 0);
	assert_int_equal(slab_live("vfio_container"), 0);
}

static void putting_a_group_in_is_these_operations(void **state)
{
	(void)state;
	transcript_begin();
	assert_int_equal(topology_set_container(g0, c), 0);
	transcript_expect("rmw files->slot[fd]\n"
			  "read group->container_users\n"
			  "rmw files->slot[fd]\n"
			  "queue vfio_container.group_lock\n"
			  "lock vfio_container.group_lock\n"
			  "write group->container\n"
			  "rmw container->kref\n"
			  "rmw group->container_users\n"
			  "unlock vfio_container.group_lock\n"
			  "rmw file->f_count\n"
			  "rmw file->f_count\n");
	transcript_begin();
	assert_int_equal(topology_unset_container(g0), 0);
	transcript_expect("rmw files->slot[fd]\n"
			  "rmw group->container_users\n"
			  "read group->container\n"
			  "queue vfio_container.group_lock\n"
			  "lock vfio_container.group_lock\n"
			  "write group->container\n"
			  "unlock vfio_container.group_lock\n"
			  "rmw container->kref\n"
			  "rmw file->f_count\n");
}

static void put_group_in_too(void *arg)
{
	(void)arg;
	assert_int_equal(topology_set_container(g0, c), 0);
}

/* Test and increment are apart: the same group goes in twice. */
static void two_callers_may_put_one_group_in(void **state)
{
	(void)state;
	assert_int_equal(topology_boot("v3.19", NULL, NULL), 0);
	d0 = topology_add("d0", 0);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	g0 = topology_open_group(0);
	c = vfio_container_open();
	transcript_begin();
	run_at("queue vfio_container.group_lock", 1, put_group_in_too, NULL);
	assert_int_equal(topology_set_container(g0, c), 0);
	transcript_end();
	topology_expect_group(0, 2, 2, 1);
	assert_int_equal(container(c).kref, 3);
	assert_true(container(c).corrupt); /* a list that never ends */
	assert_true(kernel_halt(NULL, NULL) > 0);
}

/* -------------------------------------------------------------- group files */

static void a_group_is_open_once(void **state)
{
	int minor = vfio_group_minor(0);

	(void)state;
	assert_int_equal(vfio_group_open(minor), -EBUSY);
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(sys_close(g0), -EBADF);
	g0 = vfio_group_open(minor);
	assert_true(g0 >= FD_FIRST);
	assert_int_equal(vfio_group_open(1000), -ENODEV);
	assert_int_equal(vfio_group_open(-1), -ENODEV);
	assert_int_equal(vfio_group_minor(77), -ENOENT);
}

static void an_open_file_keeps_the_group_without_devices(void **state)
{
	(void)state;
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	topology_expect_group(0, 1, 0, 1);
	assert_int_equal(topology_group_flags(g0), VIABLE);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	topology_expect_group(0, 2, 0, 1);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(vfio_group_minor(0), -ENOENT);
}

static void each_open_file_is_a_reference_on_the_module(void **state)
{
	int device;

	(void)state;
	assert_int_equal(inspect_module_vfio(), 3);
	attach_both();
	device = topology_get_device_fd(g0, "d0");
	assert_int_equal(inspect_module_vfio(), 4);
	assert_int_equal(sys_close(device), 0);
	assert_int_equal(vfio_group_open(vfio_group_minor(0)), -EBUSY);
	assert_int_equal(inspect_module_vfio(), 3);
}

static void no_file_opens_without_memory(void **state)
{
	(void)state;
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(slab_fail_nth("file", 1), 0);
	assert_int_equal(vfio_group_open(vfio_group_minor(0)), -ENOMEM);
	assert_int_equal(slab_fail_nth("file", 1), 0);
	assert_int_equal(vfio_container_open(), -ENOMEM);
	assert_int_equal(slab_fail_nth("vfio_container", 1), 0);
	assert_int_equal(vfio_container_open(), -ENOMEM);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(inspect_module_vfio(), 2);
	assert_int_equal(slab_live("vfio_container"), 1);
}

/* The table of descriptors is full. */
static void no_file_opens_without_a_number(void **state)
{
	(void)state;
	assert_int_equal(sys_close(g0), 0);
	while (get_unused_fd() >= 0)
		continue;
	assert_int_equal(vfio_group_open(vfio_group_minor(0)), -EMFILE);
	assert_int_equal(vfio_container_open(), -EMFILE);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(slab_live("vfio_container"), 1);
	assert_int_equal(inspect_module_vfio(), 2);
}

static void status_looks_at_the_size_it_is_given(void **state)
{
	struct vfio_group_status status = { .argsz = 7, .flags = 77 };

	(void)state;
	assert_int_equal(sys_ioctl(g0, VFIO_GROUP_GET_STATUS, 0), -EFAULT);
	assert_int_equal(sys_ioctl(g0, VFIO_GROUP_GET_STATUS,
				   (unsigned long)&status),
			 -EINVAL);
	assert_int_equal(status.flags, 77);
	status.argsz = 16;
	assert_int_equal(sys_ioctl(g0, VFIO_GROUP_GET_STATUS,
				   (unsigned long)&status),
			 0);
	assert_int_equal(status.flags, VIABLE);
	assert_int_equal(status.argsz, 16);
}

/* ------------------------------------------------------------- device files */

static void a_device_file_needs_a_usable_group(void **state)
{
	(void)state;
	assert_int_equal(topology_get_device_fd(g0, NULL), -EFAULT);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -EINVAL);
	assert_int_equal(topology_set_container(g0, c), 0);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -EINVAL);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
	assert_int_equal(topology_get_device_fd(g0, "d1"), -ENODEV);
	assert_int_equal(topology_get_device_fd(g0, ""), -ENODEV);
	(void)slab_fail_nth("strndup_user", 1);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -ENOMEM);
	assert_int_equal(slab_live("strndup_user"), 0);
}

static void a_device_file_holds_device_and_container(void **state)
{
	const struct topology_device *device = topology_find(d0);
	int a, b;

	(void)state;
	attach_both();
	a = topology_get_device_fd(g0, "d0");
	assert_true(a >= FD_FIRST);
	assert_int_equal(device->opens, 1);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(topology_device_refs(0, d0), 2);
	b = topology_get_device_fd(g0, "d0");
	topology_expect_group(0, 4, 3, 1);
	assert_int_equal(topology_device_refs(0, d0), 3);
	/* The driver's own ioctl; 2 opens so far. */
	assert_int_equal(sys_ioctl(b, 1, 5), 7);
	assert_int_equal(sys_close(g0), 0);
	assert_int_equal(sys_close(a), 0);
	assert_int_equal(device->releases, 1);
	assert_int_equal(container(c).nr_groups, 2);
	assert_int_equal(sys_close(b), 0);
	assert_int_equal(device->releases, 2);
	assert_int_equal(container(c).nr_groups, 1);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(topology_device_refs(0, d0), 1);
}

static void a_device_file_that_fails_is_undone(void **state)
{
	const struct topology_device *device = topology_find(d0);
	int next = fd_next();

	(void)state;
	attach_both();
	assert_int_equal(vfio_inject("open", 1, -EBUSY), 0);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -EBUSY);
	assert_int_equal(device->opens, 0);
	assert_int_equal(vfio_inject("fd", 1, -EMFILE), 0);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -EMFILE);
	assert_int_equal(fd_next(), next);
	assert_int_equal(vfio_inject("file", 1, -ENFILE), 0);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -ENFILE);
	assert_int_equal(fd_next(), next + 1); /* the number is used up */
	assert_int_equal(slab_fail_nth("file", 1), 0);
	assert_int_equal(topology_get_device_fd(g0, "d0"), -ENOMEM);
	/* What was opened was released each time. */
	assert_int_equal(device->opens, 3);
	assert_int_equal(device->releases, 3);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(topology_device_refs(0, d0), 1);
	assert_int_equal(inspect_module_vfio(), 3);
}

static void device_lock_is_held_while_a_device_is_opened(void **state)
{
	int fd;

	(void)state;
	attach_both();
	transcript_begin();
	fd = topology_get_device_fd(g0, "d0");
	transcript_expect("rmw files->slot[fd]\n"
			  "read group->container_users\n"
			  "read group->container\n"
			  "read container->iommu_driver\n"
			  "lock iommu_group.mutex\n"
			  "read dev->driver\n"
			  "lock vfio_group.device_lock\n"
			  "rmw group->kref\n"
			  "rmw device->kref\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw device->kref\n"
			  "rmw group->kref\n"
			  "unlock iommu_group.mutex\n"
			  "lock vfio_group.device_lock\n"
			  "rmw files->next\n"
			  "rmw group->kref\n"
			  "rmw device->kref\n"
			  "rmw group->container_users\n"
			  "write files->slot[fd]\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw file->f_count\n");
	assert_int_equal(sys_close(fd), 0);
}

static const struct vfio_device_ops bare_ops = { .name = "bare" };

static int bare_probe(struct device *dev)
{
	return vfio_add_group_dev(dev, &bare_ops, dev);
}

static int bare_remove(struct device *dev)
{
	(void)vfio_del_group_dev(dev);
	return 0;
}

static void a_driver_without_callbacks_will_do(void **state)
{
	struct device_driver bare = { .name = "bare",
				      .bus = topology.bus,
				      .probe = bare_probe,
				      .remove = bare_remove };
	struct device *d2 = topology_add("d2", 0);
	int fd;

	(void)state;
	assert_int_equal(driver_register(&bare), 0);
	assert_int_equal(topology_bind(&bare, d2), 0);
	attach_both();
	fd = topology_get_device_fd(g0, "d2");
	assert_true(fd >= FD_FIRST);
	assert_int_equal(sys_ioctl(fd, 1, 0), -EINVAL);
	assert_int_equal(sys_close(fd), 0);
	driver_unregister(&bare);
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 40

static void go_in_and_out(void *arg)
{
	const int *fd = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)topology_set_container(*fd, c);
		(void)topology_set_iommu(c, VFIO_TYPE1_IOMMU);
		(void)extension(VFIO_DMA_CC_IOMMU);
		(void)topology_unset_container(*fd);
	}
}

static void groups_come_and_go_side_by_side(void **state)
{
	(void)state;
	assert_true(kthread_run("g0", go_in_and_out, &g0) > 0);
	assert_true(kthread_run("g1", go_in_and_out, &g1) > 0);
	kthread_join_all();
	assert_int_equal(container(c).nr_groups, 0);
	assert_int_equal(container(c).kref, 1);
	assert_false(container(c).iommu_set);
	assert_int_equal(inspect_iommu_objects(), 0);
	assert_int_equal(inspect_module_iommu(), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_container_answers_what_it_is),
		test(extensions_are_those_of_any_backend_or_of_the_one_set),
		test(a_backend_needs_a_group_and_a_known_type),
		test(a_backend_is_registered_once),
		test(a_backend_that_fails_leaves_the_container_without),
		test(a_second_group_that_fails_detaches_the_first),
		test(a_group_goes_only_into_a_containers_file),
		test(viability_is_not_tested_when_a_group_goes_in),
		test(a_group_that_cannot_attach_stays_out),
		test(the_last_group_takes_the_backend_along),
		test(other_users_keep_a_group_in_its_container),
		test(a_container_lives_as_long_as_its_groups),
		test(putting_a_group_in_is_these_operations),
		cmocka_unit_test(two_callers_may_put_one_group_in),
		test(a_group_is_open_once),
		test(an_open_file_keeps_the_group_without_devices),
		test(each_open_file_is_a_reference_on_the_module),
		test(no_file_opens_without_memory),
		test(no_file_opens_without_a_number),
		test(status_looks_at_the_size_it_is_given),
		test(a_device_file_needs_a_usable_group),
		test(a_device_file_holds_device_and_container),
		test(a_device_file_that_fails_is_undone),
		test(device_lock_is_held_while_a_device_is_opened),
		test(a_driver_without_callbacks_will_do),
		test(groups_come_and_go_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
