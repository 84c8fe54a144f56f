#!/usr/bin/env bats
# The examples of the manual pages and of README.md run as they are printed and
# do what the text says of them.

# shellcheck disable=SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper/common
load helper/dropin
load helper/docs
load helper/programs

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
	# While others add users, files come and go there.
	cp -a /etc/. "$etc" || [ -e "$etc/passwd" ]
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
		sed -i "s/\<8000\>/$(free_port)/" "$block"
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
		"$@" timeout 120 env HOME="$dir" PATH="$T/bin:$PATH" \
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
	sed -i "s/\<8000\>/$(free_port)/" "$T"/blocks/??
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
	sed -i '/^kill/d; /^ps /i until grep -q ready job.out; do sleep 0.02; done' \
	    "$block"
	DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH sh -eu "$block" \
	    </dev/null >"$T/out" 2>&1 3>&-
	daemon_pid job.pid
	eventually 30 grep -qx ready job.out
	grep -q 'sh -c\|sleep 600' "$T/out"
	block=$(grep -l 'worker.conf' "$T"/blocks/??)
	DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH sh -eu "$block" \
	    </dev/null >"$T/out" 2>&1 3>&-
	pid=$(daemon_pid worker.pid)
	eventually 30 grep -qx 'at work' worker.log
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

@test "bootstrap builds in a directory with blanks in its name" {
	tree="$T/my own tree"
	mkdir -p "$tree/tests/lib"
	cp "$top/bootstrap" "$tree"
	echo 'need() { :; }' >"$tree/tests/lib/packages.sh"
	# That of autoconf refuses to be called by a path with blanks, too.
	cat >"$tree/configure" <<-'END'
	#!/bin/sh
	case $0 in *" "*) exit 1 ;; esac
	[ -e "$(dirname "$0")/bootstrap" ] && touch config.status
	printf 'all:\n\ttouch built\n' >Makefile
	END
	chmod +x "$tree/configure"
	"$tree/bootstrap" </dev/null
	[[ -e $tree/_build/default/built ]]
}

@test "the examples of README.md run as they are printed" {
	need_cmd python3 curl
	programs
	awk '/^```sh example/ { on = 1; next } /^```/ { on = 0 } on' \
	    "$top/README.md" >"$T/script"
	[[ -s $T/script ]]
	sed -i "s/\<8000\>/$(free_port)/" "$T/script"
	private=()
	[[ $EUID -ne 0 ]] || private_root
	XDG_RUNTIME_DIR=$T DMN_DAEMON_MARK=$DMN_TEST_MARK PATH=$T/bin:$PATH \
	    timeout 120 "${private[@]}" bash -eu "$T/script" </dev/null \
	    >"$T/out" 2>&1 3>&- || { cat "$T/out"; false; }
}
