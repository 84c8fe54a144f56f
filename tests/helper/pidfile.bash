# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test pidfiles, locks and single instances share. Load
# helper/common first.

setup() {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	newline=$'\n'
	name=
	error=
	# Nothing here may wait for ever, whatever is broken.
	via=(timeout 50)
}

teardown() {
	stop_all
	# Where a test failed, a waiting one may have started after that.
	stop_all
	[[ -z $name ]] || rm -f "/var/run/$name.pid"
}

# state FILE: everything that a loser must not change about FILE.
state() {
	stat -c '%i %f %u %g %h %s %y' -- "$1"
	cksum <"$1"
}

# is_locked FILE: somebody has a lock on it; seen without taking it away.
is_locked() {
	[[ -e $1 ]] && grep -q ":$(stat -c %i "$1") " /proc/locks
}

# holder ARG...: starts the daemon which holds $pidfile; sets pid.
holder() {
	started -p "$pidfile" "$@"
	pid=$(daemon_pid "$pidfile")
}

# crowd N ARG...: N simultaneous starts, released together by opening a FIFO.
# Their statuses go to $dir/status.*, their messages to $dir/err.*.
crowd() {
	local i n=$1
	shift
	dir=$BATS_TEST_TMPDIR/crowd
	rm -rf "$dir"
	mkdir "$dir"
	mkfifo "$dir/gate"
	for ((i = 0; i < n; i++)); do
		(
			: <"$dir/gate"
			status=0
			DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 120 \
			    "$DAEMONIZE" "$@" 2>"$dir/err.$i" || status=$?
			echo "$status" >"$dir/status.$i"
		) </dev/null >/dev/null 3>&- &
	done
	exec 8>"$dir/gate"
	wait
	exec 8>&-
}
