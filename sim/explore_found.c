/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_found.c - what an exploration keeps: final states, and of each kind of
 * finding the run that tells it best, as a schedule that replays.
 */
#include "explorer.h"

#include "invariants.h"
#include "memory.h"
#include "schedule.h"
#include "store.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATES_FIRST 1024u

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
	uint64_t *table = sim_memory_alloc(max * sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (i = 0; i < x->states_max; i++)
		if (x->states[i])
			insert_state(table, max, x->states[i]);
	sim_memory_release(x->states, x->states_max, sizeof(*x->states));
	x->states = table;
	x->states_max = max;
	return 0;
}

int sim_explorer_count_state(struct explorer *x, uint64_t state)
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

void sim_explorer_forget_states(struct explorer *x)
{
	if (x->states)
		memset(x->states, 0, x->states_max * sizeof(*x->states));
	x->nr_states = 0;
	x->result->final_states = x->result->final_hash = 0;
}

/* ---------------------------------------------------------------- replays */

int sim_explorer_fail(struct explorer *x, int ret, const char *text)
{
	snprintf(x->result->error, sizeof(x->result->error), "%s", text);
	return ret;
}

/* Run a schedule; x->run and @trace are filled. */
int sim_explorer_replay(struct explorer *x, const struct sim_carrier *carrier,
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
		ret = sim_explorer_fail(x, -EINVAL,
					x->error[0] ? x->error : x->run.error);
	if (!ret && sim_replay_finish(strategy))
		ret = sim_explorer_fail(x, -EINVAL, x->error);
	strategy->destroy(strategy);
	return ret;
}

/* x->second, made on @carrier, is not @trace. */
static int part(struct explorer *x, const struct sim_trace *trace,
		const struct sim_carrier *carrier)
{
	char where[SIM_TEXT_MAX], why[SIM_TEXT_MAX];

	if (!sim_trace_part(trace, &x->second, where))
		snprintf(where, sizeof(where), "%.180s", x->result->error);
	snprintf(why, sizeof(why),
		 "uncontrolled nondeterminism: again on carrier %s, %.200s",
		 carrier->name, where);
	return sim_explorer_fail(x, -ENOTRECOVERABLE, why);
}

/* The same schedule must give the same trace, on every carrier. */
int sim_explorer_confirm(struct explorer *x, const char *text,
			 const struct sim_trace *trace,
			 const struct sim_carrier *const *carriers)
{
	uint64_t hash = sim_trace_hash(trace);
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];
	int ret = sim_schedule_parse(text, "schedule", &schedule, error);

	if (ret)
		return sim_explorer_fail(x, -ENOTRECOVERABLE, error);
	for (; *carriers && !ret; carriers++) {
		ret = sim_explorer_replay(x, *carriers, &schedule, "schedule",
					  &x->second);
		if (ret == -EINVAL ||
		    (!ret && sim_trace_hash(&x->second) != hash))
			ret = part(x, trace, *carriers);
	}
	sim_schedule_release(&schedule);
	return ret;
}

/* --------------------------------------------------------------- findings */

static void found_line(const struct explorer *x,
		       const struct sim_raw_finding *f, char *buf, size_t size)
{
	if (x->origin) {
		snprintf(buf, size, "%s: %.160s%.40s",
			 sim_verdict_name(f->verdict), f->text, x->origin);
		return;
	}
	snprintf(buf, size, "%s: %.160s (by %s, run %llu)",
		 sim_verdict_name(f->verdict), f->text, x->result->strategy,
		 (unsigned long long)x->result->runs);
}

char *sim_explorer_schedule(const struct explorer *x, const char *found)
{
	return sim_schedule_write(&x->trace, x->config.scenario->name,
				  &x->config.era, found);
}

/* What other runs have shown of it, no schedule of this one can: it does not
 * claim to, and has theirs behind it. */
