/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_planted.c - invariants of locks, lists, drivers and references
 * speak when they are broken on purpose, and say what is wrong.
 *
 * Where the model has no bug that breaks one, the test breaks it: by a call
 * that no kernel makes, or by a byte.
 */
#include "plant.h"

#include <vfiosim/inspect.h>
#include <vfiosim/vfio.h>

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

/* He does not keep himself out, but a writer in between would. */
static void who_reads_twice_breaks_i3_alone(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_board, .tasks = { read_twice },
		      .broken = "I3");
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

static struct list_head *shelf;

static void make_shelf(void)
{
	bound_device();
	shelf = slab_alloc("shelf", sizeof(*shelf));
	INIT_LIST_HEAD(shelf);
}

static struct list_head *the_node(void)
{
	struct inspect_vfio_group g;
	struct vfio_device *device;

	SIM_CHECK(inspect_vfio_group(0, &g));
	device = (struct vfio_device *)(uintptr_t)g.devices[0].device;
	return &device->group_next;
}

static void put_on_shelf(void)
{
	struct list_head *node;

	step();
	node = the_node();
	list_add(node, shelf);
}

static void bend_back(void)
{
	step();
	the_node()->prev = shelf;
}

static void a_node_on_two_lists_breaks_i4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_shelf, .tasks = { put_on_shelf },
		      .on = "I4", .broken = "I4");
}

static void a_link_back_that_leads_elsewhere_breaks_i4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = make_shelf, .tasks = { bend_back }, .on = "I4",
		      .broken = "I4");
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
			      "2: driver 1, open files 1, others 0");
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

/* It is the driver's from its probe on. */
static void drop_an_iommu_group(void)
{
	iommu_group_put(topology->group[0].iommu);
}

static void a_driver_without_its_reference_breaks_r7(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = bound_device, .tasks = { drop_an_iommu_group },
		      .on = "R7", .broken = "R7",
		      .text = "R7: iommu_group #1: references 2, holders 3: "
			      "members 1, drivers 1, VFIO 1, set-up 0");
	/* From 5.16 on it takes none, and the rest is VFIO's and the member's. */
	EXPECT_BROKEN(.setup = bound_device, .tasks = { drop_an_iommu_group },
		      .on = "R7", .broken = "R7", .era = "v5.19",
		      .text = "R7: iommu_group #1: references 1, holders 2: "
			      "members 1, drivers 0, VFIO 1, set-up 0");
}

static void bind_late(void)
{
	topology_bind(0, topology->late);
}

/* What a probe took and gave back again is nobody's. */
static void a_probe_that_fails_breaks_no_count(void **state)
{
	static const char *const eras[] = { "v3.19", "v4.14", "v5.15",
					    "v5.19" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(eras) / sizeof(eras[0]); i++)
		EXPECT_BROKEN(.setup = free_device, .tasks = { bind_late },
			      .era = eras[i], .on = "R1,R2,R7", .broken = "");
}

static void two_free_devices(void)
{
	topology_boot(2);
}

static void bind_first(void)
{
	topology_bind(0, topology->vfio_pci);
}

static void bind_second(void)
{
	topology_bind(1, topology->vfio_pci);
}

/* Who loses the race to make the group forgets a reference, 4.0 to 5.15. */
static void a_race_to_make_a_group_breaks_r7(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = two_free_devices,
		      .tasks = { bind_first, bind_second }, .era = "v4.14",
		      .random = 300, .broken = "R7");
	EXPECT_BROKEN(.setup = two_free_devices,
		      .tasks = { bind_first, bind_second }, .era = "v5.19",
		      .random = 300, .broken = "");
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

/* From 5.19 on an entry keeps the file: here somebody puts its reference. */
static void put_the_file(void)
{
	fput(fd_peek(topology->group[0].fd));
}

static void an_entry_without_its_file_breaks_r9(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { put_the_file },
		      .era = "v5.19", .broken = "R9",
		      .text = "R9: the file of vfio_group #1: references 2, "
			      "holders 3: descriptors 1, entries 1, device "
			      "files 1");
	EXPECT_BROKEN(.setup = used_group, .tasks = { step }, .era = "v5.19",
		      .broken = "");
	EXPECT_BROKEN(.setup = used_group, .tasks = { step }, .era = "v6.1",
		      .broken = "");
}

/* And nobody tells it what became of its group meanwhile. */
static void a_machine_with_a_file_need_not_be_told(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { forget_coherency },
		      .era = "v5.19", .broken = "");
}

/* It asks, and does not tell what it finds. */
static void kvm_vfio_update_coherency(void)
{
	SCHED_FUNC();

	sched_subject(topology->kvm);
	step();
}

static void ask_in_vain(void)
{
	forget_coherency();
	kvm_vfio_update_coherency();
}

static void a_machine_with_a_file_that_is_told_wrong_breaks_r9(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group,
		      .tasks = { kvm_vfio_update_coherency }, .era = "v5.19",
		      .broken = "");
	EXPECT_BROKEN(.setup = used_group, .tasks = { ask_in_vain },
		      .era = "v5.19", .broken = "R9",
		      .text = "R9: kvm #1 was told that DMA is coherent, and "
			      "it is not so");
}

/* It tells the right thing, and what it told is changed: the count is what
 * follows a count, a pointer and a lock. */
static void leave_and_change_what_was_told(void)
{
	int *told = (void *)((char *)topology->kvm + 16 + sizeof(struct mutex));

	(void)user_group_del(0);
	++*told;
	step();
}

static void what_a_machine_with_a_file_was_told_is_remembered(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group,
		      .tasks = { leave_and_change_what_was_told },
		      .era = "v5.19", .on = "R9", .broken = "R9",
		      .text = "R9: kvm #1 was told that DMA is noncoherent, "
			      "and it is not so");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_takes_a_mutex_twice_breaks_i2),
		cmocka_unit_test(who_writes_what_he_reads_breaks_i2),
		cmocka_unit_test(who_reads_twice_breaks_i3_alone),
		cmocka_unit_test(who_unlocks_what_nobody_holds_breaks_i2),
		cmocka_unit_test(a_group_that_joins_twice_breaks_i4),
		cmocka_unit_test(a_node_on_two_lists_breaks_i4),
		cmocka_unit_test(a_link_back_that_leads_elsewhere_breaks_i4),
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
		cmocka_unit_test(a_driver_without_its_reference_breaks_r7),
		cmocka_unit_test(a_probe_that_fails_breaks_no_count),
		cmocka_unit_test(a_race_to_make_a_group_breaks_r7),
		cmocka_unit_test(what_setup_keeps_breaks_nothing),
		cmocka_unit_test(a_count_of_opens_without_file_breaks_r8),
		cmocka_unit_test(a_machine_that_was_not_told_breaks_r9),
		cmocka_unit_test(an_entry_without_its_file_breaks_r9),
		cmocka_unit_test(a_machine_with_a_file_need_not_be_told),
		cmocka_unit_test(
			what_a_machine_with_a_file_was_told_is_remembered),
		cmocka_unit_test(
			a_machine_with_a_file_that_is_told_wrong_breaks_r9),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
