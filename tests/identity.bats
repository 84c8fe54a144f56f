#!/usr/bin/env bats
# bats file_tags=root
# Who the daemon is: -u, --groups, --capabilities, the variables that go with
# them, and that nothing of the caller's rights can be had back.

bats_require_minimum_version 1.5.0
load helper/common

# Throw-away users, made once for this file and removed after it. The names
# hold this process's number, so that two runs do not meet.
#
#   USER_A   plain; in GROUP_X and GROUP_Y; home and shell of its own
#   USER_4   its name begins with a digit
#   USER_N   its name is a number, which is nobody's uid
setup_file() {
	[[ $EUID -eq 0 ]] && command -v useradd >/dev/null || return 0
	export USER_A=dmn$$a USER_4=4dmn$$ USER_N=88$$ \
	    GROUP_X=dmn$$x GROUP_Y=dmn$$y
	remove_users
	# Somebody else may hold the lock of /etc/passwd for a moment.
	eventually 30 groupadd "$GROUP_X"
	eventually 30 groupadd "$GROUP_Y"
	eventually 30 useradd -M -U -d "/home of $USER_A" -s /bin/bash \
	    -G "$GROUP_X,$GROUP_Y" "$USER_A"
	eventually 30 useradd --badname -M -U "$USER_4"
	eventually 30 useradd --badname -M -g "$GROUP_X" "$USER_N"
	UID_A=$(id -u "$USER_A") GID_A=$(id -g "$USER_A")
	GID_X=$(getent group "$GROUP_X" | cut -d: -f3)
	GID_Y=$(getent group "$GROUP_Y" | cut -d: -f3)
	export UID_A GID_A GID_X GID_Y
}

remove_users() {
	local entry
	for entry in "$USER_A" "$USER_4" "$USER_N"; do
		! grep -q "^$entry:" /etc/passwd ||
		    eventually 30 userdel "$entry" 2>/dev/null
	done
	for entry in "$GROUP_X" "$GROUP_Y" "$USER_A" "$USER_4"; do
		! grep -q "^$entry:" /etc/group ||
		    eventually 30 groupdel "$entry" 2>/dev/null
	done
}

teardown_file() {
	[[ -z ${USER_A-} ]] || remove_users
}

setup() {
	error=
	pidfile=$BATS_TEST_TMPDIR/d.pid
	[[ $BATS_TEST_DESCRIPTION != *'ordinary user'* ]] || return 0
	need_root
	[[ -n ${UID_A-} ]] || skip 'needs useradd'
}

# runs_as ARG...: a daemon with these options; sets pid.
runs_as() {
	started -p "$pidfile" "$@" sleep 1000
	pid=$(daemon_pid "$pidfile")
	# Until then the kernel may not show its environment yet.
	eventually 30 is_sleeping "$pid"
}

# proc_status KEY: the words after "KEY:" in /proc/PID/status.
proc_status() {
	awk -v key="$1:" '$1 == key { $1 = ""; sub(/^ /, ""); print }' \
	    "/proc/$pid/status"
}

# has_ids UID GID GROUP...: all four uids and gids, and exactly these groups.
has_ids() {
	local uid=$1 gid=$2 groups
	shift 2
	groups=$(printf '%s\n' "$@" | sort -n | xargs)
	printf 'Uid %s\nGid %s\nGroups %s\n' "$(proc_status Uid)" \
	    "$(proc_status Gid)" "$(proc_status Groups)"
	[[ $(proc_status Uid) == "$uid $uid $uid $uid" ]]
	[[ $(proc_status Gid) == "$gid $gid $gid $gid" ]]
	[[ $(tr ' ' '\n' < <(proc_status Groups) | sort -n | xargs) == "$groups" ]]
}

has_no_capabilities() {
	local set
	for set in CapInh CapPrm CapEff CapAmb; do
		[[ $(proc_status "$set") == 0000000000000000 ]]
	done
}

# variable NAME: the value of NAME in the daemon's environment.
variable() {
	tr '\0' '\n' <"/proc/$pid/environ" | sed -n "s/^$1=//p"
}

# --- names and numbers ----------------------------------------------------------

