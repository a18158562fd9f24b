/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explorer.h - one exploration, shared by explore.c, which runs searches, and
 * explore_found.c, which keeps what they find.
 */
#ifndef SIM_EXPLORER_H
#define SIM_EXPLORER_H

#include "minimise.h"
#include "run.h"

#include <time.h>

struct sim_schedule;

/*
 * What shows that the same choices lead to something else: nondeterminism that
 * nobody controls.
 * @made:     runs of all searches
 * @due:      the run that ends next is to be made again
 * @chance:   no run begins as the one before did
 * @previous: the run before the one that is made, unless @chance
 * @first:    the first run of all, its choices and how it ended
 */
struct sim_again {
	uint64_t made;
	bool due, chance;
	struct sim_trace previous;
	struct sim_trace *first;
	uint64_t first_state;
	struct sim_run run; /* made again */
};

struct explorer {
	const struct sim_options *options;
	struct sim_run_config config;
	struct sim_result *result;
	struct sim_trace trace, second; /* second: of replays */
	uint64_t identities[SIM_FINDINGS_MAX];
	struct sim_raw_finding
		raws[SIM_FINDINGS_MAX]; /* in the run that is kept */
	struct sim_cost costs[SIM_FINDINGS_MAX]; /* of that run */
	unsigned fewest[SIM_FINDINGS_MAX]; /* no run has fewer preemptions */
	bool unsettled[SIM_FINDINGS_MAX]; /* not replayed yet */
	uint64_t *states; /* open addressing; 0: free */
	size_t nr_states, states_max;
	uint64_t budget; /* runs left */
	bool budget_out, stop;
	uint64_t searched; /* runs of one search */
	double begun; /* it, in seconds since the exploration did */
	double whole; /* runs, about, that it will have made; 0: unknown */
	unsigned refusals; /* of memory, before it began */
	uint64_t bytes_max; /* of memory, on top of what one run needs, */
	size_t bytes_first; /* ... which is this; 0: none was made */
	unsigned bounds_done; /* all runs with fewer preemptions were made */
	uint64_t reruns; /* of findings that were made smaller */
	const char *origin; /* of a schedule: " (by dfs, run 41)"; or NULL */
	bool cut; /* a run ended at the limit of steps */
	struct sim_lock_order *order; /* I3; NULL: it is off */
	struct sim_collector *collector; /* for a certificate; or NULL */
	struct sim_again again;
	struct sim_journal *journal; /* or NULL */
	unsigned processes; /* that search; 0: this one alone */
	struct timespec start;
	struct sim_run run;
	char error[SIM_TEXT_MAX];
};

/* Writes down why; returns @ret. */
int sim_explorer_fail(struct explorer *x, int ret, const char *text);

/* Run a schedule; x->run and @trace are filled. */
int sim_explorer_replay(struct explorer *x, const struct sim_carrier *carrier,
			const struct sim_schedule *schedule, const char *name,
			struct sim_trace *trace);

/* The same schedule must give the same trace, on each of @carriers. */
int sim_explorer_confirm(struct explorer *x, const char *text,
			 const struct sim_trace *trace,
			 const struct sim_carrier *const *carriers);

/* One run under @strategy, begun by the caller, with all that is to be known of
 * it.  Returns whether a finding is to be settled, or -errno. */
int sim_explorer_run(struct explorer *x, struct sim_strategy *strategy);
/* What was found stays; but the runs so far were none of the search's. */
void sim_explorer_begin_again(struct explorer *x);

/* parallel.c: by dpor, in processes.  0 or -errno. */
int sim_explorer_share(struct explorer *x);
/* parallel_journal.c: the journal that options ask for, if they do, just made or
 * to be read: x->journal.  0 or -errno, with x->result->error set. */
int sim_explorer_open_journal(struct explorer *x);

/* One more complete run ended in @state.  0 or -ENOMEM. */
int sim_explorer_count_state(struct explorer *x, uint64_t state);

/* The schedule of the run that x->trace holds, or NULL; @found: or NULL. */
char *sim_explorer_schedule(const struct explorer *x, const char *found);

/* I3, the order of locks over all runs up to here.  0 or -errno. */
int sim_explorer_judge_order(struct explorer *x);

/* All findings of the run; returns whether one is to be settled, or -errno. */
int sim_explorer_take(struct explorer *x);

/* -------------------------------------------------------- explore_budget.c */

/* Is the budget spent?  If it is, x->result says what of it. */
bool sim_explorer_over_budget(struct explorer *x);
/* That there was no memory ends a search, and is no error.  Returns 0, or @ret
 * if it is another one. */
int sim_explorer_refused(struct explorer *x, int ret);
/* The search ends since @what is spent, of which there was @amount. */
void sim_explorer_spend(struct explorer *x, enum sim_budget what,
			uint64_t amount);
/* How many runs will it be?  Another run was made under @strategy, NULL: none
 * so far. */
void sim_explorer_estimate(struct explorer *x, struct sim_strategy *strategy);
/* The same as is told, with the time that is left; @progress->seconds is set. */
void sim_explorer_foresee(const struct explorer *x,
			  struct sim_progress *progress);
/* Of the search's memory, and of the certificate's part of it. */
uint64_t sim_explorer_bytes_max(const struct explorer *x);
size_t sim_explorer_certificate_max(const struct explorer *x);

/* --------------------------------------------------------- explore_again.c */

/* Another run is to be made: keep what x->trace holds. */
void sim_explorer_before_run(struct explorer *x);

/*
 * Is the run that was made what it must be, and does it stay so when it is made
 * again?  0, or -ENOTRECOVERABLE with the step in x->result->error, or -ENOMEM.
 * The first, those of which the number is a power of two and each 1,000th are
 * made again, and with them the first of all.
 */
int sim_explorer_after_run(struct explorer *x);

/* The search is over: is the first run still what it was? */
int sim_explorer_after_all(struct explorer *x);

/* Make the run that x->trace holds, and x->run tells of, again. */
int sim_explorer_make_again(struct explorer *x);

void sim_explorer_again_release(struct explorer *x);

/* Since it began. */
double sim_explorer_seconds(const struct explorer *x);

/* Tell the caller how far it is: x->stop if it wants no more. */
void sim_explorer_progress(struct explorer *x, const char *strategy,
			   unsigned bound);

/* Keep that finding alone. */
void sim_explorer_keep_only(struct explorer *x, unsigned nr);

/* Replay what is new, make it smaller and write it down.  May use all runs and
 * traces of @x. */
int sim_explorer_settle(struct explorer *x);

/* No run has ended in any state yet. */
void sim_explorer_forget_states(struct explorer *x);

/* The strategy "graph": explore_graph.c.  0 or -errno. */
int sim_explorer_graph(struct explorer *x);

#endif
