/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_conform.c - vfiosim conform: compares recorded operation sequences with
 * the model.  Exit status: enum conform_status.
 */
#include "cmd.h"
#include "conform.h"
#include "jobs.h"
#include "progress.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_ONLY = 0x200, KEY_CARRIER };

struct conform {
	struct cmd cmd;
	struct conform_options options;
	const char *files[CONFORM_FILES_MAX];
	unsigned nr;
};

static const struct argp_option options[] = {
	{ "only", KEY_ONLY, "NAME", 0, "Only the sequence of this name", 1 },
	{ "jobs", 'j', "N", 0, "So many files at a time, each in a process",
	  2 },
	{ "carrier", KEY_CARRIER, "CARRIER", 0,
	  "What tasks run on: fiber (fast) or thread (what detectors and gdb "
	  "see)",
	  7 },
	{ "verbose", 'v', NULL, 0, "A line for each sequence", 7 },
	{ "quiet", 'q', NULL, 0, "The exit status says it all", 7 },
	{ "help", 'h', NULL, 0, "This text", -1 },
	{ 0 },
};

static error_t set_jobs(struct conform *c, const char *word)
{
	char *end;
	unsigned long jobs = strtoul(word, &end, 10);

	if (!isdigit((unsigned char)*word) || *end || !jobs ||
	    jobs > SIM_JOBS_MAX) {
		cmd_complain(&c->cmd,
			     "jobs: expected a number from 1 to %d, "
			     "found '%s'",
			     SIM_JOBS_MAX, word);
		return EINVAL;
	}
	c->options.jobs = (unsigned)jobs;
	return 0;
}

static error_t set_carrier(struct conform *c, const char *word)
{
	char error[SIM_TEXT_MAX];

	if (!sim_option_set(&c->cmd.options, "carrier", word, error)) {
		c->options.carrier = c->cmd.options.carrier;
		return 0;
	}
	cmd_complain(&c->cmd, "%s", error);
	return EINVAL;
}

static error_t add_file(struct conform *c, const char *path)
{
	if (c->nr == CONFORM_FILES_MAX) {
		cmd_complain(&c->cmd, "expected at most %d files",
			     CONFORM_FILES_MAX);
		return EINVAL;
	}
	c->files[c->nr++] = path;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct conform *c = state->input;

	switch (key) {
	case KEY_ONLY:
		c->options.only = arg;
		return 0;
	case 'j':
		return set_jobs(c, arg);
	case KEY_CARRIER:
		return set_carrier(c, arg);
	case 'v':
		c->options.verbose = true;
		return 0;
	case 'q':
		c->options.quiet = true;
		return 0;
	case 'h':
		c->cmd.helped = true;
		argp_help(state->root_argp, stdout,
			  ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG |
				  ARGP_HELP_DOC,
			  state->name);
		/* Nothing else on the line counts any more. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_ARG:
		return add_file(c, arg);
	case ARGP_KEY_ERROR:
		c->cmd.stopped_at = state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options,
	parse,
	"FILE...",
	"Replay recorded operation sequences and compare every answer with "
	"the model's.\n"
	"\v"
	"  vfiosim conform tests/conformance/*.jsonl.gz\n"
	"      the first difference of each sequence, and a table\n"
	"  vfiosim conform FILE --only NAME --verbose\n"
	"      one sequence\n"
	"\n"
	"Exit status: 0 all are equal, 1 some differ, 2 bad usage or input, 3 "
	"undecided: a limit was reached, or it was interrupted.",
	NULL,
	NULL,
	NULL
};

static void print_time(const struct conform *c, double seconds)
{
	unsigned jobs = c->options.jobs ? c->options.jobs : 1;

	fflush(stdout);
	fprintf(stderr, "%.2f s, %u process%s at a time\n", seconds, jobs,
		jobs == 1 ? "" : "es");
}

static int conform(struct conform *c)
{
	struct conform_total total;
	double seconds;
	int status;

	sim_progress_begin(true);
	status = (int)sim_conform_run(&c->options, c->files, c->nr, &total);
	seconds = sim_progress_end();
	if (total.error[0])
		return cmd_complain(&c->cmd, "%s", total.error);
	if (!c->options.quiet)
		print_time(c, seconds);
	return status;
}

int sim_cmd_conform(int argc, char **argv)
{
	static struct conform c;
	int status;

	c.cmd.name = "conform";
	c.options.out = stdout;
	if (!cmd_parse(&argp, &c.cmd, &c, argc, argv, &status))
		return status;
	if (!c.nr)
		return cmd_complain(&c.cmd, "expected a file, found nothing");
	if (!c.options.quiet && isatty(STDERR_FILENO))
		c.options.progress = stderr;
	return conform(&c);
}
