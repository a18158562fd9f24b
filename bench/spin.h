/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spin.h - the model checker SPIN on reference.pml, where it is installed.
 */
#ifndef VFIOSIM_BENCH_SPIN_H
#define VFIOSIM_BENCH_SPIN_H

#include "bench.h"
#include "reference.h"

/* reference.pml, as it stands in the source. */
extern const char bench_reference_pml[];

struct bench_spin {
	uint64_t states, transitions;
	double seconds; /* CPU of the check alone, median */
};

/**
 * bench_spin_run - let SPIN explore the scenario to its end
 * @reduce: with partial-order reduction
 * @remark: SIM_TEXT_MAX bytes; why there is no answer
 *
 * Works in a folder of its own, which is gone afterwards.  Returns 0; -ENOENT:
 * spin or cc is not installed; -EINTR: interrupted; -EIO: something else, which
 * @remark names.
 */
int bench_spin_run(struct bench *bench, const struct reference *reference,
		   bool reduce, struct bench_spin *ret_spin, char *remark);

#endif
