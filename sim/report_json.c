/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_json.c - a whole result for programs: docs/report-formats.md lists
 * every member.
 */
#include "report.h"
#include "faults.h"
#include "report_builder.h"

#include <string.h>

#define FORMAT_VERSION 1

static const char *const type_names[] = {
	[SIM_EVENT_STEP] = "step",	 [SIM_EVENT_ENTER] = "enter",
	[SIM_EVENT_LEAVE] = "leave",	 [SIM_EVENT_ACCESS] = "access",
	[SIM_EVENT_FREE] = "free",	 [SIM_EVENT_NOTE] = "note",
	[SIM_EVENT_FINDING] = "finding", [SIM_EVENT_START] = "start",
	[SIM_EVENT_END] = "end",	 [SIM_EVENT_FACT] = "fact",
	[SIM_EVENT_PENDING] = "pending",
};

static const char *const switch_names[] = {
	[SIM_SWITCH_NONE] = "none",
	[SIM_SWITCH_PREEMPTED] = "preempted",
	[SIM_SWITCH_BLOCKED] = "blocked",
	[SIM_SWITCH_ENDED] = "ended",
};

/* As text: readers of JSON round numbers this large. */
static void add_hash(struct sim_json *b, struct json_object *object,
		     const char *key, uint64_t hash)
{
	char text[24];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash);
	sim_json_text(b, object, key, text);
}

/* ------------------------------------------------------------------ traces */

static void add_value(struct sim_json *b, struct json_object *object,
		      const struct sim_event *e)
{
	char value[SIM_TEXT_MAX];

	if (!e->has_value)
		return;
	if (!e->pointer)
		sim_json_add(b, object, "value",
			     json_object_new_int64(e->value));
	else
		sim_json_text(b, object, "value",
			      sim_report_value(e, value, sizeof(value)));
}

static void add_operation(struct sim_json *b, struct json_object *object,
			  const struct sim_event *e)
{
	char name[SIM_TEXT_MAX];

	sim_json_text(b, object, "kind",
		      sim_kind_name((enum sched_kind)e->kind));
	sim_json_text(b, object, "object",
		      sim_event_object(e, name, sizeof(name)));
	if (e->outcome)
		sim_json_text(b, object, "outcome",
			      sim_outcome_name((enum sched_kind)e->kind,
					       e->outcome));
	add_value(b, object, e);
	if (e->how)
		sim_json_text(b, object, "switch", switch_names[e->how]);
	sim_json_text(b, object, "file", e->file);
	if (e->file)
		sim_json_number(b, object, "line", (uint64_t)e->line);
}

static struct json_object *build_event(struct sim_json *b,
				       const struct sim_trace *t,
				       const struct sim_event *e)
{
	struct json_object *object = json_object_new_object();
	char name[SIM_TEXT_MAX];

	sim_json_text(b, object, "type", type_names[e->type]);
	sim_json_text(b, object, "task", t->names[e->task]);
	sim_json_number(b, object, "step", e->step);
	sim_json_text(b, object, "function", e->func);
	if (e->type == SIM_EVENT_STEP || e->type == SIM_EVENT_PENDING)
		add_operation(b, object, e);
	else if (e->type == SIM_EVENT_FREE)
		sim_json_text(b, object, "object",
			      sim_event_object(e, name, sizeof(name)));
	else if (e->type == SIM_EVENT_FINDING)
		sim_json_text(b, object, "verdict",
			      sim_verdict_name((enum sim_verdict)e->kind));
	if (e->type == SIM_EVENT_NOTE || e->type == SIM_EVENT_FACT ||
	    e->type == SIM_EVENT_FINDING)
		sim_json_text(b, object, "text", e->label);
	return object;
}

static struct json_object *build_trace(struct sim_json *b,
				       const struct sim_trace *t)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tasks = json_object_new_array();
	struct json_object *events = json_object_new_array();
	size_t i;

	for (i = 1; i < t->nr_names; i++)
		sim_json_append(b, tasks, json_object_new_string(t->names[i]));
	/* Accesses go without: there are many, and they have no name. */
	for (i = 0; i < t->nr_events; i++)
		if (t->events[i].type != SIM_EVENT_ACCESS)
			sim_json_append(b, events,
					build_event(b, t, &t->events[i]));
	add_hash(b, object, "hash", sim_trace_hash(t));
	sim_json_number(b, object, "steps", t->steps);
	sim_json_add(b, object, "tasks", tasks);
	sim_json_add(b, object, "events", events);
	return object;
}

/* ----------------------------------------------------------------- results */

static struct json_object *build_minimised(struct sim_json *b,
					   const struct sim_minimised *m)
{
	struct json_object *object = json_object_new_object();

	sim_json_number(b, object, "preemptions", m->preemptions);
	sim_json_bool(b, object, "proven", m->proven);
	sim_json_number(b, object, "switches", m->switches);
	sim_json_number(b, object, "faults", m->faults);
	sim_json_number(b, object, "tasks", m->tasks);
	sim_json_number(b, object, "runs", m->runs);
	return object;
}

