#!/usr/bin/env bats
# Real programs, wrapped, used over their own protocol, and ended. What is not
# installed is skipped with the reason.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/programs

setup() {
	T=$BATS_TEST_TMPDIR
}

# wrap NAME [OPTION]... COMMAND...: starts COMMAND with a pidfile of that name
# and sees that the very process is a daemon which holds the lock. A program
# that closes every descriptor it does not know gives the lock up: drops_lock=1.
wrap() {
	pidfile=$T/$1.pid
	shift
	started -p "$pidfile" "$@" || return 1
	pid=$(daemon_pid "$pidfile") || return 1
	remember "$pid"
	is_daemon "$pid" || return 1
	[[ -n ${drops_lock-} ]] || holds_lock "$pid" "$pidfile"
}

is_daemon() {
	local sid
	sid=$(ps_column "$1" SID) &&
	    [[ $sid != "$1" && $(ps_column "$1" PGID) == "$sid" ]] &&
	    [[ $(ps_column "$1" TTY) == '?' ]] &&
	    [[ $(ps_column "$1" TPGID) == -1 ]]
}

# end SIGNAL: ends the wrapped program; process, lock and pid must be gone.
end() {
	kill -"$1" "$pid"
	eventually 60 dead "$pid"
	eventually 60 flock -n "$pidfile" true
}

# say PORT TEXT: sends TEXT, prints what comes back until the other side ends.
say() {
	local port=$1
	shift
	# shellcheck disable=SC2016
	timeout 30 bash -c 'exec 9<>"/dev/tcp/127.0.0.1/$0" &&
	    printf "$1" >&9 && cat <&9' "$port" "$*"
}

answers() {
	local regex=$1
	shift
	"$@" 2>/dev/null | grep -qE "$regex"
}

@test "a shell script without #! runs, hears signals and takes its leave" {
	cat >"$T/worker" <<-'END'
	trap 'echo "asked $((n += 1))"' USR1
	trap 'echo bye; exit 0' TERM
	echo "up as $$"
	while :; do sleep 0.05; done
	END
	chmod 755 "$T/worker"
	wrap worker -o "$T/log" "$T/worker"
	eventually 60 grep -qx "up as $pid" "$T/log"
	kill -USR1 "$pid"
	eventually 60 grep -qx 'asked 1' "$T/log"
	kill -USR1 "$pid"
	eventually 60 grep -qx 'asked 2' "$T/log"
	end TERM
	[[ $(tail -n 1 "$T/log") == bye ]]
}

@test "python3 -m http.server serves the directory it is put into" {
	need_cmd python3 curl
	port=$(free_port)
	mkdir "$T/www"
	echo 'hello from below' >"$T/www/page"
	wrap http -c "$T/www" --log="$T/log" \
	    python3 -u -m http.server --bind 127.0.0.1 "$port"
	eventually 60 answers '^hello from below$' \
	    curl -s "http://127.0.0.1:$port/page"
	eventually 60 grep -q 'GET /page' "$T/log"
	end TERM
	run ! curl -s "http://127.0.0.1:$port/page"
}

@test "nginx answers, reloads and quits gracefully" {
	need_cmd nginx curl
	port=$(free_port)
	nginx_conf "127.0.0.1:$port" one
	wrap nginx -e "$T/errors" \
	    nginx -c "$T/nginx.conf" -p "$T" -g 'daemon off;'
	eventually 60 answers '^one$' curl -s "http://127.0.0.1:$port/"
	before=$(children "$pid")
	# shellcheck disable=SC2086
	remember $before
	nginx_conf "127.0.0.1:$port" two
	kill -HUP "$pid"
	eventually 60 answers '^two$' curl -s "http://127.0.0.1:$port/"
	# shellcheck disable=SC2046
	remember $(children "$pid")
	[[ $(children "$pid") != "$before" ]]
	end QUIT
	run ! curl -s "http://127.0.0.1:$port/"
}

