"""What a plan's author is told about a mistake: the exact sentence, and the line, in English and in French."""

# ruff: noqa: E501, sentences are shown whole

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

import config
from config.catalogue import catalogue
from config.errors import PlanError, Problem
from config.languages import CATALOGUES, LANGUAGES
from config.loading.loader import load_plan, parse_plan
from config.loading.model_keys import ModelKeys, keys_of
from config.periods import WEEKDAYS
from config.plan import CostState, Per, Plan
from config.settings import Settings, load_settings
from config.sources import SourceEntry
from config.suggestions import meant, nearest, plain_word
from config.techniques import techniques
from config.vocabulary import (
    CHANNELS,
    NOT_SET,
    OTHER,
    Dimension,
    Direction,
    Measure,
    SourceKind,
    Unit,
    label,
)
from config.words import WORDS
from connectors.registry import OptionModels
from worker.wording.translator import translator_for

HEAD = "plan: Spring\ncurrency: EUR\ntimezone: Europe/Paris\nstarts: 2026-03-01\nends: 2026-06-30\n"
WHOLE = f"""{HEAD}people:
  claire: {{name: Claire, email: claire@shop.example}}
objectives:
  grow: {{name: Grow}}
"""  # nine lines


def action(text: str) -> str:
    """A plan whose action has these lines, the first of them on line 13."""
    return f"{WHOLE}actions:\n  a:\n    name: A\n" + "".join(f"    {line}\n" for line in text.split("\n"))


def target(text: str) -> str:
    """A plan with this target on line 14."""
    return action(f"targets:\n  - {{{text}}}")


def problems(plan: str, sources: str = "") -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as caught:
        parse_plan(Path("p"), plan, sources, OptionModels())
    return caught.value.problems


