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
}

# The functions below take the NAME of a program: daemonize or daemonctl.

page_of() {
	printf '%s\n' "$top/man/$1.1"
}

help_of() {
	case $1 in
	daemonize) "$DAEMONIZE" --help </dev/null ;;
	daemonctl) "$DAEMONCTL" --help </dev/null ;;
	esac
}

# section NAME SECTION: its lines in the manual page.
section() {
	awk -v wanted="$2" '
		/^\.Sh/ { inside = substr($0, 5) == wanted }
		inside' "$(page_of "$1")"
}

# The long options, without dashes, one a line, sorted, as each source has them.

options_in_help() {
	help_of "$1" | grep -oE -- '--[a-z][a-z0-9-]+' | cut -c3- | sort -u
}

options_in_page() {
	section "$1" OPTIONS | grep '^\.It ' |
	    grep -oE 'Fl -[a-z][a-z0-9-]+' | cut -c5- | sort -u
}

# letters: "X name" for every option with a letter.
letters_in_help() {
	help_of "$1" | sed -nE 's/^ *-([A-Za-z]), --([a-z0-9-]+).*/\1 \2/p' | sort
}

letters_in_page() {
	section "$1" OPTIONS |
	    sed -nE 's/^\.It Fl ([A-Za-z])( .*)? , Fl -([a-z0-9-]+).*/\1 \3/p' |
	    sort
}

# verbs: the verbs of daemonctl.
verbs_in_help() {
	help_of daemonctl | sed -nE 's/^  ([a-z]+) .*/\1/p' | sort
}

verbs_in_page() {
	section daemonctl DESCRIPTION | sed -nE 's/^\.It Cm ([a-z]+).*/\1/p' | sort
}

# same A B [NAME]: both functions say the same of the program.
same() {
	diff -u <("$1" "${@:3}") <("$2" "${@:3}")
}

@test "--help fits a screen: 50 lines of 80 columns" {
	for name in daemonize daemonctl; do
		help_of "$name" >"$T/help"
		run ! grep -E '.{81}' "$T/help"
		has_between 20 50 "$T/help"
	done
}

@test "--help=all has a line for every option, --help names them all" {
	"$DAEMONIZE" --help=all >"$T/help"
	run ! grep -E '.{81}' "$T/help"
	is "$(options_in_help daemonize)" \
	    "$(sed -nE 's/^ *(-[A-Za-z], )?--([a-z0-9-]+).*/\2/p' "$T/help" |
	    sort -u)"
	help_of daemonctl >"$T/help"
	is "$(options_in_help daemonctl | wc -l)" \
	    "$(grep -cE '^ *(-[A-Za-z], )?--[a-z]' "$T/help")"
}

# has_between MIN MAX FILE: lines.
has_between() {
	local lines
	lines=$(wc -l <"$3")
	[[ $lines -ge $1 && $lines -le $2 ]]
}

@test "the manual pages and --help have the same options" {
	[[ $(options_in_page daemonize | wc -l) -gt 30 ]]
	same options_in_help options_in_page daemonize
	[[ $(options_in_page daemonctl | wc -l) -ge 9 ]]
	same options_in_help options_in_page daemonctl
}

@test "the manual pages and --help have the same letters" {
	[[ $(letters_in_page daemonize | wc -l) -ge 14 ]]
	same letters_in_help letters_in_page daemonize
	[[ $(letters_in_page daemonctl | wc -l) -ge 7 ]]
	same letters_in_help letters_in_page daemonctl
}

@test "every option in the manual page is accepted" {
	# With a value which none of them takes as the last word, an option
	# may be refused for its value, but not as unknown.
	for option in $(options_in_page daemonize); do
		start --dry-run "--$option" sleep 1
		[[ $error != *nknown* && $error != *nrecognized* ]]
	done
	start --dry-run --no-such-option sleep 1
	is "$status" 2
	for option in $(options_in_page daemonctl); do
		run "$DAEMONCTL" status "--$option" </dev/null
		[[ $output != *nknown* && $output != *nrecognized* ]]
	done
	run -2 "$DAEMONCTL" status --no-such-option </dev/null
}

