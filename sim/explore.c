/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c - runs a scenario again and again until a strategy has seen enough,
 * and turns what it finds into schedules that replay.
 */
#include "run.h"

#include "invariants.h"
#include "memory.h"
#include "schedule.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOUND_DEFAULT 2u
#define RANDOM_RUNS_DEFAULT 10000u
#define STATES_FIRST 1024u

struct explorer {
	const struct sim_options *options;
	struct sim_run_config config;
	struct sim_result *result;
	struct sim_trace trace, second; /* second: of replays */
	uint64_t identities[SIM_FINDINGS_MAX];
	unsigned switches[SIM_FINDINGS_MAX]; /* in the run that is kept */
	bool unsettled[SIM_FINDINGS_MAX]; /* not replayed yet */
	uint64_t *states; /* open addressing; 0: free */
	size_t nr_states, states_max;
	uint64_t budget; /* runs left */
	bool budget_out, stop;
	bool cut; /* a run ended at the limit of steps */
	struct sim_lock_order *order; /* I3; NULL: it is off */
	struct timespec start;
	struct sim_run run;
	char error[SIM_TEXT_MAX];
};

/* ------------------------------------------------------------ final states */

static bool insert_state(uint64_t *table, size_t max, uint64_t state)
{
	size_t i = (size_t)(state % max);

	while (table[i] && table[i] != state)
		i = (i + 1) % max;
	if (table[i])
		return false;
	table[i] = state;
	return true;
}

