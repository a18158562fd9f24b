/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - what is measured, the tables that it comes to, and how they are
 * printed.
 *
 * A number says little on a machine that nobody knows, so that each benchmark
 * measures what it is compared with in the same run and gives the ratio.
 */
#ifndef VFIOSIM_BENCH_H
#define VFIOSIM_BENCH_H

#include <vfiosim/sim.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_REPEAT_MAX 101
#define BENCH_COLUMNS_MAX 16
#define BENCH_TABLES_MAX 16
#define BENCH_ROWS_MAX 512
#define BENCH_CELL_MAX 64

/* ------------------------------------------------------------------ tables */

enum bench_unit {
	BENCH_TEXT,
	BENCH_COUNT,
	BENCH_SECONDS,
	BENCH_MILLISECONDS, /* kept in seconds, printed in ms */
	BENCH_NANOSECONDS, /* kept in seconds, printed in ns */
	BENCH_RATE, /* per second */
	BENCH_RATIO
};

/* @key: in JSON; @head: above the column. */
struct bench_column {
	const char *key, *head;
	enum bench_unit unit;
};

struct bench_cell {
	bool set;
	bool more; /* a limit ended it: at least so much */
	bool wrong; /* a count that is not what it must be */
	double number;
	char text[BENCH_CELL_MAX];
};

struct bench_row {
	struct bench_cell cells[BENCH_COLUMNS_MAX];
};

struct bench_table {
	const char *name, *title;
	const char *method; /* how it was measured */
	const struct bench_column *columns; /* ended by .key == NULL */
	char remark[SIM_TEXT_MAX]; /* what is missing, and why; "" */
	struct bench_row *rows;
	unsigned nr_rows;
};

struct bench_options {
	unsigned repeat; /* of each cell; medians are printed */
	double seconds; /* a cell gives up after so many */
	uint64_t runs; /* and after so many runs; 0: never */
	unsigned size[3]; /* reference: only this one; 0: all */
	bool without_spin;
};

struct bench {
	struct bench_options options;
	FILE *progress; /* a terminal, or NULL */
	struct bench_table tables[BENCH_TABLES_MAX];
	unsigned nr_tables;
	bool wrong; /* some cell is */
	char error[SIM_TEXT_MAX]; /* why it broke off; "" */
};

struct bench_measure {
	const char *name, *summary;
	void (*run)(struct bench *bench);
};

/* The nth benchmark, NULL past the end. */
const struct bench_measure *bench_nth(unsigned nth);

void bench_release(struct bench *bench);

/* A new table, which is @model without rows; never NULL. */
struct bench_table *bench_add_table(struct bench *bench,
				    const struct bench_table *model);
/* A new row, all blank; never NULL: when there is no room it leads nowhere, and
 * ->error says so. */
struct bench_row *bench_add_row(struct bench *bench, struct bench_table *table);

void bench_set(struct bench_row *row, unsigned column, double number);
void bench_set_text(struct bench_row *row, unsigned column, const char *text);
/* A count that must be @expected. */
void bench_expect(struct bench *bench, struct bench_row *row, unsigned column,
		  uint64_t count, uint64_t expected);

/* Did somebody interrupt it, or did it break off? */
bool bench_stopped(const struct bench *bench);

/* Why no more can be measured, as printf; the first reason stays. */
void bench_fail(struct bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What is being done, on the terminal if there is one. */
void bench_say(struct bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void bench_print_text(FILE *out, const struct bench *bench);
void bench_print_markdown(FILE *out, const struct bench *bench);
/* Returns 0 or -ENOMEM. */
int bench_print_json(FILE *out, const struct bench *bench);

/* @cell as it is printed.  Returns @buf. */
const char *bench_format(const struct bench_cell *cell, enum bench_unit unit,
			 char *buf, size_t size);

/* --------------------------------------------------------------- measuring */

/* Of this process and all its threads. */
double bench_cpu_seconds(void);

/* Sorts @values. */
double bench_median(double *values, unsigned nr);

/* A search, as often as the options say, or until its time is up. */
struct bench_search {
	bool cut; /* by a limit: the counts are at least so much */
	uint64_t runs, pruned, steps, states; /* states: final ones */
	uint64_t vertices, transitions; /* of graph, which calls these states */
	size_t bytes;
	unsigned findings;
	unsigned repeated;
	double seconds; /* CPU, median */
};

/* Returns false when it was interrupted or failed; @ret_search is void then. */
bool bench_explore(struct bench *bench, const struct sim_scenario *scenario,
		   const struct sim_options *options,
		   struct bench_search *ret_search);

/* --------------------------------------------------------------- benchmarks */

void bench_locks(struct bench *bench);
void bench_graph(struct bench *bench);
void bench_reference(struct bench *bench);
void bench_first(struct bench *bench);
void bench_windows(struct bench *bench);
void bench_switch(struct bench *bench);
void bench_seam(struct bench *bench);
void bench_speed(struct bench *bench);
void bench_jobs(struct bench *bench);

#endif
