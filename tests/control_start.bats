#!/usr/bin/env bats
# daemonctl start and restart: by name, from NAME.conf, and what becomes of a
# daemon that runs already.

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

@test "start finds a daemonize that was installed under a similar name" {
	conf web 'command = sleep 1000'
	mkdir "$BATS_TEST_TMPDIR/bin"
	for as in 'gdaemonize gdaemonctl' 'daemonize-ng daemonctl-ng' \
	    'daemonize controller'; do
		cp "$DAEMONIZE" "$BATS_TEST_TMPDIR/bin/${as% *}"
		cp "$DAEMONCTL" "$BATS_TEST_TMPDIR/bin/${as#* }"
		DAEMONCTL=$BATS_TEST_TMPDIR/bin/${as#* } quietly start web
		runs web
		quietly stop web
		rm "$BATS_TEST_TMPDIR"/bin/*
	done
}

@test "the pidfile of NAME.conf is the one that every verb looks at" {
	conf web 'command = sleep 1000' "pidfile = $BATS_TEST_TMPDIR/my.pid"
	quietly start web
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/my.pid")
	remember "$pid"
	at_rest "$pid"
	[[ ! -e $rundir/web.pid ]]
	control status web
	[[ $status -eq 0 && $output == "web: running, pid $pid, "* ]]
	quietly pause web
	has_state "$pid" T
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

@test "start where a child of the dead daemon holds the lock: exit 4, and which" {
	conf web 'command = sh -c "sleep 1001 & exec sleep 1000"'
	quietly start web
	runs web
	eventually 30 has_left 2
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	[[ $(marked_pids) == "$left" ]]
	for each in start 'start -v'; do
		# shellcheck disable=SC2086 # verb and option
		declined 4 "cannot start web: $shown/web\.pid is locked by pid $left, not by pid $pid in it" $each web
	done
	conf web 'command = sleep 1000' 'if-running = ok'
	declined 4 'cannot start web: ' start web
	[[ $(marked_pids) == "$left" ]]
}

@test "start and restart where it lives without its lock: exit 4, no twin" {
	conf web "command = sh -c 'exec 3<&- 4<&- 5<&-; exec sleep 1000'"
	quietly start web
	pid=$(daemon_pid "$rundir/web.pid")
	remember "$pid"
	gave_up() {
		! holds_lock "$pid" "$rundir/web.pid" && is_sleeping "$pid"
	}
	eventually 30 gave_up
	for verb in start restart; do
		declined 4 "cannot $verb web: .*pid $pid, which no longer holds the lock" \
		    "$verb" web
		is_sleeping "$pid"
	done
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	quietly restart web
	remember "$(daemon_pid "$rundir/web.pid")"
}

@test "start where something else holds the lock file: exit 3, no success" {
	conf one 'command = sleep 1000' "lockfile = $BATS_TEST_TMPDIR/lock"
	conf two 'command = sleep 2000' "lockfile = $BATS_TEST_TMPDIR/lock"
	quietly start one
	runs one
	quietly start one
	control start two
	[[ $status -eq 3 && $error == *"lock: already running as pid $pid "* ]]
	[[ ! -e $rundir/two.pid ]]
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
	eventually 30 dead "$pid"
	quietly restart web
	runs web
}

@test "restart ends one that ignores TERM after --timeout" {
	conf web "command = $SUBJECT -i 15 -r $told" 'stop-timeout = 100s'
	quietly start web
	runs web
	first=$pid
	eventually 30 test -s "$told"
	took_ms quietly restart --timeout=300ms web
	dead "$first"
	runs web
	((took >= 300 && took < 60000))
	kill -KILL "$pid"
}

@test "restart --schedule sends that schedule" {
	conf web "command = $SUBJECT -s $told -r $told.ready"
	quietly start web
	runs web
	first=$pid
	eventually 30 test -e "$told.ready"
	quietly restart --schedule=USR1/200ms/TERM/60s web
	dead "$first"
	runs web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" USR1 TERM
}

@test "restart --schedule takes as long a schedule as stop does" {
	conf web 'command = sleep 1000'
	quietly start web
	runs web
	first=$pid
	# No signal but the last one does it any harm.
	step=WINCH/0000000000000000000000000001ms/
	quietly restart --schedule="$(printf "$step%.0s" {1..15})KILL/60" web
	dead "$first"
	runs web
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
