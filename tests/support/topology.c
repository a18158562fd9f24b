/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.c - see topology.h.
 *
 * Groups go by number: the first device of a number makes the IOMMU group, and
 * its release forgets it.
 */
#include "topology.h"

#include "inline_sched.h"
#include "machine.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct topology topology;

/* ----------------------------------------------------------------- drivers */

struct topology_device *topology_find(const struct device *dev)
{
	unsigned i;

	for (i = 0; i < TOPOLOGY_DEVICES_MAX; i++)
		if (topology.devices[i].dev == dev)
			return &topology.devices[i];
	return NULL;
}

static int vfio_open(void *device_data)
{
	struct topology_device *device = device_data;

	device->opens++;
	return 0;
}

static void vfio_release(void *device_data)
{
	struct topology_device *device = device_data;

	device->releases++;
}

static long vfio_ioctl(void *device_data, unsigned int cmd, unsigned long arg)
{
	struct topology_device *device = device_data;

	return cmd == 1 ? (long)(device->opens + arg) : -ENOTTY;
}

static const struct vfio_device_ops vfio_ops = {
	.name = "vfio-test",
	.open = vfio_open,
	.release = vfio_release,
	.ioctl = vfio_ioctl,
};

static int vfio_probe(struct device *dev)
{
	int err = vfio_add_group_dev(dev, &vfio_ops, topology_find(dev));

	if (!err && topology.after_add)
		err = topology.after_add(dev);
	return err;
}

static int vfio_remove(struct device *dev)
{
	assert_ptr_equal(vfio_del_group_dev(dev), topology_find(dev));
	return 0;
}

static int host_probe(struct device *dev)
{
	(void)dev;
	return topology.probe_error;
}

static const struct device_driver driver_template[] = {
	{ .name = "vfio-pci",
	  .probe = vfio_pci_probe,
	  .remove = vfio_pci_remove,
	  .driver_managed_dma = true },
	{ .name = "vfio-test",
	  .probe = vfio_probe,
	  .remove = vfio_remove,
	  .driver_managed_dma = true },
	{ .name = "e1000", .probe = host_probe },
	{ .name = "pci-stub", .probe = host_probe, .driver_managed_dma = true },
};

static struct device_driver *driver_nr(unsigned nr)
{
	struct device_driver *drivers[] = { &topology.vfio_pci, &topology.vfio,
					    &topology.host, &topology.stub };

	return drivers[nr];
}

/* ------------------------------------------------------------- IOMMU driver */

static void forget_group(void *iommu_data)
{
	*(struct iommu_group **)iommu_data = NULL;
}

static int iommu_add_device(struct device *dev)
{
	struct topology_device *device = topology_find(dev);
	struct iommu_group **slot = &topology.groups[device->group];
	struct iommu_group *group = NULL;
	unsigned i;
	int err;

	/* A member lends the reference that finds the group again. */
	for (i = 0; !group && i < TOPOLOGY_DEVICES_MAX; i++)
		if (topology.devices[i].dev &&
		    topology.devices[i].group == device->group &&
		    topology.devices[i].dev != dev)
			group = iommu_group_get(topology.devices[i].dev);
	if (!group) {
		group = iommu_group_alloc();
		if (IS_ERR(group))
			return 0;
		*slot = group;
		iommu_group_set_iommudata(group, slot, forget_group);
	}
	err = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	(void)err;
	return 0;
}

static void iommu_remove_device(struct device *dev)
{
	iommu_group_remove_device(dev);
}

static const struct iommu_ops iommu_ops = {
	.add_device = iommu_add_device,
	.remove_device = iommu_remove_device,
};

/* ------------------------------------------------------------ up and down */

static int register_drivers(void)
{
	unsigned i;
	int err;

	for (i = 0; i < 4; i++) {
		*driver_nr(i) = driver_template[i];
		driver_nr(i)->bus = topology.bus;
		err = driver_register(driver_nr(i));
		if (err)
			return err;
	}
	return 0;
}

int topology_build(void)
{
	int err;

	memset(&topology, 0, sizeof(topology));
	topology.bus = slab_alloc("bus", sizeof(*topology.bus));
	if (!topology.bus)
		return -ENOMEM;
	topology.bus->name = "pci";
	(void)bus_register(topology.bus);
	topology.bus->drivers_autoprobe = false;
	err = bus_set_iommu(topology.bus, &iommu_ops);
	if (!err)
		err = vfio_register_iommu_driver(&vfio_iommu_dummy_ops);
	if (!err)
		err = register_drivers();
	if (err)
		topology_destroy();
	return err;
}

