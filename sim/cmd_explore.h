/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_explore.h - one call of vfiosim explore, shared by cmd_explore.c, which
 * reads what was asked for, and cmd_explore_print.c, which says what came of it.
 */
#ifndef SIM_CMD_EXPLORE_H
#define SIM_CMD_EXPLORE_H

#include "cmd.h"

struct scenario_file;

struct explore {
	struct cmd cmd;
	const char *name;
	struct scenario_file *file; /* that it stands in; NULL: built in */
	const struct sim_scenario *scenario;
	bool expect, quiet, seeded;
	unsigned expected; /* set of verdicts */
	int argc; /* as it was called, for the command that goes on */
	char **argv;
};

/* Print findings and summary; returns the exit status. */
int sim_cmd_explore_result(struct explore *x, const struct sim_result *result,
			   double seconds);

/* How to go on where it ended early. */
void sim_cmd_explore_resume(const struct explore *x,
			    const struct sim_result *result);

#endif
