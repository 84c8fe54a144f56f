#!/usr/bin/env bats
# daemonctl inspect asked of what is no daemon, and what is missing there.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/inspect

# hang_up: the session of terminal ends, and the terminal with it.
hang_up() {
	touch over
	eventually 30 has_no_terminal "$pid"
	eventually 30 is_adopted "$pid"
}

has_no_terminal() {
	[[ $(stat_field "$1" 7) -eq 0 ]]
}

need_init() {
	[[ $ADOPTER -eq 1 ]] || skip 'orphans do not come to process 1 here'
}

# --- what is no daemon --------------------------------------------------------

@test "a kernel thread is no daemon, although it has no terminal" {
	[[ $(stat_field 2 4) -eq 0 && -z $(tr -d '\0' </proc/2/cmdline) ]] ||
	    skip 'process 2 is no kernel thread here'
	no_daemon 2 kernel
	grep -qE '^ok +terminal: ' <<<"$output"
	row_is_that_of_ps 2
}

@test "a background job of a shell is no daemon" {
	sleep 600 3>&- &
	remember $!
	no_daemon $! session group parent
	row_is_that_of_ps $!
}

@test "a background job on a terminal is no daemon" {
	terminal 'set -m' 'sleep 600 & pid=$!'
	no_daemon "$pid" session terminal parent streams
	row_is_that_of_ps "$pid"
	[[ $(ps_column "$pid" TTY) == pts/* ]]
}

@test "a job under nohup is no daemon while its terminal lives" {
	terminal 'set -m' 'nohup sleep 600 & pid=$!'
	eventually 30 grep -q sleep "/proc/$pid/comm"
	no_daemon "$pid" session terminal parent
	grep -qE '^note signals: .*HUP' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a job under nohup is no daemon when its terminal is gone" {
	need_init
	terminal 'set -m' 'nohup sleep 600 & pid=$!'
	eventually 30 grep -q sleep "/proc/$pid/comm"
	hang_up
	# No terminal any more, and init is its parent.
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	no_daemon "$pid" group
	grep -qE '^ok +terminal: ' <<<"$output"
	grep -qE '^ok +parent: ' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a setsid'd shell is no daemon, although it has no terminal" {
	terminal 'setsid sh -c "echo \$\$ >inner; while :; do sleep 1; done" &' \
	    'until [ -s inner ]; do command sleep 0.02; done; pid=$(cat inner)'
	is "$(ps_column "$pid" TTY)" '?'
	is "$(ps_column "$pid" TPGID)" -1
	is "$(ps_column "$pid" SID)" "$pid"
	is "$(ps_column "$pid" PGID)" "$pid"
	no_daemon "$pid" parent streams
	grep -qE '^ok +session: ' <<<"$output"
	grep -qE '^ok +terminal: ' <<<"$output"
	row_is_that_of_ps "$pid"
}

@test "a setsid'd shell whose parent is gone still has the terminal open" {
	need_init
	terminal '(setsid sh -c "echo \$\$ >inner; exec sleep 600" &)' \
	    'until [ -s inner ]; do command sleep 0.02; done; pid=$(cat inner)'
	eventually 30 is_adopted "$pid"
	no_daemon "$pid" streams
	is "$missing" ' streams '
}

@test "a process stopped on the way, bats itself and inspect's parent are told" {
	sleep 600 3>&- &
	remember $!
	halt $!
	no_daemon $! parent
	row_is_that_of_ps $!
	no_daemon $$
}

@test "names with blanks, brackets and control bytes do not confuse it" {
	cp /bin/sleep "$T/a) S 1 (b"
	(exec -a $'x\n\e[1my' "$T/a) S 1 (b" 600 3>&-) &
	pid=$!
	remember "$pid"
	eventually 30 grep -qF 'a) S 1 (b' "/proc/$pid/comm"
	no_daemon "$pid" parent
	is "$(wc -l <<<"$output")" 18
	[[ $output != *$'\e'* ]]
	is "$(sed -n 2p <<<"$output" | awk '{ print $1, $2, $3, $4 }')" \
	    "$(ps_row "$pid" | awk 'NR == 1 { print $1, $2, $3, $4 }')"
}
