/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * child.h - another program, what it prints and what it costs.
 */
#ifndef VFIOSIM_BENCH_CHILD_H
#define VFIOSIM_BENCH_CHILD_H

#define CHILD_OUTPUT_MAX 16384

struct bench_child {
	int status; /* as an exit status; of a signal 128 and more */
	double seconds; /* CPU */
	char output
		[CHILD_OUTPUT_MAX]; /* both streams, as far as there is room */
};

/*
 * Run @argv, which the PATH is searched for, in @folder, with nothing to read.
 * An interrupt of this program ends it.  Returns 0, -ENOENT: there is no such
 * program; -EINTR: it was interrupted; or another -errno.
 */
int bench_child_run(const char *const *argv, const char *folder,
		    struct bench_child *ret_child);

#endif
