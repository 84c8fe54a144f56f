# shellcheck shell=bash
# shellcheck disable=SC2154
# What the dropin*.bats files and programs.bats share. Load helper/common
# first. dropin_setup sets T, the directory of the test, and P, a pidfile in
# it, and changes to T; setup calls it where a file says nothing else.

dropin_setup() {
	T=$BATS_TEST_TMPDIR
	P=$T/d.pid
	cd "$T" || return
}

setup() {
	dropin_setup
}

# launch [OPTION]... COMMAND...: starts with the pidfile $P; sets pid. COMMAND
# is one that comes to sleep: until then the kernel may not show its arguments
# and environment yet, and its loader has descriptors open.
launch() {
	started -p "$P" "$@" || return 1
	pid=$(daemon_pid "$P") && remember "$pid" &&
	    eventually 30 is_sleeping "$pid"
}

# variable PID NAME: the value in its environment.
variable() {
	tr '\0' '\n' <"/proc/$1/environ" | grep -m 1 "^$2=" | cut -d= -f2-
}

# target_of PID FD: what a descriptor refers to.
target_of() {
	readlink "/proc/$1/fd/$2"
}

# locked FILE: flock(1) cannot have it.
locked() {
	! flock -n "$1" true
}

# failed ARG...: start, which must say in one line that it failed, and leave
# no process behind.
failed() {
	local before
	before=$(marked_pids)
	start "$@"
	[[ $status -ne 0 && $status -lt 128 && -n $error ]] &&
	    [[ $error != *$'\n'* && $(marked_pids) == "$before" ]]
}

# children PID: the pids of its children.
children() {
	cat "/proc/$1/task/$1/children"
}

has_child() {
	[[ -n $(children "$1") ]]
}

has_no_child() {
	[[ -z $(children "$1") ]]
}
