#!/usr/bin/env bats
# daemonctl logs where there is nothing to show, or where it may not be seen: it
# says where the lines go, or why not.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

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
	eventually 60 test -s "$dir/own.pid"
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
	eventually 60 log_has_lines 3
	eventually 60 pgrep -f '^daemonize: log of web to '"$log"
	kill -KILL "$(pgrep -f '^daemonize: log of web to '"$log")"
	is_deserted() {
		control logs web
		[[ $status -eq 1 && $error == *'nobody: its logger is gone' ]]
	}
	eventually 60 is_deserted
}

@test "not running: exit 3; unknown: exit 4" {
	declined 3 "cannot show the log of web: it is not running, and there is no .*web\.conf" \
	    logs web
	declined 3 'cannot show the log of /nonexistent/x: it is not running$' \
	    logs -p /nonexistent/x
	talker web -o "$log" -- 'seq 3'
	kill -KILL "$pid"
	eventually 60 dead "$pid"
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
	halt "$pid"
	control logs web
	shows_seq 1 3
	kill -CONT "$pid"
}

@test "another user's daemon: Permission denied, exit 4" {
	need_root
	talker web -o "$log" -- 'seq 3'
	talker web2 --log "$log.2" --log-timestamp -- 'seq 3'
	eventually 60 log_has_lines 3 "$log.2"
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
	eventually 60 log_has_lines 12 "$own/log"
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
