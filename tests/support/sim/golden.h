/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * golden.h - reports that are compared with files in tests/golden/, byte for
 * byte.  VFIOSIM_GOLDEN_UPDATE=1 in the environment rewrites those instead.
 */
#ifndef VFIOSIM_TESTS_GOLDEN_H
#define VFIOSIM_TESTS_GOLDEN_H

/* Fails the test unless tests/golden/@name holds @text. */
void golden_compare(const char *name, const char *text);

/* Length of the longest line. */
unsigned golden_width(const char *text);

#endif
