/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_internal.h - what a running script is made of; for sim/script*.c.
 *
 * Lives outside the machine's memory: names outlive what they name.
 */
#ifndef SIM_SCRIPT_INTERNAL_H
#define SIM_SCRIPT_INTERNAL_H

#include <vfiosim/inspect.h>
#include <vfiosim/script.h>

#include "engine.h"
#include "symbols.h"

/* ------------------------------------------------------------- stop points */

enum script_point_kind {
	SCRIPT_POINT_NONE,
	SCRIPT_POINT_PLACE, /* in a bus driver, or ahead of the IOMMU layer */
	SCRIPT_POINT_LOCK, /* before the nth acquisition */
	SCRIPT_POINT_UNLOCK, /* after the nth release */
	SCRIPT_POINT_AFTER /* after the nth atomic read-modify-write */
};

/* Locks, queues and counters as stop points and sleepers name them. */
struct script_object {
	const char *name; /* "vfio_group.device_lock" */
	const char *block; /* type of the block it lies in; NULL: in none */
	const char *member; /* name there */
	const char *sleep; /* how a sleeper calls it: "mutex"; NULL: rwsem */
};

struct script_point {
	enum script_point_kind kind;
	const struct script_object *object;
	const char *place;
	unsigned nth;
};

/* Returns 0, or -EINVAL with the reason in @error. */
int sim_script_point_parse(const char *text, struct script_point *ret_point,
			   char *error);

/* ------------------------------------------------------------------- tasks */

enum script_task_state {
	SCRIPT_TASK_LIVE, /* runs, or sleeps */
	SCRIPT_TASK_PARKED,
	SCRIPT_TASK_DONE,
	SCRIPT_TASK_DEAD /* killed by BUG_ON() */
};

struct script_task {
	bool worker; /* an item of work: what follows up to sleeps is not used */
	struct script_op op;
	unsigned step;
	enum script_task_state state;
	bool completed; /* ended, or was parked, in the step that runs */
	struct script_point point; /* kind NONE: passed, or none asked for */
	const void *queued; /* the rwsem that it has queued for */
	bool go; /* parked, and may go on */
	bool interrupt; /* asleep, and shall end that if it can */
	enum sched_sleep interrupt_as;
	unsigned long slept; /* when it fell asleep; 0: it did not */
	unsigned long woken; /* when it was woken; 0: it was not */
	/* Between joining a wait queue for the first time and sleeping there:
	 * points are not counted; see sim_script_before(). */
	bool joining, was_asleep;
	long ret;
	unsigned nr_values;
	struct {
		const char *name;
		long value;
	} values[SCRIPT_VALUES_MAX];
};

/* ----------------------------------------------------------------- objects */

/* A label and the IOMMU groups that had it, oldest first. */
struct script_iommu_group {
	const struct iommu_group *group;
	unsigned label; /* index */
	int id;
	bool old; /* the label has a younger one */
};

struct script_device {
	char name[SCRIPT_NAME_MAX];
	unsigned label; /* index + 1; 0: no group */
	struct device *dev;
	bool registered, adding, deleting, freed, keep;
};

struct script_driver_kind {
	const char *name;
	bool vfio;
	bool managed_dma; /* 5.19: no use of the group's default domain */
	int (*probe)(struct device *dev);
	int (*remove)(struct device *dev);
};

struct script_driver {
	char name[SCRIPT_NAME_MAX];
	const struct script_driver_kind *kind;
	struct device_driver drv;
	bool gone; /* its bind and unbind files are */
};

struct script_kvm {
	char name[SCRIPT_NAME_MAX];
	struct kvm *kvm;
	bool destroyed;
};

struct script_container {
	const struct vfio_container *container;
	int fd; /* that it was opened with */
};

struct script_ext {
	struct vfio_group *group; /* NULL: put */
};

struct script_ref {
	struct vfio_device *device; /* NULL: put */
	const char *dev;
};

#define SCRIPT_ANY_SITE (-1)

struct script {
	struct script_config config;
	bool joined; /* its operations are done by tasks of somebody's run */
	struct sim_strategy strategy;
	struct script_result *result; /* while a step runs: of that */
	bool truncated; /* it did not fit */
	bool halted;
	int set_up_error;
	char error[SIM_TEXT_MAX];
	unsigned long clock;
	unsigned current; /* engine's id of the task that goes on */
	char parking; /* the object that parked tasks wait for */

	unsigned nr_tasks;
	struct script_task tasks[SIM_TASKS_MAX + 1]; /* by the engine's ids */
	unsigned nr_steps;

