"""PURE. What the review says of each kind of finding, and what to do about it."""

from collections.abc import Mapping

from config.message import marked, plural
from worker.model.finding import FindingKind

FINDINGS: Mapping[FindingKind, str] = {
    FindingKind.RETURN: marked("No. {place} of {of}: {ratio} back per {unit} spent ({range}); {result} for {spend}."),
    FindingKind.LOSES: marked(
        "No. {place} of {of}: {ratio} back per {unit} spent ({range}); {result} for {spend}: it costs more than it "
        "brings in."
    ),
    FindingKind.NOTHING_BACK: marked("{spend} spent, no result."),
    FindingKind.RESULT_UNKNOWN: marked("{spend} spent; result unknown, as orders don’t show where they come from."),
    FindingKind.COST_UNKNOWN: marked("{result} brought in; cost unknown."),
    FindingKind.NO_COST: marked("{result} brought in, with no spend on record."),
    FindingKind.TOO_FEW: marked("{result} for {spend} together, each on fewer than 7 days: too few to rank them."),
    FindingKind.QUIET: marked("Nothing spent, and no result."),
    FindingKind.UNSERVED: marked("No action serves this objective ({targets})."),
    FindingKind.MISSPELT: marked(
        "“{label}” ({dimension}) is not counted, but looks like {pattern}, which tracks this action."
    ),
    FindingKind.STRAY_SPEND: marked("{spend} spent on “{label}” ({dimension}), outside all actions."),
    FindingKind.CONVERTS: marked(
        "“{label}” ({dimension}) is outside all actions; {rate} of its visits order, compared with {usual} usually."
    ),
    FindingKind.LARGE_BASKETS: marked(
        "“{label}” ({dimension}) is outside all actions; its average order is {rate}, compared with {usual} usually."
    ),
    FindingKind.CHANNEL: marked(
        "Nobody works on the channel “{label}”; {rate} of its visits order, compared with {usual} usually."
    ),
    FindingKind.UNMEASURABLE: marked("{kpis} can’t be measured: no source provides {measures}."),
    FindingKind.UNTRACED: marked("{kpis} can’t be measured: the figures for {measures} don’t show {dimensions}."),
    FindingKind.UNSEEN: marked("{kpis} can’t be measured: nothing has carried the {dimensions} it is tracked by."),
    FindingKind.TOO_SMALL: marked(
        "{kpis}: a period brings about {brings} ({event}); about {needed} are needed to tell a shortfall of {gap} from "
        "chance."
    ),
    FindingKind.UNDECLARED: marked(
        "Channel “{technique}”: these KPIs fit and could be measured, but have no target: {kpis}."
    ),
    FindingKind.UNPROVIDED: marked(
        "Channel “{technique}”: these KPIs would fit, but no source provides {measures}: {kpis}."
    ),
    FindingKind.ORPHAN: marked("No owner, with {targets} and a budget of {budget}."),
    FindingKind.NO_DEPUTY: marked("Owns {part} of the plan, with no backup."),
    FindingKind.IDLE: marked("Owns nothing, and is nobody’s backup."),
    FindingKind.LOAD: marked("Owns {things}, with {targets} and {budget} of budgets in total."),
    FindingKind.COST_OVER_BUDGET: marked("{number} {kpis} at {each} each would cost {needed}; the budget is {budget}."),
    FindingKind.MONEY_SHORT: marked(
        "{number} {kpis} would cost {needed} at the {each} each has cost so far; the budget is {budget}."
    ),
    FindingKind.BUDGETS_OVER_PLAN: marked(
        "The actions’ budgets add up to {together}, {excess} more than the plan’s {budget}."
    ),
    FindingKind.VISITS_SHORT: marked(
        "{kpis}: {target} takes {visits} visits at a conversion rate of {rate}; {usual} is usual."
    ),
    FindingKind.PARTS_SHORT: marked("{kpis}: the targets of its actions add up to {together} of {target}."),
    FindingKind.OUT_OF_REACH: marked(
        "{kpis}: {gap} short of {target} by {until}; no period as long as the time left has ever brought more than "
        "{best}."
    ),
    FindingKind.REACHABLE_UNTIL: marked(
        "{kpis}: {gap} short of {target} by {until}; at its best rate ever, it can still be reached by starting on {day}."
    ),
    FindingKind.REACH_UNKNOWN: marked("History does not show whether the target can be reached."),
}

