/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pingpong_ucontext.c - two contexts of the C library, which saves the signal
 * mask with each.
 */
#include "pingpong.h"

#include "bench.h"

#include <ucontext.h>

static ucontext_t here, there;
static _Alignas(16) unsigned char stack[64 * 1024];

static void answer(void)
{
	for (;;)
		(void)swapcontext(&there, &here);
}

double bench_pingpong_ucontext(unsigned rounds)
{
	double start;
	unsigned i;

	if (getcontext(&there))
		return -1;
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = NULL;
	makecontext(&there, answer, 0);
	start = bench_cpu_seconds();
	for (i = 0; i < rounds; i++)
		(void)swapcontext(&here, &there);
	return (bench_cpu_seconds() - start) / (2.0 * rounds);
}
