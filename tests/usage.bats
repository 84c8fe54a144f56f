#!/usr/bin/env bats
# What is typed wrongly: every malformed option, number, mode, user, path and
# combination is exit status 2, one line, no process, no file. And commands
# that cannot be executed: 127 or 126, with the reason a person needs.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	error=
	newline=$'\n'
	command=$BATS_TEST_TMPDIR/command
	pidfile=$BATS_TEST_TMPDIR/d.pid
}

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

# script NAME LINE...: an executable file of these lines.
script() {
	local file=$BATS_TEST_TMPDIR/$1
	shift
	printf '%s\n' "$@" >"$file"
	chmod 755 "$file"
}

# runs ARG...: this command is started and writes $BATS_TEST_TMPDIR/out.
runs() {
	started -o "$BATS_TEST_TMPDIR/out" "$@"
	eventually 5 test -s "$BATS_TEST_TMPDIR/out"
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

# --- commands that are not there --------------------------------------------------

@test "a command that is nowhere in PATH: 127, and PATH is shown" {
	PATH=/usr/bin:/bin:$BATS_TEST_TMPDIR refused 127 \
	    "no-such-command: .*/usr/bin:/bin:$BATS_TEST_TMPDIR" \
	    -p "$pidfile" no-such-command
}

@test "PATH is that of the daemon: -E PATH counts" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	script bin/tool '#!/bin/sh' 'echo tool'
	refused 127 'tool' tool
	runs -E PATH="$BATS_TEST_TMPDIR/bin:/bin" tool
	refused 127 '/nowhere' -E PATH=/nowhere sh -c true
}

@test "a file that does not exist: 127" {
	refused 127 'missing: No such file or directory' \
	    -p "$pidfile" "$BATS_TEST_TMPDIR/missing"
	refused 127 'missing/deeper: No such file' \
	    "$BATS_TEST_TMPDIR/missing/deeper"
	cd "$BATS_TEST_TMPDIR"
	refused 127 'missing: No such file' ./missing
	ln -s missing "$BATS_TEST_TMPDIR/dangling"
	refused 127 'dangling: No such file' "$BATS_TEST_TMPDIR/dangling"
}

@test "an empty command: 127 or 2" {
	start -p "$pidfile" ''
	[[ $status -eq 127 || $status -eq 2 ]]
	[[ $error == 'daemonize: '* && $error != *"$newline"* ]]
	[[ ! -e $pidfile ]]
}

@test "./x counts from the caller's directory, also with -c" {
	script tool '#!/bin/sh' 'pwd'
	cd "$BATS_TEST_TMPDIR"
	runs -c /usr ./tool
	[[ $(<out) == /usr ]]
}

# --- commands that cannot be executed -----------------------------------------------

@test "a file without the execute bit: 126" {
	printf '#!/bin/sh\n' >"$command"
	refused 126 'command: Permission denied' -p "$pidfile" "$command"
	PATH=$BATS_TEST_TMPDIR:$PATH refused 126 'command.*Permission denied' \
	    -p "$pidfile" command
}

@test "PATH goes on after a file that cannot be executed" {
	mkdir "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
	printf '#!/bin/sh\necho one\n' >"$BATS_TEST_TMPDIR/1/tool"
	script 2/tool '#!/bin/sh' 'echo two'
	PATH=$BATS_TEST_TMPDIR/1:$BATS_TEST_TMPDIR/2:$PATH runs tool
	[[ $(<"$BATS_TEST_TMPDIR/out") == two ]]
}

@test "a directory: 126" {
	refused 126 "$BATS_TEST_TMPDIR.*(directory|Permission denied)" \
	    -p "$pidfile" "$BATS_TEST_TMPDIR"
}

@test "a loop of symlinks, a name too long" {
	ln -s loop "$BATS_TEST_TMPDIR/loop"
	refused 126 'loop.*Too many levels' -p "$pidfile" "$BATS_TEST_TMPDIR/loop"
	start -p "$pidfile" "/$(printf '%05000d' 0)"
	[[ $status -eq 126 || $status -eq 127 ]]
	[[ $error == *'too long' && ! -e $pidfile ]]
}

@test "a bad #! interpreter: 126, script and interpreter named" {
	script command '#!/missing/interpreter -x' 'echo'
	refused 126 "cannot execute $command: bad interpreter /missing/interpreter: No such file or directory" \
	    -p "$pidfile" "$command"
	script command '#! 	/missing/interpreter' 'echo'
	refused 126 'bad interpreter /missing/interpreter: No such' \
	    -p "$pidfile" "$command"
	script command "#!$BATS_TEST_TMPDIR"
	refused 126 "bad interpreter $BATS_TEST_TMPDIR: .*denied" \
	    -p "$pidfile" "$command"
	# The famous carriage return: seen, and escaped.
	script command $'#!/bin/sh\r' 'echo'
	refused 126 'bad interpreter /bin/sh.*No such file' \
	    -p "$pidfile" "$command"
	[[ $error != *$'\r'* ]]
}

