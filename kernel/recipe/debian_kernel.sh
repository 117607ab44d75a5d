# SPDX-License-Identifier: GPL-2.0-only
# debian_kernel: Debian's kernel image and modules, unpacked; the same for every version of the series.
debian_kernel() {
	local folder=$cache/result/debian-kernel-$version-$(hash_of "$here"/recipe/{debian_kernel,initrd}.sh </dev/null)
	once "$folder" "unpacking Debian's kernel $release" unpack_kernel
	echo "$folder"
}

unpack_kernel() {
	local new deb debs
	debs=$(download "linux-binary-unsigned-$release=$version" "linux-modules-$release=$version" "linux-base-$release=$version")
	new=$(fresh "$1")
	for deb in $debs; do
		dpkg-deb --extract "$deb" "$new"
	done
	echo "$release" >"$new/release"
	# Without its wrapping the kernel needs neither firmware nor unpacking: a second less at every start.
	bash "$(pristine)/scripts/extract-vmlinux" "$new/usr/lib/modules/$release/vmlinuz.unsigned" >"$new/vmlinux" 2>/dev/null
	rm -- "$new/usr/lib/modules/$release/vmlinuz.unsigned"
	depmod -b "$new/usr" "$release"
	make_initrd "$new"
	publish "$1"
}
