/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox.h - an empty folder for a test, and children that run in it with all
 * that they print caught.
 */
#ifndef VFIOSIM_TESTS_SANDBOX_H
#define VFIOSIM_TESTS_SANDBOX_H

#include <stddef.h>

/* What a child said; status as of wait(): 128 + signal if one killed it. */
struct sandbox_output {
	int status;
	char *out, *err; /* malloced */
};

/* CMocka setup and teardown: make a folder and go there; remove it with
 * everything in it and go back.  *state is the path. */
int sandbox_setup(void **state);
int sandbox_teardown(void **state);

/* Run fn(arg) in a child; its status is what @fn returns. */
void sandbox_call(int (*fn)(void *arg), void *arg,
		  struct sandbox_output *ret_output);

/* Become the program vfiosim; @line, a string that is cut up: its arguments,
 * split at blanks.  Returns 127 if that fails. */
int sandbox_exec(void *line);

/* Run the program vfiosim; @line: its arguments, split at blanks. */
void sandbox_vfiosim(const char *line, struct sandbox_output *ret_output);

/* The same, and insist on its exit status. */
void sandbox_run(const char *line, int status,
		 struct sandbox_output *ret_output);

/* Fails the test unless @part is in @text. */
void sandbox_contains(const char *text, const char *part);

void sandbox_release(struct sandbox_output *output);

/* A file of the sandbox, malloced; fails the test if there is none. */
char *sandbox_read(const char *path);
void sandbox_write(const char *path, const char *text);

/* How many files and folders are in @folder, "." for the sandbox. */
unsigned sandbox_count(const char *folder);

#endif
