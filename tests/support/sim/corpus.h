/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * corpus.h - files of recorded sequences for tests, and what the conformance
 * runner says of them.
 */
#ifndef VFIOSIM_TESTS_CORPUS_H
#define VFIOSIM_TESTS_CORPUS_H

#include "conform.h"

/* Of 11 sequences and 188 steps, and of 25 and 418. */
#define FIELDS VFIOSIM_CONFORMANCE "/fields.jsonl"
#define WINDOW VFIOSIM_CONFORMANCE "/hand-window.v3.19.jsonl.gz"

/* A sequence of one step that is equal. */
#define HEADER "{\"seq\":\"s\",\"era\":\"v3.19\",\"bug_mode\":\"halt\"}\n"
#define RES                                                                 \
	"\"res\":{\"ret\":0,\"warn\":0,\"bug\":0,\"state\":{\"groups\":{}," \
	"\"devices\":{},\"containers\":{},\"kvms\":{},\"ext\":{},"          \
	"\"dev_refs\":{},\"iommu_objs\":0,\"mod_vfio\":0,\"mod_iommu\":0}}"
#define STEP "{\"i\":0,\"op\":{\"op\":\"tick\"}," RES "}\n"
#define END                                                      \
	"{\"end\":{\"ops\":1,\"halted\":false,\"live_allocs\":{" \
	"\"iommu_bus_nb\":1,\"iommu_driver\":1},\"stuck\":[]}}\n"

/* What the runner said; options->out is its own. */
struct said {
	enum conform_status status;
	struct conform_total total;
	char *out;
};

void said_of(const struct conform_options *options, const char *const *files,
	     unsigned nr, struct said *ret_said);
void said_release(struct said *said);

#endif
