/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_device_era.c - where kernels differ in how a driver gets a device and
 * loses it: each value of each flag, in several eras.
 */
#include "diary.h"
#include "inline_sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define bind(drv) ((int)bind_store(&diary.drv, "d0", 1))
#define unbind(drv) ((int)unbind_store(&diary.drv, "d0", 1))

/* ------------------------------------------------------- a probe that fails */

static void fail_to_bind(void)
{
	struct device *dev = diary_add("d0");

	diary_clear();
	diary.probe_error = -EIO;
	dev_set_drvdata(dev, &diary);
	assert_true(bind(first) < 0);
	assert_null(PEEK_ONCE(dev->driver));
	assert_null(PEEK_ONCE(dev->driver_data));
	assert_false(diary_linked(dev));
	diary.probe_error = 0;
	device_unregister(dev);
}

static void up_to_4_4_nobody_hears_that_a_probe_failed(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v3.19-patched", "v4.0",
		   "v5.15 probe_fail_notify=none")
	{
		fail_to_bind();
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "DEL d0 -\n"
			     "REMOVED d0 -\n");
	}
}

static void later_all_hear_it_while_the_driver_is_set(void **state)
{
	(void)state;
	DIARY_EACH("v4.14", "v5.15", "v5.19", "v6.1",
		   "v3.19 probe_fail_notify=not_bound")
	{
		fail_to_bind();
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "NOT_BOUND d0 first\n"
			     "DEL d0 -\n"
			     "REMOVED d0 -\n");
	}
}

static void up_to_5_12_bind_hides_why_the_probe_failed(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v4.14", "v5.15 probe_errno=hidden")
	{
		struct device *dev = diary_add("d0");

		diary.probe_error = -EIO;
		assert_int_equal(bind(first), -ENODEV);
		device_lock(dev);
		assert_int_equal(driver_probe_device(&diary.first, dev), 0);
		device_unlock(dev);
		device_unregister(dev);
	}
}

static void later_bind_says_why_the_probe_failed(void **state)
{
	(void)state;
	DIARY_EACH("v5.15", "v5.19", "v6.1", "v4.14 probe_errno=returned")
	{
		struct device *dev = diary_add("d0");

		diary.probe_error = -EIO;
		assert_int_equal(bind(first), -EIO);
		diary.probe_error = 5; /* which no probe should return */
		assert_int_equal(bind(first), -5);
		device_lock(dev);
		assert_int_equal(driver_probe_device(&diary.first, dev), -5);
		device_unlock(dev);
		diary.probe_error = 0;
		assert_int_equal(bind(first), 1);
		device_unregister(dev);
	}
}

static void a_failed_probe_leaves_the_next_driver_its_try(void **state)
{
	(void)state;
	DIARY_EACH("v4.14", "v5.15", "v6.1")
	{
		struct device *dev = diary_add("d0");

		diary.probe_error = -ENODEV;
		diary_clear();
		assert_int_equal(device_attach(dev), 0);
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "NOT_BOUND d0 first\n"
			     "BIND d0 second\n"
			     "probe d0 second\n"
			     "NOT_BOUND d0 second\n");
		diary.probe_error = 0;
		assert_int_equal(device_attach(dev), 1);
		device_unregister(dev);
		assert_int_equal(sched_warnings(), 0);
	}
}

/* ---------------------------------------------------------- a second bind */

/* Where in a bind the device lock is taken; the device is driverless then. */
static unsigned bind_lock_step(struct device *dev)
{
	unsigned step;

	inline_sched_begin();
	assert_int_equal(bind(first), 1);
	inline_sched_end();
	step = diary_step(SCHED_LOCK, &dev->mutex);
	assert_int_equal(unbind(first), 1);
	diary_clear();
	return step;
}

static void bind_to_first(void *arg)
{
	(void)arg;
	assert_int_equal(bind(first), 1);
}

/* Bind to @drv; another task binds to the first one when this is about to take
 * the lock. */
static int bind_too_late(struct device_driver *drv, struct device *dev)
{
	unsigned step = bind_lock_step(dev);
	int ret;

	inline_sched_begin();
	inline_sched_call_at(step, 2, bind_to_first, NULL);
	ret = (int)bind_store(drv, "d0", 1);
	inline_sched_end();
	return ret;
}

#define BOUND_ONCE         \
	"BIND d0 first\n"  \
	"probe d0 first\n" \
	"BOUND d0 first\n"

