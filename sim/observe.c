/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * observe.c - listens to what tasks tell while they run: accesses, calls,
 * notes, reports; and turns what is wrong into findings of the run.
 */
#include "engine_internal.h"
#include "footprint.h"

#include <stdarg.h>
#include <string.h>

/* Accesses in one step; more is a walk that does not end. */
#define ACCESSES_MAX 100000u
/* No object of a process lies outside these. */
#define ADDRESS_MIN 0x1000u
#define ADDRESS_MAX ((uintptr_t)1 << 56)

/* --------------------------------------------------------------- findings */

static void record(unsigned task, enum sim_verdict verdict,
		   const struct sched_site *site, const char *text)
{
	struct sim_raw_finding *f;
	struct sim_event *e;

	/* Warnings may go on for ever; what ends the run still has its place. */
	if (engine.nr_findings == SIM_RUN_FINDINGS_MAX) {
		if (verdict == SIM_WARN)
			return;
		engine.nr_findings--;
	}
	f = &engine.findings[engine.nr_findings++];
	memset(f, 0, sizeof(*f));
	f->verdict = verdict;
	snprintf(f->text, sizeof(f->text), "%s", text);
	f->task = task == TASK_NONE ? 0 : task;
	f->func = sim_engine_func(f->task);
	if (site) {
		f->func = site->func ? site->func : f->func;
		f->file = site->file;
		f->line = site->line;
	}
	e = sim_trace_append(engine.config.trace, SIM_EVENT_FINDING, f->task);
	e->kind = (unsigned char)verdict;
	e->label = sim_trace_keep(engine.config.trace, text);
	e->func = f->func;
	f->event = engine.config.trace->nr_events - 1;
}

unsigned sim_engine_stopper(void)
{
	return engine.halted ? engine.last : 0;
}

void sim_engine_record(enum sim_verdict verdict, const struct sched_site *site,
		       const char *format, ...)
{
	char text[SIM_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	record(engine.current, verdict, site, text);
}

void sim_engine_record_for(unsigned task, enum sim_verdict verdict,
			   const struct sched_site *site, const char *text)
{
	record(task, verdict, site, text);
}

void sim_engine_broken(const char *id, const char *format, ...)
{
	char text[SIM_TEXT_MAX];
	int used = snprintf(text, sizeof(text), "%s: ", id);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + used, sizeof(text) - (size_t)used, format, ap);
	va_end(ap);
	record(engine.current, SIM_INVARIANT, NULL, text);
	engine.findings[engine.nr_findings - 1].invariant = id;
}

const struct sim_trace *sim_engine_trace(void)
{
	return engine.config.trace;
}

void sim_engine_fail(const char *format, ...)
{
	va_list ap;

	if (engine.error[0])
		return;
	va_start(ap, format);
	vsnprintf(engine.error, sizeof(engine.error), format, ap);
	va_end(ap);
}

const char *sim_engine_object(const void *obj, const char *label, char *buf,
			      size_t size)
{
	struct sim_event e = { 0 };

	(void)sim_trace_look_up(engine.config.trace, &e, obj, label);
	return sim_event_object(&e, buf, size);
}

bool sim_is_live(const struct sched_op *op)
{
	uintptr_t address = (uintptr_t)op->obj;

	if (op->kind == SCHED_ALLOC && !op->obj)
		return true;
	if (address < ADDRESS_MIN || address >= ADDRESS_MAX ||
	    slab_query(op->obj, NULL) == SLAB_FREED)
		return false;
	note_alive(op->obj);
	return true;
}

/* The modelled function in which a block was freed. */
static const char *freed_in(const struct slab_block *block)
{
	const struct sim_trace *t = engine.config.trace;
	size_t i = t->nr_events;

	while (i-- > 0) {
		const struct sim_event *e = &t->events[i];

		if (e->type == SIM_EVENT_FREE && e->obj == block->start)
			return e->func;
	}
	return block->free_func;
}

