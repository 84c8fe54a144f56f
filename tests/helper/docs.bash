# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test the documents share: the options and verbs of --help
# and of the manual pages. Load helper/common and helper/dropin first.

setup() {
	dropin_setup
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
}

# The functions below take the NAME of a program: daemonize or daemonctl.

page_of() {
	printf '%s\n' "$top/man/$1.1"
}

# section NAME SECTION: its lines in the manual page.
section() {
	awk -v wanted="$2" '
		/^\.Sh/ { inside = substr($0, 5) == wanted }
		inside' "$(page_of "$1")"
}

# The long options, without dashes, one a line, sorted, as each source has them.

options_in_page() {
	section "$1" OPTIONS | grep '^\.It ' |
	    grep -oE 'Fl -[a-z][a-z0-9-]+' | cut -c5- | sort -u
}

verbs_in_page() {
	section daemonctl DESCRIPTION | sed -nE 's/^\.It Cm ([a-z]+).*/\1/p' | sort
}

# same A B [NAME]: both functions say the same of the program.
same() {
	diff -u <("$1" "${@:3}") <("$2" "${@:3}")
}
