"""PURE. Headers of a mail whose words are read as they were written, every space in its place.

Source:
    RFC 2047, 5 and 6.2: readers drop the space between two encoded words. Python folds some of them into exactly that,
    or adds spaces (python/cpython#92081, mended in 3.13); ``email.header`` has always kept them.
"""

from email.header import Header
from email.headerregistry import HeaderRegistry, MessageIDHeader, UniqueAddressHeader, UniqueUnstructuredHeader
from email.policy import Policy


class _Subject(UniqueUnstructuredHeader):
    name: str

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {_encoded(str(self), self.name, policy)}{policy.linesep}"


class _OneAddress(UniqueAddressHeader):
    name: str

    def fold(self, *, policy: Policy) -> str:
        [address] = self.addresses
        if address.display_name.isascii():
            return f"{self.name}: {_encoded(str(address), self.name, policy)}{policy.linesep}"
        shown = f"{self.name}: {_encoded(address.display_name, self.name, policy)}"
        last = f"{shown.rpartition(policy.linesep)[2]} <{address.addr_spec}>"
        space = " " if len(last) <= (policy.max_line_length or 0) else f"{policy.linesep} "
        return f"{shown}{space}<{address.addr_spec}>{policy.linesep}"


def _encoded(words: str, name: str, policy: Policy) -> str:
    charset = "us-ascii" if words.isascii() else "utf-8"
    return Header(words, charset, header_name=name).encode(linesep=policy.linesep).lstrip()


REGISTRY = HeaderRegistry()
REGISTRY.map_to_type("subject", _Subject)  # type: ignore[arg-type]  # typeshed has these outside its tree
for _name in ("from", "to"):
    REGISTRY.map_to_type(_name, _OneAddress)  # type: ignore[arg-type]
for _name in ("in-reply-to", "references"):  # never folded: programs compare an id sign by sign
    REGISTRY.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]
