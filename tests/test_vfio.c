/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio.c - devices come under VFIO and leave it: errors, references at
 * each step, order of operations, external users, and out of memory.
 */
#include <pthread.h>
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

static const struct vfio_device_ops no_ops = { .name = "none" };
static int cookie; /* some bus driver's data */

static bool has_vfio_group(unsigned group)
{
	struct inspect_vfio_group view;

	return topology_vfio_group(group, &view);
}

static unsigned nr_unbound(unsigned group)
{
	struct inspect_vfio_group view;

	return topology_vfio_group(group, &view) ? view.nr_unbound : 0;
}

/* ------------------------------------------------------------- add, delete */

static void a_device_without_iommu_group_is_refused(void **state)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	device_initialize(dev, "d0");
	assert_int_equal(vfio_add_group_dev(dev, &no_ops, NULL), -EINVAL);
	put_device(dev);
}

static void adding_makes_the_group_and_pins_the_iommu_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);

	(void)state;
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, &cookie), 0);
	topology_expect_group(0, 1, 0, 0); /* d0 */
	assert_int_equal(topology_iommu_refs(0), 3); /* two members, d0's pin */
	assert_int_equal(topology_device_refs(0, d0), 1);
	assert_int_equal(vfio_add_group_dev(d1, &no_ops, NULL), 0);
	topology_expect_group(0, 2, 0, 0); /* d0, d1 */
	assert_int_equal(topology_iommu_refs(0), 4);

	assert_ptr_equal(vfio_del_group_dev(d0), &cookie);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(topology_iommu_refs(0), 3);
	assert_null(PEEK_ONCE(d0->driver_data));
	assert_null(vfio_del_group_dev(d1));
	assert_false(has_vfio_group(0));
	assert_int_equal(topology_iommu_refs(0), 2);
}

static void adding_a_device_twice_is_refused_with_a_warning(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), 0);
	transcript_begin();
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), -EBUSY);
	transcript_end();
	assert_non_null(strstr(inline_sched.text,
			       "WARN: Device d0 already exists on group 0"));
	assert_int_equal(sched_warnings(), 1);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(topology_iommu_refs(0), 2);
	(void)vfio_del_group_dev(d0);
}

static void each_failure_while_adding_undoes_the_rest(void **state)
{
	static const char *const fails[] = { "vfio_group", "vfio_device" };
	struct device *d0 = topology_add("d0", 0);
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(slab_fail_nth(fails[i], 1), 0);
		assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL),
				 -ENOMEM);
		assert_false(has_vfio_group(0));
		assert_int_equal(topology_iommu_refs(0), 1);
	}
	assert_int_equal(vfio_inject("device_create", 1, -EPERM), 0);
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), -EPERM);
	assert_false(has_vfio_group(0));
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(slab_live("vfio_group"), 0);
	assert_int_equal(vfio_inject("coffee", 1, -EPERM), -EINVAL);
}

static void a_failing_second_device_keeps_the_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(slab_fail_nth("vfio_device", 1), 0);
	assert_int_equal(topology_bind(&topology.vfio, d1), -ENODEV);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(topology_iommu_refs(0), 3);
}

static void a_device_reference_brings_one_on_the_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct vfio_device *device;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	device = vfio_device_get_from_dev(d0);
	assert_ptr_equal(vfio_device_data(device), topology_find(d0));
	topology_expect_group(0, 2, 0, 0);
	assert_int_equal(topology_device_refs(0, d0), 2);
	vfio_device_put(device);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(topology_device_refs(0, d0), 1);
}

/* 4.0 moved the pin: same calls, one reference for the whole group. */
static void per_group_pins_are_one_a_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);
	int fd;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	assert_int_equal(topology_iommu_refs(0), 3);
	fd = topology_open_group(0);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	assert_int_equal(topology_unbind(&topology.vfio, d1), 0);
	assert_int_equal(topology_iommu_refs(0), 3); /* the file's group */
	/* No use of a freed IOMMU group (B12) here. */
	topology_remove(d0);
	topology_remove(d1);
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(topology_group_flags(fd), VIABLE);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(topology_iommu_refs(0), 0);
}

/* ----------------------------------------------------- order of operations */

