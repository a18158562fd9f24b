#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-sizes.sh ROOT: no function above 70 lines, no C file above 800, the
# median function of lib/ and sim/ at most 15.  A function counts from its
# first line to its closing brace; it is one whose brace stands in column 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

files=$(c_files . include lib sim bench tests examples)
[ -n "$files" ] || { echo "no C file below $1" >&2; exit 1; }
# shellcheck disable=SC2086
awk -v functions_max=70 -v file_max=800 -v median_max=15 '
function end_file() {
	if (file != "" && lines > file_max) {
		printf "%s:%d: expected at most %d lines\n", file, lines,
			file_max
		bad = 1
	}
}
FNR == 1 {
	end_file()
	file = FILENAME
	start = 0
}
{
	lines = FNR
}
/^[A-Za-z_]/ && !/;[ \t]*$/ && !start {
	first = FNR
}
/^[A-Za-z_].*\(/ && !start {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ \t*]/, "", name)
}
/^[{][ \t]*$/ {
	start = first
}
/^}[ \t]*$/ && start {
	size = FNR - start + 1
	if (size > functions_max) {
		printf "%s:%d: %s() has %d lines, expected at most %d\n",
			FILENAME, start, name, size, functions_max
		bad = 1
	}
	if (size > longest) {
		longest = size
		longest_name = name
	}
	if (FILENAME ~ /^(lib|sim)\//) {
		count[size]++
		total++
	}
	start = 0
}
END {
	end_file()
	for (size = 1; size <= 10000 && 2 * sum < total; size++)
		sum += count[size]
	median = size - 1
	if (total && median > median_max) {
		printf "median function of lib/ and sim/: %d lines, " \
			"expected at most %d\n", median, median_max
		bad = 1
	}
	printf "%d functions in lib/ and sim/, median %d lines; " \
		"the longest is %s() with %d\n", total, median,
		longest_name, longest
	exit bad
}' $files
