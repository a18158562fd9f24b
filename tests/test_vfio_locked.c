/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_locked.c - which locks each call of VFIO and kvm-vfio takes, and
 * what it does under them, era by era: tests/golden/locks-ERA.txt has every
 * operation of every call, in order, how often plain memory that tasks share is
 * read and written behind it, and how much more the modules are used then.
 */
#include "golden.h"
#include "kit.h"

#include "support/inline_sched.h"
#include "support/machine.h"
#include "support/topology.h"

#include <vfiosim/kvm_vfio.h>

#include <string.h>

#define LOCKED_TEXT_MAX (1 << 16)

/* Two devices of one group, files, and what else a story needs. */
static struct device *d0, *d1;
static int g, c, device_fd;
static struct kvm *kvm;
static struct vfio_group *external;
static char text[LOCKED_TEXT_MAX];

static void append(const char *format, int width, const char *arg)
{
	size_t used = strlen(text);

	assert_in_range(used, 0, LOCKED_TEXT_MAX - 256);
	snprintf(text + used, LOCKED_TEXT_MAX - used, format, width, arg);
}

/* ----------------------------------------------------------------- recording */

/* What is behind each operation, counted from 1, and before the first. */
struct behind {
	unsigned reads, writes; /* announced accesses */
	int uses, iommu_uses; /* of modules, beyond those before the call */
};

static struct {
	const struct sched_ops *inner;
	struct sched_ops ops;
	int uses_before, iommu_uses_before;
	struct behind behind[INLINE_OPS_MAX + 1];
} counter;

static void count_access(const void *obj, enum sched_access how)
{
	struct behind *behind = &counter.behind[inline_sched.nr_ops];

	if (how == SCHED_ACCESS_WRITE)
		behind->writes++;
	else
		behind->reads++;
	counter.inner->access(obj, how);
}

/* Uses are not announced: what the next operation, or the end, finds. */
static void count_uses(void)
{
	struct behind *behind = &counter.behind[inline_sched.nr_ops];

	behind->uses = inspect_module_vfio() - counter.uses_before;
	behind->iommu_uses = inspect_module_iommu() - counter.iommu_uses_before;
}

static unsigned count_before(const struct sched_op *op)
{
	count_uses();
	return counter.inner->before(op);
}

static void begin(void)
{
	transcript_begin();
	memset(&counter, 0, sizeof(counter));
	counter.inner = sched_ops;
	counter.uses_before = inspect_module_vfio();
	counter.iommu_uses_before = inspect_module_iommu();
	counter.ops = *sched_ops;
	counter.ops.access = count_access;
	counter.ops.before = count_before;
	sched_install(&counter.ops);
}

static void append_behind(const struct behind *behind)
{
	char counts[96];

	if (behind->reads || behind->writes) {
		snprintf(counts, sizeof(counts), " (%u read, %u written)",
			 behind->reads, behind->writes);
		append("%.*s", 96, counts);
	}
	if (behind->uses || behind->iommu_uses) {
		snprintf(counts, sizeof(counts), " [modules %+d %+d]",
			 behind->uses, behind->iommu_uses);
		append("%.*s", 96, counts);
	}
	append("%.*s", 1, "\n");
}

/* One call: its name, what it returned, and its operations. */
static void record(const char *name, long ret)
{
	const char *line = transcript_text();
	struct behind *behind = counter.behind;

	count_uses();
	append("%.*s -> ", 128, name);
	append("%.*s", 32, sim_errno_name(ret));
	append("%.*s", inline_sched.reports[SCHED_WARN] ? 6 : 0, ", WARN");
	append_behind(behind);
	for (; *line; line += strcspn(line, "\n") + 1) {
		append("    %.*s", (int)strcspn(line, "\n"), line);
		append_behind(++behind);
	}
}

/* The call is an expression that gives a number. */
#define RECORD(name, call)              \
	do {                            \
		begin();                \
		record((name), (call)); \
	} while (0)

/* -------------------------------------------------------------------- calls */

/* A descriptor, or what it was refused with: numbers of files say nothing. */
static int keep_fd(int fd, int *ret_fd)
{
	*ret_fd = fd;
	return fd < 0 ? fd : 0;
}

static int keep_group(struct vfio_group *group)
{
	external = group;
	return IS_ERR(group) ? (int)PTR_ERR(group) : 0;
}

static int put_external(void)
{
	vfio_group_put_external_user(external);
	return 0;
}

static int get_and_put_device(void)
{
	struct vfio_device *device = vfio_device_get_from_dev(d0);

	if (!device)
		return -ENODEV;
	vfio_device_put(device);
	return 0;
}

static int set_attr(uint64_t attr)
{
	const struct kvm_device_attr group = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = attr,
		.addr = &g,
	};

	return kvm_device_set_attr(kvm, &group);
}

static int put_kvm(void)
{
	kvm_put_kvm(kvm);
	return 0;
}

static int unregister_driver(void)
{
	driver_unregister(&topology.vfio_pci);
	return 0;
}

