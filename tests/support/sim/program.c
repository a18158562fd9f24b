/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.c - see program.h.
 *
 * Tasks announce no access in front of their first operation, so each code
 * begins with an operation.
 */
#include "program.h"

#include <vfiosim/atomic.h>
#include <vfiosim/list.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include <stdlib.h>
#include <string.h>

#define LOG_MAX 24

/* What refers to each other by counts, and is freed by the last put. */
struct thing {
	struct kref ref;
	struct mutex lock;
	struct list_head link;
	int plain;
};

struct world {
	struct mutex m[2];
	struct rw_semaphore sem;
	spinlock_t spin;
	wait_queue_head_t queue;
	struct completion done;
	struct list_head list;
	struct thing *thing;
	int word[2];
	int plain[2];
	atomic_t count;
};

/* Of one task; tasks and children have one each. */
struct log {
	unsigned nr;
	int value[LOG_MAX];
	bool mutex[2], read, write;
};

static const struct program *program;
static struct world *world;
static struct log *logs[2 * PROGRAM_TASKS_MAX];

static void learn(struct log *log, int value)
{
	if (log->nr < LOG_MAX)
		log->value[log->nr++] = value;
}

/* ------------------------------------------------------------------- codes */

static void op_read(struct log *log, unsigned arg)
{
	learn(log, READ_ONCE(world->word[arg & 1]));
}

static void op_write(struct log *log, unsigned arg)
{
	(void)log;
	WRITE_ONCE(world->word[arg & 1], (int)(arg >> 1) + 1);
}

static void op_inc(struct log *log, unsigned arg)
{
	(void)log;
	(void)arg;
	atomic_inc(&world->count);
}

static void op_dec_and_test(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, atomic_dec_and_test(&world->count));
}

static void op_add_return(struct log *log, unsigned arg)
{
	learn(log, arg & 1 ? atomic_inc_return(&world->count) :
			     atomic_dec_if_positive(&world->count));
}

static void op_inc_not_zero(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, atomic_inc_not_zero(&world->count));
}

static void op_cmpxchg(struct log *log, unsigned arg)
{
	learn(log, atomic_cmpxchg(&world->count, (int)(arg & 3), 2));
}

/* Takes the lock, or gives it back. */
static void op_lock(struct log *log, unsigned arg)
{
	if (log->mutex[arg & 1])
		mutex_unlock(&world->m[arg & 1]);
	else
		mutex_lock(&world->m[arg & 1]);
	log->mutex[arg & 1] = !log->mutex[arg & 1];
}

static void op_trylock(struct log *log, unsigned arg)
{
	int taken = mutex_trylock(&world->m[arg & 1]);

	learn(log, taken);
	if (taken)
		log->mutex[arg & 1] = true;
}

static void op_locked(struct log *log, unsigned arg)
{
	(void)log;
	mutex_lock(&world->m[arg & 1]);
	SHARED_WRITE(world->plain[arg & 1],
		     SHARED_READ(world->plain[arg & 1]) * 3 + (int)arg);
	mutex_unlock(&world->m[arg & 1]);
}

static void op_down_read(struct log *log, unsigned arg)
{
	(void)arg;
	if (log->read)
		up_read(&world->sem);
	else
		down_read(&world->sem);
	log->read = !log->read;
	learn(log, SHARED_READ(world->plain[0]));
}

static void op_down_write(struct log *log, unsigned arg)
{
	if (log->write) {
		up_write(&world->sem);
	} else {
		down_write(&world->sem);
		SHARED_WRITE(world->plain[0], (int)arg + 10);
	}
	log->write = !log->write;
}

static void op_spin(struct log *log, unsigned arg)
{
	spin_lock(&world->spin);
	learn(log, SHARED_READ(world->plain[1]));
	SHARED_WRITE(world->plain[1], (int)arg + 20);
	spin_unlock(&world->spin);
}

/* Plain memory without a lock: a race, but a deterministic one here. */
static void op_racy(struct log *log, unsigned arg)
{
	learn(log, READ_ONCE(world->word[0]));
	if (arg & 1)
		SHARED_WRITE(world->plain[1], (int)arg);
	else
		learn(log, SHARED_READ(world->plain[1]));
}

static void release(struct kref *ref)
{
	struct thing *thing = container_of(ref, struct thing, ref);

	mutex_destroy(&thing->lock);
	kfree(thing);
}

