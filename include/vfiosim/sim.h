/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - the harness: run the tasks of a scenario one at a time, decide every
 * interleaving, and turn each finding into a schedule that replays it.
 */
#ifndef VFIOSIM_SIM_H
#define VFIOSIM_SIM_H

#include <vfiosim/kernel.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a run can be found guilty of. */
enum sim_verdict {
	SIM_CHECK_FAILED,
	SIM_BUG,
	SIM_WARN,
	SIM_REFUSED, /* a user was refused although it holds what it needs */
	SIM_DEADLOCK,
	SIM_LOST_WAKEUP,
	SIM_HANG, /* a task waits for a wake-up that nobody will send */
	SIM_LIVELOCK,
	SIM_STEP_LIMIT,
	SIM_USE_AFTER_FREE,
	SIM_DOUBLE_FREE,
	SIM_LEAK,
	SIM_REF_UNDERFLOW,
	SIM_REF_OVERFLOW,
	SIM_LOCK_MISUSE,
	SIM_NULL_DEREFERENCE,
	SIM_ENDLESS_WALK,
	SIM_INVARIANT,
	SIM_VERDICT_NR
};

/* As printed: "use after free".  Static. */
const char *sim_verdict_name(enum sim_verdict verdict);

/* A set of verdicts. */
#define SIM_SET(verdict) (1u << (verdict))

/* Limits of one scenario. */
#define SIM_SCENARIO_TASKS_MAX 8
#define SIM_STEPS_MAX 20000
#define SIM_TEXT_MAX 256
#define SIM_DETAIL_MAX 1024
#define SIM_FINDINGS_MAX 64
#define SIM_DEPTH_MAX 16

struct sim_task {
	const char *name; /* no blanks */
	void (*fn)(void);
	const char *role; /* what stands in a diagram's header; may be NULL */
};

/*
 * What exploring must find in an era.
 * @era:   "v3.19", or with overrides "v3.19-patched check_order=atomic"
 * @set:   verdicts of all kinds of findings, SIM_SET(a) | SIM_SET(b)
 * @bugs:  names of docs/scenarios.md that the findings have: "B1 B8"; or NULL
 * @bound: 0: explored exhaustively; else with at most so many preemptions
 */
struct sim_expect {
	const char *era;
	unsigned set;
	const char *bugs;
	unsigned bound;
};

/*
 * A race worth exploring.  @setup, @check and @teardown run alone, outside all
 * tasks; @check sees the state after all tasks ended; @teardown, which is
 * skipped after a finding, gives everything back, and what is then still
 * alive has leaked.
 */
struct sim_scenario {
	const char *name; /* words with hyphens */
	const char *summary; /* one line */
	void (*setup)(void);
	struct sim_task tasks[SIM_SCENARIO_TASKS_MAX];
	void (*check)(void);
	void (*teardown)(void);
	/*
	 * Optional: an invariant, tested after every step; returns NULL or the
	 * identifier and fact that is broken.  Must announce nothing.
	 */
	const char *(*invariant)(void);
	bool timeouts,
		signals; /* sleeps may end by them, whatever options say */
	/*
	 * What its tasks share lies in the machine, or is written in setup only:
	 * so a run can be taken back to an earlier step.
	 */
	bool rewindable;
	/* Every function that its tasks run declares with SIM_LOCAL() what it
	 * needs behind an operation, if that is no argument of the operation. */
	bool locals;
	const struct sim_expect *expect; /* ends with .era == NULL; or NULL */
};

/*
 * A local variable of a task that is still needed behind its next operation,
 * for searches that compare states: see .locals of struct sim_scenario.
 */
struct sim_local {
	const void *start;
	size_t size;
	const struct sim_local *outer;
};

/* From here on, and no longer; what SIM_LOCAL() is made of.  Outside of tasks
 * nothing. */
void sim_local_begin(struct sim_local *local);
void sim_local_end(const struct sim_local *local);

