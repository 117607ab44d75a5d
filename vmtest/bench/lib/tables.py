# SPDX-License-Identifier: GPL-2.0-only
"""Markdown tables of the figures."""

WORDS = {"native": "native C", "stride": "native stride", "arena": "**BPF arena**", "rhash": "**BPF rhash**",
         "hash": "BPF hash", "device_dax": "raw device_dax", "ext4_dax": "ext4 -o dax"}
MANY = (1000, 10000)


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def cell(figures, case, resolver, files=1):
    count = figures.instructions(case, resolver, files)
    if not count:
        return "–"
    ratio = figures.ratio(case, resolver, files)
    return f"{count:,}" + (f" ({ratio:.3f})" if ratio else "")


def by_case(figures, cases, heads=None):
    names = [name for name in WORDS if any(figures.find(case, name) for case in cases)]
    return table(["answered by", *(heads or (f"`{case}`" for case in cases))],
                 [[WORDS[name], *(cell(figures, case, name) for case in cases)] for name in names])


def whole_faults(figures):
    return by_case(figures, ("read-pte", "write-pte", "read-pmd", "write-pmd"))


def first_faults(figures):
    return by_case(figures, [f"first-{case}" for case in ("read-pte", "write-pte", "read-pmd", "write-pmd")])


def summary(figures):
    cases = {"read-pte": "4 KiB, read", "write-pte": "4 KiB, write", "read-pmd": "2 MiB, read",
             "first-read-pmd": "2 MiB, read, the first of this page since the inode is in memory"}
    rows = [[words, f"{figures.instructions(case, 'native'):,}",
             *(f"{figures.ratio(case, name):.3f}" for name in ("arena", "rhash", "hash"))] for case, words in cases.items()]
    return table(["fault", "native C, instructions", "BPF arena", "BPF rhash", "BPF hash"], rows)


def shapes(figures):
    return by_case(figures, ("read-pte-striped", "read-pte-16-extents", "read-pmd-striped"))


def look_ups(figures):
    return table(["answered by", *(f"{files:,} files" for files in MANY)],
                 [[WORDS[name], *(cell(figures, "read-pte", name, files) for files in MANY)]
                  for name in figures.resolvers("read-pte", MANY[0])])


def steps(figures, case):
    """[(what, instructions, how it was found)] for a fault of the arena; the parts sum up to it."""
    cost = {name: figures.instructions(case, name) for name in ("ready", "stored", "constant", "counted", "arena")}
    return [
        ("rest of the fault", cost["ready"], "ready"),
        ("checks of the answer", cost["stored"] - cost["ready"], "stored − ready"),
        ("way into a BPF program and back", cost["constant"] - cost["stored"], "constant − stored"),
        ("the program's counters", cost["counted"] - cost["constant"], "counted − constant"),
        ("look-up and arithmetic", cost["arena"] - cost["counted"], "arena − counted"),
    ]


def breakdown(figures):
    cases = ("read-pte", "read-pmd")
    parts = [steps(figures, case) for case in cases]
    rows = [[what, *(f"{part[index][1]:,}" for part in parts), how]
            for index, (what, _, how) in enumerate(parts[0])]
    rows.append(["**whole fault, BPF arena**", *(f"**{sum(count for _, count, _ in part):,}**" for part in parts), ""])
    native = [figures.instructions(case, "native") - figures.instructions(case, "stored") for case in cases]
    rows.append(["for comparison: what native C does instead of the last three", *map(str, native), "native − stored"])
    more = [figures.instructions(case, "arena") - figures.instructions(case, "native") for case in cases]
    rows.append(["**arena over native C**", *(f"**{count:+}**" for count in more), "arena − native"])
    return table(["part of a fault", *(f"`{case}`" for case in cases), "found as"], rows)


def other_programs(figures):
    names = ("arena", "rhash", "hash")
    files = (1, *MANY)
    counted = figures.instructions("read-pte", "counted")
    rows = []
    for name in names:
        row = [WORDS[name], f"{figures.instructions('read-pte', name) - counted:,}"]
        row += [f"{figures.instructions('read-pte', name, many) - figures.instructions('read-pte', 'native', many):+,}"
                for many in files]
        rows.append(row)
    return table(["program", "look-up and arithmetic", *(f"over native, {many:,} file{'s' * (many > 1)}" for many in files)],
                 rows)


def huge_pages(figures):
    rows = [[f"`{line['case'].removesuffix('-whole')}`", f"{line['touches']:,}", f"{line['touches'] * 4 >> 11:,}",
             f"{line['faults']:,}", f"{line['fallbacks']:,}"] for line in figures.whole()]
    return table(["file", "4 KiB pages touched", "2 MiB of data", "faults of the task", "fallbacks"], rows)


def verifier(lines):
    rows = [[f"`{line['object']}`", f"`{line['program']}`",
             *(f"{line[key]:,}" for key in ("processed", "states", "peak_states", "bytecode_bytes", "machine_code_bytes"))]
            for line in lines]
    return table(["object", "program", "instructions processed", "states", "most states at once", "bytes of BPF",
                  "bytes of machine code"], rows)
