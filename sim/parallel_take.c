/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parallel_take.c - what other processes saw becomes what this one knows: sums,
 * sets, and runs that are worth it, which are made here again.
 */
#include "parallel.h"

#include "collector.h"
#include "memory.h"
#include "schedule.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

#define TOLD_MAX (1u << 20)
#define CLASSES_MAX (1u << 26)

static int out_of_memory(struct explorer *x)
{
	return sim_explorer_fail(x, -ENOMEM,
				 "out of memory for what processes saw");
}

/* ---------------------------------------------------------------- findings */

/* Here, too, it must be what it was there. */
static int make_again(struct explorer *x, const char *text)
{
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(text, "schedule", &schedule, error);

	if (ret)
		return sim_explorer_fail(x, -ENOTRECOVERABLE, error);
	ret = sim_explorer_replay(x, x->config.carrier, &schedule, "schedule",
				  &x->trace);
	sim_schedule_release(&schedule);
	if (!ret)
		ret = sim_explorer_judge_order(x);
	return ret ? ret : sim_explorer_take(x);
}

/* @before: runs of the search before the job.  Returns whether there is
 * something to settle, or -errno. */
static int take_told(struct explorer *x, uint64_t before, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, TOLD_MAX);
	uint64_t runs = x->result->runs;
	int ret = 0, taken = 0;

	while (nr-- > 0 && !in->bad && ret >= 0) {
		uint64_t nth = sim_in_number(in);
		char *text = sim_in_text(in);

		if (!text)
			return in->no_memory ? out_of_memory(x) : 0;
		/* It was this one. */
		x->result->runs = before + nth;
		ret = make_again(x, text);
		taken |= ret > 0;
		free(text);
	}
	x->result->runs = runs;
	return ret < 0 ? ret : taken;
}

static void take_counts(struct explorer *x, struct sim_in *in)
{
	unsigned nr = sim_in_count(in, SIM_FINDINGS_MAX), i;

	while (nr-- > 0 && !in->bad) {
		const void *bytes = sim_in_bytes(in, sizeof(uint64_t));
		uint64_t identity = 0, count = sim_in_number(in);

		if (bytes)
			memcpy(&identity, bytes, sizeof(identity));
		for (i = 0; i < x->result->nr_findings; i++)
			if (x->identities[i] == identity)
				x->result->findings[i].count += count;
	}
}

/* Runs that are told are counted by whoever made them first; only what takes
 * several runs to show is seen here alone. */
static int take_findings(struct explorer *x, uint64_t before, struct sim_in *in)
{
	uint64_t counts[SIM_FINDINGS_MAX] = { 0 };
	struct sim_result *r = x->result;
	unsigned i;
	int ret;

	for (i = 0; i < r->nr_findings; i++)
		counts[i] = r->findings[i].count;
	ret = take_told(x, before, in);
	for (i = 0; i < r->nr_findings && ret >= 0; i++)
		if (!r->findings[i].trace->events[x->raws[i].event].aside)
			r->findings[i].count = counts[i];
	take_counts(x, in);
	return ret;
}

/* -------------------------------------------------------------------- rest */

static int take_states(struct explorer *x, struct sim_in *in)
{
	uint64_t nr = sim_in_number(in), state;

	while (nr-- > 0 && !in->bad) {
		const void *bytes = sim_in_bytes(in, sizeof(state));

		if (!bytes)
			break;
		memcpy(&state, bytes, sizeof(state));
		if (sim_explorer_count_state(x, state))
			return out_of_memory(x);
	}
	return 0;
}

static int take_classes(struct explorer *x, struct sim_in *in)
{
	unsigned nr = x->collector ? sim_in_count(in, CLASSES_MAX) : 0;
	struct sim_act *acts =
		nr ? malloc(SIM_STEPS_MAX * sizeof(*acts)) : NULL;
	struct sim_class class;
	int ret = 0;

	if (nr && !acts)
		return out_of_memory(x);
	/* All are read, also when they are too many: more comes behind them. */
	while (nr-- > 0 && !in->bad) {
		sim_worker_read_class(in, acts, &class);
		if (!in->bad && !ret)
			ret = sim_collector_add_class(x->collector, &class);
	}
	free(acts);
	if (ret != -ENOSPC)
		return ret;
	sim_explorer_spend(x, SIM_BUDGET_CERTIFICATE,
			   sim_explorer_certificate_max(x));
	return 0;
}

static int failed(struct explorer *x, struct sim_in *in)
{
	int error = (int)sim_in_count(in, 4095);
	char *text = sim_in_text(in);

	(void)sim_explorer_fail(x, -error, text ? text : "");
	free(text);
	return text && error ? -error : out_of_memory(x);
}

static int bad(struct explorer *x)
{
	return sim_explorer_fail(x, -EBADMSG,
				 "a process said what no process says");
}

int sim_parallel_take_seen(struct explorer *x, struct sim_in *in,
			   uint64_t *ret_runs)
{
	unsigned end = sim_in_count(in, SIM_WORKER_FAILED);
	uint64_t before = x->result->runs, runs, pruned;
	int ret, taken;

	if (!in->bad && end == SIM_WORKER_FAILED)
		return failed(x, in);
	runs = sim_in_number(in);
	pruned = sim_in_number(in);
	*ret_runs = runs + pruned;
	x->budget -= *ret_runs < x->budget ? *ret_runs : x->budget;
	x->result->runs += runs;
	x->result->pruned += pruned;
	x->result->steps += sim_in_number(in);
	x->cut |= sim_in_count(in, 1);
	x->result->truncated |= sim_in_count(in, 1);
	ret = take_states(x, in);
	taken = ret ? ret : take_findings(x, before, in);
	if (taken < 0)
		return taken;
	ret = take_classes(x, in);
	if (ret || in->bad)
		return ret ? ret : bad(x);
	if (taken && (ret = sim_explorer_settle(x)))
		return ret;
	if (taken && !x->options->all)
		x->stop = true;
	return (int)end;
}
