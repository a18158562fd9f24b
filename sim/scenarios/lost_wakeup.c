/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sleeper tests its condition before it joins the queue, and never again.
 *
 *   1  sleeper finds the flag clear
 *   2  waker sets the flag and wakes a queue on which nobody is
 *   3  sleeper joins the queue and sleeps for ever
 *
 * wait_event() joins first and tests then; this is what it prevents.
 */
#include "../symbols.h"
#include "expect.h"

#include <vfiosim/sim.h>
#include <vfiosim/atomic.h>
#include <vfiosim/wait.h>

struct mailbox {
	wait_queue_head_t queue;
	int full;
};

static struct mailbox *mailbox;

static void setup(void)
{
	mailbox = kzalloc_obj(mailbox);
	init_waitqueue_head(&mailbox->queue);
	once_init(&mailbox->full, sizeof(mailbox->full));
}

static void sleeper(void)
{
	wait_queue_t wait;

	if (READ_ONCE(mailbox->full))
		return;
	__wait_init(&wait, &mailbox->queue, 0);
	__prepare_to_wait(&wait, SCHED_SITE("mailbox->queue"));
	__wait_schedule(&wait, 0, 0, SCHED_SITE("mailbox->queue"));
	__finish_wait(&wait, SCHED_SITE("mailbox->queue"));
}

static void waker(void)
{
	WRITE_ONCE(mailbox->full, 1);
	wake_up(&mailbox->queue);
}

static void teardown(void)
{
	kfree(mailbox);
}

const struct sim_scenario lost_wakeup = {
	.name = "lost-wakeup",
	.summary = "a sleeper tests its condition before it joins the queue",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "sleeper", sleeper, NULL }, { "waker", waker, NULL } },
	.teardown = teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", LOST_WAKEUP, NULL, 0 },
			{ "v3.19-patched", LOST_WAKEUP, NULL, 0 },
			{ "v4.0", LOST_WAKEUP, NULL, 0 },
			{ "v4.14", LOST_WAKEUP, NULL, 0 },
			{ "v5.15", LOST_WAKEUP, NULL, 0 },
			{ "v5.19", LOST_WAKEUP, NULL, 0 },
			{ "v6.1", LOST_WAKEUP, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
