/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - open files, the descriptor table, and use counts of modules.
 *
 * Looking a number up and taking the reference is one step, as the kernel's
 * tricks with RCU make it: a close comes before it or behind it.
 */
#include <vfiosim/file.h>
#include <vfiosim/kernel.h>

#include "annotate.h"

#define RANK_FILES 10

struct files {
	int next; /* number */
	struct file *slot[FD_MAX];
};

static struct files *files;

/* --------------------------------------------------------------- modules */

void __module_get(struct module *module)
{
	if (module)
		(void)MODEL_ADD(module->refcnt.counter, 1);
}

void module_put(struct module *module)
{
	if (module)
		(void)MODEL_ADD(module->refcnt.counter, -1);
}

int module_refcount(const struct module *module)
{
	return atomic_peek(&module->refcnt);
}

/* ----------------------------------------------------------------- files */

struct file *file_alloc(const struct file_operations *f_op, void *private_data)
{
	struct file *file;
	SCHED_FUNC();

	file = kzalloc_obj(file);
	if (!file)
		return ERR_PTR(-ENOMEM);
	__module_get(f_op->owner);
	file->f_op = f_op;
	file->private_data = private_data;
	atomic_init(&file->f_count, 1);
	return file;
}

void get_file(struct file *file)
{
	atomic_inc(&file->f_count);
}

void fput(struct file *file)
{
	struct module *owner;
	SCHED_FUNC();

	if (!atomic_dec_and_test(&file->f_count))
		return;
	owner = file->f_op->owner;
	if (file->f_op->release)
		(void)file->f_op->release(file);
	module_put(owner);
	kfree(file);
}

/* ------------------------------------------------------ descriptor table */

/* The slot of a number, or NULL: no number at all. */
static struct file **fd_slot(int fd)
{
	if (!files || fd < FD_FIRST || fd >= FD_FIRST + FD_MAX)
		return NULL;
	return &files->slot[fd - FD_FIRST];
}

static struct sched_op slot_op(enum sched_kind kind, struct file **slot,
			       const char *func)
{
	return (struct sched_op){
		.kind = kind,
		.obj = slot,
		.site = { "files->slot[fd]", func, __FILE__, __LINE__ },
	};
}

/*
 * The lowest bit of a slot is its lock while tasks run free: nobody frees the
 * file between finding it and taking the reference.  A lock for the table
 * would order tasks that have nothing to do with each other, and so hide
 * their races from detectors.
 */
#define SLOT_LOCKED 1ul

static struct file *slot_lock(struct file **slot)
{
	struct file *file = MODEL_GET(*slot);

	for (;;) {
		file = (struct file *)((size_t)file & ~SLOT_LOCKED);
		if (__atomic_compare_exchange_n(
			    slot, &file,
			    (struct file *)((size_t)file | SLOT_LOCKED), false,
			    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			break;
		(void)sched_yield();
	}
	annotate_acquire(slot);
	return file;
}

/* Unlock a slot; from now on it means @file. */
static void slot_unlock(struct file **slot, struct file *file)
{
	annotate_release(slot);
	__atomic_store_n(slot, file, __ATOMIC_RELEASE);
}

int get_unused_fd(void)
{
	const struct sched_op op = {
		.kind = SCHED_RMW,
		.obj = &files->next,
		.site = *SCHED_SITE("files->next"),
	};
	int fd;

	(void)sched_before(&op);
	fd = MODEL_GET(files->next);
	while (fd < FD_FIRST + FD_MAX &&
	       !__atomic_compare_exchange_n(&files->next, &fd, fd + 1, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	sched_after(&op);
	return fd < FD_FIRST + FD_MAX ? fd : -EMFILE;
}

void put_unused_fd(int fd)
{
	struct file **slot = fd_slot(fd);

	BUG_ON(!slot || fd >= fd_next() || MODEL_GET(*slot));
}

void fd_install(int fd, struct file *file)
{
	struct file **slot = fd_slot(fd);
	struct file *old;
	struct sched_op op;
	SCHED_FUNC();

	BUG_ON(!slot);
	op = slot_op(SCHED_WRITE, slot, __func__);
	(void)sched_before(&op);
	old = slot_lock(slot);
	slot_unlock(slot, file);
	sched_after(&op);
	BUG_ON(old);
}

struct file *fget(int fd)
{
	struct file **slot = fd_slot(fd);
	struct file *file;
	struct sched_op op;
	SCHED_FUNC();

	if (!slot)
		return NULL;
	op = slot_op(SCHED_RMW, slot, __func__);
	(void)sched_before(&op);
	file = slot_lock(slot);
	if (file) {
		sched_access(&file->f_count, SCHED_ACCESS_WRITE);
		(void)MODEL_ADD(file->f_count.counter, 1);
	}
	slot_unlock(slot, file);
	sched_after(&op);
	return file;
}

int sys_close(int fd)
{
	struct file **slot = fd_slot(fd);
	struct file *file;
	struct sched_op op;
	SCHED_FUNC();

	if (!slot)
		return -EBADF;
	op = slot_op(SCHED_RMW, slot, __func__);
	(void)sched_before(&op);
	file = slot_lock(slot);
	slot_unlock(slot, NULL);
	sched_after(&op);
	if (!file)
		return -EBADF;
	fput(file);
	return 0;
}

long sys_ioctl(int fd, unsigned int cmd, unsigned long arg)
{
	struct file *file;
	long ret = -ENOTTY;
	SCHED_FUNC();

	file = fget(fd);
	if (!file)
		return -EBADF;
	if (file->f_op->unlocked_ioctl)
		ret = file->f_op->unlocked_ioctl(file, cmd, arg);
	fput(file);
	return ret;
}

struct file *fd_peek(int fd)
{
	struct file **slot = fd_slot(fd);

	return slot ? MODEL_GET(*slot) : NULL;
}

int fd_next(void)
{
	return files ? MODEL_GET(files->next) : FD_FIRST;
}

static int files_boot(void)
{
	files = kzalloc_obj(files);
	if (!files)
		return -ENOMEM;
	annotate_exclude(files, sizeof(*files));
	files->next = FD_FIRST;
	return 0;
}

static void files_halt(void)
{
	kfree(files);
	files = NULL;
}

static struct kernel_subsystem files_subsystem = {
	.name = "files",
	.rank = RANK_FILES,
	.boot = files_boot,
	.halt = files_halt,
	.root = &files,
};

__attribute__((constructor)) static void files_register(void)
{
	kernel_register_subsystem(&files_subsystem);
}
