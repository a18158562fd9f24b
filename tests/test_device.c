/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_device.c - the driver core: who is told what in which order, what is
 * not tested again, and who waits for whom.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "diary.h"
#include "inline_sched.h"

static int setup_recheck(void **state)
{
	(void)state;
	return diary_boot("v3.19 sysfs_unbind_recheck=corrected");
}

static int refs(const struct device *dev)
{
	return atomic_peek(&dev->kref.refcount);
}

/* ---------------------------------------------------------------- lifetime */

static void a_device_is_found_by_name_with_a_reference(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(refs(dev), 2); /* the creator and the bus */
	assert_ptr_equal(bus_find_device_by_name(diary.bus, "d0"), dev);
	assert_int_equal(refs(dev), 3);
	put_device(dev);
	assert_null(bus_find_device_by_name(diary.bus, "d1"));
	device_del(dev);
	assert_int_equal(refs(dev), 1);
	assert_null(bus_find_device_by_name(diary.bus, "d0"));
	put_device(dev);
	assert_int_equal(slab_live("device"), 0);
}

static void adding_needs_a_bus_and_a_name(void **state)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	device_initialize(dev, "");
	dev->bus = diary.bus;
	assert_int_equal(device_add(dev), -EINVAL);
	device_initialize(dev, "d0");
	dev->bus = NULL;
	assert_int_equal(device_add(dev), -EINVAL);
	put_device(dev);
}

static unsigned released;

static void count_release(struct device *dev)
{
	released++;
	kfree(dev);
}

static void the_last_put_calls_release(void **state)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	released = 0;
	dev->bus = diary.bus;
	dev->release = count_release;
	assert_int_equal(device_register(dev, "d0"), 0);
	assert_ptr_equal(get_device(dev), dev);
	device_unregister(dev);
	assert_int_equal(released, 0);
	put_device(dev);
	assert_int_equal(released, 1);
	put_device(NULL);
	assert_null(get_device(NULL));
}

static void a_name_that_is_too_long_is_cut(void **state)
{
	struct device *dev =
		diary_add("0123456789012345678901234567890123456789");

	(void)state;
	assert_int_equal(strlen(dev_name(dev)), DEVICE_NAME_MAX - 1);
	device_unregister(dev);
}

/* ------------------------------------------------------------ bind, unbind */

static void binding_tells_before_and_after_the_probe(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	diary_expect("ADD d0 -\n");
	assert_int_equal(bind_store(&diary.first, "d0", 7), 7);
	diary_expect("BIND d0 first\n"
		     "probe d0 first\n"
		     "BOUND d0 first\n");
	assert_non_null(PEEK_ONCE(dev->driver_data));
	assert_int_equal(unbind_store(&diary.first, "d0", 7), 7);
	diary_expect("UNBIND d0 first\n"
		     "remove d0 first\n"
		     "UNBOUND d0 -\n");
	assert_null(PEEK_ONCE(dev->driver_data));
	device_unregister(dev);
}

static void a_probe_that_fails_is_told_to_nobody(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	diary_clear();
	diary.probe_error = -EIO;
	dev_set_drvdata(dev, diary.bus);
	assert_int_equal(bind_store(&diary.first, "d0", 1), -ENODEV);
	diary_expect("BIND d0 first\n"
		     "probe d0 first\n");
	assert_null(PEEK_ONCE(dev->driver));
	assert_null(PEEK_ONCE(dev->driver_data));
	diary.probe_error = 0;
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	device_unregister(dev);
}

static void a_deleted_device_loses_its_driver_after_del(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	diary_clear();
	device_unregister(dev);
	diary_expect("DEL d0 first\n"
		     "UNBIND d0 first\n"
		     "remove d0 first\n"
		     "UNBOUND d0 -\n"
		     "REMOVED d0 -\n");
}

static void bind_and_unbind_refuse_what_does_not_fit(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(bind_store(&diary.first, "d1", 1), -ENODEV);
	assert_int_equal(unbind_store(&diary.first, "d1", 1), -ENODEV);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), -ENODEV);
	dev->platform_data = &diary.second; /* first does not match it */
	assert_int_equal(bind_store(&diary.first, "d0", 1), -ENODEV);
	assert_int_equal(bind_store(&diary.second, "d0", 1), 1);
	assert_int_equal(bind_store(&diary.second, "d0", 1), -ENODEV);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), -ENODEV);
	assert_int_equal(refs(dev), 2);
	assert_int_equal(sched_warnings(), 0);
	device_unregister(dev);
}

