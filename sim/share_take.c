/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share_take.c - takes in what came of a job: what is to be tried at states that
 * others search below as well, by the same rules as dpor_race.c plants it, and
 * more such states.
 */
#include "share_internal.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* More choices than these nobody has. */
#define OPTIONS_MAX 1024u

/* --------------------------------------------------------------- planting */

static int find_value(const void *obj, const void *arg)
{
	const struct share_node *node = arg;
	size_t i;

	for (i = 0; i < node->nr_values; i++)
		if (node->values[i].obj == obj)
			return node->values[i].value;
	return 0;
}

static void take_values(struct share_node *node, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, UINT16_MAX);

	while (nr-- > 0 && !in->bad) {
		const void *obj = sim_in_address(in);
		int value = (int)sim_in_signed(in);
		size_t i;
		void *p;

		for (i = 0; i < node->nr_values; i++)
			if (node->values[i].obj == obj)
				break;
		if (in->bad || i < node->nr_values)
			continue;
		p = sim_memory_grow(node->values, &node->values_max, i + 1,
				    sizeof(*node->values));
		if (!p) {
			in->no_memory = in->bad = true;
			return;
		}
		node->values = p;
		node->values[node->nr_values++] =
			(struct share_value){ obj, value };
	}
}

static bool is_covered(const struct share_node *node,
		       const struct sim_move *const *moves, size_t nr,
		       const struct sim_values *values)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		if (sim_move_begins(&node->sleepers[i], moves, nr, values))
			return true;
	return false;
}

/* The way down to one leaf; nobody made its last step in this order. */
static bool plant_path(struct sim_share *s, struct share_node *node,
		       size_t depth)
{
	void *p = sim_memory_grow(s->moves, &s->moves_max, depth,
				  sizeof(*s->moves));
	const struct sim_move *last;
	struct sim_move unknown;
	size_t i;

	if (!p)
		return false;
	s->moves = p;
	for (i = 0; i < depth; i++)
		s->moves[i] = &s->planted.nodes[s->path[i]].move;
	last = s->moves[depth - 1];
	unknown = *last;
	unknown.touched = NULL;
	s->moves[depth - 1] = &unknown;
	s->values.find = find_value;
	s->values.arg = node;
	s->values.counts = &s->counts;
	s->values.nr_made = 0;
	if (is_covered(node, s->moves, depth, &s->values))
		return true;
	s->moves[depth - 1] = last;
	return sim_wakeup_insert(&s->wakeup, &node->wakeup, s->moves, depth,
				 &s->values);
}

/* All of a tree that was told, leaf by leaf. */
static bool plant(struct sim_share *s, struct share_node *node, unsigned first)
{
	unsigned at = first;
	size_t depth = 0;

	while (at || depth) {
		void *p;

		if (!at) {
			at = s->planted.nodes[s->path[--depth]].next;
			continue;
		}
		p = sim_memory_grow(s->path, &s->path_max, depth + 1,
				    sizeof(*s->path));
		if (!p)
			return false;
		s->path = p;
		s->path[depth++] = at;
		at = s->planted.nodes[at].child;
		if (!at && !plant_path(s, node, depth))
			return false;
	}
	return true;
}

static struct share_node *node_at(struct share_node *node, unsigned depth)
{
	while (node && node->depth > depth)
		node = node->parent;
	return node;
}

static void take_planted(struct sim_share *s, struct share_node *lowest,
			 struct sim_in *in)
{
	unsigned number;

	while ((number = sim_in_count(in, SIM_STEPS_MAX)) && !in->bad) {
		struct share_node *node = node_at(lowest, number - 1);
		unsigned first = 0;

		if (!node || node->depth != number - 1) {
			in->bad = true;
			return;
		}
		take_values(node, in);
		sim_in_tree(in, &s->planted, &first);
		if (!in->bad && !plant(s, node, first))
			in->no_memory = in->bad = true;
		sim_wakeup_drop(&s->planted, &first);
	}
}

/* ----------------------------------------------------------------- sharing */

/* What the step touches by which the part was given out. */
static void take_made(struct share_part *part, struct sim_in *in,
		      struct sim_touched_pool *pool)
{
	struct sim_move move, *sleeper;

