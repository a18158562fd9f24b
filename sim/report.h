/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what the reports share: how an event reads, and what matters.
 *
 * A report is a function in <vfiosim/sim.h>, a file report_x.c and a golden
 * file in tests/golden/.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "trace.h"

#include <stddef.h>

#define REPORT_NONE ((size_t)-1)

/* What stands in the header of a task's column: its role, or its name. */
const char *sim_report_role(const struct sim_trace *trace, unsigned task);

/*
 * An event as it stands in the source: "mutex_lock(&group->device_lock)",
 * "dev->driver = NULL".  For all types but START and END.  Returns @buf.
 */
const char *sim_report_source(const struct sim_trace *trace, size_t at,
			      char *buf, size_t size);

/* The value that a step read or left behind: "NULL", "3", "vfio_group #1"; ""
 * if it is not known.  Returns @buf. */
const char *sim_report_value(const struct sim_event *event, char *buf,
			     size_t size);

/* What @task does next, or would do, at event @at or later: the index of a
 * STEP or PENDING, or REPORT_NONE. */
size_t sim_report_next(const struct sim_trace *trace, size_t at, unsigned task);

/* Who made the last step before event @at; 0: nobody yet. */
unsigned sim_report_previous(const struct sim_trace *trace, size_t at);

/* Does the environment ask for no colour: NO_COLOR, and not empty? */
bool sim_option_no_color(void);

/*
 * The events that explain what was found: for each finding in the trace the
 * reads that it rests on and the writes of other tasks that those saw or came
 * too early for, the locks of a deadlock, the free of a use after free; and
 * all notes and chosen outcomes.  Returns one flag per event, malloced, or
 * NULL: out of memory.
 */
bool *sim_report_slice(const struct sim_trace *trace);

#endif
