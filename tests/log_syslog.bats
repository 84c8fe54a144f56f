#!/usr/bin/env bats
# --log=syslog: against the real receivers, rsyslogd and the syslogd of busybox
# or inetutils. The journal is in log_journal.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/syslog

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
	if ! eventually 60 is_socket /dev/log; then
		skip "rsyslogd does not run here: $(<"$dir/receiver.err")"
	fi
	# A line of its own says that it reads.
	eventually 60 grep -q 'syslog.info rsyslogd' "$dir/received"
}

# received_is PREFIX: exactly the lines in $dir/expected, after PREFIX. The
# last one is looked for first: that is quick.
received_is() {
	local last
	last=$(tail -n 1 "$dir/expected")
	tail -n 1 "$dir/received" | grep -aqxF -- "$1$last" &&
	    sed "s/^/$1/" "$dir/expected" | cmp -s - <(received)
}

# --- the daemon -------------------------------------------------------------

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
	eventually 60 grep -qE '^daemon.info a-name [0-9]+ one$' \
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
		eventually 60 titled ' waiting: '
		said 1501 2000
		rsyslogd_start
		shown_unless received_is "local3.notice talker $pid "
		eventually 60 not_titled ' waiting: '
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
	eventually 60 is_held_up "$writer"
	alive "$writer"
	kill -CONT "$receiver"
	wait "$writer"
	shown_unless received_is "local3.notice talker $pid "
}

# knock: says one more line on the other stream. Has one arrived?
knock() {
	knocks=$((knocks + 1))
	printf 'a knock\n' >&"$loud"
	received | grep -q 'a knock$'
}

# both_ended: the last line of either stream has arrived.
both_ended() {
	[[ $(received | grep -c 'the last$') -eq 2 ]]
}

@test "lines that are dropped while rsyslogd is down are counted" {
	local all got lost knocks=0
	private_world
	rsyslogd_start
	talker_start --log=syslog:local3.notice --log-full=drop
	said 1 10
	shown_unless received_is "local3.notice talker $pid "
	receiver_stop TERM
	said 11 100000
	eventually 60 titled ' lines dropped'
	rsyslogd_start
	# Until it is tried again what the other stream says is dropped, too.
	shown_unless knock
	printf 'the last\n' >&"$quiet"
	printf 'the last\n' >&"$loud"
	shown_unless both_ended
	received >"$dir/all"
	got=$(grep -c -e ' line ' -e 'a knock$' "$dir/all")
	lost=$(sed -n 's/.* daemonize: \([0-9]*\) lines\{0,1\} dropped: .*/\1/p' \
	    "$dir/all" | awk '{ n += $1 } END { print n + 0 }')
	printf '%s lines arrived, %s were dropped\n' "$got" "$lost"
	((lost > 0 && got > 10))
	is $((got + lost)) $((100000 + knocks))
	# In order, and none twice.
	grep ' line ' "$dir/all" | sort -c -u
	eventually 60 titled " $lost lines dropped"
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
	eventually 60 is_socket /dev/log ||
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
	eventually 60 titled ' waiting: '
	syslogd_start
	shown_unless got_all
}
