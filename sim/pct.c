/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pct.c - probabilistic concurrency testing: random priorities and a few places
 * at which the running task loses its own.
 *
 * Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.  With n tasks and k
 * steps, a run hits a bug that needs d ordered events with a chance of 1 in
 * n * k^(d - 1) at least.  That holds if k is an upper bound: it is learned from
 * the runs, so the promise holds for those behind the one in which it grew last.
 */
#include "chance.h"
#include "memory.h"

#include <string.h>

/* So many contested steps in a row: a task that waits for another without
 * blocking would keep it from running for ever. */
#define STREAK_MAX 200u

/* Below this, a level; at it, the task's rank counts. */
#define LEVEL_RANKED 1000000

struct pct {
	struct sim_strategy strategy;
	struct sim_chance chance;
	uint64_t run, runs_left;
	unsigned depth;
	unsigned nr_ranks;
	unsigned ranks[SIM_TASKS_MAX]; /* tasks, the first one goes first */
	int level[SIM_TASKS_MAX]; /* of tasks */
	int lowest; /* level that was given to one that did not stop */
	unsigned changes[SIM_DEPTH_MAX];
	unsigned contested; /* steps in this run with two that could go on */
	unsigned last, streak; /* contested steps of the same task */
	bool spun; /* the limit of a streak was met in this run */
};

static struct pct *pct_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct pct, strategy);
}

/* -------------------------------------------------------------------- odds */

/* ln(1 / (1 - p)), for p up to 1/2, by its series: no libm, and no last digit
 * that differs from one to the other. */
static double log_of_miss(double p)
{
	double sum = 0, power = p;
	int i;

	for (i = 1; i < 64; i++) {
		sum += power / i;
		power *= p;
	}
	return sum;
}

uint64_t sim_pct_runs(unsigned tasks, unsigned steps, unsigned depth)
{
	static const double log_of_100 = 4.605170185988092;
	double ways = tasks ? tasks : 1, runs;
	unsigned i;

	for (i = 1; i < depth; i++)
		ways *= steps ? steps : 1;
	if (ways < 2)
		return 1;
	runs = log_of_100 / log_of_miss(1 / ways);
	if (runs >= 1e18)
		return UINT64_MAX;
	return (uint64_t)runs + ((double)(uint64_t)runs < runs);
}

/* The run is over: what does it teach? */
static void learn(struct pct *p)
{
	struct sim_odds *odds = &p->strategy.odds;

	if (p->nr_ranks > odds->tasks || p->contested > odds->steps)
		odds->since = p->run;
	if (p->nr_ranks > odds->tasks)
		odds->tasks = p->nr_ranks;
	if (p->contested > odds->steps)
		odds->steps = p->contested;
	odds->spun += p->spun;
}

/* --------------------------------------------------------------- priorities */

static bool is_ranked(const struct pct *p, unsigned task)
{
	unsigned i;

	for (i = 0; i < p->nr_ranks; i++)
		if (p->ranks[i] == task)
			return true;
	return false;
}

/* Any order of all tasks is as likely, however late some of them come. */
static void rank(struct pct *p, unsigned task)
{
	unsigned at = sim_chance_below(&p->chance, p->nr_ranks + 1);

	memmove(&p->ranks[at + 1], &p->ranks[at],
		(p->nr_ranks - at) * sizeof(p->ranks[0]));
	p->ranks[at] = task;
	p->nr_ranks++;
	p->level[task] = LEVEL_RANKED;
}

/* The task that goes first of those that can go on and are not in @passed; 0:
 * none. */
static unsigned first(const struct pct *p, const struct sim_choice *choices,
		      unsigned nr, const struct sim_passed *passed)
{
	unsigned i, best = 0;

	for (i = 0; i < p->nr_ranks; i++) {
		unsigned task = p->ranks[i];

		if (sim_is_passed(passed, task) ||
		    !sim_chance_enabled(choices, nr, task))
			continue;
		if (!best || p->level[task] > p->level[best])
			best = task;
	}
	return best;
}

/* How many tasks can go on without a limited fault? */
static unsigned count_ready(const struct sim_choice *choices, unsigned nr)
{
	unsigned i, ready = 0, last = 0;

	/* Choices of one task stand together. */
	for (i = 0; i < nr; i++)
		if (choices[i].enabled && !choices[i].fault &&
		    choices[i].task != last) {
			last = choices[i].task;
			ready++;
		}
	return ready;
}

/* The places at which this run changes priorities. */
static void change(struct pct *p, const struct sim_choice *choices, unsigned nr)
{
	static const struct sim_passed none;
	unsigned i;

	for (i = 0; i + 1 < p->depth; i++)
		if (p->changes[i] == p->contested)
			p->level[first(p, choices, nr, &none)] = (int)(i + 1);
}

/* Who made all the last steps, although others could have, comes last now. */
static void stop_streak(struct pct *p, unsigned task)
{
	p->streak = task == p->last ? p->streak + 1 : 1;
	p->last = task;
	if (p->streak < STREAK_MAX)
		return;
	p->level[task] = --p->lowest;
	p->streak = 0;
	p->spun = true;
}

/* --------------------------------------------------------------- strategy */

static bool pct_begin(struct sim_strategy *strategy)
{
	struct pct *p = pct_of(strategy);
	unsigned i;

	if (!p->runs_left)
		return false;
	p->runs_left--;
	p->run++;
	sim_chance_begin(&p->chance);
	p->nr_ranks = 0;
	p->lowest = 0;
	p->contested = p->last = p->streak = 0;
	p->spun = false;
	/* The first run only counts. */
	for (i = 0; i + 1 < p->depth; i++)
		p->changes[i] =
			strategy->odds.steps ?
				1 + sim_chance_below(&p->chance,
						     strategy->odds.steps) :
				0;
	return true;
}

static int pct_pick(struct sim_strategy *strategy, unsigned step,
		    const struct sim_choice *choices, unsigned nr,
		    unsigned last)
{
	struct pct *p = pct_of(strategy);
	struct sim_passed passed = { { 0 } };
	unsigned i, task;
	bool contested = count_ready(choices, nr) > 1;

	(void)step;
	(void)last;
	for (i = 0; i < nr; i++)
		if (!is_ranked(p, choices[i].task))
			rank(p, choices[i].task);
	if (contested) {
		p->contested++;
		change(p, choices, nr);
	}
	while ((task = first(p, choices, nr, &passed))) {
		int pick = sim_chance_outcome(&p->chance, choices, nr, task);

		if (pick >= 0 && contested)
			stop_streak(p, task);
		if (pick >= 0)
			return pick;
		sim_pass(&passed, task);
	}
	return sim_chance_any(&p->chance, choices, nr);
}

static void pct_end(struct sim_strategy *strategy)
{
	learn(pct_of(strategy));
}

static void pct_destroy(struct sim_strategy *strategy)
{
	struct pct *p = pct_of(strategy);

	sim_memory_free(p, sizeof(*p));
}

struct sim_strategy *sim_pct_make(uint64_t seed, uint64_t runs, unsigned depth)
{
	struct pct *p = sim_memory_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->strategy = (struct sim_strategy){
		.name = "pct",
		.begin = pct_begin,
		.pick = pct_pick,
		.end = pct_end,
		.destroy = pct_destroy,
	};
	sim_chance_init(&p->chance, seed);
	p->runs_left = runs;
	p->depth = depth < SIM_DEPTH_MAX ? depth : SIM_DEPTH_MAX;
	return &p->strategy;
}
