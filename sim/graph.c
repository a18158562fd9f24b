/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph.c - see graph.h.
 */
#include "graph_internal.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* Transitions between two looks at the clock. */
#define PROGRESS_EVERY 4096u

int sim_graph_fail(struct graph_search *s, int ret, const char *text)
{
	if (!s->g->error[0])
		snprintf(s->g->error, sizeof(s->g->error), "%s", text);
	return ret;
}

static int no_memory(struct graph_search *s)
{
	return sim_graph_fail(s, -ENOMEM, "out of memory for the states");
}

/* ---------------------------------------------------------------- sleepers */

#define OUTCOMES 3u

/* Each in a set of moves; what has no place there never sleeps. */
static uint64_t bit_of(struct graph_move move)
{
	unsigned bit = (move.task - 1u) * OUTCOMES + move.outcome;

	return move.outcome < OUTCOMES && bit < 64 ? 1ull << bit : 0;
}

static uint64_t set_of(const struct graph_search *s, size_t from)
{
	uint64_t set = 0;
	size_t i;

	for (i = from; i < s->nr_sleepers; i++)
		set |= bit_of(s->sleepers[i].move);
	return set;
}

static bool grow(void *ret_items, size_t *nr_max, size_t nr, size_t size)
{
	void *p;

	if (nr <= *nr_max)
		return true;
	memcpy(&p, ret_items, sizeof(p));
	p = sim_memory_grow(p, nr_max, nr, size);
	if (p)
		memcpy(ret_items, &p, sizeof(p));
	return p;
}

static bool add_sleeper(struct graph_search *s, struct graph_move move,
			struct sim_touched *touched)
{
	if (!grow(&s->sleepers, &s->sleepers_max, s->nr_sleepers + 1,
		  sizeof(*s->sleepers)))
		return false;
	s->sleepers[s->nr_sleepers++] = (struct graph_sleeper){ move, touched };
	return true;
}

static void drop_sleepers(struct graph_search *s, size_t from)
{
	while (s->nr_sleepers > from)
		sim_touched_put(&s->pool,
				s->sleepers[--s->nr_sleepers].touched);
}

/* Does it sleep on behind the step just made? */
static bool sleeps_on(const struct graph_sleeper *sleeper, unsigned task)
{
	return sleeper->move.task != task &&
	       !sim_footprints_dependent(&sleeper->touched->footprint,
					 sim_engine_footprint());
}

/* Those of a frame, from @first to @end, that sleep on stand behind them all. */
static bool inherit(struct graph_search *s, size_t first, size_t end,
		    unsigned task)
{
	size_t i;

	for (i = first; i < end; i++)
		if (sleeps_on(&s->sleepers[i], task) &&
		    !add_sleeper(s, s->sleepers[i].move,
				 sim_touched_get(s->sleepers[i].touched)))
			return false;
	return true;
}

/* Those from @from on that do not sleep on, or of whom @set has none, are no
 * more. */
static void wake(struct graph_search *s, size_t from, unsigned task,
		 uint64_t set)
{
	size_t i, kept = from;

	for (i = from; i < s->nr_sleepers; i++) {
		struct graph_sleeper *sleeper = &s->sleepers[i];

		if (task ? sleeps_on(sleeper, task) :
			   (bit_of(sleeper->move) & set) != 0)
			s->sleepers[kept++] = *sleeper;
		else
			sim_touched_put(&s->pool, sleeper->touched);
	}
	s->nr_sleepers = kept;
}

/* ------------------------------------------------------------------ frames */

/* Room for one more frame. */
static bool reserve(struct graph_search *s, unsigned choices)
{
	return grow(&s->frames, &s->frames_max, s->depth + 1,
		    sizeof(*s->frames)) &&
	       grow(&s->moves, &s->moves_max, s->nr_moves + choices,
		    sizeof(*s->moves)) &&
	       grow(&s->seen, &s->seen_max, s->states.states.nr + 1,
		    sizeof(*s->seen));
}

