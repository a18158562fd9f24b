/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_list.h - the parts of vfiosim list that have files of their own.
 */
#ifndef SIM_CMD_LIST_H
#define SIM_CMD_LIST_H

#include "cmd.h"

#include <json-c/json.h>

void sim_list_bugs(void);
struct json_object *sim_list_bugs_json(void);

#endif
