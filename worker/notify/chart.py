"""The course of a period as a small picture: what came so far, where it should be, what is promised, how it may end.

It stands on a card of its own colour, so that it looks the same in a light and in a dark mail. Nothing from outside is
written into it but numbers and days.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from config.periods import DAY, Window
from worker.charts.axis import span
from worker.model.records import CumulativeCurve
from worker.model.verdict import Judgement, Outlook, Phase
from worker.notify.canvas import FOOT, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Canvas, Colour, width_of
from worker.wording import Translator
from worker.wording.sentences import bound, foreseen

LEAST = Decimal("0.25")  # of the largest value: so much the picture spans at least, lest little looks like much


def draw(one: Judgement, course: CumulativeCurve, shaded: Iterable[Window], translator: Translator) -> bytes:
    """The picture as PNG; nothing where fewer than two days are known."""
    if len(course.known) < (1 if _starts_at_nothing(one) else 2):
        return b""
    outlook = one.outlook if one.phase is Phase.OUTLOOK else None
    low, high = span(_values(one, course, outlook))
    low = min(low, high - max(abs(low), abs(high)) * LEAST)
    canvas = Canvas(one.period, low, high + (high - low) / 12)
    for window in shaded:
        _shade(canvas, window)
    canvas.line([(LEFT, canvas.y(low)), (RIGHT, canvas.y(low))], Colour.AXIS, 1)
    _days(canvas, course, translator)
    _legend(canvas, one, outlook, translator)
    _ends(canvas, one, outlook, course, translator)
    _promise(canvas, one, translator)
    _pace(canvas, one, outlook)
    _value(canvas, one, course, outlook, translator)
    return canvas.png()


def described(
    one: Judgement, name: str, course: CumulativeCurve, shaded: Sequence[tuple[str, Window]], translator: Translator
) -> str:
    """What the picture shows, in words."""
    outlook = one.outlook if one.phase is Phase.OUTLOOK else None

    def number(value: Decimal | None) -> str:
        return translator.number(value, one.unit, one.currency)

    last, value = course.known[-1]
    limit, period = _limit(one, translator), translator.period(one.period)
    said = [
        translator.say("Chart: {name}, {period}, {bound}.", name=name, period=period, bound=limit),
        translator.say("Value on {day}: {value}.", value=number(value), day=translator.day(last)),
    ]
    if outlook and outlook.pace is not None:
        said.append(translator.say("Expected by now: {pace}.", pace=number(outlook.pace)))
    if outlook and outlook.expected is not None:
        said.append(translator.say("Forecast: {expected}.", expected=foreseen(one, translator)))
    if None in course.values[: course.days.index(last)]:
        said.append(translator.say("Some earlier days are not known."))
    said += [
        translator.say("Shaded: {name}, {period}.", name=event, period=translator.period(window))
        for event, window in shaded
    ]
    return " ".join(said)


def _limit(one: Judgement, translator: Translator) -> str:
    """What is promised, or may be spent."""
    if not one.is_budget:
        return bound(one, translator)
    return translator.say("budget {amount}", amount=translator.number(one.high, one.unit, one.currency))


def _starts_at_nothing(one: Judgement) -> bool:
    return one.figure.denominator is None


def _is_behind(one: Judgement, value: Decimal) -> bool:
    """Whether it lies below what is promised: what is written beside it has room underneath."""
    return one.low is not None and value < one.low


def _values(one: Judgement, course: CumulativeCurve, outlook: Outlook | None) -> list[Decimal]:
    values: list[Decimal | None] = [value for _, value in course.known]
    values += [one.low, one.high, Decimal(0) if _starts_at_nothing(one) else None]
    if outlook:
        values += [outlook.pace, outlook.expected, outlook.low, outlook.high]
    return [value for value in values if value is not None]


def _shade(canvas: Canvas, window: Window) -> None:
    seen = window.clip(canvas.period)
    if seen is not None:
        left, right = canvas.x(seen.start - DAY), canvas.x(seen.last)
        canvas.area([(left, TOP), (right, TOP), (right, FOOT), (left, FOOT)], Colour.SHADE)


def _ends(
    canvas: Canvas, one: Judgement, outlook: Outlook | None, course: CumulativeCurve, translator: Translator
) -> None:
    """From where it stands to where it is likely to end, and between which values."""
    if outlook is None or outlook.expected is None:
        return
    day, value = course.known[-1]
    here, end = (canvas.x(day), canvas.y(value)), RIGHT
    if outlook.low is not None and outlook.high is not None:
        fan = [here, (end, canvas.y(outlook.low)), (end, canvas.y(outlook.high))]
        canvas.area(fan, Colour.FAN)
    y = canvas.y(outlook.expected)
    canvas.line([here, (end, y)], Colour.LINE, 2, dash=5)
    canvas.dot((end, y), 4, Colour.LINE)
    text = translator.number(outlook.expected, one.unit, one.currency)
    gaps = (21, -15, 37, -33) if _is_behind(one, outlook.expected) else (-15, 17, -33, 35)
    canvas.write(text, Colour.LINE, *((end - 8, y + gap, "r") for gap in gaps))


def _promise(canvas: Canvas, one: Judgement, translator: Translator) -> None:
    for limit in (one.low, one.high):
        if limit is not None:
            y = canvas.y(limit)
            canvas.line([(LEFT, y), (RIGHT, y)], Colour.INK, 1.5)
    text = _limit(one, translator)
    y = canvas.y(one.high if one.high is not None else one.low or Decimal(0))
    low = canvas.y(one.low) if one.low is not None else y
    ends = ((LEFT + 2, "l"), (RIGHT - 2, "r"), (WIDTH / 2, "m"))
    canvas.write(text, Colour.INK, *((x, height, side) for height in (y - 13, low + 14) for x, side in ends))


def _pace(canvas: Canvas, one: Judgement, outlook: Outlook | None) -> None:
    """Where it should be: from nothing through today's value to what is promised."""
    if outlook is None or outlook.pace is None:
        return
    promised = one.low if one.low is not None else one.high
    if promised is None or not _starts_at_nothing(one):
        return
    there = (canvas.x(outlook.data_date), canvas.y(outlook.pace))
    path = [(LEFT, canvas.y(Decimal(0))), there, (RIGHT, canvas.y(promised))]
    canvas.line(path, Colour.GREY, 1.6, dash=2.5)


