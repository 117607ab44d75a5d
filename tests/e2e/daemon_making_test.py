# SPDX-License-Identifier: GPL-2.0-only
"""Files and directories that are made on the mount, by the master and by nobody else. Runs with either data path."""

import errno
import json
import mmap
import os
import random
import signal
import struct
import subprocess
import threading
import unittest

import media_image as media
import served

UNIT = media.UNIT
BASE = media.DATA_START
FAMFSCTL = served.PROGRAMS / "famfsctl"
GARBAGE_UNITS = 12  # of the data area, which no new file may show


def pattern(seed, length):
    return random.Random(seed).randbytes(length)


class Making(served.Test):
    """Each test has an empty file system on memory that is not, and a host that is its master."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        uuid = cls.shared / "system_uuid"
        uuid.write_text("20212223-2425-2627-2829-2a2b2c2d2e2f\n")  # as media_image.py has it
        os.environ["FAMFS_SYSTEM_UUID_FILE"] = str(uuid)
        cls.addClassCleanup(os.environ.pop, "FAMFS_SYSTEM_UUID_FILE")

    def setUp(self):
        super().setUp()
        image = media.Image(self.folder / "empty.img", [])
        for unit in range(GARBAGE_UNITS):
            image.write(BASE + unit * UNIT, b"\xee" * UNIT)
        self.device = served.place(image.path)

    def run_on(self, mount, *words, **options):
        return subprocess.run(words, cwd=mount.path, check=True, **options)

    def entries(self, mount):
        """How many the log has, for every host to see."""
        with open(mount.path / ".meta/.log", "rb") as log:
            return struct.unpack("<QQQQQQ", log.read(media.HEADER_SIZE))[5]

    def assert_clean(self):
        done = subprocess.run([FAMFSCTL, "fsck", self.device], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def content(self, path):
        """Through mmap and through read, which agree."""
        with open(path, "rb") as file:
            data = file.read()
            if data:
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
                    self.assertTrue(memory[:] == data, f"{path}: mmap and read differ")
        return data

    def assert_files(self, mount, expected):
        for name, data in expected.items():
            self.assertTrue(self.content(mount.path / name) == data, name)

    def test_ordinary_commands(self):
        source = self.folder / "source"
        (source / "deep/er").mkdir(parents=True)
        expected = {}
        for number in range(20):
            name = ("deep/er/" if number % 3 else "") + f"file-{number}"
            expected["source/" + name] = pattern(number, 1 + number * 7919 * 13)
            (source / name).write_bytes(expected["source/" + name])
        expected["unknown"] = pattern(99, 5 * media.MEBIBYTE + 11)
        expected["sized"] = bytes(6 * media.MEBIBYTE + 5)
        expected["allocated"] = bytes(3 * media.MEBIBYTE)
        with self.mount(self.device) as mount:
            self.run_on(mount, "mkdir", "-p", "a/b/c")
            self.run_on(mount, "cp", "-r", source, "source")
            self.run_on(mount, "dd", "of=unknown", "bs=77777", "status=none", input=expected["unknown"])
            self.run_on(mount, "truncate", "-s", str(len(expected["sized"])), "sized")
            self.run_on(mount, "fallocate", "-l", "3M", "allocated")
            self.run_on(mount, "touch", "touched")
            self.assert_files(mount, expected)
            self.assertEqual(mount.status()["unpublished"]["files"], 1)  # a famfs has no empty files
        self.assert_clean()
        with self.mount(self.device) as mount:
            self.assert_files(mount, expected)
            self.assertTrue((mount.path / "a/b/c").is_dir())
            self.assertFalse((mount.path / "touched").exists())
            self.assertEqual(mount.status()["files"], len(expected))

    def test_attributes(self):
        os.umask(0o022)
        with self.mount(self.device) as mount:
            os.mkdir(mount.path / "d", 0o750)
            descriptor = os.open(mount.path / "d/f", os.O_CREAT | os.O_WRONLY, 0o666)
            os.fchmod(descriptor, 0o640)
            os.fchown(descriptor, 1000, 1001)
            os.utime(descriptor)
            os.write(descriptor, b"x")
            os.close(descriptor)
        with self.mount(self.device) as mount:
            file, directory = os.stat(mount.path / "d/f"), os.stat(mount.path / "d")
            self.assertEqual((oct(file.st_mode), file.st_uid, file.st_gid), (oct(0o100640), 1000, 1001))
            self.assertEqual((oct(directory.st_mode), directory.st_nlink), (oct(0o40750), 2))

    def test_pending_is_nobody_elses(self):
        with self.mount(self.device) as mount:
            with open(mount.path / "f", "wb", buffering=0) as file:
                file.write(b"x" * 5000)
                self.assertEqual(self.entries(mount), 0)
                self.assertEqual(self.content(mount.path / "f"), b"x" * 5000)
                self.assertEqual(os.fstat(file.fileno()).st_size, 5000)
            served.wait_until(lambda: self.entries(mount) == 1, "the closed file is in the log")

    def test_given_its_size(self):
        """ftruncate makes it complete, for programs that then map it and stay."""
        with self.mount(self.device) as mount:
            with open(mount.path / "f", "w+b", buffering=0) as file:
                os.ftruncate(file.fileno(), 4 * UNIT)
                self.assertEqual(self.entries(mount), 1)
                with mmap.mmap(file.fileno(), 0) as memory:
                    self.assertTrue(memory[:] == bytes(4 * UNIT))
                    memory[UNIT - 10:UNIT + 10] = b"y" * 20
                    memory.flush()
                os.fsync(file.fileno())
                self.assert_errno(errno.EPERM, os.ftruncate, file.fileno(), UNIT)
                self.assert_errno(errno.EFBIG, os.pwrite, file.fileno(), b"x", 4 * UNIT)
                os.ftruncate(file.fileno(), 4 * UNIT)
        with self.mount(self.device) as mount:
            expected = bytearray(4 * UNIT)
            expected[UNIT - 10:UNIT + 10] = b"y" * 20
            self.assertTrue(self.content(mount.path / "f") == bytes(expected))
        self.assert_clean()

    def test_several_writers(self):
        part = pattern(5, 300001)
        (self.folder / "part").write_bytes(part)
        with self.mount(self.device) as mount:
            subprocess.run(["sh", "-c", '(cat "$1"; cat "$1"; dd if="$1" bs=1M status=none) > three', "sh",
                            self.folder / "part"], cwd=mount.path, check=True)
            with open(mount.path / "appended", "ab", buffering=0) as first, open(mount.path / "appended", "ab",
                                                                                 buffering=0) as second:
                for number in range(50):
                    (first, second)[number % 2].write(bytes([number]) * 1000)
            self.assert_files(mount, {"three": part * 3,
                                      "appended": b"".join(bytes([number]) * 1000 for number in range(50))})
        self.assert_clean()

    def test_no_old_bytes(self):
        """Gaps, tails and what was written and cut off again read as zeros, on memory that was full of others' data."""
        with self.mount(self.device) as mount:
            with open(mount.path / "gap", "w+b", buffering=0) as file:
                os.pwrite(file.fileno(), b"a", 0)
                os.pwrite(file.fileno(), b"b", 3 * media.MEBIBYTE)
            with open(mount.path / "cut", "w+b", buffering=0) as file:
                file.write(b"c" * 10000)
                os.ftruncate(file.fileno(), 0)
                os.pwrite(file.fileno(), b"d", 9000)
            with open(mount.path / "tail", "w+b", buffering=0) as file:
                file.write(b"e" * 100)
                with mmap.mmap(file.fileno(), 100) as memory:
                    self.assertEqual(memory[:], b"e" * 100)
            self.assert_files(mount, {"gap": b"a" + bytes(3 * media.MEBIBYTE - 1) + b"b",
                                      "cut": bytes(9000) + b"d"})
            with open(mount.path / "tail", "rb") as file:  # what a mapping shows beyond the end of file
                read = subprocess.run(["python3", "-c", PAGE_BEHIND_END, str(file.fileno())],
                                      pass_fds=[file.fileno()], capture_output=True, check=True).stdout
                self.assertEqual(read, b"e" * 100 + bytes(3996))
        self.assert_clean()

    def test_interleaved_growth(self):
        """Two files that grow in turn, with readers that map what is there: several extents, every byte right."""
        step, steps = 3 * media.MEBIBYTE // 2, 16
        parts = [pattern(number, step) for number in range(2 * steps)]
        with self.mount(self.device) as mount:
            files = [open(mount.path / name, "w+b", buffering=0) for name in ("one", "two")]
            stop, wrong = threading.Event(), []

            def look():
                while not stop.is_set():
                    for which, file in enumerate(files):
                        size = os.fstat(file.fileno()).st_size
                        if size < step:
                            continue
                        with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as memory:
                            if memory[:step] != parts[which] or os.pread(file.fileno(), 9, 0) != parts[which][:9]:
                                wrong.append(which)

            reader = threading.Thread(target=look)
            reader.start()
            for number in range(2 * steps):
                files[number % 2].write(parts[number])
            stop.set()
            reader.join()
            self.assertEqual(wrong, [])
            for file in files:
                file.close()
            expected = {"one": b"".join(parts[0::2]), "two": b"".join(parts[1::2])}
            self.assert_files(mount, expected)
        self.assert_clean()
        with self.mount(self.device) as mount:
            self.assert_files(mount, expected)
            used = mount.status()["usage"]["used"]
            self.assertEqual(used, 2 * (-(-step * steps // UNIT) * UNIT), "what was too much is given back")

    def test_units_of_4_kib(self):
        """Small files share 2 MiB; large ones, written after and in turn with them, are aligned past their first 2 MiB."""
        image = media.Image(self.folder / "small.img", [], unit=4096)
        image.write(BASE, b"\xee" * (GARBAGE_UNITS * UNIT))
        self.device = served.place(image.path)
        expected = {f"small{number}": pattern(number, 1 + number * 331) for number in range(60)}
        expected |= {f"large{number}": pattern(number, 7 * media.MEBIBYTE + number) for number in range(3)}
        with self.mount(self.device) as mount:
            for name in (f"small{number}" for number in range(60)):
                (mount.path / name).write_bytes(expected[name])
            larges = [(name, open(mount.path / name, "w+b", buffering=0)) for name in expected if "large" in name]
            for at in range(0, 8 * media.MEBIBYTE, 50000):
                for name, file in larges:
                    file.write(expected[name][at:at + 50000])
            for name, file in larges:
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
                    self.assertTrue(memory[:] == expected[name], f"{name} before it is closed")
                file.close()
            self.assert_files(mount, expected)
        self.assert_clean()
        with self.mount(self.device) as mount:
            self.assert_files(mount, expected)
            used = mount.status()["usage"]["used"]
            self.assertEqual(used, sum(-(-len(data) // 4096) * 4096 for data in expected.values()))
        done = subprocess.run([FAMFSCTL, "ls", "--json", self.device], text=True, capture_output=True, check=True)
        nodes = [node for node in json.loads(done.stdout) if node["path"].startswith("large")]
        self.assertEqual(len(nodes), 3)
        for node in nodes:
            position = 0
            for _, offset, length in node["extents"]:
                if position + length > UNIT:
                    self.assertEqual(offset % UNIT, position % UNIT, node)
                position += length

    def test_refusals_of_the_master(self):
        with self.mount(self.device) as mount:
            top, kept = mount.path, mount.path / "kept"
            kept.write_bytes(b"kept")
            served.wait_until(lambda: self.entries(mount) == 1, "the closed file is in the log")
            os.mkdir(top / "d")
            self.assert_errno(errno.EPERM, os.unlink, kept)
            self.assert_errno(errno.EPERM, os.rename, kept, top / "other")
            self.assert_errno(errno.EPERM, os.rmdir, top / "d")
            self.assert_errno(errno.EPERM, os.link, kept, top / "other")
            self.assert_errno(errno.EPERM, os.symlink, "x", top / "other")
            self.assert_errno(errno.EPERM, os.mkfifo, top / "other")
            self.assert_errno(errno.EPERM, os.chmod, kept, 0o600)
            self.assert_errno(errno.EPERM, os.truncate, kept, 1)
            self.assert_errno(errno.EPERM, os.open, kept, os.O_WRONLY | os.O_APPEND)
            self.assert_errno(errno.EPERM, os.open, kept, os.O_WRONLY | os.O_TRUNC)
            self.assert_errno(errno.EEXIST, os.mkdir, kept)
            self.assert_errno(errno.ENOENT, os.mkdir, top / "no/where")
            self.assert_errno(errno.ENAMETOOLONG, os.mkdir, top / ("x" * 80))
            self.assert_errno(errno.ENAMETOOLONG, os.mkdir, top / "d" / ("x" * 78))
            self.assert_errno(errno.EINVAL, os.mkdir, top / ".meta/d")
            os.mkdir(top / "d" / ("x" * 77))
            self.assertEqual(kept.read_bytes(), b"kept")
            self.assertEqual(self.entries(mount), 3)
        self.assert_clean()

    def test_pending_can_be_removed(self):
        with self.mount(self.device) as mount:
            free = os.statvfs(mount.path).f_bfree
            for number in range(3):
                with open(mount.path / "gone", "w+b", buffering=0) as file:
                    file.write(bytes([number]) * (3 * media.MEBIBYTE))
                    with mmap.mmap(file.fileno(), 0) as memory:
                        os.unlink(mount.path / "gone")
                        self.assertEqual(memory[-1], number)
                    file.write(b"more")
            served.wait_until(lambda: os.statvfs(mount.path).f_bfree == free, "the space is free again")
            self.assertEqual(sorted(os.listdir(mount.path)), [".meta"])
            (mount.path / "gone").write_bytes(b"z" * (4 * media.MEBIBYTE))
            self.assertEqual(self.content(mount.path / "gone"), b"z" * (4 * media.MEBIBYTE))
        self.assert_clean()

    def test_full_device(self):
        with self.mount(self.device) as mount:
            free = os.statvfs(mount.path).f_bavail * 4096
            (mount.path / "most").touch()
            self.run_on(mount, "fallocate", "--keep-size", "--length", str(free - 3 * UNIT), "most")
            with open(mount.path / "rest", "wb", buffering=0) as file:
                with self.assertRaises(OSError) as caught:
                    for _ in range(8):
                        self.assertEqual(file.write(b"r" * media.MEBIBYTE), media.MEBIBYTE)
                self.assertEqual(caught.exception.errno, errno.ENOSPC)
            self.assertEqual(self.content(mount.path / "rest"), b"r" * (3 * UNIT))
            self.assertEqual(os.statvfs(mount.path).f_bavail, 0)
            os.unlink(mount.path / "most")
            served.wait_until(lambda: os.statvfs(mount.path).f_bavail * 4096 == free - 3 * UNIT, "the space is free")
        self.assert_clean()

    def test_crash_before_commit(self):
        mount = self.mount(self.device)
        (mount.path / "kept").write_bytes(b"k" * 5000)
        served.wait_until(lambda: self.entries(mount) == 1, "the closed file is in the log")
        file = open(mount.path / "lost", "wb", buffering=0)
        file.write(b"l" * (5 * media.MEBIBYTE))
        os.kill(mount.pid, signal.SIGKILL)
        mount.wait_for_end()
        with self.assertRaises(OSError):
            while True:
                file.write(b"l" * media.MEBIBYTE)
        file.close()
        subprocess.run(["umount", mount.path], check=True)
        subprocess.run([FAMFSCTL, "unpin", "--force", "dax0-0"], check=False, capture_output=True)
        self.assert_clean()
        with self.mount(self.device) as mount:
            self.assertEqual(sorted(os.listdir(mount.path)), [".meta", "kept"])
            self.assertEqual(mount.status()["usage"]["used"], UNIT)

    def test_not_the_master(self):
        other = self.folder / "other"
        other.write_text("00000000-0000-4000-8000-000000000001\n")
        os.environ["FAMFS_SYSTEM_UUID_FILE"], mine = str(other), os.environ["FAMFS_SYSTEM_UUID_FILE"]
        try:
            mount = self.mount(self.device)
        finally:
            os.environ["FAMFS_SYSTEM_UUID_FILE"] = mine
        with mount:
            self.assertIn("no new files", mount.messages)
            self.assertIn("master", mount.status()["new_files"])
            self.assert_errno(errno.EROFS, os.mkdir, mount.path / "d")
            self.assert_errno(errno.EROFS, os.open, mount.path / "f", os.O_CREAT | os.O_WRONLY)
            self.assertEqual(self.entries(mount), 0)


# Reads the page in which the file of the given descriptor ends, all of it.
PAGE_BEHIND_END = """
import ctypes, mmap, sys
memory = ctypes.CDLL(None, use_errno=True).mmap
memory.restype = ctypes.c_void_p
address = memory(None, ctypes.c_size_t(4096), 1, 1, int(sys.argv[1]), ctypes.c_long(0))
sys.stdout.buffer.write(ctypes.string_at(address, 4096))
"""

if __name__ == "__main__":
    unittest.main(verbosity=2)
