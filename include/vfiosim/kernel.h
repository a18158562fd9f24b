/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h - the machine: boot, halt, eras, tasks, WARN and BUG.
 *
 * One simulated machine per process, from kernel_boot() to kernel_halt().
 */
#ifndef VFIOSIM_KERNEL_H
#define VFIOSIM_KERNEL_H

#include <vfiosim/sched.h>
#include <vfiosim/slab.h>

#include <errno.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* include/linux/err.h: errors in pointers. */
#define MAX_ERRNO 4095

static inline void *ERR_PTR(long error)
{
	return (void *)(intptr_t)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)(intptr_t)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return (uintptr_t)ptr >= (uintptr_t)-MAX_ERRNO;
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

/* ------------------------------------------------------------------ eras */

/*
 * A behaviour flag.  A machine is booted with a value for each; where eras
 * differ, one small function asks era_flag().  docs/model.md says which commit
 * brought each value.
 */
enum era_flag {
	ERA_TRACK_UNBOUND,
	ERA_CHECK_ORDER,
	ERA_INJECT_TRACK_ENOMEM,
	ERA_ISOLATION,
	ERA_KVM_DEL,
	ERA_KVM_PINS,
	ERA_EXT_PUT_ORDER,
	ERA_IOMMU_GROUP_PIN,
	ERA_CREATE_RACE_LEAKS_IOMMU_REF,
	ERA_NB_PUT,
	ERA_DEL_WAIT,
	ERA_REQUEST_OP,
	ERA_CONTAINER_STALL,
	ERA_LAST_DEV_DETACHES,
	ERA_DEVICE_FREE,
	ERA_GET_FROM_DEV,
	ERA_OPEN_UNDER_VD,
	ERA_MEMBERSHIP_REMOVED_AT,
	ERA_PROBE_FAIL_NOTIFY,
	ERA_PROBE_FAILS_AFTER_ADD,
	ERA_SYSFS_BIND_RECHECK,
	ERA_SYSFS_UNBIND_RECHECK,
	ERA_GROUP_STATE_LOCK,
	ERA_ALLOW_LIST,
	ERA_DEBUG_TEST_REMOVE,
	ERA_PROBE_ERRNO,
	ERA_DEVICE_DEAD,
	ERA_IOMMU_PROBE,
	ERA_MINOR_ALLOC,
	ERA_HOT_ADD_WARN,
	ERA_SET_IOMMU_RETRY,
	ERA_DEVICE_SET,
	ERA_PCI_LOCK,
	ERA_KVM_SIDE_EFFECTS,
	ERA_KVM_CREATE_LOCK,
	ERA_CONTAINER_FOPS,
	ERA_FLAG_NR
};

/* Values, in the order of the table in lib/era.c; "off" is 0, "on" is 1. */
enum { ERA_OFF, ERA_ON };
enum { ERA_CHECK_KERNEL, ERA_CHECK_CORRECTED, ERA_CHECK_ATOMIC };
enum { ERA_ISOLATION_NOTIFIER_BUG, ERA_ISOLATION_DMA_OWNER };
enum {
	ERA_KVM_DEL_EXTERNAL_GET,
	ERA_KVM_DEL_MATCH_GROUP,
	ERA_KVM_DEL_MATCH_FILE
};
enum { ERA_KVM_PINS_USERS_GROUP, ERA_KVM_PINS_FILE };
enum { ERA_EXT_PUT_GROUP_FIRST, ERA_EXT_PUT_DISSOLVE_FIRST };
enum { ERA_PIN_PER_DEVICE, ERA_PIN_PER_GROUP };
enum { ERA_NB_PUT_SYNC, ERA_NB_PUT_WORKQUEUE, ERA_NB_PUT_NONE };
enum {
	ERA_DEL_WAIT_UNINTERRUPTIBLE,
	ERA_DEL_WAIT_SPIN_ON_SIGNAL,
	ERA_DEL_WAIT_FIXED,
	ERA_DEL_WAIT_WOKEN,
	ERA_DEL_WAIT_COMPLETION
};
enum { ERA_DEVICE_FREE_LAST_PUT, ERA_DEVICE_FREE_UNREGISTER };
enum {
	ERA_GET_FROM_DEV_DRVDATA,
	ERA_GET_FROM_DEV_LOOKUP,
	ERA_GET_FROM_DEV_ABSENT
};
enum { ERA_MEMBERSHIP_REMOVED_AT_DEL, ERA_MEMBERSHIP_REMOVED_AT_REMOVED };
enum { ERA_PROBE_FAIL_NOTIFY_NONE, ERA_PROBE_FAIL_NOTIFY_NOT_BOUND };
enum { ERA_BIND_RECHECK_NONE, ERA_BIND_RECHECK_SKIP, ERA_BIND_RECHECK_EBUSY };
enum { ERA_GROUP_STATE_ATOMICS, ERA_GROUP_STATE_LOCK_HELD };
enum { ERA_ALLOW_PCIEPORT, ERA_ALLOW_BRIDGES, ERA_ALLOW_DRIVER_MANAGED_DMA };
enum { ERA_PROBE_ERRNO_HIDDEN, ERA_PROBE_ERRNO_RETURNED };
enum { ERA_MINOR_BEFORE_SCAN, ERA_MINOR_AFTER_SCAN, ERA_MINOR_WITH_GROUP };
enum { ERA_HOT_ADD_WARN_NAME, ERA_HOT_ADD_WARN_TEXT };
enum { ERA_PCI_LOCK_DRIVER, ERA_PCI_LOCK_DEV_SET };
enum {
	ERA_KVM_SIDE_EFFECTS_NONE,
	ERA_KVM_SIDE_EFFECTS_COUNT,
	ERA_KVM_SIDE_EFFECTS_UNCONDITIONAL,
	ERA_KVM_SIDE_EFFECTS_ON_MATCH
};
enum { ERA_CONTAINER_FOPS_LOCKED, ERA_CONTAINER_FOPS_UNLOCKED };