@test "redis keeps what it is given and shuts down on request" {
	need_cmd redis-server redis-cli
	port=$(free_port)
	wrap redis -c "$T" -o "$T/log" redis-server --port "$port" \
	    --bind 127.0.0.1 --save '' --appendonly no --daemonize no
	eventually 60 answers '^PONG$' redis-cli -p "$port" ping
	redis-cli -p "$port" set colour green
	[[ $(redis-cli -p "$port" get colour) == green ]]
	[[ $(redis-cli -p "$port" info server) =~ process_id:$pid ]]
	redis-cli -p "$port" shutdown nosave || :
	eventually 60 dead "$pid"
	eventually 60 flock -n "$pidfile" true
	grep -q 'bye bye' "$T/log"
}

@test "memcached stores and returns a value" {
	need_cmd memcached
	port=$(free_port)
	user=()
	[[ $EUID -ne 0 ]] || user=(-u "$TEST_USER")
	wrap memcached "${user[@]}" memcached -l 127.0.0.1 -p "$port" -U 0
	eventually 60 answers '^VERSION' say "$port" 'version\r\nquit\r\n'
	say "$port" 'set k 0 60 5\r\nhello\r\nquit\r\n' | grep -q STORED
	say "$port" 'get k\r\nquit\r\n' | grep -q '^hello'
	say "$port" 'stats\r\nquit\r\n' | grep -q "STAT pid $pid"
	end TERM
}

@test "PostgreSQL runs as its own user and answers a query" {
	postgres_prepare
	wrap postgres "${user[@]}" --log="$data/log" "${server[@]}"
	eventually 60 answers '^42$' query 'select 6 * 7'
	query 'create table t (n int); insert into t values (7)'
	[[ $(query 'select n from t') == 7 ]]
	[[ $(query 'select pg_postmaster_start_time() < now()') == t ]]
	[[ $(head -n 1 "$data/db/postmaster.pid") == "$pid" ]]
	if [[ $EUID -eq 0 ]]; then
		[[ $(stat -c %U "/proc/$pid") == postgres ]]
		[[ $(stat -c %U "$pidfile") == root ]]
		[[ $(stat -c %U "$data/log") == postgres ]]
	fi
	end INT
	grep -q 'database system is shut down' "$data/log"
}

# sshd_start: an sshd of this test, with a key that may log in as this user.
sshd_start() {
	need_cmd sshd ssh ssh-keygen
	if [[ $EUID -eq 0 && ! -d /run/sshd ]]; then
		# As at boot, before its service was ever started.
		need_namespace -m
		# shellcheck disable=SC2016
		via=(unshare -m --propagation private sh -c 'mount -t tmpfs \
		    none /run && mkdir -m 755 /run/sshd && exec "$@"' sh)
	fi
	port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f "$T/host"
	ssh-keygen -q -t ed25519 -N '' -f "$T/user"
	cp "$T/user.pub" "$T/keys"
	cat >"$T/sshd.conf" <<-END
	Port $port
	ListenAddress 127.0.0.1
	HostKey $T/host
	AuthorizedKeysFile $T/keys
	PermitRootLogin yes
	PasswordAuthentication no
	UsePAM no
	StrictModes no
	PidFile none
	END
	drops_lock=1
	wrap sshd -e "$T/errors" "$(command -v sshd)" -D -e -f "$T/sshd.conf"
	eventually 60 answers '^SSH-2' ssh_banner
	on_host true || skip "this user cannot log in: $(tail -n1 "$T/errors")"
}

ssh_banner() {
	# shellcheck disable=SC2016
	timeout 30 bash -c 'exec 9<>"/dev/tcp/127.0.0.1/$0" && head -n 1 <&9' \
	    "$port"
}

# on_host COMMAND...: over ssh; $tty may ask for a terminal there.
tty=-T
on_host() {
	timeout 60 ssh -F none -p "$port" -i "$T/user" "$tty" \
	    -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	    "$(id -un)@127.0.0.1" "$@" </dev/null 3>&-
}

@test "sshd lets in, runs a command and ends; a reload keeps its pid" {
	sshd_start
	[[ $(on_host 'echo in; exit 0') == in ]]
	kill -HUP "$pid"
	eventually 60 grep -q 'SIGHUP; restarting' "$T/errors"
	eventually 60 on_host true
	end TERM
}