static int grow_states(struct explorer *x)
{
	size_t max = x->states_max ? 2 * x->states_max : STATES_FIRST, i;
	uint64_t *table = calloc(max, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (i = 0; i < x->states_max; i++)
		if (x->states[i])
			insert_state(table, max, x->states[i]);
	free(x->states);
	x->states = table;
	x->states_max = max;
	return 0;
}

static int count_state(struct explorer *x, uint64_t state)
{
	state += state == 0;
	if (2 * (x->nr_states + 1) > x->states_max && grow_states(x))
		return -ENOMEM;
	if (insert_state(x->states, x->states_max, state)) {
		x->nr_states++;
		x->result->final_states++;
		/* A sum does not depend on the order of insertion. */
		x->result->final_hash +=
			state * 0x9e3779b97f4a7c15ull ^ (state >> 31);
	}
	return 0;
}

/* ---------------------------------------------------------------- replays */

static int fail(struct explorer *x, int ret, const char *text)
{
	snprintf(x->result->error, sizeof(x->result->error), "%s", text);
	return ret;
}

/* Run a schedule; x->run and @trace are filled. */
static int replay(struct explorer *x, const struct sim_carrier *carrier,
		  const struct sim_schedule *schedule, const char *name,
		  struct sim_trace *trace)
{
	struct sim_run_config config = x->config;
	struct sim_strategy *strategy =
		sim_replay_make(schedule, trace, name, x->error);
	int ret;

	if (!strategy)
		return -ENOMEM;
	config.carrier = carrier;
	x->error[0] = '\0';
	strategy->begin(strategy);
	ret = sim_run_once(&config, strategy, trace, &x->run);
	if (!ret && x->run.status == SIM_RUN_ERROR)
		ret = fail(x, -EINVAL, x->error[0] ? x->error : x->run.error);
	if (!ret && sim_replay_finish(strategy))
		ret = fail(x, -EINVAL, x->error);
	strategy->destroy(strategy);
	return ret;
}

/* The same schedule must give the same trace, on every carrier. */
static int confirm(struct explorer *x, const char *text,
		   const struct sim_trace *trace,
		   const struct sim_carrier *const *carriers)
{
	uint64_t hash = sim_trace_hash(trace);
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX], why[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(text, "schedule", &schedule, error);

	if (ret)
		return fail(x, -ENOTRECOVERABLE, error);
	for (; *carriers && !ret; carriers++) {
		ret = replay(x, *carriers, &schedule, "schedule", &x->second);
		if (ret == -EINVAL) {
			snprintf(why, sizeof(why),
				 "uncontrolled nondeterminism: replayed on "
				 "carrier %s, %.180s",
				 (*carriers)->name, x->result->error);
			ret = fail(x, -ENOTRECOVERABLE, why);
		} else if (!ret && sim_trace_hash(&x->second) != hash) {
			snprintf(why, sizeof(why),
				 "uncontrolled nondeterminism: the schedule "
				 "gives another trace on carrier %s, from step "
				 "%u on",
				 (*carriers)->name,
				 sim_trace_parting(trace, &x->second));
			ret = fail(x, -ENOTRECOVERABLE, why);
		}
	}
	sim_schedule_release(&schedule);
	return ret;
}

/* --------------------------------------------------------------- findings */

static void found_line(const struct explorer *x,
		       const struct sim_raw_finding *f, char *buf, size_t size)
{
	snprintf(buf, size, "%s: %.160s (by %s, run %llu)",
		 sim_verdict_name(f->verdict), f->text, x->result->strategy,
		 (unsigned long long)x->result->runs);
}

static char *write_schedule(const struct explorer *x, const char *found)
{
	return sim_schedule_write(&x->trace, x->config.scenario->name,
				  &x->config.era, found);
}

/* What other runs have shown of it, no schedule of this one can: it does not
 * claim to, and has theirs behind it. */
static char *write_order(const struct explorer *x, const char *found)
{
	bool alone = sim_lock_order_alone(x->order);
	char *own = write_schedule(x, alone ? found : NULL), *text = NULL;
	size_t size;
	FILE *out;

	if (!own || alone)
		return own;
	out = open_memstream(&text, &size);
	if (out) {
		fputs(own, out);
		sim_lock_order_write_others(x->order, out);
		fclose(out);
	}
	free(own);
	return text;
}

static int fill_finding(struct explorer *x, struct sim_finding *f,
			const struct sim_raw_finding *raw)
{
	bool aside = x->trace.events[raw->event].aside;
	char found[SIM_TEXT_MAX];

	memset(f, 0, sizeof(*f));
	f->verdict = raw->verdict;
	f->invariant = sim_invariant_of(raw, x->config.invariants);
	memcpy(f->text, raw->text, sizeof(f->text));
	if (aside)
		sim_lock_order_explain(x->order, f->detail, sizeof(f->detail));
	else
		sim_finding_explain(&x->trace, raw, f->detail,
				    sizeof(f->detail));
	f->file = raw->file;
	f->line = raw->line;
	f->task = raw->task;
	f->run = x->result->runs;
	f->count = 1;
	f->trace = sim_trace_copy(&x->trace);
	if (!f->trace)
		return -ENOMEM;
	f->func = f->trace->events[raw->event].func;
	found_line(x, raw, found, sizeof(found));
	f->schedule = aside ? write_order(x, found) : write_schedule(x, found);
	return f->schedule ? 0 : -ENOMEM;
}

static int add_finding(struct explorer *x, const struct sim_raw_finding *raw,
		       uint64_t identity)
{
	struct sim_result *r = x->result;
	struct sim_finding *f;
	int ret;

	if (r->nr_findings == SIM_FINDINGS_MAX) {
		r->truncated = true;
		return 0;
	}
	f = &r->findings[r->nr_findings];
	ret = fill_finding(x, f, raw);
	x->switches[r->nr_findings] = sim_trace_switches(&x->trace);
	x->unsettled[r->nr_findings] = true;
	x->identities[r->nr_findings++] = identity;
	if (ret)
		return fail(x, ret, "out of memory for a finding");
	r->verdicts |= SIM_SET(f->verdict);
	r->broken |= sim_invariants_broken(raw, x->config.invariants);
	return 0;
}

/* Seen again: count it, and keep this run if it tells the story with fewer
 * switches. */
static int see_again(struct explorer *x, unsigned i,
		     const struct sim_raw_finding *raw)
{
	struct sim_finding *f = &x->result->findings[i], fresh;
	unsigned switches = sim_trace_switches(&x->trace);

	f->count++;
	if (switches >= x->switches[i])
		return 0;
	if (fill_finding(x, &fresh, raw)) {
		sim_trace_free(fresh.trace);
		return fail(x, -ENOMEM, "out of memory for a finding");
	}
	fresh.run = f->run;
	fresh.count = f->count;
	if (f->path[0])
		unlink(f->path);
	free(f->schedule);
	sim_trace_free(f->trace);
	*f = fresh;
	x->switches[i] = switches;
	x->unsettled[i] = true;
	return 1;
}

/* One of the exploration, told with the run that completes it. */
static int judge_order(struct explorer *x)
{
	struct sim_run *run = &x->run;
	struct sim_raw_finding found;
	int ret = x->order ? sim_lock_order_add(x->order, &x->trace,
						x->result->runs, &found) :
			     0;

	if (ret < 0)
		return fail(x, -ENOMEM, "too many classes of locks for I3");
	if (x->order && sim_lock_order_grew(x->order)) {
		char *text = write_schedule(x, NULL);

		if (!text)
			return fail(x, -ENOMEM, "out of memory for I3");
		sim_lock_order_keep(x->order, text);
	}
	if (ret && run->nr_findings == SIM_RUN_FINDINGS_MAX)
		run->nr_findings--;
	if (ret)
		run->findings[run->nr_findings++] = found;
	return 0;
}

/* All findings of the run; returns whether one is to be settled, or -errno. */
static int take_findings(struct explorer *x)
{
	unsigned wanted = x->options->find ? x->options->find : ~0u;
	unsigned i, j;
	int ret, taken = 0;

	for (i = 0; i < x->run.nr_findings; i++) {
		struct sim_raw_finding *raw = &x->run.findings[i];
		uint64_t identity;

		x->cut |= raw->verdict == SIM_STEP_LIMIT;
		sim_finding_refine(&x->trace, raw);
		if (!(SIM_SET(raw->verdict) & wanted))
			continue;
		identity = sim_finding_identity(&x->trace, raw);
		for (j = 0; j < x->result->nr_findings; j++)
			if (x->identities[j] == identity)
				break;
		ret = j < x->result->nr_findings ?
			      see_again(x, j, raw) :
			      add_finding(x, raw, identity);
		if (ret < 0)
			return ret;
		taken |= j < SIM_FINDINGS_MAX && x->unsettled[j];
	}
	return taken;
}

/* Replay what is new and write it down.  May use x->run and x->second. */
static int settle_findings(struct explorer *x)
{
	struct sim_result *r = x->result;
	unsigned i;
	int ret;

	for (i = 0; i < r->nr_findings; i++) {
		struct sim_finding *f = &r->findings[i];

		if (!x->unsettled[i])
			continue;
		x->unsettled[i] = false;
		ret = confirm(x, f->schedule, f->trace, sim_carriers());
		if (ret)
			return ret;
		if (!x->options->output)
			continue;
		ret = sim_store_schedule(x->options->output,
					 x->config.scenario->name, f, r->error);
		if (ret)
			return ret;
	}
	return 0;
}

/* ------------------------------------------------------------ exploration */

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void report_progress(struct explorer *x,
			    const struct sim_strategy *strategy)
{
	const struct sim_result *r = x->result;
	struct sim_progress progress = {
		.strategy = strategy->name,
		.runs = r->runs,
		.pruned = r->pruned,
		.steps = r->steps,
		.findings = r->nr_findings,
		.bound = strategy->bound,
	};

	if (!x->options->progress)
		return;
	progress.seconds = seconds_since(&x->start);
	if (x->options->progress(&progress, x->options->progress_arg))
		x->stop = true;
}

/* The first run of all is done twice: surprises show before they mislead. */
static int confirm_first(struct explorer *x)
{
	const struct sim_carrier *const carriers[] = { x->config.carrier,
						       NULL };
	struct sim_run run = x->run;
	char *text = write_schedule(x, NULL);
	int ret;

	if (!text)
		return -ENOMEM;
	ret = confirm(x, text, &x->trace, carriers);
	free(text);
	x->run = run;
	return ret;
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
	if (x->run.status == SIM_RUN_DONE)
		return count_state(x, x->run.final_state);
	return 0;
}

static int one_run(struct explorer *x, struct sim_strategy *strategy)
{
	bool first = !x->result->steps;
	int ret = sim_run_once(&x->config, strategy, &x->trace, &x->run);

	if (ret)
		return fail(x, ret, "the machine could not be booted");
	if (x->run.status == SIM_RUN_ERROR)
		return fail(x, -ENOTRECOVERABLE, x->run.error);
	ret = account(x);
	if (!ret && first)
		ret = confirm_first(x);
	if (ret)
		return ret;
	/* Every end of a pruned run was seen elsewhere, with its findings. */
	if (x->run.status == SIM_RUN_PRUNED)
		return 0;
	ret = judge_order(x);
	if (!ret)
		ret = take_findings(x);
	if (ret <= 0)
		return ret;
	ret = settle_findings(x);
	if (!x->options->all)
		x->stop = true;
	return ret;
}

/* What was found stays; but these runs were none of the search's. */
static void begin_again(struct explorer *x)
{
	unsigned i;

	x->result->runs = x->result->pruned = 0;
	for (i = 0; i < x->result->nr_findings; i++)
		x->result->findings[i].count = 0;
}

static int search(struct explorer *x, struct sim_strategy *strategy)
{
	int ret = 0;

	if (!strategy)
		return fail(x, -ENOMEM, "out of memory for the strategy");
	snprintf(x->result->strategy, sizeof(x->result->strategy), "%s",
		 strategy->name);
	while (!ret && !x->stop && strategy->begin(strategy)) {
		if (!x->budget) {
			x->budget_out = true;
			break;
		}
		if (strategy->again)
			begin_again(x);
		x->budget--;
		ret = one_run(x, strategy);
		report_progress(x, strategy);
	}
	x->result->exhausted = strategy->exhausted;
	x->result->bounded = strategy->bounded;
	x->result->bound = strategy->bound;
	strategy->destroy(strategy);
	return ret;
}

/* Fewest preemptions first: what is found first is nearly minimal. */
static int search_bounds(struct explorer *x, unsigned bound)
{
	unsigned c;
	int ret = 0;

	for (c = 0; c <= bound && !ret && !x->stop && !x->budget_out; c++) {
		ret = search(x, sim_dfs_make(false, (int)c));
		/* A bound that cut nothing off has shown everything. */
		if (x->result->exhausted && !x->result->bounded)
			break;
	}
	return ret;
}

static int search_auto(struct explorer *x, unsigned bound)
{
	int ret = search_bounds(x, bound);

	if (ret || x->stop || x->budget_out)
		return ret;
	if (x->result->exhausted && !x->result->bounded)
		return 0;
	return search(x, x->options->no_por ? sim_dfs_make(false, -1) :
					      sim_dpor_make());
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
		return search(x, sim_dpor_make());
	if (!strcmp(name, "bound"))
		return search_bounds(x, bound);
	if (!strcmp(name, "random"))
		return search(x, sim_random_make(o->seed,
						 o->budget_runs ?
							 o->budget_runs :
							 RANDOM_RUNS_DEFAULT));
	snprintf(x->result->error, SIM_TEXT_MAX,
		 "unknown strategy '%.60s': expected auto, dpor, dfs, bound or "
		 "random",
		 name);
	return -EINVAL;
}

/* ------------------------------------------------------------- life cycle */

/* In excluded memory: carriers' threads write to parts of it. */
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
		.timeouts = options->timeouts || scenario->timeouts,
		.signals = options->signals || scenario->signals,
		.invariants = options->invariants,
	};
	if (!x->config.era.name[0])
		era_lookup("v3.19", &x->config.era);
	x->budget = options->budget_runs ? options->budget_runs : UINT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &x->start);
	result->scenario = scenario;
	result->era = x->config.era;
	result->invariants = options->invariants;
	return x;
}

