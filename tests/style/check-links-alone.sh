#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-links-alone.sh ARCHIVE DIR COMPILER [OPTION...]: all of the library
# links with libc and pthreads alone; DIR takes the result.
set -eu
archive=$1 dir=$2
shift 2

out=$dir/links-alone.so
trap 'rm -f "$out"' EXIT
"$@" -shared -o "$out" -Wl,--no-undefined \
	-Wl,--whole-archive "$archive" -Wl,--no-whole-archive -pthread
needed=$(readelf -d "$out" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for library in $needed; do
	case $library in
	libc.*|libpthread.*|ld-linux*|ld-musl*) ;;
	*)
		echo "$archive: needs $library, expected libc and pthreads"
		exit 1
		;;
	esac
done
