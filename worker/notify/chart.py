"""The course of a period as a small picture: what came so far, where it should be, what is promised, how it may end.

It stands on a card of its own colour, so that it looks the same in a light and in a dark mail. Nothing from outside is
written into it but numbers and days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from config.periods import Window
from worker.judge.evidence import Judgement, Outlook, Phase
from worker.scales import span
from worker.store.courses import Course
from worker.wording import Words
from worker.wording.sentences import bound, foreseen

WIDTH, HEIGHT = 536, 232  # as it is shown; drawn at twice that for sharp screens
SHARP = 2
STEPS = 2  # of a line's soft edge
LEAST = Decimal("0.25")  # of the largest value: so much the picture spans at least, lest little looks like much

CARD, LINE, SOFT, INK, GREY = "#ffffff", "#1f5f99", "#7fa8cc", "#1c2127", "#5c6670"
FAN, SHADE, AXIS = "#dce8f4", "#f4ecd8", "#c4cad2"

_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 54, 34
_SIZE = 19  # of letters: 10.6 where the picture is 300 wide
_FONT = Path(__file__).parent / "fonts" / "DejaVuSansCondensed.ttf"

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass
class _Sheet:
    """The picture in the making, in the units it is shown in."""

    period: Window
    low: Decimal
    high: Decimal
    lines: ImageDraw.ImageDraw
    taken: list[Box] = field(default_factory=list)  #: where something is written
    words: list[tuple[Point, str, str]] = field(default_factory=list)

    def across(self, day: date) -> float:
        """Where a day ends."""
        share = ((day - self.period.start).days + 1) / len(self.period)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * max(0.0, min(1.0, share))

    def up(self, value: Decimal) -> float:
        """Where a value lies."""
        inner = HEIGHT - _TOP - _BOTTOM
        share = float((value - self.low) / (self.high - self.low)) if self.high > self.low else 0.5
        return _TOP + inner * (1 - share)

    def line(self, points: Sequence[Point], colour: str, width: float, dash: float = 0) -> None:
        """A line through points, of dashes where asked for."""
        pieces = _dashes(points, dash) if dash else [points]
        for piece in pieces:
            self.lines.line([_big(point) for point in piece], colour, round(width * 2 * SHARP), "curve")

    def write(self, text: str, colour: str, *places: tuple[float, float, str]) -> None:
        """A text at the first of some places where nothing is written yet; ``l``, ``m`` or ``r`` of it is meant."""
        width = _width(text)
        boxes = [(_beside(x, width, anchor), y) for x, y, anchor in places]
        free = (at for at in boxes if not any(_meets(_box(at, width), other) for other in self.taken))
        at = next(free, None)
        if at is not None:
            self.taken.append(_box(at, width))
            self.words.append((at, text, colour))


def draw(one: Judgement, course: Course, shaded: Iterable[Window], speech: Words) -> bytes:
    """The picture as PNG; nothing where fewer than two days are known."""
    if len(course.known) < (1 if _starts_at_nothing(one) else 2):
        return b""
    outlook = one.outlook if one.phase is Phase.OUTLOOK else None
    big = Image.new("RGB", (WIDTH * SHARP * 2, HEIGHT * SHARP * 2), CARD)
    low, high = span(_values(one, course, outlook))
    low = min(low, high - max(abs(low), abs(high)) * LEAST)
    sheet = _Sheet(one.period, low, high + (high - low) / 12, ImageDraw.Draw(big))
    for window in shaded:
        _shade(sheet, window)
    sheet.line([(_LEFT, sheet.up(low)), (WIDTH - _RIGHT, sheet.up(low))], AXIS, 1)
    _ends(sheet, one, outlook, course, speech)
    _promise(sheet, one, speech)
    _pace(sheet, one, outlook)
    _value(sheet, one, course, outlook, speech)
    _days(sheet, course, speech)
    _legend(sheet, one, outlook, speech)
    return _png(big.reduce(2), sheet)


def told(one: Judgement, name: str, course: Course, shaded: Sequence[tuple[str, Window]], speech: Words) -> str:
    """What the picture shows, in words."""
    outlook = one.outlook if one.phase is Phase.OUTLOOK else None

    def number(value: Decimal | None) -> str:
        return speech.number(value, one.unit, one.currency)

    last, value = course.known[-1]
    limit = speech.say("chart.budget", amount=number(one.high)) if one.is_budget else bound(one, speech)
    said = [speech.say("chart.told", name=name, period=speech.period(one.period), bound=limit)]
    said.append(speech.say("chart.told_value", value=number(value), day=speech.day(last)))
    if outlook and outlook.pace is not None:
        said.append(speech.say("chart.told_pace", pace=number(outlook.pace)))
    if outlook and outlook.expected is not None:
        said.append(speech.say("chart.told_end", expected=foreseen(one, speech)))
    if None in course.values[: course.days.index(last)]:
        said.append(speech.say("chart.told_gap"))
    said += [speech.say("chart.told_event", name=event, period=speech.period(window)) for event, window in shaded]
    return " ".join(said)


def _starts_at_nothing(one: Judgement) -> bool:
    return one.figure.denominator is None


def _is_behind(one: Judgement, value: Decimal) -> bool:
    """Whether it lies below what is promised: what is written beside it has room underneath."""
    return one.low is not None and value < one.low


def _values(one: Judgement, course: Course, outlook: Outlook | None) -> list[Decimal]:
    found: list[Decimal | None] = [value for _, value in course.known]
    found += [one.low, one.high, Decimal(0) if _starts_at_nothing(one) else None]
    if outlook:
        found += [outlook.pace, outlook.expected, outlook.low, outlook.high]
    return [value for value in found if value is not None]


def _shade(sheet: _Sheet, window: Window) -> None:
    seen = window.clip(sheet.period)
    if seen is not None:
        left = sheet.across(seen.start) - (WIDTH - _LEFT - _RIGHT) / len(sheet.period)
        corners = [_big((left, _TOP)), _big((sheet.across(seen.last), HEIGHT - _BOTTOM))]
        sheet.lines.rectangle([*corners[0], *corners[1]], SHADE)


def _ends(sheet: _Sheet, one: Judgement, outlook: Outlook | None, course: Course, speech: Words) -> None:
    """From where it stands to where it is likely to end, and between which values."""
    if outlook is None or outlook.expected is None:
        return
    day, value = course.known[-1]
    here, end = (sheet.across(day), sheet.up(value)), WIDTH - _RIGHT
    if outlook.low is not None and outlook.high is not None:
        fan = [here, (end, sheet.up(outlook.low)), (end, sheet.up(outlook.high))]
        sheet.lines.polygon([_big(point) for point in fan], FAN)
    y = sheet.up(outlook.expected)
    sheet.line([here, (end, y)], LINE, 2, dash=5)
    sheet.lines.ellipse(_round((end, y), 4), LINE)
    text = speech.number(outlook.expected, one.unit, one.currency)
    gaps = (21, -15, 37, -33) if _is_behind(one, outlook.expected) else (-15, 17, -33, 35)
    sheet.write(text, LINE, *((end - 8, y + gap, "r") for gap in gaps))


def _promise(sheet: _Sheet, one: Judgement, speech: Words) -> None:
    for limit in (one.low, one.high):
        if limit is not None:
            y = sheet.up(limit)
            sheet.line([(_LEFT, y), (WIDTH - _RIGHT, y)], INK, 1.5)
    amount = speech.number(one.high, one.unit, one.currency)
    text = speech.say("chart.budget", amount=amount) if one.is_budget else bound(one, speech)
    y = sheet.up(one.high if one.high is not None else one.low or Decimal(0))
    low = sheet.up(one.low) if one.low is not None else y
    ends = ((_LEFT + 2, "l"), (WIDTH - _RIGHT - 2, "r"), (WIDTH / 2, "m"))
    sheet.write(text, INK, *((x, height, side) for height in (y - 13, low + 14) for x, side in ends))


def _pace(sheet: _Sheet, one: Judgement, outlook: Outlook | None) -> None:
    """Where it should be: from nothing through today's value to what is promised."""
    if outlook is None or outlook.pace is None:
        return
    promised = one.low if one.low is not None else one.high
    if promised is None or not _starts_at_nothing(one):
        return
    there = (sheet.across(outlook.data_date), sheet.up(outlook.pace))
    path = [(float(_LEFT), sheet.up(Decimal(0))), there, (float(WIDTH - _RIGHT), sheet.up(promised))]
    sheet.line(path, GREY, 1.6, dash=2.5)


