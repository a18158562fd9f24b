/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_expect.c - what a file says of the end: the state that all
 * tasks leave behind, and what exploring must find in which era.
 */
#include "scenario_file_internal.h"

#include "bugs.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64

/* -------------------------------------------------------------------- check */

enum value_kind { VALUE_NUMBER, VALUE_BOOL, VALUE_NAME, VALUE_LIST };

struct field {
	const char *name;
	enum value_kind kind;
};

/* In the order of enum file_section. */
static const struct section {
	const char *name;
	enum file_object_kind object;
	struct field fields[12];
} sections[] = {
	{ "groups",
	  FILE_GROUP,
	  { { "exists", VALUE_BOOL },
	    { "viable", VALUE_BOOL },
	    { "users", VALUE_NUMBER },
	    { "opened", VALUE_NUMBER },
	    { "kref", VALUE_NUMBER },
	    { "container_set", VALUE_BOOL },
	    { "devices", VALUE_LIST },
	    { "unbound", VALUE_LIST } } },
	{ "devices",
	  FILE_DEVICE,
	  { { "exists", VALUE_BOOL },
	    { "driver", VALUE_NAME },
	    { "in_group", VALUE_BOOL },
	    { "locked", VALUE_BOOL },
	    { "iommu_group", VALUE_NAME } } },
	{ "kvms",
	  FILE_KVM,
	  { { "exists", VALUE_BOOL },
	    { "groups", VALUE_LIST },
	    { "noncoherent", VALUE_BOOL },
	    { "assigned", VALUE_NUMBER } } },
};

