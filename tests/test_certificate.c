/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_certificate.c - a certificate of exhaustion is accepted as it was
 * written, and in no other way.
 */
#include "kit.h"
#include "program.h"
#include "sandbox.h"

#include "verify.h"

#include "locks.h"
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#define PROGRAMS 400u
#define INTERLEAVINGS_MAX 200.0
#define PATH "all.certificate"
#define FAULTS_ALL ((1u << SIM_FAULT_NR) - 1)
#define CORRECTED "v3.19-patched check_order=corrected"

/* ------------------------------------------------------------------ helpers */

/* Explore all of it by dpor; false: it found no end within @runs. */
static bool certify(const struct sim_scenario *scenario,
		    const struct sim_options *base, uint64_t runs,
		    struct sim_certificate *ret_certificate)
{
	struct sim_options options = *base;
	struct sim_result result;
	char error[SIM_TEXT_MAX];
	bool certified;

	options.strategy = "dpor";
	options.all = true;
	options.budget_runs = runs;
	options.certificate = PATH;
	kit_explore(scenario, &options, &result);
	certified = result.certified;
	if (certified && sim_certificate_read(PATH, ret_certificate, error))
		fail_msg("%s: %s", scenario->name, error);
	if (certified)
		assert_int_equal(ret_certificate->nr, result.runs);
	sim_result_release(&result);
	return certified;
}

static enum sim_verified verify(const struct sim_certificate *certificate,
				const struct sim_scenario *scenario,
				uint64_t budget,
				struct sim_verification *ret_verification)
{
	sim_certificate_verify(certificate, scenario, sim_carriers()[0], budget,
			       ret_verification);
	return ret_verification->answer;
}

static void expect_accepted(const struct sim_certificate *certificate,
			    const struct sim_scenario *scenario)
{
	struct sim_verification v;

	if (verify(certificate, scenario, 0, &v) != SIM_ACCEPTED)
		fail_msg("%s: %s", scenario->name, v.reason);
	assert_true(v.runs >= 3 * certificate->nr);
}

static void expect_rejected(const struct sim_certificate *certificate,
			    const struct sim_scenario *scenario,
			    const char *reason)
{
	struct sim_verification v;

	if (verify(certificate, scenario, 0, &v) != SIM_REJECTED)
		fail_msg("%s: answer %d, expected '%s'", scenario->name,
			 v.answer, reason);
	sandbox_contains(v.reason, reason);
}

/* All but the classes in front of @first and behind @last, or the others. */
static void pick_classes(const struct sim_certificate *from, size_t first,
			 size_t last, bool inside,
			 struct sim_certificate *ret_certificate)
{
	size_t i;

	*ret_certificate = *from;
	ret_certificate->classes = NULL;
	ret_certificate->nr = ret_certificate->nr_max = 0;
	ret_certificate->acts = 0;
	for (i = 0; i < from->nr; i++)
		if ((i >= first && i <= last) == inside)
			assert_int_equal(sim_certificate_add(ret_certificate,
							     &from->classes[i]),
					 0);
	sim_certificate_sort(ret_certificate);
}

static void accept_scenario(const char *name, const char *era,
			    struct sim_certificate *ret_certificate)
{
	const struct sim_scenario *scenario = sim_scenario_find(name);
	struct sim_options options = { .seed = 0 };
	char error[SIM_TEXT_MAX];

	assert_non_null(scenario);
	assert_int_equal(sim_option_set(&options, "era", era, error), 0);
	assert_true(certify(scenario, &options, 0, ret_certificate));
	expect_accepted(ret_certificate, scenario);
}

/* ----------------------------------------------------------------- accepted */

static void a_safe_order_of_checks_is_certified(void **state)
{
	static const struct {
		const char *name;
		size_t classes;
	} rows[] = { { "viability-group-del", 46 },
		     { "viability-status", 46 },
		     { "viability-external-get", 52 } };
	struct sim_certificate c;
	size_t i, v;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		accept_scenario(rows[i].name, CORRECTED, &c);
		assert_int_equal(c.nr, rows[i].classes);
		for (v = 0; v < SIM_VERDICT_NR; v++)
			assert_int_equal(c.found[v], 0);
		sim_certificate_release(&c);
	}
}

