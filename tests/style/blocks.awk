# SPDX-License-Identifier: GPL-2.0-only
# Prints the code blocks of a Markdown file that open with ```LANGUAGE, with
# the lines around them left blank so that line numbers stay true.  With
# -v nth=N only the Nth such block.  Exit status 3: there is no (such) block.
/^```/ {
	if (inside) {
		inside = 0
	} else if ($0 == "```" language) {
		blocks++
		inside = 1
		print ""
		next
	} else {
		inside = 2
	}
}
{
	print inside == 1 && (!nth || blocks == nth) ? $0 : ""
}
END {
	if (!blocks || nth > blocks)
		exit 3
}
