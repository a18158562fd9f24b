/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c - numbers in as few bytes as they need, each footprint once, trees
 * from the root down.
 */
#include "wire.h"

#include "memory.h"
#include "wire_place.h"

#include <stdlib.h>
#include <string.h>

/* A task's number, an outcome: small. */
#define TASKS_MAX 0xffffu
/* More than these are no step of anybody's. */
#define TOUCHES_MAX (1u << 22)
#define TEXT_BYTES_MAX ((size_t)1 << 26)
#define TREE_NODES_MAX (1u << 26)

/* ---------------------------------------------------------------- writing */

void sim_out_clear(struct sim_out *out)
{
	out->nr = out->nr_known = 0;
	out->failed = out->foreign = false;
}

void sim_out_release(struct sim_out *out)
{
	free(out->bytes);
	free(out->known);
	memset(out, 0, sizeof(*out));
}

static bool make_room(struct sim_out *out, size_t nr)
{
	size_t max = out->max ? out->max : 4096;
	void *p;

	if (out->failed || out->nr + nr <= out->max)
		return !out->failed;
	while (max < out->nr + nr)
		max *= 2;
	p = realloc(out->bytes, max);
	if (!p) {
		out->failed = true;
		return false;
	}
	out->bytes = p;
	out->max = max;
	return true;
}

/* Seven bits a byte, the lowest first; the eighth says that more come. */
void sim_out_number(struct sim_out *out, uint64_t number)
{
	if (!make_room(out, 10))
		return;
	for (; number >= 0x80; number >>= 7)
		out->bytes[out->nr++] = (unsigned char)(number | 0x80);
	out->bytes[out->nr++] = (unsigned char)number;
}

void sim_out_signed(struct sim_out *out, int64_t number)
{
	sim_out_number(out, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

void sim_out_bytes(struct sim_out *out, const void *bytes, size_t nr)
{
	if (!nr || !make_room(out, nr))
		return;
	memcpy(out->bytes + out->nr, bytes, nr);
	out->nr += nr;
}

void sim_out_text(struct sim_out *out, const char *text)
{
	sim_out_number(out, strlen(text));
	sim_out_bytes(out, text, strlen(text));
}

void sim_out_address(struct sim_out *out, const void *address)
{
	uint64_t offset;
	unsigned region = sim_place_find(address, &offset);

	out->foreign |= region == SIM_PLACE_ANYWHERE && address;
	sim_out_number(out, region);
	sim_out_number(out, offset);
}

static void out_touch(struct sim_out *out, const struct sim_touch *t)
{
	sim_out_address(out, t->obj);
	sim_out_number(out, t->size);
	sim_out_number(out, t->operation * 2u + t->write);
	sim_out_signed(out, t->count);
	if (t->count)
		sim_out_signed(out, t->old);
}

/* Returns whether it has a number already: that is written. */
static bool out_known(struct sim_out *out, struct sim_touched *t)
{
	void *p;

	if (t->wire < out->nr_known && out->known[t->wire] == t) {
		sim_out_number(out, t->wire + 2u);
		return true;
	}
	if (out->nr_known == out->known_max) {
		size_t max = out->known_max ? 2 * out->known_max : 64;

		p = realloc(out->known, max * sizeof(struct sim_touched *));
		if (!p) {
			out->failed = true;
			return true;
		}
		out->known = p;
		out->known_max = max;
	}
	t->wire = (unsigned)out->nr_known;
	out->known[out->nr_known++] = t;
	return false;
}

/* 0: not known; 1: it follows; else the one that followed so many before. */
static void out_touched(struct sim_out *out, struct sim_touched *t)
{
	size_t i;

	if (!t)
		sim_out_number(out, 0);
	if (!t || out_known(out, t))
		return;
	sim_out_number(out, 1);
	sim_out_number(out, t->footprint.nr * 2 + t->footprint.stops);
	for (i = 0; i < t->footprint.nr; i++)
		out_touch(out, &t->footprint.touches[i]);
}

void sim_out_move(struct sim_out *out, const struct sim_move *move)
{
	sim_out_number(out, move->task);
	sim_out_number(out, move->outcome);
	out_touched(out, move->touched);
}

void sim_out_moves(struct sim_out *out, const struct sim_move *moves, size_t nr)
{
	size_t i;

	sim_out_number(out, nr);
	for (i = 0; i < nr; i++)
		sim_out_move(out, &moves[i]);
}

/* Its nodes from the first down; how many children each has. */
void sim_out_tree(struct sim_out *out, const struct sim_wakeup *w,
		  unsigned first)
{
	unsigned node, nr = 0;

	for (node = first; node; node = w->nodes[node].next)
		nr++;
	sim_out_number(out, nr);
	for (node = first; node; node = w->nodes[node].next) {
		sim_out_move(out, &w->nodes[node].move);
		sim_out_tree(out, w, w->nodes[node].child);
	}
}

void sim_out_forget(struct sim_out *out)
{
	out->nr_known = 0;
}

/* ---------------------------------------------------------------- reading */

void sim_in_forget(struct sim_in *in)
{
	size_t i;

	for (i = 0; i < in->nr_known; i++)
		sim_touched_put(in->pool, in->known[i]);
	in->nr_known = 0;
}

bool sim_in_end(struct sim_in *in)
{
	sim_in_forget(in);
	sim_footprint_release(&in->footprint);
	free(in->known);
	in->known = NULL;
	in->known_max = 0;
	return !in->bad && !in->no_memory;
}

bool sim_in_finish(struct sim_in *in)
{
	in->bad |= in->at != in->nr;
	return sim_in_end(in);
}

const void *sim_in_bytes(struct sim_in *in, size_t nr)
{
	const void *bytes = in->bytes + in->at;

	if (in->bad || nr > in->nr - in->at) {
		in->bad = true;
		return NULL;
	}
	in->at += nr;
	return bytes;
}

uint64_t sim_in_number(struct sim_in *in)
{
	uint64_t number = 0;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 7) {
		const unsigned char *byte = sim_in_bytes(in, 1);

		if (!byte)
			return 0;
		number |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80))
			return number;
	}
	in->bad = true;
	return 0;
}

