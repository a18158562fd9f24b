/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_commit.c - the diagram for a commit message: a column per CPU, calls
 * nested, facts in place, the consequence last, never beyond column 75.
 *
 * Calls that lead to nothing are left out.  When the rest is too long or too
 * wide, so are those that only pass on to another call, outermost first.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* "git log" indents by four, terminals have 80. */
#define LINE_MAX_COLUMNS 75
#define MARGIN 2
#define GAP 2
/* Columns of less look crammed: 24 apart is what most commits have. */
#define COLUMN_MIN 22
#define INDENT 2
#define ARROW 3 /* "=> " */
/* Calls are left out above this; rows in the middle above that. */
#define ROWS_GOAL 24u
#define ROWS_MAX 44u
#define ROWS_HEAD 14u
/* A consequence is wrapped, and asks for no more than this. */
#define WRAP_MIN 24
#define ROW_TEXT_MAX 192

#define FRAME_NONE REPORT_NONE

struct row {
	size_t event; /* whose text it is */
	size_t frame; /* innermost call around it */
	unsigned task;
	bool call, waits;
	bool silent; /* no text: only its call is worth a row */
};

struct rows {
	struct row *row;
	size_t nr, max;
};

struct diagram {
	const struct sim_trace *trace;
	bool *marks;
	size_t *frame; /* of each event: innermost open call */
	bool *shown; /* of each call */
	bool *printed; /* of each call */
	struct rows facts, all;
	int start[SIM_SCENARIO_TASKS_MAX * 4 + 1]; /* first column, per task */
	bool failed;
};

#define TASKS_MAX (sizeof(((struct diagram *)0)->start) / sizeof(int))

static void add_row(struct diagram *d, struct rows *rows, struct row row)
{
	if (rows->nr == rows->max) {
		size_t max = rows->max ? 2 * rows->max : 64;
		void *p = realloc(rows->row, max * sizeof(*rows->row));

		if (!p) {
			d->failed = true;
			return;
		}
		rows->row = p;
		rows->max = max;
	}
	rows->row[rows->nr++] = row;
}

/* ------------------------------------------------------------------- facts */

static void find_frames(struct diagram *d)
{
	size_t open[TASKS_MAX], i;

	for (i = 0; i < TASKS_MAX; i++)
		open[i] = FRAME_NONE;
	for (i = 0; i < d->trace->nr_events; i++) {
		const struct sim_event *e = &d->trace->events[i];
		size_t *mine = &open[e->task];

		d->frame[i] = *mine;
		if (e->type == SIM_EVENT_ENTER)
			*mine = i;
		else if (e->type == SIM_EVENT_LEAVE && *mine != FRAME_NONE)
			*mine = d->frame[*mine];
	}
}

/* The innermost call of @task when event @at happens. */
static size_t frame_at(const struct diagram *d, size_t at, unsigned task)
{
	while (at-- > 0) {
		const struct sim_event *e = &d->trace->events[at];

		if (e->task != task)
			continue;
		if (e->type == SIM_EVENT_ENTER)
			return at;
		if (e->type == SIM_EVENT_LEAVE)
			return d->frame[at] == FRAME_NONE ?
				       FRAME_NONE :
				       d->frame[d->frame[at]];
		return d->frame[at];
	}
	return FRAME_NONE;
}

/* Does @task have a fact in this range; or, with @others, another task? */
static bool has_facts(const struct diagram *d, size_t from, size_t to,
		      unsigned task, bool others)
{
	size_t i;

	for (i = from; i < to; i++)
		if (d->marks[i] && d->trace->events[i].task &&
		    (d->trace->events[i].task == task) != others)
			return true;
	return false;
}

/* Did the task's place in the queue of what it waits for get a row? */
static bool queue_shown(const struct diagram *d, size_t at, size_t awaited)
{
	const struct sim_event *wait = &d->trace->events[awaited];

	while (at-- > 0) {
		const struct sim_event *e = &d->trace->events[at];

		if (e->task == wait->task && e->type == SIM_EVENT_STEP)
			return e->kind == SCHED_QUEUE && e->obj == wait->obj &&
			       d->marks[at];
	}
	return false;
}

/*
 * At the switch @at a task had to wait: say for what, if others did something
 * worth a row meanwhile, and it does so at all.  If it waits to the end, this
 * row stands for the one there.
 */
