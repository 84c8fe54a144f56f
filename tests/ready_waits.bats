#!/usr/bin/env bats
# --ready: signals to who waits, what is told meanwhile, and what is left of it.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready
load helper/programs

# --- signals to who waits -----------------------------------------------------

@test "TERM, INT, HUP and QUIT end the wait and the daemon: 128 + signal" {
	local signal
	for signal in TERM INT HUP QUIT; do
		rm -f "$T/up"
		background --ready="file:$T/none" -p "$T/d.pid" \
		    "$SERVICE" "spawn:$T/child" "file:$T/up"
		eventually 30 test -e "$T/up"
		kill -"$signal" "$waiter"
		returns $((128 + $(kill -l "$signal")))
		[[ $(<"$T/waiter.err") =~ ^"daemonize: cannot start $SERVICE: interrupted by signal "[0-9]+" ("[A-Za-z]+"); it was stopped"$ ]]
		dead "$(<"$T/child")"
		dead "$(<"$T/up")"
		[[ ! -e $T/d.pid ]]
	done
}

@test "a signal that the caller ignores does not end the wait" {
	background_via=(nohup)
	background --ready="file:$T/up" "$SERVICE" "file:$T/first" \
	    "until:$T/go" "file:$T/up"
	eventually 30 test -e "$T/first"
	kill -HUP "$waiter"
	: >"$T/go"
	returns 0
	is_running
}

@test "daemonctl sees and stops a daemon that is still awaited" {
	: "${DAEMONCTL:=${DAEMONIZE%/*}/daemonctl}"
	background --ready="file:$T/none" "$SERVICE" "file:$T/up"
	eventually 30 test -e "$T/up"
	"$DAEMONCTL" status --pidfile="$pidfile" </dev/null
	"$DAEMONCTL" stop --pidfile="$pidfile" </dev/null
	returns 4
	[[ $(<"$T/waiter.err") == *'killed by signal 15 (Terminated) before it was ready'* ]]
	[[ ! -e $pidfile ]]
}

@test "a daemon that is replaced while it is awaited: 4, the other one stays" {
	background --ready="file:$T/none" "$SERVICE" "file:$T/up"
	eventually 30 test -e "$T/up"
	ready --if-running=replace sleep 1000
	returns 4
	is_running
}

@test "log: a line is not missed by who was stopped meanwhile" {
	# shellcheck disable=SC2016
	background --ready=log:READY --log="$T/log" --log-timestamp \
	    sh -c ': >"$1"; until [ -e "$2" ]; do sleep 0.02; done
	    seq 60000; echo READY; exec sleep 1000' sh "$T/up" "$T/go"
	eventually 30 test -e "$T/up"
	halt "$waiter"
	: >"$T/go"
	# As long as it takes to see that nothing moves any more.
	command sleep 2
	kill -CONT "$waiter"
	returns 0
	is_running
}

# --- who waits, and what is left of it ----------------------------------------

@test "nothing stays: no process but the daemon, no descriptor but the lock" {
	port=$(free_port)
	ready --ready="tcp:$port" --ready="file:$T/up" --ready=log:x \
	    --ready=command:true --ready=notify -o "$T/out" \
	    "$SERVICE" "file:$T/up" "tcp:127.0.0.1:$port" say:x notify:READY=1
	is_running
	[[ $(marked_pids) == "$pid" ]]
	# Standard streams, the listening socket, the lock; it may be closing
	# the one by which it said that it is ready.
	eventually 30 has_descriptors 5
}

has_descriptors() {
	[[ $(find "/proc/$pid/fd" -type l | wc -l) -eq $1 ]]
}

@test "while it waits it uses no processor time worth the name" {
	local condition
	for condition in notify fd:9 "file:$T/none" log:never alive:30s; do
		background --ready="$condition" --timeout=50s -o "$T/out" \
		    -p "$T/d.pid" "$SERVICE" "file:$T/up"
		eventually 30 test -e "$T/up"
		eventually 30 is_left_alone "$waiter"
		kill -TERM "$waiter"
		returns 143
		rm "$T/up"
	done
}

@test "the orphans of a job are buried while it runs" {
	# shellcheck disable=SC2016
	background --ready=exit sh -c '
	    for i in 1 2 3 4 5 6 7 8 9; do (command sleep 0.01 &); done
	    : >"$1"; until [ -e "$2" ]; do sleep 0.05; done' sh "$T/up" "$T/go"
	eventually 30 test -e "$T/up"
	eventually 30 has_buried "$waiter"
	: >"$T/go"
	returns 0
}

