/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file.c - reads a scenario from a YAML file: its memory, its errors,
 * and the keys at the top.
 */
#include "scenario_file_internal.h"

#include "store.h"
#include "words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_TASKS "a map of tasks, NAME: [OPERATION, ...]"

/* ------------------------------------------------------------------- memory */

void *sim_file_alloc(struct scenario_file *file, size_t size)
{
	struct file_chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (!chunk) {
		sim_file_fail(file, NULL, "out of memory");
		return NULL;
	}
	chunk->next = file->chunks;
	file->chunks = chunk;
	return chunk + 1;
}

const char *sim_file_strdup(struct scenario_file *file, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = sim_file_alloc(file, size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

void sim_scenario_file_release(struct scenario_file *file)
{
	struct file_chunk *chunk, *next;

	if (!file)
		return;
	for (chunk = file->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(file);
	sim_file_unbind();
}

/* ------------------------------------------------------------------- errors */

/* What stands in a file goes to a terminal: nothing but plain characters. */
static void clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

bool sim_file_fail(struct scenario_file *file, const struct file_node *at,
		   const char *format, ...)
{
	int used;
	va_list ap;

	if (file->failed)
		return false;
	file->failed = true;
	used = at ? snprintf(file->error, SCENARIO_FILE_ERROR_MAX,
			     "%.150s:%d:%d: ", file->path, at->line,
			     at->column) :
		    snprintf(file->error, SCENARIO_FILE_ERROR_MAX,
			     "%.150s: ", file->path);
	va_start(ap, format);
	vsnprintf(file->error + used, SCENARIO_FILE_ERROR_MAX - (size_t)used,
		  format, ap);
	va_end(ap);
	clean(file->error + used);
	return false;
}

bool sim_file_expected(struct scenario_file *file, const struct file_node *at,
		       const char *what)
{
	if (at->kind == FILE_SCALAR && !*at->text)
		return sim_file_fail(file, at, "expected %s, found nothing",
				     what);
	if (at->kind == FILE_SCALAR)
		return sim_file_fail(file, at, "expected %s, found '%.40s'",
				     what, at->text);
	return sim_file_fail(file, at, "expected %s, found a %s", what,
			     at->kind == FILE_LIST ? "list" : "map");
}

bool sim_file_expected_word(struct scenario_file *file,
			    const struct file_node *at, const char *what,
			    const char *const *words)
{
	char error[SIM_TEXT_MAX];

	if (!sim_file_is_scalar(file, at, what))
		return false;
	sim_words_complain(error, what, at->text, words);
	return sim_file_fail(file, at, "%s", error);
}

/* -------------------------------------------------------------------- tasks */

static bool check_task_name(struct scenario_file *file,
			    const struct file_node *key)
{
	static const char *const taken[] = { "machine", "scenario", "era",
					     "found",	"end",	    NULL };
	const char *name;

	if (!sim_file_name(file, key, "a task's name", &name))
		return false;
	if (sim_words_find(name, taken) >= 0)
		return sim_file_fail(file, key,
				     "expected a task's name, found '%s', "
				     "which schedules need for themselves",
				     name);
	return true;
}

static bool parse_task(struct scenario_file *file, const struct file_node *key)
{
	static const char *const keys[] = { "role", "do", NULL };
	const struct file_node *list = key->value, *role;
	struct sim_task *task = &file->scenario.tasks[file->nr_tasks];

	if (!check_task_name(file, key))
		return false;
	task->name = key->text;
	if (list->kind == FILE_MAP) {
		if (!sim_file_keys(file, list, "a key of a task", keys))
			return false;
		role = sim_file_get(list, "role");
		if (role && !sim_file_line(file, role, "a role", &task->role))
			return false;
		list = sim_file_get(list, "do");
		if (!list)
			return sim_file_fail(file, key,
					     "expected 'do: [OPERATION, ...]' "
					     "in task %s",
					     key->text);
	}
	if (list->kind == FILE_LIST && !list->items)
		return sim_file_fail(file, list,
				     "expected at least one operation");
	file->nr_tasks++;
	return sim_file_parse_ops(file, list, file->nr_tasks,
				  &file->tasks[file->nr_tasks - 1]);
}

static bool parse_tasks(struct scenario_file *file,
			const struct file_node *node)
{
	const struct file_node *key;

	if (!sim_file_is_map(file, node, CHECK_TASKS))
		return false;
	if (!node->items)
		return sim_file_fail(file, node, "expected at least one task");
	for (key = node->items; key; key = key->next) {
		if (file->nr_tasks == SIM_SCENARIO_TASKS_MAX)
			return sim_file_fail(file, key,
					     "expected at most %d tasks",
					     SIM_SCENARIO_TASKS_MAX);
		if (!parse_task(file, key))
			return false;
	}
	return sim_file_check_ends(file);
}

/* ------------------------------------------------------------------- faults */

static bool parse_fault(struct scenario_file *file,
			const struct file_node *node)
{
	const char *names[FILE_FAULTS_MAX + 1];
	unsigned i, nr = 0;

	for (i = 0; sim_script_site_name(i) && nr < FILE_FAULTS_MAX; i++)
		if (strcmp(sim_script_site_name(i), "iommu_driver") &&
		    strcmp(sim_script_site_name(i), "iommu_bus_nb"))
			names[nr++] = sim_script_site_name(i);
	names[nr] = NULL;
	if (node->kind != FILE_SCALAR || sim_words_find(node->text, names) < 0)
		return sim_file_expected_word(
			file, node, "a site whose allocations may fail", names);
	for (i = 0; i < file->nr_faults; i++)
		if (!strcmp(file->faults[i], node->text))
			return sim_file_fail(file, node, "expected '%s' once",
					     node->text);
	file->faults[file->nr_faults++] = node->text;
	return true;
}

static bool parse_faults(struct scenario_file *file,
			 const struct file_node *node)
{
	const struct file_node *item;

	if (!sim_file_is_list(file, node, "a list of allocation sites"))
		return false;
	for (item = node->items; item; item = item->next)
		if (!parse_fault(file, item))
			return false;
	return true;
}

/* ---------------------------------------------------------------------- top */

static bool parse_names(struct scenario_file *file,
			const struct file_node *root)
{
	const struct file_node *name = sim_file_get(root, "scenario");
	const struct file_node *summary = sim_file_get(root, "summary");

	if (!name)
		return sim_file_fail(file, root,
				     "expected 'scenario: NAME', found no such "
				     "key");
	if (!sim_file_name(file, name, "a scenario's name",
			   &file->scenario.name))
		return false;
	if (sim_scenario_find(file->scenario.name))
		return sim_file_fail(file, name,
				     "expected a name of its own, found '%s', "
				     "which vfiosim has built in",
				     file->scenario.name);
	file->scenario.summary = "";
	return !summary || sim_file_line(file, summary, "a summary",
					 &file->scenario.summary);
}

static bool parse_flags(struct scenario_file *file,
			const struct file_node *root)
{
	const struct file_node *timeouts = sim_file_get(root, "timeouts");
	const struct file_node *signals = sim_file_get(root, "signals");

	return (!timeouts || sim_file_bool(file, timeouts, "true or false",
					   &file->timeouts)) &&
	       (!signals ||
		sim_file_bool(file, signals, "true or false", &file->signals));
}

/* In the order in which one part needs another, whatever that of the keys. */
static bool parse_root(struct scenario_file *file, const struct file_node *root)
{
	static const char *const keys[] = { "scenario", "summary", "drivers",
					    "groups",	"devices", "setup",
					    "tasks",	"check",   "teardown",
					    "faults",	"expect",  "timeouts",
					    "signals",	NULL };
	const struct file_node *node;

	if (!sim_file_keys(file, root, "a key of a scenario", keys) ||
	    !parse_names(file, root) || !parse_flags(file, root) ||
	    !sim_file_parse_topology(file, root))
		return false;
	node = sim_file_get(root, "setup");
	if (node && !sim_file_parse_ops(file, node, FILE_SETUP, &file->setup))
		return false;
	node = sim_file_get(root, "tasks");
	if (!node)
		return sim_file_fail(file, root,
				     "expected 'tasks:', found no "
				     "such key");
	if (!parse_tasks(file, node))
		return false;
	node = sim_file_get(root, "teardown");
	if (node &&
	    !sim_file_parse_ops(file, node, FILE_TEARDOWN, &file->teardown))
		return false;
	node = sim_file_get(root, "faults");
	if (node && !parse_faults(file, node))
		return false;
	node = sim_file_get(root, "check");
	if (node && !sim_file_parse_check(file, node))
		return false;
	node = sim_file_get(root, "expect");
	return !node || sim_file_parse_expect(file, node);
}

/* ---------------------------------------------------------------- interface */

bool sim_scenario_file_is(const char *argument)
{
	const char *dot = strrchr(argument, '.');

	return strchr(argument, '/') ||
	       (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml")));
}

int sim_scenario_file_parse(const char *text, size_t size, const char *name,
			    struct scenario_file **ret_file, char *error)
{
	struct scenario_file *file;
	struct file_node *root;

	if (sim_file_bound()) {
		snprintf(error, SCENARIO_FILE_ERROR_MAX,
			 "%.150s: expected one scenario file at a time", name);
		return -EBUSY;
	}
	file = calloc(1, sizeof(*file));
	if (!file) {
		snprintf(error, SCENARIO_FILE_ERROR_MAX,
			 "%.150s: out of memory", name);
		return -ENOMEM;
	}
	file->error = error;
	file->path = name;
	file->path = sim_file_strdup(file, name);
	root = file->path ? sim_file_read(file, text, size) : NULL;
	if (!root || !parse_root(file, root)) {
		sim_scenario_file_release(file);
		return -EINVAL;
	}
	sim_file_bind(file);
	*ret_file = file;
	return 0;
}

int sim_scenario_file_load(const char *path, struct scenario_file **ret_file,
			   char *error)
{
	char why[SIM_TEXT_MAX];
	char *text = sim_store_read(path, SCENARIO_FILE_BYTES_MAX, why);
	int ret;

	if (!text) {
		snprintf(error, SCENARIO_FILE_ERROR_MAX, "%s", why);
		return -EIO;
	}
	ret = sim_scenario_file_parse(text, strlen(text), path, ret_file,
				      error);
	free(text);
	return ret;
}

const struct sim_scenario *
sim_scenario_file_scenario(const struct scenario_file *file)
{
	return &file->scenario;
}

void sim_scenario_file_options(const struct scenario_file *file,
			       struct sim_options *options)
{
	options->timeouts |= file->timeouts;
	options->signals |= file->signals;
}
