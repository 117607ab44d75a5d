# SPDX-License-Identifier: GPL-2.0-only
"""famfsctl's commands that write: what they make, and what they refuse without writing anything."""

import fcntl
import unittest

import famfsctl
import media_image as media
from famfsctl import GIBIBYTE, MEBIBYTE


class Mkfs(famfsctl.Test):
    def test_sparse_image_stays_sparse(self):
        device = self.file_system()
        self.assertLess(self.allocated(device), MEBIBYTE)
        self.ctl("fsck", device)

    def test_log_length(self):
        device = self.blank("pool.img")
        self.ctl("mkfs", "--log-len", "64M", device)
        self.assertEqual(self.ctl_json("fsck", "--json", device)["usage"]["log_slots"], 123361)
        for length in ("4M", "12M", "4G"):
            self.assertIn("log", self.refused(1, "mkfs", "--force", "--log-len", length, device))

    def test_too_small(self):
        device = self.blank("small.img", 4095 * MEBIBYTE)
        self.assertIn("at least 4 GiB", self.refused(1, "mkfs", device))
        self.assertEqual(self.allocated(device), 0, "something was written")

    def test_existing_needs_force(self):
        device = self.file_system()
        before = self.ctl_json("log", "--json", device)
        self.assertIn("--force", self.refused(1, "mkfs", device))
        self.assertEqual(self.ctl_json("log", "--json", device), before)
        self.ctl("mkfs", "--force", device)
        self.assertNotEqual(self.ctl_json("log", "--json", device)["superblock"]["uuid"], before["superblock"]["uuid"])

    def test_existing_secondary_needs_force(self):
        second = self.blank("second.img", GIBIBYTE)
        self.file_system("pool.img", second)
        other = self.blank("other.img")
        self.assertIn("a secondary device of file system", self.refused(1, "mkfs", other, second))
        self.assertEqual(self.allocated(other), 0, "the primary was written")

    def test_force_starts_with_an_empty_log(self):
        device = self.file_system()
        self.ctl("creat", "-s", "1", device, "old")
        self.ctl("mkfs", "--force", device)
        self.assertEqual(self.paths(device), [])
        self.ctl("creat", "-s", "1", device, "new")
        self.assertEqual(self.paths(device), ["new"])

    def test_kill(self):
        device = self.file_system()
        self.assertIn("--force", self.refused(1, "mkfs", "--kill", device))
        self.ctl("mkfs", "--kill", "--force", device)
        self.assertEqual(self.run_raw("fsck", device).returncode, 3)
        self.assertIn("there is none", self.refused(1, "mkfs", "--kill", "--force", device))

    def test_system_uuid_is_made_once(self):
        self.file_system("one.img")
        file = self.folder / "system_uuid.one"
        text = file.read_text()
        self.assertRegex(text, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$")
        self.assertEqual(file.stat().st_mode & 0o777, 0o444)
        self.file_system("two.img")
        self.assertEqual(file.read_text(), text)


class AllocationUnit(famfsctl.Test):
    UNIT = 4096
    PAGE = 2 * MEBIBYTE  # what one entry of the page table can map

    def small_units(self, *more):
        device = self.blank("pool.img")
        self.assertIn("alloc unit 4 KiB", self.ctl("mkfs", "--alloc-unit", "4K", *more, device))
        return device

    def test_what_the_superblock_says(self):
        def unit(device):
            return self.ctl_json("log", "--json", device)["superblock"]["alloc_unit"]

        device = self.small_units()
        self.assertEqual(unit(device), self.UNIT)
        self.assertIn("alloc unit 4 KiB", self.ctl("fsck", device))
        self.assertIn("alloc unit 2 MiB", self.ctl("mkfs", "--force", "--alloc-unit", "2M", device))
        self.assertEqual(unit(device), self.PAGE)
        self.ctl("mkfs", "--force", "--alloc-unit", "4096", device)
        self.assertEqual(unit(device), self.UNIT)
        self.ctl("mkfs", "--force", device)
        self.assertEqual(unit(device), self.PAGE)

    def test_nothing_else_is_accepted(self):
        device = self.blank("pool.img")
        for size in ("0", "512", "8K", "1M", "3M", "4M", "1G"):
            text = self.refused(1, "mkfs", "--alloc-unit", size, device)
            self.assertIn("the allocation unit is 4 KiB or 2 MiB, not", text)
        self.refused(64, "mkfs", "--alloc-unit", "small", device)
        self.assertEqual(self.allocated(device), 0, "something was written")

    def test_small_and_large_files(self):
        device = self.small_units()
        source = self.folder / "source"
        (source / "many").mkdir(parents=True)
        sizes = {f"many/{number}": 1 + number * 977 % 20000 for number in range(300)}
        sizes |= {f"large{number}": (5 + 3 * number) * MEBIBYTE + number for number in range(4)}
        for number, (name, size) in enumerate(sizes.items()):
            (source / name).write_bytes(bytes([number % 251 + 1]) * size)
        self.ctl("cp", "-r", "-T", device, source, "all")
        self.assertIn(": clean", self.ctl("fsck", device))
        self.assertIn("used", self.ctl("fsck", "--map", device))
        needed = sum(-(-size // self.UNIT) * self.UNIT for size in sizes.values())
        self.assertEqual(self.ctl_json("fsck", "--json", device)["usage"]["used"], needed)
        nodes = {node["path"]: node for node in self.ctl_json("ls", "--json", device, "all")}
        with open(device, "rb") as image:
            for name, size in sizes.items():
                extents = nodes[f"all/{name}"]["extents"]
                self.assertEqual(sum(length for _, _, length in extents), -(-size // self.UNIT) * self.UNIT, name)
                data = b""
                for _, offset, length in extents:
                    self.assertEqual(offset % (self.UNIT if size < self.PAGE else self.PAGE), 0, name)
                    image.seek(offset)
                    data += image.read(length)
                self.assertTrue(data[:size] == (source / name).read_bytes(), name)
                self.assertEqual(data[size:].strip(b"\0"), b"", f"{name}: the rest of the last page")

    def test_chunks(self):
        device = self.small_units()
        self.ctl("creat", "-s", "100K", "--strips", "3", "--chunk", "16K", device, "dealt")
        node = self.ctl_json("ls", "--json", device, "dealt")[0]
        self.assertEqual((node["chunk"], [length for _, _, length in node["extents"]]), (16384, [49152] * 3))
        self.ctl("creat", "-s", "100K", "--strips", "3", device, "less-than-a-chunk")
        self.ctl("creat", "-s", "33M", "--strips", "4", device, "usual")
        usual = self.ctl_json("ls", "--json", device, "usual")[0]
        self.assertEqual(usual["chunk"], self.PAGE)
        self.assertEqual([offset % self.PAGE for _, offset, _ in usual["extents"]], [0] * 4)
        self.ctl("verify", device, "dealt", "less-than-a-chunk", "usual")
        self.assertIn("a multiple of 4 KiB", self.refused(1, "creat", "-s", "1M", "--strips", "2", "--chunk", "2K", device, "x"))
        self.assertIn("a multiple of 2 MiB", self.refused(
            1, "creat", "-s", "1M", "--strips", "2", "--chunk", "16K", self.file_system("usual.img"), "x"))
        self.ctl("fsck", device)

    def test_the_last_page(self):
        device = self.small_units()
        free = self.ctl_json("fsck", "--json", device)["usage"]["free"]
        self.be_host_of_images()
        media.Image(device, [media.simple_file(b"big", free - 3 * self.UNIT,
                                               [(0, media.DATA_START, free - 3 * self.UNIT)])], unit=self.UNIT)
        self.ctl("creat", "-s", "4097", device, "two")
        self.assertIn("only 4 KiB are free", self.refused(1, "creat", "-s", "4097", device, "more"))
        self.ctl("creat", "-s", "4096", device, "one")
        self.assertEqual(self.ctl_json("fsck", "--json", device)["usage"]["free"], 0)
        self.ctl("verify", device, "two", "one")


class Creation(famfsctl.Test):
    def test_creat_and_verify(self):
        device = self.file_system()
        self.ctl("creat", "-s", "5000001", "--seed", "7", device, "a", "b")
        self.ctl("verify", "--seed", "7", device, "a", "b")
        self.assertIn('"a": byte 0', self.refused(1, "verify", "--seed", "8", device, "a"))

    def test_verify_names_the_first_wrong_byte(self):
        device = self.file_system()
        self.ctl("creat", "-s", "3M", device, "a")
        address = self.ctl_json("resolve", "--json", device, "a", "2100003")["address"]
        with open(device, "r+b") as file:
            file.seek(address)
            byte = file.read(1)
            file.seek(address)
            file.write(bytes([byte[0] ^ 1]))
        self.assertIn("byte 2100003 ", self.refused(1, "verify", device, "a"))

    def test_striped_over_two_devices(self):
        second = self.blank("second.img", 2 * GIBIBYTE)
        device = self.file_system("pool.img", second)
        self.ctl("creat", "-s", "33M", "--strips", "4", "--chunk", "4M", device, "--secondary", second, "s")
        node = self.ctl_json("ls", "--json", device, "--secondary", second, "s")[0]
        self.assertEqual(node["chunk"], 4 * MEBIBYTE)
        self.assertEqual([strip[0] for strip in node["extents"]], [0, 1, 0, 1])
        self.ctl("verify", device, "--secondary", second, "s")
        for position, device_index in ((0, 0), (4 * MEBIBYTE, 1), (9 * MEBIBYTE, 0), (17 * MEBIBYTE - 1, 0)):
            answer = self.ctl_json("resolve", "--json", device, "--secondary", second, "s", position)
            self.assertEqual(answer["device"], device_index, position)

    def test_striping_rules(self):
        device = self.file_system()
        self.assertIn("bucket", self.refused(1, "creat", "-s", "64M", "--strips", "16", device, "s"))
        self.assertIn("power of two", self.refused(1, "creat", "-s", "64M", "--strips", "2", "--chunk", "3M", device, "s"))
        self.refused(64, "creat", "-s", "64M", "--strips", "17", device, "s")
        self.refused(64, "creat", "-s", "64M", "--chunk", "2M", device, "s")
        self.assertEqual(self.paths(device), [])

    def test_striping_by_configuration(self):
        device = self.file_system()
        config = self.folder / "alloc.cfg"
        config.write_text("interleaved_alloc:\n  nbuckets: 3\n  nstrips: 3\n  chunk_size: 4M\n")

        def layout(name, *words):
            self.ctl("creat", "-s", "64M", *words, device, name)
            node = self.ctl_json("ls", "--json", device, name)[0]
            return len(node["extents"]), node["chunk"]

        self.assertEqual(layout("by-option", "--alloc-config", config), (3, 4 * MEBIBYTE))
        self.environment["FAMFS_ALLOC_CONFIG"] = str(config)
        self.assertEqual(layout("by-environment"), (3, 4 * MEBIBYTE))
        self.assertEqual(layout("strips-win", "--strips", "2"), (2, 4 * MEBIBYTE))
        self.assertEqual(layout("chunk-wins", "--strips", "2", "--chunk", "2M"), (2, 2 * MEBIBYTE))
        self.assertEqual(layout("none", "--strips", "0"), (1, 0))
        source = self.folder / "source"
        source.write_bytes(bytes(5 * MEBIBYTE))
        self.ctl("cp", device, source, "copy")
        self.assertEqual(self.ctl_json("ls", "--json", device, "copy")[0]["chunk"], 4 * MEBIBYTE)
        config.write_text("interleaved_alloc:\n  nstrips: many\n")
        before = self.paths(device)
        self.assertIn("alloc.cfg line 2, interleaved_alloc.nstrips", self.refused(1, "creat", "-s", "64M", device, "x"))
        self.assertIn("nowhere", self.refused(1, "cp", "--alloc-config", "nowhere", device, source, "x"))
        self.assertEqual(self.paths(device), before)

    def test_the_rest_of_the_last_page_is_zero(self):
        device = self.file_system()
        with open(device, "r+b") as file:
            file.seek(10 * MEBIBYTE)
            file.write(b"\xee" * 8192)
        self.ctl("creat", "-s", "4100", device, "a")
        with open(device, "rb") as file:
            file.seek(10 * MEBIBYTE + 4100)
            self.assertEqual(file.read(4092), bytes(4092))

    def test_full_device(self):
        self.be_host_of_images()
        device = self.folder / "pool.img"
        used = 4080 * MEBIBYTE  # by a file whose contents are holes; 6 MiB are left
        media.Image(device, [media.simple_file(b"big", used, [(0, media.DATA_START, used)])])
        text = self.refused(1, "creat", "-s", "8M", device, "more")
        self.assertIn("only 6 MiB are free", text)
        self.assertIn('"more"', text)
        self.assertEqual(self.paths(device), ["big"])
        self.ctl("creat", "-s", "6M", device, "rest")
        self.ctl("verify", device, "rest")
        self.assertEqual(self.ctl_json("fsck", "--json", device)["usage"]["free"], 0)
        self.assertIn("only 0 B are free", self.refused(1, "creat", "-s", "1", device, "more"))

    def test_one_bad_name_stops_no_other(self):
        device = self.file_system()
        self.ctl("creat", "-s", "1", device, "there")
        text = self.refused(1, "creat", "-s", "1", device, "a", "there", "none/x", "b")
        self.assertIn('"there"', text)
        self.assertIn('"none/x"', text)
        self.assertEqual(self.paths(device), ["there", "a", "b"])
        self.assertIn("once", self.refused(1, "mkdir", device, "d", "there", "e"))
        self.assertEqual(self.paths(device), ["there", "a", "b", "d", "e"])
        self.ctl("verify", device, "there", "a", "b")

    def test_the_root(self):
        device = self.file_system()
        self.assertIn("root", self.refused(1, "mkdir", device, "/"))
        self.assertIn("root", self.refused(1, "creat", "-s", "1", device, "/"))
        self.ctl("mkdir", "-p", device, "/")

    def test_full_log(self):
        device = self.file_system()
        slots = self.ctl_json("fsck", "--json", device)["usage"]["log_slots"]
        self.ctl("mkdir", device, *(f"d{number}" for number in range(slots)))
        self.assertIn("the log", self.refused(1, "mkdir", device, "more"))
        self.assertIn("log is full", self.refused(1, "creat", "-s", "1", device, "more"))
        self.ctl("fsck", device)

    def test_names(self):
        device = self.file_system()
        self.ctl("creat", "-s", "1", device, "n" * 79)
        self.ctl("creat", "-s", "1", device, "odd \udcff\u00e9 name")
        before = self.ctl_json("log", "--json", device)
        self.ctl("mkdir", device, "d")
        for name, word in (("n" * 80, "79"), ("a/../b", "component"), ("a//b", "component"), ("./a", "component"),
                           (".meta/x", ".meta"), (".meta", ".meta"), ("none/x", "mkdir -p"), ("n" * 79, "once"),
                           ("d", "once"), ("n" * 70 + "/x", "mkdir")):
            self.assertIn(word, self.refused(1, "creat", "-s", "1", device, name), name)
            self.assertIn(word, self.refused(1, "mkdir", device, name), name)
        self.assertEqual(len(self.ctl_json("log", "--json", device)["entries"]), len(before["entries"]) + 1)
        self.assertIn(r"odd \xffé name", self.ctl("ls", device))

    def test_empty_file(self):
        device = self.file_system()
        self.assertIn("no empty files", self.refused(1, "creat", "-s", "0", device, "a"))

    def test_mkdir(self):
        device = self.file_system()
        self.ctl("mkdir", "-p", "-m", "0750", "-u", "7", "-g", "8", device, "a/b/c", "a/b/d")
        self.ctl("mkdir", "-p", device, "a/b")
        self.assertIn("once", self.refused(1, "mkdir", device, "a/b"))
        self.ctl("creat", "-s", "1", device, "a/file")
        self.assertIn("is a file", self.refused(1, "mkdir", device, "a/file/x"))
        self.assertEqual(sorted(self.paths(device)), ["a", "a/b", "a/b/c", "a/b/d", "a/file"])
        node = self.ctl_json("ls", "--json", device, "a/b")[0]
        self.assertEqual((node["mode"], node["uid"], node["gid"]), (0o750, 7, 8))


class Hosts(famfsctl.Test):
    def test_only_the_master_writes(self):
        device = self.file_system()
        self.ctl("creat", "-s", "1", device, "a")
        before = self.ctl_json("log", "--json", device)
        self.be_host("two")
        for words in (("creat", "-s", "1", device, "b"), ("mkdir", device, "d")):
            self.assertIn("master", self.refused(1, *words))
        self.ctl("mkfs", self.blank("mine.img"))
        self.assertIn("master", self.refused(1, "mkdir", device, "d"))
        self.assertEqual(self.ctl_json("log", "--json", device), before)
        self.ctl("verify", device, "a")

    def test_one_writer_at_a_time(self):
        device = self.file_system()
        with open(device, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("another", self.refused(1, "mkdir", device, "d"))
            self.ctl("fsck", device)
        self.ctl("mkdir", device, "d")

    def test_devices_in_the_wrong_order(self):
        second, third = self.blank("second.img", GIBIBYTE), self.blank("third.img", GIBIBYTE)
        device = self.file_system("pool.img", second, third)
        self.ctl("mkdir", device, "--secondary", second, "--secondary", third, "d")
        for words in (("mkdir", device, "--secondary", third, "--secondary", second, "e"),
                      ("ls", device, "--secondary", third, "--secondary", second)):
            self.assertIn("order of the log", self.refused(1, *words))
        other = self.blank("other.img", GIBIBYTE)
        self.file_system("pool2.img", other)
        self.assertIn("belongs to file system", self.refused(1, "mkdir", device, "--secondary", other, "e"))

    def test_missing_secondary(self):
        second = self.blank("second.img", 2 * GIBIBYTE)
        device = self.file_system("pool.img", second)
        self.ctl("creat", "-s", "8M", "--strips", "2", device, "--secondary", second, "s")
        self.assertIn("--secondary", self.refused(1, "mkdir", device, "d"))
        self.assertEqual(self.run_raw("fsck", device).returncode, 2)


if __name__ == "__main__":
    unittest.main()
