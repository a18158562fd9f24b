/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras_compare.c - where the run of one era's finding parts in another era.
 *
 * Every task is compared with itself: what it calls, does, frees and learns,
 * in its own order.  Which words tasks read there is told, but not what stood
 * in them: that shows in what they do next.
 */
#include "eras.h"

#include "memory.h"
#include "run.h"

#include <string.h>

/* ---------------------------------------------------------------- departures */

/* The next event of @task that counts, or NULL at the end of them. */
static const struct sim_event *next_event(const struct sim_trace *t,
					  unsigned task, size_t *at)
{
	for (; *at < t->nr_events; ++*at) {
		const struct sim_event *e = &t->events[*at];

		if (e->task != task || e->type == SIM_EVENT_ACCESS ||
		    e->type == SIM_EVENT_LEAVE || e->type == SIM_EVENT_START ||
		    e->type == SIM_EVENT_FACT)
			continue;
		++*at;
		return e;
	}
	return NULL;
}

/* Notes and ends are in no function, and have no label or one. */
static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_event(const struct sim_event *a, const struct sim_event *b)
{
	char object[SIM_TEXT_MAX], other[SIM_TEXT_MAX];

	if (a->type != b->type || a->kind != b->kind ||
	    a->outcome != b->outcome || !same_text(a->func, b->func))
		return false;
	if (a->type == SIM_EVENT_NOTE || a->type == SIM_EVENT_FINDING)
		return same_text(a->label, b->label);
	return !strcmp(sim_event_object(a, object, sizeof(object)),
		       sim_event_object(b, other, sizeof(other)));
}

static void say_step(const struct sim_event *e, char *buf)
{
	const char *outcome =
		sim_outcome_name((enum sched_kind)e->kind, e->outcome);
	char object[SIM_TEXT_MAX];

	snprintf(buf, SIM_TEXT_MAX, "%s%s %.90s in %.90s%s%s",
		 e->type == SIM_EVENT_PENDING ? "waits to " : "",
		 sim_kind_name((enum sched_kind)e->kind),
		 sim_event_object(e, object, sizeof(object)), e->func,
		 *outcome ? " " : "", outcome);
}

/* NULL: there is no event. */
static void say_event(const struct sim_event *e, char *buf)
{
	char object[SIM_TEXT_MAX];

	switch (e ? (enum sim_event_type)e->type : SIM_EVENT_END) {
	case SIM_EVENT_ENTER:
		snprintf(buf, SIM_TEXT_MAX, "call %.120s()", e->func);
		return;
	case SIM_EVENT_FREE:
		snprintf(buf, SIM_TEXT_MAX, "free %.90s in %.90s",
			 sim_event_object(e, object, sizeof(object)),
			 e->func ? e->func : "?");
		return;
	case SIM_EVENT_NOTE:
		snprintf(buf, SIM_TEXT_MAX, "\"%.200s\"", e->label);
		return;
	case SIM_EVENT_FINDING:
		snprintf(buf, SIM_TEXT_MAX, "%s: %.200s",
			 sim_verdict_name((enum sim_verdict)e->kind), e->label);
		return;
	case SIM_EVENT_STEP:
	case SIM_EVENT_PENDING:
		say_step(e, buf);
		return;
	default:
		snprintf(buf, SIM_TEXT_MAX, e ? "end" : "nothing more");
		return;
	}
}

/* The number of the step that @e is or leads to. */
static unsigned step_of(const struct sim_trace *t, const struct sim_event *e)
{
	const struct sim_event *end = t->events + t->nr_events, *s;

	if (!e)
		return 0;
	for (s = e; s < end; s++)
		if (s->task == e->task && s->type == SIM_EVENT_STEP)
			return s->step;
	return e->step;
}

static unsigned task_by_name(const struct sim_trace *t, const char *name)
{
	unsigned task;

	for (task = 1; task < t->nr_names; task++)
		if (!strcmp(t->names[task], name))
			return task;
	return 0;
}

/* Tasks that are in one trace alone part at once.  Returns whether they do. */
static bool find_departure(const struct sim_trace *there,
			   const struct sim_trace *here, const char *name,
			   struct sim_eras_departure *ret_departure)
{
	unsigned a = task_by_name(there, name), b = task_by_name(here, name);
	const struct sim_event *x, *y;
	size_t i = 0, j = 0;

