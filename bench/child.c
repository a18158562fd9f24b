/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * child.c - another program, what it prints and what it costs; see child.h.
 */
#include "child.h"

#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100
/* What exec() failing for want of the program comes to, as in shells. */
#define STATUS_MISSING 127

static void become(const char *const *argv, const char *folder, int out)
{
	int null = open("/dev/null", O_RDONLY);

	/* A group of its own, so that what it starts ends with it. */
	if (null < 0 || setpgid(0, 0) || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    chdir(folder))
		_exit(1);
	/* exec() takes what it does not change without the const. */
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(errno == ENOENT ? STATUS_MISSING : 126);
}

/* Take what has come; what there is no room for is dropped.  Returns whether
 * more may come. */
static bool take(int fd, struct bench_child *child, size_t *used)
{
	char spill[4096];
	size_t room = CHILD_OUTPUT_MAX - 1 - *used;
	ssize_t n = room ? read(fd, child->output + *used, room) :
			   read(fd, spill, sizeof(spill));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (room)
		*used += (size_t)n;
	child->output[*used] = '\0';
	return n > 0;
}

static void listen_to(pid_t pid, int fd, struct bench_child *child)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	size_t used = 0;

	child->output[0] = '\0';
	for (;;) {
		int ready = poll(&poll_fd, 1, TICK_MS);

		if (sim_progress_interrupted())
			(void)kill(-pid, SIGKILL);
		if (ready > 0 && !take(fd, child, &used))
			return;
		if (ready < 0 && errno != EINTR)
			return;
	}
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static int reap(pid_t pid, struct bench_child *child)
{
	struct rusage usage;
	int status;

	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					    128 + WTERMSIG(status);
	child->seconds =
		seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	if (sim_progress_interrupted())
		return -EINTR;
	return child->status == STATUS_MISSING ? -ENOENT : 0;
}

int bench_child_run(const char *const *argv, const char *folder,
		    struct bench_child *ret_child)
{
	int ends[2], ret;
	pid_t pid;

	if (pipe(ends))
		return -errno;
	pid = fork();
	ret = -errno;
	if (pid == 0)
		become(argv, folder, ends[1]);
	(void)close(ends[1]);
	if (pid > 0) {
		listen_to(pid, ends[0], ret_child);
		ret = reap(pid, ret_child);
	}
	(void)close(ends[0]);
	return ret;
}
