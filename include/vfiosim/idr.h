/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * idr.h - small integers: idr (integer to pointer) and ida (integers only).
 *
 * Both give the lowest free id.  The caller locks, as in the kernel.
 */
#ifndef VFIOSIM_IDR_H
#define VFIOSIM_IDR_H

#include <vfiosim/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ids of one idr or ida: 0 .. IDR_IDS_MAX - 1. */
#define IDR_IDS_MAX 256

struct idr {
	void *ptr[IDR_IDS_MAX];
	unsigned long used[(IDR_IDS_MAX + 63) / 64];
};

struct ida {
	unsigned long used[(IDR_IDS_MAX + 63) / 64];
};

/* Every id is free. */
void idr_init(struct idr *idr);

/**
 * idr_alloc - give @ptr the lowest free id in [start, end)
 * @end: 0: no limit
 *
 * Returns the id, -EINVAL: bad range, -ENOSPC: none free.
 */
int idr_alloc(struct idr *idr, void *ptr, int start, int end);

/* The pointer behind @id, or NULL. */
void *idr_find(const struct idr *idr, int id);

/* @id becomes free; one that is free already stays so. */
void idr_remove(struct idr *idr, int id);

/* Every id is free. */
void ida_init(struct ida *ida);

/* The lowest free id in [start, end), end 0: no limit; or -ENOSPC, -EINVAL. */
int ida_simple_get(struct ida *ida, unsigned start, unsigned end);
void ida_simple_remove(struct ida *ida, unsigned id);

#ifdef __cplusplus
}
#endif
#endif
