/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_object.c - what operations name, and who may name it.
 *
 * Tasks share what set-up made.  What a task makes is its own, and what it
 * ends (other than files and bus objects, of which the model itself keeps
 * track) no other task may rely on: so names need no lock.
 */
#include "scenario_file_internal.h"

#include "words.h"

#include <string.h>

static const char *const nouns[FILE_OBJECT_NR] = {
	[FILE_FD] = "the name of an open file",
	[FILE_EXT] = "the name of an external user",
	[FILE_REF] = "the name of a reference on a device",
	[FILE_GROUP] = "a group",
	[FILE_DEVICE] = "a device",
	[FILE_DRIVER] = "a driver",
	[FILE_KVM] = "a virtual machine",
};

static bool is_handle(enum file_object_kind kind)
{
	return kind <= FILE_REF;
}

const char *sim_file_actor_name(const struct scenario_file *file,
				unsigned actor, char *buf, size_t size)
{
	if (actor == FILE_SETUP)
		snprintf(buf, size, "setup");
	else if (actor == FILE_TEARDOWN)
		snprintf(buf, size, "teardown");
	else
		snprintf(buf, size, "task %s",
			 file->scenario.tasks[actor - 1].name);
	return buf;
}

int sim_file_find(const struct scenario_file *file, enum file_object_kind kind,
		  const char *name)
{
	unsigned i;

	for (i = 0; i < file->nr_objects; i++)
		if (file->objects[i].kind == kind &&
		    !strcmp(file->objects[i].name, name))
			return (int)i;
	return -1;
}

/* ------------------------------------------------------------------- making */

/* An object that the name must not be taken from, or -1. */
static int find_taken(const struct scenario_file *file,
		      enum file_object_kind kind, const char *name)
{
	unsigned k;
	int found;

	if (!is_handle(kind))
		return sim_file_find(file, kind, name);
	for (k = FILE_FD; k <= FILE_REF; k++) {
		found = sim_file_find(file, (enum file_object_kind)k, name);
		if (found >= 0)
			return found;
	}
	return -1;
}

/* Whoever unplugged a device, or ended a machine, may come with another. */
static bool may_make_again(const struct file_object *object, unsigned actor)
{
	return (object->kind == FILE_DEVICE || object->kind == FILE_KVM) &&
	       (object->enders & 1u << actor);
}

int sim_file_make(struct scenario_file *file, enum file_object_kind kind,
		  const struct file_node *name, unsigned actor)
{
	struct file_object *object;
	const char *text;
	int found;

	if (!sim_file_name(file, name, nouns[kind], &text))
		return -1;
	found = find_taken(file, kind, text);
	if (found >= 0 && !may_make_again(&file->objects[found], actor)) {
		sim_file_fail(file, name,
			      "expected a new name, found '%s', which is taken",
			      text);
		return -1;
	}
	if (found >= 0)
		return found;
	if (file->nr_objects == FILE_OBJECTS_MAX) {
		sim_file_fail(file, name, "expected at most %d names",
			      FILE_OBJECTS_MAX);
		return -1;
	}
	object = &file->objects[file->nr_objects];
	object->kind = kind;
	object->name = text;
	object->maker = actor;
	return (int)file->nr_objects++;
}

/* -------------------------------------------------------------------- using */

static bool visible(const struct file_object *object, unsigned actor)
{
	return object->maker == FILE_SETUP || object->maker == actor ||
	       actor == FILE_TEARDOWN;
}

