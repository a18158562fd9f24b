/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * notifier.h - blocking notifier chains (kernel/notifier.c, 3.19).
 *
 * Callbacks run with the chain's rwsem held for reading, for the whole walk.
 * So once unregistering returned, no callback of that block runs; and a
 * callback that unregisters from its own chain never returns.
 */
#ifndef VFIOSIM_NOTIFIER_H
#define VFIOSIM_NOTIFIER_H

#include <vfiosim/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOTIFY_DONE 0x0000
#define NOTIFY_OK 0x0001
#define NOTIFY_STOP_MASK 0x8000
#define NOTIFY_BAD (NOTIFY_STOP_MASK | 0x0002)
#define NOTIFY_STOP (NOTIFY_OK | NOTIFY_STOP_MASK)

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action,
			     void *data);
	struct notifier_block *next;
	int priority;
};

struct blocking_notifier_head {
	struct rw_semaphore rwsem;
	struct notifier_block *head;
};

/* @key: source text of the head; its last member names the rwsem. */
void __blocking_init_notifier_head(struct blocking_notifier_head *nh,
				   const char *key);
#define BLOCKING_INIT_NOTIFIER_HEAD(nh) __blocking_init_notifier_head((nh), #nh)

/**
 * blocking_notifier_chain_register - add a callback
 *
 * Sorted by descending priority; among equals in order of registration.
 * Returns 0.  Locks: nh->rwsem for writing.
 */
int blocking_notifier_chain_register(struct blocking_notifier_head *nh,
				     struct notifier_block *nb);

/**
 * blocking_notifier_chain_unregister - remove a callback
 *
 * Waits until no callback of the chain runs.  Returns 0, or -ENOENT: not on
 * the chain.  Locks: nh->rwsem for writing.
 */
int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb);

/**
 * blocking_notifier_call_chain - tell everybody
 * @action, @data: handed to each callback
 *
 * Tests for an empty chain without the lock: a registration in progress may
 * miss this event.  Stops when an answer carries NOTIFY_STOP_MASK.  Returns
 * the last answer.  Locks: nh->rwsem for reading, unless the chain is empty.
 */
int blocking_notifier_call_chain(struct blocking_notifier_head *nh,
				 unsigned long action, void *data);

#ifdef __cplusplus
}
#endif
#endif
