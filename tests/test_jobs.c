/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_jobs.c - work in processes of their own: each piece once and whole, and
 * nobody is waited for after an interrupt.
 */
#include "jobs.h"
#include "kit.h"
#include "progress.h"
#include "sandbox.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECES 40u
#define PIECE_BYTES 100000u

struct pieces {
	unsigned taken[PIECES], begun, complete;
	char error[sizeof(((struct sim_job_end *)0)->error)];
};

static void write_piece(unsigned nth, FILE *out, void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < PIECE_BYTES; i++)
		fputc((int)('a' + nth % 26), out);
}

static void take_piece(unsigned nth, const struct sim_job_end *end, void *arg)
{
	struct pieces *p = arg;
	size_t i;

	p->taken[nth]++;
	p->complete += end->complete;
	memcpy(p->error, end->error, sizeof(p->error));
	for (i = 0; i < end->size; i++)
		assert_int_equal(end->bytes[i], 'a' + nth % 26);
	if (end->complete)
		assert_int_equal(end->size, PIECE_BYTES);
}

static void every_piece_is_done_once_and_arrives_whole(void **state)
{
	static const unsigned at_once[] = { 1, 3, SIM_JOBS_MAX };
	size_t i;
	unsigned nth;

	(void)state;
	for (i = 0; i < sizeof(at_once) / sizeof(at_once[0]); i++) {
		struct pieces pieces = { .begun = 0 };
		const struct sim_jobs jobs = { .nr = PIECES,
					       .at_once = at_once[i],
					       .work = write_piece,
					       .take = take_piece,
					       .arg = &pieces };

		sim_progress_begin(true);
		sim_jobs_run(&jobs);
		assert_int_equal(pieces.complete, PIECES);
		for (nth = 0; nth < PIECES; nth++)
			assert_int_equal(pieces.taken[nth], 1);
	}
}

/* Says something, and then never ends, whatever it is told. */
static void hang(unsigned nth, FILE *out, void *arg)
{
	fputc((int)('a' + nth), out);
	fflush(out);
	(void)arg;
	for (;;)
		pause();
}

static void interrupt_at_first(unsigned nth, void *arg)
{
	struct pieces *p = arg;

	(void)nth;
	if (!p->begun++)
		(void)raise(SIGTERM);
}

static int interrupt_jobs(void *arg)
{
	struct pieces pieces = { .begun = 0 };
	const struct sim_jobs jobs = { .nr = 3,
				       .at_once = 2,
				       .work = hang,
				       .take = take_piece,
				       .begin = interrupt_at_first,
				       .arg = &pieces };

	(void)arg;
	sim_progress_begin(true);
	sim_jobs_run(&jobs);
	printf("begun %u, taken %u %u %u, complete %u\n", pieces.begun,
	       pieces.taken[0], pieces.taken[1], pieces.taken[2],
	       pieces.complete);
	return 0;
}

static void who_does_not_hear_an_interrupt_is_killed(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_call(interrupt_jobs, NULL, &output);
	assert_int_equal(output.status, 0);
	assert_string_equal(output.out, "begun 2, taken 1 1 1, complete 0\n");
	sandbox_release(&output);
}

/* ------------------------------------------------------------------ stopping */

static bool is_first_wanted(void *arg)
{
	const struct pieces *p = arg;

	return !p->complete;
}

/* The first says all at once; the others until they are told to stop. */
static void write_piece_or_wait(unsigned nth, FILE *out, void *arg)
{
	if (!nth)
		write_piece(nth, out, arg);
	while (nth && !sim_jobs_stopped())
		;
}

static void take_any(unsigned nth, const struct sim_job_end *end, void *arg)
{
	struct pieces *p = arg;

	p->taken[nth]++;
	p->complete += end->size == PIECE_BYTES;
	memcpy(p->error, end->error, sizeof(p->error));
}

static void what_is_no_longer_wanted_is_stopped(void **state)
{
	struct pieces pieces = { .begun = 0 };
	const struct sim_jobs jobs = { .nr = 4,
				       .at_once = 3,
				       .work = write_piece_or_wait,
				       .take = take_any,
				       .wanted = is_first_wanted,
				       .arg = &pieces };
	unsigned nth;

	(void)state;
	sim_progress_begin(true);
	sim_jobs_run(&jobs);
	for (nth = 0; nth < 4; nth++)
		assert_int_equal(pieces.taken[nth], 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void die_at_second(unsigned nth, void *arg)
{
	(void)arg;
	if (nth == 1)
		(void)raise(SIGKILL);
}

static int run_and_die(void *arg)
{
	struct pieces pieces = { .begun = 0 };
	const struct sim_jobs jobs = { .nr = 3,
				       .at_once = 2,
				       .work = write_piece_or_wait,
				       .take = take_any,
				       .begin = die_at_second,
				       .arg = &pieces };

	(void)arg;
	sim_progress_begin(true);
	sim_jobs_run(&jobs);
	return 0;
}

/* Who still runs holds the end to which nobody writes. */
static void nobody_outlives_a_parent_that_was_killed(void **state)
{
	struct sandbox_output output;
	struct pollfd end = { .events = POLLIN };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	sandbox_call(run_and_die, NULL, &output);
	assert_int_equal(output.status, 128 + SIGKILL);
	sandbox_release(&output);
	close(ends[1]);
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, 10000), 1);
	assert_true(end.revents & POLLHUP);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece_is_done_once_and_arrives_whole),
		cmocka_unit_test(who_does_not_hear_an_interrupt_is_killed),
		cmocka_unit_test(what_is_no_longer_wanted_is_stopped),
		cmocka_unit_test(nobody_outlives_a_parent_that_was_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
