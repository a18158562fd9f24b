/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_eras.c - scenarios by eras for people: a list of one scenario, a
 * table of several, both as plain text or as Markdown.
 */
#include "eras.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2
/* What is wider is broken between verdicts. */
#define CELL_COLUMNS 14u
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

struct grid_cell {
	char text[SIM_ERAS_TEXT_MAX];
	enum sim_eras_judgement judgement; /* for colour */
	bool number; /* to the right */
};

/* What is printed: cells in rows; the first row is the header. */
struct grid {
	FILE *out;
	bool markdown, color;
	int sign_width; /* in the legend */
	unsigned nr_rows, nr_columns;
	struct grid_cell *cells;
};

/* ---------------------------------------------------------------------- grid */

static bool grid_begin(struct grid *g, unsigned nr_rows, unsigned nr_columns)
{
	g->nr_rows = nr_rows;
	g->nr_columns = nr_columns;
	g->cells = calloc((size_t)nr_rows * nr_columns, sizeof(*g->cells));
	if (!g->cells)
		fprintf(g->out, "out of memory for the table\n");
	return g->cells != NULL;
}

static struct grid_cell *grid_cell(const struct grid *g, unsigned row,
				   unsigned column)
{
	return &g->cells[row * g->nr_columns + column];
}

static void grid_set(struct grid *g, unsigned row, unsigned column,
		     const char *text)
{
	struct grid_cell *cell = grid_cell(g, row, column);

	snprintf(cell->text, sizeof(cell->text), "%s", text);
}

/* The @nth line of a text, and its length; NULL: it has not so many. */
static const char *line_of(const char *text, unsigned nth, int *ret_length)
{
	while (nth--) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	*ret_length = (int)strcspn(text, "\n");
	return text;
}

static int column_width(const struct grid *g, unsigned column)
{
	const char *text;
	int widest = 0, length;
	unsigned row, nth;

	for (row = 0; row < g->nr_rows; row++)
		for (nth = 0; (text = line_of(grid_cell(g, row, column)->text,
					      nth, &length));
		     nth++)
			widest = length > widest ? length : widest;
	return widest;
}

static const char *color_of(const struct grid *g, const struct grid_cell *cell)
{
	if (!g->color)
		return "";
	switch (cell->judgement) {
	case SIM_ERAS_DIFFERS:
	case SIM_ERAS_FAILED:
		return RED;
	case SIM_ERAS_UNDECIDED:
		return YELLOW;
	default:
		return "";
	}
}

/* No blanks at the end of a line: @pad is what the cells so far left over. */
static void print_part(const struct grid *g, const struct grid_cell *cell,
		       unsigned nth, int width, int *pad)
{
	const char *color = color_of(g, cell), *text;
	int length = 0;

	text = line_of(cell->text, nth, &length);
	if (!text || !length) {
		*pad += width + GAP;
		return;
	}
	fprintf(g->out, "%*s%s%.*s%s",
		*pad + (cell->number ? width - length : 0), "", color, length,
		text, *color ? PLAIN : "");
	*pad = GAP + (cell->number ? 0 : width - length);
}

static bool row_has_line(const struct grid *g, unsigned row, unsigned nth)
{
	unsigned column;
	int length;

	for (column = 0; column < g->nr_columns; column++)
		if (line_of(grid_cell(g, row, column)->text, nth, &length))
			return true;
	return false;
}

static void print_row(const struct grid *g, unsigned row, const int *width)
{
	unsigned nth, column;

	for (nth = 0; row_has_line(g, row, nth); nth++) {
		int pad = 0;

		for (column = 0; column < g->nr_columns; column++)
			print_part(g, grid_cell(g, row, column), nth,
				   width[column], &pad);
		fputc('\n', g->out);
	}
}

static void print_pipes(const struct grid *g, unsigned row)
{
	unsigned column;

	for (column = 0; column < g->nr_columns; column++) {
		const char *text = grid_cell(g, row, column)->text;

		fprintf(g->out, "| %s ", text + strspn(text, " "));
	}
	fprintf(g->out, "|\n");
	for (column = 0; !row && column < g->nr_columns; column++)
		fprintf(g->out,
			g->nr_rows > 1 && grid_cell(g, 1, column)->number ?
				"|---:" :
				"|---");
	if (!row)
		fprintf(g->out, "|\n");
}

