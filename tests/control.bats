#!/usr/bin/env bats
# daemonctl steers what runs: reload, pause, resume, signal, wait, by name and
# by pidfile; and what is wrong usage. Start and restart are in
# control_start.bats, stop is in control_stop.bats, ordinary users are in
# control_user.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

# --- reload, pause, resume, signal ----------------------------------------------

@test "reload is one HUP" {
	subject web -s "$told"
	quietly reload web
	eventually 30 lines_are "$told" HUP
	quietly signal WINCH web
	eventually 30 lines_are "$told" HUP WINCH
	alive "$pid"
}

@test "pause and resume" {
	daemon web
	quietly pause web
	has_state "$pid" T
	quietly pause web
	has_state "$pid" T
	quietly resume web
	eventually 30 is_sleeping "$pid"
	quietly resume web
}

@test "pause and resume by pidfile, several at once" {
	daemon one
	a=$pid
	foreign "$BATS_TEST_TMPDIR/two.pid"
	quietly pause one --pidfile="$BATS_TEST_TMPDIR/two.pid"
	has_state "$a" T
	has_state "$pid" T
	quietly resume --pidfile="$BATS_TEST_TMPDIR/two.pid" one
	eventually 30 is_sleeping "$a"
	eventually 30 is_sleeping "$pid"
}

# is_asked_to_stop PID: SIGSTOP is on its way to it.
is_asked_to_stop() {
	local pending
	pending=$(sed -n 's/^ShdPnd:[[:space:]]*/0x/p' "/proc/$1/status")
	((pending >> 18 & 1))
}

# cannot_be_interrupted FILE: a daemon web, busy in a system call until FILE is
# there; sets pid.
cannot_be_interrupted() {
	subject web -V "$1"
	kill -USR2 "$pid"
	eventually 30 has_state "$pid" D
}

@test "pause returns when the daemon has stopped, not before" {
	cannot_be_interrupted "$BATS_TEST_TMPDIR/go"
	quietly pause web 3>&- &
	eventually 30 is_asked_to_stop "$pid"
	: >"$BATS_TEST_TMPDIR/go"
	wait "$!"
	has_state "$pid" T
}

@test "pause of what does not stop: exit 1, and says so" {
	cannot_be_interrupted "$BATS_TEST_TMPDIR/never"
	declined 1 'cannot pause web .*: it does not stop' pause web
	alive "$pid"
}

@test "signal: names with and without SIG, and numbers" {
	subject web -s "$told"
	want=()
	for signal in HUP SIGHUP 1 USR1 SIGUSR2 10 WINCH; do
		quietly signal "$signal" web
		case $signal in
		*HUP | 1) want+=(HUP) ;;
		*USR1 | 10) want+=(USR1) ;;
		*) want+=("${signal#SIG}") ;;
		esac
		eventually 30 lines_are "$told" "${want[@]}"
	done
	quietly signal KILL web
	eventually 30 dead "$pid"
}

@test "signal: what is no signal is refused, and nobody signalled" {
	daemon web
	for signal in FOO '' SIG 65 999 99999999999999999999 1x 0x1 '1 ' +1 \
	    SIGSIGHUP 'HUP ' web; do
		declined 2 'signal' signal "$signal" web
	done
	control signal -1 web
	[[ $status -eq 2 ]]
	declined 2 '' signal
	declined 2 '' signal HUP
	is_sleeping "$pid"
}

@test "reload, pause, resume and signal where nothing runs: exit 7" {
	for verb in reload pause resume 'signal HUP'; do
		# shellcheck disable=SC2086 # verb and signal
		declined 7 "cannot ${verb%% *} web: .*not running" $verb web
	done
	daemon web
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	for verb in reload pause resume 'signal HUP'; do
		# shellcheck disable=SC2086 # verb and signal
		declined 7 "cannot ${verb%% *} web: .*not running" $verb web
	done
}

@test "several: each is done, one line for each that cannot be" {
	subject one -s "$told"
	control reload none one nothing
	[[ $status -eq 7 && $(wc -l <<<"$error") -eq 2 ]]
	[[ $error == *'cannot reload none: '*'cannot reload nothing: '* ]]
	eventually 30 lines_are "$told" HUP
}

# --- wait ---------------------------------------------------------------------

@test "wait returns at once where nothing runs" {
	at_once quietly wait web
	daemon web
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	at_once quietly wait web
}

@test "wait returns when the daemon ends, not before, for all that are named" {
	daemon one
	a=$pid
	daemon two
	b=$pid
	in_background "$told" "${via[@]}" "$DAEMONCTL" wait one two
	run ! eventually 1 test -e "$told"
	kill -KILL "$b"
	run ! eventually 1 test -e "$told"
	kill -KILL "$a"
	eventually 30 lines_are "$told" 0
	[[ ! -s $told.err ]]
}

@test "wait --timeout that runs out: exit 1, not too early, nobody signalled" {
	daemon web
	took_ms control wait --timeout=300ms web
	[[ $status -eq 1 ]]
	((took >= 300 && took < 30000))
	is_sleeping "$pid"
	[[ $(daemon_pid "$file") == "$pid" ]]
}

