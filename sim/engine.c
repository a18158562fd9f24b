/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.c - the scheduler behind struct sched_ops.
 *
 * There is no controller: the task that announces an operation decides, on its
 * own stack and by asking the strategy, who goes on, and switches there
 * directly.  What happens between two announcements of a task is one step.
 */
#include "engine_internal.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

struct sim_engine sim_engine_state;

static unsigned slot_of(unsigned task)
{
	return task == TASK_NONE ? 0 : task + 1;
}

/* -------------------------------------------------------------- switching */

static void go(unsigned from, unsigned to)
{
	engine.current = to;
	if (from != to)
		engine.config.carrier->switch_to(slot_of(from), slot_of(to));
}

/* Back to the caller of the engine; returns if the run goes on later. */
static void go_home(enum sim_status status)
{
	engine.status = status;
	go(engine.current, TASK_NONE);
}

/* Stop the run inside a task: never returns to it. */
void sim_engine_halt(void)
{
	engine.footprint.stops = true;
	/* Whoever makes tasks does not notice that one of them stopped. */
	engine.halted = !engine.phase;
	for (;;)
		go_home(SIM_RUN_HALTED);
}

/* --------------------------------------------------------------- deciding */

static inline bool outcome_ready(const struct task *t, unsigned outcome)
{
	const struct sched_op *op = &t->op;

	if (outcome && !sim_faults_allow(&engine.config.faults, op->kind,
					 outcome, engine.faults))
		return false;
	/* It would look at what is gone; the step itself finds that out. */
	if (!was_alive(op->obj) && !sim_is_live(op))
		return outcome == 0;
	return !op->ready || op->ready(op->arg, outcome);
}

/* Returns whether it is enabled. */
static inline bool list_choice(struct sim_choice *c, unsigned id,
			       unsigned outcome)
{
	const struct task *t = &engine.tasks[id];
	bool enabled = outcome_ready(t, outcome);

	*c = (struct sim_choice){
		id, outcome, enabled,
		outcome && sim_engine_fault_key(t->op.kind, outcome), &t->op
	};
	return enabled;
}

/* All outcomes but the first, behind @nr choices. */
static unsigned list_outcomes(unsigned id, unsigned nr, unsigned *enabled)
{
	unsigned o;

	for (o = 1; o < engine.tasks[id].op.outcomes && nr < CHOICES_MAX; o++)
		*enabled += list_choice(&engine.choices[nr++], id, o);
	return nr;
}

/* All that live tasks could do; returns how many, and how many are enabled. */
static unsigned list_choices(unsigned *ret_enabled)
{
	unsigned id, nr = 0, enabled = 0, others;

	engine.how = SIM_SWITCH_ENDED;
	for (id = 1; id <= engine.nr_tasks; id++) {
		if (engine.tasks[id].state != TASK_LIVE)
			continue;
		others = enabled;
		if (nr < CHOICES_MAX)
			enabled += list_choice(&engine.choices[nr++], id, 0);
		if (engine.tasks[id].op.outcomes > 1)
			nr = list_outcomes(id, nr, &enabled);
		if (id == engine.last)
			engine.how = enabled > others ? SIM_SWITCH_PREEMPTED :
							SIM_SWITCH_BLOCKED;
	}
	*ret_enabled = enabled;
	return nr;
}

static bool invariant_broken(void)
{
	const char *broken;

	if (!engine.config.invariant)
		return false;
	broken = engine.config.invariant();
	if (!broken)
		return false;
	sim_engine_record(SIM_INVARIANT, NULL, "%s", broken);
	engine.footprint.stops = true;
	return true;
}

/* Why nothing can be offered, if that is so already. */
static bool over(void)
{
	engine.status = SIM_RUN_ERROR;
	if (engine.error[0] || engine.config.trace->full)
		return true;
	engine.status = SIM_RUN_HALTED;
	if (engine.halted)
		return true;
	if (engine.config.monitor)
		engine.config.monitor->step();
	return engine.config.trace->steps && invariant_broken();
}

static unsigned offer(void)
{
	unsigned nr, enabled;

	if (over())
		return 0;
	nr = list_choices(&enabled);
	engine.status = nr ? SIM_RUN_IDLE : SIM_RUN_DONE;
	if (!enabled)
		return 0;
	if (engine.config.trace->steps < engine.config.steps_max)
		return nr;
	sim_engine_record(SIM_STEP_LIMIT, NULL, "%u steps",
			  engine.config.steps_max);
	engine.status = SIM_RUN_HALTED;
	return 0;
}

