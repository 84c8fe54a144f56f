#!/usr/bin/env bats
# daemonctl inspect: is this process a daemon? Asked of what daemonize has
# started and of no process at all; JSON and rights. Daemons of the system are
# in inspect_installed.bats, what is no daemon in inspect_others.bats.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/inspect

rules='kernel session group terminal parent streams directory root umask
descriptors signals lock user limits executable'

# --- daemons ----------------------------------------------------------------

@test "what daemonize has started is a daemon" {
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

@test "a daemon whose parent is a subreaper of any name is one" {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$LAUNCHER" -R -- "$DAEMONIZE" \
	    -p "$pidfile" -- sleep 600 </dev/null >/dev/null 2>&1 3>&- &
	reaper=$!
	remember "$reaper"
	eventually 30 test -s "$pidfile"
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	eventually 30 has_parent "$pid" "$reaper"
	is_daemon "$pid"
	grep -qxE "note parent: pid $reaper \(launcher\), which has adopted it" \
	    <<<"$output"
}

@test "every rule has one line, in the same order for every process" {
	started -p "$pidfile" sleep 600
	for pid in "$(daemon_pid "$pidfile")" $$; do
		inspect "$pid"
		is "$(sed -nE 's/^(ok|no|note) +([a-z]+): .+/\2/p' \
		    <<<"$output" | xargs)" "$(xargs <<<"$rules")"
		# Two lines of ps, one for each rule, the verdict.
		is "$(wc -l <<<"$output")" 18
	done
}

@test "a daemon is found by its pidfile and by its name" {
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	inspect --pidfile="$pidfile"
	is "$status" 0
	is "$verdict" "pid $pid is a daemon"
	need_user
	mkdir "$T/run"
	name=named$RANDOM
	if [[ $EUID -eq 0 ]]; then
		need_namespace -m
		via=(unshare -m --propagation private sh -c
		    'mount --bind "$0" "$(readlink -f /var/run)"; exec "$@"' "$T/run")
	else
		via=(env XDG_RUNTIME_DIR="$T/run")
	fi
	started -n "$name" sleep 601
	pid=$(daemon_pid "$T/run/$name.pid")
	eventually 30 is_adopted "$pid"
	inspect "$name"
	is "$status" 0
	is "$verdict" "pid $pid is a daemon"
}

@test "the lock, the user, the umask and the limits are told" {
	started -p "$pidfile" -m 027 --limit=nofile=123 sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	is_daemon "$pid"
	grep -qE '^(ok|note) +umask: .*027' <<<"$output"
	grep -qE '^ok +lock: .*d\.pid' <<<"$output"
	grep -qE "^(ok|note) +user: .*$(id -u)" <<<"$output"
	grep -qE '^(ok|note) +limits: .*123' <<<"$output"
}

@test "ignored signals and further descriptors are worth a note" {
	printf '%s\n' "trap '' HUP USR1" 'exec 7</dev/null 8</dev/zero' \
	    'exec sleep 600' >script
	started -p "$pidfile" sh "$T/script"
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	eventually 30 grep -q sleep "/proc/$pid/comm"
	is_daemon "$pid"
	grep -qE '^note signals: .*HUP.*USR1' <<<"$output"
	grep -qE '^note descriptors: .*(2|3|7)' <<<"$output"
}

@test "a deleted program is worth a note" {
	cp /bin/sleep "$T/own-sleep"
	started -p "$pidfile" "$T/own-sleep" 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	is_daemon "$pid"
	grep -qE '^ok +executable: ' <<<"$output"
	rm "$T/own-sleep"
	is_daemon "$pid"
	grep -qE '^note executable: .*deleted' <<<"$output"
}

@test "a daemon with children is one; its children are none" {
	started -p "$pidfile" sh -c 'sleep 600 & sleep 601 & wait'
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	eventually 30 has_children "$pid"
	is_daemon "$pid"
	child=$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")
	no_daemon "$child" parent
}

has_children() {
	[[ $(wc -w <"/proc/$1/task/$1/children") -eq 2 ]]
}

@test "a deleted directory is none for a daemon, one that keeps a file system busy is noted" {
	mkdir gone
	started -p "$pidfile" -c "$T/gone" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	rmdir gone
	no_daemon "$pid" directory
	is "$missing" ' directory '
	[[ $(stat -c %d /dev/shm) -ne $(stat -c %d /) ]] ||
	    skip '/dev/shm is on the root file system'
	started -p "$T/other.pid" -c /dev/shm sleep 600
	pid=$(daemon_pid "$T/other.pid")
	eventually 30 is_adopted "$pid"
	inspect "$pid"
	[[ $status -eq 0 ]]
	grep -qE '^note directory: /dev/shm .*busy' <<<"$output"
}

@test "a new root directory is told, and no fault" {
	need_root
	need_cap sys_chroot
	mkdir jail
	cp "$WITNESS" jail/witness
	started -p "$pidfile" --chroot="$T/jail" /witness
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	inspect "$pid"
	grep -qE "^note root: .*$T/jail" <<<"$output"
	[[ $missing != *' root '* ]]
}

# --- no process ---------------------------------------------------------------

@test "no such process: exit status 3 and one line" {
	sleep 0 &
	wait $!
	for pid in $! 4194305 2147483647; do
		inspect "$pid"
		is "$status" 3
		[[ -z $output && $error == 'daemonctl: cannot inspect '* ]]
		[[ $error != *$'\n'* ]]
	done
	inspect no-such-daemon
	is "$status" 3
	[[ -z $output && $error == 'daemonctl: '*no-such-daemon* ]]
	inspect --pidfile="$T/none.pid"
	is "$status" 3
	[[ -z $output && $error == 'daemonctl: '*none.pid* ]]
}

@test "a pidfile whose daemon is dead leads to nobody" {
	sleep 600 3>&- &
	remember $!
	echo $! >"$pidfile"
	inspect --pidfile="$pidfile"
	is "$status" 3
	[[ -z $output ]]
}

@test "a dead process that nobody has waited for is no daemon" {
	sh -c 'sh -c "echo \$\$ >corpse" & exec sleep 600' 3>&- &
	parent=$!
	remember "$parent"
	eventually 30 test -s corpse
	eventually 30 has_state "$(<corpse)" Z
	for option in -v --json; do
		inspect "$option" "$(<corpse)"
		is "$status" 3
		is "$error" "daemonctl: cannot inspect pid $(<corpse): it is\
 dead, and pid $parent has not waited for it"
		[[ -z $output ]]
	done
}

@test "the number of a thread is no process" {
	need_cmd python3
	python3 -c '
import os, threading, time
def tell():
    open("tid.new", "w").write(str(threading.get_native_id()))
    os.rename("tid.new", "tid")
    time.sleep(600)
threading.Thread(target=tell, daemon=True).start()
time.sleep(600)
' 3>&- &
	remember $!
	eventually 30 test -e tid
	[[ $(<tid) -ne $! ]]
	inspect "$(<tid)"
	is "$status" 3
	[[ -z $output ]]
}

@test "what is no pid and no name is refused" {
	for word in -- -1 0 1x/ ../x '' 99999999999999999999; do
		inspect "$word"
		[[ $status -eq 2 || $status -eq 3 ]]
		[[ -z $output && $error == 'daemonctl: '* ]]
		[[ $error != *$'\n'* ]]
	done
	inspect
	is "$status" 2
	inspect 1 2
	is "$status" 2
}

# --- JSON -----------------------------------------------------------------------

# json EXPRESSION: prints this of the output, which is d.
json() {
	python3 -c '
import json, sys
d = json.loads(sys.argv[1])
value = eval(sys.argv[2])
print(" ".join(map(str, value)) if isinstance(value, list) else value)
' "$output" "$1"
}

@test "--json has the same facts" {
	need_cmd python3
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	at_rest "$pid"
	inspect --json "$pid"
	is "$status" 0
	is "$(json 'd["pid"]')" "$pid"
	is "$(json 'd["daemon"]')" True
	is "$(json 'd["missing"]')" ''
	is "$(json '[r["rule"] for r in d["rules"]]')" "$(xargs <<<"$rules")"
	is "$(json 'set(r["verdict"] for r in d["rules"]) <= {"ok", "note"}')" True
	is "$(json 'all(r["text"] for r in d["rules"])')" True
	is "$(json '[d["ps"][k] for k in ("ppid", "pid", "pgid", "sid", "tty",
	    "tpgid", "stat", "uid")]')" \
	    "$(ps_row "$pid" | awk '{ print $1, $2, $3, $4, $5, $6, $7, $8 }')"
}

