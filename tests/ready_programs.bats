#!/usr/bin/env bats
# Readiness of real programs: when the command returns, they answer. What is
# not installed is skipped with the reason.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/ready
load helper/programs

nginx_ready() {
	ready "$@" -e "$T/errors" nginx -c "$T/nginx.conf" -p "$T" \
	    -g 'daemon off;'
}

@test "nginx: tcp, unix and log; the first request is answered" {
	need_cmd nginx curl
	port=$(free_port)
	nginx_conf "127.0.0.1:$port"
	nginx_ready --ready="tcp:$port"
	[[ $(curl -s "http://127.0.0.1:$port/") == answer ]]
	nginx_conf "unix:$T/socket"
	nginx_ready --ready="unix:$T/socket"
	[[ $(curl -s --unix-socket "$T/socket" http://x/) == answer ]]
	rm -f "$T/socket"
	nginx_conf "127.0.0.1:$port"
	nginx_ready --ready='log:start worker processes$' --ready="tcp:$port" \
	    --ready="command:curl -s http://127.0.0.1:$port/" \
	    --ready="file:$T/nginx-own-pid"
	[[ $(curl -s "http://127.0.0.1:$port/") == answer ]]
}

@test "nginx that cannot bind says why in the lines that are shown" {
	need_cmd nginx
	nginx_conf 192.0.2.1:80
	start --ready="tcp:$(free_port)" -e "$T/errors" nginx \
	    -c "$T/nginx.conf" -p "$T" -g 'daemon off;'
	[[ $status -eq 4 ]]
	grep -q '^daemonize: cannot start nginx: it exited with status 1 before' \
	    <<<"$error"
	grep -q '^daemonize: output of nginx: .*bind() to 192.0.2.1:80 failed' \
	    <<<"$error"
}

@test "nginx that daemonizes itself is told to stay" {
	need_cmd nginx
	port=$(free_port)
	nginx_conf "127.0.0.1:$port"
	refused_backgrounded --ready=alive:50s nginx -c "$T/nginx.conf" -p "$T"
	run ! curl -s "http://127.0.0.1:$port/"
}

refused_backgrounded() {
	start "$@"
	[[ $status -eq 4 && $error == *'it put itself in the background'* ]] &&
	    [[ -z $(marked_pids) ]]
}

@test "redis: tcp, unix and log; the first ping is answered" {
	need_cmd redis-server redis-cli
	port=$(free_port)
	ready --ready="tcp:$port" -c "$T" redis-server --port "$port" \
	    --bind 127.0.0.1 --save '' --appendonly no
	[[ $(redis-cli -p "$port" ping) == PONG ]]
	ready --ready="unix:$T/socket" -c "$T" redis-server --port 0 \
	    --unixsocket "$T/socket" --save '' --appendonly no
	[[ $(redis-cli -s "$T/socket" ping) == PONG ]]
	ready --ready='log:Ready to accept connections' -c "$T" -o "$T/log" \
	    redis-server --port "$port" --bind 127.0.0.1 --save ''
	[[ $(redis-cli -p "$port" ping) == PONG ]]
}

@test "redis: notify, where it is built with it" {
	need_cmd redis-server redis-cli
	ldd "$(command -v redis-server)" | grep -q libsystemd ||
	    skip 'this redis-server does not speak to service managers'
	port=$(free_port)
	ready --ready=notify -c "$T" redis-server --supervised systemd \
	    --port "$port" --bind 127.0.0.1 --save '' --appendonly no
	[[ $(redis-cli -p "$port" ping) == PONG ]]
}

@test "PostgreSQL: log, and command:pg_isready; the first query is answered" {
	postgres_prepare
	ready "${user[@]}" --log="$data/log" \
	    --ready='log:database system is ready to accept connections' \
	    "${server[@]}"
	[[ $(query 'select 6 * 7') == 42 ]]
	kill -INT "$pid"
	eventually 60 dead "$pid"
	ready "${user[@]}" --log="$data/log" \
	    --ready="command:$bin/pg_isready -q -h $data" "${server[@]}"
	[[ $(query 'select 6 * 7') == 42 ]]
	kill -INT "$pid"
	eventually 60 dead "$pid"
}

@test "cron runs a job every minute, and only one at a time" {
	# Three at the same moment stand for a job that takes too long.
	line="@reboot root DMN_DAEMON_MARK=$DMN_TEST_MARK $DAEMONIZE --ready=exit"
	line="$line --if-running=ok -p $T/job.pid $T/job >>$T/said 2>&1"
	own_cron "$line; echo 1 \$? >>$T/ended" "$line; echo 2 \$? >>$T/ended" \
	    "$line; echo 3 \$? >>$T/ended"
	cat >"$T/job" <<-END
	#!/bin/sh
	echo run >>$T/ran
	until test -e $T/go; do sleep 0.05; done
	END
	chmod 755 "$T/job"
	start -p "$pidfile" -o "$T/log" -e "$T/log" cron -f -L 5
	[[ $status -eq 0 ]]
	eventually 60 has_lines 2 "$T/ended"
	# The one that has the lock may not yet have come to run.
	eventually 60 has_lines 1 "$T/ran"
	[[ $(wc -l <"$T/ran") -eq 1 ]]
	: >"$T/go"
	eventually 60 has_lines 3 "$T/ended"
	[[ $(wc -l <"$T/ran") -eq 1 && ! -s $T/said ]]
	[[ $(grep -c ' 0$' "$T/ended") -eq 3 && ! -e $T/job.pid ]]
}
