#!/usr/bin/env bats
# What a pidfile must refuse to touch: somebody else's files, what is no regular
# file, and places where there can be none.

bats_require_minimum_version 1.5.0
load helper/common
load helper/pidfile

# bytes FILE: a checksum and the size.
bytes() {
	cksum <"$1"
}

# identity FILE: everything that a start must not change about FILE.
identity() {
	stat -c '%n %i %f %u %g %h %s %y' -- "$1"
	[[ ! -f $1 || -L $1 ]] || bytes "$1"
}

# keeps FILE STATUS REGEX ARG...: refused, and FILE is as it was before.
keeps() {
	local file=$1 before
	shift
	before=$(identity "$file")
	refused "$@"
	[[ $(identity "$file") == "$before" ]]
}

# at_once COMMAND...: COMMAND is over long before it would be ended.
at_once() {
	local begin
	begin=$(now_us)
	"$@"
	(($(now_us) - begin < 25000000))
}

# on_small_tmpfs SIZE SCRIPT: in a mount namespace with a tmpfs of SIZE on
# $BATS_TEST_TMPDIR/fs, runs SCRIPT (sh) with the daemonizer in $D.
on_small_tmpfs() {
	need_root
	need_namespace -m
	mkdir -p "$BATS_TEST_TMPDIR/fs"
	status=0
	DMN_DAEMON_MARK=$DMN_TEST_MARK D=$DAEMONIZE FS=$BATS_TEST_TMPDIR/fs \
	    timeout 50 unshare -m sh -c '
		mount -t tmpfs -o size='"$1"' none "$FS" || exit 99
		'"$2" </dev/null >"$BATS_TEST_TMPDIR/out" \
	    2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
	error=$(<"$BATS_TEST_TMPDIR/err")
	output=$(<"$BATS_TEST_TMPDIR/out")
	printf 'status %s\n%s\n%s\n' "$status" "$error" "$output"
	[[ $status -ne 99 ]] || skip 'cannot mount a tmpfs'
	eventually 30 nothing_left
}

nothing_left() {
	[[ -z $(marked_pids) ]]
}

# --- somebody else's file -------------------------------------------------------

@test "foreign content is refused and not a byte of it changed" {
	local content n=0
	for content in 'root:x:0:0::/:/bin/sh\n' '-1\n' '0x1f\n' '12a\n' \
	    'PID=5\n' '+7\n' '1.5\n' '# 12\n' '\001' '\377\376' '12\n#\n'; do
		n=$((n + 1))
		# shellcheck disable=SC2059 # the content has escapes
		printf -- "$content" >"$pidfile.$n"
		printf 'content %s\n' "$content"
		keeps "$pidfile.$n" 1 "$pidfile.$n" -p "$pidfile.$n" sleep 1000
	done
}

@test "foreign content is seen wherever it hides in a long file" {
	local blank
	for blank in 4095 4096 65536 1000000; do
		head -c "$blank" /dev/zero | tr '\0' 3 >"$pidfile.$blank"
		printf 'precious\n' >>"$pidfile.$blank"
		keeps "$pidfile.$blank" 1 "$pidfile" -p "$pidfile.$blank" sleep 1000
	done
}

@test "the refusal says how to get past it" {
	printf 'precious\n' >"$pidfile"
	refused 1 'remove|delete|another|not a pidfile|no pidfile' \
	    -p "$pidfile" sleep 1000
}

@test "-p /etc/passwd is refused and harms nothing" {
	# A copy, in a mount namespace: the test must survive a broken program.
	need_root
	need_namespace -m
	cp /etc/passwd "$BATS_TEST_TMPDIR/passwd"
	status=0
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 50 unshare -m sh -c '
		mount --bind "$1/passwd" /etc/passwd || exit 99
		exec "$2" -p /etc/passwd sleep 1000' sh "$BATS_TEST_TMPDIR" \
	    "$DAEMONIZE" </dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- ||
	    status=$?
	[[ $status -ne 99 ]] || skip 'cannot mount over /etc/passwd'
	[[ $status -eq 1 ]]
	grep -qx 'daemonize: .*/etc/passwd.*' "$BATS_TEST_TMPDIR/err"
	cmp /etc/passwd "$BATS_TEST_TMPDIR/passwd"
}