@test "--json of what is no daemon, with bytes that need quoting" {
	need_cmd python3
	(exec -a $'x"\\\n\e\xff' sleep 600 3>&-) &
	pid=$!
	remember "$pid"
	eventually 30 grep -q sleep "/proc/$pid/comm"
	inspect --json "$pid"
	is "$status" 1
	is "$(json 'd["daemon"]')" False
	[[ " $(json 'd["missing"]') " == *' parent '* ]]
	is "$(json 'd["missing"]')" \
	    "$(json '[r["rule"] for r in d["rules"] if r["verdict"] == "no"]')"
	inspect "$pid" -j
	is "$status" 1
	is "$(json 'd["pid"]')" "$pid"
	inspect --json 4194305
	is "$status" 3
	[[ -z $output && -n $error ]]
}

# user_control: the ordinary user can run it.
user_control() {
	need_user
	[[ $EUID -eq 0 ]] || return 0
	user_can_run "$DAEMONCTL" && return
	install -m 755 "$DAEMONCTL" "$BATS_RUN_TMPDIR/daemonctl"
	DAEMONCTL=$BATS_RUN_TMPDIR/daemonctl
}

@test "a verdict that nobody reads, or that cannot be written" {
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	for option in -v --json; do
		# shellcheck disable=SC2016 # for the inner shell
		run -0 bash -c 'set -o pipefail
		    "$DAEMONCTL" inspect "$1" "$2" | :' bash "$option" "$pid"
		is "$output" ''
		[[ -e /dev/full ]] || continue
		# shellcheck disable=SC2016 # for the inner shell
		run -4 bash -c '"$DAEMONCTL" inspect "$1" "$2" >/dev/full' \
		    bash "$option" "$pid"
	done
}

# --- rights -------------------------------------------------------------------

@test "an ordinary user inspects daemons of his own" {
	user_control
	dir=$(user_dir own)
	as_user started -p "$dir/d.pid" sleep 600
	pid=$(daemon_pid "$dir/d.pid")
	eventually 30 is_adopted "$pid"
	as_user inspect "$pid"
	is "$status" 0
	is "$verdict" "pid $pid is a daemon"
}

@test "an ordinary user gets no false verdict on what he may not see" {
	need_root
	user_control
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 30 is_adopted "$pid"
	at_rest "$pid"
	as_user inspect "$pid"
	[[ $missing == ' ' ]]
	[[ $status -eq 0 || $status -eq 4 ]]
	is "$(sed -n 2p <<<"$output" | squeeze)" "$(ps_row "$pid" | squeeze)"
	grep -qE '^note (streams|directory): ' <<<"$output"
}
