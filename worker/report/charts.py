"""PURE. Small charts as inline SVG: no script, no font of their own, readable on paper and aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from itertools import pairwise

from worker.charts.axis import span

WIDTH, HEIGHT = 320, 120
CROWDED = 20  # points from which the dots are small

_SIDE, _TOP, _BOTTOM = 8, 18, 34  # room for the ends of the line, the highest value, and the lowest with the days


@dataclass(frozen=True, slots=True)
class Point:
    """One period: its name, its value (None: unknown), how it is written, whether it may still change."""

    label: str
    value: Decimal | None
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a point of known value stands."""

    point: Point
    value: Decimal
    x: float
    y: float


def line_chart(title: str, points: Sequence[Point]) -> str:
    """A line from period to period: a gap where nothing is known, dashed where figures may still change.

    The highest and the lowest value are written beside it, every value aloud. Empty where nothing is known.
    """
    known = [point.value for point in points if point.value is not None]
    if not known:
        return ""
    low, high = span(known)
    across = [_across(index, len(points)) for index in range(len(points))]
    places = [_place(point, x, low, high) for point, x in zip(points, across, strict=True)]
    there = [place for place in places if place]
    parts = [f"<title>{escape(title)}</title><desc>{escape(_aloud(points))}</desc>"]
    if low <= 0 <= high:
        parts.append(_axis(_height(Decimal(0), low, high)))
    parts += (_line(one, other) for one, other in pairwise(places) if one and other)
    parts += (_dot(place, 3.0 if len(points) < CROWDED else 1.6) for place in there)
    parts += (_unknown(point, x) for point, x in zip(points, across, strict=True) if point.value is None)
    parts += [*_extremes(there), _days(points[0].label, "start")]
    parts += [_days(points[-1].label, "end")] if len(points) > 1 else []
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def bar(share: Decimal, *, kind: str = "") -> str:
    """A horizontal bar for a share from 0 to 1; what it shows is said in words beside it."""
    width = max(Decimal(0), min(Decimal(1), share)) * 100
    well, fill = (f'<rect class="{name}" width="{w:.1f}" height="6"/>' for name, w in (("well", 100), ("fill", width)))
    frame = f'class="bar {escape(kind)}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"'
    return f"<svg {frame}>{well}{fill}</svg>"


def _aloud(points: Sequence[Point]) -> str:
    return ", ".join(f"{point.label} {point.text}" for point in points)


def _across(index: int, count: int) -> float:
    inner = WIDTH - 2 * _SIDE
    return _SIDE + (inner * index / (count - 1) if count > 1 else inner / 2)


def _height(value: Decimal, low: Decimal, high: Decimal) -> float:
    inner = HEIGHT - _TOP - _BOTTOM
    return _TOP + inner * (1 - float((value - low) / (high - low))) if high > low else _TOP + inner / 2


def _place(point: Point, x: float, low: Decimal, high: Decimal) -> _Spot | None:
    return None if point.value is None else _Spot(point, point.value, x, _height(point.value, low, high))


def _axis(y: float) -> str:
    return f'<line class="axis" x1="{_SIDE}" x2="{WIDTH - _SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _line(one: _Spot, other: _Spot) -> str:
    kind = "line" if other.point.is_final else "line soft"
    return f'<line class="{kind}" x1="{one.x:.1f}" y1="{one.y:.1f}" x2="{other.x:.1f}" y2="{other.y:.1f}"/>'


def _dot(place: _Spot, radius: float) -> str:
    kind = "dot" if place.point.is_final else "dot soft"
    return f'<circle class="{kind}" cx="{place.x:.1f}" cy="{place.y:.1f}" r="{radius}">{_hint(place.point)}</circle>'


def _unknown(point: Point, x: float) -> str:
    """A short mark at the foot of the gap."""
    foot = HEIGHT - _BOTTOM
    return f'<line class="unknown" x1="{x:.1f}" x2="{x:.1f}" y1="{foot - 4}" y2="{foot + 4}">{_hint(point)}</line>'


def _hint(point: Point) -> str:
    return f"<title>{escape(f'{point.label}: {point.text}')}</title>"


def _extremes(places: Sequence[_Spot]) -> list[str]:
    """The highest value above its dot and the lowest below its own: there no line can cross them."""
    highest, lowest = max(places, key=lambda place: place.value), min(places, key=lambda place: place.value)
    written = [_text("high", highest.x, highest.y - 7, highest.point.text)]
    if lowest.value < highest.value:
        written.append(_text("low", lowest.x, lowest.y + 14, lowest.point.text))
    return written


def _days(label: str, anchor: str) -> str:
    x = _SIDE if anchor == "start" else WIDTH - _SIDE
    return f'<text class="label" x="{x}" y="{HEIGHT - 4}" text-anchor="{anchor}">{escape(label)}</text>'


def _text(kind: str, x: float, y: float, text: str) -> str:
    anchor = "start" if x < WIDTH / 4 else "end" if x > WIDTH * 3 / 4 else "middle"
    return f'<text class="label {kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
