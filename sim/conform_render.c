/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_render.c - writes what the model answered as the corpora write what
 * the kernel answered, so that equal steps are equal byte by byte.
 */
#include "conform_internal.h"

#include <string.h>

#define ERRNO_FIRST (-4095)

/* "," between the entries of an object or array. */
static void separate(struct conform_text *text, bool *first)
{
	if (!*first)
		sim_conform_write(text, ",");
	*first = false;
}

static void name_value(struct conform_text *text, const char *name)
{
	sim_conform_quote(text, name);
	sim_conform_write(text, ":");
}

/* ------------------------------------------------------------------ outcomes */

static void render_number_or_errno(struct conform_text *text, long ret)
{
	if (ret < 0 && ret >= ERRNO_FIRST)
		sim_conform_quote(text, sim_errno_name(ret));
	else
		sim_conform_print(text, "%ld", ret);
}

static void render_ret(struct conform_text *text,
		       const struct script_outcome *outcome)
{
	switch (outcome->status) {
	case SCRIPT_RETURNED:
		render_number_or_errno(text, outcome->ret);
		break;
	case SCRIPT_PARKED:
		sim_conform_write(text, "\"parked\"");
		break;
	case SCRIPT_BLOCKED:
		sim_conform_write(text, "\"would_block\"");
		break;
	case SCRIPT_BUG:
		sim_conform_write(text, "\"BUG\"");
		break;
	case SCRIPT_CRASHED:
		sim_conform_write(text, "\"crash\"");
		break;
	}
}

/* ret, and what the operation returned besides. */
static void render_outcome(struct conform_text *text,
			   const struct script_outcome *outcome)
{
	unsigned i;

	sim_conform_write(text, "\"ret\":");
	render_ret(text, outcome);
	for (i = 0; i < outcome->nr_values; i++)
		sim_conform_print(text, ",\"%s\":%ld", outcome->values[i].name,
				  outcome->values[i].value);
	if (outcome->status == SCRIPT_PARKED) {
		sim_conform_write(text, ",\"at\":");
		sim_conform_quote(text, outcome->at);
	}
	if (outcome->status == SCRIPT_BLOCKED) {
		sim_conform_write(text, ",\"on\":");
		sim_conform_quote(text, outcome->on);
		if (outcome->self_deadlock)
			sim_conform_write(text, ",\"self_deadlock\":true");
	}
}

/* {"i":3,"op":"bind" */
static void render_step(struct conform_text *text,
			const struct script_outcome *outcome)
{
	char name[SCRIPT_TEXT_MAX];

	if (!outcome->op) {
		sim_conform_write(text, "{\"i\":-1,\"op\":\"kworker\"");
		return;
	}
	sim_conform_print(text, "{\"i\":%u,\"op\":", outcome->step);
	sim_conform_quote(text,
			  sim_script_op_name(outcome->op, name, sizeof(name)));
}

static void render_completed(struct conform_text *text,
			     const struct script_result *result)
{
	unsigned i;

	if (!result->nr_completed)
		return;
	sim_conform_write(text, ",\"completed\":[");
	for (i = 0; i < result->nr_completed; i++) {
		if (i)
			sim_conform_write(text, ",");
		render_step(text, &result->completed[i]);
		sim_conform_write(text, ",");
		render_outcome(text, &result->completed[i]);
		sim_conform_write(text, "}");
	}
	sim_conform_write(text, "]");
}

static void render_blocked(struct conform_text *text,
			   const struct script_result *result)
{
	unsigned i;

	if (!result->nr_blocked)
		return;
	sim_conform_write(text, ",\"blocked\":[");
	for (i = 0; i < result->nr_blocked; i++) {
		if (i)
			sim_conform_write(text, ",");
		render_step(text, &result->blocked[i]);
		sim_conform_write(text, ",\"on\":");
		sim_conform_quote(text, result->blocked[i].on);
		sim_conform_write(text, "}");
	}
	sim_conform_write(text, "]");
}

static void render_workers(struct conform_text *text,
			   const struct script_result *result)
{
	unsigned i;

	if (!result->nr_workers)
		return;
	sim_conform_write(text, ",\"kworker_blocked\":[");
	for (i = 0; i < result->nr_workers; i++) {
		if (i)
			sim_conform_write(text, ",");
		sim_conform_quote(text, result->workers[i]);
	}
	sim_conform_write(text, "]");
}

static void render_events(struct conform_text *text,
			  const struct script_result *result)
{
	unsigned i;

	if (!result->nr_events)
		return;
	sim_conform_write(text, ",\"events\":[");
	for (i = 0; i < result->nr_events; i++) {
		if (i)
			sim_conform_write(text, ",");
		sim_conform_quote(text, result->events[i]);
	}
	sim_conform_write(text, "]");
}

