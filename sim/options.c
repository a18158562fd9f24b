/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - options by name, for command lines and the environment: the one
 * place that says what their values may be.
 */
#include "faults.h"
#include "invariants.h"
#include "options.h"
#include "report.h"
#include "words.h"

#include <vfiosim/sim.h>

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 64
#define JOBS_MAX 64

static const char *const strategies[] = { "auto",  "dpor",  "dfs",
					  "bound", "graph", "random",
					  "pct",   "pos",   NULL };
static const char *const state_kinds[] = { [SIM_STATES_DEFAULT] = "default",
					   [SIM_STATES_RAW] = "raw",
					   [SIM_STATES_DECLARED] = "declared",
					   [SIM_STATES_BOTH] = "both",
					   NULL };
static const char *const carriers[] = { "fiber", "thread", NULL };

static int set_number(const char *name, const char *value, uint64_t max,
		      uint64_t *ret_number, char *error)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end || errno ||
	    number > max) {
		snprintf(error, SIM_TEXT_MAX,
			 "%s: expected a number up to %llu, found '%.40s'",
			 name, (unsigned long long)max, value);
		return -EINVAL;
	}
	*ret_number = number;
	return 0;
}

static int set_word(const char *what, const char *value,
		    const char *const *words, unsigned *ret_index, char *error)
{
	int i = sim_words_find(value, words);

	if (i < 0)
		return sim_words_complain(error, what, value, words);
	*ret_index = (unsigned)i;
	return 0;
}

/* -------------------------------------------------------------------- era */

static void flag_values(unsigned flag, const char **ret_names)
{
	unsigned value, nr = 0;
	const char *name;

	for (value = 0; (name = era_value_name((enum era_flag)flag, value));
	     value++)
		ret_names[nr++] = name;
	ret_names[nr] = NULL;
}

static int complain_value(unsigned flag, const char *value, char *error)
{
	const char *names[NAMES_MAX];
	char what[64];

	flag_values(flag, names);
	snprintf(what, sizeof(what), "a value of %s",
		 era_flag_name((enum era_flag)flag));
	return sim_words_complain(error, what, value, names);
}

static int set_flag(struct kernel_era *era, const char *text, char *error)
{
	const char *names[NAMES_MAX + 1], *equals = strchr(text, '=');
	char flag[ERA_NAME_MAX];
	unsigned f;
	int ret;

	if (!equals || (size_t)(equals - text) >= sizeof(flag)) {
		snprintf(error, SIM_TEXT_MAX,
			 "set: expected FLAG=VALUE, like "
			 "track_unbound=on, found '%.60s'",
			 text);
		return -EINVAL;
	}
	snprintf(flag, sizeof(flag), "%.*s", (int)(equals - text), text);
	for (f = 0; f < ERA_FLAG_NR && f < NAMES_MAX; f++)
		names[f] = era_flag_name((enum era_flag)f);
	names[f] = NULL;
	ret = set_word("an era flag", flag, names, &f, error);
	if (ret)
		return ret;
	ret = era_set(era, flag, equals + 1);
	return ret ? complain_value(f, equals + 1, error) : 0;
}

static int set_era(struct kernel_era *ret_era, const char *text, char *error)
{
	const char *names[NAMES_MAX + 1];
	char copy[SIM_TEXT_MAX * 4], *word, *save;
	struct kernel_era era;
	unsigned nth;

	for (nth = 0; nth < NAMES_MAX && era_name(nth); nth++)
		names[nth] = era_name(nth);
	names[nth] = NULL;
	snprintf(copy, sizeof(copy), "%s", text);
	word = strtok_r(copy, " \t", &save);
	if (!word || era_lookup(word, &era))
		return sim_words_complain(error, "an era", word ? word : "",
					  names);
	while ((word = strtok_r(NULL, " \t", &save)))
		if (set_flag(&era, word, error))
			return -EINVAL;
	*ret_era = era;
	return 0;
}

static int option_era(struct sim_options *o, const char *value, char *error)
{
	return set_era(&o->era, value, error);
}

static int option_set(struct sim_options *o, const char *value, char *error)
{
	if (!o->era.name[0])
		era_lookup("v3.19", &o->era);
	return set_flag(&o->era, value, error);
}

