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
}

teardown() {
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

# opens PID FILE: PID has FILE open.
opens() {
	local fd
	for fd in /proc/"$1"/fd/*; do
		[[ $(readlink "$fd") != "$2" ]] || return 0
	done
	return 1
}

# background ARG...: the program in the background; sets waiter. Its exit
# status goes to $BATS_TEST_TMPDIR/status when it is over.
background() {
	(
		status=0
		DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" "$@" \
		    2>"$BATS_TEST_TMPDIR/waiter.err" || status=$?
		printf '%s\n' "$status" >"$BATS_TEST_TMPDIR/status.new"
		mv "$BATS_TEST_TMPDIR/status.new" "$BATS_TEST_TMPDIR/status"
	) </dev/null >/dev/null 3>&- &
	remember $!
}

# waits_on FILE: a started daemonizer has FILE open and is not its holder.
waits_on() {
	local candidate
	for candidate in $(marked_pids); do
		[[ $candidate != "$pid" ]] || continue
		if opens "$candidate" "$1"; then
			return 0
		fi
	done
	return 1
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

@test "the loser leaves the log of the first alone" {
	local log=$BATS_TEST_TMPDIR/log
	holder -o "$log" sh -c 'echo precious; exec sleep 1000'
	eventually 5 grep -q precious "$log"
	start -p "$pidfile" -o "$log" sleep 1000
	[[ $status -eq 3 && $(<"$log") == precious ]]
}

@test "a hostile command line cannot break the message" {
	holder sh -c "exec sleep 1000 # ${newline}daemonize: lies"$'\e[2J\r\t\001'
	refused 3 "already running as pid $pid " -p "$pidfile" sleep 1000
	[[ $error != *[$'\001'-$'\037']* ]]
}

@test "a very long command line is cut, not the message" {
	holder sh -c "exec sleep 1000 # $(printf '%0100000d' 0)"
	refused 3 "already running as pid $pid since .*: sh -c" \
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
	eventually 5 waits_on "$pidfile"
	[[ ! -e $BATS_TEST_TMPDIR/status && $(daemon_pid "$pidfile") == "$pid" ]]
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
	for content in "$pid" 1 0 4294967295 ''; do
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

@test "a storm of replacements leaves exactly one" {
	local i left
	holder sleep 1000
	for i in {1..20}; do
		background --if-running=replace:5s -p "$pidfile" sleep "10$i"
	done
	wait
	left=$(marked_pids)
	printf 'left: %s\n' "$left"
	[[ $left == "$(daemon_pid "$pidfile")" ]]
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
	refused 3 "$lock" -l "$lock" -p "$pidfile.2" sleep 1000
	printf '12\n' >"$pidfile.3"
	refused 3 "$lock" -l "$lock" -p "$pidfile.3" sleep 1000
	refused 3 "$lock" -l "$lock" sleep 1000
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
	refused 3 "$pidfile" -p "$pidfile" sleep 1000 8>&-
	[[ $(<"$pidfile") == 12 ]]
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

# crowd N: N simultaneous starts, released together by opening a FIFO. Their
# statuses go to $dir/status.*, their messages to $dir/err.*.
crowd() {
	local i
	dir=$BATS_TEST_TMPDIR/crowd
	mkdir -p "$dir"
	mkfifo "$dir/gate"
	for ((i = 0; i < $1; i++)); do
		(
			: <"$dir/gate"
			status=0
			"$DAEMONIZE" -p "$pidfile" sh -c 'echo $$ >>"$1"
				exec sleep 1000' sh "$dir/targets" \
			    2>"$dir/err.$i" || status=$?
			echo "$status" >"$dir/status.$i"
		) </dev/null >/dev/null 3>&- &
	done
	export DMN_DAEMON_MARK=$DMN_TEST_MARK
	exec 8>"$dir/gate"
	wait
	exec 8>&-
}

@test "200 simultaneous starts: one daemon, 199 exits 3 that name it" {
	export DMN_DAEMON_MARK=$DMN_TEST_MARK
	crowd 200
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	sort "$dir"/status.* | uniq -c
	[[ $(cat "$dir"/status.* | grep -cx 0) -eq 1 ]]
	[[ $(cat "$dir"/status.* | grep -cx 3) -eq 199 ]]
	[[ $(cat "$dir"/err.* | wc -l) -eq 199 ]]
	[[ $(cat "$dir"/err.* | grep -c \
	    "^daemonize: cannot lock $pidfile: already running as pid $pid since ....-..-.. ..:..:..: ") -eq 199 ]]
	eventually 5 test -s "$dir/targets"
	[[ $(<"$dir/targets") == "$pid" ]]
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
