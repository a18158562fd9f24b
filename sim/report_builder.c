/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_builder.c - JSON piece by piece; see report_builder.h.
 */
#include "report_builder.h"

#include <vfiosim/sim.h>

void sim_json_add(struct sim_json *b, struct json_object *object,
		  const char *key, struct json_object *value)
{
	if (value && object && !json_object_object_add(object, key, value))
		return;
	json_object_put(value);
	b->failed = true;
}

void sim_json_append(struct sim_json *b, struct json_object *array,
		     struct json_object *value)
{
	if (value && array && !json_object_array_add(array, value))
		return;
	json_object_put(value);
	b->failed = true;
}

void sim_json_text(struct sim_json *b, struct json_object *object,
		   const char *key, const char *text)
{
	if (text)
		sim_json_add(b, object, key, json_object_new_string(text));
}

void sim_json_number(struct sim_json *b, struct json_object *object,
		     const char *key, uint64_t number)
{
	sim_json_add(b, object, key, json_object_new_uint64(number));
}

void sim_json_bool(struct sim_json *b, struct json_object *object,
		   const char *key, bool value)
{
	sim_json_add(b, object, key, json_object_new_boolean(value));
}

void sim_json_verdicts(struct sim_json *b, struct json_object *object,
		       const char *key, unsigned set)
{
	struct json_object *array = json_object_new_array();
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (set & SIM_SET(v))
			sim_json_append(b, array,
					json_object_new_string(sim_verdict_name(
						(enum sim_verdict)v)));
	sim_json_add(b, object, key, array);
}
