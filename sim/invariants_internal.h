/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_internal.h - what the checkers of sim/invariants*.c share: views
 * of the machine before and after a step, and what is going on in each task.
 */
#ifndef SIM_INVARIANTS_INTERNAL_H
#define SIM_INVARIANTS_INTERNAL_H

#include "symbols.h"

#include "invariants.h"

#include <vfiosim/inspect.h>

#define VIEW_DEVICES_MAX 64
#define VIEW_GROUPS_MAX 32
#define VIEW_LISTS_MAX 128
#define VIEW_NAME_MAX 48

/* Whose driver a device has. */
enum view_class { CLASS_NONE, CLASS_HARMLESS, CLASS_VFIO, CLASS_HOST };

/*
 * All that the checkers look at of a device.  Each member is a fact of its own:
 * whether a step changes it does not depend on the others, so that steps which
 * commute in memory change the same facts in both orders.
 */
struct view_device {
	const struct device *dev;
	bool freed;
	const void *driver, *drvdata;
	enum view_class class;
	bool harmless; /* no driver, or one that VFIO tolerates in a group */
	bool does_dma; /* its driver does, on the kernel's behalf */
	bool attached; /* on its driver's list: really bound */
	bool locked;
	const struct iommu_group *member_of; /* by that group's list */
	bool listed; /* VFIO finds it in some group */
	unsigned tracked; /* entries in unbound_lists */
	const struct iommu_group *tracked_in; /* of the group that has one */
	unsigned tracker; /* the task that made the newest entry */
	bool unbound_by_tracker; /* which is in the middle of the unbind */
};

struct view_group {
	const struct vfio_group *group;
	const struct iommu_group *iommu_group;
	const struct vfio_container *container;
	bool backend; /* of the container */
	bool listed;
	bool locked; /* somebody changes its state, and is not done */
	int kref, users, opened;
	unsigned last_user; /* the task that brought @kref to zero */
};

struct view_iommu_group {
	const struct iommu_group *group;
	const void *owner;
	unsigned owner_cnt, nr_members;
};

struct view_list {
	const char *name;
	const void *owner, *head;
	uint64_t content;
	bool damaged;
};

struct view {
	unsigned nr_devices, nr_groups, nr_iommu_groups, nr_lists;
	struct view_device devices[VIEW_DEVICES_MAX];
	struct view_group groups[VIEW_GROUPS_MAX];
	struct view_iommu_group iommu_groups[VIEW_GROUPS_MAX];
	struct view_list lists[VIEW_LISTS_MAX];
	uint64_t entries; /* a hash of all groups that machines use */
	bool full; /* there is more than fits */
};

/* Groups that one test remembers. */
struct group_set {
	unsigned nr;
	const struct vfio_group *groups[VIEW_GROUPS_MAX];
};

/* The state of one run. */
struct invariants {
	uint64_t on; /* invariants that are tested */
	uint64_t broken; /* and were found broken: said once in a run */
	bool started;
	struct view views[2], *before, *now;
};

extern struct invariants invariants;

static inline bool invariant_on(enum sim_invariant_nr nr)
{
	return (invariants.on & ~invariants.broken & INV_SET(nr)) != 0;
}

/* Is one of the set still to be tested? */
static inline bool invariants_on(uint64_t set)
{
	return (invariants.on & set) != 0;
}

/* Record that @nr is broken; at most once in a run. */
void invariant_broken(enum sim_invariant_nr nr, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* invariants_view.c */
void view_take(struct view *view);
const struct view_device *view_find_device(const struct view *view,
					   const struct device *dev);
const struct view_group *view_find_group(const struct view *view,
					 const struct vfio_group *group);
const struct view_group *view_group_of(const struct view *view,
				       const struct iommu_group *iommu_group);
const struct view_iommu_group *
view_find_iommu_group(const struct view *view, const struct iommu_group *group);
/* Names for messages.  Return @buf, of VIEW_NAME_MAX bytes. */
const char *view_device_name(const struct device *dev, char *buf);
const char *view_object_name(const void *obj, char *buf);
/* Does @task hold the device's lock? */
bool view_holds(unsigned task, const struct device *dev);
/* Does VFIO's check find nothing wrong with the device, by state alone? */
bool view_device_viable(const struct view_device *d);

/* invariants_key.c: tell the engine which facts the last step changed. */
void invariants_touch_changes(void);
/* A call whose answer is judged began or ended: it saw these facts. */
void invariants_touch_members(const struct iommu_group *group);
void invariants_touch_isolation(void);
void invariants_touch_entries(void);

/* invariants_state.c: tests of one state, or of one step. */
void invariants_test_step(void);

/* invariants_call.c: tests of calls. */
void invariants_calls_begin(void);
void invariants_calls_step(void);
void invariants_calls_enter(const char *func);
void invariants_calls_leave(const char *func);
void invariants_calls_subject(const void *obj);
void invariants_calls_answer(intptr_t value);
void invariants_calls_report(const struct sched_report *report);
/* Is the task in the middle of the unbind of this device, with its lock? */
bool invariants_unbinds(unsigned task, const struct device *dev);
/* Was the group's entry to be removed by a call of GROUP_DEL? */
bool invariants_was_given_back(const struct vfio_group *group);

/* invariants_script.c: what the script of the run, if there is one, says. */
void invariants_script_begin(void);
/* Has the script this driver?  @ret_vfio: and is it one of VFIO's? */
bool invariants_script_driver(const struct device_driver *drv, bool *ret_vfio);
/* Its handles: external users of a group (NULL: of any), references on a
 * device, and on devices of a group (NULL: of any). */
int invariants_script_users(const struct vfio_group *group);
int invariants_script_refs(const struct vfio_device *device);
int invariants_script_refs_in(const struct vfio_group *group);
/* Has it a backend of its own?  And is DMA through that coherent? */
bool invariants_script_coherent(bool *ret_coherent);

/* invariants_owner.c: look who took what; and what drivers have of a group. */
void invariants_owners_look(void);
int invariants_owned_by_drivers(const struct iommu_group *group);

/* invariants_kvm.c: what machines are told; and the test of one at the end. */
void invariants_kvm_begin(void);
void invariants_kvm_enter(const struct kvm *kvm);
void invariants_kvm_leave(void);
void invariants_kvm_step(unsigned task);
void invariants_test_machine(const struct kvm *kvm);

/* invariants_refs.c, invariants_end.c: tests at the end of a run. */
void invariants_count_foreign(void);
void invariants_test_references(bool idle);
void invariants_test_end(bool idle);

#endif
