/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_pci_era.c - vfio-pci in each era: whose references it holds, what a
 * probe that fails late leaves, and what a hot reset takes for proof.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "topology.h"

/* The member, what pins the group for VFIO, and up to 5.15 vfio-pci itself. */
static void expect_references(int bound)
{
	struct device *d0 = topology_add("d0", 0);

	assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
	assert_int_equal(topology_iommu_refs(0), bound);
	assert_int_equal(topology_unbind(&topology.vfio_pci, d0), 0);
	/* Some put VFIO's group by work items. */
	kthread_join_all();
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(slab_live("vfio_pci_device"), 0);
	assert_int_equal(slab_live("vfio_device_set"), 0);
}

static void a_reference_of_its_own_was_held_up_to_5_15(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.0", "v4.14", "v5.15")
	expect_references(3);
	TOPOLOGY_EACH("v5.19", "v6.1")
	expect_references(2);
}

/* On top of what the group of later kernels holds for itself. */
static void a_pin_of_each_device_goes_with_every_era(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.0 iommu_group_pin=per_device",
		      "v5.15 iommu_group_pin=per_device",
		      "v5.19 iommu_group_pin=per_device")
	expect_references(3);
	/* Up to 5.12 the set goes with the last put, if there is one. */
	TOPOLOGY_EACH("v4.14 device_set=on")
	expect_references(3);
}

static void a_step_behind_the_add_may_fail(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19 probe_fails_after_add=on",
		      "v4.0 probe_fails_after_add=on",
		      "v4.14 probe_fails_after_add=on",
		      "v5.15 probe_fails_after_add=on",
		      "v5.19 probe_fails_after_add=on",
		      "v6.1 probe_fails_after_add=on")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_int_equal(slab_fail_nth("vfio_pci_reflck", 1), 0);
		assert_true(topology_bind(&topology.vfio_pci, d0) < 0);
		assert_int_equal(slab_failed(), 1);
		assert_int_equal(topology_iommu_refs(0), 1);
		assert_int_equal(slab_live("vfio_pci_device"), 0);
		assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
		assert_int_equal(slab_live("vfio_pci_reflck"), 1);
		assert_int_equal(topology_unbind(&topology.vfio_pci, d0), 0);
		assert_int_equal(slab_live("vfio_pci_reflck"), 0);
	}
}

/* Without memory for the set, and without memory for the device. */
static void a_registration_that_fails_gives_everything_back(void **state)
{
	static const char *const fails[] = { "vfio_pci_device",
					     "vfio_device_set", "vfio_group" };

	(void)state;
	TOPOLOGY_EACH("v5.15", "v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		unsigned i;

		for (i = 0; i < 3; i++) {
			assert_int_equal(slab_fail_nth(fails[i], 1), 0);
			assert_int_equal(topology_bind(&topology.vfio_pci, d0),
					 -ENOMEM);
			assert_int_equal(topology_iommu_refs(0), 1);
			assert_int_equal(slab_live("vfio_pci_device"), 0);
			assert_int_equal(slab_live("vfio_device_set"), 0);
		}
	}
}

static void a_device_file_takes_an_eventfd(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.0", "v4.14", "v5.15", "v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		atomic_t eventfd = ATOMIC_INIT(0);
		int g, c, fd;

		assert_int_equal(topology_bind(&topology.vfio_pci, d0), 0);
		g = topology_open_group(0);
		c = topology_open_container(g);
		fd = topology_get_device_fd(g, "d0");
		assert_int_equal(sys_ioctl(fd, VFIO_DEVICE_SET_IRQS,
					   (unsigned long)&eventfd),
				 0);
		assert_int_equal(sys_ioctl(fd, VFIO_DEVICE_SET_IRQS + 1, 0),
				 -ENOTTY);
		assert_int_equal(sys_close(fd), 0);
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(sys_close(c), 0);
		assert_int_equal(atomic_peek(&eventfd), 0);
	}
}

/* How often the states of vfio-pci are written to while @fd is closed. */
static unsigned writes_of_close(int fd)
{
	struct slab_block block;
	unsigned writes = 0;
	unsigned i;

	transcript_begin();
	assert_int_equal(sys_close(fd), 0);
	transcript_end();
	for (i = 0; i < inline_sched.nr_accesses; i++) {
		const struct inline_access *access = &inline_sched.access[i];

		if (access->how == SCHED_ACCESS_WRITE &&
		    slab_query(access->obj, &block) == SLAB_LIVE &&
		    strcmp(block.type, "vfio_pci_device") == 0)
			writes++;
	}
	return writes;
}

