/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parallel.c - a search by dpor in several processes: gives them jobs, and takes
 * what comes of these in the order of their numbers, so that nothing depends on
 * who was faster.
 */
#include "parallel.h"

#include "collector.h"
#include "memory.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* So many runs take some hundredths of a second: a job costs little beside
 * them, and nobody waits long for its end. */
#define QUOTA_DEFAULT 1000u
#define TICK_MS 100
/* Jobs that are given out or to be, those that came to nothing included. */
#define JOBS_MAX (2 * SIM_SHARE_PARTS_MAX)
/* A job whose process died is given to another one, so many times. */
#define TRIES_MAX 2u

enum job_state { JOB_NONE, JOB_WAITS, JOB_RUNS, JOB_ENDED };

struct job {
	enum job_state state;
	uint64_t number;
	unsigned quota, tries, process;
	unsigned char *bytes; /* of the job, or of its result */
	size_t nr;
};

struct parallel {
	struct explorer *x;
	struct sim_share *share;
	struct sim_pool *pool;
	struct job jobs[JOBS_MAX];
	uint64_t next; /* whose result is to be taken next */
	uint64_t promised; /* runs, to jobs without a result */
	struct sim_out out; /* scratch */
};

static unsigned quota_set;

void sim_parallel_set_quota(unsigned runs)
{
	quota_set = runs;
}

static int out_of_memory(struct parallel *p)
{
	return sim_explorer_fail(p->x, -ENOMEM,
				 "out of memory for the search tree");
}

/* -------------------------------------------------------------------- jobs */

static void forget(struct job *job)
{
	free(job->bytes);
	memset(job, 0, sizeof(*job));
}

static struct job *find_job(struct parallel *p, enum job_state state,
			    uint64_t number)
{
	struct job *best = NULL;
	unsigned i;

	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &p->jobs[i];

		if (job->state == state && (!number || job->number == number) &&
		    (!best || job->number < best->number))
			best = job;
	}
	return best;
}

static bool keep_bytes(struct job *job, const void *bytes, size_t nr)
{
	void *p = malloc(nr + 1);

	if (!p)
		return false;
	memcpy(p, bytes, nr);
	free(job->bytes);
	job->bytes = p;
	job->nr = nr;
	return true;
}

/* All jobs that there are before more results are in. */
static int plan(struct parallel *p)
{
	struct job *job;
	int ret;

	while ((job = find_job(p, JOB_NONE, 0))) {
		uint64_t number;
		unsigned quota;

		ret = sim_share_next(p->share, p->x->budget - p->promised,
				     &p->out, &number, &quota);
		if (ret <= 0)
			return ret ? out_of_memory(p) : 0;
		if (!keep_bytes(job, p->out.bytes, p->out.nr))
			return out_of_memory(p);
		job->state = JOB_WAITS;
		job->number = number;
		job->quota = quota;
		p->promised += quota;
	}
	return 0;
}

static void give(struct parallel *p)
{
	struct job *job;
	int process;

	while ((process = sim_pool_idle(p->pool)) >= 0 &&
	       (job = find_job(p, JOB_WAITS, 0))) {
		job->state = JOB_RUNS;
		job->process = (unsigned)process;
		job->tries++;
		sim_pool_give(p->pool, (unsigned)process, job->bytes, job->nr);
	}
}

/* ----------------------------------------------------------------- results */

/* The search begins anew: what others are doing is void as well. */
static void begin_again(struct parallel *p)
{
	unsigned i;

	sim_explorer_begin_again(p->x);
	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &p->jobs[i];

		if (job->state == JOB_NONE)
			continue;
		p->promised -= job->quota;
		job->quota = 0;
		if (job->state != JOB_RUNS)
			forget(job);
	}
}

static int refuse(struct parallel *p, int ret)
{
	if (ret == -ENOMEM)
		return out_of_memory(p);
	return sim_explorer_fail(p->x, -EBADMSG,
				 "a process said what no process says");
}

