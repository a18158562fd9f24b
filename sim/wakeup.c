/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wakeup.c - what a search has still to try from a state, as a tree of moves.
 *
 * A sequence is only added where no branch begins an order of the same class,
 * so that no two branches ever lead to the same one.
 */
#include "wakeup.h"

#include "memory.h"

static const struct sim_footprint *footprint_of(const struct sim_move *move)
{
	return &move->touched->footprint;
}

/* What @count would find in the state from which moves are made. */
static int value_of(const struct sim_touch *count,
		    const struct sim_values *values)
{
	int value = values->find(count->obj, values->arg);
	size_t i;

	for (i = 0; i < values->nr_made; i++) {
		const struct sim_touch *c;

		if (!values->made[i]->touched)
			continue;
		c = sim_footprint_count(footprint_of(values->made[i]));
		if (c && c->obj == count->obj)
			value += c->count;
	}
	return value;
}

/* @count goes to the front of @moves, each of which may change it. */
static bool passes(const struct sim_touch *count,
		   const struct sim_move *const *moves, size_t nr,
		   const struct sim_values *values)
{
	int value = value_of(count, values);
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct sim_touch *c =
			sim_footprint_count(footprint_of(moves[i]));

		if (!c || c->obj != count->obj)
			continue;
		if (!sim_counts_commute(values->counts, count, c, value))
			return false;
		value += c->count;
	}
	return true;
}

bool sim_move_begins(const struct sim_move *first,
		     const struct sim_move *const *moves, size_t nr,
		     const struct sim_values *values)
{
	const struct sim_touch *count = NULL;
	bool found = false;
	size_t i;

	for (i = 0; i < nr && !found; i++) {
		found = moves[i]->task == first->task;
		if (found && moves[i]->outcome != first->outcome)
			return false;
		if (!found && (!first->touched || !moves[i]->touched ||
			       sim_footprints_meet(footprint_of(first),
						   footprint_of(moves[i]))))
			return false;
	}
	if (!first->touched)
		return found;
	count = sim_footprint_count(footprint_of(first));
	return !count || passes(count, moves, found ? i - 1 : i, values);
}

/* ------------------------------------------------------------------- nodes */

static struct sim_wakeup_node *at(const struct sim_wakeup *w, unsigned node)
{
	return &w->nodes[node];
}

/* 0: out of memory. */
static unsigned make_node(struct sim_wakeup *w, const struct sim_move *move)
{
	unsigned node = w->free;
	void *p;

	if (node) {
		w->free = at(w, node)->next;
	} else {
		/* Index 0 stands for none. */
		node = (unsigned)(w->nr ? w->nr : 1);
		p = sim_memory_grow(w->nodes, &w->nr_max, node + 1u,
				    sizeof(*w->nodes));
		if (!p)
			return 0;
		w->nodes = p;
		w->nr = node + 1u;
	}
	*at(w, node) = (struct sim_wakeup_node){ .move = *move };
	sim_touched_get(move->touched);
	return node;
}

static void free_node(struct sim_wakeup *w, unsigned node)
{
	sim_touched_put(w->pool, at(w, node)->move.touched);
	at(w, node)->next = w->free;
	w->free = node;
}

/* ------------------------------------------------------------------ trees */

/* The others keep their order. */
static size_t without_task(const struct sim_move **moves, size_t nr,
			   unsigned task)
{
	size_t i, kept = 0;
	bool found = false;

	for (i = 0; i < nr; i++)
		if (!found && moves[i]->task == task)
			found = true;
		else
			moves[kept++] = moves[i];
	return kept;
}

/* Where a new sibling goes: behind the last. */
static bool append(struct sim_wakeup *w, unsigned *first, unsigned parent,
		   unsigned node)
{
	unsigned last = parent ? at(w, parent)->child : *first;

	if (!node)
		return false;
	if (!last) {
		if (parent)
			at(w, parent)->child = node;
		else
			*first = node;
		return true;
	}
	while (at(w, last)->next)
		last = at(w, last)->next;
	at(w, last)->next = node;
	return true;
}

static bool add_branch(struct sim_wakeup *w, unsigned *first, unsigned parent,
		       const struct sim_move **moves, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		unsigned node = make_node(w, moves[i]);

		if (!append(w, first, parent, node))
			return false;
		parent = node;
	}
	return true;
}

static bool note_made(struct sim_values *values, const struct sim_move *move)
{
	void *p = sim_memory_grow(values->made, &values->made_max,
				  values->nr_made + 1, sizeof(*values->made));

	if (!p)
		return false;
	values->made = p;
	values->made[values->nr_made++] = move;
	return true;
}

bool sim_wakeup_insert(struct sim_wakeup *w, unsigned *first,
		       const struct sim_move **moves, size_t nr,
		       struct sim_values *values)
{
	unsigned parent = 0, node = *first;

	values->nr_made = 0;
	while (nr) {
		for (; node; node = at(w, node)->next)
			if (sim_move_begins(&at(w, node)->move, moves, nr,
					    values))
				break;
		if (!node)
			return add_branch(w, first, parent, moves, nr);
		/* A leaf: all that can follow it will be tried. */
		if (!at(w, node)->child)
			return true;
		nr = without_task(moves, nr, at(w, node)->move.task);
		if (!note_made(values, &at(w, node)->move))
			return false;
		parent = node;
		node = at(w, node)->child;
	}
	return true;
}

bool sim_wakeup_add(struct sim_wakeup *w, unsigned *first,
		    const struct sim_move *move)
{
	unsigned node;

	for (node = *first; node; node = at(w, node)->next)
		if (at(w, node)->move.task == move->task &&
		    at(w, node)->move.outcome == move->outcome)
			return true;
	return append(w, first, 0, make_node(w, move));
}

unsigned sim_wakeup_append(struct sim_wakeup *w, unsigned *first,
			   const struct sim_move *move)
{
	unsigned node = make_node(w, move);

	return append(w, first, 0, node) ? node : 0;
}

unsigned sim_wakeup_shift(struct sim_wakeup *w, unsigned *first)
{
	unsigned node = *first, child;

	if (!node)
		return 0;
	child = at(w, node)->child;
	*first = at(w, node)->next;
	free_node(w, node);
	return child;
}

void sim_wakeup_drop(struct sim_wakeup *w, unsigned *first)
{
	while (*first) {
		unsigned child = sim_wakeup_shift(w, first), last = child;

		/* What grows below takes its place: no recursion. */
		if (!child)
			continue;
		while (at(w, last)->next)
			last = at(w, last)->next;
		at(w, last)->next = *first;
		*first = child;
	}
}

void sim_wakeup_release(struct sim_wakeup *w)
{
	sim_memory_release(w->nodes, w->nr_max, sizeof(*w->nodes));
	*w = (struct sim_wakeup){ .pool = w->pool };
}
