# SPDX-License-Identifier: GPL-2.0-only
# The whole kernel with the series in its place: tinyconfig plus our options ("tree"), and the same with checks ("debug").
# The build folder stays, one per version and flavour, so that a changed patch rebuilds what depends on it and nothing else.

tree_configs() {
	echo "$here/config"
	[ "$1" = tree ] || echo "$here/config.debug"
}

# configure BUILD FILE...: make's configuration from the fragments; written only when it differs, since make looks at the time.
configure() {
	local build=$1
	shift
	mkdir -p "$build/config"
	make -s -C "$build/src" O="$build/config" tinyconfig >/dev/null
	cat -- "$@" >>"$build/config/.config"
	make -s -C "$build/src" O="$build/config" olddefconfig 2>/dev/null
	check_config "$build/config/.config" "$@"
	mkdir -p "$build/object"
	put "$build/config/.config" "$build/object/.config.wanted"
	if [ ! -e "$build/object/.config" ] || ! cmp -s "$build/object/.config.wanted" "$build/object/.config"; then
		cp -- "$build/object/.config.wanted" "$build/object/.config"
	fi
}

# check_config CONFIG FRAGMENT...: every line of the fragments holds, except where a later line of theirs says otherwise.
check_config() {
	local config=$1 lost
	shift
	lost=$(awk '
		FNR == NR { if (/^CONFIG_/) have[$0] = 1; else if (/is not set$/) have[$0] = 1; if (/^CONFIG_/) { split($0, part, "="); set[part[1]] = 1 } next }
		/^CONFIG_/ { split($0, part, "="); want[part[1]] = $0 }
		/^# CONFIG_.* is not set$/ { want[$2] = $0 }
		END { for (name in want) if (!(want[name] in have) && !(want[name] ~ /^#/ && !(name in set))) print want[name] }
	' "$config" "$@")
	[ -z "$lost" ] || die "these options do not hold (renamed, or something they depend on is off): $(echo $lost)"
}

build_tree() { build_whole tree "$1"; }

build_debug() { build_whole debug "$1"; }

build_whole() {
	local flavour=$1 result=$2 build=$cache/work/$1-$version new
	mkdir -p "$build"
	patched_tree "$build"
	# shellcheck disable=SC2046 # file names of our own, one a word
	configure "$build" $(tree_configs "$flavour")
	say "building the $flavour kernel: about 10 minutes on 2 cores the first time (debug: 20), seconds after a small change"
	make_shown 2700 "$build/make.log" -C "$build/src" O="$build/object" KBUILD_BUILD_TIMESTAMP=1970-01-01 \
		KBUILD_BUILD_USER=famfs-bpfd KBUILD_BUILD_HOST=famfs-bpfd vmlinux modules
	new=$(fresh "$result")
	strip --strip-debug -o "$new/vmlinux" "$build/object/vmlinux"
	cp -- "$build/object/.config" "$new/config"
	make -s -C "$build/src" O="$build/object" INSTALL_MOD_PATH="$new/usr" INSTALL_MOD_STRIP=1 modules_install >&2
	rm -f "$new"/usr/lib/modules/*/build
	basename "$new"/usr/lib/modules/* >"$new/release"
	make_initrd "$new"
	publish "$result"
}
