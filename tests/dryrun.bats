#!/usr/bin/env bats
# What the program says about itself and about what it does: --dry-run, -v,
# --help, --version.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	error=
	newline=$'\n'
	pidfile=$BATS_TEST_TMPDIR/d.pid
}

# plan ARG...: --dry-run, which must succeed and change nothing; $output has
# the plan.
plan() {
	local before
	before=$(listing)
	start --dry-run "$@"
	printf '%s\n' "$output"
	[[ $status -eq 0 && -z $error && -n $output ]]
	[[ $(listing) == "$before" && -z $(marked_pids) ]]
}

# says REGEX: a line of $output matches.
says() {
	printf '%s\n' "$output" | grep -Eq -- "$1" || {
		printf 'no line matches %s\n' "$1"
		return 1
	}
}

# order REGEX...: lines of $output match these, one after another.
order() {
	local line
	while IFS= read -r line; do
		[[ $# -gt 0 && $line =~ $1 ]] && shift
	done <<<"$output"
	[[ $# -eq 0 ]] || {
		printf 'missing, or too early: %s\n' "$@"
		return 1
	}
}

# --- --dry-run --------------------------------------------------------------------

@test "--dry-run prints the plan line by line and changes nothing" {
	plan -p "$pidfile" -l "$BATS_TEST_TMPDIR/lock" \
	    -o "$BATS_TEST_TMPDIR/out" --log "$BATS_TEST_TMPDIR/log" \
	    touch "$BATS_TEST_TMPDIR/executed"
	(($(printf '%s\n' "$output" | wc -l) >= 6))
	says "$pidfile"
	says "$BATS_TEST_TMPDIR/lock"
	says "$BATS_TEST_TMPDIR/out"
	says "$BATS_TEST_TMPDIR/log"
	says "$BATS_TEST_TMPDIR/executed"
}

@test "--dry-run resolves relative paths and the command" {
	cd "$BATS_TEST_TMPDIR"
	plan -p d.pid -o out/log -l ./lock sleep 1000
	says "$BATS_TEST_TMPDIR/d\.pid"
	says "$BATS_TEST_TMPDIR/out/log"
	says "$BATS_TEST_TMPDIR/(\./)?lock"
	says "$(command -v sleep)"
}

@test "--dry-run resolves the user and the groups to numbers" {
	need_root
	need_user
	local uid gid
	uid=$(id -u "$TEST_USER")
	gid=$(id -g "$TEST_USER")
	plan -u "$TEST_USER" --groups=0,1 sleep 1000
	says "(uid|user).*$uid"
	says "(gid|group).*$gid"
	says 'group.*0.*1'
}

@test "--dry-run shows every value of the surroundings" {
	plan -c /usr -m 027 -E COLOUR=blue --nice=5 --oom-score=500 \
	    --limit=nofile=100:200 --io-priority=idle --scheduler=batch \
	    --cpu-affinity=0 --no-new-privs --argv0=other sleep 1000
	says '/usr'
	says 'umask.*027'
	says '[Nn]ice.*5'
	says '500'
	says 'nofile.*100.*200'
	says 'idle'
	says 'batch'
	says 'priv'
	says 'other'
}

@test "--dry-run tells the defaults too: / , umask 0, /dev/null" {
	plan sleep 1000
	says 'umask.*0'
	says '/dev/null'
	says '(directory|chdir|cwd).* /$'
}

@test "--dry-run tells what a logger will do" {
	start --dry-run --pty --log="file:$BATS_TEST_TMPDIR/y-%d.log" \
	    --log-compress=gzip --log-keep=3 --log-mode=600 sleep 1
	grep -Fqx "start a logger: $BATS_TEST_TMPDIR/y-%d.log; keep 3; compress with gzip; mode 0600; by a terminal" \
	    <<<"$output"
}

@test "--dry-run does not say that dated files are removed where all stay" {
	plan --log="file:$BATS_TEST_TMPDIR/y-%d.log" sleep 1
	says 'start a logger: .*/y-%d.log; mode 0640$'
	plan --log="file:$BATS_TEST_TMPDIR/y-%d.log" --log-age=1d sleep 1
	says '; keep 10;'
}

@test "--dry-run names the pidfile of -n" {
	if [[ $EUID -eq 0 ]]; then
		plan -n "dmn-dry-$$" sleep 1000
		says "/var/run/dmn-dry-$$\.pid"
		[[ ! -e /var/run/dmn-dry-$$.pid ]]
	else
		XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR plan -n "dmn-dry-$$" sleep 1
		says "$BATS_TEST_TMPDIR/dmn-dry-$$\.pid"
	fi
}

@test "--dry-run makes no directory for --mkdir" {
	plan --mkdir -p "$BATS_TEST_TMPDIR/a/b/d.pid" sleep 1000
	says "$BATS_TEST_TMPDIR/a/b"
	[[ ! -e $BATS_TEST_TMPDIR/a ]]
}

@test "--dry-run leaves a stale pidfile and its bytes alone" {
	printf '12\n' >"$pidfile"
	plan -p "$pidfile" sleep 1000
	[[ $(<"$pidfile") == 12 ]]
}

@test "--dry-run never ends what is running, nor takes its lock" {
	started -p "$pidfile" sleep 1000
	pid=$(daemon_pid "$pidfile")
	local before
	before=$(listing)
	start --dry-run --if-running=replace:0 -p "$pidfile" sleep 2000
	[[ $status -eq 0 || $status -eq 3 ]]
	start --dry-run -p "$pidfile" sleep 2000
	[[ $status -eq 0 || $status -eq 3 ]]
	alive "$pid"
	[[ $(listing) == "$before" ]]
}

@test "--dry-run finds what is wrong with the command line" {
	refused 2 umask --dry-run -m 99 sleep 1000
	refused 2 command --dry-run
}

@test "--dry-run says that a command is nowhere to be found" {
	start --dry-run no-such-command
	printf '%s\n' "$output"
	[[ $status -eq 0 || $status -eq 127 ]]
	[[ $output$error == *'no-such-command'*'not found'* ]]
}

@test "--dry-run escapes what could steer a terminal" {
	plan -E $'EVIL=\e[2J\r' -o "$BATS_TEST_TMPDIR/a${newline}b" sleep 1000
	[[ $output != *[$'\001'-$'\010'$'\013'-$'\037']* ]]
	run -1 grep -qx b <<<"$output"
}

@test "--dry-run that cannot be written is an error" {
	status=0
	"$DAEMONIZE" --dry-run sleep 1 >/dev/full 2>"$BATS_TEST_TMPDIR/err" \
	    3>&- || status=$?
	[[ $status -eq 1 ]]
	grep -qx 'daemonize: .*No space left on device' "$BATS_TEST_TMPDIR/err"
}

# --- -v -----------------------------------------------------------------------------

@test "-v says each step on stdout, one line each, in order" {
	started -v -p "$pidfile" -c /usr -m 027 -o "$BATS_TEST_TMPDIR/log" \
	    sleep 1000
	printf '%s\n' "$output"
	(($(printf '%s\n' "$output" | wc -l) >= 4))
	run -1 grep -qv '^daemonize: .' <<<"$output"
	output=$(<"$(state_dir)/out")
	order "$pidfile" "$BATS_TEST_TMPDIR/log" 'sleep'
}

@test "-v says the same into a pipe, which ends with the command" {
	local said
	said=$(DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" -v -p "$pidfile" \
	    sleep 100 </dev/null 3>&-)
	alive "$(daemon_pid "$pidfile")"
	[[ $said == *"$pidfile"* && $said == *sleep* ]]
}

@test "-v has said every step before the one that fails" {
	printf '#!/missing/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
	chmod 755 "$BATS_TEST_TMPDIR/broken"
	start -v -p "$pidfile" "$BATS_TEST_TMPDIR/broken"
	[[ $status -eq 126 && $output == *"$pidfile"* ]]
	[[ $error == 'daemonize: '* && $error != *"$newline"* ]]
	[[ ! -e $pidfile ]]
}

@test "-v does not talk into the daemon's log" {
	started -v --log "$BATS_TEST_TMPDIR/log" -p "$pidfile" \
	    sh -c 'echo mine; exec sleep 1000'
	eventually 30 test -s "$BATS_TEST_TMPDIR/log"
	[[ $(<"$BATS_TEST_TMPDIR/log") == mine ]]
}

@test "without -v success is silent" {
	started -p "$pidfile" sleep 1000
	[[ -z $output && -z $error ]]
}

@test "-v to a stdout that is closed or full does not stop the start" {
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" -v -p "$pidfile" \
	    sleep 1000 </dev/null >/dev/full 3>&-
	daemon_pid "$pidfile"
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" -v -p "$pidfile.2" \
	    sleep 1000 </dev/null >&- 3>&-
	daemon_pid "$pidfile.2"
}

@test "-v to a reader that has gone away does not stop the start" {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec 8<>"$BATS_TEST_TMPDIR/fifo" 9>"$BATS_TEST_TMPDIR/fifo" 8<&-
	DMN_DAEMON_MARK=$DMN_TEST_MARK "$DAEMONIZE" -v -p "$pidfile" \
	    sleep 1000 </dev/null >&9 3>&- 9>&-
	exec 9>&-
	daemon_pid "$pidfile"
}

# --- --help and --version -------------------------------------------------------------

@test "--help fits a screen: 50 lines of 80 columns, in groups" {
	start --help
	[[ $status -eq 0 && -z $error ]]
	(($(wc -l <"$(state_dir)/out") <= 50))
	(($(wc -L <"$(state_dir)/out") <= 80))
	(($(grep -c '^[^ ].*:$' "$(state_dir)/out") >= 4))
	[[ $output == [Uu]'sage: daemonize '* ]]
	run -1 grep -q ' $' "$(state_dir)/out"
}

@test "--help has every option and every letter" {
	start --help
	local option
	for option in name pidfile lockfile if-running chdir chroot umask \
	    user groups env env-file clear-env unset-env limit nice \
	    io-priority cpu-affinity scheduler oom-score no-new-privs \
	    capabilities keep-fd argv0 mkdir stdin stdout stderr log append \
	    log-mode config dry-run verbose help version; do
		says "--$option([=[ ]|$)"
	done
	for option in n p l c m u E i o e a v h V; do
		says "^ +-$option(,| )"
	done
}

@test "every option in --help is one the program knows" {
	start --help
	local option
	while read -r option; do
		start "$option"
		printf '%s: %s\n' "$option" "$error"
		[[ $status -eq 0 || $error == 'daemonize: '* ]]
		[[ $error != *unknown* && $error != *unrecognized* ]]
	done < <(printf '%s\n' "$output" |
	    grep -Eo '^ +(-[A-Za-z], )?--[a-z0-9-]+' | grep -Eo -- '--[a-z0-9-]+')
}

@test "-h is --help, -V is --version" {
	local said
	start --help
	said=$output
	start -h
	[[ $output == "$said" && $status -eq 0 ]]
	start --version
	said=$output
	start -V
	[[ $output == "$said" && $status -eq 0 && -z $error ]]
}

@test "--version: name and number on the first line" {
	start --version
	[[ $status -eq 0 && -z $error ]]
	[[ ${output%%"$newline"*} =~ ^daemonize\ [0-9]+\.[0-9]+ ]]
}

@test "--help and --version need no command and start none" {
	start --help touch "$BATS_TEST_TMPDIR/executed"
	[[ $status -eq 0 && ! -e $BATS_TEST_TMPDIR/executed ]]
	start -p "$pidfile" --version touch "$BATS_TEST_TMPDIR/executed"
	[[ $status -eq 0 && ! -e $BATS_TEST_TMPDIR/executed && ! -e $pidfile ]]
}

@test "--help and --version that cannot be written are errors" {
	local option
	for option in --help --version; do
		status=0
		"$DAEMONIZE" "$option" >/dev/full \
		    2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
		[[ $status -eq 1 ]]
		grep -q '^daemonize: ' "$BATS_TEST_TMPDIR/err"
	done
}
