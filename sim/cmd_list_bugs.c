/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_list_bugs.c - vfiosim list --bugs: each hazard of the modelled kernels,
 * and the scenarios that show it, era by era.
 */
#include "cmd_list.h"

#include "bugs.h"

#include <string.h>

#define COLUMNS_MAX 78

/* Is this expectation the first of all scenarios' with its era that names the
 * bug? */
static bool is_first(const struct sim_scenario *scenario,
		     const struct sim_expect *expect, const char *bug)
{
	const struct sim_scenario *s;
	unsigned i;

	for (i = 0; (s = sim_scenario_nth(i)) && s != scenario; i++)
		if (sim_bug_shown(s, expect->era, bug))
			return false;
	return true;
}

static void print_scenarios_of(const char *era, const char *bug)
{
	int column = printf("    %s:", era);
	const struct sim_scenario *s;
	unsigned i;

	for (i = 0; (s = sim_scenario_nth(i)); i++) {
		if (!sim_bug_shown(s, era, bug))
			continue;
		if (column + 1 + (int)strlen(s->name) > COLUMNS_MAX)
			column = printf("\n       ") - 1;
		column += printf(" %s", s->name);
	}
	putchar('\n');
}

/* Calls @fn once for each era, plain or with overrides, in which it is shown;
 * plain ones first. */
static void
for_each_era(const char *bug,
	     void (*fn)(const char *era, const char *bug, void *arg), void *arg)
{
	const struct sim_scenario *s;
	const struct sim_expect *e;
	unsigned overridden, i, nth;

	for (nth = 0; era_name(nth); nth++)
		for (i = 0; (s = sim_scenario_nth(i)); i++)
			if (sim_bug_shown(s, era_name(nth), bug)) {
				fn(era_name(nth), bug, arg);
				break;
			}
	for (overridden = 0; (s = sim_scenario_nth(overridden)); overridden++)
		for (e = s->expect; e && e->era; e++)
			if (strchr(e->era, ' ') &&
			    sim_bug_among(e->bugs, bug) && is_first(s, e, bug))
				fn(e->era, bug, arg);
}

static void print_era(const char *era, const char *bug, void *arg)
{
	(void)arg;
	print_scenarios_of(era, bug);
}

void sim_list_bugs(void)
{
	const struct sim_bug *bug;
	unsigned nth;

	for (nth = 0; (bug = sim_bug_nth(nth)); nth++) {
		printf("%s%-4s%s\n", nth ? "\n" : "", bug->name, bug->title);
		for_each_era(bug->name, print_era, NULL);
	}
}

/* ------------------------------------------------------------------- json */

static void add_era(const char *era, const char *bug, void *arg)
{
	struct json_object *eras = arg;
	struct json_object *names = json_object_new_array();
	const struct sim_scenario *s;
	unsigned i;

	for (i = 0; (s = sim_scenario_nth(i)); i++)
		if (sim_bug_shown(s, era, bug))
			json_object_array_add(names,
					      json_object_new_string(s->name));
	json_object_object_add(eras, era, names);
}

struct json_object *sim_list_bugs_json(void)
{
	struct json_object *array = json_object_new_array();
	const struct sim_bug *bug;
	unsigned nth;

	for (nth = 0; (bug = sim_bug_nth(nth)); nth++) {
		struct json_object *object = json_object_new_object();
		struct json_object *eras = json_object_new_object();

		json_object_object_add(object, "bug",
				       json_object_new_string(bug->name));
		json_object_object_add(object, "title",
				       json_object_new_string(bug->title));
		for_each_era(bug->name, add_era, eras);
		json_object_object_add(object, "eras", eras);
		json_object_array_add(array, object);
	}
	return array;
}
