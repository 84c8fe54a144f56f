#!/usr/bin/env bats
# With whose rights logs are written, and which logs and options are refused.

bats_require_minimum_version 1.5.0
load helper/common
load helper/logs

# --- whose rights -----------------------------------------------------------

@test "with -u the logger runs as the user, and so do its commands" {
	need_root
	need_user
	user_dir logs >/dev/null
	obeying -u "$TEST_USER" --log-timestamp=%% --log "$dir/logs/log" \
	    --log "pipe:id -nu >$dir/logs/whom; exec cat >/dev/null"
	eventually 60 test -s logs/whom
	is "$(user_of "$logger")" "$TEST_USER"
	is "$(<logs/whom)" "$TEST_USER"
	is "$(stat -c %U logs/log)" "$TEST_USER"
	never grep -q '^CapEff:.*[1-9a-f]' "/proc/$logger/status"
}

@test "root's directory: the logger stays root, for that directory only" {
	need_root
	need_user
	mkdir roots
	user_dir theirs >/dev/null
	# shellcheck disable=SC2016
	in_mounts 'mount --bind "$0/roots" /mnt'
	obeying -u "$TEST_USER" --log-reopen --log /mnt/log --log \
	    "$dir/theirs/log" --log "pipe:id -nu >$dir/theirs/whom; exec cat"
	eventually 60 test -s theirs/whom
	is "$(user_of "$logger")" root
	is "$(user_of "$pid")" "$TEST_USER"
	is "$(<theirs/whom)" "$TEST_USER"
	is "$(stat -c %U theirs/log)" "$TEST_USER"
	mv roots/log roots/old
	mv theirs/log theirs/old
	tell 'echo here'
	eventually 60 has here roots/log
	eventually 60 has here theirs/log
	is "$(stat -c %U roots/log)" root
	is "$(stat -c %U theirs/log)" "$TEST_USER"
}

@test "a user cannot make root's logger write to what is not the user's" {
	need_root
	need_user
	mkdir roots
	user_dir theirs >/dev/null
	printf 'precious\n' >victim
	chmod 600 victim
	# shellcheck disable=SC2016
	in_mounts 'mount --bind "$0/roots" /mnt'
	obeying -u "$TEST_USER" --log-reopen --log /mnt/log \
	    --log "$dir/theirs/log"
	mv theirs/log theirs/old
	ln -s "$dir/victim" theirs/log
	kill -HUP "$logger"
	tell 'echo one'
	eventually 60 has one roots/log
	rm theirs/log
	ln victim theirs/log
	kill -HUP "$logger"
	tell 'echo two'
	eventually 60 has two roots/log
	holds victim precious
}

@test "the user's daemon may open /dev/stdout and /dev/stderr again" {
	need_root
	need_user
	user_dir logs >/dev/null
	logged -u "$TEST_USER" --log-tag --log "$dir/logs/log" -- \
	    sh -c 'echo o >/dev/stdout; echo e >/dev/stderr'
	holds <(sort logs/log) 'err: e' 'out: o'
}

@test "where anybody may write, a log does not go on in another user's file" {
	need_root
	need_user
	mkdir -m 1777 anybody
	log=$dir/anybody/log
	obeying --log-reopen --log "$log"
	says one
	rm "$log"
	: >planted
	chmod 666 planted
	chown "$TEST_USER" planted
	mv planted "$log"
	tell 'echo two'
	eventually 60 title_has 'waiting: Operation not permitted'
	is "$(<"$log")" ''
	rm "$log"
	eventually 60 has two
	is "$(stat -c %u "$log")" 0
}

@test "a log its user may not write is refused" {
	need_root
	need_user
	mkdir closed
	refused 1 'cannot open .* as the daemon.s user: Permission denied' \
	    -u "$TEST_USER" --log-timestamp --log "$dir/closed/log" sleep 600
	is "$(ls closed)" ''
}

@test "a symbolic link as a log is refused, its victim untouched" {
	printf 'precious\n' >victim
	ln -s victim link
	refused 1 'cannot open .*link' --log-size=1M -o "$dir/link" sleep 600
	refused 1 'cannot open .*link' --log "$log" --log "$dir/link" \
	    sleep 600
	holds victim precious
}

# --- what is refused --------------------------------------------------------

# wrong REGEX ARG...: a usage error that names the option.
wrong() {
	local regex=$1
	shift
	refused 2 "^daemonize: (invalid |option '--).*$regex" "$@" sleep 600
}

@test "bad values of --log-... are usage errors" {
	for value in x ISO '' ' ' tai64; do
		wrong "--log-timestamp '$value': must be iso, unix, tai64n" \
		    --log-timestamp="$value"
	done
	wrong 'log-timestamp.*too long' \
	    --log-timestamp="%$(printf '%048d' 0)"
	for value in '%c%c%c%c%c%c%c%c%c%c%c' %241d %9999d '%%%A%240d'; do
		wrong "log-timestamp '$value': must become 1 to 240 bytes" \
		    --log-timestamp="$value"
	done
	for value in 1K 0 4095; do
		wrong "log-size '$value': must be 4K or more" \
		    --log-size="$value"
	done
	for value in x '' 1Q -1 4.5M; do
		wrong "log-size '$value': must be a size" --log-size="$value"
	done
	for value in x '' 0 -1s 5x; do
		wrong "log-age '$value': must be a time" --log-age="$value"
	done
	for value in x '' -1 100001 1.5; do
		wrong "log-keep '$value': must be a number" \
		    --log-keep="$value"
	done
	for value in bzip2 '' gz 'gzip -9' /bin/gzip; do
		wrong "log-compress '$value': must be gzip, zstd or xz" \
		    --log-compress="$value"
	done
	for value in x '' BLOCK; do
		wrong "log-full '$value': must be block or drop" \
		    --log-full="$value"
	done
	for option in log-tag log-reopen pty; do
		wrong "$option' takes no value" "--$option=x"
	done
}

@test "bad targets are usage errors" {
	for option in stdout stderr log; do
		wrong "$option 'syslog:loud': unknown level" \
		    --$option=syslog:loud
		wrong "$option 'syslog:daemon.none': unknown level" \
		    --$option=syslog:daemon.none
		wrong "$option 'syslog:kern.info': unknown facility" \
		    --$option=syslog:kern.info
		wrong "$option 'syslog:.info': unknown facility" \
		    --$option=syslog:.info
		wrong "$option 'syslog:daemon.': unknown level" \
		    --$option=syslog:daemon.
		wrong "$option 'journal:daemon.info': .*level only" \
		    --$option=journal:daemon.info
		wrong "$option 'journal:loud': unknown level" \
		    --$option=journal:loud
		wrong "$option 'pipe: ': no command" "--$option=pipe: "
		wrong "$option 'file:': no file named" --$option=file:
		wrong "$option 'file:x-%d/log': only the file's name" \
		    --$option=file:x-%d/log
		wrong "$option 'null:x': nothing may follow" --$option=null:x
	done
	wrong "log 'd.pid': it is the pidfile|d.pid'" -p "$pidfile" \
	    --log-timestamp --log d.pid
}

@test "a compressor that is not there is a failure of the start" {
	path=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    type -ap xz) || skip 'needs xz to take it away'
	# Nothing that can be executed is in its place.
	in_mounts "for path in ${path//$newline/ }; do
	    mount --bind /dev/null \$path || exit; done"
	refused 1 'cannot compress logs: xz is not installed' \
	    --log-compress=xz --log-size=1M --log "$log" sleep 600
}
