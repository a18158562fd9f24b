/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pingpong_no_futex.c - for systems that have no futex.
 */
#include "pingpong.h"

double bench_pingpong_futex(unsigned rounds)
{
	(void)rounds;
	return -1;
}
