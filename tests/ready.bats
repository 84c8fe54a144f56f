#!/usr/bin/env bats
# --ready: the command returns when the daemon works; every condition. Where it
# never comes true is in ready_failed.bats, the wait itself in ready_waits.bats,
# bad values are in ready_values.bats.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready
load helper/programs

# --- each condition -----------------------------------------------------------

@test "exec is the default: it may be named, and is ready when executed" {
	ready --ready=exec "$SERVICE"
	is_running
}

@test "alive: returns when the time is over, and not before" {
	local before
	before=$(now_us)
	ready --ready=alive:300ms sleep 1000
	(($(now_us) - before >= 300000))
	is_running
}

@test "file: returns when the file is there" {
	ready --ready="file:$T/up" "$SERVICE" "file:$T/up"
	is_running
	[[ $(<"$T/up") -eq $pid ]]
}

@test "file: a stale one is not ready; one that is written anew is" {
	echo stale >"$T/up"
	late --ready="file:$T/up" "$SERVICE"
	ready --ready="file:$T/up" "$SERVICE" "file:$T/up"
	is_running
}

@test "file: in directories that are made only then" {
	# shellcheck disable=SC2016
	ready --ready="file:$T/a/b/c/up" sh -c \
	    'mkdir -p "$1/a/b/c" && : >"$1/a/b/c/up"; exec sleep 1000' sh "$T"
	is_running
}

@test "file: a relative path counts from the caller's directory" {
	cd "$T"
	ready --ready=file:here "$SERVICE" "file:$T/here"
	is_running
}

@test "file: a symbolic link to what appears elsewhere" {
	mkdir "$T/elsewhere"
	ln -s "$T/elsewhere/up" "$T/up"
	ready --ready="file:$T/up" "$SERVICE" "file:$T/elsewhere/up"
	is_running
}

@test "unix: returns when the socket accepts" {
	ready --ready="unix:$T/socket" "$SERVICE" "unix:$T/socket"
	is_running
	[[ -S $T/socket ]]
}

@test "unix: a stale socket is not ready; a sequence socket is" {
	"$SERVICE" "unix:$T/socket" exit:0
	[[ -S $T/socket ]]
	late --ready="unix:$T/socket" "$SERVICE"
	rm "$T/socket"
	ready --ready="unix:$T/socket" "$SERVICE" "seq:$T/socket"
	is_running
}

@test "tcp: returns when the port accepts, on 127.0.0.1 and on ::1" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	is_running
	need_ipv6
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:::1:$port"
	is_running
}

need_ipv6() {
	"$SERVICE" "tcp:::1:0" exit:0 2>/dev/null || skip 'there is no ::1'
}

@test "tcp: a name, an address, and one of IPv6 with and without brackets" {
	for host in localhost 127.0.0.1; do
		port=$(free_port)
		ready --ready="tcp:$host:$port" "$SERVICE" \
		    "tcp:127.0.0.1:$port"
		is_running
	done
	need_ipv6
	for host in '[::1]' '::1'; do
		port=$(free_port)
		ready --ready="tcp:$host:$port" "$SERVICE" "tcp:::1:$port"
		is_running
	done
}

@test "fd: returns at the newline, whatever number it has" {
	for number in 3 4 5 9 63; do
		ready --ready="fd:$number" "$SERVICE" "fd:$number:up\\n"
		is_running
	done
}

@test "fd: two of them, a pidfile, a lock and logs get in nobody's way" {
	ready --ready=fd:3 --ready=fd:4 -l "$T/lock" -o "$T/out" -e "$T/err" \
	    "$SERVICE" fd:4:a fd:3:b 'fd:4:\n' 'fd:3:\n' say:out err:err
	is_running
	holds_lock "$pid" "$pidfile"
	holds_lock "$pid" "$T/lock"
	eventually 30 grep -qx err "$T/err"
	grep -qx out "$T/out"
	[[ $(readlink "/proc/$pid/fd/3") == pipe:* ]]
	[[ $(readlink "/proc/$pid/fd/4") == pipe:* ]]
}

@test "fd: closed without a newline is not ready" {
	late --ready=fd:7 "$SERVICE" fd:7:almost closefd:7
}

@test "fd: written to when nobody listens any more does no harm" {
	start --ready=fd:5 --timeout=300ms --keep-on-timeout -p "$pidfile" \
	    "$SERVICE" "until:$T/go" 'fd:5:up\n' "file:$T/up"
	[[ $status -eq 124 ]]
	: >"$T/go"
	eventually 30 test -e "$T/up"
	is_running
}

@test "fd: above the limit of open files is refused" {
	via=(prlimit --nofile=64:64)
	need_cmd prlimit
	refused 1 'cannot use descriptor 64: the limit of open files is lower' \
	    --ready=fd:64 sleep 1000
}

