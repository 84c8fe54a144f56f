#!/usr/bin/env bats
# The documents tell the truth: options, exit statuses and verbs of the manual
# pages and of --help agree with each other. The completions are in
# docs_contrib.bats, the examples in docs_examples.bats.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/docs

# The functions below take the NAME of a program: daemonize or daemonctl.

help_of() {
	case $1 in
	daemonize) "$DAEMONIZE" --help </dev/null ;;
	daemonctl) "$DAEMONCTL" --help </dev/null ;;
	esac
}

# The long options, without dashes, one a line, sorted, as each source has them.

options_in_help() {
	help_of "$1" | grep -oE -- '--[a-z][a-z0-9-]+' | cut -c3- | sort -u
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

# Each as "FLOOR PART", sorted; a part is a folder or a file of src/.

floors_in_test() {
	sed -n "/^floors='/,/^'/p" "$top/tests/layers" | awk '
		/^[0-9]/ { for (i = 2; i <= NF; i++) print $1, $i }' |
	    while read -r floor part; do
		# Some are kept free for what is to come.
		[[ ! -d $top/src/$part && ! -e $top/src/$part.c &&
		    ! -e $top/src/$part.h ]] || printf '%s %s\n' "$floor" "$part"
	    done | sort
}

floors_in_design() {
	awk -F '|' '/^\| [0-9] \| `/ {
		gsub(/[`,]/, "", $3)
		n = split($3, parts, " ")
		for (i = 1; i <= n; i++) {
			sub(/(\/|\.[ch])$/, "", parts[i])
			print $2 + 0, parts[i]
		}
	}' "$top/doc/design.md" | sort -u
}

@test "doc/design.md has every part of src/ on the floor where it is" {
	[[ $(floors_in_test | wc -l) -gt 8 ]]
	same floors_in_test floors_in_design
}

@test "doc/design.md names every file of the parts that it takes apart" {
	for part in control daemonctl log ready start; do
		grep "^| [0-9] | .*\`$part/\`" "$top/doc/design.md" >"$T/row"
		for file in "$top/src/$part"/*.c; do
			file=${file##*/}
			grep -qF "\`${file%.c}\`" "$T/row" || {
				printf 'no %s/%s\n' "$part" "$file"
				return 1
			}
		done
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
