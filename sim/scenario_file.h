/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file.h - scenarios that are written down instead of compiled.
 *
 * docs/scenario-files.md describes the YAML.  Files are untrusted input.
 */
#ifndef SIM_SCENARIO_FILE_H
#define SIM_SCENARIO_FILE_H

#include <vfiosim/sim.h>

#define SCENARIO_FILE_BYTES_MAX (1u << 16)
#define SCENARIO_FILE_ERROR_MAX 512

struct scenario_file;

/* Is that argument a file, and no scenario's name?  It has a slash in it, or
 * ends in .yaml or .yml. */
bool sim_scenario_file_is(const char *argument);

/**
 * sim_scenario_file_load - read a file
 * @error: SCENARIO_FILE_ERROR_MAX; file, line, column, what was expected and
 *         what stands there
 * @ret_file: end with sim_scenario_file_release(), after all results of it
 *
 * Returns 0; -EBUSY: another file is loaded, one at a time can be; -EIO: it
 * cannot be read; -EINVAL: it is no scenario; -ENOMEM.
 */
int sim_scenario_file_load(const char *path, struct scenario_file **ret_file,
			   char *error);

/* The same for @size bytes of text, with @name in errors. */
int sim_scenario_file_parse(const char *text, size_t size, const char *name,
			    struct scenario_file **ret_file, char *error);

/* What the file describes; lives as long as the file. */
const struct sim_scenario *
sim_scenario_file_scenario(const struct scenario_file *file);

/* Let sleeps end as the file says; what is set already stays. */
void sim_scenario_file_options(const struct scenario_file *file,
			       struct sim_options *options);

/* NULL is fine. */
void sim_scenario_file_release(struct scenario_file *file);

/* "f.yaml:11:5: unbind d0: ", of the operation of set-up or teardown in which
 * the run stopped; told once.  False: it was none of a file. */
bool sim_file_place(char *buf, size_t size);

#endif
