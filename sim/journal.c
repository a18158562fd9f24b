/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal.c - records with their length and checksum in front, so that one that
 * was cut off is known as such; and a lock that ends with its process.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "vfiosim journal 1\n"
#define TITLES_MAX 64u

/* In front of each record. */
struct head {
	uint64_t size, hash;
};

struct sim_journal {
	int fd;
	off_t end; /* behind the last whole record that was read or written */
	off_t size;
	unsigned char *bytes;
	size_t bytes_max;
	char path[SIM_PATH_MAX];
};

static int fail(const struct sim_journal *j, char *error, int ret,
		const char *what)
{
	snprintf(error, SIM_TEXT_MAX, "%.150s: %.90s", j->path, what);
	return ret;
}

static int fail_system(const struct sim_journal *j, char *error,
		       const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %.60s", what, strerror(errno));
	return fail(j, error, -EIO, text);
}

/* ------------------------------------------------------------------- records */

static bool write_all(int fd, const void *bytes, size_t nr)
{
	const unsigned char *p = bytes;

	while (nr) {
		ssize_t n = write(fd, p, nr);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		nr -= (size_t)n;
	}
	return true;
}

/* Less than @nr bytes: the file ends before. */
static bool read_at(const struct sim_journal *j, off_t at, void *bytes,
		    size_t nr)
{
	unsigned char *p = bytes;

	while (nr) {
		ssize_t n = pread(j->fd, p, nr, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		at += n;
		nr -= (size_t)n;
	}
	return true;
}

int sim_journal_append(struct sim_journal *j, const void *bytes, size_t nr,
		       char *error)
{
	const struct head head = { nr, sim_wire_hash(bytes, nr) };
	int saved;

	if (write_all(j->fd, &head, sizeof(head)) &&
	    write_all(j->fd, bytes, nr)) {
		j->end += (off_t)(sizeof(head) + nr);
		return 0;
	}
	saved = errno;
	/* Half a record is none. */
	if (!ftruncate(j->fd, j->end))
		(void)lseek(j->fd, j->end, SEEK_SET);
	errno = saved;
	return fail_system(j, error,
			   "cannot write, and the search ended; what was "
			   "written is whole");
}

int sim_journal_read(struct sim_journal *j, const unsigned char **bytes,
		     size_t *nr, char *error)
{
	off_t left = j->size - j->end;
	struct head head;
	char text[96];
	void *p;

	if (left < (off_t)sizeof(head) ||
	    !read_at(j, j->end, &head, sizeof(head)) ||
	    head.size > (uint64_t)left - sizeof(head))
		return 0;
	if (head.size + 1 > j->bytes_max) {
		p = realloc(j->bytes, head.size + 1);
		if (!p)
			return fail(j, error, -ENOMEM, "out of memory");
		j->bytes = p;
		j->bytes_max = head.size + 1;
	}
	if (!read_at(j, j->end + (off_t)sizeof(head), j->bytes, head.size))
		return fail_system(j, error, "cannot read");
	if (sim_wire_hash(j->bytes, head.size) != head.hash) {
		snprintf(text, sizeof(text),
			 "expected a record at byte %lld, found other bytes",
			 (long long)j->end);
		return fail(j, error, -EINVAL, text);
	}
	j->end += (off_t)(sizeof(head) + head.size);
	*bytes = j->bytes;
	*nr = head.size;
	return 1;
}

/* -------------------------------------------------------------------- titles */

static int write_titles(struct sim_journal *j,
			const struct sim_journal_title *titles, char *error)
{
	struct sim_out out = { 0 };
	unsigned nr = 0, i;
	int ret;

	while (titles[nr].name)
		nr++;
	sim_out_number(&out, nr);
	for (i = 0; i < nr; i++) {
		sim_out_text(&out, titles[i].name);
		sim_out_text(&out, titles[i].value);
	}
	ret = out.failed ? fail(j, error, -ENOMEM, "out of memory") : 0;
	if (!ret && !write_all(j->fd, MAGIC, strlen(MAGIC)))
		ret = fail_system(j, error, "cannot write");
	j->end = (off_t)strlen(MAGIC);
	if (!ret)
		ret = sim_journal_append(j, out.bytes, out.nr, error);
	sim_out_release(&out);
	return ret;
}

static int compare_title(const struct sim_journal *j, struct sim_in *in,
			 const struct sim_journal_title *title, char *error)
{
	char *name = sim_in_text(in), *value = sim_in_text(in), text[160];
	int ret = 0;

	if (!name || !value || strcmp(name, title->name))
		ret = fail(j, error, -EINVAL,
			   "expected a journal of this program, found another "
			   "one's");
	else if (strcmp(value, title->value)) {
		snprintf(text, sizeof(text), "expected %s %.34s, found %.34s",
			 name, title->value, value);
		ret = fail(j, error, -EINVAL, text);
	}
	free(name);
	free(value);
	return ret;
}

static int read_titles(struct sim_journal *j,
		       const struct sim_journal_title *titles, char *error)
{
	char magic[sizeof(MAGIC) - 1];
	struct sim_in in = { 0 };
	unsigned nr, i;
	int ret;

	if (!read_at(j, 0, magic, sizeof(magic)) ||
	    memcmp(magic, MAGIC, sizeof(magic)))
		return fail(j, error, -EINVAL,
			    "expected a journal of a search, found something "
			    "else");
	j->end = (off_t)sizeof(magic);
	ret = sim_journal_read(j, &in.bytes, &in.nr, error);
	if (ret <= 0)
		return ret ? ret :
			     fail(j, error, -EINVAL,
				  "expected a journal, found the beginning of "
				  "one");
	nr = sim_in_count(&in, TITLES_MAX);
	for (ret = 0, i = 0; !ret && titles[i].name; i++)
		ret = i < nr ? compare_title(j, &in, &titles[i], error) :
			       fail(j, error, -EINVAL,
				    "expected a journal of this program, found "
				    "another one's");
	(void)sim_in_end(&in);
	return ret;
}

/* ---------------------------------------------------------------- life cycle */

/* Whoever has it goes on; the lock is the process's, and ends with it. */
static int lock(const struct sim_journal *j, char *error)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(j->fd, F_SETLK, &whole))
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return fail(j, error, -EBUSY,
			    "expected a journal that nobody writes, found "
			    "another process writing it");
	return fail_system(j, error, "cannot lock");
}

