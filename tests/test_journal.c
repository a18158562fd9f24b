/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_journal.c - a search goes on from its journal as if nothing had happened,
 * whatever has: a kill, a torn record, a full disk, a second process.
 */
#include "kit.h"
#include "program.h"
#include "sandbox.h"

#include "journal.h"
#include "parallel.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNAL "search.journal"
#define CERTIFICATE "certificate"
#define SEED 260u

/* ------------------------------------------------------------------ helpers */

static struct program program;
static struct sim_scenario scenario;

/* A program with some runs, shared in the smallest jobs. */
static struct sim_options begin(unsigned quota)
{
	program_make(&program, SEED, 1000.0);
	scenario = program_scenario(&program);
	sim_parallel_set_quota(quota);
	return (struct sim_options){
		.strategy = "dpor",
		.all = true,
		.no_minimise = true,
		.timeouts = program.timeouts,
		.signals = program.signals,
		.certificate = CERTIFICATE,
	};
}

struct whole {
	struct sim_result result;
	char *certificate, *journal;
	size_t size;
};

static char *read_bytes(const char *path, size_t *ret_size)
{
	FILE *in = fopen(path, "rb");
	char *bytes = malloc(1 << 20);

	assert_non_null(in);
	assert_non_null(bytes);
	*ret_size = fread(bytes, 1, 1 << 20, in);
	assert_true(*ret_size < 1 << 20);
	(void)fclose(in);
	return bytes;
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

static void explore_whole(struct sim_options *options, struct whole *ret_whole)
{
	options->journal = JOURNAL;
	kit_explore(&scenario, options, &ret_whole->result);
	options->journal = NULL;
	options->resume = JOURNAL;
	assert_true(ret_whole->result.certified > 3);
	ret_whole->certificate = sandbox_read(CERTIFICATE);
	ret_whole->journal = read_bytes(JOURNAL, &ret_whole->size);
}

static void release(struct whole *whole)
{
	sim_result_release(&whole->result);
	free(whole->certificate);
	free(whole->journal);
}

static void expect_whole(const struct whole *whole,
			 const struct sim_result *result)
{
	char *certificate = sandbox_read(CERTIFICATE);

	assert_int_equal(result->runs, whole->result.runs);
	assert_int_equal(result->pruned, whole->result.pruned);
	assert_int_equal(result->steps, whole->result.steps);
	assert_true(result->exhausted);
	kit_expect_same("resumed", &whole->result, result);
	assert_string_equal(certificate, whole->certificate);
	free(certificate);
}

/* Where the records of results begin. */
static size_t records_of(const struct whole *whole)
{
	size_t magic = strlen("vfiosim journal 1\n");
	uint64_t size;

	memcpy(&size, whole->journal + magic, sizeof(size));
	return magic + 16 + size;
}

/* --------------------------------------------------------------------- files */

static void a_journal_that_was_cut_off_anywhere_is_gone_on_from(void **state)
{
	struct sim_options options = begin(1);
	struct whole whole;
	size_t first, size, step = 1 + 8 / kit_scale(8);

	(void)state;
	explore_whole(&options, &whole);
	first = records_of(&whole);
	for (size = whole.size; size >= first && size + 300 > whole.size;
	     size -= step) {
		struct sim_result result;

		write_bytes(JOURNAL, whole.journal, size);
		(void)unlink(CERTIFICATE);
		kit_explore(&scenario, &options, &result);
		expect_whole(&whole, &result);
		sim_result_release(&result);
	}
	for (size = 0; size < first; size++) {
		struct sim_result result;

		write_bytes(JOURNAL, whole.journal, size);
		assert_int_equal(sim_explore(&scenario, &options, &result),
				 -EINVAL);
		sandbox_contains(result.error, "expected a journal");
		sim_result_release(&result);
	}
	release(&whole);
}

/* A record whose length is another one may look as if it were cut off: it is
 * dropped then, and nothing is lost. */
static void a_journal_with_wrong_bytes_is_refused_or_made_again(void **state)
{
	struct sim_options options = begin(2);
	unsigned refused = 0;
	struct whole whole;
	size_t at, step = 7 * (1 + 8 / kit_scale(8));

	(void)state;
	explore_whole(&options, &whole);
	for (at = 0; at < whole.size; at += step) {
		struct sim_result result;
		int ret;

		whole.journal[at] ^= 0x10;
		write_bytes(JOURNAL, whole.journal, whole.size);
		whole.journal[at] ^= 0x10;
		(void)unlink(CERTIFICATE);
		ret = sim_explore(&scenario, &options, &result);
		if (!ret)
			expect_whole(&whole, &result);
		else
			assert_int_equal(ret, -EINVAL);
		refused += ret != 0;
		sim_result_release(&result);
	}
	assert_true(refused > 0);
	release(&whole);
}

/* The first result, with another byte and the checksum that goes with it. */
static void forge(const struct whole *whole, size_t at, char flip)
{
	size_t first = records_of(whole);
	uint64_t size, hash;

	memcpy(&size, whole->journal + first, sizeof(size));
	whole->journal[first + 16 + at % size] ^= flip;
	hash = sim_wire_hash(whole->journal + first + 16, size);
	memcpy(whole->journal + first + 8, &hash, sizeof(hash));
	write_bytes(JOURNAL, whole->journal, whole->size);
	whole->journal[first + 16 + at % size] ^= flip;
}

/* Nobody but who means it writes such a one.  It may be believed, and lead
 * anywhere, but to no crash and no wait without end. */
static void a_journal_that_lies_ends_in_an_error_or_an_answer(void **state)
{
	struct sim_options options = begin(4);
	unsigned refused = 0;
	struct whole whole;
	uint64_t size;
	size_t at, step = 3 * (1 + 8 / kit_scale(8));

	(void)state;
	explore_whole(&options, &whole);
	memcpy(&size, whole.journal + records_of(&whole), sizeof(size));
	options.budget_runs = 1000;
	for (at = 0; at < size; at += step) {
		struct sim_result result;

		forge(&whole, at, (char)(1 << at % 8));
		if (sim_explore(&scenario, &options, &result)) {
			assert_true(result.error[0]);
			refused++;
		}
		sim_result_release(&result);
	}
	assert_true(refused > 0);
	release(&whole);
}

static void a_search_that_has_ended_is_told_again(void **state)
{
	struct sim_options options = begin(3);
	struct sim_result result;
	struct whole whole;
	char *bytes;
	size_t size;

	(void)state;
	explore_whole(&options, &whole);
	kit_explore(&scenario, &options, &result);
	expect_whole(&whole, &result);
	bytes = read_bytes(JOURNAL, &size);
	assert_int_equal(size, whole.size);
	assert_memory_equal(bytes, whole.journal, size);
	free(bytes);
	sim_result_release(&result);
	release(&whole);
}

static void a_journal_of_another_search_is_refused_by_what_differs(void **state)
{
	struct sim_options options = begin(3), other;
	struct sim_result result;
	struct whole whole;

	(void)state;
	explore_whole(&options, &whole);
	other = options;
	other.steps_max = 77;
	assert_int_equal(sim_explore(&scenario, &other, &result), -EINVAL);
	sandbox_contains(result.error, "expected steps 77, found 20000");
	sim_result_release(&result);
	other = options;
	other.certificate = NULL;
	assert_int_equal(sim_explore(&scenario, &other, &result), -EINVAL);
	sandbox_contains(result.error, "expected certificate none");
	sim_result_release(&result);
	other = options;
	other.resume = NULL;
	other.journal = JOURNAL;
	assert_int_equal(sim_explore(&scenario, &other, &result), -EINVAL);
	sandbox_contains(result.error, "--resume goes on");
	sim_result_release(&result);
	release(&whole);
}

/* ------------------------------------------------------------- other processes */

static int resume(void *arg)
{
	struct sim_result result;
	int ret = sim_explore(&scenario, arg, &result);

	fprintf(stderr, "%s\n", result.error);
	sim_result_release(&result);
	return ret == -EBUSY ? 7 : 1;
}

static void a_journal_that_somebody_writes_is_refused(void **state)
{
	static const struct sim_journal_title none[] = { { NULL, NULL } };
	struct sim_options options = begin(3);
	struct sandbox_output output;
	char error[SIM_TEXT_MAX];
	struct sim_journal *journal;
	struct whole whole;
	int ret;

	(void)state;
	explore_whole(&options, &whole);
	journal = sim_journal_open(JOURNAL, none, error, &ret);
	assert_non_null(journal);
	sandbox_call(resume, &options, &output);
	assert_int_equal(output.status, 7);
	sandbox_contains(output.err, "found another process writing it");
	sandbox_release(&output);
	sim_journal_close(journal);
	release(&whole);
}

static int explore_on_full_disk(void *arg)
{
	const struct rlimit limit = { 700, 700 };
	struct sim_options *options = arg;
	struct sim_result result;
	int ret;

	(void)signal(SIGXFSZ, SIG_IGN);
	options->certificate = NULL;
	options->journal = JOURNAL;
	if (setrlimit(RLIMIT_FSIZE, &limit))
		return 1;
	ret = sim_explore(&scenario, options, &result);
	fprintf(stderr, "%s\n", result.error);
	sim_result_release(&result);
	return ret == -EIO ? 7 : 1;
}

static void a_full_disk_ends_the_search_and_leaves_whole_records(void **state)
{
	struct sim_options options = begin(1);
	struct sandbox_output output;
	struct sim_result plain, result;

	(void)state;
	options.certificate = NULL;
	kit_explore(&scenario, &options, &plain);
	sandbox_call(explore_on_full_disk, &options, &output);
	sandbox_contains(output.err, "cannot write, and the search ended");
	assert_int_equal(output.status, 7);
	sandbox_release(&output);
	options.resume = JOURNAL;
	kit_explore(&scenario, &options, &result);
	assert_int_equal(result.runs, plain.runs);
	kit_expect_same("resumed", &plain, &result);
	sim_result_release(&plain);
	sim_result_release(&result);
}

/* Large enough to be killed in the middle where nothing slows it down. */
static const char *large(void)
{
	return kit_scale(2) == 2 ? "two-group-dels" : "viability-status";
}

/* In a child, with nothing to print on but @fd, which it holds to its end. */
static void become(const char *line, int fd)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", line);
	if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(127);
	_exit(sandbox_exec(copy));
}

