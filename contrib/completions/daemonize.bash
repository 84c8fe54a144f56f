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

# Puts the words up to the cursor into typed, and where each begins in
# COMP_WORDS into starts: bash cuts words at = and : as well.
_daemonize_words() {
	local line=$COMP_LINE word i
	typed=()
	starts=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then
			typed+=("$word")
			starts+=("$i")
		else
			typed[-1]+=$word
		fi
		line=${line#"${line%%[![:blank:]]*}"}
		line=${line#"$word"}
	done
}

# Offers the files (-f) or directories (-d) that begin with $2, behind $3. Only
# where nothing else is offered, bash may treat all as names of files.
_daemonize_files() {
	((${#COMPREPLY[@]} > 0)) || compopt -o filenames 2>/dev/null
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$1" -P "${3-}" \
	    -- "$2")
}

# Completes the value of option $1, of which $2 has been typed.
_daemonize_value() {
	local words='' files=
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
	--log-mode) words='0600 0640 0644' ;;
	--log-timestamp) words='iso unix tai64n no' ;;
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
	--chdir | --chroot | -c) files=-d ;;
	--stdin | -i)
		words=hold
		files=-f
		;;
	--stdout | --stderr | --log | -o | -e)
		words='file: syslog: journal: pipe: null: inherit:'
		files=-f
		;;
	--pidfile | --lockfile | --config | --env-file | -p | -l) files=-f ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
	case $1=$2 in
	--stdout=file:* | --stderr=file:* | --log=file:* | -[oe]=file:* | \
	    --ready=file:* | --ready=unix:*)
		COMPREPLY=()
		_daemonize_files -f "${2#*:}" "${2%%:*}:"
		;;
	*)
		[[ -z $files ]] || _daemonize_files "$files" "$2"
		;;
	esac
}

# Completes the value $2 at the end of the word $3, of which bash replaces $4.
_daemonize_end() {
	local i reply='' before=${3%"$4"} head=${3%"$2"}
	_daemonize_value "$1" "$2"
	for i in "${!COMPREPLY[@]}"; do
		reply=$head${COMPREPLY[i]}
		COMPREPLY[i]=${reply#"$before"}
	done
	[[ $reply != *[:=] ]] || compopt -o nospace 2>/dev/null
}

_daemonize() {
	local current option i=1 last
	local -a typed starts

	COMPREPLY=()
	_daemonize_words
	last=$((${#typed[@]} - 1))
	current=${typed[last]}
	# Walk over the options in front, to see whether the command has begun.
	while ((i < last)); do
		option=${typed[i]}
		if [[ $option == -- ]]; then
			((i += 1))
			break
		elif [[ $option != -?* ]]; then
			break
		elif _daemonize_takes_value "$option"; then
			((i += 1))
			if ((i == last)); then
				# The word being typed is this option's value.
				[[ $option == --* ]] || option=-${option: -1}
				_daemonize_end "$option" "$current" "$current" "$2"
				return
			fi
		fi
		((i += 1))
	done
	if ((i < last)); then
		# The command has begun: its words are its own affair.
		if declare -F _command_offset >/dev/null; then
			_command_offset "${starts[i]}"
		fi
	elif [[ $current == --*=* ]]; then
		_daemonize_end "${current%%=*}" "${current#*=}" "$current" "$2"
	elif [[ $current == -* && ${typed[last - 1]} != -- ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_daemonize_options" -- \
		    "$current")
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace 2>/dev/null
	else
		[[ $current != */* ]] || compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -c -- "$current" | sort -u)
	fi
	return 0
}

complete -o default -F _daemonize daemonize
