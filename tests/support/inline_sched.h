/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inline_sched.h - a scheduler for tests: everything at once, all written down.
 *
 * Tasks run to their end inside kthread_run(); each operation, finding and
 * modelled call leaves one line in a transcript that tests compare exactly.
 */
#ifndef VFIOSIM_TESTS_INLINE_SCHED_H
#define VFIOSIM_TESTS_INLINE_SCHED_H

#include <vfiosim/sched.h>

#define INLINE_OPS_MAX 256
#define INLINE_ACCESSES_MAX 2048
#define INLINE_TEXT_MAX 8192
#define INLINE_CALLS_MAX 8

struct inline_access {
	const void *obj;
	enum sched_access how;
};

struct inline_sched {
	unsigned self; /* the running task */
	unsigned tasks; /* made by kthread_run() */
	unsigned nr_ops;
	struct sched_op op[INLINE_OPS_MAX]; /* as announced */
	unsigned pending; /* announced, not done */
	struct sched_op done; /* the last that was done, as it was then */
	unsigned nr_accesses;
	struct inline_access access[INLINE_ACCESSES_MAX];
	unsigned reports[SCHED_REPORT_NR];
	const void *report_obj; /* of the last report */
	void (*on_report)(const struct sched_report *report); /* may be NULL */
	const void *freed; /* the last block that was about to be freed */
	size_t freed_size;
	unsigned nr_calls;
	struct {
		unsigned nth; /* operation, from 1 */
		unsigned task;
		void (*fn)(void *arg);
		void *arg;
	} call[INLINE_CALLS_MAX];
	unsigned wish[SCHED_KIND_NR]; /* outcome to take where it may be */
	char text[INLINE_TEXT_MAX];
};

extern struct inline_sched inline_sched;

/* Forget everything and become the installed scheduler; task 1 runs. */
void inline_sched_begin(void);

/* Let tasks run free again.  Fails the test if an operation that was announced
 * was never done. */
void inline_sched_end(void);

/* When the @nth operation from the beginning is announced, let @task run
 * fn(arg) before it proceeds. */
void inline_sched_call_at(unsigned nth, unsigned task, void (*fn)(void *arg),
			  void *arg);

/* May the @nth operation, from 1, proceed now with @outcome? */
bool inline_sched_ready(unsigned nth, unsigned outcome);

/* Compare the transcript, and empty it. */
void inline_sched_expect(const char *text);

/* How often was @obj accessed so? */
unsigned inline_sched_accesses(const void *obj, enum sched_access how);

#endif
