# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the tests that use real programs share. Load helper/common first; T is
# the directory of the test.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# free_port: a TCP port of the loopback interface where nobody listens. Each
# test file has its own ones: files run side by side.
free_port() {
	local file n=0 port
	for file in "$BATS_TEST_DIRNAME"/*.bats; do
		[[ $file != "$BATS_TEST_FILENAME" ]] || break
		n=$(((n + 1) % 80))
	done
	while :; do
		port=$((20000 + n * 150 + RANDOM % 150))
		(exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	printf '%s\n' "$port"
}

# own_cron LINE...: from now on a cron that is started sees these lines as its
# table and nothing of the machine's, whose places are fixed.
own_cron() {
	need_root
	need_cmd cron
	need_namespace -m
	[[ -d /etc/cron.d && -d /var/spool/cron ]] ||
	    skip 'not the cron of Debian: no /etc/cron.d, no /var/spool/cron'
	printf '%s\n' "$@" >"$T/table"
	cat >"$T/private" <<-END
	#!/bin/sh
	set -e
	for dir in /run /etc/cron.d /var/spool/cron; do
		mount -t tmpfs none \$dir
	done
	cat '$T/table' >/etc/cron.d/job
	exec "\$@"
	END
	chmod 755 "$T/private"
	via=(unshare -m --propagation private "$T/private")
}

# nginx_conf WHERE [TEXT]: a configuration of nginx that listens there and
# answers with TEXT.
nginx_conf() {
	cat >"$T/nginx.conf" <<-END
	pid $T/nginx-own-pid;
	error_log stderr notice;
	worker_processes 1;
	events { worker_connections 64; }
	http {
		access_log off;
		client_body_temp_path $T/body;
		proxy_temp_path $T/proxy;
		fastcgi_temp_path $T/fastcgi;
		uwsgi_temp_path $T/uwsgi;
		scgi_temp_path $T/scgi;
		server {
			listen $1;
			location / { return 200 "${2-answer}\n"; }
		}
	}
	END
}

# postgres_dir: prints where PostgreSQL has its programs.
postgres_dir() {
	local dir
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
	    "$(dirname "$(command -v postgres || echo /none/x)")"; do
		if [[ -x $dir/postgres && -x $dir/initdb && -x $dir/psql &&
		    -x $dir/pg_isready ]]; then
			printf '%s\n' "$dir"
			return 0
		fi
	done
	return 1
}

# postgres_prepare: makes a cluster. Sets bin, data (where its socket is to be),
# user, the options that say whose it is, and server, the command.
postgres_prepare() {
	local as=()
	bin=$(postgres_dir) || skip 'PostgreSQL is not installed'
	user=()
	data=$T/pg
	mkdir "$data"
	if [[ $EUID -eq 0 ]]; then
		id postgres >/dev/null 2>&1 || skip 'there is no user postgres'
		need_cmd setpriv
		reachable
		chown postgres "$data"
		as=(setpriv --reuid=postgres --regid=postgres --init-groups)
		user=(-u postgres)
	fi
	(cd / && "${as[@]}" "$bin/initdb" -D "$data/db" -U keeper -A trust -N \
	    --no-locale -E UTF8) >"$(state_dir)/initdb" 2>&1
	# The port is a part of the socket's name, no more.
	server=("$bin/postgres" -D "$data/db" -k "$data" -p 5432
	    -c listen_addresses= -c fsync=off)
}

# query SQL: prints what that server answers.
query() {
	(cd / && PGCONNECT_TIMEOUT=30 "$bin/psql" -X -A -t -q -h "$data" \
	    -p 5432 -U keeper -d postgres -c "$1")
}
