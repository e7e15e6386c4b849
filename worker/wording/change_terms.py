"""PURE. What is said of each kind of change of a plan: ``{of}`` is whose it is, ``{name}`` what the reader calls it."""

from collections.abc import Mapping

from config.history.diff import ChangedPart, ChangeKind
from config.message import marked
from config.plan import CostState
from config.vocabulary import Scope

CHANGES: Mapping[tuple[ChangedPart, ChangeKind], str] = {
    (ChangedPart.TARGET, ChangeKind.ADDED): marked("A target {of} for {kpi} was added: {after}."),
    (ChangedPart.TARGET, ChangeKind.REMOVED): marked("The target {of} for {kpi} was removed; it was {before}."),
    (ChangedPart.TARGET, ChangeKind.CHANGED): marked("The target {of} for {kpi} was {verb} {steps}."),
    (ChangedPart.TARGET, ChangeKind.PUT_BACK): marked(
        "The target {of} for {kpi} was changed and restored the same day: {before}, then {after}, then {before}."
    ),
    (ChangedPart.BUDGET, ChangeKind.ADDED): marked("The budget {of} was set: {after}."),
    (ChangedPart.BUDGET, ChangeKind.REMOVED): marked("The budget {of} was removed; it was {before}."),
    (ChangedPart.BUDGET, ChangeKind.CHANGED): marked("The budget {of} was {verb} {steps}."),
    (ChangedPart.BUDGET, ChangeKind.PUT_BACK): marked(
        "The budget {of} was changed and restored the same day: {before}, then {after}, then {before}."
    ),
    (ChangedPart.OBJECTIVE, ChangeKind.ADDED): marked("The objective “{name}” was added{detail}."),
    (ChangedPart.OBJECTIVE, ChangeKind.REMOVED): marked("The objective “{name}” was removed{detail}."),
    (ChangedPart.ACTION, ChangeKind.ADDED): marked("The action “{name}” was added{detail}."),
    (ChangedPart.ACTION, ChangeKind.REMOVED): marked("The action “{name}” was removed{detail}."),
    (ChangedPart.ACTION, ChangeKind.RENAMED): marked(
        "The action {before} seems to have been renamed {after}, which tracks the same figures."
    ),
    (ChangedPart.PERSON, ChangeKind.ADDED): marked("“{name}” was added to the people{detail}."),
    (ChangedPart.PERSON, ChangeKind.REMOVED): marked("“{name}” was removed from the people{detail}."),
    (ChangedPart.KPI, ChangeKind.ADDED): marked("The KPI “{name}” was added{detail}."),
    (ChangedPart.KPI, ChangeKind.REMOVED): marked("The KPI “{name}” was removed{detail}."),
    (ChangedPart.SOURCE, ChangeKind.ADDED): marked("The source “{name}” was added{detail}."),
    (ChangedPart.SOURCE, ChangeKind.REMOVED): marked("The source “{name}” was removed{detail}."),
    (ChangedPart.SOURCE, ChangeKind.CHANGED): marked("The settings of the source “{name}” changed ({which})."),
    (ChangedPart.RESPONSIBLE, ChangeKind.CHANGED): marked("The owner of “{name}” changed from {before} to {after}."),
    (ChangedPart.LEAD, ChangeKind.CHANGED): marked("The plan lead changed from {before} to {after}."),
    (ChangedPart.DEPUTY, ChangeKind.CHANGED): marked("The backup {of} changed from {before} to {after}."),
    (ChangedPart.EMAIL, ChangeKind.CHANGED): marked("The address {of} changed from {before} to {after}."),
    (ChangedPart.DATES, ChangeKind.CHANGED): marked("The dates {of} changed from {before} to {after}."),
    (ChangedPart.MARGIN, ChangeKind.CHANGED): marked("The plan’s margin changed from {before} to {after}."),
    (ChangedPart.FORMULA, ChangeKind.CHANGED): marked("The formula {of} changed from {before} to {after}."),
    (ChangedPart.AUTHORITY, ChangeKind.CHANGED): marked(
        "The authoritative source for {which} changed from {before} to {after}."
    ),
    (ChangedPart.SETTING, ChangeKind.CHANGED): marked("“{which}” {of} changed from {before} to {after}."),
    (ChangedPart.SERVES, ChangeKind.ADDED): marked("“{name}” now serves the objective “{after}”."),
    (ChangedPart.SERVES, ChangeKind.REMOVED): marked("“{name}” no longer serves the objective “{before}”."),
    (ChangedPart.TECHNIQUE, ChangeKind.ADDED): marked("“{name}” now also uses: {after}."),
    (ChangedPart.TECHNIQUE, ChangeKind.REMOVED): marked("“{name}” no longer uses: {before}."),
    (ChangedPart.COST, ChangeKind.ADDED): marked("A cost {of} was added: {after}."),
    (ChangedPart.COST, ChangeKind.REMOVED): marked("A cost {of} was removed: {before}."),
    (ChangedPart.COST, ChangeKind.CHANGED): marked("A cost {of} changed from {before} to {after}."),
}

NAMES: Mapping[Scope, str] = {
    Scope.PLAN: marked("The plan “{before}” is now called “{after}”."),
    Scope.OBJECTIVE: marked("The objective “{before}” is now called “{after}”."),
    Scope.ACTION: marked("The action “{before}” is now called “{after}”."),
    Scope.PERSON: marked("“{before}”, one of the people, is now called “{after}”."),
    Scope.KPI: marked("The KPI “{before}” is now called “{after}”."),
    Scope.BUDGET: marked("The shared budget “{before}” is now called “{after}”."),
}

#: what was done to a target or a budget
VERBS: Mapping[str, str] = {
    "raised": marked("raised"),
    "lowered": marked("lowered"),
    "tightened": marked("tightened"),
    "loosened": marked("loosened"),
    "moved": marked("moved"),
    "changed": marked("changed"),
}

COST_STATES: Mapping[CostState, str] = {
    CostState.PAID: marked("paid"),
    CostState.COMMITTED: marked("committed"),
    CostState.PLANNED: marked("planned"),
}
