/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explore.c - vfiosim explore: looks for races in a scenario, prints each
 * as a diagram with the command that replays it, and sums up what was seen.
 */
#include "cmd.h"

#include "faults.h"
#include "minimise.h"
#include "progress.h"
#include "quote.h"
#include "words.h"

#include <string.h>

#define DETAIL_COLUMNS 74
/* Of an option, as those below. */
#define KEY_CERTIFICATE 0x300

struct explore {
	struct cmd cmd;
	const char *name;
	struct scenario_file *file; /* that it stands in; NULL: built in */
	const struct sim_scenario *scenario;
	bool expect, quiet, seeded;
	unsigned expected; /* set of verdicts */
	int argc; /* as it was called, for the command that goes on */
	char **argv;
};

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
	KEY_NO_CHECKPOINTS
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

/* ------------------------------------------------------------- after the run */

static void print_set(unsigned set)
{
	const char *separator = "";
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!(set & SIM_SET(v)))
			continue;
		printf("%s%s", separator,
		       sim_verdict_name((enum sim_verdict)v));
		separator = ", ";
	}
	if (!set)
		printf("nothing");
}

/* Call chains, indented, and wrapped between calls. */
static void print_detail(const char *detail)
{
	int column = 0;

	while (*detail) {
		int n = (int)strcspn(detail, " \n");

		if (column && column + n > DETAIL_COLUMNS) {
			printf("\n  ");
			column = 2;
		}
		column += printf(column ? " %.*s" : "   %.*s", n, detail);
		detail += n;
		if (*detail == '\n') {
			putchar('\n');
			column = 0;
		}
		detail += *detail != '\0';
	}
	if (column)
		putchar('\n');
}

/* The finding before @nr that comes from the very same run, or @nr. */
static unsigned same_run(const struct sim_result *r, unsigned nr)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (r->findings[i].run == r->findings[nr].run &&
		    sim_trace_hash(r->findings[i].trace) ==
			    sim_trace_hash(r->findings[nr].trace))
			break;
	return i;
}

static void print_finding(const struct explore *x, const struct sim_result *r,
			  unsigned nr)
{
	const struct sim_finding *f = &r->findings[nr];
	char program[2 * SIM_PATH_MAX], path[2 * SIM_PATH_MAX];
	char file[2 * SIM_PATH_MAX], size[SIM_TEXT_MAX];

	if (r->nr_findings > 1 || x->cmd.options.all)
		printf("%u. ", nr + 1);
	printf("%s: %s\n", sim_verdict_name(f->verdict), f->text);
	if (f->invariant && f->verdict != SIM_INVARIANT)
		printf("   which breaks %s\n", f->invariant);
	print_detail(f->detail + strspn(f->detail, "\n"));
	if (x->cmd.options.all)
		printf("   in %llu run%s, first in run %llu\n",
		       (unsigned long long)f->count, f->count == 1 ? "" : "s",
		       (unsigned long long)f->run);
	if (f->minimised.done)
		printf("   %s\n",
		       sim_minimised_format(&f->minimised, size, sizeof(size)));
	if (same_run(r, nr) == nr) {
		putchar('\n');
		cmd_print_trace(&x->cmd, f, f->trace);
	} else {
		printf("   in the run shown at %u\n", same_run(r, nr) + 1);
	}
	printf("\nschedule: %s\n%s replay %s%s%s\n\n", f->path,
	       sim_quote(cmd_program, program, sizeof(program)),
	       sim_quote(f->path, path, sizeof(path)),
	       x->file ? " --scenario " : "",
	       x->file ? sim_quote(x->name, file, sizeof(file)) : "");
}

static const char *ending(const struct explore *x, const struct sim_result *r,
			  char *buf, size_t size)
{
	if (sim_progress_interrupted())
		return "interrupted";
	if (r->nr_findings && !x->cmd.options.all)
		return "stopped at the first finding";
	if (r->ended)
		return sim_budget_format(r, buf, size);
	/* Some run met the limit of steps. */
	if (!r->exhausted)
		return "not all was seen";
	return r->bounded ? "exhausted within" : "exhausted";
}

/* "broken: T5 (B1), V3 (B1 B3)", with the bugs that are known to. */
static void print_broken(const struct sim_result *r)
{
	const char *separator = "; broken: ";
	char bugs[SIM_TEXT_MAX];
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++) {
		if (!(r->broken & SIM_INVARIANT_SET(nr)))
			continue;
		printf("%s%s (%s)", separator, sim_invariant_nth(nr)->id,
		       sim_invariant_expected(nr, &r->era, bugs) ? bugs :
								   "new");
		separator = ", ";
	}
	printf("%s\n", r->broken ? "" : "; none broken");
}

