#!/usr/bin/env bats
# --ready=exit: jobs, which run to completion: their status, their time, their
# output, and the lock that they leave free.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready

# job STATUS ARG...: runs so, says nothing, and leaves nothing.
job() {
	local want=$1
	shift
	start --ready=exit "$@"
	[[ $status -eq $want && -z $error && -z $(marked_pids) ]]
}

@test "the exit status is the job's own" {
	for want in 0 1 2 3 4 42 124 126 127 255; do
		job "$want" sh -c "exit $want"
	done
}

@test "a job that is killed: 128 + signal, and a line" {
	for signal in TERM KILL; do
		start --ready=exit sh -c "kill -$signal \$\$"
		[[ $status -eq $((128 + $(kill -l $signal))) ]]
		[[ $error =~ ^"daemonize: cannot finish sh: killed by signal "[0-9]+" ("[A-Za-z]+")"$ ]]
	done
}

@test "what cannot be started fails as ever" {
	refused 127 'cannot execute no-such-command' --ready=exit no-such-command
	: >"$T/empty"
	chmod 755 "$T/empty"
	refused 126 'the file is empty' --ready=exit "$T/empty"
}

@test "a job is a daemon: no terminal, a session of its own, / and umask 0" {
	# shellcheck disable=SC2016
	job 0 -o "$T/out" sh -c 'pwd; umask; ps -o sid=,pgid=,tty= -p $$;
	    readlink /proc/self/fd/0'
	[[ $(sed -n 1p "$T/out") == / && $(sed -n 2p "$T/out") == 0000 ]]
	read -r sid pgid tty < <(sed -n 3p "$T/out")
	[[ $sid -eq $pgid && $tty == '?' ]]
	[[ $(sed -n 4p "$T/out") == /dev/null ]]
}

@test "its output is nowhere unless it is asked for" {
	start --ready=exit sh -c 'echo out; echo err >&2'
	[[ $status -eq 0 && -z $output && -z $error ]]
	job 0 -o "$T/out" sh -c 'echo out; echo err >&2'
	[[ $(<"$T/out") == out ]]
}

@test "the pidfile holds its pid while it runs, and is gone with it" {
	background --ready=exit "$SERVICE" "file:$T/up" "until:$T/go" exit:5
	eventually 30 test -e "$T/up"
	is_running
	[[ $pid -eq $(<"$T/up") ]]
	"$DAEMONCTL" status --pidfile="$pidfile" </dev/null
	: >"$T/go"
	returns 5
	[[ ! -e $pidfile ]]
}

@test "a pidfile that was there before is gone with the job as well" {
	echo 4194999 >"$pidfile"
	job 0 -p "$pidfile" true
	[[ ! -e $pidfile ]]
}

@test "what a job leaves behind holds no lock, and is not ended" {
	# shellcheck disable=SC2016
	start --ready=exit -p "$pidfile" -l "$T/lock" \
	    sh -c 'sleep 1000 & echo $! >"$1"' sh "$T/child"
	[[ $status -eq 0 && -z $error ]]
	child=$(<"$T/child")
	remember "$child"
	alive "$child"
	[[ ! -e $pidfile && -e $T/lock ]]
	flock -n "$T/lock" true
	start --ready=exit -p "$pidfile" -l "$T/lock" sh -c 'exit 3'
	[[ $status -eq 3 && -z $error ]]
	alive "$child"
}

@test "overlapping runs: ok is quiet, fail is 3, wait is one after another" {
	background --ready=exit "$SERVICE" "file:$T/up" "until:$T/go" exit:0
	eventually 30 test -e "$T/up"
	start --ready=exit --if-running=ok -p "$pidfile" touch "$T/second"
	[[ $status -eq 0 && -z $error && -z $output && ! -e $T/second ]]
	refused 3 'already running' --ready=exit -p "$pidfile" \
	    touch "$T/second"
	refused 3 'already running' --ready=exit -p "$pidfile" \
	    --if-running=wait:100ms touch "$T/second"
	(
		command sleep 0.2
		: >"$T/go"
	) 3>&- &
	start --ready=exit --if-running=wait:50s -p "$pidfile" \
	    touch "$T/second"
	[[ $status -eq 0 && -z $error && -e $T/second ]]
	# The first has given its lock away, but may not be over yet.
	returns 0
	[[ -z $(marked_pids) ]]
}

