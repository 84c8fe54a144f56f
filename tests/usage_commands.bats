#!/usr/bin/env bats
# Commands that cannot be executed, 127 or 126, and surroundings that are not
# there, 1: with the reason a person needs.

bats_require_minimum_version 1.5.0
load helper/common
load helper/usage

# script NAME LINE...: an executable file of these lines.
script() {
	local file=$BATS_TEST_TMPDIR/$1
	shift
	printf '%s\n' "$@" >"$file"
	chmod 755 "$file"
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
