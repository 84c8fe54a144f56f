# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test daemonctl inspect share. Load helper/common first.

# Who gets the orphans here: process 1 or a subreaper.
setup_file() {
	local child
	child=$(sh -c 'sleep 60 >/dev/null 2>&1 3>&- & echo $!')
	ADOPTER=$(stat_field "$child" 4)
	kill "$child"
	export ADOPTER
}

setup() {
	T=$BATS_TEST_TMPDIR
	pidfile=$T/d.pid
	error=
	cd "$T" || return
}

# inspect ARG...: sets status, output, error, the verdict line and the names
# of the rules that are broken, each with a blank on both sides.
inspect() {
	local dir
	dir=$(state_dir)
	status=0
	"${via[@]}" "$DAEMONCTL" inspect "$@" </dev/null >"$dir/out" \
	    2>"$dir/err" 3>&- || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	verdict=$(tail -n 1 "$dir/out")
	missing=" $(sed -nE 's/^no +([a-z]+):.*/\1/p' "$dir/out" | tr '\n' ' ')"
	printf '# inspect %s: %s\n%s\n%s\n' "$*" "$status" "$output" "$error"
}

# is_daemon PID: inspect says that it is one.
is_daemon() {
	inspect "$1"
	[[ $status -eq 0 && -z $error && $missing == ' ' ]]
	is "$verdict" "pid $1 is a daemon"
}

# no_daemon PID RULE...: inspect says that it is none, because of at least
# these rules.
no_daemon() {
	local pid=$1 rule
	shift
	inspect "$pid"
	[[ $status -eq 1 && -z $error ]]
	for rule; do
		[[ $missing == *" $rule "* ]] || {
			printf 'not missing: %s\n' "$rule"
			return 1
		}
	done
	is "$verdict" "pid $pid is no daemon: $(sed -E 's/^ | $//g; s/ /, /g' \
	    <<<"$missing")"
}

# row_is_that_of_ps PID: the row is that of ps, blanks and the time aside. Who
# runs for a moment between the two looks is looked at again.
row_is_that_of_ps() {
	inspect "$1"
	# The head of ours, which ps has as well.
	is "$(sed -n 1p <<<"$output" | xargs)" \
	    'PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND'
	eventually 10 row_agrees "$1" >/dev/null || row_agrees "$1"
}

row_agrees() {
	inspect "$1"
	is "$(sed -n 2p <<<"$output" | squeeze)" "$(ps_row "$1" | squeeze)"
}

squeeze() {
	sed -E 's/ +/ /g; s/^ //; s/ $//; s/[0-9]+:[0-9][0-9]/TIME/'
}

# terminal SCRIPT: runs this shell script in a session with a terminal; it
# writes the pid that is of interest to "pid" and lives until "over" exists.
terminal() {
	need_cmd script
	printf '%s\n' "$@" >session.sh
	# shellcheck disable=SC2016
	printf '%s\n' 'set +m' 'echo "$pid" >pid.new && mv pid.new pid' \
	    'until [ -e over ]; do command sleep 0.02; done' >>session.sh
	DMN_DAEMON_MARK=$DMN_TEST_MARK script -qfc "bash session.sh" /dev/null \
	    </dev/null >script.out 2>&1 3>&- &
	remember $!
	eventually 30 test -e pid
	pid=$(<pid)
	remember "$pid"
	alive "$pid"
}

is_adopted() {
	[[ $(stat_field "$1" 4) -eq $ADOPTER ]]
}
