#!/usr/bin/env bats
# daemonctl inspect: is this process a daemon, and if not, what is missing?
# Asked of real processes of every kind.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common

rules='kernel session group terminal parent streams directory root umask
descriptors signals lock user limits executable'

# Who gets the orphans here: process 1 or a subreaper.
setup_file() {
	local child
	child=$(sh -c 'sleep 60 >/dev/null 2>&1 3>&- & echo $!')
	ADOPTER=$(stat_field "$child" 4)
	kill "$child"
	export ADOPTER
}

setup() {
	T=$BATS_TEST_TMPDIR
	pidfile=$T/d.pid
	error=
	cd "$T" || return
}

# inspect ARG...: sets status, output, error, the verdict line and the names
# of the rules that are broken, each with a blank on both sides.
inspect() {
	local dir
	dir=$(state_dir)
	status=0
	"${via[@]}" "$DAEMONCTL" inspect "$@" </dev/null >"$dir/out" \
	    2>"$dir/err" 3>&- || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	verdict=$(tail -n 1 "$dir/out")
	missing=" $(sed -nE 's/^no +([a-z]+):.*/\1/p' "$dir/out" | tr '\n' ' ')"
	printf '# inspect %s: %s\n%s\n%s\n' "$*" "$status" "$output" "$error"
}

# is_daemon PID: inspect says that it is one.
is_daemon() {
	inspect "$1"
	[[ $status -eq 0 && -z $error && $missing == ' ' ]]
	is "$verdict" "pid $1 is a daemon"
}

# no_daemon PID RULE...: inspect says that it is none, because of at least
# these rules.
no_daemon() {
	local pid=$1 rule
	shift
	inspect "$pid"
	[[ $status -eq 1 && -z $error ]]
	for rule; do
		[[ $missing == *" $rule "* ]] || {
			printf 'not missing: %s\n' "$rule"
			return 1
		}
	done
	is "$verdict" "pid $pid is no daemon: $(sed -E 's/^ | $//g; s/ /, /g' \
	    <<<"$missing")"
}

# row_is_that_of_ps PID: the row is that of ps, blanks and the time aside.
row_is_that_of_ps() {
	inspect "$1"
	# The head of ours, which ps has as well.
	is "$(sed -n 1p <<<"$output" | xargs)" \
	    'PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND'
	is "$(sed -n 2p <<<"$output" | squeeze)" "$(ps_row "$1" | squeeze)"
}

squeeze() {
	sed -E 's/ +/ /g; s/^ //; s/ $//; s/[0-9]+:[0-9][0-9]/TIME/'
}

# terminal SCRIPT: runs this shell script in a session with a terminal; it
# writes the pid that is of interest to "pid" and lives until "over" exists.
terminal() {
	need_cmd script
	printf '%s\n' "$@" >session.sh
	# shellcheck disable=SC2016
	printf '%s\n' 'set +m' 'echo "$pid" >pid.new && mv pid.new pid' \
	    'until [ -e over ]; do command sleep 0.02; done' >>session.sh
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qfc "bash session.sh" /dev/null \
	    </dev/null >script.out 2>&1 3>&- &
	remember $!
	eventually 10 test -e pid
	pid=$(<pid)
	remember "$pid"
	alive "$pid"
}

# hang_up: the session of terminal ends, and the terminal with it.
hang_up() {
	touch over
	eventually 10 has_no_terminal "$pid"
	eventually 10 is_adopted "$pid"
}

has_no_terminal() {
	[[ $(stat_field "$1" 7) -eq 0 ]]
}

is_adopted() {
	[[ $(stat_field "$1" 4) -eq $ADOPTER ]]
}

need_init() {
	[[ $ADOPTER -eq 1 ]] || skip 'orphans do not come to process 1 here'
}

# --- daemons ----------------------------------------------------------------

@test "what daemonize has started is a daemon" {
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 5 is_adopted "$pid"
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
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
	eventually 5 is_adopted "$pid"
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
	eventually 5 is_adopted "$pid"
	inspect "$name"
	is "$status" 0
	is "$verdict" "pid $pid is a daemon"
}

@test "the lock, the user, the umask and the limits are told" {
	started -p "$pidfile" -m 027 --limit=nofile=123 sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 5 is_adopted "$pid"
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
	eventually 5 is_adopted "$pid"
	eventually 5 grep -q sleep "/proc/$pid/comm"
	is_daemon "$pid"
	grep -qE '^note signals: .*HUP.*USR1' <<<"$output"
	grep -qE '^note descriptors: .*(2|3|7)' <<<"$output"
}

