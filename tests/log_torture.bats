#!/usr/bin/env bats
# The log is complete whatever happens to the logger: a daemon writes numbered
# lines on both streams, somebody holds its pipes (tests/helper/holder.c) and
# replaces the loggers under it, or kills them, at random moments and at every
# system call. Every line is found once, whole, in order for each stream, and in
# each target. Where old files are pruned, the lines that are left go on without
# a gap to the last one, and as many files are left as were asked for.
#
# The documented exception: a logger that is killed behind the write of a batch
# and before it has taken that out of the pipe leaves it to its successor, who
# writes it again; killed inside write(2), it leaves the beginning of a line as
# well, which is there again in full. That often, and no more often than
# loggers were killed.

bats_require_minimum_version 1.5.0
load helper/common

setup() {
	if [[ -z ${HOLDER-} ]]; then
		HOLDER=${WITNESS%/*}/helper/holder
		[[ -x $HOLDER ]] || HOLDER=$(find_program holder)
	fi
	copy=$BATS_TEST_TMPDIR/copy
	mkdir "$BATS_TEST_TMPDIR/logs" "$copy"
}

# holder ARG...: a run of it, whose result goes into the array of figures.
holder() {
	local word
	declare -gA figure=()
	run -- timeout -s KILL 300 "$HOLDER" "$@" "$BATS_TEST_TMPDIR/logs"
	printf '%s\n' "$output"
	[[ $status -ne 77 ]] || skip "${output#holder: }"
	for word in $output; do
		[[ $word != *=* ]] || figure[${word%%=*}]=${word#*=}
	done
	return "$status"
}

# killed_randomly: often enough; shows what the exceptions were.
killed_randomly() {
	((figure[replaced] >= 20))
	printf '# %s killed: %s batches repeated, %s lines begun twice\n' \
	    "${figure[replaced]}" "${figure[repeats]}" "${figure[seams]}" >&3
}

# stepped: the logger was killed, at most of the stops that were tried: on a
# busy machine it is woken less often, and a run has fewer of them than the one
# that was counted. Shows the figures.
stepped() {
	((figure[killed] > 0 && figure[failed] == 0))
	((figure[killed] * 3 >= figure[tried] * 2))
	printf '# killed at %s of %s stops, %s batches repeated\n' \
	    "${figure[killed]}" "${figure[stops]}" "${figure[repeats]}" >&3
}

@test "a line that was lost, doubled, torn or changed is found" {
	local way
	for way in lose double tear change cut; do
		finds "$way" ''
		finds "$way" 'second target: ' -d "$copy"
		finds "$way" 'second target: ' -c "$copy"
		finds "$way" '' -s 4096 -k 3 -r 20
	done
}

# finds WAY PREFIX OPTION...: with one line spoiled, and says so.
finds() {
	local way=$1 prefix=$2
	shift 2
	rm -f "$BATS_TEST_TMPDIR"/logs/* "$copy"/*
	run -1 -- "$HOLDER" -m term -t 0 -r 2 -b "$way" "$@" \
	    "$BATS_TEST_TMPDIR/logs"
	[[ $output == *"holder: $prefix"*', after o '* ]]
}

@test "loggers are replaced while files are renamed and SIGHUP is sent" {
	holder -m term -n -t 3
	((figure[replaced] >= 20 && figure[renamed] >= 20))
	((figure[hups] > 0 && figure[files] >= 20))
	((figure[lines] > 0 && figure[repeats] == 0))
}

@test "loggers are replaced while they rotate and compress" {
	need_cmd gzip
	holder -m term -s 65536 -z gzip -t 3
	((figure[files] > 2 && figure[repeats] == 0))
	# What was rotated is compressed, and nothing is half done.
	compgen -G "$BATS_TEST_TMPDIR/logs/log.*.gz" >/dev/null
}

@test "loggers are replaced while they rotate and compress by zstd" {
	need_cmd zstd
	holder -m term -s 65536 -z zstd -t 2
	((figure[files] > 2 && figure[repeats] == 0))
	compgen -G "$BATS_TEST_TMPDIR/logs/log.*.zst" >/dev/null
}

@test "loggers are replaced while they write to two files that rotate" {
	need_cmd gzip
	holder -m term -s 65536 -z gzip -d "$copy" -t 1
	((figure[files] > 4 && figure[repeats] == 0))
	compgen -G "$copy/log.*.gz" >/dev/null
}

@test "loggers are replaced while they write to a file and to a command" {
	holder -m term -s 65536 -c "$copy" -t 1
	((figure[files] > 3 && figure[repeats] == 0))
}

@test "loggers are replaced while they remove old files" {
	holder -m term -s 65536 -k 3 -t 1
	((figure[pruned] > 0 && figure[files] == 4 && figure[repeats] == 0))
	need_cmd gzip
	rm "$BATS_TEST_TMPDIR"/logs/*
	holder -m term -s 32768 -k 1 -z gzip -t 1
	((figure[pruned] > 0 && figure[files] == 2 && figure[repeats] == 0))
}

@test "loggers are replaced while they write timestamps and tags" {
	holder -m term -s 65536 -x -t 3
	((figure[files] > 2 && figure[repeats] == 0))
}

@test "a logger that is replaced while it waits for the rest of a line leaves that whole" {
	holder -m term -l -t 3
	((figure[lines] > 0 && figure[repeats] == 0))
	rm "$BATS_TEST_TMPDIR"/logs/*
	holder -m term -l -x -t 3
}

@test "loggers are killed at random moments while they rotate and compress" {
	need_cmd gzip
	holder -m kill -s 65536 -z gzip -t 4
	((figure[files] > 2))
	killed_randomly
}

@test "loggers are killed at random moments while they compress by xz" {
	need_cmd xz
	# Of large files: it is slow, and what is rotated is compressed.
	holder -m kill -s 262144 -z xz -t 2
	((figure[files] > 2))
	compgen -G "$BATS_TEST_TMPDIR/logs/log.*.xz" >/dev/null
	killed_randomly
}

@test "loggers are killed at random moments while they write to two files" {
	holder -m kill -s 65536 -d "$copy" -t 1
	((figure[files] > 4))
	killed_randomly
}

@test "loggers are killed at random moments while they write to a command" {
	holder -m kill -s 65536 -c "$copy" -t 2
	((figure[files] > 3))
	killed_randomly
}

@test "loggers are killed at random moments while they remove old files" {
	need_cmd gzip
	holder -m kill -s 65536 -k 3 -z gzip -t 2
	((figure[pruned] > 0 && figure[files] == 4))
	killed_randomly
}

@test "a logger that is killed while it waits for the rest of a line loses nothing" {
	holder -m kill -l -t 3
}

@test "a logger is killed at every system call of a run with rotations" {
	holder -m step -s 2048 -t 8
	stepped
}

@test "a logger that is asked to leave is killed at every system call" {
	holder -m step -s 2048 -w -t 8
	stepped
}

@test "a logger is killed at every system call of a run with gzip" {
	need_cmd gzip
	holder -m step -s 2048 -z gzip -t 12
	stepped
}

@test "a logger is killed at system calls of runs with zstd and xz" {
	need_cmd zstd xz
	holder -m step -s 4096 -z zstd -t 3
	stepped
	holder -m step -s 4096 -z xz -t 3
	stepped
}

@test "a logger is killed at system calls of runs with two targets" {
	holder -m step -s 2048 -d "$copy" -t 2
	stepped
	holder -m step -s 2048 -c "$copy" -t 2
	stepped
}

@test "a logger is killed at system calls of runs that remove old files" {
	holder -m step -s 2048 -k 3 -t 2
	stepped
	need_cmd gzip
	holder -m step -s 2048 -k 2 -z gzip -t 3
	stepped
}

@test "a logger that writes timestamps is killed at every system call" {
	holder -m step -s 2048 -x -t 8
	stepped
}

@test "a logger is killed at every system call around a last line without newline" {
	holder -m step -p -t 8
	stepped
}
