#!/usr/bin/env bats
# One instance at a time: -p, -n, -l and --if-running, in a crowd and in a
# storm; how long the lock lives and who else understands it.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	newline=$'\n'
	name=
	error=
	# Nothing here may wait for ever, whatever is broken.
	via=(timeout 20)
}

teardown() {
	stop_all
	# Where a test failed, a waiting one may have started after that.
	stop_all
	[[ -z $name ]] || rm -f "/var/run/$name.pid"
}

# state FILE: everything that a loser must not change about FILE.
state() {
	stat -c '%i %f %u %g %h %s %y' -- "$1"
	cksum <"$1"
}

# holder ARG...: starts the daemon which holds $pidfile; sets pid.
holder() {
	started -p "$pidfile" "$@"
	pid=$(daemon_pid "$pidfile")
}

# fetched PID: the process is gone, reaped and all.
fetched() {
	[[ ! -e /proc/$1 ]]
}

# is_locked FILE: somebody has a lock on it; seen without taking it away.
is_locked() {
	[[ -e $1 ]] && grep -q ":$(stat -c %i "$1") " /proc/locks
}

# background ARG...: the program in the background; sets waiter. Its exit
# status goes to $BATS_TEST_TMPDIR/status when it is over.
background() {
	(
		status=0
		DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" "$@" \
		    2>"$BATS_TEST_TMPDIR/waiter.err" || status=$?
		printf '%s\n' "$status" >"$BATS_TEST_TMPDIR/status.$BASHPID"
		mv "$BATS_TEST_TMPDIR/status.$BASHPID" "$BATS_TEST_TMPDIR/status"
	) </dev/null >/dev/null 3>&- &
	remember $!
}

# is_waiting: a daemonizer of this test is in the background.
is_waiting() {
	local candidate
	for candidate in $(marked_pids); do
		[[ $(readlink "/proc/$candidate/exe") != "$DAEMONIZE" ]] ||
		    return 0
	done
	return 1
}

# crowd N ARG...: N simultaneous starts, released together by opening a FIFO.
# Their statuses go to $dir/status.*, their messages to $dir/err.*.
crowd() {
	local i n=$1
	shift
	dir=$BATS_TEST_TMPDIR/crowd
	rm -rf "$dir"
	mkdir "$dir"
	mkfifo "$dir/gate"
	for ((i = 0; i < n; i++)); do
		(
			: <"$dir/gate"
			status=0
			DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 30 \
			    "$DAEMONIZE" "$@" 2>"$dir/err.$i" || status=$?
			echo "$status" >"$dir/status.$i"
		) </dev/null >/dev/null 3>&- &
	done
	exec 8>"$dir/gate"
	wait
	exec 8>&-
}

# --- already running ------------------------------------------------------------

@test "a second start: exit 3; pid, start time and command of the first" {
	local now since
	holder sleep 1000
	now=$(date +%s)
	refused 3 'already running' -p "$pidfile" sleep 2000
	printf '%s\n' "$error"
	[[ $error =~ ^"daemonize: cannot lock $pidfile: already running as pid "([0-9]+)" since "([0-9]{4}-[0-9]{2}-[0-9]{2}" "[0-9:]{8})": sleep 1000"$ ]]
	[[ ${BASH_REMATCH[1]} -eq $pid ]]
	since=$(date -d "${BASH_REMATCH[2]}" +%s)
	((now - since <= 5 && since - now <= 5))
}

@test "the loser changes no byte of the pidfile and starts nothing" {
	local before
	holder sleep 1000
	before=$(state "$pidfile")
	start -p "$pidfile" touch "$BATS_TEST_TMPDIR/started"
	[[ $status -eq 3 ]]
	start -p "$pidfile" "$BATS_TEST_TMPDIR/no-such-command"
	[[ $status -eq 3 || $status -eq 127 ]]
	[[ $(state "$pidfile") == "$before" && ! -e $BATS_TEST_TMPDIR/started ]]
	alive "$pid"
}

@test "a loser that comes between lock and pid waits for the pid" {
	need_cmd strace
	DMN_DAEMON_MARK=$DMN_TEST_MARK strace -f -o /dev/null \
	    -e trace=setsid -e inject=setsid:delay_enter=400000 \
	    "$DAEMONIZE" -p "$pidfile" sleep 1000 \
	    </dev/null >/dev/null 2>&1 3>&- &
	eventually 5 is_locked "$pidfile"
	[[ ! -s $pidfile ]]
	start -p "$pidfile" sleep 2000
	[[ $status -eq 3 ]]
	pid=$(daemon_pid "$pidfile")
	[[ $error == *"already running as pid $pid since "* ]]
}

@test "the loser leaves the log of the first alone" {
	local log=$BATS_TEST_TMPDIR/log
	holder -o "$log" sh -c 'echo precious; exec sleep 1000'
	eventually 5 grep -q precious "$log"
	start -p "$pidfile" -o "$log" sleep 1000
	[[ $status -eq 3 && $(<"$log") == precious ]]
}

