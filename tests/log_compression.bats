#!/usr/bin/env bats
# Rotated logs that are compressed, whatever comes between, and what is kept of
# those whose name is a pattern.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# --- compression ------------------------------------------------------------

# compresses PROGRAM SUFFIX: rotated files become FILE.SUFFIX.
compresses() {
	need_cmd "$1"
	obeying --log-size=64K --log-keep=1000 --log-compress="$1" \
	    --log "$log"
	tell 'seq -f "line %.0f" 50000'
	eventually 60 has 'line 50000'
	all_compressed() {
		[[ -z $(rotated | grep -v "\.$1\$") ]]
	}
	eventually 60 all_compressed "$2"
	[[ $(rotated | wc -l) -ge 7 ]]
	counts <(history) 50000 'line '
	for path in $(rotated); do
		[[ $(plain "$path" | wc -c) -le 65536 ]]
		is "$(stat -c %a "$path")" 640
	done
}

@test "--log-compress=gzip" {
	compresses gzip gz
}

@test "--log-compress=zstd" {
	compresses zstd zst
}

@test "--log-compress=xz" {
	compresses xz xz
}

@test "the logger compresses what it has rotated before it ends" {
	need_cmd gzip
	for i in 1 2 3; do
		logged --log-size=32K --log-keep=1000 --log-compress=gzip \
		    --log "$log" -- seq $((i * 20000 - 19999)) $((i * 20000))
		is "$(compgen -G '*part*')" ''
		is "$(rotated | grep -v 'gz$')" ''
	done
	counts <(history) 60000
}

@test "a start that fails neither prunes nor compresses" {
	need_cmd gzip
	for i in 1 2 3 4; do
		echo "$i" >"$log.20200101T00000$i.000000"
	done
	refused 127 'not found|No such file' --argv0="$name" --log-size=4K \
	    --log-keep=2 --log-compress=gzip --log "$log" /does/not/exist
	eventually 60 is_silent
	holds <(cat "$log".*) 1 2 3 4
}

@test "files of a pattern stay, unless --log-keep or a size says otherwise" {
	for i in {01..15}; do
		echo "$i" >"log-202001$i"
	done
	logged --log "file:$dir/log-%Y%m%d" echo here
	is "$(ls log-* | wc -l)" 16
	logged --log-size=1M --log "file:$dir/log-%Y%m%d" echo here
	is "$(ls log-* | wc -l)" 11
	[[ ! -e log-20200105 && -e log-20200106 ]]
}

@test "a file of a pattern rotates by size under its own name" {
	logged --log-size=4K --log-keep=3 --log "file:$dir/log-%Y" -- seq 5000
	rotations 3 "$(echo log-2???)"
	is "$(tail -n 1 log-2???)" 5000
}

@test "whatever the pattern, sizes are kept to and old files go" {
	for pattern in %Y-%j %G-W%V %a-%Z; do
		logged --log-size=4K --log-keep=3 --log "file:$dir/x-$pattern" \
		    -- seq 5000
		is "$pattern $(ls x-* | wc -l)" "$pattern 4"
		for path in x-*; do
			[[ $(stat -c %s "$path") -le 4096 ]]
		done
		rm x-*
	done
}

@test "compressors run one at a time, nice, with nothing but their file" {
	with_gzip 'mkdir "'"$dir"'/busy" || : >"'"$dir"'/twice"
		for fd in /proc/$$/fd/*; do
			! test -e $fd || list=$list,${fd##*/}
		done
		echo "$(nice) $* $list" >>"'"$dir"'/said"
		cat; sleep 0.05; rmdir "'"$dir"'/busy"'
	obeying --log-size=4K --log-compress=gzip --log "$log"
	for i in 1 2 3 4; do
		tell 'seq 1000'
		says "told $i"
	done
	settled() { [[ -z $(rotated | grep -v 'gz$') && ! -e busy ]]; }
	eventually 60 settled
	[[ ! -e twice ]]
	is "$(cut -d' ' -f1,2 said | sort -u)" '10 -c'
	# 10 is the shell's own place for its script.
	is "$(cut -d' ' -f3 said | sort -u)" ,0,1,10,2
}

@test "a compressor that fails leaves the file as it was, and the log goes on" {
	with_gzip 'printf rubbish; echo >>"'"$dir"'/tried"; exit 1'
	logged --log-size=4K --log-keep=1000 --log-compress=gzip \
	    --log "$log" -- seq 5000
	[[ -s tried ]]
	counts <(history) 5000
	is "$(compgen -G 'log*gz*')" ''
}

@test "a compressor that is killed leaves the file as it was" {
	with_gzip 'echo $$ >"'"$dir"'/gzip.pid"; printf rubbish; exec sleep 600'
	obeying --log-size=4K --log-compress=gzip --log "$log"
	tell 'seq 1500'
	eventually 60 test -s gzip.pid
	kill -KILL "$(<gzip.pid)"
	tell 'kill $$'
	eventually 60 is_silent
	counts <(history) 1500
	is "$(compgen -G 'log*gz*')" ''
}

@test "what a killed logger left is put right: parts and doubles" {
	need_cmd gzip
	old=$log.20200101T00000
	printf 'one\n' | gzip >"$old"1.000000.gz
	printf 'one\n' >"$old"1.000000
	touch -r "$old"1.000000 "$old"1.000000.gz
	printf 'two\n' >"$old"2.000000
	printf 'rubbish' >"$old"2.000000.gz.part
	printf 'three\n' >"$old"3.000000
	printf 'rubbish' >"$old"3.000000.xz.part
	printf 'rubbish' >"$old"4.000000.zst.part
	printf 'foreign' >"$dir/other.20200101T000002.000000.gz.part"
	printf 'four\n' >"$log"
	logged --log-size=4K --log "$log" echo five
	holds <(history) one two three four five
	printf 'rubbish' >"$old"2.000000.gz.part
	logged --log-size=4K --log-compress=gzip --log "$log" echo six
	is "$(rotated | grep -v 'gz$')" ''
	holds <(history) one two three four five six
	rotations 3
	is "$(ls ./*.part)" ./other.20200101T000002.000000.gz.part
}

@test "a logger killed in the middle of compressing leaves nothing for good" {
	need_cmd gzip
	with_gzip 'echo $$ >"'"$dir"'/gzip.pid"; printf rubbish; exec sleep 600'
	obeying --log-size=4K --log-keep=1000 --log-compress=gzip --log "$log"
	tell 'seq 5000'
	eventually 60 test -s gzip.pid
	eventually 60 has 5000
	remember "$(<gzip.pid)"
	kill -KILL "$logger"
	eventually 60 dead "$logger"
	kill "$pid"
	eventually 60 dead "$pid"
	kill -KILL "$(<gzip.pid)"
	ls ./*.gz.part
	via=()
	logged --log-size=4K --log-keep=1000 --log-compress=gzip \
	    --log "$log" echo 5001
	is "$(rotated | grep -v 'gz$')" ''
	is "$(compgen -G '*part*')" ''
	counts <(history) 5001
}
