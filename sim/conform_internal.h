/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_internal.h - the parts of the conformance runner; for
 * sim/conform*.c.
 */
#ifndef SIM_CONFORM_INTERNAL_H
#define SIM_CONFORM_INTERNAL_H

#include <json-c/json.h>
#include <zlib.h>

#include <vfiosim/script.h>

#include "conform.h"

/* ---------------------------------------------------------------- conform_text.c */

/* A text that grows; cleared, never shrunk. */
struct conform_text {
	char *bytes; /* ends with a NUL once something was written */
	size_t used, max;
	bool failed; /* out of memory: what it holds is not complete */
};

void sim_conform_text_clear(struct conform_text *text);
void sim_conform_text_release(struct conform_text *text);
void sim_conform_print(struct conform_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* As it stands; and as a JSON string. */
void sim_conform_write(struct conform_text *text, const char *s);
void sim_conform_quote(struct conform_text *text, const char *s);

/* -------------------------------------------------------------- conform_reader.c */

/* A file, line by line. */
struct conform_reader {
	const char *name;
	gzFile file;
	unsigned long line; /* number of the last one read */
	char *bytes; /* CONFORM_LINE_MAX */
	size_t size; /* of the line, its end of line left out */
	struct json_tokener *tokener;
	char error[SIM_TEXT_MAX]; /* "FILE:LINE: expected ..., found ..." */
};

/* Returns 0, or -EIO or -ENOMEM with reader->error set. */
int sim_conform_reader_open(struct conform_reader *reader, const char *name);
void sim_conform_reader_close(struct conform_reader *reader);
/* Returns 1: a line; 0: the end of the file; -EIO with ->error set. */
int sim_conform_reader_next(struct conform_reader *reader);
/* The line as one JSON object, the caller's; or NULL with ->error set. */
struct json_object *sim_conform_reader_parse(struct conform_reader *reader);
/* Fill ->error; return -EINVAL.  @why: "expected ..., found ..." */
int sim_conform_refuse(struct conform_reader *reader, const char *why);
int sim_conform_expected(struct conform_reader *reader, const char *what,
			 const char *found);

/* -------------------------------------------------------------- conform_render.c */

/* The "res" of a step, in the corpora's order of keys.  @state: NULL after a
 * crash. */
void sim_conform_render_result(struct conform_text *text,
			       const struct script_result *result,
			       const struct script_state *state);
/* {"end":{...}} after @steps steps, the last one of which had @last. */
void sim_conform_render_end(struct conform_text *text, struct script *script,
			    unsigned steps, const struct script_result *last);

/* ------------------------------------------------------------- conform_compare.c */

/* Returns 0, or -EINVAL with the reason in @error. */
int sim_conform_parse_op(struct json_object *object, struct script_op *ret_op,
			 char *error);

/*
 * Compare two "res" or "end" objects, leaf by leaf.  Appends a line to @diff
 * for each difference, up to a limit.  Returns the number of differences.
 */
unsigned sim_conform_compare(struct json_object *expected,
			     struct json_object *actual,
			     struct conform_text *diff);

/* ------------------------------------------------------------ conform_sequence.c */

enum conform_outcome {
	CONFORM_SEQUENCE_EQUAL,
	CONFORM_SEQUENCE_DIFFERENT,
	CONFORM_SEQUENCE_UNDECIDED, /* @text: what went wrong */
	CONFORM_SEQUENCE_LEFT_OUT, /* another one was asked for */
	/* No sequence, but the last record of a file. */
	CONFORM_FILE_END, /* all of it was replayed */
	CONFORM_FILE_CUT, /* interrupted */
	CONFORM_FILE_BAD /* @text: "FILE:LINE: expected ..., found ..." */
};

#define CONFORM_RECORD_NAME_MAX 96
#define CONFORM_RECORD_TEXT_MAX 3072

/* What became of one sequence or file; plain data, so that it fits through a
 * pipe.  Names and texts are fit to print. */
struct conform_record {
	enum conform_outcome outcome;
	unsigned steps; /* equal ones */
	double seconds; /* of processor time, for a file */
	char name[CONFORM_RECORD_NAME_MAX]; /* cut if it is longer */
	char era[ERA_NAME_MAX];
	char text[CONFORM_RECORD_TEXT_MAX];
};

/* What replaying sequences needs again and again. */
struct conform_replayer {
	enum sim_carrier_kind carrier;
	const char *only;
	bool (*stopped)(void); /* asked at each line */
	struct script_state state;
	struct conform_text actual, diff;
	struct json_tokener *tokener;
};

/*
 * Read and replay the sequence whose header was just read, to its end record.
 * Fills @record.  Returns 0; -EINTR: replayer->stopped() said so; or an error
 * with reader->error set.
 */
int sim_conform_sequence(struct conform_replayer *replayer,
			 struct conform_reader *reader,
			 struct conform_record *record);

/* ----------------------------------------------------------------- conform_jobs.c */

/*
 * Replay all files; every record, in order of the files, goes to @take.  Ends
 * early behind a bad file or when interrupted.  Returns 0 or -errno.
 */
int sim_conform_replay(const struct conform_options *options,
		       const char *const *files, unsigned nr,
		       void (*take)(const struct conform_record *record,
				    void *arg),
		       void *arg);

#endif
