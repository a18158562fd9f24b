/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transcript.h - scripts as a test writes them down: each operation with what
 * must come of it, "bind dev=d0 drv=vfio -> 0".
 */
#ifndef VFIOSIM_TESTS_TRANSCRIPT_H
#define VFIOSIM_TESTS_TRANSCRIPT_H

#include "kit.h"

#include <vfiosim/script.h>

/* The script that runs, and the result of its last step. */
extern struct script *script;
extern const struct script_result *result;

/* Begin a script in an era, perhaps with overrides; the first halts at BUG_ON() and runs on the
 * default carrier. */
void transcript_begin(const char *era);
void transcript_begin_as(const char *era, enum script_bug_mode mode,
			 enum sim_carrier_kind carrier);
void transcript_stop(void);
/* The same, as a test's teardown: for tests that failed halfway. */
int transcript_end(void **state);

/* An operation out of "bind dev=d0 drv=vfio".  0 or -EINVAL, @error says why. */
int transcript_parse(const char *text, struct script_op *op, char *error);
/* Run one, whatever comes of it; fails the test if it cannot be run. */
void transcript_run(const char *text);
/* Run each line and compare what comes of it; ended by NULL. */
void transcript(const char *const *lines);

/* What the last step told: "vdev:open:d0 iommu:open". */
void transcript_events(const char *expected);
/* And which operations it let end or park: "7: 0; 8: parked at probe_exit". */
void transcript_completed(const char *expected);

/* The machine's state between two steps; valid until the next call. */
const struct script_state *transcript_state(void);

#define TRANSCRIPT(...) transcript((const char *const[]){ __VA_ARGS__, NULL })

/* A group of two devices, one under VFIO, the group open and attached: nine
 * lines. */
#define USED_GROUP                                                             \
	"driver_register name=vfio kind=vfio -> 0",                            \
		"driver_register name=host kind=host -> 0",                    \
		"device_add dev=d0 group=g -> 0",                              \
		"device_add dev=d1 group=g -> 0", "bind dev=d0 drv=vfio -> 0", \
		"container_open -> 0 fd=3 container=0",                        \
		"group_open group=g -> 0 fd=4",                                \
		"set_container group_fd=4 container_fd=3 -> 0",                \
		"set_iommu container_fd=3 -> 0"

#endif
