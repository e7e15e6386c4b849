"""Two versions of a plan, compared: nothing changes unnoticed, and looking back is the mirror of looking ahead."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.history.diff import ChangedPart, ChangeKind, PlanChange, compare, compare_sources, compare_steps
from config.history.timeline import timelines
from config.loading.loader import parse_plan
from config.plan import Action, Budget, BudgetShare, Kpi, Objective, Person, Plan, SharedBudget, Target
from config.sources import SourceEntry
from config.vocabulary import Scope
from connectors.registry import OptionModels

PEOPLE = {"lea": {"name": "Léa", "email": "lea@x.example"}, "max": {"name": "Max", "email": "max@x.example"}}
ACTION = {"name": "News", "tracked_by": [{"campaign": "news*"}], "targets": [{"kpi": "orders", "at_least": 100}]}
TOP = {"plan": "P", "currency": "EUR", "timezone": "UTC", "starts": "2026-05-01", "ends": "2026-06-30"}


def plan(**parts: Any) -> Plan:
    return Plan.model_validate({**TOP, "people": PEOPLE, **parts})


def of_action(**parts: Any) -> Plan:
    return plan(actions={"news": {**ACTION, **parts}})


def of_targets(*targets: dict[str, Any]) -> Plan:
    return of_action(targets=list(targets))


def orders(**parts: Any) -> dict[str, Any]:
    return {"kpi": "orders", **parts}


def told(changes: list[PlanChange]) -> list[tuple[str, str, str]]:
    return [(change.what.value, change.kind.value, change.of.id) for change in changes]


# --- every field -----------------------------------------------------------------------------------------------------

KPI = {"formula": "revenue / orders", "unit": "money", "name": "K"}
SHARE = {"formula": "sessions", "unit": "share", "name": "K", "by": "channel"}


def of_person(**parts: Any) -> Plan:
    return plan(people={**PEOPLE, "max": {**PEOPLE["max"], **parts}})


def of_objective(**parts: Any) -> Plan:
    return plan(objectives={"grow": {"name": "Grow", **parts}})


def of_kpi(**parts: Any) -> Plan:
    return plan(kpis={"k": {**KPI, **parts}})


def of_shared(**parts: Any) -> Plan:
    return plan(budgets={"search": {"name": "Search", "amount": 5, **parts}})


def of_share(budget: str) -> Plan:
    shared = {id: {"name": id, "amount": 5} for id in ("search", "social")}
    return plan(budgets=shared, actions={"news": {**ACTION, "budget": {"from": budget}}})


#: (model, field) -> a plan, the same with this field another, and what that is
FIELDS: dict[tuple[type, str], tuple[Plan, Plan, str]] = {
    (Plan, "plan"): (plan(), plan(plan="Q"), "name"),
    (Plan, "currency"): (plan(), plan(currency="USD"), "setting"),
    (Plan, "timezone"): (plan(), plan(timezone="Europe/Paris"), "setting"),
    (Plan, "language"): (plan(), plan(language="fr"), "setting"),
    (Plan, "starts"): (plan(), plan(starts="2026-05-02"), "dates"),
    (Plan, "ends"): (plan(), plan(ends="2026-07-01"), "dates"),
    (Plan, "budget"): (plan(), plan(budget=0), "budget"),
    (Plan, "budgets"): (of_shared(), of_shared(amount=6), "budget"),
    (Plan, "margin"): (plan(), plan(margin="0%"), "margin"),
    (Plan, "lead"): (plan(), plan(lead="max"), "lead"),
    (Plan, "people"): (plan(), plan(people={**PEOPLE, "eve": PEOPLE["lea"]}), "person"),
    (Plan, "objectives"): (plan(), of_objective(), "objective"),
    (Plan, "actions"): (plan(), of_action(), "action"),
    (Plan, "kpis"): (plan(), of_kpi(), "kpi"),
    (Plan, "authority"): (plan(), plan(authority={"revenue": "web"}), "authority"),
    (Plan, "rates"): (plan(), plan(rates={"MAD": 1}), "setting"),
    (Plan, "judging"): (plan(), plan(judging={"strict": True}), "setting"),
    (Plan, "events"): (plan(), plan(events=[{"name": "Sale", "on": "2026-06-01"}]), "setting"),
    (Plan, "holidays"): (plan(), plan(holidays="FR"), "setting"),
    (Person, "name"): (plan(), of_person(name="Maximilian"), "name"),
    (Person, "email"): (plan(), of_person(email="max@y.example"), "email"),
    (Person, "language"): (plan(), of_person(language="fr"), "setting"),
    (Person, "deputy"): (plan(), of_person(deputy="lea"), "deputy"),
    (Person, "channel"): (plan(), of_person(channel="team"), "setting"),
    (Person, "mails"): (plan(), of_person(mails="every day at 07:30"), "setting"),
    (Person, "timezone"): (plan(), of_person(timezone="Europe/Paris"), "setting"),
    (Person, "digest"): (plan(), of_person(digest=False), "setting"),
    (Objective, "name"): (of_objective(), of_objective(name="Sell"), "name"),
    (Objective, "responsible"): (of_objective(), of_objective(responsible="max"), "responsible"),
    (Objective, "tracked_by"): (of_objective(), of_objective(tracked_by={"channel": "Email"}), "tracking"),
    (Objective, "targets"): (of_objective(), of_objective(targets=[orders(at_least=1)]), "target"),
    (Action, "name"): (of_action(), of_action(name="Letter"), "name"),
    (Action, "techniques"): (of_action(), of_action(techniques=["email"]), "technique"),
    (Action, "objectives"): (of_action(), of_action(objectives=["grow"]), "serves"),
    (Action, "responsible"): (of_action(), of_action(responsible="max"), "responsible"),
    (Action, "when"): (of_action(), of_action(when={"from": "2026-05-02"}), "dates"),
    (Action, "budget"): (of_action(budget=5), of_action(budget={"amount": 5, "per": "month"}), "budget"),
    (Action, "costs"): (of_action(), of_action(costs=[{"on": "2026-05-01", "amount": 0, "what": "x"}]), "cost"),
    (Action, "tracked_by"): (of_action(), of_action(tracked_by=[]), "tracking"),
    (Action, "targets"): (of_action(), of_targets(orders(at_least=99)), "target"),
    (Budget, "amount"): (plan(budget=5), plan(budget=6), "budget"),
    (Budget, "per"): (plan(budget=5), plan(budget={"amount": 5, "per": "month"}), "budget"),
    (Budget, "rollover"): (
        plan(budget={"amount": 5, "per": "month"}),
        plan(budget={"amount": 5, "per": "month", "rollover": True}),
        "budget",
    ),
    (SharedBudget, "amount"): (of_shared(), of_shared(amount=6), "budget"),
    (SharedBudget, "per"): (of_shared(), of_shared(per="month"), "budget"),
    (SharedBudget, "rollover"): (of_shared(per="month"), of_shared(per="month", rollover=True), "budget"),
    (SharedBudget, "name"): (of_shared(), of_shared(name="Ads"), "name"),
    (SharedBudget, "responsible"): (of_shared(), of_shared(responsible="max"), "responsible"),
    (BudgetShare, "from_"): (of_share("search"), of_share("social"), "budget"),
    (Kpi, "formula"): (of_kpi(), of_kpi(formula=["revenue / orders", "revenue / items"]), "formula"),
    (Kpi, "unit"): (of_kpi(), of_kpi(unit="ratio"), "setting"),
    (Kpi, "better"): (of_kpi(), of_kpi(better="lower"), "setting"),
    (Kpi, "by"): (of_kpi(), of_kpi(by="channel"), "setting"),
    (Kpi, "share"): (plan(kpis={"k": SHARE}), plan(kpis={"k": {**SHARE, "share": True}}), "setting"),
    (Kpi, "always"): (of_kpi(), of_kpi(always=False), "setting"),
    (Kpi, "name"): (of_kpi(), of_kpi(name={"en": "K", "fr": "C"}), "name"),
    (Kpi, "help"): (of_kpi(), of_kpi(help="Less is more."), "setting"),
}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field[0].__name__}.{field[1]}")
def test_a_field_that_changes_alone_is_the_one_thing_told(field: tuple[type, str]) -> None:
    before, after, what = FIELDS[field]
    assert [change.what for change in compare(before, after)] == [what]
    assert [change.what for change in compare(after, before)] == [what]


@pytest.mark.parametrize("model", [Plan, Person, Objective, Action, Kpi, Budget, SharedBudget, BudgetShare])
def test_no_field_of_a_plan_is_left_out_of_the_table_above(model: Any) -> None:
    assert {name for known, name in FIELDS if known is model} == model.model_fields.keys()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (of_action(techniques=["a", "b"]), of_action(techniques=["b", "a"])),
        (of_action(tracked_by={"campaign": ["x", "y"]}), of_action(tracked_by=[{"campaign": "Y "}, {"campaign": "x"}])),
        (of_targets(orders(at_least=5)), of_targets(orders(at_least=5, per="total"))),
        (of_targets(orders(at_least=5, **{"for": "Email"})), of_targets(orders(at_least=5, **{"for": "email"}))),
        (plan(), plan(lead="lea")),  # the first of the people leads anyway
        (plan(authority={"spend": ["a", "b"]}), plan(authority={"spend": ["b", "a"]})),
        (of_action(when={"every": "month"}), of_action(when={"every": "1 month"})),
    ],
)
def test_the_same_said_otherwise_is_no_change(before: Plan, after: Plan) -> None:
    assert compare(before, after) == []


# --- what is what ----------------------------------------------------------------------------------------------------


def test_a_target_whose_value_moves_is_one_change_with_its_key() -> None:
    (change,) = compare(of_targets(orders(at_least=100)), of_targets(orders(at_least=80)))
    assert (change.what, change.kind, change.key) == (ChangedPart.TARGET, ChangeKind.CHANGED, "orders/at_least/total")
    assert (change.before.at_least, change.after.at_least) == (Decimal(100), Decimal(80))


def test_a_target_moved_twice_is_one_change_from_the_first_to_the_last_value() -> None:
    first, between, last = (of_targets(orders(at_least=value)) for value in (100, 90, 80))
    (change,) = compare_steps([first, between, last])
    assert (change.before.at_least, change.after.at_least) == (100, 80)


@pytest.mark.parametrize(
    "other",
    [
        orders(at_least=100, by="2026-06-30"),
        orders(at_least=100, per="week"),
        orders(at_most=100),
        orders(between=[90, 100]),
    ],
)
def test_a_target_for_another_time_or_bound_takes_the_place_of_the_one_that_went(other: dict[str, Any]) -> None:
    """Else a date put off would read as one target less and one more."""
    (change,) = compare(of_targets(orders(at_least=100)), of_targets(other))
    assert (change.what, change.kind, change.after.kpi) == (ChangedPart.TARGET, ChangeKind.CHANGED, "orders")


def test_targets_that_stay_are_not_mistaken_for_those_that_change() -> None:
    stays, goes, comes = orders(at_least=1), orders(at_least=2, per="week"), orders(at_least=3, per="month")
    (change,) = compare(of_targets(stays, goes), of_targets(comes, stays))
    assert (change.before.grain, change.after.grain) == ("week", "month")


def test_an_action_that_vanished_and_one_that_tracks_the_same_look_renamed_and_what_moved_with_it_is_told() -> None:
    before = plan(actions={"news": ACTION})
    after = plan(
        actions={"letter": {**ACTION, "name": "Letter", "targets": [orders(at_least=80)]}, "fair": {"name": "Fair"}}
    )
    changes = compare(before, after)
    assert told(changes) == [
        ("action", "renamed", "letter"),
        ("target", "changed", "letter"),
        ("action", "added", "fair"),
    ]
    assert (changes[0].before, changes[0].after) == ("news", "letter")


def test_actions_that_track_nothing_never_look_renamed() -> None:
    before, after = plan(actions={"fair": {"name": "Fair"}}), plan(actions={"show": {"name": "Fair"}})
    assert told(compare(before, after)) == [("action", "added", "show"), ("action", "removed", "fair")]


def test_of_two_that_track_the_same_the_name_says_which_is_which() -> None:
    one, other = {**ACTION, "name": "One"}, {**ACTION, "name": "Other"}
    changes = compare(plan(actions={"a": one, "b": other}), plan(actions={"c": other, "d": one}))
    assert [(change.before, change.after) for change in changes] == [("b", "c"), ("a", "d")]


COST = {"on": "2026-05-01", "amount": 10, "what": "layout"}


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([COST], [COST, COST], ["added"]),
        ([COST, COST], [COST], ["removed"]),
        ([COST], [{**COST, "amount": 12}], ["changed"]),
        ([COST], [{**COST, "on": "2026-05-02"}], ["changed"]),
        ([COST], [{**COST, "state": "planned"}], ["changed"]),
        ([COST], [{**COST, "what": "print"}], ["added", "removed"]),
        ([COST], [{**COST, "on": "2026-06-01", "amount": 9}, COST], ["added"]),
    ],
)
def test_costs_are_known_by_what_they_are_for(before: list[Any], after: list[Any], kinds: list[str]) -> None:
    assert [change.kind for change in compare(of_action(costs=before), of_action(costs=after))] == kinds


def test_who_leads_changes_also_where_only_the_order_of_the_people_does() -> None:
    (change,) = compare(plan(), plan(people=dict(reversed(PEOPLE.items()))))
    assert (change.what, change.before, change.after) == (ChangedPart.LEAD, "lea", "max")


def test_a_promise_moved_and_put_back_on_the_way_is_told() -> None:
    """Else a target could be lowered in the morning, met at noon and raised at night, and nobody the wiser."""
    high, low = of_targets(orders(at_least=100)), of_targets(orders(at_least=80))
    (change,) = compare_steps([high, low, high])
    assert (change.what, change.kind, change.of.id) == (ChangedPart.TARGET, ChangeKind.PUT_BACK, "news")
    assert (change.before.at_least, change.after.at_least) == (100, 80)
    (change,) = compare_steps([plan(budget=5), plan(), plan(budget=5)])
    assert (change.what, change.of.scope, change.after) == (ChangedPart.BUDGET, Scope.PLAN, None)


def test_a_promise_that_is_new_is_added_and_no_more_whatever_it_was_on_the_way() -> None:
    versions = [of_targets(), *(of_targets(orders(at_least=value)) for value in (100, 80, 100))]
    assert told(compare_steps(versions)) == [("target", "added", "news")]


def entries(text: str) -> dict[str, SourceEntry]:
    top = "plan: P\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-05-01\nends: 2026-06-30\n"
    return dict(parse_plan(Path("p"), top, text, OptionModels()).sources)


SHOP = "shop: {connector: csv_file, path: a.csv}\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (SHOP, SHOP + "# a word\n", []),
        ("", SHOP, [("added", "", None, "csv_file")]),
        (SHOP, "", [("removed", "", "csv_file", None)]),
        (SHOP, SHOP.replace("a.csv", "b.csv, lookback: 3"), [("changed", "lookback, path", "csv_file", "csv_file")]),
        (SHOP, "shop: {connector: simulated, figures: web}\n", [("changed", "connector", "csv_file", "simulated")]),
    ],
)
def test_of_a_source_that_changed_only_the_names_of_what_changed_are_told(
    before: str, after: str, told: list[Any]
) -> None:
    changes = compare_sources(entries(before), entries(after))
    said = [(change.kind, ", ".join(sorted(change.key.split(", "))), change.before, change.after) for change in changes]
    assert said == told


# --- for any two plans -----------------------------------------------------------------------------------------------

IDS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(0, 3)
BOUNDS = st.one_of(
    st.builds(lambda it: {"at_least": it}, NUMBERS),
    st.builds(lambda it: {"at_most": it}, NUMBERS),
    st.builds(lambda low, more: {"between": [low, low + more]}, NUMBERS, NUMBERS),
    st.builds(
        lambda it: {"at_least": it}, st.dictionaries(st.sampled_from(["2026-05", "2026-06"]), NUMBERS, min_size=1)
    ),
)
TARGETS = st.lists(
    st.builds(
        lambda kpi, bound, when: {"kpi": kpi, **bound, **({} if isinstance(bound.get("at_least"), dict) else when)},
        st.sampled_from(["orders", "revenue"]),
        BOUNDS,
        st.sampled_from([{}, {"per": "week"}, {"by": "2026-06-01"}, {"by": "2026-06-30"}]),
    ),
    max_size=3,
    unique_by=lambda target: Target.model_validate(target).key,
)
BUDGETS = st.none() | st.builds(
    lambda amount, per: {"amount": amount, "per": per}, NUMBERS, st.sampled_from(["total", "month"])
)
RULES = st.lists(
    st.dictionaries(st.sampled_from(["campaign", "coupon"]), st.sampled_from(["x", "y"]), min_size=1), max_size=2
)
COSTS = st.lists(
    st.builds(
        lambda day, amount, what: {"on": f"2026-05-0{day + 1}", "amount": amount, "what": what},
        NUMBERS,
        NUMBERS,
        st.sampled_from(["layout", "print"]),
    ),
    max_size=3,
)
ACTIONS = st.fixed_dictionaries(
    {"name": st.sampled_from(["A", "B"]), "tracked_by": RULES, "targets": TARGETS, "budget": BUDGETS, "costs": COSTS},
    optional={"responsible": st.sampled_from(["lea", "max"]), "techniques": st.lists(IDS, max_size=2)},
)
OBJECTIVES = st.fixed_dictionaries({"name": st.sampled_from(["A", "B"]), "targets": TARGETS})
PLANS = st.builds(
    plan,
    actions=st.dictionaries(IDS, ACTIONS),
    objectives=st.dictionaries(IDS, OBJECTIVES),
    budget=BUDGETS,
    margin=st.sampled_from([None, "10%", "20%"]),
    authority=st.dictionaries(st.sampled_from(["revenue", "spend"]), IDS),
)


@settings(max_examples=60, deadline=None)
@given(PLANS)
def test_a_plan_has_no_change_to_itself(one: Plan) -> None:
    assert compare(one, one) == []
    assert compare_steps([one, one, one]) == []


MIRROR = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}


@settings(max_examples=60, deadline=None)
@given(PLANS, PLANS)
def test_looking_back_is_the_mirror_of_looking_ahead(one: Plan, other: Plan) -> None:
    ahead = [(c.what, c.kind, c.of.scope, c.before, c.after) for c in compare(one, other)]
    back = [(c.what, MIRROR.get(c.kind, c.kind), c.of.scope, c.after, c.before) for c in compare(other, one)]
    assert sorted(map(repr, ahead)) == sorted(map(repr, back))


@settings(max_examples=60, deadline=None)
@given(PLANS, PLANS)
def test_no_target_or_budget_moves_without_a_word(one: Plan, other: Plan) -> None:
    """Whatever owner stays under its id promises the same, or a change says what it promised and what it promises."""
    words = {(c.of.scope, c.of.id) for c in compare(one, other) if c.what in (ChangedPart.TARGET, ChangedPart.BUDGET)}
    for id in one.actions.keys() & other.actions.keys():
        if (Scope.ACTION, id) not in words:
            assert promises(one.actions[id]) == promises(other.actions[id])
    for id in one.objectives.keys() & other.objectives.keys():
        if (Scope.OBJECTIVE, id) not in words:
            assert promises(one.objectives[id]) == promises(other.objectives[id])
    if (Scope.PLAN, "") not in words:
        assert one.budget == other.budget


def promises(owner: Action | Objective) -> Any:
    levels = {target.key: getattr(target, target.bound) for target in owner.targets}
    return levels, owner.budget if isinstance(owner, Action) else None


# --- the values a promise has had ------------------------------------------------------------------------------------


def values(versions: list[Plan], key: tuple[Scope, str, str]) -> list[tuple[int, Any]]:
    stages = timelines(versions)[key]
    return [(it.version, it.value and (getattr(it.value, "at_least", None) or it.value)) for it in stages]


NEWS = (Scope.ACTION, "news", "orders/at_least/total")


def test_a_trail_has_the_first_value_and_each_later_one_with_the_version_that_brought_it() -> None:
    versions = [of_targets(orders(at_least=value)) for value in (100, 100, 90, 90, 120)]
    assert values(versions, NEWS) == [(0, 100), (2, 90), (4, 120)]


def test_a_target_taken_out_and_put_back_lower_keeps_the_value_it_first_had() -> None:
    versions = [of_targets(orders(at_least=100)), of_targets(), of_targets(orders(at_least=80))]
    assert values(versions, NEWS) == [(0, 100), (1, None), (2, 80)]


def test_an_action_taken_out_and_put_back_keeps_what_it_first_promised() -> None:
    versions = [of_targets(orders(at_least=100)), plan(), of_targets(orders(at_least=80))]
    assert values(versions, NEWS) == [(0, 100), (1, None), (2, 80)]


def test_a_new_id_or_another_date_does_not_wash_a_target_clean() -> None:
    renamed = plan(actions={"letter": {**ACTION, "targets": [orders(at_least=80)]}})
    put_off = plan(actions={"letter": {**ACTION, "targets": [orders(at_least=80, by="2026-06-30")]}})
    versions = [of_targets(orders(at_least=100)), renamed, put_off]
    found = timelines(versions)
    assert list(found) == [(Scope.ACTION, "letter", "orders/at_least/total/2026-06-30")]
    (trail,) = found.values()
    assert [(it.value.at_least, it.value.by) for it in trail if isinstance(it.value, Target)] == [
        (Decimal(100), None),
        (Decimal(80), None),
        (Decimal(80), date(2026, 6, 30)),
    ]


def test_a_budget_has_a_trail_of_its_own() -> None:
    stages = timelines([plan(budget=5), plan(budget=6), plan()])[Scope.PLAN, "", "budget"]
    assert [it.value for it in stages] == [Budget(amount=Decimal(5)), Budget(amount=Decimal(6)), None]


@settings(max_examples=40, deadline=None)
@given(st.lists(PLANS, min_size=1, max_size=4))
def test_every_trail_ends_with_what_is_promised_now_and_holds_no_value_twice_running(versions: list[Plan]) -> None:
    found = timelines(versions)
    now = versions[-1]
    present = {(Scope.ACTION, id, t.key): t for id, action in now.actions.items() for t in action.targets}
    present |= {(Scope.OBJECTIVE, id, t.key): t for id, aim in now.objectives.items() for t in aim.targets}
    assert present.keys() <= found.keys()
    for key, target in present.items():
        last = found[key][-1].value
        assert isinstance(last, Target)
        assert (last.key, getattr(last, last.bound)) == (target.key, getattr(target, target.bound))
    for key, stages in found.items():
        numbers = [stage.version for stage in stages]
        assert numbers == sorted(set(numbers))
        assert stages[0].value is not None
        if key not in present and key[2] != "budget":
            assert stages[-1].value is None
