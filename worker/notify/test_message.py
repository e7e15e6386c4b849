"""A message that tells of nothing: it only shows whether a person can be reached. Values in, values out."""

from datetime import datetime
from html import escape

from config.loading.loader import LoadedPlan
from worker.model.message import Draft
from worker.store.outbox import trial_key
from worker.wording import words

COMMAND = "vigie test-alert"


def compose_trial(loaded: LoadedPlan, person: str, now: datetime) -> Draft:
    """The test message for a person of the plan, in their language."""
    plan = loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    lines = [
        speech.say("mail.hello", name=someone.name),
        speech.say("test_alert.intro", plan=plan.plan),
        speech.say("test_alert.nothing"),
        speech.say("test_alert.why", command=COMMAND),
    ]
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    return Draft(
        key=trial_key(loaded.id, person, now),
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=speech.language,
        subject=speech.say("test_alert.subject", plan=plan.plan),
        text="\n\n".join(lines) + "\n",
        html=f'<!doctype html>\n<html lang="{speech.language}">\n<body>\n{paragraphs}\n</body>\n</html>\n',
    )
