/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_slice.c - which events of a run a reader needs to see.
 *
 * A finding rests on what the call that showed it had read.  Of that, what
 * nobody else writes explains nothing; of the rest, a read is shown with the
 * write that it saw, or with the first one that it came too early for.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Of a run that does not end, the last so many steps. */
#define TAIL_STEPS 24u

struct slice {
	const struct sim_trace *trace;
	bool *marks;
};

static bool is_step(const struct sim_event *e, enum sched_kind kind)
{
	return e->type == SIM_EVENT_STEP && e->kind == kind;
}

static bool is_read(const struct sim_event *e)
{
	return is_step(e, SCHED_READ) ||
	       (e->type == SIM_EVENT_ACCESS && !e->write);
}

static bool is_write(const struct sim_event *e)
{
	return is_step(e, SCHED_WRITE) ||
	       (e->type == SIM_EVENT_ACCESS && e->write);
}

static bool covers(const struct sim_event *e, const void *obj)
{
	uintptr_t x = (uintptr_t)obj, start = (uintptr_t)e->obj;

	return e->type == SIM_EVENT_FREE && x >= start && x < start + e->size;
}

/* What accesses came to stands behind them, and reads better than they do. */
static void mark(struct slice *s, size_t at)
{
	const struct sim_trace *t = s->trace;
	size_t i = at;

	s->marks[at] = true;
	while (i < t->nr_events && t->events[i].type == SIM_EVENT_ACCESS &&
	       t->events[i].task == t->events[at].task)
		i++;
	if (i > at && i < t->nr_events && t->events[i].type == SIM_EVENT_FACT &&
	    t->events[i].task == t->events[at].task)
		s->marks[i] = true;
}

/* -------------------------------------------------------- reads and writes */

/*
 * Which write explains what the read at @at found?  The last one before it, if
 * others made it, or the task itself before @call; else the first one by others
 * after it: the read came too early.
 */
static size_t find_source(const struct sim_trace *t, size_t at, size_t call)
{
	const struct sim_event *read = &t->events[at];
	size_t i, before = REPORT_NONE;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (!e->task || e->obj != read->obj || !is_write(e))
			continue;
		if (i < at)
			before = i;
		else if (before != REPORT_NONE)
			break;
		else if (e->task != read->task)
			return i;
	}
	if (before != REPORT_NONE && t->events[before].task == read->task &&
	    before > call)
		return REPORT_NONE;
	return before;
}

/* Where the last call before the finding began, or the one it is in. */
static size_t call_start(const struct sim_trace *t, size_t finding)
{
	unsigned task = t->events[finding].task;
	size_t i = finding;
	int depth = 0;

	while (i-- > 0) {
		const struct sim_event *e = &t->events[i];

		if (e->task != task)
			continue;
		if (e->type == SIM_EVENT_LEAVE)
			depth++;
		if (e->type == SIM_EVENT_ENTER && --depth <= 0)
			return i;
	}
	return 0;
}

static void slice_call(struct slice *s, size_t finding)
{
	const struct sim_trace *t = s->trace;
	unsigned task = t->events[finding].task;
	size_t call = call_start(t, finding), i;

	for (i = call; i < finding; i++) {
		const struct sim_event *e = &t->events[i];
		size_t source;

		if (e->task != task || !is_read(e))
			continue;
		source = find_source(t, i, call);
		if (source == REPORT_NONE)
			continue;
		mark(s, i);
		mark(s, source);
	}
}

/* Is the word, or with @counts the counter, used by two tasks, and changed? */
static bool contended(const struct sim_trace *t, const void *obj, bool counts)
{
	bool written = false;
	unsigned first = 0, second = 0;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (!e->task || e->obj != obj || e->type != SIM_EVENT_STEP)
			continue;
		written |= e->kind == SCHED_WRITE ||
			   (counts && e->kind == SCHED_RMW);
		if (!first)
			first = e->task;
		else if (e->task != first)
			second = e->task;
	}
	return written && second;
}

/* Found in the end, by nobody's call: show every word that tasks share. */
static bool slice_words(struct slice *s, bool counts)
{
	const struct sim_trace *t = s->trace;
	bool any = false;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (!e->task || e->type != SIM_EVENT_STEP ||
		    (e->kind != SCHED_READ && e->kind != SCHED_WRITE &&
		     !(counts && e->kind == SCHED_RMW && e->has_value)))
			continue;
		if (!contended(t, e->obj, counts))
			continue;
		s->marks[i] = true;
		any = true;
	}
	return any;
}

/* -------------------------------------------------------------- deadlocks */

static bool takes(const struct sim_event *e)
{
	return is_step(e, SCHED_LOCK) || is_step(e, SCHED_LOCK_SHARED) ||
	       is_step(e, SCHED_QUEUE) || is_step(e, SCHED_TRYLOCK);
}

static bool gives(const struct sim_event *e)
{
	return is_step(e, SCHED_UNLOCK) || is_step(e, SCHED_UNLOCK_SHARED);
}

/* Is what the step at @at took given back before the end? */
static bool given_back(const struct sim_trace *t, size_t at)
{
	const struct sim_event *take = &t->events[at];
	size_t i;

	for (i = at + 1; i < t->nr_events; i++)
		if (t->events[i].task == take->task &&
		    t->events[i].obj == take->obj && gives(&t->events[i]))
			return true;
	return false;
}

/* Did the writer that queued at @at get its turn? */
static bool got_turn(const struct sim_trace *t, size_t at)
{
	const struct sim_event *queue = &t->events[at];
	size_t next = sim_report_next(t, at + 1, queue->task);

	return queue->kind == SCHED_QUEUE && next != REPORT_NONE &&
	       t->events[next].type == SIM_EVENT_STEP;
}

