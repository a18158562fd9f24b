/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_json.c - a whole result for programs: docs/report-formats.md lists
 * every member.
 */
#include "report.h"

#include <json-c/json.h>

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

/* Memory may run out anywhere; one answer at the end is enough. */
struct builder {
	bool failed;
};

static void add(struct builder *b, struct json_object *object, const char *key,
		struct json_object *value)
{
	if (value && object && !json_object_object_add(object, key, value))
		return;
	json_object_put(value);
	b->failed = true;
}

static void append(struct builder *b, struct json_object *array,
		   struct json_object *value)
{
	if (value && array && !json_object_array_add(array, value))
		return;
	json_object_put(value);
	b->failed = true;
}

static void add_text(struct builder *b, struct json_object *object,
		     const char *key, const char *text)
{
	if (text)
		add(b, object, key, json_object_new_string(text));
}

static void add_number(struct builder *b, struct json_object *object,
		       const char *key, uint64_t number)
{
	add(b, object, key, json_object_new_uint64(number));
}

static void add_bool(struct builder *b, struct json_object *object,
		     const char *key, bool value)
{
	add(b, object, key, json_object_new_boolean(value));
}

/* As text: readers of JSON round numbers this large. */
static void add_hash(struct builder *b, struct json_object *object,
		     const char *key, uint64_t hash)
{
	char text[24];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash);
	add_text(b, object, key, text);
}

/* ------------------------------------------------------------------ traces */

static void add_value(struct builder *b, struct json_object *object,
		      const struct sim_event *e)
{
	char value[SIM_TEXT_MAX];

	if (!e->has_value)
		return;
	if (!e->pointer)
		add(b, object, "value", json_object_new_int64(e->value));
	else
		add_text(b, object, "value",
			 sim_report_value(e, value, sizeof(value)));
}

static void add_operation(struct builder *b, struct json_object *object,
			  const struct sim_event *e)
{
	char name[SIM_TEXT_MAX];

	add_text(b, object, "kind", sim_kind_name((enum sched_kind)e->kind));
	add_text(b, object, "object", sim_event_object(e, name, sizeof(name)));
	if (e->outcome)
		add_text(b, object, "outcome",
			 sim_outcome_name((enum sched_kind)e->kind,
					  e->outcome));
	add_value(b, object, e);
	if (e->how)
		add_text(b, object, "switch", switch_names[e->how]);
	add_text(b, object, "file", e->file);
	if (e->file)
		add_number(b, object, "line", (uint64_t)e->line);
}

static struct json_object *build_event(struct builder *b,
				       const struct sim_trace *t,
				       const struct sim_event *e)
{
	struct json_object *object = json_object_new_object();
	char name[SIM_TEXT_MAX];

	add_text(b, object, "type", type_names[e->type]);
	add_text(b, object, "task", t->names[e->task]);
	add_number(b, object, "step", e->step);
	add_text(b, object, "function", e->func);
	if (e->type == SIM_EVENT_STEP || e->type == SIM_EVENT_PENDING)
		add_operation(b, object, e);
	else if (e->type == SIM_EVENT_FREE)
		add_text(b, object, "object",
			 sim_event_object(e, name, sizeof(name)));
	else if (e->type == SIM_EVENT_FINDING)
		add_text(b, object, "verdict",
			 sim_verdict_name((enum sim_verdict)e->kind));
	if (e->type == SIM_EVENT_NOTE || e->type == SIM_EVENT_FACT ||
	    e->type == SIM_EVENT_FINDING)
		add_text(b, object, "text", e->label);
	return object;
}

