/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_text.c - every step of a run, a column per task: what it did to which
 * object in which function, how that turned out, and why another task went on.
 */
#include "report.h"

#include <string.h>

/* Where columns begin.  They may overlap: a line holds one cell. */
#define NUMBER_WIDTH 6
#define COLUMN_WIDTH 34
#define COLUMN_WIDTH_NARROW 22

struct text {
	FILE *out;
	const struct sim_trace *trace;
	int width;
};

static int column(const struct text *r, unsigned task)
{
	return task ? (int)(task - 1) * r->width : 0;
}

/* @number 0: none. */
static void print_cell(const struct text *r, unsigned number, unsigned task,
		       const char *cell)
{
	if (number)
		fprintf(r->out, "%4u  %*s%s\n", number, column(r, task), "",
			cell);
	else
		fprintf(r->out, "%*s%s\n", NUMBER_WIDTH + column(r, task), "",
			cell);
}

static void print_header(const struct text *r)
{
	unsigned task;
	int at = NUMBER_WIDTH;

	fprintf(r->out, "step  ");
	for (task = 1; task < r->trace->nr_names; task++) {
		int gap = NUMBER_WIDTH + column(r, task) - at;

		/* Names that are too long push the next ones on. */
		if (task > 1 && gap < 1)
			gap = 1;
		at += fprintf(r->out, "%*s%s", gap, "", r->trace->names[task]);
	}
	fputc('\n', r->out);
}

/* "lock pair.b #1 in lock_ab", as schedules name points. */
static void format_point(const struct sim_event *e, char *buf, size_t size)
{
	char object[SIM_TEXT_MAX];

	snprintf(buf, size, "%s %s in %s",
		 sim_kind_name((enum sched_kind)e->kind),
		 sim_event_object(e, object, sizeof(object)), e->func);
}

/* Why did the task of the step before not go on? */
static void print_switch(const struct text *r, size_t at)
{
	const struct sim_trace *t = r->trace;
	unsigned previous = sim_report_previous(t, at);
	char cell[SIM_TEXT_MAX * 3], point[SIM_TEXT_MAX * 2];
	size_t awaited;

	switch ((enum sim_switch)t->events[at].how) {
	case SIM_SWITCH_NONE:
		return;
	case SIM_SWITCH_ENDED:
		snprintf(cell, sizeof(cell), "-- ended");
		break;
	case SIM_SWITCH_PREEMPTED:
		snprintf(cell, sizeof(cell), "-- preempted");
		break;
	case SIM_SWITCH_BLOCKED:
		awaited = sim_report_next(t, at, previous);
		point[0] = '\0';
		if (awaited != REPORT_NONE)
			format_point(&t->events[awaited], point, sizeof(point));
		snprintf(cell, sizeof(cell), "-- waits for %s", point);
		break;
	}
	print_cell(r, 0, previous, cell);
}

static void print_step(const struct text *r, size_t at)
{
	const struct sim_event *e = &r->trace->events[at];
	char cell[SIM_TEXT_MAX * 3], value[SIM_TEXT_MAX];
	const char *outcome =
		sim_outcome_name((enum sched_kind)e->kind, e->outcome);
	size_t used;

	print_switch(r, at);
	format_point(e, cell, sizeof(cell));
	used = strlen(cell);
	sim_report_value(e, value, sizeof(value));
	if (*value)
		used += (size_t)snprintf(cell + used, sizeof(cell) - used,
					 "%s%s",
					 e->kind == SCHED_READ ? ": " : " = ",
					 value);
	if (*outcome && used < sizeof(cell))
		snprintf(cell + used, sizeof(cell) - used, " %s", outcome);
	print_cell(r, e->step, e->task, cell);
}

static void print_event(const struct text *r, size_t at)
{
	const struct sim_event *e = &r->trace->events[at];
	char cell[SIM_TEXT_MAX * 3], point[SIM_TEXT_MAX * 2];
	const char *who = r->trace->names[e->task];

	switch ((enum sim_event_type)e->type) {
	case SIM_EVENT_STEP:
		if (e->task)
			print_step(r, at);
		return;
	case SIM_EVENT_NOTE:
		if (!e->task)
			return;
		snprintf(cell, sizeof(cell), "\"%s\"", e->label);
		print_cell(r, 0, e->task, cell);
		return;
	case SIM_EVENT_FACT:
	case SIM_EVENT_FREE:
		if (e->task)
			print_cell(r, 0, e->task,
				   sim_report_source(r->trace, at, cell,
						     sizeof(cell)));
		return;
	case SIM_EVENT_PENDING:
		format_point(e, point, sizeof(point));
		snprintf(cell, sizeof(cell), "-- stopped before %s", point);
		print_cell(r, 0, e->task, cell);
		return;
	case SIM_EVENT_FINDING:
		fprintf(r->out, "   => %s%s%s: %s\n", e->task ? who : "",
			e->task ? ": " : "",
			sim_verdict_name((enum sim_verdict)e->kind), e->label);
		return;
	default:
		return;
	}
}

void sim_report_text(FILE *out, const struct sim_finding *finding,
		     const struct sim_trace *trace)
{
	struct text r = { out, trace,
			  trace->nr_names > 3 ? COLUMN_WIDTH_NARROW :
						COLUMN_WIDTH };
	size_t i;

	print_header(&r);
	for (i = 0; i < trace->nr_events; i++)
		print_event(&r, i);
	(void)finding;
}