/* Those of which @set has none. */
static void add_moves(struct graph_search *s, const struct sim_choice *choices,
		      unsigned nr, uint64_t set)
{
	unsigned i;

	for (i = 0; i < nr; i++) {
		const struct graph_move move = {
			(unsigned char)choices[i].task,
			(unsigned char)choices[i].outcome
		};

		if (choices[i].enabled && !(bit_of(move) & set))
			s->moves[s->nr_moves++] = move;
	}
}

static bool keep_findings(struct graph_frame *f)
{
	const struct sim_raw_finding *findings;
	unsigned nr = sim_engine_findings(&findings);

	f->findings = NULL;
	if (!nr)
		return true;
	f->findings = malloc(nr * sizeof(*findings));
	if (f->findings)
		memcpy(f->findings, findings, nr * sizeof(*findings));
	return f->findings;
}

/* @set: moves not to make. */
static int push(struct graph_search *s, uint32_t state,
		const struct sim_choice *choices, unsigned nr, uint64_t set)
{
	struct graph_frame *f = &s->frames[s->depth++];

	f->state = state;
	f->first = f->next = s->nr_moves;
	add_moves(s, choices, nr, set);
	f->end = s->nr_moves;
	f->path = s->nr_path;
	sim_engine_save(&f->image);
	s->seen[state].open++;
	s->here = s->depth;
	return keep_findings(f) ? 0 : no_memory(s);
}

static void pop(struct graph_search *s)
{
	struct graph_frame *f = &s->frames[--s->depth];

	s->seen[f->state].open--;
	s->nr_moves = f->first;
	drop_sleepers(s, f->sleepers);
	free(f->findings);
}

static void go_back(struct graph_search *s, const struct graph_frame *f)
{
	sim_engine_restore(&f->image, f->findings);
	sim_states_go(&s->states, f->state);
	s->nr_path = f->path;
	s->here = s->depth;
}

/* ------------------------------------------------------------------- a step */

/* No task can go on, or none shall: an end, if it is a new one. */
static int finish(struct graph_search *s)
{
	enum sim_status status = sim_engine_status();
	uint64_t rest[SIM_ENGINE_KEY];
	bool is_new = true;

	if (status == SIM_RUN_ERROR)
		return sim_graph_fail(s, -ENOTRECOVERABLE, sim_engine_error());
	sim_engine_key(rest);
	if (status != SIM_RUN_HALTED &&
	    !sim_states_here(&s->states, rest, SIM_ENGINE_KEY, &is_new))
		return no_memory(s);
	return is_new ? sim_graph_make_again(s, status) : 0;
}

static int no_state(struct graph_search *s)
{
	if (s->states.no_chain)
		return sim_graph_fail(
			s, -EINVAL,
			"states by declared locals need programs that are "
			"compiled with -fno-omit-frame-pointer");
	return no_memory(s);
}

/* A state that was seen before: who slept there then and is awake now is to be
 * followed yet (Godefroid 1996, 5.3). */
static int come_again(struct graph_search *s, uint32_t state,
		      const struct sim_choice *choices, unsigned nr,
		      size_t sleepers)
{
	uint64_t *slept = &s->seen[state].slept;
	uint64_t woke = *slept & ~set_of(s, sleepers);

	if (!woke)
		return 0;
	wake(s, sleepers, 0, *slept);
	*slept &= ~woke;
	return push(s, state, choices, nr, ~woke);
}

/* The run stands between two steps; so much can be done there.  Who sleeps, from
 * @sleepers on, is passed over. */