#define ERA_NAME_MAX 32

/* A named set of flag values.  Copy it, change it, boot with it. */
struct kernel_era {
	char name[ERA_NAME_MAX];
	unsigned char value[ERA_FLAG_NR];
};

/**
 * era_lookup - find an era by name
 * @name:    "v3.19" "v3.19-patched" "v4.0" "v4.14" "v5.15" "v5.19" "v6.1"
 * @ret_era: filled on success
 *
 * Returns 0 or -ENOENT.
 */
int era_lookup(const char *name, struct kernel_era *ret_era);

/**
 * era_set - override one flag of an era
 * @flag, @value: spelled as in docs/model.md
 *
 * Returns 0; -ENOENT: no such flag; -EINVAL: no such value of this flag.
 */
int era_set(struct kernel_era *era, const char *flag, const char *value);

/* Names: of the nth era (NULL past the end), of a flag, of a flag's nth value
 * (NULL past the end). */
const char *era_name(unsigned nth);
const char *era_flag_name(enum era_flag flag);
const char *era_value_name(enum era_flag flag, unsigned value);

/**
 * era_conflict - do the flags of an era go together?
 *
 * A few values rest on others: who waits for a completion needs devices that
 * outlive it.  Returns NULL, or which value needs which: static text.
 */
const char *era_conflict(const struct kernel_era *era);

/* -------------------------------------------------------------- machine */

struct kernel_config {
	struct kernel_era era;
};

/**
 * kernel_boot - start a machine
 * @config: era; NULL: "v3.19"
 *
 * Empties the arena and sets up every subsystem.  Only while no task runs.
 * Returns 0; -EBUSY: a machine runs already; -EINVAL: era_conflict(); -ENOMEM.
 */
int kernel_boot(const struct kernel_config *config);

/**
 * kernel_halt - stop the machine
 * @leaked: called for each block that is still alive, subsystems' own set-up
 *          excepted; NULL: do not tell
 *
 * Returns the number of such blocks; 0: nothing leaked; -EINVAL: no machine.
 * All modelled memory is gone afterwards, whoever leaked it.
 */
int kernel_halt(int (*leaked)(const struct slab_block *block, void *arg),
		void *arg);

/**
 * kernel_booted - how much of the machine is as boot left it
 *
 * Returns the bytes at the start of slab_heap(0) that boot made, if nobody has
 * changed any of them and a copy of them is there to tell; else 0.  With the
 * same memory in them, two machines of one era get the same answer.
 */
size_t kernel_booted(void);

/* Value of a flag of the running machine. */
unsigned era_flag(enum era_flag flag);

/* The running machine's era; NULL: none runs. */
const struct kernel_era *kernel_era(void);

/**
 * kernel_register_subsystem - have set-up and tear-down run with the machine
 * @boot: allocates the subsystem's own state; returns 0 or -errno
 * @halt: frees it again; objects of users are theirs
 * @root: where its only pointer outside the arena lies; or NULL
 *
 * Boot and halt of those with a root do nothing that can be seen but allocate,
 * fill and free: while all have one, the machine may begin as a copy of one of
 * the same era that was booted before, and end without a call of @halt.
 * Called by constructors inside lib/, in any order; @rank orders them.
 */
struct kernel_subsystem {
	const char *name;
	unsigned rank;
	int (*boot)(void);
	void (*halt)(void);
	void *root;
	struct kernel_subsystem *next;
};
void kernel_register_subsystem(struct kernel_subsystem *subsystem);

/**
 * kernel_image_size - bytes of what a machine keeps outside of slab_heap()
 *
 * An image is the roots of its subsystems, its count of warnings and the books
 * of the slab.  Together with the bytes of every slab_heap() it is the whole
 * machine: who restores both goes back to the moment at which they were copied,
 * also after kernel_halt().  Only while no task runs, of a machine of the same
 * era in the same process, and not under sanitizers or Valgrind, whose own
 * books stay as they are.
 */
size_t kernel_image_size(void);
void kernel_image_save(void *image);
/* The image first, then the bytes: it says how many they are. */
void kernel_image_restore(const void *image);

/**
 * kernel_image_key - what of an image tasks can tell
 * @words: where to write; at least kernel_image_size() bytes
 *
 * Images with equal keys belong to machines that cannot be told apart by what
 * they do; in the order in which tasks allocated they may differ.  Returns the
 * number of words.
 */
size_t kernel_image_key(uint64_t *words);

/* Name of the tasks that run items of work: see workqueue.h. */
#define KWORKER "kworker"

/**
 * kthread_run - start a task
 * @name: short; shown in reports; copied
 *
 * Returns the task's id (> 0), -EAGAIN: too many tasks, -errno.
 */
int kthread_run(const char *name, void (*fn)(void *arg), void *arg);

/* Running free: wait until every task has ended.  Scheduled: nothing. */
void kthread_join_all(void);

/* ----------------------------------------------------------- WARN and BUG */

bool __warn_on(bool cond, const char *text, const struct sched_site *site);
void __bug_on(const char *text, const struct sched_site *site);

/* asm-generic/bug.h; a finding of the model, never the end of the process
 * while a scheduler is installed.  WARN_ON returns its condition. */
#define WARN_ON(cond) __warn_on((cond), #cond, SCHED_SITE(NULL))
#define WARN(cond, text) __warn_on((cond), (text), SCHED_SITE(NULL))
#define BUG_ON(cond) ((cond) ? __bug_on(#cond, SCHED_SITE(NULL)) : (void)0)

#ifdef __cplusplus
}
#endif
#endif
