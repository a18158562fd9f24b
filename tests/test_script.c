/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_script.c - operations one after the other: what each answers, where
 * phased ones stand, in which order the woken ones go on.
 *
 * A test is a transcript: "bind dev=d0 drv=vfio -> 0".
 */
#include "kit.h"

#include "script.h"

#include <vfiosim/inspect.h>

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_ 256

static struct script *script;
static struct script_result result;

/* ------------------------------------------------------------- transcripts */

static void begin_as(const char *era, enum script_bug_mode mode,
		     enum sim_carrier_kind carrier)
{
	struct script_config config = {
		.bug_mode = mode,
		.carrier = carrier,
	};

	assert_int_equal(era_lookup(era, &config.era), 0);
	assert_int_equal(sim_script_begin(&config, &script), 0);
}

static void begin(const char *era)
{
	begin_as(era, SCRIPT_BUG_HALT, SIM_CARRIER_DEFAULT);
}

static void end(void)
{
	sim_script_end(script);
	script = NULL;
}

/* "name=value", a number if it looks like one and the operation wants it. */
static int set_argument(struct script_op *op, char *word, char *error)
{
	char *value = strchr(word, '=');
	char *rest;
	long number;

	assert_non_null(value);
	*value++ = '\0';
	number = strtol(value, &rest, 10);
	if (*value && !*rest)
		return sim_script_op_set_number(op, word, number, error);
	return sim_script_op_set_text(op, word, value, error);
}

static int parse(const char *text, struct script_op *op, char *error)
{
	char line[LINE_MAX_], *word, *next;

	assert_in_range(strlen(text), 1, sizeof(line) - 1);
	strcpy(line, text);
	word = line;
	next = strchr(line, ' ');
	if (next)
		*next++ = '\0';
	if (sim_script_op_init(op, word, error))
		return -EINVAL;
	while (next) {
		word = next;
		next = strchr(word, ' ');
		if (next)
			*next++ = '\0';
		if (set_argument(op, word, error))
			return -EINVAL;
	}
	return sim_script_op_check(op, error);
}

static void print_outcome(const struct script_outcome *outcome, char *buf,
			  size_t size)
{
	size_t used;
	unsigned i;

	switch (outcome->status) {
	case SCRIPT_PARKED:
		snprintf(buf, size, "parked at %s", outcome->at);
		return;
	case SCRIPT_BLOCKED:
		snprintf(buf, size, "waits for %s%s", outcome->on,
			 outcome->self_deadlock ? ", which it holds" : "");
		return;
	case SCRIPT_BUG:
		snprintf(buf, size, "BUG");
		return;
	case SCRIPT_CRASHED:
		snprintf(buf, size, "%s", sim_verdict_name(result.verdict));
		return;
	default:
		break;
	}
	used = (size_t)snprintf(buf, size, "%s", sim_errno_name(outcome->ret));
	for (i = 0; i < outcome->nr_values; i++)
		used += (size_t)snprintf(buf + used, size - used, " %s=%ld",
					 outcome->values[i].name,
					 outcome->values[i].value);
}

static void run(const char *text)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];

	if (parse(text, &op, error))
		fail_msg("%s: %s", text, error);
	if (sim_script_run(script, &op, &result))
		fail_msg("%s: %s", text, sim_script_error(script));
}

/* Each line is an operation, " -> ", and what comes of it. */
static void transcript(const char *const *lines)
{
	char operation[LINE_MAX_], got[LINE_MAX_];
	const char *arrow;

	for (; *lines; lines++) {
		arrow = strstr(*lines, " -> ");
		assert_non_null(arrow);
		snprintf(operation, sizeof(operation), "%.*s",
			 (int)(arrow - *lines), *lines);
		run(operation);
		print_outcome(&result.own, got, sizeof(got));
		if (strcmp(got, arrow + 4) != 0)
			fail_msg("\"%s\": got %s", *lines, got);
	}
}

#define TRANSCRIPT(...) transcript((const char *const[]){ __VA_ARGS__, NULL })

/* A group of one or two devices, open, attached and in use. */
#define USED_GROUP                                                             \
	"driver_register name=vfio kind=vfio -> 0",                            \
		"driver_register name=host kind=host -> 0",                    \
		"device_add dev=d0 group=g -> 0",                              \
		"device_add dev=d1 group=g -> 0", "bind dev=d0 drv=vfio -> 0", \
		"container_open -> 0 fd=3 container=0",                        \
		"group_open group=g -> 0 fd=4",                                \
		"set_container group_fd=4 container_fd=3 -> 0",                \
		"set_iommu container_fd=3 -> 0"

