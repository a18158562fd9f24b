/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_replay.c - vfiosim replay: runs a schedule again, once or a thousand
 * times, and says what came of it.
 */
#include "cmd.h"

#include "schedule.h"
#include "store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TIMES_MAX 1000000000ul

struct replay {
	struct cmd cmd;
	const char *path, *scenario_name;
	struct scenario_file *file;
	const struct sim_scenario *scenario;
	unsigned long times;
	bool hash, quiet;
	char *text;
	struct sim_schedule schedule;
};

/* -------------------------------------------------------------- arguments */

enum { KEY_SCENARIO = 0x200, KEY_HASH };

static const struct argp_option options[] = {
	{ "times", 'n', "N", 0,
	  "Run N times and insist on one and the same trace", 2 },
	{ "hash", KEY_HASH, NULL, 0, "Print the hash of the trace, no more",
	  2 },
	{ "scenario", KEY_SCENARIO, "NAME|FILE.yaml", 0,
	  "Insist that it is a schedule of this scenario; needed if that is not "
	  "built in but in a file",
	  2 },
	{ "quiet", 'q', NULL, 0, "Print what was found, not the trace", 7 },
	{ 0 },
};

static error_t set_times(struct replay *r, const char *word)
{
	char *end;
	unsigned long times = strtoul(word, &end, 10);

	if (!isdigit((unsigned char)*word) || *end || !times ||
	    times > TIMES_MAX) {
		cmd_complain(&r->cmd,
			     "times: expected a number from 1 to %lu, "
			     "found '%s'",
			     TIMES_MAX, word);
		return EINVAL;
	}
	r->times = times;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay *r = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->cmd;
		return 0;
	case 'n':
		return set_times(r, arg);
	case KEY_HASH:
		r->hash = true;
		return 0;
	case KEY_SCENARIO:
		r->scenario_name = arg;
		return 0;
	case 'q':
		r->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		return cmd_set_only(&r->cmd, "file", &r->path, arg);
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
	"Run the schedule in FILE, which vfiosim explore wrote or you did.\n"
	"\v"
	"  vfiosim replay findings/NAME.schedule\n"
	"      every step, and what was found\n"
	"  vfiosim replay findings/NAME.schedule --format commit\n"
	"      the same as a diagram\n"
	"  vfiosim replay findings/NAME.schedule --era v3.19-patched\n"
	"      the same order of events in another kernel\n"
	"  vfiosim replay findings/NAME.schedule --times 1000 --hash\n"
	"      one hash, if all runs are the same\n"
	"  vfiosim replay findings/NAME.schedule --scenario my-race.yaml\n"
	"      one that came from a scenario file\n"
	"\n"
	"Exit status: 0 nothing found, 1 found, 3 nothing found although the "
	"file says so of its own era, 2 a bad file, or one that "
	"cannot be followed.",
	children,
	NULL,
	NULL
};

/* ------------------------------------------------------------------- runs */

static int load(struct replay *r)
{
	char error[SIM_TEXT_MAX];

	if (!r->path)
		return cmd_complain(&r->cmd, "expected a schedule's file, "
					     "found nothing");
	r->text = sim_store_read(r->path, SCHEDULE_BYTES_MAX, error);
	if (!r->text ||
	    sim_schedule_parse(r->text, r->path, &r->schedule, error))
		return cmd_complain(&r->cmd, "%s", error);
	if (cmd_open_schedule(&r->cmd, r->scenario_name, &r->schedule, r->path,
			      &r->file, &r->scenario))
		return CMD_BAD;
	if (cmd_apply_era(&r->cmd, &r->schedule.era))
		return CMD_BAD;
	return CMD_OK;
}

static int run_once(struct replay *r, struct sim_result *result)
{
	int ret = sim_replay_text(r->scenario, r->text, r->path,
				  &r->cmd.options, result);

	if (!ret)
		return CMD_OK;
	cmd_complain(&r->cmd, "%s",
		     result->error[0] ? result->error : strerror(-ret));
	sim_result_release(result);
	return CMD_BAD;
}

