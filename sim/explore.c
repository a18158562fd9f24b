/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c - runs a scenario again and again until a strategy has seen enough,
 * and turns what it finds into schedules that replay.
 */
#include "explorer.h"

#include "checkpoint.h"
#include "collector.h"
#include "faults.h"
#include "invariants.h"
#include "journal.h"
#include "memory.h"
#include "schedule.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOUND_DEFAULT 2u
#define RANDOM_RUNS_DEFAULT 10000u
#define DEPTH_DEFAULT 3u

/* ------------------------------------------------------------ exploration */

double sim_explorer_seconds(const struct explorer *x)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - x->start.tv_sec) +
	       (double)(now.tv_nsec - x->start.tv_nsec) / 1e9;
}

void sim_explorer_progress(struct explorer *x, const char *strategy,
			   unsigned bound)
{
	const struct sim_result *r = x->result;
	struct sim_progress progress = {
		.strategy = strategy,
		.runs = r->runs,
		.states = r->states,
		.pruned = r->pruned,
		.steps = r->steps,
		.findings = r->nr_findings,
		.bound = bound,
		.reruns = x->reruns,
		.jobs = x->processes,
	};

	if (!x->options->progress)
		return;
	progress.seconds = sim_explorer_seconds(x);
	sim_explorer_foresee(x, &progress);
	if (x->options->progress(&progress, x->options->progress_arg))
		x->stop = true;
}

static int account(struct explorer *x)
{
	struct sim_result *r = x->result;

	r->steps += x->trace.steps;
	if (x->run.status == SIM_RUN_PRUNED) {
		r->pruned++;
		return 0;
	}
	r->runs++;
	if (x->run.status == SIM_RUN_DONE &&
	    sim_explorer_count_state(x, x->run.final_state))
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for final states");
	return 0;
}

static int collect(struct explorer *x)
{
	int ret = x->collector ? sim_collector_add(x->collector, &x->run) : 0;

	if (ret != -ENOSPC)
		return ret;
	sim_explorer_spend(x, SIM_BUDGET_CERTIFICATE,
			   sim_explorer_certificate_max(x));
	return 0;
}

int sim_explorer_run(struct explorer *x, struct sim_strategy *strategy)
{
	int ret;

	sim_explorer_before_run(x);
	ret = sim_run_once(&x->config, strategy, &x->trace, &x->run);
	if (ret)
		return sim_explorer_fail(x, ret,
					 "the machine could not be booted");
	ret = sim_explorer_after_run(x);
	if (!ret)
		ret = account(x);
	if (ret)
		return ret;
	/* Every end of a pruned run was seen elsewhere, with its findings. */
	if (x->run.status == SIM_RUN_PRUNED)
		return 0;
	ret = collect(x);
	if (!ret)
		ret = sim_explorer_judge_order(x);
	return ret ? ret : sim_explorer_take(x);
}

static int one_run(struct explorer *x, struct sim_strategy *strategy)
{
	int ret = sim_explorer_run(x, strategy);

	if (ret <= 0)
		return ret;
	ret = sim_explorer_settle(x);
	if (!x->options->all)
		x->stop = true;
	return ret;
}

void sim_explorer_begin_again(struct explorer *x)
{
	unsigned i;

	x->result->runs = x->result->pruned = 0;
	sim_explorer_estimate(x, NULL);
	if (x->collector)
		sim_collector_clear(x->collector);
	for (i = 0; i < x->result->nr_findings; i++)
		x->result->findings[i].count = 0;
}

/* Another run?  What it will find is not in one with fewer preemptions. */
static bool begin(struct explorer *x, struct sim_strategy *strategy)
{
	bool more = strategy->begin(strategy);

	if (strategy->bounds_done > x->bounds_done && !x->cut)
		x->bounds_done = strategy->bounds_done;
	return more;
}

static int search(struct explorer *x, struct sim_strategy *strategy)
{
	int ret = 0;

	if (!strategy)
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for the strategy");
	snprintf(x->result->strategy, sizeof(x->result->strategy), "%s",
		 strategy->name);
	sim_explorer_estimate(x, NULL);
	while (!ret && !x->stop && !x->budget_out && begin(x, strategy)) {
		if (sim_explorer_over_budget(x))
			break;
		if (strategy->again)
			sim_explorer_begin_again(x);
		x->budget--;
		ret = one_run(x, strategy);
		sim_explorer_estimate(x, strategy);
		sim_explorer_progress(x, strategy->name, strategy->bound);
	}
	/* By chance, so many runs were all that it was asked for. */
	if (!ret && !x->stop && !x->budget_out && !strategy->exhausted)
		sim_explorer_spend(x, SIM_BUDGET_RUNS, x->result->runs);
	x->result->exhausted = strategy->exhausted;
	x->result->bounded = strategy->bounded;
	x->result->bound = strategy->bound;
	x->result->odds = strategy->odds;
	strategy->destroy(strategy);
	return ret;
}