/* ------------------------------------------------------------- all others */

static int option_strategy(struct sim_options *o, const char *value,
			   char *error)
{
	unsigned i = 0;
	int ret = set_word("a strategy", value, strategies, &i, error);

	if (!ret)
		o->strategy = strategies[i];
	return ret;
}

static int option_states(struct sim_options *o, const char *value, char *error)
{
	unsigned i = 0;
	int ret = set_word("how to tell states apart", value, state_kinds, &i,
			   error);

	if (!ret)
		o->states = (enum sim_states_by)i;
	return ret;
}

static int option_carrier(struct sim_options *o, const char *value, char *error)
{
	unsigned i = 0;
	int ret = set_word("a carrier", value, carriers, &i, error);

	if (!ret)
		o->carrier = i ? SIM_THREAD : SIM_FIBER;
	return ret;
}

static int option_bound(struct sim_options *o, const char *value, char *error)
{
	uint64_t number;
	int ret = set_number("bound", value, 1000, &number, error);

	if (ret)
		return ret;
	o->bound = (unsigned)number;
	o->bound_set = true;
	return 0;
}

static int option_seed(struct sim_options *o, const char *value, char *error)
{
	return set_number("seed", value, UINT64_MAX, &o->seed, error);
}

static int option_depth(struct sim_options *o, const char *value, char *error)
{
	uint64_t number;
	int ret = set_number("depth", value, SIM_DEPTH_MAX, &number, error);

	if (!ret && !number) {
		snprintf(error, SIM_TEXT_MAX,
			 "depth: expected at least 1, found '0'");
		return -EINVAL;
	}
	if (!ret)
		o->depth = (unsigned)number;
	return ret;
}

/* "30s": so many of what is called so, each so much. */
static const struct {
	const char *unit;
	enum sim_budget what;
	uint64_t each;
} budgets[] = {
	{ "", SIM_BUDGET_RUNS, 1 },
	{ "runs", SIM_BUDGET_RUNS, 1 },
	{ "states", SIM_BUDGET_STATES, 1 },
	{ "s", SIM_BUDGET_SECONDS, 1 },
	{ "min", SIM_BUDGET_SECONDS, 60 },
	{ "h", SIM_BUDGET_SECONDS, 3600 },
	{ "K", SIM_BUDGET_BYTES, 1ull << 10 },
	{ "M", SIM_BUDGET_BYTES, 1ull << 20 },
	{ "G", SIM_BUDGET_BYTES, 1ull << 30 },
};

static int complain_budget(const char *word, char *error)
{
	snprintf(error, SIM_TEXT_MAX,
		 "budget: expected runs, or a number followed by s, min, h, K, "
		 "M, G or states, found '%.40s'",
		 word);
	return -EINVAL;
}

static int set_budget(struct sim_options *o, enum sim_budget what,
		      uint64_t number)
{
	if (what == SIM_BUDGET_SECONDS && number > UINT_MAX)
		return -ERANGE;
	if (what == SIM_BUDGET_RUNS)
		o->budget_runs = number;
	else if (what == SIM_BUDGET_STATES)
		o->budget_states = number;
	else if (what == SIM_BUDGET_SECONDS)
		o->budget_seconds = (unsigned)number;
	else
		o->budget_bytes = number;
	return 0;
}

static int set_one_budget(struct sim_options *o, const char *word, char *error)
{
	unsigned long long number;
	uint64_t product;
	char *unit;
	size_t i;

	errno = 0;
	number = strtoull(word, &unit, 10);
	if (!isdigit((unsigned char)*word) || errno)
		return complain_budget(word, error);
	for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++)
		if (!strcmp(unit, budgets[i].unit))
			break;
	if (i == sizeof(budgets) / sizeof(budgets[0]) ||
	    __builtin_mul_overflow(number, budgets[i].each, &product) ||
	    (number && set_budget(o, budgets[i].what, product)))
		return complain_budget(word, error);
	if (number)
		return 0;
	snprintf(error, SIM_TEXT_MAX,
		 "budget: expected at least 1%s%s, found '%.40s'",
		 *unit ? "" : " run", unit, word);
	return -EINVAL;
}

