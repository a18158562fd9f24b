/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share.c - gives parts of a search out, so large that they are worth it, and
 * no more at a time than somebody could search.
 *
 * What is given out counts as tried: whoever has it finds everything behind it
 * that is awake.  The next branch of the same state goes out when it is known
 * what the first step of the one before touches, for that is what sleeps there.
 */
#include "share_internal.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ nodes */

bool sim_share_option(const struct share_node *node, unsigned task,
		      unsigned outcome)
{
	size_t i;

	for (i = 0; i < node->nr_options; i++)
		if (node->options[i].task == task &&
		    node->options[i].outcome == outcome)
			return true;
	return false;
}

struct sim_move *sim_share_sleeper(const struct share_node *node, unsigned task,
				   unsigned outcome)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		if (node->sleepers[i].task == task &&
		    node->sleepers[i].outcome == outcome)
			return &node->sleepers[i];
	return NULL;
}

bool sim_share_add_sleeper(struct share_node *node, const struct sim_move *move)
{
	void *p =
		sim_memory_grow(node->sleepers, &node->sleepers_max,
				node->nr_sleepers + 1, sizeof(*node->sleepers));

	if (!p)
		return false;
	node->sleepers = p;
	node->sleepers[node->nr_sleepers++] = *move;
	sim_touched_get(move->touched);
	return true;
}

struct share_node *sim_share_add_node(struct sim_share *s,
				      struct share_part *part)
{
	struct share_node *node = sim_memory_alloc(sizeof(*node));

	if (!node)
		return NULL;
	node->parent = part->node;
	node->step = part->step;
	node->depth = part->node ? part->node->depth + 1 : 0;
	node->users = 1;
	node->prev = s->last;
	if (s->last)
		s->last->next = node;
	else
		s->first = node;
	s->last = node;
	/* It stands between them: as many below the other one as before. */
	part->node = node;
	return node;
}

static void free_node(struct sim_share *s, struct share_node *node)
{
	size_t i;

	if (node->prev)
		node->prev->next = node->next;
	else
		s->first = node->next;
	if (node->next)
		node->next->prev = node->prev;
	else
		s->last = node->prev;
	for (i = 0; i < node->nr_sleepers; i++)
		sim_touched_put(&s->pool, node->sleepers[i].touched);
	sim_wakeup_drop(&s->wakeup, &node->wakeup);
	sim_memory_release(node->sleepers, node->sleepers_max,
			   sizeof(*node->sleepers));
	sim_memory_release(node->values, node->values_max,
			   sizeof(*node->values));
	free(node->options);
	sim_memory_free(node, sizeof(*node));
}

void sim_share_release(struct sim_share *s, struct share_node *node)
{
	while (node && !node->users && !node->wakeup) {
		struct share_node *parent = node->parent;

		free_node(s, node);
		if (parent)
			parent->users--;
		node = parent;
	}
}

/* ------------------------------------------------------------------ parts */

bool sim_share_keep_bytes(struct share_part *part, const void *bytes, size_t nr)
{
	void *p = realloc(part->bytes, nr + 1);

	if (!p)
		return false;
	part->bytes = p;
	memcpy(part->bytes, bytes, nr);
	sim_memory_count((ptrdiff_t)(nr - part->nr));
	part->nr = nr;
	return true;
}

void sim_share_end_part(struct sim_share *s, struct share_part *part)
{
	sim_memory_count(-(ptrdiff_t)part->nr);
	free(part->bytes);
	*part = s->parts[--s->nr_parts];
}

/* Below @node, NULL: everything; @below: what is to be tried first there. */
static bool add_part(struct sim_share *s, struct share_node *node,
		     struct share_option step, unsigned below)
{
	struct share_part *part = &s->parts[s->nr_parts];
	bool ok;

	*part = (struct share_part){ .node = node, .step = step };
	/* Nothing that is not shared, and then what grows below. */
	sim_out_clear(&s->out);
	sim_out_number(&s->out, 0);
	sim_out_tree(&s->out, &s->wakeup, below);
	ok = !s->out.failed &&
	     sim_share_keep_bytes(part, s->out.bytes, s->out.nr);
	sim_out_forget(&s->out);
	sim_wakeup_drop(&s->wakeup, &below);
	if (!ok)
		return false;
	part->turn = ++s->turn;
	s->nr_parts++;
	if (node)
		node->users++;
	return true;
}

bool sim_share_begin(struct sim_share *s)
{
	while (s->nr_parts)
		sim_share_end_part(s, &s->parts[0]);
	while (s->first)
		free_node(s, s->first);
	s->first_job = s->next_job;
	return add_part(s, NULL, (struct share_option){ 0, 0 }, 0);
}

/* --------------------------------------------------------------- branches */

/* Does it have something to try, and is it known what sleeps there? */
static bool is_ready(const struct share_node *node)
{
	size_t i;

	for (i = 0; i < node->nr_sleepers; i++)
		if (!node->sleepers[i].touched)
			return false;
	return node->wakeup != 0;
}

/* As from_tree() of dpor.c. */
static bool shift(struct sim_share *s, struct share_node *node,
		  struct share_option *ret_step, unsigned *ret_below)
{
	while (node->wakeup) {
		const struct sim_move *m = &s->wakeup.nodes[node->wakeup].move;

		*ret_step = (struct share_option){ m->task, m->outcome };
		*ret_below = sim_wakeup_shift(&s->wakeup, &node->wakeup);
		if (sim_share_option(node, ret_step->task, ret_step->outcome) &&
		    !sim_share_sleeper(node, ret_step->task, ret_step->outcome))
			return true;
		sim_wakeup_drop(&s->wakeup, ret_below);
	}
	return false;
}

