/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parting.c - where two runs that should be one part, said so that whoever
 * wrote the scenario knows which task to look at.
 */
#include "trace.h"

#include <string.h>

#define WHAT_MAX 88

/* Plain memory is the source's business; what stands aside is other runs'. */
static const struct sim_event *next_event(const struct sim_trace *t, size_t *i)
{
	while (*i < t->nr_events &&
	       (t->events[*i].type == SIM_EVENT_ACCESS || t->events[*i].aside))
		++*i;
	return *i < t->nr_events ? &t->events[(*i)++] : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_object(const struct sim_event *a, const struct sim_event *b)
{
	char x[SIM_TEXT_MAX], y[SIM_TEXT_MAX];

	return !strcmp(sim_event_object(a, x, sizeof(x)),
		       sim_event_object(b, y, sizeof(y)));
}

/* Of a pointer only where it points in the machine: addresses outside are no
 * part of a trace. */
static bool same_value(const struct sim_event *a, const struct sim_event *b)
{
	if (a->type == SIM_EVENT_FREE || !a->has_value)
		return a->has_value == b->has_value;
	if (!b->has_value || a->pointer != b->pointer)
		return false;
	if (!a->pointer)
		return a->value == b->value;
	return !a->value == !b->value && a->value_nr == b->value_nr &&
	       same_text(a->value_type, b->value_type);
}

static bool same_operation(const struct sim_event *a, const struct sim_event *b)
{
	return a->kind == b->kind && same_text(a->func, b->func) &&
	       same_object(a, b);
}

static bool tells(const struct sim_event *e)
{
	return e->type == SIM_EVENT_NOTE || e->type == SIM_EVENT_FINDING ||
	       e->type == SIM_EVENT_FACT;
}

static bool same(const struct sim_trace *expected, const struct sim_event *a,
		 const struct sim_trace *found, const struct sim_event *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->task == b->task &&
	       a->outcome == b->outcome && a->taken == b->taken &&
	       !strcmp(expected->names[a->task], found->names[b->task]) &&
	       same_operation(a, b) && same_value(a, b) &&
	       (!tells(a) || same_text(a->label, b->label));
}

/* ---------------------------------------------------------------- in words */

static const char *describe_value(const struct sim_event *e, char *buf,
				  size_t size)
{
	buf[0] = '\0';
	if (e->type == SIM_EVENT_FREE || !e->has_value)
		return buf;
	if (!e->pointer)
		snprintf(buf, size, " = %lld", (long long)e->value);
	else if (e->value_type)
		snprintf(buf, size, " = %.40s #%u", e->value_type, e->value_nr);
	else
		snprintf(buf, size, " = %s", e->value ? "set" : "NULL");
	return buf;
}

static void describe_operation(const struct sim_event *e, char *buf,
			       size_t size)
{
	char object[SIM_TEXT_MAX], value[64];
	const char *how = e->type == SIM_EVENT_STEP ?
				  sim_outcome_name(e->kind, e->outcome) :
				  "";

	snprintf(buf, size, "%s %.30s%s%s%s in %.24s", sim_kind_name(e->kind),
		 sim_event_object(e, object, sizeof(object)),
		 describe_value(e, value, sizeof(value)), *how ? " that " : "",
		 how, e->func ? e->func : "?");
}

/* NULL: nothing more. */
static void describe(const struct sim_event *e, char *buf, size_t size)
{
	char object[SIM_TEXT_MAX], value[64];

	if (!e || e->type == SIM_EVENT_END)
		snprintf(buf, size, "its end");
	else if (e->type == SIM_EVENT_STEP || e->type == SIM_EVENT_PENDING)
		describe_operation(e, buf, size);
	else if (e->type == SIM_EVENT_ENTER)
		snprintf(buf, size, "a call of %.60s", e->func);
	else if (e->type == SIM_EVENT_LEAVE)
		snprintf(buf, size, "the return from %.60s", e->func);
	else if (e->type == SIM_EVENT_START)
		snprintf(buf, size, "its start");
	else if (e->type == SIM_EVENT_FREE)
		snprintf(buf, size, "the free of %.60s",
			 sim_event_object(e, object, sizeof(object)));
	else
		snprintf(buf, size, "\"%.60s%s\"", e->label ? e->label : "",
			 describe_value(e, value, sizeof(value)));
}

/* What @task does next, made or only announced; NULL: nothing that is known. */
static const struct sim_event *next_of(const struct sim_trace *t, size_t i,
				       unsigned task)
{
	for (; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->task == task &&
		    (e->type == SIM_EVENT_STEP || e->type == SIM_EVENT_PENDING))
			return e;
	}
	return NULL;
}

