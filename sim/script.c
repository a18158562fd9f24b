/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script.c - runs operations one after the other, each on a task of its own.
 *
 * The strategy decides nothing: whoever runs goes on until it ends, sleeps or
 * is parked; then whoever was woken does, in the order of the wake-ups.
 */
#include "script_internal.h"

#include "memory.h"
#include "run.h"

#include <stdarg.h>
#include <string.h>

struct script *sim_script_running;

/* ------------------------------------------------------------------- tasks */

static struct script_task *task_of(struct script *script, unsigned id)
{
	return id && id <= script->nr_tasks ? &script->tasks[id] : NULL;
}

struct script_task *sim_script_self(void)
{
	return task_of(sim_script_running, sim_engine_self());
}

void sim_script_event(const char *format, ...)
{
	struct script_result *result = sim_script_running->result;
	va_list ap;

	if (!result)
		return;
	if (result->nr_events == SCRIPT_EVENTS_MAX) {
		sim_script_running->truncated = true;
		return;
	}
	va_start(ap, format);
	vsnprintf(result->events[result->nr_events++], SCRIPT_TEXT_MAX, format,
		  ap);
	va_end(ap);
}

void sim_script_return(struct script_task *task, const char *name, long value)
{
	task->values[task->nr_values].name = name;
	task->values[task->nr_values++].value = value;
}

static bool may_go_on(const void *arg, unsigned outcome)
{
	const struct script_task *task = arg;

	(void)outcome;
	return task->go;
}

void sim_script_park(struct script_task *task)
{
	const struct sched_op op = {
		.kind = SCHED_READ,
		.obj = &sim_script_running->parking,
		.ready = may_go_on,
		.arg = task,
		.name = "parking",
	};

	task->state = SCRIPT_TASK_PARKED;
	task->go = false;
	task->completed = true;
	(void)sched_before(&op);
	task->state = SCRIPT_TASK_LIVE;
}

bool sim_script_worker_sleeps(const struct script_task *task)
{
	const struct script *script = sim_script_running;

	if (!task->worker ||
	    !sim_engine_task_live((unsigned)(task - script->tasks)))
		return false;
	return !script->halted || (task->slept && !task->woken);
}

/* The model makes tasks, too: for each item of work one. */
static void note_workers(struct script *script)
{
	while (script->nr_tasks < sim_engine_tasks()) {
		struct script_task *task = &script->tasks[++script->nr_tasks];

		task->worker = true;
	}
}

/* What a task does before its first operation must touch nothing shared. */
static void announce_start(void)
{
	const struct sched_op op = {
		.kind = SCHED_READ,
		.obj = &sim_script_running->parking,
		.name = "start",
	};

	(void)sched_before(&op);
}

static void task_main(void *arg)
{
	struct script_task *task = arg;

	announce_start();
	task->ret = task->op.type->run(sim_script_running, task);
	task->state = SCRIPT_TASK_DONE;
	task->completed = true;
}

/* ---------------------------------------------------------------- strategy */

/* May the task go on with this choice, without anybody's wish?  A sleep ends
 * early only for those that a tick or a signal was sent to. */
static bool usable(const struct script_task *task,
		   const struct sim_choice *choice)
{
	if (!choice->enabled)
		return false;
	return !choice->outcome || choice->op->kind != SCHED_SLEEP ||
	       (task->interrupt && choice->outcome == task->interrupt_as);
}

/* Who has fallen asleep since, and who has been woken.  All that one operation
 * wakes are woken at once. */
static void note_sleepers(struct script *script,
			  const struct sim_choice *choices, unsigned nr)
{
	unsigned long now = ++script->clock;
	unsigned i;

	for (i = 0; i < nr; i++) {
		struct script_task *task = task_of(script, choices[i].task);

		if (choices[i].outcome)
			continue;
		if (!choices[i].enabled) {
			if (!task->slept)
				task->slept = now;
			task->woken = 0;
		} else if (!task->woken) {
			task->woken = now;
		}
	}
}

static bool goes_before(const struct script_task *a,
			const struct script_task *b)
{
	return a->woken < b->woken ||
	       (a->woken == b->woken && a->slept < b->slept);
}

/* The choice of the task that runs, else of the one that was woken first, and
 * among those the longest sleeper; or -1. */
static int find_choice(struct script *script, const struct sim_choice *choices,
		       unsigned nr)
{
	const struct script_task *first = NULL;
	int found = -1;
	unsigned i;

	for (i = 0; i < nr; i++) {
		struct script_task *task = task_of(script, choices[i].task);

		if (!usable(task, &choices[i]))
			continue;
		if (choices[i].task == script->current)
			return (int)i;
		if (!first || goes_before(task, first)) {
			first = task;
			found = (int)i;
		}
	}
	return found;
}

