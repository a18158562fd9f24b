/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_calls.c - invariants of tracking, checks, isolation and
 * waiting speak when they are broken on purpose; and all are silent while a
 * user comes and goes.
 *
 * What no bug of the model breaks is broken by impostors: functions of the test
 * that tell of themselves what modelled ones do.
 */
#include "plant.h"

#include <vfiosim/iommu.h>
#include <vfiosim/vfio.h>

/* ---------------------------------------------------------------- tracking */

static void a_sibling_in_use(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void a_sibling_in_use_twice(void)
{
	a_sibling_in_use();
	topology_bind(1, topology->vfio_pci);
}

/* With test-remove each bind leaves an entry (B7), and the unbind takes the
 * newest one only. */
static void bind_and_unbind(void)
{
	topology_bind(1, topology->vfio_pci);
	topology_unbind(1);
}

static void a_remove_that_tells_nobody_breaks_t1_t2_t3(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_sibling_in_use, .tasks = { bind_and_unbind },
		      .era = "v4.14 debug_test_remove=on", .on = "T1,T2,T3,T4",
		      .broken = "T1,T2,T3",
		      .text = "T2: device 0000:01:00.1 is tracked 2 times");
}

/* It keeps the lock, and so does not seem to be done; but no unbind it is. */
static void remove_by_hand(void)
{
	device_lock(topology->dev[0]);
	(void)vfio_del_group_dev(topology->dev[0]);
}

static void a_removal_that_is_no_unbind_breaks_t1(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_sibling_in_use_twice,
		      .tasks = { remove_by_hand }, .era = "v4.0",
		      .on = "T1,T2,T3,T4", .broken = "T1,T3",
		      .text = "T1: device 0000:01:00.0 is tracked by first, "
			      "which does not unbind it");
}

/* In the unbind of another device, which does not end. */
static void remove_inside_another(void)
{
	device_lock(topology->dev[0]);
	(void)sched_enter_func("__device_release_driver");
	device_lock(topology->dev[1]);
	(void)vfio_del_group_dev(topology->dev[1]);
	step();
}

static void the_unbind_of_another_device_breaks_t1(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_sibling_in_use_twice,
		      .tasks = { remove_inside_another }, .era = "v4.0",
		      .on = "T1,T2,T4", .broken = "T1",
		      .text = "T1: device 0000:01:00.1 is tracked by first, "
			      "which does not unbind it");
}

/* B32: in the unbind of the device, which does not end, but its lock is
 * dropped. */
static void remove_without_the_lock(void)
{
	device_lock(topology->dev[1]);
	(void)sched_enter_func("__device_release_driver");
	device_unlock(topology->dev[1]);
	(void)vfio_del_group_dev(topology->dev[1]);
	step();
}

static void an_unbind_without_the_lock_breaks_t1(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_sibling_in_use_twice,
		      .tasks = { remove_without_the_lock }, .era = "v4.0",
		      .on = "T1,T2,T4", .broken = "T1",
		      .text = "T1: device 0000:01:00.1 is tracked by first, "
			      "which does not unbind it");
}

static void remove_in_a_probe(void)
{
	topology_bind(1, topology->late);
}

static void unbind_first(void)
{
	topology_unbind(0);
}

/* B5: it is broken while the probe still holds the device, and so is it when
 * another device is unbound meanwhile. */
static void a_removal_in_a_probe_breaks_t1(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_sibling_in_use, .era = "v4.0",
		      .tasks = { remove_in_a_probe, unbind_first },
		      .random = 200, .on = "T1,T2,T4", .broken = "T1",
		      .text = "T1: device 0000:01:00.1 is tracked by first, "
			      "which does not unbind it");
}

static void unbind_second(void)
{
	topology_unbind(1);
}

static void who_unbinds_what_he_tracks_breaks_nothing(void **state)
{
	static const char *const eras[] = { "v3.19-patched", "v4.0", "v5.15" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(eras) / sizeof(eras[0]); i++)
		EXPECT_BROKEN(.setup = a_sibling_in_use_twice, .era = eras[i],
			      .tasks = { unbind_first, unbind_second },
			      .random = 200, .on = "T1,T2,T3,T4", .broken = "");
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

	sched_subject(topology->kvm);
	sched_subject(fd_peek(topology->group[0].fd));
	step();
	sched_answer(topology->result[0]);
}

