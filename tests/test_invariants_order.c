/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariants_order.c - I3: two orders of the same locks are found whether
 * or not anybody came to wait for anybody, and one order is not.
 */
#include "kit.h"

#include "invariants.h"

#include <vfiosim/atomic.h>

#include <stdlib.h>
#include <string.h>

/* Locks of their own classes, two of one class, and a word to decide by. */
struct desk {
	struct mutex a, b, c;
	struct rw_semaphore shelf, board;
	int turn;
};

struct drawer {
	struct mutex lock;
};

static struct desk *desk;
static struct drawer *drawers[2];

static void make_desk(void)
{
	unsigned i;

	desk = slab_alloc("desk", sizeof(*desk));
	mutex_init(&desk->a);
	mutex_init(&desk->b);
	mutex_init(&desk->c);
	init_rwsem(&desk->shelf);
	init_rwsem(&desk->board);
	desk->turn = 0;
	once_init(&desk->turn, sizeof(desk->turn));
	for (i = 0; i < 2; i++) {
		drawers[i] = slab_alloc("drawer", sizeof(*drawers[i]));
		mutex_init(&drawers[i]->lock);
	}
}

static void a_then_b(void)
{
	mutex_lock(&desk->a);
	mutex_lock(&desk->b);
	mutex_unlock(&desk->b);
	mutex_unlock(&desk->a);
}

static void b_then_a(void)
{
	mutex_lock(&desk->b);
	mutex_lock(&desk->a);
	mutex_unlock(&desk->a);
	mutex_unlock(&desk->b);
}

/* -------------------------------------------------------------- exploring */

struct search {
	void (*setup)(void); /* NULL: make_desk() */
	void (*tasks[3])(void);
	const char *strategy; /* NULL: "bound" */
	unsigned bound;
	unsigned runs; /* 0: all */
};

static struct sim_scenario scenario_of(const struct search *s)
{
	return (struct sim_scenario){
		.name = "order",
		.setup = s->setup ? s->setup : make_desk,
		.tasks = { { "first", s->tasks[0], NULL },
			   { "second", s->tasks[1], NULL },
			   { "third", s->tasks[2], NULL } },
	};
}

/* The result refers to the scenario. */
static void explore(const struct sim_scenario *s, const struct search *search,
		    struct sim_result *result)
{
	struct sim_options options = {
		.strategy = search->strategy ? search->strategy : "bound",
		.bound = search->bound,
		.bound_set = true,
		.budget_runs = search->runs,
		.invariants = INV_SET(INV_I3),
		.all = true,
	};

	kit_explore(s, &options, result);
}

static const struct sim_finding *find(const struct sim_result *result)
{
	unsigned i;

	for (i = 0; i < result->nr_findings; i++)
		if (result->findings[i].invariant &&
		    !strcmp(result->findings[i].invariant, "I3"))
			return &result->findings[i];
	return NULL;
}

/* Without where it stands in this file: "(tests/x.c:12)". */
static void without_places(const char *text, char *buf, size_t size)
{
	size_t used = 0;

	while (*text && used + 1 < size) {
		const char *end =
			strncmp(text, " (", 2) ? NULL : strchr(text, ')');

		if (end)
			text = end + 1;
		else
			buf[used++] = *text++;
	}
	buf[used] = '\0';
}

/* @text NULL: nothing is found. */
static void expect(const struct search *search, const char *text)
{
	const struct sim_scenario s = scenario_of(search);
	const struct sim_finding *f;
	struct sim_result result;
	char found[SIM_TEXT_MAX];

	explore(&s, search, &result);
	f = find(&result);
	without_places(f ? f->text : "", found, sizeof(found));
	if (strcmp(found, text ? text : "") != 0)
		fail_msg("found \"%s\", expected \"%s\"", found,
			 text ? text : "");
	assert_int_equal(result.broken, f ? INV_SET(INV_I3) : 0);
	if (f) {
		assert_int_equal(f->count, 1);
		assert_int_equal(f->verdict, SIM_INVARIANT);
	}
	sim_result_release(&result);
}
#define EXPECT_ORDER(text, ...) \
	expect(&(const struct search){ __VA_ARGS__ }, (text))

/* ------------------------------------------------------------ two orders */

