"""A canvas that a chart is drawn on: x is a day, y a value, words stand beside the lines and never on each other.

It is drawn at twice its sharpness and reduced, which makes lines smooth, and saved with the few colours it is made of.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from config.periods import Window

WIDTH, HEIGHT = 536, 232  # as it is shown; drawn at twice that for sharp screens
SHARP = 2
LEFT, RIGHT, TOP, FOOT = 14.0, WIDTH - 14.0, 54.0, HEIGHT - 34.0  # where values are drawn
SIZE = 19  # of letters: 10.6 where the picture is 300 wide

STEPS = 2  # of a line's soft edge

_BESIDE = 3.0  # a text: so much stays free left and right of it
_FONT = Path(__file__).parent / "fonts" / "DejaVuSansCondensed.ttf"

Point = tuple[float, float]
Place = tuple[float, float, str]  # of a text: where its ``l``, ``m`` or ``r`` is, left, middle or right
Box = tuple[float, float, float, float]


class Colour(StrEnum):
    """Of the card, of what is drawn on it, and of words."""

    CARD = "#ffffff"
    LINE = "#1f5f99"
    SOFT = "#7fa8cc"
    INK = "#1c2127"
    GREY = "#5c6670"
    FAN = "#dce8f4"
    SHADE = "#f4ecd8"
    AXIS = "#c4cad2"


class Canvas:
    """The picture in the making, in the units it is shown in."""

    def __init__(self, period: Window, low: Decimal, high: Decimal) -> None:
        self.period, self.low, self.high = period, low, high
        self._picture = Image.new("RGB", (WIDTH * SHARP * 2, HEIGHT * SHARP * 2), Colour.CARD)
        self._pen = ImageDraw.Draw(self._picture)
        self._lines: list[tuple[Point, Point]] = []
        self._asked: list[tuple[str, Colour, tuple[Place, ...]]] = []

    def x(self, day: date) -> float:
        """Where a day ends."""
        share = ((day - self.period.start).days + 1) / len(self.period)
        return LEFT + (RIGHT - LEFT) * max(0.0, min(1.0, share))

    def y(self, value: Decimal) -> float:
        """Where a value lies."""
        share = float((value - self.low) / (self.high - self.low)) if self.high > self.low else 0.5
        return FOOT - (FOOT - TOP) * share

    def line(self, points: Sequence[Point], colour: Colour, width: float, dash: float = 0) -> None:
        """A line through points, of dashes where asked for."""
        for piece in _dashes(points, dash) if dash else [points]:
            self._pen.line([_big(point) for point in piece], colour, round(width * 2 * SHARP), "curve")
        self._lines += pairwise(points)

    def area(self, corners: Sequence[Point], colour: Colour) -> None:
        """A surface."""
        self._pen.polygon([_big(point) for point in corners], colour)

    def dot(self, at: Point, radius: float, colour: Colour) -> None:
        """A round point."""
        (x, y), size = _big(at), radius * 2 * SHARP
        self._pen.ellipse((x - size, y - size, x + size, y + size), colour)

    def write(self, text: str, colour: Colour, *places: Place) -> None:
        """A text at the first of some places that is free when all is drawn; what is asked for first chooses first."""
        self._asked.append((text, colour, places))

    def written(self) -> Iterator[tuple[str, Colour, Box]]:
        """Each text, its colour and place: clear of the lines if it can be, never on another text, else left out."""
        taken: list[Box] = []
        for text, colour, places in self._asked:
            free = [box for box in (_box(text, place) for place in places) if not any(meets(box, one) for one in taken)]
            if free:
                clear = (box for box in free if not any(crosses(*line, box) for line in self._lines))
                taken.append(next(clear, free[0]))
                yield text, colour, taken[-1]

    def png(self) -> bytes:
        """The picture; words are written last, on what is already smooth."""
        picture = self._picture.reduce(2)
        pen = ImageDraw.Draw(picture)
        for text, colour, (left, top, _, bottom) in self.written():
            at = (left + _BESIDE) * SHARP, (top + bottom) / 2 * SHARP
            pen.text(at, text, colour, font(), "lm", stroke_width=2 * SHARP, stroke_fill=Colour.CARD)
        file = BytesIO()
        picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        return file.getvalue()


def width_of(text: str) -> float:
    """How wide a text will be."""
    return font().getlength(text) / SHARP


def meets(one: Box, other: Box) -> bool:
    """Whether two boxes have a part in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def crosses(start: Point, end: Point, box: Box) -> bool:
    """Whether a line enters a box: some part of it lies within both its width and its height (Liang and Barsky)."""
    entered, left = 0.0, 1.0
    for at, to, low, high in ((start[0], end[0], box[0], box[2]), (start[1], end[1], box[1], box[3])):
        if at == to:
            if not low < at < high:
                return False
        else:
            first, second = sorted(((low - at) / (to - at), (high - at) / (to - at)))
            entered, left = max(entered, first), min(left, second)
    return entered < left


@cache
def font() -> ImageFont.FreeTypeFont:
    """What all words are written with: it travels with Vigie."""
    return ImageFont.truetype(_FONT, SIZE * SHARP, layout_engine=ImageFont.Layout.BASIC)


@cache
def _palette() -> Image.Image:
    """The colours that a picture is made of, and the steps between each pen and what it may be drawn on."""
    grounds = [ImageColor.getrgb(colour) for colour in (Colour.CARD, Colour.FAN, Colour.SHADE)]
    edges = [
        tuple(round(b + (p - b) * step / STEPS) for b, p in zip(ground, ImageColor.getrgb(pen), strict=True))
        for ground in grounds
        for pen in Colour
        for step in range(STEPS + 1)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in dict.fromkeys(edges) for part in colour])
    return palette


def _box(text: str, place: Place) -> Box:
    x, y, anchor = place
    width = width_of(text)
    left = {"l": x, "m": x - width / 2, "r": x - width}[anchor]
    left = max(4.0, min(WIDTH - width - 4.0, left))
    return left - _BESIDE, y - SIZE / 2, left + width + _BESIDE, y + SIZE / 2


def _big(point: Point) -> Point:
    return point[0] * 2 * SHARP, point[1] * 2 * SHARP


def _dashes(points: Sequence[Point], length: float) -> list[tuple[Point, Point]]:
    """The pieces of a line that are drawn: as long as the gaps between them."""
    pieces = []
    for (x, y), (other_x, other_y) in pairwise(points):
        whole = ((other_x - x) ** 2 + (other_y - y) ** 2) ** 0.5
        steps = max(1, round(whole / length))
        for step in range(0, steps, 2):
            start, end = step / steps, min(1.0, (step + 1) / steps)
            at = [(x + (other_x - x) * share, y + (other_y - y) * share) for share in (start, end)]
            pieces.append((at[0], at[1]))
    return pieces
