# SPDX-License-Identifier: GPL-2.0-only
"""How a mount begins and ends: in order, by signal, by umount, not at all. Runs with either data path."""

import contextlib
import errno
import mmap
import os
import signal
import subprocess
import sys
import unittest

import media_image as media
import served

CONTENT = bytes(range(256)) * 64


def sample(path, size=media.DEVICE_SIZE):
    image = media.Image(path, [media.simple_file(b"file", len(CONTENT), [(0, media.DATA_START, media.UNIT)])], size)
    image.write(media.DATA_START, CONTENT)
    return image.path


@contextlib.contextmanager
def bind_mount(path, *flags):
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        for flag in flags:
            subprocess.run(["mount", flag, path], check=True)
        yield
    finally:
        subprocess.run(["umount", path], check=True)


class Life(served.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = served.place(sample(cls.shared / "life.img"))

    def run_daemon(self, *words):
        return subprocess.run([served.DAEMON, *words], check=False, capture_output=True, text=True, timeout=served.PATIENCE)

    def test_end_by_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            mount = self.mount(self.device)
            self.assertEqual((mount.path / "file").read_bytes(), CONTENT)
            os.kill(mount.pid, number)
            mount.wait_for_end()
            self.assert_nothing_left(self.device)
            self.assertEqual(os.listdir(mount.path), [])

    def test_end_by_umount(self):
        for _ in range(3):
            mount = self.mount(self.device)
            mount.umount()
            self.assert_nothing_left(self.device)

    def test_mounted_again_at_once(self):
        """The former daemon may still be on its way out."""
        for _ in range(4):
            mount = self.mount(self.device)
            subprocess.run(["umount", mount.path], check=True)

    def test_busy_umount_is_refused_and_harmless(self):
        with self.mount(self.device) as mount, open(mount.path / "file", "rb") as file:
            self.assertNotEqual(subprocess.run(["umount", mount.path], check=False, stderr=subprocess.DEVNULL).returncode, 0)
            self.assertEqual(file.read(), CONTENT)

    def test_lazy_umount_serves_to_the_end(self):
        mount = self.mount(self.device)
        with open(mount.path / "file", "rb") as file:
            subprocess.run(["umount", "-l", mount.path], check=True)
            self.assertEqual(file.read(), CONTENT)
            self.assertTrue(served.alive(mount.pid))
        mount.wait_for_end()

    def test_mapping_outlives_the_name(self):
        mount = self.mount(self.device)
        with open(mount.path / "file", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
            subprocess.run(["umount", "-l", mount.path], check=True)
            self.assertTrue(memory[:] == CONTENT)
        mount.wait_for_end()

    def test_signal_while_busy(self):
        mount = self.mount(self.device)
        with open(mount.path / "file", "rb", buffering=0) as file:
            os.kill(mount.pid, signal.SIGTERM)
            mount.wait_for_end()
            self.assertNotIn(self.device, served.mounts())
            with self.assertRaises(OSError):
                os.pread(file.fileno(), 100, 0)

    def test_foreground(self):
        with subprocess.Popen([served.DAEMON, *served.options("-f"), self.device, self.mountpoint],
                              stderr=subprocess.PIPE, text=True) as daemon:
            served.wait_until(lambda: self.mountpoint.is_mount() or daemon.poll() is not None, "the mount appears")
            self.assertEqual((self.mountpoint / "file").read_bytes(), CONTENT)
            daemon.terminate()
            said = daemon.communicate(timeout=served.PATIENCE)[1]
        self.assertEqual(daemon.returncode, 0, said)
        self.assertIn("unmounted", said)

    def test_moved_mount(self):
        mount = self.mount(self.device)
        other = self.folder / "other"
        other.mkdir()
        subprocess.run(["mount", "--move", mount.path, other], check=True)
        self.assertEqual((other / "file").read_bytes(), CONTENT)
        os.kill(mount.pid, signal.SIGTERM)
        mount.wait_for_end()
        self.assertFalse(other.is_mount())

    def test_somebody_else_on_top(self):
        """A mount that is not ours stays, whatever lies below."""
        mount = self.mount(self.device)
        subprocess.run(["mount", "-t", "tmpfs", "on-top", mount.path], check=True)
        os.kill(mount.pid, signal.SIGTERM)
        mount.wait_for_end()
        self.assertIn("on-top", (served.pathlib.Path("/proc/self/mounts")).read_text())
        subprocess.run(["umount", mount.path], check=True)
        subprocess.run(["umount", mount.path], check=True)

    def test_mounts_below_shared_and_private_trees(self):
        for flag in ("--make-shared", "--make-private"):
            with bind_mount(self.folder, flag), self.mount(self.device) as mount:
                self.assertEqual((mount.path / "file").read_bytes(), CONTENT)

    def test_device_in_use(self):
        with self.mount(self.device):
            other = self.folder / "other"
            other.mkdir()
            code, said = served.refused(self.device, other)
            self.assertEqual(code, 1)
            self.assertIn(str(self.mountpoint), said)

    def test_killed_daemon(self):
        """What a person sees, and how to go on."""
        mount = self.mount(self.device)
        os.kill(mount.pid, signal.SIGKILL)
        mount.wait_for_end()
        code, said = served.refused(self.device, self.mountpoint)
        self.assertEqual(code, 1)
        self.assertIn("umount", said)
        subprocess.run(["umount", mount.path], check=True)
        with self.mount(self.device) as again:
            self.assertEqual((again.path / "file").read_bytes(), CONTENT)

    def test_wrong_command_lines(self):
        for words in ((), ("only-one",), ("--maps=tree", "a", "b"), ("--data-path=both", "a", "b"), ("--nonsense", "a", "b")):
            done = self.run_daemon(*words)
            self.assertEqual(done.returncode, 64, words)
            self.assertIn("--help", done.stderr)
        self.assertEqual(self.run_daemon("--help").returncode, 0)
        self.assertRegex(self.run_daemon("--version").stdout, r"^\d+\.\d+\.\d+\n$")

    def test_wrong_paths(self):
        plain = self.folder / "plain"
        plain.write_bytes(b"no famfs, and no directory")
        for device, mountpoint, word in ((self.device, self.folder / "nothing", "nothing"), (self.device, plain, "ENOTDIR"),
                                         (self.folder / "nothing", self.mountpoint, "nothing"), ("/dev/null", self.mountpoint, "dax"),
                                         (self.folder, self.mountpoint, "dax")):
            code, said = served.refused(device, mountpoint)
            self.assertEqual(code, 1)
            self.assertIn(word, said)
            self.assertFalse(self.mountpoint.is_mount())


# Image files: what a dax device has no counterpart for.
if not served.DEVICE:
    class Images(served.Test):
        def test_two_mounts_at_once(self):
            mounts = []
            for name in ("one", "two"):
                (self.folder / name).mkdir()
                image = sample(self.folder / f"{name}.img")
                self.used.append(image)
                mounts.append(served.Mount(image, self.folder / name))
            for mount in mounts:
                self.assertEqual((mount.path / "file").read_bytes(), CONTENT)
            mounts[0].umount()
            self.assertEqual((mounts[1].path / "file").read_bytes(), CONTENT)
            mounts[1].umount()

        def test_bpf_is_refused(self):
            image = sample(self.folder / "life.img")
            code, said = served.refused(image, self.mountpoint, "--data-path=bpf")
            self.assertEqual(code, 1)
            self.assertIn("image file", said)

        def test_auto_says_why(self):
            image = sample(self.folder / "life.img")
            with self.mount(image, "--data-path=auto") as mount:
                self.assertIn("data path: daemon", mount.messages)
                self.assertEqual(mount.status()["data_path"], "daemon")
                self.assertIsNone(mount.status()["maps"])
                room = mount.status()["map"]
                self.assertGreaterEqual(room["files"], mount.status()["files"])  # and what .meta has
                self.assertLess(room["files"], room["most_files"])
                self.assertTrue(0 < room["bytes"] <= room["most_bytes"], room)

        def test_image_that_cannot_be_written(self):
            image = sample(self.folder / "life.img")
            with bind_mount(self.folder, "-oremount,bind,ro"):
                code, said = served.refused(image, "/mnt")
                self.assertEqual(code, 1)
                self.assertIn("--read-only", said)

        def test_block_device(self):
            image = sample(self.folder / "life.img")
            device = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True,
                                    text=True).stdout.strip()
            try:
                with self.mount(device) as mount:
                    self.assertEqual((mount.path / "file").read_bytes(), CONTENT)
                    with open(mount.path / "file", "r+b", buffering=0) as file:
                        file.write(b"changed")
                        os.fsync(file.fileno())
                with self.mount(device) as mount:
                    self.assertEqual((mount.path / "file").read_bytes(), b"changed" + CONTENT[7:])
            finally:
                subprocess.run(["losetup", "--detach", device], check=True)

        def test_ordinary_user(self):
            """With fusermount3, on a /dev/fuse that is open to everybody, as udev makes it."""
            image = sample(self.folder / "life.img")
            self.used.append(image)
            for path in (image, self.mountpoint):
                os.chown(path, 1000, 1000)
            script = """
                set -eu
                mknod -m 666 "$1/fuse" c 10 229
                mount --bind "$1/fuse" /dev/fuse
                user="setpriv --reuid=1000 --regid=1000 --clear-groups"
                $user "$2" --data-path=daemon "$1/life.img" "$1/mnt"
                $user cat "$1/mnt/file" >"$1/read"
                if cat "$1/mnt/file" 2>/dev/null; then echo "root may look into it" >&2; exit 1; fi
                $user fusermount3 -u "$1/mnt"
                $user "$2" --data-path=daemon "$1/life.img" "$1/mnt"
                $user sh -c 'grep -o "\\"pid\\": [0-9]*" "$0" | grep -o "[0-9]*" | xargs kill' "$1/mnt/.meta/.status"
                for i in $(seq 600); do
                    grep -q " $1/mnt " /proc/self/mounts || exit 0
                    sleep 0.1
                done
                echo "still mounted" >&2
                exit 1
            """
            done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", self.folder, served.DAEMON], check=False,
                                  capture_output=True, text=True, timeout=2 * served.PATIENCE)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.folder / "read").read_bytes(), CONTENT)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
