#!/usr/bin/env bats
# The daemon's surroundings: directory, umask, environment, limits, priority,
# processors, descriptors, names. Each option is proved in the daemon itself.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common

setup() {
	unset pidfile report
	dir=$BATS_TEST_TMPDIR
	error=
	newline=$'\n'
}

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
		eventually 5 dead "$pid"
		rm "$report"
	done
}

@test "no umask: not octal, too large, negative, empty" {
	for mask in 8 99 0888 1000 01000 -1 +22 '' ' 22' '22 ' 0x12 u=rwx \
	    99999999999999999999; do
		refused 2 'umask' --umask="$mask" sleep 600
	done
}

# --- environment ------------------------------------------------------------

@test "-E adds and overrides, the last one wins" {
	export DMN_A=caller DMN_B=caller
	witness_start -E DMN_A=mine -E DMN_C=1 -E DMN_C=2 --env=DMN_D=x=y \
	    -EDMN_E=
	witness_is env.DMN_A mine
	witness_is env.DMN_B caller
	witness_is env.DMN_C 2
	witness_is env.DMN_D x=y
	witness_is env.DMN_E ''
	is "$(grep -c '^env\.DMN_A ' "$report")" 1
	is "$(grep -c '^env\.DMN_C ' "$report")" 1
}

@test "-E keeps line breaks and bytes of any alphabet" {
	witness_start -E "DMN_A=one${newline}two" -E $'DMN_B=\xff\xfe\t\x01'
	witness_is env.DMN_A 'one\ntwo'
	witness_is env.DMN_B $'\xff\xfe\t\x01'
}

@test "-E without a name or = is a usage error" {
	for entry in name '=value' '' =; do
		refused 2 'env' -E "$entry" sleep 600
	done
}

@test "--unset-env does not pass a variable on" {
	export DMN_A=1 DMN_B=2
	witness_start --unset-env=DMN_A --unset-env DMN_NONE
	witness_lacks env.DMN_A
	witness_is env.DMN_B 2
	for name in '' a=b; do
		refused 2 'unset-env' --unset-env="$name" sleep 600
	done
}

@test "--unset-env takes away what is inherited, -E adds after it" {
	export DMN_A=1
	witness_start -E DMN_A=2 --unset-env=DMN_A
	witness_is env.DMN_A 2
}

@test "--clear-env passes nothing on" {
	export DMN_A=1
	witness_start --clear-env
	witness_is envcount 0
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --clear-env -E ONLY=this
	witness_is envcount 1
	witness_is env.ONLY this
}

@test "PATH and IFS are there even if the caller has none" {
	via=(env -u PATH -u IFS)
	witness_start
	witness_is env.PATH /usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin
	witness_is env.IFS $' \t\\n'
}

@test "PATH of the caller is kept" {
	via=(env PATH=/nowhere:/bin:/usr/bin)
	witness_start
	witness_is env.PATH /nowhere:/bin:/usr/bin
}

@test "a variable that is there twice is overridden everywhere" {
	[[ -x $LAUNCHER ]]
	via=("$LAUNCHER" -e -E DMN_A=1 -E DMN_A=2 --)
	witness_start -E DMN_A=3
	is "$(grep '^env\.DMN_A ' "$report")" 'env.DMN_A 3'
}

@test "--env-file reads NAME=VALUE lines, comments and quotes" {
	cat >"$dir/env" <<-'END'
	# a comment

	DMN_A=plain
	DMN_B="with spaces"
	DMN_C='single $quoted'
	export DMN_D=exported
	DMN_E=
	DMN_F=a=b
	DMN_A=again
	END
	witness_start --env-file="$dir/env"
	witness_is env.DMN_A again
	witness_is env.DMN_B 'with spaces'
	witness_is env.DMN_C 'single $quoted'
	witness_is env.DMN_D exported
	witness_is env.DMN_E ''
	witness_is env.DMN_F a=b
}

@test "--env-file: the last line needs no line break" {
	printf 'DMN_A=1\nDMN_B=2' >"$dir/env"
	witness_start --env-file="$dir/env"
	witness_is env.DMN_A 1
	witness_is env.DMN_B 2
}

