/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_op.c - one operation of a list: its name, its arguments, and
 * what it makes and ends.  The vocabulary itself is that of script.h.
 */
#include "scenario_file_internal.h"

#include "words.h"

#include <string.h>

#define WORDS_MAX 64

/* ------------------------------------------------------------ what it opens */

static const struct {
	const char *op;
	enum file_object_kind kind;
} openers[] = {
	{ "group_open", FILE_FD },
	{ "container_open", FILE_FD },
	{ "get_device_fd", FILE_FD },
	{ "external_get", FILE_EXT },
	{ "external_get_from_dev", FILE_EXT },
	{ "device_ref_get", FILE_REF },
};

/* The kind of handle that an operation opens, or -1. */
static int opens(const struct file_op *op)
{
	unsigned i;

	for (i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
		if (!strcmp(openers[i].op, op->op.type->name))
			return (int)openers[i].kind;
	return -1;
}

/* ---------------------------------------------------------- what it is about */

static const struct {
	const char *arg;
	enum file_object_kind kind;
} names[] = {
	{ "fd", FILE_FD },	     { "group_fd", FILE_FD },
	{ "container_fd", FILE_FD }, { "ext", FILE_EXT },
	{ "ref", FILE_REF },	     { "group", FILE_GROUP },
	{ "dev", FILE_DEVICE },	     { "drv", FILE_DRIVER },
	{ "kvm", FILE_KVM },
};

/* The kind of object that an argument names, or -1. */
static int names_what(const struct file_op *op, const char *arg)
{
	unsigned i;

	/* Of a container this is a number; its handle is the other one. */
	if (!strcmp(op->op.type->name, "check_extension") &&
	    !strcmp(arg, "ext"))
		return -1;
	if (!strncmp(op->op.type->name, "driver_", 7) && !strcmp(arg, "name"))
		return FILE_DRIVER;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].arg, arg))
			return (int)names[i].kind;
	return -1;
}

static bool is(const struct file_op *op, const char *name)
{
	return !strcmp(op->op.type->name, name);
}

static bool makes(const struct file_op *op, int kind)
{
	return (kind == FILE_DEVICE && is(op, "device_add")) ||
	       (kind == FILE_DRIVER && is(op, "driver_register")) ||
	       (kind == FILE_KVM && is(op, "kvm_create"));
}

static bool ends(const struct file_op *op, int kind)
{
	return (kind == FILE_DEVICE && is(op, "device_del")) ||
	       (kind == FILE_DRIVER && is(op, "driver_unregister")) ||
	       (kind == FILE_KVM && is(op, "kvm_destroy")) ||
	       (kind == FILE_EXT && is(op, "external_put")) ||
	       (kind == FILE_REF && is(op, "device_ref_put"));
}

/* The bus, and VFIO, look names up themselves: as safe as in the kernel. */
static bool by_name(const struct file_op *op, int kind)
{
	return kind == FILE_DRIVER ||
	       (kind == FILE_DEVICE && (is(op, "bind") || is(op, "unbind") ||
					is(op, "get_device_fd")));
}

/* A group comes to be with its first device. */
static int use_group(struct scenario_file *file, struct file_op *op,
		     const struct file_node *name, unsigned actor)
{
	int group = -1;

	if (!is(op, "device_add"))
		return sim_file_use(file, FILE_GROUP, name, actor);
	if (name->kind == FILE_SCALAR)
		group = sim_file_find(file, FILE_GROUP, name->text);
	if (group < 0 && actor == FILE_SETUP)
		return sim_file_make(file, FILE_GROUP, name, actor);
	if (group < 0)
		return sim_file_use(file, FILE_GROUP, name, actor);
	if (actor != FILE_SETUP)
		sim_file_end(file, group, actor, name);
	return group;
}

/* Returns the object, or -1: the file has failed. */
static int name_object(struct scenario_file *file, struct file_op *op, int kind,
		       const struct file_node *name, unsigned actor)
{
	int object;

	if (kind == FILE_GROUP)
		return use_group(file, op, name, actor);
	if (makes(op, kind))
		return sim_file_make(file, (enum file_object_kind)kind, name,
				     actor);
	object = sim_file_use(file, (enum file_object_kind)kind, name, actor);
	if (object < 0)
		return -1;
	if (ends(op, kind))
		sim_file_end(file, object, actor, name);
	else if (!by_name(op, kind))
		file->objects[object].users |= 1u << actor;
	return object;
}

/* ---------------------------------------------------------------- arguments */

