/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.c - which outcomes are faults, how many of them a run may have, and
 * how that reads: "alloc,timeout:2".
 */
#include "faults.h"

#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[SIM_FAULT_ALLOC] = "alloc",
	[SIM_FAULT_TIMEOUT] = "timeout",
	[SIM_FAULT_SIGNAL] = "signal",
	[SIM_FAULT_NR] = NULL,
};

enum sim_fault sim_fault_of(enum sched_kind kind, unsigned outcome)
{
	if (kind == SCHED_ALLOC && outcome)
		return SIM_FAULT_ALLOC;
	if (kind == SCHED_SLEEP && outcome == SCHED_EXPIRED)
		return SIM_FAULT_TIMEOUT;
	if (kind == SCHED_SLEEP && outcome == SCHED_SIGNALLED)
		return SIM_FAULT_SIGNAL;
	return SIM_FAULT_NR;
}

bool sim_faults_limit(const struct sim_faults *faults, enum sched_kind kind,
		      unsigned outcome)
{
	enum sim_fault fault = sim_fault_of(kind, outcome);

	return fault < SIM_FAULT_NR && (faults->limited & SIM_FAULT_SET(fault));
}

bool sim_faults_allow(const struct sim_faults *faults, enum sched_kind kind,
		      unsigned outcome, unsigned used)
{
	enum sim_fault fault = sim_fault_of(kind, outcome);

	if (fault == SIM_FAULT_NR)
		return true;
	if (faults->limited & SIM_FAULT_SET(fault))
		return used < faults->max;
	return fault == SIM_FAULT_ALLOC || (faults->set & SIM_FAULT_SET(fault));
}

void sim_faults_free(struct sim_faults *faults, bool timeouts, bool signals)
{
	unsigned set = (timeouts ? SIM_FAULT_SET(SIM_FAULT_TIMEOUT) : 0) |
		       (signals ? SIM_FAULT_SET(SIM_FAULT_SIGNAL) : 0);

	faults->set |= set;
	faults->limited &= ~set;
}

/* ------------------------------------------------------------------- text */

/* "3" or "any", which is 0. */
static int parse_max(const char *text, unsigned *ret_max, char *error)
{
	char *end;
	unsigned long max;

	if (!strcmp(text, "any")) {
		*ret_max = 0;
		return 0;
	}
	max = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || !max ||
	    max > SIM_FAULTS_MAX) {
		snprintf(error, SIM_TEXT_MAX,
			 "faults: expected 'any' or a number from 1 to %u "
			 "behind the colon, found '%.40s'",
			 SIM_FAULTS_MAX, text);
		return -EINVAL;
	}
	*ret_max = (unsigned)max;
	return 0;
}

/* One limit holds for all that are limited. */
static int add(struct sim_faults *faults, unsigned set, unsigned max,
	       char *error)
{
	if (max && faults->limited && faults->max != max) {
		snprintf(error, SIM_TEXT_MAX,
			 "faults: expected one number for all of a run, found "
			 "%u and %u",
			 faults->max, max);
		return -EINVAL;
	}
	faults->set |= set;
	if (max) {
		faults->limited |= set;
		faults->max = max;
	} else {
		faults->limited &= ~set;
	}
	return 0;
}

int sim_faults_parse(const char *text, struct sim_faults *faults, char *error)
{
	char copy[SIM_TEXT_MAX], *word, *save, *colon;
	unsigned set = 0, max = 1;

	snprintf(copy, sizeof(copy), "%s", text);
	colon = strrchr(copy, ':');
	if (colon) {
		*colon = '\0';
		if (parse_max(colon + 1, &max, error))
			return -EINVAL;
	}
	for (word = strtok_r(copy, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		int fault = sim_words_find(word, names);

		if (fault < 0)
			return sim_words_complain(error, "a fault", word,
						  names);
		set |= SIM_FAULT_SET(fault);
	}
	if (!set)
		return sim_words_complain(error, "a fault", "", names);
	return add(faults, set, max, error);
}

const char *sim_faults_format(const struct sim_faults *faults, bool limited,
			      char *buf)
{
	unsigned set =
		limited ? faults->limited : faults->set & ~faults->limited;
	size_t used = 0;
	unsigned fault;

	buf[0] = '\0';
	for (fault = 0; fault < SIM_FAULT_NR; fault++)
		if (set & SIM_FAULT_SET(fault))
			used += (size_t)snprintf(buf + used,
						 SIM_TEXT_MAX - used, "%s%s",
						 used ? "," : "", names[fault]);
	if (set && limited)
		snprintf(buf + used, SIM_TEXT_MAX - used, ":%u", faults->max);
	else if (set)
		snprintf(buf + used, SIM_TEXT_MAX - used, ":any");
	return buf;
}