@test "--env-file comes before -E, and may be given twice" {
	printf 'DMN_A=file\nDMN_B=file\nDMN_C=file\n' >"$dir/one"
	printf 'DMN_C=second\n' >"$dir/two"
	export DMN_A=caller DMN_B=caller
	witness_start -E DMN_B=option --env-file="$dir/one" \
	    --env-file="$dir/two"
	witness_is env.DMN_A file
	witness_is env.DMN_B option
	witness_is env.DMN_C second
}

@test "--env-file relative to the caller, with --clear-env" {
	cd "$dir"
	printf 'DMN_A=1\n' >list
	witness_start --clear-env --env-file=list
	witness_is envcount 1
	witness_is env.DMN_A 1
}

@test "--env-file: a bad line is told with file and number" {
	printf 'GOOD=1\n\nno equals sign\n' >"$dir/env"
	refused 2 "$dir/env:3: " --env-file="$dir/env" sleep 600
	printf 'GOOD=1\n=x\n' >"$dir/env"
	refused 2 "$dir/env:2: " --env-file="$dir/env" sleep 600
	printf 'GOOD="open\n' >"$dir/env"
	refused 2 "$dir/env:1: " --env-file="$dir/env" sleep 600
	printf 'A=1\nB=\0x\n' >"$dir/env"
	refused 2 "$dir/env:2: " --env-file="$dir/env" sleep 600
}

@test "--env-file: missing, a directory, unreadable" {
	refused 1 'cannot open .*: No such file' --env-file="$dir/none" \
	    sleep 600
	refused 1 'directory' --env-file="$dir" sleep 600
	need_user
	: >"$dir/secret"
	chmod 000 "$dir/secret"
	as_user refused 1 'Permission denied' --env-file="$dir/secret" \
	    sleep 600
}

# --- limits -----------------------------------------------------------------

@test "--limit sets soft and hard limits" {
	witness_start --limit=nofile=64:128 --limit core=0 \
	    --limit=cpu=3600:7200
	witness_is limit.nofile '64 128'
	witness_is limit.core '0 0'
	witness_is limit.cpu '3600 7200'
}

@test "--limit takes sizes, and the last one of a name wins" {
	witness_start --limit=fsize=1M:2M --limit=stack=4M --limit=nofile=99 \
	    --limit=nofile=77
	witness_is limit.fsize '1048576 2097152'
	witness_is limit.stack '4194304 4194304'
	witness_is limit.nofile '77 77'
}

@test "--limit takes unlimited where that is allowed" {
	[[ $(ulimit -Ht) == unlimited ]] || skip 'the limit cpu is set here'
	witness_start --limit=cpu=unlimited
	witness_is limit.cpu 'unlimited unlimited'
}

@test "limits not named stay as the caller has them" {
	ulimit -Sn 321
	hard=$(ulimit -Hn)
	witness_start --limit=core=0
	witness_is limit.nofile "321 $hard"
}

@test "a limit too low for the start itself binds only the daemon" {
	witness_start --limit=nofile=8 --limit=fsize=1M
	witness_is limit.nofile '8 8'
}

@test "raising a hard limit without the right to is refused" {
	need_user
	hard=$(ulimit -Hn)
	[[ $hard != unlimited ]] || skip 'the limit nofile is unlimited'
	as_user refused 1 'limit.*: Operation not permitted' \
	    --limit="nofile=$((hard + 1))" sleep 600
}

@test "no limit: unknown name, no number, soft above hard" {
	for limit in '' nofile nofile= =5 foo=5 nofile=x nofile=-1 nofile=5:4 \
	    nofile=5:6:7 'nofile= 5' nofile=5: nofile=:5 nofile=1e3 NOFILE=5 \
	    nofile=99999999999999999999999; do
		refused 2 'limit' --limit="$limit" sleep 600
	done
}

# --- priority, processors ---------------------------------------------------

@test "--nice sets the niceness" {
	witness_start --nice=7
	witness_is nice 7
}

@test "--nice below 0 without the right to is refused" {
	need_user
	as_user refused 1 'nice.*: (Permission denied|Operation not permitted)' \
	    --nice=-5 sleep 600
}

