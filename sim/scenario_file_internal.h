/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_internal.h - what a scenario file is made of; for
 * sim/scenario_file*.c.
 */
#ifndef SIM_SCENARIO_FILE_INTERNAL_H
#define SIM_SCENARIO_FILE_INTERNAL_H

#include <vfiosim/script.h>

#include "scenario_file.h"

#define FILE_OBJECTS_MAX 256
#define FILE_CONDITIONS_MAX 8
#define FILE_OPS_MAX (SCRIPT_STEPS_MAX - 1) /* of all lists together */
#define FILE_CHECKS_MAX 64
#define FILE_FAULTS_MAX 16
#define FILE_EXPECTS_MAX 256
#define FILE_LINE_MAX 200 /* of a summary, a role */

/* ------------------------------------------------------------------- nodes */

enum file_node_kind { FILE_SCALAR, FILE_LIST, FILE_MAP };

/* One node of the YAML.  Items of a list and keys of a map hang on @items;
 * a key is a scalar with a @value. */
struct file_node {
	enum file_node_kind kind;
	int line, column; /* from 1 */
	const char *text; /* of a scalar */
	struct file_node *items, *next, *value;
};

/* ----------------------------------------------------------------- objects */

/* What operations name. */
enum file_object_kind {
	FILE_FD,
	FILE_EXT,
	FILE_REF,
	FILE_GROUP,
	FILE_DEVICE,
	FILE_DRIVER,
	FILE_KVM,
	FILE_OBJECT_NR
};

/* Who does operations: set-up, the tasks from 1 on, teardown. */
#define FILE_SETUP 0
#define FILE_TEARDOWN (SIM_SCENARIO_TASKS_MAX + 1)
#define FILE_ACTORS_MAX (FILE_TEARDOWN + 1)

struct file_object {
	enum file_object_kind kind;
	const char *name;
	const char *type; /* of a handle: the operation that opens it */
	unsigned maker; /* actor */
	unsigned users, enders; /* sets of actors */
	const struct file_node *ended_at;
	unsigned group; /* of a device: object + 1; 0: none */
	/* Of a device: the driver that each actor last bound it to. */
	const char *driver[FILE_ACTORS_MAX];
};

/* -------------------------------------------------------------- operations */

enum file_condition_kind {
	FILE_ANY,
	FILE_OK, /* at least 0 */
	FILE_ERROR, /* below 0 */
	FILE_EQUAL, /* the return value */
	FILE_VALUE /* another value, by name */
};

struct file_condition {
	enum file_condition_kind kind;
	const char *name;
	long value;
};

struct file_op {
	struct script_op op; /* numbers of handles are filled in later */
	int handles[SCRIPT_ARGS_MAX]; /* objects; -1: the argument is none */
	int as; /* object that it opens, or -1 */
	const char *call; /* "KVM_DEV_VFIO_GROUP_DEL" */
	const char *text; /* "kvm_group_del vm G" */
	int line, column;
	bool alone; /* in set-up or teardown, of which no diagram shows much */
	struct file_condition ret;
	unsigned nr_values, nr_refused;
	struct file_condition values[SCRIPT_VALUES_MAX];
	struct file_condition refused[FILE_CONDITIONS_MAX];
};

struct file_ops {
	struct file_op *ops;
	unsigned nr, max;
};

/* ------------------------------------------------------------------ checks */

enum file_section { FILE_CHECK_GROUP, FILE_CHECK_DEVICE, FILE_CHECK_KVM };

/* "users" of group "g" must be 1. */
struct file_check {
	enum file_section section;
	const char *object, *field;
	int line;
	long number;
	const char *text; /* names, sorted, with blanks; NULL: a number */
};

/* -------------------------------------------------------------------- file */

struct file_chunk {
	struct file_chunk *next;
};

struct scenario_file {
	struct sim_scenario scenario;
	const char *path;
	char *error; /* the caller's; written once */
	bool failed;
	struct file_chunk *chunks; /* all memory but this struct */
	unsigned nr_nodes;
	unsigned nr_ops;
	struct file_ops boot, setup, teardown;
	struct file_ops tasks[SIM_SCENARIO_TASKS_MAX];
	unsigned nr_tasks;
	unsigned nr_objects;
	struct file_object objects[FILE_OBJECTS_MAX];
	unsigned nr_faults;
	const char *faults[FILE_FAULTS_MAX];
	unsigned nr_checks;
	struct file_check checks[FILE_CHECKS_MAX];
	bool timeouts, signals;
};

/* scenario_file.c.  Memory that lives as long as the file, zeroed; NULL: the
 * file has failed. */
