/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * annotate.h - what lib/ tells AddressSanitizer, Memcheck, Helgrind and DRD.
 *
 * Everything here is a no-op where a tool's header is missing, and one test
 * where the tool does not run: lib/ needs neither to be built.
 */
#ifndef VFIOSIM_LIB_ANNOTATE_H
#define VFIOSIM_LIB_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>

#pragma redefine_extname annotate_valgrind vfiosim_annotate_valgrind

#ifndef __has_include
#define __has_include(header) 0
#endif
#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if (defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)) && \
	__has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#define annotate_asan_poison(p, size) ASAN_POISON_MEMORY_REGION((p), (size))
#define annotate_asan_unpoison(p, size) ASAN_UNPOISON_MEMORY_REGION((p), (size))
#else
#define annotate_asan_poison(p, size) ((void)(p), (void)(size))
#define annotate_asan_unpoison(p, size) ((void)(p), (void)(size))
#endif

/* Does Valgrind run this process?  Asked once, by native.c: every request to
 * it takes some twenty instructions, and a short run made hundreds of them. */
extern bool annotate_valgrind;

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define ANNOTATE_ASK_VALGRIND (RUNNING_ON_VALGRIND != 0)
#define annotate_memcheck_poison(p, size) \
	((void)VALGRIND_MAKE_MEM_NOACCESS((p), (size)))
#define annotate_memcheck_unpoison(p, size) \
	((void)VALGRIND_MAKE_MEM_UNDEFINED((p), (size)))
#else
#define ANNOTATE_ASK_VALGRIND false
#define annotate_memcheck_poison(p, size) ((void)(p), (void)(size))
#define annotate_memcheck_unpoison(p, size) ((void)(p), (void)(size))
#endif

/*
 * helgrind.h and drd.h give the same names to different macros.  So both are
 * asked by their raw request numbers; a tool ignores the other one's.
 */
#if __has_include(<valgrind/helgrind.h>)
#include <valgrind/helgrind.h>
#define annotate_helgrind(request, p, size) \
	VALGRIND_DO_CLIENT_REQUEST_STMT((request), (size_t)(p), (size), 0, 0, 0)
#define ANNOTATE_HG_EXCLUDE _VG_USERREQ__HG_ARANGE_MAKE_UNTRACKED
#define ANNOTATE_HG_SEND _VG_USERREQ__HG_USERSO_SEND_PRE
#define ANNOTATE_HG_RECEIVE _VG_USERREQ__HG_USERSO_RECV_POST
#define ANNOTATE_HG_FORGET VG_USERREQ__HG_CLEAN_MEMORY
#else
#define annotate_helgrind(request, p, size) ((void)(p), (void)(size))
#endif

#if __has_include(<valgrind/drd.h>)
#include <valgrind/drd.h>
#define annotate_drd(request, p, size) \
	VALGRIND_DO_CLIENT_REQUEST_STMT((request), (size_t)(p), (size), 0, 0, 0)
#define ANNOTATE_DRD_EXCLUDE VG_USERREQ__DRD_START_SUPPRESSION
#define ANNOTATE_DRD_INCLUDE VG_USERREQ__DRD_FINISH_SUPPRESSION
#define ANNOTATE_DRD_SEND VG_USERREQ__DRD_ANNOTATE_HAPPENS_BEFORE
#define ANNOTATE_DRD_RECEIVE VG_USERREQ__DRD_ANNOTATE_HAPPENS_AFTER
#else
#define annotate_drd(request, p, size) ((void)(p), (void)(size))
#endif

/* Does a tool look on that keeps books about memory of its own? */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define annotate_watched() true
#else
#define annotate_watched() annotate_valgrind
#endif

/* Nobody may touch these bytes. */
static inline void annotate_poison(const void *p, size_t size)
{
	annotate_asan_poison(p, size);
	if (annotate_valgrind)
		annotate_memcheck_poison(p, size);
}

/* These bytes are memory again, of undefined contents. */
static inline void annotate_unpoison(const void *p, size_t size)
{
	annotate_asan_unpoison(p, size);
	if (annotate_valgrind)
		annotate_memcheck_unpoison(p, size);
}

/*
 * Keep bytes from happens-before detectors: words that are raced on by design
 * and state of the model that a scheduler reads from other threads.
 */
static inline void annotate_exclude(const void *p, size_t size)
{
	if (!annotate_valgrind)
		return;
	annotate_helgrind(ANNOTATE_HG_EXCLUDE, p, size);
	annotate_drd(ANNOTATE_DRD_EXCLUDE, p, size);
}

/*
 * Excluded words are read and written like this, for ThreadSanitizer's sake:
 * it finds no race in them, and they order nothing.
 */
#define MODEL_GET(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define MODEL_SET(word, v) __atomic_store_n(&(word), (v), __ATOMIC_RELAXED)
#define MODEL_ADD(word, v) __atomic_add_fetch(&(word), (v), __ATOMIC_RELAXED)

/*
 * A test whether an operation may proceed runs on whatever thread decides,
 * which nothing that a detector sees need order behind the thread that made
 * the object.  ThreadSanitizer must not look: neither at the function nor, as
 * atomics are looked at all the same, at an atomic in it.
 */
#define READY_TEST __attribute__((no_sanitize("thread")))
#define READY_GET(word) (*(const volatile __typeof__(word) *)&(word))

/* These bytes begin a new life: no access, lock or exclusion is remembered.
 * DRD knows Helgrind's request to forget by the same number. */
static inline void annotate_renew(const void *p, size_t size)
{
	if (!annotate_valgrind)
		return;
	annotate_helgrind(ANNOTATE_HG_FORGET, p, size);
	annotate_drd(ANNOTATE_DRD_INCLUDE, p, size);
}

/* The running thread is about to store to, or to change, an atomic. */
static inline void annotate_release(const void *p)
{
	if (!annotate_valgrind)
		return;
	annotate_helgrind(ANNOTATE_HG_SEND, p, 0);
	annotate_drd(ANNOTATE_DRD_SEND, p, 0);
}

/* The running thread has just loaded, or changed, an atomic. */
static inline void annotate_acquire(const void *p)
{
	if (!annotate_valgrind)
		return;
	annotate_helgrind(ANNOTATE_HG_RECEIVE, p, 0);
	annotate_drd(ANNOTATE_DRD_RECEIVE, p, 0);
}

#endif