/* Fewest preemptions first: what is found first is nearly minimal.  A bound
 * that cut nothing off has shown everything. */
static int search_bounds(struct explorer *x, unsigned bound)
{
	unsigned c = 0;
	int ret = 0;

	if (!x->options->no_por) {
		ret = search(x, sim_bound_make(bound, x->bytes_max / 2));
		if (x->result->exhausted && !x->result->bounded)
			return ret;
		/* Without memory for more it has got that far. */
		c = x->result->bound + 1;
	}
	for (; c <= bound && !ret && !x->stop && !x->budget_out; c++) {
		ret = search(x, sim_dfs_make(false, (int)c));
		if (x->result->exhausted && !x->result->bounded)
			break;
	}
	return ret;
}

/* Who certifies what it has seen, if asked to. */
static struct sim_strategy *make_dpor(struct explorer *x)
{
	struct sim_strategy *dpor = sim_dpor_make();

	if (!dpor || !x->options->certificate)
		return dpor;
	x->collector =
		sim_collector_make(&x->config, sim_explorer_certificate_max(x));
	if (x->collector)
		return sim_collector_watch(x->collector, dpor);
	dpor->destroy(dpor);
	return NULL;
}

static int search_dpor(struct explorer *x)
{
	const struct sim_options *o = x->options;

	return o->jobs || o->journal || o->resume ? sim_explorer_share(x) :
						    search(x, make_dpor(x));
}

static int search_auto(struct explorer *x, unsigned bound)
{
	int ret = search_bounds(x, bound);

	if (ret || x->stop || x->budget_out)
		return ret;
	if (x->result->exhausted && !x->result->bounded &&
	    !x->options->certificate)
		return 0;
	return x->options->no_por ? search(x, sim_dfs_make(false, -1)) :
				    search_dpor(x);
}

/* Schedules name tasks, so a name must mean one of them. */
static int check_names(struct explorer *x)
{
	const struct sim_scenario *s = x->config.scenario;
	unsigned i, j;

	for (i = 0; i < SIM_SCENARIO_TASKS_MAX && s->tasks[i].fn; i++) {
		const char *name = s->tasks[i].name;

		if (!*name || strpbrk(name, " \t\r\n")) {
			snprintf(x->result->error, SIM_TEXT_MAX,
				 "scenario %.60s: expected a task's name "
				 "without blanks, found '%.60s'",
				 s->name, name);
			return -EINVAL;
		}
		for (j = 0; j < i; j++)
			if (!strcmp(s->tasks[j].name, name)) {
				snprintf(x->result->error, SIM_TEXT_MAX,
					 "scenario %.60s: two tasks are called "
					 "%.60s",
					 s->name, name);
				return -EINVAL;
			}
	}
	return 0;
}

/* By chance, for as many runs as asked for. */
static int search_by_chance(struct explorer *x, const char *name)
{
	const struct sim_options *o = x->options;
	bool limited = o->budget_seconds || o->budget_states;
	uint64_t runs = o->budget_runs ? o->budget_runs :
			limited	       ? UINT64_MAX :
					 RANDOM_RUNS_DEFAULT;

	x->again.chance = true;
	if (!strcmp(name, "random"))
		return search(x, sim_random_make(o->seed, runs));
	if (!strcmp(name, "pct"))
		return search(x, sim_pct_make(o->seed, runs,
					      o->depth ? o->depth :
							 DEPTH_DEFAULT));
	if (!strcmp(name, "pos"))
		return search(x, sim_pos_make(o->seed, runs));
	snprintf(x->result->error, SIM_TEXT_MAX,
		 "unknown strategy '%.60s': expected auto, dpor, dfs, bound, "
		 "graph, random, pct or pos",
		 name);
	return -EINVAL;
}

static int search_by_name(struct explorer *x)
{
	const struct sim_options *o = x->options;
	const char *name = o->strategy ? o->strategy : "auto";
	unsigned bound = o->bound_set ? o->bound : BOUND_DEFAULT;

	if (!strcmp(name, "auto"))
		return search_auto(x, bound);
	if (!strcmp(name, "dfs"))
		return search(x, sim_dfs_make(!o->no_por, -1));
	if (!strcmp(name, "dpor"))
		return search_dpor(x);
	if (!strcmp(name, "bound"))
		return search_bounds(x, bound);
	if (!strcmp(name, "graph"))
		return sim_explorer_graph(x);
	return search_by_chance(x, name);
}