static void findings_are_certified_by_kind(void **state)
{
	static const struct {
		const char *name, *era;
		enum sim_verdict verdict;
		uint64_t found;
	} rows[] = {
		{ "viability-status", "v3.19-patched", SIM_REFUSED, 3 },
		{ "lost-update", "v3.19", SIM_CHECK_FAILED, 2 },
		{ "abba-deadlock", "v3.19", SIM_DEADLOCK, 1 },
		{ "lost-wakeup", "v3.19", SIM_LOST_WAKEUP, 1 },
		{ "recursive-read", "v3.19", SIM_DEADLOCK, 1 },
		{ "host-bind-attach", "v3.19", SIM_BUG, 31 },
		{ "notifier-put", "v3.19", SIM_DEADLOCK, 2 },
		{ "container-stall", "v4.14", SIM_HANG, 1 },
		{ "put-external-user", "v3.19", SIM_USE_AFTER_FREE, 1 },
		{ "device-delete", "v3.19", SIM_LEAK, 13 },
	};
	struct sim_certificate c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		accept_scenario(rows[i].name, rows[i].era, &c);
		assert_int_equal(c.found[rows[i].verdict], rows[i].found);
		sim_certificate_release(&c);
	}
}

static void locks_and_the_reference_scenario_are_certified(void **state)
{
	static const unsigned locks[][2] = { { 2, 4 }, { 3, 2 } };
	static const unsigned sizes[][3] = {
		{ 1, 1, 1 }, { 2, 1, 1 }, { 2, 2, 1 }, { 2, 1, 2 }
	};
	const struct sim_options options = { .seed = 0 };
	struct sim_certificate c;
	unsigned i, v;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct sim_scenario s =
			locks_scenario(locks[i][0], locks[i][1]);

		assert_true(certify(&s, &options, 0, &c));
		expect_accepted(&c, &s);
		sim_certificate_release(&c);
	}
	for (i = 0; i < 4; i++)
		for (v = REFERENCE_PRE; v <= REFERENCE_FIX; v++) {
			const struct reference reference = {
				v, false, sizes[i][0], sizes[i][1], sizes[i][2]
			};
			struct sim_scenario s = reference_scenario(&reference);

			if (kit_scale(100) < 100 && i > 1)
				continue;
			assert_true(certify(&s, &options, 0, &c));
			expect_accepted(&c, &s);
			sim_certificate_release(&c);
		}
}

/* ----------------------------------------------------------------- rejected */

/* Whichever it is; and whichever is left alone. */
static void no_class_can_be_left_out(void **state)
{
	static const char *const names[] = { "viability-status",
					     "viability-group-del",
					     "bind-window-status" };
	struct sim_certificate c, less;
	size_t i, n;

	(void)state;
	for (n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		const struct sim_scenario *s = sim_scenario_find(names[n]);

		accept_scenario(names[n], "v3.19-patched", &c);
		for (i = 0; i < c.nr; i++) {
			pick_classes(&c, i, i, false, &less);
			expect_rejected(&less, s, "no class is listed");
			sim_certificate_release(&less);
			pick_classes(&c, i, i, true, &less);
			expect_rejected(&less, s, "no class is listed");
			sim_certificate_release(&less);
		}
		sim_certificate_release(&c);
	}
}

static void alloc_task(void)
{
	void *p = slab_alloc("buffer", 16);

	if (!p)
		sim_note("no memory");
	kfree(p);
}

static void alloc_setup(void)
{
	(void)slab_fault_choice("buffer", true);
}

static const struct sim_scenario allocs = {
	.name = "allocs",
	.setup = alloc_setup,
	.tasks = { { "a", alloc_task, NULL }, { "b", alloc_task, NULL } },
};

/* Each of two allocations works or fails: nobody fails in class 0 alone. */
static void no_branch_of_outcomes_can_be_left_out(void **state)
{
	const struct sim_options options = { .seed = 0 };
	struct sim_certificate c, less;
	size_t i, j, failing = 0;

	(void)state;
	assert_true(certify(&allocs, &options, 0, &c));
	expect_accepted(&c, &allocs);
	less = c;
	less.classes = NULL;
	less.nr = less.nr_max = less.acts = 0;
	for (i = 0; i < c.nr; i++) {
		bool fails = false;

		for (j = 0; j < c.classes[i].nr; j++)
			fails |= c.classes[i].acts[j].outcome == 1 &&
				 c.classes[i].acts[j].task == 1;
		failing += fails;
		if (!fails)
			assert_int_equal(
				sim_certificate_add(&less, &c.classes[i]), 0);
	}
	assert_true(failing > 0);
	sim_certificate_sort(&less);
	expect_rejected(&less, &allocs,
			"no class is listed in which the alloc that fails of "
			"task 1");
	sim_certificate_release(&less);
	sim_certificate_release(&c);
}

