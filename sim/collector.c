/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collector.c - keeps of each run that a search makes the order of steps that
 * stands for its class, whichever of its orders the search came upon.
 */
#include "collector.h"

#include "dependence.h"
#include "memory.h"

#include <string.h>

struct sim_collector {
	struct sim_certificate list;
	struct sim_steps steps;
	struct sim_past past;
	struct sim_counts counts;
	struct sim_act *acts; /* scratch */
	uint64_t *made; /* scratch: a row of bits */
	size_t acts_max, made_max;
	size_t counted; /* of the list, by sim_memory_count() */
};

/* Its memory is the C library's, and grows with the search. */
static void count(struct sim_collector *c)
{
	size_t bytes = c->list.nr_max * sizeof(*c->list.classes) +
		       c->list.acts * sizeof(*c->acts);

	sim_memory_count((ptrdiff_t)(bytes - c->counted));
	c->counted = bytes;
}

struct sim_collector *sim_collector_make(const struct sim_run_config *config,
					 size_t bytes_max)
{
	struct sim_collector *c = sim_memory_alloc(sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->list.scenario, sizeof(c->list.scenario), "%s",
		 config->scenario->name);
	c->list.era = config->era;
	c->list.timeouts = config->timeouts;
	c->list.signals = config->signals;
	c->list.faults = config->faults;
	c->list.invariants = config->invariants;
	c->list.steps_max = config->steps_max;
	c->list.dependence = sim_dependence_hash();
	c->list.bytes_max = bytes_max;
	return c;
}

void sim_collector_free(struct sim_collector *c)
{
	if (!c)
		return;
	sim_certificate_release(&c->list);
	count(c);
	sim_steps_release(&c->steps);
	sim_past_release(&c->past);
	sim_counts_release(&c->counts);
	sim_memory_release(c->acts, c->acts_max, sizeof(*c->acts));
	sim_memory_release(c->made, c->made_max, sizeof(*c->made));
	sim_memory_free(c, sizeof(*c));
}

struct sim_strategy *sim_collector_watch(struct sim_collector *c,
					 struct sim_strategy *inner)
{
	return sim_recorder_make(inner, &c->steps);
}

void sim_collector_clear(struct sim_collector *c)
{
	sim_certificate_clear(&c->list);
	count(c);
}

/* ------------------------------------------------------------ the same order */

static bool is_made(const struct sim_collector *c, size_t i)
{
	return c->made[i / 64] >> i % 64 & 1;
}

/* Has everything been made that happens before step @i? */
static bool may_come(const struct sim_collector *c, size_t i)
{
	const uint64_t *past = &c->past.past[i * c->past.words];
	size_t w;

	for (w = 0; w < c->past.words; w++)
		if (past[w] & ~c->made[w])
			return false;
	return true;
}

/* The task of the step before while it can, then the first one: of all orders
 * of a class this one is written, with few switches. */
static size_t next_step(const struct sim_collector *c, unsigned last)
{
	const struct sim_step *steps = c->steps.steps;
	size_t i, best = c->steps.nr;

	for (i = 0; i < c->steps.nr; i++) {
		unsigned task = steps[i].act.task;

		if (is_made(c, i) || (best < c->steps.nr && task != last &&
				      task >= steps[best].act.task))
			continue;
		if (!may_come(c, i))
			continue;
		if (task == last)
			return i;
		best = i;
	}
	return best;
}

static bool make_room(struct sim_collector *c)
{
	void *acts = sim_memory_grow(c->acts, &c->acts_max, c->steps.nr + 1,
				     sizeof(*c->acts));
	void *made = sim_memory_grow(c->made, &c->made_max, c->past.words,
				     sizeof(*c->made));

	c->acts = acts ? acts : c->acts;
	c->made = made ? made : c->made;
	if (!acts || !made)
		return false;
	memset(made, 0, c->past.words * sizeof(*c->made));
	return true;
}

int sim_collector_add(struct sim_collector *c, const struct sim_run *run)
{
	struct sim_class class = { .verdicts = sim_run_verdicts(run) };
	unsigned last = 0;
	bool more;
	int ret;

	if (!sim_steps_judge(&c->steps, &c->counts, &more) ||
	    !sim_past_make(&c->past, &c->steps, &c->counts) || !make_room(c))
		return -ENOMEM;
	while (class.nr < c->steps.nr) {
		size_t i = next_step(c, last);

		c->made[i / 64] |= 1ull << i % 64;
		c->acts[class.nr++] = c->steps.steps[i].act;
		last = c->steps.steps[i].act.task;
	}
	class.acts = c->acts;
	ret = sim_certificate_add(&c->list, &class);
	count(c);
	return ret;
}

int sim_collector_add_class(struct sim_collector *c,
			    const struct sim_class *class)
{
	return sim_certificate_add(&c->list, class);
}

const struct sim_certificate *sim_collector_list(const struct sim_collector *c)
{
	return &c->list;
}

bool sim_collector_know(struct sim_collector *c, const void *obj)
{
	return sim_counts_know(&c->counts, obj);
}

int sim_collector_write(struct sim_collector *c, const char *path,
			uint64_t *ret_classes, char *error)
{
	sim_certificate_sort(&c->list);
	*ret_classes = c->list.nr;
	return sim_certificate_write(&c->list, path, error);
}
