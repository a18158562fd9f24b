/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - a fresh machine around each test.
 *
 * Made for cmocka_unit_test_setup_teardown(); what a test leaks fails it.
 */
#ifndef VFIOSIM_TESTS_MACHINE_H
#define VFIOSIM_TESTS_MACHINE_H

/* Setup: boot a machine of the first era, tasks running free. */
int machine_boot(void **state);

/* Boot an era, "v3.19", or one with flags overridden, "v3.19 device_dead=on".
 * Returns 0 or -errno. */
int machine_boot_era(const char *era);

/* Setup: the same as machine_boot(), with the inline scheduler installed behind the boot. */
int machine_boot_inline(void **state);

/* Teardown: wait for all tasks, let them run free again, halt.  Fails if a
 * block is still alive. */
int machine_halt(void **state);

#endif