/*
 * Whoever took the lock, or a place in its queue, and kept it.  A writer in
 * the queue waits from there on, not only at the end.
 */
static void slice_holders(struct slice *s, size_t pending)
{
	const struct sim_trace *t = s->trace;
	const struct sim_event *wait = &t->events[pending];
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (!e->task || e->obj != wait->obj || !takes(e) ||
		    given_back(t, i) || got_turn(t, i))
			continue;
		s->marks[i] = true;
		if (e->task == wait->task && e->kind == SCHED_QUEUE)
			s->marks[pending] = false;
	}
}

/* When the sleeper joined the queue, what it had read, and who woke whom. */
static void slice_sleeper(struct slice *s, size_t pending)
{
	const struct sim_trace *t = s->trace;
	const struct sim_event *sleep = &t->events[pending];
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (is_step(e, SCHED_WAKE) && e->obj == sleep->obj)
			s->marks[i] = true;
		if (is_step(e, SCHED_PREPARE) && e->obj == sleep->obj &&
		    e->task == sleep->task)
			s->marks[i] = true;
		if (e->task == sleep->task && is_read(e) &&
		    find_source(t, i, 0) != REPORT_NONE) {
			mark(s, i);
			mark(s, find_source(t, i, 0));
		}
	}
}

static void slice_waiting(struct slice *s)
{
	const struct sim_trace *t = s->trace;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type != SIM_EVENT_PENDING)
			continue;
		s->marks[i] = true;
		if (e->kind == SCHED_SLEEP)
			slice_sleeper(s, i);
		else
			slice_holders(s, i);
	}
}

/* ----------------------------------------------------------- other verdicts */

/* Where @task got its pointer into the block that @free frees, before @at. */
static void slice_pointer(struct slice *s, size_t at, unsigned task,
			  const struct sim_event *free)
{
	while (at-- > 0) {
		const struct sim_event *e = &s->trace->events[at];

		if (e->task != task || !is_step(e, SCHED_READ) ||
		    !e->value_type || e->value_nr != free->nr ||
		    strcmp(e->value_type, free->type_name))
			continue;
		s->marks[at] = true;
		return;
	}
}

static void slice_free(struct slice *s, size_t finding)
{
	const struct sim_trace *t = s->trace;
	const struct sim_event *found = &t->events[finding];
	size_t i;

	for (i = 0; found->obj && i < t->nr_events; i++) {
		if (!covers(&t->events[i], found->obj))
			continue;
		s->marks[i] = true;
		if (t->events[i].type_name)
			slice_pointer(s, finding, found->task, &t->events[i]);
	}
}

static void slice_tail(struct slice *s)
{
	size_t i = s->trace->nr_events;
	unsigned left = TAIL_STEPS;

	while (i-- > 0 && left)
		if (s->trace->events[i].type == SIM_EVENT_STEP &&
		    s->trace->events[i].task) {
			s->marks[i] = true;
			left--;
		}
}

/* An order of two locks: whoever else took one of them in this run. */
static void slice_order(struct slice *s, size_t at)
{
	const struct sim_trace *t = s->trace;
	const struct sim_event *found = &t->events[at];
	size_t held = (size_t)found->value, i;

	for (i = 0; i < at; i++) {
		const struct sim_event *e = &t->events[i];
		bool waits = e->type == SIM_EVENT_PENDING;

		if (!e->task || !(takes(e) || waits) ||
		    (e->obj != found->obj && e->obj != t->events[held].obj))
			continue;
		s->marks[i] = e->task != found->task || i == held ||
			      (i > held && e->obj == found->obj);
	}
}

static void slice_finding(struct slice *s, size_t at)
{
	const struct sim_event *e = &s->trace->events[at];

	s->marks[at] = true;
	if (e->aside) {
		slice_order(s, at);
		return;
	}
	switch ((enum sim_verdict)e->kind) {
	case SIM_DEADLOCK:
	case SIM_LOST_WAKEUP:
	case SIM_HANG:
		slice_waiting(s);
		return;
	case SIM_LIVELOCK:
	case SIM_STEP_LIMIT:
		slice_tail(s);
		return;
	case SIM_USE_AFTER_FREE:
		slice_free(s, at);
		slice_call(s, at);
		return;
	default:
		if (e->task)
			slice_call(s, at);
		else if (!slice_words(s, false))
			slice_words(s, true);
		return;
	}
}

/* A note that the finding behind it says again is left out: both begin with
 * the name of the same call. */
static bool said_again(const struct sim_trace *t, size_t note)
{
	const struct sim_event *n = &t->events[note];
	size_t name = strcspn(n->label, ":,"), i;

	for (i = note + 1; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->task != n->task)
			continue;
		if (e->type == SIM_EVENT_FINDING)
			return !strncmp(e->label, n->label, name);
		if (e->type != SIM_EVENT_LEAVE)
			return false;
	}
	return false;
}

bool *sim_report_slice(const struct sim_trace *t)
{
	struct slice s = { t, calloc(t->nr_events + 1, sizeof(bool)) };
	bool found = false;
	size_t i;

	if (!s.marks)
		return NULL;
	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type == SIM_EVENT_FINDING)
			slice_finding(&s, i);
		else if (e->type == SIM_EVENT_NOTE && e->task)
			s.marks[i] = !said_again(t, i);
		else if (e->type == SIM_EVENT_STEP && e->task && e->outcome)
			s.marks[i] = true;
		found |= e->type == SIM_EVENT_FINDING;
	}
	if (!found && !slice_words(&s, false))
		slice_words(&s, true);
	return s.marks;
}
