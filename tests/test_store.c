/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_store.c - files of schedules: whole or not at all, whatever goes wrong.
 */
#include "kit.h"

#include "sandbox.h"
#include "store.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char error[SIM_TEXT_MAX];

static void expect_content(const char *path, const char *text)
{
	char *found = sandbox_read(path);

	assert_string_equal(found, text);
	free(found);
}

/* ---------------------------------------------------------------- one file */

static void a_file_is_written_whole_and_alone(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(sim_store_file("a", "hello\n", 6, error), 0);
	expect_content("a", "hello\n");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(sandbox_count("."), 1);
	/* Over the old one; nothing of it is left. */
	assert_int_equal(sim_store_file("a", "x", 1, error), 0);
	expect_content("a", "x");
	assert_int_equal(sim_store_file("empty", "", 0, error), 0);
	expect_content("empty", "");
	assert_int_equal(sandbox_count("."), 2);
}

static void a_folder_that_is_missing_is_told(void **state)
{
	(void)state;
	assert_int_equal(sim_store_file("no/a", "x", 1, error), -EIO);
	assert_string_equal(error, "no/a: cannot write: No such file or "
				   "directory");
	assert_int_equal(sandbox_count("."), 0);
}

static void a_path_that_is_too_long_is_told(void **state)
{
	char path[SIM_PATH_MAX + 40];

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(sim_store_file(path, "x", 1, error), -EIO);
	assert_non_null(strstr(error, ": cannot write: File name too long"));
	assert_int_equal(sandbox_count("."), 0);
}

/* The temporary file can be had, but its name cannot be taken. */
static void a_folder_in_the_way_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a", 0777), 0);
	assert_int_equal(sim_store_file("a", "x", 1, error), -EIO);
	assert_string_equal(error, "a: cannot write: Is a directory");
	assert_int_equal(sandbox_count("."), 1);
}

/* A file may have ten bytes here, as on a disk that is full. */
static int write_on_full_disk(void *arg)
{
	const struct rlimit ten = { 10, 10 };

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &ten);
	return sim_store_file("a", arg, strlen(arg), arg) == -EIO ? 7 : 0;
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	char text[SIM_TEXT_MAX] = "more than ten bytes";
	struct sandbox_output output;

	(void)state;
	assert_int_equal(sim_store_file("a", "old", 3, error), 0);
	sandbox_call(write_on_full_disk, text, &output);
	assert_int_equal(output.status, 7);
	sandbox_release(&output);
	expect_content("a", "old");
	assert_int_equal(sandbox_count("."), 1);
}

/* ----------------------------------------------------------------- reading */

static void expect_unreadable(const char *path, size_t max,
			      const char *expected)
{
	assert_null(sim_store_read(path, max, error));
	assert_string_equal(error, expected);
}

static void a_text_is_read_up_to_its_limit(void **state)
{
	char *text;

	(void)state;
	sandbox_write("a", "12345");
	text = sim_store_read("a", 5, error);
	assert_string_equal(text, "12345");
	free(text);
	expect_unreadable("a", 4, "a:1: expected at most 4 bytes, found more");
	sandbox_write("a", "");
	text = sim_store_read("a", 5, error);
	assert_string_equal(text, "");
	free(text);
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
	char *text;

	(void)state;
	sandbox_write("a", "\xef\xbb\xbf"
			   "12\xef\xbb\xbf");
	text = sim_store_read("a", 10, error);
	assert_string_equal(text, "12\xef\xbb\xbf");
	free(text);
}

static void expect_utf16(const char *bytes, size_t size)
{
	assert_int_equal(sim_store_file("16", bytes, size, error), 0);
	expect_unreadable("16", 10, "16: expected text in UTF-8, found UTF-16");
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	expect_unreadable("none", 10,
			  "none: cannot read: No such file or "
			  "directory");
	expect_unreadable(".", 10, ".: cannot read: Is a directory");
	assert_int_equal(sim_store_file("zero", "a\0b", 3, error), 0);
	expect_unreadable("zero", 10,
			  "zero:1: expected text, found a zero byte");
	expect_utf16("a\0b\0", 4);
	expect_utf16("\0a\0b", 4);
	/* All others are marked, and need not have a zero byte. */
	expect_utf16("\xff\xfe\x2d\x4e", 4);
	expect_utf16("\xfe\xff\x4e\x2d", 4);
	assert_int_equal(sim_store_file("zero", "a\0\0b", 4, error), 0);
	expect_unreadable("zero", 10,
			  "zero:1: expected text, found a zero byte");
	/* A pipe without a writer would be waited for, a device never end. */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	expect_unreadable("fifo", 10, "fifo: expected a regular file");
	expect_unreadable("/dev/zero", 10,
			  "/dev/zero: expected a regular file");
}

/* ------------------------------------------------------------- of findings */

static void explore(const char *output, struct sim_result *result, int ret)
{
	const struct sim_options options = { .strategy = "dfs",
					     .all = true,
					     .output = output };

	assert_int_equal(sim_explore(sim_scenario_find("lost-update"), &options,
				     result),
			 ret);
}

