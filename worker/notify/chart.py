"""The course of a period as a small picture: what came so far, where it should be, what is promised, how it may end.

It stands on a card of its own colour, so that it looks the same in a light and in a dark mail. Nothing from outside is
written into it but numbers and days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from config.periods import DAY, Window
from worker.charts.axis import span
from worker.model.records import CumulativeCurve
from worker.model.verdict import Judgement, Outlook, Phase
from worker.notify.canvas import FOOT, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Canvas, Colour, width_of
from worker.wording import Translator
from worker.wording.outlooks import foreseen, foretold
from worker.wording.sentences import bound

LEAST = Decimal("0.25")  # of the largest value: so much the picture spans at least, lest little looks like much


def draw(judgement: Judgement, curve: CumulativeCurve, shaded: Iterable[Window], translator: Translator) -> bytes:
    """The picture as PNG; nothing where fewer than two days are known."""
    if len(curve.known) < (1 if _starts_at_nothing(judgement) else 2):
        return b""
    outlook = judgement.outlook if judgement.phase is Phase.OUTLOOK else None
    low, high = span(_values(judgement, curve, outlook))
    low = min(low, high - max(abs(low), abs(high)) * LEAST)
    canvas = Canvas(judgement.period, low, high + (high - low) / 12)
    for window in shaded:
        _shade(canvas, window)
    canvas.line([(LEFT, canvas.y(low)), (RIGHT, canvas.y(low))], Colour.AXIS, 1)
    _days(canvas, curve, translator)
    _legend(canvas, judgement, outlook, translator)
    _ends(canvas, judgement, outlook, curve, translator)
    _promise(canvas, judgement, translator)
    _pace(canvas, judgement, outlook)
    _value(canvas, judgement, curve, outlook, translator)
    return canvas.png()


def described(
    judgement: Judgement,
    name: str,
    curve: CumulativeCurve,
    shaded: Sequence[tuple[str, Window]],
    translator: Translator,
) -> str:
    """What the picture shows, in words."""
    outlook = judgement.outlook if judgement.phase is Phase.OUTLOOK else None

    def number(value: Decimal | None) -> str:
        return translator.number(value, judgement.unit, judgement.currency)

    last, value = curve.known[-1]
    limit, period = _limit(judgement, translator), translator.period(judgement.period)
    sentences = [
        translator.say("Chart: {name}, {period}, {bound}.", name=name, period=period, bound=limit),
        translator.say("Value on {day}: {value}.", value=number(value), day=translator.day(last)),
    ]
    if outlook and outlook.pace is not None:
        sentences.append(translator.say("Expected by now: {pace}.", pace=number(outlook.pace)))
    if outlook and outlook.expected is not None:
        sentences.append(translator.say("Forecast: {expected}.", expected=foreseen(judgement, translator)))
    if None in curve.values[: curve.days.index(last)]:
        sentences.append(translator.say("Some earlier days are not known."))
    sentences += [
        translator.say("Shaded: {name}, {period}.", name=event, period=translator.period(window))
        for event, window in shaded
    ]
    return " ".join(sentences)


def _limit(judgement: Judgement, translator: Translator) -> str:
    """What is promised, or may be spent; not what a relative target is measured from, for which there is no room."""
    if not judgement.is_budget:
        return bound(replace(judgement, base=None), translator)
    return translator.say(
        "budget {amount}", amount=translator.number(judgement.high, judgement.unit, judgement.currency)
    )


def _starts_at_nothing(judgement: Judgement) -> bool:
    return judgement.figure.denominator is None


def _is_behind(judgement: Judgement, value: Decimal) -> bool:
    """Whether it lies below what is promised: what is written beside it has room underneath."""
    return judgement.low is not None and value < judgement.low


def _values(judgement: Judgement, curve: CumulativeCurve, outlook: Outlook | None) -> list[Decimal]:
    values: list[Decimal | None] = [value for _, value in curve.known]
    values += [judgement.low, judgement.high, Decimal(0) if _starts_at_nothing(judgement) else None]
    if outlook:
        values += [outlook.pace, outlook.expected, outlook.low, outlook.high]
    return [value for value in values if value is not None]


def _shade(canvas: Canvas, window: Window) -> None:
    visible = window.clip(canvas.period)
    if visible is not None:
        left, right = canvas.x(visible.start - DAY), canvas.x(visible.last)
        canvas.area([(left, TOP), (right, TOP), (right, FOOT), (left, FOOT)], Colour.SHADE)


def _ends(
    canvas: Canvas, judgement: Judgement, outlook: Outlook | None, curve: CumulativeCurve, translator: Translator
) -> None:
    """From where it stands to where it is likely to end, and between which values."""
    if outlook is None or outlook.expected is None:
        return
    day, value = curve.known[-1]
    here, end = (canvas.x(day), canvas.y(value)), RIGHT
    if outlook.low is not None and outlook.high is not None:
        fan = [here, (end, canvas.y(outlook.low)), (end, canvas.y(outlook.high))]
        canvas.area(fan, Colour.FAN)
    y = canvas.y(outlook.expected)
    canvas.line([here, (end, y)], Colour.LINE, 2, dash=5)
    canvas.dot((end, y), 4, Colour.LINE)
    text = foretold(outlook.expected, judgement, translator)
    gaps = (21, -15, 37, -33) if _is_behind(judgement, outlook.expected) else (-15, 17, -33, 35)
    canvas.write(text, Colour.LINE, *((end - 8, y + gap, "r") for gap in gaps))


def _promise(canvas: Canvas, judgement: Judgement, translator: Translator) -> None:
    for limit in (judgement.low, judgement.high):
        if limit is not None:
            y = canvas.y(limit)
            canvas.line([(LEFT, y), (RIGHT, y)], Colour.INK, 1.5)
    text = _limit(judgement, translator)
    y = canvas.y(judgement.high if judgement.high is not None else judgement.low or Decimal(0))
    low = canvas.y(judgement.low) if judgement.low is not None else y
    ends = ((LEFT + 2, "l"), (RIGHT - 2, "r"), (WIDTH / 2, "m"))
    canvas.write(text, Colour.INK, *((x, height, side) for height in (y - 13, low + 14) for x, side in ends))


def _pace(canvas: Canvas, judgement: Judgement, outlook: Outlook | None) -> None:
    """Where it should be: from nothing through today's value to what is promised."""
    if outlook is None or outlook.pace is None:
        return
    promised = judgement.low if judgement.low is not None else judgement.high
    if promised is None or not _starts_at_nothing(judgement):
        return
    there = (canvas.x(outlook.as_of or outlook.data_date), canvas.y(outlook.pace))
    path = [(LEFT, canvas.y(Decimal(0))), there, (RIGHT, canvas.y(promised))]
    canvas.line(path, Colour.GREY, 1.6, dash=2.5)