static void up_to_5_0_a_second_bind_undoes_the_first(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v4.0", "v4.14", "v5.15 sysfs_bind_recheck=none")
	{
		struct device *dev = diary_add("d0");
		bool told = era_flag(ERA_PROBE_FAIL_NOTIFY) == 1;

		assert_true(bind_too_late(&diary.first, dev) < 0);
		diary_expect(told ? BOUND_ONCE "BIND d0 first\n"
					       "NOT_BOUND d0 first\n" :
				    BOUND_ONCE "BIND d0 first\n");
		assert_int_equal(sched_warnings(), 1);
		assert_null(PEEK_ONCE(dev->driver));
		/* Off the driver's list again. */
		assert_int_equal(bind(first), 1);
		device_unregister(dev);
	}
}

static void from_5_2_a_second_bind_finds_the_first(void **state)
{
	(void)state;
	DIARY_EACH("v4.14 sysfs_bind_recheck=skip",
		   "v5.15 sysfs_bind_recheck=skip",
		   "v3.19 sysfs_bind_recheck=skip")
	{
		struct device *dev = diary_add("d0");

		assert_int_equal(bind_too_late(&diary.second, dev), -ENODEV);
		diary_expect(BOUND_ONCE);
		assert_ptr_equal(PEEK_ONCE(dev->driver), &diary.first);
		assert_int_equal(sched_warnings(), 0);
		device_unregister(dev);
	}
}

static void from_5_14_it_says_that_the_device_is_busy(void **state)
{
	(void)state;
	DIARY_EACH("v5.15", "v5.19", "v6.1", "v3.19 sysfs_bind_recheck=ebusy")
	{
		struct device *dev = diary_add("d0");

		assert_int_equal(bind_too_late(&diary.second, dev), -EBUSY);
		diary_expect(BOUND_ONCE);
		assert_ptr_equal(PEEK_ONCE(dev->driver), &diary.first);
		device_lock(dev);
		assert_int_equal(driver_probe_device(&diary.first, dev),
				 -EBUSY);
		device_unlock(dev);
		diary_expect("");
		assert_int_equal(sched_warnings(), 0);
		device_unregister(dev);
	}
}

/* Bind a bound device to the second driver; how often was it locked? */
static int bind_bound(struct device *dev, unsigned *ret_locked)
{
	int ret;

	assert_int_equal(bind(first), 1);
	inline_sched_begin();
	ret = bind(second);
	inline_sched_end();
	*ret_locked = diary_steps(SCHED_LOCK, &dev->mutex);
	return ret;
}

static void up_to_5_12_binding_a_bound_device_takes_no_lock(void **state)
{
	unsigned locked;

	(void)state;
	DIARY_EACH("v3.19", "v4.14", "v4.14 sysfs_bind_recheck=skip")
	{
		struct device *dev = diary_add("d0");

		assert_int_equal(bind_bound(dev, &locked), -ENODEV);
		assert_int_equal(locked, 0);
		device_unregister(dev);
	}
}

static void from_5_14_it_waits_for_the_lock(void **state)
{
	unsigned locked;

	(void)state;
	DIARY_EACH("v5.15", "v6.1", "v4.14 sysfs_bind_recheck=ebusy")
	{
		struct device *dev = diary_add("d0");

		assert_int_equal(bind_bound(dev, &locked), -EBUSY);
		assert_int_equal(locked, 1);
		dev->platform_data = &diary.first; /* second does not match */
		assert_int_equal(unbind(first), 1);
		assert_int_equal(bind_bound(dev, &locked), -ENODEV);
		assert_int_equal(locked, 0);
		device_unregister(dev);
	}
}

static void unbind_first(void *arg)
{
	(void)arg;
	assert_int_equal(unbind(first), 1);
}

static void from_5_14_a_bind_comes_behind_an_unbind(void **state)
{
	(void)state;
	DIARY_EACH("v5.15", "v5.19", "v6.1")
	{
		struct device *dev = diary_add("d0");
		unsigned step = bind_lock_step(dev);

		assert_int_equal(bind(first), 1);
		inline_sched_begin();
		inline_sched_call_at(step, 2, unbind_first, NULL);
		assert_int_equal(bind(second), 1);
		inline_sched_end();
		assert_ptr_equal(PEEK_ONCE(dev->driver), &diary.second);
		device_unregister(dev);
	}
}

/* ------------------------------------------------------------ dead devices */

static int late_bind, late_attach;

static void bind_at_del(struct device *dev, const char *event)
{
	if (event[0] != 'D')
		return;
	diary.on_event = NULL;
	late_bind = bind(first);
	late_attach = device_attach(dev);
}

static void up_to_5_0_a_device_is_bound_while_it_goes(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v4.0", "v4.14", "v5.15 device_dead=off")
	{
		struct device *dev = diary_add("d0");

		diary_clear();
		diary.on_event = bind_at_del;
		inline_sched_begin();
		device_del(dev);
		inline_sched_end();
		diary_expect("DEL d0 -\n" BOUND_ONCE "UNBIND d0 first\n"
			     "remove d0 first\n"
			     "UNBOUND d0 -\n"
			     "REMOVED d0 -\n");
		assert_int_equal(late_bind, 1);
		assert_int_equal(late_attach, 1);
		put_device(dev);
	}
}

