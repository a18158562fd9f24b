/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_result.c - what became of each operation in a step: which ended,
 * which stand or sleep, and what stopped the machine.
 */
#include "script_internal.h"

#include <string.h>

static bool holds(unsigned id, const void *obj)
{
	const struct sim_held *held;
	unsigned i, nr = sim_engine_held(id, &held);

	for (i = 0; i < nr; i++)
		if (held[i].obj == obj)
			return true;
	return false;
}

/* Not for the task that runs: nothing of it is pending. */
static void describe(struct script *script, const struct script_task *task,
		     struct script_outcome *ret_outcome)
{
	unsigned id = (unsigned)(task - script->tasks);
	const struct sched_op *op;

	ret_outcome->step = task->step;
	ret_outcome->op = task->worker ? NULL : &task->op;
	ret_outcome->ret = task->ret;
	ret_outcome->nr_values = 0;
	ret_outcome->self_deadlock = false;
	switch (task->state) {
	case SCRIPT_TASK_DONE:
		ret_outcome->status = SCRIPT_RETURNED;
		ret_outcome->nr_values = task->nr_values;
		memcpy(ret_outcome->values, task->values,
		       sizeof(ret_outcome->values));
		return;
	case SCRIPT_TASK_PARKED:
		ret_outcome->status = SCRIPT_PARKED;
		ret_outcome->at = task->op.at;
		return;
	case SCRIPT_TASK_DEAD:
		ret_outcome->status = SCRIPT_BUG;
		return;
	default:
		break;
	}
	ret_outcome->status = SCRIPT_BLOCKED;
	op = sim_engine_pending(id);
	sim_script_describe_wait(op, ret_outcome->on, sizeof(ret_outcome->on));
	ret_outcome->self_deadlock = holds(id, op->obj);
}

static bool is_pending(const struct script_task *task)
{
	return task->state == SCRIPT_TASK_LIVE ||
	       task->state == SCRIPT_TASK_PARKED;
}

unsigned
sim_script_pending(struct script *script,
		   struct script_outcome ret_outcomes[SCRIPT_STEPS_MAX])
{
	unsigned id, nr = 0;

	for (id = 1; id <= script->nr_tasks; id++) {
		const struct script_task *task = &script->tasks[id];
		bool left = task->worker ? sim_script_worker_sleeps(task) :
					   is_pending(task);

		if (left && nr < SCRIPT_STEPS_MAX)
			describe(script, task, &ret_outcomes[nr++]);
	}
	return nr;
}

/* Say of all that ended what became of it, and leave @own out. */
static void fill_completed(struct script *script, const struct script_task *own)
{
	struct script_result *result = script->result;
	unsigned id;

	for (id = 1; id <= script->nr_tasks; id++) {
		struct script_task *task = &script->tasks[id];

		if (task->completed && task != own)
			describe(script, task,
				 &result->completed[result->nr_completed++]);
		task->completed = false;
	}
}

static void fill_blocked(struct script *script, const struct script_task *own)
{
	struct script_result *result = script->result;
	unsigned id;

	for (id = 1; id <= script->nr_tasks; id++)
		if (!script->tasks[id].worker &&
		    script->tasks[id].state == SCRIPT_TASK_LIVE &&
		    &script->tasks[id] != own)
			describe(script, &script->tasks[id],
				 &result->blocked[result->nr_blocked++]);
}

static void fill_workers(struct script *script)
{
	struct script_result *result = script->result;
	unsigned id;

	for (id = 1; id <= script->nr_tasks; id++)
		if (sim_script_worker_sleeps(&script->tasks[id]) &&
		    result->nr_workers < SCRIPT_STEPS_MAX)
			sim_script_describe_wait(
				sim_engine_pending(id),
				result->workers[result->nr_workers++],
				SCRIPT_TEXT_MAX);
}

/*
 * Was the machine stopped just before something would have crashed, whoever's
 * fault that is?  The task that stood there is in no state to be described.
 */
static bool fill_crash(struct script *script)
{
	const struct sim_raw_finding *findings;
	struct script_result *result = script->result;
	unsigned nr = sim_engine_findings(&findings);

	if (!nr || findings[nr - 1].verdict == SIM_BUG)
		return false;
	result->own.status = SCRIPT_CRASHED;
	result->verdict = findings[nr - 1].verdict;
	snprintf(result->finding, sizeof(result->finding), "%s",
		 findings[nr - 1].text);
	return true;
}

void sim_script_fill_result(struct script *script,
			    const struct script_task *own, bool halted)
{
	script->halted = halted;
	script->result->halted = halted;
	if (halted && fill_crash(script))
		return;
	if (own)
		describe(script, own, &script->result->own);
	fill_completed(script, own);
	fill_blocked(script, own);
	fill_workers(script);
}
