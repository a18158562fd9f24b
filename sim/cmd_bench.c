/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_bench.c - vfiosim bench: measures this program beside what it is compared
 * with.  Times decide nothing: only a wrong count is an exit status of 1.
 */
#include "bench.h"
#include "cmd.h"

#include "progress.h"
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 32
#define REPEAT_DEFAULT 5
#define SECONDS_DEFAULT 10

enum bench_print { BENCH_PRINT_TEXT, BENCH_PRINT_JSON, BENCH_PRINT_MARKDOWN };

struct bench_cmd {
	struct cmd cmd;
	struct bench bench;
	bool wanted[NAMES_MAX]; /* by bench_nth() */
	bool some_wanted, list, quiet;
	enum bench_print print;
};

/* --------------------------------------------------------------- arguments */

enum { KEY_LIST = 0x200, KEY_SECONDS, KEY_BUDGET, KEY_SIZE, KEY_NO_SPIN };

static const struct argp_option options[] = {
	{ "list", 'l', NULL, 0, "The benchmarks, a line each", 1 },
	{ "size", KEY_SIZE, "N,U,L", 0,
	  "Of the reference scenario only N devices, U unbinders, L lookups: "
	  "1,1,1 to 3,3,2",
	  1 },
	{ "without-spin", KEY_NO_SPIN, NULL, 0,
	  "reference: leave SPIN out, also where it is installed", 1 },
	{ "repeat", 'r', "N", 0, "Measure each cell N times (5)", 2 },
	{ "seconds", KEY_SECONDS, "N", 0,
	  "Give a cell up, or do not repeat it any more, after N seconds (10)",
	  2 },
	{ "budget", KEY_BUDGET, "RUNS", 0, "Give a cell up after so many runs",
	  2 },
	{ "quiet", 'q', NULL, 0, "No progress", 7 },
	{ "format", 'f', "FORMAT", 0,
	  "text; markdown: tables for documents; json: for programs", 8 },
	{ "help", 'h', NULL, 0, "This text", -1 },
	{ 0 },
};

static error_t set_number(struct bench_cmd *x, const char *name,
			  const char *word, unsigned long max,
			  unsigned long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoul(word, &end, 10);
	if (isdigit((unsigned char)*word) && !*end && !errno && *ret_number &&
	    *ret_number <= max)
		return 0;
	cmd_complain(&x->cmd, "%s: expected a number from 1 to %lu, found '%s'",
		     name, max, word);
	return EINVAL;
}

static error_t set_format(struct bench_cmd *x, const char *word)
{
	static const char *const formats[] = { "text", "json", "markdown",
					       NULL };
	char error[SIM_TEXT_MAX];
	int i = sim_words_find(word, formats);

	if (i >= 0) {
		x->print = (enum bench_print)i;
		return 0;
	}
	sim_words_complain(error, "a format", word, formats);
	cmd_complain(&x->cmd, "%s", error);
	return EINVAL;
}

/* One of those that are measured: others have no numbers to compare with. */
static error_t set_size(struct bench_cmd *x, const char *word)
{
	static const char *const sizes[] = { "1,1,1", "2,1,1", "2,2,1", "2,1,2",
					     "2,2,2", "3,3,1", "3,3,2", NULL };
	char error[SIM_TEXT_MAX];
	unsigned i;

	if (sim_words_find(word, sizes) < 0) {
		sim_words_complain(error, "a size", word, sizes);
		cmd_complain(&x->cmd, "%s", error);
		return EINVAL;
	}
	for (i = 0; i < 3; i++)
		x->bench.options.size[i] = (unsigned)(word[2 * i] - '0');
	return 0;
}

static error_t add_name(struct bench_cmd *x, const char *word)
{
	const char *names[NAMES_MAX + 1];
	char error[SIM_TEXT_MAX];
	unsigned nr;
	int i;

	for (nr = 0; nr < NAMES_MAX && bench_nth(nr); nr++)
		names[nr] = bench_nth(nr)->name;
	names[nr] = NULL;
	i = sim_words_find(word, names);
	if (i >= 0) {
		x->wanted[i] = x->some_wanted = true;
		return 0;
	}
	sim_words_complain(error, "a benchmark", word, names);
	cmd_complain(&x->cmd, "%s", error);
	return EINVAL;
}

