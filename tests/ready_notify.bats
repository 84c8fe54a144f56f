#!/usr/bin/env bats
# --ready=notify: what services say by sd_notify(3), and what strangers,
# broken and hostile programs send to the same socket.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready

# socket_of PID: NOTIFY_SOCKET in the environment of PID.
socket_of() {
	tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^NOTIFY_SOCKET=//p'
}

@test "READY=1 of the daemon itself" {
	ready --ready=notify "$SERVICE" notify:READY=1
	is_running
}

@test "READY=1 among other lines, twice, and of a descendant" {
	ready --ready=notify "$SERVICE" \
	    'notify:STATUS=up\nREADY=1\nX_MORE=2\n' notify:READY=1
	is_running
	start --ready=notify "$SERVICE" child:READY=1
	[[ $status -eq 0 && -z $error ]]
}

@test "READY=1 does not make a background of what put itself there" {
	background --ready=notify "$SERVICE" "file:$T/up" "until:$T/go" fork \
	    notify:READY=1 "file:$T/sent"
	eventually 30 test -e "$T/up"
	# Its end and that message are there at once.
	halt "$waiter"
	: >"$T/go"
	eventually 30 test -e "$T/sent"
	kill -CONT "$waiter"
	returns 4
	[[ $(<"$T/waiter.err") == *": it put itself in the background; "* ]]
	[[ -z $(marked_pids) && ! -s $pidfile ]]
}

@test "a shell script says it by systemd-notify" {
	need_cmd systemd-notify
	# shellcheck disable=SC2016
	ready --ready=notify sh -c 'systemd-notify --ready
	    while :; do sleep 0.1; done'
	is_running
}

@test "READY=0, ready=1 and garbage say nothing" {
	late --ready=notify "$SERVICE" notify:READY=0 notify:ready=1 \
	    'notify:READY=1 ' notify:READY notify: 'notify:\n\n=1\nREADY='
}

@test "a stranger's READY=1 is not heard" {
	background -v --ready=notify "$SERVICE" "file:$T/up" "until:$T/go" \
	    notify:STATUS=later
	eventually 30 test -e "$T/up"
	NOTIFY_SOCKET=$(socket_of "$(<"$T/up")") "$SERVICE" notify:READY=1 \
	    exit:0
	: >"$T/go"
	# What is said later is heard later.
	eventually 30 grep -qx "daemonize: status of $SERVICE: later" \
	    "$T/waiter.out"
	is_waiting
	kill -TERM "$waiter"
	returns 143
	grep -qx 'daemonize: ignored 1 notifications of strangers' \
	    "$T/waiter.out"
}

@test "a daemon that was there before us is a stranger, too" {
	# As a shell does that execs a last command: its children become ours.
	# shellcheck disable=SC2016
	via=(bash -c '(until [[ -s $0 ]]; do sleep 0.02; done
	    NOTIFY_SOCKET=$(<"$0") setsid "$1" notify:READY=1 exit:0) &
	    shift; exec "$@"' "$T/socket" "$SERVICE")
	# shellcheck disable=SC2016
	start --ready=notify --timeout=3s sh -c \
	    'echo "$NOTIFY_SOCKET" >"$1"; exec sleep 1000' sh "$T/socket"
	[[ $status -eq 124 ]]
}

@test "STATUS= is shown when it is late, escaped" {
	local words='waiting for notify; its status: still \^\[\[2J loading; it was stopped$'
	for patience in "${longer[@]}"; do
		late --ready=notify \
		    "$SERVICE" $'notify:STATUS=still \033[2J loading'
		[[ ! $error =~ $words ]] || break
	done
	[[ $error =~ $words && $error != *$'\n'* ]]
}

@test "STATUS= is shown with -v" {
	start -v -p "$pidfile" --ready=notify "$SERVICE" \
	    'notify:STATUS=half way' 'notify:STATUS=there\nREADY=1'
	is_running
	[[ $(grep -c "^daemonize: status of $SERVICE: " <<<"$output") -ge 1 ]]
	grep -qx "daemonize: status of $SERVICE: there" <<<"$output"
	grep -qx 'daemonize: notify holds' <<<"$output"
}

@test "ERRNO= is shown as text when it dies" {
	refused 4 'it exited with status 1 before it was ready: Address already in use; its status: giving up$' \
	    --ready=notify "$SERVICE" 'notify:ERRNO=98\nSTATUS=giving up' exit:1
}

@test "READY=1 and death at once: dead" {
	refused 4 'it exited with status 3 before it was ready' \
	    --ready=notify --ready=alive:50s "$SERVICE" notify:READY=1 exit:3
}

@test "EXTEND_TIMEOUT_USEC= counts in microseconds from then" {
	for patience in 500 4000 20000; do
		background --ready=notify --timeout="${patience}ms" "$SERVICE" \
		    notify:EXTEND_TIMEOUT_USEC=60000000 "file:$T/up" \
		    "until:$T/go" notify:READY=1
		eventually 30 is_up_or_over
		eventually 30 is_past $(($(now_us) + (patience + 200) * 1000))
		! is_waiting || break
		# It came to say so too late.
		rm -f "$T/up"
	done
	is_waiting
	: >"$T/go"
	returns 0
	is_running
}