@test "over ssh a start returns at once and the daemon outlives the session" {
	sshd_start
	for tty in -T -tt; do
		rm -f "$T/far.pid"
		on_host "$DAEMONIZE -p $T/far.pid sleep 600; echo status \$?" |
		    grep -q '^status 0'
		far=$(daemon_pid "$T/far.pid")
		remember "$far"
		eventually 60 has_no_child "$pid"
		is_daemon "$far"
		alive "$far"
		kill "$far"
		eventually 60 dead "$far"
	done
	end TERM
}

@test "cron -f runs a job" {
	own_cron "@reboot root echo \"\$USER was here\" >$T/ran"
	wrap cron -o "$T/log" -e "$T/log" cron -f -L 5
	eventually 60 test -s "$T/ran"
	[[ $(<"$T/ran") == *'was here' ]]
	end TERM
}

@test "rsyslogd -n writes down what logger sends" {
	need_cmd rsyslogd logger
	cat >"$T/rsyslog.conf" <<-END
	global(workDirectory="$T")
	module(load="imuxsock" SysSock.Use="off")
	input(type="imuxsock" Socket="$T/log.sock")
	action(type="omfile" file="$T/messages")
	END
	wrap rsyslogd -e "$T/errors" \
	    rsyslogd -n -f "$T/rsyslog.conf" -i "$T/own-pid"
	eventually 60 test -S "$T/log.sock"
	logger --socket "$T/log.sock" -t probe 'one plain line'
	eventually 60 grep -q 'probe.*one plain line' "$T/messages"
	mv "$T/messages" "$T/messages.1"
	kill -HUP "$pid"
	logged_again() {
		logger --socket "$T/log.sock" -t probe 'after rotation'
		grep -qs 'after rotation' "$T/messages"
	}
	eventually 60 logged_again
	end TERM
}

@test "unshare --fork --pid --mount-proc: the program is process 1 inside" {
	need_root
	need_namespace --fork --pid --mount-proc
	need_cmd nsenter
	wrap unshare unshare --fork --pid --mount-proc sleep 600
	eventually 60 has_child "$pid"
	inner=$(children "$pid")
	inner=${inner%% *}
	remember "$inner"
	eventually 60 grep -qE '^NSpid:.*[[:space:]]1$' "/proc/$inner/status"
	eventually 60 answers '^ *1 sleep' \
	    nsenter -t "$inner" -m -p ps -eo pid,comm
	# unshare waits for its child and ignores TERM meanwhile.
	kill -KILL "$inner"
	eventually 60 dead "$pid"
	eventually 60 flock -n "$pidfile" true
}

@test "socat forks a relay for every connection" {
	need_cmd socat
	port=$(free_port)
	wrap socat -l "$T/socat.pid" \
	    socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" EXEC:cat
	# shellcheck disable=SC2016
	eventually 60 answers '^loud$' timeout 30 bash -c '
	    exec 9<>"/dev/tcp/127.0.0.1/$0" && echo loud >&9 &&
	    head -n 1 <&9' "$port"
	end TERM
}

@test "watch works without a terminal of its own" {
	need_cmd watch
	# shellcheck disable=SC2016
	wrap watch -E TERM=xterm -E "OUT=$T/ticks" \
	    watch -n 0.1 'echo tick >>"$OUT"'
	three_ticks() {
		[[ $(wc -l <"$T/ticks") -ge 3 ]]
	}
	eventually 60 three_ticks 2>/dev/null
	end TERM
}

@test "java keeps its many options and lives until it is told to end" {
	need_cmd java javac
	cat >"$T/Service.java" <<-'END'
	public class Service {
		public static void main(String[] a) throws Exception {
			System.out.println(System.getProperty("who") + " " +
			    String.join(",", a));
			Thread.sleep(600000);
		}
	}
	END
	javac -J-XX:-UsePerfData -d "$T" "$T/Service.java"
	wrap java -o "$T/log" -l "$T/java.lock" java -XX:-UsePerfData -Xmx64m -Dwho=service \
	    -cp "$T" Service -p 1 --log=x
	eventually 60 grep -qx 'service -p,1,--log=x' "$T/log"
	end TERM
}