static int arrive(struct graph_search *s, const struct sim_choice *choices,
		  unsigned nr, size_t sleepers)
{
	uint64_t rest[SIM_ENGINE_KEY], set = set_of(s, sleepers);
	struct graph_seen *seen;
	uint32_t state;
	size_t depth;
	bool is_new;
	int ret;

	if (!nr)
		return finish(s);
	sim_engine_key(rest);
	state = sim_states_here(&s->states, rest, SIM_ENGINE_KEY, &is_new);
	if (!state)
		return no_state(s);
	if (!reserve(s, nr))
		return no_memory(s);
	seen = &s->seen[state];
	s->frames[s->depth].sleepers = sleepers;
	if (is_new) {
		*seen = (struct graph_seen){ .slept = set };
		return push(s, state, choices, nr, set);
	}
	depth = seen->open ? s->depth : 0;
	ret = come_again(s, state, choices, nr, sleepers);
	return !ret && depth ? sim_graph_go_round(s, state, depth) : ret;
}

/* Make a step.  @alone: others were left aside.  Returns 1; 0: they must not
 * have been; or -errno. */
static int step(struct graph_search *s, unsigned task, unsigned outcome,
		bool alone)
{
	bool right, memory;

	if (!grow(&s->path, &s->path_max, s->nr_path + 1, sizeof(*s->path)))
		return no_memory(s);
	s->path[s->nr_path++] = (struct graph_move){ (unsigned char)task,
						     (unsigned char)outcome };
	sim_engine_move(task, outcome);
	sim_states_moved(&s->states, task);
	s->g->transitions++;
	if (s->g->all_moves)
		return 1;
	right = sim_ample_learn(&s->ample, task, alone, &memory);
	return memory ? right : no_memory(s);
}

/* Which of the choices leaves the others aside, if one does. */
static const struct sim_choice *choose_alone(const struct graph_search *s,
					     const struct sim_choice *choices,
					     unsigned nr)
{
	unsigned i;

	if (s->g->all_moves || s->g->config->scenario->invariant)
		return NULL;
	for (i = 0; i < nr; i++)
		if (choices[i].enabled &&
		    sim_ample_may(&s->ample, choices[i].task))
			return &choices[i];
	return NULL;
}

/*
 * Behind a move: all steps that disturb nobody, and the state behind those, for
 * what lies in between is no state to come back to.  Returns 1; 0: one of them
 * did disturb; or -errno.
 */
static int follow(struct graph_search *s, size_t sleepers)
{
	const struct sim_choice *choices, *alone;
	unsigned nr;
	int ret;

	for (;;) {
		nr = sim_engine_offer(&choices);
		alone = choose_alone(s, choices, nr);
		if (!alone)
			break;
		ret = step(s, alone->task, alone->outcome, true);
		if (ret <= 0)
			return ret;
		wake(s, sleepers, alone->task, 0);
	}
	ret = arrive(s, choices, nr, sleepers);
	return ret ? ret : 1;
}

/* From here on it need not be made. */
static bool put_to_sleep(struct graph_search *s, struct graph_move move)
{
	struct sim_touched *touched =
		sim_touched_make(&s->pool, sim_engine_footprint());

	return touched && add_sleeper(s, move, touched);
}

/* The next move of the state on top. */
static int make(struct graph_search *s)
{
	struct graph_frame *f = &s->frames[s->depth - 1];
	const struct graph_move move = s->moves[f->next++];
	size_t own = f->sleepers, end = s->nr_sleepers, below, depth = s->depth;
	bool por = !s->g->all_moves;
	int ret;

	if (s->here != s->depth)
		go_back(s, f);
	s->here = 0;
	ret = step(s, move.task, move.outcome, false);
	if (ret < 0)
		return ret;
	if (por && f->next < f->end && !put_to_sleep(s, move))
		return no_memory(s);
	below = s->nr_sleepers;
	if (por && !inherit(s, own, end, move.task))
		return no_memory(s);
	ret = follow(s, below);
	if (s->depth == depth)
		drop_sleepers(s, ret ? below : end);
	if (ret)
		return ret < 0 ? ret : 0;
	/* Once more; who disturbed is known now. */
	s->frames[s->depth - 1].next--;
	s->g->widened++;
	return 0;
}

/* ------------------------------------------------------------------- search */

