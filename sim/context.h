/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context.h - a suspended flow of control on a stack of its own.
 *
 * context_asm.c switches in a few nanoseconds on x86-64 and aarch64;
 * context_ucontext.c serves everywhere else that has ucontext.
 */
#ifndef SIM_CONTEXT_H
#define SIM_CONTEXT_H

#include <stddef.h>

/* Storage for one context; the same size for both implementations. */
struct sim_context_slot {
	_Alignas(16) unsigned char bytes[1024];
};

/* Make @context begin in entry(arg) on [stack, stack + size); entry must not
 * return. */
void sim_context_make(struct sim_context_slot *context, void *stack,
		      size_t size, void (*entry)(unsigned arg), unsigned arg);

/* Save the caller in @from, go on in @to. */
void sim_context_switch(struct sim_context_slot *from,
			struct sim_context_slot *to);

#endif