static void adding_the_first_device_is_these_operations(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	transcript_begin();
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), 0);
	transcript_expect("read dev->iommu_group\n"
			  "rmw group->kref\n"
			  /* look the group up: there is none */
			  "lock vfio.group_lock\n"
			  "unlock vfio.group_lock\n"
			  /* make it; listen first, list it then */
			  "queue iommu_group.notifier\n"
			  "lock iommu_group.notifier\n"
			  "write nh->head\n"
			  "unlock iommu_group.notifier\n"
			  "lock vfio.group_lock\n"
			  "unlock vfio.group_lock\n"
			  /* is the device there already? */
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  /* no: drvdata, then the list */
			  "write dev->driver_data\n"
			  "rmw group->kref\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw group->kref\n");
	(void)vfio_del_group_dev(d0);
}

static void adding_another_device_is_these_operations(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);

	(void)state;
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), 0);
	transcript_begin();
	assert_int_equal(vfio_add_group_dev(d1, &no_ops, NULL), 0);
	transcript_expect("read dev->iommu_group\n"
			  "rmw group->kref\n"
			  "lock vfio.group_lock\n"
			  "rmw group->kref\n"
			  "unlock vfio.group_lock\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "write dev->driver_data\n"
			  "rmw group->kref\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw group->kref\n");
	(void)vfio_del_group_dev(d0);
	(void)vfio_del_group_dev(d1);
}

/* What deleting the only device does behind tracking it. */
#define DELETE_TAIL                                                 \
	"rmw device->kref\n"                                        \
	"lock vfio_group.device_lock\n"                             \
	"rmw device->kref\n"                                        \
	"unlock vfio_group.device_lock\n"                           \
	"write device->dev->driver_data\n"                          \
	"wake vfio.release_q\n"                                     \
	"rmw group->kref\n" /* the wait: gone already */            \
	"lock vfio_group.device_lock\n"                             \
	"unlock vfio_group.device_lock\n" /* the group goes, too */ \
	"rmw group->kref\n"                                         \
	"lock vfio.group_lock\n"                                    \
	"rmw group->kref\n"                                         \
	"unlock vfio.group_lock\n"                                  \
	"queue iommu_group.notifier\n"                              \
	"lock iommu_group.notifier\n"                               \
	"write nh->head\n"                                          \
	"unlock iommu_group.notifier\n"                             \
	"rmw group->kref\n"

static void deleting_the_last_device_is_these_operations(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), 0);
	transcript_begin();
	(void)vfio_del_group_dev(d0);
	transcript_expect("read dev->driver_data\n"
			  "rmw group->kref\n" DELETE_TAIL);
}

static void deleting_tracks_the_device_before_it_leaves_the_list(void **state)
{
	struct device *d0 = topology_add("d0", 0);

	(void)state;
	assert_int_equal(vfio_add_group_dev(d0, &no_ops, NULL), 0);
	transcript_begin();
	(void)vfio_del_group_dev(d0);
	transcript_expect("read dev->driver_data\n"
			  "rmw group->kref\n"
			  "lock vfio_group.unbound_lock\n"
			  "unlock vfio_group.unbound_lock\n" DELETE_TAIL);
	assert_int_equal(slab_live("vfio_unbound_dev"), 0); /* with the group */
}

static void an_external_user_is_these_operations(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct vfio_group *group;
	struct file *filep;
	int fd, container;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	fd = topology_open_group(0);
	container = topology_open_container(fd);
	filep = fget(fd);
	transcript_begin();
	group = vfio_group_get_external_user(filep);
	transcript_expect("rmw group->container_users\n"
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
			  "rmw group->kref\n");
	fput(filep);
	transcript_begin();
	vfio_group_put_external_user(group);
	transcript_expect("rmw group->kref\n"
			  "rmw group->container_users\n");
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(sys_close(container), 0);
}

/* Dissolve first: nothing of the group is used behind its last put. */
static void the_corrected_external_put_dissolves_first(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct vfio_group *group;
	int fd, container;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	fd = topology_open_group(0);
	container = topology_open_container(fd);
	group = topology_get_external(fd);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	transcript_begin();
	vfio_group_put_external_user(group);
	transcript_expect("rmw group->container_users\n"
			  "read group->container\n"
			  "queue vfio_container.group_lock\n"
			  "lock vfio_container.group_lock\n"
			  "write group->container\n"
			  "write container->iommu_driver\n"
			  "unlock vfio_container.group_lock\n"
			  "rmw container->kref\n"
			  "rmw group->kref\n"
			  "lock vfio.group_lock\n"
			  "rmw group->kref\n"
			  "unlock vfio.group_lock\n"
			  "queue iommu_group.notifier\n"
			  "lock iommu_group.notifier\n"
			  "write nh->head\n"
			  "unlock iommu_group.notifier\n");
	assert_int_equal(sys_close(container), 0);
}

