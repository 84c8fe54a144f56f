#!/usr/bin/env bats
# daemonctl check: what is wrong with a configuration file, or would keep its
# daemon from starting. Start, restart and stop are in check_start.bats.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/configured

# users_own FILE...: it belongs to the ordinary user.
users_own() {
	[[ $EUID -ne 0 ]] || chown -h "$TEST_USER" "$@"
}

# --- check ------------------------------------------------------------------

@test "check says nothing of what is well, and does nothing" {
	mkdir "$T/logs"
	chmod 777 "$T/logs"
	conf good 'command = sleep 600' "log = $T/logs/good.log" "chdir = $T" \
	    'umask = 022' 'limit = core=0' 'stop-signal = INT' \
	    'stop-timeout = 5s'
	fine check good
}

@test "check as root says nothing of what is well, and does nothing" {
	who_root
	mkdir -m 700 "$run_dir/logs"
	# Open to root alone, who makes the log; /tmp is open to all.
	conf good 'command = sleep 600' 'chdir = /' 'env = A=b c' \
	    "log = $(readlink -f /var/run)/logs/good.log" "user = $TEST_USER"
	fine check good
}

@test "check makes neither directories nor pidfiles" {
	conf good 'command = sleep 600' "pidfile = $run_dir/new/good.pid" \
	    "log = $run_dir/new/logs/good.log" mkdir
	fine check good
	[[ ! -e $run_dir/new ]]
}

@test "check of a running daemon succeeds and leaves it alone" {
	conf busy 'command = sleep 600'
	done_well start busy
	pid=$(pid_of busy)
	before=$(stat -c '%i %Y %s' "$run_dir/busy.pid")
	fine check busy
	is "$(pid_of busy)" "$pid"
	is "$(stat -c '%i %Y %s' "$run_dir/busy.pid")" "$before"
}

@test "a name without a configuration file" {
	for verb in check start restart; do
		says 2 'none\.conf' "$verb" none
	done
}

@test "errors in the file are told with file and line" {
	conf bad '# a comment' 'command = sleep 600' 'colour = blue'
	for verb in check start restart; do
		says 2 "$confs/bad.conf:3: unknown key .colour." "$verb" bad
	done
	conf bad 'command = sleep 600' 'umask = 9'
	says 2 "$confs/bad.conf:2: invalid umask" check bad
	conf bad 'command = "sleep 600'
	says 2 "$confs/bad.conf:1: .*open quote" check bad
	conf bad 'command = sleep 600' 'stop-signal = NOPE'
	says 2 "$confs/bad.conf:2: invalid stop-signal" check bad
	conf bad 'command = sleep 600' 'stop-timeout = soon'
	says 2 "$confs/bad.conf:2: invalid stop-timeout" check bad
	conf bad 'command = sleep 600' '' 'limit = nofile'
	says 2 "$confs/bad.conf:3: invalid limit" check bad
}

@test "a file without a command" {
	conf empty 'umask = 022'
	says 2 'command' check empty
	says 2 'command' start empty
}

@test "root's errors are told with file and line, too" {
	who_root
	conf bad 'umask = 022' 'colour = blue'
	says 2 '/etc/daemonize.d/bad.conf:2: unknown key .colour.' check bad
	says 2 '/etc/daemonize.d/bad.conf:2: unknown key .colour.' start bad
}

@test "an error in the site's defaults is told, and starts nothing" {
	who_root
	conf good 'command = sleep 600'
	printf 'umask = 9\n' >"$T/etc/daemonize.conf"
	says 2 '/etc/daemonize.conf:1: ' check good
	says 2 '/etc/daemonize.conf:1: ' start good
}

@test "names that lead out of the directory are refused" {
	conf web 'command = sleep 600'
	for verb in check start restart stop status reload pause resume wait; do
		for name in ../web ./web /web web/ .web '' $'w\eb' $'w\nb' \
		    .. .; do
			says 2 . "$verb" "$name"
		done
	done
}

@test "start, restart and check need a name" {
	for verb in check start restart; do
		says 2 . "$verb"
		says 2 . "$verb" --pidfile="$T/x.pid"
	done
}

@test "a file that others may write is not trusted" {
	conf open 'command = sleep 600'
	for mode in 666 664 646; do
		chmod "$mode" "$confs/open.conf"
		for verb in check start restart; do
			says 2 'cannot trust .*open.conf' "$verb" open
		done
	done
	chmod 644 "$confs/open.conf"
	fine check open
}

