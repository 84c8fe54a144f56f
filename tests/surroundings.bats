#!/usr/bin/env bats
# The daemon's surroundings: directory, umask, descriptors, names, directories
# that are made. Each option is proved in the daemon itself. The environment,
# limits and priorities, and another root have files of their own.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# --- directory and umask ----------------------------------------------------

@test "-c sets the working directory" {
	mkdir "$dir/work"
	witness_start -c "$dir/work"
	witness_is cwd "$dir/work"
}

@test "-c takes a directory relative to the caller's" {
	mkdir -p "$dir/a/b"
	cd "$dir/a"
	witness_start --chdir=b/../b
	witness_is cwd "$dir/a/b"
}

@test "a missing directory, or what is none, is refused" {
	: >"$dir/file"
	refused 1 'cannot .*missing.*: No such file' -c "$dir/missing" sleep 600
	refused 1 'cannot .*file.*: Not a directory' -c "$dir/file" sleep 600
	refused 2 'chdir' -c '' sleep 600
	refused 1 'No such file' -p "$dir/d.pid" -l "$dir/d.lock" \
	    -o "$dir/out" -c "$dir/missing" sleep 600
}

@test "a directory only the caller may enter is refused to the daemon" {
	need_root
	need_user
	mkdir -m 700 "$dir/closed"
	refused 1 'cannot .*closed.*: Permission denied' -u "$TEST_USER" \
	    -c "$dir/closed" sleep 600
}