static void op_get(struct log *log, unsigned arg)
{
	(void)log;
	(void)arg;
	kref_get(&world->thing->ref);
}

static void op_put(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, kref_put(&world->thing->ref, release));
}

static void release_locked(struct kref *ref)
{
	release(ref);
	mutex_unlock(&world->m[0]);
}

static void op_put_mutex(struct log *log, unsigned arg)
{
	(void)arg;
	if (log->mutex[0])
		return;
	learn(log,
	      kref_put_mutex(&world->thing->ref, release_locked, &world->m[0]));
}

static void op_get_unless_zero(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, kref_get_unless_zero(&world->thing->ref));
}

/* Use, lawful or not, of what the last put frees. */
static void op_touch(struct log *log, unsigned arg)
{
	if (arg & 1) {
		learn(log, READ_ONCE(world->word[1]));
		learn(log, SHARED_READ(world->thing->plain));
		return;
	}
	mutex_lock(&world->thing->lock);
	SHARED_WRITE(world->thing->plain, (int)arg);
	mutex_unlock(&world->thing->lock);
}

static void op_free(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, READ_ONCE(world->word[0]));
	kfree(world->thing);
}

static void op_list(struct log *log, unsigned arg)
{
	struct thing *thing;

	if (arg & 4)
		mutex_lock(&world->thing->lock);
	else
		learn(log, READ_ONCE(world->word[1]));
	if (arg & 1) {
		list_del_init(&world->thing->link);
		if (arg & 2)
			list_add(&world->thing->link, &world->list);
	} else {
		list_for_each_entry(thing, &world->list, link)
			learn(log, SHARED_READ(thing->plain) + 50);
	}
	if (arg & 4)
		mutex_unlock(&world->thing->lock);
}

static void op_wait(struct log *log, unsigned arg)
{
	(void)arg;
	wait_event(world->queue, READ_ONCE(world->word[0]) != 0);
	learn(log, SHARED_READ(world->plain[0]));
}

static void op_wait_long(struct log *log, unsigned arg)
{
	(void)arg;
	learn(log, (int)wait_event_interruptible_timeout(
			   world->queue, READ_ONCE(world->word[0]) != 0, 5));
}

static void op_wake(struct log *log, unsigned arg)
{
	(void)log;
	if (arg & 1)
		WRITE_ONCE(world->word[0], (int)(arg >> 1 & 1));
	wake_up(&world->queue);
}

static void op_complete(struct log *log, unsigned arg)
{
	(void)log;
	if (arg & 1)
		complete_all(&world->done);
	else
		complete(&world->done);
}

static void op_await(struct log *log, unsigned arg)
{
	if (arg & 1)
		learn(log, (int)wait_for_completion_timeout(&world->done, 3));
	else
		wait_for_completion(&world->done);
}

static void op_alloc(struct log *log, unsigned arg)
{
	void *spare = slab_alloc("spare", 16);

	(void)arg;
	learn(log, spare != NULL);
	learn(log, READ_ONCE(world->word[1]));
	kfree(spare);
}

/* The second of this type fails, whoever makes it. */
static void op_alloc_counted(struct log *log, unsigned arg)
{
	void *counted;

	(void)arg;
	learn(log, READ_ONCE(world->word[1]));
	counted = slab_alloc("counted", 16);
	learn(log, counted != NULL);
	kfree(counted);
}

static void op_bug(struct log *log, unsigned arg)
{
	(void)log;
	BUG_ON(READ_ONCE(world->word[arg & 1]) == 2);
}

static void op_warn(struct log *log, unsigned arg)
{
	(void)log;
	(void)WARN_ON(READ_ONCE(world->word[arg & 1]) == 1);
}

static void op_check(struct log *log, unsigned arg)
{
	(void)log;
	SIM_CHECK(READ_ONCE(world->word[arg & 1]) != 3);
}

static void child_main(void *arg);

static void op_spawn(struct log *log, unsigned arg)
{
	static const char *const names[] = { "a.1", "b.1", "c.1" };
	unsigned i;

	(void)arg;
	learn(log, READ_ONCE(world->word[0]));
	for (i = 0; logs[i] != log; i++)
		;
	if (i < PROGRAM_TASKS_MAX && !logs[i + PROGRAM_TASKS_MAX]->nr &&
	    !log->value[LOG_MAX - 1]) {
		log->value[LOG_MAX - 1] = 1;
		(void)kthread_run(names[i], child_main,
				  logs[i + PROGRAM_TASKS_MAX]);
	}
}

