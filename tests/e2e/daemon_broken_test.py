# SPDX-License-Identifier: GPL-2.0-only
"""Damaged media: a message that says where, an exit code, and no mount. Sound files can be had with --salvage."""

import errno
import os
import struct
import unittest
import zlib

import media_image as media
import served

UNIT = media.UNIT
BASE = media.DATA_START


def entries():
    return [media.simple_file(b"first", 5000, [(0, BASE, UNIT)]),
            media.simple_file(b"second", 6000, [(0, BASE + UNIT, UNIT)]),
            media.simple_file(b"third", 7000, [(0, BASE + 2 * UNIT, UNIT)])]


class Broken(served.Test):
    def image(self, files=None, **more):
        return media.Image(self.folder / "broken.img", files or entries(), **more)

    def check(self, image, *words):
        """Refused, with all of @words in what it says."""
        self.used.append(image.path)
        code, said = served.refused(image.path, self.mountpoint)
        self.assertEqual(code, 1, said)
        for word in words:
            self.assertIn(word, said)
        self.assertFalse(self.mountpoint.is_mount())
        return said

    def check_entry(self, payload, *words):
        """An entry whose CRC is right and whose content is not: names its index and where on the device it lies."""
        files = entries()
        files[1] = payload
        said = self.check(self.image(files), "entry 1", *words)
        begin = media.entry_offset(1)
        self.assertTrue(any(f"byte {at}" in said for at in range(begin, begin + media.ENTRY_SIZE)), said)

    def test_no_file_system(self):
        image = self.image()
        image.write(0, bytes(8))
        self.check(image, "no famfs here", "byte 0")

    def test_unknown_version(self):
        image = self.image()
        image.write(0, media.superblock(version=49))
        self.check(image, "49", "byte 8")

    def test_superblock_damaged(self):
        for offset in (24, 60, 96):
            image = self.image()
            image.flip(offset)
            self.check(image, "superblock", "byte 96")

    def test_log_header_damaged(self):
        image = self.image()
        image.flip(media.LOG_OFFSET)
        self.check(image, "log", str(media.LOG_OFFSET))
        image = self.image()
        image.flip(media.LOG_OFFSET + 16)
        self.check(image, "log", str(media.LOG_OFFSET + 24))

    def test_log_longer_than_itself(self):
        image = self.image()
        image.write(media.LOG_OFFSET + 40, struct.pack("<Q", 1 << 40))
        self.check(image, str(media.LOG_OFFSET + 40))

    def test_entry_checksum(self):
        image = self.image()
        image.flip(media.entry_offset(1) + 20)
        self.check(image, "entry 1", str(media.entry_offset(1) + 536))

    def test_entry_sequence(self):
        image = self.image()
        image.write(media.entry_offset(1), media.entry(7, *entries()[1]))
        self.check(image, "entry 1", str(media.entry_offset(1)))

    def test_extent_behind_the_device(self):
        self.check_entry(media.simple_file(b"x", 5000, [(0, media.DEVICE_SIZE, UNIT)]), "extent")

    def test_extent_over_the_log(self):
        self.check_entry(media.simple_file(b"x", 5000, [(0, media.LOG_OFFSET, UNIT)]), "extent")

    def test_extent_over_another_file(self):
        self.check_entry(media.simple_file(b"x", 5000, [(0, BASE, UNIT)]))

    def test_file_longer_than_its_extents(self):
        self.check_entry(media.simple_file(b"x", 3 * UNIT, [(0, BASE + 8 * UNIT, UNIT)]))

    def test_unknown_device(self):
        self.check_entry(media.simple_file(b"x", 5000, [(3, BASE, UNIT)]))

    def test_path_out_of_the_root(self):
        for path in (b"../../evil", b"/etc/passwd", b"a/../b", b"", b"x/"):
            self.check_entry(media.simple_file(path, 5000, [(0, BASE + 8 * UNIT, UNIT)]), "path")

    def test_chunk_of_zero(self):
        self.check_entry(media.interleaved_file(b"x", 5000, 0, [(0, BASE + 8 * UNIT, UNIT)]), "chunk")

    def test_short_image(self):
        image = self.image()
        os.truncate(image.path, media.DATA_START + UNIT)
        self.check(image)

    def test_very_short_image(self):
        for size in (1, 199, 200, 4096, media.LOG_OFFSET, media.LOG_OFFSET + 47, media.DATA_START - 1):
            image = self.image()
            os.truncate(image.path, size)
            self.check(image)

    def test_empty_image(self):
        image = self.image()
        os.truncate(image.path, 0)
        self.check(image, "empty")

    def test_salvage(self):
        image = self.image()
        image.write(BASE, b"a" * 5000)
        image.flip(media.entry_offset(1) + 20)
        with self.mount(image.path, "--salvage") as mount:
            self.assertEqual((mount.path / "first").read_bytes(), b"a" * 5000)
            self.assertNotIn("second", os.listdir(mount.path))
            with self.assertRaises(OSError) as caught:
                open(mount.path / "first", "r+b")
            self.assertEqual(caught.exception.errno, errno.EROFS)
            problems = mount.status()["problems"]
            self.assertIn((1, media.entry_offset(1) + 536), [(p["entry"], p["offset"]) for p in problems])

    def test_image_truncated_while_mounted(self):
        """What is no longer there is an error; the rest goes on."""
        image = self.image()
        image.write(BASE, b"a" * 5000)
        with self.mount(image.path) as mount:
            os.truncate(image.path, BASE + UNIT)
            with self.assertRaises(OSError) as caught:
                (mount.path / "third").read_bytes()
            self.assertEqual(caught.exception.errno, errno.EIO)
            with open(mount.path / "third", "r+b", buffering=0) as file, self.assertRaises(OSError) as caught:
                file.write(b"x" * 7000)
            self.assertEqual(caught.exception.errno, errno.EIO)
            self.assertEqual((mount.path / "first").read_bytes(), b"a" * 5000)

    def test_secondary_devices(self):
        second, uuid = self.folder / "second.img", bytes(range(50, 66))
        files = [media.add_device(1, 1 << 30, uuid), media.simple_file(b"there", 9000, [(1, 4 * UNIT, UNIT)])]
        image = self.image(files)
        self.check(image, "entry 1")
        label = bytearray(media.superblock(1 << 30))
        struct.pack_into("<QQ", label, 16, 0, 0)
        label[64:80] = uuid
        struct.pack_into("<QI", label, 96, zlib.crc32(bytes(label[:96])), 2)
        content = os.urandom(9000)
        with open(second, "wb") as file:
            file.truncate(1 << 30)
            os.pwrite(file.fileno(), bytes(label), 0)
            os.pwrite(file.fileno(), content, 4 * UNIT)
        with self.mount(image.path, "--secondary", second) as mount:
            self.assertEqual((mount.path / "there").read_bytes(), content)
        with open(second, "r+b") as file:
            label[64] ^= 1
            struct.pack_into("<Q", label, 96, zlib.crc32(bytes(label[:96])))
            os.pwrite(file.fileno(), bytes(label), 0)
        code, said = served.refused(image.path, self.mountpoint, "--secondary", second)
        self.assertEqual(code, 1)
        self.assertIn(str(second), said)
        code, said = served.refused(image.path, self.mountpoint, "--secondary", second, "--secondary", second)
        self.assertEqual(code, 1)
        self.assertIn("twice", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