static const struct script_state *observe(void)
{
	static struct script_state state;

	assert_int_equal(sim_script_observe(script, &state), 0);
	return &state;
}

/* -------------------------------------------------------------- vocabulary */

static void expect_refusal(const char *text, const char *why)
{
	struct script_op op;
	char error[SIM_TEXT_MAX] = "";

	assert_int_equal(parse(text, &op, error), -EINVAL);
	if (strcmp(error, why) != 0)
		fail_msg("%s: %s", text, error);
}

static void what_the_vocabulary_does_not_know_is_refused(void **state)
{
	(void)state;
	expect_refusal("explode", "expected an operation, found \"explode\"");
	expect_refusal("explode_begin",
		       "expected an operation, found \"explode_begin\"");
	expect_refusal("_begin", "expected an operation, found \"_begin\"");
	expect_refusal("finish_begin of=1",
		       "expected an operation, found \"finish_begin\"");
	expect_refusal("bind dev=d0 drv=d at=probe_exit",
		       "expected an argument of bind, found \"at\"");
	expect_refusal("bind dev=d0 colour=d",
		       "expected an argument of bind, found \"colour\"");
	expect_refusal("bind dev=d0", "argument \"drv\" of bind: expected a "
				      "value, found none");
	expect_refusal("bind dev=7 drv=d", "argument \"dev\" of bind: expected "
					   "a string, found a number");
	expect_refusal("group_close fd=d0",
		       "argument \"fd\" of group_close: expected a number, "
		       "found a string");
	expect_refusal("group_close fd=99999999999",
		       "argument \"fd\" of group_close: expected an int, found "
		       "a larger number");
	expect_refusal("bind dev=a123456789b123456789c123456789d1 drv=d",
		       "argument \"dev\" of bind: expected at most 31 "
		       "characters, found more");
	expect_refusal("group_open_begin group=g",
		       "argument \"at\" of group_open_begin: expected a stop "
		       "point, found none");
}

static void what_is_no_stop_point_is_refused(void **state)
{
	static const char *const wrong[] = {
		"somewhere",
		"lock:",
		"lock:vfio",
		"lock:vfio.group_lock:0",
		"lock:vfio.group_lock:x",
		"lock:vfio.group_lock:2x",
		"lock:vfio.release_q",
		"after:vfio.group_lock",
		"lock:vfio_group.opened",
		"unlock:driver.bind_files",
	};
	char line[LINE_MAX_], why[LINE_MAX_];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(line, sizeof(line), "unbind_begin dev=d0 at=%s",
			 wrong[i]);
		snprintf(why, sizeof(why),
			 "expected a stop point, found \"%s\"", wrong[i]);
		expect_refusal(line, why);
	}
}

static void each_operation_has_its_own_name(void **state)
{
	const struct script_op_type *a, *b;
	unsigned i, j;

	(void)state;
	for (i = 0; (a = sim_script_op_type(i)); i++)
		for (j = 0; j < i; j++) {
			b = sim_script_op_type(j);
			assert_string_not_equal(a->name, b->name);
		}
	/* 33 that do something and 4 that let go on. */
	assert_int_equal(i, 37);
}

/* -------------------------------------------------- what operations answer */

static void devices_and_drivers_answer_by_name(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "driver_register name=vfio kind=host -> -EBUSY",
		   "driver_register name=x kind=strange -> -EINVAL",
		   "driver_unregister name=x -> -ENOENT",
		   "device_add dev=d0 group=g -> 0",
		   "device_add dev=d0 group=g -> -EEXIST",
		   "device_add dev=lone -> 0", "bind dev=d0 drv=x -> -ENOENT",
		   "bind dev=nobody drv=vfio -> -ENODEV",
		   "bind dev=lone drv=vfio -> -ENODEV",
		   "bind dev=d0 drv=vfio -> 0",
		   "bind dev=d0 drv=vfio -> -ENODEV",
		   "unbind dev=d0 drv=x -> -ENOENT",
		   "unbind dev=nobody -> -ENODEV", "unbind dev=lone -> -ENODEV",
		   "unbind dev=lone drv=vfio -> -ENODEV",
		   "unbind dev=d0 drv=vfio -> 0",
		   "device_del dev=nobody -> -ENODEV", "device_del dev=d0 -> 0",
		   "device_del dev=d0 -> -ENODEV",
		   "driver_unregister name=vfio -> 0",
		   "driver_register name=vfio kind=host -> 0");
	end();
}

