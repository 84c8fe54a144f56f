#!/usr/bin/env bats
# --ready: the command returns when the daemon works, or says why it never
# will: every condition, and every way in which it can fail to come true.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready

setup() {
	ready_setup
}

# --- each condition -----------------------------------------------------------

@test "exec is the default: it may be named, and is ready when executed" {
	ready --ready=exec "$SERVICE"
	is_running
}

@test "alive: returns when the time is over, and not before" {
	local before
	before=$(now_us)
	ready --ready=alive:300ms sleep 1000
	(($(now_us) - before >= 300000))
	is_running
}

@test "file: returns when the file is there" {
	ready --ready="file:$T/up" "$SERVICE" "file:$T/up"
	is_running
	[[ $(<"$T/up") -eq $pid ]]
}

@test "file: a stale one is not ready; one that is written anew is" {
	echo stale >"$T/up"
	late --ready="file:$T/up" "$SERVICE"
	ready --ready="file:$T/up" "$SERVICE" "file:$T/up"
	is_running
}

@test "file: in directories that are made only then" {
	# shellcheck disable=SC2016
	ready --ready="file:$T/a/b/c/up" sh -c \
	    'mkdir -p "$1/a/b/c" && : >"$1/a/b/c/up"; exec sleep 1000' sh "$T"
	is_running
}

@test "file: a relative path counts from the caller's directory" {
	cd "$T"
	ready --ready=file:here "$SERVICE" "file:$T/here"
	is_running
}

@test "file: a symbolic link to what appears elsewhere" {
	mkdir "$T/elsewhere"
	ln -s "$T/elsewhere/up" "$T/up"
	ready --ready="file:$T/up" "$SERVICE" "file:$T/elsewhere/up"
	is_running
}

@test "unix: returns when the socket accepts" {
	ready --ready="unix:$T/socket" "$SERVICE" "unix:$T/socket"
	is_running
	[[ -S $T/socket ]]
}

@test "unix: a stale socket is not ready; a sequence socket is" {
	"$SERVICE" "unix:$T/socket" exit:0
	[[ -S $T/socket ]]
	late --ready="unix:$T/socket" "$SERVICE"
	rm "$T/socket"
	ready --ready="unix:$T/socket" "$SERVICE" "seq:$T/socket"
	is_running
}

@test "tcp: returns when the port accepts, on 127.0.0.1 and on ::1" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	is_running
	need_ipv6
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:::1:$port"
	is_running
}

need_ipv6() {
	"$SERVICE" "tcp:::1:0" exit:0 2>/dev/null || skip 'there is no ::1'
}

@test "tcp: a name, an address, and one of IPv6 with and without brackets" {
	for host in localhost 127.0.0.1; do
		port=$(free_port)
		ready --ready="tcp:$host:$port" "$SERVICE" \
		    "tcp:127.0.0.1:$port"
		is_running
	done
	need_ipv6
	for host in '[::1]' '::1'; do
		port=$(free_port)
		ready --ready="tcp:$host:$port" "$SERVICE" "tcp:::1:$port"
		is_running
	done
}

@test "fd: returns at the newline, whatever number it has" {
	for number in 3 4 5 9 63; do
		ready --ready="fd:$number" "$SERVICE" "fd:$number:up\\n"
		is_running
	done
}

@test "fd: two of them, a pidfile, a lock and logs get in nobody's way" {
	ready --ready=fd:3 --ready=fd:4 -l "$T/lock" -o "$T/out" -e "$T/err" \
	    "$SERVICE" fd:4:a fd:3:b 'fd:4:\n' 'fd:3:\n' say:out err:err
	is_running
	holds_lock "$pid" "$pidfile"
	holds_lock "$pid" "$T/lock"
	eventually 10 grep -qx err "$T/err"
	grep -qx out "$T/out"
	[[ $(readlink "/proc/$pid/fd/3") == pipe:* ]]
	[[ $(readlink "/proc/$pid/fd/4") == pipe:* ]]
}

@test "fd: closed without a newline is not ready" {
	late --ready=fd:7 "$SERVICE" fd:7:almost closefd:7
}

