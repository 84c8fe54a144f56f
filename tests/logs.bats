#!/usr/bin/env bats
# daemonctl logs: finds the log wherever it went, shows its last lines and,
# with -f, what is added, and leaves no line out.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs

setup() {
	logs_setup
	control_setup
}

teardown() {
	end_followers
	logs_teardown
}

# shows [LINE...]: control has succeeded with these lines and no others.
shows() {
	[[ $status -eq 0 && -z $error ]] &&
	    diff <([[ $# -eq 0 ]] || printf '%s\n' "$@") "$(state_dir)/out"
}

# shows_seq FIRST LAST: the same for numbers.
shows_seq() {
	[[ $status -eq 0 && -z $error ]] &&
	    diff <(seq "$1" "$2") "$(state_dir)/out"
}

# talker NAME [OPTION]... -- SCRIPT: starts a daemon that runs SCRIPT and
# stays, and waits until all of that is written. Sets pid.
talker() {
	local name=$1 words=()
	shift
	until [[ $1 == -- ]]; do
		words+=("$1")
		shift
	done
	# shellcheck disable=SC2016 # for the inner shell
	daemon "$name" "${words[@]}" --argv0="$(own_name)" sh -c \
	    "$2"'; : >"$0.said"; exec sleep 1000' "$dir/$name"
	eventually 20 test -e "$dir/$name.said"
}

# own_name: of this test, as logs_setup has made it; loggers are found by it.
own_name() {
	printf '%s\n' "${test_name:?}"
}

# logs_setup sets name, which the functions above use for something else.
logs_setup() {
	unset pidfile
	dir=$BATS_TEST_TMPDIR
	log=$dir/log
	name=t$$x${BATS_TEST_NUMBER}x$RANDOM
	test_name=$name
	followers=()
	chmod a+rx "$dir"
	cd "$dir" || return
}

# log_has_lines N [FILE]: no more and no less.
log_has_lines() {
	[[ $(history "${2:-$log}" | wc -l) -eq $1 ]]
}

# follow FILE ARG...: `daemonctl logs -f ARG...` in the background, into FILE,
# and waits until it follows (after what it begins with). Sets follower.
follow() {
	local path=$1
	shift
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" \
	    "$DAEMONCTL" logs -f "$@" </dev/null >"$path" 2>"$path.err" \
	    3>&- 4>&- &
	followers+=("$!")
	remember "$!"
	eventually 10 find_follower "$path"
	remember "$follower"
}

# find_follower FILE: who writes to it and has been waiting for more.
find_follower() {
	local link
	for link in /proc/[0-9]*/fd/1; do
		[[ $(readlink "$link" 2>/dev/null) == "$1" ]] || continue
		follower=${link#/proc/}
		follower=${follower%%/*}
		[[ $(tr '\0' ' ' <"/proc/$follower/cmdline") == \
		    "$DAEMONCTL logs -f "* ]] || continue
		grep -qs poll "/proc/$follower/wchan" && return
		# Where that is not told: it sleeps, with the log open.
		is_sleeping "$follower" && [[ -e /proc/$follower/fd/3 ]] &&
		    return
	done
	return 1
}

end_followers() {
	local each
	for each in "${followers[@]}" ${follower-}; do
		kill -KILL "$each" 2>/dev/null || :
	done
}

# has_numbers FILE LAST: it has the numbers from 1 to LAST, each once.
has_numbers() {
	cmp -s <(seq "$2") "$1"
}

# is_fine FILE LAST: eventually, and if not it shows where it goes wrong.
is_fine() {
	eventually 20 has_numbers "$1" "$2" || {
		diff <(seq "$2") "$1" | head
		cat "$1.err"
		return 1
	}
}

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
	eventually 5 log_has_lines 5
	control logs -n 2 --pidfile="$dir/my.pid"
	shows 4 5
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'exec 9>"$0" >"$1"; flock -n 9; echo $$ >&9; echo own
	    exec sleep 1000' "$dir/own.pid" "$dir/own" </dev/null 2>/dev/null 3>&- &
	remember $!
	eventually 5 grep -qs own "$dir/own"
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

# --- loggers ----------------------------------------------------------------

@test "a logger's file: found by its descriptors, shown with its stamps" {
	talker web --log "$log" --log-timestamp --log-tag -- 'seq 12'
	eventually 10 log_has_lines 12
	control logs -n 2 web
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 2 ]]
	[[ $output == 20*'Z out: 11'$'\n'*'Z out: 12' ]]
}

@test "on a terminal of the logger as well" {
	talker web --log "$log" --pty -- 'seq 12'
	eventually 10 log_has_lines 12
	control logs -n 3 web
	shows_seq 10 12
}

@test "what went to several places is shown from the file" {
	talker web --log "$log" --log "pipe:cat >$dir/copy" --log syslog: \
	    --log-full=drop -- 'seq 12'
	eventually 10 log_has_lines 12
	control logs -n 1 web
	shows 12
}

# rotated_log COMPRESS LINES: a log of short files.
rotated_log() {
	rm -f "$log"*
	talker "web$1" --log "$log" --log-size=4K --log-keep=1000 \
	    ${1:+"--log-compress=$1"} -- "seq $2"
	eventually 20 log_has_lines "$2"
}

# every_count NAME LINES: `logs -n` of many counts is the end of the log.
every_count() {
	local n
	for n in 0 1 2 $(($2 / 10)) $(($2 / 2)) $(($2 - 1)) "$2" $(($2 + 1)) \
	    $((RANDOM % $2)) $((RANDOM % $2)); do
		control logs -n "$n" "$1"
		[[ $status -eq 0 && -z $error ]]
		cmp <(seq "$2" | tail -n "$n") "$(state_dir)/out"
	done
}

@test "back into rotated files" {
	rotated_log '' 6000
	[[ $(rotated | wc -l) -ge 5 ]]
	every_count web 6000
}

@test "back into compressed files of every kind" {
	need_cmd gzip zstd xz
	for each in gzip zstd xz; do
		rotated_log "$each" 4000
		every_count "web$each" 4000
		[[ -n $(find . -name 'log.2*.[gzx]*') ]]
	done
}

@test "a file that is compressed and not yet removed counts once" {
	need_cmd gzip
	rotated_log '' 3000
	gzip -k "$(rotated | head -n 1)" "$(rotated | tail -n 1)"
	every_count web 3000
}

@test "a damaged compressed file: an error that names it" {
	need_cmd gzip
	rotated_log gzip 4000
	packed() { [[ -n $(find . -name 'log.2*.gz') ]]; }
	eventually 10 packed
	damaged=$(find "$dir" -name 'log.2*.gz' | sort | tail -n 1)
	echo garbage >"$damaged"
	declined 1 "cannot read $damaged: gzip found it damaged" \
	    logs -n 100000 webgzip
	control logs -n 1 webgzip
	shows 4000
}

@test "files of a pattern: the newest one, and back into the others" {
	seq 1 5 >"$dir/log-2020-01-01"
	seq 6 9 >"$dir/log-2021-12-31"
	echo no >"$dir/log-2021-12-32"
	echo no >"$dir/log-x"
	talker web --log "file:$dir/log-%Y-%m-%d" -- 'seq 10 12'
	today=$(find "$dir" -name 'log-202[2-9]*')
	eventually 10 log_has_lines 3 "$today"
	control logs web -n 2
	shows 11 12
	control logs web -n 100
	shows_seq 1 12
	control logs web -n 4
	shows_seq 9 12
}

# --- by the configuration ---------------------------------------------------

@test "a daemon that is stopped: by its configuration" {
	conf web "command = sh -c 'seq 7000; exec sleep 1000'" "log = $log" \
	    log-size=4K log-keep=1000
	declined 1 "cannot open $log: No such file or directory" logs web
	quietly start web
	runs web
	eventually 10 log_has_lines 7000
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

# --- journal and syslog -----------------------------------------------------

# fake_journalctl: puts a program that prints its arguments in its place.
fake_journalctl() {
	need_root
	[[ -x /usr/bin/journalctl ]] || skip 'needs a journalctl to cover'
	printf '#!/bin/sh\necho "journal: $*"\n' >"$dir/journalctl"
	chmod 755 "$dir/journalctl"
	# shellcheck disable=SC2016 # for the inner shell
	via+=(sh -c 'mount -n --bind "$0" /usr/bin/journalctl && exec "$@"'
	    "$dir/journalctl")
}

@test "journal: journalctl shows it, running or not" {
	fake_journalctl
	talker 'my web' --log journal: --log-full=drop -- 'seq 3'
	control logs 'my web'
	shows 'journal: -t my web -n 10'
	control logs -f -n 5 'my web'
	shows 'journal: -t my web -n 5 -f'
	control logs -p "$file"
	shows 'journal: -t my web -n 10'
	conf other 'command = sleep 1' 'log = journal:'
	control logs other -n 0
	shows 'journal: -t other -n 0'
}

@test "journal: the name is the command's without --name" {
	fake_journalctl
	started -p "$dir/my.pid" --log journal:err --log-full=drop sleep 1000
	control logs -p "$dir/my.pid"
	shows 'journal: -t sleep -n 10'
}

@test "journal without a journalctl: says so" {
	fake_journalctl
	# shellcheck disable=SC2016 # for the inner shell
	mkdir "$dir/empty"
	via+=(sh -c 'mount -n --bind "$0" /usr/bin && exec "$@"' "$dir/empty")
	conf web 'command = sleep 1' 'log = journal:'
	declined 1 'journal, and journalctl is not installed' logs web
}

# fake_syslog LINE...: the system's log in a directory of its own.
fake_syslog() {
	need_root
	mkdir -p "$dir/var"
	[[ $# -eq 0 ]] || printf '%s\n' "$@" >"$dir/var/syslog"
	# shellcheck disable=SC2016 # for the inner shell
	via+=(sh -c 'mount -n --bind "$0" /var/log && exec "$@"' "$dir/var")
}

@test "syslog: this daemon's lines, in every form of time" {
	fake_syslog \
	    'Nov 22 01:02:03 host web[12]: one' \
	    'Nov  2 01:02:03 host other[12]: web[12]: no' \
	    '2026-11-22T01:02:03.123456+00:00 host web[12]: two' \
	    '2026-11-22T01:02:03.123456+00:00 host webs[12]: no' \
	    '2026-11-22T01:02:03.123456+00:00 web[1]: no' \
	    'Nov 22 01:02:03 host web: three' \
	    'Nov 22 01:02:03 host daemon.info web[12]: four' \
	    'Nov 22 01:02:03 host webx: no' \
	    'web[1]: no' '' 'x' \
	    'Nov 22 01:02:03 host cron: web.x web[1]: no'
	conf web 'command = sleep 1' 'log = syslog:'
	control logs web
	[[ $status -eq 0 ]]
	is "$(sed 's/.*: //' <<<"$output" | tr '\n' ' ')" 'one two three four '
	control logs web -n 2
	is "$(sed 's/.*: //' <<<"$output" | tr '\n' ' ')" 'three four '
	control logs web -n 0
	shows
	conf none 'command = sleep 1' 'log = syslog:'
	control logs none
	shows
	talker web2 --log syslog:user.err --log-full=drop -- :
	echo 'Nov 22 01:02:03 host web2[1]: here' >>"$dir/var/syslog"
	control logs web2
	shows 'Nov 22 01:02:03 host web2[1]: here'
}

@test "syslog: the tag is made of the name as it is for sending" {
	fake_syslog 'Nov 22 01:02:03 host a_b_c_d[1]: yes' \
	    'Nov 22 01:02:03 host aaaaaaaaaabbbbbbbbbbccccccccccdd: yes'
	conf 'a b[c:d' 'command = sleep 1' 'log = syslog:'
	control logs 'a b[c:d'
	shows 'Nov 22 01:02:03 host a_b_c_d[1]: yes'
	conf aaaaaaaaaabbbbbbbbbbccccccccccddddd 'command = sleep 1' \
	    'log = syslog:'
	control logs aaaaaaaaaabbbbbbbbbbccccccccccddddd
	[[ $output == *' yes' ]]
}

@test "syslog: far back in a large log, with long lines" {
	fake_syslog
	{
		seq -f 'Nov 22 01:02:03 host web[1]: %.0f' 3
		seq -f 'Nov 22 01:02:03 host other[1]: %.0f' 20000
		printf 'Nov 22 01:02:03 host web[1]: '
		head -c 200000 /dev/zero | tr '\0' x
		printf '\n'
		seq -f 'Nov 22 01:02:03 host web[1]: %.0f' 5 6
		seq -f 'Nov 22 01:02:03 host other[1]: %.0f' 20000
	} >"$dir/var/messages"
	conf web 'command = sleep 1' 'log = syslog:'
	for n in 1 2 3 4 5 6 10; do
		control logs -n $n web
		[[ $status -eq 0 ]]
		diff "$(state_dir)/out" <(grep -F ' web[' "$dir/var/messages" | tail -n $n)
	done
}

@test "syslog without a file of it: says so" {
	fake_syslog
	conf web 'command = sleep 1' 'log = syslog:'
	declined 1 'cannot show the log of web: it goes to syslog, and no file' \
	    logs web
}

@test "syslog -f: lines of this daemon as they come, also in halves" {
	fake_syslog 'Nov 22 01:02:03 host web[1]: 1'
	conf web 'command = sleep 1' 'log = syslog:'
	follow "$dir/out" web
	printf 'Nov 22 01:02:03 host we' >>"$dir/var/syslog"
	printf 'Nov 22 01:02:03 host other[1]: web[1]: no\n' >>"$dir/var/x"
	eventually 5 grep -q 'web\[1\]: 1' "$dir/out"
	printf 'b[1]: 2\nNov 22 01:02:03 host other: no\n' >>"$dir/var/syslog"
	printf 'Nov 22 01:02:03 host web: 3\n' >>"$dir/var/syslog"
	eventually 5 grep -q 'web: 3' "$dir/out"
	is "$(sed 's/.*: //' "$dir/out" | tr '\n' ' ')" '1 2 3 '
}

# --- what cannot be shown ---------------------------------------------------

@test "a command, /dev/null, a terminal, nobody: says where it goes" {
	talker pipe --log 'pipe:cat >/dev/null' -- 'seq 3'
	declined 1 'cannot show the log of pipe: it goes to a command$' logs pipe
	talker null -- 'seq 3'
	declined 1 'cannot show the log of null: it goes to /dev/null$' logs null
	conf cpipe 'command = sleep 1' 'log = pipe:cat'
	conf cnull 'command = sleep 1' 'log = null:'
	conf cnone 'command = sleep 1'
	conf cinherit 'command = sleep 1' 'log = inherit:'
	declined 1 'of cpipe: it goes to a command$' logs cpipe
	declined 1 'of cnull: it goes to /dev/null$' logs cnull
	declined 1 'of cnone: it goes to /dev/null$' logs cnone
	declined 1 'of cinherit: it goes to whoever started it$' logs cinherit
}

@test "a pipe that others read, and one that nobody reads any more" {
	need_cmd flock
	mkfifo "$dir/fifo"
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'exec 9>"$0" >"$1" 2>&1; flock -n 9; echo $$ >&9
	    exec sleep 1000' "$dir/own.pid" "$dir/fifo" </dev/null 3>&- &
	remember $!
	exec 7<"$dir/fifo"
	eventually 5 test -s "$dir/own.pid"
	# Where others have loggers that hide, it may be one of theirs.
	control logs -p "$dir/own.pid"
	[[ $status:$error == 1:*': it goes to another program' ||
	    $status:$error == 4:*': Permission denied' ]]
	exec 7<&-
	declined 1 'it goes to nobody: its logger is gone$' \
	    logs -p "$dir/own.pid"
}

@test "a logger that was killed: says so" {
	talker web --log "$log" --log-timestamp -- 'seq 3'
	eventually 10 log_has_lines 3
	eventually 5 pgrep -f '^daemonize: log of web to '"$log"
	kill -KILL "$(pgrep -f '^daemonize: log of web to '"$log")"
	is_deserted() {
		control logs web
		[[ $status -eq 1 && $error == *'nobody: its logger is gone' ]]
	}
	eventually 5 is_deserted
}

@test "not running: exit 3; unknown: exit 4" {
	declined 3 "cannot show the log of web: it is not running, and there is no .*web\.conf" \
	    logs web
	declined 3 'cannot show the log of /nonexistent/x: it is not running$' \
	    logs -p /nonexistent/x
	talker web -o "$log" -- 'seq 3'
	kill -KILL "$pid"
	eventually 5 dead "$pid"
	declined 3 'it is not running' logs web
	echo text >"$rundir/text.pid"
	declined 4 'cannot show the log of text: .*something else' logs text
	innocent
	foreign "$rundir/lent.pid"
	printf '%s\n' "$stranger" >"$rundir/lent.pid"
	declined 4 'locked by another process' logs lent
}

@test "a paused daemon's log is shown" {
	talker web -o "$log" -- 'seq 3'
	kill -STOP "$pid"
	eventually 5 is_stopped "$pid"
	control logs web
	shows_seq 1 3
	kill -CONT "$pid"
}

@test "another user's daemon: Permission denied, exit 4" {
	need_root
	talker web -o "$log" -- 'seq 3'
	talker web2 --log "$log.2" --log-timestamp -- 'seq 3'
	path=$rundir
	user_world
	cd /
	as_user declined 4 "cannot show the log of .*web\.pid: Permission denied" \
	    logs -p "$path/web.pid"
	as_user declined 4 "cannot show the log of .*web2\.pid: Permission denied" \
	    logs -p "$path/web2.pid"
}

@test "one's own daemon whose logger is root's: Permission denied, exit 4" {
	need_root
	need_user
	# shellcheck disable=SC2016 # for the inner shell
	via+=(sh -c 'mount -n -t tmpfs -o mode=755 none /var/log && exec "$@"'
	    sh)
	daemon web -u "$TEST_USER" --log /var/log/log --log-timestamp \
	    sleep 1000
	path=$rundir
	user_world
	cd /
	as_user declined 4 "cannot show the log of .*: Permission denied" \
	    logs -p "$path/web.pid"
	as_user control status -p "$path/web.pid"
	[[ $status -eq 0 && $output != *log:* ]]
}

@test "a user's own daemon and its logger" {
	user_world
	cd /
	own=$(user_dir own)
	as_user daemon web --log "$own/log" --log-timestamp \
	    sh -c 'seq 12; exec sleep 1000'
	eventually 10 log_has_lines 12 "$own/log"
	as_user control logs web -n 2
	[[ $status -eq 0 && $output == 20*' 11'$'\n'*' 12' ]]
}

@test "a log that one may not read: Permission denied" {
	need_root
	conf_dir=$dir/closed
	mkdir -m 700 "$conf_dir"
	seq 3 >"$conf_dir/log"
	user_world
	conf web 'command = sleep 1' "log = $conf_dir/log"
	cd /
	as_user declined 1 "cannot open $conf_dir/log: Permission denied" \
	    logs web
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

# --- following --------------------------------------------------------------

@test "-f: what there is, then what is added, in pieces as they come" {
	talker web -o "$log" -- 'seq 20'
	follow "$dir/out" -n 3 web
	eventually 5 grep -qx 20 "$dir/out"
	printf 2 >>"$log"
	eventually 5 grep -q '^2$' "$dir/out"
	printf '1\n' >>"$log"
	eventually 5 grep -qx 21 "$dir/out"
	holds "$dir/out" 18 19 20 21
	kill "$follower"
	is "$(<"$dir/out.err")" ''
}

@test "-f -n 0: only what is added" {
	talker web -o "$log" -- 'seq 20'
	follow "$dir/out" -n 0 web
	echo 21 >>"$log"
	eventually 5 grep -qx 21 "$dir/out"
	holds "$dir/out" 21
}

@test "-f: two files, a heading where it changes" {
	talker web -o "$log" -e "$log.err" -- 'echo a; echo b >&2'
	follow "$dir/out" web
	eventually 5 grep -qx b "$dir/out"
	echo 2b >>"$log.err"
	eventually 5 grep -qx 2b "$dir/out"
	echo 2a >>"$log"
	eventually 5 grep -qx 2a "$dir/out"
	holds "$dir/out" "==> $log <==" a '' "==> $log.err <==" b 2b '' \
	    "==> $log <==" 2a
}

# has_open PID FILE
has_open() {
	local link
	for link in "/proc/$1"/fd/*; do
		[[ $(readlink "$link") != "$2" ]] || return 0
	done
	return 1
}

# counting OPTION...: a daemon that counts from 1 to 60000, in bursts, once it
# is told to by the file "go"; its log is followed into out.
counting() {
	# shellcheck disable=SC2016 # for the inner shell
	daemon web --log "$log" "$@" sh -c 'until [ -e "$0/go" ]; do
		sleep 0.05; done; i=0; while [ $i -lt 60 ]; do
		seq $((i * 1000 + 1)) $((i * 1000 + 1000)); i=$((i + 1))
		sleep 0.0$((i % 5)); done; exec sleep 1000' "$dir"
	eventually 5 test -e "$log"
	follow "$dir/out" -n 0 web
}

@test "-f: not a line is missing while the logger rotates and compresses" {
	need_cmd gzip
	counting --log-size=16K --log-keep=1000 --log-compress=gzip
	: >go
	is_fine "$dir/out" 60000
	[[ $(find . -name 'log.2*' | wc -l) -ge 10 ]]
}

@test "-f: not a line is missing though the follower stands still meanwhile" {
	need_cmd gzip
	counting --log-size=16K --log-keep=1000 --log-compress=gzip
	: >go
	for _ in 1 2 3; do
		kill -STOP "$follower"
		before=$(find . -name 'log.2*' | wc -l)
		later() {
			(($(find . -name "log.2*" | wc -l) >= before + 4))
		}
		eventually 10 later
		kill -CONT "$follower"
	done
	is_fine "$dir/out" 60000
}

@test "-f: a log that is renamed under its logger, as by logrotate" {
	counting --log-reopen
	: >go
	for n in {1..8}; do
		eventually 10 test -s "$log"
		eventually 10 has_open "$follower" "$log"
		mv "$log" "$log.$n"
		[[ $((n % 2)) -eq 0 ]] || : >>"$log"
		! grep -qx 60000 "$log.$n" || break
	done
	is_fine "$dir/out" 60000
}

@test "-f: a log that is removed and made anew" {
	counting --log-reopen
	echo 1 >>"$log"
	eventually 5 grep -qx 1 "$dir/out"
	rm "$log"
	: >go
	eventually 20 grep -qx 60000 "$dir/out"
	cmp <(echo 1; seq 60000) "$dir/out"
}

@test "-f: a log that is truncated is read from its beginning" {
	talker web -a -o "$log" -- 'seq 20'
	follow "$dir/out" -n 1 web
	eventually 5 grep -qx 20 "$dir/out"
	: >"$log"
	echo 21 >>"$log"
	eventually 5 grep -qx 21 "$dir/out"
	holds "$dir/out" 20 21
}

@test "-f: a pattern that makes a new name" {
	# shellcheck disable=SC2016 # for the inner shell
	daemon web --log "file:$dir/log-%H%M%S" sh -c 'i=0
		while [ $i -lt 300 ]; do i=$((i + 1)); echo $i; sleep 0.01
		done; exec sleep 1000'
	follow "$dir/out" -n 1000 web
	is_fine "$dir/out" 300
	[[ $(find . -name 'log-*' | wc -l) -ge 3 ]]
}

@test "-f: half of the line is in the old file, half in the new one" {
	talker web -a -o "$log" -- 'printf 1'
	conf web 'command = sleep 1' "log = $log"
	follow "$dir/out" web
	mv "$log" "$log.1"
	echo >>"$log.1"
	echo 2 >>"$log"
	is_fine "$dir/out" 2
}