/* All further runs; true: each gave the trace of the first. */
static bool repeat(struct replay *r, uint64_t hash)
{
	unsigned long i;

	for (i = 2; i <= r->times; i++) {
		struct sim_result result;
		uint64_t other;

		if (run_once(r, &result))
			return false;
		other = sim_trace_hash(sim_result_trace(&result));
		sim_result_release(&result);
		if (other == hash)
			continue;
		cmd_complain(&r->cmd,
			     "%s: expected trace %016llx in run %lu, "
			     "found %016llx",
			     r->path, (unsigned long long)hash, i,
			     (unsigned long long)other);
		return false;
	}
	return true;
}

/* --------------------------------------------------------------- printing */

static void print_era(const struct replay *r, FILE *out)
{
	char era[SIM_TEXT_MAX * 4], own[SIM_TEXT_MAX * 4];

	sim_era_format(&r->cmd.options.era, era, sizeof(era));
	sim_era_format(&r->schedule.era, own, sizeof(own));
	if (strcmp(era, own))
		fprintf(out, "era %s; the schedule is of %s\n", era, own);
}

static bool claim_holds(const struct replay *r, const struct sim_result *result)
{
	const struct sim_schedule *s = &r->schedule;

	return !s->has_verdict || (result->verdicts & SIM_SET(s->verdict));
}

static bool own_era(const struct replay *r, const struct sim_result *result)
{
	return !memcmp(result->era.value, r->schedule.era.value,
		       sizeof(result->era.value));
}

/* What the file says was found, and is not. */
static void print_claim(const struct replay *r, const struct sim_result *result,
			FILE *out)
{
	const struct sim_schedule *s = &r->schedule;

	if (!claim_holds(r, result))
		fprintf(out,
			"the schedule says '%s', which this run does not "
			"show\n",
			sim_verdict_name(s->verdict));
}

static void print_text(const struct replay *r, const struct sim_result *result)
{
	const struct sim_trace *trace = sim_result_trace(result);
	unsigned i;

	print_era(r, stdout);
	if (!r->quiet) {
		cmd_print_trace(&r->cmd,
				result->nr_findings ? &result->findings[0] :
						      NULL,
				trace);
		putchar('\n');
	}
	for (i = 0; i < result->nr_findings; i++)
		printf("%s: %s\n",
		       sim_verdict_name(result->findings[i].verdict),
		       result->findings[i].text);
	if (!result->nr_findings)
		puts("nothing found");
	print_claim(r, result, stdout);
	printf("trace %016llx", (unsigned long long)sim_trace_hash(trace));
	if (r->times > 1)
		printf(", %lu times", r->times);
	putchar('\n');
}

static int print(struct replay *r, const struct sim_result *result)
{
	if (r->hash) {
		printf("%016llx\n", (unsigned long long)sim_trace_hash(
					    sim_result_trace(result)));
	} else if (r->cmd.format == CMD_JSON) {
		print_era(r, stderr);
		print_claim(r, result, stderr);
		if (sim_report_json(stdout, result))
			return cmd_complain(&r->cmd, "out of memory");
	} else {
		print_text(r, result);
	}
	if (result->nr_findings)
		return CMD_FOUND;
	/* In its own era a schedule must show what it says; in another one
	 * that it does not is the point. */
	return claim_holds(r, result) || !own_era(r, result) ? CMD_OK :
							       CMD_UNDECIDED;
}

static int replay(struct replay *r)
{
	struct sim_result result;
	uint64_t hash;
	int status = run_once(r, &result);

	if (status)
		return status;
	hash = sim_trace_hash(sim_result_trace(&result));
	status = repeat(r, hash) ? print(r, &result) : CMD_BAD;
	sim_result_release(&result);
	return status;
}

int sim_cmd_replay(int argc, char **argv)
{
	struct replay r = { .cmd = { .name = "replay", .format = CMD_TEXT },
			    .times = 1 };
	int status;

	if (!cmd_parse(&argp, &r.cmd, &r, argc, argv, &status))
		return status;
	status = load(&r);
	if (!status)
		status = replay(&r);
	sim_schedule_release(&r.schedule);
	sim_scenario_file_release(r.file);
	free(r.text);
	return status;
}
