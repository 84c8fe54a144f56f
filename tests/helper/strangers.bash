# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files share which test that daemonctl never touches the wrong
# process. Load helper/common and helper/control first, whose set-up this takes
# the place of.

setup() {
	error=
	via=("${limit[@]}")
	file=$BATS_TEST_TMPDIR/web.pid
}

# What nobody_signalled tries. A look at a file whose lock is not explained
# takes half a second (a start may be under way), so that some tests try less.
verbs=(reload pause resume 'signal KILL' stop)
few=('signal KILL' stop)

# untouched PID...: each of them sleeps as it did before.
untouched() {
	local pid
	for pid; do
		is_sleeping "$pid" || {
			printf 'pid %s was signalled\n' "$pid"
			return 1
		}
	done
}

# nobody_signalled STATUSES PID...: no verb does anything to the PIDs, and each
# exits with one of the STATUSES; no file changes but by stop.
nobody_signalled() {
	local statuses=$1 verb before
	shift
	before=$(listing)
	for verb in "${verbs[@]}"; do
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		untouched "$@" || return 1
		[[ " $statuses " == *" $status "* && -z $output ]] || return 1
		[[ $status -eq 0 || $error == 'daemonctl: '* ]] || return 1
		[[ $error != *$'\n'* ]] || return 1
		[[ $verb == stop || $(listing) == "$before" ]] || return 1
	done
}

# user_locks CONTENT: a process of the ordinary user locks $file, which then has
# that content. Sets pid.
user_locks() {
	local told=${file%/*}/holder
	# shellcheck disable=SC2016 # for the inner shell
	as_user sh -c 'exec 9>"$0"; flock -n 9; echo "$1" >&9
		echo $$ >"$2"; exec sleep 1000' "$file" "$1" "$told" \
	    </dev/null >/dev/null 2>&1 3>&- &
	eventually 30 test -s "$told"
	pid=$(<"$told")
	remember "$pid"
	at_rest "$pid"
}
