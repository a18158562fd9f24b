/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.c - words for verdicts, errno values and eras.
 */
#include <vfiosim/sim.h>

#include <stdlib.h>
#include <string.h>

const char *sim_verdict_name(enum sim_verdict verdict)
{
	static const char *const names[SIM_VERDICT_NR] = {
		[SIM_CHECK_FAILED] = "check failed",
		[SIM_BUG] = "BUG",
		[SIM_WARN] = "WARN",
		[SIM_REFUSED] = "refused",
		[SIM_DEADLOCK] = "deadlock",
		[SIM_LOST_WAKEUP] = "lost wake-up",
		[SIM_HANG] = "hang",
		[SIM_LIVELOCK] = "livelock",
		[SIM_STEP_LIMIT] = "step limit",
		[SIM_USE_AFTER_FREE] = "use after free",
		[SIM_DOUBLE_FREE] = "double free",
		[SIM_LEAK] = "leak",
		[SIM_REF_UNDERFLOW] = "reference underflow",
		[SIM_REF_OVERFLOW] = "reference overflow",
		[SIM_LOCK_MISUSE] = "lock misuse",
		[SIM_NULL_DEREFERENCE] = "NULL dereference",
		[SIM_ENDLESS_WALK] = "endless list walk",
		[SIM_INVARIANT] = "invariant broken",
	};

	return names[verdict];
}

const char *sim_errno_name(long error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EPERM, "-EPERM" },	     { ENOENT, "-ENOENT" },
		{ EINTR, "-EINTR" },	     { EIO, "-EIO" },
		{ ENXIO, "-ENXIO" },	     { EBADF, "-EBADF" },
		{ EAGAIN, "-EAGAIN" },	     { ENOMEM, "-ENOMEM" },
		{ EFAULT, "-EFAULT" },	     { EBUSY, "-EBUSY" },
		{ EEXIST, "-EEXIST" },	     { ENODEV, "-ENODEV" },
		{ EINVAL, "-EINVAL" },	     { EMFILE, "-EMFILE" },
		{ ENOTTY, "-ENOTTY" },	     { ENOSPC, "-ENOSPC" },
		{ 512, "-ERESTARTSYS" },     { EOPNOTSUPP, "-EOPNOTSUPP" },
		{ ETIMEDOUT, "-ETIMEDOUT" }, { ENFILE, "-ENFILE" },
	};
	static _Thread_local char number[24];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (error == -names[i].error)
			return names[i].name;
	snprintf(number, sizeof(number), "%ld", error);
	return number;
}

void sim_era_format(const struct kernel_era *era, char *buf, size_t size)
{
	struct kernel_era plain;
	size_t used = (size_t)snprintf(buf, size, "%s", era->name);
	unsigned f;

	if (era_lookup(era->name, &plain))
		return;
	for (f = 0; f < ERA_FLAG_NR && used < size; f++)
		if (era->value[f] != plain.value[f])
			used += (size_t)snprintf(
				buf + used, size - used, " %s=%s",
				era_flag_name((enum era_flag)f),
				era_value_name((enum era_flag)f,
					       era->value[f]));
}

/* "flag=value"; returns 0 or -EINVAL with the reason. */
static int set_flag(struct kernel_era *era, char *word, char *error)
{
	char *value = strchr(word, '=');
	int ret;

	if (!value) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected FLAG=VALUE, found '%.60s'", word);
		return -EINVAL;
	}
	*value++ = '\0';
	ret = era_set(era, word, value);
	if (!ret)
		return 0;
	snprintf(error, SIM_TEXT_MAX,
		 ret == -ENOENT ?
			 "expected an era flag, found '%.40s' (%.40s)" :
			 "flag %.40s has no value '%.40s'",
		 word, value);
	return -EINVAL;
}

int sim_era_parse(const char *text, struct kernel_era *ret_era, char *error)
{
	char copy[SIM_TEXT_MAX * 4], *word, *save;
	struct kernel_era era;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy)) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected an era, found %zu "
			 "characters",
			 strlen(text));
		return -EINVAL;
	}
	word = strtok_r(copy, " \t", &save);
	if (!word || era_lookup(word, &era)) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected an era like v3.19 or v3.19-patched, found "
			 "'%.60s'",
			 word ? word : "");
		return -EINVAL;
	}
	while ((word = strtok_r(NULL, " \t", &save)))
		if (set_flag(&era, word, error))
			return -EINVAL;
	if (era_conflict(&era)) {
		snprintf(error, SIM_TEXT_MAX,
			 "expected flags that go together: %s",
			 era_conflict(&era));
		return -EINVAL;
	}
	*ret_era = era;
	return 0;
}
