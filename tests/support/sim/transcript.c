/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transcript.c - see transcript.h.
 */
#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 256

struct script *script;
const struct script_result *result;

void transcript_begin_as(const char *era, enum script_bug_mode mode,
			 enum sim_carrier_kind carrier)
{
	struct script_config config = {
		.bug_mode = mode,
		.carrier = carrier,
	};
	char error[SIM_TEXT_MAX];

	if (sim_era_parse(era, &config.era, error))
		fail_msg("%s", error);
	assert_int_equal(sim_script_begin(&config, &script), 0);
}

void transcript_begin(const char *era)
{
	transcript_begin_as(era, SCRIPT_BUG_HALT, SIM_CARRIER_DEFAULT);
}

void transcript_stop(void)
{
	sim_script_end(script);
	script = NULL;
}

/* "name=value", a number if it looks like one and the operation wants it. */
static int set_argument(struct script_op *op, char *word, char *error)
{
	char *value = strchr(word, '=');
	char *rest;
	long number;

	assert_non_null(value);
	*value++ = '\0';
	number = strtol(value, &rest, 10);
	if (*value && !*rest)
		return sim_script_op_set_number(op, word, number, error);
	return sim_script_op_set_text(op, word, value, error);
}

int transcript_parse(const char *text, struct script_op *op, char *error)
{
	char line[LINE_MAX_], *word, *next;

	assert_in_range(strlen(text), 1, sizeof(line) - 1);
	strcpy(line, text);
	word = line;
	next = strchr(line, ' ');
	if (next)
		*next++ = '\0';
	if (sim_script_op_init(op, word, error))
		return -EINVAL;
	while (next) {
		word = next;
		next = strchr(word, ' ');
		if (next)
			*next++ = '\0';
		if (set_argument(op, word, error))
			return -EINVAL;
	}
	return sim_script_op_check(op, error);
}

static void print_outcome(const struct script_outcome *outcome, char *buf,
			  size_t size)
{
	size_t used;
	unsigned i;

	switch (outcome->status) {
	case SCRIPT_PARKED:
		snprintf(buf, size, "parked at %s", outcome->at);
		return;
	case SCRIPT_BLOCKED:
		snprintf(buf, size, "waits for %s%s", outcome->on,
			 outcome->self_deadlock ? ", which it holds" : "");
		return;
	case SCRIPT_BUG:
		snprintf(buf, size, "BUG");
		return;
	case SCRIPT_CRASHED:
		snprintf(buf, size, "%s", sim_verdict_name(result->verdict));
		return;
	default:
		break;
	}
	used = (size_t)snprintf(buf, size, "%s", sim_errno_name(outcome->ret));
	for (i = 0; i < outcome->nr_values; i++)
		used += (size_t)snprintf(buf + used, size - used, " %s=%ld",
					 outcome->values[i].name,
					 outcome->values[i].value);
}

void transcript_run(const char *text)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];

	if (transcript_parse(text, &op, error))
		fail_msg("%s: %s", text, error);
	if (sim_script_run(script, &op, &result))
		fail_msg("%s: %s", text, sim_script_error(script));
}

/* Each line is an operation, " -> ", and what comes of it. */
void transcript(const char *const *lines)
{
	char operation[LINE_MAX_], got[LINE_MAX_];
	const char *arrow;

	for (; *lines; lines++) {
		arrow = strstr(*lines, " -> ");
		assert_non_null(arrow);
		snprintf(operation, sizeof(operation), "%.*s",
			 (int)(arrow - *lines), *lines);
		transcript_run(operation);
		print_outcome(&result->own, got, sizeof(got));
		if (strcmp(got, arrow + 4) != 0)
			fail_msg("\"%s\": got %s", *lines, got);
	}
}

void transcript_events(const char *expected)
{
	char got[LINE_MAX_] = "";
	size_t used = 0;
	unsigned i;

	for (i = 0; i < result->nr_events && used < sizeof(got); i++)
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s",
					 i ? " " : "", result->events[i]);
	assert_string_equal(got, expected);
}

void transcript_completed(const char *expected)
{
	char got[LINE_MAX_] = "", one[LINE_MAX_];
	size_t used = 0;
	unsigned i;

	for (i = 0; i < result->nr_completed && used < sizeof(got); i++) {
		print_outcome(&result->completed[i], one, sizeof(one));
		used += (size_t)snprintf(got + used, sizeof(got) - used,
					 "%s%u: %s", i ? "; " : "",
					 result->completed[i].step, one);
	}
	assert_string_equal(got, expected);
}

const struct script_state *transcript_state(void)
{
	static struct script_state state;

	assert_int_equal(sim_script_observe(script, &state), 0);
	return &state;
}

int transcript_end(void **state)
{
	(void)state;
	transcript_stop();
	return 0;
}
