/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_switch.c - what it costs to go from one task to another: on each
 * carrier, and by the barest means there are.
 */
#include "bench.h"
#include "pingpong.h"

#include "carrier.h"

#define FIBER_ROUNDS 200000u
#define THREAD_ROUNDS 5000u

static const struct bench_column columns[] = {
	{ "what", "what", BENCH_TEXT },
	{ "seconds", "ns", BENCH_NANOSECONDS },
	{ "per_second", "per second", BENCH_RATE },
	{ "ratio", "ratio", BENCH_RATIO },
	{ "against", "of the speed of", BENCH_TEXT },
	{ 0 },
};

enum { WHAT, SECONDS, RATE, RATIO, AGAINST };

static const struct bench_table model = {
	.name = "switch",
	.title = "one switch from task to task, on one processor",
	.method =
		"Two sides that do nothing but hand over to each other; CPU "
		"time of the process over the number of switches.  The carriers "
		"are called as the engine calls them.  All four are measured "
		"in turn, again and again, and ratios are medians over the "
		"turns.",
	.columns = columns,
};

/* ---------------------------------------------------------------- carriers */

static const struct sim_carrier *carrier;
static bool over;

static void answer(unsigned slot)
{
	while (!over)
		carrier->switch_to(slot, 0);
	carrier->exit_to(slot, 0);
}

static double measure_carrier(const struct sim_carrier *measured,
			      unsigned rounds)
{
	double start, seconds;
	unsigned i;

	carrier = measured;
	over = false;
	if (!carrier || carrier->begin())
		return -1;
	if (carrier->create(1, answer)) {
		carrier->end();
		return -1;
	}
	/* The first one finds the stack cold, or the thread not there yet. */
	carrier->switch_to(0, 1);
	start = bench_cpu_seconds();
	for (i = 0; i < rounds; i++)
		carrier->switch_to(0, 1);
	seconds = bench_cpu_seconds() - start;
	over = true;
	carrier->switch_to(0, 1);
	carrier->end();
	return seconds / (2.0 * rounds);
}

static double measure_fiber(void)
{
	return measure_carrier(sim_carrier_fiber(), FIBER_ROUNDS);
}

static double measure_thread(void)
{
	return measure_carrier(sim_carrier_thread(), THREAD_ROUNDS);
}

static double measure_ucontext(void)
{
	return bench_pingpong_ucontext(FIBER_ROUNDS / 10);
}

static double measure_futex(void)
{
	return bench_pingpong_futex(THREAD_ROUNDS);
}

/* ------------------------------------------------------------------- table */

enum { FIBER, UCONTEXT, THREAD, FUTEX, KINDS_NR };

static const struct {
	const char *what;
	double (*measure)(void);
	int against; /* -1: nothing */
} kinds[KINDS_NR] = {
	[FIBER] = { "carrier of fibers", measure_fiber, UCONTEXT },
	[UCONTEXT] = { "swapcontext()", measure_ucontext, -1 },
	[THREAD] = { "carrier of threads", measure_thread, FUTEX },
	[FUTEX] = { "futex ping-pong, nothing else", measure_futex, -1 },
};

struct turns {
	unsigned nr;
	double seconds[KINDS_NR][BENCH_REPEAT_MAX];
};

static void add_row(struct bench *bench, struct bench_table *table,
		    struct turns *turns, unsigned kind)
{
	struct bench_row *row = bench_add_row(bench, table);
	int against = kinds[kind].against;
	double ratios[BENCH_REPEAT_MAX], values[BENCH_REPEAT_MAX], median;
	unsigned i;

	bench_set_text(row, WHAT, kinds[kind].what);
	if (!turns->nr || turns->seconds[kind][0] < 0)
		return;
	for (i = 0; i < turns->nr; i++)
		values[i] = turns->seconds[kind][i];
	median = bench_median(values, turns->nr);
	bench_set(row, SECONDS, median);
	bench_set(row, RATE, 1 / median);
	if (against < 0 || turns->seconds[against][0] < 0)
		return;
	for (i = 0; i < turns->nr; i++)
		ratios[i] =
			turns->seconds[against][i] / turns->seconds[kind][i];
	bench_set(row, RATIO, bench_median(ratios, turns->nr));
	bench_set_text(row, AGAINST, kinds[against].what);
}

void bench_switch(struct bench *bench)
{
	struct bench_table *table = bench_add_table(bench, &model);
	struct turns turns = { .nr = 0 };
	unsigned kind;

	while (turns.nr < bench->options.repeat && !bench_stopped(bench)) {
		bench_say(bench, "switches: turn %u", turns.nr + 1);
		for (kind = 0; kind < KINDS_NR; kind++)
			turns.seconds[kind][turns.nr] = kinds[kind].measure();
		turns.nr++;
	}
	for (kind = 0; kind < KINDS_NR; kind++)
		add_row(bench, table, &turns, kind);
}
