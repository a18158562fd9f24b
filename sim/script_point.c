/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_point.c - where a phased operation stands still, and what a sleeping
 * one waits for.  Both go by the names of a table; the model has no others.
 */
#include "script_internal.h"

#include <stdlib.h>
#include <string.h>

static const struct script_object objects[] = {
	{ "vfio.group_lock", "vfio", "group_lock", "mutex" },
	{ "vfio.iommu_drivers_lock", "vfio", "iommu_drivers_lock", "mutex" },
	{ "vfio_group.device_lock", "vfio_group", "device_lock", "mutex" },
	{ "vfio_group.unbound_lock", "vfio_group", "unbound_lock", "mutex" },
	{ "vfio_container.group_lock", "vfio_container", "group_lock", NULL },
	{ "iommu_group.mutex", "iommu_group", "mutex", "mutex" },
	{ "iommu_group.notifier", "iommu_group", "notifier", NULL },
	{ "kvm_vfio.lock", "kvm_vfio", "lock", "mutex" },
	{ "device.lock", "device", "lock", "mutex" },
	{ "bus.notifier", NULL, "notifier", NULL },
	/* Only slept on. */
	{ "vfio.release_q", "vfio", "release_q", "wait_event" },
	{ "vfio_group.container_q", "vfio_group", "container_q", "wait_event" },
	{ "driver.bind_files", "kernfs_root", "deactivate_waitq", "sysfs" },
	/* Only counted. */
	{ "vfio_group.container_users", "vfio_group", "container_users", NULL },
	{ "vfio_group.opened", "vfio_group", "opened", NULL },
};

#define OBJECTS_NR (sizeof(objects) / sizeof(objects[0]))
#define LOCKS_NR 10
#define COUNTERS_FIRST 13

static const char *const places[] = {
	"unbind_notify", "remove_enter", "remove_exit", "unbound_notify",
	"probe_enter",	 "probe_added",	 "probe_exit",	"bound_notify",
};

/* ------------------------------------------------------------------ parsing */

static const char *find_place(const char *text)
{
	unsigned i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i], text) == 0)
			return places[i];
	return NULL;
}

static const struct script_object *find_object(const char *name, size_t size,
					       unsigned first, unsigned end)
{
	unsigned i;

	for (i = first; i < end; i++)
		if (strlen(objects[i].name) == size &&
		    memcmp(objects[i].name, name, size) == 0)
			return &objects[i];
	return NULL;
}

/* ":2", or nothing: 1.  Returns 0: it is no number. */
static unsigned parse_nth(const char *text)
{
	unsigned long nth;
	char *end;

	if (!*text)
		return 1;
	if (text[0] != ':' || text[1] < '1' || text[1] > '9')
		return 0;
	nth = strtoul(text + 1, &end, 10);
	return *end || nth > SCRIPT_VISIBLE_MAX ? 0 : (unsigned)nth;
}

/* NAME[:n] behind "lock:", "unlock:" or "after:". */
static bool parse_object(const char *text, struct script_point *point)
{
	size_t size = strcspn(text, ":");
	bool counter = point->kind == SCRIPT_POINT_AFTER;

	point->object = find_object(text, size, counter ? COUNTERS_FIRST : 0,
				    counter ? OBJECTS_NR : LOCKS_NR);
	point->nth = parse_nth(text + size);
	return point->object && point->nth;
}

int sim_script_point_parse(const char *text, struct script_point *ret_point,
			   char *error)
{
	static const struct {
		const char *prefix;
		enum script_point_kind kind;
	} prefixes[] = {
		{ "lock:", SCRIPT_POINT_LOCK },
		{ "unlock:", SCRIPT_POINT_UNLOCK },
		{ "after:", SCRIPT_POINT_AFTER },
	};
	struct script_point point = { .place = find_place(text) };
	unsigned i;

	if (point.place)
		point.kind = SCRIPT_POINT_PLACE;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t size = strlen(prefixes[i].prefix);

		if (strncmp(text, prefixes[i].prefix, size) != 0)
			continue;
		point.kind = prefixes[i].kind;
		if (!parse_object(text + size, &point))
			point.kind = SCRIPT_POINT_NONE;
	}
	if (point.kind == SCRIPT_POINT_NONE) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected a stop point, found "
			 "\"%s\"",
			 text);
		return -EINVAL;
	}
	*ret_point = point;
	return 0;
}

/* ---------------------------------------------------------------- announced */

