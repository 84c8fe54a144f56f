#!/usr/bin/env bats
# Where the daemon's output goes: targets, what lines look like there, and the
# process between a daemon and its log. Rotation is in log_rotation.bats, full
# disks are in log_full.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# at_once COMMAND...: it succeeds, and takes less than five seconds.
at_once() {
	local begin
	begin=$(now_us)
	timeout 20 "$@" </dev/null 3>&- 4>&-
	(($(now_us) - begin < 5000000))
}

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
	eventually 10 grep -q 'Z o$' "$dir/out"
	eventually 10 grep -q 'Z e$' "$dir/err"
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
	eventually 20 is_silent
	holds out 'out: to out'
	holds err 'err: to err'
	"$DAEMONIZE" --argv0="$name" --log-tag -o /dev/stderr -e /dev/stdout \
	    -- sh -c 'echo to out; echo to err >&2' \
	    </dev/null >out 2>err 3>&- 4>&-
	eventually 20 is_silent
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
		eventually 10 is_silent
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

@test "a command that has ended is started again" {
	obeying --log "pipe:read -r line && echo \"\$line\" >>$log"
	says one two three
	holds "$log" one two three
}

@test "a command that never works does not harm the daemon" {
	obeying --log "pipe:exit 1"
	tell 'seq 20000' ": >$dir/written"
	eventually 15 test -e written
	eventually 15 title_has 'waiting: '
	alive "$pid"
	alive "$logger"
}

@test "a command gets nothing of the daemonizer but its input" {
	logged --log "pipe:ls -l /proc/\$\$/fd >$dir/fds; cat >$log" -- echo x
	never grep -E ' -> .*(d\.pid|socket|log$)' fds
	is "$(grep -c -- '->' fds)" 4
}

# --- timestamps and tags ----------------------------------------------------

@test "iso timestamps: UTC, microseconds, true, and never backwards" {
	before=$(date +%s)
	TZ=America/New_York logged --log-timestamp --log "$log" -- \
	    sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; seq 10 5000'
	after=$(date +%s)
	is "$(grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z [0-9]+$' \
	    "$log")" 5000
	counts <(cut -d' ' -f2 "$log") 5000
	sort -c -k1,1 -s "$log"
	seconds=$(date -d "$(head -n 1 "$log" | cut -d' ' -f1)" +%s)
	((seconds >= before && seconds <= after))
	logged --log-timestamp=iso --log "$dir/other" echo line
	[[ $(<other) =~ ^[0-9-]{10}T[0-9:.]{15}Z" line"$ ]]
}

@test "unix timestamps" {
	before=$(date +%s)
	logged --log-timestamp=unix --log "$log" echo line
	[[ $(<"$log") =~ ^([0-9]+)\.[0-9]{6}" line"$ ]]
	((BASH_REMATCH[1] >= before && BASH_REMATCH[1] <= $(date +%s)))
}

