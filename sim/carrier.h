/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * carrier.h - seam between the engine and what carries tasks.
 *
 * A carrier has slots: slot 0 is the caller of the engine, the others carry
 * one task each.  It runs whom it is told to run and never decides.
 */
#ifndef SIM_CARRIER_H
#define SIM_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

/* Slots, slot 0 included; also the number of tasks in one machine's life. */
#define SIM_SLOTS_MAX 256

struct sim_carrier {
	const char *name;
	/* Before and after a run, on slot 0. */
	int (*begin)(void);
	void (*end)(void);
	/*
	 * Prepare @slot to begin in @entry(@slot) when first switched to.
	 * Returns 0 or -errno.
	 */
	int (*create)(unsigned slot, void (*entry)(unsigned slot));
	/* Called on @from: stop here, let @to go on.  Returns when somebody
	 * switches back. */
	void (*switch_to)(unsigned from, unsigned to);
	/* Called on @from as the last thing it does. */
	void (*exit_to)(unsigned from, unsigned to);
	/*
	 * @slot stands inside switch_to() and shall never go on: let it call
	 * @cleanup(@slot) where it stands, and be free again.  On slot 0.
	 */
	void (*abandon)(unsigned slot, void (*cleanup)(unsigned slot));
	/* Optional, all four, for checkpoints: on this machine, and under this
	 * tool? */
	bool (*copies)(void);
	/* All that is to be known of @slot, which stands inside switch_to(), is
	 * in the bytes returned, and belongs where they lie. */
	void *(*stack)(unsigned slot, size_t *ret_size);
	/* @slot stands again where it stood when its stack had @size bytes;
	 * returns where they belong. */
	void *(*rewind)(unsigned slot, size_t size);
	/* Return addresses on its stack, as sim_context_calls(). */
	unsigned (*calls)(unsigned slot, const void **ret_calls, unsigned max);
};

/* NULL where the platform has none. */
const struct sim_carrier *sim_carrier_fiber(void);
const struct sim_carrier *sim_carrier_thread(void);

/* One word on which one thread waits for another; see baton_*.c. */
struct sim_baton {
	volatile unsigned go;
	char pad[60];
};

void sim_baton_give(struct sim_baton *baton);
void sim_baton_take(struct sim_baton *baton);

#endif