#define ABBA_BY(second, first)                                           \
	"I3: second takes desk.a in " second " and holds desk.b; first " \
	"takes desk.b in " first " and holds desk.a"
#define ABBA ABBA_BY("b_then_a", "a_then_b")

/* One task after the other: nobody waits for anybody. */
static void two_orders_are_found_though_nobody_waits(void **state)
{
	const struct search search = { .tasks = { a_then_b, b_then_a } };
	const struct sim_scenario s = scenario_of(&search);
	struct sim_result result;

	(void)state;
	explore(&s, &search, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_INVARIANT));
	assert_int_equal(result.nr_findings, 1);
	assert_int_equal(result.runs, 2);
	assert_int_equal(result.findings[0].run, 1);
	sim_result_release(&result);
	EXPECT_ORDER(ABBA, .tasks = { a_then_b, b_then_a });
}

static void it_is_told_once_however_many_runs_show_it(void **state)
{
	(void)state;
	EXPECT_ORDER(ABBA, .tasks = { a_then_b, b_then_a }, .bound = 2);
	EXPECT_ORDER(ABBA, .tasks = { a_then_b, b_then_a }, .strategy = "dfs");
	EXPECT_ORDER(ABBA, .tasks = { a_then_b, b_then_a, b_then_a },
		     .strategy = "auto", .bound = 1);
}

static void one_order_is_no_finding(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { a_then_b, a_then_b }, .strategy = "dfs");
}

static void only_a(void)
{
	mutex_lock(&desk->a);
	mutex_unlock(&desk->a);
}

static void b_after_a(void)
{
	only_a();
	mutex_lock(&desk->b);
	mutex_unlock(&desk->b);
	only_a();
}

static void what_is_given_back_first_has_no_order(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { a_then_b, b_after_a }, .strategy = "dfs");
}

/* ------------------------------------------------------- over several runs */

static void as_it_is_told(void)
{
	if (READ_ONCE(desk->turn))
		b_then_a();
	else
		a_then_b();
}

static void turn_round(void)
{
	WRITE_ONCE(desk->turn, 1);
}

/* No run takes the locks in both orders. */
static void an_order_is_compared_with_those_of_other_runs(void **state)
{
	(void)state;
	EXPECT_ORDER(
		"I3: first takes desk.a in b_then_a and holds desk.b; first "
		"takes desk.b in a_then_b and holds desk.a, in run 1",
		.tasks = { as_it_is_told, turn_round });
	EXPECT_ORDER(
		"I3: second takes desk.b in a_then_b and holds desk.a; second "
		"takes desk.a in b_then_a and holds desk.b, in run 1",
		.tasks = { turn_round, as_it_is_told });
}

static void each_exploration_begins_anew(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { a_then_b });
	EXPECT_ORDER(NULL, .tasks = { b_then_a });
}

static void a_then_c(void)
{
	mutex_lock(&desk->a);
	mutex_lock(&desk->c);
	mutex_unlock(&desk->c);
	mutex_unlock(&desk->a);
}

static void b_then_c(void)
{
	mutex_lock(&desk->b);
	mutex_lock(&desk->c);
	mutex_unlock(&desk->c);
	mutex_unlock(&desk->b);
}

static void c_then_a(void)
{
	mutex_lock(&desk->c);
	mutex_lock(&desk->a);
	mutex_unlock(&desk->a);
	mutex_unlock(&desk->c);
}

static void a_ring_of_three_is_found_and_told_whole(void **state)
{
	const struct search search = { .tasks = { a_then_b, b_then_c,
						  c_then_a } };
	const struct sim_scenario s = scenario_of(&search);
	struct sim_result result;
	const struct sim_finding *f;
	char detail[SIM_DETAIL_MAX];

	(void)state;
	explore(&s, &search, &result);
	f = find(&result);
	assert_non_null(f);
	without_places(f->detail, detail, sizeof(detail));
	assert_string_equal(detail,
			    "third: desk.a in c_then_a <- desk.c in c_then_a\n"
			    "first: desk.b in a_then_b <- desk.a in a_then_b\n"
			    "second: desk.c in b_then_c <- desk.b in b_then_c");
	sim_result_release(&result);
	EXPECT_ORDER(NULL, .tasks = { a_then_b, b_then_c, a_then_c });
}

/* ------------------------------------------------------------- who counts */

