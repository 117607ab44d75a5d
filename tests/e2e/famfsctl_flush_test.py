# SPDX-License-Identifier: GPL-2.0-only
"""famfsctl flush: pages of the image that the kernel has not written to the disk yet, before and after."""

import ctypes
import mmap
import os
import unittest

import famfsctl
import served
from famfsctl import MEBIBYTE

CACHESTAT = 451  # the system call, the same number on every architecture; Linux 6.5


def dirty_pages(path):
    """None: this kernel does not tell."""
    counts = (ctypes.c_uint64 * 5)()
    with open(path, "rb") as file:
        everything = (ctypes.c_uint64 * 2)(0, 0)
        failed = ctypes.CDLL(None, use_errno=True).syscall(CACHESTAT, file.fileno(), everything, counts, 0)
    return None if failed else counts[1] + counts[2]


class Flush(famfsctl.Test):
    def setUp(self):
        super().setUp()
        self.device = self.file_system()
        self.ctl("mkdir", self.device, "d")
        self.ctl("creat", "-s", "3M", self.device, "d/a", "d/b", "c")
        fd = os.open(self.device, os.O_RDWR)
        os.fsync(fd)
        os.close(fd)
        if dirty_pages(self.device) != 0:
            self.skipTest("the kernel has no cachestat(2), or the test's folder is not on a disk")

    def store(self, path):
        """As a program that uses mmap."""
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[2 * MEBIBYTE] = 7

    def test_image(self):
        with open(self.device, "r+b") as file:
            os.pwrite(file.fileno(), b"x", self.ctl_json("resolve", "--json", self.device, "c", "5")["address"])
        self.assertGreater(dirty_pages(self.device), 0)
        self.assertEqual(self.ctl("flush", self.device), "flushed superblock, log and 3 files (9 MiB)\n")
        self.assertEqual(dirty_pages(self.device), 0)

    def test_mount(self):
        (self.folder / "mnt").mkdir()
        with served.Mount(self.device, self.folder / "mnt") as mount:
            self.store(mount.path / "d/b")
            text = self.ctl("flush", mount.path, "c")
            self.assertEqual(text, "flushed superblock, log and 1 file (3 MiB)\n")
            self.store(mount.path / "d/b")
            self.assertEqual(self.ctl("flush", mount.path, "/d/"), "flushed superblock, log and 2 files (6 MiB)\n")
            self.assertEqual(dirty_pages(self.device), 0)
            with open(self.device, "rb") as file:
                file.seek(self.ctl_json("resolve", "--json", self.device, "d/b", "2M")["address"])
                self.assertEqual(file.read(1), b"\7", "what was stored did not reach the device")

    def test_refused(self):
        self.assertIn('"nowhere"', self.refused(1, "flush", self.device, "d/a", "nowhere"))
        self.assertIn("famfs", self.refused(1, "flush", self.folder))


if __name__ == "__main__":
    unittest.main()