	struct bus_type bus;
	struct notifier_block nb;
	struct iommu_ops iommu_ops;
	int coherent;

	unsigned nr_labels, nr_iommu_groups, nr_devices, nr_drivers, nr_kvms;
	unsigned nr_containers, nr_ext, nr_refs;
	char labels[SCRIPT_STEPS_MAX][SCRIPT_NAME_MAX];
	struct script_iommu_group iommu_groups[SCRIPT_STEPS_MAX];
	struct script_device devices[SCRIPT_STEPS_MAX];
	struct script_driver drivers[SCRIPT_STEPS_MAX];
	struct script_kvm kvms[SCRIPT_STEPS_MAX];
	struct script_container containers[SCRIPT_STEPS_MAX];
	struct script_ext ext[SCRIPT_STEPS_MAX + 1]; /* handles from 1 */
	struct script_ref refs[SCRIPT_STEPS_MAX + 1];
	/* Allocations at alloc_site up to and with the one that fails; 0: none.
	 * There is one such order at a time. */
	unsigned alloc_left;
	int alloc_site;

	struct script_result last; /* of the last step */
};

/* The script that runs, for callbacks out of the model. */
extern struct script *sim_script_running;

/* script.c */
/* The task that runs; NULL outside all, and while the machine is set up. */
struct script_task *sim_script_self(void);
/* Stand here until finish. */
void sim_script_park(struct script_task *task);
/* Is it an item of work that sleeps?  A machine that stops may leave others. */
bool sim_script_worker_sleeps(const struct script_task *task);
/* An event of this step; text as printf. */
void sim_script_event(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* One of the values that an operation returns besides its return value. */
void sim_script_return(struct script_task *task, const char *name, long value);

/* script_result.c.  Fills script->result in at the end of a step of @own's
 * (NULL: of nobody's); @halted: the machine stopped. */
void sim_script_fill_result(struct script *script,
			    const struct script_task *own, bool halted);

/* script_point.c */
/* A place in a bus driver or notifier: stand here if the task shall. */
void sim_script_pass(const char *place);
void sim_script_before(const struct sched_op *op, void *arg);
void sim_script_after(const struct sched_op *op, void *arg);
/* "mutex:device.lock": what a pending operation waits for. */
void sim_script_describe_wait(const struct sched_op *op, char *buf,
			      size_t size);

/* script_alloc.c */
int sim_script_site_of(const char *type);
int sim_script_site_find(const char *name);
/* Let the nth allocation from now on fail.  Returns 0 or -ENOSPC. */
int sim_script_alloc_fail(struct script *script, int site, unsigned nth);
/* Whether allocations there fail is a choice from now on.  0 or -ENOSPC. */
int sim_script_alloc_choice(int site);
/* An allocation that may fail is about to be made: shall it? */
bool sim_script_alloc_fails(struct script *script);
void sim_script_alloc(const char *type, bool failed, void *arg);

/* script_bus.c.  Called on a task, as set-up. */
int sim_script_bus_init(struct script *script);
struct script_device *sim_script_find_device(struct script *script,
					     const char *name);
struct script_driver *sim_script_find_driver(struct script *script,
					     const char *name);
const struct script_device *sim_script_device_at(const struct script *script,
						 const struct device *dev);
/* The label of an IOMMU group, also of one that is gone; NULL: unknown. */
const char *sim_script_label_of(const struct script *script,
				const struct iommu_group *group);
long sim_script_driver_register(struct script *script,
				struct script_task *task);
long sim_script_driver_unregister(struct script *script,
				  struct script_task *task);
long sim_script_device_add(struct script *script, struct script_task *task);
long sim_script_device_del(struct script *script, struct script_task *task);
long sim_script_bind(struct script *script, struct script_task *task);
long sim_script_unbind(struct script *script, struct script_task *task);

/* Give back the bus, of which nothing may be left. */
void sim_script_bus_exit(struct script *script);

/* script_driver.c */
const struct script_driver_kind *sim_script_driver_kind(const char *name);

/* script_iommu.c: a backend that tells what is done to it. */
int sim_script_iommu_init(struct script *script);
void sim_script_iommu_exit(void);
unsigned sim_script_iommu_objects(void);

/* script_op.c: arguments of an operation, by position. */
static inline const char *script_text(const struct script_task *task,
				      unsigned nth)
{
	return task->op.args[nth].given ? task->op.args[nth].text : NULL;
}

static inline int script_number(const struct script_task *task, unsigned nth)
{
	return (int)task->op.args[nth].number;
}

#endif