MISTAKES = [
    pytest.param(
        WHOLE + "actions:\n\ta: {name: A}\n",
        ["11: this line is indented with a tab: use spaces"],
        id="a tab",
    ),
    pytest.param(
        action("when:\n\tfrom: 2026-03-01"),
        ["14: this line is indented with a tab: use spaces"],
        id="a tab deeper down",
    ),
    pytest.param(
        action("responsible: claire\n  budget: 5"),
        ["14: wrong indentation: align this line with the others of its block"],
        id="a line too far right",
    ),
    pytest.param(
        WHOLE + "actions:\n    a:\n        name: A\n      budget: 5\n",
        ["13: wrong indentation: align this line with the others of its block"],
        id="a line too far left",
    ),
    pytest.param(
        WHOLE + "actions:\n  a:\n\u00a0\u00a0\u00a0 name: A\n",
        ["12: this line is indented with no-break spaces, as pasted text may have: type ordinary spaces"],
        id="no-break spaces pasted",
    ),
    pytest.param(
        action("").replace("name: A", "name: Noël : coffrets"),
        ["12: the value of 'name' contains a colon followed by a space: put it in quotes"],
        id="a colon in a name",
    ),
    pytest.param(
        WHOLE + "actions:\n  a: {name: Noël : coffrets, budget: 5}\n",
        ["11: a colon followed by a space ends a key: put a text that contains one in quotes"],
        id="a colon in a name in braces",
    ),
    pytest.param(
        action("techniques: [email : news]"),
        ["13: actions.a.techniques[1] must be a single text: put it in quotes if it contains a colon, [ or {"],
        id="a colon in a list",
    ),
    pytest.param(
        action("").replace("name: A", 'name: "Noël'),
        ["12: the quote opened on this line is never closed"],
        id="a quote left open",
    ),
    pytest.param(
        action("").replace("name: A", 'name: "Noël') + '  b: {name: "B"}\n',
        ["12: the quote opened on this line is never closed"],
        id="a quote left open before another",
    ),
    pytest.param(
        action("").replace("name: A", "name: 'L'été'"),
        ["12: an apostrophe ends a text in single quotes: use double quotes around it"],
        id="an apostrophe in single quotes",
    ),
    pytest.param(
        action("").replace("name: A", 'name: "Noël" coffrets'),
        ["12: the text goes on after its closing quote: put all of it in quotes"],
        id="text behind a quote",
    ),
    pytest.param(
        target("kpi: orders, at_least: 1") + "    tracked_by: {campaign: *insta*}\n",
        ["15: a value that begins with * must be in quotes"],
        id="stars around a pattern",
    ),
    pytest.param(
        action("tracked_by: {campaign: *}"),
        ["13: a value that begins with * must be in quotes"],
        id="a star alone",
    ),
    pytest.param(
        action("tracked_by:\n  - campaign: *insta"),
        ["14: a value that begins with * must be in quotes"],
        id="a star in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: &co"),
        ["12: a value that begins with & must be in quotes"],
        id="an ampersand in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: @vigie"),
        ["12: a value that begins with @ must be in quotes"],
        id="an at sign in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: %promo"),
        ["12: a value that begins with % must be in quotes"],
        id="a percent sign in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: !promo"),
        ["12: a value that begins with ! must be in quotes"],
        id="an exclamation mark in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: ? A"),
        ["12: a value that begins with ? must be in quotes"],
        id="question mark",
    ),
    pytest.param(
        HEAD + "margin: 40%\n\t",
        ["6: this line is indented with a tab: use spaces"],
        id="tab at the end",
    ),
    pytest.param(
        action("").replace("name: A", "name: #promo"),
        ["12: actions.a.name is empty, as what follows # is a comment: put the value in quotes"],
        id="a hash in front",
    ),
    pytest.param(
        action("").replace("name: A", "name: [Promo] été"),
        ["12: a value that begins with [ must be in quotes"],
        id="a bracket in front",
    ),
    pytest.param(
        HEAD + "budget:2500\nmargin: 40%\n",
        ["6: a space is missing after the colon: write 'budget: …'"],
        id="no space after a colon",
    ),
    pytest.param(
        HEAD + "budget:2500\n",
        ["6: a space is missing after the colon: write 'budget: …'"],
        id="no space after the last colon",
    ),
    pytest.param(
        action("budget:500"),
        ["13: a space is missing after the colon: write 'budget: …'"],
        id="no space after a colon deeper down",
    ),
    pytest.param(
        target("kpi:orders, at_least:100"),
        [
            "14: a space is missing after the colon: write 'kpi: …'",
            "14: a space is missing after the colon: write 'at_least: …'",
        ],
        id="no space after colons in braces",
    ),
    pytest.param(
        HEAD + "budget 2500\nmargin: 40%\n",
        ["6: no colon on this line: write 'key: value', or indent it if it continues the value above"],
        id="no colon",
    ),
    pytest.param(
        action("budget: 5\nbudget: 6"),
        ["14: 'budget' is given twice, first on line 13: keep one"],
        id="a key twice",
    ),
    pytest.param(
        HEAD + "people:\n  - {name: Claire, email: c@x.fr}\n",
        ["6: people must hold keys, not a list: write 'key: value' without dashes"],
        id="list for mapping",
    ),
    pytest.param(
        HEAD + "people:\n  - claire: {name: Claire, email: c@x.fr}\n",
        ["6: people must hold keys, not a list: write 'key: value' without dashes"],
        id="list for mapping2",
    ),
    pytest.param(
        action("targets: {kpi: orders, at_least: 1}"),
        ["13: actions.a.targets must be a list: put it in [ ], or begin each entry with '- '"],
        id="mapping for list",
    ),
    pytest.param(
        action("targets:\n  kpi: orders\n  at_least: 1"),
        ["13: actions.a.targets must be a list: put it in [ ], or begin each entry with '- '"],
        id="mapping for list block",
    ),
    pytest.param(
        action("techniques: email"),
        ["13: actions.a.techniques must be a list: put it in [ ], or begin each entry with '- '"],
        id="text for list",
    ),
    pytest.param(
        action("when: march"),
        ["13: actions.a.when must hold keys, each with its value, such as {from: 2026-03-01, to: 2026-03-31}"],
        id="text for mapping",
    ),
    pytest.param(
        HEAD + "people: {claire: claire@shop.example}\n",
        ["6: people.claire must hold keys, each with its value, such as {name: Claire, email: claire@shop.example}"],
        id="text person",
    ),
    pytest.param(
        WHOLE + "actions:\n  a: {name: A, budget: 5\n  b: {name: B}\n",
        ["11: the { opened on this line is never closed"],
        id="a brace left open",
    ),
    pytest.param(
        action("techniques: [email, seo\nbudget: 5"),
        ["13: the [ opened on this line is never closed"],
        id="a bracket left open",
    ),
    pytest.param(
        WHOLE + "actions:\n  a: {name: A budget: 5}\n",
        ["11: a comma is missing between two entries in { }"],
        id="missing comma",
    ),
    pytest.param(
        target("kpi: orders at_least: 5"),
        ["14: a comma is missing between two entries in { }"],
        id="missing comma2",
    ),
    pytest.param(
        HEAD.replace("EUR", "“EUR”"),
        ['2: currency: typographic quotes are not valid in YAML: use straight ones, as in "text"'],
        id="typographic quotes",
    ),
    pytest.param(
        action("").replace("name: A", "name: “Noël : coffrets”"),
        ['12: typographic quotes are not valid in YAML: use straight ones, as in "text"'],
        id="typographic quotes around a colon",
    ),
    pytest.param(
        HEAD.replace("2026-03-01", "“2026-03-01”"),
        ['4: starts: typographic quotes are not valid in YAML: use straight ones, as in "text"'],
        id="typographic quotes around a date",
    ),
    pytest.param(
        HEAD.replace("Spring", '"Plan\\Spring"'),
        ["1: a backslash has a meaning of its own in double quotes: use single quotes"],
        id="a backslash in quotes",
    ),
    pytest.param(
        WHOLE + "actions:\n  a: {name: Noël, coffrets, budget: 5}\n",
        ["11: 'coffrets' has no value: if it belongs to the text before the comma, put that in quotes"],
        id="a comma in a name in braces",
    ),
    pytest.param(
        HEAD + "- name: A\n",
        ["6: a list item is out of place here: indent it below its key, or write 'key: value'"],
        id="a stray list item",
    ),
    pytest.param(
        action("targets:\n  - kpi: orders\n  at_least: 1"),
        ["15: a key is out of place here: align it with the keys of its list item, or begin it with '- '"],
        id="a key among list items",
    ),
    pytest.param(
        action("targets:\n  - kpi: orders\n   at_least: 1"),
        ["15: a key is out of place here: align it with the keys of its list item, or begin it with '- '"],
        id="a key that is not aligned with its item",
    ),
    pytest.param(
        action("techniques:\n  -email\n  -seo"),
        ["13: actions.a.techniques: a space is missing after each dash"],
        id="no space after a dash",
    ),
    pytest.param(
        HEAD + "---\n" + HEAD,
        ["6: a second document begins here: delete the line '---'"],
        id="two documents",
    ),
    pytest.param(
        HEAD + "people:\n  claire: {name: C, email: c@x.fr, digest: no}\n",
        ["7: YAML may take no for true or false: write true or false, or put it in quotes"],
        id="no for false",
    ),
    pytest.param(
        HEAD + "people:\n  claire: {name: C, email: c@x.fr, digest: non}\n",
        ["7: people.claire.digest must be true or false: write false"],
        id="non for false",
    ),
    pytest.param(
        action("").replace("name: A", "name: 12:30"),
        ["12: YAML may take 12:30 for a number of seconds: put it in quotes"],
        id="a time as a name",
    ),
    pytest.param(
        "",
        ["1: the file is empty: 'vigie init DIR' writes an example to start from"],
        id="an empty file",
    ),
    pytest.param(
        "# rien\n",
        ["1: the file is empty: 'vigie init DIR' writes an example to start from"],
        id="comments alone",
    ),
    pytest.param(
        "- plan: x\n",
        ["1: the file must hold keys, each with its value, such as plan: Spring 2026"],
        id="list plan",
    ),
    pytest.param(
        "Spring plan\n",
        ["1: the file must hold keys, each with its value, such as plan: Spring 2026"],
        id="text plan",
    ),
    pytest.param(
        HEAD + "lead: claire\nactions:\n  a: {name: A, responsible: claire}\n  b: {name: B, responsible: tom}\n",
        ["6: nobody is listed under people: add claire, tom, with a name and an e-mail address"],
        id="people missing",
    ),
    pytest.param(
        HEAD + "people: claire\nactions:\n  a: {name: A, responsible: claire}\n  b: {name: B, responsible: tom}\n",
        ["6: people must hold keys, each with its value, such as some-id: {name: Claire, email: claire@shop.example}"],
        id="people broken",
    ),
    pytest.param(
        HEAD + "people:\n  claire: {name: Claire}\nactions:\n  a: {name: A, responsible: claire}\n",
        ["7: people.claire.email is missing: add it, such as email: claire@shop.example"],
        id="person broken",
    ),
    pytest.param(
        HEAD
        + "people:\nclaire: {name: Claire, email: c@x.fr}\ntom: {name: Tom, email: t@x.fr}\nactions:\n  a: {name: A, responsible: claire}\n",
        ["7: indent this line: it belongs below 'people'"],
        id="people unindented",
    ),
    pytest.param(
        action("when:\nfrom: 2026-04-01\nto: 2026-05-01"),
        ["14: indent this line: it belongs below 'when'"],
        id="when unindented",
    ),
    pytest.param(
        HEAD + "actions:\n  a: {name: A, objectives: [grow]}\n  b: {name: B, objectives: [grow, keep]}\n",
        ["7: no objective is defined: add grow, keep under objectives"],
        id="objectives missing",
    ),
    pytest.param(
        HEAD + "objectives: {grow: {name: G}}\nactions:\n  a: 5\n",
        ["8: actions.a must hold keys, each with its value, such as {name: Spring newsletter}"],
        id="action broken, objective",
    ),
    pytest.param(
        action("budget: {from: ads}"),
        ["13: no shared budget is defined: add ads under budgets"],
        id="budgets missing",
    ),
    pytest.param(
        HEAD + "people:\n",
        ["6: people is empty: give it a value, or remove the line"],
        id="people empty",
    ),
    pytest.param(
        HEAD + "objectifs:\n  grow: {nom: G}\nactions:\n  a: {name: A, objectives: [grow, gorw]}\n",
        [
            "6: unknown key 'objectifs': write 'objectives'",
            "7: unknown key 'nom': write 'name'",
            "9: there is no objective 'gorw'; did you mean 'grow'?",
        ],
        id="objectifs",
    ),
    pytest.param(
        "nom: Printemps\ndevise: EUR\nfuseau: Europe/Paris\nlangue: français\ndébut: 2026-03-01\nfin: 2026-06-30\npersonnes:\n  claire: {nom: Claire, courriel: claire@shop.example}\nactions:\n  a:\n    nom: A\n    responsable: clare\n    quand: {du: 2026-03-01, au: 2026-03-31}\n    coûts: [{le: 2026-03-01, montant: 5, objet: x}]\n    suivi: {campagne: x, mot-clé: y}\n    objectifs chiffrés: [{indicateur: commandes, au moins: 5, par: mois}]\n",
        [
            "1: unknown key 'nom': write 'plan'",
            "2: unknown key 'devise': write 'currency'",
            "3: unknown key 'fuseau': write 'timezone'",
            "4: unknown key 'langue': write 'language'",
            "4: language: 'français' is not a language of Vigie: write 'fr'",
            "5: unknown key 'début': write 'starts'",
            "6: unknown key 'fin': write 'ends'",
            "7: unknown key 'personnes': write 'people'",
            "8: unknown key 'nom': write 'name'",
            "8: unknown key 'courriel': write 'email'",
            "11: unknown key 'nom': write 'name'",
            "12: unknown key 'responsable': write 'responsible'",
            "12: nobody is called 'clare' under people; did you mean 'claire'?",
            "13: unknown key 'quand': write 'when'",
            "13: unknown key 'du': write 'from'",
            "13: unknown key 'au': write 'to'",
            "14: unknown key 'coûts': write 'costs'",
            "14: unknown key 'le': write 'on'",
            "14: unknown key 'montant': write 'amount'",
            "14: unknown key 'objet': write 'what'",
            "15: unknown key 'suivi': write 'tracked_by'",
            "15: unknown key 'campagne': write 'campaign'",
            "15: unknown key 'mot-clé': write 'keyword'",
            "16: unknown key 'objectifs chiffrés': write 'targets'",
            "16: unknown key 'indicateur': write 'kpi'",
            "16: unknown key 'au moins': write 'at_least'",
            "16: unknown key 'par': write 'per'",
            "16: actions.a.targets[1].per: 'mois' is not valid here: write 'month'",
            "16: there is no KPI 'commandes': write 'orders'",
        ],
        id="a plan in French from top to bottom",
    ),
    pytest.param(
        action("responsable: claire"),
        ["13: unknown key 'responsable': write 'responsible'"],
        id="responsable",
    ),
    pytest.param(
        action("cibles: [{kpi: orders, at_least: 5}]"),
        ["13: unknown key 'cibles': write 'targets'"],
        id="cibles",
    ),
    pytest.param(
        action("dépenses: [{on: 2026-03-01, amount: 5, what: x}]"),
        ["13: unknown key 'dépenses': write 'costs'"],
        id="depenses",
    ),
    pytest.param(
        action("suivi: {campaign: x}"),
        ["13: unknown key 'suivi': write 'tracked_by'"],
        id="suivi",
    ),
    pytest.param(
        action("tracked_by: {canal: Email}"),
        ["13: unknown key 'canal': write 'channel'"],
        id="canal",
    ),
    pytest.param(
        action("tracked_by: {campagne: x}"),
        ["13: unknown key 'campagne': write 'campaign'"],
        id="campagne",
    ),
    pytest.param(
        action("tracked_by: {mots-clés: x}"),
        ["13: unknown key 'mots-clés': write 'keyword'"],
        id="motcle",
    ),
    pytest.param(
        action("tracked_by: {code promo: x}"),
        ["13: unknown key 'code promo': write 'coupon'"],
        id="code promo",
    ),
    pytest.param(
        action("when: {du: 2026-03-01, au: 2026-03-31}"),
        [
            "13: unknown key 'du': write 'from'",
            "13: unknown key 'au': write 'to'",
        ],
        id="du au",
    ),
    pytest.param(
        action("colour: red"),
        [
            "13: unknown key 'colour'; it can be budget, costs, name, objectives, responsible, targets, techniques, tracked_by, when"
        ],
        id="unknown key",
    ),
    pytest.param(
        action("responsibel: claire"),
        ["13: unknown key 'responsibel'; did you mean 'responsible'?"],
        id="misspelt",
    ),
    pytest.param(
        action("responsible: claire\nresponsable: claire"),
        ["14: unknown key 'responsable', and 'responsible' is there already: remove one of them"],
        id="a key in both languages",
    ),
    pytest.param(
        HEAD.replace("plan:", "Plan:"),
        ["1: unknown key 'Plan': write 'plan'"],
        id="a key in capitals",
    ),
    pytest.param(
        target("kpi: orders, at_least: 5, per: mois"),
        ["14: actions.a.targets[1].per: 'mois' is not valid here: write 'month'"],
        id="mois",
    ),
    pytest.param(
        target("kpi: orders, at_least: 5, per: par semaine"),
        ["14: actions.a.targets[1].per: 'par semaine' is not valid here: write 'week'"],
        id="par semaine",
    ),
    pytest.param(
        target("kpi: orders, at_least: 5, per: par édition"),
        ["14: actions.a.targets[1].per: 'par édition' is not valid here: write 'occurrence'"],
        id="edition",
    ),
    pytest.param(
        action("when: {every: mois, on: 1}"),
        ["13: actions.a.when.every: 'mois' is not a length of time: write 'month'"],
        id="every mois",
    ),
    pytest.param(
        action("when: {every: 2 semaines}"),
        ["13: actions.a.when.every: '2 semaines' is not a length of time: write '2 weeks'"],
        id="every 2 semaines",
    ),
    pytest.param(
        action("when: {every: month, lasts: 15 jours}"),
        ["13: actions.a.when.lasts: '15 jours' is not a length of time: write '15 days'"],
        id="lasts jours",
    ),
    pytest.param(
        action("when: {every: week, on: lundi}"),
        ["13: actions.a.when.on: 'lundi' is not a day of the week: write monday"],
        id="lundi",
    ),
    pytest.param(
        action("budget: {amount: 5, per: trimestre}"),
        ["13: actions.a.budget.per: 'trimestre' is not valid here: write 'quarter'"],
        id="per budget",
    ),
    pytest.param(
        action("when: {every: monthly}"),
        ["13: actions.a.when.every: 'monthly' is not a length of time: write 'month'"],
        id="every monthly",
    ),
    pytest.param(
        target("kpi: taux de conversion, at_least: 2%"),
        ["14: there is no KPI 'taux de conversion': write 'conversion_rate'"],
        id="taux",
    ),
    pytest.param(
        target("kpi: chiffre d'affaires, at_least: 2000"),
        ["14: there is no KPI 'chiffre d'affaires': write 'revenue'"],
        id="a KPI by its French name",
    ),
    pytest.param(
        target("kpi: CA, at_least: 2000"),
        ["14: there is no KPI 'CA': write 'revenue'"],
        id="a KPI by its French initials",
    ),
    pytest.param(
        target("kpi: panier moyen, at_least: 20"),
        ["14: there is no KPI 'panier moyen': write 'average_basket'"],
        id="panier",
    ),
    pytest.param(
        target("kpi: average order value, at_least: 20"),
        ["14: there is no KPI 'average order value': write 'average_basket'"],
        id="a KPI by its English name",
    ),
    pytest.param(
        target("kpi: Conversion rate, at_least: 2%"),
        ["14: there is no KPI 'Conversion rate': write 'conversion_rate'"],
        id="Conversion rate",
    ),
    pytest.param(
        target("kpi: sales, at_least: 2"),
        ["14: there is no KPI 'sales': write 'revenue'"],
        id="sales",
    ),
    pytest.param(
        target("kpi: conversion_rat, at_least: 2%"),
        ["14: there is no KPI 'conversion_rat'; did you mean 'conversion_rate'?"],
        id="conversion",
    ),
    pytest.param(
        target("kpi: xyzzy, at_least: 2"),
        ["14: there is no KPI 'xyzzy'; the usual ones are revenue, orders, conversion_rate and roi"],
        id="nonsense kpi",
    ),
    pytest.param(
        target("kpi: orders, au moins: 5"),
        ["14: unknown key 'au moins': write 'at_least'"],
        id="au moins",
    ),
    pytest.param(
        target("kpi: orders, min: 5"),
        ["14: unknown key 'min': write 'at_least'"],
        id="min",
    ),
    pytest.param(
        target("kpi: orders, '>=': 5"),
        ["14: unknown key '>=': write 'at_least'"],
        id=">=",
    ),
    pytest.param(
        target("kpi: orders, minimum: 5"),
        ["14: unknown key 'minimum': write 'at_least'"],
        id="minimum",
    ),
    pytest.param(
        target("kpi: orders"),
        ["14: actions.a.targets[1]: a target needs exactly one of at_least, at_most and between"],
        id="no bound",
    ),
    pytest.param(
        target("kpi: cost_per_order, maximum: 5"),
        ["14: unknown key 'maximum': write 'at_most'"],
        id="max",
    ),
    pytest.param(
        target("kpi: orders, at_least: 1, at_most: 2"),
        ["14: actions.a.targets[1]: a target needs exactly one of at_least, at_most and between"],
        id="two bounds",
    ),
    pytest.param(
        target("kpi: orders, at least: 1"),
        ["14: unknown key 'at least': write 'at_least'"],
        id="at least space",
    ),
    pytest.param(
        target("kpi: orders, between: [20, 10]"),
        ["14: actions.a.targets[1].between: the lower value comes first: write between: [10, 20]"],
        id="between order",
    ),
    pytest.param(
        target("kpi: orders, between: [20]"),
        ["14: actions.a.targets[1].between needs two values: write [lowest, highest]"],
        id="between one",
    ),
    pytest.param(
        target("kpi: orders, between: [20, 30, 40]"),
        ["14: actions.a.targets[1].between has too many entries: at most 2"],
        id="between three",
    ),
    pytest.param(
        HEAD.replace("2026-06-30", "31/12/2026"),
        ["5: ends: '31/12/2026' is not a date: write 2026-12-31"],
        id="date fr",
    ),
    pytest.param(
        HEAD.replace("2026-03-01", "1er mars"),
        ["4: starts: '1er mars' is not a date: write it as year-month-day, such as 2026-03-31"],
        id="1er mars",
    ),
    pytest.param(
        HEAD.replace("2026-03-01", "1er mars 2026"),
        ["4: starts: '1er mars 2026' is not a date: write 2026-03-01"],
        id="1er mars 2026",
    ),
    pytest.param(
        HEAD.replace("2026-03-01", "01/03/2026"),
        ["4: starts: '01/03/2026' is not a date: write it as year-month-day, such as 2026-03-31"],
        id="ambiguous",
    ),
    pytest.param(
        HEAD.replace("2026-06-30", "2026-06-31"),
        ["5: ends: there is no such date as 2026-06-31"],
        id="no such",
    ),
    pytest.param(
        HEAD.replace("2026-06-30", "2026-01-31"),
        ["5: ends: 2026-01-31 is before the start on 2026-03-01"],
        id="backwards",
    ),
    pytest.param(
        HEAD + "budget: 2 500 €\n",
        ["6: budget.amount: '2 500 €' is not a number: write 2500"],
        id="2 500 €",
    ),
    pytest.param(
        HEAD + "budget: 2.500,00\n",
        ["6: budget.amount: '2.500,00' is not a number: write 2500.00"],
        id="2.500,00",
    ),
    pytest.param(
        HEAD + "budget: '2500'\n",
        ["6: budget.amount: '2500' is in quotes: write the number without them"],
        id="quoted",
    ),
    pytest.param(
        HEAD + "budget: 2,500\n",
        ["6: budget.amount: '2,500' is not a number: write digits only, with a point before decimals, such as 1250.50"],
        id="2,500",
    ),
    pytest.param(
        target("kpi: conversion_rate, at_least: '2,5 %'"),
        ["14: actions.a.targets[1].at_least: '2,5 %' is not a percentage: write 2.5%"],
        id="2,5 %",
    ),
    pytest.param(
        target("kpi: conversion_rate, at_least: 25"),
        ["14: conversion_rate is a share of at most 100%: write it with a percent sign, such as 25%"],
        id="25 share",
    ),
    pytest.param(
        HEAD + "budget: -5\n",
        ["6: budget.amount must be at least 0"],
        id="negative",
    ),
    pytest.param(
        HEAD + "budget: 25 %\n",
        ["6: budget.amount: '25 %' is a percentage, where an amount is expected"],
        id="pct amount",
    ),
    pytest.param(
        HEAD + "margin: 40\n",
        ["6: margin: a margin is between 0% and 100%: write 40%"],
        id="margin",
    ),
    pytest.param(
        HEAD.replace("EUR", "euros"),
        ["2: currency: 'euros' is not a currency: write its three-letter code, such as EUR"],
        id="currency euro",
    ),
    pytest.param(
        HEAD.replace("Europe/Paris", "Paris"),
        ["3: timezone: 'Paris' is not a time zone: write it as Europe/Paris"],
        id="zone",
    ),
    pytest.param(
        HEAD + "language: français\n",
        ["6: language: 'français' is not a language of Vigie: write 'fr'"],
        id="language",
    ),
    pytest.param(
        HEAD + "language: de\n",
        ["6: language: 'de' is not a language of Vigie; it can be en, fr"],
        id="lang de",
    ),
    pytest.param(
        HEAD + "people: {claire: {name: C, email: claire}}\n",
        ["6: people.claire.email: 'claire' is not an e-mail address: write one such as claire@shop.example"],
        id="email",
    ),
    pytest.param(
        HEAD + "people: {Claire Martin: {name: C, email: c@x.fr}}\n",
        [
            "6: people.Claire Martin: 'Claire Martin' is not a valid id: use only lowercase letters, digits, - and _ (at most 64), such as claire-martin"
        ],
        id="id",
    ),
    pytest.param(
        action("responsible: clair"),
        ["13: nobody is called 'clair' under people; did you mean 'claire'?"],
        id="unknown person",
    ),
    pytest.param(
        action("objectives: [grwo]"),
        ["13: there is no objective 'grwo'; did you mean 'grow'?"],
        id="unknown objective",
    ),
    pytest.param(
        HEAD + "kpis: {k: {formula: revenue / (spend, unit: money, name: K}}\n",
        ["6: kpis.k: 'revenue / (spend' is not a formula: write one such as revenue / spend"],
        id="formula",
    ),
    pytest.param(
        HEAD + "kpis: {k: {formula: turnover / spend, unit: money, name: K}}\n",
        ["6: there is no measure 'turnover': write 'revenue'"],
        id="formula unknown",
    ),
    pytest.param(
        HEAD + "kpis: {k: {formula: revenue / spend, unit: euros, name: K}}\n",
        ["6: kpis.k.unit: 'euros' is not valid here: write 'money'"],
        id="unit",
    ),
    pytest.param(
        HEAD + "kpis: {k: {formula: revenue / spend, unit: ratio, better: plus haut, name: K}}\n",
        ["6: kpis.k.better: 'plus haut' is not valid here: write 'higher'"],
        id="better",
    ),
    pytest.param(
        action("costs: [{on: 2026-03-01, amount: 5, what: x, state: payé}]"),
        ["13: actions.a.costs[1].state: 'payé' is not valid here: write 'paid'"],
        id="state",
    ),
    pytest.param(
        target("kpi: orders, at_least: {mars: 5}"),
        ["14: actions.a.targets[1].at_least: 'mars: 5' is not a month and its value: write it as 2026-03: 20000"],
        id="phase",
    ),
    pytest.param(
        action("costs: [{amount: 5}]"),
        [
            "13: actions.a.costs[1].on is missing: add it, such as on: 2026-03-01",
            "13: actions.a.costs[1].what is missing: add it, such as what: layout",
        ],
        id="cost missing",
    ),
    pytest.param(
        target("kpi: orders, at_least: 5, per: occurrence"),
        ["14: 'per: occurrence' is for recurring actions: add 'every' to 'when', such as every: month"],
        id="per occ",
    ),
    pytest.param(
        action("when: {from: 2027-01-01}"),
        ["13: the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it"],
        id="outside",
    ),
    pytest.param(
        action("when: {from: 2026-04-01, to: 2026-03-01}"),
        ["13: actions.a.when.to: 2026-03-01 is before the start on 2026-04-01"],
        id="dates back",
    ),
    pytest.param(
        target("kpi: traffic_sources, at_least: 5%"),
        ["14: traffic_sources is a share of each channel: say of which one, such as for: Email"],
        id="share no for",
    ),
    pytest.param(
        target("kpi: orders, for: Email, at_least: 5"),
        ["14: orders has no breakdown: remove 'for'"],
        id="for none",
    ),
    pytest.param(
        target("kpi: net_profit, at_least: 5"),
        ["14: net_profit needs the plan's margin: add it to the plan, such as margin: 40%"],
        id="no margin",
    ),
    pytest.param(
        action("targets: [{kpi: orders, at_least: 5}, {kpi: orders, at_least: 6}]"),
        ["13: the same as target 1: keep one"],
        id="dup target",
    ),
    pytest.param(
        action("").replace("name: A", "name: 2026"),
        ["12: actions.a.name must be text: put the value in quotes"],
        id="number name",
    ),
    pytest.param(
        action("").replace("name: A", "name: [A, B]"),
        ["12: actions.a.name must be a single text: put it in quotes if it contains a colon, [ or {"],
        id="list for text",
    ),
    pytest.param(
        HEAD + "kpis: [value]\nobjectives: {o: {name: O, targets: [{kpi: value, at_least: 5}]}}\n",
        ["6: kpis must hold keys, not a list: write 'key: value' without dashes"],
        id="kpis as a list",
    ),
    pytest.param(
        action("").replace("name: A", "name:"),
        ["12: actions.a.name is empty: give it a value, or remove the line"],
        id="empty name",
    ),
    pytest.param(
        action("tracked_by: [{}]"),
        [
            "13: actions.a.tracked_by[1]: a tracking rule needs at least one of campaign, campaign_id, source, medium, channel, content, term, coupon, keyword, landing_page, referrer"
        ],
        id="rule empty",
    ),
    pytest.param(
        action("tracked_by: {campaign_id: 12345}"),
        ["13: actions.a.tracked_by[1].campaign_id[1] must be text: put the value in quotes"],
        id="rule id",
    ),
    pytest.param(
        HEAD + "people: {claire: {name: C, email: c@x.fr, mails: le matin}}\n",
        [
            "6: people.claire.mails: 'le matin' is not a time for mail: write 'weekdays at 08:00', 'every day at 07:30' or 'monday, thursday at 09:00'"
        ],
        id="mails",
    ),
    pytest.param(
        HEAD + "events: [{name: Sales}]\n",
        ["6: events[1]: an event needs either 'on', or 'from' and 'to'"],
        id="event",
    ),
    pytest.param(
        HEAD + "authority: {revenue: shop}\n",
        ["6: sources.yaml has no source: add shop"],
        id="authority",
    ),
    pytest.param(
        HEAD + "rates: {EUR: 2}\n",
        ["6: EUR is the plan's own currency: give rates of other ones only"],
        id="own currency",
    ),
    pytest.param(
        HEAD + "rates:\n  QRA: 0.25\n",
        ["7: rates.QRA: there is no currency 'QRA'; did you mean 'QAR'?"],
        id="no such currency",
    ),
    pytest.param(
        HEAD + "rates: {QAR: 0}\n",
        ["6: rates.QAR: a rate is above 0: write how much of the plan's currency one unit is worth, such as 0.25"],
        id="rate of nothing",
    ),
    pytest.param(
        HEAD + "rates:\n  QAR: 0.25\n  MAD:\n    2026-01-01: 0.092\n    2026-02-30: 0.094\n",
        ["10: rates.MAD.2026-02-30: there is no such date as 2026-02-30"],
        id="rate from no day",
    ),
    pytest.param(
        HEAD + "rates: {MAD: {}}\n",
        ["6: rates.MAD: give a rate for at least one day, such as 2026-01-01: 0.25"],
        id="no rate",
    ),
    pytest.param(
        HEAD + "rates: 0.25\n", ["6: rates must hold keys, each with its value, such as QAR: 0.25"], id="rate of what"
    ),
    pytest.param(
        HEAD.replace("EUR", "EUT"), ["2: currency: there is no currency 'EUT'; did you mean 'EUR'?"], id="no currency"
    ),
    # Bounds that cannot be meant.
    pytest.param(
        target("kpi: orders, at_least: 40%"),
        ["14: orders is no share: write a number in the place of 40%"],
        id="percentage of a count",
    ),
    pytest.param(
        target("kpi: revenue, at_least: {2026-04: 2.5%}"),
        ["14: revenue is no share: write a number in the place of 2.5%"],
        id="percentage in a month",
    ),
    pytest.param(
        target("kpi: average_basket, between: [5%, 8]"),
        ["14: average_basket is no share: write a number in the place of 5%"],
        id="percentage of money",
    ),
    pytest.param(
        target("kpi: orders, at_least: 12.5"),
        ["14: orders is a whole number: 12.5 is not possible"],
        id="half an order",
    ),
    pytest.param(
        target("kpi: orders, at_least: -1"),
        ["14: orders is never below 0: -1 is not possible"],
        id="fewer than none",
    ),
    pytest.param(
        target("kpi: revenue, at_least: -500"),
        ["14: revenue is never below 0: -500 is not possible"],
        id="revenue below nothing",
    ),
    pytest.param(
        target("kpi: conversion_rate, at_least: -2%"),
        ["14: conversion_rate lies between 0% and 100%: -2% is not possible"],
        id="share below nothing",
    ),
    pytest.param(
        target("kpi: satisfaction, at_least: 400"),
        ["14: satisfaction lies between -100 and 100: 400 is not possible"],
        id="NPS of 400",
    ),
    pytest.param(
        target("kpi: satisfaction, between: [-200, 50]"),
        ["14: satisfaction lies between -100 and 100: -200 is not possible"],
        id="NPS of -200",
    ),
    pytest.param(
        target("kpi: search_position, at_most: 0"),
        ["14: search_position is never below 1: 0 is not possible"],
        id="position 0",
    ),
    pytest.param(
        target("kpi: roi, at_least: -3"),
        ["14: roi is never below 0: -3 is not possible"],
        id="return below nothing",
    ),
    pytest.param(
        target("kpi: time_on_site, at_least: -10"),
        ["14: time_on_site is never below 0: -10 is not possible"],
        id="time below nothing",
    ),
    pytest.param(
        target("kpi: orders, at_least: 5, by: 2026-07-01"),
        ["14: due by 2026-07-01, after the plan's end on 2026-06-30"],
        id="due after the end",
    ),
    pytest.param(
        action("targets:\n  - {kpi: orders, at_least: 100, per: month}\n  - {kpi: orders, at_most: 50, per: month}"),
        ["15: no value of orders meets both this target and target 1: correct one"],
        id="two targets apart",
    ),
    pytest.param(
        action(
            "targets:\n  - {kpi: orders, at_least: {2026-03: 5, 2026-04: 90}}\n  - {kpi: orders, at_most: 50, per: month}"
        ),
        ["15: no value of orders meets both this target and target 1: correct one"],
        id="two targets apart in a month",
    ),
    pytest.param(
        action(
            "targets:\n  - {kpi: traffic_sources, for: Email, at_least: 60%}\n  - {kpi: traffic_sources, for: Direct, at_least: 50%}"
        ),
        ["15: with the targets before it, this asks for 110% of traffic_sources: more than there is"],
        id="more than all",
    ),
    pytest.param(
        action("when: {from: 2025-03-01, to: 2025-04-30}"),
        ["13: the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it"],
        id="action of last year",
    ),
    pytest.param(
        action("when: {from: 2027-03-01, to: 2027-04-30}"),
        ["13: the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it"],
        id="action of next year",
    ),
    pytest.param(
        action("costs:\n  - {on: 2026-03-01, amount: 5, what: x}\n  - {on: 2025-03-01, amount: 5, what: x}"),
        ["15: the cost of 2025-03-01 lies outside the plan, 2026-03-01 to 2026-06-30: it would count nowhere"],
        id="cost of last year",
    ),
]


