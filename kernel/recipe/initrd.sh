# SPDX-License-Identifier: GPL-2.0-only
# The part of the initial ramdisk that only the kernel decides: busybox, the modules that reach the host's files and the emulated
# memory, and their order. vmtest/run appends the rest.

# device_dax is left out on purpose: then fsdev_dax is the only driver when a device appears, and nothing has to be unbound.
boot_modules="9pnet_virtio 9p overlay virtio_console nfit nd_pmem dax_pmem fsdev_dax"

# make_initrd RESULT: writes RESULT/initrd.cpio from RESULT/usr/lib/modules.
make_initrd() {
	local result=$1 root=$1/initrd path base
	mkdir -p "$root"/{bin,modules,dev,proc,sys,root}
	cp -- "$(command -v busybox)" "$root/bin/busybox"
	# shellcheck disable=SC2086 # a list of words
	modprobe --config /dev/null --dirname "$result/usr" --set-version "$(cat "$result/release")" --all --show-depends $boot_modules |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$result/modules.boot"
	while read -r path; do
		base=$(basename "${path%.xz}")
		case $path in
		*.xz) xz -dc -- "$path" >"$root/modules/$base" ;;
		*) cp -- "$path" "$root/modules/$base" ;;
		esac
		echo "$base" >>"$root/modules/order"
	done <"$result/modules.boot"
	(cd "$root" && find . | LC_ALL=C sort | cpio --quiet --create --format=newc --owner=0:0) >"$result/initrd.cpio"
	rm -rf -- "$root" "$result/modules.boot"
}
