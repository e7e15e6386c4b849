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
    subject = translator.say("{plan}: test message from Vigie", plan=plan.plan)
    return Draft(
        key=trial_key(loaded.id, person, now),
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=translator.language,
        subject=subject,
        text="\n\n".join(lines) + "\n",
        html=_page(translator.language, subject, paragraphs),
    )


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n</head>\n"
        f'<body style="overflow-wrap:anywhere;word-break:break-word;">\n{body}\n</body>\n</html>\n'
    )
