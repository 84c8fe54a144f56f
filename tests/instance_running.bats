#!/usr/bin/env bats
# --if-running: what a start does where one runs already.

bats_require_minimum_version 1.5.0
load helper/common
load helper/pidfile

# background ARG...: the program in the background. Its exit status goes to
# $BATS_TEST_TMPDIR/status when it is over.
background() {
	(
		status=0
		DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" "$@" \
		    2>"$BATS_TEST_TMPDIR/waiter.err" || status=$?
		printf '%s\n' "$status" >"$BATS_TEST_TMPDIR/status.$BASHPID"
		mv "$BATS_TEST_TMPDIR/status.$BASHPID" "$BATS_TEST_TMPDIR/status"
	) </dev/null >/dev/null 3>&- &
	remember $!
}

# --- --if-running ---------------------------------------------------------------

@test "--if-running=fail is the default" {
	holder sleep 1000
	refused 3 "as pid $pid " --if-running=fail -p "$pidfile" sleep 1000
}

@test "--if-running=ok: silent success, nothing started, nothing changed" {
	local before
	holder sleep 1000
	before=$(state "$pidfile")
	started --if-running=ok -p "$pidfile" touch "$BATS_TEST_TMPDIR/started"
	[[ -z $output && ! -e $BATS_TEST_TMPDIR/started ]]
	[[ $(state "$pidfile") == "$before" ]]
}

@test "every --if-running starts the daemon where none runs" {
	local choice
	for choice in fail ok wait wait:1s replace replace:1s; do
		started --if-running="$choice" -p "$pidfile.$choice" sleep 1000
		daemon_pid "$pidfile.$choice"
	done
}

@test "--if-running=wait waits until the first is gone, then starts" {
	holder sleep 1000
	background --if-running=wait -p "$pidfile" sleep 2000
	eventually 30 has_starter
	run ! eventually 1 test -e "$BATS_TEST_TMPDIR/status"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	kill "$pid"
	eventually 30 test -e "$BATS_TEST_TMPDIR/status"
	[[ $(<"$BATS_TEST_TMPDIR/status") == 0 ]]
	[[ $(daemon_pid "$pidfile") != "$pid" ]]
	remember "$(daemon_pid "$pidfile")"
	[[ ! -s $BATS_TEST_TMPDIR/waiter.err ]]
}

@test "--if-running=wait:TIME that runs out: exit 3, not too early or late" {
	local begin took
	holder sleep 1000
	begin=$(now_us)
	start --if-running=wait:300ms -p "$pidfile" sleep 1000
	took=$(($(now_us) - begin))
	[[ $status -eq 3 && $error == *"as pid $pid "* ]]
	((took >= 300000 && took < 30000000))
	alive "$pid"
}

@test "--if-running=replace ends the first with TERM, then starts" {
	holder sh -c 'trap "echo term >\"$1\"; exit" TERM; : >"$1.trap"
		while :; do sleep 0.1; done' sh "$BATS_TEST_TMPDIR/signal"
	eventually 30 test -e "$BATS_TEST_TMPDIR/signal.trap"
	started --if-running=replace -p "$pidfile" sleep 2000
	[[ $(<"$BATS_TEST_TMPDIR/signal") == term ]]
	dead "$pid"
	[[ $(daemon_pid "$pidfile") != "$pid" ]]
	alive "$(daemon_pid "$pidfile")"
}

@test "--if-running=replace:TIME ends one that ignores TERM with KILL" {
	local begin took
	holder sh -c 'trap "" TERM; : >"$1"; exec sleep 1000' sh \
	    "$BATS_TEST_TMPDIR/ready"
	eventually 30 test -e "$BATS_TEST_TMPDIR/ready"
	begin=$(now_us)
	started --if-running=replace:300ms -p "$pidfile" sleep 2000
	took=$(($(now_us) - begin))
	dead "$pid"
	# Ten seconds are given where no time is.
	((took >= 300000 && took < 9500000))
}

@test "--if-running=replace works on one that is stopped" {
	holder sleep 1000
	halt "$pid"
	started --if-running=replace:300ms -p "$pidfile" sleep 2000
	dead "$pid"
}

