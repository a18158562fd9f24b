/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plant.c - see plant.h.
 */
#include "plant.h"

#include "invariants.h"

#include <string.h>

void free_device(void)
{
	topology_boot(1);
}

void bound_device(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
}

void used_group(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_add_kvm();
	topology_open_device(0);
}

void step(void)
{
	(void)READ_ONCE(topology->dev[0]->driver);
}

static struct sim_scenario scenario_of(const struct plant *plant)
{
	struct sim_scenario s = {
		.name = "planted",
		.setup = plant->setup,
		.tasks = { { "first", plant->tasks[0], NULL },
			   { "second", plant->tasks[1], NULL } },
	};

	return s;
}

static void explore_plant(const struct plant *plant, struct sim_result *result)
{
	struct sim_scenario s = scenario_of(plant);
	struct sim_options options = { .strategy = "dfs", .all = true };
	char error[SIM_TEXT_MAX];

	if (plant->random) {
		options.strategy = "random";
		options.budget_runs = plant->random;
	}
	if (sim_option_set(&options, "era", plant->era ? plant->era : "v3.19",
			   error) ||
	    sim_option_set(&options, "invariants",
			   plant->on ? plant->on : "all", error))
		fail_msg("%s", error);
	kit_explore(&s, &options, result);
}

static void expect_text(const struct sim_result *result, const char *text)
{
	unsigned i;

	for (i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].text, text))
			return;
	for (i = 0; i < result->nr_findings; i++)
		print_message("found: %s\n", result->findings[i].text);
	fail_msg("not found: %s", text);
}

void plant_expect(const struct plant *plant)
{
	struct sim_result result;
	char broken[SIM_TEXT_MAX];

	explore_plant(plant, &result);
	sim_invariants_format(result.broken, broken, sizeof(broken));
	if (strcmp(broken, plant->broken) != 0)
		fail_msg("broken: %s; expected: %s", broken, plant->broken);
	if (plant->text)
		expect_text(&result, plant->text);
	sim_result_release(&result);
}
