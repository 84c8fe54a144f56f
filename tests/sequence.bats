#!/usr/bin/env bats
# The fifteen steps of daemon(7), "SysV Daemons", as a user sees them in
# `ps -axj` and as the daemon itself finds them.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common

setup() {
	unset pidfile report
}

# reaper: prints the pid that adopts orphans here: 1, or a subreaper.
reaper() {
	local orphan
	orphan=$(sh -c 'sleep 60 >/dev/null 2>&1 3>&- 4>&- & echo $!')
	remember "$orphan"
	stat_field "$orphan" 4
}

# everybody_in SID: the pids of that session, as ps knows them.
everybody_in() {
	ps -axj | awk -v sid="$1" '$4 == sid { print $2 }'
}

@test "ps -axj shows a daemon: no terminal, no foreground group" {
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	eventually 30 is_sleeping "$pid"
	ps_row "$pid"
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	is "$(ps_column "$pid" UID)" "$EUID"
	is "$(ps_column "$pid" COMMAND)" sleep
}

@test "its parent is init, or the subreaper of the session" {
	expected=$(reaper)
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	eventually 30 has_parent "$pid" "$expected"
	is "$(ps_column "$pid" PPID)" "$expected"
}

@test "it is in a session and group of its own, and leads neither" {
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	sid=$(ps_column "$pid" SID)
	is "$(ps_column "$pid" PGID)" "$sid"
	[[ $sid != "$pid" ]]
	[[ $sid != "$(stat_field $$ 6)" ]]
}

@test "it is alone in its session: the leader is gone" {
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	sid=$(ps_column "$pid" SID)
	only_member() { [[ $(everybody_in "$sid") == "$pid" ]]; }
	eventually 30 only_member
	[[ ! -e /proc/$sid ]]
}

@test "nothing else of the start stays behind" {
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	# Until then the kernel may not show the mark in its environment.
	eventually 30 is_sleeping "$pid"
	is "$(marked_pids)" "$pid"
}

@test "step 1: no descriptor but 0, 1, 2 and the lock is open" {
	witness_start
	is "$(witness_get fdcount)" 4
	lock=$(grep '^fd\.' "$report" | grep -v '^fd\.[012] ')
	[[ $lock == "fd."*" $pidfile|"*"flock," ]]
}

@test "step 1: without a pidfile there are just 0, 1 and 2" {
	report=$BATS_TEST_TMPDIR/report
	started -- "$WITNESS" -o "$report"
	eventually 30 test -e "$report"
	is "$(witness_get fdcount)" 3
	witness_has fd.0 && witness_has fd.1 && witness_has fd.2
}

@test "step 2: every signal has its default action" {
	witness_start
	witness_is sigignored 0000000000000000
	witness_is sigcaught 0000000000000000
}

@test "step 3: no signal is blocked or pending" {
	witness_start
	witness_is sigblocked 0000000000000000
	witness_is sigpending 0000000000000000
	witness_is sigshared 0000000000000000
}

@test "step 4: what a service manager told the caller is not passed on" {
	via=(env NOTIFY_SOCKET=/run/x LISTEN_PID=1 LISTEN_FDS=2
	    LISTEN_FDNAMES=a:b WATCHDOG_PID=1 WATCHDOG_USEC=5 HARMLESS=yes)
	witness_start
	for name in NOTIFY_SOCKET LISTEN_PID LISTEN_FDS LISTEN_FDNAMES \
	    WATCHDOG_PID WATCHDOG_USEC; do
		witness_lacks "env.$name"
	done
	witness_is env.HARMLESS yes
}