static char *write_order(const struct explorer *x, const char *found)
{
	bool alone = sim_lock_order_alone(x->order);
	char *own = sim_explorer_schedule(x, alone ? found : NULL),
	     *text = NULL;
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
	f->schedule =
		aside ? write_order(x, found) : sim_explorer_schedule(x, found);
	return f->schedule ? 0 : -ENOMEM;
}

/* Of what a finding was made; its texts are those of the run that is kept. */
static void keep_raw(struct explorer *x, unsigned i,
		     const struct sim_raw_finding *raw)
{
	x->raws[i] = *raw;
	x->raws[i].func = x->result->findings[i].func;
	x->costs[i] = sim_cost_of(&x->trace, raw);
}

static int add_finding(struct explorer *x, const struct sim_raw_finding *raw,
		       uint64_t identity)
{
	struct sim_result *r = x->result;
	struct sim_finding *f;

	if (r->nr_findings == SIM_FINDINGS_MAX) {
		r->truncated = true;
		return 0;
	}
	f = &r->findings[r->nr_findings];
	if (fill_finding(x, f, raw)) {
		sim_trace_free(f->trace);
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for a finding");
	}
	keep_raw(x, r->nr_findings, raw);
	x->fewest[r->nr_findings] = x->bounds_done;
	x->unsettled[r->nr_findings] = true;
	x->identities[r->nr_findings++] = identity;
	r->verdicts |= SIM_SET(f->verdict);
	r->broken |= sim_invariants_broken(raw, x->config.invariants);
	return 0;
}

/* Tell finding @i with the run that x->trace holds. */
static int retell(struct explorer *x, unsigned i,
		  const struct sim_raw_finding *raw)
{
	struct sim_finding *f = &x->result->findings[i], fresh;

	if (fill_finding(x, &fresh, raw)) {
		sim_trace_free(fresh.trace);
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for a finding");
	}
	fresh.run = f->run;
	fresh.count = f->count;
	if (f->path[0])
		unlink(f->path);
	free(f->schedule);
	sim_trace_free(f->trace);
	*f = fresh;
	keep_raw(x, i, raw);
	return 0;
}

/* Seen again: count it, and keep this run if it is the smaller one. */
static int see_again(struct explorer *x, unsigned i,
		     const struct sim_raw_finding *raw)
{
	struct sim_cost cost = sim_cost_of(&x->trace, raw);

	x->result->findings[i].count++;
	if (sim_cost_compare(&cost, &x->costs[i]) >= 0)
		return 0;
	x->unsettled[i] = true;
	return retell(x, i, raw);
}

/* One of the exploration, told with the run that completes it. */
int sim_explorer_judge_order(struct explorer *x)
{
	struct sim_run *run = &x->run;
	struct sim_raw_finding found;
	int ret = x->order ? sim_lock_order_add(x->order, &x->trace,
						x->result->runs, &found) :
			     0;

	if (ret < 0)
		return sim_explorer_fail(x, -ENOMEM,
					 "too many classes of locks for I3");
	if (x->order && sim_lock_order_grew(x->order)) {
		char *text = sim_explorer_schedule(x, NULL);

		if (!text)
			return sim_explorer_fail(x, -ENOMEM,
						 "out of memory for I3");
		sim_lock_order_keep(x->order, text);
	}
	if (ret && run->nr_findings == SIM_RUN_FINDINGS_MAX)
		run->nr_findings--;
	if (ret)
		run->findings[run->nr_findings++] = found;
	return 0;
}

/* All findings of the run; returns whether one is to be settled, or -errno. */
int sim_explorer_take(struct explorer *x)
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

/* ---------------------------------------------------------------- minimising */

/* Replayed on every carrier, and written where schedules go. */
static int confirm_and_store(struct explorer *x, struct sim_finding *f)
{
	int ret =
		sim_explorer_confirm(x, f->schedule, f->trace, sim_carriers());

	if (ret || !x->options->output)
		return ret;
	return sim_store_schedule(x->options->output, x->config.scenario->name,
				  f, x->result->error);
}

