/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine_image.c - tasks between two steps, copied, put back and compared.
 *
 * A task that waits to make its next step is its stack, the operation that it
 * announced, and the locks and calls that the engine wrote down for it.
 */
#include "engine_image.h"

#include "engine_internal.h"

#include <string.h>

#define CALLS_DEPTH_MAX 64u
#define LOCALS_WORDS_MAX 64u

_Static_assert((CALLS_DEPTH_MAX + LOCALS_WORDS_MAX) * sizeof(uint64_t) <=
		       SIM_TASK_KEY_EXTRA,
	       "a key must have room");

/* What of struct task comes before its arrays. */
#define HEAD offsetof(struct task, held)

struct task_image {
	size_t stack;
	unsigned char head[HEAD];
};

static const struct sim_carrier *carrier(void)
{
	return engine.config.carrier;
}

static unsigned slot_of_task(unsigned id)
{
	return id + 1;
}

/* ------------------------------------------------------------------- a task */

/* Its stack, none of which is needed once it ended. */
static void *stack_of(const struct task *t, unsigned id, size_t *ret_size)
{
	*ret_size = 0;
	return t->state == TASK_LIVE ?
		       carrier()->stack(slot_of_task(id), ret_size) :
		       NULL;
}

bool sim_engine_on_stack(unsigned id, const void *p)
{
	size_t size;
	const void *stack = stack_of(&engine.tasks[id], id, &size);

	return stack && (uintptr_t)p - (uintptr_t)stack < size;
}

static unsigned calls_kept(const struct task *t)
{
	return t->nr_calls < SIM_CALLS_MAX ? t->nr_calls : SIM_CALLS_MAX;
}

size_t sim_engine_task_size(unsigned id)
{
	const struct task *t = &engine.tasks[id];
	size_t stack;

	stack_of(t, id, &stack);
	return sizeof(struct task_image) + t->nr_held * sizeof(t->held[0]) +
	       calls_kept(t) * sizeof(t->calls[0]) + stack;
}

static char *put(char *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	return to + size;
}

void sim_engine_task_save(unsigned id, void *image)
{
	const struct task *t = &engine.tasks[id];
	struct task_image *i = image;
	const void *stack = stack_of(t, id, &i->stack);
	char *p = (char *)(i + 1);

	memcpy(i->head, t, HEAD);
	p = put(p, t->held, t->nr_held * sizeof(t->held[0]));
	p = put(p, t->calls, calls_kept(t) * sizeof(t->calls[0]));
	if (stack)
		put(p, stack, i->stack);
}

void sim_engine_task_restore(unsigned id, const void *image)
{
	struct task *t = &engine.tasks[id];
	const struct task_image *i = image;
	const char *p = (const char *)(i + 1);

	memcpy(t, i->head, HEAD);
	memcpy(t->held, p, t->nr_held * sizeof(t->held[0]));
	p += t->nr_held * sizeof(t->held[0]);
	memcpy(t->calls, p, calls_kept(t) * sizeof(t->calls[0]));
	p += calls_kept(t) * sizeof(t->calls[0]);
	if (i->stack)
		memcpy(carrier()->rewind(slot_of_task(id), i->stack), p,
		       i->stack);
}

/* -------------------------------------------------------------------- its key */

#define WORD(x) ((uint64_t)(uintptr_t)(x))

/* What it is called, and where it stands, goes with where the task stands. */
static size_t op_key(uint64_t *w, const struct sched_op *op)
{
	w[0] = (uint64_t)op->kind << 32 | op->outcomes;
	w[1] = (uint64_t)op->count << 32 | (unsigned)op->site.line;
	w[2] = WORD(op->obj);
	w[3] = WORD(op->arg);
	w[4] = WORD(op->ready);
	return 5;
}