#define SECTIONS_NR (sizeof(sections) / sizeof(sections[0]))

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, as what is found will be. */
static bool join_names(struct scenario_file *file, const struct file_node *list,
		       const char **ret_text)
{
	const char *names[SCRIPT_LIST_MAX];
	char text[SCRIPT_LIST_MAX * SCRIPT_NAME_MAX] = "";
	const struct file_node *item;
	unsigned i, nr = 0;
	size_t used = 0;

	if (!sim_file_is_list(file, list, "a list of names"))
		return false;
	for (item = list->items; item; item = item->next) {
		if (nr == SCRIPT_LIST_MAX)
			return sim_file_fail(file, item,
					     "expected at most %d names",
					     SCRIPT_LIST_MAX);
		if (!sim_file_name(file, item, "a name", &names[nr++]))
			return false;
	}
	qsort(names, nr, sizeof(*names), compare_names);
	for (i = 0; i < nr; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s", i ? " " : "", names[i]);
	*ret_text = sim_file_strdup(file, text);
	return *ret_text != NULL;
}

static bool parse_check_value(struct scenario_file *file, enum value_kind kind,
			      const struct file_node *node,
			      struct file_check *check)
{
	bool truth = false;

	switch (kind) {
	case VALUE_NUMBER:
		return sim_file_number(file, node, "a number", &check->number);
	case VALUE_BOOL:
		if (!sim_file_bool(file, node, "true or false", &truth))
			return false;
		check->number = truth;
		return true;
	case VALUE_NAME:
		if (!sim_file_name(file, node, "a name, or none,",
				   &check->text))
			return false;
		if (!strcmp(check->text, "none"))
			check->text = "";
		return true;
	default:
		return join_names(file, node, &check->text);
	}
}

static bool parse_field(struct scenario_file *file, unsigned section,
			const struct file_node *object,
			const struct file_node *key)
{
	const struct field *field = sections[section].fields;
	const char *names[NAMES_MAX];
	struct file_check *check = &file->checks[file->nr_checks];
	unsigned nr;

	for (nr = 0; field[nr].name; nr++)
		names[nr] = field[nr].name;
	names[nr] = NULL;
	for (; field->name && strcmp(field->name, key->text); field++)
		;
	if (!field->name)
		return sim_file_expected_word(file, key, "a field", names);
	if (file->nr_checks++ == FILE_CHECKS_MAX)
		return sim_file_fail(file, key, "expected at most %d checks",
				     FILE_CHECKS_MAX);
	check->section = (enum file_section)section;
	check->object = object->text;
	check->field = field->name;
	check->line = key->line;
	return parse_check_value(file, field->kind, key->value, check);
}

static bool parse_section(struct scenario_file *file, unsigned section,
			  const struct file_node *map)
{
	const struct file_node *object, *key;

	if (!sim_file_is_map(file, map, "a map, NAME: {FIELD: VALUE}"))
		return false;
	for (object = map->items; object; object = object->next) {
		if (sim_file_use(file, sections[section].object, object,
				 FILE_TEARDOWN) < 0)
			return false;
		if (!sim_file_is_map(file, object->value,
				     "a map, FIELD: VALUE"))
			return false;
		for (key = object->value->items; key; key = key->next)
			if (!parse_field(file, section, object, key))
				return false;
	}
	return true;
}

bool sim_file_parse_check(struct scenario_file *file,
			  const struct file_node *node)
{
	static const char *const names[] = { "groups", "devices", "kvms",
					     NULL };
	const struct file_node *map;
	unsigned i;

	if (!sim_file_keys(file, node, "a part of check", names))
		return false;
	for (i = 0; i < SECTIONS_NR; i++) {
		map = sim_file_get(node, sections[i].name);
		if (map && !parse_section(file, i, map))
			return false;
	}
	return true;
}

/* ----------------------------------------------------------------- verdicts */

/* The words for a verdict; the last one is for none. */
static void list_verdicts(const char *ret_names[SIM_VERDICT_NR + 2])
{
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		ret_names[v] = sim_verdict_name((enum sim_verdict)v);
	ret_names[v] = "nothing";
	ret_names[v + 1] = NULL;
}

/* @alone: it stands in no list, so it may be "nothing". */
static bool add_verdict(struct scenario_file *file,
			const struct file_node *node, bool alone, unsigned *set)
{
	const char *names[SIM_VERDICT_NR + 2];
	int found;

	list_verdicts(names);
	if (!alone)
		names[SIM_VERDICT_NR] = NULL;
	if (!sim_file_is_scalar(file, node, "a verdict"))
		return false;
	found = sim_words_find(node->text, names);
	if (found < 0)
		return sim_file_expected_word(file, node, "a verdict", names);
	if (found < SIM_VERDICT_NR)
		*set |= SIM_SET(found);
	return true;
}

/* "nothing", "refused" or "[refused, deadlock]" */
static bool parse_verdicts(struct scenario_file *file,
			   const struct file_node *node, unsigned *ret_set)
{
	const struct file_node *item;

	*ret_set = 0;
	if (node->kind == FILE_SCALAR)
		return add_verdict(file, node, true, ret_set);
	if (!sim_file_is_list(file, node, "a list of verdicts"))
		return false;
	if (!node->items)
		return sim_file_fail(file, node,
				     "expected verdicts, or the word nothing");
	for (item = node->items; item; item = item->next)
		if (!add_verdict(file, item, false, ret_set))
			return false;
	return true;
}

/* One word of "B1 B8"; where it is in there only the YAML parser knew. */
static bool check_bug(struct scenario_file *file, const struct file_node *node,
		      const char *word)
{
	const char *names[NAMES_MAX + 1];
	struct file_node at = *node;
	unsigned nr;

	for (nr = 0; nr < NAMES_MAX && sim_bug_nth(nr); nr++)
		names[nr] = sim_bug_nth(nr)->name;
	names[nr] = NULL;
	at.text = word;
	return sim_words_find(word, names) >= 0 ||
	       sim_file_expected_word(file, &at, "a bug of vfiosim list --bugs",
				      names);
}

/* "B1 B8" */
static bool parse_bugs(struct scenario_file *file, const struct file_node *node,
		       const char **ret_bugs)
{
	char text[FILE_LINE_MAX + 1], *word, *save;

	if (!sim_file_line(file, node, "names of bugs", ret_bugs))
		return false;
	snprintf(text, sizeof(text), "%s", *ret_bugs);
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		if (!check_bug(file, node, word))
			return false;
	return true;
}

static bool parse_details(struct scenario_file *file,
			  const struct file_node *map,
			  struct sim_expect *expect)
{
	static const char *const keys[] = { "verdicts", "bugs", "bound", NULL };
	const struct file_node *node;
	long bound;

	if (!sim_file_keys(file, map, "a key of an expectation", keys))
		return false;
	node = sim_file_get(map, "verdicts");
	if (!node)
		return sim_file_fail(file, map, "expected 'verdicts:'");
	if (!parse_verdicts(file, node, &expect->set))
		return false;
	node = sim_file_get(map, "bugs");
	if (node && !parse_bugs(file, node, &expect->bugs))
		return false;
	node = sim_file_get(map, "bound");
	if (!node)
		return true;
	if (!sim_file_number(file, node, "a number of preemptions", &bound))
		return false;
	if (bound < 1 || bound > 1000)
		return sim_file_fail(file, node,
				     "expected 1 to 1000 preemptions, found "
				     "%ld",
				     bound);
	expect->bound = (unsigned)bound;
	return true;
}

/* --------------------------------------------------------------------- eras */

/* What is being filled: the array that the scenario will show. */
struct expects {
	struct scenario_file *file;
	struct sim_expect *array;
	unsigned nr;
};

static bool add_era(struct expects *x, const struct file_node *key,
		    const char *text, const struct sim_expect *expect)
{
	char format[SIM_TEXT_MAX * 4], error[SIM_TEXT_MAX];
	struct sim_options options = { 0 };
	const char *conflict;
	unsigned i;

	if (sim_option_set(&options, "era", text, error))
		return sim_file_fail(x->file, key, "%s", error);
	conflict = era_conflict(&options.era);
	if (conflict)
		return sim_file_fail(x->file, key,
				     "expected flags that go together: %s",
				     conflict);
	sim_era_format(&options.era, format, sizeof(format));
	for (i = 0; i < x->nr; i++)
		if (!strcmp(x->array[i].era, format))
			return sim_file_fail(x->file, key,
					     "expected era '%.60s' once",
					     format);
	if (x->nr == FILE_EXPECTS_MAX)
		return sim_file_fail(x->file, key, "expected at most %d eras",
				     FILE_EXPECTS_MAX);
	x->array[x->nr] = *expect;
	x->array[x->nr].era = sim_file_strdup(x->file, format);
	return x->array[x->nr++].era != NULL;
}

/* The place of an era among all, or -1: the file has failed. */
static int era_place(struct expects *x, const struct file_node *key,
		     const char *name)
{
	const char *names[NAMES_MAX + 1];
	struct file_node word = *key;
	unsigned nr;
	int place;

	for (nr = 0; nr < NAMES_MAX && era_name(nr); nr++)
		names[nr] = era_name(nr);
	names[nr] = NULL;
	place = sim_words_find(name, names);
	word.text = name;
	if (place < 0)
		sim_file_expected_word(x->file, &word, "an era", names);
	return place;
}

/* "v3.19..v4.14": both ends and all between them, in the order of --eras. */
static bool add_range(struct expects *x, const struct file_node *key,
		      char *text, const struct sim_expect *expect)
{
	char *dots = strstr(text, "..");
	int first, last;

	*dots = '\0';
	first = era_place(x, key, text);
	last = first < 0 ? -1 : era_place(x, key, dots + 2);
	if (last < 0)
		return false;
	if (last < first)
		return sim_file_fail(x->file, key,
				     "expected the earlier era first, found "
				     "'%s..%s'",
				     text, dots + 2);
	for (; first <= last; first++)
		if (!add_era(x, key, era_name((unsigned)first), expect))
			return false;
	return true;
}

static bool add_word(struct expects *x, const struct file_node *key, char *text,
		     const struct sim_expect *expect)
{
	char *end;

	text += strspn(text, " ");
	end = text + strlen(text);
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	return strstr(text, "..") ? add_range(x, key, text, expect) :
				    add_era(x, key, text, expect);
}

/* "v3.19, v4.0..v5.15, v3.19-patched check_order=atomic" */
static bool parse_eras(struct expects *x, const struct file_node *key)
{
	struct sim_expect expect = { 0 };
	char text[SIM_TEXT_MAX * 4], *word, *comma;
	bool parsed;

	if (strlen(key->text) >= sizeof(text))
		return sim_file_fail(x->file, key, "expected fewer eras");
	parsed = key->value->kind == FILE_MAP ?
			 parse_details(x->file, key->value, &expect) :
			 parse_verdicts(x->file, key->value, &expect.set);
	if (!parsed)
		return false;
	snprintf(text, sizeof(text), "%s", key->text);
	for (word = text; word; word = comma) {
		comma = strchr(word, ',');
		if (comma)
			*comma++ = '\0';
		if (!add_word(x, key, word, &expect))
			return false;
	}
	return true;
}

bool sim_file_parse_expect(struct scenario_file *file,
			   const struct file_node *node)
{
	struct expects x = { .file = file };
	const struct file_node *key;

	if (!sim_file_is_map(file, node, "a map, ERA: VERDICTS"))
		return false;
	x.array =
		sim_file_alloc(file, (FILE_EXPECTS_MAX + 1) * sizeof(*x.array));
	if (!x.array)
		return false;
	for (key = node->items; key; key = key->next)
		if (!parse_eras(&x, key))
			return false;
	file->scenario.expect = x.array;
	return true;
}
