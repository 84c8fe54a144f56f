#!/usr/bin/env bats
# The pidfile: what is written, when, with which mode and over which old
# content. What it refuses to touch is in pidfile_refused.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/pidfile

# --- what is in it ------------------------------------------------------------

@test "the pidfile is complete when the command returns: pid, newline, no more" {
	started -p "$pidfile" sleep 1000
	pid=$(daemon_pid "$pidfile")
	printf '%s\n' "$pid" | cmp - "$pidfile"
	[[ $(<"/proc/$pid/comm") == sleep ]]
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == 'sleep 1000 ' ]]
}

@test "the pidfile is 0644 and belongs to the caller under every umask" {
	local mask
	for mask in 000 022 027 077 0777; do
		umask "$mask"
		start -p "$pidfile.$mask" sleep 1000
		umask 022
		[[ $status -eq 0 ]]
		[[ $(stat -c '%a %u' "$pidfile.$mask") == "644 $EUID" ]]
	done
}

@test "a relative pidfile counts from the caller's directory, also with -c" {
	mkdir "$BATS_TEST_TMPDIR/work" "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/work"
	started -p rel.pid sleep 1000
	started -p ./sub.pid -c "$BATS_TEST_TMPDIR/elsewhere" sleep 1001
	daemon_pid rel.pid
	daemon_pid sub.pid
	[[ ! -e /rel.pid && -z $(ls -A "$BATS_TEST_TMPDIR/elsewhere") ]]
}

@test "a pidfile may have spaces, quotes and newlines in its name" {
	pidfile="$BATS_TEST_TMPDIR/a b'c\"d${newline}e.pid"
	started -p "$pidfile" sleep 1000
	daemon_pid "$pidfile"
	start -p "$pidfile" sleep 1001
	[[ $status -eq 3 && $error != *"$newline"* ]]
}

@test "the file stays when the daemon ends and does not block the next start" {
	started -p "$pidfile" sleep 1000
	pid=$(daemon_pid "$pidfile")
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	started -p "$pidfile" sleep 1000
	[[ $(daemon_pid "$pidfile") != "$pid" ]]
}

@test "a longer stale pid leaves no tail behind" {
	printf '999999999999999999\n' >"$pidfile"
	started -p "$pidfile" sleep 1000
	daemon_pid "$pidfile"
}

# --- stale content never blocks -------------------------------------------------

@test "stale content of any kind never blocks a start" {
	local content n=0 inode
	for content in '' '\n' '   ' '0\n' '1\n' '2147483648\n' '123' \
	    '  42\t\n' '1 2 3\n4\n' '\0\0\0\0\0\0\0\0' '77\0\0\0' "$$\n" \
	    '18446744073709551617\n' '\r\n'; do
		n=$((n + 1))
		# shellcheck disable=SC2059 # the content has escapes
		printf -- "$content" >"$pidfile.$n"
		inode=$(stat -c %i "$pidfile.$n")
		printf 'content %s\n' "$content"
		started -p "$pidfile.$n" sleep 1000
		daemon_pid "$pidfile.$n"
		[[ $(stat -c %i "$pidfile.$n") == "$inode" ]]
	done
	# The live strangers are alive still.
	kill -0 $$
}

@test "a megabyte of digits and one of NULs are stale content as well" {
	head -c 1000000 /dev/zero >"$pidfile"
	head -c 1000000 /dev/zero | tr '\0' 7 >"$pidfile.2"
	started -p "$pidfile" sleep 1000
	started -p "$pidfile.2" sleep 1000
	daemon_pid "$pidfile"
	daemon_pid "$pidfile.2"
}

@test "a live stranger's pid in the file does not count as running" {
	sleep 1000 3>&- &
	remember $!
	printf '%s\n' $! >"$pidfile"
	started -p "$pidfile" sleep 1001
	[[ $(daemon_pid "$pidfile") != "$!" ]]
	alive $!
}

# --- starts that fail -----------------------------------------------------------

@test "a failed start removes the pidfile which it made" {
	refused 127 no-such-command -p "$pidfile" no-such-command
	refused 127 missing -p "$pidfile" "$BATS_TEST_TMPDIR/missing"
	refused 1 missing -p "$pidfile" -c "$BATS_TEST_TMPDIR/missing" sleep 9
	[[ ! -e $pidfile ]]
}

@test "a failed start never removes a pidfile that was there" {
	local inode
	printf '12\n' >"$pidfile"
	inode=$(stat -c %i "$pidfile")
	start -p "$pidfile" "$BATS_TEST_TMPDIR/missing"
	[[ $status -eq 127 ]]
	start -p "$pidfile" -c "$BATS_TEST_TMPDIR/missing" sleep 1000
	[[ $status -eq 1 ]]
	[[ $(stat -c %i "$pidfile") == "$inode" ]]
	[[ $(<"$pidfile") == 12 || ! -s $pidfile ]]
	started -p "$pidfile" sleep 1000
}