unsigned sim_in_count(struct sim_in *in, unsigned max)
{
	uint64_t number = sim_in_number(in);

	if (number <= max)
		return (unsigned)number;
	in->bad = true;
	return 0;
}

int64_t sim_in_signed(struct sim_in *in)
{
	uint64_t number = sim_in_number(in);

	return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

char *sim_in_text(struct sim_in *in)
{
	size_t nr = sim_in_number(in);
	const void *bytes = nr < TEXT_BYTES_MAX ? sim_in_bytes(in, nr) : NULL;
	char *text = bytes ? strndup(bytes, nr) : NULL;

	in->bad |= !bytes;
	in->no_memory |= bytes && !text;
	return text;
}

const void *sim_in_address(struct sim_in *in)
{
	unsigned region = sim_in_count(in, UINT32_MAX);
	uint64_t offset = sim_in_number(in);
	const void *address = NULL;

	if (!in->bad && !sim_place_address(region, offset, &address))
		in->bad = true;
	return address;
}

static struct sim_touch in_touch(struct sim_in *in)
{
	struct sim_touch t = { .obj = sim_in_address(in) };
	unsigned how;

	t.size = sim_in_number(in);
	how = sim_in_count(in, 2 * SCHED_KIND_NR + 1);
	t.write = how & 1;
	t.operation = (unsigned char)(how / 2);
	t.count = (int)sim_in_signed(in);
	if (t.count)
		t.old = (int)sim_in_signed(in);
	return t;
}

static struct sim_touched *in_new(struct sim_in *in)
{
	unsigned n = sim_in_count(in, TOUCHES_MAX), i;
	struct sim_touched *t;
	void *p;

	sim_footprint_clear(&in->footprint);
	for (i = 0; i < n / 2 && !in->bad; i++) {
		struct sim_touch touch = in_touch(in);

		if (!in->bad && !sim_footprint_add(&in->footprint, &touch))
			in->no_memory = in->bad = true;
	}
	in->footprint.stops = n & 1;
	if (in->bad)
		return NULL;
	if (in->nr_known == in->known_max) {
		size_t max = in->known_max ? 2 * in->known_max : 64;

		p = realloc(in->known, max * sizeof(struct sim_touched *));
		in->no_memory |= !p;
		if (!p)
			return NULL;
		in->known = p;
		in->known_max = max;
	}
	t = sim_touched_make(in->pool, &in->footprint);
	in->no_memory |= !t;
	if (t)
		in->known[in->nr_known++] = t;
	return t;
}

/* With one reference for the caller. */
static struct sim_touched *in_touched(struct sim_in *in)
{
	uint64_t number = sim_in_number(in);

	if (number == 1)
		return sim_touched_get(in_new(in));
	if (number < 2)
		return NULL;
	if (number - 2 < in->nr_known)
		return sim_touched_get(in->known[number - 2]);
	in->bad = true;
	return NULL;
}

struct sim_move sim_in_move(struct sim_in *in)
{
	struct sim_move move = { .task = sim_in_count(in, TASKS_MAX) };

	move.outcome = sim_in_count(in, TASKS_MAX);
	move.touched = in_touched(in);
	return move;
}

static void in_tree(struct sim_in *in, struct sim_wakeup *w, unsigned *first,
		    unsigned depth)
{
	unsigned nr = sim_in_count(in, TREE_NODES_MAX), child, node;

	in->bad |= depth > SIM_STEPS_MAX;
	while (nr-- > 0 && !in->bad && !in->no_memory) {
		struct sim_move move = sim_in_move(in);

		node = in->bad ? 0 : sim_wakeup_append(w, first, &move);
		sim_touched_put(in->pool, move.touched);
		if (!node) {
			in->no_memory |= !in->bad;
			return;
		}
		child = 0;
		in_tree(in, w, &child, depth + 1);
		w->nodes[node].child = child;
	}
}

void sim_in_tree(struct sim_in *in, struct sim_wakeup *w, unsigned *first)
{
	in_tree(in, w, first, 0);
}
