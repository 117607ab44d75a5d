# SPDX-License-Identifier: GPL-2.0-only
"""The second part of the initial ramdisk: what only this run decides. Written as a cpio archive (newc), which the kernel unpacks
over the first part that the kernel build made."""

import shlex
import stat


def entry(name, mode, data=b""):
    """One member of a newc archive. See Documentation/driver-api/early-userspace/buffer-format.rst."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + name.encode() + b"\0"
    return pad(head) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def archive(files):
    """files: {name: (mode, bytes)}."""
    parts = [entry(name, stat.S_IFREG | mode, data) for name, (mode, data) in files.items()]
    return b"".join(parts) + entry("TRAILER!!!", 0)


def shell_variables(values):
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items()).encode()


def run_files(guest_folder, variables, command):
    """The scripts of guest_folder, the variables they read, and the command as a script."""
    script = "exec " + " ".join(shlex.quote(word) for word in command) + "\n"
    return archive({
        "init": (0o755, (guest_folder / "init").read_bytes()),
        "stage2": (0o755, (guest_folder / "stage2").read_bytes()),
        "run-config": (0o644, shell_variables(variables)),
        "command": (0o755, script.encode()),
    })
