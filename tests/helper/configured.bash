# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files share which test daemonctl with configuration files: root's are
# in /etc/daemonize.d, seen in a mount namespace of the test's own; an ordinary
# user's are under XDG_CONFIG_HOME. Load helper/common first.

setup() {
	T=$BATS_TEST_TMPDIR
	error=
	private=
	need_user
	user_programs
	who_user
}

# user_programs: both are where the ordinary user can run them.
user_programs() {
	[[ $EUID -eq 0 ]] || return 0
	user_can_run "$DAEMONCTL" && user_can_run "$DAEMONIZE" && return
	install -d "$BATS_RUN_TMPDIR/both"
	install -m 755 "$DAEMONIZE" "$DAEMONCTL" "$BATS_RUN_TMPDIR/both"
	DAEMONIZE=$BATS_RUN_TMPDIR/both/daemonize
	DAEMONCTL=$BATS_RUN_TMPDIR/both/daemonctl
}

# who_user: from here on ctl is an ordinary user's; sets confs and run_dir.
who_user() {
	confs=$T/config/daemonize
	run_dir=$T/run
	mkdir -p "$confs" "$run_dir"
	[[ $EUID -ne 0 ]] || chown -R "$TEST_USER" "$T/config" "$run_dir"
	chmod 700 "$run_dir"
	via=(env HOME="$T" XDG_CONFIG_HOME="$T/config" XDG_RUNTIME_DIR="$run_dir")
	[[ $EUID -ne 0 ]] || via=(setpriv --reuid="$TEST_USER"
	    --regid="$(id -g "$TEST_USER")" --init-groups "${via[@]}")
}

# who_root: from here on ctl is root's, with an /etc and a /run of its own.
who_root() {
	need_root
	need_namespace -m
	mkdir -p "$T/etc" "$T/var-run"
	cp -a /etc/. "$T/etc"
	rm -rf "$T/etc/daemonize.d" "$T/etc/daemonize.conf"
	mkdir "$T/etc/daemonize.d"
	confs=$T/etc/daemonize.d
	run_dir=$T/var-run
	via=(unshare -m --propagation private sh -c 'mount --bind "$0/etc" /etc &&
	    mount --bind "$0/var-run" "$(readlink -f /var/run)" && exec "$@"' "$T")
}

# conf NAME LINE...: writes a configuration file.
conf() {
	local file=$confs/$1.conf
	shift
	printf '%s\n' "$@" >"$file"
	chmod 644 "$file"
	[[ $EUID -ne 0 || $confs == "$T/etc/"* ]] || chown "$TEST_USER" "$file"
}

# ctl ARG...: runs daemonctl; sets status, output and error.
ctl() {
	local dir
	dir=$(state_dir)
	status=0
	(
		cd "$T"
		DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 120 "${via[@]}" \
		    "$DAEMONCTL" "$@" </dev/null >"$dir/out" 2>"$dir/err" 3>&- 4>&-
	) || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	printf '# daemonctl %s: %s %s %s\n' "$*" "$status" "$output" "$error"
}

# says STATUS REGEX ARG...: daemonctl must end with STATUS and one line that
# matches REGEX; it must start nothing and change nothing.
says() {
	local want=$1 regex=$2 before running
	shift 2
	before=$(listing)
	running=$(marked_pids)
	ctl "$@"
	[[ $status -eq $want && $error =~ $regex && $error != *$'\n'* ]]
	# What start runs says its failures itself.
	[[ -z $output && $error =~ ^(daemonctl|daemonize): ]]
	is "$(marked_pids)" "$running"
	diff <(printf '%s\n' "$before") <(listing)
}

# fine ARG...: daemonctl must succeed without a word and without a change.
fine() {
	local before running
	before=$(listing)
	running=$(marked_pids)
	ctl "$@"
	[[ $status -eq 0 && -z $output && -z $error ]]
	is "$(marked_pids)" "$running"
	diff <(printf '%s\n' "$before") <(listing)
}

# done_well ARG...: daemonctl must succeed without a word.
done_well() {
	ctl "$@"
	[[ $status -eq 0 && -z $output && -z $error ]]
}

# pid_of NAME: of the daemon that runs under this name in the run directory.
pid_of() {
	local pid
	pid=$(daemon_pid "$run_dir/$1.pid") || return 1
	alive "$pid" && holds_lock "$pid" "$run_dir/$1.pid" || return 1
	remember "$pid"
	at_rest "$pid" || return 1
	printf '%s\n' "$pid"
}
