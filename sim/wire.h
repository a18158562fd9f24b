/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.h - what processes of one search tell each other, as bytes: numbers,
 * texts, footprints, moves and wakeup trees.
 *
 * Bytes may come from a file, and are not trusted: a reader that met what can
 * not be says so, and reads zeros from then on.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "wakeup.h"

/* ---------------------------------------------------------------- writing */

/* Zeroed to begin with. */
struct sim_out {
	unsigned char *bytes;
	size_t nr, max;
	bool failed; /* no memory */
	bool foreign; /* an address that means nothing to another process */
	struct sim_touched **known; /* footprints that stand there already */
	size_t nr_known, known_max;
};

/* Empty, with its memory. */
void sim_out_clear(struct sim_out *out);
void sim_out_release(struct sim_out *out);

void sim_out_number(struct sim_out *out, uint64_t number);
void sim_out_signed(struct sim_out *out, int64_t number);
void sim_out_bytes(struct sim_out *out, const void *bytes, size_t nr);
/* With its length. */
void sim_out_text(struct sim_out *out, const char *text);
/* Memory that tasks share, wherever it lies in the next process. */
void sim_out_address(struct sim_out *out, const void *address);
void sim_out_move(struct sim_out *out, const struct sim_move *move);
void sim_out_moves(struct sim_out *out, const struct sim_move *moves,
		   size_t nr);
void sim_out_tree(struct sim_out *out, const struct sim_wakeup *wakeup,
		  unsigned first);
/* Footprints that come next do not refer to those before. */
void sim_out_forget(struct sim_out *out);

/* ---------------------------------------------------------------- reading */

/* All but the first three zeroed to begin with. */
struct sim_in {
	const unsigned char *bytes;
	size_t nr;
	struct sim_touched_pool *pool; /* footprints come from there */
	size_t at;
	bool bad, no_memory;
	struct sim_touched **known;
	size_t nr_known, known_max;
	struct sim_footprint footprint; /* scratch */
};

/* Done, or to be read no further.  Returns whether all was as it should. */
bool sim_in_end(struct sim_in *in);
/* The same, if every byte was read. */
bool sim_in_finish(struct sim_in *in);

uint64_t sim_in_number(struct sim_in *in);
/* At most @max, or it is bad. */
unsigned sim_in_count(struct sim_in *in, unsigned max);
int64_t sim_in_signed(struct sim_in *in);
/* NULL: there are not so many. */
const void *sim_in_bytes(struct sim_in *in, size_t nr);
/* A malloced text, or NULL. */
char *sim_in_text(struct sim_in *in);
const void *sim_in_address(struct sim_in *in);
/* Its footprint has one reference more, for the caller. */
struct sim_move sim_in_move(struct sim_in *in);
/* Behind the siblings that begin at *@first, without asking who is there. */
void sim_in_tree(struct sim_in *in, struct sim_wakeup *wakeup, unsigned *first);
void sim_in_forget(struct sim_in *in);

/* ------------------------------------------------------------------ places */

/* Stands for the program's code and that of its libraries. */
uint64_t sim_wire_build(void);

/* FNV-1a, for checksums. */
uint64_t sim_wire_hash(const void *bytes, size_t nr);

#endif
