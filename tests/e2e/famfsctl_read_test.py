# SPDX-License-Identifier: GPL-2.0-only
"""famfsctl's commands that read: exit status, messages, JSON; and that they change nothing."""

import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import unittest
import zlib

import famfsctl
import media_image as media
import served
from famfsctl import GIBIBYTE, MEBIBYTE

REFERENCE = os.environ.get("FAMFS_REFERENCE_IMAGES")
PROBLEM_KEYS = ("code", "severity", "entry", "offset", "field", "found", "expected", "message")


def metadata_digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read(10 * MEBIBYTE)).hexdigest()


class Check(famfsctl.Test):
    def setUp(self):
        super().setUp()
        self.device = self.folder / "pool.img"
        unit = media.UNIT
        self.image = media.Image(self.device, [
            media.make_directory(b"d"),
            media.simple_file(b"d/a", 5000, [(0, media.DATA_START, unit)]),
            media.simple_file(b"d/b", 5000, [(0, media.DATA_START + unit, unit)]),
        ])

    def fsck(self, status):
        """The problems, after checking that text and JSON agree and nothing was written."""
        before = metadata_digest(self.device)
        text, done = self.run_raw("fsck", self.device), self.run_raw("fsck", "--json", self.device)
        self.assertEqual((text.returncode, done.returncode), (status, status), text.stdout + text.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["status"], status)
        self.assertEqual({tuple(problem) for problem in report["problems"]} - {PROBLEM_KEYS}, set())
        for problem in report["problems"]:
            self.assertIn(problem["message"], text.stdout)
            self.assertIn(f"byte {problem['offset']}", problem["message"])
            if problem["entry"] is not None:
                self.assertIn(f"entry {problem['entry']}", problem["message"])
        self.assertEqual(metadata_digest(self.device), before, "fsck wrote to the device")
        return [(problem["code"], problem["severity"], problem["entry"], problem["offset"])
                for problem in report["problems"]]

    def reseal(self, index, at, value):
        """Changes bytes of an entry and mends its CRC."""
        entry = bytearray(self.image.read(media.entry_offset(index), media.ENTRY_SIZE))
        entry[at:at + len(value)] = value
        entry[536:] = struct.pack("<Q", zlib.crc32(bytes(entry[:536])))
        self.image.write(media.entry_offset(index), bytes(entry))

    def test_clean(self):
        self.assertEqual(self.fsck(0), [])

    def test_usage(self):
        unit, report = media.UNIT, self.ctl_json("fsck", "--json", self.device)
        self.assertEqual(list(report), ["device", "status", "uuid", "problems", "usage"])
        capacity = media.DEVICE_SIZE - media.DATA_START
        self.assertEqual(report["usage"], {
            "capacity": capacity, "used": 2 * unit, "free": capacity - 2 * unit, "largest_free_run": capacity - 2 * unit,
            "file_bytes": 10000, "log_slots": media.SLOTS, "log_used": 3, "files": 2, "directories": 1,
            "amplification": 2 * unit / 10000})

    def test_map(self):
        self.environment["LC_ALL"] = "C"
        text = self.ctl("fsck", "--map", self.device)
        self.assertIn("device 0: 4 GiB, a character is 8 MiB\n", text)
        self.assertRegex(text, r"\n +0 B SL\.\.*\n")
        self.reseal(2, 144, struct.pack("<Q", media.DATA_START + (1 << 30)))
        self.reseal(1, 144, struct.pack("<Q", media.DATA_START + (1 << 30)))
        text = self.run_raw("fsck", "--map", self.device).stdout
        self.assertRegex(text, r"\n +0 B !L\.\.*\n", "the entry's place")
        self.assertRegex(text, r"\n +1 GiB \.!\.*\n", "the place that two files claim")
        self.assertIn("--json", self.refused(64, "fsck", "--map", "--json", self.device))

    def test_warning(self):
        self.image.flip(media.entry_offset(2) + 536)
        self.assertEqual(self.fsck(1), [("entry-incomplete", "warning", 2, media.entry_offset(2) + 536)])
        self.assertEqual(self.paths_with_complaint(), ["d", "d/a"])

    def test_damage_in_the_middle(self):
        self.image.flip(media.entry_offset(1) + 41)
        self.assertEqual(self.fsck(2), [("entry-crc", "error", 1, media.entry_offset(1) + 536)])
        self.assertEqual(self.paths_with_complaint(), ["d"])

    def test_path_out_of_the_mount(self):
        self.reseal(2, 40, b"../../evil\0")
        self.assertEqual(self.fsck(2), [("path-component", "error", 2, media.entry_offset(2) + 40)])
        self.assertEqual(self.paths_with_complaint(), ["d", "d/a"])

    def test_overlap(self):
        self.reseal(2, 144, struct.pack("<Q", media.DATA_START))
        self.assertEqual(self.fsck(2), [("extent-overlap", "error", 2, media.entry_offset(2) + 144)])
        self.assertEqual(self.paths_with_complaint(), ["d", "d/a"])

    def paths_with_complaint(self):
        done = self.run_raw("ls", "--json", self.device)
        self.assertEqual(done.returncode, 0)
        self.assertIn("famfsctl fsck", done.stderr)
        return [node["path"] for node in json.loads(done.stdout) if not node["path"].startswith(".meta")]

    def test_not_a_famfs(self):
        self.image.write(0, bytes(8))
        self.assertEqual(self.fsck(3), [("superblock-magic", "error", None, 0)])
        for command in ("ls", "log"):
            self.assertIn("no famfs here", self.refused(1, command, self.device))

    def test_unknown_version(self):
        self.image.write(0, media.superblock(version=49))
        self.assertEqual(self.fsck(3), [("superblock-version", "error", None, 8)])

    def test_damaged_superblock(self):
        self.image.flip(50)
        self.assertEqual(self.fsck(2), [("superblock-crc", "error", None, 96)])

    def test_cut_short(self):
        for length, status in ((10 * MEBIBYTE - 1, 2), (3 * MEBIBYTE, 2), (4096, 2), (100, 3), (0, 3)):
            os.truncate(self.device, length)
            self.assertEqual(self.run_raw("fsck", self.device).returncode, status, length)

    def test_cut_short_behind_the_log(self):
        os.truncate(self.device, media.DATA_START + media.UNIT)
        self.assertEqual(self.fsck(2), [("device-size", "error", None, 112),
                                        ("extent-past-device", "error", 2, media.entry_offset(2) + 144)])

    def test_cannot_be_opened(self):
        for path in (self.folder / "nowhere", "/dev/null"):
            self.assertIn(str(path), self.refused(3, "fsck", path))
            self.assertIn(str(path), self.refused(1, "ls", path))

    def test_writers_refuse_damage(self):
        self.be_host_of_images()
        self.ctl("mkdir", self.device, "e")
        self.image.flip(media.entry_offset(1) + 41)
        before = metadata_digest(self.device)
        self.assertIn("fsck", self.refused(1, "mkdir", self.device, "f"))
        self.assertEqual(metadata_digest(self.device), before)

    def test_writers_refuse_an_incomplete_last_entry(self):
        self.be_host_of_images()
        self.image.flip(media.entry_offset(2) + 536)
        before = metadata_digest(self.device)
        self.assertIn("not whole", self.refused(1, "mkdir", self.device, "f"))
        self.assertEqual(metadata_digest(self.device), before)


