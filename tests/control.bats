#!/usr/bin/env bats
# daemonctl steers: start, stop, restart, reload, pause, resume, signal, wait;
# by name and by pidfile, as root and as an ordinary user.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

# --- start --------------------------------------------------------------------

@test "start NAME: from NAME.conf, silent, and the pidfile has that name" {
	conf web 'command = sleep 1000' 'umask = 027'
	quietly start web
	runs web
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == 'sleep 1000 ' ]]
	[[ $(awk '/^Umask:/ { print $2 }' "/proc/$pid/status") == 0027 ]]
}

@test "the pidfile of NAME.conf is the one that every verb looks at" {
	conf web 'command = sleep 1000' "pidfile = $BATS_TEST_TMPDIR/my.pid"
	quietly start web
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/my.pid")
	remember "$pid"
	[[ ! -e $rundir/web.pid ]]
	control status web
	[[ $status -eq 0 && $output == "web: running, pid $pid, "* ]]
	quietly pause web
	is_stopped "$pid"
	quietly stop web
	is_gone "$pid" "$BATS_TEST_TMPDIR/my.pid"
}

@test "start where it runs already: success, nothing happens; -v says so" {
	conf web 'command = sleep 1000'
	quietly start web
	runs web
	first=$pid
	before=$(stat -c '%i %y' "$rundir/web.pid")
	quietly start web
	runs web
	[[ $pid == "$first" ]]
	[[ $(stat -c '%i %y' "$rundir/web.pid") == "$before" ]]
	control start -v web
	[[ $status -eq 0 && $output$error == *already*"$pid"* ]]
	[[ $(marked_pids) == "$first" ]]
}

@test "start without a configuration file: exit 2, and the file is named" {
	declined 2 'web\.conf' start web
	[[ -z $(marked_pids) ]]
}

@test "start does not start what cannot be started, and says why" {
	conf web 'command = /nonexistent/program'
	control start web
	[[ $status -eq 127 && $error == *'/nonexistent/program'* ]]
	[[ ! -e $rundir/web.pid ]]
	conf web 'command = /etc'
	control start web
	[[ $status -eq 126 && $error != *$'\n'* ]]
	conf web 'command = sleep 1000' 'chdir = /nonexistent'
	control start web
	[[ $status -eq 1 && $error == *'/nonexistent'* ]]
	conf web 'command = sleep 1000' 'colour = blue'
	control start web
	[[ $status -eq 2 && $error == *'web.conf:2: '*colour* ]]
	conf web 'umask = 022'
	control start web
	[[ $status -eq 2 && $error != *$'\n'* ]]
	[[ -z $(marked_pids) && -z $(ls -A "$rundir") ]]
}

@test "start several: those that can start run, the status tells of the rest" {
	conf one 'command = sleep 1000'
	conf two 'command = /nonexistent/program'
	conf three 'command = sleep 1000'
	control start one two three
	[[ $status -eq 127 && $error == *'/nonexistent/program'* ]]
	runs one
	runs three
	[[ ! -e $rundir/two.pid ]]
}

@test "start and restart need a name, not a pidfile" {
	daemon web
	declined 2 '' start --pidfile="$file"
	declined 2 '' restart --pidfile="$file"
	alive "$pid"
}

@test "root trusts no configuration file that others may write" {
	conf web 'command = sleep 1000'
	chmod 666 "$confdir/web.conf"
	control start web
	[[ $status -eq 2 && $error == *'web.conf'* && -z $(marked_pids) ]]
}

# --- stop ---------------------------------------------------------------------

@test "stop: silent; the daemon is dead and the pidfile gone at return" {
	for i in {1..20}; do
		daemon web
		quietly stop web
		is_gone "$pid" "$file"
	done
}

@test "stop where nothing runs is success, without and with an old pidfile" {
	quietly stop web
	daemon web
	kill -KILL "$pid"
	eventually 5 dead "$pid"
	quietly stop web
	quietly stop web other --pidfile="$BATS_TEST_TMPDIR/none"
}

@test "stop by --pidfile, -p and names, mixed and in any place" {
	daemon one
	a=$pid
	daemon two
	b=$pid
	daemon three
	c=$pid
	started -p "$BATS_TEST_TMPDIR/four.pid" sleep 1000
	d=$(daemon_pid "$BATS_TEST_TMPDIR/four.pid")
	quietly --pidfile "$BATS_TEST_TMPDIR/four.pid" stop one \
	    -p"$rundir/two.pid" three -t 5
	for pid in "$a" "$b" "$c" "$d"; do
		dead "$pid"
	done
	[[ -z $(ls -A "$rundir") && ! -e $BATS_TEST_TMPDIR/four.pid ]]
}

