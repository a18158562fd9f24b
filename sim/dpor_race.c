/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor_race.c - which steps of a run could have come in the other order, and
 * what has to be tried for that.
 *
 * Happens-before is kept in clocks, a stamp for each task.  Two steps race if
 * they depend on each other and nothing between them makes one wait for the
 * other.  Acquisitions need care: what lets them in is never a race, what kept
 * them out is.
 */
#include "dpor_internal.h"
#include "memory.h"

#include <string.h>

/* ------------------------------------------------------- happens before */

/* 1 + the last node before @end whose step @task made; 0: none. */
static unsigned latest(const struct dpor *d, unsigned end, unsigned task)
{
	while (end && d->made[end - 1].task != task)
		end--;
	return end;
}

/* 1 + the node whose step made @task; 0: it was there from the start. */
static unsigned maker(const struct dpor *d, unsigned task)
{
	unsigned i;

	for (i = 0; i < d->depth; i++)
		if (d->nodes[i].nr_tasks >= task)
			return i;
	return (unsigned)d->depth;
}

static void join(struct dpor *d, dpor_stamp *clock, unsigned node)
{
	const dpor_stamp *other = d->clocks[node];
	unsigned t;

	for (t = 1; t <= d->nr_tasks; t++)
		if (other[t] > clock[t])
			clock[t] = other[t];
}

/* Behind so many steps it is clear what @task does next, and is so at @end. */
static unsigned pending_since(const struct dpor *d, unsigned end, unsigned task)
{
	unsigned since = latest(d, end, task);

	return since ? since : maker(d, task);
}

/* What happens before whatever @task does behind its last step before @end. */
static void past_of(struct dpor *d, unsigned end, unsigned task,
		    dpor_stamp *clock)
{
	unsigned before = pending_since(d, end, task);

	memset(clock, 0, (d->nr_tasks + 1) * sizeof(*clock));
	if (before)
		join(d, clock, before - 1);
}

/* ------------------------------------------------------------------ races */

/* What a search has to know of a step to say whom it may overtake. */
struct later {
	struct sim_move move;
	bool guessed; /* nobody made it: only its operation is known */
	unsigned end; /* steps before it */
	unsigned since; /* it is pending since behind so many steps */
	enum sched_kind kind;
	const void *obj;
	bool waits;
};

static bool add_race(struct dpor *d, unsigned first, const struct later *later)
{
	struct dpor_race *race;
	void *p;

	if (later->end < d->raced)
		return true;
	p = sim_memory_grow(d->races, &d->races_max, d->nr_races + 1,
			    sizeof(*d->races));
	if (!p)
		return sim_dpor_out_of_memory();
	d->races = p;
	race = &d->races[d->nr_races++];
	*race = (struct dpor_race){ first, later->move };
	if (later->guessed || d->stopped)
		race->move.touched = NULL;
	sim_touched_get(race->move.touched);
	return true;
}

static bool is_lock(enum sched_kind kind)
{
	return kind == SCHED_LOCK || kind == SCHED_LOCK_SHARED;
}

/*
 * Does @node's step end what keeps an acquisition waiting?  Then they are never
 * both enabled, and what @later may overtake is the step that began it.  For a
 * reader that is a writer's joining the queue.
 */
static bool lets_in(const struct dpor_node *node, const struct later *later)
{
	if (node->obj != later->obj)
		return false;
	if (later->kind == SCHED_LOCK)
		return node->kind == SCHED_UNLOCK ||
		       node->kind == SCHED_UNLOCK_SHARED;
	return later->kind == SCHED_LOCK_SHARED &&
	       (node->kind == SCHED_UNLOCK || node->kind == SCHED_LOCK);
}

static bool keeps_out(const struct dpor_node *node, const struct dpor_node *end,
		      const struct later *later)
{
	if (node->obj != later->obj || node->made.task != end->made.task)
		return false;
	if (later->kind == SCHED_LOCK_SHARED)
		return node->kind == SCHED_QUEUE;
	if (end->kind == SCHED_UNLOCK_SHARED)
		return node->kind == SCHED_LOCK_SHARED;
	return node->kind == SCHED_LOCK ||
	       (node->kind == SCHED_TRYLOCK && node->took);
}

