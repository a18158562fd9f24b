/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_flags.c - flags that no recorded sequence reaches: which backend
 * SET_IOMMU takes, whether it can go while it is asked something, and whether
 * one machine can have two kvm-vfio devices.
 */
#include "kit.h"

#include <vfiosim/inspect.h>

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

/* Looks at its data whatever it is asked. */
struct reader {
	int word;
};

static void *make_reader(unsigned long arg)
{
	struct reader *reader = kzalloc_obj(reader);

	(void)arg;
	once_init(&reader->word, sizeof(reader->word));
	return reader;
}

static long read_word(void *iommu_data, unsigned int cmd, unsigned long arg)
{
	struct reader *reader = iommu_data;

	(void)arg;
	if (cmd != VFIO_CHECK_EXTENSION)
		return READ_ONCE(reader->word);
	/* Whoever asks keeps the backend's module meanwhile. */
	SIM_CHECK(inspect_module_iommu() > 0);
	return 1;
}

static void free_reader(void *iommu_data)
{
	SIM_CHECK(inspect_module_iommu() > 0);
	kfree(iommu_data);
}

static int attach(void *iommu_data, struct iommu_group *iommu_group)
{
	(void)iommu_data;
	(void)iommu_group;
	return 0;
}

static void detach(void *iommu_data, struct iommu_group *iommu_group)
{
	(void)attach(iommu_data, iommu_group);
}

static const struct vfio_iommu_driver_ops reader_ops = {
	.name = "reader",
	.open = make_reader,
	.release = free_reader,
	.ioctl = read_word,
	.attach_group = attach,
	.detach_group = detach,
};

static struct bus_type bus;
static struct device_driver driver;
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

static int group, container;
static const struct vfio_iommu_driver_ops *backend;

/* A group in a container, without a backend yet; 0 or -errno. */
static int build(const struct vfio_iommu_driver_ops *ops)
{
	int err = vfio_register_iommu_driver(ops);

	backend = ops;
	bus = (struct bus_type){ .name = "pci" };
	driver = (struct device_driver){ .name = "vfio-pci",
					 .bus = &bus,
					 .probe = vfio_pci_probe,
					 .remove = vfio_pci_remove };
	device = (struct device){ .bus = &bus, .release = keep };
	if (!err)
		err = bus_register(&bus);
	if (!err)
		err = bus_set_iommu(&bus, &iommu_ops);
	if (!err)
		err = driver_register(&driver);
	if (!err)
		err = device_register(&device, "d0");
	group = vfio_group_open(vfio_group_minor(0));
	container = vfio_container_open();
	if (err)
		return err;
	return (int)sys_ioctl(group, VFIO_GROUP_SET_CONTAINER,
			      (unsigned long)&container);
}

static void destroy(void)
{
	(void)sys_close(group);
	(void)sys_close(container);
	/* In this order: a bound device would keep its group for ever (F15). */
	driver_unregister(&driver);
	device_unregister(&device);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
	vfio_unregister_iommu_driver(backend);
}

/* What SET_IOMMU answers where the backend registered last fails to open. */
static long set_iommu(const char *era)
{
	struct kernel_config config;
	char error[SIM_TEXT_MAX];
	long ret;

	assert_int_equal(sim_era_parse(era, &config.era, error), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(build(&vfio_iommu_dummy_ops), 0);
	assert_int_equal(vfio_register_iommu_driver(&hopeless), 0);
	ret = sys_ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
	destroy();
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

/* ----------------------------------------------------------- container_fops */

static void make_attached_group(void)
{
	SIM_CHECK(build(&reader_ops) == 0);
	SIM_CHECK(sys_ioctl(container, VFIO_CHECK_EXTENSION, 1) == 1);
	SIM_CHECK(inspect_module_iommu() == 0);
	SIM_CHECK(sys_ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) == 0);
}

/* The backend's word, or without a backend -EINVAL. */
static void ask_backend(void)
{
	long ret = sys_ioctl(container, 1, 0);

	SIM_CHECK(ret == 0 || ret == -EINVAL);
}

static void leave_container(void)
{
	SIM_CHECK(sys_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, 0) == 0);
}

static const struct sim_scenario backend_goes = {
	.name = "backend-goes",
	.setup = make_attached_group,
	.tasks = { { "ask", ask_backend, NULL },
		   { "leave", leave_container, NULL } },
	.teardown = destroy,
};

static unsigned ask_while_leaving(const char *era)
{
	struct sim_options options = { .strategy = "dfs", .all = true };
	struct sim_result result;
	char error[SIM_TEXT_MAX];
	unsigned verdicts;

	assert_int_equal(sim_era_parse(era, &options.era, error), 0);
	kit_explore(&backend_goes, &options, &result);
	assert_true(result.exhausted);
	verdicts = result.verdicts;
	sim_result_release(&result);
	return verdicts;
}

static void without_its_lock_a_container_may_lose_its_backend(void **state)
{
	(void)state;
	assert_int_equal(ask_while_leaving("v4.0"), 0);
	assert_int_equal(ask_while_leaving("v4.0 container_fops=unlocked"),
			 SIM_SET(SIM_USE_AFTER_FREE));
	assert_int_equal(ask_while_leaving("v4.14"),
			 SIM_SET(SIM_USE_AFTER_FREE));
	assert_int_equal(ask_while_leaving("v4.14 container_fops=locked"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_backend_that_fails_leaves_the_next_one_its_chance),
		cmocka_unit_test(without_a_lock_a_machine_gets_two_devices),
		cmocka_unit_test(
			without_its_lock_a_container_may_lose_its_backend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
