/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.c - a process that searches parts of a tree: so many runs, then it says
 * what it saw, and what is left.
 */
#include "worker.h"

#include "collector.h"
#include "dpor_part.h"
#include "invariants.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Asking who listens costs as much as a small part of a run. */
#define RUNS_UNASKED 64u

static struct worker {
	struct explorer *x;
	struct sim_strategy *dpor; /* inside @strategy, or it */
	struct sim_strategy *strategy;
	uint64_t first_job; /* of this search */
	uint64_t runs, pruned, steps; /* before this job */
	struct sim_out told; /* runs */
	unsigned nr_told;
} worker;

static bool begin(void *arg)
{
	struct worker *w = &worker;

	w->x = arg;
	w->dpor = w->strategy = sim_dpor_make();
	if (!w->dpor || !w->x->collector)
		return w->dpor != NULL;
	/* Whoever has all classes knows when they are too many. */
	w->x->collector = sim_collector_make(&w->x->config, SIZE_MAX);
	if (!w->x->collector)
		return false;
	w->strategy = sim_collector_watch(w->x->collector, w->dpor);
	return w->strategy != NULL;
}

/* --------------------------------------------------------------- searching */

/* The search began anew: what was told may have been passed over. */
static bool begin_again(struct worker *w, uint64_t first_job)
{
	struct explorer *x = w->x;

	if (w->first_job == first_job)
		return true;
	w->first_job = first_job;
	while (x->result->nr_findings) {
		struct sim_finding *f =
			&x->result->findings[--x->result->nr_findings];

		free(f->schedule);
		sim_trace_free(f->trace);
	}
	if (!x->order)
		return true;
	sim_lock_order_free(x->order);
	x->order = sim_lock_order_make();
	return x->order != NULL;
}

/* Everything counted from here on is this job's. */
static void clear(struct worker *w)
{
	struct explorer *x = w->x;
	unsigned i;

	w->runs = x->result->runs;
	w->pruned = x->result->pruned;
	w->steps = x->result->steps;
	/* No run of another part tells where one of this part differs. */
	sim_trace_reset(&x->trace);
	sim_out_clear(&w->told);
	w->nr_told = 0;
	x->cut = false;
	x->nr_states = 0;
	if (x->states)
		memset(x->states, 0, x->states_max * sizeof(*x->states));
	for (i = 0; i < x->result->nr_findings; i++)
		x->result->findings[i].count = 0;
	if (x->collector)
		sim_collector_clear(x->collector);
}

/* A run that shows something for the first time, or better than those before.
 * Whoever hears of it makes it again. */
static int tell(struct worker *w)
{
	struct explorer *x = w->x;
	char *text = sim_explorer_schedule(x, NULL);

	memset(x->unsettled, 0, sizeof(x->unsettled));
	if (!text)
		return sim_explorer_fail(x, -ENOMEM,
					 "out of memory for a schedule");
	sim_out_number(&w->told, x->result->runs - w->runs);
	sim_out_text(&w->told, text);
	w->nr_told++;
	free(text);
	return 0;
}

static int run(struct worker *w)
{
	int ret = sim_explorer_run(w->x, w->strategy);

	if (ret < 0 || w->x->run.status == SIM_RUN_PRUNED)
		return ret;
	if (ret || (w->x->order && sim_lock_order_grew(w->x->order)))
		return tell(w);
	return 0;
}

/* Up to @quota runs, and on to what would be next.  Returns how it ended, or
 * -errno. */
static int search(struct worker *w, unsigned quota)
{
	unsigned made;
	int ret;

	for (made = 0; w->strategy->begin(w->strategy); made++) {
		if (made == quota)
			return SIM_SHARE_REST;
		if (made % RUNS_UNASKED == RUNS_UNASKED - 1 &&
		    sim_pool_abandoned())
			_exit(1);
		ret = run(w);
		if (ret)
			return ret;
		if (sim_part_is_void(w->dpor))
			return SIM_SHARE_VOID;
	}
	return SIM_SHARE_DONE;
}

/* -------------------------------------------------------------- answering */

static void write_states(const struct explorer *x, struct sim_out *out)
{
	size_t i;

	sim_out_number(out, x->nr_states);
	for (i = 0; i < x->states_max; i++)
		if (x->states[i])
			sim_out_bytes(out, &x->states[i], sizeof(x->states[i]));
}

/* Not those that it takes several runs to show: whoever has all runs counts
 * them. */
static bool is_counted(const struct explorer *x, unsigned i)
{
	const struct sim_finding *f = &x->result->findings[i];

	return f->count && !f->trace->events[x->raws[i].event].aside;
}

static void write_counts(const struct explorer *x, struct sim_out *out)
{
	unsigned i, nr = 0;

	for (i = 0; i < x->result->nr_findings; i++)
		nr += is_counted(x, i);
	sim_out_number(out, nr);
	for (i = 0; i < x->result->nr_findings; i++) {
		if (!is_counted(x, i))
			continue;
		sim_out_bytes(out, &x->identities[i], sizeof(uint64_t));
		sim_out_number(out, x->result->findings[i].count);
	}
}

