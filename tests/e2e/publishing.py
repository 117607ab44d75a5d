# SPDX-License-Identifier: GPL-2.0-only
"""A device with an empty famfs, of which this machine is the master, and a tree to fill it with."""

import json
import os
import subprocess

import media_image as media
import served

FAMFSCTL = served.PROGRAMS / "famfsctl"
MASTER = "20212223-2425-2627-2829-2a2b2c2d2e2f"  # as media_image.py has it
OTHER = "30313233-3435-3637-3839-3a3b3c3d3e3f"


def tree_of(top):
    """Files, and the modes of directories."""
    found = served.files_of(top)
    for folder, folders, _ in os.walk(top):
        folders[:] = [name for name in folders if name != ".meta"]
        for name in folders:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = ("directory", oct(os.stat(path).st_mode))
    return found


class Test(served.Test):
    def setUp(self):
        super().setUp()
        self.be_host(MASTER)
        os.environ["FAMFS_SYSTEM_UUID_FILE"] = str(self.folder / "system_uuid")
        self.addCleanup(os.environ.pop, "FAMFS_SYSTEM_UUID_FILE")
        self.device = served.place(media.Image(self.folder / "empty.img", []).path)
        self.plain = self.folder / "plain"  # what another file system makes of the same commands
        self.plain.mkdir()
        self.source = self.folder / "source"
        self.make_source()

    def be_host(self, uuid):
        """To the programs that are started from now on."""
        (self.folder / "system_uuid").write_text(uuid + "\n")

    def make_source(self):
        (self.source / "deep/er").mkdir(parents=True, mode=0o750)
        for number in range(30):
            path = self.source / ("deep/er" if number % 3 else ".") / f"file{number}"
            path.write_bytes(bytes([number]) * (number * 7919))
            path.chmod(0o600 + number % 8)
            os.utime(path, (10**9 + number, 10**9 + 2 * number))

    def ctl(self, *words, code=0):
        done = subprocess.run([FAMFSCTL, *words], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def logged(self, mount):
        """What every host sees: names of the log."""
        return {entry["path"] for entry in json.loads(self.ctl("ls", "--json", str(mount.path)))
                if entry.get("published", True) and not entry["path"].startswith(".meta")}
