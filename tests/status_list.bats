#!/usr/bin/env bats
# daemonctl list: in a pipe, on a terminal, as JSON.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/status

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

@test "what is one directory down is listed by its path, which -p takes" {
	mkdir "$rundir/sub"
	daemon web
	foreign "$rundir/sub/web.pid"
	control list
	[[ $status -eq 0 && $(field "$shown/sub/web.pid" 2) == "$pid" ]]
	row web
	need_cmd jq
	control list --json
	json '[.[].name] | sort | join(" ")' "$shown/sub/web.pid web"
	quietly stop -p "$shown/sub/web.pid"
	dead "$pid"
}

@test "in a directory that everybody may write, only root's and one's own count" {
	need_root
	need_user
	mkdir -m 1777 "$rundir/lock"
	foreign "$rundir/lock/own.pid"
	foreign "$rundir/lock/planted.pid"
	chown "$TEST_USER" "$rundir/lock/planted.pid"
	control list -a
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 1 ]]
	row "$shown/lock/own.pid"
	# Where only its owner may write, that is his run directory.
	chmod 755 "$rundir/lock"
	control list -a
	[[ $(wc -l <<<"$output") -eq 2 ]]
	row "$shown/lock/planted.pid"
}

@test "list --all has what is unknown, with -" {
	foreign "$rundir/web.pid"
	innocent
	printf '%s\n' "$stranger" >"$rundir/web.pid"
	quietly list
	control list --all
	[[ $status -eq 0 && $(field web 2) == - ]]
	control list --all --json
	[[ $output == *'"state":"unknown"'*"is locked by pid $pid"* ]]
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

@test "list is not held up by files that somebody has locked" {
	need_cmd flock
	daemon web
	mkdir "$rundir/open"
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'for n in {1..30}; do
		echo 1 >"$0/$n.pid"
		exec {fd}<"$0/$n.pid" && flock -n "$fd" || exit 1
	done; : >"$1"; exec sleep 1000' "$rundir/open" "$told" \
	    </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 30 test -e "$told"
	at_once control list
	[[ $status -eq 0 && -z $error && $(cut -f 1 <<<"$output") == web ]]
}

@test "list: no command can forge a row or a field" {
	daemon web sh -c 'while :; do sleep 1; done' \
	    $'\nevil\t1\troot\t0\t0\tx\r\033[31m'
	control list
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 1 ]]
	[[ $(field web 2) == "$pid" ]]
	[[ ! ${output//$'\t'/} =~ [[:cntrl:]] ]]
	: >"$rundir/"$'na\nme\033\tx.pid'
	: >"$rundir/"$'evil\t1\troot\t0.pid'
	control list --all
	row web
	row 'evil\\t1\\troot\\t0'
	[[ $(wc -l <<<"$output") -eq 3 ]]
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

@test "list on a standard output that is full: an error that says so" {
	[[ -e /dev/full ]] || skip 'there is no /dev/full'
	daemon web
	for option in -a --json; do
		# shellcheck disable=SC2016 # for the inner shell
		run -1 --separate-stderr "${via[@]}" sh -c \
		    '"$1" list "$2" >/dev/full' sh "$DAEMONCTL" "$option"
		[[ $stderr == 'daemonctl: cannot write standard output: No space'* ]]
	done
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