@test "log: returns when a line matches, in whichever stream" {
	ready --ready='log:^ready to (serve|go)$' --log="$T/log" \
	    "$SERVICE" say:'not ready to serve' say:'ready to serve'
	is_running
	ready --ready='log:^ready' -o "$T/out" -e "$T/err" \
	    "$SERVICE" say:noise err:ready
	is_running
	ready --ready='log:^one$' --ready='log:^two$' -o "$T/out" \
	    -e "$T/err" "$SERVICE" err:one say:two
	is_running
}

@test "log: what an earlier start has written does not count" {
	echo ready >"$T/log"
	late --ready=log:ready --log="$T/log" "$SERVICE" say:starting
	ready --ready=log:ready --log="$T/log" "$SERVICE" say:ready
	is_running
	[[ $(grep -c ready "$T/log") -eq 2 ]]
}

@test "log: a line that is never complete does not match" {
	late --ready=log:ready -o "$T/out" "$SERVICE" raw:ready
}

@test "log: a line of a megabyte is matched in its first 64 KiB" {
	ready --ready='log:^xxx' --ready='log:^end$' -o "$T/out" \
	    python3 -c 'import time
print("x" * 1048576, flush=True); print("end", flush=True)
time.sleep(1000)'
	is_running
	kill "$pid"
	eventually 30 dead "$pid"
	late --ready='log:y$' -o "$T/out" python3 -c 'import time
print("x" * 1048576 + "y", flush=True)
time.sleep(1000)'
}

# logger_of PID: prints the first child of PID, which is its logger.
logger_of() {
	local children
	children=$(<"/proc/$1/task/$1/children")
	printf '%s\n' "${children%% *}"
}

@test "a logger that is killed during the wait ends it: nothing runs" {
	local logger
	background --log-timestamp --log="$T/log" --ready="file:$T/up" \
	    sleep 1000
	eventually 30 test -s "$pidfile"
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	logger=$(logger_of "$waiter")
	[[ $logger -ne $pid ]]
	kill -KILL "$logger"
	eventually 30 dead "$logger"
	: >"$T/up"
	returns 1
	[[ $(<"$T/waiter.err") == *'cannot keep the log: '*'signal 9'* ]]
	eventually 30 dead "$pid"
}

@test "log: while the log is truncated under it" {
	# shellcheck disable=SC2016
	ready --ready=log:^ready --log="$T/log" sh -c 'echo a long first line
	    : >"$1"; echo ready; exec sleep 1000' sh "$T/log"
	is_running
}

@test "command: is asked again until it succeeds" {
	ready --ready="command:test -s '$T/up'" "$SERVICE" "file:$T/up"
	is_running
}

@test "command: runs as the daemon's user, in its directory and environment" {
	need_root
	need_user
	mkdir -m 777 "$T/work"
	ready -u "$TEST_USER" -c "$T/work" -m 027 -E COLOUR=green --ready="command:
	    { id -un; pwd; umask; echo \$COLOUR; readlink /proc/self/fd/0
	      readlink /proc/self/fd/1 >&2; ls /proc/self/fd | wc -l; } >asked" \
	    sleep 1000
	is_running
	[[ $(sed -n 1p "$T/work/asked") == "$TEST_USER" ]]
	[[ $(sed -n 2p "$T/work/asked") == "$T/work" ]]
	[[ $(sed -n 3p "$T/work/asked") == 0027 ]]
	[[ $(sed -n 4p "$T/work/asked") == green ]]
	[[ $(sed -n 5p "$T/work/asked") == /dev/null ]]
	# 0, 1, 2 and the directory itself.
	[[ $(sed -n 6p "$T/work/asked") -eq 4 ]]
	[[ $(stat -c %U "$T/work/asked") == "$TEST_USER" ]]
}

@test "command: that hangs is killed in the end, with what it has started" {
	for patience in "${longer[@]}"; do
		late --ready="command:sleep 999 & echo \$! >$(state_dir)/asking
		    sleep 998" sleep 1000
		[[ ! -s $(state_dir)/asking ]] || break
	done
	dead "$(<"$(state_dir)/asking")"
}

@test "command: leaves nothing behind when it succeeds" {
	ready --ready="command:setsid sleep 1000 & sleep 1000 & true" \
	    sleep 1000
	is_running
	[[ $(marked_pids) == "$pid" ]]
}

@test "several conditions: all of them must hold" {
	background --ready="file:$T/one" --ready="file:$T/two" \
	    --ready="unix:$T/socket" "$SERVICE" "file:$T/one" \
	    "unix:$T/socket" "until:$T/go" "file:$T/two"
	eventually 30 test -S "$T/socket"
	is_waiting
	: >"$T/go"
	returns 0
	is_running
}
