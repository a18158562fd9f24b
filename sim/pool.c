/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.c - processes that stay, at the other ends of socket pairs.
 *
 * Nobody waits for whom: a process without work reads, so that giving it some
 * can be waited for; answers are read as they come, and never waited for.
 */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct process {
	pid_t pid; /* 0: it could not be made again */
	int fd;
	bool busy;
	uint64_t size; /* of the answer that comes; 0: not known yet */
	unsigned char *bytes;
	size_t nr, nr_max;
};

struct sim_pool {
	struct sim_pool_work work;
	unsigned nr;
	struct process processes[SIM_POOL_MAX];
};

static pid_t parent;

bool sim_pool_abandoned(void)
{
	return getppid() != parent;
}

/* ---------------------------------------------------------- in the process */

static bool read_all(int fd, void *bytes, size_t nr)
{
	unsigned char *p = bytes;

	while (nr) {
		ssize_t n = read(fd, p, nr);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		nr -= (size_t)n;
	}
	return true;
}

static bool send_all(int fd, const void *bytes, size_t nr)
{
	const unsigned char *p = bytes;

	while (nr) {
		ssize_t n = send(fd, p, nr, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		nr -= (size_t)n;
	}
	return true;
}

static bool send_message(int fd, const void *bytes, uint64_t nr)
{
	return send_all(fd, &nr, sizeof(nr)) && send_all(fd, bytes, nr);
}

static int serve(const struct sim_pool_work *work, int fd)
{
	struct sim_out out = { 0 };
	unsigned char *bytes = NULL;
	uint64_t nr;

	if (work->begin && !work->begin(work->arg))
		return 1;
	while (read_all(fd, &nr, sizeof(nr))) {
		struct sim_in in = { .nr = nr };

		free(bytes);
		bytes = malloc(nr + 1);
		if (!bytes || !read_all(fd, bytes, nr))
			break;
		in.bytes = bytes;
		sim_out_clear(&out);
		work->work(&in, &out, work->arg);
		if (out.failed || !send_message(fd, out.bytes, out.nr))
			break;
	}
	return 1;
}

/* ------------------------------------------------------------------- making */

/* Whoever held an end that others write to would keep them waiting for ever
 * when this process dies. */
static void close_others(const struct sim_pool *pool)
{
	unsigned i;

	for (i = 0; i < pool->nr; i++)
		if (pool->processes[i].pid)
			(void)close(pool->processes[i].fd);
}

static bool make_process(struct sim_pool *pool, struct process *process)
{
	int ends[2], error;
	pid_t pid;

	memset(process, 0, sizeof(*process));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return false;
	parent = getpid();
	fflush(NULL);
	pid = fork();
	error = errno;
	if (pid == 0) {
		(void)close(ends[0]);
		close_others(pool);
		/* A terminal interrupts all that run in it; who does the
		 * search decides. */
		(void)signal(SIGINT, SIG_IGN);
		(void)signal(SIGTERM, SIG_DFL);
		_exit(serve(&pool->work, ends[1]));
	}
	(void)close(ends[1]);
	errno = error;
	if (pid < 0) {
		(void)close(ends[0]);
		errno = error;
		return false;
	}
	process->fd = ends[0];
	process->pid = pid;
	return true;
}

struct sim_pool *sim_pool_make(unsigned nr, const struct sim_pool_work *work)
{
	struct sim_pool *pool = calloc(1, sizeof(*pool));
	int error;

	if (!pool)
		return NULL;
	pool->work = *work;
	while (pool->nr < nr && pool->nr < SIM_POOL_MAX &&
	       make_process(pool, &pool->processes[pool->nr]))
		pool->nr++;
	if (pool->nr)
		return pool;
	error = errno;
	free(pool);
	errno = error;
	return NULL;
}

static void end_process(struct process *process, int *ret_status)
{
	(void)close(process->fd);
	while (waitpid(process->pid, ret_status, 0) < 0 && errno == EINTR)
		;
	free(process->bytes);
	process->bytes = NULL;
	process->pid = 0;
}

void sim_pool_free(struct sim_pool *pool)
{
	unsigned i;
	int status;

	for (i = 0; pool && i < pool->nr; i++)
		if (pool->processes[i].pid)
			(void)kill(pool->processes[i].pid, SIGKILL);
	for (i = 0; pool && i < pool->nr; i++)
		if (pool->processes[i].pid)
			end_process(&pool->processes[i], &status);
	free(pool);
}

/* ------------------------------------------------------------------ talking */

int sim_pool_idle(const struct sim_pool *pool)
{
	unsigned i;

	for (i = 0; i < pool->nr; i++)
		if (pool->processes[i].pid && !pool->processes[i].busy)
			return (int)i;
	return -1;
}

void sim_pool_give(struct sim_pool *pool, unsigned process, const void *bytes,
		   size_t nr)
{
	pool->processes[process].busy = true;
	(void)send_message(pool->processes[process].fd, bytes, nr);
}

/* It died: take its place by another one, if there can be one. */
static enum sim_pool_what bury(struct sim_pool *pool, unsigned i,
			       struct sim_pool_word *ret_word)
{
	struct process *process = &pool->processes[i];
	int status = 0;

	/* It may have closed its end only. */
	(void)kill(process->pid, SIGKILL);
	end_process(process, &status);
	if (WIFSIGNALED(status))
		snprintf(ret_word->error, sizeof(ret_word->error),
			 "killed by signal %d", WTERMSIG(status));
	else
		snprintf(ret_word->error, sizeof(ret_word->error),
			 "ended with exit status %d", WEXITSTATUS(status));
	(void)make_process(pool, process);
	return SIM_POOL_DEATH;
}

static bool make_room(struct process *process, size_t nr)
{
	unsigned char *p;

	if (nr <= process->nr_max)
		return true;
	p = realloc(process->bytes, nr);
	if (!p)
		return false;
	process->bytes = p;
	process->nr_max = nr;
	return true;
}

/* Read what there is.  Below 0: no more will come; 1: that was all of it. */
static int read_some(struct process *process)
{
	size_t wanted = process->size + sizeof(process->size);
	ssize_t n;

	if (!make_room(process, wanted))
		return -1;
	n = recv(process->fd, process->bytes + process->nr,
		 wanted - process->nr, MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (!n)
		return -1;
	process->nr += (size_t)n;
	if (process->nr != wanted)
		return 0;
	if (process->size)
		return 1;
	memcpy(&process->size, process->bytes, sizeof(process->size));
	return process->size ? 0 : -1;
}

static void take_answer(struct process *process, struct sim_pool_word *word)
{
	word->nr = process->size;
	word->bytes = process->bytes;
	memmove(word->bytes, word->bytes + sizeof(process->size), word->nr);
	process->bytes = NULL;
	process->nr = process->nr_max = 0;
	process->size = 0;
	process->busy = false;
}

enum sim_pool_what sim_pool_listen(struct sim_pool *pool, int timeout_ms,
				   struct sim_pool_word *ret_word)
{
	struct pollfd fds[SIM_POOL_MAX];
	unsigned i;
	int done;

	memset(ret_word, 0, sizeof(*ret_word));
	for (i = 0; i < pool->nr; i++)
		fds[i] = (struct pollfd){ .fd = pool->processes[i].pid ?
							pool->processes[i].fd :
							-1,
					  .events = POLLIN };
	if (poll(fds, pool->nr, timeout_ms) <= 0)
		return SIM_POOL_NOTHING;
	for (i = 0; i < pool->nr; i++) {
		if (!fds[i].revents)
			continue;
		ret_word->process = i;
		done = read_some(&pool->processes[i]);
		if (done < 0)
			return bury(pool, i, ret_word);
		if (!done)
			continue;
		take_answer(&pool->processes[i], ret_word);
		return SIM_POOL_ANSWER;
	}
	return SIM_POOL_NOTHING;
}

unsigned sim_pool_processes(const struct sim_pool *pool)
{
	unsigned i, nr = 0;

	for (i = 0; i < pool->nr; i++)
		nr += pool->processes[i].pid != 0;
	return nr;
}

int sim_pool_pid(const struct sim_pool *pool, unsigned process)
{
	return process < pool->nr ? pool->processes[process].pid : 0;
}
