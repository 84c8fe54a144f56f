# shellcheck shell=bash disable=SC2034 # sets variables for the tests
# What every .bats file shares: the programs, starting daemons so that bats
# never waits for them, and skipping; and, from the helpers which it loads,
# waiting with a deadline, stopping exactly what was started, the witness and
# other users.
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

load helper/process
load helper/user
load helper/witness

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

# complains PROGRAM STATUS REGEX: it has ended with this status and one line on
# stderr, "PROGRAM: ...", which matches REGEX.
complains() {
	if [[ $status -ne $2 ]]; then
		printf 'exit status %s, not %s: %s\n' "$status" "$2" "$error"
	elif [[ $error != "$1: "* || $error == *$'\n'* ]]; then
		printf 'not one line of ours: %s\n' "$error"
	elif [[ ! $error =~ $3 ]]; then
		printf 'message does not match %s: %s\n' "$3" "$error"
	else
		return 0
	fi
	return 1
}

# same_files BEFORE AFTER: two listings are the same; says where they are not.
same_files() {
	[[ $1 != "$2" ]] || return 0
	printf 'files changed:\n'
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
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
	complains daemonize "$want" "$regex" || return 1
	if [[ -n $left ]]; then
		printf 'processes left: %s\n' "$left"
		return 1
	fi
	same_files "$before" "$after"
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