#: where a finding has another form
LOSES_AT_MARGIN = marked(
    "No. {place} of {of}: {ratio} back per {unit} spent ({range}); {result} for {spend}. At the plan’s margin of "
    "{margin}, that is less than it costs."
)
NOTHING_KNOWN = marked("Neither what it brings in nor what it costs is known.")
RETURN_COUNTED = marked("No. {place} of {of}: {ratio} {aim} per 100 {unit} spent ({range}); {result} for {spend}.")
UNTRACKED = marked("{kpis} can’t be measured: the plan gives it no tracking.")
UNDECLARED_FOR = marked(
    "Channel “{technique}”, serving “{objective}”: these KPIs fit and could be measured, but have no target: {kpis}."
)
VISITS_SHORT_BASKET = marked(
    "{kpis}: {target} takes {visits} visits at an average order value of {basket} and a conversion rate of {rate}; "
    "{usual} is usual."
)
ORPHAN_FREE = marked("No owner, with {targets}.")
LOAD_FREE = marked("Owns {things}, with {targets}.")
ORPHAN_SOURCES = plural("This source of figures has no owner.", "These sources of figures have no owner.")

ADVICE: Mapping[FindingKind, str] = {
    FindingKind.LOSES: marked("Stop it, or say what else it is for."),
    FindingKind.NOTHING_BACK: marked("Check its tracking (tracked_by); if that is right, stop it."),
    FindingKind.RESULT_UNKNOWN: marked("Give it a coupon or a campaign that orders carry, or judge it by visits only."),
    FindingKind.COST_UNKNOWN: marked("Enter its costs in the plan: without them nobody knows whether it pays."),
    FindingKind.NO_COST: marked("If it did cost something, enter that in the plan."),
    FindingKind.TOO_FEW: marked("Judge them together, or wait."),
    FindingKind.QUIET: marked("Check whether it took place at all."),
    FindingKind.UNSERVED: marked("Plan an action for it, or drop it."),
    FindingKind.MISSPELT: marked("Correct the link. For past figures, add under tracked_by: {line}"),
    FindingKind.STRAY_SPEND: marked("Add it to the action it belongs to, or stop it."),
    FindingKind.CONVERTS: marked("Find out who runs it, and make it an action with a budget and a target."),
    FindingKind.LARGE_BASKETS: marked("Find out who runs it, and make it an action with a budget and a target."),
    FindingKind.CHANNEL: marked("Plan an action on this channel."),
    FindingKind.UNMEASURABLE: marked("Connect a source that provides it, or choose another target."),
    FindingKind.UNTRACED: marked("Track the action by something these figures carry, or choose another target."),
    FindingKind.UNSEEN: marked("Correct tracked_by or the links: vigie check names the nearest labels there are."),
    FindingKind.TOO_SMALL: marked("Judge over a longer period, or several actions together."),
    FindingKind.UNDECLARED: marked("Set a target for the most telling one."),
    FindingKind.UNPROVIDED: marked("Connect the tool that has them, or keep the figures in a CSV file."),
    FindingKind.ORPHAN: marked("Name someone under responsible; until then {lead} gets the alerts."),
    FindingKind.ORPHAN_SOURCES: marked(
        "Name someone under responsible in sources.yaml; until then {lead} gets the alerts."
    ),
    FindingKind.NO_DEPUTY: marked("Name a backup (deputy)."),
    FindingKind.IDLE: marked("Assign something to them, or remove them from the plan."),
    FindingKind.COST_OVER_BUDGET: marked("Spend at most {affordable} on each, aim for fewer, or raise the budget."),
    FindingKind.MONEY_SHORT: marked("Aim for fewer, raise the budget, or say how each will cost at most {affordable}."),
    FindingKind.BUDGETS_OVER_PLAN: marked("Lower some of them, or raise the plan’s budget."),
    FindingKind.VISITS_SHORT: marked("Say where the visits will come from, or aim lower."),
    FindingKind.PARTS_SHORT: marked("Spread the missing {missing} across the actions, or say what else will bring it."),
    FindingKind.OUT_OF_REACH: marked("Lower the target now, or do something that has never been done before."),
}

#: where there is no lead either
ADVICE_WITHOUT_LEAD: Mapping[FindingKind, str] = {
    FindingKind.ORPHAN: marked("Name someone under responsible; until then nobody gets the alerts."),
    FindingKind.ORPHAN_SOURCES: marked("Name someone under responsible in sources.yaml."),
}

#: so many of something
COUNTS: Mapping[str, tuple[str, str]] = {
    "actions": plural("1 action", "{count} actions"),
    "objectives": plural("1 objective", "{count} objectives"),
    "sources": plural("1 source", "{count} sources"),
    "targets": plural("1 target", "{count} targets"),
    "budgets": plural("1 budget", "{count} budgets"),
}
