/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_run.c - runs a file as a scenario: its lists of operations are
 * what set-up, tasks and teardown do.
 *
 * Scenarios are functions without arguments, so one file is bound to them at a
 * time.  What tasks share lives in the machine's memory.
 */
#include "scenario_file_internal.h"

#include "words.h"

#include <string.h>

/* The names' descriptors, and which other handles were ever opened.  Lies in the
 * machine's memory, so that final states differ when it does. */
struct handles {
	int number[FILE_OBJECTS_MAX];
};

static struct scenario_file *bound;
static struct script *script;
static struct handles *handles;
/* Numbers of handles that are no descriptors: they tell who came first, which
 * nobody can see, and so are no state. */
static int hidden[FILE_OBJECTS_MAX];

/* ------------------------------------------------------------------ results */

static bool has_value(const struct script_outcome *outcome, const char *name,
		      long *ret_value)
{
	unsigned i;

	for (i = 0; i < outcome->nr_values; i++)
		if (!strcmp(outcome->values[i].name, name)) {
			*ret_value = outcome->values[i].value;
			return true;
		}
	return false;
}

static bool holds(const struct file_condition *condition,
		  const struct script_outcome *outcome)
{
	long value;

	switch (condition->kind) {
	case FILE_OK:
		return outcome->ret >= 0;
	case FILE_ERROR:
		return outcome->ret < 0;
	case FILE_EQUAL:
		return outcome->ret == condition->value;
	case FILE_VALUE:
		return has_value(outcome, condition->name, &value) &&
		       value == condition->value;
	default:
		return true;
	}
}

/* "viable 1": what was expected. */
static void describe(const struct file_condition *condition, char *buf,
		     size_t size)
{
	if (condition->kind == FILE_VALUE)
		snprintf(buf, size, "%s %ld", condition->name,
			 condition->value);
	else if (condition->kind == FILE_EQUAL)
		snprintf(buf, size, "%s", sim_errno_name(condition->value));
	else
		snprintf(buf, size, "%s",
			 condition->kind == FILE_OK ? "ok" : "an error");
}

static const char *call_name(const struct file_op *op)
{
	return op->call ? op->call : op->op.type->name;
}

/* What the user learned.  Of the bus only what went wrong. */
static void note(const struct file_op *op, const struct script_outcome *outcome)
{
	long viable, set, value;
	const char *const *name = sim_file_values_of(op->op.type->name);

	if (!op->call && !outcome->ret)
		return;
	if (outcome->ret)
		sim_note("%s: %s", call_name(op), sim_errno_name(outcome->ret));
	else if (has_value(outcome, "viable", &viable) &&
		 has_value(outcome, "container_set", &set))
		sim_note("%s: %sviable%s", call_name(op), viable ? "" : "not ",
			 set ? ", container set" : "");
	else if (*name && has_value(outcome, *name, &value))
		sim_note("%s: %s %ld", call_name(op), *name, value);
	else
		sim_note("%s: ok", call_name(op));
}

/* One that is refused is found once, whatever else was expected. */
static bool judge_refusal(const struct file_op *op,
			  const struct script_outcome *outcome,
			  const struct sched_site *site)
{
	char text[SIM_TEXT_MAX], what[SCRIPT_TEXT_MAX];
	unsigned i;

	for (i = 0; i < op->nr_refused; i++) {
		if (!holds(&op->refused[i], outcome))
			continue;
		if (op->refused[i].kind != FILE_VALUE) {
			sim_refused(call_name(op), outcome->ret, site);
			return true;
		}
		describe(&op->refused[i], what, sizeof(what));
		snprintf(text, sizeof(text), "%s, %s", call_name(op), what);
		sim_refused(text, 0, site);
		return true;
	}
	return false;
}

/* "f.yaml:6:5: set_iommu C: expected ok, found -EINVAL".  The place stands in
 * what no task did: there is no diagram that would lead to it. */
static void complain(const struct file_op *op,
		     const struct file_condition *condition,
		     const struct script_outcome *outcome,
		     const struct sched_site *site)
{
	char text[SIM_TEXT_MAX], what[SCRIPT_TEXT_MAX], place[96] = "";
	char got[SCRIPT_TEXT_MAX];
	long value;

	if (op->alone)
		snprintf(place, sizeof(place), "%.60s:%d:%d: ", bound->path,
			 op->line, op->column);
	describe(condition, what, sizeof(what));
	if (condition->kind == FILE_VALUE &&
	    has_value(outcome, condition->name, &value))
		snprintf(got, sizeof(got), "%ld", value);
	else
		snprintf(got, sizeof(got), "%s", sim_errno_name(outcome->ret));
	snprintf(text, sizeof(text), "%s%.50s: expected %.44s, found %.44s",
		 place, op->text, what, got);
	sim_check_failed(text, site);
}

