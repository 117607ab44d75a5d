# SPDX-License-Identifier: GPL-2.0-only
"""The figures that count-faults printed, by case, resolver and number of files."""

import json
from dataclasses import dataclass

# In the order of the tables. The others are steps: parts of a fault that nobody would use by themselves.
RESOLVERS = ("native", "stride", "arena", "rhash", "hash", "device_dax", "ext4_dax")
STEPS = ("ready", "stored", "constant", "counted")
# What was counted to see how many faults there are, not what one costs.
WHOLE = "-whole"


@dataclass
class Figures:
    lines: list

    def find(self, case, resolver, files=1):
        for line in self.lines:
            if (line["case"], line["resolver"], line["files"]) == (case, resolver, files):
                return line
        return None

    def instructions(self, case, resolver, files=1):
        line = self.find(case, resolver, files)
        return line and line["instructions"]

    def ratio(self, case, resolver, files=1):
        """To the native resolver: same case, same kernel, same run."""
        mine, native = (self.instructions(case, name, files) for name in (resolver, "native"))
        return mine / native if mine and native else None

    def resolvers(self, case, files=1):
        return [name for name in RESOLVERS if self.find(case, name, files)]

    def whole(self):
        return [line for line in self.lines if line["case"].endswith(WHOLE)]

    def costs(self, resolvers):
        """The records of results/fault-cost.json and results/fault-steps.json."""
        return [{key: line[key] for key in ("case", "resolver", "files", "instructions")} for line in self.lines
                if line["resolver"] in resolvers and line not in self.whole()]


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_records(path, records):
    path.write_text("[\n" + ",\n".join("  " + json.dumps(record) for record in records) + "\n]\n")
