/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * states.h - the states that a search has seen, and the way back to each.
 *
 * A state is made of parts: each task, the books of the machine, pieces of its
 * memory.  Each part is kept once, and a state is the list of its parts, so
 * telling states apart is comparing them, byte by byte.
 */
#ifndef SIM_STATES_H
#define SIM_STATES_H

#include "engine_image.h"
#include "intern.h"

#define SIM_STATES_CHUNK 1024u

struct sim_task_set {
	uint64_t words[(SIM_TASKS_MAX + 63) / 64];
};

/* Zeroed, but for ->alike, to begin with. */
struct sim_states {
	enum sim_alike alike;
	struct sim_intern tasks, books, chunks, rest, states;
	struct sim_intern_store store; /* of all of them */
	uint32_t *
		parts; /* of what is in memory: the bytes of a key of ->states */
	size_t nr_parts, parts_max, nr_tasks, nr_chunks;
	struct sim_task_set moved; /* tasks, since then */
	/* Tasks on whose stacks others write: what they wait with is there. */
	struct sim_task_set exposed;
	unsigned changes; /* to the books, when they were last looked at */
	bool lost; /* what is in memory is no state that is known */
	uint64_t *key; /* scratch */
	size_t key_max;
	bool no_chain; /* why there is no key: no frame pointers */
};

/* @task made a step, which sim_engine_footprint() describes. */
void sim_states_moved(struct sim_states *states, unsigned task);

/*
 * The run stands between two steps.  @rest, @nr: what else tells states apart.
 * Returns the state, and whether it is new; 0: no memory, or ->no_chain.
 */
uint32_t sim_states_here(struct sim_states *states, const uint64_t *rest,
			 size_t nr, bool *ret_new);

/* Tasks and memory become what they were in @state; sim_engine_restore() is to
 * be called first. */
void sim_states_go(struct sim_states *states, uint32_t state);

/* The run went on past what can be a state. */
void sim_states_lose(struct sim_states *states);

size_t sim_states_bytes(const struct sim_states *states);
static inline size_t sim_states_nr(const struct sim_states *states)
{
	return states->states.nr ? states->states.nr - 1 : 0;
}

void sim_states_release(struct sim_states *states);

#endif
