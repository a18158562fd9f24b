/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verify.h - is a list of runs one of each class of interleavings, and of all
 * of them?
 */
#ifndef SIM_VERIFY_H
#define SIM_VERIFY_H

#include "certificate.h"

enum sim_verified {
	SIM_FAILED, /* no memory, or the machine does not behave the same twice */
	SIM_ACCEPTED,
	SIM_REJECTED,
	SIM_UNDECIDED /* the budget is spent */
};

struct sim_verification {
	enum sim_verified answer;
	uint64_t runs, steps; /* what it cost */
	int lineno; /* of the class that was looked at last; 0: of none */
	char reason[SIM_TEXT_MAX]; /* unless accepted */
};

/* Say so, and why, of a class with the line where it stands.  Returns whether
 * it is accepted. */
bool sim_judge(struct sim_verification *verification, enum sim_verified answer,
	       const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Make each run of @certificate again, and see whether any other order of its
 * steps, or any other outcome, leads to a run of a class that is not listed.
 * @carrier: to run on
 * @budget:  of runs; 0: none
 */
void sim_certificate_verify(const struct sim_certificate *certificate,
			    const struct sim_scenario *scenario,
			    const struct sim_carrier *carrier, uint64_t budget,
			    struct sim_verification *ret_verification);

#endif
