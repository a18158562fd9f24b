#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-headers.sh ROOT c|c++ COMPILER [OPTION...]: each public header
# compiles alone, and twice in a row.
set -eu
root=$1 language=$2
shift 2

standard=gnu11
[ "$language" = c ] || standard=gnu++11
bad=0
seen=0
for header in "$root"/include/vfiosim/*.h; do
	name=vfiosim/$(basename "$header")
	seen=$((seen + 1))
	if ! printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
	     "$@" -x "$language" -std=$standard -fsyntax-only -Wall -Wextra \
		-Werror -Wpointer-arith -Wundef \
		-I"$root/include" -; then
		echo "include/$name:1: does not compile alone as $language"
		bad=1
	fi
done
echo "$seen headers as $language"
[ "$seen" -gt 1 ]
exit $bad
