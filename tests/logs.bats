#!/usr/bin/env bats
# daemonctl logs: finds the log wherever it went and shows its last lines: plain
# files, the configuration of a daemon that is stopped, what a terminal or a
# pipe gets. Rotated logs are in logs_rotated.bats, syslog and journal in
# logs_syslog.bats, logs that cannot be shown in logs_refused.bats and -f in
# logs_follow.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

# --- plain files ------------------------------------------------------------

@test "the last ten lines of a plain file, or as many as are wanted" {
	talker web -o "$log" -- 'seq 30'
	control logs web
	shows_seq 21 30
	for option in '-n 3' -n3 --lines=3; do
		# shellcheck disable=SC2086 # two words
		control logs $option web
		shows_seq 28 30
	done
	control logs web -n 1
	shows 30
	control logs web -n 30
	shows_seq 1 30
	control logs web -n 31
	shows_seq 1 30
	control logs web -n 1000000000000
	shows_seq 1 30
	control logs web -n 0
	shows
}

@test "an end without a newline is a line; bytes come as they are" {
	talker web -o "$log" -- \
	    'printf "a\nb\033[31m\r\n\n\0\377\303\n\302\233 end"'
	for n in 0 1 2 3 4 5 6 7; do
		control logs -n $n web
		[[ $status -eq 0 && -z $error ]]
		tail -n $n "$log" | cmp - "$(state_dir)/out"
	done
}

@test "an empty log shows nothing, one of empty lines shows these" {
	talker web -o "$log" -- :
	control logs web
	shows
	talker other -o "$log.2" -- 'printf "\n\n\n"'
	control logs -n 2 other
	shows '' ''
}

@test "lines of any length, before and after block borders" {
	talker web -o "$log" -- 'for n in 65535 65536 65537 1 0 131072 200000; do
		head -c $n /dev/zero | tr "\0" x; echo; done'
	for n in 1 2 3 4 5 6 7 8; do
		control logs -n $n web
		tail -n $n "$log" | cmp - "$(state_dir)/out"
	done
}

@test "by --pidfile; one that another program started" {
	need_cmd flock
	started -p "$dir/my.pid" -o "$log" sh -c 'seq 5; exec sleep 1000'
	eventually 60 log_has_lines 5
	control logs -n 2 --pidfile="$dir/my.pid"
	shows 4 5
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'exec 9>"$0" >"$1"; flock -n 9; echo $$ >&9; echo own
	    exec sleep 1000' "$dir/own.pid" "$dir/own" </dev/null 2>/dev/null 3>&- &
	remember $!
	eventually 60 grep -qs own "$dir/own"
	control logs -p "$dir/own.pid"
	shows own
}

@test "two files: each with its name, as tail has it" {
	talker web -o "$log" -e "$log.err" -- 'seq 20; seq 30 40 >&2'
	control logs -n 3 web
	[[ $status -eq 0 ]]
	diff <(tail -n 3 "$log" "$log.err") "$(state_dir)/out"
	talker same -o "$log.same" -e "$log.same" -- 'seq 3; seq 4 5 >&2'
	control logs same
	shows_seq 1 5
}

@test "a log that was renamed, and one that was removed" {
	talker web -o "$log" -- 'seq 5'
	mv "$log" "$log.1"
	control logs web
	shows_seq 1 5
	rm "$log.1"
	declined 1 'cannot show the log of web: .*log\.1.* was removed' logs web
}

