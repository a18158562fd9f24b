/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras_explore.c - explores the cells of a table in processes of their own,
 * then runs each scenario's first finding in the other eras.
 *
 * What comes back through a pipe is the bytes of the very structures, as both
 * ends are one program: a head, and of each finding its text behind it.
 */
#include "eras.h"

#include "jobs.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

/* What a process says about its cell, before the findings. */
struct head {
	int ret;
	bool exhausted, bounded;
	unsigned bound, verdicts, nr_findings;
	uint64_t runs, pruned, steps;
	double seconds;
	char error[SIM_TEXT_MAX];
};

struct work {
	struct sim_eras *eras;
	unsigned *cells; /* of pieces of work */
	unsigned nr, ended;
	bool failed; /* out of memory */
};

static struct sim_eras_cell *cell_of(const struct work *w, unsigned nth)
{
	return &w->eras->cells[w->cells[nth]];
}

static unsigned scenario_of(const struct work *w, unsigned nth)
{
	return w->cells[nth] / w->eras->nr_columns;
}

static const struct sim_eras_column *column_of(const struct work *w,
					       unsigned nth)
{
	return &w->eras->column[w->cells[nth] % w->eras->nr_columns];
}

/* -------------------------------------------------------------- in the process */

/* Of an era about which nothing is stated: as much as of the others, but no
 * more preemptions than a table has time for. */
static unsigned usual_bound(const struct sim_scenario *scenario)
{
	const struct sim_expect *e;
	unsigned bound = SIM_ERAS_BOUND_DEFAULT;

	for (e = scenario->expect; e && e->era; e++)
		if (e->bound && e->bound < bound)
			bound = e->bound;
	return bound;
}

/* ... and no more steps: counted, as time would give another answer on each
 * machine. */
static int watch_steps(const struct sim_progress *progress, void *arg)
{
	return sim_jobs_progress(progress, arg) ||
	       progress->steps >= SIM_ERAS_STEPS_MAX;
}

/* As the expectation says; --bound goes before it. */
static void choose_search(const struct work *w, unsigned nth,
			  struct sim_options *o)
{
	const struct sim_scenario *scenario =
		w->eras->scenario[scenario_of(w, nth)];
	const struct sim_expect *expect = cell_of(w, nth)->expect;

	o->era = column_of(w, nth)->era;
	o->all = true;
	o->output = NULL;
	o->progress = sim_jobs_progress;
	if (!o->bound_set) {
		if (!expect && !o->budget_runs && !o->budget_seconds)
			o->progress = watch_steps;
		o->bound = expect ? expect->bound : usual_bound(scenario);
		o->bound_set = o->bound != 0;
	}
	o->strategy = o->bound_set ? "bound" : "dpor";
}

static void write_finding(const struct sim_finding *f, FILE *out)
{
	struct sim_eras_finding own;
	size_t size = strlen(f->schedule);

	/* Also what lies between the members: all of it is written. */
	memset(&own, 0, sizeof(own));
	own.verdict = f->verdict;
	own.count = f->count;
	own.switches = sim_trace_switches(f->trace);
	own.steps = f->trace->steps;
	memcpy(own.text, f->text, sizeof(own.text));
	(void)fwrite(&own, sizeof(own), 1, out);
	(void)fwrite(&size, sizeof(size), 1, out);
	(void)fwrite(f->schedule, 1, size, out);
}

static void write_result(const struct sim_result *r, int ret, double seconds,
			 FILE *out)
{
	struct head head;
	unsigned i;

	memset(&head, 0, sizeof(head));
	head.ret = ret;
	head.exhausted = r->exhausted;
	head.bounded = r->bounded;
	head.bound = r->bound;
	head.verdicts = r->verdicts;
	head.nr_findings = ret ? 0 : r->nr_findings;
	head.runs = r->runs;
	head.pruned = r->pruned;
	head.steps = r->steps;
	head.seconds = seconds;
	snprintf(head.error, sizeof(head.error), "%s",
		 r->error[0] || !ret ? r->error : strerror(-ret));
	(void)fwrite(&head, sizeof(head), 1, out);
	for (i = 0; i < head.nr_findings; i++)
		write_finding(&r->findings[i], out);
}

