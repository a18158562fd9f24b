/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_file.c - open files, descriptors, use counts of modules.
 *
 * Who runs the release function, and what a number means when.
 */
#include <vfiosim/file.h>
#include <vfiosim/kernel.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"

static struct module module = { .name = "test" };
static unsigned released;
static unsigned released_by;

static int release_count(struct file *file)
{
	assert_ptr_equal(file->private_data, &released);
	released++;
	released_by = sched_self();
	return 0;
}

static long add_cmd_and_arg(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	(void)file;
	return (long)(cmd + arg);
}

static const struct file_operations counting_ops = {
	.owner = &module,
	.release = release_count,
	.unlocked_ioctl = add_cmd_and_arg,
};
static const struct file_operations empty_ops = { .owner = NULL };

static int init_counts(void)
{
	released = released_by = 0;
	return module_refcount(&module);
}

static int start_inline(void **state)
{
	return machine_boot_inline(state) || init_counts();
}

static int start_free(void **state)
{
	return machine_boot(state) || init_counts();
}

static int open_file(const struct file_operations *f_op)
{
	struct file *file = file_alloc(f_op, &released);
	int fd = get_unused_fd();

	assert_false(IS_ERR(file));
	fd_install(fd, file);
	return fd;
}

static void numbers_count_up_from_three(void **state)
{
	(void)state;
	assert_int_equal(fd_next(), 3);
	assert_int_equal(open_file(&counting_ops), 3);
	assert_int_equal(open_file(&empty_ops), 4);
	assert_int_equal(fd_next(), 5);
	assert_int_equal(sys_close(3), 0);
	assert_int_equal(sys_close(4), 0);
}

static void a_number_is_never_given_twice(void **state)
{
	(void)state;
	assert_int_equal(open_file(&counting_ops), 3);
	assert_int_equal(sys_close(3), 0);
	assert_int_equal(sys_close(3), -EBADF);
	assert_int_equal(get_unused_fd(), 4);
	put_unused_fd(4);
	assert_int_equal(open_file(&counting_ops), 5);
	assert_int_equal(sys_close(3), -EBADF);
	assert_int_equal(sys_close(4), -EBADF);
	assert_int_equal(sys_close(5), 0);
	assert_int_equal(released, 2);
}

/* 3 .. 258 */
static void a_machine_has_256_numbers(void **state)
{
	int fd;

	(void)state;
	for (fd = 3; fd < 259; fd++)
		assert_int_equal(get_unused_fd(), fd);
	assert_int_equal(get_unused_fd(), -EMFILE);
	assert_int_equal(get_unused_fd(), -EMFILE);
	assert_int_equal(fd_next(), 259);
	assert_int_equal(sys_close(258), -EBADF);
}

static void numbers_that_mean_nothing_are_refused(void **state)
{
	static const int wrong[] = { -1, 0, 2, 3, 258, 259, 0x7fffffff };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(fget(wrong[i]));
		assert_null(fd_peek(wrong[i]));
		assert_int_equal(sys_close(wrong[i]), -EBADF);
		assert_int_equal(sys_ioctl(wrong[i], 1, 2), -EBADF);
	}
}

static void a_reserved_number_is_not_open(void **state)
{
	int fd = get_unused_fd();
	struct file *file = file_alloc(&empty_ops, NULL);

	(void)state;
	assert_null(fget(fd));
	assert_int_equal(sys_close(fd), -EBADF);
	fd_install(fd, file);
	assert_ptr_equal(fd_peek(fd), file);
	assert_int_equal(sys_close(fd), 0);
}

static void an_ioctl_reaches_the_handler(void **state)
{
	int fd = open_file(&counting_ops);
	int mute = open_file(&empty_ops);

	(void)state;
	assert_int_equal(sys_ioctl(fd, 40, 2), 42);
	assert_int_equal(sys_ioctl(mute, 40, 2), -ENOTTY);
	assert_int_equal(atomic_peek(&fd_peek(fd)->f_count), 1);
	assert_int_equal(atomic_peek(&fd_peek(mute)->f_count), 1);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(sys_close(mute), 0);
}

