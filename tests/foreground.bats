#!/usr/bin/env bats
# --foreground: the program becomes COMMAND without a fork, for whoever watches
# over it by itself: a container, systemd, a runit or s6 run script.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	T=$BATS_TEST_TMPDIR
	pidfile=$T/d.pid
}

teardown() {
	stop_all
}

@test "the process that was started is the daemon" {
	# shellcheck disable=SC2016
	start --foreground -p "$pidfile" sh -c 'echo $$'
	[[ $status -eq 0 && $output == "$(daemon_pid "$pidfile")" ]]
}

@test "its status is the command's, its output the caller's" {
	start --foreground sh -c 'echo out; echo err >&2; exit 7'
	[[ $status -eq 7 && $output == out && $error == err ]]
}

@test "it stays in the caller's session and group" {
	# shellcheck disable=SC2016
	run sh -c 'ps -o pgid=,sid= -p $$; exec "$0" --foreground \
	    sh -c "ps -o pgid=,sid= -p \$\$"' "$DAEMONIZE"
	[[ $status -eq 0 && ${lines[0]} == "${lines[1]}" ]]
}

@test "its surroundings are those of a daemon" {
	cd "$T"
	start --foreground "$LAUNCHER" -h
	[[ $status -ne 126 && $status -ne 127 ]]
	start --foreground -m 027 sh -c 'pwd; umask; readlink /proc/self/fd/0'
	[[ $output == $'/\n0027\n/dev/null' ]]
}

@test "the lock lives as long as it does" {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" --foreground \
	    -p "$pidfile" sleep 600 </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 30 daemon_pid "$pidfile" 2>/dev/null
	start -p "$pidfile" sleep 600
	[[ $status -eq 3 && $error == *"pid $!"* ]]
	kill $!
	eventually 30 flock -n "$pidfile" true
}

@test "what cannot be executed: 126 or 127, and nothing is left" {
	refused 127 'not found in PATH' --foreground -p "$pidfile" \
	    no-such-command
	refused 126 'Permission denied' --foreground -p "$pidfile" /etc/passwd
	refused 1 'cannot change directory' --foreground -p "$pidfile" \
	    -c "$T/none" true
}

@test "as another user, what cannot be executed leaves no pidfile" {
	need_root
	need_user
	mkdir -m 700 "$T/private"
	printf "#!/bin/sh\n" >"$T/private/true"
	chmod 755 "$T/private/true"
	refused 126 'Permission denied' --foreground -u "$TEST_USER" \
	    -p "$pidfile" "$T/private/true"
}

@test "the manager's variables and sockets are passed on" {
	echo hello >"$T/socket"
	# shellcheck disable=SC2016
	run env NOTIFY_SOCKET=/n LISTEN_FDS=1 LISTEN_FDNAMES=web sh -c '
	    exec 3<"$1"; LISTEN_PID=$$ exec "$0" --foreground sh -c '\''
	    echo $NOTIFY_SOCKET $LISTEN_FDNAMES $((LISTEN_PID == $$))
	    cat <&3'\' "$DAEMONIZE" "$T/socket"
	[[ $status -eq 0 && $output == $'/n web 1\nhello' ]]
}

@test "sockets that were passed to somebody else are closed" {
	# shellcheck disable=SC2016
	run env LISTEN_FDS=1 LISTEN_PID=1 sh -c 'exec 3<"$1"
	    exec "$0" --foreground sh -c "cat <&3"' "$DAEMONIZE" /etc/passwd
	[[ $status -ne 0 && $output != *root:* ]]
}

@test "without it the manager's variables are not passed on" {
	export NOTIFY_SOCKET=/n LISTEN_FDS=1 LISTEN_PID=1 WATCHDOG_USEC=1
	start --ready=exit -o "$T/out" env
	[[ $status -eq 0 ]]
	run -1 grep -E '^(NOTIFY|LISTEN|WATCHDOG)_' "$T/out"
}

@test "a logger is no child of the command" {
	# shellcheck disable=SC2016
	start --foreground --log-tag --log="$T/log" sh -c \
	    'ps -o ppid=,args= -A | grep "^ *$$ "; echo done'
	[[ $status -eq 0 ]]
	eventually 30 grep -q 'out: done' "$T/log"
	run -1 grep 'daemonize: log' "$T/log"
}

@test "where there is no room for a logger the start fails" {
	need_root
	need_user
	need_cmd prlimit
	mkdir -m 777 "$T/theirs"
	# A user nobody is: the process itself and one more.
	via=(setpriv --reuid=54321 --regid=54321 --clear-groups
	    prlimit --nproc=2 --)
	refused 1 'cannot start the logger: Resource temporarily unavailable' \
	    --foreground --log-tag --log="$T/theirs/log" true
}

@test "nobody is there to wait for --ready" {
	refused 2 '^daemonize: --foreground cannot wait for --ready' \
	    --foreground --ready=exit true
	refused 2 'cannot wait for --ready' --foreground --ready=alive:1s true
}

@test "--dry-run has no fork and no session" {
	start --dry-run --foreground true
	[[ $status -eq 0 && $output != *fork* && $output != *session* ]]
	[[ $output == *"use the caller's stdout for stdout"* ]]
}

@test "a log option takes the place of the caller's output" {
	start --foreground -o "$T/out" sh -c 'echo out; echo err >&2'
	[[ $status -eq 0 && -z $output && $error == err ]]
	[[ $(<"$T/out") == out ]]
}