static void an_empty_list_is_no_proof(void **state)
{
	struct sim_certificate c, none;

	(void)state;
	accept_scenario("lost-update", "v3.19", &c);
	pick_classes(&c, 0, c.nr, false, &none);
	expect_rejected(&none, sim_scenario_find("lost-update"),
			"0 classes as it says, at least 1, found 0");
	sim_certificate_release(&none);
	sim_certificate_release(&c);
}

static void what_a_certificate_says_of_itself_counts(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("lost-update");
	struct sim_certificate c;

	(void)state;
	accept_scenario("lost-update", "v3.19", &c);
	c.nr_classes++;
	expect_rejected(&c, s, "expected 5 classes as it says");
	c.nr_classes--;
	c.found[SIM_CHECK_FAILED]--;
	expect_rejected(&c, s, "check failed: expected 1 classes as it says");
	c.found[SIM_CHECK_FAILED]++;
	c.dependence++;
	expect_rejected(&c, s, "expected dependence table");
	c.dependence--;
	c.classes[0].verdicts = SIM_SET(SIM_CHECK_FAILED);
	c.found[SIM_CHECK_FAILED]++;
	expect_rejected(&c, s, "line 12: something else is found");
	sim_certificate_release(&c);
}

static void a_class_counts_once_and_as_a_whole_run(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("lost-update");
	struct sim_certificate c;

	(void)state;
	accept_scenario("lost-update", "v3.19", &c);
	assert_int_equal(sim_certificate_add(&c, &c.classes[0]), 0);
	c.nr_classes++;
	expect_rejected(&c, s, "a class above, again");
	c.nr_classes--;
	free(c.classes[--c.nr].acts);
	c.classes[0].nr--;
	expect_rejected(&c, s, "line 12: the run goes on behind step 3");
	c.classes[0].nr++;
	c.classes[0].acts[3].task = 9;
	expect_rejected(&c, s, "line 12: step 4 cannot be made by task 9");
	sim_certificate_release(&c);
}

static void another_era_has_other_classes(void **state)
{
	struct sim_certificate c;

	(void)state;
	accept_scenario("viability-status", CORRECTED, &c);
	assert_int_equal(era_lookup("v3.19", &c.era), 0);
	expect_rejected(&c, sim_scenario_find("viability-status"), "line ");
	assert_int_equal(era_lookup("v3.19-patched", &c.era), 0);
	expect_rejected(&c, sim_scenario_find("viability-status"), "line ");
	sim_certificate_release(&c);
}

static void a_budget_that_ends_decides_nothing(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("lost-update");
	struct sim_verification v;
	struct sim_certificate c;
	uint64_t runs;

	(void)state;
	accept_scenario("lost-update", "v3.19", &c);
	assert_int_equal(verify(&c, s, 0, &v), SIM_ACCEPTED);
	runs = v.runs;
	assert_int_equal(verify(&c, s, runs - 1, &v), SIM_UNDECIDED);
	assert_int_equal(v.runs, runs - 1);
	assert_int_equal(verify(&c, s, runs, &v), SIM_ACCEPTED);
	sim_certificate_release(&c);
}

/* --------------------------------------------------------------- the program */

#define EXPLORE "explore lost-update --strategy "

static void run(const char *line, int status, const char *part)
{
	struct sandbox_output output;

	sandbox_run(line, status, &output);
	sandbox_contains(status == 2 ? output.err : output.out, part);
	sandbox_release(&output);
}

static void the_program_writes_and_checks_certificates(void **state)
{
	char *text, *end;

	(void)state;
	run(EXPLORE "dpor --certificate a.gz", 1,
	    "certificate: a.gz, 4 classes");
	run("verify a.gz", 0, "accepted by 18 runs of 72 steps");
	run("verify a.gz --budget 17", 3, "the budget of 17 runs ended");
	run("verify a.gz --format json", 0, "{\"answer\": \"accepted\"");
	run(EXPLORE "auto --certificate b", 1, "certificate: b, 4 classes");
	run("verify b --carrier thread", 0, "accepted by 18 runs");
	text = sandbox_read("b");
	end = strstr(text, "class check failed|");
	assert_non_null(end);
	sandbox_write("d", text);
	*end = '\0';
	sandbox_write("c", text);
	free(text);
	run("verify c", 2, "c:13: expected 'class' or 'end', found 'the end");
	run("verify d", 0, "accepted");
	run("verify nowhere", 2, "nowhere: No such file");
	run("verify", 2, "expected a certificate's file");
}

