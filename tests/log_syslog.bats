#!/usr/bin/env bats
# --log=syslog: and --log=journal: against the real receivers, rsyslogd, the
# syslogd of busybox or inetutils, and systemd-journald, and against a receiver
# that shows every byte. Each test has a /dev and a /run of its own, in a mount
# namespace, so that no log of this machine is touched.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	dir=$BATS_TEST_TMPDIR
	inside=()
	if [[ -z ${DATAGRAMS-} ]]; then
		DATAGRAMS=${WITNESS%/*}/helper/datagrams
		[[ -x $DATAGRAMS ]] || DATAGRAMS=$(find_program datagrams)
	fi
}

# A logger whose receiver is gone waits for another one, and for no signal.
teardown() {
	[[ -z ${logger-} ]] || kill -KILL "$logger" 2>/dev/null || :
	stop_all
}

# --- the namespace ----------------------------------------------------------

# private_world: makes a /dev and a /run of this test's own. What is put after
# "${inside[@]}" runs there.
private_world() {
	local flags=(--mount --propagation private) world
	need_cmd unshare nsenter mount
	[[ $EUID -eq 0 ]] || flags+=(--user --map-root-user)
	need_namespace "${flags[@]}"
	cat >"$dir/world" <<-'END'
		set -e
		cd "$1"
		mkdir dev run
		mount -t tmpfs -o mode=755 dev dev
		for name in null zero full random urandom tty; do
			: >"dev/$name"
			mount --bind "/dev/$name" "dev/$name"
		done
		ln -s /proc/self/fd dev/fd
		ln -s fd/0 dev/stdin
		ln -s fd/1 dev/stdout
		ln -s fd/2 dev/stderr
		mount --rbind dev /dev
		mount -t tmpfs -o mode=755 run /run
		echo ready >world.ready
		exec sleep infinity
	END
	DMN_DAEMON_MARK=$DMN_TEST_MARK unshare "${flags[@]}" \
	    sh "$dir/world" "$dir" </dev/null >"$dir/world.out" 2>&1 3>&- 4>&- &
	world=$!
	remember "$world"
	if ! eventually 10 test -s "$dir/world.ready"; then
		skip "cannot make a /dev here: $(<"$dir/world.out")"
	fi
	inside=(nsenter --target "$world" --mount)
	[[ $EUID -eq 0 ]] || inside+=(--user --preserve-credentials)
	inside+=(--)
	via=("${inside[@]}")
}

# within COMMAND...: runs it in the background there; sets receiver to its pid.
within() {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${inside[@]}" "$@" \
	    </dev/null >>"$dir/received" 2>>"$dir/receiver.err" 3>&- 4>&- &
	receiver=$!
	remember "$receiver"
}

# is_socket PATH: there is one in the namespace.
is_socket() {
	"${inside[@]}" test -S "$1"
}

# --- receivers --------------------------------------------------------------

# rsyslogd_start: what it gets is in $dir/received, as
# "FACILITY.LEVEL TAG PID TEXT".
rsyslogd_start() {
	need_cmd rsyslogd
	cat >"$dir/rsyslog.conf" <<-END
		global(workDirectory="$dir" maxMessageSize="64k"
		    parser.escapeControlCharactersOnReceive="off")
		main_queue(queue.type="direct")
		module(load="imuxsock" SysSock.Use="off")
		input(type="imuxsock" Socket="/dev/log" CreatePath="off"
		    RateLimit.Interval="0")
		template(name="all" type="string" string=
		    "%syslogfacility-text%.%syslogseverity-text% %programname% %procid%%msg%\n")
		action(type="omfile" file="$dir/received" template="all")
	END
	within rsyslogd -n -i NONE -f "$dir/rsyslog.conf"
	if ! eventually 15 is_socket /dev/log; then
		skip "rsyslogd does not run here: $(<"$dir/receiver.err")"
	fi
	# A line of its own says that it reads.
	eventually 15 grep -q 'syslog.info rsyslogd' "$dir/received"
}

# receiver_stop SIGNAL: ends the receiver; the socket is gone, or dead.
receiver_stop() {
	kill "-$1" "$receiver"
	eventually 15 dead "$receiver"
	: >>"$dir/received"
	mv "$dir/received" "$dir/received.$receiver"
	earlier+=("$dir/received.$receiver")
	: >"$dir/received"
}

# received: all that receivers have got of the daemon, first things first.
earlier=()
received() {
	cat "${earlier[@]}" "$dir/received" | grep -a " talker " || :
}

# received_is PREFIX: exactly the lines in $dir/expected, after PREFIX. The
# last one is looked for first: that is quick.
received_is() {
	local last
	last=$(tail -n 1 "$dir/expected")
	tail -n 1 "$dir/received" | grep -aqxF -- "$1$last" &&
	    sed "s/^/$1/" "$dir/expected" | cmp -s - <(received)
}

# shown_unless COMMAND...: what was received, where COMMAND fails in time.
shown_unless() {
	eventually 30 "$@" && return 0
	printf 'received:\n'
	received | cut -c 1-120 | tail -n 20
	tail -n 5 "$dir/receiver.err"
	return 1
}

# --- the daemon -------------------------------------------------------------

# talker_start OPTION...: a daemon that says on its streams what say and
# say_loud are given; sets pid.
talker_start() {
	mkfifo "$dir/quiet" "$dir/loud"
	exec {quiet}<>"$dir/quiet" {loud}<>"$dir/loud"
	printf '#!/bin/sh\ncat "$1" &\nexec cat "$2" >&2\n' >"$dir/talker"
	chmod 755 "$dir/talker"
	started -p "$dir/talker.pid" "$@" -- "$dir/talker" "$dir/quiet" \
	    "$dir/loud"
	pid=$(daemon_pid "$dir/talker.pid")
	remember "$pid"
	eventually 10 find_logger
	: >"$dir/expected"
}

# say: the lines of stdin come from the daemon's stdout, and are expected.
say() {
	tee -a "$dir/expected" >&"$quiet"
}

# said FIRST LAST: the daemon says numbered lines.
said() {
	seq -f 'line %07.0f of some length' "$1" "$2" | say
}

# is_held_up PID: it has not come further with its file for some looks.
looks=0
position=
is_held_up() {
	local now
	now=$(awk '/^pos:/ { print $2 }' "/proc/$1/fdinfo/3")
	if [[ $now != "$position" ]]; then
		looks=0
		position=$now
	fi
	((now > 0 && ++looks > 20))
}

# find_logger: sets logger to the pid of the one in this test's namespace.
find_logger() {
	local one world
	world=$(readlink "/proc/$pid/ns/mnt")
	for one in $(pgrep -f '^daemonize: log of talker'); do
		if [[ $(readlink "/proc/$one/ns/mnt") == "$world" ]]; then
			logger=$one
			return 0
		fi
	done
	return 1
}

# title: what ps shows of the daemon's logger.
title() {
	tr '\0' '\n' <"/proc/$logger/cmdline" | head -n 1
}

titled() {
	[[ $(title) == "daemonize: log of talker"*"$1"* ]]
}

not_titled() {
	! titled "$1" && titled ''
}

# --- rsyslogd ---------------------------------------------------------------

@test "rsyslogd gets facility, level, tag and pid of both streams, in order" {
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice -e syslog:mail.err
	said 1 5000
	seq -f 'loud %07.0f' 1 5000 >&"$loud"
	shown_unless eval '[[ $(received | wc -l) -eq 10000 ]]'
	sed "s/^/local3.notice talker $pid /" "$dir/expected" |
	    cmp - <(received | grep ' line ')
	seq -f "mail.err talker $pid loud %07.0f" 1 5000 |
	    cmp - <(received | grep ' loud ')
}

@test "rsyslogd gets the name of --name as the tag, and daemon.info by itself" {
	private_world
	rsyslogd_start
	started --name=a-name --log=syslog: -- sh -c 'echo one; exec sleep 60'
	eventually 15 grep -qE '^daemon.info a-name [0-9]+ one$' \
	    "$dir/received"
}

@test "rsyslogd gets long lines in pieces and control characters as octal" {
	local text
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice
	head -c 5000 /dev/zero | tr '\0' x >"$dir/long"
	printf '\n' >>"$dir/long"
	printf 'e' >>"$dir/long"		# no character ends on an even byte
	for ((i = 0; i < 2500; i++)); do
		printf '\xc3\xa9'
	done >>"$dir/long"
	printf '\n' >>"$dir/long"
	printf '\n\na\001b\tc\033[m\177\000\r \\ \xff\n\nend\n' >>"$dir/long"
	cat "$dir/long" >&"$quiet"
	shown_unless eval 'received | grep -q " end\$"'
	received | sed "s/^local3.notice talker $pid //" >"$dir/texts"
	# No piece is longer than 2000 bytes, and none cuts a character.
	text=$(LC_ALL=C awk '{ print length($0) }' "$dir/texts" | head -n 6)
	is "$text" $'2000\n2000\n1000\n1999\n2000\n1002'
	head -n 6 "$dir/texts" | iconv -f UTF-8 -t UTF-16 >/dev/null
	head -n 2 "$dir/long" | tr -d '\n' |
	    cmp - <(head -n 6 "$dir/texts" | tr -d '\n')
	# Empty lines are left out.
	tail -n +7 "$dir/texts" | cmp - <(
	    printf 'a\\001b\tc\\033[m\\177\\000\\015 \\ \xff\nend\n')
}

@test "no line is lost that is written while rsyslogd is down" {
	local signal
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice
	said 1 1000
	for signal in TERM KILL; do
		shown_unless received_is "local3.notice talker $pid "
		receiver_stop "$signal"
		said 1001 1500
		eventually 15 titled ' waiting: '
		said 1501 2000
		rsyslogd_start
		shown_unless received_is "local3.notice talker $pid "
		eventually 15 not_titled ' waiting: '
		said 2001 2010
	done
	shown_unless received_is "local3.notice talker $pid "
}

@test "a daemon is held up and no line is lost while rsyslogd does not read" {
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice
	said 1 10
	shown_unless received_is "local3.notice talker $pid "
	kill -STOP "$receiver"
	# More than every queue on the way takes: the last ones wait here.
	seq -f 'line %07.0f of some length' 11 100000 >"$dir/more"
	cat "$dir/more" >>"$dir/expected"
	cat "$dir/more" >&"$quiet" 2>/dev/null 3>&- 4>&- &
	writer=$!
	remember "$writer"
	# The daemon reads no more: it waits to write, the pipe is full.
	eventually 15 is_held_up "$writer"
	alive "$writer"
	kill -CONT "$receiver"
	wait "$writer"
	shown_unless received_is "local3.notice talker $pid "
}

@test "lines that are dropped while rsyslogd is down are counted" {
	local all got lost
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice --log-full=drop
	said 1 10
	shown_unless received_is "local3.notice talker $pid "
	receiver_stop TERM
	said 11 100000
	eventually 15 titled ' lines dropped'
	printf 'the last\n' >&"$loud"
	rsyslogd_start
	shown_unless eval 'received | grep -q "the last\$"'
	# Once more: everything before that has arrived as well.
	printf 'the very last\n' >&"$quiet"
	shown_unless eval 'received | grep -q "the very last\$"'
	received >"$dir/all"
	got=$(grep -c ' line ' "$dir/all")
	lost=$(sed -n 's/.* daemonize: \([0-9]*\) lines\{0,1\} dropped: .*/\1/p' \
	    "$dir/all" | awk '{ n += $1 } END { print n + 0 }')
	printf '%s lines arrived, %s were dropped\n' "$got" "$lost"
	((lost > 0 && got > 10))
	is $((got + lost)) 100000
	# In order, and none twice.
	grep ' line ' "$dir/all" | sort -c -u
	titled " $lost lines dropped"
	all=$(grep -c ' daemonize: ' "$dir/all")
	((all > 0))
}