/* The result of job @number, which is next. */
static int take(struct parallel *p, uint64_t number, const unsigned char *bytes,
		size_t nr)
{
	struct sim_in in = { .bytes = bytes, .nr = nr };
	uint64_t made;
	int end, ret;

	(void)sim_in_number(&in);
	(void)sim_in_number(&in);
	end = sim_parallel_take_seen(p->x, &in, &made);
	if (end < 0) {
		(void)sim_in_end(&in);
		return end;
	}
	ret = sim_share_take(p->share, number, (enum sim_share_end)end, &in);
	if (ret < 0)
		return refuse(p, ret);
	if (ret)
		begin_again(p);
	while (sim_share_is_stale(p->share, ++p->next))
		;
	return 0;
}

/* Before it changes anything: what is known is written down. */
static int write_down(struct parallel *p, const struct job *job)
{
	struct sim_in in = { .bytes = job->bytes, .nr = job->nr };
	bool foreign = sim_in_count(&in, 1);

	(void)sim_in_number(&in);
	if (!p->x->journal ||
	    sim_in_count(&in, SIM_WORKER_FAILED) == SIM_WORKER_FAILED)
		return 0;
	if (foreign)
		return sim_explorer_fail(
			p->x, -EINVAL,
			"journal: expected tasks that share memory of the "
			"machine or variables, found other memory, of which no "
			"other process knows where it lies");
	return sim_journal_append(p->x->journal, job->bytes, job->nr,
				  p->x->result->error);
}

static bool is_late(const struct explorer *x)
{
	return x->options->budget_seconds &&
	       sim_explorer_seconds(x) >= x->options->budget_seconds;
}

static bool goes_on(const struct parallel *p)
{
	struct explorer *x = p->x;

	if (x->stop || x->budget_out || sim_share_is_done(p->share))
		return false;
	if (is_late(x))
		sim_explorer_spend(x, SIM_BUDGET_SECONDS,
				   x->options->budget_seconds);
	return !sim_explorer_over_budget(x);
}

/* In their order, as far as they are in. */
static int take_all(struct parallel *p)
{
	struct job *job;
	int ret = 0;

	while (!ret && !p->x->stop && (job = find_job(p, JOB_ENDED, p->next))) {
		struct job ended = *job;

		memset(job, 0, sizeof(*job));
		p->promised -= ended.quota;
		ret = write_down(p, &ended);
		if (!ret)
			ret = take(p, ended.number, ended.bytes, ended.nr);
		forget(&ended);
		if (!ret)
			ret = plan(p);
		give(p);
		sim_explorer_progress(p->x, "dpor", 0);
	}
	return ret;
}

/* --------------------------------------------------------------- processes */

static struct job *job_of(struct parallel *p, unsigned process)
{
	unsigned i;

	for (i = 0; i < JOBS_MAX; i++)
		if (p->jobs[i].state == JOB_RUNS &&
		    p->jobs[i].process == process)
			return &p->jobs[i];
	return NULL;
}

static int bury(struct parallel *p, struct job *job, const char *how)
{
	char text[SIM_TEXT_MAX];

	if (job && sim_share_is_stale(p->share, job->number))
		forget(job);
	else if (job && job->tries < TRIES_MAX)
		job->state = JOB_WAITS;
	else if (job) {
		snprintf(text, sizeof(text),
			 "a process of the search was %s, and so was the one "
			 "that took its place",
			 how);
		return sim_explorer_fail(p->x, -ECHILD, text);
	}
	if (sim_pool_processes(p->pool))
		return 0;
	return sim_explorer_fail(p->x, -EAGAIN,
				 "no process is left for the search");
}

static int answer(struct parallel *p, struct job *job,
		  struct sim_pool_word *word)
{
	if (!job || sim_share_is_stale(p->share, job->number)) {
		free(word->bytes);
		if (job)
			forget(job);
		return 0;
	}
	free(job->bytes);
	job->bytes = word->bytes;
	job->nr = word->nr;
	job->state = JOB_ENDED;
	return 0;
}

