/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point.c - finds tasks, choices and operations by the names that schedules
 * have for them.  For whoever follows one: strictly, or as far as it fits.
 */
#include "point.h"

#include <string.h>

unsigned sim_point_task(const char *name)
{
	unsigned id;

	for (id = 1; id <= sim_engine_tasks(); id++)
		if (!strcmp(sim_engine_task_name(id), name))
			return id;
	return 0;
}

int sim_point_choice(const struct sim_choice *choices, unsigned nr,
		     unsigned task, unsigned outcome)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].outcome == outcome &&
		    choices[i].enabled)
			return (int)i;
	return -1;
}

bool sim_point_is(const struct sim_point *point, const struct sched_op *op)
{
	char object[SIM_TEXT_MAX];

	return op->kind == point->kind && !strcmp(op->site.func, point->func) &&
	       !strcmp(sim_engine_object(op->obj,
					 op->name ? op->name : op->site.what,
					 object, sizeof(object)),
		       point->object);
}
