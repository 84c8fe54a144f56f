#!/usr/bin/env bats
# daemonctl looks: status in every state (LSB's codes, a line for people, JSON
# for programs) and list (in a pipe, on a terminal, JSON).

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

teardown() {
	# A logger that waits for room does not end with its daemon.
	while read -r pid; do
		grep -qsa '^daemonize: log of ' "/proc/$pid/cmdline" || continue
		kill -KILL "$pid"
	done < <(cat "$(state_dir)/loggers" 2>/dev/null)
	stop_all
	# What was being started meanwhile.
	stop_all
}

# duration and size as in "up 2h 3m, 12.3 MB".
up='up [0-9]+[smhd]( [0-9]+[smhd])?'
size='[0-9]+(\.[0-9])? (B|[kKMGT]B)'

# is_dead_by_kill: ends the daemon in $pid, whose pidfile stays.
is_dead_by_kill() {
	kill -KILL "$pid"
	eventually 5 dead "$pid"
}

# says STATUS REGEX [ARG]...: status of the ARGs: one line on stdout, nothing
# on stderr, which matches wholly; no file changes.
says() {
	local want=$1 regex=$2 before
	shift 2
	before=$(listing)
	control status "$@"
	[[ $(listing) == "$before" ]] || { echo 'files changed'; return 1; }
	[[ $status -eq $want && $output =~ ^$regex$ && -z $error ]]
}

# valid: $output is JSON in UTF-8, for every parser that is there.
valid() {
	need_cmd jq
	jq -e . >/dev/null <<<"$output" || return 1
	iconv -f UTF-8 -t UTF-8 >/dev/null <<<"$output" || return 1
	[[ ! -x /usr/bin/python3 ]] ||
	    /usr/bin/python3 -m json.tool >/dev/null <<<"$output"
}

# json FILTER WANTED: jq's answer about $output.
json() {
	local value
	value=$(jq -r "$1" <<<"$output") || return 1
	[[ $value == "$2" ]] || {
		printf '%s is "%s", not "%s"\n' "$1" "$value" "$2"
		return 1
	}
}

# --- status, state by state -------------------------------------------------------

@test "running: exit 0, pid, uptime, memory, command" {
	daemon web
	says 0 "web: running, pid $pid, $up, $size, sleep 1000" web
}

@test "paused: says so, exit 0" {
	daemon web
	kill -STOP "$pid"
	eventually 5 is_stopped "$pid"
	says 0 "web: paused, pid $pid, $up, $size, sleep 1000" web
	kill -CONT "$pid"
	eventually 5 is_sleeping "$pid"
	says 0 "web: running, .*" web
}

@test "no pidfile: exit 3" {
	says 3 "web: not running \(no pidfile $shown/web\.pid\)" web
	says 3 "/nonexistent/x\.pid: not running \(no pidfile /nonexistent/x\.pid\)" \
	    --pidfile=/nonexistent/x.pid
}

@test "dead with a pidfile: exit 1, and the pid it had" {
	daemon web
	is_dead_by_kill
	says 1 "web: dead, pidfile $shown/web\.pid left by pid $pid" web
}

@test "an empty pidfile that nobody locks: exit 1" {
	: >"$rundir/web.pid"
	says 1 "web: dead, .*$shown/web\.pid.*" web
	printf '\n \0\0' >"$rundir/web.pid"
	says 1 "web: dead, .*$shown/web\.pid.*" web
}

@test "the pid is another process now: exit 1, and which" {
	innocent
	printf '%s\n' "$stranger" >"$rundir/web.pid"
	says 1 "web: dead, pidfile $shown/web\.pid holds pid $stranger, which is now another process \(sleep 2000\)" web
}

@test "locked by another process than the one in it: exit 4, and which" {
	innocent
	foreign "$rundir/web.pid"
	printf '%s\n' "$stranger" >"$rundir/web.pid"
	says 4 "web: unknown, $shown/web\.pid is locked by pid $pid, not by pid $stranger in it" web
}

