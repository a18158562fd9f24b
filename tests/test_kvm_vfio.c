/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_kvm_vfio.c - virtual machines and the groups they keep: every errno,
 * who holds what, and the reference that cannot be given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"
#include "topology.h"

/* A group in a container, and a machine with a kvm-vfio device. */
static struct device *d0;
static int g, c;
static struct kvm *kvm;

static int build(void)
{
	d0 = topology_add("d0", 0);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	g = topology_open_group(0);
	c = topology_open_container(g);
	kvm = kvm_create_vm();
	assert_false(IS_ERR(kvm));
	return kvm_create_vfio_device(kvm);
}

static int setup(void **state)
{
	return topology_setup(state) || build();
}

static int setup_patched(void **state)
{
	return topology_setup_patched(state) || build();
}

static int setup_match(void **state)
{
	(void)state;
	return topology_boot("v3.19", "kvm_del", "match_group") || build();
}

static int teardown(void **state)
{
	if (sched_ops)
		inline_sched_end();
	if (kvm)
		kvm_put_kvm(kvm);
	(void)sys_close(g);
	(void)sys_close(c);
	return topology_teardown(state);
}

static int set_attr(uint32_t group, uint64_t attr, const int32_t *fd)
{
	const struct kvm_device_attr a = {
		.group = group,
		.attr = attr,
		.addr = fd,
	};

	return kvm_device_set_attr(kvm, &a);
}

static int group_add(int32_t fd)
{
	return set_attr(KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_ADD, &fd);
}

static int group_del(int32_t fd)
{
	return set_attr(KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_DEL, &fd);
}

static struct inspect_kvm look(void)
{
	struct inspect_kvm view;

	assert_true(inspect_kvm(kvm, &view));
	return view;
}

/* ---------------------------------------------------------------- attributes */

static void only_groups_are_added_and_deleted(void **state)
{
	struct kvm_device_attr attr = { .group = KVM_DEV_VFIO_GROUP };

	(void)state;
	assert_int_equal(set_attr(2, KVM_DEV_VFIO_GROUP_ADD, &g), -ENXIO);
	assert_int_equal(set_attr(KVM_DEV_VFIO_GROUP, 3, &g), -ENXIO);
	attr.attr = KVM_DEV_VFIO_GROUP_ADD;
	assert_int_equal(kvm_device_has_attr(kvm, &attr), 0);
	attr.attr = KVM_DEV_VFIO_GROUP_DEL;
	assert_int_equal(kvm_device_has_attr(kvm, &attr), 0);
	attr.attr = 3;
	assert_int_equal(kvm_device_has_attr(kvm, &attr), -ENXIO);
	attr.group = 2;
	assert_int_equal(kvm_device_has_attr(kvm, &attr), -ENXIO);
}

static void adding_wants_the_file_of_a_usable_group(void **state)
{
	(void)state;
	assert_int_equal(set_attr(KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_ADD,
				  NULL),
			 -EFAULT);
	assert_int_equal(group_add(99), -EBADF);
	assert_int_equal(group_add(c), -EINVAL);
	assert_int_equal(topology_unset_container(g), 0);
	assert_int_equal(group_add(g), -EINVAL);
	assert_int_equal(look().nr_groups, 0);
	assert_int_equal(look().users, 1);
	assert_int_equal(atomic_peek(&fd_peek(g)->f_count), 1);
}

static void an_entry_is_one_external_user(void **state)
{
	(void)state;
	assert_int_equal(group_add(g), 0);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(group_add(g), -EEXIST);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(look().nr_groups, 1);
	assert_int_equal(atomic_peek(&fd_peek(g)->f_count), 1);
	assert_int_equal(topology_unset_container(g), -EBUSY);
	assert_int_equal(group_del(g), 0);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(group_del(g), -ENOENT);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(atomic_peek(&fd_peek(g)->f_count), 1);
	assert_int_equal(inspect_module_vfio(), 2); /* the two files */
}

