/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explore.c - vfiosim explore: looks for races in a scenario, as its
 * options say.
 */
#include "cmd_explore.h"

#include "progress.h"
#include "words.h"

#include <string.h>

/* -------------------------------------------------------------- arguments */

enum {
	KEY_NO_POR = 0x200,
	KEY_SEED,
	KEY_DEPTH,
	KEY_BUDGET,
	KEY_FAULTS,
	KEY_EXPECT,
	KEY_NO_MINIMISE,
	KEY_JOURNAL,
	KEY_RESUME,
	KEY_STATES,
	KEY_NO_CHECKPOINTS,
	KEY_CERTIFICATE
};

static const struct argp_option options[] = {
	{ "strategy", 's', "STRATEGY", 0,
	  "auto, dpor, dfs, bound, graph, random, pct or pos: see vfiosim list "
	  "--strategies",
	  2 },
	{ "bound", 'b', "N", 0, "auto, bound: at most N preemptions (2)", 2 },
	{ "no-por", KEY_NO_POR, NULL, 0,
	  "auto, dfs, bound, graph: also interleavings that differ in nothing",
	  2 },
	{ "no-checkpoints", KEY_NO_CHECKPOINTS, NULL, 0,
	  "auto, dpor, dfs: begin every run at boot, and never in the middle of "
	  "the one before",
	  2 },
	{ "seed", KEY_SEED, "N", 0,
	  "random, pct, pos: where their numbers start (0)", 2 },
	{ "depth", KEY_DEPTH, "N", 0,
	  "pct: look for what takes N events in order (3)", 2 },
	{ "states", KEY_STATES, "HOW", 0,
	  "graph: tell states apart by raw stacks, by declared locals, or both "
	  "and compare (declared, where a scenario does declare them)",
	  2 },
	{ "faults", KEY_FAULTS, "KIND,...[:N]", 0,
	  "Also runs with at most N faults (1), of these kinds: alloc, timeout, "
	  "signal; N any: without limit.  May be repeated",
	  2 },
	{ "journal", KEY_JOURNAL, "FILE", 0,
	  "auto, dpor: write down what was searched, for --resume", 2 },
	{ "resume", KEY_RESUME, "FILE", 0,
	  "Go on with what a journal says, and with the journal; all other "
	  "options as before, --jobs and --budget as you like",
	  2 },
	{ "budget", KEY_BUDGET, "BUDGET,...", 0,
	  "Give up after so many runs (10000), final states (500states), "
	  "seconds (30s, 5min, 2h) or bytes of memory (512M)",
	  2 },
	{ "jobs", 'j', "N", 0,
	  "auto, dpor: in N processes; all counts are the same for every N",
	  2 },
	{ "all", 'a', NULL, 0,
	  "Go on after a finding; each kind is shown once, with its count", 3 },
	{ "find", 'F', "VERDICT,...", 0,
	  "Look for these only: refused, deadlock, use-after-free, ...", 3 },
	{ "expect", KEY_EXPECT, NULL, 0,
	  "Compare what is found with what the scenario expects of this era; "
	  "implies --all.  Exit status 0: as expected, 1: not",
	  3 },
	{ "no-minimise", KEY_NO_MINIMISE, NULL, 0,
	  "Keep the run that showed a finding as it is", 3 },
	{ "certificate", KEY_CERTIFICATE, "FILE", 0,
	  "auto, dpor: write down, when all was explored, what vfiosim verify "
	  "can check; implies --all",
	  3 },
	{ "output", 'o', "FOLDER", 0,
	  "Where schedules go; must exist (findings/, made when needed)", 7 },
	{ "quiet", 'q', NULL, 0, "No progress, no summary", 7 },
	{ 0 },
};