static void the_parent_is_locked_first(void **state)
{
	struct device *parent = diary_add("p0");
	struct device *dev = slab_alloc("device", sizeof(*dev));
	const void *locked[8];
	unsigned nr = 0;
	unsigned i;

	(void)state;
	dev->bus = diary.bus;
	dev->parent = parent;
	assert_int_equal(device_register(dev, "d0"), 0);
	assert_int_equal(refs(parent), 3); /* and its child */
	inline_sched_begin();
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	inline_sched_end();
	for (i = 0; i < inline_sched.nr_ops; i++) {
		if (inline_sched.op[i].kind == SCHED_LOCK ||
		    inline_sched.op[i].kind == SCHED_UNLOCK)
			locked[nr++] = inline_sched.op[i].obj;
	}
	assert_int_equal(nr, 4);
	assert_ptr_equal(locked[0], &parent->mutex);
	assert_ptr_equal(locked[1], &dev->mutex);
	assert_ptr_equal(locked[2], &dev->mutex);
	assert_ptr_equal(locked[3], &parent->mutex);
	device_unregister(dev);
	assert_int_equal(refs(parent), 2);
	device_unregister(parent);
}

/* Stores to the driver pointer and to drvdata, in order: "d" and "v". */
static void expect_stores(const struct device *dev, const char *order)
{
	char stores[16] = "";
	unsigned i;

	for (i = 0; i < inline_sched.nr_ops; i++) {
		if (inline_sched.op[i].kind != SCHED_WRITE)
			continue;
		if (inline_sched.op[i].obj == &dev->driver)
			strcat(stores, "d");
		else if (inline_sched.op[i].obj == &dev->driver_data)
			strcat(stores, "v");
	}
	inline_sched_end();
	assert_string_equal(stores, order);
}

static void the_driver_is_taken_back_before_its_data(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	inline_sched_begin();
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	expect_stores(dev, "dv");
	inline_sched_begin();
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	expect_stores(dev, "dv");
	diary.probe_error = -EIO;
	inline_sched_begin();
	assert_int_equal(bind_store(&diary.first, "d0", 1), -ENODEV);
	expect_stores(dev, "ddv");
	device_unregister(dev);
}

static void note_link(struct device *dev, const char *event)
{
	(void)event;
	diary_note(diary_linked(dev) ? "  linked" : "  not linked", dev);
}

/* Who polls the link in sysfs believes the device free before its driver has
 * even heard of it. */
static void links_come_behind_bind_and_go_before_unbind(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	diary_clear();
	diary.on_event = note_link;
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	diary_expect("BIND d0 first\n"
		     "  not linked d0 first\n"
		     "probe d0 first\n"
		     "BOUND d0 first\n"
		     "  linked d0 first\n"
		     "UNBIND d0 first\n"
		     "  not linked d0 first\n"
		     "remove d0 first\n"
		     "UNBOUND d0 -\n"
		     "  not linked d0 -\n");
	diary.on_event = NULL;
	device_unregister(dev);
}

/* ----------------------------------------------- what is not tested again */

static unsigned unbind_lock_step(struct device *dev)
{
	unsigned step;

	assert_int_equal(bind_store(&diary.first, dev_name(dev), 1), 1);
	inline_sched_begin();
	assert_int_equal(unbind_store(&diary.first, dev_name(dev), 1), 1);
	inline_sched_end();
	step = diary_step(SCHED_LOCK, &dev->mutex);
	assert_int_equal(bind_store(&diary.first, dev_name(dev), 1), 1);
	return step;
}

static void unbind_other(void *arg)
{
	struct device *dev = arg;

	assert_int_equal(unbind_store(&diary.first, dev_name(dev), 1), 1);
}

static void move_to_second(void *arg)
{
	unbind_other(arg);
	assert_int_equal(bind_store(&diary.second, "d0", 1), 1);
}

static void an_unbind_that_comes_second_still_succeeds(void **state)
{
	struct device *dev = diary_add("d0");
	unsigned step = unbind_lock_step(dev);

	(void)state;
	inline_sched_begin();
	inline_sched_call_at(step, 2, unbind_other, dev);
	assert_int_equal(unbind_store(&diary.first, "d0", 9), 9);
	inline_sched_end();
	device_unregister(dev);
}

static void an_unbind_takes_another_drivers_device(void **state)
{
	struct device *dev = diary_add("d0");
	unsigned step = unbind_lock_step(dev);

	(void)state;
	inline_sched_begin();
	inline_sched_call_at(step, 2, move_to_second, dev);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	inline_sched_end();
	assert_null(PEEK_ONCE(dev->driver));
	device_unregister(dev);
}

