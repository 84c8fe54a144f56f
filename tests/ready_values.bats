#!/usr/bin/env bats
# --ready with values that are mistakes of usage.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready
load helper/programs

# --- values -------------------------------------------------------------------

@test "bad conditions are mistakes of usage" {
	local value
	for value in '' nonsense exec: exec:now notify:x exit:0 alive alive: \
	    alive:x alive:-1 fd fd: fd:2 fd:1024 fd:x fd:-3 fd:+3 file file: \
	    unix: tcp tcp: tcp:0 tcp:65536 tcp:x tcp:80: tcp:+80 tcp::80 \
	    tcp:a:b:80 'tcp:[:80' 'tcp:[]:80' tcp:x:http log: command: \
	    "unix:$(printf '/%0110d' 0)"; do
		refused 2 "invalid --ready '$(sed 's/[][+*]/./g' <<<"$value")" \
		    --ready="$value" touch "$T/started"
	done
}

@test "a bad expression is told as such" {
	refused 2 "invalid --ready 'log:\(': .*[Uu]nmatched" --ready='log:(' \
	    -o "$(state_dir)/x" sleep 1
}

@test "log: needs an output that can be read" {
	refused 2 "invalid --ready 'log:x': there is no output to look at" \
	    --ready=log:x sleep 1
	refused 2 'there is no output to look at' --ready=log:x \
	    --log=inherit: sleep 1
	refused 2 'there is no output to look at' --ready=log:x \
	    -o null: -e inherit: sleep 1
	mkfifo "$T/fifo"
	exec 8<>"$T/fifo"
	refused 1 "cannot read $T/fifo: not a regular file" --ready=log:x \
	    --log="$T/fifo" sleep 1000
	exec 8>&-
}

@test "fd: is refused where the number is taken, and twice" {
	exec 7</dev/null
	refused 2 "invalid --ready 'fd:7': the descriptor is one of --keep-fd" \
	    --keep-fd=7 --ready=fd:7 sleep 1
	exec 7<&-
	refused 2 "invalid --ready 'fd:7': the descriptor is named twice" \
	    --ready=fd:7 --ready=fd:7 sleep 1
}

@test "exit goes alone, and times are above nothing" {
	refused 2 "invalid --ready 'exit': it cannot be combined with others" \
	    --ready=exit --ready=alive:1s sleep 1
	for option in timeout max-runtime; do
		for value in '' 0 x -1; do
			refused 2 "invalid --$option '$value': must be a time" \
			    --ready=exit "--$option=$value" sleep 1
		done
	done
	refused 2 "invalid --jitter '30d'" --jitter=30d sleep 1
}

@test "a time that nobody lives to see is refused, and not met at once" {
	local value=9223372036854775807ms
	refused 2 "invalid --ready 'alive:$value'" --ready="alive:$value" \
	    sleep 1000
	refused 2 "invalid --timeout '$value'" --timeout="$value" sleep 1000
	refused 2 "invalid --stop-timeout '$value'" --stop-timeout="$value" \
	    sleep 1000
}

@test "there is time for alive:, or it is refused" {
	refused 2 "^daemonize: invalid --ready 'alive:2m': --timeout is not longer\$" \
	    --ready=alive:2m --timeout=120s sleep 1000
	start --dry-run --ready=alive:2m --ready=alive:1m sleep 1000
	[[ $status -eq 0 ]]
	[[ $(tail -n 1 <<<"$output") == *', at most 180 s' ]]
	start --dry-run --ready=alive:2m --timeout=121 sleep 1000
	[[ $(tail -n 1 <<<"$output") == *', at most 121 s' ]]
}

@test "seventeen conditions are one too many" {
	local many=()
	for ((i = 0; i < 17; i++)); do
		many+=(--ready=alive:1ms)
	done
	refused 2 'is one condition too many' "${many[@]}" sleep 1
	ready "${many[@]:1}" sleep 1000
	is_running
}

@test "a host that does not exist is told before the start" {
	# Too long for any server of names to be asked: none may be in reach.
	local name
	name=$(printf '%064d' 0).invalid
	refused 1 "cannot resolve $name: " --ready="tcp:$name:80" \
	    touch "$T/started"
}

@test "the command line takes the place of the file's conditions" {
	printf 'ready = file:%s\nready = alive:10ms\ntimeout = 300ms\n' \
	    "$T/none" >"$T/conf"
	chmod 600 "$T/conf"
	refused 124 "waiting for file:$T/none" --config="$T/conf" sleep 1000
	ready --config="$T/conf" --ready=alive:1ms --ready=alive:2ms sleep 1000
	is_running
	ready --config="$T/conf" --ready=exec sleep 1000
	is_running
}
