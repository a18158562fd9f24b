/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_jobs.c - what sharing a search costs: so many processes of one search
 * beside as many that search on their own, in turn.
 */
#include "bench.h"
#include "reference.h"

#include "progress.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS 2u
#define POSTX_222 58150u /* classes */

static const struct bench_column columns[] = {
	{ "processes", "processes", BENCH_COUNT },
	{ "seconds", "s", BENCH_SECONDS },
	{ "alone_per_second", "alone, runs/s", BENCH_RATE },
	{ "shared_per_second", "shared, runs/s", BENCH_RATE },
	{ "ratio", "ratio", BENCH_RATIO },
	{ "classes", "classes of (2,2,2)", BENCH_COUNT },
	{ 0 },
};

enum { PROCESSES, SECONDS, ALONE, SHARED, RATIO, CLASSES };

static const struct bench_table model = {
	.name = "jobs",
	.title = "a search in several processes",
	.method =
		"POSTX(3,3,2) by dpor, which none of them ends.  Alone: as many "
		"processes at once, each with a search of its own, the runs of "
		"all together.  Shared: one search with --jobs.  Both by the "
		"clock, in turn; medians.  Classes: of POSTX(2,2,2), shared to "
		"its end.",
	.columns = columns,
};

/* How far one search came. */
struct progress {
	double runs, seconds;
};

static int watch(const struct sim_progress *progress, void *arg)
{
	*(struct progress *)arg =
		(struct progress){ (double)(progress->runs + progress->pruned),
				   progress->seconds };
	return sim_progress_interrupted();
}

static int explore(unsigned devices, unsigned jobs, unsigned seconds,
		   struct progress *ret_progress, struct sim_result *ret_result)
{
	const struct reference reference = { REFERENCE_POSTX, false, devices,
					     devices, 2 };
	const struct sim_scenario s = reference_scenario(&reference);
	const struct sim_options options = {
		.strategy = "dpor",
		.carrier = SIM_FIBER,
		.all = true,
		.jobs = jobs,
		.budget_seconds = seconds,
		.progress = watch,
		.progress_arg = ret_progress,
	};

	memset(ret_progress, 0, sizeof(*ret_progress));
	return sim_explore(&s, &options, ret_result);
}

/* In a process of its own, which says it to @fd. */
static void search_alone(unsigned seconds, int fd)
{
	struct progress progress;
	struct sim_result result;

	if (explore(3, 0, seconds, &progress, &result) ||
	    write(fd, &progress, sizeof(progress)) != sizeof(progress))
		_exit(1);
	_exit(0);
}

/* Runs per second of all together, or 0. */
static double rate_alone(unsigned seconds)
{
	struct progress progress;
	double rate = 0;
	pid_t pids[JOBS];
	int ends[2], status;
	unsigned i, ended = 0;

	if (pipe(ends))
		return 0;
	fflush(NULL);
	for (i = 0; i < JOBS; i++) {
		pids[i] = fork();
		if (!pids[i])
			search_alone(seconds, ends[1]);
	}
	(void)close(ends[1]);
	for (i = 0; i < JOBS; i++)
		ended += pids[i] > 0 && waitpid(pids[i], &status, 0) > 0 &&
			 !status;
	/* Each has written at once what a pipe holds whole. */
	while (ended &&
	       read(ends[0], &progress, sizeof(progress)) == sizeof(progress))
		rate += progress.runs / progress.seconds;
	(void)close(ends[0]);
	return ended == JOBS ? rate : 0;
}

static double rate_shared(struct bench *bench, unsigned seconds)
{
	struct progress progress;
	struct sim_result result;
	int ret = explore(3, JOBS, seconds, &progress, &result);

	if (ret)
		bench_fail(bench, "jobs: %.200s",
			   result.error[0] ? result.error : strerror(-ret));
	sim_result_release(&result);
	return progress.seconds > 0 ? progress.runs / progress.seconds : 0;
}

static void count_classes(struct bench *bench, struct bench_row *row)
{
	struct progress progress;
	struct sim_result result;

	if (!explore(2, JOBS, 0, &progress, &result) &&
	    !sim_progress_interrupted())
		bench_expect(bench, row, CLASSES, result.runs, POSTX_222);
	sim_result_release(&result);
}

void bench_jobs(struct bench *bench)
{
	double alone[BENCH_REPEAT_MAX], shared[BENCH_REPEAT_MAX];
	double ratios[BENCH_REPEAT_MAX];
	unsigned seconds = (unsigned)bench->options.seconds, i;
	struct bench_table *table = bench_add_table(bench, &model);
	struct bench_row *row;

	for (i = 0; i < bench->options.repeat; i++) {
		bench_say(bench, "jobs: %u of %u", i + 1,
			  bench->options.repeat);
		alone[i] = rate_alone(seconds);
		shared[i] = rate_shared(bench, seconds);
		if (bench_stopped(bench) || alone[i] <= 0)
			return;
		ratios[i] = shared[i] / alone[i];
	}
	row = bench_add_row(bench, table);
	bench_set(row, PROCESSES, JOBS);
	bench_set(row, SECONDS, seconds);
	bench_set(row, ALONE, bench_median(alone, i));
	bench_set(row, SHARED, bench_median(shared, i));
	bench_set(row, RATIO, bench_median(ratios, i));
	count_classes(bench, row);
}
