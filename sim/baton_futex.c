/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baton_futex.c - hand-over between threads that no race detector sees.
 *
 * Plain loads and stores in inline assembly and a raw futex system call give
 * neither Helgrind, DRD nor ThreadSanitizer an edge, so the modelled locks are
 * the only order they know.  This file is never built with -fsanitize=thread.
 */
#include "carrier.h"

#define FUTEX_WAIT_PRIVATE (0 | 128)
#define FUTEX_WAKE_PRIVATE (1 | 128)

#if defined(__x86_64__)

static void futex(volatile unsigned *word, long op, unsigned value)
{
	register long timeout __asm__("r10") = 0;
	long ret = 202;

	__asm__ volatile("syscall"
			 : "+a"(ret)
			 : "D"(word), "S"(op), "d"((long)value), "r"(timeout)
			 : "rcx", "r11", "memory");
}

static void store(volatile unsigned *word, unsigned value)
{
	__asm__ volatile("movl %1, %0" : "=m"(*word) : "r"(value) : "memory");
}

static unsigned load(const volatile unsigned *word)
{
	unsigned value;

	__asm__ volatile("movl %1, %0" : "=r"(value) : "m"(*word) : "memory");
	return value;
}

#elif defined(__aarch64__)

static void futex(volatile unsigned *word, long op, unsigned value)
{
	register long x0 __asm__("x0") = (long)word;
	register long x1 __asm__("x1") = op;
	register long x2 __asm__("x2") = value;
	register long x3 __asm__("x3") = 0;
	register long x8 __asm__("x8") = 98;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x8)
			 : "memory", "cc");
}

static void store(volatile unsigned *word, unsigned value)
{
	__asm__ volatile("stlr %w1, [%0]" ::"r"(word), "r"(value) : "memory");
}

static unsigned load(const volatile unsigned *word)
{
	unsigned value;

	__asm__ volatile("ldar %w0, [%1]" : "=r"(value) : "r"(word) : "memory");
	return value;
}

#else
#error "baton_cond.c is the file for this architecture"
#endif

void sim_baton_give(struct sim_baton *baton)
{
	store(&baton->go, 1);
	futex(&baton->go, FUTEX_WAKE_PRIVATE, 1);
}

void sim_baton_take(struct sim_baton *baton)
{
	while (load(&baton->go) == 0)
		futex(&baton->go, FUTEX_WAIT_PRIVATE, 0);
	store(&baton->go, 0);
}
