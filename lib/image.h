/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.h - the parts of a machine's image that only their owners can reach.
 */
#ifndef VFIOSIM_LIB_IMAGE_H
#define VFIOSIM_LIB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct kernel_era;

#pragma redefine_extname boot_image_blocks vfiosim_boot_image_blocks
#pragma redefine_extname boot_image_ends vfiosim_boot_image_ends
#pragma redefine_extname boot_image_restore vfiosim_boot_image_restore
#pragma redefine_extname boot_image_take vfiosim_boot_image_take
#pragma redefine_extname kernel_roots_restore vfiosim_kernel_roots_restore
#pragma redefine_extname kernel_roots_save vfiosim_kernel_roots_save
#pragma redefine_extname sched_tasks_reset vfiosim_sched_tasks_reset
#pragma redefine_extname sched_warnings_restore vfiosim_sched_warnings_restore

/* Subsystems that keep a pointer outside the arena. */
#define KERNEL_ROOTS_MAX 8

/* kernel.c; in the order in which they boot, and whether a machine runs. */
void kernel_roots_save(void **roots);
void kernel_roots_restore(void *const *roots, bool running);

/* boot.c: keep the machine that was just booted; begin as one of @era that was
 * kept, into an empty arena, or return false. */
void boot_image_take(const struct kernel_era *era);
bool boot_image_restore(const struct kernel_era *era);
/* Is all that boot of the running machine made still there, so that it need not
 * be freed block by block?  Returns where in the first sub-heap it ends, or 0;
 * then, how many blocks these are. */
size_t boot_image_ends(const struct kernel_era *era);
unsigned boot_image_blocks(void);

/* sched.c: a new machine numbers its tasks anew, so that its addresses
 * repeat. */
void sched_tasks_reset(void);
void sched_warnings_restore(unsigned nr);

#endif