static void a_corrected_unbind_leaves_it_alone(void **state)
{
	struct device *dev = diary_add("d0");
	unsigned step = unbind_lock_step(dev);

	(void)state;
	inline_sched_begin();
	inline_sched_call_at(step, 2, move_to_second, dev);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), -ENODEV);
	inline_sched_end();
	assert_ptr_equal(PEEK_ONCE(dev->driver), &diary.second);
	device_unregister(dev);
}

static void bind_first(void *arg)
{
	struct device *dev = arg;

	assert_int_equal(bind_store(&diary.first, dev_name(dev), 1), 1);
}

/* Bind while another bind of the device, by @drv, waits for the lock. */
static int bind_second(struct device_driver *drv, struct device *dev)
{
	unsigned step;
	int ret;

	inline_sched_begin();
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	inline_sched_end();
	step = diary_step(SCHED_LOCK, &dev->mutex);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	diary_clear();
	inline_sched_begin();
	inline_sched_call_at(step, 2, bind_first, dev);
	ret = (int)bind_store(drv, "d0", 1);
	inline_sched_end();
	return ret;
}

/* The name of the device is taken in the driver's folder already.  What the
 * failure undoes is the first bind: the device has no driver any more, which
 * was never told to remove it. */
static void a_second_bind_undoes_the_first(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(bind_second(&diary.first, dev), -ENODEV);
	diary_expect("BIND d0 first\n"
		     "probe d0 first\n"
		     "BOUND d0 first\n"
		     "BIND d0 first\n");
	assert_int_equal(sched_warnings(), 1);
	assert_null(PEEK_ONCE(dev->driver));
	assert_true(dev->knode_driver.n_klist == &diary.first.klist_devices);

	/* The links are gone, the list entry is not: bound, but silently. */
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	diary_expect("BIND d0 first\n"
		     "probe d0 first\n");
	assert_int_equal(sched_warnings(), 1);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	device_unregister(dev);
}

static void a_second_bind_by_another_driver_fails_on_its_link(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(bind_second(&diary.second, dev), -ENODEV);
	assert_int_equal(sched_warnings(), 1);
	assert_non_null(strstr(inline_sched.text,
			       "WARN: cannot create duplicate filename "
			       "'d0/driver'"));
	assert_null(PEEK_ONCE(dev->driver));
	/* The first driver's link stays behind, and bars it. */
	assert_int_equal(bind_store(&diary.first, "d0", 1), -ENODEV);
	assert_int_equal(sched_warnings(), 2);
	/* Failing cleared it away; the second one's own is gone at once. */
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	assert_int_equal(bind_store(&diary.second, "d0", 1), 1);
	assert_int_equal(unbind_store(&diary.second, "d0", 1), 1);
	assert_int_equal(sched_warnings(), 2);
	device_unregister(dev);
}

static void delete_device(void *arg)
{
	device_del(arg);
}

static void a_device_that_is_deleted_meanwhile_is_not_probed(void **state)
{
	struct device *dev = diary_add("d0");
	unsigned step;

	(void)state;
	inline_sched_begin();
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	inline_sched_end();
	step = diary_step(SCHED_LOCK, &dev->mutex);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	diary_clear();
	inline_sched_begin();
	inline_sched_call_at(step, 2, delete_device, dev);
	assert_int_equal(bind_store(&diary.first, "d0", 1), -ENODEV);
	inline_sched_end();
	diary_expect("DEL d0 -\n"
		     "REMOVED d0 -\n");
	device_lock(dev);
	assert_int_equal(driver_probe_device(&diary.first, dev), -ENODEV);
	device_unlock(dev);
	put_device(dev);
}

/* ----------------------------------------------------------------- drivers */

static void a_driver_name_is_taken_once(void **state)
{
	struct device_driver again = { .name = "first", .bus = diary.bus };

	(void)state;
	assert_int_equal(driver_register(&again), -EBUSY);
	assert_false(again.registered);
}

static void unregistering_unbinds_the_last_bound_first(void **state)
{
	struct device *devs[3] = { diary_add("d0"), diary_add("d1"),
				   diary_add("d2") };
	int i;

	(void)state;
	assert_int_equal(bind_store(&diary.first, "d1", 1), 1);
	assert_int_equal(bind_store(&diary.first, "d2", 1), 1);
	assert_int_equal(bind_store(&diary.second, "d0", 1), 1);
	diary_clear();
	driver_unregister(&diary.first);
	diary_expect("UNBIND d2 first\n"
		     "remove d2 first\n"
		     "UNBOUND d2 -\n"
		     "UNBIND d1 first\n"
		     "remove d1 first\n"
		     "UNBOUND d1 -\n");
	assert_int_equal(bind_store(&diary.first, "d1", 1), -ENODEV);
	assert_int_equal(unbind_store(&diary.first, "d1", 1), -ENODEV);
	diary_register(&diary.first, "first");
	for (i = 0; i < 3; i++)
		device_unregister(devs[i]);
}

