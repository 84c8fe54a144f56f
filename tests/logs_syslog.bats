#!/usr/bin/env bats
# daemonctl logs of what went to the journal or to syslog.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/logs
load helper/logs_verb

# --- journal and syslog -----------------------------------------------------

# fake_journalctl: puts a program that prints its arguments in its place.
fake_journalctl() {
	need_root
	[[ -x /usr/bin/journalctl ]] || skip 'needs a journalctl to cover'
	printf '#!/bin/sh\necho "journal: $*"\n' >"$dir/journalctl"
	chmod 755 "$dir/journalctl"
	# shellcheck disable=SC2016 # for the inner shell
	via+=(sh -c 'mount -n --bind "$0" /usr/bin/journalctl && exec "$@"'
	    "$dir/journalctl")
}

@test "journal: journalctl shows it, running or not" {
	fake_journalctl
	talker 'my web' --log journal: --log-full=drop -- 'seq 3'
	control logs 'my web'
	shows 'journal: -t my web -n 10'
	control logs -f -n 5 'my web'
	shows 'journal: -t my web -n 5 -f'
	control logs -p "$file"
	shows 'journal: -t my web -n 10'
	conf other 'command = sleep 1' 'log = journal:'
	control logs other -n 0
	shows 'journal: -t other -n 0'
}

@test "journal: the name is the command's without --name" {
	fake_journalctl
	started -p "$dir/my.pid" --log journal:err --log-full=drop sleep 1000
	control logs -p "$dir/my.pid"
	shows 'journal: -t sleep -n 10'
}

@test "journal without a journalctl: says so" {
	fake_journalctl
	# shellcheck disable=SC2016 # for the inner shell
	mkdir "$dir/empty"
	via+=(sh -c 'mount -n --bind "$0" /usr/bin && exec "$@"' "$dir/empty")
	conf web 'command = sleep 1' 'log = journal:'
	declined 1 'journal, and journalctl is not installed' logs web
}

# fake_syslog LINE...: the system's log in a directory of its own.
fake_syslog() {
	need_root
	mkdir -p "$dir/var"
	[[ $# -eq 0 ]] || printf '%s\n' "$@" >"$dir/var/syslog"
	# shellcheck disable=SC2016 # for the inner shell
	via+=(sh -c 'mount -n --bind "$0" /var/log && exec "$@"' "$dir/var")
}

@test "syslog: this daemon's lines, in every form of time" {
	fake_syslog \
	    'Nov 22 01:02:03 host web[12]: one' \
	    'Nov  2 01:02:03 host other[12]: web[12]: no' \
	    '2026-11-22T01:02:03.123456+00:00 host web[12]: two' \
	    '2026-11-22T01:02:03.123456+00:00 host webs[12]: no' \
	    '2026-11-22T01:02:03.123456+00:00 web[1]: no' \
	    'Nov 22 01:02:03 host web: three' \
	    'Nov 22 01:02:03 host daemon.info web[12]: four' \
	    'Nov 22 01:02:03 host webx: no' \
	    'web[1]: no' '' 'x' \
	    'Nov 22 01:02:03 host cron: web.x web[1]: no'
	conf web 'command = sleep 1' 'log = syslog:'
	control logs web
	[[ $status -eq 0 ]]
	is "$(sed 's/.*: //' <<<"$output" | tr '\n' ' ')" 'one two three four '
	control logs web -n 2
	is "$(sed 's/.*: //' <<<"$output" | tr '\n' ' ')" 'three four '
	control logs web -n 0
	shows
	conf none 'command = sleep 1' 'log = syslog:'
	control logs none
	shows
	talker web2 --log syslog:user.err --log-full=drop -- :
	echo 'Nov 22 01:02:03 host web2[1]: here' >>"$dir/var/syslog"
	control logs web2
	shows 'Nov 22 01:02:03 host web2[1]: here'
}

@test "syslog: the tag is made of the name as it is for sending" {
	fake_syslog 'Nov 22 01:02:03 host a_b_c_d[1]: yes' \
	    'Nov 22 01:02:03 host aaaaaaaaaabbbbbbbbbbccccccccccdd: yes'
	conf 'a b[c:d' 'command = sleep 1' 'log = syslog:'
	control logs 'a b[c:d'
	shows 'Nov 22 01:02:03 host a_b_c_d[1]: yes'
	conf aaaaaaaaaabbbbbbbbbbccccccccccddddd 'command = sleep 1' \
	    'log = syslog:'
	control logs aaaaaaaaaabbbbbbbbbbccccccccccddddd
	[[ $output == *' yes' ]]
}

@test "syslog: far back in a large log, with long lines" {
	fake_syslog
	{
		seq -f 'Nov 22 01:02:03 host web[1]: %.0f' 3
		seq -f 'Nov 22 01:02:03 host other[1]: %.0f' 20000
		printf 'Nov 22 01:02:03 host web[1]: '
		head -c 200000 /dev/zero | tr '\0' x
		printf '\n'
		seq -f 'Nov 22 01:02:03 host web[1]: %.0f' 5 6
		seq -f 'Nov 22 01:02:03 host other[1]: %.0f' 20000
	} >"$dir/var/messages"
	conf web 'command = sleep 1' 'log = syslog:'
	for n in 1 2 3 4 5 6 10; do
		control logs -n $n web
		[[ $status -eq 0 ]]
		diff "$(state_dir)/out" <(grep -F ' web[' "$dir/var/messages" | tail -n $n)
	done
}

@test "syslog without a file of it: says so" {
	fake_syslog
	conf web 'command = sleep 1' 'log = syslog:'
	declined 1 'cannot show the log of web: it goes to syslog, and no file' \
	    logs web
}

@test "syslog -f: lines of this daemon as they come, also in halves" {
	fake_syslog 'Nov 22 01:02:03 host web[1]: 1'
	conf web 'command = sleep 1' 'log = syslog:'
	follow "$dir/out" web
	printf 'Nov 22 01:02:03 host we' >>"$dir/var/syslog"
	printf 'Nov 22 01:02:03 host other[1]: web[1]: no\n' >>"$dir/var/x"
	eventually 60 grep -q 'web\[1\]: 1' "$dir/out"
	printf 'b[1]: 2\nNov 22 01:02:03 host other: no\n' >>"$dir/var/syslog"
	printf 'Nov 22 01:02:03 host web: 3\n' >>"$dir/var/syslog"
	eventually 60 grep -q 'web: 3' "$dir/out"
	is "$(sed 's/.*: //' "$dir/out" | tr '\n' ' ')" '1 2 3 '
}
