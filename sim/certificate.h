/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * certificate.h - the list of all classes of interleavings of a scenario, one
 * run of each, as a search writes it and anybody can verify it.
 *
 * docs/certificates.md describes the text.  Files are untrusted input.
 */
#ifndef SIM_CERTIFICATE_H
#define SIM_CERTIFICATE_H

#include "schedule.h"
#include "steps.h"

/* Of the text; a search that would write more gives up. */
#define CERTIFICATE_BYTES_MAX ((size_t)1 << 28)

/* One class: a run of it, and what was found in it. */
struct sim_class {
	struct sim_act *acts;
	size_t nr;
	unsigned verdicts;
	int lineno;
};

struct sim_certificate {
	char scenario[SCHEDULE_NAME_MAX];
	struct kernel_era era;
	bool timeouts, signals; /* without limit, on top of @faults */
	struct sim_faults faults;
	uint64_t invariants;
	unsigned steps_max;
	uint64_t dependence; /* sim_dependence_hash() */
	uint64_t nr_classes; /* as it says */
	uint64_t found[SIM_VERDICT_NR]; /* in so many classes, as it says */
	struct sim_class *classes; /* as they stand there */
	size_t nr, nr_max, acts; /* all of their steps */
	size_t bytes_max; /* for them; 0: CERTIFICATE_BYTES_MAX */
};

/* ------------------------------------------------------------------ reading */

/*
 * Parse @text.  @name stands for the file in @error (SIM_TEXT_MAX), which names
 * line, expectation and what stands there.  Returns 0, -EINVAL, -ENOMEM.
 */
int sim_certificate_parse(const char *text, const char *name,
			  struct sim_certificate *ret_certificate, char *error);
/* The same for a file, compressed or not.  Also -EIO. */
int sim_certificate_read(const char *path,
			 struct sim_certificate *ret_certificate, char *error);
void sim_certificate_release(struct sim_certificate *certificate);

/* One more class; @acts are copied.  0, -ENOMEM or -ENOSPC. */
int sim_certificate_add(struct sim_certificate *certificate,
			const struct sim_class *class);

/* All classes are given up again. */
void sim_certificate_clear(struct sim_certificate *certificate);

/* Does what it says of itself agree with what stands there, and with this
 * program?  @reason: SIM_TEXT_MAX bytes. */
bool sim_certificate_agrees(const struct sim_certificate *certificate,
			    char *reason);

/* ------------------------------------------------------------------ writing */

/* Sorts the classes, each once, and counts them. */
void sim_certificate_sort(struct sim_certificate *certificate);

/* The text; malloced, or NULL: no memory. */
char *sim_certificate_format(const struct sim_certificate *certificate);

/* How to make its runs. */
struct sim_run_config
sim_certificate_config(const struct sim_certificate *certificate,
		       const struct sim_scenario *scenario,
		       const struct sim_carrier *carrier);

/* What was found in a run. */
unsigned sim_run_verdicts(const struct sim_run *run);

/*
 * Write it to @path: to a temporary name first, then renamed; compressed if it
 * ends in ".gz".  Returns 0, or -errno with the reason in @error.
 */
int sim_certificate_write(const struct sim_certificate *certificate,
			  const char *path, char *error);

#endif