@test "a bad interpreter is named also for a command found in PATH" {
	script command '#!/missing/interpreter' 'echo'
	PATH=$BATS_TEST_TMPDIR:$PATH refused 126 \
	    'command: bad interpreter /missing/interpreter' \
	    -p "$pidfile" command
}

@test "an empty file: 126" {
	script command
	: >"$command"
	refused 126 "command: Exec format error|command.*empty" \
	    -p "$pidfile" "$command"
}

@test "a binary file that is no program: 126" {
	script command
	head -c 4096 /dev/urandom | tr -d '\n' >"$command"
	printf '\0\0\0\0' | dd of="$command" conv=notrunc bs=1 2>/dev/null
	refused 126 'command: Exec format error|command.*binary' \
	    -p "$pidfile" "$command"
	printf 'text first\0then not\n' >"$command"
	refused 126 'command: Exec format error|command.*binary' \
	    -p "$pidfile" "$command"
}

@test "a cut or foreign ELF file: 126" {
	script command
	head -c 40 "$DAEMONIZE" >"$command"
	refused 126 'command' -p "$pidfile" "$command"
	# The machine field of the header: one that nobody has.
	head -c 4096 "$DAEMONIZE" >"$command"
	printf '\377\376' | dd of="$command" bs=1 seek=18 conv=notrunc \
	    2>/dev/null
	refused 126 'command' -p "$pidfile" "$command"
}

@test "a text file without #! runs under /bin/sh with its arguments" {
	script command 'echo "$0" "$#" "$1" "$2"'
	runs "$command" 'a b' c
	[[ $(<"$BATS_TEST_TMPDIR/out") == "$command 2 a b c" ]]
	PATH=$BATS_TEST_TMPDIR:$PATH runs command x
	[[ $(<"$BATS_TEST_TMPDIR/out") == *"command 1 x " ]]
}

@test "a program that is being written: 126, text file busy" {
	cp "$(command -v sleep)" "$command"
	exec 8>>"$command"
	refused 126 'command: Text file busy' -p "$pidfile" "$command" 1000
	exec 8>&-
}

@test "arguments that do not fit: 126" {
	need_cmd getconf
	local i
	for ((i = 0; i < 60; i++)); do
		printf 'VARIABLE_%d=%0100000d\n' "$i" 0
	done >"$BATS_TEST_TMPDIR/env"
	(($(getconf ARG_MAX) < 5900000)) || ulimit -s 1024
	start -p "$pidfile" --env-file="$BATS_TEST_TMPDIR/env" \
	    "$(command -v sleep)" 1000
	[[ $status -eq 126 && $error == *'Argument list too long' ]]
	[[ ! -e $pidfile ]]
}

@test "a command which only the caller may reach: 126 under -u" {
	need_root
	need_user
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	script closed/tool '#!/bin/sh' 'echo'
	refused 126 'tool.*Permission denied' -p "$pidfile" -u "$TEST_USER" \
	    "$BATS_TEST_TMPDIR/closed/tool"
}

# --- surroundings that are not there: exit 1, the step named ------------------------

@test "a directory that is not there or none: exit 1, named" {
	: >"$BATS_TEST_TMPDIR/file"
	refused 1 'missing: No such file or directory' -p "$pidfile" \
	    -c "$BATS_TEST_TMPDIR/missing" sleep 1000
	refused 1 'file: Not a directory' -p "$pidfile" \
	    -c "$BATS_TEST_TMPDIR/file" sleep 1000
}

@test "an input file that is not there or a directory: exit 1, named" {
	refused 1 'missing: No such file or directory' -p "$pidfile" \
	    -i "$BATS_TEST_TMPDIR/missing" sleep 1000
}

@test "an output file that cannot be: exit 1, named" {
	local option
	for option in -o -e --log; do
		refused 1 'missing/log: No such file or directory' \
		    -p "$pidfile" "$option" "$BATS_TEST_TMPDIR/missing/log" \
		    sleep 1000
		refused 1 "$BATS_TEST_TMPDIR: Is a directory" -p "$pidfile" \
		    "$option" "$BATS_TEST_TMPDIR" sleep 1000
	done
}

@test "messages get out also where stdout is closed or full" {
	status=0
	"$DAEMONIZE" -m 99 true >&- 2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
	[[ $status -eq 2 && $(<"$BATS_TEST_TMPDIR/err") == 'daemonize: '* ]]
	status=0
	"$DAEMONIZE" -m 99 true 2>/dev/full 3>&- || status=$?
	[[ $status -eq 2 ]]
}
