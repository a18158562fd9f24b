/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_order.c - I3: locks are taken in one order, over all runs of an
 * exploration.  Two tasks that take two locks in both orders can wait for each
 * other, whether or not any of the runs came to that.
 *
 * Locks are told apart by class, as the kernel does it: type of the block and
 * name of the member.  What the runs did is read from their traces.
 */
#include "invariants.h"

#include <stdlib.h>
#include <string.h>

#define CLASSES_MAX 96
#define EDGES_MAX 512
#define CLASS_NAME_MAX 64

/* Where a lock was taken. */
struct place {
	const char *func, *file;
	int line;
	bool shared;
};

/* Somebody who held a lock of one class took one of another, or tried to. */
struct edge {
	unsigned from, to;
	bool again; /* it was the very same lock */
	uint64_t run;
	char task[SIM_TASK_NAME_MAX];
	struct place held, taken;
};

struct held_lock {
	unsigned class;
	const void *obj;
	size_t at; /* event */
};

struct held_locks {
	unsigned nr;
	struct held_lock locks[SIM_HELD_MAX];
};

/* The schedule of a run that has shown something new. */
struct kept_run {
	uint64_t run;
	char *schedule;
};

struct sim_lock_order {
	unsigned nr_classes, nr_edges, nr_kept;
	struct kept_run kept[EDGES_MAX];
	char classes[CLASSES_MAX][CLASS_NAME_MAX];
	struct edge edges[EDGES_MAX];
	unsigned short edge_of[CLASSES_MAX][CLASSES_MAX]; /* + 1; 0: none */
	bool told, full, retelling;
	unsigned nr_cycle;
	unsigned cycle[CLASSES_MAX]; /* edges; the one that closed it first */
	/* of the run that is looked at */
	const struct sim_trace *trace;
	uint64_t run;
	size_t closed_at, closed_held; /* events */
	struct held_locks held[SIM_TASKS_MAX + 1];
};

struct sim_lock_order *sim_lock_order_make(void)
{
	return calloc(1, sizeof(struct sim_lock_order));
}

void sim_lock_order_free(struct sim_lock_order *order)
{
	unsigned i;

	for (i = 0; order && i < order->nr_kept; i++)
		free(order->kept[i].schedule);
	free(order);
}

/* ----------------------------------------------------------------- classes */

static unsigned class_of(struct sim_lock_order *o, const struct sim_event *e)
{
	char name[SIM_TEXT_MAX];
	unsigned i;

	sim_event_object(e, name, sizeof(name));
	name[strcspn(name, " ")] = '\0';
	name[CLASS_NAME_MAX - 1] = '\0';
	for (i = 0; i < o->nr_classes; i++)
		if (!strcmp(o->classes[i], name))
			return i;
	if (i == CLASSES_MAX) {
		o->full = true;
		return 0;
	}
	strcpy(o->classes[o->nr_classes++], name);
	return i;
}

/* A parent is locked before its children, and both locks are of one class: the
 * kernel does not look at their order, and here nothing is said of it. */
static bool nests(const struct sim_lock_order *o, unsigned class)
{
	return !strcmp(o->classes[class], "device.lock");
}

/* ------------------------------------------------------------------ cycles */

/* The shortest way from a class to another, into o->cycle, behind its first. */
static bool find_way(struct sim_lock_order *o, unsigned from, unsigned to)
{
	unsigned queue[CLASSES_MAX], by[CLASSES_MAX], head = 0, nr = 0, i;
	bool seen[CLASSES_MAX] = { false };

	queue[nr++] = to;
	seen[to] = true;
	/* Backwards, so that the way comes out in its order. */
	while (head < nr && !seen[from]) {
		unsigned at = queue[head++];

		for (i = 0; i < o->nr_edges; i++) {
			if (o->edges[i].to != at || seen[o->edges[i].from])
				continue;
			seen[o->edges[i].from] = true;
			by[o->edges[i].from] = i;
			queue[nr++] = o->edges[i].from;
		}
	}
	if (!seen[from])
		return false;
	for (o->nr_cycle = 1; from != to; from = o->edges[by[from]].to)
		o->cycle[o->nr_cycle++] = by[from];
	return true;
}

static struct place place_of(const struct sim_event *e)
{
	return (struct place){ e->func, e->file, e->line,
			       e->kind == SCHED_LOCK_SHARED };
}

static struct edge edge_at(const struct sim_lock_order *o,
			   const struct held_lock *held, unsigned class,
			   size_t at)
{
	const struct sim_event *e = &o->trace->events[at];
	struct edge edge = { .from = held->class,
			     .to = class,
			     .again = held->obj == e->obj,
			     .run = o->run,
			     .held = place_of(&o->trace->events[held->at]),
			     .taken = place_of(e) };

	snprintf(edge.task, sizeof(edge.task), "%s", o->trace->names[e->task]);
	return edge;
}

