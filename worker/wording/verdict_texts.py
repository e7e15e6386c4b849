"""PURE. What a verdict's sentence is made of, by its reason: the figure first, the promise beside it, then the reason."""

from collections.abc import Mapping

from config.message import marked
from config.plan import Bound
from worker.model.verdict import VerdictReason

BOUNDS: Mapping[Bound, str] = {
    Bound.AT_LEAST: marked("at least {low}"),
    Bound.AT_MOST: marked("at most {high}"),
    Bound.BETWEEN: marked("between {low} and {high}"),
}

TARGETS: Mapping[VerdictReason, str] = {
    VerdictReason.OUTCOME: marked("{figure} (target: {bound})."),
    VerdictReason.REACHED: marked("{figure} so far; target already met ({bound})."),
    VerdictReason.CROSSED: marked("{figure} so far; limit already exceeded ({bound})."),
    VerdictReason.UNSETTLED: marked("{figure} (target: {bound}); figures still provisional."),
    VerdictReason.NOTHING_KNOWN: marked("{name}: no figures {from_sources} (target: {bound})."),
    VerdictReason.PARTLY_KNOWN: marked("{figure} on known days (target: {bound}); figures missing {from_sources}."),
    VerdictReason.PART_UNKNOWN: marked(
        "{figure} (target: {bound}), not counting {unknown}; no verdict while that could decide."
    ),
    VerdictReason.NO_RATIO: marked("{name}: no value, as there was nothing to measure (target: {bound})."),
    VerdictReason.NO_SOURCE: marked("{name} can’t be measured: no source provides {lacking}."),
    VerdictReason.NO_TRACKING: marked("{name} can’t be measured: the plan gives this action no tracking (tracked_by)."),
    VerdictReason.NO_TRACE: marked("{name} can’t be measured: its source has no figures by {lacking}."),
    VerdictReason.UNSEEN: marked("{name} can’t be measured: nothing carries {unseen}; target: {bound}."),
    VerdictReason.NOT_SEEN_YET: marked("{name}: not seen yet; so far nothing carries {unseen}; target: {bound}."),
    VerdictReason.NO_BASE: marked(
        "{figure}. The target ({bound}) has no value: {why}. Add the earlier value to the plan (baseline)."
    ),
    VerdictReason.BASE_AWAITED: marked("{figure}. The target ({bound}) is set once the figures for {days} are final."),
    VerdictReason.BEFORE: marked("Starts on {first} (target: {bound})."),
}
RUNNING = marked("{figure} so far (target: {bound} by {last}); no forecast yet.")
NO_VALUE_YET = marked("{name}: no value yet (target: {bound} by {last}).")

#: of a running period, beside where it stands
AHEAD: Mapping[VerdictReason, str] = {
    VerdictReason.PROVED: marked("{standing}. Chance alone does not explain the gap."),
    VerdictReason.UNLIKELY: marked("{standing}."),
    VerdictReason.LIKELY: marked("{standing}."),
    VerdictReason.BEHIND: marked("{standing}. The gap may still be chance."),
    VerdictReason.TOO_FEW: marked(
        "{standing}. Only {sample} on final days; about {needed} needed to tell (around {day})."
    ),
    VerdictReason.TOO_EARLY: marked("{standing}. Too few final days to tell; probably enough from {day}."),
}
BELOW = marked("{standing}. Chance alone does not explain the gap: the true value is below {limit} (95% confidence).")
ABOVE = marked("{standing}. Chance alone does not explain the gap: the true value is above {limit} (95% confidence).")
WILL_NOT_LAST = marked("{standing}. On target so far, but history suggests it will not last.")
NEVER_ENOUGH = marked(
    "{standing}. Only {sample} on final days; about {needed} needed to tell, more than the period will bring."
)
TOO_FEW_DAYS = marked("{standing}. Too few final days to tell.")

BUDGETS: Mapping[VerdictReason, str] = {
    VerdictReason.WITHIN: marked("{spend}."),
    VerdictReason.OVER: marked("{spent} spent, {excess} over the budget of {amount}."),
    VerdictReason.OVER_COMMITTED: marked(
        "{spent} spent and {committed} committed, {excess} over the budget of {amount}."
    ),
    VerdictReason.OVER_PLANNED: marked(
        "{spent} spent of {amount}; with committed, planned and expected spend: {projected}."
    ),
    VerdictReason.NOTHING_SPENT: marked("Nothing spent of {amount}."),
    VerdictReason.NOTHING_KNOWN: marked("Spend unknown: no figures {from_sources} (budget: {amount})."),
    VerdictReason.NO_SOURCE: marked(
        "Spend unknown: no source provides it and the plan lists no costs (budget: {amount})."
    ),
    VerdictReason.PARTLY_KNOWN: marked("{spent} spent of {amount} on known days; figures missing {from_sources}."),
    VerdictReason.PART_UNKNOWN: marked(
        "{spent} spent of {amount}, not counting {unknown}; no verdict while that could decide."
    ),
    VerdictReason.UNSEEN: marked("Spend can’t be measured: nothing carries {unseen}; budget: {amount}."),
    VerdictReason.NOT_SEEN_YET: marked("No spend seen yet; so far nothing carries {unseen}; budget: {amount}."),
    VerdictReason.BEFORE: marked("Starts on {first} (budget: {amount})."),
    VerdictReason.TOO_FAST: marked("{spend} so far; at this pace {projected} by {last}, {too_much} over budget."),
    VerdictReason.TOO_SLOW: marked("{spend} so far; at this pace {projected} by {last}, {unused} left over."),
    VerdictReason.STOPPED: marked(
        "{spend} so far, but nothing on the latest final days, although it should be running."
    ),
    VerdictReason.LEFT_UNKNOWN: marked(
        "{spent} spent, budget {amount}; whether money left from earlier periods covers it is unknown: figures missing "
        "{from_sources}."
    ),
}

#: behind what the plan's own costs say of a budget
BEYOND_COSTS: Mapping[VerdictReason, str] = {
    VerdictReason.UNSEEN: marked(
        "{spend} in the plan’s own costs; spend beyond them unknown: nothing carries {unseen}."
    ),
    VerdictReason.NOT_SEEN_YET: marked("{spend} in the plan’s own costs; no other spend seen yet ({unseen})."),
}
