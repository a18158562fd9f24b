/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choices.c - are the choices at a step those that were there before?
 *
 * Searches that run a prefix again rely on it; what differs is nondeterminism
 * that nobody controls.
 */
#include "engine.h"

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 29);
}

uint64_t sim_choices_signature(const struct sim_choice *choices, unsigned nr)
{
	uint64_t h = nr;
	unsigned i;

	/* What is in one choice is mixed before the others are waited for. */
	for (i = 0; i < nr; i++) {
		const struct sim_choice *c = &choices[i];
		uint64_t what = (uint64_t)c->task << 32 | c->outcome << 16 |
				(unsigned)c->op->kind << 1 | c->enabled;

		h = mix(h, mix(what, (uint64_t)(uintptr_t)c->op->obj));
	}
	return h;
}

int sim_choices_differ(const struct sim_choice *choices, unsigned step)
{
	const struct sched_op *op = choices[0].op;
	char object[SIM_TEXT_MAX];

	sim_engine_object(op->obj, op->name ? op->name : op->site.what, object,
			  sizeof(object));
	sim_engine_fail("step %u: " SIM_CHOICES_DIFFER
			"; task %s is about to %s %s in %s",
			step + 1, sim_engine_task_name(choices[0].task),
			sim_kind_name(op->kind), object, op->site.func);
	return SIM_PICK_ERROR;
}
