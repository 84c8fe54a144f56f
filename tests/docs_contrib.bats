#!/usr/bin/env bats
# What is in contrib: the completions know every option and verb of the manual
# pages, and the examples work.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/docs

# --- completions ------------------------------------------------------------

# complete_words LINE: what bash offers for the last word of LINE, which it cuts
# at blanks, = and :.
complete_words() {
	# shellcheck disable=SC2016 # that is another shell's
	bash --norc --noprofile -c '
		. "$0/${1%% *}.bash"
		compopt() {
			printf "%s\n" "$2" >"$T/compopt"
		}
		COMP_LINE=$1
		COMP_POINT=${#COMP_LINE}
		cut="^[[:blank:]]*([=:]+|[^=:[:blank:]]+)(.*)$"
		rest=$COMP_LINE
		while [[ $rest =~ $cut ]]; do
			COMP_WORDS+=("${BASH_REMATCH[1]}")
			rest=${BASH_REMATCH[2]}
		done
		[[ -z $rest ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		word=${COMP_WORDS[-1]}
		[[ $word != [=:]* ]] || word=
		name=${COMP_WORDS[0]}
		"_$name" "$name" "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
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

@test "bash knows values in which an equals sign or a colon stands" {
	for value in '-E TERM=xterm' '--env=A=B' '-u root:root' \
	    '--if-running=wait:5s' '--log=syslog:daemon.err' \
	    '--ready=tcp:80 --limit nofile=10'; do
		complete_words "daemonize $value --um" | grep -qx -- --umask=
		complete_words "daemonize $value slee" | grep -qx sleep
		[[ -z $(complete_words "daemonize $value sleep --") ]]
	done
	touch "$T/some.log"
	complete_words "daemonize --log=file:$T/so" | grep -qx "$T/some.log"
}

@test "bash puts no blank behind a directory or a word that goes on" {
	export T
	mkdir "$T/some dir"
	for line in "daemonize -c $T/so" "daemonize --log=file:$T/so" \
	    "daemonize -o $T/so" "daemonctl stop -p $T/so"; do
		complete_words "$line" | grep -qx "$T/some dir"
		is "$(cat "$T/compopt")" filenames
		rm "$T/compopt"
	done
	for line in 'daemonize --log=sys' 'daemonize --limit nof' \
	    'daemonize --log=syslog:'; do
		complete_words "$line" >"$T/offers"
		is "$(cat "$T/compopt")" nospace
		rm "$T/compopt"
	done
}

@test "bash knows a value that is attached to its letter" {
	complete_words 'daemonize -nsame slee' | grep -qx sleep
	complete_words 'daemonctl -psome.pid sto' | grep -qx stop
}

# fish_offers LINE WORD: fish offers it for the last word of LINE. The array
# features says how it is called.
fish_offers() {
	# shellcheck disable=SC2016 # that is another shell's
	HOME=$T XDG_CONFIG_HOME=$T fish --no-config "${features[@]}" -c '
		source $argv[1]/daemonize.fish
		complete -C $argv[2]' "$top/contrib/completions" "$1" \
	    >"$T/offers" 2>"$T/errors"
	[[ ! -s $T/errors ]] || { cat "$T/errors"; return 1; }
	cut -f1 "$T/offers" | grep -qxF -- "$2"
}

@test "fish completes options and the command behind any option" {
	need_cmd fish
	features=()
	completes_in_fish
}

@test "so does a fish whose question mark is no wildcard, as of fish 4" {
	need_cmd fish
	features=(--features=qmark-noglob)
	completes_in_fish
}

completes_in_fish() {
	for line in 'daemonize' 'daemonize --name web' 'daemonize --name=web' \
	    'daemonize -n web' 'daemonize -nname' 'daemonize --append' \
	    'daemonize --ready tcp:80 --timeout 5s' 'daemonize -a -v'; do
		fish_offers "$line --um" --umask
		fish_offers "$line slee" sleep
	done
	run ! fish_offers 'daemonize sleep --um' --umask
	run ! fish_offers 'daemonize -- --um' --umask
	run ! fish_offers 'daemonize - --um' --umask
	fish_offers 'daemonize --name web -- slee' sleep
	fish_offers 'daemonize --name web daemonize --um' --umask
	fish_offers 'daemonize --if-running rep' replace:
}

# zsh_offers LINE TEXT: typed LINE and a tab, TEXT comes on zsh's terminal.
zsh_offers() {
	# shellcheck disable=SC2016 # that is another shell's
	timeout 120 zsh -f -c '
		zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "PS1= fpath=($1 \$fpath); cd $2"
		zpty -w shell "autoload -Uz compinit; compinit -u -D; echo co\"\"me"
		zpty -r shell said "*come*"
		zpty -w -n shell "$3"$'\''\t'\''
		zpty -r shell said "*$4*"' zsh "$top/contrib/completions" "$T" \
	    "$1" "$2" </dev/null 3>&-
}

@test "zsh completes daemonctl's signals, names and options behind the verb" {
	need_cmd zsh
	mkdir "$T/bin"
	# shellcheck disable=SC2016 # that is another shell's
	printf '#!/bin/sh\n[ "$*" != list ] || printf "some-one\\t1\\n"\n' \
	    >"$T/bin/daemonctl"
	chmod +x "$T/bin/daemonctl"
	PATH=$T/bin:$PATH
	zsh_offers 'daemonctl signal US' USR
	zsh_offers 'daemonctl signal USR1 some' -one
	zsh_offers 'daemonctl status some' -one
	zsh_offers 'daemonctl stop -p x.pid some' -one
	zsh_offers 'daemonctl stop some-one --sche' dule
}

@test "zsh puts no blank behind a word that goes on, and knows files of log" {
	need_cmd zsh
	touch "$T/some-file"
	zsh_offers $'daemonize --ready=tc\t80 --um' 'p:80 --um'
	zsh_offers $'daemonize --limit nof\t80 --um' 'ile=80 --um'
	zsh_offers 'daemonize --log=file:some' -file
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

# installed: puts the programs where files may name them, without blanks.
installed() {
	mkdir "$T/bin"
	ln -s "$DAEMONIZE" "$DAEMONCTL" "$T/bin"
}

@test "systemd finds nothing wrong with the unit in contrib" {
	need_cmd systemd-analyze
	installed
	# With a program that exists here in the place of the installed ones.
	sed "s|/usr/bin/daemonize|$T/bin/daemonize|; s|/usr/local/bin/example|/bin/cat|" \
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

@test "every line of the crontab is silent where the program runs" {
	touch "$T/log"
	installed
	daemonize=$T/bin/daemonize
	sed -nE "/ daemonize /{
	    s|^.* daemonize -n example -u nobody|$daemonize -p $T/example.pid|
	    s|/var/log/example.log|$T/log|
	    s|/usr/local/bin/example|/bin/sleep 600|p
	}" "$top/contrib/cron/example" >"$T/lines"
	is "$(wc -l <"$T/lines")" 2
	started -p "$T/example.pid" sleep 600
	while read -r line; do
		sh -c "$line" </dev/null >"$T/out" 2>&1 3>&-
		[[ ! -s $T/out ]]
	done <"$T/lines"
}

# sysv_script: writes the example as a script for this machine.
sysv_script() {
	script=$T/example
	installed
	sed "s|^daemonize=.*|daemonize=$T/bin/daemonize|
	    s|^daemonctl=.*|daemonctl=$T/bin/daemonctl|
	    s|^program=.*|program='/bin/sleep 600'|
	    s|^user=.*|user=$(id -un)|
	    s|^pidfile=.*|pidfile=$T/example.pid|
	    s|^log=.*|log=$T/example.log|" \
	    "$top/contrib/sysv/example" >"$script"
	# Only root can become another user.
	# shellcheck disable=SC2016 # that is what the script says
	[[ $EUID -eq 0 ]] || sed -i 's/ -u "$user"//' "$script"
}

sysv() {
	DMN_DAEMON_MARK=$DMN_TEST_MARK timeout 60 sh "$script" "$1" \
	    </dev/null >"$T/out" 2>&1 3>&-
}

@test "the sysv script starts, tells, restarts and stops a daemon" {
	sysv_script
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

@test "stop of the sysv script ends no stranger whose pid is in the file" {
	sysv_script
	sleep 600 3>&- &
	stranger=$!
	remember "$stranger"
	started -p "$T/example.pid" sleep 600
	echo "$stranger" >"$T/example.pid"
	run ! sysv stop
	kill -0 "$stranger"
	[[ -e $T/example.pid ]]
}

@test "a start during the sysv script's stop of a dead one keeps its file" {
	sysv_script
	echo 4194999 >"$T/example.pid"
	# Nothing could be later than this, if it is done by name.
	mkdir "$T/late"
	cat >"$T/late/rm" <<-END
	#!/bin/sh
	DMN_DAEMON_MARK=$DMN_TEST_MARK \
	    "$DAEMONIZE" -p "$T/example.pid" sleep 600 && touch "$T/came"
	PATH=$PATH exec rm "\$@"
	END
	chmod +x "$T/late/rm"
	PATH=$T/late:$PATH sysv stop
	[[ ! -e $T/came || -e $T/example.pid ]]
}

# openrc VERB: the function of the example, as openrc-run would call it.
openrc() {
	# shellcheck disable=SC2016 # that is another shell's
	RC_SVCNAME=example DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH \
	    timeout 60 sh -c '
		ebegin() { :; }
		eend() { return "$1"; }
		. "$1"
		"$2"' sh "$T/example" "$1" </dev/null >"$T/out" 2>&1 3>&-
}

@test "the OpenRC script starts, tells and stops a daemon, and no stranger" {
	installed
	printf '#!/bin/sh\nexec sleep 600\n' >"$T/program"
	chmod +x "$T/program"
	sed "s|^program=.*|program=$T/program|
	    s|^user=.*|user=$(id -un)|
	    s|^pidfile=.*|pidfile=$T/example.pid|
	    s|^log=.*|log=$T/example.log|" \
	    "$top/contrib/openrc/example" >"$T/example"
	# shellcheck disable=SC2016 # that is what the script says
	[[ $EUID -eq 0 ]] || sed -i 's/ -u "$user"//' "$T/example"
	run -3 openrc status
	openrc start
	pid=$(daemon_pid "$T/example.pid")
	remember "$pid"
	openrc status
	sleep 600 3>&- &
	stranger=$!
	remember "$stranger"
	echo "$stranger" >"$T/example.pid"
	run ! openrc stop
	kill -0 "$stranger"
	echo "$pid" >"$T/example.pid"
	openrc stop
	dead "$pid"
	openrc stop
	run -3 openrc status
}
