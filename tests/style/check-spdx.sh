#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-spdx.sh ROOT: each file names its licence in its first three lines;
# C files do so in line 1 and go on with a comment on what they are for.
# JSON, recorded data and the licence itself have no room for it.
set -eu
. "$(dirname "$0")/files.sh"
cd "$1"

bad=0
for file in $(project_files .); do
	case $file in
	COPYING|.gitignore|*.json|*.gz|schedules/*) continue ;;
	tests/data/*|tests/golden/*|tests/conformance/*) continue ;;
	tests/fuzz/seeds/*) continue ;;
	esac
	if ! head -n 3 "$file" |
	     grep -q 'SPDX-License-Identifier: GPL-2\.0-only'; then
		echo "$file:1: expected an SPDX line"
		bad=1
	fi
	case $file in
	*.c|*.h) ;;
	*) continue ;;
	esac
	if [ "$(sed -n 1p "$file")" != \
	     '/* SPDX-License-Identifier: GPL-2.0-only */' ] ||
	   ! sed -n 2p "$file" | grep -q '^/\*'; then
		echo "$file:1: expected the SPDX line, then what the file is for"
		bad=1
	fi
done
exit $bad
