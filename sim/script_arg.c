/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_arg.c - operations out of names and values: what the vocabulary does
 * not know, or knows otherwise, is refused with a reason.
 */
#include "script_internal.h"

#include <string.h>

#define BEGIN "_begin"

static const struct script_op_type *find_type(const char *name, size_t size)
{
	const struct script_op_type *type;
	unsigned i;

	for (i = 0; (type = sim_script_op_type(i)); i++)
		if (strlen(type->name) == size &&
		    memcmp(type->name, name, size) == 0)
			break;
	return type;
}

int sim_script_op_init(struct script_op *op, const char *name, char *error)
{
	size_t size = strlen(name), tail = strlen(BEGIN);
	const struct script_op_type *type = find_type(name, size);
	unsigned i;

	memset(op, 0, sizeof(*op));
	if (!type && size > tail && strcmp(name + size - tail, BEGIN) == 0) {
		type = find_type(name, size - tail);
		op->begin = true;
	}
	if (!type || (op->begin && !type->run)) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected an operation, found \"%.64s\"", name);
		return -EINVAL;
	}
	op->type = type;
	for (i = 0; type->args[i].name; i++)
		op->args[i].number = type->args[i].preset;
	if (op->begin && type->at)
		snprintf(op->at, sizeof(op->at), "%s", type->at);
	return 0;
}

const char *sim_script_op_name(const struct script_op *op, char *buf,
			       size_t size)
{
	snprintf(buf, size, "%s%s", op->type->name, op->begin ? BEGIN : "");
	return buf;
}

/* ---------------------------------------------------------------- arguments */

/* "argument "fd" of group_close: expected a number, found a string" */
static int refuse(const struct script_op *op, const char *name,
		  const char *expected, const char *found, char *error)
{
	char buf[SCRIPT_TEXT_MAX];

	snprintf(error, SIM_TEXT_MAX,
		 "argument \"%s\" of %s: expected %s, found %s", name,
		 sim_script_op_name(op, buf, sizeof(buf)), expected, found);
	return -EINVAL;
}

static struct script_value *find_arg(struct script_op *op, const char *name,
				     enum script_arg_kind kind, char *error)
{
	static const char *const kinds[] = { "a string", "a number" };
	const struct script_arg_type *args = op->type->args;
	char buf[SCRIPT_TEXT_MAX];
	unsigned i;

	for (i = 0; args[i].name; i++) {
		if (strcmp(args[i].name, name) != 0)
			continue;
		if (args[i].kind == kind)
			return &op->args[i];
		refuse(op, name, kinds[args[i].kind], kinds[kind], error);
		return NULL;
	}
	snprintf(error, SIM_TEXT_MAX,
		 "expected an argument of %s, found \"%.64s\"",
		 sim_script_op_name(op, buf, sizeof(buf)), name);
	return NULL;
}

static int set_at(struct script_op *op, const char *text, char *error)
{
	struct script_point point;
	int ret = sim_script_point_parse(text, &point, error);

	if (ret)
		return ret;
	snprintf(op->at, sizeof(op->at), "%s", text);
	return 0;
}

int sim_script_op_set_text(struct script_op *op, const char *name,
			   const char *text, char *error)
{
	struct script_value *value;

	if (op->begin && strcmp(name, "at") == 0)
		return set_at(op, text, error);
	value = find_arg(op, name, SCRIPT_STRING, error);
	if (!value)
		return -EINVAL;
	if (strlen(text) >= sizeof(value->text))
		return refuse(op, name, "at most 31 characters", "more", error);
	snprintf(value->text, sizeof(value->text), "%s", text);
	value->given = true;
	return 0;
}

int sim_script_op_set_number(struct script_op *op, const char *name,
			     long number, char *error)
{
	struct script_value *value = find_arg(op, name, SCRIPT_NUMBER, error);

	if (!value)
		return -EINVAL;
	if (number != (int)number)
		return refuse(op, name, "an int", "a larger number", error);
	value->number = number;
	value->given = true;
	return 0;
}

int sim_script_op_check(const struct script_op *op, char *error)
{
	const struct script_arg_type *args = op->type->args;
	unsigned i;

	for (i = 0; args[i].name; i++)
		if (!args[i].optional && !op->args[i].given)
			return refuse(op, args[i].name, "a value", "none",
				      error);
	if (op->begin && !op->at[0])
		return refuse(op, "at", "a stop point", "none", error);
	return 0;
}
