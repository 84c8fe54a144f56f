#!/usr/bin/env bats
# daemonctl in a crowd: starters, stoppers and restarters at once, where the
# daemon itself proves that it was never two; and daemons which do not want to
# be stopped, with all that they have started.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

setup() {
	control_setup
	arena
}

teardown() {
	: >"${BATS_TEST_TMPDIR:?}/enough"
	stop_all
	# What was on its way meanwhile.
	stop_all
}

# arena: files of the daemon web, where whoever runs the test can write. It has
# the time to see its TERM, and so to remove what says that it is there.
arena() {
	T=$(user_dir arena)
	conf web "command = $SUBJECT -X $T/lock -x $T/alone -r $T/starts" \
	    'stop-timeout = 100s'
}

# crowd NAME STATUSES COMMAND...: in the background, runs COMMAND again and
# again until there is a file $BATS_TEST_TMPDIR/enough. Every exit status that
# is not among STATUSES goes to $BATS_TEST_TMPDIR/wrong, with its message.
crowd() {
	local name=$1 statuses=$2
	shift 2
	(
		err=$BATS_TEST_TMPDIR/err.$name
		while [[ ! -e $BATS_TEST_TMPDIR/enough ]]; do
			code=0
			"$@" 2>"$err" || code=$?
			echo "$code" >>"$BATS_TEST_TMPDIR/statuses.$name"
			# One that is stopped while it starts has not started.
			[[ " $statuses " == *" $code "* ||
			    $(<"$err") == *'killed by signal'* ]] ||
			    printf '%s: status %s: %s\n' "$name" "$code" \
				"$(<"$err")" >>"$BATS_TEST_TMPDIR/wrong"
		done
	) </dev/null >/dev/null 3>&- &
	crowds+=($!)
	remember $!
}

crowds=()

# enough SECONDS [STARTS]: lets the crowds go on for so long, and until there
# were so many starts, then ends them.
enough() {
	local seconds=$1 starts=${2-0} name
	timeout "$seconds" sleep 1000 || :
	[[ $starts -eq 0 ]] || eventually 120 have_started "$starts"
	: >"$BATS_TEST_TMPDIR/enough"
	wait "${crowds[@]}"
	for name in "$BATS_TEST_TMPDIR"/statuses.*; do
		printf '# %s: %s\n' "${name##*.}" \
		    "$(sort "$name" | uniq -c | tr '\n' ' ')"
	done
}

have_started() {
	[[ $(wc -l <"$T/starts") -ge $1 ]]
}