static void close_cycle(struct sim_lock_order *o, const struct held_lock *held,
			unsigned class, size_t at)
{
	if (o->told || !find_way(o, class, held->class))
		return;
	o->told = true;
	o->cycle[0] = o->nr_edges - 1;
	o->closed_at = at;
	o->closed_held = held->at;
}

static void add_edge(struct sim_lock_order *o, const struct held_lock *held,
		     unsigned class, size_t at)
{
	unsigned known = o->edge_of[held->class][class];

	if (held->class == class && nests(o, class))
		return;
	/* The run that closes the cycle is told of as far as it goes. */
	if (known && o->retelling && o->edges[known - 1].run != o->run)
		o->edges[known - 1] = edge_at(o, held, class, at);
	if (known)
		return;
	if (o->nr_edges == EDGES_MAX) {
		o->full = true;
		return;
	}
	o->edges[o->nr_edges++] = edge_at(o, held, class, at);
	o->edge_of[held->class][class] = (unsigned short)o->nr_edges;
	close_cycle(o, held, class, at);
}

/* ------------------------------------------------------------------ a run */

/* Who waits for ever has tried, too. */
static void take(struct sim_lock_order *o, size_t at)
{
	const struct sim_event *e = &o->trace->events[at];
	struct held_locks *held = &o->held[e->task];
	unsigned class = class_of(o, e), i;

	/* A trylock waits for nobody. */
	for (i = 0; i < held->nr && e->kind != SCHED_TRYLOCK; i++)
		add_edge(o, &held->locks[i], class, at);
	if (e->type == SIM_EVENT_STEP && e->kind != SCHED_QUEUE &&
	    held->nr < SIM_HELD_MAX)
		held->locks[held->nr++] =
			(struct held_lock){ class, e->obj, at };
}

static void forget(struct held_locks *held, unsigned i)
{
	memmove(&held->locks[i], &held->locks[i + 1],
		(held->nr - i - 1) * sizeof(held->locks[0]));
	held->nr--;
}

static void give(struct sim_lock_order *o, const struct sim_event *e)
{
	struct held_locks *held = &o->held[e->task];
	unsigned i = held->nr;

	while (i-- > 0)
		if (held->locks[i].obj == e->obj) {
			forget(held, i);
			return;
		}
}

/* Some are gone with the block that they were in. */
static void free_block(struct sim_lock_order *o, const struct sim_event *e)
{
	uintptr_t start = (uintptr_t)e->obj, x;
	unsigned task, i;

	for (task = 0; task <= SIM_TASKS_MAX; task++)
		for (i = o->held[task].nr; i-- > 0;) {
			x = (uintptr_t)o->held[task].locks[i].obj;
			if (x >= start && x < start + e->size)
				forget(&o->held[task], i);
		}
}

/* Who finds at this very step that the lock is gone has not taken it. */
static void take_back(struct sim_lock_order *o, size_t at)
{
	const struct sim_event *e = &o->trace->events[at];
	struct held_locks *held = &o->held[e->task];

	if ((e->kind == SIM_USE_AFTER_FREE ||
	     e->kind == SIM_NULL_DEREFERENCE) &&
	    held->nr && held->locks[held->nr - 1].at + 1 == at)
		held->nr--;
}

static void look(struct sim_lock_order *o, size_t at)
{
	const struct sim_event *e = &o->trace->events[at];

	if (e->type == SIM_EVENT_FINDING)
		take_back(o, at);
	if (e->type == SIM_EVENT_FREE) {
		free_block(o, e);
		return;
	}
	if (e->type != SIM_EVENT_STEP && e->type != SIM_EVENT_PENDING)
		return;
	switch ((enum sched_kind)e->kind) {
	case SCHED_LOCK:
	case SCHED_LOCK_SHARED:
	case SCHED_QUEUE:
		take(o, at);
		return;
	case SCHED_TRYLOCK:
		if (e->taken)
			take(o, at);
		return;
	case SCHED_UNLOCK:
	case SCHED_UNLOCK_SHARED:
		if (e->type == SIM_EVENT_STEP)
			give(o, e);
		return;
	default:
		return;
	}
}

static void look_at_all(struct sim_lock_order *o)
{
	size_t i;

	memset(o->held, 0, sizeof(o->held));
	for (i = 0; i < o->trace->nr_events; i++)
		look(o, i);
}

/* ------------------------------------------------------------------ a text */

static const char *how(const struct place *place)
{
	return place->shared ? " for reading" : "";
}

