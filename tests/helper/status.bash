# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which test status and list share. Load helper/common and
# helper/control first.

teardown() {
	# A logger that waits for room does not end with its daemon.
	while read -r pid; do
		grep -qsa '^daemonize: log of ' "/proc/$pid/cmdline" || continue
		kill -KILL "$pid" 2>/dev/null || :
	done < <(cat "$(state_dir)/loggers" 2>/dev/null)
	stop_all
	# What was being started meanwhile.
	stop_all
}

# is_dead_by_kill: ends the daemon in $pid, whose pidfile stays.
is_dead_by_kill() {
	kill -KILL "$pid"
	eventually 30 dead "$pid"
}

# valid: $output is JSON in UTF-8, for every parser that is there.
valid() {
	need_cmd jq
	jq -e . >/dev/null <<<"$output" || return 1
	iconv -f UTF-8 -t UTF-8 >/dev/null <<<"$output" || return 1
	[[ ! -x /usr/bin/python3 ]] ||
	    /usr/bin/python3 -m json.tool >/dev/null <<<"$output"
}

# json FILTER WANTED: jq's answer about $output.
json() {
	local value
	value=$(jq -r "$1" <<<"$output") || return 1
	[[ $value == "$2" ]] || {
		printf '%s is "%s", not "%s"\n' "$1" "$value" "$2"
		return 1
	}
}
