# shellcheck shell=bash disable=SC2034 # sets variables for the tests
# What helper/common has for starting the witness and for what it reports.

# witness_start [OPTION]...: starts the witness with these options of
# daemonize, waits for its report, sets pid, pidfile and report. Arguments of
# the witness itself go into the array witness_args.
witness_args=()
witness_start() {
	local dir=${BATS_TEST_TMPDIR:?}
	if [[ -z ${report-} ]]; then
		mkdir -p "$dir/witness"
		chmod 777 "$dir/witness"
		report=$dir/witness/report
	fi
	if [[ -z ${pidfile-} && ${via[0]-} == setpriv ]]; then
		pidfile=$dir/witness/witness.pid
	fi
	pidfile=${pidfile:-$dir/witness.pid}
	start -p "$pidfile" "$@" -- "${witness_command:-$WITNESS}" \
	    -o "${report_inside:-$report}" "${witness_args[@]}"
	[[ $status -eq 0 ]] || return 1
	pid=$(daemon_pid "$pidfile") || return 1
	remember "$pid"
	eventually 30 test -e "$report"
}

# witness_get KEY: the value after KEY in the report; fails without that key.
witness_get() {
	awk -v key="$1" '
		$1 == key { print substr($0, length(key) + 2); n++; exit }
		END { exit !n }' "${report:?}"
}

# witness_is KEY VALUE: compares, and shows the difference.
witness_is() {
	local value
	value=$(witness_get "$1") || { printf 'no %s reported\n' "$1"; return 1; }
	[[ $value == "$2" ]] || {
		printf '%s is "%s", not "%s"\n' "$1" "$value" "$2"
		return 1
	}
}

# witness_has KEY: such a key was reported.
witness_has() {
	witness_get "$1" >/dev/null
}

# witness_lacks KEY: no such key was reported.
witness_lacks() {
	! witness_has "$1" || {
		printf '%s is "%s"\n' "$1" "$(witness_get "$1")"
		return 1
	}
}

# is A B: they are the same, or both are shown.
is() {
	[[ $1 == "$2" ]] || {
		printf '"%s" is not "%s"\n' "$1" "$2"
		return 1
	}
}
