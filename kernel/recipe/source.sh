# SPDX-License-Identifier: GPL-2.0-only
# The pristine source, and our series on top of it, kept so that make sees only files that really changed.

# The folders of patches that the flavour is made of, in order.
patch_folders=("$here/patches")

patches() {
	local folder
	for folder in "${patch_folders[@]}"; do
		find "$folder" -name '*.patch' | LC_ALL=C sort
	done
}

# pristine: the unpacked source package, unpacked once per version and never written to.
pristine() {
	local folder=$cache/source/$version
	once "$folder" "unpacking the kernel source $version" unpack_source
	echo "$folder"
}

unpack_source() {
	local deb new
	deb=$(download "linux-source-7.3=$version")
	new=$(fresh "$1")
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/linux-source-7.3.tar.xz | xz -dc -T0 |
		tar -x --strip-components=1 -C "$new"
	publish "$1"
}

# touched: every path that the series changes, adds or removes.
touched() {
	local series
	mapfile -t series < <(patches)
	[ ${#series[@]} -gt 0 ] || return 0
	sed -nE 's/^(---|\+\+\+) [ab]\/([^\t]*).*/\2/p; s/^rename (from|to) (.*)/\2/p' "${series[@]}" | LC_ALL=C sort -u
}

# patched_files SOURCE DIR: DIR becomes the touched files of SOURCE with the series applied, strictly and in order.
patched_files() {
	local path patch
	rm -rf -- "$2"
	mkdir -p -- "$2"
	while read -r path; do
		[ ! -e "$1/$path" ] || (cd "$1" && cp --parents -- "$path" "$2")
	done < <(touched)
	while read -r patch; do
		(cd "$2" && GIT_CEILING_DIRECTORIES=$(dirname "$2") git apply --whitespace=nowarn "$patch") ||
			die "${patch##*/} does not apply to $version"
	done < <(patches)
}

# put SOURCE-FILE TARGET-FILE: only when different, and never through a hard link.
put() {
	cmp --silent -- "$1" "$2" && return
	mkdir -p -- "${2%/*}"
	cp --remove-destination -- "$1" "$2"
}

# patched_tree DIR: DIR/src becomes the source with the series. A file that a former series touched goes back to its old content.
patched_tree() {
	local path source
	source=$(pristine)
	if [ ! -d "$1/src" ]; then
		cp -al -- "$source" "$(fresh "$1/src")/all"
		mv -- "$1/src.new/all" "$1/src" && rmdir -- "$1/src.new"
	fi
	patched_files "$source" "$1/patched"
	touched >"$1/touched.new"
	while read -r path; do
		if [ -e "$1/patched/$path" ]; then
			put "$1/patched/$path" "$1/src/$path"
		elif grep -qxF "$path" "$1/touched.new" || [ ! -e "$source/$path" ]; then
			rm -f -- "$1/src/$path"
		else
			put "$source/$path" "$1/src/$path"
		fi
	done < <(cat "$1/touched.new" "$1/touched" 2>/dev/null | LC_ALL=C sort -u)
	mv -- "$1/touched.new" "$1/touched"
}