static void explore_cell(unsigned nth, FILE *out, void *arg)
{
	const struct work *w = arg;
	struct sim_options options = w->eras->options;
	struct sim_result result;
	int ret;

	choose_search(w, nth, &options);
	ret = sim_explore(w->eras->scenario[scenario_of(w, nth)], &options,
			  &result);
	write_result(&result, ret, sim_progress_end(), out);
	sim_result_release(&result);
}

static void compare_cell(unsigned nth, FILE *out, void *arg)
{
	const struct work *w = arg;
	unsigned scenario = scenario_of(w, nth);
	int base = sim_eras_base(w->eras, scenario);
	struct sim_options options = w->eras->options;
	static struct sim_eras_comparison comparison;

	options.era = column_of(w, nth)->era;
	(void)sim_eras_compare(w->eras->scenario[scenario],
			       sim_eras_cell(w->eras, scenario, (unsigned)base)
				       ->findings[0]
				       .schedule,
			       &options, &comparison);
	(void)fwrite(&comparison, sizeof(comparison), 1, out);
}

/* ----------------------------------------------------------------- taking it */

struct reader {
	const char *at;
	size_t left;
};

static bool read_bytes(struct reader *r, void *to, size_t size)
{
	if (size > r->left)
		return false;
	memcpy(to, r->at, size);
	r->at += size;
	r->left -= size;
	return true;
}

static bool read_finding(struct reader *r, struct sim_eras_finding *f)
{
	size_t size;

	if (!read_bytes(r, f, sizeof(*f)))
		return false;
	f->schedule = NULL;
	if (!read_bytes(r, &size, sizeof(size)) || size > r->left)
		return false;
	f->schedule = malloc(size + 1);
	if (!f->schedule)
		return false;
	f->schedule[size] = '\0';
	return read_bytes(r, f->schedule, size);
}

/* Who needs fewest switches tells it best; of equals the shorter one. */
static int compare_findings(const void *a, const void *b)
{
	const struct sim_eras_finding *x = a, *y = b;

	if (x->switches != y->switches)
		return x->switches < y->switches ? -1 : 1;
	if (x->steps != y->steps)
		return x->steps < y->steps ? -1 : 1;
	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	return strcmp(x->schedule, y->schedule);
}

static bool read_findings(struct reader *r, struct sim_eras_cell *cell,
			  unsigned nr)
{
	if (!nr)
		return true;
	cell->findings = calloc(nr, sizeof(*cell->findings));
	if (!cell->findings)
		return false;
	for (; cell->nr_findings < nr; cell->nr_findings++)
		if (!read_finding(r, &cell->findings[cell->nr_findings])) {
			free(cell->findings[cell->nr_findings].schedule);
			return false;
		}
	qsort(cell->findings, nr, sizeof(*cell->findings), compare_findings);
	return true;
}

static void break_cell(struct sim_eras_cell *cell, const char *why)
{
	cell->state = SIM_ERAS_BROKEN;
	snprintf(cell->error, sizeof(cell->error), "%s", why);
}

static void take_head(struct sim_eras_cell *cell, const struct head *head)
{
	cell->state = SIM_ERAS_EXPLORED;
	cell->exhausted = head->exhausted;
	cell->bounded = head->bounded;
	cell->bound = head->bound;
	cell->verdicts = head->verdicts;
	cell->runs = head->runs;
	cell->pruned = head->pruned;
	cell->steps = head->steps;
	cell->seconds = head->seconds;
}

static void take_result(struct work *w, struct sim_eras_cell *cell,
			const struct sim_job_end *end)
{
	struct reader reader = { end->bytes, end->size };
	struct head head;

	if (!read_bytes(&reader, &head, sizeof(head))) {
		break_cell(cell, "its process said nothing");
		return;
	}
	take_head(cell, &head);
	if (head.ret)
		break_cell(cell, head.error);
	else if (!read_findings(&reader, cell, head.nr_findings))
		w->failed = true;
}

