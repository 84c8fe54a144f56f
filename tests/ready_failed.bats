#!/usr/bin/env bats
# --ready where it does not come true: the time is up, the daemon dies, or
# another program is in its place before the start.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready
load helper/programs

# --- in time, or not ----------------------------------------------------------

@test "time up: 124, and nothing is left, however deaf" {
	local before
	for patience in "${longer[@]}"; do
		before=$(now_us)
		refused 124 "^daemonize: cannot start $SERVICE: not ready within $(in_words "$patience"), waiting for file:$T/none; it was stopped\$" \
		    -p "$T/d.pid" --mkdir -l "$T/new/dir/lock" \
		    --timeout="$patience" --stop-timeout=200ms \
		    --ready="file:$T/none" \
		    "$SERVICE" deaf "spawn:$(state_dir)/child"
		[[ ! -e $(state_dir)/child ]] || break
	done
	(($(now_us) - before >= 500000))
	dead "$(<"$(state_dir)/child")"
	[[ ! -e $T/d.pid && ! -e $T/new ]]
}

@test "time up: an old pidfile gets its content back" {
	echo 4194999 >"$T/d.pid"
	late -p "$T/d.pid" --ready="file:$T/none" sleep 1000
	[[ $(<"$T/d.pid") == 4194999 ]]
}

@test "time up with --keep-on-timeout: 124, and it runs on with its pidfile" {
	start -p "$pidfile" --ready="file:$T/none" --timeout=100ms \
	    --keep-on-timeout sleep 1000
	[[ $status -eq 124 ]]
	is_running
	[[ $error == "daemonize: cannot start sleep: not ready within 100 ms, waiting for file:$T/none; left running as pid $pid" ]]
}

@test "the message names the condition that is missing" {
	refused 124 'waiting for log:never;' --ready=alive:10ms \
	    --ready=log:never --timeout=300ms -o "$(state_dir)/log" sleep 1000
}

@test "more processes than there may be open files are ended as well" {
	local limit
	# Soft and hard, or the soft one alone.
	for limit in -n -Sn; do
		# shellcheck disable=SC2016
		via=(bash -c 'ulimit "$1" 40; shift; exec "$@"' bash "$limit")
		# shellcheck disable=SC2016
		refused 124 'waiting for file:.*/none; it was stopped$' \
		    --ready="file:$T/none" --timeout=2s bash -c '
		    for ((i = 0; i < 100; i++)); do sleep 1000 & done; wait'
	done
}

@test "the tree is stopped by the signal that was chosen" {
	for patience in "${longer[@]}"; do
		# shellcheck disable=SC2016
		start -p "$T/d.pid" --ready="file:$T/none" \
		    --timeout="$patience" --stop-signal=USR1 sh -c '
		    trap "echo usr1 >\"$1\"; exit" USR1; : >"$1.trap"
		    while :; do sleep 0.02; done' sh "$T/heard"
		[[ $status -eq 124 ]]
		[[ ! -e $T/heard.trap ]] || break
	done
	[[ $(<"$T/heard") == usr1 ]]
	[[ -z $(marked_pids) ]]
}

@test "log: ends at once when nothing of the output will come any more" {
	local before
	before=$(now_us)
	refused 124 '^daemonize: cannot start sh: its output has ended, waiting for log:never; it was stopped$' \
	    --log="$(state_dir)/log" --log-timestamp --ready=log:never \
	    --timeout=50s sh -c 'exec >&- 2>&-; exec sleep 1000'
	(($(now_us) - before < 20000000))
}

# --- death before readiness ---------------------------------------------------

# each_condition: sets conditions, one of each kind that can be waited for.
each_condition() {
	conditions=(alive:30s notify fd:9 "file:$T/none" "unix:$T/none"
	    "tcp:$(free_port)" log:never command:false)
}

@test "a death ends the wait at once in every mode: 4, with its status" {
	local condition before
	each_condition
	for condition in "${conditions[@]}"; do
		before=$(now_us)
		refused 4 '^daemonize: cannot start sh: it exited with status 7 before it was ready$' \
		    --ready="$condition" -p "$T/d.pid" \
		    --log="$(state_dir)/log" sh -c 'exit 7'
		(($(now_us) - before < 25000000))
	done
}

