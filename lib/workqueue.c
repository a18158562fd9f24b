/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.c - each item of work is a task, so that a scheduler decides when
 * it runs.  There are no pools, no flushing and no cancelling.
 */
#include <vfiosim/kernel.h>
#include <vfiosim/workqueue.h>

static void work_main(void *arg)
{
	struct work_struct *work = arg;

	work->func(work);
}

bool schedule_work(struct work_struct *work)
{
	SCHED_FUNC();

	if (kthread_run(KWORKER, work_main, work) > 0)
		return true;
	work->func(work);
	return false;
}