/* What is found out here is found on behalf of who made the last step, whether
 * that one decides or home does. */
unsigned sim_engine_offer(const struct sim_choice **ret_choices)
{
	unsigned current = engine.current, nr;

	*ret_choices = engine.choices;
	if (engine.config.at_home && engine.last)
		engine.current = engine.last;
	nr = offer();
	engine.current = current;
	return nr;
}

/* Returns the task that goes on. */
static unsigned take(unsigned index)
{
	const struct sim_choice *c = &engine.choices[index];

	engine.tasks[c->task].outcome = c->outcome;
	return c->task;
}

void sim_engine_make(unsigned index)
{
	go(TASK_NONE, take(index));
}

void sim_engine_move(unsigned task, unsigned outcome)
{
	engine.tasks[task].outcome = outcome;
	go(TASK_NONE, task);
}

/* Decide who goes on.  Returns the task, its outcome set; or TASK_NONE with
 * the status set. */
static unsigned decide(void)
{
	struct sim_strategy *strategy = engine.config.strategy;
	const struct sim_choice *choices;
	unsigned nr = sim_engine_offer(&choices);
	int pick;

	if (!nr)
		return TASK_NONE;
	if (engine.config.between)
		engine.config.between(engine.config.between_arg,
				      engine.config.trace->steps);
	pick = strategy->pick(strategy, engine.config.trace->steps, choices, nr,
			      engine.last);
	if (pick >= 0)
		return take((unsigned)pick);
	engine.status = pick == SIM_PICK_PRUNE ? SIM_RUN_PRUNED :
			pick == SIM_PICK_STOP  ? SIM_RUN_STOPPED :
						 SIM_RUN_ERROR;
	return TASK_NONE;
}

/* The same for a task that made its step. */
static unsigned successor(void)
{
	return engine.config.at_home ? TASK_NONE : decide();
}

/* ------------------------------------------------------------------ steps */

static void hold(struct task *t, const struct sched_op *op)
{
	if (t->nr_held == SIM_HELD_MAX) {
		sim_engine_fail("task %s holds more than %d locks", t->name,
				SIM_HELD_MAX);
		return;
	}
	t->held[t->nr_held++] =
		(struct sim_held){ op->obj, op->kind, op->abandon, op->site,
				   op->name };
}

static void unhold(struct task *t, const void *obj)
{
	unsigned i = t->nr_held;

	while (i-- > 0)
		if (t->held[i].obj == obj) {
			memmove(&t->held[i], &t->held[i + 1],
				(t->nr_held - i - 1) * sizeof(t->held[0]));
			t->nr_held--;
			return;
		}
}

/*
 * The operation happens now: start a step and write it down.  Only here is its
 * object looked at: if it were at the announcement, the step before would end
 * differently depending on what others freed, which is none of its business.
 */
static void grant(const struct sched_op *op, unsigned outcome)
{
	struct sim_trace *trace = engine.config.trace;
	struct sim_event *e;

	sim_footprint_clear(&engine.footprint);
	engine.wrote = false;
	engine.accesses = 0;
	if (!engine.phase)
		trace->steps++;
	e = sim_trace_append(trace, SIM_EVENT_STEP, engine.current);
	if (engine.last && engine.last != engine.current)
		e->how = (unsigned char)engine.how;
	engine.last = engine.current;
	e->kind = (unsigned char)op->kind;
	e->outcome = (unsigned char)outcome;
	e->func = op->site.func ? op->site.func : "?";
	e->file = op->site.file;
	e->line = op->site.line;
	e->what = op->site.what;
	sim_trace_name_object(trace, e, op->obj, op_label(op));
	if (!was_alive(op->obj))
		sim_require_live(op->obj,
				 op->kind == SCHED_ALLOC ? NULL : op_label(op),
				 sim_kind_name(op->kind), &op->site);
	sim_touch_operation(op);
	if (outcome && sim_engine_fault_key(op->kind, outcome)) {
		engine.faults++;
		sim_touch(&engine.faults, 1, true);
	}
	if (op->kind == SCHED_LOCK || op->kind == SCHED_LOCK_SHARED)
		hold(current_task(), op);
	if (op->kind == SCHED_UNLOCK || op->kind == SCHED_UNLOCK_SHARED)
		unhold(current_task(), op->obj);
}

