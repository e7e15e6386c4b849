"""A process that sends what is due and is killed, at a random moment, over and over: not a test itself.

    python sending_loop.py URL PORT KILLS SEED

Each turn forks a child, which sends what is due, and dies without notice after as long as chance says,
out of the time that sending a message takes. Prints how many messages were written, and how many children died.
"""

import gc
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic

from sqlalchemy import select

from config.loading.loader import parse_plan
from config.settings import Mail
from connectors.registry import OptionModels
from worker.model.message import Draft, MessageState
from worker.notify.deliver import send_due
from worker.notify.smtp import deliver_by_smtp
from worker.store import outbox
from worker.store import schema as t
from worker.store.engine import Store, open_store
from worker.store.synchronise import synchronise

START = datetime(2026, 5, 20, 6, tzinfo=UTC)
ENOUGH = 60.0  # seconds
PLAN = "plan: P\ncurrency: EUR\ntimezone: Europe/Paris\nstarts: 2026-03-01\nends: 2026-06-30\n"


class Loop:
    """One database, one server, and a new message whenever the last one is sent."""

    def __init__(self, url: str, port: int) -> None:
        mail = {"host": "127.0.0.1", "port": port, "security": "none", "from": "V <v@shop.example>"}
        self.deliver = deliver_by_smtp(Mail.model_validate(mail), lambda: None)
        self.store: Store = open_store(url)
        self.written = 0
        with self.store.write() as connection:
            loaded = parse_plan(Path("p"), PLAN, "", OptionModels())
            self.plan_id = synchronise(connection, loaded, {}, "digest", START).id

    def write(self) -> None:
        """Be sure that there is something to send, as a process that knows that no other one is at work."""
        with self.store.write() as connection:
            outbox.free_claims(connection)
            if set(connection.execute(select(t.message.c.state)).scalars()) <= {MessageState.SENT}:
                key = f"m{self.written}"
                draft = Draft(key, "al", "Al", "al@shop.example", "en", "Hello", "Text", "<p>Text")
                outbox.put(connection, self.plan_id, draft, "shop.example", START)
                self.written += 1

    def is_killed(self, seconds: float) -> bool:
        """Whether a process that sends what is due, and is to die after so many seconds, did so before it was done."""
        self.write()
        child = os.fork()
        if child:
            return os.WIFSIGNALED(os.waitpid(child, 0)[1])
        signal.setitimer(signal.ITIMER_REAL, seconds)  # whose signal ends a process that minds none, wherever it is
        send_due(self.store, self.deliver, lambda: START)
        os._exit(0)

    def seconds(self) -> float:
        """How long a child takes that nobody kills."""
        began = monotonic()
        self.is_killed(ENOUGH)
        return monotonic() - began


def main(url: str, port: int, kills: int, seed: int) -> None:
    """Kill so many children, then let one live that sends what they left."""
    chance = Random(seed)
    loop = Loop(url, port)
    loop.write()
    send_due(loop.store, loop.deliver, lambda: START)  # statements and codecs are ready: no kill is wasted on that
    gc.freeze()  # what a child does not look through it need not copy
    seconds = min(loop.seconds() for _ in range(5))
    dead = 0
    while dead < kills:
        dead += loop.is_killed(chance.uniform(1e-6, seconds))
    loop.is_killed(ENOUGH)
    print(loop.written, dead)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
