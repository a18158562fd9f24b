/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share_internal.h - the states that parts of a search have in common, shared by
 * share.c, which gives parts out, and share_take.c, which takes results in.
 */
#ifndef SIM_SHARE_INTERNAL_H
#define SIM_SHARE_INTERNAL_H

#include "share.h"

struct share_option {
	unsigned task, outcome;
};

struct share_value {
	const void *obj;
	int value; /* of a count there */
};

/* A state that several parts have in common. */
struct share_node {
	struct share_node *parent; /* NULL: the first state */
	struct share_node *next, *prev; /* in the order in which they were
					   made */
	struct share_option step; /* leads here from there */
	unsigned depth; /* so many steps */
	unsigned users; /* nodes and parts below */
	unsigned wakeup; /* what is to be tried */
	struct share_option *options; /* enabled */
	size_t nr_options;
	/* Tried, given out, or asleep already; one without a footprint was
	 * given out, and nobody has told yet what it touches. */
	struct sim_move *sleepers;
	size_t nr_sleepers, sleepers_max;
	struct share_value *values;
	size_t nr_values, values_max;
};

/* What one process at a time searches. */
struct share_part {
	struct share_node *node; /* NULL: all of it */
	struct share_option step; /* leads on from there */
	unsigned char *bytes; /* what is left, as its last job said */
	size_t nr;
	uint64_t job; /* that is given out; 0: none */
	uint64_t turn; /* whoever waits longest is next */
};

struct sim_share {
	unsigned quota;
	uint64_t next_job, first_job; /* first: of this search */
	uint64_t turn;
	struct share_node *first, *last;
	struct share_part parts[SIM_SHARE_PARTS_MAX];
	unsigned nr_parts;
	struct sim_touched_pool pool;
	struct sim_wakeup wakeup;
	struct sim_wakeup planted; /* scratch: as somebody told it */
	struct sim_counts counts; /* only which are low */
	struct sim_values values; /* scratch */
	struct sim_out out; /* scratch */
	unsigned *path; /* scratch */
	const struct sim_move **moves; /* scratch */
	size_t path_max, moves_max;
};

bool sim_share_option(const struct share_node *node, unsigned task,
		      unsigned outcome);
struct sim_move *sim_share_sleeper(const struct share_node *node, unsigned task,
				   unsigned outcome);
/* Both return false when memory is out. */
bool sim_share_add_sleeper(struct share_node *node,
			   const struct sim_move *move);
bool sim_share_keep_bytes(struct share_part *part, const void *bytes,
			  size_t nr);

/* Below @part's node, where its step leads.  NULL: no memory. */
struct share_node *sim_share_add_node(struct sim_share *share,
				      struct share_part *part);
/* Nodes that nobody needs any more, from @node (or NULL) up. */
void sim_share_release(struct sim_share *share, struct share_node *node);
void sim_share_end_part(struct sim_share *share, struct share_part *part);

/* The whole search, with nothing made.  False: no memory. */
bool sim_share_begin(struct sim_share *share);

#endif
