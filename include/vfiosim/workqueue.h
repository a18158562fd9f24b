/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.h - work that runs later, on a task of its own.
 *
 * include/linux/workqueue.h: as many items run at once as are queued, each
 * once, in no order that anybody may rely on.
 */
#ifndef VFIOSIM_WORKQUEUE_H
#define VFIOSIM_WORKQUEUE_H

#include <vfiosim/symbols.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct work_struct;

typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
};

#define INIT_WORK(work, f) ((void)((work)->func = (f)))

/**
 * schedule_work - run an item on a task named "kworker"
 * @work: INIT_WORK() was called; its function may free it
 *
 * Returns true.  The kernel always finds a worker in the end; here tasks are
 * limited, and when no further one can be made that is a BUG with this text.
 * If the run goes on all the same the item never runs, and the result is false.
 */
bool schedule_work(struct work_struct *work);

#ifdef __cplusplus
}
#endif
#endif
