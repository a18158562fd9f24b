/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * death.h - what a process says when it aborts.
 *
 * Running free, misuse of the modelled kernel ends the process; a test looks
 * at that from a child of its own.
 */
#ifndef VFIOSIM_TESTS_DEATH_H
#define VFIOSIM_TESTS_DEATH_H

/* Fails the test unless fn(arg) aborts, with @says in what it writes to
 * stderr. */
void assert_aborts(void (*fn)(void *arg), void *arg, const char *says);

#endif
