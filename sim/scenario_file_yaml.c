/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_yaml.c - YAML as far as scenarios need it: maps, lists and
 * scalars.  Anchors, aliases, tags and further documents are refused, and
 * whatever could grow has a limit.
 */
#include "scenario_file_internal.h"

#include <string.h>
#include <yaml.h>

#define NODES_MAX 8192u
#define DEPTH_MAX 10u

struct reader {
	struct scenario_file *file;
	const char *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event; /* the one that is looked at */
	bool event_valid;
};

/* Where the parser is, as a node: all that errors need of one. */
static struct file_node here(const yaml_mark_t *mark)
{
	return (struct file_node){ .line = (int)mark->line + 1,
				   .column = (int)mark->column + 1 };
}

static bool refuse(struct reader *r, const char *why)
{
	const struct file_node at = here(&r->event.start_mark);

	return sim_file_fail(r->file, &at, "%s", why);
}

/* Where a byte stands; of what is no UTF-8 the parser says no more. */
static struct file_node at_byte(const char *text, size_t byte)
{
	struct file_node at = { .line = 1, .column = 1 };
	size_t i;

	for (i = 0; i < byte; i++) {
		at.column = text[i] == '\n' ? 1 : at.column + 1;
		at.line += text[i] == '\n';
	}
	return at;
}

/* What is no UTF-8 is most likely text in another encoding. */
static bool refuse_byte(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	size_t place =
		p->problem_offset < r->size ? p->problem_offset : r->size;
	const struct file_node at = at_byte(r->text, place);
	unsigned char byte =
		place < r->size ? (unsigned char)r->text[place] : 0;

	if (byte < 0x80 || !strncmp(p->problem, "control", strlen("control")))
		return sim_file_fail(r->file, &at, "expected YAML: %s",
				     p->problem);
	return sim_file_fail(r->file, &at,
			     "expected text in UTF-8, found the byte 0x%02x "
			     "of another encoding",
			     byte);
}

static bool refuse_yaml(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const struct file_node at = here(&p->problem_mark);

	if (p->error == YAML_READER_ERROR)
		return refuse_byte(r);
	return sim_file_fail(r->file, &at, "expected YAML: %s",
			     p->problem ? p->problem : "out of memory");
}

static void drop(struct reader *r)
{
	if (r->event_valid)
		yaml_event_delete(&r->event);
	r->event_valid = false;
}

static bool next(struct reader *r)
{
	drop(r);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return refuse_yaml(r);
	r->event_valid = true;
	return true;
}

/* -------------------------------------------------------------------- nodes */

static bool build(struct reader *r, unsigned depth, struct file_node **ret);

static struct file_node *make_node(struct reader *r, enum file_node_kind kind)
{
	struct file_node *node;

	if (++r->file->nr_nodes > NODES_MAX) {
		refuse(r, "expected a smaller file");
		return NULL;
	}
	node = sim_file_alloc(r->file, sizeof(*node));
	if (!node)
		return NULL;
	*node = here(&r->event.start_mark);
	node->kind = kind;
	return node;
}

static bool build_scalar(struct reader *r, struct file_node **ret)
{
	const char *text = (const char *)r->event.data.scalar.value;
	struct file_node *node = make_node(r, FILE_SCALAR);

	if (!node)
		return false;
	if (strlen(text) != r->event.data.scalar.length)
		return refuse(r, "expected text, found a NUL character");
	node->text = sim_file_strdup(r->file, text);
	*ret = node;
	return node->text != NULL;
}

static bool build_list(struct reader *r, unsigned depth, struct file_node **ret)
{
	struct file_node *node = make_node(r, FILE_LIST), **end;

	if (!node)
		return false;
	for (end = &node->items;; end = &(*end)->next) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (!build(r, depth + 1, end))
			return false;
	}
	*ret = node;
	return true;
}

/* Twice the same key is a slip of which a half would be ignored. */
static bool check_key(struct reader *r, const struct file_node *map,
		      const struct file_node *key)
{
	const struct file_node *other;

	if (key->kind != FILE_SCALAR)
		return sim_file_fail(r->file, key,
				     "expected a word as key, found a %s",
				     key->kind == FILE_LIST ? "list" : "map");
	for (other = map->items; other != key; other = other->next)
		if (!strcmp(other->text, key->text))
			return sim_file_fail(
				r->file, key,
				"expected '%.40s' once, found it in line %d, "
				"too",
				key->text, other->line);
	return true;
}

static bool build_map(struct reader *r, unsigned depth, struct file_node **ret)
{
	struct file_node *node = make_node(r, FILE_MAP), **end;

	if (!node)
		return false;
	for (end = &node->items;; end = &(*end)->next) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!build(r, depth + 1, end) || !check_key(r, node, *end) ||
		    !next(r) || !build(r, depth + 1, &(*end)->value))
			return false;
	}
	*ret = node;
	return true;
}

static const void *anchor_of(const yaml_event_t *e)
{
	return e->type == YAML_SCALAR_EVENT ? e->data.scalar.anchor :
	       e->type == YAML_SEQUENCE_START_EVENT ?
					      e->data.sequence_start.anchor :
					      e->data.mapping_start.anchor;
}

static const void *tag_of(const yaml_event_t *e)
{
	return e->type == YAML_SCALAR_EVENT ? e->data.scalar.tag :
	       e->type == YAML_SEQUENCE_START_EVENT ?
					      e->data.sequence_start.tag :
					      e->data.mapping_start.tag;
}

/* The node that begins with the event that is looked at. */
static bool build(struct reader *r, unsigned depth, struct file_node **ret)
{
	if (depth > DEPTH_MAX)
		return refuse(r, "expected fewer lists and maps in each other");
	if (r->event.type == YAML_ALIAS_EVENT)
		return refuse(r, "expected a value, found an alias (*), which "
				 "has no place here");
	if (anchor_of(&r->event))
		return refuse(r, "expected a value, found an anchor (&), which "
				 "has no place here");
	if (tag_of(&r->event))
		return refuse(r, "expected a value, found a tag (!), which has "
				 "no place here");
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return build_scalar(r, ret);
	case YAML_SEQUENCE_START_EVENT:
		return build_list(r, depth, ret);
	case YAML_MAPPING_START_EVENT:
		return build_map(r, depth, ret);
	default:
		return refuse(r, "expected a value");
	}
}

/* ----------------------------------------------------------------- document */

static bool expect_event(struct reader *r, yaml_event_type_t type,
			 const char *why)
{
	if (!next(r))
		return false;
	return r->event.type == type || refuse(r, why);
}

static bool read_document(struct reader *r, struct file_node **ret_root)
{
	return expect_event(r, YAML_STREAM_START_EVENT, "expected YAML") &&
	       expect_event(r, YAML_DOCUMENT_START_EVENT,
			    "expected a scenario, found nothing") &&
	       next(r) && build(r, 0, ret_root) &&
	       expect_event(r, YAML_DOCUMENT_END_EVENT,
			    "expected the end of the document") &&
	       expect_event(r, YAML_STREAM_END_EVENT,
			    "expected one document, found another one");
}

struct file_node *sim_file_read(struct scenario_file *file, const char *text,
				size_t size)
{
	struct reader r = { .file = file, .text = text, .size = size };
	struct file_node *root = NULL;
	bool read;

	if (!yaml_parser_initialize(&r.parser)) {
		sim_file_fail(file, NULL, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text,
				     size);
	read = read_document(&r, &root);
	drop(&r);
	yaml_parser_delete(&r.parser);
	return read ? root : NULL;
}
