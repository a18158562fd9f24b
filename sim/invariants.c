/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants.c - the table of invariants: what each one says, in which eras it
 * means anything, and in which it is known to be broken, and by which bug.
 */
#include "invariants.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define VALUE(value) (1u << (value))
#define ANY 0u
#define TRACKED ERA_TRACK_UNBOUND, VALUE(ERA_ON)
#define NOTIFIED ERA_ISOLATION, VALUE(ERA_ISOLATION_NOTIFIER_BUG)
#define OWNED ERA_ISOLATION, VALUE(ERA_ISOLATION_DMA_OWNER)
#define EVERYWHERE ERA_TRACK_UNBOUND, ANY

#define STEP SIM_INVARIANT_STEP
#define END SIM_INVARIANT_END
#define RUNS SIM_INVARIANT_RUNS
#define VERDICT SIM_INVARIANT_VERDICT

#define FREED_SET                                                   \
	(SIM_SET(SIM_USE_AFTER_FREE) | SIM_SET(SIM_DOUBLE_FREE) |   \
	 SIM_SET(SIM_NULL_DEREFERENCE) | SIM_SET(SIM_REF_OVERFLOW) | \
	 SIM_SET(SIM_REF_UNDERFLOW))

static const struct sim_invariant table[INV_NR] = {
	[INV_I1] = { "I1", "no step reads or writes a freed object",
		     VERDICT, EVERYWHERE, FREED_SET },
	[INV_I2] = { "I2", "who unlocks holds; nobody waits for himself",
		     STEP, EVERYWHERE, SIM_SET(SIM_LOCK_MISUSE) },
	[INV_I3] = { "I3", "locks are taken in one order", RUNS, EVERYWHERE,
		     0 },
	[INV_I4] = { "I4", "each node is on one list, once",
		     STEP, EVERYWHERE, SIM_SET(SIM_ENDLESS_WALK) },
	[INV_I5] = { "I5", "a driver changes under the device lock; a device "
		     "on a driver's list has one", STEP, EVERYWHERE, 0 },
	[INV_I6] = { "I6", "drvdata is written under the device lock",
		     STEP, EVERYWHERE, 0 },
	[INV_I7] = { "I7", "notifier blocks on a chain belong to live groups",
		     STEP, NOTIFIED, 0 },
	[INV_I8] = { "I8", "a listed group has a reference, or who dropped the "
		     "last one holds vfio.group_lock", STEP, EVERYWHERE, 0 },
	[INV_R1] = { "R1", "references on a vfio_device are its driver and its "
		     "open files", END, EVERYWHERE, 0 },
	[INV_R2] = { "R2", "references on a vfio_group are its devices, files "
		     "and external users", END, EVERYWHERE, 0 },
	[INV_R3] = { "R3", "container_users counts the group file, device "
		     "files and external users", END, EVERYWHERE, 0 },
	[INV_R4] = { "R4", "a group has users if and only if it has a "
		     "container", END, EVERYWHERE, 0 },
	[INV_R5] = { "R5", "references on a container are its files and "
		     "groups", END, EVERYWHERE, 0 },
	[INV_R6] = { "R6", "a backend has a group", END, EVERYWHERE, 0 },
	[INV_R7] = { "R7", "references on an iommu_group are its members, "
		     "their VFIO driver, and VFIO's pins", END, EVERYWHERE, 0 },
	[INV_R8] = { "R8", "a group counts its open file, which is one",
		     END, EVERYWHERE, 0 },
	[INV_R9] = { "R9", "a machine has one entry a group, and knew whether "
		     "all are coherent", END, EVERYWHERE, 0 },
	[INV_T1] = { "T1", "who is tracked is being unbound", STEP, TRACKED,
		     0 },
	[INV_T2] = { "T2", "a device is tracked once", STEP, TRACKED, 0 },
	[INV_T3] = { "T3", "nobody is tracked in the end", END, TRACKED, 0 },
	[INV_T4] = { "T4", "who is tracked is a member of the group", STEP,
		     TRACKED, 0 },
	[INV_T5] = { "T5", "a device of VFIO is listed or tracked until it has "
		     "no driver", STEP, NOTIFIED, 0 },
	[INV_V2] = { "V2", "a check answers what was true while it ran",
		     STEP, NOTIFIED, 0 },
	[INV_V3] = { "V3", "nobody is refused whose group no host driver has a "
		     "device of", STEP, NOTIFIED, 0 },
	[INV_V4] = { "V4", "GROUP_DEL of an entry through the group's own file "
		     "succeeds", STEP, EVERYWHERE, 0 },
	[INV_S1] = { "S1", "no host driver has a device of a group that is "
		     "attached to a backend", STEP, EVERYWHERE, 0 },
	[INV_S2] = { "S2", "BUG if and only if a host driver was bound into a "
		     "group in use", STEP, NOTIFIED, 0 },
	[INV_S3] = { "S3", "no host driver is bound unnoticed into a group in "
		     "use", STEP, NOTIFIED, 0 },
	[INV_S4] = { "S4", "a group's DMA has one owner: the user, or host "
		     "drivers", STEP, OWNED, 0 },
	[INV_L1] = { "L1", "all tasks end once files are closed and machines "
		     "gone", END, EVERYWHERE, 0 },
	[INV_L2] = { "L2", "the unbind of a device that nobody uses ends", END,
		     EVERYWHERE, 0 },
	[INV_L3] = { "L3", "nobody sleeps whose condition holds", END,
		     EVERYWHERE, SIM_SET(SIM_LOST_WAKEUP) },
	[INV_L4] = { "L4", "a group that was given back can be opened again",
		     END, EVERYWHERE, 0 },
	[INV_L5] = { "L5", "who waits does not run in circles", VERDICT,
		     EVERYWHERE, SIM_SET(SIM_LIVELOCK) },
};

