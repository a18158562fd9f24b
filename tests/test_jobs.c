/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_jobs.c - work in processes of their own: each piece once and whole, and
 * nobody is waited for after an interrupt.
 */
#include "jobs.h"
#include "kit.h"
#include "progress.h"
#include "sandbox.h"

#include <signal.h>
#include <string.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece_is_done_once_and_arrives_whole),
		cmocka_unit_test(who_does_not_hear_an_interrupt_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
