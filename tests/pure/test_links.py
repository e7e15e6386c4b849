"""Signed links: what we signed is believed, for its purpose and its time; nothing else ever is."""

import hmac
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model.links import LIFE, Link, LinkRefused, LinkSigner, read_link, signed
from worker.model.response import ResponseKind
from worker.store.engine import Store, open_store
from worker.store.keys import signing_key, verifying_keys

KEY, OLD, STRANGE = (bytes([number]) * 32 for number in (1, 2, 3))
NOW = datetime(2026, 5, 4, 8, 12, tzinfo=UTC)
LINK = Link(ResponseKind.SNOOZE, 17, 2, "content", NOW + LIFE)

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

links = st.builds(
    Link,
    purpose=st.sampled_from(ResponseKind),
    flag_id=st.integers(1, 2**31),
    episode=st.integers(1, 1000),
    person=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True),
    expires_at=st.integers(1, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)


def is_accepted(token: str, purpose: str = LINK.purpose, now: datetime = NOW) -> bool:
    try:
        read_link([KEY, OLD], purpose, token, now)
    except LinkRefused:
        return False
    return True


@given(links)
def test_a_link_says_what_was_signed(link: Link) -> None:
    token = signed(KEY, link)
    assert read_link([KEY], link.purpose, token, NOW) == link
    assert set(token) <= set(SIGNS)
    assert len(token) <= 200


def test_the_seal_is_the_half_of_an_hmac_with_sha256_over_everything_the_link_says() -> None:
    said = f"snooze|17|2|{int((NOW + LIFE).timestamp())}|content".encode()
    seal = hmac.new(KEY, said, sha256).digest()[:16]
    assert signed(KEY, LINK) == urlsafe_b64encode(said + seal).rstrip(b"=").decode()


def test_a_mail_gets_an_address_for_each_thing_that_can_be_done() -> None:
    found = LinkSigner(KEY, "https://vigie.shop.example/").links_for(17, 2, "content", NOW)
    assert list(found) == ["acknowledge", "snooze", "expect"]
    for purpose, url in found.items():
        start = f"https://vigie.shop.example/{purpose}/"
        assert url.startswith(start)
        link = read_link([KEY], purpose, url.removeprefix(start), NOW)
        assert link == replace(LINK, purpose=purpose)
        assert len(url) < 120


def test_a_link_lives_for_thirty_days() -> None:
    token = signed(KEY, LINK)
    assert is_accepted(token, now=NOW + timedelta(days=30) - timedelta(seconds=1))
    assert not is_accepted(token, now=NOW + timedelta(days=30))
    with pytest.raises(LinkRefused) as refused:
        read_link([KEY], LINK.purpose, token, NOW + timedelta(days=31))
    assert refused.value.is_too_old


def test_both_keys_count_and_no_other() -> None:
    assert is_accepted(signed(KEY, LINK))
    assert is_accepted(signed(OLD, LINK))
    assert not is_accepted(signed(STRANGE, LINK))
    with pytest.raises(LinkRefused):
        read_link([], LINK.purpose, signed(KEY, LINK), NOW)


@pytest.mark.parametrize("purpose", [*(kind for kind in ResponseKind if kind != LINK.purpose), "", "SNOOZE", "resolve"])
def test_a_link_for_one_thing_does_no_other(purpose: str) -> None:
    assert not is_accepted(signed(KEY, LINK), purpose)


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="a key has 32 bytes"):
        signed(b"k" * 31, LINK)


def raw(token: str) -> bytes:
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))


def with_seal_of(token: str, link: Link) -> str:
    """What a link says, under the seal of another one."""
    return urlsafe_b64encode(raw(signed(STRANGE, link))[:-16] + raw(token)[-16:]).rstrip(b"=").decode()


