#!/usr/bin/env bats
# What becomes of lines on their way to the log: timestamps and tags, every byte
# of every line, and what a start does to a log that is there.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# --- timestamps and tags ----------------------------------------------------

@test "iso timestamps: UTC, microseconds, true, and never backwards" {
	before=$(date +%s)
	TZ=America/New_York logged --log-timestamp --log "$log" -- \
	    sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; seq 10 5000'
	after=$(date +%s)
	is "$(grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z [0-9]+$' \
	    "$log")" 5000
	counts <(cut -d' ' -f2 "$log") 5000
	sort -c -k1,1 -s "$log"
	seconds=$(date -d "$(head -n 1 "$log" | cut -d' ' -f1)" +%s)
	((seconds >= before && seconds <= after))
	logged --log-timestamp=iso --log "$dir/other" echo line
	[[ $(<other) =~ ^[0-9-]{10}T[0-9:.]{15}Z" line"$ ]]
}

@test "unix timestamps" {
	before=$(date +%s)
	logged --log-timestamp=unix --log "$log" echo line
	[[ $(<"$log") =~ ^([0-9]+)\.[0-9]{6}" line"$ ]]
	((BASH_REMATCH[1] >= before && BASH_REMATCH[1] <= $(date +%s)))
}

@test "tai64n timestamps" {
	before=$(date +%s)
	logged --log-timestamp=tai64n --log "$log" echo line
	[[ $(<"$log") =~ ^@4([0-9a-f]{15})([0-9a-f]{8})" line"$ ]]
	seconds=$((16#${BASH_REMATCH[1]} - 10))
	((seconds >= before && seconds <= $(date +%s)))
	((16#${BASH_REMATCH[2]} < 1000000000))
}

@test "timestamps in a format of strftime, local time" {
	before=$(TZ=XYZ-5 date +%H)
	TZ=XYZ-5 logged --log-timestamp='[%H %Z] at' --log "$log" echo line
	after=$(TZ=XYZ-5 date +%H)
	[[ $(<"$log") == "[$before XYZ] at line" ||
	    $(<"$log") == "[$after XYZ] at line" ]]
}

@test "a format that becomes long, and the longest there may be" {
	logged --log-timestamp='%c|%c|%c|%c|' --log "$log" printf 'a\nb\n'
	[[ $(head -n 1 "$log") =~ ^([^|]{24}\|){4}\ a$ ]]
	[[ $(tail -n 1 "$log") =~ ^([^|]{24}\|){4}\ b$ ]]
	rm "$log"
	logged --log-timestamp='%0200d%m%d%m%d%m%d%m%d%m%d%m%d%m%d%m%d' \
	    --log-tag --log "$log" echo a
	[[ $(<"$log") =~ ^[0-9]{232}\ out:\ a$ ]]
}

@test "lines written at once have one timestamp, an empty one has its own" {
	logged --log-timestamp --log "$log" -- printf 'a\n\nb\n'
	is "$(wc -l <"$log")" 3
	is "$(cut -d' ' -f1 "$log" | sort -u | wc -l)" 1
	is "$(cut -d' ' -f2 "$log" | tr '\n' ,)" a,,b,
}

@test "--log-tag says which stream it was, behind the timestamp" {
	logged --log-tag --log "$log" -- sh -c 'echo o; echo e >&2'
	holds <(sort "$log") 'err: e' 'out: o'
	rm "$log"
	logged --log-tag --log-timestamp=%% --log "$log" -- \
	    sh -c 'echo o; echo e >&2'
	holds <(sort "$log") '% err: e' '% out: o'
}

@test "a line that is written in parts has one timestamp" {
	obeying --log-timestamp=%% --log-tag --log "$log"
	tell 'printf one,'
	says_half() { tell "printf $1,"; }
	for i in 1 2 3 4 5; do
		says_half "$i"
		tell "echo $i >&2"
		eventually 60 has "% err: $i"
	done
	tell 'echo end'
	eventually 60 has '% out: one,1,2,3,4,5,end'
}

# --- every byte, every line -------------------------------------------------

@test "all bytes arrive as they are: NUL, control, invalid UTF-8" {
	for i in {0..255}; do
		# shellcheck disable=SC2059
		printf "\\x$(printf %x "$i")"
	done >all
	head -c 300000 /dev/urandom | cat - all all >bytes
	logged --log-reopen --log "$log" --log "pipe:cat >$dir/piped" -- \
	    cat "$dir/bytes"
	cmp bytes "$log"
	cmp bytes piped
	logged --log-timestamp=%% --log "$dir/stamped" -- \
	    cat "$dir/bytes"
	cmp bytes <(LC_ALL=C sed 's/^% //' stamped)
}

@test "the last partial line arrives, and no newline with it" {
	logged --log-reopen --log "$log" -- printf 'whole\npart'
	cmp "$log" <(printf 'whole\npart')
	rm "$log"
	logged --log-timestamp=%% --log "$log" -- printf 'whole\npart'
	cmp "$log" <(printf '%% whole\n%% part')
}

@test "the last partial line of one stream tears none of the other" {
	obeying --log-reopen --log "$log"
	# Long enough for the logger to take it out of the pipe.
	tell 'printf part' 'sleep 0.3' ": >$dir/taken"
	eventually 60 test -e taken
	kill -STOP "$logger"
	tell 'echo whole >&2; kill -KILL $$'
	eventually 60 dead "$pid"
	kill -CONT "$logger"
	eventually 60 is_silent
	has whole
}

@test "a daemon that writes nothing leaves an empty log" {
	logged --log-timestamp --log "$log" true
	[[ -f $log && ! -s $log ]]
}

@test "a daemon that is killed loses nothing of what it had written" {
	obeying --log-timestamp=%% --log "$log"
	tell 'seq -f "line %.0f" 30000; printf last; kill -KILL $$'
	eventually 60 is_silent
	counts <(head -n 30000 "$log") 30000 '% line '
	is "$(tail -n 1 "$log")" '% last'
}

@test "what both streams write arrives whole, once and in order" {
	logged --log-tag --log "$log" --log "$dir/second" -- sh -c '
		seq -f "a line of stdout, number %.0f" 60000 &
		seq -f "and one of stderr, number %.0f" 60000 >&2 &
		wait'
	is "$(wc -l <"$log")" 120000
	counts <(grep '^out' "$log") 60000 'out: a line of stdout, number '
	counts <(grep '^err' "$log") 60000 'err: and one of stderr, number '
	cmp "$log" second
}

@test "a line written in parts is not torn by the other stream" {
	obeying --log-reopen --log "$log"
	for i in 1 2 3; do
		tell 'printf "half of it, "' "echo whole $i >&2"
		eventually 60 has "whole $i"
		tell "echo and the rest $i"
		eventually 60 has "half of it, and the rest $i"
	done
	is "$(wc -l <"$log")" 6
}

@test "lines of 1 MiB from both streams are not torn, nor for a slow reader" {
	logged --log-tag --log "$log" --log "pipe:sleep 0.5; cat >$dir/slow" \
	    -- sh -c '
		line() { head -c 1048575 /dev/zero | tr "\0" "$1"; echo; }
		(line a; line b; line c) &
		(line d; line e; line f) >&2 &
		wait'
	is "$(wc -l <"$log")" 6
	is "$(wc -c <"$log")" $((6 * (1048576 + 5)))
	is "$(tr -s a-f <"$log" | sort | tr '\n' ' ')" \
	    'err: d err: e err: f out: a out: b out: c '
	cmp slow "$log"
}

@test "output without any newline passes, in bounded memory" {
	obeying --log-timestamp=%% --log "$log"
	tell 'head -c 30000000 /dev/zero' ": >$dir/written"
	eventually 60 test -e written
	grep -q -e __asan_init "$DAEMONIZE" ||
	    (($(awk '/^VmHWM:/ { print $2 }' "/proc/$logger/status") < 12000))
	kill "$pid"
	eventually 60 is_silent
	is "$(wc -c <"$log")" 30000002
	is "$(tr -d '\0' <"$log")" '% '
}

# --- truncation -------------------------------------------------------------

@test "-o and -e truncate through a logger too, -a and --log append" {
	printf 'old\n' | tee out err log >/dev/null
	logged --log-tag -o "$dir/out" -e "$dir/err" -- \
	    sh -c 'echo o; echo e >&2'
	holds out 'out: o'
	holds err 'err: e'
	logged --log-tag -a -o "$dir/out" -- echo again
	holds out 'out: o' 'out: again'
	logged --log-tag -o "$dir/out" --log "$log" -- \
	    sh -c 'echo o; echo new >&2'
	holds out 'out: o'
	holds log old 'err: new'
}

@test "a start that fails leaves logs as they were, and no logger" {
	printf 'old\n' >"$log"
	refused 127 'not found|No such file' --argv0="$name" --log-timestamp \
	    -o "$log" -e "$dir/new" --log "pipe:cat" /does/not/exist
	is_silent
	holds "$log" old
	refused 127 'not found|No such file' --argv0="$name" --log-size=1M \
	    --log "$log" --log "file:$dir/new-%Y" /does/not/exist
	is_silent
	refused 1 'cannot open .*: No such file' --argv0="$name" \
	    --log-timestamp --log "$dir/no/such/directory" sleep 600
	is_silent
	holds "$log" old
}

@test "a second start does not touch the log of the first" {
	logging --log-timestamp=%% -o "$log" -- \
	    sh -c 'echo precious; exec sleep 600'
	eventually 60 test -s "$log"
	refused 3 'already running' -p "$pidfile" --log-timestamp -o "$log" \
	    sleep 600
	holds "$log" '% precious'
}
