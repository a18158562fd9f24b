/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - open files and file descriptors of the modelled user processes.
 *
 * One descriptor table for the machine.  Numbers start at 3, count up and are
 * never given twice, so that a stale number is an error and not another file.
 */
#ifndef VFIOSIM_FILE_H
#define VFIOSIM_FILE_H

#include <vfiosim/atomic.h>

#ifdef __cplusplus
extern "C" {
#endif

/* First descriptor, and descriptors in the life of a machine. */
#define FD_FIRST 3
#define FD_MAX 256

struct file;

/* A loadable module: who uses it.  Counted, never refused. */
struct module {
	const char *name;
	atomic_t refcnt;
};

void __module_get(struct module *module); /* NULL is fine */
void module_put(struct module *module);
int module_refcount(const struct module *module);

struct file_operations {
	struct module *owner;
	int (*release)(struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd,
			       unsigned long arg);
};

struct file {
	const struct file_operations *f_op;
	void *private_data;
	atomic_t f_count;
};

/**
 * file_alloc - make an open file (alloc_file(), anon_inode_getfile())
 *
 * Takes a reference on f_op->owner.  Returns it with f_count 1, or
 * ERR_PTR(-ENOMEM).
 */
struct file *file_alloc(const struct file_operations *f_op, void *private_data);

/* Take one more reference; the caller has one already. */
void get_file(struct file *file);

/* The last fput() runs f_op->release at once, on the caller. */
void fput(struct file *file);

/* Reserve the next number.  Returns it or -EMFILE.  Nothing to close yet. */
int get_unused_fd(void);
/* Give a reserved number back unused; it is used up all the same. */
void put_unused_fd(int fd);
/* The number now means @file, whose reference the table takes over. */
void fd_install(int fd, struct file *file);

/* The file behind a number with a new reference, or NULL. */
struct file *fget(int fd);

/**
 * sys_close - close(2)
 *
 * Returns 0 or -EBADF.  The last reference runs the release function, unless
 * an ioctl on the same file is still running: then that one does.
 */
int sys_close(int fd);

/**
 * sys_ioctl - ioctl(2)
 * @arg: what the command takes: a number or an address
 *
 * Holds a reference on the file while the command runs.  Returns what the
 * file's handler returns, -EBADF: no such descriptor, -ENOTTY: no handler.
 */
long sys_ioctl(int fd, unsigned int cmd, unsigned long arg);

/* Unannounced: the file behind a number, without a reference; NULL: none.
 * For inspect.h and harnesses. */
struct file *fd_peek(int fd);

/* The next number that get_unused_fd() will give. */
int fd_next(void);

#ifdef __cplusplus
}
#endif
#endif
