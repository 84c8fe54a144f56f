#!/usr/bin/env bats
# Where the daemon's output goes: with and without a logger, to files, to
# several targets and to commands. What lines look like there is in
# log_lines.bats, the logger itself in log_process.bats, what is refused in
# log_rights.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# --- with and without a logger ----------------------------------------------

@test "a plain file is the daemon's own descriptor: no process" {
	witness_start --argv0="$name" --log "$log" --log-full=drop \
	    --log-keep=3 --log-mode=600 --log-compress=gzip
	is "$(witness_get fd.1)" "$log|w|append,"
	witness_is shared.1.2 yes
	is "$(named)" "$pid"
}

@test "options that shape lines do nothing where there is no target" {
	witness_start --argv0="$name" --log-timestamp --log-tag --pty \
	    --log-size=4K --log-age=1d --log-reopen -e null:
	[[ $(witness_get fd.1) == '/dev/null|w|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|w|'* ]]
	is "$(named)" "$pid"
}

@test "with a logger stdout and stderr are pipes, blocking, and nothing else" {
	witness_start --argv0="$name" --log-tag --log "$log"
	[[ $(witness_get fd.1) =~ ^pipe:.*"|w|"$ ]]
	[[ $(witness_get fd.2) =~ ^pipe:.*"|w|"$ ]]
	witness_is shared.1.2 no
	witness_is fdcount 4
	is "$(named 'daemonize: log of ' | wc -l)" 1
}

@test "one logger serves both streams, with targets of their own" {
	logging --log-timestamp -o "$dir/out" -e "$dir/err" -- \
	    sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 60 grep -q 'Z o$' "$dir/out"
	eventually 60 grep -q 'Z e$' "$dir/err"
	is "$(cat out err | wc -l)" 2
}

@test "--log-reopen, --log-size and --log-age take a logger for a plain file" {
	for option in --log-reopen --log-size=1M --log-age=1d; do
		logged "$option" --log "$log" -- \
		    sh -c 'readlink /proc/self/fd/1'
		[[ $(<"$log") == pipe:* ]]
		rm "$log"
	done
}

# --- targets ----------------------------------------------------------------

@test "--log given several times: every line goes to all of them" {
	logged --log "$dir/a" --log "file:$dir/b" --log "pipe:cat >$dir/c" \
	    --log null: -- sh -c 'seq 1000; echo e >&2'
	for path in a b c; do
		grep -vx e "$path" >numbers
		counts numbers 1000
		has e "$path"
	done
}

@test "-o or -e beside several --log overrides all of them for its stream" {
	logged --log "$dir/a" --log "$dir/b" -e "$dir/c" -- \
	    sh -c 'echo o; echo e >&2'
	holds a o
	holds b o
	holds c e
}

@test "eight --log are taken, a ninth is refused" {
	args=()
	for i in 1 2 3 4 5 6 7 8; do
		args+=(--log "$dir/$i")
	done
	logged "${args[@]}" echo here
	for i in 1 2 3 4 5 6 7 8; do
		holds "$i" here
	done
	refused 2 "'$dir/9': is one too many" "${args[@]}" --log "$dir/9" \
	    sleep 600
}

@test "a file named twice takes every line once" {
	logged --log "$log" --log "file:$log" --log log -- seq 100
	counts "$log" 100
}

@test "a file under two names takes every line once" {
	logged --log "$log" --log ./log -- seq 100
	counts "$log" 100
}

@test "null: beside --log-timestamp is /dev/null" {
	witness_start --log-timestamp --log "$log" -e null:
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
}

@test "inherit:, /dev/stdout and /dev/stderr through a logger" {
	"$DAEMONIZE" --argv0="$name" --log-tag --log inherit: -- \
	    sh -c 'echo to out; echo to err >&2' \
	    </dev/null >out 2>err 3>&- 4>&-
	eventually 60 is_silent
	holds out 'out: to out'
	holds err 'err: to err'
	"$DAEMONIZE" --argv0="$name" --log-tag -o /dev/stderr -e /dev/stdout \
	    -- sh -c 'echo to out; echo to err >&2' \
	    </dev/null >out 2>err 3>&- 4>&-
	eventually 60 is_silent
	holds out 'err: to err'
	holds err 'out: to out'
}

@test "a configuration file may hold several logs; the command line wins" {
	printf 'log = %s\n' "$dir/a" "$dir/b" >"$conf"
	logged --config="$conf" echo here
	holds a here
	holds b here
	rm a b
	logged --config="$conf" --log "$dir/c" --log "$dir/d" echo here
	holds c here
	holds d here
	[[ ! -e a && ! -e b ]]
}

@test "-v and --dry-run tell of the logger, which the latter does not start" {
	start --dry-run --log-timestamp --log-size=1M --log "$log" sleep 600
	[[ $status -eq 0 && $output == *'logger'*"$log"* && ! -e $log ]]
	start -v --argv0="$name" --log-timestamp --log "$log" true
	[[ $status -eq 0 && $output == *'logger'*"$log"* ]]
}

@test "syslog: and journal: without anybody there: the start works" {
	# shellcheck disable=SC2016
	in_mounts 'mkdir "$0/empty" && mount --bind "$0/empty" /run'
	[[ ! -e /dev/log || $(readlink -f /dev/log) == /run/* ]] ||
	    skip '/dev/log is not below /run'
	for target in syslog: journal: syslog:local0.err journal:debug; do
		logging --log "$target" --log "$log" -- \
		    sh -c 'echo here; exec sleep 600'
		alive "$pid"
		kill "$pid"
		kill -KILL "$logger"
		eventually 60 is_silent
		rm -rf "$pidfile" "$log" empty
	done
}

# --- commands ---------------------------------------------------------------

@test "pipe: gives the lines to a shell command, whose end is waited for" {
	logged --log "pipe:cd $dir; tr a-z A-Z >new; sleep 0.3; mv new all" \
	    -- sh -c 'echo one; echo two >&2'
	holds <(sort all) ONE TWO
}

@test "pipe: is for one stream, too, and has timestamps and tags" {
	logged --log-tag -o "pipe:cat >$dir/a" -e "pipe:cat >$dir/b" -- \
	    sh -c 'echo one; echo two >&2'
	holds a 'out: one'
	holds b 'err: two'
}

# has_no_command: the logger has none that is at work or not buried.
has_no_command() {
	[[ -z $(pgrep -P "$logger") ]]
}

@test "a command that has ended is started again" {
	obeying --log "pipe:read -r line && echo \"\$line\" >>$log"
	# What comes before a command has quite ended is lost with it.
	for line in one two three; do
		says "$line"
		eventually 60 has_no_command
	done
	holds "$log" one two three
}

@test "a command that never works does not harm the daemon" {
	obeying --log "pipe:exit 1"
	tell 'seq 20000' ": >$dir/written"
	eventually 60 test -e written
	eventually 60 title_has 'waiting: '
	alive "$pid"
	alive "$logger"
}

@test "a command gets nothing of the daemonizer but its input" {
	logged --log "pipe:ls -l /proc/\$\$/fd >$dir/fds; cat >$log" -- echo x
	never grep -E ' -> .*(d\.pid|socket|log$)' fds
	is "$(grep -c -- '->' fds)" 4
}
