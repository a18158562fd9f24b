#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-documented.sh ROOT: every public prototype has a comment in front of
# it, or in front of the group (lines without a blank one between) in which it
# stands.  Names with two leading underscores belong to the macros around them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/files.sh"
cd "$1"

files=$(c_files . include | grep '\.h$' || :)
[ -n "$files" ] || { echo "no header below $1/include" >&2; exit 1; }
# shellcheck disable=SC2086
awk -f "$here/strip.awk" -f /dev/fd/3 $files 3<<'A'
FNR == 1 {
	in_comment = depth = documented = 0
	text = ""
}
# A comment documents the group below it unless a blank line follows: then it
# is a heading, except for the first prototype after the blank line.
/^[ \t]*$/ && !in_comment {
	if (depth == 0)
		documented = 0
	next
}
{
	had_comment = in_comment || /\/\*/
	line = strip($0, 0)
	if (had_comment && depth == 0)
		documented = 1
}
line ~ /^#/ || macro {
	macro = line ~ /\\$/
	next
}
line ~ /^extern "" *[{]/ || (depth == 0 && line ~ /^}[ \t]*$/) {
	text = ""
	next
}
{
	was = depth
	depth += gsub(/[{]/, "{", line) - gsub(/}/, "}", line)
	if (was == 0 && depth == 0) {
		if (text == "")
			at = FNR
		text = text " " line
	} else {
		if (was == 0)
			text = text " " line
		if (depth == 0)
			text = ""
		next
	}
}
text ~ /;[ \t]*$/ {
	gsub(/__attribute__ *\(\(.*\)\)/, "", text)
	if (text !~ /\(/ || text ~ /^[ \t]*(typedef|struct [a-z_]+ *;)/) {
		text = ""
		next
	}
	name = text
	sub(/\(.*/, "", name)
	sub(/[ \t]+$/, "", name)
	sub(/.*[ \t*]/, "", name)
	seen++
	if (!documented && name !~ /^__/) {
		printf "%s:%d: %s() needs a comment on what it does\n",
			FILENAME, at, name
		bad = 1
	}
	text = ""
}
END {
	if (!seen)
		print "no prototype seen"
	else
		printf "%d public prototypes\n", seen
	exit bad || !seen
}
A
