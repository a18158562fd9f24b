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

/* "160 k"; of so many an order of magnitude is all that is known. */
static const char *format_count(double count, char *buf, size_t size)
{
	static const char *const units[] = { "", " k", " M", " G", " T" };
	unsigned unit = 0;

	while (unit < 4 && count >= 10000) {
		count /= 1000;
		unit++;
	}
	snprintf(buf, size, count < 10000 ? "%.0f%s" : "%.0e%s", count,
		 count < 10000 ? units[unit] : units[4]);
	return buf;
}

static const char *format_left(double seconds, char *buf, size_t size)
{
	if (seconds < 90)
		snprintf(buf, size, "%.0f s", seconds);
	else if (seconds < 90 * 60)
		snprintf(buf, size, "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(buf, size, "%.0f h", seconds / 3600);
	else if (seconds < 1000.0 * 86400)
		snprintf(buf, size, "%.0f days", seconds / 86400);
	else
		snprintf(buf, size, "years");
	return buf;
}

void sim_progress_format(const struct sim_progress *p, char *buf, size_t size)
{
	double made = (double)(p->runs + p->pruned);
	char bound[24] = "", runs[32], rate[32], whole[32], left[32];
	size_t used;

	if (!strcmp(p->strategy, "bound"))
		snprintf(bound, sizeof(bound), " %u", p->bound);
	if (p->jobs)
		snprintf(bound, sizeof(bound), " in %u", p->jobs);
	if (p->states)
		made = (double)p->states;
	snprintf(buf, size, "%s%s: %s %s, %s/s, %llu found", p->strategy, bound,
		 format_count(p->states ? made : (double)p->runs, runs,
			      sizeof(runs)),
		 p->states ? "states" : "runs",
		 format_count(made / p->seconds, rate, sizeof(rate)),
		 (unsigned long long)p->findings);
	used = strlen(buf);
	if (p->whole > 0)
		snprintf(buf + used, size - used,
			 "; about %.0f %% of %s, %s left",
			 100 * p->searched / p->whole,
			 format_count(p->whole, whole, sizeof(whole)),
			 format_left(p->seconds_left, left, sizeof(left)));
}

static void print(const struct sim_progress *p)
{
	char text[SIM_TEXT_MAX];

	sim_progress_format(p, text, sizeof(text));
	fprintf(stderr, "\r\033[K%s", text);
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
