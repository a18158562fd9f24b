/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_again.c - runs made again, to see that the same choices lead to the
 * same: what a search says of runs that it cannot repeat is worth nothing.
 */
#include "explorer.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define EACH 1000u

/* ------------------------------------------------------------------ the redo */

/* Makes the steps of a trace. */
struct redo {
	struct sim_strategy strategy;
	const struct sim_trace *trace;
	size_t at; /* event */
};

static struct redo *redo_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct redo, strategy);
}

/* Set-up is made as it is. */
static const struct sim_event *next_step(struct redo *r)
{
	while (r->at < r->trace->nr_events) {
		const struct sim_event *e = &r->trace->events[r->at++];

		if (e->type == SIM_EVENT_STEP && e->task)
			return e;
	}
	return NULL;
}

static int redo_pick(struct sim_strategy *strategy, unsigned step,
		     const struct sim_choice *choices, unsigned nr,
		     unsigned last)
{
	const struct sim_event *e = next_step(redo_of(strategy));
	unsigned i;

	(void)last;
	for (i = 0; e && i < nr; i++)
		if (choices[i].task == e->task &&
		    choices[i].outcome == e->outcome && choices[i].enabled)
			return (int)i;
	return sim_choices_differ(choices, step);
}

/* Make the run of @trace again; into x->second and x->again.run.  Any task may
 * come to decide, on its own thread: detectors are not to look at that. */
static int redo(struct explorer *x, const struct sim_trace *trace)
{
	struct redo *r = sim_memory_alloc(sizeof(*r));
	int ret;

	if (!r)
		return sim_explorer_fail(x, -ENOMEM, "out of memory");
	*r = (struct redo){ .strategy = { .name = "redo", .pick = redo_pick },
			    .trace = trace };
	ret = sim_run_once(&x->config, &r->strategy, &x->second, &x->again.run);
	sim_memory_free(r, sizeof(*r));
	return ret ? sim_explorer_fail(x, -ENOMEM,
				       "the machine could not be booted") :
		     0;
}

/* -------------------------------------------------------------- the verdict */

static int fail(struct explorer *x, const char *which, const char *where)
{
	char why[SIM_TEXT_MAX];

	snprintf(why, sizeof(why), "uncontrolled nondeterminism: %s%.210s",
		 which, where);
	return sim_explorer_fail(x, -ENOTRECOVERABLE, why);
}

/* The steps may be the same, and what they did to memory that nobody announces
 * may not. */
static int compare(struct explorer *x, const char *which,
		   const struct sim_trace *trace, uint64_t state)
{
	const struct sim_run *run = &x->again.run;
	char where[SIM_TEXT_MAX];

	if (sim_trace_part(trace, &x->second, where))
		return fail(x, which, where);
	if (run->status == SIM_RUN_ERROR)
		return fail(x, which, run->error);
	if (run->final_state == state)
		return 0;
	snprintf(where, sizeof(where),
		 "behind step %u, the last: all steps were the same, but the "
		 "state in which they ended is not: expected %016llx, found "
		 "%016llx",
		 trace->steps, (unsigned long long)state,
		 (unsigned long long)run->final_state);
	return fail(x, which, where);
}

static int make_first_again(struct explorer *x)
{
	int ret = x->again.first ? redo(x, x->again.first) : 0;

	return ret || !x->again.first ?
		       ret :
		       compare(x, "the first run, made again, ", x->again.first,
			       x->again.first_state);
}

int sim_explorer_make_again(struct explorer *x)
{
	int ret = redo(x, &x->trace);

	return ret ? ret :
		     compare(x, "made again, ", &x->trace, x->run.final_state);
}

/* From its own schedule, as a finding's is: that, too, must hold. */
static int begin(struct explorer *x)
{
	const struct sim_carrier *const carriers[] = { x->config.carrier,
						       NULL };
	struct sim_run *run = &x->again.run;
	char *text = sim_explorer_schedule(x, NULL);
	uint64_t state;
	int ret;

	x->again.first = sim_trace_copy(&x->trace);
	x->again.first_state = x->run.final_state;
	if (!text || !x->again.first) {
		free(text);
		return sim_explorer_fail(x, -ENOMEM, "out of memory");
	}
	*run = x->run;
	ret = sim_explorer_confirm(x, text, &x->trace, carriers);
	state = x->run.final_state;
	x->run = *run;
	run->final_state = state;
	free(text);
	return ret ? ret :
		     compare(x, "the first run, made again, ", &x->trace,
			     x->run.final_state);
}

/* ------------------------------------------------------------------ the search */

void sim_explorer_before_run(struct explorer *x)
{
	/* A run that goes on from a checkpoint has the trace of the last one. */
	if (!x->again.chance && !x->config.checkpoints)
		sim_trace_swap(&x->trace, &x->again.previous);
}

/* A run that begins as the one before came upon something else. */
static int explain(struct explorer *x)
{
	char where[SIM_TEXT_MAX];

	if (!strstr(x->run.error, SIM_CHOICES_DIFFER))
		return sim_explorer_fail(x, -ENOTRECOVERABLE, x->run.error);
	if (!x->again.previous.nr_events ||
	    !sim_trace_part(&x->again.previous, &x->trace, where))
		snprintf(where, sizeof(where), "%s", x->run.error);
	return fail(x, "", where);
}

int sim_explorer_after_run(struct explorer *x)
{
	struct sim_again *a = &x->again;
	int ret;

	if (x->run.status == SIM_RUN_ERROR)
		return explain(x);
	/* Where a process begins in the middle, its first one may be pruned. */
	if (!a->made && x->run.status == SIM_RUN_PRUNED)
		return 0;
	a->made++;
	if (a->made == 1)
		return begin(x);
	a->due |= !(a->made & (a->made - 1)) || !(a->made % EACH);
	/* It has no end that could be compared. */
	if (!a->due || x->run.status == SIM_RUN_PRUNED)
		return 0;
	a->due = false;
	ret = sim_explorer_make_again(x);
	return ret ? ret : make_first_again(x);
}

int sim_explorer_after_all(struct explorer *x)
{
	return x->again.made > 1 && !x->stop ? make_first_again(x) : 0;
}

void sim_explorer_again_release(struct explorer *x)
{
	sim_trace_release(&x->again.previous);
	sim_trace_free(x->again.first);
}
