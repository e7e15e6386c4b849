"""The picture of a period in a mail: small, readable, of known days only, and said in words as well."""

from datetime import date
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from conftest import Write
from hypothesis import given
from hypothesis import strategies as st
from mails_made import AHEAD, MAY, D, budget, context, conversion, course, plan_of, ratios, revenue, told
from PIL import Image

import worker.notify.chart as picture
from config.periods import DAY, Window
from config.relative import ComparedWith, Relative
from worker.charts.axis import span
from worker.model.base_value import BaseValue
from worker.model.records import CumulativeCurve
from worker.model.verdict import Judgement, Phase, Verdict
from worker.notify.canvas import HEIGHT, SIZE, WIDTH, Box, Canvas, Colour, crosses, font, meets
from worker.notify.item import chart
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import bound

MOST = 12_000  # bytes
EVENT = Window(date(2026, 5, 8), date(2026, 5, 11))


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGB")


def colours(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> set[str]:
    part = image.crop(box) if box else image
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in part.getcolors(100_000) or []}  # type: ignore[misc]


CASES = {
    "a sum on its way": (revenue(), course("412.50")),
    "a ratio": (conversion(), ratios()),
    "over budget": (budget(), course("1830.50", 14)),
    "millions": (
        revenue(low=D(9_000_000), outlook=None, figure=revenue().figure),
        course("1250340.50"),
    ),
    "a whole month": (revenue(phase=Phase.OUTCOME, verdict=Verdict.MISSED, outlook=None), course("412.50", 31)),
    "a limit of nothing": (budget(high=D(0)), course("1830.50", 14)),
    "days unknown": (revenue(), course("412.50", unknown=(4, 5, 11))),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_picture_is_small_and_sharp_enough_for_any_screen(case: str, language: str) -> None:
    png = picture.draw(*CASES[case], [EVENT], translator_for(language))
    assert len(png) <= MOST
    image = Image.open(BytesIO(png))
    assert (image.format, image.mode) == ("PNG", "P")
    assert image.size == (2 * 536, 2 * HEIGHT)


def test_a_picture_stands_on_a_card_of_its_own_whatever_the_mail_is_shown_on() -> None:
    image = opened(picture.draw(*CASES["a sum on its way"], [], translator_for("en")))
    corners = [(0, 0), (1071, 0), (0, image.height - 1), (1071, image.height - 1)]
    assert {image.getpixel(corner) for corner in corners} == {(255, 255, 255)}


def test_the_same_figures_make_the_same_picture() -> None:
    first, second = (picture.draw(*CASES["a ratio"], [EVENT], translator_for("fr")) for _ in range(2))
    assert first == second


def test_a_day_that_is_not_known_leaves_a_gap_in_the_line() -> None:
    made, blank = (
        opened(picture.draw(revenue(outlook=None), course("412.50", unknown=days), [], translator_for("en")))
        for days in ((), (9, 10, 11))
    )
    step = (1072 - 4 * 14) / 31
    strip = (round(28 + 10.2 * step), 140, round(28 + 11.8 * step), 2 * 190)
    assert "#1f5f99" in colours(made, strip)
    assert "#1f5f99" not in colours(blank, strip)


def test_nothing_is_drawn_where_no_day_is_known() -> None:
    nothing = CumulativeCurve((date(2026, 5, 1), date(2026, 5, 2)), (None, None))
    assert picture.draw(revenue(), nothing, [], translator_for("en")) == b""
    one = CumulativeCurve((date(2026, 5, 1),), (D("0.02"),))
    assert picture.draw(conversion(), one, [], translator_for("en")) == b""


def test_the_font_has_every_sign_that_numbers_and_days_are_written_with() -> None:
    missing = font().getmask("\uffff")
    for sign in "éèêëàâçùûüîïôœæÉÈÀÇŒ’«»–€£$ %\u00a0\u202f−áñóäößłžřőČșğØ₹₺₽zł":
        drawn = font().getmask(sign)
        assert (drawn.size, bytes(drawn)) != (missing.size, bytes(missing)), sign


def test_what_is_written_stays_readable_at_300_pixels() -> None:
    assert SIZE * 300 / WIDTH > 10


def test_no_two_texts_lie_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[Box]] = []

    def noted(canvas: Canvas) -> bytes:
        written.append([box for _, _, box in canvas.written()])
        return b""

    monkeypatch.setattr(Canvas, "png", noted)
    for judgement, days in CASES.values():
        picture.draw(judgement, days, [EVENT], translator_for("fr"))
    assert len(written) == len(CASES)
    for boxes in written:
        assert len(boxes) >= 4  # the promise, the value, two days
        assert not any(meets(one, other) for one, other in combinations(boxes, 2))


def test_what_a_relative_target_is_measured_from_is_left_to_the_words_beside_the_picture() -> None:
    """“At least €900.00 [+25 % on last year: €720.00]” is wider than the picture, and was cut off."""
    last_may = Window(date(2025, 5, 1), date(2025, 6, 1))
    base = BaseValue(Relative(D("0.25"), ComparedWith.LAST_YEAR), last_may, D(720), is_usable=True)
    days, english = course("412.50"), translator_for("en")
    assert picture.draw(revenue(base=base), days, [], english) == picture.draw(revenue(), days, [], english)
    assert "€720.00" in bound(revenue(base=base), english)


