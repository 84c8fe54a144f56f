# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files share which ask the witness for its streams and surroundings.
# Load helper/common first.

setup() {
	unset pidfile report
	dir=$BATS_TEST_TMPDIR
	out=$dir/out
	err=$dir/err
	error=
	newline=$'\n'
}
