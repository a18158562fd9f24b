/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reference.pml - the reference scenario for SPIN, operation by operation as
 * reference.c has it: one transition for each visible operation together with
 * the plain code behind it.
 *
 * -DDEVICES=N -DUNBINDERS=N -DLOOKUPS=N, and one of -DPRE, -DPOST, -DPOSTX and
 * -DFIX, which reference.h describes.
 */

/* Zero is how all begin: listed, with a driver, not tracked, not locked. */
bit device_lock, unbound_lock;
byte container_users = 1;
bit gone[DEVICES], unlisted[DEVICES];
#ifndef PRE
bit tracked[DEVICES];
#endif

/* Taking a lock and the one plain access under it are one step. */
#define WITH(lock, access) atomic { lock == 0 -> lock = 1; access }

active [UNBINDERS] proctype unbinder()
{
#ifndef PRE
	WITH(unbound_lock, tracked[_pid] = 1);
	unbound_lock = 0;
#endif
	WITH(device_lock, unlisted[_pid] = 1);
	device_lock = 0;
	gone[_pid] = 1
#ifndef PRE
	;
	WITH(unbound_lock, tracked[_pid] = 0);
	unbound_lock = 0
#endif
}

/* What follows an answer about a device is no step of its own. */
#define NEXT                                  \
	i++;                                  \
	if                                    \
	:: i < DEVICES -> goto check          \
	:: else -> goto done                  \
	fi

/* Locals are cleared where they are dead, or they would tell states apart that
 * are the same. */
active [LOOKUPS] proctype lookup()
{
	byte i;
	bit no_driver, seen;

	atomic { container_users > 0 -> container_users++ };
#ifdef FIX
check:
	WITH(device_lock, seen = !unlisted[i]);
	atomic {
		device_lock = 0;
		if
		:: seen -> seen = 0; NEXT
		:: else
		fi
	};
	WITH(unbound_lock, seen = tracked[i]);
	atomic {
		unbound_lock = 0;
		if
		:: seen -> seen = 0; NEXT
		:: else
		fi
	};
	atomic {
		if
		:: gone[i] -> NEXT
		:: else
		fi
	};
#else
check:
#ifdef PRE
	atomic {
		if
		:: gone[i] -> NEXT
		:: else
		fi
	};
#else
	no_driver = gone[i];
	WITH(unbound_lock, seen = tracked[i]);
	atomic {
		unbound_lock = 0;
		if
		:: seen || no_driver -> seen = 0; no_driver = 0; NEXT
		:: else
		fi
	};
#endif
	WITH(device_lock, seen = !unlisted[i]);
	atomic {
		device_lock = 0;
		if
		:: seen -> seen = 0; NEXT
		:: else
		fi
	};
#endif
	/* Refused. */
#ifndef POSTX
	assert(false);
#endif
done:
	atomic { container_users--; i = 0 }
}
