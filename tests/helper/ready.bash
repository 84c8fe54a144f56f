# shellcheck shell=bash disable=SC2034,SC2154 # of the tests
# What the tests of readiness and jobs share. Load helper/common first; setup is
# ready_setup where a file says nothing else.

SERVICE=$BATS_TEST_DIRNAME/helper/service

ready_setup() {
	need_cmd python3
	T=$BATS_TEST_TMPDIR
	pidfile=$T/d.pid
	background_via=()
}

setup() {
	ready_setup
}

# ready ARG...: a start with a pidfile of its own, which must be ready without
# a word; ends the one before it. Sets pid.
ready() {
	if [[ $* != *--if-running* && -s $pidfile ]]; then
		kill "$(<"$pidfile")" 2>/dev/null || :
		eventually 30 flock -n "$pidfile" true
	fi
	started -p "$pidfile" "$@"
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
}

is_running() {
	pid=$(daemon_pid "$pidfile")
	alive "$pid" && holds_lock "$pid" "$pidfile"
}

# late ARG...: is not ready in time, which is $patience, and leaves nothing
# running. Where something must have happened by then, it is tried with the
# next of the times of "longer" until it has: how long it takes is nobody's
# business here.
patience=500ms
longer=(500ms 5s 30s)
late() {
	start --timeout="$patience" "$@"
	[[ $status -eq 124 && -z $(marked_pids) ]] &&
	    [[ $error == *"not ready within $(in_words "$patience")"* ]]
}

# in_words TIME: as messages tell it.
in_words() {
	printf '%s %s\n' "${1%%[a-z]*}" "${1##*[0-9]}"
}

# background ARG...: the program in the background with $pidfile, if none is
# given; sets waiter, its pid. Its status goes to $T/status when it is over,
# what it says to $T/waiter.out and $T/waiter.err.
background() {
	local own=(-p "$pidfile")
	[[ " $* " != *' -p '* && " $* " != *' -l '* ]] || own=()
	rm -f "$T/status" "$T/waiter.pid"
	(
		status=0
		# shellcheck disable=SC2016
		DMN_DAEMON_MARK=$DMN_TEST_MARK \
		    bash -c 'echo $BASHPID >"$0"; exec "$@"' "$T/waiter.pid" \
		    env --default-signal=TERM,INT,HUP,QUIT \
		    "${background_via[@]}" "$DAEMONIZE" "${own[@]}" "$@" \
		    >"$T/waiter.out" 2>"$T/waiter.err" || status=$?
		printf '%s\n' "$status" >"$T/status.new"
		mv "$T/status.new" "$T/status"
	) </dev/null >/dev/null 2>&1 3>&- &
	eventually 30 test -s "$T/waiter.pid"
	waiter=$(<"$T/waiter.pid")
	remember "$waiter"
}

is_waiting() {
	alive "$waiter" && [[ ! -e $T/status ]]
}

# returns STATUS: the one in the background ends so.
returns() {
	eventually 60 test -e "$T/status"
	[[ $(<"$T/status") -eq $1 ]] || {
		printf 'status %s, not %s: %s\n' "$(<"$T/status")" "$1" \
		    "$(<"$T/waiter.err")"
		return 1
	}
}
