/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd.c - reading a subcommand's arguments: errors are one line that says what
 * was expected, and help is an example before it is a list.
 */
#include "cmd.h"

#include "quote.h"
#include "words.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPTIONS_MAX 64
#define COMPLAINT_MAX 4096

const char *cmd_program = "vfiosim";

int cmd_complain(struct cmd *cmd, const char *format, ...)
{
	char text[COMPLAINT_MAX], shown[COMPLAINT_MAX];
	va_list ap;

	cmd->complained = true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	/* It may quote arguments and files. */
	fprintf(stderr, "vfiosim %s: %s\n", cmd->name,
		sim_escape(text, shown, sizeof(shown)));
	return CMD_BAD;
}

int cmd_check_folder(struct cmd *cmd, const char *folder)
{
	struct stat st;

	if (stat(folder, &st))
		return cmd_complain(cmd, "%s: expected a folder: %s", folder,
				    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cmd_complain(
			cmd, "%s: expected a folder, found something else",
			folder);
	if (access(folder, W_OK | X_OK))
		return cmd_complain(cmd,
				    "%s: expected a folder to write to: %s",
				    folder, strerror(errno));
	return CMD_OK;
}

void cmd_print_trace(const struct cmd *cmd, const struct sim_finding *finding,
		     const struct sim_trace *trace)
{
	if (cmd->format == CMD_TEXT)
		sim_report_text(stdout, finding, trace);
	else
		sim_report_commit(stdout, finding, trace);
}

/* ---------------------------------------------------------- common options */

enum {
	KEY_STEPS = 0x100,
	KEY_CARRIER,
	KEY_SET,
	KEY_TIMEOUTS,
	KEY_SIGNALS,
	KEY_INVARIANTS
};

static const struct argp_option basic_options[] = {
	{ "format", 'f', "FORMAT", 0,
	  "text: every step; commit: a diagram for a commit message, at most "
	  "75 columns; json: everything, for programs",
	  8 },
	{ "help", 'h', NULL, 0, "This text", -1 },
	{ 0 },
};

static const struct argp_option common_options[] = {
	{ "era", 'e', "ERA", 0, "Kernel to model: see vfiosim list --eras", 1 },
	{ "set", KEY_SET, "FLAG=VALUE", 0,
	  "Override one flag of the era; may be repeated", 1 },
	{ "carrier", KEY_CARRIER, "CARRIER", 0,
	  "What tasks run on: fiber (fast) or thread (what detectors and gdb "
	  "see)",
	  7 },
	{ "steps", KEY_STEPS, "N", 0, "A run of more steps is a finding", 7 },
	{ "timeouts", KEY_TIMEOUTS, NULL, 0, "Sleeps may end by time-outs", 7 },
	{ "signals", KEY_SIGNALS, NULL, 0, "Sleeps may end by signals", 7 },
	{ "invariants", KEY_INVARIANTS, "ID,...", OPTION_ARG_OPTIONAL,
	  "Test what must hold, all of it or these: see vfiosim list "
	  "--invariants",
	  3 },
	{ 0 },
};

static int set_format(struct cmd *cmd, const char *word)
{
	static const char *const formats[] = { "text", "commit", "json", NULL };
	char error[SIM_TEXT_MAX];
	int i = sim_words_find(word, formats);

	if (i < 0) {
		sim_words_complain(error, "a format", word, formats);
		cmd_complain(cmd, "%s", error);
		return EINVAL;
	}
	cmd->format = (enum cmd_format)i;
	return 0;
}

int cmd_set_option(struct cmd *cmd, const char *name, const char *value)
{
	char error[SIM_TEXT_MAX];

	if (!sim_option_set(&cmd->options, name, value, error))
		return 0;
	cmd_complain(cmd, "%s", error);
	return EINVAL;
}

int cmd_set_only(struct cmd *cmd, const char *what, const char **path,
		 const char *word)
{
	if (*path) {
		cmd_complain(cmd, "expected one %s, found '%s' besides %s",
			     what, word, *path);
		return EINVAL;
	}
	*path = word;
	return 0;
}

/* Overrides come on top of the era, wherever they stand on the line. */
static int add_set(struct cmd *cmd, const char *text)
{
	if (cmd->nr_sets == CMD_SETS_MAX) {
		cmd_complain(cmd, "expected at most %d times --set",
			     CMD_SETS_MAX);
		return EINVAL;
	}
	cmd->sets[cmd->nr_sets++] = text;
	return 0;
}

int cmd_apply_era(struct cmd *cmd, const struct kernel_era *base)
{
	unsigned i;

	if (base)
		cmd->options.era = *base;
	if (cmd->era && cmd_set_option(cmd, "era", cmd->era))
		return -EINVAL;
	for (i = 0; i < cmd->nr_sets; i++)
		if (cmd_set_option(cmd, "set", cmd->sets[i]))
			return -EINVAL;
	if (era_conflict(&cmd->options.era)) {
		cmd_complain(cmd, "expected flags that go together: %s",
			     era_conflict(&cmd->options.era));
		return -EINVAL;
	}
	return 0;
}

static error_t parse_basic(int key, char *arg, struct argp_state *state)
{
	struct cmd *cmd = state->input;

	switch (key) {
	case 'f':
		return set_format(cmd, arg);
	case 'h':
		cmd->helped = true;
		argp_help(state->root_argp, stdout,
			  ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG |
				  ARGP_HELP_DOC,
			  state->name);
		/* Nothing else on the line counts any more. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_ERROR:
		cmd->stopped_at = state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cmd *cmd = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = cmd;
		return 0;
	case 'e':
		cmd->era = arg;
		return 0;
	case KEY_SET:
		return add_set(cmd, arg);
	case KEY_CARRIER:
		return cmd_set_option(cmd, "carrier", arg);
	case KEY_STEPS:
		return cmd_set_option(cmd, "steps", arg);
	case KEY_INVARIANTS:
		return cmd_set_option(cmd, "invariants", arg ? arg : "all");
	case KEY_TIMEOUTS:
		cmd->options.timeouts = true;
		return 0;
	case KEY_SIGNALS:
		cmd->options.signals = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cmd_basic_argp = { basic_options, parse_basic, NULL, NULL,
				     NULL,	    NULL,	 NULL };

static const struct argp_child common_children[] = {
	{ &cmd_basic_argp, 0, NULL, 0 }, { 0 }
};

const struct argp cmd_common_argp = { common_options,  parse_common, NULL, NULL,
				      common_children, NULL,	     NULL };

/* ---------------------------------------------------------- wrong options */

static unsigned collect(const struct argp *argp,
			const struct argp_option **options, unsigned nr)
{
	const struct argp_option *o;
	const struct argp_child *c;

	for (o = argp->options; o && (o->name || o->key) && nr < OPTIONS_MAX;
	     o++)
		options[nr++] = o;
	for (c = argp->children; c && c->argp; c++)
		nr = collect(c->argp, options, nr);
	return nr;
}

/* "--budget=3" begins like which options?  The only one, or an exact one. */
static const struct argp_option *match(const char *word,
				       const struct argp_option *const *options,
				       unsigned nr, unsigned *ret_matches)
{
	const struct argp_option *found = NULL;
	size_t n = strcspn(word, "=");
	unsigned i;

	*ret_matches = 0;
	for (i = 0; i < nr; i++) {
		if (strncmp(options[i]->name, word, n))
			continue;
		found = options[i];
		++*ret_matches;
		if (strlen(found->name) == n) {
			*ret_matches = 1;
			break;
		}
	}
	return found;
}

static void complain_long(struct cmd *cmd, const char *word,
			  const struct argp_option *const *options, unsigned nr)
{
	const char *names[OPTIONS_MAX + 1], *nearest;
	const struct argp_option *o;
	unsigned matches, i;

	for (i = 0; i < nr; i++)
		names[i] = options[i]->name;
	names[nr] = NULL;
	o = match(word, options, nr, &matches);
	if (matches == 1 && o->arg) {
		cmd_complain(cmd, "--%s: expected %s, found nothing", o->name,
			     o->arg);
	} else if (matches == 1) {
		cmd_complain(cmd, "--%s: expected no value, found '%s'",
			     o->name, strchr(word, '=') + 1);
	} else {
		nearest = matches ? o->name : sim_words_nearest(word, names);
		cmd_complain(cmd,
			     "expected an option of --help, found "
			     "'--%s'%s%s",
			     word, nearest ? ", nearest is --" : "",
			     nearest ? nearest : "");
	}
}

static void complain_short(struct cmd *cmd, const char *word,
			   const struct argp_option *const *options,
			   unsigned nr)
{
	unsigned i;

	for (; *word; word++) {
		for (i = 0; i < nr; i++)
			if (options[i]->key == *word)
				break;
		if (i == nr) {
			cmd_complain(cmd,
				     "expected an option of --help, found "
				     "'-%c'",
				     *word);
			return;
		}
		if (options[i]->arg)
			break;
	}
	cmd_complain(cmd, "-%c: expected %s, found nothing", *word,
		     *word && i < nr ? options[i]->arg : "an option");
}

/* argp stopped at a word or just behind it, and does not say why. */
static void complain_option(struct cmd *cmd, const struct argp *argp, int argc,
			    char **argv)
{
	const struct argp_option *options[OPTIONS_MAX];
	unsigned nr = collect(argp, options, 0);
	int at = cmd->stopped_at;
	const char *word = at > 0 && at <= argc ? argv[at - 1] : "";

	if (word[0] != '-' && at < argc)
		word = argv[at];
	if (word[0] == '-' && word[1] == '-')
		complain_long(cmd, word + 2, options, nr);
	else
		complain_short(cmd, word + (word[0] == '-'), options, nr);
}

bool cmd_parse(const struct argp *argp, struct cmd *cmd, void *input, int argc,
	       char **argv, int *ret_status)
{
	char name[64];
	char *own = argv[0];
	error_t error;

	/* What stands in the usage line. */
	snprintf(name, sizeof(name), "vfiosim %s", cmd->name);
	argv[0] = name;
	error = argp_parse(argp, argc, argv,
			   ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
			   input);
	argv[0] = own;
	*ret_status = error ? CMD_BAD : CMD_OK;
	if (error && !cmd->complained)
		complain_option(cmd, argp, argc, argv);
	return !error && !cmd->helped;
}
