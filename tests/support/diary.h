/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diary.h - a small bus whose drivers write down what happens to them.
 *
 * Two drivers, no IOMMU, no autoprobe.  Each line of the diary is an event, the
 * device, and the driver that it has then: "probe d0 first".
 */
#ifndef VFIOSIM_TESTS_DIARY_H
#define VFIOSIM_TESTS_DIARY_H

#include <vfiosim/device.h>

struct diary {
	struct bus_type *bus;
	struct device_driver first, second;
	int probe_error; /* what every probe returns */
	/* Called by probe, remove and the bus's listener behind their line, if
	 * set; the listener's is told what it writes: "BIND". */
	void (*in_probe)(struct device *dev);
	void (*in_remove)(struct device *dev);
	void (*on_event)(struct device *dev, const char *event);
};

extern struct diary diary;

/* machine_boot_era() and build.  Returns 0 or -errno. */
int diary_boot(const char *era);
/* Unregister all but devices, and halt; what leaked fails the test. */
int diary_halt(void);

/* Run the body on a fresh machine of each era. */
#define DIARY_EACH(...)                                          \
	for (const char *const *diary_era =                      \
		     (const char *const[]){ __VA_ARGS__, NULL }; \
	     diary_begin(*diary_era); diary_end(), diary_era++)
bool diary_begin(const char *era);
void diary_end(void);

/* CMocka: v3.19; and, for both, what goes if a test failed on the way. */
int diary_setup(void **state);
int diary_teardown(void **state);

/* Write a line; compare all lines and forget them; forget them. */
void diary_note(const char *event, const struct device *dev);
void diary_expect(const char *text);
void diary_clear(void);

/* Write no events down, for tasks that run free; and again. */
void diary_listen(bool on);

/* One more driver of the bus, with the callbacks of the first two. */
void diary_register(struct device_driver *drv, const char *name);
struct device *diary_add(const char *name);

/* Is the device linked in sysfs, both ways? */
bool diary_linked(const struct device *dev);

/* Under the inline scheduler: the number of the first operation, from 1, that
 * is of this kind and on this object; fails the test if there is none. */
unsigned diary_step(enum sched_kind kind, const void *obj);
/* How many are there? */
unsigned diary_steps(enum sched_kind kind, const void *obj);

#endif