@test "fd: written to when nobody listens any more does no harm" {
	start --ready=fd:5 --timeout=300ms --keep-on-timeout -p "$pidfile" \
	    "$SERVICE" "until:$T/go" 'fd:5:up\n' "file:$T/up"
	[[ $status -eq 124 ]]
	: >"$T/go"
	eventually 10 test -e "$T/up"
	is_running
}

@test "fd: above the limit of open files is refused" {
	via=(prlimit --nofile=64:64)
	need_cmd prlimit
	refused 1 'cannot use descriptor 64: the limit of open files is lower' \
	    --ready=fd:64 sleep 1000
}

@test "log: returns when a line matches, in whichever stream" {
	ready --ready='log:^ready to (serve|go)$' --log="$T/log" \
	    "$SERVICE" say:'not ready to serve' say:'ready to serve'
	is_running
	ready --ready='log:^ready' -o "$T/out" -e "$T/err" \
	    "$SERVICE" say:noise err:ready
	is_running
	ready --ready='log:^one$' --ready='log:^two$' -o "$T/out" \
	    -e "$T/err" "$SERVICE" err:one say:two
	is_running
}

@test "log: what an earlier start has written does not count" {
	echo ready >"$T/log"
	late --ready=log:ready --log="$T/log" "$SERVICE" say:starting
	ready --ready=log:ready --log="$T/log" "$SERVICE" say:ready
	is_running
	[[ $(grep -c ready "$T/log") -eq 2 ]]
}

@test "log: a line that is never complete does not match" {
	late --ready=log:ready -o "$T/out" "$SERVICE" raw:ready
}

@test "log: a line of a megabyte is matched in its first 64 KiB" {
	ready --ready='log:^xxx' --ready='log:^end$' -o "$T/out" \
	    python3 -c 'import time
print("x" * 1048576, flush=True); print("end", flush=True)
time.sleep(1000)'
	is_running
	kill "$pid"
	eventually 10 dead "$pid"
	late --ready='log:y$' -o "$T/out" python3 -c 'import time
print("x" * 1048576 + "y", flush=True)
time.sleep(1000)'
}

# logger_of PID: prints the first child of PID, which is its logger.
logger_of() {
	local children
	children=$(<"/proc/$1/task/$1/children")
	printf '%s\n' "${children%% *}"
}

@test "a logger that is killed during the wait ends it: nothing runs" {
	local logger
	background --log-timestamp --log="$T/log" --ready="file:$T/up" \
	    sleep 1000
	eventually 10 test -s "$pidfile"
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	logger=$(logger_of "$waiter")
	[[ $logger -ne $pid ]]
	kill -KILL "$logger"
	eventually 10 dead "$logger"
	: >"$T/up"
	returns 1
	[[ $(<"$T/waiter.err") == *'cannot keep the log: '*'signal 9'* ]]
	eventually 10 dead "$pid"
}

@test "log: while the log is truncated under it" {
	# shellcheck disable=SC2016
	ready --ready=log:^ready --log="$T/log" sh -c 'echo a long first line
	    : >"$1"; echo ready; exec sleep 1000' sh "$T/log"
	is_running
}

@test "command: is asked again until it succeeds" {
	ready --ready="command:test -s '$T/up'" "$SERVICE" "file:$T/up"
	is_running
}

@test "command: runs as the daemon's user, in its directory and environment" {
	need_root
	need_user
	mkdir -m 777 "$T/work"
	ready -u "$TEST_USER" -c "$T/work" -m 027 -E COLOUR=green --ready="command:
	    { id -un; pwd; umask; echo \$COLOUR; readlink /proc/self/fd/0
	      readlink /proc/self/fd/1 >&2; ls /proc/self/fd | wc -l; } >asked" \
	    sleep 1000
	is_running
	[[ $(sed -n 1p "$T/work/asked") == "$TEST_USER" ]]
	[[ $(sed -n 2p "$T/work/asked") == "$T/work" ]]
	[[ $(sed -n 3p "$T/work/asked") == 0027 ]]
	[[ $(sed -n 4p "$T/work/asked") == green ]]
	[[ $(sed -n 5p "$T/work/asked") == /dev/null ]]
	# 0, 1, 2 and the directory itself.
	[[ $(sed -n 6p "$T/work/asked") -eq 4 ]]
	[[ $(stat -c %U "$T/work/asked") == "$TEST_USER" ]]
}

