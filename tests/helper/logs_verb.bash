# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test `daemonctl logs` share. Load helper/common,
# helper/control and helper/logs first, whose set-up this takes the place of.

# Who follows a log does so as long as the test takes.
limit=(timeout -k 1 300)

setup() {
	logs_setup
	control_setup
}

teardown() {
	end_followers
	logs_teardown
}

# shows [LINE...]: control has succeeded with these lines and no others.
shows() {
	[[ $status -eq 0 && -z $error ]] &&
	    diff <([[ $# -eq 0 ]] || printf '%s\n' "$@") "$(state_dir)/out"
}

# shows_seq FIRST LAST: the same for numbers.
shows_seq() {
	[[ $status -eq 0 && -z $error ]] &&
	    diff <(seq "$1" "$2") "$(state_dir)/out"
}

# talker NAME [OPTION]... -- SCRIPT: starts a daemon that runs SCRIPT and
# stays, and waits until all of that is written. Sets pid.
talker() {
	local name=$1 words=()
	shift
	until [[ $1 == -- ]]; do
		words+=("$1")
		shift
	done
	# shellcheck disable=SC2016 # for the inner shell
	daemon "$name" "${words[@]}" --argv0="$(own_name)" sh -c \
	    "$2"'; : >"$0.said"; exec sleep 1000' "$dir/$name"
	eventually 60 test -e "$dir/$name.said"
}

# own_name: of this test, as logs_setup has made it; loggers are found by it.
own_name() {
	printf '%s\n' "${test_name:?}"
}

# logs_setup sets name, which the functions above use for something else.
logs_setup() {
	unset pidfile
	dir=$BATS_TEST_TMPDIR
	log=$dir/log
	name=t$$x${BATS_TEST_NUMBER}x$RANDOM
	test_name=$name
	followers=()
	chmod a+rx "$dir"
	cd "$dir" || return
}

# log_has_lines N [FILE]: no more and no less.
log_has_lines() {
	[[ $(history "${2:-$log}" | wc -l) -eq $1 ]]
}

# follow FILE ARG...: `daemonctl logs -f ARG...` in the background, into FILE,
# and waits until it follows (after what it begins with). Sets follower.
follow() {
	local path=$1
	shift
	DMN_DAEMON_MARK=$DMN_TEST_MARK "${via[@]}" \
	    "$DAEMONCTL" logs -f "$@" </dev/null >"$path" 2>"$path.err" \
	    3>&- 4>&- &
	followers+=("$!")
	remember "$!"
	eventually 60 find_follower "$path"
	remember "$follower"
}

# find_follower FILE: who writes to it and has been waiting for more.
find_follower() {
	local link place
	for link in /proc/[0-9]*/fd/1; do
		[[ $(readlink "$link" 2>/dev/null) == "$1" ]] || continue
		follower=${link#/proc/}
		follower=${follower%%/*}
		[[ $(tr '\0' ' ' <"/proc/$follower/cmdline") == \
		    "$DAEMONCTL logs -f "* ]] || continue
		place=$(cat "/proc/$follower/wchan" 2>/dev/null) || :
		[[ $place != *poll* ]] || return 0
		# Where that is not told: it sleeps, with the log open.
		[[ -z $place || $place == 0 ]] && is_sleeping "$follower" &&
		    [[ -e /proc/$follower/fd/3 ]] && return
	done
	return 1
}

end_followers() {
	local each
	for each in "${followers[@]}" ${follower-}; do
		kill -KILL "$each" 2>/dev/null || :
	done
}

# --- loggers ----------------------------------------------------------------

# rotated_log COMPRESS LINES: a log of short files.
rotated_log() {
	rm -f "$log"*
	talker "web$1" --log "$log" --log-size=4K --log-keep=1000 \
	    ${1:+"--log-compress=$1"} -- "seq $2"
	eventually 60 log_has_lines "$2"
}

# every_count NAME LINES: `logs -n` of many counts is the end of the log.
every_count() {
	local n
	for n in 0 1 2 $(($2 / 10)) $(($2 / 2)) $(($2 - 1)) "$2" $(($2 + 1)) \
	    $((RANDOM % $2)) $((RANDOM % $2)); do
		control logs -n "$n" "$1"
		[[ $status -eq 0 && -z $error ]]
		cmp <(seq "$2" | tail -n "$n") "$(state_dir)/out"
	done
}