static void deleting_wants_a_group_that_is_open(void **state)
{
	(void)state;
	assert_int_equal(group_del(99), -EBADF);
	assert_int_equal(set_attr(KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_DEL,
				  NULL),
			 -EFAULT);
	assert_int_equal(group_del(c), -EINVAL);
}

static void a_matching_delete_finds_no_container_in_its_list(void **state)
{
	(void)state;
	assert_int_equal(group_del(c), -ENOENT);
	assert_int_equal(group_del(g), -ENOENT);
	assert_int_equal(group_del(99), -EBADF);
}

static void an_entry_without_memory_puts_the_user_back(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth("kvm_vfio_group", 1), 0);
	assert_int_equal(group_add(g), -ENOMEM);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(group_add(g), 0);
}

/* ------------------------------------------------------- order of operations */

static void deleting_looks_the_group_up_before_the_list(void **state)
{
	(void)state;
	assert_int_equal(group_add(g), 0);
	transcript_begin();
	assert_int_equal(group_del(g), 0);
	transcript_expect("rmw kvm->users_count\n"
			  "read kvm->devices\n"
			  "rmw files->slot[fd]\n"
			  /* the temporary user, with the viability check */
			  "rmw group->container_users\n"
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
			  "rmw group->kref\n"
			  "rmw file->f_count\n"
			  /* the entry, put under the lock */
			  "lock kvm_vfio.lock\n"
			  "rmw group->kref\n"
			  "rmw group->container_users\n"
			  "unlock kvm_vfio.lock\n"
			  /* the temporary user */
			  "rmw group->kref\n"
			  "rmw group->container_users\n"
			  "lock kvm_vfio.lock\n"
			  "unlock kvm_vfio.lock\n"
			  "rmw kvm->users_count\n");
}

static void a_matching_delete_asks_nobody(void **state)
{
	(void)state;
	assert_int_equal(group_add(g), 0);
	transcript_begin();
	assert_int_equal(group_del(g), 0);
	transcript_expect("rmw kvm->users_count\n"
			  "read kvm->devices\n"
			  "rmw files->slot[fd]\n"
			  "lock kvm_vfio.lock\n"
			  "rmw group->kref\n"
			  "rmw group->container_users\n"
			  "unlock kvm_vfio.lock\n"
			  "rmw file->f_count\n"
			  "lock kvm_vfio.lock\n"
			  "unlock kvm_vfio.lock\n"
			  "rmw kvm->users_count\n");
}

/* How often one call changed the machine's count, and a group's machine. */
static void note_effects(char *text, size_t size, const char *call)
{
	const char *line = transcript_text();
	unsigned counts = 0, machines = 0;

	for (; *line; line += strcspn(line, "\n") + 1) {
		counts += !strncmp(line, "rmw kvm->assigned", 17);
		machines += !strncmp(line, "write group->kvm", 16);
	}
	snprintf(text + strlen(text), size - strlen(text), "%s %u %u; ", call,
		 counts, machines);
}

static void expect_effects(const char *value, const char *expected)
{
	char text[96] = "";

	assert_int_equal(topology_boot("v4.0", "kvm_side_effects", value), 0);
	assert_int_equal(build(), 0);
	transcript_begin();
	assert_int_equal(group_add(g), 0);
	note_effects(text, sizeof(text), "add");
	transcript_begin();
	assert_int_equal(group_del(g), 0);
	note_effects(text, sizeof(text), "delete");
	transcript_begin();
	assert_int_equal(group_del(g), -ENOENT);
	note_effects(text, sizeof(text), "miss");
	assert_int_equal(group_add(g), 0);
	transcript_begin();
	kvm_put_kvm(kvm);
	kvm = NULL;
	note_effects(text, sizeof(text), "end");
	assert_string_equal(text, expected);
	assert_int_equal(teardown(NULL), 0);
}