static int hear(struct parallel *p)
{
	struct sim_pool_word word;
	enum sim_pool_what what = sim_pool_listen(p->pool, TICK_MS, &word);
	struct job *job;

	sim_explorer_progress(p->x, "dpor", 0);
	if (what == SIM_POOL_NOTHING)
		return 0;
	job = job_of(p, word.process);
	if (what == SIM_POOL_DEATH)
		return bury(p, job, word.error);
	return answer(p, job, &word);
}

/* -------------------------------------------------------------------- search */

static int search(struct parallel *p)
{
	int ret = plan(p);

	while (!ret && goes_on(p)) {
		give(p);
		ret = hear(p);
		give(p);
		if (!ret)
			ret = take_all(p);
	}
	p->x->result->exhausted = !ret && !p->x->stop && !p->x->budget_out;
	return ret;
}

/* What was searched before is not searched again. */
static int read_journal(struct parallel *p)
{
	char *error = p->x->result->error;
	const unsigned char *bytes;
	size_t nr;
	int ret = plan(p), more = 0;

	while (!ret && goes_on(p) &&
	       (more = sim_journal_read(p->x->journal, &bytes, &nr, error)) >
		       0) {
		struct sim_in in = { .bytes = bytes, .nr = nr };
		struct job *job = find_job(p, JOB_WAITS, p->next);

		(void)sim_in_number(&in);
		if (!job || sim_in_number(&in) != p->next)
			return sim_explorer_fail(
				p->x, -EINVAL,
				"expected a journal of one search, found "
				"results in another order");
		p->promised -= job->quota;
		forget(job);
		ret = take(p, p->next, bytes, nr);
		if (!ret)
			ret = plan(p);
		sim_explorer_progress(p->x, "dpor", 0);
	}
	if (ret || more < 0)
		return ret ? ret : more;
	return sim_journal_go_on(p->x->journal, error);
}

/* Before there are processes, which have it as well. */
static int make(struct parallel *p)
{
	struct explorer *x = p->x;
	struct sim_pool_work work = sim_worker_work(x);

	if (x->options->certificate)
		x->collector = sim_collector_make(
			&x->config, sim_explorer_certificate_max(x));
	p->share = sim_share_make(quota_set ? quota_set : QUOTA_DEFAULT);
	if (!p->share || (x->options->certificate && !x->collector))
		return out_of_memory(p);
	p->pool = sim_pool_make(x->options->jobs ? x->options->jobs : 1, &work);
	x->processes = p->pool ? sim_pool_processes(p->pool) : 0;
	if (p->pool)
		return 0;
	snprintf(x->result->error, sizeof(x->result->error),
		 "cannot make a process for the search: %s", strerror(errno));
	return -EAGAIN;
}

/* Addresses in footprints are to be the same in all of them.  Threads do not
 * come along into a process. */
static int map_arena(struct explorer *x)
{
	struct kernel_config machine = { .era = x->config.era };
	int ret;

	if (x->config.carrier == sim_carrier_thread())
		return sim_explorer_fail(
			x, -EINVAL,
			"jobs: expected the carrier fiber, found thread");
	ret = kernel_boot(&machine);
	if (ret)
		return sim_explorer_fail(x, ret,
					 "the machine could not be booted");
	kernel_halt(NULL, NULL);
	return 0;
}

int sim_explorer_share(struct explorer *x)
{
	struct parallel p = { .x = x, .next = 1 };
	unsigned i;
	int ret = map_arena(x);

	sim_explorer_estimate(x, NULL);
	snprintf(x->result->strategy, sizeof(x->result->strategy), "dpor");
	x->result->bounded = false;
	if (!ret)
		ret = make(&p);
	if (!ret && x->options->resume)
		ret = read_journal(&p);
	if (!ret)
		ret = search(&p);
	sim_pool_free(p.pool);
	x->processes = 0;
	sim_share_free(p.share);
	sim_out_release(&p.out);
	for (i = 0; i < JOBS_MAX; i++)
		forget(&p.jobs[i]);
	return ret;
}
