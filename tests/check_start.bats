#!/usr/bin/env bats
# daemonctl start, restart and stop of daemons that have a configuration file,
# by name.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/configured

# --- start, restart, stop ----------------------------------------------------

# goes_on_and_ends: web, which was started as $first: status, restart and stop.
goes_on_and_ends() {
	local second
	ctl status web
	is "$status" 0
	[[ $output == "web: running, pid $first, "*'sleep 600' ]]
	done_well restart web
	second=$(pid_of web)
	[[ $second -ne $first ]]
	dead "$first"
	done_well stop web
	dead "$second"
	[[ ! -e $run_dir/web.pid ]]
}

@test "start, status, restart and stop by name" {
	conf web 'command = sleep 600'
	done_well start web
	first=$(pid_of web)
	goes_on_and_ends
	ctl status web
	is "$status" 3
	done_well stop web
}

@test "start, status, restart and stop by root" {
	who_root
	conf web 'command = sleep 600' "user = $TEST_USER"
	done_well start web
	first=$(pid_of web)
	is "$(stat -c %U "/proc/$first")" "$TEST_USER"
	goes_on_and_ends
}

@test "start of what runs already is a success and starts nothing" {
	conf web 'command = sleep 600'
	done_well start web
	pid=$(pid_of web)
	fine start web
	is "$(pid_of web)" "$pid"
	ctl start -v web
	is "$status" 0
	[[ $output == *'already running'* && $output == *"$pid"* ]]
}

@test "several names are started and stopped with one command" {
	conf a 'command = sleep 600'
	conf b 'command = no-such-program'
	conf c 'command = sleep 601'
	ctl start a b c
	is "$status" 127
	is "$(wc -l <<<"$error")" 1
	a=$(pid_of a)
	c=$(pid_of c)
	done_well stop a b c
	dead "$a"
	dead "$c"
}

@test "the key pidfile says where to look" {
	conf web 'command = sleep 600' "pidfile = $run_dir/elsewhere.pid"
	done_well start web
	pid=$(pid_of elsewhere)
	[[ ! -e $run_dir/web.pid ]]
	ctl status web
	is "$status" 0
	[[ $output == *"pid $pid,"* ]]
	ctl status --json web
	[[ $output == *"elsewhere.pid"* ]]
	done_well stop web
	dead "$pid"
}

@test "without XDG_CONFIG_HOME the files are in ~/.config" {
	mkdir -p "$T/.config"
	mv "$confs" "$T/.config/daemonize"
	confs=$T/.config/daemonize
	conf web 'command = sleep 600'
	via+=(env -u XDG_CONFIG_HOME)
	done_well start web
	pid_of web
	done_well stop web
	via+=(env XDG_CONFIG_HOME=)
	fine check web
}

@test "an ordinary user has nothing from /etc/daemonize.d" {
	need_root
	who_root
	conf web 'command = sleep 600'
	root=("${via[@]}")
	who_user
	via=("${root[@]}" "${via[@]}")
	says 2 "$confs/web.conf" start web
}

@test "the site's defaults hold, and the daemon's own file wins over them" {
	who_root
	printf 'umask = 022\nenv = A=site\n' >"$T/etc/daemonize.conf"
	conf web "command = $WITNESS -o $T/report"
	done_well start web
	pid_of web
	report=$T/report
	eventually 30 test -e "$report"
	witness_is umask 0022
	witness_is env.A site
	done_well stop web
	rm "$report"
	conf web "command = $WITNESS -o $T/report" 'umask = 077'
	done_well start web
	pid_of web
	eventually 30 test -e "$report"
	witness_is umask 0077
}

@test "the site's file cannot make all daemons one" {
	who_root
	conf one 'command = sleep 600'
	conf two 'command = sleep 601'
	done_well start one
	one=$(pid_of one)
	for line in "pidfile = $run_dir/one.pid" 'name = one'; do
		printf 'umask = 022\n%s\n' "$line" >"$T/etc/daemonize.conf"
		says 2 "/etc/daemonize.conf:2: '${line%% *}' is for one" start two
		ctl stop two
		[[ $status -eq 0 && $error == *"daemonize.conf:2: "* ]]
		alive "$one"
	done
	rm "$T/etc/daemonize.conf"
	done_well stop one
}

@test "start runs the daemonize that lies beside it" {
	conf web 'command = sleep 600'
	mkdir "$T/wrong"
	printf '#!/bin/sh\ntouch "%s/run/fooled"\n' "$T" >"$T/wrong/daemonize"
	chmod 755 "$T/wrong/daemonize"
	via+=(env PATH="$T/wrong:$PATH")
	done_well start web
	pid_of web
	[[ ! -e $run_dir/fooled ]]
}

@test "where no daemonize lies beside it, start and restart say so" {
	conf web 'command = sleep 600'
	mkdir "$T/alone"
	install -m 755 "$DAEMONCTL" "$T/alone/daemonctl"
	DAEMONCTL=$T/alone/daemonctl
	for verb in start restart; do
		says 1 "cannot run $T/alone/daemonize: No such file" \
		    "$verb" web
	done
	: >"$T/alone/daemonize"
	for verb in start restart; do
		says 1 "cannot run $T/alone/daemonize: Permission denied" \
		    "$verb" web
	done
}

# obedient: a script that ends at INT, and notes which signals came.
obedient() {
	cat >"$T/obedient" <<-END
	#!/bin/sh
	trap 'echo int >>$run_dir/signals; exit' INT
	trap 'echo term >>$run_dir/signals' TERM
	echo ready >>$run_dir/signals
	while :; do
		sleep 0.02
	done
	END
	chmod 755 "$T/obedient"
}

