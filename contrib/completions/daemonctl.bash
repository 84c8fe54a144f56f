# shellcheck shell=bash
# bash completion for daemonctl(1).

_daemonctl_verbs='start stop restart reload pause resume signal status list
	logs wait inspect check'

_daemonctl_options='--pidfile= --json --timeout= --schedule= --tree --all
	--follow --lines= --verbose --help --version'

# Options with a value that is the next word, if it is not attached.
_daemonctl_takes_value() {
	case $1 in
	--pidfile | --timeout | --schedule | --lines) return 0 ;;
	--*) return 1 ;;
	esac
	# Behind a letter that takes a value comes the value.
	[[ $1 =~ ^-[jafvhV]*[ptn]$ ]]
}

# The signals, without SIG.
_daemonctl_signals() {
	compgen -A signal | sed -n 's/^SIG//p'
}

# Names that have a configuration file.
_daemonctl_configured() {
	local dir=/etc/daemonize.d file
	((EUID == 0)) || dir=${XDG_CONFIG_HOME:-$HOME/.config}/daemonize
	for file in "$dir"/*.conf; do
		[[ ! -e $file ]] || basename "$file" .conf
	done
}

# Names of daemons that run.
_daemonctl_running() {
	"${COMP_WORDS[0]}" list 2>/dev/null </dev/null | cut -f1
}

# Completes the value of option $1, of which $2 has been typed.
_daemonctl_value() {
	local words=
	case $1 in
	--pidfile | -p)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
		return
		;;
	--timeout | -t) words='5s 10s 30s 1m' ;;
	--lines | -n) words='10 100 1000' ;;
	--schedule) words='TERM/10/KILL/5 INT/10/KILL/5 QUIT/30/KILL/5' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

# Completes what the verb $1 works on; $2 has been typed, and $3 operands
# stand before it.
_daemonctl_operand() {
	local words=
	case $1:$3 in
	:*) words=${_daemonctl_verbs//[[:space:]]/$'\n'} ;;
	list:*) ;;
	start:* | restart:* | check:*) words=$(_daemonctl_configured) ;;
	signal:0) words=$(_daemonctl_signals) ;;
	*) words=$(_daemonctl_configured; _daemonctl_running) ;;
	esac
	# Names may contain what the shell would expand.
	mapfile -t COMPREPLY < <(printf '%s\n' "$words" | sort -u | while IFS= read -r word; do
		[[ -z $word || $word != "$2"* ]] || printf '%q\n' "$word"
	done)
}

_daemonctl() {
	local current=${COMP_WORDS[COMP_CWORD]} verb='' word i operands=0
	local ended=

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ -n $ended || $word != -?* ]]; then
			if [[ -z $verb ]]; then
				verb=$word
			else
				((operands += 1))
			fi
			continue
		fi
		if [[ $word == -- ]]; then
			ended=yes
		elif _daemonctl_takes_value "$word"; then
			# bash cuts --option=value into three words.
			((i += 1))
			[[ ${COMP_WORDS[i]-} != = ]] || ((i += 1))
			if ((i >= COMP_CWORD)); then
				[[ $current != = ]] || current=
				[[ $word == --* ]] || word=-${word: -1}
				_daemonctl_value "$word" "$current"
				return
			fi
		fi
	done
	if [[ -z $ended && $current == --*=* ]]; then
		_daemonctl_value "${current%%=*}" "${current#*=}"
	elif [[ -z $ended && $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_daemonctl_options" -- \
		    "$current")
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace 2>/dev/null
	else
		_daemonctl_operand "$verb" "$current" "$operands"
	fi
	return 0
}

complete -F _daemonctl daemonctl
