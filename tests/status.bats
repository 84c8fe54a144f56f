#!/usr/bin/env bats
# daemonctl status: every state, with LSB's codes, a line for people and JSON
# for programs. Its words about loggers are in status_logger.bats, list is in
# status_list.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/status

# duration and size as in "up 2h 3m, 12.3 MB".
up='up [0-9]+[smhd]( [0-9]+[smhd])?'
size='[0-9]+(\.[0-9])? (B|[kKMGT]B)'

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

# --- LSB's codes are the daemon's, not ours ---------------------------------------

@test "status on a standard output that is full: exit 4, not that of the dead" {
	[[ -e /dev/full ]] || skip 'there is no /dev/full'
	daemon web
	for option in -v --json; do
		# shellcheck disable=SC2016 # for the inner shell
		run -4 --separate-stderr "${via[@]}" sh -c \
		    '"$1" status "$2" web >/dev/full' sh "$DAEMONCTL" "$option"
		[[ $stderr == 'daemonctl: cannot write standard output: '* ]]
	done
}

@test "status where there is no run directory to look into: exit 4" {
	need_root
	user_world
	# One who has no entry and so no home.
	[[ ! -e /run/user/54321 ]] || skip 'there is a run directory'
	via+=(setpriv --reuid=54321 --regid=54321 --clear-groups env -u HOME
	    -u XDG_RUNTIME_DIR)
	declined 4 'cannot find a run directory' status web
	declined 1 'cannot find a run directory' wait web
}

# --- status, state by state -------------------------------------------------------

@test "running: exit 0, pid, uptime, memory, command" {
	daemon web
	says 0 "web: running, pid $pid, $up, $size, sleep 1000" web
}

@test "paused: says so, exit 0" {
	daemon web
	halt "$pid"
	says 0 "web: paused, pid $pid, $up, $size, sleep 1000" web
	kill -CONT "$pid"
	eventually 30 is_sleeping "$pid"
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
	touch -d 2001-01-01 "$rundir/web.pid"
	says 1 "web: dead, pidfile $shown/web\.pid holds pid $stranger, which is now another process \(sleep 2000\)" web
}

@test "it has given its lock up, but lives: exit 1, and says so" {
	daemon web sh -c 'exec 3<&- 4<&- 5<&-; exec sleep 1000'
	gave_up() {
		! holds_lock "$pid" "$file" && is_sleeping "$pid"
	}
	eventually 30 gave_up
	says 1 "web: dead, pidfile $shown/web\.pid holds pid $pid, which no longer holds the lock \(sleep 1000\)" web
}

@test "locked by another process than the one in it: exit 4, and which" {
	innocent
	foreign "$rundir/web.pid"
	printf '%s\n' "$stranger" >"$rundir/web.pid"
	says 4 "web: unknown, $shown/web\.pid is locked by pid $pid, not by pid $stranger in it" web
}

@test "the process in it has the lock and is not believed: exit 4, and why" {
	daemon web
	chmod 666 "$rundir/web.pid"
	says 4 "web: unknown, cannot use $shown/web\.pid: others may write it" web
	chmod 644 "$rundir/web.pid"
	# A process that becomes daemonctl itself.
	own=$BATS_TEST_TMPDIR/own.pid
	# shellcheck disable=SC2016 # for the inner shell
	run -4 "${limit[@]}" bash -c 'exec 9>>"$0"; echo $$ >"$0"; flock 9
	    exec "$1" status -p "$0"' "$own" "$DAEMONCTL"
	[[ $output == *"cannot use $own: it holds the pid of daemonctl itself" ]]
	need_root
	chown "$TEST_USER" "$rundir/web.pid"
	says 4 "web: unknown, cannot use $shown/web\.pid: it belongs to another user than the process in it" web
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
	touch -d 2001-01-01 "$file"
	as_user says 1 "$file: dead, .*$stranger.*another process.*" \
	    --pidfile="$file"
}

@test "who may not see the daemon does not hear that another one has the lock" {
	need_root
	need_namespace -mpf
	user_world
	file=$BATS_TEST_TMPDIR/web.pid
	# shellcheck disable=SC2016 # for the inner shell
	run unshare -mpf sh -c 'file=$1 user=$2
	    mount -n -t proc -o hidepid=2 proc /proc || exit 99
	    "$DAEMONIZE" -p "$file" sleep 1000 || exit 98
	    for words in "status -p $file" "reload -p $file" \
	        "inspect $(cat "$file")"; do
		setpriv --reuid="$user" --regid=65534 --clear-groups \
		    "$DAEMONCTL" $words 2>&1
		echo $?
	    done' sh "$file" "$TEST_USER" 3>&-
	[[ $status -ne 99 ]] || skip 'needs hidepid'
	is "${lines[0]}" "$file: unknown, cannot use $file: the process in it\
 cannot be seen"
	is "${lines[2]}" "daemonctl: cannot reload $file: $file: the process in it\
 cannot be seen"
	[[ ${lines[4]} =~ ^daemonctl:\ cannot\ inspect\ pid\ [0-9]+:\ it\ cannot ]]
	is "${lines[1]} ${lines[3]} ${lines[5]}" '4 4 4'
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
	begin=$(now_us)
	daemon web
	control status web
	[[ $output =~ ,\ up\ ([0-9]+)s, ]]
	first=${BASH_REMATCH[1]}
	((first <= ($(now_us) - begin) / 1000000 + 1))
	later() {
		control status web
		[[ $output =~ ,\ up\ ([0-9]+)s, ]] &&
		    ((BASH_REMATCH[1] > first))
	}
	eventually 30 later
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

# --- status --json ----------------------------------------------------------------

@test "--json: running, with everything known" {
	need_cmd jq
	before=$(date +%s)
	daemon web
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
	((since >= before - 1 && since <= $(date +%s) + 1))
}

@test "--json: the time is UTC whatever the zone" {
	need_cmd jq
	daemon web
	control status --json web
	utc=$(jq -r '.[0].since' <<<"$output")
	TZ=XXX-5 control status --json web
	# A start at the turn of a second may be on either side.
	json ".[0].since | fromdate - (\"$utc\" | fromdate) | . * . <= 1" true
}

@test "--json: every state, several in one array, exit code as without" {
	need_cmd jq
	daemon running
	daemon paused
	halt "$pid"
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

@test "--json: a command line of any length, to its last word" {
	need_cmd jq
	words=()
	for i in {1..80}; do
		words+=("$(printf '%01000d' "$i")")
	done
	daemon long sh -c 'while :; do sleep 1; done' sh "${words[@]}" 'the end'
	control status --json long
	[[ $status -eq 0 ]]
	json '.[0].command | length' 85
	json '.[0].command[83]' "${words[79]}"
	json '.[0].command[84]' 'the end'
}

@test "--json: a title is no row of empty words" {
	need_cmd jq
	subject web -w -s "$told" -i 1
	is_titled() { [[ $(head -c 2 "/proc/$pid/cmdline") == my ]]; }
	eventually 30 is_titled
	control status --json web
	json '.[0].command | join(" ")' my
	json '.[0].command | length' 1
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