@test "locked, and nothing in it: exit 4" {
	foreign "$rundir/web.pid"
	: >"$rundir/web.pid"
	says 4 "web: unknown, .*$shown/web\.pid.*" web
}

@test "no pidfile at all: exit 4, and why" {
	printf 'precious\n' >"$rundir/text.pid"
	mkdir "$rundir/dir.pid"
	ln -s text.pid "$rundir/link.pid"
	ln -s nowhere "$rundir/broken.pid"
	ln -s loop.pid "$rundir/loop.pid"
	mkfifo "$rundir/fifo.pid"
	for name in text dir link broken loop fifo; do
		says 4 "$name: unknown, .*$name\.pid.*" "$name"
	done
	says 4 '/dev/null: unknown, .*/dev/null.*' --pidfile=/dev/null
	says 4 '/dev/tty: unknown, .*/dev/tty.*' --pidfile=/dev/tty
	says 4 '/: unknown, .*' --pidfile=/
	[[ $(<"$rundir/text.pid") == precious ]]
}

@test "a path through a file that is no directory" {
	control status --pidfile=/etc/passwd/x.pid
	[[ $status -eq 3 || $status -eq 4 ]]
	[[ $output == '/etc/passwd/x.pid: '* ]]
}

@test "a pidfile that one may not read: exit 4, Permission denied" {
	need_root
	daemon web
	chmod 600 "$file"
	user_world
	as_user says 4 "$file: unknown, cannot (open|use) $file: Permission denied" \
	    --pidfile="$file"
	chmod 644 "$file"
	as_user says 0 "$file: running, pid $pid, .*" --pidfile="$file"
}

@test "a user sees the truth about root's daemons, whose files he cannot see" {
	need_root
	daemon web
	user_world
	as_user says 0 "$file: running, pid $pid, $up, $size, sleep 1000" \
	    --pidfile="$file"
	is_dead_by_kill
	as_user says 1 "$file: dead, .* left by pid $pid" --pidfile="$file"
	innocent
	printf '%s\n' "$stranger" >"$file"
	as_user says 1 "$file: dead, .*$stranger.*another process.*" \
	    --pidfile="$file"
}

@test "several: a line each in the order given, the highest code" {
	daemon one
	a=$pid
	daemon two
	is_dead_by_kill
	control status one two three
	[[ $status -eq 3 && $(wc -l <<<"$output") -eq 3 ]]
	[[ $output == "one: running, pid $a, "*$'\ntwo: dead, '*$'\nthree: not'* ]]
	control status one two
	[[ $status -eq 1 && $(wc -l <<<"$output") -eq 2 ]]
	echo text >"$rundir/four.pid"
	control status four three one
	[[ $status -eq 4 && $(wc -l <<<"$output") -eq 3 ]]
	[[ $output == four:*$'\nthree:'*$'\none:'* ]]
	control status one one
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 2 ]]
}

@test "one that another program started and locked is running" {
	foreign "$rundir/web.pid"
	says 0 "web: running, pid $pid, $up, $size, sleep 1000" web
}

@test "a pid without a newline, or with white space and NULs, is a pid" {
	foreign "$rundir/web.pid"
	for format in '%s' ' %s \n' '%s\r\n' '%s\n\0\0\0\0'; do
		# shellcheck disable=SC2059 # formats
		printf "$format" "$pid" >"$rundir/web.pid"
		says 0 "web: running, pid $pid, .*" web
	done
}

@test "uptime counts from the start of the process" {
	daemon web
	control status web
	[[ $output =~ ,\ up\ ([0-9]+)s, ]]
	first=${BASH_REMATCH[1]}
	((first <= 5))
	later() {
		control status web
		[[ $output =~ ,\ up\ ([0-9]+)s, ]] &&
		    ((BASH_REMATCH[1] > first))
	}
	eventually 5 later
}

@test "memory is what the process has resident" {
	daemon web
	need_cmd jq
	control status --json web
	kb=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")
	bytes=$(jq '.[0].memory' <<<"$output")
	((bytes > kb * 512 && bytes < kb * 2048))
}

