/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_eras_json.c - scenarios by eras for programs: an object per cell;
 * docs/report-formats.md lists every member.
 */
#include "eras.h"

#include <json-c/json.h>

#include <string.h>

#define FORMAT_VERSION 1

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

static void add_set(struct builder *b, struct json_object *object,
		    const char *key, unsigned set)
{
	struct json_object *array = json_object_new_array();
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (set & SIM_SET(v))
			append(b, array,
			       json_object_new_string(
				       sim_verdict_name((enum sim_verdict)v)));
	add(b, object, key, array);
}

/* -------------------------------------------------------------- parts of cells */

static struct json_object *build_finding(struct builder *b,
					 const struct sim_eras_finding *f)
{
	struct json_object *object = json_object_new_object();

	add_text(b, object, "verdict", sim_verdict_name(f->verdict));
	add_text(b, object, "text", f->text);
	add_number(b, object, "count", f->count);
	add_number(b, object, "switches", f->switches);
	add_number(b, object, "steps", f->steps);
	if (f->path[0])
		add_text(b, object, "path", f->path);
	add_text(b, object, "schedule", f->schedule);
	return object;
}

static struct json_object *build_departure(struct builder *b,
					   const struct sim_eras_departure *d)
{
	struct json_object *object = json_object_new_object();

	add_text(b, object, "task", d->task);
	if (d->step)
		add_number(b, object, "step", d->step);
	add_text(b, object, "here", d->here);
	add_text(b, object, "there", d->there);
	return object;
}

static struct json_object *build_comparison(struct builder *b,
					    const struct sim_eras_comparison *c,
					    const char *base)
{
	struct json_object *object = json_object_new_object();
	struct json_object *departures = json_object_new_array();
	unsigned i;

	add_text(b, object, "with", base);
	if (c->error[0])
		add_text(b, object, "error", c->error);
	if (c->made) {
		add_set(b, object, "verdicts", c->verdicts);
		add_number(b, object, "steps", c->steps);
		add_bool(b, object, "fits", c->fits);
	}
	if (c->misfit[0])
		add_text(b, object, "misfit", c->misfit);
	for (i = 0; i < c->nr_departures; i++)
		append(b, departures, build_departure(b, &c->departure[i]));
	add(b, object, "departures", departures);
	return object;
}

/* ----------------------------------------------------------------------- cells */

static const char *const judgement_names[] = {
	[SIM_ERAS_AS_EXPECTED] = "as expected",
	[SIM_ERAS_NOT_STATED] = "not stated",
	[SIM_ERAS_UNDECIDED] = "undecided",
	[SIM_ERAS_DIFFERS] = "differs",
	[SIM_ERAS_FAILED] = "broken",
};

static void add_expectation(struct builder *b, struct json_object *object,
			    const struct sim_eras_cell *cell)
{
	add_text(b, object, "judgement", judgement_names[sim_eras_judge(cell)]);
	if (!cell->expect)
		return;
	add_set(b, object, "expected", cell->expect->set);
	if (cell->expect->bugs)
		add_text(b, object, "bugs", cell->expect->bugs);
}

static void add_search(struct builder *b, struct json_object *object,
		       const struct sim_eras_cell *cell)
{
	struct json_object *findings = json_object_new_array();
	unsigned i;

	add_set(b, object, "verdicts", cell->verdicts);
	add_number(b, object, "runs", cell->runs);
	add_number(b, object, "pruned", cell->pruned);
	add_number(b, object, "steps", cell->steps);
	add_bool(b, object, "exhausted", cell->exhausted);
	if (cell->bounded)
		add_number(b, object, "preemptions_max", cell->bound);
	add(b, object, "seconds", json_object_new_double(cell->seconds));
	for (i = 0; i < cell->nr_findings; i++)
		append(b, findings, build_finding(b, &cell->findings[i]));
	add(b, object, "findings", findings);
}

static struct json_object *build_cell(struct builder *b,
				      const struct sim_eras *eras,
				      unsigned scenario, unsigned column)
{
	const struct sim_eras_cell *cell =
		sim_eras_cell(eras, scenario, column);
	const struct sim_eras_comparison *c = &cell->comparison;
	struct json_object *object = json_object_new_object();

	add_text(b, object, "scenario", eras->scenario[scenario]->name);
	add_text(b, object, "era", eras->column[column].text);
	add_expectation(b, object, cell);
	if (cell->state == SIM_ERAS_EXPLORED)
		add_search(b, object, cell);
	if (cell->error[0])
		add_text(b, object, "error", cell->error);
	if (c->made || c->error[0])
		add(b, object, "comparison",
		    build_comparison(
			    b, c,
			    eras->column[sim_eras_base(eras, scenario)].text));
	return object;
}

static struct json_object *build_table(struct builder *b,
				       const struct sim_eras *eras)
{
	struct json_object *object = json_object_new_object();
	struct json_object *cells = json_object_new_array();
	unsigned i, j;

	add_number(b, object, "format", FORMAT_VERSION);
	for (i = 0; i < eras->nr_scenarios; i++)
		for (j = 0; j < eras->nr_columns; j++)
			if (sim_eras_cell(eras, i, j)->state != SIM_ERAS_BLANK)
				append(b, cells, build_cell(b, eras, i, j));
	add(b, object, "cells", cells);
	return object;
}

int sim_report_eras_json(FILE *out, const struct sim_eras *eras)
{
	struct builder b = { false };
	struct json_object *object = build_table(&b, eras);
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