static void a_then_try_b(void)
{
	mutex_lock(&desk->a);
	if (mutex_trylock(&desk->b))
		mutex_unlock(&desk->b);
	mutex_unlock(&desk->a);
}

static void try_a_then_b(void)
{
	if (!mutex_trylock(&desk->a))
		return;
	mutex_lock(&desk->b);
	mutex_unlock(&desk->b);
	mutex_unlock(&desk->a);
}

/* Who tries does not wait; but others wait for what he got. */
static void a_trylock_waits_for_nobody(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { a_then_try_b, b_then_a },
		     .strategy = "dfs");
	EXPECT_ORDER(ABBA_BY("b_then_a", "try_a_then_b"),
		     .tasks = { try_a_then_b, b_then_a });
}

static void try_and_forget_then_b(void)
{
	if (mutex_trylock(&desk->a))
		mutex_unlock(&desk->a);
	mutex_lock(&desk->b);
	mutex_unlock(&desk->b);
}

/* The first one tries while the second has it. */
static void a_trylock_that_fails_holds_nothing(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { try_and_forget_then_b, b_then_a },
		     .strategy = "dfs");
}

static void read_both(void)
{
	down_read(&desk->shelf);
	down_read(&desk->board);
	up_read(&desk->board);
	up_read(&desk->shelf);
}

static void read_both_reversed(void)
{
	down_read(&desk->board);
	down_read(&desk->shelf);
	up_read(&desk->shelf);
	up_read(&desk->board);
}

static void write_one(void)
{
	down_write(&desk->shelf);
	down_read(&desk->board);
	up_read(&desk->board);
	up_write(&desk->shelf);
}

/* Readers keep each other out when a writer waits between them. */
static void readers_have_an_order_too(void **state)
{
	(void)state;
	EXPECT_ORDER(
		"I3: second takes desk.shelf for reading in "
		"read_both_reversed and holds desk.board for reading; first "
		"takes desk.board for reading in read_both and holds "
		"desk.shelf for reading",
		.tasks = { read_both, read_both_reversed });
	EXPECT_ORDER(
		"I3: second takes desk.shelf for reading in "
		"read_both_reversed and holds desk.board for reading; first "
		"takes desk.board for reading in write_one and holds "
		"desk.shelf",
		.tasks = { write_one, read_both_reversed });
	EXPECT_ORDER(NULL, .tasks = { read_both, write_one },
		     .strategy = "dfs");
}

static void both_drawers(void)
{
	mutex_lock(&drawers[0]->lock);
	mutex_lock(&drawers[1]->lock);
	mutex_unlock(&drawers[1]->lock);
	mutex_unlock(&drawers[0]->lock);
}

static void read_twice(void)
{
	down_read(&desk->shelf);
	down_read(&desk->shelf);
	up_read(&desk->shelf);
	up_read(&desk->shelf);
}

static void locks_of_one_class_have_no_order(void **state)
{
	(void)state;
	EXPECT_ORDER("I3: first takes drawer.lock in both_drawers and holds "
		     "another one",
		     .tasks = { both_drawers });
	EXPECT_ORDER("I3: first takes desk.shelf for reading in read_twice and "
		     "holds it for reading",
		     .tasks = { read_twice });
}

static void the_first_cycle_is_the_one_that_is_told(void **state)
{
	(void)state;
	EXPECT_ORDER(ABBA, .tasks = { a_then_b, b_then_a, both_drawers });
}

static struct mutex *parent, *child;

static void make_devices(void)
{
	make_desk();
	parent =
		&((struct drawer *)slab_alloc("device", sizeof(*parent)))->lock;
	child = &((struct drawer *)slab_alloc("device", sizeof(*child)))->lock;
	__mutex_init(parent, "lock");
	__mutex_init(child, "lock");
}

static void parent_then_child(void)
{
	mutex_lock(parent);
	mutex_lock(child);
	mutex_unlock(child);
	mutex_unlock(parent);
}

static void device_then_a(void)
{
	mutex_lock(child);
	only_a();
	mutex_unlock(child);
}

static void a_then_device(void)
{
	mutex_lock(&desk->a);
	mutex_lock(parent);
	mutex_unlock(parent);
	mutex_unlock(&desk->a);
}