static bool set_text(struct scenario_file *file, struct file_op *op,
		     const char *arg, const struct file_node *node)
{
	char error[SIM_TEXT_MAX];

	return !sim_script_op_set_text(&op->op, arg, node->text, error) ||
	       sim_file_fail(file, node, "%s", error);
}

static const char *const kinds[] = { "vfio",	       "vfio-pci",
				     "vfio-failprobe", "vfio-double",
				     "host",	       "host-failprobe",
				     "whitelisted",    NULL };
static const char *const services[] = { "attach", "iommu_open",	   "open", "fd",
					"file",	  "device_create", NULL };

/* Sites, services and kinds of drivers are words of a list. */
static bool set_word(struct scenario_file *file, struct file_op *op,
		     const char *arg, const struct file_node *node)
{
	const char *sites[WORDS_MAX + 1], *what = "a name";
	const char *const *words = NULL;
	unsigned nr;

	for (nr = 0; nr < WORDS_MAX && sim_script_site_name(nr); nr++)
		sites[nr] = sim_script_site_name(nr);
	sites[nr] = NULL;
	if (!strcmp(arg, "kind")) {
		what = "a kind of driver";
		words = kinds;
	} else if (!strcmp(arg, "what")) {
		what = "a call that can be made to fail";
		words = services;
	} else if (!strcmp(arg, "site")) {
		what = "a site of allocations";
		words = sites;
	}
	if (!sim_file_is_scalar(file, node, what))
		return false;
	if (words && sim_words_find(node->text, words) < 0)
		return sim_file_expected_word(file, node, what, words);
	return set_text(file, op, arg, node);
}

static bool set_number(struct scenario_file *file, struct file_op *op,
		       const char *arg, const struct file_node *node)
{
	char error[SIM_TEXT_MAX], what[SCRIPT_TEXT_MAX];
	long number;

	snprintf(what, sizeof(what), "a number for %s", arg);
	if (!strcmp(arg, "err") ? !sim_file_errno(file, node, &number) :
				  !sim_file_number(file, node, what, &number))
		return false;
	return !sim_script_op_set_number(&op->op, arg, number, error) ||
	       sim_file_fail(file, node, "%s", error);
}

static bool set_object(struct scenario_file *file, struct file_op *op,
		       unsigned nth, const struct file_node *node,
		       unsigned actor)
{
	const struct script_arg_type *arg = &op->op.type->args[nth];
	int object =
		name_object(file, op, names_what(op, arg->name), node, actor);

	if (object < 0)
		return false;
	op->handles[nth] = object;
	if (arg->kind == SCRIPT_STRING)
		return set_text(file, op, arg->name, node);
	op->op.args[nth].given = true;
	return true;
}

static bool set_arg(struct scenario_file *file, struct file_op *op,
		    unsigned nth, const struct file_node *node, unsigned actor)
{
	const struct script_arg_type *arg = &op->op.type->args[nth];

	if (names_what(op, arg->name) >= 0)
		return set_object(file, op, nth, node, actor);
	return arg->kind == SCRIPT_STRING ?
		       set_word(file, op, arg->name, node) :
		       set_number(file, op, arg->name, node);
}

/* ---------------------------------------------------------------------- keys */

static bool complain_key(struct scenario_file *file, const struct file_op *op,
			 const struct file_node *key)
{
	const char *words[WORDS_MAX + 1], *const *values;
	char what[SCRIPT_TEXT_MAX + 16];
	unsigned i, nr = 0;

	if (!strcmp(key->text, "at"))
		return sim_file_fail(file, key,
				     "expected no 'at': stop points have no "
				     "place here, as every interleaving is "
				     "tried");
	for (i = 0; op->op.type->args[i].name; i++)
		words[nr++] = op->op.type->args[i].name;
	if (opens(op) >= 0)
		words[nr++] = "as";
	words[nr++] = "ret";
	words[nr++] = "refused_if";
	for (values = sim_file_values_of(op->op.type->name); *values; values++)
		words[nr++] = *values;
	words[nr] = NULL;
	snprintf(what, sizeof(what), "a key of %s", op->op.type->name);
	return sim_file_expected_word(file, key, what, words);
}

static bool set_as(struct scenario_file *file, struct file_op *op,
		   const struct file_node *name, unsigned actor)
{
	op->as = sim_file_make(file, (enum file_object_kind)opens(op), name,
			       actor);
	if (op->as < 0)
		return false;
	file->objects[op->as].type = op->op.type->name;
	return true;
}

