/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.c - replay commands that can be copied into a shell as they are.
 */
#include "quote.h"

#include <vfiosim/sim.h>

#include <string.h>

#define PLAIN                        \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-./:,=@%+"

const char *sim_quote(const char *word, char *buf, size_t size)
{
	size_t used = 1;

	if (*word && !word[strspn(word, PLAIN)]) {
		snprintf(buf, size, "%s", word);
		return buf;
	}
	buf[0] = '\'';
	/* A quote costs four characters: end, \', begin. */
	for (; *word && used + 6 < size; word++)
		if (*word == '\'') {
			memcpy(buf + used, "'\\''", 4);
			used += 4;
		} else {
			buf[used++] = *word;
		}
	buf[used] = '\'';
	buf[used + 1] = '\0';
	return buf;
}

const char *sim_test_replay_command(const struct sim_finding *finding,
				    char *buf, size_t size)
{
	char path[2 * SIM_PATH_MAX], program[2 * SIM_PATH_MAX];

	snprintf(buf, size, "VFIOSIM_REPLAY=%s %s",
		 sim_quote(finding->path, path, sizeof(path)),
		 sim_quote(program_invocation_name, program, sizeof(program)));
	return buf;
}
