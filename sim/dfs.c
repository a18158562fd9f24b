/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dfs.c - depth-first search over all choices, with sleep sets.
 *
 * A task sleeps at a state when everything that begins with its step there was
 * explored from an earlier sibling, and wakes when a step that does not commute
 * with it is made (Godefroid, "Partial-Order Methods for the Verification of
 * Concurrent Systems", 1996).  The same tree, cut at a number of preemptions
 * and without sleep sets, is the search behind the bound strategy.
 */
#include "engine.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum entry_state {
	ENTRY_TODO,
	ENTRY_DONE,
	ENTRY_ASLEEP,
	ENTRY_BEYOND /* more preemptions than the bound allows */
};

/* One enabled choice at a node. */
struct entry {
	unsigned task, outcome, index;
	enum entry_state state;
	bool known; /* @footprint is that of the step */
	struct sim_footprint footprint;
};

struct node {
	struct entry *entries;
	size_t nr, nr_max;
	int current; /* entry being explored, -1: none */
	unsigned preemptions; /* made before this node */
	unsigned last;
	uint64_t signature;
};

struct dfs {
	struct sim_strategy strategy;
	bool started, por;
	int resumes; /* as the strategy is asked */
	int bound; /* -1: none */
	struct node *nodes;
	size_t depth, nodes_max, nodes_used;
};

static struct dfs *dfs_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct dfs, strategy);
}

/* ------------------------------------------------------------------ nodes */

/* Remember what the step chosen at @node touched, once. */
static bool learn(struct node *node)
{
	struct entry *e;

	if (node->current < 0)
		return true;
	e = &node->entries[node->current];
	if (e->known)
		return true;
	e->known = true;
	if (sim_footprint_copy(&e->footprint, sim_engine_footprint()))
		return true;
	sim_engine_fail("out of memory for the search tree");
	return false;
}

static struct entry *add_entry(struct node *node)
{
	size_t old_max = node->nr_max;
	void *p = sim_memory_grow(node->entries, &node->nr_max, node->nr + 1,
				  sizeof(*node->entries));

	if (!p)
		return NULL;
	node->entries = p;
	/* Footprint buffers of earlier visits are kept for reuse. */
	if (old_max != node->nr_max)
		memset(&node->entries[old_max], 0,
		       (node->nr_max - old_max) * sizeof(*node->entries));
	return &node->entries[node->nr++];
}

static bool enabled_task(const struct sim_choice *choices, unsigned nr,
			 unsigned task)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].enabled)
			return true;
	return false;
}

/* Leaving a task that could go on is a preemption. */
static bool preempts(const struct node *node, unsigned task,
		     const struct sim_choice *choices, unsigned nr)
{
	return node->last && task != node->last &&
	       enabled_task(choices, nr, node->last);
}

/* The sleeping or finished sibling of the same choice, one level up. */
static const struct entry *slept_above(const struct node *parent,
				       const struct entry *entry)
{
	size_t i;

	for (i = 0; i < parent->nr; i++) {
		const struct entry *e = &parent->entries[i];

		if (e->task == entry->task && e->outcome == entry->outcome &&
		    (e->state == ENTRY_DONE || e->state == ENTRY_ASLEEP))
			return e;
	}
	return NULL;
}

/* Does @entry stay asleep across the step made at @parent? */
static bool inherit_sleep(const struct node *parent, struct entry *entry)
{
	const struct entry *made = &parent->entries[parent->current];
	const struct entry *slept = slept_above(parent, entry);

	if (!slept || slept->task == made->task ||
	    sim_footprints_dependent(&slept->footprint, &made->footprint))
		return false;
	entry->known = true;
	return sim_footprint_copy(&entry->footprint, &slept->footprint);
}

static bool fill_entry(struct dfs *d, struct node *node,
		       const struct node *parent,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned index)
{
	struct entry *e = add_entry(node);

	if (!e)
		return false;
	e->task = choices[index].task;
	e->outcome = choices[index].outcome;
	e->index = index;
	e->known = false;
	e->state = ENTRY_TODO;
	if (d->bound >= 0 && preempts(node, e->task, choices, nr) &&
	    node->preemptions >= (unsigned)d->bound) {
		e->state = ENTRY_BEYOND;
		d->strategy.bounded = true;
	} else if (d->por && parent && inherit_sleep(parent, e)) {
		e->state = ENTRY_ASLEEP;
	}
	return true;
}

/* The running task first, so that the first run is without preemption. */
static bool fill(struct dfs *d, struct node *node, const struct node *parent,
		 const struct sim_choice *choices, unsigned nr)
{
	unsigned i, pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < nr; i++)
			if (choices[i].enabled &&
			    (choices[i].task == node->last) == !pass &&
			    !fill_entry(d, node, parent, choices, nr, i))
				return false;
	return true;
}

