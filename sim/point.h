/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point.h - what the lines of a schedule mean for the run that is going on.
 */
#ifndef SIM_POINT_H
#define SIM_POINT_H

#include "engine.h"
#include "schedule.h"

/* The running engine's task of that name; 0: there is none. */
unsigned sim_point_task(const char *name);

/* Index of the enabled choice of @task with @outcome, or -1. */
int sim_point_choice(const struct sim_choice *choices, unsigned nr,
		     unsigned task, unsigned outcome);

/* Is this the operation that a task waits to do, the nth time or not? */
bool sim_point_is(const struct sim_point *point, const struct sched_op *op);

#endif