@test "the command of a daemon cannot forge lines or play with a terminal" {
	daemon web sh -c 'while :; do sleep 1; done' \
	    $'\nevil: running, pid 1\r\033[31m\177'
	control status web
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 1 ]]
	[[ ! $output =~ [[:cntrl:]] ]]
}

@test "a command without arguments, or none at all, is shown somehow" {
	daemon web bash -c 'exec -a "" sleep 1000'
	says 0 "web: running, pid $pid, .*" web
	daemon other bash -c 'exec -a "$1" sleep 1000' bash \
	    "$(printf 'n%.0s' {1..100000})"
	says 0 "other: running, pid $pid, .*" other
	((${#output} < 70000))
}

# --- the logger -------------------------------------------------------------------

# logger_is FILTER WANTED NAME: jq's answer about NAME's log, in the end.
logger_is() {
	need_cmd jq
	is_so() {
		control status --json "$3"
		[[ $status -eq 0 && -z $error ]] || return 1
		jq -r '.[0].log.pid // empty' <<<"$output" \
		    >>"$(state_dir)/loggers"
		[[ $(jq -r ".[0].log$1" <<<"$output") == "$2" ]]
	}
	eventually 15 is_so "$@"
}

# end_logger NAME: the logger of this daemon is killed.
end_logger() {
	local pid
	control status --json "$1"
	pid=$(jq '.[0].log.pid' <<<"$output")
	grep -qa '^daemonize: log of ' "/proc/$pid/cmdline"
	kill -KILL "$pid"
	eventually 5 dead "$pid"
}

@test "a daemon without a logger, and one whose logger is well: nothing more" {
	need_cmd jq
	daemon plain -o "$BATS_TEST_TMPDIR/plain" sleep 1000
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	for name in plain web; do
		control status "$name"
		[[ $status -eq 0 && $output != *log:* ]]
	done
	logger_is .dropped 0 web
	control status --json plain web
	valid
	json '.[0] | has("log")' false
	json '.[1].log | keys | join(" ")' 'dropped pid'
}

@test "a log that cannot be written: status says what it waits for" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	daemon web --log /dev/full --log-timestamp sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' web
	control status web
	[[ $status -eq 0 ]]
	[[ $output == *', sleep 1000, log: waiting: No space left on device' ]]
}

@test "lines that were dropped: status counts them" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	daemon web --log /dev/full --log-timestamp --log-full=drop \
	    sh -c 'seq 1000000; exec sleep 1000'
	logger_is '.dropped > 1000' true web
	control status web
	[[ $status -eq 0 ]]
	[[ $output =~ ,\ log:\ [0-9]+\ lines\ dropped,\ waiting:\ No\ space ]]
}

@test "a logger that has died: status says that it is gone" {
	need_cmd jq
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	logger_is .dropped 0 web
	end_logger web
	logger_is .gone true web
	control status web
	[[ $status -eq 0 && $output == *', sleep 1000, log: its logger is gone' ]]
	json_keys=$("${via[@]}" "$DAEMONCTL" status --json web |
	    jq -r '.[0].log | keys | join(" ")')
	is "$json_keys" gone
}

@test "the logger of a pseudo-terminal is found as well" {
	daemon web --log /dev/full --pty sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' web
}

@test "several daemons: each has its own logger" {
	need_cmd jq
	daemon one --log "$BATS_TEST_TMPDIR/one" --log-timestamp sleep 1000
	daemon two --log "$BATS_TEST_TMPDIR/two" --pty sleep 1000
	daemon three --log "$BATS_TEST_TMPDIR/three" --log-timestamp sleep 1000
	logger_is .dropped 0 three
	control status --json one two three
	for i in 0 1 2; do
		logger=$(jq ".[$i].log.pid" <<<"$output")
		name=$(jq -r ".[$i].name" <<<"$output")
		grep -qa "log of $name to .*/$name" "/proc/$logger/cmdline"
	done
}

@test "no name and no path can forge a state" {
	hostile='a to b; 3 lines dropped, x'
	mkdir "$BATS_TEST_TMPDIR/; waiting: nothing"
	daemon "$hostile" --log-timestamp \
	    --log "$BATS_TEST_TMPDIR/; waiting: nothing/, journal" sleep 1000
	logger_is .dropped 0 "$hostile"
	logger_is .waiting null "$hostile"
}

@test "a state fits where names and paths are long and there is little room" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	long=$(printf 'n%.0s' {1..200})
	daemon "$long" --log /dev/full --log "$BATS_TEST_TMPDIR/$long" \
	    --log "$BATS_TEST_TMPDIR/$long.2" --log-timestamp \
	    sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' "$long"
	# Without an environment there is only the room of the arguments.
	via+=(env -i)
	started -p "$BATS_TEST_TMPDIR/x.pid" -o /dev/full --log-reopen \
	    sh -c 'echo x; exec sleep 1000'
	is_told() {
		control status -p "$BATS_TEST_TMPDIR/x.pid"
		[[ $output == *', log: waiting: No space left on device' ]]
	}
	eventually 5 is_told
	control status -jp "$BATS_TEST_TMPDIR/x.pid"
	jq '.[0].log.pid' <<<"$output" >>"$(state_dir)/loggers"
}