/* ------------------------------------------------------------- life cycle */

/* In excluded memory: carriers' threads write to parts of it. */
/* Invariants look at all of a run.  Without memory for it, all runs begin at
 * boot. */
static bool may_go_back(const struct explorer *x)
{
	const struct sim_carrier *carrier = x->config.carrier;

	return x->config.scenario->rewindable && !x->config.invariants &&
	       !x->options->no_checkpoints && carrier->copies &&
	       carrier->copies();
}

static struct explorer *explorer_make(const struct sim_scenario *scenario,
				      const struct sim_options *options,
				      struct sim_result *result)
{
	struct explorer *x = sim_memory_alloc(sizeof(*x));

	memset(result, 0, sizeof(*result));
	if (!x)
		return NULL;
	result->findings = calloc(SIM_FINDINGS_MAX, sizeof(*result->findings));
	if (options->invariants & INV_SET(INV_I3))
		x->order = sim_lock_order_make();
	if (!result->findings ||
	    (!x->order && (options->invariants & INV_SET(INV_I3)))) {
		sim_memory_free(x, sizeof(*x));
		return NULL;
	}
	x->options = options;
	x->result = result;
	x->config = (struct sim_run_config){
		.scenario = scenario,
		.era = options->era,
		.carrier = sim_carrier_for(options->carrier),
		.steps_max =
			options->steps_max ? options->steps_max : SIM_STEPS_MAX,
		.timeouts = scenario->timeouts,
		.signals = scenario->signals,
		.faults = options->faults,
		.invariants = options->invariants,
	};
	sim_faults_free(&x->config.faults, options->timeouts, options->signals);
	if (!x->config.era.name[0])
		era_lookup("v3.19", &x->config.era);
	if (may_go_back(x))
		x->config.checkpoints = sim_checkpoints_make();
	x->budget = options->budget_runs ? options->budget_runs : UINT64_MAX;
	x->bytes_max = sim_explorer_bytes_max(x);
	x->refusals = sim_memory_refusals();
	clock_gettime(CLOCK_MONOTONIC, &x->start);
	result->scenario = scenario;
	result->era = x->config.era;
	result->invariants = options->invariants;
	result->faults = x->config.faults;
	return x;
}

static void explorer_destroy(struct explorer *x)
{
	sim_trace_release(&x->trace);
	sim_trace_release(&x->second);
	sim_explorer_again_release(x);
	sim_memory_release(x->states, x->states_max, sizeof(*x->states));
	sim_lock_order_free(x->order);
	sim_checkpoints_free(x->config.checkpoints);
	sim_collector_free(x->collector);
	sim_journal_close(x->journal);
	sim_memory_free(x, sizeof(*x));
}

/* Only who has seen everything certifies it. */
static int certify(struct explorer *x)
{
	struct sim_result *r = x->result;
	uint64_t classes;
	int ret;

	if (!x->collector || !r->exhausted || r->bounded)
		return 0;
	ret = sim_collector_write(x->collector, x->options->certificate,
				  &classes, r->error);
	r->certified = ret ? 0 : classes;
	return ret;
}

static const struct sim_options default_options;

int sim_explore(const struct sim_scenario *scenario,
		const struct sim_options *options,
		struct sim_result *ret_result)
{
	struct explorer *x = explorer_make(
		scenario, options ? options : &default_options, ret_result);
	int ret;

	if (!x)
		return -ENOMEM;
	ret = check_names(x);
	if (!ret)
		ret = sim_explorer_open_journal(x);
	if (!ret)
		ret = search_by_name(x);
	if (!ret)
		ret = sim_explorer_after_all(x);
	ret = sim_explorer_refused(x, ret);
	/* Without findings, and with nothing left undone, it is a proof. */
	if (x->budget_out || ret || x->stop || x->cut)
		ret_result->exhausted = false;
	if (!ret)
		ret = certify(x);
	explorer_destroy(x);
	return ret;
}

static int replay_into(struct explorer *x, const struct sim_schedule *schedule,
		       const char *name)
{
	int ret;

	snprintf(x->result->strategy, sizeof(x->result->strategy), "replay");
	ret = sim_explorer_replay(x, x->config.carrier, schedule, name,
				  &x->trace);
	if (!ret)
		ret = sim_explorer_make_again(x);
	if (ret)
		return ret;
	ret = account(x);
	if (ret)
		return sim_explorer_fail(x, ret, "out of memory");
	ret = sim_explorer_judge_order(x);
	if (!ret)
		ret = sim_explorer_take(x);
	x->result->trace = sim_trace_copy(&x->trace);
	if (!x->result->trace)
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for the trace");
	return ret < 0 ? ret : 0;
}