static error_t set_limit(struct bench_cmd *x, int key, const char *word)
{
	struct bench_options *o = &x->bench.options;
	unsigned long n = 0;
	error_t error;

	switch (key) {
	case 'r':
		error = set_number(x, "repeat", word, BENCH_REPEAT_MAX, &n);
		o->repeat = (unsigned)n;
		return error;
	case KEY_SECONDS:
		error = set_number(x, "seconds", word, 86400, &n);
		o->seconds = (double)n;
		return error;
	case KEY_BUDGET:
		error = set_number(x, "budget", word, 1000000000000, &n);
		o->runs = n;
		return error;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench_cmd *x = state->input;

	switch (key) {
	case 'l':
		x->list = true;
		return 0;
	case 'q':
		x->quiet = true;
		return 0;
	case 'f':
		return set_format(x, arg);
	case KEY_SIZE:
		return set_size(x, arg);
	case KEY_NO_SPIN:
		x->bench.options.without_spin = true;
		return 0;
	case 'h':
		x->cmd.helped = true;
		argp_help(state->root_argp, stdout,
			  ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG |
				  ARGP_HELP_DOC,
			  state->name);
		/* Nothing else on the line counts any more. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_ARG:
		return add_name(x, arg);
	case ARGP_KEY_ERROR:
		x->cmd.stopped_at = state->next;
		return 0;
	default:
		return set_limit(x, key, arg);
	}
}

static const struct argp argp = {
	options,
	parse,
	"[NAME...]",
	"Measure how many runs, states and seconds this program needs, beside "
	"what it is compared with, and print the ratios.\n"
	"\v"
	"  vfiosim bench --list\n"
	"      what there is to measure\n"
	"  vfiosim bench locks\n"
	"      classes where anybody can count them\n"
	"  vfiosim bench reference --size 2,2,2 --repeat 3\n"
	"      one size of the reference scenario; with SPIN beside it, if spin "
	"and cc are installed\n"
	"  vfiosim bench --seconds 60 --format markdown\n"
	"      everything, for docs/performance.md, which says what each table "
	"is about\n"
	"\n"
	"All cells are medians; seconds are of the processor, and mean "
	"little on another machine: ratios are of two measurements of the same "
	"run.  A cell that is given up says \"> \" and as much as is known.\n"
	"\n"
	"Exit status: 0 measured, 1 a count is not what it must be, 2 bad "
	"usage, or a search broke, 3 interrupted; what is known is printed.",
	NULL,
	NULL,
	NULL
};

/* --------------------------------------------------------------------- work */

static int list(void)
{
	unsigned i;

	for (i = 0; bench_nth(i); i++)
		printf("%-10s  %s\n", bench_nth(i)->name,
		       bench_nth(i)->summary);
	return CMD_OK;
}

static int print(struct bench_cmd *x)
{
	switch (x->print) {
	case BENCH_PRINT_TEXT:
		bench_print_text(stdout, &x->bench);
		return CMD_OK;
	case BENCH_PRINT_MARKDOWN:
		bench_print_markdown(stdout, &x->bench);
		return CMD_OK;
	case BENCH_PRINT_JSON:
		if (bench_print_json(stdout, &x->bench))
			return cmd_complain(&x->cmd, "out of memory");
		return CMD_OK;
	}
	return CMD_BAD;
}

static int judge(struct bench_cmd *x)
{
	if (x->bench.error[0])
		return cmd_complain(&x->cmd, "%s", x->bench.error);
	if (x->bench.wrong)
		return CMD_FOUND;
	if (!sim_progress_interrupted())
		return CMD_OK;
	fprintf(stderr, "interrupted\n");
	return CMD_UNDECIDED;
}

static int measure(struct bench_cmd *x)
{
	unsigned i;
	int status;

	if (!x->quiet && isatty(STDERR_FILENO))
		x->bench.progress = stderr;
	/* It stops at signals; the line on the terminal is our own. */
	sim_progress_begin(true);
	for (i = 0; bench_nth(i) && !bench_stopped(&x->bench); i++)
		if (!x->some_wanted || x->wanted[i])
			bench_nth(i)->run(&x->bench);
	bench_say(&x->bench, "%s", "");
	(void)sim_progress_end();
	status = print(x);
	fflush(stdout);
	if (!status)
		status = judge(x);
	bench_release(&x->bench);
	return status;
}

int sim_cmd_bench(int argc, char **argv)
{
	static struct bench_cmd x;
	int status;

	x.cmd.name = "bench";
	x.bench.options.repeat = REPEAT_DEFAULT;
	x.bench.options.seconds = SECONDS_DEFAULT;
	if (!cmd_parse(&argp, &x.cmd, &x, argc, argv, &status))
		return status;
	return x.list ? list() : measure(&x);
}
