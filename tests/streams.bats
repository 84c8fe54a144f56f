#!/usr/bin/env bats
# Standard input, output and error: where they lead, how the files are opened,
# and that no pipe of the caller is kept.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common

setup() {
	unset pidfile report
	dir=$BATS_TEST_TMPDIR
	out=$dir/out
	err=$dir/err
	error=
	newline=$'\n'
}

# at_once COMMAND...: it succeeds, and takes less than three seconds.
at_once() {
	local begin
	begin=$(now_us)
	timeout 20 "$@" </dev/null 3>&- 4>&-
	(($(now_us) - begin < 3000000))
}

mode_is() {
	is "$(stat -c %a "$1")" "$2"
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
	begin=$(now_us)
	run "$DAEMONIZE" -p "$dir/d.pid" -- sleep 600 3>&- 4>&-
	[[ $status -eq 0 ]]
	(($(now_us) - begin < 3000000))
}

# --- standard input ---------------------------------------------------------

@test "stdin is empty, and readable also beside -o and -e" {
	started -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'cat && echo end of file; exec sleep 600'
	eventually 5 test -s "$out"
	is "$(<"$out")" 'end of file'
	[[ ! -s $err ]]
}

@test "the caller's stdin is not read" {
	printf 'secret\n' >"$dir/in"
	"$DAEMONIZE" -p "$dir/d.pid" -o "$out" -- \
	    sh -c 'read -r x; echo "got $x"; exec sleep 600' \
	    <"$dir/in" >/dev/null 2>&1 3>&- 4>&-
	eventually 5 test -s "$out"
	is "$(<"$out")" 'got '
}

@test "--stdin=FILE feeds the daemon from a file" {
	printf 'one\ntwo\n' >"$dir/in"
	started -p "$dir/d.pid" -o "$out" -i "$dir/in" -- \
	    sh -c 'cat; echo over; exec sleep 600'
	eventually 5 grep -q over "$out"
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
	eventually 5 test -s "$out"
	pid=$(daemon_pid "$dir/d.pid")
	asleep() { [[ $(stat_field "$pid" 3) == S ]]; }
	eventually 5 asleep
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
	via=(timeout 10)
	start -p "$dir/d.pid" -i "$dir/fifo" sleep 600
	[[ $status -ne 124 ]]
}

@test "a directory as --stdin is refused" {
	mkdir "$dir/in"
	refused 1 'cannot .*Is a directory|not a' -i "$dir/in" sleep 600
}

# --- files ------------------------------------------------------------------

