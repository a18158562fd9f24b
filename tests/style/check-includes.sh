#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-includes.sh ROOT: every #include is one that include-table.txt allows.
set -eu
root=$1
here=$(dirname "$0")
. "$here/files.sh"

cd "$root"
files=$(c_files . include lib sim bench tests examples)
[ -n "$files" ] || { echo "no C file below $root" >&2; exit 1; }
# shellcheck disable=SC2086
awk -v table="${INCLUDE_TABLE:-$here/include-table.txt}" '
function regex(glob) {
	gsub(/[.+?(){}|^$]/, "\\\\&", glob)
	gsub(/\*/, ".*", glob)
	return "^" glob "$"
}
function expand(words,    n, part, i, out) {
	n = split(words, part, /[ \t]+/)
	for (i = 1; i <= n; i++) {
		if (part[i] in group)
			out = out " " expand(group[part[i]])
		else
			out = out " " part[i]
	}
	return out
}
function fail(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
BEGIN {
	while ((getline line < table) > 0) {
		if (line ~ /^#/ || line ~ /^[ \t]*$/)
			continue
		if (line ~ /^@/) {
			at = index(line, "=")
			name = substr(line, 1, at - 1)
			sub(/[ \t]+$/, "", name)
			group[name] = group[name] substr(line, at + 1)
		} else {
			at = index(line, ":")
			name = substr(line, 1, at - 1)
			sub(/[ \t]+$/, "", name)
			pattern[++rules] = name
			allowed[rules] = substr(line, at + 1)
		}
	}
	if (!rules) {
		print table ": no rule"
		bad = 1
		exit 1
	}
}
FNR == 1 {
	words = ""
	for (rule = 1; rule <= rules; rule++)
		if (FILENAME ~ regex(pattern[rule]))
			break
	if (rule > rules)
		fail("no line of the include table fits this file")
	nr = split(expand(allowed[rule]), word, /[ \t]+/)
}
/^[ \t]*#[ \t]*include/ {
	name = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	sub(/[ \t]*(\/\*.*)?$/, "", name)
	if (name ~ /^<vfiosim\/.*\.h>$/)
		want = substr(name, 10, length(name) - 12)
	else if (name ~ /^".*"$/)
		want = substr(name, 2, length(name) - 2)
	else
		want = name
	if (name ~ /^"/ && want ~ /\// && FILENAME !~ /^(tests|sim\/scenarios)\//)
		fail("include <vfiosim/x.h> or \"x.h\" of the same folder, not " name)
	for (i = 1; i <= nr; i++)
		if (word[i] != "" && want ~ regex(word[i]) &&
		    (name ~ /^"/) == (word[i] ~ /[.]h$/) &&
		    (name ~ /^</ || word[i] !~ /^</))
			break
	if (i > nr)
		fail(name " is not among what " pattern[rule] " may include")
	seen++
}
END {
	if (!seen && !bad)
		print "no #include seen"
	exit bad || !seen
}' $files