def forgeries(count: int) -> list[str]:
    """Tokens made of real ones: a bit or a sign changed, cut, joined, seals and fields of different links swapped."""
    chance = random.Random(20260504)
    fields = [
        replace(LINK, flag_id=18), replace(LINK, episode=3), replace(LINK, person="lead"), replace(LINK, person=""),
        replace(LINK, expires_at=NOW + 2 * LIFE), replace(LINK, purpose=ResponseKind.EXPECT), replace(LINK, flag_id=1),
    ]  # fmt: skip
    real = signed(KEY, LINK)
    found = {signed(STRANGE, link) for link in (LINK, *fields)}
    found |= {signed(KEY, replace(LINK, purpose=kind)) for kind in ResponseKind if kind != LINK.purpose}
    found |= {signed(KEY, replace(LINK, expires_at=NOW - timedelta(seconds=age))) for age in range(200)}
    found |= {with_seal_of(real, link) for link in fields}
    found |= {real[:length] for length in range(len(real))} | {f"{real}{sign}" for sign in f"{SIGNS}=. \n|"}
    while len(found) < count:
        forged = list(real)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            place = chance.randrange(len(forged))
            match chance.randrange(4):
                case 0:
                    forged[place] = chr(ord(forged[place]) ^ 1 << chance.randrange(8))
                case 1:
                    forged[place] = chance.choice(SIGNS)
                case 2:
                    forged.insert(place, chance.choice(SIGNS))
                case _:
                    other = chance.randrange(len(forged))
                    forged[place], forged[other] = forged[other], forged[place]
        found.add("".join(forged))
    return sorted(found - {real})


def test_of_ten_thousand_forged_links_none_is_accepted() -> None:
    forged = forgeries(10_001)
    assert len(forged) == 10_000
    assert [token for token in forged if is_accepted(token)] == []


def test_every_bit_of_a_link_counts() -> None:
    """Also those that base64 leaves unused at the end: no link has a second spelling."""
    for link in (LINK, replace(LINK, person="contents"), replace(LINK, person="contentss")):  # each length of the end
        real = signed(KEY, link)
        assert len(real) > 20
        for place in range(len(real)):
            for sign in {*SIGNS, "+", "/", "="} - {real[place]}:
                assert not is_accepted(real[:place] + sign + real[place + 1 :])


@settings(max_examples=300)
@given(st.text(max_size=250) | st.text(SIGNS, max_size=250))
def test_no_text_is_taken_for_a_link_and_none_breaks_it(text: str) -> None:
    assert not is_accepted(text)


@given(links, st.data())
def test_what_a_link_says_cannot_be_said_again_with_its_seal(link: Link, data: st.DataObject) -> None:
    other = data.draw(links.filter(lambda one: one != link))
    assert not is_accepted(with_seal_of(signed(KEY, link), other), other.purpose)


# --- the keys ------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(database_url: str) -> Store:
    return open_store(database_url)


def test_the_key_is_made_once_and_has_256_bits(store: Store) -> None:
    with store.write() as connection:
        first = signing_key(connection, NOW)
        assert signing_key(connection, NOW + timedelta(days=34)) == first
    with store.read() as connection:
        assert verifying_keys(connection) == [first]
    assert len(first) == 32
    store.close()


def test_a_database_without_a_link_has_no_key(store: Store) -> None:
    with store.read() as connection:
        assert verifying_keys(connection) == []
    store.close()


def test_keys_are_renewed_and_every_link_lives_out_its_days(store: Store) -> None:
    """Each day for half a year a link is signed: at any time, all those of the last thirty days count."""
    sent: list[tuple[datetime, str]] = []
    keys = set()
    for day in range(180):
        now = NOW + timedelta(days=day)
        with store.write() as connection:
            key = signing_key(connection, now)
            known = verifying_keys(connection)
        keys.add(key)
        assert known[0] == key
        assert len(known) <= 2
        sent.append((now, signed(key, replace(LINK, expires_at=now + LIFE))))
        for at, token in sent:
            if now - at < LIFE:
                assert read_link(known, LINK.purpose, token, now).person == "content"
    assert len(keys) == 6  # on the days 0, 35, 70, 105, 140, 175
    store.close()


def test_two_databases_have_different_keys(tmp_path: Path) -> None:
    found = set()
    for name in ("a", "b"):
        store = open_store(f"sqlite:///{tmp_path / name}.db")
        with store.write() as connection:
            found.add(signing_key(connection, NOW))
        store.close()
    assert len(found) == 2
