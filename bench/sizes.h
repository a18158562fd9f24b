/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sizes.h - the sizes in which the reference scenario is measured, and what is
 * known of each.
 */
#ifndef VFIOSIM_BENCH_SIZES_H
#define VFIOSIM_BENCH_SIZES_H

#include "bench.h"
#include "reference.h"

/*
 * @postx, @fix: classes, from an enumerator that shares no code with this
 * project; 0: unknown.  @precise: every operation on container_users depends
 * on every other.
 */
struct bench_size {
	unsigned devices, unbinders, lookups;
	uint64_t postx, fix;
	bool precise;
};

/* Ended by .devices == 0; the precise ones last. */
extern const struct bench_size bench_sizes[];

extern const char *const bench_variants[]; /* by enum reference_variant */

/* Do the options ask for this one? */
bool bench_size_wanted(const struct bench *bench,
		       const struct bench_size *size);

struct reference bench_size_reference(const struct bench_size *size,
				      enum reference_variant variant);

/* "2,2,1". */
void bench_size_set(struct bench_row *row, unsigned column,
		    const struct bench_size *size);

#endif