static void the_last_reference_releases(void **state)
{
	int fd = open_file(&counting_ops);
	struct file *file = fget(fd);

	(void)state;
	assert_ptr_equal(file, fd_peek(fd));
	get_file(file);
	assert_int_equal(atomic_peek(&file->f_count), 3);
	fput(file);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(released, 0);
	fput(file);
	assert_int_equal(released, 1);
	assert_int_equal(slab_query(file, NULL), SLAB_FREED);
}

static void an_open_file_uses_its_module(void **state)
{
	int fd;

	(void)state;
	__module_get(NULL);
	module_put(NULL);
	assert_int_equal(module_refcount(&module), 0);
	fd = open_file(&counting_ops);
	assert_int_equal(module_refcount(&module), 1);
	__module_get(&module);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(module_refcount(&module), 1);
	module_put(&module);
	assert_int_equal(module_refcount(&module), 0);
}

static void without_memory_there_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth("file", 1), 0);
	assert_int_equal(PTR_ERR(file_alloc(&counting_ops, NULL)), -ENOMEM);
	assert_int_equal(module_refcount(&module), 0);
}

static void without_a_machine_there_is_no_table(void **state)
{
	(void)state;
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(fd_next(), FD_FIRST);
	assert_null(fd_peek(3));
	assert_int_equal(sys_close(3), -EBADF);
	assert_int_equal(kernel_boot(NULL), 0);
}

static void installing_over_an_open_file_is_a_bug(void **state)
{
	int fd = open_file(&counting_ops);
	struct file *first = fd_peek(fd);

	(void)state;
	fd_install(fd, file_alloc(&counting_ops, &released));
	assert_int_equal(inline_sched.reports[SCHED_BUG], 1);
	put_unused_fd(fd);
	put_unused_fd(fd + 1);
	put_unused_fd(2);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 4);
	assert_int_equal(sys_close(fd), 0);
	fput(first);
}

/* ------------------------------------------------------- what is announced */

static void opening_and_closing_announce_counter_slot_and_count(void **state)
{
	int fd;

	(void)state;
	fd = open_file(&counting_ops);
	assert_int_equal(sys_close(fd), 0);
	inline_sched_expect("1 { file_alloc\n"
			    "1 allocated file\n"
			    "1 } file_alloc\n"
			    "1 rmw files->next\n"
			    "1 { fd_install\n"
			    "1 write files->slot[fd]\n"
			    "1 } fd_install\n"
			    "1 { sys_close\n"
			    "1 rmw files->slot[fd]\n"
			    "1 { fput\n"
			    "1 rmw &file->f_count\n"
			    "1 } fput\n"
			    "1 } sys_close\n");
	assert_ptr_equal(inline_sched.op[1].obj, inline_sched.op[2].obj);
}

static void an_ioctl_finds_and_pins_the_file_in_one_step(void **state)
{
	int fd = open_file(&counting_ops);
	struct file *file = fd_peek(fd);

	(void)state;
	inline_sched.text[0] = '\0';
	inline_sched.nr_accesses = 0;
	assert_int_equal(sys_ioctl(fd, 1, 1), 2);
	inline_sched_expect("1 { sys_ioctl\n"
			    "1 { fget\n"
			    "1 rmw files->slot[fd]\n"
			    "1 } fget\n"
			    "1 { fput\n"
			    "1 rmw &file->f_count\n"
			    "1 } fput\n"
			    "1 } sys_ioctl\n");
	assert_int_equal(
		inline_sched_accesses(&file->f_count, SCHED_ACCESS_WRITE), 1);
	assert_int_equal(sys_close(fd), 0);
}

static void close_it(void *arg)
{
	assert_int_equal(sys_close(*(int *)arg), 0);
}

/* Operation 3 is the lookup, 4 the final put of the ioctl. */
static void a_close_during_an_ioctl_leaves_the_release_to_it(void **state)
{
	int fd = open_file(&counting_ops);

	(void)state;
	inline_sched_call_at(4, 2, close_it, &fd);
	assert_int_equal(sys_ioctl(fd, 1, 1), 2);
	assert_int_equal(released, 1);
	assert_int_equal(released_by, 1);
	assert_int_equal(sys_ioctl(fd, 1, 1), -EBADF);
}

