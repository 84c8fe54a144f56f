#!/usr/bin/env bats
# Logs that cannot be written: a full disk (64 KiB of tmpfs in a mount
# namespace), limits, readers and directories that are gone. Nothing is lost,
# or what is lost is counted; and the daemon lives.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# small_disk: starts see a disk of 64 KiB at $dir/disk; sets disk, where the
# test sees it, and log, where a daemon does.
small_disk() {
	local flags=(-m)
	[[ $EUID -eq 0 ]] || flags=(-U -r -m)
	need_cmd nsenter
	need_namespace "${flags[@]}"
	mkdir disk
	# shellcheck disable=SC2016
	unshare "${flags[@]}" sh -c 'mount -n -t tmpfs -o size=64k,mode=777 \
	    none "$0/disk" && : >"$0/mounted" && exec sleep 600' "$dir" \
	    </dev/null >/dev/null 2>&1 3>&- 4>&- &
	holder=$!
	remember "$holder"
	eventually 30 test -e mounted || skip 'needs to mount a tmpfs'
	inside=(nsenter -t "$holder" -m)
	[[ $EUID -eq 0 ]] || inside+=(-U --preserve-credentials)
	via=("${inside[@]}")
	disk=/proc/$holder/root$dir/disk
	log=$dir/disk/log
}

make_room() {
	"${inside[@]}" mount -n -o remount,size=64m none "$dir/disk"
}

is_full() {
	eventually 60 title_has 'waiting: No space left on device'
}

# --- waiting until there is room --------------------------------------------

@test "block: the daemon waits; when there is room nothing is missing" {
	small_disk
	obeying --log-timestamp=%% --log "$log"
	tell 'seq -f "line %.0f" 200000' ": >$dir/over"
	is_full
	[[ $(stat -c %s "$disk/log") -gt 40000 ]]
	alive "$pid"
	[[ ! -e over ]]
	make_room
	eventually 60 test -e over
	eventually 60 has '% line 200000' "$disk/log"
	counts "$disk/log" 200000 '% line '
	eventually 60 never title_has waiting
	alive "$pid"
}

@test "block: what a daemon had written when it ended waits for room, too" {
	small_disk
	obeying --log-reopen --log "$log"
	tell 'seq -f "line %.0f" 20000; printf part; kill $$'
	eventually 60 dead "$pid"
	is_full
	alive "$logger"
	make_room
	eventually 60 dead "$logger"
	counts <(head -n 20000 "$disk/log") 20000 'line '
	is "$(tail -n +20001 "$disk/log")" part
}

@test "block: one stream's full log does not hold up the other's" {
	small_disk
	obeying --log-reopen -o "$log" -e "$dir/err"
	tell "(seq 200000; : >$dir/over) &"
	is_full
	tell 'echo here >&2'
	eventually 60 has here err
	[[ ! -e over ]]
	make_room
	eventually 60 has 200000 "$disk/log"
	counts "$disk/log" 200000
}

@test "a full log that is truncated goes on, without a hole" {
	small_disk
	obeying --log-reopen --log "$log"
	tell 'seq -f "line %07.0f" 8000'
	is_full
	size=$(stat -c %s "$disk/log")
	head -c "$size" "$disk/log" >first
	: >"$disk/log"
	eventually 60 has 'line 0008000' "$disk/log"
	cmp <(seq -f 'line %07.0f' 8000) <(cat first "$disk/log")
}

@test "a full log that is removed frees its room and goes on" {
	small_disk
	obeying --log-reopen --log "$log"
	tell 'seq -f "line %07.0f" 8000'
	is_full
	cp "$disk/log" first
	rm "$disk/log"
	eventually 60 has 'line 0008000' "$disk/log"
	cmp <(seq -f 'line %07.0f' 8000) <(cat first "$disk/log")
}

@test "a rotated file that is removed makes room" {
	small_disk
	obeying --log-size=16K --log "$log"
	tell 'seq -f "line %07.0f" 8000'
	is_full
	for path in $(rotated "$disk/log"); do
		cat "$path" >>first
		rm "$path"
	done
	[[ -s first ]]
	eventually 60 has 'line 0008000' "$disk/log"
	cmp <(seq -f 'line %07.0f' 8000) \
	    <(cat first && history "$disk/log")
}

@test "the other targets of a tee get everything as well" {
	small_disk
	obeying --log "$log" --log "$dir/second"
	tell 'seq 100000'
	is_full
	make_room
	eventually 60 has 100000 "$disk/log"
	eventually 60 has 100000 second
	counts "$disk/log" 100000
	counts second 100000
}

# --- dropping ---------------------------------------------------------------

