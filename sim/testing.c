/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * testing.c - a scenario as a test of some framework: what a failure prints,
 * and how a schedule is replayed inside a test program.
 */
#include "quote.h"

#include <vfiosim/sim.h>

#include <stdlib.h>
#include <string.h>

struct test {
	const struct sim_scenario *scenario;
	unsigned expected; /* set of verdicts */
	struct sim_options options;
	const char *replay; /* path; NULL: explore */
	struct sim_result result;
	FILE *out;
	bool failed;
};

static void print_finding(struct test *t, const struct sim_finding *f)
{
	char path[2 * SIM_PATH_MAX], program[2 * SIM_PATH_MAX];

	fprintf(t->out, "%s: %s\n", sim_verdict_name(f->verdict), f->text);
	if (f->detail[0])
		fprintf(t->out, "%s\n", f->detail + strspn(f->detail, "\n"));
	fprintf(t->out, "\n");
	sim_report_commit(t->out, f, f->trace);
	fprintf(t->out, "\nschedule: %s\nVFIOSIM_REPLAY=%s %s\n", f->path,
		sim_quote(f->path, path, sizeof(path)),
		sim_quote(program_invocation_name, program, sizeof(program)));
}

static void print_findings(struct test *t)
{
	unsigned i;

	for (i = 0; i < t->result.nr_findings; i++) {
		const struct sim_finding *f = &t->result.findings[i];

		if (SIM_SET(f->verdict) & t->expected)
			continue;
		print_finding(t, f);
		t->failed = true;
	}
}

static void print_missing(struct test *t)
{
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!(SIM_SET(v) & t->expected & ~t->result.verdicts))
			continue;
		fprintf(t->out, "expected %s, found none in %llu runs\n",
			sim_verdict_name((enum sim_verdict)v),
			(unsigned long long)t->result.runs);
		t->failed = true;
	}
}

/* Chance never decides; whoever asks for it knows that. */
static void print_undecided(struct test *t)
{
	const struct sim_result *r = &t->result;
	char end[SIM_TEXT_MAX];

	if (t->failed || r->exhausted || !strcmp(r->strategy, "random") ||
	    (t->expected && t->expected == r->verdicts))
		return;
	fprintf(t->out, "undecided after %llu run%s: %s\n",
		(unsigned long long)r->runs, r->runs == 1 ? "" : "s",
		r->ended ? sim_budget_format(r, end, sizeof(end)) :
			   "not all was seen");
	t->failed = true;
}

static void print_error(struct test *t, int error)
{
	fprintf(t->out, "%s\n",
		t->result.error[0] ? t->result.error : strerror(-error));
	t->failed = true;
}

static void explore(struct test *t)
{
	int ret;

	/* A set can only be compared when everything was looked at. */
	t->options.all |= t->expected != 0;
	ret = sim_explore(t->scenario, &t->options, &t->result);
	if (!ret && t->result.verdicts & ~t->expected)
		ret = sim_result_store(&t->result, t->options.output);
	if (ret) {
		print_error(t, ret);
		return;
	}
	print_findings(t);
	print_missing(t);
	print_undecided(t);
}

/* Prints the run also when all is well: somebody wants to see it. */
static int replay(struct test *t)
{
	int ret = sim_replay_file(t->scenario, t->replay, &t->options,
				  &t->result);
	unsigned i;

	if (ret == -EXDEV)
		return ret;
	if (ret) {
		print_error(t, ret);
		return 0;
	}
	for (i = 0; i < t->result.nr_findings; i++)
		snprintf(t->result.findings[i].path, SIM_PATH_MAX, "%s",
			 t->replay);
	print_findings(t);
	if (!t->failed)
		sim_report_commit(t->out, NULL, sim_result_trace(&t->result));
	return 0;
}

/* Returns as sim_test_run(). */
static int run(struct test *t)
{
	char error[SIM_TEXT_MAX];
	int ret = 0;

	t->replay = getenv("VFIOSIM_REPLAY");
	/* A schedule carries its own era. */
	if (t->replay)
		memset(&t->options.era, 0, sizeof(t->options.era));
	if (sim_options_from_env(&t->options, error)) {
		fprintf(t->out, "%s\n", error);
		return 1;
	}
	if (t->replay)
		ret = replay(t);
	else
		explore(t);
	sim_result_release(&t->result);
	return ret ? ret : t->failed;
}

int sim_test_run(const struct sim_scenario *scenario, unsigned expected,
		 const struct sim_options *options, char **ret_report)
{
	struct test *t = calloc(1, sizeof(*t));
	char *report = NULL;
	size_t size;
	int ret;

	*ret_report = NULL;
	if (!t)
		return -ENOMEM;
	t->scenario = scenario;
	t->expected = expected;
	if (options)
		t->options = *options;
	t->out = open_memstream(&report, &size);
	if (!t->out) {
		free(t);
		return -ENOMEM;
	}
	ret = run(t);
	if (fclose(t->out) == 0)
		*ret_report = report;
	else
		free(report);
	free(t);
	return ret;
}