static void later_a_dead_device_is_not_bound(void **state)
{
	(void)state;
	DIARY_EACH("v5.15", "v5.19", "v6.1", "v3.19 device_dead=on",
		   "v4.14 device_dead=on", "v5.15 sysfs_bind_recheck=skip")
	{
		struct device *dev = diary_add("d0");

		diary_clear();
		diary.on_event = bind_at_del;
		device_del(dev);
		diary_expect("DEL d0 -\n"
			     "REMOVED d0 -\n");
		assert_int_equal(late_bind, -ENODEV);
		assert_int_equal(late_attach, 0);
		device_lock(dev);
		assert_int_equal(driver_probe_device(&diary.first, dev),
				 -ENODEV);
		device_unlock(dev);
		put_device(dev);
	}
}

static void up_to_5_0_no_device_is_ever_dead(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v4.14", "v6.1 device_dead=off")
	{
		struct device *dev = diary_add("d0");

		inline_sched_begin();
		assert_int_equal(bind(first), 1);
		assert_int_equal(unbind(first), 1);
		inline_sched_end();
		assert_int_equal(inline_sched_accesses(&dev->dead,
						       SCHED_ACCESS_READ),
				 0);
		inline_sched_begin();
		device_del(dev);
		inline_sched_end();
		/* To release a driver, were there one. */
		assert_int_equal(diary_steps(SCHED_LOCK, &dev->mutex), 1);
		assert_false(dev->dead);
		put_device(dev);
	}
}

/* The lock is free again before DEL is told: a task that held it for long has
 * been waited for by then. */
static void a_device_dies_under_its_lock_before_del(void **state)
{
	(void)state;
	DIARY_EACH("v5.15", "v6.1")
	{
		struct device *dev = diary_add("d0");
		unsigned dies;

		inline_sched_begin();
		device_del(dev);
		inline_sched_end();
		assert_int_equal(diary_steps(SCHED_LOCK, &dev->mutex), 2);
		dies = diary_step(SCHED_UNLOCK, &dev->mutex);
		assert_int_equal(dies, 2);
		assert_true(diary_step(SCHED_READ, &diary.bus->notifier.head) >
			    dies);
		put_device(dev);
	}
}

static void a_dead_device_with_a_driver_counts_as_driverless(void **state)
{
	(void)state;
	DIARY_EACH("v5.15")
	{
		struct device *dev = diary_add("d0");

		assert_int_equal(bind(first), 1);
		diary_clear();
		diary.on_event = bind_at_del;
		device_del(dev);
		assert_int_equal(late_bind, -ENODEV); /* dead before busy */
		assert_int_equal(late_attach, 0);
		put_device(dev);
	}
}

/* ------------------------------------------------------- debug_test_remove */

static void expect_no_data(struct device *dev)
{
	assert_null(PEEK_ONCE(dev->driver_data));
	assert_true(diary_linked(dev));
}

static void expect_links(struct device *dev)
{
	assert_true(diary_linked(dev));
}

static void test_remove_probes_twice_and_tells_no_unbind(void **state)
{
	(void)state;
	DIARY_EACH("v4.14 debug_test_remove=on", "v5.15 debug_test_remove=on",
		   "v6.1 debug_test_remove=on")
	{
		struct device *dev = diary_add("d0");

		diary_clear();
		diary.in_probe = expect_no_data;
		diary.in_remove = expect_links;
		assert_int_equal(bind(first), 1);
		diary.in_remove = NULL;
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "remove d0 first\n" BOUND_ONCE);
		assert_true(diary_linked(dev));
		assert_non_null(PEEK_ONCE(dev->driver_data));
		assert_int_equal(unbind(first), 1);
		diary_expect("UNBIND d0 first\n"
			     "remove d0 first\n"
			     "UNBOUND d0 -\n");
		/* Once in each bind, not once in a lifetime. */
		assert_int_equal(bind(first), 1);
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "remove d0 first\n" BOUND_ONCE);
		assert_int_equal(sched_warnings(), 0);
		device_unregister(dev);
	}
}

static void fail_next_time(struct device *dev)
{
	(void)dev;
	diary.probe_error = -EIO;
}

static void test_remove_comes_behind_a_success_alone(void **state)
{
	(void)state;
	DIARY_EACH("v5.15 debug_test_remove=on")
	{
		struct device *dev = diary_add("d0");

		diary_clear();
		diary.probe_error = -EIO;
		assert_int_equal(bind(first), -EIO);
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "NOT_BOUND d0 first\n");
		diary.probe_error = 0;
		diary.in_remove = fail_next_time;
		assert_int_equal(bind(first), -EIO);
		diary_expect("BIND d0 first\n"
			     "probe d0 first\n"
			     "remove d0 first\n"
			     "BIND d0 first\n"
			     "probe d0 first\n"
			     "NOT_BOUND d0 first\n");
		assert_null(PEEK_ONCE(dev->driver));
		assert_false(diary_linked(dev));
		device_unregister(dev);
	}
}

