/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.c - records a run and names what it touched.
 *
 * Names come from the block's type, the member's name in the source and the
 * order of creation, so the same schedule gives the same trace for every
 * carrier, compiler and address space.
 */
#include "trace.h"

#include "memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES (1u << 18)

static const char *const kind_names[SCHED_KIND_NR] = {
	[SCHED_READ] = "read",
	[SCHED_WRITE] = "write",
	[SCHED_RMW] = "update",
	[SCHED_LOCK] = "lock",
	[SCHED_LOCK_SHARED] = "lock-shared",
	[SCHED_UNLOCK] = "unlock",
	[SCHED_UNLOCK_SHARED] = "unlock-shared",
	[SCHED_TRYLOCK] = "trylock",
	[SCHED_QUEUE] = "queue",
	[SCHED_PREPARE] = "prepare",
	[SCHED_SLEEP] = "sleep",
	[SCHED_FINISH] = "finish",
	[SCHED_WAKE] = "wake",
	[SCHED_ALLOC] = "alloc",
};

const char *sim_kind_name(enum sched_kind kind)
{
	return kind_names[kind];
}

enum sched_kind sim_kind_find(const char *name)
{
	unsigned k;

	for (k = 0; k < SCHED_KIND_NR; k++)
		if (!strcmp(kind_names[k], name))
			break;
	return (enum sched_kind)k;
}

const char *sim_outcome_name(enum sched_kind kind, unsigned outcome)
{
	if (!outcome)
		return "";
	if (kind == SCHED_SLEEP)
		return outcome == SCHED_EXPIRED ? "expires" : "is interrupted";
	return "fails";
}

static uint64_t births;

void sim_trace_reset(struct sim_trace *trace)
{
	trace->nr_events = 0;
	trace->nr_outsiders = 0;
	trace->texts_used = 0;
	trace->nr_names = 0;
	trace->steps = 0;
	trace->born = ++births;
	trace->scenario = NULL;
	trace->invariants = 0;
	memset(&trace->faults, 0, sizeof(trace->faults));
	trace->noted = trace->full = false;
	sim_trace_forget_names(trace);
}

void sim_trace_release(struct sim_trace *t)
{
	sim_memory_release(t->events, t->events_max, sizeof(*t->events));
	sim_memory_release(t->outsiders, t->outsiders_max,
			   sizeof(*t->outsiders));
	sim_memory_release(t->texts, t->texts_max, 1);
	sim_memory_release(t->names, t->names_max, sizeof(*t->names));
	memset(t, 0, sizeof(*t));
}

static bool copy_array(void *ret_items, size_t *ret_max, const void *items,
		       size_t nr, size_t size)
{
	void *p = sim_memory_grow(NULL, ret_max, nr ? nr : 1, size);

	if (!p)
		return false;
	if (nr)
		memcpy(p, items, nr * size);
	memcpy(ret_items, &p, sizeof(p));
	return true;
}

/* Labels and texts that live inside @from's text block move with it. */
static const char *rebase(const char *s, const struct sim_trace *from,
			  const struct sim_trace *to)
{
	if (from->texts && s >= from->texts &&
	    s < from->texts + from->texts_used)
		return to->texts + (s - from->texts);
	return s;
}

struct sim_trace *sim_trace_copy(const struct sim_trace *trace)
{
	struct sim_trace *c = calloc(1, sizeof(*c));
	size_t i;

	if (!c)
		return NULL;
	if (!copy_array(&c->events, &c->events_max, trace->events,
			trace->nr_events, sizeof(*c->events)) ||
	    !copy_array(&c->texts, &c->texts_max, trace->texts,
			trace->texts_used, 1) ||
	    !copy_array(&c->names, &c->names_max, trace->names, trace->nr_names,
			sizeof(*c->names))) {
		sim_trace_free(c);
		return NULL;
	}
	c->nr_events = trace->nr_events;
	c->texts_used = trace->texts_used;
	c->nr_names = trace->nr_names;
	c->steps = trace->steps;
	c->scenario = trace->scenario;
	c->invariants = trace->invariants;
	c->faults = trace->faults;
	c->noted = trace->noted;
	for (i = 0; i < c->nr_events; i++) {
		c->events[i].label = rebase(c->events[i].label, trace, c);
		c->events[i].func = rebase(c->events[i].func, trace, c);
	}
	return c;
}

void sim_trace_free(struct sim_trace *trace)
{
	if (!trace)
		return;
	sim_trace_release(trace);
	free(trace);
}

struct sim_event *sim_trace_append(struct sim_trace *t,
				   enum sim_event_type type, unsigned task)
{
	/* Copied, since compilers zero so many bytes one word at a time. */
	static const struct sim_event blank;
	static struct sim_event dummy;
	struct sim_event *e = &dummy;
	void *p;

	if (t->off)
		return e;
	p = sim_memory_grow(t->events, &t->events_max, t->nr_events + 1,
			    sizeof(*t->events));

	if (p) {
		t->events = p;
		e = &t->events[t->nr_events++];
	} else {
		t->full = true;
	}
	*e = blank;
	e->type = (unsigned char)type;
	e->task = (unsigned short)task;
	e->step = t->steps;
	return e;
}

