/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chance.h - what strategies that go by chance share: numbers from a seed, and
 * when a run has one of its faults.
 */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include "engine.h"

struct sim_chance {
	uint64_t state;
	unsigned met; /* chances of a fault in this run */
	unsigned most; /* in any run */
	unsigned nr_points; /* of this run */
	unsigned points[SIM_FAULTS_MAX]; /* which of them are taken; 0: none */
};

void sim_chance_init(struct sim_chance *chance, uint64_t seed);
/* A run begins. */
void sim_chance_begin(struct sim_chance *chance);

uint64_t sim_chance_next(struct sim_chance *chance);
/* 0 to @n - 1, all as likely. */
unsigned sim_chance_below(struct sim_chance *chance, unsigned n);

/*
 * How @task goes on: an index among @choices.  A limited fault has its turn at
 * a few places of the run, each of them as likely as any other; were it chosen
 * like other outcomes, it would nearly always be an early one.  -1: the task
 * could only go on by a fault, and it is none's turn.
 */
int sim_chance_outcome(struct sim_chance *chance,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned task);

/* Tasks that a strategy has passed over at a step. */
struct sim_passed {
	uint64_t bits[(SIM_TASKS_MAX + 63) / 64];
};

static inline void sim_pass(struct sim_passed *passed, unsigned task)
{
	passed->bits[task / 64] |= 1ull << task % 64;
}

static inline bool sim_is_passed(const struct sim_passed *passed, unsigned task)
{
	return passed->bits[task / 64] >> task % 64 & 1;
}

/* Any enabled choice. */
int sim_chance_any(struct sim_chance *chance, const struct sim_choice *choices,
		   unsigned nr);

/* Can @task go on, by a fault if it must? */
bool sim_chance_enabled(const struct sim_choice *choices, unsigned nr,
			unsigned task);

#endif
