/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_list.c - doubly linked lists and what they announce.
 *
 * Every edit names the nodes that it writes, every step the node it reads.
 */
#include <vfiosim/list.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"

struct item {
	char name;
	struct list_head node;
};

static struct list_head list;
static struct item a, b, c;

static int start(void **state)
{
	INIT_LIST_HEAD(&list);
	a = (struct item){ .name = 'a' };
	b = (struct item){ .name = 'b' };
	c = (struct item){ .name = 'c' };
	return machine_boot_inline(state);
}

static void assert_holds(const char *names)
{
	char forward[8] = "", backward[8] = "";
	struct item *item;
	size_t n = 0;

	list_for_each_entry(item, &list, node)
		forward[n++] = item->name;
	assert_string_equal(forward, names);
	list_for_each_entry_reverse(item, &list, node)
		backward[--n] = item->name;
	assert_string_equal(backward, names);
}

static void a_new_list_is_empty(void **state)
{
	(void)state;
	assert_true(list_empty(&list));
	assert_holds("");
}

static void add_puts_in_front_and_add_tail_behind(void **state)
{
	(void)state;
	list_add(&a.node, &list);
	list_add(&b.node, &list);
	list_add_tail(&c.node, &list);
	assert_false(list_empty(&list));
	assert_holds("bac");
	assert_ptr_equal(list_first_entry(&list, struct item, node), &b);
	assert_ptr_equal(list_last_entry(&list, struct item, node), &c);
}

static void nodes_can_be_added_behind_any_node(void **state)
{
	(void)state;
	list_add(&a.node, &list);
	list_add(&c.node, &a.node);
	list_add_tail(&b.node, &c.node);
	assert_holds("abc");
}

static void del_leaves_poison_and_del_init_an_empty_list(void **state)
{
	(void)state;
	list_add_tail(&a.node, &list);
	list_add_tail(&b.node, &list);
	list_add_tail(&c.node, &list);
	list_del(&b.node);
	assert_holds("ac");
	assert_ptr_equal(b.node.next, LIST_POISON1);
	assert_ptr_equal(b.node.prev, LIST_POISON2);
	list_del_init(&a.node);
	assert_true(list_empty(&a.node));
	assert_holds("c");
	list_del_init(&a.node);
	list_del(&c.node);
	assert_holds("");
}

static void a_safe_walk_survives_the_removal_of_each_node(void **state)
{
	struct item *item, *next;
	char seen[4] = "";

	(void)state;
	list_add_tail(&a.node, &list);
	list_add_tail(&b.node, &list);
	list_add_tail(&c.node, &list);
	list_for_each_entry_safe(item, next, &list, node) {
		seen[strlen(seen)] = item->name;
		list_del(&item->node);
		memset(&item->node, 0xff, sizeof(item->node));
	}
	assert_string_equal(seen, "abc");
	assert_true(list_empty(&list));
	list_for_each_entry_safe(item, next, &list, node)
		fail();
}

static void adding_announces_writes_to_the_node_and_its_neighbours(void **state)
{
	(void)state;
	list_add_tail(&a.node, &list);
	inline_sched.nr_accesses = 0;
	list_add_tail(&b.node, &list);
	assert_int_equal(inline_sched_accesses(&list, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched_accesses(&list, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched_accesses(&a.node, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched_accesses(&b.node, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched.nr_accesses, 4);
	inline_sched_expect("");
}

static void removing_announces_writes_to_the_node_and_neighbours(void **state)
{
	(void)state;
	list_add_tail(&a.node, &list);
	list_add_tail(&b.node, &list);
	inline_sched.nr_accesses = 0;
	list_del(&a.node);
	assert_int_equal(inline_sched_accesses(&a.node, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched_accesses(&b.node, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched_accesses(&list, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(inline_sched.nr_accesses, 3);
}

/* Two nodes: the head and both of them are read once each. */
static void a_walk_announces_a_read_of_each_node_it_leaves(void **state)
{
	struct item *item;

	(void)state;
	list_add_tail(&a.node, &list);
	list_add_tail(&b.node, &list);
	inline_sched.nr_accesses = 0;
	list_for_each_entry(item, &list, node)
		assert_true(item == &a || item == &b);
	assert_int_equal(inline_sched_accesses(&list, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched_accesses(&a.node, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched_accesses(&b.node, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched.nr_accesses, 3);
}

static void asking_for_emptiness_announces_a_read_of_the_head(void **state)
{
	(void)state;
	inline_sched.nr_accesses = 0;
	assert_true(list_empty(&list));
	assert_int_equal(inline_sched_accesses(&list, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched.nr_accesses, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_list_is_empty),
		TEST(add_puts_in_front_and_add_tail_behind),
		TEST(nodes_can_be_added_behind_any_node),
		TEST(del_leaves_poison_and_del_init_an_empty_list),
		TEST(a_safe_walk_survives_the_removal_of_each_node),
		TEST(adding_announces_writes_to_the_node_and_its_neighbours),
		TEST(removing_announces_writes_to_the_node_and_neighbours),
		TEST(a_walk_announces_a_read_of_each_node_it_leaves),
		TEST(asking_for_emptiness_announces_a_read_of_the_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
