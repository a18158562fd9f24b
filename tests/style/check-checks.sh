#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check-checks.sh COMPILER [OPTION...]: each rule check accepts a small clean
# tree and refuses the same tree with one fault planted.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# A tree that every check accepts.
plant()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/include/vfiosim" "$work/tree/lib" \
		"$work/tree/sim" "$work/tree/docs"
	cd "$work/tree"
	cat > include/vfiosim/slab.h <<'A'
/* SPDX-License-Identifier: GPL-2.0-only */
/* slab.h - memory. */
#ifndef SLAB_H
#define SLAB_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/* Returns zeroed memory. */
void *get_zeroed(size_t size);
#ifdef __cplusplus
}
#endif
#endif
A
	cp include/vfiosim/slab.h include/vfiosim/device.h
	cat > lib/slab.c <<'A'
/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory, and not a rand() in it. */
#include <vfiosim/slab.h>

int twice(int x)
{
	return 2 * x;
}
A
	cat > sim/report_text.c <<'A'
/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints. */
#include <stdio.h>

void report(void)
{
	puts("rand( 100%");
}
A
	cat > README.md <<'A'
<!-- SPDX-License-Identifier: GPL-2.0-only -->
```c
#include <vfiosim/slab.h>
```
```sh
vfiosim list
```
A
	cp README.md docs/more.md
	cat > vfiosim <<'A'
#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
test "$1" = list || exit 2
A
	chmod +x vfiosim
}

# accept WHAT CHECK ARGUMENT...
accept()
{
	what=$1 check=$2
	shift 2
	if ! sh "$here/check-$check.sh" "$@" > "$work/out" 2>&1; then
		echo "check-$check.sh, $what: expected no complaint but got:"
		cat "$work/out"
		bad=1
	fi
}

# refuse WHAT COMPLAINT CHECK ARGUMENT...; what was planted is gone afterwards.
refuse()
{
	what=$1 complaint=$2 check=$3
	shift 3
	if sh "$here/check-$check.sh" "$@" > "$work/out" 2>&1 ||
	   ! grep -q "$complaint" "$work/out"; then
		echo "check-$check.sh, $what: expected \"$complaint\" but got:"
		cat "$work/out"
		bad=1
	fi
	plant
}

tree=$work/tree
plant
for check in includes spdx banned sizes documented; do
	accept 'a clean tree' $check "$tree"
done
accept 'a clean tree' headers "$tree" c "$@"
accept 'a clean tree' docs-c "$tree" "$@"
accept 'a clean tree' docs-sh "$tree" "$tree/vfiosim"

echo '#include <vfiosim/device.h>' >> lib/slab.c
refuse 'substrate includes the model' \
	'slab.c:9: <vfiosim/device.h> is not' includes "$tree"
echo '#include <zlib.h>' >> lib/slab.c
refuse 'lib needs a third library' 'slab.c:9: <zlib.h> is not' includes "$tree"
echo '#include "../lib/slab.h"' >> sim/report_text.c
refuse 'a header of another folder' 'of the same folder' includes "$tree"
cp lib/slab.c include/bench.h
refuse 'a public header outside its folder' 'no line of the include table' \
	includes "$tree"

sed -i 1d lib/slab.c
refuse 'no SPDX line' 'slab.c:1: expected an SPDX line' spdx "$tree"
sed -i 2d lib/slab.c
refuse 'no opening comment' 'then what the file is for' spdx "$tree"
sed -i 1d README.md
refuse 'no SPDX line in Markdown' 'README.md:1: expected an SPDX' spdx "$tree"

sed -i 's/2 \* x/rand()/' lib/slab.c
refuse 'rand()' 'slab.c:7: rand()' banned "$tree"
sed -i 's/2 \* x/(int)time (NULL)/' lib/slab.c
refuse 'time()' 'slab.c:7: time()' banned "$tree"
sed -i 's/2 \* x/longjmp(x, 1)/' lib/slab.c
refuse 'longjmp()' 'slab.c:7: longjmp()' banned "$tree"
sed -i 's/100%/%p/' sim/report_text.c
refuse 'an address in a report' 'report_text.c:7: %p' banned "$tree"
sed -i 's/Prints/TODO/' sim/report_text.c
refuse 'unfinished business' 'report_text.c:2: unfinished' banned "$tree"

fill()
{
	awk -v lines="$1" '/^}/ { for (; lines; lines--) print "\t;" } 1' \
		"$2" > "$work/file" && mv "$work/file" "$2"
}
fill 67 lib/slab.c
refuse 'a function of 71 lines' 'twice() has 71 lines' sizes "$tree"
fill 12 lib/slab.c
fill 12 sim/report_text.c
refuse 'a median of 16 lines' \
	'median function of lib/ and sim/: 16' sizes "$tree"
awk 'BEGIN { for (i = 0; i < 793; i++) print "extern int x;" }' >> lib/slab.c
refuse 'a file of 801 lines' 'slab.c:801: expected' sizes "$tree"

sed -i '/^\/\* Returns/d' include/vfiosim/slab.h
refuse 'an undocumented prototype' \
	'slab.h:10: get_zeroed() needs' documented "$tree"
sed -i 's/^void \*get/\nint n(int a,\n\tint b);\n&/' include/vfiosim/slab.h
refuse 'an undocumented one of two lines' \
	'slab.h:10: n() needs' documented "$tree"

sed -i '/stddef/d' include/vfiosim/slab.h
refuse 'a header that needs another' \
	'slab.h:1: does not compile alone' headers "$tree" c "$@"
sed -i '/^#ifndef/d; /^#define/d; $d' include/vfiosim/slab.h
echo 'enum twice { TWICE };' >> include/vfiosim/slab.h
refuse 'a header without guard' \
	'slab.h:1: does not compile alone' headers "$tree" c "$@"

sed -i 's/^#include.*/&\nint x = y;/' docs/more.md
refuse 'documentation with broken C' 'more.md: block 1 does' docs-c "$tree" "$@"
sed -i 's/vfiosim list/vfiosim dance/' README.md
refuse 'a README with a wrong command' \
	'README.md:6: exit status 2' docs-sh "$tree" "$tree/vfiosim"

cd "$work"
echo 'double cos(double); double f(double); double f(double x)
{ return cos(x); }' > math.c
"$@" -fPIC -fno-builtin -c math.c -o math.o && ar rc math.a math.o
refuse 'an archive that needs libm' cos links-alone "$work/math.a" "$work" "$@"
cd "$work"
echo 'int g(void); int g(void) { return 1; }' > none.c
"$@" -fPIC -c none.c -o none.o && ar rc none.a none.o
accept 'an archive that needs nothing' links-alone "$work/none.a" "$work" \
	"$@"

if clang_format=$(command -v clang-format); then
	plant
	cp "$here/../../.clang-format" .
	accept 'a clean tree' format "$tree" "$clang_format"
	sed -i 's/^\treturn/    return/' lib/slab.c
	refuse 'four blanks for a tab' 'slab.c:[67]:' format "$tree" "$clang_format"
fi
exit $bad
