# SPDX-License-Identifier: GPL-2.0-only
"""The plot: a bar a resolver, a group a kind of fault, as SVG."""

WIDTH = 860
LEFT = 130
RIGHT = 150
BAR = 16
GAP = 5
TITLE = 34
TOP = 46
CASES = {"read-pte": "4 KiB, read", "write-pte": "4 KiB, write", "read-pmd": "2 MiB, read", "write-pmd": "2 MiB, write"}
COLOURS = {"native": "#9aa5b1", "stride": "#c3cad2", "arena": "#1f77b4", "rhash": "#5aa2d6", "hash": "#a6cce8",
           "device_dax": "#d9c27e", "ext4_dax": "#c98f5d"}


def text(x, y, words, style=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'


def bar(figures, case, resolver, y, scale):
    count = figures.instructions(case, resolver)
    ratio = figures.ratio(case, resolver)
    length = count * scale
    yield text(LEFT - 8, y + BAR - 4, resolver, 'text-anchor="end"')
    yield f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{COLOURS[resolver]}"/>'
    yield text(LEFT + length + 6, y + BAR - 4, f"{count:,}" + (f" · {ratio:.3f}" if ratio else ""))


def group(figures, case, y, scale):
    yield text(LEFT, y + TITLE - 12, CASES[case], 'font-weight="bold"')
    for index, resolver in enumerate(figures.resolvers(case)):
        yield from bar(figures, case, resolver, y + TITLE + index * (BAR + GAP), scale)


def draw(figures):
    most = max(figures.instructions(case, name) for case in CASES for name in figures.resolvers(case))
    scale = (WIDTH - LEFT - RIGHT) / most
    body, y = [], TOP
    for case in CASES:
        body += group(figures, case, y, scale)
        y += TITLE + len(figures.resolvers(case)) * (BAR + GAP)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 16}" viewBox="0 0 {WIDTH} {y + 16}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{y + 16}" fill="white"/>',
        text(16, 24, "Instructions of a whole page fault, and the ratio to native C in the same kernel", 'font-size="15"'),
        *body, "</svg>", ""])
