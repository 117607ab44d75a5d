# SPDX-License-Identifier: GPL-2.0-only
"""What a mounted file system does, and what it refuses politely. Runs with either data path."""

import errno
import hashlib
import mmap
import os
import random
import subprocess
import unittest

import media_image as media
import served

UNIT = media.UNIT
BASE = media.DATA_START


def pattern(seed, length):
    return random.Random(seed).randbytes(length)


def sample(path):
    """plain (3 MiB and a bit), pieces (three extents out of order), dealt (four strips), odd (a name that is no UTF-8)."""
    entries = [
        media.make_directory(b"d", 0o750, 1000, 1001),
        media.simple_file(b"d/plain", 3 * media.MEBIBYTE + 17, [(0, BASE, 2 * UNIT)], 0o640, 1000, 1001),
        media.simple_file(b"pieces", 2 * UNIT + 5000,
                          [(0, BASE + 6 * UNIT, UNIT), (0, BASE + 4 * UNIT, UNIT), (0, BASE + 9 * UNIT, UNIT)]),
        media.interleaved_file(b"dealt", 7 * UNIT + 999, UNIT,
                               [(0, BASE + (20 + 4 * i) * UNIT, 2 * UNIT) for i in (2, 0, 3, 1)]),
        media.simple_file(b"odd\xff\xfename", 4096, [(0, BASE + 12 * UNIT, UNIT)]),
        media.make_directory(b"d/e"),
    ]
    image = media.Image(path, entries)
    contents = {"d/plain": pattern(1, 3 * media.MEBIBYTE + 17), "pieces": pattern(2, 2 * UNIT + 5000),
                "dealt": pattern(3, 7 * UNIT + 999), b"odd\xff\xfename": pattern(4, 4096)}
    image.write(BASE, contents["d/plain"])
    for number, place in enumerate((6, 4, 9)):
        image.write(BASE + place * UNIT, contents["pieces"][number * UNIT:(number + 1) * UNIT])
    for chunk in range(8):
        strip = (2, 0, 3, 1)[chunk % 4]
        image.write(BASE + (20 + 4 * strip + chunk // 4) * UNIT, contents["dealt"][chunk * UNIT:(chunk + 1) * UNIT])
    image.write(BASE + 12 * UNIT, contents[b"odd\xff\xfename"])
    return image, contents


class Operations(served.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_sample()

    @classmethod
    def make_sample(cls):
        cls.image, cls.contents = sample(cls.shared / "sample.img")
        cls.device = served.place(cls.image.path)

    def content(self, path):
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            mapped = hashlib.sha256(memory).digest()
            self.assertEqual(hashlib.sha256(file.read()).digest(), mapped, f"{path}: mmap and read differ")
            file.seek(0)
            return file.read()

    def test_every_layout_reads_back(self):
        with self.mount(self.device) as mount:
            for name, expected in self.contents.items():
                path = os.path.join(os.fsencode(mount.path), os.fsencode(name))
                self.assertTrue(self.content(path) == expected, name)

    def test_reads_at_edges(self):
        with self.mount(self.device) as mount, open(mount.path / "dealt", "rb", buffering=0) as file:
            expected = self.contents["dealt"]
            for offset in (0, 1, UNIT - 1, UNIT, 4 * UNIT - 3, 7 * UNIT, 7 * UNIT + 998, 7 * UNIT + 999, 1 << 40):
                self.assertTrue(os.pread(file.fileno(), 4097, offset) == expected[offset:offset + 4097], offset)

    def test_attributes(self):
        with self.mount(self.device) as mount:
            status = os.stat(mount.path / "d/plain")
            self.assertEqual(oct(status.st_mode), oct(0o100640))
            self.assertEqual((status.st_uid, status.st_gid, status.st_ino), (1000, 1001, 17))
            self.assertEqual((status.st_size, status.st_blocks), (3 * media.MEBIBYTE + 17, 2 * UNIT // 512))
            self.assertEqual(os.stat(mount.path / "d").st_nlink, 3)
            self.assertEqual(os.stat(mount.path).st_nlink, 4)  # d and .meta
            self.assertEqual(os.stat(mount.path).st_ino, 1)
            self.assertEqual(oct(os.stat(mount.path / "d").st_mode), oct(0o40750))

    def test_statfs(self):
        with self.mount(self.device) as mount:
            status, usage = os.statvfs(mount.path), mount.status()["usage"]
            self.assertEqual(status.f_blocks * status.f_frsize, usage["capacity"])
            self.assertEqual((status.f_blocks - status.f_bfree) * status.f_frsize, usage["used"])
            self.assertEqual(usage["used"], (2 + 3 + 8 + 1) * UNIT)
            self.assertEqual((status.f_files, status.f_ffree), (media.SLOTS, media.SLOTS - 6))
            self.assertEqual(status.f_namemax, 79)

    def test_meta(self):
        with self.mount(self.device) as mount:
            meta = mount.path / ".meta"
            self.assertEqual(sorted(os.listdir(meta)), [".log", ".status", ".superblock", ".unpublished"])
            self.assertEqual((meta / ".superblock").read_bytes(), self.image.read(0, 2 * media.MEBIBYTE))
            self.assertEqual((meta / ".log").read_bytes(), self.image.read(media.LOG_OFFSET, media.LOG_LENGTH))
            for name in (".superblock", ".log", ".status"):
                self.assert_errno(errno.EROFS, os.open, meta / name, os.O_RDWR)
            status = mount.status()
            self.assertEqual((status["version"], status["files"], status["directories"]), (1, 4, 2))
            self.assertEqual((status["data_path"], status["problems"]), (served.DATA_PATH, []))
            self.assertEqual(status["mountpoint"], str(mount.path))

    def test_refusals(self):
        with self.mount(self.device) as mount:
            top, plain = mount.path, mount.path / "d/plain"
            self.assert_errno(errno.EROFS, os.open, top / "new", os.O_CREAT | os.O_WRONLY)
            self.assert_errno(errno.EROFS, os.mkdir, top / "new")
            self.assert_errno(errno.EROFS, os.unlink, plain)
            self.assert_errno(errno.EROFS, os.rmdir, top / "d/e")
            self.assert_errno(errno.EROFS, os.rename, plain, top / "other")
            self.assert_errno(errno.EROFS, os.link, plain, top / "other")
            self.assert_errno(errno.EROFS, os.symlink, "x", top / "other")
            self.assert_errno(errno.EROFS, os.mknod, top / "other")
            self.assert_errno(errno.EROFS, os.chmod, plain, 0o600)
            self.assert_errno(errno.EROFS, os.chown, plain, 1, 1)
            self.assert_errno(errno.EROFS, os.utime, plain)
            self.assert_errno(errno.EROFS, os.truncate, plain, 5)
            self.assert_errno(errno.EROFS, os.open, plain, os.O_WRONLY | os.O_TRUNC)
            self.assert_errno(errno.EPERM, os.open, plain, os.O_WRONLY | os.O_APPEND)
            self.assert_errno(errno.EOPNOTSUPP, os.setxattr, plain, "user.x", b"y")
            self.assert_errno(errno.ENOENT, os.stat, top / "nothing")
            self.assert_errno(errno.ENOTDIR, os.stat, plain / "below")
            os.truncate(plain, 3 * media.MEBIBYTE + 17)
            self.assertTrue(self.content(plain) == self.contents["d/plain"])

    def test_writes_stay(self):
        self.addCleanup(self.make_sample)
        name, position, patch = "pieces", UNIT - 3000, pattern(9, 6000)
        stored, offset = pattern(10, 5000), UNIT + UNIT // 2 - 1
        with self.mount(self.device) as mount:
            with open(mount.path / name, "r+b", buffering=0) as file:
                self.assertEqual(os.pwrite(file.fileno(), patch, position), len(patch))
                os.fsync(file.fileno())
                with mmap.mmap(file.fileno(), 0) as memory:
                    self.assertTrue(memory[position:position + len(patch)] == patch)
                    memory[offset:offset + len(stored)] = stored
                    memory.flush()
        expected = bytearray(self.contents[name])
        expected[position:position + len(patch)] = patch
        expected[offset:offset + len(stored)] = stored
        with self.mount(self.device) as mount:
            self.assertTrue(self.content(mount.path / name) == bytes(expected))
            self.assertTrue(self.content(mount.path / "dealt") == self.contents["dealt"], "a neighbour changed")

    def test_no_write_behind_the_end(self):
        with self.mount(self.device) as mount, open(mount.path / "d/plain", "r+b", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            self.assert_errno(errno.EFBIG, os.pwrite, file.fileno(), b"x", size)
            self.assert_errno(errno.EFBIG, os.pwrite, file.fileno(), b"x", 1 << 40)
            self.assertEqual(os.fstat(file.fileno()).st_size, size)
            self.assertTrue(self.content(mount.path / "d/plain") == self.contents["d/plain"])

    def test_ordinary_commands(self):
        with self.mount(self.device) as mount:
            out = self.folder / "out"
            listing = subprocess.run(["ls", "-lR", mount.path], check=True, stdout=subprocess.PIPE).stdout
            self.assertIn(b"plain", listing)
            subprocess.run(["cp", mount.path / "d/plain", out], check=True)
            subprocess.run(["cmp", mount.path / "d/plain", out], check=True)
            subprocess.run(["dd", f"if={mount.path}/dealt", f"of={out}", "bs=1M", "status=none"], check=True)
            self.assertTrue(out.read_bytes() == self.contents["dealt"])
            subprocess.run(["tar", "-cf", self.folder / "all.tar", "-C", mount.path, "d", "pieces"], check=True)
            subprocess.run(["find", mount.path, "-name", "plain", "-exec", "stat", "-f", "{}", ";"], check=True,
                           stdout=subprocess.DEVNULL)

    def test_permissions(self):
        with self.mount(self.device) as mount:
            for user, code in ((1000, 0), (2000, 1)):
                done = subprocess.run(["setpriv", f"--reuid={user}", "--regid=2000", "--clear-groups", "head", "-c1",
                                       mount.path / "d/plain"], check=False, capture_output=True)
                self.assertEqual(done.returncode, code, done.stderr)

    def test_read_only(self):
        with self.mount(self.device, "--read-only") as mount:
            self.assert_errno(errno.EROFS, os.open, mount.path / "pieces", os.O_RDWR)
            self.assertTrue(self.content(mount.path / "dealt") == self.contents["dealt"])


class ManyNames(served.Test):
    def test_walk(self):
        """Several requests a directory, more than one directory, every name once."""
        entries = [media.make_directory(b"dir%02d" % number) for number in range(10)]
        entries += [media.simple_file(b"dir%02d/file-%05d" % (number % 10, number), 1 + number,
                                      [(0, BASE + number * UNIT, UNIT)]) for number in range(1500)]
        image = media.Image(self.folder / "many.img", entries)
        with self.mount(served.place(image.path)) as mount:
            seen = {}
            for folder in os.listdir(mount.path):
                for entry in os.scandir(mount.path / folder):
                    self.assertNotIn(entry.name, seen)
                    seen[entry.name] = entry.stat().st_size
            for own in (".superblock", ".log", ".status", ".unpublished"):
                del seen[own]
            self.assertEqual(seen, {f"file-{number:05}": 1 + number for number in range(1500)})


if __name__ == "__main__":
    unittest.main(verbosity=2)
