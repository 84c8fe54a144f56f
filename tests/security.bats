#!/usr/bin/env bats
# Attacks that have worked on daemons and daemonizers, tried on this one:
# through the pidfile, made directories, inherited umasks, terminals and a
# setuid copy. Planted files and races are in security_planted.bats.

bats_require_minimum_version 1.5.0
load helper/common
load helper/security

# --- S1, S4: the pidfile is root's, whoever the daemon is -------------------------

@test "under -u the pidfile stays root's and its directory untouched" {
	need_root
	need_user
	local before
	before=$(stat -c '%f %u %g' "$BATS_TEST_TMPDIR")
	run_as_daemon sleep 1000
	[[ $(stat -c '%a %u %g' "$pidfile") == '644 0 0' ]]
	[[ $(stat -c '%f %u %g' "$BATS_TEST_TMPDIR") == "$before" ]]
	# shellcheck disable=SC2016 # for the inner shell
	as_user sh -c '! true >>"$1" && ! rm -f "$1" && ! mv "$1" "$1.2" &&
	    ! ln -s /etc/passwd "$1.3"' sh "$pidfile" 2>/dev/null
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
}

@test "the daemon cannot write the pidfile through the lock it inherits" {
	need_root
	need_user
	local fd flags
	run_as_daemon -l "$BATS_TEST_TMPDIR/lock" sleep 1000
	# What the kernel and the loader close is closed then.
	eventually 30 is_sleeping "$pid"
	for fd in /proc/"$pid"/fd/*; do
		[[ $(readlink "$fd") == "$BATS_TEST_TMPDIR"/* ]] || continue
		flags=$(awk '/^flags:/ { print $2 }' "${fd/\/fd\///fdinfo/}")
		printf '%s %s\n' "$fd" "$flags"
		((8#$flags % 4 == 0))
	done
	# The same from inside, without a look at /proc.
	mkdir -m 777 "$BATS_TEST_TMPDIR/open"
	pidfile=$BATS_TEST_TMPDIR/forged.pid
	# shellcheck disable=SC2016 # for the daemon's shell
	run_as_daemon sh -c 'for n in 3 4 5 6 7 8 9; do
		echo 1 >&$n; done 2>/dev/null; : >"$1"; exec sleep 1000' sh \
	    "$BATS_TEST_TMPDIR/open/done"
	eventually 30 test -e "$BATS_TEST_TMPDIR/open/done"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
}

@test "start-stop-daemon --stop believes our pidfile under -u" {
	need_root
	need_user
	need_cmd start-stop-daemon
	run_as_daemon sleep 1000
	start-stop-daemon --status --pidfile "$pidfile"
	start-stop-daemon --stop --quiet --retry TERM/60 --pidfile "$pidfile"
	dead "$pid"
}

# --- S7: --mkdir ------------------------------------------------------------------

@test "--mkdir makes what is missing, 0755 and the caller's" {
	umask 077
	start --mkdir -p "$BATS_TEST_TMPDIR/a/b/c/d.pid" \
	    --log "$BATS_TEST_TMPDIR/log/x/log" sleep 1000
	umask 022
	[[ $status -eq 0 ]]
	local dir
	for dir in a a/b a/b/c log log/x; do
		[[ $(stat -c '%a %u' "$BATS_TEST_TMPDIR/$dir") == "755 $EUID" ]]
	done
	daemon_pid "$BATS_TEST_TMPDIR/a/b/c/d.pid"
}

@test "--mkdir changes nothing about directories that are there" {
	need_root
	need_user
	local dir before
	dir=$(user_dir theirs)
	chmod 711 "$dir"
	mkdir -m 750 "$BATS_TEST_TMPDIR/ours"
	before=$(stat -c '%i %f %u %g' "$dir" "$BATS_TEST_TMPDIR/ours")
	start --mkdir -p "$BATS_TEST_TMPDIR/ours/d.pid" -o "$dir/log" \
	    -u "$TEST_USER" sleep 1000
	[[ $status -eq 0 ]]
	[[ $(stat -c '%i %f %u %g' "$dir" "$BATS_TEST_TMPDIR/ours") \
	    == "$before" ]]
}

@test "--mkdir follows no symlink and enters no directory of others" {
	need_root
	need_user
	local dir
	dir=$(user_dir theirs)
	mkdir "$BATS_TEST_TMPDIR/target"
	ln -s ../target "$dir/link"
	chown -h "$TEST_USER" "$dir/link"
	refused 1 theirs --mkdir -p "$dir/link/new/d.pid" sleep 1000
	refused 1 theirs --mkdir -p "$dir/new/d.pid" sleep 1000
	ln -s target "$BATS_TEST_TMPDIR/planted"
	chown -h "$TEST_USER" "$BATS_TEST_TMPDIR/planted"
	refused 1 planted --mkdir -p "$BATS_TEST_TMPDIR/planted/new/d.pid" \
	    sleep 1000
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/target") && ! -e $dir/new ]]
}

@test "--mkdir goes through a symlink of root's, as /var/run is one" {
	mkdir "$BATS_TEST_TMPDIR/run"
	ln -s run "$BATS_TEST_TMPDIR/var_run"
	started --mkdir -p "$BATS_TEST_TMPDIR/var_run/web/d.pid" sleep 1000
	daemon_pid "$BATS_TEST_TMPDIR/run/web/d.pid"
}

@test "a failed start takes back what --mkdir made, and only that" {
	mkdir "$BATS_TEST_TMPDIR/old"
	refused 127 missing --mkdir -p "$BATS_TEST_TMPDIR/old/a/b/d.pid" \
	    --log "$BATS_TEST_TMPDIR/log/x/log" -l "$BATS_TEST_TMPDIR/l/lock" \
	    "$BATS_TEST_TMPDIR/missing"
	[[ -d $BATS_TEST_TMPDIR/old && ! -e $BATS_TEST_TMPDIR/old/a ]]
}

# --- S9: umask --------------------------------------------------------------------

@test "the caller's umask decides no mode, and is not passed on" {
	local mask
	for mask in 000 022 077 777; do
		umask "$mask"
		start -p "$pidfile.$mask" -l "$BATS_TEST_TMPDIR/lock.$mask" \
		    -o "$BATS_TEST_TMPDIR/out.$mask" \
		    --log "$BATS_TEST_TMPDIR/log.$mask" \
		    sh -c 'umask; exec sleep 1000'
		umask 022
		[[ $status -eq 0 ]]
		[[ $(stat -c %a "$pidfile.$mask") == 644 ]]
		[[ $(stat -c %a "$BATS_TEST_TMPDIR/lock.$mask") == 600 ]]
		[[ $(stat -c %a "$BATS_TEST_TMPDIR/out.$mask") == 640 ]]
		[[ $(stat -c %a "$BATS_TEST_TMPDIR/log.$mask") == 640 ]]
		eventually 30 grep -qx 0000 "$BATS_TEST_TMPDIR/out.$mask"
	done
}

@test "-m and --log-mode say what it shall be, under any umask" {
	# The files of `start` itself are made before the umask.
	started --version
	umask 777
	start -m 027 --log-mode=600 -o "$BATS_TEST_TMPDIR/out" \
	    -p "$pidfile" sh -c 'umask; exec sleep 1000'
	umask 022
	[[ $status -eq 0 ]]
	eventually 30 grep -qx 0027 "$BATS_TEST_TMPDIR/out"
	[[ $(stat -c %a "$BATS_TEST_TMPDIR/out") == 600 ]]
}

# --- S13: the terminal ------------------------------------------------------------

@test "a daemon started on a terminal cannot reach it, nor gain one" {
	need_cmd script perl
	# shellcheck disable=SC2016 # for perl
	local probe='
		my $out = "";
		$out .= open(my $tty, "+<", "/dev/tty") ? "tty " : "no-tty ";
		opendir(my $d, "/proc/self/fd");
		for (readdir($d)) {
			my $l = readlink("/proc/self/fd/$_") // next;
			$out .= "fd$_ " if $l =~ m{^/dev/(pts/|tty|console)};
		}
		# A terminal opened without O_NOCTTY, then asked for by force.
		my $pts = open(my $p, "+<", $ARGV[0]);
		$out .= $pts ? "opened " : "closed ";
		$out .= "gained " if open($tty, "+<", "/dev/tty");
		$out .= "forced " if $pts && ioctl($p, 0x540E, 0);
		my $c = "x";
		$out .= "pushed " if open($tty, "+<", "/dev/tty") &&
		    ioctl($tty, 0x5412, $c);
		open(my $o, ">", "$ARGV[1].new"); print $o "$out\n"; close $o;
		rename("$ARGV[1].new", $ARGV[1]); sleep 1000;'
	# shellcheck disable=SC2016 # for the inner shell
	PROBE=$probe OUT=$BATS_TEST_TMPDIR/probe PIDFILE=$pidfile \
	    DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 \
	    script -qec '
		"$DAEMONIZE" -p "$PIDFILE" perl -e "$PROBE" "$(tty)" "$OUT" &&
		until [ -e "$OUT" ]; do sleep 0.02; done' /dev/null \
	    </dev/null >"$BATS_TEST_TMPDIR/typescript" 3>&-
	[[ $(<"$BATS_TEST_TMPDIR/probe") == 'no-tty opened ' ]]
	pid=$(daemon_pid "$pidfile")
	[[ $(ps_column "$pid" TTY) == '?' && $(ps_column "$pid" TPGID) == -1 ]]
	alive "$pid"
}

# --- S19: only our own files are removed ------------------------------------------

has_pid() {
	pid=$(daemon_pid "$pidfile" 2>/dev/null)
}

# is_over_continued JOB: JOB is over; if it is not, its daemon may go on.
is_over_continued() {
	kill -CONT "$pid" 2>/dev/null || :
	dead "$1"
}

@test "a pidfile that someone put in place of ours is not removed" {
	need_cmd strace
	: >"$BATS_TEST_TMPDIR/broken"
	chmod 755 "$BATS_TEST_TMPDIR/broken"
	printf '#!/missing/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
	# It stops when its last step has failed: until it is continued, ours is
	# replaced.
	DMN_DAEMON_MARK=$DMN_TEST_MARK strace -f -o "$(state_dir)/trace" \
	    -P "$BATS_TEST_TMPDIR/broken" -e trace=execve,execveat \
	    -e inject=execve,execveat:signal=STOP \
	    "$DAEMONIZE" -p "$pidfile" "$BATS_TEST_TMPDIR/broken" \
	    </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	job=$!
	eventually 30 has_pid
	printf '12\n' >"$pidfile.new"
	mv "$pidfile.new" "$pidfile"
	eventually 30 is_over_continued "$job"
	status=0
	wait "$job" || status=$?
	[[ $status -eq 126 && $(<"$pidfile") == 12 ]]
}

@test "a log that was there is not removed when the start fails" {
	printf 'old\n' >"$BATS_TEST_TMPDIR/log"
	start --log "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/missing"
	[[ $status -eq 127 && $(<"$BATS_TEST_TMPDIR/log") == old ]]
	refused 127 missing --log "$BATS_TEST_TMPDIR/new" \
	    -o "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/missing"
}

# --- S22: setuid ------------------------------------------------------------------

@test "a setuid or setgid copy of the program refuses to work" {
	need_root
	need_user
	local mode copy=$BATS_TEST_TMPDIR/copy
	for mode in 4755 2755 6755; do
		install -m "$mode" "$DAEMONIZE" "$copy"
		# Does the kernel heed the bit here (nosuid, no_new_privs)?
		install -m "$mode" "$(command -v id)" "$BATS_TEST_TMPDIR/id"
		[[ $(as_user "$BATS_TEST_TMPDIR/id") == *' e'[ug]id=0* ]] ||
		    skip "setuid programs do not work in $BATS_TEST_TMPDIR"
		DAEMONIZE=$copy as_user refused 1 setuid \
		    -p "$BATS_TEST_TMPDIR/suid.pid" \
		    touch "$BATS_TEST_TMPDIR/executed"
	done
}
