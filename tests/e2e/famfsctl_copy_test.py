# SPDX-License-Identifier: GPL-2.0-only
"""famfsctl cp: trees, threads, a second run, a signal."""

import fcntl
import os
import signal
import subprocess
import unittest

import famfsctl
from famfsctl import MEBIBYTE


class Tree(famfsctl.Test):
    """Some files to copy, and an empty file system."""

    def setUp(self):
        super().setUp()
        self.device = self.file_system()
        self.tree = self.folder / "tree"
        (self.tree / "sub" / "deep").mkdir(parents=True)
        for number, name in enumerate(("one", "sub/two", "sub/deep/three")):
            (self.tree / name).write_bytes(os.urandom(1 + number * 3000017))
        (self.tree / "one").chmod(0o604)
        (self.tree / "sub").chmod(0o711)

    def content(self, path):
        node = self.ctl_json("ls", "--json", self.device, path)[0]
        data = b""
        with open(self.device, "rb") as file:
            for _, offset, length in node["extents"]:
                file.seek(offset)
                data += file.read(length)
        return data[:node["size"]]


class Copy(Tree):
    def test_tree(self):
        self.ctl("cp", "-r", self.device, self.tree, "/")
        for name in ("one", "sub/two", "sub/deep/three"):
            self.assertEqual(self.content(f"tree/{name}"), (self.tree / name).read_bytes(), name)
        modes = {node["path"]: node["mode"] for node in self.ctl_json("ls", "--json", self.device)}
        self.assertEqual((modes["tree/one"], modes["tree/sub"]), (0o604, 0o711))
        self.ctl("fsck", self.device)

    def test_to_a_name_and_into_a_directory(self):
        self.ctl("mkdir", self.device, "d")
        self.ctl("cp", "-m", "600", "-u", "3", "-g", "4", self.device, self.tree / "one", "renamed")
        self.ctl("cp", self.device, self.tree / "one", self.tree / "sub/two", "/d/")
        self.assertEqual(sorted(self.paths(self.device)), ["d", "d/one", "d/two", "renamed"])
        node = self.ctl_json("ls", "--json", self.device, "renamed")[0]
        self.assertEqual((node["mode"], node["uid"], node["gid"]), (0o600, 3, 4))
        self.assertIn("-r", self.refused(1, "cp", self.device, self.tree, "/d"))
        self.assertIn("directory", self.refused(1, "cp", self.device, self.tree / "one", self.tree / "sub/two", "x"))

    def test_what_cannot_be_copied_is_named_and_the_rest_copied(self):
        (self.tree / "empty").touch()
        (self.tree / "link").symlink_to("one")
        os.mkfifo(self.tree / "pipe")
        text = self.refused(1, "cp", "-r", self.device, self.tree, self.folder / "nowhere", "/")
        for name in ("empty", "link", "pipe", "nowhere"):
            self.assertIn(name, text)
        self.assertEqual(len([path for path in self.paths(self.device) if path.startswith("tree")]), 6)

    def test_threads(self):
        for number in range(40):
            (self.tree / f"small{number}").write_bytes(os.urandom(1 + number * 997))
        (self.tree / "large").write_bytes(os.urandom(50 * MEBIBYTE + 5))
        self.ctl("cp", "-r", "-t", "4", self.device, self.tree, "/")
        for path in self.tree.rglob("*"):
            if path.is_file():
                name = str(path.relative_to(self.folder))
                self.assertEqual(self.content(name), path.read_bytes(), name)
        files = [path for path in self.paths(self.device) if path.startswith(("tree/small", "tree/large", "tree/one"))]
        self.assertEqual(files, sorted(files), "threads changed the order in the log")
        self.ctl("fsck", self.device)
        self.refused(64, "cp", "-t", "0", self.device, self.tree / "one", "x")

    def test_target_name(self):
        for _ in range(2):
            self.ctl("cp", "-r", "-T", self.device, self.tree, "two")
        self.assertEqual(sorted(self.paths(self.device)), ["two", "two/one", "two/sub", "two/sub/deep", "two/sub/deep/three",
                                                   "two/sub/two"])