@test "--if-running=replace never signals a process that is not the holder" {
	need_cmd flock
	local content
	sleep 1000 3>&- &
	pid=$!
	remember "$pid"
	for content in "$pid" 1 ''; do
		printf '%s\n' "$content" >"$pidfile"
		# The lock belongs to a stranger; the number names an innocent.
		exec 8<"$pidfile"
		flock -n 8
		start --if-running=replace:100ms -p "$pidfile" sleep 2000 8>&-
		[[ $status -eq 1 || $status -eq 3 ]]
		alive "$pid"
		kill -0 $$
		[[ $(<"$pidfile") == "$content" ]]
		exec 8<&-
	done
}

# storm: 20 simultaneous replacements. One daemon must be left, with its pid
# in the file and the lock of the file, not of one that was unlinked.
storm() {
	local left
	crowd 20 --if-running=replace:5s -p "$pidfile" sleep 1000
	sort "$dir"/status.* | uniq -c
	left=$(marked_pids)
	printf 'left: %s, pidfile: %s\n' "$left" "$(<"$pidfile")"
	[[ $left == "$(daemon_pid "$pidfile")" ]]
	holds_lock "$left" "$pidfile"
}

@test "storms of replacements leave exactly one, where one was running" {
	local round
	holder sleep 1000
	for round in 1 2 3 4 5 6 7 8; do
		storm
	done
}

@test "storms of replacements leave exactly one, where none was running" {
	local round
	for round in 1 2 3 4 5 6 7 8; do
		rm -f "$pidfile"
		storm
		kill "$(daemon_pid "$pidfile")"
		eventually 30 nothing_runs
	done
}

nothing_runs() {
	[[ -z $(marked_pids) ]]
}

# --- crowds and storms ------------------------------------------------------------

@test "--if-running=replace leaves the first alone where there is nothing to execute" {
	holder sleep 1000
	start -p "$pidfile" --if-running=replace no-such-command
	[[ $status -eq 127 && $error == *'not found in PATH'* ]]
	start -p "$pidfile" --if-running=replace /etc/passwd
	[[ $status -eq 126 ]]
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	alive "$pid"
}

@test "--if-running=ok: a pidfile that is locked by no daemon is no success" {
	need_cmd flock
	printf '4194999\n' >"$pidfile"
	flock --no-fork "$pidfile" sleep 1000 3>&- &
	remember $!
	eventually 30 is_locked "$pidfile"
	refused 3 'already running' --if-running=ok -p "$pidfile" \
	    sleep 2000
}

@test "root who may not look into other users' daemons knows them all the same" {
	need_root
	need_user
	via=(setpriv --bounding-set -sys_ptrace)
	setpriv --bounding-set -sys_ptrace true || skip 'needs setpcap'
	started -p "$pidfile" -u "$TEST_USER" sleep 1000
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	refused 3 "already running as pid $pid since .*: sleep 1000\$" \
	    -p "$pidfile" sleep 2000
	started --if-running=ok -p "$pidfile" sleep 2000
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	started --if-running=replace -p "$pidfile" -u "$TEST_USER" sleep 2000
	dead "$pid"
	pid=$(daemon_pid "$pidfile")
	alive "$pid"
}

@test "a holder who cannot be seen is not waited for as one who starts" {
	local before dir
	need_root
	need_user
	need_cmd flock
	dir=$(user_dir foreign)
	: >"$dir/d.pid"
	flock --no-fork "$dir/d.pid" sleep 1000 3>&- &
	remember $!
	eventually 30 is_locked "$dir/d.pid"
	before=$(now_us)
	as_user refused 3 'already running$' -p "$dir/d.pid" sleep 2000
	(($(now_us) - before < 9500000))
}

@test "--if-running=ok: a lock that only a child still has is no success" {
	holder sh -c 'sleep 1000 & : >"$1"; exec sleep 1000' sh \
	    "$BATS_TEST_TMPDIR/child"
	eventually 30 test -e "$BATS_TEST_TMPDIR/child"
	kill "$pid"
	eventually 30 dead "$pid"
	refused 3 'already running' --if-running=ok -p "$pidfile" sleep 2000
}

@test "--if-running=replace leaves the first alone where a start cannot work" {
	holder sleep 1000
	refused 1 'cannot change directory to /nonexistent' \
	    --if-running=replace -p "$pidfile" -c /nonexistent sleep 2000
	refused 1 'cannot open /nonexistent/in: No such file' \
	    --if-running=replace -p "$pidfile" --stdin /nonexistent/in sleep 2000
	refused 1 'cannot open .*: Is a directory' \
	    --if-running=replace -p "$pidfile" --stdin "$BATS_TEST_TMPDIR" \
	    sleep 2000
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	alive "$pid"
}

