/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inline_sched.c - see inline_sched.h.
 *
 * A task that may not proceed fails the test: nobody else would ever run.
 */
#include "inline_sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct inline_sched inline_sched;

static void write_line(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void write_line(const char *format, ...)
{
	size_t used = strlen(inline_sched.text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(inline_sched.text + used, INLINE_TEXT_MAX - used,
			format, args);
	va_end(args);
	assert_in_range(strlen(inline_sched.text), 0, INLINE_TEXT_MAX - 2);
}

static const char *kind_name(enum sched_kind kind)
{
	static const char *const name[SCHED_KIND_NR] = {
		"read",	  "write",	   "rmw",     "lock",  "lock_shared",
		"unlock", "unlock_shared", "trylock", "queue", "prepare",
		"sleep",  "finish",	   "wake",    "alloc",
	};

	return name[kind];
}

static bool may_proceed(const struct sched_op *op, unsigned outcome)
{
	return !op->ready || op->ready(op->arg, outcome);
}

static unsigned choose(const struct sched_op *op)
{
	unsigned wish = inline_sched.wish[op->kind];
	unsigned outcome;

	if (wish < op->outcomes && may_proceed(op, wish))
		return wish;
	for (outcome = 0; outcome == 0 || outcome < op->outcomes; outcome++)
		if (may_proceed(op, outcome))
			return outcome;
	fail_msg("task %u never gets past %s %s", inline_sched.self,
		 kind_name(op->kind), op->site.what);
	return 0;
}

static void run_as(unsigned task, void (*fn)(void *arg), void *arg)
{
	unsigned self = inline_sched.self;

	inline_sched.self = task;
	fn(arg);
	inline_sched.self = self;
}

static void run_calls(unsigned nth)
{
	unsigned i;

	for (i = 0; i < inline_sched.nr_calls; i++)
		if (inline_sched.call[i].nth == nth)
			run_as(inline_sched.call[i].task,
			       inline_sched.call[i].fn,
			       inline_sched.call[i].arg);
}

static int inline_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	unsigned task = ++inline_sched.tasks;

	write_line("%u spawn %s\n", inline_sched.self, name);
	run_as(task, fn, arg);
	return (int)task;
}

static unsigned inline_self(void)
{
	return inline_sched.self;
}

static unsigned inline_before(const struct sched_op *op)
{
	unsigned outcome;

	assert_in_range(inline_sched.nr_ops, 0, INLINE_OPS_MAX - 1);
	inline_sched.op[inline_sched.nr_ops++] = *op;
	inline_sched.pending++;
	run_calls(inline_sched.nr_ops);
	outcome = choose(op);
	write_line("%u %s %s", inline_sched.self, kind_name(op->kind),
		   op->name ? op->name : op->site.what);
	if (op->outcomes > 1)
		write_line(" = %u", outcome);
	write_line("\n");
	return outcome;
}

static void inline_after(const struct sched_op *op)
{
	assert_in_range(inline_sched.pending, 1, INLINE_OPS_MAX);
	inline_sched.pending--;
	inline_sched.done = *op;
}

static void inline_enter(const char *func)
{
	write_line("%u { %s\n", inline_sched.self, func);
}

static void inline_leave(const char *func)
{
	write_line("%u } %s\n", inline_sched.self, func);
}

static void inline_access(const void *obj, enum sched_access how)
{
	assert_in_range(inline_sched.nr_accesses, 0, INLINE_ACCESSES_MAX - 1);
	inline_sched.access[inline_sched.nr_accesses++] =
		(struct inline_access){ obj, how };
}

static void inline_alloc(const char *type, bool failed)
{
	write_line("%u %s %s\n", inline_sched.self,
		   failed ? "no memory for" : "allocated", type);
}

static void inline_free(const void *start, size_t size)
{
	inline_sched.freed = start;
	inline_sched.freed_size = size;
}

static void inline_point(const char *name, const void *obj)
{
	(void)obj;
	write_line("%u point %s\n", inline_sched.self, name);
}

static void inline_note(const void *obj, const char *text)
{
	(void)obj;
	write_line("%u note %s\n", inline_sched.self, text);
}

static enum sched_action inline_report(const struct sched_report *report)
{
	static const char *const name[SCHED_REPORT_NR] = {
		"BUG", "WARN", "underflow", "overflow", "misuse", "double free",
	};

	inline_sched.reports[report->kind]++;
	inline_sched.report_obj = report->obj;
	if (inline_sched.on_report)
		inline_sched.on_report(report);
	write_line("%u %s: %s\n", inline_sched.self, name[report->kind],
		   report->text);
	return SCHED_CONTINUE;
}

void inline_sched_begin(void)
{
	static const struct sched_ops ops = {
		.spawn = inline_spawn,
		.self = inline_self,
		.before = inline_before,
		.after = inline_after,
		.enter = inline_enter,
		.leave = inline_leave,
		.access = inline_access,
		.point = inline_point,
		.alloc = inline_alloc,
		.free = inline_free,
		.note = inline_note,
		.report = inline_report,
	};

	memset(&inline_sched, 0, sizeof(inline_sched));
	inline_sched.self = inline_sched.tasks = 1;
	sched_install(&ops);
}

void inline_sched_end(void)
{
	sched_install(NULL);
	assert_int_equal(inline_sched.pending, 0);
}

void inline_sched_call_at(unsigned nth, unsigned task, void (*fn)(void *arg),
			  void *arg)
{
	unsigned i = inline_sched.nr_calls++;

	assert_in_range(i, 0, INLINE_CALLS_MAX - 1);
	inline_sched.call[i].nth = nth;
	inline_sched.call[i].task = task;
	inline_sched.call[i].fn = fn;
	inline_sched.call[i].arg = arg;
}

bool inline_sched_ready(unsigned nth, unsigned outcome)
{
	assert_in_range(nth, 1, inline_sched.nr_ops);
	return may_proceed(&inline_sched.op[nth - 1], outcome);
}

void inline_sched_expect(const char *text)
{
	assert_string_equal(inline_sched.text, text);
	inline_sched.text[0] = '\0';
}

unsigned inline_sched_accesses(const void *obj, enum sched_access how)
{
	unsigned found = 0;
	unsigned i;

	for (i = 0; i < inline_sched.nr_accesses; i++)
		found += inline_sched.access[i].obj == obj &&
			 inline_sched.access[i].how == how;
	return found;
}
