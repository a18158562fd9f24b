/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * certificate.c - lists of classes: sorted, written as text, compressed or not,
 * whole or not at all.
 */
#include "certificate.h"

#include "dependence.h"
#include "faults.h"
#include "invariants.h"
#include "store.h"
#include "verify.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Rough, but never less than what a step takes in memory and in text. */
#define ACT_BYTES (sizeof(struct sim_act) + 8)

/* ----------------------------------------------------------------- classes */

int sim_certificate_add(struct sim_certificate *certificate,
			const struct sim_class *class)
{
	struct sim_certificate *c = certificate;
	size_t nr_max = c->nr_max ? 2 * c->nr_max : 64;
	struct sim_class *added;
	size_t bytes_max = c->bytes_max ? c->bytes_max : CERTIFICATE_BYTES_MAX;
	struct sim_act *acts;
	void *p;

	if ((c->acts + class->nr) * ACT_BYTES +
		    (c->nr + 1) * sizeof(*c->classes) >
	    bytes_max)
		return -ENOSPC;
	if (c->nr == c->nr_max) {
		p = realloc(c->classes, nr_max * sizeof(*c->classes));
		if (!p)
			return -ENOMEM;
		c->classes = p;
		c->nr_max = nr_max;
	}
	acts = malloc((class->nr + 1) * sizeof(*acts));
	if (!acts)
		return -ENOMEM;
	if (class->nr)
		memcpy(acts, class->acts, class->nr * sizeof(*acts));
	added = &c->classes[c->nr++];
	*added = *class;
	added->acts = acts;
	c->acts += class->nr;
	return 0;
}

void sim_certificate_clear(struct sim_certificate *c)
{
	while (c->nr)
		free(c->classes[--c->nr].acts);
	c->acts = 0;
}

void sim_certificate_release(struct sim_certificate *c)
{
	sim_certificate_clear(c);
	free(c->classes);
	memset(c, 0, sizeof(*c));
}

struct sim_run_config
sim_certificate_config(const struct sim_certificate *c,
		       const struct sim_scenario *scenario,
		       const struct sim_carrier *carrier)
{
	return (struct sim_run_config){
		.scenario = scenario,
		.era = c->era,
		.carrier = carrier,
		.steps_max = c->steps_max,
		.timeouts = c->timeouts,
		.signals = c->signals,
		.faults = c->faults,
		.invariants = c->invariants,
	};
}

unsigned sim_run_verdicts(const struct sim_run *run)
{
	unsigned i, set = 0;

	for (i = 0; i < run->nr_findings; i++)
		set |= SIM_SET(run->findings[i].verdict);
	return set;
}

static int compare_acts(const struct sim_act *a, const struct sim_act *b)
{
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	return (a->outcome > b->outcome) - (a->outcome < b->outcome);
}

static int compare_classes(const void *a_, const void *b_)
{
	const struct sim_class *a = a_, *b = b_;
	size_t i;
	int order;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		order = compare_acts(&a->acts[i], &b->acts[i]);
		if (order)
			return order;
	}
	return (a->nr > b->nr) - (a->nr < b->nr);
}

static uint64_t count_verdict(const struct sim_certificate *c, unsigned verdict)
{
	uint64_t nr = 0;
	size_t i;

	for (i = 0; i < c->nr; i++)
		nr += c->classes[i].verdicts >> verdict & 1;
	return nr;
}

void sim_certificate_sort(struct sim_certificate *c)
{
	size_t i, kept = 0;
	unsigned v;

	if (c->nr)
		qsort(c->classes, c->nr, sizeof(*c->classes), compare_classes);
	for (i = 0; i < c->nr; i++) {
		if (kept &&
		    !compare_classes(&c->classes[kept - 1], &c->classes[i])) {
			c->acts -= c->classes[i].nr;
			free(c->classes[i].acts);
			continue;
		}
		c->classes[kept++] = c->classes[i];
	}
	c->nr = kept;
	c->nr_classes = kept;
	for (v = 0; v < SIM_VERDICT_NR; v++)
		c->found[v] = count_verdict(c, v);
}

bool sim_judge(struct sim_verification *v, enum sim_verified answer,
	       const char *format, ...)
{
	va_list ap;
	int n = 0;

	v->answer = answer;
	if (answer == SIM_REJECTED && v->lineno)
		n = snprintf(v->reason, sizeof(v->reason),
			     "line %d: ", v->lineno);
	va_start(ap, format);
	vsnprintf(v->reason + n, sizeof(v->reason) - (size_t)n, format, ap);
	va_end(ap);
	return answer == SIM_ACCEPTED;
}

