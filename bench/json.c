/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.c - the tables for programs: numbers in base units, blank cells left
 * out.
 */
#include "bench.h"

#include "progress.h"
#include "report_builder.h"

#include <errno.h>

#define FORMAT_VERSION 1

static void add_cell(struct sim_json *b, struct json_object *row,
		     const struct bench_column *column,
		     const struct bench_cell *cell)
{
	if (!cell->set)
		return;
	if (column->unit == BENCH_TEXT)
		sim_json_text(b, row, column->key, cell->text);
	else if (column->unit == BENCH_COUNT)
		sim_json_number(b, row, column->key, (uint64_t)cell->number);
	else
		sim_json_add(b, row, column->key,
			     json_object_new_double(cell->number));
}

/* The keys of the cells that are wrong, or are only known to be as much. */
static void add_keys(struct sim_json *b, struct json_object *row,
		     const char *key, const struct bench_table *t,
		     const struct bench_row *r, bool wrong)
{
	struct json_object *keys = json_object_new_array();
	unsigned c;

	for (c = 0; t->columns[c].key; c++)
		if (wrong ? r->cells[c].wrong : r->cells[c].more)
			sim_json_append(
				b, keys,
				json_object_new_string(t->columns[c].key));
	if (keys && json_object_array_length(keys))
		sim_json_add(b, row, key, keys);
	else
		json_object_put(keys);
}

static struct json_object *make_row(struct sim_json *b,
				    const struct bench_table *t,
				    const struct bench_row *r)
{
	struct json_object *row = json_object_new_object();
	unsigned c;

	for (c = 0; t->columns[c].key; c++)
		add_cell(b, row, &t->columns[c], &r->cells[c]);
	add_keys(b, row, "at_least", t, r, false);
	add_keys(b, row, "wrong", t, r, true);
	return row;
}

static struct json_object *make_table(struct sim_json *b,
				      const struct bench_table *t)
{
	struct json_object *table = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	unsigned i;

	sim_json_text(b, table, "name", t->name);
	sim_json_text(b, table, "title", t->title);
	sim_json_text(b, table, "method", t->method);
	sim_json_text(b, table, "remark", t->remark[0] ? t->remark : NULL);
	for (i = 0; i < t->nr_rows; i++)
		sim_json_append(b, rows, make_row(b, t, &t->rows[i]));
	sim_json_add(b, table, "rows", rows);
	return table;
}

int bench_print_json(FILE *out, const struct bench *bench)
{
	struct sim_json b = { false };
	struct json_object *top = json_object_new_object();
	struct json_object *tables = json_object_new_array();
	const char *text = NULL;
	unsigned i;

	sim_json_number(&b, top, "format", FORMAT_VERSION);
	sim_json_number(&b, top, "repeat", bench->options.repeat);
	sim_json_bool(&b, top, "interrupted", sim_progress_interrupted());
	for (i = 0; i < bench->nr_tables; i++)
		sim_json_append(&b, tables, make_table(&b, &bench->tables[i]));
	sim_json_add(&b, top, "tables", tables);
	if (!b.failed)
		text = json_object_to_json_string_ext(top,
						      JSON_C_TO_STRING_PRETTY);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(top);
	return text ? 0 : -ENOMEM;
}