class Scale(famfsctl.Test):
    """What is not in use is not read: pages that the kernel has in memory say what was. It reads ahead, 4 MiB on some
    machines, wherever a page is touched."""

    READ_AHEAD = 24 * MEBIBYTE

    def resident(self, path):
        words = ["fincore", "--bytes", "--noheadings", "--output", "RES", path]
        return int(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)

    def forget(self, path):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.assertEqual(self.resident(path), 0)

    def test_large_log_and_device(self):
        device = self.blank("pool.img", 64 * GIBIBYTE)
        self.ctl("mkfs", "--log-len", "256M", device)
        self.ctl("mkdir", device, "d")
        self.ctl("creat", "-s", "3M", device, "d/a", "d/b")
        self.assertEqual(self.ctl_json("fsck", "--json", device)["usage"]["log_slots"], 493447)
        self.assertLess(self.allocated(device), 9 * MEBIBYTE)
        for words in (("fsck", device), ("fsck", "--map", device), ("ls", device), ("log", device), ("mkdir", device, "e")):
            self.forget(device)
            self.ctl(*words)
            self.assertLess(self.resident(device), self.READ_AHEAD, words)


class Reference(famfsctl.Test):
    """Images that famfs's own tools wrote."""

    def setUp(self):
        super().setUp()
        if not REFERENCE:
            self.fail("FAMFS_REFERENCE_IMAGES is not set: it names the folder with the unpacked reference images")
        self.images = sorted(pathlib.Path(REFERENCE).glob("*.img"))
        self.assertEqual(len(self.images), 7, REFERENCE)

    def test_fsck_is_clean(self):
        for image in self.images:
            with self.subTest(image.name):
                self.assertEqual(self.ctl_json("fsck", "--json", image)["problems"], [])

    def test_log_has_the_same_facts(self):
        for image in self.images:
            with self.subTest(image.name):
                truth = json.loads(image.with_suffix(".json").read_text())
                for entry in truth["entries"]:
                    entry.pop("sha256", None)  # of the contents
                log = self.ctl_json("log", "--json", image)
                self.assertEqual(log, {key: truth[key] for key in ("superblock", "log", "entries")})


