#!/usr/bin/env bats
# Attacks that have worked on daemons and daemonizers, tried on this one:
# files planted by others, races, inherited umasks, terminals, a setuid copy.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	error=
	pidfile=$BATS_TEST_TMPDIR/d.pid
	victim=$BATS_TEST_TMPDIR/victim
	via=(timeout 20)
}

# Only some tests race in the background, or need a directory elsewhere.
flipper=
logdir=
teardown() {
	[[ -z $logdir ]] || rm -rf "$logdir"
	[[ -z $flipper ]] || kill "$flipper" 2>/dev/null || :
	stop_all
}

# make_victim: a root-only file which no start may change.
make_victim() {
	printf 'precious\n' >"$victim"
	chmod 600 "$victim"
	victim_state=$(stat -c '%i %f %u %g %h %s %y' "$victim")
}

victim_is_whole() {
	[[ $(<"$victim") == precious ]]
	[[ $(stat -c '%i %f %u %g %h %s %y' "$victim") == "$victim_state" ]]
}

# run_as_daemon ARG...: a daemon of TEST_USER; sets pid.
run_as_daemon() {
	started -p "$pidfile" -u "$TEST_USER" "$@"
	pid=$(daemon_pid "$pidfile")
}

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
	eventually 5 test -e "$BATS_TEST_TMPDIR/open/done"
	[[ $(daemon_pid "$pidfile") == "$pid" ]]
}

@test "start-stop-daemon --stop believes our pidfile under -u" {
	need_root
	need_user
	need_cmd start-stop-daemon
	run_as_daemon sleep 1000
	start-stop-daemon --status --pidfile "$pidfile"
	start-stop-daemon --stop --quiet --retry TERM/5 --pidfile "$pidfile"
	dead "$pid"
}

# --- S5, S8: planted logs ---------------------------------------------------------

@test "a log that is a symlink is refused, its victim whole" {
	make_victim
	ln -s victim "$BATS_TEST_TMPDIR/link"
	ln -s missing "$BATS_TEST_TMPDIR/dangling"
	local option
	for option in -o -e --log; do
		refused 1 link "$option" "$BATS_TEST_TMPDIR/link" sleep 1000
		refused 1 dangling "$option" "$BATS_TEST_TMPDIR/dangling" \
		    sleep 1000
	done
	victim_is_whole
}

@test "a log in the user's own directory is opened with the user's rights" {
	need_root
	need_user
	make_victim
	local dir
	dir=$(user_dir theirs)
	run_as_daemon -o "$dir/log" sh -c 'echo hello; exec sleep 1000'
	eventually 5 grep -qx hello "$dir/log"
	[[ $(stat -c '%U %a' "$dir/log") == "$TEST_USER 640" ]]
}

@test "a log planted in the user's own directory harms nothing of root's" {
	need_root
	need_user
	make_victim
	local dir log
	dir=$(user_dir theirs)
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	ln -s ../victim "$dir/symlink"
	ln "$victim" "$dir/hardlink"
	ln -s ../closed "$dir/subdir"
	victim_state=$(stat -c '%i %f %u %g %h %s %y' "$victim")
	for log in symlink hardlink subdir/log; do
		refused 1 "$log" -u "$TEST_USER" -o "$dir/$log" \
		    sh -c 'echo forged; exec sleep 1000'
		refused 1 "$log" -u "$TEST_USER" --log "$dir/$log" \
		    sh -c 'echo forged; exec sleep 1000'
	done
	victim_is_whole
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/closed") ]]
}

@test "a log in a directory of root's alone is opened for the user by root" {
	need_root
	need_user
	[[ -d /var/log && $(stat -c '%U %a' /var/log) == 'root 755' ]] ||
	    skip '/var/log is not of root alone'
	logdir=/var/log/dmn-test-$$-$RANDOM
	mkdir -m 755 "$logdir"
	run_as_daemon -o "$logdir/log" sh -c 'echo hello; exec sleep 1000'
	eventually 5 grep -qx hello "$logdir/log"
	[[ $(stat -c %a "$logdir/log") == 640 ]]
}