@test "--nice below 0 works with the right to" {
	need_root
	need_cap sys_nice
	witness_start --nice=-5
	witness_is nice -5
}

@test "no niceness: out of range, no number" {
	for n in 20 -21 '' x 1.5 ' 1' 0x1 4294967296; do
		refused 2 'nice' --nice="$n" sleep 600
	done
}

@test "--io-priority sets class and level" {
	witness_start --io-priority=best-effort:6
	witness_is ioprio $((2 << 13 | 6))
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --io-priority=idle
	is $(($(witness_get ioprio) >> 13)) 3
}

@test "--io-priority=realtime works with the right to" {
	need_root
	need_cap sys_nice
	witness_start --io-priority=realtime:2
	witness_is ioprio $((1 << 13 | 2))
}

@test "no io priority: unknown class, bad level" {
	for priority in '' fast best-effort:8 best-effort:-1 best-effort: \
	    realtime:x idle:3 :3 3; do
		refused 2 'io-priority' --io-priority="$priority" sleep 600
	done
}

# processors: prints those this process may use, one a line.
processors() {
	local from to
	awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status |
	    tr , '\n' | while IFS=- read -r from to; do
		seq "$from" "${to:-$from}"
	done
}

@test "--cpu-affinity binds to one processor" {
	one=$(processors | tail -n 1)
	witness_start --cpu-affinity="$one"
	witness_is affinity "$one"
}

