/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tally.h - how often tasks did the same thing before, which is how a schedule
 * tells one time from another.  Each event of a trace is looked at once.
 */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "schedule.h"

struct sim_tally_count {
	uint64_t key; /* of a task and a point; 0: free */
	unsigned nr;
};

struct sim_tally {
	struct sim_tally_count *counts; /* open addressing */
	size_t max;
	size_t events; /* of the trace, looked at so far */
};

/* Room for so many different points.  Returns 0 or -ENOMEM. */
int sim_tally_init(struct sim_tally *tally, size_t points_max);
void sim_tally_release(struct sim_tally *tally);

/* Count the point of @line for its task from here on; before any event. */
void sim_tally_watch(struct sim_tally *tally, const struct sim_line *line);

/* How often has the task passed the point of @line, which is watched? */
unsigned sim_tally_passed(struct sim_tally *tally,
			  const struct sim_trace *trace,
			  const struct sim_line *line);

/* Which time is it that its task does the step at @at?  Counts every point;
 * @at never goes back. */
unsigned sim_tally_nth(struct sim_tally *tally, const struct sim_trace *trace,
		       size_t at);

#endif