# --- another syslogd --------------------------------------------------------

# syslogd_start: that of busybox or of inetutils. What it gets is in
# $dir/received, as "TIME HOST FACILITY.LEVEL TAG[PID]: TEXT" or without the
# level.
syslogd_start() {
	if busybox syslogd --help 2>&1 | grep -q -e '-O FILE'; then
		within busybox syslogd -n -O "$dir/received"
	elif syslogd --version 2>/dev/null | grep -q inetutils; then
		printf 'local3.=notice\t%s\n' "$dir/received" >"$dir/syslog.conf"
		within syslogd --no-detach --no-klog -f "$dir/syslog.conf" \
		    --pidfile="$dir/syslogd.id"
	else
		skip 'needs the syslogd of busybox or inetutils'
	fi
	eventually 15 is_socket /dev/log ||
	    skip "no syslogd runs here: $(<"$dir/receiver.err")"
}

@test "another syslogd gets every line, and those written while it was down" {
	private_world
	syslogd_start
	talker_start --log=syslog:local3.notice
	received() {
		cat "${earlier[@]}" "$dir/received" | sed -n \
		    "s/^.*talker\[$pid\]: /talker /p"
	}
	# It has a received line for every line.
	got_all() {
		sed 's/^/talker /' "$dir/expected" | cmp -s - <(received)
	}
	said 1 1000
	shown_unless got_all
	if grep -q 'local3' "$dir/received"; then
		! grep -v ' local3.notice talker\[' "$dir/received" |
		    grep talker
	fi
	receiver_stop KILL
	said 1001 2000
	eventually 15 titled ' waiting: '
	syslogd_start
	shown_unless got_all
}