static void bind_below(struct device *parent, const char *name)
{
	struct device *dev = topology_add_below(parent, name, 0);

	assert_int_equal(topology_bind(&topology.vfio_pci, dev), 0);
	/* A callback may have left its put to a work item. */
	kthread_join_all();
}

/* A close is one write, to the count of opens.  Only one that leaves nobody in
 * the slot is more: then both functions are reset. */
static void the_last_close_of_a_slot_resets_all_functions(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.14", "v5.15", "v5.19")
	{
		struct device *slot = topology_add("slot", 1);
		/* From 5.15 on VFIO's own count of opens is a write, too, and
		 * the only one unless the close is the device's last. */
		unsigned own = era_flag(ERA_DEVICE_SET) == ERA_ON;
		int g, c, d0, again, d1;

		bind_below(slot, "d0");
		bind_below(slot, "d1");
		g = topology_open_group(0);
		c = topology_open_container(g);
		d0 = topology_get_device_fd(g, "d0");
		again = topology_get_device_fd(g, "d0");
		d1 = topology_get_device_fd(g, "d1");
		assert_int_equal(writes_of_close(d0), 1);
		assert_int_equal(writes_of_close(again), 1 + own);
		assert_int_equal(writes_of_close(d1), 3 + own);
		/* None needs it any more, but each open asks for it anew. */
		d0 = topology_get_device_fd(g, "d0");
		assert_int_equal(writes_of_close(d0), 3 + own);
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(sys_close(c), 0);
	}
}

static char slot_id;

static void assign(void *arg)
{
	assert_int_equal(vfio_assign_device_set(arg, &slot_id), 0);
}

/* Two functions arrive at once, and each has made a set. */
static void who_comes_second_joins_the_set_of_the_first(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15")
	{
		struct vfio_device *devices =
			slab_alloc("devices", 2 * sizeof(*devices));

		vfio_init_group_dev(&devices[0], NULL, NULL);
		vfio_init_group_dev(&devices[1], NULL, NULL);
		transcript_begin();
		/* Behind the look for a set, before what was made is listed. */
		run_at("rmw vfio.device_set_lock", 2, assign, &devices[1]);
		assign(&devices[0]);
		transcript_end();
		assert_true(has_run());
		assert_ptr_equal(devices[0].dev_set, devices[1].dev_set);
		assert_int_equal(slab_live("vfio_device_set"), 1);
		vfio_uninit_group_dev(&devices[0]);
		assert_int_equal(slab_live("vfio_device_set"), 1);
		vfio_uninit_group_dev(&devices[1]);
		assert_int_equal(slab_live("vfio_device_set"), 0);
		kfree(devices);
	}
}

static struct vfio_device *register_device(struct device *dev, int expect)
{
	struct vfio_device *device = slab_alloc("vfio_device", sizeof(*device));

	vfio_init_group_dev(device, dev, NULL);
	assert_int_equal(vfio_register_group_dev(device), expect);
	return device;
}

static void unregister_device(struct vfio_device *device, bool registered)
{
	if (registered)
		vfio_unregister_group_dev(device);
	vfio_uninit_group_dev(device);
	kfree(device);
}

static void who_is_listed_is_not_registered_again(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15", "v5.15 iommu_group_pin=per_device", "v5.19",
		      "v5.19 iommu_group_pin=per_device", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		struct vfio_device *device = register_device(d0, 0);
		int references = topology_iommu_refs(0);

		unregister_device(register_device(d0, -EBUSY), false);
		assert_int_equal(sched_warnings(), 1);
		assert_int_equal(topology_iommu_refs(0), references);
		unregister_device(device, true);
		assert_int_equal(topology_iommu_refs(0), 1);
		sched_warnings_reset();
	}
}

/* The count is read without an operation of its own: who explores must know. */
static void the_atomic_check_tells_what_it_reads(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15 check_order=atomic")
	{
		struct device *d0 = topology_add("d0", 0);
		struct vfio_device *device = register_device(d0, 0);
		int g = topology_open_group(0);

		assert_int_equal(topology_bind(&topology.host, d0), 0);
		kthread_join_all();
		transcript_begin();
		assert_int_equal(topology_group_flags(g),
				 VFIO_GROUP_FLAGS_VIABLE);
		transcript_end();
		assert_int_equal(inline_sched_accesses(&device->refcount,
						       SCHED_ACCESS_READ),
				 1);
		assert_int_equal(sys_close(g), 0);
		unregister_device(device, true);
	}
}