def _value(sheet: _Sheet, one: Judgement, course: Course, outlook: Outlook | None, speech: Words) -> None:
    """What came so far: a gap where a day is not known, thin where it is not settled yet."""
    settled = outlook.data_date if outlook else one.period.end
    before = (float(_LEFT), sheet.up(Decimal(0))) if _starts_at_nothing(one) else None
    for day, value in zip(course.days, course.values, strict=True):
        at = None if value is None else (sheet.across(day), sheet.up(value))
        if before and at:
            is_settled = day <= settled
            sheet.line([before, at], LINE if is_settled else SOFT, 3 if is_settled else 2)
        before = at
    day, last = course.known[-1]
    x, y = sheet.across(day), sheet.up(last)
    sheet.lines.ellipse(_round((x, y), 5), LINE)
    text = speech.number(last, one.unit, one.currency)
    above = [(x + dx, y + dy, side) for dy in (-17, -36) for dx, side in ((-2, "r"), (4, "l"))]
    below = [(x + dx, y + dy, side) for dy in (18, 36) for dx, side in ((-8, "l"), (-2, "r"))]
    places = [*below, *above] if outlook and _is_behind(one, last) else [*above, *below]
    sheet.write(text, LINE, *(place for place in places if _TOP - 8 < place[1] < HEIGHT - _BOTTOM - 4))


