/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counts.c - which counts of a search can get to zero.
 *
 * Two changes of a count commute while it stays above zero, and whether it does
 * depends on who else has changed it by then.  A search that moves steps about
 * wants an answer that is true for all orders of a run's steps: the value at
 * the start, and each task's deepest drop from what it began with.  That three
 * references can be dropped between a get and its neighbours shows in no pair of
 * steps, so gets and puts of a count that can get to zero are not told apart.
 */
#include "counts.h"

#include "memory.h"

#include <string.h>

struct sim_count {
	const void *obj;
	int value, lowest;
	bool other; /* somebody else writes there, too */
};

/* What one task has changed of one count. */
struct sim_share {
	size_t count;
	unsigned task;
	int sum, drop;
};

void sim_counts_clear(struct sim_counts *c)
{
	c->nr = c->nr_shares = 0;
}

bool sim_counts_depend(const struct sim_counts *c,
		       const struct sim_footprint *earlier,
		       const struct sim_footprint *later)
{
	const struct sim_touch *a = sim_footprint_count(earlier);
	const struct sim_touch *b = sim_footprint_count(later);

	return sim_footprints_meet(earlier, later) ||
	       (a && b && a->obj == b->obj && sim_counts_ordered(c, a, b));
}

void sim_counts_release(struct sim_counts *c)
{
	sim_memory_release(c->counts, c->nr_max, sizeof(*c->counts));
	sim_memory_release(c->shares, c->shares_max, sizeof(*c->shares));
	sim_memory_release(c->low, c->low_max, sizeof(*c->low));
	memset(c, 0, sizeof(*c));
}

/* Its index, or how many there are: unknown. */
static size_t find_count(const struct sim_counts *c, const void *obj)
{
	size_t i;

	for (i = 0; i < c->nr; i++)
		if (c->counts[i].obj == obj)
			break;
	return i;
}

static struct sim_share *get_share(struct sim_counts *c, size_t count,
				   unsigned task)
{
	void *p;
	size_t i;

	for (i = 0; i < c->nr_shares; i++)
		if (c->shares[i].count == count && c->shares[i].task == task)
			return &c->shares[i];
	p = sim_memory_grow(c->shares, &c->shares_max, i + 1,
			    sizeof(*c->shares));
	if (!p)
		return NULL;
	c->shares = p;
	c->shares[i] = (struct sim_share){ count, task, 0, 0 };
	c->nr_shares++;
	return &c->shares[i];
}

/* Of @obj, which is new if it is unknown; how many there are: no memory. */
static size_t get_count(struct sim_counts *c, const void *obj, int value)
{
	size_t i = find_count(c, obj);
	void *p;

	if (i < c->nr)
		return i;
	p = sim_memory_grow(c->counts, &c->nr_max, i + 1, sizeof(*c->counts));
	if (!p)
		return i;
	c->counts = p;
	c->counts[c->nr++] = (struct sim_count){ obj, value, value, false };
	return i;
}

static bool change(struct sim_counts *c, size_t i, unsigned task, int by)
{
	struct sim_share *share = get_share(c, i, task);

	if (!share)
		return false;
	c->counts[i].value += by;
	share->sum += by;
	if (share->sum < share->drop) {
		c->counts[i].lowest -= share->drop - share->sum;
		share->drop = share->sum;
	}
	return true;
}

static bool add_touch(struct sim_counts *c, unsigned task,
		      const struct sim_touch *touch)
{
	size_t i = get_count(c, touch->obj, touch->old);

	if (i == c->nr)
		return false;
	c->counts[i].other |= touch->old != c->counts[i].value;
	c->counts[i].value = touch->old;
	return change(c, i, task, touch->count);
}

/* One that nobody changed yet has no value that we know. */
bool sim_counts_expect(struct sim_counts *c, unsigned task, const void *obj,
		       int by)
{
	size_t i = get_count(c, obj, 0);

	return i < c->nr && change(c, i, task, by);
}

bool sim_counts_add(struct sim_counts *c, unsigned task,
		    const struct sim_footprint *f)
{
	size_t i;

	for (i = 0; f->counts && i < f->nr; i++)
		if (f->touches[i].count && !add_touch(c, task, &f->touches[i]))
			return false;
	return true;
}

bool sim_counts_is_low(const struct sim_counts *c, const void *obj)
{
	size_t i;

	for (i = 0; i < c->nr_low; i++)
		if (c->low[i] == obj)
			return true;
	return false;
}

bool sim_counts_know(struct sim_counts *c, const void *obj)
{
	void *p;

	if (sim_counts_is_low(c, obj))
		return true;
	p = sim_memory_grow(c->low, &c->low_max, c->nr_low + 1,
			    sizeof(*c->low));
	if (!p)
		return false;
	c->low = p;
	c->low[c->nr_low++] = obj;
	return true;
}

bool sim_counts_judge(struct sim_counts *c, bool *more)
{
	size_t i;

	for (i = 0; i < c->nr; i++) {
		const struct sim_count *count = &c->counts[i];

		if ((!count->other && count->lowest >= 1) ||
		    sim_counts_is_low(c, count->obj))
			continue;
		if (!sim_counts_know(c, count->obj))
			return false;
		*more = true;
	}
	return true;
}

bool sim_counts_commute(const struct sim_counts *c, const struct sim_touch *a,
			const struct sim_touch *b, int value)
{
	int lowest = value;

	if ((a->count < 0) != (b->count < 0) && sim_counts_is_low(c, a->obj))
		return false;
	lowest += a->count < 0 ? a->count : 0;
	lowest += b->count < 0 ? b->count : 0;
	return lowest >= 1;
}

/* Two puts of which neither was the last, two gets of which none came late. */
bool sim_counts_ordered(const struct sim_counts *c,
			const struct sim_touch *earlier,
			const struct sim_touch *later)
{
	if (!sim_counts_is_low(c, earlier->obj))
		return false;
	if ((earlier->count < 0) != (later->count < 0))
		return true;
	return earlier->old + (earlier->count < 0 ? earlier->count : 0) < 1 ||
	       later->old + (later->count < 0 ? later->count : 0) < 1;
}
