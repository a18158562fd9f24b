/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pingpong_futex.c - the least that two threads on one processor need to hand
 * over: a word each, and the futex that stands for it.
 */
#include "pingpong.h"

#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct side {
	_Alignas(64) uint32_t go;
};

static struct side sides[2];
static unsigned rounds_nr;

static void give(struct side *side)
{
	__atomic_store_n(&side->go, 1, __ATOMIC_RELEASE);
	(void)syscall(SYS_futex, &side->go, FUTEX_WAKE_PRIVATE, 1, NULL, NULL,
		      0);
}

static void take(struct side *side)
{
	while (!__atomic_load_n(&side->go, __ATOMIC_ACQUIRE))
		(void)syscall(SYS_futex, &side->go, FUTEX_WAIT_PRIVATE, 0, NULL,
			      NULL, 0);
	__atomic_store_n(&side->go, 0, __ATOMIC_RELAXED);
}

static void *answer(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < rounds_nr; i++) {
		take(&sides[1]);
		give(&sides[0]);
	}
	return NULL;
}

static double play(unsigned rounds)
{
	double start;
	pthread_t other;
	unsigned i;

	rounds_nr = rounds;
	if (pthread_create(&other, NULL, answer, NULL))
		return -1;
	start = bench_cpu_seconds();
	for (i = 0; i < rounds; i++) {
		give(&sides[1]);
		take(&sides[0]);
	}
	(void)pthread_join(other, NULL);
	return (bench_cpu_seconds() - start) / (2.0 * rounds);
}

/* A new thread inherits the processor of who makes it. */
double bench_pingpong_futex(unsigned rounds)
{
	cpu_set_t before, one;
	int cpu = sched_getcpu();
	double seconds;

	if (cpu < 0 || sched_getaffinity(0, sizeof(before), &before))
		return -1;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -1;
	seconds = play(rounds);
	(void)sched_setaffinity(0, sizeof(before), &before);
	return seconds;
}
