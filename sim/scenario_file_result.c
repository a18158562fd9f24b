/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_result.c - what a file says of the results of an operation:
 * which it must have, and with which of them somebody was refused.
 */
#include "scenario_file_internal.h"

#include "words.h"

#include <string.h>

#define ERRNO_MAX 600
#define ERRNO_NAMES_MAX 64

/* ------------------------------------------------------ names of operations */

static const struct {
	const char *op, *call;
	const char *values[SCRIPT_VALUES_MAX + 1];
} calls[] = {
	{ "group_open", "open group", { NULL } },
	{ "container_open", "open container", { NULL } },
	{ "group_close", "close group", { NULL } },
	{ "container_close", "close container", { NULL } },
	{ "device_close", "close device", { NULL } },
	{ "set_container", "VFIO_GROUP_SET_CONTAINER", { NULL } },
	{ "unset_container", "VFIO_GROUP_UNSET_CONTAINER", { NULL } },
	{ "set_iommu", "VFIO_SET_IOMMU", { NULL } },
	{ "check_extension", "VFIO_CHECK_EXTENSION", { NULL } },
	{ "group_status",
	  "VFIO_GROUP_GET_STATUS",
	  { "viable", "container_set", NULL } },
	{ "get_device_fd", "VFIO_GROUP_GET_DEVICE_FD", { NULL } },
	{ "external_get", "vfio_group_get_external_user", { NULL } },
	{ "external_get_from_dev",
	  "vfio_group_get_external_user_from_dev",
	  { NULL } },
	{ "external_match",
	  "vfio_external_group_match_file",
	  { "match", NULL } },
	{ "external_put", "vfio_group_put_external_user", { NULL } },
	{ "external_iommu_id", "vfio_external_user_iommu_id", { "id", NULL } },
	{ "external_check_extension",
	  "vfio_external_check_extension",
	  { NULL } },
	{ "device_ref_get", "vfio_device_get_from_dev", { NULL } },
	{ "device_ref_put", "vfio_device_put", { NULL } },
	{ "kvm_create", "KVM_CREATE_VM", { NULL } },
	{ "kvm_vfio_create", "KVM_CREATE_DEVICE", { NULL } },
	{ "kvm_group_add", "KVM_DEV_VFIO_GROUP_ADD", { NULL } },
	{ "kvm_group_del", "KVM_DEV_VFIO_GROUP_DEL", { NULL } },
	{ "device_add", NULL, { "reused", NULL } },
};

#define CALLS_NR (sizeof(calls) / sizeof(calls[0]))

const char *sim_file_call_of(const char *op)
{
	unsigned i;

	for (i = 0; i < CALLS_NR; i++)
		if (!strcmp(calls[i].op, op))
			return calls[i].call;
	return NULL;
}

const char *const *sim_file_values_of(const char *op)
{
	static const char *const none[] = { NULL };
	unsigned i;

	for (i = 0; i < CALLS_NR; i++)
		if (!strcmp(calls[i].op, op))
			return calls[i].values;
	return none;
}

/* ------------------------------------------------------------------- numbers */

/* All names of errors, the first ERRNO_NAMES_MAX of them; ended by NULL. */
static void list_errno(const char **ret_names, long *ret_errors)
{
	unsigned nr = 0;
	int error;

	for (error = 1; error < ERRNO_MAX && nr < ERRNO_NAMES_MAX; error++) {
		const char *name = sim_errno_name(-error);

		if (name[1] != 'E')
			continue;
		ret_errors[nr] = -error;
		ret_names[nr++] = name;
	}
	ret_names[nr] = NULL;
}

bool sim_file_errno(struct scenario_file *file, const struct file_node *node,
		    long *ret_error)
{
	const char *names[ERRNO_NAMES_MAX + 1];
	long errors[ERRNO_NAMES_MAX];
	const char *what = "an error like -EINVAL";
	int found;

	if (!sim_file_is_scalar(file, node, what))
		return false;
	list_errno(names, errors);
	found = sim_words_find(node->text, names);
	if (found >= 0)
		*ret_error = errors[found];
	if (found >= 0)
		return true;
	if (node->text[0] == '-' && node->text[1] == 'E')
		return sim_file_expected_word(file, node, what, names);
	return sim_file_number(file, node, what, ret_error);
}

/* --------------------------------------------------------------- conditions */

static bool parse_condition(struct scenario_file *file,
			    const struct file_node *node,
			    struct file_condition *ret_condition)
{
	static const char *const words[] = { "any", "ok", "error", NULL };
	static const enum file_condition_kind kinds[] = { FILE_ANY, FILE_OK,
							  FILE_ERROR };
	const char *what = "any, ok, error, a number or an error like -EINVAL";
	int word;

	if (!sim_file_is_scalar(file, node, what))
		return false;
	word = sim_words_find(node->text, words);
	if (word >= 0) {
		ret_condition->kind = kinds[word];
		return true;
	}
	ret_condition->kind = FILE_EQUAL;
	if (node->text[0] == '-' && node->text[1] == 'E')
		return sim_file_errno(file, node, &ret_condition->value);
	return sim_file_number(file, node, what, &ret_condition->value);
}

static bool is_value(const struct file_op *op, const char *name)
{
	const char *const *values = sim_file_values_of(op->op.type->name);

	for (; *values; values++)
		if (!strcmp(*values, name))
			return true;
	return false;
}

static bool parse_value(struct scenario_file *file, const struct file_op *op,
			const struct file_node *key,
			struct file_condition *ret_condition)
{
	if (!is_value(op, key->text))
		return sim_file_expected_word(
			file, key, "a value of the operation",
			sim_file_values_of(op->op.type->name));
	ret_condition->kind = FILE_VALUE;
	ret_condition->name = key->text;
	return sim_file_number(file, key->value, "a number",
			       &ret_condition->value);
}

/* -EINVAL, error, or {viable: 0}. */
static bool parse_refusal(struct scenario_file *file, struct file_op *op,
			  const struct file_node *node)
{
	struct file_condition *condition;

	if (op->nr_refused == FILE_CONDITIONS_MAX)
		return sim_file_fail(file, node, "expected at most %d results",
				     FILE_CONDITIONS_MAX);
	condition = &op->refused[op->nr_refused++];
	if (node->kind != FILE_MAP)
		return parse_condition(file, node, condition);
	if (!node->items || node->items->next)
		return sim_file_fail(file, node,
				     "expected one value, like {viable: 0}");
	return parse_value(file, op, node->items, condition);
}

static bool parse_refusals(struct scenario_file *file, struct file_op *op,
			   const struct file_node *node)
{
	const struct file_node *item;

	if (node->kind != FILE_LIST)
		return parse_refusal(file, op, node);
	if (!node->items)
		return sim_file_fail(file, node,
				     "expected at least one result");
	for (item = node->items; item; item = item->next)
		if (!parse_refusal(file, op, item))
			return false;
	return true;
}

bool sim_file_is_result(const struct file_op *op, const char *key)
{
	return !strcmp(key, "ret") || !strcmp(key, "refused_if") ||
	       is_value(op, key);
}

bool sim_file_parse_result(struct scenario_file *file, struct file_op *op,
			   const struct file_node *key)
{
	if (!strcmp(key->text, "ret"))
		return parse_condition(file, key->value, &op->ret);
	if (!strcmp(key->text, "refused_if"))
		return parse_refusals(file, op, key->value);
	return parse_value(file, op, key, &op->values[op->nr_values++]);
}