#define GET_FIRST { ERA_KVM_DEL, VALUE(ERA_KVM_DEL_EXTERNAL_GET) }
#define EARLY { ERA_MEMBERSHIP_REMOVED_AT, VALUE(ERA_MEMBERSHIP_REMOVED_AT_DEL) }
#define KERNEL_ORDER { ERA_CHECK_ORDER, VALUE(ERA_CHECK_KERNEL) }
#define TRACKING { TRACKED }
#define NO_TRACKING { ERA_TRACK_UNBOUND, VALUE(ERA_OFF) }
#define TEST_REMOVE { ERA_DEBUG_TEST_REMOVE, VALUE(ERA_ON) }
#define FROM_DEV { ERA_GET_FROM_DEV, VALUE(ERA_GET_FROM_DEV_LOOKUP) }
#define LAST_PUT { ERA_DEVICE_FREE, VALUE(ERA_DEVICE_FREE_LAST_PUT) }
#define SYNC_PUT { ERA_NB_PUT, VALUE(ERA_NB_PUT_SYNC) }
#define GROUP_FIRST { ERA_EXT_PUT_ORDER, VALUE(ERA_EXT_PUT_GROUP_FIRST) }
#define PINS_USERS { ERA_KVM_PINS, VALUE(ERA_KVM_PINS_USERS_GROUP) }
#define WITH_NOTIFIER { NOTIFIED }
#define MEMBERLESS { OWNED }, { ERA_LAST_DEV_DETACHES, VALUE(ERA_OFF) }
#define REBINDS { ERA_SYSFS_BIND_RECHECK, VALUE(ERA_BIND_RECHECK_NONE) }

#define CONDITIONS_MAX 3

