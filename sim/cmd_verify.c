/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_verify.c - vfiosim verify: says whether a certificate lists one run of
 * each class of interleavings, and what it took to find out.
 */
#include "cmd.h"

#include "verify.h"

struct verify {
	struct cmd cmd;
	const char *path, *scenario_name;
	struct scenario_file *file;
	struct sim_certificate certificate;
};

enum { KEY_SCENARIO = 0x200, KEY_BUDGET, KEY_CARRIER };

static const struct argp_option options[] = {
	{ "scenario", KEY_SCENARIO, "NAME|FILE.yaml", 0,
	  "Insist that it is a certificate of this scenario; needed if that is "
	  "not built in but in a file",
	  2 },
	{ "budget", KEY_BUDGET, "RUNS", 0, "Give up after so many runs", 2 },
	{ "carrier", KEY_CARRIER, "CARRIER", 0, "fiber (default) or thread",
	  2 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct verify *v = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &v->cmd;
		return 0;
	case KEY_SCENARIO:
		v->scenario_name = arg;
		return 0;
	case KEY_BUDGET:
		return cmd_set_option(&v->cmd, "budget", arg);
	case KEY_CARRIER:
		return cmd_set_option(&v->cmd, "carrier", arg);
	case ARGP_KEY_ARG:
		return cmd_set_only(&v->cmd, "file", &v->path, arg);
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
	"Check the certificate in FILE, which vfiosim explore wrote: make each "
	"run that it lists, and see that no other order of steps and no other "
	"outcome leads to a run that it lacks.\n"
	"\v"
	"  vfiosim explore viability-status --era v3.19-patched \\\n"
	"          --set check_order=corrected --strategy dpor \\\n"
	"          --certificate status.certificate\n"
	"      write one down\n"
	"  vfiosim verify status.certificate\n"
	"      check it, by other code than that which wrote it\n"
	"  vfiosim verify my-race.certificate --scenario my-race.yaml\n"
	"      one of a scenario file\n"
	"\n"
	"Exit status: 0 accepted, 1 rejected, 2 a bad file, 3 the budget ended "
	"undecided.",
	children,
	NULL,
	NULL
};

/* ---------------------------------------------------------------- answers */

static void print_found(const struct sim_certificate *c)
{
	const char *separator = "; found: ";
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!c->found[v])
			continue;
		printf("%s%s in %llu", separator,
		       sim_verdict_name((enum sim_verdict)v),
		       (unsigned long long)c->found[v]);
		separator = ", ";
	}
	puts(*separator == ';' ? "; nothing found" : "");
}

static void print_about(const struct sim_certificate *c)
{
	char era[SIM_TEXT_MAX * 4];

	sim_era_format(&c->era, era, sizeof(era));
	printf("%s, era %s: %llu classes", c->scenario, era,
	       (unsigned long long)c->nr_classes);
	print_found(c);
}

static void print_json(const struct sim_verification *v)
{
	static const char *const answers[] = { "failed", "accepted", "rejected",
					       "undecided" };
	const char *c;

	printf("{\"answer\": \"%s\", \"runs\": %llu, \"steps\": %llu, "
	       "\"reason\": \"",
	       answers[v->answer], (unsigned long long)v->runs,
	       (unsigned long long)v->steps);
	for (c = v->reason; *c; c++)
		printf("%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	puts("\"}");
}

static int print(struct verify *v, const struct sim_verification *result)
{
	static const int statuses[] = { CMD_BAD, CMD_OK, CMD_FOUND,
					CMD_UNDECIDED };
	static const char *const answers[] = { "failed", "accepted", "rejected",
					       "undecided" };

	if (result->answer == SIM_FAILED)
		return cmd_complain(&v->cmd, "%s: %s", v->path, result->reason);
	if (v->cmd.format == CMD_JSON) {
		print_json(result);
		return statuses[result->answer];
	}
	print_about(&v->certificate);
	if (result->reason[0])
		printf("%s: %s: %s\n", answers[result->answer], v->path,
		       result->reason);
	printf("%s by %llu runs of %llu steps\n", answers[result->answer],
	       (unsigned long long)result->runs,
	       (unsigned long long)result->steps);
	return statuses[result->answer];
}

static int verify(struct verify *v)
{
	struct sim_schedule schedule = { .era = v->certificate.era };
	const struct sim_scenario *scenario;
	struct sim_verification result;

	snprintf(schedule.scenario, sizeof(schedule.scenario), "%s",
		 v->certificate.scenario);
	if (cmd_open_schedule(&v->cmd, v->scenario_name, &schedule, v->path,
			      &v->file, &scenario))
		return CMD_BAD;
	sim_certificate_verify(&v->certificate, scenario,
			       sim_carrier_for(v->cmd.options.carrier),
			       v->cmd.options.budget_runs, &result);
	return print(v, &result);
}

int sim_cmd_verify(int argc, char **argv)
{
	struct verify v = { .cmd = { .name = "verify", .format = CMD_TEXT } };
	char error[SIM_TEXT_MAX];
	int status;

	if (!cmd_parse(&argp, &v.cmd, &v, argc, argv, &status))
		return status;
	if (v.cmd.options.budget_states || v.cmd.options.budget_seconds ||
	    v.cmd.options.budget_bytes)
		return cmd_complain(&v.cmd, "--budget: expected runs, found "
					    "another limit");
	if (!v.path)
		return cmd_complain(&v.cmd, "expected a certificate's file, "
					    "found nothing");
	if (sim_certificate_read(v.path, &v.certificate, error))
		return cmd_complain(&v.cmd, "%s", error);
	status = verify(&v);
	sim_certificate_release(&v.certificate);
	sim_scenario_file_release(v.file);
	return status;
}
