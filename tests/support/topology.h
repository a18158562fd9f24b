/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - a bus with an IOMMU, drivers and devices, for tests of VFIO.
 *
 * Everything is made without the scheduler's help, and what a test does with
 * it is the test's business.
 */
#ifndef VFIOSIM_TESTS_TOPOLOGY_H
#define VFIOSIM_TESTS_TOPOLOGY_H

#include <vfiosim/inspect.h>

#define TOPOLOGY_GROUPS_MAX 4
#define TOPOLOGY_DEVICES_MAX 8

/* What a driver of the topology saw and was told to do. */
struct topology_device {
	struct device *dev;
	unsigned group;
	unsigned opens, releases; /* calls of the vfio_device_ops */
};

struct topology {
	struct bus_type *bus;
	/* Of vfio-pci; a smaller VFIO driver; the host; allow-listed. */
	struct device_driver vfio_pci, vfio, host, stub;
	struct iommu_group *groups[TOPOLOGY_GROUPS_MAX]; /* no reference */
	struct topology_device devices[TOPOLOGY_DEVICES_MAX];
	int probe_error; /* what the host driver's probe returns */
	/* Called by the small VFIO driver between add and return, if set. */
	int (*after_add)(struct device *dev);
};

extern struct topology topology;

/* Boot and build: bus, IOMMU driver, dummy backend, drivers; nothing is bound
 * but by topology_bind().  Returns 0 or -errno with all of it undone. */
int topology_build(void);
void topology_destroy(void);

/* Setup and teardown for CMocka: machine_boot(), then build; the inverse, and
 * failure if something leaked.  The era is v3.19, or v3.19-patched. */
int topology_setup(void **state);
int topology_setup_patched(void **state);
int topology_teardown(void **state);
/* Boot with an era and one flag overridden; NULL: none. */
int topology_boot(const char *era, const char *flag, const char *value);

/* Run the body on a fresh topology of each era, as machine_boot_era() takes
 * them; the teardown is for tests that failed on the way. */
#define TOPOLOGY_EACH(...)                                       \
	for (const char *const *topology_era =                   \
		     (const char *const[]){ __VA_ARGS__, NULL }; \
	     topology_begin(*topology_era); topology_end(), topology_era++)
bool topology_begin(const char *era);
void topology_end(void);
int topology_teardown_each(void **state);

/* A device in an IOMMU group, by number; NULL: no memory. */
struct device *topology_add(const char *name, unsigned group);
/* The same for a function in the slot below @parent. */
struct device *topology_add_below(struct device *parent, const char *name,
				  unsigned group);
/* Delete it and drop the creator's reference; NULL is fine. */
void topology_remove(struct device *dev);
struct topology_device *topology_find(const struct device *dev);

/* As writing to the driver's sysfs files; return 0 or -errno. */
int topology_bind(struct device_driver *drv, struct device *dev);
int topology_unbind(struct device_driver *drv, struct device *dev);

/* Descriptors of a group of the topology and of its container; the latter is
 * new, set and has its backend.  Fail the test on errors. */
int topology_open_group(unsigned group);
int topology_open_container(int group_fd);

/* The group's ioctls, by name. */
int topology_group_flags(int group_fd);
int topology_set_container(int group_fd, int container_fd);
int topology_unset_container(int group_fd);
int topology_get_device_fd(int group_fd, const char *name);
int topology_set_iommu(int container_fd, unsigned long type);
struct vfio_group *topology_get_external(int fd);

/* The VFIO group of a group of the topology; false: there is none. */
bool topology_vfio_group(unsigned group, struct inspect_vfio_group *ret_group);
/* Its counts: references, users, opened, devices; asserted at once. */
void topology_expect_group(unsigned group, int kref, int users, int opened);
/* References on one vfio_device; 0: it is not listed. */
int topology_device_refs(unsigned group, const struct device *dev);
/* References on the IOMMU group; 0: it is gone. */
int topology_iommu_refs(unsigned group);

/* ----------------------------------------------- under the inline scheduler */

/* Begin to write operations down; end and compare them, one a line:
 * "lock vfio_group.device_lock", "read dev->driver". */
void transcript_begin(void);
void transcript_expect(const char *text);
/* End and return them; good until the next call. */
const char *transcript_text(void);
/* End and forget. */
void transcript_end(void);

/*
 * Behind transcript_begin(): when the @nth operation that reads @line in a
 * transcript is announced, task 2 runs fn(arg) before it proceeds.  Once; one
 * at a time.
 */
void run_at(const char *line, unsigned nth, void (*fn)(void *arg), void *arg);
/* Did it run? */
bool has_run(void);

/*
 * Run fn(arg) to the operation at which it can never go on; its locks stay as
 * they are.  Comes without transcript_begin(), but run_at() may precede it
 * behind one.  Returns "lock iommu_group.notifier", or NULL: it ended.  The
 * string is good until the next call.
 */
const char *stuck_at(void (*fn)(void *arg), void *arg);

#endif
