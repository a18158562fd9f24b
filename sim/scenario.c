/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario.c - the table of scenarios, and what tasks may say from inside one.
 */
#include "scenario.h"

#include "engine.h"
#include "schedule.h"

#include <stdarg.h>
#include <string.h>

#define REGISTERED_MAX 64

static const struct sim_scenario *const builtin[] = {
#define SCENARIO(name) &name,
	SIM_SCENARIOS(SCENARIO)
#undef SCENARIO
};

static const struct sim_scenario *const textbook[] = {
#define SCENARIO(name) &name,
	SIM_TEXTBOOK(SCENARIO)
#undef SCENARIO
};

static const struct sim_scenario *registered[REGISTERED_MAX];
static unsigned nr_registered;

#define BUILTIN_NR ((unsigned)(sizeof(builtin) / sizeof(builtin[0])))

const struct sim_scenario *sim_scenario_nth(unsigned nth)
{
	return nth < BUILTIN_NR ? builtin[nth] : NULL;
}

bool sim_scenario_is_textbook(const struct sim_scenario *scenario)
{
	size_t i;

	for (i = 0; i < sizeof(textbook) / sizeof(textbook[0]); i++)
		if (textbook[i] == scenario)
			return true;
	return false;
}

const struct sim_scenario *sim_scenario_find(const char *name)
{
	unsigned i;

	for (i = 0; i < BUILTIN_NR; i++)
		if (!strcmp(builtin[i]->name, name))
			return builtin[i];
	for (i = 0; i < nr_registered; i++)
		if (!strcmp(registered[i]->name, name))
			return registered[i];
	return NULL;
}

int sim_scenario_register(const struct sim_scenario *scenario)
{
	const struct sim_scenario *known = sim_scenario_find(scenario->name);

	if (known)
		return known == scenario ? 0 : -EEXIST;
	if (nr_registered == REGISTERED_MAX)
		return -ENOSPC;
	registered[nr_registered++] = scenario;
	return 0;
}

int sim_schedule_scenario(const struct sim_schedule *schedule, const char *name,
			  const struct sim_scenario **scenario, char *error)
{
	if (*scenario && strcmp((*scenario)->name, schedule->scenario)) {
		snprintf(error, SIM_TEXT_MAX,
			 "%.100s:2: expected scenario %.60s, found %.60s", name,
			 (*scenario)->name, schedule->scenario);
		return -EINVAL;
	}
	if (!*scenario)
		*scenario = sim_scenario_find(schedule->scenario);
	if (*scenario)
		return 0;
	snprintf(error, SIM_TEXT_MAX,
		 "%.100s:2: expected a known scenario, "
		 "found %.100s",
		 name, schedule->scenario);
	return -ENOENT;
}

bool sim_expected(const struct sim_scenario *scenario,
		  const struct kernel_era *era, unsigned *ret_set)
{
	const struct sim_expect *e;
	char text[SIM_TEXT_MAX * 4];

	sim_era_format(era, text, sizeof(text));
	for (e = scenario->expect; e && e->era; e++)
		if (!strcmp(e->era, text)) {
			*ret_set = e->set;
			return true;
		}
	return false;
}

void sim_check_failed(const char *text, const struct sched_site *site)
{
	sim_engine_record(SIM_CHECK_FAILED, site, "%s", text);
}

void sim_refused(const char *call, long error, const struct sched_site *site)
{
	sim_engine_record(SIM_REFUSED, site, error ? "%s: %s" : "%s%s", call,
			  error ? sim_errno_name(error) : "");
}

void sim_note(const char *format, ...)
{
	char text[SIM_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	sched_note(NULL, text);
}
