#!/usr/bin/env bats
# daemonctl inspect asked of daemons of the system, started by their own means.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/inspect

# --- real daemons, started by their own means -----------------------------------

# as_installed COMMAND...: runs it where /run, the users' crontabs and the
# like are fresh, whose content ends with the test.
as_installed() {
	need_root
	need_namespace -m
	[[ $(stat -c %d "$T") -eq $(stat -c %d /) ]] ||
	    skip 'the directory of the tests is on another file system'
	cat >private <<-'END'
	mkdir -p "$0/run/sshd" "$0/cron/crontabs" "$0/cron.d"
	: >"$0/crontab"
	mount --bind "$0/run" "$(readlink -f /var/run)"
	[ ! -d /var/spool/cron ] || mount --bind "$0/cron" /var/spool/cron
	[ ! -d /etc/cron.d ] || mount --bind "$0/cron.d" /etc/cron.d
	[ ! -e /etc/crontab ] || mount --bind "$0/crontab" /etc/crontab
	exec "$@"
	END
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 120 unshare -m \
	    --propagation private sh -ec ". $T/private" "$T" "$@" \
	    </dev/null >daemon.out 2>&1 3>&-
}

# names_an_orphan FILE: a pidfile with the pid of somebody who was adopted.
# Some write the first process's pid, and once more after the fork.
names_an_orphan() {
	pid=$(tr -d ' \n' <"$1") && [[ $pid =~ ^[1-9][0-9]*$ ]] &&
	    is_adopted "$pid"
}

# service FILE: waits for the pidfile of the daemon; sets pid.
service() {
	eventually 30 names_an_orphan "$1" 2>/dev/null
	remember "$pid"
}

@test "cron, started by its own means, is a daemon" {
	need_cmd cron
	as_installed cron
	service "$T/run/crond.pid"
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

@test "sshd, started by its own means, is a daemon" {
	need_cmd sshd ssh-keygen
	need_root
	ssh-keygen -q -t ed25519 -N '' -f key
	as_installed "$(command -v sshd)" -f /dev/null -h "$T/key" \
	    -p "$((20000 + RANDOM % 12000))" \
	    -o ListenAddress="127.$((RANDOM % 256)).$((RANDOM % 256)).2" \
	    -o PidFile="$T/sshd.pid"
	service sshd.pid
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}

@test "rsyslogd, started by its own means, is a daemon" {
	need_cmd rsyslogd
	need_root
	cat >rsyslog.conf <<-END
	module(load="imuxsock" SysSock.Use="off")
	input(type="imuxsock" Socket="$T/log.socket")
	*.* $T/syslog
	END
	as_installed rsyslogd -f "$T/rsyslog.conf" -i "$T/rsyslogd.pid"
	service rsyslogd.pid
	is_daemon "$pid"
	row_is_that_of_ps "$pid"
}
