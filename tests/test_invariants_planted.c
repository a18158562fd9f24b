/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_planted.c - each invariant speaks when it is broken on
 * purpose, and says what is wrong; and all are silent while nothing is.
 *
 * Where the model has no bug that breaks one, the test breaks it: by a call
 * that no kernel makes, by an impostor with the name of a modelled function,
 * or by a byte.
 */
#include "kit.h"

#include "invariants.h"
#include "scenarios/topology.h"

#include <vfiosim/inspect.h>
#include <vfiosim/vfio.h>

#include <string.h>

/* ------------------------------------------------------------- the machine */

static void used_group(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_add_kvm();
	topology_open_device(0);
}

static void bound_device(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
}

static void free_device(void)
{
	topology_boot(1);
}

static struct vfio_group *the_group(void)
{
	struct inspect_vfio_group g;

	SIM_CHECK(inspect_vfio_group(0, &g));
	return (struct vfio_group *)(uintptr_t)g.group;
}

static struct vfio_container *the_container(void)
{
	return (struct vfio_container *)(uintptr_t)inspect_file_container(
		fd_peek(topology->container_fd));
}

/* A step, so that what was done before it is looked at. */
static void step(void)
{
	(void)READ_ONCE(topology->dev[0]->driver);
}

struct plant {
	void (*setup)(void);
	void (*tasks[2])(void);
	const char *era; /* NULL: v3.19 */
	const char *broken; /* all that must be found, "T5,V3" */
	const char *text; /* of the first of them */
	const char *on; /* NULL: all */
};

static struct sim_scenario scenario_of(const struct plant *plant)
{
	struct sim_scenario s = {
		.name = "planted",
		.setup = plant->setup,
		.tasks = { { "first", plant->tasks[0], NULL },
			   { "second", plant->tasks[1], NULL } },
	};

	return s;
}

static void explore_plant(const struct plant *plant, struct sim_result *result)
{
	struct sim_scenario s = scenario_of(plant);
	struct sim_options options = { .strategy = "dfs", .all = true };
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&options, "era", plant->era ? plant->era : "v3.19",
			   error) ||
	    sim_option_set(&options, "invariants",
			   plant->on ? plant->on : "all", error))
		fail_msg("%s", error);
	kit_explore(&s, &options, result);
}

static void expect_text(const struct sim_result *result, const char *text)
{
	unsigned i;

	for (i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].text, text))
			return;
	for (i = 0; i < result->nr_findings; i++)
		print_message("found: %s\n", result->findings[i].text);
	fail_msg("not found: %s", text);
}

static void expect_broken(const struct plant *plant)
{
	struct sim_result result;
	char broken[SIM_TEXT_MAX];

	explore_plant(plant, &result);
	sim_invariants_format(result.broken, broken, sizeof(broken));
	if (strcmp(broken, plant->broken) != 0)
		fail_msg("broken: %s; expected: %s", broken, plant->broken);
	if (plant->text)
		expect_text(&result, plant->text);
	sim_result_release(&result);
}

#define EXPECT_BROKEN(...) expect_broken(&(const struct plant){ __VA_ARGS__ })

/* ------------------------------------------------------------------- locks */

static struct mutex *desk;

static void make_desk(void)
{
	bound_device();
	desk = slab_alloc("desk", sizeof(*desk));
	mutex_init(desk);
}

static void lock_twice(void)
{
	mutex_lock(desk);
	mutex_lock(desk);
}

static void who_takes_a_mutex_twice_breaks_i2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_desk, .tasks = { lock_twice },
		      .broken = "I2,L1",
		      .text = "I2: first waits for desk.desk #1 in lock_twice and "
			      "holds it",
		      .on = "I2,L1");
}

static struct rw_semaphore *board;

static void make_board(void)
{
	bound_device();
	board = slab_alloc("board", sizeof(*board));
	init_rwsem(board);
}

static void read_then_write(void)
{
	down_read(board);
	down_write(board);
}

