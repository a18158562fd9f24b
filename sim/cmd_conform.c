/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_conform.c - "vfiosim conform": compare recorded operation sequences
 * with the model.  Exit status: conform.h.
 */
#include "conform.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sim_cmd_conform(int argc, char **argv);

enum { OPT_ONLY = 256, OPT_CARRIER };

struct arguments {
	struct conform_options options;
	const char *files[CONFORM_FILES_MAX];
	unsigned nr;
};

static const struct argp_option options[] = {
	{ "only", OPT_ONLY, "NAME", 0, "only the sequence NAME", 0 },
	{ "jobs", 'j', "N", 0, "replay in N processes", 0 },
	{ "carrier", OPT_CARRIER, "fiber|thread", 0, "what carries tasks", 0 },
	{ "verbose", 'v', NULL, 0, "a line for each sequence", 0 },
	{ "quiet", 'q', NULL, 0, "say nothing but errors", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static unsigned parse_jobs(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long jobs = strtoul(text, &end, 10);

	if (*end || *text < '0' || *text > '9' || jobs < 1 ||
	    jobs > CONFORM_JOBS_MAX)
		argp_error(state, "--jobs: expected a number from 1 to %d, "
			   "found %s", CONFORM_JOBS_MAX, text);
	return (unsigned)jobs;
}

static enum sim_carrier_kind parse_carrier(const char *text,
					   struct argp_state *state)
{
	if (strcmp(text, "fiber") == 0)
		return SIM_FIBER;
	if (strcmp(text, "thread") == 0)
		return SIM_THREAD;
	argp_error(state, "--carrier: expected fiber or thread, found %s",
		   text);
	return SIM_CARRIER_DEFAULT;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPT_ONLY:
		arguments->options.only = arg;
		return 0;
	case 'j':
		arguments->options.jobs = parse_jobs(arg, state);
		return 0;
	case OPT_CARRIER:
		arguments->options.carrier = parse_carrier(arg, state);
		return 0;
	case 'v':
		arguments->options.verbose = true;
		return 0;
	case 'q':
		arguments->options.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->nr == CONFORM_FILES_MAX)
			argp_error(state, "at most %d files",
				   CONFORM_FILES_MAX);
		arguments->files[arguments->nr++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Replay recorded operation sequences and compare every answer "
	       "with the model's.\v"
	       "Exit status: 0 all equal, 1 some differ, 2 usage or bad input, "
	       "3 some could not be compared.",
};

int sim_cmd_conform(int argc, char **argv)
{
	static struct arguments arguments;

	argp_err_exit_status = CONFORM_BAD_INPUT;
	arguments.options.out = stdout;
	arguments.options.err = stderr;
	arguments.options.progress = isatty(STDERR_FILENO);
	if (argp_parse(&argp, argc, argv, 0, NULL, &arguments))
		return CONFORM_BAD_INPUT;
	arguments.options.progress &= !arguments.options.quiet;
	return (int)conform_run(&arguments.options, arguments.files,
				arguments.nr, NULL);
}
