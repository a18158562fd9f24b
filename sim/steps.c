/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps.c - writes down who made which step of a run and what it touched, and
 * makes given steps again.
 */
#include "steps.h"

#include "memory.h"

#include <string.h>

/* ---------------------------------------------------------------- recorder */

struct recorder {
	struct sim_strategy strategy;
	struct sim_strategy *inner;
	struct sim_steps *steps;
};

static struct recorder *recorder_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct recorder, strategy);
}

static bool out_of_memory(void)
{
	sim_engine_fail("out of memory for the steps of a run");
	return false;
}

/* The next one, of which no more than the footprint's memory is kept. */
static struct sim_step *add_step(struct sim_steps *s)
{
	void *p = sim_memory_grow(s->steps, &s->nr_max, s->nr_all + 1,
				  sizeof(*s->steps));
	struct sim_step *step;

	if (!p) {
		out_of_memory();
		return NULL;
	}
	s->steps = p;
	step = &s->steps[s->nr_all++];
	sim_footprint_clear(&step->footprint);
	return step;
}

static void describe(struct sim_step *step, const struct sim_choice *choice)
{
	const struct sched_op *op = choice->op;
	unsigned o;

	step->act = (struct sim_act){ (unsigned short)choice->task,
				      (unsigned short)choice->outcome };
	step->nr_tasks = sim_engine_tasks();
	step->outcomes = op->outcomes > 1 ? op->outcomes : 1;
	step->kind = op->kind;
	step->faults = choice->fault;
	step->may_fault = false;
	for (o = 1; o < step->outcomes; o++)
		step->may_fault |= sim_engine_fault_key(op->kind, o) != NULL;
	step->waits = op->ready || step->may_fault;
	step->change = 0;
}

/* The engine knows what the last step touched until the next one begins. */
static bool learn(struct sim_steps *s)
{
	return !s->nr ||
	       sim_footprint_copy(&s->steps[s->nr - 1].footprint,
				  sim_engine_footprint()) ||
	       out_of_memory();
}

static bool recorder_begin(struct sim_strategy *strategy)
{
	struct recorder *r = recorder_of(strategy);
	bool more = r->inner->begin(r->inner);

	strategy->exhausted = r->inner->exhausted;
	strategy->bounded = r->inner->bounded;
	strategy->bound = r->inner->bound;
	strategy->again = r->inner->again;
	r->steps->nr = r->steps->nr_all = 0;
	r->steps->nr_tasks = 0;
	return more;
}

static int recorder_pick(struct sim_strategy *strategy, unsigned step,
			 const struct sim_choice *choices, unsigned nr,
			 unsigned last)
{
	struct recorder *r = recorder_of(strategy);
	struct sim_step *made;
	int pick;

	if (!learn(r->steps))
		return SIM_PICK_ERROR;
	pick = r->inner->pick(r->inner, step, choices, nr, last);
	if (pick < 0)
		return pick;
	made = add_step(r->steps);
	if (!made)
		return SIM_PICK_ERROR;
	r->steps->nr = r->steps->nr_all;
	describe(made, &choices[pick]);
	return pick;
}

/* What @task is about to do, of which nobody knows what else it would touch. */
static bool add_pending(struct sim_steps *s, unsigned task)
{
	const struct sched_op *op = sim_engine_pending(task);
	const struct sim_choice choice = { .task = task, .op = op };
	const struct sim_touch touch = {
		.obj = op->obj,
		.size = 1,
		.write = op->kind != SCHED_READ,
		.operation = (unsigned char)(op->kind + 1),
	};
	struct sim_step *step = add_step(s);

	if (!step)
		return false;
	describe(step, &choice);
	step->change = op->count;
	return !op->obj || sim_footprint_add(&step->footprint, &touch) ||
	       out_of_memory();
}

static void recorder_end(struct sim_strategy *strategy)
{
	struct recorder *r = recorder_of(strategy);
	struct sim_steps *s = r->steps;
	bool ok = !sim_engine_error()[0] && learn(s);
	unsigned id, stopper = sim_engine_stopper();

	s->nr_tasks = sim_engine_tasks();
	for (id = 1; ok && id <= s->nr_tasks; id++)
		if (sim_engine_task_live(id) && id != stopper)
			ok = add_pending(s, id);
	if (r->inner->end)
		r->inner->end(r->inner);
}

static double recorder_share(struct sim_strategy *strategy)
{
	const struct recorder *r =
		container_of(strategy, struct recorder, strategy);

	return r->inner->share(r->inner);
}