static const struct {
	const char *name;
	void (*fn)(struct log *log, unsigned arg);
	unsigned steps; /* at most, or nearly so */
	bool counts; /* what it depends on depends on a count */
} codes[] = {
	{ "read", op_read, 1, false },
	{ "write", op_write, 1, false },
	{ "inc", op_inc, 1, true },
	{ "dec-and-test", op_dec_and_test, 1, true },
	{ "add-return", op_add_return, 1, false },
	{ "inc-not-zero", op_inc_not_zero, 1, true },
	{ "cmpxchg", op_cmpxchg, 1, false },
	{ "lock", op_lock, 2, false },
	{ "trylock", op_trylock, 2, false },
	{ "locked", op_locked, 2, false },
	{ "down-read", op_down_read, 2, false },
	{ "down-write", op_down_write, 3, false },
	{ "spin", op_spin, 1, false },
	{ "racy", op_racy, 1, false },
	{ "get", op_get, 1, true },
	{ "put", op_put, 1, true },
	{ "put-mutex", op_put_mutex, 2, true },
	{ "get-unless-zero", op_get_unless_zero, 1, true },
	{ "touch", op_touch, 2, false },
	{ "free", op_free, 1, false },
	{ "list", op_list, 2, false },
	{ "wait", op_wait, 5, false },
	{ "wait-long", op_wait_long, 5, false },
	{ "wake", op_wake, 2, false },
	{ "complete", op_complete, 1, false },
	{ "await", op_await, 1, false },
	{ "alloc", op_alloc, 3, false },
	{ "alloc-counted", op_alloc_counted, 1, false },
	{ "bug", op_bug, 1, false },
	{ "warn", op_warn, 1, false },
	{ "check", op_check, 1, false },
	{ "spawn", op_spawn, 2, false },
};

#define CODES_NR ((unsigned)(sizeof(codes) / sizeof(codes[0])))

/* ---------------------------------------------------------------- scenario */

static void child_main(void *arg)
{
	struct log *log = arg;

	codes[program->child.code].fn(log, program->child.arg);
}

static void give_back(struct log *log)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (log->mutex[i])
			mutex_unlock(&world->m[i]);
	if (log->read)
		up_read(&world->sem);
	if (log->write)
		up_write(&world->sem);
}

static void run_task(unsigned nr)
{
	unsigned i;

	for (i = 0; i < program->nr_ops[nr]; i++)
		codes[program->ops[nr][i].code].fn(logs[nr],
						   program->ops[nr][i].arg);
	if (!program->leave)
		give_back(logs[nr]);
}

static void task_a(void)
{
	run_task(0);
}

static void task_b(void)
{
	run_task(1);
}

static void task_c(void)
{
	run_task(2);
}

static void setup_world(void)
{
	world = kzalloc_obj(world);
	mutex_init(&world->m[0]);
	mutex_init(&world->m[1]);
	init_rwsem(&world->sem);
	spin_lock_init(&world->spin);
	init_waitqueue_head(&world->queue);
	init_completion(&world->done);
	INIT_LIST_HEAD(&world->list);
	once_init(world->word, sizeof(world->word));
	atomic_init(&world->count, program->count);
}

static void setup(void)
{
	unsigned i;

	setup_world();
	world->thing = kzalloc_obj(thing);
	mutex_init(&world->thing->lock);
	atomic_init(&world->thing->ref.refcount, program->refs);
	list_add(&world->thing->link, &world->list);
	for (i = 0; i < 2 * PROGRAM_TASKS_MAX; i++)
		logs[i] = kzalloc_obj(log);
	(void)slab_fault_choice("spare", true);
	(void)slab_fail_nth("counted", 2);
}

void program_each(unsigned programs, void (*fn)(uint64_t seed))
{
	const char *first = getenv("VFIOSIM_TEST_SEED");
	const char *wanted = getenv("VFIOSIM_TEST_PROGRAMS");
	uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
	uint64_t end = seed + (wanted ? strtoull(wanted, NULL, 10) :
			       first  ? 1 :
					programs);

	for (; seed < end; seed++)
		fn(seed);
}