static void autoprobe_binds_on_either_side(void **state)
{
	struct device *devs[3] = { diary_add("d0"), diary_add("d1") };
	struct device_driver third;
	int i;

	(void)state;
	devs[1]->platform_data = &diary.second;
	diary.bus->drivers_autoprobe = true;
	memset(&third, 0, sizeof(third));
	diary_register(&third, "third");
	assert_ptr_equal(PEEK_ONCE(devs[0]->driver), &third);
	assert_null(PEEK_ONCE(devs[1]->driver));
	/* A new device goes to the driver that was registered diary.first. */
	devs[2] = diary_add("d2");
	assert_ptr_equal(PEEK_ONCE(devs[2]->driver), &diary.first);
	diary.bus->drivers_autoprobe = false;
	driver_unregister(&third);
	assert_null(PEEK_ONCE(devs[0]->driver));
	for (i = 0; i < 3; i++)
		device_unregister(devs[i]);
}

static struct device *newcomer;

/* It fits the driver that is going, and no other one. */
static void add_newcomer(struct device *dev)
{
	(void)dev;
	diary.in_remove = NULL;
	newcomer = slab_alloc("device", sizeof(*newcomer));
	newcomer->bus = diary.bus;
	newcomer->platform_data = &diary.first;
	assert_int_equal(device_register(newcomer, "d1"), 0);
}

static void a_driver_that_detaches_gets_no_new_device(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	diary_clear();
	diary.in_remove = add_newcomer;
	diary.bus->drivers_autoprobe = true;
	driver_unregister(&diary.first);
	diary_expect("UNBIND d0 first\n"
		     "remove d0 first\n"
		     "ADD d1 -\n"
		     "UNBOUND d0 -\n");
	device_unregister(dev);
	device_unregister(newcomer);
}

static struct device_driver late;
static ssize_t early_bind;

static void bind_early(struct device *dev)
{
	(void)dev;
	diary.in_probe = NULL;
	early_bind = bind_store(&late, "d1", 1);
}

static void a_driver_has_its_files_once_it_has_probed(void **state)
{
	struct device *devs[2] = { diary_add("d0"), diary_add("d1") };

	(void)state;
	diary.bus->drivers_autoprobe = true;
	diary.in_probe = bind_early;
	diary_register(&late, "late");
	assert_int_equal(early_bind, -ENODEV);
	assert_ptr_equal(PEEK_ONCE(devs[0]->driver), &late);
	assert_ptr_equal(PEEK_ONCE(devs[1]->driver), &late);
	assert_int_equal(unbind_store(&late, "d1", 1), 1);
	assert_int_equal(bind_store(&late, "d1", 1), 1);
	driver_unregister(&late);
	device_unregister(devs[0]);
	device_unregister(devs[1]);
}

static void attach_tries_drivers_until_one_takes_the_device(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	diary.probe_error = -EIO;
	diary_clear();
	assert_int_equal(device_attach(dev), 0);
	diary_expect("BIND d0 first\n"
		     "probe d0 first\n"
		     "BIND d0 second\n"
		     "probe d0 second\n");
	diary.probe_error = 0;
	assert_int_equal(device_attach(dev), 1);
	assert_ptr_equal(PEEK_ONCE(dev->driver), &diary.first);
	diary_clear();
	assert_int_equal(device_attach(dev), 1); /* bound already */
	diary_expect("");
	device_release_driver(dev);
	assert_null(PEEK_ONCE(dev->driver));
	diary_clear();
	device_release_driver(dev); /* nothing to release */
	diary_expect("");
	device_unregister(dev);
}

static int bus_probe(struct device *dev)
{
	diary_note("bus probe", dev);
	return 0;
}

static int bus_remove(struct device *dev)
{
	diary_note("bus remove", dev);
	return 0;
}

static void the_bus_may_probe_and_remove_itself(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	diary.bus->probe = bus_probe;
	diary.bus->remove = bus_remove;
	diary_clear();
	assert_int_equal(bind_store(&diary.first, "d0", 1), 1);
	assert_int_equal(unbind_store(&diary.first, "d0", 1), 1);
	diary_expect("BIND d0 first\n"
		     "bus probe d0 first\n"
		     "BOUND d0 first\n"
		     "UNBIND d0 first\n"
		     "bus remove d0 first\n"
		     "UNBOUND d0 -\n");
	diary.bus->probe = NULL;
	diary.bus->remove = NULL;
	device_unregister(dev);
}

