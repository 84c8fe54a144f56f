# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# x

setup() {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	newline=$'\n'
	# A pidfile that hangs the start fails its test, not the suite.
	via=(timeout 20)
}
