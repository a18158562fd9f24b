/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wakeup.h - moves: steps as a search remembers them, and trees of what it has
 * still to try from a state.
 *
 * Wakeup trees are those of Abdulla, Aronis, Jonsson, Sagonas, "Source Sets: A
 * Foundation for Optimal Dynamic Partial Order Reduction", JACM 64(4), 2017.
 */
#ifndef SIM_WAKEUP_H
#define SIM_WAKEUP_H

#include "counts.h"

/* ---------------------------------------------------------------- touched */

/* What a step touched, shared by all that remember it; never changed. */
struct sim_touched {
	unsigned refs, size_class;
	unsigned wire; /* its number among those that a message has */
	struct sim_footprint footprint;
};

#define SIM_TOUCHED_CLASSES 24u

/* Where they come from; zeroed to begin with. */
struct sim_touched_pool {
	void *free[SIM_TOUCHED_CLASSES];
	void *chunks; /* all memory that it took */
	size_t chunk_left;
	unsigned char *chunk;
};

/* A copy with one reference, or NULL: out of memory. */
struct sim_touched *sim_touched_make(struct sim_touched_pool *pool,
				     const struct sim_footprint *footprint);
struct sim_touched *sim_touched_get(struct sim_touched *touched);
/* NULL is fine. */
void sim_touched_put(struct sim_touched_pool *pool,
		     struct sim_touched *touched);
/* Give back all memory, whatever references are left. */
void sim_touched_release(struct sim_touched_pool *pool);

/* ------------------------------------------------------------------ moves */

/* One step of one task; @touched: NULL while nobody made it yet: it may touch
 * anything, or stop the run. */
struct sim_move {
	unsigned task, outcome;
	struct sim_touched *touched;
};

/*
 * The value of a count in the state from which moves are made.
 * @find: of @obj; anything for one that no move changes
 * @made: moves that have been made since; their changes come on top
 */
struct sim_values {
	int (*find)(const void *obj, const void *arg);
	const void *arg;
	const struct sim_counts *counts;
	const struct sim_move **made;
	size_t nr_made, made_max;
};

/*
 * Can @moves, or more that come behind them, be put into an order of the same
 * class that begins with @first?
 */
bool sim_move_begins(const struct sim_move *first,
		     const struct sim_move *const *moves, size_t nr,
		     const struct sim_values *values);

/* ------------------------------------------------------------------ trees */

/* A forest of all wakeup trees of a search; an index names a node, 0: none. */
struct sim_wakeup {
	struct sim_wakeup_node *nodes;
	size_t nr, nr_max;
	unsigned free;
	struct sim_touched_pool *pool;
};

struct sim_wakeup_node {
	struct sim_move move;
	unsigned child, next;
};

/*
 * See to it that every order that @moves can begin is tried below the siblings
 * that begin at *@first: adds what is missing, and nothing if all is there.
 * @moves is used up, and so is @values->made.  Returns whether there was
 * memory.
 */
bool sim_wakeup_insert(struct sim_wakeup *wakeup, unsigned *first,
		       const struct sim_move **moves, size_t nr,
		       struct sim_values *values);

/* One more sibling, a leaf; nothing if the same choice is there. */
bool sim_wakeup_add(struct sim_wakeup *wakeup, unsigned *first,
		    const struct sim_move *move);

/* One more sibling, whoever is there.  Returns it, or 0: no memory. */
unsigned sim_wakeup_append(struct sim_wakeup *wakeup, unsigned *first,
			   const struct sim_move *move);

/* Take the first sibling out; returns what grows below it. */
unsigned sim_wakeup_shift(struct sim_wakeup *wakeup, unsigned *first);

/* Drop the siblings that begin at *@first with all below them. */
void sim_wakeup_drop(struct sim_wakeup *wakeup, unsigned *first);

void sim_wakeup_release(struct sim_wakeup *wakeup);

#endif
