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

/*
 * Where the stack pointer of a stopped context is kept: the bytes from there to
 * the top of its stack are all of it, and it goes on where they say.  NULL: this
 * implementation keeps more than that.
 */
void **sim_context_pointer(struct sim_context_slot *context);

/*
 * The return addresses on the stack of a stopped context, innermost first, by
 * frame pointers.  @top: of its stack.  Returns how many there are; 0: the chain
 * is broken, or has more than @max.
 */
unsigned sim_context_calls(struct sim_context_slot *context, const void *top,
			   const void **ret_calls, unsigned max);

#endif
