# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test syslog: and journal: share. Each test has a /dev and
# a /run of its own, in a mount namespace, so that no log of this machine is
# touched. Load helper/common first.

setup() {
	dir=$BATS_TEST_TMPDIR
	inside=()
	if [[ -z ${DATAGRAMS-} ]]; then
		DATAGRAMS=${WITNESS%/*}/helper/datagrams
		[[ -x $DATAGRAMS ]] || DATAGRAMS=$(find_program datagrams)
	fi
}

# A logger whose receiver is gone waits for another one, and for no signal.
teardown() {
	[[ -z ${logger-} ]] || kill -KILL "$logger" 2>/dev/null || :
	stop_all
}

# --- the namespace ----------------------------------------------------------

# private_world: makes a /dev and a /run of this test's own. What is put after
# "${inside[@]}" runs there.
private_world() {
	local flags=(--mount --propagation private) world
	need_cmd unshare nsenter mount
	[[ $EUID -eq 0 ]] || flags+=(--user --map-root-user)
	need_namespace "${flags[@]}"
	cat >"$dir/world" <<-'END'
		set -e
		cd "$1"
		mkdir dev run
		mount -t tmpfs -o mode=755 dev dev
		for name in null zero full random urandom tty; do
			: >"dev/$name"
			mount --bind "/dev/$name" "dev/$name"
		done
		ln -s /proc/self/fd dev/fd
		ln -s fd/0 dev/stdin
		ln -s fd/1 dev/stdout
		ln -s fd/2 dev/stderr
		mount --rbind dev /dev
		mount -t tmpfs -o mode=755 run /run
		echo ready >world.ready
		exec sleep infinity
	END
	DMN_DAEMON_MARK=$DMN_TEST_MARK unshare "${flags[@]}" \
	    sh "$dir/world" "$dir" </dev/null >"$dir/world.out" 2>&1 3>&- 4>&- &
	world=$!
	remember "$world"
	if ! eventually 60 test -s "$dir/world.ready"; then
		skip "cannot make a /dev here: $(<"$dir/world.out")"
	fi
	inside=(nsenter --target "$world" --mount)
	[[ $EUID -eq 0 ]] || inside+=(--user --preserve-credentials)
	inside+=(--)
	via=("${inside[@]}")
}

# within COMMAND...: runs it in the background there; sets receiver to its pid.
within() {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${inside[@]}" "$@" \
	    </dev/null >>"$dir/received" 2>>"$dir/receiver.err" 3>&- 4>&- &
	receiver=$!
	remember "$receiver"
}

# is_socket PATH: there is one in the namespace.
is_socket() {
	"${inside[@]}" test -S "$1"
}

# --- receivers --------------------------------------------------------------

# receiver_stop SIGNAL: ends the receiver; the socket is gone, or dead.
receiver_stop() {
	kill "-$1" "$receiver"
	eventually 60 dead "$receiver"
	: >>"$dir/received"
	mv "$dir/received" "$dir/received.$receiver"
	earlier+=("$dir/received.$receiver")
	: >"$dir/received"
}

# received: all that receivers have got of the daemon, first things first.
earlier=()
received() {
	cat "${earlier[@]}" "$dir/received" | grep -a " talker " || :
}

# shown_unless COMMAND...: what was received, where COMMAND fails in time.
shown_unless() {
	eventually 60 "$@" && return 0
	printf 'received:\n'
	received | cut -c 1-120 | tail -n 20
	tail -n 5 "$dir/receiver.err"
	return 1
}

# --- the daemon -------------------------------------------------------------

# talker_start OPTION...: a daemon that says on its streams what say and
# say_loud are given; sets pid.
talker_start() {
	mkfifo "$dir/quiet" "$dir/loud"
	exec {quiet}<>"$dir/quiet" {loud}<>"$dir/loud"
	printf '#!/bin/sh\ncat "$1" &\nexec cat "$2" >&2\n' >"$dir/talker"
	chmod 755 "$dir/talker"
	started -p "$dir/talker.pid" "$@" -- "$dir/talker" "$dir/quiet" \
	    "$dir/loud"
	pid=$(daemon_pid "$dir/talker.pid")
	remember "$pid"
	eventually 60 find_logger
	: >"$dir/expected"
}

# say: the lines of stdin come from the daemon's stdout, and are expected.
say() {
	tee -a "$dir/expected" >&"$quiet"
}

# said FIRST LAST: the daemon says numbered lines.
said() {
	seq -f 'line %07.0f of some length' "$1" "$2" | say
}

# find_logger: sets logger to the pid of the one in this test's namespace.
find_logger() {
	local one world
	world=$(readlink "/proc/$pid/ns/mnt")
	for one in $(pgrep -f '^daemonize: log of talker'); do
		if [[ $(readlink "/proc/$one/ns/mnt") == "$world" ]]; then
			logger=$one
			return 0
		fi
	done
	return 1
}

# title: what ps shows of the daemon's logger.
title() {
	tr '\0' '\n' <"/proc/$logger/cmdline" | head -n 1
}

titled() {
	[[ $(title) == "daemonize: log of talker"*"$1"* ]]
}
