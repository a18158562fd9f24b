/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verify.c - checks that a list of runs has one of each class of interleavings,
 * and shares nothing with the search that wrote it but the rules of dependence.
 *
 * A list that is not empty lacks no class if it is closed: whatever step of a
 * listed run, made, waited for or prevented, is made earlier than it was, in
 * front of a step that it depends on and that could be spared until then, or
 * comes out differently, leads to a listed class.  For if a class is missing,
 * take the listed run that agrees with it longest; the step at which they part
 * is one of those, and making it leads to a run that agrees longer.
 */
#include "verify.h"
#include "memory.h"

#include <stdarg.h>

/* Of a class; equal only if the classes are. */
struct key {
	uint64_t a, b;
};

struct verifier {
	const struct sim_certificate *list;
	struct sim_run_config config;
	struct sim_verification *v;
	uint64_t budget;
	struct key *keys; /* of the listed ones: open addressing; 0, 0: free */
	size_t nr_slots;
	struct sim_counts counts;
	struct sim_steps steps, other; /* of a listed run, of one made of it */
	struct sim_past past, other_past;
	struct sim_act *acts;
	size_t acts_max;
	struct sim_trace trace;
	struct sim_run run;
};

/* Says why; returns false. */
__attribute__((format(printf, 3, 4))) static bool
end(struct verifier *x, enum sim_verified answer, const char *format, ...)
{
	va_list ap;

	x->v->answer = answer;
	va_start(ap, format);
	vsnprintf(x->v->reason, sizeof(x->v->reason), format, ap);
	va_end(ap);
	return false;
}

static bool make_run(struct verifier *x, const struct sim_act *acts, size_t nr,
		     bool goes_on, struct sim_steps *ret_steps)
{
	if (x->budget && x->v->runs == x->budget)
		return end(x, SIM_UNDECIDED, "the budget of %llu runs ended",
			   (unsigned long long)x->budget);
	if (sim_steps_run(&x->config, acts, nr, goes_on, &x->trace, &x->run,
			  ret_steps))
		return end(x, SIM_FAILED, "the machine could not be booted");
	x->v->runs++;
	x->v->steps += ret_steps->nr;
	return x->run.status != SIM_RUN_ERROR ||
	       end(x, SIM_FAILED, "%.200s", x->run.error);
}

/* The run of a class as it is listed. */
static bool make_listed(struct verifier *x, const struct sim_class *class)
{
	if (!make_run(x, class->acts, class->nr, false, &x->steps))
		return false;
	if (x->steps.nr < class->nr)
		return end(x, SIM_REJECTED,
			   "line %d: step %zu cannot be made by task %u",
			   class->lineno, x->steps.nr + 1,
			   class->acts[x->steps.nr].task);
	if (x->run.status == SIM_RUN_PRUNED)
		return end(x, SIM_REJECTED,
			   "line %d: the run goes on behind step %zu",
			   class->lineno, class->nr);
	if (sim_run_verdicts(&x->run) != class->verdicts)
		return end(x, SIM_REJECTED,
			   "line %d: something else is found behind step %zu",
			   class->lineno, class->nr);
	return true;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 29);
}

/*
 * Foata's normal form: who makes his how manieth step, and with which outcome,
 * at which level.  A sum, since nobody is first on a level.
 */
static bool make_key(struct verifier *x, const struct sim_steps *s,
		     struct sim_past *past, struct key *ret_key)
{
	struct key key = { s->nr + 1, s->nr };
	unsigned nth[SIM_TASKS_MAX + 1] = { 0 };
	size_t i;

	if (!sim_past_make(past, s, &x->counts))
		return end(x, SIM_FAILED, "out of memory");
	for (i = 0; i < s->nr; i++) {
		const struct sim_act *act = &s->steps[i].act;
		uint64_t h = mix(mix(s->nr, past->level[i]), act->task);

		h = mix(mix(h, act->outcome), ++nth[act->task]);
		key.a += mix(h, 1);
		key.b += mix(h, 2);
	}
	*ret_key = key;
	return true;
}

/* Where it stands, or would. */
static struct key *find_key(struct verifier *x, struct key key)
{
	size_t i = (size_t)(key.a % x->nr_slots);

	while ((x->keys[i].a || x->keys[i].b) &&
	       (x->keys[i].a != key.a || x->keys[i].b != key.b))
		i = (i + 1) % x->nr_slots;
	return &x->keys[i];
}

/* Counts that can get to zero in some run decide which steps commute in all. */
static bool learn_counts(struct verifier *x, const struct sim_class *class)
{
	bool more;

	return make_listed(x, class) &&
	       (sim_steps_judge(&x->steps, &x->counts, &more) ||
		end(x, SIM_FAILED, "out of memory"));
}

static bool enter_class(struct verifier *x, const struct sim_class *class)
{
	struct key key, *slot;

	if (!make_listed(x, class) || !make_key(x, &x->steps, &x->past, &key))
		return false;
	slot = find_key(x, key);
	if (slot->a || slot->b)
		return end(x, SIM_REJECTED, "line %d: a class above, again",
			   class->lineno);
	*slot = key;
	return true;
}

/*
 * All that need not come behind steps @first and @at, and then step @at with
 * @outcome: where does it lead?  Nowhere if it would have to wait.
 */
