/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_show.c - vfiosim show: says in words what a schedule is about, and draws
 * what happens in it.
 */
#include "cmd.h"

#include "schedule.h"

#include "store.h"

#include <stdlib.h>
#include <string.h>

struct show {
	struct cmd cmd;
	const char *path, *scenario_name;
	struct scenario_file *file;
};

enum { KEY_SCENARIO = 0x200 };

static const struct argp_option options[] = {
	{ "scenario", KEY_SCENARIO, "NAME|FILE.yaml", 0,
	  "The scenario, if it is not built in but in a file", 2 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct show *s = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &s->cmd;
		return 0;
	case KEY_SCENARIO:
		s->scenario_name = arg;
		return 0;
	case ARGP_KEY_ARG:
		return cmd_set_only(&s->cmd, "file", &s->path, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &cmd_basic_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	options,
	parse,
	"FILE",
	"Say what the schedule in FILE is about.\n"
	"\v"
	"  vfiosim show findings/NAME.schedule\n"
	"      scenario, era, finding, and the diagram\n"
	"  vfiosim show findings/NAME.schedule --format text\n"
	"      every step instead\n"
	"  vfiosim show findings/NAME.schedule --scenario my-race.yaml\n"
	"      one that came from a scenario file\n"
	"\n"
	"Exit status: 0, or 2 for a bad file.",
	children,
	NULL,
	NULL
};

static unsigned count_lines(const struct sim_schedule *s, bool choices)
{
	unsigned i, nr = 0;

	for (i = 0; i < s->nr_lines; i++)
		nr += (s->lines[i].type == SIM_LINE_CHOICE) == choices;
	return nr;
}

static void print_header(const struct sim_schedule *s,
			 const struct sim_scenario *scenario)
{
	char era[SIM_TEXT_MAX * 4];
	unsigned choices = count_lines(s, true), runs = count_lines(s, false);

	sim_era_format(&s->era, era, sizeof(era));
	printf("scenario  %s: %s\nera       %s\n", scenario->name,
	       scenario->summary, era);
	if (s->found[0])
		printf("found     %s\n", s->found);
	printf("schedule  %u switch%s, %u choice%s of outcome\n\n",
	       runs ? runs - 1 : 0, runs == 2 ? "" : "es", choices,
	       choices == 1 ? "" : "s");
}

static int print(struct show *s, const struct sim_schedule *schedule,
		 const struct sim_result *result)
{
	if (s->cmd.format == CMD_JSON) {
		if (sim_report_json(stdout, result))
			return cmd_complain(&s->cmd, "out of memory");
		return CMD_OK;
	}
	print_header(schedule, result->scenario);
	cmd_print_trace(&s->cmd,
			result->nr_findings ? &result->findings[0] : NULL,
			sim_result_trace(result));
	return CMD_OK;
}

static int show_schedule(struct show *s, const char *text,
			 const struct sim_schedule *schedule)
{
	const struct sim_scenario *scenario;
	struct sim_result result;
	int status = cmd_open_schedule(&s->cmd, s->scenario_name, schedule,
				       s->path, &s->file, &scenario);

	if (status)
		return status;
	status = sim_replay_text(scenario, text, s->path, &s->cmd.options,
				 &result);
	if (status)
		status = cmd_complain(&s->cmd, "%s",
				      result.error[0] ? result.error :
							strerror(-status));
	else
		status = print(s, schedule, &result);
	sim_result_release(&result);
	return status;
}

static int show_text(struct show *s, const char *text)
{
	struct sim_schedule schedule;
	char error[SIM_TEXT_MAX];
	int status;

	if (sim_schedule_parse(text, s->path, &schedule, error))
		return cmd_complain(&s->cmd, "%s", error);
	status = show_schedule(s, text, &schedule);
	sim_scenario_file_release(s->file);
	sim_schedule_release(&schedule);
	return status;
}

int sim_cmd_show(int argc, char **argv)
{
	struct show s = { .cmd = { .name = "show", .format = CMD_COMMIT } };
	char error[SIM_TEXT_MAX];
	char *text;
	int status;

	if (!cmd_parse(&argp, &s.cmd, &s, argc, argv, &status))
		return status;
	if (!s.path)
		return cmd_complain(&s.cmd, "expected a schedule's file, found "
					    "nothing");
	text = sim_store_read(s.path, SCHEDULE_BYTES_MAX, error);
	if (!text)
		return cmd_complain(&s.cmd, "%s", error);
	status = show_text(&s, text);
	free(text);
	return status;
}
