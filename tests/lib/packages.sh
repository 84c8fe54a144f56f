# shellcheck shell=sh
# packages.sh: what the tree needs from the system, and getting it.
#
# A need is one word, PROBE:PACKAGE. PROBE is a command, the path of a file
# (with wildcards), or pc=NAME for pkg-config; PACKAGE is Debian's name.

build_needs='cc:gcc /usr/include/stdio.h:libc6-dev make:make
autoconf:autoconf automake:automake
pkg-config:pkg-config pc=libbsd-overlay:libbsd-dev'

demo_needs='redis-server:redis-server redis-cli:redis-tools ps:procps'

# The tools that look at the sources and run the tests, the real programs that
# are wrapped, and the older daemonizers for the comparison.
check_needs="bats:bats strace:strace valgrind:valgrind
/usr/lib/debug/.build-id:libc6-dbg xz:xz-utils
cppcheck:cppcheck clang:clang clang-tidy:clang-tidy
/usr/lib/llvm*/lib/clang/*/lib/linux/libclang_rt.asan*.a:libclang-rt-dev
shellcheck:shellcheck mandoc:mandoc readelf:binutils ps:procps
setpriv:util-linux script:bsdutils python3:python3 curl:curl
zsh:zsh fish:fish logrotate:logrotate socat:socat jq:jq zstd:zstd
busybox:busybox s6-supervise:s6
nginx:nginx redis-server:redis-server redis-cli:redis-tools
memcached:memcached /usr/lib/postgresql/*/bin/postgres:postgresql
sshd:openssh-server ssh:openssh-client cron:cron rsyslogd:rsyslog
start-stop-daemon:dpkg daemonize:daemonize daemon:daemon"

# is_there PROBE
is_there() {
	case $1 in
	pc=*) pkg-config --exists "${1#pc=}" 2>/dev/null ;;
	/*)
		# shellcheck disable=SC2086
		set -- $1
		[ -e "$1" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# missing NEED...: prints the packages whose probe fails.
missing() {
	for need; do
		is_there "${need%:*}" || printf '%s ' "${need##*:}"
	done
}

# apt_install PACKAGE...: all at once, or one by one where a name is unknown
# to this release. Daemons that come along are not started.
apt_install() {
	policy=/usr/sbin/policy-rc.d
	if [ -e "$policy" ]; then
		policy=
	else
		trap 'rm -f "$policy"' EXIT
		trap 'exit 1' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq || :
	set -- apt-get install -y -qq --no-install-recommends "$@"
	if ! "$@" </dev/null >/dev/null; then
		shift 5
		for package; do
			apt-get install -y -qq --no-install-recommends \
			    "$package" </dev/null >/dev/null || :
		done
	fi
	if [ -n "$policy" ]; then
		rm -f "$policy"
		trap - EXIT HUP INT TERM
	fi
}

# needs_of WHAT...: prints the needs of building, demo and check.
needs_of() {
	for what; do
		case $what in
		build) echo "$build_needs" ;;
		demo) echo "$demo_needs" ;;
		check) echo "$check_needs" ;;
		esac
	done
}

# need WHAT...: has what is missing installed where that can be done here,
# otherwise says what it is; then goes on with what is there.
need() {
	# Words stay patterns until is_there looks at them.
	set -f
	# shellcheck disable=SC2046
	set -- $(needs_of "$@")
	set +f
	# /usr/sbin is not in an ordinary user's PATH.
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	packages=$(missing "$@")
	[ -n "$packages" ] || return 0
	if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
		echo "bootstrap: installing $packages"
		# shellcheck disable=SC2086
		apt_install $packages
		packages=$(missing "$@")
		[ -n "$packages" ] || return 0
	fi
	echo "bootstrap: going on without (Debian's names): $packages"
}
