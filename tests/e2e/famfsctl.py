# SPDX-License-Identifier: GPL-2.0-only
"""Runs famfsctl as a person would, as a host of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

FAMFSCTL = pathlib.Path(os.environ["FAMFS_TEST_PROGRAMS"]) / "famfsctl"
MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


class Test(unittest.TestCase):
    """Has a folder and a system uuid of its own."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="famfs-test."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.be_host("one")

    def be_host(self, name):
        self.environment = dict(os.environ, FAMFS_SYSTEM_UUID_FILE=str(self.folder / f"system_uuid.{name}"))

    def be_host_of_images(self):
        """The one that media_image.py writes into its superblocks."""
        self.be_host("images")
        (self.folder / "system_uuid.images").write_text("20212223-2425-2627-2829-2a2b2c2d2e2f\n")

    def run_raw(self, *words):
        return subprocess.run([FAMFSCTL, *map(str, words)], cwd=self.folder, env=self.environment, text=True,
                              errors="surrogateescape", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300, check=False)

    def ctl(self, *words):
        """Output of a command that must succeed without a word of complaint."""
        done = self.run_raw(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"famfsctl {words}")
        return done.stdout

    def ctl_json(self, *words):
        return json.loads(self.ctl(*words))

    def refused(self, status, *words):
        """What a command says that must end with this exit status."""
        done = self.run_raw(*words)
        self.assertEqual(done.returncode, status, f"famfsctl {words}: {done.stdout}{done.stderr}")
        self.assertNotEqual(done.stderr, "", f"famfsctl {words} failed without a word")
        return done.stderr

    def blank(self, name, size=4 * GIBIBYTE):
        path = self.folder / name
        with open(path, "wb") as file:
            file.truncate(size)
        return path

    def file_system(self, name="pool.img", *secondaries):
        path = self.blank(name)
        self.ctl("mkfs", path, *secondaries)
        return path

    def paths(self, device, *words):
        """All that is listed, but for .meta."""
        return [node["path"] for node in self.ctl_json("ls", "--json", device, *words)
                if not node["path"].startswith(".meta")]

    def allocated(self, path):
        return path.stat().st_blocks * 512
