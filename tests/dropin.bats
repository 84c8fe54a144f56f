#!/usr/bin/env bats
# What bmc daemonize 1.7 does and scripts rely on. daemonize.1, COMPATIBILITY,
# says the same in prose; dropin_scripts.bats and dropin_lines.bats run lines of
# real scripts.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin

# --- parsing ----------------------------------------------------------------

@test "an option's argument may be attached or be the next word" {
	started "-p$P" -o "$T/o" "-e$T/e" -c "$T" /bin/sleep 600
	pid=$(daemon_pid "$P")
	is "$(target_of "$pid" 1)" "$T/o"
	is "$(target_of "$pid" 2)" "$T/e"
	is "$(readlink "/proc/$pid/cwd")" "$T"
}

@test "short options may be grouped" {
	echo before >"$T/o"
	start -avp "$P" -o "$T/o" /bin/sh -c 'echo after; exec sleep 600'
	is "$status" 0
	remember "$(daemon_pid "$P")"
	eventually 30 grep -qx after "$T/o"
	is "$(head -n 1 "$T/o")" before
	started "-ap$T/second.pid" /bin/sleep 600
	daemon_pid "$T/second.pid"
}

@test "parsing stops at the command: its options are its own" {
	for POSIXLY_CORRECT in '' 1; do
		export POSIXLY_CORRECT
		[[ -n $POSIXLY_CORRECT ]] || unset POSIXLY_CORRECT
		rm -f "$T/args"
		launch -o "$T/args" /bin/sh -c 'echo "$0" "$@"; exec sleep 600' \
		    -p x -a -Z --log=no -- -u nobody
		eventually 30 grep -qx -- '-p x -a -Z --log=no -- -u nobody' \
		    "$T/args"
		[[ ! -e $T/x ]]
		kill "$pid"
		eventually 30 dead "$pid"
	done
}

@test "-- ends the options" {
	launch -- /bin/sleep 600
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" '/bin/sleep 600 '
}

@test "a lone dash is an operand, and no program" {
	failed -p "$P" -
	[[ ! -e $P ]]
}

@test "the last of a repeated option wins" {
	started -p "$T/first.pid" -c /tmp -o "$T/o1" -p "$P" -c "$T" -o "$T/o2" \
	    /bin/sleep 600
	pid=$(daemon_pid "$P")
	[[ ! -e $T/first.pid && ! -e $T/o1 && -e $T/o2 ]]
	is "$(readlink "/proc/$pid/cwd")" "$T"
}

@test "-E adds up, overwrites what is inherited, takes any value" {
	export OLD=inherited KEPT=kept
	launch -E OLD=new -E EMPTY= -E A=b=c=d -E TWICE=1 -E TWICE=2 /bin/sleep 600
	is "$(variable "$pid" OLD)" new
	is "$(variable "$pid" KEPT)" kept
	is "$(variable "$pid" A)" b=c=d
	is "$(variable "$pid" TWICE)" 2
	tr '\0' '\n' <"/proc/$pid/environ" | grep -qx EMPTY=
	is "$(tr '\0' '\n' <"/proc/$pid/environ" | grep -c '^OLD=')" 1
}

@test "-E without an equals sign is refused" {
	failed -p "$P" -E NONSENSE /bin/sleep 600
	[[ ! -e $P ]]
}

@test "an unknown option, a missing argument, no command: an error, no crash" {
	failed -z /bin/sleep 600
	failed -p
	failed -a
	failed
	failed -p "$P"
	[[ ! -e $P ]]
}

# --- the daemon's world -----------------------------------------------------

@test "without options: cwd is /, the streams are /dev/null, nothing is made" {
	listing >"$(state_dir)/before"
	started /bin/sh -c 'exec sleep 600'
	eventually 30 one_sleeps
	is "$(readlink "/proc/$pid/cwd")" /
	for fd in 0 1 2; do
		is "$(target_of "$pid" "$fd")" /dev/null
	done
	is "$(ls "/proc/$pid/fd" | wc -l)" 3
	is "$(stat -c %u "/proc/$pid")" "$EUID"
	listing | diff "$(state_dir)/before" -
}

