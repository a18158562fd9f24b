/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_conform_jobs.c - the conformance runner in several processes: it says
 * the same as one does, and ends with all of them when it is interrupted.
 */
#include "corpus.h"
#include "kit.h"
#include "progress.h"
#include "sandbox.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* All but the times in the table. */
static void cut_table(char *out)
{
	char *table = strstr(out, "\nfile ");

	assert_non_null(table);
	*table = '\0';
}

static void several_processes_say_the_same_as_one(void **state)
{
	const char *const files[] = { "x.jsonl", FIELDS, WINDOW };
	struct conform_options options = { .verbose = true, .jobs = 1 };
	struct said one, several;

	(void)state;
	sandbox_write("x.jsonl", HEADER STEP END HEADER
		      "{\"i\":0,\"op\":{\"op\":\"tick\"},\"res\":{\"ret\":1}}"
		      "\n" END HEADER STEP END);
	said_of(&options, files, 3, &one);
	assert_int_equal(one.status, CONFORM_DIFFERENT);
	assert_int_equal(one.total.sequences, 3 + 11 + 25);
	cut_table(one.out);
	for (options.jobs = 2; options.jobs <= 5; options.jobs++) {
		said_of(&options, files, 3, &several);
		cut_table(several.out);
		assert_string_equal(several.out, one.out);
		assert_string_equal(several.total.error, one.total.error);
		assert_int_equal(several.status, one.status);
		assert_memory_equal(&several.total, &one.total,
				    sizeof(one.total));
		said_release(&several);
	}
	said_release(&one);
}

static void several_processes_find_the_same_bad_line(void **state)
{
	const char *const files[] = { "x.jsonl", FIELDS };
	struct conform_options options = { .verbose = true };
	struct said said;

	(void)state;
	sandbox_write("x.jsonl", HEADER STEP END HEADER STEP STEP END);
	for (options.jobs = 1; options.jobs <= 3; options.jobs++) {
		said_of(&options, files, 2, &said);
		assert_int_equal(said.status, CONFORM_BAD_INPUT);
		assert_int_equal(said.total.sequences, 1);
		assert_non_null(
			strstr(said.out, "equal          1 steps  s\nfile "));
		assert_non_null(
			strstr(said.total.error, "x.jsonl:6: expected step 1"));
		said_release(&said);
	}
}

/* ---------------------------------------------------------------- interrupts */

/* Somebody presses Ctrl-C as soon as the first line appears. */
static ssize_t write_and_interrupt(void *cookie, const char *bytes, size_t size)
{
	bool *interrupted = cookie;

	if (!*interrupted)
		(void)raise(SIGINT);
	*interrupted = true;
	return write(STDOUT_FILENO, bytes, size);
}

/* Returns the status, and 64 more if a process is left. */
static int interrupt_conforming(void *arg)
{
	const cookie_io_functions_t functions = { .write =
							  write_and_interrupt };
	struct conform_options options = { .verbose = true,
					   .jobs = *(const unsigned *)arg };
	const char *files[40];
	struct conform_total total;
	bool interrupted = false;
	unsigned i;
	int status;

	for (i = 0; i < 40; i++)
		files[i] = i % 2 ? WINDOW : FIELDS;
	options.out = fopencookie(&interrupted, "w", functions);
	setvbuf(options.out, NULL, _IOLBF, BUFSIZ);
	sim_progress_begin(true);
	status = (int)sim_conform_run(&options, files, 40, &total);
	fclose(options.out);
	if (!total.interrupted || total.equal != total.sequences)
		status += 32;
	return waitpid(-1, NULL, WNOHANG) < 0 ? status : status + 64;
}

static void an_interrupt_ends_it_behind_the_sequence(void **state)
{
	unsigned jobs = 1;
	struct sandbox_output output;
	const char *table;

	(void)state;
	sandbox_call(interrupt_conforming, &jobs, &output);
	assert_int_equal(output.status, CONFORM_UNDECIDED);
	table = strstr(output.out, "\nfile ");
	assert_non_null(table);
	/* One sequence is told, and a row says so. */
	assert_ptr_equal(strchr(output.out, '\n'), table);
	sandbox_contains(table, "\nfields.jsonl       1 ");
	sandbox_contains(table, "\ninterrupted; 0 of 40 files compared to the "
				"end\n");
	sandbox_release(&output);
}

/* The first file was over when it was told of. */
static void an_interrupt_ends_every_process(void **state)
{
	unsigned jobs = 3;
	struct sandbox_output output;
	const char *table;

	(void)state;
	sandbox_call(interrupt_conforming, &jobs, &output);
	assert_int_equal(output.status, CONFORM_UNDECIDED);
	table = strstr(output.out, "\nfile ");
	assert_non_null(table);
	sandbox_contains(table, "\nfields.jsonl                    11 ");
	sandbox_contains(table, "\ninterrupted; ");
	assert_null(strstr(table, "interrupted; 0 of"));
	assert_null(strstr(table, "interrupted; 40 of"));
	sandbox_release(&output);
}

static int conform_quietly_interrupted(void *arg)
{
	struct conform_options options = { .quiet = true, .out = stdout };
	const char *const file = WINDOW;
	struct conform_total total;

	(void)arg;
	sim_progress_begin(true);
	(void)raise(SIGTERM);
	return (int)sim_conform_run(&options, &file, 1, &total);
}

static void what_was_interrupted_at_once_is_no_success(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_call(conform_quietly_interrupted, NULL, &output);
	assert_int_equal(output.status, CONFORM_UNDECIDED);
	assert_string_equal(output.out, "");
	sandbox_release(&output);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_processes_say_the_same_as_one),
		TEST(several_processes_find_the_same_bad_line),
		TEST(an_interrupt_ends_it_behind_the_sequence),
		TEST(an_interrupt_ends_every_process),
		TEST(what_was_interrupted_at_once_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
