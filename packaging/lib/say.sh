# shellcheck shell=bash
# What a person sees: one line a step, with its time; a failure says what
# failed, the log lines that matter, and what to do.

say_start=$SECONDS
say_step=
say_began=0
say_tty=
[[ ! -t 1 ]] || say_tty=1

# say_begin TEXT: a step that takes a while.
say_begin() {
	say_step=$1
	say_began=$(date +%s%N)
	[[ -z $say_tty ]] || printf '  … %s' "$say_step"
}

say_line() {
	[[ -z $say_tty ]] || printf '\r\033[K'
	printf '  %s %s\n' "$1" "$2"
}

# say_done [TEXT]: the step is over; TEXT replaces what say_begin said.
say_done() {
	local ms=$((($(date +%s%N) - say_began) / 1000000))
	say_line '✓' "$(printf '%-50s %3d.%d s' "${1:-$say_step}" \
		$((ms / 1000)) $((ms % 1000 / 100)))"
	say_step=
}

say_note() {
	printf '    %s\n' "$*"
}

# say_fail WHAT REMEDY [LOG]: ends the program.
say_fail() {
	local what=$1 remedy=${2-} log=${3-}
	say_line '✗' "${say_step:-$what}" >&2
	{
		[[ -z $say_step ]] || printf '\n%s\n' "$what"
		if [[ -n $log && -s $log ]]; then
			printf '\nThe end of %s:\n' "$log"
			say_relevant "$log" | sed 's/^/    /'
		fi
		[[ -z $remedy ]] || printf '\nWhat to do: %s\n' "$remedy"
	} >&2
	exit 1
}

# The last lines of a log that look like the trouble, else the last lines.
say_relevant() {
	local found
	found=$(tail -n 200 "$1" |
		grep -E 'ERROR|FATAL|PANIC|error|\[emerg\]|\[crit\]|\[alert\]|"level":"(error|warning)"|failed' |
		tail -n 8 | cut -c1-400 || true)
	if [[ -n $found ]]; then
		printf '%s\n' "$found"
	else
		tail -n 8 "$1" | cut -c1-400
	fi
}

say_elapsed() {
	printf '%d s' $((SECONDS - say_start))
}