static void add_wait(struct diagram *d, size_t at)
{
	const struct sim_trace *t = d->trace;
	unsigned task = sim_report_previous(t, at);
	size_t awaited = sim_report_next(t, at, task);

	if (awaited == REPORT_NONE || queue_shown(d, at, awaited) ||
	    !has_facts(d, at, awaited, task, true) ||
	    !has_facts(d, 0, t->nr_events, task, false))
		return;
	if (t->events[awaited].type == SIM_EVENT_PENDING)
		d->marks[awaited] = false;
	add_row(d, &d->facts,
		(struct row){ .event = awaited,
			      .frame = frame_at(d, at, task),
			      .task = task,
			      .waits = true });
}

/* Is it a place in a queue whose turn never comes? */
static bool waits_for_ever(const struct sim_trace *t, size_t at)
{
	const struct sim_event *e = &t->events[at];
	size_t next;

	if (e->type != SIM_EVENT_STEP || e->kind != SCHED_QUEUE)
		return e->type == SIM_EVENT_PENDING;
	next = sim_report_next(t, at + 1, e->task);
	return next != REPORT_NONE && t->events[next].type == SIM_EVENT_PENDING;
}

static void find_facts(struct diagram *d)
{
	const struct sim_trace *t = d->trace;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type == SIM_EVENT_STEP && e->how == SIM_SWITCH_BLOCKED)
			add_wait(d, i);
		if (d->marks[i])
			add_row(d, &d->facts,
				(struct row){ .event = i,
					      .frame = d->frame[i],
					      .task = e->task,
					      .waits = waits_for_ever(t, i),
					      .silent = e->type ==
							SIM_EVENT_ACCESS });
	}
}

/* ------------------------------------------------------------------- calls */

static void show_calls(struct diagram *d)
{
	size_t i, f;

	for (i = 0; i < d->facts.nr; i++)
		for (f = d->facts.row[i].frame; f != FRAME_NONE;
		     f = d->frame[f])
			d->shown[f] = true;
}

static size_t shown_parent(const struct diagram *d, size_t frame)
{
	while (frame != FRAME_NONE && !d->shown[frame])
		frame = d->frame[frame];
	return frame;
}

static int depth_of(const struct diagram *d, size_t frame)
{
	int depth = 0;

	for (; frame != FRAME_NONE; frame = d->frame[frame])
		depth += d->shown[frame];
	return depth;
}

/* Does the call only lead to one other, inside a third? */
static bool passes_on(const struct diagram *d, size_t frame)
{
	unsigned children = 0;
	size_t i;

	if (shown_parent(d, d->frame[frame]) == FRAME_NONE)
		return false;
	for (i = 0; i < d->facts.nr; i++)
		if (shown_parent(d, d->facts.row[i].frame) == frame)
			return false;
	for (i = frame + 1; i < d->trace->nr_events; i++)
		children += d->trace->events[i].type == SIM_EVENT_ENTER &&
			    d->shown[i] &&
			    shown_parent(d, d->frame[i]) == frame;
	return children <= 1;
}

/* A put says less than the release that it leads to: it goes first. */
static bool is_put(const char *func)
{
	size_t n = strlen(func);

	return n > 4 && !strcmp(func + n - 4, "_put");
}

/* Leave out the outermost call that can go; false: none can. */
static bool drop_call(struct diagram *d)
{
	size_t i, best = FRAME_NONE;
	int depth, best_depth = 0;

	for (i = 0; i < d->trace->nr_events; i++) {
		if (!d->shown[i] || !passes_on(d, i))
			continue;
		depth = is_put(d->trace->events[i].func) ? 0 : depth_of(d, i);
		if (best == FRAME_NONE || depth < best_depth) {
			best = i;
			best_depth = depth;
		}
	}
	if (best == FRAME_NONE)
		return false;
	d->shown[best] = false;
	return true;
}

/* -------------------------------------------------------------------- rows */

static void add_calls(struct diagram *d, const struct row *fact, size_t frame)
{
	if (frame == FRAME_NONE)
		return;
	add_calls(d, fact, d->frame[frame]);
	if (!d->shown[frame] || d->printed[frame])
		return;
	d->printed[frame] = true;
	add_row(d, &d->all,
		(struct row){ .event = frame,
			      .frame = d->frame[frame],
			      .task = fact->task,
			      .call = true });
}