/* Set-up, check and teardown: nobody else runs, so waiting is the end. */
static unsigned before_in_phase(const struct sched_op *op)
{
	char name[SIM_TEXT_MAX];

	if (!outcome_ready(current_task(), 0)) {
		sim_engine_record(
			op->kind == SCHED_SLEEP ? SIM_HANG : SIM_DEADLOCK,
			&op->site,
			"%s of %s in %s, and no task is left to end it",
			sim_kind_name(op->kind),
			sim_engine_object(op->obj, op_label(op), name,
					  sizeof(name)),
			op->site.func);
		sim_engine_halt();
	}
	grant(op, 0);
	return 0;
}

/* A hook may announce operations of its own, and so be left and come back. */
static void call_hook(void (*hook)(const struct sched_op *op, void *arg),
		      const struct sched_op *op)
{
	unsigned self = engine.current;

	if (engine.tasks[self].in_hook)
		return;
	engine.tasks[self].in_hook = true;
	hook(op, engine.config.hooks.arg);
	engine.tasks[self].in_hook = false;
}

static unsigned engine_before(const struct sched_op *op)
{
	unsigned self = engine.current, next;
	struct task *t;

	if (self == TASK_NONE)
		return 0;
	if (engine.config.hooks.before)
		call_hook(engine.config.hooks.before, op);
	t = current_task();
	t->op = *op;
	/* Reports and schedules name the modelled function, not our helpers
	 * inside it. */
	if (t->nr_calls)
		t->op.site.func = sim_engine_func(self);
	if (engine.phase)
		return before_in_phase(&t->op);
	if (t->state == TASK_STARTING) {
		t->state = TASK_LIVE;
		go(self, t->creator);
	} else {
		next = successor();
		go(self, next);
	}
	/* Somebody let us go on. */
	t = &engine.tasks[self];
	grant(&t->op, t->outcome);
	return t->outcome;
}

/* The newest step is that of the task that runs. */
static void note_taken(struct sim_trace *trace)
{
	size_t i = trace->nr_events;

	while (i-- > 0)
		if (trace->events[i].type == SIM_EVENT_STEP) {
			trace->events[i].taken = true;
			return;
		}
}

static void engine_after(const struct sched_op *op)
{
	if (engine.current == TASK_NONE)
		return;
	/* A trylock that took the lock says here how to give it up again. */
	if (op->kind == SCHED_TRYLOCK && op->abandon) {
		hold(current_task(), op);
		note_taken(engine.config.trace);
	} else if (op->kind == SCHED_TRYLOCK) {
		sim_footprint_only_reads(&engine.footprint);
	}
	if (engine.config.hooks.after)
		call_hook(engine.config.hooks.after, op);
}

/* ------------------------------------------------------------------ tasks */

static void task_main(unsigned slot)
{
	unsigned self = slot - 1, next;
	struct task *t = &engine.tasks[self];
	bool starting;

	t->fn(t->arg);
	t = &engine.tasks[self];
	starting = t->state == TASK_STARTING;
	t->state = TASK_DONE;
	sim_trace_append(engine.config.trace, SIM_EVENT_END, self);
	if (engine.phase) {
		engine.status = SIM_RUN_DONE;
		next = TASK_NONE;
	} else {
		next = starting ? t->creator : successor();
	}
	/* Real locks that it leaves behind are unlocked by itself, later; what
	 * set-up leaves locked stays so for whatever comes next. */
	while (self && t->nr_held)
		go(self, next);
	engine.current = next;
	engine.config.carrier->exit_to(slot, slot_of(next));
}

static bool name_taken(unsigned before, const char *name)
{
	unsigned id;

	for (id = 1; id < before; id++)
		if (!strcmp(engine.tasks[id].name, name))
			return true;
	return false;
}

/* Schedules know tasks by their names: "kworker", "kworker-2", ... */
static void name_task(unsigned id, const char *name)
{
	struct task *t = &engine.tasks[id];
	unsigned nth = 1;

	/* Mostly it is the task that was there in the run before. */
	if (!t->title || strcmp(t->name, name)) {
		snprintf(t->name, sizeof(t->name), "%s", name);
		t->title = sim_trace_title(t->name);
	}
	if (!name_taken(id, t->name))
		return;
	while (name_taken(id, t->name))
		snprintf(t->name, sizeof(t->name), "%.*s-%u",
			 (int)sizeof(t->name) - 8, name, ++nth);
	t->title = sim_trace_title(t->name);
}

