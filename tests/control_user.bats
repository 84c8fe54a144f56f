#!/usr/bin/env bats
# daemonctl in the hands of an ordinary user, who may steer some daemons and not
# others.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control

# --- an ordinary user -----------------------------------------------------------

@test "a user steers his own daemons under XDG_RUNTIME_DIR" {
	user_world
	conf web "command = $SUBJECT -s $rundir/told -r $rundir/ready"
	as_user quietly start web
	runs web
	eventually 30 test -s "$rundir/ready"
	[[ $(stat -c %U "/proc/$pid") == "$(stat -c %U "$rundir")" ]]
	as_user control status web
	[[ $status -eq 0 && $output == "web: running, pid $pid, "* ]]
	as_user quietly reload web
	eventually 30 lines_are "$rundir/told" HUP
	as_user quietly pause web
	has_state "$pid" T
	as_user quietly resume web
	first=$pid
	as_user quietly restart web
	dead "$first"
	runs web
	as_user control list
	[[ $status -eq 0 && $output == web$'\t'"$pid"$'\t'* ]]
	as_user quietly stop web
	is_gone "$pid" "$rundir/web.pid"
	as_user control status web
	[[ $status -eq 3 ]]
}

@test "a user's configuration is below ~/.config without XDG_CONFIG_HOME" {
	user_world
	home=$(user_dir home)
	mkdir -p "$home/.config/daemonize"
	confdir=$home/.config/daemonize
	conf web 'command = sleep 1000'
	as_user env -u XDG_CONFIG_HOME HOME="$home" \
	    DMN_DAEMON_MARK="$DMN_TEST_MARK" "$DAEMONCTL" start web 3>&-
	runs web
}

@test "without HOME a user's configuration is where his home is" {
	need_root
	user_world
	home=$(getent passwd "$TEST_USER" | cut -d: -f6)
	via+=(env -u HOME -u XDG_CONFIG_HOME)
	as_user declined 2 "there is no $home/.config/daemonize/web.conf" \
	    start web
}

@test "what a user may not do fails, says so and changes nothing" {
	need_root
	daemon web
	user_world
	for verb in stop reload pause resume 'signal HUP' 'signal KILL'; do
		# shellcheck disable=SC2086 # verb and signal
		as_user declined 4 \
		    "cannot ${verb%% *} .*\\(pid $pid\\): Operation not permitted" \
		    $verb --pidfile="$file"
		is_sleeping "$pid"
	done
	[[ $(daemon_pid "$file") == "$pid" ]]
	as_user control status --pidfile="$file"
	[[ $status -eq 0 && $output == "$file: running, pid $pid, "* ]]
}

@test "what is not permitted does not keep the rest from being done" {
	need_root
	daemon web
	not_mine=$pid
	not_my_file=$file
	user_world
	as_user started -n mine sleep 1000
	runs mine
	as_user control stop --pidfile="$not_my_file" mine
	[[ $status -eq 4 && $error == *"$not_my_file"*"$not_mine"* ]]
	[[ $(wc -l <<<"$error") -eq 1 ]]
	is_sleeping "$not_mine"
	is_gone "$pid" "$rundir/mine.pid"
}

@test "a pidfile that a user may not read: exit 4, and nothing changes" {
	need_root
	daemon web
	chmod 600 "$file"
	user_world
	as_user control status --pidfile="$file"
	[[ $status -eq 4 && $output == *unknown*'Permission denied'* ]]
	as_user declined 4 'Permission denied' stop --pidfile="$file"
	as_user declined 4 'Permission denied' reload --pidfile="$file"
	is_sleeping "$pid"
}

@test "a user cannot remove the pidfile of a stopped daemon: stop is right" {
	need_root
	user_world
	mkdir "$BATS_TEST_TMPDIR/closed"
	file=$BATS_TEST_TMPDIR/closed/web.pid
	started -p "$file" -u "$TEST_USER" sleep 1000
	pid=$(daemon_pid "$file")
	as_user control stop --pidfile="$file"
	[[ $status -eq 0 ]]
	dead "$pid"
	as_user control status --pidfile="$file"
	[[ $status -eq 1 ]]
}
