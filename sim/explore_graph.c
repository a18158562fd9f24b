/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_graph.c - an exploration by states instead of runs.
 *
 * Each state in which runs end is judged once; findings are told by the run
 * that happened to lead there, and settled when the search is over.
 */
#include "explorer.h"
#include "graph.h"

#include <errno.h>

struct exploration {
	struct explorer *x;
	struct sim_graph graph;
};

static int ended(void *arg)
{
	struct exploration *e = arg;
	struct explorer *x = e->x;
	int ret = 0;

	x->result->runs++;
	x->budget -= x->budget != 0;
	if (x->run.status == SIM_RUN_DONE)
		ret = sim_explorer_count_state(x, x->run.final_state);
	if (!ret)
		ret = sim_explorer_take(x);
	return ret < 0 ? ret : ret && !x->options->all;
}

static void tell(struct exploration *e)
{
	struct sim_result *r = e->x->result;

	r->states = e->graph.states;
	r->steps = r->transitions = e->graph.transitions;
	r->bytes = e->graph.bytes;
}

static bool progress(void *arg)
{
	struct exploration *e = arg;

	tell(e);
	sim_explorer_progress(e->x, "graph", 0);
	return e->x->stop || sim_explorer_over_budget(e->x);
}

static void again(void *arg)
{
	struct exploration *e = arg;
	struct sim_result *r = e->x->result;
	unsigned i;

	r->runs = 0;
	for (i = 0; i < r->nr_findings; i++)
		r->findings[i].count = 0;
}

static int search(struct explorer *x, enum sim_alike alike)
{
	struct exploration e = { .x = x };
	int ret;

	e.graph = (struct sim_graph){
		.config = &x->config,
		.trace = &x->trace,
		.run = &x->run,
		.alike = alike,
		.all_moves = x->options->no_por,
		.ended = ended,
		.progress = progress,
		.again = again,
		.arg = &e,
	};
	ret = sim_graph_search(&e.graph);
	tell(&e);
	if (ret && !x->result->error[0])
		return sim_explorer_fail(x, ret, e.graph.error);
	x->result->exhausted = e.graph.exhausted;
	x->result->cycles = e.graph.cycles;
	return ret;
}

/* By raw stacks first: whoever declared too little ends in fewer states. */
static int search_both(struct explorer *x)
{
	struct sim_result *r = x->result;
	uint64_t raw, hash, ends;
	int ret = search(x, SIM_ALIKE_RAW);

	if (ret || x->stop || !r->exhausted)
		return ret;
	raw = r->states;
	hash = r->final_hash;
	ends = r->final_states;
	sim_explorer_forget_states(x);
	again(&(struct exploration){ .x = x });
	ret = search(x, SIM_ALIKE_DECLARED);
	r->raw_states = raw;
	if (ret || x->stop || !r->exhausted ||
	    (r->final_states == ends && r->final_hash == hash))
		return ret;
	return sim_explorer_fail(x, -EINVAL,
				 "by declared locals tasks end in other states "
				 "than by raw stacks: SIM_LOCAL() is missing "
				 "somewhere");
}

static enum sim_states_by states_by(const struct explorer *x)
{
	if (x->options->states != SIM_STATES_DEFAULT)
		return x->options->states;
	return x->config.scenario->locals ? SIM_STATES_DECLARED :
					    SIM_STATES_RAW;
}

int sim_explorer_graph(struct explorer *x)
{
	struct sim_result *r = x->result;
	int ret;

	snprintf(r->strategy, sizeof(r->strategy), "graph");
	r->by = states_by(x);
	if (r->by != SIM_STATES_RAW && !x->config.scenario->locals)
		return sim_explorer_fail(x, -EINVAL,
					 "the scenario declares no locals: "
					 "expected raw states");
	if (!sim_graph_can(&x->config, r->error))
		return -EINVAL;
	if (r->by == SIM_STATES_BOTH)
		ret = search_both(x);
	else
		ret = search(x, r->by == SIM_STATES_RAW ? SIM_ALIKE_RAW :
							  SIM_ALIKE_DECLARED);
	return ret ? ret : sim_explorer_settle(x);
}