static void grid_print(struct grid *g)
{
	int width[SIM_ERAS_COLUMNS_MAX + 1];
	unsigned i;

	for (i = 0; i < g->nr_columns; i++)
		width[i] = column_width(g, i);
	for (i = 0; i < g->nr_rows; i++)
		if (g->markdown)
			print_pipes(g, i);
		else
			print_row(g, i, width);
	free(g->cells);
}

/* --------------------------------------------------------------------- words */

static const char *const marks[] = {
	[SIM_ERAS_AS_EXPECTED] = " ", [SIM_ERAS_NOT_STATED] = "~",
	[SIM_ERAS_UNDECIDED] = "?",   [SIM_ERAS_DIFFERS] = "!",
	[SIM_ERAS_FAILED] = "!",
};

static const char *mark_of(const struct sim_eras_cell *cell)
{
	if (cell->state == SIM_ERAS_BLANK)
		return " ";
	return marks[sim_eras_judge(cell)];
}

/* "45", "<=2", "100+": how much was tried, in a word. */
static const char *extent(const struct sim_eras_cell *cell, char *buf,
			  size_t size)
{
	if (!cell->exhausted)
		snprintf(buf, size, "%llu+", (unsigned long long)cell->runs);
	else if (cell->bounded)
		snprintf(buf, size, "<=%u", cell->bound);
	else
		snprintf(buf, size, "%llu", (unsigned long long)cell->runs);
	return buf;
}

/* For a table: "refused,deadlock 715", over several lines if it is long. */
static const char *short_text(const struct sim_eras_cell *cell, bool wrap,
			      char *buf, size_t size)
{
	const char *mark = mark_of(cell);
	char verdicts[SIM_TEXT_MAX * 2], number[32];

	if (cell->state == SIM_ERAS_BLANK)
		snprintf(buf, size, " .");
	else if (cell->state == SIM_ERAS_BROKEN)
		snprintf(buf, size, "%sbroken", mark);
	else if (cell->state == SIM_ERAS_WAITING)
		snprintf(buf, size, "%s", mark);
	if (cell->state != SIM_ERAS_EXPLORED)
		return buf;
	extent(cell, number, sizeof(number));
	sim_eras_verdicts(cell->verdicts, ",", verdicts, sizeof(verdicts));
	if (wrap && strlen(verdicts) + strlen(number) + 2 > CELL_COLUMNS)
		sim_eras_verdicts(cell->verdicts, ",\n ", verdicts,
				  sizeof(verdicts));
	snprintf(buf, size, "%s%s %s", mark, verdicts, number);
	return buf;
}

/* "exhausted", "<= 2 preemptions" */
static const char *explored(const struct sim_eras_cell *cell, char *buf,
			    size_t size)
{
	if (cell->state == SIM_ERAS_BROKEN)
		snprintf(buf, size, "%s", cell->error);
	else if (cell->state != SIM_ERAS_EXPLORED)
		snprintf(buf, size, "not explored");
	else if (!cell->exhausted)
		snprintf(buf, size, "not to the end");
	else if (cell->bounded)
		snprintf(buf, size, "<= %u preemption%s", cell->bound,
			 cell->bound == 1 ? "" : "s");
	else
		snprintf(buf, size, "exhausted");
	return buf;
}

/* "as expected", "expected refused, deadlock"; with the bugs' names. */
static const char *expectation(const struct sim_eras_cell *cell, char *buf,
			       size_t size)
{
	const struct sim_expect *e = cell->expect;
	char verdicts[SIM_TEXT_MAX * 2];

	if (!e)
		snprintf(buf, size, "not stated");
	else
		snprintf(buf, size, "%s%s%s%s%s",
			 sim_eras_judge(cell) == SIM_ERAS_AS_EXPECTED ?
				 "as expected" :
				 "expected ",
			 sim_eras_judge(cell) == SIM_ERAS_AS_EXPECTED ?
				 "" :
				 sim_eras_verdicts(e->set, ", ", verdicts,
						   sizeof(verdicts)),
			 e->bugs ? " (" : "", e->bugs ? e->bugs : "",
			 e->bugs ? ")" : "");
	return buf;
}

/* ---------------------------------------------------------------- one scenario */