@test "a file of another user is not trusted" {
	need_root
	conf other 'command = sleep 600'
	chown 1 "$confs/other.conf"
	says 2 'cannot trust .*other.conf' start other
	chown 0 "$confs/other.conf"
	fine check other
}

@test "root trusts root's files only" {
	who_root
	conf theirs 'command = sleep 600'
	chown "$TEST_USER" "$confs/theirs.conf"
	for verb in check start restart; do
		says 2 'cannot trust .*theirs.conf' "$verb" theirs
	done
	chown 0 "$confs/theirs.conf"
	chmod 664 "$confs/theirs.conf"
	says 2 'cannot trust .*theirs.conf' start theirs
}

@test "a configuration that is no file does not hang" {
	mkdir "$confs/dir.conf"
	says 2 'not a regular file' check dir
	mkfifo "$confs/fifo.conf"
	says 2 'not a regular file' start fifo
}

@test "a configuration that may not be read" {
	need_root
	conf secret 'command = sleep 600'
	chown 0 "$confs/secret.conf"
	chmod 600 "$confs/secret.conf"
	says 2 'Permission denied' check secret
}

@test "check finds out that the program is missing or cannot be executed" {
	conf bad 'command = no-such-program --option'
	says 127 'no-such-program: not found in PATH' check bad
	says 127 'no-such-program: not found in PATH' start bad
	conf bad "command = $T/none"
	says 127 "$T/none: No such file" check bad
	touch "$T/plain"
	conf bad "command = $T/plain"
	says 126 "$T/plain: Permission denied" check bad
	says 126 "$T/plain: Permission denied" start bad
	mkdir "$T/dir"
	conf bad "command = $T/dir"
	says 126 "$T/dir: " check bad
}

@test "check looks for the program in the daemon's own PATH" {
	install -m 755 /bin/sleep "$T/own-sleep"
	conf own 'command = own-sleep 600' "env = PATH=$T:/bin:/usr/bin"
	fine check own
	conf own 'command = own-sleep 600' 'env = PATH=/bin'
	says 127 'own-sleep: not found in PATH' check own
}

@test "check finds out that the daemon's user may not execute the program" {
	who_root
	install -m 700 /bin/sleep "$T/private-sleep"
	conf mine "command = $T/private-sleep 600"
	fine check mine
	conf mine "command = $T/private-sleep 600" "user = $TEST_USER"
	says 126 "private-sleep: Permission denied" check mine
}

@test "check finds out that a script's interpreter is missing" {
	printf '#!%s/none\n' "$T" >"$T/script"
	chmod 755 "$T/script"
	conf script "command = $T/script"
	says 126 "bad interpreter $T/none" check script
}

@test "check finds out that there is no such user or group" {
	who_root
	conf bad 'command = sleep 600' 'user = no-such-user'
	says 2 'no-such-user' check bad
	says 2 'no-such-user' start bad
	conf bad 'command = sleep 600' "user = $TEST_USER:no-such-group"
	says 2 'no-such-group' check bad
	conf bad 'command = sleep 600' 'groups = no-such-group'
	says 2 'no-such-group' check bad
}

@test "check finds out that only root can become another user" {
	conf other 'command = sleep 600' 'user = root'
	ctl start other
	want=$status
	[[ $want -ne 0 ]]
	says "$want" . check other
}

@test "check finds out that a directory is missing or closed to the user" {
	conf bad 'command = sleep 600' "chdir = $T/none"
	says 1 "$T/none: No such file" check bad
	says 1 "$T/none: No such file" start bad
	who_root
	mkdir -m 700 "$T/closed"
	conf bad 'command = sleep 600' "chdir = $T/closed"
	fine check bad
	conf bad 'command = sleep 600' "chdir = $T/closed" "user = $TEST_USER"
	says 1 "$T/closed: Permission denied" check bad
	conf bad 'command = sleep 600' "chroot = $T/none"
	says 1 "$T/none: No such file" check bad
}

@test "check tries processors, limits and priorities" {
	local hard
	conf bad 'command = sleep 600' 'cpu-affinity = 1000'
	says 1 'cannot .*1000.*: Invalid argument' check bad
	says 1 'cannot .*1000.*: Invalid argument' start bad
	conf good 'command = sleep 600' 'limit = nofile=16' 'nice = 19' \
	    'cpu-affinity = 0' 'oom-score = 500' 'umask = 077'
	fine check good
	if [[ $EUID -eq 0 ]]; then
		who_root
		# Of whom one runs already.
		started -u "$TEST_USER" -p "$T/other.pid" sleep 600
		at_rest "$(daemon_pid "$T/other.pid")"
		conf bad 'command = sleep 600' 'limit = nproc=0' \
		    "user = $TEST_USER"
		for verb in start check; do
			says 126 'Resource temporarily unavailable' \
			    "$verb" bad
		done
		return
	fi
	hard=$(ulimit -Hn)
	[[ $hard != unlimited ]] || return 0
	conf bad 'command = sleep 600' "limit = nofile=16:$((hard + 1))"
	says 1 'Operation not permitted' check bad
}