static void show_progress(const struct work *w, unsigned nth)
{
	if (!w->eras->progress)
		return;
	fprintf(stderr, "\r\033[K%u of %u: %s, %s", w->ended, w->nr,
		w->eras->scenario[scenario_of(w, nth)]->name,
		column_of(w, nth)->text);
	fflush(stderr);
}

static void begin_cell(unsigned nth, void *arg)
{
	show_progress(arg, nth);
}

/* Nobody who was interrupted is at fault: the cell stays as it was. */
static void take_cell(unsigned nth, const struct sim_job_end *end, void *arg)
{
	struct work *w = arg;
	struct sim_eras_cell *cell = cell_of(w, nth);

	w->ended++;
	if (end->complete)
		take_result(w, cell, end);
	else if (!sim_progress_interrupted())
		break_cell(cell, end->error);
}

static void take_comparison(unsigned nth, const struct sim_job_end *end,
			    void *arg)
{
	struct work *w = arg;
	struct sim_eras_comparison *c = &cell_of(w, nth)->comparison;

	w->ended++;
	if (end->complete && end->size == sizeof(*c))
		memcpy(c, end->bytes, sizeof(*c));
	else
		snprintf(c->error, sizeof(c->error), "%s", end->error);
}

/* ----------------------------------------------------------------- all of it */

/* Is there anything to say about this cell? */
static bool wanted(const struct sim_eras *eras, unsigned scenario,
		   unsigned column)
{
	return eras->column[column].given ||
	       sim_eras_cell(eras, scenario, column)->expect;
}

static void list_cells(struct work *w)
{
	struct sim_eras *eras = w->eras;
	unsigned i, j;

	for (i = 0; i < eras->nr_scenarios; i++)
		for (j = 0; j < eras->nr_columns; j++) {
			struct sim_eras_cell *cell = sim_eras_cell(eras, i, j);

			cell->expect = sim_eras_expect(eras->scenario[i],
						       &eras->column[j].era);
			if (!wanted(eras, i, j))
				continue;
			cell->state = SIM_ERAS_WAITING;
			w->cells[w->nr++] = i * eras->nr_columns + j;
		}
}

static void list_comparisons(struct work *w)
{
	const struct sim_eras *eras = w->eras;
	unsigned i, j;

	w->nr = w->ended = 0;
	for (i = 0; i < eras->nr_scenarios; i++) {
		int base = sim_eras_base(eras, i);

		for (j = 0; j < eras->nr_columns && base >= 0; j++)
			if (j != (unsigned)base &&
			    sim_eras_cell(eras, i, j)->state ==
				    SIM_ERAS_EXPLORED)
				w->cells[w->nr++] = i * eras->nr_columns + j;
	}
}

static void run(struct work *w, void (*work)(unsigned, FILE *, void *),
		void (*take)(unsigned, const struct sim_job_end *, void *))
{
	const struct sim_jobs jobs = {
		.nr = w->nr,
		.at_once = w->eras->jobs ? w->eras->jobs : 1,
		.work = work,
		.take = take,
		.begin = begin_cell,
		.arg = w,
	};

	sim_jobs_run(&jobs);
	if (w->eras->progress)
		fputs("\r\033[K", stderr);
}

int sim_eras_explore(struct sim_eras *eras)
{
	size_t nr = (size_t)eras->nr_scenarios * eras->nr_columns;
	struct work w = { .eras = eras };

	eras->cells = calloc(nr + 1, sizeof(*eras->cells));
	w.cells = calloc(nr + 1, sizeof(*w.cells));
	if (!eras->cells || !w.cells) {
		free(w.cells);
		return -ENOMEM;
	}
	list_cells(&w);
	run(&w, explore_cell, take_cell);
	if (eras->compare && !w.failed && !sim_progress_interrupted()) {
		list_comparisons(&w);
		run(&w, compare_cell, take_comparison);
	}
	free(w.cells);
	return w.failed ? -ENOMEM : 0;
}
