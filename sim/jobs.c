/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jobs.c - one process a piece of work, its answer through a pipe.
 *
 * A process of its own costs a millisecond, and whatever goes wrong in it, be
 * it a crash of the machine that is modelled, stays the matter of one piece.
 */
#include "jobs.h"

#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100
#define BYTES_MAX ((size_t)64 << 20)
/* After an interrupt: so many ticks in which nobody said anything. */
#define PATIENCE_TICKS 10u

struct job {
	pid_t pid;
	int fd; /* to read its answer from */
	unsigned nth;
	char *bytes;
	size_t size, size_max;
	bool full; /* said more than anybody has a right to */
};

struct pool {
	const struct sim_jobs *jobs;
	struct job job[SIM_JOBS_MAX];
	unsigned running, next; /* next: piece to begin */
	unsigned silence; /* ticks since the interrupt or the last word */
	bool interrupted; /* or no longer wanted */
};

static pid_t parent;

bool sim_jobs_stopped(void)
{
	return sim_progress_interrupted() || getppid() != parent;
}

int sim_jobs_progress(const struct sim_progress *progress, void *arg)
{
	return sim_progress_report(progress, arg) || sim_jobs_stopped();
}

/* ------------------------------------------------------------ in the process */

static int do_work(const struct sim_jobs *jobs, unsigned nth, int fd)
{
	FILE *out = fdopen(fd, "w");

	if (!out)
		return 1;
	/* An interrupt comes as SIGTERM from the caller; a terminal has sent
	 * it as SIGINT already, which does no harm. */
	(void)signal(SIGPIPE, SIG_DFL);
	sim_progress_begin(true);
	jobs->work(nth, out, jobs->arg);
	return fclose(out) ? 1 : 0;
}

/* ------------------------------------------------------------------ its start */

/* Who holds an end from which another one's answer is read would keep that one
 * writing after their parent's death. */
static void close_others(const struct pool *pool)
{
	unsigned i;

	for (i = 0; i < pool->running; i++)
		(void)close(pool->job[i].fd);
}

static int start_job(struct pool *pool, unsigned nth)
{
	struct job *job = &pool->job[pool->running];
	int ends[2], error;

	if (pipe(ends))
		return -errno;
	fflush(NULL);
	job->pid = fork();
	error = errno;
	if (job->pid == 0) {
		(void)close(ends[0]);
		close_others(pool);
		_exit(do_work(pool->jobs, nth, ends[1]));
	}
	(void)close(ends[1]);
	if (job->pid < 0) {
		(void)close(ends[0]);
		return -error;
	}
	job->fd = ends[0];
	job->nth = nth;
	job->bytes = NULL;
	job->size = job->size_max = 0;
	job->full = false;
	pool->running++;
	return 0;
}

static void give_up(struct pool *pool, unsigned nth, const char *why)
{
	struct sim_job_end end = { .bytes = "" };

	snprintf(end.error, sizeof(end.error), "%s", why);
	pool->jobs->take(nth, &end, pool->jobs->arg);
}

static void start_jobs(struct pool *pool)
{
	const struct sim_jobs *jobs = pool->jobs;
	char why[sizeof(((struct sim_job_end *)0)->error)];
	int ret;

	while (pool->next < jobs->nr && pool->running < jobs->at_once) {
		ret = start_job(pool, pool->next);
		/* Too many processes or files: there will be fewer. */
		if (ret && pool->running)
			return;
		if (ret) {
			snprintf(why, sizeof(why), "cannot start a process: %s",
				 strerror(-ret));
			give_up(pool, pool->next, why);
		} else if (jobs->begin) {
			jobs->begin(pool->next, jobs->arg);
		}
		pool->next++;
	}
}

/* -------------------------------------------------------------------- its end */

static void wait_for(const struct job *job, struct sim_job_end *end)
{
	int status = 0;

	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	end->complete = WIFEXITED(status) && !WEXITSTATUS(status) && !job->full;
	if (job->full)
		snprintf(end->error, sizeof(end->error), "it said too much");
	else if (WIFSIGNALED(status))
		snprintf(end->error, sizeof(end->error), "killed by signal %d",
			 WTERMSIG(status));
	else if (!end->complete)
		snprintf(end->error, sizeof(end->error),
			 "ended with exit status %d", WEXITSTATUS(status));
}

static void end_job(struct pool *pool, unsigned i)
{
	struct job job = pool->job[i];
	struct sim_job_end end = { .bytes = job.bytes ? job.bytes : "",
				   .size = job.size };

	(void)close(job.fd);
	wait_for(&job, &end);
	pool->job[i] = pool->job[--pool->running];
	pool->jobs->take(job.nth, &end, pool->jobs->arg);
	free(job.bytes);
}

static bool make_room(struct job *job)
{
	size_t max = job->size_max ? 2 * job->size_max : 4096;
	char *bytes;

	if (job->size < job->size_max)
		return true;
	bytes = max <= BYTES_MAX ? realloc(job->bytes, max) : NULL;
	if (!bytes)
		return false;
	job->bytes = bytes;
	job->size_max = max;
	return true;
}

/* Returns whether there may be more. */
static bool read_some(struct job *job)
{
	ssize_t n;

	if (!make_room(job)) {
		job->full = true;
		(void)kill(job->pid, SIGKILL);
		return false;
	}
	n = read(job->fd, job->bytes + job->size, job->size_max - job->size);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	job->size += (size_t)n;
	return n > 0;
}

/* ------------------------------------------------------------------ all of it */

static void signal_all(const struct pool *pool, int number)
{
	unsigned i;

	for (i = 0; i < pool->running; i++)
		(void)kill(pool->job[i].pid, number);
}

static void interrupt(struct pool *pool)
{
	pool->interrupted = true;
	pool->silence = 0;
	signal_all(pool, SIGTERM);
	while (pool->next < pool->jobs->nr)
		give_up(pool, pool->next++, "interrupted");
}

static bool must_stop(const struct sim_jobs *jobs)
{
	return sim_progress_interrupted() ||
	       (jobs->wanted && !jobs->wanted(jobs->arg));
}

/* Read what there is, or let a tick pass. */
static void listen_to_all(struct pool *pool)
{
	struct pollfd fds[SIM_JOBS_MAX];
	unsigned i;

	for (i = 0; i < pool->running; i++)
		fds[i] = (struct pollfd){ .fd = pool->job[i].fd,
					  .events = POLLIN };
	if (poll(fds, pool->running, TICK_MS) <= 0) {
		if (pool->interrupted && pool->silence++ == PATIENCE_TICKS)
			signal_all(pool, SIGKILL);
		return;
	}
	/* From the last on: a job that ends leaves its place to the last. */
	for (i = pool->running; i-- > 0;)
		if (fds[i].revents && !read_some(&pool->job[i]))
			end_job(pool, i);
}

void sim_jobs_run(const struct sim_jobs *jobs)
{
	struct pool pool = { .jobs = jobs };

	parent = getpid();
	do {
		if (!pool.interrupted && must_stop(jobs))
			interrupt(&pool);
		start_jobs(&pool);
		if (pool.running)
			listen_to_all(&pool);
	} while (pool.running || pool.next < jobs->nr);
}
