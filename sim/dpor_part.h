/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor_part.h - a part of a dpor search: what hangs below a path, for a process
 * that searches there while others search elsewhere.
 *
 * The nodes on the path up to a certain one are shared: others search below
 * them, too.  What is to be tried there is not tried by the part, but told.
 */
#ifndef SIM_DPOR_PART_H
#define SIM_DPOR_PART_H

#include "wire.h"

/*
 * Begin with what @in says, in this order: counts that are low; of each shared
 * node the step that leads on from it and who sleeps there; and then, as
 * sim_part_save_rest() writes it, what is left to do below.  @dpor: as
 * sim_dpor_make() makes it, between two runs.  False: it says what can not be,
 * or there is no memory (in->no_memory).
 */
bool sim_part_load(struct sim_strategy *dpor, struct sim_in *in);

/* Has the last run shown that one more count is low?  All is void then. */
bool sim_part_is_void(struct sim_strategy *dpor);

/* All that are known. */
const struct sim_counts *sim_part_counts(struct sim_strategy *dpor);
/* Those that are low. */
void sim_part_save_low(struct sim_strategy *dpor, struct sim_out *out);

/* The step that leads on from the last shared node, once it was made. */
void sim_part_save_made(struct sim_strategy *dpor, struct sim_out *out);

/* What is to be tried at shared nodes, as trees, with the values that counts
 * have there: a node's depth plus 1 each, and 0 at the end. */
void sim_part_save_planted(struct sim_strategy *dpor, struct sim_out *out);

/* Share more nodes, down to the first one with something left to try, and all
 * that is known of them: how many, and each.  Behind begin(), not in a run. */
void sim_part_save_shared(struct sim_strategy *dpor, struct sim_out *out);

/* The rest: how many nodes are not shared; of each its step, who sleeps, and
 * what is to be tried; and what grows below the last. */
void sim_part_save_rest(struct sim_strategy *dpor, struct sim_out *out);

#endif