void topology_destroy(void)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		if (driver_nr(i)->registered)
			driver_unregister(driver_nr(i));
	for (i = 0; i < TOPOLOGY_DEVICES_MAX; i++)
		topology_remove(topology.devices[i].dev);
	vfio_unregister_iommu_driver(&vfio_iommu_dummy_ops);
	bus_clear_iommu(topology.bus);
	bus_unregister(topology.bus);
	kfree(topology.bus);
	topology.bus = NULL;
}

int topology_boot(const char *era, const char *flag, const char *value)
{
	struct kernel_config config;
	int err = era_lookup(era, &config.era);

	if (!err && flag)
		err = era_set(&config.era, flag, value);
	if (!err)
		err = kernel_boot(&config);
	if (!err)
		err = topology_build();
	return err;
}

int topology_setup(void **state)
{
	(void)state;
	return topology_boot("v3.19", NULL, NULL);
}

int topology_setup_patched(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", NULL, NULL);
}

int topology_teardown(void **state)
{
	if (sched_ops)
		inline_sched_end();
	kthread_join_all();
	topology_destroy();
	return machine_halt(state);
}

bool topology_begin(const char *era)
{
	if (!era)
		return false;
	if (machine_boot_era(era) || topology_build())
		fail_msg("cannot boot %s", era);
	return true;
}

void topology_end(void)
{
	assert_int_equal(topology_teardown(NULL), 0);
}

int topology_teardown_each(void **state)
{
	return kernel_era() ? topology_teardown(state) : 0;
}

/* ----------------------------------------------------------------- devices */

struct device *topology_add_below(struct device *parent, const char *name,
				  unsigned group)
{
	struct topology_device *device = topology_find(NULL);
	struct device *dev = slab_alloc("device", sizeof(*dev));

	if (!dev)
		return NULL;
	assert_non_null(device);
	memset(device, 0, sizeof(*device));
	device->dev = dev;
	device->group = group;
	dev->bus = topology.bus;
	dev->parent = parent;
	assert_int_equal(device_register(dev, name), 0);
	return dev;
}

struct device *topology_add(const char *name, unsigned group)
{
	return topology_add_below(NULL, name, group);
}

void topology_remove(struct device *dev)
{
	if (!dev)
		return;
	device_del(dev);
	topology_find(dev)->dev = NULL;
	put_device(dev);
}

int topology_bind(struct device_driver *drv, struct device *dev)
{
	ssize_t ret = bind_store(drv, dev_name(dev), 1);

	return ret == 1 ? 0 : (int)ret;
}

int topology_unbind(struct device_driver *drv, struct device *dev)
{
	ssize_t ret = unbind_store(drv, dev_name(dev), 1);

	return ret == 1 ? 0 : (int)ret;
}

/* ------------------------------------------------------------------- files */

int topology_set_container(int group_fd, int container_fd)
{
	return (int)sys_ioctl(group_fd, VFIO_GROUP_SET_CONTAINER,
			      (unsigned long)&container_fd);
}

int topology_unset_container(int group_fd)
{
	return (int)sys_ioctl(group_fd, VFIO_GROUP_UNSET_CONTAINER, 0);
}

int topology_get_device_fd(int group_fd, const char *name)
{
	return (int)sys_ioctl(group_fd, VFIO_GROUP_GET_DEVICE_FD,
			      (unsigned long)name);
}

int topology_set_iommu(int container_fd, unsigned long type)
{
	return (int)sys_ioctl(container_fd, VFIO_SET_IOMMU, type);
}

int topology_group_flags(int group_fd)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	long err = sys_ioctl(group_fd, VFIO_GROUP_GET_STATUS,
			     (unsigned long)&status);

	return err ? (int)err : (int)status.flags;
}

int topology_open_group(unsigned group)
{
	int fd = vfio_group_open(
		vfio_group_minor(iommu_group_id(topology.groups[group])));

	assert_true(fd >= FD_FIRST);
	return fd;
}

int topology_open_container(int group_fd)
{
	int fd = vfio_container_open();

	assert_true(fd >= FD_FIRST);
	assert_int_equal(topology_set_container(group_fd, fd), 0);
	assert_int_equal(topology_set_iommu(fd, VFIO_TYPE1_IOMMU), 0);
	return fd;
}

struct vfio_group *topology_get_external(int fd)
{
	struct file *filep = fget(fd);
	struct vfio_group *group;

	if (!filep)
		return ERR_PTR(-EBADF);
	group = vfio_group_get_external_user(filep);
	fput(filep);
	return group;
}

/* ------------------------------------------------------------------ counts */

bool topology_vfio_group(unsigned group, struct inspect_vfio_group *ret_group)
{
	unsigned nth;

	for (nth = 0; inspect_vfio_group(nth, ret_group); nth++)
		if (ret_group->iommu_group == topology.groups[group])
			return true;
	return false;
}