@test "a deleted program is worth a note" {
	cp /bin/sleep "$T/own-sleep"
	started -p "$pidfile" "$T/own-sleep" 600
	pid=$(daemon_pid "$pidfile")
	eventually 5 is_adopted "$pid"
	is_daemon "$pid"
	grep -qE '^ok +executable: ' <<<"$output"
	rm "$T/own-sleep"
	is_daemon "$pid"
	grep -qE '^note executable: .*deleted' <<<"$output"
}

@test "a daemon with children is one; its children are none" {
	started -p "$pidfile" sh -c 'sleep 600 & sleep 601 & wait'
	pid=$(daemon_pid "$pidfile")
	eventually 5 is_adopted "$pid"
	eventually 5 has_children "$pid"
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
	eventually 5 is_adopted "$pid"
	rmdir gone
	no_daemon "$pid" directory
	is "$missing" ' directory '
	[[ $(stat -c %d /dev/shm) -ne $(stat -c %d /) ]] ||
	    skip '/dev/shm is on the root file system'
	started -p "$T/other.pid" -c /dev/shm sleep 600
	pid=$(daemon_pid "$T/other.pid")
	eventually 5 is_adopted "$pid"
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
	eventually 5 is_adopted "$pid"
	inspect "$pid"
	grep -qE "^note root: .*$T/jail" <<<"$output"
	[[ $missing != *' root '* ]]
}

# --- real daemons, started by their own means -----------------------------------

# as_installed COMMAND...: runs it where /run, the users' crontabs and the
# like are fresh, whose content ends with the test.
as_installed() {
	need_root
	need_namespace -m
	[[ $(stat -c %d "$T") -eq $(stat -c %d /) ]] ||
	    skip 'the directory of the tests is on another file system'
	cat >private <<-'END'
	mkdir -p "$0/run/sshd" "$0/cron/crontabs" "$0/cron.d"
	: >"$0/crontab"
	mount --bind "$0/run" "$(readlink -f /var/run)"
	[ ! -d /var/spool/cron ] || mount --bind "$0/cron" /var/spool/cron
	[ ! -d /etc/cron.d ] || mount --bind "$0/cron.d" /etc/cron.d
	[ ! -e /etc/crontab ] || mount --bind "$0/crontab" /etc/crontab
	exec "$@"
	END
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 20 unshare -m \
	    --propagation private sh -ec ". $T/private" "$T" "$@" \
	    </dev/null >daemon.out 2>&1 3>&-
}

# names_an_orphan FILE: a pidfile with the pid of somebody who was adopted.
# Some write the first process's pid, and once more after the fork.
names_an_orphan() {
	pid=$(tr -d ' \n' <"$1") && [[ $pid =~ ^[1-9][0-9]*$ ]] &&
	    is_adopted "$pid"
}

# service FILE: waits for the pidfile of the daemon; sets pid.
service() {
	eventually 10 names_an_orphan "$1" 2>/dev/null
	remember "$pid"
}

