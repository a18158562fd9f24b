/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bound.c - every class of runs with at most so many preemptions, those with
 * the fewest first.
 *
 * Musuvathi, Qadeer, "Iterative Context Bounding for Systematic Testing of
 * Multithreaded Programs", PLDI 2007.  Whoever runs goes on while it can; the
 * preemptions that were left out on the way are what the next round begins
 * with.  No round makes a step again that was made behind an equal prefix
 * (prefix.h): it cost no more preemptions then, and all that it leads to has
 * been seen.
 */
#include "prefix.h"

#include "engine.h"
#include "memory.h"

#include <string.h>

/* Half of it for keys, half for preemptions left for later and the way there. */
#define BYTES_MAX ((size_t)2 << 30)
#define LAST_ROUND_MAX 4096u

struct move {
	unsigned task, outcome;
};

/* A state of the run. */
struct node {
	struct move made; /* the step */
	unsigned nr_tasks; /* that were there */
	uint32_t place; /* the same as a place, 0: it is none yet */
	uint64_t signature;
	/* What to do without preemption: in moves[], and what of it is left. */
	size_t next, end;
};

/* A state in front of a preemption, or on the way to one. */
struct place {
	uint64_t signature;
	struct sim_key key; /* of the steps up to here */
	uint32_t parent; /* 0: it is the first */
	uint16_t task, outcome; /* the step from there to here */
};

/* A preemption that is left for later. */
struct later {
	uint32_t place;
	uint16_t task, outcome;
};

struct laters {
	struct later *items;
	size_t nr, nr_max;
};

struct bound {
	struct sim_strategy strategy;
	bool started;
	bool full; /* some preemptions are not known */
	unsigned bound_max;
	size_t bytes_max; /* for each half */
	struct node *nodes;
	size_t depth, nodes_max;
	struct move *moves;
	size_t moves_max;
	struct place *places; /* the first stands for none */
	size_t nr_places, places_max;
	struct laters now, next;
	size_t at; /* of now */
	uint64_t runs, runs_before; /* all, and those of rounds before */
	struct sim_keys keys; /* steps that were made */
	struct sim_prefix prefix; /* the run, as far as it is known */
};

static struct bound *bound_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct bound, strategy);
}

static int out_of_memory(void)
{
	sim_engine_fail("out of memory for the search tree");
	return SIM_PICK_ERROR;
}

/* ------------------------------------------------------------------ keys */

/* Of one more step behind those in front of node @i. */
static struct sim_key key_at(const struct bound *b, size_t i, unsigned task,
			     unsigned outcome)
{
	return sim_key_behind(sim_prefix_key(&b->prefix, i), task, outcome);
}

static struct sim_key key_of(const struct bound *b, const struct later *later)
{
	return sim_key_behind(b->places[later->place].key, later->task,
			      later->outcome);
}

/* Was it made behind an equal prefix?  It is now. */
static bool is_new(struct bound *b, struct sim_key key)
{
	if (sim_keys_have(&b->keys, key))
		return false;
	sim_keys_add(&b->keys, key);
	return true;
}

/* ------------------------------------------------------------- for later */

/* Takes what memory is left, but no more. */
static void *grow(struct bound *b, void *items, size_t *nr_max, size_t nr,
		  size_t size)
{
	size_t more = nr > *nr_max ? 2 * *nr_max * size : 0;
	size_t used = b->places_max * sizeof(*b->places) +
		      (b->now.nr_max + b->next.nr_max) * sizeof(struct later);
	void *p = used + more > b->bytes_max ?
			  NULL :
			  sim_memory_grow(items, nr_max, nr, size);

	b->full |= !p;
	return p;
}

/* The place of node @i, whose parent has one. */
static bool add_place(struct bound *b, size_t i)
{
	struct node *node = &b->nodes[i];
	void *p = grow(b, b->places, &b->places_max, b->nr_places + 1,
		       sizeof(*b->places));

	if (!p || b->nr_places > UINT32_MAX)
		return false;
	b->places = p;
	node->place = (uint32_t)b->nr_places++;
	b->places[node->place] = (struct place){
		.signature = node->signature,
		.key = sim_prefix_key(&b->prefix, i),
		.parent = i ? node[-1].place : 0,
		.task = i ? (uint16_t)node[-1].made.task : 0,
		.outcome = i ? (uint16_t)node[-1].made.outcome : 0,
	};
	return true;
}