bool sim_certificate_agrees(const struct sim_certificate *c, char *reason)
{
	unsigned v;

	if (c->dependence != sim_dependence_hash()) {
		snprintf(reason, SIM_TEXT_MAX,
			 "expected dependence table %016llx, found %016llx",
			 (unsigned long long)sim_dependence_hash(),
			 (unsigned long long)c->dependence);
		return false;
	}
	if (c->nr != c->nr_classes || !c->nr) {
		snprintf(reason, SIM_TEXT_MAX,
			 "expected %llu classes as it says, at least 1, found "
			 "%zu",
			 (unsigned long long)c->nr_classes, c->nr);
		return false;
	}
	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (c->found[v] != count_verdict(c, v)) {
			snprintf(reason, SIM_TEXT_MAX,
				 "%s: expected %llu classes as it says, found "
				 "%llu",
				 sim_verdict_name((enum sim_verdict)v),
				 (unsigned long long)c->found[v],
				 (unsigned long long)count_verdict(c, v));
			return false;
		}
	return true;
}

/* -------------------------------------------------------------------- text */

static const char *yes(bool value)
{
	return value ? "yes" : "no";
}

static void write_faults(FILE *out, const struct sim_faults *faults)
{
	char text[SIM_TEXT_MAX];
	int limited;

	fputs("faults    ", out);
	for (limited = 1; limited >= 0; limited--)
		if (*sim_faults_format(faults, limited, text))
			fprintf(out, " %s", text);
	fputs(faults->set ? "\n" : " none\n", out);
}

static void write_header(FILE *out, const struct sim_certificate *c)
{
	char text[SIM_TEXT_MAX * 4];

	sim_era_format(&c->era, text, sizeof(text));
	fprintf(out,
		"vfiosim certificate 1\n"
		"scenario   %s\n"
		"era        %s\n"
		"timeouts   %s\n"
		"signals    %s\n",
		c->scenario, text, yes(c->timeouts), yes(c->signals));
	write_faults(out, &c->faults);
	fprintf(out, "steps      %u\ninvariants %s\n", c->steps_max,
		c->invariants ? sim_invariants_format(c->invariants, text,
						      sizeof(text)) :
				"none");
	fprintf(out, "dependence %016llx\nclasses    %llu\n",
		(unsigned long long)c->dependence,
		(unsigned long long)c->nr_classes);
}

static void write_found(FILE *out, const struct sim_certificate *c)
{
	unsigned v;

	for (v = 0; v < SIM_VERDICT_NR; v++)
		if (c->found[v])
			fprintf(out, "found      %llu %s\n",
				(unsigned long long)c->found[v],
				sim_verdict_name((enum sim_verdict)v));
}

/* "3*7 1 2:1": seven steps of task 3, one of task 1, one of task 2 with
 * another outcome than the first. */
static void write_acts(FILE *out, const struct sim_class *class)
{
	size_t i, n;

	for (i = 0; i < class->nr; i += n) {
		const struct sim_act *act = &class->acts[i];

		for (n = 1; !act->outcome && i + n < class->nr &&
			    !compare_acts(act, &class->acts[i + n]);
		     n++)
			;
		fprintf(out, " %u", act->task);
		if (act->outcome)
			fprintf(out, ":%u", act->outcome);
		if (n > 1)
			fprintf(out, "*%zu", n);
	}
}

static void write_class(FILE *out, const struct sim_class *class)
{
	const char *separator = " ";
	unsigned v;

	fputs("class", out);
	for (v = 0; v < SIM_VERDICT_NR; v++) {
		if (!(class->verdicts >> v & 1))
			continue;
		fprintf(out, "%s%s", separator,
			sim_verdict_name((enum sim_verdict)v));
		separator = ", ";
	}
	fputc('|', out);
	write_acts(out, class);
	fputc('\n', out);
}

static char *format(const struct sim_certificate *c, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);
	size_t i;

	if (!out)
		return NULL;
	write_header(out, c);
	write_found(out, c);
	for (i = 0; i < c->nr; i++)
		write_class(out, &c->classes[i]);
	fputs("end\n", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *sim_certificate_format(const struct sim_certificate *c)
{
	size_t size;

	return format(c, &size);
}

/* -------------------------------------------------------------------- files */

/* With a header that says neither when nor where. */
static char *compress_text(char *text, size_t *size)
{
	z_stream z = { .next_in = (unsigned char *)text,
		       .avail_in = (uInt)*size };
	char *packed = NULL;
	uLong max;

	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	max = deflateBound(&z, (uLong)*size);
	packed = malloc(max);
	z.next_out = (unsigned char *)packed;
	z.avail_out = (uInt)max;
	if (packed && deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(packed);
		packed = NULL;
	}
	*size = z.total_out;
	(void)deflateEnd(&z);
	return packed;
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcmp(path + n - m, end);
}

int sim_certificate_write(const struct sim_certificate *c, const char *path,
			  char *error)
{
	size_t size;
	char *text = format(c, &size), *packed = text;
	int ret = -ENOMEM;

	if (text && ends_with(path, ".gz"))
		packed = compress_text(text, &size);
	if (packed)
		ret = sim_store_file(path, packed, size, error);
	else
		snprintf(error, SIM_TEXT_MAX,
			 "%.180s: out of memory for the certificate", path);
	if (packed != text)
		free(packed);
	free(text);
	return ret;
}