/* Is it safe to look at @obj?  If not, that is the finding and the end. */
void sim_require_live(const void *obj, const char *label, const char *what,
		      const struct sched_site *site)
{
	uintptr_t address = (uintptr_t)obj;
	struct slab_block block;
	char name[SIM_TEXT_MAX];

	if (!obj || address < ADDRESS_MIN) {
		if (!obj && !label)
			return;
		sim_engine_record(SIM_NULL_DEREFERENCE, site, "%s of %s in %s",
				  what,
				  label && *label ? label : "a NULL pointer",
				  sim_engine_func(engine.current));
		sim_engine_halt();
	}
	if (address >= ADDRESS_MAX) {
		sim_engine_record(SIM_USE_AFTER_FREE, site,
				  "%s through a pointer read from freed memory"
				  " in %s",
				  what, sim_engine_func(engine.current));
		sim_engine_halt();
	}
	if (slab_query(obj, &block) != SLAB_FREED) {
		note_alive(obj);
		return;
	}
	sim_engine_object(obj, label, name, sizeof(name));
	sim_engine_record(SIM_USE_AFTER_FREE, site,
			  "%s of %s in %s, freed in %s", what, name,
			  sim_engine_func(engine.current), freed_in(&block));
	if (engine.nr_findings && !engine.config.trace->off)
		engine.config.trace
			->events[engine.findings[engine.nr_findings - 1].event]
			.obj = obj;
	sim_engine_halt();
}

/* -------------------------------------------------------------- footprint */

/*
 * An invariant looks at all states between steps, so with one the order of any
 * two steps that change something counts: they meet in one more object.
 */
static bool add_looked_at(void)
{
	const struct sim_touch looked_at = { .obj = &engine.config.invariant,
					     .size = 1,
					     .write = true };

	engine.wrote = true;
	return sim_footprint_add(&engine.footprint, &looked_at);
}

/* Inside whoever makes the touch: see footprint.h. */
__attribute__((always_inline)) static inline void
add_touch(const struct sim_touch *touch)
{
	bool added = footprint_add(&engine.footprint, touch);

	if (touch->write && engine.config.invariant && !engine.wrote)
		added &= add_looked_at();
	if (!added)
		sim_engine_fail("out of memory for a step's footprint");
}

void sim_touch(const void *obj, size_t size, bool write)
{
	add_touch(&(const struct sim_touch){
		.obj = obj, .size = size, .write = write });
}

/* Who gives back what he never took may take it from somebody else. */
static bool gives_back(const struct sched_op *op)
{
	const struct task *t = current_task();
	unsigned i = t->nr_held;

	while (i-- > 0)
		if (t->held[i].obj == op->obj)
			return true;
	return false;
}

void sim_touch_operation(const struct sched_op *op)
{
	struct sim_touch t = { .obj = op->obj,
			       .size = 1,
			       .write = op->kind != SCHED_READ,
			       .operation = (unsigned char)(op->kind + 1) };

	if (!op->obj)
		return;
	if (op->kind == SCHED_UNLOCK_SHARED && !gives_back(op))
		t.operation = 0;
	if (op->count) {
		t.count = op->count;
		t.old = __atomic_load_n((const int *)op->obj, __ATOMIC_RELAXED);
	}
	add_touch(&t);
}

void sim_engine_touch(const void *key, bool write)
{
	sim_touch(key, 1, write);
}

const struct sim_footprint *sim_engine_footprint(void)
{
	return &engine.footprint;
}

/* -------------------------------------------------- what tasks announce */

void sim_observe_access(const void *obj, enum sched_access how)
{
	bool write = how == SCHED_ACCESS_WRITE;
	struct sim_event *e;

	if (engine.current == TASK_NONE)
		return;
	if (!was_alive(obj))
		sim_require_live(obj, "", write ? "write" : "read", NULL);
	if (current_task()->state == TASK_STARTING)
		sim_engine_fail("task %s touches shared memory before its "
				"first operation",
				current_task()->name);
	if (++engine.accesses > ACCESSES_MAX) {
		sim_engine_record(SIM_ENDLESS_WALK, NULL,
				  "%u accesses in one step in %s", ACCESSES_MAX,
				  sim_engine_func(engine.current));
		sim_engine_halt();
	}
	add_touch(&(const struct sim_touch){
		.obj = obj, .size = 1, .write = write });
	e = sim_trace_append(engine.config.trace, SIM_EVENT_ACCESS,
			     engine.current);
	e->obj = obj;
	e->write = write;
	e->func = sim_engine_func(engine.current);
}

