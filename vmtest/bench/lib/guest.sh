# SPDX-License-Identifier: GPL-2.0-only
# What the benches do in the virtual machine before they count. Source it.

say() { printf 'bench: %s\n' "$*"; }

wait_for() {
    until [[ -e $1 ]]; do sleep 0.01; done
}

# namespace MODE ALIGNMENT: the first device becomes that, whatever it was; its name goes to standard output.
namespace() {
    ndctl create-namespace --force --reconfig=namespace0.0 --mode="$1" --align="$2" --map=mem >/run/namespace
    sed -nE 's/.*"(chardev|blockdev)":"([^"]*)".*/\/dev\/\2/p' /run/namespace | sort -u
}

# mount_ext4 MOUNTPOINT: on the first device, whatever it was.
mount_ext4() {
    local device
    device=$(namespace fsdax 2M)
    wait_for "$device"
    mkfs.ext4 -q -b 4096 -E stride=512,stripe_width=512,lazy_itable_init=0,lazy_journal_init=0 "$device"
    mkdir -p "$1"
    mount -t ext4 -o dax=always "$device" "$1"
}

# written_file PATH BYTES: written, not only allocated, since a fault in an unwritten extent would convert it.
written_file() {
    dd if=/dev/zero of="$1" bs=2M count=$(($2 / 2097152)) conv=fsync status=none
}
