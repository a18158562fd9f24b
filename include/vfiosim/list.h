/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list.h - doubly linked lists, as include/linux/list.h names them.
 *
 * Every edit and every step of a walk is announced as an access, so that a
 * harness sees races on lists and stops at a freed node before it is touched.
 */
#ifndef VFIOSIM_LIST_H
#define VFIOSIM_LIST_H

#include <vfiosim/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

struct list_head {
	struct list_head *next, *prev;
};

/* What list_del() leaves behind; no address is ever there. */
#define LIST_POISON1 ((struct list_head *)0x100)
#define LIST_POISON2 ((struct list_head *)0x200)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void __list_add(struct list_head *node, struct list_head *prev,
			      struct list_head *next)
{
	sched_access(prev, SCHED_ACCESS_WRITE);
	sched_access(next, SCHED_ACCESS_WRITE);
	sched_access(node, SCHED_ACCESS_WRITE);
	next->prev = node;
	node->next = next;
	node->prev = prev;
	prev->next = node;
}

/* Insert @node right behind @head. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	sched_access(head, SCHED_ACCESS_READ);
	__list_add(node, head, head->next);
}

/* Insert @node in front of @head: at the end of its list. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	sched_access(head, SCHED_ACCESS_READ);
	__list_add(node, head->prev, head);
}

static inline void __list_unlink(struct list_head *node)
{
	sched_access(node, SCHED_ACCESS_WRITE);
	sched_access(node->prev, SCHED_ACCESS_WRITE);
	sched_access(node->next, SCHED_ACCESS_WRITE);
	node->next->prev = node->prev;
	node->prev->next = node->next;
}

/* Take @node off its list and poison its links. */
static inline void list_del(struct list_head *node)
{
	__list_unlink(node);
	node->next = LIST_POISON1;
	node->prev = LIST_POISON2;
}

/* Take @node off its list and make it an empty list. */
static inline void list_del_init(struct list_head *node)
{
	__list_unlink(node);
	INIT_LIST_HEAD(node);
}

/* Reports quote an edit as it stands in the source. */
#define list_add(node, head) \
	(list_add(node, head), sched_tell("list_add(" #node ", " #head ")"))
#define list_add_tail(node, head)   \
	(list_add_tail(node, head), \
	 sched_tell("list_add_tail(" #node ", " #head ")"))
#define list_del(node) (list_del(node), sched_tell("list_del(" #node ")"))
#define list_del_init(node) \
	(list_del_init(node), sched_tell("list_del_init(" #node ")"))

static inline bool list_empty(const struct list_head *head)
{
	sched_access(head, SCHED_ACCESS_READ);
	return head->next == head;
}

/* The node behind @node; one step of a walk. */
static inline struct list_head *list_next(const struct list_head *node)
{
	sched_access(node, SCHED_ACCESS_READ);
	return node->next;
}

static inline struct list_head *list_prev(const struct list_head *node)
{
	sched_access(node, SCHED_ACCESS_READ);
	return node->prev;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) \
	list_entry(list_next(head), type, member)
#define list_last_entry(head, type, member) \
	list_entry(list_prev(head), type, member)

#define list_for_each_entry(pos, head, member)                            \
	for (pos = list_entry(list_next(head), __typeof__(*pos), member); \
	     &pos->member != (head);                                      \
	     pos = list_entry(list_next(&pos->member), __typeof__(*pos),  \
			      member))

#define list_for_each_entry_reverse(pos, head, member)                    \
	for (pos = list_entry(list_prev(head), __typeof__(*pos), member); \
	     &pos->member != (head);                                      \
	     pos = list_entry(list_prev(&pos->member), __typeof__(*pos),  \
			      member))

/* @pos may be taken off the list and freed in the body. */
#define list_for_each_entry_safe(pos, n, head, member)                         \
	for (pos = list_entry(list_next(head), __typeof__(*pos), member),      \
	    n = &pos->member == (head) ? pos :                                 \
					 list_entry(list_next(&pos->member),   \
						    __typeof__(*pos), member); \
	     &pos->member != (head); pos = n,                                  \
	    n = &pos->member == (head) ? pos :                                 \
					 list_entry(list_next(&pos->member),   \
						    __typeof__(*pos), member))

#ifdef __cplusplus
}
#endif
#endif
