#!/usr/bin/env bats
# daemonctl never touches the wrong process: pidfiles with numbers that are
# none, or that are nobody's whom it may signal.

bats_require_minimum_version 1.5.0
load helper/common
load helper/control
load helper/strangers

# --- numbers that are none ----------------------------------------------------------

# odd_contents PID: prints, each ended by a NUL, contents that may be read as
# PID, or kill more than one process, by who reads them carelessly.
odd_contents() {
	printf '%s\n\0' "0x$(printf %x "$1")" "0$(printf %o "$1")x" "+$1" \
	    "-$1" "$1.0" "$1x" "x$1" "$1 1" "$1 $1" "1 $1" "$1,$1" \
	    "$((1 << 32 | $1))" "$(((1 << 62) + $1))" "18446744073709551616" \
	    "$1e0" 0 -0 -1 -2 2147483648 4294967295 \
	    9999999999999999999999 0x1 '12 34' "pid=$1" '*' '$$'
	printf '%s\n%s\n\0' "$1" 1 1 "$1" "$1" "$1"
	printf '\001\377\376%s\n\0' "$1"
}

@test "a live lock with a content that is no number: exit 4, no signal" {
	need_cmd flock
	dir=$BATS_TEST_TMPDIR/odd
	mkdir "$dir"
	# One process has locked files for all of them.
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'for n in {1..50}; do
		exec {fd}>"$0/$n" && flock -n "$fd" || exit 1
	done; : >"$0/ready"; exec sleep 1000' "$dir" \
	    </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	remember "$pid"
	eventually 30 test -e "$dir/ready"
	at_rest "$pid"
	number=0
	while IFS= read -r -d '' content; do
		number=$((number + 1))
		printf '%s' "$content" >"$dir/$number"
		printf '%s' "$content" >"$dir/$number.before"
	done < <(odd_contents "$pid")
	((number > 30 && number <= 50))
	# A look at such a file takes half a second: several at a time.
	# shellcheck disable=SC2016 # for the inner shell
	seq "$number" | DIR=$dir xargs -P 12 -n 1 sh -c 'cd "$DIR"
		"$DAEMONCTL" stop --pidfile="$0" >"$0.out" 2>&1
		echo $? >"$0.status"'
	for ((i = 1; i <= number; i++)); do
		printf '# %q: %s, %s\n' "$(<"$dir/$i.before")" \
		    "$(<"$dir/$i.status")" "$(<"$dir/$i.out")"
		[[ $(<"$dir/$i.status") -eq 4 ]]
		[[ $(<"$dir/$i.out") == 'daemonctl: cannot stop '* ]]
		cmp "$dir/$i" "$dir/$i.before"
	done
	untouched "$pid"
}

@test "no lock and a content that is no number: nobody is signalled" {
	innocent
	while IFS= read -r -d '' content; do
		printf '# content %q\n' "$content"
		printf '%s' "$content" >"$file"
		control stop --pidfile="$file"
		[[ $status -eq 0 || $status -eq 4 ]]
		untouched "$stranger"
		printf '%s' "$content" >"$file"
		control signal KILL --pidfile="$file"
		[[ $status -eq 7 || $status -eq 4 ]]
		untouched "$stranger"
		control status --pidfile="$file"
		[[ $status -eq 1 || $status -eq 4 ]]
	done < <(odd_contents "$stranger")
}

@test "pid 1, an innocent's pid, nothing, NULs and white space" {
	innocent
	for content in '' ' ' $'\n\n'; do
		printf '%s\n' "$content" >"$file"
		nobody_signalled '0 7' "$stranger"
	done
	# Older than the processes which have these numbers now.
	verbs=("${few[@]}")
	for content in 1 "$stranger" "$$"; do
		printf '%s\n' "$content" >"$file"
		touch -d 2001-01-01 "$file"
		nobody_signalled '0 7' "$stranger"
	done
	# They may have written it themselves.
	for content in "$stranger" "$$"; do
		printf '%s\n' "$content" >"$file"
		nobody_signalled 4 "$stranger"
	done
	printf '%s\0%s\n' "$stranger" "$stranger" >"$file"
	nobody_signalled '0 4 7' "$stranger"
	foreign "$BATS_TEST_TMPDIR/other.pid"
	printf '%s\n' "$pid" >"$file"
	nobody_signalled 4 "$pid" "$stranger"
}

