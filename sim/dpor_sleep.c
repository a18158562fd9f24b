/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor_sleep.c - what was tried from a state, and so need not be tried again.
 *
 * Sleep sets: Godefroid, "Partial-Order Methods for the Verification of
 * Concurrent Systems", 1996.
 */
#include "dpor_internal.h"
#include "memory.h"

bool sim_dpor_add_sleeper(struct dpor_node *node, const struct sim_move *move)
{
	void *p =
		sim_memory_grow(node->sleepers, &node->sleepers_max,
				node->nr_sleepers + 1, sizeof(*node->sleepers));

	if (!p)
		return sim_dpor_out_of_memory();
	node->sleepers = p;
	node->sleepers[node->nr_sleepers] = *move;
	sim_touched_get(move->touched);
	node->nr_sleepers++;
	return true;
}

const struct sim_move *sim_dpor_sleeper(const struct dpor_node *node,
					unsigned task, unsigned outcome)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		if (node->sleepers[i].task == task &&
		    node->sleepers[i].outcome == outcome)
			return &node->sleepers[i];
	return NULL;
}

/*
 * The last of @moves is one that nobody made in this order: what it touches is
 * not known, so only a sleeper that is among @moves can stand for them.
 */
bool sim_dpor_covered(const struct dpor_node *node,
		      const struct sim_move *const *moves, size_t nr,
		      const struct sim_values *values)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		if (sim_move_begins(&node->sleepers[i], moves, nr, values))
			return true;
	return false;
}

const struct sim_touch *sim_dpor_same_count(const struct sim_footprint *a,
					    const struct sim_touch *b)
{
	const struct sim_touch *count =
		a->counts && b ? sim_footprint_count(a) : NULL;

	return count && count->obj == b->obj ? count : NULL;
}

/* @made was made in a state in which @other could have been. */
static bool depend_here(const struct dpor *d, const struct sim_footprint *other,
			const struct sim_footprint *made)
{
	const struct sim_touch *b = sim_footprint_count(made);
	const struct sim_touch *a = sim_dpor_same_count(other, b);

	return sim_footprints_meet(other, made) ||
	       (a && !sim_counts_commute(&d->counts, a, b, b->old));
}

bool sim_dpor_inherit_sleepers(struct dpor *d, struct dpor_node *node,
			       const struct dpor_node *parent)
{
	size_t i;

	for (i = 0; i < parent->nr_sleepers; i++) {
		const struct sim_move *s = &parent->sleepers[i];

		if (s->task == parent->made.task || !s->touched ||
		    depend_here(d, &s->touched->footprint,
				&parent->made.touched->footprint))
			continue;
		if (!sim_dpor_add_sleeper(node, s))
			return false;
	}
	node->nr_inherited = node->nr_sleepers;
	return true;
}

/* Whatever was tried from a node went to sleep there. */
double sim_dpor_share(struct sim_strategy *strategy)
{
	const struct dpor *d = container_of(strategy, struct dpor, strategy);
	double seen = 0, each = 1; /* of the branches of a node */
	size_t i;

	for (i = 0; i < d->depth; i++) {
		const struct dpor_node *node = &d->nodes[i];
		size_t done = node->nr_sleepers - node->nr_inherited;
		size_t nr = done + 1;
		unsigned todo = node->wakeup;

		for (; todo; todo = d->wakeup.nodes[todo].next)
			nr++;
		each /= (double)nr;
		seen += each * (double)done;
	}
	return seen + each;
}
