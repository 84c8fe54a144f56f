#!/usr/bin/env bats
# daemonctl stop: by name and by pidfile, with its schedule, and what it leaves.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

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
	eventually 30 dead "$pid"
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
	conf web 'stop-timeout = 100s'
	subject web -i 15
	took_ms quietly stop --timeout=300ms web
	is_gone "$pid" "$file"
	((took >= 300 && took < 60000))
}

@test "stop without KILL when TERM is enough, however long the schedule" {
	subject web -s "$told"
	took_ms quietly stop --timeout=100s web
	lines_are "$told" TERM || lines_are "$told" TERM CONT ||
	    lines_are "$told" CONT TERM
	is_gone "$pid" "$file"
	((took < 60000))
}

@test "stop --schedule sends what it says, in that order and at that time" {
	subject web -s "$told"
	took_ms quietly stop --schedule=HUP/200ms/SIGUSR2/300ms/15/100s web
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" HUP USR2 TERM
	((took >= 500 && took < 60000))
	is_gone "$pid" "$file"
}

@test "stop that fails: exit 1, one line, the daemon and its pidfile stay" {
	conf web 'stop-timeout = 100s'
	subject web -i 15
	took_ms declined 1 "cannot stop web .*$pid" \
	    stop --schedule=TERM/300ms web
	((took >= 300 && took < 60000))
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

# caught SIGNAL...: the subject has noted these, beside CONT.
caught() {
	[[ -e $told ]] || return 1
	grep -vx CONT "$told" >"$told.signals"
	lines_are "$told.signals" "$@"
}

@test "stop-signal and stop-timeout of the configuration are the schedule" {
	conf web "command = $SUBJECT -s $told -r $told.ready" \
	    'stop-signal = USR1' 'stop-timeout = 100s'
	quietly start web
	runs web
	eventually 30 test -s "$told.ready"
	in_background "$told.done" "${via[@]}" "$DAEMONCTL" stop web
	eventually 30 caught USR1
	alive "$pid"
	kill -KILL "$pid"
	wait "$background"
	lines_are "$told.done" 0
	caught USR1
	is_gone "$pid" "$rundir/web.pid"
	# Then it is killed, whatever it has seen of that.
	conf web "command = $SUBJECT -s $told" 'stop-signal = USR1' \
	    'stop-timeout = 300ms'
	quietly start web
	runs web
	took_ms quietly stop web
	is_gone "$pid" "$rundir/web.pid"
	((took >= 300 && took < 60000))
}

@test "options of the command line win over stop-signal and stop-timeout" {
	conf web "command = $SUBJECT -s $told -r $told.ready" \
	    'stop-signal = USR1' 'stop-timeout = 100s'
	quietly start web
	runs web
	eventually 30 test -s "$told.ready"
	took_ms quietly stop --schedule=HUP/100ms/TERM/100s web
	caught HUP TERM
	((took < 60000))
}

@test "a paused daemon is stopped by TERM and may still clean up" {
	subject web -s "$told" -x "$BATS_TEST_TMPDIR/alone"
	quietly pause web
	has_state "$pid" T
	took_ms quietly stop --timeout=100s web
	grep -qx TERM "$told"
	[[ ! -e $BATS_TEST_TMPDIR/alone ]]
	((took < 60000))
}

# leaves_child: starts web, which has a child that holds its lock too. Sets pid
# and left.
leaves_child() {
	conf web 'command = sh -c "sleep 1001 & exec sleep 1000"'
	quietly start web
	runs web
	eventually 30 has_left 2
}

@test "stop names the child that keeps the lock, and --tree where it helps" {
	leaves_child
	control stop web
	[[ $status -eq 1 ]]
	is "$error" "daemonctl: cannot free $shown/web.pid: pid $left, which was left behind, holds its lock (see --tree)"
	dead "$pid"
	alive "$left"
}

@test "stop --tree of what restart has left behind does not ask for --tree" {
	leaves_child
	quietly restart web
	runs web
	control stop --tree web
	[[ $status -eq 1 ]]
	is "$error" "daemonctl: cannot free $shown/web.pid: pid $left, which was left behind, holds its lock"
	[[ $(marked_pids) == "$left" ]]
}

@test "stop leaves the pidfile of the successor who waited for the lock" {
	for i in {1..10}; do
		daemon web
		first=$pid
		in_background "$told" "${via[@]}" "$DAEMONIZE" -n web \
		    --if-running=wait:100s sleep 3000
		eventually 30 has_starter
		control stop web
		[[ $status -eq 0 ]]
		dead "$first"
		wait "$background"
		lines_are "$told" 0
		runs web
		[[ $pid != "$first" ]]
		quietly stop web
		rm -f "$told"
	done
}

@test "stop removes no pidfile that has another content or file by then" {
	daemon web sh -c 'trap "rm -f \"$1\"; echo precious >\"$1\"; exit" TERM
		: >"$2"; while :; do sleep 0.05; done' sh \
	    "$rundir/web.pid" "$told"
	eventually 30 test -e "$told"
	control stop --timeout=100s web
	[[ $status -eq 0 ]]
	dead "$pid"
	[[ $(<"$file") == precious ]]
}

@test "stop of a daemon that removes its pidfile itself is silent" {
	daemon web sh -c 'trap "rm -f \"$1\"; exit" TERM
		: >"$2"; while :; do sleep 0.05; done' sh \
	    "$rundir/web.pid" "$told"
	eventually 30 test -e "$told"
	quietly stop --timeout=100s web
	is_gone "$pid" "$file"
}

@test "one that has given its lock up, but lives: exit 4, and it stays" {
	daemon web sh -c 'exec 3<&- 4<&- 5<&-; exec sleep 1000'
	gave_up() {
		! holds_lock "$pid" "$file" && is_sleeping "$pid"
	}
	eventually 30 gave_up
	for verb in stop 'stop --tree' reload 'wait --timeout=1s'; do
		# shellcheck disable=SC2086 # verb and option
		declined 4 "cannot .* web: pid $pid no longer holds the lock of $shown/web.pid" \
		    $verb web
		is_sleeping "$pid"
	done
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	quietly stop web
	[[ ! -e $file ]]
}

# --- stop --tree --------------------------------------------------------------

@test "stop --tree: a session that somebody else leads is left alone" {
	need_cmd setsid flock
	# shellcheck disable=SC2016 # for the inner shell
	setsid sh -c 'sleep 2000 & echo $! >"$1"
		(exec 9>"$0"; flock -n 9; exec sh -c "echo \$\$ >&9
			exec sleep 1000")
		exec sleep 3000' "$rundir/web.pid" "$told" \
	    </dev/null >/dev/null 2>&1 3>&- &
	leader=$!
	remember "$leader"
	eventually 30 test -s "$rundir/web.pid"
	eventually 30 runs web
	stranger=$(<"$told")
	remember "$stranger"
	at_rest "$stranger"
	[[ $(stat_field "$stranger" 6) == "$leader" ]]
	quietly stop --tree web
	is_gone "$pid" "$rundir/web.pid"
	is_sleeping "$stranger"
	alive "$leader"
}

# crowd N NAME...: a daemon of each NAME with N children in sessions of their
# own. They are in $crowd.
crowd() {
	local count=$1 name
	shift
	: >"$told"
	for name; do
		# shellcheck disable=SC2016 # for the inner shell
		daemon "$name" sh -c 'i=0
			while [ $((i += 1)) -le "$1" ]; do
				setsid sleep 2000 & echo $! >>"$0"
			done; wait' "$told" "$count"
	done
	eventually 60 has_lines $(($# * count)) "$told"
	mapfile -t crowd <"$told"
	remember "${crowd[@]}"
}

# living: how many of the crowd.
living() {
	local pid count=0
	for pid in "${crowd[@]}"; do
		dead "$pid" || count=$((count + 1))
	done
	printf '%s\n' "$count"
}

@test "stop --tree: more processes than it may have open files at first" {
	crowd 60 web
	via+=("$LAUNCHER" -l nofile=32:4096 --)
	quietly stop --tree web
	[[ $(living) -eq 0 && ! -e $file ]]
}

@test "stop --tree: too few open files: exit 1, and nobody is signalled" {
	crowd 60 web
	via+=("$LAUNCHER" -l nofile=32:32 --)
	declined 1 'cannot stop web .*: Too many open files' stop --tree web
	[[ $(living) -eq 60 ]]
	runs web
}

@test "stop --tree: open files are enough for each, but not for all at once" {
	names=(a b c d)
	world=("${via[@]}")
	# Wherever in the work of one the last descriptor is taken.
	for limit in {24..30}; do
		via=("${world[@]}")
		crowd 12 "${names[@]}"
		via+=("$LAUNCHER" -l "nofile=$limit:$limit" --)
		quietly stop --tree "${names[@]}"
		[[ $(living) -eq 0 && -z $(ls -A "$rundir") ]]
	done
}