static void who_writes_what_he_reads_breaks_i2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_board, .tasks = { read_then_write },
		      .broken = "I2", .on = "I2",
		      .text = "I2: first waits for board.board #1 in read_then_write "
			      "and holds it");
}

static void read_twice(void)
{
	down_read(board);
	down_read(board);
	up_read(board);
	up_read(board);
}

static void who_reads_twice_breaks_nothing(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_board, .tasks = { read_twice },
		      .broken = "");
}

static void unlock_free(void)
{
	mutex_unlock(desk);
}

static void who_unlocks_what_nobody_holds_breaks_i2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_desk, .tasks = { unlock_free },
		      .broken = "I2");
}

/* ------------------------------------------------------------------- lists */

static void open_two_containers(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology->container_fd = vfio_container_open();
}

static void set_container(void)
{
	(void)user_set_container();
}

/* Two tests of container_users, then two times on one list. */
static void a_group_that_joins_twice_breaks_i4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = open_two_containers,
		      .tasks = { set_container, set_container }, .on = "I4",
		      .broken = "I4",
		      .text = "I4: vfio_container.group_list of "
			      "vfio_container #1 holds a node that is freed, "
			      "or there twice, or on another list");
}

static struct notifier_block *block;

static int deaf(struct notifier_block *nb, unsigned long action, void *data)
{
	(void)nb;
	(void)action;
	(void)data;
	return NOTIFY_OK;
}

static void make_block(void)
{
	bound_device();
	block = slab_alloc("block", sizeof(*block));
	block->notifier_call = deaf;
	SIM_CHECK(iommu_group_register_notifier(topology->group[0].iommu,
						block) == 0);
}

static void free_block(void)
{
	step();
	kfree(block);
	step();
}

static void a_freed_block_on_a_chain_breaks_i7(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_block, .tasks = { free_block },
		      .broken = "I7",
		      .text = "I7: the chain of iommu_group #1 holds the block "
			      "of a group that is freed");
}

/* ----------------------------------------------------------------- drivers */

static void clear_driver(void)
{
	WRITE_ONCE(topology->dev[0]->driver, NULL);
}

/* And it leaves a device on the driver's list, which has no driver. */
static void a_driver_cleared_without_the_lock_breaks_i5(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { clear_driver },
		      .on = "I5,I6", .broken = "I5",
		      .text = "I5: device 0000:01:00.0 is on a driver's list "
			      "and has no driver, and nobody holds its lock");
}

static void set_driver(void)
{
	WRITE_ONCE(topology->dev[0]->driver, topology->host);
}

static void a_driver_set_without_the_lock_breaks_i5(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = free_device, .tasks = { set_driver },
		      .broken = "I5",
		      .text = "I5: first changes the driver of device "
			      "0000:01:00.0 without its lock");
}

static void set_drvdata(void)
{
	dev_set_drvdata(topology->dev[0], topology);
}

static void drvdata_set_without_the_lock_breaks_i6(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = free_device, .tasks = { set_drvdata },
		      .broken = "I6",
		      .text = "I6: first changes the drvdata of device "
			      "0000:01:00.0 without its lock");
}

static void set_drvdata_locked(void)
{
	device_lock(topology->dev[0]);
	dev_set_drvdata(topology->dev[0], topology);
	device_unlock(topology->dev[0]);
}

static void drvdata_set_under_the_lock_breaks_nothing(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = free_device, .tasks = { set_drvdata_locked },
		      .broken = "");
}

/* -------------------------------------------------------------- references */

/* Both begin with their count. */
static void drop_the_group(void)
{
	step();
	*(int *)(void *)the_group() = 0;
	step();
}

static void a_listed_group_without_reference_breaks_i8(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { drop_the_group },
		      .on = "I8", .broken = "I8",
		      .text = "I8: vfio_group #1 is listed without a "
			      "reference, and first, who dropped the last one, "
			      "does not hold vfio.group_lock");
}

static void keep_a_device(void)
{
	(void)vfio_device_get_from_dev(topology->dev[0]);
}

