/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras.c - the table of scenarios by eras: which cells it has, what is stated
 * about them, and how what was found stands to that.
 */
#include "eras.h"

#include "store.h"

#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------- expectations */

static bool same_era(const struct kernel_era *a, const struct kernel_era *b)
{
	return !strcmp(a->name, b->name) &&
	       !memcmp(a->value, b->value, sizeof(a->value));
}

const struct sim_expect *sim_eras_expect(const struct sim_scenario *scenario,
					 const struct kernel_era *era)
{
	const struct sim_expect *e;
	struct kernel_era own;
	char error[SIM_TEXT_MAX];

	for (e = scenario->expect; e && e->era; e++)
		if (!sim_era_parse(e->era, &own, error) && same_era(&own, era))
			return e;
	return NULL;
}

/* Is everything tried that the expectation is about? */
static bool complete(const struct sim_eras_cell *cell)
{
	if (!cell->exhausted)
		return false;
	if (!cell->bounded)
		return true;
	return cell->expect->bound && cell->bound >= cell->expect->bound;
}

enum sim_eras_judgement sim_eras_judge(const struct sim_eras_cell *cell)
{
	const struct sim_expect *expect = cell->expect;

	if (cell->state == SIM_ERAS_BROKEN)
		return SIM_ERAS_FAILED;
	if (cell->state != SIM_ERAS_EXPLORED)
		return SIM_ERAS_UNDECIDED;
	if (!expect)
		return SIM_ERAS_NOT_STATED;
	if (cell->verdicts & ~expect->set)
		return SIM_ERAS_DIFFERS;
	if (cell->verdicts == expect->set && (expect->set || complete(cell)))
		return SIM_ERAS_AS_EXPECTED;
	return complete(cell) ? SIM_ERAS_DIFFERS : SIM_ERAS_UNDECIDED;
}

const char *sim_eras_verdicts(unsigned set, const char *separator, char *buf,
			      size_t size)
{
	size_t used = 0;
	unsigned v;

	snprintf(buf, size, "clean");
	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!(set & SIM_SET(v)) || used >= size)
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 used ? separator : "",
					 sim_verdict_name((enum sim_verdict)v));
	}
	return buf;
}

/* -------------------------------------------------------------- rows, columns */

int sim_eras_add_scenario(struct sim_eras *eras,
			  const struct sim_scenario *scenario)
{
	unsigned i;

	for (i = 0; i < eras->nr_scenarios; i++)
		if (eras->scenario[i] == scenario)
			return -EEXIST;
	if (eras->nr_scenarios == SIM_ERAS_SCENARIOS_MAX)
		return -ENOSPC;
	eras->scenario[eras->nr_scenarios++] = scenario;
	return 0;
}

/* "+atomic" of "v3.19-patched check_order=atomic": what it adds, if that is a
 * word that says something; else the flag. */
static void make_heading(const struct kernel_era *era, const char *text,
			 char *heading)
{
	const char *blank = strchr(text, ' '), *equals, *word;
	int n;

	if (!blank) {
		memcpy(heading, era->name, ERA_NAME_MAX);
		return;
	}
	equals = strchr(blank, '=');
	word = equals ? equals + 1 : blank + 1;
	n = (int)strcspn(word, " ");
	if (n <= 3 && equals) {
		word = blank + 1;
		n = (int)(equals - word);
	}
	snprintf(heading, ERA_NAME_MAX, "+%.*s%s", n, word,
		 strchr(word, ' ') ? "+" : "");
}

static bool heading_taken(const struct sim_eras *eras, const char *heading)
{
	unsigned i;

	for (i = 0; i + 1 < eras->nr_columns; i++)
		if (!strcmp(eras->column[i].heading, heading))
			return true;
	return false;
}

/* The second column of one heading is "+atomic#2". */
static void tell_apart(struct sim_eras *eras)
{
	struct sim_eras_column *last = &eras->column[eras->nr_columns - 1];
	char heading[ERA_NAME_MAX];
	unsigned n = 1;

	memcpy(heading, last->heading, sizeof(heading));
	while (heading_taken(eras, last->heading))
		snprintf(last->heading, sizeof(last->heading), "%.24s#%u",
			 heading, ++n);
}

int sim_eras_add_column(struct sim_eras *eras, const struct kernel_era *era,
			bool given)
{
	struct sim_eras_column *column;
	unsigned i;

	for (i = 0; i < eras->nr_columns; i++)
		if (same_era(&eras->column[i].era, era))
			return -EEXIST;
	if (eras->nr_columns == SIM_ERAS_COLUMNS_MAX)
		return -ENOSPC;
	column = &eras->column[eras->nr_columns++];
	column->era = *era;
	column->given = given;
	sim_era_format(era, column->text, sizeof(column->text));
	make_heading(era, column->text, column->heading);
	tell_apart(eras);
	return 0;
}