#define SIM_LOCAL(var)                                                    \
	struct sim_local sim_local_of_##var __attribute__((               \
		cleanup(sim_local_end))) = { &(var), sizeof(var), NULL }; \
	sim_local_begin(&sim_local_of_##var)

/* Tasks record, they never jump: usable in tasks, setup, check, teardown. */
void sim_check_failed(const char *text, const struct sched_site *site);
#define SIM_CHECK(cond) \
	((cond) ? (void)0 : sim_check_failed(#cond, SCHED_SITE(NULL)))

/**
 * sim_refused - record that a user with live references was refused
 * @call: name of the refused call
 * @error: what it returned, negative errno; 0: it did not fail that way
 */
void sim_refused(const char *call, long error, const struct sched_site *site);
#define SIM_REFUSE(call, error) sim_refused((call), (error), SCHED_SITE(NULL))

/* A line in reports, in place: what a task just learned or did. */
void sim_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The name of an errno: "-EINVAL"; "0" and positive numbers as they are. */
const char *sim_errno_name(long error);

/* ---------------------------------------------------------------- options */

struct sim_progress;

enum sim_carrier_kind { SIM_CARRIER_DEFAULT, SIM_FIBER, SIM_THREAD };

/* What can go wrong in a run besides its order. */
enum sim_fault {
	SIM_FAULT_ALLOC, /* an allocation fails */
	SIM_FAULT_TIMEOUT, /* a timed sleep ends by its time-out */
	SIM_FAULT_SIGNAL, /* an interruptible sleep ends by a signal */
	SIM_FAULT_NR
};

#define SIM_FAULT_SET(fault) (1u << (fault))
#define SIM_FAULTS_MAX 100u

/*
 * Which faults a run may have.
 * @set:     those that may happen, to every operation of the tasks
 * @limited: of @set; at most @max of them happen in one run, all together
 */
struct sim_faults {
	unsigned set, limited, max;
};

/*
 * How graph tells the states of a task apart: by its whole stack, or by the
 * return addresses there and the locals that were declared, SIM_LOCAL(), or both
 * one after the other, with an error where they end in different states.  The
 * default is the second where the scenario has .locals, else the first.
 */
enum sim_states_by {
	SIM_STATES_DEFAULT,
	SIM_STATES_RAW,
	SIM_STATES_DECLARED,
	SIM_STATES_BOTH
};

struct sim_options {
	struct kernel_era era; /* .name "": the default, v3.19 */
	const char *strategy; /* NULL: "auto"; a name of vfiosim list */
	unsigned bound; /* bound, auto: largest number of preemptions */
	bool bound_set; /* @bound is meant, even if 0 */
	bool no_por; /* auto, dfs, bound, graph: leave nothing out */
	uint64_t seed; /* random, pct, pos */
	unsigned depth; /* pct: 1 to SIM_DEPTH_MAX; 0: 3 */
	/* 0: the strategy's default of runs, half of the system's memory and
	 * 4 GiB at most, and no limit of the others.  Memory is what the search
	 * takes on top of what one run needs. */
	uint64_t budget_runs, budget_states, budget_bytes;
	unsigned budget_seconds;
	enum sim_states_by states; /* graph */
	bool no_checkpoints; /* dpor, dfs: every run begins at boot */
	unsigned steps_max; /* 0: SIM_STEPS_MAX */
	bool all; /* go on after a finding */
	unsigned find; /* only these verdicts count; 0: all */
	enum sim_carrier_kind carrier;
	bool timeouts, signals; /* may sleeps end by them, without limit? */
	struct sim_faults faults;
	uint64_t invariants; /* what must hold: SIM_INVARIANT_SET(nth) | ... */
	bool no_minimise; /* keep the runs of findings as they were found */
	const char *output; /* folder for schedules; NULL: write none */
	const char *certificate; /* file for one of exhaustion; NULL: none */
	unsigned jobs; /* auto, dpor: processes; 0: all in this one */
	/* auto, dpor: a file to write down what was searched, which must not be
	 * there yet; or one to go on from, and with; NULL: none.  @source: the
	 * file of the scenario, if it is in one. */
	const char *journal, *resume, *source;
	/* Called after each run; non-zero: stop, keep what is known. */
	int (*progress)(const struct sim_progress *progress, void *arg);
	void *progress_arg;
};

/**
 * sim_option_set - set one option by its name, as command lines spell it
 * @name:  "era" "set" "strategy" "bound" "seed" "depth" "states" "budget" "jobs"
 *         "steps" "find" "carrier" "faults" "invariants" "output"
 * @value: "era": an era and overrides, "v3.19-patched check_order=atomic";
 *         "set": one more override; "find": verdicts, separated by commas;
 *         "invariants": their names, "T5,R2", or "all"; "faults": kinds and
 *         how many, "alloc,timeout:2", or "signal:any"; "budget": "10000",
 *         "90s", "5min", "2h", "512M", "1000states", or several, "10000,30s";
 *         kept by "output" alone
 * @error: SIM_TEXT_MAX bytes
 *
 * Returns 0; -EINVAL: @error says what was expected and, of words, which one
 * is nearest to what was found.
 */
int sim_option_set(struct sim_options *options, const char *name,
		   const char *value, char *error);

/**
 * sim_options_from_env - set what the environment overrides
 * @error: SIM_TEXT_MAX bytes
 *
 * VFIOSIM_ERA, VFIOSIM_STRATEGY and so on: the names above in upper case,
 * "set" excepted.  Returns 0 or -EINVAL, as sim_option_set(); also for a
 * variable VFIOSIM_x that nothing reads.
 */
int sim_options_from_env(struct sim_options *options, char *error);

/* How far an exploration is. */
struct sim_progress {
	const char *strategy;
	uint64_t states; /* of graph */
	uint64_t runs, pruned, steps, findings;
	uint64_t reruns; /* of findings, to make them smaller */
	double seconds;
	unsigned bound;
	/* Runs of the search that goes on, pruned ones, too, and about how many
	 * it will have made when it ends; 0: nobody knows. */
	double searched, whole;
	double seconds_left;
	unsigned jobs; /* processes; 0: this one alone */
};

/* ---------------------------------------------------------------- results */

#define SIM_PATH_MAX 512

struct sim_trace;

/*
 * How small the run of a finding was made.
 * @done:        false: it is as it was found, and nothing else is set
 * @proven:      no run with fewer preemptions shows the finding
 * @preemptions: switches away from a task that could have gone on
 * @switches:    all of them
 * @faults:      outcomes that were chosen: failing allocations and so on
 * @tasks:       that made a step before the finding
 * @runs:        that it took
 */
struct sim_minimised {
	bool done, proven;
	unsigned preemptions, switches, faults, tasks;
	uint64_t runs;
	double seconds;
};

/* One kind of finding, its first instance. */
struct sim_finding {
	enum sim_verdict verdict;
	const char *invariant; /* "T5", if it breaks one that is on; or NULL */
	char text[SIM_TEXT_MAX]; /* one line: what and where */
	/* Call chains, a line each, innermost function first: of the task, and
	 * for a use after free of who freed it. */
	char detail[SIM_DETAIL_MAX];
	const char *func; /* innermost modelled function, or the task's own */
	const char *file;
	int line;
	unsigned task; /* index + 1; 0: check, teardown, halt */
	uint64_t run; /* in which run it was first seen, from 1 */
	uint64_t count; /* in how many runs it was seen */
	char *schedule; /* text of the schedule file */
	char path[SIM_PATH_MAX]; /* where it was written; "": nowhere */
	struct sim_trace *trace; /* the run */
	struct sim_minimised minimised;
};

/*
 * What pct promises: a run shows a bug that takes d events in order with a
 * chance of 1 in @tasks * @steps^(d - 1) at least, if no run has more of them.
 * @tasks, @steps: most tasks in a run, and most steps with two that could go on
 * @since: the run in which either grew last; 0: no run so far
 * @spun:  runs in which a task was held up since it would not stop: for the
 *         bugs of such runs nothing is promised
 */
struct sim_odds {
	unsigned tasks, steps;
	uint64_t since, spun;
};

/* So many runs show a bug of that depth with a chance of 99 %. */
uint64_t sim_pct_runs(unsigned tasks, unsigned steps, unsigned depth);

/* What made a search give up. */
enum sim_budget {
	SIM_BUDGET_LEFT, /* nothing */
	SIM_BUDGET_RUNS,
	SIM_BUDGET_STATES,
	SIM_BUDGET_SECONDS,
	SIM_BUDGET_BYTES,
	SIM_BUDGET_CERTIFICATE, /* it has grown too large, in bytes */
	SIM_BUDGET_MEMORY /* the system has no more */
};

struct sim_result {
	const struct sim_scenario *scenario;
	struct kernel_era era;
	char strategy[16];
	uint64_t runs; /* complete runs */
	uint64_t pruned; /* runs that sleep sets cut short */
	uint64_t steps;
	bool exhausted; /* nothing is left within the strategy's bound */
	bool bounded; /* ... which is a bound on preemptions */
	enum sim_budget ended; /* what of the budget did, */
	uint64_t ended_at; /* ... and how much of it there was */
	uint64_t certified; /* classes in the certificate that was written */
	unsigned bound;
	struct sim_odds odds; /* of pct */
	struct sim_faults faults; /* that its runs might have had */
	unsigned verdicts; /* set of what was found */
	uint64_t invariants, broken; /* those tested; those found broken */
	unsigned nr_findings;
	struct sim_finding *findings; /* SIM_FINDINGS_MAX */
	bool truncated; /* more kinds of findings than fit */
	uint64_t final_states; /* different states in which complete runs end */
	/* Of graph: states seen, steps between them, those that led back to a
	 * state on the way, the most memory that it took, and what states were
	 * compared by; with both the figures are those of declared locals, and
	 * @raw_states the others. */
	uint64_t states, transitions, cycles, raw_states;
	size_t bytes;
	enum sim_states_by by;
	struct sim_trace *trace; /* of a replay */
	uint64_t final_hash; /* of that set: equal sets, equal hash */
	char error[SIM_TEXT_MAX]; /* why sim_explore() failed */
};

/**
 * sim_explore - look for findings
 * @scenario: what to run
 * @options:  NULL: defaults
 * @ret_result: filled, also on failure; end with sim_result_release()
 *
 * Boots a machine for each run.  Every finding is replayed from its own
 * schedule at once, on every carrier that this build has; then its run is made
 * smaller, unless options say otherwise, and replayed again.
 * Returns 0: it ran, look at @ret_result; -EINVAL: bad options; -ENOTRECOVERABLE:
 * uncontrolled nondeterminism, ->error says at which step; -EIO: a schedule
 * could not be written; -ENOMEM.
 */
int sim_explore(const struct sim_scenario *scenario,
		const struct sim_options *options,
		struct sim_result *ret_result);

/* "budget of 30 s ended"; "": it did not.  Returns @buf. */
const char *sim_budget_format(const struct sim_result *result, char *buf,
			      size_t size);

/* Free what a result holds, not the result itself; twice does no harm. */
void sim_result_release(struct sim_result *result);

/**
 * sim_replay_text - run one schedule
 * @scenario: NULL: found by the name in the schedule (sim_scenario_find())
 * @text:     a schedule, docs/schedule-format.md
 * @name:     stands for the file in errors
 * @options:  carrier, steps_max; an era replaces the schedule's; NULL: defaults
 * @ret_result: one run; its findings; end with sim_result_release()
 *
 * Returns 0; -EINVAL: ->error names @name, the line, what was expected and
 * what stands there; -ENOENT: no such scenario; else as sim_explore().
 */
int sim_replay_text(const struct sim_scenario *scenario, const char *text,
		    const char *name, const struct sim_options *options,
		    struct sim_result *ret_result);

/**
 * sim_replay_file - run the schedule in a file
 * @path: the file; otherwise as sim_replay_text()
 *
 * Returns as sim_replay_text(); -EIO: unreadable, or not text; -EXDEV: a
 * schedule of another scenario than @scenario.
 */
int sim_replay_file(const struct sim_scenario *scenario, const char *path,
		    const struct sim_options *options,
		    struct sim_result *ret_result);

/**
 * sim_minimise_text - make what a schedule shows smaller
 *
 * As sim_replay_text(), but @ret_result holds one finding at most: the one that
 * the schedule claims, or else the first; its run was made smaller.  No finding:
 * the schedule does not show what it claims, or nothing.
 */
int sim_minimise_text(const struct sim_scenario *scenario, const char *text,
		      const char *name, const struct sim_options *options,
		      struct sim_result *ret_result);

/**
 * sim_result_store - write the schedules that are in no file yet
 * @folder: must exist; NULL: "findings", made when it is missing
 *
 * Sets the findings' ->path.  Returns 0, or -EIO with ->error set.
 */
int sim_result_store(struct sim_result *result, const char *folder);

/* The trace of the only run of a replay; also if nothing was found. */
const struct sim_trace *sim_result_trace(const struct sim_result *result);

/* A hash of all names in a trace: the same for every carrier and compiler. */
uint64_t sim_trace_hash(const struct sim_trace *trace);

/**
 * sim_test_run - a scenario as a test; <vfiosim/cmocka.h> is made of it
 * @expected: the verdicts that must be found, all of them and no others; 0:
 *            nothing may be found
 * @options:  NULL: defaults; the environment overrides, sim_options_from_env()
 * @ret_report: text to print: for each finding that was not expected verdict,
 *            diagram, the schedule's path and the command that replays it;
 *            the caller frees it; NULL: out of memory
 *
 * With VFIOSIM_REPLAY=FILE in the environment that schedule is replayed
 * instead.  Returns 0: passed; 1: failed; -EXDEV: FILE is a schedule of another
 * scenario, skip this test; -ENOMEM.
 */
int sim_test_run(const struct sim_scenario *scenario, unsigned expected,
		 const struct sim_options *options, char **ret_report);

/* ---------------------------------------------------------------- reports */

/* One step a line, a column per task. */
void sim_report_text(FILE *out, const struct sim_finding *finding,
		     const struct sim_trace *trace);
/* The diagram for a commit message: at most 75 columns. */
void sim_report_commit(FILE *out, const struct sim_finding *finding,
		       const struct sim_trace *trace);
/* The whole result, machine-readable.  Returns 0 or -ENOMEM. */
int sim_report_json(FILE *out, const struct sim_result *result);

/* ------------------------------------------------------------- invariants */

/* When one is tested: after each step; when all tasks ended or wait for ever;
 * over all runs of an exploration together; or not at all, since verdicts that
 * are always on say it. */
enum sim_invariant_when {
	SIM_INVARIANT_STEP,
	SIM_INVARIANT_END,
	SIM_INVARIANT_RUNS,
	SIM_INVARIANT_VERDICT
};

#define SIM_INVARIANT_SET(nth) (1ull << (nth))

/*
 * What must hold, docs/invariants.md.
 * @flag, @values: it means something where the era's @flag has one of the
 *                 values in the set @values; 0: everywhere
 * @verdicts:      findings that break it as well
 */
struct sim_invariant {
	const char *id, *title;
	enum sim_invariant_when when;
	enum era_flag flag;
	unsigned values;
	unsigned verdicts;
};

/* The nth, or NULL past the end. */
const struct sim_invariant *sim_invariant_nth(unsigned nth);
bool sim_invariant_applies(unsigned nth, const struct kernel_era *era);

/**
 * sim_invariant_expected - is it known to be broken in an era?
 * @bugs: SIM_TEXT_MAX bytes; the names of those who break it: "B1 B4"
 *
 * Returns false, and no names, where every schedule keeps it.
 */
bool sim_invariant_expected(unsigned nth, const struct kernel_era *era,
			    char *bugs);

/* -------------------------------------------------------------- scenarios */

/* The built-in ones: the nth (NULL past the end), and by name (NULL). */
const struct sim_scenario *sim_scenario_nth(unsigned nth);
const struct sim_scenario *sim_scenario_find(const char *name);

/* Make a scenario known by name, so that its schedules replay.  0, -EEXIST,
 * -ENOSPC. */
int sim_scenario_register(const struct sim_scenario *scenario);

/**
 * sim_expected - what a scenario must show
 *
 * Returns whether it says so for this era; @ret_set: the set of verdicts.
 */
bool sim_expected(const struct sim_scenario *scenario,
		  const struct kernel_era *era, unsigned *ret_set);

/* "v3.19-patched check_order=atomic": era and overrides; and back.  The buffer
 * takes @size bytes.  sim_era_parse returns 0, or -EINVAL with the reason in
 * @error (SIM_TEXT_MAX). */
void sim_era_format(const struct kernel_era *era, char *buf, size_t size);
int sim_era_parse(const char *text, struct kernel_era *ret_era, char *error);

#ifdef __cplusplus
}
#endif
#endif
