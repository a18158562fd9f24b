/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_jobs.c - replays files in this process or, a file at a time, in
 * several.
 *
 * A job writes its records into its pipe; they are taken in order of the
 * files, so that the output does not depend on how many jobs there are.
 */
#include "conform_internal.h"

#include "jobs.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void take_fn(const struct conform_record *record, void *arg);

/* ---------------------------------------------------------------- replaying */

struct worker {
	struct conform_replayer replayer;
	struct conform_record record;
	take_fn *take;
	void *arg;
};

static int worker_init(struct worker *w, const struct conform_options *options,
		       bool (*stopped)(void), take_fn *take, void *arg)
{
	memset(w, 0, sizeof(*w));
	w->replayer.carrier = options->carrier;
	w->replayer.only = options->only;
	w->replayer.stopped = stopped;
	w->replayer.tokener = json_tokener_new();
	w->take = take;
	w->arg = arg;
	return w->replayer.tokener ? 0 : -ENOMEM;
}

static void worker_release(struct worker *w)
{
	sim_conform_text_release(&w->replayer.actual);
	sim_conform_text_release(&w->replayer.diff);
	json_tokener_free(w->replayer.tokener);
}

/* Of this process alone: who else runs does not count. */
static double processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns 0: the file is over; or an error, with reader->error set; or
 * -EINTR. */
static int replay_sequences(struct worker *w, struct conform_reader *reader)
{
	int ret;

	while ((ret = sim_conform_reader_next(reader)) > 0) {
		ret = sim_conform_sequence(&w->replayer, reader, &w->record);
		if (ret)
			return ret;
		if (w->record.outcome != CONFORM_SEQUENCE_LEFT_OUT)
			w->take(&w->record, w->arg);
	}
	if (!ret && reader->line == 1)
		ret = sim_conform_expected(reader, "the header of a sequence",
					   "the end of the file");
	return ret;
}

static enum conform_outcome replay_file(struct worker *w, const char *name)
{
	double start = processor_seconds();
	struct conform_reader reader;
	int ret = sim_conform_reader_open(&reader, name);

	if (!ret)
		ret = replay_sequences(w, &reader);
	memset(&w->record, 0, sizeof(w->record));
	w->record.outcome = ret == -EINTR ? CONFORM_FILE_CUT :
			    ret		  ? CONFORM_FILE_BAD :
					    CONFORM_FILE_END;
	w->record.seconds = processor_seconds() - start;
	if (w->record.outcome == CONFORM_FILE_BAD)
		snprintf(w->record.text, sizeof(w->record.text), "%s",
			 reader.error);
	sim_conform_reader_close(&reader);
	w->take(&w->record, w->arg);
	return w->record.outcome;
}

static int replay_here(const struct conform_options *options,
		       const char *const *files, unsigned nr, take_fn *take,
		       void *arg)
{
	static struct worker w;
	int ret = worker_init(&w, options, sim_progress_interrupted, take, arg);
	unsigned i;

	for (i = 0; i < nr && !ret; i++)
		if (replay_file(&w, files[i]) != CONFORM_FILE_END)
			break;
	worker_release(&w);
	return ret;
}

/* --------------------------------------------------------------------- jobs */

/* What a job wrote that is not taken yet, as a file before its is not over. */
struct answer {
	char *bytes;
	size_t size;
	bool ended;
	char error[sizeof(((struct sim_job_end *)0)->error)];
};

struct merger {
	const struct conform_options *options;
	const char *const *files;
	struct answer *answers;
	unsigned nr, next; /* next: file to take */
	bool bad;
	take_fn *take;
	void *arg;
};

/* All of a record but the room behind its text. */
static void write_record(const struct conform_record *record, void *arg)
{
	FILE *out = arg;

	(void)fwrite(record, offsetof(struct conform_record, text), 1, out);
	(void)fwrite(record->text, strlen(record->text) + 1, 1, out);
}