@test "--cpu-affinity takes lists and ranges" {
	mapfile -t have < <(processors)
	[[ ${#have[@]} -ge 2 && ${have[1]} -eq $((have[0] + 1)) ]] ||
	    skip 'needs two neighbouring processors'
	witness_start --cpu-affinity="${have[0]}-${have[1]}"
	witness_is affinity "${have[0]},${have[1]}"
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --cpu-affinity="${have[1]},${have[0]}"
	witness_is affinity "${have[0]},${have[1]}"
}

@test "a processor that is not there is refused" {
	refused 1 'cannot .*: Invalid argument' --cpu-affinity=1000 sleep 600
}

@test "no processor list: letters, gaps, turned ranges, far too large" {
	for list in '' x '0,' ',0' 0,,1 3-1 -1 0- 1-2-3 99999999 '0 1'; do
		refused 2 'cpu-affinity' --cpu-affinity="$list" sleep 600
	done
}

@test "--scheduler sets the policy" {
	for pair in other:0 batch:3 idle:5; do
		witness_start --scheduler="${pair%:*}"
		witness_is sched.policy "${pair#*:}"
		kill "$pid"
		eventually 5 dead "$pid"
		rm "$report"
	done
}

@test "--scheduler sets a real-time priority with the right to" {
	need_root
	need_cap sys_nice
	witness_start --scheduler=fifo:3
	witness_is sched.policy 1
	witness_is sched.priority 3
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --scheduler=rr:5
	witness_is sched.policy 2
	witness_is sched.priority 5
}

@test "--scheduler=fifo without the right to is refused" {
	need_user
	as_user refused 1 'cannot .*: Operation not permitted' \
	    --scheduler=fifo:1 sleep 600
}

@test "no scheduler: unknown policy, bad priority" {
	for policy in '' fast fifo:0 fifo:100 rr:x fifo: batch:1 idle:0 FIFO \
	    other:; do
		refused 2 'scheduler' --scheduler="$policy" sleep 600
	done
}

@test "--oom-score makes the daemon the first or last to be killed" {
	witness_start --oom-score=500
	witness_is oom_score_adj 500
}

@test "--oom-score below 0 works with the right to" {
	need_root
	need_cap sys_resource
	witness_start --oom-score=-500
	witness_is oom_score_adj -500
}

@test "--oom-score below 0 without the right to is refused" {
	need_user
	as_user refused 1 'cannot .*: Permission denied' --oom-score=-500 \
	    sleep 600
}

@test "no oom score: out of range, no number" {
	for n in 1001 -1001 '' x 1.5 ' 1' 0x10; do
		refused 2 'oom-score' --oom-score="$n" sleep 600
	done
}

@test "the lowering options work together with another user" {
	need_root
	need_user
	need_cap sys_nice
	witness_start -u "$TEST_USER" --nice=-3 --io-priority=realtime:7 \
	    --scheduler=rr:2 --limit=nofile=200:300 --oom-score=100 -m 027
	witness_is ruid "$(id -u "$TEST_USER")"
	witness_is nice -3
	witness_is ioprio $((1 << 13 | 7))
	witness_is sched.policy 2
	witness_is limit.nofile '200 300'
	witness_is oom_score_adj 100
	witness_is umask 0027
}

@test "--no-new-privs is set, and only when asked for" {
	witness_start
	witness_is nnp 0
	kill "$pid"
	eventually 5 dead "$pid"
	rm "$report"
	witness_start --no-new-privs
	witness_is nnp 1
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
	eventually 5 test -e "$report"
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
	eventually 5 test -e "$report"
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
	eventually 5 dead "$pid"
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

# --- chroot -----------------------------------------------------------------

# new_root: a directory with the witness in it, and all it needs.
new_root() {
	local library
	need_root
	need_cap sys_chroot
	root=$dir/root
	mkdir -p "$root/bin" "$root/tmp" "$root/work"
	chmod 777 "$root/tmp"
	cp "$WITNESS" "$root/bin/witness"
	{ ldd "$WITNESS" 2>/dev/null || :; } | grep -o '/[^ ]*' |
	    while read -r library; do
		install -D "$library" "$root$library"
	done
	report=$root/tmp/report
	report_inside=/tmp/report
	witness_command=/bin/witness
}

# root_is DIR: the daemon's root directory, as the kernel knows it.
root_is() {
	[[ /proc/$pid/root -ef $1 ]]
}

@test "--chroot changes the root; command and -c count inside" {
	new_root
	witness_start --chroot="$root" -c /work
	root_is "$root"
	witness_is cwd /work
	witness_is argv.0 /bin/witness
}

@test "--chroot alone runs in the new root's /" {
	new_root
	cd "$root/work"
	witness_start --chroot=..
	root_is "$root"
	witness_is cwd /
	[[ /proc/$pid/cwd -ef $root ]]
}

@test "--chroot: pidfile, lock and logs count outside" {
	new_root
	witness_start --chroot="$root" -l "$dir/d.lock" -o "$dir/out"
	is "$(readlink "/proc/$pid/fd/1")" "$dir/out"
	daemon_pid "$dir/witness.pid"
	[[ -z $(find "$root" -name '*.pid' -o -name '*.lock' -o -name out) ]]
}

@test "--chroot: the command is looked up in the PATH inside" {
	new_root
	witness_command=witness
	via=(env PATH=/nowhere:/bin)
	witness_start --chroot="$root"
	root_is "$root"
	witness_is argv.0 witness
}

@test "--chroot with a user: names are looked up outside" {
	new_root
	need_user
	witness_start --chroot="$root" -u "$TEST_USER"
	root_is "$root"
	witness_is ruid "$(id -u "$TEST_USER")"
	witness_is env.USER "$TEST_USER"
}

@test "--chroot: nothing open leads out of it" {
	new_root
	witness_start --chroot="$root"
	for fd in "/proc/$pid/fd/"*; do
		[[ ! -d $fd ]]
	done
}

@test "--chroot: a command that is only outside is not found" {
	new_root
	refused 127 'not found|No such file' --chroot="$root" \
	    -p "$dir/d.pid" /bin/sleep 600
	refused 127 'not found' --chroot="$root" sleep 600
}

@test "--chroot: missing, a file, not permitted" {
	need_user
	: >"$dir/file"
	as_user refused 1 'cannot .*: Operation not permitted' --chroot=/ \
	    sleep 600
	[[ $EUID -eq 0 ]] || return 0
	need_cap sys_chroot
	refused 1 'cannot .*: No such file' --chroot="$dir/none" sleep 600
	refused 1 'cannot .*: Not a directory' --chroot="$dir/file" sleep 600
	refused 2 'chroot' --chroot='' sleep 600
}
