/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph_again.c - the runs that lead to the ends of a search by states, from
 * boot to halt and written down, as everybody else makes them.
 */
#include "graph_internal.h"

/* Ways round that are told. */
#define ROUNDS_MAX 4u

void sim_graph_give_up_run(void)
{
	if (!kernel_era())
		return;
	sim_engine_end();
	kernel_halt(NULL, NULL);
}

/* Makes the moves of a path again, and no other; or, for ever, those behind the
 * state to which it came back. */
struct again {
	struct sim_strategy strategy;
	const struct graph_search *search;
	size_t back; /* so many moves led there; SIZE_MAX: to none */
};

static size_t place_of(const struct again *a, size_t step)
{
	size_t nr = a->search->nr_path;

	if (step < nr || a->back >= nr)
		return step;
	return a->back + (step - a->back) % (nr - a->back);
}

static int pick_again(struct sim_strategy *strategy, unsigned step,
		      const struct sim_choice *choices, unsigned nr,
		      unsigned last)
{
	const struct again *a = container_of(strategy, struct again, strategy);
	const struct graph_search *s = a->search;
	size_t place = place_of(a, step);
	unsigned i;

	(void)last;
	for (i = 0; place < s->nr_path && i < nr; i++)
		if (choices[i].enabled &&
		    choices[i].task == s->path[place].task &&
		    choices[i].outcome == s->path[place].outcome)
			return (int)i;
	return sim_choices_differ(choices, step);
}

/* From boot to halt, and written down. */
static int run_again(struct graph_search *s, size_t back)
{
	struct again again = { .strategy = { .name = "graph",
					     .pick = pick_again },
			       .search = s,
			       .back = back };
	struct sim_graph *g = s->g;
	int ret;

	sim_graph_give_up_run();
	sim_states_lose(&s->states);
	s->here = 0;
	ret = sim_run_once(g->config, &again.strategy, g->trace, g->run);
	if (ret)
		return sim_graph_fail(s, ret,
				      "the machine could not be booted");
	if (g->run->status == SIM_RUN_ERROR)
		return sim_graph_fail(s, -ENOTRECOVERABLE, g->run->error);
	return 0;
}

/* Somebody else looks at it, and may make runs of his own. */
static int hand_over(struct graph_search *s)
{
	int ret = s->g->ended(s->g->arg);

	s->stop |= ret == 1;
	sim_engine_again(&s->running.engine);
	return ret < 0 ? ret : 0;
}

/* How a run ends, for whom it ends in two ways. */
static const char *ending(enum sim_status status)
{
	static const char *const names[] = {
		[SIM_RUN_DONE] = "with all tasks",
		[SIM_RUN_IDLE] = "with tasks that wait",
		[SIM_RUN_HALTED] = "by a finding",
	};

	return status <= SIM_RUN_HALTED ? names[status] : "otherwise";
}

static int part(struct graph_search *s, enum sim_status status)
{
	snprintf(s->g->error, sizeof(s->g->error),
		 "uncontrolled nondeterminism: a run that went back and forth "
		 "ended %s after %zu steps; made again, it ended %s after %u",
		 ending(status), s->nr_path, ending(s->g->run->status),
		 s->g->trace->steps);
	return -ENOTRECOVERABLE;
}

int sim_graph_make_again(struct graph_search *s, enum sim_status status)
{
	struct sim_graph *g = s->g;
	int ret = run_again(s, SIZE_MAX);

	if (ret)
		return ret;
	/* Behind all tasks check and teardown may find something yet. */
	if ((g->run->status != status && status != SIM_RUN_DONE) ||
	    g->trace->steps != s->nr_path)
		return part(s, status);
	return hand_over(s);
}

int sim_graph_go_round(struct graph_search *s, uint32_t state, size_t depth)
{
	int ret;

	if (s->g->cycles++ >= ROUNDS_MAX)
		return 0;
	while (depth > 0 && s->frames[depth - 1].state != state)
		depth--;
	ret = run_again(s, s->frames[depth - 1].path);
	return ret ? ret : hand_over(s);
}