/* Find where the wait that @end ended began. */
static bool add_race_with_holder(struct dpor *d, unsigned end,
				 const struct later *later,
				 const dpor_stamp *cover)
{
	unsigned i = end + 1;

	while (i-- > 0)
		if (keeps_out(&d->nodes[i], &d->nodes[end], later))
			return cover[d->nodes[i].made.task] > i ||
			       add_race(d, i, later);
	return true;
}

/*
 * A sleeper waits for what others do to its object.  Where it was pending
 * already we know whether it could have gone on; else we try.
 */
static bool add_race_of_sleeper(struct dpor *d, unsigned i,
				const struct later *later)
{
	if (later->since <= i &&
	    !sim_dpor_option(&d->nodes[i], later->move.task,
			     later->move.outcome))
		return true;
	return add_race(d, i, later);
}

/*
 * An acquisition and a step on the same lock.  Whoever comes to a lock that is
 * taken, and joins its queue or fails to take it, is no reason to wait; but
 * nor could @later have gone on by then.
 */
static bool meet_lock(struct dpor *d, unsigned i, const struct later *later,
		      dpor_stamp *cover)
{
	const struct dpor_node *node = &d->nodes[i];

	if (lets_in(node, later)) {
		bool ok = add_race_with_holder(d, i, later, cover);

		join(d, cover, i);
		return ok;
	}
	if (node->kind == SCHED_QUEUE && later->kind == SCHED_LOCK_SHARED)
		return add_race(d, i, later);
	if (later->kind == SCHED_LOCK && node->kind != SCHED_LOCK &&
	    !(node->kind == SCHED_TRYLOCK && node->took))
		return true;
	join(d, cover, i);
	return add_race(d, i, later);
}

/* @later depends on the step at @i.  @cover: what happens before whatever it
 * can still overtake. */
static bool meet(struct dpor *d, unsigned i, const struct later *later,
		 dpor_stamp *cover)
{
	const struct dpor_node *node = &d->nodes[i];

	/* It stopped the run: who could have gone on must, before it. */
	if (node->made.touched->footprint.stops)
		return !sim_dpor_option(node, later->move.task,
					later->move.outcome) ||
		       add_race(d, i, later);
	if (is_lock(later->kind) && node->obj == later->obj)
		return meet_lock(d, i, later, cover);
	if (later->waits && !is_lock(later->kind))
		return add_race_of_sleeper(d, i, later);
	join(d, cover, i);
	return add_race(d, i, later);
}

/* Do two steps depend on each other where they stand in the run? */
static bool ordered(const struct dpor *d, const struct sim_footprint *earlier,
		    const struct sim_footprint *later)
{
	const struct sim_touch *b = sim_footprint_count(later);
	const struct sim_touch *a = sim_dpor_same_count(earlier, b);

	return sim_footprints_meet(earlier, later) ||
	       (a && sim_counts_ordered(&d->counts, a, b));
}

/* @clock, if not NULL: becomes what happens before @later. */
static bool find_races(struct dpor *d, const struct later *later,
		       dpor_stamp *clock)
{
	dpor_stamp cover[SIM_TASKS_MAX];
	unsigned i = later->end;

	past_of(d, later->end, later->move.task, cover);
	if (clock)
		memcpy(clock, cover, (d->nr_tasks + 1) * sizeof(*clock));
	while (i-- > 0) {
		const struct dpor_made *made = &d->made[i];

		if (made->task == later->move.task || cover[made->task] > i ||
		    !ordered(d, made->footprint,
			     &later->move.touched->footprint))
			continue;
		if (clock)
			join(d, clock, i);
		if (!meet(d, i, later, cover))
			return false;
	}
	return true;
}

/* What an operation touches whose step nobody has made.  A fault touches what
 * those before it touched that have used up all that the run may have. */
static struct sim_touched *touched_by(struct dpor *d, const void *obj,
				      enum sched_kind kind, unsigned outcome)
{
	const struct sim_touch touch = { .obj = obj,
					 .size = 1,
					 .write = kind != SCHED_READ,
					 .operation =
						 (unsigned char)(kind + 1) };
	const struct sim_touch fault = { .obj = sim_engine_fault_key(kind,
								     outcome),
					 .size = 1,
					 .write = true };
	struct sim_touched *touched = NULL;