static int start_task(unsigned id, const char *name, void (*fn)(void *arg),
		      void *arg)
{
	static const struct task blank;
	struct task *t = &engine.tasks[id];
	int ret;

	/* Not its name, which may stay, nor the arrays, of which nothing is in
	 * use. */
	memcpy(t, &blank, offsetof(struct task, name));
	name_task(id, name);
	t->fn = fn;
	t->arg = arg;
	t->creator = engine.current;
	ret = engine.config.carrier->create(slot_of(id), task_main);
	if (ret)
		return ret;
	t->state = TASK_STARTING;
	sim_trace_name_task(engine.config.trace, id, t->name);
	sim_trace_append(engine.config.trace, SIM_EVENT_START, id);
	return 0;
}

/* Set-up, check and teardown run alone: the work that they queue is done right
 * behind them, as a part of them.  Other tasks that they make are tasks. */
static int defer(void (*fn)(void *arg), void *arg)
{
	if (engine.nr_deferred == SIM_TASKS_MAX)
		return -EAGAIN;
	engine.deferred[engine.nr_deferred].fn = fn;
	engine.deferred[engine.nr_deferred++].arg = arg;
	return SIM_TASKS_MAX;
}

static int engine_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	bool phase = engine.phase;
	unsigned id = engine.nr_tasks + 1;
	int ret;

	if (phase && !strcmp(name, KWORKER))
		return defer(fn, arg);
	if (id >= SIM_TASKS_MAX)
		return -EAGAIN;
	ret = start_task(id, name, fn, arg);
	if (ret)
		return ret;
	engine.nr_tasks = id;
	sim_touch(&engine.nr_tasks, 1, true);
	/* Up to its first operation; that is not a step. */
	engine.phase = false;
	go(engine.current, id);
	engine.phase = phase;
	return (int)id;
}

static unsigned engine_self(void)
{
	return engine.current == TASK_NONE ? 0 : engine.current;
}

/* The task ends where it stands, with its locks and references. */
void sim_engine_kill(void)
{
	unsigned self = engine.current;

	current_task()->state = TASK_DEAD;
	for (;;)
		go(self, engine.phase ? TASK_NONE : successor());
}

/* ------------------------------------------------------------- life cycle */

static const struct sched_ops engine_ops = {
	.spawn = engine_spawn,
	.self = engine_self,
	.before = engine_before,
	.after = engine_after,
	.enter = sim_observe_enter,
	.leave = sim_observe_leave,
	.access = sim_observe_access,
	.alloc = sim_observe_alloc,
	.free = sim_observe_free,
	.note = sim_observe_note,
	.fact = sim_observe_fact,
	.subject = sim_observe_subject,
	.answer = sim_observe_answer,
	.report = sim_observe_report,
};

int sim_engine_begin(const struct sim_engine_config *config)
{
	static bool excluded;
	void *p = sim_memory_grow(engine.tasks, &engine.tasks_max,
				  SIM_TASKS_MAX + 1, sizeof(*engine.tasks));
	unsigned i;

	if (!p)
		return -ENOMEM;
	if (!excluded)
		sim_memory_exclude(&engine, sizeof(engine));
	excluded = true;
	/* Wherever the caller keeps them: tasks write to both. */
	sim_memory_exclude(config->trace, sizeof(*config->trace));
	sim_memory_exclude(config->strategy, sizeof(*config->strategy));
	engine.tasks = p;
	for (i = 0; i <= engine.nr_tasks; i++)
		engine.tasks[i].state = TASK_UNUSED;
	engine.config = *config;
	sim_faults_free(&engine.config.faults, config->timeouts,
			config->signals);
	engine.nr_tasks = 0;
	engine.current = TASK_NONE;
	engine.phase = engine.halted = false;
	engine.last = 0;
	/* Nothing is known of the new machine. */
	engine.frees++;
	engine.faults = 0;
	engine.nr_findings = 0;
	engine.error[0] = '\0';
	sim_footprint_clear(&engine.footprint);
	engine.accesses = 0;
	sim_trace_reset(config->trace);
	sim_trace_name_task(config->trace, 0, "machine");
	sched_install(&engine_ops);
	return config->carrier->begin();
}

static void phase_main(void *arg)
{
	unsigned i;

	(*(void (**)(void))arg)();
	for (i = 0; i < engine.nr_deferred; i++)
		engine.deferred[i].fn(engine.deferred[i].arg);
}

