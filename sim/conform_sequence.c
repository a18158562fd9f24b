/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_sequence.c - one recorded sequence: read its lines, perform its
 * operations on a machine of its own, stop comparing at the first difference.
 */
#include "conform_internal.h"
#include "quote.h"

#include <stdlib.h>
#include <string.h>

/* One sequence on its way. */
struct replay {
	struct conform_replayer *replayer;
	struct conform_reader *reader;
	struct conform_record *record;
	struct script *script;
	const struct script_result *result; /* of the last step; NULL: none */
	unsigned step; /* of the next line */
	bool comparing; /* no difference yet, and nothing else in the way */
	bool over; /* the last operation halted the machine */
};

static int out_of_memory(struct conform_reader *reader)
{
	(void)sim_conform_refuse(reader, strerror(ENOMEM));
	return -ENOMEM;
}

/* ------------------------------------------------------------------ records */

static void conclude(struct replay *r, enum conform_outcome outcome)
{
	r->comparing = false;
	r->record->outcome = outcome;
}

static void undecided(struct replay *r, const char *why)
{
	char text[2 * SIM_TEXT_MAX];

	conclude(r, CONFORM_SEQUENCE_UNDECIDED);
	snprintf(text, sizeof(text), "%.200s:%lu: %s", r->reader->name,
		 r->reader->line, why);
	sim_escape(text, r->record->text, sizeof(r->record->text) - 1);
	strcat(r->record->text, "\n");
}

/* "FILE:LINE: NAME, step 3: bind dev=d0", and the table below it. */
static void different(struct replay *r, const char *what)
{
	const struct script_result *result = r->result;
	bool crashed = result && result->own.status == SCRIPT_CRASHED;
	char file[SIM_TEXT_MAX], shown[SIM_TEXT_MAX], finding[SIM_TEXT_MAX];

	conclude(r, CONFORM_SEQUENCE_DIFFERENT);
	snprintf(r->record->text, sizeof(r->record->text),
		 "%s:%lu: %s, %s\n    %-32s %-36s %s\n%s%s%s%s",
		 sim_escape(r->reader->name, file, sizeof(file)),
		 r->reader->line, r->record->name,
		 sim_escape(what, shown, sizeof(shown)), "field", "expected",
		 "the model says",
		 r->replayer->diff.bytes ? r->replayer->diff.bytes : "",
		 crashed ? "    the model found: " : "",
		 crashed ?
			 sim_escape(result->finding, finding, sizeof(finding)) :
			 "",
		 crashed ? "\n" : "");
}

/* ------------------------------------------------------------------- header */

static struct json_object *member(struct json_object *object, const char *name,
				  enum json_type type)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

static const char *text_member(struct json_object *object, const char *name)
{
	struct json_object *value = member(object, name, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static int parse_bug_mode(const char *text, enum script_bug_mode *ret_mode)
{
	static const char *const names[] = { "halt", "kill", "continue" };
	unsigned i;

	for (i = 0; text && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], text) == 0) {
			*ret_mode = (enum script_bug_mode)i;
			return 0;
		}
	return -EINVAL;
}

/* Boot the machine that the header asks for. */
static int boot(struct replay *r, const char *era, enum script_bug_mode mode)
{
	struct script_config config = {
		.bug_mode = mode,
		.carrier = r->replayer->carrier,
	};
	struct sim_options options = { 0 };
	char error[SIM_TEXT_MAX];

	if (era_lookup(era, &config.era)) {
		(void)sim_option_set(&options, "era", era, error);
		return sim_conform_refuse(r->reader, error);
	}
	memcpy(r->record->era, config.era.name, sizeof(r->record->era));
	if (sim_script_begin(&config, &r->script))
		undecided(r, "the machine does not boot");
	else
		r->comparing = true;
	return 0;
}

static int begin(struct replay *r)
{
	struct json_object *header = sim_conform_reader_parse(r->reader);
	const char *name, *era;
	enum script_bug_mode mode = SCRIPT_BUG_HALT;
	int ret = 0;

	if (!header)
		return -EINVAL;
	name = text_member(header, "seq");
	era = text_member(header, "era");
	if (!name)
		ret = sim_conform_expected(r->reader,
					   "the header of a sequence",
					   r->reader->bytes);
	else if (!era)
		ret = sim_conform_expected(r->reader, "an \"era\"",
					   r->reader->bytes);
	else if (parse_bug_mode(text_member(header, "bug_mode"), &mode))
		ret = sim_conform_expected(r->reader,
					   "a \"bug_mode\" of halt, "
					   "kill or continue",
					   r->reader->bytes);
	else
		sim_escape(name, r->record->name, sizeof(r->record->name));
	if (!ret && r->replayer->only && strcmp(r->replayer->only, name) != 0)
		conclude(r, CONFORM_SEQUENCE_LEFT_OUT);
	else if (!ret)
		ret = boot(r, era, mode);
	json_object_put(header);
	return ret;
}

/* --------------------------------------------------------------- comparing */

/* Compare by parsing what was rendered: slow, and names the fields. */
static int compare_parsed(struct replay *r, struct json_object *expected,
			  const char *what)
{
	struct conform_replayer *replayer = r->replayer;
	struct json_object *actual;

	json_tokener_reset(replayer->tokener);
	actual =
		json_tokener_parse_ex(replayer->tokener, replayer->actual.bytes,
				      (int)replayer->actual.used + 1);
	sim_conform_text_clear(&replayer->diff);
	if (!actual)
		return out_of_memory(r->reader);
	if (sim_conform_compare(expected, actual, &replayer->diff))
		different(r, what);
	json_object_put(actual);
	return replayer->diff.failed ? out_of_memory(r->reader) : 0;
}

