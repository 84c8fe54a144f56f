#!/usr/bin/env bats
# Hostile terminals, sessions and parents of the caller, and starts as process
# 1.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/hostile

# --- terminals, sessions, parents -------------------------------------------

# all_live: the 25 daemons run (a zombie has no exe any more).
all_live() {
	local n pid count=0
	for n in {1..25}; do
		read -r pid <"$BATS_TEST_TMPDIR/$n.pid"
		[[ ! -e /proc/$pid/exe ]] || count=$((count + 1))
	done
	printf '%s of 25 daemons live\n' "$count"
	[[ $count -eq 25 ]]
}

# hangups_delivered: lets whatever the kernel still has to send arrive.
hangups_delivered() {
	local settled_at
	settled_at=$((${EPOCHREALTIME//[^0-9]/} + 300000))
	passed() { ((${EPOCHREALTIME//[^0-9]/} > settled_at)); }
	eventually 30 passed
}

@test "25 of 25 starts by a terminal's session leader survive its hang-up" {
	sh -c 'for n in $(seq 25); do
		"$LAUNCHER" -T -- "$DAEMONIZE" -p "$0/$n.pid" "$1" 600
	done' "$BATS_TEST_TMPDIR" "$(command -v sleep)" \
	    </dev/null >/dev/null 2>&1 3>&- 4>&-
	hangups_delivered
	all_live
}

@test "25 of 25 starts under script -c survive" {
	need_cmd script
	sh -c 'for n in $(seq 25); do
		timeout 60 script -qec "exec \"$DAEMONIZE\" \
		    -p \"$0/$n.pid\" sleep 600" /dev/null
	done' "$BATS_TEST_TMPDIR" </dev/null >/dev/null 2>&1 3>&- 4>&-
	hangups_delivered
	all_live
}

@test "a session leader with a terminal gets a clean daemon" {
	via=("$LAUNCHER" -T --)
	witness_start
	is_a_clean_daemon
	is "$(ps_column "$pid" TPGID)" -1
	is "$(ps_column "$pid" TTY)" '?'
}

@test "a caller that leads a process group" {
	via=("$LAUNCHER" -g --)
	witness_start
	is_a_clean_daemon
}

@test "a caller that leads a session without a terminal" {
	via=(setsid -w)
	witness_start
	is_a_clean_daemon
}

@test "a background job of an interactive shell" {
	need_cmd script
	report=$BATS_TEST_TMPDIR/report
	timeout 60 script -qec "bash --norc --noprofile -ic '\"\$DAEMONIZE\" \
	    -p \"$BATS_TEST_TMPDIR/d.pid\" -- \"\$WITNESS\" -o \"$report\" & \
	    wait \$!'" /dev/null </dev/null >/dev/null 2>&1 3>&- 4>&-
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	eventually 30 test -e "$report"
	is_a_clean_daemon
}

@test "under another subreaper, that one becomes the parent" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	report=$BATS_TEST_TMPDIR/report
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$LAUNCHER" -R -- "$DAEMONIZE" \
	    -p "$pidfile" -- "$WITNESS" -o "$report" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	reaper=$!
	remember "$reaper"
	eventually 30 test -e "$report"
	pid=$(daemon_pid "$pidfile")
	eventually 30 has_parent "$pid" "$reaper"
	is "$(ps_column "$pid" PPID)" "$reaper"
	is_a_clean_daemon
	kill "$pid"
	eventually 30 dead "$reaper"
}

@test "a caller that is a subreaper itself" {
	via=("$LAUNCHER" -r --)
	witness_start
	is_a_clean_daemon
}

@test "a caller that already has living and dead children" {
	via=("$LAUNCHER" -k -r --)
	witness_start
	is_a_clean_daemon
	# The living child is the caller's: it may stay a moment longer.
	start /does/not/exist
	[[ $status -eq 127 && $error == 'daemonize: '*'No such file'* ]]
	eventually 30 none_left_but "$pid"
}

# none_left_but PID: of what carries the test's mark only PID is there.
none_left_but() {
	[[ $(marked_pids) == "$1" ]]
}

@test "a caller that is to die with its parent" {
	via=("$LAUNCHER" -P --)
	witness_start
	is_a_clean_daemon
}

# --- where others cannot be looked up --------------------------------------------

@test "in a pid namespace with the /proc of another one" {
	need_root
	need_namespace -fp
	# shellcheck disable=SC2016
	via=(unshare -fp sh -c 'for skipped in 1 2 3; do
	    "$@" && kill -0 "$(cat "$0")" && kill -KILL "$(cat "$0")" || exit
	    until flock -n "$0" true; do sleep 0.02; done
	    done' "$BATS_TEST_TMPDIR/d.pid")
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 1000
	started -p "$BATS_TEST_TMPDIR/d.pid" --ready=alive:10ms sleep 1000
}

# --- as PID 1 ---------------------------------------------------------------

# as_init ARG...: the program as PID 1 of a namespace, in the background; sets
# job to unshare's pid and init to the program's, as seen from outside.
as_init() {
	need_root
	need_namespace -fp --mount-proc
	DMN_DAEMON_MARK=$DMN_TEST_MARK \
	    unshare -fp --mount-proc "$DAEMONIZE" "$@" </dev/null \
	    >"$BATS_TEST_TMPDIR/init.out" 2>&1 3>&- 4>&- &
	job=$!
	remember "$job"
	eventually 30 has_child_or_is_over "$job"
	init=$(child_of "$job") || return 0
	remember "$init"
}

child_of() {
	local child
	child=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
	[[ -n $child ]] && printf '%s\n' "${child%% *}"
}

# is_child_of_init INNER: the first of init's children has this pid inside.
is_child_of_init() {
	local child
	child=$(child_of "$init") || return 1
	[[ $(awk '$1 == "NSpid:" { print $NF }' "/proc/$child/status") == "$1" ]]
}

has_child_or_is_over() {
	child_of "$1" >/dev/null || dead "$1"
}

# ended PID STATUS: that background job ends with STATUS, and soon.
ended() {
	local got=0
	eventually 30 dead "$1"
	wait "$1" || got=$?
	is "$got" "$2"
}

@test "as PID 1 it stays as a small init and hands the status on" {
	as_init sh -c 'until test -e "$0"; do sleep 0.02; done; exit 7' \
	    "$BATS_TEST_TMPDIR/go"
	alive "$init"
	: >"$BATS_TEST_TMPDIR/go"
	ended "$job" 7
}

@test "as PID 1 the daemon is clean, and known by its inner pid" {
	report=$BATS_TEST_TMPDIR/report
	pidfile=$BATS_TEST_TMPDIR/inner
	as_init -p "$pidfile" -- "$WITNESS" -o "$report"
	eventually 30 test -e "$report"
	# At its birth the child in between may still be there.
	eventually 30 is_child_of_init "$(witness_get pid)"
	is "$(daemon_pid "$pidfile")" "$(witness_get pid)"
	pid=$job
	is_a_clean_daemon
	kill -TERM "$init"
	eventually 30 dead "$job"
}

@test "as PID 1 it passes a signal on to the daemon" {
	as_init -o "$BATS_TEST_TMPDIR/out" -- sh -c '
		trap "echo hup" HUP; trap "echo bye; exit 5" TERM
		echo ready
		while :; do sleep 0.02; done'
	eventually 30 grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -HUP "$init"
	eventually 30 grep -q hup "$BATS_TEST_TMPDIR/out"
	kill -TERM "$init"
	ended "$job" 5
	grep -q bye "$BATS_TEST_TMPDIR/out"
}

@test "as PID 1 a daemon killed by a signal is 128 and that signal" {
	as_init sh -c 'until test -e "$0"; do sleep 0.02; done; kill -KILL $$' \
	    "$BATS_TEST_TMPDIR/go"
	: >"$BATS_TEST_TMPDIR/go"
	ended "$job" 137
}

@test "as PID 1 it reaps orphans" {
	as_init -o "$BATS_TEST_TMPDIR/out" -- sh -c '
		for i in 1 2 3 4 5; do (sleep 0.01 &) ; done
		while ps -e -o stat= | grep -q Z || pgrep -x sleep >/dev/null
		do :; done
		echo clean'
	ended "$job" 0
	grep -q clean "$BATS_TEST_TMPDIR/out"
}

@test "as PID 1 a failed start is told as anywhere else" {
	as_init /does/not/exist
	ended "$job" 127
	[[ $(<"$BATS_TEST_TMPDIR/init.out") == 'daemonize: '* ]]
}
