/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.c - the list of benchmarks, and the tables that they fill.
 */
#include "bench.h"

#include "progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct bench_measure measures[] = {
	{ "locks", "classes of tasks that take one lock", bench_locks },
	{ "reference", "the reference scenario exhausted, beside SPIN",
	  bench_reference },
	{ "graph", "the reference scenario by its states, beside SPIN",
	  bench_graph },
	{ "first-bug", "work until the first bug, in all orders of tasks",
	  bench_first },
	{ "windows", "the races of the catalogue, found and exhausted",
	  bench_windows },
	{ "switch", "what it costs to go from task to task", bench_switch },
	{ "seam", "what the seam costs where nothing is scheduled",
	  bench_seam },
	{ "speed", "operations and executions per CPU second", bench_speed },
	{ "jobs", "a search in several processes", bench_jobs },
};

#define MEASURES_NR (sizeof(measures) / sizeof(measures[0]))

/* Where rows go for which there is no room. */
static struct bench_row spare_row;

const struct bench_measure *bench_nth(unsigned nth)
{
	return nth < MEASURES_NR ? &measures[nth] : NULL;
}

void bench_release(struct bench *bench)
{
	unsigned i;

	for (i = 0; i < bench->nr_tables; i++)
		free(bench->tables[i].rows);
	bench->nr_tables = 0;
}

struct bench_table *bench_add_table(struct bench *bench,
				    const struct bench_table *model)
{
	struct bench_table *table = &bench->tables[bench->nr_tables];

	/* The last one is used again: a limit that no set of benchmarks meets,
	 * as each of them has two tables at most. */
	if (bench->nr_tables + 1 < BENCH_TABLES_MAX)
		bench->nr_tables++;
	*table = *model;
	table->rows = NULL;
	table->nr_rows = 0;
	return table;
}

struct bench_row *bench_add_row(struct bench *bench, struct bench_table *table)
{
	struct bench_row *rows = NULL;

	if (table->nr_rows < BENCH_ROWS_MAX)
		rows = realloc(table->rows,
			       (table->nr_rows + 1) * sizeof(*rows));
	if (!rows) {
		bench_fail(bench, "no room for another row of %s", table->name);
		return &spare_row;
	}
	table->rows = rows;
	rows += table->nr_rows++;
	memset(rows, 0, sizeof(*rows));
	return rows;
}

void bench_set(struct bench_row *row, unsigned column, double number)
{
	row->cells[column].set = true;
	row->cells[column].number = number;
}

void bench_set_text(struct bench_row *row, unsigned column, const char *text)
{
	row->cells[column].set = true;
	snprintf(row->cells[column].text, BENCH_CELL_MAX, "%s", text);
}

void bench_expect(struct bench *bench, struct bench_row *row, unsigned column,
		  uint64_t count, uint64_t expected)
{
	bench_set(row, column, (double)count);
	if (count == expected)
		return;
	row->cells[column].wrong = true;
	bench->wrong = true;
}

bool bench_stopped(const struct bench *bench)
{
	return bench->error[0] || sim_progress_interrupted();
}

void bench_fail(struct bench *bench, const char *format, ...)
{
	va_list ap;

	if (bench->error[0])
		return;
	va_start(ap, format);
	vsnprintf(bench->error, sizeof(bench->error), format, ap);
	va_end(ap);
}

void bench_say(struct bench *bench, const char *format, ...)
{
	va_list ap;

	if (!bench->progress)
		return;
	fputs("\r\033[K", bench->progress);
	va_start(ap, format);
	vfprintf(bench->progress, format, ap);
	va_end(ap);
	fflush(bench->progress);
}
