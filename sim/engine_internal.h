/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine_internal.h - the state of the engine, shared by engine.c, which
 * decides and switches, and observe.c, which listens to what tasks tell.
 */
#ifndef SIM_ENGINE_INTERNAL_H
#define SIM_ENGINE_INTERNAL_H

#include "engine.h"
#include "faults.h"

#define CHOICES_MAX (SIM_TASKS_MAX * 3)
/* Nobody runs but the caller of the engine. */
#define TASK_NONE SIM_TASKS_MAX

enum task_state {
	TASK_UNUSED,
	TASK_STARTING, /* runs up to its first operation, for its creator */
	TASK_LIVE,
	TASK_DONE,
	TASK_DEAD /* killed where it stands */
};

struct task {
	enum task_state state;
	void (*fn)(void *arg);
	void *arg;
	struct sched_op op; /* pending; a copy, since others look at it */
	unsigned outcome, creator;
	bool in_hook;
	const struct sim_local *locals; /* declared; innermost first */
	uint64_t notes; /* a hash of what it noted, in its order */
	unsigned nr_held, nr_calls;
	char name[SIM_TASK_NAME_MAX];
	const char *title; /* the same, for ever at the same address */
	struct sim_held held[SIM_HELD_MAX];
	const char *calls[SIM_CALLS_MAX];
};

/* Objects that were looked at, by address. */
#define ALIVE_MAX 64u

struct alive {
	const void *obj;
	uint64_t frees; /* by then */
};

struct sim_engine {
	struct sim_engine_config config;
	struct task *tasks;
	size_t tasks_max;
	unsigned nr_tasks; /* highest id */
	unsigned current; /* id of the running task */
	bool phase, halted;
	struct {
		void (*fn)(void *arg);
		void *arg;
	} deferred[SIM_TASKS_MAX]; /* spawned in this phase */
	unsigned nr_deferred;
	unsigned last; /* who made the previous step */
	enum sim_switch how; /* why that one would not make the next */
	unsigned accesses;
	unsigned faults; /* limited ones that the run has had */
	/* Blocks freed so far, and machines begun.  It never goes back, and runs
	 * go back to where they came from only: so this stays right. */
	uint64_t frees;
	struct alive alive[ALIVE_MAX];
	unsigned changes; /* of what the machine keeps outside the sub-heaps */
	enum sim_status status;
	struct sim_choice choices[CHOICES_MAX];
	struct sim_footprint footprint;
	bool wrote; /* the step changed what an invariant may read */
	struct sim_raw_finding findings[SIM_RUN_FINDINGS_MAX];
	unsigned nr_findings;
	char error[SIM_TEXT_MAX];
};

extern struct sim_engine sim_engine_state;
/* The one engine of the process. */
#define engine sim_engine_state

/* engine.c: stop the run inside the running task; never returns to it. */
void sim_engine_halt(void);
/* engine.c: the running task ends where it stands, with all it holds. */
void sim_engine_kill(void);

/* observe.c: has the operation an object, or none at all as it should be? */
bool sim_is_live(const struct sched_op *op);
/* observe.c: is it safe to look at @obj?  If not, the run halts here. */
void sim_require_live(const void *obj, const char *label, const char *what,
		      const struct sched_site *site);
/* observe.c: the step that begins touches what its operation touches. */
void sim_touch_operation(const struct sched_op *op);
void sim_touch(const void *obj, size_t size, bool write);

/* observe.c: what tasks tell; members of struct sched_ops. */
void sim_observe_access(const void *obj, enum sched_access how);
void sim_observe_free(const void *start, size_t size);
void sim_observe_enter(const char *func);
void sim_observe_leave(const char *func);
void sim_observe_alloc(const char *type, bool failed);
void sim_observe_fact(const struct sched_fact *fact);
void sim_observe_subject(const void *obj);
void sim_observe_answer(intptr_t value);
void sim_observe_note(const void *obj, const char *text);
enum sched_action sim_observe_report(const struct sched_report *report);

static inline struct task *current_task(void)
{
	return &engine.tasks[engine.current];
}

static inline struct alive *alive_slot(const void *obj)
{
	uintptr_t address = (uintptr_t)obj;

	return &engine.alive[(address >> 3 ^ address >> 9) % ALIVE_MAX];
}

/* Is it safe to look at @obj, as it was before?  What lives goes on living
 * while nothing is freed. */
static inline bool was_alive(const void *obj)
{
	const struct alive *a = alive_slot(obj);

	return a->obj == obj && a->frees == engine.frees && obj;
}

static inline void note_alive(const void *obj)
{
	*alive_slot(obj) = (struct alive){ obj, engine.frees };
}

/* The name that an operation's object carries, or its text in the source. */
static inline const char *op_label(const struct sched_op *op)
{
	return op->name ? op->name : op->site.what;
}

#endif