/* But an order with other locks they have. */
static void devices_are_locked_inside_each_other(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .setup = make_devices,
		     .tasks = { parent_then_child, parent_then_child });
	EXPECT_ORDER(
		"I3: second takes device.lock in a_then_device and holds "
		"desk.a; first takes desk.a in only_a and holds device.lock",
		.setup = make_devices,
		.tasks = { device_then_a, a_then_device });
}

static void make_desk_and_use_it(void)
{
	make_desk();
	a_then_b();
}

static void what_setup_does_counts(void **state)
{
	(void)state;
	EXPECT_ORDER(
		"I3: first takes desk.a in b_then_a and holds desk.b; machine "
		"takes desk.b in a_then_b and holds desk.a",
		.setup = make_desk_and_use_it, .tasks = { b_then_a });
}

static void keep_b_and_wait(void)
{
	mutex_lock(&desk->b);
	mutex_lock(&desk->a);
}

static void make_desk_and_keep_a(void)
{
	make_desk_and_use_it();
	mutex_lock(&desk->a);
}

/* Its last operation is no second one that it waits for. */
static void lock_a_and_die(void)
{
	mutex_lock(&desk->a);
	BUG_ON(desk->turn == 0);
}

static void b_alone(void)
{
	mutex_lock(&desk->b);
	mutex_unlock(&desk->b);
}

static void who_dies_behind_a_lock_took_it_once(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { lock_a_and_die, b_alone });
}

/* He never gets it: but that is what he waits for. */
static void who_waits_for_ever_has_tried(void **state)
{
	(void)state;
	EXPECT_ORDER("I3: first takes desk.a in keep_b_and_wait and holds "
		     "desk.b; machine takes desk.b in a_then_b and holds "
		     "desk.a",
		     .setup = make_desk_and_keep_a,
		     .tasks = { keep_b_and_wait });
}

static void free_what_is_locked(void)
{
	mutex_lock(&drawers[0]->lock);
	kfree(drawers[0]);
	mutex_lock(&drawers[1]->lock);
	mutex_unlock(&drawers[1]->lock);
}

static void a_lock_that_is_gone_is_not_held(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { free_what_is_locked });
}

static void free_and_lock(void)
{
	(void)READ_ONCE(desk->turn);
	kfree(drawers[0]);
	mutex_lock(&drawers[0]->lock);
}

static void a_lock_that_was_gone_is_not_taken(void **state)
{
	(void)state;
	EXPECT_ORDER(NULL, .tasks = { free_and_lock });
}

/* -------------------------------------------------------------- schedules */

static void its_schedule_shows_both_halves_if_its_run_has_them(void **state)
{
	const struct search search = { .tasks = { a_then_b, b_then_a } };
	const struct sim_scenario s = scenario_of(&search);
	struct sim_result found, again;

	(void)state;
	explore(&s, &search, &found);
	assert_non_null(
		strstr(found.findings[0].schedule, "\ninvariants I3\n"));
	assert_int_equal(sim_replay_text(&s, found.findings[0].schedule, "test",
					 NULL, &again),
			 0);
	assert_int_equal(again.broken, INV_SET(INV_I3));
	assert_string_equal(again.findings[0].text, found.findings[0].text);
	sim_result_release(&again);
	sim_result_release(&found);
}

/* No schedule has both halves: it has one, and the other behind it. */
static void its_schedule_names_those_of_other_runs(void **state)
{
	const struct search search = { .tasks = { as_it_is_told, turn_round } };
	const struct sim_scenario s = scenario_of(&search);
	struct sim_result found, again;
	const char *other;

	(void)state;
	explore(&s, &search, &found);
	assert_null(strstr(found.findings[0].schedule, "\nfound"));
	other = strstr(found.findings[0].schedule,
		       "\nend\n# run 1, the other part:\n"
		       "#   vfiosim schedule 1\n#   scenario  order\n");
	assert_non_null(other);
	assert_non_null(strstr(other, "#   first     runs to its end\n"
				      "#   second    runs to its end\n"
				      "#   end\n"));
	assert_int_equal(sim_replay_text(&s, found.findings[0].schedule, "test",
					 NULL, &again),
			 0);
	assert_int_equal(again.broken, 0);
	sim_result_release(&again);
	sim_result_release(&found);
}

