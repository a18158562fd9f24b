/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_compare.c - the recorded operation as one of the script's, and the
 * recorded answer against the model's, down to the leaf that differs.
 */
#include "conform_internal.h"
#include "script_internal.h"
#include "quote.h"

#include <limits.h>
#include <string.h>

#define DIFFERENCES_SHOWN_MAX 12
#define PATH_MAX_ 160
#define SHOWN_MAX 36

/* --------------------------------------------------------------- operations */

static int set_argument(struct script_op *op, const char *name,
			struct json_object *value, char *error)
{
	int64_t number;

	switch (json_object_get_type(value)) {
	case json_type_string:
		return sim_script_op_set_text(
			op, name, json_object_get_string(value), error);
	case json_type_int:
		number = json_object_get_int64(value);
		return sim_script_op_set_number(op, name, (long)number, error);
	default:
		snprintf(error, SIM_TEXT_MAX,
			 "argument \"%.64s\": expected a string or a number, "
			 "found %.64s",
			 name, json_object_to_json_string(value));
		return -EINVAL;
	}
}

/* The kernel was asked for nothing that these values could be. */
static int check_values(const struct script_op *op, char *error)
{
	unsigned i;

	for (i = 0; op->type->args[i].name; i++) {
		const char *name = op->type->args[i].name;

		if (!op->args[i].given)
			continue;
		if (!strcmp(name, "kind") &&
		    !sim_script_driver_kind(op->args[i].text)) {
			snprintf(error, SIM_TEXT_MAX,
				 "argument \"kind\" of %s: expected a kind of "
				 "driver, found \"%s\"",
				 op->type->name, op->args[i].text);
			return -EINVAL;
		}
		if (!strcmp(name, "nth") && op->args[i].number < 0) {
			snprintf(error, SIM_TEXT_MAX,
				 "argument \"nth\" of %s: expected a number "
				 "from 0 on, found %ld",
				 op->type->name, op->args[i].number);
			return -EINVAL;
		}
	}
	return 0;
}

int sim_conform_parse_op(struct json_object *object, struct script_op *ret_op,
			 char *error)
{
	struct json_object *name;

	if (!json_object_object_get_ex(object, "op", &name) ||
	    !json_object_is_type(name, json_type_string)) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected the name of an operation, found none");
		return -EINVAL;
	}
	if (sim_script_op_init(ret_op, json_object_get_string(name), error))
		return -EINVAL;
	json_object_object_foreach(object, key, value)
	{
		if (strcmp(key, "op") != 0 &&
		    set_argument(ret_op, key, value, error))
			return -EINVAL;
	}
	if (sim_script_op_check(ret_op, error))
		return -EINVAL;
	return check_values(ret_op, error);
}

/* ---------------------------------------------------------------- comparing */

/* Where a comparison stands, and what it found. */
struct comparison {
	struct conform_text *diff;
	unsigned found;
	char path[PATH_MAX_];
};

static const char *show(struct json_object *value, char *buf)
{
	const char *text =
		value ? json_object_to_json_string_ext(
				value, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE) :
			"null";

	char whole[4 * SHOWN_MAX];

	/* A text that is longer than its room is longer than SHOWN_MAX. */
	if (strlen(sim_escape(text, whole, sizeof(whole))) <= SHOWN_MAX)
		return strcpy(buf, whole);
	sim_escape(text, buf, SHOWN_MAX + 1 - strlen("..."));
	return strcat(buf, "...");
}

static void differs(struct comparison *c, const char *expected,
		    const char *actual)
{
	if (c->found++ < DIFFERENCES_SHOWN_MAX)
		sim_conform_print(c->diff, "    %-32s %-36s %s\n", c->path,
				  expected, actual);
}

/* Texts of warnings and stacks of crashes are the kernel's own. */
static bool compared(const struct comparison *c, const char *key)
{
	if (!c->path[0])
		return strcmp(key, "warns") != 0;
	if (strcmp(c->path, "crash") == 0)
		return strcmp(key, "kind") == 0;
	return true;
}

static void compare_values(struct comparison *c, struct json_object *expected,
			   struct json_object *actual);

/* One member; @have_...: it is there at all. */
static void compare_member(struct comparison *c, const char *key,
			   struct json_object *expected,
			   struct json_object *actual, int have)
{
	size_t length = strlen(c->path);
	char shown[SHOWN_MAX + 1], name[PATH_MAX_];

	snprintf(c->path + length, sizeof(c->path) - length, "%s%s",
		 length ? "." : "", sim_escape(key, name, sizeof(name)));
	if (have < 0)
		differs(c, show(expected, shown), "(none)");
	else if (have > 0)
		differs(c, "(none)", show(actual, shown));
	else
		compare_values(c, expected, actual);
	c->path[length] = '\0';
}

static void compare_objects(struct comparison *c, struct json_object *expected,
			    struct json_object *actual)
{
	json_object_object_foreach(expected, key, value)
	{
		struct json_object *other = NULL;
		bool have = json_object_object_get_ex(actual, key, &other);

		if (compared(c, key))
			compare_member(c, key, value, other, have ? 0 : -1);
	}
	json_object_object_foreach(actual, name, extra)
	{
		if (compared(c, name) &&
		    !json_object_object_get_ex(expected, name, NULL))
			compare_member(c, name, NULL, extra, 1);
	}
}

static void compare_arrays(struct comparison *c, struct json_object *expected,
			   struct json_object *actual)
{
	size_t i, nr = json_object_array_length(expected);
	char a[SHOWN_MAX + 1], b[SHOWN_MAX + 1], index[24];

	if (nr != json_object_array_length(actual)) {
		differs(c, show(expected, a), show(actual, b));
		return;
	}
	for (i = 0; i < nr; i++) {
		snprintf(index, sizeof(index), "%zu", i);
		compare_member(c, index, json_object_array_get_idx(expected, i),
			       json_object_array_get_idx(actual, i), 0);
	}
}

static void compare_values(struct comparison *c, struct json_object *expected,
			   struct json_object *actual)
{
	enum json_type type = json_object_get_type(expected);
	char a[SHOWN_MAX + 1], b[SHOWN_MAX + 1];

	if (type != json_object_get_type(actual))
		differs(c, show(expected, a), show(actual, b));
	else if (type == json_type_object)
		compare_objects(c, expected, actual);
	else if (type == json_type_array)
		compare_arrays(c, expected, actual);
	else if (!json_object_equal(expected, actual))
		differs(c, show(expected, a), show(actual, b));
}

unsigned sim_conform_compare(struct json_object *expected,
			     struct json_object *actual,
			     struct conform_text *diff)
{
	struct comparison c = { .diff = diff };

	compare_values(&c, expected, actual);
	if (c.found > DIFFERENCES_SHOWN_MAX)
		sim_conform_print(diff, "    and %u more\n",
				  c.found - DIFFERENCES_SHOWN_MAX);
	return c.found;
}
