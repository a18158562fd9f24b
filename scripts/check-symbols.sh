#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Fails, naming them, if object files or libraries export symbols that begin
# with neither vfiosim_ nor sim_: these could collide with a user's own.
# Usage: check-symbols.sh FILES...

if [ $# -eq 0 ]; then
	echo "usage: $0 FILES..." >&2
	exit 2
fi

status=0
for file in "$@"; do
	case $file in
	*.so | *.so.*) options=-D ;;
	*) options= ;;
	esac
	symbols=$(nm $options -g --defined-only --format=posix "$file") || {
		echo "$0: $file: nm cannot read it" >&2
		exit 2
	}
	# Archives add lines that name their members; these have no type.
	wrong=$(printf '%s\n' "$symbols" |
		awk 'NF >= 2 && $1 !~ /^(vfiosim|sim)_/ { print $1 }')
	for symbol in $wrong; do
		echo "$file: exports $symbol, expected vfiosim_ or sim_" >&2
		status=1
	done
done
exit $status
