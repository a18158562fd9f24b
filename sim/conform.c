/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform.c - compares files of recorded sequences with the model and says
 * what it found: first differences, then a table.
 */
#define _GNU_SOURCE
#include "conform_internal.h"

#include <string.h>
#include <time.h>

#define PROGRESS_NS 200000000ll
#define NAME_WIDTH_MAX 60
#define ERAS_MAX 16

/* One row of the table. */
struct row {
	unsigned long sequences, steps, equal, different, skipped, undecided;
	double seconds;
	char missing[CONFORM_RECORD_NAME_MAX]; /* why the first was skipped */
};

struct run {
	const struct conform_options *options;
	const char *const *files;
	unsigned nr_files, nr_rows; /* rows: files that are over */
	struct row rows[CONFORM_FILES_MAX + 1]; /* the last one: their sum */
	unsigned nr_eras; /* the first ones that were met */
	struct {
		char name[ERA_NAME_MAX];
		struct row row;
	} eras[ERAS_MAX];
	struct timespec began, told;
	bool bad, only_found;
};

static double seconds_since(const struct timespec *from,
			    struct timespec *ret_now)
{
	clock_gettime(CLOCK_MONOTONIC, ret_now);
	return (double)(ret_now->tv_sec - from->tv_sec) +
	       (double)(ret_now->tv_nsec - from->tv_nsec) / 1e9;
}

/* ----------------------------------------------------------------- progress */

static void tell_progress(struct run *run)
{
	const struct row *row = &run->rows[run->nr_rows];
	struct timespec now;

	if (!run->options->progress ||
	    seconds_since(&run->told, &now) * 1e9 < PROGRESS_NS)
		return;
	run->told = now;
	fprintf(run->options->err, "\r%u of %u files, %lu sequences\033[K",
		run->nr_rows, run->nr_files, row->sequences);
	fflush(run->options->err);
}

static void clear_progress(const struct run *run)
{
	if (!run->options->progress)
		return;
	fprintf(run->options->err, "\r\033[K");
	fflush(run->options->err);
}

/* ------------------------------------------------------------------ records */

static void tell_sequence(const struct run *run,
			  const struct conform_record *record)
{
	static const char *const names[] = { "equal", "different", "skipped",
					     "undecided" };
	bool wrong = record->outcome == CONFORM_SEQUENCE_DIFFERENT ||
		     record->outcome == CONFORM_SEQUENCE_UNDECIDED;

	if (run->options->quiet)
		return;
	if (run->options->verbose || wrong)
		clear_progress(run);
	if (run->options->verbose)
		fprintf(run->options->out, "%-10s %5u steps  %s\n",
			names[record->outcome], record->steps, record->name);
	if (wrong)
		fprintf(run->options->out, "%s%s", record->text,
			record->outcome == CONFORM_SEQUENCE_UNDECIDED ? "\n" :
									"");
}

static void count_sequence(struct row *row, const struct conform_record *record)
{
	row->sequences++;
	row->steps += record->steps;
	row->equal += record->outcome == CONFORM_SEQUENCE_EQUAL;
	row->different += record->outcome == CONFORM_SEQUENCE_DIFFERENT;
	row->undecided += record->outcome == CONFORM_SEQUENCE_UNDECIDED;
	row->skipped += record->outcome == CONFORM_SEQUENCE_SKIPPED;
	if (record->outcome == CONFORM_SEQUENCE_SKIPPED && !row->missing[0])
		snprintf(row->missing, sizeof(row->missing), "%.90s",
			 record->text);
}

static void count_era(struct run *run, const struct conform_record *record)
{
	unsigned i;

	for (i = 0; i < run->nr_eras; i++)
		if (!strcmp(run->eras[i].name, record->era))
			break;
	if (i == ERAS_MAX)
		return;
	if (i == run->nr_eras) {
		memcpy(run->eras[i].name, record->era, sizeof(record->era));
		run->nr_eras++;
	}
	count_sequence(&run->eras[i].row, record);
}

static void end_file(struct run *run)
{
	struct timespec now;

	run->rows[run->nr_rows].seconds = seconds_since(&run->began, &now);
	run->began = now;
	run->nr_rows++;
}

static bool take(const struct conform_record *record, void *arg)
{
	struct run *run = arg;
	bool left_out = run->options->only &&
			strcmp(run->options->only, record->name) != 0;

	switch (record->outcome) {
	case CONFORM_FILE_END:
		end_file(run);
		return true;
	case CONFORM_FILE_BAD:
		clear_progress(run);
		fprintf(run->options->err, "%s\n", record->text);
		run->bad = true;
		return false;
	default:
		break;
	}
	tell_progress(run);
	if (left_out)
		return true;
	run->only_found = true;
	count_sequence(&run->rows[run->nr_rows], record);
	count_era(run, record);
	tell_sequence(run, record);
	return true;
}