@test "a death by a signal ends it, too, and is named" {
	local condition
	each_condition
	for condition in "${conditions[@]}"; do
		refused 4 '^daemonize: cannot start sh: killed by signal 9 \(Killed\) before it was ready$' \
		    --ready="$condition" -p "$T/d.pid" \
		    --log="$(state_dir)/log" sh -c 'kill -KILL $$'
	done
}

@test "an exit with status 0 before it is ready is a failure, too" {
	refused 4 'it exited with status 0 before it was ready' \
	    --ready=alive:30s true
}

@test "what it had started is ended with it" {
	# shellcheck disable=SC2016
	refused 4 'it exited with status 3' --ready=alive:30s -p "$T/d.pid" \
	    sh -c 'setsid sleep 1000 & echo $! >"$1"; exit 3' sh \
	    "$(state_dir)/child"
	dead "$(<"$(state_dir)/child")"
}

@test "the last ten lines of its output are shown as its own, and escaped" {
	start --ready=alive:30s -o "$T/out" -e "$T/err" sh -c '
	    echo on stdout; seq 20 >&2; printf "\033[2Jred\n" >&2; exit 1'
	[[ $status -eq 4 ]]
	[[ $(wc -l <<<"$error") -eq 11 ]]
	[[ $(sed -n 1p <<<"$error") == *'it exited with status 1'* ]]
	[[ $(sed -n 2p <<<"$error") == 'daemonize: output of sh: 12' ]]
	[[ $(sed -n 10p <<<"$error") == 'daemonize: output of sh: 20' ]]
	[[ $(sed -n 11p <<<"$error") == 'daemonize: output of sh: ^[[2Jred' ]]
}

@test "standard output is shown where there was nothing on standard error" {
	start --ready=alive:30s -o "$T/out" sh -c 'echo only this; exit 1'
	[[ $status -eq 4 && $(sed -n 2p <<<"$error") == *': only this' ]]
}