static void files_answer_by_number(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("group_open group=g -> -ENOENT",
		   "driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "group_open group=g -> -ENOENT", "bind dev=d0 drv=vfio -> 0",
		   "group_open group=g -> 0 fd=3",
		   "group_open group=g -> -EBUSY",
		   "container_open -> 0 fd=4 container=0",
		   "group_status group_fd=3 -> 0 viable=1 container_set=0",
		   "group_status group_fd=3 argsz=4 -> -EINVAL",
		   "group_status group_fd=9 -> -EBADF",
		   "group_status group_fd=4 -> -EINVAL",
		   "set_iommu container_fd=3 -> -ENOTTY",
		   "set_iommu container_fd=4 -> -EINVAL",
		   "set_container group_fd=3 container_fd=-1 -> -EINVAL",
		   "set_container group_fd=3 container_fd=9 -> -EBADF",
		   "set_container group_fd=3 container_fd=3 -> -EINVAL",
		   "unset_container group_fd=3 -> -EINVAL",
		   "get_device_fd group_fd=3 dev=d0 -> -EINVAL",
		   "set_container group_fd=3 container_fd=4 -> 0",
		   "set_iommu container_fd=4 type=7 -> -ENODEV",
		   "set_iommu container_fd=4 type=3 -> 0",
		   "set_iommu container_fd=4 -> -EINVAL",
		   "get_device_fd group_fd=3 dev=nobody -> -ENODEV",
		   "get_device_fd group_fd=3 dev=d0 -> 0 fd=5",
		   "unset_container group_fd=3 -> -EBUSY",
		   "device_close fd=5 -> 0", "device_close fd=5 -> -EBADF",
		   "unset_container group_fd=3 -> 0", "group_close fd=3 -> 0",
		   "container_close fd=4 -> 0",
		   "container_close fd=4 -> -EBADF");
	end();
}

static void extensions_depend_on_the_backend_and_its_container(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("container_open -> 0 fd=3 container=0",
		   "check_extension container_fd=3 ext=1 -> 1",
		   "check_extension container_fd=3 ext=3 -> 1",
		   "check_extension container_fd=3 ext=4 -> 0",
		   "check_extension container_fd=3 ext=77 -> 0",
		   "check_extension container_fd=9 ext=1 -> -EBADF");
	end();
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "check_extension container_fd=3 ext=4 -> 1",
		   "iommu_coherent val=0 -> 0",
		   "check_extension container_fd=3 ext=4 -> 0");
	end();
}

static void handles_of_kernel_users_are_never_given_twice(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "external_put ext=1 -> -EBADF",
		   "external_iommu_id ext=0 -> -EBADF",
		   "external_check_extension ext=-1 arg=4 -> -EBADF",
		   "external_get group_fd=9 -> -EBADF",
		   "external_get group_fd=3 -> -EINVAL",
		   "external_get group_fd=4 -> 0 ext=1",
		   "external_get group_fd=4 -> 0 ext=2",
		   "external_iommu_id ext=2 -> 0 id=0",
		   "external_check_extension ext=2 arg=4 -> 1",
		   "external_put ext=1 -> 0", "external_put ext=1 -> -EBADF",
		   "external_get group_fd=4 -> 0 ext=3",
		   "device_ref_put ref=1 -> -EBADF",
		   "device_ref_get dev=nobody -> -ENODEV",
		   "device_ref_get dev=d1 -> -ENODEV",
		   "device_ref_get dev=d0 -> 0 ref=1",
		   "device_ref_put ref=1 -> 0",
		   "device_ref_put ref=1 -> -EBADF",
		   "device_ref_get dev=d0 -> 0 ref=2");
	end();
}

static void virtual_machines_answer_by_name(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_destroy kvm=k -> -ENOENT",
		   "kvm_group_add kvm=k group_fd=4 -> -ENOENT",
		   "kvm_vfio_create kvm=k -> -ENOENT", "kvm_create kvm=k -> 0",
		   "kvm_create kvm=k -> -EEXIST",
		   "kvm_vfio_create kvm=k -> -EBUSY",
		   "kvm_group_add kvm=k group_fd=9 -> -EBADF",
		   "kvm_group_add kvm=k group_fd=3 -> -EINVAL",
		   "kvm_group_del kvm=k group_fd=4 -> -ENOENT",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> -EEXIST",
		   "kvm_group_del kvm=k group_fd=4 -> 0",
		   "kvm_destroy kvm=k -> 0", "kvm_destroy kvm=k -> -ENOENT",
		   "kvm_create kvm=k -> 0");
	end();
}