/* Known to be broken, by a bug, where all conditions hold. */
static const struct {
	enum sim_invariant_nr nr;
	const char *bug;
	struct {
		enum era_flag flag;
		unsigned values; /* 0: no condition */
	} where[CONDITIONS_MAX];
} known[] = {
	{ INV_I1, "B11", { GROUP_FIRST, PINS_USERS } },
	{ INV_I1, "B12", { { ERA_IOMMU_GROUP_PIN, VALUE(ERA_PIN_PER_DEVICE) } } },
	{ INV_I1, "B14", { LAST_PUT } },
	{ INV_I1, "B15", { { ERA_GET_FROM_DEV,
			     VALUE(ERA_GET_FROM_DEV_DRVDATA) } } },
	{ INV_I1, "empty-claim", { MEMBERLESS } },
	{ INV_I2, "B8", { SYNC_PUT } },
	{ INV_I2, "B16", { { ERA_OPEN_UNDER_VD, VALUE(ERA_ON) } } },
	{ INV_I3, "B8", { SYNC_PUT } },
	{ INV_I3, "B16", { { ERA_OPEN_UNDER_VD, VALUE(ERA_ON) } } },
	{ INV_I4, "B11", { GROUP_FIRST, PINS_USERS } },
	{ INV_I5, "double-bind", { REBINDS } },
	{ INV_I6, "B14", { LAST_PUT } },
	{ INV_R2, "B9", { { ERA_NB_PUT, VALUE(ERA_NB_PUT_WORKQUEUE) } } },
	{ INV_R3, "B21", { FROM_DEV } },
	{ INV_R4, "B21", { FROM_DEV } },
	{ INV_R7, "B6", { EARLY } },
	{ INV_R7, "double-bind", { REBINDS } },
	{ INV_R7, "create-race", { { ERA_CREATE_RACE_LEAKS_IOMMU_REF,
				     VALUE(ERA_ON) } } },
	{ INV_T1, "B5", { TRACKING } },
	{ INV_T1, "B6", { EARLY } },
	{ INV_T1, "B7", { TEST_REMOVE } },
	{ INV_T2, "B7", { TEST_REMOVE } },
	{ INV_T3, "B5", { TRACKING } },
	{ INV_T3, "B6", { EARLY } },
	{ INV_T3, "B7", { TEST_REMOVE } },
	{ INV_T4, "B6", { EARLY } },
	{ INV_T5, "B1", { NO_TRACKING } },
	{ INV_T5, "B4", { TRACKING } },
	{ INV_V2, "B2", { TRACKING, KERNEL_ORDER } },
	{ INV_V3, "B1", { NO_TRACKING } },
	{ INV_V3, "B2", { TRACKING, KERNEL_ORDER } },
	{ INV_V3, "B3", { WITH_NOTIFIER } },
	{ INV_V3, "B4", { TRACKING } },
	{ INV_V4, "B1", { GET_FIRST, NO_TRACKING } },
	{ INV_V4, "B2", { GET_FIRST, TRACKING, KERNEL_ORDER } },
	{ INV_V4, "B3", { GET_FIRST } },
	{ INV_V4, "B4", { GET_FIRST, TRACKING } },
	{ INV_S1, "B22", { WITH_NOTIFIER } },
	{ INV_S3, "B5", { TRACKING } },
	{ INV_S3, "B6", { TRACKING, EARLY } },
	{ INV_S3, "B7", { TRACKING, TEST_REMOVE } },
	{ INV_S4, "B24", { MEMBERLESS } },
	{ INV_L1, "B8", { SYNC_PUT } },
	{ INV_L2, "B8", { SYNC_PUT } },
	{ INV_L4, "B1", { GET_FIRST, NO_TRACKING } },
	{ INV_L4, "B2", { GET_FIRST, TRACKING, KERNEL_ORDER } },
	{ INV_L4, "B3", { GET_FIRST } },
	{ INV_L4, "B4", { GET_FIRST, TRACKING } },
	{ INV_L4, "B21", { FROM_DEV } },
	{ INV_L5, "B17", { { ERA_DEL_WAIT,
			     VALUE(ERA_DEL_WAIT_SPIN_ON_SIGNAL) } } },
};
/* clang-format on */

#define KNOWN_NR (sizeof(known) / sizeof(known[0]))

const struct sim_invariant *sim_invariant_nth(unsigned nth)
{
	return nth < INV_NR ? &table[nth] : NULL;
}

static bool has_value(const struct kernel_era *era, enum era_flag flag,
		      unsigned values)
{
	return !values || (values & VALUE(era->value[flag]));
}