/* Overrides stand below their era if that has a row. */
static const char *row_name(const struct sim_eras *eras, unsigned column,
			    bool markdown)
{
	const char *text = eras->column[column].text;
	const char *blank = strchr(text, ' ');
	unsigned i;

	if (!blank || markdown)
		return text;
	for (i = column; i-- > 0;)
		if (!strchr(eras->column[i].text, ' '))
			return strcmp(eras->column[i].text,
				      eras->column[column].era.name) ?
				       text :
				       blank;
	return text;
}

static void fill_list_row(struct grid *g, unsigned row,
			  const struct sim_eras *eras, unsigned scenario,
			  unsigned column)
{
	const struct sim_eras_cell *cell =
		sim_eras_cell(eras, scenario, column);
	char text[SIM_ERAS_TEXT_MAX];
	unsigned i;

	snprintf(text, sizeof(text), "%s %s%s", mark_of(cell),
		 row_name(eras, column, g->markdown)[0] == ' ' ? "  +" : "",
		 row_name(eras, column, g->markdown));
	grid_set(g, row, 0, text);
	if (cell->state == SIM_ERAS_EXPLORED) {
		grid_set(g, row, 1,
			 sim_eras_verdicts(cell->verdicts, ", ", text,
					   sizeof(text)));
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)cell->runs);
		grid_set(g, row, 2, text);
	}
	grid_cell(g, row, 2)->number = true;
	grid_set(g, row, 3, explored(cell, text, sizeof(text)));
	grid_set(g, row, 4, expectation(cell, text, sizeof(text)));
	for (i = 0; i < g->nr_columns; i++)
		grid_cell(g, row, i)->judgement = sim_eras_judge(cell);
}

static void print_list(struct grid *g, const struct sim_eras *eras,
		       unsigned scenario)
{
	const char *const header[] = { "  era", "found", "runs", "explored",
				       "expectation" };
	const struct sim_scenario *s = eras->scenario[scenario];
	unsigned i;

	fprintf(g->out, g->markdown ? "**%s**: %s\n\n" : "%s: %s\n\n", s->name,
		s->summary);
	if (!grid_begin(g, eras->nr_columns + 1, 5))
		return;
	for (i = 0; i < g->nr_columns; i++)
		grid_set(g, 0, i, header[i]);
	grid_cell(g, 0, 2)->number = true;
	for (i = 0; i < eras->nr_columns; i++)
		fill_list_row(g, i + 1, eras, scenario, i);
	grid_print(g);
}

/* -------------------------------------------------------------- comparisons */

static void print_departure(const struct grid *g,
			    const struct sim_eras_departure *d,
			    const char *base)
{
	char step[32] = "";

	if (d->step)
		snprintf(step, sizeof(step), ", step %u", d->step);
	if (g->markdown)
		fprintf(g->out, "  - %s%s: `%s`; in %s: `%s`\n", d->task, step,
			d->here, base, d->there);
	else
		fprintf(g->out, "    %s%s: %s\n        in %s: %s\n", d->task,
			step, d->here, base, d->there);
}

static void print_comparison(const struct grid *g,
			     const struct sim_eras_comparison *c,
			     const char *base)
{
	char verdicts[SIM_TEXT_MAX * 2];
	unsigned i;

	if (!c->made) {
		fprintf(g->out, "could not be run: %s\n", c->error);
		return;
	}
	fprintf(g->out, "%s%s%s%s\n",
		sim_eras_verdicts(c->verdicts, ", ", verdicts,
				  sizeof(verdicts)),
		c->nr_departures ? "" : ", same steps",
		c->fits ? "" : "; the schedule stops fitting at: ", c->misfit);
	for (i = 0; i < c->nr_departures; i++)
		print_departure(g, &c->departure[i], base);
}

static bool compared(const struct sim_eras_cell *cell)
{
	return cell->comparison.made || cell->comparison.error[0];
}

/* The first column that has the very same comparison. */
static unsigned same_comparison(const struct sim_eras *eras, unsigned scenario,
				unsigned column)
{
	const struct sim_eras_comparison *c =
		&sim_eras_cell(eras, scenario, column)->comparison;
	unsigned i;

	for (i = 0; i < column; i++)
		if (compared(sim_eras_cell(eras, scenario, i)) &&
		    !memcmp(&sim_eras_cell(eras, scenario, i)->comparison, c,
			    sizeof(*c)))
			break;
	return i;
}

