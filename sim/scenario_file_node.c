/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_node.c - takes values out of nodes; what is of another kind is
 * an error that names the place and what belongs there.
 */
#include "scenario_file_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct file_node *sim_file_get(const struct file_node *map,
				     const char *key)
{
	const struct file_node *item;

	for (item = map->items; item; item = item->next)
		if (!strcmp(item->text, key))
			return item->value;
	return NULL;
}

bool sim_file_keys(struct scenario_file *file, const struct file_node *map,
		   const char *what, const char *const *keys)
{
	const struct file_node *item;
	unsigned i;

	if (!sim_file_is_map(file, map, what))
		return false;
	for (item = map->items; item; item = item->next) {
		for (i = 0; keys[i]; i++)
			if (!strcmp(item->text, keys[i]))
				break;
		if (!keys[i])
			return sim_file_expected_word(file, item, what, keys);
	}
	return true;
}

bool sim_file_is_map(struct scenario_file *file, const struct file_node *node,
		     const char *what)
{
	return node->kind == FILE_MAP || sim_file_expected(file, node, what);
}

bool sim_file_is_list(struct scenario_file *file, const struct file_node *node,
		      const char *what)
{
	return node->kind == FILE_LIST || sim_file_expected(file, node, what);
}

bool sim_file_is_scalar(struct scenario_file *file,
			const struct file_node *node, const char *what)
{
	return node->kind == FILE_SCALAR || sim_file_expected(file, node, what);
}

bool sim_file_name(struct scenario_file *file, const struct file_node *node,
		   const char *what, const char **ret_name)
{
	const char *c;

	if (!sim_file_is_scalar(file, node, what))
		return false;
	for (c = node->text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.:-", *c))
			break;
	if (*c || c == node->text || c - node->text >= SCRIPT_NAME_MAX)
		return sim_file_fail(file, node,
				     "expected %s of at most %d letters, "
				     "digits and _ . : - , found '%.60s'",
				     what, SCRIPT_NAME_MAX - 1, node->text);
	*ret_name = node->text;
	return true;
}

bool sim_file_line(struct scenario_file *file, const struct file_node *node,
		   const char *what, const char **ret_line)
{
	const unsigned char *c;

	if (!sim_file_is_scalar(file, node, what))
		return false;
	for (c = (const unsigned char *)node->text; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return sim_file_fail(file, node,
					     "expected %s in one line, without "
					     "control characters",
					     what);
	if (!*node->text || strlen(node->text) > FILE_LINE_MAX)
		return sim_file_fail(file, node,
				     "expected %s of 1 to %d bytes, found %zu",
				     what, FILE_LINE_MAX, strlen(node->text));
	*ret_line = node->text;
	return true;
}

bool sim_file_number(struct scenario_file *file, const struct file_node *node,
		     const char *what, long *ret_number)
{
	const char *text;
	char *end;
	long number;

	if (!sim_file_is_scalar(file, node, what))
		return false;
	text = node->text + (node->text[0] == '-');
	errno = 0;
	number = strtol(node->text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno ||
	    number != (int)number)
		return sim_file_expected(file, node, what);
	*ret_number = number;
	return true;
}

bool sim_file_bool(struct scenario_file *file, const struct file_node *node,
		   const char *what, bool *ret_bool)
{
	if (!sim_file_is_scalar(file, node, what))
		return false;
	*ret_bool = !strcmp(node->text, "true");
	return *ret_bool || !strcmp(node->text, "false") ||
	       sim_file_expected(file, node, what);
}
