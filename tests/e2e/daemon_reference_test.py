# SPDX-License-Identifier: GPL-2.0-only
"""Images that famfs's own tools wrote: every name, attribute and byte, by read(2) and by mmap."""

import hashlib
import json
import mmap
import os
import pathlib
import stat
import unittest

import served

WINDOW = 4 << 20


def by_read(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(WINDOW):
            digest.update(block)
    return digest.hexdigest()


def by_mmap(path):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        return hashlib.sha256(memory).hexdigest()


class ReferenceImages(served.Test):
    def setUp(self):
        super().setUp()
        # Without the images this is a failure, not a skip.
        self.images = pathlib.Path(os.environ["FAMFS_REFERENCE_IMAGES"])

    def listed(self, name):
        image = json.loads((self.images / f"{name}.json").read_text())
        return image, [entry for entry in image["entries"] if entry["type"] in (0, 1)]

    def found(self, top):
        names = set()
        for folder, folders, files in os.walk(top):
            inside = os.path.relpath(folder, top)
            names |= {os.path.normpath(os.path.join(inside, name)) for name in folders + files}
        return {name for name in names if not name.startswith(".meta")}

    def check_attributes(self, path, entry):
        status = os.lstat(path)
        kind = stat.S_IFREG if entry["type"] == 0 else stat.S_IFDIR
        self.assertEqual(status.st_mode, kind | entry["mode"], path)
        self.assertEqual((status.st_uid, status.st_gid), (entry["uid"], entry["gid"]), path)
        if entry["type"] == 0:
            self.assertEqual(status.st_size, entry["size"], path)

    def check_image(self, name):
        image, entries = self.listed(name)
        with self.mount(served.place(self.images / f"{name}.img")) as mount:
            self.assertEqual(self.found(mount.path), {entry["path"] for entry in entries})
            for entry in entries:
                self.check_attributes(mount.path / entry["path"], entry)
            files = [entry for entry in entries if entry["type"] == 0 and "sha256" in entry]
            for entry in files:
                path = mount.path / entry["path"]
                self.assertEqual(by_read(path), entry["sha256"], f"{path} by read")
                self.assertEqual(by_mmap(path), entry["sha256"], f"{path} by mmap")
            self.assertEqual(mount.status()["files"], sum(entry["type"] == 0 for entry in entries))
        if image["data"].startswith("file contents present"):
            self.assertEqual(len(files), sum(entry["type"] == 0 for entry in entries), "files without a digest")

    def test_ten_files(self):
        self.check_image("ten-files")

    def test_nested_directories(self):
        self.check_image("nested-dirs")

    def test_truncated_path(self):
        self.check_image("path80-truncated")

    def test_secondary_devices_without_files(self):
        self.check_image("add-daxdev")

    def test_empty(self):
        self.check_image("empty")
        self.check_image("mkfs-cli")

    # Names and sizes only: its 16 GiB are holes, and more than an emulated device.
    if not served.DEVICE:
        def test_interleaved_names(self):
            self.check_image("striped")


if __name__ == "__main__":
    unittest.main(verbosity=2)
