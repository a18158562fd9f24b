/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_seam.c - what a lock of the model costs where no scheduler is
 * installed, apart from the real lock in it: the question whether there is
 * one, and the owner that is kept for checks.
 */
#include "bench.h"

#include <vfiosim/lock.h>

#include <pthread.h>

#define PAIRS 200000u
/* So short that many turns cost little, and their medians are steady. */
#define TURNS_PER_REPEAT 5u
#define TURNS_MAX (BENCH_REPEAT_MAX * TURNS_PER_REPEAT)

static const struct bench_column columns[] = {
	{ "what", "what", BENCH_TEXT },
	{ "seconds", "ns", BENCH_NANOSECONDS },
	{ "extra_seconds", "more", BENCH_NANOSECONDS },
	{ "ratio", "ratio", BENCH_RATIO },
	{ 0 },
};

enum { WHAT, SECONDS, EXTRA, RATIO };

static const struct bench_table model = {
	.name = "seam",
	.title = "a lock and unlock that nobody contends for, no scheduler",
	.method =
		"One thread.  With the hook: the same pair, each half in a "
		"function that asks for a scheduler and would announce the "
		"operation.  mutex_lock() of the model has that and tracks the "
		"owner.  All are measured in turn; more: than the row above, "
		"ratio: to the bare pair, medians over the turns.",
	.columns = columns,
};

/* ------------------------------------------------------------------- pairs */

static pthread_mutex_t native = PTHREAD_MUTEX_INITIALIZER;

static void take_and_give_native(void)
{
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		(void)pthread_mutex_lock(&native);
		(void)pthread_mutex_unlock(&native);
	}
}

static void announce(enum sched_kind kind, const struct sched_site *site)
{
	struct sched_op op = { .kind = kind, .obj = &native, .site = *site };

	(void)sched_before(&op);
	sched_after(&op);
}

/* As the model has it: the common case first, and out of line. */
static __attribute__((noinline)) void hooked_lock(pthread_mutex_t *lock,
						  const struct sched_site *site)
{
	if (sched_ops)
		announce(SCHED_LOCK, site);
	(void)pthread_mutex_lock(lock);
}

static __attribute__((noinline)) void
hooked_unlock(pthread_mutex_t *lock, const struct sched_site *site)
{
	if (sched_ops)
		announce(SCHED_UNLOCK, site);
	(void)pthread_mutex_unlock(lock);
}

static void take_and_give_hooked(void)
{
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		hooked_lock(&native, SCHED_SITE("native"));
		hooked_unlock(&native, SCHED_SITE("native"));
	}
}

static struct mutex modelled;

static void take_and_give_modelled(void)
{
	unsigned i;

	for (i = 0; i < PAIRS; i++) {
		mutex_lock(&modelled);
		mutex_unlock(&modelled);
	}
}

/* ------------------------------------------------------------------- table */

enum { NATIVE, HOOKED, MODELLED, PAIRS_NR };

static const struct {
	const char *what;
	void (*run)(void);
} pairs[PAIRS_NR] = {
	[NATIVE] = { "pthread_mutex_lock(), _unlock()", take_and_give_native },
	[HOOKED] = { "the same with the hook alone", take_and_give_hooked },
	[MODELLED] = { "mutex_lock(), mutex_unlock()", take_and_give_modelled },
};

static double measure(unsigned pair)
{
	double start = bench_cpu_seconds();

	pairs[pair].run();
	return (bench_cpu_seconds() - start) / PAIRS;
}

static double seconds[PAIRS_NR][TURNS_MAX];

static double median_of(unsigned pair, unsigned turns)
{
	static double values[TURNS_MAX];
	unsigned i;

	for (i = 0; i < turns; i++)
		values[i] = seconds[pair][i];
	return bench_median(values, turns);
}

static void add_row(struct bench *bench, struct bench_table *table,
		    unsigned pair, unsigned turns)
{
	static double more[TURNS_MAX], ratios[TURNS_MAX];
	struct bench_row *row = bench_add_row(bench, table);
	unsigned i;

	bench_set_text(row, WHAT, pairs[pair].what);
	bench_set(row, SECONDS, median_of(pair, turns));
	if (pair == NATIVE)
		return;
	for (i = 0; i < turns; i++) {
		more[i] = seconds[pair][i] - seconds[pair - 1][i];
		ratios[i] = seconds[pair][i] / seconds[NATIVE][i];
	}
	bench_set(row, EXTRA, bench_median(more, turns));
	bench_set(row, RATIO, bench_median(ratios, turns));
}

void bench_seam(struct bench *bench)
{
	struct bench_table *table = bench_add_table(bench, &model);
	unsigned turns = 0, pair;

	mutex_init(&modelled);
	while (turns < bench->options.repeat * TURNS_PER_REPEAT &&
	       !bench_stopped(bench)) {
		bench_say(bench, "seam: turn %u", turns + 1);
		for (pair = 0; pair < PAIRS_NR; pair++)
			seconds[pair][turns] = measure(pair);
		turns++;
	}
	mutex_destroy(&modelled);
	for (pair = 0; turns && pair < PAIRS_NR; pair++)
		add_row(bench, table, pair, turns);
}