static int pick(struct sim_strategy *strategy, unsigned step,
		const struct sim_choice *choices, unsigned nr, unsigned last)
{
	struct script *script = container_of(strategy, struct script, strategy);
	struct script_task *task;
	int choice;

	(void)step;
	(void)last;
	note_workers(script);
	note_sleepers(script, choices, nr);
	choice = find_choice(script, choices, nr);
	if (choice < 0)
		return SIM_PICK_STOP;
	script->current = choices[choice].task;
	task = task_of(script, script->current);
	task->slept = task->woken = 0;
	task->interrupt = false;
	if (choices[choice].op->kind == SCHED_ALLOC &&
	    sim_script_alloc_fails(script))
		choice++; /* its other outcome stands right behind */
	return choice;
}

/* ----------------------------------------------------------------- reports */

static enum sched_action on_bug(struct script *script, struct script_task *task)
{
	script->result->bug++;
	if (script->config.bug_mode == SCRIPT_BUG_CONTINUE)
		return SCHED_CONTINUE;
	if (task) {
		task->state = SCRIPT_TASK_DEAD;
		task->completed = true;
	}
	return script->config.bug_mode == SCRIPT_BUG_KILL ? SCHED_KILL :
							    SCHED_HALT;
}

/* Counts that leave their range go on, as in the kernel; what is used after
 * it was freed is found by the engine. */
static enum sched_action on_report(const struct sched_report *report, void *arg)
{
	struct script *script = arg;

	if (!script->result)
		return SCHED_HALT;
	switch (report->kind) {
	case SCHED_BUG:
		return on_bug(script, sim_script_self());
	case SCHED_WARN:
		script->result->warn++;
		return SCHED_CONTINUE;
	case SCHED_REF_OVERFLOW:
	case SCHED_REF_UNDERFLOW:
		return SCHED_CONTINUE;
	default:
		return SCHED_HALT;
	}
}

/* What the model itself has to say is an event: "injected:fd". */
static void on_note(const char *text, void *arg)
{
	(void)arg;
	sim_script_event("%s", text);
}

/* -------------------------------------------------------------- life cycle */

/* There is one machine, so there is one script; what it and its trace have
 * grown to is kept for the next one. */
static struct script storage;
static struct sim_trace trace;

static int engine_begin(struct script *script)
{
	const struct sim_engine_config engine = {
		.carrier = sim_carrier_for(script->config.carrier),
		.strategy = &script->strategy,
		.trace = &trace,
		.steps_max = SCRIPT_VISIBLE_MAX,
		.timeouts = true,
		.signals = true,
		.hooks = {
			.before = sim_script_before,
			.after = sim_script_after,
			.alloc = sim_script_alloc,
			.note = on_note,
			.report = on_report,
			.arg = script,
		},
	};

	return sim_engine_begin(&engine);
}

static void set_up(void)
{
	struct script *script = sim_script_running;

	script->set_up_error = sim_script_bus_init(script);
	if (!script->set_up_error)
		script->set_up_error = sim_script_iommu_init(script);
}

/* Blank, and out of the sight of race detectors. */
static struct script *make_script(const struct script_config *config)
{
	static bool excluded;
	struct script *script = &storage;

	if (!excluded) {
		sim_memory_exclude(script, sizeof(*script));
		sim_memory_exclude(&trace, sizeof(trace));
	}
	excluded = true;
	memset(script, 0, sizeof(*script));
	script->config = *config;
	script->strategy.name = "script";
	script->strategy.pick = pick;
	return script;
}

static int boot(struct script *script)
{
	const struct kernel_config machine = { .era = script->config.era };
	int ret = kernel_boot(&machine);

	if (ret)
		return ret;
	ret = engine_begin(script);
	if (ret)
		kernel_halt(NULL, NULL);
	return ret;
}

int sim_script_begin(const struct script_config *config,
		     struct script **ret_script)
{
	struct script *script;
	int ret;

	if (sim_script_running && !sim_script_running->joined)
		return -EBUSY;
	script = make_script(config);
	ret = boot(script);
	if (ret)
		return ret;
	sim_script_running = script;
	if (sim_engine_phase(set_up) != SIM_RUN_DONE)
		script->set_up_error = -ENOTRECOVERABLE;
	ret = script->set_up_error;
	if (ret)
		sim_script_end(script);
	else
		*ret_script = script;
	return ret;
}

void sim_script_end(struct script *script)
{
	if (!script)
		return;
	sim_engine_end();
	sim_script_running = NULL;
	kernel_halt(NULL, NULL);
}