static void a_machine_with_a_running_ioctl_dies_when_that_ends(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add_begin kvm=k group_fd=4 "
		   "at=lock:kvm_vfio.lock -> parked at lock:kvm_vfio.lock",
		   "kvm_destroy kvm=k -> 0 deferred=1");
	assert_int_equal(observe()->nr_kvms, 1);
	TRANSCRIPT("kvm_group_add kvm=k group_fd=4 -> -ENOENT",
		   "finish of=10 -> 0");
	assert_int_equal(observe()->nr_kvms, 0);
	end();
}

/* ------------------------------------------------------------- driver kinds */

static void kinds_of_drivers_fail_where_they_should(void **state)
{
	(void)state;
	begin("v3.19-patched");
	TRANSCRIPT("driver_register name=fail kind=vfio-failprobe -> 0",
		   "driver_register name=double kind=vfio-double -> 0",
		   "driver_register name=own kind=vfio-pci -> 0",
		   "driver_register name=bad kind=host-failprobe -> 0",
		   "driver_register name=pci-stub kind=whitelisted -> 0",
		   "device_add dev=d0 group=g -> 0", "device_add dev=lone -> 0",
		   "bind dev=d0 drv=bad -> -ENODEV",
		   "bind dev=lone drv=own -> -ENODEV",
		   "bind dev=lone drv=pci-stub -> 0",
		   "bind dev=d0 drv=fail -> -ENODEV");
	assert_false(observe()->groups[0].exists);
	TRANSCRIPT("bind dev=d0 drv=double -> 0");
	assert_int_equal(result.nr_events, 1);
	assert_string_equal(result.events[0], "second_add:-16");
	TRANSCRIPT("unbind dev=d0 -> 0", "bind dev=d0 drv=own -> 0");
	/* Member, vfio_device, and the driver's own reference. */
	assert_int_equal(observe()->groups[0].ref, 3);
	TRANSCRIPT("unbind dev=d0 -> 0");
	assert_int_equal(observe()->groups[0].ref, 1);
	end();
}

/* ----------------------------------------------------------- stop points */

static void phased_operations_stand_at_each_place(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "driver_register name=fail kind=vfio-failprobe -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind_begin dev=d0 drv=vfio at=probe_enter"
		   " -> parked at probe_enter");
	assert_string_equal(observe()->devices[0].driver, "vfio");
	assert_false(observe()->devices[0].in_group);
	TRANSCRIPT("bind_finish dev=d0 -> 0", "unbind dev=d0 -> 0",
		   "bind_begin dev=d0 drv=vfio -> parked at probe_exit",
		   "bind_finish dev=d0 -> 0",
		   "unbind_begin dev=d0 at=unbind_notify"
		   " -> parked at unbind_notify",
		   "unbind_finish dev=d0 -> 0",
		   "bind_begin dev=d0 drv=vfio at=bound_notify"
		   " -> parked at bound_notify",
		   "bind_finish dev=d0 -> 0",
		   "unbind_begin dev=d0 at=remove_enter"
		   " -> parked at remove_enter");
	assert_true(observe()->devices[0].in_group);
	TRANSCRIPT("unbind_finish dev=d0 -> 0",
		   "bind_begin dev=d0 drv=fail at=probe_added"
		   " -> parked at probe_added");
	assert_true(observe()->devices[0].in_group);
	TRANSCRIPT("bind_finish dev=d0 -> -ENODEV", "bind dev=d0 drv=vfio -> 0",
		   "unbind_begin dev=d0 -> parked at remove_exit");
	assert_false(observe()->devices[0].in_group);
	assert_true(observe()->devices[0].locked);
	TRANSCRIPT("unbind_finish dev=d0 -> 0", "bind dev=d0 drv=vfio -> 0",
		   "unbind_begin dev=d0 at=unbound_notify"
		   " -> parked at unbound_notify");
	assert_null(observe()->devices[0].driver);
	TRANSCRIPT("unbind_finish dev=d0 -> 0", "bind dev=d0 drv=vfio -> 0",
		   "device_del_begin dev=d0 -> parked at remove_exit");
	assert_true(observe()->devices[0].deleting);
	TRANSCRIPT("device_del_finish dev=d0 -> 0");
	assert_int_equal(observe()->nr_devices, 0);
	end();
}

