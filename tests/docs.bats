#!/usr/bin/env bats
# The documents tell the truth: options, exit statuses and examples of the
# manual page, --help and the completions agree with each other.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin

setup() {
	dropin_setup
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	page=$top/man/daemonize.1
}

# The long options, without dashes, one a line, sorted, as each source has them.

options_in_help() {
	"$DAEMONIZE" --help </dev/null | grep -oE -- '--[a-z][a-z0-9-]+' |
	    cut -c3- | sort -u
}

options_in_page() {
	sed -n '/^\.Sh OPTIONS/,/^\.Sh SIGNALS/p' "$page" | grep '^\.It ' |
	    grep -oE 'Fl -[a-z][a-z0-9-]+' | cut -c5- | sort -u
}

# letters: "X name" for every option with a letter.
letters_in_help() {
	"$DAEMONIZE" --help </dev/null |
	    sed -nE 's/^ *-([A-Za-z]), --([a-z0-9-]+).*/\1 \2/p' | sort
}

letters_in_page() {
	sed -nE 's/^\.It Fl ([A-Za-z])( .*)? , Fl -([a-z0-9-]+).*/\1 \3/p' \
	    "$page" | sort
}

same() {
	diff -u <("$1") <("$2")
}

@test "--help fits a screen of 80 columns and has a line for every option" {
	"$DAEMONIZE" --help >"$T/help" </dev/null
	run ! grep -E '.{81}' "$T/help"
	has_between 30 60 "$T/help"
	is "$(options_in_help | wc -l)" \
	    "$(grep -cE '^ *(-[A-Za-z], )?--[a-z]' "$T/help")"
}

# has_between MIN MAX FILE: lines.
has_between() {
	local lines
	lines=$(wc -l <"$3")
	[[ $lines -ge $1 && $lines -le $2 ]]
}

@test "the manual page and --help have the same options" {
	[[ $(options_in_page | wc -l) -gt 30 ]]
	same options_in_help options_in_page
}

@test "the manual page and --help have the same letters" {
	[[ $(letters_in_page | wc -l) -ge 14 ]]
	same letters_in_help letters_in_page
}

@test "every option in the manual page is accepted" {
	# With a value which none of them takes as the last word, an option
	# may be refused for its value, but not as unknown.
	for option in $(options_in_page); do
		start --dry-run "--$option" sleep 1
		[[ $error != *nknown* && $error != *nrecognized* ]]
	done
	start --dry-run --no-such-option sleep 1
	is "$status" 2
}

@test "EXIT STATUS and src/exitcode.h list the same numbers" {
	sed -nE 's/^[[:space:]]*EXITCODE_[A-Z_]+ = ([0-9]+).*/\1/p' \
	    "$top/src/exitcode.h" | sort -n >"$T/code"
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$page" |
	    sed -nE 's/^\.It ([0-9]+)$/\1/p' | sort -n >"$T/page"
	[[ -s $T/code ]]
	diff -u "$T/code" "$T/page"
}

@test "mandoc has nothing to say about the manual pages" {
	need_cmd mandoc
	for each in "$top"/man/*.[1-9]; do
		mandoc -T lint -W warning "$each"
	done
}

@test "the manual page has the sections a user looks for" {
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS SIGNALS ENVIRONMENT \
	    FILES 'EXIT STATUS' EXAMPLES DIAGNOSTICS COMPATIBILITY 'SEE ALSO' \
	    STANDARDS HISTORY AUTHORS 'SECURITY CONSIDERATIONS'; do
		grep -qx "\.Sh $section" "$page"
	done
}

# --- completions ------------------------------------------------------------

# complete_words LINE: what bash offers for the last word of LINE.
complete_words() {
	bash --norc --noprofile -c '
		. "$0"
		COMP_LINE=$1
		COMP_POINT=${#COMP_LINE}
		read -ra COMP_WORDS <<<"$COMP_LINE"
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_daemonize daemonize "${COMP_WORDS[-1]}" \
		    "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"
	' "$top/contrib/completions/daemonize.bash" "$1"
}

options_in_bash() {
	complete_words 'daemonize --' | sed 's/^--//; s/=$//; s/ *$//' | sort -u
}

options_in_zsh() {
	sed 's/^[[:space:]]*#.*//' "$top/contrib/completions/_daemonize" |
	    grep -oE -- '--[a-z][a-z0-9-]+' | cut -c3- | sort -u
}

