# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's command line, and whether KVM really runs a guest here."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PORTS = ("control", "out", "err", "log", "leaks")

KERNEL_ARGUMENTS = (
    "console=ttyS0", "quiet", "loglevel=5", "panic=-1", "oops=panic", "rdinit=/init",
    "log_buf_len=16M", "printk.devkmsg=on",
    # One emulated processor may wait long for a real one: a stall of that kind is no bug of the guest's kernel.
    "rcupdate.rcu_cpu_stall_timeout=120", "rcupdate.rcu_exp_cpu_stall_timeout=120000", "watchdog_thresh=60",
    # Started on one processor; stage two brings up the others. The kernel patches its own code while it starts, and QEMU 7.2's
    # TCG may run a piece of code on one processor as it was before another patched it: "Oops: int3".
    "maxcpus=1",
    "tsc=reliable", "no_timer_check", "random.trust_cpu=on", "mitigations=off", "nokaslr", "audit=0", "apparmor=0",
)


@dataclass(frozen=True)
class Kernel:
    """One result of kernel/build."""
    folder: Path

    def text(self, name):
        path = self.folder / name
        return path.read_text().strip() if path.exists() else ""

    @property
    def release(self):
        return self.text("release")

    @property
    def image(self):
        return self.folder / "vmlinux"

    @property
    def initrd(self):
        return self.folder / "initrd.cpio"

    @property
    def modules(self):
        return (self.folder / "usr/lib/modules" / self.release).resolve()

    @property
    def module(self):
        path = self.folder / "fuse_iomap.ko"
        return path if path.exists() else ""


@dataclass
class Machine:
    kernel: Kernel
    initrd: Path
    accelerator: list
    cpus: int = 2
    memory: int = 2048  # MiB
    dax: list = field(default_factory=list)
    scratch: Path = Path("/")
    interactive: bool = False

    def command(self, descriptors):
        """descriptors: {"serial": fd, "control": fd, ...}, the writing ends of pipes that QEMU inherits."""
        return [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35,nvdimm=on,smm=off,vmport=off", *self.accelerator, "-smp", str(self.cpus),
            "-kernel", str(self.kernel.image), "-initrd", str(self.initrd),
            "-append", " ".join((*KERNEL_ARGUMENTS, self.kernel.text("cmdline"))),
            *self.memory_arguments(), *self.share("root", "/", readonly=True),
            *self.share("scratch", self.scratch, readonly=False), *self.streams(descriptors),
        ]

    def memory_arguments(self):
        room = self.memory + sum(device.size // (1 << 20) + 1024 for device in self.dax) + 1024
        yield from ("-m", f"{self.memory}M,slots=8,maxmem={room}M")
        for number, device in enumerate(self.dax):
            size = device.file.stat().st_size
            yield from ("-object", f"memory-backend-file,id=memory{number},share=on,mem-path={device.file},size={size},align=2M")
            yield from ("-device", f"nvdimm,id=nvdimm{number},memdev=memory{number}")

    @staticmethod
    def share(tag, path, readonly):
        mode = "on" if readonly else "off"
        return ("-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap,readonly={mode}",
                "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}")

    def streams(self, descriptors):
        yield from ("-chardev", f"file,id=serial,path=/proc/self/fd/{descriptors['serial']}", "-serial", "chardev:serial")
        yield from ("-device", "virtio-serial-pci,max_ports=16")
        for name in PORTS:
            yield from ("-chardev", f"file,id={name},path=/proc/self/fd/{descriptors[name]}")
            yield from ("-device", f"virtserialport,chardev={name},name={name}")
        if self.interactive:
            yield from ("-chardev", "stdio,id=terminal,signal=off", "-device", "virtconsole,chardev=terminal")


def accelerator(icount, kernel, cache):
    if icount:
        return ["-accel", "tcg", "-icount", "shift=0,sleep=off", "-cpu", "max,la57=off"], "TCG, one instruction a nanosecond"
    if kvm_works(kernel, cache):
        return ["-accel", "kvm", "-cpu", "host"], "KVM"
    return ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,la57=off"], "TCG"


def kvm_works(kernel, cache, limit=10):
    """/dev/kvm may be there and still not run a guest: boots one, once per boot of this machine, and remembers the outcome."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    memory = cache / "kvm-probe"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    if memory.exists() and memory.read_text().split()[:1] == [boot]:
        return memory.read_text().split()[1] == "yes"
    works = boots_under_kvm(kernel, limit)
    memory.write_text(f"{boot} {'yes' if works else 'no'}\n")
    return works


def boots_under_kvm(kernel, limit):
    """The kernel without an initial ramdisk panics for want of a root, and panic=-1 then ends QEMU: that is success."""
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "q35",
               "-accel", "kvm", "-cpu", "host", "-m", "512M", "-kernel", str(kernel.image), "-serial", "stdio",
               "-append", "console=ttyS0 panic=-1"]
    start = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"Linux version" in done.stdout and b"Kernel panic" in done.stdout and time.monotonic() - start < limit
