"""What a mail looks like: readable in any light, whole without its pictures, never too large, linking nowhere else."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from mails_made import (
    LINKS,
    D,
    Painted,
    as_mail,
    budget,
    context,
    contrast,
    conversion,
    many,
    parts,
    plan_of,
    revenue,
    rows,
    told,
)
from mails_made import flag as made_flag
from weeks_made import busy, quiet

from config.loading.loaded import LoadedPlan
from config.vocabulary import Unit
from worker.model.message import Draft
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Phase, Verdict
from worker.notify.compose import FULL, SHOWN, compose
from worker.notify.mime import MAIL_BYTES
from worker.wording import translator_for

PEOPLE = {"en": "ana", "fr": "zoe"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPlan:
    return plan_of(tmp_path_factory.mktemp("plan"))


def drafts(loaded: LoadedPlan) -> dict[str, Draft]:
    """Mails of every kind in both languages."""
    it = context(loaded)
    found = {}
    for language, person in PEOPLE.items():
        for count in (1, 3, 40):
            found[f"{count} in {language}"] = compose(it, person, many(loaded, count))
        found[f"quiet in {language}"] = compose(it, person, [], quiet(loaded, person))
        found[f"busy in {language}"] = compose(it, person, many(loaded, 1), busy(loaded, person))
    found["the lead's"] = compose(it, "lead", [], busy(loaded, "lead"))
    return found


@pytest.fixture(scope="module")
def every(loaded: LoadedPlan) -> dict[str, Draft]:
    return drafts(loaded)


def test_every_word_is_readable_in_the_light_and_in_the_dark(every: dict[str, Draft]) -> None:
    assert len(every) > 1
    for name, draft in every.items():
        for dark in (False, True):
            painted = Painted(draft.html, dark=dark)
            assert len(painted.found) > 3
            poor = {(text, ink, ground) for text, ink, ground in painted.found if contrast(ink, ground) < 4.5}
            assert not poor, (name, dark)


def test_the_painter_sees_what_a_reader_sees() -> None:
    html = (
        "<style>@media (prefers-color-scheme: dark) { .ink { color: #eeeeee !important } }</style>"
        '<p style="background:#112233;"><b class="ink" style="color:#445566;">x</b> y</p>'
    )
    assert Painted(html).found == [("x", "#445566", "#112233"), ("y", "#000000", "#112233")]
    assert Painted(html, dark=True).found[0] == ("x", "#eeeeee", "#112233")
    assert contrast("#777777", "#ffffff") == pytest.approx(
        4.48, abs=0.01
    )  # as webaim.org/resources/contrastchecker says


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.MISSED, Tone.BAD),
        (Verdict.OVER, Tone.BAD),
        (Verdict.AT_RISK, Tone.WARNING),
        (Verdict.OVERSPENDING, Tone.WARNING),
        (Verdict.UNDERSPENDING, Tone.WARNING),
        (Verdict.NO_SPEND, Tone.WARNING),
        (Verdict.ON_TRACK, Tone.GOOD),
        (Verdict.NO_DATA, Tone.UNKNOWN),
        ("unavailable", Tone.UNKNOWN),
        ("storm", Tone.UNKNOWN),
    ],
)
def test_the_badge_says_by_its_colour_how_bad_it_is(verdict: str, expected: Tone) -> None:
    assert tone_of(verdict) is expected


def test_a_problem_has_its_picture_inside_the_mail_with_words_for_who_cannot_see_it(every: dict[str, Draft]) -> None:
    draft = every["3 in fr"]
    shown = re.findall(r'<img src="cid:([^"]+)" alt="([^"]+)"', draft.html)
    assert [cid for cid, _ in shown] == [one.cid for one in draft.pictures] == ["chart-1", "chart-2", "chart-3"]
    assert all(alt.startswith("Graphique") for _, alt in shown)
    assert parts(as_mail(draft))[-3:] == ["image/png"] * 3


def test_only_the_costliest_have_a_picture_and_the_others_are_told_in_short(every: dict[str, Draft]) -> None:
    draft = every["40 in en"]
    assert [one.cid for one in draft.pictures] == [f"chart-{n}" for n in range(1, FULL + 1)]
    assert draft.html.count("What you can do") == draft.text.count("What you can do") == FULL == 5
    assert draft.text.count("Acknowledge") == SHOWN == 40


def test_a_mail_about_forty_things_is_still_one_that_programs_show_whole(every: dict[str, Draft]) -> None:
    assert len(every) > 1
    for name, draft in every.items():
        content = as_mail(draft)
        assert len(content) <= MAIL_BYTES, name
        assert parts(content).count("image/png") == len(draft.pictures), name


def test_a_problem_without_known_days_has_a_bar_and_no_picture(loaded: LoadedPlan) -> None:
    draft = compose(context(loaded), "ana", [told(loaded, revenue(), curve=None)])
    assert draft.pictures == ()
    assert 'width="45%"' in draft.html  # 412.50 of 900
    assert "<img" not in draft.html


def test_what_it_takes_is_said_in_both_parts_in_the_persons_language(every: dict[str, Draft]) -> None:
    draft = every["1 in en"]
    assert "What it would take: €15.39 more than forecast on each of the 13\u00a0days left." in draft.text
    assert "€15.39 more than forecast on each of the 13\u00a0days left." in draft.html
    assert "Ce qu’il faudrait\u00a0: 15,39\u00a0€ de plus que la prévision chaque jour" in every["1 in fr"].text


def test_what_is_a_fact_says_nothing_of_what_it_would_take(loaded: LoadedPlan) -> None:
    fact = revenue(phase=Phase.OUTCOME, verdict=Verdict.MISSED, outlook=None)
    assert "What it would take" not in compose(context(loaded), "ana", [told(loaded, fact)]).text


def test_french_numbers_break_nowhere(every: dict[str, Draft]) -> None:
    text = every["3 in fr"].text
    assert "1\u202f830,50\u00a0€" in text
    assert not re.search(r"\d [€%]|\d \d{3}\b| [:;!?»]|« ", text)


def test_nor_do_english_ones_from_what_they_count(loaded: LoadedPlan) -> None:
    """A ratio in points and a length of time, in figures and in what it would take."""
    text = compose(context(loaded), "ana", [told(loaded, conversion())]).text
    assert "Likely short by: 0.8\u00a0percentage points (27% of the target)" in text
    assert translator_for("en").number(D(3700), Unit.SECONDS) == "61\u00a0min 40\u00a0s"
    assert translator_for("en").in_full(D("1234.5"), Unit.MONEY, "EUR") == "1,234.5\u00a0EUR"


@pytest.mark.parametrize(("count", "more"), [(1, ""), (3, " (and 2 more)")])
def test_the_subject_says_the_thing(every: dict[str, Draft], count: int, more: str) -> None:
    assert every[f"{count} in en"].subject == f"Spring: Spring newsletter is at risk of missing its target{more}"


def addresses(html: str) -> set[str]:
    """Whatever a program would load from, or go to."""
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "iframe", "object", "link", "form", "base")
            found.update(value or "" for name, value in attrs if name in ("src", "href", "background", "action"))
            assert not any(name.startswith("on") or "url(" in (value or "") for name, value in attrs)

    Tags().feed(html)
    return found


def test_no_address_but_our_own_is_in_a_mail_however_the_plan_names_things(loaded: LoadedPlan) -> None:
    hostile = '"><img src=http://evil.com/x onerror=alert(1)> https://evil.com'
    owner = replace(revenue().subject, name=hostile)
    notification = [told(loaded, revenue(subject=owner), title=hostile), told(loaded, conversion(breakdown=hostile), 2)]
    week = replace(busy(loaded, "ana"), flapping=rows(made_flag(9, budget(subject=owner), sentence_en=hostile)))
    draft = compose(context(loaded), "ana", notification, week)
    ours = {"cid:chart-1", "cid:chart-2", *LINKS.values()}
    assert addresses(draft.html) == ours
    assert "<img src=http" not in draft.html
    assert [part for part in parts(as_mail(draft)) if part.startswith("image")] == ["image/png"] * 2


def test_a_mail_that_loses_its_pictures_says_in_words_what_they_showed(every: dict[str, Draft]) -> None:
    draft = every["3 in en"]
    heavy = tuple(one._replace(png=one.png + b"\0" * 150_000) for one in draft.pictures)
    content = as_mail(replace(draft, pictures=heavy))
    assert len(content) <= MAIL_BYTES
    assert "image/png" not in parts(content)
    assert b"Chart: Revenue, May 2026" in content.replace(b"=\r\n", b"")


def test_a_mail_is_wide_on_a_desk_and_narrow_in_a_hand(every: dict[str, Draft]) -> None:
    html = every["1 in en"].html
    assert "max-width:600px" in html
    assert '<!--[if mso]><table role="presentation" width="600"' in html  # Outlook knows no max-width
    assert 'width="536" style="display:block;width:100%;max-width:536px' in html


def test_a_long_word_widens_no_mail(every: dict[str, Draft]) -> None:
    """Gmail keeps of the two only the second, other programs know only the first."""
    assert every
    for draft in every.values():
        (sheet,) = [line for line in draft.html.splitlines() if 'class="sheet"' in line]
        assert "overflow-wrap:anywhere;word-break:break-word;" in sheet
