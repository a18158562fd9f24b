/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diary.c - see diary.h.
 *
 * A driver that was unregistered by a test stays so; its devices are the
 * test's to delete.
 */
#include "diary.h"

#include "inline_sched.h"
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct diary diary;

static char lines[2048];
static struct notifier_block listener;

void diary_note(const char *event, const struct device *dev)
{
	const struct device_driver *drv = PEEK_ONCE(dev->driver);
	size_t used = strlen(lines);

	snprintf(lines + used, sizeof(lines) - used, "%s %s %s\n", event,
		 dev_name(dev), drv ? drv->name : "-");
}

void diary_clear(void)
{
	lines[0] = '\0';
}

void diary_expect(const char *text)
{
	assert_string_equal(lines, text);
	diary_clear();
}

/* --------------------------------------------------------------------- bus */

static int probe(struct device *dev)
{
	diary_note("probe", dev);
	if (diary.in_probe)
		diary.in_probe(dev);
	if (!diary.probe_error)
		dev_set_drvdata(dev, &diary);
	return diary.probe_error;
}

static int remove_driver(struct device *dev)
{
	diary_note("remove", dev);
	if (diary.in_remove)
		diary.in_remove(dev);
	return 0;
}

static bool match(struct device *dev, struct device_driver *drv)
{
	return dev->platform_data == NULL || dev->platform_data == drv;
}

static int listen(struct notifier_block *nb, unsigned long action, void *data)
{
	static const char *const name[] = { "",	       "ADD",	  "DEL",
					    "REMOVED", "BIND",	  "BOUND",
					    "UNBIND",  "UNBOUND", "NOT_BOUND" };

	(void)nb;
	assert_in_range(action, BUS_NOTIFY_ADD_DEVICE,
			BUS_NOTIFY_DRIVER_NOT_BOUND);
	diary_note(name[action], data);
	if (diary.on_event)
		diary.on_event(data, name[action]);
	return NOTIFY_OK;
}

void diary_register(struct device_driver *drv, const char *name)
{
	memset(drv, 0, sizeof(*drv));
	drv->name = name;
	drv->bus = diary.bus;
	drv->probe = probe;
	drv->remove = remove_driver;
	assert_int_equal(driver_register(drv), 0);
}

struct device *diary_add(const char *name)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));

	assert_non_null(dev);
	dev->bus = diary.bus;
	assert_int_equal(device_register(dev, name), 0);
	return dev;
}

bool diary_linked(const struct device *dev)
{
	unsigned i;

	for (i = 0; i < DEVICE_LINKS_MAX; i++)
		if (dev->linked[i])
			return dev->driver_link;
	assert_false(dev->driver_link);
	return false;
}

void diary_listen(bool on)
{
	int err = on ? bus_register_notifier(diary.bus, &listener) :
		       bus_unregister_notifier(diary.bus, &listener);

	assert_int_equal(err, 0);
}

/* ------------------------------------------------------------- up and down */

static void build(void)
{
	memset(&diary, 0, sizeof(diary));
	memset(&listener, 0, sizeof(listener));
	diary.bus = slab_alloc("bus", sizeof(*diary.bus));
	diary.bus->name = "pci";
	diary.bus->match = match;
	assert_int_equal(bus_register(diary.bus), 0);
	assert_true(diary.bus->drivers_autoprobe);
	diary.bus->drivers_autoprobe = false;
	listener.notifier_call = listen;
	diary_listen(true);
	diary_register(&diary.first, "first");
	diary_register(&diary.second, "second");
	diary_clear();
}

int diary_boot(const char *era)
{
	int err = machine_boot_era(era);

	if (!err)
		build();
	return err;
}

int diary_halt(void)
{
	if (sched_ops)
		inline_sched_end();
	kthread_join_all();
	if (diary.first.registered)
		driver_unregister(&diary.first);
	if (diary.second.registered)
		driver_unregister(&diary.second);
	diary_listen(false);
	assert_int_equal(bus_unregister_notifier(diary.bus, &listener),
			 -ENOENT);
	bus_unregister(diary.bus);
	kfree(diary.bus);
	return machine_halt(NULL);
}

bool diary_begin(const char *era)
{
	if (!era)
		return false;
	if (diary_boot(era))
		fail_msg("cannot boot %s", era);
	return true;
}

void diary_end(void)
{
	assert_int_equal(diary_halt(), 0);
}

int diary_setup(void **state)
{
	(void)state;
	return diary_boot("v3.19");
}

int diary_teardown(void **state)
{
	(void)state;
	return kernel_era() ? diary_halt() : 0;
}

/* --------------------------------------------------------------- operations */

unsigned diary_steps(enum sched_kind kind, const void *obj)
{
	unsigned nr = 0;
	unsigned i;

	for (i = 0; i < inline_sched.nr_ops; i++)
		nr += inline_sched.op[i].kind == kind &&
		      inline_sched.op[i].obj == obj;
	return nr;
}

unsigned diary_step(enum sched_kind kind, const void *obj)
{
	unsigned i;

	for (i = 0; i < inline_sched.nr_ops; i++)
		if (inline_sched.op[i].kind == kind &&
		    inline_sched.op[i].obj == obj)
			return i + 1;
	fail_msg("no such operation");
	return 0;
}
