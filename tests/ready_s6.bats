#!/usr/bin/env bats
# --ready=fd:N and the programs that its protocol comes from: Debian's package
# s6. They say when they are ready, and what they serve is there then; and
# whatever a service writes, s6-supervise and we take it for the same.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready

setup() {
	ready_setup
	need_cmd s6-supervise s6-svscan s6-log s6-ipcserver s6-notifyoncheck
	supervised=$T/service
	mkdir -p "$supervised/data"
	# Where a program says it on its standard output: that is descriptor 3.
	# shellcheck disable=SC2016
	by_stdout=(sh -c 'exec "$@" 1>&3 3>&-' sh)
}

# executable FILE LINE: makes it a script of one line.
executable() {
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod 755 "$1"
}

# --- the programs -----------------------------------------------------------

@test "s6-svscan -d: it obeys s6-svscanctl" {
	mkdir "$T/scan"
	for number in 3 5 63; do
		ready --ready="fd:$number" s6-svscan -d "$number" "$T/scan"
		s6-svscanctl -a "$T/scan"
		is_running
	done
	executable "$supervised/run" 'exec sleep 1000'
	ln -s "$supervised" "$T/scan/service"
	s6-svscanctl -a "$T/scan"
	eventually 30 s6-svwait -u -t 5000 "$supervised"
}

@test "s6-svscan without -d says nothing" {
	mkdir "$T/scan"
	late --ready=fd:3 s6-svscan "$T/scan"
}

@test "s6-log -d: the lock is taken, and lines arrive" {
	mkfifo "$T/lines"
	# Both ends, or the opening waits.
	exec {feeder}<>"$T/lines"
	# shellcheck disable=SC2016
	ready --ready=fd:5 sh -c 'exec "$@" <"$0"' "$T/lines" \
	    s6-log -d 5 "$T/log"
	is_running
	# Another one finds the directory taken.
	run -111 s6-log "$T/log" <&-
	echo 'the first line' >&"$feeder"
	eventually 30 grep -qx 'the first line' "$T/log/current"
	exec {feeder}>&-
}

@test "s6-log says that it is ready, and dies: dead" {
	# Its input is at its end.
	start --ready=fd:3 --ready=alive:50s s6-log -d 3 "$T/log"
	[[ $status -eq 4 && $error == \
	    *' it exited with status 0 before it was ready' ]]
}