@test "what only calls itself a logger is none" {
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	need_cmd jq
	logger_is .dropped 0 web
	end_logger web
	bash -c 'exec -a "daemonize: log of web to /x; 5 lines dropped" \
	    sleep 1000' </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 5 is_sleeping $!
	logger_is .gone true web
}

# --- status --json ----------------------------------------------------------------

@test "--json: running, with everything known" {
	need_cmd jq
	daemon web
	before=$(date +%s)
	control status --json web
	[[ $status -eq 0 && -z $error ]]
	valid
	json 'type, length' $'array\n1'
	json '.[0].name' web
	json '.[0].pidfile' "$shown/web.pid"
	json '.[0].state' running
	json '.[0].pid' "$pid"
	json '.[0].user' "$(id -un)"
	json '.[0].command | join("|")' 'sleep|1000'
	json '.[0].uptime | type' number
	json '.[0].memory | type' number
	since=$(jq -r '.[0].since' <<<"$output")
	[[ $since =~ ^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$ ]]
	since=$(date -d "$since" +%s)
	((since >= before - 10 && since <= before + 10))
}

@test "--json: the time is UTC whatever the zone" {
	need_cmd jq
	daemon web
	control status --json web
	utc=$(jq -r '.[0].since' <<<"$output")
	TZ=XXX-5 control status --json web
	json '.[0].since' "$utc"
}

@test "--json: every state, several in one array, exit code as without" {
	need_cmd jq
	daemon running
	daemon paused
	kill -STOP "$pid"
	eventually 5 is_stopped "$pid"
	daemon dead
	is_dead_by_kill
	echo text >"$rundir/unknown.pid"
	control status --json running paused dead absent unknown
	[[ $status -eq 4 && -z $error ]]
	valid
	json '[.[].name] | join(" ")' 'running paused dead absent unknown'
	json '[.[].state] | join(" ")' 'running paused dead absent unknown'
	json '.[2].pid' "$pid"
	json '.[3] | has("pid")' false
	json '.[4].reason | type' string
	for state in 0:running 0:paused 1:dead 3:absent 4:unknown; do
		control status --json "${state#*:}"
		[[ $status -eq ${state%%:*} ]]
		valid
	done
	control -j status running
	[[ $status -eq 0 ]]
	valid
}

@test "--json: by pidfile" {
	need_cmd jq
	started -p "$BATS_TEST_TMPDIR/my.pid" sleep 1000
	control status --json --pidfile="$BATS_TEST_TMPDIR/my.pid"
	[[ $status -eq 0 ]]
	valid
	json '.[0].pidfile' "$BATS_TEST_TMPDIR/my.pid"
	json '.[0].state' running
}