@test "stop finds a relative pidfile from where the caller is" {
	cd "$BATS_TEST_TMPDIR"
	started -p here.pid sleep 1000
	pid=$(daemon_pid here.pid)
	quietly stop --pidfile=here.pid
	is_gone "$pid" here.pid
}

@test "stop works on what another program has locked and started" {
	foreign "$rundir/other.pid"
	quietly stop other
	is_gone "$pid" "$rundir/other.pid"
}

@test "stop --timeout: TERM, and KILL for one that ignores it" {
	subject web -i 15
	took_ms quietly stop --timeout=300ms web
	is_gone "$pid" "$file"
	((took >= 300 && took < 4000))
}

@test "stop without KILL when TERM is enough, however long the schedule" {
	subject web -s "$told"
	took_ms quietly stop --timeout=20s web
	lines_are "$told" TERM || lines_are "$told" TERM CONT ||
	    lines_are "$told" CONT TERM
	is_gone "$pid" "$file"
	((took < 3000))
}

@test "stop --schedule sends what it says, in that order and at that time" {
	subject web -s "$told"
	took_ms quietly stop --schedule=HUP/200ms/SIGUSR2/300ms/15/5s web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" HUP USR2 TERM
	((took >= 500 && took < 4000))
	is_gone "$pid" "$file"
}

@test "stop that fails: exit 1, one line, the daemon and its pidfile stay" {
	subject web -i 15
	took_ms declined 1 "cannot stop web .*$pid" \
	    stop --schedule=TERM/300ms web
	((took >= 300 && took < 4000))
	is_sleeping "$pid"
	holds_lock "$pid" "$file"
	kill -KILL "$pid"
}

@test "a schedule that is none: exit 2, nobody is signalled" {
	daemon web
	for schedule in '' / HUP/1/USR1/TERM/2 FOO/3 /3 TERM/x TERM/-1 TERM//KILL/5 3/ 0/3 \
	    TERM/5/KILL/5x 'TERM /5' TERM/99999999999999999999 65/1 -1/3; do
		declined 2 'schedule' stop --schedule="$schedule" web
	done
	for time in '' x -1 5x 1e3 0x5 99999999999999999999 ' 5'; do
		declined 2 'time' stop --timeout="$time" web
	done
	is_sleeping "$pid"
}

@test "stop-signal and stop-timeout of the configuration are the schedule" {
	conf web "command = $SUBJECT -s $told -i 15 -r $told.ready" \
	    'stop-signal = USR1' 'stop-timeout = 300ms'
	quietly start web
	runs web
	eventually 5 test -e "$told.ready"
	took_ms quietly stop web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" USR1
	is_gone "$pid" "$rundir/web.pid"
	((took >= 300 && took < 4000))
}

@test "options of the command line win over stop-signal and stop-timeout" {
	conf web "command = $SUBJECT -s $told -r $told.ready" \
	    'stop-signal = USR1' 'stop-timeout = 20s'
	quietly start web
	runs web
	eventually 5 test -e "$told.ready"
	took_ms quietly stop --schedule=HUP/100ms/TERM/5s web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" HUP TERM
	((took < 4000))
}

@test "a paused daemon is stopped by TERM and may still clean up" {
	subject web -s "$told" -x "$BATS_TEST_TMPDIR/alone"
	quietly pause web
	eventually 5 is_stopped "$pid"
	took_ms quietly stop web
	grep -qx TERM "$told"
	[[ ! -e $BATS_TEST_TMPDIR/alone ]]
	((took < 3000))
}

@test "stop leaves the pidfile of the successor who waited for the lock" {
	for i in {1..10}; do
		daemon web
		first=$pid
		in_background "$told" "${via[@]}" "$DAEMONIZE" -n web \
		    --if-running=wait:10s sleep 3000
		eventually 5 is_waiting
		took_ms control stop web
		[[ $status -eq 0 ]]
		dead "$first"
		((took < 3000))
		wait "$background"
		lines_are "$told" 0
		runs web
		[[ $pid != "$first" ]]
		quietly stop web
		rm -f "$told"
	done
}