/* Each reference on a device holds its group as well, so R2 is kept. */
static void a_reference_nobody_has_breaks_r1(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { keep_a_device },
		      .broken = "R1",
		      .text = "R1: vfio_device of 0000:01:00.0: kref 3, holders "
			      "2: driver 1, open files 1");
}

static void keep_the_group(void)
{
	struct file *file = fget(topology->group[0].fd);

	(void)vfio_group_get_external_user(file);
	fput(file);
}

/* devices 2 (driver, file), group file, machine; users: group file, device
 * file, machine. */
static void a_user_without_entry_breaks_r2_and_r3(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { keep_the_group },
		      .broken = "R2,R3",
		      .text = "R2: vfio_group #1: kref 5, holders 4: devices 2, "
			      "open files 1, external users 1, removals 0");
	EXPECT_BROKEN(.setup = used_group, .tasks = { keep_the_group },
		      .broken = "R3", .on = "R3",
		      .text = "R3: vfio_group #1: container_users 4, users 3: "
			      "group file 1, device files 1, external users "
			      "1");
}

/* B21: whoever looks a group up by its device, and is refused, takes back what
 * is by now the last use, and leaves the container. */
static void foreign_sibling(void)
{
	topology_boot(2);
	topology_bind(1, topology->host);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void look_up(void)
{
	(void)vfio_group_get_external_user_from_dev(topology->dev[0]);
}

static void close_group(void)
{
	(void)user_close_group(0);
}

static void a_refused_lookup_breaks_r4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = foreign_sibling,
		      .tasks = { look_up, close_group },
		      .era = "v4.14 allow_list=pci-stub+pcieport",
		      .on = "R3,R4", .broken = "R4",
		      .text = "R4: vfio_group #1: container_users 0, and a "
			      "container");
}

static void count_a_container(void)
{
	step();
	++*(int *)(void *)the_container();
}

static void a_container_nobody_has_breaks_r5(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { count_a_container },
		      .broken = "R5",
		      .text = "R5: vfio_container #1: kref 3, holders 2: open "
			      "files 1, groups 1");
}

/* The list is what follows the count. */
static void empty_a_container(void)
{
	struct list_head *head = (void *)((char *)the_container() + 8);

	step();
	INIT_LIST_HEAD(head);
}

static void a_backend_without_group_breaks_r6(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { empty_a_container },
		      .on = "R6", .broken = "R6",
		      .text = "R6: vfio_container #1 has a backend and no "
			      "group");
}

static void keep_an_iommu_group(void)
{
	(void)iommu_group_get(topology->dev[0]);
}

static void an_iommu_group_nobody_has_breaks_r7(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { keep_an_iommu_group },
		      .broken = "R7",
		      .text = "R7: iommu_group #1: references 4, holders 3: "
			      "members 1, drivers 1, VFIO 1, set-up 0");
}

static void pinned_by_setup(void)
{
	bound_device();
	(void)iommu_group_get(topology->dev[0]);
}

static void what_setup_keeps_breaks_nothing(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = pinned_by_setup, .tasks = { step },
		      .broken = "");
}

/* The words of the group that an open and a close change, but its count. */
static void open_unnoticed(void)
{
	struct file *file;

	step();
	file = fd_peek(vfio_group_open(topology->group[0].minor));
	/* The file is there, and no file of the group any more. */
	file->private_data = NULL;
}

static void a_count_of_opens_without_file_breaks_r8(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { open_unnoticed },
		      .on = "R8", .broken = "R8");
}

static void forget_coherency(void)
{
	step();
	vfio_iommu_dummy_set_coherent(0);
}

static void a_machine_that_was_not_told_breaks_r9(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { forget_coherency },
		      .broken = "R9",
		      .text = "R9: kvm #1 was told that DMA is coherent, and "
			      "it is not so");
}

/* --------------------------------------------------------------- impostors */

