/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_scenario.c - the scenario that a command is about: one that is built in,
 * or one in a file.
 */
#include "cmd.h"

#include "schedule.h"
#include "words.h"

#include <errno.h>

#define SCENARIOS_MAX 256

static int open_file(struct cmd *cmd, const char *path,
		     struct scenario_file **ret_file,
		     const struct sim_scenario **ret_scenario)
{
	char error[SCENARIO_FILE_ERROR_MAX];

	if (sim_scenario_file_load(path, ret_file, error))
		return cmd_complain(cmd, "%s", error);
	*ret_scenario = sim_scenario_file_scenario(*ret_file);
	return CMD_OK;
}

int cmd_open_scenario(struct cmd *cmd, const char *word,
		      struct scenario_file **ret_file,
		      const struct sim_scenario **ret_scenario)
{
	const char *names[SCENARIOS_MAX];
	char error[SIM_TEXT_MAX];
	unsigned i;

	*ret_file = NULL;
	if (sim_scenario_file_is(word))
		return open_file(cmd, word, ret_file, ret_scenario);
	*ret_scenario = sim_scenario_find(word);
	if (*ret_scenario)
		return CMD_OK;
	for (i = 0; i + 1 < SCENARIOS_MAX && sim_scenario_nth(i); i++)
		names[i] = sim_scenario_nth(i)->name;
	names[i] = NULL;
	sim_words_complain(error, "a scenario", word, names);
	return cmd_complain(cmd, "%s; vfiosim list names all", error);
}

int cmd_open_schedule(struct cmd *cmd, const char *word,
		      const struct sim_schedule *schedule, const char *path,
		      struct scenario_file **ret_file,
		      const struct sim_scenario **ret_scenario)
{
	char error[SIM_TEXT_MAX];
	int ret;

	*ret_file = NULL;
	*ret_scenario = NULL;
	if (word && cmd_open_scenario(cmd, word, ret_file, ret_scenario))
		return CMD_BAD;
	ret = sim_schedule_scenario(schedule, path, ret_scenario, error);
	if (ret == -ENOENT)
		return cmd_complain(cmd,
				    "%s; if it is in a file, say "
				    "--scenario FILE.yaml",
				    error);
	if (ret)
		return cmd_complain(cmd, "%s", error);
	if (*ret_file)
		sim_scenario_file_options(*ret_file, &cmd->options);
	return CMD_OK;
}
