/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_reader.c - corpora, line by line: plain or compressed, in constant
 * memory, and trusted in nothing.
 */
#include "conform_internal.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOUND_MAX 60

int sim_conform_expected(struct conform_reader *reader, const char *what,
			 const char *found)
{
	char shown[FOUND_MAX + 4];

	snprintf(shown, sizeof(shown), "%.*s%s", FOUND_MAX, found,
		 strlen(found) > FOUND_MAX ? "..." : "");
	snprintf(reader->error, sizeof(reader->error),
		 "%.100s:%lu: expected %s, found %s", reader->name,
		 reader->line, what, shown);
	return -EINVAL;
}

int sim_conform_refuse(struct conform_reader *reader, const char *why)
{
	snprintf(reader->error, sizeof(reader->error), "%.100s:%lu: %s",
		 reader->name, reader->line, why);
	return -EINVAL;
}

static gzFile open_regular(const char *name)
{
	int fd = sim_store_open(name);
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "rb");

	if (fd < 0)
		errno = -fd;
	else if (!file)
		(void)close(fd);
	return file;
}

int sim_conform_reader_open(struct conform_reader *reader, const char *name)
{
	memset(reader, 0, sizeof(*reader));
	reader->name = name;
	reader->bytes = malloc(CONFORM_LINE_MAX);
	reader->tokener = json_tokener_new();
	reader->file = open_regular(name);
	if (reader->bytes && reader->tokener && reader->file) {
		(void)gzbuffer(reader->file, 1u << 16);
		return 0;
	}
	snprintf(reader->error, sizeof(reader->error), "%.200s: %s", name,
		 errno == ESPIPE ? "expected a regular file" :
				   strerror(errno ? errno : ENOMEM));
	sim_conform_reader_close(reader);
	return -EIO;
}

void sim_conform_reader_close(struct conform_reader *reader)
{
	if (reader->file)
		(void)gzclose(reader->file);
	if (reader->tokener)
		json_tokener_free(reader->tokener);
	free(reader->bytes);
	reader->file = NULL;
	reader->tokener = NULL;
	reader->bytes = NULL;
}

/* No more lines: because the file is over, or because it is damaged? */
static int end_of_file(struct conform_reader *reader)
{
	int err = Z_OK;
	const char *text = gzerror(reader->file, &err);

	if (err == Z_OK || err == Z_STREAM_END)
		return 0;
	if (err == Z_BUF_ERROR)
		text = "the end of the file";
	else if (err == Z_ERRNO)
		text = strerror(errno);
	else if (strstr(text, ": "))
		text = strstr(text, ": ") + 2; /* behind zlib's own name */
	(void)sim_conform_expected(reader, "more compressed data", text);
	return -EIO;
}

int sim_conform_reader_next(struct conform_reader *reader)
{
	z_off_t start = gztell(reader->file);

	reader->line++;
	reader->bytes[0] = '\0';
	if (!gzgets(reader->file, reader->bytes, (int)CONFORM_LINE_MAX))
		return end_of_file(reader);
	reader->size = strlen(reader->bytes);
	if (gztell(reader->file) - start != (z_off_t)reader->size) {
		(void)sim_conform_expected(reader, "text", "a NUL byte");
		return -EIO;
	}
	if (reader->size && reader->bytes[reader->size - 1] == '\n') {
		reader->bytes[--reader->size] = '\0';
		return 1;
	}
	if (reader->size == CONFORM_LINE_MAX - 1) {
		(void)sim_conform_expected(reader, "a line below 1 MiB",
					   "a longer one");
		return -EIO;
	}
	return end_of_file(reader) ? -EIO : 1;
}

/* Keys as the text has them, repeated ones too. */
static size_t count_colons(const char *text)
{
	bool quoted = false;
	size_t nr = 0;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (*text == ':' && !quoted)
			nr++;
	}
	return nr;
}

/* Keys as they were kept: of two with one name the last. */
static size_t count_members(struct json_object *value)
{
	size_t nr = 0, i;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			nr += 1 + count_members(member);
		}
	} else if (json_object_is_type(value, json_type_array)) {
		for (i = 0; i < json_object_array_length(value); i++)
			nr += count_members(
				json_object_array_get_idx(value, i));
	}
	return nr;
}

struct json_object *sim_conform_reader_parse(struct conform_reader *reader)
{
	struct json_tokener *tokener = reader->tokener;
	struct json_object *object;
	enum json_tokener_error err;

	json_tokener_reset(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* The NUL ends a number, too. */
	object = json_tokener_parse_ex(tokener, reader->bytes,
				       (int)reader->size + 1);
	err = json_tokener_get_error(tokener);
	if (err == json_tokener_success &&
	    json_object_is_type(object, json_type_object)) {
		if (count_members(object) == count_colons(reader->bytes))
			return object;
		(void)sim_conform_expected(reader, "each key once",
					   "one that is repeated");
	} else if (err == json_tokener_success && reader->size) {
		(void)sim_conform_expected(reader, "a JSON object",
					   reader->bytes);
	} else {
		(void)sim_conform_expected(
			reader, "a JSON object",
			reader->size ? json_tokener_error_desc(err) :
				       "an empty line");
	}
	json_object_put(object);
	return NULL;
}
