#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""From what fio wrote to results/read-write.json and the tables of docs/read-write.md. Called by vmtest/bench/read-write."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

# pylint: disable=wrong-import-position
import fio
import tables
from figures import Figures, write_records
from page import print_tables, replace_tables

EXPECTED = {"native.mmap", "native.sync", "arena.mmap", "arena.sync", "rhash.mmap", "rhash.sync", "device_dax.dev-dax",
            "ext4_dax.mmap", "ext4_dax.sync"}


def over_native(figures, case, resolver):
    more = figures.instructions(case, resolver) - figures.instructions(case, "native")
    return f"{figures.ratio(case, resolver):.3f} ({round(more, 1):+,})"


def summary(figures):
    cases = {"sync-4k-random-read": "read(2)", "sync-read": "read(2), without the copying",
             "sync-4k-random-write": "write(2)", "sync-write": "write(2), without the copying",
             "mmap-4k-random-read": "mmap, load", "mmap-4k-random-write": "mmap, store",
             "mmap-4k-random-read-fault": "mmap, load that is the first in 2 MiB"}
    rows = [[words, f"{figures.instructions(case, 'native'):,}",
             *(over_native(figures, case, name) for name in ("arena", "rhash"))] for case, words in cases.items()]
    return tables.table(["4 KiB, random", "native C, instructions", "BPF arena", "BPF rhash"], rows)


def of_jobs(figures, case):
    names = [job.name for job in fio.JOBS]
    return tables.by_case(figures, [case.format(name) for name in names], [f"`{name}`" for name in names])


def main(raw, results, docs):
    missing = EXPECTED - {path.stem for path in raw.glob("*.json")}
    if missing:
        raise SystemExit(f"{raw} lacks {', '.join(sorted(missing))}")
    figures = Figures(fio.read_lines(raw))
    write_records(results / "read-write.json", figures.lines)
    blocks = {
        "summary": summary(figures), "sync": of_jobs(figures, "sync-{}"),
        "copying": tables.by_case(figures, ("sync-read", "sync-write"), ("read(2)", "write(2)")),
        "mmap": of_jobs(figures, "mmap-{}-hit"), "faults": of_jobs(figures, "mmap-{}-fault"),
    }
    replace_tables(docs / "read-write.md", blocks)
    print_tables(blocks)


main(*map(Path, sys.argv[1:]))
