/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_list.c - vfiosim list: the scenarios with what they must show, the eras
 * flag by flag, and the strategies.
 */
#include "cmd_list.h"

#include <string.h>

enum { LIST_SCENARIOS, LIST_ERAS, LIST_STRATEGIES, LIST_INVARIANTS, LIST_BUGS };

struct list {
	struct cmd cmd;
	int what;
};

static const struct argp_option options[] = {
	{ "eras", 'E', NULL, 0,
	  "Instead: behaviour flags, the values of each, and which one an era "
	  "has",
	  2 },
	{ "bugs", 'B', NULL, 0,
	  "Instead: what is wrong in which era, and the scenarios that show it",
	  2 },
	{ "invariants", 'I', NULL, 0,
	  "Instead: what must hold, and in which era it is known to be broken",
	  2 },
	{ "strategies", 'S', NULL, 0, "Instead: ways of exploring", 2 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *l = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &l->cmd;
		return 0;
	case 'E':
		l->what = LIST_ERAS;
		return 0;
	case 'B':
		l->what = LIST_BUGS;
		return 0;
	case 'I':
		l->what = LIST_INVARIANTS;
		return 0;
	case 'S':
		l->what = LIST_STRATEGIES;
		return 0;
	case ARGP_KEY_ARG:
		cmd_complain(&l->cmd, "expected options only, found '%s'", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &cmd_basic_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	options,
	parse,
	NULL,
	"Say what there is to explore, and how.\n"
	"\v"
	"  vfiosim list\n"
	"      each scenario, and what exploring it finds in which era\n"
	"  vfiosim list --eras\n"
	"      what --era and --set take\n"
	"  vfiosim list --bugs\n"
	"      what the scenarios find, by name\n"
	"  vfiosim list --invariants\n"
	"      what --invariants takes\n"
	"  vfiosim list --strategies\n"
	"      what --strategy takes\n"
	"  vfiosim list --format json\n"
	"      any of them, for programs",
	children,
	NULL,
	NULL
};

static const struct {
	const char *name, *summary;
} strategies[] = {
	{ "auto", "bound for a short finding, then dpor for certainty" },
	{ "dpor", "one run of each class of interleavings that differs" },
	{ "dfs", "the same with sleep sets, or every one: --no-por" },
	{ "bound",
	  "every class of interleavings with 0, 1, ... N preemptions" },
	{ "graph",
	  "every state that can be reached, once; scenarios say if they can" },
	{ "random", "by chance, from a seed" },
	{ "pct", "by random priorities, with a promise: --depth" },
	{ "pos", "by a random priority for each event" },
};

#define STRATEGIES_NR (sizeof(strategies) / sizeof(strategies[0]))

/* ------------------------------------------------------------------- text */

static void print_set(unsigned set)
{
	const char *separator = "";
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!(set & SIM_SET(v)))
			continue;
		printf("%s%s", separator,
		       sim_verdict_name((enum sim_verdict)v));
		separator = ", ";
	}
	if (!set)
		printf("nothing");
}

static void print_scenarios(void)
{
	const struct sim_scenario *s;
	const struct sim_expect *e;
	unsigned i;

	for (i = 0; (s = sim_scenario_nth(i)); i++) {
		printf("%s%s\n    %s\n", i ? "\n" : "", s->name, s->summary);
		for (e = s->expect; e && e->era; e++) {
			printf("    %s: ", e->era);
			print_set(e->set);
			putchar('\n');
		}
	}
}

/* "kernel corrected atomic" */
static void print_values(enum era_flag flag)
{
	unsigned value;
	const char *name;

	for (value = 0; (name = era_value_name(flag, value)); value++)
		printf(" %s", name);
	putchar('\n');
}

static const char *value_in(unsigned nth, unsigned flag)
{
	struct kernel_era era;

	era_lookup(era_name(nth), &era);
	return era_value_name((enum era_flag)flag, era.value[flag]);
}

/* As wide as the longest value of an era, or of all flags' names. */
static int column_width(const char *header, unsigned nth, bool names)
{
	size_t widest = strlen(header);
	unsigned flag;

	for (flag = 0; flag < ERA_FLAG_NR; flag++) {
		size_t n = strlen(names ? era_flag_name((enum era_flag)flag) :
					  value_in(nth, flag));

		widest = n > widest ? n : widest;
	}
	return (int)widest;
}

static void print_eras(void)
{
	int width = column_width("flag", 0, true);
	unsigned flag, nth;

	printf("%-*s", width, "flag");
	for (nth = 0; era_name(nth); nth++)
		printf("  %-*s", column_width(era_name(nth), nth, false),
		       era_name(nth));
	printf("  values\n");
	for (flag = 0; flag < ERA_FLAG_NR; flag++) {
		printf("%-*s", width, era_flag_name((enum era_flag)flag));
		for (nth = 0; era_name(nth); nth++)
			printf("  %-*s",
			       column_width(era_name(nth), nth, false),
			       value_in(nth, flag));
		putchar(' ');
		print_values((enum era_flag)flag);
	}
}

static void print_strategies(void)
{
	size_t i;

	for (i = 0; i < STRATEGIES_NR; i++)
		printf("%-8s%s\n", strategies[i].name, strategies[i].summary);
}

static const char *when_name(enum sim_invariant_when when)
{
	static const char *const names[] = {
		[SIM_INVARIANT_STEP] = "after each step",
		[SIM_INVARIANT_END] = "at the end",
		[SIM_INVARIANT_RUNS] = "over all runs",
		[SIM_INVARIANT_VERDICT] = "always",
	};

	return names[when];
}

