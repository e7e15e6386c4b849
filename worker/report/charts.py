"""PURE. Small charts as inline SVG: no script, no font of their own, readable on paper and aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH, HEIGHT = 320, 96
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 4, 10, 16


@dataclass(frozen=True, slots=True)
class Point:
    """One period: its name, its value (None: unknown), how it is written, whether it may still change."""

    label: str
    value: Decimal | None
    text: str
    is_final: bool


def line_chart(title: str, points: Sequence[Point]) -> str:
    """A line from period to period, broken where nothing is known, dashed where figures may still change."""
    known = [point.value for point in points if point.value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    low = min(low, Decimal(0)) if low >= 0 and low < high / 2 else low
    places = [_place(index, point.value, len(points), low, high) for index, point in enumerate(points)]
    parts = [_title(title, points)]
    if low <= 0 <= high:
        zero = _height(Decimal(0), low, high)
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{zero:.1f}" y2="{zero:.1f}"/>')
    for before, (point, here) in zip([None, *places], zip(points, places, strict=True), strict=False):
        if before is not None and here is not None:
            kind = "line" if point.is_final else "line soft"
            ends = f'x1="{before[0]:.1f}" y1="{before[1]:.1f}" x2="{here[0]:.1f}" y2="{here[1]:.1f}"'
            parts.append(f'<line class="{kind}" {ends}/>')
    for point, here in zip(points, places, strict=True):
        if here is not None:
            kind = "dot" if point.is_final else "dot soft"
            hint = f"<title>{escape(f'{point.label}: {point.text}')}</title>"
            parts.append(f'<circle class="{kind}" cx="{here[0]:.1f}" cy="{here[1]:.1f}" r="3">{hint}</circle>')
    parts += [_label(_LEFT, "start", points[0].label), _label(WIDTH - _RIGHT, "end", points[-1].label)]
    return _svg(parts)


def bar(share: Decimal, *, kind: str = "") -> str:
    """A horizontal bar for a share from 0 to 1."""
    width = max(Decimal(0), min(Decimal(1), share)) * 100
    well, fill = (
        f'<rect class="{name}" width="{w:.1f}" height="6" rx="2"/>' for name, w in (("well", 100), ("fill", width))
    )
    frame = f'class="bar {escape(kind)}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"'
    return f"<svg {frame}>{well}{fill}</svg>"


def _svg(parts: Sequence[str]) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def _title(title: str, points: Sequence[Point]) -> str:
    said = ", ".join(f"{point.label} {point.text}" for point in points[-12:])
    return f"<title>{escape(title)}</title><desc>{escape(said)}</desc>"


def _label(x: float, anchor: str, text: str) -> str:
    return f'<text class="label" x="{x}" y="{HEIGHT - 3}" text-anchor="{anchor}">{escape(text)}</text>'


def _place(index: int, value: Decimal | None, count: int, low: Decimal, high: Decimal) -> tuple[float, float] | None:
    if value is None:
        return None
    inner = WIDTH - _LEFT - _RIGHT - 8
    x = _LEFT + 4 + (inner * index / (count - 1) if count > 1 else inner / 2)
    return x, _height(value, low, high)


def _height(value: Decimal, low: Decimal, high: Decimal) -> float:
    inner = HEIGHT - _TOP - _BOTTOM
    return _TOP + inner * (1 - float((value - low) / (high - low))) if high > low else _TOP + inner / 2
