/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_conform.c - the conformance runner: that the model is equal to what is
 * recorded, and that nothing else passes for equal.
 */
#include "corpus.h"
#include "kit.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_MAX_ 512

/* --------------------------------------------------------------------- runs */

static void conform_file(const char *file, struct said *said)
{
	said_of(&(const struct conform_options){ .jobs = 1 }, &file, 1, said);
}

/* A file of the sandbox with this text, and what is said of it. */
static void conform_text(const char *text, struct said *said)
{
	sandbox_write("x.jsonl", text);
	conform_file("x.jsonl", said);
}

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	char *bytes;
	long size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size > 0);
	rewind(file);
	bytes = malloc((size_t)size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
	bytes[size] = '\0';
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* ------------------------------------------------------------------ equality */

/* The hand-written sequences: how many, and steps in them. */
static const struct {
	const char *name;
	unsigned long sequences, steps;
} corpora[] = {
	{ "hand-alloc.v3.19", 9, 77 },
	{ "hand-container.v3.19", 10, 148 },
	{ "hand-devfd.v3.19", 11, 185 },
	{ "hand-kvm.v3.19", 9, 140 },
	{ "hand-life.v3.19", 23, 254 },
	{ "hand-stale.v3.19", 12, 142 },
	{ "hand-window.v3.19", 25, 418 },
	{ "hand-alloc.v3.19-patched", 10, 93 },
	{ "hand-container.v3.19-patched", 10, 148 },
	{ "hand-devfd.v3.19-patched", 11, 185 },
	{ "hand-kvm.v3.19-patched", 9, 140 },
	{ "hand-life.v3.19-patched", 23, 254 },
	{ "hand-stale.v3.19-patched", 12, 144 },
	{ "hand-window.v3.19-patched", 25, 419 },
};

#define CORPORA_NR (sizeof(corpora) / sizeof(corpora[0]))

static void expect_equal(const char *path, enum sim_carrier_kind carrier,
			 unsigned long sequences, unsigned long steps)
{
	struct conform_options options = { .carrier = carrier, .jobs = 1 };
	struct said said;

	said_of(&options, &path, 1, &said);
	if (said.status != CONFORM_EQUAL)
		fail_msg("%s%s", said.out, said.total.error);
	assert_int_equal(said.total.sequences, sequences);
	assert_int_equal(said.total.equal, sequences);
	assert_int_equal(said.total.steps, steps);
	assert_string_equal(said.total.error, "");
	said_release(&said);
}

static void every_hand_written_sequence_is_equal(void **state)
{
	const enum sim_carrier_kind *carrier = kit_carriers();
	char path[NAME_MAX_];
	size_t i;

	(void)state;
	for (; *carrier != SIM_CARRIER_DEFAULT; carrier++)
		for (i = 0; i < CORPORA_NR; i++) {
			snprintf(path, sizeof(path), "%s/%s.jsonl.gz",
				 VFIOSIM_CONFORMANCE, corpora[i].name);
			expect_equal(path, *carrier, corpora[i].sequences,
				     corpora[i].steps);
		}
}

static void a_plain_file_is_read_as_a_compressed_one(void **state)
{
	(void)state;
	/* 15+12+14+12+14+15+23+23+21+29+10 steps. */
	expect_equal(FIELDS, SIM_CARRIER_DEFAULT, 11, 188);
}

static void the_table_adds_up_over_files(void **state)
{
	const char *const files[] = { FIELDS, WINDOW };
	const struct conform_options options = { .jobs = 1 };
	struct said said;

	(void)state;
	said_of(&options, files, 2, &said);
	assert_int_equal(said.status, CONFORM_EQUAL);
	assert_int_equal(said.total.sequences, 11 + 25);
	assert_int_equal(said.total.steps, 188 + 418);
	assert_non_null(strstr(said.out, "\nfields.jsonl "));
	assert_non_null(strstr(said.out, "\nall "));
	said_release(&said);
}

/* -------------------------------------------------------------- differences */

/* A change of what is recorded: the first @from behind @behind (NULL: the
 * first of all) becomes @to, and must be told as a difference in @field. */
struct change {
	const char *behind, *from, *to, *field;
};

static const struct change changes[] = {
	{ NULL, "\"res\":{\"ret\":0,", "\"res\":{\"ret\":1,", "ret" },
	{ NULL, "\"ret\":\"-EBUSY\"", "\"ret\":\"-EINVAL\"", "ret" },
	{ NULL, "\"ret\":\"-EBUSY\"", "\"ret\":0", "ret" },
	{ NULL, "\"ret\":\"would_block\"", "\"ret\":0", "ret" },
	{ NULL, "\"ret\":\"parked\"", "\"ret\":0", "ret" },
	{ NULL, "\"ret\":\"BUG\"", "\"ret\":0", "ret" },
	{ NULL, "\"ret\":0,\"fd\":3", "\"ret\":0,\"fd\":4", "fd" },
	{ NULL, "\"ret\":0,\"fd\":3", "\"ret\":0", "fd" },
	{ NULL, "\"container\":0,", "\"container\":1,", "container" },
	{ NULL, "\"viable\":1,", "\"viable\":0,", "viable" },
	{ NULL, "\"container_set\":1", "\"container_set\":0", "container_set" },
	{ NULL, "\"ret\":0,\"ext\":1", "\"ret\":0,\"ext\":2", "ext" },
	{ NULL, "\"ret\":0,\"ref\":1", "\"ret\":0,\"ref\":2", "ref" },
	{ NULL, "\"ret\":0,\"id\":0", "\"ret\":0,\"id\":1", "id" },
	{ NULL, "\"reused\":1,", "", "reused" },
	{ NULL, "\"deferred\":1,", "", "deferred" },
	{ NULL, "\"ret\":\"parked\",\"at\":\"remove_exit\"",
	  "\"ret\":\"parked\",\"at\":\"remove_enter\"", "at" },
	{ NULL, "\"ret\":\"would_block\",\"on\":\"mutex:device.lock\"",
	  "\"ret\":\"would_block\",\"on\":\"mutex:iommu_group.mutex\"", "on" },
	{ NULL, "\"self_deadlock\":true,", "", "self_deadlock" },
	{ NULL, "\"completed\":[{\"i\":", "\"completed\":[{\"i\":1",
	  "completed.0.i" },
	{ "\"completed\":[{\"i\":", "\"op\":\"", "\"op\":\"x",
	  "completed.0.op" },
	{ "\"completed\":[{\"i\":", "\"ret\":", "\"ret\":1",
	  "completed.0.ret" },
	{ "\"blocked\":[{\"i\":", "\"on\":\"", "\"on\":\"x", "blocked.0.on" },
	{ NULL, "\"blocked\":[{\"i\":", "\"blocked\":[{\"i\":1",
	  "blocked.0.i" },
	{ NULL, "\"warn\":0,", "\"kworker_blocked\":[\"x\"],\"warn\":0,",
	  "kworker_blocked" },
	{ NULL, "\"events\":[\"iommu:open\",\"iommu:attach:g0\"]",
	  "\"events\":[\"iommu:attach:g0\",\"iommu:open\"]", "events.0" },
	{ NULL, "\"events\":[\"iommu:open\",\"iommu:attach:g0\"]",
	  "\"events\":[\"iommu:open\"]", "events" },
	{ NULL, "\"allocs\":[\"iommu_group\",\"iommu_dev\",",
	  "\"allocs\":[\"iommu_dev\",\"iommu_group\",", "allocs.0" },
	{ NULL, "\"alloc_failed\":[\"", "\"alloc_failed\":[\"x",
	  "alloc_failed.0" },
	{ NULL, "\"warn\":1,", "\"warn\":2,", "warn" },
	{ NULL, "\"warn\":0,\"bug\":0", "\"warn\":0,\"bug\":1", "bug" },
	{ NULL, "\"bug\":1,", "\"bug\":0,", "bug" },
	/* state */
	{ NULL, "\"exists\":true,", "\"exists\":false,", ".exists" },
	{ NULL, "\"viable\":true,", "\"viable\":false,", ".viable" },
	{ NULL, "\"viable\":null,", "\"viable\":true,", ".viable" },
	{ NULL, "\"users\":1,", "\"users\":2,", ".users" },
	{ NULL, "\"opened\":1,", "\"opened\":0,", ".opened" },
	{ NULL, "\"kref\":2,\"container\"", "\"kref\":3,\"container\"",
	  ".kref" },
	{ NULL, "\"container\":\"c0\"", "\"container\":\"c1\"", ".container" },
	{ NULL, "\"container\":\"c0\"", "\"container\":null", ".container" },
	{ NULL, "\"devices\":[[\"d0\",1]]", "\"devices\":[[\"d0\",2]]",
	  ".devices.0.1" },
	{ NULL, "\"devices\":[[\"d1\",1],[\"d0\",1]]",
	  "\"devices\":[[\"d0\",1],[\"d1\",1]]", ".devices.0.0" },
	{ NULL, "\"unbound\":[\"d", "\"unbound\":[\"x", ".unbound.0" },
	{ NULL, "\"iommu\":{\"id\":0", "\"iommu\":{\"id\":1", ".iommu.id" },
	{ NULL, "\"iommu\":{\"id\":0,\"ref\":1",
	  "\"iommu\":{\"id\":0,\"ref\":2", ".iommu.ref" },
	{ NULL, "\"members\":[\"d0\",\"d1\"]", "\"members\":[\"d1\",\"d0\"]",
	  ".iommu.members.0" },
	{ NULL, "\"driver\":null,", "\"driver\":\"x\",", ".driver" },
	{ NULL, "\"in_group\":false,", "\"in_group\":true,", ".in_group" },
	{ NULL, "\"iommu_group\":\"g0\"", "\"iommu_group\":null",
	  ".iommu_group" },
	{ NULL, ",\"locked\":true", "", ".locked" },
	{ NULL, ",\"deleting\":true", "", ".deleting" },
	{ "\"containers\":{\"c0\":", "\"kref\":1", "\"kref\":9",
	  "state.containers.c0.kref" },
	{ NULL, "\"iommu_set\":true", "\"iommu_set\":false",
	  "state.containers.c0.iommu_set" },
	{ "\"iommu_set\":true", "\"groups\":[\"g0\"]", "\"groups\":[]",
	  "state.containers.c0.groups" },
	{ "\"kvms\":{\"k0\":{", "\"groups\":[", "\"groups\":[\"x\"",
	  "state.kvms.k0.groups" },
	{ NULL, "\"noncoherent\":1", "\"noncoherent\":0",
	  "state.kvms.k0.noncoherent" },
	{ NULL, "\"assigned\":0", "\"assigned\":1", "state.kvms.k0.assigned" },
	{ NULL, "\"ext\":{\"1\":\"g0\"}", "\"ext\":{\"1\":\"g1\"}",
	  "state.ext.1" },
	{ NULL, "\"ext\":{\"1\":\"g0\"}", "\"ext\":{}", "state.ext.1" },
	{ NULL, "\"dev_refs\":{\"1\":\"", "\"dev_refs\":{\"1\":\"x",
	  "state.dev_refs.1" },
	{ NULL, "\"iommu_objs\":1", "\"iommu_objs\":2", "state.iommu_objs" },
	{ NULL, "\"mod_vfio\":1", "\"mod_vfio\":2", "state.mod_vfio" },
	{ NULL, "\"mod_iommu\":1", "\"mod_iommu\":2", "state.mod_iommu" },
	/* end */
	{ NULL, "\"end\":{\"ops\":", "\"end\":{\"ops\":1", "ops" },
	{ NULL, "\"halted\":false", "\"halted\":true", "halted" },
	{ NULL, "\"halted\":true", "\"halted\":false", "halted" },
	{ "\"live_allocs\":{", "\"iommu_dev\":", "\"iommu_dev\":1",
	  "live_allocs.iommu_dev" },
	{ NULL, "\"live_allocs\":{", "\"live_allocs\":{\"leak\":1,",
	  "live_allocs.leak" },
	{ "\"stuck\":[{\"i\":", "\"op\":\"", "\"op\":\"x", "stuck.0.op" },
	{ NULL, ",\"crashed\":true", "", "crashed" },
	/* crashes */
	{ NULL, "\"kind\":\"heap-use-after-free\"", "\"kind\":\"SEGV\"",
	  "crash.kind" },
	{ NULL, "\"kind\":\"hang\"", "\"kind\":\"heap-use-after-free\"",
	  "crash.kind" },
};

#define CHANGES_NR (sizeof(changes) / sizeof(changes[0]))

static unsigned lines_in(const char *text, const char *end)
{
	unsigned lines = 0;

	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}

/* The sequence around @at, with @from there turned into @to; @ret_line: where
 * that is now. */
static char *changed_sequence(const char *text, const char *at,
			      const struct change *change, unsigned *ret_line)
{
	const char *first = at, *last, *header = text, *next;
	size_t size;
	char *result;

	while ((next = strstr(header, "\n{\"seq\":")) && next < at)
		header = next + 1;
	first = header;
	last = strstr(at, "{\"end\":");
	assert_non_null(last);
	last = strchr(last, '\n') + 1;
	size = (size_t)(last - first) + strlen(change->to) + 1;
	result = malloc(size);
	assert_non_null(result);
	snprintf(result, size, "%.*s%s%.*s", (int)(at - first), first,
		 change->to, (int)(last - at - (long)strlen(change->from)),
		 at + strlen(change->from));
	*ret_line = 1 + lines_in(first, at);
	return result;
}

/* Is @field the first one below the table's heads? */
static bool tells_field(const char *out, const char *field)
{
	const char *line = strstr(out, "the model says\n");
	char name[NAME_MAX_];
	size_t size;

	if (!line ||
	    sscanf(line + strlen("the model says\n"), " %511s", name) != 1)
		return false;
	if (*field != '.')
		return strcmp(name, field) == 0;
	size = strlen(name);
	return size > strlen(field) &&
	       strcmp(name + size - strlen(field), field) == 0;
}

static void expect_difference(const char *text, const struct change *change)
{
	const char *at = change->behind ? strstr(text, change->behind) : text;
	char *changed, where[NAME_MAX_];
	struct said said;
	unsigned line;

	assert_non_null(at);
	at = strstr(at + (change->behind ? strlen(change->behind) : 0),
		    change->from);
	if (!at)
		fail_msg("%s: not recorded", change->from);
	changed = changed_sequence(text, at, change, &line);
	conform_text(changed, &said);
	snprintf(where, sizeof(where), "x.jsonl:%u: ", line);
	if (said.status != CONFORM_DIFFERENT ||
	    strncmp(said.out, where, strlen(where)) != 0 ||
	    !tells_field(said.out, change->field))
		fail_msg("%s -> %s:\n%s%s", change->from, change->to, said.out,
			 said.total.error);
	assert_int_equal(said.total.different, 1);
	free(changed);
	said_release(&said);
}

static void every_compared_field_that_differs_is_found(void **state)
{
	size_t i, size;
	char *text = read_file(FIELDS, &size);

	(void)state;
	for (i = 0; i < CHANGES_NR; i++)
		expect_difference(text, &changes[i]);
	free(text);
}

/* Texts that belong to the kernel's own run, or to its author. */
static void what_is_not_compared_may_differ(void **state)
{
	static const struct change free_changes[] = {
		{ NULL, "\"warns\":[\"", "\"warns\":[\"x", NULL },
		{ NULL, "\"stack\":[\"", "\"stack\":[\"x", NULL },
		{ NULL, "\"status\":77", "\"status\":1", NULL },
		{ NULL, "\"desc\":\"", "\"desc\":\"x", NULL },
		{ NULL, "\"rseed\":", "\"rseed\":1", NULL },
	};
	size_t i, size;
	char *text = read_file(FIELDS, &size), *changed;
	const char *at;
	struct said said;
	unsigned line;

	(void)state;
	for (i = 0; i < sizeof(free_changes) / sizeof(free_changes[0]); i++) {
		at = strstr(text, free_changes[i].from);
		assert_non_null(at);
		changed = changed_sequence(text, at, &free_changes[i], &line);
		conform_text(changed, &said);
		if (said.status != CONFORM_EQUAL)
			fail_msg("%s: %s%s", free_changes[i].from, said.out,
				 said.total.error);
		free(changed);
		said_release(&said);
	}
	free(text);
}

/* Steps before a difference count as equal; those behind it are not looked
 * at, and the next sequence is. */
static void a_difference_ends_its_own_sequence_alone(void **state)
{
	size_t size;
	char *text = read_file(FIELDS, &size);
	char *at = strstr(text, "{\"i\":3,");
	struct said said;

	(void)state;
	at = strstr(at, "\"bug\":0");
	at[strlen("\"bug\":")] = '7';
	conform_text(text, &said);
	assert_int_equal(said.status, CONFORM_DIFFERENT);
	assert_int_equal(said.total.sequences, 11);
	assert_int_equal(said.total.different, 1);
	assert_int_equal(said.total.equal, 10);
	/* 3 of the first sequence's 15. */
	assert_int_equal(said.total.steps, 188 - 15 + 3);
	said_release(&said);
	free(text);
}

static void a_step_behind_the_end_of_the_machine_is_a_difference(void **state)
{
	size_t size;
	char *text = read_file(FIELDS, &size), *changed;
	const char *end = strstr(text, "\"crashed\":true");
	const struct change change = {
		NULL, "{\"end\":{\"ops\":",
		"{\"i\":15,\"op\":{\"op\":\"tick\"},\"res\":{\"ret\":0}}\n"
		"{\"end\":{\"ops\":1",
		NULL
	};
	struct said said;
	unsigned line;

	(void)state;
	while (strncmp(end, change.from, strlen(change.from)) != 0)
		end--;
	changed = changed_sequence(text, end, &change, &line);
	conform_text(changed, &said);
	assert_int_equal(said.status, CONFORM_DIFFERENT);
	assert_non_null(strstr(said.out, "one step too many"));
	assert_non_null(strstr(said.out, "the model halted before"));
	free(changed);
	free(text);
	said_release(&said);
}

/* A crash that the kernel did not have says what the model saw. */
static void an_unexpected_crash_is_told_with_its_reason(void **state)
{
	size_t size;
	char *text = read_file(FIELDS, &size), *changed;
	const char *at = strstr(text, "\"ret\":\"crash\"");
	const struct change change = { NULL, "\"ret\":\"crash\"", "\"ret\":0",
				       NULL };
	struct said said;
	unsigned line;

	(void)state;
	changed = changed_sequence(text, at, &change, &line);
	conform_text(changed, &said);
	assert_int_equal(said.status, CONFORM_DIFFERENT);
	assert_non_null(strstr(said.out, "the model found: "));
	free(changed);
	free(text);
	said_release(&said);
}

/* ---------------------------------------------------------------- bad input */

static void expect_bad(const char *text, const char *says)
{
	struct said said;

	conform_text(text, &said);
	if (said.status != CONFORM_BAD_INPUT ||
	    strcmp(said.total.error, says) != 0)
		fail_msg("%s\ngot      %s\nexpected %s\n%s", text,
			 said.total.error, says, said.out);
	said_release(&said);
}

static void lines_that_make_no_sequence_are_refused(void **state)
{
	struct said said;

	(void)state;
	conform_text(HEADER STEP END, &said);
	assert_int_equal(said.status, CONFORM_EQUAL);
	said_release(&said);

	expect_bad("", "x.jsonl:1: expected the header of a sequence, found "
		       "the end of the file");
	expect_bad("\n", "x.jsonl:1: expected a JSON object, found an empty "
			 "line");
	expect_bad("[1]\n", "x.jsonl:1: expected a JSON object, found [1]");
	expect_bad("{\"seq\":\"s\"\n",
		   "x.jsonl:1: expected a JSON object, found unexpected end of "
		   "data");
	expect_bad("{} x\n", "x.jsonl:1: expected a JSON object, found "
			     "unexpected character");
	expect_bad(STEP, "x.jsonl:1: expected the header of a sequence, found "
			 "{\"i\":0,\"op\":{\"op\":\"tick\"},\"res\":{\"ret\":0,"
			 "\"warn\":0,\"bug\":0,\"s...");
	expect_bad("{\"seq\":\"s\"}\n", "x.jsonl:1: expected an \"era\", found "
					"{\"seq\":\"s\"}");
	expect_bad("{\"seq\":\"s\",\"era\":\"v3.19\",\"bug_mode\":\"so\"}\n",
		   "x.jsonl:1: expected a \"bug_mode\" of halt, kill or "
		   "continue, found {\"seq\":\"s\",\"era\":\"v3.19\",\"bug_mode"
		   "\":\"so\"}");
	expect_bad(HEADER STEP, "x.jsonl:3: expected an end record, found the "
				"end of the file");
	expect_bad(HEADER STEP HEADER,
		   "x.jsonl:3: expected a step or an end record, found "
		   "{\"seq\":\"s\",\"era\":\"v3.19\",\"bug_mode\":\"halt\"}");
	expect_bad(HEADER STEP STEP END,
		   "x.jsonl:3: expected step 1, found "
		   "{\"i\":0,\"op\":{\"op\":\"tick\"},\"res\":{\"ret\":0,"
		   "\"warn\":0,\"bug\":0,\"s...");
	expect_bad(HEADER "{\"i\":0,\"op\":{\"op\":\"tick\"}}\n" END,
		   "x.jsonl:2: expected a \"res\", found "
		   "{\"i\":0,\"op\":{\"op\":\"tick\"}}");
}

#define OPERATION(op) HEADER "{\"i\":0,\"op\":" op "," RES "}\n" END

static void operations_that_the_vocabulary_lacks_are_refused(void **state)
{
	(void)state;
	expect_bad(OPERATION("{\"op\":\"explode\"}"),
		   "x.jsonl:2: expected an operation, found \"explode\"");
	expect_bad(OPERATION("{\"dev\":\"d0\"}"),
		   "x.jsonl:2: expected the name of an operation, found "
		   "none");
	expect_bad(OPERATION("{\"op\":\"tick\",\"dev\":\"d0\"}"),
		   "x.jsonl:2: expected an argument of tick, found \"dev\"");
	expect_bad(OPERATION("{\"op\":\"kvm_create\",\"kvm\":1}"),
		   "x.jsonl:2: argument \"kvm\" of kvm_create: expected a "
		   "string, found a number");
	expect_bad(OPERATION("{\"op\":\"kvm_create\",\"kvm\":true}"),
		   "x.jsonl:2: argument \"kvm\": expected a string or a "
		   "number, found true");
	expect_bad(OPERATION("{\"op\":\"kvm_create\"}"),
		   "x.jsonl:2: argument \"kvm\" of kvm_create: expected a "
		   "value, found none");
	expect_bad(OPERATION("{\"op\":\"unbind_begin\",\"dev\":\"d\","
			     "\"at\":\"x\"}"),
		   "x.jsonl:2: expected a stop point, found \"x\"");
}

static void values_that_mean_nothing_are_refused(void **state)
{
	(void)state;
	expect_bad(OPERATION("{\"op\":\"driver_register\",\"name\":\"a\","
			     "\"kind\":\"zzz\"}"),
		   "x.jsonl:2: argument \"kind\" of driver_register: expected "
		   "a kind of driver, found \"zzz\"");
	expect_bad(OPERATION("{\"op\":\"alloc_fail\",\"nth\":-1}"),
		   "x.jsonl:2: argument \"nth\" of alloc_fail: expected a "
		   "number from 0 on, found -1");
	expect_bad(HEADER "{\"end\":{\"ops\":1e999}}\n",
		   "x.jsonl:2: expected a number of \"ops\", found "
		   "{\"end\":{\"ops\":1e999}}");
	expect_bad(HEADER "{\"end\":{}}\n",
		   "x.jsonl:2: expected a number of \"ops\", found "
		   "{\"end\":{}}");
}

/* Wherever it stands; a colon in a string is no key. */
static void a_key_that_is_repeated_is_refused(void **state)
{
	(void)state;
	expect_bad("{\"seq\":\"a\",\"seq\":\"b\"}\n",
		   "x.jsonl:1: expected each key once, found one that is "
		   "repeated");
	expect_bad(HEADER "{\"i\":0,\"op\":{\"op\":\"tick\"},\"res\":{\"a\":"
			  "[{\"b\":1,\"b\":2}]}}\n",
		   "x.jsonl:2: expected each key once, found one that is "
		   "repeated");
	expect_bad("{\"seq\":\"a:\\\":b\"}\n",
		   "x.jsonl:1: expected an \"era\", found "
		   "{\"seq\":\"a:\\\":b\"}");
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	char *text = malloc(CONFORM_LINE_MAX + 2);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', CONFORM_LINE_MAX);
	strcpy(text + CONFORM_LINE_MAX, "\n");
	expect_bad(text, "x.jsonl:1: expected a line below 1 MiB, found a "
			 "longer one");
	free(text);
}

static void a_nul_byte_is_refused(void **state)
{
	static const char bytes[] = HEADER "{\"i\":0,\0}\n" END;
	struct said said;

	(void)state;
	write_bytes("x.jsonl", bytes, sizeof(bytes) - 1);
	conform_file("x.jsonl", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error,
			    "x.jsonl:2: expected text, found a NUL byte");
	said_release(&said);
}

/* What is read up to the damage is compared; it is no success all the same. */
static void a_damaged_compressed_file_is_refused(void **state)
{
	size_t size;
	char *bytes = read_file(WINDOW, &size);
	struct said said;

	(void)state;
	write_bytes("cut.gz", bytes, size / 2);
	conform_file("cut.gz", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_non_null(strstr(said.total.error,
			       ": expected more compressed data, "
			       "found the end of the file"));
	said_release(&said);
	/* The last bytes are a checksum and the size. */
	bytes[size - 8] ^= 1;
	write_bytes("wrong.gz", bytes, size);
	conform_file("wrong.gz", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_non_null(strstr(said.total.error,
			       ": expected more compressed data, "
			       "found incorrect data check"));
	said_release(&said);
	free(bytes);
}

static void a_file_that_is_not_there_is_told(void **state)
{
	struct said said;

	(void)state;
	conform_file("nowhere", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error,
			    "nowhere: No such file or directory");
	said_release(&said);
}

static void an_era_that_is_not_modelled_is_refused(void **state)
{
	(void)state;
	expect_bad(HEADER STEP END "{\"seq\":\"s\",\"era\":\"other\","
				   "\"bug_mode\":\"halt\"}\n" STEP END,
		   "x.jsonl:4: expected an era: v3.19, v3.19-patched, v4.0, "
		   "v4.14, v5.15, v5.19 or v6.1; found 'other'");
}

/* Behind it is nothing that could be an end of line. */
static void a_nul_byte_in_the_last_line_is_refused(void **state)
{
	static const char bytes[] = HEADER STEP
		"{\"end\":{\"ops\":1,\"halted\":false,\"live_allocs\":{"
		"\"iommu_bus_nb\":1,\"iommu_driver\":1},\"stuck\":[]}}\0";
	struct said said;

	(void)state;
	write_bytes("x.jsonl", bytes, sizeof(bytes) - 1);
	conform_file("x.jsonl", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error,
			    "x.jsonl:3: expected text, found a NUL byte");
	said_release(&said);
}

static void what_is_no_regular_file_is_refused(void **state)
{
	struct said said;

	(void)state;
	conform_file(".", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error, ".: Is a directory");
	said_release(&said);
	/* Nobody writes to it: reading would wait for ever. */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	conform_file("fifo", &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error, "fifo: expected a regular file");
	said_release(&said);
}

/* ------------------------------------------------------------------- options */

/* The sequence's name, a device's and a field's. */
static void names_out_of_a_file_cannot_steer_the_terminal(void **state)
{
	const struct conform_options options = { .jobs = 1, .verbose = true };
	const char *const file = "x.jsonl";
	const char *c;
	struct said said;

	(void)state;
	sandbox_write(file, "{\"seq\":\"s\\u001b[2J\\n\",\"era\":\"v3.19\","
			    "\"bug_mode\":\"halt\"}\n"
			    "{\"i\":0,\"op\":{\"op\":\"kvm_create\","
			    "\"kvm\":\"k\\u001b[2J\"},\"res\":{\"ret\":0,"
			    "\"f\\u009b\":\"\\u009b\"}}\n" END);
	said_of(&options, &file, 1, &said);
	assert_int_equal(said.status, CONFORM_DIFFERENT);
	assert_non_null(strstr(said.out, "0 steps  s\\x1b[2J\\x0a\n"));
	assert_non_null(strstr(said.out, "kvm_create kvm=k\\x1b[2J\n"));
	assert_non_null(strstr(said.out, "    f\\xc2\\x9b "));
	for (c = said.out; *c; c++)
		assert_true(*c == '\n' || ((unsigned char)*c >= ' ' &&
					   (unsigned char)*c < 0x7f));
	said_release(&said);
}

static void only_the_named_sequence_is_replayed(void **state)
{
	const char *const files[] = { FIELDS, WINDOW };
	struct conform_options options = { .only = "kvm-coherency",
					   .jobs = 1,
					   .verbose = true };
	struct said said;

	(void)state;
	said_of(&options, files, 2, &said);
	assert_int_equal(said.status, CONFORM_EQUAL);
	assert_int_equal(said.total.sequences, 1);
	assert_int_equal(said.total.steps, 21);
	assert_non_null(
		strstr(said.out, "equal         21 steps  kvm-coherency\n"));
	assert_null(strstr(said.out, "hand-window"));
	said_release(&said);
	options.only = "nobody";
	said_of(&options, files, 2, &said);
	assert_int_equal(said.status, CONFORM_BAD_INPUT);
	assert_string_equal(said.total.error,
			    "expected the name of a sequence, found 'nobody'");
	said_release(&said);
}

static void quiet_says_nothing_of_what_differs(void **state)
{
	const struct conform_options options = { .quiet = true, .jobs = 1 };
	const char *const file = "x.jsonl";
	struct said said;

	(void)state;
	sandbox_write(file, HEADER "{\"i\":0,\"op\":{\"op\":\"tick\"},\"res\":"
				   "{\"ret\":1}}\n" END);
	said_of(&options, &file, 1, &said);
	assert_int_equal(said.status, CONFORM_DIFFERENT);
	assert_string_equal(said.out, "");
	assert_string_equal(said.total.error, "");
	said_release(&said);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_hand_written_sequence_is_equal),
		TEST(a_plain_file_is_read_as_a_compressed_one),
		TEST(the_table_adds_up_over_files),
		TEST(every_compared_field_that_differs_is_found),
		TEST(what_is_not_compared_may_differ),
		TEST(a_difference_ends_its_own_sequence_alone),
		TEST(a_step_behind_the_end_of_the_machine_is_a_difference),
		TEST(an_unexpected_crash_is_told_with_its_reason),
		TEST(lines_that_make_no_sequence_are_refused),
		TEST(operations_that_the_vocabulary_lacks_are_refused),
		TEST(values_that_mean_nothing_are_refused),
		TEST(a_key_that_is_repeated_is_refused),
		TEST(a_line_that_is_too_long_is_refused),
		TEST(a_nul_byte_is_refused),
		TEST(a_damaged_compressed_file_is_refused),
		TEST(a_nul_byte_in_the_last_line_is_refused),
		TEST(a_file_that_is_not_there_is_told),
		TEST(what_is_no_regular_file_is_refused),
		TEST(an_era_that_is_not_modelled_is_refused),
		TEST(names_out_of_a_file_cannot_steer_the_terminal),
		TEST(only_the_named_sequence_is_replayed),
		TEST(quiet_says_nothing_of_what_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
