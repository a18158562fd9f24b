/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.c - writes files under a temporary name and renames them, and reads
 * untrusted text files.
 */
#include "store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char *error, const char *what, const char *path)
{
	snprintf(error, SIM_TEXT_MAX, "%.180s: %s: %.40s", path, what,
		 strerror(errno));
	return -EIO;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
}

int sim_store_file(const char *path, const char *bytes, size_t size,
		   char *error)
{
	char temporary[SIM_PATH_MAX + 8];
	bool written;
	int fd, saved;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return fail(error, "cannot write", path);
	}
	fd = mkstemp(temporary);
	if (fd < 0)
		return fail(error, "cannot write", path);
	written = fchmod(fd, 0644) == 0 && write_all(fd, bytes, size);
	saved = errno;
	if (close(fd) != 0 && written) {
		saved = errno;
		written = false;
	}
	if (written && rename(temporary, path) == 0)
		return 0;
	if (written)
		saved = errno;
	unlink(temporary);
	errno = saved;
	return fail(error, "cannot write", path);
}

/* The name comes from what the file says, so the same finding found again
 * overwrites itself. */
static uint64_t hash_text(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return h;
}

int sim_store_schedule(const char *folder, const char *scenario,
		       struct sim_finding *finding, char *error)
{
	char verdict[SIM_TEXT_MAX];
	char *c;
	int n;

	snprintf(verdict, sizeof(verdict), "%s",
		 sim_verdict_name(finding->verdict));
	for (c = verdict; *c; c++)
		if (*c == ' ')
			*c = '-';
	n = snprintf(finding->path, sizeof(finding->path),
		     "%s/%s-%s-%08llx.schedule", folder, scenario, verdict,
		     (unsigned long long)(hash_text(finding->schedule) &
					  0xffffffffu));
	if (n < 0 || (size_t)n >= sizeof(finding->path)) {
		finding->path[0] = '\0';
		errno = ENAMETOOLONG;
		return fail(error, "cannot write", folder);
	}
	n = sim_store_file(finding->path, finding->schedule,
			   strlen(finding->schedule), error);
	if (n)
		finding->path[0] = '\0';
	return n;
}

#define FOLDER_DEFAULT "findings"

int sim_result_store(struct sim_result *result, const char *folder)
{
	unsigned i;

	for (i = 0; i < result->nr_findings; i++) {
		struct sim_finding *f = &result->findings[i];

		if (f->path[0])
			continue;
		if (!folder && mkdir(FOLDER_DEFAULT, 0777) && errno != EEXIST)
			return fail(result->error, "cannot make the folder",
				    FOLDER_DEFAULT);
		if (sim_store_schedule(folder ? folder : FOLDER_DEFAULT,
				       result->scenario->name, f,
				       result->error))
			return -EIO;
	}
	return 0;
}

/* It begins with a byte order mark, or with two letters of two bytes each. */
static bool is_utf16(const char *text, size_t n)
{
	if (n >= 2 &&
	    (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
		return true;
	return n >= 4 && !text[0] != !text[1] && !text[0] == !text[2] &&
	       !text[1] == !text[3];
}

/* Some editors begin UTF-8 with a mark, which is no part of the text. */
static char *skip_mark(char *text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (!strncmp(text, mark, strlen(mark)))
		memmove(text, text + strlen(mark),
			strlen(text + strlen(mark)) + 1);
	return text;
}

/* The line that @size bytes of a text end in. */
static unsigned line_at(const char *text, size_t size)
{
	unsigned line = 1;

	while (size-- > 0)
		line += *text++ == '\n';
	return line;
}

static char *read_open(FILE *in, const char *path, size_t max, char *error)
{
	char *text = malloc(max + 2);
	size_t n;

	if (!text) {
		fail(error, "cannot read", path);
		return NULL;
	}
	n = fread(text, 1, max + 1, in);
	text[n] = '\0';
	if (ferror(in))
		fail(error, "cannot read", path);
	else if (n > max)
		snprintf(error, SIM_TEXT_MAX,
			 "%.160s:%u: expected at most %zu bytes, found more",
			 path, line_at(text, max), max);
	else if (is_utf16(text, n))
		snprintf(error, SIM_TEXT_MAX,
			 "%.160s: expected text in UTF-8, found UTF-16", path);
	else if (memchr(text, '\0', n))
		snprintf(error, SIM_TEXT_MAX,
			 "%.160s:%u: expected text, found a zero byte", path,
			 line_at(text, strlen(text)));
	else
		return skip_mark(text);
	free(text);
	return NULL;
}

int sim_store_open(const char *path)
{
	/* A pipe that nobody writes to would make open() or read() wait. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return S_ISDIR(st.st_mode) ? -EISDIR : -ESPIPE;
}

char *sim_store_read(const char *path, size_t max, char *error)
{
	int fd = sim_store_open(path);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char *text;

	if (fd == -ESPIPE) {
		snprintf(error, SIM_TEXT_MAX, "%.180s: expected a regular file",
			 path);
		return NULL;
	}
	if (!in) {
		errno = fd < 0 ? -fd : errno;
		fail(error, "cannot read", path);
		return NULL;
	}
	text = read_open(in, path, max, error);
	fclose(in);
	return text;
}