const char *sim_script_error(const struct script *script)
{
	return script->error;
}

/* ------------------------------------------------------------------ running */

static int fail(struct script *script, int error, const char *text)
{
	snprintf(script->error, sizeof(script->error), "%s", text);
	return error;
}

static int full(struct script *script, int max, const char *what)
{
	snprintf(script->error, sizeof(script->error), "expected at most %d %s",
		 max, what);
	return -ENOSPC;
}

static int start(struct script *script, const struct script_op *op,
		 struct script_task **ret_task)
{
	unsigned id = script->nr_tasks + 1;
	struct script_task *task = &script->tasks[id];
	char name[SCRIPT_TEXT_MAX], error[SIM_TEXT_MAX];
	int ret;

	if (id >= SIM_TASKS_MAX)
		return full(script, SIM_TASKS_MAX - 1,
			    "operations and items of work together");
	task->op = *op;
	task->step = script->nr_steps;
	if (op->begin && sim_script_point_parse(op->at, &task->point, error))
		return fail(script, -EINVAL, error);
	script->nr_tasks = id;
	script->current = id;
	ret = kthread_run(sim_script_op_name(op, name, sizeof(name)), task_main,
			  task);
	if (ret < 0)
		return fail(script, -ENOSPC, "no room for another task");
	*ret_task = task;
	return 0;
}

static bool pending(const struct script_task *task)
{
	return !task->worker && (task->state == SCRIPT_TASK_LIVE ||
				 task->state == SCRIPT_TASK_PARKED);
}

/* Is it one of those that a finish finds by device? */
static bool is_about(const struct script_task *task, const char *dev)
{
	return task->op.begin && task->op.type->at &&
	       strcmp(task->op.args[0].text, dev) == 0;
}

/* Whom does a finish mean?  By step, or the oldest one of that device. */
static struct script_task *find_pending(struct script *script,
					const struct script_op *op)
{
	bool by_step = op->type->args[0].kind == SCRIPT_NUMBER;
	unsigned id;

	for (id = 1; id <= script->nr_tasks; id++) {
		struct script_task *task = &script->tasks[id];

		if (!pending(task))
			continue;
		if (by_step ? task->step == (unsigned long)op->args[0].number :
			      is_about(task, op->args[0].text))
			return task;
	}
	return NULL;
}

static void let_go(struct script *script, struct script_task *task)
{
	if (task->state != SCRIPT_TASK_PARKED)
		return;
	task->go = true;
	script->current = (unsigned)(task - script->tasks);
}

static int run_until_idle(struct script *script, struct script_task *own)
{
	enum sim_status status = sim_engine_schedule();

	note_workers(script);
	if (status == SIM_RUN_ERROR || status == SIM_RUN_PRUNED)
		return fail(script, -ENOTRECOVERABLE, sim_engine_error());
	sim_script_fill_result(script, own, status == SIM_RUN_HALTED);
	/* A walk that never ends tells of no end of events. */
	if (script->truncated && script->result->own.status != SCRIPT_CRASHED)
		return fail(script, -ENOSPC,
			    "too many events or allocations in one step");
	return 0;
}

/* finish of nobody is an error of the operation, not of the script. */
static void finish_nobody(struct script *script, const struct script_op *op)
{
	struct script_outcome *own = &script->result->own;

	own->op = op;
	own->status = SCRIPT_RETURNED;
	own->ret = -EINVAL;
}

static int perform(struct script *script, const struct script_op *op)
{
	struct script_task *task = NULL;
	int ret;

	if (script->nr_steps >= SCRIPT_STEPS_MAX)
		return full(script, SCRIPT_STEPS_MAX, "operations");
	if (op->type->run) {
		ret = start(script, op, &task);
		if (ret)
			return ret;
	} else {
		task = find_pending(script, op);
		if (task)
			let_go(script, task);
		else
			finish_nobody(script, op);
	}
	return run_until_idle(script, task);
}

static void result_reset(struct script_result *result)
{
	result->nr_completed = result->nr_blocked = result->nr_workers = 0;
	result->nr_events = result->nr_allocs = 0;
	result->warn = result->bug = 0;
	result->halted = false;
	result->verdict = SIM_VERDICT_NR;
	result->finding[0] = '\0';
	memset(&result->own, 0, sizeof(result->own));
}

int sim_script_run(struct script *script, const struct script_op *op,
		   const struct script_result **ret_result)
{
	int ret;

	if (script->halted)
		return fail(script, -EINVAL, "the script was halted before");
	result_reset(&script->last);
	script->result = &script->last;
	ret = perform(script, op);
	script->result = NULL;
	script->last.own.step = script->nr_steps++;
	*ret_result = &script->last;
	return ret;
}