	sim_footprint_clear(&d->guess);
	if ((!obj || sim_footprint_add(&d->guess, &touch)) &&
	    (!fault.obj || sim_footprint_add(&d->guess, &fault)))
		touched = sim_touched_make(&d->pool, &d->guess);
	if (!touched)
		sim_dpor_out_of_memory();
	return touched;
}

/* @later, which nobody made, if it ended with @outcome. */
static bool find_races_of_guess(struct dpor *d, const struct later *later,
				unsigned outcome)
{
	struct later guess = *later;
	bool ok;

	guess.guessed = true;
	guess.move.outcome = outcome;
	guess.move.touched = touched_by(d, later->obj, later->kind, outcome);
	ok = guess.move.touched && find_races(d, &guess, NULL);
	sim_touched_put(&d->pool, guess.move.touched);
	return ok;
}

/* Outcomes that were not possible at @i may have been before. */
static bool find_races_of_outcomes(struct dpor *d, unsigned i,
				   const struct later *later)
{
	const struct dpor_node *node = &d->nodes[i];
	unsigned o;
	bool ok = true;

	for (o = 0; ok && o < node->outcomes; o++)
		if (!sim_dpor_option(node, later->move.task, o))
			ok = find_races_of_guess(d, later, o);
	return ok;
}

static bool settle_node(struct dpor *d, unsigned i)
{
	const struct dpor_node *node = &d->nodes[i];
	const struct later later = {
		.move = node->made,
		.end = i,
		.since = pending_since(d, i, node->made.task),
		.kind = node->kind,
		.obj = node->obj,
		.waits = node->waits,
	};

	if (!find_races(d, &later, d->clocks[i]))
		return false;
	d->clocks[i][node->made.task] = (dpor_stamp)(i + 1);
	return node->outcomes < 2 || find_races_of_outcomes(d, i, &later);
}

/* What a task would have done next when the run was over. */
static bool settle_pending(struct dpor *d, unsigned task)
{
	const struct sched_op *op = sim_engine_pending(task);
	const struct later later = {
		.move = { task, 0, NULL },
		.end = (unsigned)d->depth,
		.since = pending_since(d, (unsigned)d->depth, task),
		.kind = op->kind,
		.obj = op->obj,
		.waits = op->ready != NULL,
	};
	unsigned outcomes = op->outcomes > 1 ? op->outcomes : 1, o;
	bool ok = true;

	for (o = 0; ok && o < outcomes; o++)
		ok = find_races_of_guess(d, &later, o);
	return ok;
}

/* --------------------------------------------------------------- reversals */

static bool add_move(struct dpor *d, size_t nr, const struct sim_move *move)
{
	void *p = sim_memory_grow(d->moves, &d->moves_max, nr + 1,
				  sizeof(*d->moves));

	if (!p)
		return sim_dpor_out_of_memory();
	d->moves = p;
	d->moves[nr] = move;
	return true;
}

/* A state of the run, in front of a node. */
struct state {
	const struct dpor *dpor;
	unsigned node;
};

/* Whoever changes the count first finds what it is. */
static int find_value(const void *obj, const void *arg)
{
	const struct state *state = arg;
	const struct dpor *d = state->dpor;
	unsigned i;

	for (i = state->node; i < d->depth; i++) {
		const struct sim_touch *count = sim_footprint_count(
			&d->nodes[i].made.touched->footprint);

		if (count && count->obj == obj)
			return count->old;
	}
	return 0;
}

/* Who plants the moves elsewhere must know what counts are in front of them. */
static bool note_values(struct dpor *d, unsigned node, size_t nr)
{
	const struct state state = { d, node };
	size_t i, j;

	for (i = 0; i < nr; i++) {
		const struct sim_touched *t = d->moves[i]->touched;
		const struct sim_touch *count =
			t ? sim_footprint_count(&t->footprint) : NULL;
		void *p;

		for (j = 0; count && j < d->nr_shared_values; j++)
			if (d->shared_values[j].node == node &&
			    d->shared_values[j].obj == count->obj)
				count = NULL;
		if (!count)
			continue;
		p = sim_memory_grow(d->shared_values, &d->shared_values_max,
				    j + 1, sizeof(*d->shared_values));
		if (!p)
			return false;
		d->shared_values = p;
		d->shared_values[j] = (struct sim_known_value){
			node, count->obj, find_value(count->obj, &state)
		};
		d->nr_shared_values++;
	}
	return true;
}

