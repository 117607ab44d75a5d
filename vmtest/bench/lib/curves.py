# SPDX-License-Identifier: GPL-2.0-only
"""A plot of curves over two logarithmic axes, as SVG."""

import math

WIDTH = 860
HEIGHT = 420
LEFT = 70
RIGHT = 170
TOP = 50
BOTTOM = 50
COLOURS = ("#1f77b4", "#9aa5b1", "#a6cce8", "#d9862b", "#5aa2d6", "#7a5195")


def powers(least, most):
    return [10 ** power for power in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]


class Axis:
    def __init__(self, values, start, end):
        self.marks = powers(min(values), max(values))
        self.start, self.end = start, end

    def place(self, value):
        low, high = math.log10(self.marks[0]), math.log10(self.marks[-1])
        return self.start + (math.log10(value) - low) / (high - low) * (self.end - self.start)


def text(x, y, words, style=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'


def grid(across, up):
    for mark in across.marks:
        x = across.place(mark)
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e3e6ea"/>'
        yield text(x, HEIGHT - BOTTOM + 18, f"{mark:,}", 'text-anchor="middle"')
    for mark in up.marks:
        y = up.place(mark)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e3e6ea"/>'
        yield text(LEFT - 8, y + 4, f"{mark:,}", 'text-anchor="end"')


def curve(points, colour, across, up):
    path = " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def names(ends, across):
    """Beside the ends of their curves, but never over each other. @ends: (height, name, colour)."""
    lowest = 0.0
    for height, name, colour in sorted(ends):
        lowest = max(height, lowest + 14)
        yield text(across.end + 8, lowest + 4, name, f'fill="{colour}"')


def draw(title, curves):
    """@curves: name to points (x, y), all above 0."""
    points = [point for line in curves.values() for point in line]
    across = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    body = list(grid(across, up))
    ends = []
    for (name, line), colour in zip(curves.items(), COLOURS):
        body.append(curve(line, colour, across, up))
        ends.append((up.place(line[-1][1]), name, colour))
    body += names(ends, across)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', text(16, 24, title, 'font-size="15"'), *body, "</svg>", ""])