static void without_it_each_bind_probes_once(void **state)
{
	(void)state;
	DIARY_EACH("v3.19", "v4.14", "v5.15", "v6.1")
	{
		struct device *dev = diary_add("d0");

		diary_clear();
		assert_int_equal(bind(first), 1);
		diary_expect(BOUND_ONCE);
		device_unregister(dev);
	}
}

/* --------------------------------------------------------------------- DMA */

static int configure_error;

static int configure(struct device *dev)
{
	diary_note("configure", dev);
	return configure_error;
}

static void cleanup(struct device *dev)
{
	diary_note("cleanup", dev);
}

static struct device *add_with_dma(int error)
{
	struct device *dev = diary_add("d0");

	configure_error = error;
	diary.bus->dma_configure = configure;
	diary.bus->dma_cleanup = cleanup;
	diary_clear();
	return dev;
}

static void dma_lasts_from_before_bind_to_behind_remove(void **state)
{
	(void)state;
	DIARY_EACH("v5.19", "v6.1", "v3.19")
	{
		struct device *dev = add_with_dma(0);

		assert_int_equal(bind(first), 1);
		diary_expect("configure d0 first\n" BOUND_ONCE);
		assert_int_equal(unbind(first), 1);
		diary_expect("UNBIND d0 first\n"
			     "remove d0 first\n"
			     "cleanup d0 first\n"
			     "UNBOUND d0 -\n");
		device_unregister(dev);
	}
}

/* Nobody has heard of the driver yet, so nobody is told that it left. */
static void without_dma_a_driver_is_not_even_announced(void **state)
{
	(void)state;
	DIARY_EACH("v5.19", "v6.1")
	{
		struct device *dev = add_with_dma(-EBUSY);

		assert_int_equal(bind(first), -EBUSY);
		diary_expect("configure d0 first\n");
		assert_null(PEEK_ONCE(dev->driver));
		assert_false(diary_linked(dev));
		device_unregister(dev);
	}
}

static void a_failed_probe_gives_its_dma_back(void **state)
{
	(void)state;
	DIARY_EACH("v5.19", "v6.1")
	{
		struct device *dev = add_with_dma(0);

		diary.probe_error = -EIO;
		assert_int_equal(bind(first), -EIO);
		diary_expect("configure d0 first\n"
			     "BIND d0 first\n"
			     "probe d0 first\n"
			     "NOT_BOUND d0 first\n"
			     "cleanup d0 first\n");
		device_unregister(dev);
	}
}

static void test_remove_gives_dma_back_and_takes_it_again(void **state)
{
	(void)state;
	DIARY_EACH("v5.19 debug_test_remove=on")
	{
		struct device *dev = add_with_dma(0);

		assert_int_equal(bind(first), 1);
		diary_expect("configure d0 first\n"
			     "BIND d0 first\n"
			     "probe d0 first\n"
			     "remove d0 first\n"
			     "cleanup d0 first\n"
			     "configure d0 first\n" BOUND_ONCE);
		device_unregister(dev);
	}
}

#define test(name) cmocka_unit_test_teardown(name, diary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(up_to_4_4_nobody_hears_that_a_probe_failed),
		test(later_all_hear_it_while_the_driver_is_set),
		test(up_to_5_12_bind_hides_why_the_probe_failed),
		test(later_bind_says_why_the_probe_failed),
		test(a_failed_probe_leaves_the_next_driver_its_try),
		test(up_to_5_0_a_second_bind_undoes_the_first),
		test(from_5_2_a_second_bind_finds_the_first),
		test(from_5_14_it_says_that_the_device_is_busy),
		test(up_to_5_12_binding_a_bound_device_takes_no_lock),
		test(from_5_14_it_waits_for_the_lock),
		test(from_5_14_a_bind_comes_behind_an_unbind),
		test(up_to_5_0_a_device_is_bound_while_it_goes),
		test(later_a_dead_device_is_not_bound),
		test(up_to_5_0_no_device_is_ever_dead),
		test(a_device_dies_under_its_lock_before_del),
		test(a_dead_device_with_a_driver_counts_as_driverless),
		test(test_remove_probes_twice_and_tells_no_unbind),
		test(test_remove_comes_behind_a_success_alone),
		test(without_it_each_bind_probes_once),
		test(dma_lasts_from_before_bind_to_behind_remove),
		test(without_dma_a_driver_is_not_even_announced),
		test(a_failed_probe_gives_its_dma_back),
		test(test_remove_gives_dma_back_and_takes_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
