/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.h - a list of switches and choices that replays one run.
 *
 * docs/schedule-format.md describes the text.  Files are untrusted input.
 */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include "trace.h"

#include <vfiosim/sim.h>

/* Of tasks.  Each step of the longest run may be another task's, and have an
 * outcome to choose; so whatever a run can show has a schedule. */
#define SCHEDULE_LINES_MAX (2 * SIM_STEPS_MAX)
#define SCHEDULE_LINE_MAX 512
/* As many lines of the greatest length, and room for a header. */
#define SCHEDULE_BYTES_MAX ((SCHEDULE_LINES_MAX + 64) * SCHEDULE_LINE_MAX)
#define SCHEDULE_NAME_MAX 128

enum sim_line_type {
	SIM_LINE_PAST, /* runs until it is past POINT */
	SIM_LINE_BEFORE, /* runs until it is about to POINT */
	SIM_LINE_BLOCKS, /* runs until it blocks */
	SIM_LINE_END, /* runs to its end */
	SIM_LINE_CHOICE /* POINT fails, expires, is interrupted */
};

/* An operation by name: the @nth time the task does @kind to @object in
 * @func. */
struct sim_point {
	enum sched_kind kind;
	char object[SCHEDULE_NAME_MAX], func[SCHEDULE_NAME_MAX];
	unsigned nth;
};

struct sim_line {
	enum sim_line_type type;
	char task[SIM_TASK_NAME_MAX];
	struct sim_point point;
	unsigned outcome; /* of a choice */
	int lineno;
};

struct sim_schedule {
	char scenario[SCHEDULE_NAME_MAX];
	struct kernel_era era;
	uint64_t invariants; /* that were on */
	struct sim_faults faults; /* that might happen */
	enum sim_verdict verdict;
	bool has_verdict;
	char found[SIM_TEXT_MAX];
	struct sim_line *lines;
	unsigned nr_lines;
	int end_lineno; /* where it says so */
};

/*
 * Parse @text.  @name stands for the file in @error (SIM_TEXT_MAX), which
 * names line, expectation and what stands there.  Returns 0, -EINVAL, -ENOMEM.
 */
int sim_schedule_parse(const char *text, const char *name,
		       struct sim_schedule *ret_schedule, char *error);
void sim_schedule_release(struct sim_schedule *schedule);

/*
 * Find the scenario of a schedule, or compare it with the given *scenario.
 * Returns 0, -EINVAL: another one; -ENOENT: unknown; with @error set.
 */
int sim_schedule_scenario(const struct sim_schedule *schedule, const char *name,
			  const struct sim_scenario **scenario, char *error);

/* The schedule that repeats @trace up to its end, with its
 * invariants and faults.  Returns malloced text, or NULL: out of memory.  @found: the line for `found`; NULL: none. */
char *sim_schedule_write(const struct sim_trace *trace, const char *scenario,
			 const struct kernel_era *era, const char *found);

/* How a line reads; for errors and reports.  Returns @buf. */
const char *sim_line_format(const struct sim_line *line, char *buf,
			    size_t size);

/*
 * The strategy that follows @schedule, which must outlive it.  @trace: that of
 * the run.  @name, @error: as in parsing; set when a line cannot be followed.
 */
struct sim_strategy *sim_replay_make(const struct sim_schedule *schedule,
				     const struct sim_trace *trace,
				     const char *name, char *error);

/* After the run: 0, or -EINVAL with the error set if lines are left over. */
int sim_replay_finish(struct sim_strategy *strategy);

#endif
