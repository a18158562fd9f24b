/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collector.h - looks on while a search runs, and keeps one run of each class.
 */
#ifndef SIM_COLLECTOR_H
#define SIM_COLLECTOR_H

#include "certificate.h"

struct sim_collector;

/* For a search with @config, with @bytes_max for classes.  NULL: no memory. */
struct sim_collector *sim_collector_make(const struct sim_run_config *config,
					 size_t bytes_max);
/* NULL is fine. */
void sim_collector_free(struct sim_collector *collector);

/* @inner, watched; it is destroyed with what is returned.  NULL: no memory,
 * and @inner is destroyed already. */
struct sim_strategy *sim_collector_watch(struct sim_collector *collector,
					 struct sim_strategy *inner);

/* The run that ended is of a class.  0, -ENOMEM, or -ENOSPC: too many. */
int sim_collector_add(struct sim_collector *collector,
		      const struct sim_run *run);
/* One more class, as another collector has kept it; as above. */
int sim_collector_add_class(struct sim_collector *collector,
			    const struct sim_class *class);
/* All that were kept. */
const struct sim_certificate *
sim_collector_list(const struct sim_collector *collector);
/* A count can get to zero, as somebody else has seen.  False: no memory. */
bool sim_collector_know(struct sim_collector *collector, const void *obj);
/* The search starts anew. */
void sim_collector_clear(struct sim_collector *collector);

/* All classes were seen: write them.  As sim_certificate_write(). */
int sim_collector_write(struct sim_collector *collector, const char *path,
			uint64_t *ret_classes, char *error);

#endif