@test "what an earlier start has written is not shown, nor a novel" {
	seq 1000 >"$T/log"
	start --ready=alive:30s --log="$T/log" sh -c '
	    head -c 100000 /dev/zero | tr "\0" x; exit 1'
	[[ $status -eq 4 && $(wc -l <<<"$error") -eq 2 ]]
	((${#error} < 2400))
	start --ready=alive:30s --log="$T/log" sh -c 'exit 1'
	[[ $status -eq 4 && $(wc -l <<<"$error") -eq 1 ]]
}

@test "a plain start that dies at once shows its last lines as well" {
	local i
	# It is seen to die only if it is quick: try until it was.
	for ((i = 0; i < 50; i++)); do
		start --log="$T/log" sh -c 'echo the reason; exit 1'
		[[ $status -eq 0 ]] || break
	done
	[[ $status -eq 0 ]] || [[ $status -eq 4 && \
	    $(sed -n 2p <<<"$error") == 'daemonize: output of sh: the reason' ]]
}

@test "a program that puts itself in the background is told apart" {
	refused 4 "^daemonize: cannot keep watch over $SERVICE: it put itself in the background; use its foreground option\$" \
	    -p "$T/d.pid" --ready="file:$T/none" \
	    "$SERVICE" fork "spawn:$(state_dir)/child"
}

@test "what a command: has left is not the daemon's" {
	refused 4 'it exited with status 0 before it was ready' \
	    --ready="command:setsid sleep 1000 & echo \$! >>$(state_dir)/asked
	    false" sh -c 'until [ -s "$1" ]; do sleep 0.02; done; exit 0' sh \
	    "$(state_dir)/asked"
}

# One with so much to give back that its end takes time. Writes its pid to a
# file when it has begun.
heavy='
import os, signal, sys
heap = b"x" * (128 << 20)
with open(sys.argv[1] + ".new", "w") as file:
    file.write("%d\n" % os.getpid())
os.rename(sys.argv[1] + ".new", sys.argv[1])
signal.pause()'

@test "nor is what a command: is at when the daemon dies" {
	local at
	at=$(state_dir)/at
	refused 4 'it exited with status 0 before it was ready' \
	    --ready="command:exec python3 -c '$heavy' $at" \
	    sh -c 'until [ -s "$1" ]; do sleep 0.02; done; exit 0' sh "$at"
	dead "$(<"$at")"
}

@test "however late it leaves its child behind" {
	local i up now
	# What is waited for holds while the parent still lives: each time.
	for ((i = 0; i < 10; i++)); do
		up=$T/up$i
		# shellcheck disable=SC2016
		start --ready="file:$up" sh -c '
		    (: >"$1"; exec setsid sleep 1000) &
		    until [ -e "$1" ]; do :; done
		    command true; exit 0' sh "$up"
		now=$(now_us)
		if [[ $status -eq 0 ]]; then
			# Its parent got no processor. But it was waited for.
			((now - $(made_us "$up") >= 90000))
			stop_all
			continue
		fi
		[[ $status -eq 4 && -z $(marked_pids) ]]
		[[ $error == *': it put itself in the background;'* ]]
		[[ $(wc -l <<<"$error") -eq 1 ]]
	done
}

# made_us FILE: when it was last changed, in microseconds.
made_us() {
	local time
	time=$(stat -c %.6Y -- "$1")
	printf '%s\n' "${time/./}"
}

@test "one with workers is ready all the same" {
	ready --ready="file:$T/up" "$SERVICE" "spawn:$T/child" "file:$T/up"
	is_running
}

@test "but only while somebody waits for more than its execution" {
	started -p "$T/d.pid" "$SERVICE" fork
	# What it has left is there to be ended.
	eventually 30 dead "$(<"$T/d.pid")"
}

@test "without /proc its process group is ended" {
	need_root
	need_namespace -m
	need_plain_build
	# shellcheck disable=SC2016
	via=(unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh)
	refused 124 'still running after 1 s; it was stopped$' --ready=exit \
	    --max-runtime=1s sh -c 'sleep 1000 & sleep 1000'
	refused 4 'it exited with status 3 before it was ready$' \
	    --ready=alive:30s sh -c 'sleep 1000 & exit 3'
	# Also one that takes its time to die: it is gone when we return.
	# shellcheck disable=SC2016
	via=(unshare -m sh -c 'mount -t tmpfs none /proc && "$@" || status=$?
	    kill -0 "$(cat "$0")" 2>/dev/null || exit $status'
	    "$(state_dir)/at")
	# shellcheck disable=SC2016
	refused 4 'it exited with status 3 before it was ready$' \
	    --ready=alive:30s sh -c 'python3 -c "$1" "$2" &
	    until [ -s "$2" ]; do sleep 0.02; done; exit 3' sh "$heavy" \
	    "$(state_dir)/at"
}

# --- what is there before the start -------------------------------------------

@test "a port that another program has: 1 before anything is started" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	refused 1 "^daemonize: cannot start touch: port $port is already in use by another program\$" \
	    --ready="tcp:$port" -p "$T/other.pid" touch "$T/started"
	refused 1 "port 127.0.0.1:$port is already in use" \
	    --ready="tcp:127.0.0.1:$port" touch "$T/started"
}

@test "a socket that another program has: 1 before anything is started" {
	ready --ready="unix:$T/socket" "$SERVICE" "unix:$T/socket"
	refused 1 "^daemonize: cannot start touch: socket $T/socket is already in use by another program\$" \
	    --ready="unix:$T/socket" touch "$T/started"
}

@test "a port of the daemon that is replaced is free by then" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	first=$pid
	ready --if-running=replace --ready="tcp:$port" \
	    "$SERVICE" "tcp:127.0.0.1:$port"
	is_running
	[[ $pid -ne $first ]]
	dead "$first"
}

@test "a daemon that cannot be stopped keeps its pidfile and lock" {
	need_root
	need_user
	local dir
	dir=$(user_dir deaf)
	install -m 4755 "$(command -v setpriv)" "$dir/rooted"
	as_user "$dir/rooted" --reuid=0 true 2>/dev/null ||
	    skip 'programs may not be set-user-ID here'
	for patience in "${longer[@]}"; do
		# shellcheck disable=SC2016
		as_user start -p "$dir/d.pid" --ready="file:$dir/none" \
		    --timeout="$patience" --stop-timeout=200ms \
		    "$dir/rooted" --reuid=0 sh -c ': >"$0"; exec sleep 1000' \
		    "$dir/rooted.now"
		[[ ! -e $dir/rooted.now ]] || break
	done
	pid=$(<"$dir/d.pid")
	[[ $status -eq 124 && $error == *'cannot be stopped'* ]]
	as_user refused 3 "already running" -p "$dir/d.pid" sleep 1
	kill -KILL "$pid"
}