# peaceful: no two daemons ever overlapped and every status was a right one.
peaceful() {
	cat "$BATS_TEST_TMPDIR/wrong" "$T"/*.overlap 2>/dev/null | head -n 20
	[[ ! -e $BATS_TEST_TMPDIR/wrong ]]
	[[ ! -e $T/lock.overlap && ! -e $T/alone.overlap ]]
}

# nothing_left: no process, no pidfile, no trace of the daemon.
nothing_left() {
	local pid pids
	pids=$(marked_pids)
	for pid in $pids; do
		ps -o pid,ppid,stat,etimes,args -p "$pid"
	done
	ls -A "$rundir" "$T"
	[[ -z $pids && -z $(ls -A "$rundir") && ! -e $T/alone ]]
}

# ctl ARG..., dmn ARG...: daemonctl and daemonize in the world of the test.
ctl() {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" "$DAEMONCTL" "$@"
}

dmn() {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" "$DAEMONIZE" "$@"
}

storm() {
	crowd start1 0 ctl start web
	crowd start2 0 ctl start web
	crowd start3 '0 3' dmn -n web --config="$confdir/web.conf"
	crowd stop1 0 ctl stop web
	crowd stop2 0 ctl stop web
	crowd restart 0 ctl restart web
	crowd reload '0 7' ctl signal WINCH web
	crowd status '0 1 3 4' ctl status web
}

@test "20 s of starts, stops and restarts: never two, nothing left" {
	storm
	enough 20 20
	quietly stop web
	peaceful
	nothing_left
	printf '# %s daemons\n' "$(wc -l <"$T/starts")"
}

@test "the same for an ordinary user" {
	need_root
	user_world
	arena
	# What as_user puts before a command, for use in the background.
	copy_via() {
		user_via=("${via[@]}")
	}
	as_user copy_via
	via=("${user_via[@]}")
	storm
	enough 2 5
	quietly stop web
	peaceful
	nothing_left
}

@test "a storm with KILL after a moment: never two, nothing left" {
	conf web "command = $SUBJECT -i 15 -X $T/lock -r $T/starts"
	crowd start 0 ctl start web
	crowd start2 '0 3' dmn -n web --config="$confdir/web.conf"
	crowd stop 0 ctl stop --schedule=TERM/5ms/KILL/5 web
	crowd stop2 0 ctl stop --schedule=KILL/5 web
	crowd restart 0 ctl restart --schedule=TERM/5ms/KILL/5 web
	enough 2 10
	quietly stop --schedule=KILL/5 web
	peaceful
	nothing_left
}

@test "restart lets no other starter in between" {
	need_root
	awk '/^CapEff:/ { print $2 }' /proc/self/status >"$T/caps"
	((16#$(<"$T/caps") >> 19 & 1)) || skip 'needs the capability sys_ptrace'
	quietly start web
	runs web
	other=("$SUBJECT" -r "$T/intruder")
	crowd fail 3 dmn -n web "${other[@]}"
	crowd ok 0 dmn -n web --if-running=ok "${other[@]}"
	crowd wait 3 dmn -n web --if-running=wait:200ms "${other[@]}"
	in_background "$T/waiter" "${via[@]}" "$DAEMONIZE" -n web \
	    --if-running=wait "${other[@]}"
	waiter=$background
	for i in {1..20}; do
		first=$pid
		quietly restart web
		dead "$first"
		runs web
		[[ $pid != "$first" && ! -e $T/intruder ]]
	done
	enough 0.3
	peaceful
	[[ ! -e $T/intruder && ! -e $T/waiter ]]
	# The one who waits gets it as soon as it is free.
	control stop web
	[[ $status -eq 0 ]]
	wait "$waiter"
	lines_are "$T/waiter" 0
	eventually 30 test -e "$T/intruder"
	quietly stop web
	nothing_left
}

@test "replacing one that is still being started: never two" {
	need_strace
	file=$T/web.pid
	# Without and with a pidfile of a former daemon.
	for old in no yes; do
		# Between the pid's writing and exec for a moment, as on a
		# machine under load.
		DMN_DAEMON_MARK=$DMN_TEST_MARK "${limit[@]}" strace -f \
		    -o "$T/trace" -e trace=execve \
		    -e inject=execve:delay_enter=700000 "$DAEMONIZE" \
		    -p "$file" "$SUBJECT" -X "$T/lock" \
		    </dev/null >/dev/null 2>&1 3>&- &
		starter=$!
		written() {
			[[ -e $file ]] && daemon_pid "$file" 2>/dev/null &&
			    [[ $(daemon_pid "$file") != "${pid-}" ]]
		}
		eventually 30 written
		via=("${limit[@]}")
		start -p "$file" --if-running=replace --stop-signal=KILL \
		    "$SUBJECT" -X "$T/lock"
		printf '# replacement: %s\n' "$status"
		wait "$starter" || :
		start -p "$file" --if-running=ok "$SUBJECT" -X "$T/lock"
		[[ $status -eq 0 ]]
		pid=$(daemon_pid "$file")
		at_rest "$pid"
		holds_lock "$pid" "$file"
		[[ ! -e $T/lock.overlap && $(marked_pids) == "$pid" ]]
		kill -KILL "$pid"
		eventually 30 dead "$pid"
	done
}

@test "10 stops at once of one that takes its time: all succeed" {
	daemon slow sh -c 'trap "sleep 0.3; exit" TERM
		: >"$1"; while :; do sleep 0.02; done' sh "$T/ready"
	eventually 30 test -e "$T/ready"
	for i in {1..10}; do
		in_background "$T/stop.$i" "${via[@]}" "$DAEMONCTL" stop slow
	done
	wait
	[[ $(cat "$T"/stop.? "$T"/stop.10 | sort -u) == 0 ]]
	[[ -z $(cat "$T"/stop.*.err) ]]
	is_gone "$pid" "$file"
}

# --- who does not want to be stopped ----------------------------------------------

@test "one that ignores TERM: KILL after the time of the schedule" {
	subject web -i 15
	took_ms quietly stop --schedule=TERM/200ms/KILL/5 web
	is_gone "$pid" "$file"
	((took >= 200 && took < 30000))
}

@test "one that ignores TERM and is stopped" {
	subject web -i 15
	halt "$pid"
	quietly stop --timeout=200ms web
	is_gone "$pid" "$file"
}

@test "a zombie of a lazy parent is dead: stop returns at once" {
	"$SUBJECT" -L "$rundir/lazy.pid" </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 30 test -s "$rundir/lazy.pid"
	eventually 30 runs lazy
	took_ms quietly stop --timeout=100s lazy
	has_state "$pid" Z
	[[ ! -e $rundir/lazy.pid ]]
	((took < 60000))
	printf '%s\n' "$pid" >"$rundir/lazy.pid"
	control status lazy
	[[ $status -eq 1 && $output == 'lazy: dead, '* ]]
	control reload lazy
	[[ $status -eq 7 ]]
	quietly wait --timeout=5s lazy
	quietly stop lazy
}

# kids: waits until the subject's children are two; sets kids.
kids() {
	two_kids() {
		[[ -e $T/kids && $(wc -l <"$T/kids") -eq 2 ]]
	}
	eventually 30 two_kids
	mapfile -t kids <"$T/kids"
	remember "${kids[@]}"
	alive "${kids[0]}"
	alive "${kids[1]}"
}

@test "stop --tree: descendants as well, in other sessions too" {
	sleep 2000 3>&- &
	stranger=$!
	remember "$stranger"
	subject web -c "$T/kids"
	kids
	quietly stop --tree web
	is_gone "$pid" "$file"
	dead "${kids[0]}"
	dead "${kids[1]}"
	alive "$stranger"
}

@test "stop --tree: descendants that gave the lock up" {
	subject web -C -c "$T/kids"
	kids
	quietly stop --tree web
	is_gone "$pid" "$file"
	dead "${kids[0]}"
	dead "${kids[1]}"
}

@test "stop --tree: descendants that ignore TERM, of one that does not" {
	subject web -C -I -c "$T/kids"
	kids
	quietly stop --tree --timeout=300ms web
	is_gone "$pid" "$file"
	dead "${kids[0]}"
	dead "${kids[1]}"
}

@test "stop --tree: all of them stopped and ignoring TERM" {
	subject web -i 15 -I -c "$T/kids"
	kids
	kill -STOP "${kids[@]}" "$pid"
	quietly stop --tree --timeout=300ms web
	is_gone "$pid" "$file"
	dead "${kids[0]}"
	dead "${kids[1]}"
}

@test "stop --tree: one that goes on making children" {
	daemon web sh -c 'trap "" TERM; : >"$1"
		while :; do sleep 1000 & sleep 0.02; done' sh "$T/ready"
	eventually 30 test -e "$T/ready"
	control stop --tree --timeout=300ms web
	[[ $status -eq 0 ]]
	is_gone "$pid" "$file"
	[[ -z $(marked_pids) ]]
}

@test "stop without --tree leaves descendants alone" {
	subject web -C -c "$T/kids"
	kids
	quietly stop web
	is_gone "$pid" "$file"
	alive "${kids[0]}"
	alive "${kids[1]}"
}

@test "descendants that keep the lock do not hang a stop without --tree" {
	subject web -c "$T/kids"
	kids
	took_ms control stop --timeout=500ms web
	((took < 60000))
	dead "$pid"
	alive "${kids[0]}"
	alive "${kids[1]}"
	# The lock is not free: success would be a lie.
	[[ $status -ne 0 && $error == 'daemonctl: '* ]]
	[[ -e $file ]]
}
