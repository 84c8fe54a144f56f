#!/usr/bin/env bats
# Compression that fails, is interrupted or competes: no line is lost, it is
# tried again, and somebody is told.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

settled() {
	[[ -n $(rotated) && -z $(rotated | grep -v 'gz$') ]]
}

@test "a file is compressed only when nothing writes to it any more" {
	# shellcheck disable=SC2016
	with_gzip 'cat; echo >>"'"$dir"'/busy"; n=$(wc -l <"'"$dir"'/busy")
		while ! test -e "'"$dir"'/go$n"; do sleep 0.02; done'
	mkdir small
	in_mounts 'mount -n -t tmpfs -o nr_inodes=4 none $0/small &&
	    mount --bind $0/gzip '"$(type -p gzip)"
	log=$dir/small/log
	obeying --log-size=4K --log-keep=100 --log-compress=gzip --log "$log"
	log=/proc/$logger/root$log
	tell 'seq 1500'
	eventually 60 test -e busy
	# Now there is no room for one file more.
	in_any() { grep -qsx "$1" "$log" "$log".2*; }
	tell 'seq 1501 2500'
	eventually 60 in_any 2500
	touch go1
	is_settled() {
		[[ -e $log && -n $(compgen -G "$log.*.gz") ]] ||
		    is "$(wc -l <busy)" 2
	}
	eventually 60 is_settled
	for i in 2501 2502; do
		tell "echo $i"
		eventually 60 in_any "$i"
	done
	touch go2
	# A file that was compressed has both names for a moment.
	only_whole() {
		[[ -z $(compgen -G "$log.*.part") ]] && counts \
		    <(for path in $(rotated) "$log"; do cat "$path"; done) 2502
	}
	eventually 60 only_whole
}

@test "a logger that still compresses does not replace a file by half of it" {
	with_gzip 'echo $$ >"'"$dir"'/$PPID.pid"; head -c 100
		while ! test -e "'"$dir"'/go.$PPID"; do sleep 0.02; done; cat'
	words=(--log-size=4K --log-keep=100 --log-compress=gzip --log "$log")
	obeying "${words[@]}"
	first=$logger
	tell 'seq 1500' 'kill $$'
	eventually 60 test -s "$first.pid"
	eventually 60 dead "$pid"
	obeying_again() {
		pidfile=$dir/e.pid
		rm -f orders
		name=${name}e
		obeying "${words[@]}"
	}
	obeying_again
	second=$logger
	says 1501
	# Whichever the second one takes, the first is to finish its own.
	eventually 5 test -s "$second.pid" || :
	touch "go.$first"
	eventually 60 dead "$first"
	kill -KILL "$logger"
	eventually 60 dead "$logger"
	touch "go.$second"
	[[ ! -s $second.pid ]] || remember "$(<"$second.pid")"
	counts <(for path in $(rotated | grep -v part) "$log"; do
		cat "$path"
	done) 1501
}

@test "what could not be compressed is tried again, and ps tells" {
	touch broken
	with_gzip 'test ! -e "'"$dir"'/broken" && exec cat'
	obeying --log-size=4K --log-keep=100 --log-compress=gzip --log "$log"
	tell 'seq 1500'
	eventually 60 title_has 'waiting: to compress: gzip failed'
	is "$(compgen -G '*gz*')" gzip
	rm broken
	tell 'seq 1501 2500'
	eventually 60 settled
	eventually 60 has 2500
	counts <(for path in $(rotated) "$log"; do cat "$path"; done) 2500
	is_untroubled() { never title_has waiting; }
	eventually 60 is_untroubled
}

@test "a file that never can be compressed keeps no other from it" {
	with_gzip 'text=$(cat); case $text in *bad*) exit 1;; esac
		printf "%s\n" "$text"'
	for i in 1 2 3 4; do
		echo "bad $i" >"$log.20200101T00000$i.000000"
	done
	for i in 5 6; do
		echo "good $i" >"$log.20200101T00000$i.000000"
	done
	# None is removed, however often it is rotated until then.
	obeying --log-size=4K --log-keep=100000 --log-compress=gzip \
	    --log "$log"
	rounds=0
	goods_are_done() {
		tell 'seq 1500'
		says "round $((rounds += 1))"
		[[ -e $log.20200101T000005.000000.gz &&
		    -e $log.20200101T000006.000000.gz ]]
	}
	eventually 60 goods_are_done
	for i in 1 2 3 4; do
		[[ -e $log.20200101T00000$i.000000 ]]
	done
}

@test "nothing replaces a compressed file that was there" {
	need_cmd gzip
	old=$log.20200101T000000.000000
	echo here >"$old"
	echo other >"$old.gz"
	touch -d '1 year ago' "$old.gz"
	logged --log-size=4K --log-keep=100 --log-compress=gzip --log "$log" \
	    -- seq 3000
	holds "$old" here
	holds "$old.gz" other
	is "$(rotated | grep -vc 'gz$')" 1
}

@test "a compressed file has the time of its log" {
	need_cmd gzip
	old=$log.20200101T000000.000000
	echo here >"$old"
	touch -d '2020-01-01 12:34:56.123456789' "$old"
	before=$(stat -c %y "$old")
	logged --log-size=4K --log-compress=gzip --log "$log" -- echo one
	[[ ! -e $old ]]
	is "$(stat -c %y "$old.gz")" "$before"
}

@test "a root logger compresses the files of the daemon's user, too" {
	need_root
	need_user
	need_cmd gzip
	mkdir roots
	user_dir theirs >/dev/null
	# shellcheck disable=SC2016
	in_mounts 'mount --bind "$0/roots" /mnt'
	obeying -u "$TEST_USER" --log-size=4K --log-compress=gzip \
	    --log /mnt/log --log "$dir/theirs/log"
	is "$(user_of "$logger")" root
	tell 'seq 3000'
	eventually 60 has 3000 theirs/log
	for log in "$dir/theirs/log" "$dir/roots/log"; do
		eventually 60 settled
	done
	counts <(history "$dir/theirs/log") 3000
	for path in $(rotated "$dir/theirs/log"); do
		is "$(stat -c %U "$path")" "$TEST_USER"
	done
}

@test "a compressor gets nothing of the caller's environment" {
	with_gzip 'env >"'"$dir"'/said"; exec cat'
	SECRET=x logged --clear-env --log-size=4K --log-compress=gzip \
	    --log "$log" -- seq 2000
	grep -q ^PATH= said
	is "$(grep -vE '^(PATH|PWD|SHLVL|_|OLDPWD)=' said)" ''
}