@test "s6-ipcserver -1: the first client is answered" {
	ready --ready=fd:3 "${by_stdout[@]}" s6-ipcserver -1 "$T/socket" cat
	is_running
	# Its descriptors 6 and 7 are the connection.
	[[ $(s6-ipcclient "$T/socket" sh -c 'echo question >&7; exec 7>&-
	    head -n 1 <&6') == question ]]
}

@test "s6-fdholder-daemon -1: it lists what it holds, none" {
	need_cmd s6-fdholder-daemon s6-fdholder-list
	mkdir -p "$T/rules/uid/self/env"
	: >"$T/rules/uid/self/allow"
	echo 1 >"$T/rules/uid/self/env/S6_FDHOLDER_LIST"
	ready --ready=fd:3 "${by_stdout[@]}" \
	    s6-fdholder-daemon -1 -i "$T/rules" "$T/socket"
	is_running
	[[ -z $(s6-fdholder-list "$T/socket") ]]
}

@test "s6-notifyoncheck below s6-supervise: when its check holds" {
	# The newline comes from a child of a child, which waits for the file.
	executable "$supervised/run" \
	    'exec s6-notifyoncheck -3 7 -s 10 -w 20 -n 0 sleep 1000'
	executable "$supervised/data/check" "echo >>$T/asked; test -e $T/go"
	background --ready=fd:7 s6-supervise "$supervised"
	eventually 30 test -s "$T/asked"
	asked=$(wc -l <"$T/asked")
	eventually 30 is_asked_after "$asked"
	is_waiting
	: >"$T/go"
	returns 0
	is_running
	s6-svwait -u -t 30000 "$supervised"
}

is_asked_after() {
	[[ $(wc -l <"$T/asked") -gt $1 ]]
}

@test "s6-notifyoncheck that gives up says nothing" {
	executable "$supervised/run" \
	    'exec s6-notifyoncheck -3 3 -s 1 -w 1 -n 2 sleep 1000'
	executable "$supervised/data/check" "echo >>$T/asked; exit 1"
	for patience in "${longer[@]}"; do
		rm -f "$T/asked"
		late --ready=fd:3 s6-supervise "$supervised"
		! has_lines 2 "$T/asked" || break
	done
	[[ $(wc -l <"$T/asked") -eq 2 ]]
}

@test "what cannot start says why, and with which status" {
	fails 's6-svscan: fatal: .*No such file or directory' \
	    s6-svscan -d 3 "$T/none"
	fails 's6-log: fatal: .*No such file or directory' \
	    s6-log -d 3 "$T/none/log"
	fails 's6-log: fatal: .*' s6-log -d 3 '+(' "$T/log"
	fails 's6-ipcserver-socketbinder: fatal: .*No such file or directory' \
	    "${by_stdout[@]}" s6-ipcserver -1 "$T/none/socket" cat
	# It has looked whether there is a descriptor of this number.
	fails 's6-svscan: fatal: invalid notification fd.*' \
	    s6-svscan -d 9 "$T"
}

# fails REGEX COMMAND...: it dies before it is ready, with REGEX as last words.
fails() {
	local words=$1
	shift
	start --ready=fd:3 -e "$T/errors" "$@"
	[[ $status -eq 4 ]]
	grep -qE '^daemonize: cannot start [^ ]+: it exited with status 1[01][01] before it was ready$' \
	    <<<"$error"
	grep -qx "daemonize: output of [^ ]*: $words" <<<"$error"
}

# --- the same words to s6-supervise and to us -------------------------------

# s6_waits MS: does s6-supervise take the service for ready within MS?
s6_waits() {
	s6-svwait -U -t "$1" "$supervised" 2>/dev/null
}

# s6_starts COMMAND...: as a service that tells it by descriptor 3.
s6_starts() {
	local waiting
	rm -rf "$supervised" "$T/said"
	mkdir "$supervised"
	echo 3 >"$supervised/notification-fd"
	executable "$supervised/run" "exec $(printf '%q ' "$@")"
	s6-supervise "$supervised" </dev/null >/dev/null 2>&1 3>&- &
	supervisor=$!
	remember "$supervisor"
	eventually 30 s6-svok "$supervised"
	# That listens before it writes its first status.
	eventually 30 test -s "$supervised/supervise/status"
	s6-svwait -u -t 60000 "$supervised"
}

# After half a line it reads on, deaf to anything else, until the pipe ends.
s6_ends() {
	s6-svc -dx "$supervised"
	[[ ! -s $T/said ]] || kill "$(<"$T/said")" 2>/dev/null || :
	eventually 30 dead "$supervisor"
}

# Every service below tells by the file $T/said that it has said all.
both_ready() {
	s6_starts "$@"
	s6_waits 60000
	s6_ends
	rm -f "$T/said"
	ready --ready=fd:3 "$@"
	is_running
}

# It stays until it is told to go, and then was never ready.
neither_ready() {
	s6_starts "$@"
	eventually 30 test -e "$T/said"
	run -99 s6_waits 200
	s6_ends
	rm -f "$T/said" "$T/go"
	background --ready=fd:3 "$@" "until:$T/go" exit:5
	eventually 30 test -e "$T/said"
	# There is nothing to wait for: it must not return.
	command sleep 0.5
	is_waiting
	: >"$T/go"
	returns 4
	grep -q 'it exited with status 5 before it was ready$' "$T/waiter.err"
}

@test "a newline is ready for both, alone, after and among other bytes" {
	both_ready "$SERVICE" 'fd:3:\n' "file:$T/said"
	both_ready "$SERVICE" fd:3:a read:3 fd:3:b read:3 'fd:3:\n' \
	    "file:$T/said"
	both_ready "$SERVICE" 'fd:3:before\nbehind' "file:$T/said"
	both_ready "$SERVICE" 'fd:3:\n\n' 'fd:3:\n' closefd:3 "file:$T/said"
	both_ready "$SERVICE" 'fd:3:\n' closefd:3 "file:$T/said"
}

@test "a newline is ready for both behind more than a pipe holds" {
	printf -v much '%100000s' x
	both_ready "$SERVICE" "fd:3:$much" 'fd:3:\n' "file:$T/said"
}

@test "a newline is ready for both from whoever has the descriptor" {
	# shellcheck disable=SC2016
	both_ready bash -c '("$0" "fd:3:\n" exit:0); exec 3>&-; exec sleep 1000' \
	    "$SERVICE"
	# shellcheck disable=SC2016
	both_ready bash -c 'setsid -f "$0" "fd:3:\n" exit:0; exec 3>&-; exec sleep 1000' \
	    "$SERVICE"
}

@test "anything without a newline is not ready for both" {
	neither_ready "$SERVICE" "file:$T/said"
	neither_ready "$SERVICE" fd:3:almost "file:$T/said"
	neither_ready "$SERVICE" 'fd:3:READY=1\r' "file:$T/said"
}

@test "a close without a newline is not ready for both" {
	neither_ready "$SERVICE" closefd:3 "file:$T/said"
	neither_ready "$SERVICE" fd:3:almost closefd:3 "file:$T/said"
}

@test "who exits after the close was never ready" {
	for words in closefd:3 'fd:3:almost closefd:3' fd:3:almost; do
		# shellcheck disable=SC2086
		refused 4 'it exited with status 5 before it was ready$' \
		    --ready=fd:3 "$SERVICE" $words exit:5
		# shellcheck disable=SC2086
		refused 4 'killed by signal 9 \(Killed\) before it was ready$' \
		    --ready=fd:3 "$SERVICE" $words kill:9
	done
}

@test "who exits after the newline is dead as long as somebody waits" {
	refused 4 'it exited with status 5 before it was ready$' \
	    --ready=fd:3 --ready=alive:50s \
	    "$SERVICE" 'fd:3:\n' closefd:3 exit:5
}
