/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph.h - every state that a scenario can reach, each seen once.
 *
 * Depth first, going back by checkpoints.  States are compared byte by byte,
 * so what it proves rests on no hash; with declared locals it rests on what the
 * scenario declares.  It looks at states and not at runs, so it tells nothing
 * about data races and the order of locks.
 */
#ifndef SIM_GRAPH_H
#define SIM_GRAPH_H

#include "run.h"
#include "states.h"

struct sim_graph {
	const struct sim_run_config *config;
	struct sim_trace *trace;
	struct sim_run *run;
	enum sim_alike alike;
	bool all_moves; /* leave no task aside: see ample.h */
	/* A run ended in a state that is new, or was stopped: ->trace and ->run
	 * have it.  Other runs may be made inside.  0, 1: enough, or -errno. */
	int (*ended)(void *arg);
	/* Now and then; true: enough. */
	bool (*progress)(void *arg);
	/* What it found out is to be forgotten: the search begins anew. */
	void (*again)(void *arg);
	void *arg;
	/* Filled. */
	uint64_t states, transitions, cycles, widened;
	size_t bytes;
	bool exhausted; /* nothing is left */
	char error[SIM_TEXT_MAX];
};

/* May states of this scenario be compared on this carrier?  If not, why. */
bool sim_graph_can(const struct sim_run_config *config, char *reason);

/* 0, or -errno with ->error. */
int sim_graph_search(struct sim_graph *graph);

#endif
