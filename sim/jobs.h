/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jobs.h - pieces of work in processes of their own, some at a time, so that
 * they use every processor and none takes the others down with it.
 */
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SIM_JOBS_MAX 64 /* at a time */

/* How a job ended.  @bytes are all that it wrote, as far as it came. */
struct sim_job_end {
	const char *bytes;
	size_t size;
	bool complete; /* it came to the end of its work */
	char error[64]; /* if not: why, "killed by signal 11" */
};

struct sim_jobs {
	unsigned nr; /* of pieces of work */
	unsigned at_once; /* 1 to SIM_JOBS_MAX */
	/* In the process: do the @nth piece and write down what came of it.
	 * sim_progress_report() says when to give up early. */
	void (*work)(unsigned nth, FILE *out, void *arg);
	/* Here, in the order in which they end.  Also for pieces that were
	 * never begun, after an interrupt. */
	void (*take)(unsigned nth, const struct sim_job_end *end, void *arg);
	/* Here, when a piece begins; optional. */
	void (*begin)(unsigned nth, void *arg);
	/* Here, now and then: is the rest still wanted?  Optional.  After false
	 * everything ends as after an interrupt. */
	bool (*wanted)(void *arg);
	void *arg;
};

/*
 * Do all of it.  Between sim_progress_begin() and _end(): a signal that these
 * note has every job give up, write what it knows and end; whoever has not
 * within a second is killed.
 */
void sim_jobs_run(const struct sim_jobs *jobs);

/* Inside work(): should it give up?  Also when nobody listens any more. */
bool sim_jobs_stopped(void);

/* The same for struct sim_options. */
struct sim_progress;
int sim_jobs_progress(const struct sim_progress *progress, void *arg);

#endif