static void phased_operations_stand_at_the_nth_lock(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(
		USED_GROUP,
		"group_status_begin group_fd=4 at=lock:iommu_group.mutex"
		" -> parked at lock:iommu_group.mutex",
		"group_status group_fd=4 -> 0 viable=1 container_set=1",
		"finish of=9 -> 0 viable=1 container_set=1",
		"group_status_begin group_fd=4 "
		"at=unlock:vfio_group.device_lock"
		" -> parked at unlock:vfio_group.device_lock",
		"group_status group_fd=4 -> waits for mutex:iommu_group.mutex",
		"finish of=12 -> 0 viable=1 container_set=1",
		"group_close_begin fd=4 at=after:vfio_group.container_users"
		" -> parked at after:vfio_group.container_users");
	assert_int_equal(observe()->groups[0].users, 0);
	assert_int_equal(observe()->groups[0].container, 0);
	TRANSCRIPT("finish of=15 -> 0",
		   /* A writer takes an rwsem once, in two operations. */
		   "group_open group=g -> 0 fd=5",
		   "set_container_begin group_fd=5 container_fd=3 "
		   "at=lock:vfio_container.group_lock:2 -> 0");
	end();
}

static void an_operation_that_passes_no_stop_point_completes(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=host kind=host -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind_begin dev=d0 drv=host at=probe_added -> 0",
		   "unbind_begin dev=d0 at=lock:vfio.group_lock:9 -> 0");
	end();
}

static void a_finish_of_nobody_is_an_error(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0", "finish of=0 -> -EINVAL",
		   "finish of=99 -> -EINVAL", "finish of=-1 -> -EINVAL",
		   "unbind_finish dev=d0 -> -EINVAL",
		   "device_add_begin dev=d1 group=g "
		   "at=lock:iommu_group.mutex"
		   " -> parked at lock:iommu_group.mutex",
		   /* Not found by its device: only binds and the like are. */
		   "unbind_finish dev=d1 -> -EINVAL",
		   "device_del dev=d1 -> -EBUSY", "finish of=6 -> 0",
		   "finish of=6 -> -EINVAL", "device_del dev=d1 -> 0");
	end();
}

static void finish_of_a_sleeper_changes_nothing(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q",
		   "finish of=10 -> waits for wait_event:vfio.release_q",
		   "unbind dev=d0 -> waits for mutex:device.lock",
		   "driver_unregister name=vfio"
		   " -> waits for sysfs:driver.bind_files",
		   "bind dev=d1 drv=vfio -> -ENOENT",
		   "unbind dev=d0 -> -ENOENT");
	assert_int_equal(result.nr_blocked, 3);
	assert_int_equal(result.blocked[0].step, 10);
	assert_string_equal(result.blocked[2].on, "sysfs:driver.bind_files");
	TRANSCRIPT("device_close fd=5 -> 0");
	assert_int_equal(result.nr_blocked, 0);
	assert_int_equal(result.nr_completed, 3);
	assert_int_equal(result.completed[0].step, 10);
	assert_int_equal(result.completed[1].step, 12);
	assert_int_equal(result.completed[2].step, 13);
	end();
}

/* Two readers of the group wait behind a third one; whoever was woken first
 * sees the state first. */
static void woken_tasks_run_in_the_order_of_the_wake_ups(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(
		USED_GROUP,
		"external_get_begin group_fd=4 "
		"at=unlock:vfio_group.device_lock"
		" -> parked at unlock:vfio_group.device_lock",
		"group_status group_fd=4 -> waits for mutex:iommu_group.mutex",
		/* The reader's reference keeps the device. */
		"unbind dev=d0 -> waits for wait_event:vfio.release_q",
		"finish of=9 -> 0 ext=1");
	/* Its put woke the unbind before its unlock woke the status. */
	assert_int_equal(result.nr_completed, 2);
	assert_int_equal(result.completed[0].step, 10);
	assert_int_equal(result.completed[0].values[0].value, 1);
	end();
}

/* --------------------------------------------------------------- bug modes */

/* A host driver in a group that is in use. */
#define ISOLATION_LOST USED_GROUP, "bind dev=d1 drv=host -> BUG"

static void a_bug_halts_the_machine(void **state)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];

	(void)state;
	begin("v3.19");
	TRANSCRIPT(ISOLATION_LOST);
	assert_int_equal(result.bug, 1);
	assert_true(result.halted);
	assert_int_equal(parse("tick", &op, error), 0);
	assert_int_equal(sim_script_run(script, &op, &result), -EINVAL);
	assert_string_equal(sim_script_error(script),
			    "the script was halted before");
	end();
}