static bool interrupted(uint64_t runs, void *arg)
{
	struct explorer *x = arg;

	(void)runs;
	x->reruns++;
	sim_explorer_progress(x, "minimise", 0);
	return x->stop;
}

/* How small it is stands behind what was found. */
static int annotate(struct sim_finding *f)
{
	const char *line = strstr(f->schedule, "\nfound ");
	const char *rest = line ? strchr(line + 1, '\n') : NULL;
	char note[SIM_TEXT_MAX], *text;

	if (!rest)
		return 0;
	sim_minimised_format(&f->minimised, note, sizeof(note));
	if (asprintf(&text, "%.*s\n# %s%s", (int)(rest - f->schedule),
		     f->schedule, note, rest) < 0)
		return -ENOMEM;
	free(f->schedule);
	f->schedule = text;
	return 0;
}

static int take_minimal(struct explorer *x, unsigned i,
			struct sim_minimal *minimal)
{
	struct sim_finding *f = &x->result->findings[i];
	int ret;

	sim_trace_release(&x->trace);
	x->trace = *minimal->trace;
	free(minimal->trace);
	ret = retell(x, i, &minimal->finding);
	/* A copy has no room for another run's texts. */
	sim_trace_release(&x->trace);
	if (ret)
		return ret;
	f->minimised = (struct sim_minimised){
		.done = true,
		.proven = minimal->proven,
		.preemptions = minimal->cost.preemptions,
		.switches = minimal->cost.switches,
		.faults = minimal->cost.faults,
		.tasks = minimal->cost.tasks,
		.runs = minimal->runs,
	};
	if (annotate(f))
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for a finding");
	return confirm_and_store(x, f);
}

/* Interrupted, it stays as it was found. */
static int make_smaller(struct explorer *x, unsigned i)
{
	const struct sim_minimise job = {
		.config = &x->config,
		.trace = x->result->findings[i].trace,
		.finding = &x->raws[i],
		.fewest = x->fewest[i],
		.interrupted = interrupted,
		.arg = x,
	};
	double start = sim_explorer_seconds(x);
	struct sim_minimal minimal;
	char error[SIM_TEXT_MAX] = "out of memory for the minimiser";
	int ret;

	/* The order of locks is what other runs, too, have shown. */
	if (job.trace->events[job.finding->event].aside ||
	    sim_minimise_refuse(job.finding->verdict))
		return 0;
	ret = sim_minimise(&job, &minimal, error);
	if (ret == -EINTR)
		return 0;
	if (ret)
		return sim_explorer_fail(x, ret, error);
	ret = take_minimal(x, i, &minimal);
	x->result->findings[i].minimised.seconds =
		sim_explorer_seconds(x) - start;
	return ret;
}

/* Replay what is new, make it smaller and write it down. */
int sim_explorer_settle(struct explorer *x)
{
	struct sim_result *r = x->result;
	unsigned i;
	int ret = 0;

	for (i = 0; i < r->nr_findings && !ret; i++) {
		if (!x->unsettled[i])
			continue;
		x->unsettled[i] = false;
		/* As it was found, first: what comes next takes time. */
		ret = confirm_and_store(x, &r->findings[i]);
		if (!ret && !x->options->no_minimise && !x->stop)
			ret = make_smaller(x, i);
	}
	return ret;
}

void sim_explorer_keep_only(struct explorer *x, unsigned nr)
{
	struct sim_result *r = x->result;
	struct sim_finding kept = r->findings[nr];
	unsigned i;

	for (i = 0; i < r->nr_findings; i++) {
		if (i == nr)
			continue;
		free(r->findings[i].schedule);
		sim_trace_free(r->findings[i].trace);
	}
	r->findings[0] = kept;
	r->nr_findings = 1;
	x->raws[0] = x->raws[nr];
	x->costs[0] = x->costs[nr];
	x->fewest[0] = x->fewest[nr];
	x->identities[0] = x->identities[nr];
	x->unsettled[0] = x->unsettled[nr];
}