const char *sim_trace_keep(struct sim_trace *t, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy;

	/* One block, never moved: events point into it. */
	if (!t->texts)
		t->texts = sim_memory_grow(NULL, &t->texts_max, TEXT_BYTES, 1);
	if (!t->texts || t->texts_used + size > t->texts_max)
		return "...";
	copy = t->texts + t->texts_used;
	memcpy(copy, text, size);
	t->texts_used += size;
	return copy;
}

struct sim_trace_mark sim_trace_mark(const struct sim_trace *t)
{
	return (struct sim_trace_mark){ t->nr_events,  t->nr_outsiders,
					t->texts_used, t->nr_names,
					t->steps,      t->noted };
}

void sim_trace_rewind(struct sim_trace *t, const struct sim_trace_mark *mark)
{
	if (t->nr_outsiders != mark->nr_outsiders)
		sim_trace_forget_names(t);
	t->nr_events = mark->nr_events;
	t->nr_outsiders = mark->nr_outsiders;
	t->texts_used = mark->texts_used;
	t->nr_names = mark->nr_names;
	t->steps = mark->steps;
	t->noted = mark->noted;
}

struct title {
	struct title *next;
	char text[];
};

const char *sim_trace_title(const char *name)
{
	static struct title *titles;
	struct title *t;
	size_t size = strlen(name) + 1;

	for (t = titles; t; t = t->next)
		if (!strcmp(t->text, name))
			return t->text;
	t = sim_memory_alloc(sizeof(*t) + size);
	if (!t)
		return "?";
	memcpy(t->text, name, size);
	t->next = titles;
	titles = t;
	return t->text;
}

void sim_trace_name_task(struct sim_trace *t, unsigned id, const char *name)
{
	void *p = sim_memory_grow(t->names, &t->names_max, id + 1u,
				  sizeof(*t->names));

	if (!p) {
		t->full = true;
		return;
	}
	t->names = p;
	while (t->nr_names <= id)
		t->names[t->nr_names++][0] = '\0';
	strncpy(t->names[id], name, SIM_TASK_NAME_MAX - 1);
	t->names[id][SIM_TASK_NAME_MAX - 1] = '\0';
}