static void render_allocs(struct conform_text *text,
			  const struct script_result *result, const char *name,
			  bool failed_only)
{
	bool first = true;
	unsigned i;

	for (i = 0; i < result->nr_allocs; i++) {
		if (failed_only && !result->allocs[i].failed)
			continue;
		if (first)
			sim_conform_print(text, ",\"%s\":[", name);
		separate(text, &first);
		sim_conform_quote(text, result->allocs[i].site);
	}
	if (!first)
		sim_conform_write(text, "]");
}

/* -------------------------------------------------------------------- state */

static void render_name_or_null(struct conform_text *text, const char *name)
{
	if (name)
		sim_conform_quote(text, name);
	else
		sim_conform_write(text, "null");
}

static void render_member(struct conform_text *text,
			  const struct script_member *member)
{
	char name[SCRIPT_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%s%s", member->dev,
		 member->freed ? "!freed" : "");
	sim_conform_quote(text, name);
}

static void render_group_lists(struct conform_text *text,
			       const struct script_group_state *group)
{
	unsigned i;

	sim_conform_write(text, ",\"devices\":[");
	for (i = 0; i < group->nr_devices; i++) {
		sim_conform_write(text, i ? ",[" : "[");
		render_member(text, &group->devices[i]);
		sim_conform_print(text, ",%d]", group->devices[i].ref);
	}
	sim_conform_write(text, "],\"unbound\":[");
	for (i = 0; i < group->nr_unbound; i++) {
		if (i)
			sim_conform_write(text, ",");
		render_member(text, &group->unbound[i]);
	}
	sim_conform_write(text, "]");
}

static void render_vfio_group(struct conform_text *text,
			      const struct script_group_state *group)
{
	static const char *const viable[] = { "false", "true", "null" };

	sim_conform_print(
		text, ",\"viable\":%s,\"users\":%d,\"opened\":%d,\"kref\":%d",
		viable[group->viable], group->users, group->opened,
		group->kref);
	if (group->container < 0)
		sim_conform_write(text, ",\"container\":null");
	else
		sim_conform_print(text, ",\"container\":\"c%d\"",
				  group->container);
	render_group_lists(text, group);
}

static void render_group(struct conform_text *text,
			 const struct script_group_state *group)
{
	char name[SCRIPT_NAME_MAX + 8];
	unsigned i;

	snprintf(name, sizeof(name), "%s%s", group->label,
		 group->old ? "!old" : "");
	sim_conform_quote(text, name);
	sim_conform_print(text, ":{\"exists\":%s",
			  group->exists ? "true" : "false");
	if (group->exists)
		render_vfio_group(text, group);
	if (!group->iommu) {
		sim_conform_write(text, ",\"iommu\":null}");
		return;
	}
	sim_conform_print(text,
			  ",\"iommu\":{\"id\":%d,\"ref\":%d,\"members\":[",
			  group->id, group->ref);
	for (i = 0; i < group->nr_members; i++) {
		if (i)
			sim_conform_write(text, ",");
		sim_conform_quote(text, group->members[i]);
	}
	sim_conform_write(text, "]}}");
}

static void render_device(struct conform_text *text,
			  const struct script_device_state *device)
{
	name_value(text, device->name);
	sim_conform_write(text, "{\"driver\":");
	render_name_or_null(text, device->driver);
	sim_conform_print(text, ",\"in_group\":%s,\"iommu_group\":",
			  device->in_group ? "true" : "false");
	render_name_or_null(text, device->iommu_group);
	if (device->locked)
		sim_conform_write(text, ",\"locked\":true");
	if (device->deleting)
		sim_conform_write(text, ",\"deleting\":true");
	sim_conform_write(text, "}");
}

static void render_labels(struct conform_text *text, const char *const *labels,
			  unsigned nr, bool corrupt)
{
	bool first = true;
	unsigned i;

	sim_conform_write(text, "\"groups\":[");
	for (i = 0; i < nr; i++) {
		separate(text, &first);
		render_name_or_null(text, labels[i]);
	}
	if (corrupt) {
		separate(text, &first);
		sim_conform_quote(text, "!corrupt");
	}
	sim_conform_write(text, "]");
}

static void render_containers(struct conform_text *text,
			      const struct script_state *state)
{
	unsigned i;

	sim_conform_write(text, "\"containers\":{");
	for (i = 0; i < state->nr_containers; i++) {
		const struct script_container_state *c = &state->containers[i];

		sim_conform_print(text,
				  "%s\"c%d\":{\"kref\":%d,\"iommu_set\":%s,",
				  i ? "," : "", c->number, c->kref,
				  c->iommu_set ? "true" : "false");
		render_labels(text, c->groups, c->nr_groups, c->corrupt);
		sim_conform_write(text, "}");
	}
	sim_conform_write(text, "}");
}

static void render_kvms(struct conform_text *text,
			const struct script_state *state)
{
	unsigned i;

	sim_conform_write(text, "\"kvms\":{");
	for (i = 0; i < state->nr_kvms; i++) {
		const struct script_kvm_state *kvm = &state->kvms[i];

		if (i)
			sim_conform_write(text, ",");
		name_value(text, kvm->name);
		sim_conform_write(text, "{");
		render_labels(text, kvm->groups, kvm->nr_groups, false);
		sim_conform_print(text, ",\"noncoherent\":%d,\"assigned\":%d}",
				  kvm->noncoherent, kvm->assigned);
	}
	sim_conform_write(text, "}");
}