/* 4.2 counts; 4.10 also tells the group; 4.13 does so only for what it finds. */
static void what_goes_with_an_entry_came_in_three_steps(void **state)
{
	(void)state;
	expect_effects("none", "add 0 0; delete 0 0; miss 0 0; end 0 0; ");
	expect_effects("count", "add 1 0; delete 1 0; miss 1 0; end 1 0; ");
	expect_effects("unconditional",
		       "add 1 1; delete 1 1; miss 1 1; end 1 1; ");
	expect_effects("on_match", "add 1 1; delete 1 1; miss 0 0; end 1 1; ");
}

/* ---------------------------------------------------------------- the window */

static int deleted;

static void delete_in_window(void *arg)
{
	(void)arg;
	deleted = group_del(g);
}

/* GROUP_DEL when the device has left the list, and has a driver still. */
static void unbind_meets_delete(int expect)
{
	assert_int_equal(group_add(g), 0);
	transcript_begin();
	run_at("wake vfio.release_q", 1, delete_in_window, NULL);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	transcript_end();
	assert_int_equal(deleted, expect);
	assert_int_equal(look().nr_groups, expect ? 1 : 0);
}

static void a_group_cannot_be_given_back_during_an_unbind(void **state)
{
	(void)state;
	unbind_meets_delete(-EINVAL);
	/* Held until the machine dies, or somebody tries again. */
	assert_int_equal(topology_unset_container(g), -EBUSY);
	assert_int_equal(sys_close(g), 0);
	assert_int_equal(vfio_group_open(vfio_group_minor(0)), -EBUSY);
	/* Another user of the group lets the machine's put end well. */
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	kvm_put_kvm(kvm);
	kvm = NULL;
	topology_expect_group(0, 1, 0, 0);
}

static void a_tracked_group_can_be_given_back(void **state)
{
	(void)state;
	unbind_meets_delete(0);
}

static void a_matching_delete_does_not_care(void **state)
{
	(void)state;
	unbind_meets_delete(0);
}

/* ------------------------------------------------------------------ machines */

static void a_machine_has_one_device(void **state)
{
	struct kvm *other = kvm_create_vm();
	const struct kvm_device_attr attr = { .group = KVM_DEV_VFIO_GROUP,
					      .attr = KVM_DEV_VFIO_GROUP_ADD,
					      .addr = &g };

	(void)state;
	assert_int_equal(kvm_create_vfio_device(kvm), -EBUSY);
	assert_int_equal(kvm_device_set_attr(other, &attr), -ENODEV);
	assert_int_equal(slab_fail_nth("kvm_vfio", 1), 0);
	assert_int_equal(kvm_create_vfio_device(other), -ENOMEM);
	assert_int_equal(kvm_create_vfio_device(other), 0);
	assert_int_equal(kvm_device_set_attr(other, &attr), 0);
	assert_int_equal(group_add(g), 0);
	topology_expect_group(0, 4, 3, 1); /* two machines */
	kvm_put_kvm(other);
	topology_expect_group(0, 3, 2, 1);
	assert_int_equal(slab_fail_nth("kvm", 1), 0);
	assert_int_equal(PTR_ERR(kvm_create_vm()), -ENOMEM);
}

static int created;

static void create_too(void *arg)
{
	(void)arg;
	created = kvm_create_vfio_device(kvm);
}

/* B28: both look before either inserts. */
static void two_callers_may_make_two_devices(void **state)
{
	struct kvm *first = kvm;

	(void)state;
	kvm = kvm_create_vm();
	transcript_begin();
	run_at("read kvm->devices", 2, create_too, NULL);
	assert_int_equal(kvm_create_vfio_device(kvm), 0);
	transcript_end();
	assert_int_equal(created, 0);
	assert_int_equal(slab_live("kvm_vfio"), 3);
	kvm_put_kvm(kvm);
	assert_int_equal(slab_live("kvm_vfio"), 1);
	kvm = first;
}