# dropped FILE: how many lines it says were dropped.
dropped() {
	sed -nE 's/^daemonize: ([0-9]+) lines? dropped: .*/\1/p' "$1" |
	    awk '{ n += $1 } END { print n + 0 }'
}

# has_dropped FILE: it says that some were.
has_dropped() {
	[[ $(dropped "$1") -gt 0 ]]
}

@test "drop: the daemon never waits; the log says how many lines are missing" {
	small_disk
	obeying --log-full=drop --log-timestamp=%% --log "$log"
	tell 'seq -f "line %07.0f." 300000' ": >$dir/over"
	eventually 60 test -e over
	eventually 60 title_has ' [0-9]+ lines dropped. waiting: No space'
	make_room
	tell 'echo last'
	eventually 60 has '% last' "$disk/log"
	grep -qx 'daemonize: [0-9]* lines dropped: No space left on device' \
	    "$disk/log"
	grep -E '^% line [0-9]{7}\.$' "$disk/log" >kept
	is $(($(wc -l <kept) + $(dropped "$disk/log"))) 300000
	sort -c -u kept
	eventually 60 title_has " $(dropped "$disk/log") lines dropped"
	eventually 60 never title_has waiting
	alive "$pid"
}

@test "drop: no line is dropped as long as the pipe has room" {
	small_disk
	obeying --log-full=drop --log-reopen --log "$log"
	tell 'seq -f "line %.0f" 10000'
	is_full
	make_room
	eventually 60 has 'line 10000' "$disk/log"
	counts "$disk/log" 10000 'line '
	never title_has dropped
}

@test "drop: a logger that cannot get rid of its lines ends nevertheless" {
	small_disk
	obeying --log-full=drop --log-reopen --log "$log"
	tell 'seq -f "line %.0f" 10000'
	is_full
	alive "$logger"
	tell 'kill $$'
	eventually 60 dead "$logger"
}

@test "drop: the other targets of a tee miss nothing" {
	small_disk
	obeying --log-full=drop --log "$log" --log "$dir/second"
	tell 'seq -f "line %07.0f." 300000' ": >$dir/over"
	eventually 60 test -e over
	eventually 60 title_has 'lines dropped'
	make_room
	eventually 60 has 'line 0300000.' second
	cmp <(seq -f 'line %07.0f.' 300000) second
	eventually 60 has_dropped "$disk/log"
}

@test "drop: a dead command drops lines as well, and they are counted" {
	obeying --log-full=drop --log \
	    "pipe:test -e $dir/alive && exec cat >>$log"
	tell 'seq -f "line %07.0f." 300000' ": >$dir/over"
	eventually 60 test -e over
	eventually 60 title_has 'lines dropped. waiting: Broken pipe'
	: >alive
	tell 'echo last'
	eventually 60 has last
	has_dropped "$log"
	sort -c -u <(grep -E '^line [0-9]{7}\.$' "$log")
}

@test "drop: a FIFO that is not read holds up neither daemon nor file" {
	mkfifo slow
	exec 7<>slow
	obeying --log-full=drop --log "$dir/slow" --log "$log"
	tell 'seq 1000000' ": >$dir/over"
	eventually 60 test -e over
	eventually 60 title_has 'lines dropped'
	kill -HUP "$logger"
	tell 'kill $$'
	eventually 60 dead "$logger"
	counts "$log" 1000000
	exec 7<&-
}

@test "drop: one stream's lines, however few, do not hold up the other's" {
	obeying --log-full=drop --log-reopen --log /dev/full
	tell 'echo one'
	eventually 60 title_has 'waiting: No space left on device'
	tell 'seq 300000 >&2' ": >$dir/over"
	eventually 60 test -e over
	eventually 60 title_has 'lines dropped'
	alive "$pid"
}

@test "block: a FIFO that is read late gets every line" {
	mkfifo slow
	exec 7<>slow
	obeying --log-timestamp=%% --log "$dir/slow"
	tell 'seq 300000' 'kill $$'
	sed -u '/ 300000$/q' <&7 >all
	exec 7<&-
	eventually 60 dead "$logger"
	counts all 300000 '% '
}

# --- other reasons ----------------------------------------------------------

@test "a limit on file sizes does not kill the logger: it waits" {
	# shellcheck disable=SC2016
	via=(bash -c 'ulimit -f 16 && exec "$@"' limited)
	obeying --log-reopen --log "$log"
	tell 'seq -f "line %.0f" 2500'
	eventually 60 title_has 'waiting: File too large'
	is "$(stat -c %s "$log")" 16384
	mv "$log" "$log.1"
	kill -HUP "$logger"
	eventually 60 has 'line 2500'
	counts <(cat "$log.1" "$log") 2500 'line '
	alive "$pid"
}

