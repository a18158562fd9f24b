/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - processes that stay, each with a piece of work at a time: what it is,
 * and what came of it, are bytes.
 *
 * They are copies of this one as it was when they were made.
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "wire.h"

#define SIM_POOL_MAX 64

struct sim_pool;

/* In the process; @arg as it was when the process was made. */
struct sim_pool_work {
	/* Once, before anything else; false: it ends. */
	bool (*begin)(void *arg);
	/* Read @in, write down what came of it. */
	void (*work)(struct sim_in *in, struct sim_out *out, void *arg);
	void *arg;
};

/* What one of them says. */
enum sim_pool_what { SIM_POOL_NOTHING, SIM_POOL_ANSWER, SIM_POOL_DEATH };

struct sim_pool_word {
	unsigned process; /* 0 to number of processes - 1 */
	unsigned char *bytes; /* of an answer; the caller frees it */
	size_t nr;
	char error[64]; /* of a death: "killed by signal 9" */
};

/* NULL: not one process could be made; errno says why. */
struct sim_pool *sim_pool_make(unsigned nr, const struct sim_pool_work *work);
/* Whatever they do, it ends.  NULL is fine. */
void sim_pool_free(struct sim_pool *pool);

/* One that has nothing to do, or -1. */
int sim_pool_idle(const struct sim_pool *pool);
/* An idle process; should it be dead already, it is listened to as others. */
void sim_pool_give(struct sim_pool *pool, unsigned process, const void *bytes,
		   size_t nr);
/* Wait, but not longer than that.  Whoever died is replaced. */
enum sim_pool_what sim_pool_listen(struct sim_pool *pool, int timeout_ms,
				   struct sim_pool_word *ret_word);
/* How many there are: not all may have been to be had. */
unsigned sim_pool_processes(const struct sim_pool *pool);
/* For tests. */
int sim_pool_pid(const struct sim_pool *pool, unsigned process);

/* Inside work(), now and then: does anybody listen any more? */
bool sim_pool_abandoned(void);

#endif
