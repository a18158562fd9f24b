/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - one run of a scenario from boot to halt, and what came of it.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "engine.h"

struct sim_checkpoints;

struct sim_run {
	enum sim_status status; /* of the tasks */
	bool complete; /* every task ended, nothing was found */
	uint64_t final_state; /* of a run whose tasks all ended */
	unsigned nr_findings;
	struct sim_raw_finding findings[SIM_RUN_FINDINGS_MAX];
	char error[SIM_TEXT_MAX];
};

/* What all runs of an exploration share. */
struct sim_run_config {
	const struct sim_scenario *scenario;
	struct kernel_era era;
	const struct sim_carrier *carrier;
	unsigned steps_max;
	bool timeouts, signals; /* without limit, on top of @faults */
	struct sim_faults faults;
	uint64_t invariants; /* that are on */
	struct sim_checkpoints *checkpoints; /* NULL: all runs begin at boot */
};

/* Boot, set up, run under @strategy (begun by the caller), check, tear down,
 * halt.  Returns 0, or -errno when the machine could not be had. */
int sim_run_once(const struct sim_run_config *config,
		 struct sim_strategy *strategy, struct sim_trace *trace,
		 struct sim_run *ret_run);

/* The same in parts, for searches that turn back in the middle of a run. */
struct sim_running {
	const struct sim_run_config *config;
	struct sim_strategy *strategy; /* or NULL, and the caller decides */
	struct sim_trace *trace;
	struct sim_run *run; /* to be filled */
	bool ready; /* its tasks wait; else it ended in set-up */
	struct sim_engine_config engine; /* for sim_engine_again() */
};

/* Boot and set up.  @at_home: as in struct sim_engine_config.  Returns as
 * sim_run_once(). */
int sim_run_begin(struct sim_running *running, bool at_home);
/* What follows the tasks, which ended with run->status. */
void sim_run_end(struct sim_running *running);

/* The carriers of this build and process, ended by NULL; at most two.  Under
 * Helgrind and DRD only threads, elsewhere what VFIOSIM_CARRIERS names. */
const struct sim_carrier *const *sim_carriers(void);
const struct sim_carrier *sim_carrier_for(enum sim_carrier_kind kind);

/* What tells two findings apart: verdict, site, text, and for each word that
 * the failing call read and others write, whose write it saw. */
uint64_t sim_finding_identity(const struct sim_trace *trace,
			      const struct sim_raw_finding *finding);

/* The call chains of a finding, as in struct sim_finding. */
void sim_finding_explain(const struct sim_trace *trace,
			 const struct sim_raw_finding *finding, char *buf,
			 size_t size);

/* A run at its step limit that repeats itself is a livelock: say the cycle. */
void sim_finding_refine(const struct sim_trace *trace,
			struct sim_raw_finding *finding);

#endif