@test "--json: arguments with quotes, control characters and broken UTF-8" {
	need_cmd jq
	hostile=$'quote " back \\ nl \n tab \t esc \033 del \177 e \303\244'
	daemon text sh -c 'while :; do sleep 1; done' "$hostile" ''
	control status --json text
	[[ $status -eq 0 ]]
	valid
	json '.[0].command[3]' "$hostile"
	json '.[0].command | length' 5
	# What is no UTF-8 cannot be shown, but must not break the rest.
	daemon bytes sh -c 'while :; do sleep 1; done' \
	    $'\377\376 \303 \300\257 \355\240\200 \364\220\200\200 end'
	control status --json bytes
	[[ $status -eq 0 ]]
	valid
	json '.[0].command[3] | endswith(" end")' true
}

@test "--json: a name in any script, a pidfile in no script" {
	need_cmd jq
	daemon $'\303\244"\\'
	control status --json $'\303\244"\\'
	[[ $status -eq 0 ]]
	valid
	json '.[0].name' $'\303\244"\\'
	control status --json --pidfile=$'/nonexistent/\377\n"'
	[[ $status -eq 3 ]]
	valid
}

# --- list -------------------------------------------------------------------------

# row NAME: that row of the list in $output, which has six fields.
row() {
	awk -F '\t' -v name="$1" '
		$1 == name { print; n++; bad = NF != 6 }
		END { exit bad || n != 1 }' <<<"$output"
}

# field NAME N
field() {
	row "$1" | cut -f "$2"
}

@test "list with nothing to list: exit 0, silent; --json: an empty array" {
	quietly list
	quietly list --all
	control list --json
	[[ $status -eq 0 && $(tr -d ' \n' <<<"$output") == '[]' ]]
}

@test "list without a run directory: exit 0, silent" {
	user_world
	rmdir "$rundir"
	as_user quietly list
}

@test "list in a pipe: fields between tabs, no header" {
	daemon one
	a=$pid
	daemon two sh -c 'while :; do sleep 1; done'
	control list
	[[ $status -eq 0 && -z $error && $(wc -l <<<"$output") -eq 2 ]]
	[[ $(field one 2) == "$a" && $(field two 2) == "$pid" ]]
	[[ $(field one 3) == "$(id -un)" ]]
	[[ $(field one 4) =~ ^[0-9]+$ && $(field one 5) =~ ^[0-9]+$ ]]
	(($(field one 4) < 60 && $(field one 5) > 4096))
	[[ $(field one 6) == 'sleep 1000' ]]
	[[ $(field two 6) == 'sh -c while :; do sleep 1; done' ]]
}

@test "list has what others lock, also one directory down" {
	mkdir -p "$rundir/sub/deep"
	foreign "$rundir/other.pid"
	a=$pid
	foreign "$rundir/sub/inner.pid"
	b=$pid
	foreign "$rundir/sub/deep/no.pid"
	foreign "$rundir/no.lock"
	control list
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 2 ]]
	[[ $(field other 2) == "$a" ]]
	cut -f 2 <<<"$output" | grep -qx "$b"
}

@test "list leaves out what is dead; --all has it with -" {
	daemon one
	daemon two
	is_dead_by_kill
	innocent
	printf '%s\n' "$stranger" >"$rundir/three.pid"
	control list
	[[ $status -eq 0 && $(cut -f 1 <<<"$output") == one ]]
	for all in -a --all; do
		control list "$all"
		[[ $status -eq 0 && $(wc -l <<<"$output") -eq 3 ]]
		[[ $(field two 2) == - && $(field three 2) == - ]]
		[[ $(field one 2) =~ ^[0-9]+$ ]]
	done
}

@test "list --json" {
	need_cmd jq
	daemon one
	a=$pid
	daemon two
	is_dead_by_kill
	control list --json
	[[ $status -eq 0 && -z $error ]]
	valid
	json '[.[].name] | join(" ")' one
	json '.[0].pid' "$a"
	json '.[0].state' running
	json '.[0].command[0]' sleep
	control list --json --all
	valid
	json '[.[].name] | sort | join(" ")' 'one two'
	json '[.[].state] | sort | join(" ")' 'dead running'
}

