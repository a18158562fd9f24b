/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras.h - scenarios by eras: a table whose cells are explored as each
 * scenario's expectations say, compared with these and with each other.
 */
#ifndef SIM_ERAS_H
#define SIM_ERAS_H

#include "trace.h"

#include <vfiosim/sim.h>

#define SIM_ERAS_SCENARIOS_MAX 256u
#define SIM_ERAS_COLUMNS_MAX 64u
#define SIM_ERAS_BOUND_DEFAULT 2u
#define SIM_ERAS_STEPS_MAX 1000000u /* where nothing is stated */
#define SIM_ERAS_TEXT_MAX (SIM_TEXT_MAX * 4)
#define SIM_ERAS_DEPARTURES_MAX 16u

/* --------------------------------------------------------------- comparisons */

/* From where on a task does something else than it did in the other trace. */
struct sim_eras_departure {
	char task[SIM_TASK_NAME_MAX];
	unsigned step; /* in this era's trace; 0: it never gets that far */
	char here[SIM_TEXT_MAX], there[SIM_TEXT_MAX];
};

/* The run of one era's finding in another one. */
struct sim_eras_comparison {
	bool made;
	bool fits; /* each switch could be made where it was made there */
	char misfit[SIM_TEXT_MAX]; /* if not: the first that could not, why */
	unsigned verdicts; /* of the run */
	unsigned steps;
	unsigned nr_departures; /* a task each, by step; 0: the same steps */
	struct sim_eras_departure departure[SIM_ERAS_DEPARTURES_MAX];
	char error[SIM_TEXT_MAX]; /* it could not be made */
};

/*
 * Run @schedule (text) in its own era and, with every switch at the same place
 * or as near to it as can be told, in @options->era; say where they part.
 * Returns 0, or -errno with ->error set.
 */
int sim_eras_compare(const struct sim_scenario *scenario, const char *schedule,
		     const struct sim_options *options,
		     struct sim_eras_comparison *ret_comparison);

/* Where the tasks of two traces part; set-up and check do not count. */
void sim_eras_depart(const struct sim_trace *there,
		     const struct sim_trace *here,
		     struct sim_eras_comparison *comparison);

/*
 * The strategy that makes the switches of @model, a trace with the same tasks,
 * in a run that may do other steps; both must outlive it.  @trace: of the run.
 * @misfit: SIM_TEXT_MAX, "" or the first switch that could not be made.
 */
struct sim_strategy *sim_follow_make(const struct sim_trace *model,
				     const struct sim_trace *trace,
				     char *misfit);

/* --------------------------------------------------------------------- table */

struct sim_eras_column {
	struct kernel_era era;
	char text[SIM_ERAS_TEXT_MAX]; /* the era with its overrides */
	char heading[ERA_NAME_MAX]; /* short */
	bool given; /* asked for: explored even if nothing is stated */
};

enum sim_eras_state {
	SIM_ERAS_BLANK, /* not to be explored */
	SIM_ERAS_WAITING,
	SIM_ERAS_EXPLORED,
	SIM_ERAS_BROKEN /* ->error says why */
};

/* How a cell stands to what its scenario expects. */
enum sim_eras_judgement {
	SIM_ERAS_AS_EXPECTED,
	SIM_ERAS_NOT_STATED,
	SIM_ERAS_UNDECIDED, /* budget or bound ended before it was known */
	SIM_ERAS_DIFFERS,
	SIM_ERAS_FAILED /* could not be explored */
};

struct sim_eras_finding {
	enum sim_verdict verdict;
	char text[SIM_TEXT_MAX];
	uint64_t count;
	unsigned switches, steps; /* of the run that is kept */
	char *schedule;
	char path[SIM_PATH_MAX]; /* "": not written */
};

struct sim_eras_cell {
	enum sim_eras_state state;
	const struct sim_expect *expect; /* NULL: not stated */
	bool exhausted, bounded; /* as in struct sim_result */
	unsigned bound, verdicts, nr_findings;
	uint64_t runs, pruned, steps;
	double seconds;
	struct sim_eras_finding *findings; /* fewest switches first */
	struct sim_eras_comparison comparison;
	char error[SIM_TEXT_MAX];
};

struct sim_eras {
	const struct sim_scenario *scenario[SIM_ERAS_SCENARIOS_MAX];
	unsigned nr_scenarios;
	struct sim_eras_column column[SIM_ERAS_COLUMNS_MAX];
	unsigned nr_columns;
	struct sim_eras_cell *cells; /* a row of columns per scenario */
	struct sim_options options; /* of all cells; .bound_set: for all */
	unsigned jobs; /* processes at a time */
	bool compare; /* also compare traces */
	bool progress; /* a line on stderr */
};

/* Return 0; -ENOSPC: no room; -EEXIST: is there. */
int sim_eras_add_scenario(struct sim_eras *eras,
			  const struct sim_scenario *scenario);
int sim_eras_add_column(struct sim_eras *eras, const struct kernel_era *era,
			bool given);
/* For each era that has a column its overrides of which scenarios state
 * something. */
int sim_eras_add_overrides(struct sim_eras *eras);

/* Explore all cells.  Returns 0 or -ENOMEM; ends with sim_eras_release(). */
int sim_eras_explore(struct sim_eras *eras);
void sim_eras_release(struct sim_eras *eras);

/* Write one schedule for each verdict of each cell, named by the three. */
int sim_eras_store(struct sim_eras *eras, const char *folder, char *error);

struct sim_eras_cell *sim_eras_cell(const struct sim_eras *eras,
				    unsigned scenario, unsigned column);
enum sim_eras_judgement sim_eras_judge(const struct sim_eras_cell *cell);

/* The column whose first finding the others are compared with, or -1. */
int sim_eras_base(const struct sim_eras *eras, unsigned scenario);

/* What a scenario says about an era, however it spells it; or NULL. */
const struct sim_expect *sim_eras_expect(const struct sim_scenario *scenario,
					 const struct kernel_era *era);

/* "refused, deadlock"; "clean".  Returns @buf. */
const char *sim_eras_verdicts(unsigned set, const char *separator, char *buf,
			      size_t size);

/* ------------------------------------------------------------------- reports */

/* Several scenarios make a table, one makes a list with comparisons. */
void sim_report_eras_text(FILE *out, const struct sim_eras *eras, bool color);
void sim_report_eras_markdown(FILE *out, const struct sim_eras *eras);
/* Returns 0 or -ENOMEM. */
int sim_report_eras_json(FILE *out, const struct sim_eras *eras);

#endif
