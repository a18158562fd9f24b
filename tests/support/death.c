/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * death.c - see death.h.
 *
 * The child leaves no core file, and reports nothing to CMocka.
 */
#include "death.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 4096

static void die(void (*fn)(void *arg), void *arg, int to)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	(void)dup2(to, STDERR_FILENO);
	fn(arg);
	_exit(0);
}

static void read_all(int from, char *text)
{
	size_t used = 0;
	ssize_t got;

	while (used < TEXT_MAX - 1 &&
	       (got = read(from, text + used, TEXT_MAX - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
}

void assert_aborts(void (*fn)(void *arg), void *arg, const char *says)
{
	char text[TEXT_MAX];
	int end[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(end), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		die(fn, arg, end[1]);
	(void)close(end[1]);
	read_all(end[0], text);
	(void)close(end[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	if (!strstr(text, says))
		fail_msg("expected \"%s\", got \"%s\"", says, text);
}