@test "a FIFO or a terminal as log never hangs the start" {
	local begin
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	begin=$(now_us)
	refused 1 fifo -o "$BATS_TEST_TMPDIR/fifo" sleep 1000
	refused 1 fifo -e "$BATS_TEST_TMPDIR/fifo" sleep 1000
	start -p "$pidfile" -i "$BATS_TEST_TMPDIR/fifo" sleep 1000
	(($(now_us) - begin < 3000000))
	[[ $status -eq 0 || $error == 'daemonize: '*fifo* ]]
}

# --- S6: races --------------------------------------------------------------------

# flip SCRIPT FILE...: runs this perl in the background again and again,
# until teardown.
flip() {
	local script=$1
	shift
	perl -e 'alarm 60; while (getppid() != 1) { '"$script"' }' "$@" \
	    </dev/null >/dev/null 2>&1 3>&- &
	flipper=$!
}

@test "a pidfile that keeps turning into a symlink: 500 starts, no harm" {
	need_cmd perl
	make_victim
	chmod 644 "$victim"
	: >"$victim"
	victim_state=$(stat -c '%i %f %u %g %h %s %y' "$victim")
	local i
	flip '
		my ($f, $v) = @ARGV;
		symlink($v, "$f.l"); rename("$f.l", $f);
		open(my $o, ">", "$f.n"); close($o); rename("$f.n", $f);
		unlink($f); symlink("$v.new", "$f.l"); rename("$f.l", $f);
		unlink($f);' "$pidfile" "$victim"
	for ((i = 0; i < 500; i++)); do
		"$DAEMONIZE" -p "$pidfile" true </dev/null 2>&1 3>&- ||
		    echo "status $?"
	done >"$BATS_TEST_TMPDIR/said"
	alive "$flipper"
	sort "$BATS_TEST_TMPDIR/said" | cut -c1-120 | uniq -c | sort -rn |
	    head -5
	run -1 grep -Evq '^daemonize: |^status [13]$' "$BATS_TEST_TMPDIR/said"
	[[ ! -s $victim && ! -e $victim.new ]]
	[[ $(stat -c '%i %f %u %g %h %s %y' "$victim") == "$victim_state" ]]
}

@test "a log that keeps turning into a symlink: 300 starts, no harm" {
	need_root
	need_user
	need_cmd perl
	make_victim
	chmod 600 "$victim"
	victim_state=$(stat -c '%i %f %u %g %h %s %y' "$victim")
	local dir i
	dir=$(user_dir theirs)
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	flip '
		my ($d, $v, $c) = @ARGV;
		symlink($v, "$d/l"); rename("$d/l", "$d/log");
		unlink("$d/log"); link($v, "$d/log"); unlink("$d/log");
		mkdir("$d/sub"); rmdir("$d/sub");
		symlink($c, "$d/sub"); unlink("$d/sub");' \
	    "$dir" "$victim" "$BATS_TEST_TMPDIR/closed"
	for ((i = 0; i < 150; i++)); do
		"$DAEMONIZE" -u "$TEST_USER" -o "$dir/log" echo forged ||
		    echo "status $?"
		"$DAEMONIZE" -u "$TEST_USER" -o "$dir/sub/log" echo forged ||
		    echo "status $?"
	done </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&-
	alive "$flipper"
	run -1 grep -Evq '^daemonize: |^status 1$' "$BATS_TEST_TMPDIR/said"
	kill "$flipper"
	wait "$flipper" || :
	flipper=
	rm -f "$dir/log"
	victim_is_whole
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/closed") ]]
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
		eventually 5 grep -qx 0000 "$BATS_TEST_TMPDIR/out.$mask"
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
	eventually 5 grep -qx 0027 "$BATS_TEST_TMPDIR/out"
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
	    DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 20 \
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

@test "a pidfile that someone put in place of ours is not removed" {
	need_cmd strace
	: >"$BATS_TEST_TMPDIR/broken"
	chmod 755 "$BATS_TEST_TMPDIR/broken"
	printf '#!/missing/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
	# The last step, which fails, comes late: in between, ours is replaced.
	DMN_DAEMON_MARK=$DMN_TEST_MARK strace -f -o "$(state_dir)/trace" \
	    -e trace=execve,execveat \
	    -e inject=execve,execveat:delay_enter=700000 \
	    "$DAEMONIZE" -p "$pidfile" "$BATS_TEST_TMPDIR/broken" \
	    </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	eventually 10 test -s "$pidfile"
	printf '12\n' >"$pidfile.new"
	mv "$pidfile.new" "$pidfile"
	status=0
	wait $! || status=$?
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
