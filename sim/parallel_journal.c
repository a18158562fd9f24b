/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parallel_journal.c - of which search a journal is.
 *
 * Whoever goes on with one must be the program that began it, with the same
 * scenario and whatever else decides what runs there are; how many processes
 * there are and when to give up are nobody's business.
 */
#include "parallel.h"

#include "dependence.h"
#include "faults.h"
#include "invariants.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE_BYTES_MAX ((size_t)16 << 20)

struct titles {
	char build[20], era[SIM_TEXT_MAX * 4], source[20], flags[32];
	char faults[SIM_TEXT_MAX * 2], invariants[SIM_TEXT_MAX * 4];
	char steps[12], find[12], dependence[20];
	struct sim_journal_title list[16];
};

static void print_hash(char *buf, size_t size, uint64_t hash)
{
	snprintf(buf, size, "%016llx", (unsigned long long)hash);
}

/* The text of a scenario's file; those of the program are part of it. */
static int hash_source(struct explorer *x, struct titles *t)
{
	char *text;

	snprintf(t->source, sizeof(t->source), "built in");
	if (!x->options->source)
		return 0;
	text = sim_store_read(x->options->source, SOURCE_BYTES_MAX,
			      x->result->error);
	if (!text)
		return -EIO;
	print_hash(t->source, sizeof(t->source),
		   sim_wire_hash(text, strlen(text)));
	free(text);
	return 0;
}

static void print_faults(const struct explorer *x, struct titles *t)
{
	const struct sim_faults *faults = &x->config.faults;
	char limited[SIM_TEXT_MAX], free_ones[SIM_TEXT_MAX];

	snprintf(t->faults, sizeof(t->faults), "'%s' '%s'",
		 sim_faults_format(faults, true, limited),
		 sim_faults_format(faults, false, free_ones));
}

static void print_invariants(const struct explorer *x, struct titles *t)
{
	snprintf(t->invariants, sizeof(t->invariants), "none");
	if (x->config.invariants)
		sim_invariants_format(x->config.invariants, t->invariants,
				      sizeof(t->invariants));
}

static int make_titles(struct explorer *x, struct titles *t)
{
	const struct sim_options *o = x->options;

	print_hash(t->build, sizeof(t->build), sim_wire_build());
	print_hash(t->dependence, sizeof(t->dependence), sim_dependence_hash());
	sim_era_format(&x->config.era, t->era, sizeof(t->era));
	print_faults(x, t);
	print_invariants(x, t);
	snprintf(t->steps, sizeof(t->steps), "%u", x->config.steps_max);
	snprintf(t->find, sizeof(t->find), "%x", o->find);
	snprintf(t->flags, sizeof(t->flags), "%s%s",
		 x->config.timeouts ? "timeouts " : "",
		 x->config.signals ? "signals" : "");
	memcpy(t->list,
	       (const struct sim_journal_title[]){
		       { "scenario", x->config.scenario->name },
		       { "text", t->source },
		       { "era", t->era },
		       { "sleeps that end by", t->flags },
		       { "faults", t->faults },
		       { "invariants", t->invariants },
		       { "steps", t->steps },
		       { "findings", t->find },
		       { "certificate", o->certificate ? "wanted" : "none" },
		       { "dependence table", t->dependence },
		       { "build", t->build },
		       { NULL, NULL } },
	       12 * sizeof(t->list[0]));
	return hash_source(x, t);
}

int sim_explorer_open_journal(struct explorer *x)
{
	const struct sim_options *o = x->options;
	struct titles *titles;
	int ret;

	if (!o->journal && !o->resume)
		return 0;
	titles = calloc(1, sizeof(*titles));
	ret = titles ? make_titles(x, titles) : -ENOMEM;
	if (!ret && o->resume)
		x->journal = sim_journal_open(o->resume, titles->list,
					      x->result->error, &ret);
	else if (!ret)
		x->journal = sim_journal_create(o->journal, titles->list,
						x->result->error, &ret);
	free(titles);
	return ret;
}