static void a_search_that_left_something_out_certifies_nothing(void **state)
{
	unsigned files = sandbox_count(".");

	(void)state;
	run(EXPLORE "bound --bound 0 --certificate no", 0,
	    "no certificate: every run with at most 0 preemptions was made");
	run(EXPLORE "dpor --budget 1 --certificate no", 3,
	    "no certificate: not everything was explored");
	run(EXPLORE "random --certificate no", 2,
	    "--certificate: expected --strategy auto, dpor or bound, found random");
	assert_int_equal(sandbox_count("."), files);
}

static void equal_sets_of_classes_are_equal_files(void **state)
{
	struct sim_scenario s = *sim_scenario_find("viability-status");
	const struct sim_options options = { .invariants = 0 };
	struct sim_certificate c;
	char *one, *other;

	(void)state;
	assert_true(certify(&s, &options, 0, &c));
	sim_certificate_release(&c);
	one = sandbox_read(PATH);
	assert_true(certify(&s, &options, 0, &c));
	other = sandbox_read(PATH);
	assert_string_equal(one, other);
	free(other);
	other = sim_certificate_format(&c);
	assert_string_equal(one, other);
	sim_certificate_release(&c);
	free(one);
	free(other);
}

/* -------------------------------------------------------------------- random */

/* Leave out what a generator says; with the runs that show a count get to zero
 * goes what told others apart. */
static void drop_some(const struct sim_certificate *c,
		      const struct sim_scenario *scenario, uint64_t seed)
{
	struct sim_certificate less = *c;
	size_t i;

	less.classes = NULL;
	less.nr = less.nr_max = less.acts = 0;
	for (i = 0; i < c->nr; i++)
		if (kit_random_below(&seed, 2))
			assert_int_equal(
				sim_certificate_add(&less, &c->classes[i]), 0);
	sim_certificate_sort(&less);
	if (less.nr && less.nr < c->nr)
		expect_rejected(&less, scenario, "line ");
	sim_certificate_release(&less);
}

static void check_program(uint64_t seed)
{
	struct sim_certificate c, less;
	struct sim_options options = { .seed = 0 };
	struct sim_verification v;
	struct program program;
	struct sim_scenario s;
	char text[512];
	size_t i;

	program_make(&program, seed, INTERLEAVINGS_MAX);
	options.timeouts = program.timeouts;
	options.signals = program.signals;
	if (seed % 2)
		options.faults = (struct sim_faults){
			.set = FAULTS_ALL,
			.limited = FAULTS_ALL,
			.max = 1 + (unsigned)(seed / 2 % 2),
		};
	s = program_scenario(&program);
	if (!certify(&s, &options, 500, &c))
		return;
	if (verify(&c, &s, 0, &v) != SIM_ACCEPTED)
		fail_msg("program %llu, %s: %s", (unsigned long long)seed,
			 program_print(&program, text, sizeof(text)), v.reason);
	for (i = 0; c.nr > 1 && i < c.nr && i < 20; i++) {
		pick_classes(&c, i, i, false, &less);
		if (verify(&less, &s, 0, &v) != SIM_REJECTED)
			fail_msg("program %llu, %s: without class %zu",
				 (unsigned long long)seed,
				 program_print(&program, text, sizeof(text)),
				 i);
		sim_certificate_release(&less);
		drop_some(&c, &s, seed + i);
	}
	sim_certificate_release(&c);
}

static void programs_made_at_random_are_certified(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), check_program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_safe_order_of_checks_is_certified),
		cmocka_unit_test(findings_are_certified_by_kind),
		cmocka_unit_test(
			locks_and_the_reference_scenario_are_certified),
		cmocka_unit_test(no_class_can_be_left_out),
		cmocka_unit_test(no_branch_of_outcomes_can_be_left_out),
		cmocka_unit_test(an_empty_list_is_no_proof),
		cmocka_unit_test(what_a_certificate_says_of_itself_counts),
		cmocka_unit_test(a_class_counts_once_and_as_a_whole_run),
		cmocka_unit_test(another_era_has_other_classes),
		cmocka_unit_test(a_budget_that_ends_decides_nothing),
		cmocka_unit_test(the_program_writes_and_checks_certificates),
		cmocka_unit_test(
			a_search_that_left_something_out_certifies_nothing),
		cmocka_unit_test(equal_sets_of_classes_are_equal_files),
		cmocka_unit_test(programs_made_at_random_are_certified),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
