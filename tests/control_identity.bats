#!/usr/bin/env bats
# daemonctl never touches the wrong process: recycled pids, numbers that are
# none, files that others have changed, locks that others hold.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

setup() {
	error=
	via=("${limit[@]}")
	file=$BATS_TEST_TMPDIR/web.pid
}

# What nobody_signalled tries. A look at a file whose lock is not explained
# takes half a second (a start may be under way), so that some tests try less.
verbs=(reload pause resume 'signal KILL' stop)
few=('signal KILL' stop)

# untouched PID...: each of them sleeps as it did before.
untouched() {
	local pid
	for pid; do
		is_sleeping "$pid" || {
			printf 'pid %s was signalled\n' "$pid"
			return 1
		}
	done
}

# nobody_signalled STATUSES PID...: no verb does anything to the PIDs, and each
# exits with one of the STATUSES; no file changes but by stop.
nobody_signalled() {
	local statuses=$1 verb before
	shift
	before=$(listing)
	for verb in "${verbs[@]}"; do
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		untouched "$@" || return 1
		[[ " $statuses " == *" $status "* && -z $output ]] || return 1
		[[ $status -eq 0 || $error == 'daemonctl: '* ]] || return 1
		[[ $error != *$'\n'* ]] || return 1
		[[ $verb == stop || $(listing) == "$before" ]] || return 1
	done
}