static void the_last_put_gives_the_groups_back(void **state)
{
	(void)state;
	assert_int_equal(group_add(g), 0);
	kvm_get_kvm(kvm);
	kvm_put_kvm(kvm);
	assert_int_equal(look().nr_groups, 1);
	assert_int_equal(sys_close(g), 0);
	topology_expect_group(0, 2, 1, 0);
	assert_int_equal(inspect_iommu_objects(), 1);
	kvm_put_kvm(kvm);
	kvm = NULL;
	topology_expect_group(0, 1, 0, 0);
	assert_int_equal(inspect_iommu_objects(), 0); /* dissolved */
}

static void give_machine_up(void *arg)
{
	(void)arg;
	kvm_put_kvm(kvm);
	assert_int_equal(slab_live("kvm"), 1);
}

static void a_machine_outlives_its_running_call(void **state)
{
	(void)state;
	transcript_begin();
	run_at("lock kvm_vfio.lock", 1, give_machine_up, NULL);
	assert_int_equal(group_add(g), 0);
	transcript_end();
	assert_int_equal(slab_live("kvm"), 0);
	assert_int_equal(slab_live("kvm_vfio_group"), 0);
	topology_expect_group(0, 2, 1, 1);
	kvm = NULL;
}

static void noncoherent_dma_is_told_once_and_taken_back(void **state)
{
	struct device *d1 = topology_add("d1", 1);
	int g1;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	g1 = topology_open_group(1);
	assert_int_equal(topology_set_container(g1, c), 0);
	assert_int_equal(group_add(g), 0);
	assert_false(look().noncoherent);
	vfio_iommu_dummy_set_coherent(0);
	assert_int_equal(group_add(g1), 0);
	assert_true(look().noncoherent);
	assert_int_equal(group_del(g), 0);
	assert_true(look().noncoherent);
	vfio_iommu_dummy_set_coherent(1);
	assert_true(look().noncoherent); /* until somebody looks */
	assert_int_equal(group_del(g1), 0);
	assert_false(look().noncoherent);
	assert_int_equal(sys_close(g1), 0);
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 40

static void add_and_delete(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		(void)group_add(g);
		(void)group_del(g);
	}
}

static void rebind(void *arg)
{
	struct device *dev = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)topology_bind(&topology.vfio, dev);
		(void)topology_unbind(&topology.vfio, dev);
	}
}

static void machines_and_unbinds_run_side_by_side(void **state)
{
	struct device *d1 = topology_add("d1", 0);

	(void)state;
	assert_true(kthread_run("kvm", add_and_delete, NULL) > 0);
	assert_true(kthread_run("kvm2", add_and_delete, NULL) > 0);
	assert_true(kthread_run("rebind", rebind, d1) > 0);
	kthread_join_all();
	if (look().nr_groups)
		assert_int_equal(group_del(g), 0);
	topology_expect_group(0, 2, 1, 1);
	assert_int_equal(look().users, 1);
}

#define test(name) test_in(name, setup)
#define test_in(name, setup_fn) \
	cmocka_unit_test_setup_teardown(name, setup_fn, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(only_groups_are_added_and_deleted),
		test(adding_wants_the_file_of_a_usable_group),
		test(an_entry_is_one_external_user),
		test_in(an_entry_is_one_external_user, setup_match),
		test(deleting_wants_a_group_that_is_open),
		test_in(a_matching_delete_finds_no_container_in_its_list,
			setup_match),
		test(an_entry_without_memory_puts_the_user_back),
		test(deleting_looks_the_group_up_before_the_list),
		test_in(a_matching_delete_asks_nobody, setup_match),
		cmocka_unit_test_teardown(
			what_goes_with_an_entry_came_in_three_steps,
			topology_teardown_each),
		test(a_group_cannot_be_given_back_during_an_unbind),
		test_in(a_tracked_group_can_be_given_back, setup_patched),
		test_in(a_matching_delete_does_not_care, setup_match),
		test(a_machine_has_one_device),
		test(two_callers_may_make_two_devices),
		test(the_last_put_gives_the_groups_back),
		test(a_machine_outlives_its_running_call),
		test(noncoherent_dma_is_told_once_and_taken_back),
		test(machines_and_unbinds_run_side_by_side),
		test_in(machines_and_unbinds_run_side_by_side, setup_patched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
