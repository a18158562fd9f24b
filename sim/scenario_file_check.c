/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_check.c - compares what all tasks together have left behind
 * with what a file says of it.
 */
#include "scenario_file_internal.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MAX (SCRIPT_LIST_MAX * SCRIPT_NAME_MAX)

/* What is found: a number, or names. */
struct found {
	bool known; /* there is such an object, with such a field */
	bool is_text;
	long number;
	char text[LIST_MAX];
};

/* -------------------------------------------------------------------- names */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lists are compared as sets: an order of theirs is nobody's promise. */
static void set_names(struct found *found, const char **names, unsigned nr)
{
	size_t used = 0;
	unsigned i;

	qsort(names, nr, sizeof(*names), compare_names);
	found->is_text = true;
	found->text[0] = '\0';
	for (i = 0; i < nr && used < sizeof(found->text); i++)
		used += (size_t)snprintf(found->text + used,
					 sizeof(found->text) - used, "%s%s",
					 i ? " " : "", names[i]);
}

static void set_name(struct found *found, const char *name)
{
	set_names(found, &name, name ? 1 : 0);
}

static void set_members(struct found *found,
			const struct script_member *members, unsigned nr)
{
	const char *names[SCRIPT_LIST_MAX];
	unsigned i;

	for (i = 0; i < nr; i++)
		names[i] = members[i].dev;
	set_names(found, names, nr);
}

static void set_number(struct found *found, long number)
{
	found->is_text = false;
	found->number = number;
}

/* ------------------------------------------------------------------ objects */

/* Fields of what is no group of VFIO any more. */
static bool find_gone_field(const char *field, struct found *found)
{
	if (strcmp(field, "exists"))
		return false;
	set_number(found, 0);
	return true;
}

static bool find_group_field(const struct script_group_state *group,
			     const char *field, struct found *found)
{
	if (!group || !group->exists)
		return find_gone_field(field, found);
	if (!strcmp(field, "exists"))
		set_number(found, 1);
	else if (!strcmp(field, "viable"))
		set_number(found, group->viable == SCRIPT_VIABLE);
	else if (!strcmp(field, "users"))
		set_number(found, group->users);
	else if (!strcmp(field, "opened"))
		set_number(found, group->opened);
	else if (!strcmp(field, "kref"))
		set_number(found, group->kref);
	else if (!strcmp(field, "container_set"))
		set_number(found, group->container >= 0);
	else if (!strcmp(field, "devices"))
		set_members(found, group->devices, group->nr_devices);
	else
		set_members(found, group->unbound, group->nr_unbound);
	return true;
}

static bool find_device_field(const struct script_device_state *device,
			      const char *field, struct found *found)
{
	if (!device)
		return find_gone_field(field, found);
	if (!strcmp(field, "exists"))
		set_number(found, 1);
	else if (!strcmp(field, "driver"))
		set_name(found, device->driver);
	else if (!strcmp(field, "in_group"))
		set_number(found, device->in_group);
	else if (!strcmp(field, "locked"))
		set_number(found, device->locked);
	else
		set_name(found, device->iommu_group);
	return true;
}

static bool find_kvm_field(const struct script_kvm_state *kvm,
			   const char *field, struct found *found)
{
	const char *names[SCRIPT_LIST_MAX];
	unsigned i;

	if (!kvm)
		return find_gone_field(field, found);
	if (!strcmp(field, "exists")) {
		set_number(found, 1);
	} else if (!strcmp(field, "noncoherent")) {
		set_number(found, kvm->noncoherent);
	} else if (!strcmp(field, "assigned")) {
		set_number(found, kvm->assigned);
	} else {
		for (i = 0; i < kvm->nr_groups; i++)
			names[i] = kvm->groups[i] ? kvm->groups[i] : "?";
		set_names(found, names, kvm->nr_groups);
	}
	return true;
}

static bool find_field(const struct script_state *state,
		       const struct file_check *check, struct found *found)
{
	const struct script_group_state *group = NULL;
	const struct script_device_state *device = NULL;
	const struct script_kvm_state *kvm = NULL;
	unsigned i;

	switch (check->section) {
	case FILE_CHECK_GROUP:
		for (i = 0; i < state->nr_groups; i++)
			if (!state->groups[i].old &&
			    !strcmp(state->groups[i].label, check->object))
				group = &state->groups[i];
		return find_group_field(group, check->field, found);
	case FILE_CHECK_DEVICE:
		for (i = 0; i < state->nr_devices; i++)
			if (!strcmp(state->devices[i].name, check->object))
				device = &state->devices[i];
		return find_device_field(device, check->field, found);
	default:
		for (i = 0; i < state->nr_kvms; i++)
			if (!strcmp(state->kvms[i].name, check->object))
				kvm = &state->kvms[i];
		return find_kvm_field(kvm, check->field, found);
	}
}

/* ------------------------------------------------------------------ verdict */

static void fail(const struct scenario_file *file,
		 const struct file_check *check, const struct found *found)
{
	static const char *const sections[] = { "group", "device", "kvm" };
	const struct sched_site site = { NULL, "check", file->path,
					 check->line };
	char expected[64], text[SIM_TEXT_MAX], got[64];

	if (check->text)
		snprintf(expected, sizeof(expected), "[%.60s]", check->text);
	else
		snprintf(expected, sizeof(expected), "%ld", check->number);
	if (!found->known)
		snprintf(got, sizeof(got), "none");
	else if (found->is_text)
		snprintf(got, sizeof(got), "[%.60s]", found->text);
	else
		snprintf(got, sizeof(got), "%ld", found->number);
	snprintf(text, sizeof(text), "%s %s: expected %s %s, found %s",
		 sections[check->section], check->object, check->field,
		 expected, got);
	sim_check_failed(text, &site);
}

static bool equal(const struct file_check *check, const struct found *found)
{
	if (!found->known || found->is_text != (check->text != NULL))
		return false;
	return check->text ? !strcmp(check->text, found->text) :
			     check->number == found->number;
}

void sim_file_check(const struct scenario_file *file, struct script *script)
{
	static struct script_state state;
	struct found found;
	unsigned i;

	if (!file->nr_checks)
		return;
	SIM_CHECK(sim_script_observe(script, &state) == 0);
	for (i = 0; i < file->nr_checks; i++) {
		found.known = find_field(&state, &file->checks[i], &found);
		if (!equal(&file->checks[i], &found))
			fail(file, &file->checks[i], &found);
	}
}