static void a_close_before_the_lookup_refuses_the_ioctl(void **state)
{
	int fd = open_file(&counting_ops);

	(void)state;
	inline_sched_call_at(3, 2, close_it, &fd);
	assert_int_equal(sys_ioctl(fd, 1, 1), -EBADF);
	assert_int_equal(released, 1);
	assert_int_equal(released_by, 2);
}

static void looking_for_inspection_announces_nothing(void **state)
{
	int fd = open_file(&counting_ops);

	(void)state;
	inline_sched.text[0] = '\0';
	assert_non_null(fd_peek(fd));
	assert_int_equal(fd_next(), fd + 1);
	inline_sched_expect("");
	assert_int_equal(sys_close(fd), 0);
}

/* ------------------------------------------------------------ running free */

#define FILES 16
#define TASKS 3

static atomic_t closed;

static void use_and_close(void *arg)
{
	int fd;

	(void)arg;
	for (fd = FD_FIRST; fd < FD_FIRST + FILES; fd++) {
		long ret = sys_ioctl(fd, 1, 1);

		if (ret != 2 && ret != -EBADF)
			atomic_set(&closed, -1000);
		if (sys_close(fd) == 0)
			atomic_inc(&closed);
	}
}

static int release_atomically(struct file *file)
{
	(void)file;
	atomic_inc(&closed);
	return 0;
}

/* Each file is closed once and released once, whoever does it. */
static void racing_closes_release_each_file_once(void **state)
{
	static const struct file_operations ops = {
		.owner = &module,
		.release = release_atomically,
		.unlocked_ioctl = add_cmd_and_arg,
	};
	unsigned i;

	(void)state;
	atomic_init(&closed, 0);
	for (i = 0; i < FILES; i++)
		(void)open_file(&ops);
	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("user", use_and_close, NULL) > 0);
	kthread_join_all();
	assert_int_equal(atomic_peek(&closed), 2 * FILES);
	assert_int_equal(module_refcount(&module), 0);
	assert_int_equal(slab_live("file"), 0);
}

static void open_some(void *arg)
{
	unsigned i;

	for (i = 0; i < FILES; i++) {
		struct file *file = file_alloc(&empty_ops, NULL);
		int fd = get_unused_fd();

		fd_install(fd, file);
		atomic_add(fd, arg);
	}
}

/* 3 .. 3 + 48 - 1, each once: 48 * 3 + 47 * 48 / 2. */
static void racing_opens_get_different_numbers(void **state)
{
	atomic_t sum;
	unsigned i;
	int fd;

	(void)state;
	atomic_init(&sum, 0);
	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("opener", open_some, &sum) > 0);
	kthread_join_all();
	assert_int_equal(atomic_peek(&sum), 48 * 3 + 47 * 48 / 2);
	for (fd = FD_FIRST; fd < FD_FIRST + TASKS * FILES; fd++)
		assert_int_equal(sys_close(fd), 0);
}

#define FREE(test) \
	cmocka_unit_test_setup_teardown(test, start_free, machine_halt)
#define INLINE(test) \
	cmocka_unit_test_setup_teardown(test, start_inline, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FREE(numbers_count_up_from_three),
		FREE(a_number_is_never_given_twice),
		FREE(a_machine_has_256_numbers),
		FREE(numbers_that_mean_nothing_are_refused),
		FREE(a_reserved_number_is_not_open),
		FREE(an_ioctl_reaches_the_handler),
		FREE(the_last_reference_releases),
		FREE(an_open_file_uses_its_module),
		FREE(without_memory_there_is_no_file),
		FREE(without_a_machine_there_is_no_table),
		INLINE(installing_over_an_open_file_is_a_bug),
		INLINE(opening_and_closing_announce_counter_slot_and_count),
		INLINE(an_ioctl_finds_and_pins_the_file_in_one_step),
		INLINE(a_close_during_an_ioctl_leaves_the_release_to_it),
		INLINE(a_close_before_the_lookup_refuses_the_ioctl),
		INLINE(looking_for_inspection_announces_nothing),
		FREE(racing_closes_release_each_file_once),
		FREE(racing_opens_get_different_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
