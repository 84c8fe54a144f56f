#!/usr/bin/env bats
# --log=journal: against systemd-journald, and against a receiver that shows
# every byte.

bats_require_minimum_version 1.5.0
load helper/common
load helper/syslog

# --- the journal ------------------------------------------------------------

# journal_start: a receiver whose entries are in $dir/received, a tab between
# the fields.
journal_start() {
	"${inside[@]}" mkdir -p /run/systemd/journal
	"${inside[@]}" rm -f /run/systemd/journal/socket
	within "$DATAGRAMS" /run/systemd/journal/socket
	eventually 60 is_socket /run/systemd/journal/socket
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
	eventually 60 titled ' waiting: '
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
	eventually 60 is_socket /run/systemd/journal/socket ||
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
	eventually 60 titled ' waiting: '
	journald_start
	shown_unless is_kept
	printf 'loud\n' >&"$loud"
	eventually 60 eval \
	    '[[ $(journaled DAEMONIZE_STREAM=stderr PRIORITY=5) == loud ]]'
}