options_in_fish() {
	sed -nE 's/^\$c (-s . )?-l ([a-z0-9-]+).*/\2/p' \
	    "$top/contrib/completions/daemonize.fish" | sort -u
}

@test "the completions of bash, zsh and fish have the options of the page" {
	same options_in_page options_in_bash
	same options_in_page options_in_zsh
	same options_in_page options_in_fish
}

@test "bash completes values, and leaves the command's words alone" {
	complete_words 'daemonize --if-running=' | grep -qx 'replace:'
	complete_words 'daemonize --io-priority=i' | grep -qx 'idle'
	touch "$T/some.conf"
	complete_words "daemonize --config=$T/so" | grep -qx "$T/some.conf"
	complete_words 'daemonize -u roo' | grep -qx root
	complete_words 'daemonize -n x slee' | grep -qx sleep
	[[ -z $(complete_words 'daemonize sleep --') ]]
}

@test "the completions and the examples in contrib are sound shell" {
	bash -n "$top/contrib/completions/daemonize.bash"
	sh -n "$top/contrib/sysv/example"
	sh -n "$top/contrib/openrc/example"
	if command -v zsh >/dev/null; then
		zsh -n "$top/contrib/completions/_daemonize"
	fi
	if command -v fish >/dev/null; then
		fish --no-execute "$top/contrib/completions/daemonize.fish"
	fi
}

@test "systemd finds nothing wrong with the unit in contrib" {
	need_cmd systemd-analyze
	# With a program that exists here in the place of the installed ones.
	sed "s|/usr/bin/daemonize|$DAEMONIZE|; s|/usr/local/bin/example|/bin/cat|" \
	    "$top/contrib/systemd/example.service" >"$T/example.service"
	systemd-analyze verify --man=no "$T/example.service" \
	    >"$T/said" 2>&1 || { cat "$T/said"; false; }
	run ! grep example.service "$T/said"
}

@test "logrotate accepts the snippet in contrib" {
	need_cmd logrotate
	# It wants the directory of the log to exist.
	sed "s|/var/log/example|$T/example|; s|/var/run|$T|" \
	    "$top/contrib/logrotate/example" >"$T/rotate.conf"
	chmod 644 "$T/rotate.conf"
	echo line >"$T/example.log"
	logrotate --force --state "$T/state" "$T/rotate.conf"
	[[ -s $T/example.log.1 || -s $T/example.log.1.gz ]]
	[[ ! -s $T/example.log ]]
}

@test "the sysv script starts, tells, restarts and stops a daemon" {
	script=$T/example
	sed "s|^daemonize=.*|daemonize=$DAEMONIZE|
	    s|^program=.*|program='/bin/sleep 600'|
	    s|^user=.*|user=$(id -un)|
	    s|^pidfile=.*|pidfile=$T/example.pid|
	    s|^log=.*|log=$T/example.log|" \
	    "$top/contrib/sysv/example" >"$script"
	# Only root can become another user.
	[[ $EUID -eq 0 ]] || sed -i 's/ -u "$user"//' "$script"
	sysv() {
		DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 30 sh "$script" "$1" \
		    </dev/null >"$T/out" 2>&1 3>&-
	}
	run -3 sysv status
	sysv start
	first=$(daemon_pid "$T/example.pid")
	remember "$first"
	sysv status
	sysv start
	is "$(daemon_pid "$T/example.pid")" "$first"
	sysv restart
	second=$(daemon_pid "$T/example.pid")
	remember "$second"
	[[ $second -ne $first ]]
	dead "$first"
	sysv stop
	dead "$second"
	sysv stop
	run -3 sysv status
}

# --- examples ---------------------------------------------------------------

