/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.c - writes a run as a list of switches, and reads such lists.
 *
 * Whoever runs goes on until the schedule says otherwise, and points carry
 * names, so a schedule survives compilers, carriers and harmless edits.
 */
#include "schedule.h"

#include "faults.h"
#include "invariants.h"
#include "quote.h"
#include "tally.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "vfiosim schedule 1"

/* ---------------------------------------------------------------- writing */

struct writer {
	FILE *out;
	const struct sim_trace *trace;
	struct sim_tally tally;
};

static bool is_task_step(const struct sim_event *e)
{
	return e->type == SIM_EVENT_STEP && e->task != 0;
}

static void write_point(struct writer *w, size_t i)
{
	const struct sim_event *e = &w->trace->events[i];
	char object[SIM_TEXT_MAX];
	unsigned nr = sim_tally_nth(&w->tally, w->trace, i);

	fprintf(w->out, "%s %s in %s", sim_kind_name(e->kind),
		sim_event_object(e, object, sizeof(object)), e->func);
	if (nr > 1)
		fprintf(w->out, " (%u)", nr);
}

/* Does the task end, or the run, without another step of @task after @i? */
static bool runs_out(const struct sim_trace *t, size_t i, unsigned task)
{
	size_t j;

	for (j = i + 1; j < t->nr_events; j++) {
		if (is_task_step(&t->events[j]))
			return false;
		if (t->events[j].type == SIM_EVENT_END &&
		    t->events[j].task == task)
			return true;
	}
	return false;
}

static void write_segment(struct writer *w, size_t first, size_t last)
{
	const struct sim_trace *t = w->trace;
	const char *name = t->names[t->events[last].task];
	size_t i;

	for (i = first; i <= last; i++) {
		const struct sim_event *e = &t->events[i];

		if (!is_task_step(e) || !e->outcome)
			continue;
		fprintf(w->out, "%-9s ", name);
		write_point(w, i);
		fprintf(w->out, " %s\n", sim_outcome_name(e->kind, e->outcome));
	}
	if (runs_out(t, last, t->events[last].task)) {
		fprintf(w->out, "%-9s runs to its end\n", name);
		return;
	}
	fprintf(w->out, "%-9s runs until it is past ", name);
	write_point(w, last);
	fprintf(w->out, "\n");
}

static void write_lines(struct writer *w)
{
	const struct sim_trace *t = w->trace;
	size_t i, first = 0, last = 0;
	bool open = false;

	for (i = 0; i < t->nr_events; i++) {
		if (!is_task_step(&t->events[i]))
			continue;
		if (open && t->events[i].task != t->events[last].task) {
			write_segment(w, first, last);
			open = false;
		}
		if (!open)
			first = i;
		open = true;
		last = i;
	}
	if (open)
		write_segment(w, first, last);
}

static void write_faults(struct writer *w)
{
	char text[SIM_TEXT_MAX];
	unsigned limited;

	for (limited = 0; limited < 2; limited++)
		if (*sim_faults_format(&w->trace->faults, limited, text))
			fprintf(w->out, "faults    %s\n", text);
}

static void write_header(struct writer *w, const char *scenario,
			 const struct kernel_era *era, const char *found)
{
	char text[SIM_TEXT_MAX * 4];

	sim_era_format(era, text, sizeof(text));
	fprintf(w->out, MAGIC "\nscenario  %s\nera       %s\n", scenario, text);
	if (w->trace->invariants)
		fprintf(w->out, "invariants %s\n",
			sim_invariants_format(w->trace->invariants, text,
					      sizeof(text)));
	write_faults(w);
	if (found)
		fprintf(w->out, "found     %s\n", found);
}

