/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.c - the strategy that follows a schedule, strictly.
 *
 * It fails at the first line that cannot be followed, and says what was
 * expected, what happened instead and what comes nearest.
 */
#include "memory.h"
#include "point.h"
#include "tally.h"

#include <stdarg.h>
#include <string.h>

struct replay {
	struct sim_strategy strategy;
	const struct sim_schedule *schedule;
	const struct sim_trace *trace;
	const char *name;
	char *error;
	unsigned at; /* line */
	struct sim_tally tally;
	bool begun, ended;
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
	bool over = r->at >= s->nr_lines;
	char line[SIM_TEXT_MAX] = "the end of the schedule";
	char what[SIM_TEXT_MAX];
	va_list ap;

	if (!over)
		sim_line_format(&s->lines[r->at], line, sizeof(line));
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(r->error, SIM_TEXT_MAX,
		 "%s:%d: expected \"%.90s\", but %.120s", r->name,
		 over ? s->end_lineno : s->lines[r->at].lineno, line, what);
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
			   const struct sim_line *line, char *buf, size_t size)
{
	const struct sim_point *point = &line->point;
	unsigned best = 0;
	size_t i;

	buf[0] = '\0';
	if (line->type == SIM_LINE_END || line->type == SIM_LINE_BLOCKS)
		return buf;
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

/* ------------------------------------------------------------------- lines */

/* How often has its task passed the point of the line? */
static unsigned passed(struct replay *r, const struct sim_line *line)
{
	return sim_tally_passed(&r->tally, r->trace, line);
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
		return passed(r, line) >= line->point.nth;
	case SIM_LINE_BEFORE:
		return sim_engine_task_live(task) &&
		       passed(r, line) + 1 == line->point.nth &&
		       sim_point_is(&line->point, sim_engine_pending(task));
	case SIM_LINE_BLOCKS:
		return sim_engine_task_live(task) &&
		       sim_point_choice(choices, nr, task, 0) < 0;
	case SIM_LINE_END:
		return !sim_engine_task_live(task);
	default:
		return false;
	}
}

/* Does the choice in front of a run line apply to this operation? */
static bool choice_applies(struct replay *r, unsigned task,
			   const struct sched_op *op)
{
	const struct sim_line *line = line_of(r);

	return line->type == SIM_LINE_CHOICE &&
	       !strcmp(line->task, sim_engine_task_name(task)) &&
	       sim_point_is(&line->point, op) &&
	       passed(r, line) + 1 == line->point.nth;
}

/* A live task stands where the schedule does not want it. */
static int complain_blocked(struct replay *r, unsigned task)
{
	const struct sched_op *op = sim_engine_pending(task);
	char object[SIM_TEXT_MAX], near[SIM_TEXT_MAX];

	sim_engine_object(op->obj, op->name ? op->name : op->site.what, object,
			  sizeof(object));
	return complain(r, "%s is blocked: %s %s in %s%s",
			sim_engine_task_name(task), sim_kind_name(op->kind),
			object, op->site.func,
			nearest(r, task, line_of(r), near, sizeof(near)));
}

static int complain_ended(struct replay *r, unsigned task)
{
	char near[SIM_TEXT_MAX];

	return complain(r, "%s has ended%s", sim_engine_task_name(task),
			nearest(r, task, line_of(r), near, sizeof(near)));
}

static int step_task(struct replay *r, unsigned task,
		     const struct sim_choice *choices, unsigned nr)
{
	bool chosen;
	int i;

	if (!sim_engine_task_live(task))
		return complain_ended(r, task);
	chosen = choice_applies(r, task, sim_engine_pending(task));
	i = sim_point_choice(choices, nr, task,
			     chosen ? line_of(r)->outcome : 0);
	if (i < 0)
		return complain_blocked(r, task);
	r->at += chosen;
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
		task = sim_point_task(line->task);
		if (!task)
			return complain(r, "there is no task %s", line->task);
		if (!line_done(r, task, choices, nr))
			return step_task(r, task, choices, nr);
	}
	for (i = 0; i < nr && !choices[i].enabled; i++)
		;
	return complain(r, "%s can still run",
			sim_engine_task_name(choices[i].task));
}

/* What is wrong when nobody can go on, and lines are left? */
static void complain_over(struct replay *r, bool halted)
{
	const struct sim_line *line = line_of(r);
	unsigned task = sim_point_task(line->task);
	char near[SIM_TEXT_MAX];

	if (!task)
		complain(r, "there is no task %s", line->task);
	else if (halted)
		complain(r, "the run is over%s",
			 nearest(r, task, line, near, sizeof(near)));
	else if (sim_engine_task_live(task))
		complain_blocked(r, task);
	else
		complain_ended(r, task);
}

/* While the engine still knows where everybody stands. */
static void replay_end(struct sim_strategy *strategy)
{
	struct replay *r = replay_of(strategy);
	enum sim_status status = sim_engine_status();
	bool halted = status == SIM_RUN_HALTED;

	r->ended = true;
	if (status == SIM_RUN_ERROR)
		return;
	for (; r->at < r->schedule->nr_lines; r->at++) {
		const struct sim_line *line = line_of(r);
		unsigned task = sim_point_task(line->task);
		/* It ends, or the run does. */
		bool last = halted && r->at + 1 == r->schedule->nr_lines &&
			    line->type == SIM_LINE_END;

		if (task && (last || line_done(r, task, NULL, 0)))
			continue;
		complain_over(r, halted);
		return;
	}
}

int sim_replay_finish(struct sim_strategy *strategy)
{
	struct replay *r = replay_of(strategy);

	if (r->at == r->schedule->nr_lines)
		return 0;
	/* Set-up failed: no task ran. */
	if (!r->ended)
		complain(r, "the run is over");
	return -EINVAL;
}

static void replay_destroy(struct sim_strategy *strategy)
{
	struct replay *r = replay_of(strategy);

	sim_tally_release(&r->tally);
	sim_memory_free(r, sizeof(*r));
}

static int watch_lines(struct sim_tally *tally, const struct sim_schedule *s)
{
	unsigned i;

	if (sim_tally_init(tally, s->nr_lines))
		return -ENOMEM;
	for (i = 0; i < s->nr_lines; i++)
		sim_tally_watch(tally, &s->lines[i]);
	return 0;
}

struct sim_strategy *sim_replay_make(const struct sim_schedule *schedule,
				     const struct sim_trace *trace,
				     const char *name, char *error)
{
	struct replay *r = sim_memory_alloc(sizeof(*r));

	if (!r)
		return NULL;
	if (watch_lines(&r->tally, schedule)) {
		sim_memory_free(r, sizeof(*r));
		return NULL;
	}
	r->strategy = (struct sim_strategy){
		.name = "replay",
		.begin = replay_begin,
		.pick = replay_pick,
		.end = replay_end,
		.destroy = replay_destroy,
	};
	r->schedule = schedule;
	r->trace = trace;
	r->name = name;
	r->error = error;
	return &r->strategy;
}