static void explorer_destroy(struct explorer *x)
{
	sim_trace_release(&x->trace);
	sim_trace_release(&x->second);
	free(x->states);
	sim_lock_order_free(x->order);
	sim_memory_free(x, sizeof(*x));
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
		ret = search_by_name(x);
	/* Without findings, and with nothing left undone, it is a proof. */
	if (x->budget_out || ret || x->stop || x->cut)
		ret_result->exhausted = false;
	explorer_destroy(x);
	return ret;
}

static int replay_into(struct explorer *x, const struct sim_schedule *schedule,
		       const char *name)
{
	int ret;

	snprintf(x->result->strategy, sizeof(x->result->strategy), "replay");
	ret = replay(x, x->config.carrier, schedule, name, &x->trace);
	if (ret)
		return ret;
	ret = account(x);
	if (ret)
		return fail(x, ret, "out of memory");
	ret = judge_order(x);
	if (!ret)
		ret = take_findings(x);
	x->result->trace = sim_trace_copy(&x->trace);
	if (!x->result->trace)
		return fail(x, -ENOMEM, "out of memory for the trace");
	return ret < 0 ? ret : 0;
}

int sim_replay_text(const struct sim_scenario *scenario, const char *text,
		    const char *name, const struct sim_options *options,
		    struct sim_result *ret_result)
{
	struct sim_options o = options ? *options : default_options;
	struct sim_schedule schedule;
	struct explorer *x;
	char error[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(text, name, &schedule, error);

	memset(ret_result, 0, sizeof(*ret_result));
	if (ret) {
		memcpy(ret_result->error, error, sizeof(error));
		return ret;
	}
	ret = sim_schedule_scenario(&schedule, name, &scenario,
				    ret_result->error);
	if (ret) {
		sim_schedule_release(&schedule);
		return ret;
	}
	if (!o.era.name[0])
		o.era = schedule.era;
	o.invariants |= schedule.invariants;
	x = explorer_make(scenario, &o, ret_result);
	ret = x ? replay_into(x, &schedule, name) : -ENOMEM;
	if (x)
		explorer_destroy(x);
	sim_schedule_release(&schedule);
	return ret;
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
