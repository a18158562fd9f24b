#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-banned.sh ROOT: no call that banned.txt lists, no address in anything
# that sim/ prints, no unfinished business.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

files=$(c_files . include lib sim bench tests examples)
[ -n "$files" ] || { echo "no C file below $1" >&2; exit 1; }
# shellcheck disable=SC2016,SC2086
awk -f "$here/strip.awk" -f /dev/fd/3 -v table="$here/banned.txt" $files 3<<'A'
function regex(glob) {
	gsub(/[.+?(){}^$]/, "\\\\&", glob)
	gsub(/\*/, ".*", glob)
	return "^(" glob ")$"
}
function fail(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
BEGIN {
	while ((getline line < table) > 0) {
		if (line ~ /^#/ || line ~ /^[ \t]*$/)
			continue
		split(line, field, /[ \t]+/)
		allowed[field[1]] = regex(field[2])
		why[field[1]] = line
		sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", why[field[1]])
		known++
	}
	if (!known) {
		print table ": names no call"
		bad = 1
		exit 1
	}
}
FNR == 1 {
	in_comment = 0
}
/(^|[^A-Za-z_])(TODO|FIXME|XXX)([^A-Za-z_]|$)/ {
	fail("unfinished business belongs in the issue tracker")
}
{
	line = strip($0, 1)
	if (FILENAME ~ /^sim\// && line ~ /%[-+ #0-9]*p/)
		fail("%p: addresses differ from run to run")
}
{
	rest = line
	gsub(/"([^"\\]|\\.)*"/, "\"\"", rest)
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		name = substr(rest, RSTART, RLENGTH)
		before = substr(rest, 1, RSTART - 1)
		rest = substr(rest, RSTART + RLENGTH)
		sub(/[ \t]*\($/, "", name)
		if (before ~ /(->|\.)$/)
			continue
		if (name in allowed && FILENAME !~ allowed[name])
			fail(name "(): " why[name])
	}
}
END {
	exit bad
}
A
