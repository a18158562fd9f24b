/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks.h - tasks that take one lock, again and again.
 */
#ifndef VFIOSIM_BENCH_LOCKS_H
#define VFIOSIM_BENCH_LOCKS_H

#include <vfiosim/sim.h>

#define LOCKS_TASKS_MAX SIM_SCENARIO_TASKS_MAX

/* @tasks tasks, each of which locks, increments and unlocks @rounds times.
 * One at a time: what it runs is kept in one place. */
struct sim_scenario locks_scenario(unsigned tasks, unsigned rounds);

#endif
