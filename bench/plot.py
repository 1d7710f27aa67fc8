"""Curves as an SVG, drawn by hand: a plot of a dozen points needs no library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

WIDTH, HEIGHT, LEFT, TOP = 340, 300, 56, 40
GAP = 70
COLOURS = {"ours": "#0b6e4f", "bm25s, jieba words": "#c1121f", "bm25s, bigrams": "#e09f3e", "LSA, bigrams": "#4361ee"}
PANELS = (
    ("p95_cpu_ms", "processor ms per question (p95)"),
    ("build_cpu_s", "processor seconds to build"),
    ("mib", "MiB"),
)


def growth(rows: Sequence[Mapping[str, Any]]) -> str:
    """Time, seconds to build and memory over the number of passages, both axes logarithmic."""
    width = LEFT + len(PANELS) * (WIDTH + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 90}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{TOP + HEIGHT + 90}" fill="white"/>',
    ]
    for number, (key, title) in enumerate(PANELS):
        parts += _panel(rows, key, title, LEFT + number * (WIDTH + GAP))
    for number, (name, colour) in enumerate(COLOURS.items()):
        x, y = LEFT + number * 190, TOP + HEIGHT + 66
        parts.append(
            f'<path d="M{x} {y}h24" stroke="{colour}" stroke-width="3"/><text x="{x + 30}" y="{y + 4}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _panel(rows: Sequence[Mapping[str, Any]], key: str, title: str, left: int) -> list[str]:
    values = [row[name][key] for row in rows for name in COLOURS if name in row and row[name][key] > 0]
    across = _axis([row["passages"] for row in rows], left, left + WIDTH)
    up = _axis(values, TOP + HEIGHT, TOP)
    parts = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{title}</text>']
    for power in _powers([row["passages"] for row in rows]):
        x = across(10.0**power)
        parts.append(f'<path d="M{x:.1f} {TOP}v{HEIGHT}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">10<tspan dy="-5" font-size="9">{power}</tspan></text>'
        )
    for power in _powers(values):
        y = up(10.0**power)
        parts.append(f'<path d="M{left} {y:.1f}h{WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    parts.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 38}" text-anchor="middle">passages</text>')
    for name, colour in COLOURS.items():
        measured = [row for row in rows if name in row and row[name][key] > 0]  # 0 is below what can be measured
        points = [(across(row["passages"]), up(row[name][key])) for row in measured]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
    return parts


def _powers(values: Sequence[float]) -> range:
    return range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)


def _axis(values: Sequence[float], begin: float, end: float) -> Callable[[float], float]:
    """Where a value lies between two ends, logarithmically, from a power of ten to a power of ten."""
    powers = _powers(values)
    first, last = powers[0], max(powers[-1], powers[0] + 1)
    return lambda value: begin + (math.log10(value) - first) / (last - first) * (end - begin)
