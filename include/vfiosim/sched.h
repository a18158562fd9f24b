/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - what the modelled kernel asks of whoever schedules it.
 *
 * This is the only seam between lib/ and a harness.  lib/ announces every
 * visible operation before it performs it and says itself, through @ready,
 * when the operation may proceed; the installed scheduler decides.  With no
 * scheduler installed, tasks are plain pthreads on real pthread locks.
 */
#ifndef VFIOSIM_SCHED_H
#define VFIOSIM_SCHED_H

#include <vfiosim/symbols.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an operation does to its object. */
enum sched_kind {
	SCHED_READ, /* load of a word that is raced on by design */
	SCHED_WRITE, /* store to such a word */
	SCHED_RMW, /* atomic read-modify-write */
	SCHED_LOCK, /* exclusive acquisition */
	SCHED_LOCK_SHARED, /* shared acquisition */
	SCHED_UNLOCK,
	SCHED_UNLOCK_SHARED,
	SCHED_TRYLOCK,
	SCHED_QUEUE, /* a writer joins the queue of an rwsem */
	SCHED_PREPARE, /* a sleeper joins a wait queue */
	SCHED_SLEEP, /* and sleeps there */
	SCHED_FINISH, /* and leaves it */
	SCHED_WAKE,
	SCHED_ALLOC, /* outcome 1: the allocation fails */
	SCHED_KIND_NR
};

/* Outcomes of SCHED_SLEEP. */
enum sched_sleep { SCHED_WOKEN, SCHED_EXPIRED, SCHED_SIGNALLED };

/* Where an announcement stands in the source. */
struct sched_site {
	const char *what; /* source text of the object: "&group->device_lock" */
	const char *func, *file;
	int line;
};

#define SCHED_SITE(what) \
	(&(const struct sched_site){ (what), __func__, __FILE__, __LINE__ })

/*
 * One visible operation, announced just before it happens.
 *
 * It may proceed with outcome o when ready(arg, o) is true, or at once if
 * @ready is NULL.  @ready reads only state that belongs to @obj.  Two
 * operations can conflict only on one @obj, or through accesses announced in
 * their steps.  @count: @obj is an int that the operation changes by @count
 * and of which it learns no more than whether the last reference went; such
 * operations commute while the count stays away from zero.  @abandon, for acquisitions: give the real lock up again on
 * behalf of a task that will never run on; called by the holder's thread.
 */
struct sched_op {
	enum sched_kind kind;
	unsigned outcomes; /* 0 and 1 both mean one */
	int count; /* 0: not a count */
	const void *obj;
	bool (*ready)(const void *arg, unsigned outcome);
	const void *arg;
	void (*abandon)(void *obj);
	const char *name; /* class of @obj if it carries one: "notifier" */
	struct sched_site site;
};

enum sched_access { SCHED_ACCESS_READ, SCHED_ACCESS_WRITE };

/* What lib/ found out by itself. */
enum sched_report_kind {
	SCHED_BUG, /* BUG_ON() */
	SCHED_WARN, /* WARN_ON() and its printed relatives */
	SCHED_REF_UNDERFLOW,
	SCHED_REF_OVERFLOW, /* also: a get from zero */
	SCHED_LOCK_MISUSE,
	SCHED_DOUBLE_FREE,
	SCHED_REPORT_NR
};

enum sched_action { SCHED_HALT, SCHED_KILL, SCHED_CONTINUE };

struct sched_report {
	enum sched_report_kind kind;
	const void *obj; /* may be NULL */
	const char *text; /* valid during the call only */
	struct sched_site site;
};

/*
 * What reports say in place.  With @text, what a list edit was, as it stands
 * in the source, or what a walk came to; static.  Else the value that the
 * operation done last on @obj read or left there.
 */
struct sched_fact {
	const char *text;
	const void *obj;
	intptr_t value;
	bool pointer; /* @value is one */
};

/*
 * A scheduler.  Members marked "optional" may be NULL.
 *
 * @spawn:  make a task; returns its id (> 0) or -errno.
 * @self:   id of the running task; 0 outside all tasks.
 * @before: the running task is about to do @op; returns, once it may, the
 *          outcome.  @op and all it points to stay valid until then.
 * @after:  optional; @op is done, the plain code behind it has not begun.
 * @enter, @leave: optional; a modelled function begins, ends.
 * @access: optional; the running task reads or writes plain shared memory.
 *          Not a scheduling point.
 * @point:  optional; the running task passes the named stop point.
 * @alloc:  optional; an allocation of type @type was made or (@failed) not.
 * @free:   optional; the block [@start, @start + @size) is about to be freed.
 * @note:   optional; a fact worth a line in a report.
 * @fact:   optional; how operations and accesses turned out, for reports.
 * @subject, @answer: optional; what the innermost modelled function of the
 *          task is about, and what it is about to return; told by those few
 *          whose answers an invariant speaks of.
 * @report: something is wrong.  SCHED_HALT and SCHED_KILL never return to
 *          lib/: the scheduler stops the run or the task inside the call.
 */
