# shellcheck shell=bash disable=SC2034 # sets variables for the tests
# What every .bats file shares: starting daemons so that bats never waits for
# them, waiting with a deadline, and stopping exactly what was started.
#
# Use it as the second line of a test file:
#
#	bats_require_minimum_version 1.5.0
#	load helper/common
#
# A file that needs its own teardown must call stop_all in it.
#
# The programs come from the environment (make check exports them); without it
# the usual build places are tried.
#
#   DAEMONIZE   the program under test        WITNESS   tells its surroundings
#   DAEMONCTL   steers what that has started
#   LAUNCHER    makes surroundings hostile    TEST_USER an ordinary user (nobody)

# --- the programs -----------------------------------------------------------

# find_program NAME: prints where the build has put NAME.
find_program() {
	local dir top
	top=$(cd "${BATS_TEST_DIRNAME:-.}/.." && pwd)
	for dir in _build _build/src _build/tests _build/tests/helper . src \
	    tests tests/helper; do
		if [[ -x $top/$dir/$1 && -f $top/$dir/$1 ]]; then
			printf '%s\n' "$top/$dir/$1"
			return 0
		fi
	done
	printf '%s\n' "$top/_build/$1"
}

: "${DAEMONIZE:=$(find_program daemonize)}"
: "${DAEMONCTL:=${DAEMONIZE%/*}/daemonctl}"
: "${WITNESS:=$(find_program witness)}"
if [[ -z ${LAUNCHER-} && -x ${WITNESS%/*}/helper/launcher ]]; then
	LAUNCHER=${WITNESS%/*}/helper/launcher
fi
: "${LAUNCHER:=$(find_program launcher)}"
: "${TEST_USER:=nobody}"
export DAEMONIZE DAEMONCTL WITNESS LAUNCHER TEST_USER

# A known world: tests that want another one say so.
umask 022
export LC_ALL=C TZ=UTC
unset XDG_RUNTIME_DIR NOTIFY_SOCKET LISTEN_PID LISTEN_FDS

# Every process started from a test carries this in its environment, so that
# stop_all and refused find what a broken start has left behind.
export DMN_TEST_MARK="$$.$RANDOM.${BATS_TEST_NUMBER:-0}.${EPOCHREALTIME//[^0-9]/}"

# Commands that `start` puts before the program: via=("$LAUNCHER" -b --).
via=()

# state_dir: prints a directory of this test that is not BATS_TEST_TMPDIR,
# where `refused` would see files come and go.
state_dir() {
	local dir=${BATS_FILE_TMPDIR:?}/state-${BATS_TEST_NUMBER:-0}
	[[ -d $dir ]] || mkdir -p "$dir"
	printf '%s\n' "$dir"
}

# reachable: lets other users pass through bats' private directories.
reachable() {
	local dir
	for dir in "${BATS_RUN_TMPDIR-}" "${BATS_SUITE_TMPDIR-}" \
	    "${BATS_FILE_TMPDIR-}" "${BATS_TEST_TMPDIR-}"; do
		[[ -z $dir || ! -d $dir ]] || chmod a+rx "$dir"
	done
}

if [[ $EUID -eq 0 ]]; then
	reachable
fi

# --- waiting ----------------------------------------------------------------

# now_us: the time in microseconds.
now_us() {
	printf '%s\n' "${EPOCHREALTIME//[^0-9]/}"
}

# eventually SECONDS COMMAND...: tries COMMAND until it succeeds; after
# SECONDS it says so on stderr and fails.
eventually() {
	local seconds=$1 until
	shift
	until=$((${EPOCHREALTIME//[^0-9]/} + seconds * 1000000))
	until "$@"; do
		if ((${EPOCHREALTIME//[^0-9]/} > until)); then
			printf 'not within %s s: %s\n' "$seconds" "$*" >&2
			return 1
		fi
		command sleep 0.015
	done
}

# --- processes --------------------------------------------------------------

# read_stat PID N: sets REPLY to field N (as proc(5) counts) of its stat file;
# without a fork, for it is called often.
read_stat() {
	local line=
	{ read -r -d '' line <"/proc/$1/stat"; } 2>/dev/null || :
	[[ -n $line ]] || return 1
	# shellcheck disable=SC2206
	local fields=(${line##*) })
	if [[ $2 -lt 3 ]]; then
		REPLY=$1
	else
		REPLY=${fields[$2 - 3]}
	fi
}

# stat_field PID N: prints that field.
stat_field() {
	local REPLY
	read_stat "$1" "$2" && printf '%s\n' "$REPLY"
}

# alive PID: runs, and is no zombie.
alive() {
	local REPLY
	read_stat "$1" 3 && [[ $REPLY != [ZX] ]]
}

# dead PID: is gone, or a zombie nobody has fetched yet.
dead() {
	! alive "$1"
}

# daemon_pid FILE: prints the pid in a complete pidfile ("PID\n"), else fails.
daemon_pid() {
	local content newline=$'\n'
	content=$(cat -- "$1" && printf x) || return 1
	[[ $content =~ ^[1-9][0-9]*"$newline"x$ ]] || {
		printf 'not a pidfile: %q\n' "${content%x}" >&2
		return 1
	}
	printf '%s\n' "${content%%"$newline"*}"
}

# remember PID...: stop_all ends it (and not a stranger with the same number).
remember() {
	local pid file REPLY
	file=$(state_dir)/pids
	for pid; do
		read_stat "$pid" 22 || continue
		printf '%s %s\n' "$pid" "$REPLY" >>"$file"
	done
}

# marked_pids: prints the pids which carry this test's mark, bats itself and
# its helpers aside.
marked_pids() {
	local file pid
	grep -lzsxF "DMN_DAEMON_MARK=$DMN_TEST_MARK" /proc/[0-9]*/environ |
	    while read -r file; do
		pid=${file#/proc/}
		pid=${pid%/environ}
		if alive "$pid"; then
			printf '%s\n' "$pid"
		fi
	done
}

same_process() {
	local REPLY
	read_stat "$1" 22 && [[ $REPLY == "$2" ]] && alive "$1"
}

is_over() {
	! same_process "$1" "$2" 2>/dev/null
}

# stop_all: ends everything remembered, everything in a pidfile below
# BATS_TEST_TMPDIR and everything that carries the mark: TERM, then KILL.
stop_all() {
	local file pid born list
	list=$(state_dir)/pids
	# shellcheck disable=SC2046
	remember $(marked_pids)
	while IFS= read -r -d '' file; do
		read -r pid <"$file" 2>/dev/null || continue
		[[ $pid =~ ^[1-9][0-9]*$ ]] || continue
		if [[ -e $list ]] && grep -q "^$pid " "$list"; then
			continue
		fi
		if holds_lock "$pid" "$file"; then
			remember "$pid"
		fi
	done < <(find "${BATS_TEST_TMPDIR:?}" -xdev -type f -size -64c \
	    -name '*pid*' -print0 2>/dev/null)
	[[ -e $list ]] || return 0
	while read -r pid born; do
		same_process "$pid" "$born" || continue
		kill -TERM "$pid" 2>/dev/null || :
		kill -CONT "$pid" 2>/dev/null || :
	done <"$list"
	while read -r pid born; do
		if ! eventually 2 is_over "$pid" "$born" 2>/dev/null; then
			kill -KILL "$pid" 2>/dev/null || :
			eventually 2 is_over "$pid" "$born" || :
		fi
	done <"$list"
	rm -f "$list"
}

teardown() {
	stop_all
}

# holds_lock PID FILE: PID holds a descriptor of FILE with a flock on it.
holds_lock() {
	local inode
	inode=$(stat -c %i -- "$2") || return 1
	grep -qsE "^lock:.* FLOCK .*:$inode " /proc/"$1"/fdinfo/*
}

# ps_row PID: its row of `ps -axj`:
# PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND
ps_row() {
	ps -axj | awk -v pid="$1" '$2 == pid { print; n++ } END { exit !n }'
}

# ps_column PID NAME: one column of that row, e.g. ps_column 17 TPGID.
ps_column() {
	ps -axj | awk -v pid="$1" -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$2 == pid { print $at[name]; n++ }
		END { exit !n }'
}

# --- starting ---------------------------------------------------------------

# start ARG...: runs the program. Sets status, output (stdout) and error
# (stderr). Neither bats nor this function waits for the daemon; a program
# that hangs is killed after a minute, which is status 137.
start() {
	local dir
	dir=$(state_dir)
	status=0
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout --foreground -s KILL 60 \
	    "${via[@]}" "$DAEMONIZE" "$@" \
	    </dev/null >"$dir/out" 2>"$dir/err" 3>&- 4>&- || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	[[ $status -eq 0 ]] || printf '# status %s: %s\n' "$status" "$error"
	return 0
}

# started ARG...: start, which must succeed without a word on stderr.
started() {
	start "$@"
	[[ $status -eq 0 && -z $error ]]
}

# listing: what is below BATS_TEST_TMPDIR, with all that could change.
listing() {
	find "${BATS_TEST_TMPDIR:?}" -printf '%p %i %y %m %U %G %n %l' \
	    \( -type d -printf '\n' -o -printf ' %s %T@\n' \) | sort
}

# refused STATUS REGEX ARG...: the program must exit with STATUS and one line
# on stderr, "daemonize: ...", which matches REGEX; no process may be left and
# no file below BATS_TEST_TMPDIR may appear, vanish or change.
refused() {
	local want=$1 regex=$2 before after left running
	shift 2
	running=$(marked_pids)
	before=$(listing)
	start "$@"
	after=$(listing)
	left=$(comm -13 <(sort <<<"$running") <(marked_pids | sort))
	if [[ $status -ne $want ]]; then
		printf 'exit status %s, not %s: %s\n' "$status" "$want" "$error"
	elif [[ $error != 'daemonize: '* || $error == *$'\n'* ]]; then
		printf 'not one line of ours: %s\n' "$error"
	elif [[ ! $error =~ $regex ]]; then
		printf 'message does not match %s: %s\n' "$regex" "$error"
	elif [[ -n $left ]]; then
		printf 'processes left: %s\n' "$left"
	elif [[ $before != "$after" ]]; then
		printf 'files changed:\n'
		diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") || :
	else
		return 0
	fi
	return 1
}

# --- the witness ------------------------------------------------------------

# witness_start [OPTION]...: starts the witness with these options of
# daemonize, waits for its report, sets pid, pidfile and report. Arguments of
# the witness itself go into the array witness_args.
witness_args=()
witness_start() {
	local dir=${BATS_TEST_TMPDIR:?}
	if [[ -z ${report-} ]]; then
		mkdir -p "$dir/witness"
		chmod 777 "$dir/witness"
		report=$dir/witness/report
	fi
	if [[ -z ${pidfile-} && ${via[0]-} == setpriv ]]; then
		pidfile=$dir/witness/witness.pid
	fi
	pidfile=${pidfile:-$dir/witness.pid}
	start -p "$pidfile" "$@" -- "${witness_command:-$WITNESS}" \
	    -o "${report_inside:-$report}" "${witness_args[@]}"
	[[ $status -eq 0 ]] || return 1
	pid=$(daemon_pid "$pidfile") || return 1
	remember "$pid"
	eventually 10 test -e "$report"
}

# witness_get KEY: the value after KEY in the report; fails without that key.
witness_get() {
	awk -v key="$1" '
		$1 == key { print substr($0, length(key) + 2); n++; exit }
		END { exit !n }' "${report:?}"
}

# witness_is KEY VALUE: compares, and shows the difference.
witness_is() {
	local value
	value=$(witness_get "$1") || { printf 'no %s reported\n' "$1"; return 1; }
	[[ $value == "$2" ]] || {
		printf '%s is "%s", not "%s"\n' "$1" "$value" "$2"
		return 1
	}
}

# witness_has KEY: such a key was reported.
witness_has() {
	witness_get "$1" >/dev/null
}

# witness_lacks KEY: no such key was reported.
witness_lacks() {
	! witness_has "$1" || {
		printf '%s is "%s"\n' "$1" "$(witness_get "$1")"
		return 1
	}
}

# is A B: they are the same, or both are shown.
is() {
	[[ $1 == "$2" ]] || {
		printf '"%s" is not "%s"\n' "$1" "$2"
		return 1
	}
}

# --- other users ------------------------------------------------------------

# as_user COMMAND...: runs COMMAND as an ordinary user. Functions of this file
# that start the program (start, refused, witness_start) work as well.
as_user() {
	local home
	if [[ $EUID -ne 0 ]]; then
		"$@"
		return
	fi
	need_user
	home=$(getent passwd "$TEST_USER" | cut -d: -f6)
	set -- setpriv --reuid="$TEST_USER" \
	    --regid="$(id -g "$TEST_USER")" --init-groups \
	    env HOME="$home" USER="$TEST_USER" LOGNAME="$TEST_USER" "$@"
	local words=("${@:1:8}")
	shift 8
	if [[ $(type -t "$1") == function ]]; then
		local via=("${words[@]}" "${via[@]}")
		"$@"
	else
		"${words[@]}" "$@"
	fi
}

# user_can_run FILE: the ordinary user reaches it and may execute it.
user_can_run() {
	setpriv --reuid="$TEST_USER" --regid="$(id -g "$TEST_USER")" \
	    --init-groups test -x "$1" 2>/dev/null
}

# user_dir NAME: makes a directory of the ordinary user below BATS_TEST_TMPDIR
# and prints it.
user_dir() {
	local dir=${BATS_TEST_TMPDIR:?}/$1
	mkdir -p "$dir"
	[[ $EUID -ne 0 ]] || chown "$TEST_USER" "$dir"
	printf '%s\n' "$dir"
}

# need_user: skips where no ordinary user can be had. Programs built in a
# directory closed to that user are copied to where it can run them.
need_user() {
	local name copy
	[[ $EUID -eq 0 ]] || return 0
	need_cmd setpriv
	id "$TEST_USER" >/dev/null 2>&1 || skip "there is no user $TEST_USER"
	reachable
	user_can_run "${BATS_TEST_TMPDIR:?}" ||
	    skip "$TEST_USER cannot reach $BATS_TEST_TMPDIR"
	for name in DAEMONIZE WITNESS LAUNCHER; do
		[[ -x ${!name} ]] || continue
		user_can_run "${!name}" && continue
		copy=$BATS_RUN_TMPDIR/${!name##*/}
		[[ -x $copy ]] || install -m 755 "${!name}" "$copy"
		printf -v "$name" %s "$copy"
	done
}

# --- skipping, always with the reason ---------------------------------------

need_root() {
	[[ $EUID -eq 0 ]] || skip 'needs root'
}

need_cmd() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "needs the command $name"
	done
}

# need_cap NAME: skips unless this capability is effective.
need_cap() {
	local bit caps
	case $1 in
	setuid) bit=7 ;;
	sys_chroot) bit=18 ;;
	sys_admin) bit=21 ;;
	sys_nice) bit=23 ;;
	sys_resource) bit=24 ;;
	*) printf 'need_cap: unknown capability %s\n' "$1"; return 1 ;;
	esac
	caps=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
	((16#$caps >> bit & 1)) || skip "needs the capability $1"
}

# need_namespace FLAG...: skips where unshare FLAG... is not allowed.
need_namespace() {
	need_cmd unshare
	unshare "$@" true 2>/dev/null || skip "needs unshare $*"
}

# need_plain_build: skips where a sanitizer is built in, which needs much
# memory and many system calls of its own.
need_plain_build() {
	! grep -q -e __asan_init -e __ubsan_handle "$DAEMONIZE" ||
	    skip 'the program is built with a sanitizer'
}
