/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding.c - when are two findings the same, and is a long run a livelock?
 *
 * The same refusal can come from different races.  They differ in whose writes
 * the refused call saw: the head race reads the device list after the device
 * left it, the tail race also the tracking list after the entry left that.
 */
#include "run.h"

#include <string.h>

#define FNV_BASIS 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull
/* A cycle of a livelock: at most so many steps, seen so many times. */
#define PERIOD_MAX 400u
#define REPEATS_MIN 3u

static uint64_t hash_text(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * FNV_PRIME;
	return (h ^ 0xff) * FNV_PRIME;
}

/* The last call of the task before the finding, or the one that it is in. */
static size_t call_start(const struct sim_trace *t,
			 const struct sim_raw_finding *f)
{
	size_t i = f->event;
	int depth = 0;

	while (i-- > 0) {
		const struct sim_event *e = &t->events[i];

		if (e->task != f->task)
			continue;
		if (e->type == SIM_EVENT_LEAVE)
			depth++;
		if (e->type == SIM_EVENT_ENTER && --depth <= 0)
			return i;
	}
	return 0;
}

static bool is_read(const struct sim_event *e)
{
	return (e->type == SIM_EVENT_STEP && e->kind == SCHED_READ) ||
	       (e->type == SIM_EVENT_ACCESS && !e->write);
}

static bool writes(const struct sim_event *e, const void *obj)
{
	return e->obj == obj &&
	       ((e->type == SIM_EVENT_STEP && e->kind == SCHED_WRITE) ||
		(e->type == SIM_EVENT_ACCESS && e->write));
}

/*
 * Whose write to @obj did the read at @at see?  "" when nobody else writes to
 * it in this run, "later" when others do so only afterwards.
 */
static const char *source_of(const struct sim_trace *t, size_t at)
{
	const struct sim_event *read = &t->events[at];
	const char *source = "";
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (!writes(e, read->obj) || e->task == 0)
			continue;
		if (e->task == read->task)
			source = i < at ? "" : source;
		else if (i < at)
			source = e->func;
		else if (!*source)
			source = "later";
	}
	return source;
}

/* A set, so that reading the same thing twice changes nothing. */
struct seen {
	uint64_t keys[64];
	unsigned nr;
};

static uint64_t add_once(struct seen *seen, uint64_t key)
{
	unsigned i;

	for (i = 0; i < seen->nr; i++)
		if (seen->keys[i] == key)
			return 0;
	if (seen->nr < sizeof(seen->keys) / sizeof(seen->keys[0]))
		seen->keys[seen->nr++] = key;
	return key;
}

/*
 * The reads of one step, which nobody writes between.  A walk in circles makes
 * a hundred thousand of them.
 */
struct step_reads {
	unsigned step, nr;
	const struct sim_event *read[64];
};

static bool read_before(struct step_reads *reads, const struct sim_event *e)
{
	unsigned i;

	if (reads->step != e->step)
		reads->nr = 0;
	reads->step = e->step;
	for (i = 0; i < reads->nr; i++)
		if (reads->read[i]->obj == e->obj &&
		    !strcmp(reads->read[i]->func, e->func))
			return true;
	if (reads->nr < sizeof(reads->read) / sizeof(reads->read[0]))
		reads->read[reads->nr++] = e;
	return false;
}

uint64_t sim_finding_identity(const struct sim_trace *t,
			      const struct sim_raw_finding *f)
{
	uint64_t h = FNV_BASIS, reads = 0;
	struct step_reads step = { .nr = 0 };
	struct seen seen = { .nr = 0 };
	size_t i;

	h = (h ^ (uint64_t)f->verdict) * FNV_PRIME;
	/* One kind for each, wherever and in whatever object it is broken. */
	if (f->invariant)
		return hash_text(h, f->invariant);
	h = hash_text(h, f->func);
	h = hash_text(h, f->text);
	if (!f->task)
		return h;
	for (i = call_start(t, f); i < f->event; i++) {
		const struct sim_event *e = &t->events[i];
		const char *source;
		uint64_t key;

		if (e->task != f->task || !is_read(e) || read_before(&step, e))
			continue;
		source = source_of(t, i);
		if (!*source)
			continue;
		key = hash_text(hash_text(FNV_BASIS, e->func), source);
		reads += add_once(&seen, key);
	}
	return h ^ (reads * FNV_PRIME);
}

/* ------------------------------------------------------------ call chains */

