#!/usr/bin/env bats
# The daemon in a root directory of its own.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# --- chroot -----------------------------------------------------------------

# new_root: a directory with the witness in it, and all it needs.
new_root() {
	local library
	need_root
	need_cap sys_chroot
	root=$dir/root
	mkdir -p "$root/bin" "$root/tmp" "$root/work"
	chmod 777 "$root/tmp"
	cp "$WITNESS" "$root/bin/witness"
	{ ldd "$WITNESS" 2>/dev/null || :; } | grep -o '/[^ ]*' |
	    while read -r library; do
		install -D "$library" "$root$library"
	done
	report=$root/tmp/report
	report_inside=/tmp/report
	witness_command=/bin/witness
}

# root_is DIR: the daemon's root directory, as the kernel knows it.
root_is() {
	[[ /proc/$pid/root -ef $1 ]]
}

@test "--chroot changes the root; command and -c count inside" {
	new_root
	witness_start --chroot="$root" -c /work
	root_is "$root"
	witness_is cwd /work
	witness_is argv.0 /bin/witness
}

@test "--chroot alone runs in the new root's /" {
	new_root
	cd "$root/work"
	witness_start --chroot=..
	root_is "$root"
	witness_is cwd /
	[[ /proc/$pid/cwd -ef $root ]]
}

@test "--chroot: pidfile, lock and logs count outside" {
	new_root
	witness_start --chroot="$root" -l "$dir/d.lock" -o "$dir/out"
	is "$(readlink "/proc/$pid/fd/1")" "$dir/out"
	daemon_pid "$dir/witness.pid"
	[[ -z $(find "$root" -name '*.pid' -o -name '*.lock' -o -name out) ]]
}

@test "--chroot: the command is looked up in the PATH inside" {
	new_root
	witness_command=witness
	via=(env PATH=/nowhere:/bin)
	witness_start --chroot="$root"
	root_is "$root"
	witness_is argv.0 witness
}

@test "--chroot with a user: names are looked up outside" {
	new_root
	need_user
	witness_start --chroot="$root" -u "$TEST_USER"
	root_is "$root"
	witness_is ruid "$(id -u "$TEST_USER")"
	witness_is env.USER "$TEST_USER"
}

@test "--chroot: nothing open leads out of it" {
	new_root
	witness_start --chroot="$root"
	for fd in "/proc/$pid/fd/"*; do
		[[ ! -d $fd ]]
	done
}

@test "--chroot: a command that is only outside is not found" {
	new_root
	refused 127 'not found|No such file' --chroot="$root" \
	    -p "$dir/d.pid" /bin/sleep 600
	refused 127 'not found' --chroot="$root" sleep 600
}

@test "--chroot: missing, a file, not permitted" {
	need_user
	: >"$dir/file"
	as_user refused 1 'cannot .*: Operation not permitted' --chroot=/ \
	    sleep 600
	[[ $EUID -eq 0 ]] || return 0
	need_cap sys_chroot
	refused 1 'cannot .*: No such file' --chroot="$dir/none" sleep 600
	refused 1 'cannot .*: Not a directory' --chroot="$dir/file" sleep 600
	refused 2 'chroot' --chroot='' sleep 600
}
