/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runs.c - see runs.h.
 *
 * Preemptions are counted from the trace, not by what the search believes.
 */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

unsigned runs_preemptions(const struct sim_trace *trace)
{
	unsigned nr = 0;
	size_t i;

	for (i = 0; i < trace->nr_events; i++)
		nr += trace->events[i].type == SIM_EVENT_STEP &&
		      trace->events[i].task &&
		      trace->events[i].how == SIM_SWITCH_PREEMPTED;
	return nr;
}

static void keep(struct runs *runs, const struct sim_trace *trace,
		 const struct sim_run *run)
{
	if (runs->nr == runs->nr_max) {
		runs->nr_max = runs->nr_max ? 2 * runs->nr_max : 64;
		runs->run =
			realloc(runs->run, runs->nr_max * sizeof(*runs->run));
		assert_non_null(runs->run);
	}
	runs->run[runs->nr].hash = sim_trace_hash(trace);
	runs->run[runs->nr].preemptions = runs_preemptions(trace);
	runs->run[runs->nr++].run = *run;
}

void runs_make(const struct sim_scenario *scenario,
	       struct sim_strategy *strategy, struct runs *ret_runs)
{
	struct sim_run_config config = {
		.scenario = scenario,
		.carrier = sim_carriers()[0],
		.steps_max = SIM_STEPS_MAX,
	};
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;

	memset(ret_runs, 0, sizeof(*ret_runs));
	assert_non_null(strategy);
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	while (strategy->begin(strategy)) {
		assert_int_equal(sim_run_once(&config, strategy, trace, &run),
				 0);
		assert_string_equal(run.error, "");
		if (run.status != SIM_RUN_PRUNED)
			keep(ret_runs, trace, &run);
	}
	strategy->destroy(strategy);
	kit_trace_free(trace);
}

void runs_release(struct runs *runs)
{
	free(runs->run);
	memset(runs, 0, sizeof(*runs));
}

bool runs_have(const struct runs *runs, uint64_t hash)
{
	size_t i;

	for (i = 0; i < runs->nr; i++)
		if (runs->run[i].hash == hash)
			return true;
	return false;
}
