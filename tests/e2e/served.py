# SPDX-License-Identifier: GPL-2.0-only
"""Runs famfs-bpfd as a person would, and looks for what it leaves behind.

Environment:
  FAMFS_TEST_PROGRAMS     folder with famfs-bpfd and famfs-copy-image
  FAMFS_TEST_DATA_PATH    daemon (default) or bpf
  FAMFS_TEST_MAPS         arena (default) or rhash
  FAMFS_TEST_DEVICE       dax device that images are copied onto; without it they are mounted as they are
"""

import contextlib
import errno
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

PROGRAMS = pathlib.Path(os.environ["FAMFS_TEST_PROGRAMS"])
DAEMON = PROGRAMS / "famfs-bpfd"
DATA_PATH = os.environ.get("FAMFS_TEST_DATA_PATH", "daemon")
MAPS = os.environ.get("FAMFS_TEST_MAPS", "arena")
DEVICE = os.environ.get("FAMFS_TEST_DEVICE")
PINS = pathlib.Path("/sys/fs/bpf/famfs-bpfd")
PATIENCE = 60  # seconds until something that does not happen is a failure; nothing is measured


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
        time.sleep(0.02)


def alive(pid):
    """A process that has ended but that nobody has waited for yet is not alive."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def daemons_of(device):
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"famfs-bpfd") and os.fsencode(device) in words and alive(folder.name):
                found.append(int(folder.name))
    return found


def mounts():
    """Mountpoints of all famfs mounts, by source."""
    table = {}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.split()[0] == "fuse.famfs":
            table.setdefault(rest.split()[1], []).append(fields.split()[4])
    return table


def pins():
    return [str(path) for path in PINS.rglob("*") if path.is_file()] if PINS.exists() else []


def options(*more):
    words = [f"--data-path={DATA_PATH}"]
    if DATA_PATH == "bpf":
        words.append(f"--maps={MAPS}")
    return words + list(more)


def files_of(top):
    """Mode, size and hash of each file below, but for .meta's, by path."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != ".meta"]
        for name in names:
            path = os.path.join(folder, name)
            status = os.stat(path)
            with open(path, "rb") as file:
                found[os.path.relpath(path, top)] = (oct(status.st_mode), status.st_size,
                                                     hashlib.file_digest(file, "sha256").hexdigest())
    return found


class Mount:
    """A mounted file system. Leaving the context unmounts and waits for the daemon's end."""

    def __init__(self, device, mountpoint, *more):
        self.device, self.path = str(device), pathlib.Path(mountpoint)
        done = subprocess.run([DAEMON, *options(*more), self.device, self.path], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              timeout=PATIENCE * 5, check=False)
        if done.returncode:
            raise AssertionError(f"famfs-bpfd exited with {done.returncode}: {done.stderr}")
        self.messages = done.stderr
        self.pid = self.status()["pid"]

    def status(self):
        return json.loads((self.path / ".meta/.status").read_text())

    def umount(self):
        subprocess.run(["umount", self.path], check=True)
        self.wait_for_end()

    def wait_for_end(self):
        wait_until(lambda: not alive(self.pid), f"process {self.pid} ends")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.path.is_mount():
            self.umount()


def refused(device, mountpoint, *more):
    """Output of a daemon that must not mount, and what it exits with."""
    done = subprocess.run([DAEMON, *options(*more), device, mountpoint], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          timeout=PATIENCE * 5, check=False)
    if done.returncode == 0:
        subprocess.run(["umount", mountpoint], check=False)
        raise AssertionError(f"famfs-bpfd mounted {device}: {done.stderr}")
    return done.returncode, done.stderr


def place(image):
    """Makes the image's file system available; returns what to mount."""
    if not DEVICE:
        return str(image)
    subprocess.run([PROGRAMS / "famfs-copy-image", image, DEVICE], check=True)
    return DEVICE


class Test(unittest.TestCase):
    """Has a folder of its own, a mountpoint in it, and finds nothing left at the end."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """A folder for what the tests of a class share: putting an image onto an emulated device takes seconds."""
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="famfs-test."))
        cls.addClassCleanup(shutil.rmtree, cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="famfs-test."))
        self.folder.chmod(0o755)  # other users look in, too
        self.mountpoint = self.folder / "mnt"
        self.mountpoint.mkdir()
        self.used = []

    def tearDown(self):
        try:
            for device in self.used:
                self.assert_nothing_left(device)
        finally:
            subprocess.run(["umount", "-q", "-l", self.mountpoint], check=False, stderr=subprocess.DEVNULL)
            shutil.rmtree(self.folder)

    def mount(self, device, *more):
        self.used.append(str(device))
        return Mount(device, self.mountpoint, *more)

    def assert_errno(self, code, action, *arguments):
        with self.assertRaises(OSError) as caught:
            action(*arguments)
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[code], f"{action} {arguments}")

    def assert_nothing_left(self, device):
        wait_until(lambda: not daemons_of(device), f"no daemon serves {device}")
        self.assertNotIn(str(device), mounts(), "a mount is left")
        if DATA_PATH == "bpf":
            self.assertEqual(pins(), [], "pins are left")
