#!/usr/bin/env bats
# Standard input, and the streams of the caller: none of its pipes is kept, all
# may be inherited. Files as logs are in streams_files.bats, what is no file is
# in streams_special.bats.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# at_once COMMAND...: it succeeds long before the daemon ends, which lives for
# ten minutes.
at_once() {
	timeout 60 "$@" </dev/null 3>&- 4>&-
}

# --- the caller's pipes -----------------------------------------------------

@test "x=\$(daemonize ...) returns at once" {
	at_once sh -c 'x=$("$DAEMONIZE" -p "$1" -- sleep 600 2>&1)' sh \
	    "$dir/d.pid"
	alive "$(daemon_pid "$dir/d.pid")"
}

@test "daemonize ... | cat returns at once" {
	at_once sh -c '"$DAEMONIZE" -p "$1" -- sleep 600 2>&1 | cat' sh \
	    "$dir/d.pid"
	alive "$(daemon_pid "$dir/d.pid")"
}

@test "-v to a pipe says its steps and the pipe ends at once" {
	at_once sh -c 'x=$("$DAEMONIZE" -v -p "$1" -- sleep 600) &&
	    test -n "$x"' sh "$dir/d.pid"
	alive "$(daemon_pid "$dir/d.pid")"
}

@test "a pipe on a leaked descriptor ends at once" {
	at_once sh -c 'x=$("$DAEMONIZE" -p "$1" -- sleep 600 \
	    5>&1 6>&1 17>&1)' sh "$dir/d.pid"
	alive "$(daemon_pid "$dir/d.pid")"
}

@test "the writer into the caller's stdin is told that nobody reads" {
	mkfifo "$dir/fifo"
	"$DAEMONIZE" -p "$dir/d.pid" -- sleep 600 <>"$dir/fifo" \
	    >/dev/null 2>&1 3>&- 4>&-
	[[ $(readlink "/proc/$(daemon_pid "$dir/d.pid")/fd/0") == /dev/null ]]
}

@test "bats' own run returns at once" {
	run "$DAEMONIZE" -p "$dir/d.pid" -- sleep 600 3>&- 4>&-
	[[ $status -eq 0 ]]
	alive "$(daemon_pid "$dir/d.pid")"
}

# --- standard input ---------------------------------------------------------

@test "stdin is empty, and readable also beside -o and -e" {
	started -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'cat && echo end of file; exec sleep 600'
	eventually 60 test -s "$out"
	is "$(<"$out")" 'end of file'
	[[ ! -s $err ]]
}

@test "the caller's stdin is not read" {
	printf 'secret\n' >"$dir/in"
	"$DAEMONIZE" -p "$dir/d.pid" -o "$out" -- \
	    sh -c 'read -r x; echo "got $x"; exec sleep 600' \
	    <"$dir/in" >/dev/null 2>&1 3>&- 4>&-
	eventually 60 test -s "$out"
	is "$(<"$out")" 'got '
}

@test "--stdin=FILE feeds the daemon from a file" {
	printf 'one\ntwo\n' >"$dir/in"
	started -p "$dir/d.pid" -o "$out" -i "$dir/in" -- \
	    sh -c 'cat; echo over; exec sleep 600'
	eventually 60 grep -q over "$out"
	is "$(<"$out")" "one${newline}two${newline}over"
}

@test "--stdin=FILE is opened for reading only, and not created" {
	printf 'one\n' >"$dir/in"
	witness_start -i "$dir/in"
	is "$(witness_get fd.0)" "$dir/in|r|"
	refused 1 'cannot open .*missing.*: No such file' \
	    -i "$dir/missing" sleep 600
}

@test "--stdin=hold never comes to an end" {
	started -p "$dir/d.pid" -o "$out" -i hold -- \
	    sh -c 'echo reading; read -r x; echo "ended $?"'
	eventually 60 test -s "$out"
	pid=$(daemon_pid "$dir/d.pid")
	eventually 60 is_sleeping "$pid"
	is "$(<"$out")" reading
	alive "$pid"
}

@test "--stdin=hold leaves no descriptor beside 0, 1, 2 and the lock" {
	witness_start -i hold
	witness_is fdcount 4
	[[ $(witness_get fd.0) != '/dev/null|'* ]]
}

@test "--stdin=hold outlives the caller, and needs nobody beside the daemon" {
	witness_start -i hold
	is "$(marked_pids)" "$pid"
}

@test "a FIFO nobody writes to as --stdin does not hang the start" {
	mkfifo "$dir/fifo"
	via=(timeout 45)
	start -p "$dir/d.pid" -i "$dir/fifo" sleep 600
	[[ $status -ne 124 ]]
}

@test "a directory as --stdin is refused" {
	mkdir "$dir/in"
	refused 1 'cannot .*Is a directory|not a' -i "$dir/in" sleep 600
}

# --- inherit ----------------------------------------------------------------

@test "inherit: leaves the caller's stream in place" {
	"$DAEMONIZE" -p "$dir/d.pid" -o inherit: -e inherit: -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 60 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "inherit: for one stream leaves the other closed to the caller" {
	"$DAEMONIZE" -p "$dir/d.pid" -e inherit: -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 60 test -s "$err"
	[[ ! -s $out ]]
}

@test "/dev/stdout and /dev/stderr are the caller's own" {
	"$DAEMONIZE" -p "$dir/d.pid" -o /dev/stdout -e /dev/stderr -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 60 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "/dev/stderr for stdout, as a container image wants it" {
	"$DAEMONIZE" -p "$dir/d.pid" -o /dev/stderr -e /dev/stdout -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 60 test -s "$err"
	eventually 60 test -s "$out"
	is "$(<"$out")" 'to err'
	is "$(<"$err")" 'to out'
}

@test "inherit: does not truncate or change the caller's stream" {
	printf 'before\n' >"$out"
	"$DAEMONIZE" -p "$dir/d.pid" -o inherit: -- \
	    sh -c 'echo after; exec sleep 600' \
	    </dev/null >>"$out" 2>/dev/null 3>&- 4>&-
	eventually 60 grep -q after "$out"
	is "$(<"$out")" "before${newline}after"
}

@test "inherit: where the caller has none does not break the start" {
	[[ -x $LAUNCHER ]]
	via=("$LAUNCHER" -c 12 --)
	witness_start -o inherit: -e inherit:
	witness_is fdcount 4
	witness_has fd.1 && witness_has fd.2
	[[ $(witness_get fd.1) != "$pidfile|"* ]]
	[[ $(witness_get fd.2) != "$pidfile|"* ]]
}
