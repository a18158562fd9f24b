/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras_follow.c - the strategy that makes the switches of a trace again where
 * tasks may do other steps than they did there.
 *
 * A schedule counts how often a task passes a point, and another era passes
 * some of them more or less often.  So of the last step before a switch and
 * the first one after it the rarer names the place; and a place that is never
 * reached is noted, not fatal: the run goes on with the next switch.
 */
#include "eras.h"

#include "memory.h"
#include "point.h"

#include <stdarg.h>
#include <string.h>

/* How often a task passed a point in the events looked at so far. */
struct tally {
	const struct sim_point *point;
	unsigned nr;
	size_t events;
};

struct follow {
	struct sim_strategy strategy;
	const struct sim_trace *trace;
	char *misfit;
	/* One per switch or choice; the last one: who goes on behind them. */
	struct sim_line *lines;
	size_t nr_lines, lines_max, at;
	struct tally tally, tally_choice;
	bool begun, failed;
};

static struct follow *follow_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct follow, strategy);
}

/* ------------------------------------------------------------- reading @model */

static bool is_step_of(const struct sim_event *e, unsigned task)
{
	return e->type == SIM_EVENT_STEP && e->task == task;
}

static bool same_point(const struct sim_event *e, const struct sim_point *p)
{
	char object[SIM_TEXT_MAX];

	return e->kind == p->kind && !strcmp(e->func, p->func) &&
	       !strcmp(sim_event_object(e, object, sizeof(object)), p->object);
}

/* How often did @task pass the point in the first @nr events?  Runs of many
 * steps must not count from the start at each. */
static unsigned count(struct tally *tally, const struct sim_trace *t, size_t nr,
		      unsigned task, const struct sim_point *p)
{
	if (tally->point != p)
		*tally = (struct tally){ .point = p };
	for (; tally->events < nr; tally->events++)
		tally->nr += is_step_of(&t->events[tally->events], task) &&
			     same_point(&t->events[tally->events], p);
	return tally->nr;
}

/* The point of the step at @at, with its number. */
static struct sim_point point_at(const struct sim_trace *t, size_t at)
{
	const struct sim_event *e = &t->events[at];
	struct sim_point p = { .kind = (enum sched_kind)e->kind };
	struct tally tally = { 0 };
	char object[SIM_TEXT_MAX];

	snprintf(p.object, sizeof(p.object), "%s",
		 sim_event_object(e, object, sizeof(object)));
	snprintf(p.func, sizeof(p.func), "%s", e->func);
	p.nth = 1 + count(&tally, t, at, e->task, &p);
	return p;
}

static struct sim_line *add_line(struct follow *f, const struct sim_trace *t,
				 unsigned task, enum sim_line_type type)
{
	struct sim_line *lines = sim_memory_grow(
		f->lines, &f->lines_max, f->nr_lines + 1, sizeof(*lines));
	struct sim_line *line;

	if (!lines) {
		f->failed = true;
		return NULL;
	}
	f->lines = lines;
	line = &lines[f->nr_lines++];
	memset(line, 0, sizeof(*line));
	line->type = type;
	snprintf(line->task, sizeof(line->task), "%s", t->names[task]);
	return line;
}

/* The next step of @task behind event @at, done or only pending; or NULL. */
static bool next_step(const struct sim_trace *t, size_t at, unsigned task,
		      size_t *ret_next)
{
	for (; at < t->nr_events; at++)
		if (t->events[at].task == task &&
		    (t->events[at].type == SIM_EVENT_STEP ||
		     t->events[at].type == SIM_EVENT_PENDING)) {
			*ret_next = at;
			return true;
		}
	return false;
}

