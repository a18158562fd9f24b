/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tally.c - counts by a hash of task, operation, object and function, so that
 * a schedule of many thousand lines costs no more than reading its trace.
 */
#include "tally.h"

#include "memory.h"

#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

static uint64_t hash_text(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * FNV_PRIME;
	return (h ^ 0xff) * FNV_PRIME;
}

static uint64_t key_of(const char *task, enum sched_kind kind,
		       const char *object, const char *func)
{
	uint64_t h = (FNV_BASIS ^ (uint64_t)kind) * FNV_PRIME;

	h = hash_text(hash_text(hash_text(h, task), object), func);
	return h ? h : 1;
}

static uint64_t key_of_line(const struct sim_line *line)
{
	return key_of(line->task, line->point.kind, line->point.object,
		      line->point.func);
}

static uint64_t key_of_event(const struct sim_trace *trace,
			     const struct sim_event *e)
{
	char object[SIM_TEXT_MAX];

	return key_of(trace->names[e->task], (enum sched_kind)e->kind,
		      sim_event_object(e, object, sizeof(object)), e->func);
}

/* Its place, or the free one where it belongs. */
static struct sim_tally_count *find(struct sim_tally *tally, uint64_t key)
{
	size_t i = (size_t)(key % tally->max);

	while (tally->counts[i].key && tally->counts[i].key != key)
		i = (i + 1) % tally->max;
	return &tally->counts[i];
}

int sim_tally_init(struct sim_tally *tally, size_t points_max)
{
	tally->max = 2 * points_max + 1;
	tally->events = 0;
	/* Strategies run on any thread of the carriers. */
	tally->counts = sim_memory_alloc(tally->max * sizeof(*tally->counts));
	return tally->counts ? 0 : -ENOMEM;
}

void sim_tally_release(struct sim_tally *tally)
{
	sim_memory_free(tally->counts, tally->max * sizeof(*tally->counts));
	tally->counts = NULL;
}

void sim_tally_watch(struct sim_tally *tally, const struct sim_line *line)
{
	uint64_t key = key_of_line(line);

	find(tally, key)->key = key;
}

/* Count the next event, if it is a step that counts. */
static void look(struct sim_tally *tally, const struct sim_trace *trace,
		 bool all)
{
	const struct sim_event *e = &trace->events[tally->events++];
	struct sim_tally_count *count;
	uint64_t key;

	if (e->type != SIM_EVENT_STEP || !e->task)
		return;
	key = key_of_event(trace, e);
	count = find(tally, key);
	if (!count->key && !all)
		return;
	count->key = key;
	count->nr++;
}

unsigned sim_tally_passed(struct sim_tally *tally,
			  const struct sim_trace *trace,
			  const struct sim_line *line)
{
	while (tally->events < trace->nr_events)
		look(tally, trace, false);
	return find(tally, key_of_line(line))->nr;
}

unsigned sim_tally_nth(struct sim_tally *tally, const struct sim_trace *trace,
		       size_t at)
{
	while (tally->events <= at)
		look(tally, trace, true);
	return find(tally, key_of_event(trace, &trace->events[at]))->nr;
}
