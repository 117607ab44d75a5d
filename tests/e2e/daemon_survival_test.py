# SPDX-License-Identifier: GPL-2.0-only
"""SIGKILL of the daemon, data path bpf only: what is mapped and open goes on, and the way back to order is said."""

import mmap
import os
import signal
import subprocess
import unittest

import media_image as media
import served

UNIT = media.UNIT
UNITS = 24


def content(unit):
    return bytes([unit + 1]) * UNIT


def sample(path):
    image = media.Image(path, [media.simple_file(b"file", UNITS * UNIT, [(0, media.DATA_START, UNITS * UNIT)]),
                               media.simple_file(b"small", 9000, [(0, media.DATA_START + UNITS * UNIT, UNIT)])])
    for unit in range(UNITS):
        image.write(media.DATA_START + unit * UNIT, content(unit))
    image.write(media.DATA_START + UNITS * UNIT, b"s" * 9000)
    return image.path


class Survival(served.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sample()

    @classmethod
    def make_sample(cls):
        cls.device = served.place(sample(cls.shared / "survival.img"))

    def setUp(self):
        super().setUp()
        self.assertEqual(served.DATA_PATH, "bpf", "this test is about the data path bpf")

    def kill(self, mount):
        os.kill(mount.pid, signal.SIGKILL)
        mount.wait_for_end()

    def test_faults_reads_and_writes_go_on(self):
        self.addCleanup(self.make_sample)
        mount = self.mount(self.device)
        with open(mount.path / "file", "r+b", buffering=0) as file, mmap.mmap(file.fileno(), 0) as memory:
            self.assertTrue(memory[:UNIT] == content(0))
            self.kill(mount)
            self.assertTrue(served.pins(), "the pins are gone")
            for unit in range(1, UNITS):
                self.assertTrue(memory[unit * UNIT:(unit + 1) * UNIT] == content(unit), f"unit {unit} by mmap")
            self.assertTrue(os.pread(file.fileno(), UNIT, 3 * UNIT) == content(3), "read")
            memory[5 * UNIT:5 * UNIT + 4] = b"mmap"
            self.assertEqual(os.pwrite(file.fileno(), b"write", 6 * UNIT), 5)
            self.assertEqual(os.pread(file.fileno(), 4, 5 * UNIT), b"mmap")
            self.assertEqual(memory[6 * UNIT:6 * UNIT + 5], b"write")
        subprocess.run(["umount", mount.path], check=True)
        with self.mount(self.device) as again, open(again.path / "file", "rb") as file:
            self.assertEqual(os.pread(file.fileno(), 4, 5 * UNIT), b"mmap")
            self.assertEqual(os.pread(file.fileno(), 5, 6 * UNIT), b"write")

    def test_mount_of_a_dead_daemon_is_in_the_way(self):
        mount = self.mount(self.device)
        self.kill(mount)
        other = self.folder / "other"
        other.mkdir()
        code, said = served.refused(self.device, other)
        self.assertEqual(code, 1)
        self.assertIn(f"umount {mount.path}", said)
        self.assertTrue(served.pins(), "the refused daemon removed the pins of a mount that is in use")
        subprocess.run(["umount", mount.path], check=True)
        with self.mount(self.device) as again:
            self.assertEqual((again.path / "small").read_bytes(), b"s" * 9000)

    def test_mapping_of_a_dead_and_detached_mount(self):
        """Lazily unmounted, its daemon dead: the device is still in use, and so are the pins."""
        mount = self.mount(self.device)
        with open(mount.path / "file", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            self.kill(mount)
            subprocess.run(["umount", "-l", mount.path], check=True)
            code, said = served.refused(self.device, self.mountpoint)
            self.assertEqual(code, 1)
            self.assertIn("EBUSY", said)
            for unit in range(UNITS):
                self.assertTrue(memory[unit * UNIT:(unit + 1) * UNIT] == content(unit), f"unit {unit}")
        with self.mount(self.device) as again:
            self.assertEqual((again.path / "small").read_bytes(), b"s" * 9000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