	do {
		x = a ? next_event(there, a, &i) : NULL;
		y = b ? next_event(here, b, &j) : NULL;
		if (!x && !y)
			return false;
	} while (x && y && same_event(x, y));
	memset(ret_departure, 0, sizeof(*ret_departure));
	snprintf(ret_departure->task, sizeof(ret_departure->task), "%s", name);
	ret_departure->step = step_of(here, y);
	say_event(x, ret_departure->there);
	say_event(y, ret_departure->here);
	return true;
}

/* By step; who never gets that far comes last. */
static void insert(struct sim_eras_comparison *c,
		   const struct sim_eras_departure *departure)
{
	unsigned i = c->nr_departures;

	if (i == SIM_ERAS_DEPARTURES_MAX)
		return;
	for (; i && c->departure[i - 1].step - 1 > departure->step - 1; i--)
		c->departure[i] = c->departure[i - 1];
	c->departure[i] = *departure;
	c->nr_departures++;
}

void sim_eras_depart(const struct sim_trace *there,
		     const struct sim_trace *here,
		     struct sim_eras_comparison *comparison)
{
	struct sim_eras_departure departure;
	unsigned task;

	comparison->nr_departures = 0;
	for (task = 1; task < there->nr_names; task++)
		if (find_departure(there, here, there->names[task], &departure))
			insert(comparison, &departure);
	for (task = 1; task < here->nr_names; task++)
		if (!task_by_name(there, here->names[task]) &&
		    find_departure(there, here, here->names[task], &departure))
			insert(comparison, &departure);
}

/* ---------------------------------------------------------------- comparing */

static int fail(struct sim_eras_comparison *c, int ret, const char *text)
{
	snprintf(c->error, sizeof(c->error), "%s", text);
	return ret;
}

/* The run that follows @model; its findings' verdicts. */
static int follow(const struct sim_run_config *config,
		  const struct sim_trace *model, struct sim_trace *trace,
		  struct sim_eras_comparison *c)
{
	struct sim_strategy *strategy =
		sim_follow_make(model, trace, c->misfit);
	struct sim_run run;
	unsigned i;
	int ret;

	if (!strategy)
		return fail(c, -ENOMEM, "out of memory for the comparison");
	strategy->begin(strategy);
	ret = sim_run_once(config, strategy, trace, &run);
	strategy->destroy(strategy);
	if (ret)
		return fail(c, ret, "the machine could not be booted");
	if (run.status == SIM_RUN_ERROR)
		return fail(c, -ENOTRECOVERABLE, run.error);
	for (i = 0; i < run.nr_findings; i++) {
		sim_finding_refine(trace, &run.findings[i]);
		c->verdicts |= SIM_SET(run.findings[i].verdict);
	}
	c->fits = !c->misfit[0];
	c->steps = trace->steps;
	sim_eras_depart(model, trace, c);
	c->made = true;
	return 0;
}

int sim_eras_compare(const struct sim_scenario *scenario, const char *schedule,
		     const struct sim_options *options,
		     struct sim_eras_comparison *ret_comparison)
{
	struct sim_run_config config = {
		.scenario = scenario,
		.era = options->era,
		.carrier = sim_carrier_for(options->carrier),
		.steps_max =
			options->steps_max ? options->steps_max : SIM_STEPS_MAX,
		.timeouts = options->timeouts,
		.signals = options->signals,
	};
	struct sim_options own = *options;
	struct sim_result model;
	struct sim_trace *trace;
	int ret;

	memset(ret_comparison, 0, sizeof(*ret_comparison));
	own.era.name[0] = '\0';
	ret = sim_replay_text(scenario, schedule, "schedule", &own, &model);
	if (!ret)
		config.faults = model.trace->faults;
	trace = sim_memory_alloc(sizeof(*trace));
	if (ret)
		ret = fail(ret_comparison, ret, model.error);
	else if (!trace)
		ret = fail(ret_comparison, -ENOMEM, "out of memory");
	else
		ret = follow(&config, model.trace, trace, ret_comparison);
	if (trace)
		sim_trace_release(trace);
	sim_memory_free(trace, sizeof(*trace));
	sim_result_release(&model);
	return ret;
}