@test "command: that hangs is killed in the end, with what it has started" {
	late --ready="command:sleep 999 & echo \$! >$(state_dir)/asking
	    sleep 998" sleep 1000
	dead "$(<"$(state_dir)/asking")"
}

@test "several conditions: all of them must hold" {
	background --ready="file:$T/one" --ready="file:$T/two" \
	    --ready="unix:$T/socket" "$SERVICE" "file:$T/one" \
	    "unix:$T/socket" "until:$T/go" "file:$T/two"
	eventually 10 test -S "$T/socket"
	is_waiting
	: >"$T/go"
	returns 0
	is_running
}

# --- in time, or not ----------------------------------------------------------

@test "time up: 124, and nothing is left, however deaf" {
	local before
	before=$(now_us)
	refused 124 "^daemonize: cannot start $SERVICE: not ready within 500 ms, waiting for file:$T/none; it was stopped\$" \
	    -p "$T/d.pid" --mkdir -l "$T/new/dir/lock" --timeout=500ms \
	    --stop-timeout=200ms --ready="file:$T/none" \
	    "$SERVICE" deaf "spawn:$(state_dir)/child"
	(($(now_us) - before >= 500000))
	dead "$(<"$(state_dir)/child")"
	[[ ! -e $T/d.pid && ! -e $T/new ]]
}

@test "time up: an old pidfile gets its content back" {
	echo 4194999 >"$T/d.pid"
	late -p "$T/d.pid" --ready="file:$T/none" sleep 1000
	[[ $(<"$T/d.pid") == 4194999 ]]
}

@test "time up with --keep-on-timeout: 124, and it runs on with its pidfile" {
	start -p "$pidfile" --ready="file:$T/none" --timeout=100ms \
	    --keep-on-timeout sleep 1000
	[[ $status -eq 124 ]]
	is_running
	[[ $error == "daemonize: cannot start sleep: not ready within 100 ms, waiting for file:$T/none; left running as pid $pid" ]]
}

@test "the message names the condition that is missing" {
	refused 124 'waiting for log:never;' --ready=alive:10ms \
	    --ready=log:never --timeout=300ms -o "$(state_dir)/log" sleep 1000
}

@test "the tree is stopped by the signal that was chosen" {
	# shellcheck disable=SC2016
	start -p "$T/d.pid" --ready="file:$T/none" --timeout=1s \
	    --stop-signal=USR1 sh -c 'trap "echo usr1 >\"$1\"; exit" USR1
	    while :; do sleep 0.02; done' sh "$T/heard"
	[[ $status -eq 124 && $(<"$T/heard") == usr1 ]]
	[[ -z $(marked_pids) ]]
}

# --- death before readiness ---------------------------------------------------

# each_condition: sets conditions, one of each kind that can be waited for.
each_condition() {
	conditions=(alive:30s notify fd:9 "file:$T/none" "unix:$T/none"
	    "tcp:$(free_port)" log:never command:false)
}

@test "a death ends the wait at once in every mode: 4, with its status" {
	local condition before
	each_condition
	for condition in "${conditions[@]}"; do
		before=$(now_us)
		refused 4 '^daemonize: cannot start sh: it exited with status 7 before it was ready$' \
		    --ready="$condition" -p "$T/d.pid" \
		    --log="$(state_dir)/log" sh -c 'exit 7'
		(($(now_us) - before < 10000000))
	done
}

@test "a death by a signal ends it, too, and is named" {
	local condition
	each_condition
	for condition in "${conditions[@]}"; do
		refused 4 '^daemonize: cannot start sh: killed by signal 9 \(Killed\) before it was ready$' \
		    --ready="$condition" -p "$T/d.pid" \
		    --log="$(state_dir)/log" sh -c 'kill -KILL $$'
	done
}

@test "an exit with status 0 before it is ready is a failure, too" {
	refused 4 'it exited with status 0 before it was ready' \
	    --ready=alive:30s true
}

@test "what it had started is ended with it" {
	# shellcheck disable=SC2016
	refused 4 'it exited with status 3' --ready=alive:30s -p "$T/d.pid" \
	    sh -c 'setsid sleep 1000 & echo $! >"$1"; exit 3' sh \
	    "$(state_dir)/child"
	dead "$(<"$(state_dir)/child")"
}

