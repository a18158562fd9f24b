/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - who may be steered by the environment: test programs by all of
 * sim_options_from_env(), the program vfiosim by nothing but its arguments.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <vfiosim/sim.h>

/*
 * Is there a variable that somebody set for vfiosim to read, which it does not?
 * Returns 0, or -EINVAL with what to write instead in @error (SIM_TEXT_MAX).
 */
int sim_options_refuse_env(char *error);

#endif
