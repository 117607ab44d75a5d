# SPDX-License-Identifier: GPL-2.0-only
# FUSE with the series as a module called fuse_iomap for Debian's own kernel, in place of the built-in FUSE: same file system name,
# /dev/fuse, sysfs names. The built-in one is kept from starting by initcall_blacklist, which goes by function name and
# would stop a module's function of that name too: so ours has another one. All renames are made here, none by the series.

module_cmdline="initcall_blacklist=fuse_init,virtio_fs_init"

# change FILE PATTERN REPLACEMENT: sed that insists on finding what it replaces.
change() {
	grep -qE -- "$2" "$1" || die "the module's build expects /$2/ in ${1##*/}, and it is not there"
	sed -i -E "s/$2/$3/" "$1"
}

# new_options SOURCE PATCHED: the Kconfig symbols that the series adds; Debian's configuration cannot know them.
new_options() {
	[ -e "$2/fs/fuse/Kconfig" ] || return 0
	LC_ALL=C comm -13 <(sed -n 's/^config //p' "$1/fs/fuse/Kconfig" | LC_ALL=C sort) \
		<(sed -n 's/^config //p' "$2/fs/fuse/Kconfig" | LC_ALL=C sort)
}

# only_module_files SOURCE: a change to the rest of the kernel would be lost in a module without a word.
only_module_files() {
	local path
	while read -r path; do
		case $path in
		fs/fuse/* | include/uapi/linux/fuse.h | Documentation/* | MAINTAINERS | tools/*) ;;
		*) [ ! -e "$1/$path" ] || die "the series changes $path, which a module cannot" ;;
		esac
	done < <(touched)
}

module_makefile() {
	local options=$1 file=$2 option
	change "$file" '^obj-\$\(CONFIG_FUSE_FS\) \+= fuse\.o' 'obj-m += fuse_iomap.o'
	change "$file" '^obj-\$\(CONFIG_(CUSE|VIRTIO_FS)\).*' ''
	change "$file" '^virtiofs-.*' ''
	change "$file" '^fuse-' 'fuse_iomap-'
	{
		# The module's own copies of headers come before Debian's.
		echo "LINUXINCLUDE := -I\$(src)/include/uapi -I\$(src)/include \$(LINUXINCLUDE)"
		for option in $options; do
			echo "CONFIG_$option := y"
			echo "subdir-ccflags-y += -DCONFIG_$option=1"
		done
		# The built-in FUSE exports the same symbols already, and nobody needs ours.
		echo "subdir-ccflags-y += -D__DISABLE_EXPORTS"
		cat "$file"
	} >"$file.new"
	mv -- "$file.new" "$file"
}

# stage_module BUILD: BUILD/stage becomes the module's source: fs/fuse, the series, the renames.
stage_module() {
	local source stage=$1/stage patched=$1/patched
	source=$(pristine)
	only_module_files "$source"
	patched_files "$source" "$patched"
	rm -rf -- "$stage"
	mkdir -p -- "$stage"
	cp -a -- "$source/fs/fuse/." "$stage"
	[ ! -d "$patched/fs/fuse" ] || cp -a -- "$patched/fs/fuse/." "$stage"
	[ ! -d "$patched/include" ] || cp -a -- "$patched/include" "$stage"
	change "$stage/inode.c" '^static int __init fuse_init\(void\)' 'static int __init fuse_iomap_module_init(void)'
	change "$stage/inode.c" '^module_init\(fuse_init\)' 'module_init(fuse_iomap_module_init)'
	change "$stage/fuse_trace.h" '^#define TRACE_SYSTEM fuse$' '#define TRACE_SYSTEM fuse_module'
	module_makefile "$(new_options "$source" "$patched")" "$stage/Makefile"
}

# sync_module BUILD: brings stage over to BUILD/src; unchanged files keep their time, so make leaves them alone.
sync_module() {
	local path
	mkdir -p -- "$1/src"
	while read -r path; do
		put "$1/stage/$path" "$1/src/$path"
	done < <(cd "$1/stage" && find . -type f)
	while read -r path; do
		[ -e "$1/stage/$path" ] || rm -- "$1/src/$path"
	done < <(cd "$1/src" && find . -name '*.[ch]' ! -name '*.mod.c')
}

# build_root: a small Debian 13 with the headers and their compiler, unpacked and never configured. Prints its folder.
build_root() {
	local folder=$cache/work/root-$1
	once "$folder" "unpacking Debian 13's compiler and the kernel's headers" unpack_root
	echo "$folder"
}

unpack_root() {
	local new deb debs packages
	mapfile -t packages < <(tail -n +2 "$apt_dir/resolved")
	debs=$(download "${packages[@]}")
	new=$(fresh "$1")
	mkdir -p "$new"/{usr/{bin,sbin,lib,lib64},dev,proc,tmp,build}
	for link in bin sbin lib lib64; do
		ln -s "usr/$link" "$new/$link"
	done
	for deb in $debs; do
		# Through tar's --keep-directory-symlink, so that a package with files under /lib does not replace the link.
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$new"
	done
	ln -sf mawk "$new/usr/bin/awk"
	publish "$1"
}

# in_root ROOT SRC COMMAND...: runs it in ROOT with SRC at /build, /proc and /dev, in namespaces that end with it.
in_root() {
	local root=$1 src=$2 user=()
	shift 2
	[ "$(id -u)" = 0 ] || user=(--user --map-root-user)
	unshare "${user[@]}" --mount --pid --fork --kill-child sh -c '
		set -e
		root=$1 src=$2
		shift 2
		mount --bind "$src" "$root/build"
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		exec env -i PATH=/usr/bin:/usr/sbin LC_ALL=C HOME=/tmp nice -n 19 chroot "$root" "$@"
	' sh "$root" "$src" "$@"
}

make_module() {
	local build=$1 root
	root=$(build_root "$(hash_of "$apt_dir/resolved" </dev/null)")
	say "building the module"
	if ! in_root "$root" "$build/src" make -j"$(nproc)" -C "/usr/src/linux-headers-$release" M=/build modules \
		>"$build/make.log" 2>&1; then
		failed_build "$build/make.log"
	fi
	! grep -E 'warning:|WARNING:' "$build/make.log" >&2 || die "the module's build has warnings: $build/make.log"
}

build_module() { build_as_module module "$1"; }

# With a patch on top that is for measuring alone.
build_module-bench() { build_as_module module-bench "$1"; }

build_as_module() {
	local result=$2 build=$cache/work/$1-$version kernel new
	mkdir -p "$build"
	stage_module "$build"
	sync_module "$build"
	make_module "$build"
	kernel=$(debian_kernel)
	new=$(fresh "$result")
	for part in vmlinux initrd.cpio release usr; do
		ln -s "../${kernel##*/}/$part" "$new/$part"
	done
	# Without DWARF, which the guest does not use, it is loaded much sooner; BTF stays.
	strip --strip-debug -o "$new/fuse_iomap.ko" "$build/src/fuse_iomap.ko"
	echo "$module_cmdline" >"$new/cmdline"
	publish "$result"
}
