/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_eras.c - vfiosim eras: what each scenario shows in each era, beside what
 * it states about it, and where a run departs from one era to the next.
 */
#include "cmd.h"

#include "eras.h"
#include "jobs.h"
#include "progress.h"
#include "report.h"
#include "scenario.h"
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum eras_format { ERAS_TEXT, ERAS_JSON, ERAS_MARKDOWN };
enum eras_color { ERAS_COLOR_AUTO, ERAS_COLOR_ALWAYS, ERAS_COLOR_NEVER };

struct eras {
	struct cmd cmd;
	struct sim_eras table;
	struct scenario_file *file; /* of the only scenario; NULL: built in */
	const char *names[SIM_ERAS_SCENARIOS_MAX];
	const char *eras[SIM_ERAS_COLUMNS_MAX];
	unsigned nr_names, nr_eras;
	enum eras_format format;
	enum eras_color color;
	bool all, overrides, quiet;
};

/* ------------------------------------------------------------------ arguments */

enum {
	KEY_SET = 0x200,
	KEY_OVERRIDES,
	KEY_BUDGET,
	KEY_COMPARE,
	KEY_COLOR,
	KEY_CARRIER,
	KEY_STEPS,
	KEY_TIMEOUTS,
	KEY_SIGNALS
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0,
	  "Every scenario, the textbook races last; so it is without any "
	  "SCENARIO",
	  1 },
	{ "era", 'e', "ERA", 0,
	  "Only this column, \"v3.19-patched check_order=atomic\"; may be "
	  "repeated",
	  1 },
	{ "set", KEY_SET, "FLAG=VALUE", 0,
	  "Override one flag in all columns; may be repeated", 1 },
	{ "overrides", KEY_OVERRIDES, NULL, 0,
	  "Also columns for eras with overrides about which scenarios state "
	  "something; a single SCENARIO always has them",
	  1 },
	{ "bound", 'b', "N", 0,
	  "At most N preemptions; else as stated, and 2 and a million steps "
	  "where nothing is",
	  2 },
	{ "budget", KEY_BUDGET, "BUDGET,...", 0,
	  "Give a cell up after so many runs (10000), seconds (30s) or bytes of "
	  "memory (512M)",
	  2 },
	{ "jobs", 'j', "N", 0, "In N processes (one a processor)", 2 },
	{ "compare", KEY_COMPARE, NULL, 0,
	  "Also run the first era's shortest finding in the others, and say "
	  "where each task departs; for a single SCENARIO and in json always",
	  3 },
	{ "output", 'o', "FOLDER", 0,
	  "Write SCENARIO-ERA-VERDICT.schedule there, one of each; must exist",
	  7 },
	{ "carrier", KEY_CARRIER, "CARRIER", 0,
	  "What tasks run on: fiber (fast) or thread", 7 },
	{ "steps", KEY_STEPS, "N", 0, "A run of more steps is a finding", 7 },
	{ "timeouts", KEY_TIMEOUTS, NULL, 0, "Sleeps may end by time-outs", 7 },
	{ "signals", KEY_SIGNALS, NULL, 0, "Sleeps may end by signals", 7 },
	{ "quiet", 'q', NULL, 0, "No progress, no time", 7 },
	{ "format", 'f', "FORMAT", 0,
	  "text; markdown: tables for documents and commit messages; json: "
	  "everything, an object per cell",
	  8 },
	{ "color", KEY_COLOR, "WHEN", OPTION_ARG_OPTIONAL,
	  "auto (on a terminal, unless NO_COLOR is set), always, never", 8 },
	{ "help", 'h', NULL, 0, "This text", -1 },
	{ 0 },
};

static error_t set_word(struct eras *x, const char *what, const char *word,
			const char *const *words, int *ret_index)
{
	char error[SIM_TEXT_MAX];

	*ret_index = sim_words_find(word, words);
	if (*ret_index >= 0)
		return 0;
	sim_words_complain(error, what, word, words);
	cmd_complain(&x->cmd, "%s", error);
	return EINVAL;
}

static error_t set_format(struct eras *x, const char *word)
{
	static const char *const formats[] = { "text", "json", "markdown",
					       NULL };
	int i;
	error_t error = set_word(x, "a format", word, formats, &i);

	if (!error)
		x->format = (enum eras_format)i;
	return error;
}

static error_t set_color(struct eras *x, const char *word)
{
	static const char *const whens[] = { "auto", "always", "never", NULL };
	int i;
	error_t error = set_word(x, "when to use colour",
				 word ? word : "always", whens, &i);

	if (!error)
		x->color = (enum eras_color)i;
	return error;
}

static error_t set_jobs(struct eras *x, const char *word)
{
	char *end;
	unsigned long jobs = strtoul(word, &end, 10);

	if (!isdigit((unsigned char)*word) || *end || !jobs ||
	    jobs > SIM_JOBS_MAX) {
		cmd_complain(&x->cmd,
			     "jobs: expected a number from 1 to %d, "
			     "found '%s'",
			     SIM_JOBS_MAX, word);
		return EINVAL;
	}
	x->table.jobs = (unsigned)jobs;
	return 0;
}

