/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - small random programs over everything that tasks can share.
 *
 * A program is data; a scenario interprets it.  What a task learns goes into a
 * block of its own, so that it is part of the final state.
 */
#ifndef VFIOSIM_TESTS_PROGRAM_H
#define VFIOSIM_TESTS_PROGRAM_H

#include "kit.h"

#define PROGRAM_TASKS_MAX 3
#define PROGRAM_OPS_MAX 4

struct program_op {
	unsigned char code, arg;
};

struct program {
	unsigned nr_tasks;
	unsigned nr_ops[PROGRAM_TASKS_MAX];
	struct program_op ops[PROGRAM_TASKS_MAX][PROGRAM_OPS_MAX];
	struct program_op child; /* what a spawned task does */
	int count, refs; /* initial values */
	bool leave; /* tasks end with the locks that they hold */
	bool timeouts, signals;
};

/*
 * The program of a seed, with about @runs_max interleavings at most.  It uses
 * few of the operations, so that those it uses meet.
 */
void program_make(struct program *program, uint64_t seed, double runs_max);

/*
 * Does it change counts?  Those commute in some states and not in others, so
 * one class of interleavings can be met from two sides, and is counted twice.
 */
bool program_counts(const struct program *program);

/* In how many tasks may an allocation fail, or a sleep end early? */
unsigned program_faults(const struct program *program);

/* One line for failures: "a: lock0 put | b: touch". */
const char *program_print(const struct program *program, char *buf,
			  size_t size);

/*
 * Calls @fn for the seeds 1 .. @programs; for the one of VFIOSIM_TEST_SEED, if
 * that is set, and for VFIOSIM_TEST_PROGRAMS from there on.
 */
void program_each(unsigned programs, void (*fn)(uint64_t seed));

/* The scenario that runs @program, which must outlive it. */
struct sim_scenario program_scenario(const struct program *program);

#endif