@test "replace ends the running job, whose caller says so, and keeps the lock" {
	background --ready=exit "$SERVICE" "file:$T/up"
	eventually 30 test -e "$T/up"
	first=$waiter
	start --if-running=replace -p "$pidfile" sleep 1000
	[[ $status -eq 0 ]]
	returns 143
	is_running
	refused 3 'already running' -p "$pidfile" sleep 1000
}

@test "a storm of jobs that replace each other: one runs at a time" {
	local i want
	for ((i = 0; i < 16; i++)); do
		(
			want=0
			DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" \
			    --ready=exit --if-running=replace -p "$pidfile" \
			    flock -n -E 77 --no-fork "$T/alone" sleep 0.05 \
			    2>>"$T/errors" || want=$?
			echo "$want" >>"$T/statuses"
		) </dev/null >/dev/null 3>&- &
	done
	wait
	sort "$T/statuses" | uniq -c
	cat "$T/errors"
	[[ $(wc -l <"$T/statuses") -eq 16 ]]
	# The last one ran to its end; the others did, or were replaced, one
	# or the other so early that it was not yet executed.
	grep -qx 0 "$T/statuses"
	run ! grep -vxE '0|1|143' "$T/statuses"
	run ! grep -v ' flock: killed by signal 15 (Terminated)$' "$T/errors"
	[[ -z $(marked_pids) && ! -e $pidfile ]]
}

@test "daemonctl stops a job, and its caller tells" {
	background --ready=exit "$SERVICE" "file:$T/up"
	eventually 30 test -e "$T/up"
	"$DAEMONCTL" stop --pidfile="$pidfile" </dev/null
	returns 143
	[[ ! -e $pidfile ]]
}

@test "--max-runtime ends it with its tree: 124" {
	for patience in "${longer[@]}"; do
		refused 124 "^daemonize: cannot finish $SERVICE: still running after $(in_words "$patience"); it was stopped\$" \
		    --ready=exit --max-runtime="$patience" \
		    --stop-timeout=200ms -p "$T/d.pid" \
		    "$SERVICE" deaf "spawn:$(state_dir)/child"
		[[ ! -e $(state_dir)/child ]] || break
	done
	dead "$(<"$(state_dir)/child")"
	job 6 --max-runtime=20s sh -c 'exit 6'
}

@test "--timeout limits a job as well, and --keep-on-timeout leaves it" {
	refused 124 'still running after 200 ms; it was stopped' \
	    --ready=exit --timeout=200ms --max-runtime=20s sleep 1000
	start --ready=exit --timeout=200ms --keep-on-timeout -p "$pidfile" \
	    sleep 1000
	[[ $status -eq 124 && $error == *'left running as pid '* ]]
	is_running
}

@test "a job without a limit of time may take its time" {
	# As many seconds as the default for daemons would be too long a test.
	start --dry-run --ready=exit sleep 1
	[[ $(tail -n 1 <<<"$output") == 'wait for exit' ]]
}

@test "--max-runtime and --quiet-unless-failed are for jobs" {
	refused 2 '^daemonize: --max-runtime needs --ready=exit$' \
	    --max-runtime=1s sleep 1
	refused 2 '^daemonize: --quiet-unless-failed needs --ready=exit$' \
	    --quiet-unless-failed --ready=alive:1s sleep 1
}

@test "--quiet-unless-failed: nothing of a success, all of a failure" {
	start --ready=exit --quiet-unless-failed sh -c 'echo out; echo err >&2'
	[[ $status -eq 0 && -z $output && -z $error ]]
	start --ready=exit --quiet-unless-failed \
	    sh -c 'echo out; echo err >&2; exit 9'
	[[ $status -eq 9 && $output == out && $error == err ]]
	start --ready=exit --quiet-unless-failed \
	    sh -c 'echo out; echo err >&2; kill -KILL $$'
	[[ $status -eq 137 && $output == out ]]
	[[ $error == $'err\ndaemonize: cannot finish sh: killed by signal 9 (Killed)' ]]
	for patience in "${longer[@]}"; do
		# shellcheck disable=SC2016
		start --ready=exit --quiet-unless-failed \
		    --max-runtime="$patience" sh -c 'echo out; echo err >&2
		    : >"$1"; sleep 1000' sh "$T/written"
		[[ ! -e $T/written ]] || break
	done
	[[ $status -eq 124 && $output == out ]]
	[[ $error == $'err\ndaemonize: cannot finish sh: still running'* ]]
}

