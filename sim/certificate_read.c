/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * certificate_read.c - reads certificates, which are untrusted input: whatever
 * stands there is data, and what does not belong there an error with its line.
 */
#include "certificate.h"

#include "faults.h"
#include "invariants.h"
#include "quote.h"
#include "store.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC "vfiosim certificate 1"
/* Of what was found instead, in errors. */
#define FOUND_MAX 60

struct reader {
	const char *name, *at;
	int lineno;
	char *line; /* the one that is read; a copy */
	size_t line_max;
	char *error;
	struct sim_certificate *certificate;
	struct sim_act *acts; /* of the class that is read */
};

/* ----------------------------------------------------------------- complaints */

static int expected(struct reader *r, const char *what, const char *found)
{
	int n = snprintf(r->error, SIM_TEXT_MAX,
			 "%.80s:%d: expected %s, found '", r->name, r->lineno,
			 what);
	const char *c;

	/* What a file says must not steer a terminal. */
	for (c = found; *c && c < found + FOUND_MAX && n < SIM_TEXT_MAX - 2;
	     c++)
		r->error[n++] = isprint((unsigned char)*c) ? *c : '?';
	snprintf(r->error + n, (size_t)(SIM_TEXT_MAX - n), "'");
	return -EINVAL;
}

/* ---------------------------------------------------------------------- lines */

/* 1: there is one; 0: the file is over. */
static int next_line(struct reader *r)
{
	size_t n = strcspn(r->at, "\n");
	char *line;

	r->lineno++;
	if (!*r->at)
		return 0;
	if (n >= r->line_max) {
		line = realloc(r->line, n + 1);
		if (!line)
			return -ENOMEM;
		r->line = line;
		r->line_max = n + 1;
	}
	memcpy(r->line, r->at, n);
	r->line[n] = '\0';
	r->at += n + (r->at[n] == '\n');
	return 1;
}

/* What stands behind @word and blanks; NULL: it is another line. */
static char *behind(char *line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) || line[n] != ' ')
		return NULL;
	return line + n + strspn(line + n, " ");
}

/* The next line must begin so. */
static int take(struct reader *r, const char *word, char **ret_rest)
{
	char what[32];
	int ret = next_line(r);

	if (ret < 0)
		return ret;
	*ret_rest = ret ? behind(r->line, word) : NULL;
	if (*ret_rest)
		return 0;
	snprintf(what, sizeof(what), "'%s'", word);
	return expected(r, what, ret ? r->line : "the end of the file");
}

/* A number, and behind it one of the characters in @ends or nothing. */
static bool read_number(const char **at, uint64_t max, const char *ends,
			uint64_t *ret_number)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)**at))
		return false;
	errno = 0;
	number = strtoull(*at, &end, 10);
	if (errno || number > max || (*end && !strchr(ends, *end)))
		return false;
	*at = end;
	*ret_number = number;
	return true;
}

/* --------------------------------------------------------------------- header */

static int read_scenario(struct reader *r)
{
	struct sim_certificate *c = r->certificate;
	char *word;
	int ret = take(r, "scenario", &word);

	if (ret)
		return ret;
	if (!*word || strchr(word, ' ') ||
	    (size_t)snprintf(c->scenario, sizeof(c->scenario), "%s", word) >=
		    sizeof(c->scenario))
		return expected(r, "the name of a scenario", word);
	return 0;
}

static int read_era(struct reader *r)
{
	char reason[SIM_TEXT_MAX], *text;
	int ret = take(r, "era", &text);

	if (ret || !sim_era_parse(text, &r->certificate->era, reason))
		return ret;
	snprintf(r->error, SIM_TEXT_MAX, "%.60s:%d: %.160s", r->name, r->lineno,
		 reason);
	return -EINVAL;
}

static int read_bool(struct reader *r, const char *word, bool *ret_value)
{
	char *text;
	int ret = take(r, word, &text);

	if (ret)
		return ret;
	*ret_value = !strcmp(text, "yes");
	return *ret_value || !strcmp(text, "no") ?
		       0 :
		       expected(r, "yes or no", text);
}