static bool is_pending(const struct sim_event *e)
{
	return e && e->type == SIM_EVENT_PENDING;
}

/* What was announced again is compared by address, too: the machine's does not
 * change, and a name may stand for several things. */
static bool same_announced(const struct sim_event *a, const struct sim_event *b)
{
	return same_operation(a, b) && (!is_pending(b) || a->obj == b->obj);
}

/* One whose next operation is another, whoever goes first.  @ret_a, @ret_b are
 * left alone if there is none. */
static void find_other_operation(const struct sim_trace *expected, size_t i,
				 const struct sim_trace *found, size_t j,
				 const struct sim_event **ret_a,
				 const struct sim_event **ret_b)
{
	unsigned task;

	for (task = 1; task < expected->nr_names && task < found->nr_names;
	     task++) {
		const struct sim_event *a = next_of(expected, i, task);
		const struct sim_event *b = next_of(found, j, task);

		if (!a || !b || same_announced(a, b))
			continue;
		*ret_a = a;
		*ret_b = b;
		return;
	}
}

/* The task that does something else, or the two of which another goes on. */
static void complain(const struct sim_trace *expected,
		     const struct sim_event *a, const struct sim_trace *found,
		     const struct sim_event *b, char *buf)
{
	const char *task = (a ? expected : found)->names[(a ? a : b)->task];
	char x[WHAT_MAX], y[WHAT_MAX], who[SIM_TASK_NAME_MAX + 2] = "";

	describe(a, x, sizeof(x));
	describe(b, y, sizeof(y));
	if (a && b && a->task != b->task)
		snprintf(who, sizeof(who), "%.31s ", found->names[b->task]);
	snprintf(buf, SIM_TEXT_MAX, "task %.31s: expected %.80s, found %s%.80s",
		 task, x, who, y);
	if (!is_pending(b) || is_pending(a))
		return;
	/* It could have gone on then. */
	if (a && a->task == b->task && same_operation(a, b) && a->obj != b->obj)
		snprintf(buf, SIM_TEXT_MAX,
			 "task %.31s: expected %.80s, found another object of "
			 "that name",
			 task, x);
	else if (a && (a->task != b->task || same_operation(a, b)))
		snprintf(buf, SIM_TEXT_MAX,
			 "task %.31s: expected %.80s, found that other tasks "
			 "can go on",
			 task, x);
}

bool sim_trace_part(const struct sim_trace *expected,
		    const struct sim_trace *found, char *buf)
{
	const struct sim_event *a, *b;
	size_t i = 0, j = 0;
	char what[SIM_TEXT_MAX];
	unsigned step;

	do {
		a = next_event(expected, &i);
		b = next_event(found, &j);
		if (!a && !b)
			return false;
	} while (same(expected, a, found, b));
	step = b ? b->step : a->step;
	/* It is about to be made. */
	step += b && b->type == SIM_EVENT_PENDING;
	find_other_operation(expected, i - (a != NULL), found, j - (b != NULL),
			     &a, &b);
	complain(expected, a, found, b, what);
	snprintf(buf, SIM_TEXT_MAX, "step %u: %.230s", step, what);
	return true;
}