/* 3.19 puts first: what is read next is freed (B11, F5). */
static bool freed_group_was_used;

/* Ends the task, as the use of freed memory would. */
static void stop_at_a_freed_group(void *arg)
{
	struct slab_block block;

	freed_group_was_used = slab_query(arg, &block) == SLAB_FREED &&
			       strcmp(block.type, "vfio_group") == 0;
	pthread_exit(NULL);
}

static void put_external(void *arg)
{
	vfio_group_put_external_user(arg);
}

static void the_external_put_of_3_19_uses_the_group_it_freed(void **state)
{
	struct device *d0;
	struct vfio_group *group;
	int fd, container;

	(void)state;
	assert_int_equal(topology_boot("v3.19", NULL, NULL), 0);
	d0 = topology_add("d0", 0);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	fd = topology_open_group(0);
	container = topology_open_container(fd);
	group = topology_get_external(fd);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);

	freed_group_was_used = false;
	transcript_begin();
	run_at("rmw group->container_users", 1, stop_at_a_freed_group, group);
	assert_null(stuck_at(put_external, group));
	assert_true(freed_group_was_used);
	assert_int_equal(sys_close(container), 0);
	topology_destroy();
	/* The container and its backend were never detached. */
	assert_int_equal(kernel_halt(NULL, NULL), 2);
}

/* ------------------------------------------- the two timelines of the story */

/* Who waits in vfio_del_group_dev() for the device's file, and what the user
 * does meanwhile. */
struct story {
	struct device *dev;
	int container, group, device;
	struct vfio_group *kvm; /* an external user */
	bool tracked;
};

static void start_story(struct story *story)
{
	story->dev = topology_add("d0", 0);
	assert_int_equal(topology_bind(&topology.vfio, story->dev), 0);
	story->group = topology_open_group(0);
	story->container = topology_open_container(story->group);
	story->device = topology_get_device_fd(story->group, "d0");
	assert_true(story->device >= FD_FIRST);
	story->kvm = topology_get_external(story->group);
	assert_false(IS_ERR(story->kvm));
	/* G, F, K; driver base, F, G, K; driver, F. */
	topology_expect_group(0, 4, 3, 1);
	assert_int_equal(topology_device_refs(0, story->dev), 2);
}

static void what_the_user_does_in_the_window(void *arg)
{
	const struct story *story = arg;
	int expect = story->tracked ? VIABLE : 0;

	/* 1: the unbind sleeps; its own group reference replaced the one that
	 * went with the driver's. */
	topology_expect_group(0, 4, 3, 1);
	assert_int_equal(topology_device_refs(0, story->dev), 1);
	assert_int_equal(nr_unbound(0), story->tracked);
	assert_int_equal(topology_group_flags(story->group),
			 VIABLE | CONTAINER_SET);

	/* 2: the last reference on the device: the window opens. */
	assert_int_equal(sys_close(story->device), 0);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(topology_device_refs(0, story->dev), 0);
	assert_null(PEEK_ONCE(story->dev->driver_data));
	assert_ptr_equal(PEEK_ONCE(story->dev->driver), &topology.vfio);

	/* 3, 4: does the group look viable? */
	assert_int_equal(topology_group_flags(story->group),
			 expect | CONTAINER_SET);
	assert_int_equal(topology_get_device_fd(story->group, "d0"),
			 story->tracked ? -ENODEV : -EINVAL);
	topology_expect_group(0, 3, 2, 1);
}

static void user_meets_unbind(struct story *story)
{
	start_story(story);
	transcript_begin();
	run_at("sleep vfio.release_q", 1, what_the_user_does_in_the_window,
	       story);
	assert_int_equal(topology_unbind(&topology.vfio, story->dev), 0);
	transcript_end();
	assert_true(has_run());
	/* 5: the window is closed; K(group) is G and K. */
	topology_expect_group(0, 2, 2, 1);
	assert_int_equal(nr_unbound(0), 0);
	assert_int_equal(topology_group_flags(story->group),
			 VIABLE | CONTAINER_SET);
}

