/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber.c - the fast carrier: every task is a fiber on one thread.
 *
 * Stacks are kept and reused from run to run.  Sanitizers and Valgrind are
 * told about each stack and each switch; Helgrind and DRD see one thread here
 * and must be given the thread carrier.
 */
#include "carrier.h"
#include "context.h"
#include "memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_STACK_REGISTER(start, end) ((void)(start), (void)(end), 0u)
#endif

#define STACK_BYTES (256u * 1024)
#define GUARD_BYTES 4096u

/* Present only when a sanitizer's runtime is linked in. */
#define WEAK __attribute__((weak))
extern void __sanitizer_start_switch_fiber(void **fake, const void *bottom,
					   size_t size) WEAK;
extern void __sanitizer_finish_switch_fiber(void *fake, const void **bottom,
					    size_t *size) WEAK;
extern void __asan_unpoison_memory_region(const volatile void *p,
					  size_t size) WEAK;
extern void *__tsan_get_current_fiber(void) WEAK;
extern void *__tsan_create_fiber(unsigned flags) WEAK;
extern void __tsan_switch_to_fiber(void *fiber, unsigned flags) WEAK;

/* No edge between fibers: only the modelled locks shall order them. */
#define TSAN_NO_SYNC 1u

struct fiber {
	struct sim_context_slot context;
	unsigned char *stack; /* NULL for slot 0 until somebody left it */
	size_t stack_size;
	void *fake_stack, *tsan;
	void (*entry)(unsigned slot);
};

static struct fiber fibers[SIM_SLOTS_MAX];
static unsigned came_from;

/* The first thing that runs on a stack after each switch to it. */
static void arrived(unsigned slot)
{
	const void *bottom;
	size_t size;

	if (!__sanitizer_finish_switch_fiber)
		return;
	__sanitizer_finish_switch_fiber(fibers[slot].fake_stack, &bottom,
					&size);
	if (came_from == 0) {
		fibers[0].stack = (unsigned char *)(uintptr_t)bottom;
		fibers[0].stack_size = size;
	}
}

static void jump(unsigned from, unsigned to, bool dying)
{
	struct fiber *f = &fibers[from], *t = &fibers[to];

	came_from = from;
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(dying ? NULL : &f->fake_stack,
					       t->stack, t->stack_size);
	if (__tsan_switch_to_fiber)
		__tsan_switch_to_fiber(t->tsan, TSAN_NO_SYNC);
	sim_context_switch(&f->context, &t->context);
	arrived(from);
}

static void start(unsigned slot)
{
	arrived(slot);
	fibers[slot].entry(slot);
	__builtin_unreachable();
}

static int get_stack(struct fiber *f)
{
	unsigned char *p;

	if (f->stack) {
		if (__asan_unpoison_memory_region)
			__asan_unpoison_memory_region(f->stack, f->stack_size);
		return 0;
	}
	p = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	mprotect(p, GUARD_BYTES, PROT_NONE);
	f->stack = p + GUARD_BYTES;
	f->stack_size = STACK_BYTES;
	(void)VALGRIND_STACK_REGISTER(f->stack, f->stack + f->stack_size);
	if (__tsan_create_fiber)
		f->tsan = __tsan_create_fiber(TSAN_NO_SYNC);
	return 0;
}

static int fiber_begin(void)
{
	if (__tsan_get_current_fiber)
		fibers[0].tsan = __tsan_get_current_fiber();
	return 0;
}

static void fiber_end(void)
{
}

static int fiber_create(unsigned slot, void (*entry)(unsigned slot))
{
	struct fiber *f = &fibers[slot];
	int ret = get_stack(f);

	if (ret)
		return ret;
	f->entry = entry;
	f->fake_stack = NULL;
	sim_context_make(&f->context, f->stack, f->stack_size, start, slot);
	return 0;
}

static void fiber_switch_to(unsigned from, unsigned to)
{
	jump(from, to, false);
}

static void fiber_exit_to(unsigned from, unsigned to)
{
	jump(from, to, true);
	__builtin_unreachable();
}

/* Nobody switches to it again: its stack is simply reused.  The one thread
 * holds every real lock, so the cleanup may run here. */
static void fiber_abandon(unsigned slot, void (*cleanup)(unsigned slot))
{
	cleanup(slot);
}

/* Tools keep books about stacks that cannot be put back. */
static bool fiber_copies(void)
{
	return sim_context_pointer(&fibers[0].context) &&
	       !__sanitizer_start_switch_fiber && !__tsan_switch_to_fiber &&
	       !RUNNING_ON_VALGRIND;
}

static unsigned char *top_of(const struct fiber *f)
{
	return f->stack + f->stack_size;
}

static void *fiber_stack(unsigned slot, size_t *ret_size)
{
	struct fiber *f = &fibers[slot];
	void *low = *sim_context_pointer(&f->context);

	*ret_size = (size_t)(top_of(f) - (unsigned char *)low);
	return low;
}

static void *fiber_rewind(unsigned slot, size_t size)
{
	struct fiber *f = &fibers[slot];

	return *sim_context_pointer(&f->context) = top_of(f) - size;
}

static unsigned fiber_calls(unsigned slot, const void **ret_calls, unsigned max)
{
	struct fiber *f = &fibers[slot];

	return sim_context_calls(&f->context, top_of(f), ret_calls, max);
}

const struct sim_carrier *sim_carrier_fiber(void)
{
	static const struct sim_carrier fiber = {
		.name = "fiber",
		.begin = fiber_begin,
		.end = fiber_end,
		.create = fiber_create,
		.switch_to = fiber_switch_to,
		.exit_to = fiber_exit_to,
		.abandon = fiber_abandon,
		.copies = fiber_copies,
		.stack = fiber_stack,
		.rewind = fiber_rewind,
		.calls = fiber_calls,
	};

	return &fiber;
}