/* Other outcomes of the same operation are other runs from there. */
static bool add_outcomes(struct sim_share *s, struct share_node *node,
			 struct share_option step)
{
	size_t i;

	for (i = 0; i < node->nr_options; i++) {
		const struct share_option *o = &node->options[i];
		const struct sim_move move = { o->task, o->outcome, NULL };

		if (o->task == step.task && o->outcome != step.outcome &&
		    !sim_share_sleeper(node, o->task, o->outcome) &&
		    !sim_wakeup_add(&s->wakeup, &node->wakeup, &move))
			return false;
	}
	return true;
}

/* The deepest node that is ready, so that few are kept; of those the first. */
static struct share_node *deepest(const struct sim_share *s)
{
	struct share_node *node, *best = NULL;

	for (node = s->first; node; node = node->next)
		if ((!best || node->depth > best->depth) && is_ready(node))
			best = node;
	return best;
}

static bool branch(struct sim_share *s, struct share_node *node)
{
	struct share_option step;
	struct sim_move move;
	unsigned below;

	if (!shift(s, node, &step, &below)) {
		sim_share_release(s, node);
		return true;
	}
	move = (struct sim_move){ step.task, step.outcome, NULL };
	return sim_share_add_sleeper(node, &move) &&
	       add_part(s, node, step, below) && add_outcomes(s, node, step);
}

/* As many parts as there may be, while there are branches to give out. */
static bool add_parts(struct sim_share *s)
{
	while (s->nr_parts < SIM_SHARE_PARTS_MAX) {
		struct share_node *node = deepest(s);

		if (!node)
			break;
		if (!branch(s, node))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- jobs */

static struct share_part *waiting(struct sim_share *s)
{
	struct share_part *best = NULL;
	unsigned i;

	for (i = 0; i < s->nr_parts; i++)
		if (!s->parts[i].job &&
		    (!best || s->parts[i].turn < best->turn))
			best = &s->parts[i];
	return best;
}

/* From the first state down, the step that leads on from each. */
static void write_shared(struct sim_out *out, const struct share_node *node,
			 struct share_option step)
{
	if (node->parent)
		write_shared(out, node->parent, node->step);
	sim_out_number(out, step.task);
	sim_out_number(out, step.outcome);
	sim_out_moves(out, node->sleepers, node->nr_sleepers);
}

static void write_job(const struct sim_share *s, const struct share_part *part,
		      unsigned quota, struct sim_out *out)
{
	size_t i;

	sim_out_clear(out);
	sim_out_number(out, part->job);
	sim_out_number(out, s->first_job);
	sim_out_number(out, quota);
	sim_out_number(out, s->nr_parts < SIM_SHARE_PARTS_MAX);
	sim_out_number(out, s->counts.nr_low);
	for (i = 0; i < s->counts.nr_low; i++)
		sim_out_address(out, s->counts.low[i]);
	sim_out_number(out, part->node ? part->node->depth + 1 : 0);
	if (part->node)
		write_shared(out, part->node, part->step);
	sim_out_bytes(out, part->bytes, part->nr);
}

int sim_share_next(struct sim_share *s, uint64_t runs_max, struct sim_out *out,
		   uint64_t *ret_number, unsigned *ret_quota)
{
	unsigned quota = runs_max < s->quota ? (unsigned)runs_max : s->quota;
	struct share_part *part;

	if (!add_parts(s))
		return -ENOMEM;
	part = quota ? waiting(s) : NULL;
	if (!part)
		return 0;
	part->job = s->next_job++;
	write_job(s, part, quota, out);
	*ret_number = part->job;
	*ret_quota = quota;
	return out->failed ? -ENOMEM : 1;
}

bool sim_share_is_stale(const struct sim_share *s, uint64_t number)
{
	return number < s->first_job;
}

bool sim_share_is_done(const struct sim_share *s)
{
	return !s->nr_parts && !s->first;
}

unsigned sim_share_jobs(const struct sim_share *s)
{
	unsigned i, nr = 0;

	for (i = 0; i < s->nr_parts; i++)
		nr += s->parts[i].job != 0;
	return nr;
}

/* ------------------------------------------------------------- life cycle */

struct sim_share *sim_share_make(unsigned quota)
{
	struct sim_share *s = sim_memory_alloc(sizeof(*s));

	if (!s)
		return NULL;
	s->quota = quota;
	s->next_job = 1;
	s->wakeup.pool = s->planted.pool = &s->pool;
	if (sim_share_begin(s))
		return s;
	sim_share_free(s);
	return NULL;
}

void sim_share_free(struct sim_share *s)
{
	if (!s)
		return;
	while (s->nr_parts)
		sim_share_end_part(s, &s->parts[0]);
	while (s->first)
		free_node(s, s->first);
	sim_counts_release(&s->counts);
	sim_wakeup_release(&s->wakeup);
	sim_wakeup_release(&s->planted);
	sim_touched_release(&s->pool);
	sim_memory_release(s->values.made, s->values.made_max,
			   sizeof(*s->values.made));
	sim_memory_release(s->path, s->path_max, sizeof(*s->path));
	sim_memory_release(s->moves, s->moves_max, sizeof(*s->moves));
	sim_out_release(&s->out);
	sim_memory_free(s, sizeof(*s));
}
