/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_jobs.c - replays in one process or in several.
 *
 * Every process reads all files and replays every nth sequence; the records
 * come back through pipes and are taken in turn, so that the output does not
 * depend on how many there are.
 */
#include "conform_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef bool take_fn(const struct conform_record *record, void *arg);

/* One of the processes, or the only one. */
struct worker {
	const struct conform_options *options;
	unsigned nth, jobs;
	unsigned long sequence; /* number over all files */
	struct conform_replayer *replayer;
	struct conform_record record;
	take_fn *take;
	void *arg;
};

/* ---------------------------------------------------------------- replaying */

static bool report(struct worker *w, enum conform_outcome outcome,
		   const char *text)
{
	memset(&w->record, 0, sizeof(w->record));
	w->record.outcome = outcome;
	snprintf(w->record.text, sizeof(w->record.text), "%s", text);
	return w->take(&w->record, w->arg);
}

/* False: stop, there was an error or the caller has enough. */
static bool replay_sequences(struct worker *w, struct conform_reader *reader)
{
	bool mine;
	int ret;

	while ((ret = sim_conform_reader_next(reader)) > 0) {
		mine = w->sequence++ % w->jobs == w->nth;
		ret = sim_conform_sequence(w->replayer, reader, mine,
					   &w->record);
		if (ret)
			break;
		if (mine && !w->take(&w->record, w->arg))
			return false;
	}
	if (!ret && reader->line == 1)
		ret = sim_conform_expected(reader, "the header of a sequence",
					   "the end of the file");
	if (ret)
		(void)report(w, CONFORM_FILE_BAD, reader->error);
	return !ret;
}

static bool replay_file(struct worker *w, const char *name)
{
	struct conform_reader reader;
	bool more;

	if (sim_conform_reader_open(&reader, name)) {
		(void)report(w, CONFORM_FILE_BAD, reader.error);
		return false;
	}
	more = replay_sequences(w, &reader);
	sim_conform_reader_close(&reader);
	return more && report(w, CONFORM_FILE_END, "");
}

static int replay_files(struct worker *w, const char *const *files, unsigned nr)
{
	struct conform_replayer *replayer = calloc(1, sizeof(*replayer));
	unsigned i;

	if (!replayer)
		return -ENOMEM;
	replayer->carrier = w->options->carrier;
	replayer->only = w->options->only;
	replayer->tokener = json_tokener_new();
	if (!replayer->tokener) {
		free(replayer);
		return -ENOMEM;
	}
	w->replayer = replayer;
	for (i = 0; i < nr; i++)
		if (!replay_file(w, files[i]))
			break;
	sim_conform_text_release(&replayer->actual);
	sim_conform_text_release(&replayer->diff);
	json_tokener_free(replayer->tokener);
	free(replayer);
	return 0;
}

/* -------------------------------------------------------------------- pipes */

struct job {
	pid_t pid;
	int fd; /* to read its records from */
	bool over;
};

static bool write_record(const struct conform_record *record, void *arg)
{
	const char *bytes = (const char *)record;
	size_t left = sizeof(*record);
	ssize_t done;

	while (left) {
		done = write(*(int *)arg, bytes, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		left -= (size_t)done;
	}
	return true;
}

static bool read_record(const struct job *job, struct conform_record *record)
{
	char *bytes = (char *)record;
	size_t left = sizeof(*record);
	ssize_t done;

	while (left) {
		done = read(job->fd, bytes, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		left -= (size_t)done;
	}
	return true;
}

static int start_job(struct worker *w, struct job *job,
		     const char *const *files, unsigned nr)
{
	int ends[2];

	if (pipe(ends))
		return -errno;
	job->pid = fork();
	if (job->pid == 0) {
		(void)close(ends[0]);
		(void)signal(SIGPIPE, SIG_DFL);
		w->take = write_record;
		w->arg = &ends[1];
		_exit(replay_files(w, files, nr) ? 1 : 0);
	}
	(void)close(ends[1]);
	job->fd = ends[0];
	return job->pid < 0 ? -errno : 0;
}

/* The next record of a process that must still have some. */
static void take_from(const struct job *job, struct conform_record *record)
{
	if (read_record(job, record))
		return;
	memset(record, 0, sizeof(*record));
	record->outcome = CONFORM_FILE_BAD;
	snprintf(record->text, sizeof(record->text),
		 "a process that replays ended early");
}

/*
 * All jobs tell the end of each file and, if they come to it, the same error;
 * the first one is taken.  Sequences go round.
 */
static void merge(struct job *jobs, unsigned nr_jobs, unsigned nr_files,
		  take_fn *take, void *arg)
{
	static struct conform_record record;
	unsigned long sequence = 0;
	unsigned ended = 0, files = 0, nth;

	while (files < nr_files) {
		nth = (unsigned)((sequence + ended) % nr_jobs);
		take_from(&jobs[nth], &record);
		if (record.outcome == CONFORM_FILE_END && ++ended < nr_jobs)
			continue;
		if (record.outcome == CONFORM_FILE_END) {
			ended = 0;
			files++;
		} else if (record.outcome != CONFORM_FILE_BAD) {
			sequence++;
		}
		if (!take(&record, arg) || record.outcome == CONFORM_FILE_BAD)
			return;
	}
}

static void end_jobs(struct job *jobs, unsigned nr)
{
	unsigned i;

	/* Whoever still writes finds nobody who reads, and ends. */
	for (i = 0; i < nr; i++)
		(void)close(jobs[i].fd);
	for (i = 0; i < nr; i++)
		while (waitpid(jobs[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
}

static int replay_in_jobs(struct worker *w, const char *const *files,
			  unsigned nr, take_fn *take, void *arg)
{
	struct job jobs[CONFORM_JOBS_MAX];
	unsigned started;
	int ret = 0;

	fflush(NULL);
	for (started = 0; started < w->jobs && !ret; started++) {
		w->nth = started;
		ret = start_job(w, &jobs[started], files, nr);
		if (ret)
			break;
	}
	if (!ret)
		merge(jobs, started, nr, take, arg);
	end_jobs(jobs, started);
	return ret;
}

int sim_conform_replay(const struct conform_options *options,
		       const char *const *files, unsigned nr,
		       bool (*take)(const struct conform_record *record,
				    void *arg),
		       void *arg)
{
	static struct worker w;

	memset(&w, 0, sizeof(w));
	w.options = options;
	w.jobs = options->jobs ? options->jobs : 1;
	w.take = take;
	w.arg = arg;
	if (w.jobs > CONFORM_JOBS_MAX)
		w.jobs = CONFORM_JOBS_MAX;
	if (w.jobs == 1)
		return replay_files(&w, files, nr);
	return replay_in_jobs(&w, files, nr, take, arg);
}