@test "a limit on file sizes and a smaller --log-size go together" {
	# shellcheck disable=SC2016
	via=(bash -c 'ulimit -f 16 && exec "$@"' limited)
	logged --log-size=12K --log-keep=100 --log "$log" -- \
	    seq -f 'line %.0f' 20000
	counts <(history) 20000 'line '
}

@test "the caller's pipe breaks: its lines are dropped, and all else goes on" {
	mkfifo pipe orders
	chmod 666 orders
	head -n 1 pipe >first 3>&- &
	reader=$!
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 "$DAEMONIZE" \
	    --argv0="$name" -p "$pidfile" -i "$dir/orders" --log-tag \
	    --log inherit: --log "$log" -- \
	    sh -c 'while IFS= read -r order; do eval "$order"; done' \
	    </dev/null >pipe 2>/dev/null 3>&- 4>&-
	pid=$(daemon_pid "$pidfile")
	eventually 60 find_logger
	tell 'echo one'
	eventually 60 has 'out: one' first
	wait "$reader"
	tell 'echo two' 'echo three'
	eventually 60 has 'out: three'
	eventually 60 title_has '2 lines dropped; ended: Broken pipe$'
	tell 'seq 300000'
	eventually 60 has 'out: 300000'
	eventually 60 title_has '300002 lines dropped; ended: Broken pipe$'
	is "$("$DAEMONCTL" status -p "$pidfile" | sed 's/.*, log: //')" \
	    '300002 lines dropped, ended: Broken pipe'
	"$DAEMONCTL" status --json -p "$pidfile" |
	    grep -q '"ended": *"Broken pipe"'
	tell 'kill $$'
	eventually 60 dead "$pid"
	eventually 60 dead "$logger"
	holds <(head -n 3 "$log") 'out: one' 'out: two' 'out: three'
	counts <(tail -n +4 "$log") 300000 'out: '
}

@test "the caller's terminal hangs up: its lines are dropped, too" {
	need_cmd script
	# shellcheck disable=SC2016
	printf '%s\n' '"$DAEMONIZE" --argv0="$1" --log-tag --log inherit: \
	    --log "$2" -- sh -c "until test -e $2.go; do sleep 0.05; done;
	    echo here; seq 1000"' >on-terminal
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 script -qec \
	    "sh on-terminal $name $log" /dev/null </dev/null >/dev/null \
	    2>&1 3>&- 4>&-
	find_logger
	: >"$log.go"
	eventually 60 is_silent
	counts <(tail -n +2 "$log") 1000 'out: '
}

@test "the caller's terminal is not read: neither daemon nor file waits" {
	need_cmd script
	# shellcheck disable=SC2016
	printf '%s\n' '"$DAEMONIZE" --argv0="$1" --log-full=drop --log inherit: \
	    --log "$2" -- sh -c "seq 300000; : >$2.over"
	exec sleep 600' >on-terminal
	mkfifo stuck
	exec 7<>stuck
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qfec \
	    "sh on-terminal $name $log" /dev/null </dev/null >stuck \
	    2>&1 3>&- 4>&- 7<&- &
	remember "$!"
	eventually 60 test -e "$log.over"
	eventually 60 has 300000
	counts "$log" 300000
	exec 7<&-
}

@test "a reader of the caller's pipe that is slow misses nothing" {
	mkfifo pipe
	exec 7<>pipe
	timeout 60 "$DAEMONIZE" --argv0="$name" --log-tag --log inherit: -- \
	    seq 100000 </dev/null >pipe 2>/dev/null 3>&- 4>&- 7<&-
	eventually 60 find_logger
	# There is one reader before the other goes.
	exec 8<pipe
	cat <&8 >all 3>&- 7<&- &
	reader=$!
	exec 7<&- 8<&-
	eventually 60 is_silent
	wait "$reader"
	counts all 100000 'out: '
}

@test "the directory is removed: the daemon lives, and its log comes back" {
	mkdir logs
	obeying --log-timestamp=%% --log "$dir/logs/log"
	tell 'echo one'
	eventually 60 has '% one' logs/log
	rm -r logs
	tell 'echo two' ": >$dir/here"
	eventually 60 test -e here
	kill -HUP "$logger"
	mkdir logs
	back() {
		tell 'echo three'
		has '% three' logs/log
	}
	eventually 60 back
	alive "$pid"
	alive "$logger"
}

@test "a log that becomes a directory: the daemon lives, lines wait or go on" {
	obeying --log-reopen --log "$log"
	says one
	mv "$log" "$log.1"
	mkdir "$log"
	kill -HUP "$logger"
	tell 'echo two' ": >$dir/here"
	eventually 60 test -e here
	rmdir "$log"
	tell 'echo three'
	eventually 60 has three
	counts <(cat "$log.1" "$log" | sed 's/one/1/;s/two/2/;s/three/3/') 3
}
