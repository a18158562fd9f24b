/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.c - the strategy that follows a schedule, strictly.
 *
 * It fails at the first line that cannot be followed, and says what was
 * expected, what happened instead and what comes nearest.
 */
#include "engine.h"
#include "memory.h"
#include "schedule.h"

#include <stdarg.h>
#include <string.h>

/* How often a task passed a point in the events looked at so far. */
struct tally {
	const struct sim_point *point;
	unsigned nr;
	size_t events;
};

struct replay {
	struct sim_strategy strategy;
	const struct sim_schedule *schedule;
	const struct sim_trace *trace;
	const char *name;
	char *error;
	unsigned at; /* line */
	struct tally tallies[2]; /* of a choice, and of the line behind it */
	bool begun;
};

static struct replay *replay_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct replay, strategy);
}

/* -------------------------------------------------------------- complaints */

static int complain(struct replay *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(struct replay *r, const char *format, ...)
{
	const struct sim_schedule *s = r->schedule;
	unsigned at = r->at < s->nr_lines ? r->at : s->nr_lines - 1;
	char line[SIM_TEXT_MAX] = "the end of the schedule";
	char what[SIM_TEXT_MAX];
	va_list ap;

	if (s->nr_lines && r->at < s->nr_lines)
		sim_line_format(&s->lines[r->at], line, sizeof(line));
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(r->error, SIM_TEXT_MAX,
		 "%s:%d: expected \"%.90s\", but %.120s", r->name,
		 s->nr_lines ? s->lines[at].lineno : 0, line, what);
	sim_engine_fail("%s", r->error);
	return SIM_PICK_ERROR;
}

static bool same_object(const struct sim_event *e, const struct sim_point *p)
{
	char object[SIM_TEXT_MAX];

	return !strcmp(sim_event_object(e, object, sizeof(object)), p->object);
}

/* What the task did that is most like @point: "lock x in f", or nothing. */
static const char *nearest(const struct replay *r, unsigned task,
			   const struct sim_point *point, char *buf,
			   size_t size)
{
	unsigned best = 0;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < r->trace->nr_events; i++) {
		const struct sim_event *e = &r->trace->events[i];
		char object[SIM_TEXT_MAX];
		unsigned score;

		if (e->type != SIM_EVENT_STEP || e->task != task)
			continue;
		score = 4u * same_object(e, point) +
			2u * (e->kind == point->kind) +
			1u * !strcmp(e->func, point->func);
		if (score <= best)
			continue;
		best = score;
		snprintf(buf, size, "; nearest: %s %s in %s",
			 sim_kind_name(e->kind),
			 sim_event_object(e, object, sizeof(object)), e->func);
	}
	return buf;
}

/* ------------------------------------------------------------------ points */

static bool matches(const struct sim_event *e, unsigned task,
		    const struct sim_point *p)
{
	return e->type == SIM_EVENT_STEP && e->task == task &&
	       e->kind == p->kind && !strcmp(e->func, p->func) &&
	       same_object(e, p);
}

/* The tally of a point; runs of many steps must not count from the start at
 * each. */
static struct tally *tally_of(struct replay *r, const struct sim_point *p)
{
	struct tally *t = &r->tallies[0];

	if (t->point != p && r->tallies[1].point != p) {
		r->tallies[1] = *t;
		*t = (struct tally){ .point = p };
	}
	return t->point == p ? t : &r->tallies[1];
}

/* How often has the task passed the point? */
static unsigned passed(struct replay *r, unsigned task,
		       const struct sim_point *p)
{
	struct tally *t = tally_of(r, p);

	for (; t->events < r->trace->nr_events; t->events++)
		t->nr += matches(&r->trace->events[t->events], task, p);
	return t->nr;
}

/* Is this the operation that the task waits to do? */
static bool pending_matches(const struct sched_op *op,
			    const struct sim_point *p)
{
	char object[SIM_TEXT_MAX];

	return op->kind == p->kind && !strcmp(op->site.func, p->func) &&
	       !strcmp(sim_engine_object(op->obj,
					 op->name ? op->name : op->site.what,
					 object, sizeof(object)),
		       p->object);
}

static unsigned task_by_name(const char *name)
{
	unsigned id;

	for (id = 1; id <= sim_engine_tasks(); id++)
		if (!strcmp(sim_engine_task_name(id), name))
			return id;
	return 0;
}

/* ------------------------------------------------------------------- lines */

static int find_choice(const struct sim_choice *choices, unsigned nr,
		       unsigned task, unsigned outcome)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].outcome == outcome &&
		    choices[i].enabled)
			return (int)i;
	return -1;
}

static const struct sim_line *line_of(const struct replay *r)
{
	return &r->schedule->lines[r->at];
}

/* The line that makes the task run, past the choices in front of it. */
static const struct sim_line *run_line(const struct replay *r)
{
	unsigned i = r->at;

	while (i < r->schedule->nr_lines &&
	       r->schedule->lines[i].type == SIM_LINE_CHOICE)
		i++;
	return i < r->schedule->nr_lines ? &r->schedule->lines[i] : NULL;
}

