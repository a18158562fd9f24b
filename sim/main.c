/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the program vfiosim: finds the subcommand, and makes sure that what
 * was printed has arrived.
 */
#include "cmd.h"
#include "options.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", "", "scenarios, eras and strategies", sim_cmd_list },
	{ "explore", "SCENARIO", "look for races", sim_cmd_explore },
	{ "replay", "FILE", "run a schedule again", sim_cmd_replay },
	{ "minimise", "FILE", "make a schedule smaller", sim_cmd_minimise },
	{ "show", "FILE", "say what a schedule does", sim_cmd_show },
	{ "eras", "[SCENARIO...]", "what each shows in each era",
	  sim_cmd_eras },
	{ "verify", "FILE", "check a certificate of exhaustion",
	  sim_cmd_verify },
	{ "conform", "FILE...", "compare with recorded behaviour",
	  sim_cmd_conform },
	{ "bench", "[NAME...]", "measure, beside what it is compared with",
	  sim_cmd_bench },
};

#define COMMANDS_NR (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	size_t i;

	puts("VFIO in userspace, with every interleaving under control.\n"
	     "\n"
	     "  vfiosim list                            what there is to explore\n"
	     "  vfiosim explore viability-window        find a race\n"
	     "  vfiosim replay findings/NAME.schedule   run it again\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < COMMANDS_NR; i++)
		printf("  %-9s%-15s%s\n", commands[i].name,
		       commands[i].arguments, commands[i].summary);
	puts("\n"
	     "All options stand on the command line: variables like "
	     "VFIOSIM_SEED are for\n"
	     "test programs, and an error here.\n"
	     "\n"
	     "Each takes --help.  Exit status: 0 nothing was found, or all is "
	     "as expected;\n"
	     "1 something was found; 2 bad usage or input; 3 the budget ended "
	     "undecided.");
	return CMD_OK;
}

static int print_version(void)
{
	puts("vfiosim " VFIOSIM_VERSION);
	return CMD_OK;
}

static int complain(const char *word)
{
	const char *names[COMMANDS_NR + 1];
	char error[SIM_TEXT_MAX];
	size_t i;

	for (i = 0; i < COMMANDS_NR; i++)
		names[i] = commands[i].name;
	names[i] = NULL;
	sim_words_complain(error, "a command", word, names);
	fprintf(stderr, "vfiosim: %s\n", error);
	return CMD_BAD;
}

/* Two runs of one line must print the same, whatever shell they run in. */
static bool environment_steers(void)
{
	char error[SIM_TEXT_MAX];

	if (!sim_options_refuse_env(error))
		return false;
	fprintf(stderr, "vfiosim: %s\n", error);
	return true;
}

static int run(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return complain("");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return print_version();
	if (environment_steers())
		return CMD_BAD;
	for (i = 0; i < COMMANDS_NR; i++)
		if (!strcmp(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	return complain(argv[1]);
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 0)
		cmd_program = argv[0];
	status = run(argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr,
		"vfiosim: standard output: expected room to write: "
		"%s\n",
		strerror(errno));
	return CMD_BAD;
}