static void make_rows(struct diagram *d)
{
	size_t i;

	memset(d->printed, 0, d->trace->nr_events * sizeof(bool));
	d->all.nr = 0;
	for (i = 0; i < d->facts.nr; i++) {
		const struct row *fact = &d->facts.row[i];

		add_calls(d, fact, fact->frame);
		if (!fact->silent)
			add_row(d, &d->all, *fact);
	}
}

static bool is_finding(const struct diagram *d, const struct row *row)
{
	return d->trace->events[row->event].type == SIM_EVENT_FINDING;
}

static const char *row_text(const struct diagram *d, const struct row *row,
			    char *buf, size_t size)
{
	const struct sim_event *e = &d->trace->events[row->event];
	char source[ROW_TEXT_MAX];

	if (is_finding(d, row) && e->kind == SIM_REFUSED)
		snprintf(buf, size, "=> %s", e->label);
	else if (is_finding(d, row))
		snprintf(buf, size, "=> %s: %s",
			 sim_verdict_name((enum sim_verdict)e->kind), e->label);
	else
		snprintf(buf, size, "%s%s",
			 sim_report_source(d->trace, row->event, source,
					   sizeof(source)),
			 row->waits ? " /* waits */" : "");
	return buf;
}

static int indent_of(const struct diagram *d, const struct row *row)
{
	return INDENT * depth_of(d, row->frame);
}

/* ------------------------------------------------------------------ layout */

static int header_width(const struct diagram *d, unsigned task)
{
	return (int)strlen(sim_report_role(d->trace, task)) + 7;
}

/* Columns that a task needs; 0: it has no row. */
static int task_width(const struct diagram *d, unsigned task)
{
	char text[SIM_TEXT_MAX];
	int widest = 0;
	size_t i;

	for (i = 0; i < d->all.nr; i++) {
		const struct row *row = &d->all.row[i];
		int width;

		if (row->task != task)
			continue;
		width = (int)strlen(row_text(d, row, text, sizeof(text)));
		if (is_finding(d, row) && width > WRAP_MIN)
			width = WRAP_MIN;
		width += indent_of(d, row);
		widest = width > widest ? width : widest;
	}
	if (widest && widest < header_width(d, task))
		widest = header_width(d, task);
	return widest;
}

/*
 * Choose where columns begin.  Side by side if they fit; else a column begins
 * as far left as its widest row needs, and rows of two may overlap, which is
 * no harm on different lines.  Returns whether all is side by side.
 */
static bool lay_out(struct diagram *d)
{
	int next = MARGIN, latest;
	bool fits = true;
	unsigned task;

	for (task = 1; task < d->trace->nr_names; task++) {
		int width = task_width(d, task);

		d->start[task] = next;
		if (!width)
			continue;
		latest = LINE_MAX_COLUMNS - width;
		if (next > latest) {
			fits = false;
			d->start[task] = latest > MARGIN ? latest : MARGIN;
		}
		if (width < COLUMN_MIN && task < d->trace->nr_names - 1 &&
		    d->start[task] + COLUMN_MIN + GAP +
				    task_width(d, task + 1) <=
			    LINE_MAX_COLUMNS)
			width = COLUMN_MIN;
		next = d->start[task] + width + GAP;
	}
	return fits;
}

/* Headers share a line, so they must not overlap. */
static void separate_headers(struct diagram *d)
{
	int from = MARGIN;
	unsigned task;

	for (task = 1; task < d->trace->nr_names; task++) {
		if (!task_width(d, task))
			continue;
		if (d->start[task] < from)
			d->start[task] = from;
		from = d->start[task] + header_width(d, task) + GAP;
	}
}

static void arrange(struct diagram *d)
{
	do {
		make_rows(d);
		if (lay_out(d) && d->all.nr <= ROWS_GOAL)
			return;
	} while (!d->failed && drop_call(d));
	separate_headers(d);
}

/* ---------------------------------------------------------------- printing */

