/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader takes an rwsem again while a writer queues behind it.
 *
 *   1  reader takes the semaphore for reading
 *   2  writer joins the queue and waits for reader
 *   3  reader wants it for reading once more, behind the writer
 */
#include "../symbols.h"
#include "expect.h"

#include <vfiosim/lock.h>
#include <vfiosim/sim.h>

struct table {
	struct rw_semaphore rwsem;
};

static struct table *table;

static void setup(void)
{
	table = kzalloc_obj(table);
	init_rwsem(&table->rwsem);
}

static void reader(void)
{
	down_read(&table->rwsem);
	down_read(&table->rwsem);
	up_read(&table->rwsem);
	up_read(&table->rwsem);
}

static void writer(void)
{
	down_write(&table->rwsem);
	up_write(&table->rwsem);
}

static void teardown(void)
{
	rwsem_destroy(&table->rwsem);
	kfree(table);
}

const struct sim_scenario recursive_read = {
	.name = "recursive-read",
	.summary = "down_read() twice against a queued writer",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "reader", reader, NULL }, { "writer", writer, NULL } },
	.teardown = teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", DEADLOCK, NULL, 0 },
			{ "v3.19-patched", DEADLOCK, NULL, 0 },
			{ "v4.0", DEADLOCK, NULL, 0 },
			{ "v4.14", DEADLOCK, NULL, 0 },
			{ "v5.15", DEADLOCK, NULL, 0 },
			{ "v5.19", DEADLOCK, NULL, 0 },
			{ "v6.1", DEADLOCK, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
