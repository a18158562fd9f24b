/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor.c - one run of each class of interleavings, by dynamic partial-order
 * reduction with wakeup trees.
 *
 * Abdulla, Aronis, Jonsson, Sagonas, "Source Sets: A Foundation for Optimal
 * Dynamic Partial Order Reduction", JACM 64(4), 2017.  Whenever a run is over,
 * each pair of steps in it that could have come in the other order is found,
 * and what leads to that order is put into the wakeup tree of the state in
 * front of the pair, unless it is sure to be seen from there anyway.
 */
#include "dpor_internal.h"
#include "memory.h"

#include <string.h>

struct dpor *sim_dpor_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct dpor, strategy);
}

bool sim_dpor_out_of_memory(void)
{
	sim_engine_fail("out of memory for the search tree");
	return false;
}

/* ------------------------------------------------------------------ nodes */

static void clear_node(struct dpor *d, struct dpor_node *node)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		sim_touched_put(&d->pool, node->sleepers[i].touched);
	node->nr_sleepers = 0;
	node->nr_options = 0;
	sim_touched_put(&d->pool, node->made.touched);
	node->made.touched = NULL;
	sim_wakeup_drop(&d->wakeup, &node->wakeup);
}

static bool add_option(struct dpor_node *node, const struct sim_choice *c,
		       unsigned index)
{
	void *p = sim_memory_grow(node->options, &node->options_max,
				  node->nr_options + 1, sizeof(*node->options));

	if (!p)
		return sim_dpor_out_of_memory();
	node->options = p;
	node->options[node->nr_options++] =
		(struct dpor_option){ c->task, c->outcome, index };
	return true;
}

const struct dpor_option *sim_dpor_option(const struct dpor_node *node,
					  unsigned task, unsigned outcome)
{
	size_t i;

	for (i = 0; i < node->nr_options; i++)
		if (node->options[i].task == task &&
		    node->options[i].outcome == outcome)
			return &node->options[i];
	return NULL;
}

struct dpor_node *sim_dpor_push(struct dpor *d)
{
	void *p = sim_memory_grow(d->nodes, &d->nodes_max, d->depth + 1,
				  sizeof(*d->nodes));
	struct dpor_node *node;

	if (!p) {
		sim_dpor_out_of_memory();
		return NULL;
	}
	d->nodes = p;
	node = &d->nodes[d->depth];
	if (d->depth == d->nodes_used) {
		memset(node, 0, sizeof(*node));
		d->nodes_used++;
	}
	d->depth++;
	node->bare = false;
	return node;
}

/* What can be done there. */
static bool look(struct dpor_node *node, const struct sim_choice *choices,
		 unsigned nr, unsigned last)
{
	unsigned i;

	node->last = last;
	node->signature = sim_choices_signature(choices, nr);
	for (i = 0; i < nr; i++)
		if (choices[i].enabled && !add_option(node, &choices[i], i))
			return false;
	return true;
}

static struct dpor_node *push(struct dpor *d, const struct sim_choice *choices,
			      unsigned nr, unsigned last)
{
	struct dpor_node *node = sim_dpor_push(d);

	if (!node)
		return NULL;
	node->wakeup = d->below;
	d->below = 0;
	if (!look(node, choices, nr, last))
		return NULL;
	if (d->depth > 1 && !sim_dpor_inherit_sleepers(d, node, node - 1))
		return NULL;
	return node;
}

/* --------------------------------------------------------------- choosing */

/* @option is made here now; what grew below it in the tree goes with it. */
static void make(struct dpor *d, struct dpor_node *node,
		 const struct dpor_option *o, unsigned below)
{
	sim_touched_put(&d->pool, node->made.touched);
	node->made = (struct sim_move){ o->task, o->outcome, NULL };
	node->index = o->index;
	d->below = below;
}

/* Other outcomes of the same operation are other runs from here. */
static bool add_outcomes(struct dpor *d, struct dpor_node *node)
{
	size_t i;

	for (i = 0; i < node->nr_options; i++) {
		const struct dpor_option *o = &node->options[i];
		const struct sim_move move = { o->task, o->outcome, NULL };

		if (o->task != node->made.task ||
		    o->outcome == node->made.outcome ||
		    sim_dpor_sleeper(node, o->task, o->outcome))
			continue;
		if (!sim_wakeup_add(&d->wakeup, &node->wakeup, &move))
			return sim_dpor_out_of_memory();
	}
	return true;
}

