"""Commands that do the work: reading figures, judging them, the service, a test message."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from typing import Any

from config.errors import PlanError, Problem, StoreError
from config.message import Message, counted, message
from config.suggestions import nearest
from worker.cli.complaints import complain, problem_line, said
from worker.cli.opening import Opening
from worker.cli.progress import bars
from worker.cli.terminal import days_text
from worker.collect.collector import CollectionOutcome
from worker.collect.job import CollectRequest
from worker.service.pipeline import (
    PassResult,
    collect_plan,
    compute_plan,
    judge_plan,
    mind_the_clock,
    run_once,
    take_over,
)
from worker.service.test_alert import Trial, recipients_of_test, send_test_alert
from worker.service.wiring import writable_store
from worker.store.engine import service_lock
from worker.wording import Translator
from worker.wording.terms import VERDICT_COUNTS


def collect(asked: Namespace) -> int:
    """Read the figures that are due, or those of given days."""
    opening = Opening(asked)
    known = {source for loaded in opening.plans for source in loaded.sources}
    for source in asked.source:
        if source not in known:
            text = message("there is no source '{source}'{hint}", source=source, hint=nearest(source, known))
            raise PlanError([Problem("sources.yaml", 0, text)])
    check_days(asked)
    result = PassResult()
    with writable_store(opening.at) as store, bars(opening.translator) as progress:
        request = CollectRequest(tuple(asked.source), asked.since, asked.until, asked.accept, progress)
        mind_the_clock(opening.at, store)
        for loaded in opening.plans:
            with opening.set_aside(loaded):
                collect_plan(opening.at, store, loaded, request, result)
    opening.answer(pass_data(result), "\n".join(_lines(result, opening.translator)))
    return opening.ended(ended(result, opening.translator))


def check_days(asked: Namespace) -> None:
    """Raise PlanError where the days asked for end before they begin."""
    if asked.since and asked.until and asked.until < asked.since:
        text = message("{until} is before --since {since}", until=asked.until, since=asked.since)
        raise PlanError([Problem("--until", 0, text)])


def judge(asked: Namespace) -> int:
    """Compute figures and verdicts from what is stored; send nothing."""
    opening = Opening(asked)
    result = PassResult()
    with writable_store(opening.at) as store:
        for loaded in opening.plans:
            with opening.set_aside(loaded):
                judge_plan(opening.at, store, compute_plan(opening.at, store, loaded), result)
    counts = {plan: _verdicts(result, plan) for plan in result.judgements}
    opening.answer(counts, "\n".join(_counted(counts, opening.translator)))
    return opening.ended()


def _verdicts(result: PassResult, plan: str) -> dict[str, int]:
    return dict(sorted(Counter(judgement.verdict for judgement in result.judgements[plan]).items()))


def _counted(counts: dict[str, dict[str, int]], translator: Translator) -> Iterator[str]:
    for plan, verdicts in counts.items():
        words = (translator.counted(*VERDICT_COUNTS[verdict], count) for verdict, count in verdicts.items())
        yield f"{plan}{translator.say(': ')}{', '.join(words)}"


def run(asked: Namespace) -> int:
    """The service, or one pass of it."""
    opening = Opening(asked)
    opening.at.plan_folders()
    with writable_store(opening.at) as store, service_lock(store) as is_ours:
        if not is_ours:
            raise StoreError(message("another 'vigie run' is already working on {database}", database=store.url))
        take_over(store)
        if not asked.once:
            from worker.service.scheduler import serve, stop_on_signals

            stop_on_signals(opening.at.stop)
            serve(opening.at, store)
            return 0
        with bars(opening.translator) as progress:
            result = run_once(opening.at, store, progress)
    opening.answer(pass_data(result), "\n".join(_lines(result, opening.translator)))
    for problem in result.problems:
        complain(problem_line(problem, opening.translator))
    return ended(result, opening.translator)


def pass_data(result: PassResult) -> dict[str, Any]:
    """What a pass did, for programs."""
    return {
        "collected": [
            {
                "source": outcome.source, "since": str(outcome.window.start), "until": str(outcome.window.last),
                "days": outcome.days, "rows": outcome.rows, "changed": outcome.changed,
                "restated": outcome.restated, "folded": outcome.folded,
            }
            for outcome in result.collected
        ],
        "failed": {source: str(problem) for source, problem in result.failures.items()},
        "messages": {"written": result.written, "sent": result.sent, "unsent": [str(text) for text in result.unsent]},
    }  # fmt: skip


def _lines(result: PassResult, translator: Translator) -> Iterator[str]:
    for outcome in result.collected:
        parts = ", ".join(translator.say(part) for part in _parts(outcome))
        yield f"{outcome.source}{translator.say(': ')}{parts}"
    if result.written or result.sent:
        written = translator.counted("1 message written", "{count} messages written", result.written)
        yield f"{written}, {translator.counted('{count} sent', '{count} sent', result.sent)}"
    elif not result.collected:
        yield translator.say("nothing to collect")


def _parts(outcome: CollectionOutcome) -> Iterator[Message]:
    """What was read from a source."""
    yield days_text(outcome.window)
    yield counted("1 day", "{count} days", outcome.days)
    yield counted("1 row", "{count} rows", outcome.rows)
    if outcome.changed:
        yield counted("1 earlier day read again", "{count} earlier days read again", outcome.changed)
    if outcome.restated:
        yield counted("{count} restated", "{count} restated", outcome.restated)
    if outcome.folded:
        yield counted("1 origin grouped under (other)", "{count} origins grouped under (other)", outcome.folded)


def ended(result: PassResult, translator: Translator) -> int:
    """Say what failed in a pass, and give the exit code."""
    for source, problem in result.failures.items():
        complain(f"{source}{translator.say(': ')}{said(problem, translator)}")
    for unsent in result.unsent:
        complain(said(unsent, translator))
    return result.exit_code


def test_alert(asked: Namespace) -> int:
    """Send a test message to a person, or to each plan's lead, the way every other message goes."""
    opening = Opening(asked)
    recipients = recipients_of_test(opening.plans, asked.to)
    with writable_store(opening.at) as store:
        trials: list[Trial] = []
        for loaded, person in recipients:
            with opening.set_aside(loaded):
                trials += send_test_alert(opening.at, store, loaded, person)
    lines = ("\n  ".join(said(line, opening.translator) for line in trial.lines) for trial in trials)
    opening.answer([trial.as_data() for trial in trials], "\n".join(lines))
    return opening.ended(max((trial.exit_code for trial in trials), default=0))
