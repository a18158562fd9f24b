#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-docs-c.sh ROOT COMPILER [OPTION...]: each ```c block of README.md and
# docs/ compiles.  A block without an #include of its own sees every public
# header.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
root=$PWD
shift

headers='#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>'
for header in include/vfiosim/*.h; do
	headers="$headers
#include <vfiosim/$(basename "$header")>"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
seen=0
for file in README.md docs/*.md; do
	[ -f "$file" ] || continue
	nth=1
	while awk -v language=c -v nth=$nth -f "$here/blocks.awk" "$file" \
		> "$work/block.c"; do
		seen=$((seen + 1))
		{
			grep -q '#include' "$work/block.c" ||
				printf '%s\n' "$headers"
			printf '#line 1 "%s"\n' "$file"
			cat "$work/block.c"
		} > "$work/unit.c"
		if ! "$@" -std=gnu11 -fsyntax-only -Wall -Wextra -Werror \
			-Wno-unused -I"$root/include" "$work/unit.c"; then
			echo "$file: block $nth does not compile"
			bad=1
		fi
		nth=$((nth + 1))
	done
done
echo "$seen blocks of C"
exit $bad
