#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""From the raw figures to results/publish-storm.json and tables in Markdown. Called by vmtest/bench/publish-storm."""

import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

# pylint: disable=wrong-import-position
import tables
from figures import read_lines, write_records
from page import replace_tables

BACKENDS = ("arena", "rhash", "hash")


def of(lines, case, backend):
    found = [line for line in lines if (line["case"], line["backend"]) == (case, backend)]
    if not found:
        raise SystemExit(f"there is no figure of '{case}' for {backend}")
    return found


def storm_row(lines, backend):
    rounds = of(lines, "storm", backend)
    ratios = [line["faults_per_second"] / line["quiet_faults_per_second"] for line in rounds]
    low, middle, high = statistics.quantiles(ratios, n=4)
    rates = [statistics.median(line[key] for line in rounds) for key in ("quiet_faults_per_second", "faults_per_second")]
    return [tables.WORDS[backend], f"{middle:.3f}", f"{low:.3f} to {high:.3f}", *(f"{rate:,.0f}" for rate in rates),
            f"{statistics.median(line['seconds'] for line in rounds):.2f} s"]


def fill_row(lines, backend):
    empty, some, full = of(lines, "fill", backend)
    more = (full["bytes"] - empty["bytes"]) / full["files"]
    return [tables.WORDS[backend], f"{some['seconds']:.2f} s", f"{full['seconds']:.2f} s",
            f"{empty['bytes'] / 2**20:.1f} MiB", f"{more:.0f} bytes"]


def main(raw, results):
    lines = read_lines(raw / "figures.jsonl")
    write_records(results / "publish-storm.json", lines)
    replace_tables(Path(__file__).resolve().parents[2] / "docs/look-ups.md", {
        "storm": tables.table(["backend", "faults beside 100,000 publications, to quiet", "half of the rounds are in",
                               "quiet, faults/s (emulated)", "publishing, faults/s (emulated)", "100,000 files (emulated)"],
                              [storm_row(lines, backend) for backend in BACKENDS]),
        "fill": tables.table(["backend", "100,000 files (emulated)", "1,000,000 files (emulated)",
                              "memory when empty", "more per file, of 1,000,000"],
                             [fill_row(lines, backend) for backend in BACKENDS]),
    })


main(*map(Path, sys.argv[1:]))
