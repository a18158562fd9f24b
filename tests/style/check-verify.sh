#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-verify.sh ROOT: who checks certificates is short enough to be read, at
# most 300 lines, and shares nothing with who writes them but what stands here:
# the engine and its recorder of steps, the rules of dependence, and the list.
set -eu
cd "$1"
file=sim/verify.c
bad=0

lines=$(wc -l < "$file")
if [ "$lines" -gt 300 ]; then
	echo "$file: expected at most 300 lines, found $lines"
	bad=1
fi
for header in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$file"); do
	case $header in
	verify.h|memory.h) ;;
	*)
		echo "$file: expected verify.h and memory.h alone, found $header"
		bad=1
		;;
	esac
done
for name in $(grep -o 'sim_[a-z_]*(' "$file" | tr -d '(' | sort -u); do
	case $name in
	sim_certificate_verify|sim_certificate_agrees|sim_certificate_config) ;;
	sim_counts_depend|sim_counts_release|sim_judge|sim_run_verdicts) ;;
	sim_kind_name|sim_outcome_name|sim_trace_release) ;;
	sim_memory_alloc|sim_memory_free|sim_memory_grow) ;;
	sim_memory_release|sim_steps_judge|sim_steps_release|sim_steps_run) ;;
	*)
		echo "$file: $name() is not among what it may share"
		bad=1
		;;
	esac
done
exit $bad
