#!/usr/bin/env bats
# daemonctl logs where a logger writes: the file is found by its descriptors,
# and lines are looked for back into rotated and compressed files.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

# all_packed: what was rotated is compressed, and nothing is under way.
all_packed() {
	[[ -n $(rotated) && -z $(rotated | grep -vE '\.(gz|zst|xz)$') ]]
}

# --- loggers ----------------------------------------------------------------

@test "a logger's file: found by its descriptors, shown with its stamps" {
	talker web --log "$log" --log-timestamp --log-tag -- 'seq 12'
	eventually 60 log_has_lines 12
	control logs -n 2 web
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 2 ]]
	[[ $output == 20*'Z out: 11'$'\n'*'Z out: 12' ]]
}

@test "on a terminal of the logger as well" {
	talker web --log "$log" --pty -- 'seq 12'
	eventually 60 log_has_lines 12
	control logs -n 3 web
	shows_seq 10 12
}

@test "what went to several places is shown from the file" {
	talker web --log "$log" --log "pipe:cat >$dir/copy" --log syslog: \
	    --log-full=drop -- 'seq 12'
	eventually 60 log_has_lines 12
	control logs -n 1 web
	shows 12
}

@test "back into rotated files" {
	rotated_log '' 6000
	[[ $(rotated | wc -l) -ge 5 ]]
	every_count web 6000
}

@test "back into compressed files of every kind" {
	need_cmd gzip zstd xz
	for each in gzip zstd xz; do
		rotated_log "$each" 4000
		every_count "web$each" 4000
		eventually 60 all_packed
	done
}

@test "a file that is being compressed is no log of its own" {
	# In a namespace of his own a user is root, and names are root's.
	need_root
	newline=$'\n'
	outside=("${via[@]}")
	with_gzip ': >"'"$dir"'/begun"
		until test -e "'"$dir"'/go"; do sleep 0.02; done; cat'
	via=("${outside[@]}" "${via[@]}")
	talker web --log "$log" --log-size=4K --log-keep=1000 \
	    --log-compress=gzip -- 'seq 2000'
	eventually 60 grep -qsx 2000 "$log"
	eventually 60 test -e begun
	via=("${outside[@]}")
	control logs -n 3 web
	touch go
	shows_seq 1998 2000
}

@test "a file that is compressed and not yet removed counts once" {
	need_cmd gzip
	rotated_log '' 3000
	gzip -k "$(rotated | head -n 1)" "$(rotated | tail -n 1)"
	every_count web 3000
}

@test "a damaged compressed file: an error that names it" {
	need_cmd gzip
	rotated_log gzip 4000
	eventually 60 all_packed
	damaged=$(find "$dir" -name 'log.2*.gz' | sort | tail -n 1)
	echo garbage >"$damaged"
	declined 1 "cannot read $damaged: gzip found it damaged" \
	    logs -n 100000 webgzip
	control logs -n 1 webgzip
	shows 4000
}

@test "a damaged file among others: named, and all that can be read is shown" {
	need_cmd gzip
	conf web 'command = sleep 1' "log = $log"
	seq 1 5 | gzip >"$log.20250101T000000.000001.gz"
	damaged=$log.20250102T000000.000001.gz
	seq 6 2000 | gzip >"$damaged"
	truncate -s 1500 "$damaged"
	seq 2001 2003 | gzip >"$log.20250103T000000.000001.gz"
	seq 2004 2006 >"$log"
	(gzip -dc "$damaged" 2>/dev/null || :) | awk 1 >"$dir/readable"
	readable=$(wc -l <"$dir/readable")
	[[ $readable -gt 100 ]]
	control logs -n 100000 web
	[[ $status -eq 1 ]]
	is "$error" "daemonctl: cannot read $damaged: gzip found it damaged"
	diff <(seq 1 5; cat "$dir/readable"; seq 2001 2006) "$(state_dir)/out"
	echo garbage >"$damaged"
	control logs -n 8 web
	[[ $status -eq 1 && $error == *"$damaged: gzip found it damaged" ]]
	diff <(seq 4 5; seq 2001 2006) "$(state_dir)/out"
}

@test "no further file is opened where exactly enough lines are there" {
	need_cmd gzip
	conf web 'command = sleep 1' "log = $log"
	echo garbage >"$log.20250101T000000.000001.gz"
	seq 1 3 >"$log.20250102T000000.000001"
	seq 4 6 | gzip >"$log.20250103T000000.000001.gz"
	seq 7 9 >"$log"
	for count in 3 6 9; do
		control logs -n "$count" web
		shows_seq $((10 - count)) 9
	done
	control logs -n 10 web
	[[ $status -eq 1 ]]
	diff <(seq 1 9) "$(state_dir)/out"
}

@test "files of a pattern: the newest one, and back into the others" {
	seq 1 5 >"$dir/log-2020-01-01"
	seq 6 9 >"$dir/log-2021-12-31"
	echo no >"$dir/log-2021-12-32"
	echo no >"$dir/log-x"
	talker web --log "file:$dir/log-%Y-%m-%d" -- 'seq 10 12'
	today=$(find "$dir" -name 'log-202[2-9]*')
	eventually 60 log_has_lines 3 "$today"
	control logs web -n 2
	shows 11 12
	control logs web -n 100
	shows_seq 1 12
	control logs web -n 4
	shows_seq 9 12
}

@test "files of a pattern: a compressed one of the same name counts as well" {
	need_cmd gzip
	today=log-$(date +%m%d)
	seq 1 5 | gzip >"$today.gz"
	touch -d '1 year ago' "$today.gz"
	talker web --log "file:$dir/log-%m%d" -- 'seq 6 9'
	eventually 60 log_has_lines 4 "$dir/$today"
	control logs web -n 100
	shows_seq 1 9
}
