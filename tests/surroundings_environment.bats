#!/usr/bin/env bats
# The daemon's environment: what it inherits, what it gets, what is taken away.

# shellcheck disable=SC2034,SC2154 # variables shared with helper/common
bats_require_minimum_version 1.5.0
load helper/common
load helper/witnessed

# --- environment ------------------------------------------------------------

@test "-E adds and overrides, the last one wins" {
	export DMN_A=caller DMN_B=caller
	witness_start -E DMN_A=mine -E DMN_C=1 -E DMN_C=2 --env=DMN_D=x=y \
	    -EDMN_E=
	witness_is env.DMN_A mine
	witness_is env.DMN_B caller
	witness_is env.DMN_C 2
	witness_is env.DMN_D x=y
	witness_is env.DMN_E ''
	is "$(grep -c '^env\.DMN_A ' "$report")" 1
	is "$(grep -c '^env\.DMN_C ' "$report")" 1
}

@test "-E keeps line breaks and bytes of any alphabet" {
	witness_start -E "DMN_A=one${newline}two" -E $'DMN_B=\xff\xfe\t\x01'
	witness_is env.DMN_A 'one\ntwo'
	witness_is env.DMN_B $'\xff\xfe\t\x01'
}

@test "-E without a name or = is a usage error" {
	for entry in name '=value' '' =; do
		refused 2 'env' -E "$entry" sleep 600
	done
}

@test "--unset-env does not pass a variable on" {
	export DMN_A=1 DMN_B=2
	witness_start --unset-env=DMN_A --unset-env DMN_NONE
	witness_lacks env.DMN_A
	witness_is env.DMN_B 2
	for name in '' a=b; do
		refused 2 'unset-env' --unset-env="$name" sleep 600
	done
}

@test "--unset-env takes away what is inherited, -E adds after it" {
	export DMN_A=1
	witness_start -E DMN_A=2 --unset-env=DMN_A
	witness_is env.DMN_A 2
}

@test "--clear-env passes nothing on" {
	export DMN_A=1
	witness_start --clear-env
	witness_is envcount 0
	kill "$pid"
	eventually 30 dead "$pid"
	rm "$report"
	witness_start --clear-env -E ONLY=this
	witness_is envcount 1
	witness_is env.ONLY this
}

@test "PATH and IFS are there even if the caller has none" {
	via=(env -u PATH -u IFS)
	witness_start
	witness_is env.PATH /usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin
	witness_is env.IFS $' \t\\n'
}

@test "PATH of the caller is kept" {
	via=(env PATH=/nowhere:/bin:/usr/bin)
	witness_start
	witness_is env.PATH /nowhere:/bin:/usr/bin
}

@test "a variable that is there twice is overridden everywhere" {
	[[ -x $LAUNCHER ]]
	via=("$LAUNCHER" -e -E DMN_A=1 -E DMN_A=2 --)
	witness_start -E DMN_A=3
	is "$(grep '^env\.DMN_A ' "$report")" 'env.DMN_A 3'
}

@test "--env-file reads NAME=VALUE lines, comments and quotes" {
	cat >"$dir/env" <<-'END'
	# a comment

	DMN_A=plain
	DMN_B="with spaces"
	DMN_C='single $quoted'
	export DMN_D=exported
	DMN_E=
	DMN_F=a=b
	DMN_A=again
	END
	witness_start --env-file="$dir/env"
	witness_is env.DMN_A again
	witness_is env.DMN_B 'with spaces'
	witness_is env.DMN_C 'single $quoted'
	witness_is env.DMN_D exported
	witness_is env.DMN_E ''
	witness_is env.DMN_F a=b
}

@test "--env-file: the last line needs no line break" {
	printf 'DMN_A=1\nDMN_B=2' >"$dir/env"
	witness_start --env-file="$dir/env"
	witness_is env.DMN_A 1
	witness_is env.DMN_B 2
}

@test "--env-file comes before -E, and may be given twice" {
	printf 'DMN_A=file\nDMN_B=file\nDMN_C=file\n' >"$dir/one"
	printf 'DMN_C=second\n' >"$dir/two"
	export DMN_A=caller DMN_B=caller
	witness_start -E DMN_B=option --env-file="$dir/one" \
	    --env-file="$dir/two"
	witness_is env.DMN_A file
	witness_is env.DMN_B option
	witness_is env.DMN_C second
}

@test "--env-file relative to the caller, with --clear-env" {
	cd "$dir"
	printf 'DMN_A=1\n' >list
	witness_start --clear-env --env-file=list
	witness_is envcount 1
	witness_is env.DMN_A 1
}

@test "--env-file: DOS line ends, and any blanks after export" {
	printf 'DMN_A=1\r\nexport  DMN_B="2"\r\nexport\tDMN_C=3\r\n\r\n' \
	    >"$dir/env"
	witness_start --env-file="$dir/env"
	witness_is env.DMN_A 1
	witness_is env.DMN_B 2
	witness_is env.DMN_C 3
}

@test "--env-file: a bad line is told with file and number" {
	for line in 'DMN_A = 1' 'DMN_A =1' 'DMN A=1' 'export =1'; do
		printf '%s\n' "$line" >"$dir/env"
		refused 2 "$dir/env:1: " --env-file="$dir/env" sleep 600
	done
	printf 'GOOD=1\n\nno equals sign\n' >"$dir/env"
	refused 2 "$dir/env:3: " --env-file="$dir/env" sleep 600
	printf 'GOOD=1\n=x\n' >"$dir/env"
	refused 2 "$dir/env:2: " --env-file="$dir/env" sleep 600
	printf 'GOOD="open\n' >"$dir/env"
	refused 2 "$dir/env:1: " --env-file="$dir/env" sleep 600
	printf 'A=1\nB=\0x\n' >"$dir/env"
	refused 2 "$dir/env:2: " --env-file="$dir/env" sleep 600
}

@test "--env-file: missing, a directory, unreadable" {
	refused 1 'cannot open .*: No such file' --env-file="$dir/none" \
	    sleep 600
	refused 1 'directory' --env-file="$dir" sleep 600
	need_user
	: >"$dir/secret"
	chmod 000 "$dir/secret"
	as_user refused 1 'Permission denied' --env-file="$dir/secret" \
	    sleep 600
}