static void a_file_knows_the_devices_of_its_group(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct vfio_device *a =
			register_device(topology_add("d0", 0), 0);
		struct vfio_device *b =
			register_device(topology_add("d1", 1), 0);
		int g = topology_open_group(0);
		int c = topology_open_container(g);

		assert_true(vfio_file_has_dev(fd_peek(g), a));
		assert_false(vfio_file_has_dev(fd_peek(g), b));
		assert_false(vfio_file_has_dev(fd_peek(c), a));
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(sys_close(c), 0);
		unregister_device(a, true);
		unregister_device(b, true);
	}
}

static int asked_fd;

static void close_asked(void *arg)
{
	(void)arg;
	assert_int_equal(sys_close(asked_fd), 0);
}

/* Three times the unbind goes to sleep, and the user lets go the third time. */
static void unbind_asking_thrice(struct device_driver *drv, struct device *dev)
{
	bool completes =
		era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;

	transcript_begin();
	inline_sched.wish[SCHED_SLEEP] = SCHED_EXPIRED;
	run_at(completes ? "sleep vfio_pci_device.comp" :
			   "sleep vfio.release_q",
	       3, close_asked, NULL);
	assert_int_equal(topology_unbind(drv, dev), 0);
	transcript_end();
	assert_true(has_run());
}

static unsigned times_noted(const char *text)
{
	const char *at = inline_sched.text;
	unsigned times = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		times++;
	}
	return times;
}

/* A sibling keeps the group from being empty, and the unbind from stalling. */
static int open_device(struct device_driver *drv, struct device *dev,
		       int *ret_c)
{
	int g;

	assert_int_equal(topology_bind(drv, dev), 0);
	assert_int_equal(topology_bind(&topology.vfio_pci,
				       topology_add("sibling", 0)),
			 0);
	kthread_join_all();
	g = topology_open_group(0);
	*ret_c = topology_open_container(g);
	asked_fd = topology_get_device_fd(g, dev_name(dev));
	assert_true(asked_fd >= FD_FIRST);
	return g;
}

static void that_nobody_can_be_asked_is_said_once(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.0", "v4.14", "v5.15", "v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		int c, g = open_device(&topology.vfio_pci, d0, &c);

		unbind_asking_thrice(&topology.vfio_pci, d0);
		assert_int_equal(times_noted("} vfio_pci_request"), 3);
		assert_int_equal(times_noted("note no user to ask"), 1);
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(sys_close(c), 0);
	}
}

/* Its vfio_device_ops have no request. */
static void a_driver_that_cannot_ask_is_not_asked(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.0", "v4.14")
	{
		struct device *d0 = topology_add("d0", 0);
		int c, g = open_device(&topology.vfio, d0, &c);

		unbind_asking_thrice(&topology.vfio, d0);
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(sys_close(c), 0);
	}
}

/* Whether the group is of use to anybody does not matter any more. */
static void a_reset_wants_files_from_5_19_on(void **state)
{
	int g, c;

	(void)state;
	TOPOLOGY_EACH("v4.14", "v5.15", "v5.19", "v6.1")
	{
		bool files = era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE;

		assert_int_equal(topology_bind(&topology.vfio_pci,
					       topology_add("d0", 0)),
				 0);
		g = topology_open_group(0);
		assert_int_equal(vfio_pci_check_reset_groups(&g, 1),
				 files ? 0 : -EINVAL);
		c = topology_open_container(g);
		assert_int_equal(vfio_pci_check_reset_groups(&g, 1), 0);
		assert_int_equal(
			vfio_pci_check_reset_groups((const int[]){ g, c }, 2),
			-EINVAL);
		assert_int_equal(sys_close(g), 0);
		assert_int_equal(vfio_pci_check_reset_groups(&g, 1), -EBADF);
		assert_int_equal(sys_close(c), 0);
	}
}

#define test(f) cmocka_unit_test_teardown(f, topology_teardown_each)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_reference_of_its_own_was_held_up_to_5_15),
		test(a_pin_of_each_device_goes_with_every_era),
		test(a_step_behind_the_add_may_fail),
		test(a_registration_that_fails_gives_everything_back),
		test(a_device_file_takes_an_eventfd),
		test(the_last_close_of_a_slot_resets_all_functions),
		test(who_comes_second_joins_the_set_of_the_first),
		test(who_is_listed_is_not_registered_again),
		test(the_atomic_check_tells_what_it_reads),
		test(a_file_knows_the_devices_of_its_group),
		test(that_nobody_can_be_asked_is_said_once),
		test(a_driver_that_cannot_ask_is_not_asked),
		test(a_reset_wants_files_from_5_19_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