static void print_comparison_of(const struct grid *g,
				const struct sim_eras *eras, unsigned scenario,
				unsigned column, const char *base)
{
	unsigned same = same_comparison(eras, scenario, column);

	fprintf(g->out, g->markdown ? "- **%s**: " : "  %s: ",
		eras->column[column].text);
	if (same < column)
		fprintf(g->out, "as %s\n", eras->column[same].text);
	else
		print_comparison(
			g, &sim_eras_cell(eras, scenario, column)->comparison,
			base);
}

static void print_comparisons(const struct grid *g, const struct sim_eras *eras,
			      unsigned scenario)
{
	int base = sim_eras_base(eras, scenario);
	const struct sim_eras_finding *f;
	unsigned i, nr = 0;

	for (i = 0; base >= 0 && i < eras->nr_columns; i++) {
		if (!compared(sim_eras_cell(eras, scenario, i)))
			continue;
		f = sim_eras_cell(eras, scenario, (unsigned)base)->findings;
		if (!nr++)
			fprintf(g->out,
				"\nThe run of %s in %s that ends '%s' (%u "
				"switch%s, %u steps),\nmade in other eras, and "
				"where each task departs from it:\n\n",
				eras->scenario[scenario]->name,
				eras->column[base].text,
				sim_verdict_name(f->verdict), f->switches,
				f->switches == 1 ? "" : "es", f->steps);
		print_comparison_of(g, eras, scenario, i,
				    eras->column[base].text);
	}
}

/* ---------------------------------------------------------- several scenarios */

static void fill_table(struct grid *g, const struct sim_eras *eras)
{
	char text[SIM_ERAS_TEXT_MAX];
	unsigned i, j;

	grid_set(g, 0, 0, "scenario");
	for (j = 0; j < eras->nr_columns; j++) {
		snprintf(text, sizeof(text), " %s", eras->column[j].heading);
		grid_set(g, 0, j + 1, text);
	}
	for (i = 0; i < eras->nr_scenarios; i++) {
		grid_set(g, i + 1, 0, eras->scenario[i]->name);
		for (j = 0; j < eras->nr_columns; j++) {
			const struct sim_eras_cell *cell =
				sim_eras_cell(eras, i, j);

			grid_set(g, i + 1, j + 1,
				 short_text(cell, !g->markdown, text,
					    sizeof(text)));
			if (cell->state != SIM_ERAS_BLANK)
				grid_cell(g, i + 1, j + 1)->judgement =
					sim_eras_judge(cell);
		}
	}
}

static void print_table(struct grid *g, const struct sim_eras *eras)
{
	if (!grid_begin(g, eras->nr_scenarios + 1, eras->nr_columns + 1))
		return;
	fill_table(g, eras);
	grid_print(g);
}

/* -------------------------------------------------------------------- legend */

/* Does a cell stand like this? */
static bool occurs(const struct sim_eras *eras,
		   enum sim_eras_judgement judgement)
{
	unsigned nr = eras->nr_scenarios * eras->nr_columns, i;

	for (i = 0; i < nr; i++)
		if (eras->cells[i].state != SIM_ERAS_BLANK &&
		    sim_eras_judge(&eras->cells[i]) == judgement)
			return true;
	return false;
}

enum { EXTENT_ALL, EXTENT_BOUND, EXTENT_CUT };

static bool extent_occurs(const struct sim_eras *eras, int which)
{
	unsigned nr = eras->nr_scenarios * eras->nr_columns, i;

	for (i = 0; i < nr; i++) {
		const struct sim_eras_cell *cell = &eras->cells[i];

		if (cell->state == SIM_ERAS_EXPLORED &&
		    which == (!cell->exhausted ? EXTENT_CUT :
			      cell->bounded    ? EXTENT_BOUND :
						 EXTENT_ALL))
			return true;
	}
	return false;
}

static void print_entry(const struct grid *g, const char *sign,
			const char *text)
{
	if (g->markdown)
		fprintf(g->out, "- `%s`: %s\n", sign, text);
	else
		fprintf(g->out, "  %-*s  %s\n", g->sign_width, sign, text);
}

