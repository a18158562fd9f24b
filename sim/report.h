/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what the reports share: how an operation reads, and which tasks
 * have columns.  A report is a function here or in <vfiosim/sim.h>, a file
 * report_x.c and a golden file.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "trace.h"

#include <stddef.h>

/* What stands in a column's header: a task's role, or its name. */
const char *sim_report_role(const struct sim_trace *trace, unsigned task);

/*
 * An operation by its name in the source: "mutex_lock(&group->device_lock)",
 * "dev->driver = NULL".  For events of type STEP, PENDING, FREE, NOTE and
 * FACT.  Returns @buf.
 */
const char *sim_report_source(const struct sim_trace *trace,
			      const struct sim_event *event, char *buf,
			      size_t size);

/* The value that an operation read or left behind: "NULL", "3",
 * "vfio_group #1"; "" if it is not known.  Returns @buf. */
const char *sim_report_value(const struct sim_event *event, char *buf,
			     size_t size);

/* What the task of the first step behind a switch found pending in the one
 * that ran before: the event of what that one waits for, or NULL. */
const struct sim_event *sim_report_awaited(const struct sim_trace *trace,
					   size_t at, unsigned task);

/* Events of findings say their verdict: "refused: KVM...: -EINVAL".  Returns
 * @buf. */
const char *sim_report_finding(const struct sim_event *event, char *buf,
			       size_t size);

#endif