static void finish_story(struct story *story)
{
	int fd;

	assert_int_equal(topology_unset_container(story->group), -EBUSY);
	assert_int_equal(sys_close(story->group), 0);
	topology_expect_group(0, 1, 1, 0); /* the external user only */
	fd = vfio_group_open(vfio_group_minor(0));
	assert_int_equal(fd, -EBUSY); /* though nobody has it open */
	/* Let somebody else hold the group, so that the put ends well. */
	assert_int_equal(topology_bind(&topology.vfio, story->dev), 0);
	vfio_group_put_external_user(story->kvm);
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(sys_close(story->container), 0);
}

static void without_tracking_the_user_is_refused_in_the_window(void **state)
{
	struct story story = { .tracked = false };

	(void)state;
	user_meets_unbind(&story);
	finish_story(&story);
}

static void with_tracking_the_group_stays_viable(void **state)
{
	struct story story = { .tracked = true };

	(void)state;
	user_meets_unbind(&story);
	finish_story(&story);
	assert_int_equal(sched_warnings(), 0);
}

static void without_memory_tracking_only_warns(void **state)
{
	struct story story = { .tracked = false };

	(void)state;
	assert_int_equal(slab_fail_nth("vfio_unbound_dev", 1), 0);
	user_meets_unbind(&story);
	assert_int_equal(sched_warnings(), 1);
	finish_story(&story);
}

/* 9: the host takes the device while the group is still in its container. */
static void a_host_driver_in_a_used_group_is_a_bug(void **state)
{
	struct story story = { .tracked = false };

	(void)state;
	user_meets_unbind(&story);
	transcript_begin();
	assert_int_equal(topology_bind(&topology.host, story.dev), 0);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 1);
	assert_non_null(strstr(inline_sched.text,
			       "BUG: vfio_group_nb_verify(group, dev)"));
	transcript_end();
	assert_int_equal(topology_unbind(&topology.host, story.dev), 0);
	finish_story(&story);
}

/* ---------------------------------------------------------- external users */

static void external_users_need_a_usable_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);
	struct vfio_group *group;
	int fd, container;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	fd = topology_open_group(0);
	assert_int_equal(PTR_ERR(topology_get_external(fd)), -EINVAL);
	container = vfio_container_open();
	assert_int_equal(PTR_ERR(topology_get_external(container)), -EINVAL);
	assert_int_equal(topology_set_container(fd, container), 0);
	assert_int_equal(PTR_ERR(topology_get_external(fd)), -EINVAL);
	assert_int_equal(topology_set_iommu(container, VFIO_TYPE1_IOMMU), 0);
	assert_int_equal(PTR_ERR(topology_get_external(fd)), -EINVAL);
	topology_expect_group(0, 2, 1, 1); /* nothing was left behind */
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	group = topology_get_external(fd);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(vfio_external_user_iommu_id(group), 0);
	assert_int_equal(vfio_external_check_extension(group, VFIO_TYPE1_IOMMU),
			 1);
	assert_int_equal(
		vfio_external_check_extension(group, VFIO_DMA_CC_IOMMU), 1);
	vfio_group_put_external_user(group);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(sys_close(container), 0);
}

static void a_group_knows_its_own_files(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 1);
	struct vfio_group *group;
	int fd0, fd1, container;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	fd0 = topology_open_group(0);
	fd1 = topology_open_group(1);
	container = topology_open_container(fd0);
	group = topology_get_external(fd0);
	assert_true(vfio_external_group_match_file(group, fd_peek(fd0)));
	assert_false(vfio_external_group_match_file(group, fd_peek(fd1)));
	assert_false(vfio_external_group_match_file(group, fd_peek(container)));
	vfio_group_put_external_user(group);
	assert_int_equal(sys_close(fd0), 0);
	assert_int_equal(sys_close(fd1), 0);
	assert_int_equal(sys_close(container), 0);
}

/* ----------------------------------------------------------- out of memory */

/* A whole life, whatever fails; gives everything back. */
static void live(void)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);
	int group = -1, container = -1, device = -1;
	struct vfio_group *external;
	int minor;

	if (d0)
		(void)topology_bind(&topology.vfio, d0);
	if (d1)
		(void)topology_bind(&topology.vfio_pci, d1);
	minor = vfio_group_minor(0);
	if (minor >= 0)
		group = vfio_group_open(minor);
	container = vfio_container_open();
	(void)topology_set_container(group, container);
	(void)topology_set_iommu(container, VFIO_TYPE1_IOMMU);
	device = topology_get_device_fd(group, "d0");
	external = topology_get_external(group);
	(void)sys_close(device);
	if (!IS_ERR(external))
		vfio_group_put_external_user(external);
	(void)sys_close(group);
	(void)sys_close(container);
	if (d0)
		(void)topology_unbind(&topology.vfio, d0);
	if (d1)
		(void)topology_unbind(&topology.vfio_pci, d1);
}

