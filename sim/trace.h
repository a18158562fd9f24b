/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - what happened in one run, in memory, by name and never by address.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <vfiosim/sim.h>

enum sim_event_type {
	SIM_EVENT_STEP, /* a visible operation was granted */
	SIM_EVENT_ENTER, /* a modelled function began */
	SIM_EVENT_LEAVE,
	SIM_EVENT_ACCESS, /* plain shared memory */
	SIM_EVENT_FREE, /* a block */
	SIM_EVENT_NOTE,
	SIM_EVENT_FINDING, /* @label: what was found; @kind: the verdict */
	SIM_EVENT_START, /* a task was made; runs from here on */
	SIM_EVENT_END, /* a task ended */
	SIM_EVENT_FACT, /* @label: what the accesses before it came to */
	SIM_EVENT_PENDING /* what a task would have done next, at the end */
};

/* Why a step is another task's than the one before. */
enum sim_switch {
	SIM_SWITCH_NONE, /* it is not */
	SIM_SWITCH_PREEMPTED, /* the other one could have gone on */
	SIM_SWITCH_BLOCKED, /* it could not */
	SIM_SWITCH_ENDED /* it is over */
};

/*
 * One event.  @type_name, @nr: the block around @obj and its number, or NULL
 * and the number among the objects of the same name outside the machine.
 * @label: name of the object inside its block; text of a note or finding.
 * @what: source text of the object of an operation, or NULL.  @value: what a
 * step read or left there, if @has_value; of a @pointer only whether it is
 * NULL, and the block at which it points, @value_type and @value_nr.
 */
struct sim_event {
	unsigned char type, kind, outcome, how; /* enum sim_switch */
	unsigned short task; /* 0: set-up, check, teardown */
	bool write : 1; /* of an access */
	bool taken : 1; /* of a trylock: it got the lock */
	bool aside : 1; /* of a finding: other runs have their part in it */
	bool has_value : 1, pointer : 1;
	unsigned nr, value_nr;
	const void *obj;
	union {
		size_t size; /* of a freed block */
		intptr_t value;
	};
	const char *type_name, *label, *what, *func, *file, *value_type;
	int line;
	unsigned step; /* number of the step it belongs to, from 1 */
};

/* Objects outside the machine: numbered as they first appear. */
struct sim_outsider {
	const void *obj;
	const char *label;
	unsigned nr;
};

#define SIM_TASK_NAME_MAX 32

/* Blocks that were named before, by address. */
#define SIM_TRACE_NAMED 64u

struct sim_named {
	const void *obj;
	const char *label; /* as it was given */
	const char *type_name, *member;
	unsigned nr, era;
};

struct sim_trace {
	struct sim_event *events;
	size_t nr_events, events_max;
	struct sim_outsider *outsiders;
	size_t nr_outsiders, outsiders_max;
	char *texts;
	size_t texts_used, texts_max;
	char (*names)[SIM_TASK_NAME_MAX]; /* of tasks; 0: "machine" */
	size_t nr_names, names_max;
	unsigned steps;
	uint64_t born; /* no other run has the same */
	const struct sim_scenario *scenario; /* for tasks' roles; or NULL */
	uint64_t invariants; /* that were on */
	struct sim_faults faults; /* that it might have had */
	struct sim_named named[SIM_TRACE_NAMED];
	unsigned named_era; /* those of another one are stale */
	bool noted; /* there are notes */
	bool full; /* memory ran out: the run must be given up */
	bool off; /* steps are counted, and nothing else is written down */
};

void sim_trace_reset(struct sim_trace *trace);
void sim_trace_release(struct sim_trace *trace);

/* A copy of its own, or NULL. */
struct sim_trace *sim_trace_copy(const struct sim_trace *trace);
void sim_trace_free(struct sim_trace *trace);

/* Append; returns the event to fill in (zeroed), never NULL: when memory is
 * out, or the trace off, a dummy; the former sets trace->full. */
struct sim_event *sim_trace_append(struct sim_trace *trace,
				   enum sim_event_type type, unsigned task);

/* A block may get another name from here on. */
void sim_trace_forget_names(struct sim_trace *trace);

/* Name the object of an event: by its block, or as an outsider.  @label may
 * point into source text; it is cut down to the last member's name. */
void sim_trace_name_object(struct sim_trace *trace, struct sim_event *event,
			   const void *obj, const char *label);

/* The same without a trace of having been asked: who asks for the name of what
 * comes next must not number it.  Returns whether it was known. */
bool sim_trace_look_up(const struct sim_trace *trace, struct sim_event *event,
		       const void *obj, const char *label);

/* Write down how an operation or accesses of @task turned out. */
void sim_trace_fact(struct sim_trace *trace, unsigned task,
		    const struct sched_fact *fact);

/* What @task would do next when the run is over. */
void sim_trace_pending(struct sim_trace *trace, unsigned task,
		       const struct sched_op *op);

/* How often another task went on than made the step before. */
unsigned sim_trace_switches(const struct sim_trace *trace);

/* Keep a text as long as the trace: an offset-free copy. */
const char *sim_trace_keep(struct sim_trace *trace, const char *text);

/* Where a trace is now; and back to where it was, in the same run.  If blocks
 * came or went since, sim_trace_forget_names() is the caller's. */
struct sim_trace_mark {
	size_t nr_events, nr_outsiders, texts_used, nr_names;
	unsigned steps;
	bool noted;
};
struct sim_trace_mark sim_trace_mark(const struct sim_trace *trace);
void sim_trace_rewind(struct sim_trace *trace,
		      const struct sim_trace_mark *mark);

/* A text that lives as long as the process, the same one for equal texts; for
 * the few names that tasks have.  "?" when memory is out. */
const char *sim_trace_title(const char *name);

/* Register task @id's name. */
void sim_trace_name_task(struct sim_trace *trace, unsigned id,
			 const char *name);

/* Each gets the other's run. */
void sim_trace_swap(struct sim_trace *a, struct sim_trace *b);

/*
 * parting.c: where two runs that should be one part: the step, and of the task
 * that does something else there what was expected and what came.  @buf:
 * SIM_TEXT_MAX bytes.  Returns false, and writes nothing: nowhere.
 */
bool sim_trace_part(const struct sim_trace *expected,
		    const struct sim_trace *found, char *buf);

/* "unlock", "read", ... */
const char *sim_kind_name(enum sched_kind kind);
/* And back; SCHED_KIND_NR: none. */
enum sched_kind sim_kind_find(const char *name);

/* "vfio_group.device_lock #1"; "" for none.  Returns @buf. */
const char *sim_event_object(const struct sim_event *event, char *buf,
			     size_t size);

/* How a step's outcome reads: "", "fails", "expires", "is interrupted". */
const char *sim_outcome_name(enum sched_kind kind, unsigned outcome);

#endif
