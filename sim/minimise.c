/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise.c - makes the run of a finding smaller, and proves where it can that
 * no run with fewer preemptions shows the same.
 *
 * Steps are gathered by task first, which costs next to nothing, and a few runs
 * with 0, 1, 2 ... preemptions are tried.  Then lines of the schedule are left
 * out, many and then single ones, and whoever is enabled completes the run.  That
 * alone can get stuck, as races do not get less likely line by line; so all runs
 * with fewer preemptions are tried in the end.
 */
#include "minimise.h"

#include "memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Of making a run smaller, and of a proof: in steps, so that two machines end
 * with the same. */
#define REDUCE_RUNS_MAX 2000u
#define PROOF_STEPS_MAX 1000000u
/* What is tried of a proof before the run is made smaller. */
#define LOOK_RUNS_MAX 64u
/* A smaller run is not much longer than the one that it comes from. */
#define STEPS_MORE 1000u

struct minimiser {
	const struct sim_minimise *job;
	struct sim_run_config config; /* of runs that need not go on for long */
	uint64_t identity; /* of the finding */
	char func[SIM_TEXT_MAX]; /* in which it is; names move with runs */
	struct sim_trace best, trace; /* the smallest run; the newest one */
	struct sim_raw_finding finding; /* in @best */
	struct sim_cost cost; /* of @best */
	unsigned fewest; /* no run has fewer preemptions */
	uint64_t runs, reduce_runs, proof_steps;
	bool cut; /* a run of a proof ended at the limit of steps */
	struct sim_run run;
	struct sim_order order;
	char *error;
};

/* -------------------------------------------------------------------- costs */

struct sim_cost sim_cost_of(const struct sim_trace *t,
			    const struct sim_raw_finding *finding)
{
	bool took_part[SIM_TASKS_MAX + 1] = { false };
	struct sim_cost cost = { .switches = sim_trace_switches(t) };
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type != SIM_EVENT_STEP || !e->task)
			continue;
		cost.preemptions += e->how == SIM_SWITCH_PREEMPTED;
		cost.faults += e->outcome != 0;
		if (i < finding->event && !took_part[e->task]) {
			took_part[e->task] = true;
			cost.tasks++;
		}
	}
	return cost;
}