struct sim_scenario program_scenario(const struct program *p)
{
	struct sim_scenario s = {
		.name = "program",
		.summary = "made at random",
		.setup = setup,
		.rewindable = true,
		.tasks = { { "a", task_a, NULL },
			   { "b", task_b, NULL },
			   { "c", task_c, NULL } },
	};

	program = p;
	if (p->nr_tasks < 3)
		s.tasks[2].fn = NULL;
	return s;
}

/* ------------------------------------------------------------------ making */

/* Interleavings, if nobody ever waits: a multinomial coefficient. */
static double interleavings(const struct program *p)
{
	double product = 1;
	unsigned t, i, s, total = 0;

	for (t = 0; t < p->nr_tasks; t++) {
		unsigned steps = 0;

		for (i = 0; i < p->nr_ops[t]; i++)
			steps += codes[p->ops[t][i].code].steps;
		for (s = 1; s <= steps; s++)
			product *= (double)++total / s;
	}
	return product;
}

static struct program_op random_op(uint64_t *state, const unsigned char *kinds,
				   unsigned nr)
{
	return (struct program_op){ kinds[kit_random_below(state, nr)],
				    (unsigned char)kit_random_below(state, 8) };
}

void program_make(struct program *p, uint64_t seed, double runs_max)
{
	uint64_t state = seed;
	unsigned char kinds[4];
	unsigned t, i;

	do {
		memset(p, 0, sizeof(*p));
		for (i = 0; i < 4; i++)
			kinds[i] = (unsigned char)kit_random_below(&state,
								   CODES_NR);
		p->nr_tasks = 2 + kit_random_below(&state, 2);
		for (t = 0; t < p->nr_tasks; t++) {
			p->nr_ops[t] = 2 + kit_random_below(
						   &state, PROGRAM_OPS_MAX - 1);
			for (i = 0; i < p->nr_ops[t]; i++)
				p->ops[t][i] = random_op(&state, kinds, 4);
		}
		p->child = random_op(&state, kinds, 4);
		p->count = (int)kit_random_below(&state, 4) - 1;
		p->refs = (int)kit_random_below(&state, 4);
		p->leave = kit_random_below(&state, 4) == 0;
		p->timeouts = kit_random_below(&state, 4) == 0;
		p->signals = kit_random_below(&state, 4) == 0;
	} while (interleavings(p) > runs_max);
}

bool program_counts(const struct program *p)
{
	bool counts = codes[p->child.code].counts;
	unsigned t, i;

	for (t = 0; t < p->nr_tasks; t++)
		for (i = 0; i < p->nr_ops[t]; i++)
			counts |= codes[p->ops[t][i].code].counts;
	return counts;
}

static bool may_fault(const struct program_op *op)
{
	void (*fn)(struct log * log, unsigned arg) = codes[op->code].fn;

	return fn == op_alloc || fn == op_alloc_counted || fn == op_wait_long ||
	       (fn == op_await && op->arg & 1);
}

unsigned program_faults(const struct program *p)
{
	unsigned t, i, nr = 0;

	for (t = 0; t < p->nr_tasks; t++)
		for (i = 0; i < p->nr_ops[t]; i++)
			if (may_fault(&p->ops[t][i])) {
				nr++;
				break;
			}
	return nr;
}

const char *program_print(const struct program *p, char *buf, size_t size)
{
	size_t used = 0;
	unsigned t, i;

	for (t = 0; t < p->nr_tasks && used < size; t++) {
		used += (size_t)snprintf(buf + used, size - used,
					 "%s%c:", t ? " | " : "", 'a' + (int)t);
		for (i = 0; i < p->nr_ops[t] && used < size; i++)
			used += (size_t)snprintf(buf + used, size - used,
						 " %s/%u",
						 codes[p->ops[t][i].code].name,
						 p->ops[t][i].arg);
	}
	if (used < size)
		snprintf(buf + used, size - used,
			 " (child %s/%u, count %d, refs %d%s%s%s)",
			 codes[p->child.code].name, p->child.arg, p->count,
			 p->refs, p->leave ? ", leave" : "",
			 p->timeouts ? ", timeouts" : "",
			 p->signals ? ", signals" : "");
	return buf;
}