/*
 * The first move of the wakeup tree that is worth making, or NULL.  What was
 * tried since it was planted may cover it, or it turns out that the task would
 * have to wait.
 */
static const struct dpor_option *
from_tree(struct dpor *d, struct dpor_node *node, unsigned *ret_below)
{
	while (node->wakeup) {
		const struct sim_move *m = &d->wakeup.nodes[node->wakeup].move;
		const struct dpor_option *o =
			sim_dpor_option(node, m->task, m->outcome);

		*ret_below = sim_wakeup_shift(&d->wakeup, &node->wakeup);
		if (o && !sim_dpor_sleeper(node, o->task, o->outcome))
			return o;
		sim_wakeup_drop(&d->wakeup, ret_below);
	}
	return NULL;
}

/* The running task first, so that the first run is without preemption. */
static const struct dpor_option *any_awake(const struct dpor_node *node)
{
	const struct dpor_option *first = NULL;
	size_t i;

	for (i = 0; i < node->nr_options; i++) {
		const struct dpor_option *o = &node->options[i];

		if (sim_dpor_sleeper(node, o->task, o->outcome))
			continue;
		if (o->task == node->last)
			return o;
		if (!first)
			first = o;
	}
	return first;
}

/* --------------------------------------------------------------- strategy */

static bool holds(unsigned task, const void *obj)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);

	while (nr-- > 0)
		if (held[nr].obj == obj)
			return true;
	return false;
}

/* Remember what the last of so many steps touched. */
static bool learn(struct dpor *d, size_t steps)
{
	struct dpor_node *node = steps ? &d->nodes[steps - 1] : NULL;

	if (!node || node->made.touched)
		return true;
	node->took = node->kind == SCHED_TRYLOCK && !node->had &&
		     holds(node->made.task, node->obj);
	node->made.touched = sim_touched_make(&d->pool, sim_engine_footprint());
	return node->made.touched || sim_dpor_out_of_memory();
}

void sim_dpor_pop(struct dpor *d)
{
	d->depth--;
	clear_node(d, &d->nodes[d->depth]);
	if (d->settled > d->depth)
		d->settled = d->depth;
}

/* The last step is another one from here on. */
static void unsettle(struct dpor *d)
{
	if (d->settled >= d->depth)
		d->settled = d->depth - 1;
	if (d->raced >= d->depth)
		d->raced = d->depth - 1;
}

static bool dpor_begin(struct sim_strategy *strategy)
{
	struct dpor *d = sim_dpor_of(strategy);

	strategy->again = d->again;
	d->resumes = -1;
	while (d->again && d->depth)
		sim_dpor_pop(d);
	if (!d->started || d->again) {
		d->again = false;
		return d->started = true;
	}
	for (; d->depth > d->shared; sim_dpor_pop(d)) {
		struct dpor_node *node = &d->nodes[d->depth - 1];
		const struct dpor_option *o;
		unsigned below = 0;

		d->failed = !sim_dpor_add_sleeper(node, &node->made);
		if (d->failed)
			return true;
		o = from_tree(d, node, &below);
		if (!o)
			continue;
		make(d, node, o, below);
		unsettle(d);
		d->resumes = (int)d->depth - 1;
		return true;
	}
	strategy->exhausted = true;
	return false;
}

static int follow(const struct dpor_node *node, unsigned step,
		  const struct sim_choice *choices, unsigned nr)
{
	if (node->signature == sim_choices_signature(choices, nr))
		return (int)node->index;
	return sim_choices_differ(choices, step);
}

static bool choose(struct dpor *d, struct dpor_node *node)
{
	unsigned below = 0;
	const struct dpor_option *o = from_tree(d, node, &below);

	if (!o)
		o = any_awake(node);
	if (!o)
		return false;
	make(d, node, o, below);
	return true;
}

