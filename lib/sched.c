/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.c - the installed scheduler, and tasks as threads where there is none.
 *
 * Running free, a task is a pthread with a number of its own; findings are
 * printed, and all but warnings end the process.
 */
#define _GNU_SOURCE
#include <vfiosim/kernel.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "annotate.h"
#include "image.h"

/* Task numbers 1 .. TASKS_MAX - 1: a sub-heap of the slab for each. */
#define TASKS_MAX 256
#define TASK_NAME_MAX 16

struct task {
	pthread_t thread;
	bool started;
	bool ended; /* its function has returned: it can be joined at once */
	unsigned id;
	char name[TASK_NAME_MAX];
	void (*fn)(void *arg);
	void *arg;
};

const struct sched_ops *sched_ops;

static struct task tasks[TASKS_MAX];
static unsigned tasks_used;
static unsigned warnings;
static __thread unsigned task_id;

void sched_install(const struct sched_ops *ops)
{
	sched_ops = ops;
}

unsigned sched_self(void)
{
	return sched_ops ? sched_ops->self() : task_id;
}

unsigned sched_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_RELAXED);
}

void sched_warnings_reset(void)
{
	__atomic_store_n(&warnings, 0, __ATOMIC_RELAXED);
}

void sched_warnings_restore(unsigned nr)
{
	__atomic_store_n(&warnings, nr, __ATOMIC_RELAXED);
}

static void report_print(const struct sched_report *report)
{
	static const char *const kind_name[SCHED_REPORT_NR] = {
		[SCHED_BUG] = "BUG",
		[SCHED_WARN] = "WARN",
		[SCHED_REF_UNDERFLOW] = "reference underflow",
		[SCHED_REF_OVERFLOW] = "reference overflow",
		[SCHED_LOCK_MISUSE] = "lock misuse",
		[SCHED_DOUBLE_FREE] = "double free",
	};
	const struct sched_site *site = &report->site;

	fprintf(stderr, "%s: %s%s%s", kind_name[report->kind],
		site->what ? site->what : "", site->what ? ": " : "",
		report->text);
	if (site->file)
		fprintf(stderr, " at %s:%d", site->file, site->line);
	fprintf(stderr, " in %s\n", site->func);
}

enum sched_action sched_report(const struct sched_report *report)
{
	if (report->kind == SCHED_WARN)
		__atomic_fetch_add(&warnings, 1, __ATOMIC_RELAXED);
	if (sched_ops)
		return sched_ops->report(report);

	report_print(report);
	if (report->kind != SCHED_WARN)
		abort();
	return SCHED_CONTINUE;
}

/* ---------------------------------------------------- tasks running free */

#ifdef __linux__
/* For debuggers and detectors, which show it. */
static void task_publish_name(const struct task *task)
{
	(void)pthread_setname_np(pthread_self(), task->name);
}
#else
static void task_publish_name(const struct task *task)
{
	(void)task;
}
#endif

static void *task_run(void *arg)
{
	struct task *task = arg;

	task_id = task->id;
	task_publish_name(task);
	task->fn(task->arg);
	__atomic_store_n(&task->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

/* The number of a task that has ended, for another one; 0: none has. */
static unsigned task_take_over(void)
{
	unsigned id;

	for (id = 1; id < TASKS_MAX; id++) {
		bool ended = true;

		if (!__atomic_compare_exchange_n(&tasks[id].ended, &ended,
						 false, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			continue;
		(void)pthread_join(tasks[id].thread, NULL);
		return id;
	}
	return 0;
}

/* A number nobody has had since boot, while there is one; 0: all are in use. */
static unsigned task_take_id(void)
{
	unsigned used = __atomic_load_n(&tasks_used, __ATOMIC_RELAXED);

	do {
		if (used == TASKS_MAX - 1)
			return task_take_over();
	} while (!__atomic_compare_exchange_n(&tasks_used, &used, used + 1,
					      false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return used + 1;
}

static int task_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	unsigned id = task_take_id();
	struct task *task = &tasks[id];
	int err;

	if (!id)
		return -EAGAIN;

	annotate_exclude(&task->ended, sizeof(task->ended));
	task->id = id;
	task->fn = fn;
	task->arg = arg;
	(void)snprintf(task->name, sizeof(task->name), "%s", name);
	err = pthread_create(&task->thread, NULL, task_run, task);
	task->started = !err;
	return err ? -err : (int)id;
}

int kthread_run(const char *name, void (*fn)(void *arg), void *arg)
{
	if (sched_ops)
		return sched_ops->spawn(name, fn, arg);
	return task_spawn(name, fn, arg);
}

/* Join all that are there in the order of their numbers; was there any?  A
 * task's number is above that of the task that made it, so joining the maker
 * makes the made one's entry visible. */
static bool tasks_join(void)
{
	unsigned id;
	bool any = false;

	for (id = 1; id <= __atomic_load_n(&tasks_used, __ATOMIC_RELAXED);
	     id++) {
		if (!tasks[id].started)
			continue;
		(void)pthread_join(tasks[id].thread, NULL);
		tasks[id].started = tasks[id].ended = false;
		any = true;
	}
	return any;
}

/* Once more, as a number that was taken over may be below its maker's. */
void kthread_join_all(void)
{
	while (!sched_ops && tasks_join())
		;
}

void sched_tasks_reset(void)
{
	__atomic_store_n(&tasks_used, 0, __ATOMIC_RELAXED);
}
