#!/usr/bin/env bats
# One instance by -n and by -l; how long the lock lives and who else understands
# it.

bats_require_minimum_version 1.5.0
load helper/common
load helper/pidfile

# --- -n and -l ------------------------------------------------------------------

@test "-n as root: /var/run/NAME.pid, and a second start is refused" {
	need_root
	name=dmn-test-$$-${EPOCHREALTIME//[^0-9]/}
	[[ -d /var/run && ! -e /var/run/$name.pid ]] || skip 'no /var/run'
	started -n "$name" sleep 1000
	pid=$(daemon_pid "/var/run/$name.pid")
	remember "$pid"
	[[ $(stat -c '%a %u' "/var/run/$name.pid") == '644 0' ]]
	refused 3 "as pid $pid " --name="$name" sleep 1000
}

@test "-n as a user: XDG_RUNTIME_DIR/NAME.pid" {
	need_user
	local dir
	dir=$(user_dir runtime)
	chmod 700 "$dir"
	XDG_RUNTIME_DIR=$dir as_user started -n web sleep 1000
	pid=$(daemon_pid "$dir/web.pid")
	XDG_RUNTIME_DIR=$dir as_user refused 3 "as pid $pid " -n web sleep 1000
}

@test "-n as a user without a runtime directory: ~/.local/state/daemonize" {
	need_user
	local dir uid=$EUID
	[[ $EUID -ne 0 ]] || uid=$(id -u "$TEST_USER")
	[[ ! -d /run/user/$uid ]] || skip "there is a /run/user/$uid"
	dir=$(user_dir home)
	as_user env HOME="$dir" DMN_DAEMON_MARK="$DMN_TEST_MARK" \
	    "$DAEMONIZE" -n web sleep 1000 3>&-
	pid=$(daemon_pid "$dir/.local/state/daemonize/web.pid")
	remember "$pid"
	[[ $(stat -c %a "$dir/.local/state/daemonize") == 700 ]]
	[[ $(stat -c %U "/proc/$pid") == "$(stat -c %U "$dir")" ]]
}

@test "-l: 0600 under every umask, never written, never removed" {
	local lock=$BATS_TEST_TMPDIR/lock mask
	for mask in 000 077 777; do
		umask "$mask"
		start -l "$lock.$mask" -p "$pidfile.$mask" sleep 1000
		umask 022
		[[ $status -eq 0 && ! -s $lock.$mask ]]
		[[ $(stat -c '%a %u' "$lock.$mask") == "600 $EUID" ]]
	done
	kill "$(daemon_pid "$pidfile.000")"
	printf 'anything at all\n' >"$lock.old"
	chmod 600 "$lock.old"
	started -l "$lock.old" sleep 1000
	[[ $(<"$lock.old") == 'anything at all' && -e $lock.000 ]]
}

@test "-l keeps the second away, whatever its pidfile, and that untouched" {
	local lock=$BATS_TEST_TMPDIR/lock
	holder -l "$lock" sleep 1000
	local says="cannot lock $lock: already running as pid $pid since"
	refused 3 "$says" -l "$lock" -p "$pidfile.2" sleep 1000
	printf '12\n' >"$pidfile.3"
	refused 3 "$says" -l "$lock" -p "$pidfile.3" sleep 1000
	refused 3 "$says" -l "$lock" sleep 1000
	kill "$pid"
	eventually 30 dead "$pid"
	started -l "$lock" -p "$pidfile.2" sleep 1000
}

@test "-l refuses symlinks, FIFOs, directories and devices" {
	local lock=$BATS_TEST_TMPDIR/lock n
	printf 'precious\n' >"$BATS_TEST_TMPDIR/victim"
	ln -s victim "$lock.1"
	ln -s missing "$lock.2"
	mkfifo "$lock.3"
	mkdir "$lock.4"
	for n in 1 2 3 4; do
		refused 1 "$lock.$n" -l "$lock.$n" sleep 1000
	done
	refused 1 /dev/null -l /dev/null sleep 1000
}

@test "-p and -l may be one file, under one name or two spellings" {
	holder -l "$pidfile" sleep 1000
	refused 3 "as pid $pid " -p "$pidfile" -l "$pidfile" sleep 1000
	refused 3 "as pid $pid " -p "$pidfile" sleep 1000
	pidfile=$BATS_TEST_TMPDIR/two.pid
	holder -l "$BATS_TEST_TMPDIR/./two.pid" sleep 1000
	cd "$BATS_TEST_TMPDIR"
	refused 3 "as pid $pid " -p two.pid -l "$pidfile" sleep 1000
}

# --- how long the lock lives ------------------------------------------------------

@test "the daemon itself holds the lock, and it ends with it" {
	need_cmd flock
	holder -l "$BATS_TEST_TMPDIR/lock" sleep 1000
	holds_lock "$pid" "$pidfile"
	holds_lock "$pid" "$BATS_TEST_TMPDIR/lock"
	run -1 flock -n "$pidfile" true
	run -1 flock -n "$BATS_TEST_TMPDIR/lock" true
	run -1 flock -n -s "$pidfile" true
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	eventually 30 flock -n "$pidfile" true
	flock -n "$BATS_TEST_TMPDIR/lock" true
}

@test "descendants extend the lock" {
	holder sh -c 'sleep 1000 & echo $! >"$1.new"; mv "$1.new" "$1"' sh \
	    "$BATS_TEST_TMPDIR/child"
	eventually 30 test -e "$BATS_TEST_TMPDIR/child"
	eventually 30 dead "$pid"
	refused 3 "$pidfile" -p "$pidfile" sleep 2000
	kill "$(<"$BATS_TEST_TMPDIR/child")"
	eventually 30 dead "$(<"$BATS_TEST_TMPDIR/child")"
	started -p "$pidfile" sleep 2000
}

@test "a lock held by flock(1) keeps the daemon away and is seen through" {
	need_cmd flock
	printf '12\n' >"$pidfile"
	exec 8<"$pidfile"
	flock -n 8
	refused 3 "cannot lock $pidfile: already running" \
	    -p "$pidfile" sleep 1000 8>&-
	[[ $(<"$pidfile") == 12 ]]
	# A pid that is named must be one that has the lock.
	if [[ $error =~ 'as pid '([0-9]+) ]]; then
		holds_lock "${BASH_REMATCH[1]}" "$pidfile"
	fi
	refused 3 'already running' --if-running=ok -p "$pidfile" sleep 1000 8>&-
	[[ $(<"$pidfile") == 12 ]]
	exec 8<&-
	started -p "$pidfile" sleep 1000
}

@test "a lock that the caller holds itself does not go on into the daemon" {
	need_cmd flock
	exec 8>"$BATS_TEST_TMPDIR/caller.lock"
	flock -n 8
	holder sleep 1000
	exec 8>&-
	flock -n "$BATS_TEST_TMPDIR/caller.lock" true
}

@test "a failed start gives the lock back" {
	printf '12\n' >"$pidfile"
	start -p "$pidfile" "$BATS_TEST_TMPDIR/missing"
	[[ $status -eq 127 ]]
	flock -n "$pidfile" true
	started -p "$pidfile" sleep 1000
}

@test "pidfiles in different places do not disturb each other" {
	holder sleep 1000
	pidfile=$BATS_TEST_TMPDIR/other.pid
	holder sleep 1000
}

@test "pidfile and lock file are no logs, by whatever name" {
	local real=$BATS_TEST_TMPDIR/real link=$BATS_TEST_TMPDIR/link option
	mkdir "$real"
	ln -s real "$link"
	refused 2 'it is the lock file' -l "$real/l" --log="$real/l" sleep 1
	for option in --log --stderr; do
		refused 1 'it is the pidfile' -p "$real/p" "$option=$link/p" \
		    sleep 1
		refused 1 'it is the lock file' -l "$real/l" \
		    "$option=$link/l" --log-timestamp sleep 1
	done
	[[ ! -e $real/p && ! -s $real/l ]]
}
