/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.h - the parts of a machine's image that only their owners can reach.
 */
#ifndef VFIOSIM_LIB_IMAGE_H
#define VFIOSIM_LIB_IMAGE_H

#include <stdbool.h>

#pragma redefine_extname kernel_roots_restore vfiosim_kernel_roots_restore
#pragma redefine_extname kernel_roots_save vfiosim_kernel_roots_save
#pragma redefine_extname sched_warnings_restore vfiosim_sched_warnings_restore

/* Subsystems that keep a pointer outside the arena. */
#define KERNEL_ROOTS_MAX 8

/* kernel.c; in the order in which they boot, and whether a machine runs. */
void kernel_roots_save(void **roots);
void kernel_roots_restore(void *const *roots, bool running);

/* sched.c */
void sched_warnings_restore(unsigned nr);

#endif