@test "--if-running=replace leaves the first alone where files cannot be had" {
	local strange=$BATS_TEST_TMPDIR/strange.pid
	need_cmd python3
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$BATS_TEST_TMPDIR/socket"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	holder sleep 1000
	for option in --stdin --log --stdout; do
		refused 1 "socket: " --if-running=replace -p "$pidfile" \
		    "$option=$BATS_TEST_TMPDIR/socket" sleep 2000
	done
	refused 1 'fifo: not a regular file' --if-running=replace \
	    -p "$pidfile" -l "$BATS_TEST_TMPDIR/fifo" sleep 2000
	refused 1 'fifo: nobody reads it' --if-running=replace -p "$pidfile" \
	    --log="$BATS_TEST_TMPDIR/fifo" sleep 2000
	alive "$pid"
	# Somebody else has the lock file.
	started -p "$strange" -l "$BATS_TEST_TMPDIR/lock" sleep 1000
	refused 3 "lock: already running as pid $(daemon_pid "$strange") " \
	    --if-running=replace -p "$pidfile" -l "$BATS_TEST_TMPDIR/lock" \
	    sleep 2000
	alive "$pid"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
}

@test "--if-running=replace: who reads a FIFO sees no end of it" {
	local fifo=$BATS_TEST_TMPDIR/fifo
	mkfifo "$fifo"
	cat "$fifo" >"$BATS_TEST_TMPDIR/read" 3>&- &
	remember $!
	is_waiting() {
		[[ $(<"/proc/$1/comm") == cat ]] && is_sleeping "$1"
	}
	eventually 30 is_waiting $!
	holder sleep 1000
	started --if-running=replace -p "$pidfile" --log="$fifo" \
	    sh -c 'echo hello; exec sleep 2000'
	remember "$(daemon_pid "$pidfile")"
	eventually 30 grep -qx hello "$BATS_TEST_TMPDIR/read"
	dead "$pid"
}

@test "--if-running=replace: its own lock file is in nobody's way" {
	local lock=$BATS_TEST_TMPDIR/lock
	holder -l "$lock" sleep 1000
	started --if-running=replace -p "$pidfile" -l "$lock" sleep 2000
	remember "$(daemon_pid "$pidfile")"
	dead "$pid"
}

@test "--if-running=replace leaves the first alone where --mkdir would fail" {
	local dir=$BATS_TEST_TMPDIR/dir
	mkdir "$dir"
	chmod 777 "$dir"
	holder sleep 1000
	refused 1 "directory of $dir/new/log: others may write above it" \
	    --if-running=replace -p "$pidfile" --mkdir --log="$dir/new/log" \
	    sleep 2000
	refused 1 '/dev/null/new/log: Not a directory' \
	    --if-running=replace -p "$pidfile" --mkdir \
	    --log=/dev/null/new/log sleep 2000
	alive "$pid"
	[[ $EUID -eq 0 ]] || skip 'the rest needs root'
	need_user
	chmod 1777 "$dir"
	refused 1 "$dir/new/log.*daemon's user: Permission denied" \
	    --if-running=replace -p "$pidfile" --mkdir --log="$dir/new/log" \
	    -u "$TEST_USER" sleep 2000
	alive "$pid"
}

@test "--if-running=ok: a lock file alone is no success beside a pidfile" {
	local lock=$BATS_TEST_TMPDIR/lock
	holder -l "$lock" sleep 1000
	started --if-running=ok -l "$lock" sleep 2000
	refused 3 "lock: already running as pid $pid " --if-running=ok \
	    -p "$BATS_TEST_TMPDIR/two.pid" -l "$lock" sleep 2000
}

@test "--if-running=wait that a signal ends leaves no directory" {
	local lock=$BATS_TEST_TMPDIR/lock new=$BATS_TEST_TMPDIR/new
	started -l "$lock" sleep 1000
	background --if-running=wait --mkdir -p "$new/x.pid" -l "$lock" sleep 2000
	eventually 30 has_starter
	run ! eventually 1 test -e "$BATS_TEST_TMPDIR/status"
	eventually 30 is_sleeping "$(starters)"
	# One pid a word.
	# shellcheck disable=SC2046
	kill $(starters)
	eventually 30 test -e "$BATS_TEST_TMPDIR/status"
	[[ $(<"$BATS_TEST_TMPDIR/status") -eq 143 && ! -e $new ]]
}
