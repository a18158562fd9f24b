/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmocka.h - a scenario as a CMocka test: explored when the test runs, with a
 * diagram and the command that replays it when something is found.
 *
 *	const struct CMUnitTest tests[] = {
 *		SIM_CMOCKA_TEST(my_scenario),
 *	};
 *	return cmocka_run_group_tests(tests, NULL, NULL);
 *
 * VFIOSIM_REPLAY=FILE in the environment replays that schedule instead, and
 * skips the tests of other scenarios; VFIOSIM_STRATEGY, VFIOSIM_BUDGET and so
 * on change the options: see sim_options_from_env().
 */
#ifndef VFIOSIM_CMOCKA_H
#define VFIOSIM_CMOCKA_H

#include <vfiosim/sim.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a test explores; made by the macros below. */
struct sim_cmocka {
	const struct sim_scenario *scenario;
	unsigned expected;
	const struct sim_options *options;
};

/* CMocka cuts long messages: hand it one line at a time. */
static inline void sim_cmocka_print(char *report)
{
	char *line, *end;

	for (line = report; line && *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		print_error("%s\n", line);
	}
}

/* The test function; its initial state is a struct sim_cmocka. */
static inline void sim_cmocka_run(void **state)
{
	const struct sim_cmocka *test = (const struct sim_cmocka *)*state;
	char *report = NULL;
	int ret = sim_test_run(test->scenario, test->expected, test->options,
			       &report);

	sim_cmocka_print(report);
	free(report);
	if (ret == -EXDEV)
		skip();
	if (ret)
		fail();
}

/* Nothing may be found in @scenario, a struct sim_scenario. */
#define SIM_CMOCKA_TEST(scenario) SIM_CMOCKA_EXPECT(scenario, 0)

/* These verdicts must be found, all of them and no others:
 * SIM_SET(SIM_DEADLOCK) | SIM_SET(SIM_LEAK). */
#define SIM_CMOCKA_EXPECT(scenario, verdicts) \
	SIM_CMOCKA_WITH(scenario, verdicts, NULL)

/* The same with a const struct sim_options *. */
#define SIM_CMOCKA_WITH(scenario, verdicts, options)                        \
	{                                                                   \
#scenario, sim_cmocka_run, NULL, NULL, &(struct sim_cmocka) \
		{                                                           \
			&(scenario), (verdicts), (options)                  \
		}                                                           \
	}

#ifdef __cplusplus
}
#endif
#endif