static void judge(const struct file_op *op,
		  const struct script_outcome *outcome,
		  const struct sched_site *site)
{
	unsigned i;

	if (judge_refusal(op, outcome, site))
		return;
	if (!holds(&op->ret, outcome)) {
		complain(op, &op->ret, outcome, site);
		return;
	}
	for (i = 0; i < op->nr_values; i++)
		if (!holds(&op->values[i], outcome))
			complain(op, &op->values[i], outcome, site);
}

/* --------------------------------------------------------------- operations */

static int number_of(unsigned object)
{
	return bound->objects[object].kind == FILE_FD ?
		       handles->number[object] :
		       hidden[object];
}

static void keep_handle(const struct file_op *op,
			const struct script_outcome *outcome)
{
	static const char *const values[] = {
		[FILE_FD] = "fd", [FILE_EXT] = "ext", [FILE_REF] = "ref"
	};
	enum file_object_kind kind;
	long number;

	if (op->as < 0)
		return;
	kind = bound->objects[op->as].kind;
	if (!has_value(outcome, values[kind], &number))
		return;
	handles->number[op->as] = kind == FILE_FD ? (int)number : 1;
	hidden[op->as] = (int)number;
}

/* Of set-up and teardown: the operation that runs, or the one that stopped the
 * run. */
static const struct file_op *alone;

bool sim_file_place(char *buf, size_t size)
{
	if (!bound || !alone)
		return false;
	snprintf(buf, size, "%.90s:%d:%d: %.80s: ", bound->path, alone->line,
		 alone->column, alone->text);
	alone = NULL;
	return true;
}

static void perform(const struct file_op *op, const char *actor)
{
	const struct sched_site site = { NULL, actor, bound->path, op->line };
	struct script_op filled = op->op;
	struct script_outcome outcome;
	unsigned i;

	for (i = 0; filled.type->args[i].name; i++)
		if (op->handles[i] >= 0 &&
		    filled.type->args[i].kind == SCRIPT_NUMBER)
			filled.args[i].number =
				number_of((unsigned)op->handles[i]);
	/* Tasks leave it alone: no lock orders them. */
	if (op->alone)
		alone = op;
	sim_script_perform(script, &filled, &outcome);
	if (op->alone)
		alone = NULL;
	keep_handle(op, &outcome);
	note(op, &outcome);
	judge(op, &outcome, &site);
}

static void perform_all(const struct file_ops *ops, const char *actor)
{
	unsigned i;

	for (i = 0; i < ops->nr; i++)
		perform(&ops->ops[i], actor);
}

/* ---------------------------------------------------------------- functions */

static void setup(void)
{
	unsigned i;

	SIM_CHECK(sim_script_join(&script) == 0);
	handles = slab_alloc("scenario", sizeof(*handles));
	for (i = 0; i < FILE_OBJECTS_MAX; i++)
		handles->number[i] = hidden[i] = -1;
	perform_all(&bound->boot, "setup");
	perform_all(&bound->setup, "setup");
	for (i = 0; i < bound->nr_faults; i++)
		SIM_CHECK(sim_script_fault(bound->faults[i]) == 0);
}

/* Does it touch what tasks share before it announces anything?  Whatever a
 * task does before its first step would go unseen. */
static bool begins_unseen(const struct file_op *op)
{
	static const char *const unseen[] = { "container_open",
					      "external_iommu_id",
					      "device_ref_put", NULL };

	return sim_words_find(op->op.type->name, unseen) >= 0;
}

static void announce_start(const char *task)
{
	const struct sched_op op = {
		.kind = SCHED_READ,
		.obj = handles,
		.name = "start",
		.site = { "start", task, bound->path, 0 },
	};

	(void)sched_before(&op);
}

static void run_task(unsigned nth)
{
	if (begins_unseen(&bound->tasks[nth].ops[0]))
		announce_start(bound->scenario.tasks[nth].name);
	perform_all(&bound->tasks[nth], bound->scenario.tasks[nth].name);
}

static void check(void)
{
	sim_file_check(bound, script);
}

static void teardown(void)
{
	perform_all(&bound->teardown, "teardown");
	sim_script_leave(script);
	kfree(handles);
	handles = NULL;
}

#define TASKS(TASK) \
	TASK(0) TASK(1) TASK(2) TASK(3) TASK(4) TASK(5) TASK(6) TASK(7)

#define TASK(n)                        \
	static void run_task_##n(void) \
	{                              \
		run_task(n);           \
	}
TASKS(TASK)
#undef TASK

void sim_file_bind(struct scenario_file *file)
{
	static void (*const tasks[])(void) = {
#define TASK(n) run_task_##n,
		TASKS(TASK)
#undef TASK
	};
	unsigned i;

	_Static_assert(sizeof(tasks) / sizeof(tasks[0]) ==
			       SIM_SCENARIO_TASKS_MAX,
		       "a function for each task");
	for (i = 0; i < file->nr_tasks; i++)
		file->scenario.tasks[i].fn = tasks[i];
	file->scenario.setup = setup;
	file->scenario.check = check;
	file->scenario.teardown = teardown;
	bound = file;
}

bool sim_file_bound(void)
{
	return bound;
}

void sim_file_unbind(void)
{
	bound = NULL;
}
