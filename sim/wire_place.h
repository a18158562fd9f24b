/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_place.h - addresses as places: so far behind the start of the arena, or
 * of the program, or of one of its libraries.
 */
#ifndef SIM_WIRE_PLACE_H
#define SIM_WIRE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_PLACE_ANYWHERE 0u /* offset: the address itself */

/* Where @address lies; returns the number of the region. */
unsigned sim_place_find(const void *address, uint64_t *ret_offset);
/* And back.  False: there is no such place. */
bool sim_place_address(unsigned region, uint64_t offset,
		       const void **ret_address);

#endif