void *sim_file_alloc(struct scenario_file *file, size_t size);
const char *sim_file_strdup(struct scenario_file *file, const char *text);
/* Refuse the file at a node (NULL: as a whole); text as printf.  Returns
 * false. */
bool sim_file_fail(struct scenario_file *file, const struct file_node *at,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "expected WHAT, found ..." at a node. */
bool sim_file_expected(struct scenario_file *file, const struct file_node *at,
		       const char *what);
/* The same with the nearest of @words, which ends with NULL. */
bool sim_file_expected_word(struct scenario_file *file,
			    const struct file_node *at, const char *what,
			    const char *const *words);

/* scenario_file_yaml.c.  The tree of a text; NULL: the file has failed. */
struct file_node *sim_file_read(struct scenario_file *file, const char *text,
				size_t size);

/* scenario_file_node.c: what stands in a node, or an error at it. */
const struct file_node *sim_file_get(const struct file_node *map,
				     const char *key);
/* Every key of a map is one of @keys. */
bool sim_file_keys(struct scenario_file *file, const struct file_node *map,
		   const char *what, const char *const *keys);
bool sim_file_is_map(struct scenario_file *file, const struct file_node *node,
		     const char *what);
bool sim_file_is_list(struct scenario_file *file, const struct file_node *node,
		      const char *what);
bool sim_file_is_scalar(struct scenario_file *file,
			const struct file_node *node, const char *what);
/* A name: letters, digits and _ . : - , at most 31 of them. */
bool sim_file_name(struct scenario_file *file, const struct file_node *node,
		   const char *what, const char **ret_name);
/* A line of text. */
bool sim_file_line(struct scenario_file *file, const struct file_node *node,
		   const char *what, const char **ret_line);
bool sim_file_number(struct scenario_file *file, const struct file_node *node,
		     const char *what, long *ret_number);
bool sim_file_bool(struct scenario_file *file, const struct file_node *node,
		   const char *what, bool *ret_bool);

/* scenario_file_object.c */
/* The object of a kind and name, or -1. */
int sim_file_find(const struct scenario_file *file, enum file_object_kind kind,
		  const char *name);
/* @actor makes an object.  Returns it, or -1: the file has failed. */
int sim_file_make(struct scenario_file *file, enum file_object_kind kind,
		  const struct file_node *name, unsigned actor);
/* @actor uses the object that a node names.  As above. */
int sim_file_use(struct scenario_file *file, enum file_object_kind kind,
		 const struct file_node *name, unsigned actor);
/* @actor ends an object that it has just named. */
void sim_file_end(struct scenario_file *file, int object, unsigned actor,
		  const struct file_node *at);
/* What one task ends, no other may rely on.  Before teardown is looked at. */
bool sim_file_check_ends(struct scenario_file *file);
/* "task kvm-del" */
const char *sim_file_actor_name(const struct scenario_file *file,
				unsigned actor, char *buf, size_t size);

/* scenario_file_op.c */
bool sim_file_parse_ops(struct scenario_file *file,
			const struct file_node *list, unsigned actor,
			struct file_ops *ops);
/* Room for one more operation, or NULL: the file has failed. */
struct file_op *sim_file_add_op(struct scenario_file *file,
				struct file_ops *ops,
				const struct file_node *at);
/* A blank operation of that name, which exists; @at: where it stands. */
void sim_file_init_op(struct file_op *op, const char *name,
		      const struct file_node *at);
/* Sets its text, when it has its arguments. */
bool sim_file_describe_op(struct scenario_file *file, struct file_op *op);

/* scenario_file_result.c */
/* Is it a key that says what an operation must return?  Those of @op. */
bool sim_file_is_result(const struct file_op *op, const char *key);
bool sim_file_parse_result(struct scenario_file *file, struct file_op *op,
			   const struct file_node *key);
/* "-EINVAL" or a number. */
bool sim_file_errno(struct scenario_file *file, const struct file_node *node,
		    long *ret_error);
/* Names of the values of an operation, ended by NULL; and of its call. */
const char *const *sim_file_values_of(const char *op);
const char *sim_file_call_of(const char *op);

/* scenario_file_topology.c */
bool sim_file_parse_topology(struct scenario_file *file,
			     const struct file_node *root);

/* scenario_file_expect.c */
bool sim_file_parse_check(struct scenario_file *file,
			  const struct file_node *node);
bool sim_file_parse_expect(struct scenario_file *file,
			   const struct file_node *node);

/* scenario_file_run.c.  The functions of a scenario, which run the file that
 * was bound last. */
void sim_file_bind(struct scenario_file *file);
/* Is one bound? */
bool sim_file_bound(void);
void sim_file_unbind(void);

/* scenario_file_check.c.  Compare the final state with the checks. */
void sim_file_check(const struct scenario_file *file, struct script *script);

#endif
