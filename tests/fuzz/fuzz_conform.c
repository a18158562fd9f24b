/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_conform.c - any bytes as a file of recorded sequences, plain or
 * compressed: read, replayed on the model, and compared.
 */
#include "conform.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, with a name as others have. */
static int make_file(char *path, size_t path_size)
{
	int fd = memfd_create("fuzz", 0);

	if (fd < 0)
		abort();
	snprintf(path, path_size, "/proc/self/fd/%d", fd);
	return fd;
}

static void fill(int fd, const uint8_t *data, size_t size)
{
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static FILE *out;
	static int fd = -1;
	const char *const files[] = { path };
	struct conform_options options = { .jobs = 1, .verbose = true };
	struct conform_total total;
	enum conform_status status;

	if (fd < 0) {
		fd = make_file(path, sizeof(path));
		out = fopen("/dev/null", "w");
	}
	if (!out)
		abort();
	fill(fd, data, size);
	options.out = out;
	status = sim_conform_run(&options, files, 1, &total);
	if (status > CONFORM_UNDECIDED)
		abort();
	return 0;
}
