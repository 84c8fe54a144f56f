# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test wrong usage share. Load helper/common first.

setup() {
	error=
	newline=$'\n'
	command=$BATS_TEST_TMPDIR/command
	pidfile=$BATS_TEST_TMPDIR/d.pid
}

# runs ARG...: this command is started and writes $BATS_TEST_TMPDIR/out.
runs() {
	started -o "$BATS_TEST_TMPDIR/out" "$@"
	eventually 30 test -s "$BATS_TEST_TMPDIR/out"
}