static int compare(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

int sim_cost_compare(const struct sim_cost *a, const struct sim_cost *b)
{
	int ret = compare(a->preemptions, b->preemptions);

	if (!ret)
		ret = compare(a->switches, b->switches);
	if (!ret)
		ret = compare(a->faults, b->faults);
	return ret ? ret : compare(a->tasks, b->tasks);
}

/* --------------------------------------------------------------------- runs */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* The finding at hand in the newest run, at the same site, or NULL. */
static const struct sim_raw_finding *find_again(struct minimiser *m)
{
	const struct sim_raw_finding *wanted = m->job->finding;
	unsigned i;

	for (i = 0; i < m->run.nr_findings; i++) {
		struct sim_raw_finding *raw = &m->run.findings[i];

		m->cut |= raw->verdict == SIM_STEP_LIMIT;
		if (raw->verdict == wanted->verdict &&
		    raw->line == wanted->line &&
		    same_text(raw->func, m->func) &&
		    same_text(raw->file, wanted->file) &&
		    sim_finding_identity(&m->trace, raw) == m->identity)
			return raw;
	}
	return NULL;
}

/* Keep the newest run if it shows the finding at a lower cost. */
static bool adopt(struct minimiser *m)
{
	const struct sim_raw_finding *found = find_again(m);
	struct sim_cost cost;

	if (!found || m->run.status == SIM_RUN_PRUNED)
		return false;
	cost = sim_cost_of(&m->trace, found);
	if (sim_cost_compare(&cost, &m->cost) >= 0)
		return false;
	m->cost = cost;
	m->finding = *found;
	sim_trace_release(&m->best);
	m->best = m->trace;
	memset(&m->trace, 0, sizeof(m->trace));
	return true;
}

/* One more run.  Returns 1: it is the smallest now; 0: it is not; -errno. */
static int run_once(struct minimiser *m, const struct sim_run_config *config,
		    struct sim_strategy *strategy)
{
	int ret = sim_run_once(config, strategy, &m->trace, &m->run);

	if (ret)
		return ret;
	m->runs++;
	if (m->run.status == SIM_RUN_ERROR) {
		memcpy(m->error, m->run.error, sizeof(m->run.error));
		return -ENOTRECOVERABLE;
	}
	if (m->job->interrupted && m->job->interrupted(m->runs, m->job->arg))
		return -EINTR;
	return adopt(m);
}

/* The same with a strategy that is good for one run; 0 when there were too
 * many. */
static int attempt(struct minimiser *m, struct sim_strategy *strategy)
{
	int ret = 0;

	if (!strategy)
		return -ENOMEM;
	if (m->reduce_runs) {
		m->reduce_runs--;
		ret = run_once(m, &m->config, strategy);
	}
	strategy->destroy(strategy);
	return ret;
}

/* ---------------------------------------------------------------- gathering */

/* Run the steps of the smallest run again, to see what they touch. */
static int relate(struct minimiser *m)
{
	int ret = sim_order_read(&m->order, &m->best);

	if (ret)
		return ret;
	ret = attempt(m, sim_retrace_make(m->order.moves, m->order.nr, true));
	return ret < 0 ? ret : sim_order_relate(&m->order, &m->best);
}

static int gather_moves(struct minimiser *m, struct sim_traced *moves)
{
	unsigned first, tasks = m->order.tasks;
	int ret = 0;

	for (first = 1; first < tasks && ret >= 0; first++) {
		unsigned switches = sim_order_gather(&m->order, first, moves);

		if (switches > m->cost.switches ||
		    (switches == m->cost.switches && !m->cost.preemptions))
			continue;
		ret = attempt(m, sim_retrace_make(moves, m->order.nr, false));
	}
	return ret < 0 ? ret : 0;
}

/* Independent steps of a task side by side. */
static int gather(struct minimiser *m)
{
	struct sim_traced *moves;
	size_t nr = 0;
	int ret;

	if (!m->cost.switches)
		return 0;
	ret = relate(m);
	if (ret)
		return ret == -E2BIG ? 0 : ret;
	moves = sim_memory_grow(NULL, &nr, m->order.nr + 1, sizeof(*moves));
	if (!moves)
		return -ENOMEM;
	ret = gather_moves(m, moves);
	sim_memory_release(moves, nr, sizeof(*moves));
	return ret;
}

/* ------------------------------------------------------------ leaving lines out */

static int read_lines(struct minimiser *m, struct sim_schedule *ret_schedule)
{
	char *text =
		sim_schedule_write(&m->best, m->job->config->scenario->name,
				   &m->job->config->era, NULL);
	char error[SIM_TEXT_MAX];
	int ret = text ? sim_schedule_parse(text, "schedule", ret_schedule,
					    error) :
			 -ENOMEM;

	free(text);
	if (ret == -EINVAL) {
		memcpy(m->error, error, sizeof(error));
		return -ENOTRECOVERABLE;
	}
	return ret;
}

/* Leave each @size lines out in turn.  Returns 1 if the run got smaller. */
static int drop_each(struct minimiser *m, struct sim_schedule *s, unsigned size)
{
	unsigned i = 0;
	int ret, smaller = 0;

	while (i < s->nr_lines && m->reduce_runs) {
		ret = attempt(m, sim_relaxed_make(s, &m->trace, i, size));
		if (ret < 0)
			return ret;
		if (!ret) {
			i += size;
			continue;
		}
		smaller = 1;
		sim_schedule_release(s);
		ret = read_lines(m, s);
		if (ret)
			return ret;
	}
	return smaller;
}

/* Half of the lines, a quarter, and so on; single ones until none can go. */
static int drop_lines(struct minimiser *m)
{
	struct sim_schedule s = { .nr_lines = 0 };
	unsigned size;
	int ret = read_lines(m, &s);

	size = s.nr_lines / 2 ? s.nr_lines / 2 : 1;
	while (!ret) {
		ret = drop_each(m, &s, size);
		if (ret < 0 || (!ret && size == 1) || !m->reduce_runs)
			break;
		ret = 0;
		size = size > 1 ? size / 2 : 1;
	}
	sim_schedule_release(&s);
	return ret < 0 ? ret : 0;
}

/* Until neither finds anything to do behind the other. */
static int reduce(struct minimiser *m)
{
	struct sim_cost before = { .preemptions = UINT_MAX };
	int ret = gather(m);

	while (!ret && sim_cost_compare(&m->cost, &before) < 0) {
		before = m->cost;
		ret = drop_lines(m);
		if (ret || !sim_cost_compare(&m->cost, &before))
			break;
		before = m->cost;
		ret = gather(m);
	}
	return ret;
}

/* ------------------------------------------------------------------- proof */

/* A run of the search that did not end might have shown it. */
static void raise_fewest(struct minimiser *m,
			 const struct sim_strategy *strategy)
{
	if (!m->cut && strategy->bounds_done > m->fewest)
		m->fewest = strategy->bounds_done;
}

/*
 * All runs with fewer preemptions, the fewest first, until one shows the
 * finding.  Returns 1: it did, and has as few as can be; 0: none does, as far
 * as @m->fewest says; -EDQUOT: too many to try; -errno.
 */
static int search(struct minimiser *m, struct sim_strategy *strategy)
{
	int ret = 0;

	m->cut = false;
	while (!ret && strategy->begin(strategy)) {
		raise_fewest(m, strategy);
		if (m->proof_steps < m->best.steps)
			return -EDQUOT;
		ret = run_once(m, m->job->config, strategy);
		m->proof_steps -= m->trace.steps < m->proof_steps ?
					  m->trace.steps :
					  m->proof_steps;
	}
	raise_fewest(m, strategy);
	return ret;
}

/* Within so many steps.  Returns 1 if there was a run with fewer, which is as
 * small as can be now; 0 or -errno. */
static int prove(struct minimiser *m, uint64_t steps)
{
	struct sim_strategy *strategy;
	int ret;

	if (m->fewest >= m->cost.preemptions)
		return 0;
	strategy = sim_bound_make(m->cost.preemptions - 1, 0);
	if (!strategy)
		return -ENOMEM;
	m->proof_steps = steps;
	ret = search(m, strategy);
	strategy->destroy(strategy);
	if (ret == -EDQUOT)
		return 0;
	if (ret > 0) {
		ret = reduce(m);
		return ret ? ret : 1;
	}
	return ret;
}

/* Most findings show in one of the first runs of the proof: that takes fewer
 * runs than to leave lines out of one that was found by chance. */
static int look(struct minimiser *m)
{
	int ret;

	if (m->fewest >= m->cost.preemptions)
		return 0;
	ret = gather(m);
	return ret ? ret : prove(m, (uint64_t)LOOK_RUNS_MAX * m->best.steps);
}

static int minimise(struct minimiser *m)
{
	int ret = look(m);

	if (!ret)
		ret = reduce(m);
	if (!ret)
		ret = prove(m, PROOF_STEPS_MAX);
	return ret < 0 ? ret : 0;
}

/* -------------------------------------------------------------- life cycle */

static int begin(struct minimiser *m)
{
	const struct sim_minimise *job = m->job;
	struct sim_trace *copy = sim_trace_copy(job->trace);
	unsigned most = job->trace->steps + STEPS_MORE;

	if (!copy)
		return -ENOMEM;
	m->best = *copy;
	free(copy);
	m->config = *job->config;
	if (most < m->config.steps_max)
		m->config.steps_max = most;
	m->finding = *job->finding;
	m->cost = sim_cost_of(&m->best, &m->finding);
	snprintf(m->func, sizeof(m->func), "%s",
		 m->finding.func ? m->finding.func : "");
	m->identity = sim_finding_identity(&m->best, &m->finding);
	m->fewest = job->fewest;
	m->reduce_runs = REDUCE_RUNS_MAX;
	return 0;
}

static int finish(const struct minimiser *m, struct sim_minimal *ret_minimal)
{
	struct sim_trace *trace = sim_trace_copy(&m->best);

	if (!trace)
		return -ENOMEM;
	*ret_minimal = (struct sim_minimal){
		.trace = trace,
		.finding = m->finding,
		.cost = m->cost,
		.proven = m->fewest >= m->cost.preemptions,
		.runs = m->runs,
	};
	return 0;
}

const char *sim_minimise_refuse(enum sim_verdict verdict)
{
	return verdict == SIM_LIVELOCK || verdict == SIM_STEP_LIMIT ?
		       "its run has no end" :
		       NULL;
}

int sim_minimise(const struct sim_minimise *job,
		 struct sim_minimal *ret_minimal, char *error)
{
	/* Tasks write to traces, on any thread. */
	struct minimiser *m = sim_memory_alloc(sizeof(*m));
	int ret;

	if (!m)
		return -ENOMEM;
	m->job = job;
	m->error = error;
	ret = begin(m);
	if (!ret)
		ret = minimise(m);
	if (!ret)
		ret = finish(m, ret_minimal);
	sim_order_release(&m->order);
	sim_trace_release(&m->best);
	sim_trace_release(&m->trace);
	sim_memory_free(m, sizeof(*m));
	return ret;
}

const char *sim_minimised_format(const struct sim_minimised *m, char *buf,
				 size_t size)
{
	snprintf(buf, size, "%u preemption%s, %s", m->preemptions,
		 m->preemptions == 1 ? "" : "s",
		 m->proven ? "proven fewest" : "not proven fewest");
	return buf;
}