static bool make_place(struct bound *b, size_t i)
{
	size_t from = i;

	while (from && !b->nodes[from].place)
		from--;
	for (; from <= i; from++)
		if (!b->nodes[from].place && !add_place(b, from))
			return false;
	return true;
}

/* In the last round it only matters whether some are left, so that one that
 * leaves many need not remember them all. */
static bool may_defer(const struct bound *b)
{
	return b->strategy.bound < b->bound_max || b->next.nr < LAST_ROUND_MAX;
}

/* The preemption at node @i waits for the next round. */
static void defer(struct bound *b, size_t i, const struct sim_choice *c)
{
	struct later later = { 0, (uint16_t)c->task, (uint16_t)c->outcome };
	void *p;

	b->full |= !may_defer(b);
	if (b->full ||
	    sim_keys_have(&b->keys, key_at(b, i, c->task, c->outcome)) ||
	    !make_place(b, i))
		return;
	p = grow(b, b->next.items, &b->next.nr_max, b->next.nr + 1,
		 sizeof(*b->next.items));
	if (!p)
		return;
	later.place = b->nodes[i].place;
	b->next.items = p;
	b->next.items[b->next.nr++] = later;
}

/* Go back to where it was left: the nodes that the run has in common with the
 * last one stay. */
static void go_back_to(struct bound *b, const struct later *later)
{
	size_t known = b->depth, i = 0;
	uint32_t at;

	for (at = later->place; at; at = b->places[at].parent)
		i++;
	b->depth = i;
	for (at = later->place; --i >= known || b->nodes[i].place != at;
	     at = b->places[at].parent) {
		const struct place *place = &b->places[at];
		struct node *node = &b->nodes[i];

		node->place = at;
		node->signature = place->signature;
		node->next = node->end = 0;
		node[-1].made = (struct move){ place->task, place->outcome };
	}
	sim_prefix_cut(&b->prefix, i);
	b->nodes[b->depth - 1].made =
		(struct move){ later->task, later->outcome };
}

/* -------------------------------------------------------------- choosing */

/* The next step to be made at node @i without preemption. */
static bool advance(struct bound *b, size_t i)
{
	struct node *node = &b->nodes[i];

	while (node->next < node->end) {
		struct move move = b->moves[node->next++];

		if (!is_new(b, key_at(b, i, move.task, move.outcome)))
			continue;
		node->made = move;
		sim_prefix_cut(&b->prefix, i);
		return true;
	}
	return false;
}

static bool is_enabled(const struct sim_choice *choices, unsigned nr,
		       unsigned task)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].enabled)
			return true;
	return false;
}

static bool add_move(struct bound *b, struct node *node,
		     const struct sim_choice *c)
{
	void *p = sim_memory_grow(b->moves, &b->moves_max, node->end + 1,
				  sizeof(*b->moves));

	if (!p)
		return false;
	b->moves = p;
	b->moves[node->end++] = (struct move){ c->task, c->outcome };
	return true;
}

static struct node *add_node(struct bound *b, const struct sim_choice *choices,
			     unsigned nr)
{
	void *p = sim_memory_grow(b->nodes, &b->nodes_max, b->depth + 1,
				  sizeof(*b->nodes));
	struct node *node;
	size_t first;

	if (!p)
		return NULL;
	b->nodes = p;
	node = &b->nodes[b->depth++];
	first = b->depth > 1 ? node[-1].end : 0;
	*node = (struct node){
		.nr_tasks = sim_engine_tasks(),
		.signature = sim_choices_signature(choices, nr),
		.next = first,
		.end = first,
	};
	return node;
}

/* Leaving a task that could go on is a preemption. */
static bool push(struct bound *b, const struct sim_choice *choices, unsigned nr,
		 unsigned last)
{
	struct node *node = add_node(b, choices, nr);
	bool stay = last && is_enabled(choices, nr, last);
	unsigned i;

	if (!node)
		return false;
	for (i = 0; i < nr; i++) {
		if (!choices[i].enabled)
			continue;
		if (stay && choices[i].task != last)
			defer(b, b->depth - 1, &choices[i]);
		else if (!add_move(b, node, &choices[i]))
			return false;
	}
	return true;
}

/* --------------------------------------------------------------- strategy */

static bool some_left(const struct bound *b)
{
	size_t i;

	for (i = 0; i < b->now.nr; i++)
		if (!sim_keys_have(&b->keys, key_of(b, &b->now.items[i])))
			return true;
	return b->full;
}