static void print_invariants(const struct sim_result *r)
{
	unsigned nr, tested = 0;

	if (!r->invariants)
		return;
	for (nr = 0; sim_invariant_nth(nr); nr++)
		tested += (r->invariants & SIM_INVARIANT_SET(nr)) &&
			  sim_invariant_applies(nr, &r->era);
	printf("%u invariant%s %schecked", tested, tested == 1 ? "" : "s",
	       r->exhausted && !r->bounded ? "" : "not exhaustively ");
	print_broken(r);
}

/* What making findings smaller has cost. */
static void print_reruns(const struct sim_result *r)
{
	unsigned long long runs = 0;
	double seconds = 0;
	unsigned i;

	for (i = 0; i < r->nr_findings; i++) {
		runs += r->findings[i].minimised.runs;
		seconds += r->findings[i].minimised.seconds;
	}
	if (runs)
		fprintf(stderr, "minimised in %llu runs, %.1f ms\n", runs,
			seconds * 1e3);
}

/* What pct can promise, and what it cannot. */
static void print_odds(const struct sim_odds *odds)
{
	unsigned depth;

	if (!odds->since)
		return;
	printf("%u task%s, at most %u contested steps in a run, no more since "
	       "run %llu\n",
	       odds->tasks, odds->tasks == 1 ? "" : "s", odds->steps,
	       (unsigned long long)odds->since);
	printf("runs for 99 %%:");
	for (depth = 1; depth <= 3; depth++)
		printf("%s depth %u %llu", depth > 1 ? "," : "", depth,
		       (unsigned long long)sim_pct_runs(odds->tasks,
							odds->steps, depth));
	printf("; counted from run %llu\n",
	       (unsigned long long)odds->since + 1);
	if (odds->spun)
		printf("in %llu run%s a task that did not stop was held up: "
		       "they do not count\n",
		       (unsigned long long)odds->spun,
		       odds->spun == 1 ? "" : "s");
}

/* "exhausted, with faults alloc,timeout:1" */
static void print_faults(const struct sim_faults *faults)
{
	char text[SIM_TEXT_MAX];

	if (*sim_faults_format(faults, true, text))
		printf(", with faults %s", text);
	if (*sim_faults_format(faults, false, text))
		printf(", with faults %s", text);
}

/* A bound leaves out what it leaves out: that is a statement, and no more. */
static void print_certificate(const struct explore *x,
			      const struct sim_result *r)
{
	if (!x->cmd.options.certificate)
		return;
	if (r->certified)
		printf("certificate: %s, %llu classes\n",
		       x->cmd.options.certificate,
		       (unsigned long long)r->certified);
	else if (r->exhausted && r->bounded)
		printf("no certificate: every run with at most %u preemption%s "
		       "was made, and none with more\n",
		       r->bound, r->bound == 1 ? "" : "s");
	else
		puts("no certificate: not everything was explored by dpor");
}

/* What graph saw, and what it does not look for. */
static void print_states(const struct sim_result *r)
{
	if (!r->states)
		return;
	if (r->by == SIM_STATES_BOTH)
		printf("by declared locals, as by %llu raw states",
		       (unsigned long long)r->raw_states);
	else if (r->by == SIM_STATES_DECLARED)
		printf("trusted locals: compare with --states both");
	else
		printf("by raw stacks");
	printf("; %.1f MiB; no data races and no order of locks are looked "
	       "for\n",
	       (double)r->bytes / (1 << 20));
	if (r->cycles)
		printf("%llu step%s led back to a state on the way: a run need "
		       "not end\n",
		       (unsigned long long)r->cycles,
		       r->cycles == 1 ? "" : "s");
}

/* "dpor: 5 runs, 0 pruned, 100 steps", "graph: 5 states, 9 transitions, 1 end" */
static void print_figures(const struct sim_result *r)
{
	if (r->states)
		printf("graph: %llu states, %llu transitions, %llu end%s",
		       (unsigned long long)r->states,
		       (unsigned long long)r->transitions,
		       (unsigned long long)r->runs, r->runs == 1 ? "" : "s");
	else
		printf("%s: %llu runs, %llu pruned, %llu steps", r->strategy,
		       (unsigned long long)r->runs,
		       (unsigned long long)r->pruned,
		       (unsigned long long)r->steps);
}

