#!/usr/bin/env bats
# Attacks that have worked on daemons and daemonizers, tried on this one: logs
# that others have planted, and races.

bats_require_minimum_version 1.5.0
load helper/common
load helper/security

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
	eventually 30 grep -qx hello "$dir/log"
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
	eventually 30 grep -qx hello "$logdir/log"
	[[ $(stat -c %a "$logdir/log") == 640 ]]
}

@test "a FIFO or a terminal as log never hangs the start" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refused 1 fifo -o "$BATS_TEST_TMPDIR/fifo" sleep 1000
	refused 1 fifo -e "$BATS_TEST_TMPDIR/fifo" sleep 1000
	start -p "$pidfile" -i "$BATS_TEST_TMPDIR/fifo" sleep 1000
	[[ $status -eq 0 || $error == 'daemonize: '*fifo* ]]
}

@test "a log that somebody has made in /tmp is not written to" {
	need_root
	need_user
	local file=$BATS_TEST_TMPDIR/open/x.log
	mkdir -m 1777 "${file%/*}"
	as_user sh -c 'umask 0; : >"$1"' sh "$file"
	refused 1 'x.log: it belongs to another user, in a directory' \
	    --log "$file" echo secret
	refused 1 'x.log: it belongs to another user, in a directory' \
	    --log "$file" --log-timestamp echo secret
	[[ ! -s $file ]]
	run_as_daemon --log "$file" sh -c 'echo hello; exec sleep 1000'
	eventually 30 grep -qx hello "$file"
}

# --- S6: races --------------------------------------------------------------------

# flip SCRIPT FILE...: runs this perl in the background again and again,
# until teardown.
flip() {
	local script=$1
	shift
	perl -e 'alarm 600; while (getppid() != 1) { '"$script"' }' "$@" \
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
	stop_flipping
	rm -f "$dir/log"
	victim_is_whole
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/closed") ]]
}
