"""What we do. One room, one concept, in the order in which a figure meets them.

collect    a source's windows that are due -> readings in the store
compute    attribution, money, daily sums: what changed, brought up to date
quality    days that look like a fault of their source are quarantined
judge      figures -> verdicts: targets, budgets, forecasts
review     the five questions about a plan
flags      verdicts -> flags: who must know, and who already does
notify     flags -> one mail per person, and sending it
report     the same figures for readers, strangers and programs
web        the page behind the links in mails
service    builds everything, runs a pass, says when; cli is the door

Below them: model (values) and stats (numbers), both pure; store (the only SQL), wording (all that is said), charts.
"""

import config
import connectors

__project__ = "vigie"

# The three folders bear common names: another package of the same name must not be taken for ours.
for _package in (config, connectors):
    if getattr(_package, "__project__", None) != __project__:
        raise ImportError(
            f"'{_package.__name__}' at {getattr(_package, '__file__', '?')} is not Vigie's own: install Vigie in an "
            "environment of its own, and start it with the command 'vigie'"
        )
