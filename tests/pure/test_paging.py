"""Pages asked for by place, of a list that changes while it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import SourceMisread, SourceUnavailable
from connectors.kit.paging import overlapping


class Shelf:
    """A list of ids that loses (or gains) some between two requests, as ``moves`` say."""

    def __init__(self, ids: list[int], size: int, moves: dict[int, list[int]]) -> None:
        self.ids, self.size, self.moves = list(ids), size, moves
        self.asked = 0

    def fetch(self, place: int) -> list[int]:
        rows = self.ids[place : place + self.size]
        self.asked += 1
        for id in self.moves.get(self.asked, ()):
            if id in self.ids:
                self.ids.remove(id)
            else:
                self.ids = sorted([*self.ids, id])
        return rows

    def read(self) -> list[int]:
        return [id for page in overlapping("shop", self.size, self.fetch, str) for id in page]


def test_a_row_taken_out_while_the_list_is_read_takes_no_other_with_it() -> None:
    shelf = Shelf(list(range(10)), 4, {1: [0]})  # after the first page its first row goes

    assert shelf.read() == list(range(10))


def test_a_page_whose_every_row_is_taken_out_takes_no_other_with_it() -> None:
    shelf = Shelf(list(range(20)), 4, {2: [3, 4, 5, 6], 3: [0, 1]})

    assert shelf.read() == list(range(20))


def test_a_row_put_in_ahead_is_given_no_second_time() -> None:
    shelf = Shelf(list(range(10, 20)), 4, {1: [5]})

    assert shelf.read() == list(range(10, 20))


@given(st.data())
def test_what_is_there_all_the_time_is_read_once(data: st.DataObject) -> None:
    ids = list(range(data.draw(st.integers(0, 60))))
    size = data.draw(st.integers(2, 7))
    moves = data.draw(st.dictionaries(st.integers(1, 25), st.lists(st.sampled_from(ids or [0]), max_size=6)))
    shelf = Shelf(ids, size, {asked: sorted(set(gone)) for asked, gone in moves.items()})

    found = shelf.read()

    stayed = set(ids) - {id for gone in moves.values() for id in gone}
    assert stayed <= set(found)
    assert len(found) == len(set(found)) or not stayed


def test_a_list_that_never_keeps_still_is_asked_for_another_time() -> None:
    fresh = iter(range(10**6))

    def fetch(_: int) -> list[int]:
        return [next(fresh) for _ in range(3)]

    with pytest.raises(SourceUnavailable, match="changes faster than it can be read"):
        list(overlapping("shop", 3, fetch, str))


def test_a_list_without_an_end_is_no_list() -> None:
    with pytest.raises(SourceMisread, match="never ends"):
        list(overlapping("shop", 3, lambda place: [place, place + 1, place + 2], str, most=50))


def test_a_page_that_comes_again_and_again_is_no_list() -> None:
    with pytest.raises(SourceMisread, match="gave the same page again and again"):
        list(overlapping("shop", 3, lambda _: [1, 2, 3], str))
