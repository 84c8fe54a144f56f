#!/usr/bin/env bats
# Hostile descriptors of the caller: standard ones closed, hundreds leaked, few
# allowed.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/hostile

# --- descriptors ------------------------------------------------------------

# closed LIST: starts with these of 0, 1 and 2 closed, with files for all.
closed() {
	local dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -c "$1" --)
	witness_start -o "$dir/out" -e "$dir/err"
	is_a_clean_daemon
	[[ $(witness_get fd.1) == "$dir/out|"*append* ]]
	[[ $(witness_get fd.2) == "$dir/err|"*append* ]]
	[[ ! -s $dir/out && ! -s $dir/err ]]
	is "$(<"$pidfile")" "$pid"
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report" "$pidfile"

	# Nothing named: /dev/null thrice, and a lock file beside the pidfile.
	witness_start -l "$dir/lock"
	is_a_clean_daemon 5
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
	[[ ! -s $dir/lock ]]
	is "$(<"$pidfile")" "$pid"
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report" "$pidfile"

	# One file for both.
	witness_start -o "$dir/both" -e "$dir/both"
	is_a_clean_daemon
	[[ $(witness_get fd.1) == "$dir/both|"* ]]
	[[ $(witness_get fd.2) == "$dir/both|"* ]]
	is "$(<"$pidfile")" "$pid"
}

@test "started with 0, 1 and 2 open" {
	closed ''
}

@test "started with 0 closed" {
	closed 0
}

@test "started with 1 closed" {
	closed 1
}

@test "started with 2 closed" {
	closed 2
}

@test "started with 0 and 1 closed" {
	closed 01
}

@test "started with 0 and 2 closed" {
	closed 02
}

@test "started with 1 and 2 closed" {
	closed 12
}

@test "started with 0, 1 and 2 closed" {
	closed 012
}

@test "with everything closed, the target's own output reaches its files" {
	for list in '' 0 1 2 01 02 12 012; do
		via=("$LAUNCHER" -c "$list" --)
		dir=$BATS_TEST_TMPDIR/at-$list
		mkdir "$dir"
		start -p "$dir/d.pid" -o "$dir/out" -e "$dir/err" -- \
		    sh -c 'echo to out; echo to err >&2; exec sleep 600'
		is "$status" 0
		eventually 30 test -s "$dir/err"
		is "$(<"$dir/out")" 'to out'
		is "$(<"$dir/err")" 'to err'
		daemon_pid "$dir/d.pid"
	done
}

@test "with stderr closed, a failure is still told by the status alone" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	for list in 2 02 12 012; do
		via=("$LAUNCHER" -c "$list" --)
		start -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" -- \
		    /does/not/exist
		is "$status" 127
		[[ ! -e $pidfile && ! -e $BATS_TEST_TMPDIR/out ]]
		is "$(marked_pids)" ''
	done
}

@test "with stdout closed, -v writes into no file" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	via=("$LAUNCHER" -c 01 --)
	start -v -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" -- sleep 600
	[[ $status -ne 0 ]] || daemon_pid "$pidfile"
	[[ ! -s $BATS_TEST_TMPDIR/out ]]
}

@test "hundreds of leaked descriptors are closed" {
	via=("$LAUNCHER" -d 500 --)
	witness_start
	is_a_clean_daemon
}

@test "descriptors above a lowered RLIMIT_NOFILE are closed too" {
	via=("$LAUNCHER" -d 5 -D 300 --)
	witness_start
	is_a_clean_daemon
	[[ $(witness_get limit.nofile) == '16 '* ]]
}

@test "with few descriptors allowed it works or says why" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	works=0
	for soft in 3 4 5 6 7 8 9 10 12 16 20; do
		via=("$LAUNCHER" -l "nofile=$soft" --)
		start -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" \
		    "$(command -v sleep)" 600
		if [[ $status -eq 0 ]]; then
			works=$((works + 1))
			pid=$(daemon_pid "$pidfile")
			remember "$pid"
			kill "$pid"
			eventually 30 dead "$pid"
			rm -f "$pidfile" "$BATS_TEST_TMPDIR/out"
			continue
		fi
		# 127: the loader itself could not open a library.
		[[ $status -eq 127 || $status -eq 1 ]]
		[[ $status -eq 127 || $error == 'daemonize: cannot '* ]]
		[[ ! -e $pidfile && ! -e $BATS_TEST_TMPDIR/out ]]
		is "$(marked_pids)" ''
	done
	((works >= 3))
}

# calls LIMIT: how many system calls a start takes at that RLIMIT_NOFILE. The
# fewest of three: a caller that sees the target exit looks until it is dead.
calls() {
	local log=$BATS_TEST_TMPDIR/calls
	for _ in 1 2 3; do
		"$LAUNCHER" -l "nofile=$1" -- "$(command -v strace)" -f -c \
		    -o "$log" "$DAEMONIZE" /bin/true </dev/null >/dev/null \
		    2>&1 3>&- 4>&- || return
		awk '$NF == "total" { print $4 }' "$log"
	done | sort -n | head -n 1
}

@test "no step loops to RLIMIT_NOFILE" {
	need_cmd strace
	need_plain_build
	strace -o /dev/null true || skip 'strace may not trace here'
	high=$(ulimit -Hn)
	[[ $high != unlimited && $high -gt 4096 ]] ||
	    skip "the hard limit of descriptors is $high"
	low=$(calls 256)
	high=$(calls "$high")
	printf '%s calls, then %s\n' "$low" "$high"
	[[ $low -gt 20 ]]
	((high - low < 20 && low - high < 20))
}

@test "a lock the caller holds is not kept by the daemon" {
	need_cmd flock
	: >"$BATS_TEST_TMPDIR/their.lock"
	exec 9<>"$BATS_TEST_TMPDIR/their.lock"
	flock 9
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	exec 9>&-
	flock -n "$BATS_TEST_TMPDIR/their.lock" true
}