/* The last member in "&(group)->device_lock"; all of it if there is none. */
static const char *last_member(const char *label)
{
	const char *s, *last = label;

	for (s = label; *s; s++)
		if ((*s == '.' || (s[0] == '-' && s[1] == '>')) &&
		    strchr("_abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			   s[*s == '.' ? 1 : 2]))
			last = s + (*s == '.' ? 1 : 2);
	while (*last == '&' || *last == '(' || *last == '*')
		last++;
	return last;
}

/* Its number, or the one it would get. */
static unsigned outsider_nr(const struct sim_trace *t, const void *obj,
			    const char *label, bool *ret_known)
{
	unsigned nr = 1;
	size_t i;

	*ret_known = true;
	for (i = 0; i < t->nr_outsiders; i++) {
		if (strcmp(t->outsiders[i].label, label))
			continue;
		if (t->outsiders[i].obj == obj)
			return t->outsiders[i].nr;
		nr++;
	}
	*ret_known = false;
	return nr;
}

static void add_outsider(struct sim_trace *t, const void *obj,
			 const char *label, unsigned nr)
{
	void *p = sim_memory_grow(t->outsiders, &t->outsiders_max,
				  t->nr_outsiders + 1, sizeof(*t->outsiders));

	if (!p) {
		t->full = true;
		return;
	}
	t->outsiders = p;
	t->outsiders[t->nr_outsiders++] =
		(struct sim_outsider){ obj, label, nr };
}

static bool look_up(const struct sim_trace *t, struct sim_event *e,
		    const void *obj, const char *member)
{
	struct slab_block block;
	enum slab_state state = slab_query(obj, &block);
	bool known = true;

	e->obj = obj;
	e->label = member;
	if (state == SLAB_LIVE || state == SLAB_FREED) {
		e->type_name = block.type;
		e->nr = block.nr;
	} else if (obj) {
		e->nr = outsider_nr(t, obj, e->label, &known);
	}
	return known;
}

bool sim_trace_look_up(const struct sim_trace *t, struct sim_event *e,
		       const void *obj, const char *label)
{
	return look_up(t, e, obj, label ? last_member(label) : "");
}

void sim_trace_forget_names(struct sim_trace *t)
{
	t->named_era++;
}

/* The same few objects are named again and again. */
static struct sim_named *named_slot(struct sim_trace *t, const void *obj)
{
	uint64_t h = (uint64_t)(uintptr_t)obj * 0x9e3779b97f4a7c15ull;

	return &t->named[h >> 32 & (SIM_TRACE_NAMED - 1)];
}

void sim_trace_name_object(struct sim_trace *t, struct sim_event *e,
			   const void *obj, const char *label)
{
	struct sim_named *n = named_slot(t, obj);

	if (t->off)
		return;
	if (n->obj == obj && n->label == label && n->era == t->named_era &&
	    n->type_name) {
		e->obj = obj;
		e->label = n->member;
		e->type_name = n->type_name;
		e->nr = n->nr;
		return;
	}
	/* A block is another one in another era; a text of the source is not. */
	if (!n->member || n->label != label)
		n->member = label ? last_member(label) : "";
	if (!look_up(t, e, obj, n->member))
		add_outsider(t, obj, e->label, e->nr);
	*n = (struct sim_named){ obj,	   label, e->type_name,
				 e->label, e->nr, t->named_era };
}

/* So many events may lie between a step and the value that it saw. */
#define VALUE_EVENTS_MAX 4u

static struct sim_event *last_step_on(struct sim_trace *t, unsigned task,
				      const void *obj)
{
	size_t i = t->nr_events, n;

	for (n = 0; i-- > 0 && n < VALUE_EVENTS_MAX; n++) {
		struct sim_event *e = &t->events[i];

		if (e->type == SIM_EVENT_STEP && e->task == task)
			return e->obj == obj ? e : NULL;
	}
	return NULL;
}

void sim_trace_fact(struct sim_trace *t, unsigned task,
		    const struct sched_fact *fact)
{
	struct slab_block block;
	struct sim_event *e;

	if (t->off)
		return;
	if (fact->text) {
		e = sim_trace_append(t, SIM_EVENT_FACT, task);
		e->label = fact->text;
		return;
	}
	e = last_step_on(t, task, fact->obj);
	if (!e)
		return;
	e->has_value = true;
	e->pointer = fact->pointer;
	e->value = fact->pointer ? fact->value != 0 : fact->value;
	if (fact->pointer && fact->value &&
	    slab_query((const void *)fact->value, &block) != SLAB_OUTSIDE) {
		e->value_type = block.type;
		e->value_nr = block.nr;
	}
}

void sim_trace_pending(struct sim_trace *t, unsigned task,
		       const struct sched_op *op)
{
	struct sim_event *e = sim_trace_append(t, SIM_EVENT_PENDING, task);

	e->kind = (unsigned char)op->kind;
	e->func = op->site.func ? op->site.func : "?";
	e->file = op->site.file;
	e->line = op->site.line;
	e->what = op->site.what;
	sim_trace_name_object(t, e, op->obj,
			      op->name ? op->name : op->site.what);
}

/* Length of the identifier at the start of a label: "mutex)" is "mutex". */
static int label_length(const char *label)
{
	int n = 0;

	while (label[n] && (isalnum((unsigned char)label[n]) ||
			    label[n] == '_' || label[n] == '-'))
		n++;
	return n ? n : (int)strlen(label);
}

const char *sim_event_object(const struct sim_event *e, char *buf, size_t size)
{
	int n = e->label ? label_length(e->label) : 0;

	if (!e->obj)
		snprintf(buf, size, "%.*s", n, e->label ? e->label : "");
	else if (!e->type_name)
		snprintf(buf, size, e->nr > 1 ? "%.*s #%u" : "%.*s", n,
			 e->label, e->nr);
	else if (n)
		snprintf(buf, size, "%s.%.*s #%u", e->type_name, n, e->label,
			 e->nr);
	else
		snprintf(buf, size, "%s #%u", e->type_name, e->nr);
	return buf;
}

unsigned sim_trace_switches(const struct sim_trace *t)
{
	unsigned last = 0, switches = 0;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];

		if (e->type != SIM_EVENT_STEP || !e->task)
			continue;
		switches += last && e->task != last;
		last = e->task;
	}
	return switches;
}

static uint64_t hash_text(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return (h ^ 0xffu) * 0x100000001b3ull;
}

/* Accesses are left out: what is plain memory is the source's business. */
static uint64_t hash_event(uint64_t h, const struct sim_trace *t,
			   const struct sim_event *e)
{
	char object[SIM_TEXT_MAX];

	if (e->type == SIM_EVENT_ACCESS || e->aside)
		return h;
	h = (h ^ e->type) * 0x100000001b3ull;
	h = (h ^ e->kind) * 0x100000001b3ull;
	h = (h ^ e->outcome) * 0x100000001b3ull;
	h = hash_text(h, t->names[e->task]);
	h = hash_text(h, sim_event_object(e, object, sizeof(object)));
	if (e->type == SIM_EVENT_NOTE || e->type == SIM_EVENT_FINDING)
		h = hash_text(h, e->label);
	return hash_text(h, e->func);
}

uint64_t sim_trace_hash(const struct sim_trace *t)
{
	uint64_t h = 0xcbf29ce484222325ull;
	size_t i;

	for (i = 0; i < t->nr_events; i++)
		h = hash_event(h, t, &t->events[i]);
	return h;
}

void sim_trace_swap(struct sim_trace *a, struct sim_trace *b)
{
	/* Names behind it are known to each by itself. */
	const size_t size = offsetof(struct sim_trace, named);
	struct sim_trace swapped;
	bool full = a->full;

	memcpy(&swapped, a, size);
	memcpy(a, b, size);
	memcpy(b, &swapped, size);
	a->full = b->full;
	b->full = full;
}