@test "also beside a child of the caller's that has ended before them" {
	# shellcheck disable=SC2016
	background_via=(bash -c 'until [[ -e $0 ]]; do sleep 0.02; done &
	    exec "$@"' "$T/early")
	# shellcheck disable=SC2016
	background --ready=exit sh -c ': >"$1/early"
	    until [ -e "$1/dead" ]; do sleep 0.02; done
	    for i in 1 2 3 4 5 6 7 8 9; do (command sleep 0.01 &); done
	    : >"$1/up"; until [ -e "$1/go" ]; do sleep 0.05; done' sh "$T"
	eventually 30 test -e "$T/early"
	eventually 30 has_corpses "$waiter" 1
	: >"$T/dead"
	eventually 30 test -e "$T/up"
	eventually 30 has_corpses "$waiter" 1
	: >"$T/go"
	returns 0
}

# has_corpses PID COUNT: so many of its children are dead.
has_corpses() {
	[[ $(ps -o stat= --ppid "$1" | grep -c Z) -eq $2 ]]
}

# has_buried PID: it has one child, which lives.
has_buried() {
	[[ $(ps -o stat= --ppid "$1") =~ ^[A-Y][^Z$'\n']*$ ]]
}

# is_left_alone PID: it is not even woken up for half a second. What it was to
# hear of before that may come late.
is_left_alone() {
	local before
	is_sleeping "$1" || return 1
	before=$(switches "$1")
	command sleep 0.5
	is_sleeping "$1" && [[ $(switches "$1") -eq $before ]]
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"
}

@test "on a terminal one line says what is awaited, and is erased" {
	need_cmd script
	local log=$T/typescript
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qfec \
	    "$DAEMONIZE -p $pidfile --ready=file:$T/up sleep 1000" \
	    "$log" </dev/null >/dev/null 3>&- &
	eventually 30 has_ticked "$log"
	: >"$T/up"
	wait $!
	is_running
	# Every second, and nothing before the first one is over.
	ticks "$log" | sort -n -c
	[[ $(ticks "$log" | head -n 1) -ge 1 ]]
	# What is left on the screen is nothing.
	[[ $(grep -v '^Script' "$log" | tr '\r' '\n' | tail -n 1) == $'\033[K' ]]
}

# ticks LOG: the seconds of which the line tells.
ticks() {
	tr '\r' '\n' <"$1" | sed -nE \
	    's/^daemonize: waiting for sleep: file:[^,]*, ([0-9]+) s.*/\1/p'
}

has_ticked() {
	[[ $(ticks "$1" | sort -u | wc -l) -ge 2 ]]
}

@test "a terminal that is stopped (^S) does not stop the wait" {
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 python3 -c '
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.write(terminal, b"\x13")
end = time.monotonic() + 45
while time.monotonic() < end:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.05)
sys.exit("it still waits")' "$DAEMONIZE" -p "$pidfile" \
	    --ready=alive:2500ms sleep 1000 </dev/null 3>&-
	is_running
}

@test "in a pipe there is no such line" {
	start --ready=alive:1200ms -p "$pidfile" sleep 1000
	[[ $status -eq 0 && -z $error && -z $output ]]
	is_running
}

@test "-v says what holds, and ends with the wait" {
	start -v --ready="file:$T/up" --ready=alive:10ms -p "$pidfile" \
	    "$SERVICE" "file:$T/up"
	is_running
	grep -qx "daemonize: file:$T/up holds" <<<"$output"
	grep -qx 'daemonize: alive:10ms holds' <<<"$output"
	[[ $(tail -n 2 <<<"$output") == "daemonize: wait for file:$T/up and alive:10ms, at most 60 s
daemonize: running as pid $pid" ]]
}

@test "--dry-run tells the wait, and waits for nothing" {
	start --dry-run --ready=notify --ready=tcp:80 --timeout=90 sleep 1
	[[ $status -eq 0 ]]
	[[ $(tail -n 1 <<<"$output") == 'wait for notify and tcp:80, at most 90 s' ]]
}

@test "as process 1 it waits, stays, and ends as the daemon does" {
	need_root
	need_namespace --fork --pid --mount-proc
	via=(unshare --fork --pid --mount-proc)
	start --ready="file:$T/up" -p "$T/d.pid" "$SERVICE" "file:$T/up" exit:7
	# It was ready, or dead first: which of them is a race.
	[[ $status -eq 7 || $status -eq 4 ]]
	rm -f "$T/up"
	start --ready="file:$T/up" -p "$T/d.pid" "$SERVICE" "file:$T/up" \
	    "until:$T/d.pid" kill:9
	[[ $status -eq 137 || $status -eq 4 ]]
	start --ready="file:$T/none" --timeout=200ms "$SERVICE"
	[[ $status -eq 124 ]]
}