is_up_or_over() {
	[[ -e $T/up || -e $T/status ]]
}

# up_in_time: a service that is waited for until the time is up, and has begun
# by then; who waits is stopped for now. Its pid is in $T/up.
up_in_time() {
	for patience in 2s 8s 40s; do
		rm -f "$T/up"
		background --ready=notify --timeout="$patience" \
		    "$SERVICE" "file:$T/up"
		eventually 50 is_up_or_over
		! halt "$waiter" 2>/dev/null || return 0
	done
	return 1
}

@test "EXTEND_TIMEOUT_USEC= of less than is left takes nothing away" {
	ready --ready=notify --timeout=50s sh -c "$SERVICE \
	    notify:EXTEND_TIMEOUT_USEC=1 notify:EXTEND_TIMEOUT_USEC=-5 \
	    notify:EXTEND_TIMEOUT_USEC=99999999999999999999 exit:0
	    sleep 0.3; exec $SERVICE notify:READY=1"
	is_running
}

@test "MAINPID= of a descendant: it is watched and written down" {
	ready --ready=notify "$SERVICE" mainpid "file:$T/up"
	is_running
	eventually 30 test -e "$T/up"
	[[ $pid -eq $(<"$T/up") ]]
}

@test "MAINPID= of a stranger is ignored" {
	sleep 1000 3>&- &
	remember $!
	start -v --ready=notify -p "$pidfile" \
	    "$SERVICE" "notify:MAINPID=$!\\nREADY=1"
	[[ $status -eq 0 && $output == *"ignored MAINPID=$!"* ]]
	is_running
	[[ $pid -ne $! ]]
	start -v --ready=notify -p "$T/other.pid" \
	    "$SERVICE" 'notify:MAINPID=1\nREADY=1'
	[[ $status -eq 0 && $output == *'ignored MAINPID=1'* ]]
}