/* Returns the size of the record in @bytes; 0: there is no whole one. */
static size_t read_record(const char *bytes, size_t size,
			  struct conform_record *record)
{
	const size_t head = offsetof(struct conform_record, text);
	const char *end =
		size > head ? memchr(bytes + head, '\0', size - head) : NULL;

	if (!end)
		return 0;
	memcpy(record, bytes, head);
	memcpy(record->text, bytes + head, (size_t)(end + 1 - bytes) - head);
	return (size_t)(end + 1 - bytes);
}

static void replay_job(unsigned nth, FILE *out, void *arg)
{
	const struct merger *m = arg;
	static struct worker w;

	if (!worker_init(&w, m->options, sim_jobs_stopped, write_record, out))
		(void)replay_file(&w, m->files[nth]);
	worker_release(&w);
}

/* The last record of a job that came to no end. */
static void conclude(const struct merger *m, struct conform_record *record)
{
	memset(record, 0, sizeof(*record));
	if (sim_progress_interrupted()) {
		record->outcome = CONFORM_FILE_CUT;
		return;
	}
	record->outcome = CONFORM_FILE_BAD;
	snprintf(record->text, sizeof(record->text),
		 "%.100s: expected its process to end, but: %s",
		 m->files[m->next],
		 m->answers[m->next].error[0] ? m->answers[m->next].error :
						strerror(ENOMEM));
}

static void take_file(struct merger *m)
{
	static struct conform_record record;
	const struct answer *answer = &m->answers[m->next];
	size_t at = 0, n;

	record.outcome = CONFORM_SEQUENCE_EQUAL;
	while (record.outcome < CONFORM_FILE_END &&
	       (n = read_record(answer->bytes + at, answer->size - at,
				&record))) {
		m->take(&record, m->arg);
		at += n;
	}
	if (record.outcome < CONFORM_FILE_END) {
		conclude(m, &record);
		m->take(&record, m->arg);
	}
	/* Nothing behind the first bad file counts. */
	m->bad = record.outcome == CONFORM_FILE_BAD;
}

static void take_answer(unsigned nth, const struct sim_job_end *end, void *arg)
{
	struct merger *m = arg;
	struct answer *answer = &m->answers[nth];

	answer->ended = true;
	answer->bytes = malloc(end->size + 1);
	if (answer->bytes) {
		memcpy(answer->bytes, end->bytes, end->size);
		answer->size = end->size;
	}
	memcpy(answer->error, end->error, sizeof(end->error));
	for (; m->next < m->nr && m->answers[m->next].ended; m->next++) {
		if (!m->bad)
			take_file(m);
		free(m->answers[m->next].bytes);
	}
}

static bool is_wanted(void *arg)
{
	const struct merger *m = arg;

	return !m->bad;
}

static int replay_in_jobs(const struct conform_options *options,
			  const char *const *files, unsigned nr, take_fn *take,
			  void *arg)
{
	struct merger m = { .options = options,
			    .files = files,
			    .nr = nr,
			    .take = take,
			    .arg = arg };
	const struct sim_jobs jobs = { .nr = nr,
				       .at_once = options->jobs < SIM_JOBS_MAX ?
							  options->jobs :
							  SIM_JOBS_MAX,
				       .work = replay_job,
				       .take = take_answer,
				       .wanted = is_wanted,
				       .arg = &m };

	m.answers = calloc(nr, sizeof(*m.answers));
	if (!m.answers)
		return -ENOMEM;
	sim_jobs_run(&jobs);
	free(m.answers);
	return 0;
}

int sim_conform_replay(const struct conform_options *options,
		       const char *const *files, unsigned nr,
		       void (*take)(const struct conform_record *record,
				    void *arg),
		       void *arg)
{
	if (options->jobs > 1)
		return replay_in_jobs(options, files, nr, take, arg);
	return replay_here(options, files, nr, take, arg);
}
