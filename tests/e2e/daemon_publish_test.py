# SPDX-License-Identifier: GPL-2.0-only
"""Trees that are private until they are published: everything works on them, other hosts see all of them or nothing. Runs with
either data path."""

import ctypes
import errno
import json
import mmap
import os
import socket
import stat
import struct
import subprocess
import tempfile
import unittest

import media_image as media
import publishing
import served


class Publishing(publishing.Test):
    def test_times(self):
        """What was set stays, and each change of content or name is one."""
        def touched(path, action, *arguments):
            os.utime(path, (10**9, 10**9))
            self.assertEqual(path.stat().st_mtime, 10**9)
            action(*arguments)
            return path.stat().st_mtime != 10**9

        with self.mount(self.device, "--publish=manual") as mount:
            path, folder = mount.path / "d/f", mount.path / "d"
            folder.mkdir()
            path.write_bytes(b"x" * 100)
            self.assertTrue(touched(path, os.truncate, path, 50))
            self.assertTrue(touched(path, path.write_bytes, b""))
            self.assertTrue(touched(path, path.write_bytes, b"y"))
            self.assertFalse(touched(path, path.read_bytes))
            self.assertFalse(touched(path, os.chmod, path, 0o600))
            self.assertTrue(touched(folder, (folder / "other").touch))
            self.assertTrue(touched(folder, os.rename, folder / "other", mount.path / "moved"))
            self.assertFalse(touched(folder, path.write_bytes, b"z" * 5000))

    def test_what_a_famfs_has_not(self):
        """Each errno is one that programs know a way round (docs/posix.md)."""
        libc = ctypes.CDLL(None, use_errno=True)

        def call(name, *arguments):
            if getattr(libc, name)(*arguments) < 0:
                raise OSError(ctypes.get_errno(), name)

        with self.mount(self.device, "--publish=manual") as mount:
            top, file = mount.path, mount.path / "f"
            file.write_bytes(b"x" * 5000)
            (top / "d").mkdir()
            self.assert_errno(errno.EPERM, os.link, file, top / "l")
            self.assert_errno(errno.EPERM, os.symlink, "f", top / "l")
            self.assert_errno(errno.EPERM, os.mkfifo, top / "l")
            self.assert_errno(errno.EPERM, os.mknod, top / "l", stat.S_IFCHR | 0o600, os.makedev(1, 3))
            with socket.socket(socket.AF_UNIX) as one:
                self.assert_errno(errno.EPERM, one.bind, str(top / "l"))
            access_list = struct.pack("<I" + 3 * "HHI", 2, *(1, 6, 2**32 - 1), *(4, 4, 2**32 - 1), *(32, 0, 2**32 - 1))
            for name, value in ("user.x", b"x"), ("trusted.x", b"x"), ("system.posix_acl_access", access_list):
                self.assert_errno(errno.EOPNOTSUPP, os.setxattr, file, name, value)
            self.assert_errno(errno.EOPNOTSUPP, os.open, top, os.O_TMPFILE | os.O_RDWR)
            exchange = 2
            self.assert_errno(errno.EINVAL, call, "renameat2", -100, os.fsencode(file), -100, os.fsencode(top / "d"), exchange)
            with open(file, "r+b", buffering=0) as opened:
                punch_hole = 3
                self.assert_errno(errno.EOPNOTSUPP, call, "fallocate", opened.fileno(), punch_hole, ctypes.c_long(0),
                                  ctypes.c_long(4096))
            self.assertEqual(sorted(os.listdir(top)), [".meta", "d", "f"])

    def test_limits(self):
        with self.mount(self.device, "--publish=manual") as mount:
            top, longest = mount.path, mount.path / ("n" * os.statvfs(mount.path).f_namemax)
            longest.write_bytes(b"x")
            too_long = top / (longest.name + "n")
            for action in (os.stat, os.unlink, os.rmdir, os.mkdir):
                self.assert_errno(errno.ENAMETOOLONG, action, too_long)
            self.assert_errno(errno.ENAMETOOLONG, os.chmod, too_long, 0o600)
            self.assert_errno(errno.ENAMETOOLONG, os.truncate, too_long, 5)
            self.assert_errno(errno.ENAMETOOLONG, os.rename, longest, too_long)
            self.assert_errno(errno.ENAMETOOLONG, os.rename, too_long, longest)
            (top / "d").mkdir()
            self.assert_errno(errno.ENOENT, os.stat, top / "d" / longest.name)
            self.assert_errno(errno.ENAMETOOLONG, os.rename, longest, top / "d" / longest.name)
            # No removing of other files makes room for it.
            self.assert_errno(errno.EFBIG, os.truncate, longest, 10**15)
            with open(longest, "r+b", buffering=0) as file:
                self.assert_errno(errno.EFBIG, os.pwrite, file.fileno(), b"x", 10**15)
                self.assert_errno(errno.EFBIG, os.posix_fallocate, file.fileno(), 0, 10**15)
            self.assertEqual(longest.read_bytes(), b"x")

    def test_truncated_while_pages_are_written_back(self):
        """What programs have stored through mmap is on its way to the server when the file is cut: it stays cut."""
        libc = ctypes.CDLL(None, use_errno=True)
        write = 2  # SYNC_FILE_RANGE_WRITE: begin, and do not wait
        with self.mount(self.device, "--publish=manual") as mount:
            path, data = mount.path / "f", b"x" * media.MEBIBYTE
            for _ in range(200):
                with open(path, "w+b", buffering=0) as file:
                    file.write(data)
                    with mmap.mmap(file.fileno(), 0) as memory:
                        memory[:] = data
                        libc.sync_file_range(file.fileno(), ctypes.c_long(0), ctypes.c_long(len(data)), write)
                        os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))
                        self.assertEqual(path.stat().st_size, 0)
                unpublished = json.loads((mount.path / ".meta/.unpublished").read_text())
                self.assertEqual([entry["size"] for entry in unpublished], [0])

    def test_nobody_else_sees_it_before(self):
        with self.mount(self.device, "--publish=manual") as mount:
            subprocess.run(["cp", "-a", self.source, mount.path / "a"], check=True)
            subprocess.run(["cp", "-a", self.source, mount.path / "b"], check=True)
            status = mount.status()["unpublished"]
            self.assertEqual((status["files"], status["directories"]), (60, 6))
            self.assertGreater(status["space"], status["bytes"])
            self.ctl("publish", str(mount.path), "b/deep", code=0)
            self.assertEqual({path.split("/")[0] for path in self.logged(mount)}, {"b"})
            self.assert_errno(errno.EPERM, os.rename, mount.path / "b/deep", mount.path / "c")
            self.assert_errno(errno.EPERM, os.unlink, mount.path / "b/deep/er/file4")
            os.rename(mount.path / "b/file3", mount.path / "a/deep/renamed")
            os.unlink(mount.path / "b/file6")
            descriptor = os.open(mount.path / "a", os.O_RDONLY)
            os.fsync(descriptor)  # the directory, and what is directly in it
            os.close(descriptor)
            self.assertIn("a/file3", self.logged(mount))
            self.assertIn("a/deep", self.logged(mount))
            self.assertNotIn("a/deep/renamed", self.logged(mount))

    def test_open_and_empty_files_stay(self):
        with self.mount(self.device, "--publish=manual") as mount:
            (mount.path / "empty").touch()
            with open(mount.path / "open", "w", encoding="ascii") as file:
                file.write("x")
                file.flush()
                said = self.ctl("publish", str(mount.path), code=1)
                self.assertIn('"open" stays unpublished', said)
                self.assertIn('"empty" stays unpublished', said)
                file.write("y" * 5000)
            self.assertEqual((mount.path / "open").stat().st_size, 5001)
        with self.mount(self.device) as mount:
            self.assertEqual(os.listdir(mount.path), [".meta", "open"])

    def test_sync_publishes_where_the_kernel_tells_us(self):
        """A stock kernel keeps syncfs(2) to itself."""
        with self.mount(self.device, "--publish=manual") as mount:
            (mount.path / "d").mkdir()
            (mount.path / "d/file").write_text("x")
            subprocess.run(["sync", "-f", mount.path], check=True)
            self.assertEqual(self.logged(mount), {"d", "d/file"} if served.DATA_PATH == "bpf" else set())
            with open(mount.path / "open", "w", encoding="ascii") as file:
                file.write("x")
                file.flush()
                subprocess.run(["sync"], check=True)
                self.assertNotIn("open", self.logged(mount))
            with open(mount.path / "d/file", "r+", encoding="ascii") as file:  # published, and written to again
                file.write("y")
            subprocess.run(["sync", "-f", mount.path], check=True)
        with self.mount(self.device) as mount:
            self.assertEqual((mount.path / "d/file").read_text(), "y")

    def test_discarded(self):
        with self.mount(self.device, "--publish=manual", "--unpublished=discard") as mount:
            (mount.path / "kept").write_text("k")
            self.ctl("publish", str(mount.path))
            (mount.path / "lost").write_text("l")
        with self.mount(self.device) as mount:
            self.assertEqual(sorted(os.listdir(mount.path)), [".meta", "kept"])

    def test_after_a_while(self):
        with self.mount(self.device, "--publish=after=200ms") as mount:
            os.mkdir(mount.path / "d")
            with tempfile.NamedTemporaryFile(dir=mount.path / "d", delete=False) as file:
                file.write(b"x" * 100)
            os.rename(file.name, mount.path / "d/name")
            served.wait_until(lambda: self.logged(mount) == {"d", "d/name"}, "both are in the log")

    def test_handles_of_what_the_kernel_has_forgotten(self):
        with self.mount(self.device, "--publish=manual") as mount:
            (mount.path / "f").write_text("found")
            done = subprocess.run(["python3", "-c", BY_HANDLE, mount.path, "f"], text=True, capture_output=True, check=False)
            self.assertEqual(done.stdout, "found", done.stderr)

    def test_space_comes_back(self):
        with self.mount(self.device, "--publish=manual") as mount:
            free = os.statvfs(mount.path).f_bfree
            for _ in range(3):
                subprocess.run(["cp", "-a", self.source, mount.path / "a"], check=True)
                subprocess.run(["rm", "-rf", mount.path / "a"], check=True)
            served.wait_until(lambda: os.statvfs(mount.path).f_bfree == free, "the space is free again")
            self.assertEqual(mount.status()["unpublished"], {"files": 0, "directories": 0, "bytes": 0, "space": 0})


# Opens a file by its handle after the kernel has dropped it. Arguments: mountpoint, name.
BY_HANDLE = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
handle = ctypes.create_string_buffer(struct.pack("IiI", 128, 0, 0) + bytes(128))
mount = ctypes.c_int()
if libc.name_to_handle_at(-100, os.fsencode(sys.argv[1] + "/" + sys.argv[2]), handle, ctypes.byref(mount), 0):
    sys.exit("name_to_handle_at: " + os.strerror(ctypes.get_errno()))
top = os.open(sys.argv[1], os.O_RDONLY)
open("/proc/sys/vm/drop_caches", "w").write("2")
file = libc.open_by_handle_at(top, handle, os.O_RDONLY)
if file < 0:
    sys.exit("open_by_handle_at: " + os.strerror(ctypes.get_errno()))
sys.stdout.write(os.read(file, 100).decode())
"""

if __name__ == "__main__":
    unittest.main(verbosity=2)