# --- the journal ------------------------------------------------------------

# journal_start: a receiver whose entries are in $dir/received, a tab between
# the fields.
journal_start() {
	"${inside[@]}" mkdir -p /run/systemd/journal
	"${inside[@]}" rm -f /run/systemd/journal/socket
	within "$DATAGRAMS" /run/systemd/journal/socket
	eventually 15 is_socket /run/systemd/journal/socket
}

# entry STREAM LEVEL MESSAGE: how it is to be received.
entry() {
	printf 'PRIORITY=%s\tSYSLOG_IDENTIFIER=talker\tSYSLOG_PID=%s\t' \
	    "$2" "$pid"
	printf 'DAEMONIZE_STREAM=%s\t%s\n' "$1" "$3"
}

@test "the journal gets fields as its protocol has them, and every byte" {
	local x=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
	private_world
	journal_start
	talker_start -o journal:notice -e journal:
	printf 'plain = text\n\ntab\there\n\001\n\xff\\\xc3\xa9\na\0b\r\n' \
	    >&"$quiet"
	shown_unless eval '[[ $(wc -l <"$dir/received") -eq 5 ]]'
	{
		entry stdout 5 'MESSAGE=plain = text'
		entry stdout 5 'MESSAGE=tab\x09here'
		entry stdout 5 'MESSAGE:1=\x01'
		entry stdout 5 'MESSAGE=\xff\x5c\xc3\xa9'
		entry stdout 5 'MESSAGE:4=a\x00b\x0d'
	} >"$dir/want"
	diff "$dir/want" "$dir/received"
	printf 'loud\n' >&"$loud"
	entry stderr 6 'MESSAGE=loud' >>"$dir/want"
	shown_unless cmp -s "$dir/want" "$dir/received"
	# A long line comes in pieces of 48 KiB, with nothing between them.
	while ((${#x} < 100000)); do
		x+=$x
	done
	printf '%s\n' "$x" >&"$quiet"
	{
		entry stdout 5 "MESSAGE=${x:0:49152}"
		entry stdout 5 "MESSAGE=${x:49152:49152}"
		entry stdout 5 "MESSAGE=${x:98304}"
	} >>"$dir/want"
	shown_unless cmp -s "$dir/want" "$dir/received"
}

@test "no line is lost that is written while the journal is down" {
	local number
	private_world
	journal_start
	talker_start --log=journal:err
	said 1 1000
	# It has a receiver's line for every line.
	got_all() {
		while read -r line; do
			entry stdout 3 "MESSAGE=$line"
		done <"$dir/expected" | cmp -s - \
		    <(cat "${earlier[@]}" "$dir/received")
	}
	shown_unless got_all
	receiver_stop KILL
	said 1001 2000
	eventually 15 titled ' waiting: '
	journal_start
	shown_unless got_all
}

# journald_start: the real one; what it keeps is in the namespace's /run.
journald_start() {
	local program=/lib/systemd/systemd-journald
	[[ -x $program ]] || skip 'needs systemd-journald'
	need_cmd journalctl
	[[ -s /etc/machine-id ]] || skip 'there is no machine-id for journald'
	"${inside[@]}" mkdir -p /run/systemd/journald.conf.d
	printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n%s\n' \
	    ForwardToSyslog=no |
	    "${inside[@]}" tee /run/systemd/journald.conf.d/test.conf >/dev/null
	"${inside[@]}" rm -f /run/systemd/journal/socket
	within "$program"
	eventually 15 is_socket /run/systemd/journal/socket ||
	    skip "systemd-journald does not run here: $(<"$dir/receiver.err")"
}

# journaled MATCH...: the messages of entries that have these fields.
journaled() {
	"${inside[@]}" journalctl --directory=/run/log/journal --no-pager \
	    --quiet --all --output=cat "$@"
}

@test "systemd-journald gets every line, and those written while it was down" {
	private_world
	journald_start
	talker_start --log=journal:notice
	is_kept() {
		journaled SYSLOG_IDENTIFIER=talker SYSLOG_PID="$pid" \
		    PRIORITY=5 DAEMONIZE_STREAM=stdout _TRANSPORT=journal |
		    cmp -s - "$dir/expected"
	}
	said 1 500
	printf 'tab\tand \001 and \xff\n' | say
	shown_unless is_kept
	receiver_stop KILL
	said 501 1000
	eventually 15 titled ' waiting: '
	journald_start
	shown_unless is_kept
	printf 'loud\n' >&"$loud"
	eventually 15 eval \
	    '[[ $(journaled DAEMONIZE_STREAM=stderr PRIORITY=5) == loud ]]'
}
