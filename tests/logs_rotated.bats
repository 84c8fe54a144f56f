#!/usr/bin/env bats
# daemonctl logs where a logger writes: the file is found by its descriptors,
# and lines are looked for back into rotated and compressed files.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

# --- loggers ----------------------------------------------------------------

@test "a logger's file: found by its descriptors, shown with its stamps" {
	talker web --log "$log" --log-timestamp --log-tag -- 'seq 12'
	eventually 10 log_has_lines 12
	control logs -n 2 web
	[[ $status -eq 0 && $(wc -l <<<"$output") -eq 2 ]]
	[[ $output == 20*'Z out: 11'$'\n'*'Z out: 12' ]]
}

@test "on a terminal of the logger as well" {
	talker web --log "$log" --pty -- 'seq 12'
	eventually 10 log_has_lines 12
	control logs -n 3 web
	shows_seq 10 12
}

@test "what went to several places is shown from the file" {
	talker web --log "$log" --log "pipe:cat >$dir/copy" --log syslog: \
	    --log-full=drop -- 'seq 12'
	eventually 10 log_has_lines 12
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
		[[ -n $(find . -name 'log.2*.[gzx]*') ]]
	done
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
	packed() { [[ -n $(find . -name 'log.2*.gz') ]]; }
	eventually 10 packed
	damaged=$(find "$dir" -name 'log.2*.gz' | sort | tail -n 1)
	echo garbage >"$damaged"
	declined 1 "cannot read $damaged: gzip found it damaged" \
	    logs -n 100000 webgzip
	control logs -n 1 webgzip
	shows 4000
}

@test "files of a pattern: the newest one, and back into the others" {
	seq 1 5 >"$dir/log-2020-01-01"
	seq 6 9 >"$dir/log-2021-12-31"
	echo no >"$dir/log-2021-12-32"
	echo no >"$dir/log-x"
	talker web --log "file:$dir/log-%Y-%m-%d" -- 'seq 10 12'
	today=$(find "$dir" -name 'log-202[2-9]*')
	eventually 10 log_has_lines 3 "$today"
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
	eventually 10 log_has_lines 4 "$dir/$today"
	control logs web -n 100
	shows_seq 1 9
}
