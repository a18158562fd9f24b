/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paint.c - see paint.h.
 */
#include "paint.h"

#include "kit.h"

#include <stdlib.h>

void paint_begin(struct paint *p, const char *const *names)
{
	unsigned i;

	*p = (struct paint){ .object = "" };
	sim_trace_name_task(&p->trace, 0, "machine");
	for (i = 0; names[i]; i++) {
		sim_trace_name_task(&p->trace, i + 1, names[i]);
		sim_trace_append(&p->trace, SIM_EVENT_START, i + 1);
	}
}

void paint_end(struct paint *p)
{
	sim_trace_release(&p->trace);
}

static struct sim_event *append(struct paint *p, unsigned task,
				enum sim_event_type type, const char *func)
{
	struct sim_event *e = sim_trace_append(&p->trace, type, task);

	e->func = func;
	return e;
}

struct sim_event *paint_step(struct paint *p, unsigned task,
			     enum sched_kind kind, unsigned nr,
			     const char *what)
{
	unsigned last = 0;
	size_t i;
	struct sim_event *e;

	for (i = 0; i < p->trace.nr_events; i++)
		if (p->trace.events[i].type == SIM_EVENT_STEP)
			last = p->trace.events[i].task;
	p->trace.steps++;
	e = append(p, task, SIM_EVENT_STEP, "painted");
	e->kind = (unsigned char)kind;
	e->what = what;
	e->file = "painted.c";
	e->line = (int)p->trace.steps;
	if (last && last != task)
		e->how = SIM_SWITCH_PREEMPTED;
	sim_trace_name_object(&p->trace, e, &p->object[nr], what);
	return e;
}

void paint_word(struct paint *p, unsigned task, enum sched_kind kind,
		unsigned nr, const char *what, int value)
{
	struct sim_event *e = paint_step(p, task, kind, nr, what);

	e->has_value = true;
	e->value = value;
}

void paint_enter(struct paint *p, unsigned task, const char *func)
{
	append(p, task, SIM_EVENT_ENTER, func);
}

void paint_leave(struct paint *p, unsigned task, const char *func)
{
	append(p, task, SIM_EVENT_LEAVE, func);
}

void paint_access(struct paint *p, unsigned task, unsigned nr, bool write)
{
	struct sim_event *e = append(p, task, SIM_EVENT_ACCESS, "painted");

	e->obj = &p->object[nr];
	e->write = write;
}

void paint_free(struct paint *p, unsigned task, unsigned nr, const char *type,
		unsigned type_nr)
{
	struct sim_event *e = append(p, task, SIM_EVENT_FREE, "painted");

	e->obj = &p->object[nr];
	e->size = 1;
	e->type_name = type;
	e->nr = type_nr;
}

void paint_note(struct paint *p, unsigned task, const char *text)
{
	append(p, task, SIM_EVENT_NOTE, "painted")->label = text;
}

void paint_fact(struct paint *p, unsigned task, const char *text)
{
	append(p, task, SIM_EVENT_FACT, NULL)->label = text;
}

void paint_finding(struct paint *p, unsigned task, enum sim_verdict verdict,
		   const char *text)
{
	struct sim_event *e = append(p, task, SIM_EVENT_FINDING, "painted");

	e->kind = (unsigned char)verdict;
	e->label = text;
}

static char *print(void (*report)(FILE *out, const struct sim_finding *finding,
				  const struct sim_trace *trace),
		   const struct sim_trace *trace)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report(out, NULL, trace);
	assert_int_equal(fclose(out), 0);
	return text;
}

char *paint_commit(const struct sim_trace *trace)
{
	return print(sim_report_commit, trace);
}

char *paint_text(const struct sim_trace *trace)
{
	return print(sim_report_text, trace);
}
