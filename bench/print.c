/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * print.c - the tables for people, as plain text or as Markdown.
 */
#include "bench.h"

#include <string.h>

#define GAP 2
#define TEXT_COLUMNS 78

static void format_rate(double number, char *buf, size_t size)
{
	if (number >= 1e6)
		snprintf(buf, size, "%.2f M", number / 1e6);
	else if (number >= 1e3)
		snprintf(buf, size, "%.1f k", number / 1e3);
	else
		snprintf(buf, size, "%.1f", number);
}

static void format_number(double number, enum bench_unit unit, char *buf,
			  size_t size)
{
	switch (unit) {
	case BENCH_COUNT:
		snprintf(buf, size, "%.0f", number);
		break;
	case BENCH_SECONDS:
		snprintf(buf, size, "%.3f", number);
		break;
	case BENCH_MILLISECONDS:
		snprintf(buf, size, "%.2f", number * 1e3);
		break;
	case BENCH_NANOSECONDS:
		snprintf(buf, size, "%.1f", number * 1e9);
		break;
	case BENCH_RATE:
		format_rate(number, buf, size);
		break;
	case BENCH_RATIO:
		snprintf(buf, size, "%.2f", number);
		break;
	case BENCH_TEXT:
		break;
	}
}

const char *bench_format(const struct bench_cell *cell, enum bench_unit unit,
			 char *buf, size_t size)
{
	char number[BENCH_CELL_MAX] = "";

	if (!cell->set) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (unit == BENCH_TEXT) {
		snprintf(buf, size, "%s", cell->text);
		return buf;
	}
	format_number(cell->number, unit, number, sizeof(number));
	snprintf(buf, size, "%s%s%s", cell->more ? "> " : "", number,
		 cell->wrong ? " !" : "");
	return buf;
}

static int width(const struct bench_table *t, unsigned column)
{
	char buf[2 * BENCH_CELL_MAX];
	size_t widest = strlen(t->columns[column].head);
	unsigned i;

	for (i = 0; i < t->nr_rows; i++) {
		size_t n = strlen(bench_format(&t->rows[i].cells[column],
					       t->columns[column].unit, buf,
					       sizeof(buf)));

		if (n > widest)
			widest = n;
	}
	return (int)widest;
}

/* Text to the left, numbers to the right; nothing behind the last word. */
static void print_padded(FILE *out, const struct bench_table *t,
			 unsigned column, const char *text)
{
	bool last = !t->columns[column + 1].key;
	int columns = width(t, column);

	if (column)
		fprintf(out, "%*s", GAP, "");
	if (t->columns[column].unit != BENCH_TEXT)
		fprintf(out, "%*s", columns, text);
	else
		fprintf(out, "%-*s", last ? 0 : columns, text);
}

/* Words, as many a line as there is room for. */
static void print_wrapped(FILE *out, const char *text)
{
	int column = 0;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (column && column + 1 + n > TEXT_COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		column += fprintf(out, column ? " %.*s" : "%.*s", n, text);
		text += n;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_table_text(FILE *out, const struct bench_table *t)
{
	char buf[2 * BENCH_CELL_MAX];
	unsigned i, c;

	fprintf(out, "%s: %s\n\n", t->name, t->title);
	for (c = 0; t->columns[c].key; c++)
		print_padded(out, t, c, t->columns[c].head);
	fputc('\n', out);
	for (i = 0; i < t->nr_rows; i++) {
		for (c = 0; t->columns[c].key; c++)
			print_padded(out, t, c,
				     bench_format(&t->rows[i].cells[c],
						  t->columns[c].unit, buf,
						  sizeof(buf)));
		fputc('\n', out);
	}
	fputc('\n', out);
	print_wrapped(out, t->method);
	if (t->remark[0])
		print_wrapped(out, t->remark);
}

static void print_legend(FILE *out, const struct bench *bench)
{
	fputs("Medians; seconds are of the processor.  > a limit ended it; "
	      "- not measured.\n",
	      out);
	if (bench->wrong)
		fputs("! is not the number that it must be.\n", out);
}

void bench_print_text(FILE *out, const struct bench *bench)
{
	unsigned i;

	for (i = 0; i < bench->nr_tables; i++) {
		print_table_text(out, &bench->tables[i]);
		fputc('\n', out);
	}
	print_legend(out, bench);
}

static void print_table_markdown(FILE *out, const struct bench_table *t)
{
	char buf[2 * BENCH_CELL_MAX];
	unsigned i, c;

	fprintf(out, "**%s**: %s\n\n|", t->name, t->title);
	for (c = 0; t->columns[c].key; c++)
		fprintf(out, " %s |", t->columns[c].head);
	fputs("\n|", out);
	for (c = 0; t->columns[c].key; c++)
		fputs(t->columns[c].unit == BENCH_TEXT ? "---|" : "--:|", out);
	fputc('\n', out);
	for (i = 0; i < t->nr_rows; i++) {
		fputc('|', out);
		for (c = 0; t->columns[c].key; c++)
			fprintf(out, " %s |",
				bench_format(&t->rows[i].cells[c],
					     t->columns[c].unit, buf,
					     sizeof(buf)));
		fputc('\n', out);
	}
	fputc('\n', out);
	print_wrapped(out, t->method);
	if (t->remark[0])
		print_wrapped(out, t->remark);
}

void bench_print_markdown(FILE *out, const struct bench *bench)
{
	unsigned i;

	for (i = 0; i < bench->nr_tables; i++) {
		print_table_markdown(out, &bench->tables[i]);
		fputc('\n', out);
	}
	print_legend(out, bench);
}