/* What an era has to do with an invariant: bugs, "nothing", or "kept". */
static const char *standing(unsigned nr, unsigned era_nr, char *buf)
{
	struct kernel_era era;

	era_lookup(era_name(era_nr), &era);
	if (!sim_invariant_applies(nr, &era))
		return "means nothing";
	return sim_invariant_expected(nr, &era, buf) ? buf : "holds";
}

/* "v3.19, v4.0: B1": eras with the same standing share a line. */
static void print_standings(unsigned nr)
{
	char buf[SIM_TEXT_MAX], other[SIM_TEXT_MAX];
	unsigned i, j;

	for (i = 0; era_name(i); i++) {
		const char *text = standing(nr, i, buf);

		for (j = 0; j < i; j++)
			if (!strcmp(standing(nr, j, other), text))
				break;
		if (j < i)
			continue;
		printf("    %s", era_name(i));
		for (j = i + 1; era_name(j); j++)
			if (!strcmp(standing(nr, j, other), text))
				printf(", %s", era_name(j));
		printf(": %s\n", text);
	}
}

static void print_invariants(void)
{
	const struct sim_invariant *v;
	unsigned nr;

	for (nr = 0; (v = sim_invariant_nth(nr)); nr++) {
		printf("%s%s  %s\n    tested %s\n", nr ? "\n" : "", v->id,
		       v->title, when_name(v->when));
		print_standings(nr);
	}
}

/* ------------------------------------------------------------------- json */

static void add_string(struct json_object *object, const char *key,
		       const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *json_set(unsigned set)
{
	struct json_object *array = json_object_new_array();
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (set & SIM_SET(v))
			json_object_array_add(
				array, json_object_new_string(sim_verdict_name(
					       (enum sim_verdict)v)));
	return array;
}

static struct json_object *json_scenarios(void)
{
	struct json_object *array = json_object_new_array();
	const struct sim_scenario *s;
	const struct sim_expect *e;
	unsigned i;

	for (i = 0; (s = sim_scenario_nth(i)); i++) {
		struct json_object *object = json_object_new_object();
		struct json_object *expect = json_object_new_object();

		add_string(object, "name", s->name);
		add_string(object, "summary", s->summary);
		for (e = s->expect; e && e->era; e++)
			json_object_object_add(expect, e->era,
					       json_set(e->set));
		json_object_object_add(object, "expect", expect);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_flag(enum era_flag flag)
{
	struct json_object *object = json_object_new_object();
	struct json_object *values = json_object_new_array();
	struct json_object *eras = json_object_new_object();
	struct kernel_era era;
	unsigned i;

	add_string(object, "flag", era_flag_name(flag));
	for (i = 0; era_value_name(flag, i); i++)
		json_object_array_add(values, json_object_new_string(
						      era_value_name(flag, i)));
	for (i = 0; era_name(i); i++) {
		era_lookup(era_name(i), &era);
		add_string(eras, era_name(i),
			   era_value_name(flag, era.value[flag]));
	}
	json_object_object_add(object, "values", values);
	json_object_object_add(object, "eras", eras);
	return object;
}

static struct json_object *json_eras(void)
{
	struct json_object *array = json_object_new_array();
	unsigned flag;

	for (flag = 0; flag < ERA_FLAG_NR; flag++)
		json_object_array_add(array, json_flag((enum era_flag)flag));
	return array;
}

static struct json_object *json_strategies(void)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < STRATEGIES_NR; i++) {
		struct json_object *object = json_object_new_object();

		add_string(object, "name", strategies[i].name);
		add_string(object, "summary", strategies[i].summary);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_invariant(unsigned nr)
{
	const struct sim_invariant *v = sim_invariant_nth(nr);
	struct json_object *object = json_object_new_object();
	struct json_object *eras = json_object_new_object();
	char buf[SIM_TEXT_MAX];
	unsigned i;

	add_string(object, "id", v->id);
	add_string(object, "title", v->title);
	add_string(object, "tested", when_name(v->when));
	for (i = 0; era_name(i); i++)
		add_string(eras, era_name(i), standing(nr, i, buf));
	json_object_object_add(object, "eras", eras);
	return object;
}

static struct json_object *json_invariants(void)
{
	struct json_object *array = json_object_new_array();
	unsigned nr;

	for (nr = 0; sim_invariant_nth(nr); nr++)
		json_object_array_add(array, json_invariant(nr));
	return array;
}

static void print_json(int what)
{
	static struct json_object *(*const makers[])(void) = {
		[LIST_SCENARIOS] = json_scenarios,
		[LIST_ERAS] = json_eras,
		[LIST_STRATEGIES] = json_strategies,
		[LIST_INVARIANTS] = json_invariants,
		[LIST_BUGS] = sim_list_bugs_json,
	};
	struct json_object *array = makers[what]();

	puts(json_object_to_json_string_ext(
		array,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(array);
}

int sim_cmd_list(int argc, char **argv)
{
	struct list l = { .cmd = { .name = "list", .format = CMD_TEXT } };
	int status;

	if (!cmd_parse(&argp, &l.cmd, &l, argc, argv, &status))
		return status;
	if (l.cmd.format == CMD_JSON)
		print_json(l.what);
	else if (l.what == LIST_ERAS)
		print_eras();
	else if (l.what == LIST_STRATEGIES)
		print_strategies();
	else if (l.what == LIST_INVARIANTS)
		print_invariants();
	else if (l.what == LIST_BUGS)
		sim_list_bugs();
	else
		print_scenarios();
	return CMD_OK;
}