static error_t set_flag(struct explore *x, int key)
{
	switch (key) {
	case KEY_NO_POR:
		x->cmd.options.no_por = true;
		return 0;
	case KEY_NO_CHECKPOINTS:
		x->cmd.options.no_checkpoints = true;
		return 0;
	case KEY_NO_MINIMISE:
		x->cmd.options.no_minimise = true;
		return 0;
	case KEY_EXPECT:
		x->expect = true;
		x->cmd.options.all = true;
		return 0;
	case 'a':
		x->cmd.options.all = true;
		return 0;
	case 'q':
		x->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explore *x = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &x->cmd;
		return 0;
	case 's':
		return cmd_set_option(&x->cmd, "strategy", arg);
	case 'b':
		return cmd_set_option(&x->cmd, "bound", arg);
	case KEY_SEED:
		x->seeded = true;
		return cmd_set_option(&x->cmd, "seed", arg);
	case KEY_JOURNAL:
		return cmd_set_only(&x->cmd, "journal", &x->cmd.options.journal,
				    arg);
	case KEY_RESUME:
		return cmd_set_only(&x->cmd, "journal", &x->cmd.options.resume,
				    arg);
	case 'j':
		return cmd_set_option(&x->cmd, "jobs", arg);
	case KEY_DEPTH:
		return cmd_set_option(&x->cmd, "depth", arg);
	case KEY_STATES:
		return cmd_set_option(&x->cmd, "states", arg);
	case KEY_BUDGET:
		return cmd_set_option(&x->cmd, "budget", arg);
	case KEY_FAULTS:
		return cmd_set_option(&x->cmd, "faults", arg);
	case 'F':
		return cmd_set_option(&x->cmd, "find", arg);
	case KEY_CERTIFICATE:
		x->cmd.options.certificate = arg;
		x->cmd.options.all = true;
		return 0;
	case 'o':
		return cmd_set_option(&x->cmd, "output", arg);
	case ARGP_KEY_ARG:
		return cmd_set_only(&x->cmd, "scenario", &x->name, arg);
	default:
		return set_flag(x, key);
	}
}

