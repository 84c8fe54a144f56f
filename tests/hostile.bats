#!/usr/bin/env bats
# Hostile starting environments: whatever the caller looks like, the daemon
# comes out the same, or the start fails with one line and leaves nothing.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common

setup() {
	unset pidfile report
	[[ -x $LAUNCHER && -x $WITNESS ]]
}

has_parent() {
	[[ $(stat_field "$1" 4) == "$2" ]]
}

# is_a_clean_daemon: what the witness reports is what it always reports.
is_a_clean_daemon() {
	witness_is fdcount "${1:-4}"
	[[ $(witness_get fd.0) == '/dev/null|r|'* ]]
	witness_has fd.1
	witness_has fd.2
	witness_is sigblocked 0000000000000000
	witness_is sigignored 0000000000000000
	witness_is sigpending 0000000000000000
	witness_is sigshared 0000000000000000
	witness_is itimer.real 0
	witness_is itimer.virtual 0
	witness_is itimer.prof 0
	witness_is umask 0000
	witness_is cwd /
	witness_is tty 0
	witness_is sid "$(witness_get pgid)"
	[[ $(witness_get sid) != "$(witness_get pid)" ]]
	alive "$pid"
}

# --- descriptors ------------------------------------------------------------

# closed LIST: starts with these of 0, 1 and 2 closed, with files for all.
closed() {
	local dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -c "$1" --)
	witness_start -o "$dir/out" -e "$dir/err"
	is_a_clean_daemon
	[[ $(witness_get fd.1) == "$dir/out|"*append* ]]
	[[ $(witness_get fd.2) == "$dir/err|"*append* ]]
	[[ ! -s $dir/out && ! -s $dir/err ]]
	is "$(<"$pidfile")" "$pid"
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report" "$pidfile"

	# Nothing named: /dev/null thrice, and a lock file beside the pidfile.
	witness_start -l "$dir/lock"
	is_a_clean_daemon 5
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
	[[ ! -s $dir/lock ]]
	is "$(<"$pidfile")" "$pid"
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report" "$pidfile"

	# One file for both.
	witness_start -o "$dir/both" -e "$dir/both"
	is_a_clean_daemon
	[[ $(witness_get fd.1) == "$dir/both|"* ]]
	[[ $(witness_get fd.2) == "$dir/both|"* ]]
	is "$(<"$pidfile")" "$pid"
}

@test "started with 0, 1 and 2 open" {
	closed ''
}

@test "started with 0 closed" {
	closed 0
}

@test "started with 1 closed" {
	closed 1
}

@test "started with 2 closed" {
	closed 2
}

@test "started with 0 and 1 closed" {
	closed 01
}

@test "started with 0 and 2 closed" {
	closed 02
}

@test "started with 1 and 2 closed" {
	closed 12
}

@test "started with 0, 1 and 2 closed" {
	closed 012
}

@test "with everything closed, the target's own output reaches its files" {
	for list in '' 0 1 2 01 02 12 012; do
		via=("$LAUNCHER" -c "$list" --)
		dir=$BATS_TEST_TMPDIR/at-$list
		mkdir "$dir"
		start -p "$dir/d.pid" -o "$dir/out" -e "$dir/err" -- \
		    sh -c 'echo to out; echo to err >&2; exec sleep 600'
		is "$status" 0
		eventually 5 test -s "$dir/err"
		is "$(<"$dir/out")" 'to out'
		is "$(<"$dir/err")" 'to err'
		daemon_pid "$dir/d.pid"
	done
}

@test "with stderr closed, a failure is still told by the status alone" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	for list in 2 02 12 012; do
		via=("$LAUNCHER" -c "$list" --)
		start -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" -- \
		    /does/not/exist
		is "$status" 127
		[[ ! -e $pidfile && ! -e $BATS_TEST_TMPDIR/out ]]
		is "$(marked_pids)" ''
	done
}

@test "with stdout closed, -v writes into no file" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	via=("$LAUNCHER" -c 01 --)
	start -v -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" -- sleep 600
	[[ $status -ne 0 ]] || daemon_pid "$pidfile"
	[[ ! -s $BATS_TEST_TMPDIR/out ]]
}

@test "hundreds of leaked descriptors are closed" {
	via=("$LAUNCHER" -d 500 --)
	witness_start
	is_a_clean_daemon
}

@test "descriptors above a lowered RLIMIT_NOFILE are closed too" {
	via=("$LAUNCHER" -d 5 -D 300 --)
	witness_start
	is_a_clean_daemon
	[[ $(witness_get limit.nofile) == '16 '* ]]
}

