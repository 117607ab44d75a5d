#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""From the raw figures to results/*.json, the tables of docs/fault-cost.md and its plot. Called by vmtest/bench/fault-cost."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

# pylint: disable=wrong-import-position
import plot
import tables
from figures import RESOLVERS, STEPS, Figures, read_lines, write_records
from page import print_tables, replace_tables


def main(raw, results, docs):
    figures = Figures(read_lines(raw / "faults.jsonl"))
    programs = read_lines(raw / "verifier.jsonl")
    write_records(results / "fault-cost.json", figures.costs(RESOLVERS))
    write_records(results / "fault-steps.json", figures.costs(STEPS))
    write_records(results / "verifier.json", programs)
    blocks = {
        "summary": tables.summary(figures), "whole faults": tables.whole_faults(figures),
        "first faults": tables.first_faults(figures), "breakdown": tables.breakdown(figures),
        "other programs": tables.other_programs(figures), "look-ups": tables.look_ups(figures),
        "shapes": tables.shapes(figures), "huge pages": tables.huge_pages(figures), "verifier": tables.verifier(programs),
    }
    replace_tables(docs / "fault-cost.md", blocks)
    (docs / "images").mkdir(exist_ok=True)
    (docs / "images/fault-cost.svg").write_text(plot.draw(figures))
    print_tables(blocks)


main(*map(Path, sys.argv[1:]))