/* -------------------------------------------------------------------- table */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void sum_up(struct run *run)
{
	struct row *sum = &run->rows[CONFORM_FILES_MAX];
	unsigned i;

	for (i = 0; i < run->nr_rows; i++) {
		sum->sequences += run->rows[i].sequences;
		sum->steps += run->rows[i].steps;
		sum->equal += run->rows[i].equal;
		sum->different += run->rows[i].different;
		sum->skipped += run->rows[i].skipped;
		sum->undecided += run->rows[i].undecided;
		sum->seconds += run->rows[i].seconds;
	}
}

static int name_width(const struct run *run)
{
	size_t width = strlen("file");
	unsigned i;

	for (i = 0; i < run->nr_rows; i++)
		if (strlen(base_name(run->files[i])) > width)
			width = strlen(base_name(run->files[i]));
	return width < NAME_WIDTH_MAX ? (int)width : NAME_WIDTH_MAX;
}

static void print_counts(const struct run *run, const char *name,
			 const struct row *row)
{
	fprintf(run->options->out, "%-*s %7lu %8lu %7lu %7lu %7lu",
		name_width(run), name, row->sequences, row->steps, row->equal,
		row->different, row->skipped);
}

static void print_row(const struct run *run, const char *name,
		      const struct row *row)
{
	print_counts(run, name, row);
	fprintf(run->options->out, " %7.2f %8.0f%s%s%s\n", row->seconds,
		row->seconds > 0 ? (double)row->steps / row->seconds : 0,
		row->undecided ? "  undecided" : "",
		row->missing[0] ? "  missing: " : "", row->missing);
}

/* Files are timed, eras are not. */
static void print_eras(const struct run *run)
{
	unsigned i;

	for (i = 0; run->nr_eras > 1 && i < run->nr_eras; i++) {
		print_counts(run, run->eras[i].name, &run->eras[i].row);
		fputc('\n', run->options->out);
	}
}

static void print_table(const struct run *run)
{
	unsigned i, printed = 0;

	fprintf(run->options->out, "%-*s %7s %8s %7s %7s %7s %7s %8s\n",
		name_width(run), "file", "seqs", "steps", "equal", "differ",
		"skipped", "seconds", "steps/s");
	for (i = 0; i < run->nr_rows; i++) {
		/* With --only most files have nothing to show. */
		if (!run->rows[i].sequences)
			continue;
		print_row(run, base_name(run->files[i]), &run->rows[i]);
		printed++;
	}
	print_eras(run);
	if (printed > 1)
		print_row(run, "all", &run->rows[CONFORM_FILES_MAX]);
}

static enum conform_status status_of(const struct run *run)
{
	const struct row *sum = &run->rows[CONFORM_FILES_MAX];

	if (run->bad)
		return CONFORM_BAD_INPUT;
	if (sum->different)
		return CONFORM_DIFFERENT;
	if (sum->undecided || sum->skipped)
		return CONFORM_UNDECIDED;
	return CONFORM_EQUAL;
}

enum conform_status sim_conform_run(const struct conform_options *options,
				    const char *const *files, unsigned nr,
				    struct conform_total *ret_total)
{
	static struct run run;
	const struct row *sum = &run.rows[CONFORM_FILES_MAX];
	int ret;

	memset(&run, 0, sizeof(run));
	run.options = options;
	run.files = files;
	run.nr_files = nr;
	clock_gettime(CLOCK_MONOTONIC, &run.began);
	run.told = run.began;
	ret = nr > CONFORM_FILES_MAX ?
		      -E2BIG :
		      sim_conform_replay(options, files, nr, take, &run);
	clear_progress(&run);
	sum_up(&run);
	if (ret) {
		fprintf(options->err, "cannot replay: %s\n", strerror(-ret));
		run.bad = true;
	} else if (!run.bad && options->only && !run.only_found) {
		fprintf(options->err, "no sequence is named %s\n",
			options->only);
		run.bad = true;
	}
	if (!options->quiet && sum->sequences)
		print_table(&run);
	if (ret_total)
		*ret_total = (struct conform_total){
			sum->sequences, sum->steps,   sum->equal,
			sum->different, sum->skipped,
		};
	return status_of(&run);
}