@test "a hostile command line cannot break the message" {
	holder tail -f /dev/null "${newline}daemonize: lies"$'\e[2J\r\t\001'
	refused 3 "already running as pid $pid " -p "$pidfile" sleep 1000
	[[ $error != *[$'\001'-$'\010'$'\012'-$'\037']* ]]
}

@test "a very long command line is cut, not the message" {
	holder tail -f /dev/null "$(printf '%0100000d' 0)"
	refused 3 "already running as pid $pid since .*: tail -f /dev/null 00" \
	    -p "$pidfile" sleep 1000
	((${#error} < 10000))
}

@test "an ordinary user's daemon is single as well" {
	need_root
	need_user
	local dir
	dir=$(user_dir private)
	pidfile=$dir/d.pid
	as_user holder sleep 1000
	start -p "$pidfile" sleep 1000
	[[ $status -ne 0 && $(daemon_pid "$pidfile") == "$pid" ]]
	as_user refused 3 "running as pid $pid" -p "$pidfile" sleep 1000
}

# --- --if-running ---------------------------------------------------------------

@test "--if-running=fail is the default" {
	holder sleep 1000
	refused 3 "as pid $pid " --if-running=fail -p "$pidfile" sleep 1000
}

@test "--if-running=ok: silent success, nothing started, nothing changed" {
	local before
	holder sleep 1000
	before=$(state "$pidfile")
	started --if-running=ok -p "$pidfile" touch "$BATS_TEST_TMPDIR/started"
	[[ -z $output && ! -e $BATS_TEST_TMPDIR/started ]]
	[[ $(state "$pidfile") == "$before" ]]
}

@test "every --if-running starts the daemon where none runs" {
	local choice
	for choice in fail ok wait wait:1s replace replace:1s; do
		started --if-running="$choice" -p "$pidfile.$choice" sleep 1000
		daemon_pid "$pidfile.$choice"
	done
}

@test "--if-running=wait waits until the first is gone, then starts" {
	holder sleep 1000
	background --if-running=wait -p "$pidfile" sleep 2000
	eventually 5 is_waiting
	run ! eventually 1 test -e "$BATS_TEST_TMPDIR/status"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	kill "$pid"
	eventually 5 test -e "$BATS_TEST_TMPDIR/status"
	[[ $(<"$BATS_TEST_TMPDIR/status") == 0 ]]
	[[ $(daemon_pid "$pidfile") != "$pid" ]]
	remember "$(daemon_pid "$pidfile")"
	[[ ! -s $BATS_TEST_TMPDIR/waiter.err ]]
}

@test "--if-running=wait:TIME that runs out: exit 3, not too early or late" {
	local begin took
	holder sleep 1000
	begin=$(now_us)
	start --if-running=wait:300ms -p "$pidfile" sleep 1000
	took=$(($(now_us) - begin))
	[[ $status -eq 3 && $error == *"as pid $pid "* ]]
	((took >= 300000 && took < 3000000))
	alive "$pid"
}

@test "--if-running=replace ends the first with TERM, then starts" {
	holder sh -c 'trap "echo term >\"$1\"; exit" TERM
		while :; do sleep 0.1; done' sh "$BATS_TEST_TMPDIR/signal"
	started --if-running=replace -p "$pidfile" sleep 2000
	[[ $(<"$BATS_TEST_TMPDIR/signal") == term ]]
	dead "$pid"
	[[ $(daemon_pid "$pidfile") != "$pid" ]]
	alive "$(daemon_pid "$pidfile")"
}

@test "--if-running=replace:TIME ends one that ignores TERM with KILL" {
	local begin took
	holder sh -c 'trap "" TERM; : >"$1"; exec sleep 1000' sh \
	    "$BATS_TEST_TMPDIR/ready"
	eventually 5 test -e "$BATS_TEST_TMPDIR/ready"
	begin=$(now_us)
	started --if-running=replace:300ms -p "$pidfile" sleep 2000
	took=$(($(now_us) - begin))
	dead "$pid"
	((took >= 300000 && took < 5000000))
}

@test "--if-running=replace works on one that is stopped" {
	holder sleep 1000
	kill -STOP "$pid"
	started --if-running=replace:300ms -p "$pidfile" sleep 2000
	dead "$pid"
}

@test "--if-running=replace never signals a process that is not the holder" {
	need_cmd flock
	local content
	sleep 1000 3>&- &
	pid=$!
	remember "$pid"
	for content in "$pid" 1 ''; do
		printf '%s\n' "$content" >"$pidfile"
		# The lock belongs to a stranger; the number names an innocent.
		exec 8<"$pidfile"
		flock -n 8
		start --if-running=replace:100ms -p "$pidfile" sleep 2000 8>&-
		[[ $status -eq 1 || $status -eq 3 ]]
		alive "$pid"
		kill -0 $$
		[[ $(<"$pidfile") == "$content" ]]
		exec 8<&-
	done
}

# storm: 20 simultaneous replacements. One daemon must be left, with its pid
# in the file and the lock of the file, not of one that was unlinked.
storm() {
	local left
	crowd 20 --if-running=replace:5s -p "$pidfile" sleep 1000
	sort "$dir"/status.* | uniq -c
	left=$(marked_pids)
	printf 'left: %s, pidfile: %s\n' "$left" "$(<"$pidfile")"
	[[ $left == "$(daemon_pid "$pidfile")" ]]
	holds_lock "$left" "$pidfile"
}

@test "storms of replacements leave exactly one, where one was running" {
	local round
	holder sleep 1000
	for round in 1 2 3 4 5 6 7 8; do
		storm
	done
}

@test "storms of replacements leave exactly one, where none was running" {
	local round
	for round in 1 2 3 4 5 6 7 8; do
		rm -f "$pidfile"
		storm
		kill "$(daemon_pid "$pidfile")"
		eventually 5 nothing_runs
	done
}

nothing_runs() {
	[[ -z $(marked_pids) ]]
}

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
	eventually 5 dead "$pid"
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
	eventually 5 dead "$pid"
	eventually 5 flock -n "$pidfile" true
	flock -n "$BATS_TEST_TMPDIR/lock" true
}

@test "descendants extend the lock" {
	holder sh -c 'sleep 1000 & echo $! >"$1.new"; mv "$1.new" "$1"' sh \
	    "$BATS_TEST_TMPDIR/child"
	eventually 5 test -e "$BATS_TEST_TMPDIR/child"
	eventually 5 dead "$pid"
	refused 3 "$pidfile" -p "$pidfile" sleep 2000
	kill "$(<"$BATS_TEST_TMPDIR/child")"
	eventually 5 fetched "$(<"$BATS_TEST_TMPDIR/child")"
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
	start --if-running=ok -p "$pidfile" sleep 1000 8>&-
	[[ $status -eq 0 && $(<"$pidfile") == 12 ]]
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

# --- crowds and storms ------------------------------------------------------------

@test "200 simultaneous starts: one daemon, 199 exits 3 that name it" {
	local targets=$BATS_TEST_TMPDIR/targets
	# shellcheck disable=SC2016 # for the target's shell
	crowd 200 -p "$pidfile" \
	    sh -c 'echo $$ >>"$1"; exec sleep 1000' sh "$targets"
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	sort "$dir"/status.* | uniq -c
	[[ $(cat "$dir"/status.* | grep -cx 0) -eq 1 ]]
	[[ $(cat "$dir"/status.* | grep -cx 3) -eq 199 ]]
	[[ $(cat "$dir"/err.* | wc -l) -eq 199 ]]
	[[ $(cat "$dir"/err.* | grep -c \
	    "^daemonize: cannot lock $pidfile: already running as pid $pid since ....-..-.. ..:..:..: ") -eq 199 ]]
	eventually 5 test -s "$targets"
	[[ $(<"$targets") == "$pid" ]]
	[[ $(marked_pids) == "$pid" ]]
}

@test "1000 starts give 1000 complete pidfiles" {
	export DMN_DAEMON_MARK=$DMN_TEST_MARK
	# Two rows of 500 side by side, each file read as soon as it may be.
	row() {
		local i content bad=0
		for ((i = 0; i < 500; i++)); do
			"$DAEMONIZE" -p "$BATS_TEST_TMPDIR/$1.$i" true || bad=1
			IFS= read -r -d '' content <"$BATS_TEST_TMPDIR/$1.$i" || :
			[[ $content =~ ^[1-9][0-9]*"$newline"$ ]] || bad=1
		done
		return "$bad"
	}
	row a </dev/null >"$BATS_TEST_TMPDIR/row" 2>&1 3>&- &
	row b </dev/null 3>&-
	wait $!
	[[ ! -s $BATS_TEST_TMPDIR/row ]]
}

@test "100 rounds of start and kill -9: every next start works at once" {
	local i last=
	for ((i = 0; i < 100; i++)); do
		started --if-running=wait:5s -p "$pidfile" sleep 1000
		pid=$(daemon_pid "$pidfile")
		[[ $pid != "$last" ]]
		last=$pid
		kill -KILL "$pid"
	done
}

@test "--if-running=replace leaves the first alone where there is nothing to execute" {
	holder sleep 1000
	start -p "$pidfile" --if-running=replace no-such-command
	[[ $status -eq 127 && $error == *'not found in PATH'* ]]
	start -p "$pidfile" --if-running=replace /etc/passwd
	[[ $status -eq 126 ]]
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
	alive "$pid"
}
