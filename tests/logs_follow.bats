#!/usr/bin/env bats
# daemonctl logs -f: shows what is added and leaves no line out, whatever
# becomes of the log meanwhile.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

# has_numbers FILE LAST: it has the numbers from 1 to LAST, each once.
has_numbers() {
	cmp -s <(seq "$2") "$1"
}

# is_fine FILE LAST: eventually, and if not it shows where it goes wrong.
is_fine() {
	eventually 60 has_numbers "$1" "$2" || {
		diff <(seq "$2") "$1" | head
		cat "$1.err"
		return 1
	}
}

# --- following --------------------------------------------------------------

@test "-f: what there is, then what is added, in pieces as they come" {
	talker web -o "$log" -- 'seq 20'
	follow "$dir/out" -n 3 web
	eventually 60 grep -qx 20 "$dir/out"
	printf 2 >>"$log"
	eventually 60 grep -q '^2$' "$dir/out"
	printf '1\n' >>"$log"
	eventually 60 grep -qx 21 "$dir/out"
	holds "$dir/out" 18 19 20 21
	kill "$follower"
	is "$(<"$dir/out.err")" ''
}

@test "-f -n 0: only what is added" {
	talker web -o "$log" -- 'seq 20'
	follow "$dir/out" -n 0 web
	echo 21 >>"$log"
	eventually 60 grep -qx 21 "$dir/out"
	holds "$dir/out" 21
}

@test "-f: two files, a heading where it changes" {
	talker web -o "$log" -e "$log.err" -- 'echo a; echo b >&2'
	follow "$dir/out" web
	eventually 60 grep -qx b "$dir/out"
	echo 2b >>"$log.err"
	eventually 60 grep -qx 2b "$dir/out"
	echo 2a >>"$log"
	eventually 60 grep -qx 2a "$dir/out"
	holds "$dir/out" "==> $log <==" a '' "==> $log.err <==" b 2b '' \
	    "==> $log <==" 2a
}

# has_open PID FILE
has_open() {
	local link
	for link in "/proc/$1"/fd/*; do
		[[ $(readlink "$link") != "$2" ]] || return 0
	done
	return 1
}

# counting OPTION...: a daemon that counts from 1 to 60000, in bursts, each
# third once it is told to by the files go1, go2 and go3; its log is followed
# into out.
counting() {
	# shellcheck disable=SC2016 # for the inner shell
	daemon web --log "$log" "$@" sh -c 'i=0; while [ $i -lt 60 ]; do
		until [ -e "$0/go$((i / 20 + 1))" ]; do sleep 0.05; done
		seq $((i * 1000 + 1)) $((i * 1000 + 1000)); i=$((i + 1))
		sleep 0.0$((i % 5)); done; exec sleep 1000' "$dir"
	eventually 60 test -e "$log"
	follow "$dir/out" -n 0 web
}

@test "-f: not a line is missing while the logger rotates and compresses" {
	need_cmd gzip
	counting --log-size=16K --log-keep=1000 --log-compress=gzip
	touch go1 go2 go3
	is_fine "$dir/out" 60000
	[[ $(find . -name 'log.2*' | wc -l) -ge 10 ]]
}

@test "-f: not a line is missing though the follower stands still meanwhile" {
	need_cmd gzip
	counting --log-size=16K --log-keep=1000 --log-compress=gzip
	for n in 1 2 3; do
		halt "$follower"
		before=$(find . -name 'log.2*' | wc -l)
		: >"go$n"
		later() {
			(($(find . -name "log.2*" | wc -l) >= before + 4))
		}
		eventually 60 later
		kill -CONT "$follower"
	done
	is_fine "$dir/out" 60000
}

@test "-f: all that is left is shown though the log followed is gone" {
	need_cmd gzip
	counting --log-size=16K --log-keep=2 --log-compress=gzip
	halt "$follower"
	touch go1 go2 go3
	eventually 60 grep -qsx 60000 "$log"
	compressed() {
		[[ $(find . -name 'log.2*.gz' | wc -l) -eq 2 &&
		    $(find . -name 'log.2*' | wc -l) -eq 2 ]]
	}
	eventually 60 compressed
	kill -CONT "$follower"
	eventually 60 grep -qx 60000 "$dir/out"
	history >left
	cmp left <(tail -n "$(wc -l <left)" "$dir/out")
}

@test "-f: a log that is renamed under its logger, as by logrotate" {
	counting --log-reopen
	touch go1 go2 go3
	# The last line may get into a file that was renamed just now.
	has_lines_or_all() {
		[[ -s $log ]] || grep -qsx 60000 "$log".*
	}
	for n in {1..8}; do
		eventually 60 has_lines_or_all
		[[ -s $log ]] || break
		eventually 60 has_open "$follower" "$log"
		mv "$log" "$log.$n"
		[[ $((n % 2)) -eq 0 ]] || : >>"$log"
		! grep -qx 60000 "$log.$n" || break
	done
	is_fine "$dir/out" 60000
}

@test "-f: a log that is removed and made anew" {
	counting --log-reopen
	echo 1 >>"$log"
	eventually 60 grep -qx 1 "$dir/out"
	rm "$log"
	touch go1 go2 go3
	eventually 60 grep -qx 60000 "$dir/out"
	cmp <(echo 1; seq 60000) "$dir/out"
}

@test "-f: a log that is truncated is read from its beginning" {
	talker web -a -o "$log" -- 'seq 20'
	follow "$dir/out" -n 1 web
	eventually 60 grep -qx 20 "$dir/out"
	: >"$log"
	echo 21 >>"$log"
	eventually 60 grep -qx 21 "$dir/out"
	holds "$dir/out" 20 21
}

@test "-f: a pattern that makes a new name" {
	# shellcheck disable=SC2016 # for the inner shell
	daemon web --log "file:$dir/log-%H%M%S" sh -c 'i=0
		until [ -e "$0/enough" ]; do i=$((i + 1)); echo $i; sleep 0.01
		done; echo $i >"$0/total"; exec sleep 1000' "$dir"
	follow "$dir/out" -n 1000000 web
	several() {
		[[ $(find . -name 'log-*' | wc -l) -ge 4 ]]
	}
	eventually 60 several
	: >enough
	eventually 60 test -s total
	is_fine "$dir/out" "$(<total)"
}

@test "-f: half of the line is in the old file, half in the new one" {
	talker web -a -o "$log" -- 'printf 1'
	conf web 'command = sleep 1' "log = $log"
	follow "$dir/out" web
	mv "$log" "$log.1"
	echo >>"$log.1"
	echo 2 >>"$log"
	is_fine "$dir/out" 2
}
