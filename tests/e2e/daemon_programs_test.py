# SPDX-License-Identifier: GPL-2.0-only
"""Ordinary programs work on an unpublished tree as on any other file system. Runs with either data path."""

import os
import pathlib
import subprocess
import unittest
import zipfile

import publishing
import served

EMACS_SAVE = pathlib.Path(__file__).resolve().parent / "emacs_save.py"


def times_of(top):
    """Of files: rsync(1) leaves a directory's time alone within the same second."""
    return {path: os.stat(os.path.join(top, path)).st_mtime_ns for path in served.files_of(top)}


class Programs(publishing.Test):
    def check_program(self, script, *arguments, times=False):
        """The same commands here and elsewhere: the result is the same before and after publication, after a remount, and on
        a host that has seen nothing before. @times: until the remount, those of files, too."""
        with self.mount(self.device, "--publish=manual") as mount:
            for top in (self.plain, mount.path):
                done = subprocess.run(["sh", "-euc", script, "sh", self.source, *arguments], cwd=top, text=True,
                                      capture_output=True, check=False,
                                      env={**os.environ, "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"})
                self.assertEqual(done.returncode, 0, f"{script} in {top}: {done.stdout}{done.stderr}")
            expected = publishing.tree_of(self.plain)
            self.assertTrue(expected)
            self.assertEqual(publishing.tree_of(mount.path), expected)
            self.assertEqual(self.logged(mount), set(), "nothing is published yet")
            empty = {path for path, what in expected.items() if what[1] == 0}
            self.ctl("publish", str(mount.path), code=1 if empty else 0)
            self.assertEqual(self.logged(mount), set(expected) - empty)
            self.assertEqual(publishing.tree_of(mount.path), expected)
            if times:
                self.assertEqual(times_of(mount.path), times_of(self.plain))
        self.ctl("fsck", self.device)
        kept = {path: what for path, what in expected.items() if path not in empty}
        for host in publishing.MASTER, publishing.OTHER:
            self.be_host(host)
            with self.mount(self.device) as mount:
                self.assertEqual(publishing.tree_of(mount.path), kept)

    def test_tar(self):
        self.check_program('mkdir t; tar -C "$1" -cf - . | tar -C t -xpf -', times=True)

    def test_cp_and_mv(self):
        self.check_program('cp -a "$1" a; mv a/deep/er a/moved; mv a b; cp -a "$1/file3" b/file3; mv b/file3 b/file6')

    def test_rsync(self):
        self.check_program("""
            rsync -a "$1/" a; rsync -a --inplace "$1/" b; rsync -a --delete "$1/deep/" a
            cp -a b c; echo more >> c/file3; truncate -s 100 c/file6; truncate -s 1M c/deep/er/file7
            rsync -a --inplace --no-whole-file "$1/" c""", times=True)

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

    def test_emacs(self):
        """It is large, so a program makes its system calls: those of a save that keeps the file before it as a backup."""
        self.check_program("""
            cp "$1/deep/er/file29" text; printf 'one\\n' > text; chmod 751 text
            python3 -B "$2" text two; test "$(cat text~)" = one""", EMACS_SAVE)

    def test_pip(self):
        """A package that is made here, so that no network is needed."""
        wheel = self.folder / "greeting-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("greeting/__init__.py", "def greet():\n    print('hello from a wheel')\n")
            archive.writestr("greeting/data/large", os.urandom(300000))
            archive.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
            archive.writestr("greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr("greeting-1.0.dist-info/entry_points.txt", "[console_scripts]\ngreet = greeting:greet\n")
            archive.writestr("greeting-1.0.dist-info/RECORD", "")
        self.check_program("""
            python3 -m pip --isolated --disable-pip-version-check install -q --no-index --no-compile --root-user-action=ignore \\
                --target t "$2"
            test "$(PYTHONPATH=t python3 -B t/bin/greet)" = 'hello from a wheel'""", wheel)

    def test_sqlite(self):
        """With a rollback journal: a file that comes, is written and synced, and goes."""
        self.check_program("""
            for i in 1 2 3; do # opened, grown and closed again
                python3 -c 'import sqlite3
base = sqlite3.connect("base.db")
base.execute("PRAGMA journal_mode=DELETE")
base.execute("CREATE TABLE IF NOT EXISTS t(a, b)")
for number in range(200):
    base.execute("INSERT INTO t VALUES(?, ?)", (number, "x" * 500))
base.commit()
assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)'
            done; python3 -c 'import sqlite3
assert sqlite3.connect("base.db").execute("SELECT count(*) FROM t").fetchone() == (600,)'""")


if __name__ == "__main__":
    unittest.main(verbosity=2)
