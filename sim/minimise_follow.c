/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise_follow.c - strategies that try a smaller run: a schedule with lines
 * left out, and the steps of a run in another order.
 */
#include "memory.h"
#include "minimise.h"
#include "point.h"
#include "tally.h"

#include <string.h>

/* Behind the last line: on with whoever ran, then in turn; and what somebody
 * must choose for the run to go on at all is a fault only if nothing else is
 * left. */
static int complete(const struct sim_choice *choices, unsigned nr,
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

/* ----------------------------------------------------------------- relaxed */

struct relaxed {
	struct sim_strategy strategy;
	const struct sim_schedule *schedule;
	const struct sim_trace *trace;
	unsigned at, skip_first, skip_end;
	struct sim_tally tally;
};

static struct relaxed *relaxed_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct relaxed, strategy);
}

static bool once_begin(struct sim_strategy *strategy)
{
	(void)strategy;
	return true;
}

/* The first line from @i on that was not left out. */
static unsigned kept(const struct relaxed *r, unsigned i)
{
	return i >= r->skip_first && i < r->skip_end ? r->skip_end : i;
}

/* The line that lets a task run, past the choices in front of it. */
static const struct sim_line *run_line(const struct relaxed *r)
{
	const struct sim_schedule *s = r->schedule;
	unsigned i = kept(r, r->at);

	while (i < s->nr_lines && s->lines[i].type == SIM_LINE_CHOICE)
		i = kept(r, i + 1);
	return i < s->nr_lines ? &s->lines[i] : NULL;
}

static unsigned passed(struct relaxed *r, const struct sim_line *line)
{
	return sim_tally_passed(&r->tally, r->trace, line);
}

static bool line_done(struct relaxed *r, const struct sim_line *line,
		      unsigned task)
{
	if (!task || !sim_engine_task_live(task))
		return true;
	return line->type == SIM_LINE_PAST &&
	       passed(r, line) >= line->point.nth;
}

/* The choice in front of @line that is about the operation at hand, or 0.  One
 * whose turn has passed must not stand in the way of those behind it. */
static unsigned outcome_for(struct relaxed *r, const struct sim_line *line,
			    unsigned task)
{
	const struct sim_line *lines = r->schedule->lines;
	unsigned i;

	for (i = kept(r, r->at); &lines[i] < line; i = kept(r, i + 1))
		if (!strcmp(lines[i].task, line->task) &&
		    sim_point_is(&lines[i].point, sim_engine_pending(task)) &&
		    passed(r, &lines[i]) + 1 == lines[i].point.nth)
			return lines[i].outcome;
	return 0;
}

static int relaxed_pick(struct sim_strategy *strategy, unsigned step,
			const struct sim_choice *choices, unsigned nr,
			unsigned last)
{
	struct relaxed *r = relaxed_of(strategy);
	const struct sim_line *line;

	(void)step;
	while ((line = run_line(r))) {
		unsigned task = sim_point_task(line->task);
		int i = -1;

		if (!line_done(r, line, task))
			i = sim_point_choice(choices, nr, task,
					     outcome_for(r, line, task));
		if (i >= 0)
			return i;
		r->at = (unsigned)(line - r->schedule->lines) + 1;
	}
	return complete(choices, nr, last);
}

static void relaxed_destroy(struct sim_strategy *strategy)
{
	struct relaxed *r = relaxed_of(strategy);

	sim_tally_release(&r->tally);
	sim_memory_free(r, sizeof(*r));
}

struct sim_strategy *sim_relaxed_make(const struct sim_schedule *schedule,
				      const struct sim_trace *trace,
				      unsigned first, unsigned nr)
{
	struct relaxed *r = sim_memory_alloc(sizeof(*r));
	unsigned i;

	if (!r)
		return NULL;
	if (sim_tally_init(&r->tally, schedule->nr_lines)) {
		sim_memory_free(r, sizeof(*r));
		return NULL;
	}
	for (i = 0; i < schedule->nr_lines; i++)
		sim_tally_watch(&r->tally, &schedule->lines[i]);
	r->strategy = (struct sim_strategy){
		.name = "relaxed",
		.begin = once_begin,
		.pick = relaxed_pick,
		.destroy = relaxed_destroy,
	};
	r->schedule = schedule;
	r->trace = trace;
	r->skip_first = first;
	r->skip_end = first + nr;
	return &r->strategy;
}

/* ----------------------------------------------------------------- retrace */

struct retrace {
	struct sim_strategy strategy;
	struct sim_traced *moves;
	size_t nr, made;
	bool record, failed;
};

static struct retrace *retrace_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct retrace, strategy);
}

/* What the newest step touched is known now, and only now. */
static void learn(struct retrace *r)
{
	if (r->record && r->made && r->made <= r->nr)
		r->failed |=
			!sim_footprint_copy(&r->moves[r->made - 1].footprint,
					    sim_engine_footprint());
}

static int retrace_pick(struct sim_strategy *strategy, unsigned step,
			const struct sim_choice *choices, unsigned nr,
			unsigned last)
{
	struct retrace *r = retrace_of(strategy);
	int i;

	learn(r);
	if (r->failed) {
		sim_engine_fail("out of memory for the minimiser");
		return SIM_PICK_ERROR;
	}
	r->made = step + 1u;
	if (step >= r->nr)
		return complete(choices, nr, last);
	i = sim_point_choice(choices, nr, r->moves[step].task,
			     r->moves[step].outcome);
	return i < 0 ? SIM_PICK_PRUNE : i;
}

static void retrace_end(struct sim_strategy *strategy)
{
	learn(retrace_of(strategy));
}

static void retrace_destroy(struct sim_strategy *strategy)
{
	struct retrace *r = retrace_of(strategy);

	sim_memory_free(r, sizeof(*r));
}

struct sim_strategy *sim_retrace_make(struct sim_traced *moves, size_t nr,
				      bool record)
{
	struct retrace *r = sim_memory_alloc(sizeof(*r));

	if (!r)
		return NULL;
	r->strategy = (struct sim_strategy){
		.name = "retrace",
		.begin = once_begin,
		.pick = retrace_pick,
		.end = retrace_end,
		.destroy = retrace_destroy,
	};
	r->moves = moves;
	r->nr = nr;
	r->record = record;
	return &r->strategy;
}