/* Nothing has that name: which one was meant? */
static int complain_unknown(struct scenario_file *file,
			    enum file_object_kind kind,
			    const struct file_node *name, unsigned actor)
{
	const char *words[FILE_OBJECTS_MAX + 1];
	char who[SCRIPT_TEXT_MAX];
	unsigned i, nr = 0;
	int other = is_handle(kind) ? find_taken(file, kind, name->text) : -1;

	if (other >= 0) {
		sim_file_fail(file, name, "expected %s, found '%s' of %s",
			      nouns[kind], name->text,
			      file->objects[other].type);
		return -1;
	}
	for (i = 0; i < file->nr_objects; i++)
		if (file->objects[i].kind == kind &&
		    visible(&file->objects[i], actor))
			words[nr++] = file->objects[i].name;
	words[nr] = NULL;
	if (nr) {
		sim_file_expected_word(file, name, nouns[kind], words);
		return -1;
	}
	sim_file_fail(file, name,
		      "expected %s that setup or %s has made before, found "
		      "'%.40s'",
		      nouns[kind],
		      sim_file_actor_name(file, actor, who, sizeof(who)),
		      name->text);
	return -1;
}

int sim_file_use(struct scenario_file *file, enum file_object_kind kind,
		 const struct file_node *name, unsigned actor)
{
	char who[SCRIPT_TEXT_MAX], other[SCRIPT_TEXT_MAX];
	struct file_object *object;
	int found;

	if (!sim_file_is_scalar(file, name, nouns[kind]))
		return -1;
	found = sim_file_find(file, kind, name->text);
	if (found < 0)
		return complain_unknown(file, kind, name, actor);
	object = &file->objects[found];
	if (!visible(object, actor)) {
		sim_file_fail(file, name,
			      "expected %s of setup or of %s itself, found "
			      "'%s' of %s",
			      nouns[kind],
			      sim_file_actor_name(file, actor, who,
						  sizeof(who)),
			      object->name,
			      sim_file_actor_name(file, object->maker, other,
						  sizeof(other)));
		return -1;
	}
	return found;
}

/* ------------------------------------------------------------------- ending */

void sim_file_end(struct scenario_file *file, int object, unsigned actor,
		  const struct file_node *at)
{
	file->objects[object].enders |= 1u << actor;
	file->objects[object].ended_at = at;
}

#define TASKS (((1u << FILE_TEARDOWN) - 1) & ~(1u << FILE_SETUP))

static unsigned lowest(unsigned set)
{
	unsigned actor = 0;

	while (!(set & 1u << actor))
		actor++;
	return actor;
}

/* By name the bus finds out itself that a device or driver is gone. */
static bool check_end(struct scenario_file *file,
		      const struct file_object *object)
{
	unsigned enders = object->enders & TASKS;
	unsigned others = (object->users | enders) & TASKS;
	char one[SCRIPT_TEXT_MAX], two[SCRIPT_TEXT_MAX];

	if (!enders || object->kind == FILE_GROUP)
		return true;
	others &= ~(1u << lowest(enders));
	if (!others)
		return true;
	return sim_file_fail(
		file, object->ended_at,
		"expected that no other task needs '%s', which %s ends and %s "
		"uses",
		object->name,
		sim_file_actor_name(file, lowest(enders), one, sizeof(one)),
		sim_file_actor_name(file, lowest(others), two, sizeof(two)));
}

/* While tasks run a group that devices come to must not go: who is to say
 * which group is meant then? */
static bool check_group(struct scenario_file *file, unsigned group)
{
	const struct file_object *object = &file->objects[group];
	unsigned i;

	if (object->kind != FILE_GROUP || !object->enders)
		return true;
	for (i = 0; i < file->nr_objects; i++)
		if (file->objects[i].kind == FILE_DEVICE &&
		    file->objects[i].group == group + 1 &&
		    file->objects[i].maker == FILE_SETUP &&
		    !file->objects[i].enders)
			return true;
	return sim_file_fail(file, object->ended_at,
			     "expected a device in group '%s' that nobody "
			     "deletes, when a task adds one",
			     object->name);
}

bool sim_file_check_ends(struct scenario_file *file)
{
	unsigned i;

	for (i = 0; i < file->nr_objects; i++)
		if (!check_end(file, &file->objects[i]) ||
		    !check_group(file, i))
			return false;
	return true;
}
