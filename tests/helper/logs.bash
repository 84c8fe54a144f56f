# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test the logging share, setup and teardown among it.
# Load helper/common first.
#
# Every daemon started here has a name of its own as argv[0], which is then in
# the title of its logger: so both are found, and ended, by pid. A logger has
# no environment any more, hence no mark.

# logs_setup: a directory, a log and a name for this test alone.
logs_setup() {
	unset pidfile report
	dir=$BATS_TEST_TMPDIR
	log=$dir/log
	pidfile=$dir/d.pid
	error=
	newline=$'\n'
	name=t$$x${BATS_TEST_NUMBER}x$RANDOM
	conf=$dir/conf
	cd "$dir" || return
}

# logs_teardown: as stop_all; loggers that wait for room end as well.
logs_teardown() {
	local pid
	for pid in $(named "daemonize: log of "); do
		kill -KILL "$pid" 2>/dev/null || :
	done
	stop_all
}

setup() {
	logs_setup
}

teardown() {
	logs_teardown
}

# named [BEFORE]: the pids whose command line has this test's name.
named() {
	pgrep -f -- "${1-}${name:?}" || :
}

is_silent() {
	[[ -z $(named) ]]
}

# logged ARG...: starts a daemon which ends by itself, and waits until it and
# its logger are over.
logged() {
	started --argv0="$name" "$@" && eventually 60 is_silent
}

# logging ARG...: starts a daemon that stays. Sets pid and logger.
logging() {
	start --argv0="$name" -p "$pidfile" "$@"
	[[ $status -eq 0 && -z $error ]] || return 1
	pid=$(daemon_pid "$pidfile") || return 1
	remember "$pid"
	eventually 60 find_logger && remember "$logger"
}

find_logger() {
	logger=$(pgrep -f "^daemonize: log of $name")
	[[ $logger =~ ^[0-9]+$ ]]
}

# obeying ARG...: as logging; the daemon does what it is told, by `tell`.
obeying() {
	[[ -p $dir/orders ]] || mkfifo -m 666 "$dir/orders"
	logging -i "$dir/orders" "$@" -- \
	    sh -c 'while IFS= read -r order; do eval "$order"; done'
}

# tell COMMAND...: the daemon runs each of them. Never waits for it.
tell() {
	# shellcheck disable=SC2094 # for reading and writing: a FIFO
	printf '%s\n' "$@" 1<>"$dir/orders"
}

# has LINE [FILE]: such a line is in the log.
has() {
	grep -qsxF -- "$1" "${2:-$log}"
}

# says LINE...: tells the daemon to write these lines to stdout, one by one
# and each of them after the one before has arrived in the log.
says() {
	local line
	for line; do
		tell "echo '$line'"
		eventually 60 has "$line" || return 1
	done
}

# holds FILE LINE...: the file has these lines and nothing else.
holds() {
	local path=$1
	shift
	diff <(printf '%s\n' "$@") "$path"
}

# counts FILE N [PREFIX]: its lines are PREFIX1 to PREFIXN, in order.
counts() {
	cmp <(seq -f "${3//%/%%}%.0f" "$2") "$1"
}

# rotated [LOG]: the rotated files, oldest first.
rotated() {
	local path
	for path in "${1:-$log}".2[0-9][0-9][0-9]*T*; do
		[[ ! -e $path ]] || printf '%s\n' "$path"
	done
}

# rotations N [LOG]: there are N of them.
rotations() {
	local n
	n=$(rotated "${2:-$log}" | wc -l)
	[[ $n -eq $1 ]] || {
		printf '%s rotated files, not %s:\n' "$n" "$1"
		ls -l "$(dirname "${2:-$log}")"
		return 1
	}
}

# plain FILE: its text, decompressed.
plain() {
	case $1 in
	*.gz) gzip -dc <"$1" ;;
	*.zst) zstd -dcq <"$1" ;;
	*.xz) xz -dc <"$1" ;;
	*) cat "$1" ;;
	esac
}

# history [LOG]: all that the log has ever taken.
history() {
	local path
	for path in $(rotated "${1:-$log}"); do
		plain "$path"
	done
	cat "${1:-$log}"
}

# never COMMAND...: it must fail (bats ignores what ! says).
never() {
	! "$@"
}

# title_has REGEX: what ps shows of the logger.
title_has() {
	[[ $(ps -o args= -p "$logger") =~ $1 ]]
}

# user_of PID: the name of the user whom it runs as, in every respect.
user_of() {
	local id
	id=$(awk '/^Uid:/ && $2 == $3 && $3 == $4 { print $2 }' \
	    "/proc/$1/status")
	id -nu "$id"
}

# in_mounts SCRIPT: further starts see mounts that SCRIPT makes ($0: $dir).
in_mounts() {
	local flags=(-m)
	[[ $EUID -eq 0 ]] || flags=(-U -r -m)
	need_namespace "${flags[@]}"
	via=(unshare "${flags[@]}" sh -c "$1"$'\nexec "$@"' "$dir")
}

# with_gzip SCRIPT: further starts find SCRIPT as gzip.
with_gzip() {
	local path places
	places=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    type -ap gzip) || skip 'needs gzip to replace it'
	printf '#!/bin/sh\n%s\n' "$1" >gzip
	chmod 755 gzip
	in_mounts "for path in ${places//$newline/ }; do
	    mount --bind $dir/gzip \$path || exit; done"
}
