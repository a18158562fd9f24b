/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baton_cond.c - hand-over between threads where there is no futex of ours.
 *
 * A mutex and a condition variable: correct everywhere, but an edge to every
 * race detector, which therefore reports nothing between tasks here.
 */
#include "carrier.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;

void sim_baton_give(struct sim_baton *baton)
{
	pthread_mutex_lock(&lock);
	baton->go = 1;
	pthread_cond_broadcast(&given);
	pthread_mutex_unlock(&lock);
}

void sim_baton_take(struct sim_baton *baton)
{
	pthread_mutex_lock(&lock);
	while (!baton->go)
		pthread_cond_wait(&given, &lock);
	baton->go = 0;
	pthread_mutex_unlock(&lock);
}