def _value(
    canvas: Canvas, one: Judgement, course: CumulativeCurve, outlook: Outlook | None, translator: Translator
) -> None:
    """What came so far: a gap where a day is not known, thin where it is not settled yet."""
    settled = outlook.data_date if outlook else one.period.end
    before = (LEFT, canvas.y(Decimal(0))) if _starts_at_nothing(one) else None
    for day, value in zip(course.days, course.values, strict=True):
        at = None if value is None else (canvas.x(day), canvas.y(value))
        if before and at:
            is_settled = day <= settled
            canvas.line([before, at], Colour.LINE if is_settled else Colour.SOFT, 3 if is_settled else 2)
        before = at
    day, last = course.known[-1]
    x, y = canvas.x(day), canvas.y(last)
    canvas.dot((x, y), 5, Colour.LINE)
    text = translator.number(last, one.unit, one.currency)
    above = [(x + dx, y + dy, side) for dy in (-17, -36) for dx, side in ((-2, "r"), (4, "l"))]
    below = [(x + dx, y + dy, side) for dy in (18, 36) for dx, side in ((-8, "l"), (-2, "r"))]
    places = [*below, *above] if outlook and _is_behind(one, last) else [*above, *below]
    canvas.write(text, Colour.LINE, *(place for place in places if TOP - 8 < place[1] < FOOT - 4))


def _days(canvas: Canvas, course: CumulativeCurve, translator: Translator) -> None:
    foot = HEIGHT - 16.0
    canvas.write(translator.short_day(canvas.period.start), Colour.GREY, (LEFT, foot, "l"))
    canvas.write(translator.short_day(canvas.period.last), Colour.GREY, (RIGHT, foot, "r"))
    today = course.known[-1][0]
    canvas.write(translator.short_day(today), Colour.GREY, (canvas.x(today), foot, "m"))


def _legend(canvas: Canvas, one: Judgement, outlook: Outlook | None, translator: Translator) -> None:
    """What is what, at the top; nothing where there is one line only."""
    kinds = [(translator.say("so far"), Colour.LINE, 3.0, 0.0)]
    if outlook and outlook.pace is not None and _starts_at_nothing(one):
        kinds.append((translator.say("expected"), Colour.GREY, 1.6, 2.5))
    if outlook and outlook.expected is not None:
        kinds.append((translator.say("forecast"), Colour.LINE, 2.0, 5.0))
    x, y = LEFT, 20.0
    for text, colour, width, dash in kinds if len(kinds) > 1 else ():
        canvas.line([(x, y), (x + 24, y)], colour, width, dash)
        canvas.write(text, Colour.GREY, (x + 30, y, "l"))
        x += 30 + width_of(text) + 20