static int option_budget(struct sim_options *o, const char *value, char *error)
{
	char copy[SIM_TEXT_MAX], *word, *save;

	snprintf(copy, sizeof(copy), "%s", value);
	word = strtok_r(copy, ",", &save);
	if (!word)
		return complain_budget(value, error);
	for (; word; word = strtok_r(NULL, ",", &save))
		if (set_one_budget(o, word, error))
			return -EINVAL;
	return 0;
}

static int option_jobs(struct sim_options *o, const char *value, char *error)
{
	uint64_t number = 0;

	if (set_number("jobs", value, JOBS_MAX, &number, error))
		return -EINVAL;
	if (!number) {
		snprintf(error, SIM_TEXT_MAX,
			 "jobs: expected at least 1 process, found '0'");
		return -EINVAL;
	}
	o->jobs = (unsigned)number;
	return 0;
}

static int option_steps(struct sim_options *o, const char *value, char *error)
{
	uint64_t number;
	int ret = set_number("steps", value, SIM_STEPS_MAX, &number, error);

	if (!ret && !number) {
		snprintf(error, SIM_TEXT_MAX,
			 "steps: expected at least 1 step, found '0'");
		return -EINVAL;
	}
	if (!ret)
		o->steps_max = (unsigned)number;
	return ret;
}

/* "use after free" may be written with hyphens: no quotes in shells then. */
static void unhyphenate(char *word, const char *const *verdicts)
{
	char *c;

	if (sim_words_find(word, verdicts) >= 0)
		return;
	for (c = word; *c; c++)
		if (*c == '-')
			*c = ' ';
	/* The only one that has a hyphen of its own. */
	if (!strcmp(word, "lost wake up"))
		word[strlen("lost wake")] = '-';
}

