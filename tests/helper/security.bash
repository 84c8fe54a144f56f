# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which try attacks share. Load helper/common first.

setup() {
	error=
	pidfile=$BATS_TEST_TMPDIR/d.pid
	victim=$BATS_TEST_TMPDIR/victim
}

# Only some tests race in the background, or need a directory elsewhere.
flipper=
logdir=
teardown() {
	[[ -z $logdir ]] || rm -rf "$logdir"
	[[ -z $flipper ]] || stop_flipping
	stop_all
}

# stop_flipping: returns when it changes nothing any more.
stop_flipping() {
	kill "$flipper" 2>/dev/null || :
	wait "$flipper" || :
	flipper=
}

# run_as_daemon ARG...: a daemon of TEST_USER; sets pid.
run_as_daemon() {
	started -p "$pidfile" -u "$TEST_USER" "$@"
	pid=$(daemon_pid "$pidfile")
}
