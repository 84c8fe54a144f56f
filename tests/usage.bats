#!/usr/bin/env bats
# What is typed wrongly: every malformed option, number, mode, user, path and
# combination is exit status 2, one line, no process, no file.

bats_require_minimum_version 1.5.0
load helper/common
load helper/usage

# wrong REGEX ARG...: these arguments before a good command are exit 2, and
# the command is not run. A pidfile would show a start that came too far.
wrong() {
	local regex=$1
	shift
	printf 'arguments: %q\n' "$@"
	refused 2 "$regex" -p "$pidfile" "$@" \
	    touch "$BATS_TEST_TMPDIR/executed"
	[[ -z $output ]]
}

# each OPTION VALUE...: every VALUE is wrong for --OPTION, and the message
# names the option and the value.
each() {
	local option=$1 value
	shift
	wrong "$option" "--$option" "$1"
	for value; do
		wrong "$option" "--$option=$value"
		[[ $error == *"$value"* ]]
	done
}

# --- options --------------------------------------------------------------------

@test "unknown options" {
	local option
	for option in -z -P -0 '-?' -az -:p --nonsense --pid-file --no-append \
	    --=x ---p '--pidfile =x'; do
		wrong "${option:0:2}|option" "$option"
	done
}

@test "an unknown option is named" {
	wrong z -z
	wrong z -az
	wrong nonsense --nonsense
	wrong nonsense --nonsense=value
}

@test "a missing argument is named" {
	local option
	for option in -n -p -l -c -m -u -E -i -o -e -ap --name --pidfile \
	    --lockfile --if-running --chdir --chroot --umask --user --groups \
	    --env --env-file --unset-env --limit --nice --io-priority \
	    --cpu-affinity --scheduler --oom-score --capabilities --keep-fd \
	    --argv0 --stdin --stdout --stderr --log --log-mode --config; do
		refused 2 "${option##*-}|${option: -1}" "$option"
	done
}

@test "a switch takes no value" {
	local option
	for option in append mkdir clear-env no-new-privs dry-run verbose help \
	    version; do
		wrong "$option" "--$option=yes"
	done
}

@test "no command" {
	refused 2 'command'
	refused 2 'command' -p "$pidfile"
	refused 2 'command' --
	refused 2 'command' -a -v -p "$pidfile"
	refused 2 'command' -p "$pidfile" --
}

@test "argc 0: no command, no crash" {
	need_cmd perl
	status=0
	# shellcheck disable=SC2016 # for perl
	perl -e 'my $p = shift; exec { $p } () or syscall(59)' "$DAEMONIZE" \
	    </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
	((status > 0 && status < 126))
}

@test "options end at the command; its own are not looked at" {
	runs echo -z --nonsense --help -p /nowhere
	[[ $(<"$BATS_TEST_TMPDIR/out") == '-z --nonsense --help -p /nowhere' ]]
	POSIXLY_CORRECT=1 runs -- echo -- -v
	[[ $(<"$BATS_TEST_TMPDIR/out") == '-- -v' ]]
}

# --- values ---------------------------------------------------------------------

@test "bad umask and log mode" {
	each umask 99 8 -1 01000 1000 77777 0x1f 022x ' 022' '022 ' u=rwx +22 \
	    00000000000000000001000 99999999999999999999
	each log-mode 99 8 -1 1000 07777 0x1f u=rw ' 600' 6.0
	wrong umask -m ''
	wrong umask --umask=
	wrong log-mode --log-mode=
}

@test "bad niceness, oom score" {
	each nice x 20 -21 1.5 99999999999999999999 5x ' 5' '5 ' 0x5 --5
	each oom-score x 1001 -1001 1.5 99999999999999999999 5x
	wrong nice --nice=
	wrong oom-score --oom-score=
}

@test "bad I/O priority, scheduler, processors" {
	each io-priority bogus best-effort:8 best-effort:-1 realtime:x \
	    best-effort: :4 realtime:9 best-effort:4:4 BEST-EFFORT
	each scheduler bogus fifo:0 fifo:100 fifo:x fifo: rr:-1 other:5 \
	    batch:1 :5 fifo:1:1 a-policy-with-a-very-long-name
	each cpu-affinity a 3-1 1- -1 0,,1 0, ,0 99999999999999999999 0-x 1.5 \
	    '0 1' 0x1
	wrong io-priority --io-priority=
	wrong scheduler --scheduler=
	wrong cpu-affinity --cpu-affinity=
}

