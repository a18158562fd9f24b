/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - the line on a terminal that says how far an exploration is, and
 * the way to stop one.
 */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <vfiosim/sim.h>

/* From here on SIGINT and SIGTERM end an exploration; the second one kills. */
void sim_progress_begin(bool quiet);

/* For struct sim_options. */
int sim_progress_report(const struct sim_progress *progress, void *arg);

/* What stands there: "dpor: 56 k runs, 83 k/s, 0 found; about 35 % of 160 k,
 * 1 s left". */
void sim_progress_format(const struct sim_progress *progress, char *buf,
			 size_t size);

/* Erase the line.  Returns the seconds since sim_progress_begin(). */
double sim_progress_end(void);

/* Did a signal come? */
bool sim_progress_interrupted(void);

#endif