# one_sleeps: exactly one process of this test is there, and at rest; sets pid.
one_sleeps() {
	pid=$(marked_pids)
	[[ $pid =~ ^[0-9]+$ ]] && is_sleeping "$pid"
}

@test "the pid in the pidfile is the program's own" {
	launch -o "$T/o" /bin/sh -c 'echo $$; exec sleep 600'
	eventually 30 grep -qx "$pid" "$T/o"
}

@test "argv[0] is the path as given, and the file name is looked up" {
	cp "$(command -v sleep)" "$T/dozer"
	launch "$T/dozer" 600
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "$T/dozer 600 "
}

@test "a script without #! is run by /bin/sh" {
	printf 'echo "run with $1"\nexec sleep 600\n' >"$T/script"
	chmod 755 "$T/script"
	launch -o "$T/o" "$T/script" this
	eventually 30 grep -qx 'run with this' "$T/o"
}

@test "IFS and PATH are set, but only if absent" {
	via=(env -u PATH -u IFS)
	launch "$(command -v sleep)" 600
	is "$(variable "$pid" PATH)" /usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin
	tr '\0' '!' <"/proc/$pid/environ" | grep -qz $'IFS= \t\n!'
	via=(env "PATH=/bin:/usr/bin:$T" IFS=:)
	P=$T/second.pid
	launch /bin/sleep 600
	is "$(variable "$pid" PATH)" "/bin:/usr/bin:$T"
	is "$(variable "$pid" IFS)" :
}

@test "-u sets ids, groups and HOME, USER, LOGNAME, also over -E" {
	need_root
	need_user
	launch -u "$TEST_USER" -E HOME=/h -E USER=u -E LOGNAME=l /bin/sleep 600
	id=$(id -u "$TEST_USER")
	group=$(id -g "$TEST_USER")
	is "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
	    "$id $id $id $id"
	is "$(awk '/^Gid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
	    "$group $group $group $group"
	is "$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$pid/status" |
	    tr ' ' '\n' | sed '/^$/d' | sort -n | xargs)" \
	    "$(id -G "$TEST_USER" | tr ' ' '\n' | sort -n | xargs)"
	home=$(getent passwd "$TEST_USER" | cut -d: -f6)
	is "$(variable "$pid" HOME)" "$home"
	is "$(variable "$pid" USER)" "$TEST_USER"
	is "$(variable "$pid" LOGNAME)" "$TEST_USER"
}

@test "-u is for root only" {
	need_user
	cd /
	dir=$(user_dir mine)
	as_user start -p "$dir/d.pid" -u root /bin/sleep 600
	is "$status" 1
	[[ $error == *root* || $error == *ermitted* ]]
	[[ ! -e $dir/d.pid ]]
}

@test "an unknown user is refused and leaves no pidfile" {
	failed -p "$P" -u no-such-user /bin/sleep 600
	[[ $error == *no-such-user* && ! -e $P ]]
}

# --- streams ----------------------------------------------------------------

@test "-o and -e truncate, -a appends" {
	printf 'old\nold\n' | tee "$T/o" >"$T/e"
	launch -o "$T/o" -e "$T/e" /bin/sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 30 grep -qx e "$T/e"
	is "$(<"$T/o")" o
	is "$(<"$T/e")" e
	P=$T/second.pid
	launch -a -o "$T/o" -e "$T/e" /bin/sh -c 'echo o; echo e >&2; exec sleep 600'
	eventually 30 has_lines 2 "$T/e"
	is "$(xargs <"$T/o")" 'o o'
}

@test "one of -o and -e alone: the other one goes to /dev/null" {
	launch -o "$T/o" /bin/sleep 600
	is "$(target_of "$pid" 1)" "$T/o"
	is "$(target_of "$pid" 2)" /dev/null
	P=$T/second.pid
	launch -e "$T/e" /bin/sleep 600
	is "$(target_of "$pid" 1)" /dev/null
	is "$(target_of "$pid" 2)" "$T/e"
}