@test "bad limits" {
	each limit nofile nofile= nofile=x bogus=5 nofile=10:5 nofile=-1 \
	    nofile=5: =5 nofile=:5 nofile=5:5:5 nofile=1.5 nofile=5x \
	    nofile=999999999999999999999 NOFILE 'nofile = 5' ' nofile=5'
	wrong limit --limit=
}

@test "bad descriptors to keep" {
	each keep-fd x -1 3,,4 3, ,3 99999999999999999999 3.5 0x3 '3 4' \
	    2147483648 5-3
	wrong keep-fd --keep-fd=
}

@test "bad --if-running" {
	each if-running bogus ok:5 fail:1s wait: wait:x wait:-1 wait:5y \
	    replace: replace:99999999999999999999h wait:1s:1s WAIT waitx \
	    wait:0x5 'wait: 5'
	wrong if-running --if-running=
}

@test "bad names" {
	local value
	for value in '' . .. a/b /x ../x .hidden "a${newline}b" \
	    "$(printf '%0300d' 0)"; do
		refused 2 name -n "$value" touch "$BATS_TEST_TMPDIR/executed"
	done
}

@test "bad variables" {
	each env NOEQUALS
	wrong env -E ''
	wrong unset-env --unset-env=
	wrong unset-env --unset-env=A=B
}

@test "bad users and groups" {
	each user no-such-user-at-all 4foo -1 4294967295 +0 0x0 root: :
	wrong user -u ''
	wrong groups --groups=
	# An ordinary user may not ask for groups at all.
	[[ $EUID -eq 0 ]] || return 0
	each groups no-such-group-at-all , 0, 4294967295 -1
}

@test "empty paths" {
	local option
	for option in pidfile lockfile chdir chroot stdin stdout stderr log \
	    config env-file; do
		refused 2 "$option" "--$option=" touch "$BATS_TEST_TMPDIR/x"
		refused 2 "$option" "--$option" '' touch "$BATS_TEST_TMPDIR/x"
	done
	refused 2 'file:' -o file: touch "$BATS_TEST_TMPDIR/x"
}

@test "what is no facility, level or command of a target is refused" {
	local option
	for option in -o -e --log; do
		refused 2 'unknown level' "$option" syslog:daemon.loud true
		refused 2 'unknown level' "$option" syslog:daemon. true
		refused 2 'unknown level' "$option" journal:none true
		refused 2 'unknown facility' "$option" syslog:kern.info true
		refused 2 'unknown facility' "$option" syslog:.info true
		refused 2 'level only' "$option" journal:daemon.info true
		refused 2 'no command' "$option" 'pipe: ' true
		refused 2 "file's name" "$option" file:/tmp/%Y/log true
	done
}

@test "what is no scheme is a path, colon and all" {
	cd "$BATS_TEST_TMPDIR"
	started -o foo:bar -e file:x:y -p d.pid sleep 1000
	[[ -f foo:bar && -f x:y ]]
}

@test "a hostile value cannot break the message" {
	wrong umask --umask="1${newline}daemonize: lies"$'\e[2J\r\001'
	[[ $error != *[$'\001'-$'\037']* ]]
	wrong umask --umask="$(printf '%0100000d' 9)"
	((${#error} < 10000))
}

@test "the last of a repeated option wins, after each was looked at" {
	started -p /nowhere/d.pid -m 77 -p "$pidfile" -m 22 sleep 1000
	daemon_pid "$pidfile"
	wrong umask -m 99 -m 22
}

@test "usage errors come before everything else" {
	printf '12\n' >"$pidfile"
	started -p "$pidfile.2" sleep 1000
	start -p "$pidfile.2" -m 99 no-such-command
	[[ $status -eq 2 ]]
}

@test "a message needs no memory of its own" {
	need_plain_build
	heard=0
	for kilobytes in {2500..4000..25}; do
		status=0
		error=$(ulimit -v "$kilobytes"
			exec "$DAEMONIZE" --bogus 2>&1 >/dev/null) || status=$?
		# The kernel and the loader, before main.
		[[ $status -ne 137 && $status -ne 127 ]] || continue
		is "$status" 2
		[[ $error == "daemonize: unknown or ambiguous option '--bogus'"* ]]
		heard=$((heard + 1))
	done
	[[ $heard -gt 0 ]]
}