struct sched_ops {
	int (*spawn)(const char *name, void (*fn)(void *arg), void *arg);
	unsigned (*self)(void);
	unsigned (*before)(const struct sched_op *op);
	void (*after)(const struct sched_op *op);
	void (*enter)(const char *func);
	void (*leave)(const char *func);
	void (*access)(const void *obj, enum sched_access how);
	void (*point)(const char *name, const void *obj);
	void (*alloc)(const char *type, bool failed);
	void (*free)(const void *start, size_t size);
	void (*note)(const void *obj, const char *text);
	void (*fact)(const struct sched_fact *fact);
	void (*subject)(const void *obj);
	void (*answer)(intptr_t value);
	enum sched_action (*report)(const struct sched_report *report);
};

/* The installed scheduler; NULL while tasks run free.  Read-only for users. */
extern const struct sched_ops *sched_ops;

/**
 * sched_install - hand all decisions to a scheduler
 * @ops: the scheduler, or NULL to let tasks run free
 *
 * Only while no task runs.
 */
void sched_install(const struct sched_ops *ops);

/**
 * sched_self - id of the running task
 *
 * Returns 0 outside all tasks.  Free-running tasks are numbered from 1 too.
 */
unsigned sched_self(void);

/**
 * sched_report - tell that something is wrong
 *
 * Returns what to do: with a scheduler only SCHED_CONTINUE ever returns.
 * Running free, BUG and misuse print one line to stderr and abort(); a WARN
 * prints, is counted and continues.
 */
enum sched_action sched_report(const struct sched_report *report);

/**
 * sched_warnings - number of SCHED_WARN reports since kernel_boot()
 */
unsigned sched_warnings(void);

/* Forget the counted warnings; called by kernel_boot(). */
void sched_warnings_reset(void);

static inline unsigned sched_before(const struct sched_op *op)
{
	return sched_ops ? sched_ops->before(op) : 0;
}

static inline void sched_after(const struct sched_op *op)
{
	if (sched_ops && sched_ops->after)
		sched_ops->after(op);
}

/* Announce a read or write of plain shared memory at @obj. */
static inline void sched_access(const void *obj, enum sched_access how)
{
	if (sched_ops && sched_ops->access)
		sched_ops->access(obj, how);
}

/* Pass the stop point @name, which concerns @obj (may be NULL). */
static inline void sched_point(const char *name, const void *obj)
{
	if (sched_ops && sched_ops->point)
		sched_ops->point(name, obj);
}

static inline void sched_note(const void *obj, const char *text)
{
	if (sched_ops && sched_ops->note)
		sched_ops->note(obj, text);
}

/* The operation just done on @obj read or left this value. */
static inline void sched_value(const void *obj, intptr_t value, bool pointer)
{
	struct sched_fact fact = { NULL, obj, value, pointer };

	if (sched_ops && sched_ops->fact)
		sched_ops->fact(&fact);
}

/* What the accesses just announced came to: "list_del(&node->link)". */
static inline void sched_tell(const char *text)
{
	struct sched_fact fact = { text, NULL, 0, false };

	if (sched_ops && sched_ops->fact)
		sched_ops->fact(&fact);
}

/* The modelled function that runs is about @obj. */
static inline void sched_subject(const void *obj)
{
	if (sched_ops && sched_ops->subject)
		sched_ops->subject(obj);
}

/* It answers @value. */
static inline void sched_answer(intptr_t value)
{
	if (sched_ops && sched_ops->answer)
		sched_ops->answer(value);
}

/* Is this scalar a pointer? */
#define SCHED_IS_POINTER(x) (__builtin_classify_type(x) == 5)

static inline const char *sched_enter_func(const char *func)
{
	if (sched_ops && sched_ops->enter)
		sched_ops->enter(func);
	return func;
}

static inline void sched_leave_func(const char **func)
{
	if (sched_ops && sched_ops->leave)
		sched_ops->leave(*func);
}

/*
 * First declaration of each modelled function: gives reports, schedules and
 * diagrams their call chains.  Ends with the scope.
 */
#define SCHED_FUNC()                                       \
	__attribute__((cleanup(sched_leave_func), unused)) \
	const char *sched_func_ = sched_enter_func(__func__)

/* Read and write plain fields of modelled objects that tasks share. */
#define SHARED_READ(x) (sched_access(&(x), SCHED_ACCESS_READ), (x))
#define SHARED_WRITE(x, v) \
	((void)(sched_access(&(x), SCHED_ACCESS_WRITE), ((x) = (v))))

#ifdef __cplusplus
}
#endif
#endif
