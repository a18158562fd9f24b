/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script.h - a machine driven by operations, one after the other.
 *
 * Each operation is a task: it runs until it returns, sleeps or stands at a
 * stop point; then all that it woke runs; then the state can be looked at.
 * Blocking is no verdict here.  One script at a time, as one machine.
 */
#ifndef VFIOSIM_SCRIPT_H
#define VFIOSIM_SCRIPT_H

#include <vfiosim/sim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of one script. */
#define SCRIPT_STEPS_MAX 250
#define SCRIPT_NAME_MAX 32 /* of devices, drivers, groups, ... */
#define SCRIPT_TEXT_MAX 64
#define SCRIPT_ARGS_MAX 4
#define SCRIPT_VALUES_MAX 2
#define SCRIPT_EVENTS_MAX 64
#define SCRIPT_ALLOCS_MAX 64
#define SCRIPT_GROUPS_MAX 64
#define SCRIPT_LIST_MAX 32
#define SCRIPT_CONTAINER_GROUPS_MAX 16
#define SCRIPT_VISIBLE_MAX 200000 /* visible operations of all its tasks */

struct script;

/* -------------------------------------------------------------- operations */

enum script_arg_kind { SCRIPT_STRING, SCRIPT_NUMBER };

struct script_arg_type {
	const char *name; /* NULL ends the list */
	enum script_arg_kind kind;
	bool optional;
	long preset; /* of an optional number */
};

struct script_task;

/*
 * One line of the vocabulary.  @run performs the operation on its own task and
 * returns what the operation returns.  Such an operation NAME has a twin
 * NAME_begin that stops at a point, @at if none is named (NULL: one must be).
 * Those with @at take a device first, by which a finish finds them.  Without
 * @run it lets a twin go on.
 */
struct script_op_type {
	const char *name;
	long (*run)(struct script *script, struct script_task *task);
	const char *at;
	struct script_arg_type args[SCRIPT_ARGS_MAX + 1];
};

struct script_value {
	bool given;
	long number;
	char text[SCRIPT_NAME_MAX];
};

/* One operation of a script. */
struct script_op {
	const struct script_op_type *type;
	bool begin; /* NAME_begin */
	char at[SCRIPT_TEXT_MAX];
	struct script_value args[SCRIPT_ARGS_MAX];
};

/* The vocabulary: its nth operation, NULL past the end. */
const struct script_op_type *sim_script_op_type(unsigned nth);

/**
 * sim_script_op_init - name an operation
 * @error: SIM_TEXT_MAX; why, if it fails
 *
 * Returns 0, or -EINVAL: there is no such operation.
 */
int sim_script_op_init(struct script_op *op, const char *name, char *error);

/* Give an argument.  Return 0, or -EINVAL with the reason in @error: no such
 * argument, of the other kind, too long, no such stop point. */
int sim_script_op_set_text(struct script_op *op, const char *name,
			   const char *text, char *error);
int sim_script_op_set_number(struct script_op *op, const char *name,
			     long number, char *error);

/* All arguments are given: is the operation complete?  0 or -EINVAL. */
int sim_script_op_check(const struct script_op *op, char *error);

/* "bind_begin": as sim_script_op_init() takes it.  Returns @buf. */
const char *sim_script_op_name(const struct script_op *op, char *buf,
			       size_t size);

/* ----------------------------------------------------------------- results */

enum script_status {
	SCRIPT_RETURNED,
	SCRIPT_PARKED, /* stands at its stop point */
	SCRIPT_BLOCKED, /* sleeps */
	SCRIPT_BUG, /* ended by BUG_ON() */
	SCRIPT_CRASHED /* about to touch what must not be touched */
};

/* How far an operation has come. */
struct script_outcome {
	unsigned step; /* number of the operation, from 0 */
	const struct script_op *op; /* NULL: an item of work that it queued */
	enum script_status status;
	long ret; /* SCRIPT_RETURNED: value or -errno */
	unsigned nr_values;
	struct {
		const char *name;
		long value;
	} values[SCRIPT_VALUES_MAX];
	const char *at; /* SCRIPT_PARKED */
	char on[SCRIPT_TEXT_MAX]; /* SCRIPT_BLOCKED: "mutex:device.lock" */
	bool self_deadlock; /* and it holds that lock itself */
};

/* What one step of a script did. */
struct script_result {
	struct script_outcome own;
	/* Earlier operations that ended or came to their stop point now, and
	 * those that sleep; both in order of their steps. */
	unsigned nr_completed, nr_blocked;
	struct script_outcome completed[SCRIPT_STEPS_MAX];
	struct script_outcome blocked[SCRIPT_STEPS_MAX];
	/* Items of work that sleep, in order of queueing: on what. */
	unsigned nr_workers;
	char workers[SCRIPT_STEPS_MAX][SCRIPT_TEXT_MAX];
	unsigned nr_events, nr_allocs;
	char events[SCRIPT_EVENTS_MAX][SCRIPT_TEXT_MAX];
	struct {
		const char *site;
		bool failed;
	} allocs[SCRIPT_ALLOCS_MAX];
	unsigned warn, bug;
	bool halted; /* by BUG_ON() or a crash: this was the last step */
	/* SCRIPT_CRASHED: what it would have been */
	enum sim_verdict verdict;
	char finding[SIM_TEXT_MAX];
};

/* ------------------------------------------------------------------ running */

