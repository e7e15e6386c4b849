"""What looks wrong with a source's figures, in English."""

SAYINGS = {
    # what looks wrong with a source's figures
    "fault.silent_zero": "The source “{source}” says nothing happened ({days}): {measure} 0, where {usual} would be usual. That is too improbable to be chance; its figures are not judged meanwhile.",
    "fault.tracking_lost": "The source “{source}” has lost track ({days}): {measure} 0, where {usual} would be usual, while what belongs to it goes on as ever. Its figures are not judged meanwhile.",
    "fault.jump": "The source “{source}” counts far too many visits {place} ({days}): {measure} {seen}, where {usual} would be usual, and they bring nothing more. They look fake, and are not judged meanwhile.",
    "fault.cut_short": "The source “{source}” takes back most of what it had settled ({days}): {measure} {seen} instead of {usual}. The earlier figures are kept until it says the same again.",
    "fault.stale": "The source “{source}” has brought no new day since {since}: it is {seen} now, where it never takes longer than {usual}.",
    "fault.drift": "The source “{source}” no longer agrees with what it used to ({days}): its {measure} are {seen} of {counterpart}, and were {usual} in the weeks before.",
    "fault.accept": "If it is true: {command}",
    "fault.resolved": "Its figures look as they should again.",
    "fault.of_action": "of “{name}”",
    "fault.of_none": "that belong to no action",
    "fault.in_all": "all of them",
    "fault.counted": "the {measure} that {source} counts",
    "fault.day": "1 day",
    "fault.muted": "muted: waiting for the source {sources}",
    "mail.context_over": "It has come to an end. The days it left are not believed until you say that they are true, or the source corrects them.",
    "mail.subject_fault": "the figures of the source {source} look wrong",
    "mail.badge_fault": "figures in doubt",
    "advice.fault_over": "If the days are right, say so with the command above. If not, have the tool put them right: Vigie takes in what it says then.",
    "advice.silent_zero": "See whether the tool still records what happens. When the figures are put right in it, Vigie takes them in by itself: {command}",
    "advice.tracking_lost": "See whether the tag, the pixel or the order page is still in place; every hour without it is lost for good. Then try the source: {command}",
    "advice.jump": "See where the visits come from, and filter them out in the tool; Vigie then takes in the corrected figures by itself: {command}",
    "advice.cut_short": "See whether the tool lost figures or an account was taken away. Said once more, it is believed: {command}",
    "advice.stale": "See whether the file is still written or the tool still exports; what depends on it waits: {command}",
    "advice.drift": "See whether something was changed in the tracking, the consent banner or the tags: {command}",
}