@test "another file in the place of the log is not shown" {
	talker web -o "$log" -- 'seq 5'
	# shellcheck disable=SC2016 # for the inner shell
	[[ $EUID -ne 0 ]] || via+=(sh -c 'printf "%s\n" secret >"$0.other"
	    mount -n --bind "$0.other" "$0" && exec "$@"' "$log")
	[[ $EUID -eq 0 ]] || skip 'needs root: a mount'
	control logs web
	[[ $status -eq 1 && $output != *secret* ]]
	[[ $error == *'was removed or is elsewhere' ]]
}

# --- by the configuration ---------------------------------------------------

@test "a daemon that is stopped: by its configuration" {
	conf web "command = sh -c 'seq 7000; exec sleep 1000'" "log = $log" \
	    log-size=4K log-keep=1000
	declined 1 "cannot open $log: No such file or directory" logs web
	quietly start web
	runs web
	eventually 60 log_has_lines 7000
	every_count web 7000
	quietly stop web
	every_count web 7000
}

@test "a stopped daemon of a pattern, and of two files" {
	seq 1 5 >"$dir/log-2020-01-01"
	seq 6 9 >"$dir/log-2021-12-31"
	conf web 'command = sleep 1' "log = file:$dir/log-%Y-%m-%d"
	control logs web
	shows_seq 1 9
	conf two 'command = sleep 1' "stdout = $dir/log-2020-01-01" \
	    "stderr = $dir/log-2021-12-31"
	control logs two -n 1
	shows "==> $dir/log-2020-01-01 <==" 5 '' \
	    "==> $dir/log-2021-12-31 <==" 9
}

@test "of two files one is not there: the other is shown, exit 1" {
	seq 3 >"$log"
	conf two 'command = sleep 1' "stdout = $log" "stderr = $log.err"
	control logs two
	[[ $status -eq 1 && $output == $'1\n2\n3' ]]
	[[ $error == "daemonctl: cannot open $log.err: No such file or directory" ]]
}

@test "a log that is no regular file is not opened" {
	mkfifo "$dir/fifo"
	ln -s /etc/passwd "$dir/link"
	conf fifo 'command = sleep 1' "log = $dir/fifo"
	conf link 'command = sleep 1' "log = $dir/link"
	conf null 'command = sleep 1' "log = /dev/zero"
	declined 1 "cannot open $dir/fifo: it is no regular file" logs fifo
	declined 1 "cannot open $dir/link: Too many" logs link
	declined 1 'cannot open /dev/zero: it is no regular file' logs null
}

@test "a configuration that is wrong: where and why" {
	conf web 'command = sleep 1' 'log = syslog:nothing'
	declined 2 "invalid --log 'syslog:nothing'" logs web
	conf web 'command = sleep 1' 'log-size = much'
	control logs web
	[[ $status -eq 2 && $error == *web.conf:2:* ]]
}

# --- the command line -------------------------------------------------------

@test "one daemon, and a sensible number" {
	for words in '' 'a b' '-p x a' '-p x -p y'; do
		# shellcheck disable=SC2086 # several words
		declined 2 'logs takes one NAME or --pidfile=FILE' logs $words
	done
	for bad in x -1 '' 1.5 1x ' 1' 99999999999999999999; do
		declined 2 "invalid --lines '.*': must be a number" \
		    logs "--lines=$bad" web
	done
	declined 2 "option '-n' needs a value" logs web -n
	declined 2 "invalid NAME 'a/b'" logs a/b
}

# --- terminals and pipes ----------------------------------------------------

# on_terminal ARG...: what daemonctl writes to a terminal.
on_terminal() {
	need_cmd script
	printf ' %q' "${via[@]}" "$DAEMONCTL" "$@" >"$dir/command"
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qec "bash $dir/command" \
	    /dev/null </dev/null 3>&- | tr -d '\r'
}

@test "on a terminal control characters are escaped, in a pipe not" {
	talker web -o "$log" -- 'printf "\033]0;evil\007 a\tb\r\n"
	    printf "\303\244 \342\202\254 \302\233 \377 \0 \177\n"'
	control logs web
	cmp "$log" "$(state_dir)/out"
	on_terminal logs web >"$dir/seen"
	cat -v "$dir/seen"
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$dir/seen"
	run ! grep -q $'\302\233' "$dir/seen"
	grep -q $'a\tb' "$dir/seen"
	grep -q $'^\303\244 \342\202\254 ' "$dir/seen"
	grep -q evil "$dir/seen"
	is "$(wc -l <"$dir/seen")" 2
}

@test "on a terminal a character of UTF-8 may lie across two blocks" {
	talker web -o "$log" -- 'head -c 65535 /dev/zero | tr "\0" x
	    printf "\342\202\254\n\342\202"'
	on_terminal logs web >"$dir/seen"
	grep -q $'x\342\202\254$' "$dir/seen"
	run ! grep -q $'^\342' "$dir/seen"
}

@test "a pipe that closes early: no message, exit 0" {
	talker web -o "$log" -- 'seq 200000'
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "${via[@]}" sh -c \
	    '{ "$1" logs -n 200000 web; echo $? >"$2"; } | head -n 1' \
	    sh "$DAEMONCTL" "$dir/code"
	[[ $status -eq 0 && $output == 1 && -z $stderr ]]
	is "$(<"$dir/code")" 0
	# Compressed: what decompresses ends as well.
	need_cmd gzip
	rotated_log gzip 20000
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "${via[@]}" sh -c \
	    '{ "$1" logs -n 200000 webgzip; echo $? >"$2"; } | head -n 1' \
	    sh "$DAEMONCTL" "$dir/code"
	[[ $status -eq 0 && $output == 1 && -z $stderr ]]
	is "$(<"$dir/code")" 0
}

@test "-f ends when nobody reads it any more, though nothing comes" {
	talker web -o "$log" -- 'seq 3'
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "${via[@]}" sh -c \
	    '{ "$1" logs -f web; echo $? >"$2"; } | head -n 1' \
	    sh "$DAEMONCTL" "$dir/code"
	[[ $status -eq 0 && $output == 1 && -z $stderr ]]
	is "$(<"$dir/code")" 0
}

@test "standard output that is full: an error" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	talker web -o "$log" -- 'seq 3'
	# shellcheck disable=SC2016 # for the inner shell
	run "${via[@]}" sh -c '"$1" logs web >/dev/full' sh "$DAEMONCTL"
	[[ $status -eq 1 ]]
	[[ $output == *'cannot write standard output: No space left'* ]]
}