void sim_observe_free(const void *start, size_t size)
{
	struct sim_event *e;

	engine.frees++;
	engine.changes++;
	if (engine.current == TASK_NONE)
		return;
	sim_touch(start, size, true);
	e = sim_trace_append(engine.config.trace, SIM_EVENT_FREE,
			     engine.current);
	sim_trace_name_object(engine.config.trace, e, start, NULL);
	e->size = size;
	e->func = sim_engine_func(engine.current);
}

/* Who looks on: nobody in set-up, check and teardown. */
static const struct sim_monitor *monitor(void)
{
	return engine.phase || engine.current == TASK_NONE ?
		       NULL :
		       engine.config.monitor;
}

void sim_observe_enter(const char *func)
{
	struct task *t;
	struct sim_event *e;

	if (engine.current == TASK_NONE)
		return;
	t = current_task();
	if (t->nr_calls < SIM_CALLS_MAX)
		t->calls[t->nr_calls] = func;
	t->nr_calls++;
	e = sim_trace_append(engine.config.trace, SIM_EVENT_ENTER,
			     engine.current);
	e->func = func;
	if (monitor())
		monitor()->enter(func);
}

void sim_observe_leave(const char *func)
{
	struct sim_event *e;

	if (engine.current == TASK_NONE)
		return;
	if (monitor())
		monitor()->leave(func);
	current_task()->nr_calls--;
	e = sim_trace_append(engine.config.trace, SIM_EVENT_LEAVE,
			     engine.current);
	e->func = func;
}

/* Whose allocation fails may depend on who allocated before. */
void sim_observe_alloc(const char *type, bool failed)
{
	engine.changes++;
	if (engine.current != TASK_NONE && (failed || slab_fail_counts(type)))
		sim_touch(&engine.accesses, 1, true);
	if (engine.current != TASK_NONE)
		sim_trace_forget_names(engine.config.trace);
	if (engine.config.hooks.alloc)
		engine.config.hooks.alloc(type, failed,
					  engine.config.hooks.arg);
}

/* FNV-1a, and an end between two texts. */
static uint64_t hash_note(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	return (h + 1) * 0x9e3779b97f4a7c15ull;
}

void sim_observe_note(const void *obj, const char *text)
{
	struct sim_event *e;

	if (engine.config.hooks.note)
		engine.config.hooks.note(text, engine.config.hooks.arg);
	if (engine.current == TASK_NONE)
		return;
	current_task()->notes = hash_note(current_task()->notes, text);
	if (engine.config.trace->off)
		return;
	e = sim_trace_append(engine.config.trace, SIM_EVENT_NOTE,
			     engine.current);
	engine.config.trace->noted = true;
	e->obj = NULL;
	e->label = sim_trace_keep(engine.config.trace, text);
	e->func = sim_engine_func(engine.current);
	(void)obj;
}

void sim_observe_fact(const struct sched_fact *fact)
{
	if (engine.current != TASK_NONE)
		sim_trace_fact(engine.config.trace, engine.current, fact);
}

void sim_observe_subject(const void *obj)
{
	if (monitor())
		monitor()->subject(obj);
}

void sim_observe_answer(intptr_t value)
{
	if (monitor())
		monitor()->answer(value);
}

/* ---------------------------------------------------------------- reports */

static const enum sim_verdict verdict_of[SCHED_REPORT_NR] = {
	[SCHED_BUG] = SIM_BUG,
	[SCHED_WARN] = SIM_WARN,
	[SCHED_REF_UNDERFLOW] = SIM_REF_UNDERFLOW,
	[SCHED_REF_OVERFLOW] = SIM_REF_OVERFLOW,
	[SCHED_LOCK_MISUSE] = SIM_LOCK_MISUSE,
	[SCHED_DOUBLE_FREE] = SIM_DOUBLE_FREE,
};

enum sched_action sim_observe_report(const struct sched_report *report)
{
	enum sched_action action =
		report->kind == SCHED_WARN ? SCHED_CONTINUE : SCHED_HALT;

	engine.changes++;
	if (engine.config.hooks.report)
		action = engine.config.hooks.report(report,
						    engine.config.hooks.arg);
	if (engine.current == TASK_NONE)
		return SCHED_CONTINUE;
	sim_engine_record(verdict_of[report->kind], &report->site, "%s",
			  report->text ? report->text : "");
	if (monitor())
		monitor()->report(report);
	if (action == SCHED_HALT)
		sim_engine_halt();
	if (action == SCHED_KILL)
		sim_engine_kill();
	return SCHED_CONTINUE;
}
