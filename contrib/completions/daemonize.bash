# shellcheck shell=bash
# bash completion for daemonize(1).

# Options with a value that is the next word, if it is not attached.
_daemonize_takes_value() {
	case $1 in
	--append | --clear-env | --no-new-privs | --mkdir | --log-timestamp | \
	    --log-tag | --log-reopen | --pty | --keep-on-timeout | \
	    --quiet-unless-failed | --foreground | --dry-run | --verbose | --help | \
	    --version | --*=*)
		return 1
		;;
	--*)
		return 0
		;;
	esac
	# Behind a letter that takes a value comes the value.
	[[ $1 =~ ^-[avhV]*[npluEcmioe]$ ]]
}

_daemonize_options='
	--name= --pidfile= --lockfile= --if-running=
	--stop-signal= --stop-timeout=
	--chdir= --chroot= --umask= --user= --groups= --env= --env-file=
	--clear-env --unset-env= --limit= --nice= --io-priority=
	--cpu-affinity= --scheduler= --oom-score= --no-new-privs
	--capabilities= --keep-fd= --argv0= --mkdir
	--stdin= --stdout= --stderr= --log= --append --log-mode=
	--log-timestamp --log-timestamp= --log-tag --log-size= --log-age=
	--log-keep= --log-compress= --log-reopen --log-full= --pty
	--ready= --timeout= --keep-on-timeout --max-runtime= --jitter=
	--quiet-unless-failed --foreground
	--config= --dry-run --verbose --help --version
'

# Completes the value of option $1, of which $2 has been typed.
_daemonize_value() {
	local words=
	case $1 in
	--if-running) words='fail ok wait wait: replace replace:' ;;
	--ready)
		words='exec alive: notify fd: file: unix: tcp: log: command:
		    exit'
		;;
	--stop-signal) words=$(compgen -A signal | sed -n 's/^SIG//p') ;;
	--io-priority) words='realtime best-effort idle' ;;
	--scheduler) words='other batch idle fifo rr' ;;
	--umask | -m) words='022 027 077' ;;
	--groups) words="none $(compgen -g)" ;;
	--capabilities) words=none ;;
	--log-timestamp) words='iso unix tai64n' ;;
	--log-compress) words='gzip zstd xz' ;;
	--log-full) words='block drop' ;;
	--help) words=all ;;
	--limit)
		words='as= core= cpu= data= fsize= locks= memlock= msgqueue=
		    nice= nofile= nproc= rss= rtprio= rttime= sigpending=
		    stack='
		;;
	--user | -u) words=$(compgen -u) ;;
	--unset-env) words=$(compgen -e) ;;
	--chdir | --chroot | -c)
		mapfile -t COMPREPLY < <(compgen -d -- "$2")
		return
		;;
	--stdin | -i)
		mapfile -t COMPREPLY < <(compgen -W hold -- "$2"
		    compgen -f -- "$2")
		return
		;;
	--stdout | --stderr | --log | -o | -e)
		mapfile -t COMPREPLY < <(
			compgen -W 'file: syslog: journal: pipe: null:
			    inherit:' -- "$2"
			compgen -f -- "$2")
		return
		;;
	--pidfile | --lockfile | --config | --env-file | -p | -l)
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

_daemonize() {
	local current=${COMP_WORDS[COMP_CWORD]} option='' word i=1

	COMPREPLY=()
	# Walk over the options in front, to see whether the command has begun.
	while ((i < COMP_CWORD)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -- ]]; then
			((i += 1))
			break
		elif [[ $word != -?* ]]; then
			break
		elif _daemonize_takes_value "$word" ||
		    [[ $word == --* && ${COMP_WORDS[i + 1]-} == = ]]; then
			# bash cuts --option=value into three words.
			option=$word
			((i += 1))
			[[ ${COMP_WORDS[i]-} != = ]] || ((i += 1))
			# The word being typed is this option's value.
			if ((i >= COMP_CWORD)); then
				[[ $current != = ]] || current=
				[[ $option == --* ]] || option=-${option: -1}
				_daemonize_value "$option" "$current"
				return
			fi
		fi
		((i += 1))
	done
	if ((i < COMP_CWORD)); then
		# The command has begun: its words are its own affair.
		if declare -F _command_offset >/dev/null; then
			_command_offset "$i"
		fi
	elif [[ $current == --*=* ]]; then
		_daemonize_value "${current%%=*}" "${current#*=}"
	elif [[ $current == -* && ${COMP_WORDS[COMP_CWORD - 1]} != -- ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_daemonize_options" -- \
		    "$current")
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace 2>/dev/null
	else
		mapfile -t COMPREPLY < <(compgen -c -- "$current" | sort -u)
	fi
	return 0
}

complete -o default -F _daemonize daemonize