@test "check looks for program and directory inside the new root" {
	who_root
	mkdir -p "$T/jail/data"
	install -m 755 "$WITNESS" "$T/jail/witness"
	conf jail 'command = /witness' "chroot = $T/jail" 'chdir = /data'
	fine check jail
	conf jail 'command = /bin/sleep 600' "chroot = $T/jail"
	says 127 '/bin/sleep' check jail
	conf jail 'command = /witness' "chroot = $T/jail" 'chdir = /none'
	says 1 '/none: No such file' check jail
	conf jail 'command = /witness' "chroot = $T/jail/witness"
	says 1 '/jail/witness: Not a directory' check jail
}

@test "check finds out that a log cannot be written" {
	conf bad 'command = sleep 600' "log = $T/none/log"
	says 1 "$T/none/log: No such file" check bad
	mkdir "$run_dir/log"
	users_own "$run_dir/log"
	conf bad 'command = sleep 600' "stdout = $run_dir/log"
	for verb in start check; do
		says 1 "$run_dir/log: " "$verb" bad
	done
	ln -s "$run_dir/elsewhere" "$run_dir/link"
	users_own "$run_dir/link"
	conf bad 'command = sleep 600' "stderr = $run_dir/link"
	for verb in start check; do
		says 1 "$run_dir/link" "$verb" bad
	done
}

@test "check tries logs as the daemon's user where start would" {
	who_root
	mkdir "$T/theirs"
	chown "$TEST_USER" "$T/theirs"
	chmod 555 "$T/theirs"
	conf bad 'command = sleep 600' "log = $T/theirs/log" "user = $TEST_USER"
	ctl start bad
	is "$status" 1
	says 1 "$T/theirs/log: Permission denied" check bad
	chmod 755 "$T/theirs"
	fine check bad
}

@test "check finds out that the pidfile cannot be had" {
	conf bad 'command = sleep 600' "pidfile = $T/none/x.pid"
	says 1 "$T/none/x.pid: No such file" check bad
	printf 'precious\n' >"$run_dir/bad.pid"
	users_own "$run_dir/bad.pid"
	conf bad 'command = sleep 600'
	for verb in start check; do
		says 1 "$run_dir/bad.pid" "$verb" bad
		is "$(<"$run_dir/bad.pid")" precious
	done
	echo 77 >"$run_dir/bad.pid"
	fine check bad
	chmod 666 "$run_dir/bad.pid"
	for verb in start check; do
		says 1 "$run_dir/bad.pid" "$verb" bad
	done
	rm "$run_dir/bad.pid"
	ln -s /etc/passwd "$run_dir/bad.pid"
	users_own "$run_dir/bad.pid"
	for verb in start check; do
		says 1 "$run_dir/bad.pid" "$verb" bad
	done
}

@test "check and start fail for the same reasons with the same status" {
	n=0
	for line in 'command = no-such-program' 'chdir = /nonexistent' \
	    'log = /nonexistent/log' 'pidfile = /nonexistent/pid' \
	    'user = no-such-user' 'stdin = /nonexistent' 'log = syslog:' \
	    'env-file = /nonexistent' 'env-file = /dev/null/x' 'stdin = /' \
	    'lockfile = /proc/x' 'lockfile = /dev/null' \
	    'chroot = /none' 'chroot = /etc/passwd'; do
		conf both 'command = sleep 600' "$line"
		ctl start both
		want=$status
		if [[ $want -ne 0 ]]; then
			says "$want" . check both
			n=$((n + 1))
		else
			done_well stop both
			fine check both
		fi
	done
	((n >= 7))
}

@test "several names: each is told, and the highest status counts" {
	conf good 'command = sleep 600'
	conf bad1 'command = sleep 600' 'chdir = /nonexistent'
	conf bad2 'command = no-such-program'
	fine check good good
	ctl check bad1 good bad2
	is "$status" 127
	is "$(wc -l <<<"$error")" 2
	[[ $error == *nonexistent* && $error == *no-such-program* ]]
}