class Again(Tree):
    """A second run of the same command."""

    def setUp(self):
        super().setUp()
        self.ctl("cp", "-r", self.device, self.tree, "/")

    def again(self, *words):
        return ("cp", "-r", *words, self.device, self.tree, "/")

    def test_skips_what_is_there(self):
        (self.tree / "four").write_bytes(b"4")
        self.assertEqual(self.ctl(*self.again()),
                         "1 of 4 files copied (1 B), 3 skipped: they are there with the same size\n")
        self.assertEqual(self.content("tree/four"), b"4")
        self.assertIn("0 of 4 files copied (0 B), 4 skipped", self.ctl(*self.again("--checksum")))
        self.ctl("fsck", self.device)

    def test_other_size(self):
        (self.tree / "one").write_bytes(b"longer")
        (self.tree / "zzz").write_bytes(b"4")
        text = self.refused(1, *self.again())
        self.assertIn('"tree/one" is there with 1 bytes, the source has 6', text)
        self.assertEqual(len(text.splitlines()), 1)
        self.assertEqual(self.content("tree/zzz"), b"4", "the others are copied")

    def test_other_bytes(self):
        data = bytearray((self.tree / "sub/two").read_bytes())
        data[2 * MEBIBYTE + 5] ^= 1
        (self.tree / "sub/two").write_bytes(data)
        self.ctl(*self.again())
        text = self.refused(1, *self.again("--checksum"))
        self.assertIn(f"other bytes, from byte {2 * MEBIBYTE + 5} on", text)

    def test_other_kind(self):
        (self.tree / "one").unlink()
        (self.tree / "one").mkdir()
        self.assertIn('"tree/one" is a file there', self.refused(1, *self.again()))
        self.assertIn('"tree/sub" is a directory there',
                      self.refused(1, "cp", "-T", self.device, self.tree / "sub/two", "tree/sub"))


class Interrupted(Tree):
    """A lease on a source lets the copy wait in open(2), and says when it does."""

    def copy_held(self, meanwhile):
        """Runs a copy of the tree, and @meanwhile when it opens `z`, which comes last."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
        with open(self.tree / "z", "w+b", buffering=0) as file:
            file.write(os.urandom(3 * MEBIBYTE))
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            process = subprocess.Popen(
                [famfsctl.FAMFSCTL, "cp", "-r", "-t", "1", self.device, self.tree, "/"], cwd=self.folder,
                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertIsNotNone(signal.sigtimedwait([signal.SIGIO], 60), "nobody opened the file")
            meanwhile(process, file)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        _, text = process.communicate(timeout=60)
        return process.returncode, text

    def test_signal(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                self.device = self.file_system(f"{number}.img")
                done, text = self.copy_held(lambda process, _: process.send_signal(number))
                self.assertEqual(done, status)
                self.assertRegex(text, r"^famfsctl: interrupted: 3 of 4 files copied \(.*\); .*\n$")
                self.ctl("fsck", self.device)
                self.assertNotIn("tree/z", self.paths(self.device))
                self.assertIn("1 of 4 files copied", self.ctl("cp", "-r", self.device, self.tree, "/"))
                self.assertEqual(self.content("tree/z"), (self.tree / "z").read_bytes())
                self.ctl("fsck", self.device)

    def test_log_cut_off(self):
        """By then the data of all but the last are in place, and the log is to name them."""
        status, text = self.copy_held(lambda *_: os.truncate(self.device, 2 * MEBIBYTE))
        self.assertEqual(status, 1, text)
        self.assertRegex(text, r"(?m)^famfsctl: cannot write .*: Input/output error .*shorter than when it was opened")

    def test_one_bad_file_stops_no_other(self):
        status, text = self.copy_held(lambda _, file: file.truncate(MEBIBYTE))
        self.assertEqual(status, 1)
        self.assertRegex(text, r"^famfsctl: .*/z: .*became shorter.*\n$")
        for name in ("one", "sub/two", "sub/deep/three"):
            self.assertEqual(self.content(f"tree/{name}"), (self.tree / name).read_bytes(), name)
        self.assertNotIn("tree/z", self.paths(self.device))
        self.ctl("fsck", self.device)


if __name__ == "__main__":
    unittest.main()