def _value(
    canvas: Canvas, judgement: Judgement, curve: CumulativeCurve, outlook: Outlook | None, translator: Translator
) -> None:
    """What came so far: a gap where a day is not known, thin where it is not settled yet."""
    settled = outlook.data_date if outlook else judgement.period.end
    before = (LEFT, canvas.y(Decimal(0))) if _starts_at_nothing(judgement) else None
    for day, value in zip(curve.days, curve.values, strict=True):
        at = None if value is None else (canvas.x(day), canvas.y(value))
        if before and at:
            is_settled = day <= settled
            canvas.line([before, at], Colour.LINE if is_settled else Colour.SOFT, 3 if is_settled else 2)
        before = at
    day, last = curve.known[-1]
    x, y = canvas.x(day), canvas.y(last)
    canvas.dot((x, y), 5, Colour.LINE)
    text = translator.number(last, judgement.unit, judgement.currency)
    above = [(x + dx, y + dy, side) for dy in (-17, -36) for dx, side in ((-2, "r"), (4, "l"))]
    below = [(x + dx, y + dy, side) for dy in (18, 36) for dx, side in ((-8, "l"), (-2, "r"))]
    places = [*below, *above] if outlook and _is_behind(judgement, last) else [*above, *below]
    canvas.write(text, Colour.LINE, *(place for place in places if TOP - 8 < place[1] < FOOT - 4))


def _days(canvas: Canvas, curve: CumulativeCurve, translator: Translator) -> None:
    foot = HEIGHT - 16.0
    canvas.write(translator.short_day(canvas.period.start), Colour.GREY, (LEFT, foot, "l"))
    canvas.write(translator.short_day(canvas.period.last), Colour.GREY, (RIGHT, foot, "r"))
    today = curve.known[-1][0]
    canvas.write(translator.short_day(today), Colour.GREY, (canvas.x(today), foot, "m"))


def _legend(canvas: Canvas, judgement: Judgement, outlook: Outlook | None, translator: Translator) -> None:
    """What is what, at the top; nothing where there is one line only."""
    kinds = [(translator.say("so far"), Colour.LINE, 3.0, 0.0)]
    if outlook and outlook.pace is not None and _starts_at_nothing(judgement):
        kinds.append((translator.say("expected"), Colour.GREY, 1.6, 2.5))
    if outlook and outlook.expected is not None:
        kinds.append((translator.say("forecast"), Colour.LINE, 2.0, 5.0))
    x, y = LEFT, 20.0
    for text, colour, width, dash in kinds if len(kinds) > 1 else ():
        canvas.line([(x, y), (x + 24, y)], colour, width, dash)
        canvas.write(text, Colour.GREY, (x + 30, y, "l"))
        x += 30 + width_of(text) + 20
