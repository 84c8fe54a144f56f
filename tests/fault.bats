#!/usr/bin/env bats
# Fault injection: every system call of a start fails, one at a time, in every
# way it can fail, and every process of a start is killed at every system call.
# Either the daemon runs exactly as asked, or the command says why not and
# nothing is left; and the next start works. How it is done: tests/fault/.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	if [[ -n ${DAEMONIZE_SANITIZED-} ]]; then
		skip "a sanitizer's own system calls would be failed, too"
	fi
	FAULT=${FAULT:-${WITNESS%/*}/fault/fault}
	FAULT_TARGET=${FAULT_TARGET:-${FAULT%/*}/target}
	CARELESS=${CARELESS:-${FAULT%/*}/careless}
	TMPDIR=$BATS_TEST_TMPDIR
	within=()
	export TMPDIR
	reachable
}

# What all tests did, for a reader who wants to know how many there were.
teardown_file() {
	local what
	for what in fault kill; do
		cat "$BATS_FILE_TMPDIR"/*.tap 2>/dev/null |
		    awk -v what="$what" '
		$2 == what && $3 == "injection:" {
			handled += $4
			all += $6
		}
		END {
			if (all > 0)
				printf("# %s injection: %d of %d handled\n",
				    what, handled, all)
		}' >&3
	done
}

# withstands SCENARIO: all cases of it end well.
withstands() {
	run -- "${within[@]}" "$FAULT" -t "$DAEMONIZE" -w "$FAULT_TARGET" "$1"
	printf '%s\n' "$output" | tee "$BATS_FILE_TMPDIR/$1.tap"
	[[ $status -ne 77 ]] || skip "${output#*skip }"
	if [[ $output == *'# skip '* ]]; then
		output=${output#*'# skip '}
		skip "${output%%$'\n'*}"
	fi
	[[ $status -eq 0 ]]
	# All there was to do was done.
	[[ $output == *'# fault injection: '* ]]
	[[ $output == *'# kill injection: '* ]]
}

@test "the fault runs find fault with a careless starter" {
	run -1 -- "$FAULT" -p -t "$CARELESS" -w "$FAULT_TARGET" minimal
	if [[ $status -eq 77 ]]; then
		skip "${output#*skip }"
	fi
	[[ $output == *'execve:ENOENT: nothing runs'* ]]
	[[ $output == *'setsid:EPERM: it runs otherwise than asked: '* ]]
	[[ $output == *'kill-2-before: nothing runs'* ]]
	[[ $output == *'not ok 1 - minimal: '* ]]
	[[ $output == *'not ok 2 - minimal: '* ]]
}

@test "a minimal start withstands every fault and kill" {
	withstands minimal
}

@test "a start with a pidfile and a log withstands every fault and kill" {
	withstands pidfile
}

@test "a start over old files withstands every fault and kill" {
	withstands files
}

@test "a start with one file as pidfile and lock withstands them all" {
	withstands lock
}

@test "a start as another user in other surroundings withstands them all" {
	withstands identity
}

@test "a command looked up in PATH withstands every fault and kill" {
	withstands path
}

@test "a script without #! withstands every fault and kill" {
	withstands script
}

@test "a start from a configuration file withstands every fault and kill" {
	withstands config
}

@test "a start with 0 and 1 closed withstands every fault and kill" {
	withstands closed
}

@test "a wait for a time withstands every fault and kill" {
	withstands alive
}

@test "a wait for a notification withstands every fault and kill" {
	withstands notify
}

@test "a wait for two descriptors withstands every fault and kill" {
	withstands descriptors
}

@test "a wait for a file withstands every fault and kill" {
	withstands appear
}

@test "a start that is not ready in time never succeeds by a fault" {
	# It looks at every process there is: let that be few.
	need_namespace --fork --pid --mount-proc
	# shellcheck disable=SC2016
	within=(unshare --fork --pid --mount-proc sh -c '"$@"; exit $?' sh)
	withstands late
}

@test "a start with a logger withstands every fault and kill" {
	withstands stamp
}

@test "a start with a logger that rotates withstands every fault and kill" {
	withstands rotate
}

@test "a start with a logger that feeds a command withstands them all" {
	withstands command
}

@test "a wait for a line beside its logger withstands every fault and kill" {
	withstands heard
}

@test "a start with two logs withstands every fault and kill" {
	withstands two
}

@test "a start with a terminal for the logger withstands them all" {
	withstands terminal
}

@test "a start with a logger of another user withstands them all" {
	withstands given
}

@test "a start with a logger and a bad interpreter never succeeds by a fault" {
	withstands wreck
}

@test "a start beside a running daemon never succeeds by a fault" {
	withstands loser
}

@test "a start of a missing command never succeeds by a fault" {
	withstands missing
}

@test "a start of a script with a bad interpreter never succeeds by a fault" {
	withstands interpreter
}
