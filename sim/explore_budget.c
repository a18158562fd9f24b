/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_budget.c - when a search has to give up: runs, states, seconds, and
 * memory, of which there is a limit always, so that no table of its own grows
 * until the system ends it.
 */
#include "explorer.h"

#include "certificate.h"
#include "memory.h"

#include <unistd.h>

#define BYTES_MAX ((uint64_t)1 << 32)

/* A clock costs as much as a short run's step. */
#define RUNS_A_LOOK 16u
#define RUNS_AN_ESTIMATE 64u

uint64_t sim_explorer_bytes_max(const struct explorer *x)
{
	long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
	uint64_t half = BYTES_MAX;

	if (x->options->budget_bytes)
		return x->options->budget_bytes;
	if (pages > 0 && bytes > 0)
		half = (uint64_t)pages * (uint64_t)bytes / 2;
	return half < BYTES_MAX ? half : BYTES_MAX;
}

size_t sim_explorer_certificate_max(const struct explorer *x)
{
	uint64_t half = sim_explorer_bytes_max(x) / 2;

	return half < CERTIFICATE_BYTES_MAX ? (size_t)half :
					      CERTIFICATE_BYTES_MAX;
}

void sim_explorer_spend(struct explorer *x, enum sim_budget what,
			uint64_t amount)
{
	x->budget_out = true;
	x->result->ended = what;
	x->result->ended_at = amount;
}

/* What one run needs is there once and for all. */
static bool over_bytes(struct explorer *x)
{
	if (!x->bytes_first && x->result->steps)
		x->bytes_first = sim_memory_used();
	return x->bytes_first &&
	       sim_memory_used() > x->bytes_first + x->bytes_max;
}

/* Who goes from state to state asks seldom enough. */
static bool over_time(const struct explorer *x)
{
	return x->options->budget_seconds &&
	       (x->result->states || !(x->budget % RUNS_A_LOOK)) &&
	       sim_explorer_seconds(x) >= x->options->budget_seconds;
}

static uint64_t states_seen(const struct sim_result *r)
{
	return r->states ? r->states : r->final_states;
}

bool sim_explorer_over_budget(struct explorer *x)
{
	const struct sim_options *o = x->options;

	if (!x->budget)
		sim_explorer_spend(x, SIM_BUDGET_RUNS, o->budget_runs);
	else if (o->budget_states && states_seen(x->result) >= o->budget_states)
		sim_explorer_spend(x, SIM_BUDGET_STATES, o->budget_states);
	else if (over_time(x))
		sim_explorer_spend(x, SIM_BUDGET_SECONDS, o->budget_seconds);
	else if (over_bytes(x))
		sim_explorer_spend(x, SIM_BUDGET_BYTES, x->bytes_max);
	return x->budget_out;
}

int sim_explorer_refused(struct explorer *x, int ret)
{
	if (!ret || (ret != -ENOMEM && sim_memory_refusals() == x->refusals))
		return ret;
	sim_explorer_spend(x, SIM_BUDGET_MEMORY, 0);
	x->result->error[0] = '\0';
	return 0;
}

/* ------------------------------------------------------------- what is left */

void sim_explorer_estimate(struct explorer *x, struct sim_strategy *strategy)
{
	double share;

	if (!x->options->progress)
		return;
	if (!strategy) {
		x->searched = 0;
		x->whole = 0;
		x->begun = sim_explorer_seconds(x);
		return;
	}
	x->searched++;
	/* It looks at all of the stack. */
	if (!strategy->share ||
	    (x->searched > RUNS_AN_ESTIMATE && x->searched % RUNS_AN_ESTIMATE))
		return;
	share = strategy->share(strategy);
	x->whole = share > 0 ? (double)x->searched / share : 0;
}

void sim_explorer_foresee(const struct explorer *x,
			  struct sim_progress *progress)
{
	const struct sim_options *o = x->options;
	double searched = (double)x->searched, whole = x->whole, left;

	/* x->budget is what is left of it. */
	if (o->budget_runs && (!whole || whole - searched > (double)x->budget))
		whole = searched + (double)x->budget;
	progress->searched = searched;
	progress->whole = whole && whole < searched ? searched : whole;
	if (!whole || !x->searched)
		return;
	left = (progress->seconds - x->begun) * (progress->whole - searched) /
	       searched;
	if (o->budget_seconds &&
	    left > (double)o->budget_seconds - progress->seconds)
		left = (double)o->budget_seconds - progress->seconds;
	progress->seconds_left = left > 0 ? left : 0;
}

/* ------------------------------------------------------------------ in words */

static const char *format_bytes(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	unsigned unit = 0;

	while (unit < 3 && bytes >= 1024 && !(bytes % 1024)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, size, "%llu %s", (unsigned long long)bytes, units[unit]);
	return buf;
}

const char *sim_budget_format(const struct sim_result *r, char *buf,
			      size_t size)
{
	unsigned long long at = r->ended_at;
	char bytes[32];

	buf[0] = '\0';
	format_bytes(at, bytes, sizeof(bytes));
	if (r->ended == SIM_BUDGET_RUNS)
		snprintf(buf, size, "budget of %llu run%s ended", at,
			 at == 1 ? "" : "s");
	else if (r->ended == SIM_BUDGET_STATES)
		snprintf(buf, size, "budget of %llu %sstate%s ended", at,
			 r->states ? "" : "final ", at == 1 ? "" : "s");
	else if (r->ended == SIM_BUDGET_SECONDS)
		snprintf(buf, size, "budget of %llu s ended", at);
	else if (r->ended == SIM_BUDGET_BYTES)
		snprintf(buf, size, "budget of %s of memory ended", bytes);
	else if (r->ended == SIM_BUDGET_CERTIFICATE)
		snprintf(buf, size,
			 "budget of %s for a certificate ended; without one "
			 "there is no such limit",
			 bytes);
	else if (r->ended == SIM_BUDGET_MEMORY)
		snprintf(buf, size, "the system has no more memory");
	return buf;
}