@test "with few descriptors allowed it works or says why" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	works=0
	for soft in 3 4 5 6 7 8 9 10 12 16 20; do
		via=("$LAUNCHER" -l "nofile=$soft" --)
		start -p "$pidfile" -o "$BATS_TEST_TMPDIR/out" \
		    "$(command -v sleep)" 600
		if [[ $status -eq 0 ]]; then
			works=$((works + 1))
			pid=$(daemon_pid "$pidfile")
			remember "$pid"
			kill "$pid"
			eventually 5 dead "$pid"
			rm -f "$pidfile" "$BATS_TEST_TMPDIR/out"
			continue
		fi
		# 127: the loader itself could not open a library.
		[[ $status -eq 127 || $status -eq 1 ]]
		[[ $status -eq 127 || $error == 'daemonize: cannot '* ]]
		[[ ! -e $pidfile && ! -e $BATS_TEST_TMPDIR/out ]]
		is "$(marked_pids)" ''
	done
	((works >= 3))
}

# calls LIMIT: how many system calls a start takes at that RLIMIT_NOFILE.
calls() {
	local log=$BATS_TEST_TMPDIR/calls
	"$LAUNCHER" -l "nofile=$1" -- "$(command -v strace)" -f -c -o "$log" \
	    "$DAEMONIZE" /bin/true </dev/null >/dev/null 2>&1 3>&- 4>&- ||
	    return
	awk '$NF == "total" { print $4 }' "$log"
}

@test "no step loops to RLIMIT_NOFILE" {
	need_cmd strace
	need_plain_build
	strace -o /dev/null true || skip 'strace may not trace here'
	high=$(ulimit -Hn)
	[[ $high != unlimited && $high -gt 4096 ]] ||
	    skip "the hard limit of descriptors is $high"
	low=$(calls 256)
	high=$(calls "$high")
	printf '%s calls, then %s\n' "$low" "$high"
	[[ $low -gt 20 ]]
	((high - low < 20 && low - high < 20))
}

@test "a lock the caller holds is not kept by the daemon" {
	need_cmd flock
	: >"$BATS_TEST_TMPDIR/their.lock"
	exec 9<>"$BATS_TEST_TMPDIR/their.lock"
	flock 9
	started -p "$BATS_TEST_TMPDIR/d.pid" sleep 600
	exec 9>&-
	flock -n "$BATS_TEST_TMPDIR/their.lock" true
}

# --- signals and timers -----------------------------------------------------

@test "all signals blocked" {
	via=("$LAUNCHER" -b --)
	witness_start
	is_a_clean_daemon
}

@test "all signals ignored, also those a C library hides" {
	via=("$LAUNCHER" -i --)
	witness_start
	is_a_clean_daemon
}

@test "SIGCHLD ignored: failures are still seen" {
	via=("$LAUNCHER" -I 17 --)
	witness_start
	is_a_clean_daemon
	refused 127 'not found|No such file' /does/not/exist
	refused 126 'bad interpreter|No such file' "$(broken_script)"
}

broken_script() {
	local file
	file=$(state_dir)/broken
	printf '#!/no/such/interpreter\n' >"$file"
	chmod 755 "$file"
	printf '%s\n' "$file"
}

@test "SIGPIPE ignored, as Python leaves it to its children" {
	via=("$LAUNCHER" -I 13 -I 25 --)
	witness_start
	is_a_clean_daemon
}

@test "SIGHUP ignored, as nohup leaves it" {
	need_cmd nohup
	via=(nohup)
	witness_start
	is_a_clean_daemon
}

@test "pending signals hit neither the start nor the daemon" {
	via=("$LAUNCHER" -q 15 -q 2 -q 10 -q 17 -q 14 -q 34 -q 64 --)
	witness_start
	is_a_clean_daemon
}

@test "blocked, ignored and pending at once" {
	via=("$LAUNCHER" -q 15 -q 1 -q 13 -q 33 -b -i --)
	witness_start
	is_a_clean_daemon
}

@test "a pending alarm and other timers do not kill the daemon" {
	via=("$LAUNCHER" -t 400000 --)
	begin=$(now_us)
	witness_start
	is_a_clean_daemon
	after_the_alarm() { (($(now_us) - begin > 700000)); }
	eventually 5 after_the_alarm
	alive "$pid"
}

# --- terminals, sessions, parents -------------------------------------------