static int register_driver(void)
{
	return driver_register(&topology.vfio_pci);
}

static int remove_device(struct device *dev)
{
	topology_remove(dev);
	return 0;
}

static int add_device(const char *name)
{
	return topology_add(name, 0) ? 0 : -ENOMEM;
}

static int flags(void)
{
	int ret = topology_group_flags(g);

	return ret < 0 ? ret : 0;
}

/* ------------------------------------------------------------------ chapters */

static void record_container(void)
{
	int minor = vfio_group_minor(iommu_group_id(topology.groups[0]));
	int nobody;

	c = vfio_container_open();
	RECORD("open group", keep_fd(vfio_group_open(minor), &g));
	RECORD("open group again", keep_fd(vfio_group_open(minor), &nobody));
	RECORD("GET_STATUS without container", flags());
	RECORD("UNSET_CONTAINER without one", topology_unset_container(g));
	RECORD("GET_DEVICE_FD without container",
	       topology_get_device_fd(g, "d0"));
	RECORD("SET_IOMMU without group",
	       topology_set_iommu(c, VFIO_TYPE1_IOMMU));
	RECORD("SET_CONTAINER", topology_set_container(g, c));
	RECORD("GET_DEVICE_FD without backend",
	       topology_get_device_fd(g, "d0"));
	RECORD("CHECK_EXTENSION without backend",
	       sys_ioctl(c, VFIO_CHECK_EXTENSION, 99));
	RECORD("SET_IOMMU", topology_set_iommu(c, VFIO_TYPE1_IOMMU));
	RECORD("CHECK_EXTENSION", sys_ioctl(c, VFIO_CHECK_EXTENSION, 99));
	RECORD("an ioctl of the backend", sys_ioctl(c, 1, 0));
	RECORD("SET_CONTAINER again", topology_set_container(g, c));
	RECORD("GET_STATUS", flags());
}

static void record_device(void)
{
	RECORD("GET_DEVICE_FD",
	       keep_fd(topology_get_device_fd(g, "d0"), &device_fd));
	RECORD("GET_DEVICE_FD of nobody", topology_get_device_fd(g, "dx"));
	RECORD("UNSET_CONTAINER in use", topology_unset_container(g));
	RECORD("close device", sys_close(device_fd));
	RECORD("vfio_device_get_from_dev, put", get_and_put_device());
	assert_int_equal(vfio_inject("open", 1, -EIO), 0);
	RECORD("GET_DEVICE_FD, no open", topology_get_device_fd(g, "d0"));
	assert_int_equal(vfio_inject("fd", 1, -EMFILE), 0);
	RECORD("GET_DEVICE_FD, no number", topology_get_device_fd(g, "d0"));
	assert_int_equal(vfio_inject("file", 1, -ENFILE), 0);
	RECORD("GET_DEVICE_FD, no file", topology_get_device_fd(g, "d0"));
}

static void close_device(void *arg)
{
	(void)arg;
	assert_int_equal(sys_close(device_fd), 0);
}

/* The user is asked, and lets go when the unbind sleeps. */
static void record_request(void)
{
	bool completes =
		era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;
	atomic_t eventfd = ATOMIC_INIT(0);

	device_fd = topology_get_device_fd(g, "d1");
	assert_true(device_fd >= FD_FIRST);
	RECORD("SET_IRQS", sys_ioctl(device_fd, VFIO_DEVICE_SET_IRQS,
				     (unsigned long)&eventfd));
	begin();
	run_at(completes ? "sleep vfio_pci_device.comp" :
			   "sleep vfio.release_q",
	       1, close_device, NULL);
	record("unbind d1, device open",
	       topology_unbind(&topology.vfio_pci, d1));
	assert_true(has_run());
	assert_int_equal(topology_bind(&topology.vfio_pci, d1), 0);
	/* A callback may have left its put to a work item. */
	kthread_join_all();
}

static void record_users(void)
{
	RECORD("hot reset", vfio_pci_check_reset_groups(&g, 1));
	RECORD("external get", keep_group(topology_get_external(g)));
	if (IS_ERR(external))
		return;
	RECORD("UNSET_CONTAINER with a user", topology_unset_container(g));
	RECORD("external put", put_external());
	RECORD("external get from device",
	       keep_group(vfio_group_get_external_user_from_dev(d0)));
	RECORD("external put again", put_external());
}

static void record_kvm(void)
{
	kvm = kvm_create_vm();
	RECORD("create kvm-vfio", kvm_create_vfio_device(kvm));
	RECORD("create kvm-vfio again", kvm_create_vfio_device(kvm));
	RECORD("GROUP_ADD", set_attr(KVM_DEV_VFIO_GROUP_ADD));
	RECORD("GROUP_ADD again", set_attr(KVM_DEV_VFIO_GROUP_ADD));
	RECORD("GROUP_DEL", set_attr(KVM_DEV_VFIO_GROUP_DEL));
	RECORD("GROUP_DEL again", set_attr(KVM_DEV_VFIO_GROUP_DEL));
	vfio_iommu_dummy_set_coherent(0);
	RECORD("GROUP_ADD, not coherent", set_attr(KVM_DEV_VFIO_GROUP_ADD));
	vfio_iommu_dummy_set_coherent(1);
	RECORD("last put of the machine", put_kvm());
}

