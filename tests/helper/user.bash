# shellcheck shell=bash
# What helper/common has for doing things as an ordinary user.

# as_user COMMAND...: runs COMMAND as an ordinary user. Functions of this file
# that start the program (start, refused, witness_start) work as well.
as_user() {
	local home
	if [[ $EUID -ne 0 ]]; then
		"$@"
		return
	fi
	need_user
	home=$(getent passwd "$TEST_USER" | cut -d: -f6)
	set -- setpriv --reuid="$TEST_USER" \
	    --regid="$(id -g "$TEST_USER")" --init-groups \
	    env HOME="$home" USER="$TEST_USER" LOGNAME="$TEST_USER" "$@"
	local words=("${@:1:8}")
	shift 8
	if [[ $(type -t "$1") == function ]]; then
		local via=("${words[@]}" "${via[@]}")
		"$@"
	else
		"${words[@]}" "$@"
	fi
}

# user_can_run FILE: the ordinary user reaches it and may execute it.
user_can_run() {
	setpriv --reuid="$TEST_USER" --regid="$(id -g "$TEST_USER")" \
	    --init-groups test -x "$1" 2>/dev/null
}

# user_dir NAME: makes a directory of the ordinary user below BATS_TEST_TMPDIR
# and prints it.
user_dir() {
	local dir=${BATS_TEST_TMPDIR:?}/$1
	mkdir -p "$dir"
	[[ $EUID -ne 0 ]] || chown "$TEST_USER" "$dir"
	printf '%s\n' "$dir"
}

# need_user: skips where no ordinary user can be had. Programs built in a
# directory closed to that user are copied to where it can run them.
need_user() {
	local name copy
	[[ $EUID -eq 0 ]] || return 0
	need_cmd setpriv
	id "$TEST_USER" >/dev/null 2>&1 || skip "there is no user $TEST_USER"
	reachable
	user_can_run "${BATS_TEST_TMPDIR:?}" ||
	    skip "$TEST_USER cannot reach $BATS_TEST_TMPDIR"
	for name in DAEMONIZE WITNESS LAUNCHER; do
		[[ -x ${!name} ]] || continue
		user_can_run "${!name}" && continue
		copy=$BATS_RUN_TMPDIR/${!name##*/}
		[[ -x $copy ]] || install -m 755 "${!name}" "$copy"
		printf -v "$name" %s "$copy"
	done
}
