#!/usr/bin/env bats
# Standard output and error lead to files: which, how they are opened, and with
# which mode.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

mode_is() {
	is "$(stat -c %a "$1")" "$2"
}

# --- files ------------------------------------------------------------------

@test "-o and -e lead to their files" {
	started -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'echo to out; echo to err >&2; exec sleep 600'
	eventually 60 test -s "$err"
	is "$(<"$out")" 'to out'
	is "$(<"$err")" 'to err'
}

@test "only -o: stderr is /dev/null, and the other way round" {
	witness_start -o "$out"
	[[ $(witness_get fd.1) == "$out|"* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
	kill "$pid"
	eventually 60 dead "$pid"
	rm "$report"
	witness_start -e "$err"
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == "$err|"* ]]
}

@test "-o and -e truncate" {
	printf 'old\n' | tee "$out" >"$err"
	started -p "$dir/d.pid" -o "$out" -e "$err" sleep 600
	[[ ! -s $out && ! -s $err ]]
}

@test "-a appends" {
	printf 'old\n' | tee "$out" >"$err"
	started -a -p "$dir/d.pid" -o "$out" -e "$err" -- \
	    sh -c 'echo new; echo new >&2; exec sleep 600'
	eventually 60 grep -q new "$err"
	is "$(<"$out")" "old${newline}new"
	is "$(<"$err")" "old${newline}new"
}

@test "--log takes both and appends" {
	printf 'old\n' >"$out"
	started -p "$dir/d.pid" --log "$out" -- \
	    sh -c 'echo one; echo two >&2; exec sleep 600'
	eventually 60 grep -q two "$out"
	is "$(<"$out")" "old${newline}one${newline}two"
}

@test "-o and -e each override --log for their stream" {
	witness_start --log "$dir/log" -o "$out"
	[[ $(witness_get fd.1) == "$out|"* ]]
	[[ $(witness_get fd.2) == "$dir/log|"* ]]
	kill "$pid"
	eventually 60 dead "$pid"
	rm "$report"
	witness_start --log "$dir/log" --stderr null:
	[[ $(witness_get fd.1) == "$dir/log|"* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
}

@test "every log is open for appending, writing only, nothing else" {
	witness_start -o "$out" -e "$err"
	is "$(witness_get fd.1)" "$out|w|append,"
	is "$(witness_get fd.2)" "$err|w|append,"
	kill "$pid"
	eventually 60 dead "$pid"
	rm "$report"
	witness_start --log "$out"
	is "$(witness_get fd.1)" "$out|w|append,"
	is "$(witness_get fd.2)" "$out|w|append,"
}

@test "a log cut short by logrotate's copytruncate goes on at its begin" {
	started -p "$dir/d.pid" -o "$out" -- sh -c 'echo first
	    until test -e "$0"; do sleep 0.02; done
	    echo second; exec sleep 600' "$dir/go"
	eventually 60 test -s "$out"
	: >"$out"
	: >"$dir/go"
	eventually 60 test -s "$out"
	is "$(<"$out")" second
	is "$(stat -c %s "$out")" 7
}

@test "the same file for -o and -e is one open description" {
	witness_start -o "$out" -e "$out"
	witness_is shared.1.2 yes
	kill "$pid"
	eventually 60 dead "$pid"
	rm "$report"
	witness_start --log "$out"
	witness_is shared.1.2 yes
}

@test "the same file under two names is one open description" {
	mkdir "$dir/sub"
	cd "$dir"
	witness_start -o "$dir/out" -e sub/../out
	witness_is shared.1.2 yes
	kill "$pid"
	eventually 60 dead "$pid"
	rm "$report"
	witness_start -o out -e "file:$dir/out"
	witness_is shared.1.2 yes
}

@test "what both streams write into one file keeps its order" {
	started -p "$dir/d.pid" -o "$out" -e "$out" -- sh -c '
		for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done
		exec sleep 600'
	eventually 60 grep -q e9 "$out"
	is "$(tr -d '\n' <"$out")" o1e1o2e2o3e3o4e4o5e5o6e6o7e7o8e8o9e9
}

@test "different files are different descriptions" {
	witness_start -o "$out" -e "$err"
	witness_is shared.1.2 no
}

@test "a new log has mode 0640, whatever the umask" {
	umask 0
	started -p "$dir/d.pid" -o "$out" -e "$err" sleep 600
	mode_is "$out" 640
	mode_is "$err" 640
	umask 077
	started -p "$dir/e.pid" --log "$dir/log" sleep 600
	mode_is "$dir/log" 640
}

@test "the target's umask does not change the mode of its logs" {
	started -p "$dir/d.pid" -m 077 -o "$out" sleep 600
	mode_is "$out" 640
}

@test "--log-mode sets the mode of new logs, exactly" {
	umask 077
	started -p "$dir/d.pid" --log-mode 0664 -o "$out" sleep 600
	mode_is "$out" 664
	started -p "$dir/e.pid" --log-mode=600 --log "$dir/log" sleep 600
	mode_is "$dir/log" 600
}

@test "a log that is there already keeps its mode" {
	: >"$out"
	chmod 604 "$out"
	started -p "$dir/d.pid" -o "$out" --log-mode 0666 sleep 600
	mode_is "$out" 604
}

@test "relative names count from the caller's directory" {
	mkdir "$dir/here"
	cd "$dir/here"
	started -p d.pid -o out --stderr=file:err -c / -- \
	    sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 60 test -s err
	is "$(<out)" o
	is "$(<err)" e
	daemon_pid d.pid
}

@test "file: allows a name that looks like a scheme" {
	cd "$dir"
	witness_start -o file:null: -e file:inherit:
	[[ $(witness_get fd.1) == "$dir/null:|"* ]]
	[[ $(witness_get fd.2) == "$dir/inherit:|"* ]]
}

@test "a name with another colon is a file" {
	cd "$dir"
	witness_start -o foo:bar
	[[ $(witness_get fd.1) == "$dir/foo:bar|"* ]]
}

@test "null: discards" {
	witness_start -o null: -e null:
	[[ $(witness_get fd.1) == '/dev/null|'* ]]
	[[ $(witness_get fd.2) == '/dev/null|'* ]]
}
