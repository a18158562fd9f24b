/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context_ucontext.c - context switch for other architectures.
 *
 * Twenty times slower than context_asm.c, since swapcontext() saves the signal
 * mask through the system, but portable.
 */
#include "context.h"

#include <ucontext.h>

_Static_assert(sizeof(ucontext_t) <= sizeof(struct sim_context_slot),
	       "a context must fit into its slot");

static ucontext_t *ucontext_of(struct sim_context_slot *context)
{
	return (ucontext_t *)(void *)context->bytes;
}

void sim_context_make(struct sim_context_slot *context, void *stack,
		      size_t size, void (*entry)(unsigned arg), unsigned arg)
{
	ucontext_t *u = ucontext_of(context);

	getcontext(u);
	u->uc_stack.ss_sp = stack;
	u->uc_stack.ss_size = size;
	u->uc_link = NULL;
	makecontext(u, (void (*)(void))entry, 1, arg);
}

void sim_context_switch(struct sim_context_slot *from,
			struct sim_context_slot *to)
{
	swapcontext(ucontext_of(from), ucontext_of(to));
}

void **sim_context_pointer(struct sim_context_slot *context)
{
	(void)context;
	return NULL;
}

unsigned sim_context_calls(struct sim_context_slot *context, const void *top,
			   const void **ret_calls, unsigned max)
{
	(void)context;
	(void)top;
	(void)ret_calls;
	(void)max;
	return 0;
}
