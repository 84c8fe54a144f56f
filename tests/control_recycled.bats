#!/usr/bin/env bats
# daemonctl never touches the wrong process: pids that have come to belong to
# somebody else.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/strangers

# --- recycled pids ----------------------------------------------------------------

# recycled: runs the script on its stdin as process 1 of a PID namespace, where
# pids can be chosen, after what is in $prelude; with a /proc of its own unless
# $proc is empty.
recycled() {
	local script
	need_root
	need_namespace --pid --fork --mount-proc
	script=$(state_dir)/script
	{ printf '%s\n' "$prelude"; cat; } >"$script"
	status=0
	# shellcheck disable=SC2086 # nothing where it is empty
	file=$file old=${old-} "${via[@]}" unshare --pid --fork \
	    ${proc---mount-proc} bash "$script" </dev/null 3>&- || status=$?
	[[ $status -ne 77 ]] || skip 'pids cannot be chosen here'
	[[ $status -eq 0 ]]
}

# What those scripts have: `take PID COMMAND...` starts COMMAND with that pid,
# `gone PID` waits until a process is gone and fetched, `until_true SECONDS
# COMMAND...` until COMMAND succeeds, `ctl STATUS ARG...` runs daemonctl, which
# must exit so, `hold CALL [-P PATH] ARG...` runs it in the background as $held up
# to its first system call CALL (on PATH), where it stays until `let_go`, and
# `old` is the pid of a daemon with $file.
prelude=$(cat <<'END'
set -eu
trap 'echo "line $LINENO: $BASH_COMMAND"' ERR

until_true() {
	local until=$((${EPOCHREALTIME//[^0-9]/} + $1 * 1000000))
	shift
	until "$@" 2>/dev/null; do
		if ((${EPOCHREALTIME//[^0-9]/} > until)); then
			echo "not in time: $*"
			return 1
		fi
		command sleep 0.01
	done
}

is_later() {
	((${EPOCHREALTIME//[^0-9]/} - $1 > 100000))
}

gone() {
	until_true 30 test ! -e "/proc/$1"
}

two_kids() {
	[[ $(wc -l <"$file.kids") -eq 2 ]]
}

# is_what PID COMMAND...: it is that, no shell any more, and sleeps.
is_what() {
	local pid=$1
	shift
	printf '%s\0' "$@" | cmp -s - "/proc/$pid/cmdline" && untouched "$pid"
}

take() {
	local want=$1 i begun=${EPOCHREALTIME//[^0-9]/}
	shift
	# Not in one tick of the clock with the pidfile.
	until_true 30 is_later "$begun"
	for i in {1..50}; do
		echo $((want - 1)) 2>/dev/null \
		    >/proc/sys/kernel/ns_last_pid || exit 77
		"$@" </dev/null >/dev/null 2>&1 &
		if [[ $! == "$want" ]]; then
			# Where /proc is ours.
			[[ ! /proc/1/ns/pid -ef /proc/self/ns/pid ]] ||
			    until_true 30 is_what "$want" "$@"
			return 0
		fi
		kill -KILL $!
		wait $! || :
	done
	exit 77
}

ctl() {
	local want=$1 status=0
	shift
	"$DAEMONCTL" "$@" || status=$?
	[[ $status -eq $want ]] || {
		echo "daemonctl $*: status $status, not $want"
		return 1
	}
}

hold() {
	local call=$1 only=()
	shift
	[[ $1 != -P ]] || only=("${@:1:2}")
	shift "${#only[@]}"
	rm -f "$file.trace"
	strace -D -o "$file.trace" "${only[@]}" -e trace="$call" \
	    -e inject="$call":delay_enter=1000000000 "$DAEMONCTL" "$@" &
	held=$!
	until_true 30 grep -q "$call(" "$file.trace"
	tracer=$(awk '/^TracerPid:/ { print $2 }' "/proc/$held/status")
	[[ $tracer -gt 0 ]]
}

# let_go STATUS: it must exit so.
let_go() {
	local status=0
	kill -KILL "$tracer"
	wait "$held" || status=$?
	[[ $status -eq $1 ]]
}

# untouched PID: it sleeps, as it did before.
untouched() {
	grep -q '^State:.S' "/proc/$1/status"
}

if [[ -z $old ]]; then
	"$DAEMONIZE" -p "$file" sleep 1000
	old=$(<"$file")
fi
END
)

@test "a stranger has the recorded pid in a namespace whose /proc is another's" {
	need_root
	started -p "$file" sleep 1000
	old=$(<"$file")
	remember "$old"
	proc=
	recycled <<'END'
take "$old" sleep 2000
ctl 4 stop -p "$file"
ctl 4 status -p "$file"
"$DAEMONIZE" -p "$file" --if-running=replace sleep 1 && exit 1
kill -KILL "$old"
status=0
wait "$old" || status=$?
[[ $status -eq 137 ]]
END
	alive "$old"
}

@test "a stranger gets the recorded pid: dead, and nobody is signalled" {
	recycled <<'END'
kill -KILL "$old"
gone "$old"
take "$old" sleep 2000
ctl 1 status -p "$file" >"$file.out"
cat "$file.out"
[[ $(<"$file.out") == "$file: dead, pidfile $file holds pid $old, which is now another process (sleep 2000)" ]]
for verb in reload pause resume 'signal KILL'; do
	ctl 7 $verb -p "$file"
	untouched "$old"
done
ctl 0 wait -p "$file"
ctl 0 stop -p "$file"
untouched "$old"
# The next start and stop work, and mean the new one.
"$DAEMONIZE" -p "$file" --if-running=replace sleep 3000
[[ $(<"$file") != "$old" ]]
ctl 0 status -p "$file"
ctl 0 stop -p "$file"
untouched "$old"
END
}

@test "a stranger which has the pidfile open without a lock is a stranger" {
	recycled <<'END'
kill -KILL "$old"
gone "$old"
exec 9<"$file"
take "$old" sleep 2000
exec 9<&-
[[ $(readlink "/proc/$old/fd/9") == "$file" ]]
ctl 1 status -p "$file"
ctl 7 signal KILL -p "$file"
ctl 0 stop -p "$file"
untouched "$old"
END
}

@test "the pid is recycled while stop is on its way from the file to it" {
	need_strace
	recycled <<'END'
for call in pidfd_open pidfd_send_signal; do
	"$DAEMONIZE" -p "$file.$call" sleep 1000
	old=$(<"$file.$call")
	hold "$call" stop -p "$file.$call"
	kill -KILL "$old"
	gone "$old"
	take "$old" sleep 2000
	let_go 0
	untouched "$old"
done
END
}

@test "the pid is recycled while stop --tree looks for the tree" {
	need_strace
	recycled <<'END'
hold openat -P /proc stop --tree -p "$file"
kill -KILL "$old"
gone "$old"
take "$old" "$SUBJECT" -C -c "$file.kids"
until_true 30 two_kids
for kid in $(<"$file.kids"); do
	until_true 30 untouched "$kid"
done
let_go 0
untouched "$old"
for kid in $(<"$file.kids"); do
	untouched "$kid"
done
END
}

@test "a stranger's parent is recycled while stop --tree looks for the tree" {
	need_strace
	recycled <<'END'
"$DAEMONIZE" -p "$file.tree" sh -c '
	until [ -e "$0.fork" ]; do sleep 0.02; done
	while [ "${kid-}" != 5000 ]; do
		echo 4999 >/proc/sys/kernel/ns_last_pid
		sleep 3000 &
		kid=$!
	done
	: >"$0.forked"; wait' "$file"
take 5000 sh -c 'while [ "${kid-0}" -lt 300 ]; do
		echo 300 >/proc/sys/kernel/ns_last_pid
		setsid sleep 2000 &
		kid=$!
	done
	echo "$kid" >"$0"; wait' "$file.stranger"
until_true 30 test -s "$file.stranger"
stranger=$(<"$file.stranger")
until_true 30 untouched "$stranger"
[[ $stranger -lt 5000 ]]
hold openat -P /proc/5000/stat stop --tree -p "$file.tree"
kill -KILL 5000
gone 5000
: >"$file.fork"
until_true 30 test -e "$file.forked"
let_go 0
gone 5000
untouched "$stranger"
END
}

@test "in another PID namespace the same number is somebody else" {
	need_root
	foreign "$file"
	old=$pid
	recycled <<'END'
take "$old" sleep 2000
ctl 4 status -p "$file" >/dev/null
for verb in stop 'signal KILL'; do
	ctl 4 $verb -p "$file"
	untouched "$old"
done
END
	untouched "$pid"
	[[ $(<"$file") == "$pid" ]]
}
