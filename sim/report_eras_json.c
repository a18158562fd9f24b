/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_eras_json.c - scenarios by eras for programs: an object per cell;
 * docs/report-formats.md lists every member.
 */
#include "eras.h"
#include "report_builder.h"

#include <string.h>

#define FORMAT_VERSION 1

/* -------------------------------------------------------------- parts of cells */

static struct json_object *build_finding(struct sim_json *b,
					 const struct sim_eras_finding *f)
{
	struct json_object *object = json_object_new_object();

	sim_json_text(b, object, "verdict", sim_verdict_name(f->verdict));
	sim_json_text(b, object, "text", f->text);
	sim_json_number(b, object, "count", f->count);
	sim_json_number(b, object, "switches", f->switches);
	sim_json_number(b, object, "steps", f->steps);
	if (f->path[0])
		sim_json_text(b, object, "path", f->path);
	sim_json_text(b, object, "schedule", f->schedule);
	return object;
}

static struct json_object *build_departure(struct sim_json *b,
					   const struct sim_eras_departure *d)
{
	struct json_object *object = json_object_new_object();

	sim_json_text(b, object, "task", d->task);
	if (d->step)
		sim_json_number(b, object, "step", d->step);
	sim_json_text(b, object, "here", d->here);
	sim_json_text(b, object, "there", d->there);
	return object;
}

static struct json_object *build_comparison(struct sim_json *b,
					    const struct sim_eras_comparison *c,
					    const char *base)
{
	struct json_object *object = json_object_new_object();
	struct json_object *departures = json_object_new_array();
	unsigned i;

	sim_json_text(b, object, "with", base);
	if (c->error[0])
		sim_json_text(b, object, "error", c->error);
	if (c->made) {
		sim_json_verdicts(b, object, "verdicts", c->verdicts);
		sim_json_number(b, object, "steps", c->steps);
		sim_json_bool(b, object, "fits", c->fits);
	}
	if (c->misfit[0])
		sim_json_text(b, object, "misfit", c->misfit);
	for (i = 0; i < c->nr_departures; i++)
		sim_json_append(b, departures,
				build_departure(b, &c->departure[i]));
	sim_json_add(b, object, "departures", departures);
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

static void add_expectation(struct sim_json *b, struct json_object *object,
			    const struct sim_eras_cell *cell)
{
	sim_json_text(b, object, "judgement",
		      judgement_names[sim_eras_judge(cell)]);
	if (!cell->expect)
		return;
	sim_json_verdicts(b, object, "expected", cell->expect->set);
	if (cell->expect->bugs)
		sim_json_text(b, object, "bugs", cell->expect->bugs);
}

static void add_search(struct sim_json *b, struct json_object *object,
		       const struct sim_eras_cell *cell)
{
	struct json_object *findings = json_object_new_array();
	unsigned i;

	sim_json_verdicts(b, object, "verdicts", cell->verdicts);
	sim_json_number(b, object, "runs", cell->runs);
	sim_json_number(b, object, "pruned", cell->pruned);
	sim_json_number(b, object, "steps", cell->steps);
	sim_json_bool(b, object, "exhausted", cell->exhausted);
	if (cell->bounded)
		sim_json_number(b, object, "preemptions_max", cell->bound);
	sim_json_add(b, object, "seconds",
		     json_object_new_double(cell->seconds));
	for (i = 0; i < cell->nr_findings; i++)
		sim_json_append(b, findings,
				build_finding(b, &cell->findings[i]));
	sim_json_add(b, object, "findings", findings);
}

static struct json_object *build_cell(struct sim_json *b,
				      const struct sim_eras *eras,
				      unsigned scenario, unsigned column)
{
	const struct sim_eras_cell *cell =
		sim_eras_cell(eras, scenario, column);
	const struct sim_eras_comparison *c = &cell->comparison;
	struct json_object *object = json_object_new_object();

	sim_json_text(b, object, "scenario", eras->scenario[scenario]->name);
	sim_json_text(b, object, "era", eras->column[column].text);
	add_expectation(b, object, cell);
	if (cell->state == SIM_ERAS_EXPLORED)
		add_search(b, object, cell);
	if (cell->error[0])
		sim_json_text(b, object, "error", cell->error);
	if (c->made || c->error[0])
		sim_json_add(b, object, "comparison",
			     build_comparison(
				     b, c,
				     eras->column[sim_eras_base(eras, scenario)]
					     .text));
	return object;
}

static struct json_object *build_table(struct sim_json *b,
				       const struct sim_eras *eras)
{
	struct json_object *object = json_object_new_object();
	struct json_object *cells = json_object_new_array();
	unsigned i, j;

	sim_json_number(b, object, "format", FORMAT_VERSION);
	for (i = 0; i < eras->nr_scenarios; i++)
		for (j = 0; j < eras->nr_columns; j++)
			if (sim_eras_cell(eras, i, j)->state != SIM_ERAS_BLANK)
				sim_json_append(b, cells,
						build_cell(b, eras, i, j));
	sim_json_add(b, object, "cells", cells);
	return object;
}

int sim_report_eras_json(FILE *out, const struct sim_eras *eras)
{
	struct sim_json b = { false };
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
