# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by the scripts: what the project needs from the system, and how to
# get it.  Only Debian and its relatives are served automatically.

# What each system calls the packages; one line per need:
# need | how to see that it is there | Debian | Fedora | Arch | Alpine
dependencies_table()
{
	cat <<'A'
build|has cc|gcc|gcc|gcc|gcc
build|compiles stdio.h|libc6-dev|glibc-devel|glibc|musl-dev
build|cmake_is_new|cmake|cmake|cmake|cmake
build|has ninja|ninja-build|ninja-build|ninja|samurai
build|has pkg-config|pkg-config|pkgconf-pkg-config|pkgconf|pkgconf
build|module json-c|libjson-c-dev|json-c-devel|json-c|json-c-dev
build|module yaml-0.1|libyaml-dev|libyaml-devel|libyaml|yaml-dev
build|module zlib|zlib1g-dev|zlib-devel|zlib|zlib-dev
build|compiles argp.h|libc6-dev|glibc-devel|glibc|argp-standalone
test|module cmocka|libcmocka-dev|libcmocka-devel|cmocka|cmocka-dev
test|has readelf|binutils|binutils|binutils|binutils
ci|has c++|g++|gcc-c++|gcc|g++
ci|has clang|clang|clang|clang|clang
ci|has clang-format|clang-format|clang-tools-extra|clang|clang-extra-tools
ci|sanitizer cc address|gcc|libasan libubsan libtsan|gcc|gcc
ci|has valgrind|valgrind|valgrind|valgrind|valgrind
ci|has spin|spin|spin|spin|spin
ci|compiles valgrind/memcheck.h|valgrind|valgrind-devel|valgrind|valgrind-dev
A
}

has()
{
	command -v "$1" > /dev/null 2>&1
}

compiles()
{
	printf '#include <stddef.h>\n#include <%s>\n' "$1" |
		cc -x c -fsyntax-only - > /dev/null 2>&1
}

module()
{
	pkg-config --exists "$1" > /dev/null 2>&1
}

sanitizer()
{
	printf 'int main(void) { return 0; }\n' |
		"$1" -x c -fsanitize="$2" -o /dev/null - > /dev/null 2>&1
}

cmake_is_new()
{
	cmake --version 2> /dev/null | awk 'NR == 1 {
		split($3, v, ".")
		new = v[1] > 3 || (v[1] == 3 && v[2] >= 25)
	}
	END { exit !new }'
}

# dependencies_missing COLUMN NEED...: names in COLUMN of what is not there, on
# one line; nothing if all is there.
dependencies_missing()
{
	column=$1
	shift
	dependencies_table | while IFS='|' read -r need test rest; do
		case " $* " in
		*" $need "*) ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2086
		$test || printf '%s|%s|%s\n' "$need" "$test" "$rest" |
			cut -d '|' -f "$column" | tr ' ' '\n'
	done | LC_ALL=C sort -u | tr '\n' ' '
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

# dependencies_explain NEED...: how to install by hand what is missing.
dependencies_explain()
{
	cat <<-A
	Missing on this machine.  Install it and run this again:
	  Debian, Ubuntu: apt-get install $(dependencies_missing 3 "$@")
	  Fedora:         dnf install $(dependencies_missing 4 "$@")
	  Arch:           pacman -S $(dependencies_missing 5 "$@")
	  Alpine:         apk add $(dependencies_missing 6 "$@")
	CMake must be 3.25 or newer.
	A
}

# dependencies_install NEED...: needs are build, test, ci.  Returns 2 after
# having said what to do if it cannot.
dependencies_install()
{
	packages=$(dependencies_missing 3 "$@")
	[ -n "$packages" ] || return 0

	if ! has apt-get ||
	   { [ "$(id -u)" != 0 ] && ! sudo -n true 2> /dev/null; }; then
		dependencies_explain "$@" >&2
		return 2
	fi
	echo "== installing $packages"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { as_root apt-get -q update &&
	       as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			--no-install-recommends install $packages
	     } > "$log" 2>&1 < /dev/null; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo 'apt-get failed, see above.' >&2
		return 2
	fi
	rm -f "$log"
	if [ -n "$(dependencies_missing 3 "$@")" ]; then
		dependencies_explain "$@" >&2
		return 2
	fi
}