static void measure(struct graph_search *s)
{
	struct sim_graph *g = s->g;

	g->states = sim_states_nr(&s->states);
	g->bytes = sim_states_bytes(&s->states) +
		   s->frames_max * sizeof(*s->frames) +
		   s->moves_max * sizeof(*s->moves) +
		   s->path_max * sizeof(*s->path) +
		   s->sleepers_max * sizeof(*s->sleepers) +
		   s->seen_max * sizeof(*s->seen);
	if (g->progress && g->progress(g->arg))
		s->stop = true;
}

static void begin_again(struct graph_search *s)
{
	while (s->depth)
		pop(s);
	s->nr_path = 0;
	sim_states_release(&s->states);
	s->states.alike = s->g->alike;
	s->here = 0;
	s->g->transitions = s->g->cycles = s->g->widened = 0;
}

/* From the first state on, until nothing is left or something ends it. */
static int walk(struct graph_search *s)
{
	uint64_t looked = 0;
	const struct sim_choice *choices;
	unsigned nr = sim_engine_offer(&choices);
	int ret = arrive(s, choices, nr, 0);

	while (!ret && s->depth && !s->stop && !s->ample.wrong) {
		struct graph_frame *f = &s->frames[s->depth - 1];

		if (f->next == f->end)
			pop(s);
		else
			ret = make(s);
		if (s->g->transitions - looked >= PROGRESS_EVERY) {
			looked = s->g->transitions;
			measure(s);
		}
	}
	return ret;
}

/* Boot, and search from there. */
static int search(struct graph_search *s)
{
	struct sim_graph *g = s->g;
	int ret;

	begin_again(s);
	s->quiet.off = true;
	s->running = (struct sim_running){ .config = g->config,
					   .trace = &s->quiet,
					   .run = &s->run };
	ret = sim_run_begin(&s->running, true);
	if (ret)
		return sim_graph_fail(s, ret,
				      "the machine could not be booted");
	/* Or it ended in set-up, as it will again. */
	ret = s->running.ready ? walk(s) :
				 sim_graph_make_again(s, s->run.status);
	measure(s);
	g->exhausted = !ret && !s->depth && !s->ample.wrong;
	return ret;
}

static void release(struct graph_search *s)
{
	while (s->depth)
		pop(s);
	sim_states_release(&s->states);
	sim_ample_release(&s->ample);
	sim_memory_release(s->frames, s->frames_max, sizeof(*s->frames));
	sim_memory_release(s->moves, s->moves_max, sizeof(*s->moves));
	sim_memory_release(s->path, s->path_max, sizeof(*s->path));
	sim_trace_release(&s->quiet);
	sim_memory_release(s->sleepers, s->sleepers_max, sizeof(*s->sleepers));
	sim_memory_release(s->seen, s->seen_max, sizeof(*s->seen));
	sim_touched_release(&s->pool);
	sim_memory_free(s, sizeof(*s));
}

int sim_graph_search(struct sim_graph *g)
{
	struct graph_search *s = sim_memory_alloc(sizeof(*s));
	int ret;

	if (!s) {
		snprintf(g->error, sizeof(g->error), "out of memory");
		return -ENOMEM;
	}
	s->g = g;
	do {
		if (s->ample.wrong) {
			sim_ample_again(&s->ample);
			g->again(g->arg);
		}
		ret = search(s);
		sim_graph_give_up_run();
	} while (!ret && s->ample.wrong && !s->stop);
	release(s);
	return ret;
}

bool sim_graph_can(const struct sim_run_config *config, char *reason)
{
	const char *why = NULL;

	if (!config->scenario->rewindable)
		why = "it does not say that all its state lies in the machine "
		      "(.rewindable)";
	else if (config->invariants)
		why = "invariants look at runs";
	else if (!config->carrier->copies || !config->carrier->copies())
		why = "the carrier cannot go back here (fibers can, without "
		      "sanitizers and Valgrind, on x86-64 and aarch64)";
	if (why)
		snprintf(reason, SIM_TEXT_MAX,
			 "no states can be compared of scenario %.60s: %s",
			 config->scenario->name, why);
	return !why;
}
