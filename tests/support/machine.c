/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c - see machine.h.
 *
 * A test that failed may have left its scheduler behind and a lock taken; the
 * machine goes all the same.
 */
#include "machine.h"

#include "inline_sched.h"

#include <vfiosim/kernel.h>

#include <errno.h>
#include <stdio.h>

int machine_boot(void **state)
{
	(void)state;
	return kernel_boot(NULL);
}

static int parse(const char *text, struct kernel_era *ret_era)
{
	char era[ERA_NAME_MAX], flag[64], value[64];
	int used = 0, more = 0, err;

	if (sscanf(text, "%31s%n", era, &used) != 1)
		return -EINVAL;
	err = era_lookup(era, ret_era);
	while (!err && sscanf(text + used, " %63[^= ]=%63s%n", flag, value,
			      &more) == 2) {
		err = era_set(ret_era, flag, value);
		used += more;
	}
	return err ? err : text[used] ? -EINVAL : 0;
}

int machine_boot_era(const char *era)
{
	struct kernel_config config;
	int err = parse(era, &config.era);

	return err ? err : kernel_boot(&config);
}

int machine_boot_inline(void **state)
{
	int err = machine_boot(state);

	if (!err)
		inline_sched_begin();
	return err;
}

static int print_leak(const struct slab_block *block, void *arg)
{
	(void)arg;
	fprintf(stderr, "leaked: %s #%u, allocated in %s()\n", block->type,
		block->nr, block->alloc_func);
	return 0;
}

int machine_halt(void **state)
{
	(void)state;
	if (sched_ops)
		inline_sched_end();
	kthread_join_all();
	return kernel_halt(print_leak, NULL);
}
