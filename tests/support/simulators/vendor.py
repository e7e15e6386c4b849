"""What all simulators of vendors share: they decide by the request, and fail where a test or a person wants them to.

    with Shopify(shop) as vendor:
        vendor.fail(too_many("2"), None, reset)   # the first request, not the second, the third
        ...
        assert vendor.calls == 4

Strict: what the vendor refuses is refused here, in its words. Hostile on request: ``fail`` with any answer of
``web_server``, for the next requests in their order, or ``fail_on`` for all those of a path.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from simulators.web_server import Answer, Seen, WebServer, json_answer, text_answer


class Simulator(WebServer):
    """A vendor on loopback. A subclass answers by ``answer``."""

    #: what an entry of sources.yaml says to read it, with ``{url}`` in the place of its address
    entry: ClassVar[str] = ""
    #: the secrets it wants, as environment variable -> value
    secrets: ClassVar[dict[str, str]] = {}

    def __init__(self, port: int = 0) -> None:
        super().__init__(port=port)
        self.decide(self._decided)
        self._faults: list[Answer | None] = []
        self._always: dict[str, Answer] = {}

    def answer(self, seen: Seen) -> Answer:
        """What the vendor answers to a request."""
        raise NotImplementedError

    def fail(self, *answers: Answer | None) -> None:
        """Answer the next requests so, whatever they ask; None lets one through."""
        self._faults += answers

    def fail_on(self, path: str, answer: Answer) -> None:
        """Answer every request of a path so."""
        self._always[path] = answer

    def fail_always(self, answer: Answer) -> None:
        """Answer every request so."""
        self._always[""] = answer

    def distort(self, change: Callable[[bytes], bytes] | None) -> None:
        """Put every good answer's body through ``change`` before it is sent."""
        self._server.distort = change

    def heal(self) -> None:
        """No more faults."""
        self._faults.clear()
        self._always.clear()
        self.distort(None)

    @property
    def calls(self) -> int:
        """How many requests came in so far."""
        return len(self.seen)

    def _decided(self, seen: Seen) -> Answer:
        if self._faults and (fault := self._faults.pop(0)):
            return fault
        if always := self._always.get("") or self._always.get(seen.path):
            return always
        try:
            return self.answer(seen)
        except Refusal as refusal:
            return refusal.answer
        finally:
            if shop := getattr(self, "shop", None):
                shop.meanwhile()


class Refusal(Exception):
    """What the vendor says no with: raised anywhere inside ``answer``."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("refused")
        self.answer = answer


def refuse(status: int, body: Any, **headers: str) -> Refusal:
    """A refusal as JSON, or as text where the body is one: ``raise refuse(400, {...})``."""
    if isinstance(body, str):
        return Refusal(text_answer(body, status=status))
    return Refusal(json_answer(body, status=status, **headers))


def only(given: Iterable[str], *known: str, complain: Callable[[str], Refusal]) -> None:
    """Refuse a parameter that the vendor does not know."""
    for name in given:
        if name not in known:
            raise complain(name)
