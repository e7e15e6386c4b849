"""A record that cannot be read is left out by its name; where most cannot be, the vendor's answer has changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from config.errors import SourceMisread
from connectors.base import Item, Note, Origin, Quality, Reading, Remark
from connectors.kit.fields import Record

SEVERAL = 3  # records: fewer that cannot be read are no change of the vendor's


def read_each(
    records: Sequence[Record], read: Callable[[Record], Iterable[Item]], unknown: Callable[[Record], Reading]
) -> Iterator[Item]:
    """What ``read`` makes of each record of a page, whole or not at all; it asks the vendor nothing.

    A record that it cannot read is left out: a remark names it, its day is truncated, and ``unknown`` stands for it, a
    reading of None for each measure it may have had. Raises SourceMisread where ``unknown`` does, as not even the day
    can be told, and where most cannot be read of several records that would add something to the figures.
    """
    given: list[list[Item]] = []
    faults: list[SourceMisread] = []  # several may be that of one: refunds of an order that cannot be read
    for record in records:
        try:
            given.append(list(read(record)))
        except SourceMisread as fault:
            faults.append(fault)
            given.append(_left_out(record, unknown(record), fault))
    if len(set(map(str, faults))) >= SEVERAL and len(faults) > sum(map(_adds_something, given)):
        raise faults[0]
    for items in given:
        yield from items


def _adds_something(items: list[Item]) -> bool:
    """Whether a record is a sale or the like: one that does not count is read with less of its fields."""
    return any(isinstance(item, Reading) and any(item.measures.values()) for item in items)


def _left_out(record: Record, unknown: Reading, fault: SourceMisread) -> list[Item]:
    """In the place of a record, which is named behind its source: "shop: order 727: has no 'state'"."""
    name, text = (words.partition(": ")[2] for words in (record.where, str(fault)))
    text = f"{text if text.startswith(name) else f'{name}: {text}'}: left out"
    return [Note(unknown.day, Quality.TRUNCATED, text), Remark(text), unknown]


def origin_if_told(record: Record, origin: Callable[[Record], Origin], currency: str) -> Origin:
    """The labels of a record that cannot be read, where they are not what is wrong with it."""
    try:
        return origin(record)
    except SourceMisread:
        return Origin(currency=currency)