static void findings_are_written_where_the_options_say(void **state)
{
	struct sim_result result, again;

	(void)state;
	assert_int_equal(mkdir("out", 0777), 0);
	explore("out", &result, 0);
	assert_int_equal(result.nr_findings, 1);
	assert_memory_equal(result.findings[0].path,
			    "out/lost-update-check-failed-", 29);
	expect_content(result.findings[0].path, result.findings[0].schedule);
	/* The same finding, found again, is the same file. */
	explore("out", &again, 0);
	assert_string_equal(again.findings[0].path, result.findings[0].path);
	assert_int_equal(sandbox_count("out"), 1);
	sim_result_release(&result);
	sim_result_release(&again);
}

static void a_folder_that_cannot_be_written_to_ends_the_search(void **state)
{
	struct sim_result result;

	(void)state;
	explore("missing", &result, -EIO);
	assert_memory_equal(result.error, "missing/lost-update-check-failed-",
			    33);
	assert_non_null(strstr(result.error,
			       ": cannot write: No such file or directory"));
	assert_string_equal(result.findings[0].path, "");
	assert_false(result.exhausted);
	assert_int_equal(sandbox_count("."), 0);
	sim_result_release(&result);
	sandbox_write("file", "");
	explore("file", &result, -EIO);
	assert_non_null(
		strstr(result.error, ": cannot write: Not a directory"));
	sim_result_release(&result);
	assert_int_equal(sandbox_count("."), 1);
}

static int explore_on_full_disk(void *arg)
{
	const struct rlimit ten = { 10, 10 };
	struct sim_result result;

	(void)arg;
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &ten);
	explore("out", &result, -EIO);
	assert_string_equal(result.findings[0].path, "");
	sim_result_release(&result);
	return 7;
}

static void a_full_disk_leaves_no_half_of_a_schedule(void **state)
{
	struct sandbox_output output;

	(void)state;
	assert_int_equal(mkdir("out", 0777), 0);
	sandbox_call(explore_on_full_disk, NULL, &output);
	assert_int_equal(output.status, 7);
	sandbox_release(&output);
	assert_int_equal(sandbox_count("out"), 0);
}

static void storing_later_makes_its_own_folder(void **state)
{
	struct sim_result result;
	char path[SIM_PATH_MAX];

	(void)state;
	explore(NULL, &result, 0);
	assert_string_equal(result.findings[0].path, "");
	assert_int_equal(sandbox_count("."), 0);
	assert_int_equal(sim_result_store(&result, NULL), 0);
	assert_memory_equal(result.findings[0].path, "findings/", 9);
	expect_content(result.findings[0].path, result.findings[0].schedule);
	/* What is in a file stays there. */
	(void)strcpy(path, result.findings[0].path);
	assert_int_equal(sim_result_store(&result, "elsewhere"), 0);
	assert_string_equal(result.findings[0].path, path);
	sim_result_release(&result);
}

static void storing_in_a_folder_that_is_missing_is_told(void **state)
{
	struct sim_result result;

	(void)state;
	explore(NULL, &result, 0);
	assert_int_equal(sim_result_store(&result, "missing"), -EIO);
	assert_non_null(strstr(result.error, "No such file or directory"));
	assert_string_equal(result.findings[0].path, "");
	sandbox_write("findings", "in the way");
	assert_int_equal(sim_result_store(&result, NULL), -EIO);
	assert_non_null(strstr(result.error, ": cannot write: Not a "
					     "directory"));
	sim_result_release(&result);
}

static void a_folder_with_too_long_a_name_is_told(void **state)
{
	struct sim_result result;
	char folder[SIM_PATH_MAX];

	(void)state;
	memset(folder, 'f', sizeof(folder) - 1);
	folder[sizeof(folder) - 1] = '\0';
	explore(folder, &result, -EIO);
	assert_string_equal(result.findings[0].path, "");
	assert_non_null(strstr(result.error, "File name too long"));
	sim_result_release(&result);
	assert_int_equal(sandbox_count("."), 0);
}

#define STORE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_file_is_written_whole_and_alone),
		STORE_TEST(a_folder_that_is_missing_is_told),
		STORE_TEST(a_path_that_is_too_long_is_told),
		STORE_TEST(a_folder_in_the_way_leaves_nothing_behind),
		STORE_TEST(a_full_disk_leaves_the_old_file),
		STORE_TEST(a_text_is_read_up_to_its_limit),
		STORE_TEST(a_byte_order_mark_is_no_part_of_the_text),
		STORE_TEST(what_is_no_text_is_refused),
		STORE_TEST(findings_are_written_where_the_options_say),
		STORE_TEST(a_folder_that_cannot_be_written_to_ends_the_search),
		STORE_TEST(a_full_disk_leaves_no_half_of_a_schedule),
		STORE_TEST(storing_later_makes_its_own_folder),
		STORE_TEST(storing_in_a_folder_that_is_missing_is_told),
		STORE_TEST(a_folder_with_too_long_a_name_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
