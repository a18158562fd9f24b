#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-format.sh ROOT CLANG_FORMAT: C code is as .clang-format has it.
set -eu
. "$(dirname "$0")/files.sh"
cd "$1"

files=$(c_files . include lib sim bench tests examples)
[ -n "$files" ] || { echo "no C file below $1" >&2; exit 1; }
# shellcheck disable=SC2086
"$2" --dry-run -Werror --style=file $files
