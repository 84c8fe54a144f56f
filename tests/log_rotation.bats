#!/usr/bin/env bats
# Logs that rotate: by size, by age and by name, and what is kept. Their
# compression is in log_compression.bats, logs that somebody else rotates are in
# log_renamed.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# no_larger SIZE: no file of the log is larger, and all end with a line.
no_larger() {
	local path
	for path in $(rotated) "$log"; do
		[[ $(stat -c %s "$path") -le $1 ]] || {
			ls -l "$path"
			return 1
		}
		is "$(tail -c 1 "$path" | od -An -tx1)" ' 0a'
	done
}

# --- by size ----------------------------------------------------------------

@test "a file is rotated before a line would make it larger" {
	logged --log-size=4K --log-keep=1000 --log "$log" -- \
	    seq -f 'line %.0f' 20000
	no_larger 4096
	counts <(history) 20000 'line '
	# And not before it is full.
	for path in $(rotated); do
		[[ $(stat -c %s "$path") -gt 4085 ]]
	done
}

@test "with timestamps and tags, too, whose size counts" {
	logged --log-size=4K --log-keep=1000 --log-timestamp --log-tag \
	    --log "$log" -- seq -f 'line %.0f' 5000
	no_larger 4096
	counts <(history | sed 's/.*Z out: //') 5000 'line '
	for path in $(rotated); do
		[[ $(stat -c %s "$path") -gt 4050 ]]
	done
}

@test "lines that arrive one by one rotate in the same way" {
	obeying --log-size=4K --log "$log"
	for i in 1 2 3 4 5; do
		tell "printf '%01022d $i\n' 0"
		eventually 60 grep -qs " $i\$" "$log"
	done
	rotations 1
	is "$(stat -c %s "$(rotated)")" $((4 * 1025 - 1025))
	no_larger 4096
}

@test "a file may be exactly as large as --log-size" {
	obeying --log-size=4K --log "$log"
	says "$(printf '%02047d' 1)" "$(printf '%02047d' 2)"
	rotations 0
	says more
	rotations 1
	is "$(stat -c %s "$(rotated)")" 4096
}

@test "a line longer than --log-size has a file of its own" {
	obeying --log-size=4K --log "$log"
	says first
	tell "printf '%020000dend\n' 0"
	eventually 60 grep -q end "$log"
	is "$(wc -l <"$log")" 1
	says last
	rotations 2
	holds "$log" last
	is "$(history | wc -c)" $((6 + 20004 + 5))
}

@test "so has one that is passed on in pieces: its end takes no other along" {
	{ printf '%01300000d\n' 0; seq 2000; } >lines
	logged --log-size=4K --log-keep=100 --log "$log" -- cat "$dir/lines"
	history | cmp - lines
	is "$(find . -name 'log*' -size +4096c | wc -l)" 1
	is "$(find . -name 'log*' -size +4096c -exec cat {} + | wc -l)" 1
}

@test "lines of 300 KB from both streams: whole, whatever rotates" {
	logged --log-size=64K --log-keep=1000 --log-tag --log "$log" -- sh -c '
		line() { head -c 300000 /dev/zero | tr "\0" "$1"; echo; }
		(line a; line b) & (line c; line d) >&2 & wait'
	is "$(history | wc -c)" $((4 * 300006))
	is "$(history | tr -s a-d | sort | tr '\n' ' ')" \
	    'err: c err: d out: a out: b '
	rotations 3
}

@test "what is in the file already counts, and goes with it" {
	seq -f 'old %.0f' 400 >"$log"
	logged --log-size=4K --log "$log" -- printf 'new\n'
	rotations 0
	seq -f 'old %.0f' 600 >"$log"
	logged --log-size=4K --log "$log" -- printf 'new\n'
	rotations 1
	counts "$(rotated)" 600 'old '
	holds "$log" new
}

@test "nothing is rotated where nothing is written" {
	seq -f 'old %.0f' 600 >"$log"
	logged --log-size=4K --log-age=1ms --log "$log" true
	rotations 0
	counts "$log" 600 'old '
}