@test "tai64n timestamps" {
	before=$(date +%s)
	logged --log-timestamp=tai64n --log "$log" echo line
	[[ $(<"$log") =~ ^@4([0-9a-f]{15})([0-9a-f]{8})" line"$ ]]
	seconds=$((16#${BASH_REMATCH[1]} - 10))
	((seconds >= before && seconds <= $(date +%s)))
	((16#${BASH_REMATCH[2]} < 1000000000))
}

@test "timestamps in a format of strftime, local time" {
	TZ=XYZ-5 logged --log-timestamp='[%H %Z] at' --log "$log" echo line
	is "$(<"$log")" "[$(TZ=XYZ-5 date +%H) XYZ] at line"
}

@test "lines written at once have one timestamp, an empty one has its own" {
	logged --log-timestamp --log "$log" -- printf 'a\n\nb\n'
	is "$(wc -l <"$log")" 3
	is "$(cut -d' ' -f1 "$log" | sort -u | wc -l)" 1
	is "$(cut -d' ' -f2 "$log" | tr '\n' ,)" a,,b,
}

@test "--log-tag says which stream it was, behind the timestamp" {
	logged --log-tag --log "$log" -- sh -c 'echo o; echo e >&2'
	holds <(sort "$log") 'err: e' 'out: o'
	rm "$log"
	logged --log-tag --log-timestamp=%% --log "$log" -- \
	    sh -c 'echo o; echo e >&2'
	holds <(sort "$log") '% err: e' '% out: o'
}

@test "a line that is written in parts has one timestamp" {
	obeying --log-timestamp=%% --log-tag --log "$log"
	tell 'printf one,'
	says_half() { tell "printf $1,"; }
	for i in 1 2 3 4 5; do
		says_half "$i"
		tell "echo $i >&2"
		eventually 15 has "% err: $i"
	done
	tell 'echo end'
	eventually 15 has '% out: one,1,2,3,4,5,end'
}

# --- every byte, every line -------------------------------------------------

@test "all bytes arrive as they are: NUL, control, invalid UTF-8" {
	for i in {0..255}; do
		# shellcheck disable=SC2059
		printf "\\x$(printf %x "$i")"
	done >all
	head -c 300000 /dev/urandom | cat - all all >bytes
	logged --log-reopen --log "$log" --log "pipe:cat >$dir/piped" -- \
	    cat "$dir/bytes"
	cmp bytes "$log"
	cmp bytes piped
	logged --log-timestamp=%% --log "$dir/stamped" -- \
	    cat "$dir/bytes"
	cmp bytes <(LC_ALL=C sed 's/^% //' stamped)
}

@test "the last partial line arrives, and no newline with it" {
	logged --log-reopen --log "$log" -- printf 'whole\npart'
	cmp "$log" <(printf 'whole\npart')
	rm "$log"
	logged --log-timestamp=%% --log "$log" -- printf 'whole\npart'
	cmp "$log" <(printf '%% whole\n%% part')
}

@test "the last partial line of one stream tears none of the other" {
	obeying --log-reopen --log "$log"
	# Long enough for the logger to take it out of the pipe.
	tell 'printf part' 'sleep 0.3' ": >$dir/taken"
	eventually 10 test -e taken
	kill -STOP "$logger"
	tell 'echo whole >&2; kill -KILL $$'
	eventually 10 dead "$pid"
	kill -CONT "$logger"
	eventually 10 is_silent
	has whole
}

@test "a daemon that writes nothing leaves an empty log" {
	logged --log-timestamp --log "$log" true
	[[ -f $log && ! -s $log ]]
}

@test "a daemon that is killed loses nothing of what it had written" {
	obeying --log-timestamp=%% --log "$log"
	tell 'seq -f "line %.0f" 30000; printf last; kill -KILL $$'
	eventually 20 is_silent
	counts <(head -n 30000 "$log") 30000 '% line '
	is "$(tail -n 1 "$log")" '% last'
}

@test "what both streams write arrives whole, once and in order" {
	logged --log-tag --log "$log" --log "$dir/second" -- sh -c '
		seq -f "a line of stdout, number %.0f" 60000 &
		seq -f "and one of stderr, number %.0f" 60000 >&2 &
		wait'
	is "$(wc -l <"$log")" 120000
	counts <(grep '^out' "$log") 60000 'out: a line of stdout, number '
	counts <(grep '^err' "$log") 60000 'err: and one of stderr, number '
	cmp "$log" second
}

@test "a line written in parts is not torn by the other stream" {
	obeying --log-reopen --log "$log"
	for i in 1 2 3; do
		tell 'printf "half of it, "' "echo whole $i >&2"
		eventually 15 has "whole $i"
		tell "echo and the rest $i"
		eventually 15 has "half of it, and the rest $i"
	done
	is "$(wc -l <"$log")" 6
}

@test "lines of 1 MiB from both streams are not torn, nor for a slow reader" {
	logged --log-tag --log "$log" --log "pipe:sleep 0.5; cat >$dir/slow" \
	    -- sh -c '
		line() { head -c 1048575 /dev/zero | tr "\0" "$1"; echo; }
		(line a; line b; line c) &
		(line d; line e; line f) >&2 &
		wait'
	is "$(wc -l <"$log")" 6
	is "$(wc -c <"$log")" $((6 * (1048576 + 5)))
	is "$(tr -s a-f <"$log" | sort | tr '\n' ' ')" \
	    'err: d err: e err: f out: a out: b out: c '
	cmp slow "$log"
}

@test "output without any newline passes, in bounded memory" {
	obeying --log-timestamp=%% --log "$log"
	tell 'head -c 30000000 /dev/zero' ": >$dir/written"
	eventually 30 test -e written
	grep -q -e __asan_init "$DAEMONIZE" ||
	    (($(awk '/^VmHWM:/ { print $2 }' "/proc/$logger/status") < 12000))
	kill "$pid"
	eventually 20 is_silent
	is "$(wc -c <"$log")" 30000002
	is "$(tr -d '\0' <"$log")" '% '
}

# --- truncation -------------------------------------------------------------

@test "-o and -e truncate through a logger too, -a and --log append" {
	printf 'old\n' | tee out err log >/dev/null
	logged --log-tag -o "$dir/out" -e "$dir/err" -- \
	    sh -c 'echo o; echo e >&2'
	holds out 'out: o'
	holds err 'err: e'
	logged --log-tag -a -o "$dir/out" -- echo again
	holds out 'out: o' 'out: again'
	logged --log-tag -o "$dir/out" --log "$log" -- \
	    sh -c 'echo o; echo new >&2'
	holds out 'out: o'
	holds log old 'err: new'
}

@test "a start that fails leaves logs as they were, and no logger" {
	printf 'old\n' >"$log"
	refused 127 'not found|No such file' --argv0="$name" --log-timestamp \
	    -o "$log" -e "$dir/new" --log "pipe:cat" /does/not/exist
	is_silent
	holds "$log" old
	refused 127 'not found|No such file' --argv0="$name" --log-size=1M \
	    --log "$log" --log "file:$dir/new-%Y" /does/not/exist
	is_silent
	refused 1 'cannot open .*: No such file' --argv0="$name" \
	    --log-timestamp --log "$dir/no/such/directory" sleep 600
	is_silent
	holds "$log" old
}

@test "a second start does not touch the log of the first" {
	logging --log-timestamp=%% -o "$log" -- \
	    sh -c 'echo precious; exec sleep 600'
	eventually 10 test -s "$log"
	refused 3 'already running' -p "$pidfile" --log-timestamp -o "$log" \
	    sleep 600
	holds "$log" '% precious'
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
	eventually 15 has ABC
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
	eventually 10 find_logger
	[[ $EUID -ne 0 ]] || return 0
	export XDG_RUNTIME_DIR=$dir
	chmod 700 "$dir"
	started -n "$name-x" --log-timestamp --log "$log" sleep 600
	eventually 10 pgrep -f "^daemonize: log of $name-x"
}

@test "the logger ends with the daemon" {
	logging --log-timestamp --log "$log" -- sleep 600
	alive "$logger"
	kill -KILL "$pid"
	eventually 10 dead "$logger"
}

@test "the logger stays as long as anybody writes" {
	obeying --log-reopen --log "$log"
	tell "(until test -e $dir/go; do sleep 0.02; done; echo heir) &" \
	    'kill $$'
	eventually 10 dead "$pid"
	alive "$logger"
	: >go
	eventually 10 has heir
	eventually 10 dead "$logger"
}

@test "the logger ends no earlier for any signal but KILL" {
	obeying --log-timestamp=%% --log "$log"
	for signal in HUP INT QUIT TERM PIPE ALRM USR1 USR2 XFSZ TSTP CHLD; do
		kill -"$signal" "$logger"
		tell "echo $signal"
		eventually 15 has "% $signal"
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

@test "x=\$(daemonize --log-timestamp ...) returns at once" {
	at_once sh -c 'x=$("$DAEMONIZE" --argv0="$2" --log-timestamp --log "$3" \
	    --log "pipe:cat" -p "$1" -- sleep 600 2>&1 5>&1 17>&1)' sh \
	    "$pidfile" "$name" "$log"
	alive "$(daemon_pid "$pidfile")"
	at_once sh -c '"$DAEMONIZE" --argv0="$2" --pty --log "$3" \
	    -p "$1" -- sleep 600 2>&1 | cat' sh "$pidfile.2" "$name" "$log"
	alive "$(daemon_pid "$pidfile.2")"
}

# --- whose rights -----------------------------------------------------------

@test "with -u the logger runs as the user, and so do its commands" {
	need_root
	need_user
	user_dir logs >/dev/null
	obeying -u "$TEST_USER" --log-timestamp=%% --log "$dir/logs/log" \
	    --log "pipe:id -nu >$dir/logs/whom; exec cat >/dev/null"
	eventually 10 test -s logs/whom
	is "$(user_of "$logger")" "$TEST_USER"
	is "$(<logs/whom)" "$TEST_USER"
	is "$(stat -c %U logs/log)" "$TEST_USER"
	never grep -q '^CapEff:.*[1-9a-f]' "/proc/$logger/status"
}

@test "root's directory: the logger stays root, for that directory only" {
	need_root
	need_user
	mkdir roots
	user_dir theirs >/dev/null
	# shellcheck disable=SC2016
	in_mounts 'mount --bind "$0/roots" /mnt'
	obeying -u "$TEST_USER" --log-reopen --log /mnt/log --log \
	    "$dir/theirs/log" --log "pipe:id -nu >$dir/theirs/whom; exec cat"
	eventually 10 test -s theirs/whom
	is "$(user_of "$logger")" root
	is "$(user_of "$pid")" "$TEST_USER"
	is "$(<theirs/whom)" "$TEST_USER"
	is "$(stat -c %U theirs/log)" "$TEST_USER"
	mv roots/log roots/old
	mv theirs/log theirs/old
	tell 'echo here'
	eventually 15 has here roots/log
	eventually 15 has here theirs/log
	is "$(stat -c %U roots/log)" root
	is "$(stat -c %U theirs/log)" "$TEST_USER"
}

@test "a user cannot make root's logger write to what is not the user's" {
	need_root
	need_user
	mkdir roots
	user_dir theirs >/dev/null
	printf 'precious\n' >victim
	chmod 600 victim
	# shellcheck disable=SC2016
	in_mounts 'mount --bind "$0/roots" /mnt'
	obeying -u "$TEST_USER" --log-reopen --log /mnt/log \
	    --log "$dir/theirs/log"
	mv theirs/log theirs/old
	ln -s "$dir/victim" theirs/log
	kill -HUP "$logger"
	tell 'echo one'
	eventually 15 has one roots/log
	rm theirs/log
	ln victim theirs/log
	kill -HUP "$logger"
	tell 'echo two'
	eventually 15 has two roots/log
	holds victim precious
}

@test "the user's daemon may open /dev/stdout and /dev/stderr again" {
	need_root
	need_user
	user_dir logs >/dev/null
	logged -u "$TEST_USER" --log-tag --log "$dir/logs/log" -- \
	    sh -c 'echo o >/dev/stdout; echo e >/dev/stderr'
	holds <(sort logs/log) 'err: e' 'out: o'
}

@test "a log its user may not write is refused" {
	need_root
	need_user
	mkdir closed
	refused 1 'cannot open .* as the daemon.s user: Permission denied' \
	    -u "$TEST_USER" --log-timestamp --log "$dir/closed/log" sleep 600
	is "$(ls closed)" ''
}

@test "a symbolic link as a log is refused, its victim untouched" {
	printf 'precious\n' >victim
	ln -s victim link
	refused 1 'cannot open .*link' --log-size=1M -o "$dir/link" sleep 600
	refused 1 'cannot open .*link' --log "$log" --log "$dir/link" \
	    sleep 600
	holds victim precious
}

# --- what is refused --------------------------------------------------------

# wrong REGEX ARG...: a usage error that names the option.
wrong() {
	local regex=$1
	shift
	refused 2 "^daemonize: (invalid |option '--).*$regex" "$@" sleep 600
}

@test "bad values of --log-... are usage errors" {
	for value in x ISO '' ' ' tai64; do
		wrong "--log-timestamp '$value': must be iso, unix, tai64n" \
		    --log-timestamp="$value"
	done
	wrong 'log-timestamp.*too long' \
	    --log-timestamp="%$(printf '%048d' 0)"
	for value in 1K 0 4095; do
		wrong "log-size '$value': must be 4K or more" \
		    --log-size="$value"
	done
	for value in x '' 1Q -1 4.5M; do
		wrong "log-size '$value': must be a size" --log-size="$value"
	done
	for value in x '' 0 -1s 5x; do
		wrong "log-age '$value': must be a time" --log-age="$value"
	done
	for value in x '' -1 100001 1.5; do
		wrong "log-keep '$value': must be a number" \
		    --log-keep="$value"
	done
	for value in bzip2 '' gz 'gzip -9' /bin/gzip; do
		wrong "log-compress '$value': must be gzip, zstd or xz" \
		    --log-compress="$value"
	done
	for value in x '' BLOCK; do
		wrong "log-full '$value': must be block or drop" \
		    --log-full="$value"
	done
	for option in log-tag log-reopen pty; do
		wrong "$option' takes no value" "--$option=x"
	done
}

@test "bad targets are usage errors" {
	for option in stdout stderr log; do
		wrong "$option 'syslog:loud': unknown level" \
		    --$option=syslog:loud
		wrong "$option 'syslog:daemon.none': unknown level" \
		    --$option=syslog:daemon.none
		wrong "$option 'syslog:kern.info': unknown facility" \
		    --$option=syslog:kern.info
		wrong "$option 'syslog:.info': unknown facility" \
		    --$option=syslog:.info
		wrong "$option 'syslog:daemon.': unknown level" \
		    --$option=syslog:daemon.
		wrong "$option 'journal:daemon.info': .*level only" \
		    --$option=journal:daemon.info
		wrong "$option 'journal:loud': unknown level" \
		    --$option=journal:loud
		wrong "$option 'pipe: ': no command" "--$option=pipe: "
		wrong "$option 'file:': no file named" --$option=file:
		wrong "$option 'file:x-%d/log': only the file's name" \
		    --$option=file:x-%d/log
		wrong "$option 'null:x': nothing may follow" --$option=null:x
	done
	wrong "log 'd.pid': it is the pidfile|d.pid'" -p "$pidfile" \
	    --log-timestamp --log d.pid
}

@test "a compressor that is not there is a failure of the start" {
	path=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    type -ap xz) || skip 'needs xz to take it away'
	# Nothing that can be executed is in its place.
	in_mounts "for path in ${path//$newline/ }; do
	    mount --bind /dev/null \$path || exit; done"
	refused 1 'cannot compress logs: xz is not installed' \
	    --log-compress=xz --log-size=1M --log "$log" sleep 600
}
