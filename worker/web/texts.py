"""PURE. What the page says by the kind of link, the step of a flag's history, the reason of a refusal."""

from collections.abc import Mapping
from typing import NamedTuple

from config.message import marked
from worker.model.flag import FlagReason, FlagState
from worker.model.response import ResponseKind


class FormTexts(NamedTuple):
    """What stands above a form, and below its note."""

    title: str
    help: str
    note_help: str


FORMS: Mapping[ResponseKind, FormTexts] = {
    ResponseKind.ACKNOWLEDGE: FormTexts(
        marked("Acknowledge this alert?"),
        marked(
            "You won’t get any more e-mails about it until it is resolved. The report shows that you are handling it."
        ),
        marked("What is being done about it. Visible to everyone who reads the report."),
    ),
    ResponseKind.SNOOZE: FormTexts(
        marked("Snooze this alert?"),
        marked(
            "You won’t get any e-mails about it until that day. If the problem is still there, you will be reminded."
        ),
        marked("Why it can wait. Visible to everyone who reads the report."),
    ),
    ResponseKind.EXPECT: FormTexts(
        marked("Mark this alert as expected?"),
        marked("Nobody gets any e-mails about it until that day. The report shows your reason."),
        marked("For example: shop closed, late delivery, a test. Visible to everyone who reads the report."),
    ),
}

#: how a flag stands that nobody has to look after any more
ENDED: Mapping[FlagState, str] = {
    FlagState.RESOLVED: marked("Resolved on {moment}: there is nothing left to do."),
    FlagState.CLOSED: marked(
        "Closed on {moment}: a newer period is being judged, or the plan no longer asks for this. There is nothing "
        "left to do."
    ),
}

#: what somebody, or Vigie, did; it stands behind their name
STEPS: Mapping[str, str] = {
    FlagReason.NOTICED: marked("first noticed the problem"),
    FlagReason.UNCONFIRMED: marked("did not see the problem again"),
    FlagReason.HELD: marked("put the alert on hold: too many at once"),
    FlagReason.OPENED: marked("raised the alert"),
    FlagReason.ENDED: marked("saw the period end with the problem"),
    FlagReason.WORSENED: marked("saw the problem get worse"),
    FlagReason.AGAIN: marked("saw the problem come back"),
    FlagReason.HANDED_OVER: marked("saw that somebody else is responsible"),
    FlagReason.STILL: marked("saw no improvement"),
    FlagReason.REMINDED: marked("sent a reminder"),
    FlagReason.ESCALATED: marked("notified the next person"),
    FlagReason.RECOVERING: marked("saw things back to normal, to be confirmed"),
    FlagReason.RELAPSED: marked("saw the problem return"),
    FlagReason.RESOLVED: marked("found the problem resolved"),
    FlagReason.CORRECTED: marked("found the figures corrected"),
    FlagReason.BELIEVED: marked("took the figures as true"),
    FlagReason.CLOSED: marked("closed the alert"),
    FlagReason.ACKNOWLEDGED: marked("acknowledged the alert"),
    FlagReason.SNOOZED: marked("snoozed the alert until {until}"),
    FlagReason.EXPECTED: marked("marked the alert as expected until {until}"),
}


class ErrorTexts(NamedTuple):
    """What the page is headed where there is none, and why."""

    title: str
    why: str


TOO_OLD = ErrorTexts(
    marked("This link has expired"),
    marked(
        "Links work for thirty days, and only while the same problem lasts. The latest e-mail has new ones. Nothing "
        "was changed."
    ),
)
ERRORS: Mapping[int, ErrorTexts] = {
    400: ErrorTexts(
        marked("Unreadable request"),
        marked("What was sent is not a form of this page. Open the link from the e-mail again."),
    ),
    403: ErrorTexts(
        marked("This link is not valid"),
        marked("Part of it may be missing: open it from the e-mail again, or copy all of it. Nothing was changed."),
    ),
    404: ErrorTexts(marked("Page not found"), marked("This page is reached by the links in Vigie’s e-mails.")),
    405: ErrorTexts(marked("Not possible here"), marked("This page is reached by the links in Vigie’s e-mails.")),
    408: ErrorTexts(marked("Request timed out"), marked("The form did not arrive. Please send it again.")),
    413: ErrorTexts(
        marked("Request too large"), marked("The note is too long: 1,000 characters at most. Nothing was changed.")
    ),
    421: ErrorTexts(
        marked("This is not Vigie’s address"), marked("Use the links exactly as they appear in the e-mails.")
    ),
    500: ErrorTexts(
        marked("Something went wrong"),
        marked("Nothing was changed. Whoever runs Vigie will find the reason in its log."),
    ),
    503: ErrorTexts(
        marked("Temporarily unavailable"), marked("Nothing was changed. Please try again in a few minutes.")
    ),
}