# is_waiting: a daemonizer of this test is in the background.
is_waiting() {
	local candidate
	for candidate in $(marked_pids); do
		[[ $(readlink "/proc/$candidate/exe") != "$DAEMONIZE" ]] ||
		    return 0
	done
	return 1
}

@test "stop removes no pidfile that has another content or file by then" {
	daemon web sh -c 'trap "rm -f \"$1\"; echo precious >\"$1\"; exit" TERM
		: >"$2"; while :; do sleep 0.05; done' sh \
	    "$rundir/web.pid" "$told"
	eventually 5 test -e "$told"
	control stop web
	[[ $status -eq 0 ]]
	dead "$pid"
	[[ $(<"$file") == precious ]]
}

@test "stop of a daemon that removes its pidfile itself is silent" {
	daemon web sh -c 'trap "rm -f \"$1\"; exit" TERM
		: >"$2"; while :; do sleep 0.05; done' sh \
	    "$rundir/web.pid" "$told"
	eventually 5 test -e "$told"
	quietly stop web
	is_gone "$pid" "$file"
}

# --- restart ------------------------------------------------------------------

@test "restart: another process, the configuration read anew, silent" {
	conf web 'command = sleep 1000' 'umask = 022'
	quietly start web
	runs web
	first=$pid
	conf web 'command = sleep 1001' 'umask = 077'
	quietly restart web
	dead "$first"
	runs web
	[[ $pid != "$first" && $(marked_pids) == "$pid" ]]
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == 'sleep 1001 ' ]]
	[[ $(awk '/^Umask:/ { print $2 }' "/proc/$pid/status") == 0077 ]]
}

@test "restart starts what does not run, also where an old pidfile lies" {
	conf web 'command = sleep 1000'
	quietly restart web
	runs web
	kill -KILL "$pid"
	eventually 5 dead "$pid"
	quietly restart web
	runs web
}

@test "restart ends one that ignores TERM after --timeout" {
	conf web "command = $SUBJECT -i 15 -r $told"
	quietly start web
	runs web
	first=$pid
	eventually 5 test -e "$told"
	took_ms quietly restart --timeout=300ms web
	dead "$first"
	runs web
	((took >= 300 && took < 4000))
	kill -KILL "$pid"
}

@test "restart --schedule sends that schedule" {
	conf web "command = $SUBJECT -s $told -r $told.ready"
	quietly start web
	runs web
	first=$pid
	eventually 5 test -e "$told.ready"
	quietly restart --schedule=USR1/200ms/TERM/5s web
	dead "$first"
	runs web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" USR1 TERM
}

@test "restart with a broken configuration leaves the old one alone" {
	conf web 'command = sleep 1000'
	quietly start web
	runs web
	first=$pid
	conf web 'command = sleep 1000' 'umask = blue'
	control restart web
	[[ $status -eq 2 && $error == *'web.conf:2: '* ]]
	is_sleeping "$first"
	runs web
	[[ $pid == "$first" ]]
}

@test "restart several" {
	conf one 'command = sleep 1000'
	conf two 'command = sleep 1000'
	quietly start one two
	runs one
	a=$pid
	runs two
	b=$pid
	quietly restart one two
	dead "$a"
	dead "$b"
	runs one
	runs two
}

# --- reload, pause, resume, signal ----------------------------------------------

@test "reload is one HUP" {
	subject web -s "$told"
	quietly reload web
	eventually 5 lines_are "$told" HUP
	quietly signal WINCH web
	eventually 5 lines_are "$told" HUP WINCH
	alive "$pid"
}

@test "pause and resume" {
	daemon web
	quietly pause web
	eventually 5 is_stopped "$pid"
	quietly pause web
	is_stopped "$pid"
	quietly resume web
	eventually 5 is_sleeping "$pid"
	quietly resume web
}

@test "pause and resume by pidfile, several at once" {
	daemon one
	a=$pid
	foreign "$BATS_TEST_TMPDIR/two.pid"
	quietly pause one --pidfile="$BATS_TEST_TMPDIR/two.pid"
	eventually 5 is_stopped "$a"
	eventually 5 is_stopped "$pid"
	quietly resume --pidfile="$BATS_TEST_TMPDIR/two.pid" one
	eventually 5 is_sleeping "$a"
	eventually 5 is_sleeping "$pid"
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
		eventually 5 lines_are "$told" "${want[@]}"
	done
	quietly signal KILL web
	eventually 5 dead "$pid"
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
	eventually 5 dead "$pid"
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
	eventually 5 lines_are "$told" HUP
}

