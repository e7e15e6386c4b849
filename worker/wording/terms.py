"""PURE. The words for what is known by its value: verdicts, states, questions, techniques, channels.

Each table holds English texts, which are the keys of their translations: ``translator.say(VERDICTS[verdict])``.
"""

from collections.abc import Mapping

from config.message import marked, plural
from config.plan import Per
from config.techniques import techniques
from config.vocabulary import Dimension
from worker.model.fault import FaultKind
from worker.model.finding import Question, Weight
from worker.model.flag import STORM, UNATTRIBUTED
from worker.model.records import SourceState
from worker.model.verdict import FINAL, MISSING, PROVISIONAL, Judgement, Verdict, VerdictReason
from worker.wording.translator import Translator

VERDICTS: Mapping[str, str] = {
    Verdict.MET: marked("target met"),
    Verdict.MISSED: marked("target missed"),
    Verdict.ON_TRACK: marked("on track"),
    Verdict.AT_RISK: marked("at risk"),
    Verdict.CANNOT_SAY: marked("too early to tell"),
    Verdict.NO_DATA: marked("no data"),
    Verdict.UNMEASURABLE: marked("can’t be measured"),
    Verdict.NOT_STARTED: marked("not started"),
    Verdict.WITHIN: marked("within budget"),
    Verdict.OVERSPENDING: marked("spending too fast"),
    Verdict.OVER: marked("over budget"),
    Verdict.UNDERSPENDING: marked("spending too slowly"),
    Verdict.NO_SPEND: marked("not spending"),
}

#: so many of a verdict
VERDICT_COUNTS: Mapping[str, tuple[str, str]] = {
    Verdict.MET: plural("{count} target met", "{count} targets met"),
    Verdict.MISSED: plural("{count} target missed", "{count} targets missed"),
    Verdict.ON_TRACK: plural("{count} on track", "{count} on track"),
    Verdict.AT_RISK: plural("{count} at risk", "{count} at risk"),
    Verdict.CANNOT_SAY: plural("{count} too early to tell", "{count} too early to tell"),
    Verdict.NO_DATA: plural("{count} without data", "{count} without data"),
    Verdict.UNMEASURABLE: plural("{count} not measurable", "{count} not measurable"),
    Verdict.NOT_STARTED: plural("{count} not started", "{count} not started"),
    Verdict.WITHIN: plural("{count} within budget", "{count} within budget"),
    Verdict.OVERSPENDING: plural("{count} spending too fast", "{count} spending too fast"),
    Verdict.OVER: plural("{count} over budget", "{count} over budget"),
    Verdict.UNDERSPENDING: plural("{count} spending too slowly", "{count} spending too slowly"),
    Verdict.NO_SPEND: plural("{count} not spending", "{count} not spending"),
}

_LIKELY_MISSED = (Verdict.CANNOT_SAY, VerdictReason.DOUBTFUL)
_LIKELY_COUNTS = plural("{count} likely to miss", "{count} likely to miss")

#: verdicts of which the reason says more
_BY_REASON: Mapping[tuple[Verdict, VerdictReason], str] = {
    (Verdict.NO_SPEND, VerdictReason.NOTHING_SPENT): marked("nothing spent"),
    (Verdict.CANNOT_SAY, VerdictReason.NO_RATIO): marked("nothing to measure"),
    (Verdict.CANNOT_SAY, VerdictReason.NOT_SEEN_YET): marked("not seen yet"),
    (Verdict.CANNOT_SAY, VerdictReason.DOUBTFUL): marked("likely to miss"),
    (Verdict.NO_SPEND, VerdictReason.STOPPED): marked("spending has stopped"),
    (Verdict.NO_SPEND, VerdictReason.NEVER_SPENT): marked("no spend reported"),
}

#: so much keeps a plan from being all right, and is no problem (yet)
UNJUDGED = plural("1 can’t be judged", "{count} can’t be judged")
TO_WATCH = plural("1 to watch", "{count} to watch")
SILENT = plural("1 source without new figures", "{count} sources without new figures")
NOT_WORKING = plural("1 source not working", "{count} sources not working")

#: what is wrong where nothing is judged
IN_DOUBT = marked("figures in doubt")
FIGURES_MISSING = marked("figures missing")
UNPLANNED_SPEND = marked("spend not in the plan")

SOURCE_STATES: Mapping[str, str] = {
    SourceState.NEVER: marked("not read yet"),
    SourceState.OK: marked("working"),
    SourceState.UNAVAILABLE: marked("unavailable"),
    SourceState.REFUSED: marked("can’t be read"),
    SourceState.MISREAD: marked("unexpected format"),
    SourceState.SUSPECT: marked("sent nothing"),
    SourceState.EMPTY: marked("no figures yet"),
}

