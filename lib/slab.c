/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.c - the arena: sub-heaps, types, records of blocks, injected failures.
 *
 * A block's record lies outside the arena and outlives the block, so that any
 * address can be asked about.  Allocating takes no lock: a sub-heap belongs to
 * one task, and all that tasks share is changed by relaxed atomics, which draw
 * no edge that could hide a race of the model from a detector.
 */
#include <vfiosim/kernel.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "annotate.h"
#include "native.h"
#include "slab_internal.h"

#define GAP GRANULE /* poisoned, between blocks */
#define POISON_FREED 0x6b
#define ARENA_HINT ((void *)0x7e8000000000)
#define TEXT_MAX 160

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0
#endif

struct slab_table *slab_books;
char *slab_memory;

/* Short, since everything here is about them. */
#define slab slab_books
#define arena slab_memory

static void *arena_hint = ARENA_HINT;

/* ---------------------------------------------------------------- arena */

static void *map(void *hint, size_t size, int flags)
{
	void *p = mmap(hint, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

static int arena_map(void)
{
	struct slab_table *state = map(NULL, sizeof(*state), 0);
	char *memory = NULL;

	if (!state)
		return -ENOMEM;
	if (arena_hint)
		memory = map(arena_hint, ARENA_SIZE, MAP_FIXED_NOREPLACE);
	if (!memory)
		memory = map(NULL, ARENA_SIZE, 0);
	if (!memory) {
		(void)munmap(state, sizeof(*state));
		return -ENOMEM;
	}
	annotate_poison(memory, ARENA_SIZE);
	annotate_exclude(state, offsetof(struct slab_table, owners));
	arena = memory;
	slab = state;
	return 0;
}

int slab_set_arena_hint(void *hint)
{
	if (arena)
		return -EBUSY;
	arena_hint = hint;
	return 0;
}

void slab_arena(const void **ret_start, size_t *ret_size)
{
	*ret_start = arena;
	*ret_size = arena ? ARENA_SIZE : 0;
}

void *slab_heap(unsigned nr, size_t *ret_used)
{
	if (!slab || nr >= MODEL_GET(slab->heaps_end))
		return NULL;
	*ret_used = MODEL_GET(slab->heap_used[nr]);
	return arena + nr * HEAP_SIZE;
}

static void heap_empty(unsigned nr)
{
	size_t used = slab->heap_used[nr];
	size_t words = (used / GRANULE + LANES - 1) / LANES;

	annotate_poison(arena + nr * HEAP_SIZE, used);
	annotate_renew(arena + nr * HEAP_SIZE, used);
	memset(slab->owners[nr], 0, words * sizeof(slab->owners[nr][0]));
	slab->heap_used[nr] = 0;
}

int slab_boot(void)
{
	unsigned nr;

	if (!arena)
		return arena_map();
	native_forget(arena, ARENA_SIZE);
	for (nr = 0; nr < slab->heaps_end; nr++)
		heap_empty(nr);
	if (slab->rules_used)
		memset(slab->rule, 0, sizeof(slab->rule));
	for (nr = 0; nr < SLAB_TYPES_MAX && slab->type[nr].name; nr++)
		slab->type[nr] = (struct type){ NULL, 0, 0, 0 };
	memset(slab, 0, offsetof(struct slab_table, type));
	return 0;
}

/* ---------------------------------------------------------------- types */

/* Same address, same type; most callers have one literal for each. */
static int type_find_pointer(const char *name)
{
	int nr;

	for (nr = 0; nr < SLAB_TYPES_MAX && MODEL_GET(slab->type[nr].name);
	     nr++)
		if (MODEL_GET(slab->type[nr].name) == name)
			return nr;
	return -1;
}

/* Returns -1: unknown, and with @add also no room. */
static int type_find(const char *name, bool add)
{
	const char *known;
	int nr = type_find_pointer(name);

	if (nr >= 0)
		return nr;
	for (nr = 0; nr < SLAB_TYPES_MAX; nr++) {
		known = MODEL_GET(slab->type[nr].name);
		/* Who loses the exchange finds here what the winner wrote. */
		if (!known && add &&
		    __atomic_compare_exchange_n(&slab->type[nr].name, &known,
						name, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return nr;
		if (!known)
			return -1;
		if (!strcmp(known, name))
			return nr;
	}
	return -1;
}

/* --------------------------------------------------- injected failures */

static bool rule_matches(const struct rule *rule, enum rule_kind kind,
			 const char *type)
{
	return MODEL_GET(rule->kind) == kind &&
	       (!rule->type[0] || !strcmp(rule->type, type));
}

/* A free entry, else one whose failure has been; NULL: all are pending. */
static struct rule *rule_slot(void)
{
	struct rule *spent = NULL;
	unsigned nr;

	for (nr = 0; nr < RULES_MAX; nr++) {
		if (MODEL_GET(slab->rule[nr].kind) == RULE_NONE) {
			(void)MODEL_ADD(slab->rules_used, 1);
			return &slab->rule[nr];
		}
		if (MODEL_GET(slab->rule[nr].kind) == RULE_SPENT)
			spent = &slab->rule[nr];
	}
	return spent;
}

static int rule_add(enum rule_kind kind, const char *type, unsigned left)
{
	struct rule *rule;

	if (!slab || strlen(type) >= RULE_TYPE_MAX)
		return -ENOSPC;
	rule = rule_slot();
	if (!rule)
		return -ENOSPC;
	strcpy(rule->type, type);
	MODEL_SET(rule->left, left);
	MODEL_SET(rule->kind, kind);
	return 0;
}

static void rule_drop(struct rule *rule)
{
	MODEL_SET(rule->kind, RULE_NONE);
	(void)MODEL_ADD(slab->rules_used, -1u);
}

static int rules_drop(enum rule_kind kind, const char *type)
{
	unsigned nr;

	for (nr = 0; slab && nr < RULES_MAX; nr++)
		if (MODEL_GET(slab->rule[nr].kind) == kind &&
		    !strcmp(slab->rule[nr].type, type))
			rule_drop(&slab->rule[nr]);
	return 0;
}

int slab_fail_nth(const char *type, unsigned nth)
{
	if (!nth) {
		(void)rules_drop(RULE_SPENT, type ? type : "");
		return rules_drop(RULE_NTH, type ? type : "");
	}
	return rule_add(RULE_NTH, type ? type : "", nth);
}

static int rule_switch(enum rule_kind kind, const char *type, bool on)
{
	if (!type)
		type = "";
	(void)rules_drop(kind, type);
	return on ? rule_add(kind, type, 0) : 0;
}

int slab_fail_always(const char *type, bool on)
{
	return rule_switch(RULE_ALWAYS, type, on);
}

int slab_fault_choice(const char *type, bool on)
{
	return rule_switch(RULE_CHOICE, type, on);
}

/* Every countdown that concerns the type advances, also past a failure. */
static bool rules_fail_nth(const char *type)
{
	bool fail = false;
	unsigned nr;

	for (nr = 0; nr < RULES_MAX; nr++) {
		struct rule *rule = &slab->rule[nr];

		if (!rule_matches(rule, RULE_NTH, type) ||
		    MODEL_ADD(rule->left, -1u))
			continue;
		MODEL_SET(rule->kind, RULE_SPENT);
		fail = true;
	}
	return fail;
}

static bool rules_have(enum rule_kind kind, const char *type)
{
	unsigned nr;

	for (nr = 0; nr < RULES_MAX; nr++)
		if (rule_matches(&slab->rule[nr], kind, type))
			return true;
	return false;
}

bool slab_fail_counts(const char *type)
{
	return slab && MODEL_GET(slab->rules_used) &&
	       (rules_have(RULE_NTH, type) || rules_have(RULE_SPENT, type));
}

static bool choose_failure(const char *type, const char *func)
{
	const struct sched_op op = {
		.kind = SCHED_ALLOC,
		.outcomes = 2,
		.site = { .what = type, .func = func },
	};
	bool fail = sched_before(&op) == 1;

	sched_after(&op);
	return fail;
}

static bool inject_failure(const char *type, const char *func)
{
	bool fail;

	if (!MODEL_GET(slab->rules_used))
		return false;
	fail = rules_have(RULE_ALWAYS, type);
	/* Announced before it is counted: whose turn it is to fail depends on
	 * who comes first. */
	if (!fail && sched_ops && rules_have(RULE_CHOICE, type))
		fail = choose_failure(type, func);
	fail = rules_fail_nth(type) || fail;
	if (fail)
		(void)MODEL_ADD(slab->failed, 1);
	return fail;
}

/* --------------------------------------------------------------- blocks */

static size_t round_up(size_t size)
{
	return (size + GRANULE - 1) / GRANULE * GRANULE;
}

/* 0: the table is full; else the record's number plus 1. */
static unsigned record_take(void)
{
	unsigned used = MODEL_GET(slab->records_used);

	do {
		if (used == SLAB_BLOCKS_MAX - 1)
			return 0;
	} while (!__atomic_compare_exchange_n(&slab->records_used, &used,
					      used + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return used + 1;
}

static unsigned granule_owner(unsigned heap, size_t granule)
{
	uint64_t lanes = MODEL_GET(slab->owners[heap][granule / LANES]);

	return (uint16_t)(lanes >> granule % LANES * LANE_BITS);
}

/* Other lanes of the word belong to the same sub-heap: to the same task. */
static void granule_own(unsigned heap, size_t granule, uint64_t owner)
{
	uint64_t *word = &slab->owners[heap][granule / LANES];
	unsigned shift = granule % LANES * LANE_BITS;
	uint64_t others = MODEL_GET(*word) & ~((uint64_t)UINT16_MAX << shift);

	MODEL_SET(*word, others | owner << shift);
}

/* Large blocks are written word by word. */
void slab_own(const struct record *record, uint64_t owner)
{
	const uint64_t full = owner * 0x0001000100010001;
	unsigned heap = (unsigned)(MODEL_GET(record->offset) / HEAP_SIZE);
	size_t granule = MODEL_GET(record->offset) % HEAP_SIZE / GRANULE;
	size_t end = granule + round_up(MODEL_GET(record->size)) / GRANULE;

	annotate_exclude(&slab->owners[heap][granule / LANES],
			 (end / LANES - granule / LANES + 1) *
				 sizeof(uint64_t));
	for (; granule < end && granule % LANES; granule++)
		granule_own(heap, granule, owner);
	for (; granule + LANES <= end; granule += LANES)
		MODEL_SET(slab->owners[heap][granule / LANES], full);
	for (; granule < end; granule++)
		granule_own(heap, granule, owner);
}

/* Begin a life of a block: the first, or the next at the same address. */
static void *record_begin(struct record *record, unsigned type,
			  const char *func)
{
	char *p = arena + MODEL_GET(record->offset);
	size_t size = MODEL_GET(record->size);

	MODEL_SET(record->type, type);
	MODEL_SET(record->nr, MODEL_ADD(slab->type[type].nr, 1));
	MODEL_SET(record->alloc_task, sched_self());
	MODEL_SET(record->alloc_func, func);
	MODEL_SET(record->free_task, 0);
	MODEL_SET(record->free_func, NULL);
	MODEL_SET(record->state, SLAB_LIVE);
	(void)MODEL_ADD(slab->type[type].live, 1);
	annotate_unpoison(p, size);
	memset(p, 0, size);
	return p;
}

static void heaps_include(unsigned heap)
{
	unsigned end = MODEL_GET(slab->heaps_end);

	while (end <= heap && !__atomic_compare_exchange_n(
				      &slab->heaps_end, &end, heap + 1, false,
				      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* The next block of the running task's sub-heap, or NULL: no room. */
static void *heap_extend(unsigned type, size_t size, const char *func)
{
	unsigned heap = sched_self() % HEAPS_MAX;
	size_t start = MODEL_GET(slab->heap_used[heap]);
	struct record *record;
	unsigned owner;

	if (!start) {
		heaps_include(heap);
		start = GAP;
	}
	if (size > HEAP_SIZE || start + round_up(size) + GAP > HEAP_SIZE)
		return NULL;
	owner = record_take();
	if (!owner)
		return NULL;
	MODEL_SET(slab->heap_used[heap],
		  (unsigned)(start + round_up(size) + GAP));
	record = &slab->record[owner - 1];
	annotate_exclude(record, sizeof(*record));
	MODEL_SET(record->offset, heap * HEAP_SIZE + start);
	MODEL_SET(record->size, size);
	slab_own(record, owner);
	return record_begin(record, type, func);
}

static void tell_alloc(const char *type, bool failed)
{
	if (sched_ops && sched_ops->alloc)
		sched_ops->alloc(type, failed);
}

void *__slab_alloc(const char *type, size_t size, const char *func)
{
	void *p = NULL;
	bool fail;
	int nr;

	if (!slab)
		return NULL;
	/* Others may come first here, and types with them: which one is ours is
	 * asked behind it. */
	fail = inject_failure(type, func);
	nr = type_find(type, true);
	if (nr >= 0)
		(void)MODEL_ADD(slab->type[nr].allocated, 1);
	if (nr >= 0 && !fail)
		p = heap_extend((unsigned)nr, size ? size : 1, func);
	tell_alloc(type, !p);
	return p;
}

char *__slab_strdup(const char *type, const char *s, const char *func)
{
	size_t size = strlen(s) + 1;
	char *copy = __slab_alloc(type, size, func);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

/* The record of the block around @p; NULL: SLAB_OUTSIDE or SLAB_WILD. */
static struct record *record_find(const void *p, enum slab_state *ret_state)
{
	size_t offset = (size_t)((const char *)p - arena);
	struct record *record;
	unsigned owner;

	*ret_state = SLAB_OUTSIDE;
	if (!arena || (const char *)p < arena || offset >= ARENA_SIZE)
		return NULL;
	*ret_state = SLAB_WILD;
	owner = granule_owner((unsigned)(offset / HEAP_SIZE),
			      offset % HEAP_SIZE / GRANULE);
	if (!owner)
		return NULL;
	record = &slab->record[owner - 1];
	if (offset - MODEL_GET(record->offset) >= MODEL_GET(record->size))
		return NULL;
	*ret_state = MODEL_GET(record->state);
	return record;
}

static void record_describe(struct record *record, struct slab_block *ret_block)
{
	*ret_block = (struct slab_block){
		.start = arena + MODEL_GET(record->offset),
		.size = MODEL_GET(record->size),
		.type = MODEL_GET(slab->type[MODEL_GET(record->type)].name),
		.nr = MODEL_GET(record->nr),
		.alloc_func = MODEL_GET(record->alloc_func),
		.free_func = MODEL_GET(record->free_func),
		.alloc_task = MODEL_GET(record->alloc_task),
		.free_task = MODEL_GET(record->free_task),
	};
}

enum slab_state slab_query(const void *p, struct slab_block *ret_block)
{
	enum slab_state state;
	struct record *record = record_find(p, &state);

	if (record && ret_block)
		record_describe(record, ret_block);
	return state;
}

/* -------------------------------------------------------------- freeing */

static void free_report(const void *p, const char *func)
{
	struct slab_block block = { .start = NULL };
	enum slab_state state = slab_query(p, &block);
	char text[TEXT_MAX];

	if (state == SLAB_FREED)
		(void)snprintf(text, sizeof(text),
			       "kfree() of %s%s #%u, freed in %s()",
			       p == block.start ? "" : "an address inside ",
			       block.type, block.nr, block.free_func);
	else if (state == SLAB_LIVE)
		(void)snprintf(text, sizeof(text),
			       "kfree() of an address inside %s #%u",
			       block.type, block.nr);
	else
		(void)snprintf(text, sizeof(text),
			       "kfree() of an address that is no block");

	(void)sched_report(&(const struct sched_report){
		.kind = SCHED_DOUBLE_FREE,
		.obj = p,
		.text = text,
		.site = { .func = func },
	});
}

/* Two frees at once: the exchange lets one of them win. */
static bool record_end(struct record *record, const char *func)
{
	if (__atomic_exchange_n(&record->state, SLAB_FREED, __ATOMIC_RELAXED) !=
	    SLAB_LIVE)
		return false;
	MODEL_SET(record->free_task, sched_self());
	MODEL_SET(record->free_func, func);
	(void)MODEL_ADD(slab->type[MODEL_GET(record->type)].live, -1u);
	return true;
}

void __slab_free(const void *p, const char *func)
{
	enum slab_state state;
	struct record *record;
	char *block;

	if (!p)
		return;
	record = record_find(p, &state);
	block = record ? arena + MODEL_GET(record->offset) : NULL;
	if (!record || p != block || !record_end(record, func)) {
		free_report(p, func);
		return;
	}
	if (sched_ops && sched_ops->free)
		sched_ops->free(block, MODEL_GET(record->size));
	memset(block, POISON_FREED, MODEL_GET(record->size));
	annotate_poison(block, MODEL_GET(record->size));
}

void *slab_realloc_at(const char *type, const void *old)
{
	enum slab_state state;
	struct record *record = record_find(old, &state);
	int nr;

	if (!record || state != SLAB_FREED ||
	    old != arena + MODEL_GET(record->offset))
		return NULL;
	nr = type_find(type, false);
	if (nr < 0 || (unsigned)nr != MODEL_GET(record->type))
		return NULL;
	(void)MODEL_ADD(slab->type[nr].allocated, 1);
	native_forget(old, MODEL_GET(record->size));
	annotate_renew(old, MODEL_GET(record->size));
	tell_alloc(type, false);
	return record_begin(record, (unsigned)nr, __func__);
}

/* ------------------------------------------------------------- counters */

unsigned slab_failed(void)
{
	return slab ? MODEL_GET(slab->failed) : 0;
}

static unsigned types_sum(const char *type, size_t member)
{
	unsigned sum = 0;
	int only = type && slab ? type_find(type, false) : -1;
	int nr;

	for (nr = 0;
	     slab && nr < SLAB_TYPES_MAX && MODEL_GET(slab->type[nr].name);
	     nr++)
		if (!type || nr == only)
			sum += MODEL_GET(*(unsigned *)((char *)&slab->type[nr] +
						       member));
	return sum;
}

unsigned slab_live(const char *type)
{
	return types_sum(type, offsetof(struct type, live));
}

unsigned slab_allocated(const char *type)
{
	return types_sum(type, offsetof(struct type, allocated));
}

/* The next record of a sub-heap at or behind a granule, or NULL. */
static struct record *heap_next(unsigned heap, size_t *granule)
{
	size_t end = MODEL_GET(slab->heap_used[heap]) / GRANULE;
	struct record *record;
	unsigned owner;

	for (; *granule < end; (*granule)++) {
		owner = granule_owner(heap, *granule);
		if (!owner)
			continue;
		record = &slab->record[owner - 1];
		*granule += round_up(MODEL_GET(record->size)) / GRANULE;
		return record;
	}
	return NULL;
}

/* From a granule on. */
static int heap_visit(unsigned heap, size_t granule,
		      int (*fn)(const struct slab_block *block, void *arg),
		      void *arg)
{
	struct slab_block block;
	struct record *record;
	int ret;

	while ((record = heap_next(heap, &granule))) {
		if (MODEL_GET(record->state) != SLAB_LIVE)
			continue;
		record_describe(record, &block);
		ret = fn(&block, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int slab_for_each_live_behind(size_t used,
			      int (*fn)(const struct slab_block *block,
					void *arg),
			      void *arg)
{
	unsigned heap;
	int ret = 0;

	for (heap = 0; slab && heap < MODEL_GET(slab->heaps_end) && !ret;
	     heap++)
		ret = heap_visit(heap, heap ? 0 : used / GRANULE, fn, arg);
	return ret;
}

int slab_for_each_live(int (*fn)(const struct slab_block *block, void *arg),
		       void *arg)
{
	return slab_for_each_live_behind(0, fn, arg);
}
