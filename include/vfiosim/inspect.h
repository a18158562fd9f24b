/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inspect.h - read-only views of the modelled objects.
 *
 * For reports, invariants and the conformance runner.  No call announces
 * anything, takes a lock or changes a byte, and each survives freed objects.
 * Under a scheduler only; free-running tasks must not run meanwhile.
 */
#ifndef VFIOSIM_INSPECT_H
#define VFIOSIM_INSPECT_H

#include <vfiosim/kvm_vfio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INSPECT_LIST_MAX 32
#define INSPECT_GROUPS_MAX 256

enum inspect_answer { INSPECT_NO, INSPECT_YES, INSPECT_UNKNOWN };

struct inspect_vfio_group {
	const struct vfio_group *group;
	const struct iommu_group *iommu_group;
	bool iommu_group_freed;
	int minor, kref, users, opened;
	int node_id; /* of /dev/vfio/ID; outlives the IOMMU group's id (F6) */
	bool listed; /* on the list of all groups */
	const struct vfio_container *container;
	/* UNKNOWN: a lock that the check needs is held, or the IOMMU group is
	 * gone. */
	enum inspect_answer viable;
	unsigned nr_devices, nr_unbound;
	struct {
		const struct vfio_device *device;
		const struct device *dev;
		int kref;
		bool freed; /* the device no longer exists */
	} devices[INSPECT_LIST_MAX]; /* in list order: newest first */
	struct {
		const struct device *dev;
		bool freed;
	} unbound[INSPECT_LIST_MAX];
};

/* The nth group of the global list, in order of creation; false: no more. */
bool inspect_vfio_group(unsigned nth, struct inspect_vfio_group *ret_group);

/* The same of any live group, listed or not; false: @group is freed, or no
 * group at all. */
bool inspect_vfio_group_of(const struct vfio_group *group,
			   struct inspect_vfio_group *ret_group);

struct inspect_iommu_group {
	int id, ref;
	const void *owner; /* of its DMA; NULL: nobody, or drivers */
	unsigned owner_cnt; /* 1, or the members whose drivers do DMA */
	unsigned nr_members;
	const struct device *members[INSPECT_LIST_MAX];
};

/* False: @group is freed, or no group at all. */
bool inspect_iommu_group(const struct iommu_group *group,
			 struct inspect_iommu_group *ret_group);

struct inspect_container {
	int kref;
	bool iommu_set, corrupt; /* corrupt: the list holds a freed group */
	unsigned nr_groups;
	const struct vfio_group *groups[INSPECT_LIST_MAX];
};

/* False: @container is freed, or no container at all. */
bool inspect_container(const struct vfio_container *container,
		       struct inspect_container *ret_container);

/* The container behind a container file, the group behind a group file, the
 * device behind a device file; or NULL. */
const struct vfio_container *inspect_file_container(const struct file *file);
const struct vfio_group *inspect_file_group(const struct file *file);
const struct vfio_device *inspect_file_device(const struct file *file);

/* The group of a live device of VFIO. */
const struct vfio_group *inspect_device_group(const struct vfio_device *device);

struct inspect_kvm {
	int users, assigned;
	bool noncoherent, has_vfio;
	unsigned nr_groups;
	const struct vfio_group *groups[INSPECT_LIST_MAX];
	const void *entries[INSPECT_LIST_MAX]; /* what holds them */
};

/* False: @kvm is freed, or no virtual machine at all. */
bool inspect_kvm(const struct kvm *kvm, struct inspect_kvm *ret_kvm);

struct inspect_device {
	const struct device_driver *driver;
	const struct iommu_group *iommu_group;
	bool locked, in_vfio_group;
	bool harmless; /* no driver, or one that VFIO tolerates in a group */
};

/* False: @dev is freed, or no device at all. */
bool inspect_device(const struct device *dev,
		    struct inspect_device *ret_device);

/* A list of the model, or a notifier chain. */
struct inspect_list {
	const char *name; /* "vfio_group.device_list" */
	const void *owner; /* the live object that it belongs to */
	const void *head;
	unsigned nr;
	uint64_t content; /* a hash of the nodes in their order */
	/* A node is there twice, is on another list, too, or is freed. */
	bool damaged;
};

/* Visit all lists of live objects, in order of their allocation. */
void inspect_lists(void (*fn)(const struct inspect_list *list, void *arg),
		   void *arg);

/* References on VFIO's module and on those of the backends, and containers
 * that the dummy backend serves. */
int inspect_module_vfio(void);
int inspect_module_iommu(void);
unsigned inspect_iommu_objects(void);

#ifdef __cplusplus
}
#endif
#endif
