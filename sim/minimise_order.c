/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise_order.c - gathers the steps of each task, past others with which
 * they commute: the same run for all that matters, with fewer switches.
 *
 * What commutes is only guessed at (counts that stay above zero in the run at
 * hand may not do so in another one), since every order is run before it is
 * believed.
 */
#include "memory.h"
#include "minimise.h"

#include <errno.h>
#include <string.h>

/* Each is compared with each. */
#define MOVES_MAX 1000u

/* ----------------------------------------------------------------- reading */

int sim_order_read(struct sim_order *order, const struct sim_trace *t)
{
	size_t old_max = order->moves_max, i;
	void *p;

	if (t->steps > MOVES_MAX)
		return -E2BIG;
	p = sim_memory_grow(order->moves, &order->moves_max, t->steps + 1u,
			    sizeof(*order->moves));
	if (!p)
		return -ENOMEM;
	order->moves = p;
	if (order->moves_max != old_max)
		memset(&order->moves[old_max], 0,
		       (order->moves_max - old_max) * sizeof(*order->moves));
	order->nr = 0;
	order->tasks = (unsigned)t->nr_names;
	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type != SIM_EVENT_STEP || !e->task)
			continue;
		order->moves[order->nr].task = e->task;
		order->moves[order->nr].outcome = e->outcome;
		sim_footprint_clear(&order->moves[order->nr++].footprint);
	}
	return 0;
}

void sim_order_release(struct sim_order *order)
{
	size_t i;

	for (i = 0; i < order->moves_max; i++)
		sim_footprint_release(&order->moves[i].footprint);
	sim_memory_release(order->moves, order->moves_max,
			   sizeof(*order->moves));
	sim_memory_release(order->needs, order->needs_max,
			   sizeof(*order->needs));
	memset(order, 0, sizeof(*order));
}

/* --------------------------------------------------------------- relations */

static unsigned *need(const struct sim_order *order, size_t i, unsigned task)
{
	return &order->needs[i * order->tasks + task];
}

static bool ends_count(const struct sim_touch *t)
{
	return t->old + t->count <= 0;
}

static bool dependent(const struct sim_footprint *a,
		      const struct sim_footprint *b)
{
	const struct sim_touch *x = sim_footprint_count(a);
	const struct sim_touch *y = sim_footprint_count(b);

	if (sim_footprints_meet(a, b))
		return true;
	return x && y && x->obj == y->obj && (ends_count(x) || ends_count(y));
}

/* Behind the last step of each other task on which step @i depends. */
static void relate_step(const struct sim_order *order, size_t i)
{
	const struct sim_traced *move = &order->moves[i];
	unsigned behind[SIM_TASKS_MAX + 1] = { 0 }, task;
	size_t j = i;

	while (j-- > 0) {
		const struct sim_traced *m = &order->moves[j];

		behind[m->task]++;
		if (m->task != move->task && !*need(order, i, m->task) &&
		    dependent(&m->footprint, &move->footprint))
			*need(order, i, m->task) = behind[m->task];
	}
	/* Counted from @i backwards up to here. */
	for (task = 1; task < order->tasks; task++)
		if (*need(order, i, task))
			*need(order, i, task) =
				behind[task] - *need(order, i, task) + 1;
}

/* A task that is made by another one's step comes behind it. */
static void relate_start(const struct sim_order *order, unsigned made,
			 size_t behind)
{
	unsigned creator, nr = 0;
	size_t i;

	if (!behind)
		return;
	creator = order->moves[behind - 1].task;
	for (i = 0; i < behind; i++)
		nr += order->moves[i].task == creator;
	for (; i < order->nr; i++)
		if (order->moves[i].task == made &&
		    *need(order, i, creator) < nr)
			*need(order, i, creator) = nr;
}

int sim_order_relate(struct sim_order *order, const struct sim_trace *t)
{
	size_t nr = (order->nr + 1) * order->tasks, i, steps = 0;
	void *p = sim_memory_grow(order->needs, &order->needs_max, nr,
				  sizeof(*order->needs));

	if (!p)
		return -ENOMEM;
	order->needs = p;
	memset(order->needs, 0, nr * sizeof(*order->needs));
	for (i = 0; i < order->nr; i++)
		relate_step(order, i);
	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		steps += e->type == SIM_EVENT_STEP && e->task;
		if (e->type == SIM_EVENT_START)
			relate_start(order, e->task, steps);
	}
	return 0;
}

/* --------------------------------------------------------------- gathering */

struct gathering {
	const struct sim_order *order;
	unsigned done[SIM_TASKS_MAX + 1]; /* steps of each task */
	size_t next[SIM_TASKS_MAX + 1]; /* index of its next one */
};

static void advance(struct gathering *g, unsigned task)
{
	size_t *i = &g->next[task];

	while (*i < g->order->nr && g->order->moves[*i].task != task)
		++*i;
}

static bool may_go(const struct gathering *g, unsigned task)
{
	unsigned other;

	if (g->next[task] >= g->order->nr)
		return false;
	for (other = 1; other < g->order->tasks; other++)
		if (other != task &&
		    g->done[other] < *need(g->order, g->next[task], other))
			return false;
	return true;
}

static const struct sim_traced *make(struct gathering *g, unsigned task)
{
	const struct sim_traced *move = &g->order->moves[g->next[task]];

	g->done[task]++;
	g->next[task]++;
	advance(g, task);
	return move;
}

/* How far does @task get on its own? */
static unsigned reach(const struct gathering *from, unsigned task)
{
	struct gathering g = *from;
	unsigned nr = 0;

	for (; may_go(&g, task); nr++)
		make(&g, task);
	return nr;
}

/* Who gets farthest goes on, so that it need not be returned to; 0: nobody. */
static unsigned choose(const struct gathering *g)
{
	unsigned task, best = 0, most = 0;

	for (task = 1; task < g->order->tasks; task++) {
		unsigned nr = may_go(g, task) ? reach(g, task) : 0;

		if (nr > most) {
			most = nr;
			best = task;
		}
	}
	return best;
}

unsigned sim_order_gather(const struct sim_order *order, unsigned first,
			  struct sim_traced *ret_moves)
{
	struct gathering g = { .order = order };
	unsigned task, switches = 0;
	size_t i = 0;

	for (task = 1; task < order->tasks; task++)
		advance(&g, task);
	for (task = may_go(&g, first) ? first : choose(&g); task;
	     task = choose(&g)) {
		switches += i > 0;
		while (may_go(&g, task)) {
			const struct sim_traced *move = make(&g, task);

			ret_moves[i].task = move->task;
			ret_moves[i++].outcome = move->outcome;
		}
	}
	return switches;
}