static int read_faults(struct reader *r)
{
	char reason[SIM_TEXT_MAX], *text, *word, *save;
	int ret = take(r, "faults", &text);

	if (ret || !strcmp(text, "none"))
		return ret;
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		if (sim_faults_parse(word, &r->certificate->faults, reason))
			return expected(r, "faults like alloc:1, or none",
					word);
	return 0;
}

static int read_invariants(struct reader *r)
{
	char reason[SIM_TEXT_MAX], *text;
	int ret = take(r, "invariants", &text);

	if (ret || !strcmp(text, "none"))
		return ret;
	return sim_invariants_parse(text, &r->certificate->invariants, reason) ?
		       expected(r, "invariants or none", text) :
		       0;
}

static int read_count(struct reader *r, const char *word, uint64_t max,
		      uint64_t *ret_number)
{
	char *text;
	const char *at;
	int ret = take(r, word, &text);

	if (ret)
		return ret;
	at = text;
	return read_number(&at, max, "", ret_number) ?
		       0 :
		       expected(r, "a number", text);
}

static int read_dependence(struct reader *r)
{
	char *text, *end;
	int ret = take(r, "dependence", &text);

	if (ret)
		return ret;
	r->certificate->dependence = strtoull(text, &end, 16);
	return strlen(text) == 16 && !*end ?
		       0 :
		       expected(r, "16 hexadecimal digits", text);
}

static int read_header(struct reader *r)
{
	struct sim_certificate *c = r->certificate;
	uint64_t steps = 0;
	int ret = next_line(r);

	if (ret >= 0 && (!ret || strcmp(r->line, MAGIC)))
		return expected(r, "'" MAGIC "'", ret ? r->line : "nothing");
	ret = ret < 0 ? ret : read_scenario(r);
	ret = ret ? ret : read_era(r);
	ret = ret ? ret : read_bool(r, "timeouts", &c->timeouts);
	ret = ret ? ret : read_bool(r, "signals", &c->signals);
	ret = ret ? ret : read_faults(r);
	ret = ret ? ret : read_count(r, "steps", SIM_STEPS_MAX, &steps);
	ret = ret ? ret : read_invariants(r);
	ret = ret ? ret : read_dependence(r);
	ret = ret ? ret : read_count(r, "classes", UINT64_MAX, &c->nr_classes);
	c->steps_max = (unsigned)steps;
	return ret;
}

/* -------------------------------------------------------------------- classes */

/* The verdict of that name, @size characters long; SIM_VERDICT_NR: none. */
static unsigned find_verdict(const char *name, size_t size)
{
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++) {
		const char *known = sim_verdict_name((enum sim_verdict)v);

		if (strlen(known) == size && !strncmp(known, name, size))
			break;
	}
	return v;
}

/* "found 3 refused" */
static int read_found(struct reader *r, const char *text)
{
	const char *at = text;
	uint64_t number;
	unsigned v;

	if (!read_number(&at, UINT64_MAX, " ", &number))
		return expected(r, "a number and a verdict", text);
	at += *at == ' ';
	v = find_verdict(at, strlen(at));
	if (v == SIM_VERDICT_NR)
		return expected(r, "a verdict", at);
	r->certificate->found[v] = number;
	return 0;
}

/* "refused, BUG|": what was found. */
static int read_verdicts(struct reader *r, const char **at, unsigned *ret_set)
{
	*ret_set = 0;
	while (**at != '|') {
		size_t n = strcspn(*at, ",|");
		unsigned v = find_verdict(*at, n);

		if (v == SIM_VERDICT_NR)
			return expected(r, "a verdict or '|'", *at);
		*ret_set |= SIM_SET(v);
		*at += n;
		*at += strspn(*at, ", ");
	}
	++*at;
	return 0;
}

/* TASK[:OUTCOME][*TIMES] */
static int read_acts(struct reader *r, const char *at, size_t *ret_nr)
{
	uint64_t task, outcome, times;

	*ret_nr = 0;
	while (*at) {
		const char *word = at + strspn(at, " ");

		at = word;
		outcome = 0;
		times = 1;
		if (!read_number(&at, SIM_TASKS_MAX, " :*", &task) || !task ||
		    (*at == ':' &&
		     (++at, !read_number(&at, 255, " *", &outcome))) ||
		    (*at == '*' &&
		     (++at, !read_number(&at, SIM_STEPS_MAX, " ", &times))))
			return expected(r, "steps like 2, 2*3 or 2:1", word);
		if (times + *ret_nr > SIM_STEPS_MAX)
			return expected(r, "fewer steps", word);
		while (times-- > 0)
			r->acts[(*ret_nr)++] =
				(struct sim_act){ (unsigned short)task,
						  (unsigned short)outcome };
	}
	return 0;
}