/* On the thread that holds them. */
static void give_up_locks(unsigned slot)
{
	struct task *t = &engine.tasks[slot - 1];

	while (t->nr_held > 0) {
		const struct sim_held *held = &t->held[--t->nr_held];

		/* Some are gone with the block that they were in. */
		if (held->abandon && slab_query(held->obj, NULL) != SLAB_FREED)
			held->abandon((void *)(uintptr_t)held->obj);
	}
}

static void abandon(unsigned id)
{
	struct task *t = &engine.tasks[id];

	if (t->state == TASK_LIVE || t->state == TASK_DEAD ||
	    t->state == TASK_STARTING || (t->state == TASK_DONE && t->nr_held))
		engine.config.carrier->abandon(slot_of(id), give_up_locks);
	t->state = TASK_UNUSED;
}

enum sim_status sim_engine_phase(void (*fn)(void))
{
	int ret = start_task(0, "machine", phase_main, &fn);

	if (ret) {
		sim_engine_fail("no task for set-up: error %d", ret);
		return SIM_RUN_ERROR;
	}
	/* It has no step that begins with its first operation. */
	engine.tasks[0].state = TASK_LIVE;
	engine.nr_deferred = 0;
	engine.phase = true;
	engine.status = SIM_RUN_HALTED;
	go(TASK_NONE, 0);
	engine.phase = false;
	if (engine.tasks[0].state != TASK_DONE)
		abandon(0);
	engine.tasks[0].state = TASK_UNUSED;
	return engine.status;
}

enum sim_status sim_engine_schedule(void)
{
	unsigned next;

	do {
		next = decide();
		if (next != TASK_NONE)
			go(TASK_NONE, next);
	} while (next != TASK_NONE && engine.config.at_home);
	return engine.status;
}

enum sim_status sim_engine_status(void)
{
	return engine.status;
}

void sim_engine_end(void)
{
	unsigned id;

	for (id = 1; id <= engine.nr_tasks; id++)
		abandon(id);
	engine.config.carrier->end();
	sched_install(NULL);
}

void sim_engine_again(const struct sim_engine_config *config)
{
	engine.config = *config;
	sim_faults_free(&engine.config.faults, config->timeouts,
			config->signals);
	/* Others may have had a machine in between. */
	engine.frees++;
	sched_install(&engine_ops);
}

/* ------------------------------------------------------------------ views */

unsigned sim_engine_findings(const struct sim_raw_finding **ret_findings)
{
	*ret_findings = engine.findings;
	return engine.nr_findings;
}

const char *sim_engine_error(void)
{
	return engine.error;
}

unsigned sim_engine_changes(void)
{
	return engine.changes;
}

unsigned sim_engine_tasks(void)
{
	return engine.nr_tasks;
}

const char *sim_engine_task_name(unsigned id)
{
	return engine.tasks[id].name;
}

bool sim_engine_task_live(unsigned id)
{
	return engine.tasks[id].state == TASK_LIVE;
}

const struct sched_op *sim_engine_pending(unsigned id)
{
	return &engine.tasks[id].op;
}

unsigned sim_engine_faults_max(void)
{
	return engine.config.faults.limited ? engine.config.faults.max : 0;
}

const void *sim_engine_fault_key(enum sched_kind kind, unsigned outcome)
{
	return sim_faults_limit(&engine.config.faults, kind, outcome) ?
		       &engine.faults :
		       NULL;
}

unsigned sim_engine_self(void)
{
	return engine_self();
}

unsigned sim_engine_held(unsigned id, const struct sim_held **ret_held)
{
	*ret_held = engine.tasks[id].held;
	return engine.tasks[id].nr_held;
}

const char *sim_engine_func(unsigned id)
{
	const struct task *t = &engine.tasks[id == TASK_NONE ? 0 : id];

	if (!t->nr_calls)
		return t->title;
	return t->calls[t->nr_calls <= SIM_CALLS_MAX ? t->nr_calls - 1 :
						       SIM_CALLS_MAX - 1];
}

unsigned sim_engine_calls(unsigned id, const char *const **ret_calls)
{
	const struct task *t = &engine.tasks[id];

	*ret_calls = t->calls;
	return t->nr_calls < SIM_CALLS_MAX ? t->nr_calls : SIM_CALLS_MAX;
}