@test "the manual page of daemonctl, its --help and itself have the same verbs" {
	is "$(verbs_in_page | wc -l)" 13
	same verbs_in_help verbs_in_page
	for verb in $(verbs_in_page); do
		# Without a name this is wrong, but not as an unknown verb.
		run "$DAEMONCTL" "$verb" </dev/null
		[[ $output != *"'$verb'"* ]]
	done
	run -2 "$DAEMONCTL" no-such-verb </dev/null
	[[ $output == *"'no-such-verb'"* ]]
}

@test "EXIT STATUS and src/exitcode.h list the same numbers" {
	sed -nE 's/^[[:space:]]*EXITCODE_[A-Z_]+ = ([0-9]+).*/\1/p' \
	    "$top/src/exitcode.h" | sort -n >"$T/code"
	statuses_in_page daemonize >"$T/page"
	[[ -s $T/code ]]
	diff -u "$T/code" "$T/page"
}

# statuses_in_page NAME
statuses_in_page() {
	section "$1" 'EXIT STATUS' | sed -nE 's/^\.It ([0-9]+)$/\1/p' | sort -n
}

@test "EXIT STATUS of daemonctl(1) lists the numbers that it promises" {
	is "$(statuses_in_page daemonctl | tr '\n' ' ')" '0 1 2 3 4 7 124 126 127 '
}

@test "mandoc has nothing to say about the manual pages" {
	need_cmd mandoc
	for each in "$top"/man/*.[1-9]; do
		mandoc -T lint -W warning "$each"
	done
}

# has_sections FILE SECTION...
has_sections() {
	local section file=$1
	shift
	for section; do
		grep -qx "\.Sh $section" "$file" || {
			printf '%s has no section %s\n' "$file" "$section"
			return 1
		}
	done
}

@test "the manual pages have the sections a user looks for" {
	has_sections "$(page_of daemonize)" NAME SYNOPSIS DESCRIPTION OPTIONS \
	    SIGNALS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES DIAGNOSTICS \
	    COMPATIBILITY 'SEE ALSO' STANDARDS HISTORY AUTHORS \
	    'SECURITY CONSIDERATIONS'
	has_sections "$(page_of daemonctl)" NAME SYNOPSIS DESCRIPTION OPTIONS \
	    STATES INSPECTION ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES \
	    DIAGNOSTICS 'SEE ALSO' STANDARDS HISTORY AUTHORS \
	    'SECURITY CONSIDERATIONS'
	has_sections "$top/man/daemonize.conf.5" NAME DESCRIPTION FILES \
	    'EXIT STATUS' EXAMPLES DIAGNOSTICS 'SEE ALSO' HISTORY AUTHORS
}

@test "the manual page of daemonctl has every rule of inspect" {
	run "$DAEMONCTL" inspect $$ </dev/null
	grep -oE '^(ok|no|note) +[a-z]+:' <<<"$output" |
	    sed -E 's/^[a-z]+ +//; s/:$//' | sort >"$T/rules"
	[[ -s $T/rules ]]
	section daemonctl INSPECTION | sed -nE 's/^\.It Cm ([a-z]+)$/\1/p' |
	    sort | diff -u "$T/rules" -
}

# --- completions ------------------------------------------------------------

# complete_words LINE: what bash offers for the last word of LINE.
complete_words() {
	# shellcheck disable=SC2016 # that is another shell's
	bash --norc --noprofile -c '
		. "$0/${1%% *}.bash"
		COMP_LINE=$1
		COMP_POINT=${#COMP_LINE}
		read -ra COMP_WORDS <<<"$COMP_LINE"
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		name=${COMP_WORDS[0]}
		"_$name" "$name" "${COMP_WORDS[-1]}" \
		    "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"
	' "$top/contrib/completions" "$1"
}

options_in_bash() {
	complete_words "$1 --" | sed 's/^--//; s/=$//; s/ *$//' | sort -u
}

options_in_zsh() {
	sed 's/^[[:space:]]*#.*//' "$top/contrib/completions/_$1" |
	    grep -oE -- '--[a-z][a-z0-9-]+' | cut -c3- | sort -u
}

