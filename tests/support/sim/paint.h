/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paint.h - traces made by hand, for reports of runs that no scenario has.
 */
#ifndef VFIOSIM_TESTS_PAINT_H
#define VFIOSIM_TESTS_PAINT_H

#include "trace.h"

#define PAINT_TASKS_MAX 4

/* A trace and the objects it is about. */
struct paint {
	struct sim_trace trace;
	char object[16]; /* their addresses stand for objects */
};

/* Begin with tasks of these names, ended by NULL. */
void paint_begin(struct paint *paint, const char *const *names);
void paint_end(struct paint *paint);

/* A step of @task on object @nr, called @what in the source. */
struct sim_event *paint_step(struct paint *paint, unsigned task,
			     enum sched_kind kind, unsigned nr,
			     const char *what);

/* A step on a word, with the value read or left. */
void paint_word(struct paint *paint, unsigned task, enum sched_kind kind,
		unsigned nr, const char *what, int value);

void paint_enter(struct paint *paint, unsigned task, const char *func);
void paint_leave(struct paint *paint, unsigned task, const char *func);
void paint_access(struct paint *paint, unsigned task, unsigned nr, bool write);
void paint_free(struct paint *paint, unsigned task, unsigned nr,
		const char *type, unsigned type_nr);
void paint_note(struct paint *paint, unsigned task, const char *text);
void paint_fact(struct paint *paint, unsigned task, const char *text);
void paint_finding(struct paint *paint, unsigned task, enum sim_verdict verdict,
		   const char *text);

/* The report as text, malloced. */
char *paint_commit(const struct sim_trace *trace);
char *paint_text(const struct sim_trace *trace);

#endif
