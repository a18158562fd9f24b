# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by the checks: which files the project has.

# project_files ROOT: every file of the project, relative to ROOT, sorted.
# Without git, or in an unpacked archive, what lies in the tree.
project_files()
{
	if ! git -C "$1" ls-files --cached --others --exclude-standard \
		2>/dev/null; then
		(cd "$1" && find . -name .git -prune -o -name 'build*' -prune \
			-o -type f -print | sed 's|^\./||')
	fi | LC_ALL=C sort -u | while read -r file; do
		[ ! -f "$1/$file" ] || printf '%s\n' "$file"
	done
}

# c_files ROOT DIR...: its .c and .h files below the given folders.
c_files()
{
	root=$1
	shift
	dirs=$(printf '%s|' "$@")
	project_files "$root" | grep -E "^(${dirs%|})/.*\.[ch]$" || :
}