/* All runs with so many preemptions were made: on with what they left. */
static bool next_round(struct bound *b)
{
	struct laters swap = b->now;

	b->now = b->next;
	b->next = swap;
	b->next.nr = b->at = 0;
	b->strategy.bounds_done = b->strategy.bound + 1;
	b->strategy.bounded = some_left(b);
	if (!b->strategy.bounded || b->full ||
	    b->strategy.bound == b->bound_max)
		return false;
	b->strategy.bound++;
	b->runs_before = b->runs;
	return true;
}

static bool begin_later(struct bound *b)
{
	do {
		while (b->at < b->now.nr) {
			const struct later *later = &b->now.items[b->at++];

			if (!is_new(b, key_of(b, later)))
				continue;
			go_back_to(b, later);
			return true;
		}
	} while (next_round(b));
	b->strategy.exhausted = true;
	return false;
}

static bool begin_near(struct bound *b)
{
	size_t i;

	if (!b->started)
		return b->started = true;
	for (i = b->depth; i-- > 0;)
		if (advance(b, i)) {
			b->depth = i + 1;
			return true;
		}
	return false;
}

static bool bound_begin(struct sim_strategy *strategy)
{
	struct bound *b = bound_of(strategy);
	bool more = begin_near(b) || begin_later(b);

	b->runs += more;
	return more;
}

/* What a round leaves to the next one is known only when it is over, so that
 * only the last round knows how far it is. */
static double bound_share(struct sim_strategy *strategy)
{
	const struct bound *b = bound_of(strategy);
	double runs = (double)b->runs, before = (double)b->runs_before;

	if (strategy->exhausted)
		return 1;
	if (strategy->bound < b->bound_max || !b->at)
		return 0;
	return runs /
	       (before + (runs - before) * (double)b->now.nr / (double)b->at);
}

/* What the last step touched is known now. */
static bool learn(struct bound *b, unsigned step)
{
	const struct node *node = &b->nodes[step - 1];
	const struct sim_prefix_move move = { node->made.task,
					      node->made.outcome,
					      node->nr_tasks };

	return b->prefix.nr >= step ||
	       sim_prefix_push(&b->prefix, &move, sim_engine_footprint());
}

static int find(const struct sim_choice *choices, unsigned nr,
		const struct move *move)
{
	int i = 0;

	while ((unsigned)i < nr && (choices[i].task != move->task ||
				    choices[i].outcome != move->outcome))
		i++;
	return i;
}

static int bound_pick(struct sim_strategy *strategy, unsigned step,
		      const struct sim_choice *choices, unsigned nr,
		      unsigned last)
{
	struct bound *b = bound_of(strategy);
	struct node *node;

	if (step && !learn(b, step))
		return out_of_memory();
	if (step < b->depth &&
	    b->nodes[step].signature != sim_choices_signature(choices, nr))
		return sim_choices_differ(choices, step);
	if (step == b->depth) {
		if (!push(b, choices, nr, last))
			return out_of_memory();
		if (!advance(b, step))
			return SIM_PICK_PRUNE;
	}
	node = &b->nodes[step];
	node->nr_tasks = sim_engine_tasks();
	return find(choices, nr, &node->made);
}

static void bound_destroy(struct sim_strategy *strategy)
{
	struct bound *b = bound_of(strategy);

	sim_memory_release(b->nodes, b->nodes_max, sizeof(*b->nodes));
	sim_memory_release(b->moves, b->moves_max, sizeof(*b->moves));
	sim_memory_release(b->places, b->places_max, sizeof(*b->places));
	sim_memory_release(b->now.items, b->now.nr_max, sizeof(struct later));
	sim_memory_release(b->next.items, b->next.nr_max, sizeof(struct later));
	sim_keys_release(&b->keys);
	sim_prefix_release(&b->prefix);
	sim_memory_free(b, sizeof(*b));
}

struct sim_strategy *sim_bound_make(unsigned bound, uint64_t bytes_max)
{
	struct bound *b = sim_memory_alloc(sizeof(*b));
	size_t slots = 1;

	if (!b)
		return NULL;
	b->strategy = (struct sim_strategy){
		.name = "bound",
		.begin = bound_begin,
		.pick = bound_pick,
		.share = bound_share,
		.destroy = bound_destroy,
	};
	b->bound_max = bound;
	b->bytes_max = bytes_max && bytes_max < BYTES_MAX ? bytes_max / 2 :
							    BYTES_MAX / 2;
	b->nr_places = 1;
	while (2 * slots * sizeof(struct sim_key) <= b->bytes_max)
		slots *= 2;
	b->keys.slots_most = slots;
	return &b->strategy;
}
