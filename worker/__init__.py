"""What we do, in the order in which it is done.

collect      one source: due window -> readings -> store
attribute    which actions an origin belongs to; which source speaks for a measure
compute      readings -> action_day; formulas -> SQL
judge        figures -> verdicts: targets, budgets
notify       verdicts -> flags -> messages -> mail
report       the same figures for downstream readers and for strangers

``run`` is one pass through all of it; ``schedule`` says when; ``app`` builds what they need; ``cli`` is the door.
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