static struct sim_journal *make(const char *path, int flags, char *error,
				int *ret_error)
{
	struct sim_journal *j = calloc(1, sizeof(*j));
	struct stat st;

	*ret_error = -ENOMEM;
	if (!j) {
		snprintf(error, SIM_TEXT_MAX, "out of memory");
		return NULL;
	}
	snprintf(j->path, sizeof(j->path), "%s", path);
	j->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | flags, 0644);
	if (j->fd < 0) {
		*ret_error = fail_system(j, error, "cannot open");
		free(j);
		return NULL;
	}
	*ret_error = lock(j, error);
	if (!*ret_error && fstat(j->fd, &st))
		*ret_error = fail_system(j, error, "cannot read");
	if (*ret_error) {
		sim_journal_close(j);
		return NULL;
	}
	j->size = S_ISREG(st.st_mode) ? st.st_size : 0;
	return j;
}

struct sim_journal *sim_journal_create(const char *path,
				       const struct sim_journal_title *titles,
				       char *error, int *ret_error)
{
	struct sim_journal *j = make(path, O_CREAT, error, ret_error);

	if (j && j->size)
		*ret_error = fail(j, error, -EINVAL,
				  "expected no file yet, found one; --resume "
				  "goes on with a journal");
	else if (j)
		*ret_error = write_titles(j, titles, error);
	if (!*ret_error)
		return j;
	sim_journal_close(j);
	return NULL;
}

struct sim_journal *sim_journal_open(const char *path,
				     const struct sim_journal_title *titles,
				     char *error, int *ret_error)
{
	struct sim_journal *j = make(path, 0, error, ret_error);

	if (j)
		*ret_error = read_titles(j, titles, error);
	if (!*ret_error)
		return j;
	sim_journal_close(j);
	return NULL;
}

int sim_journal_go_on(struct sim_journal *j, char *error)
{
	if (ftruncate(j->fd, j->end) || lseek(j->fd, j->end, SEEK_SET) < 0)
		return fail_system(j, error, "cannot write");
	return 0;
}

void sim_journal_close(struct sim_journal *j)
{
	if (!j)
		return;
	(void)fsync(j->fd);
	(void)close(j->fd);
	free(j->bytes);
	free(j);
}
