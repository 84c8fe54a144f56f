# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests
# What the files which run lines of real scripts share: the lines call bmc
# daemonize, with other paths and a target that tells what it was given. They
# run as they would there: by a shell that finds "daemonize" in PATH. Load
# helper/common and helper/dropin first.

setup() {
	dropin_setup
	mkdir bin run log place
	ln -s "$DAEMONIZE" bin/daemonize
	cat >bin/target <<-'END'
	#!/bin/sh
	{
		echo "args $*"
		echo "cwd $(pwd)"
		echo "user $(id -un)"
		echo "pid $$"
		env | sed 's/^/env /'
	} >"$REPORT.new"
	mv "$REPORT.new" "$REPORT"
	echo "to stdout"
	echo "to stderr" >&2
	exec sleep 600
	END
	chmod 755 bin/target
	mkdir -m 1777 reports
	chmod 1777 run log place
	export T REPORT=$T/reports/report
	export PATH=$T/bin:$PATH
}

# script TEXT: runs TEXT as a script. Sets status, output and error.
script() {
	local dir
	dir=$(state_dir)
	status=0
	rm -f "$REPORT"
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 sh -c "$1" script \
	    </dev/null >"$dir/out" 2>"$dir/err" 3>&- || status=$?
	output=$(<"$dir/out")
	error=$(<"$dir/err")
	[[ -z $output$error ]] || printf '# %s\n' "$output" "$error"
}

# told LINE...: the target was started (and is remembered); every LINE is part
# of what it reports.
told() {
	local line
	eventually 30 test -s "$REPORT" || return 1
	pid=$(sed -n 's/^pid //p' "$REPORT")
	remember "$pid"
	for line; do
		grep -qxF -- "$line" "$REPORT" && continue
		printf 'the target does not say "%s":\n' "$line"
		grep -v '^env ' "$REPORT"
		return 1
	done
}

# recorded FILE: the target's pid is in FILE.
recorded() {
	[[ $(daemon_pid "$1") == "$pid" ]]
}
