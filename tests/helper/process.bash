# shellcheck shell=bash
# What helper/common has for waiting with a deadline, for looking at processes
# and for stopping exactly what was started.

# --- waiting ----------------------------------------------------------------

# now_us: the time in microseconds.
now_us() {
	printf '%s\n' "${EPOCHREALTIME//[^0-9]/}"
}

# eventually SECONDS COMMAND...: tries COMMAND until it succeeds; after
# SECONDS it says so on stderr and fails. A try counts for a tenth of a second
# at most: where the machine stood still, nobody could get on meanwhile.
eventually() {
	local seconds=$1 budget_us spent_us looked_us=${EPOCHREALTIME//[^0-9]/}
	shift
	budget_us=$((seconds * 1000000))
	until "$@"; do
		spent_us=$((${EPOCHREALTIME//[^0-9]/} - looked_us))
		looked_us=$((looked_us + spent_us))
		budget_us=$((budget_us - (spent_us < 100000 ? spent_us : 100000)))
		if ((budget_us <= 0)); then
			printf 'not within %s s: %s\n' "$seconds" "$*" >&2
			return 1
		fi
		command sleep 0.015
	done
}

# has_lines N FILE: the file is there and has as many.
has_lines() {
	[[ -e $2 && $(wc -l <"$2") -eq $1 ]]
}

# --- processes --------------------------------------------------------------

# read_stat PID N: sets REPLY to field N (as proc(5) counts) of its stat file;
# without a fork, for it is called often.
read_stat() {
	local line=
	{ read -r -d '' line <"/proc/$1/stat"; } 2>/dev/null || :
	[[ -n $line ]] || return 1
	# shellcheck disable=SC2206
	local fields=(${line##*) })
	if [[ $2 -lt 3 ]]; then
		REPLY=$1
	else
		REPLY=${fields[$2 - 3]}
	fi
}

# stat_field PID N: prints that field.
stat_field() {
	local REPLY
	read_stat "$1" "$2" && printf '%s\n' "$REPLY"
}

# alive PID: runs, and is no zombie.
alive() {
	local REPLY
	read_stat "$1" 3 && [[ $REPLY != [ZX] ]]
}

# dead PID: is gone, or a zombie nobody has fetched yet.
dead() {
	! alive "$1"
}

# has_state PID LETTER: as ps(1) shows it.
has_state() {
	[[ $(stat_field "$1" 3) == "$2" ]]
}

# is_sleeping PID: waits, neither stopped nor dead (what HUP, TERM, USR1 and
# STOP would have made of it).
is_sleeping() {
	has_state "$1" S
}

# at_rest PID: waits until it sleeps. What has just been started may not even
# have its own name, words and environment yet (execve(2) closes descriptors
# before it sets them), and is not asleep for some time after that.
at_rest() {
	eventually 30 is_sleeping "$1"
}

# has_parent PID PARENT
has_parent() {
	[[ $(stat_field "$1" 4) == "$2" ]]
}

# halt PID: stops it, which is so when it is next scheduled, not at once. Fails
# where it has ended before.
halt() {
	kill -STOP "$1" && eventually 30 is_halted "$1" && alive "$1"
}

is_halted() {
	has_state "$1" T || dead "$1"
}

# daemon_pid FILE: prints the pid in a complete pidfile ("PID\n"), else fails.
daemon_pid() {
	local content newline=$'\n'
	content=$(cat -- "$1" && printf x) || return 1
	[[ $content =~ ^[1-9][0-9]*"$newline"x$ ]] || {
		printf 'not a pidfile: %q\n' "${content%x}" >&2
		return 1
	}
	printf '%s\n' "${content%%"$newline"*}"
}

# remember PID...: stop_all ends it (and not a stranger with the same number).
remember() {
	local pid file REPLY
	file=$(state_dir)/pids
	for pid; do
		read_stat "$pid" 22 || continue
		printf '%s %s\n' "$pid" "$REPLY" >>"$file"
	done
}

# marked_pids: prints the pids which carry this test's mark, bats itself and
# its helpers aside.
marked_pids() {
	local file pid
	grep -lzsxF "DMN_DAEMON_MARK=$DMN_TEST_MARK" /proc/[0-9]*/environ |
	    while read -r file; do
		pid=${file#/proc/}
		pid=${pid%/environ}
		if alive "$pid"; then
			printf '%s\n' "$pid"
		fi
	done
}

# starters: prints the pids of this test's daemonizers in the background.
starters() {
	local candidate
	for candidate in $(marked_pids); do
		[[ $(readlink "/proc/$candidate/exe") != "$DAEMONIZE" ]] ||
		    printf '%s\n' "$candidate"
	done
}

has_starter() {
	[[ -n $(starters) ]]
}

same_process() {
	local REPLY
	read_stat "$1" 22 && [[ $REPLY == "$2" ]] && alive "$1"
}

is_over() {
	! same_process "$1" "$2" 2>/dev/null
}

# stop_all: ends everything remembered, everything in a pidfile below
# BATS_TEST_TMPDIR and everything that carries the mark: TERM, then KILL.
stop_all() {
	local file pid born list
	list=$(state_dir)/pids
	# shellcheck disable=SC2046
	remember $(marked_pids)
	while IFS= read -r -d '' file; do
		read -r pid <"$file" 2>/dev/null || continue
		[[ $pid =~ ^[1-9][0-9]*$ ]] || continue
		if [[ -e $list ]] && grep -q "^$pid " "$list"; then
			continue
		fi
		if holds_lock "$pid" "$file"; then
			remember "$pid"
		fi
	done < <(find "${BATS_TEST_TMPDIR:?}" -xdev -type f -size -64c \
	    -name '*pid*' -print0 2>/dev/null)
	[[ -e $list ]] || return 0
	while read -r pid born; do
		same_process "$pid" "$born" || continue
		kill -TERM "$pid" 2>/dev/null || :
		kill -CONT "$pid" 2>/dev/null || :
	done <"$list"
	while read -r pid born; do
		if ! eventually 2 is_over "$pid" "$born" 2>/dev/null; then
			kill -KILL "$pid" 2>/dev/null || :
			eventually 2 is_over "$pid" "$born" || :
		fi
	done <"$list"
	rm -f "$list"
}

teardown() {
	stop_all
}

# holds_lock PID FILE: PID holds a descriptor of FILE with a flock on it.
holds_lock() {
	local inode
	inode=$(stat -c %i -- "$2") || return 1
	grep -qsE "^lock:.* FLOCK .*:$inode " /proc/"$1"/fdinfo/*
}

# ps_row PID: its row of `ps -axj`:
# PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND
ps_row() {
	ps -axj | awk -v pid="$1" '$2 == pid { print; n++ } END { exit !n }'
}

# ps_column PID NAME: one column of that row, e.g. ps_column 17 TPGID.
ps_column() {
	ps -axj | awk -v pid="$1" -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$2 == pid { print $at[name]; n++ }
		END { exit !n }'
}
