/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadlock.c - says why no task can proceed: who waits for whom, by name.
 *
 * A cycle through locks is a deadlock; a sleeper that nobody will wake has
 * lost its wake-up if there was one before it joined the queue.
 */
#include "engine.h"

#include <string.h>

#define NOBODY 0

static bool is_lock(const struct sched_op *op)
{
	return op->kind == SCHED_LOCK || op->kind == SCHED_LOCK_SHARED;
}

static const struct sim_held *find_held(unsigned id, const void *obj)
{
	const struct sim_held *held;
	unsigned i, nr = sim_engine_held(id, &held);

	for (i = 0; i < nr; i++)
		if (held[i].obj == obj)
			return &held[i];
	return NULL;
}

/* A writer in the queue keeps a reader out, although it holds nothing yet. */
static bool queued_writer(unsigned id, const struct sched_op *op)
{
	const struct sched_op *other;

	if (op->kind != SCHED_LOCK_SHARED || !sim_engine_task_live(id))
		return false;
	other = sim_engine_pending(id);
	return other->kind == SCHED_LOCK && other->obj == op->obj;
}

/* Whom does @id wait for?  NOBODY: for a wake-up. */
static unsigned blocker(unsigned id)
{
	const struct sched_op *op = sim_engine_pending(id);
	unsigned other;

	if (!is_lock(op))
		return NOBODY;
	/* Readers do not keep a reader out; a writer in the queue does. */
	for (other = 1; other <= sim_engine_tasks(); other++)
		if (other != id && queued_writer(other, op))
			return other;
	for (other = 1; other <= sim_engine_tasks(); other++)
		if (find_held(other, op->obj))
			return other;
	return NOBODY;
}

/* The lowest task of the cycle that @id leads into, or NOBODY. */
static unsigned cycle_from(unsigned id)
{
	unsigned steps, at = id, lowest;

	for (steps = 0; steps <= sim_engine_tasks(); steps++) {
		if (!sim_engine_task_live(at))
			return NOBODY;
		at = blocker(at);
		if (at == NOBODY)
			return NOBODY;
	}
	lowest = at;
	for (id = blocker(at); id != at; id = blocker(id))
		if (id < lowest)
			lowest = id;
	return lowest;
}

static const char *label_of(const struct sched_op *op)
{
	return op->name ? op->name : op->site.what;
}

/* "unbind waits in f for lock L, which kvm-del took in g" */
static int describe(unsigned id, char *buf, size_t size)
{
	const struct sched_op *op = sim_engine_pending(id);
	unsigned by = blocker(id);
	bool queued = by && queued_writer(by, op);
	const struct sim_held *held =
		by && !queued ? find_held(by, op->obj) : NULL;
	char object[SIM_TEXT_MAX];

	sim_engine_object(op->obj, label_of(op), object, sizeof(object));
	if (held && by == id)
		return snprintf(buf, size,
				"%s waits in %s for %s, which it took itself"
				" in %s",
				sim_engine_task_name(id), op->site.func, object,
				held->site.func);
	if (held)
		return snprintf(buf, size,
				"%s waits in %s for %s, which %s took in %s%s",
				sim_engine_task_name(id), op->site.func, object,
				sim_engine_task_name(by), held->site.func,
				sim_engine_task_live(by) ? "" : " and left");
	if (by)
		return snprintf(buf, size,
				"%s waits in %s for %s, behind %s in its queue",
				sim_engine_task_name(id), op->site.func, object,
				sim_engine_task_name(by));
	return snprintf(buf, size, "%s sleeps in %s on %s",
			sim_engine_task_name(id), op->site.func, object);
}

static void explain_cycle(unsigned first)
{
	char text[SIM_TEXT_MAX];
	size_t used = 0;
	unsigned id = first;

	do {
		if (used && used + 2 < sizeof(text)) {
			memcpy(text + used, "; ", 3);
			used += 2;
		}
		used += (size_t)describe(id, text + used, sizeof(text) - used);
		id = blocker(id);
	} while (id != first && used < sizeof(text));
	sim_engine_record_for(first, SIM_DEADLOCK,
			      &sim_engine_pending(first)->site, text);
}

/* Was the queue of a sleeper woken before the sleeper joined it? */
static bool woken_before(unsigned id, const struct sched_op *op,
			 const struct sim_trace *trace)
{
	bool woken = false, missed = false;
	size_t i;

	for (i = 0; i < trace->nr_events; i++) {
		const struct sim_event *e = &trace->events[i];

		if (e->type != SIM_EVENT_STEP || e->obj != op->obj)
			continue;
		if (e->kind == SCHED_WAKE)
			woken = true;
		if (e->kind == SCHED_PREPARE && e->task == id)
			missed = woken;
	}
	return missed;
}

static void explain_sleeper(unsigned id, const struct sim_trace *trace)
{
	const struct sched_op *op = sim_engine_pending(id);
	bool lost = op->kind == SCHED_SLEEP && woken_before(id, op, trace);
	char text[SIM_TEXT_MAX];
	size_t used;

	describe(id, text, sizeof(text));
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "%s",
		 lost	     ? ", and the wake-up came before" :
		 is_lock(op) ? "" :
			       ", and nobody is left to wake it");
	sim_engine_record_for(id,
			      lost	  ? SIM_LOST_WAKEUP :
			      is_lock(op) ? SIM_DEADLOCK :
					    SIM_HANG,
			      &op->site, text);
}

void sim_deadlock_explain(const struct sim_trace *trace)
{
	bool told[SIM_TASKS_MAX + 1] = { false };
	unsigned id, cycles = 0;

	for (id = 1; id <= sim_engine_tasks(); id++) {
		unsigned first =
			sim_engine_task_live(id) ? cycle_from(id) : NOBODY;

		if (first == NOBODY || told[first])
			continue;
		told[first] = true;
		cycles++;
		explain_cycle(first);
	}
	/* Who merely waits for somebody in a cycle is no finding of its own. */
	for (id = 1; id <= sim_engine_tasks(); id++)
		if (sim_engine_task_live(id) &&
		    (blocker(id) == NOBODY ||
		     (!cycles && !sim_engine_task_live(blocker(id)))))
			explain_sleeper(id, trace);
}
