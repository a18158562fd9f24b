/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminal.h - the program vfiosim with a terminal before it, and somebody who
 * presses Ctrl-C.  In a sandbox only.
 */
#ifndef VFIOSIM_TESTS_TERMINAL_H
#define VFIOSIM_TESTS_TERMINAL_H

#include <stddef.h>
#include <sys/types.h>

#define TERMINAL_BYTES_MAX 65536

struct terminal {
	int master;
	pid_t pid;
	size_t used;
	char err[TERMINAL_BYTES_MAX]; /* what was written to the terminal */
	char *out; /* standard output, which is none; after the end */
};

/* Start the program; @line: its arguments, split at blanks. */
void terminal_begin(struct terminal *terminal, const char *line);

/* Until @part stands on the terminal; fails the test if it never does. */
void terminal_wait(struct terminal *terminal, const char *part);

/* Interrupt it, read on to its end, and insist on its exit status. */
void terminal_interrupt(struct terminal *terminal, int status);

void terminal_release(struct terminal *terminal);

#endif
