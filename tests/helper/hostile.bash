# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which start in hostile surroundings share: whatever the caller
# looks like, the daemon comes out the same, or the start fails with one line
# and leaves nothing. Load helper/common first.

setup() {
	unset pidfile report
	[[ -x $LAUNCHER && -x $WITNESS ]]
}

# is_a_clean_daemon: what the witness reports is what it always reports.
is_a_clean_daemon() {
	witness_is fdcount "${1:-4}"
	[[ $(witness_get fd.0) == '/dev/null|r|'* ]]
	witness_has fd.1
	witness_has fd.2
	witness_is sigblocked 0000000000000000
	witness_is sigignored 0000000000000000
	witness_is sigpending 0000000000000000
	witness_is sigshared 0000000000000000
	witness_is itimer.real 0
	witness_is itimer.virtual 0
	witness_is itimer.prof 0
	witness_is umask 0000
	witness_is cwd /
	witness_is tty 0
	witness_is sid "$(witness_get pgid)"
	[[ $(witness_get sid) != "$(witness_get pid)" ]]
	alive "$pid"
}
