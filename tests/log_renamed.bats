#!/usr/bin/env bats
# Logs that somebody else renames, replaces or truncates, as logrotate does.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# --- rotated by others ------------------------------------------------------

@test "a log that is renamed is made anew for the next line" {
	obeying --log-reopen --log "$log"
	says one
	mv "$log" "$log.1"
	says two
	holds "$log.1" one
	holds "$log" two
	is "$(stat -c %a "$log")" 640
	rm "$log"
	says three
	holds "$log" three
}

@test "every logger follows its files, --log-reopen or not" {
	obeying --log-timestamp=%% --log "$log" --log "$dir/second"
	tell 'echo one'
	eventually 60 has '% one' second
	mv "$log" "$log.1"
	rm second
	tell 'echo two'
	eventually 60 has '% two' second
	holds "$log" '% two'
	holds "$log.1" '% one'
}

@test "SIGHUP opens the files anew at once" {
	obeying --log-reopen --log "$log"
	says one
	mv "$log" "$log.1"
	kill -HUP "$logger"
	eventually 60 test -e "$log"
	[[ ! -s $log ]]
	says two
	holds "$log.1" one
}

@test "another file that was put in its place is used, and keeps its mode" {
	obeying --log-reopen --log "$log"
	says one
	printf 'prepared\n' >new
	chmod 604 new
	mv "$log" "$log.1"
	mv new "$log"
	says two
	holds "$log" prepared two
	is "$(stat -c %a "$log")" 604
}

@test "a symbolic link that was put in its place is not followed" {
	printf 'precious\n' >victim
	obeying --log-reopen --log "$log"
	says one
	mv "$log" "$log.1"
	ln -s victim "$log"
	kill -HUP "$logger"
	tell 'echo two' ": >$dir/here"
	eventually 60 test -e here
	rm "$log"
	says three
	holds victim precious
}

@test "renamed a hundred times while lines stream: each of them, in order" {
	obeying --log-timestamp=%% --log "$log"
	tell "i=0; until test -e $dir/stop; do echo \$((i += 1)); done" \
	    "echo \$i >$dir/total; kill \$\$"
	for i in {100..199}; do
		eventually 60 test -s "$log"
		mv "$log" "$log.$i"
		((i % 3)) || kill -HUP "$logger"
	done
	: >stop
	eventually 60 is_silent
	counts <(cat "$log".* "$log") "$(<total)" '% '
}

@test "truncated while lines stream: what is left has no holes" {
	obeying --log-reopen --log "$log"
	says one two
	: >"$log"
	says three
	holds "$log" three
	: >"$log"
	says four
	holds "$log" four
}

# rotate_by_logrotate LINE...: with these lines of configuration.
rotate_by_logrotate() {
	need_cmd logrotate
	printf '%s {\nrotate 3\nmissingok\n%s\n}\n' "$log" \
	    "$(printf '%s\n' "$@")" >rotate.conf
	chmod 644 rotate.conf
	logrotate -f -s "$dir/rotate.state" rotate.conf 3>&-
}

@test "logrotate itself, with create" {
	need_cmd logrotate
	obeying --log-reopen --log "$log"
	says one
	rotate_by_logrotate 'create 600'
	says two
	rotate_by_logrotate 'create 600'
	says three
	holds "$log.2" one
	holds "$log.1" two
	holds "$log" three
	is "$(stat -c %a "$log")" 600
}

@test "logrotate itself, with nocreate and a SIGHUP" {
	need_cmd logrotate
	obeying --log-reopen --log "$log"
	says one
	rotate_by_logrotate nocreate postrotate "kill -HUP $logger" endscript
	eventually 60 test -e "$log"
	says two
	holds "$log.1" one
	holds "$log" two
}

@test "logrotate itself, with copytruncate, also without a logger" {
	need_cmd logrotate
	obeying --log-timestamp=%% --log "$log"
	tell 'echo one'
	eventually 60 has '% one'
	rotate_by_logrotate copytruncate
	tell 'echo two'
	eventually 60 has '% two'
	holds "$log.1" '% one'
	holds "$log" '% two'
	tell 'kill $$'
	eventually 60 is_silent
	start --argv0="$name" --log "$log" -i "$dir/orders" -- \
	    sh -c 'while IFS= read -r order; do eval "$order"; done'
	remember "$(named)"
	says three
	rotate_by_logrotate copytruncate
	says four
	holds "$log" four
}