/* Append to one of the lists of words. */
static error_t add_word(struct eras *x, const char *what, const char *word,
			const char **words, unsigned *nr, unsigned max)
{
	if (*nr == max) {
		cmd_complain(&x->cmd, "expected at most %u %s", max, what);
		return EINVAL;
	}
	words[(*nr)++] = word;
	return 0;
}

static error_t set_flag(struct eras *x, int key)
{
	switch (key) {
	case 'a':
		x->all = true;
		return 0;
	case 'q':
		x->quiet = true;
		return 0;
	case KEY_OVERRIDES:
		x->overrides = true;
		return 0;
	case KEY_COMPARE:
		x->table.compare = true;
		return 0;
	case KEY_TIMEOUTS:
		x->cmd.options.timeouts = true;
		return 0;
	case KEY_SIGNALS:
		x->cmd.options.signals = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t set_value(struct eras *x, int key, char *arg)
{
	switch (key) {
	case 'b':
		return cmd_set_option(&x->cmd, "bound", arg);
	case 'o':
		return cmd_set_option(&x->cmd, "output", arg);
	case KEY_BUDGET:
		return cmd_set_option(&x->cmd, "budget", arg);
	case KEY_CARRIER:
		return cmd_set_option(&x->cmd, "carrier", arg);
	case KEY_STEPS:
		return cmd_set_option(&x->cmd, "steps", arg);
	case 'f':
		return set_format(x, arg);
	case 'j':
		return set_jobs(x, arg);
	case KEY_COLOR:
		return set_color(x, arg);
	case 'e':
		return add_word(x, "eras", arg, x->eras, &x->nr_eras,
				SIM_ERAS_COLUMNS_MAX);
	case KEY_SET:
		return add_word(x, "times --set", arg, x->cmd.sets,
				&x->cmd.nr_sets, CMD_SETS_MAX);
	default:
		return set_flag(x, key);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct eras *x = state->input;

	switch (key) {
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
		return add_word(x, "scenarios", arg, x->names, &x->nr_names,
				SIM_ERAS_SCENARIOS_MAX);
	case ARGP_KEY_ERROR:
		x->cmd.stopped_at = state->next;
		return 0;
	default:
		return set_value(x, key, arg);
	}
}

static const struct argp argp = {
	options,
	parse,
	"[SCENARIO...|FILE.yaml]",
	"Explore scenarios in every era, and compare what is found with what "
	"each scenario states, and one era's runs with another's.\n"
	"\v"
	"  vfiosim eras\n"
	"      a row per scenario, a column per era; ! marks what is not as "
	"stated\n"
	"  vfiosim eras viability-group-del\n"
	"      one scenario in detail: overrides, and at which step the run "
	"that\n"
	"      shows its race departs in each other era\n"
	"  vfiosim eras viability-group-del viability-status --era v3.19 \\\n"
	"          --era v3.19-patched --era \"v3.19-patched "
	"check_order=atomic\"\n"
	"      what a patch changes, and what a better one would\n"
	"  vfiosim eras viability-window --bound 1 --format markdown\n"
	"      for a document or a commit message\n"
	"\n"
	"Exit status: 0 all is as stated, as far as something is, 1 some cell "
	"differs, 2 bad usage or input, or a cell broke, 3 not all could be "
	"decided: budget or bound too low, or interrupted.",
	NULL,
	NULL,
	NULL
};

/* --------------------------------------------------------------- rows, columns */

/* One file can be open at a time, and what it says of sleeps holds for all. */
static int check_files(struct eras *x)
{
	unsigned i;

	for (i = 0; i < x->nr_names; i++)
		if (x->nr_names > 1 && sim_scenario_file_is(x->names[i]))
			return cmd_complain(
				&x->cmd,
				"%s: expected a file to be the only "
				"scenario",
				x->names[i]);
	return CMD_OK;
}

/* The catalogue, then the textbook. */
static void add_all_scenarios(struct eras *x)
{
	const struct sim_scenario *s;
	unsigned pass, i;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; (s = sim_scenario_nth(i)); i++)
			if (sim_scenario_is_textbook(s) == (pass == 1))
				(void)sim_eras_add_scenario(&x->table, s);
}

static int add_scenarios(struct eras *x)
{
	const struct sim_scenario *scenario;
	unsigned i;
	int status = check_files(x);

	if (x->all && x->nr_names)
		return cmd_complain(&x->cmd,
				    "expected --all or scenarios, found both");
	if (!x->nr_names)
		add_all_scenarios(x);
	for (i = 0; i < x->nr_names && !status; i++) {
		status = cmd_open_scenario(&x->cmd, x->names[i], &x->file,
					   &scenario);
		if (!status)
			(void)sim_eras_add_scenario(&x->table, scenario);
	}
	if (!status && x->file)
		sim_scenario_file_options(x->file, &x->cmd.options);
	return status;
}

/* With what --set asks for on top. */
static int add_column(struct eras *x, const char *era)
{
	if (cmd_set_option(&x->cmd, "era", era) || cmd_apply_era(&x->cmd, NULL))
		return CMD_BAD;
	(void)sim_eras_add_column(&x->table, &x->cmd.options.era, true);
	return CMD_OK;
}

static int add_columns(struct eras *x)
{
	bool overrides = x->overrides || (x->table.nr_scenarios == 1 &&
					  !x->nr_eras && !x->cmd.nr_sets);
	const char *name;
	unsigned i;

	for (i = 0; i < x->nr_eras; i++)
		if (add_column(x, x->eras[i]))
			return CMD_BAD;
	for (i = 0; !x->nr_eras && (name = era_name(i)); i++)
		if (add_column(x, name))
			return CMD_BAD;
	if (overrides && sim_eras_add_overrides(&x->table))
		return cmd_complain(&x->cmd, "expected at most %u columns",
				    SIM_ERAS_COLUMNS_MAX);
	return CMD_OK;
}

/* ------------------------------------------------------------------- the table */

static bool use_color(const struct eras *x)
{
	if (x->color == ERAS_COLOR_AUTO)
		return isatty(STDOUT_FILENO) && !sim_option_no_color();
	return x->color == ERAS_COLOR_ALWAYS;
}

static int print(struct eras *x)
{
	switch (x->format) {
	case ERAS_TEXT:
		sim_report_eras_text(stdout, &x->table, use_color(x));
		return CMD_OK;
	case ERAS_MARKDOWN:
		sim_report_eras_markdown(stdout, &x->table);
		return CMD_OK;
	case ERAS_JSON:
		if (sim_report_eras_json(stdout, &x->table))
			return cmd_complain(&x->cmd, "out of memory");
		return CMD_OK;
	}
	return CMD_BAD;
}

/* The worst of all cells. */
static int judge(const struct eras *x)
{
	unsigned nr = x->table.nr_scenarios * x->table.nr_columns, i;
	bool seen[SIM_ERAS_FAILED + 1] = { false };

	for (i = 0; i < nr; i++)
		if (x->table.cells[i].state != SIM_ERAS_BLANK)
			seen[sim_eras_judge(&x->table.cells[i])] = true;
	if (seen[SIM_ERAS_FAILED])
		return CMD_BAD;
	if (seen[SIM_ERAS_DIFFERS])
		return CMD_FOUND;
	if (seen[SIM_ERAS_UNDECIDED] || sim_progress_interrupted())
		return CMD_UNDECIDED;
	return CMD_OK;
}

static void print_time(const struct eras *x, double seconds)
{
	if (sim_progress_interrupted())
		fprintf(stderr, "interrupted\n");
	if (!x->quiet)
		fprintf(stderr, "%.2f s, %u process%s at a time\n", seconds,
			x->table.jobs, x->table.jobs == 1 ? "" : "es");
}

static int explore(struct eras *x)
{
	const char *folder = x->cmd.options.output;
	char error[SIM_TEXT_MAX];
	double seconds;
	int status;

	sim_progress_begin(x->quiet);
	status = sim_eras_explore(&x->table);
	seconds = sim_progress_end();
	if (status)
		return cmd_complain(&x->cmd, "out of memory");
	if (folder && sim_eras_store(&x->table, folder, error))
		return cmd_complain(&x->cmd, "%s", error);
	status = print(x);
	fflush(stdout);
	print_time(x, seconds);
	return status ? status : judge(x);
}

static unsigned processors(void)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);

	return nr < 1 ? 1 : nr > SIM_JOBS_MAX ? SIM_JOBS_MAX : (unsigned)nr;
}

static int make_table(struct eras *x)
{
	int status = add_scenarios(x);

	if (!status)
		status = add_columns(x);
	if (!status && x->cmd.options.output)
		status = cmd_check_folder(&x->cmd, x->cmd.options.output);
	if (status)
		return status;
	x->table.options = x->cmd.options;
	x->table.compare |=
		x->table.nr_scenarios == 1 || x->format == ERAS_JSON;
	x->table.progress = !x->quiet && isatty(STDERR_FILENO);
	if (!x->table.jobs)
		x->table.jobs = processors();
	return CMD_OK;
}

int sim_cmd_eras(int argc, char **argv)
{
	static struct eras x;
	int status;

	x.cmd.name = "eras";
	if (!cmd_parse(&argp, &x.cmd, &x, argc, argv, &status))
		return status;
	status = make_table(&x);
	if (!status)
		status = explore(&x);
	sim_eras_release(&x.table);
	sim_scenario_file_release(x.file);
	return status;
}