# user_locks CONTENT: a process of the ordinary user locks $file, which then has
# that content. Sets pid.
user_locks() {
	local told=${file%/*}/holder
	# shellcheck disable=SC2016 # for the inner shell
	as_user sh -c 'exec 9>"$0"; flock -n 9; echo "$1" >&9
		echo $$ >"$2"; exec sleep 1000' "$file" "$1" "$told" \
	    </dev/null >/dev/null 2>&1 3>&- &
	eventually 5 test -s "$told"
	pid=$(<"$told")
	remember "$pid"
	eventually 5 is_sleeping "$pid"
}

# --- recycled pids ----------------------------------------------------------------

# recycled: runs the script on its stdin as process 1 of a PID namespace, where
# pids can be chosen, after what is in $prelude.
recycled() {
	local script
	need_root
	need_namespace --pid --fork --mount-proc
	script=$(state_dir)/script
	{ printf '%s\n' "$prelude"; cat; } >"$script"
	status=0
	file=$file old=${old-} "${via[@]}" unshare --pid --fork --mount-proc \
	    bash "$script" </dev/null 3>&- || status=$?
	[[ $status -ne 77 ]] || skip 'pids cannot be chosen here'
	[[ $status -eq 0 ]]
}

# What those scripts have: `take PID COMMAND...` starts COMMAND with that pid,
# `gone PID` waits until a process is gone and fetched, `ctl STATUS ARG...` runs
# daemonctl, which must exit so, and `old` is the pid of a daemon with $file.
prelude=$(cat <<'END'
set -eu
trap 'echo "line $LINENO: $BASH_COMMAND"' ERR

gone() {
	local i
	for i in {1..300}; do
		[[ -e /proc/$1 ]] || return 0
		command sleep 0.01
	done
	echo "$1 stays"
	return 1
}

take() {
	local want=$1 i shell
	shell=$(readlink /proc/$$/exe)
	shift
	for i in {1..50}; do
		echo $((want - 1)) 2>/dev/null \
		    >/proc/sys/kernel/ns_last_pid || exit 77
		"$@" </dev/null >/dev/null 2>&1 &
		if [[ $! == "$want" ]]; then
			# Until it is what it shall be, and no shell any more.
			while [[ $(readlink "/proc/$want/exe") == "$shell" ]]; do
				:
			done
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
	need_cmd strace
	recycled <<'END'
for call in pidfd_open pidfd_send_signal; do
	"$DAEMONIZE" -p "$file.$call" sleep 1000
	old=$(<"$file.$call")
	status=0
	strace -f -o "$file.trace" -e trace="$call" \
	    -e inject="$call":delay_enter=1000000 \
	    "$DAEMONCTL" stop -p "$file.$call" &
	stop=$!
	command sleep 0.4
	kill -KILL "$old"
	gone "$old"
	take "$old" sleep 2000
	wait "$stop" || status=$?
	cat "$file.trace"
	grep -q "$call(.*DELAYED" "$file.trace"
	[[ $status -eq 0 ]]
	untouched "$old"
done
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

# --- numbers that are none ----------------------------------------------------------

# odd_contents PID: prints, each ended by a NUL, contents that may be read as
# PID, or kill more than one process, by who reads them carelessly.
odd_contents() {
	printf '%s\n\0' "0x$(printf %x "$1")" "0$(printf %o "$1")x" "+$1" \
	    "-$1" "$1.0" "$1x" "x$1" "$1 1" "$1 $1" "1 $1" "$1,$1" \
	    "$((1 << 32 | $1))" "$(((1 << 62) + $1))" "18446744073709551616" \
	    "$1e0" 0 -0 -1 -2 2147483648 4294967295 \
	    9999999999999999999999 0x1 '12 34' "pid=$1" '*' '$$'
	printf '%s\n%s\n\0' "$1" 1 1 "$1" "$1" "$1"
	printf '\001\377\376%s\n\0' "$1"
}

@test "a live lock with a content that is no number: exit 4, no signal" {
	need_cmd flock
	dir=$BATS_TEST_TMPDIR/odd
	mkdir "$dir"
	# One process has locked files for all of them.
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'for n in {1..50}; do
		exec {fd}>"$0/$n" && flock -n "$fd" || exit 1
	done; : >"$0/ready"; exec sleep 1000' "$dir" \
	    </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	remember "$pid"
	eventually 10 test -e "$dir/ready"
	eventually 5 is_sleeping "$pid"
	number=0
	while IFS= read -r -d '' content; do
		number=$((number + 1))
		printf '%s' "$content" >"$dir/$number"
		printf '%s' "$content" >"$dir/$number.before"
	done < <(odd_contents "$pid")
	((number > 30 && number <= 50))
	# A look at such a file takes half a second: several at a time.
	# shellcheck disable=SC2016 # for the inner shell
	seq "$number" | DIR=$dir xargs -P 12 -n 1 sh -c 'cd "$DIR"
		"$DAEMONCTL" stop --pidfile="$0" >"$0.out" 2>&1
		echo $? >"$0.status"'
	for ((i = 1; i <= number; i++)); do
		printf '# %q: %s, %s\n' "$(<"$dir/$i.before")" \
		    "$(<"$dir/$i.status")" "$(<"$dir/$i.out")"
		[[ $(<"$dir/$i.status") -eq 4 ]]
		[[ $(<"$dir/$i.out") == 'daemonctl: cannot stop '* ]]
		cmp "$dir/$i" "$dir/$i.before"
	done
	untouched "$pid"
}

@test "no lock and a content that is no number: nobody is signalled" {
	innocent
	while IFS= read -r -d '' content; do
		printf '# content %q\n' "$content"
		printf '%s' "$content" >"$file"
		control stop --pidfile="$file"
		[[ $status -eq 0 || $status -eq 4 ]]
		untouched "$stranger"
		printf '%s' "$content" >"$file"
		control signal KILL --pidfile="$file"
		[[ $status -eq 7 || $status -eq 4 ]]
		untouched "$stranger"
		control status --pidfile="$file"
		[[ $status -eq 1 || $status -eq 4 ]]
	done < <(odd_contents "$stranger")
}

@test "pid 1, an innocent's pid, nothing, NULs and white space" {
	innocent
	for content in 1 "$stranger" "$$" '' ' ' $'\n\n'; do
		printf '%s\n' "$content" >"$file"
		nobody_signalled '0 7' "$stranger"
	done
	printf '%s\0%s\n' "$stranger" "$stranger" >"$file"
	nobody_signalled '0 4 7' "$stranger"
	foreign "$BATS_TEST_TMPDIR/other.pid"
	printf '%s\n' "$pid" >"$file"
	nobody_signalled '0 7' "$pid" "$stranger"
}

@test "a live lock and the pid of init or of an innocent: exit 4" {
	verbs=("${few[@]}")
	innocent
	foreign "$file"
	for content in 1 "$stranger"; do
		printf '%s\n' "$content" >"$file"
		nobody_signalled 4 "$stranger" "$pid"
		[[ -e $file ]]
	done
}

@test "a megabyte of digits, of text, of binary: no signal, no hang" {
	verbs=("${few[@]}")
	foreign "$file"
	for kind in digits text binary; do
		case $kind in
		digits) head -c 1048576 /dev/zero | tr '\0' "${pid:0:1}" ;;
		text) yes "$pid" | head -c 1048576 ;;
		binary) head -c 1048576 /dev/urandom ;;
		esac >"$file"
		nobody_signalled 4 "$pid"
		((${#error} < 2000))
	done
	# Sparse: much larger than memory.
	: >"$file"
	truncate -s 1T "$file" || truncate -s 1G "$file"
	nobody_signalled 4 "$pid"
}

@test "daemonctl never signals itself, not even where it holds the lock" {
	verbs=("${few[@]}")
	for verb in "${verbs[@]}"; do
		: >"$file"
		# shellcheck disable=SC2016 # for the inner shell
		via=("${limit[@]}" sh -c 'echo $$ >"$0"; exec "$@"' "$file")
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		[[ $status -eq 0 || $status -eq 4 || $status -eq 7 ]]
		need_cmd flock
		# shellcheck disable=SC2016 # for the inner shell
		via=("${limit[@]}" sh -c 'exec 9<>"$0"; flock -n 9
			echo $$ >&9; exec "$@"' "$file")
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		[[ $status -eq 4 ]]
		rm "$file"
	done
}

@test "the id of a thread is no pid, though the lock seems to be its own" {
	verbs=("${few[@]}")
	started -p "$file" "$SUBJECT" -t "$BATS_TEST_TMPDIR/tid" \
	    -r "$BATS_TEST_TMPDIR/ready"
	pid=$(daemon_pid "$file")
	eventually 5 test -s "$BATS_TEST_TMPDIR/ready"
	tid=$(<"$BATS_TEST_TMPDIR/tid")
	[[ $tid != "$pid" && -e /proc/$tid/fdinfo ]]
	printf '%s\n' "$tid" >"$file"
	nobody_signalled 4 "$pid"
	printf '%s\n' "$pid" >"$file"
	quietly stop --pidfile="$file"
	dead "$pid"
}

@test "a process whose first thread has left is not dead" {
	started -p "$file" "$SUBJECT" -r "$BATS_TEST_TMPDIR/ready" -m
	pid=$(daemon_pid "$file")
	eventually 5 test -s "$BATS_TEST_TMPDIR/ready"
	zombie_leader() {
		[[ $(stat_field "$pid" 3) == Z ]]
	}
	eventually 5 zombie_leader
	control status --pidfile="$file"
	[[ $status -eq 0 || $status -eq 4 ]]
	control stop --timeout=1s --pidfile="$file"
	if [[ $status -eq 0 ]]; then
		eventually 5 test ! -e "/proc/$pid"
	else
		[[ -e /proc/$pid ]]
		kill -KILL "$pid"
	fi
}

@test "what one cannot look into is not believed where another has the lock" {
	user_world
	need_cmd flock
	dir=$(user_dir run)
	chmod 755 "$dir"
	file=$dir/web.pid
	# Older than the pidfile and of the same user, but not to be looked into,
	# as agents with keys are.
	as_user "$SUBJECT" -D -r "$dir/ready" </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 5 test -s "$dir/ready"
	secret=$(<"$dir/ready")
	remember "$secret"
	user_locks "$secret"
	for verb in reload stop; do
		as_user control "$verb" --pidfile="$file"
		[[ $status -eq 4 ]]
		untouched "$secret" "$pid"
	done
}

# --- files that others have changed ---------------------------------------------------

@test "a symlink to the pidfile of another daemon is not followed" {
	started -p "$BATS_TEST_TMPDIR/real.pid" sleep 1000
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/real.pid")
	ln -s real.pid "$file"
	nobody_signalled 4 "$pid"
	[[ -L $file ]]
	control status --pidfile="$file"
	[[ $status -eq 4 ]]
	quietly stop --pidfile="$BATS_TEST_TMPDIR/real.pid"
	[[ -L $file ]]
}

@test "FIFO, directory, device and socket: exit 4 at once" {
	mkfifo "$file"
	nobody_signalled 4
	rm "$file"
	mkdir "$file"
	nobody_signalled 4
	for file in /dev/zero /dev/tty /dev/full; do
		[[ ! -c $file ]] || nobody_signalled 4
	done
}

@test "a pidfile rewritten by the user whose daemon locks it" {
	verbs=("${few[@]}")
	need_root
	need_user
	dir=$(user_dir run)
	file=$dir/web.pid
	innocent
	# The user's own daemon holds the lock; the number is root's process.
	user_locks "$stranger"
	nobody_signalled 4 "$stranger" "$pid"
}

@test "a pidfile replaced by a user in a directory of his" {
	need_root
	need_user
	dir=$(user_dir run)
	file=$dir/web.pid
	innocent
	foreign "$BATS_TEST_TMPDIR/root.pid"
	printf '%s\n' "$stranger" >"$BATS_TEST_TMPDIR/number"
	as_user cp "$BATS_TEST_TMPDIR/number" "$file"
	nobody_signalled '0 4 7' "$stranger"
	rm -f "$file"
	as_user ln -s "$BATS_TEST_TMPDIR/root.pid" "$file"
	nobody_signalled 4 "$stranger" "$pid"
	rm -f "$file"
	# A hard link, where the system lets him make one.
	if as_user ln "$BATS_TEST_TMPDIR/root.pid" "$file" 2>/dev/null; then
		nobody_signalled 4 "$stranger" "$pid"
	fi
}

@test "a lock that a user has lent to a process of root proves nothing" {
	verbs=("${few[@]}")
	need_root
	need_user
	dir=$(user_dir run)
	file=$dir/web.pid
	# As through a setuid program: the file is the user's, the lock as well,
	# but the process which has inherited it is root's.
	foreign "$file"
	chown "$TEST_USER" "$file"
	nobody_signalled 4 "$pid"
	start -p "$file" --if-running=replace:100ms sleep 3000
	[[ $status -ne 0 ]]
	untouched "$pid"
	chown root "$file"
	chmod 666 "$file"
	nobody_signalled 4 "$pid"
}

@test "locked by a third process: exit 4, neither is signalled" {
	verbs=("${few[@]}")
	innocent
	foreign "$file"
	printf '%s\n' "$stranger" >"$file"
	nobody_signalled 4 "$stranger" "$pid"
	control status --pidfile="$file"
	[[ $status -eq 4 && $output == *"locked by pid $pid, not by pid $stranger in it" ]]
	[[ $(<"$file") == "$stranger" ]]
}

@test "the holder has the lock on another file of the same content" {
	foreign "$BATS_TEST_TMPDIR/other.pid"
	cp "$BATS_TEST_TMPDIR/other.pid" "$file"
	control status --pidfile="$file"
	[[ $status -eq 1 ]]
	nobody_signalled '0 7' "$pid"
	# Unlinked and made anew under a living daemon.
	rm -f "$BATS_TEST_TMPDIR/other.pid"
	printf '%s\n' "$pid" >"$BATS_TEST_TMPDIR/other.pid"
	file=$BATS_TEST_TMPDIR/other.pid
	nobody_signalled '0 7' "$pid"
}

# --- how it signals, how it looks -----------------------------------------------------

# traced ARG...: daemonctl under strace, which must not wait for a daemon that
# was started; the calls that signal go to $trace.
traced() {
	: >"$trace"
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" strace -f -o "$trace" \
	    -e signal=none \
	    -e trace=kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo,pidfd_send_signal,execve \
	    "$DAEMONCTL" "$@" </dev/null >/dev/null 2>&1 3>&- &
	tracer=$!
	is_traced() {
		local first
		read -r first _ <"$trace" &&
		    grep -q "^$first *+++ exited" "$trace"
	}
	eventually 10 is_traced
	kill "$tracer" 2>/dev/null || :
	wait "$tracer" || :
}

@test "kill(2) by number never occurs, pidfd_send_signal does" {
	need_cmd strace
	need_plain_build
	control_setup
	trace=$BATS_TEST_TMPDIR/trace
	strace -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
	conf web "command = $SUBJECT -s $BATS_TEST_TMPDIR/told" "stop-timeout = 5s"
	for verb in stop 'stop --tree' 'stop --schedule=USR1/10ms/KILL/5' \
	    reload pause resume 'signal WINCH' status list wait \
	    restart; do
		runs web || quietly start web
		runs web
		[[ $verb != stop* && $verb != wait ]] || {
			subject "other$RANDOM" -C -c "$BATS_TEST_TMPDIR/kids"
			name=${file##*/}
			name=${name%.pid}
		}
		case $verb in
		stop*) set -- ${verb} "$name" ;;
		wait) set -- wait --timeout=10ms "$name" ;;
		list) set -- list ;;
		*) set -- ${verb} web ;;
		esac
		traced "$@"
		grep -E '\<(kill|tkill|tgkill|rt_(tg)?sigqueueinfo)\(' \
		    "$trace" && return 1
		case $verb in
		status | list | wait) run ! grep -q pidfd_send "$trace" ;;
		*) grep -q 'pidfd_send_signal(.* = 0' "$trace" ;;
		esac
		quietly resume web
	done
}

@test "200 starts, none disturbed by those who look at the same time" {
	need_cmd flock
	[[ $EUID -ne 0 ]] || user_world
	export DMN_DAEMON_MARK=$DMN_TEST_MARK
	look() {
		while [[ ! -e $BATS_TEST_TMPDIR/enough ]]; do
			"$@" --pidfile="$file" >/dev/null 2>&1 || :
		done
	}
	look "$DAEMONCTL" status </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	if [[ $EUID -eq 0 ]]; then
		# He cannot see root's descriptors in /proc.
		look setpriv --reuid="$TEST_USER" --regid="$(id -g "$TEST_USER")" \
		    --clear-groups "$DAEMONCTL" status \
		    </dev/null >/dev/null 2>&1 3>&- &
		remember $!
	fi
	for i in {1..200}; do
		begin=$(now_us)
		"$DAEMONIZE" -p "$file" sleep 1000 </dev/null 3>&-
		((($(now_us) - begin) < 1500000))
		pid=$(daemon_pid "$file")
		kill -KILL "$pid"
		eventually 5 dead "$pid"
	done
	: >"$BATS_TEST_TMPDIR/enough"
	wait
}