# --- usage --------------------------------------------------------------------

@test "wrong usage: exit 2, one line, nothing happens" {
	daemon web
	declined 2 ''
	declined 2 'frob' frob web
	declined 2 '' ''
	for verb in start stop restart reload pause resume wait status inspect \
	    check; do
		declined 2 '' "$verb"
	done
	declined 2 'colour' stop --colour web
	declined 2 'Z' stop -Z web
	declined 2 '' stop --pidfile
	declined 2 '' stop --pidfile= web
	declined 2 '' sto web
	is_sleeping "$pid"
}

@test "options count wherever they stand, also where POSIXLY_CORRECT is set" {
	daemon web
	export POSIXLY_CORRECT=1
	control status -p "$file" --json
	[[ $status -eq 0 && $output == *'"state":"running"'* ]]
	declined 2 "unknown option '-Z'" stop web -Z
	quietly stop -p "$file"
	is_gone "$pid" "$file"
}

@test "what is wrong with an option is said of that option" {
	daemon web
	declined 2 "unknown option '-z'" status -jzv web
	declined 2 "option '--tree' takes no value" stop --tree=x web
	declined 2 "unknown or ambiguous option '--ver'" status --ver web
	declined 2 "option '--timeout' needs a value" stop web --timeout
	declined 2 "option '-t' needs a value" stop web -vt
	alive "$pid"
}

@test "a verb takes its own options only" {
	conf web 'command = sleep 1000'
	daemon web
	declined 2 'stop takes no --follow' stop --follow web
	declined 2 'reload takes no --tree' reload web --tree
	declined 2 'restart takes no --tree' restart --tree web
	declined 2 'status takes no --all' status --all web
	declined 2 'status takes no --follow' status -f web
	declined 2 'start takes no --timeout' start -t 5 web
	declined 2 'list takes no --pidfile' list -p "$file"
	declined 2 'logs takes no --json' logs -j web
	declined 2 'wait takes no --schedule' wait --schedule=TERM/1 web
	declined 2 'check takes no --lines' check -n 3 web
	is_sleeping "$pid"
	control signal -v CONT web
	[[ $status -eq 0 && $output == *done ]]
}

@test "--timeout and --schedule: not both" {
	conf web 'command = sleep 1000'
	daemon web
	for verb in stop restart; do
		declined 2 '--timeout and --schedule' "$verb" -t 1 \
		    --schedule=TERM/2/KILL/1 web
		declined 2 '--timeout and --schedule' "$verb" \
		    --schedule=TERM/2/KILL/1 web -t 0
	done
	is_sleeping "$pid"
}

@test "names that are none: exit 2, nothing happens to the others named" {
	conf web 'command = sleep 1000'
	daemon web
	mkdir "$rundir/sub"
	cp "$file" "$rundir/sub/web.pid"
	for name in '' . .. .web sub/web ../run/web /etc/passwd "$file" \
	    $'we\nb' $'web\t' $'\001web' $'web\177' ./web web/; do
		for verb in stop status start; do
			# shellcheck disable=SC2086 # verb and signal
			declined 2 'name' $verb web "$name"
		done
	done
	is_sleeping "$pid"
}

@test "names with spaces, dashes, signs and other scripts are names" {
	# shellcheck disable=SC2016 # taken literally
	for name in 'a b' web@1 a.b.c '$(id)' '*' "o'neil" \
	    $'\303\244' "$(printf 'n%.0s' {1..200})"; do
		daemon "$name"
		control status "$name"
		# How a terminal of this locale shows the name is another matter.
		[[ $status -eq 0 && $output == *": running, pid $pid, "* ]]
		quietly stop "$name"
		is_gone "$pid" "$file"
	done
}

@test "a name that begins with a dash comes after --" {
	started --name=-dash sleep 1000
	pid=$(daemon_pid "$rundir/-dash.pid")
	remember "$pid"
	quietly stop -- -dash
	is_gone "$pid" "$rundir/-dash.pid"
}

@test "a name too long for a file system: one line, no crash" {
	name=$(printf 'n%.0s' {1..5000})
	for verb in start stop status wait; do
		control "$verb" "$name"
		[[ $status -le 4 ]]
		[[ $(wc -l <<<"$error") -le 1 ]]
	done
}

@test "--help and --version: stdout, exit 0" {
	for arg in -h --help; do
		control "$arg"
		[[ $status -eq 0 && -z $error ]]
		for verb in start stop restart reload pause resume signal \
		    status list wait inspect check; do
			[[ $output == *"$verb"* ]]
		done
	done
	for arg in -V --version; do
		control "$arg"
		[[ $status -eq 0 && -z $error && $output == daemonctl\ * ]]
	done
}

@test "help that cannot be written is a failure" {
	[[ -e /dev/full ]] || skip 'there is no /dev/full'
	run -1 --separate-stderr sh -c '"$1" --help >/dev/full' sh "$DAEMONCTL"
	[[ $stderr == 'daemonctl: '* ]]
	daemon web
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "${via[@]}" sh -c '"$1" status web >/dev/full' \
	    sh "$DAEMONCTL"
	[[ $status -ne 0 && $stderr == 'daemonctl: '* ]]
}