static int option_find(struct sim_options *o, const char *value, char *error)
{
	const char *verdicts[SIM_VERDICT_NR + 1];
	char copy[SIM_TEXT_MAX * 2], *word, *save;
	unsigned v, set = 0;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		verdicts[v] = sim_verdict_name((enum sim_verdict)v);
	verdicts[v] = NULL;
	snprintf(copy, sizeof(copy), "%s", value);
	for (word = strtok_r(copy, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		unhyphenate(word, verdicts);
		if (set_word("a verdict", word, verdicts, &v, error))
			return -EINVAL;
		set |= SIM_SET(v);
	}
	if (!set)
		return sim_words_complain(error, "a verdict", "", verdicts);
	o->find |= set;
	return 0;
}

static int option_invariants(struct sim_options *o, const char *value,
			     char *error)
{
	return sim_invariants_parse(value, &o->invariants, error);
}

static int option_faults(struct sim_options *o, const char *value, char *error)
{
	return sim_faults_parse(value, &o->faults, error);
}

static int option_output(struct sim_options *o, const char *value, char *error)
{
	(void)error;
	o->output = value;
	return 0;
}

static const struct {
	const char *name, *env;
	int (*set)(struct sim_options *options, const char *value, char *error);
} table[] = {
	{ "era", "VFIOSIM_ERA", option_era },
	{ "set", NULL, option_set },
	{ "strategy", "VFIOSIM_STRATEGY", option_strategy },
	{ "bound", "VFIOSIM_BOUND", option_bound },
	{ "seed", "VFIOSIM_SEED", option_seed },
	{ "depth", "VFIOSIM_DEPTH", option_depth },
	{ "states", "VFIOSIM_STATES", option_states },
	{ "budget", "VFIOSIM_BUDGET", option_budget },
	{ "jobs", "VFIOSIM_JOBS", option_jobs },
	{ "steps", "VFIOSIM_STEPS", option_steps },
	{ "find", "VFIOSIM_FIND", option_find },
	{ "carrier", "VFIOSIM_CARRIER", option_carrier },
	{ "faults", "VFIOSIM_FAULTS", option_faults },
	{ "invariants", "VFIOSIM_INVARIANTS", option_invariants },
	{ "output", "VFIOSIM_OUTPUT", option_output },
};

#define TABLE_NR (sizeof(table) / sizeof(table[0]))

int sim_option_set(struct sim_options *options, const char *name,
		   const char *value, char *error)
{
	const char *names[TABLE_NR + 1];
	size_t i;

	for (i = 0; i < TABLE_NR; i++) {
		if (!strcmp(table[i].name, name))
			return table[i].set(options, value, error);
		names[i] = table[i].name;
	}
	names[i] = NULL;
	return sim_words_complain(error, "an option", name, names);
}

/* ------------------------------------------------------------- environment */

#define PREFIX "VFIOSIM_"

/* Variables besides those of the table: the schedule to replay, and what is no
 * option but limits any process to some carriers. */
static const char *const replay_variable = "VFIOSIM_REPLAY";
static const char *const free_variables[] = { "VFIOSIM_CARRIERS",
					      /* Where CMake finds a package. */
					      "VFIOSIM_ROOT", NULL };
/* Seeds and amounts of the project's own tests. */
static const char free_prefix[] = "VFIOSIM_TEST_";

/* The next entry from *@nth on that begins like ours, its name alone in @name;
 * false: there is none. */
static bool next_variable(size_t *nth, char name[SIM_TEXT_MAX])
{
	for (; environ && environ[*nth]; ++*nth) {
		const char *entry = environ[*nth];

		if (strncmp(entry, PREFIX, strlen(PREFIX)) ||
		    !strncmp(entry, free_prefix, strlen(free_prefix)))
			continue;
		snprintf(name, SIM_TEXT_MAX, "%.*s", (int)strcspn(entry, "="),
			 entry);
		++*nth;
		return true;
	}
	return false;
}

static const char *option_of(const char *variable)
{
	size_t i;

	for (i = 0; i < TABLE_NR; i++)
		if (table[i].env && !strcmp(table[i].env, variable))
			return table[i].name;
	return NULL;
}

/* Compared without what all of them begin with, or all would be near. */
static int complain_variable(const char *variable, char *error)
{
	const char *names[TABLE_NR + 2], *nearest;
	size_t i, nr = 0;

	for (i = 0; i < TABLE_NR; i++)
		if (table[i].env)
			names[nr++] = table[i].env + strlen(PREFIX);
	names[nr++] = replay_variable + strlen(PREFIX);
	names[nr] = NULL;
	nearest = sim_words_nearest(variable + strlen(PREFIX), names);
	snprintf(error, SIM_TEXT_MAX,
		 "expected a variable that is read, found '%.60s'%s%s",
		 variable, nearest ? ", nearest is " PREFIX : "",
		 nearest ? nearest : "");
	return -EINVAL;
}

static bool is_known(const char *variable)
{
	return option_of(variable) || !strcmp(variable, replay_variable) ||
	       sim_words_find(variable, free_variables) >= 0;
}

int sim_options_refuse_env(char *error)
{
	char name[SIM_TEXT_MAX];
	size_t nth = 0;

	while (next_variable(&nth, name)) {
		if (sim_words_find(name, free_variables) >= 0)
			continue;
		if (!is_known(name))
			return complain_variable(name, error);
		snprintf(
			error, SIM_TEXT_MAX,
			"expected %s%s, found %.60s, which test programs alone "
			"read",
			option_of(name) ? "--" : "vfiosim replay FILE",
			option_of(name) ? option_of(name) : "", name);
		return -EINVAL;
	}
	return 0;
}

int sim_options_from_env(struct sim_options *options, char *error)
{
	char name[SIM_TEXT_MAX], why[SIM_TEXT_MAX];
	size_t i, nth = 0;

	while (next_variable(&nth, name))
		if (!is_known(name))
			return complain_variable(name, error);
	for (i = 0; i < TABLE_NR; i++) {
		const char *value = table[i].env ? getenv(table[i].env) : NULL;

		if (!value || !table[i].set(options, value, why))
			continue;
		snprintf(error, SIM_TEXT_MAX, "%s: %.220s", table[i].env, why);
		return -EINVAL;
	}
	return 0;
}

bool sim_option_no_color(void)
{
	const char *value = getenv("NO_COLOR");

	return value && *value;
}