@test "a file of another owner is refused" {
	need_root
	need_user
	printf '12\n' >"$pidfile"
	chown "$TEST_USER" "$pidfile"
	keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
}

@test "an ordinary user cannot take root's pidfile" {
	need_root
	need_user
	printf '12\n' >"$pidfile"
	as_user keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
}

@test "a file that group or others may write is refused" {
	local mode
	for mode in 664 646 666 602 620 777; do
		printf '12\n' >"$pidfile.$mode"
		chmod "$mode" "$pidfile.$mode"
		keeps "$pidfile.$mode" 1 "$pidfile" -p "$pidfile.$mode" sleep 1000
	done
}

# --- what is no regular file ----------------------------------------------------

@test "a symlink is refused, whatever it points to" {
	local victim=$BATS_TEST_TMPDIR/victim
	printf 'precious\n' >"$victim"
	printf '12\n' >"$victim.digits"
	: >"$victim.empty"
	mkdir "$victim.dir"
	ln -s "$victim" "$pidfile.1"
	ln -s "$victim.digits" "$pidfile.2"
	ln -s "$victim.empty" "$pidfile.3"
	ln -s "$victim.dir" "$pidfile.4"
	ln -s "$victim.missing" "$pidfile.5"
	ln -s "$victim.missing/deeper" "$pidfile.6"
	ln -s "$pidfile.7" "$pidfile.7"
	ln -s "$pidfile.3" "$pidfile.8"
	local n
	for n in 1 2 3 4 5 6 7 8; do
		printf 'link %s\n' "$n"
		keeps "$pidfile.$n" 1 "$pidfile.$n" -p "$pidfile.$n" sleep 1000
		[[ -L $pidfile.$n ]]
	done
	[[ ! -e $victim.missing ]]
}

@test "a symlink further up the path is followed" {
	mkdir "$BATS_TEST_TMPDIR/run"
	ln -s run "$BATS_TEST_TMPDIR/var_run"
	started -p "$BATS_TEST_TMPDIR/var_run/d.pid" sleep 1000
	daemon_pid "$BATS_TEST_TMPDIR/run/d.pid"
}

@test "a FIFO is refused at once, with and without a reader" {
	mkfifo "$pidfile" "$pidfile.busy"
	exec 7<>"$pidfile.busy"
	at_once keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
	at_once keeps "$pidfile.busy" 1 "$pidfile" -p "$pidfile.busy" sleep 1000
	exec 7>&-
}

@test "a directory is refused" {
	mkdir "$pidfile"
	refused 1 "$pidfile.*(directory|regular)" -p "$pidfile" sleep 1000
	refused 1 "$pidfile" -p "$pidfile/" sleep 1000
	refused 1 / -p / sleep 1000
}

@test "a device is refused" {
	at_once refused 1 /dev/null -p /dev/null sleep 1000
	at_once refused 1 /dev/zero -p /dev/zero sleep 1000
	[[ -c /dev/null && $(stat -c %a /dev/null) == 666 ]]
	if [[ $EUID -eq 0 ]]; then
		mknod "$pidfile" c 1 3 || skip 'cannot make a device'
		keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
	fi
}

@test "a socket is refused" {
	need_cmd perl
	perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
		bind($s, pack_sockaddr_un($ARGV[0])) or die' "$pidfile"
	[[ -S $pidfile ]]
	keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
}

@test "a file with a second hard link is refused under both names" {
	printf '12\n' >"$pidfile"
	ln "$pidfile" "$pidfile.2"
	keeps "$pidfile" 1 "$pidfile" -p "$pidfile" sleep 1000
	keeps "$pidfile.2" 1 "$pidfile.2" -p "$pidfile.2" sleep 1000
}

