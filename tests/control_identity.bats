#!/usr/bin/env bats
# daemonctl never touches the wrong process: files that others have changed,
# locks that others hold; how it signals and how it looks. Recycled pids are in
# control_recycled.bats, odd numbers in control_contents.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/strangers

# --- files that others have changed ---------------------------------------------------

@test "a symlink to the pidfile of another daemon is not followed" {
	started -p "$BATS_TEST_TMPDIR/real.pid" sleep 1000
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/real.pid")
	at_rest "$pid"
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
	nobody_signalled 4 "$pid"
	# Unlinked and made anew under a living daemon.
	rm -f "$BATS_TEST_TMPDIR/other.pid"
	printf '%s\n' "$pid" >"$BATS_TEST_TMPDIR/other.pid"
	file=$BATS_TEST_TMPDIR/other.pid
	nobody_signalled 4 "$pid"
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
	eventually 60 is_traced
	kill "$tracer" 2>/dev/null || :
	wait "$tracer" || :
}

@test "kill(2) by number never occurs, pidfd_send_signal does" {
	need_strace
	need_plain_build
	control_setup
	trace=$BATS_TEST_TMPDIR/trace
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
		*) grep -q 'pidfd_send_signal.* = 0' "$trace" ;;
		esac
		quietly resume web
	done
}

@test "whoever acts or looks waits for a start that is under way" {
	done=$BATS_TEST_TMPDIR/done
	for verb in 'signal WINCH' status stop; do
		# It has the lock and is about to write the pid, as on a machine
		# under load.
		hold pwrite64 "$DAEMONIZE" -p "$file" sleep 1000
		starter=$held
		[[ -e $file && ! -s $file ]]
		# shellcheck disable=SC2086 # verb and signal
		in_background "$done" "${via[@]}" "$DAEMONCTL" $verb \
		    --pidfile="$file"
		# Longer than for a lock that anybody might hold, and not so long
		# that it gives up.
		begun=$(now_us)
		is_later() { (($(now_us) - begun > 1200000)); }
		eventually 30 is_later
		[[ ! -e $done ]]
		let_go
		wait "$background"
		lines_are "$done" 0
		[[ ! -s $done.err ]]
		quietly stop --pidfile="$file"
		wait "$starter" || :
		[[ -z $(marked_pids) ]]
		rm "$done"
	done
}

@test "stop takes no start that is slow for what the daemon has left behind" {
	started -p "$file" sleep 1000
	# The daemon is dead, and before stop has its lock a start takes it.
	hold flock "$DAEMONCTL" stop --pidfile="$file"
	stop=$held
	of_stop=$tracer
	hold pwrite64 "$DAEMONIZE" -p "$file" sleep 2000
	of_start=$tracer
	tracer=$of_stop let_go
	wait "$stop"
	tracer=$of_start let_go
	wait "$held"
	pid=$(daemon_pid "$file")
	holds_lock "$pid" "$file"
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
	slow=0
	for i in {1..200}; do
		begin=$(now_us)
		"$DAEMONIZE" -p "$file" sleep 1000 </dev/null 3>&-
		((($(now_us) - begin) < 1500000)) || slow=$((slow + 1))
		pid=$(daemon_pid "$file")
		kill -KILL "$pid"
		eventually 30 dead "$pid"
	done
	: >"$BATS_TEST_TMPDIR/enough"
	wait
	# A few may have been held up by somebody else.
	((slow <= 10))
}

# --- file systems ---------------------------------------------------------------

@test "on an overlay of two file systems a daemon is known and stopped" {
	[[ $EUID -eq 0 ]] || skip 'needs root for a mount'
	local root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	cat >"$BATS_TEST_TMPDIR/script" <<'END'
set -eu
cd "$1"
mkdir lower upper merged
mount -t tmpfs none lower
mount -t tmpfs none upper
mkdir upper/files upper/work
mount -t overlay -o lowerdir=lower,upperdir=upper/files,workdir=upper/work \
    none merged || exit 77
cd merged
"$DAEMONIZE" -p "$PWD/x.pid" sleep 1000
until grep -q '^State:.S' "/proc/$(cat x.pid)/status"; do sleep 0.02; done
"$DAEMONCTL" status -p x.pid
"$DAEMONIZE" -p "$PWD/x.pid" --if-running=replace:5s sleep 1001
"$DAEMONCTL" stop -p x.pid
"$DAEMONCTL" status -p x.pid || [ $? -eq 3 ]
END
	run "${limit[@]}" unshare -m sh "$BATS_TEST_TMPDIR/script" "$root" \
	    3>&- </dev/null
	[[ $status -ne 77 ]] || skip 'no overlay can be mounted here'
	[[ $status -eq 0 ]]
	[[ ${lines[0]} == *': running, pid '*', sleep 1000' ]]
	[[ ${lines[1]} == *': not running '* ]]
}
