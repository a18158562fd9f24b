/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pingpong.h - two flows of control that do nothing but hand over to each
 * other, by what the system has for it and with nothing around it.
 */
#ifndef VFIOSIM_BENCH_PINGPONG_H
#define VFIOSIM_BENCH_PINGPONG_H

/*
 * CPU seconds of one hand-over, out of @rounds there and back; negative: this
 * system has no such thing.
 */

/* Two threads on one processor, a futex each; pingpong_futex.c. */
double bench_pingpong_futex(unsigned rounds);
/* swapcontext(); pingpong_ucontext.c. */
double bench_pingpong_ucontext(unsigned rounds);

#endif