/* The group leaves its container in three ways. */
static void record_end(void)
{
	int minor = vfio_group_minor(iommu_group_id(topology.groups[0]));

	RECORD("UNSET_CONTAINER", topology_unset_container(g));
	assert_int_equal(topology_set_container(g, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
	RECORD("close group", sys_close(g));
	g = vfio_group_open(minor);
	assert_int_equal(topology_set_container(g, c), 0);
	assert_int_equal(topology_set_iommu(c, VFIO_TYPE1_IOMMU), 0);
	device_fd = topology_get_device_fd(g, "d0");
	assert_true(device_fd >= FD_FIRST);
	RECORD("close group, device open", sys_close(g));
	RECORD("close device, the last file", sys_close(device_fd));
	RECORD("close container", sys_close(c));
	RECORD("unbind d1", topology_unbind(&topology.vfio_pci, d1));
	RECORD("unbind d0, the last", topology_unbind(&topology.vfio_pci, d0));
}

/* The last device leaves a group that is open; where its unbind would wait for
 * the container, without one. */
static void record_last_device(void)
{
	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	/* A callback may have left its put to a work item. */
	kthread_join_all();
	g = topology_open_group(0);
	c = era_flag(ERA_CONTAINER_STALL) == ERA_ON ?
		    vfio_container_open() :
		    topology_open_container(g);
	RECORD("unbind d0, group open",
	       topology_unbind(&topology.vfio_pci, d0));
	RECORD("GET_STATUS without device", flags());
	RECORD("SET_CONTAINER without device", topology_set_container(g, c));
	RECORD("close group without device", sys_close(g));
	assert_int_equal(sys_close(c), 0);
}

/* What drivers and devices do to each other. */
static void record_drivers(void)
{
	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	kthread_join_all();
	RECORD("unregister driver", unregister_driver());
	topology.bus->drivers_autoprobe = true;
	RECORD("register driver", register_driver());
	RECORD("add d2", add_device("d2"));
	topology.bus->drivers_autoprobe = false;
	/* Bound it would keep its IOMMU group for ever, up to 4.1 (F15). */
	assert_int_equal(topology_unbind(&topology.vfio_pci, d1), 0);
	kthread_join_all();
	RECORD("delete d1", remove_device(d1));
	RECORD("bind d0 to the host", topology_bind(&topology.host, d0));
	RECORD("unbind d0 from vfio", topology_unbind(&topology.vfio_pci, d0));
	RECORD("bind d0 to the host", topology_bind(&topology.host, d0));
	RECORD("unbind d0 from the host", topology_unbind(&topology.host, d0));
	topology.probe_error = -EIO;
	RECORD("bind d0, probe fails", topology_bind(&topology.host, d0));
}

static void expect_operations(const char *called, const char *era)
{
	char name[64];

	text[0] = '\0';
	assert_true(topology_begin(era));
	d0 = topology_add("d0", 0);
	d1 = topology_add("d1", 0);
	assert_int_equal(vfio_inject("device_create", 1, -ENOSPC), 0);
	RECORD("bind d0, no node", topology_bind(&topology.vfio_pci, d0));
	RECORD("bind d0", topology_bind(&topology.vfio_pci, d0));
	RECORD("bind d1", topology_bind(&topology.vfio_pci, d1));
	record_container();
	record_device();
	record_request();
	record_users();
	record_kvm();
	record_end();
	record_last_device();
	record_drivers();
	topology_end();
	snprintf(name, sizeof(name), "locks-%s.txt", called);
	golden_compare(name, text);
}

static void each_call_of_3_19_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v3.19", "v3.19");
}

static void each_call_of_4_0_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v4.0", "v4.0");
}

static void each_call_of_4_14_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v4.14", "v4.14");
}

static void each_call_of_5_15_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v5.15", "v5.15");
}

/* That is what its groups were like. */
static void each_call_of_5_16_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v5.16", "v5.15 minor_alloc=with_group");
}

static void each_call_of_5_19_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v5.19", "v5.19");
}

static void each_call_of_6_1_does_this_and_no_more(void **state)
{
	(void)state;
	expect_operations("v6.1", "v6.1");
}

#define TEST(name) cmocka_unit_test_teardown(name, topology_teardown_each)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_call_of_3_19_does_this_and_no_more),
		TEST(each_call_of_4_0_does_this_and_no_more),
		TEST(each_call_of_4_14_does_this_and_no_more),
		TEST(each_call_of_5_15_does_this_and_no_more),
		TEST(each_call_of_5_16_does_this_and_no_more),
		TEST(each_call_of_5_19_does_this_and_no_more),
		TEST(each_call_of_6_1_does_this_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