char *sim_schedule_write(const struct sim_trace *trace, const char *scenario,
			 const struct kernel_era *era, const char *found)
{
	struct writer w = { .trace = trace };
	char *text = NULL;
	size_t size;

	/* No step does more than one thing. */
	if (sim_tally_init(&w.tally, trace->steps))
		return NULL;
	w.out = open_memstream(&text, &size);
	if (w.out) {
		write_header(&w, scenario, era, found);
		write_lines(&w);
		fprintf(w.out, "end\n");
	}
	sim_tally_release(&w.tally);
	if (w.out && fclose(w.out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---------------------------------------------------------------- parsing */

struct parser {
	const char *name, *at;
	int lineno;
	char line[SCHEDULE_LINE_MAX];
	char *word; /* rest of the line */
	char *error;
	struct sim_schedule *schedule;
	unsigned lines_max;
};

static int complain(struct parser *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(struct parser *p, const char *format, ...)
{
	va_list ap;
	int n = snprintf(p->error, SIM_TEXT_MAX, "%s:%d: ", p->name, p->lineno);

	va_start(ap, format);
	if (n >= 0 && n < SIM_TEXT_MAX)
		vsnprintf(p->error + n, (size_t)(SIM_TEXT_MAX - n), format, ap);
	va_end(ap);
	return -EINVAL;
}

/* A comment begins with '#' and a blank, so that "vfio_group #1" is none.
 * Returns the length of what is left. */
static size_t cut_comment(char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (line[i] == '#' && (i == 0 || line[i - 1] == ' ') &&
		    !isdigit((unsigned char)line[i + 1])) {
			line[i] = '\0';
			return i;
		}
	return n;
}

/* The next line that is not empty and no comment; 0: none left. */
static int next_line(struct parser *p)
{
	const char *c;
	size_t n;

	do {
		if (!*p->at)
			return 0;
		n = strcspn(p->at, "\n");
		p->lineno++;
		if (n >= sizeof(p->line))
			return complain(p,
					"expected at most %zu characters, "
					"found a line of %zu",
					sizeof(p->line) - 1, n);
		memcpy(p->line, p->at, n);
		p->line[n] = '\0';
		p->at += n + (p->at[n] == '\n');
		n = cut_comment(p->line, n);
		p->word = p->line + strspn(p->line, " \t\r");
		while (n && isspace((unsigned char)p->line[n - 1]))
			p->line[--n] = '\0';
	} while (!*p->word);
	/* What a file says is printed, and must not steer a terminal. */
	for (c = p->word; *(c += sim_printable(c)); c++)
		if (*c != '\t')
			return complain(p,
					"expected printable text in UTF-8, "
					"found byte 0x%02x",
					(unsigned)(unsigned char)*c);
	return 1;
}

/* Cut the next word off the line; "" at its end. */
static char *take_word(struct parser *p)
{
	char *word = p->word;

	p->word += strcspn(p->word, " \t");
	if (*p->word)
		*p->word++ = '\0';
	p->word += strspn(p->word, " \t");
	return word;
}

/* Does the rest of the line begin with these words? Then take them. */
static bool take_words(struct parser *p, const char *words)
{
	size_t n = strlen(words);

	if (strncmp(p->word, words, n) ||
	    (p->word[n] && p->word[n] != ' ' && p->word[n] != '\t'))
		return false;
	p->word += n;
	p->word += strspn(p->word, " \t");
	return true;
}

static bool copy_name(char *to, size_t size, const char *from)
{
	return (size_t)snprintf(to, size, "%s", from) < size;
}

/* "(3)" at the end of the line, or nothing: 1. */
static int parse_nth(struct parser *p, struct sim_point *point)
{
	char *end;
	unsigned long nth;

	point->nth = 1;
	if (*p->word != '(')
		return 0;
	nth = strtoul(p->word + 1, &end, 10);
	if (!isdigit((unsigned char)p->word[1]) || *end != ')' || nth < 1 ||
	    nth > SIM_STEPS_MAX)
		return complain(p,
				"expected the number of an occurrence, "
				"like (2), found '%s'",
				p->word);
	point->nth = (unsigned)nth;
	p->word = end + 1;
	p->word += strspn(p->word, " \t");
	return 0;
}

/* KIND OBJECT [#N] in FUNCTION [(n)] */
static int parse_point(struct parser *p, struct sim_point *point)
{
	const char *word = take_word(p);
	char *in;

	point->kind = sim_kind_find(word);
	if (point->kind == SCHED_KIND_NR)
		return complain(p,
				"expected an operation like lock, unlock, "
				"read or update, found '%s'",
				word);
	in = strstr(p->word, " in ");
	if (!in)
		return complain(p,
				"expected an object, 'in' and a function "
				"after '%s', found '%s'",
				sim_kind_name(point->kind), p->word);
	*in = '\0';
	if (!copy_name(point->object, sizeof(point->object), p->word))
		return complain(p, "expected a shorter name than '%.40s...'",
				p->word);
	p->word = in + 4;
	p->word += strspn(p->word, " \t");
	word = take_word(p);
	if (!*word)
		return complain(p, "expected a function, found '%s'", word);
	if (!copy_name(point->func, sizeof(point->func), word))
		return complain(p, "expected a shorter name than '%.40s...'",
				word);
	return parse_nth(p, point);
}

static int expect_line_end(struct parser *p)
{
	if (!*p->word)
		return 0;
	return complain(p, "expected the end of the line, found '%s'", p->word);
}

static int parse_run(struct parser *p, struct sim_line *line)
{
	int ret = 0;

	if (take_words(p, "to its end"))
		line->type = SIM_LINE_END;
	else if (take_words(p, "until it blocks"))
		line->type = SIM_LINE_BLOCKS;
	else if (take_words(p, "until it is past"))
		line->type = SIM_LINE_PAST;
	else if (take_words(p, "until it is about to"))
		line->type = SIM_LINE_BEFORE;
	else
		return complain(p,
				"expected 'to its end', 'until it is past "
				"...', 'until it is about to ...' or 'until it "
				"blocks', found '%s'",
				p->word);
	if (line->type == SIM_LINE_PAST || line->type == SIM_LINE_BEFORE)
		ret = parse_point(p, &line->point);
	return ret ? ret : expect_line_end(p);
}

/* Which outcomes but the first can an operation have? */
static unsigned last_outcome(enum sched_kind kind)
{
	switch (kind) {
	case SCHED_ALLOC:
		return 1;
	case SCHED_SLEEP:
		return SCHED_SIGNALLED;
	default:
		return 0;
	}
}

static int parse_choice(struct parser *p, struct sim_line *line)
{
	unsigned outcome, last;
	int ret = parse_point(p, &line->point);

	if (ret)
		return ret;
	line->type = SIM_LINE_CHOICE;
	last = last_outcome(line->point.kind);
	for (outcome = 1; outcome <= last; outcome++)
		if (take_words(p, sim_outcome_name(line->point.kind, outcome)))
			break;
	line->outcome = outcome;
	if (outcome <= last)
		return expect_line_end(p);
	return complain(p, "expected %s, found '%s'",
			last == 1 ? "'fails'" :
			last	  ? "'expires' or 'is interrupted'" :
				    "'runs ...', or alloc or sleep and its "
				    "outcome",
			last ? p->word : sim_kind_name(line->point.kind));
}

static int parse_line(struct parser *p)
{
	struct sim_schedule *s = p->schedule;
	struct sim_line *line;
	const char *task = take_word(p);
	void *grown;

	if (s->nr_lines == SCHEDULE_LINES_MAX)
		return complain(p, "expected at most %d lines",
				SCHEDULE_LINES_MAX);
	if (s->nr_lines == p->lines_max) {
		p->lines_max = p->lines_max ? 2 * p->lines_max : 16;
		grown = realloc(s->lines, p->lines_max * sizeof(*s->lines));
		if (!grown)
			return -ENOMEM;
		s->lines = grown;
	}
	line = &s->lines[s->nr_lines++];
	memset(line, 0, sizeof(*line));
	line->lineno = p->lineno;
	if (!copy_name(line->task, sizeof(line->task), task))
		return complain(p,
				"expected the name of a task, found "
				"'%.40s...'",
				task);
	if (take_words(p, "runs"))
		return parse_run(p, line);
	return parse_choice(p, line);
}

static int expect_word(struct parser *p, const char *word)
{
	int ret = next_line(p);

	if (ret < 0)
		return ret;
	if (ret == 0) {
		p->lineno++;
		return complain(p, "expected '%s', found the end of the file",
				word);
	}
	if (!take_words(p, word))
		return complain(p, "expected '%s', found '%s'", word, p->word);
	return 0;
}

static void parse_found(struct parser *p)
{
	struct sim_schedule *s = p->schedule;
	unsigned v;

	snprintf(s->found, sizeof(s->found), "%.*s", SIM_TEXT_MAX - 1, p->word);
	for (v = 0; v < SIM_VERDICT_NR; v++) {
		const char *name = sim_verdict_name((enum sim_verdict)v);

		if (!strncmp(s->found, name, strlen(name)) &&
		    s->found[strlen(name)] == ':') {
			s->verdict = (enum sim_verdict)v;
			s->has_verdict = true;
		}
	}
}

static int parse_header(struct parser *p)
{
	struct sim_schedule *s = p->schedule;
	char reason[SIM_TEXT_MAX];
	int ret = next_line(p);

	if (ret < 0)
		return ret;
	if (!ret || strcmp(p->word, MAGIC)) {
		p->lineno += ret == 0;
		return complain(p, "expected '" MAGIC "', found '%.60s'",
				ret > 0 ? p->word : "nothing");
	}
	ret = expect_word(p, "scenario");
	if (ret)
		return ret;
	if (!*p->word || strpbrk(p->word, " \t") ||
	    !copy_name(s->scenario, sizeof(s->scenario), p->word))
		return complain(p,
				"expected the name of a scenario, found "
				"'%.60s'",
				p->word);
	ret = expect_word(p, "era");
	if (ret)
		return ret;
	if (sim_era_parse(p->word, &s->era, reason))
		return complain(p, "%s", reason);
	return 0;
}

static int parse_invariants(struct parser *p)
{
	char reason[SIM_TEXT_MAX];

	if (p->schedule->invariants)
		return complain(p, "expected invariants once, found '%.60s'",
				p->word);
	if (sim_invariants_parse(p->word, &p->schedule->invariants, reason))
		return complain(p, "%s", reason);
	return 0;
}

static int parse_faults(struct parser *p)
{
	char reason[SIM_TEXT_MAX];

	if (sim_faults_parse(p->word, &p->schedule->faults, reason))
		return complain(p, "%s", reason);
	return 0;
}

/* What may stand between the header and the first line of a task. */
static int parse_option(struct parser *p, bool *ret_parsed)
{
	*ret_parsed = true;
	if (take_words(p, "found")) {
		parse_found(p);
		return 0;
	}
	if (take_words(p, "invariants"))
		return parse_invariants(p);
	if (take_words(p, "faults"))
		return parse_faults(p);
	*ret_parsed = false;
	return 0;
}

static int parse_body(struct parser *p)
{
	bool option;
	int ret;

	for (;;) {
		ret = next_line(p);
		if (ret < 0)
			return ret;
		if (ret == 0) {
			p->lineno++;
			return complain(p,
					"expected a task or 'end', found "
					"the end of the file: it is cut off");
		}
		option = false;
		ret = p->schedule->nr_lines ? 0 : parse_option(p, &option);
		if (ret)
			return ret;
		if (option)
			continue;
		if (!strcmp(p->word, "end"))
			break;
		ret = parse_line(p);
		if (ret)
			return ret;
	}
	p->schedule->end_lineno = p->lineno;
	ret = next_line(p);
	if (ret > 0)
		return complain(p, "expected nothing after 'end', found '%s'",
				p->word);
	return ret;
}

int sim_schedule_parse(const char *text, const char *name,
		       struct sim_schedule *ret_schedule, char *error)
{
	struct parser p = { .name = name,
			    .at = text,
			    .error = error,
			    .schedule = ret_schedule };
	int ret;

	memset(ret_schedule, 0, sizeof(*ret_schedule));
	error[0] = '\0';
	ret = parse_header(&p);
	if (!ret)
		ret = parse_body(&p);
	if (ret)
		sim_schedule_release(ret_schedule);
	return ret;
}

void sim_schedule_release(struct sim_schedule *schedule)
{
	free(schedule->lines);
	schedule->lines = NULL;
	schedule->nr_lines = 0;
}

static int format_point(const struct sim_point *point, char *buf, size_t size)
{
	if (point->nth > 1)
		return snprintf(buf, size, "%s %s in %s (%u)",
				sim_kind_name(point->kind), point->object,
				point->func, point->nth);
	return snprintf(buf, size, "%s %s in %s", sim_kind_name(point->kind),
			point->object, point->func);
}

const char *sim_line_format(const struct sim_line *line, char *buf, size_t size)
{
	char point[3 * SCHEDULE_NAME_MAX] = "";

	if (line->type == SIM_LINE_END) {
		snprintf(buf, size, "%s runs to its end", line->task);
		return buf;
	}
	if (line->type == SIM_LINE_BLOCKS) {
		snprintf(buf, size, "%s runs until it blocks", line->task);
		return buf;
	}
	format_point(&line->point, point, sizeof(point));
	if (line->type == SIM_LINE_CHOICE)
		snprintf(buf, size, "%s %s %s", line->task, point,
			 sim_outcome_name(line->point.kind, line->outcome));
	else
		snprintf(buf, size, "%s runs until it is %s %s", line->task,
			 line->type == SIM_LINE_PAST ? "past" : "about to",
			 point);
	return buf;
}
