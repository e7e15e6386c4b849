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
    VerdictReason.DOUBTFUL: marked("{standing}. Likely to miss the target, but not yet sure enough for an alert."),
    VerdictReason.BEHIND: marked("{standing}."),
    VerdictReason.TOO_FEW: marked(
        "{standing}. Only {sample} on final days; about {needed} needed to tell (around {day})."
    ),
    VerdictReason.TOO_EARLY: marked("{standing}. Too few final days to tell; probably enough from {day}."),
}
BELOW = marked("{standing}. Chance alone does not explain the gap: the true value is below {limit} (95% confidence).")
ABOVE = marked("{standing}. Chance alone does not explain the gap: the true value is above {limit} (95% confidence).")
UNSEEN_GAP = marked("{standing}. On target so far, but the final days alone are further off than chance explains.")
WILL_NOT_LAST = marked("{standing}. On target so far, but history suggests it will not last.")
DOUBTFUL_EARLY = marked("{standing}. Likely to miss the target, but too early in the period for an alert.")
MAY_NOT_LAST_EARLY = marked(
    "{standing}. On target so far, but likely to miss it in the end; too early in the period for an alert."
)
MAY_NOT_LAST = marked(
    "{standing}. On target so far, but likely to miss it in the end; not yet sure enough for an alert."
)
CATCHES_UP = marked("{standing}. Behind so far, but likely to catch up.")
SLOWS_DOWN = marked("{standing}. Above so far, but likely to slow down.")
COMES_DOWN = marked("{standing}. Above so far, but likely to come down.")
AS_EXPECTED = marked("{standing}. On target so far; only {sample} on final days, too few to tell how it will end.")
NONE_FINAL = marked("{standing}. Nothing counted on final days yet.")
NEVER_ENOUGH = marked(
    "{standing}. Only {sample} on final days; about {needed} needed to tell, more than the period will bring."
)
TOO_FEW_DAYS = marked("{standing}. Too few final days to tell.")

#: how a running period is likely to end, by how certain that is
RANGE = marked("Likely to end between {low} and {high}; chance of meeting the target: {chance}.")
ONE_VALUE = marked("Likely to end at about {low}; chance of meeting the target: {chance}.")
NO_RANGE = marked("Chance of meeting the target: {chance}.")
EITHER_WAY = marked(
    "Could go either way: likely to end between {low} and {high}; chance of meeting the target: {chance}."
)
EITHER_WAY_UNKNOWN = marked("Could go either way; chance of meeting the target: {chance}.")

BUDGETS: Mapping[VerdictReason, str] = {
    VerdictReason.WITHIN: marked("{spend}."),
    VerdictReason.OVER: marked("{spent} spent, {excess} over the budget of {amount}."),
    VerdictReason.OVER_COMMITTED: marked(
        "{spent} spent and {committed} committed, {excess} over the budget of {amount}."
    ),
    VerdictReason.OVER_PLANNED: marked("{spend}; with committed, planned and expected spend: {projected}."),
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
    VerdictReason.NOT_YET: marked("No figures yet (budget: {amount})."),
    VerdictReason.TOO_FAST: marked("{spend}; at this pace {projected} by {last}, {too_much} over budget."),
    VerdictReason.TOO_SLOW: marked("{spend}; at this pace {projected} by {last}, {unused} left over."),
    VerdictReason.STOPPED: marked(
        "{spend}, but no source reports any spend on the latest final days, although it should be running."
    ),
    VerdictReason.NEVER_SPENT: marked(
        "{spend}, all of it costs noted in the plan; no source reports any spend, although it should be running."
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