/* Which finding does the schedule mean?  The one with its very text, or the
 * first. */
static unsigned claimed(const struct explorer *x, const struct sim_schedule *s)
{
	unsigned i;

	for (i = 0; i < x->result->nr_findings; i++) {
		const struct sim_finding *f = &x->result->findings[i];
		const char *text = strchr(s->found, ':');

		if (text && !strncmp(text + 2, f->text, strlen(f->text)))
			return i;
	}
	return 0;
}

static int minimise_into(struct explorer *x,
			 const struct sim_schedule *schedule, const char *name)
{
	int ret;

	x->origin = strstr(schedule->found, " (by ");
	if (!x->origin)
		x->origin = "";
	ret = replay_into(x, schedule, name);
	if (ret || !x->result->nr_findings)
		return ret;
	sim_explorer_keep_only(x, claimed(x, schedule));
	return sim_explorer_settle(x);
}

struct reading {
	const char *text, *name;
	/* What to do with the schedule. */
	int (*into)(struct explorer *x, const struct sim_schedule *schedule,
		    const char *name);
	bool claim; /* only what it claims to show counts */
};

static int read_and_run(const struct sim_scenario *scenario,
			const struct reading *reading, struct sim_options *o,
			struct sim_result *ret_result)
{
	struct sim_schedule schedule;
	struct explorer *x;
	char error[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(reading->text, reading->name, &schedule,
				     error);

	memset(ret_result, 0, sizeof(*ret_result));
	if (ret) {
		memcpy(ret_result->error, error, sizeof(error));
		return ret;
	}
	ret = sim_schedule_scenario(&schedule, reading->name, &scenario,
				    ret_result->error);
	if (ret) {
		sim_schedule_release(&schedule);
		return ret;
	}
	if (!o->era.name[0])
		o->era = schedule.era;
	o->invariants |= schedule.invariants;
	if (!o->faults.set)
		o->faults = schedule.faults;
	if (reading->claim && schedule.has_verdict)
		o->find = SIM_SET(schedule.verdict);
	x = explorer_make(scenario, o, ret_result);
	ret = x ? reading->into(x, &schedule, reading->name) : -ENOMEM;
	if (x)
		explorer_destroy(x);
	sim_schedule_release(&schedule);
	return ret;
}

int sim_replay_text(const struct sim_scenario *scenario, const char *text,
		    const char *name, const struct sim_options *options,
		    struct sim_result *ret_result)
{
	const struct reading reading = { text, name, replay_into, false };
	struct sim_options o = options ? *options : default_options;

	return read_and_run(scenario, &reading, &o, ret_result);
}

int sim_minimise_text(const struct sim_scenario *scenario, const char *text,
		      const char *name, const struct sim_options *options,
		      struct sim_result *ret_result)
{
	const struct reading reading = { text, name, minimise_into, true };
	struct sim_options o = options ? *options : default_options;

	return read_and_run(scenario, &reading, &o, ret_result);
}

/* A schedule of another scenario is no error of its own: -EXDEV. */
static int replay_own(const struct sim_scenario *scenario, const char *text,
		      const char *path, const struct sim_options *options,
		      struct sim_result *ret_result)
{
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(text, path, &schedule, error);

	if (!ret && scenario)
		ret = sim_schedule_scenario(&schedule, path, &scenario, error) ?
			      -EXDEV :
			      0;
	sim_schedule_release(&schedule);
	if (!ret)
		return sim_replay_text(scenario, text, path, options,
				       ret_result);
	memcpy(ret_result->error, error, sizeof(error));
	return ret;
}

int sim_replay_file(const struct sim_scenario *scenario, const char *path,
		    const struct sim_options *options,
		    struct sim_result *ret_result)
{
	char *text;
	int ret;

	memset(ret_result, 0, sizeof(*ret_result));
	text = sim_store_read(path, SCHEDULE_BYTES_MAX, ret_result->error);
	if (!text)
		return -EIO;
	ret = replay_own(scenario, text, path, options, ret_result);
	free(text);
	return ret;
}

const struct sim_trace *sim_result_trace(const struct sim_result *result)
{
	return result->trace;
}

void sim_result_release(struct sim_result *result)
{
	unsigned i;

	for (i = 0; result->findings && i < result->nr_findings; i++) {
		free(result->findings[i].schedule);
		sim_trace_free(result->findings[i].trace);
	}
	free(result->findings);
	sim_trace_free(result->trace);
	result->findings = NULL;
	result->trace = NULL;
	result->nr_findings = 0;
}
