# fish completion for daemonctl(1).

set -l verbs start stop restart reload pause resume signal status list logs \
	wait inspect check

# Names that have a configuration file.
function __fish_daemonctl_configured
	set -l dir /etc/daemonize.d
	if test (id -u) -ne 0
		set dir $HOME/.config/daemonize
		set -q XDG_CONFIG_HOME
		and test -n "$XDG_CONFIG_HOME"
		and set dir $XDG_CONFIG_HOME/daemonize
	end
	for file in $dir/*.conf
		basename $file .conf
	end
end

# Names of daemons that are configured or run.
function __fish_daemonctl_known
	__fish_daemonctl_configured
	daemonctl list 2>/dev/null | cut -f1
end

set -l c complete -c daemonctl
set -l no_verb "not __fish_seen_subcommand_from $verbs"

complete -c daemonctl -f
$c -n $no_verb -a start -d 'Start what the configuration says'
$c -n $no_verb -a stop -d 'End a daemon and wait until it is dead'
$c -n $no_verb -a restart -d 'Stop and start, with nobody in between'
$c -n $no_verb -a reload -d 'Have it read its configuration again'
$c -n $no_verb -a pause -d 'Stop it with SIGSTOP'
$c -n $no_verb -a resume -d 'Let it go on'
$c -n $no_verb -a signal -d 'Send any signal'
$c -n $no_verb -a status -d 'Say whether it runs'
$c -n $no_verb -a list -d 'Show all daemons in the run directory'
$c -n $no_verb -a logs -d 'Show the last lines of its log'
$c -n $no_verb -a wait -d 'Wait until it has ended'
$c -n $no_verb -a inspect -d 'Say whether a process is a daemon'
$c -n $no_verb -a check -d 'See whether a start would succeed'

$c -n '__fish_seen_subcommand_from start restart check' -a '(__fish_daemonctl_configured)'
$c -n '__fish_seen_subcommand_from stop reload pause resume signal status logs wait inspect' -a '(__fish_daemonctl_known)'
$c -n '__fish_seen_subcommand_from signal' -a 'HUP INT QUIT USR1 USR2 TERM CONT STOP KILL WINCH ALRM'

$c -s p -l pidfile -r -F -d 'The daemon of this pidfile'
$c -s j -l json -d 'Print JSON'
$c -s t -l timeout -x -a '5s 10s 30s 1m' -d 'Time to end in'
$c -l schedule -x -a 'TERM/10/KILL/5' -d 'Signals and times'
$c -l tree -d 'End the descendants as well'
$c -s a -l all -d 'Dead ones, too'
$c -s f -l follow -d 'Go on as the log grows'
$c -s n -l lines -x -a '10 100 1000' -d 'How many lines of the log'
$c -s v -l verbose -d 'Say what is done'
$c -s h -l help -d 'Show the verbs and options'
$c -s V -l version -d 'Show the version'