/* "first takes pair.b in lock_ab (x.c:20) and holds pair.a" */
static size_t tell_edge(const struct sim_lock_order *o, const struct edge *e,
			char *buf, size_t size)
{
	bool same = e->from == e->to;
	int used = snprintf(buf, size,
			    "%s takes %s%s in %s (%s:%d) and holds "
			    "%s%s",
			    e->task, o->classes[e->to], how(&e->taken),
			    e->taken.func, e->taken.file, e->taken.line,
			    !same    ? o->classes[e->from] :
			    e->again ? "it" :
				       "another one",
			    how(&e->held));

	if (e->run != o->run && (size_t)used < size)
		used += snprintf(buf + used, size - (size_t)used,
				 ", in run %llu", (unsigned long long)e->run);
	return (size_t)used < size ? (size_t)used : size - 1;
}

static void tell(const struct sim_lock_order *o, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "I3: ");
	unsigned i;

	for (i = 0; i < o->nr_cycle && used + 3 < size; i++) {
		if (i)
			used += (size_t)snprintf(buf + used, size - used, "; ");
		used += tell_edge(o, &o->edges[o->cycle[i]], buf + used,
				  size - used);
	}
}

void sim_lock_order_explain(const struct sim_lock_order *o, char *buf,
			    size_t size)
{
	size_t used = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < o->nr_cycle && used < size; i++) {
		const struct edge *e = &o->edges[o->cycle[i]];

		used += (size_t)snprintf(
			buf + used, size - used,
			"%s%s: %s in %s (%s:%d) <- %s in %s (%s:%d)",
			i ? "\n" : "", e->task, o->classes[e->to],
			e->taken.func, e->taken.file, e->taken.line,
			o->classes[e->from], e->held.func, e->held.file,
			e->held.line);
	}
}

bool sim_lock_order_grew(const struct sim_lock_order *o)
{
	return o->nr_edges && o->edges[o->nr_edges - 1].run == o->run;
}

void sim_lock_order_keep(struct sim_lock_order *o, char *schedule)
{
	o->kept[o->nr_kept++] = (struct kept_run){ o->run, schedule };
}

/* Has the run a part of the cycle? */
static bool has_part(const struct sim_lock_order *o, uint64_t run)
{
	unsigned i;

	for (i = 0; i < o->nr_cycle; i++)
		if (o->edges[o->cycle[i]].run == run)
			return true;
	return false;
}

bool sim_lock_order_alone(const struct sim_lock_order *o)
{
	unsigned i;

	for (i = 0; i < o->nr_cycle; i++)
		if (o->edges[o->cycle[i]].run != o->run)
			return false;
	return true;
}

static void write_comment(const struct kept_run *kept, FILE *out)
{
	const char *line = kept->schedule;

	fprintf(out, "# run %llu, the other part:\n",
		(unsigned long long)kept->run);
	for (; *line; line += strcspn(line, "\n") + 1)
		fprintf(out, "#   %.*s\n", (int)strcspn(line, "\n"), line);
}

void sim_lock_order_write_others(const struct sim_lock_order *o, FILE *out)
{
	unsigned i;

	for (i = 0; i < o->nr_kept; i++)
		if (o->kept[i].run != o->run && has_part(o, o->kept[i].run))
			write_comment(&o->kept[i], out);
}

/* No event of the run: others have their part in it. */
static void record(struct sim_lock_order *o, struct sim_trace *trace,
		   struct sim_raw_finding *ret_finding)
{
	struct sim_event closing = trace->events[o->closed_at], *e;
	struct sim_raw_finding f = { .verdict = SIM_INVARIANT,
				     .func = closing.func,
				     .file = closing.file,
				     .line = closing.line,
				     .task = closing.task,
				     .invariant = "I3",
				     .event = trace->nr_events };

	tell(o, f.text, sizeof(f.text));
	e = sim_trace_append(trace, SIM_EVENT_FINDING, closing.task);
	e->kind = SIM_INVARIANT;
	e->func = closing.func;
	e->label = sim_trace_keep(trace, f.text);
	e->aside = true;
	e->obj = closing.obj;
	e->value = (intptr_t)o->closed_held;
	*ret_finding = f;
}

int sim_lock_order_add(struct sim_lock_order *o, struct sim_trace *trace,
		       uint64_t run, struct sim_raw_finding *ret_finding)
{
	bool told = o->told;

	o->trace = trace;
	o->run = run;
	o->retelling = false;
	look_at_all(o);
	if (o->full)
		return -ENOSPC;
	if (told || !o->told)
		return 0;
	o->retelling = true;
	look_at_all(o);
	record(o, trace, ret_finding);
	return trace->full ? -ENOMEM : 1;
}