@test "steps 5 to 7: it can never acquire a terminal again" {
	need_cmd script
	report=$BATS_TEST_TMPDIR/report
	pidfile=$BATS_TEST_TMPDIR/d.pid
	cat >"$BATS_TEST_TMPDIR/on-terminal" <<-'END'
	"$DAEMONIZE" -p "$1" -- sh -c 'exec 5<>"$0" && exec "$@"' \
	    "$(tty)" "$WITNESS" -o "$2" || exit
	n=0
	until test -e "$2" || test $((n += 1)) -gt 2000; do sleep 0.02; done
	END
	timeout 90 script -qec \
	    "sh '$BATS_TEST_TMPDIR/on-terminal' '$pidfile' '$report'" \
	    /dev/null </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 4>&-
	cat "$BATS_TEST_TMPDIR/out"
	[[ $(witness_get fd.5) == /dev/pts/* ]]
	witness_is tty 0
	witness_is tpgid -1
}

@test "step 8: the caller's own exit is no concern of the daemon" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	sh -c '"$DAEMONIZE" -p "$1" -- sleep 600 && exit 0' sh "$pidfile" \
	    </dev/null >/dev/null 2>&1 3>&- 4>&-
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_sleeping "$pid"
}

@test "step 9: 0 is /dev/null for reading, 1 and 2 for writing" {
	witness_start
	[[ $(witness_get fd.0) == '/dev/null|r|'* ]]
	[[ $(witness_get fd.1) == '/dev/null|'?(r)'w|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'?(r)'w|'* ]]
}

@test "step 10: the umask is 0, whatever the caller's is" {
	umask 077
	witness_start
	witness_is umask 0000
}

@test "step 10: files of the daemon get the modes it asks for" {
	umask 077
	dir=$BATS_TEST_TMPDIR/made
	mkdir "$dir"
	started -p "$BATS_TEST_TMPDIR/d.pid" -c "$dir" -- \
	    sh -c ': >file; mkdir dir; : >done; exec sleep 600'
	eventually 30 test -e "$dir/done"
	is "$(stat -c %a "$dir/file")" 666
	is "$(stat -c %a "$dir/dir")" 777
}

@test "step 11: it runs in /" {
	cd "$BATS_TEST_TMPDIR"
	witness_start
	witness_is cwd /
	witness_is root /
}

@test "step 12: the pidfile is complete and locked when the command returns" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	for _ in {1..20}; do
		started -p "$pidfile" sleep 600
		pid=$(daemon_pid "$pidfile")
		holds_lock "$pid" "$pidfile"
		remember "$pid"
		kill "$pid"
		eventually 30 dead "$pid"
	done
}

@test "step 13: privileges are dropped when another user is asked for" {
	need_root
	need_user
	witness_start -u "$TEST_USER"
	uid=$(id -u "$TEST_USER")
	is "$(ps_column "$pid" UID)" "$uid"
	witness_is ruid "$uid"
	witness_is euid "$uid"
	witness_is suid "$uid"
	witness_is capprm 0000000000000000
	witness_is capeff 0000000000000000
}

@test "steps 14 and 15: when the command returns, the target is running" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	target=$(readlink -f "$(command -v sleep)")
	for _ in {1..25}; do
		started -p "$pidfile" sleep 600
		pid=$(daemon_pid "$pidfile")
		is "$(readlink "/proc/$pid/exe")" "$target"
		remember "$pid"
		kill "$pid"
		eventually 30 dead "$pid"
	done
}

@test "no alarm or timer is left running" {
	witness_start
	witness_is itimer.real 0
	witness_is itimer.virtual 0
	witness_is itimer.prof 0
}

@test "signals to the caller's process group do not reach the daemon" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	cat >"$BATS_TEST_TMPDIR/group" <<-'END'
	trap '' USR1
	"$DAEMONIZE" -p "$1" -- sleep 600 || exit
	kill -s USR1 0
	END
	setsid -w sh "$BATS_TEST_TMPDIR/group" "$pidfile" \
	    </dev/null >/dev/null 2>&1 3>&- 4>&-
	pid=$(daemon_pid "$pidfile")
	alive "$pid"
}

@test "an ordinary user gets the same daemon" {
	need_user
	expected=$(reaper)
	as_user witness_start
	eventually 30 has_parent "$pid" "$expected"
	ps_row "$pid"
	is "$(ps_column "$pid" UID)" "$(as_user id -u)"
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	[[ $(ps_column "$pid" SID) == "$(ps_column "$pid" PGID)" ]]
	[[ $(ps_column "$pid" SID) != "$pid" ]]
	witness_is fdcount 4
	witness_is umask 0000
	witness_is cwd /
	witness_is sigignored 0000000000000000
	witness_is sigblocked 0000000000000000
}