static void print_summary(const struct explore *x, const struct sim_result *r,
			  double seconds)
{
	char end[SIM_TEXT_MAX];

	if (x->quiet)
		return;
	if (!r->nr_findings)
		printf("nothing found; ");
	/* All runs are counted, also those of the bounds that come first. */
	if (!x->cmd.options.strategy && !strcmp(r->strategy, "dfs"))
		printf("bound, then ");
	print_figures(r);
	printf("; %s", ending(x, r, end, sizeof(end)));
	if (r->exhausted && r->bounded)
		printf(" %u preemption%s", r->bound, r->bound == 1 ? "" : "s");
	print_faults(&x->cmd.options.faults);
	putchar('\n');
	print_states(r);
	print_odds(&r->odds);
	print_invariants(r);
	print_certificate(x, r);
	if (r->truncated)
		printf("more kinds of findings than %d were not kept\n",
		       SIM_FINDINGS_MAX);
	fflush(stdout);
	fprintf(stderr, "%.2f s, %.0f %s/s\n", seconds,
		(double)(r->states ? r->states : r->runs + r->pruned) /
			(seconds + 1e-9),
		r->states ? "states" : "runs");
	print_reruns(r);
}

/* The same line, with --resume in place of whatever named the journal. */
static void print_resume(const struct explore *x, const struct sim_result *r)
{
	const struct sim_options *o = &x->cmd.options;
	const char *journal = o->resume ? o->resume : o->journal;
	char text[2 * SIM_PATH_MAX];
	int i;

	if (!journal || r->exhausted)
		return;
	fprintf(stderr, "to go on:\n%s explore",
		sim_quote(cmd_program, text, sizeof(text)));
	for (i = 1; i < x->argc; i++) {
		const char *arg = x->argv[i];

		/* Options may be cut short. */
		if (strncmp(arg, "--jou", 5) && strncmp(arg, "--res", 5))
			fprintf(stderr, " %s",
				sim_quote(arg, text, sizeof(text)));
		else
			i += !strchr(arg, '=');
	}
	fprintf(stderr, " --resume %s\n",
		sim_quote(journal, text, sizeof(text)));
}

/* Invariants that were broken although no bug of this era is known to. */
static uint64_t surprising(const struct sim_result *r)
{
	char bugs[SIM_TEXT_MAX];
	uint64_t set = 0;
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++)
		if ((r->broken & SIM_INVARIANT_SET(nr)) &&
		    !sim_invariant_expected(nr, &r->era, bugs))
			set |= SIM_INVARIANT_SET(nr);
	return set;
}

/* Was one of them found as such?  Then no other one that was expected to be
 * broken stands for it. */
static bool found_surprising(const struct sim_result *r)
{
	uint64_t set = surprising(r);
	unsigned i, nr;

	for (i = 0; i < r->nr_findings; i++)
		for (nr = 0; sim_invariant_nth(nr); nr++)
			if ((set & SIM_INVARIANT_SET(nr)) &&
			    r->findings[i].verdict == SIM_INVARIANT &&
			    r->findings[i].invariant &&
			    !strcmp(r->findings[i].invariant,
				    sim_invariant_nth(nr)->id))
				return true;
	return false;
}

static int judge_expectation(const struct explore *x,
			     const struct sim_result *r)
{
	unsigned wanted = x->cmd.options.find;
	unsigned expected = wanted ? x->expected & wanted : x->expected;
	unsigned found = r->verdicts;

	if (r->invariants && !surprising(r) &&
	    !(expected & SIM_SET(SIM_INVARIANT)))
		found &= ~SIM_SET(SIM_INVARIANT);
	if (!x->quiet && x->cmd.format != CMD_JSON) {
		printf("expected ");
		print_set(expected);
		printf("; found ");
		print_set(found);
		puts(found_surprising(r) ? ", which no bug is known to break" :
					   "");
	}
	if (found & ~expected || found_surprising(r))
		return CMD_FOUND;
	if (found == expected && (r->exhausted || expected))
		return CMD_OK;
	return r->exhausted ? CMD_FOUND : CMD_UNDECIDED;
}

static int judge(const struct explore *x, const struct sim_result *r)
{
	if (x->expect)
		return judge_expectation(x, r);
	/* A run that was cut off has shown nothing. */
	if (r->verdicts == SIM_SET(SIM_STEP_LIMIT))
		return CMD_UNDECIDED;
	if (r->nr_findings)
		return CMD_FOUND;
	return r->exhausted ? CMD_OK : CMD_UNDECIDED;
}

static int print_result(struct explore *x, const struct sim_result *r,
			double seconds)
{
	unsigned i;

	if (x->cmd.format == CMD_JSON) {
		if (sim_report_json(stdout, r))
			return cmd_complain(&x->cmd, "out of memory");
		return judge(x, r);
	}
	for (i = 0; i < r->nr_findings; i++)
		print_finding(x, r, i);
	print_summary(x, r, seconds);
	return judge(x, r);
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
		status = print_result(x, &result, seconds);
	if (!x->quiet)
		print_resume(x, &result);
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
