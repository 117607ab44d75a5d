# SPDX-License-Identifier: GPL-2.0-only
# Messages, the cache folder, hashes, locks, and the one way in which a finished result comes into being.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/famfs-bpfd

say() { printf 'kernel/build: %s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# hash_of FILE...: one short name for the contents of all files and of standard input.
hash_of() { cat -- "$@" - | sha256sum | cut -c1-16; }

# locked NAME COMMAND...: runs it while no other process is inside the same name.
locked() (
	mkdir -p "$cache/lock"
	exec 9>"$cache/lock/$1"
	if ! flock --nonblock 9; then
		say "waiting for another build of $1"
		flock 9
	fi
	shift
	"$@"
)

# once DIR LABEL COMMAND...: DIR is there, or one process makes it with COMMAND DIR while the others wait.
once() {
	[ -d "$1" ] || locked "${1##*/}" make_once "$@"
	touch -- "$1"
}

make_once() {
	[ -d "$1" ] || in_time "$2" "${@:3}" "$1"
	prune
}

# prune: what nobody used for a month goes. Every use touches the folder. By the time of change (ctime): the time of modification of
# what comes out of a package is the package's own, long ago.
prune() {
	find "$cache"/{result,source,work,download} -mindepth 1 -maxdepth 1 -ctime +30 -exec rm -rf -- {} + 2>/dev/null || true
}

# fresh DIR: an empty folder beside DIR, to be filled and then given to publish. What an interrupted run left is removed.
fresh() {
	rm -rf -- "$1.new"
	mkdir -p -- "$1.new"
	printf '%s\n' "$1.new"
}

# publish DIR: DIR.new is complete: it becomes DIR in one step, so nobody ever sees half of it.
publish() { mv -T -- "$1.new" "$1"; }

# in_time COMMAND...: runs it and says how long it took.
in_time() {
	local label=$1 start=$SECONDS
	shift
	say "$label"
	"$@"
	say "$label: done in $((SECONDS - start)) s"
}
