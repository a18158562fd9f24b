/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps_past.c - what happens before what in one run, for who writes classes
 * down.  Who checks them, verify.c, finds it out by itself.
 */
#include "memory.h"
#include "steps.h"

#include <string.h>

/* Room for @nr zeroed items of @size bytes, or NULL. */
static void *make_room(void *items, size_t *nr_max, size_t nr, size_t size)
{
	void *p = sim_memory_grow(items, nr_max, nr, size);

	if (p)
		memset(p, 0, nr * size);
	return p;
}

static void add(struct sim_past *p, size_t to, size_t step)
{
	uint64_t *row = &p->past[to * p->words];
	size_t w;

	for (w = 0; w < p->words; w++)
		row[w] |= p->past[step * p->words + w];
	row[step / 64] |= 1ull << step % 64;
	if (p->level[to] < p->level[step] + 1)
		p->level[to] = p->level[step] + 1;
}

/* The step behind which that of @at comes whatever others do: the one before
 * of its task, or the one that made the task.  @at: none. */
static size_t previous(const struct sim_steps *s, size_t at)
{
	unsigned task = s->steps[at].act.task;
	size_t i = at < s->nr ? at : s->nr;

	while (i-- > 0)
		if (s->steps[i].act.task == task || s->steps[i].nr_tasks < task)
			return i;
	return at;
}

static void make_row(struct sim_past *p, const struct sim_steps *s,
		     const struct sim_counts *counts, size_t at)
{
	const struct sim_step *step = &s->steps[at];
	size_t i = at < s->nr ? at : s->nr, own = previous(s, at);
	uint64_t *races = &p->races[at * p->words];

	p->level[at] = 1;
	if (own != at)
		add(p, at, own);
	while (i-- > 0) {
		bool known = sim_happens_before(p, i, at), depends;

		if (i == own || (known && !step->waits) ||
		    (own != at && sim_happens_before(p, i, own)))
			continue;
		depends = sim_counts_depend(counts, &s->steps[i].footprint,
					    &step->footprint);
		if (!depends && !(step->may_fault && s->steps[i].faults))
			continue;
		races[i / 64] |= 1ull << i % 64;
		if (depends && !known)
			add(p, at, i);
	}
	for (i = at + 1; step->may_fault && i < s->nr; i++)
		if (s->steps[i].faults)
			races[i / 64] |= 1ull << i % 64;
}

bool sim_past_make(struct sim_past *p, const struct sim_steps *s,
		   const struct sim_counts *counts)
{
	void *past, *races, *level;
	size_t bits, i;

	p->words = s->nr / 64 + 1;
	bits = s->nr_all * p->words;
	past = make_room(p->past, &p->past_max, bits, sizeof(*p->past));
	p->past = past ? past : p->past;
	races = make_room(p->races, &p->races_max, bits, sizeof(*p->races));
	p->races = races ? races : p->races;
	level = make_room(p->level, &p->level_max, s->nr_all,
			  sizeof(*p->level));
	p->level = level ? level : p->level;
	if (!past || !races || !level)
		return false;
	for (i = 0; i < s->nr_all; i++)
		make_row(p, s, counts, i);
	return true;
}

void sim_past_release(struct sim_past *p)
{
	sim_memory_release(p->past, p->past_max, sizeof(*p->past));
	sim_memory_release(p->races, p->races_max, sizeof(*p->races));
	sim_memory_release(p->level, p->level_max, sizeof(*p->level));
	memset(p, 0, sizeof(*p));
}