def test_days_lie_between_the_margins_and_values_between_the_legend_and_the_foot() -> None:
    page = Canvas(MAY, D(0), D(100))
    assert [page.x(day) for day in (MAY.start - DAY, MAY.last, MAY.end)] == [14, 522, 522]
    assert page.x(MAY.start) == pytest.approx(14 + 508 / 31)  # where the day ends
    assert [page.y(D(value)) for value in (0, 50, 100)] == [198, 126, 54]
    assert Canvas(MAY, D(5), D(5)).y(D(5)) == 126


def test_words_keep_off_the_lines_where_they_can() -> None:
    page = Canvas(MAY, D(0), D(100))
    page.line([(40, 20), (120, 180)], Colour.LINE, 3)
    page.write("at least 3", Colour.INK, (80, 100, "l"), (300, 100, "l"))  # the line passes (80, 100)
    page.write("3.2", Colour.INK, (310, 100, "l"), (75, 100, "l"))  # a text; the line: better than nowhere
    page.write("4", Colour.INK, (310, 100, "l"))  # no room
    assert [(text, box[0]) for text, _, box in page.written()] == [("at least 3", 297), ("3.2", 72)]


@given(st.tuples(*[st.integers(0, 40)] * 4), st.tuples(*[st.integers(0, 30)] * 2))
def test_a_line_crosses_what_one_of_its_points_is_in(ends: tuple[int, ...], corner: tuple[int, int]) -> None:
    (x, y, other_x, other_y), (left, top) = ends, corner
    at = [(x + (other_x - x) * n / 4000, y + (other_y - y) * n / 4000) for n in range(4001)]
    inside = any(left < across < left + 10 and top < down < top + 6 for across, down in at)
    assert crosses((x, y), (other_x, other_y), (left, top, left + 10, top + 6)) is inside


def test_the_picture_is_said_in_words_in_english() -> None:
    shaded = [("Sale", EVENT)]
    assert picture.described(revenue(), "Revenue", course("412.50", unknown=(3,)), shaded, translator_for("en")) == (
        "Chart: Revenue, May 2026, at least €900.00. Value on 19 May 2026: €412.50. Expected by now: €530.20. "
        "Forecast: €700 (€620 to €785). Some earlier days are not known. "
        "Shaded: Sale, 8–10 May 2026."
    )


def test_and_in_french() -> None:
    text = picture.described(budget(), "Budget", course("1830.50", 14), [], translator_for("fr")).replace("\u202f", " ")
    assert text.replace("\u00a0", " ") == (
        "Graphique : Budget, mai 2026, budget : 1 500,00 €. Valeur au 14 mai 2026 : 1 830,50 €."
    )


def test_names_from_the_plan_are_neither_markup_nor_links_in_the_words_of_a_picture(tmp_path: Path) -> None:
    loaded = plan_of(tmp_path)  # its event is called "<b>Sale</b> evil.com"
    made = chart(context(loaded), told(loaded, revenue()), translator_for("en"))
    assert made is not None
    assert "Shaded: <b>Sale</b> evil[.]com, 8–10 May 2026." in made.alt
    assert made.cid == "chart-1"


@pytest.mark.parametrize(
    ("values", "low", "high"), [([3, 10], 0, 10), ([9, 10], 9, 10), ([-10, -3], -10, 0), ([5], 5, 5), ([0, 0], 0, 0)]
)
def test_a_scale_begins_at_nothing_unless_that_flattens_the_line(values: list[int], low: int, high: int) -> None:
    assert span([D(value) for value in values]) == (D(low), D(high))


# --- the figures behind it -----------------------------------------------------------------------------------------

SPRING = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
people: {lead: {name: Lea Martin, email: lead@shop.example}}
actions:
  news:
    name: Newsletter
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_most: 7, per: month}, {kpi: conversion_rate, at_least: 50%, per: month}]
"""
DAYS = [  # day, orders, sessions
    ("2026-04-01", 2, 10),
    ("2026-04-02", 0, 0),
    ("2026-04-03", 3, 10),
    ("2026-04-04", 5, 20),
]


def test_the_course_of_a_sum_adds_up_and_that_of_a_ratio_is_a_ratio_of_sums(
    vigie: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, CumulativeCurve] = {}
    draw = picture.draw

    def noted(one: Judgement, days: CumulativeCurve, *rest: object) -> bytes:
        drawn[one.kpi] = days
        return draw(one, days, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(picture, "draw", noted)
    shop = "\n".join(["day,campaign,orders,sessions", *(f"{day},news,{n},{v}" for day, n, v in DAYS), ""])
    more = "2026-04-30,news,0,0\n"
    made = vigie(SPRING, "shop: {connector: csv_file, path: shop.csv}\n", **{"shop.csv": shop + more})
    assert made("run", "--once", today="2026-05-02").code == 0
    orders, rate = drawn["orders"], drawn["conversion_rate"]
    assert (orders.days[0], orders.days[-1], len(orders.days)) == (date(2026, 4, 1), date(2026, 4, 30), 30)
    assert orders.values[:5] == (D(2), D(2), D(5), D(10), D(10))
    assert rate.values[:5] == (D(2) / 10, D(2) / 10, D(5) / 20, D(10) / 40, D(10) / 40)


def test_the_pace_is_drawn_only_for_what_adds_up() -> None:
    with_pace = opened(picture.draw(revenue(), course("412.50"), [], translator_for("en")))
    without = opened(picture.draw(revenue(outlook=None), course("412.50"), [], translator_for("en")))
    assert "#5c6670" in colours(with_pace, (700, 100, 1000, 200))
    assert "#5c6670" not in colours(without, (700, 100, 1000, 200))
    assert MAY.end - DAY > AHEAD.data_date