/* Everything behind the first step that does not come of it, and then the
 * second: to be tried in front of the first. */
static bool reverse(struct dpor *d, const struct dpor_race *race)
{
	struct dpor_node *node = &d->nodes[race->first];
	unsigned task = node->made.task, i;
	const struct state state = { d, race->first };
	struct sim_move unknown;
	size_t nr = 0;

	for (i = race->first + 1; i < d->depth; i++) {
		if (d->clocks[i][task] > race->first)
			continue;
		if (!add_move(d, nr++, &d->nodes[i].made))
			return false;
	}
	unknown = race->move;
	unknown.touched = NULL;
	if (!add_move(d, nr++, &unknown))
		return false;
	d->values.find = find_value;
	d->values.arg = &state;
	d->values.counts = &d->counts;
	d->values.nr_made = 0;
	if (sim_dpor_covered(node, d->moves, nr, &d->values))
		return true;
	d->moves[nr - 1] = &race->move;
	if (race->first < d->shared && !note_values(d, race->first, nr))
		return sim_dpor_out_of_memory();
	return sim_wakeup_insert(&d->wakeup, &node->wakeup, d->moves, nr,
				 &d->values) ||
	       sim_dpor_out_of_memory();
}

/* Is it about to do something?  Who stopped the run is not. */
static bool is_pending(const struct dpor *d, unsigned task)
{
	return sim_engine_task_live(task) &&
	       !(d->stopped && d->nodes[d->depth - 1].made.task == task);
}

/* The changes that tasks are about to make count as well. */
static bool judge_counts(struct dpor *d)
{
	unsigned id, i;

	sim_counts_clear(&d->counts);
	for (i = 0; i < d->depth; i++)
		if (d->made[i].footprint->counts &&
		    !sim_counts_add(&d->counts, d->made[i].task,
				    d->made[i].footprint))
			return sim_dpor_out_of_memory();
	for (id = 1; id <= d->nr_tasks; id++) {
		const struct sched_op *op = sim_engine_pending(id);

		if (is_pending(d, id) && op->count &&
		    !sim_counts_expect(&d->counts, id, op->obj, op->count))
			return sim_dpor_out_of_memory();
	}
	return sim_counts_judge(&d->counts, &d->again) ||
	       sim_dpor_out_of_memory();
}

/* Those in front of ->settled are as they were. */
static bool list_made(struct dpor *d)
{
	void *clocks = sim_memory_grow(d->clocks, &d->clocks_max, d->depth + 1,
				       sizeof(*d->clocks));
	void *made = sim_memory_grow(d->made, &d->made_max, d->depth + 1,
				     sizeof(*d->made));
	size_t i;

	d->clocks = clocks ? clocks : d->clocks;
	d->made = made ? made : d->made;
	if (!clocks || !made)
		return false;
	for (i = d->settled; i < d->depth; i++)
		d->made[i] = (struct dpor_made){
			d->nodes[i].made.task,
			&d->nodes[i].made.touched->footprint
		};
	return true;
}

/* The run is over: see what could have come in another order. */
bool sim_dpor_settle(struct dpor *d)
{
	unsigned id, i;
	bool ok = true;

	if (!list_made(d))
		return sim_dpor_out_of_memory();
	d->nr_tasks = sim_engine_tasks();
	d->stopped = d->depth &&
		     d->nodes[d->depth - 1].made.touched->footprint.stops;
	ok = judge_counts(d);
	for (i = (unsigned)d->settled; ok && i < d->depth; i++)
		ok = settle_node(d, i);
	for (id = 1; ok && id <= d->nr_tasks; id++)
		if (is_pending(d, id))
			ok = settle_pending(d, id);
	for (i = 0; i < d->nr_races; i++) {
		ok = ok && reverse(d, &d->races[i]);
		sim_touched_put(&d->pool, d->races[i].move.touched);
	}
	d->nr_races = 0;
	d->settled = d->depth;
	return ok;
}
