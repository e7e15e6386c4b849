"""PURE. What would put a problem right: the next step, by what is wrong and whether there is still time."""

from collections.abc import Mapping
from datetime import date

from config.loading.loaded import LoadedPlan
from config.message import marked
from config.plan import Action, Per
from config.vocabulary import Scope
from worker.model.fault import FaultKind
from worker.model.flag import STORM, UNATTRIBUTED, UNJUDGED, Alert
from worker.model.records import SourceState
from worker.model.verdict import Judgement, Verdict
from worker.model.verdict import VerdictReason as Why

#: by the verdict, or by what more is known of it
ADVICE: Mapping[str, str] = {
    "missed_running": marked(
        "The limit has been exceeded, whatever the rest of the period brings: stop, or change the target in the plan "
        "and note why."
    ),
    "missed_again": marked("The next period is already running: decide now what to change."),
    "missed_occurrence": marked("Decide what to change before the next run, and note why in the plan."),
    "missed_over": marked("Decide whether to do it again, and what to change; note why in the plan."),
    "missed_objective": marked(
        "Review the actions that serve it: put more into those that deliver, change or stop the others."
    ),
    "over": marked("Stop or cut the spending, or agree on a higher budget with the plan lead."),
    "over_past": marked(
        "The period is over: find out where the excess came from, and agree with the plan lead what it means for the "
        "rest of the plan."
    ),
    "over_committed": marked("Cancel what is not yet due, or agree on a higher budget with the plan lead."),
    "over_plan": marked("Agree with the owners which action will spend less, or raise the plan’s budget."),
    Verdict.AT_RISK: marked(
        "There is still time: find out what is holding it back and change it, or say when you expect it to improve."
    ),
    Verdict.OVERSPENDING: marked("Cut daily spending, or agree on a higher budget with the plan lead."),
    Verdict.UNDERSPENDING: marked(
        "Part of the budget will go unused: spend more, or release it for the rest of the plan."
    ),
    Verdict.NO_SPEND: marked("It should be running: check that it is, and that its spend reaches Vigie."),
    UNATTRIBUTED: marked("Add these campaigns to the tracked_by of the actions they serve, or stop them."),
    UNJUDGED: marked(
        "Put the source back into sources.yaml or make it deliver again, or take the targets out of the plan. What is "
        "missing: {command}"
    ),
    STORM: marked("Check that the sources report correctly: {command}"),
    SourceState.UNAVAILABLE: marked(
        "Everything that depends on this source is unknown until it is back. Vigie keeps trying; check that the tool "
        "itself works: {command}"
    ),
    SourceState.REFUSED: marked(
        "Everything that depends on this source is unknown until it can be read. Check its access or its file, then "
        "test it: {command}"
    ),
    SourceState.MISREAD: marked(
        "Everything that depends on this source is unknown until it can be read. Fix what the message names, then "
        "test it: {command}"
    ),
    SourceState.SUSPECT: marked(
        "Check whether nothing really happened on those days; if so, confirm it as the message says. If not, test the "
        "source: {command}"
    ),
    SourceState.EMPTY: marked(
        "Check that this is the right source and that it has figures for the plan’s days: {command}"
    ),
    "fault_over": marked(
        "If those days are right, accept them with the command above. If not, have the tool correct them: Vigie then "
        "takes in the corrected figures."
    ),
    FaultKind.SILENT_ZERO: marked(
        "Check that the tool still records what happens. Once it is corrected there, Vigie takes in the figures by "
        "itself: {command}"
    ),
    FaultKind.TRACKING_LOST: marked(
        "Check that the tag, the pixel or the order page is still in place: every hour without it is lost for good. "
        "Then test the source: {command}"
    ),
    FaultKind.JUMP: marked(
        "Find out where the visits come from and filter them out in the tool; Vigie then takes in the corrected "
        "figures by itself: {command}"
    ),
    FaultKind.CUT_SHORT: marked(
        "Check whether the tool lost figures or an account was removed. If the source reports the same again, Vigie "
        "accepts it: {command}"
    ),
    FaultKind.STALE: marked(
        "Check that the file is still written or the tool still exports; everything that depends on it is waiting: "
        "{command}"
    ),
    FaultKind.DRIFT: marked(
        "Check whether anything changed in the tracking, the consent banner or the tags: {command}"
    ),
}


def advice(problem: Alert, loaded: LoadedPlan, today: date) -> str:
    """What would put it right, as a key of ``ADVICE``."""
    judgement = problem.judgement
    if judgement is None:
        return problem.verdict
    if judgement.is_budget:
        return _about_budget(judgement, today)
    if judgement.verdict is Verdict.AT_RISK:
        return Verdict.AT_RISK
    if judgement.reason is Why.CROSSED:
        return "missed_running"
    if problem.scope == Scope.OBJECTIVE:
        return "missed_objective"
    action = loaded.plan.actions.get(problem.ref)
    return _next_time(loaded, action, judgement, today) if action else "missed_over"


def _about_budget(judgement: Judgement, today: date) -> str:
    if judgement.verdict is not Verdict.OVER:
        return judgement.verdict
    if judgement.subject.scope == Scope.PLAN:
        return "over_plan"
    if judgement.reason is Why.OVER_COMMITTED:
        return "over_committed"
    return "over" if judgement.period.end > today else "over_past"


def _next_time(loaded: LoadedPlan, action: Action, judgement: Judgement, today: date) -> str:
    """Whether the action goes on, or has another run to come."""
    if judgement.per is Per.OCCURRENCE:
        runs = loaded.plan.occurrences_of(action)
        return "missed_occurrence" if any(run.start > today for run in runs) else "missed_over"
    goes_on = judgement.per is not Per.TOTAL and loaded.plan.life_of(action).end > today
    return "missed_again" if goes_on else "missed_over"