static void print_header(const struct diagram *d, FILE *out)
{
	char line[LINE_MAX_COLUMNS + 1], name[LINE_MAX_COLUMNS + 1];
	unsigned task, pass, cpu;

	for (pass = 0; pass < 2; pass++) {
		size_t used = 0;

		line[0] = '\0';
		for (task = 1, cpu = 0; task < d->trace->nr_names; task++) {
			if (!task_width(d, task))
				continue;
			snprintf(name, sizeof(name), "CPU%u (%s)", cpu++,
				 sim_report_role(d->trace, task));
			used += (size_t)snprintf(line + used,
						 sizeof(line) - used, "%*s%s",
						 d->start[task] - (int)used, "",
						 pass ? "----" : name);
			if (used >= sizeof(line))
				used = sizeof(line) - 1;
		}
		fprintf(out, "%s\n", line);
	}
}

/* One row that is too long ends in "...". */
static void print_cut(FILE *out, int at, const char *text)
{
	int room = LINE_MAX_COLUMNS - at;
	int n = (int)strlen(text);

	if (n <= room)
		fprintf(out, "%*s%s\n", at, "", text);
	else
		fprintf(out, "%*s%.*s...\n", at, "", room - 3, text);
}

/* Length of the part of @text that fits into @room: whole words, if any. */
static int fitting(const char *text, int room)
{
	int n = (int)strlen(text), i;

	if (n <= room)
		return n;
	for (i = room; i > 0 && text[i] != ' '; i--)
		;
	return i ? i : room;
}

/* A consequence goes on below, behind its arrow. */
static void print_wrapped(FILE *out, int at, const char *text)
{
	int arrow = 0;

	while (*text) {
		int n = fitting(text, LINE_MAX_COLUMNS - at - arrow);

		fprintf(out, "%*s%.*s\n", at + arrow, "", n, text);
		text += n;
		text += strspn(text, " ");
		arrow = ARROW;
	}
}

/* Where a row begins: less deep than it should if there is no room else. */
static int row_start(const struct diagram *d, const struct row *row,
		     const char *text)
{
	int start = row->task ? d->start[row->task] : MARGIN;
	int at = start + indent_of(d, row), width = (int)strlen(text);
	int latest;

	if (is_finding(d, row) && width > WRAP_MIN)
		width = WRAP_MIN;
	latest = LINE_MAX_COLUMNS - width;
	if (at > latest)
		at = latest > start ? latest : start;
	return at;
}

static void print_row(const struct diagram *d, const struct row *row, FILE *out)
{
	char text[SIM_TEXT_MAX + 32];
	int at;

	row_text(d, row, text, sizeof(text));
	at = row_start(d, row, text);
	if (is_finding(d, row))
		print_wrapped(out, at, text);
	else
		print_cut(out, at, text);
}

static void print_rows(const struct diagram *d, FILE *out)
{
	size_t tail = ROWS_MAX - ROWS_HEAD, i;
	bool cut = d->all.nr > ROWS_MAX;

	for (i = 0; i < d->all.nr; i++) {
		if (cut && i == ROWS_HEAD) {
			fprintf(out, "\n%*s...\n", MARGIN, "");
			i = d->all.nr - tail;
		}
		if (i && d->all.row[i].task != d->all.row[i - 1].task)
			fputc('\n', out);
		print_row(d, &d->all.row[i], out);
	}
}

static bool allocate(struct diagram *d)
{
	size_t nr = d->trace->nr_events + 1;

	d->marks = sim_report_slice(d->trace);
	d->frame = calloc(nr, sizeof(*d->frame));
	d->shown = calloc(nr, sizeof(*d->shown));
	d->printed = calloc(nr, sizeof(*d->printed));
	return d->marks && d->frame && d->shown && d->printed &&
	       d->trace->nr_names < TASKS_MAX;
}

static void release(struct diagram *d)
{
	free(d->marks);
	free(d->frame);
	free(d->shown);
	free(d->printed);
	free(d->facts.row);
	free(d->all.row);
}

void sim_report_commit(FILE *out, const struct sim_finding *finding,
		       const struct sim_trace *trace)
{
	struct diagram d = { .trace = trace };

	(void)finding;
	if (allocate(&d)) {
		find_frames(&d);
		find_facts(&d);
		show_calls(&d);
		arrange(&d);
	} else {
		d.failed = true;
	}
	if (d.failed) {
		fprintf(out, "out of memory for the diagram\n");
	} else {
		print_header(&d, out);
		print_rows(&d, out);
	}
	release(&d);
}