static struct json_object *build_trace(struct builder *b,
				       const struct sim_trace *t)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tasks = json_object_new_array();
	struct json_object *events = json_object_new_array();
	size_t i;

	for (i = 1; i < t->nr_names; i++)
		append(b, tasks, json_object_new_string(t->names[i]));
	/* Accesses go without: there are many, and they have no name. */
	for (i = 0; i < t->nr_events; i++)
		if (t->events[i].type != SIM_EVENT_ACCESS)
			append(b, events, build_event(b, t, &t->events[i]));
	add_hash(b, object, "hash", sim_trace_hash(t));
	add_number(b, object, "steps", t->steps);
	add(b, object, "tasks", tasks);
	add(b, object, "events", events);
	return object;
}

/* ----------------------------------------------------------------- results */

static struct json_object *build_finding(struct builder *b,
					 const struct sim_finding *f)
{
	struct json_object *object = json_object_new_object();

	add_text(b, object, "verdict", sim_verdict_name(f->verdict));
	add_text(b, object, "invariant", f->invariant);
	add_text(b, object, "text", f->text);
	if (f->detail[0])
		add_text(b, object, "detail", f->detail);
	add_text(b, object, "function", f->func);
	add_text(b, object, "file", f->file);
	if (f->file)
		add_number(b, object, "line", (uint64_t)f->line);
	if (f->trace && f->task && f->task < f->trace->nr_names)
		add_text(b, object, "task", f->trace->names[f->task]);
	add_number(b, object, "run", f->run);
	add_number(b, object, "count", f->count);
	if (f->path[0])
		add_text(b, object, "path", f->path);
	add_text(b, object, "schedule", f->schedule);
	if (f->trace)
		add(b, object, "trace", build_trace(b, f->trace));
	return object;
}

static struct json_object *build_verdicts(struct builder *b, unsigned set)
{
	struct json_object *array = json_object_new_array();
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (set & SIM_SET(v))
			append(b, array,
			       json_object_new_string(
				       sim_verdict_name((enum sim_verdict)v)));
	return array;
}

static void add_invariants(struct builder *b, struct json_object *object,
			   const char *key, uint64_t set)
{
	struct json_object *array = json_object_new_array();
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++)
		if (set & SIM_INVARIANT_SET(nr))
			append(b, array,
			       json_object_new_string(
				       sim_invariant_nth(nr)->id));
	add(b, object, key, array);
}

static void add_search(struct builder *b, struct json_object *object,
		       const struct sim_result *r)
{
	add_text(b, object, "strategy", r->strategy);
	add_number(b, object, "runs", r->runs);
	add_number(b, object, "pruned", r->pruned);
	add_number(b, object, "steps", r->steps);
	add_bool(b, object, "exhausted", r->exhausted);
	if (r->bounded)
		add_number(b, object, "preemptions_max", r->bound);
	add_number(b, object, "final_states", r->final_states);
	add_hash(b, object, "final_hash", r->final_hash);
}

static struct json_object *build_result(struct builder *b,
					const struct sim_result *r)
{
	struct json_object *object = json_object_new_object();
	struct json_object *findings = json_object_new_array();
	char era[SIM_TEXT_MAX * 4];
	unsigned i;

	sim_era_format(&r->era, era, sizeof(era));
	add_number(b, object, "format", FORMAT_VERSION);
	if (r->scenario)
		add_text(b, object, "scenario", r->scenario->name);
	add_text(b, object, "era", era);
	add_search(b, object, r);
	add(b, object, "verdicts", build_verdicts(b, r->verdicts));
	if (r->invariants) {
		add_invariants(b, object, "invariants", r->invariants);
		add_invariants(b, object, "broken", r->broken);
	}
	for (i = 0; i < r->nr_findings; i++)
		append(b, findings, build_finding(b, &r->findings[i]));
	add(b, object, "findings", findings);
	add_bool(b, object, "truncated", r->truncated);
	if (r->trace)
		add(b, object, "trace", build_trace(b, r->trace));
	if (r->error[0])
		add_text(b, object, "error", r->error);
	return object;
}

int sim_report_json(FILE *out, const struct sim_result *result)
{
	struct builder b = { false };
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