options_in_fish() {
	sed -nE 's/^\$c (-s . )?-l ([a-z0-9-]+).*/\2/p' \
	    "$top/contrib/completions/$1.fish" | sort -u
}

verbs_in_bash() {
	complete_words 'daemonctl ' | sort
}

verbs_in_zsh() {
	sed -nE "/^verbs=/,/^\)/s/^\t'([a-z]+):.*/\1/p" \
	    "$top/contrib/completions/_daemonctl" | sort
}

verbs_in_fish() {
	sed -nE 's/^\$c -n \$no_verb -a ([a-z]+) .*/\1/p' \
	    "$top/contrib/completions/daemonctl.fish" | sort
}

@test "the completions of bash, zsh and fish have the options of the pages" {
	for name in daemonize daemonctl; do
		same options_in_page options_in_bash "$name"
		same options_in_page options_in_zsh "$name"
		same options_in_page options_in_fish "$name"
	done
}

@test "the completions of bash, zsh and fish have the verbs of the page" {
	same verbs_in_page verbs_in_bash
	same verbs_in_page verbs_in_zsh
	same verbs_in_page verbs_in_fish
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

@test "bash completes daemonctl's signals, names and files" {
	complete_words 'daemonctl signal US' | grep -qx USR1
	touch "$T/some.pid"
	complete_words "daemonctl stop --pidfile=$T/so" | grep -qx "$T/some.pid"
	complete_words "daemonctl -p $T/so" | grep -qx "$T/some.pid"
	complete_words "daemonctl -p $T/some.pid sto" | grep -qx stop
	[[ -z $(complete_words 'daemonctl list ') ]]
	[[ $EUID -ne 0 ]] || return 0
	mkdir -p "$T/daemonize"
	touch "$T/daemonize/web.conf" "$T/daemonize/it works.conf"
	XDG_CONFIG_HOME=$T complete_words 'daemonctl start w' | grep -qx web
	XDG_CONFIG_HOME=$T complete_words 'daemonctl stop it' |
	    grep -qxF 'it\ works'
}

@test "the completions and the examples in contrib are sound shell" {
	for name in daemonize daemonctl; do
		bash -n "$top/contrib/completions/$name.bash"
	done
	sh -n "$top/contrib/sysv/example"
	sh -n "$top/contrib/openrc/example"
	for name in daemonize daemonctl; do
		! command -v zsh >/dev/null ||
		    zsh -n "$top/contrib/completions/_$name"
		! command -v fish >/dev/null ||
		    fish --no-execute "$top/contrib/completions/$name.fish"
	done
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

# examples DIR FILE [plain]: writes every block of EXAMPLES into a file of its
# own, named by one digit or letter: a script without the prompts, unless it is
# plain text. NUMBER.root is one that has to run as root.
examples() {
	mkdir "$1"
	awk -v dir="$1" -v plain="${3-}" '
		/^\.Sh/ { inside = $2 == "EXAMPLES" }
		inside && /^\.Bd -literal/ { n++; on = 1; next }
		/^\.Ed/ { on = 0 }
		on {
			file = dir "/" sprintf("%02d", n)
			gsub(/\\e/, "\\")
			if (here) {
				here = $0 != "END"
			} else if (!plain) {
				if (sub(/^# /, ""))
					print > (file ".root")
				sub(/^\$ /, "")
				here = /<<.END.$/
			}
			print > file
		}' "$2"
}

# programs: puts both into a directory for PATH, where every user can run them.
programs() {
	mkdir -p "$T/bin"
	install -m 755 "$DAEMONIZE" "$DAEMONCTL" "$T/bin"
}

# private_root: sets private, a command that runs another one where the
# system's directories are fresh ones, whose content ends with the test.
private_root() {
	need_namespace -m
	cat >"$T/private" <<-'END'
	etc=$1
	shift
	mkdir -p "$etc"
	cp -a /etc/. "$etc"
	mount --bind "$etc" /etc
	for dir in /run /var/log /srv; do
		mount -t tmpfs -o mode=755 none $dir
	done
	[ -d /var/run/. ] || mkdir -p /var/run
	exec "$@"
	END
	private=(unshare -m --propagation private sh -e "$T/private" "$T/etc")
}

# run_examples FILE: all of this page, those for root as root and the others
# as an ordinary user.
run_examples() {
	local block dir
	programs
	rm -rf "$T/blocks"
	examples "$T/blocks" "$1"
	[[ $(find "$T/blocks" -name '??' | wc -l) -ge 6 ]]
	for block in "$T"/blocks/??; do
		sed -i "s/\<8000\>/$((20000 + RANDOM % 12000))/" "$block"
		dir=$(mktemp -d "$T/example.XXXXXX")
		chmod 755 "$dir"
		if [[ ! -e $block.root ]]; then
			[[ $EUID -ne 0 ]] || chown "$TEST_USER" "$dir"
			run_example "$block" "$dir" as_user
		elif [[ $EUID -eq 0 ]]; then
			private_root
			run_example "$block" "$dir" "${private[@]}"
		fi
	done
}

# run_example FILE DIR COMMAND...: as a script, in DIR and through COMMAND; it
# must succeed, and its daemons end with it.
run_example() {
	local block=$1 dir=$2 status=0
	shift 2
	(
		cd "$dir"
		export DMN_DAEMON_MARK=$DMN_TEST_MARK XDG_RUNTIME_DIR=$dir
		"$@" timeout 40 env HOME="$dir" PATH="$T/bin:$PATH" \
		    sh -eu "$block" "$T/blocks"
	) </dev/null >"$T/out" 2>&1 3>&- || status=$?
	stop_all
	[[ $status -eq 0 ]] || {
		printf 'example %s: status %s\n' "${block##*/}" "$status"
		cat "$block" "$T/out"
		return 1
	}
}

@test "the examples of daemonize(1) run as they are printed" {
	need_user
	run_examples "$(page_of daemonize)"
}

@test "the examples of daemonctl(1) run as they are printed" {
	need_user
	run_examples "$(page_of daemonctl)"
}

@test "the examples of daemonize.conf(5) are accepted and do what they say" {
	need_root
	private_root
	programs
	examples "$T/blocks" "$top/man/daemonize.conf.5" plain
	is "$(find "$T/blocks" -name '??' | wc -l)" 4
	sed -i "s/\<8000\>/$((20000 + RANDOM % 12000))/" "$T"/blocks/??
	cat >"$T/script" <<-'END'
	mkdir -p /etc/daemonize.d
	install -m 644 "$1/04" /etc/daemonize.conf
	for number in 1 2 3; do
		install -m 644 "$1/0$number" "/etc/daemonize.d/example$number.conf"
	done
	daemonctl check example1 example2 example3
	daemonctl start example1 example2 example3
	daemonctl status example1 example2 example3
	until grep -qx 'good morning, it is #1' /var/log/greeter.log; do
		sleep 0.1
	done
	daemonctl stop example1 example2 example3
	END
	run_example "$T/script" "$T" "${private[@]}"
}

@test "the examples do what the text says of them" {
	programs
	examples "$T/blocks" "$(page_of daemonize)"
	block=$(grep -l 'echo ready' "$T"/blocks/??)
	sed -i '/^kill/d' "$block"
	DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH sh -eu "$block" \
	    </dev/null >"$T/out" 2>&1 3>&-
	daemon_pid job.pid
	eventually 5 grep -qx ready job.out
	grep -q 'sh -c\|sleep 600' "$T/out"
	block=$(grep -l 'worker.conf' "$T"/blocks/??)
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
	programs
	awk '/^```sh example/ { on = 1; next } /^```/ { on = 0 } on' \
	    "$top/README.md" >"$T/script"
	[[ -s $T/script ]]
	sed -i "s/\<8000\>/$((20000 + RANDOM % 12000))/" "$T/script"
	private=()
	[[ $EUID -ne 0 ]] || private_root
	XDG_RUNTIME_DIR=$T DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH \
	    timeout 30 "${private[@]}" bash -eu "$T/script" </dev/null \
	    >"$T/out" 2>&1 3>&- || { cat "$T/out"; false; }
}
