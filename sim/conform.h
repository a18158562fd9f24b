/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform.h - does the model answer what the kernel answered?
 *
 * Replays recorded operation sequences (docs/conformance.md) and compares
 * every field of every step.  Nothing here can accept what the model says.
 */
#ifndef SIM_CONFORM_H
#define SIM_CONFORM_H

#include "symbols.h"

#include <vfiosim/sim.h>

#define CONFORM_LINE_MAX (1u << 20)
#define CONFORM_FILES_MAX 1024

/* Also the exit status of the subcommand; the larger one wins, but a
 * difference outweighs what could not be decided. */
enum conform_status {
	CONFORM_EQUAL,
	CONFORM_DIFFERENT,
	CONFORM_BAD_INPUT,
	CONFORM_UNDECIDED /* a limit was reached, or it was interrupted */
};

struct conform_options {
	const char *only; /* only the sequence of this name; NULL: all */
	enum sim_carrier_kind carrier;
	unsigned jobs; /* files at a time, each in a process; 0, 1: in here */
	bool verbose; /* a line for each sequence */
	bool quiet; /* neither differences nor the table */
	FILE *out, *progress; /* progress: how far it is; NULL: not wanted */
};

struct conform_total {
	unsigned long sequences, steps; /* steps: compared, and equal */
	unsigned long equal, different, undecided; /* sequences */
	bool interrupted;
	char error[SIM_TEXT_MAX]; /* of bad input: "FILE:LINE: expected ..." */
};

/**
 * sim_conform_run - compare files, in order
 * @files, @nr: JSON lines, plain or compressed by gzip
 * @ret_total: sums over all files, and what is wrong with the first bad one
 *
 * Prints what @options ask for.  Bad input ends the run, and so does a signal
 * after sim_progress_begin(); what was compared until then counts.
 */
enum conform_status sim_conform_run(const struct conform_options *options,
				    const char *const *files, unsigned nr,
				    struct conform_total *ret_total);

#endif