/* "kvm-exit: c <- b <- a": what the task was in at event @at. */
static size_t write_chain(const struct sim_trace *t, unsigned task, size_t at,
			  char *buf, size_t size)
{
	const char *calls[SIM_CALLS_MAX];
	unsigned depth = 0;
	size_t i, used;

	for (i = 0; i < at; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->task != task)
			continue;
		if (e->type == SIM_EVENT_ENTER && depth++ < SIM_CALLS_MAX)
			calls[depth - 1] = e->func;
		if (e->type == SIM_EVENT_LEAVE)
			depth--;
	}
	if (!depth)
		return 0;
	if (depth > SIM_CALLS_MAX)
		depth = SIM_CALLS_MAX;
	used = (size_t)snprintf(buf, size, "%s:", t->names[task]);
	for (; depth > 0 && used < size; depth--)
		used += (size_t)snprintf(buf + used, size - used, " %s%s",
					 calls[depth - 1],
					 depth > 1 ? " <-" : "");
	return used < size ? used : size - 1;
}

/* The event that freed the block around @obj, or the number of events. */
static size_t find_free(const struct sim_trace *t, const void *obj)
{
	uintptr_t x = (uintptr_t)obj;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type == SIM_EVENT_FREE && x >= (uintptr_t)e->obj &&
		    x < (uintptr_t)e->obj + e->size)
			break;
	}
	return i;
}

void sim_finding_explain(const struct sim_trace *t,
			 const struct sim_raw_finding *f, char *buf,
			 size_t size)
{
	const void *obj = t->events[f->event].obj;
	size_t used, freed;

	buf[0] = '\0';
	if (f->task >= t->nr_names)
		return;
	used = write_chain(t, f->task, f->event, buf, size);
	if (f->verdict != SIM_USE_AFTER_FREE || !obj)
		return;
	freed = find_free(t, obj);
	if (freed == t->nr_events || used + 16 >= size)
		return;
	used += (size_t)snprintf(buf + used, size - used, "\nfreed by ");
	write_chain(t, t->events[freed].task, freed, buf + used, size - used);
}

/* --------------------------------------------------------------- livelock */

/* Indexes of the last steps of the run, newest first. */
static unsigned last_steps(const struct sim_trace *t, size_t *ret_index,
			   unsigned max)
{
	size_t i = t->nr_events;
	unsigned nr = 0;

	while (i-- > 0 && nr < max)
		if (t->events[i].type == SIM_EVENT_STEP && t->events[i].task)
			ret_index[nr++] = i;
	return nr;
}

static bool same_step(const struct sim_event *a, const struct sim_event *b)
{
	return a->task == b->task && a->kind == b->kind && a->obj == b->obj &&
	       a->outcome == b->outcome && !strcmp(a->func, b->func);
}

static unsigned find_period(const struct sim_trace *t, const size_t *index,
			    unsigned nr)
{
	unsigned period, i;

	for (period = 1; period <= PERIOD_MAX; period++) {
		unsigned need = period * (REPEATS_MIN - 1);

		if (need + period > nr)
			return 0;
		for (i = 0; i < need; i++)
			if (!same_step(&t->events[index[i]],
				       &t->events[index[i + period]]))
				break;
		if (i == need)
			return period;
	}
	return 0;
}

static bool expires(const struct sim_event *e)
{
	return e->kind == SCHED_SLEEP && e->outcome == SCHED_EXPIRED;
}

void sim_finding_refine(const struct sim_trace *t, struct sim_raw_finding *f)
{
	size_t index[PERIOD_MAX * REPEATS_MIN];
	unsigned nr, period, i;
	size_t used;

	if (f->verdict != SIM_STEP_LIMIT)
		return;
	nr = last_steps(t, index, PERIOD_MAX * REPEATS_MIN);
	period = find_period(t, index, nr);
	if (!period)
		return;
	f->verdict = SIM_LIVELOCK;
	for (i = 0; i < period; i++)
		f->sleeps |= expires(&t->events[index[i]]);
	used = (size_t)(period == 1 ?
				snprintf(f->text, sizeof(f->text),
					 "this step repeats:") :
				snprintf(f->text, sizeof(f->text),
					 "these %u steps repeat:", period));
	for (i = 0; i < period && i < 4; i++) {
		const struct sim_event *e = &t->events[index[period - 1 - i]];
		char object[SIM_TEXT_MAX];

		if (used >= sizeof(f->text))
			return;
		used += (size_t)snprintf(
			f->text + used, sizeof(f->text) - used,
			"%s %s: %s %s in %s", i ? "," : "", t->names[e->task],
			sim_kind_name(e->kind),
			sim_event_object(e, object, sizeof(object)), e->func);
	}
}