#: of a source that can be read, and has long had nothing new
NO_NEW_FIGURES = marked("no new figures")

FIGURE_STATES: Mapping[str, str] = {
    FINAL: marked("final"),
    PROVISIONAL: marked("provisional"),
    MISSING: marked("incomplete"),
}

#: how often a budget may be spent, a target is to be reached
PER: Mapping[str, str] = {
    Per.TOTAL: marked("in total"),
    Per.DAY: marked("per day"),
    Per.WEEK: marked("per week"),
    Per.MONTH: marked("per month"),
    Per.QUARTER: marked("per quarter"),
    Per.OCCURRENCE: marked("per run"),
}

QUESTIONS: Mapping[Question, str] = {
    Question.WORTH: marked("What is each action worth?"),
    Question.OPPORTUNITIES: marked("Which new actions would be worth taking?"),
    Question.MEASURABILITY: marked("What is the best way to measure each action?"),
    Question.RESPONSIBILITY: marked("Who is responsible for what?"),
    Question.FEASIBILITY: marked("Is the plan financially feasible?"),
}

WEIGHTS: Mapping[Weight, str] = {
    Weight.WRONG: marked("act"),
    Weight.DOUBT: marked("check"),
    Weight.NOTE: marked("note"),
}

#: what became of what an alert warned of
OUTCOMES: Mapping[str, str] = {
    "right": marked("proved right"),
    "wrong": marked("proved wrong"),
    "open": marked("still open"),
    "fact": marked("already a fact"),
}

#: by which rule a verdict is what it is
RULES: Mapping[VerdictReason, str] = {
    VerdictReason.OUTCOME: marked("the period is over and its figures are final; a target that is just reached is met"),
    VerdictReason.REACHED: marked("this KPI can only grow, and has reached its lower limit"),
    VerdictReason.CROSSED: marked("this KPI can only grow, and has passed its upper limit"),
    VerdictReason.RUNNING: marked("the period is still running, and there is nothing to base a forecast on"),
    VerdictReason.PROVED: marked(
        "on at least three final days the figure is worse than chance would make it in one case out of a hundred, by "
        "more than the plan calls material; that stands after correction for all targets judged that day"
    ),
    VerdictReason.UNLIKELY: marked(
        "the target is at least 90% likely to be missed, a week and a fifth of the period into it (95% in its first "
        "third, and while events are few)"
    ),
    VerdictReason.LIKELY: marked("the target has at least a one in two chance of being reached"),
    VerdictReason.DOUBTFUL: marked(
        "the target is more than two in three likely to be missed; an alert takes 90% (95% in the first third of the "
        "period, and while events are few)"
    ),
    VerdictReason.BEHIND: marked("the target has between a one in three and a one in two chance of being reached"),
    VerdictReason.TOO_FEW: marked("too few events to tell a shortfall of a fifth from chance"),
    VerdictReason.TOO_EARLY: marked("too few final days to know how the figures develop"),
    VerdictReason.UNSETTLED: marked("the period is over, but a source may still correct its figures"),
    VerdictReason.NOTHING_KNOWN: marked("no figures are known"),
    VerdictReason.PARTLY_KNOWN: marked("the period is over, and some of its figures are missing"),
    VerdictReason.NO_RATIO: marked("there is nothing to divide by"),
    VerdictReason.NO_SOURCE: marked("no source provides the figures this KPI needs"),
    VerdictReason.NO_TRACKING: marked("the plan does not say how to recognise the action’s figures"),
    VerdictReason.NO_TRACE: marked("no figure carries the label the action is tracked by"),
    VerdictReason.PART_UNKNOWN: marked("a part of its figures is unknown, and might turn any verdict"),
    VerdictReason.UNSEEN: marked("no figure has ever carried the label, so the value is unknown, not zero"),
    VerdictReason.NOT_SEEN_YET: marked("fewer than three final days have passed, and no figure carries the label yet"),
    VerdictReason.WITHIN: marked(
        "neither the spend, committed costs included, nor the forecast exceeds the budget by more than its usual daily "
        "variation"
    ),
    VerdictReason.OVER: marked("the spend exceeds the budget"),
    VerdictReason.OVER_COMMITTED: marked("spent and committed together exceed the budget"),
    VerdictReason.OVER_PLANNED: marked("with planned costs the budget is exceeded"),
    VerdictReason.NOTHING_SPENT: marked("a day or more has passed with nothing spent, committed or planned"),
    VerdictReason.TOO_FAST: marked(
        "at the current pace, weekday pattern included, the spend exceeds the budget by more than its usual daily "
        "variation"
    ),
    VerdictReason.TOO_SLOW: marked(
        "at the current pace much of the budget is left over, by more than its usual daily variation"
    ),
    VerdictReason.STOPPED: marked(
        "nothing was spent on the last final days, although the action is running and others still spend"
    ),
    VerdictReason.NEVER_SPENT: marked(
        "no source has reported any spend beyond the plan’s own costs, although the action is running and others spend"
    ),
    VerdictReason.LEFT_UNKNOWN: marked("how much is left from earlier periods is not known"),
    VerdictReason.NO_BASE: marked("the target is relative, and the figure it is measured from is not known"),
    VerdictReason.BASE_AWAITED: marked("the target is relative, and the figure it is measured from is not final yet"),
    VerdictReason.BEFORE: marked("the period has not started"),
    VerdictReason.NOT_YET: marked("the period has just begun, and no source has told of it yet"),
}

