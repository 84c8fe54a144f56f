#!/usr/bin/env bats
# daemonctl status: what it says of the process between a daemon and its log.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/status

# --- the logger -------------------------------------------------------------------

# logger_is FILTER WANTED NAME: jq's answer about NAME's log, in the end.
logger_is() {
	need_cmd jq
	is_so() {
		control status --json "$3"
		[[ $status -eq 0 && -z $error ]] || return 1
		jq -r '.[0].log.pid // empty' <<<"$output" \
		    >>"$(state_dir)/loggers"
		[[ $(jq -r ".[0].log$1" <<<"$output") == "$2" ]]
	}
	eventually 60 is_so "$@"
}

# end_logger NAME: the logger of this daemon is killed.
end_logger() {
	local pid
	control status --json "$1"
	pid=$(jq '.[0].log.pid' <<<"$output")
	grep -qa '^daemonize: log of ' "/proc/$pid/cmdline"
	kill -KILL "$pid"
	eventually 30 dead "$pid"
}

@test "a daemon without a logger, and one whose logger is well: nothing more" {
	need_cmd jq
	daemon plain -o "$BATS_TEST_TMPDIR/plain" sleep 1000
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	for name in plain web; do
		control status "$name"
		[[ $status -eq 0 && $output != *log:* ]]
	done
	logger_is .dropped 0 web
	control status --json plain web
	valid
	json '.[0] | has("log")' false
	json '.[1].log | keys | join(" ")' 'dropped pid'
}

@test "a daemon has been started: its logger is known from then on" {
	need_cmd jq
	started -n web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	control status --json web
	json '.[0].log.dropped' 0
	logger=$(jq '.[0].log.pid' <<<"$output")
	[[ $(ps -o args= -p "$logger") == 'daemonize: log of web to '* ]]
}

@test "a log that cannot be written: status says what it waits for" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	daemon web --log /dev/full --log-timestamp sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' web
	control status web
	[[ $status -eq 0 ]]
	[[ $output == *', sleep 1000, log: waiting: No space left on device' ]]
}

@test "lines that were dropped: status counts them" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	daemon web --log /dev/full --log-timestamp --log-full=drop \
	    sh -c 'seq 1000000; exec sleep 1000'
	logger_is '.dropped > 1000' true web
	control status web
	[[ $status -eq 0 ]]
	[[ $output =~ ,\ log:\ [0-9]+\ lines\ dropped,\ waiting:\ No\ space ]]
}

@test "a logger that has died: status says that it is gone" {
	need_cmd jq
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	logger_is .dropped 0 web
	end_logger web
	logger_is .gone true web
	control status web
	[[ $status -eq 0 && $output == *', sleep 1000, log: its logger is gone' ]]
	json_keys=$("${via[@]}" "$DAEMONCTL" status --json web |
	    jq -r '.[0].log | keys | join(" ")')
	is "$json_keys" gone
}

@test "the logger of a pseudo-terminal is found as well" {
	daemon web --log /dev/full --pty sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' web
}

@test "several daemons: each has its own logger" {
	need_cmd jq
	daemon one --log "$BATS_TEST_TMPDIR/one" --log-timestamp sleep 1000
	daemon two --log "$BATS_TEST_TMPDIR/two" --pty sleep 1000
	daemon three --log "$BATS_TEST_TMPDIR/three" --log-timestamp sleep 1000
	for name in one two three; do
		logger_is .dropped 0 "$name"
	done
	control status --json one two three
	for i in 0 1 2; do
		logger=$(jq ".[$i].log.pid" <<<"$output")
		name=$(jq -r ".[$i].name" <<<"$output")
		grep -qa "log of $name to .*/$name" "/proc/$logger/cmdline"
	done
}

@test "no name and no path can forge a state" {
	hostile='a to b; 3 lines dropped, x'
	mkdir "$BATS_TEST_TMPDIR/; waiting: nothing"
	daemon "$hostile" --log-timestamp \
	    --log "$BATS_TEST_TMPDIR/; waiting: nothing/, journal" sleep 1000
	logger_is .dropped 0 "$hostile"
	logger_is .waiting null "$hostile"
}

@test "a state fits where names and paths are long and there is little room" {
	[[ -c /dev/full ]] || skip 'needs /dev/full'
	long=$(printf 'n%.0s' {1..200})
	daemon "$long" --log /dev/full --log "$BATS_TEST_TMPDIR/$long" \
	    --log "$BATS_TEST_TMPDIR/$long.2" --log-timestamp \
	    sh -c 'echo x; exec sleep 1000'
	logger_is .waiting 'No space left on device' "$long"
	# Without an environment there is only the room of the arguments.
	via+=(env -i)
	started -p "$BATS_TEST_TMPDIR/x.pid" -o /dev/full --log-reopen \
	    sh -c 'echo x; exec sleep 1000'
	is_told() {
		control status -p "$BATS_TEST_TMPDIR/x.pid"
		[[ $output == *', log: waiting: No space left on device' ]]
	}
	eventually 30 is_told
	control status -jp "$BATS_TEST_TMPDIR/x.pid"
	jq '.[0].log.pid' <<<"$output" >>"$(state_dir)/loggers"
}

@test "what only calls itself a logger is none" {
	daemon web --log "$BATS_TEST_TMPDIR/log" --log-timestamp sleep 1000
	need_cmd jq
	logger_is .dropped 0 web
	end_logger web
	bash -c 'exec -a "daemonize: log of web to /x; 5 lines dropped" \
	    sleep 1000' </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	at_rest $!
	logger_is .gone true web
}
