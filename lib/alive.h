/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alive.h - may an object be touched before an operation on it is announced?
 *
 * The announcement is where a scheduler finds a freed object or a bad pointer;
 * until then nothing of the object may be read, not even its name.
 */
#ifndef VFIOSIM_LIB_ALIVE_H
#define VFIOSIM_LIB_ALIVE_H

#include <vfiosim/slab.h>

#include <stdint.h>

/* No object of a process lies outside these. */
#define ALIVE_ADDRESS_MIN ((uintptr_t)0x1000)
#define ALIVE_ADDRESS_MAX ((uintptr_t)1 << 56)

static inline bool alive(const void *obj)
{
	uintptr_t address = (uintptr_t)obj;
	enum slab_state state;

	if (address < ALIVE_ADDRESS_MIN || address >= ALIVE_ADDRESS_MAX)
		return false;
	state = slab_query(obj, NULL);
	return state == SLAB_LIVE || state == SLAB_OUTSIDE;
}

/* The name that @obj carries in its member "name"; NULL: do not ask. */
#define ALIVE_NAME(obj) (alive(obj) ? (obj)->name : NULL)

#endif