@test "a live lock and the pid of init or of an innocent: exit 4" {
	verbs=("${few[@]}")
	innocent
	foreign "$file"
	for content in 1 "$stranger"; do
		printf '%s\n' "$content" >"$file"
		nobody_signalled 4 "$stranger" "$pid"
		[[ -e $file ]]
	done
}

@test "a megabyte of digits, of text, of binary: no signal, no hang" {
	verbs=("${few[@]}")
	foreign "$file"
	for kind in digits text binary; do
		case $kind in
		digits) head -c 1048576 /dev/zero | tr '\0' "${pid:0:1}" ;;
		text) yes "$pid" | head -c 1048576 ;;
		binary) head -c 1048576 /dev/urandom ;;
		esac >"$file"
		nobody_signalled 4 "$pid"
		((${#error} < 2000))
	done
	# Sparse: much larger than memory.
	: >"$file"
	truncate -s 1T "$file" || truncate -s 1G "$file"
	nobody_signalled 4 "$pid"
}

@test "daemonctl never signals itself, not even where it holds the lock" {
	verbs=("${few[@]}")
	for verb in "${verbs[@]}"; do
		: >"$file"
		# shellcheck disable=SC2016 # for the inner shell
		via=("${limit[@]}" sh -c 'echo $$ >"$0"; exec "$@"' "$file")
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		[[ $status -eq 0 || $status -eq 4 || $status -eq 7 ]]
		need_cmd flock
		# shellcheck disable=SC2016 # for the inner shell
		via=("${limit[@]}" sh -c 'exec 9<>"$0"; flock -n 9
			echo $$ >&9; exec "$@"' "$file")
		# shellcheck disable=SC2086 # verb and signal
		control $verb --pidfile="$file"
		[[ $status -eq 4 ]]
		rm "$file"
	done
}

@test "the id of a thread is no pid, though the lock seems to be its own" {
	verbs=("${few[@]}")
	started -p "$file" "$SUBJECT" -t "$BATS_TEST_TMPDIR/tid" \
	    -r "$BATS_TEST_TMPDIR/ready"
	pid=$(daemon_pid "$file")
	eventually 30 test -s "$BATS_TEST_TMPDIR/ready"
	at_rest "$pid"
	tid=$(<"$BATS_TEST_TMPDIR/tid")
	[[ $tid != "$pid" && -e /proc/$tid/fdinfo ]]
	printf '%s\n' "$tid" >"$file"
	nobody_signalled 4 "$pid"
	printf '%s\n' "$pid" >"$file"
	quietly stop --pidfile="$file"
	dead "$pid"
}

@test "a process whose first thread has left is not dead" {
	started -p "$file" "$SUBJECT" -r "$BATS_TEST_TMPDIR/ready" -m
	pid=$(daemon_pid "$file")
	eventually 30 test -s "$BATS_TEST_TMPDIR/ready"
	eventually 30 has_state "$pid" Z
	# Whoever should fetch it may be late, or never do so.
	is_alone() {
		local threads=("/proc/$pid/task"/*)
		[[ ${#threads[@]} -eq 1 ]]
	}
	run ! is_alone
	control status --pidfile="$file"
	[[ $status -eq 0 || $status -eq 4 ]]
	control stop --timeout=1s --pidfile="$file"
	if [[ $status -eq 0 ]]; then
		eventually 30 is_alone
	else
		[[ -e /proc/$pid ]]
		kill -KILL "$pid"
	fi
}

@test "what one cannot look into is not believed where another has the lock" {
	user_world
	need_cmd flock
	dir=$(user_dir run)
	chmod 755 "$dir"
	file=$dir/web.pid
	# Older than the pidfile and of the same user, but not to be looked into,
	# as agents with keys are.
	as_user "$SUBJECT" -D -r "$dir/ready" </dev/null >/dev/null 2>&1 3>&- &
	remember $!
	eventually 30 test -s "$dir/ready"
	secret=$(<"$dir/ready")
	remember "$secret"
	at_rest "$secret"
	user_locks "$secret"
	for verb in reload stop; do
		as_user control "$verb" --pidfile="$file"
		[[ $status -eq 4 ]]
		untouched "$secret" "$pid"
	done
}