@test "-u USER: all four ids are the user's, the groups are its own" {
	via=(setpriv "--groups=0,1,4,27,$GID_X")
	runs_as -u "$USER_A"
	has_ids "$UID_A" "$GID_A" "$GID_A" "$GID_X" "$GID_Y"
	has_no_capabilities
}

@test "-u USER: the old ids cannot be had back" {
	need_cmd perl
	local out
	mkdir -m 777 "$BATS_TEST_TMPDIR/open"
	out=$BATS_TEST_TMPDIR/open/out
	started -u "$USER_A" -o "$out" perl -e '
		use POSIX;
		$> = 0; $< = 0; POSIX::setuid(0); POSIX::setgid(0);
		$) = "0 0"; $( = 0;
		print "$< $> ", $( + 0, " ", $) + 0, "\n";'
	eventually 30 test -s "$out"
	[[ $(<"$out") == "$UID_A $UID_A $GID_A $GID_A" ]]
}

@test "-u with a number means the user who has it" {
	runs_as -u "$UID_A"
	has_ids "$UID_A" "$GID_A" "$GID_A" "$GID_X" "$GID_Y"
	[[ $(variable USER) == "$USER_A" ]]
}

@test "-u with a name that begins with a digit" {
	runs_as -u "$USER_4"
	has_ids "$(id -u "$USER_4")" "$(id -g "$USER_4")" "$(id -g "$USER_4")"
}

@test "-u with a name of digits only: the name comes first" {
	local uid
	uid=$(awk -F: -v name="$USER_N" '$1 == name { print $3 }' /etc/passwd)
	[[ $uid != "$USER_N" ]]
	runs_as -u "$USER_N"
	has_ids "$uid" "$GID_X" "$GID_X"
	[[ $(variable LOGNAME) == "$USER_N" ]]
}

@test "-u USER:GROUP by name and by number" {
	runs_as -u "$USER_A:$GROUP_Y"
	has_ids "$UID_A" "$GID_Y" "$GID_X" "$GID_Y"
	pidfile+=2
	runs_as --user="$UID_A:$GID_Y"
	has_ids "$UID_A" "$GID_Y" "$GID_X" "$GID_Y"
}

@test "-u NUMBER:NUMBER needs no entry anywhere" {
	run -2 getent passwd 2999999
	runs_as -u 2999999:2999998
	has_ids 2999999 2999998 2999998
	has_no_capabilities
}

@test "-u NUMBER without an entry never runs with the caller's group" {
	start -p "$pidfile" -u 2999999 sleep 1000
	printf '%s\n' "$error"
	if [[ $status -eq 0 ]]; then
		pid=$(daemon_pid "$pidfile")
		[[ $(proc_status Gid) != *' 0 '* && $(proc_status Groups) != 0* ]]
	else
		[[ $status -le 2 && $error == 'daemonize: '*2999999* ]]
	fi
}

@test "users that do not exist, and numbers that are none, are refused" {
	local user
	for user in 4foo 0x0 +0 ' 0' '0 ' -1 4294967295 4294967296 \
	    99999999999999999999 1.5 0: 0-0 no-such-user "${USER_A}x" \
	    "$USER_A." "$USER_A "; do
		printf 'user %s\n' "$user"
		refused 2 "${user//[+.]/.}" -p "$pidfile" -u "$user" sleep 1000
	done
	refused 2 user -p "$pidfile" -u '' sleep 1000
	refused 2 user -p "$pidfile" -u : sleep 1000
}

@test "groups that do not exist, and numbers that are none, are refused" {
	local group
	for group in 4foo 0x0 +0 ' 0' -1 4294967295 4294967296 no-such-group \
	    "$GROUP_X:$GROUP_Y"; do
		printf 'group %s\n' "$group"
		refused 2 "${group//[+.]/.}" -p "$pidfile" -u "$USER_A:$group" \
		    sleep 1000
		refused 2 "${group//[+.]/.}" -p "$pidfile" --groups="$group" \
		    sleep 1000
		refused 2 "${group//[+.]/.}" -p "$pidfile" \
		    --groups="$GROUP_X,$group" sleep 1000
	done
}

# --- supplementary groups -------------------------------------------------------

@test "--groups=LIST sets exactly these groups" {
	runs_as -u "$USER_A" --groups="$GROUP_Y,4"
	has_ids "$UID_A" "$GID_A" 4 "$GID_Y"
}

