# SPDX-License-Identifier: GPL-2.0-only
# make with a line that moves: how far, how long, what. On a terminal it is one line, elsewhere a line every 20 seconds.

# show_progress TOTAL: reads make's output, keeps it in the log, counts its steps. TOTAL is what a full build takes, about.
show_progress() {
	local total=$1 steps=0 start=$SECONDS shown=$SECONDS line
	while IFS= read -r line; do
		[[ $line == "  "[A-Z]* ]] || continue
		steps=$((steps + 1))
		if [ -t 2 ]; then
			printf '\r\033[K%s of about %s steps, %s s:%.60s' "$steps" "$total" "$((SECONDS - start))" "$line" >&2
		elif [ $((SECONDS - shown)) -ge 20 ]; then
			say "$steps of at most about $total steps, $((SECONDS - start)) s"
			shown=$SECONDS
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# make_shown TOTAL LOG ARGUMENT...: make with progress; when it fails, the errors and where the whole log is.
make_shown() {
	local total=$1 log=$2
	shift 2
	if ! nice -n 19 make -j"$(nproc)" "$@" 2>&1 | tee "$log" | show_progress "$total"; then
		failed_build "$log"
	fi
}

# failed_build LOG: the errors of a failed build, or its end where nothing looks like one.
failed_build() {
	grep -nE -B 2 -A 6 'error:|ERROR:|undefined|\*\*\*' "$1" | head -n 60 >&2 || tail -n 20 -- "$1" >&2
	die "the build failed; the whole output is in $1"
}
