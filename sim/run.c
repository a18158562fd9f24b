/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.c - carries one run of a scenario from boot to halt.
 *
 * Set-up, check and teardown are tasks of their own that run alone, so that
 * whatever goes wrong in them is a finding like any other.
 */
#include "run.h"

#include "checkpoint.h"
#include "invariants.h"
#include "memory.h"
#include "scenario_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_BASIS 0xcbf29ce484222325ull

static uint64_t hash_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 32);
}

static uint64_t word_at(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* Most of a machine is zeros: those are passed over, and counted by where the
 * next word stands.  This is much of what a run of a small scenario costs. */
static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	size_t i = 0, last;

	for (; i + 32 <= size; i += 32) {
		uint64_t a = word_at(p + i), b = word_at(p + i + 8);
		uint64_t c = word_at(p + i + 16), d = word_at(p + i + 24);

		if (!(a | b | c | d))
			continue;
		h = hash_word(hash_word(h, i), a);
		h = hash_word(hash_word(hash_word(h, b), c), d);
	}
	for (last = 0; i < size; i++)
		last = hash_word(last, p[i]);
	return hash_word(hash_word(h, size), last);
}

/* Without the real locks that are held: they name who holds them, which is
 * another number in each process that makes the run. */
static void blank_locks(unsigned char *bytes, const struct slab_block *block)
{
	const unsigned char *start = block->start, *lock;
	const struct sim_held *held;
	unsigned id, nr;

	for (id = 0; id <= sim_engine_tasks(); id++)
		for (nr = sim_engine_held(id, &held); nr-- > 0;) {
			lock = held[nr].obj;
			if (lock >= start && lock + sizeof(pthread_mutex_t) <=
						     start + block->size)
				memset(bytes + (lock - start), 0,
				       sizeof(pthread_mutex_t));
		}
}

static int hash_locked(const struct slab_block *block, void *arg)
{
	unsigned char *copy = malloc(block->size);
	uint64_t *h = arg;

	if (!copy) {
		sim_engine_fail("out of memory for a final state");
		return 0;
	}
	memcpy(copy, block->start, block->size);
	blank_locks(copy, block);
	*h = hash_bytes(*h, block->type, strlen(block->type));
	*h = hash_bytes(*h, copy, block->size);
	free(copy);
	return 0;
}

static bool locks_are_held(void)
{
	const struct sim_held *held;
	unsigned id, nr = 0;

	for (id = 0; id <= sim_engine_tasks(); id++)
		nr += sim_engine_held(id, &held);
	return nr != 0;
}

static int hash_block(const struct slab_block *block, void *arg)
{
	uint64_t *h = arg;

	*h = hash_bytes(*h, block->type, strlen(block->type));
	*h = hash_bytes(*h, block->start, block->size);
	return 0;
}

/* Memory of the machine, and what each task learned, in its own order. */
static uint64_t final_state(const struct sim_trace *trace)
{
	size_t booted = kernel_booted();
	uint64_t h = hash_word(HASH_BASIS, booted);
	unsigned task;
	size_t i;

	slab_for_each_live_behind(
		booted, locks_are_held() ? hash_locked : hash_block, &h);
	if (!trace->noted)
		return h;
	for (task = 1; task < trace->nr_names; task++)
		for (i = 0; i < trace->nr_events; i++) {
			const struct sim_event *e = &trace->events[i];

			if (e->type == SIM_EVENT_NOTE && e->task == task)
				h = hash_bytes(h, e->label, strlen(e->label));
		}
	return h;
}

static void task_main(void *arg)
{
	const struct sim_task *task = arg;

	task->fn();
}

