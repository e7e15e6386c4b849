"""A change of the plan as a sentence: two small plans, and what is said of the step between them."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.fields import Language
from config.history.diff import compare, compare_sources, compare_steps
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.vocabulary import Unit
from connectors.registry import OptionModels
from worker.wording import translator_for
from worker.wording.changes import change_sentence

TOP = """
plan: Spring
currency: {currency}
timezone: Europe/Paris
starts: 2026-05-01
ends: {ends}
people:
  lea: {{name: Léa Martin, email: lea@shop.example}}
  max: {{name: Max Weber, email: {email}}}
  max2: {{name: Max Weber, email: max2@shop.example}}
"""


def load(plan: str, *, currency: str = "EUR", ends: str = "2026-06-30", email: str = "max@shop.example") -> LoadedPlan:
    text = TOP.format(currency=currency, ends=ends, email=email) + plan
    sources = "shop: {connector: csv_file, path: a.csv}\nweb: {connector: csv_file, path: b.csv}\n"
    return parse_plan(Path("p"), text, sources, OptionModels())


def said(before: LoadedPlan, after: LoadedPlan, language: Language = "en") -> list[str]:
    """Every change in a sentence; no-break spaces are told as spaces, they have tests of their own."""
    changes = [*compare(before.plan, after.plan), *compare_sources(before.sources, after.sources)]
    told = [change_sentence(change, before, after, translator_for(language)) for change in changes]
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in told]


def action(parts: str) -> str:
    return f"actions:\n  news: {{name: Newsletter, when: {{every: month, lasts: 14 days}}, {parts}}}\n"


def target(text: str) -> str:
    return action(f"targets: [{{{text}}}]")


def step(before: str, after: str, english: str, french: str) -> tuple[str, str, str, str]:
    """What a plan says before and after, and what is said of it; several sentences are parted by a bar."""
    return before, after, english, french


STEPS = [
    # a lower limit
    step(
        target("kpi: orders, at_least: 100, per: occurrence"),
        target("kpi: orders, at_least: 80, per: occurrence"),
        ("The target of “Newsletter” for orders (per run) was lowered from at least 100 to at least 80."),
        (
            "L’objectif chiffré de « Newsletter » (commandes, par édition) a été abaissé : au moins "
            "80 (auparavant : au moins 100)."
        ),
    ),
    step(
        target("kpi: revenue, at_least: 120000"),
        target("kpi: revenue, at_least: 150000"),
        "The target of “Newsletter” for revenue was raised from at least €120,000.00 to at least €150,000.00.",
        (
            "L’objectif chiffré de « Newsletter » (chiffre d’affaires) a été relevé : au moins 150 "
            "000,00 € (auparavant : au moins 120 000,00 €)."
        ),
    ),
    # an upper limit: less is stricter
    step(
        target("kpi: cost_per_customer, at_most: 30"),
        target("kpi: cost_per_customer, at_most: 25"),
        "The target of “Newsletter” for customer acquisition cost was tightened from at most €30.00 to at most €25.00.",
        (
            "L’objectif chiffré de « Newsletter » (coût d’acquisition d’un client) a été resserré : "
            "au plus 25,00 € (auparavant : au plus 30,00 €)."
        ),
    ),
    step(
        target("kpi: search_position, for: linen dress, at_most: 5, per: week"),
        target("kpi: search_position, for: linen dress, at_most: 6, per: week"),
        "The target of “Newsletter” for search position for “linen dress” (per week) was loosened from at most 5 to "
        "at most 6.",
        (
            "L’objectif chiffré de « Newsletter » (position dans les moteurs de recherche pour « "
            "linen dress », par semaine) a été assoupli : au plus 6 (auparavant : au plus 5)."
        ),
    ),
    # both
    step(
        target("kpi: average_basket, between: [30, 50]"),
        target("kpi: average_basket, between: [35, 50]"),
        "The target of “Newsletter” for average order value was tightened from between €30.00 and €50.00 to "
        "between €35.00 and €50.00.",
        (
            "L’objectif chiffré de « Newsletter » (panier moyen) a été resserré : entre 35,00 € et "
            "50,00 € (auparavant : entre 30,00 € et 50,00 €)."
        ),
    ),
    step(
        target("kpi: orders, between: [30, 50]"),
        target("kpi: orders, between: [30, 60]"),
        "The target of “Newsletter” for orders was loosened from between 30 and 50 to between 30 and 60.",
        (
            "L’objectif chiffré de « Newsletter » (commandes) a été assoupli : entre 30 et 60 "
            "(auparavant : entre 30 et 50)."
        ),
    ),
    step(
        target("kpi: orders, between: [30, 50]"),
        target("kpi: orders, between: [35, 55]"),
        "The target of “Newsletter” for orders was moved from between 30 and 50 to between 35 and 55.",
        (
            "L’objectif chiffré de « Newsletter » (commandes) a été déplacé : entre 35 et 55 "
            "(auparavant : entre 30 et 50)."
        ),
    ),
    # what would look the same is told with all its digits
    step(
        target("kpi: conversion_rate, at_least: 2.501%"),
        target("kpi: conversion_rate, at_least: 2.502%"),
        "The target of “Newsletter” for conversion rate was raised from at least 2.501% to at least 2.502%.",
        (
            "L’objectif chiffré de « Newsletter » (taux de conversion) a été relevé : au moins 2,502 "
            "% (auparavant : au moins 2,501 %)."
        ),
    ),
    # another time, another bound
    step(
        target("kpi: revenue, at_least: 150000, by: 2026-05-31"),
        target("kpi: revenue, at_least: 150000, by: 2026-06-30"),
        "The target of “Newsletter” for revenue was changed from at least €150,000.00 by 31 May 2026 to at least "
        "€150,000.00 by 30 June 2026.",
        (
            "L’objectif chiffré de « Newsletter » (chiffre d’affaires) a été modifié : au moins 150 "
            "000,00 € d’ici au 30 juin 2026 (auparavant : au moins 150 000,00 € d’ici au 31 mai "
            "2026)."
        ),
    ),
    step(
        target("kpi: orders, at_least: 10, per: week"),
        target("kpi: orders, at_most: 10, per: month"),
        "The target of “Newsletter” for orders was changed from at least 10 per week to at most 10 per month.",
        (
            "L’objectif chiffré de « Newsletter » (commandes) a été modifié : au plus 10 par mois "
            "(auparavant : au moins 10 par semaine)."
        ),
    ),
    # month by month
    step(
        target("kpi: orders, at_least: {2026-05: 100, 2026-06: 50}"),
        target("kpi: orders, at_least: {2026-05: 80, 2026-06: 50}"),
        "The target of “Newsletter” for orders (per month) was lowered in May 2026 from at least 100 to at least 80.",
        (
            "L’objectif chiffré de « Newsletter » (commandes, par mois) a été abaissé : au moins 80 "
            "en mai 2026 (auparavant : au moins 100)."
        ),
    ),
    step(
        target("kpi: orders, at_least: {2026-05: 100, 2026-06: 50}"),
        target("kpi: orders, at_least: {2026-05: 80, 2026-06: 70}"),
        "The target of “Newsletter” for orders (per month) was changed in May 2026 from at least 100 to at least 80, "
        "in June 2026 from at least 50 to at least 70.",
        (
            "L’objectif chiffré de « Newsletter » (commandes, par mois) a été modifié : au moins 80 "
            "en mai 2026 (auparavant : au moins 100), au moins 70 en juin 2026 (auparavant : au "
            "moins 50)."
        ),
    ),
    step(
        target("kpi: orders, at_least: 100, per: month"),
        target("kpi: orders, at_least: {2026-05: 90}"),
        "The target of “Newsletter” for orders (per month) was lowered in May 2026 from at least 100 to at least 90, "
        "in the other months from at least 100 to none.",
        (
            "L’objectif chiffré de « Newsletter » (commandes, par mois) a été abaissé : au moins 90 "
            "en mai 2026 (auparavant : au moins 100), néant les autres mois (auparavant : au moins "
            "100)."
        ),
    ),
    # come and gone
    step(
        action("targets: []"),
        target("kpi: orders, at_least: 5, per: month"),
        "A target of “Newsletter” for orders (per month) was added: at least 5.",
        "Un objectif chiffré de « Newsletter » a été ajouté (commandes, par mois) : au moins 5.",
    ),
    step(
        target("kpi: orders, at_least: {2026-05: 90, 2026-06: 80}"),
        action("targets: []"),
        "The target of “Newsletter” for orders (per month) was removed; it was at least 90 in May 2026, at least 80 "
        "in June 2026.",
        (
            "L’objectif chiffré de « Newsletter » (commandes, par mois) a été supprimé ; auparavant "
            ": au moins 90 en mai 2026, au moins 80 en juin 2026."
        ),
    ),
    # budgets
    step(
        "budget: 4000",
        "budget: 5000",
        "The budget of the plan was raised from €4,000.00 to €5,000.00.",
        "Le budget du plan a été relevé : 5 000,00 € (auparavant : 4 000,00 €).",
    ),
    step(
        action("budget: {amount: 500, per: occurrence}"),
        action("budget: {amount: 400, per: occurrence}"),
        "The budget of “Newsletter” was lowered from €500.00 per run to €400.00 per run.",
        ("Le budget de « Newsletter » a été abaissé : 400,00 € par édition (auparavant : 500,00 € par édition)."),
    ),
    step(
        action("budget: 500"),
        action("budget: {amount: 500, per: month}"),
        "The budget of “Newsletter” was changed from €500.00 in total to €500.00 per month.",
        ("Le budget de « Newsletter » a été modifié : 500,00 € par mois (auparavant : 500,00 € au total)."),
    ),
    step(
        "margin: 40%",
        "margin: 40%\nbudget: 0",
        "The budget of the plan was set: €0.00.",
        "Le budget du plan a été fixé : 0,00 €.",
    ),
    step(
        action("budget: 500"),
        action("responsible: null"),
        "The budget of “Newsletter” was removed; it was €500.00.",
        "Le budget de « Newsletter » a été supprimé ; auparavant : 500,00 €.",
    ),
    # the rest of an action
    step(
        action("responsible: lea"),
        action("responsible: max"),
        "The owner of “Newsletter” changed from Léa Martin to Max Weber.",
        "Responsable de « Newsletter » : Max Weber (auparavant : Léa Martin).",
    ),
    step(
        action("responsible: max"),
        action("responsible: max2"),
        "The owner of “Newsletter” changed from Max Weber (max) to Max Weber (max2).",
        "Responsable de « Newsletter » : Max Weber (max2) (auparavant : Max Weber (max)).",
    ),
    step(
        action("responsible: null"),
        action("responsible: lea"),
        "The owner of “Newsletter” changed from nobody to Léa Martin.",
        "Responsable de « Newsletter » : Léa Martin (auparavant : personne).",
    ),
    step(
        action("techniques: [email]"),
        action("techniques: [landing-page]"),
        "“Newsletter” now also uses: landing page.|“Newsletter” no longer uses: e-mail.",
        ("« Newsletter » a un levier de plus : landing page.|« Newsletter » a un levier de moins : e-mail."),
    ),
    step(
        "actions: {a: {name: A, when: {from: 2026-05-01, to: 2026-05-10}}}",
        "actions: {a: {name: A, when: {every: 2 weeks, on: tuesday, from: 2026-05-04}}}",
        "The dates of “A” changed from 1–10 May 2026 to every 2 weeks, on Tuesday, from 4 May 2026.",
        "Dates de « A » : toutes les 2 semaines, le mardi, à partir du 4 mai 2026 "
        "(auparavant : du 1er au 10 mai 2026).",
    ),
    step(
        "actions: {a: {name: A}}",
        "actions: {a: {name: A, when: {every: month, on: 15, lasts: 1 week, to: 2026-06-20}}}",
        "The dates of “A” changed from the whole plan to every month, on day 15, for 1 week, until 20 June 2026.",
        (
            "Dates de « A » : chaque mois, le jour 15, pendant 1 semaine, jusqu’au 20 juin 2026 "
            "(auparavant : tout le plan)."
        ),
    ),
    step(
        action("costs: [{on: 2026-05-01, amount: 180, what: layout}]"),
        action("costs: [{on: 2026-05-01, amount: 200, what: layout, state: committed}]"),
        "A cost of “Newsletter” changed from layout, €180.00, 1 May 2026 to layout, €200.00, 1 May 2026, committed.",
        "Un coût de « Newsletter » a changé : layout, 200,00 €, 1er mai 2026, engagé "
        "(auparavant : layout, 180,00 €, 1er mai 2026).",
    ),
    step(
        action("costs: []"),
        action("costs: [{on: 2026-05-01, amount: 180, what: layout}]"),
        "A cost of “Newsletter” was added: layout, €180.00, 1 May 2026.",
        "Un coût de « Newsletter » a été ajouté : layout, 180,00 €, 1er mai 2026.",
    ),
    # tracking
    step(
        action("tracked_by: [{campaign: news-*}, {coupon: SPRING}]"),
        action("tracked_by: [{campaign: [news-*, letter-*]}, {coupon: SPRING, source: mail}]"),
        (
            "The tracking of “Newsletter” was changed: campaign letter-* or traffic source mail and "
            "coupon SPRING added, coupon SPRING removed."
        ),
        (
            "Le suivi de « Newsletter » a changé : avec campagne letter-* ou source de trafic mail "
            "et code promo SPRING, sans code promo SPRING."
        ),
    ),
    step(
        action("tracked_by: {campaign: a}"),
        action("tracked_by: {campaign: [a, b]}"),
        "The tracking of “Newsletter” was widened to include campaign b.",
        "Le suivi de « Newsletter » a été élargi : campagne b en plus.",
    ),
    step(
        action("tracked_by: {campaign: [a, b]}"),
        action("tracked_by: {campaign: a}"),
        "The tracking of “Newsletter” was narrowed: campaign b removed.",
        "Le suivi de « Newsletter » a été restreint : campagne b en moins.",
    ),
    step(
        "objectives: {grow: {name: Grow}}",
        "objectives: {grow: {name: Grow, tracked_by: {channel: Email}}}",
        "The tracking of “Grow” was set: channel Email.",
        "Le suivi de « Grow » a été défini : canal Email.",
    ),
    # whole elements
    step(
        "actions: {a: {name: Fair, budget: 800, targets: [{kpi: orders, at_least: 20, per: week}]}}",
        "actions: {}",
        "The action “Fair” was removed (budget €800.00 and orders at least 20 per week).",
        ("L’action « Fair » a été supprimée (budget : 800,00 € et commandes : au moins 20 par semaine)."),
    ),
    step(
        "actions: {a: {name: Fair, tracked_by: {coupon: FAIR}}}",
        "actions: {b: {name: Show, tracked_by: {coupon: fair}}}",
        "The action Fair (a) seems to have been renamed Show (b), which tracks the same figures.",
        "L’action Fair (a) semble avoir été renommée Show (b), qui suit les mêmes chiffres.",
    ),
    step(
        "objectives: {grow: {name: Grow}}\n" + action("objectives: [grow]"),
        action("objectives: []"),
        "“Newsletter” no longer serves the objective “Grow”.|The objective “Grow” was removed.",
        "« Newsletter » ne sert plus l’objectif « Grow ».|L’objectif « Grow » a été supprimé.",
    ),
    step(
        "kpis: {k: {formula: revenue / orders, unit: money, name: {en: Worth, fr: Valeur}}}",
        "kpis: {k: {formula: [revenue / items, revenue], unit: ratio, name: {en: Worth, fr: Prix}}}",
        "The formula of “Worth” changed from revenue / orders to revenue / items or revenue.|"
        "“unit” of “Worth” changed from money to ratio.|"
        "The KPI “Worth / Valeur” is now called “Worth / Prix”.",
        (
            "Formule de « Prix » : revenue / items ou revenue (auparavant : revenue / orders).|« "
            "unit » de « Prix » : ratio (auparavant : money).|L’indicateur « Valeur » s’appelle "
            "désormais « Prix »."
        ),
    ),
    step(
        "kpis: {}",
        "kpis: {k: {formula: revenue / orders, unit: money, name: Worth}}",
        "The KPI “Worth” was added (revenue / orders).",
        "L’indicateur « Worth » a été ajouté (revenue / orders).",
    ),
    # the top of the plan
    step(
        "margin: 40%",
        "lead: max",
        ("The plan’s margin changed from 40% to none.|The plan lead changed from Léa Martin to Max Weber."),
        "Marge du plan : néant (auparavant : 40 %).|Pilote du plan : Max Weber (auparavant : Léa Martin).",
    ),
    step(
        "authority: {}",
        "authority: {revenue: [web, shop]}",
        "The authoritative source for revenue changed from the usual order to web and shop.",
        "Source de référence (chiffre d’affaires) : web et shop (auparavant : l’ordre habituel).",
    ),
]


@pytest.mark.parametrize(("before", "after", "english", "french"), STEPS, ids=[step[2][:60] for step in STEPS])
def test_a_step_from_one_plan_to_the_next_is_said(before: str, after: str, english: str, french: str) -> None:
    one, other = load(before), load(after)
    assert sorted(said(one, other)) == sorted(english.split("|"))
    assert sorted(said(one, other, "fr")) == sorted(french.split("|"))


def test_dates_and_an_address_are_said() -> None:
    assert said(load(""), load("", ends="2026-07-31", email="max@new.example")) == [
        "The dates of the plan changed from 1 May – 30 June 2026 to 1 May – 31 July 2026.",
        "The address of “Max Weber” changed from max@shop.example to max@new.example.",
    ]


def test_a_target_without_a_change_of_its_own_is_not_called_lower_where_the_currency_changes() -> None:
    """5,000 dollars are not more than 4,000 euros because the number is."""
    assert said(load("budget: 4000"), load("budget: 5000", currency="USD")) == [
        "“currency” of the plan changed from EUR to USD.",
        "The budget of the plan was changed from €4,000.00 to $5,000.00.",
    ]
    one, other = (target(f"kpi: revenue, at_least: {value}") for value in (4000, 5000))
    assert (
        "was changed from at least €4,000.00 to at least $5,000.00" in said(load(one), load(other, currency="USD"))[1]
    )


def test_a_promise_moved_and_put_back_the_same_day_is_said() -> None:
    high, low = (load(target(f"kpi: orders, at_least: {value}, per: week")) for value in (100, 80))
    (change,) = compare_steps([high.plan, low.plan, high.plan])
    assert change_sentence(change, high, high, translator_for("en")) == (
        "The target of “Newsletter” for orders was changed and restored the same day: "
        "at least 100 per week, then at least 80 per week, then at least 100 per week."
    )
    some, none = load("budget: 5"), load("")
    (change,) = compare_steps([some.plan, none.plan, some.plan])
    assert change_sentence(change, some, some, translator_for("en")) == (
        "The budget of the plan was changed and restored the same day: €5.00, then none, then €5.00."
    )


#: verbs that are each other's contrary
CONTRARY = [("raised", "lowered"), ("tightened", "loosened"), ("moved", "moved"), ("changed", "changed")]
LEVELS = st.one_of(
    st.builds(lambda kind, n: f"{kind}: {n}", st.sampled_from(["at_least", "at_most"]), st.integers(0, 9)),
    st.builds(lambda low, more: f"between: [{low}, {low + more}]", st.integers(0, 9), st.integers(0, 9)),
    st.builds(lambda may, june: f"at_least: {{2026-05: {may}, 2026-06: {june}}}", st.integers(0, 3), st.integers(0, 3)),
)


@settings(max_examples=60, deadline=None)
@given(LEVELS, LEVELS)
def test_what_is_lowered_on_the_way_is_raised_on_the_way_back(one: str, other: str) -> None:
    before, after = (load(target(f"kpi: orders, {level}")) for level in (one, other))
    ahead, back = said(before, after), said(after, before)
    assert len(ahead) == len(back) == int(before.plan != after.plan)
    for text, contrary in zip(ahead, back, strict=True):
        assert any(
            (f" was {a} " in text and f" was {b} " in contrary) or (f" was {b} " in text and f" was {a} " in contrary)
            for a, b in CONTRARY
        )


NUMBERS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1), places=10)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["conversion_rate", "revenue", "average_basket", "time_on_site", "roi"]), NUMBERS, NUMBERS)
def test_two_values_that_differ_never_look_the_same(kpi: str, one: Decimal, other: Decimal) -> None:
    found = said(load(target(f"kpi: {kpi}, at_least: {one}")), load(target(f"kpi: {kpi}, at_least: {other}")))
    assume(found)
    for text in found:
        before, after = text.removesuffix(".").split(" from ")[1].split(" to ")
        assert before != after


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        ("0.0250100000000001", Unit.SHARE, "2.50100000000001%", "2,50100000000001 %"),
        ("1234.5000001", Unit.MONEY, "1,234.5000001 EUR", "1 234,5000001 EUR"),
        ("0." + "3" * 30, Unit.RATIO, "0." + "3" * 30, "0," + "3" * 30),
    ],
)
def test_a_number_in_full_has_all_its_digits(value: str, unit: Unit, english: str, french: str) -> None:
    told = [translator_for(it).in_full(Decimal(value), unit, "EUR").replace("\u00a0", " ") for it in ("en", "fr")]
    assert [text.replace("\u202f", " ") for text in told] == [english, french]
