# SPDX-License-Identifier: GPL-2.0-only
# bpftool of the same source: Debian 12's own is older than struct_ops in modules. The source's own crashes on them; our
# patch mends that, and is not part of the series because it is not about FUSE.

bpftool_patches() { find "$here/bpftool" -name '*.patch' | LC_ALL=C sort; }

# bpftool_source DIR: the part of the source that bpftool is built from, patched.
bpftool_source() {
	local source part patch
	source=$(pristine)
	rm -rf -- "$1"
	mkdir -p -- "$1/tools"
	for part in arch bpf build include lib scripts; do
		cp -a -- "$source/tools/$part" "$1/tools/$part"
	done
	for part in include kernel scripts; do
		ln -s -- "$source/$part" "$1/$part"
	done
	while read -r patch; do
		(cd "$1" && GIT_CEILING_DIRECTORIES=${1%/*} git apply --whitespace=nowarn "$patch") ||
			die "${patch##*/} does not apply to $version"
	done < <(bpftool_patches)
}

build_bpftool() {
	local result=$1 build=$cache/work/bpftool-$version new
	mkdir -p "$build"
	bpftool_source "$build/src"
	# Without LLVM's disassembler and libcap: fewer packages, and neither is used here.
	make_shown 180 "$build/make.log" -C "$build/src/tools/bpf/bpftool" OUTPUT="$build/" CLANG=clang-19 \
		LLVM_STRIP=llvm-strip-19 feature-llvm=0 feature-libcap=0 "$build/bpftool"
	new=$(fresh "$result")
	cp -- "$build/bpftool" "$new/bpftool"
	publish "$result"
}