/* A check of one step that answers what it likes. */
static void check_answers(bool answer)
{
	const char *name = sched_enter_func("vfio_group_viable");

	sched_subject(topology->group[0].iommu);
	step();
	sched_answer(answer);
	sched_leave_func(&name);
}

static void refuse(void)
{
	check_answers(false);
}

static void approve(void)
{
	check_answers(true);
}

static void a_check_that_refuses_for_nothing_breaks_v2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { refuse },
		      .broken = "V2,V3",
		      .text = "V2: the check answers that iommu_group #1 is "
			      "not viable, which it was all the time");
	EXPECT_BROKEN(.setup = bound_device, .tasks = { refuse }, .on = "V3",
		      .broken = "V3",
		      .text = "V3: a user of iommu_group #1 is refused, though "
			      "no host driver had a device of it");
}

static void host_device(void)
{
	topology_boot(1);
	topology_bind(0, topology->host);
}

/* A host driver has it: refusing is right, and approving is wrong. */
static void a_refusal_with_a_reason_breaks_nothing(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = host_device, .tasks = { refuse }, .broken = "");
}

static void a_check_that_approves_a_host_driver_breaks_v2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = host_device, .tasks = { approve },
		      .broken = "V2",
		      .text = "V2: the check answers viable, which device "
			      "0000:01:00.0 was at no time");
}

static void kvm_vfio_set_group(void)
{
	SCHED_FUNC();

	sched_subject(fd_peek(topology->group[0].fd));
	step();
	sched_answer(-EINVAL);
}

static void a_deletion_refused_for_nothing_breaks_v4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { kvm_vfio_set_group },
		      .broken = "V4",
		      .text = "V4: KVM_DEV_VFIO_GROUP_DEL returns -EINVAL, and "
			      "the machine goes on using vfio_group #1");
}

static void without_machine(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

/* Nothing of the machine's: there is no entry to delete. */
static void a_deletion_of_no_entry_may_fail(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = without_machine, .tasks = { kvm_vfio_set_group },
		      .broken = "");
}

static void vfio_group_nb_verify(void)
{
	SCHED_FUNC();

	step();
	sched_answer(-EINVAL);
}

static void vfio_iommu_group_notifier(void)
{
	SCHED_FUNC();

	vfio_group_nb_verify();
}

static void a_check_without_bug_breaks_s2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device,
		      .tasks = { vfio_iommu_group_notifier }, .broken = "S2",
		      .text = "S2: the check of a bound driver answers "
			      "-EINVAL, and there is no BUG");
}

static void stop_the_machine(void)
{
	const char *name = sched_enter_func("vfio_iommu_group_notifier");

	step();
	BUG_ON(true);
	sched_leave_func(&name);
}

static void a_bug_without_check_breaks_s2(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { stop_the_machine },
		      .broken = "S2",
		      .text = "S2: BUG in vfio_iommu_group_notifier, and the "
			      "check did not ask for it");
}

/* ---------------------------------------------------------------- isolation */

static void count_a_driver(void)
{
	SIM_CHECK(iommu_device_use_default_domain(topology->dev[0]) == 0);
}

static void a_driver_that_is_not_there_breaks_s4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = free_device, .tasks = { count_a_driver },
		      .era = "v5.19", .broken = "S4",
		      .text = "S4: iommu_group #1 has no owner, owner_cnt 1, "
			      "and 0 members with drivers that do DMA");
}

static void bind_host(void)
{
	topology_bind(0, topology->host);
	device_release_driver(topology->dev[0]);
}

static int owner;

static void claim_and_release(void)
{
	struct iommu_group *group = topology->group[0].iommu;

	if (iommu_group_claim_dma_owner(group, &owner) == 0)
		iommu_group_release_dma_owner(group);
}

/* One of them gets the group, and neither while the other has it. */
static void an_owner_and_a_host_driver_break_nothing(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = free_device,
		      .tasks = { bind_host, claim_and_release }, .era = "v5.19",
		      .broken = "");
}

/* ------------------------------------------------------------------ waiting */

static wait_queue_head_t *release_q;