static void its_diagram_shows_who_took_the_locks(void **state)
{
	const struct search search = { .tasks = { a_then_b, b_then_a } };
	const struct sim_scenario s = scenario_of(&search);
	struct sim_result result;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const char *at;

	(void)state;
	assert_non_null(out);
	explore(&s, &search, &result);
	sim_report_commit(out, &result.findings[0], result.findings[0].trace);
	fclose(out);
	at = strstr(text, "mutex_lock(&desk->a)");
	assert_non_null(at);
	at = strstr(at, "mutex_lock(&desk->b)");
	assert_non_null(at);
	at = strstr(at + 1, "mutex_lock(&desk->b)");
	assert_non_null(at);
	at = strstr(at, "mutex_lock(&desk->a)");
	assert_non_null(at);
	assert_non_null(strstr(at, "=> invariant broken: I3"));
	free(text);
	sim_result_release(&result);
}

/* VD and the driver's lock, 3.17 to 4.1; nobody needs to run into it. */
static void the_kernels_own_cycle_is_found_and_known(void **state)
{
	static const struct {
		const char *era, *bugs;
	} rows[] = { { "v3.19", "B8 B16" }, { "v4.14", "" }, { "v6.1", "" } };
	struct sim_options options = { .strategy = "bound",
				       .bound = 1,
				       .bound_set = true,
				       .invariants = INV_SET(INV_I3),
				       .all = true };
	char text[SIM_TEXT_MAX], error[SIM_TEXT_MAX], bugs[SIM_TEXT_MAX];
	struct sim_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			sim_option_set(&options, "era", rows[i].era, error), 0);
		kit_explore(sim_scenario_find("bus-reset"), &options, &result);
		assert_int_equal(find(&result) != NULL, *rows[i].bugs != 0);
		if (find(&result)) {
			without_places(find(&result)->text, text, sizeof(text));
			assert_string_equal(
				text,
				"I3: close takes vfio_group.device_lock in "
				"vfio_device_put and holds "
				"vfio_pci.driver_lock; machine takes "
				"vfio_pci.driver_lock in vfio_pci_open and "
				"holds vfio_group.device_lock");
		}
		sim_invariant_expected(INV_I3, &result.era, bugs);
		assert_string_equal(bugs, rows[i].bugs);
		sim_result_release(&result);
	}
}

static void it_is_looked_for_only_when_asked_for(void **state)
{
	const struct search search = { .tasks = { a_then_b, b_then_a } };
	const struct sim_scenario s = scenario_of(&search);
	const struct sim_options options = { .strategy = "bound",
					     .bound_set = true,
					     .all = true };
	struct sim_result result;

	(void)state;
	kit_explore(&s, &options, &result);
	assert_int_equal(result.nr_findings, 0);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_orders_are_found_though_nobody_waits),
		cmocka_unit_test(it_is_told_once_however_many_runs_show_it),
		cmocka_unit_test(one_order_is_no_finding),
		cmocka_unit_test(what_is_given_back_first_has_no_order),
		cmocka_unit_test(an_order_is_compared_with_those_of_other_runs),
		cmocka_unit_test(each_exploration_begins_anew),
		cmocka_unit_test(a_ring_of_three_is_found_and_told_whole),
		cmocka_unit_test(a_trylock_waits_for_nobody),
		cmocka_unit_test(a_trylock_that_fails_holds_nothing),
		cmocka_unit_test(readers_have_an_order_too),
		cmocka_unit_test(locks_of_one_class_have_no_order),
		cmocka_unit_test(the_first_cycle_is_the_one_that_is_told),
		cmocka_unit_test(devices_are_locked_inside_each_other),
		cmocka_unit_test(what_setup_does_counts),
		cmocka_unit_test(who_dies_behind_a_lock_took_it_once),
		cmocka_unit_test(who_waits_for_ever_has_tried),
		cmocka_unit_test(a_lock_that_is_gone_is_not_held),
		cmocka_unit_test(a_lock_that_was_gone_is_not_taken),
		cmocka_unit_test(
			its_schedule_shows_both_halves_if_its_run_has_them),
		cmocka_unit_test(its_schedule_names_those_of_other_runs),
		cmocka_unit_test(its_diagram_shows_who_took_the_locks),
		cmocka_unit_test(the_kernels_own_cycle_is_found_and_known),
		cmocka_unit_test(it_is_looked_for_only_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