static void render_handles(struct conform_text *text,
			   const struct script_state *state)
{
	unsigned i;

	sim_conform_write(text, "\"ext\":{");
	for (i = 0; i < state->nr_ext; i++) {
		sim_conform_print(text, "%s\"%d\":", i ? "," : "",
				  state->ext[i].handle);
		render_name_or_null(text, state->ext[i].group);
	}
	sim_conform_write(text, "},\"dev_refs\":{");
	for (i = 0; i < state->nr_dev_refs; i++) {
		sim_conform_print(text, "%s\"%d\":", i ? "," : "",
				  state->dev_refs[i].handle);
		sim_conform_quote(text, state->dev_refs[i].dev);
	}
	sim_conform_write(text, "}");
}

static void render_state(struct conform_text *text,
			 const struct script_state *state)
{
	unsigned i;

	sim_conform_write(text, ",\"state\":{\"groups\":{");
	for (i = 0; i < state->nr_groups; i++) {
		if (i)
			sim_conform_write(text, ",");
		render_group(text, &state->groups[i]);
	}
	sim_conform_write(text, "},\"devices\":{");
	for (i = 0; i < state->nr_devices; i++) {
		if (i)
			sim_conform_write(text, ",");
		render_device(text, &state->devices[i]);
	}
	sim_conform_write(text, "},");
	render_containers(text, state);
	sim_conform_write(text, ",");
	render_kvms(text, state);
	sim_conform_write(text, ",");
	render_handles(text, state);
	sim_conform_print(
		text, ",\"iommu_objs\":%u,\"mod_vfio\":%d,\"mod_iommu\":%d}",
		state->iommu_objs, state->mod_vfio, state->mod_iommu);
}

/* ------------------------------------------------------------------- results */

/* What the kernel's own run would have died of. */
static const char *crash_kind(enum sim_verdict verdict)
{
	switch (verdict) {
	case SIM_USE_AFTER_FREE:
		return "heap-use-after-free";
	case SIM_NULL_DEREFERENCE:
		return "SEGV";
	case SIM_ENDLESS_WALK:
	case SIM_LIVELOCK:
	case SIM_STEP_LIMIT:
		return "hang";
	default:
		return sim_verdict_name(verdict);
	}
}

void sim_conform_render_result(struct conform_text *text,
			       const struct script_result *result,
			       const struct script_state *state)
{
	sim_conform_write(text, "{");
	render_outcome(text, &result->own);
	if (result->own.status == SCRIPT_CRASHED) {
		sim_conform_write(text, ",\"crash\":{\"kind\":");
		sim_conform_quote(text, crash_kind(result->verdict));
		sim_conform_write(text, "}}");
		return;
	}
	render_workers(text, result);
	render_completed(text, result);
	render_blocked(text, result);
	render_events(text, result);
	render_allocs(text, result, "allocs", false);
	render_allocs(text, result, "alloc_failed", true);
	sim_conform_print(text, ",\"warn\":%u,\"bug\":%u", result->warn,
			  result->bug);
	if (state)
		render_state(text, state);
	sim_conform_write(text, "}");
}

static void render_live(struct conform_text *text)
{
	bool first = true;
	unsigned i;

	for (i = 0; sim_script_site_name(i); i++) {
		if (!sim_script_site_live(i))
			continue;
		separate(text, &first);
		name_value(text, sim_script_site_name(i));
		sim_conform_print(text, "%u", sim_script_site_live(i));
	}
}

static void render_stuck(struct conform_text *text, struct script *script)
{
	static struct script_outcome outcomes[SCRIPT_STEPS_MAX];
	unsigned i, nr = sim_script_pending(script, outcomes);

	for (i = 0; i < nr; i++) {
		bool parked = outcomes[i].status == SCRIPT_PARKED;

		if (i)
			sim_conform_write(text, ",");
		render_step(text, &outcomes[i]);
		sim_conform_write(text, parked ? ",\"parked\":" : ",\"on\":");
		sim_conform_quote(text,
				  parked ? outcomes[i].at : outcomes[i].on);
		sim_conform_write(text, "}");
	}
}

void sim_conform_render_end(struct conform_text *text, struct script *script,
			    unsigned steps, const struct script_result *last)
{
	sim_conform_print(text, "{\"ops\":%u", steps);
	if (last && last->own.status == SCRIPT_CRASHED) {
		sim_conform_write(text, ",\"crashed\":true}");
		return;
	}
	sim_conform_print(text, ",\"halted\":%s,\"live_allocs\":{",
			  last && last->halted ? "true" : "false");
	render_live(text);
	sim_conform_write(text, "},\"stuck\":[");
	render_stuck(text, script);
	sim_conform_write(text, "]}");
}
