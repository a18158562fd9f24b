/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_flags.c - flags that no recorded sequence reaches: which backend
 * SET_IOMMU takes, and whether one machine can have two kvm-vfio devices.
 */
#include "kit.h"

#include <vfiosim/kvm_vfio.h>

/* ---------------------------------------------------------- set_iommu_retry */

static void *refuse_open(unsigned long arg)
{
	(void)arg;
	return ERR_PTR(-ENOTTY);
}

static long support_all(void *iommu_data, unsigned int cmd, unsigned long arg)
{
	(void)iommu_data;
	(void)cmd;
	(void)arg;
	return 1;
}

/* Supports every type, and opens for nobody. */
static const struct vfio_iommu_driver_ops hopeless = {
	.name = "hopeless",
	.open = refuse_open,
	.ioctl = support_all,
};

static struct bus_type bus = { .name = "pci" };
static struct device_driver driver = { .name = "vfio-pci",
				       .bus = &bus,
				       .probe = vfio_pci_probe,
				       .remove = vfio_pci_remove };
static struct device device;

static int add_to_new_group(struct device *dev)
{
	struct iommu_group *group = iommu_group_alloc();
	int ret = iommu_group_add_device(group, dev);

	iommu_group_put(group);
	return ret;
}

static const struct iommu_ops iommu_ops = {
	.add_device = add_to_new_group,
	.remove_device = iommu_group_remove_device,
};

static void keep(struct device *dev)
{
	(void)dev;
}

/* What SET_IOMMU answers where the backend registered last fails to open. */
static long set_iommu(const char *era)
{
	struct kernel_config config;
	char error[SIM_TEXT_MAX];
	int group, container;
	long ret;

	assert_int_equal(sim_era_parse(era, &config.era, error), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(vfio_register_iommu_driver(&vfio_iommu_dummy_ops), 0);
	assert_int_equal(vfio_register_iommu_driver(&hopeless), 0);
	assert_int_equal(bus_register(&bus), 0);
	assert_int_equal(bus_set_iommu(&bus, &iommu_ops), 0);
	assert_int_equal(driver_register(&driver), 0);
	device = (struct device){ .bus = &bus, .release = keep };
	assert_int_equal(device_register(&device, "d0"), 0);
	group = vfio_group_open(vfio_group_minor(0));
	container = vfio_container_open();
	assert_int_equal(sys_ioctl(group, VFIO_GROUP_SET_CONTAINER,
				   (unsigned long)&container),
			 0);
	ret = sys_ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
	assert_int_equal(sys_close(group), 0);
	assert_int_equal(sys_close(container), 0);
	device_unregister(&device);
	driver_unregister(&driver);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
	kernel_halt(NULL, NULL);
	return ret;
}

static void a_backend_that_fails_leaves_the_next_one_its_chance(void **state)
{
	(void)state;
	assert_int_equal(set_iommu("v4.0"), -ENOTTY);
	assert_int_equal(set_iommu("v4.0 set_iommu_retry=on"), 0);
}

/* ---------------------------------------------------------- kvm_create_lock */

static struct machine {
	struct kvm *kvm;
} * machine;

static void make_machine(void)
{
	machine = kzalloc_obj(machine);
	machine->kvm = kvm_create_vm();
}

static void create_device(void)
{
	(void)kvm_create_vfio_device(machine->kvm);
}

static void only_one(void)
{
	SIM_CHECK(slab_live("kvm_vfio") == 1);
}

static const struct sim_scenario two_creators = {
	.name = "two-creators",
	.setup = make_machine,
	.tasks = { { "a", create_device, NULL }, { "b", create_device, NULL } },
	.check = only_one,
};

static unsigned create_twice(const char *era)
{
	struct sim_options options = { .strategy = "dfs", .all = true };
	struct sim_result result;
	char error[SIM_TEXT_MAX];
	unsigned verdicts;

	assert_int_equal(sim_era_parse(era, &options.era, error), 0);
	kit_explore(&two_creators, &options, &result);
	assert_true(result.exhausted);
	verdicts = result.verdicts;
	sim_result_release(&result);
	return verdicts;
}

static void without_a_lock_a_machine_gets_two_devices(void **state)
{
	(void)state;
	assert_int_equal(create_twice("v4.0"), SIM_SET(SIM_CHECK_FAILED));
	assert_int_equal(create_twice("v4.0 kvm_create_lock=on"), 0);
	assert_int_equal(create_twice("v4.14"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_backend_that_fails_leaves_the_next_one_its_chance),
		cmocka_unit_test(without_a_lock_a_machine_gets_two_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