class Resolve(famfsctl.Test):
    def test_answers(self):
        device = self.file_system()
        self.ctl("creat", "-s", "5M", device, "a")
        answer = self.ctl_json("resolve", "--json", device, "a", "2M")
        self.assertEqual((answer["address"], answer["offset"], answer["length"]), (12 * MEBIBYTE, 0, 6 * MEBIBYTE))
        self.assertIn("BPF program", answer["answered_by"])
        self.assertIn("5242880", self.refused(1, "resolve", device, "a", "5M"))
        self.assertIn("nowhere", self.refused(1, "resolve", device, "nowhere", "0"))
        self.assertIn("number", self.refused(1, "resolve", device, "a", "many"))


class Usage(famfsctl.Test):
    def test_wrong_usage(self):
        """What is wrong, and how it is right."""
        for words, fault in (((), "A command is required"), (("frob",), "frob"), (("mkfs",), "the device is missing"),
                             (("cp", "a"), "an argument is missing"), (("cp", "a", "b"), "an argument is missing"),
                             (("fsck", "a", "b"), "an argument too many: b"), (("ls", "--frob", "a"), "--frob"),
                             (("creat", "a", "b"), "--size is required"),
                             (("creat", "-s", "many", "a", "b"), "--size: 'many' is not a size such as 4096, 64K, 2MiB or 1G"),
                             (("creat", "-s", "1", "--strips", "17", "a", "b"), "--strips: '17' is not a number from 0 to 16"),
                             (("mkdir", "-m", "999", "a", "b"), "--mode: '999' is not an octal number from 0 to 7777"),
                             (("mkdir", "-u", "-1", "a", "b"), "--uid: '-1' is not a number from 0 to 4294967294"),
                             (("status", "a", "b"), "one thing at a time"), (("unpin",), "a pin is missing")):
            text = self.refused(64, *words)
            self.assertIn(fault, text)
            command = words[0] if words and words[0] != "frob" else ""
            self.assertIn(f"\nUsage: famfsctl {command}", text)
            self.assertIn("--help", text)

    def test_sizes(self):
        device = self.file_system()
        self.ctl("creat", "-s", "3M", device, "a")
        for text, position in (("0", 0), ("5", 5), ("4k", 4096), ("4KiB", 4096), ("1mb", MEBIBYTE), ("2 M", 2 * MEBIBYTE)):
            self.assertEqual(self.ctl_json("resolve", "--json", device, "a", text)["position"], position)
        for text in ("", "k", "1.5M", "2Q", "2MM", "17E", "99999999999999999999"):
            self.assertIn("number of bytes", self.refused(1, "resolve", device, "a", text))

    def test_dead_daemon(self):
        device, mountpoint = self.file_system(), self.folder / "mnt"
        self.ctl("creat", "-s", "3M", device, "a")
        mountpoint.mkdir()
        mount = served.Mount(device, mountpoint)
        self.addCleanup(subprocess.run, ["umount", "-q", "-l", mountpoint], check=False)
        os.kill(mount.pid, signal.SIGKILL)
        mount.wait_for_end()
        for words in (("resolve", mountpoint, "a", "0"), ("ls", mountpoint), ("flush", mountpoint)):
            text = self.refused(1, *words)
            self.assertIn(f"the daemon of this mount has ended; umount {mountpoint} ", text)
            self.assertIn(f"name {device} in place of {mountpoint}", text)
        self.assertIn("the daemon of this mount has ended", self.refused(3, "fsck", mountpoint))
        self.ctl("resolve", device, "a", "0")

    def test_device_option(self):
        device = self.file_system()
        self.ctl("mkdir", "--device", device, "d")
        self.ctl("fsck", "--device", device)


if __name__ == "__main__":
    unittest.main()
