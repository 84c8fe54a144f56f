# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test daemonctl share. Load helper/common first; setup is
# control_setup where a file says nothing else.
#
#   SUBJECT   a daemon to be steered

if [[ -z ${SUBJECT-} && -x ${WITNESS%/*}/helper/subject ]]; then
	SUBJECT=${WITNESS%/*}/helper/subject
fi
: "${SUBJECT:=$(find_program subject)}"
export SUBJECT

# Nothing in these files may wait for ever, whatever is broken.
limit=(timeout -k 1 120)

# control_setup: a world of names of this test alone. Sets rundir and confdir,
# where pidfiles and configuration files are, and shown, what the program calls
# rundir. root has them in a mount namespace, others by their environment.
# told is for what a subject tells.
control_setup() {
	error=
	told=$BATS_TEST_TMPDIR/told
	if [[ $EUID -ne 0 ]]; then
		user_world
		return
	fi
	need_namespace -m
	place=$BATS_TEST_TMPDIR/place
	rundir=$place/run
	confdir=$place/etc/daemonize.d
	shown=/var/run
	mkdir -p "$rundir" "$confdir"
	cp -pR /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache \
	    "$place/etc" 2>/dev/null || :
	# shellcheck disable=SC2016 # for the inner shell
	via=("${limit[@]}" unshare -m sh -c 'mount -n --bind "$0/run" /var/run &&
	    mount -n --bind "$0/etc" /etc && exec "$@"' "$place")
}

setup() {
	control_setup
}

# user_world: the same for an ordinary user: TEST_USER if root runs the tests,
# who must then use as_user.
user_world() {
	local name
	if [[ $EUID -eq 0 ]]; then
		need_user
		for name in DAEMONCTL SUBJECT; do
			[[ -x ${!name} ]] || continue
			# daemonctl looks for daemonize beside itself.
			[[ ${!name%/*} == "$BATS_RUN_TMPDIR" ]] && continue
			user_can_run "${!name}" &&
			    [[ $DAEMONIZE != "$BATS_RUN_TMPDIR"/* ]] && continue
			install -m 755 "${!name}" \
			    "$BATS_RUN_TMPDIR/${!name##*/}"
			printf -v "$name" %s "$BATS_RUN_TMPDIR/${!name##*/}"
		done
	fi
	error=
	via=("${limit[@]}")
	rundir=$(user_dir runtime)
	confdir=$(user_dir config)/daemonize
	shown=$rundir
	chmod 700 "$rundir"
	mkdir -p "$confdir"
	export XDG_RUNTIME_DIR=$rundir XDG_CONFIG_HOME=${confdir%/*}
}

# conf NAME LINE...: writes NAME.conf.
conf() {
	local file=$confdir/$1.conf
	shift
	printf '%s\n' "$@" >"$file"
	chmod 644 "$file"
	# In the world of TEST_USER it is that user's.
	[[ $EUID -ne 0 || $shown == /var/run ]] ||
	    chown -R "$TEST_USER" "$confdir"
}

# control ARG...: runs daemonctl. Sets status, output and error.
control() {
	local dir
	dir=$(state_dir)
	status=0
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" "$DAEMONCTL" "$@" \
	    </dev/null >"$dir/out" 2>"$dir/err" 3>&- 4>&- || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	printf '# daemonctl'
	printf ' %q' "$@"
	printf ': status %s\n' "$status"
	[[ -z $output ]] || sed 's/^/# out: /' <<<"$output"
	[[ -z $error ]] || sed 's/^/# err: /' <<<"$error"
	return 0
}

# quietly ARG...: control, which must succeed without a word.
quietly() {
	control "$@"
	[[ $status -eq 0 && -z $output && -z $error ]] || {
		printf 'daemonctl %s: not silent success\n' "$*"
		return 1
	}
}

# declined STATUS REGEX ARG...: control must exit with STATUS and one line on
# stderr, "daemonctl: ...", which matches REGEX, and change no file.
declined() {
	local want=$1 regex=$2 before after
	shift 2
	before=$(listing)
	control "$@"
	after=$(listing)
	complains daemonctl "$want" "$regex" && same_files "$before" "$after"
}

# daemon NAME [ARG]...: starts a daemon of this name, `sleep 1000` unless the
# ARGs say otherwise, and waits until it sleeps. Sets pid and file.
daemon() {
	local name=$1
	shift
	[[ $# -gt 0 ]] || set -- sleep 1000
	file=$rundir/$name.pid
	started -n "$name" "$@" || return 1
	pid=$(daemon_pid "$file") && remember "$pid" && at_rest "$pid"
}

# subject NAME [ARG]...: the same for the subject with these ARGs; waits until
# it is set up.
subject() {
	local name=$1 ready
	shift
	ready=$(state_dir)/ready.$name.$RANDOM
	: >"$ready.made"
	chmod 777 "${ready%/*}"
	daemon "$name" "$SUBJECT" "$@" -r "$ready" || return 1
	eventually 30 test -s "$ready" && at_rest "$pid"
}

# took_ms COMMAND...: runs it, which must succeed; sets took. Nothing can be said
# of the longest time that is not far above the usual one: the machine may be
# busy with others.
took_ms() {
	local begin
	begin=$(now_us)
	"$@" || return
	took=$((($(now_us) - begin) / 1000))
	printf '# %s ms\n' "$took"
}

# at_once COMMAND...: COMMAND, which changes nothing, succeeds and takes less
# than three seconds; again if not, for the machine may be busy with others.
at_once() {
	local i
	for i in {1..10}; do
		took_ms "$@" || return
		((took >= 3000)) || return 0
	done
	return 1
}

# innocent: a process that nobody may signal. Sets stranger.
innocent() {
	sleep 2000 3>&- &
	stranger=$!
	remember "$stranger"
	at_rest "$stranger"
}

# runs NAME: such a daemon runs, and sleeps soon; sets pid.
runs() {
	pid=$(daemon_pid "$rundir/$1.pid") && alive "$pid" &&
	    holds_lock "$pid" "$rundir/$1.pid" && remember "$pid" &&
	    at_rest "$pid"
}

# has_left N: N processes of this test are there, and all of them sleep; sets
# left to those that are not $pid.
has_left() {
	local each all
	all=$(marked_pids)
	[[ $(wc -l <<<"$all") -eq $1 ]] || return 1
	for each in $all; do
		is_sleeping "$each" || return 1
	done
	left=$(grep -vx "$pid" <<<"$all")
}

# is_gone PID FILE: that process is dead, the lock free, the pidfile removed.
is_gone() {
	dead "$1" || { printf 'pid %s lives\n' "$1"; return 1; }
	[[ ! -e $2 ]] || { printf '%s is there: %q\n' "$2" "$(<"$2")"; return 1; }
}

# foreign FILE [COMMAND]...: a daemon that locks its pidfile itself. Sets pid.
foreign() {
	local path=$1
	shift
	[[ $# -gt 0 ]] || set -- sleep 1000
	need_cmd flock
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'exec 9>"$0"; flock -n 9 && echo $$ >&9 && exec "$@"' "$path" \
	    "$@" </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	remember "$pid"
	eventually 30 grep -qsx "$pid" "$path"
	eventually 30 holds_lock "$pid" "$path"
	at_rest "$pid"
}

need_strace() {
	need_cmd strace
	strace -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
}

# hold CALL COMMAND...: COMMAND in the background, which stays, or a child of
# its, where it enters its first system call CALL, until let_go. Sets held.
hold() {
	local call=$1 trace
	shift
	need_strace
	trace=$(state_dir)/trace
	rm -f "$trace"
	DMN_DAEMON_MARK=$DMN_TEST_MARK strace -D -f -o "$trace" -e signal=none \
	    -e trace="$call" -e inject="$call":delay_enter=1000000000 "$@" \
	    </dev/null >/dev/null 2>&1 3>&- &
	held=$!
	remember "$held"
	eventually 30 grep -qs "$call(" "$trace"
	tracer=$(awk '/^TracerPid:/ { print $2 }' "/proc/$held/status")
	[[ $tracer -gt 0 ]]
	remember "$tracer"
}

# let_go: who is held goes on.
let_go() {
	kill -KILL "$tracer"
	eventually 30 dead "$tracer"
}

# lines_are FILE LINE...: the file has these lines.
lines_are() {
	local path=$1
	shift
	[[ $(cat "$path" 2>/dev/null) == "$(printf '%s\n' "$@")" ]]
}

# in_background FILE COMMAND...: its exit status goes to FILE when it is over.
# Sets background.
in_background() {
	local path=$1
	shift
	(
		code=0
		DMN_DAEMON_MARK=$DMN_TEST_MARK "$@" 2>"$path.err" || code=$?
		printf '%s\n' "$code" >"$path.new"
		mv "$path.new" "$path"
	) </dev/null >/dev/null 3>&- &
	background=$!
	remember "$background"
}
