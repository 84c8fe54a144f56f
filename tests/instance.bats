#!/usr/bin/env bats
# One instance at a time: what becomes of a second start, alone, in a crowd and
# in a storm. --if-running is in instance_running.bats, -n and -l are in
# instance_lock.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/pidfile

# --- already running ------------------------------------------------------------

@test "a second start: exit 3; pid, start time and command of the first" {
	local before after since
	before=$(date +%s)
	holder sleep 1000
	after=$(date +%s)
	refused 3 'already running' -p "$pidfile" sleep 2000
	printf '%s\n' "$error"
	[[ $error =~ ^"daemonize: cannot lock $pidfile: already running as pid "([0-9]+)" since "([0-9]{4}-[0-9]{2}-[0-9]{2}" "[0-9:]{8})": sleep 1000"$ ]]
	[[ ${BASH_REMATCH[1]} -eq $pid ]]
	since=$(date -d "${BASH_REMATCH[2]}" +%s)
	((since >= before - 2 && since <= after + 2))
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
	local child
	need_cmd strace
	strace -o /dev/null true || skip 'strace may not trace here'
	# Its first child stops itself, where it has yet to make the second.
	DMN_DAEMON_MARK=$DMN_TEST_MARK strace -f -o /dev/null \
	    -e trace=setsid -e inject=setsid:signal=STOP \
	    "$DAEMONIZE" -p "$pidfile" sleep 1000 \
	    </dev/null >/dev/null 2>&1 3>&- &
	eventually 30 finds_first_child
	is_locked "$pidfile"
	[[ ! -s $pidfile ]]
	(
		command sleep 0.4
		eventually 30 goes_on
	) 3>&- &
	start -p "$pidfile" sleep 2000
	[[ $status -eq 3 ]]
	pid=$(daemon_pid "$pidfile")
	[[ $error == *"already running as pid $pid since "* ]]
}

# finds_first_child: it is stopped, or about to be; sets child.
finds_first_child() {
	for child in $(marked_pids); do
		[[ /proc/$(stat_field "$child" 4)/exe -ef $DAEMONIZE &&
		    $(stat_field "$child" 3) == [Tt] ]] && return 0
	done
	return 1
}

goes_on() {
	kill -CONT "$child"
	[[ -s $pidfile ]]
}

@test "the loser leaves the log of the first alone" {
	local log=$BATS_TEST_TMPDIR/log
	holder -o "$log" sh -c 'echo precious; exec sleep 1000'
	eventually 30 grep -q precious "$log"
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
	eventually 30 test -s "$targets"
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
