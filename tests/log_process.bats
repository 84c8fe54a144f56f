#!/usr/bin/env bats
# The process between a daemon and its log, and the terminal that it may have
# for the daemon.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# at_once COMMAND...: it succeeds long before the daemon ends, which lives for
# ten minutes.
at_once() {
	timeout 60 "$@" </dev/null 3>&- 4>&-
}

# --- a terminal -------------------------------------------------------------

@test "--pty: both streams are one terminal, which controls nobody" {
	witness_start --argv0="$name" --pty --log "$log"
	[[ $(witness_get fd.1) == '/dev/pts/'* ]]
	is "$(witness_get fd.1)" "$(witness_get fd.2)"
	witness_is tty 0
	witness_is tpgid -1
	witness_is fdcount 4
	[[ $(witness_get fd.0) == '/dev/null|r|'* ]]
	is "$(awk '/^tty-index/' "/proc/$pid/fdinfo/0")" ''
}

@test "--pty: stdio writes line by line" {
	mkfifo never
	logging --pty --log "$log" -- \
	    sh -c '(echo abc; cat $0/never) | tr a-c A-C' "$dir"
	eventually 60 has ABC
	alive "$pid"
}

@test "--pty: bytes pass as they are, and the last partial line, too" {
	logged --pty --log-timestamp=%% --log "$log" -- \
	    printf 'a\tb\r\n\003\004\032x\177\nlast'
	cmp "$log" <(printf '%% a\tb\r\n%% \003\004\032x\177\n%% last')
}

@test "--pty: one stream may be discarded, but two cannot be told apart" {
	witness_start --pty -o "$log" -e null:
	[[ $(witness_get fd.1) == '/dev/pts/'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
	refused 2 '--pty cannot keep stdout and stderr apart' --pty \
	    -o "$log" -e "$dir/err" sleep 600
}

@test "--pty: the terminal is the daemon's user's" {
	need_root
	need_user
	user_dir logs >/dev/null
	logged --pty -u "$TEST_USER" --log "$dir/logs/log" -- \
	    sh -c 'stat -L -c %U /proc/self/fd/1; echo again >/dev/stdout'
	holds logs/log "$TEST_USER" again
}

# --- the process ------------------------------------------------------------

@test "the logger: a session and a group of its own, no terminal, a title" {
	logging --log-timestamp --log "$log" -- sleep 600
	is "$(stat_field "$logger" 5)" "$logger"
	is "$(stat_field "$logger" 6)" "$logger"
	is "$(stat_field "$logger" 7)" 0
	[[ $(stat_field "$logger" 4) != "$pid" ]]
	[[ $(stat_field "$logger" 4) != "$$" ]]
	title_has "^daemonize: log of $name( to $log)?"\ *$
	is "$(readlink "/proc/$logger/cwd")" /
	for fd in 0 1 2; do
		is "$(readlink "/proc/$logger/fd/$fd")" /dev/null
	done
}

@test "the logger is named after --name, else after the command" {
	cp "$(command -v sleep)" "$dir/$name"
	started -p "$pidfile" --log-timestamp --log "$log" "$dir/$name" 600
	eventually 60 find_logger
	[[ $EUID -ne 0 ]] || return 0
	export XDG_RUNTIME_DIR=$dir
	chmod 700 "$dir"
	started -n "$name-x" --log-timestamp --log "$log" sleep 600
	eventually 60 pgrep -f "^daemonize: log of $name-x"
}

@test "the logger ends with the daemon" {
	logging --log-timestamp --log "$log" -- sleep 600
	alive "$logger"
	kill -KILL "$pid"
	eventually 60 dead "$logger"
}

@test "the logger stays as long as anybody writes" {
	obeying --log-reopen --log "$log"
	tell "(until test -e $dir/go; do sleep 0.02; done; echo heir) &" \
	    'kill $$'
	eventually 60 dead "$pid"
	alive "$logger"
	: >go
	eventually 60 has heir
	eventually 60 dead "$logger"
}

@test "the logger ends no earlier for any signal but KILL" {
	obeying --log-timestamp=%% --log "$log"
	for signal in HUP INT QUIT TERM PIPE ALRM USR1 USR2 XFSZ TSTP CHLD; do
		kill -"$signal" "$logger"
		tell "echo $signal"
		eventually 60 has "% $signal"
	done
	is "$(wc -l <"$log")" 11
}

@test "the logger holds neither the lock nor anything of the caller" {
	exec 17>"$dir/callers"
	logging -l "$dir/lock" --log-timestamp --log "$log" -- sleep 600
	exec 17>&-
	never holds_lock "$logger" "$pidfile"
	never holds_lock "$logger" "$dir/lock"
	for fd in "/proc/$logger/fd"/*; do
		link=$(readlink "$fd") || continue
		[[ $link != */callers && $link != */lock && $link != *.pid ]]
	done
}

# holds_only: two pipes, two to look through, and what they need.
holds_only() {
	local links
	links=$(readlink "/proc/$logger/fd"/*)
	[[ $(grep -c '^pipe:' <<<"$links") -eq 6 &&
	    $(grep -c '^/dev/null$' <<<"$links") -eq 5 ]]
}

@test "the logger keeps no pipe to its caller, nor one /dev/null too many" {
	obeying --log-timestamp --log "$log"
	tell 'echo one'
	eventually 60 holds_only || {
		ls -l "/proc/$logger/fd"
		false
	}
}

@test "x=\$(daemonize --log-timestamp ...) returns at once" {
	at_once sh -c 'x=$("$DAEMONIZE" --argv0="$2" --log-timestamp --log "$3" \
	    --log "pipe:cat" -p "$1" -- sleep 600 2>&1 5>&1 17>&1)' sh \
	    "$pidfile" "$name" "$log"
	alive "$(daemon_pid "$pidfile")"
	at_once sh -c '"$DAEMONIZE" --argv0="$2" --pty --log "$3" \
	    -p "$1" -- sleep 600 2>&1 | cat' sh "$pidfile.2" "$name" "$log"
	alive "$(daemon_pid "$pidfile.2")"
}

@test "a failed start leaves neither the logger nor its command" {
	start --log='pipe:exec sleep 1000' --ready=alive:1s --stop-timeout=200ms \
	    sh -c 'echo hi; exit 3'
	[[ $status -eq 4 && $error == *'status 3'* && -z $(marked_pids) ]]
}
