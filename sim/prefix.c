/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prefix.c - gives equal keys to orders of steps that differ only in steps
 * that commute, and keeps a set of such keys.
 *
 * Which steps happen before which is all that tells two orders apart, so each
 * step is hashed with its stamps, how many steps of each task happen before it,
 * and the key of a prefix is the sum over its steps.  Two changes of one count
 * are taken as dependent wherever they are: that only tells apart what need not
 * be.
 */
#include "prefix.h"

#include "memory.h"

#include <string.h>

#define SLOTS_FIRST 4096u

_Static_assert(SIM_STEPS_MAX < UINT16_MAX, "a stamp counts steps");

struct sim_prefix_step {
	unsigned short task, nr_tasks, outcome;
	unsigned short stamp; /* steps of the task up to this one */
	struct sim_touched *touched;
	uint64_t reads, writes; /* of these, nearer at hand */
	struct sim_key sum; /* of all steps up to this one */
};

/* ------------------------------------------------------------------- hashing */

static struct sim_key mix(struct sim_key key, uint64_t word)
{
	key.low = (key.low ^ word) * 0x9e3779b97f4a7c15ull;
	key.low ^= key.low >> 32;
	key.high = (key.high + word) * 0xc2b2ae3d27d4eb4full;
	key.high ^= key.high >> 29;
	return key;
}

/* Sums keep what is next to each other next to each other. */
static uint64_t scatter(uint64_t h)
{
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdull;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ull;
	return h ^ (h >> 33);
}

static struct sim_key key_of_move(unsigned task, unsigned outcome)
{
	const struct sim_key basis = { 0xcbf29ce484222325ull,
				       0x84222325cbf29ce4ull };

	return mix(basis, (uint64_t)task << 32 | outcome);
}

/* A task that was not there has no stamp, nor has one that matters not. */
static struct sim_key key_of_step(const struct sim_prefix_step *step,
				  const sim_stamp *clock)
{
	struct sim_key key = key_of_move(step->task, step->outcome);
	unsigned t;

	for (t = 1; t <= step->nr_tasks; t++)
		if (clock[t])
			key = mix(key, (uint64_t)t << 32 | clock[t]);
	return (struct sim_key){ scatter(key.low), scatter(key.high) };
}

struct sim_key sim_prefix_key(const struct sim_prefix *prefix, size_t nr)
{
	return nr ? prefix->steps[nr - 1].sum : (struct sim_key){ 0, 0 };
}

struct sim_key sim_key_behind(struct sim_key key, unsigned task,
			      unsigned outcome)
{
	struct sim_key k = key_of_move(task, outcome);

	k = mix(mix(k, key.low), key.high);
	k.low = scatter(k.low);
	k.low += !k.low;
	return k;
}

/* ------------------------------------------------------------ happens before */

static void join(const struct sim_prefix *prefix, sim_stamp *clock, size_t i)
{
	const sim_stamp *other = prefix->clocks[i];
	unsigned t;

	for (t = 1; t <= prefix->steps[i].nr_tasks; t++)
		if (other[t] > clock[t])
			clock[t] = other[t];
}

static bool dependent(const struct sim_footprint *a,
		      const struct sim_footprint *b)
{
	const struct sim_touch *x, *y;

	if (sim_footprints_meet(a, b))
		return true;
	if (!a->counts || !b->counts)
		return false;
	x = sim_footprint_count(a);
	y = sim_footprint_count(b);
	return x->obj == y->obj;
}

/* The step before of the same task.  The one that made the task stands in front
 * of it in every order, and so tells none apart. */
static void join_own(const struct sim_prefix *prefix, unsigned task,
		     sim_stamp *clock)
{
	size_t i;

	for (i = prefix->nr; i-- > 0;)
		if (prefix->steps[i].task == task) {
			join(prefix, clock, i);
			return;
		}
}

/* All others on which the next step depends. */
static void join_others(const struct sim_prefix *prefix, sim_stamp *clock)
{
	const struct sim_prefix_step *step = &prefix->steps[prefix->nr];
	size_t i;

	for (i = prefix->nr; i-- > 0;) {
		const struct sim_prefix_step *s = &prefix->steps[i];

		if (clock[s->task] >= s->stamp ||
		    !((s->writes & (step->reads | step->writes)) |
		      (s->reads & step->writes)))
			continue;
		if (dependent(&s->touched->footprint,
			      &step->touched->footprint))
			join(prefix, clock, i);
	}
}

