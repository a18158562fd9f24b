/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * search.c - explores a scenario several times, within limits.
 */
#include "bench.h"

#include "progress.h"

#include <string.h>

struct watch {
	struct bench *bench;
	const char *name;
	bool cut;
	double next; /* when to say something again */
};

#define PERIOD_SECONDS 0.2

static int watch(const struct sim_progress *progress, void *arg)
{
	struct watch *w = arg;

	if (progress->seconds >= w->next) {
		w->next = progress->seconds + PERIOD_SECONDS;
		bench_say(w->bench, "%s by %s: %llu runs", w->name,
			  progress->strategy,
			  (unsigned long long)progress->runs);
	}
	if (sim_progress_interrupted())
		return 1;
	w->cut = progress->seconds > w->bench->options.seconds;
	return w->cut;
}

/* One repetition.  Returns false when it was interrupted or failed; *ret_late:
 * it took all the time there is. */
static bool explore(struct bench *bench, const struct sim_scenario *scenario,
		    const struct sim_options *options,
		    struct bench_search *search, bool *ret_late)
{
	struct watch w = { bench, scenario->name, false, PERIOD_SECONDS };
	struct sim_options o = *options;
	struct sim_result r;
	double start = bench_cpu_seconds();
	int ret;

	o.progress = watch;
	o.progress_arg = &w;
	if (bench->options.runs &&
	    (!o.budget_runs || o.budget_runs > bench->options.runs))
		o.budget_runs = bench->options.runs;
	ret = sim_explore(scenario, &o, &r);
	*search = (struct bench_search){
		.cut = !r.exhausted && (o.all || !r.nr_findings),
		.runs = r.runs,
		.pruned = r.pruned,
		.steps = r.steps,
		.states = r.final_states,
		.vertices = r.states,
		.transitions = r.transitions,
		.bytes = r.bytes,
		.findings = r.nr_findings,
		.seconds = bench_cpu_seconds() - start,
	};
	if (ret)
		bench_fail(bench, "%s: %.200s", scenario->name,
			   r.error[0] ? r.error : strerror(-ret));
	sim_result_release(&r);
	*ret_late = w.cut;
	return !bench_stopped(bench);
}

bool bench_explore(struct bench *bench, const struct sim_scenario *scenario,
		   const struct sim_options *options,
		   struct bench_search *ret_search)
{
	double seconds[BENCH_REPEAT_MAX], spent = 0;
	bool late = false;
	unsigned i;

	for (i = 0; i < bench->options.repeat && !late &&
		    spent < bench->options.seconds;
	     i++) {
		if (!explore(bench, scenario, options, ret_search, &late))
			return false;
		seconds[i] = ret_search->seconds;
		spent += seconds[i];
	}
	ret_search->repeated = i;
	ret_search->seconds = bench_median(seconds, i);
	return true;
}
