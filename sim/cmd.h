/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd.h - what the subcommands of the program vfiosim share: their entries,
 * options that several take, and how they complain.
 */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include "scenario_file.h"

#include <vfiosim/sim.h>

#include <argp.h>

/* Exit statuses. */
enum { CMD_OK, CMD_FOUND, CMD_BAD, CMD_UNDECIDED };

struct sim_schedule;

/* One per subcommand; argv[0] is its name.  Return an exit status. */
int sim_cmd_list(int argc, char **argv);
int sim_cmd_explore(int argc, char **argv);
int sim_cmd_replay(int argc, char **argv);
int sim_cmd_show(int argc, char **argv);
int sim_cmd_conform(int argc, char **argv);
int sim_cmd_eras(int argc, char **argv);
int sim_cmd_bench(int argc, char **argv);
int sim_cmd_minimise(int argc, char **argv);
int sim_cmd_verify(int argc, char **argv);

/* The last one is no word: what minimise does when none is given. */
enum cmd_format { CMD_TEXT, CMD_COMMIT, CMD_JSON, CMD_SCHEDULE };

#define CMD_SETS_MAX 64

/* What cmd_common_argp fills in; all zero but @name and @format at first. */
struct cmd {
	const char *name; /* of the subcommand */
	enum cmd_format format;
	struct sim_options options;
	const char *era; /* as given; NULL: not */
	const char *sets[CMD_SETS_MAX];
	unsigned nr_sets;
	bool helped; /* --help was printed: nothing else to do */
	bool complained;
	int stopped_at; /* where argp gave up */
};

/* Options that several subcommands take, as an argp child: its input is the
 * struct cmd. */
extern const struct argp cmd_common_argp; /* all of them */
extern const struct argp cmd_basic_argp; /* --format and --help alone */

/*
 * Parse with @argp, whose input is @input; @cmd is that of its child.
 * Returns true: go on; false: end with *ret_status.
 */
bool cmd_parse(const struct argp *argp, struct cmd *cmd, void *input, int argc,
	       char **argv, int *ret_status);

/* The era that --era and --set ask for, on top of @base (NULL: the default
 * one).  Sets cmd->options.era.  Returns 0 or -EINVAL, having complained. */
int cmd_apply_era(struct cmd *cmd, const struct kernel_era *base);

/* One line on stderr, "vfiosim NAME: ...".  Returns CMD_BAD; inside a parser
 * return EINVAL afterwards. */
int cmd_complain(struct cmd *cmd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For parsers of arguments: set an option of cmd->options by its name, or *path
 * to the only one of @what there may be.  Return 0, or EINVAL, having
 * complained. */
int cmd_set_option(struct cmd *cmd, const char *name, const char *value);
int cmd_set_only(struct cmd *cmd, const char *what, const char **path,
		 const char *word);

/* cmd_scenario.c.  The scenario of that name, or in that file, which ends with
 * sim_scenario_file_release(); NULL: it is in none.  Returns CMD_OK or CMD_BAD,
 * having complained. */
int cmd_open_scenario(struct cmd *cmd, const char *word,
		      struct scenario_file **ret_file,
		      const struct sim_scenario **ret_scenario);

/* The same for the schedule in @path, of which @word (NULL: nothing) is said
 * to be the scenario. */
int cmd_open_schedule(struct cmd *cmd, const char *word,
		      const struct sim_schedule *schedule, const char *path,
		      struct scenario_file **ret_file,
		      const struct sim_scenario **ret_scenario);

/* Is there such a folder to write to?  Returns CMD_OK, or CMD_BAD, having
 * complained. */
int cmd_check_folder(struct cmd *cmd, const char *folder);

/* The trace of a finding (or of a run: @finding may be NULL) in text formats. */
void cmd_print_trace(const struct cmd *cmd, const struct sim_finding *finding,
		     const struct sim_trace *trace);

/* How this program was called; for replay commands. */
extern const char *cmd_program;

#endif