static void recorder_destroy(struct sim_strategy *strategy)
{
	struct recorder *r = recorder_of(strategy);

	r->inner->destroy(r->inner);
	sim_memory_free(r, sizeof(*r));
}

struct sim_strategy *sim_recorder_make(struct sim_strategy *inner,
				       struct sim_steps *steps)
{
	struct recorder *r = inner ? sim_memory_alloc(sizeof(*r)) : NULL;

	if (!r) {
		if (inner)
			inner->destroy(inner);
		return NULL;
	}
	r->inner = inner;
	r->steps = steps;
	r->strategy = (struct sim_strategy){
		.name = inner->name,
		.begin = recorder_begin,
		.pick = recorder_pick,
		.end = recorder_end,
		.share = inner->share ? recorder_share : NULL,
		.destroy = recorder_destroy,
	};
	return &r->strategy;
}

void sim_steps_release(struct sim_steps *s)
{
	size_t i;

	/* Memory behind the last one in use was used by a longer run. */
	for (i = 0; i < s->nr_max; i++)
		sim_footprint_release(&s->steps[i].footprint);
	sim_memory_release(s->steps, s->nr_max, sizeof(*s->steps));
	memset(s, 0, sizeof(*s));
}

bool sim_steps_judge(const struct sim_steps *s, struct sim_counts *counts,
		     bool *ret_more)
{
	size_t i;
	bool ok = true;

	sim_counts_clear(counts);
	for (i = 0; ok && i < s->nr_all; i++) {
		const struct sim_step *step = &s->steps[i];

		if (i < s->nr)
			ok = sim_counts_add(counts, step->act.task,
					    &step->footprint);
		else if (step->change)
			ok = sim_counts_expect(counts, step->act.task,
					       step->footprint.touches[0].obj,
					       step->change);
	}
	return ok && sim_counts_judge(counts, ret_more);
}

/* ---------------------------------------------------------------- follower */

struct follower {
	struct sim_strategy strategy;
	const struct sim_act *acts;
	size_t nr;
	bool goes_on;
};

/* One run, made by whoever made the strategy. */
static bool follower_begin(struct sim_strategy *strategy)
{
	(void)strategy;
	return true;
}

/* The enabled choice of the task of the step before, else the first. */
static int pick_any(const struct sim_choice *choices, unsigned nr,
		    unsigned last)
{
	int first = SIM_PICK_PRUNE;
	unsigned i;

	for (i = nr; i-- > 0;) {
		if (!choices[i].enabled)
			continue;
		if (first < 0 || choices[first].task != last ||
		    choices[i].task == last)
			first = (int)i;
	}
	return first;
}

static int follower_pick(struct sim_strategy *strategy, unsigned step,
			 const struct sim_choice *choices, unsigned nr,
			 unsigned last)
{
	struct follower *f = container_of(strategy, struct follower, strategy);
	unsigned i;

	if (step >= f->nr)
		return f->goes_on ? pick_any(choices, nr, last) :
				    SIM_PICK_PRUNE;
	for (i = 0; i < nr; i++)
		if (choices[i].task == f->acts[step].task &&
		    choices[i].outcome == f->acts[step].outcome &&
		    choices[i].enabled)
			return (int)i;
	return SIM_PICK_PRUNE;
}

static void follower_destroy(struct sim_strategy *strategy)
{
	sim_memory_free(container_of(strategy, struct follower, strategy),
			sizeof(struct follower));
}

static struct sim_strategy *follower_make(const struct sim_act *acts, size_t nr,
					  bool goes_on)
{
	struct follower *f = sim_memory_alloc(sizeof(*f));

	if (!f)
		return NULL;
	f->acts = acts;
	f->nr = nr;
	f->goes_on = goes_on;
	f->strategy = (struct sim_strategy){
		.name = "replay",
		.begin = follower_begin,
		.pick = follower_pick,
		.destroy = follower_destroy,
	};
	return &f->strategy;
}

int sim_steps_run(const struct sim_run_config *config,
		  const struct sim_act *acts, size_t nr, bool goes_on,
		  struct sim_trace *trace, struct sim_run *ret_run,
		  struct sim_steps *ret_steps)
{
	struct sim_strategy *strategy =
		sim_recorder_make(follower_make(acts, nr, goes_on), ret_steps);
	int ret;

	if (!strategy)
		return -ENOMEM;
	strategy->begin(strategy);
	ret = sim_run_once(config, strategy, trace, ret_run);
	strategy->destroy(strategy);
	return ret;
}