static int start_tasks(const struct sim_scenario *scenario)
{
	unsigned i;
	int ret;

	for (i = 0; i < SIM_SCENARIO_TASKS_MAX && scenario->tasks[i].fn; i++) {
		ret = kthread_run(scenario->tasks[i].name, task_main,
				  (void *)(uintptr_t)&scenario->tasks[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static bool has_findings(void)
{
	const struct sim_raw_finding *findings;

	return sim_engine_findings(&findings) != 0;
}

/* Run one of the scenario's own functions; true: go on. */
static bool phase(void (*fn)(void), struct sim_run *run)
{
	enum sim_status status = fn ? sim_engine_phase(fn) : SIM_RUN_DONE;

	if (status == SIM_RUN_DONE)
		return true;
	run->status = status;
	return false;
}

struct leaks {
	unsigned nr;
	char text[SIM_TEXT_MAX];
};

static int note_leak(const struct slab_block *block, void *arg)
{
	struct leaks *leaks = arg;
	size_t used = strlen(leaks->text);

	if (leaks->nr++ < 4)
		snprintf(leaks->text + used, sizeof(leaks->text) - used,
			 "%s%s #%u of %s", used ? ", " : "", block->type,
			 block->nr, block->alloc_func);
	return 0;
}

/* Halt, and after a clean teardown say what is still alive. */
static void halt(bool torn_down)
{
	struct leaks leaks;

	leaks.nr = 0;
	leaks.text[0] = '\0';

	kernel_halt(note_leak, &leaks);
	if (torn_down && leaks.nr)
		sim_engine_record(SIM_LEAK, NULL,
				  "%u object%s still alive: %s%s", leaks.nr,
				  leaks.nr > 1 ? "s" : "", leaks.text,
				  leaks.nr > 4 ? ", ..." : "");
}

/* For reports: whom the end of the run finds waiting for what.  The task that
 * stopped it has done what it announced, and waits for nothing. */
static void note_pending(struct sim_trace *trace)
{
	unsigned id;

	for (id = 1; id <= sim_engine_tasks(); id++)
		if (sim_engine_task_live(id) && id != sim_engine_stopper())
			sim_trace_pending(trace, id, sim_engine_pending(id));
}

/* Every allocation of the tasks may fail; none of set-up, check, teardown. */
static int announce_allocations(const struct sim_run_config *config, bool on)
{
	if (!(config->faults.set & SIM_FAULT_SET(SIM_FAULT_ALLOC)))
		return 0;
	return slab_fault_choice(NULL, on);
}

/* Up to the tasks' first operations. */
static void set_up(struct sim_running *r)
{
	const struct sim_run_config *config = r->config;

	r->trace->scenario = config->scenario;
	r->trace->invariants = config->invariants;
	r->trace->faults = config->faults;
	r->run->status = SIM_RUN_HALTED;
	if (!phase(config->scenario->setup, r->run))
		return;
	if (announce_allocations(config, true) ||
	    start_tasks(config->scenario)) {
		sim_engine_fail("no room for the scenario's tasks");
		r->run->status = SIM_RUN_ERROR;
		return;
	}
	r->ready = true;
}

/* The tasks can do no more, or shall not. */
static void judge(struct sim_running *r)
{
	enum sim_status status = r->run->status;

	if (status == SIM_RUN_IDLE || status == SIM_RUN_HALTED ||
	    status == SIM_RUN_ERROR)
		note_pending(r->trace);
	if (r->strategy && r->strategy->end)
		r->strategy->end(r->strategy);
	(void)announce_allocations(r->config, false);
	if (status == SIM_RUN_IDLE)
		sim_deadlock_explain(r->trace);
	if (status == SIM_RUN_IDLE || status == SIM_RUN_DONE)
		sim_invariants_end(status == SIM_RUN_IDLE);
	if (status == SIM_RUN_DONE)
		r->run->final_state = final_state(r->trace);
}

/* After the tasks: check and, while nothing was found, teardown. */
static bool check(const struct sim_scenario *scenario, struct sim_run *run)
{
	if (run->status != SIM_RUN_DONE || !phase(scenario->check, run))
		return false;
	if (has_findings() || !scenario->teardown)
		return false;
	return phase(scenario->teardown, run) && !has_findings();
}

/* What stopped the run in set-up or teardown of a file stands in that file. */
static void name_place(struct sim_raw_finding *f)
{
	char place[SIM_TEXT_MAX], text[SIM_TEXT_MAX];
	size_t used;

	if (!sim_file_place(place, sizeof(place)))
		return;
	snprintf(text, sizeof(text), "%s", f->text);
	used = (size_t)snprintf(f->text, sizeof(f->text), "%s", place);
	snprintf(f->text + used, sizeof(f->text) - used, "%s", text);
}

static void pass(void *arg, unsigned step)
{
	sim_checkpoints_pass(arg, step);
}

/* @at_home: and with @checkpoints, or NULL, on the way. */
static void prepare(struct sim_running *r, bool at_home,
		    struct sim_checkpoints *checkpoints)
{
	const struct sim_run_config *config = r->config;

	r->engine = (struct sim_engine_config){
		.carrier = config->carrier,
		.strategy = r->strategy,
		.trace = r->trace,
		.invariant = config->scenario->invariant,
		.steps_max = config->steps_max,
		.timeouts = config->timeouts,
		.signals = config->signals,
		.faults = config->faults,
		.at_home = at_home,
		.between = checkpoints ? pass : NULL,
		.between_arg = checkpoints,
	};
	/* Not the findings: they are copied at the end, and mostly none. */
	memset(r->run, 0, offsetof(struct sim_run, findings));
	r->run->error[0] = '\0';
	r->ready = false;
}

static int boot(struct sim_running *r)
{
	struct kernel_config machine = { .era = r->config->era };
	int ret = kernel_boot(&machine);

	if (ret)
		return ret;
	r->engine.monitor = sim_invariants_begin(r->config->invariants);
	ret = sim_engine_begin(&r->engine);
	if (ret) {
		kernel_halt(NULL, NULL);
		return ret;
	}
	set_up(r);
	return 0;
}

int sim_run_begin(struct sim_running *r, bool at_home)
{
	prepare(r, at_home, NULL);
	return boot(r);
}

/* What came of it. */
static void conclude(struct sim_run *run, bool full)
{
	const struct sim_raw_finding *findings;

	run->nr_findings = sim_engine_findings(&findings);
	memcpy(run->findings, findings, run->nr_findings * sizeof(*findings));
	if (run->nr_findings && run->status == SIM_RUN_HALTED)
		name_place(&run->findings[run->nr_findings - 1]);
	run->complete = run->status == SIM_RUN_DONE && !run->nr_findings;
	if (!full && !sim_engine_error()[0])
		return;
	run->status = SIM_RUN_ERROR;
	snprintf(run->error, sizeof(run->error), "%s",
		 full ? "out of memory for the trace" : sim_engine_error());
}

void sim_run_end(struct sim_running *r)
{
	bool torn_down;

	if (r->ready)
		judge(r);
	torn_down = check(r->config->scenario, r->run);
	sim_engine_end();
	halt(torn_down);
	conclude(r->run, r->trace->full);
}

/* From the last place that the run shares with the one before, or from boot. */
static int resume(struct sim_running *r)
{
	struct sim_checkpoints *c = r->config->checkpoints;
	int step = r->strategy->resumes(r->strategy), ret;

	prepare(r, true, c);
	if (step >= 0 &&
	    sim_checkpoints_have(c, r->strategy, r->trace, (unsigned)step)) {
		sim_engine_again(&r->engine);
		sim_checkpoints_go(c);
		r->ready = true;
		return 0;
	}
	ret = boot(r);
	if (!ret)
		sim_checkpoints_begin(c, r->strategy, r->trace);
	return ret;
}

int sim_run_once(const struct sim_run_config *config,
		 struct sim_strategy *strategy, struct sim_trace *trace,
		 struct sim_run *ret_run)
{
	struct sim_running r = {
		.config = config,
		.strategy = strategy,
		.trace = trace,
		.run = ret_run,
	};
	int ret = strategy->resumes && config->checkpoints ?
			  resume(&r) :
			  sim_run_begin(&r, false);

	if (ret)
		return ret;
	if (r.ready)
		ret_run->status = sim_engine_schedule();
	sim_run_end(&r);
	return 0;
}

/* --------------------------------------------------------------- carriers */

static bool allowed(const char *name)
{
	const char *names = getenv("VFIOSIM_CARRIERS");

	return !names || strstr(names, name);
}

const struct sim_carrier *const *sim_carriers(void)
{
	static const struct sim_carrier *carriers[3];
	unsigned nr = 0;

	if (carriers[0])
		return carriers;
	if (sim_carrier_fiber() && !sim_memory_under_race_detector() &&
	    allowed("fiber"))
		carriers[nr++] = sim_carrier_fiber();
	if (allowed("thread") || !nr)
		carriers[nr++] = sim_carrier_thread();
	return carriers;
}

const struct sim_carrier *sim_carrier_for(enum sim_carrier_kind kind)
{
	const struct sim_carrier *const *carriers = sim_carriers();

	if (kind == SIM_THREAD)
		return sim_carrier_thread();
	if (kind == SIM_FIBER && !sim_memory_under_race_detector())
		return sim_carrier_fiber();
	return carriers[0];
}