@test "two logs of one daemon rotate by themselves" {
	logged --log-size=4K --log-keep=3 -o "$dir/out" -e "$dir/err" -- \
	    sh -c 'seq 3000; seq 500 >&2'
	rotations 3 "$dir/out"
	rotations 0 "$dir/err"
	counts err 500
	is "$(tail -n 1 out)" 3000
}

@test "both streams into one rotating log: every line, whole and in order" {
	logged --log-size=32K --log-keep=1000 --log-tag --log "$log" -- sh -c '
		seq -f "number %.0f" 40000 & seq -f "number %.0f" 40000 >&2 &
		wait'
	no_larger 32768
	history >all
	is "$(wc -l <all)" 80000
	counts <(grep '^out' all) 40000 'out: number '
	counts <(grep '^err' all) 40000 'err: number '
}

# --- by age -----------------------------------------------------------------

@test "--log-age: rotated at the first line after it became that old" {
	obeying --log-age=300ms --log "$log"
	says one
	is_old() {
		local born
		born=$(stat -c %W "$log")
		(($(date +%s) - born >= 2))
	}
	[[ $(stat -c %W "$log") -gt 0 ]] ||
	    skip 'this file system has no time of birth'
	eventually 60 is_old
	rotations 0
	says two
	rotations 1
	holds "$(rotated)" one
	holds "$log" two
}

@test "--log-age: a log that was there has the age it has" {
	printf 'old\n' >"$log"
	is_old() {
		local born
		born=$(stat -c %W "$log")
		(($(date +%s) - born >= 2))
	}
	[[ $(stat -c %W "$log") -gt 0 ]] ||
	    skip 'this file system has no time of birth'
	eventually 60 is_old
	# What was appended makes it no younger.
	printf 'fresh\n' >>"$log"
	logged --log-age=1h --log "$log" echo one
	rotations 0
	logged --log-age=1s --log "$log" echo two
	rotations 1
	holds "$(rotated)" old fresh one
	holds "$log" two
}

# --- names and number -------------------------------------------------------