@test "the last ten lines of its output are shown as its own, and escaped" {
	start --ready=alive:30s -o "$T/out" -e "$T/err" sh -c '
	    echo on stdout; seq 20 >&2; printf "\033[2Jred\n" >&2; exit 1'
	[[ $status -eq 4 ]]
	[[ $(wc -l <<<"$error") -eq 11 ]]
	[[ $(sed -n 1p <<<"$error") == *'it exited with status 1'* ]]
	[[ $(sed -n 2p <<<"$error") == 'daemonize: output of sh: 12' ]]
	[[ $(sed -n 10p <<<"$error") == 'daemonize: output of sh: 20' ]]
	[[ $(sed -n 11p <<<"$error") == 'daemonize: output of sh: ^[[2Jred' ]]
}

@test "standard output is shown where there was nothing on standard error" {
	start --ready=alive:30s -o "$T/out" sh -c 'echo only this; exit 1'
	[[ $status -eq 4 && $(sed -n 2p <<<"$error") == *': only this' ]]
}

@test "what an earlier start has written is not shown, nor a novel" {
	seq 1000 >"$T/log"
	start --ready=alive:30s --log="$T/log" sh -c '
	    head -c 100000 /dev/zero | tr "\0" x; exit 1'
	[[ $status -eq 4 && $(wc -l <<<"$error") -eq 2 ]]
	((${#error} < 2400))
	start --ready=alive:30s --log="$T/log" sh -c 'exit 1'
	[[ $status -eq 4 && $(wc -l <<<"$error") -eq 1 ]]
}

@test "a plain start that dies at once shows its last lines as well" {
	local i
	# It is seen to die only if it is quick: try until it was.
	for ((i = 0; i < 50; i++)); do
		start --log="$T/log" sh -c 'echo the reason; exit 1'
		[[ $status -eq 0 ]] || break
	done
	[[ $status -eq 0 ]] || [[ $status -eq 4 && \
	    $(sed -n 2p <<<"$error") == 'daemonize: output of sh: the reason' ]]
}

@test "a program that puts itself in the background is told apart" {
	refused 4 "^daemonize: cannot keep watch over $SERVICE: it put itself in the background; use its foreground option or --supervise\$" \
	    -p "$T/d.pid" --ready="file:$T/none" \
	    "$SERVICE" fork "spawn:$(state_dir)/child"
}

@test "but only while somebody waits for more than its execution" {
	started -p "$T/d.pid" "$SERVICE" fork
}

# --- what is there before the start -------------------------------------------

@test "a port that another program has: 1 before anything is started" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	refused 1 "^daemonize: cannot start touch: port $port is already in use by another program\$" \
	    --ready="tcp:$port" -p "$T/other.pid" touch "$T/started"
	refused 1 "port 127.0.0.1:$port is already in use" \
	    --ready="tcp:127.0.0.1:$port" touch "$T/started"
}

@test "a socket that another program has: 1 before anything is started" {
	ready --ready="unix:$T/socket" "$SERVICE" "unix:$T/socket"
	refused 1 "^daemonize: cannot start touch: socket $T/socket is already in use by another program\$" \
	    --ready="unix:$T/socket" touch "$T/started"
}

@test "a port of the daemon that is replaced is free by then" {
	port=$(free_port)
	ready --ready="tcp:$port" "$SERVICE" "tcp:127.0.0.1:$port"
	first=$pid
	ready --if-running=replace --ready="tcp:$port" \
	    "$SERVICE" "tcp:127.0.0.1:$port"
	is_running
	[[ $pid -ne $first ]]
	dead "$first"
}

# --- signals to who waits -----------------------------------------------------

@test "TERM, INT, HUP and QUIT end the wait and the daemon: 128 + signal" {
	local signal
	for signal in TERM INT HUP QUIT; do
		rm -f "$T/up"
		background --ready="file:$T/none" -p "$T/d.pid" \
		    "$SERVICE" "spawn:$T/child" "file:$T/up"
		eventually 10 test -e "$T/up"
		kill -"$signal" "$waiter"
		returns $((128 + $(kill -l "$signal")))
		[[ $(<"$T/waiter.err") =~ ^"daemonize: cannot start $SERVICE: interrupted by signal "[0-9]+" ("[A-Za-z]+"); it was stopped"$ ]]
		dead "$(<"$T/child")"
		dead "$(<"$T/up")"
		[[ ! -e $T/d.pid ]]
	done
}

@test "a signal that the caller ignores does not end the wait" {
	background_via=(nohup)
	background --ready="file:$T/up" "$SERVICE" "file:$T/first" \
	    "until:$T/go" "file:$T/up"
	eventually 10 test -e "$T/first"
	kill -HUP "$waiter"
	: >"$T/go"
	returns 0
	is_running
}

@test "daemonctl sees and stops a daemon that is still awaited" {
	: "${DAEMONCTL:=${DAEMONIZE%/*}/daemonctl}"
	background --ready="file:$T/none" "$SERVICE" "file:$T/up"
	eventually 10 test -e "$T/up"
	"$DAEMONCTL" status --pidfile="$pidfile" </dev/null
	"$DAEMONCTL" stop --pidfile="$pidfile" </dev/null
	returns 4
	[[ $(<"$T/waiter.err") == *'killed by signal 15 (Terminated) before it was ready'* ]]
	[[ ! -e $pidfile ]]
}

@test "a daemon that is replaced while it is awaited: 4, the other one stays" {
	background --ready="file:$T/none" "$SERVICE" "file:$T/up"
	eventually 10 test -e "$T/up"
	ready --if-running=replace sleep 1000
	returns 4
	is_running
}

# --- who waits, and what is left of it ----------------------------------------

@test "nothing stays: no process but the daemon, no descriptor but the lock" {
	port=$(free_port)
	ready --ready="tcp:$port" --ready="file:$T/up" --ready=log:x \
	    --ready=command:true --ready=notify -o "$T/out" \
	    "$SERVICE" "file:$T/up" "tcp:127.0.0.1:$port" say:x notify:READY=1
	is_running
	[[ $(marked_pids) == "$pid" ]]
	# Standard streams, the listening socket, the lock.
	[[ $(find "/proc/$pid/fd" -type l | wc -l) -eq 5 ]]
}

@test "while it waits it uses no processor time worth the name" {
	local used before
	for condition in notify fd:9 "file:$T/none" log:never alive:30s; do
		background --ready="$condition" --timeout=20s -o "$T/out" \
		    -p "$T/d.pid" "$SERVICE" "file:$T/up"
		eventually 10 test -e "$T/up"
		eventually 10 is_asleep "$waiter"
		before=$(switches "$waiter")
		command sleep 0.5
		# It has not even been woken up.
		(($(switches "$waiter") - before <= 1))
		kill -TERM "$waiter"
		returns 143
		rm "$T/up"
	done
}

is_asleep() {
	[[ $(stat_field "$1" 3) == S ]]
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"
}

@test "on a terminal one line says what is awaited, and is erased" {
	need_cmd script
	local log=$T/typescript
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qec \
	    "$DAEMONIZE -p $pidfile --ready=alive:2500ms sleep 1000" \
	    "$log" </dev/null >/dev/null 3>&-
	is_running
	tr '\r' '\n' <"$log" | grep -q 'daemonize: waiting for sleep: alive:2500ms, 1 s'
	tr '\r' '\n' <"$log" | grep -q 'waiting for sleep: alive:2500ms, 2 s'
	# What is left on the screen is nothing.
	[[ $(grep -v '^Script' "$log" | tr '\r' '\n' | tail -n 1) == $'\033[K' ]]
}

@test "in a pipe there is no such line" {
	start --ready=alive:1200ms -p "$pidfile" sleep 1000
	[[ $status -eq 0 && -z $error && -z $output ]]
	is_running
}

@test "-v says what holds, and ends with the wait" {
	start -v --ready="file:$T/up" --ready=alive:10ms -p "$pidfile" \
	    "$SERVICE" "file:$T/up"
	is_running
	grep -qx "daemonize: file:$T/up holds" <<<"$output"
	grep -qx 'daemonize: alive:10ms holds' <<<"$output"
	[[ $(tail -n 2 <<<"$output") == "daemonize: wait for file:$T/up and alive:10ms, at most 60 s
daemonize: running as pid $pid" ]]
}

@test "--dry-run tells the wait, and waits for nothing" {
	start --dry-run --ready=notify --ready=tcp:80 --timeout=90 sleep 1
	[[ $status -eq 0 ]]
	[[ $(tail -n 1 <<<"$output") == 'wait for notify and tcp:80, at most 90 s' ]]
}

@test "as process 1 it waits, stays, and ends as the daemon does" {
	need_root
	need_namespace --fork --pid --mount-proc
	via=(unshare --fork --pid --mount-proc)
	start --ready="file:$T/up" -p "$T/d.pid" "$SERVICE" "file:$T/up" exit:7
	# It was ready, or dead first: which of them is a race.
	[[ $status -eq 7 || $status -eq 4 ]]
	rm -f "$T/up"
	start --ready="file:$T/up" -p "$T/d.pid" "$SERVICE" "file:$T/up" \
	    "until:$T/d.pid" kill:9
	[[ $status -eq 137 || $status -eq 4 ]]
	start --ready="file:$T/none" --timeout=200ms "$SERVICE"
	[[ $status -eq 124 ]]
}

# --- values -------------------------------------------------------------------

@test "bad conditions are mistakes of usage" {
	local value
	for value in '' nonsense exec: exec:now notify:x exit:0 alive alive: \
	    alive:x alive:-1 fd fd: fd:2 fd:1024 fd:x fd:-3 fd:+3 file file: \
	    unix: tcp tcp: tcp:0 tcp:65536 tcp:x tcp:80: tcp:+80 tcp::80 \
	    tcp:a:b:80 'tcp:[:80' 'tcp:[]:80' tcp:x:http log: command: \
	    "unix:$(printf '/%0110d' 0)"; do
		refused 2 "invalid --ready '$(sed 's/[][+*]/./g' <<<"$value")" \
		    --ready="$value" touch "$T/started"
	done
}

@test "a bad expression is told as such" {
	refused 2 "invalid --ready 'log:\(': .*[Uu]nmatched" --ready='log:(' \
	    -o "$(state_dir)/x" sleep 1
}

@test "log: needs an output that can be read" {
	refused 2 "invalid --ready 'log:x': there is no output to look at" \
	    --ready=log:x sleep 1
	refused 2 'there is no output to look at' --ready=log:x \
	    --log=inherit: sleep 1
	refused 2 'there is no output to look at' --ready=log:x \
	    -o null: -e inherit: sleep 1
	mkfifo "$T/fifo"
	exec 8<>"$T/fifo"
	refused 1 "cannot read $T/fifo: not a regular file" --ready=log:x \
	    --log="$T/fifo" sleep 1000
	exec 8>&-
}

@test "fd: is refused where the number is taken, and twice" {
	exec 7</dev/null
	refused 2 "invalid --ready 'fd:7': the descriptor is one of --keep-fd" \
	    --keep-fd=7 --ready=fd:7 sleep 1
	exec 7<&-
	refused 2 "invalid --ready 'fd:7': the descriptor is named twice" \
	    --ready=fd:7 --ready=fd:7 sleep 1
}

@test "exit goes alone, and times are above nothing" {
	refused 2 "invalid --ready 'exit': it cannot be combined with others" \
	    --ready=exit --ready=alive:1s sleep 1
	for option in timeout max-runtime; do
		for value in '' 0 x -1; do
			refused 2 "invalid --$option '$value': must be a time" \
			    --ready=exit "--$option=$value" sleep 1
		done
	done
	refused 2 "invalid --jitter '30d'" --jitter=30d sleep 1
}

@test "seventeen conditions are one too many" {
	local many=()
	for ((i = 0; i < 17; i++)); do
		many+=(--ready=alive:1ms)
	done
	refused 2 'is one condition too many' "${many[@]}" sleep 1
	ready "${many[@]:1}" sleep 1000
	is_running
}

@test "a host that does not exist is told before the start" {
	refused 1 'cannot resolve no.such.host.invalid: ' \
	    --ready=tcp:no.such.host.invalid:80 touch "$T/started"
}

@test "the command line takes the place of the file's conditions" {
	printf 'ready = file:%s\nready = alive:1h\ntimeout = 300ms\n' \
	    "$T/none" >"$T/conf"
	chmod 600 "$T/conf"
	refused 124 "waiting for file:$T/none" --config="$T/conf" sleep 1000
	ready --config="$T/conf" --ready=alive:1ms --ready=alive:2ms sleep 1000
	is_running
	ready --config="$T/conf" --ready=exec sleep 1000
	is_running
}