static void make_queue(void)
{
	free_device();
	release_q = slab_alloc("release_q", sizeof(*release_q));
	__init_waitqueue_head(release_q, "release_q");
}

static void __device_release_driver(void)
{
	SCHED_FUNC();
	wait_queue_t wait;

	device_lock(topology->dev[0]);
	__wait_init(&wait, release_q, 0);
	__prepare_to_wait(&wait, SCHED_SITE("release_q"));
	(void)__wait_schedule(&wait, 0, &(long){ 1 }, SCHED_SITE("release_q"));
}

/* The device was never under VFIO: nobody uses it, and it is gone. */
static void a_sleeper_whose_device_is_gone_breaks_l3(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_queue, .tasks = { __device_release_driver },
		      .broken = "L1,L2,L3",
		      .text = "L3: first sleeps until device 0000:01:00.0 is "
			      "gone, which it is");
}

/* -------------------------------------------------------------------- quiet */

static void come_and_go(void)
{
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_add_kvm();
	topology_open_device(0);
	(void)user_close_device(0);
	(void)user_group_del(0);
	(void)user_unset_container();
	(void)user_close_group(0);
	topology_unbind(0);
}

static void one_user_who_comes_and_goes_breaks_nothing(void **state)
{
	static const char *const eras[] = { "v3.19-patched", "v4.0", "v4.14" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(eras) / sizeof(eras[0]); i++)
		EXPECT_BROKEN(.setup = free_device, .tasks = { come_and_go },
			      .era = eras[i], .broken = "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_takes_a_mutex_twice_breaks_i2),
		cmocka_unit_test(who_writes_what_he_reads_breaks_i2),
		cmocka_unit_test(who_reads_twice_breaks_nothing),
		cmocka_unit_test(who_unlocks_what_nobody_holds_breaks_i2),
		cmocka_unit_test(a_group_that_joins_twice_breaks_i4),
		cmocka_unit_test(a_freed_block_on_a_chain_breaks_i7),
		cmocka_unit_test(a_driver_cleared_without_the_lock_breaks_i5),
		cmocka_unit_test(a_driver_set_without_the_lock_breaks_i5),
		cmocka_unit_test(drvdata_set_without_the_lock_breaks_i6),
		cmocka_unit_test(drvdata_set_under_the_lock_breaks_nothing),
		cmocka_unit_test(a_listed_group_without_reference_breaks_i8),
		cmocka_unit_test(a_reference_nobody_has_breaks_r1),
		cmocka_unit_test(a_user_without_entry_breaks_r2_and_r3),
		cmocka_unit_test(a_refused_lookup_breaks_r4),
		cmocka_unit_test(a_container_nobody_has_breaks_r5),
		cmocka_unit_test(a_backend_without_group_breaks_r6),
		cmocka_unit_test(an_iommu_group_nobody_has_breaks_r7),
		cmocka_unit_test(what_setup_keeps_breaks_nothing),
		cmocka_unit_test(a_count_of_opens_without_file_breaks_r8),
		cmocka_unit_test(a_machine_that_was_not_told_breaks_r9),
		cmocka_unit_test(a_check_that_refuses_for_nothing_breaks_v2),
		cmocka_unit_test(a_refusal_with_a_reason_breaks_nothing),
		cmocka_unit_test(a_check_that_approves_a_host_driver_breaks_v2),
		cmocka_unit_test(a_deletion_refused_for_nothing_breaks_v4),
		cmocka_unit_test(a_deletion_of_no_entry_may_fail),
		cmocka_unit_test(a_check_without_bug_breaks_s2),
		cmocka_unit_test(a_bug_without_check_breaks_s2),
		cmocka_unit_test(a_driver_that_is_not_there_breaks_s4),
		cmocka_unit_test(an_owner_and_a_host_driver_break_nothing),
		cmocka_unit_test(a_sleeper_whose_device_is_gone_breaks_l3),
		cmocka_unit_test(one_user_who_comes_and_goes_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