@test "cron, started by its own means, is a daemon" {
	need_cmd cron
	as_installed cron
	service "$T/run/crond.pid"
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

@test "sshd, started by its own means, is a daemon" {
	need_cmd sshd ssh-keygen
	need_root
	ssh-keygen -q -t ed25519 -N '' -f key
	as_installed "$(command -v sshd)" -f /dev/null -h "$T/key" \
	    -p "$((20000 + RANDOM % 12000))" -o ListenAddress=127.0.0.1 \
	    -o PidFile="$T/sshd.pid"
	service sshd.pid
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

@test "rsyslogd, started by its own means, is a daemon" {
	need_cmd rsyslogd
	need_root
	cat >rsyslog.conf <<-END
	module(load="imuxsock" SysSock.Use="off")
	input(type="imuxsock" Socket="$T/log.socket")
	*.* $T/syslog
	END
	as_installed rsyslogd -f "$T/rsyslog.conf" -i "$T/rsyslogd.pid"
	service rsyslogd.pid
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

# --- what is no daemon --------------------------------------------------------

@test "a kernel thread is no daemon, although it has no terminal" {
	[[ $(stat_field 2 4) -eq 0 && -z $(tr -d '\0' </proc/2/cmdline) ]] ||
	    skip 'process 2 is no kernel thread here'
	no_daemon 2 kernel
	grep -qE '^ok +terminal: ' <<<"$output"
	row_is_that_of_ps 2
}

@test "a background job of a shell is no daemon" {
	sleep 600 3>&- &
	remember $!
	no_daemon $! session group parent
	row_is_that_of_ps $!
}

@test "a background job on a terminal is no daemon" {
	terminal 'set -m' 'sleep 600 & pid=$!'
	no_daemon "$pid" session terminal parent streams
	row_is_that_of_ps "$pid"
	[[ $(ps_column "$pid" TTY) == pts/* ]]
}

@test "a job under nohup is no daemon while its terminal lives" {
	terminal 'set -m' 'nohup sleep 600 & pid=$!'
	eventually 5 grep -q sleep "/proc/$pid/comm"
	no_daemon "$pid" session terminal parent
	grep -qE '^note signals: .*HUP' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a job under nohup is no daemon when its terminal is gone" {
	need_init
	terminal 'set -m' 'nohup sleep 600 & pid=$!'
	eventually 5 grep -q sleep "/proc/$pid/comm"
	hang_up
	# No terminal any more, and init is its parent.
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	no_daemon "$pid" group
	grep -qE '^ok +terminal: ' <<<"$output"
	grep -qE '^ok +parent: ' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a setsid'd shell is no daemon, although it has no terminal" {
	terminal 'setsid sh -c "echo \$\$ >inner; while :; do sleep 1; done" &' \
	    'until [ -s inner ]; do command sleep 0.02; done; pid=$(cat inner)'
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	is "$(ps_column "$pid" SID)" "$pid"
	is "$(ps_column "$pid" PGID)" "$pid"
	no_daemon "$pid" parent streams
	grep -qE '^ok +session: ' <<<"$output"
	grep -qE '^ok +terminal: ' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a setsid'd shell whose parent is gone still has the terminal open" {
	need_init
	terminal '(setsid sh -c "echo \$\$ >inner; exec sleep 600" &)' \
	    'until [ -s inner ]; do command sleep 0.02; done; pid=$(cat inner)'
	eventually 5 is_adopted "$pid"
	no_daemon "$pid" streams
	is "$missing" ' streams '
}

@test "a process stopped on the way, bats itself and inspect's parent are told" {
	sleep 600 3>&- &
	remember $!
	kill -STOP $!
	eventually 5 has_state $! T
	no_daemon $! parent
	row_is_that_of_ps $!
	no_daemon $$
}

# has_state PID STATE
has_state() {
	[[ $(stat_field "$1" 3) == "$2" ]]
}

@test "names with blanks, brackets and control bytes do not confuse it" {
	cp /bin/sleep "$T/a) S 1 (b"
	(exec -a $'x\n\e[1my' "$T/a) S 1 (b" 600 3>&-) &
	pid=$!
	remember "$pid"
	eventually 5 grep -qF 'a) S 1 (b' "/proc/$pid/comm"
	no_daemon "$pid" parent
	is "$(wc -l <<<"$output")" 18
	[[ $output != *$'\e'* ]]
	is "$(sed -n 2p <<<"$output" | awk '{ print $1, $2, $3, $4 }')" \
	    "$(ps_row "$pid" | awk 'NR == 1 { print $1, $2, $3, $4 }')"
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
	eventually 10 test -e tid
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
	eventually 5 is_adopted "$pid"
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
	eventually 5 grep -q sleep "/proc/$pid/comm"
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

# --- rights -------------------------------------------------------------------

@test "an ordinary user inspects daemons of his own" {
	user_control
	dir=$(user_dir own)
	as_user started -p "$dir/d.pid" sleep 600
	pid=$(daemon_pid "$dir/d.pid")
	eventually 5 is_adopted "$pid"
	as_user inspect "$pid"
	is "$status" 0
	is "$verdict" "pid $pid is a daemon"
}

@test "an ordinary user gets no false verdict on what he may not see" {
	need_root
	user_control
	started -p "$pidfile" sleep 600
	pid=$(daemon_pid "$pidfile")
	eventually 5 is_adopted "$pid"
	as_user inspect "$pid"
	[[ $missing == ' ' ]]
	[[ $status -eq 0 || $status -eq 4 ]]
	is "$(sed -n 2p <<<"$output" | squeeze)" "$(ps_row "$pid" | squeeze)"
	grep -qE '^note (streams|directory): ' <<<"$output"
}
