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
	bool queued = kthread_run(KWORKER, work_main, work) > 0;

	/* Not on the caller's task: its locks would show up as held around the
	 * work, which is what work items are there to prevent (B8). */
	if (!queued)
		__bug_on("no task is left for a work item: too many of them",
			 SCHED_SITE(NULL));
	return queued;
}
