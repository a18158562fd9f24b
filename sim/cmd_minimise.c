/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_minimise.c - vfiosim minimise: makes the run of an old schedule smaller,
 * and prints or writes the schedule of what is left.
 */
#include "cmd.h"

#include "minimise.h"
#include "progress.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

struct minimise {
	struct cmd cmd;
	const char *path, *output, *scenario_name;
	struct scenario_file *file;
	const struct sim_scenario *scenario;
	bool quiet;
	char *text;
	struct sim_schedule schedule;
};

/* -------------------------------------------------------------- arguments */

enum { KEY_SCENARIO = 0x200 };

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Where the schedule goes, whole or not at all (standard output)", 2 },
	{ "scenario", KEY_SCENARIO, "NAME|FILE.yaml", 0,
	  "Insist that it is a schedule of this scenario; needed if that is not "
	  "built in but in a file",
	  2 },
	{ "quiet", 'q', NULL, 0, "Do not say what came of it", 7 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct minimise *m = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &m->cmd;
		return 0;
	case 'o':
		m->output = arg;
		return 0;
	case KEY_SCENARIO:
		m->scenario_name = arg;
		return 0;
	case 'q':
		m->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		return cmd_set_only(&m->cmd, "file", &m->path, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &cmd_common_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	options,
	parse,
	"FILE",
	"Make the schedule in FILE smaller: fewest preemptions first, then "
	"switches, faults and tasks, with the same finding at the same site.\n"
	"\v"
	"  vfiosim minimise findings/NAME.schedule\n"
	"      the smaller schedule\n"
	"  vfiosim minimise findings/NAME.schedule --output small.schedule\n"
	"      the same, into a file\n"
	"  vfiosim minimise findings/NAME.schedule --format commit\n"
	"      its diagram instead\n"
	"\n"
	"What explore writes is minimal already, unless it ran with "
	"--no-minimise.\n"
	"\n"
	"Exit status: 0 done, 1 the schedule does not show anything, or not "
	"what it says, 2 a bad file, or one that cannot be followed, 3 "
	"interrupted.",
	children,
	NULL,
	NULL
};

/* ------------------------------------------------------------------- work */

static int load(struct minimise *m)
{
	char error[SIM_TEXT_MAX];

	if (!m->path)
		return cmd_complain(&m->cmd, "expected a schedule's file, "
					     "found nothing");
	m->text = sim_store_read(m->path, SCHEDULE_BYTES_MAX, error);
	if (!m->text ||
	    sim_schedule_parse(m->text, m->path, &m->schedule, error))
		return cmd_complain(&m->cmd, "%s", error);
	if (cmd_open_schedule(&m->cmd, m->scenario_name, &m->schedule, m->path,
			      &m->file, &m->scenario))
		return CMD_BAD;
	return cmd_apply_era(&m->cmd, &m->schedule.era) ? CMD_BAD : CMD_OK;
}

static int write_schedule(struct minimise *m, const struct sim_finding *f)
{
	char error[SIM_TEXT_MAX];

	if (!m->output) {
		fputs(f->schedule, stdout);
		return CMD_OK;
	}
	if (sim_store_file(m->output, f->schedule, strlen(f->schedule), error))
		return cmd_complain(&m->cmd, "%s", error);
	return CMD_OK;
}

/* Where no format is asked for, or besides it, the schedule is what counts. */
static int print(struct minimise *m, const struct sim_result *result)
{
	const struct sim_finding *f = &result->findings[0];

	if (m->cmd.format == CMD_SCHEDULE)
		return write_schedule(m, f);
	if (m->output && write_schedule(m, f))
		return CMD_BAD;
	if (m->cmd.format == CMD_JSON)
		return sim_report_json(stdout, result) ?
			       cmd_complain(&m->cmd, "out of memory") :
			       CMD_OK;
	cmd_print_trace(&m->cmd, f, f->trace);
	return CMD_OK;
}

/* On stderr, as the schedule may be on standard output. */
static void say(const struct minimise *m, const struct sim_minimised *small)
{
	char text[SIM_TEXT_MAX];

	if (m->quiet)
		return;
	fprintf(stderr,
		"%s; %u switch%s, %u fault%s, %u task%s; in %llu runs, "
		"%.1f ms\n",
		sim_minimised_format(small, text, sizeof(text)),
		small->switches, small->switches == 1 ? "" : "es",
		small->faults, small->faults == 1 ? "" : "s", small->tasks,
		small->tasks == 1 ? "" : "s", (unsigned long long)small->runs,
		small->seconds * 1e3);
}

static const char *why_left(const struct sim_finding *f)
{
	const char *reason = sim_minimise_refuse(f->verdict);

	if (sim_progress_interrupted())
		return "interrupted";
	return reason ? reason : "other runs have their part in it";
}

static int judge(struct minimise *m, const struct sim_result *result)
{
	const struct sim_finding *f = &result->findings[0];
	int status;

	if (!result->nr_findings) {
		if (!m->quiet)
			fprintf(stderr, "%s: the schedule does not show %s\n",
				m->path,
				m->schedule.has_verdict ? "what it says" :
							  "anything");
		return CMD_FOUND;
	}
	status = print(m, result);
	if (status)
		return status;
	if (f->minimised.done)
		say(m, &f->minimised);
	else if (!m->quiet)
		fprintf(stderr, "%s: left as it is: %s\n", m->path,
			why_left(f));
	return sim_progress_interrupted() ? CMD_UNDECIDED : CMD_OK;
}

static int minimise(struct minimise *m)
{
	struct sim_result result;
	int ret, status;

	m->cmd.options.progress = sim_progress_report;
	sim_progress_begin(m->quiet);
	ret = sim_minimise_text(m->scenario, m->text, m->path, &m->cmd.options,
				&result);
	sim_progress_end();
	status = ret ? cmd_complain(&m->cmd, "%s",
				    result.error[0] ? result.error :
						      strerror(-ret)) :
		       judge(m, &result);
	sim_result_release(&result);
	return status;
}

int sim_cmd_minimise(int argc, char **argv)
{
	struct minimise m = { .cmd = { .name = "minimise",
				       .format = CMD_SCHEDULE } };
	int status;

	if (!cmd_parse(&argp, &m.cmd, &m, argc, argv, &status))
		return status;
	status = load(&m);
	if (!status)
		status = minimise(&m);
	sim_schedule_release(&m.schedule);
	sim_scenario_file_release(m.file);
	free(m.text);
	return status;
}