static size_t books_of_task(uint64_t *w, unsigned id, enum sim_alike alike)
{
	const struct task *t = &engine.tasks[id];
	size_t nr = 0;
	unsigned i;

	w[nr++] = (uint64_t)id << 32 | (unsigned)t->state << 2 |
		  (unsigned)alike << 1 | t->in_hook;
	w[nr++] = t->notes;
	if (t->state != TASK_LIVE)
		return nr;
	nr += op_key(&w[nr], &t->op);
	w[nr++] = (uint64_t)t->nr_held << 32 | t->nr_calls;
	for (i = 0; i < t->nr_held; i++) {
		w[nr++] = WORD(t->held[i].obj);
		w[nr++] = (uint64_t)t->held[i].kind;
	}
	for (i = 0; i < calls_kept(t); i++)
		w[nr++] = WORD(t->calls[i]);
	return nr;
}

/* Where they are and what is in them. */
static size_t locals_key(uint64_t *w, const struct task *t)
{
	const struct sim_local *l;
	size_t nr = 0, words;

	for (l = t->locals; l; l = l->outer) {
		words = (l->size + sizeof(*w) - 1) / sizeof(*w);
		if (nr + words + 1 > LOCALS_WORDS_MAX)
			return 0;
		w[nr++] = WORD(l->start);
		w[nr + words - 1] = 0;
		memcpy(&w[nr], l->start, l->size);
		nr += words;
	}
	return nr + 1;
}

size_t sim_engine_task_key(unsigned id, enum sim_alike alike, uint64_t *words)
{
	const struct task *t = &engine.tasks[id];
	size_t nr = books_of_task(words, id, alike), size;
	const void *stack = stack_of(t, id, &size);
	size_t calls, locals;

	if (!stack)
		return nr;
	if (alike == SIM_ALIKE_RAW) {
		memcpy(&words[nr], stack, size);
		return nr + size / sizeof(*words);
	}
	calls = carrier()->calls(slot_of_task(id), (const void **)&words[nr],
				 CALLS_DEPTH_MAX);
	if (!calls)
		return 0; /* compiled without frame pointers */
	locals = locals_key(&words[nr + calls], t);
	return locals ? nr + calls + locals - 1 : 0;
}

/* ------------------------------------------------------- all that is not one */

void sim_engine_save(struct sim_engine_image *image)
{
	*image = (struct sim_engine_image){
		engine.nr_tasks,
		engine.last,
		engine.how,
		engine.faults,
		engine.nr_findings,
		engine.changes,
		sim_trace_mark(engine.config.trace),
	};
}

void sim_engine_restore(const struct sim_engine_image *image,
			const struct sim_raw_finding *findings)
{
	unsigned id;

	for (id = image->nr_tasks + 1; id <= engine.nr_tasks; id++)
		engine.tasks[id].state = TASK_UNUSED;
	engine.nr_tasks = image->nr_tasks;
	engine.last = image->last;
	engine.how = image->how;
	engine.faults = image->faults;
	engine.nr_findings = image->nr_findings;
	if (findings)
		memcpy(engine.findings, findings,
		       image->nr_findings * sizeof(*findings));
	engine.halted = engine.phase = false;
	engine.current = TASK_NONE;
	engine.error[0] = '\0';
	if (image->changes != engine.changes)
		sim_trace_forget_names(engine.config.trace);
	sim_trace_rewind(engine.config.trace, &image->mark);
}

/* FNV-1a, of what is looked at once. */
static uint64_t finding_key(const struct sim_raw_finding *f)
{
	uint64_t h = 0xcbf29ce484222325ull;
	const char *p;

	for (p = f->text; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ull;
	h = (h ^ WORD(f->func)) * 0x100000001b3ull;
	h = (h ^ ((uint64_t)f->verdict << 48 | (uint64_t)f->task << 32 |
		  (unsigned)f->line)) *
	    0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* A sum: in which order they were found is not seen by anybody. */
void sim_engine_key(uint64_t *words)
{
	unsigned i;

	words[0] = (uint64_t)engine.faults << 32 | engine.nr_findings;
	words[1] = 0;
	for (i = 0; i < engine.nr_findings; i++)
		words[1] += finding_key(&engine.findings[i]);
}

/* ------------------------------------------------------------ declared locals */

void sim_local_begin(struct sim_local *local)
{
	if (engine.current == TASK_NONE || !sched_ops)
		return;
	local->outer = current_task()->locals;
	current_task()->locals = local;
}

void sim_local_end(const struct sim_local *local)
{
	if (engine.current != TASK_NONE && sched_ops)
		current_task()->locals = local->outer;
}
