/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - runs tasks one at a time and lets a strategy decide.
 *
 * The engine knows operations, tasks and slab blocks; it knows no lock, no
 * queue and no group.  One run at a time; all calls on the caller's own stack.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include "carrier.h"
#include "strategy.h"
#include "trace.h"

/* Tasks in one run, task 0 (set-up, check, teardown) included. */
#define SIM_TASKS_MAX (SIM_SLOTS_MAX - 1)
#define SIM_HELD_MAX 32
#define SIM_CALLS_MAX 48
#define SIM_RUN_FINDINGS_MAX 32

enum sim_status {
	SIM_RUN_DONE, /* every task ended */
	SIM_RUN_IDLE, /* tasks are left, none can proceed */
	SIM_RUN_HALTED, /* by a finding */
	SIM_RUN_PRUNED, /* by the strategy: nothing new this way */
	SIM_RUN_STOPPED, /* by the strategy: back to the caller, may go on */
	SIM_RUN_ERROR /* nondeterminism, or out of memory: see ->error */
};

/* One finding of a run. */
struct sim_raw_finding {
	enum sim_verdict verdict;
	char text[SIM_TEXT_MAX];
	const char *func, *file;
	int line;
	unsigned task;
	const char
		*invariant; /* "T5", of one that the harness knows; or NULL */
	size_t event; /* index of its event in the trace */
	bool sleeps; /* livelock: it sleeps a time-out out in each round */
};

/* What the caller wants to hear about while a run goes on; all optional. */
struct sim_hooks {
	/* On the running task, before and after what the engine does itself.
	 * May announce operations of its own. */
	void (*before)(const struct sched_op *op, void *arg);
	void (*after)(const struct sched_op *op, void *arg);
	void (*alloc)(const char *type, bool failed, void *arg);
	void (*note)(const char *text, void *arg);
	/* WARN and BUG; returns what to do. */
	enum sched_action (*report)(const struct sched_report *report,
				    void *arg);
	void *arg;
};

/*
 * Looks on while the tasks run, and records what is wrong; announces nothing
 * and stops nothing.  Not called in set-up, check and teardown.
 * @step:    between two steps, on the task that made the one before, and once
 *           before the first
 * @enter, @leave, @subject, @answer: what the running task tells
 * @report:  lib/ found something wrong by itself
 */
struct sim_monitor {
	void (*step)(void);
	void (*enter)(const char *func);
	void (*leave)(const char *func);
	void (*subject)(const void *obj);
	void (*answer)(intptr_t value);
	void (*report)(const struct sched_report *report);
};

struct sim_engine_config {
	const struct sim_carrier *carrier;
	struct sim_strategy *strategy;
	struct sim_trace *trace;
	const char *(*invariant)(void);
	const struct sim_monitor *monitor; /* or NULL */
	unsigned steps_max;
	bool timeouts, signals; /* may the strategy end sleeps by them? */
	struct sim_faults faults; /* and what else, or how often */
	/* Decide on the caller's stack, so that between two steps no task runs
	 * and all of them can be copied.  Not with a monitor. */
	bool at_home;
	/* Then also optional: so many steps were made, and nobody has decided
	 * who makes the next one. */
	void (*between)(void *arg, unsigned step);
	void *between_arg;
	struct sim_hooks hooks;
};

/* Install the engine as scheduler.  Returns 0 or -errno. */
int sim_engine_begin(const struct sim_engine_config *config);

/*
 * Run @fn alone, as task 0, and behind it, as parts of the same task, the work
 * that it queued.  Returns SIM_RUN_DONE, SIM_RUN_HALTED, or
 * SIM_RUN_IDLE: it waits for what nobody will do.
 */
enum sim_status sim_engine_phase(void (*fn)(void));

/* Let the other tasks run until there is nothing to do or decide. */
enum sim_status sim_engine_schedule(void);

/*
 * The same step by step, for a run that is decided at home.  What could be done
 * next: returns how many choices there are; 0: the run is over, and
 * sim_engine_status() says how.
 */
unsigned sim_engine_offer(const struct sim_choice **ret_choices);
/* Make one of the choices just offered. */
void sim_engine_make(unsigned index);
/* The same for a choice that is known to be there. */
void sim_engine_move(unsigned task, unsigned outcome);

/* How the last phase or schedule ended. */
enum sim_status sim_engine_status(void);

/* Give up every task that is left and uninstall. */
void sim_engine_end(void);

/* A run with @config that ended, or was broken off by others, may go on once all
 * that was is put back: engine_image.h. */
void sim_engine_again(const struct sim_engine_config *config);

/* ------------------------------------------------- while a run exists */

unsigned sim_engine_findings(const struct sim_raw_finding **ret_findings);

/* Record a finding that does not stop the run, on behalf of the running task.
 * Text as printf. */
void sim_engine_record(enum sim_verdict verdict, const struct sched_site *site,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same on behalf of a task that does not run, with the text as it is. */
void sim_engine_record_for(unsigned task, enum sim_verdict verdict,
			   const struct sched_site *site, const char *text);

/* A finding of a monitor: "ID: " and the text, as SIM_INVARIANT. */
void sim_engine_broken(const char *id, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For monitors, inside step(): the step just made also read or wrote what @key
 * stands for, and so depends on others that did. */
void sim_engine_touch(const void *key, bool write);

/* What was done up to here, set-up included. */
const struct sim_trace *sim_engine_trace(void);

/* "" or why the run ended in SIM_RUN_ERROR. */
const char *sim_engine_error(void);
void sim_engine_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Tasks: 1 .. count, in order of creation. */
unsigned sim_engine_tasks(void);
const char *sim_engine_task_name(unsigned id);
bool sim_engine_task_live(unsigned id);
/* The operation a live task waits to do. */
const struct sched_op *sim_engine_pending(unsigned id);
/* In whose step the run was stopped: what it announced last is done, and
 * nothing of it is pending.  0: the run was not stopped inside a step. */
unsigned sim_engine_stopper(void);
unsigned sim_engine_self(void);

/* What a task holds: objects and how (LOCK, LOCK_SHARED). */
struct sim_held {
	const void *obj;
	enum sched_kind kind;
	void (*abandon)(void *obj);
	struct sched_site site;
	const char *name;
};
unsigned sim_engine_held(unsigned id, const struct sim_held **ret_held);

/* Innermost modelled function of a task; its own name outside all. */
const char *sim_engine_func(unsigned id);
/* The modelled functions that a task is in, outermost first. */
unsigned sim_engine_calls(unsigned id, const char *const **ret_calls);

/* How many limited faults a run may have. */
unsigned sim_engine_faults_max(void);
/* What all limited faults touch, since one may be the last that is allowed;
 * NULL: the outcome is none. */
const void *sim_engine_fault_key(enum sched_kind kind, unsigned outcome);

/* Grows with each allocation, free and warning of the machine. */
unsigned sim_engine_changes(void);

/* What the last step of the run touched; valid inside pick(). */
const struct sim_footprint *sim_engine_footprint(void);

/* Name of an object as it stands in reports.  Returns @buf. */
const char *sim_engine_object(const void *obj, const char *label, char *buf,
			      size_t size);

/* deadlock.c: what is wrong with a run in which no task can proceed. */
void sim_deadlock_explain(const struct sim_trace *trace);

#endif