static bool set_key(struct scenario_file *file, struct file_op *op,
		    const struct file_node *key, unsigned actor)
{
	unsigned i;

	for (i = 0; op->op.type->args[i].name; i++)
		if (!strcmp(op->op.type->args[i].name, key->text))
			return set_arg(file, op, i, key->value, actor);
	if (sim_file_is_result(op, key->text))
		return sim_file_parse_result(file, op, key);
	if (strcmp(key->text, "as") || opens(op) < 0)
		return complain_key(file, op, key);
	/* Last: what it is given must exist before what it opens. */
	return true;
}

static bool set_keys(struct scenario_file *file, struct file_op *op,
		     const struct file_node *map, unsigned actor)
{
	const struct file_node *key, *as;

	for (key = map->items; key; key = key->next)
		if (!set_key(file, op, key, actor))
			return false;
	as = sim_file_get(map, "as");
	return !as || set_as(file, op, as, actor);
}

/* ------------------------------------------------------------- what is asked */

/* What set-up decides about must not change while tasks run. */
static bool check_alone(struct scenario_file *file, const struct file_op *op,
			const struct file_node *at)
{
	static const char *const alone[] = { "alloc_fail", "inject",
					     "iommu_coherent", "device_ref_get",
					     NULL };
	const char *what = NULL;
	unsigned i;

	if (sim_words_find(op->op.type->name, alone) >= 0)
		what = op->op.type->name;
	for (i = 0; op->op.type->args[i].name; i++)
		if (op->op.args[i].given &&
		    (!strcmp(op->op.type->args[i].name, "keep") ||
		     !strcmp(op->op.type->args[i].name, "reuse")))
			what = op->op.type->args[i].name;
	return !what || sim_file_fail(file, at,
				      "expected '%s' in setup, found it in a "
				      "task",
				      what);
}

/* What a user would look up beforehand, in a race, is what is known here. */
static bool default_driver(struct scenario_file *file, struct file_op *op,
			   const struct file_node *at, unsigned actor)
{
	const struct file_object *dev = &file->objects[op->handles[0]];
	const char *driver = dev->driver[actor] ? dev->driver[actor] :
						  dev->driver[FILE_SETUP];
	char error[SIM_TEXT_MAX];

	if (op->op.args[1].given)
		return true;
	if (!driver)
		return sim_file_fail(file, at,
				     "expected 'unbind: {dev: %s, drv: "
				     "DRIVER}', as nothing before binds it",
				     dev->name);
	return !sim_script_op_set_text(&op->op, "drv", driver, error) ||
	       sim_file_fail(file, at, "%s", error);
}

static bool check_task_op(struct scenario_file *file, struct file_op *op,
			  const struct file_node *at, unsigned actor)
{
	if (actor == FILE_SETUP || actor == FILE_TEARDOWN)
		return true;
	if (!check_alone(file, op, at))
		return false;
	return !is(op, "unbind") || default_driver(file, op, at, actor);
}

static bool check_op(struct scenario_file *file, struct file_op *op,
		     const struct file_node *at, unsigned actor)
{
	char error[SIM_TEXT_MAX];

	if (sim_script_op_check(&op->op, error))
		return sim_file_fail(file, at, "%s", error);
	if (is(op, "alloc_fail") && !op->op.args[1].given)
		return sim_file_fail(file, at,
				     "expected 'site' of alloc_fail, found "
				     "none");
	if (is(op, "bind"))
		file->objects[op->handles[0]].driver[actor] =
			op->op.args[1].text;
	if (is(op, "device_add") && op->handles[1] >= 0)
		file->objects[op->handles[0]].group =
			(unsigned)op->handles[1] + 1;
	return check_task_op(file, op, at, actor);
}

/* ---------------------------------------------------------------------- name */

static bool refuse_stop(struct scenario_file *file, const struct file_node *at)
{
	const char *name = at->text;

	if (!strcmp(name, "tick") || !strcmp(name, "signal"))
		return sim_file_fail(
			file, at,
			"expected another operation than %s: with '%s: true' "
			"at the top every sleep may end that way",
			name, !strcmp(name, "tick") ? "timeouts" : "signals");
	return sim_file_fail(file, at,
			     "expected an operation that runs to its end, "
			     "found '%.40s': stop points have no place here, "
			     "as every interleaving is tried",
			     name);
}

static bool is_stop(const char *name)
{
	const char *tail = strrchr(name, '_');

	return !strcmp(name, "tick") || !strcmp(name, "signal") ||
	       !strcmp(name, "finish") ||
	       (tail && (!strcmp(tail, "_begin") || !strcmp(tail, "_finish")));
}