# all_live: the 25 daemons run (a zombie has no exe any more).
all_live() {
	local n pid count=0
	for n in {1..25}; do
		read -r pid <"$BATS_TEST_TMPDIR/$n.pid"
		[[ ! -e /proc/$pid/exe ]] || count=$((count + 1))
	done
	printf '%s of 25 daemons live\n' "$count"
	[[ $count -eq 25 ]]
}

# hangups_delivered: lets whatever the kernel still has to send arrive.
hangups_delivered() {
	local settled_at
	settled_at=$((${EPOCHREALTIME//[^0-9]/} + 300000))
	passed() { ((${EPOCHREALTIME//[^0-9]/} > settled_at)); }
	eventually 5 passed
}

@test "25 of 25 starts by a terminal's session leader survive its hang-up" {
	sh -c 'for n in $(seq 25); do
		"$LAUNCHER" -T -- "$DAEMONIZE" -p "$0/$n.pid" "$1" 600
	done' "$BATS_TEST_TMPDIR" "$(command -v sleep)" \
	    </dev/null >/dev/null 2>&1 3>&- 4>&-
	hangups_delivered
	all_live
}

@test "25 of 25 starts under script -c survive" {
	need_cmd script
	sh -c 'for n in $(seq 25); do
		timeout 20 script -qec "exec \"$DAEMONIZE\" \
		    -p \"$0/$n.pid\" sleep 600" /dev/null
	done' "$BATS_TEST_TMPDIR" </dev/null >/dev/null 2>&1 3>&- 4>&-
	hangups_delivered
	all_live
}

@test "a session leader with a terminal gets a clean daemon" {
	via=("$LAUNCHER" -T --)
	witness_start
	is_a_clean_daemon
	is "$(ps_column "$pid" TPGID)" -1
	is "$(ps_column "$pid" TTY)" '?'
}

@test "a caller that leads a process group" {
	via=("$LAUNCHER" -g --)
	witness_start
	is_a_clean_daemon
}

@test "a caller that leads a session without a terminal" {
	via=(setsid -w)
	witness_start
	is_a_clean_daemon
}

@test "a background job of an interactive shell" {
	need_cmd script
	report=$BATS_TEST_TMPDIR/report
	timeout 20 script -qec "bash --norc --noprofile -ic '\"\$DAEMONIZE\" \
	    -p \"$BATS_TEST_TMPDIR/d.pid\" -- \"\$WITNESS\" -o \"$report\" & \
	    wait \$!'" /dev/null </dev/null >/dev/null 2>&1 3>&- 4>&-
	pid=$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")
	eventually 5 test -e "$report"
	is_a_clean_daemon
}

@test "under another subreaper, that one becomes the parent" {
	pidfile=$BATS_TEST_TMPDIR/d.pid
	report=$BATS_TEST_TMPDIR/report
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$LAUNCHER" -R -- "$DAEMONIZE" \
	    -p "$pidfile" -- "$WITNESS" -o "$report" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	reaper=$!
	remember "$reaper"
	eventually 10 test -e "$report"
	pid=$(daemon_pid "$pidfile")
	eventually 5 has_parent "$pid" "$reaper"
	is "$(ps_column "$pid" PPID)" "$reaper"
	is_a_clean_daemon
	kill "$pid"
	eventually 5 dead "$reaper"
}

@test "a caller that is a subreaper itself" {
	via=("$LAUNCHER" -r --)
	witness_start
	is_a_clean_daemon
}

@test "a caller that already has living and dead children" {
	via=("$LAUNCHER" -k -r --)
	witness_start
	is_a_clean_daemon
	# The living child is the caller's: it may stay a moment longer.
	start /does/not/exist
	[[ $status -eq 127 && $error == 'daemonize: '*'No such file'* ]]
	eventually 5 none_left_but "$pid"
}

# none_left_but PID: of what carries the test's mark only PID is there.
none_left_but() {
	[[ $(marked_pids) == "$1" ]]
}

@test "a caller that is to die with its parent" {
	via=("$LAUNCHER" -P --)
	witness_start
	is_a_clean_daemon
}

# --- as PID 1 ---------------------------------------------------------------

# as_init ARG...: the program as PID 1 of a namespace, in the background; sets
# job to unshare's pid and init to the program's, as seen from outside.
as_init() {
	need_root
	need_namespace -fp --mount-proc
	DMN_DAEMON_MARK=$DMN_TEST_MARK \
	    unshare -fp --mount-proc "$DAEMONIZE" "$@" </dev/null \
	    >"$BATS_TEST_TMPDIR/init.out" 2>&1 3>&- 4>&- &
	job=$!
	remember "$job"
	eventually 5 has_child_or_is_over "$job"
	init=$(child_of "$job") || return 0
	remember "$init"
}

child_of() {
	local child
	child=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
	[[ -n $child ]] && printf '%s\n' "${child%% *}"
}

# is_child_of_init INNER: the first of init's children has this pid inside.
is_child_of_init() {
	local child
	child=$(child_of "$init") || return 1
	[[ $(awk '$1 == "NSpid:" { print $NF }' "/proc/$child/status") == "$1" ]]
}

has_child_or_is_over() {
	child_of "$1" >/dev/null || dead "$1"
}

# ended PID STATUS: that background job ends with STATUS, and soon.
ended() {
	local got=0
	eventually 10 dead "$1"
	wait "$1" || got=$?
	is "$got" "$2"
}

@test "as PID 1 it stays as a small init and hands the status on" {
	as_init sh -c 'until test -e "$0"; do sleep 0.02; done; exit 7' \
	    "$BATS_TEST_TMPDIR/go"
	alive "$init"
	: >"$BATS_TEST_TMPDIR/go"
	ended "$job" 7
}

@test "as PID 1 the daemon is clean, and known by its inner pid" {
	report=$BATS_TEST_TMPDIR/report
	pidfile=$BATS_TEST_TMPDIR/inner
	as_init -p "$pidfile" -- "$WITNESS" -o "$report"
	eventually 10 test -e "$report"
	# At its birth the child in between may still be there.
	eventually 10 is_child_of_init "$(witness_get pid)"
	is "$(daemon_pid "$pidfile")" "$(witness_get pid)"
	pid=$job
	is_a_clean_daemon
	kill -TERM "$init"
	eventually 10 dead "$job"
}

@test "as PID 1 it passes a signal on to the daemon" {
	as_init -o "$BATS_TEST_TMPDIR/out" -- sh -c '
		trap "echo hup" HUP; trap "echo bye; exit 5" TERM
		echo ready
		while :; do sleep 0.02; done'
	eventually 5 grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -HUP "$init"
	eventually 5 grep -q hup "$BATS_TEST_TMPDIR/out"
	kill -TERM "$init"
	ended "$job" 5
	grep -q bye "$BATS_TEST_TMPDIR/out"
}

@test "as PID 1 a daemon killed by a signal is 128 and that signal" {
	as_init sh -c 'until test -e "$0"; do sleep 0.02; done; kill -KILL $$' \
	    "$BATS_TEST_TMPDIR/go"
	: >"$BATS_TEST_TMPDIR/go"
	ended "$job" 137
}

@test "as PID 1 it reaps orphans" {
	as_init -o "$BATS_TEST_TMPDIR/out" -- sh -c '
		for i in 1 2 3 4 5; do (sleep 0.01 &) ; done
		while ps -e -o stat= | grep -q Z || pgrep -x sleep >/dev/null
		do :; done
		echo clean'
	ended "$job" 0
	grep -q clean "$BATS_TEST_TMPDIR/out"
}

@test "as PID 1 a failed start is told as anywhere else" {
	as_init /does/not/exist
	ended "$job" 127
	[[ $(<"$BATS_TEST_TMPDIR/init.out") == 'daemonize: '* ]]
}

# --- places -----------------------------------------------------------------

@test "the mount it was started on can be unmounted" {
	need_root
	need_namespace -m
	mkdir "$BATS_TEST_TMPDIR/mount"
	status=0
	M=$BATS_TEST_TMPDIR/mount P=$BATS_TEST_TMPDIR/d.pid timeout 20 \
	    unshare -m sh -c '
		mount -t tmpfs none "$M" || exit 99
		cd "$M" && : >leaked && exec 8<leaked || exit 98
		"$DAEMONIZE" -p "$P" sleep 600 || exit 97
		exec 8<&-; cd / || exit 96
		umount "$M"' </dev/null 3>&- 4>&- || status=$?
	[[ $status -ne 99 ]] || skip 'needs to mount a tmpfs'
	is "$status" 0
	alive "$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")"
}

@test "a working directory that has been removed" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	via=("$LAUNCHER" -w "$BATS_TEST_TMPDIR/gone" --)
	witness_start
	is_a_clean_daemon
}

@test "a removed working directory makes a relative path an error" {
	gone=$(state_dir)/gone
	for option in -p -l -o -e -c --log; do
		mkdir "$gone"
		via=("$LAUNCHER" -w "$gone" --)
		refused 1 'relative|working directory|No such file' \
		    "$option" name "$(command -v sleep)" 600
	done
}

@test "a working directory its user may not enter" {
	need_root
	need_user
	dir=$(state_dir)/closed
	mkdir -m 700 "$dir"
	cd "$dir"
	as_user witness_start
	is_a_clean_daemon
}

# --- environment, arguments, umask, limits ----------------------------------

@test "an empty environment" {
	via=("$LAUNCHER" -e --)
	witness_start
	is_a_clean_daemon
	witness_is env.PATH /usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin
	witness_has env.IFS
	witness_is envcount 2
}

@test "malformed entries of the environment are dropped, others kept" {
	via=("$LAUNCHER" -e -E GOOD=1 -E malformed -E '' -E '=x' -E '=' \
	    -E EMPTY= -E 'EQUALS=a=b' --)
	witness_start
	is_a_clean_daemon
	is "$(grep '^badenv' "$report")" ''
	witness_is env.GOOD 1
	witness_is env.EMPTY ''
	witness_is env.EQUALS a=b
	witness_is envcount 5
}

@test "an environment of ten thousand entries" {
	need_cmd env
	entries=()
	for n in {1..10000}; do
		entries+=("DMN_N$n=$n")
	done
	via=(env "${entries[@]}")
	witness_start
	is_a_clean_daemon
	witness_is env.DMN_N1 1
	witness_is env.DMN_N10000 10000
}

@test "no argv at all is a usage error, not a crash" {
	via=("$LAUNCHER" -0 --)
	refused 2 'command'
}

@test "an empty or long name in argv[0] changes nothing" {
	via=("$LAUNCHER" -A '' --)
	refused 2 'command'
	via=("$LAUNCHER" -A "$(printf '%05000d' 0)" --)
	refused 2 'command'
	witness_start
	is_a_clean_daemon
}

@test "a umask of 0777 leaves usable files" {
	dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -u 777 --)
	witness_start -o "$dir/out" -l "$dir/lock"
	is_a_clean_daemon 5
	is "$(stat -c %a "$pidfile")" 644
	is "$(stat -c %a "$dir/out")" 640
	is "$(stat -c %a "$dir/lock")" 600
}

@test "a umask of 0 leaves nothing writable by others" {
	dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -u 0 --)
	witness_start -o "$dir/out" -l "$dir/lock" --mkdir --log "$dir/a/b/log"
	is "$(stat -c %a "$pidfile")" 644
	is "$(stat -c %a "$dir/out")" 640
	is "$(stat -c %a "$dir/lock")" 600
	is "$(stat -c %a "$dir/a/b/log")" 640
	is "$(stat -c %a "$dir/a/b")" 755
}

@test "a umask of 0777 is no hindrance to an ordinary user" {
	need_user
	via=("$LAUNCHER" -u 777 --)
	as_user witness_start
	is_a_clean_daemon
	is "$(stat -c %a "$pidfile")" 644
}

@test "a file size limit of 0 is an error message, not SIGXFSZ" {
	for size in 0 2; do
		# Through a pipe: the limit holds for the test's files as well.
		run "$LAUNCHER" -l "fsize=$size" -- "$DAEMONIZE" \
		    -p "$BATS_TEST_TMPDIR/d.pid" sleep 600 3>&- 4>&-
		is "$status" 1
		printf '%s\n' "$output"
		[[ $output == 'daemonize: cannot '*': File too large' ]]
		[[ ! -e $BATS_TEST_TMPDIR/d.pid ]]
	done
}

@test "no process allowed: the fork that fails is told" {
	need_user
	via=("$LAUNCHER" -l nproc=0:0 --)
	as_user refused 1 'Resource temporarily unavailable' sleep 600
	dir=$(user_dir theirs)
	via=("$LAUNCHER" -l nproc=0:0 --)
	as_user refused 1 'Resource temporarily unavailable' \
	    -p "$dir/d.pid" -o "$dir/out" sleep 600
}

@test "little memory allowed: it works or says why" {
	need_plain_build
	pidfile=$BATS_TEST_TMPDIR/d.pid
	for kilobytes in 1500 2000 2500 3000 4000 6000 8000 16000; do
		via=("$LAUNCHER" -l "as=$((kilobytes * 1024))" --)
		start -p "$pidfile" -- "$WITNESS"
		if [[ $status -eq 0 ]]; then
			pid=$(daemon_pid "$pidfile")
			remember "$pid"
			kill "$pid" 2>/dev/null || :
			eventually 5 dead "$pid"
			rm -f "$pidfile"
			continue
		fi
		# 139 and 127: the kernel and the loader, before main.
		[[ ! -e $pidfile ]]
		is "$(marked_pids)" ''
	done
	is "$status" 0
}