@test "-o and -e lead to their files" {
	started -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600'
	eventually 5 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "only -o: stderr is /dev/null, and the other way round" {
	witness_start -o "$out"
	[[ $(witness_get fd.1) == "$out|"* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start -e "$err"
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == "$err|"* ]]
}

@test "-o and -e truncate" {
	printf 'old\n' | tee "$out" >"$err"
	started -p "$dir/d.pid" -o "$out" -e "$err" sleep 600
	[[ ! -s $out && ! -s $err ]]
}

@test "-a appends" {
	printf 'old\n' | tee "$out" >"$err"
	started -a -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'echo new; echo new >&2; exec sleep 600'
	eventually 5 grep -q new "$err"
	is "$(<"$out")" "old${newline}new"
	is "$(<"$err")" "old${newline}new"
}

@test "--log takes both and appends" {
	printf 'old\n' >"$out"
	started -p "$dir/d.pid" --log "$out" -- \
	    sh -c 'echo one; echo two >&2; exec sleep 600'
	eventually 5 grep -q two "$out"
	is "$(<"$out")" "old${newline}one${newline}two"
}

@test "-o and -e each override --log for their stream" {
	witness_start --log "$dir/log" -o "$out"
	[[ $(witness_get fd.1) == "$out|"* ]]
	[[ $(witness_get fd.2) == "$dir/log|"* ]]
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --log "$dir/log" --stderr null:
	[[ $(witness_get fd.1) == "$dir/log|"* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
}

@test "every log is open for appending, writing only, nothing else" {
	witness_start -o "$out" -e "$err"
	is "$(witness_get fd.1)" "$out|w|append,"
	is "$(witness_get fd.2)" "$err|w|append,"
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --log "$out"
	is "$(witness_get fd.1)" "$out|w|append,"
	is "$(witness_get fd.2)" "$out|w|append,"
}

@test "a log cut short by logrotate's copytruncate goes on at its begin" {
	started -p "$dir/d.pid" -o "$out" -- sh -c 'echo first
	    until test -e "$0"; do sleep 0.02; done
	    echo second; exec sleep 600' "$dir/go"
	eventually 5 test -s "$out"
	: >"$out"
	: >"$dir/go"
	eventually 5 test -s "$out"
	is "$(<"$out")" second
	is "$(stat -c %s "$out")" 7
}

@test "the same file for -o and -e is one open description" {
	witness_start -o "$out" -e "$out"
	witness_is shared.1.2 yes
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --log "$out"
	witness_is shared.1.2 yes
}

@test "the same file under two names is one open description" {
	mkdir "$dir/sub"
	cd "$dir"
	witness_start -o "$dir/out" -e sub/../out
	witness_is shared.1.2 yes
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start -o out -e "file:$dir/out"
	witness_is shared.1.2 yes
}

@test "what both streams write into one file keeps its order" {
	started -p "$dir/d.pid" -o "$out" -e "$out" -- sh -c '
		for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done
		exec sleep 600'
	eventually 5 grep -q e9 "$out"
	is "$(tr -d '\n' <"$out")" o1e1o2e2o3e3o4e4o5e5o6e6o7e7o8e8o9e9
}

@test "different files are different descriptions" {
	witness_start -o "$out" -e "$err"
	witness_is shared.1.2 no
}

@test "a new log has mode 0640, whatever the umask" {
	umask 0
	started -p "$dir/d.pid" -o "$out" -e "$err" sleep 600
	mode_is "$out" 640
	mode_is "$err" 640
	umask 077
	started -p "$dir/e.pid" --log "$dir/log" sleep 600
	mode_is "$dir/log" 640
}

@test "the target's umask does not change the mode of its logs" {
	started -p "$dir/d.pid" -m 077 -o "$out" sleep 600
	mode_is "$out" 640
}

@test "--log-mode sets the mode of new logs, exactly" {
	umask 077
	started -p "$dir/d.pid" --log-mode 0664 -o "$out" sleep 600
	mode_is "$out" 664
	started -p "$dir/e.pid" --log-mode=600 --log "$dir/log" sleep 600
	mode_is "$dir/log" 600
}

@test "a log that is there already keeps its mode" {
	: >"$out"
	chmod 604 "$out"
	started -p "$dir/d.pid" -o "$out" --log-mode 0666 sleep 600
	mode_is "$out" 604
}

@test "relative names count from the caller's directory" {
	mkdir "$dir/here"
	cd "$dir/here"
	started -p d.pid -o out --stderr=file:err -c / -- \
	    sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 5 test -s err
	is "$(<out)" o
	is "$(<err)" e
	daemon_pid d.pid
}

@test "file: allows a name that looks like a scheme" {
	cd "$dir"
	witness_start -o file:null: -e file:inherit:
	[[ $(witness_get fd.1) == "$dir/null:|"* ]]
	[[ $(witness_get fd.2) == "$dir/inherit:|"* ]]
}

@test "a name with another colon is a file" {
	cd "$dir"
	witness_start -o foo:bar
	[[ $(witness_get fd.1) == "$dir/foo:bar|"* ]]
}

@test "null: discards" {
	witness_start -o null: -e null:
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
}

# --- inherit ----------------------------------------------------------------

@test "inherit: leaves the caller's stream in place" {
	"$DAEMONIZE" -p "$dir/d.pid" -o inherit: -e inherit: -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 5 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "inherit: for one stream leaves the other closed to the caller" {
	"$DAEMONIZE" -p "$dir/d.pid" -e inherit: -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 5 test -s "$err"
	[[ ! -s $out ]]
}

@test "/dev/stdout and /dev/stderr are the caller's own" {
	"$DAEMONIZE" -p "$dir/d.pid" -o /dev/stdout -e /dev/stderr -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 5 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "/dev/stderr for stdout, as a container image wants it" {
	"$DAEMONIZE" -p "$dir/d.pid" -o /dev/stderr -e /dev/stdout -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600' \
	    </dev/null >"$out" 2>"$err" 3>&- 4>&-
	eventually 5 test -s "$err"
	eventually 5 test -s "$out"
	is "$(<"$out")" 'to err'
	is "$(<"$err")" 'to out'
}

@test "inherit: does not truncate or change the caller's stream" {
	printf 'before\n' >"$out"
	"$DAEMONIZE" -p "$dir/d.pid" -o inherit: -- \
	    sh -c 'echo after; exec sleep 600' \
	    </dev/null >>"$out" 2>/dev/null 3>&- 4>&-
	eventually 5 grep -q after "$out"
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

# --- what is no file --------------------------------------------------------

# hangs_not STREAM-OPTION TARGET: refused or started, but never stuck.
hangs_not() {
	local begin
	begin=$(now_us)
	via=(timeout -s KILL 10)
	start -p "$dir/d.pid" "$@" sleep 600
	(($(now_us) - begin < 3000000))
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
		read -r -t 5 line <&7
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
	until test -e "$2" || test $((n += 1)) -gt 500; do sleep 0.02; done
	END
	timeout 20 script -qec "sh '$dir/on-terminal' '$dir/d.pid' '$report'" \
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
		eventually 5 dead "$pid"
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
	eventually 5 test -s "$out"
	refused 3 'already running' -p "$dir/d.pid" -o "$out" sleep 600
	is "$(<"$out")" precious
}

@test "the pidfile as a log is a usage error" {
	cd "$dir"
	refused 2 'pidfile' -p "$dir/d.pid" -o "$dir/d.pid" sleep 600
	refused 2 'pidfile' -p d.pid --log "$dir/d.pid" sleep 600
	refused 2 'pidfile' -p "$dir/d.pid" -e file:d.pid sleep 600
}