/* Kill it when so much stands in its journal, unless it is over before. */
static void kill_at(const char *line, off_t size)
{
	struct pollfd end = { .events = 0 };
	struct stat st;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		become(line, ends[1]);
	(void)close(ends[1]);
	end.fd = ends[0];
	while (poll(&end, 1, 1) == 0)
		if (!stat(JOURNAL, &st) && st.st_size > size)
			(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(ends[0]);
}

static void run_line(const char *options, struct sandbox_output *ret_output)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "explore %s --strategy dpor --all --no-minimise -o . %s",
		 large(), options);
	sandbox_run(line, 1, ret_output);
}

/* What is printed before the first finding's file and behind the last. */
static const char *summary(const struct sandbox_output *output)
{
	const char *line = strstr(output->out, "dpor: ");

	assert_non_null(line);
	return line;
}

static void a_search_that_was_killed_goes_on_to_the_same_end(void **state)
{
	struct sandbox_output undisturbed, resumed;
	char *expected, *found;
	char line[256];

	(void)state;
	run_line("--certificate whole", &undisturbed);
	expected = sandbox_read("whole");
	snprintf(line, sizeof(line),
		 "explore %s --strategy dpor --all --no-minimise -o . "
		 "--jobs 2 --certificate whole --journal " JOURNAL,
		 large());
	kill_at(line, 100000);
	/* Once more, with others to do it. */
	snprintf(line, sizeof(line),
		 "explore %s --strategy dpor --all --no-minimise -o . "
		 "--jobs 3 --certificate whole --resume " JOURNAL,
		 large());
	kill_at(line, 300000);
	(void)unlink("whole");
	run_line("--jobs 2 --certificate whole --resume " JOURNAL, &resumed);
	assert_string_equal(summary(&undisturbed), summary(&resumed));
	found = sandbox_read("whole");
	assert_string_equal(expected, found);
	free(expected);
	free(found);
	sandbox_release(&undisturbed);
	sandbox_release(&resumed);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_search_that_has_ended_is_told_again),
		TEST(a_journal_that_was_cut_off_anywhere_is_gone_on_from),
		TEST(a_journal_with_wrong_bytes_is_refused_or_made_again),
		TEST(a_journal_that_lies_ends_in_an_error_or_an_answer),
		TEST(a_journal_of_another_search_is_refused_by_what_differs),
		TEST(a_journal_that_somebody_writes_is_refused),
		TEST(a_full_disk_ends_the_search_and_leaves_whole_records),
		TEST(a_search_that_was_killed_goes_on_to_the_same_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