static void used_group_refused(void)
{
	used_group();
	topology->result[0] = -EINVAL;
}

static void a_deletion_refused_for_nothing_breaks_v4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group_refused,
		      .tasks = { kvm_vfio_set_group }, .broken = "V4",
		      .text = "V4: KVM_DEV_VFIO_GROUP_DEL returns -EINVAL, and "
			      "the machine goes on using vfio_group #1");
}

/* Whatever became of the entry: V4 is about the answer. */
static void a_deletion_that_succeeds_does_not_break_v4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = used_group, .tasks = { kvm_vfio_set_group },
		      .on = "V4", .broken = "");
}

static void a_machine_without_entry(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology->kvm = kvm_create_vm();
	SIM_CHECK(kvm_create_vfio_device(topology->kvm) == 0);
	topology->result[0] = -ENOENT;
}

/* Nothing of the machine's: there is no entry to delete. */
static void a_deletion_of_no_entry_may_fail(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = a_machine_without_entry,
		      .tasks = { kvm_vfio_set_group }, .broken = "");
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

static void attached_group(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void unplug(void)
{
	topology_hot_unplug(0);
}

/* B24; from 6.1 on the last device takes the container with it. */
static void an_owner_without_members_breaks_s4(void **state)
{
	(void)state;
	EXPECT_BROKEN(.setup = attached_group, .tasks = { unplug },
		      .era = "v5.19", .broken = "S4",
		      .text = "S4: iommu_group #1 has an owner, and no member");
	EXPECT_BROKEN(.setup = attached_group, .tasks = { unplug },
		      .era = "v6.1", .broken = "");
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
	(void)user_get_status();
	(void)user_close_device(0);
	(void)user_group_del(0);
	(void)user_unset_container();
	(void)user_close_group(0);
	topology_unbind(0);
	topology_bind(0, topology->host);
	device_release_driver(topology->dev[0]);
}

static void one_user_who_comes_and_goes_breaks_nothing(void **state)
{
	static const char *const eras[] = { "v3.19-patched", "v4.0",  "v4.14",
					    "v5.15",	     "v5.19", "v6.1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(eras) / sizeof(eras[0]); i++)
		EXPECT_BROKEN(.setup = free_device, .tasks = { come_and_go },
			      .era = eras[i], .random = 300, .broken = "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_remove_that_tells_nobody_breaks_t1_t2_t3),
		cmocka_unit_test(a_removal_that_is_no_unbind_breaks_t1),
		cmocka_unit_test(the_unbind_of_another_device_breaks_t1),
		cmocka_unit_test(an_unbind_without_the_lock_breaks_t1),
		cmocka_unit_test(a_removal_in_a_probe_breaks_t1),
		cmocka_unit_test(who_unbinds_what_he_tracks_breaks_nothing),
		cmocka_unit_test(a_check_that_refuses_for_nothing_breaks_v2),
		cmocka_unit_test(a_refusal_with_a_reason_breaks_nothing),
		cmocka_unit_test(a_check_that_approves_a_host_driver_breaks_v2),
		cmocka_unit_test(a_deletion_refused_for_nothing_breaks_v4),
		cmocka_unit_test(a_deletion_that_succeeds_does_not_break_v4),
		cmocka_unit_test(a_deletion_of_no_entry_may_fail),
		cmocka_unit_test(a_check_without_bug_breaks_s2),
		cmocka_unit_test(a_bug_without_check_breaks_s2),
		cmocka_unit_test(a_driver_that_is_not_there_breaks_s4),
		cmocka_unit_test(an_owner_without_members_breaks_s4),
		cmocka_unit_test(an_owner_and_a_host_driver_break_nothing),
		cmocka_unit_test(a_sleeper_whose_device_is_gone_breaks_l3),
		cmocka_unit_test(one_user_who_comes_and_goes_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
