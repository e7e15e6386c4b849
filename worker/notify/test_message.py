"""A message that tells of nothing: it only shows whether a person can be reached. Values in, values out."""

from datetime import datetime
from html import escape

from config.loading.loaded import LoadedPlan
from worker.model.message import Draft
from worker.store.outbox import trial_key
from worker.wording import translator_for

COMMAND = "vigie test-alert"


def compose_trial(loaded: LoadedPlan, person: str, now: datetime) -> Draft:
    """The test message for a person of the plan, in their language."""
    plan = loaded.plan
    someone = plan.people[person]
    translator = translator_for(someone.language or plan.language)
    lines = [
        translator.say("Hello {name},", name=someone.name),
        translator.say("This is a test. What needs you in “{plan}” will reach you the same way.", plan=plan.plan),
        translator.say("There is nothing to do, and nothing has changed."),
        translator.say("You get this message because somebody ran {command}.", command=COMMAND),
    ]
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    return Draft(
        key=trial_key(loaded.id, person, now),
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=translator.language,
        subject=translator.say("{plan}: a test message from Vigie", plan=plan.plan),
        text="\n\n".join(lines) + "\n",
        html=f'<!doctype html>\n<html lang="{translator.language}">\n<body>\n{paragraphs}\n</body>\n</html>\n',
    )
