/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.h - a file of whole records, one writer at a time, that a search can
 * go on from after whatever ended it.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include "wire.h"

#include <vfiosim/sim.h>

struct sim_journal;

/* What a journal is of; two are of the same search if all of these agree. */
struct sim_journal_title {
	const char *name; /* "scenario"; NULL: no more */
	const char *value;
};

/*
 * Both: errors go to @error (SIM_TEXT_MAX), with the name of the file; NULL
 * then, and *ret_error is -EINVAL: it is no such journal, -EBUSY: somebody
 * writes it, -EIO, -ENOMEM.
 */

/* A new one; it must not be there yet. */
struct sim_journal *sim_journal_create(const char *path,
				       const struct sim_journal_title *titles,
				       char *error, int *ret_error);
/* One that is there.  A record that was not written to its end is dropped. */
struct sim_journal *sim_journal_open(const char *path,
				     const struct sim_journal_title *titles,
				     char *error, int *ret_error);
/* Writes what is not written yet.  NULL is fine. */
void sim_journal_close(struct sim_journal *journal);

/* The next record: 1, with the bytes, which stay until the next call; 0: there
 * is none; -EINVAL, with @error: wrong bytes. */
int sim_journal_read(struct sim_journal *journal, const unsigned char **bytes,
		     size_t *nr, char *error);

/* All that is wanted was read: what is behind it goes.  0, or -EIO. */
int sim_journal_go_on(struct sim_journal *journal, char *error);

/* Behind all that was read.  0, or -EIO with @error; the file is what it was
 * then. */
int sim_journal_append(struct sim_journal *journal, const void *bytes,
		       size_t nr, char *error);

#endif