static bool same_act(const struct sim_act *a, const struct sim_act *b)
{
	return a->task == b->task && a->outcome == b->outcome;
}

/* Runs of equal steps as one. */
static void write_class(const struct sim_class *class, struct sim_out *out)
{
	size_t i, n;

	sim_out_number(out, class->verdicts);
	sim_out_number(out, class->nr);
	for (i = 0; i < class->nr; i += n) {
		for (n = 1; i + n < class->nr &&
			    same_act(&class->acts[i], &class->acts[i + n]);
		     n++)
			;
		sim_out_number(out, class->acts[i].task);
		sim_out_number(out, class->acts[i].outcome);
		sim_out_number(out, n);
	}
}

void sim_worker_read_class(struct sim_in *in, struct sim_act *acts,
			   struct sim_class *ret_class)
{
	unsigned n;

	*ret_class = (struct sim_class){ .acts = acts };
	ret_class->verdicts = sim_in_count(in, UINT32_MAX);
	ret_class->nr = sim_in_count(in, SIM_STEPS_MAX);
	for (size_t i = 0; i < ret_class->nr && !in->bad;) {
		struct sim_act act;

		act.task = (unsigned short)sim_in_count(in, UINT16_MAX);
		act.outcome = (unsigned short)sim_in_count(in, UINT16_MAX);
		n = sim_in_count(in, (unsigned)(ret_class->nr - i));
		in->bad |= !n;
		while (n-- > 0)
			acts[i++] = act;
	}
}

static void write_seen(const struct worker *w, struct sim_out *out)
{
	const struct explorer *x = w->x;
	const struct sim_certificate *list;
	size_t i;

	sim_out_number(out, x->result->runs - w->runs);
	sim_out_number(out, x->result->pruned - w->pruned);
	sim_out_number(out, x->result->steps - w->steps);
	sim_out_number(out, x->cut);
	sim_out_number(out, x->result->truncated);
	write_states(x, out);
	sim_out_number(out, w->nr_told);
	sim_out_bytes(out, w->told.bytes, w->told.nr);
	write_counts(x, out);
	if (!x->collector)
		return;
	list = sim_collector_list(x->collector);
	sim_out_number(out, list->nr);
	for (i = 0; i < list->nr; i++)
		write_class(&list->classes[i], out);
}

static void write_left(struct worker *w, int end, bool share,
		       struct sim_out *out)
{
	if (end == SIM_SHARE_VOID) {
		sim_part_save_low(w->dpor, out);
		return;
	}
	sim_part_save_made(w->dpor, out);
	sim_part_save_planted(w->dpor, out);
	if (end == SIM_SHARE_DONE)
		return;
	if (share)
		sim_part_save_shared(w->dpor, out);
	else
		sim_out_number(out, 0);
	sim_out_forget(out);
	sim_part_save_rest(w->dpor, out);
}

static void fail(uint64_t job, int error, const char *why, struct sim_out *out)
{
	sim_out_clear(out);
	sim_out_number(out, 0);
	sim_out_number(out, job);
	sim_out_number(out, SIM_WORKER_FAILED);
	sim_out_number(out, (uint64_t)-error);
	sim_out_text(out, why);
}

/* The collector judges counts as the search does. */
static bool tell_collector(struct worker *w)
{
	const struct sim_counts *counts = sim_part_counts(w->dpor);
	size_t i;

	for (i = 0; w->x->collector && i < counts->nr_low; i++)
		if (!sim_collector_know(w->x->collector, counts->low[i]))
			return false;
	return true;
}

static void work(struct sim_in *in, struct sim_out *out, void *arg)
{
	struct worker *w = &worker;
	uint64_t job = sim_in_number(in), first_job = sim_in_number(in);
	unsigned quota = sim_in_count(in, UINT32_MAX);
	bool share = sim_in_count(in, 1), loaded;
	int end;

	(void)arg;
	loaded = begin_again(w, first_job);
	clear(w);
	loaded = sim_part_load(w->dpor, in) && loaded;
	if (!sim_in_finish(in) || !loaded || !tell_collector(w)) {
		fail(job, -ENOMEM, "out of memory for the search tree", out);
		return;
	}
	end = search(w, quota);
	if (end < 0) {
		fail(job, end, w->x->result->error, out);
		return;
	}
	/* Nothing so far: corrected when all of it stands there. */
	sim_out_number(out, 0);
	sim_out_number(out, job);
	sim_out_number(out, (unsigned)end);
	write_seen(w, out);
	write_left(w, end, share, out);
	if (out->foreign && !out->failed)
		out->bytes[0] = 1;
	if (w->told.failed)
		out->failed = true;
}

struct sim_pool_work sim_worker_work(struct explorer *x)
{
	return (struct sim_pool_work){ .begin = begin, .work = work, .arg = x };
}