@test "--quiet-unless-failed: megabytes, bytes of all kinds, and a target" {
	start --ready=exit --quiet-unless-failed -e "$T/err" sh -c '
	    seq 300000; printf "\0\377\033[2J"; echo err >&2; exit 1'
	[[ $status -eq 1 && -z $error && $(<"$T/err") == err ]]
	[[ $(tail -c 6 "$(state_dir)/out" | od -An -tx1) == ' 00 ff 1b 5b 32 4a' ]]
	[[ $(head -c 1988895 "$(state_dir)/out" | cksum) == "$(seq 300000 | cksum)" ]]
}

@test "--quiet-unless-failed as another user, and to who does not listen" {
	need_root
	need_user
	start --ready=exit --quiet-unless-failed -u "$TEST_USER" \
	    sh -c 'id -un; exit 1'
	[[ $status -eq 1 && $output == "$TEST_USER" ]]
	mkfifo "$T/fifo"
	exec 8<>"$T/fifo" 9>"$T/fifo" 8<&-
	run -7 "$DAEMONIZE" --ready=exit --quiet-unless-failed \
	    sh -c 'seq 100000; exit 7' </dev/null >&9 3>&- 9>&-
	exec 9>&-
}

@test "signals to who waits end the job: 128 + signal" {
	for signal in TERM INT HUP; do
		rm -f "$T/up"
		background --ready=exit "$SERVICE" "file:$T/up"
		eventually 30 test -e "$T/up"
		kill -"$signal" "$waiter"
		returns $((128 + $(kill -l "$signal")))
		[[ $(<"$T/waiter.err") == *"cannot finish $SERVICE: interrupted by signal"*'; it was stopped' ]]
		dead "$(<"$T/up")"
		[[ ! -e $pidfile ]]
	done
}

@test "--jitter waits at most its time, and a signal ends that" {
	local before
	before=$(now_us)
	job 0 --jitter=200ms true
	(($(now_us) - before < 30000000))
	background --ready=exit --jitter=20d touch "$T/ran"
	eventually 30 is_asleep
	[[ ! -e $pidfile ]]
	kill -TERM "$waiter"
	returns 143
	[[ ! -e $T/ran && ! -e $pidfile ]]
}

is_asleep() {
	[[ /proc/$waiter/exe -ef $DAEMONIZE ]] && is_sleeping "$waiter"
}

@test "--jitter is not the same every time" {
	local i before times=
	for ((i = 0; i < 8; i++)); do
		before=$(now_us)
		job 0 --jitter=150ms true
		times+="$((($(now_us) - before) / 10000)) "
	done
	# shellcheck disable=SC2086
	[[ $(printf '%s\n' $times | sort -u | wc -l) -gt 1 ]]
}

@test "a job as process 1" {
	need_root
	need_namespace --fork --pid --mount-proc
	via=(unshare --fork --pid --mount-proc)
	job 0 -p "$pidfile" true
	job 9 -p "$pidfile" sh -c 'sleep 1000 & exit 9'
}

@test "in a configuration file" {
	cat >"$T/conf" <<-END
	command = sh -c 'echo why; exit 3'
	ready = exit
	quiet-unless-failed = yes
	max-runtime = 20s
	jitter = 1ms
	END
	chmod 600 "$T/conf"
	start --config="$T/conf" -p "$pidfile"
	[[ $status -eq 3 && $output == why && -z $error ]]
}

@test "--quiet-unless-failed: who writes by several names appends" {
	start --ready=exit --quiet-unless-failed sh -c '
	    echo one >&2; echo two >>/dev/stderr; echo three >&2; exit 1'
	[[ $status -eq 1 && $error == $'one\ntwo\nthree' ]]
}

@test "--quiet-unless-failed: what a job leaves behind adds nothing more" {
	start --ready=exit --quiet-unless-failed sh -c "
	    (while echo late; do sleep 0.01; done; touch '$T/refused') \\
	    2>/dev/null & echo early >&2; exit 1"
	[[ $status -eq 1 && $error == early && $output != *early* ]]
	eventually 30 test -e "$T/refused"
}
