/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminal.c - see terminal.h.  A pseudo-terminal of which this process has the
 * other end, so that the end of the program is the end of what can be read.
 */
#include "terminal.h"

#include "kit.h"
#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUT "terminal.out"
/* Whoever is not interrupted, as the test has failed, ends by itself. */
#define LIFE_SECONDS 600

/* The child: standard output goes to a file, errors to the terminal. */
static void run_on(const char *name, const char *line)
{
	char *copy = strdup(line);

	dup2(open(OUT, O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
	alarm(LIFE_SECONDS);
	dup2(open(name, O_RDWR | O_NOCTTY), STDERR_FILENO);
	_exit(sandbox_exec(copy));
}

void terminal_begin(struct terminal *terminal, const char *line)
{
	memset(terminal, 0, sizeof(*terminal));
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal->master >= 0);
	assert_int_equal(grantpt(terminal->master), 0);
	assert_int_equal(unlockpt(terminal->master), 0);
	fflush(NULL);
	terminal->pid = fork();
	if (!terminal->pid)
		run_on(ptsname(terminal->master), line);
	assert_true(terminal->pid > 0);
}

/* False: the program has ended, and all that it wrote was read. */
static bool read_more(struct terminal *terminal)
{
	ssize_t n = read(terminal->master, terminal->err + terminal->used,
			 sizeof(terminal->err) - 1 - terminal->used);

	if (n <= 0)
		return false;
	terminal->used += (size_t)n;
	terminal->err[terminal->used] = '\0';
	return true;
}

void terminal_wait(struct terminal *terminal, const char *part)
{
	while (!strstr(terminal->err, part))
		if (!read_more(terminal))
			fail_msg("expected \"%s\" in \"%s\"", part,
				 terminal->err);
}

void terminal_interrupt(struct terminal *terminal, int status)
{
	int ended;

	assert_int_equal(kill(terminal->pid, SIGINT), 0);
	while (read_more(terminal))
		;
	assert_int_equal(waitpid(terminal->pid, &ended, 0), terminal->pid);
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), status);
	terminal->out = sandbox_read(OUT);
}

void terminal_release(struct terminal *terminal)
{
	close(terminal->master);
	free(terminal->out);
}