	in->bad |= sim_in_count(in, 1) != (part->node != NULL);
	if (in->bad || !part->node)
		return;
	move = sim_in_move(in);
	sleeper = sim_share_sleeper(part->node, move.task, move.outcome);
	if (!sleeper || !move.touched || move.task != part->step.task ||
	    move.outcome != part->step.outcome) {
		in->bad = true;
	} else if (!sleeper->touched) {
		sleeper->touched = sim_touched_get(move.touched);
	}
	sim_touched_put(pool, move.touched);
}

static void take_options(struct share_node *node, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, OPTIONS_MAX);

	node->options = calloc(nr + 1u, sizeof(*node->options));
	in->no_memory |= !node->options;
	for (; nr-- > 0 && node->options; node->nr_options++) {
		struct share_option *o = &node->options[node->nr_options];

		o->task = sim_in_count(in, UINT16_MAX);
		o->outcome = sim_in_count(in, UINT16_MAX);
	}
}

static struct sim_move take_sleeper(struct share_node *node, struct sim_in *in)
{
	struct sim_move move = sim_in_move(in);

	if (!in->bad && !sim_share_add_sleeper(node, &move))
		in->no_memory = in->bad = true;
	sim_touched_put(in->pool, move.touched);
	return move;
}

/* One more node that is shared, where the part's step leads. */
static void take_node(struct sim_share *s, struct share_part *part,
		      struct sim_in *in)
{
	struct share_node *node = sim_share_add_node(s, part);
	struct sim_move move;
	unsigned nr;

	if (!node) {
		in->no_memory = in->bad = true;
		return;
	}
	take_options(node, in);
	nr = sim_in_count(in, UINT16_MAX);
	while (nr-- > 0 && !in->bad)
		(void)take_sleeper(node, in);
	/* What the part goes on with is given out. */
	move = take_sleeper(node, in);
	part->step = (struct share_option){ move.task, move.outcome };
	sim_in_tree(in, &s->wakeup, &node->wakeup);
}

static void take_rest(struct sim_share *s, struct share_part *part,
		      struct sim_in *in)
{
	unsigned nr = sim_in_count(in, SIM_STEPS_MAX);
	const void *rest;

	while (nr-- > 0 && !in->bad && !in->no_memory)
		take_node(s, part, in);
	rest = in->bad ? NULL : sim_in_bytes(in, in->nr - in->at);
	if (rest &&
	    !sim_share_keep_bytes(
		    part, rest,
		    (size_t)(in->bytes + in->nr - (const unsigned char *)rest)))
		in->no_memory = true;
	part->job = 0;
	part->turn = ++s->turn;
}

/* ------------------------------------------------------------------ results */

static struct share_part *part_of(struct sim_share *s, uint64_t job)
{
	unsigned i;

	for (i = 0; i < s->nr_parts; i++)
		if (s->parts[i].job == job)
			return &s->parts[i];
	return NULL;
}

/* Another count is low: what was found to commute may not. */
static int take_low(struct sim_share *s, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, UINT16_MAX);
	size_t before = s->counts.nr_low;

	while (nr-- > 0 && !in->bad)
		if (!sim_counts_know(&s->counts, sim_in_address(in)))
			in->no_memory = true;
	in->bad |= s->counts.nr_low == before;
	if (!sim_in_finish(in))
		return in->no_memory ? -ENOMEM : -EINVAL;
	return sim_share_begin(s) ? 1 : -ENOMEM;
}

int sim_share_take(struct sim_share *s, uint64_t number, enum sim_share_end end,
		   struct sim_in *in)
{
	struct share_part *part = part_of(s, number);
	struct share_node *node;

	if (!part || !number)
		return -EINVAL;
	in->pool = &s->pool;
	if (end == SIM_SHARE_VOID)
		return take_low(s, in);
	take_made(part, in, &s->pool);
	take_planted(s, part->node, in);
	node = part->node;
	if (end == SIM_SHARE_REST) {
		take_rest(s, part, in);
	} else {
		sim_share_end_part(s, part);
		if (node)
			node->users--;
		sim_share_release(s, node);
	}
	if (!sim_in_finish(in))
		return in->no_memory ? -ENOMEM : -EINVAL;
	return 0;
}