def _days(sheet: _Sheet, course: Course, speech: Words) -> None:
    foot = HEIGHT - 16.0
    sheet.write(speech.short_day(sheet.period.start), GREY, (_LEFT, foot, "l"))
    sheet.write(speech.short_day(sheet.period.last), GREY, (WIDTH - _RIGHT, foot, "r"))
    today = course.known[-1][0]
    sheet.write(speech.short_day(today), GREY, (sheet.across(today), foot, "m"))


def _legend(sheet: _Sheet, one: Judgement, outlook: Outlook | None, speech: Words) -> None:
    """What is what, at the top; nothing where there is one line only."""
    kinds = [("chart.so_far", LINE, 3.0, 0.0)]
    if outlook and outlook.pace is not None and _starts_at_nothing(one):
        kinds.append(("chart.pace", GREY, 1.6, 2.5))
    if outlook and outlook.expected is not None:
        kinds.append(("chart.end", LINE, 2.0, 5.0))
    x, y = float(_LEFT), 20.0
    for key, colour, width, dash in kinds if len(kinds) > 1 else ():
        text = speech.say(key)
        sheet.line([(x, y), (x + 24, y)], colour, width, dash)
        sheet.words.append(((x + 30, y), text, GREY))
        x += 30 + _width(text) + 20


def _png(picture: Image.Image, sheet: _Sheet) -> bytes:
    pen = ImageDraw.Draw(picture)
    for (x, y), text, colour in sheet.words:
        pen.text((x * SHARP, y * SHARP), text, colour, _font(), "lm", stroke_width=2 * SHARP, stroke_fill=CARD)
    found = BytesIO()
    picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()


@cache
def _palette() -> Image.Image:
    """The colours that a picture is made of, and the steps between each pen and what it may be drawn on."""
    grounds = [ImageColor.getrgb(colour) for colour in (CARD, FAN, SHADE)]
    edges = [
        tuple(round(b + (p - b) * step / STEPS) for b, p in zip(ground, ImageColor.getrgb(pen), strict=True))
        for ground in grounds
        for pen in (LINE, SOFT, INK, GREY, AXIS, FAN, SHADE)
        for step in range(STEPS + 1)
    ]
    every = list(dict.fromkeys(edges))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in every for part in colour])
    return palette


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, _SIZE * SHARP, layout_engine=ImageFont.Layout.BASIC)


def _width(text: str) -> float:
    return _font().getlength(text) / SHARP


def _beside(x: float, width: float, anchor: str) -> float:
    left = {"l": x, "m": x - width / 2, "r": x - width}[anchor]
    return max(4.0, min(WIDTH - width - 4.0, left))


def _box(at: Point, width: float) -> Box:
    return at[0] - 3, at[1] - _SIZE / 2, at[0] + width + 3, at[1] + _SIZE / 2


def _meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _big(point: Point) -> Point:
    return point[0] * 2 * SHARP, point[1] * 2 * SHARP


def _round(at: Point, radius: float) -> Box:
    (left, top), (right, bottom) = _big((at[0] - radius, at[1] - radius)), _big((at[0] + radius, at[1] + radius))
    return left, top, right, bottom


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
