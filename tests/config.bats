#!/usr/bin/env bats
# Configuration files: --config, and the site's defaults in
# /etc/daemonize.conf (read in a mount namespace of the test's own).

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	error=
	conf=$BATS_TEST_TMPDIR/test.conf
	pidfile=$BATS_TEST_TMPDIR/d.pid
}

# conf LINE...: writes the configuration file.
conf() {
	printf '%s\n' "$@" >"$conf"
	chmod 644 "$conf"
}

# wrong REGEX LINE...: these lines are refused, and the file is named.
wrong() {
	local regex=$1
	shift
	conf "$@"
	refused 2 "$regex" --config="$conf" -p "$pidfile" sleep 60
	[[ $error == *"$conf"* ]]
}

# site LINE... -- ARG...: runs the program where these lines are
# /etc/daemonize.conf; sets status and error.
site() {
	local lines=()
	need_root
	need_namespace -m
	while [[ $1 != -- ]]; do
		lines+=("$1")
		shift
	done
	shift
	conf "${lines[@]}"
	# shellcheck disable=SC2016
	via=(unshare -m sh -c 'mkdir "$0.d" && cp -a /etc/. "$0.d" &&
	    cp -p "$0" "$0.d/daemonize.conf" &&
	    mount --bind "$0.d" /etc && exec "$@"' "$conf")
	start "$@"
}

@test "keys are the long options" {
	conf 'umask = 027' 'chdir=/tmp' '  env  =  A=b c  ' 'append' \
	    'no-new-privs = yes'
	witness_start --config="$conf"
	witness_is umask 0027
	witness_is cwd /tmp
	witness_is env.A 'b c'
	witness_is nnp 1
}

@test "the command can be in the file, quoted as in a shell" {
	conf "command = $WITNESS -o '$BATS_TEST_TMPDIR/my report' \"a b\" c\\ d" \
	    "pidfile = $pidfile"
	start --config "$conf"
	[[ $status -eq 0 ]]
	eventually 30 test -e "$BATS_TEST_TMPDIR/my report"
	report="$BATS_TEST_TMPDIR/my report"
	witness_is argv.3 'a b'
	witness_is argv.4 'c d'
}

@test "the command line wins over the file, and its command too" {
	conf 'umask = 027' 'command = /nonexistent'
	witness_start --config="$conf" --umask=022
	witness_is umask 0022
}

@test "comments, empty lines and joined lines" {
	conf '# a comment' '' 'umask = \' '026 # the rest' 'env = A=\#1'
	witness_start --config="$conf"
	witness_is umask 0026
	witness_is env.A '#1'
}

@test "switches can be turned off again" {
	conf 'no-new-privs' 'no-new-privs = no'
	witness_start --config="$conf"
	witness_is nnp 0
}

@test "unknown keys, values and quotes are refused with file and line" {
	wrong ':2: unknown key .colour.' 'umask = 022' 'colour = blue'
	wrong ':1: invalid umask .9.' 'umask = 9'
	wrong ':1: .*needs a value' 'umask'
	wrong ':1: .*yes or no' 'append = perhaps'
	wrong ':3: .*open quote' '' '' 'command = "sleep 60'
	wrong ':1: .*must not be empty' 'command ='
	wrong ':1: unknown key .config.' 'config = other'
	wrong ':1: unknown key ..' '= 1'
}

@test "a NUL byte is refused" {
	printf 'umask = 022\0\n' >"$conf"
	refused 2 ':1: a NUL byte' --config="$conf" -p "$pidfile" sleep 60
}

@test "a file that is not there, is no file or hangs is refused" {
	refused 2 'No such file' --config="$BATS_TEST_TMPDIR/none" sleep 60
	refused 2 'not a regular file' --config="$BATS_TEST_TMPDIR" sleep 60
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refused 2 'not a regular file' --config="$BATS_TEST_TMPDIR/fifo" sleep 60
}

@test "a file that others may write is not trusted" {
	conf 'umask = 022'
	chmod 666 "$conf"
	refused 2 'others may write' --config="$conf" -p "$pidfile" sleep 60
	chmod 664 "$conf"
	refused 2 'others may write' --config="$conf" -p "$pidfile" sleep 60
}

@test "root does not trust a file of somebody else" {
	need_root
	need_user
	conf 'umask = 022'
	chown "$TEST_USER" "$conf"
	refused 2 'others may write' --config="$conf" -p "$pidfile" sleep 60
}

@test "the site's defaults hold for every start" {
	site 'umask = 022' -- -p "$pidfile" "$WITNESS" \
	    -o "$BATS_TEST_TMPDIR/report"
	[[ $status -eq 0 ]]
	eventually 30 test -e "$BATS_TEST_TMPDIR/report"
	report=$BATS_TEST_TMPDIR/report
	witness_is umask 0022
}

@test "the command line wins over the site's defaults" {
	site 'umask = 022' -- --umask=077 -p "$pidfile" "$WITNESS" \
	    -o "$BATS_TEST_TMPDIR/report"
	[[ $status -eq 0 ]]
	eventually 30 test -e "$BATS_TEST_TMPDIR/report"
	report=$BATS_TEST_TMPDIR/report
	witness_is umask 0077
}

@test "an error in the site's defaults stops every start" {
	site 'umask = 9' -- -p "$pidfile" sleep 60
	[[ $status -eq 2 ]]
	[[ $error == 'daemonize: /etc/daemonize.conf:1: '* ]]
	[[ ! -e $pidfile ]]
}