@pytest.mark.parametrize(("plan", "told"), MISTAKES)
def test_a_mistake_in_a_plan_is_told_with_its_line_and_what_to_write(plan: str, told: list[str]) -> None:
    assert [f"{problem.line}: {problem.message}" for problem in problems(plan)] == told


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ("shop: {connecteur: csv_file, fichier: a.csv}", ["unknown key 'connecteur': write 'connector'", "unknown key 'fichier': write 'path'"]),
        ("shop: {connector: csv, path: a.csv}", ["there is no connector 'csv': write 'csv_file'"]),
        ("shop: {connector: Google Analytics, path: a.csv}", ["there is no connector 'Google Analytics': write 'ga4'"]),
        ("shop: {connector: shopfy}", ["there is no connector 'shopfy'; did you mean 'shopify'?"]),
        ("shop: {path: a.csv}", ["shop has no connector: add one, such as connector: csv_file"]),
        ("shop: a.csv", ["shop has no connector: add one, such as connector: csv_file"]),
        ("shop: {connector: csv_file}", ["shop.path is missing"]),
        ("shop: {connector: csv_file, path: a.csv, kind: boutique}", ["shop.kind: 'boutique' is not valid here: write 'shop'"]),
        ("shop: {connector: csv_file, path: a.csv, simulated: oui}", ["shop.simulated must be true or false: write true"]),
        ("shop: {connector: csv_file, path: a.csv, measures: {demos: nombre}}", ["shop.measures.demos: 'nombre' is not valid here: write 'count'"]),
        (
            "shop: {connector: csv_file, path: a.csv, every: 6 heures}",
            ["shop.every: '6 heures' is not a schedule: write '6 hours', '30 minutes' or 'day at 06:00' (5 minutes to 24 hours)"],
        ),
        ("shop: {connector: csv_file, path: a.csv, responsible: clair}", ["nobody is called 'clair' under people; did you mean 'claire'?"]),
        (
            "web: {connector: ga4, property: '1', credentials: hunter2}",
            ["web.credentials: never write a secret into the file: use {env: NAME}, {file: PATH} or {command: [program, …]}"],
        ),
        ("shop: {connector: csv_file, path: a.csv", ["the { opened on this line is never closed"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_sources_is_told_with_what_to_write(sources: str, told: list[str]) -> None:
    assert [str(problem.message) for problem in problems(WHOLE, sources)] == told


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("mail: {serveur: smtp.shop.example}", ["unknown key 'serveur': write 'host'"]),
        ("mail: {dossier: outbox, utilisateur: v}", ["unknown key 'dossier': write 'folder'", "unknown key 'utilisateur': write 'username'"]),
        ("base de données: sqlite:///vigie.db", ["unknown key 'base de données': write 'database'"]),
        ("mail:\nhost: smtp.shop.example", ["indent this line: it belongs below 'mail'"]),
        ("mail: {host: x, port: 25\nweb: {}", ["the { opened on this line is never closed"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_told_with_what_to_write(tmp_path: Path, settings: str, told: list[str]) -> None:
    (tmp_path / "vigie.yaml").write_text(settings, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_settings(tmp_path, {})
    assert [str(problem.message) for problem in caught.value.problems] == told


# One mistake brings out no others


def test_nobody_under_people_is_told_once_for_both_files() -> None:
    plan = f"{HEAD}lead: claire\nactions:\n  a: {{name: A, responsible: claire}}\n  b: {{name: B, responsible: tom}}\n"
    sources = "shop: {connector: csv_file, path: a.csv, responsible: claire}\n"
    assert [str(problem) for problem in problems(plan, sources)] == [
        "plans/p/plan.yaml:6: nobody is listed under people: add claire, tom, with a name and an e-mail address"
    ]


def test_what_stands_below_a_misspelt_key_is_looked_at_too() -> None:
    plan = f"{HEAD}peple:\n  claire: {{name: Claire, email: claire}}\nactions:\n  a: {{name: A, responsable: clare}}\n"
    assert [f"{problem.line}: {problem.message}" for problem in problems(plan)] == [
        "6: unknown key 'peple'; did you mean 'people'?",
        "7: people.claire.email: 'claire' is not an e-mail address: write one such as claire@shop.example",
        "9: unknown key 'responsable': write 'responsible'",
        "9: nobody is called 'clare' under people; did you mean 'claire'?",
    ]


# In French


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (f"{WHOLE}actions:\n\ta: {{name: A}}\n", "11: cette ligne commence par une tabulation~: utilisez des espaces"),
        (
            action("").replace("name: A", "name: Noël : coffrets"),
            "12: la valeur de «~name~» contient un deux-points suivi d’un espace~: mettez-la entre guillemets droits",
        ),
        (f"{HEAD}budget:2500\n", "6: il manque un espace après le deux-points~: écrivez «~budget: …~»"),
        (f"{HEAD}objectifs: {{}}\n", "6: clé inconnue «~objectifs~»~: écrivez «~objectives~»"),
        (action("responsibel: claire"), "13: clé inconnue «~responsibel~»~; vouliez-vous dire «~responsible~»~?"),
        (
            target("kpi: orders, at_least: 5, per: mois"),
            "14: actions.a.targets[1].per~: «~mois~» ne convient pas ici~: écrivez «~month~»",
        ),
        (
            target("kpi: taux de conversion, at_least: 2%"),
            "14: l’indicateur «~taux de conversion~» n’existe pas~: écrivez «~conversion_rate~»",
        ),
        (
            f"{HEAD}budget: 2 500 €\n",
            "6: budget.amount~: «~2 500 €~» n’est pas un nombre~: écrivez 2500",
        ),
        (
            HEAD.replace("2026-06-30", "31/12/2026"),
            "5: ends~: «~31/12/2026~» n’est pas une date~: écrivez 2026-12-31",
        ),
        (
            target("kpi: conversion_rate, at_least: 25"),
            "14: conversion_rate est une part, de 100~% au plus~: écrivez-la avec le signe~%, par exemple 25%",
        ),
        (target("kpi: orders, at_least: 40%"), "14: orders n’est pas une part~: écrivez un nombre à la place de 40%"),
        (target("kpi: satisfaction, at_least: 400"), "14: satisfaction se situe entre -100 et 100~: 400 est impossible"),
        (action("costs: [{on: 2025-03-01, amount: 5, what: x}]"), "13: la dépense du 2025-03-01 est hors du plan, du 2026-03-01 au 2026-06-30~: elle ne compterait nulle part"),
        (action("when: {from: 2026-04-01, to: 2026-03-01}"), "13: actions.a.when.to~: le 2026-03-01 précède le début, le 2026-04-01"),
        (target("kpi: orders"), "14: actions.a.targets[1]~: un objectif chiffré demande une seule de ces clés~: at_least, at_most ou between"),
        ("", "1: le fichier est vide~: «~vigie init DOSSIER~» crée un exemple pour commencer"),
        (f"{HEAD}language: de\n", "6: language~: Vigie ne parle pas la langue «~de~»~; valeurs possibles~: en, fr"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_french(plan: str, told: str) -> None:
    (problem,) = problems(plan)
    said = translator_for("fr").say(problem.message)
    assert f"{problem.line}: {said}" == told.replace("~", "\u00a0")


def test_a_warning_is_called_one_in_the_readers_language() -> None:
    problem = Problem("plans/p/plan.yaml", 3, "x", "warning")
    assert str(problem) == "plans/p/plan.yaml:3: warning: x"
    assert translator_for("fr").say(problem.told()) == "plans/p/plan.yaml:3: avertissement\u00a0: x"


def _texts() -> Iterator[str]:
    """Every text of a message in config/."""
    for path in Path(config.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]):
                    if name in ("message", "marked", "Message") or issubclass(_named(name), ValueError):
                        yield text


def _named(name: str) -> type[Any]:
    from config import errors, formula

    found = getattr(errors, name, None) or getattr(formula, name, None)
    return found if isinstance(found, type) else object


def test_every_text_of_config_is_in_every_catalogue_with_the_same_parts() -> None:
    names = [text for kpi in catalogue().values() for text in (kpi.name, kpi.help) if text]
    names += [technique.name for technique in techniques().values()]
    texts = {*_texts(), *map(str, names), *CHANNELS, OTHER, NOT_SET} - {"{text}"}
    assert len(texts) > 200
    for language in set(LANGUAGES) - {"en"}:
        with (CATALOGUES / language / "LC_MESSAGES" / "vigie.po").open("rb") as file:
            known = {entry.id: str(entry.string) for entry in read_po(file)}
        assert {text for text in texts if not known.get(text)} == set()
        parts = re.compile(r"\{\w+\}")
        assert {text for text in texts if set(parts.findall(text)) != set(parts.findall(known[text]))} == set()


def test_a_channel_is_named_in_the_readers_language_and_any_other_label_as_its_source_has_it() -> None:
    say = translator_for("fr").say
    assert say(label("Organic Search", Dimension.CHANNEL)) == "Recherche naturelle"
    assert say(label("Organic Search", Dimension.KEYWORD)) == "Organic Search"
    assert say(label("{text} {0}", Dimension.CHANNEL)) == "{text} {0}"
    assert say(label("(other)", Dimension.KEYWORD)) == "(autres)"


# Words


def _keys(keys: ModelKeys, depth: int = 7) -> set[str]:
    """Every key that may be written somewhere below."""
    inside = [keys.inside(0), *(keys.inside(name) for name in keys.names), keys.inside("any")] if depth else []
    return {*keys.names, *(name for below in inside for name in _keys(below, depth - 1))}


def _models() -> list[type[BaseModel]]:
    return [Plan, Settings, SourceEntry, *OptionModels().values()]


VALUES = {
    *(word.value for kind in (Per, CostState, Dimension, Direction, Measure, SourceKind, Unit) for word in kind),
    *(*catalogue(), *WEEKDAYS, *LANGUAGES, *OptionModels(), "true", "false", "year", "minute", "hour"),
}


def test_every_word_that_is_suggested_is_valid_somewhere() -> None:
    keys = {key for model in _models() for key in _keys(keys_of(model))}
    assert {word for word in WORDS if word not in keys | VALUES} == set()


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_meant_by_whatever_else_people_write_for_it(word: str) -> None:
    """Also where another word is more like it: spelling never wins over the right word."""
    assert WORDS[word]
    for other in WORDS[word].split(", "):
        assert meant(other, [f"{other}x", word]) == word
        assert meant(f" {other.upper()} ".replace("'", "’"), [word]) == word
        assert str(nearest(other, [f"{other}x", word])) == f": write '{word}'"


@pytest.mark.parametrize("kpi", catalogue())
def test_a_kpi_is_meant_by_its_name_in_every_language(kpi: str) -> None:
    name = catalogue()[kpi].name
    assert len(LANGUAGES) > 1
    for language in LANGUAGES:
        said = re.sub(r" \(.*\)", "", translator_for(language).say(name.in_(language)))
        assert meant(said, catalogue()) == kpi, said


def test_capitals_accents_and_signs_make_no_difference() -> None:
    assert plain_word("  Objectifs_CHIFFRÉS ") == "objectifs chiffres"
    assert plain_word(">=") == ">="
    assert meant("", ["a"]) is None


# Files


def test_the_place_of_a_problem_can_be_opened_from_where_one_stands(tmp_path: Path) -> None:
    folder = tmp_path / "my-plans" / "plans" / "spring"
    folder.mkdir(parents=True)
    (folder / "plan.yaml").write_text(f"{HEAD}colour: red\n", encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(folder, tmp_path / "my-plans", OptionModels())
    (problem,) = caught.value.problems
    assert problem.place() == "plans/spring/plan.yaml:6"
    assert problem.place(tmp_path) == "my-plans/plans/spring/plan.yaml:6"
    assert problem.place(folder) == "plan.yaml:6"
    assert problem.place(tmp_path / "elsewhere") == f"{folder}/plan.yaml:6"
    assert str(problem.told(tmp_path)).startswith("my-plans/plans/spring/plan.yaml:6: unknown key 'colour'")


def test_what_is_no_file_is_named_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_settings(tmp_path, {"VIGIE_MAIL_PORT": "smtp"})
    assert [problem.place(tmp_path) for problem in caught.value.problems] == ["VIGIE_MAIL_PORT"]