@test "MAINPID= of one without the lock is ignored" {
	local lock
	for lock in "-p$pidfile" "-l$T/lock"; do
		# shellcheck disable=SC2016
		start -v --ready=notify "$lock" bash -c '
		    exec 5<&-; for fd in /proc/self/fd/*; do :; done
		    sleep 1000 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
		    until [[ $(</proc/$!/comm) == sleep ]]; do :; done
		    exec "$0" "notify:MAINPID=$!\nREADY=1"' "$SERVICE"
		[[ $status -eq 0 && $output == *'ignored MAINPID='* ]]
	done
	is_running
}

@test "a datagram of 64 KiB is heard, a longer one is not" {
	ready --ready=notify "$SERVICE" big:65536
	is_running
	kill "$pid"
	eventually 30 dead "$pid"
	late --ready=notify "$SERVICE" big:65537
}

@test "descriptors that come along are closed" {
	background --ready=notify python3 -c '
import os, socket, sys, time
a = os.environ["NOTIFY_SOCKET"]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("\0" + a[1:] if a[0] == "@" else a)
r, w = os.pipe()
socket.send_fds(s, [b"FDSTORE=1"], [w] * 100)
os.close(w)
os.read(r, 1)           # ends when nobody has the other end any more
s.send(b"READY=1")
time.sleep(1000)'
	returns 0
	is_running
}

@test "BARRIER=1 is answered by closing its descriptor" {
	need_cmd systemd-notify
	# It waits for that and fails without it; and it may do so because it
	# takes more than a second between two messages.
	local try
	for try in 1 2 3; do
		rm -f "$T/done" "$T/over"
		# shellcheck disable=SC2016
		ready --ready=notify sh -c 'systemd-notify --ready --status=up &&
		    echo done >"$1"; : >"$2"; exec sleep 1000' sh \
		    "$T/done" "$T/over"
		is_running
		eventually 30 test -e "$T/over"
		[[ ! -s $T/done ]] || break
	done
	[[ -s $T/done ]]
}

@test "a helper of root's that speaks as its parent is answered, too" {
	need_cmd python3
	need_cap sys_admin
	# So does systemd-notify, which may be slow between its messages.
	start --ready=notify -p "$pidfile" sh -c '
		python3 -c "$1" && echo done >"$2"; exec sleep 1000' sh '
import os, socket, struct, sys, time
a = os.environ["NOTIFY_SOCKET"]
def send(text, pid, rights):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect("\0" + a[1:] if a[0] == "@" else a)
    s.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS,
        struct.pack("3i", pid, os.getuid(), os.getgid()))] + rights)
begin = time.monotonic()
send(b"READY=1", os.getppid(), [])
time.sleep(0.3)
r, w = os.pipe()
try:
    send(b"BARRIER=1", os.getpid(), [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
        struct.pack("i", w))])
except ConnectionRefusedError:
    # Who takes more than a second is not waited for.
    sys.exit(time.monotonic() - begin < 0.99)
os.close(w)
os.read(r, 1)' "$T/done"
	[[ $status -eq 0 ]]
	is_running
	eventually 30 test -s "$T/done"
}

# is_past US: this time of now_us is over.
is_past() {
	(($(now_us) > $1))
}

@test "READY=1 of a helper that stays is in time, however late it is heard" {
	# shellcheck disable=SC2016
	background --ready=notify --timeout=5s sh -c '
	    until [ -e "$2/go" ]; do sleep 0.02; done
	    "$1" notify:READY=1 "file:$2/sent" &
	    wait' sh "$SERVICE" "$T"
	eventually 30 test -s "$pidfile"
	halt "$waiter"
	: >"$T/go"
	eventually 30 test -e "$T/sent"
	eventually 30 is_past $(($(now_us) + 5000000))
	kill -CONT "$waiter"
	returns 0
	is_running
}

@test "a flood neither hides the end nor the readiness" {
	refused 4 'it exited with status 5' --ready=notify \
	    "$SERVICE" flood:20000 exit:5
	ready --ready=notify "$SERVICE" flood:20000 notify:READY=1
	is_running
}

@test "a flood of strangers does not keep the wait from its end" {
	local i
	up_in_time
	for ((i = 0; i < 2; i++)); do
		NOTIFY_SOCKET=$(socket_of "$(<"$T/up")") DMN_DAEMON_MARK='' \
		    "$SERVICE" flood:100000000 3>&- 2>/dev/null &
		remember $!
	done
	kill -CONT "$waiter"
	returns 124
}

# lingerer ADDRESS: sends it a socket whose last close takes two minutes.
lingerer() {
	python3 -c '
import array, socket, struct, sys
a = sys.argv[1]
there = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(there.getsockname())
here.setblocking(False)
try:
    while True:
        here.send(b"x" * 65536)
except BlockingIOError:
    pass
here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 120))
here.setblocking(True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("\0" + a[1:] if a[0] == "@" else a)
s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", [here.fileno()]))])
here.close()
print("sent", flush=True)
sys.stdin.read()' "$1"
}

@test "a stranger's socket that lingers holds up neither the end nor a signal" {
	local way
	for way in 124 143; do
		rm -f "$T/up" "$T/sent"
		if [[ $way -eq 124 ]]; then
			up_in_time
		else
			background --ready=notify "$SERVICE" "file:$T/up"
			eventually 30 test -e "$T/up"
			halt "$waiter"
		fi
		mkfifo "$T/hold$way"
		exec 8<>"$T/hold$way"
		# Its own close is to be over before the other one begins: who
		# waits is stopped.
		lingerer "$(socket_of "$(<"$T/up")")" <"$T/hold$way" \
		    >"$T/sent" 3>&- 8>&- &
		remember $!
		eventually 30 test -s "$T/sent"
		kill -CONT "$waiter"
		[[ $way -eq 124 ]] || kill -TERM "$waiter"
		returns "$way"
		exec 8>&-
	done
}

@test "the socket is gone with the wait, and no file was made for it" {
	ready --ready=notify "$SERVICE" notify:READY=1
	is_running
	address=$(socket_of "$pid")
	[[ $address == @daemonize-* ]] || [[ ! -e $address &&
	    ! -e ${address%/*} ]]
	run ! grep -qF "$address" /proc/net/unix
	background --ready=notify -p "$T/o.pid" "$SERVICE" "file:$T/up"
	eventually 30 test -e "$T/up"
	address=$(socket_of "$(<"$T/up")")
	grep -qF "${address#@}" /proc/net/unix
	kill -KILL "$waiter"
	eventually 30 dead "$waiter"
	run ! grep -qF "@daemonize" <<<"$(grep -F "${address#@}" /proc/net/unix)"
}

@test "as another user" {
	need_root
	need_user
	chmod a+rx "$BATS_TEST_DIRNAME" 2>/dev/null || :
	cp "$SERVICE" "$T/service"
	chmod 755 "$T/service"
	setpriv --reuid="$TEST_USER" --clear-groups "$T/service" exit:0 ||
	    skip "$TEST_USER cannot run python3"
	ready -u "$TEST_USER" --ready=notify "$T/service" notify:READY=1
	is_running
	[[ $(stat -c %U "/proc/$pid") == "$TEST_USER" ]]
}

@test "our own NOTIFY_SOCKET, LISTEN_* and WATCHDOG_* are not passed on" {
	local names=(NOTIFY_SOCKET LISTEN_PID LISTEN_FDS LISTEN_FDNAMES
	    WATCHDOG_PID WATCHDOG_USEC)
	local name ours=()
	for name in "${names[@]}"; do
		ours+=("$name=$$")
	done
	via=(env "${ours[@]}")
	ready sleep 1000
	for name in "${names[@]}"; do
		run ! grep -qz "^$name=" "/proc/$pid/environ"
	done
	ready -E NOTIFY_SOCKET=/given sleep 1000
	[[ $(socket_of "$pid") == /given ]]
	ready --ready=notify "$SERVICE" notify:READY=1
	[[ $(socket_of "$pid") != "$$" ]]
	[[ $(tr '\0' '\n' <"/proc/$pid/environ" | grep -c ^NOTIFY_SOCKET=) -eq 1 ]]
}