static void a_bug_kills_its_task_with_its_locks(void **state)
{
	(void)state;
	begin_as("v3.19", SCRIPT_BUG_KILL, SIM_CARRIER_DEFAULT);
	TRANSCRIPT(ISOLATION_LOST, "bind dev=d1 drv=vfio -> -ENODEV",
		   "unbind dev=d1 -> waits for mutex:device.lock",
		   "finish of=9 -> -EINVAL");
	assert_true(observe()->devices[1].locked);
	end();
}

static void a_bug_may_be_counted_and_no_more(void **state)
{
	(void)state;
	begin_as("v3.19", SCRIPT_BUG_CONTINUE, SIM_CARRIER_DEFAULT);
	TRANSCRIPT(USED_GROUP, "bind dev=d1 drv=host -> 0");
	assert_int_equal(result.bug, 1);
	assert_false(result.halted);
	TRANSCRIPT("unbind dev=d1 -> 0");
	assert_int_equal(result.bug, 0);
	end();
}

/* ----------------------------------------------------------------- crashes */

static void a_use_after_free_stops_before_it_happens(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "group_close fd=4 -> 0", "unbind dev=d0 -> 0",
		   "kvm_destroy kvm=k -> use after free");
	assert_non_null(strstr(result.finding,
			       "vfio_group.container_users #1 in "
			       "vfio_group_try_dissolve_container, freed in "));
	assert_true(result.halted);
	end();
}

/* 20 hot-added devices, a warning each, are more than a run keeps. */
static void a_crash_is_told_after_any_number_of_warnings(void **state)
{
	char line[LINE_MAX_];
	int i;

	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0");
	for (i = 0; i < 20; i++) {
		snprintf(line, sizeof(line), "device_add dev=x%d group=g", i);
		run(line);
		assert_int_equal(result.warn, 1);
	}
	TRANSCRIPT("group_close fd=4 -> 0", "unbind dev=d0 -> 0",
		   "kvm_destroy kvm=k -> use after free");
	end();
}

static void drvdata_that_is_gone_is_a_null_dereference(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "unbind_begin dev=d0 -> parked at remove_exit",
		   "device_ref_get dev=d0 -> NULL dereference");
	end();
}

/* Two tasks pass the test of container_users, and the group is on the
 * container's list twice: it leads to itself. */
static void a_list_that_leads_to_itself_is_an_endless_walk(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0",
		   "container_open -> 0 fd=3 container=0",
		   "group_open group=g -> 0 fd=4",
		   "set_container_begin group_fd=4 container_fd=3 "
		   "at=lock:vfio_container.group_lock"
		   " -> parked at lock:vfio_container.group_lock",
		   "set_container group_fd=4 container_fd=3 -> 0",
		   "finish of=5 -> 0");
	assert_true(observe()->containers[0].corrupt);
	assert_int_equal(observe()->containers[0].nr_groups,
			 SCRIPT_CONTAINER_GROUPS_MAX);
	TRANSCRIPT("set_iommu container_fd=3 -> endless list walk");
	end();
}

/* A callback that drops the last reference waits for its own chain. */
static void a_task_that_waits_for_itself_says_so(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   "unbind_begin dev=d0 at=unlock:vfio.group_lock:2"
		   " -> parked at unlock:vfio.group_lock:2",
		   "group_close fd=3 -> 0",
		   "finish of=4 -> waits for rwsem_write:iommu_group.notifier, "
		   "which it holds");
	end();
}

/* ----------------------------------------------------------------- failures */

static void the_nth_allocation_fails_once(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT("alloc_fail nth=2 -> 0",
		   "container_open -> 0 fd=3 container=0",
		   "container_open -> -ENOMEM",
		   "container_open -> 0 fd=4 container=1",
		   "alloc_fail nth=1 site=kvm_vfio -> 0",
		   "container_open -> 0 fd=5 container=2",
		   "kvm_create kvm=k -> -ENOMEM", "kvm_create kvm=k -> 0",
		   /* A new order replaces the old one. */
		   "alloc_fail nth=1 -> 0", "alloc_fail nth=1 site=group -> 0",
		   "container_open -> 0 fd=6 container=3",
		   "alloc_fail nth=1 -> 0", "alloc_fail nth=0 -> 0",
		   "container_open -> 0 fd=7 container=4",
		   "alloc_fail nth=1 site=nowhere -> -ENOENT",
		   /* Known from later kernels: nothing fails. */
		   "alloc_fail nth=1 site=put_work -> 0",
		   "container_open -> 0 fd=8 container=5");
	end();
}

