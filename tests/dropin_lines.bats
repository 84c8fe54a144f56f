#!/usr/bin/env bats
# Lines of real Dockerfiles, Makefiles, CI jobs, crontabs and shells.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/scripts

@test "a Dockerfile's CMD: the next command runs after it" {
	script 'daemonize -o $T/log/ck_server.out -e $T/log/ck_server.err \
	    $T/bin/target display dashboard --scenario=x && echo next'
	[[ $status -eq 0 && $output == next ]]
	told 'args display dashboard --scenario=x'
}

@test "an emulator: files in a world-writable directory, || exit 97" {
	# shellcheck disable=SC2016
	line='daemonize -o $T/place/avd.stdout -e $T/place/avd.stderr \
	    -p $T/place/avd.pid -l $T/place/avd.lock $T/bin/target -avd avd \
	    -no-audio -no-window -no-snapshot-save || exit 97'
	script "$line"
	[[ $status -eq 0 ]]
	told 'args -avd avd -no-audio -no-window -no-snapshot-save'
	recorded "$T/place/avd.pid"
	script "$line"
	[[ $status -eq 97 ]]
	recorded "$T/place/avd.pid"
}

@test "a Jenkinsfile: everything in the workspace" {
	script "daemonize -o $T/place/nomad.log -c $T/place \
	    -p $T/place/vegacapsule_nomad.pid $T/bin/target nomad"
	[[ $status -eq 0 ]]
	told 'args nomad' "cwd $T/place"
	recorded "$T/place/vegacapsule_nomad.pid"
}

@test "Jenkins: BUILD_ID=dontKillMe" {
	export BUILD_ID=17 WORKSPACE=$T/place
	script 'daemonize -c $WORKSPACE -e $WORKSPACE/daemon-error \
	    -o $WORKSPACE/daemon-stdout -p $WORKSPACE/pid \
	    -E BUILD_ID=dontKillMe `command -v target` start --port 3004'
	[[ $status -eq 0 ]]
	told 'env BUILD_ID=dontKillMe' 'args start --port 3004'
	recorded "$T/place/pid"
}

@test "a crontab line: quotes in -E, an environment like cron's" {
	script 'exec env -i HOME=/ LOGNAME=x SHELL=/bin/sh PATH=/usr/bin:/bin \
	    DMN_DAEMON_MARK=$DMN_DAEMON_MARK REPORT=$REPORT /bin/sh -c '"'
	    $T/bin/daemonize -E BPATH=\"/some/bot_path\" \
	    -E BTOKEN=\"the_bot_token with space\" -o $T/log/covid_bot.log \
	    $T/bin/target'"
	[[ $status -eq 0 ]]
	told 'env BPATH=/some/bot_path' 'env BTOKEN=the_bot_token with space'
}

@test "a jail: DISPLAY=:1" {
	script 'daemonize -E DISPLAY=:1 $T/bin/target'
	[[ $status -eq 0 ]]
	told 'env DISPLAY=:1' 'args '
}

@test "ttyd: started in the background, then a wait for its pidfile" {
	script 'daemonize -p $T/run/ttyd.pid $T/bin/target -p 8022 \
	    /usr/bin/busybox login &
	while [ ! -e $T/run/ttyd.pid ]; do :; done
	wait'
	[[ $status -eq 0 ]]
	told 'args -p 8022 /usr/bin/busybox login'
	recorded "$T/run/ttyd.pid"
}

@test "slots: the first free lock is taken, a taken one is skipped" {
	# shellcheck disable=SC2016
	loop='for slot in 1 2; do
		lockfile=$T/run/slot.$slot PIDFILE=$T/run/slot.$slot.pid
		daemonize -l "$lockfile" -p "$PIDFILE" /bin/sleep infinity ||
		    continue
		echo $slot; exit 0
	done; exit 9'
	for want in 1 2; do
		script "$loop"
		[[ $status -eq 0 && $output == "$want" ]]
	done
	script "$loop"
	[[ $status -eq 9 ]]
	pid=$(daemon_pid "$T/run/slot.1.pid")
	kill "$pid"
	eventually 30 dead "$pid"
	script "$loop"
	[[ $status -eq 0 && $output == 1 ]]
}

@test "socat and its display: lock before pidfile, one file" {
	ln -s target bin/socat
	script 'DAEMON_LOCKFILE=$T/run/x.lock HOST_DISPLAY=10
	daemonize -l "$DAEMON_LOCKFILE" -p "$DAEMON_LOCKFILE" $T/bin/socat \
	    TCP:localhost:60${HOST_DISPLAY},fork,reuseaddr \
	    UNIX-LISTEN:$T/run/socket'
	[[ $status -eq 0 ]]
	told "args TCP:localhost:6010,fork,reuseaddr UNIX-LISTEN:$T/run/socket"
	recorded "$T/run/x.lock"
}