static bool has_room_for_step(struct sim_prefix *prefix)
{
	void *p = sim_memory_grow(prefix->steps, &prefix->nr_max,
				  prefix->nr + 1, sizeof(*prefix->steps));

	if (!p)
		return false;
	prefix->steps = p;
	p = sim_memory_grow(prefix->clocks, &prefix->clocks_max, prefix->nr + 1,
			    sizeof(*prefix->clocks));
	if (!p)
		return false;
	prefix->clocks = p;
	return true;
}

bool sim_prefix_push(struct sim_prefix *prefix,
		     const struct sim_prefix_move *move,
		     const struct sim_footprint *footprint)
{
	struct sim_touched *touched =
		has_room_for_step(prefix) ?
			sim_touched_make(&prefix->pool, footprint) :
			NULL;
	struct sim_prefix_step *step = &prefix->steps[prefix->nr];
	sim_stamp *clock = prefix->clocks[prefix->nr];

	if (!touched)
		return false;
	*step = (struct sim_prefix_step){
		.task = (unsigned short)move->task,
		.nr_tasks = (unsigned short)move->nr_tasks,
		.outcome = (unsigned short)move->outcome,
		.touched = touched,
		.reads = footprint->reads,
		.writes = footprint->writes,
	};
	memset(clock, 0, (move->nr_tasks + 1) * sizeof(*clock));
	join_own(prefix, move->task, clock);
	step->stamp = ++clock[move->task];
	join_others(prefix, clock);
	step->sum = key_of_step(step, clock);
	if (prefix->nr) {
		step->sum.low += step[-1].sum.low;
		step->sum.high += step[-1].sum.high;
	}
	prefix->nr++;
	return true;
}

void sim_prefix_cut(struct sim_prefix *prefix, size_t nr)
{
	while (prefix->nr > nr)
		sim_touched_put(&prefix->pool,
				prefix->steps[--prefix->nr].touched);
}

void sim_prefix_release(struct sim_prefix *prefix)
{
	sim_touched_release(&prefix->pool);
	sim_memory_release(prefix->steps, prefix->nr_max,
			   sizeof(*prefix->steps));
	sim_memory_release(prefix->clocks, prefix->clocks_max,
			   sizeof(*prefix->clocks));
	memset(prefix, 0, sizeof(*prefix));
}

/* ----------------------------------------------------------------------- set */

static size_t slot_of(const struct sim_keys *keys, struct sim_key key)
{
	size_t i = key.low & (keys->nr_slots - 1);

	while (keys->slots[i].low && (keys->slots[i].low != key.low ||
				      keys->slots[i].high != key.high))
		i = (i + 1) & (keys->nr_slots - 1);
	return i;
}

bool sim_keys_have(const struct sim_keys *keys, struct sim_key key)
{
	return keys->nr_slots && keys->slots[slot_of(keys, key)].low;
}

static void move_keys(struct sim_keys *to, const struct sim_keys *from)
{
	size_t i;

	for (i = 0; i < from->nr_slots; i++)
		if (from->slots[i].low)
			to->slots[slot_of(to, from->slots[i])] = from->slots[i];
}

/* At most half of the slots are taken. */
static bool has_room(struct sim_keys *keys)
{
	struct sim_keys more = *keys;

	if (2 * keys->nr < keys->nr_slots)
		return true;
	more.nr_slots = keys->nr_slots ? 2 * keys->nr_slots : SLOTS_FIRST;
	if (more.nr_slots > keys->slots_most)
		return false;
	more.slots = sim_memory_alloc(more.nr_slots * sizeof(*more.slots));
	if (!more.slots)
		return false;
	move_keys(&more, keys);
	sim_keys_release(keys);
	*keys = more;
	return true;
}

void sim_keys_add(struct sim_keys *keys, struct sim_key key)
{
	size_t i;

	if (!has_room(keys))
		return;
	i = slot_of(keys, key);
	keys->nr += !keys->slots[i].low;
	keys->slots[i] = key;
}

void sim_keys_release(struct sim_keys *keys)
{
	sim_memory_free(keys->slots, keys->nr_slots * sizeof(*keys->slots));
	keys->slots = NULL;
	keys->nr = keys->nr_slots = 0;
}