void topology_expect_group(unsigned group, int kref, int users, int opened)
{
	struct inspect_vfio_group view;

	assert_true(topology_vfio_group(group, &view));
	assert_int_equal(view.kref, kref);
	assert_int_equal(view.users, users);
	assert_int_equal(view.opened, opened);
}

int topology_device_refs(unsigned group, const struct device *dev)
{
	struct inspect_vfio_group view;
	unsigned i;

	if (!topology_vfio_group(group, &view))
		return 0;
	for (i = 0; i < view.nr_devices; i++)
		if (view.devices[i].dev == dev)
			return view.devices[i].kref;
	return 0;
}

int topology_iommu_refs(unsigned group)
{
	struct inspect_iommu_group view;

	return inspect_iommu_group(topology.groups[group], &view) ? view.ref :
								    0;
}

/* ------------------------------------------------------------- transcripts */

static const char *const kind_name[SCHED_KIND_NR] = {
	"read",	  "write",	   "rmw",     "lock",  "lock_shared",
	"unlock", "unlock_shared", "trylock", "queue", "prepare",
	"sleep",  "finish",	   "wake",    "alloc",
};

/* "lock vfio_group.device_lock" for what carries a name, else the text of the
 * source, from behind its first "&" and brackets. */
static void describe(const struct sched_op *op, char *line, size_t size)
{
	struct slab_block block;
	const char *what = op->site.what ? op->site.what : "";

	if (op->name && slab_query(op->obj, &block) != SLAB_OUTSIDE)
		snprintf(line, size, "%s %s.%s", kind_name[op->kind],
			 block.type, op->name);
	else if (op->name)
		snprintf(line, size, "%s %s", kind_name[op->kind], op->name);
	else
		snprintf(line, size, "%s %s", kind_name[op->kind],
			 what + strspn(what, "(&"));
}

void transcript_begin(void)
{
	inline_sched_begin();
}

void transcript_end(void)
{
	inline_sched_end();
}

const char *transcript_text(void)
{
	static char all[INLINE_TEXT_MAX];
	char line[96];
	unsigned i;

	inline_sched_end();
	all[0] = '\0';
	for (i = 0; i < inline_sched.nr_ops; i++) {
		describe(&inline_sched.op[i], line, sizeof(line));
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n",
			 line);
	}
	return all;
}

void transcript_expect(const char *text)
{
	assert_string_equal(transcript_text(), text);
}

/* ------------------------------------------------------- meddling with runs */

static struct {
	const struct sched_ops *inner;
	struct sched_ops ops;
	char line[96];
	unsigned nth; /* still to come; 0: ran, or nothing to run */
	void (*fn)(void *arg);
	void *arg;
} meddler;

static unsigned meddle(const struct sched_op *op)
{
	char line[96];

	describe(op, line, sizeof(line));
	if (meddler.nth && strcmp(line, meddler.line) == 0 &&
	    --meddler.nth == 0) {
		unsigned self = inline_sched.self;

		inline_sched.self = 2;
		meddler.fn(meddler.arg);
		inline_sched.self = self;
	}
	return meddler.inner->before(op);
}

void run_at(const char *line, unsigned nth, void (*fn)(void *arg), void *arg)
{
	assert_ptr_not_equal(sched_ops, &meddler.ops);
	meddler.inner = sched_ops;
	meddler.ops = *sched_ops;
	meddler.ops.before = meddle;
	snprintf(meddler.line, sizeof(meddler.line), "%s", line);
	meddler.nth = nth;
	meddler.fn = fn;
	meddler.arg = arg;
	sched_install(&meddler.ops);
}

bool has_run(void)
{
	return meddler.nth == 0;
}

static struct {
	const struct sched_ops *inner;
	void (*fn)(void *arg);
	void *arg;
	bool stuck;
	char line[96];
} runner;

/* Whoever can never go on ends here, with its thread. */
static unsigned stop_if_stuck(const struct sched_op *op)
{
	if (op->ready && !op->ready(op->arg, 0)) {
		describe(op, runner.line, sizeof(runner.line));
		runner.stuck = true;
		pthread_exit(NULL);
	}
	return runner.inner->before(op);
}

static void *run_thread(void *arg)
{
	(void)arg;
	runner.fn(runner.arg);
	return NULL;
}

const char *stuck_at(void (*fn)(void *arg), void *arg)
{
	struct sched_ops ops;
	pthread_t thread;

	if (!sched_ops)
		inline_sched_begin();
	runner.inner = sched_ops;
	runner.fn = fn;
	runner.arg = arg;
	runner.stuck = false;
	ops = *sched_ops;
	ops.before = stop_if_stuck;
	sched_install(&ops);
	assert_int_equal(pthread_create(&thread, NULL, run_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	sched_install(NULL);
	return runner.stuck ? runner.line : NULL;
}