static void a_failed_allocation_is_told_with_its_site(void **state)
{
	(void)state;
	begin("v3.19-patched");
	TRANSCRIPT(USED_GROUP, "alloc_fail nth=1 site=unbound -> 0",
		   "unbind_begin dev=d0 -> parked at remove_exit");
	assert_int_equal(result.nr_allocs, 1);
	assert_string_equal(result.allocs[0].site, "unbound");
	assert_true(result.allocs[0].failed);
	assert_int_equal(result.warn, 1);
	TRANSCRIPT("group_status group_fd=4 -> 0 viable=0 container_set=1");
	end();
}

static void injected_failures_are_told_as_events(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "inject what=nothing nth=1 err=-5 -> -EINVAL",
		   "inject what=open nth=1 err=-5 -> 0",
		   "inject what=fd nth=1 err=-24 -> 0",
		   "get_device_fd group_fd=4 dev=d0 -> -EIO");
	assert_int_equal(result.nr_events, 1);
	assert_string_equal(result.events[0], "injected:open");
	TRANSCRIPT("get_device_fd group_fd=4 dev=d0 -> -EMFILE");
	assert_int_equal(result.nr_events, 3);
	assert_string_equal(result.events[0], "vdev:open:d0");
	assert_string_equal(result.events[1], "injected:fd");
	assert_string_equal(result.events[2], "vdev:release:d0");
	TRANSCRIPT("get_device_fd group_fd=4 dev=d0 -> 0 fd=5");
	end();
}

static void a_kept_address_is_given_once_more(void **state)
{
	(void)state;
	begin("v3.19-patched");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "device_add dev=d1 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "bind dev=d1 drv=vfio -> 0",
		   "device_add dev=x reuse=1 -> 0",
		   "device_del dev=d0 keep=1 -> 0");
	assert_int_equal(observe()->groups[0].nr_unbound, 1);
	assert_true(observe()->groups[0].unbound[0].freed);
	TRANSCRIPT("device_add dev=new group=g reuse=1 -> 0 reused=1");
	assert_string_equal(observe()->groups[0].unbound[0].dev, "new");
	assert_false(observe()->groups[0].unbound[0].freed);
	TRANSCRIPT("device_add dev=other reuse=1 -> 0");
	end();
}

/* -------------------------------------------------------- ticks and signals */

static struct {
	wait_queue_head_t queue;
} sleeper;

static long sleep_timed(struct script *s, struct script_task *task)
{
	(void)s;
	(void)task;
	return wait_event_timeout(sleeper.queue, false, HZ);
}

static long sleep_interruptibly(struct script *s, struct script_task *task)
{
	(void)s;
	(void)task;
	return wait_event_interruptible(sleeper.queue, false);
}

static void sleep_until(long (*fn)(struct script *s, struct script_task *task),
			const char *other, const char *ends)
{
	static struct script_op_type type = { .name = "sleep" };
	struct script_op op = { .type = &type };

	begin("v3.19");
	init_waitqueue_head(&sleeper.queue);
	type.run = fn;
	assert_int_equal(sim_script_run(script, &op, &result), 0);
	assert_int_equal(result.own.status, SCRIPT_BLOCKED);
	run(other);
	assert_int_equal(result.nr_completed, 0);
	run(ends);
	assert_int_equal(result.nr_completed, 1);
	assert_int_equal(result.completed[0].step, 0);
}

static void a_tick_ends_timed_sleeps_alone(void **state)
{
	(void)state;
	sleep_until(sleep_timed, "signal", "tick");
	assert_int_equal(result.completed[0].ret, 0);
	end();
}

static void a_signal_ends_interruptible_sleeps_alone(void **state)
{
	(void)state;
	sleep_until(sleep_interruptibly, "tick", "signal");
	assert_int_equal(result.completed[0].ret, -ERESTARTSYS);
	end();
}

static void a_tick_wakes_nobody_who_sleeps_without_limit(void **state)
{
	(void)state;
	begin("v3.19");
	TRANSCRIPT(USED_GROUP, "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q",
		   "tick -> 0", "signal -> 0",
		   "finish of=10 -> waits for wait_event:vfio.release_q");
	end();
}

/* ------------------------------------------------------------- whole scripts */

static void only_one_script_runs_at_a_time(void **state)
{
	struct script_config config = { .bug_mode = SCRIPT_BUG_HALT };
	struct script *other = NULL;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	begin("v3.19");
	assert_int_equal(sim_script_begin(&config, &other), -EBUSY);
	assert_null(other);
	end();
	sim_script_end(NULL);
}