/* Counters carry no name; their source text ends in it. */
static const char *member_of(const struct sched_op *op)
{
	const char *what = op->name ? op->name : op->site.what;
	const char *arrow;

	if (!what || op->name)
		return what;
	arrow = strrchr(what, '>');
	return arrow ? arrow + 1 : what;
}

static bool is_object(const struct script_object *object,
		      const struct sched_op *op)
{
	const char *member = member_of(op);
	struct slab_block block;

	if (!member || strcmp(member, object->member) != 0)
		return false;
	if (slab_query(op->obj, &block) != SLAB_LIVE)
		return !object->block;
	return object->block && strcmp(block.type, object->block) == 0;
}

/* Completions have no names there, only what else may end the sleep. */
static bool is_completion(const struct sched_op *op)
{
	return op->kind == SCHED_SLEEP && op->name && !strcmp(op->name, "comp");
}

void sim_script_describe_wait(const struct sched_op *op, char *buf, size_t size)
{
	const char *member = member_of(op);
	unsigned i;

	if (is_completion(op)) {
		snprintf(buf, size, "completion:%s",
			 op->outcomes > SCHED_SIGNALLED ? "interruptible" :
							  "uninterruptible");
		return;
	}
	for (i = 0; i < OBJECTS_NR; i++) {
		const char *how = objects[i].sleep;

		if (!is_object(&objects[i], op))
			continue;
		if (!how)
			how = op->kind == SCHED_LOCK_SHARED ? "rwsem_read" :
							      "rwsem_write";
		snprintf(buf, size, "%s:%s", how, objects[i].name);
		return;
	}
	snprintf(buf, size, "%s:%s", sim_kind_name(op->kind),
		 member ? member : "?");
}

/* --------------------------------------------------------------- standing */

/* Is this the time to stand?  Only once. */
static void count_down(struct script_task *task)
{
	if (--task->point.nth)
		return;
	task->point.kind = SCRIPT_POINT_NONE;
	sim_script_park(task);
}

/* A writer takes an rwsem in two operations; the first one counts. */
static bool begins_lock(struct script_task *task, const struct sched_op *op)
{
	if (op->kind == SCHED_QUEUE) {
		task->queued = op->obj;
		return true;
	}
	if (op->kind == SCHED_LOCK && task->queued == op->obj) {
		task->queued = NULL;
		return false;
	}
	return op->kind == SCHED_LOCK || op->kind == SCHED_LOCK_SHARED;
}

/*
 * wait_event() tests its condition, joins the queue and tests it once more
 * before it sleeps.  Points are named after a kernel whose wait_event() went to
 * sleep right after the first test, so the second one is not counted.
 */
static void follow_wait(struct script_task *task, const struct sched_op *op)
{
	switch (op->kind) {
	case SCHED_PREPARE:
		task->joining = !task->was_asleep;
		break;
	case SCHED_SLEEP:
		task->was_asleep = true;
		task->joining = false;
		break;
	case SCHED_FINISH:
		task->was_asleep = task->joining = false;
		break;
	default:
		break;
	}
}

void sim_script_before(const struct sched_op *op, void *arg)
{
	struct script_task *task = sim_script_self();

	(void)arg;
	if (!task || task->point.kind == SCRIPT_POINT_NONE)
		return;
	follow_wait(task, op);
	if (task->point.kind != SCRIPT_POINT_LOCK || task->joining)
		return;
	if (begins_lock(task, op) && is_object(task->point.object, op))
		count_down(task);
}

void sim_script_after(const struct sched_op *op, void *arg)
{
	struct script_task *task = sim_script_self();
	bool right_kind;

	(void)arg;
	if (!task || task->joining)
		return;
	switch (task->point.kind) {
	case SCRIPT_POINT_UNLOCK:
		right_kind = op->kind == SCHED_UNLOCK ||
			     op->kind == SCHED_UNLOCK_SHARED;
		break;
	case SCRIPT_POINT_AFTER:
		right_kind = op->kind == SCHED_RMW;
		break;
	default:
		return;
	}
	if (right_kind && is_object(task->point.object, op))
		count_down(task);
}

void sim_script_pass(const char *place)
{
	struct script_task *task = sim_script_self();

	if (!task || task->point.kind != SCRIPT_POINT_PLACE ||
	    strcmp(task->point.place, place) != 0)
		return;
	task->point.kind = SCRIPT_POINT_NONE;
	sim_script_park(task);
}
