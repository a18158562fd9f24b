/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks.c - tasks that take one lock, again and again.
 *
 * The orders in which they can take it are the multinomial coefficients, so
 * that anybody can check how many classes a search must find.
 */
#include "locks.h"

#include <vfiosim/lock.h>

struct locks_counter {
	struct mutex lock;
	int value;
};

static struct locks_counter *counter;
static unsigned tasks_nr, rounds_nr;

static void setup(void)
{
	counter = kzalloc_obj(locks_counter);
	if (counter)
		mutex_init(&counter->lock);
}

static void work(void)
{
	unsigned i;

	for (i = 0; i < rounds_nr; i++) {
		mutex_lock(&counter->lock);
		SHARED_WRITE(counter->value, SHARED_READ(counter->value) + 1);
		mutex_unlock(&counter->lock);
	}
}

static void check(void)
{
	SIM_CHECK(counter->value == (int)(tasks_nr * rounds_nr));
}

static void teardown(void)
{
	mutex_destroy(&counter->lock);
	kfree(counter);
}

struct sim_scenario locks_scenario(unsigned tasks, unsigned rounds)
{
	static const char *const names[LOCKS_TASKS_MAX] = {
		"a", "b", "c", "d", "e", "f", "g", "h"
	};
	struct sim_scenario s = { .name = "locks",
				  .summary = "tasks that take one lock",
				  .setup = setup,
				  .check = check,
				  .teardown = teardown };
	unsigned i;

	tasks_nr = tasks;
	rounds_nr = rounds;
	for (i = 0; i < tasks && i < LOCKS_TASKS_MAX; i++)
		s.tasks[i] = (struct sim_task){ names[i], work, NULL };
	return s;
}
