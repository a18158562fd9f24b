/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - words for events, as they stand in the source of the model.
 */
#include "report.h"

#include <string.h>

const char *sim_report_role(const struct sim_trace *t, unsigned task)
{
	const struct sim_scenario *s = t->scenario;

	if (s && task && task <= SIM_SCENARIO_TASKS_MAX &&
	    s->tasks[task - 1].fn && s->tasks[task - 1].role &&
	    !strcmp(s->tasks[task - 1].name, t->names[task]))
		return s->tasks[task - 1].role;
	return t->names[task];
}

const char *sim_report_value(const struct sim_event *e, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!e->has_value)
		return buf;
	if (!e->pointer)
		snprintf(buf, size, "%lld", (long long)e->value);
	else if (!e->value)
		snprintf(buf, size, "NULL");
	else if (e->value_type)
		snprintf(buf, size, "%s #%u", e->value_type, e->value_nr);
	else
		snprintf(buf, size, "a pointer");
	return buf;
}

size_t sim_report_next(const struct sim_trace *t, size_t at, unsigned task)
{
	for (; at < t->nr_events; at++) {
		const struct sim_event *e = &t->events[at];

		if (e->task == task &&
		    (e->type == SIM_EVENT_STEP || e->type == SIM_EVENT_PENDING))
			return at;
	}
	return REPORT_NONE;
}

unsigned sim_report_previous(const struct sim_trace *t, size_t at)
{
	while (at-- > 0)
		if (t->events[at].type == SIM_EVENT_STEP && t->events[at].task)
			return t->events[at].task;
	return 0;
}

/* ------------------------------------------------------------- operations */

/* Only rw_semaphores have queues and readers. */
static bool is_rwsem(const struct sim_trace *t, const void *obj)
{
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if ((e->type == SIM_EVENT_STEP ||
		     e->type == SIM_EVENT_PENDING) &&
		    e->obj == obj &&
		    (e->kind == SCHED_QUEUE || e->kind == SCHED_LOCK_SHARED))
			return true;
	}
	return false;
}

static const char *function_of(const struct sim_trace *t,
			       const struct sim_event *e)
{
	switch ((enum sched_kind)e->kind) {
	case SCHED_LOCK:
		return is_rwsem(t, e->obj) ? "down_write" : "mutex_lock";
	case SCHED_UNLOCK:
		return is_rwsem(t, e->obj) ? "up_write" : "mutex_unlock";
	case SCHED_QUEUE:
		return "down_write";
	case SCHED_LOCK_SHARED:
		return "down_read";
	case SCHED_UNLOCK_SHARED:
		return "up_read";
	case SCHED_TRYLOCK:
		return "mutex_trylock";
	case SCHED_PREPARE:
		return "prepare_to_wait";
	case SCHED_SLEEP:
		return "wait_event";
	case SCHED_FINISH:
		return "finish_wait";
	case SCHED_WAKE:
		return "wake_up";
	case SCHED_ALLOC:
		return "kzalloc";
	default:
		/* A spinlock's whole section is one update, without value. */
		return "spin_lock";
	}
}

/* The object as the source writes it, or else by its name. */
static const char *source_object(const struct sim_event *e, char *buf,
				 size_t size)
{
	if (e->what && e->what[0])
		snprintf(buf, size, "%s", e->what);
	else
		sim_event_object(e, buf, size);
	return buf;
}

static bool is_word(const struct sim_event *e)
{
	return e->kind == SCHED_READ || e->kind == SCHED_WRITE ||
	       (e->kind == SCHED_RMW && e->has_value);
}

/* "dev->driver == NULL", "dev->driver != NULL", "group->opened = 1" */
static void write_word(const struct sim_event *e, char *buf, size_t size)
{
	char object[SIM_TEXT_MAX], value[SIM_TEXT_MAX];
	const char *name = source_object(e, object, sizeof(object));
	bool read = e->kind == SCHED_READ;

	name += *name == '&';
	if (!e->has_value)
		snprintf(buf, size, "%s %s", read ? "read" : "write", name);
	else if (read && e->pointer && e->value)
		snprintf(buf, size, "%s != NULL", name);
	else
		snprintf(buf, size, "%s %s %s", name, read ? "==" : "=",
			 sim_report_value(e, value, sizeof(value)));
}

static void write_call(const struct sim_trace *t, const struct sim_event *e,
		       char *buf, size_t size)
{
	char object[SIM_TEXT_MAX];
	const char *outcome = "";

	if (e->type == SIM_EVENT_STEP)
		outcome =
			sim_outcome_name((enum sched_kind)e->kind, e->outcome);
	snprintf(buf, size, "%s(%s)%s%s", function_of(t, e),
		 source_object(e, object, sizeof(object)), *outcome ? " " : "",
		 outcome);
}

const char *sim_report_source(const struct sim_trace *t, size_t at, char *buf,
			      size_t size)
{
	const struct sim_event *e = &t->events[at];
	char object[SIM_TEXT_MAX];

	switch ((enum sim_event_type)e->type) {
	case SIM_EVENT_STEP:
	case SIM_EVENT_PENDING:
		if (is_word(e))
			write_word(e, buf, size);
		else
			write_call(t, e, buf, size);
		break;
	case SIM_EVENT_ENTER:
	case SIM_EVENT_LEAVE:
		snprintf(buf, size, "%s()", e->func);
		break;
	case SIM_EVENT_FREE:
		snprintf(buf, size, "kfree(%s)",
			 sim_event_object(e, object, sizeof(object)));
		break;
	case SIM_EVENT_FINDING:
		snprintf(buf, size, "%s: %s",
			 sim_verdict_name((enum sim_verdict)e->kind), e->label);
		break;
	default:
		snprintf(buf, size, "%s", e->label ? e->label : "");
		break;
	}
	return buf;
}
