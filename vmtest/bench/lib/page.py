# SPDX-License-Identifier: GPL-2.0-only
"""Tables in a page of docs/."""

import re


def replace_tables(page, blocks):
    """The page has a pair of comments around each table; what is between them is ours."""
    text = page.read_text()
    for name, block in blocks.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, found = marks.subn(lambda match, block=block: f"{match[1]}{block}\n{match[2]}", text)
        if found != 1:
            raise SystemExit(f"{page.name} has {found} places for the table '{name}'")
    page.write_text(text)


def print_tables(blocks):
    for name, block in blocks.items():
        print(f"\n{name}\n{block}")
