# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# x

setup() {
	unset pidfile report
	dir=$BATS_TEST_TMPDIR
	error=
	newline=$'\n'
}
