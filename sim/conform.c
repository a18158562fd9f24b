/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform.c - compares files of recorded sequences with the model and says
 * what it found: first differences, then a table.
 */
#include "conform_internal.h"
#include "quote.h"

#include <string.h>
#include <time.h>

#define PROGRESS_NS 200000000ll
#define NAME_WIDTH_MAX 60
#define ERAS_MAX 16

/* One row of the table. */
struct row {
	unsigned long sequences, steps, equal, different, undecided;
	double seconds; /* of processor time */
};

struct run {
	const struct conform_options *options;
	const char *const *files;
	unsigned nr_files, nr_rows; /* rows: files that are over */
	struct row rows[CONFORM_FILES_MAX];
	unsigned nr_eras; /* the first ones that were met */
	struct {
		char name[ERA_NAME_MAX];
		struct row row;
	} eras[ERAS_MAX];
	struct row sum;
	unsigned whole; /* files compared to their end */
	struct timespec told;
	struct conform_total *total;
};

/* ----------------------------------------------------------------- progress */

static void tell_progress(struct run *run)
{
	FILE *out = run->options->progress;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!out || (now.tv_sec - run->told.tv_sec) * 1000000000ll +
				    (now.tv_nsec - run->told.tv_nsec) <
			    PROGRESS_NS)
		return;
	run->told = now;
	fprintf(out, "\r%u of %u files, %lu sequences\033[K", run->nr_rows,
		run->nr_files, run->sum.sequences);
	fflush(out);
}

static void clear_progress(const struct run *run)
{
	if (!run->options->progress)
		return;
	fprintf(run->options->progress, "\r\033[K");
	fflush(run->options->progress);
}

/* ------------------------------------------------------------------ records */

static void tell_sequence(const struct run *run,
			  const struct conform_record *record)
{
	static const char *const names[] = { "equal", "different",
					     "undecided" };
	bool wrong = record->outcome != CONFORM_SEQUENCE_EQUAL;

	if (run->options->quiet || (!run->options->verbose && !wrong))
		return;
	clear_progress(run);
	if (run->options->verbose)
		fprintf(run->options->out, "%-10s %5u steps  %s\n",
			names[record->outcome], record->steps, record->name);
	if (wrong)
		fputs(record->text, run->options->out);
}

static void count_sequence(struct row *row, const struct conform_record *record)
{
	row->sequences++;
	row->steps += record->steps;
	row->equal += record->outcome == CONFORM_SEQUENCE_EQUAL;
	row->different += record->outcome == CONFORM_SEQUENCE_DIFFERENT;
	row->undecided += record->outcome == CONFORM_SEQUENCE_UNDECIDED;
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

static void end_file(struct run *run, const struct conform_record *record)
{
	run->rows[run->nr_rows++].seconds = record->seconds;
	run->sum.seconds += record->seconds;
	run->whole += record->outcome == CONFORM_FILE_END;
	run->total->interrupted |= record->outcome == CONFORM_FILE_CUT;
	if (record->outcome == CONFORM_FILE_BAD)
		snprintf(run->total->error, sizeof(run->total->error), "%.*s",
			 SIM_TEXT_MAX - 1, record->text);
}

static void take(const struct conform_record *record, void *arg)
{
	struct run *run = arg;

	if (record->outcome >= CONFORM_FILE_END) {
		end_file(run, record);
	} else {
		count_sequence(&run->rows[run->nr_rows], record);
		count_sequence(&run->sum, record);
		count_era(run, record);
		tell_sequence(run, record);
	}
	tell_progress(run);
}

/* -------------------------------------------------------------------- table */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
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
	char shown[SIM_PATH_MAX];

	fprintf(run->options->out, "%-*s %7lu %8lu %7lu %7lu %9lu",
		name_width(run), sim_escape(name, shown, sizeof(shown)),
		row->sequences, row->steps, row->equal, row->different,
		row->undecided);
}

static void print_row(const struct run *run, const char *name,
		      const struct row *row)
{
	print_counts(run, name, row);
	fprintf(run->options->out, " %7.2f %8.0f\n", row->seconds,
		row->seconds > 0 ? (double)row->steps / row->seconds : 0);
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

	fprintf(run->options->out, "%-*s %7s %8s %7s %7s %9s %7s %8s\n",
		name_width(run), "file", "seqs", "steps", "equal", "differ",
		"undecided", "seconds", "steps/s");
	for (i = 0; i < run->nr_rows; i++) {
		/* With --only most files have nothing to show. */
		if (!run->rows[i].sequences)
			continue;
		print_row(run, base_name(run->files[i]), &run->rows[i]);
		printed++;
	}
	print_eras(run);
	if (printed > 1)
		print_row(run, "all", &run->sum);
}

static void print_summary(const struct run *run)
{
	if (run->options->quiet)
		return;
	if (run->sum.sequences)
		print_table(run);
	if (run->total->interrupted)
		fprintf(run->options->out,
			"interrupted; %u of %u files compared to the end\n",
			run->whole, run->nr_files);
}

static void check_only(const struct run *run)
{
	const char *only = run->options->only;

	if (only && !run->sum.sequences && !run->total->interrupted &&
	    !run->total->error[0])
		snprintf(run->total->error, sizeof(run->total->error),
			 "expected the name of a sequence, found '%.90s'",
			 only);
}

static enum conform_status status_of(const struct run *run)
{
	if (run->total->error[0])
		return CONFORM_BAD_INPUT;
	if (run->sum.different)
		return CONFORM_DIFFERENT;
	if (run->sum.undecided || run->total->interrupted)
		return CONFORM_UNDECIDED;
	return CONFORM_EQUAL;
}

static void replay(struct run *run)
{
	struct conform_total *total = run->total;
	int ret;

	if (run->nr_files > CONFORM_FILES_MAX) {
		snprintf(total->error, sizeof(total->error),
			 "expected at most %d files", CONFORM_FILES_MAX);
		return;
	}
	ret = sim_conform_replay(run->options, run->files, run->nr_files, take,
				 run);
	if (ret)
		snprintf(total->error, sizeof(total->error), "%s",
			 strerror(-ret));
	total->sequences = run->sum.sequences;
	total->steps = run->sum.steps;
	total->equal = run->sum.equal;
	total->different = run->sum.different;
	total->undecided = run->sum.undecided;
}

enum conform_status sim_conform_run(const struct conform_options *options,
				    const char *const *files, unsigned nr,
				    struct conform_total *ret_total)
{
	static struct run run;

	memset(&run, 0, sizeof(run));
	memset(ret_total, 0, sizeof(*ret_total));
	run.options = options;
	run.files = files;
	run.nr_files = nr;
	run.total = ret_total;
	clock_gettime(CLOCK_MONOTONIC, &run.told);
	replay(&run);
	clear_progress(&run);
	check_only(&run);
	print_summary(&run);
	return status_of(&run);
}