/* So that all entries begin in one column. */
static int sign_width(const struct sim_eras *eras, bool table)
{
	size_t widest = table ? strlen("<=N") : 1, n;
	unsigned i;

	for (i = 0; table && i < eras->nr_columns; i++) {
		n = strlen(eras->column[i].heading);
		if (eras->column[i].heading[0] == '+' && n > widest)
			widest = n;
	}
	return (int)widest;
}

static void print_signs(const struct grid *g, const struct sim_eras *eras,
			bool table)
{
	if (table && extent_occurs(eras, EXTENT_ALL))
		print_entry(g, "N", "every interleaving was tried, in N runs");
	if (table && extent_occurs(eras, EXTENT_BOUND))
		print_entry(g, "<=N", "all runs with at most N preemptions");
	if (table && extent_occurs(eras, EXTENT_CUT))
		print_entry(g, "N+", "N runs, and not all were tried");
	if (occurs(eras, SIM_ERAS_NOT_STATED))
		print_entry(g, "~",
			    "the scenario does not state what this "
			    "era must show");
	if (occurs(eras, SIM_ERAS_UNDECIDED))
		print_entry(g, "?",
			    "not known: less was tried than what the "
			    "scenario states is about");
	if (occurs(eras, SIM_ERAS_DIFFERS))
		print_entry(g, "!", "not what the scenario states");
	if (occurs(eras, SIM_ERAS_FAILED))
		print_entry(g, "!", "broken: could not be explored");
}

/* What a heading stands for. */
static void print_headings(const struct grid *g, const struct sim_eras *eras)
{
	unsigned i;

	for (i = 0; i < eras->nr_columns; i++)
		if (strcmp(eras->column[i].heading, eras->column[i].text))
			print_entry(g, eras->column[i].heading,
				    eras->column[i].text);
}

/* One by one what is not as it should be. */
static void print_wrong(const struct grid *g, const struct sim_eras *eras,
			unsigned scenario, unsigned column)
{
	const struct sim_eras_cell *cell =
		sim_eras_cell(eras, scenario, column);
	enum sim_eras_judgement judgement = sim_eras_judge(cell);
	char found[SIM_TEXT_MAX * 2], expected[SIM_ERAS_TEXT_MAX];

	if (cell->state == SIM_ERAS_BLANK ||
	    (judgement != SIM_ERAS_DIFFERS && judgement != SIM_ERAS_FAILED))
		return;
	fprintf(g->out, "%s%s, %s: ", g->markdown ? "- " : "! ",
		eras->scenario[scenario]->name, eras->column[column].text);
	if (judgement == SIM_ERAS_FAILED)
		fprintf(g->out, "%s\n", cell->error);
	else
		fprintf(g->out, "found %s, %s\n",
			sim_eras_verdicts(cell->verdicts, ", ", found,
					  sizeof(found)),
			expectation(cell, expected, sizeof(expected)));
}

static void print_legend(struct grid *g, const struct sim_eras *eras,
			 bool table)
{
	unsigned i, j;

	g->sign_width = sign_width(eras, table);
	fputc('\n', g->out);
	if (table)
		print_headings(g, eras);
	print_signs(g, eras, table);
	if (table &&
	    (occurs(eras, SIM_ERAS_DIFFERS) || occurs(eras, SIM_ERAS_FAILED)))
		fputc('\n', g->out);
	for (i = 0; table && i < eras->nr_scenarios; i++)
		for (j = 0; j < eras->nr_columns; j++)
			print_wrong(g, eras, i, j);
}

static void print(struct grid *g, const struct sim_eras *eras)
{
	bool table = eras->nr_scenarios > 1;
	unsigned i;

	if (table)
		print_table(g, eras);
	else
		print_list(g, eras, 0);
	if (table || occurs(eras, SIM_ERAS_NOT_STATED) ||
	    occurs(eras, SIM_ERAS_UNDECIDED) || occurs(eras, SIM_ERAS_DIFFERS))
		print_legend(g, eras, table);
	for (i = 0; i < eras->nr_scenarios; i++)
		print_comparisons(g, eras, i);
}

void sim_report_eras_text(FILE *out, const struct sim_eras *eras, bool color)
{
	struct grid g = { .out = out, .color = color };

	print(&g, eras);
}

void sim_report_eras_markdown(FILE *out, const struct sim_eras *eras)
{
	struct grid g = { .out = out, .markdown = true };

	print(&g, eras);
}
