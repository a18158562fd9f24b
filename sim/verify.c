/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verify.c - checks that a list of runs has one of each class of interleavings,
 * and shares nothing with the search that wrote it but the rules of dependence.
 * docs/certificates.md says why a list that passes lacks no class.
 */
#include "verify.h"

#include "memory.h"

#include <string.h>

/* With what tasks wait for at the end. */
#define STEPS_MAX (SIM_STEPS_MAX + SIM_TASKS_MAX)

/* Of a class; equal only if the classes are. */
struct key {
	uint64_t a, b;
};

/* The steps of a run, and of each: how many of each task happen @before it, the
 * how manieth of its task it is, 1 + the greatest @level of those before; and of
 * the one that was looked at last its races. */
struct made {
	struct sim_steps steps;
	unsigned short before[STEPS_MAX][SIM_TASKS_MAX + 1], nth[STEPS_MAX];
	size_t level[STEPS_MAX];
	bool races[STEPS_MAX];
};

struct verifier {
	const struct sim_class *class; /* that is looked at */
	struct sim_run_config config;
	struct sim_verification *v;
	uint64_t budget;
	struct key *keys, key; /* listed: open addressing, 0, 0: free; one */
	size_t nr_slots;
	struct sim_counts counts;
	struct made listed, other; /* a listed run, one made of it */
	struct sim_act acts[STEPS_MAX];
	struct sim_trace trace;
	struct sim_run run;
};

static bool happens_before(const struct made *m, size_t a, size_t b)
{
	return m->before[b][m->steps.steps[a].act.task] >= m->nth[a];
}

static void add(struct made *m, size_t at, size_t step)
{
	unsigned t;

	for (t = 1; t <= m->steps.nr_tasks; t++)
		if (m->before[at][t] < m->before[step][t])
			m->before[at][t] = m->before[step][t];
	m->before[at][m->steps.steps[step].act.task] = m->nth[step];
	if (m->level[at] <= m->level[step])
		m->level[at] = m->level[step] + 1;
}

/* What happens before step @at, and which of those that it depends on could come
 * behind it as far as others go: with none between, or, if it may have to wait,
 * all, for whoever keeps it waiting may be long gone; and, if it could be a
 * limited fault, all of those, wherever. */
static void look_back(const struct verifier *x, struct made *m, size_t at)
{
	const struct sim_step *s = m->steps.steps, *step = &s[at];
	size_t i = at < m->steps.nr ? at : m->steps.nr, own = i;
	bool known;

	/* 1 + the one before of its task, or that made the task. */
	while (own && s[own - 1].act.task != step->act.task &&
	       s[own - 1].nr_tasks >= step->act.task)
		own--;
	memset(m->before[at], 0, sizeof(m->before[at]));
	m->races[at] = false;
	m->level[at] = 1;
	if (own)
		add(m, at, own - 1);
	m->nth[at] = (unsigned short)(m->before[at][step->act.task] + 1);
	while (i-- > 0) {
		m->races[i] = false;
		known = happens_before(m, i, at);
		if (i + 1 == own || (known && !step->waits) ||
		    (own && happens_before(m, i, own - 1)))
			continue;
		m->races[i] = sim_counts_depend(&x->counts, &s[i].footprint,
						&step->footprint);
		if (m->races[i] && !known)
			add(m, at, i);
		m->races[i] |= step->may_fault && s[i].faults;
	}
	for (i = at + 1; i < m->steps.nr; i++)
		m->races[i] = step->may_fault && s[i].faults;
}

static bool make_run(struct verifier *x, const struct sim_act *acts, size_t nr,
		     bool goes_on, struct sim_steps *ret_steps)
{
	if (x->budget && x->v->runs == x->budget)
		return sim_judge(x->v, SIM_UNDECIDED,
				 "the budget of %llu runs ended",
				 (unsigned long long)x->budget);
	if (sim_steps_run(&x->config, acts, nr, goes_on, &x->trace, &x->run,
			  ret_steps))
		return sim_judge(x->v, SIM_FAILED,
				 "the machine could not be booted");
	x->v->runs++;
	x->v->steps += ret_steps->nr;
	return x->run.status != SIM_RUN_ERROR ||
	       sim_judge(x->v, SIM_FAILED, "%.200s", x->run.error);
}

/* The run of a class as it is listed. */
static bool make_listed(struct verifier *x)
{
	const struct sim_class *class = x->class;
	const struct sim_steps *s = &x->listed.steps;

	if (!make_run(x, class->acts, class->nr, false, &x->listed.steps))
		return false;
	if (s->nr < class->nr)
		return sim_judge(x->v, SIM_REJECTED,
				 "step %zu cannot be made by task %u",
				 s->nr + 1, class->acts[s->nr].task);
	if (x->run.status == SIM_RUN_PRUNED)
		return sim_judge(x->v, SIM_REJECTED,
				 "the run goes on behind step %zu", class->nr);
	return sim_run_verdicts(&x->run) == class->verdicts ||
	       sim_judge(x->v, SIM_REJECTED,
			 "something else is found behind step %zu", class->nr);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 29);
}

/* Into x->key, Foata's normal form: who makes his how manieth step, and with
 * which outcome, at which level; a sum, since nobody is first on a level.
 * Returns where it is listed, or would be. */
static struct key *find_key(struct verifier *x, struct made *m)
{
	struct key key = { m->steps.nr + 1, m->steps.nr };
	uint64_t h;
	size_t i;

