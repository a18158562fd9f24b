/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spin.c - writes the model to a folder, has spin and cc make a checker of it,
 * runs that and reads its counts; see spin.h.
 */
#include "spin.h"

#include "child.h"
#include "sizes.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
#define DEFINE_MAX 32

struct job {
	struct bench *bench;
	const struct reference *reference;
	bool reduce;
	char folder[64];
	char *remark;
};

static int give_up(struct job *job, int ret, const char *why)
{
	if (!job->remark[0])
		snprintf(job->remark, SIM_TEXT_MAX,
			 "No figures of SPIN: %.200s.", why);
	return ret;
}

/* Run @argv[0] in the folder, and insist on success. */
static int run(struct job *job, const char *const *argv,
	       struct bench_child *ret_child)
{
	char why[SIM_TEXT_MAX];
	int ret = bench_child_run(argv, job->folder, ret_child);

	if (ret == -EINTR)
		return give_up(job, ret, "it was interrupted");
	if (ret == -ENOENT)
		snprintf(why, sizeof(why), "%.60s is not installed", argv[0]);
	else if (ret)
		snprintf(why, sizeof(why), "%.60s: %.60s", argv[0],
			 strerror(-ret));
	else if (ret_child->status)
		snprintf(why, sizeof(why), "%.60s failed: %.120s", argv[0],
			 ret_child->output);
	else
		return 0;
	return give_up(job, ret == -ENOENT ? -ENOENT : -EIO, why);
}

static int write_model(struct job *job)
{
	char path[128];
	FILE *file;
	size_t size = strlen(bench_reference_pml);
	bool written;

	snprintf(path, sizeof(path), "%s/reference.pml", job->folder);
	file = fopen(path, "w");
	if (!file)
		return give_up(job, -EIO, strerror(errno));
	written = fwrite(bench_reference_pml, 1, size, file) == size;
	if (fclose(file) || !written)
		return give_up(job, -EIO, "no room for its model");
	return 0;
}

static int make_checker(struct job *job)
{
	const struct reference *r = job->reference;
	char variant[DEFINE_MAX], devices[DEFINE_MAX];
	char unbinders[DEFINE_MAX], lookups[DEFINE_MAX];
	const char *spin[] = { "spin",	  "-a",	   variant,	    devices,
			       unbinders, lookups, "reference.pml", NULL };
	const char *cc[] = { "cc",    "-O3",
			     "-w",    "-o",
			     "pan",   "-DSAFETY",
			     "pan.c", job->reduce ? NULL : "-DNOREDUCE",
			     NULL };
	struct bench_child child;
	int ret;

	snprintf(variant, sizeof(variant), "-D%s", bench_variants[r->variant]);
	snprintf(devices, sizeof(devices), "-DDEVICES=%u", r->devices);
	snprintf(unbinders, sizeof(unbinders), "-DUNBINDERS=%u", r->unbinders);
	snprintf(lookups, sizeof(lookups), "-DLOOKUPS=%u", r->lookups);
	ret = write_model(job);
	if (!ret)
		ret = run(job, spin, &child);
	return ret ? ret : run(job, cc, &child);
}

/* The number in front of @words, in what the checker printed. */
static bool read_count(const char *output, const char *words, uint64_t *ret)
{
	const char *at = strstr(output, words), *start = at;

	if (!at)
		return false;
	while (start > output && start[-1] != '\n')
		start--;
	*ret = strtoull(start, NULL, 10);
	return *ret > 0;
}

static int check(struct job *job, struct bench_spin *ret_spin)
{
	static const char *const pan[] = { "./pan", "-m10000", "-w18", NULL };
	double seconds[BENCH_REPEAT_MAX], spent = 0;
	struct bench_child child;
	unsigned i;
	int ret;

	for (i = 0; i < job->bench->options.repeat &&
		    spent < job->bench->options.seconds;
	     i++) {
		ret = run(job, pan, &child);
		if (ret)
			return ret;
		seconds[i] = child.seconds;
		spent += child.seconds;
	}
	ret_spin->seconds = bench_median(seconds, i);
	if (!strstr(child.output, "errors: 0"))
		return give_up(job, -EIO, "it found an error");
	if (!read_count(child.output, "states, stored", &ret_spin->states) ||
	    !read_count(child.output, "transitions", &ret_spin->transitions))
		return give_up(job, -EIO, "it prints no counts");
	return 0;
}

/* Whatever spin and cc left in it; none of it is a folder. */
static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

int bench_spin_run(struct bench *bench, const struct reference *reference,
		   bool reduce, struct bench_spin *ret_spin, char *remark)
{
	struct job job = { .bench = bench,
			   .reference = reference,
			   .reduce = reduce,
			   .folder = P_tmpdir "/vfiosim-bench-XXXXXX",
			   .remark = remark };
	int ret;

	bench_say(bench, "%s(%u,%u,%u) by SPIN",
		  bench_variants[reference->variant], reference->devices,
		  reference->unbinders, reference->lookups);
	if (!mkdtemp(job.folder))
		return give_up(&job, -EIO, strerror(errno));
	ret = make_checker(&job);
	if (!ret)
		ret = check(&job, ret_spin);
	remove_folder(job.folder);
	return ret;
}