static int read_class(struct reader *r, const char *text)
{
	struct sim_class class = { .acts = r->acts, .lineno = r->lineno };
	const char *at = text;
	int ret = read_verdicts(r, &at, &class.verdicts);

	if (!ret)
		ret = read_acts(r, at, &class.nr);
	if (!ret)
		ret = sim_certificate_add(r->certificate, &class);
	if (ret == -ENOSPC)
		ret = expected(r, "fewer classes", text);
	return ret;
}

static int read_body(struct reader *r)
{
	for (;;) {
		int ret = next_line(r);
		char *text;

		if (ret < 0)
			return ret;
		if (!ret)
			return expected(r, "'class' or 'end'",
					"the end of the file: it is cut off");
		if (!strcmp(r->line, "end"))
			break;
		text = behind(r->line, "found");
		if (text && !r->certificate->nr)
			ret = read_found(r, text);
		else if (!strncmp(r->line, "class|", 6))
			ret = read_class(r, r->line + 5);
		else if ((text = behind(r->line, "class")))
			ret = read_class(r, text);
		else
			ret = expected(r, "'class' or 'end'", r->line);
		if (ret)
			return ret;
	}
	if (next_line(r) == 1)
		return expected(r, "nothing behind 'end'", r->line);
	return 0;
}

int sim_certificate_parse(const char *text, const char *name,
			  struct sim_certificate *ret_certificate, char *error)
{
	struct reader r = { .name = name,
			    .at = text,
			    .error = error,
			    .certificate = ret_certificate };
	int ret = -ENOMEM;

	memset(ret_certificate, 0, sizeof(*ret_certificate));
	r.acts = malloc((SIM_STEPS_MAX + 1) * sizeof(*r.acts));
	if (r.acts)
		ret = read_header(&r);
	if (!ret)
		ret = read_body(&r);
	free(r.acts);
	free(r.line);
	if (ret)
		sim_certificate_release(ret_certificate);
	if (ret == -ENOMEM)
		snprintf(error, SIM_TEXT_MAX, "%.180s: out of memory", name);
	return ret;
}

/* ---------------------------------------------------------------------- files */

static int complain(char *error, const char *path, const char *why)
{
	snprintf(error, SIM_TEXT_MAX, "%.160s: %.80s", path, why);
	return -EIO;
}

/* All of it as text, malloced, or NULL. */
static char *read_text(gzFile file, const char *path, char *error)
{
	size_t used = 0, max = 1u << 16;
	char *text = malloc(max), *grown;
	int n = 0;

	while (text && (n = gzread(file, text + used,
				   (unsigned)(max - used - 1))) > 0) {
		used += (size_t)n;
		if (used + 1 < max)
			continue;
		grown = max < CERTIFICATE_BYTES_MAX ? realloc(text, 2 * max) :
						      NULL;
		if (!grown)
			break;
		text = grown;
		max *= 2;
	}
	if (text && !n && gzeof(file) && !memchr(text, '\0', used)) {
		text[used] = '\0';
		return text;
	}
	free(text);
	complain(error, path,
		 n > 0 ? "it is too large" : "expected a whole file of text");
	return NULL;
}

int sim_certificate_read(const char *path,
			 struct sim_certificate *ret_certificate, char *error)
{
	int fd = sim_store_open(path), ret;
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "rb");
	char *text;

	memset(ret_certificate, 0, sizeof(*ret_certificate));
	if (!file) {
		if (fd >= 0)
			(void)close(fd);
		return complain(error, path,
				fd == -ESPIPE ?
					"expected a regular file" :
					strerror(fd < 0 ? -fd : ENOMEM));
	}
	text = read_text(file, path, error);
	ret = gzclose(file);
	if (text && ret != Z_OK) {
		free(text);
		return complain(error, path, "expected a whole file of text");
	}
	if (!text)
		return -EIO;
	ret = sim_certificate_parse(text, path, ret_certificate, error);
	free(text);
	return ret;
}