@test "--umask sets the umask" {
	for mask in 022 0 0777 27; do
		witness_start -m "$mask"
		witness_is umask "$(printf '%04o' "$((8#$mask))")"
		kill "$pid"
		eventually 30 dead "$pid"
		rm "$report"
	done
}

@test "no umask: not octal, too large, negative, empty" {
	for mask in 8 99 0888 1000 01000 -1 +22 '' ' 22' '22 ' 0x12 u=rwx \
	    99999999999999999999; do
		refused 2 'umask' --umask="$mask" sleep 600
	done
}

# --- descriptors ------------------------------------------------------------

@test "--keep-fd leaves a descriptor open under its number" {
	: >"$dir/kept"
	exec 7<>"$dir/kept" 9<>"$dir/kept"
	witness_start --keep-fd=7
	exec 7>&- 9>&-
	[[ $(witness_get fd.7) == "$dir/kept|rw|"* ]]
	witness_lacks fd.9
	witness_is fdcount 5
}

@test "--keep-fd: what was close-on-exec stays open all the same" {
	need_cmd python3
	: >"$dir/kept"
	pidfile=$dir/d.pid
	report=$dir/report
	python3 - "$pidfile" "$report" "$dir/kept" <<-'END' 3>&- 4>&-
	import fcntl, os, sys
	fd = os.open(sys.argv[3], os.O_RDONLY)
	os.dup2(fd, 12, inheritable=True)
	if os.fork() == 0:
	    os.execv(os.environ["DAEMONIZE"], ["daemonize", "-p", sys.argv[1],
	        "--keep-fd=12", "--", os.environ["WITNESS"], "-o", sys.argv[2]])
	sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
	END
	eventually 30 test -e "$report"
	is "$(witness_get fd.12)" "$dir/kept|r|"
}

@test "--keep-fd: numbers 3 to 20 collide with nothing" {
	via=("$LAUNCHER")
	for n in {3..20}; do
		via+=(-f "$n:$dir/kept.$n")
	done
	via+=(--)
	witness_start --keep-fd="$(seq -s , 3 20)" -l "$dir/d.lock" \
	    -o "$dir/out" -e "$dir/err"
	[[ -z $error ]]
	for n in {3..20}; do
		is "$(witness_get "fd.$n")" "$dir/kept.$n|rw|"
	done
	is "$(witness_get fd.1)" "$dir/out|w|append,"
	is "$(witness_get fd.2)" "$dir/err|w|append,"
	witness_is fdcount 23
	[[ ! -s $dir/out && ! -s $dir/d.lock ]]
}

@test "--keep-fd: each single number from 3 to 20" {
	for n in {3..20}; do
		via=("$LAUNCHER" -f "$n:$dir/kept" --)
		pidfile=$dir/$n.pid
		witness_start --keep-fd="$n"
		is "$(witness_get "fd.$n")" "$dir/kept|rw|"
		witness_is fdcount 5
		rm "$report"
	done
}

@test "--keep-fd keeps a number above a lowered RLIMIT_NOFILE" {
	: >"$dir/kept"
	report=$dir/report
	(
		exec 3>&- 4>&- 200<>"$dir/kept"
		ulimit -Sn 64
		exec "$DAEMONIZE" --keep-fd=200 -p "$dir/d.pid" -- \
		    "$WITNESS" -o "$report" </dev/null >/dev/null 2>&1
	)
	eventually 30 test -e "$report"
	is "$(witness_get fd.200)" "$dir/kept|rw|"
	witness_is fdcount 5
}

@test "a descriptor that is not open cannot be kept" {
	refused 2 'descriptor 17' --keep-fd=17 -p "$dir/d.pid" sleep 600
}

@test "no descriptors to keep: 0 to 2, letters, gaps" {
	for list in '' 0 1 2 x '5,' -1 2147483648 99999999999999; do
		refused 2 'keep-fd|descriptor' --keep-fd="$list" sleep 600
	done
}

# --- names and arguments ----------------------------------------------------

@test "the target gets its arguments untouched" {
	witness_args=(-- -p --help '' 'a b' "line${newline}break" '*' '\x')
	witness_start
	is "$(witness_get argc)" 11
	witness_is argv.0 "$WITNESS"
	witness_is argv.4 -p
	witness_is argv.5 --help
	witness_is argv.6 ''
	witness_is argv.7 'a b'
	witness_is argv.8 'line\nbreak'
	witness_is argv.9 '*'
	witness_is argv.10 '\x'
}

@test "argv[0] is the command as typed" {
	mkdir "$dir/bin"
	cp "$WITNESS" "$dir/bin/dmn-witness"
	cd "$dir/bin"
	witness_command=./dmn-witness witness_start
	witness_is argv.0 ./dmn-witness
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	via=(env "PATH=$dir/bin:$PATH")
	witness_command=dmn-witness witness_start
	witness_is argv.0 dmn-witness
	witness_is exe "$dir/bin/dmn-witness"
}

@test "--argv0 gives it another name" {
	witness_start --argv0=another-name
	witness_is argv.0 another-name
	witness_is exe "$(readlink -f "$WITNESS")"
	[[ $(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1) == another-name ]]
}

# --- directories that are made ----------------------------------------------

@test "--mkdir makes the directories of pidfile, lock and logs" {
	umask 077
	started --mkdir -p "$dir/a/b/d.pid" -l "$dir/c/d.lock" \
	    -o "$dir/e/f/out" --log "$dir/g/log" sleep 600
	daemon_pid "$dir/a/b/d.pid"
	for made in a a/b c e e/f g; do
		is "$(stat -c %a "$dir/$made")" 755
	done
}

@test "without --mkdir no directory is made" {
	refused 1 'No such file' -p "$dir/a/b/d.pid" sleep 600
	refused 1 'No such file' -l "$dir/a/b/d.lock" sleep 600
}

@test "a failed start removes the directories it made, and only those" {
	mkdir "$dir/there"
	refused 127 'not found|No such file' --mkdir -p "$dir/a/b/d.pid" \
	    -o "$dir/there/c/out" /does/not/exist
	[[ -d $dir/there ]]
}

@test "--mkdir through a file or a symbolic link to nowhere is refused" {
	: >"$dir/file"
	ln -s nowhere "$dir/link"
	refused 1 'Not a directory' --mkdir -p "$dir/file/d.pid" sleep 600
	refused 1 'cannot' --mkdir -p "$dir/link/d.pid" sleep 600
}