@test "--groups=none: not one supplementary group" {
	runs_as -u "$USER_A" --groups=none
	has_ids "$UID_A" "$GID_A"
}

@test "--groups works without -u" {
	via=(setpriv '--groups=0,1,27')
	runs_as --groups="$GID_X"
	has_ids 0 0 "$GID_X"
	pidfile+=2
	runs_as --groups=none
	has_ids 0 0
}

@test "without -u and --groups the caller's groups stay" {
	via=(setpriv '--groups=1,27')
	runs_as
	has_ids 0 0 1 27
}

@test "a user in 300 groups gets them all" {
	need_namespace -m
	local i
	cp /etc/group "$BATS_TEST_TMPDIR/group"
	for ((i = 0; i < 300; i++)); do
		printf 'many%d:x:%d:%s\n' "$i" $((3000000 + i)) "$USER_A"
	done >>"$BATS_TEST_TMPDIR/group"
	# shellcheck disable=SC2016 # for the inner shell
	via=(unshare -m sh -c 'mount --bind "$0" /etc/group && exec "$@"'
	    "$BATS_TEST_TMPDIR/group")
	runs_as -u "$USER_A"
	# shellcheck disable=SC2046 # a list of numbers
	has_ids "$UID_A" "$GID_A" "$GID_A" "$GID_X" "$GID_Y" \
	    $(seq 3000000 3000299)
}

# --- the environment ------------------------------------------------------------

@test "-u sets HOME USER LOGNAME SHELL" {
	HOME=/old USER=old LOGNAME=old SHELL=/old runs_as -u "$USER_A"
	[[ $(variable HOME) == "/home of $USER_A" ]]
	[[ $(variable USER) == "$USER_A" && $(variable LOGNAME) == "$USER_A" ]]
	[[ $(variable SHELL) == /bin/bash ]]
	[[ $(tr '\0' '\n' <"/proc/$pid/environ" | cut -d= -f1 | sort |
	    uniq -d) == '' ]]
}

@test "-E cannot override HOME USER LOGNAME, but can SHELL" {
	runs_as -E HOME=/x -E USER=x -E LOGNAME=x -E SHELL=/x -u "$USER_A"
	[[ $(variable HOME) == "/home of $USER_A" ]]
	[[ $(variable USER) == "$USER_A" && $(variable LOGNAME) == "$USER_A" ]]
	[[ $(variable SHELL) == /x ]]
}

@test "--clear-env with -u leaves these four" {
	start -p "$pidfile" --clear-env -u "$USER_A" "$(command -v sleep)" 1000
	[[ $status -eq 0 ]]
	pid=$(daemon_pid "$pidfile")
	remember "$pid"
	eventually 30 is_sleeping "$pid"
	[[ $(tr '\0' '\n' <"/proc/$pid/environ" | cut -d= -f1 | sort | xargs) \
	    == 'HOME LOGNAME SHELL USER' ]]
}

@test "without -u they are the caller's" {
	HOME=/old USER=old LOGNAME=old SHELL=/old runs_as
	[[ $(variable HOME) == /old && $(variable USER) == old ]]
	[[ $(variable LOGNAME) == old && $(variable SHELL) == /old ]]
}

@test "entries without home, shell or group are no obstacle" {
	need_namespace -m
	cp /etc/passwd "$BATS_TEST_TMPDIR/passwd"
	printf 'bare%d::2999990:2999991:::\n' $$ >>"$BATS_TEST_TMPDIR/passwd"
	# shellcheck disable=SC2016 # for the inner shell
	via=(unshare -m sh -c 'mount --bind "$0" /etc/passwd && exec "$@"'
	    "$BATS_TEST_TMPDIR/passwd")
	runs_as -u "bare$$"
	has_ids 2999990 2999991 2999991
	[[ $(variable HOME) == / && $(variable SHELL) == /bin/sh ]]
	[[ $(variable USER) == "bare$$" ]]
}

# --- capabilities ---------------------------------------------------------------