@test "dockerd in a .bashrc: a lock without a pidfile, -v -a" {
	# shellcheck disable=SC2016
	line='daemonize -v -a -e $T/log/docker.stderr.log \
	    -o $T/log/docker.stdout.log -l $T/run/docker.lock $T/bin/target'
	echo earlier >"$T/log/docker.stdout.log"
	script "$line"
	[[ $status -eq 0 && -z $error ]]
	told 'args '
	eventually 30 has_lines 2 "$T/log/docker.stdout.log"
	script "$line"
	[[ $status -ne 0 ]]
}

@test "a Makefile with -v and all files below one directory" {
	script 'daemonize -v -c $T/place -a -e $T/log/err -o $T/log/out \
	    -p $T/log/pid -l $T/log/lock $T/bin/target'
	[[ $status -eq 0 ]]
	told "cwd $T/place"
	recorded "$T/log/pid"
	locked "$T/log/lock"
}

@test "ipython: many -E, one of them PATH itself" {
	need_root
	need_user
	script 'daemonize -v -u '"$TEST_USER"' -c $T/place -p $T/run/service.pid \
	    -e $T/log/start_service.log -o $T/log/start_service.log \
	    -E R_HOME=/usr/local/lib/R \
	    -E LD_LIBRARY_PATH=/usr/local/lib/R/lib:$LD_LIBRARY_PATH \
	    -E PATH=/opt/bin:$PATH $T/bin/target'
	[[ $status -eq 0 ]]
	told 'env R_HOME=/usr/local/lib/R' "env PATH=/opt/bin:$PATH" \
	    'env LD_LIBRARY_PATH=/usr/local/lib/R/lib:'
	recorded "$T/run/service.pid"
}

@test "a script that daemonizes itself with eval exec" {
	cp bin/target place/self.sh
	script 'scriptname=self argv0=$T/place/self.sh argv="a b"
	eval exec daemonize -p $T/place/$scriptname.pid \
	    -o $T/place/$scriptname.stdout -e $T/place/$scriptname.stderr \
	    /bin/sh $argv0 $argv'
	[[ $status -eq 0 ]]
	told 'args a b'
	recorded "$T/place/self.pid"
}

@test "options in front, the target from a variable" {
	need_root
	script 'daemon="daemonize -u root"
	$daemon $T/bin/target x'
	[[ $status -eq 0 ]]
	told 'args x' 'user root' 'env LOGNAME=root' 'env USER=root'
}

@test "python: a script that is relative to -c" {
	need_cmd python3
	cat >place/front.py <<-'END'
	import os, sys
	os.execv(os.environ["T"] + "/bin/target", ["target"] + sys.argv)
	END
	script 'DIR=$T/run
	daemonize -a -v -l $T/run/front.pid -p $T/run/front.pid -c $T/place \
	    -o $T/log/stdout.log -e $T/log/stderr.log $(command -v python3) \
	    front.py ${DIR}/twitter.db'
	[[ $status -eq 0 ]]
	told "args front.py $T/run/twitter.db" "cwd $T/place"
	recorded "$T/run/front.pid"
}

@test "an event handler: whatever the files are called" {
	script 'bash -c "daemonize -p $T/run/startdockerservice.pid \
	    -l $T/log/StartDockerService.log $T/bin/target"'
	[[ $status -eq 0 ]]
	told 'args '
	recorded "$T/run/startdockerservice.pid"
}

@test "watch, which wants a terminal, and gets a TERM" {
	need_cmd watch
	script 'daemonize -E TERM=xterm /usr/bin/watch -n 5 $T/bin/target -m 2'
	[[ $status -eq 0 ]]
	told 'args -m 2'
}

# What fails in bmc daemonize and people wrote all the same.

@test "a program from PATH: hugo serve, dotnet run" {
	ln -s target bin/hugo
	ln -s target bin/dotnet
	script 'daemonize -E JENKINS_NODE_COOKIE=dontKillMe hugo serve \
	    --baseURL http://127.0.0.1/'
	[[ $status -eq 0 ]]
	told 'env JENKINS_NODE_COOKIE=dontKillMe' \
	    'args serve --baseURL http://127.0.0.1/'
	script 'daemonize -a -p $T/run/net.pid -l $T/run/net.lock \
	    dotnet run /path/to/app/foo.dll'
	[[ $status -eq 0 ]]
	told 'args run /path/to/app/foo.dll'
	recorded "$T/run/net.pid"
}

@test "a program relative to the caller, and a relative lock" {
	need_root
	need_user
	cd place
	cp ../bin/target main
	script 'daemonize -a -p $T/run/goapp -l lock -u '"$TEST_USER"' ./main args'
	[[ $status -eq 0 ]]
	told 'args args' "user $TEST_USER"
	recorded "$T/run/goapp"
	locked "$T/place/lock"
}