static bool set_type(struct scenario_file *file, struct file_op *op,
		     const struct file_node *at)
{
	const char *words[WORDS_MAX + 1];
	const struct script_op_type *type;
	unsigned i, nr = 0;

	for (i = 0; (type = sim_script_op_type(i)) && nr < WORDS_MAX; i++)
		if (!is_stop(type->name))
			words[nr++] = type->name;
	words[nr] = NULL;
	if (sim_words_find(at->text, words) < 0) {
		if (is_stop(at->text))
			return refuse_stop(file, at);
		return sim_file_expected_word(file, at, "an operation", words);
	}
	sim_file_init_op(op, at->text, at);
	return true;
}

void sim_file_init_op(struct file_op *op, const char *name,
		      const struct file_node *at)
{
	char error[SIM_TEXT_MAX];
	unsigned i;

	memset(op, 0, sizeof(*op));
	(void)sim_script_op_init(&op->op, name, error);
	for (i = 0; i < SCRIPT_ARGS_MAX; i++)
		op->handles[i] = -1;
	op->as = -1;
	op->line = at->line;
	op->column = at->column;
	op->call = sim_file_call_of(name);
}

/* "kvm_group_del vm G": as it stands in messages. */
bool sim_file_describe_op(struct scenario_file *file, struct file_op *op)
{
	char text[SCRIPT_TEXT_MAX * SCRIPT_ARGS_MAX];
	size_t used =
		(size_t)snprintf(text, sizeof(text), "%s", op->op.type->name);
	unsigned i;

	for (i = 0; op->op.type->args[i].name; i++) {
		const struct script_value *value = &op->op.args[i];

		if (!value->given)
			continue;
		if (op->handles[i] >= 0)
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, " %s",
				file->objects[op->handles[i]].name);
		else if (op->op.type->args[i].kind == SCRIPT_STRING)
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, " %s",
						 value->text);
		else
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, " %ld",
						 value->number);
	}
	op->text = sim_file_strdup(file, text);
	return op->text != NULL;
}

/* ---------------------------------------------------------------------- list */

struct file_op *sim_file_add_op(struct scenario_file *file,
				struct file_ops *ops,
				const struct file_node *at)
{
	struct file_op *more;

	if (++file->nr_ops > FILE_OPS_MAX) {
		sim_file_fail(file, at, "expected at most %d operations",
			      FILE_OPS_MAX);
		return NULL;
	}
	if (ops->nr == ops->max) {
		more = sim_file_alloc(file, 2 * (ops->max + 4) * sizeof(*more));
		if (!more)
			return NULL;
		if (ops->nr)
			memcpy(more, ops->ops, ops->nr * sizeof(*more));
		ops->ops = more;
		ops->max = 2 * (ops->max + 4);
	}
	return &ops->ops[ops->nr++];
}

/* "- unbind: d0", "- unbind: {dev: d0, ...}" or "- container_open". */
static bool parse_op(struct scenario_file *file, const struct file_node *item,
		     unsigned actor, struct file_op *op)
{
	const struct file_node *key = item, *value = NULL;
	if (item->kind == FILE_MAP && item->items) {
		key = item->items;
		value = key->value;
		if (key->next)
			return sim_file_fail(file, key->next,
					     "expected one operation in an "
					     "item, found '%.40s' besides "
					     "'%.40s'; its arguments go into "
					     "{ }",
					     key->next->text, key->text);
	}
	if (!sim_file_is_scalar(file, key, "an operation") ||
	    !set_type(file, op, key))
		return false;
	op->ret.kind = actor == FILE_SETUP ? FILE_OK : FILE_ANY;
	op->alone = actor == FILE_SETUP || actor == FILE_TEARDOWN;
	if (value && value->kind == FILE_LIST)
		return sim_file_expected(file, value, "arguments");
	if (value && value->kind == FILE_MAP) {
		if (!set_keys(file, op, value, actor))
			return false;
	} else if (value && !op->op.type->args[0].name) {
		return sim_file_expected(file, value,
					 "no argument, or {as: "
					 "NAME}");
	} else if (value && !set_arg(file, op, 0, value, actor)) {
		return false;
	}
	return check_op(file, op, key, actor) && sim_file_describe_op(file, op);
}

bool sim_file_parse_ops(struct scenario_file *file,
			const struct file_node *list, unsigned actor,
			struct file_ops *ops)
{
	const struct file_node *item;
	struct file_op *op;

	if (!sim_file_is_list(file, list, "a list of operations"))
		return false;
	for (item = list->items; item; item = item->next) {
		op = sim_file_add_op(file, ops, item);
		if (!op || !parse_op(file, item, actor, op))
			return false;
	}
	return true;
}
