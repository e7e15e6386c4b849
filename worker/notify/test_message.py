"""A message that tells of nothing: it only shows whether a person can be reached. Values in, values out."""

from datetime import datetime
from html import escape

from config.loading.loaded import LoadedPlan
from worker.model.message import Draft
from worker.notify.compose import reader
from worker.store.outbox import trial_key

COMMAND = "vigie test-alert"


def compose_trial(loaded: LoadedPlan, person: str, now: datetime) -> Draft:
    """The test message for a person of the plan, in their language."""
    plan, to = loaded.plan, reader(loaded, person)
    translator, someone = to.translator, to.person
    lines = [
        translator.say("Hello {name},", name=someone.name),
        translator.say("This is a test. Alerts about “{plan}” will reach you the same way.", plan=plan.plan),
        translator.say("You don’t need to do anything, and nothing has changed."),
        translator.say("You are receiving this because someone ran {command}.", command=COMMAND),
    ]
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    return Draft(
        key=trial_key(loaded.id, person, now),
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=translator.language,
        subject=translator.say("{plan}: test message from Vigie", plan=plan.plan),
        text="\n\n".join(lines) + "\n",
        html=f'<!doctype html>\n<html lang="{translator.language}">\n<body>\n{paragraphs}\n</body>\n</html>\n',
    )