@test "list is not disturbed by what else lies in a run directory" {
	daemon web
	mkdir "$rundir/closed" "$rundir/dir.pid"
	chmod 0 "$rundir/closed"
	mkfifo "$rundir/fifo.pid" "$rundir/dir.pid/fifo.pid"
	ln -s web.pid "$rundir/link.pid"
	ln -s loop.pid "$rundir/loop.pid"
	ln -s / "$rundir/root"
	echo text >"$rundir/text.pid"
	: >"$rundir/empty.pid"
	head -c 1000000 /dev/zero | tr '\0' 1 >"$rundir/long.pid"
	printf '%s\n' "$$" >"$rundir/shell.pid"
	: >"$rundir/.pid"
	control list
	[[ $status -eq 0 && $(cut -f 1 <<<"$output") == web ]]
	control list --all
	[[ $status -eq 0 ]]
	[[ $(field web 2) == "$pid" && $(field shell 2) == - ]]
}

@test "list: no command can forge a row or a field" {
	daemon web sh -c 'while :; do sleep 1; done' \
	    $'\nevil\t1\troot\t0\t0\tx\r\033[31m'
	control list
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 1 ]]
	[[ $(field web 2) == "$pid" ]]
	[[ ! ${output//$'\t'/} =~ [[:cntrl:]] ]]
	: >"$rundir/"$'na\nme\033\tx.pid'
	control list --all
	[[ $(row web) ]]
	[[ ! ${output//[$'\t\n']/} =~ [[:cntrl:]] ]]
	run ! grep -qx me <<<"$output"
}

@test "list on a terminal: a table with a header" {
	need_cmd script
	daemon web
	# shellcheck disable=SC2016 # for the inner shell
	table=$(DAEMONCTL="$DAEMONCTL" "${via[@]}" script -qec \
	    'stty cols 80; "$DAEMONCTL" list' /dev/null </dev/null 3>&- |
	    tr -d '\r')
	printf '%s\n' "$table"
	[[ $(head -n 1 <<<"$table" | tr -s ' ') == \
	    'NAME PID USER UPTIME MEMORY COMMAND' ]]
	[[ $(wc -l <<<"$table") -eq 2 ]]
	[[ $(tail -n 1 <<<"$table") =~ ^web\ +$pid\ +$(id -un)\ .*sleep\ 1000$ ]]
	[[ $table != *$'\t'* ]]
	# Columns stand below each other.
	at() { local head=${1%%"$2"*}; printf '%s\n' "${#head}"; }
	[[ $(at "$(head -n 1 <<<"$table")" COMMAND) -eq \
	    $(at "$(tail -n 1 <<<"$table")" 'sleep 1000') ]]
}

@test "list in a pipe that closes early: no message, no hang" {
	for i in {1..5}; do
		daemon "web$i"
	done
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "${via[@]}" sh -c '"$1" list | :' sh "$DAEMONCTL"
	[[ $status -eq 0 && -z $stderr ]]
}

@test "list as a user shows that user's daemons" {
	user_world
	as_user started -n web sleep 1000
	runs web
	as_user control list
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 1 ]]
	[[ $(field web 2) == "$pid" ]]
	[[ $(field web 3) == "$(stat -c %U "$rundir")" ]]
}

@test "status and list while daemons come and go: one of the true answers" {
	daemon web
	(
		while :; do
			DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" "$DAEMONIZE" -n web \
			    --if-running=replace sleep 1000 || :
		done
	) </dev/null >/dev/null 2>&1 3>&- &
	changer=$!
	remember "$changer"
	for i in {1..30}; do
		control status web
		[[ $output == 'web: '* && $(wc -l <<<"$output") -eq 1 ]]
		[[ -z $error ]]
		control list
		[[ $status -eq 0 && -z $error ]]
	done >"$BATS_TEST_TMPDIR/answers"
	kill "$changer"
	# A replacement holds the lock all the time: never absent.
	run ! grep -q '# out: web: not running' "$BATS_TEST_TMPDIR/answers"
}
