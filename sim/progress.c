/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.c - one line on stderr, if that is a terminal, rewritten ten times
 * a second; and signals, whose handler only sets a flag.
 */
#include "progress.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_SECONDS 0.1

static volatile sig_atomic_t interrupted;

static struct {
	bool shown, terminal;
	double next;
	struct timespec start;
} line;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void sim_progress_begin(bool quiet)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = interrupt;
	action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	memset(&line, 0, sizeof(line));
	line.terminal = !quiet && isatty(STDERR_FILENO);
	line.next = PERIOD_SECONDS;
	clock_gettime(CLOCK_MONOTONIC, &line.start);
}

static void print(const struct sim_progress *p)
{
	double rate = (double)(p->runs + p->pruned) / p->seconds;
	char bound[24] = "";

	if (!strcmp(p->strategy, "bound"))
		snprintf(bound, sizeof(bound), " %u", p->bound);
	fprintf(stderr, "\r\033[K%s%s: %llu runs, %.0f/s, %llu found",
		p->strategy, bound, (unsigned long long)p->runs, rate,
		(unsigned long long)p->findings);
	fflush(stderr);
	line.shown = true;
}

int sim_progress_report(const struct sim_progress *progress, void *arg)
{
	(void)arg;
	if (line.terminal && progress->seconds >= line.next) {
		print(progress);
		line.next = progress->seconds + PERIOD_SECONDS;
	}
	return interrupted;
}

double sim_progress_end(void)
{
	struct timespec now;

	if (line.shown)
		fputs("\r\033[K", stderr);
	line.shown = false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - line.start.tv_sec) +
	       (double)(now.tv_nsec - line.start.tv_nsec) / 1e9;
}

bool sim_progress_interrupted(void)
{
	return interrupted;
}
