/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario.h - the built-in scenarios, one line each.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "symbols.h"

#include <vfiosim/sim.h>

/* Races of no kernel in particular. */
#define SIM_TEXTBOOK(SCENARIO)  \
	SCENARIO(lost_update)   \
	SCENARIO(abba_deadlock) \
	SCENARIO(lost_wakeup)   \
	SCENARIO(recursive_read)

/* In the order of `vfiosim list`: textbook races, then the catalogue. */
#define SIM_SCENARIOS(SCENARIO)           \
	SIM_TEXTBOOK(SCENARIO)            \
	SCENARIO(viability_status)        \
	SCENARIO(viability_enomem)        \
	SCENARIO(viability_group_del)     \
	SCENARIO(viability_window)        \
	SCENARIO(viability_device_open)   \
	SCENARIO(put_external_user)       \
	SCENARIO(host_rebind)             \
	SCENARIO(bind_window_group_del)   \
	SCENARIO(bind_window_status)      \
	SCENARIO(viability_sibling)       \
	SCENARIO(viability_get_device_fd) \
	SCENARIO(viability_external_get)  \
	SCENARIO(host_bind)               \
	SCENARIO(host_bind_attach)        \
	SCENARIO(notifier_put)            \
	SCENARIO(notifier_put_enomem)     \
	SCENARIO(hot_unplug)              \
	SCENARIO(device_delete)           \
	SCENARIO(address_reuse)           \
	SCENARIO(late_probe)              \
	SCENARIO(test_remove)             \
	SCENARIO(drvdata_clobber)         \
	SCENARIO(pending_signal)          \
	SCENARIO(two_groups)              \
	SCENARIO(bus_reset)               \
	SCENARIO(bus_reset_open)          \
	SCENARIO(container_stall)         \
	SCENARIO(memberless_group)        \
	SCENARIO(attach_unplugged)        \
	SCENARIO(two_group_dels)          \
	SCENARIO(double_bind)             \
	SCENARIO(failing_lookup)

#define SCENARIO(name) extern const struct sim_scenario name;
SIM_SCENARIOS(SCENARIO)
#undef SCENARIO

bool sim_scenario_is_textbook(const struct sim_scenario *scenario);

#endif