@test "rotated files are named by UTC time: always fresh, in order of age" {
	before=$(date -u +%Y%m%dT%H%M%S)
	TZ=XYZ-9 logged --log-size=4K --log-keep=1000 --log "$log" -- seq 20000
	for path in $(rotated); do
		[[ $path =~ ^"$log".[0-9]{8}T[0-9]{6}\.[0-9]{6}$ ]]
		[[ ! ${path#"$log".} < $before ]]
	done
	[[ ${path#"$log".} < $(date -u -d +1min +%Y%m%dT%H%M%S) ]]
	TZ=XYZ-9 logged --log-size=4K --log-keep=1000 --log "$log" -- \
	    seq 20001 40000
	counts <(history) 40000
}

@test "a clock that was set back does not mix up the order" {
	printf 'oldest\n' >"$log.20991231T235959.999999"
	logged --log-size=4K --log-keep=1000 --log "$log" -- seq 5000
	is "$(history | head -n 1)" oldest
	counts <(history | tail -n +2) 5000
}

@test "the ten newest rotated files stay, or as many as --log-keep says" {
	logged --log-size=4K --log "$log" -- seq 50000
	rotations 10
	history | cmp - <(seq 50000 | tail -n "$(history | wc -l)")
	logged --log-size=4K --log-keep=2 --log "$log" -- seq 50001 60000
	rotations 2
	history | cmp - <(seq 60000 | tail -n "$(history | wc -l)")
	logged --log-size=4K --log-keep=0 --log "$log" -- seq 60001 70000
	rotations 0
	is "$(tail -n 1 "$log")" 70000
}

@test "files of others stay, however similar their names" {
	others=("$log.1" "$log.gz" "$log.old" "$log.20200101T000000" \
	    "$log.20200101T000000.000001.bz2" "$log.20200101T000000.00001" \
	    "x$log.20200101T000000.000001" "$log.20200101T000000.000001.gz.x" \
	    "$log.20200101T000000.000001x" "$log-20200101T000000.000001" \
	    "${log}2.20200101T000000.000001" "$log.1.gz.part")
	mkdir -p "x$dir"
	touch "${others[@]}"
	touch "$log.20200101T000000.000001" "$log.20200101T000000.000001.xz"
	logged --log-size=4K --log-keep=1 --log-compress=gzip --log "$log" -- \
	    seq 5000
	ls "${others[@]}"
	[[ ! -e $log.20200101T000000.000001 ]]
	[[ ! -e $log.20200101T000000.000001.xz ]]
}

@test "--log-mode is the mode of new and of rotated files" {
	umask 077
	logged --log-mode=604 --log-size=4K --log-compress=gzip \
	    --log "$log" -- seq 3000
	for path in $(rotated) "$log"; do
		is "$(stat -c %a "$path")" 604
	done
	rm -f "$log"*
	logged --log-size=4K --log-age=1d --log "$log" -- seq 3000
	for path in $(rotated) "$log"; do
		is "$(stat -c %a "$path")" 640
	done
}

# --- names by strftime ------------------------------------------------------

@test "a bare PATH is literal, file:PATH is expanded in local time" {
	TZ=XYZ-9 logged --log "$dir/bare-%Z" --log "file:$dir/made-%Z%%" -- \
	    echo here
	holds "bare-%Z" here
	holds made-XYZ% here
}

@test "when the name changes the logger goes on in the new file" {
	obeying --log-timestamp=%s --log "file:$dir/log-%s"
	in_some() { cat log-* | grep -q " $1\$"; }
	says_so() {
		tell "echo $1"
		eventually 60 in_some "$1"
	}
	for i in 1 2 3 4 5 6 7 8; do
		says_so "$i"
		is_later() { [[ $(date +%s) != "$second" ]]; }
		second=$(date +%s)
		((i % 3)) || eventually 60 is_later
	done
	[[ $(cat log-* | wc -l) -eq 8 && $(ls log-* | wc -l) -ge 3 ]]
	counts <(cut -d' ' -f2 <(cat log-*)) 8
	# Every line is in the file of its second; its stamp is made before, and
	# the logger may be held up between.
	awk '{ off = $1 - substr(FILENAME, 5); if (off < -30 || off > 1) exit 1 }
	    ' log-*
}

@test "files that a pattern has left count: --log-keep and --log-compress" {
	need_cmd gzip
	for day in 01 02 03 04; do
		echo "$day" >"$dir/log-202001$day"
	done
	: >log-20209999
	: >log-2020010
	: >log-20200101.old
	logged --log-keep=2 --log-compress=gzip --log "file:$dir/log-%Y%m%d" \
	    -- echo here
	[[ ! -e log-20200101 && ! -e log-20200102 ]]
	holds <(cat "log-$(date +%Y%m%d)") here
	[[ -e log-20209999 && -e log-2020010 && -e log-20200101.old ]]
	is "$(for path in log-2020010[34]*; do plain "$path"; done |
	    tr '\n' ' ')" '03 04 '
}

# --- when it fails ----------------------------------------------------------

@test "in a directory where it may not rotate the log goes on, and tries again" {
	need_user
	user_dir logs >/dev/null
	log=$dir/logs/log
	if [[ $EUID -eq 0 ]]; then
		who=(-u "$TEST_USER")
	else
		who=()
	fi
	obeying "${who[@]}" --log-size=4K --log "$log"
	says first
	chmod 555 logs
	# Not one by one, each with a look at all that waits behind it.
	tell 'seq 200000'
	says more
	rotations 0
	cmp "$log" <(echo first && seq 200000 && echo more)
	alive "$pid"
	chmod 755 logs
	rotated_at_last() {
		tell 'echo again'
		[[ -n $(rotated) ]]
	}
	eventually 60 rotated_at_last
	cmp <(grep -vx again "$(rotated)") \
	    <(echo first && seq 200000 && echo more)
}