/* @last: the step before the switch at @at. */
static void add_preemption(struct follow *f, const struct sim_trace *t,
			   size_t last, size_t at)
{
	unsigned task = t->events[last].task;
	struct sim_point past = point_at(t, last), before;
	struct sim_line *line = add_line(f, t, task, SIM_LINE_PAST);
	size_t next;

	if (!line)
		return;
	line->point = past;
	if (!next_step(t, at, task, &next))
		return;
	before = point_at(t, next);
	if (before.nth >= past.nth)
		return;
	line->type = SIM_LINE_BEFORE;
	line->point = before;
}

static void add_choice(struct follow *f, const struct sim_trace *t, size_t at)
{
	struct sim_line *line =
		add_line(f, t, t->events[at].task, SIM_LINE_CHOICE);

	if (!line)
		return;
	line->point = point_at(t, at);
	line->outcome = t->events[at].outcome;
}

static void add_switch(struct follow *f, const struct sim_trace *t, size_t last,
		       size_t at)
{
	switch ((enum sim_switch)t->events[at].how) {
	case SIM_SWITCH_NONE:
		return;
	case SIM_SWITCH_PREEMPTED:
		add_preemption(f, t, last, at);
		return;
	case SIM_SWITCH_BLOCKED:
		add_line(f, t, t->events[last].task, SIM_LINE_BLOCKS);
		return;
	case SIM_SWITCH_ENDED:
		add_line(f, t, t->events[last].task, SIM_LINE_END);
		return;
	}
}

static void read_model(struct follow *f, const struct sim_trace *t)
{
	size_t i, last = t->nr_events;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type != SIM_EVENT_STEP || !e->task)
			continue;
		if (last < t->nr_events && t->events[last].task != e->task)
			add_switch(f, t, last, i);
		if (e->outcome)
			add_choice(f, t, i);
		last = i;
	}
	if (last < t->nr_events)
		add_line(f, t, t->events[last].task, SIM_LINE_END);
}

/* ------------------------------------------------------------------ following */

