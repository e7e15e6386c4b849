"""PURE. The subject of a mail: the costliest thing it tells, and how many more there are."""

from collections.abc import Mapping, Sequence

from config.message import marked
from config.vocabulary import Scope
from worker.flags.notification import Notification
from worker.model.fault import FaultKind
from worker.model.flag import STORM, UNATTRIBUTED, UNJUDGED, FlagReason
from worker.model.records import SourceState
from worker.model.verdict import Verdict
from worker.notify.item import title
from worker.wording import Translator

_HEADLINES: Mapping[str, str] = {
    Verdict.MISSED: marked("{name} missed its target"),
    Verdict.OVER: marked("{name} is over budget"),
    Verdict.AT_RISK: marked("{name} is at risk of missing its target"),
    Verdict.OVERSPENDING: marked("{name} is spending too fast"),
    Verdict.UNDERSPENDING: marked("{name} is spending too slowly"),
    Verdict.NO_SPEND: marked("{name} is not spending"),
    UNATTRIBUTED: marked("money is being spent outside the plan"),
    UNJUDGED: marked("some targets can’t be judged any more"),
    STORM: marked("unusually many alerts at once"),
    SourceState.UNAVAILABLE: marked("the source {name} is unavailable"),
    SourceState.REFUSED: marked("the source {name} can’t be read"),
    SourceState.MISREAD: marked("the source {name} sends an unexpected format"),
    SourceState.SUSPECT: marked("no figures from the source {name}"),
    SourceState.EMPTY: marked("no figures from the source {name}"),
}
_FAULT = marked("figures from the source {name} look wrong")
_STALE = marked("nothing new from the source {name}")


def subject_of(
    plan: str, opened: Sequence[Notification], resolved: Sequence[Notification], translator: Translator
) -> str:
    """What a mail is about: the costliest problem, else what is resolved."""
    if opened:
        headline, others = _headline(opened[0], translator), len(opened) - 1
        if not others:
            return translator.say("{plan}: {headline}", plan=plan, headline=headline)
        return translator.counted(
            "{plan}: {headline} (and 1 more)",
            "{plan}: {headline} (and {count} more)",
            others,
            plan=plan,
            headline=headline,
        )
    if len(resolved) > 1:
        return translator.counted(
            "{plan}: 1 problem resolved", "{plan}: {count} problems resolved", len(resolved), plan=plan
        )
    name = title(resolved[0], translator)
    if resolved[0].reason is FlagReason.BELIEVED:
        return translator.say("{plan}: {name}: figures now taken as true", plan=plan, name=name)
    return translator.say("{plan}: {name} is back to normal", plan=plan, name=name)


def _headline(notification: Notification, translator: Translator) -> str:
    problem = notification.problem
    assert problem is not None
    if problem.verdict in set(FaultKind):
        return translator.say(_STALE if problem.verdict == FaultKind.STALE else _FAULT, name=problem.ref)
    name = problem.ref if problem.scope == Scope.SOURCE else notification.title
    return translator.say(_HEADLINES[problem.verdict], name=name)
