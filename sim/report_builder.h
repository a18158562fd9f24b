/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_builder.h - JSON piece by piece, without a test behind each piece.
 */
#ifndef SIM_REPORT_BUILDER_H
#define SIM_REPORT_BUILDER_H

#include <json-c/json.h>

#include <stdbool.h>
#include <stdint.h>

/* Memory may run out anywhere; one answer at the end is enough. */
struct sim_json {
	bool failed;
};

/* Each takes @value over; a NULL value means that memory has run out. */
void sim_json_add(struct sim_json *b, struct json_object *object,
		  const char *key, struct json_object *value);
void sim_json_append(struct sim_json *b, struct json_object *array,
		     struct json_object *value);

/* A NULL text is left out. */
void sim_json_text(struct sim_json *b, struct json_object *object,
		   const char *key, const char *text);
void sim_json_number(struct sim_json *b, struct json_object *object,
		     const char *key, uint64_t number);
void sim_json_bool(struct sim_json *b, struct json_object *object,
		   const char *key, bool value);

/* The names of a set of verdicts, as an array. */
void sim_json_verdicts(struct sim_json *b, struct json_object *object,
		       const char *key, unsigned set);

#endif