@test "the same file for -o and -e is one open description" {
	launch -o "$T/log" -e "$T/log" /bin/sh -c 'echo one; echo two >&2; exec sleep 600'
	eventually 30 grep -qx two "$T/log"
	is "$(xargs <"$T/log")" 'one two'
	# Each has written four bytes; a shared offset has moved by eight.
	is "$(awk '/^pos:/ { print $2 }' "/proc/$pid/fdinfo/1")" 8
	is "$(awk '/^pos:/ { print $2 }' "/proc/$pid/fdinfo/2")" 8
}

@test "relative logs count from the caller's directory, also with -c" {
	mkdir sub
	launch -c /tmp -o sub/o -e e /bin/sleep 600
	is "$(target_of "$pid" 1)" "$T/sub/o"
	is "$(target_of "$pid" 2)" "$T/e"
}

@test "under -u logs are opened as the user" {
	need_root
	need_user
	dir=$(user_dir logs)
	launch -u "$TEST_USER" -o "$dir/o" /bin/sleep 600
	is "$(stat -c %U "$dir/o")" "$TEST_USER"
}

@test "/dev/null may be named as a log" {
	launch -o /dev/null -e /dev/null /bin/sleep 600
	is "$(target_of "$pid" 2)" /dev/null
}

# --- pidfile and lock -------------------------------------------------------

@test "pidfile 0644, lock file 0600 and empty; both stay when the daemon ends" {
	launch -l "$T/lock" /bin/sleep 600
	is "$(stat -c %a "$P")" 644
	is "$(stat -c '%a %s' "$T/lock")" '600 0'
	kill "$pid"
	eventually 30 dead "$pid"
	[[ -f $P && -f $T/lock ]]
	eventually 30 flock -n "$T/lock" true
	launch -l "$T/lock" /bin/sleep 600
}

@test "the lock lives as long as the program, and flock(1) sees it" {
	launch -l "$T/lock" /bin/sleep 600
	locked "$T/lock"
	failed -l "$T/lock" /bin/sleep 600
	kill "$pid"
	eventually 30 flock -n "$T/lock" true
}

@test "a lock of flock(1) is respected; the pidfile stays as it was" {
	echo 4711 >"$P"
	exec 9>"$T/lock"
	flock -n 9
	failed -p "$P" -l "$T/lock" /bin/sleep 600
	is "$(<"$P")" 4711
	exec 9>&-
	launch -l "$T/lock" /bin/sleep 600
}

@test "pidfile and lock file may be the same file" {
	launch -l "$P" /bin/sleep 600
	locked "$P"
	failed -p "$P" -l "$P" /bin/sleep 600
	is "$(daemon_pid "$P")" "$pid"
	kill "$pid"
	eventually 30 dead "$pid"
	launch -l "$P" /bin/sleep 600
}

@test "a descendant that keeps the descriptor keeps the lock" {
	launch -l "$T/lock" /bin/sh -c 'sleep 600 & wait'
	eventually 30 has_child "$pid"
	child=$(children "$pid" | tr -d ' ')
	remember "$child"
	kill -KILL "$pid"
	eventually 30 dead "$pid"
	locked "$T/lock"
	kill "$child"
	eventually 30 flock -n "$T/lock" true
}

# --- failures ---------------------------------------------------------------

@test "a missing, unusable or unreachable thing is reported in the foreground" {
	touch "$T/plain"
	failed -p "$P" "$T/missing"
	failed -p "$P" "$T/plain"
	failed -p "$P" "$T"
	failed -p "$P" -c "$T/nowhere" /bin/sleep 600
	failed -p "$T/nowhere/p" /bin/sleep 600
	failed -p "$P" -l "$T/nowhere/l" /bin/sleep 600
	failed -p "$P" -o "$T/nowhere/o" /bin/sleep 600
	failed -p "$P" -e "$T" /bin/sleep 600
	[[ ! -e $P ]]
}

@test "it refuses to be setuid" {
	need_root
	need_user
	install -m 4755 "$DAEMONIZE" "$T/daemonize"
	cd /
	DAEMONIZE=$T/daemonize
	if findmnt -T "$T" -no OPTIONS | grep -qw nosuid; then
		skip 'the temporary directory is mounted nosuid'
	fi
	as_user refused 1 'setuid' /bin/sleep 600
}