/* Returns whether the @nth allocation was still made. */
static bool live_with_failure(const char *era, unsigned nth)
{
	unsigned failed;

	assert_int_equal(topology_boot(era, NULL, NULL), 0);
	assert_int_equal(slab_fail_nth(NULL, nth), 0);
	live();
	failed = slab_failed();
	topology_destroy();
	assert_int_equal(machine_halt(NULL), 0);
	return failed;
}

static void every_allocation_may_fail_without_a_leak(void **state)
{
	static const char *const eras[] = { "v3.19", "v3.19-patched" };
	unsigned e, nth;

	(void)state;
	for (e = 0; e < 2; e++) {
		for (nth = 1; live_with_failure(eras[e], nth); nth++)
			continue;
		/* Two devices, five of an IOMMU group; a group, two devices of
		 * VFIO and one of vfio-pci; three files with a container, a
		 * backend, a name; two entries if tracking. */
		assert_int_equal(nth - 1, 17 + 2 * e);
	}
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 40

static void rebind(void *arg)
{
	struct device *dev = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)topology_bind(&topology.vfio, dev);
		(void)topology_unbind(&topology.vfio, dev);
	}
}

static void use_group(void *arg)
{
	const int *fd = arg;
	struct vfio_group *group;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)topology_group_flags(*fd);
		group = topology_get_external(*fd);
		if (!IS_ERR(group))
			vfio_group_put_external_user(group);
	}
}

static void open_and_close_device(void *arg)
{
	const int *fd = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		(void)sys_close(topology_get_device_fd(*fd, "d0"));
}

static void users_and_unbinds_run_side_by_side(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);
	int fd, container;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	fd = topology_open_group(0);
	container = topology_open_container(fd);
	assert_true(kthread_run("rebind", rebind, d1) > 0);
	assert_true(kthread_run("user", use_group, &fd) > 0);
	assert_true(kthread_run("device", open_and_close_device, &fd) > 0);
	kthread_join_all();
	topology_expect_group(0, 2, 1, 1); /* d0 and the file */
	assert_int_equal(topology_device_refs(0, d0), 1);
	assert_int_equal(topology_group_flags(fd), VIABLE | CONTAINER_SET);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(sys_close(container), 0);
	assert_int_equal(topology_iommu_refs(0), 3);
}

static int setup_per_group(void **state)
{
	(void)state;
	return topology_boot("v3.19", "iommu_group_pin", "per_group");
}

static int setup_dissolve_first(void **state)
{
	(void)state;
	return topology_boot("v3.19", "ext_put_order", "dissolve_first");
}

#define test(name) test_in(name, topology_setup)
#define test_patched(name) test_in(name, topology_setup_patched)
#define test_in(name, setup) \
	cmocka_unit_test_setup_teardown(name, setup, topology_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_device_without_iommu_group_is_refused),
		test(adding_makes_the_group_and_pins_the_iommu_group),
		test(adding_a_device_twice_is_refused_with_a_warning),
		test(each_failure_while_adding_undoes_the_rest),
		test(a_failing_second_device_keeps_the_group),
		test(a_device_reference_brings_one_on_the_group),
		test_in(per_group_pins_are_one_a_group, setup_per_group),
		test(adding_the_first_device_is_these_operations),
		test(adding_another_device_is_these_operations),
		test(deleting_the_last_device_is_these_operations),
		test_patched(
			deleting_tracks_the_device_before_it_leaves_the_list),
		test(an_external_user_is_these_operations),
		test_in(the_corrected_external_put_dissolves_first,
			setup_dissolve_first),
		cmocka_unit_test(
			the_external_put_of_3_19_uses_the_group_it_freed),
		test(without_tracking_the_user_is_refused_in_the_window),
		test_patched(with_tracking_the_group_stays_viable),
		test_patched(without_memory_tracking_only_warns),
		test(a_host_driver_in_a_used_group_is_a_bug),
		test(external_users_need_a_usable_group),
		test(a_group_knows_its_own_files),
		cmocka_unit_test(every_allocation_may_fail_without_a_leak),
		test(users_and_unbinds_run_side_by_side),
		test_patched(users_and_unbinds_run_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
