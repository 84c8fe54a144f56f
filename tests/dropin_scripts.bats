#!/usr/bin/env bats
# Lines of real scripts and units that start a service; those of other places
# are in dropin_lines.bats.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/scripts

@test "WSL: unshare with systemd's place, bare and with a lock" {
	need_root
	need_namespace --fork --pid --mount-proc
	export HOME=$T
	script 'daemonize /usr/bin/unshare --fork --pid --mount-proc \
	    '"$T"'/bin/target --system-unit=basic.target'
	[[ $status -eq 0 ]]
	eventually 30 grep -qx 'args --system-unit=basic.target' "$REPORT"
	grep -qx 'pid 1' "$REPORT"
	script '/usr/bin/env daemonize -l "${HOME}/.systemd.lock" \
	    /usr/bin/unshare -fp --mount-proc '"$T"'/bin/target \
	    --system-unit=basic.target 2>/dev/null'
	[[ $status -eq 0 ]]
	eventually 30 grep -qx 'pid 1' "$REPORT"
	locked "$T/.systemd.lock"
	kill_inside
}

# kill_inside: ends what runs below unshare, which ignores TERM itself.
kill_inside() {
	local each
	for each in $(marked_pids); do
		kill -KILL "$each" 2>/dev/null || :
	done
}

@test "gogs: a trailing slash, two files for one service, another user" {
	need_root
	need_user
	cd place
	script 'daemonize -c $(pwd)/ -a -e $T/log/gogs.log -p $T/run/gogs.pid \
	    -l $T/run/gogs.lock -u '"$TEST_USER"' -v $T/bin/target web'
	[[ $status -eq 0 ]]
	told 'args web' "cwd $T/place" "user $TEST_USER"
	recorded "$T/run/gogs.pid"
	locked "$T/run/gogs.lock"
	eventually 30 grep -qx 'to stderr' "$T/log/gogs.log"
}

@test "a Makefile: pidfile and lock are one file, and a user" {
	need_root
	need_user
	script 'LCK_FILE=$T/run/one OWNER='"$TEST_USER"'
	daemonize -p $LCK_FILE -l $LCK_FILE -u $OWNER $T/bin/target'
	[[ $status -eq 0 ]]
	told "user $TEST_USER" 'cwd /'
	recorded "$T/run/one"
	script 'daemonize -p $T/run/one -l $T/run/one -u '"$TEST_USER"' \
	    $T/bin/target'
	[[ $status -ne 0 ]]
	recorded "$T/run/one"
}

@test "courier: the target's own -d follows its path" {
	need_root
	need_user
	script 'GOPATH=$T; daemonize -p $T/run/courierapns.pid \
	    -l $T/run/courierapns.lock -u '"$TEST_USER"' $GOPATH/bin/target \
	    -d /path/to/certificate /path/to/private/key'
	[[ $status -eq 0 ]]
	told 'args -d /path/to/certificate /path/to/private/key'
	recorded "$T/run/courierapns.pid"
}

@test "a unit's ExecStart: user, log of errors, no pidfile" {
	need_root
	need_user
	script 'daemonize -u '"$TEST_USER"' -e $T/log/nfldb-update.log \
	    $T/bin/target --interval 30'
	[[ $status -eq 0 ]]
	told 'args --interval 30' "user $TEST_USER"
	eventually 30 grep -qx 'to stderr' "$T/log/nfldb-update.log"
}

@test "a unit's ExecStart: everything in the user's own directory" {
	need_root
	need_user
	D=$(user_dir sopare)
	export D
	script 'daemonize -a -E TERM=xterm -u '"$TEST_USER"' -c $D \
	    -e $D/sopare.err -o $D/sopare.log -p $D/sopare.pid -v $T/bin/target'
	# The directory is the user's, and so could be a pidfile in it.
	[[ $status -eq 0 ]]
	told 'env TERM=xterm' "cwd $D" "user $TEST_USER"
	recorded "$D/sopare.pid"
	eventually 30 grep -qx 'to stderr' "$D/sopare.err"
	[[ $(<"$D/sopare.log") == 'to stdout' ]]
}

@test "archivesspace: java and its options" {
	ln -s target bin/java
	script 'AS_HOME=$T/place ERRFILE=$T/log/e OUTFILE=$T/log/o
	PIDFILE=$T/run/p JAVA_HOME=$T
	daemonize -a -c $AS_HOME -e $ERRFILE -o $OUTFILE -p $PIDFILE \
	    -l $PIDFILE $JAVA_HOME/bin/java \
	    -Daspace.config=$AS_HOME/config/config.rb -cp lib/*:x \
	    org.archivesspace.Main'
	[[ $status -eq 0 ]]
	told "args -Daspace.config=$T/place/config/config.rb -cp lib/*:x org.archivesspace.Main" \
	    "cwd $T/place"
	recorded "$T/run/p"
}

@test "a user's files, the program found with which" {
	export HOME=$T
	mkdir tmp
	script 'daemonize -p $HOME/tmp/wlhl-server.pid \
	    -l $HOME/tmp/wlhl-server.lock -o $HOME/log/wlhl-server.log \
	    -a $(command -v target) server --chrome-path=$(command -v sh)'
	[[ $status -eq 0 ]]
	told "args server --chrome-path=$(command -v sh)"
	recorded "$T/tmp/wlhl-server.pid"
}

@test "an alias with -- and env -i" {
	need_root
	need_user
	script 'daemonize -u '"$TEST_USER"' -c $T/place -- \
	    /usr/bin/env -i HOME=$HOME REPORT=$REPORT DMN_DAEMON_MARK=$DMN_DAEMON_MARK \
	    $(command -v bash) -c "exec $T/bin/target -l -c"'
	[[ $status -eq 0 ]]
	told "user $TEST_USER" "cwd $T/place" 'args -l -c'
}

@test "one log for both streams" {
	script 'daemonize -a -o $T/log/backend.log -e $T/log/backend.log \
	    -c $T/place/ $T/bin/target;'
	[[ $status -eq 0 ]]
	told "cwd $T/place"
	eventually 30 grep -qx 'to stderr' "$T/log/backend.log"
	[[ $(xargs <"$T/log/backend.log") == 'to stdout to stderr' ]]
}

@test "two logs by the same stem, pidfile and lock in one variable" {
	script 'LOG=$T/log/dma PID=$T/run/dma.pid BINPATH=$T/bin
	daemonize -o $LOG.log -e $LOG.err -p $PID -l $PID $BINPATH/target \
	    --dev 0 --ch 1 --size 4096'
	[[ $status -eq 0 ]]
	told 'args --dev 0 --ch 1 --size 4096'
	eventually 30 grep -qx 'to stderr' "$T/log/dma.err"
	[[ $(<"$T/log/dma.log") == 'to stdout' ]]
}