static void complain(struct follow *f, const struct sim_line *line,
		     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Only the first: what follows may follow from it.  The last line is no
 * switch, and nobody has to follow it. */
static void complain(struct follow *f, const struct sim_line *line,
		     const char *format, ...)
{
	char text[SIM_TEXT_MAX], what[SIM_TEXT_MAX];
	va_list ap;

	if (f->misfit[0] || line == &f->lines[f->nr_lines - 1])
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	sim_line_format(line, text, sizeof(text));
	snprintf(f->misfit, SIM_TEXT_MAX, "%.120s, but %.120s", text, what);
}

static unsigned passed(struct follow *f, unsigned task,
		       const struct sim_point *p)
{
	return count(&f->tally, f->trace, f->trace->nr_events, task, p);
}

/* Is the line's place reached? */
static bool line_done(struct follow *f, const struct sim_line *line,
		      unsigned task, bool enabled)
{
	switch (line->type) {
	case SIM_LINE_PAST:
		return passed(f, task, &line->point) >= line->point.nth;
	case SIM_LINE_BEFORE:
		return sim_engine_task_live(task) &&
		       sim_point_is(&line->point, sim_engine_pending(task)) &&
		       passed(f, task, &line->point) + 1 >= line->point.nth;
	case SIM_LINE_BLOCKS:
		return sim_engine_task_live(task) && !enabled;
	case SIM_LINE_END:
		return !sim_engine_task_live(task);
	default:
		return true;
	}
}

/* ... or can it not be reached any more? */
static bool line_over(struct follow *f, const struct sim_line *line,
		      unsigned task, bool enabled)
{
	if (line_done(f, line, task, enabled))
		return true;
	if (!sim_engine_task_live(task)) {
		complain(f, line, "it ends before");
		return true;
	}
	if (!enabled)
		complain(f, line, "it waits to %s in %s",
			 sim_kind_name(sim_engine_pending(task)->kind),
			 sim_engine_pending(task)->site.func);
	return !enabled;
}

/* The outcome that a choice in front of this run of @task asks for. */
static unsigned outcome_of(struct follow *f, unsigned task)
{
	const struct sim_line *line = &f->lines[f->at];

	if (line->type != SIM_LINE_CHOICE ||
	    strcmp(line->task, sim_engine_task_name(task)) ||
	    !sim_point_is(&line->point, sim_engine_pending(task)) ||
	    count(&f->tally_choice, f->trace, f->trace->nr_events, task,
		  &line->point) +
			    1 !=
		    line->point.nth)
		return 0;
	return line->outcome;
}

/* The line that is followed, past the choices in front of it. */
static const struct sim_line *run_line(const struct follow *f)
{
	size_t i = f->at;

	while (i < f->nr_lines && f->lines[i].type == SIM_LINE_CHOICE)
		i++;
	return i < f->nr_lines ? &f->lines[i] : NULL;
}

/* Choices of a task that went on without them never came up. */
static void skip_to(struct follow *f, const struct sim_line *line)
{
	for (; &f->lines[f->at] < line; f->at++)
		complain(f, &f->lines[f->at], "it never comes to that");
	f->at++;
}

static bool follow_begin(struct sim_strategy *strategy)
{
	struct follow *f = follow_of(strategy);
	bool first = !f->begun;

	f->begun = true;
	return first;
}

/* Behind the last line: on with whoever went on last, then in turn. */
static int pick_any(const struct sim_choice *choices, unsigned nr,
		    unsigned last)
{
	int i = sim_point_choice(choices, nr, last, 0);
	unsigned n;

	for (n = 0; i < 0 && n < nr; n++)
		if (choices[n].enabled && !choices[n].outcome)
			i = (int)n;
	for (n = 0; i < 0 && n < nr; n++)
		if (choices[n].enabled)
			i = (int)n;
	return i;
}

static int follow_pick(struct sim_strategy *strategy, unsigned step,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned last)
{
	struct follow *f = follow_of(strategy);
	const struct sim_line *line;
	unsigned task, outcome;
	int i;

	(void)step;
	while ((line = run_line(f))) {
		task = sim_point_task(line->task);
		i = task ? sim_point_choice(choices, nr, task, 0) : -1;
		outcome = task && sim_engine_task_live(task) ?
				  outcome_of(f, task) :
				  0;
		if (outcome &&
		    sim_point_choice(choices, nr, task, outcome) >= 0) {
			f->at++;
			return sim_point_choice(choices, nr, task, outcome);
		}
		if (!task)
			complain(f, line, "there is no such task");
		else if (!line_over(f, line, task, i >= 0))
			return i;
		skip_to(f, line);
	}
	return pick_any(choices, nr, last);
}

/* Nobody can go on, or a finding ended the run: what is left undone? */
static void follow_end(struct sim_strategy *strategy)
{
	struct follow *f = follow_of(strategy);

	for (; f->at < f->nr_lines; f->at++) {
		const struct sim_line *line = &f->lines[f->at];
		unsigned task = sim_point_task(line->task);

		if (!task || !line_done(f, line, task, false))
			complain(f, line, "the run is over before");
	}
}

static void follow_destroy(struct sim_strategy *strategy)
{
	struct follow *f = follow_of(strategy);

	sim_memory_release(f->lines, f->lines_max, sizeof(*f->lines));
	sim_memory_free(f, sizeof(*f));
}

struct sim_strategy *sim_follow_make(const struct sim_trace *model,
				     const struct sim_trace *trace,
				     char *misfit)
{
	struct follow *f = sim_memory_alloc(sizeof(*f));

	if (!f)
		return NULL;
	misfit[0] = '\0';
	f->strategy = (struct sim_strategy){
		.name = "follow",
		.begin = follow_begin,
		.pick = follow_pick,
		.end = follow_end,
		.destroy = follow_destroy,
	};
	f->trace = trace;
	f->misfit = misfit;
	read_model(f, model);
	if (!f->failed)
		return &f->strategy;
	follow_destroy(&f->strategy);
	return NULL;
}