@test "--capabilities with -u: these and no others, over the exec" {
	runs_as -u "$USER_A" --capabilities=net_bind_service,kill
	has_ids "$UID_A" "$GID_A" "$GID_A" "$GID_X" "$GID_Y"
	[[ $(proc_status CapPrm) == 0000000000000420 ]]
	[[ $(proc_status CapEff) == 0000000000000420 ]]
	[[ $((16#$(proc_status CapBnd) & ~16#420)) -eq 0 ]]
}

@test "--capabilities for root: these and no others" {
	runs_as --capabilities=net_bind_service
	[[ $(proc_status CapPrm) == 0000000000000400 ]]
	[[ $(proc_status CapEff) == 0000000000000400 ]]
	# shellcheck disable=SC2046 # a list of numbers
	has_ids 0 0 $(awk '/^Groups:/ { $1 = ""; print }' /proc/self/status)
}

@test "--capabilities=none leaves root none, and no setuid program helps" {
	runs_as --capabilities=none
	has_no_capabilities
	[[ $(proc_status CapBnd) == 0000000000000000 ]]
}

@test "unknown capabilities are refused" {
	local list
	for list in '' bogus kill,bogus 'kill,' ',kill' 5 none,kill \
	    "$(printf '%0500d' 0)"; do
		refused 2 capabilities -p "$pidfile" --capabilities="$list" \
		    sleep 1000
	done
}

# --- what happens when a step is refused or does nothing ------------------------

# broken RULE: as USER_A, with this injection into the identity calls, nothing
# may be executed and nothing may be left.
broken() {
	local rule=$1
	printf 'inject %s\n' "$rule"
	via=(strace -f -o "$(state_dir)/trace" -e trace=all -e "inject=$rule")
	refused 1 "$2" -p "$pidfile" -u "$USER_A" \
	    touch "$BATS_TEST_TMPDIR/executed"
	grep -q 'INJECTED' "$(state_dir)/trace"
	[[ ! -e $BATS_TEST_TMPDIR/executed ]]
}

@test "a failing setgroups, setgid or setuid ends the start" {
	need_cmd strace
	chmod 777 "$BATS_TEST_TMPDIR"
	broken setgroups:error=EPERM 'Operation not permitted'
	broken setgid,setregid,setresgid:error=EPERM 'Operation not permitted'
	broken setuid,setreuid,setresuid:error=EPERM 'Operation not permitted'
	broken setuid,setreuid,setresuid:error=EAGAIN 'temporarily unavailable'
}

@test "a setgroups, setgid or setuid that only claims success is found out" {
	need_cmd strace
	chmod 777 "$BATS_TEST_TMPDIR"
	broken setgroups:retval=0 .
	broken setgid,setregid,setresgid:retval=0 .
	broken setuid,setreuid,setresuid:retval=0 .
}

@test "an unreadable /etc/group ends the start instead of losing groups" {
	need_cmd strace
	chmod 777 "$BATS_TEST_TMPDIR"
	# shellcheck disable=SC2034 # start uses it
	via=(strace -f -o "$(state_dir)/trace" -P /etc/group
	    -e trace=read -e inject=read:error=EIO)
	start -p "$pidfile" -u "$USER_A" touch "$BATS_TEST_TMPDIR/executed"
	if ! grep -q INJECTED "$(state_dir)/trace"; then
		[[ $status -eq 0 ]]
		skip 'this system does not read /etc/group'
	fi
	[[ $status -ne 0 && $error == 'daemonize: '* ]]
	[[ ! -e $BATS_TEST_TMPDIR/executed && ! -e $pidfile ]]
}

# --- as an ordinary user --------------------------------------------------------

@test "an ordinary user may name only itself" {
	need_user
	local self=$TEST_USER
	[[ $EUID -eq 0 ]] || self=$(id -un)
	pidfile=$(user_dir own)/d.pid
	as_user refused 1 'root|permitted' -p "$pidfile" -u root sleep 1000
	as_user refused 1 'root|permitted' -p "$pidfile" --groups=0 sleep 1000
	as_user started -p "$pidfile" -u "$self" sleep 1000
	pid=$(daemon_pid "$pidfile")
	[[ $(stat -c %U "/proc/$pid") == "$self" ]]
}

@test "an ordinary user gains no capability, and cannot bound what it may gain" {
	need_user
	pidfile=$(user_dir own)/d.pid
	as_user refused 1 'capabilit|permitted' -p "$pidfile" \
	    --capabilities=net_bind_service sleep 1000
	as_user refused 1 'capabilit|permitted' -p "$pidfile" \
	    --capabilities=none sleep 1000
}
