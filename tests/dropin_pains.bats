#!/usr/bin/env bats
# What hurts the users of bmc daemonize 1.7 and is different here on purpose.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin

@test "B1: the pidfile is complete when the command returns, 100 times" {
	for n in {1..100}; do
		started -p "$P" sleep 600
		pid=$(daemon_pid "$P")
		kill -KILL "$pid"
		eventually 30 dead "$pid"
	done
	is "$n" 100
}

@test "B2: a relative pidfile is written where the caller is, and only there" {
	rm -f "$T/rel.pid"
	[[ ! -e /rel-dropin.pid ]]
	started -p rel-dropin.pid sleep 600
	daemon_pid "$T/rel-dropin.pid"
	[[ ! -e /rel-dropin.pid ]]
}

@test "B3: with -o or -e the standard input can be read" {
	launch -o "$T/o" -e "$T/e" sh -c 'cat && echo end; exec sleep 600'
	eventually 30 grep -qx end "$T/o"
	[[ ! -s $T/e ]]
}

@test "B4: a bad interpreter is reported and named" {
	printf '#!/no/such/interpreter\n' >"$T/script"
	chmod 755 "$T/script"
	refused 126 '/no/such/interpreter' -p "$P" "$T/script"
}

@test "B5: a second start without -l fails and the first daemon is not lost" {
	launch sleep 600
	before=$(stat -c '%i %Y %s' "$P")
	start -p "$P" sleep 601
	is "$status" 3
	[[ $error == *"pid $pid"* ]]
	is "$(daemon_pid "$P")" "$pid"
	is "$(stat -c '%i %Y %s' "$P")" "$before"
	alive "$pid"
}

@test "B6: the caller's descriptors stay with the caller" {
	# shellcheck disable=SC2016
	via=(sh -c 'exec 7</dev/null 8>/dev/null 9</; exec "$@"' sh)
	launch -o "$T/o" sleep 600
	is "$(ls "/proc/$pid/fd" | wc -l)" 4
	for fd in 7 8 9; do
		[[ ! -e /proc/$pid/fd/$fd || $(target_of "$pid" "$fd") == "$P" ]]
	done
}

@test "B7: a lock of the caller is free when the caller lets it go" {
	exec 9>"$T/guard"
	flock -n 9
	launch sleep 600
	exec 9>&-
	flock -n "$T/guard" true
	alive "$pid"
}

@test "B8: the daemon is no session leader" {
	launch sleep 600
	sid=$(ps_column "$pid" SID)
	[[ $sid -ne $pid ]]
	is "$(ps_column "$pid" PGID)" "$sid"
	is "$(ps_column "$pid" TTY)" '?'
}

@test "B9: started with 0, 1 and 2 closed, no output is lost" {
	# shellcheck disable=SC2016
	via=(sh -c 'exec "$@" <&- >&- 2>&-' sh)
	launch -a -o "$T/o" -e "$T/e" sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 30 grep -qx e "$T/e"
	is "$(<"$T/o")" o
	is "$(target_of "$pid" 0)" /dev/null
	daemon_pid "$P"
}

@test "B10: a pidfile that is a symbolic link is refused, the victim is whole" {
	echo precious >"$T/victim"
	ln -s victim "$P"
	refused 1 "$P" -p "$P" sleep 600
	is "$(<"$T/victim")" precious
	ln -sf absent "$P"
	refused 1 "$P" -p "$P" sleep 600
}

@test "B11: a FIFO as pidfile, lock or log never hangs the start" {
	mkfifo "$T/fifo"
	refused 1 "$T/fifo" -p "$T/fifo" sleep 600
	refused 1 "$T/fifo" -l "$T/fifo" sleep 600
	start -p "$P" -o "$T/fifo" sleep 600
	[[ $status -ne 137 ]]
	if [[ $status -ne 0 ]]; then
		[[ $error == *"$T/fifo"* && -z $(marked_pids) ]]
	fi
}

@test "B12: -v speaks also when its output is no terminal" {
	start -v -p "$P" -o "$T/o" sleep 600
	is "$status" 0
	remember "$(daemon_pid "$P")"
	[[ $output == *"$P"* && -z $error ]]
	while read -r line; do
		[[ $line == 'daemonize: '* ]]
	done <<<"$output"
}

@test "B13: a program without a slash is looked up, a relative one is found" {
	launch sleep 600
	cp "$(command -v sleep)" "$T/dozer"
	P=$T/second.pid
	launch ./dozer 600
	is "$(readlink "/proc/$pid/exe")" "$T/dozer"
}

@test "B14: the caller's umask opens and shuts nothing" {
	for mask in 000 777; do
		# shellcheck disable=SC2016
		via=(sh -c "umask $mask"'; exec "$@"' sh)
		rm -f "$P" "$T/lock" "$T/log"
		launch -l "$T/lock" -o "$T/log" sleep 600
		is "$(stat -c %a "$P" "$T/lock" "$T/log" | xargs)" '644 600 640'
		is "$(awk '/^Umask:/ { print $2 }' "/proc/$pid/status")" 0000
		kill "$pid"
		eventually 30 dead "$pid"
	done
}

@test "B15: failures of different kinds have different statuses" {
	touch "$T/plain"
	launch sleep 600
	for case in "3 -p $P sleep 600" "2 -z sleep" "127 no-such-command-here" \
	    "126 $T/plain" "1 -c $T/nowhere sleep 600"; do
		read -r want words <<<"$case"
		# shellcheck disable=SC2086
		start $words
		is "$status" "$want"
	done
}

@test "a directory in PATH that the daemon may not enter hides nothing" {
	need_root
	need_user
	mkdir -m 700 "$T/closed"
	cp "$(command -v sleep)" "$T/closed/dozer"
	export PATH=$T/closed:/no/such/directory:$PATH
	refused 127 'not found in PATH' -u "$TEST_USER" no-such-command-here
	launch -u "$TEST_USER" sleep 600
	# What is there, but only for others, is another matter.
	P=$T/second.pid
	start -p "$P" -u "$TEST_USER" dozer 600
	[[ $status -eq 126 || $status -eq 127 ]]
	[[ ! -e $P && $error == *dozer* ]]
}
