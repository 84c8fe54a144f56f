#!/usr/bin/env bats
# Standard output and error lead to FIFOs, terminals, devices and other things
# that are no files, or to places where there can be none.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# --- what is no file --------------------------------------------------------

# hangs_not STREAM-OPTION TARGET: refused or started, but never stuck.
hangs_not() {
	via=(timeout -s KILL 45)
	start -p "$dir/d.pid" "$@" sleep 600
	[[ $status -eq 0 || $status -eq 1 ]]
	[[ $status -eq 0 || $error == 'daemonize: cannot open '* ]]
	via=()
}

@test "a FIFO nobody reads as a log never hangs the start" {
	mkfifo "$dir/fifo"
	hangs_not -o "$dir/fifo"
	rm -f "$dir/d.pid"
	hangs_not -e "$dir/fifo"
	rm -f "$dir/d.pid"
	hangs_not --log "$dir/fifo"
}

@test "a FIFO somebody reads works as a log, and blocks as one expects" {
	mkfifo "$dir/fifo"
	exec 7<>"$dir/fifo"
	start -p "$dir/d.pid" -o "$dir/fifo" -- \
	    sh -c 'echo through; exec sleep 600'
	if [[ $status -eq 0 ]]; then
		read -r -t 60 line <&7
		is "$line" through
		pid=$(daemon_pid "$dir/d.pid")
		flags=$(awk '/^flags:/ { print $2 }' "/proc/$pid/fdinfo/1")
		((!(8#$flags & 8#4000)))
	else
		is "$status" 1
	fi
	exec 7>&-
}

@test "a terminal as a log never becomes the controlling one" {
	need_cmd script
	report=$dir/report
	cat >"$dir/on-terminal" <<-'END'
	"$DAEMONIZE" -p "$1" -o "$(tty)" -- "$WITNESS" -o "$2" || exit 0
	n=0
	until test -e "$2" || test $((n += 1)) -gt 2000; do sleep 0.02; done
	END
	timeout 60 script -qec "sh '$dir/on-terminal' '$dir/d.pid' '$report'" \
	    /dev/null </dev/null >/dev/null 2>&1 3>&- 4>&-
	[[ -e $report ]] || return 0
	witness_is tty 0
}

@test "devices as logs work or are refused at once" {
	for device in /dev/null /dev/full /dev/zero; do
		hangs_not -o "$device"
		[[ $status -eq 0 ]] || continue
		pid=$(daemon_pid "$dir/d.pid")
		remember "$pid"
		kill "$pid"
		eventually 60 dead "$pid"
		rm "$dir/d.pid"
	done
}

@test "a socket as a log is refused" {
	need_cmd python3
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$dir/socket"
	refused 1 'cannot open' -o "$dir/socket" sleep 600
}

@test "a symbolic link as a log is refused, its victim untouched" {
	printf 'precious\n' >"$dir/victim"
	ln -s victim "$dir/link"
	refused 1 'cannot open .*link' -o "$dir/link" sleep 600
	refused 1 'cannot open .*link' -e "$dir/link" sleep 600
	refused 1 'cannot open .*link' --log "$dir/link" sleep 600
	is "$(<"$dir/victim")" precious
}

@test "a dangling symbolic link as a log creates nothing" {
	ln -s nowhere "$dir/link"
	refused 1 'cannot open .*link' -o "$dir/link" sleep 600
	[[ ! -e $dir/nowhere ]]
}

@test "a directory as a log is refused" {
	refused 1 'cannot open .*: Is a directory' -o "$dir" sleep 600
}

@test "a log in a missing directory is refused, --mkdir makes it" {
	refused 1 'cannot open .*: No such file or directory' \
	    -o "$dir/a/b/log" sleep 600
	started -p "$dir/d.pid" --mkdir -o "$dir/a/b/log" sleep 600
	[[ -f $dir/a/b/log ]]
}

@test "a log its user may not write is refused" {
	need_user
	mkdir "$dir/closed"
	: >"$dir/closed/log"
	chmod 600 "$dir/closed/log"
	if [[ $EUID -ne 0 ]]; then
		chmod 400 "$dir/closed/log"
	fi
	as_user refused 1 'cannot open .*: Permission denied' \
	    -o "$dir/closed/log" sleep 600
	[[ $EUID -eq 0 ]] || return 0
	as_user refused 1 'cannot open .*: Permission denied' \
	    -o "$dir/closed/new" sleep 600
}

@test "a failed start leaves no log behind, and an old one as it was" {
	refused 127 'not found|No such file' -o "$out" -e "$err" \
	    --log "$dir/log" /does/not/exist
	printf 'old\n' >"$out"
	refused 127 'not found|No such file' -o "$out" -e "$err" \
	    /does/not/exist
	is "$(<"$out")" old
}

@test "a second start does not touch the log of the first" {
	started -p "$dir/d.pid" -o "$out" -- \
	    sh -c 'echo precious; exec sleep 600'
	eventually 60 test -s "$out"
	refused 3 'already running' -p "$dir/d.pid" -o "$out" sleep 600
	is "$(<"$out")" precious
}

@test "the pidfile as a log is a usage error" {
	cd "$dir"
	refused 2 'pidfile' -p "$dir/d.pid" -o "$dir/d.pid" sleep 600
	refused 2 'pidfile' -p d.pid --log "$dir/d.pid" sleep 600
	refused 2 'pidfile' -p "$dir/d.pid" -e file:d.pid sleep 600
}

@test "--stdin from a socket, or a terminal there is none of: the kernel's reason" {
	need_cmd python3 setsid
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$dir/socket"
	via=(setsid -w)
	for path in "$dir/socket" /dev/tty; do
		refused 1 "cannot open $path: No such device or address" \
		    --stdin="$path" sleep 600
	done
	via=()
}