/* What was made there elsewhere is made here for the first time. */
static bool dress(struct dpor_node *node, unsigned step,
		  const struct sim_choice *choices, unsigned nr, unsigned last)
{
	const struct dpor_option *o;

	if (!look(node, choices, nr, last))
		return false;
	o = sim_dpor_option(node, node->made.task, node->made.outcome);
	if (!o) {
		sim_choices_differ(choices, step);
		return false;
	}
	node->index = o->index;
	node->bare = false;
	return true;
}

static void describe(struct dpor_node *node, const struct sched_op *op)
{
	node->nr_tasks = sim_engine_tasks();
	node->kind = op->kind;
	node->obj = op->obj;
	node->waits = op->ready != NULL;
	node->outcomes = op->outcomes;
	node->had = holds(node->made.task, op->obj);
}

static int dpor_pick(struct sim_strategy *strategy, unsigned step,
		     const struct sim_choice *choices, unsigned nr,
		     unsigned last)
{
	struct dpor *d = sim_dpor_of(strategy);
	struct dpor_node *node;

	if (d->failed) {
		sim_dpor_out_of_memory();
		return SIM_PICK_ERROR;
	}
	if (!learn(d, step))
		return SIM_PICK_ERROR;
	if (step >= d->depth) {
		node = push(d, choices, nr, last);
		if (!node)
			return SIM_PICK_ERROR;
		if (!choose(d, node)) {
			sim_dpor_pop(d);
			return SIM_PICK_PRUNE;
		}
	}
	node = &d->nodes[step];
	if (node->made.touched)
		return follow(node, step, choices, nr);
	if (node->bare && !dress(node, step, choices, nr, last))
		return SIM_PICK_ERROR;
	if (node->signature != sim_choices_signature(choices, nr))
		return follow(node, step, choices, nr);
	describe(node, choices[node->index].op);
	/* Where others search as well, or did, that is their business. */
	if (step >= d->shared && step >= d->raced && !add_outcomes(d, node))
		return SIM_PICK_ERROR;
	return (int)node->index;
}

static int dpor_resumes(struct sim_strategy *strategy)
{
	return sim_dpor_of(strategy)->resumes;
}

static void dpor_end(struct sim_strategy *strategy)
{
	struct dpor *d = sim_dpor_of(strategy);

	if (sim_engine_error()[0] || !learn(d, d->depth))
		return;
	if (d->depth && d->nodes[d->depth - 1].bare)
		sim_engine_fail("the same choices led to an end before step "
				"%zu, and did not before",
				d->depth);
	else
		sim_dpor_settle(d);
}

static void dpor_destroy(struct sim_strategy *strategy)
{
	struct dpor *d = sim_dpor_of(strategy);
	size_t i;

	for (i = 0; i < d->nodes_used; i++) {
		struct dpor_node *node = &d->nodes[i];

		sim_memory_release(node->options, node->options_max,
				   sizeof(*node->options));
		sim_memory_release(node->sleepers, node->sleepers_max,
				   sizeof(*node->sleepers));
	}
	sim_memory_release(d->nodes, d->nodes_max, sizeof(*d->nodes));
	sim_memory_release(d->clocks, d->clocks_max, sizeof(*d->clocks));
	sim_memory_release(d->made, d->made_max, sizeof(*d->made));
	sim_memory_release(d->moves, d->moves_max, sizeof(*d->moves));
	sim_memory_release(d->races, d->races_max, sizeof(*d->races));
	sim_memory_release(d->values.made, d->values.made_max,
			   sizeof(*d->values.made));
	sim_memory_release(d->shared_values, d->shared_values_max,
			   sizeof(*d->shared_values));
	sim_counts_release(&d->counts);
	sim_footprint_release(&d->guess);
	sim_wakeup_release(&d->wakeup);
	sim_touched_release(&d->pool);
	sim_memory_free(d, sizeof(*d));
}

struct sim_strategy *sim_dpor_make(void)
{
	struct dpor *d = sim_memory_alloc(sizeof(*d));

	if (!d)
		return NULL;
	d->wakeup.pool = &d->pool;
	d->strategy = (struct sim_strategy){
		.name = "dpor",
		.begin = dpor_begin,
		.resumes = dpor_resumes,
		.pick = dpor_pick,
		.end = dpor_end,
		.share = sim_dpor_share,
		.destroy = dpor_destroy,
	};
	return &d->strategy;
}