enum script_bug_mode { SCRIPT_BUG_HALT, SCRIPT_BUG_KILL, SCRIPT_BUG_CONTINUE };

struct script_config {
	struct kernel_era era;
	enum script_bug_mode bug_mode;
	enum sim_carrier_kind carrier;
};

/**
 * sim_script_begin - boot a machine with an empty bus
 * @ret_script: end with sim_script_end(), also after a failed step
 *
 * Returns 0, -EBUSY: a script or machine runs already; -ENOMEM.
 */
int sim_script_begin(const struct script_config *config,
		     struct script **ret_script);

/**
 * sim_script_run - perform the next operation
 * @op: complete (sim_script_op_check()); copied
 * @ret_result: the script's own; valid until the next step
 *
 * Returns 0; -EINVAL: the script was halted before; -ENOSPC: a limit above was
 * reached; -ENOTRECOVERABLE: the engine gave up.  sim_script_error() says more.
 */
int sim_script_run(struct script *script, const struct script_op *op,
		   const struct script_result **ret_result);

/* Why sim_script_run() failed; "" otherwise. */
const char *sim_script_error(const struct script *script);

/* Operations that are not over: those that sleep or are parked, and items of
 * work that sleep, in the order in which they began.  Not after a crash.
 * Returns how many; the array is the caller's. */
unsigned
sim_script_pending(struct script *script,
		   struct script_outcome ret_outcomes[SCRIPT_STEPS_MAX]);

/* Sites of allocations: name of the nth (NULL past the end), and how many
 * blocks that were allocated there are alive. */
const char *sim_script_site_name(unsigned nth);
unsigned sim_script_site_live(unsigned nth);

/* Give up what is left and halt the machine.  NULL is fine. */
void sim_script_end(struct script *script);

/* ------------------------------------------- operations of somebody's run */

/**
 * sim_script_join - set up a machine whose own tasks will do operations
 *
 * As sim_script_begin() sets up its machine: an empty bus and an IOMMU
 * backend.  Call it on a task that runs alone; a run that is given up ends the
 * script, too.  Tasks may do operations at the same time as long as what one
 * adds, deletes, opens or closes by name is no other's to name, and as long as
 * stop points, tick and signal are left out.
 * Returns 0 or -errno.
 */
int sim_script_join(struct script **ret_script);

/* Do an operation on the running task.  Its return value and values are left
 * in @ret_outcome; whatever else happens is the run's business. */
void sim_script_perform(struct script *script, const struct script_op *op,
			struct script_outcome *ret_outcome);

/* Make the failing of allocations at a site a choice of the run.  Returns 0,
 * -ENOENT: there is no such site; -ENOSPC. */
int sim_script_fault(const char *site);

/* Put, close, unbind and delete all that is left, and the machine's set-up
 * with it; on a task that runs alone. */
void sim_script_leave(struct script *script);

/* -------------------------------------------------------------------- state */

enum script_viable { SCRIPT_NOT_VIABLE, SCRIPT_VIABLE, SCRIPT_UNKNOWN };

/* A device in a list; @freed: it no longer exists. */
struct script_member {
	const char *dev;
	bool freed;
	int ref;
};

/* What stands behind a label, or stood there before: @old. */
struct script_group_state {
	const char *label;
	bool old, exists; /* exists: there is a VFIO group */
	enum script_viable viable;
	int users, opened, kref;
	int container; /* number; -1: none */
	unsigned nr_devices, nr_unbound, nr_members;
	struct script_member devices[SCRIPT_LIST_MAX];
	struct script_member unbound[SCRIPT_LIST_MAX];
	bool iommu; /* there is an IOMMU group */
	int id, ref;
	const char *members[SCRIPT_LIST_MAX];
};

struct script_device_state {
	const char *name;
	const char *driver; /* NULL: none */
	bool in_group, locked, deleting;
	const char *iommu_group; /* its label; NULL: none */
};

struct script_container_state {
	int number, kref;
	bool iommu_set, corrupt;
	unsigned nr_groups;
	const char *groups[SCRIPT_CONTAINER_GROUPS_MAX]; /* labels */
};

struct script_kvm_state {
	const char *name;
	bool noncoherent;
	int assigned;
	unsigned nr_groups;
	const char *groups[SCRIPT_LIST_MAX]; /* labels */
};

struct script_handle_state {
	int handle;
	const char *group; /* of an external user: its label */
	const char *dev; /* of a reference on a device */
};

struct script_state {
	unsigned nr_groups, nr_devices, nr_containers, nr_kvms;
	unsigned nr_ext, nr_dev_refs;
	struct script_group_state groups[SCRIPT_GROUPS_MAX];
	struct script_device_state devices[SCRIPT_STEPS_MAX];
	struct script_container_state containers[SCRIPT_STEPS_MAX];
	struct script_kvm_state kvms[SCRIPT_STEPS_MAX];
	struct script_handle_state ext[SCRIPT_STEPS_MAX];
	struct script_handle_state dev_refs[SCRIPT_STEPS_MAX];
	unsigned iommu_objs;
	int mod_vfio, mod_iommu;
};

/* Look at the machine between two steps.  Changes nothing.  Returns 0, or
 * -ENOSPC: more objects than fit. */
int sim_script_observe(struct script *script, struct script_state *ret_state);

#ifdef __cplusplus
}
#endif
#endif