/* ------------------------------------------------------------ running free */

static struct completion probing, may_go_on;
static atomic_t unregistered;
static ssize_t bound; /* read when the task has been joined */

static void wait_in_probe(struct device *dev)
{
	(void)dev;
	complete(&probing);
	wait_for_completion(&may_go_on);
}

static void bind_task(void *arg)
{
	(void)arg;
	bound = bind_store(&diary.first, "d0", 1);
}

static void unregister_task(void *arg)
{
	(void)arg;
	driver_unregister(&diary.first);
	atomic_set(&unregistered, 1);
}

static void unregistering_waits_for_whoever_is_in_the_files(void **state)
{
	struct device *dev = diary_add("d0");

	(void)state;
	init_completion(&probing);
	init_completion(&may_go_on);
	atomic_init(&unregistered, 0);
	diary.in_probe = wait_in_probe;
	assert_true(kthread_run("bind", bind_task, NULL) > 0);
	wait_for_completion(&probing);
	assert_true(kthread_run("unregister", unregister_task, NULL) > 0);
	assert_int_equal(atomic_read(&unregistered), 0);
	complete(&may_go_on);
	kthread_join_all();
	assert_int_equal(bound, 1);
	assert_int_equal(atomic_read(&unregistered), 1);
	assert_null(PEEK_ONCE(dev->driver));
	diary.in_probe = NULL;
	diary_register(&diary.first, "first");
	device_unregister(dev);
}

#define ROUNDS 50

static void rebind_task(void *arg)
{
	const char *name = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		(void)bind_store(&diary.first, name, 1);
		(void)unbind_store(&diary.first, name, 1);
	}
}

static int quiet_probe(struct device *dev)
{
	dev_set_drvdata(dev, diary.bus);
	return 0;
}

static int quiet_remove(struct device *dev)
{
	return PEEK_ONCE(dev->driver) ? 0 : -EINVAL;
}

static void tasks_bind_and_unbind_side_by_side(void **state)
{
	struct device *devs[2] = { diary_add("d0"), diary_add("d1") };
	static char names[2][4] = { "d0", "d1" };

	(void)state;
	diary_listen(false);
	diary.first.probe = quiet_probe;
	diary.first.remove = quiet_remove;
	assert_true(kthread_run("a", rebind_task, names[0]) > 0);
	assert_true(kthread_run("b", rebind_task, names[1]) > 0);
	kthread_join_all();
	assert_null(PEEK_ONCE(devs[0]->driver));
	assert_null(PEEK_ONCE(devs[1]->driver));
	assert_int_equal(refs(devs[0]), 2);
	assert_int_equal(refs(devs[1]), 2);
	diary_listen(true);
	device_unregister(devs[0]);
	device_unregister(devs[1]);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, diary_setup, diary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_device_is_found_by_name_with_a_reference),
		test(adding_needs_a_bus_and_a_name),
		test(the_last_put_calls_release),
		test(a_name_that_is_too_long_is_cut),
		test(binding_tells_before_and_after_the_probe),
		test(a_probe_that_fails_is_told_to_nobody),
		test(a_deleted_device_loses_its_driver_after_del),
		test(bind_and_unbind_refuse_what_does_not_fit),
		test(the_parent_is_locked_first),
		test(the_driver_is_taken_back_before_its_data),
		test(links_come_behind_bind_and_go_before_unbind),
		test(an_unbind_that_comes_second_still_succeeds),
		test(an_unbind_takes_another_drivers_device),
		cmocka_unit_test_setup_teardown(
			a_corrected_unbind_leaves_it_alone, setup_recheck,
			diary_teardown),
		test(a_second_bind_undoes_the_first),
		test(a_second_bind_by_another_driver_fails_on_its_link),
		test(a_device_that_is_deleted_meanwhile_is_not_probed),
		test(a_driver_name_is_taken_once),
		test(unregistering_unbinds_the_last_bound_first),
		test(autoprobe_binds_on_either_side),
		test(a_driver_that_detaches_gets_no_new_device),
		test(a_driver_has_its_files_once_it_has_probed),
		test(attach_tries_drivers_until_one_takes_the_device),
		test(the_bus_may_probe_and_remove_itself),
		test(unregistering_waits_for_whoever_is_in_the_files),
		test(tasks_bind_and_unbind_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
