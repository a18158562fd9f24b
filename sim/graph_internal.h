/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph_internal.h - a search by states, shared by graph.c, which goes from one
 * to the next, and graph_again.c, which makes the runs that lead to their ends.
 */
#ifndef SIM_GRAPH_INTERNAL_H
#define SIM_GRAPH_INTERNAL_H

#include "ample.h"
#include "graph.h"
#include "wakeup.h"

struct graph_move {
	unsigned char task, outcome;
};
_Static_assert(SIM_TASKS_MAX <= UINT8_MAX, "a move names a task");

/* A move that need not be made: all that can come behind it was seen. */
struct graph_sleeper {
	struct graph_move move;
	struct sim_touched *touched;
};

/* A state on the way to the present one. */
struct graph_frame {
	uint32_t state;
	size_t first, next, end; /* its moves */
	size_t sleepers; /* those that sleep there; up to the next frame's */
	size_t path; /* moves that led there */
	struct sim_engine_image image;
	struct sim_raw_finding *findings; /* that there were, or NULL */
};

/* Of a state: who slept there whenever it was reached, and how often it is on
 * the way to the present one. */
struct graph_seen {
	uint64_t slept;
	unsigned open;
};

struct graph_search {
	struct sim_graph *g;
	struct sim_running running;
	struct sim_trace quiet; /* of the run that goes back and forth */
	struct sim_run run;
	struct sim_states states;
	struct sim_ample ample;
	struct graph_frame *frames;
	size_t depth, frames_max;
	struct graph_move *moves;
	size_t nr_moves, moves_max;
	struct graph_move *path; /* all moves that led to where the run is */
	size_t nr_path, path_max;
	struct graph_sleeper
		*sleepers; /* of all frames, and of what comes next */
	size_t nr_sleepers, sleepers_max;
	struct sim_touched_pool pool;
	struct graph_seen *seen; /* by state */
	size_t seen_max;
	size_t here; /* the frame in whose state the run is, plus 1 */
	bool stop;
};

/* Writes down why; returns @ret. */
int sim_graph_fail(struct graph_search *search, int ret, const char *text);

/* Whatever the run was doing, no machine is left. */
void sim_graph_give_up_run(void);

/* The run that led here, which ended with @status, from boot to halt: that it
 * ends alike shows that going back and forth did no harm.  0 or -errno. */
int sim_graph_make_again(struct graph_search *search, enum sim_status status);

/* The run came back to @state on its way, one of the first @depth: it need never
 * end.  A few such are told as what they are, a run that goes round until the
 * limit of steps.  0 or -errno. */
int sim_graph_go_round(struct graph_search *search, uint32_t state,
		       size_t depth);

#endif
