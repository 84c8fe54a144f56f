#!/usr/bin/env bats
# Names of logs that are used again: by a pattern that does not name the year,
# by somebody who planted them, by a logger that was killed.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# other_days N: N names of days that are not today, earliest in the year first.
other_days() {
	printf 'log-%s\n' 0102 0103 0104 0105 0106 0107 |
	    grep -vx "log-$(date +%m%d)" | head -n "$1"
}

# all_lines: of everything that starts with log-, one file after the other.
all_lines() {
	local path
	for path in log-*; do
		plain "$path"
	done
}

# --- names of a pattern -----------------------------------------------------

@test "a log left under a name that has come back stays, beside the old one" {
	need_cmd gzip
	day=$(other_days 1)
	printf 'last year\n' | gzip >"$day.gz"
	touch -d '1 year ago' "$day.gz"
	printf 'this year\n' >"$day"
	for i in 1 2; do
		logged --log-compress=gzip --log-keep=100 \
		    --log "file:$dir/log-%m%d" echo "$i"
	done
	is "$(all_lines | sort | tr '\n' ' ')" '1 2 last year this year '
	is "$(plain "$day.gz")" 'last year'
	is "$(compgen -G "$day.2*.gz" | wc -l)" 1
}

@test "also without --log-compress nothing is taken for a double" {
	need_cmd gzip
	day=$(other_days 1)
	printf 'last year\n' | gzip >"$day.gz"
	touch -d '1 year ago' "$day.gz"
	printf 'this year\n' >"$day"
	logged --log "file:$dir/log-%m%d" echo 1
	is "$(all_lines | sort | tr '\n' ' ')" '1 last year this year '
}

@test "names that come back while the logger runs replace no compressed file" {
	need_cmd gzip
	for i in {00..59}; do
		printf 'old %s\n' "$i" | gzip >"log-$i.gz"
	done
	touch -d '1 hour ago' log-*
	obeying --log-compress=gzip --log-keep=1000 --log "file:$dir/log-%S"
	in_some() { all_lines 2>/dev/null | grep -qx "$1"; }
	for i in 1 2 3 4; do
		second=$(date +%S)
		tell "echo new $i"
		eventually 60 in_some "new $i"
		is_later() { [[ $(date +%S) != "$second" ]]; }
		eventually 60 is_later
	done
	tell 'kill $$'
	eventually 60 is_silent
	is "$(all_lines | grep -c '^old')" 60
	is "$(all_lines | grep '^new' | sort)" "$(printf 'new %s\n' 1 2 3 4)"
}

@test "of the files of a pattern without a year the newest stay" {
	mapfile -t days < <(other_days 4)
	for i in 0 1 2 3; do
		echo "$i" >"${days[i]}"
		touch -d "$((i + 1)) days ago" "${days[i]}"
	done
	logged --log-keep=2 --log "file:$dir/log-%m%d" echo here
	[[ -e ${days[0]} && -e ${days[1]} ]]
	[[ ! -e ${days[2]} && ! -e ${days[3]} ]]
}

# --- what others have put there ---------------------------------------------

@test "what is no regular file is none of ours, whatever its name" {
	need_cmd gzip
	mkfifo "$log.20200101T000000.000000"
	mkdir "$log.20200101T000001.000000"
	ln -s /etc/passwd "$log.20200101T000002.000000"
	ln -s /nowhere "$log.20200101T000003.000000"
	logged --log-size=4K --log-keep=3 --log-compress=gzip --log "$log" \
	    -- seq 5000
	[[ -p $log.20200101T000000.000000 && -d $log.20200101T000001.000000 ]]
	[[ -L $log.20200101T000002.000000 && -L $log.20200101T000003.000000 ]]
	rm -r "$log".2020*
	rotations 3
	is "$(rotated | grep -v 'gz$')" ''
}

@test "files that are removed by others before they are compressed" {
	with_gzip 'touch "'"$dir"'/busy"
		while ! test -e "'"$dir"'/go"; do sleep 0.02; done; exec cat'
	obeying --log-size=4K --log-keep=100 --log-compress=gzip --log "$log"
	tell 'seq 5000'
	eventually 60 has 5000
	eventually 60 test -e busy
	rm "$(rotated | sed -n 3p)"
	touch go
	settled() { [[ -z $(rotated | grep -v 'gz$') ]]; }
	eventually 60 settled
	never title_has waiting
}

@test "a link to the log itself is not renamed for it" {
	obeying --log-size=4K --log "$log"
	says one
	mv log real
	ln -s real log
	tell 'seq 3000'
	eventually 60 has 3000 real
	[[ -L log ]]
	rotations 0
	eventually 60 title_has \
	    'waiting: to rotate: Too many levels of symbolic links'
	rm log
	says two
	holds log two
	eventually 60 never title_has waiting
}

@test "a rotated name of the log itself, of a killed logger, goes" {
	seq 100 >"$log"
	ln "$log" "$log.20200101T000000.000000"
	logged --log-size=4K --log "$log" -- seq 101 3000
	[[ ! -e $log.20200101T000000.000000 ]]
	counts <(history) 3000
}

@test "a name that leaves no room for the time is refused" {
	long=$(printf '%0233d' 0)
	for word in --log-size=4K --log-age=1d; do
		refused 2 "invalid --log '$dir/$long': .*too long" "$word" \
		    --log "$dir/$long" true
	done
	refused 2 'invalid --stdout .*too long' --log-size=4K \
	    --log-compress=gzip -o "$dir/${long#0000000000}" true
	is "$(ls)" ''
	log=$dir/${long#0}
	logged --log-size=4K --log "$log" -- seq 1000
	rotations 0
	logged --log-size=4K --log "$log" -- seq 1001 3000
	counts <(history) 3000
	logged --log "$dir/$long" -- echo here
	holds "$long" here
}

# --- rights -----------------------------------------------------------------

@test "a log's mode and group are those of the one before" {
	need_root
	need_cmd gzip
	obeying --log-size=4K --log-compress=gzip --log "$log"
	says one
	chmod 664 "$log"
	chgrp 12345 "$log"
	tell 'seq 1500'
	eventually 60 has 1500
	settled() { [[ -z $(rotated | grep -v 'gz$') ]]; }
	eventually 60 settled
	for path in $(rotated) "$log"; do
		is "$(stat -c '%a %g' "$path")" '664 12345'
	done
}

@test "with --log-mode a log has that one" {
	obeying --log-size=4K --log-mode=600 --log "$log"
	says one
	chmod 664 "$log"
	tell 'seq 1500'
	eventually 60 has 1500
	rotations 1
	is "$(stat -c %a "$log")" 600
	is "$(stat -c %a "$(rotated)")" 664
}
