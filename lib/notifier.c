/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * notifier.c - blocking notifier chains.
 *
 * The head is read without the lock by whoever calls an empty chain, so it is
 * a word raced on by design; the links behind it are the rwsem's.
 */
#include <vfiosim/atomic.h>
#include <vfiosim/notifier.h>

void __blocking_init_notifier_head(struct blocking_notifier_head *nh,
				   const char *key)
{
	__init_rwsem(&nh->rwsem, key);
	once_init(&nh->head, sizeof(nh->head));
	nh->head = NULL;
}

/* Writers of the chain alone change it: reading is no race for them. */
static struct notifier_block *
chain_next(const struct blocking_notifier_head *nh,
	   const struct notifier_block *nb)
{
	return nb ? SHARED_READ(nb->next) : PEEK_ONCE(nh->head);
}

/* Let @next follow @nb; NULL: the head. */
static void chain_link(struct blocking_notifier_head *nh,
		       struct notifier_block *nb, struct notifier_block *next)
{
	if (nb)
		SHARED_WRITE(nb->next, next);
	else
		WRITE_ONCE(nh->head, next);
}

int blocking_notifier_chain_register(struct blocking_notifier_head *nh,
				     struct notifier_block *nb)
{
	struct notifier_block *prev = NULL;
	struct notifier_block *next;
	SCHED_FUNC();

	down_write(&nh->rwsem);
	next = chain_next(nh, NULL);
	while (next && SHARED_READ(next->priority) >= nb->priority) {
		prev = next;
		next = chain_next(nh, prev);
	}
	SHARED_WRITE(nb->next, next);
	chain_link(nh, prev, nb);
	up_write(&nh->rwsem);
	return 0;
}

int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb)
{
	struct notifier_block *prev = NULL;
	struct notifier_block *found;
	SCHED_FUNC();

	down_write(&nh->rwsem);
	found = chain_next(nh, NULL);
	while (found && found != nb) {
		prev = found;
		found = chain_next(nh, prev);
	}
	if (found)
		chain_link(nh, prev, chain_next(nh, found));
	up_write(&nh->rwsem);
	return found ? 0 : -ENOENT;
}

/* The next block is looked up before each callback, as the kernel does. */
static int chain_call(const struct blocking_notifier_head *nh,
		      unsigned long action, void *data)
{
	struct notifier_block *nb = chain_next(nh, NULL);
	struct notifier_block *next;
	int ret = NOTIFY_DONE;

	while (nb) {
		next = chain_next(nh, nb);
		ret = nb->notifier_call(nb, action, data);
		if (ret & NOTIFY_STOP_MASK)
			break;
		nb = next;
	}
	return ret;
}

int blocking_notifier_call_chain(struct blocking_notifier_head *nh,
				 unsigned long action, void *data)
{
	int ret;
	SCHED_FUNC();

	if (!READ_ONCE(nh->head))
		return NOTIFY_DONE;
	down_read(&nh->rwsem);
	ret = chain_call(nh, action, data);
	up_read(&nh->rwsem);
	return ret;
}