static bool try_other(struct verifier *x, const struct sim_class *class,
		      size_t first, size_t at, unsigned outcome)
{
	const struct sim_step *step = &x->steps.steps[at];
	const char *how = sim_outcome_name(step->kind, outcome);
	struct key key, *slot;
	size_t i, nr = 0;

	for (i = 0; i < x->steps.nr; i++)
		if (!sim_happens_from(&x->past, first, i) &&
		    (at >= x->steps.nr || !sim_happens_from(&x->past, at, i)))
			x->acts[nr++] = x->steps.steps[i].act;
	x->acts[nr] =
		(struct sim_act){ step->act.task, (unsigned short)outcome };
	if (!make_run(x, x->acts, nr + 1, true, &x->other))
		return false;
	if (x->other.nr < nr)
		return end(x, SIM_REJECTED,
			   "line %d: what does not depend on step %zu cannot "
			   "be made without it",
			   class->lineno, first + 1);
	if (x->run.status == SIM_RUN_PRUNED)
		return true;
	if (!make_key(x, &x->other, &x->other_past, &key))
		return false;
	slot = find_key(x, key);
	return slot->a || slot->b ||
	       end(x, SIM_REJECTED,
		   "line %d: no class is listed in which the %s%s%s of task "
		   "%u%s comes in front of step %zu",
		   class->lineno, sim_kind_name(step->kind),
		   *how ? " that " : "", how, step->act.task,
		   at < x->steps.nr ? "" : ", which waits at the end,",
		   first + 1);
}

/* Step @at in front of each that it depends on, and with other outcomes. */
static bool try_step(struct verifier *x, const struct sim_class *class,
		     size_t at)
{
	const struct sim_step *step = &x->steps.steps[at];
	bool made = at < x->steps.nr, ok = true;
	size_t i = x->steps.nr;
	unsigned o;

	for (o = 0; ok && made && o < step->outcomes; o++)
		if (o != step->act.outcome)
			ok = try_other(x, class, at, at, o);
	while (ok && i-- > 0)
		for (o = 0; ok && o < step->outcomes; o++)
			if (sim_past_has(&x->past, x->past.races, at, i) &&
			    (step->waits || !made || o == step->act.outcome))
				ok = try_other(x, class, i, at, o);
	return ok;
}

static bool try_class(struct verifier *x, const struct sim_class *class)
{
	struct key key;
	size_t i;
	bool ok =
		make_listed(x, class) && make_key(x, &x->steps, &x->past, &key);

	for (i = 0; ok && i < x->steps.nr_all; i++)
		ok = try_step(x, class, i);
	return ok;
}

static void check(struct verifier *x)
{
	bool (*const passes[])(struct verifier *, const struct sim_class *) = {
		learn_counts, enter_class, try_class
	};
	bool ok = true;
	size_t p, c;

	for (p = 0; p < sizeof(passes) / sizeof(passes[0]); p++)
		for (c = 0; ok && c < x->list->nr; c++)
			ok = passes[p](x, &x->list->classes[c]);
	x->v->answer = ok ? SIM_ACCEPTED : x->v->answer;
}

static void verifier_destroy(struct verifier *x)
{
	sim_memory_release(x->keys, x->nr_slots, sizeof(*x->keys));
	sim_memory_release(x->acts, x->acts_max, sizeof(*x->acts));
	sim_counts_release(&x->counts);
	sim_steps_release(&x->steps);
	sim_steps_release(&x->other);
	sim_past_release(&x->past);
	sim_past_release(&x->other_past);
	sim_trace_release(&x->trace);
	sim_memory_free(x, sizeof(*x));
}

static struct verifier *verifier_make(const struct sim_certificate *list)
{
	struct verifier *x = sim_memory_alloc(sizeof(*x));

	if (!x)
		return NULL;
	x->list = list;
	x->keys = sim_memory_grow(NULL, &x->nr_slots, 2 * list->nr + 1,
				  sizeof(*x->keys));
	x->acts = sim_memory_grow(NULL, &x->acts_max, SIM_STEPS_MAX + 1,
				  sizeof(*x->acts));
	if (x->keys && x->acts)
		return x;
	verifier_destroy(x);
	return NULL;
}

void sim_certificate_verify(const struct sim_certificate *list,
			    const struct sim_scenario *scenario,
			    const struct sim_carrier *carrier, uint64_t budget,
			    struct sim_verification *ret_verification)
{
	struct verifier *x = verifier_make(list);

	*ret_verification = (struct sim_verification){ .answer = SIM_FAILED };
	if (!x) {
		snprintf(ret_verification->reason, SIM_TEXT_MAX,
			 "out of memory");
		return;
	}
	x->v = ret_verification;
	x->budget = budget;
	x->config = (struct sim_run_config){
		.scenario = scenario,
		.era = list->era,
		.carrier = carrier,
		.steps_max = list->steps_max,
		.timeouts = list->timeouts,
		.signals = list->signals,
		.faults = list->faults,
		.invariants = list->invariants,
	};
	if (!sim_certificate_agrees(list, x->v->reason))
		x->v->answer = SIM_REJECTED;
	else
		check(x);
	verifier_destroy(x);
}
