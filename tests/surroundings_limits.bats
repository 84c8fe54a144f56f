#!/usr/bin/env bats
# The daemon's limits, priorities, processors and privileges.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# --- limits -----------------------------------------------------------------

@test "--limit sets soft and hard limits" {
	witness_start --limit=nofile=64:128 --limit core=0 \
	    --limit=cpu=3600:7200
	witness_is limit.nofile '64 128'
	witness_is limit.core '0 0'
	witness_is limit.cpu '3600 7200'
}

@test "--limit takes sizes, and the last one of a name wins" {
	witness_start --limit=fsize=1M:2M --limit=stack=4M --limit=nofile=99 \
	    --limit=nofile=77
	witness_is limit.fsize '1048576 2097152'
	witness_is limit.stack '4194304 4194304'
	witness_is limit.nofile '77 77'
}

@test "--limit takes unlimited where that is allowed" {
	[[ $(ulimit -Ht) == unlimited ]] || skip 'the limit cpu is set here'
	witness_start --limit=cpu=unlimited
	witness_is limit.cpu 'unlimited unlimited'
}

@test "limits not named stay as the caller has them" {
	ulimit -Sn 321
	hard=$(ulimit -Hn)
	witness_start --limit=core=0
	witness_is limit.nofile "321 $hard"
}

@test "a limit too low for the start itself binds only the daemon" {
	witness_start --limit=nofile=8 --limit=fsize=1M
	witness_is limit.nofile '8 8'
}

@test "raising a hard limit without the right to is refused" {
	need_user
	hard=$(ulimit -Hn)
	[[ $hard != unlimited ]] || skip 'the limit nofile is unlimited'
	as_user refused 1 'limit.*: Operation not permitted' \
	    --limit="nofile=$((hard + 1))" sleep 600
}

@test "no limit: unknown name, no number, soft above hard" {
	for limit in '' nofile nofile= =5 foo=5 nofile=x nofile=-1 nofile=5:4 \
	    nofile=5:6:7 'nofile= 5' nofile=5: nofile=:5 nofile=1e3 NOFILE=5 \
	    nofile=99999999999999999999999; do
		refused 2 'limit' --limit="$limit" sleep 600
	done
}

# --- priority, processors ---------------------------------------------------

@test "--nice sets the niceness" {
	witness_start --nice=7
	witness_is nice 7
}

@test "--nice below 0 without the right to is refused" {
	need_user
	as_user refused 1 'nice.*: (Permission denied|Operation not permitted)' \
	    --nice=-5 sleep 600
}

@test "--nice below 0 works with the right to" {
	need_root
	need_cap sys_nice
	witness_start --nice=-5
	witness_is nice -5
}

@test "no niceness: out of range, no number" {
	for n in 20 -21 '' x 1.5 ' 1' 0x1 4294967296; do
		refused 2 'nice' --nice="$n" sleep 600
	done
}

@test "--io-priority sets class and level" {
	witness_start --io-priority=best-effort:6
	witness_is ioprio $((2 << 13 | 6))
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	witness_start --io-priority=idle
	is $(($(witness_get ioprio) >> 13)) 3
}

@test "--io-priority=realtime works with the right to" {
	need_root
	need_cap sys_nice
	witness_start --io-priority=realtime:2
	witness_is ioprio $((1 << 13 | 2))
}

@test "no io priority: unknown class, bad level" {
	for priority in '' fast best-effort:8 best-effort:-1 best-effort: \
	    realtime:x idle:3 :3 3; do
		refused 2 'io-priority' --io-priority="$priority" sleep 600
	done
}

# processors: prints those this process may use, one a line.
processors() {
	local from to
	awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status |
	    tr , '\n' | while IFS=- read -r from to; do
		seq "$from" "${to:-$from}"
	done
}

@test "--cpu-affinity binds to one processor" {
	one=$(processors | tail -n 1)
	witness_start --cpu-affinity="$one"
	witness_is affinity "$one"
}

@test "--cpu-affinity takes lists and ranges" {
	mapfile -t have < <(processors)
	[[ ${#have[@]} -ge 2 && ${have[1]} -eq $((have[0] + 1)) ]] ||
	    skip 'needs two neighbouring processors'
	witness_start --cpu-affinity="${have[0]}-${have[1]}"
	witness_is affinity "${have[0]},${have[1]}"
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	witness_start --cpu-affinity="${have[1]},${have[0]}"
	witness_is affinity "${have[0]},${have[1]}"
}

@test "a processor that is not there is refused" {
	refused 1 'cannot .*: Invalid argument' --cpu-affinity=1000 sleep 600
}

@test "no processor list: letters, gaps, turned ranges, far too large" {
	for list in '' x '0,' ',0' 0,,1 3-1 -1 0- 1-2-3 99999999 '0 1'; do
		refused 2 'cpu-affinity' --cpu-affinity="$list" sleep 600
	done
}

@test "--scheduler sets the policy" {
	for pair in other:0 batch:3 idle:5; do
		witness_start --scheduler="${pair%:*}"
		witness_is sched.policy "${pair#*:}"
		kill "$pid"
		eventually 30 dead "$pid"
		rm "$report"
	done
}

@test "--scheduler sets a real-time priority with the right to" {
	need_root
	need_cap sys_nice
	witness_start --scheduler=fifo:3
	witness_is sched.policy 1
	witness_is sched.priority 3
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	witness_start --scheduler=rr:5
	witness_is sched.policy 2
	witness_is sched.priority 5
}

@test "--scheduler=fifo without the right to is refused" {
	need_user
	as_user refused 1 'cannot .*: Operation not permitted' \
	    --scheduler=fifo:1 sleep 600
}

@test "no scheduler: unknown policy, bad priority" {
	for policy in '' fast fifo:0 fifo:100 rr:x fifo: batch:1 idle:0 FIFO \
	    other:; do
		refused 2 'scheduler' --scheduler="$policy" sleep 600
	done
}

@test "--oom-score makes the daemon the first or last to be killed" {
	witness_start --oom-score=500
	witness_is oom_score_adj 500
}

@test "--oom-score below 0 works with the right to" {
	need_root
	need_cap sys_resource
	witness_start --oom-score=-500
	witness_is oom_score_adj -500
}

@test "--oom-score below 0 without the right to is refused" {
	need_user
	as_user refused 1 'cannot .*: Permission denied' --oom-score=-500 \
	    sleep 600
}

@test "no oom score: out of range, no number" {
	for n in 1001 -1001 '' x 1.5 ' 1' 0x10; do
		refused 2 'oom-score' --oom-score="$n" sleep 600
	done
}

@test "the lowering options work together with another user" {
	need_root
	need_user
	need_cap sys_nice
	witness_start -u "$TEST_USER" --nice=-3 --io-priority=realtime:7 \
	    --scheduler=rr:2 --limit=nofile=200:300 --oom-score=100 -m 027
	witness_is ruid "$(id -u "$TEST_USER")"
	witness_is nice -3
	witness_is ioprio $((1 << 13 | 7))
	witness_is sched.policy 2
	witness_is limit.nofile '200 300'
	witness_is oom_score_adj 100
	witness_is umask 0027
}

@test "--no-new-privs is set, and only when asked for" {
	witness_start
	witness_is nnp 0
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	witness_start --no-new-privs
	witness_is nnp 1
}
