/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox.c - see sandbox.h.
 *
 * Children print into files, so that nobody waits for anybody to read.
 */
#include "sandbox.h"

#include "kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32

static int old_folder = -1;

int sandbox_setup(void **state)
{
	char *path = strdup("/tmp/vfiosim-test-XXXXXX");

	old_folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!path || old_folder < 0 || !mkdtemp(path) || chdir(path))
		return -1;
	*state = path;
	return 0;
}

static void remove_in(const char *folder)
{
	char path[512];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (unlink(path)) {
			remove_in(path);
			(void)rmdir(path);
		}
	}
	if (dir)
		closedir(dir);
}

int sandbox_teardown(void **state)
{
	int ret = fchdir(old_folder);

	close(old_folder);
	remove_in(*state);
	ret |= rmdir(*state);
	free(*state);
	return ret;
}

static char *take(FILE *file)
{
	long size;
	char *text;

	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

void sandbox_call(int (*fn)(void *arg), void *arg,
		  struct sandbox_output *ret_output)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(out);
	assert_non_null(err);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		status = fn(arg);
		fflush(NULL);
		_exit(status);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ret_output->status = WIFEXITED(status) ? WEXITSTATUS(status) :
						 128 + WTERMSIG(status);
	ret_output->out = take(out);
	ret_output->err = take(err);
}

int sandbox_exec(void *arg)
{
	char *argv[ARGUMENTS_MAX] = { NULL };
	char *line = strdup(arg), *word, *save;
	int argc = 1;

	for (word = strtok_r(line, " ", &save);
	     word && argc < ARGUMENTS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	/* What a user would type, whatever folder it was built in. */
	argv[0] = strdup("vfiosim");
	execv(VFIOSIM_PROGRAM, argv);
	return 127;
}

void sandbox_vfiosim(const char *line, struct sandbox_output *ret_output)
{
	char *copy = strdup(line);

	sandbox_call(sandbox_exec, copy, ret_output);
	free(copy);
}

void sandbox_run(const char *line, int status,
		 struct sandbox_output *ret_output)
{
	sandbox_vfiosim(line, ret_output);
	if (ret_output->status != status)
		fail_msg("vfiosim %s: status %d, expected %d: %s", line,
			 ret_output->status, status, ret_output->err);
}

void sandbox_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text);
}

void sandbox_release(struct sandbox_output *output)
{
	free(output->out);
	free(output->err);
}

char *sandbox_read(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	return take(file);
}

void sandbox_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

unsigned sandbox_count(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned nr = 0;

	if (!dir)
		fail_msg("%s: %s", folder, strerror(errno));
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr - 2;
}
