/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explore_print.c - what vfiosim explore says: each race as a diagram with
 * the command that replays it, what was seen, and whether that was expected.
 */
#include "cmd_explore.h"

#include "faults.h"
#include "minimise.h"
#include "progress.h"
#include "quote.h"

#include <string.h>

#define DETAIL_COLUMNS 74

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
void sim_cmd_explore_resume(const struct explore *x, const struct sim_result *r)
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

int sim_cmd_explore_result(struct explore *x, const struct sim_result *r,
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