/* Has the run done what the current line asks for? */
static bool line_done(struct replay *r, unsigned task,
		      const struct sim_choice *choices, unsigned nr)
{
	const struct sim_line *line = line_of(r);

	switch (line->type) {
	case SIM_LINE_PAST:
		return passed(r, task, &line->point) >= line->point.nth;
	case SIM_LINE_BEFORE:
		return sim_engine_task_live(task) &&
		       passed(r, task, &line->point) + 1 == line->point.nth &&
		       pending_matches(sim_engine_pending(task), &line->point);
	case SIM_LINE_BLOCKS:
		return sim_engine_task_live(task) &&
		       find_choice(choices, nr, task, 0) < 0;
	case SIM_LINE_END:
		return !sim_engine_task_live(task);
	default:
		return false;
	}
}

/* Choices in front of a run line apply to the operations they name. */
static unsigned outcome_for(struct replay *r, unsigned task,
			    const struct sched_op *op)
{
	const struct sim_line *line = line_of(r);

	if (line->type != SIM_LINE_CHOICE ||
	    strcmp(line->task, sim_engine_task_name(task)) ||
	    !pending_matches(op, &line->point) ||
	    passed(r, task, &line->point) + 1 != line->point.nth)
		return 0;
	r->at++;
	return line->outcome;
}

static int step_task(struct replay *r, unsigned task,
		     const struct sim_line *line,
		     const struct sim_choice *choices, unsigned nr)
{
	const struct sched_op *op;
	char near[SIM_TEXT_MAX];
	unsigned outcome;
	int i;

	if (!sim_engine_task_live(task))
		return complain(r, "%s has ended%s", line->task,
				nearest(r, task, &line->point, near,
					sizeof(near)));
	op = sim_engine_pending(task);
	outcome = outcome_for(r, task, op);
	i = find_choice(choices, nr, task, outcome);
	if (i < 0) {
		char object[SIM_TEXT_MAX];

		return complain(r, "%s is blocked: %s %s in %s%s", line->task,
				sim_kind_name(op->kind),
				sim_engine_object(op->obj,
						  op->name ? op->name :
							     op->site.what,
						  object, sizeof(object)),
				op->site.func,
				line->type == SIM_LINE_END ?
					"" :
					nearest(r, task, &line->point, near,
						sizeof(near)));
	}
	return i;
}

static bool replay_begin(struct sim_strategy *strategy)
{
	struct replay *r = replay_of(strategy);

	if (r->begun)
		return false;
	return r->begun = true;
}

static int replay_pick(struct sim_strategy *strategy, unsigned step,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned last)
{
	struct replay *r = replay_of(strategy);
	unsigned i;

	(void)step;
	(void)last;
	for (;; r->at++) {
		const struct sim_line *line;
		unsigned task;

		if (r->at >= r->schedule->nr_lines)
			break;
		line = run_line(r);
		if (!line)
			return complain(r, "no line follows that lets %s run",
					line_of(r)->task);
		task = task_by_name(line->task);
		if (!task)
			return complain(r, "there is no task %s", line->task);
		if (!line_done(r, task, choices, nr))
			return step_task(r, task, line, choices, nr);
	}
	for (i = 0; i < nr && !choices[i].enabled; i++)
		;
	return complain(r, "%s can still run",
			sim_engine_task_name(choices[i].task));
}

int sim_replay_finish(struct sim_strategy *strategy, bool halted)
{
	struct replay *r = replay_of(strategy);

	for (; r->at < r->schedule->nr_lines; r->at++) {
		const struct sim_line *line = line_of(r);
		unsigned task = task_by_name(line->task);
		char near[SIM_TEXT_MAX];

		if (task && line->type != SIM_LINE_CHOICE &&
		    ((halted && r->at + 1 == r->schedule->nr_lines &&
		      line->type == SIM_LINE_END) ||
		     (line->type == SIM_LINE_BLOCKS &&
		      sim_engine_task_live(task)) ||
		     line_done(r, task, NULL, 0)))
			continue;
		complain(r, "the run is over%s",
			 task ? nearest(r, task, &line->point, near,
					sizeof(near)) :
				"");
		return -EINVAL;
	}
	return 0;
}

static void replay_destroy(struct sim_strategy *strategy)
{
	sim_memory_free(replay_of(strategy), sizeof(struct replay));
}

struct sim_strategy *sim_replay_make(const struct sim_schedule *schedule,
				     const struct sim_trace *trace,
				     const char *name, char *error)
{
	struct replay *r = sim_memory_alloc(sizeof(*r));

	if (!r)
		return NULL;
	r->strategy = (struct sim_strategy){
		.name = "replay",
		.begin = replay_begin,
		.pick = replay_pick,
		.destroy = replay_destroy,
	};
	r->schedule = schedule;
	r->trace = trace;
	r->name = name;
	r->error = error;
	return &r->strategy;
}