	for (i = 0; i < m->steps.nr; i++) {
		look_back(x, m, i);
		h = mix(mix(m->steps.nr, m->level[i]), m->nth[i]);
		h = mix(h, m->steps.steps[i].act.task);
		h = mix(h, m->steps.steps[i].act.outcome);
		key.a += mix(h, 1);
		key.b += mix(h, 2);
	}
	i = (size_t)(key.a % x->nr_slots);
	while ((x->keys[i].a || x->keys[i].b) &&
	       (x->keys[i].a != key.a || x->keys[i].b != key.b))
		i = (i + 1) % x->nr_slots;
	x->key = key;
	return &x->keys[i];
}

/* Counts that can get to zero in some run decide which steps commute in all. */
static bool learn_counts(struct verifier *x)
{
	bool more;

	return make_listed(x) &&
	       (sim_steps_judge(&x->listed.steps, &x->counts, &more) ||
		sim_judge(x->v, SIM_FAILED, "out of memory"));
}

static bool enter_class(struct verifier *x)
{
	struct key *slot = make_listed(x) ? find_key(x, &x->listed) : NULL;

	if (slot && (slot->a || slot->b))
		return sim_judge(x->v, SIM_REJECTED, "a class above, again");
	if (slot)
		*slot = x->key;
	return slot;
}

/*
 * All that need not come behind steps @first and @at, and then step @at with
 * @outcome: where does it lead?  Nowhere if it would have to wait.
 */
static bool try_other(struct verifier *x, size_t first, size_t at,
		      unsigned short outcome)
{
	const struct made *m = &x->listed;
	const struct sim_step *step = &m->steps.steps[at];
	const char *how = sim_outcome_name(step->kind, outcome);
	struct key *slot;
	size_t i, nr = 0;

	for (i = 0; i < m->steps.nr; i++)
		if (i != first && i != at && !happens_before(m, first, i) &&
		    (at >= m->steps.nr || !happens_before(m, at, i)))
			x->acts[nr++] = m->steps.steps[i].act;
	x->acts[nr] = (struct sim_act){ step->act.task, outcome };
	if (!make_run(x, x->acts, nr + 1, true, &x->other.steps))
		return false;
	if (x->other.steps.nr < nr)
		return sim_judge(
			x->v, SIM_REJECTED,
			"what does not depend on step %zu cannot be made "
			"without it",
			first + 1);
	if (x->run.status == SIM_RUN_PRUNED)
		return true;
	slot = find_key(x, &x->other);
	return slot->a || slot->b ||
	       sim_judge(
		       x->v, SIM_REJECTED,
		       "no class is listed in which the %s%s%s of task %u%s comes "
		       "in front of step %zu",
		       sim_kind_name(step->kind), *how ? " that " : "", how,
		       step->act.task,
		       at < m->steps.nr ? "" : ", which waits at the end,",
		       first + 1);
}

/* Step @at in front of each that it depends on, and with other outcomes. */
static bool try_step(struct verifier *x, size_t at)
{
	struct made *m = &x->listed;
	const struct sim_step *step = &m->steps.steps[at];
	bool made = at < m->steps.nr, ok = true;
	size_t i = m->steps.nr;
	unsigned short o;

	look_back(x, m, at);
	for (o = 0; ok && made && o < step->outcomes; o++)
		ok = o == step->act.outcome || try_other(x, at, at, o);
	while (ok && i-- > 0)
		for (o = 0; ok && m->races[i] && o < step->outcomes; o++)
			if (step->waits || !made || o == step->act.outcome)
				ok = try_other(x, i, at, o);
	return ok;
}

static bool try_class(struct verifier *x)
{
	bool ok = make_listed(x) && find_key(x, &x->listed);
	size_t i;

	for (i = 0; ok && i < x->listed.steps.nr_all; i++)
		ok = try_step(x, i);
	return ok;
}

static bool check(struct verifier *x, const struct sim_certificate *list)
{
	bool (*const passes[])(struct verifier *) = { learn_counts, enter_class,
						      try_class };
	bool ok = true;
	size_t p, c;

	for (p = 0; p < sizeof(passes) / sizeof(passes[0]); p++)
		for (c = 0; ok && c < list->nr; c++) {
			x->class = &list->classes[c];
			x->v->lineno = x->class->lineno;
			ok = passes[p](x);
		}
	return ok;
}

void sim_certificate_verify(const struct sim_certificate *list,
			    const struct sim_scenario *scenario,
			    const struct sim_carrier *carrier, uint64_t budget,
			    struct sim_verification *v)
{
	struct verifier *x = sim_memory_alloc(sizeof(*x));

	*v = (struct sim_verification){ .reason = "out of memory" };
	if (!x)
		return;
	x->v = v;
	x->budget = budget;
	x->config = sim_certificate_config(list, scenario, carrier);
	x->keys = sim_memory_grow(NULL, &x->nr_slots, 2 * list->nr + 1,
				  sizeof(*x->keys));
	if (x->keys && !sim_certificate_agrees(list, v->reason))
		v->answer = SIM_REJECTED;
	else if (x->keys && check(x, list))
		sim_judge(v, SIM_ACCEPTED, "%s", "");
	sim_memory_release(x->keys, x->nr_slots, sizeof(*x->keys));
	sim_counts_release(&x->counts);
	sim_steps_release(&x->listed.steps);
	sim_steps_release(&x->other.steps);
	sim_trace_release(&x->trace);
	sim_memory_free(x, sizeof(*x));
}
