/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - files of schedules: whole or not at all.
 */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include <vfiosim/sim.h>

/*
 * Write @size bytes to @path: to a temporary name first, synced, then renamed.
 * Returns 0 or -EIO with the reason in @error (SIM_TEXT_MAX).
 */
int sim_store_file(const char *path, const char *bytes, size_t size,
		   char *error);

/* Write the schedule of a finding to a name of its own in @folder, which must
 * exist; sets finding->path.  Returns as sim_store_file(). */
int sim_store_schedule(const char *folder, const char *scenario,
		       struct sim_finding *finding, char *error);

/* Open a regular file for reading; never waits.  Returns a descriptor, -errno,
 * -ESPIPE: it is a pipe, a device or a socket. */
int sim_store_open(const char *path);

/*
 * Read a whole text file of at most @max bytes, without the byte order mark that
 * some editors write.  Returns malloced text, ended by 0, or NULL with the reason in @error (SIM_TEXT_MAX): unreadable, too
 * long, or not text.
 */
char *sim_store_read(const char *path, size_t max, char *error);

#endif
