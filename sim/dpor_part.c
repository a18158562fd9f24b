/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor_part.c - takes a part of a search in, and what is left of it out.
 *
 * Nothing of a node is sent that running up to it tells anyway.
 */
#include "dpor_part.h"

#include "dpor_internal.h"

/* ---------------------------------------------------------------- loading */

static void clear(struct dpor *d)
{
	while (d->depth)
		sim_dpor_pop(d);
	sim_wakeup_drop(&d->wakeup, &d->below);
	d->settled = d->raced = d->shared = 0;
	d->nr_shared_values = 0;
	d->started = d->again = d->failed = false;
	d->strategy.exhausted = false;
}

static bool load_low(struct dpor *d, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, UINT16_MAX);

	d->counts.nr_low = 0;
	while (nr-- > 0 && !in->bad)
		if (!sim_counts_know(&d->counts, sim_in_address(in)))
			in->no_memory = in->bad = true;
	return !in->bad;
}

static bool load_sleepers(struct dpor_node *node, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, UINT16_MAX);

	while (nr-- > 0 && !in->bad) {
		struct sim_move move = sim_in_move(in);

		if (!in->bad && !sim_dpor_add_sleeper(node, &move))
			in->no_memory = in->bad = true;
		sim_touched_put(in->pool, move.touched);
	}
	return !in->bad;
}

static struct dpor_node *load_node(struct dpor *d, struct sim_in *in)
{
	struct dpor_node *node;

	if (d->depth == SIM_STEPS_MAX)
		in->bad = true;
	node = in->bad ? NULL : sim_dpor_push(d);
	if (!node) {
		in->no_memory |= !in->bad;
		in->bad = true;
		return NULL;
	}
	node->bare = true;
	node->made = (struct sim_move){ .task = sim_in_count(in, UINT16_MAX) };
	node->made.outcome = sim_in_count(in, UINT16_MAX);
	return load_sleepers(node, in) ? node : NULL;
}

static void load_rest(struct dpor *d, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, SIM_STEPS_MAX);

	while (nr-- > 0 && !in->bad) {
		struct dpor_node *node = load_node(d, in);

		if (node)
			sim_in_tree(in, &d->wakeup, &node->wakeup);
	}
	sim_in_tree(in, &d->wakeup, &d->below);
}

bool sim_part_load(struct sim_strategy *strategy, struct sim_in *in)
{
	struct dpor *d = sim_dpor_of(strategy);
	unsigned nr;

	clear(d);
	in->pool = &d->pool;
	load_low(d, in);
	nr = sim_in_count(in, SIM_STEPS_MAX);
	while (nr-- > 0 && !in->bad)
		load_node(d, in);
	d->shared = d->depth;
	sim_in_forget(in);
	load_rest(d, in);
	d->raced = d->depth ? d->depth - 1 : 0;
	return !in->bad && !in->no_memory;
}

/* ----------------------------------------------------------------- saving */

bool sim_part_is_void(struct sim_strategy *strategy)
{
	return sim_dpor_of(strategy)->again;
}

const struct sim_counts *sim_part_counts(struct sim_strategy *strategy)
{
	return &sim_dpor_of(strategy)->counts;
}

void sim_part_save_low(struct sim_strategy *strategy, struct sim_out *out)
{
	const struct dpor *d = sim_dpor_of(strategy);
	size_t i;

	sim_out_number(out, d->counts.nr_low);
	for (i = 0; i < d->counts.nr_low; i++)
		sim_out_address(out, d->counts.low[i]);
}

void sim_part_save_made(struct sim_strategy *strategy, struct sim_out *out)
{
	const struct dpor *d = sim_dpor_of(strategy);

	sim_out_number(out, d->shared != 0);
	if (d->shared)
		sim_out_move(out, &d->nodes[d->shared - 1].made);
}

static void save_values(const struct dpor *d, unsigned node,
			struct sim_out *out)
{
	size_t i, nr = 0;

	for (i = 0; i < d->nr_shared_values; i++)
		nr += d->shared_values[i].node == node;
	sim_out_number(out, nr);
	for (i = 0; i < d->nr_shared_values; i++) {
		const struct sim_known_value *v = &d->shared_values[i];

		if (v->node != node)
			continue;
		sim_out_address(out, v->obj);
		sim_out_signed(out, v->value);
	}
}

void sim_part_save_planted(struct sim_strategy *strategy, struct sim_out *out)
{
	const struct dpor *d = sim_dpor_of(strategy);
	unsigned i;

	for (i = 0; i < d->shared; i++) {
		if (!d->nodes[i].wakeup)
			continue;
		sim_out_number(out, i + 1);
		save_values(d, i, out);
		sim_out_tree(out, &d->wakeup, d->nodes[i].wakeup);
	}
	sim_out_number(out, 0);
}

static void save_shared(struct dpor *d, struct dpor_node *node,
			struct sim_out *out)
{
	size_t i;

	sim_out_number(out, node->nr_options);
	for (i = 0; i < node->nr_options; i++) {
		sim_out_number(out, node->options[i].task);
		sim_out_number(out, node->options[i].outcome);
	}
	sim_out_moves(out, node->sleepers, node->nr_sleepers);
	sim_out_move(out, &node->made);
	sim_out_tree(out, &d->wakeup, node->wakeup);
	sim_wakeup_drop(&d->wakeup, &node->wakeup);
}

void sim_part_save_shared(struct sim_strategy *strategy, struct sim_out *out)
{
	struct dpor *d = sim_dpor_of(strategy);
	size_t end = d->shared;

	while (end < d->depth && !d->nodes[end].wakeup)
		end++;
	/* There is no choice that anybody else could make. */
	if (end == d->depth)
		end = d->shared;
	else
		end++;
	sim_out_number(out, end - d->shared);
	while (d->shared < end)
		save_shared(d, &d->nodes[d->shared++], out);
}

void sim_part_save_rest(struct sim_strategy *strategy, struct sim_out *out)
{
	const struct dpor *d = sim_dpor_of(strategy);
	size_t i;

	sim_out_number(out, d->depth - d->shared);
	for (i = d->shared; i < d->depth; i++) {
		const struct dpor_node *node = &d->nodes[i];

		sim_out_number(out, node->made.task);
		sim_out_number(out, node->made.outcome);
		sim_out_moves(out, node->sleepers, node->nr_sleepers);
		sim_out_tree(out, &d->wakeup, node->wakeup);
	}
	sim_out_tree(out, &d->wakeup, d->below);
}