# examples: writes every block of EXAMPLES into a file of its own: a script
# without the prompts. NAME.root is one that has to run as root.
examples() {
	awk -v dir="$1" '
		/^\.Sh/ { inside = $2 == "EXAMPLES" }
		inside && /^\.Bd -literal/ { n++; on = 1; next }
		/^\.Ed/ { on = 0 }
		on {
			file = dir "/" n
			gsub(/\\e/, "\\")
			if (here) {
				here = $0 != "END"
			} else {
				if (sub(/^# /, ""))
					print > (file ".root")
				sub(/^\$ /, "")
				here = /<<.END.$/
			}
			print > file
		}' "$page"
}

@test "the manual page's examples run as they are printed" {
	mkdir "$T/blocks" "$T/bin"
	ln -s "$DAEMONIZE" "$T/bin/daemonize"
	examples "$T/blocks"
	[[ $(find "$T/blocks" -name '?' | wc -l) -ge 8 ]]
	private=()
	if [[ $EUID -eq 0 ]]; then
		need_namespace -m
		# Fresh system directories, whose content ends with the test.
		cat >"$T/private" <<-'END'
		for dir in /run /var/log /srv; do
			mount -t tmpfs -o mode=755 none $dir
		done
		[ -d /var/run/. ] || mkdir -p /var/run
		exec "$@"
		END
		private=(unshare -m --propagation private sh -e "$T/private")
	fi
	for block in "$T"/blocks/?; do
		if [[ -e $block.root && $EUID -ne 0 ]]; then
			continue
		fi
		run_example "$block"
	done
}

# run_example FILE: as a script, in a directory of its own; it must succeed,
# and its daemons end with it.
run_example() {
	local dir status=0
	dir=$(mktemp -d "$T/example.XXXXXX")
	sed -i "s/\<8000\>/$((20000 + RANDOM % 12000))/" "$1"
	(
		cd "$dir"
		chmod 755 .
		XDG_RUNTIME_DIR=$dir PATH=$T/bin:$PATH \
		    DMN_DAEMON_MARK=$DMN_TEST_MARK \
		    timeout 30 "${private[@]}" sh -eu "$1"
	) </dev/null >"$T/out" 2>&1 3>&- || status=$?
	stop_all
	[[ $status -eq 0 ]] || {
		printf 'example %s: status %s\n' "${1##*/}" "$status"
		cat "$1" "$T/out"
		return 1
	}
}

@test "the examples do what the text says of them" {
	mkdir "$T/blocks" "$T/bin"
	ln -s "$DAEMONIZE" "$T/bin/daemonize"
	examples "$T/blocks"
	block=$(grep -l 'echo ready' "$T"/blocks/?)
	sed -i '/^kill/d' "$block"
	DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH sh -eu "$block" \
	    </dev/null >"$T/out" 2>&1 3>&-
	daemon_pid job.pid
	eventually 5 grep -qx ready job.out
	grep -q 'sh -c\|sleep 600' "$T/out"
	block=$(grep -l 'worker.conf' "$T"/blocks/?)
	DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH sh -eu "$block" \
	    </dev/null >"$T/out" 2>&1 3>&-
	pid=$(daemon_pid worker.pid)
	eventually 5 grep -qx 'at work' worker.log
	is "$(awk '/^Umask:/ { print $2 }' "/proc/$pid/status")" 0022
	grep -q 'worker.pid' "$T/out"
}

@test "README's commands and files exist" {
	cmp "$top/README" "$top/README.md"
	for word in './bootstrap demo' './bootstrap check'; do
		grep -qF -- "$word" "$top/README.md"
	done
	# Every relative link leads somewhere.
	for link in $(grep -ohE '\]\([A-Za-z][^):]*\)' "$top"/*.md "$top"/doc/*.md |
	    sed 's/^](//; s/)$//; s/#.*//' | sort -u); do
		[[ -e $top/$link || -e $top/doc/$link ]] || {
			printf 'no such file: %s\n' "$link"
			return 1
		}
	done
}

@test "the examples of README.md run as they are printed" {
	need_cmd python3 curl
	mkdir "$T/bin"
	ln -s "$DAEMONIZE" "$T/bin/daemonize"
	awk '/^```sh example/ { on = 1; next } /^```/ { on = 0 } on' \
	    "$top/README.md" >"$T/script"
	[[ -s $T/script ]]
	sed -i "s/\<8000\>/$((20000 + RANDOM % 12000))/" "$T/script"
	XDG_RUNTIME_DIR=$T DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH \
	    timeout 30 bash -eu "$T/script" </dev/null >"$T/out" 2>&1 3>&- ||
	    { cat "$T/out"; false; }
}
