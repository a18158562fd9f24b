/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.c - the carrier that detectors and gdb see: every task is a thread.
 *
 * Threads come from a pool and are pinned, with the caller, to one processor;
 * the running one hands the baton on directly.  Detectors see the modelled
 * locks, and edges wherever the caller of the engine hands over or gets the
 * baton back (the ends of a run); between tasks they see nothing of the
 * hand-over.  This file is never built with -fsanitize=thread.
 */
#include "carrier.h"
#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#define STACK_BYTES (512u * 1024)

struct slot {
	struct sim_baton baton;
	void (*entry)(unsigned slot);
	void (*cleanup)(unsigned slot); /* set: abandoned */
	bool exists;
	bool from_caller; /* the caller of the engine gave the baton */
	jmp_buf home; /* the pool's loop */
	char created, left; /* addresses of visible edges */
};

static struct slot slots[SIM_SLOTS_MAX];
static bool prepared;

#if defined(__linux__)

static cpu_set_t caller_cpus;

/* Handing over within one processor is nine times as fast as across two. */
static void pin(void)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	sched_getaffinity(0, sizeof(caller_cpus), &caller_cpus);
	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void unpin(void)
{
	sched_setaffinity(0, sizeof(caller_cpus), &caller_cpus);
}

/* A pooled thread follows the caller to its processor of this run. */
static void follow(pthread_t thread)
{
	cpu_set_t one;

	sched_getaffinity(0, sizeof(one), &one);
	pthread_setaffinity_np(thread, sizeof(one), &one);
}

#else

static void pin(void)
{
}

static void unpin(void)
{
}

static void follow(pthread_t thread)
{
	(void)thread;
}

#endif

static pthread_t threads[SIM_SLOTS_MAX];

/* One life of a pooled thread: wait for a task, run it, or leave it. */
static void *pool_main(void *arg)
{
	unsigned slot = (unsigned)(uintptr_t)arg;
	struct slot *s = &slots[slot];

	for (;;) {
		if (_setjmp(s->home) == 0) {
			sim_baton_take(&s->baton);
			sim_memory_acquire_edge(&s->created);
			s->entry(slot);
		}
		/* exit_to() and abandonment come back here. */
	}
	return NULL;
}

static int start_thread(unsigned slot)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* Signals belong to the caller's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&threads[slot], &attr, pool_main,
			     (void *)(uintptr_t)slot);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -ret;
}

/* Threads do not follow their process through fork(): begin a new pool. */
static void forget_parent(void)
{
	static pid_t owner;
	unsigned i;

	if (owner && owner != getpid())
		for (i = 0; i < SIM_SLOTS_MAX; i++) {
			slots[i].exists = false;
			slots[i].baton.go = 0;
		}
	owner = getpid();
}

static int thread_begin(void)
{
	forget_parent();
	if (!prepared)
		sim_memory_exclude(slots, sizeof(slots));
	prepared = true;
	pin();
	return 0;
}

static void thread_end(void)
{
	unpin();
}

static int thread_create(unsigned slot, void (*entry)(unsigned slot))
{
	struct slot *s = &slots[slot];
	int ret;

	s->entry = entry;
	s->cleanup = NULL;
	sim_memory_release_edge(&s->created);
	if (!s->exists) {
		ret = start_thread(slot);
		if (ret)
			return ret;
		s->exists = true;
	}
	follow(threads[slot]);
	return 0;
}

/* All that tasks did before they left happens before what the caller does. */
static void receive_all(void)
{
	unsigned i;

	for (i = 1; i < SIM_SLOTS_MAX && slots[i].exists; i++)
		sim_memory_acquire_edge(&slots[i].left);
}

static void give(unsigned from, unsigned to)
{
	if (from == 0 || to == 0)
		sim_memory_release_edge(&slots[from].left);
	slots[to].from_caller = from == 0;
	sim_baton_give(&slots[to].baton);
}

static void take(unsigned slot)
{
	sim_baton_take(&slots[slot].baton);
	if (slot == 0)
		receive_all();
	else if (slots[slot].from_caller)
		sim_memory_acquire_edge(&slots[0].left);
}

/* Called where an abandoned task stands: give up its locks, go home. */
static void leave(unsigned slot)
{
	slots[slot].cleanup(slot);
	give(slot, 0);
	_longjmp(slots[slot].home, 1);
}

static void thread_switch_to(unsigned from, unsigned to)
{
	give(from, to);
	take(from);
	if (slots[from].cleanup)
		leave(from);
}

static void thread_exit_to(unsigned from, unsigned to)
{
	sim_memory_release_edge(&slots[from].left);
	give(from, to);
	_longjmp(slots[from].home, 1);
}

static void thread_abandon(unsigned slot, void (*cleanup)(unsigned slot))
{
	slots[slot].cleanup = cleanup;
	give(0, slot);
	take(0);
}

const struct sim_carrier *sim_carrier_thread(void)
{
	static const struct sim_carrier thread = {
		.name = "thread",
		.begin = thread_begin,
		.end = thread_end,
		.create = thread_create,
		.switch_to = thread_switch_to,
		.exit_to = thread_exit_to,
		.abandon = thread_abandon,
	};

	return &thread;
}
