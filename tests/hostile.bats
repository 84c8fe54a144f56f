#!/usr/bin/env bats
# Hostile places, environments, arguments, umasks and limits of the caller. Its
# descriptors are in hostile_descriptors.bats, its signals in
# hostile_signals.bats, its terminals and parents in hostile_sessions.bats.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/hostile

# --- places -----------------------------------------------------------------

@test "the mount it was started on can be unmounted" {
	need_root
	need_namespace -m
	mkdir "$BATS_TEST_TMPDIR/mount"
	status=0
	M=$BATS_TEST_TMPDIR/mount P=$BATS_TEST_TMPDIR/d.pid timeout 60 \
	    unshare -m sh -c '
		mount -t tmpfs none "$M" || exit 99
		cd "$M" && : >leaked && exec 8<leaked || exit 98
		"$DAEMONIZE" -p "$P" sleep 600 || exit 97
		exec 8<&-; cd / || exit 96
		umount "$M"' </dev/null 3>&- 4>&- || status=$?
	[[ $status -ne 99 ]] || skip 'needs to mount a tmpfs'
	is "$status" 0
	alive "$(daemon_pid "$BATS_TEST_TMPDIR/d.pid")"
}

@test "a working directory that has been removed" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	via=("$LAUNCHER" -w "$BATS_TEST_TMPDIR/gone" --)
	witness_start
	is_a_clean_daemon
}

@test "a removed working directory makes a relative path an error" {
	gone=$(state_dir)/gone
	for option in -p -l -o -e -c --log; do
		mkdir "$gone"
		via=("$LAUNCHER" -w "$gone" --)
		refused 1 'relative|working directory|No such file' \
		    "$option" name "$(command -v sleep)" 600
	done
}

@test "a working directory its user may not enter" {
	need_root
	need_user
	dir=$(state_dir)/closed
	mkdir -m 700 "$dir"
	cd "$dir"
	as_user witness_start
	is_a_clean_daemon
}

# --- environment, arguments, umask, limits ----------------------------------

@test "an empty environment" {
	via=("$LAUNCHER" -e --)
	witness_start
	is_a_clean_daemon
	witness_is env.PATH /usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin
	witness_has env.IFS
	witness_is envcount 2
}

@test "malformed entries of the environment are dropped, others kept" {
	via=("$LAUNCHER" -e -E GOOD=1 -E malformed -E '' -E '=x' -E '=' \
	    -E EMPTY= -E 'EQUALS=a=b' --)
	witness_start
	is_a_clean_daemon
	is "$(grep '^badenv' "$report")" ''
	witness_is env.GOOD 1
	witness_is env.EMPTY ''
	witness_is env.EQUALS a=b
	witness_is envcount 5
}

@test "an environment of ten thousand entries" {
	need_cmd env
	entries=()
	for n in {1..10000}; do
		entries+=("DMN_N$n=$n")
	done
	via=(env "${entries[@]}")
	witness_start
	is_a_clean_daemon
	witness_is env.DMN_N1 1
	witness_is env.DMN_N10000 10000
}

@test "no argv at all is a usage error, not a crash" {
	via=("$LAUNCHER" -0 --)
	refused 2 'command'
}

@test "an empty or long name in argv[0] changes nothing" {
	via=("$LAUNCHER" -A '' --)
	refused 2 'command'
	via=("$LAUNCHER" -A "$(printf '%05000d' 0)" --)
	refused 2 'command'
	witness_start
	is_a_clean_daemon
}

@test "a umask of 0777 leaves usable files" {
	dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -u 777 --)
	witness_start -o "$dir/out" -l "$dir/lock"
	is_a_clean_daemon 5
	is "$(stat -c %a "$pidfile")" 644
	is "$(stat -c %a "$dir/out")" 640
	is "$(stat -c %a "$dir/lock")" 600
}

@test "a umask of 0 leaves nothing writable by others" {
	dir=$BATS_TEST_TMPDIR
	via=("$LAUNCHER" -u 0 --)
	witness_start -o "$dir/out" -l "$dir/lock" --mkdir --log "$dir/a/b/log"
	is "$(stat -c %a "$pidfile")" 644
	is "$(stat -c %a "$dir/out")" 640
	is "$(stat -c %a "$dir/lock")" 600
	is "$(stat -c %a "$dir/a/b/log")" 640
	is "$(stat -c %a "$dir/a/b")" 755
}

@test "a umask of 0777 is no hindrance to an ordinary user" {
	need_user
	via=("$LAUNCHER" -u 777 --)
	as_user witness_start
	is_a_clean_daemon
	is "$(stat -c %a "$pidfile")" 644
}

@test "a file size limit of 0 is an error message, not SIGXFSZ" {
	for size in 0 2; do
		# Through a pipe: the limit holds for the test's files as well.
		run "$LAUNCHER" -l "fsize=$size" -- "$DAEMONIZE" \
		    -p "$BATS_TEST_TMPDIR/d.pid" sleep 600 3>&- 4>&-
		is "$status" 1
		printf '%s\n' "$output"
		[[ $output == 'daemonize: cannot '*': File too large' ]]
		[[ ! -e $BATS_TEST_TMPDIR/d.pid ]]
	done
}

@test "no process allowed: the fork that fails is told" {
	need_user
	via=("$LAUNCHER" -l nproc=0:0 --)
	as_user refused 1 'Resource temporarily unavailable' sleep 600
	dir=$(user_dir theirs)
	via=("$LAUNCHER" -l nproc=0:0 --)
	as_user refused 1 'Resource temporarily unavailable' \
	    -p "$dir/d.pid" -o "$dir/out" sleep 600
}

@test "little memory allowed: it works or says why" {
	need_plain_build
	pidfile=$BATS_TEST_TMPDIR/d.pid
	for kilobytes in 1500 2000 2500 3000 4000 6000 8000 16000; do
		via=("$LAUNCHER" -l "as=$((kilobytes * 1024))" --)
		start -p "$pidfile" -- "$WITNESS"
		if [[ $status -eq 0 ]]; then
			pid=$(daemon_pid "$pidfile")
			remember "$pid"
			kill "$pid" 2>/dev/null || :
			eventually 30 dead "$pid"
			rm -f "$pidfile"
			continue
		fi
		# 139 and 127: the kernel and the loader, before main.
		[[ ! -e $pidfile ]]
		is "$(marked_pids)" ''
	done
	is "$status" 0
}