# --- wait ---------------------------------------------------------------------

@test "wait returns at once where nothing runs" {
	took_ms quietly wait web
	((took < 2000))
	daemon web
	kill -KILL "$pid"
	eventually 5 dead "$pid"
	took_ms quietly wait web
	((took < 2000))
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
	eventually 3 lines_are "$told" 0
	[[ ! -s $told.err ]]
}

@test "wait --timeout that runs out: exit 1, not too early, nobody signalled" {
	daemon web
	took_ms control wait --timeout=300ms web
	[[ $status -eq 1 ]]
	((took >= 300 && took < 3000))
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

# --- an ordinary user -----------------------------------------------------------

@test "a user steers his own daemons under XDG_RUNTIME_DIR" {
	user_world
	conf web "command = $SUBJECT -s $rundir/told -r $rundir/ready"
	as_user quietly start web
	runs web
	eventually 5 test -e "$rundir/ready"
	[[ $(stat -c %U "/proc/$pid") == "$(stat -c %U "$rundir")" ]]
	as_user control status web
	[[ $status -eq 0 && $output == "web: running, pid $pid, "* ]]
	as_user quietly reload web
	eventually 5 lines_are "$rundir/told" HUP
	as_user quietly pause web
	eventually 5 is_stopped "$pid"
	as_user quietly resume web
	first=$pid
	as_user quietly restart web
	dead "$first"
	runs web
	as_user control list
	[[ $status -eq 0 && $output == web$'\t'"$pid"$'\t'* ]]
	as_user quietly stop web
	is_gone "$pid" "$rundir/web.pid"
	as_user control status web
	[[ $status -eq 3 ]]
}

@test "a user's configuration is below ~/.config without XDG_CONFIG_HOME" {
	user_world
	home=$(user_dir home)
	mkdir -p "$home/.config/daemonize"
	confdir=$home/.config/daemonize
	conf web 'command = sleep 1000'
	as_user env -u XDG_CONFIG_HOME HOME="$home" \
	    DMN_DAEMON_MARK="$DMN_TEST_MARK" "$DAEMONCTL" start web 3>&-
	runs web
}

@test "what a user may not do fails, says so and changes nothing" {
	need_root
	daemon web
	user_world
	for verb in stop reload pause resume 'signal HUP' 'signal KILL'; do
		# shellcheck disable=SC2086 # verb and signal
		as_user declined 4 \
		    "cannot ${verb%% *} .*\\(pid $pid\\): Operation not permitted" \
		    $verb --pidfile="$file"
		is_sleeping "$pid"
	done
	[[ $(daemon_pid "$file") == "$pid" ]]
	as_user control status --pidfile="$file"
	[[ $status -eq 0 && $output == "$file: running, pid $pid, "* ]]
}

@test "what is not permitted does not keep the rest from being done" {
	need_root
	daemon web
	not_mine=$pid
	not_my_file=$file
	user_world
	as_user started -n mine sleep 1000
	runs mine
	as_user control stop --pidfile="$not_my_file" mine
	[[ $status -eq 4 && $error == *"$not_my_file"*"$not_mine"* ]]
	[[ $(wc -l <<<"$error") -eq 1 ]]
	is_sleeping "$not_mine"
	is_gone "$pid" "$rundir/mine.pid"
}

@test "a pidfile that a user may not read: exit 4, and nothing changes" {
	need_root
	daemon web
	chmod 600 "$file"
	user_world
	as_user control status --pidfile="$file"
	[[ $status -eq 4 && $output == *unknown*'Permission denied'* ]]
	as_user declined 4 'Permission denied' stop --pidfile="$file"
	as_user declined 4 'Permission denied' reload --pidfile="$file"
	is_sleeping "$pid"
}

@test "a user cannot remove the pidfile of a stopped daemon: stop is right" {
	need_root
	user_world
	mkdir "$BATS_TEST_TMPDIR/closed"
	file=$BATS_TEST_TMPDIR/closed/web.pid
	started -p "$file" -u "$TEST_USER" sleep 1000
	pid=$(daemon_pid "$file")
	as_user control stop --pidfile="$file"
	[[ $status -eq 0 ]]
	dead "$pid"
	as_user control status --pidfile="$file"
	[[ $status -eq 1 ]]
}
