# SPDX-License-Identifier: GPL-2.0-only
"""Several threads of random calls on few names of a mount: nothing crashes, no file shows bytes of another, and what is there
at the end is there after a remount. Runs with either data path, and with whatever sanitizer the programs have in them."""

import os
import subprocess
import unittest

import media_image as media
import served

SECONDS = 10  # each of the three tests
FAMFSCTL = served.PROGRAMS / "famfsctl"


def kept(top):
    """What the log can hold."""
    return {path: what for path, what in served.files_of(top).items() if what[1]}


class Storm(served.Test):
    def setUp(self):
        super().setUp()
        uuid = self.folder / "system_uuid"
        uuid.write_text("20212223-2425-2627-2829-2a2b2c2d2e2f\n")  # as media_image.py has it
        reports = self.folder / "report"
        self.set_environment("FAMFS_SYSTEM_UUID_FILE", str(uuid))
        for options in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            self.set_environment(options, f"log_path={reports}")
        self.device = served.place(media.Image(self.folder / "storm.img", []).path)

    def set_environment(self, name, value):
        os.environ[name] = value
        self.addCleanup(os.environ.pop, name)

    def assert_no_report(self):
        for report in self.folder.glob("report.*"):
            self.fail(report.read_text(errors="replace")[:8000])

    def storm(self, seed, *options):
        with self.mount(self.device, *options) as mount:
            top = mount.path / "s"
            top.mkdir()
            done = subprocess.run([served.PROGRAMS / "famfs-storm", top, str(SECONDS), str(seed)], text=True,
                                  capture_output=True, check=False)
            self.assert_no_report()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("truncate", done.stdout)
            before = kept(top)
        self.assert_no_report()
        checked = subprocess.run([FAMFSCTL, "fsck", self.device], text=True, capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        with self.mount(self.device) as mount:
            self.assertEqual(kept(mount.path / "s"), before)
        self.assertTrue(before)
        self.assert_no_report()

    def test_published_at_close(self):
        self.storm(1)

    def test_published_when_quiet(self):
        self.storm(2, "--publish=after=50ms")

    def test_published_at_the_end(self):
        self.storm(3, "--publish=manual")


if __name__ == "__main__":
    unittest.main(verbosity=2)