static void a_script_has_a_last_operation(void **state)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];
	unsigned i;

	(void)state;
	begin("v3.19");
	assert_int_equal(parse("tick", &op, error), 0);
	for (i = 0; i < SCRIPT_STEPS_MAX; i++)
		assert_int_equal(sim_script_run(script, &op, &result), 0);
	assert_int_equal(sim_script_run(script, &op, &result), -ENOSPC);
	assert_string_equal(sim_script_error(script), "too many operations");
	end();
}

static void a_script_that_gives_everything_back_leaves_nothing(void **state)
{
	static const char *const set_up[] = { "iommu_bus_nb", "iommu_driver" };
	unsigned i, live, known;

	(void)state;
	begin("v3.19-patched");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "device_close fd=5 -> 0", "kvm_destroy kvm=k -> 0",
		   "group_close fd=4 -> 0", "container_close fd=3 -> 0",
		   "unbind dev=d0 -> 0", "device_del dev=d0 -> 0",
		   "device_del dev=d1 -> 0");
	for (i = 0; sim_script_site_name(i); i++) {
		live = sim_script_site_live(i);
		for (known = 0; known < 2; known++)
			if (!strcmp(sim_script_site_name(i), set_up[known]))
				live--;
		if (live)
			fail_msg("%u of %s are left", live,
				 sim_script_site_name(i));
	}
	assert_int_equal(observe()->mod_vfio, 0);
	assert_int_equal(observe()->mod_iommu, 0);
	assert_int_equal(observe()->iommu_objs, 0);
	end();
}

static void both_carriers_run_a_script_alike(void **state)
{
	const enum sim_carrier_kind *carrier = kit_carriers();

	(void)state;
	for (; *carrier != SIM_CARRIER_DEFAULT; carrier++) {
		begin_as("v3.19", SCRIPT_BUG_HALT, *carrier);
		TRANSCRIPT(USED_GROUP,
			   "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
			   "unbind_begin dev=d0"
			   " -> waits for wait_event:vfio.release_q",
			   "device_close fd=5 -> 0",
			   "group_status group_fd=4"
			   " -> 0 viable=0 container_set=1",
			   "unbind_finish dev=d0 -> 0",
			   "bind dev=d0 drv=host -> BUG");
		end();
	}
}

static int end_leftovers(void **state)
{
	(void)state;
	sim_script_end(script);
	script = NULL;
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end_leftovers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_vocabulary_does_not_know_is_refused),
		TEST(what_is_no_stop_point_is_refused),
		TEST(each_operation_has_its_own_name),
		TEST(devices_and_drivers_answer_by_name),
		TEST(files_answer_by_number),
		TEST(extensions_depend_on_the_backend_and_its_container),
		TEST(handles_of_kernel_users_are_never_given_twice),
		TEST(virtual_machines_answer_by_name),
		TEST(a_machine_with_a_running_ioctl_dies_when_that_ends),
		TEST(kinds_of_drivers_fail_where_they_should),
		TEST(phased_operations_stand_at_each_place),
		TEST(phased_operations_stand_at_the_nth_lock),
		TEST(an_operation_that_passes_no_stop_point_completes),
		TEST(a_finish_of_nobody_is_an_error),
		TEST(finish_of_a_sleeper_changes_nothing),
		TEST(woken_tasks_run_in_the_order_of_the_wake_ups),
		TEST(a_bug_halts_the_machine),
		TEST(a_bug_kills_its_task_with_its_locks),
		TEST(a_bug_may_be_counted_and_no_more),
		TEST(a_use_after_free_stops_before_it_happens),
		TEST(a_crash_is_told_after_any_number_of_warnings),
		TEST(drvdata_that_is_gone_is_a_null_dereference),
		TEST(a_list_that_leads_to_itself_is_an_endless_walk),
		TEST(a_task_that_waits_for_itself_says_so),
		TEST(the_nth_allocation_fails_once),
		TEST(a_failed_allocation_is_told_with_its_site),
		TEST(injected_failures_are_told_as_events),
		TEST(a_kept_address_is_given_once_more),
		TEST(a_tick_ends_timed_sleeps_alone),
		TEST(a_signal_ends_interruptible_sleeps_alone),
		TEST(a_tick_wakes_nobody_who_sleeps_without_limit),
		TEST(only_one_script_runs_at_a_time),
		TEST(a_script_has_a_last_operation),
		TEST(a_script_that_gives_everything_back_leaves_nothing),
		TEST(both_carriers_run_a_script_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