# --- places where there can be none ---------------------------------------------

@test "a missing directory is named with the reason" {
	refused 1 "missing/d.pid.*No such file or directory" \
	    -p "$BATS_TEST_TMPDIR/missing/d.pid" sleep 1000
}

@test "a file in place of a directory is named with the reason" {
	: >"$BATS_TEST_TMPDIR/file"
	refused 1 "file/d.pid.*Not a directory" \
	    -p "$BATS_TEST_TMPDIR/file/d.pid" sleep 1000
}

@test "an unwritable directory is refused with the reason" {
	local dir=$BATS_TEST_TMPDIR/closed
	mkdir -m 755 "$dir"
	if [[ $EUID -eq 0 ]]; then
		need_user
	else
		chmod 555 "$dir"
	fi
	as_user refused 1 'closed/d.pid.*Permission denied' \
	    -p "$dir/d.pid" sleep 1000
}

@test "a name too long for the kernel is refused with the reason" {
	local name
	name=$(printf '%0300d' 0)
	refused 1 'File name too long' -p "$BATS_TEST_TMPDIR/$name" sleep 1000
	name=$(printf '/%0200d' {1..40})
	start -p "$BATS_TEST_TMPDIR$name" sleep 1000
	[[ $status -eq 1 && $error == 'daemonize: '* && -z $(marked_pids) ]]
}

@test "the cause is told also after a very long path" {
	local name
	name=$(printf '/%0200d' {1..18})
	refused 1 'No such file or directory$' \
	    -p "$BATS_TEST_TMPDIR$name" sleep 1000
}

@test "a full file system is refused and the empty file removed" {
	on_small_tmpfs 4k '
		dd if=/dev/zero of="$FS/ballast" bs=4k count=4 2>/dev/null
		"$D" -p "$FS/d.pid" sleep 1000; s=$?; ls "$FS"; exit $s'
	[[ $status -eq 1 && $output == ballast ]]
	[[ $error =~ ^'daemonize: '.*d\.pid.*'No space left on device'$ ]]
}

@test "no inode left: refused with the reason" {
	on_small_tmpfs 64k,nr_inodes=2 '
		: >"$FS/ballast"
		"$D" -p "$FS/d.pid" sleep 1000; s=$?; ls "$FS"; exit $s'
	[[ $status -eq 1 && $output == ballast ]]
	[[ $error =~ ^'daemonize: '.*d\.pid.*'No space left on device'$ ]]
}

@test "a stale file on a full file system stays a harmless stale file" {
	on_small_tmpfs 4k '
		: >"$FS/d.pid"
		dd if=/dev/zero of="$FS/ballast" bs=4k count=4 2>/dev/null
		"$D" -p "$FS/d.pid" sleep 1000; s=$?
		ls "$FS"; wc -c <"$FS/d.pid"; rm "$FS/ballast"
		"$D" -p "$FS/d.pid" sleep 1000 && kill "$(cat "$FS/d.pid")"
		exit $s'
	[[ $status -eq 1 && $output == "ballast${newline}d.pid${newline}0" ]]
	[[ $error =~ ^'daemonize: '.*d\.pid.*'No space left on device'$ ]]
}

@test "a read-only file system is refused with the reason" {
	on_small_tmpfs 64k '
		echo 12 >"$FS/old.pid"
		mount -o remount,ro "$FS"
		"$D" -p "$FS/new.pid" sleep 1000; s=$?
		"$D" -p "$FS/old.pid" sleep 1000; t=$?
		cat "$FS"/*; exit $((s * 10 + t))'
	[[ $status -eq 11 && $output == 12 ]]
	[[ $error =~ ^'daemonize: '.*new\.pid.*'Read-only file system'"$newline" ]]
	[[ $error =~ "$newline"'daemonize: '.*old\.pid.*'Read-only file system'$ ]]
}
