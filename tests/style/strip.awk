# SPDX-License-Identifier: GPL-2.0-only
# Functions for the checks of C code: one line at a time, without comments
# and without what stands in strings and character constants.

# strip(LINE, KEEP): uses the global in_comment; reset it for each file.
# With KEEP, strings stay.
function strip(line, keep,    out, c, two, quote) {
	out = ""
	while (line != "") {
		two = substr(line, 1, 2)
		c = substr(line, 1, 1)
		if (in_comment) {
			if (two == "*/") {
				in_comment = 0
				line = substr(line, 3)
			} else {
				line = substr(line, 2)
			}
			continue
		}
		if (quote != "") {
			if (c == "\\") {
				if (keep)
					out = out two
				line = substr(line, 3)
				continue
			}
			if (c == quote)
				quote = ""
			if (keep || c == "\"" || c == "'")
				out = out c
			line = substr(line, 2)
			continue
		}
		if (two == "/*") {
			in_comment = 1
			line = substr(line, 3)
			continue
		}
		if (two == "//")
			break
		if (c == "\"" || c == "'")
			quote = c
		out = out c
		line = substr(line, 2)
	}
	return out
}