#: the default channel groups, as analytics tools call them
CHANNELS: Mapping[str, str] = {
    "AI Assistant": marked("AI Assistant"),
    "Affiliates": marked("Affiliates"),
    "Audio": marked("Audio"),
    "Cross-network": marked("Cross-network"),
    "Direct": marked("Direct"),
    "Display": marked("Display"),
    "Email": marked("Email"),
    "Mobile Push Notifications": marked("Mobile Push Notifications"),
    "Organic Search": marked("Organic Search"),
    "Organic Shopping": marked("Organic Shopping"),
    "Organic Social": marked("Organic Social"),
    "Organic Video": marked("Organic Video"),
    "Paid Other": marked("Paid Other"),
    "Paid Search": marked("Paid Search"),
    "Paid Shopping": marked("Paid Shopping"),
    "Paid Social": marked("Paid Social"),
    "Paid Video": marked("Paid Video"),
    "Referral": marked("Referral"),
    "SMS": marked("SMS"),
    "Unassigned": marked("Unassigned"),
    "Video": marked("Video"),
    "(other)": marked("Other"),
}

#: the labels that figures carry
DIMENSIONS: Mapping[str, str] = {
    Dimension.CAMPAIGN: marked("campaign"),
    Dimension.CAMPAIGN_ID: marked("campaign ID"),
    Dimension.SOURCE: marked("traffic source"),
    Dimension.MEDIUM: marked("medium"),
    Dimension.CHANNEL: marked("channel"),
    Dimension.CONTENT: marked("ad content"),
    Dimension.TERM: marked("search term"),
    Dimension.COUPON: marked("coupon"),
    Dimension.KEYWORD: marked("keyword"),
    Dimension.LANDING_PAGE: marked("landing page"),
    Dimension.REFERRER: marked("referrer"),
}


def verdict_term(judgement: Judgement, translator: Translator) -> str:
    """A judgement's verdict in a word or two."""
    return term_of(judgement.verdict, judgement.reason, translator)


def term_of(verdict: Verdict, reason: VerdictReason, translator: Translator) -> str:
    """A verdict in a word or two, where its reason says more than it: that."""
    return translator.say(_BY_REASON.get((verdict, reason), VERDICTS[verdict]))


def kind_of(verdict: Verdict, reason: VerdictReason) -> tuple[Verdict, VerdictReason | None]:
    """What verdicts are counted as."""
    return verdict, reason if (verdict, reason) == _LIKELY_MISSED else None


def counted_term(
    kind: tuple[Verdict, VerdictReason | None], count: int, translator: Translator, /, **given: object
) -> str:
    """How many verdicts of a kind there are."""
    return translator.counted(*(_LIKELY_COUNTS if kind == _LIKELY_MISSED else VERDICT_COUNTS[kind[0]]), count, **given)


def problem_term(verdict: str, translator: Translator) -> str:
    """What an alert is about in a word or two, where only its verdict is on record; what is none is about figures."""
    if verdict == FaultKind.STALE:
        return translator.say(NO_NEW_FIGURES)
    if verdict in set(FaultKind) or verdict == STORM:
        return translator.say(IN_DOUBT)
    return translator.say(UNPLANNED_SPEND if verdict == UNATTRIBUTED else VERDICTS.get(verdict, FIGURES_MISSING))


def channel_name(channel: str, translator: Translator) -> str:
    """A channel by its name in this language; one that no tool calls so by its own."""
    return translator.say(CHANNELS[channel]) if channel in CHANNELS else channel


def dimension_name(id: str, translator: Translator) -> str:
    """A label's name in this language."""
    return translator.say(DIMENSIONS[id]) if id in DIMENSIONS else id.replace("_", " ")


def technique_name(id: str, translator: Translator) -> str:
    """A technique by its name in this language; one that Vigie has no name for by the plan's own word."""
    known = techniques().get(id)
    return translator.say(known.name.in_(translator.language)) if known else id.replace("-", " ")