@test "stop sends the stop-signal of the configuration" {
	obedient
	conf web "command = $T/obedient" 'stop-signal = SIGINT' \
	    'stop-timeout = 100s'
	done_well start web
	pid_of web
	eventually 30 grep -q ready "$run_dir/signals"
	done_well stop web
	is "$(tail -n 1 "$run_dir/signals")" int
	run ! grep term "$run_dir/signals"
}

@test "stop waits for the stop-timeout of the configuration, then kills" {
	obedient
	conf web "command = $T/obedient" 'stop-timeout = 100s'
	done_well start web
	pid=$(pid_of web)
	eventually 30 grep -q ready "$run_dir/signals"
	(done_well stop web && : >"$T/done") >/dev/null 2>&1 3>&- &
	stop=$!
	eventually 30 grep -q term "$run_dir/signals"
	[[ ! -e $T/done ]]
	kill -KILL "$pid"
	wait "$stop"
	[[ -e $T/done ]]
	conf web "command = $T/obedient" 'stop-timeout = 300ms'
	done_well start web
	pid=$(pid_of web)
	eventually 30 has_lines 3 "$run_dir/signals"
	begin=$(now_us)
	done_well stop web
	took=$(($(now_us) - begin))
	dead "$pid"
	((took >= 300000 && took < 60000000))
}

@test "the command line's schedule wins over the configuration" {
	obedient
	conf web "command = $T/obedient" 'stop-signal = TERM' \
	    'stop-timeout = 1h'
	done_well start web
	pid=$(pid_of web)
	eventually 30 grep -q ready "$run_dir/signals"
	done_well stop --schedule=INT/100 web
	dead "$pid"
	run ! grep term "$run_dir/signals"
}

@test "restart takes the stop-signal of the configuration as well" {
	obedient
	conf web "command = $T/obedient" 'stop-signal = INT' \
	    'stop-timeout = 100s'
	done_well start web
	first=$(pid_of web)
	eventually 30 grep -q ready "$run_dir/signals"
	done_well restart web
	[[ $(pid_of web) -ne $first ]]
	dead "$first"
	grep -q int "$run_dir/signals"
	run ! grep term "$run_dir/signals"
}

@test "restart of what does not run starts it" {
	conf web 'command = sleep 600'
	done_well restart web
	pid_of web
}

@test "restart with a wrong configuration leaves the running daemon alone" {
	conf web 'command = sleep 600'
	done_well start web
	pid=$(pid_of web)
	conf web 'command = sleep 600' 'colour = blue'
	says 2 ':2: unknown key' restart web
	is "$(pid_of web)" "$pid"
	conf web 'command = no-such-program'
	says 127 'not found in PATH' restart web
	is "$(pid_of web)" "$pid"
	conf web 'command = sleep 600' 'chdir = /nonexistent'
	says 1 'nonexistent' restart web
	is "$(pid_of web)" "$pid"
	conf web 'command = sleep 600' 'cpu-affinity = 1000'
	says 1 'cannot .*1000' restart web
	is "$(pid_of web)" "$pid"
}

@test "the daemon is steered although its configuration is gone" {
	conf web 'command = sleep 600'
	done_well start web
	pid=$(pid_of web)
	rm "$confs/web.conf"
	done_well pause web
	has_state "$pid" T
	done_well resume web
	done_well stop web
	dead "$pid"
}

@test "a wrong configuration does not lead stop to another pidfile" {
	conf web 'command = sleep 600' "pidfile = $run_dir/other.pid"
	done_well start web
	pid=$(pid_of other)
	for line in 'pidfile =' 'pid-file = /x' 'stop-signal = QUTI' \
	    'stop-timeout = soon'; do
		conf web "pidfile = $run_dir/other.pid" "$line"
		says 2 'web.conf:2: ' stop web
		says 2 'web.conf:2: ' status web
		alive "$pid"
	done
	conf web "pidfile = $run_dir/other.pid"
	chmod 666 "$confs/web.conf"
	says 2 'cannot trust' stop web
	alive "$pid"
}

@test "what is wrong in a configuration and not needed is only told" {
	conf web 'command = sleep 600'
	done_well start web
	pid=$(pid_of web)
	conf web 'colour = blue' 'umask = 9' 'command = sleep 600'
	warnings='*web.conf:1: unknown key*web.conf:2: invalid umask*'
	for verb in status pause resume 'signal WINCH' stop; do
		# shellcheck disable=SC2086 # verb and signal
		ctl $verb web
		# shellcheck disable=SC2053 # a pattern
		[[ $status -eq 0 && $error == $warnings ]]
	done
	dead "$pid"
	[[ ! -e $run_dir/web.pid ]]
	says 2 'web.conf:1: unknown key' restart web
	ctl wait web
	is "$status" 0
}

@test "the site's defaults keep nobody from looking after daemons" {
	who_root
	conf web 'command = sleep 600'
	done_well start web
	pid=$(pid_of web)
	printf 'umaks = 022\nstop-signal = QUTI\n' >"$T/etc/daemonize.conf"
	ctl status web
	[[ $status -eq 0 && $error == *'/etc/daemonize.conf:1: unknown key'* ]]
	says 2 'daemonize.conf:1: ' restart web
	ctl stop web
	is "$status" 0
	dead "$pid"
	# An ordinary user may not even read it.
	chmod 600 "$T/etc/daemonize.conf"
	via+=(setpriv "--reuid=$TEST_USER" --clear-groups env
	    XDG_RUNTIME_DIR="$T/run" HOME="$T")
	ctl status web
	[[ $status -eq 3 && $error == *'/etc/daemonize.conf: Permission denied' ]]
}