/* Is the line's answer, byte by byte, the rendered one?  Its key cannot stand
 * inside a string, where its quotes would be escaped. */
static bool same_bytes(const struct replay *r)
{
	static const char key[] = ",\"res\":";
	const struct conform_text *actual = &r->replayer->actual;
	const char *found = strstr(r->reader->bytes, key);
	size_t size;

	if (!found)
		return false;
	found += sizeof(key) - 1;
	size = r->reader->size - (size_t)(found - r->reader->bytes);
	return size == actual->used + 1 && found[actual->used] == '}' &&
	       memcmp(found, actual->bytes, actual->used) == 0;
}

static void describe_step(const struct replay *r, const struct script_op *op,
			  char *buf, size_t size)
{
	char name[SCRIPT_TEXT_MAX];
	size_t used;
	unsigned i;

	used = (size_t)snprintf(buf, size, "step %u: %s", r->step,
				sim_script_op_name(op, name, sizeof(name)));
	for (i = 0; op->type->args[i].name && used < size; i++) {
		if (!op->args[i].given)
			continue;
		used += (size_t)snprintf(buf + used, size - used,
					 " %s=", op->type->args[i].name);
		if (used < size && op->type->args[i].kind == SCRIPT_STRING)
			used += (size_t)snprintf(buf + used, size - used, "%s",
						 op->args[i].text);
		else if (used < size)
			used += (size_t)snprintf(buf + used, size - used, "%ld",
						 op->args[i].number);
	}
	if (op->begin && used < size)
		snprintf(buf + used, size - used, " at=%s", op->at);
}

static int compare_step(struct replay *r, const struct script_op *op,
			struct json_object *expected)
{
	struct conform_replayer *replayer = r->replayer;
	char what[SIM_TEXT_MAX];
	int ret = 0;

	sim_conform_text_clear(&replayer->actual);
	sim_conform_render_result(&replayer->actual, r->result,
				  &replayer->state);
	if (replayer->actual.failed)
		return out_of_memory(r->reader);
	if (!same_bytes(r)) {
		describe_step(r, op, what, sizeof(what));
		ret = compare_parsed(r, expected, what);
	}
	if (!ret && r->comparing)
		r->record->steps++;
	return ret;
}

/* -------------------------------------------------------------------- steps */

static int perform(struct replay *r, const struct script_op *op,
		   struct json_object *expected)
{
	struct conform_replayer *replayer = r->replayer;

	if (r->over) {
		sim_conform_text_clear(&replayer->diff);
		sim_conform_print(&replayer->diff,
				  "    the model halted before\n");
		different(r, "one step too many");
		return 0;
	}
	if (sim_script_run(r->script, op, &r->result)) {
		undecided(r, sim_script_error(r->script));
		return 0;
	}
	r->over = r->result->halted;
	if (r->result->own.status != SCRIPT_CRASHED &&
	    sim_script_observe(r->script, &replayer->state)) {
		undecided(r, "the state holds too many objects");
		return 0;
	}
	return compare_step(r, op, expected);
}

static int step(struct replay *r, struct json_object *line)
{
	struct json_object *number = member(line, "i", json_type_int);
	struct json_object *operation = member(line, "op", json_type_object);
	struct json_object *res = member(line, "res", json_type_object);
	struct script_op op;
	char error[SIM_TEXT_MAX], want[32];

	if (!operation)
		return sim_conform_expected(
			r->reader, "a step or an end record", r->reader->bytes);
	snprintf(want, sizeof(want), "step %u", r->step);
	if (!number || json_object_get_int64(number) != (int64_t)r->step)
		return sim_conform_expected(r->reader, want, r->reader->bytes);
	if (!res)
		return sim_conform_expected(r->reader, "a \"res\"",
					    r->reader->bytes);
	if (r->comparing) {
		if (sim_conform_parse_op(operation, &op, error))
			return sim_conform_refuse(r->reader, error);
		if (perform(r, &op, res))
			return -ENOMEM;
	}
	r->step++;
	return 0;
}

static int end(struct replay *r, struct json_object *expected)
{
	struct conform_replayer *replayer = r->replayer;

	if (!member(expected, "ops", json_type_int))
		return sim_conform_expected(r->reader, "a number of \"ops\"",
					    r->reader->bytes);
	if (!r->comparing)
		return 0;
	sim_conform_text_clear(&replayer->actual);
	sim_conform_render_end(&replayer->actual, r->script, r->step,
			       r->result);
	if (replayer->actual.failed)
		return out_of_memory(r->reader);
	return compare_parsed(r, expected, "its end");
}

/* Lines up to the end record. */
static int follow(struct replay *r)
{
	struct json_object *line, *record;
	int ret;

	for (;;) {
		ret = sim_conform_reader_next(r->reader);
		if (ret < 0)
			return ret;
		if (ret == 0)
			return sim_conform_expected(r->reader, "an end record",
						    "the end of the file");
		if (r->replayer->stopped())
			return -EINTR;
		line = sim_conform_reader_parse(r->reader);
		if (!line)
			return -EINVAL;
		record = member(line, "end", json_type_object);
		ret = record ? end(r, record) : step(r, line);
		json_object_put(line);
		if (ret || record)
			return ret;
	}
}

int sim_conform_sequence(struct conform_replayer *replayer,
			 struct conform_reader *reader,
			 struct conform_record *record)
{
	struct replay r = {
		.replayer = replayer,
		.reader = reader,
		.record = record,
	};
	int ret;

	memset(record, 0, sizeof(*record));
	ret = begin(&r);
	if (!ret)
		ret = follow(&r);
	sim_script_end(r.script);
	return ret;
}
