#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-docs-sh.sh ROOT VFIOSIM: runs each line of a ```sh block of README.md
# and docs/ that begins with "vfiosim" or "mkdir", in order, in a folder of its own for
# each file.  Exit status 0 (nothing found) and 1 (found) are both fine; 2 and
# 3 mean that the documentation is wrong.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
root=$PWD
program=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$program" "$work/bin/vfiosim"
PATH=$work/bin:$PATH
bad=0
seen=0
for file in README.md docs/*.md; do
	[ -f "$file" ] || continue
	mkdir -p "$work/run"
	[ ! -d schedules ] || ln -s "$root/schedules" "$work/run/schedules"
	[ ! -d examples ] || ln -s "$root/examples" "$work/run/examples"
	ln -s "$root/tests" "$work/run/tests"
	awk -v language=sh -f "$here/blocks.awk" "$file" |
		grep -nE '^(vfiosim|mkdir) ' > "$work/lines" || :
	while IFS=: read -r line command; do
		seen=$((seen + 1))
		status=0
		(cd "$work/run" && sh -c "$command") > "$work/out" 2>&1 \
			< /dev/null || status=$?
		if [ $status -gt 1 ]; then
			echo "$file:$line: exit status $status: $command"
			cat "$work/out"
			bad=1
		fi
	done < "$work/lines"
	rm -rf "$work/run"
done
echo "$seen commands"
exit $bad