/* Behind the last column of this era; 0: it has none. */
static unsigned place_of(const struct sim_eras *eras,
			 const struct kernel_era *era)
{
	unsigned at = eras->nr_columns;

	while (at && strcmp(eras->column[at - 1].era.name, era->name))
		at--;
	return at;
}

/* Move the last column to @at. */
static void move_last(struct sim_eras *eras, unsigned at)
{
	unsigned last = eras->nr_columns - 1;
	struct sim_eras_column column = eras->column[last];

	memmove(&eras->column[at + 1], &eras->column[at],
		(last - at) * sizeof(column));
	eras->column[at] = column;
}

static int add_overrides_of(struct sim_eras *eras,
			    const struct sim_scenario *scenario)
{
	const struct sim_expect *e;
	struct kernel_era era, plain;
	char error[SIM_TEXT_MAX];
	unsigned place;
	int ret;

	for (e = scenario->expect; e && e->era; e++) {
		if (sim_era_parse(e->era, &era, error) ||
		    era_lookup(era.name, &plain) || same_era(&era, &plain))
			continue;
		place = place_of(eras, &era);
		ret = place ? sim_eras_add_column(eras, &era, false) : -ENOENT;
		if (ret == -ENOSPC)
			return ret;
		if (!ret)
			move_last(eras, place);
	}
	return 0;
}

int sim_eras_add_overrides(struct sim_eras *eras)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < eras->nr_scenarios && !ret; i++)
		ret = add_overrides_of(eras, eras->scenario[i]);
	return ret;
}

/* ---------------------------------------------------------------------- cells */

struct sim_eras_cell *sim_eras_cell(const struct sim_eras *eras,
				    unsigned scenario, unsigned column)
{
	return &eras->cells[scenario * eras->nr_columns + column];
}

int sim_eras_base(const struct sim_eras *eras, unsigned scenario)
{
	unsigned i;

	for (i = 0; i < eras->nr_columns; i++)
		if (sim_eras_cell(eras, scenario, i)->nr_findings)
			return (int)i;
	return -1;
}

void sim_eras_release(struct sim_eras *eras)
{
	unsigned nr = eras->nr_scenarios * eras->nr_columns, i, j;

	for (i = 0; eras->cells && i < nr; i++) {
		struct sim_eras_cell *cell = &eras->cells[i];

		for (j = 0; j < cell->nr_findings; j++)
			free(cell->findings[j].schedule);
		free(cell->findings);
	}
	free(eras->cells);
	eras->cells = NULL;
}

/* ---------------------------------------------------------------------- files */

static void name_file(const struct sim_eras *eras, unsigned scenario,
		      unsigned column, const char *folder,
		      struct sim_eras_finding *f)
{
	char name[SIM_ERAS_TEXT_MAX + SIM_TEXT_MAX], *c;

	snprintf(name, sizeof(name), "%s-%s-%s", eras->scenario[scenario]->name,
		 eras->column[column].text, sim_verdict_name(f->verdict));
	/* An override is set off by a plus sign. */
	for (c = name; *c; c++)
		if (*c == ' ')
			*c = strchr(c, '=') ? '+' : '-';
	if ((size_t)snprintf(f->path, sizeof(f->path), "%s/%s.schedule", folder,
			     name) >= sizeof(f->path))
		f->path[0] = '\0';
}

/* The shortest of each verdict; they are sorted. */
static int store_cell(struct sim_eras *eras, unsigned scenario, unsigned column,
		      const char *folder, char *error)
{
	struct sim_eras_cell *cell = sim_eras_cell(eras, scenario, column);
	unsigned seen = 0, i;
	int ret = 0;

	for (i = 0; i < cell->nr_findings && !ret; i++) {
		struct sim_eras_finding *f = &cell->findings[i];

		if (seen & SIM_SET(f->verdict))
			continue;
		seen |= SIM_SET(f->verdict);
		name_file(eras, scenario, column, folder, f);
		if (!f->path[0]) {
			snprintf(error, SIM_TEXT_MAX,
				 "%.180s: expected a shorter path", folder);
			return -EIO;
		}
		ret = sim_store_file(f->path, f->schedule, strlen(f->schedule),
				     error);
		if (ret)
			f->path[0] = '\0';
	}
	return ret;
}

int sim_eras_store(struct sim_eras *eras, const char *folder, char *error)
{
	unsigned i, j;
	int ret = 0;

	for (i = 0; i < eras->nr_scenarios; i++)
		for (j = 0; j < eras->nr_columns && !ret; j++)
			ret = store_cell(eras, i, j, folder, error);
	return ret;
}
