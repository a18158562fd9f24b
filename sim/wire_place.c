/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_place.c - addresses as places that mean the same in another process of
 * the same program, wherever its parts were loaded.
 *
 * Tasks share the machine's memory, which lies in the arena, and variables of
 * the program.  Stacks and the heap they do not share.
 */
#include "wire_place.h"
#include "wire.h"

#include <link.h>
#include <string.h>

#define REGION_ARENA 1u
#define REGION_FIRST 2u /* of the program's parts */
#define PARTS_MAX 64u

/* The program, or a library. */
struct part {
	uintptr_t base, start, end;
};

static struct part parts[PARTS_MAX];
static unsigned nr_parts;

static int add_part(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct part part = { info->dlpi_addr, UINTPTR_MAX, 0 };
	unsigned i;

	(void)size;
	(void)arg;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD)
			continue;
		if (start < part.start)
			part.start = start;
		if (start + p->p_memsz > part.end)
			part.end = start + p->p_memsz;
	}
	if (nr_parts < PARTS_MAX)
		parts[nr_parts++] = part;
	return 0;
}

static void find_parts(void)
{
	if (!nr_parts)
		(void)dl_iterate_phdr(add_part, NULL);
}

unsigned sim_place_find(const void *address, uint64_t *ret_offset)
{
	uintptr_t a = (uintptr_t)address;
	const void *arena;
	size_t size;
	unsigned i;

	find_parts();
	slab_arena(&arena, &size);
	*ret_offset = a - (uintptr_t)arena;
	if (*ret_offset < size)
		return REGION_ARENA;
	for (i = 0; i < nr_parts; i++)
		if (a >= parts[i].start && a < parts[i].end) {
			*ret_offset = a - parts[i].base;
			return REGION_FIRST + i;
		}
	*ret_offset = a;
	return SIM_PLACE_ANYWHERE;
}

bool sim_place_address(unsigned region, uint64_t offset,
		       const void **ret_address)
{
	const void *arena;
	uintptr_t a = offset;
	size_t size;

	find_parts();
	slab_arena(&arena, &size);
	if (region == REGION_ARENA) {
		if (offset >= size)
			return false;
		a = (uintptr_t)arena + offset;
	} else if (region >= REGION_FIRST) {
		if (region - REGION_FIRST >= nr_parts)
			return false;
		a = parts[region - REGION_FIRST].base + offset;
		if (a < parts[region - REGION_FIRST].start ||
		    a >= parts[region - REGION_FIRST].end)
			return false;
	}
	*ret_address = (const void *)a;
	return true;
}

/* ------------------------------------------------------------------- build */

/* Whatever stands there, and of whatever type. */
typedef uint64_t __attribute__((may_alias)) any_word;

/* Between constants lies what AddressSanitizer wants nobody to read. */
__attribute__((no_sanitize("address"))) static uint64_t
hash_words(uint64_t h, const any_word *p, size_t nr)
{
	for (; nr >= sizeof(*p); nr -= sizeof(*p)) {
		h = (h ^ *p++) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	return h;
}

/* Code and constants: what can be read, and not written.  The kernel's own
 * part, whose name is no path, is none of the program's. */
static int hash_part(struct dl_phdr_info *info, size_t size, void *arg)
{
	uint64_t *h = arg;
	unsigned i;

	(void)size;
	if (info->dlpi_name[0] && !strchr(info->dlpi_name, '/'))
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & PF_R) &&
		    !(p->p_flags & PF_W))
			*h = hash_words(*h,
					(const any_word *)(info->dlpi_addr +
							   p->p_vaddr),
					p->p_filesz);
	}
	return 0;
}

uint64_t sim_wire_build(void)
{
	uint64_t h = 0xcbf29ce484222325ull;

	(void)dl_iterate_phdr(hash_part, &h);
	return h;
}

uint64_t sim_wire_hash(const void *bytes, size_t nr)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325ull;

	while (nr-- > 0)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}
