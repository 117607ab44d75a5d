# SPDX-License-Identifier: GPL-2.0-only
"""Trees that are private until they are published: ordinary programs work on them as on any file system, other hosts see all of
them or nothing. Runs with either data path."""

import errno
import json
import os
import sqlite3
import subprocess
import tempfile
import unittest

import media_image as media
import served

FAMFSCTL = served.PROGRAMS / "famfsctl"


def tree_of(top):
    """Files, and the modes of directories."""
    found = served.files_of(top)
    for folder, folders, _ in os.walk(top):
        folders[:] = [name for name in folders if name != ".meta"]
        for name in folders:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = ("directory", oct(os.stat(path).st_mode))
    return found


class Publishing(served.Test):
    def setUp(self):
        super().setUp()
        uuid = self.folder / "system_uuid"
        uuid.write_text("20212223-2425-2627-2829-2a2b2c2d2e2f\n")  # as media_image.py has it
        os.environ["FAMFS_SYSTEM_UUID_FILE"] = str(uuid)
        self.addCleanup(os.environ.pop, "FAMFS_SYSTEM_UUID_FILE")
        self.device = served.place(media.Image(self.folder / "empty.img", []).path)
        self.plain = self.folder / "plain"  # what another file system makes of the same commands
        self.plain.mkdir()
        self.source = self.folder / "source"
        self.make_source()

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

    def assert_errno(self, code, action, *arguments):
        with self.assertRaises(OSError) as caught:
            action(*arguments)
        self.assertEqual(errno.errorcode[caught.exception.errno], errno.errorcode[code], f"{action} {arguments}")

    def check_program(self, script, *arguments):
        """The same commands here and elsewhere; the result is the same before and after publication, and after a remount."""
        with self.mount(self.device, "--publish=manual") as mount:
            for top in (self.plain, mount.path):
                done = subprocess.run(["sh", "-euc", script, "sh", self.source, *arguments], cwd=top, text=True,
                                      capture_output=True, check=False,
                                      env={**os.environ, "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"})
                self.assertEqual(done.returncode, 0, f"{script} in {top}: {done.stdout}{done.stderr}")
            expected = tree_of(self.plain)
            self.assertTrue(expected)
            self.assertEqual(tree_of(mount.path), expected)
            self.assertEqual(self.logged(mount), set(), "nothing is published yet")
            empty = {path for path, what in expected.items() if what[1] == 0}
            self.ctl("publish", str(mount.path), code=1 if empty else 0)
            self.assertEqual(self.logged(mount), set(expected) - empty)
            self.assertEqual(tree_of(mount.path), expected)
        self.ctl("fsck", self.device)
        with self.mount(self.device) as mount:
            self.assertEqual(tree_of(mount.path), {path: what for path, what in expected.items() if path not in empty})

    def test_tar(self):
        self.check_program('mkdir t; tar -C "$1" -cf - . | tar -C t -xpf -')

    def test_cp_and_mv(self):
        self.check_program('cp -a "$1" a; mv a/deep/er a/moved; mv a b; cp -a "$1/file3" b/file3; mv b/file3 b/file6')

    def test_rsync(self):
        self.check_program('rsync -a "$1/" a; rsync -a --inplace "$1/" b; rsync -a --delete "$1/deep/" a')

    def test_git(self):
        self.check_program("""
            if [ ! -d "$1/.git" ]; then
                git -C "$1" init -q
                git -C "$1" -c user.name=t -c user.email=t@t add .
                git -C "$1" -c user.name=t -c user.email=t@t commit -qm one
            fi
            git clone -q "file://$1" g; git -C g fsck --strict; git -C g status --short
            rm -rf g/.git/logs g/.git/index g/.git/config # which says that there are no symbolic links""")

    def test_install_sed_editor(self):
        self.check_program("""
            install -m 751 "$1/deep/er/file29" installed
            printf 'one\\ntwo\\n' > text; sed -i s/one/three/ text
            vim.tiny -N -u NONE -es -c '%s/three/four/' -c wq text
            cp text text~; printf 'new\\n' > .#text; mv .#text text""")

    def test_compile(self):
        self.check_program("""
            printf 'int f(void);int main(void){return f();}\\n' > main.c; printf 'int f(void){return 0;}\\n' > f.c
            printf 'all: main.o f.o\\n\\tcc -o prog main.o f.o\\n%%.o: %%.c\\n\\tcc -g0 -c $<\\n' > Makefile
            make -s; ./prog; touch f.c; make -s; rm main.o f.o""")

    def test_python(self):
        self.check_program("""
            mkdir -p v/lib64 # else it makes a link
            python3 -m venv --copies --without-pip v; v/bin/python3 -c 'print(1)'
            python3 -c 'import os,tempfile
f = tempfile.NamedTemporaryFile("w", dir=".", delete=False); f.write("x" * 9999); f.flush(); os.fsync(f.fileno()); f.close()
os.chmod(f.name, 0o644); os.replace(f.name, "replaced")'
            rm v/pyvenv.cfg v/bin/[aA]ctivate*; find . -name __pycache__ -prune -exec rm -rf {} +""")

    def test_sqlite(self):
        with self.mount(self.device, "--publish=manual") as mount:
            for _ in range(3):  # opened, grown and closed again
                base = sqlite3.connect(mount.path / "base.db")
                base.execute("PRAGMA journal_mode=DELETE")
                base.execute("CREATE TABLE IF NOT EXISTS t(a, b)")
                for number in range(200):
                    base.execute("INSERT INTO t VALUES(?, ?)", (number, "x" * 500))
                base.commit()
                base.close()
            base = sqlite3.connect(mount.path / "base.db")
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(base.execute("SELECT count(*) FROM t").fetchone(), (600,))
            base.close()
            self.ctl("publish", str(mount.path))
            self.assertEqual(self.logged(mount), {"base.db"})

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