static const struct argp_child children[] = { { &cmd_common_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	options,
	parse,
	"SCENARIO|FILE.yaml",
	"Run a scenario under every interleaving that matters, and turn what "
	"goes wrong into a diagram and a schedule.\n"
	"\v"
	"  vfiosim explore viability-window\n"
	"      the first finding, with few preemptions, as for a commit "
	"message\n"
	"  vfiosim explore viability-status --era v3.19-patched --all\n"
	"      every kind of finding that is left with the patch\n"
	"  vfiosim explore viability-status --era v3.19-patched \\\n"
	"          --set check_order=atomic\n"
	"      nothing, and the statement that nothing is left to try\n"
	"  vfiosim explore lost-update --strategy random --budget 100 --seed 7\n"
	"      100 interleavings by chance, the same ones each time\n"
	"  vfiosim explore two-group-dels --strategy dpor --all --jobs 2 \\\n"
	"          --journal long.journal\n"
	"      in two processes; after an interrupt, or whatever ended it, go "
	"on with\n"
	"      --resume long.journal in place of --journal\n"
	"  vfiosim explore my-race.yaml --expect\n"
	"      a scenario of your own, without compiling anything:\n"
	"\n"
	"        scenario: my-race\n"
	"        groups: {g: {devices: {d0: vfio-pci}}}\n"
	"        setup:\n"
	"          - group_open: {group: g, as: G}\n"
	"        tasks:\n"
	"          unbind:\n"
	"            - unbind: d0\n"
	"          status:\n"
	"            - group_status: {group_fd: G, refused_if: {viable: 0}}\n"
	"        expect: {v3.19: refused}\n"
	"\n"
	"      An argument with a slash, or that ends in .yaml or .yml, is a "
	"file; docs/scenario-files.md has all keys.\n"
	"\n"
	"Exit status: 0 nothing found, 1 found, 2 bad usage or input, 3 the "
	"budget ended undecided.",
	children,
	NULL,
	NULL
};

/* ------------------------------------------------------------ before the run */

static int find_scenario(struct explore *x)
{
	int status;

	if (!x->name)
		return cmd_complain(&x->cmd,
				    "expected the name of a scenario, "
				    "found nothing; vfiosim list names all");
	status = cmd_open_scenario(&x->cmd, x->name, &x->file, &x->scenario);
	if (!status && x->file)
		x->cmd.options.source = x->name;
	if (!status && x->file)
		sim_scenario_file_options(x->file, &x->cmd.options);
	return status;
}

static int check_output(struct explore *x)
{
	const char *folder = x->cmd.options.output;

	return folder ? cmd_check_folder(&x->cmd, folder) : CMD_OK;
}

/* "bound", "auto or bound", "random, pct or pos". */
static const char *list_strategies(const char *const *strategies, char *buf,
				   size_t size)
{
	size_t i, used = 0;

	buf[0] = '\0';
	for (i = 0; strategies[i] && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 !i		   ? "" :
					 strategies[i + 1] ? ", " :
							     " or ",
					 strategies[i]);
	return buf;
}

/* An option that the strategy has no use for would promise what it does not
 * do. */
static int check_use(struct explore *x, bool given, const char *option,
		     const char *const *strategies)
{
	const char *chosen = x->cmd.options.strategy;
	char list[64];

	if (!chosen)
		chosen = "auto";
	if (!given || sim_words_find(chosen, strategies) >= 0)
		return CMD_OK;
	return cmd_complain(
		&x->cmd,
		"--%s: expected --strategy %s, found %s, which does not use it",
		option, list_strategies(strategies, list, sizeof(list)),
		chosen);
}

/* Who shares a search, or goes on with one, knows dpor alone. */
static int check_processes(struct explore *x)
{
	static const char *const exact[] = { "auto", "dpor", NULL };
	const struct sim_options *o = &x->cmd.options;
	const char *option = o->resume	? "resume" :
			     o->journal ? "journal" :
					  "jobs";
	bool given = o->jobs || o->journal || o->resume;

	if (o->journal && o->resume)
		return cmd_complain(&x->cmd,
				    "expected --journal or --resume, which "
				    "goes on writing its file, found both");
	if (given && o->no_por)
		return cmd_complain(&x->cmd,
				    "--%s: expected a search by dpor, found "
				    "--no-por",
				    option);
	return check_use(x, given, option, exact);
}

static int check_strategy(struct explore *x)
{
	static const char *const bound[] = { "auto", "bound", NULL };
	static const char *const por[] = { "auto", "dfs", "bound", "graph",
					   NULL };
	static const char *const seed[] = { "random", "pct", "pos", NULL };
	static const char *const depth[] = { "pct", NULL };
	static const char *const states[] = { "graph", NULL };
	static const char *const whole[] = { "auto", "dpor", "bound", NULL };
	int status = check_use(x, x->cmd.options.bound_set, "bound", bound);

	if (!status)
		status = check_use(x, x->cmd.options.certificate, "certificate",
				   whole);
	if (!status)
		status = check_processes(x);
	if (!status)
		status = check_use(x, x->cmd.options.no_por, "no-por", por);
	if (!status)
		status = check_use(x, x->cmd.options.states, "states", states);
	if (!status)
		status = check_use(x, x->seeded, "seed", seed);
	if (!status)
		status = check_use(x, x->cmd.options.depth, "depth", depth);
	return status;
}

static int find_expectation(struct explore *x)
{
	struct kernel_era era = x->cmd.options.era;
	char text[SIM_TEXT_MAX * 4];

	if (!x->expect)
		return CMD_OK;
	if (!era.name[0])
		era_lookup("v3.19", &era);
	if (sim_expected(x->scenario, &era, &x->expected))
		return CMD_OK;
	sim_era_format(&era, text, sizeof(text));
	return cmd_complain(&x->cmd,
			    "expected an era for which %s says what %s must "
			    "show, found %s",
			    x->file ? x->name : "vfiosim list",
			    x->scenario->name, text);
}

static int explore(struct explore *x)
{
	struct sim_result result;
	double seconds;
	int ret, status;

	x->cmd.options.progress = sim_progress_report;
	sim_progress_begin(x->quiet);
	ret = sim_explore(x->scenario, &x->cmd.options, &result);
	seconds = sim_progress_end();
	if (!ret)
		ret = sim_result_store(&result, x->cmd.options.output);
	if (ret)
		status = cmd_complain(&x->cmd, "%s",
				      result.error[0] ? result.error :
							strerror(-ret));
	else
		status = sim_cmd_explore_result(x, &result, seconds);
	if (!x->quiet)
		sim_cmd_explore_resume(x, &result);
	sim_result_release(&result);
	return status;
}

int sim_cmd_explore(int argc, char **argv)
{
	struct explore x = { .cmd = { .name = "explore",
				      .format = CMD_COMMIT } };
	int status;

	x.argc = argc;
	x.argv = argv;
	if (!cmd_parse(&argp, &x.cmd, &x, argc, argv, &status))
		return status;
	status = check_strategy(&x);
	if (!status)
		status = find_scenario(&x);
	if (!status && cmd_apply_era(&x.cmd, NULL))
		status = CMD_BAD;
	if (!status)
		status = check_output(&x);
	if (!status)
		status = find_expectation(&x);
	if (!status)
		status = explore(&x);
	sim_scenario_file_release(x.file);
	return status;
}
