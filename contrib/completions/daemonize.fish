# fish completion for daemonize(1).

# Prints the words of the command before the cursor; fails where it has not
# begun.
function __fish_daemonize_command
	# The long options whose value is not the next word.
	set -l switches --append --clear-env --no-new-privs --mkdir \
		--log-timestamp --log-tag --log-reopen --pty --keep-on-timeout \
		--quiet-unless-failed --foreground --dry-run --verbose --help \
		--version
	set -l words (commandline -opc)
	set -e words[1]
	set -l skip 0
	while set -q words[1]
		set -l word $words[1]
		if test $skip = 1
			set skip 0
			set -e words[1]
			continue
		end
		switch $word
			case --
				set -e words[1]
				string join \n -- $words
				return 0
			case '--*=*' $switches
			case '--*'
				set skip 1
			case -
				string join \n -- $words
				return 0
			case '-*'
				string match -qr '^-[avhV]*[npluEcmioe]$' -- $word
				and set skip 1
			case '*'
				string join \n -- $words
				return 0
		end
		set -e words[1]
	end
	return 1
end

function __fish_daemonize_no_command
	not __fish_daemonize_command >/dev/null
end

function __fish_daemonize_complete_command
	set -l words (__fish_daemonize_command) (commandline -ct)
	string match -q -- '-*' $words[1]
	or complete -C "$words"
end

set -l c complete -c daemonize -n __fish_daemonize_no_command

complete -c daemonize -f -a '(__fish_daemonize_complete_command)'
$c -s n -l name -x -d 'Pidfile NAME.pid in the run directory'
$c -s p -l pidfile -r -F -d 'Write the pid there, locked'
$c -s l -l lockfile -r -F -d 'Lock this file'
$c -l if-running -x -a 'fail ok wait wait: replace replace:' -d 'When it is already running'
$c -l stop-signal -x -a 'TERM INT QUIT HUP USR1 USR2' -d 'Ends a running one'
$c -l stop-timeout -x -d 'Time before KILL'
$c -s c -l chdir -x -a '(__fish_complete_directories)' -d 'Run in this directory'
$c -l chroot -x -a '(__fish_complete_directories)' -d 'Make this the root directory'
$c -s m -l umask -x -a '022 027 077' -d 'Umask'
$c -s u -l user -x -a '(__fish_complete_users)' -d 'Run as this user'
$c -l groups -x -a 'none (__fish_complete_groups)' -d 'Supplementary groups'
$c -s E -l env -x -d 'Set an environment variable'
$c -l env-file -r -F -d 'Set variables from a file'
$c -l clear-env -d 'Start from an empty environment'
$c -l unset-env -x -a '(set -xn)' -d 'Remove a variable'
$c -l limit -x -a 'as= core= cpu= data= fsize= locks= memlock= msgqueue= nice= nofile= nproc= rss= rtprio= rttime= sigpending= stack=' -d 'Resource limit'
$c -l nice -x -d 'Nice value, -20 to 19'
$c -l io-priority -x -a 'realtime best-effort idle' -d 'I/O scheduling class'
$c -l cpu-affinity -x -d 'Processors'
$c -l scheduler -x -a 'other batch idle fifo rr' -d 'Scheduling policy'
$c -l oom-score -x -d 'Out-of-memory score, -1000 to 1000'
$c -l no-new-privs -d 'Never gain privileges'
$c -l capabilities -x -a none -d 'Keep these only'
$c -l keep-fd -x -d 'Leave descriptors open'
$c -l argv0 -x -d 'Name passed to the command'
$c -l mkdir -d 'Make missing directories'
$c -s i -l stdin -r -F -a hold -d 'Standard input'
$c -s o -l stdout -r -F -a 'file: syslog: journal: pipe: null: inherit:' -d 'Standard output'
$c -s e -l stderr -r -F -a 'file: syslog: journal: pipe: null: inherit:' -d 'Standard error'
$c -l log -r -F -a 'file: syslog: journal: pipe: null: inherit:' -d 'Both, appending'
$c -s a -l append -d 'Append instead of truncating'
$c -l log-mode -x -a '0600 0640 0644' -d 'Mode of new log files'
$c -l log-timestamp -f -a 'iso unix tai64n no' -d 'Begin lines with the time'
$c -l log-tag -d 'Begin lines with their stream'
$c -l log-size -x -d 'Rotate files before they grow larger'
$c -l log-age -x -d 'Rotate files that are older'
$c -l log-keep -x -d 'How many rotated files stay'
$c -l log-compress -x -a 'gzip zstd xz' -d 'Compress rotated files'
$c -l log-reopen -d 'Follow files that are renamed'
$c -l log-full -x -a 'block drop' -d 'When a log is full'
$c -l pty -d 'Output through a terminal'
$c -l ready -x -a 'exec alive: notify fd: file: unix: tcp: log: command: exit' -d 'Return when this holds'
$c -l timeout -x -d 'How long to wait'
$c -l keep-on-timeout -d 'Leave running what is not ready'
$c -l max-runtime -x -d 'End a job that runs longer'
$c -l jitter -x -d 'Wait a random time first'
$c -l quiet-unless-failed -d 'Output of a job only if it failed'
$c -l foreground -d 'Become the command without a fork'
$c -l config -r -F -d 'Read options from a file'
$c -l dry-run -d 'Print the plan, change nothing'
$c -s v -l verbose -d 'Say each step'
$c -s h -l help -f -a all -d 'Show the options'
$c -s V -l version -d 'Show the version'
