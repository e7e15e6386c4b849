"""What a mail's subject says: the first thing wrong and how many more there are, else what is over."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from mails_made import many, plan_of, revenue, told

from config.loading.loaded import LoadedPlan
from worker.flags.notification import Notification, Role
from worker.model.fault import FaultKind
from worker.model.flag import FlagReason
from worker.model.records import SourceState
from worker.notify.subjects import subject_of
from worker.wording import translator_for


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedPlan:
    return plan_of(tmp_path)


def subject(opened: Sequence[Notification] = (), resolved: Sequence[Notification] = ()) -> str:
    return subject_of("Spring", opened, resolved, translator_for("en"))


def test_the_first_thing_wrong_and_how_many_more(loaded: LoadedPlan) -> None:
    opened = many(loaded, 4)
    first = "Spring: Spring newsletter is at risk of missing its target"
    assert [subject(opened[:count]) for count in (1, 2, 4)] == [first, f"{first} (and 1 more)", f"{first} (and 3 more)"]


def test_what_is_wrong_comes_before_what_is_over(loaded: LoadedPlan) -> None:
    over = told(loaded, revenue(), reason=FlagReason.RESOLVED)
    assert "at risk" in subject(many(loaded, 1), [over])


def test_what_is_over_says_how(loaded: LoadedPlan) -> None:
    over = told(loaded, revenue(), reason=FlagReason.RESOLVED)
    believed = replace(over, reason=FlagReason.BELIEVED, title="shop", role=Role.SOURCE)
    assert subject(resolved=[over]) == "Spring: Spring newsletter is back to normal"
    assert subject(resolved=[believed]) == "Spring: Source “shop”: figures now taken as true"
    assert subject(resolved=[over, believed]) == "Spring: 2 problems resolved"


def test_a_source_is_called_by_its_name_whatever_is_wrong_with_it(loaded: LoadedPlan) -> None:
    def wrong(verdict: str) -> str:
        one = told(loaded, revenue(), title="not this")
        assert one.problem is not None
        return subject([replace(one, problem=replace(one.problem, scope="source", ref="shop", verdict=verdict))])

    assert wrong(SourceState.UNAVAILABLE) == "Spring: the source shop is unavailable"
    assert wrong(FaultKind.STALE) == "Spring: nothing new from the source shop"
    others = {wrong(kind) for kind in FaultKind} - {wrong(FaultKind.STALE)}
    assert others == {"Spring: figures from the source shop look wrong"}
