"""A minute of the service: what its two threads do in it, one after the other."""

from worker.deployment import Deployment
from worker.service.pipeline import PassResult
from worker.service.scheduler import Memory, send, tick
from worker.store.engine import Store


def ticked(at: Deployment, store: Store, memory: Memory) -> PassResult:
    """What was done, the mails sent among it."""
    report, sending = tick(at, store, memory), send(at, store)
    report.sent += sending.sent
    report.unsent += sending.unsent
    return report