static struct node *push(struct dfs *d, const struct sim_choice *choices,
			 unsigned nr, unsigned last)
{
	void *p = sim_memory_grow(d->nodes, &d->nodes_max, d->depth + 1,
				  sizeof(*d->nodes));
	struct node *node, *parent;

	if (!p)
		return NULL;
	d->nodes = p;
	node = &d->nodes[d->depth];
	if (d->depth == d->nodes_used) {
		memset(node, 0, sizeof(*node));
		d->nodes_used++;
	}
	parent = d->depth ? node - 1 : NULL;
	node->nr = 0;
	node->current = -1;
	node->last = last;
	node->signature = sim_choices_signature(choices, nr);
	node->preemptions = parent ? parent->preemptions : 0;
	if (parent && parent->last &&
	    parent->entries[parent->current].task != parent->last) {
		size_t i;

		for (i = 0; i < parent->nr; i++)
			if (parent->entries[i].task == parent->last) {
				node->preemptions++;
				break;
			}
	}
	d->depth++;
	return fill(d, node, parent, choices, nr) ? node : NULL;
}

static bool next_entry(struct node *node)
{
	size_t i;

	for (i = 0; i < node->nr; i++)
		if (node->entries[i].state == ENTRY_TODO) {
			node->current = (int)i;
			return true;
		}
	node->current = -1;
	return false;
}

/* --------------------------------------------------------------- strategy */

static bool dfs_begin(struct sim_strategy *strategy)
{
	struct dfs *d = dfs_of(strategy);

	d->resumes = -1;
	if (!d->started)
		return d->started = true;
	for (; d->depth; d->depth--) {
		struct node *node = &d->nodes[d->depth - 1];

		if (node->current >= 0)
			node->entries[node->current].state = ENTRY_DONE;
		d->resumes = (int)d->depth - 1;
		if (next_entry(node))
			return true;
	}
	strategy->exhausted = true;
	strategy->bounds_done = strategy->bound + (d->bound >= 0);
	return false;
}

static int dfs_resumes(struct sim_strategy *strategy)
{
	return dfs_of(strategy)->resumes;
}

static int follow(const struct node *node, unsigned step,
		  const struct sim_choice *choices, unsigned nr)
{
	if (node->signature == sim_choices_signature(choices, nr))
		return (int)node->entries[node->current].index;
	return sim_choices_differ(choices, step);
}

static int dfs_pick(struct sim_strategy *strategy, unsigned step,
		    const struct sim_choice *choices, unsigned nr,
		    unsigned last)
{
	struct dfs *d = dfs_of(strategy);
	struct node *node;

	if (step && !learn(&d->nodes[step - 1]))
		return SIM_PICK_ERROR;
	if (step < d->depth)
		return follow(&d->nodes[step], step, choices, nr);
	node = push(d, choices, nr, last);
	if (!node) {
		sim_engine_fail("out of memory for the search tree");
		return SIM_PICK_ERROR;
	}
	if (!next_entry(node))
		return SIM_PICK_PRUNE;
	return (int)node->entries[node->current].index;
}

/* The last step's footprint is known now, and only now. */
static void dfs_end(struct sim_strategy *strategy)
{
	struct dfs *d = dfs_of(strategy);

	if (d->depth)
		learn(&d->nodes[d->depth - 1]);
}

static bool counts(const struct entry *e)
{
	return e->state == ENTRY_TODO || e->state == ENTRY_DONE;
}

static double dfs_share(struct sim_strategy *strategy)
{
	const struct dfs *d = container_of(strategy, struct dfs, strategy);
	double seen = 0, each = 1; /* of the branches of a node */
	size_t i, j;

	for (i = 0; i < d->depth; i++) {
		const struct node *node = &d->nodes[i];
		unsigned nr = 0, done = 0;

		for (j = 0; j < node->nr; j++) {
			nr += counts(&node->entries[j]);
			done += node->entries[j].state == ENTRY_DONE;
		}
		if (!nr)
			continue;
		each /= nr;
		seen += each * done;
	}
	return seen + each;
}

static void dfs_destroy(struct sim_strategy *strategy)
{
	struct dfs *d = dfs_of(strategy);
	size_t i, j;

	for (i = 0; i < d->nodes_used; i++) {
		struct node *node = &d->nodes[i];

		for (j = 0; j < node->nr_max; j++)
			sim_footprint_release(&node->entries[j].footprint);
		sim_memory_release(node->entries, node->nr_max,
				   sizeof(*node->entries));
	}
	sim_memory_release(d->nodes, d->nodes_max, sizeof(*d->nodes));
	sim_memory_free(d, sizeof(*d));
}

struct sim_strategy *sim_dfs_make(bool por, int bound)
{
	struct dfs *d = sim_memory_alloc(sizeof(*d));

	if (!d)
		return NULL;
	d->strategy = (struct sim_strategy){
		.name = bound < 0 ? "dfs" : "bound",
		.begin = dfs_begin,
		.resumes = dfs_resumes,
		.pick = dfs_pick,
		.end = dfs_end,
		.share = dfs_share,
		.destroy = dfs_destroy,
		.bound = bound < 0 ? 0 : (unsigned)bound,
	};
	d->por = por && bound < 0;
	d->bound = bound;
	return &d->strategy;
}
