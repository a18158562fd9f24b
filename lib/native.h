/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.h - real locks that lie in the machine's memory, by address.
 *
 * Helgrind remembers a lock by its address until it is destroyed; the next
 * machine has other objects there.  Nothing is kept unless Valgrind runs.
 */
#ifndef VFIOSIM_LIB_NATIVE_H
#define VFIOSIM_LIB_NATIVE_H

#include <stddef.h>

#pragma redefine_extname native_made vfiosim_native_made
#pragma redefine_extname native_gone vfiosim_native_gone
#pragma redefine_extname native_forget vfiosim_native_forget

/* Is a real lock that nobody holds nothing but its bytes, so that a copy of
 * them is as good?  Elsewhere it may own memory of its own. */
#ifdef __linux__
#define NATIVE_IS_ITS_BYTES true
#else
#define NATIVE_IS_ITS_BYTES false
#endif

enum native_kind { NATIVE_MUTEX, NATIVE_RWLOCK };

/* @lock was initialised; was destroyed.  May be called by several threads. */
void native_made(const void *lock, enum native_kind kind);
void native_gone(const void *lock);

/* Whatever lies in [start, start + size) is gone, destroyed or not. */
void native_forget(const void *start, size_t size);

#endif
