/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pingpong_no_ucontext.c - for C libraries without swapcontext().
 */
#include "pingpong.h"

double bench_pingpong_ucontext(unsigned rounds)
{
	(void)rounds;
	return -1;
}