bool sim_invariant_applies(unsigned nth, const struct kernel_era *era)
{
	return nth < INV_NR &&
	       has_value(era, table[nth].flag, table[nth].values);
}

static bool is_known(size_t i, const struct kernel_era *era)
{
	unsigned c;

	for (c = 0; c < CONDITIONS_MAX; c++)
		if (!has_value(era, known[i].where[c].flag,
			       known[i].where[c].values))
			return false;
	return true;
}

bool sim_invariant_expected(unsigned nth, const struct kernel_era *era,
			    char *bugs)
{
	size_t used = 0, i;

	bugs[0] = '\0';
	if (!sim_invariant_applies(nth, era))
		return false;
	for (i = 0; i < KNOWN_NR; i++)
		if (known[i].nr == nth && is_known(i, era))
			used += (size_t)snprintf(bugs + used,
						 SIM_TEXT_MAX - used, "%s%s",
						 used ? " " : "", known[i].bug);
	return used > 0;
}

/* Scenarios' own invariants may begin with a name, too: "L5: ...". */
static bool is_named(const struct sim_raw_finding *finding, const char *id)
{
	size_t n = strlen(id);

	return finding->verdict == SIM_INVARIANT &&
	       !strncmp(finding->text, id, n) && finding->text[n] == ':';
}

/* Who sleeps in each round waits, and does not run in circles. */
static bool is_breach(const struct sim_raw_finding *finding, unsigned nr)
{
	if (!(table[nr].verdicts & SIM_SET(finding->verdict)))
		return false;
	return nr != INV_L5 || !finding->sleeps;
}

uint64_t sim_invariants_broken(const struct sim_raw_finding *finding,
			       uint64_t set)
{
	uint64_t broken = 0;
	unsigned nr;

	for (nr = 0; nr < INV_NR; nr++)
		if (is_named(finding, table[nr].id) || is_breach(finding, nr))
			broken |= INV_SET(nr);
	return broken & set;
}

const char *sim_invariant_of(const struct sim_raw_finding *finding,
			     uint64_t set)
{
	uint64_t broken = sim_invariants_broken(finding, set);
	unsigned nr;

	for (nr = 0; nr < INV_NR; nr++)
		if (broken & INV_SET(nr))
			return table[nr].id;
	return NULL;
}

/* -------------------------------------------------------------------- sets */

#define SET_ALL (INV_SET(INV_NR) - 1)

static int add_word(const char *word, uint64_t *set, char *error)
{
	const char *ids[INV_NR + 2];
	unsigned nr;

	for (nr = 0; nr < INV_NR; nr++) {
		ids[nr] = table[nr].id;
		if (!strcmp(word, ids[nr])) {
			*set |= INV_SET(nr);
			return 0;
		}
	}
	ids[nr] = "all";
	ids[nr + 1] = NULL;
	if (strcmp(word, "all") != 0)
		return sim_words_complain(error, "an invariant", word, ids);
	*set |= SET_ALL;
	return 0;
}

int sim_invariants_parse(const char *text, uint64_t *ret_set, char *error)
{
	char copy[SIM_TEXT_MAX], *word, *save;
	uint64_t set = 0;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy) ||
	    !*text || text[strlen(text) - 1] == ',' || *text == ',' ||
	    strstr(text, ",,")) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected invariants like T5,R2 or all, found '%.60s'",
			 text);
		return -EINVAL;
	}
	for (word = strtok_r(copy, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		if (add_word(word, &set, error))
			return -EINVAL;
	*ret_set = set;
	return 0;
}

const char *sim_invariants_format(uint64_t set, char *buf, size_t size)
{
	size_t used = 0;
	unsigned nr;

	if (set == SET_ALL) {
		snprintf(buf, size, "all");
		return buf;
	}
	buf[0] = '\0';
	for (nr = 0; nr < INV_NR && used < size; nr++)
		if (set & INV_SET(nr))
			used += (size_t)snprintf(buf + used, size - used,
						 "%s%s", used ? "," : "",
						 table[nr].id);
	return buf;
}
