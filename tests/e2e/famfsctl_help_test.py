# SPDX-License-Identifier: GPL-2.0-only
"""The help of every command, and every example in it: they are run as they stand, with other paths."""

import os
import re
import subprocess
import unittest
import unittest.mock

import famfsctl
import served
from famfsctl import GIBIBYTE


class Help(famfsctl.Test):
    def commands(self):
        table = self.ctl("--help").partition("Subcommands:\n")[2].partition("\n\n")[0]
        return re.findall(r"^  (\w+) ", table, re.MULTILINE)

    def examples(self, command):
        """Without the remark after the last column of words."""
        text = self.ctl(command, "--help")
        return [re.split(r"  +", line.strip())[0] for line in text.splitlines() if re.match(r"  (famfsctl|truncate) ", line)]

    def test_every_command_explains_itself(self):
        self.assertEqual(len(self.commands()), 13)
        for command in self.commands():
            text = self.ctl(command, "--help")
            for part in ("Usage: famfsctl " + command, "Examples:", "Exit status:"):
                self.assertIn(part, text, command)
            self.assertNotEqual(self.examples(command), [], command)

    def test_version(self):
        self.assertRegex(self.ctl("--version"), r"^\d+\.\d+\.\d+\n$")

    def place(self, line):
        """The devices of an example, as images; two of them where it names two."""
        first = "first.img" if "/dev/dax1.0" in line else "pool.img"
        for name, path in (("/tmp/pool.img", "pool.img"), ("/dev/dax0.0", first), ("/dev/dax1.0", "second.img"),
                           ("/mnt/famfs", "mnt")):
            line = line.replace(name, str(self.folder / path))
        return line

    def run_example(self, line):
        environment = dict(self.environment, PATH=f"{famfsctl.FAMFSCTL.parent}:{os.environ['PATH']}")
        done = subprocess.run(["bash", "-o", "pipefail", "-c", self.place(line)], cwd=self.folder, env=environment,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}")

    def test_examples_work(self):
        for name in ("first.img", "second.img"):
            self.blank(name, 8 * GIBIBYTE)
        for name in ("model.bin", "big.bin", "datasets/one"):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(os.urandom(5 << 20))
        (self.folder / "mnt").mkdir()
        lines = [line for command in self.commands() for line in self.examples(command)]
        lines.sort(key=lambda line: "--kill" in line)  # the last thing to do to a file system
        for line in lines:
            if "/mnt/famfs" not in line:
                self.run_example(line)
                continue
            # As the host that made it: only that one can publish.
            with unittest.mock.patch.dict(os.environ, self.environment), \
                    served.Mount(self.folder / "pool.img", self.folder / "mnt"):
                self.run_example(line)


if __name__ == "__main__":
    unittest.main()
