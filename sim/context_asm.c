/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * context_asm.c - context switch in assembly, x86-64 and aarch64.
 *
 * Saves what the calling convention lets a callee keep, and nothing else: no
 * signal mask, no floating-point control words (no task changes them).
 */
#include "context.h"

#include <stdint.h>

/* Store the caller's stack pointer in *save and go on with stack @to. */
void sim_context_jump(void **save, void *to);
/* First instruction of a new context: calls entry(arg) from saved registers. */
void sim_context_start(void);

#if defined(__x86_64__)
__asm__(".text\n"
	".globl sim_context_jump\n"
	".hidden sim_context_jump\n"
	".type sim_context_jump, @function\n"
	"sim_context_jump:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	popq %rcx\n"
	"	jmpq *%rcx\n"
	".size sim_context_jump, . - sim_context_jump\n"
	".globl sim_context_start\n"
	".hidden sim_context_start\n"
	".type sim_context_start, @function\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined rip\n"
	"sim_context_start:\n"
	"	movl %r12d, %edi\n"
	"	callq *%rbx\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size sim_context_start, . - sim_context_start\n");

enum { FRAME_WORDS = 9, FRAME_ENTRY = 4, FRAME_ARG = 3, FRAME_PC = 6 };
enum { SAVED_FP = 5 };

#elif defined(__aarch64__)
__asm__(".text\n"
	".globl sim_context_jump\n"
	".hidden sim_context_jump\n"
	".type sim_context_jump, %function\n"
	"sim_context_jump:\n"
	"	stp x29, x30, [sp, #-160]!\n"
	"	stp x19, x20, [sp, #16]\n"
	"	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n"
	"	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #16]\n"
	"	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n"
	"	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x29, x30, [sp], #160\n"
	"	ret\n"
	".size sim_context_jump, . - sim_context_jump\n"
	".globl sim_context_start\n"
	".hidden sim_context_start\n"
	".type sim_context_start, %function\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined x30\n"
	"sim_context_start:\n"
	"	mov w0, w20\n"
	"	blr x19\n"
	"	brk #1\n"
	"	.cfi_endproc\n"
	".size sim_context_start, . - sim_context_start\n");

enum { FRAME_WORDS = 20, FRAME_ENTRY = 2, FRAME_ARG = 3, FRAME_PC = 1 };
enum { SAVED_FP = 0 };

#else
#error "context_ucontext.c is the file for this architecture"
#endif

void sim_context_make(struct sim_context_slot *context, void *stack,
		      size_t size, void (*entry)(unsigned arg), unsigned arg)
{
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	uintptr_t *frame = (uintptr_t *)top - FRAME_WORDS;
	unsigned i;

	for (i = 0; i < FRAME_WORDS; i++)
		frame[i] = 0;
	frame[FRAME_ENTRY] = (uintptr_t)entry;
	frame[FRAME_ARG] = arg;
	frame[FRAME_PC] = (uintptr_t)sim_context_start;
	*(void **)context->bytes = frame;
}

void sim_context_switch(struct sim_context_slot *from,
			struct sim_context_slot *to)
{
	sim_context_jump((void **)from->bytes, *(void **)to->bytes);
}

void **sim_context_pointer(struct sim_context_slot *context)
{
	return (void **)context->bytes;
}

unsigned sim_context_calls(struct sim_context_slot *context, const void *top,
			   const void **ret_calls, unsigned max)
{
	uintptr_t *const *sp = *(uintptr_t *const **)(void *)context->bytes;
	const uintptr_t *fp = sp[SAVED_FP];
	unsigned nr = 0;

	ret_calls[nr++] = (const void *)sp[FRAME_PC];
	while (fp) {
		if (nr == max || fp < (const uintptr_t *)sp ||
		    fp + 2 > (const uintptr_t *)top)
			return 0;
		ret_calls[nr++] = (const void *)fp[1];
		sp = (uintptr_t *const *)fp;
		fp = (const uintptr_t *)fp[0];
		if (fp && fp <= (const uintptr_t *)sp)
			return 0;
	}
	return nr;
}