static struct json_object *build_finding(struct sim_json *b,
					 const struct sim_finding *f)
{
	struct json_object *object = json_object_new_object();

	sim_json_text(b, object, "verdict", sim_verdict_name(f->verdict));
	sim_json_text(b, object, "invariant", f->invariant);
	sim_json_text(b, object, "text", f->text);
	if (f->detail[0])
		sim_json_text(b, object, "detail", f->detail);
	sim_json_text(b, object, "function", f->func);
	sim_json_text(b, object, "file", f->file);
	if (f->file)
		sim_json_number(b, object, "line", (uint64_t)f->line);
	if (f->trace && f->task && f->task < f->trace->nr_names)
		sim_json_text(b, object, "task", f->trace->names[f->task]);
	sim_json_number(b, object, "run", f->run);
	sim_json_number(b, object, "count", f->count);
	if (f->path[0])
		sim_json_text(b, object, "path", f->path);
	sim_json_text(b, object, "schedule", f->schedule);
	if (f->minimised.done)
		sim_json_add(b, object, "minimised",
			     build_minimised(b, &f->minimised));
	if (f->trace)
		sim_json_add(b, object, "trace", build_trace(b, f->trace));
	return object;
}

static void add_invariants(struct sim_json *b, struct json_object *object,
			   const char *key, uint64_t set)
{
	struct json_object *array = json_object_new_array();
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++)
		if (set & SIM_INVARIANT_SET(nr))
			sim_json_append(b, array,
					json_object_new_string(
						sim_invariant_nth(nr)->id));
	sim_json_add(b, object, key, array);
}

static void add_states(struct sim_json *b, struct json_object *object,
		       const struct sim_result *r)
{
	static const char *const by[] = { [SIM_STATES_RAW] = "raw",
					  [SIM_STATES_DECLARED] = "declared",
					  [SIM_STATES_BOTH] = "both" };

	sim_json_number(b, object, "states", r->states);
	sim_json_number(b, object, "transitions", r->transitions);
	sim_json_number(b, object, "cycles", r->cycles);
	sim_json_number(b, object, "bytes", r->bytes);
	sim_json_text(b, object, "states_by", by[r->by]);
	if (r->by == SIM_STATES_BOTH)
		sim_json_number(b, object, "raw_states", r->raw_states);
}

/* "alloc,timeout:2"; what has no limit stands apart: "signal:any". */
static void add_faults(struct sim_json *b, struct json_object *object,
		       const struct sim_faults *faults)
{
	struct json_object *array = json_object_new_array();
	char text[SIM_TEXT_MAX];
	int limited;

	for (limited = 1; limited >= 0; limited--)
		if (*sim_faults_format(faults, limited, text))
			sim_json_append(b, array, json_object_new_string(text));
	sim_json_add(b, object, "faults", array);
}

static void add_odds(struct sim_json *b, struct json_object *object,
		     const struct sim_odds *odds)
{
	struct json_object *own = json_object_new_object();

	sim_json_number(b, own, "tasks", odds->tasks);
	sim_json_number(b, own, "contested_steps", odds->steps);
	sim_json_number(b, own, "since_run", odds->since);
	sim_json_number(b, own, "spun", odds->spun);
	sim_json_add(b, object, "odds", own);
}

static void add_search(struct sim_json *b, struct json_object *object,
		       const struct sim_result *r)
{
	char end[SIM_TEXT_MAX];

	sim_json_text(b, object, "strategy", r->strategy);
	sim_json_number(b, object, "runs", r->runs);
	sim_json_number(b, object, "pruned", r->pruned);
	sim_json_number(b, object, "steps", r->steps);
	if (r->states)
		add_states(b, object, r);
	sim_json_bool(b, object, "exhausted", r->exhausted);
	if (r->ended)
		sim_json_text(b, object, "ended",
			      sim_budget_format(r, end, sizeof(end)));
	if (r->bounded)
		sim_json_number(b, object, "preemptions_max", r->bound);
	if (r->faults.set)
		add_faults(b, object, &r->faults);
	if (r->odds.since)
		add_odds(b, object, &r->odds);
	sim_json_number(b, object, "final_states", r->final_states);
	add_hash(b, object, "final_hash", r->final_hash);
}

static struct json_object *build_result(struct sim_json *b,
					const struct sim_result *r)
{
	struct json_object *object = json_object_new_object();
	struct json_object *findings = json_object_new_array();
	char era[SIM_TEXT_MAX * 4];
	unsigned i;

	sim_era_format(&r->era, era, sizeof(era));
	sim_json_number(b, object, "format", FORMAT_VERSION);
	if (r->scenario)
		sim_json_text(b, object, "scenario", r->scenario->name);
	sim_json_text(b, object, "era", era);
	add_search(b, object, r);
	sim_json_verdicts(b, object, "verdicts", r->verdicts);
	if (r->invariants) {
		add_invariants(b, object, "invariants", r->invariants);
		add_invariants(b, object, "broken", r->broken);
	}
	for (i = 0; i < r->nr_findings; i++)
		sim_json_append(b, findings, build_finding(b, &r->findings[i]));
	sim_json_add(b, object, "findings", findings);
	sim_json_bool(b, object, "truncated", r->truncated);
	if (r->trace)
		sim_json_add(b, object, "trace", build_trace(b, r->trace));
	if (r->error[0])
		sim_json_text(b, object, "error", r->error);
	return object;
}

int sim_report_json(FILE *out, const struct sim_result *result)
{
	struct sim_json b = { false };
	struct json_object *object = build_result(&b, result);
	const char *text = NULL;

	if (!b.failed)
		text = json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PRETTY |
					JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
	return text ? 0 : -ENOMEM;
}
