#!/usr/bin/env bats
# Hostile signals and timers of the caller: blocked, ignored, pending.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/hostile

# --- signals and timers -----------------------------------------------------

@test "all signals blocked" {
	via=("$LAUNCHER" -b --)
	witness_start
	is_a_clean_daemon
}

@test "all signals ignored, also those a C library hides" {
	via=("$LAUNCHER" -i --)
	witness_start
	is_a_clean_daemon
}

@test "SIGCHLD ignored: failures are still seen" {
	via=("$LAUNCHER" -I 17 --)
	witness_start
	is_a_clean_daemon
	refused 127 'not found|No such file' /does/not/exist
	refused 126 'bad interpreter|No such file' "$(broken_script)"
}

broken_script() {
	local file
	file=$(state_dir)/broken
	printf '#!/no/such/interpreter\n' >"$file"
	chmod 755 "$file"
	printf '%s\n' "$file"
}

@test "SIGPIPE ignored, as Python leaves it to its children" {
	via=("$LAUNCHER" -I 13 -I 25 --)
	witness_start
	is_a_clean_daemon
}

@test "SIGHUP ignored, as nohup leaves it" {
	need_cmd nohup
	via=(nohup)
	witness_start
	is_a_clean_daemon
}

@test "pending signals hit neither the start nor the daemon" {
	via=("$LAUNCHER" -q 15 -q 2 -q 10 -q 17 -q 14 -q 34 -q 64 --)
	witness_start
	is_a_clean_daemon
}

@test "blocked, ignored and pending at once" {
	via=("$LAUNCHER" -q 15 -q 1 -q 13 -q 33 -b -i --)
	witness_start
	is_a_clean_daemon
}

@test "a pending alarm and other timers do not kill the daemon" {
	# Where the caller does not come to hold signals back in time, more of it.
	for usec in 400000 3200000 25600000; do
		via=("$LAUNCHER" -t "$usec" --)
		begin=$(now_us)
		! witness_start || break
		(($(now_us) - begin >= usec))
	done
	is_a_clean_daemon
	after_the_alarm() { (($(now_us) - begin > usec + usec / 2)); }
	eventually 60 after_the_alarm
	alive "$pid"
}
