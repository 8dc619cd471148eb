"""Key pairs: what is accepted, and that no secret is shown."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair, check_pair, new_pair

seeds = st.binary(min_size=32, max_size=32)


def public_of(seed: bytes) -> str:
    return base64.b64encode(bytes(SigningKey(seed).verify_key)).decode()


@given(seeds)
def test_ke01_a_pair_is_accepted_as_seed_and_as_seed_with_public_key(seed: bytes) -> None:
    public = public_of(seed)
    short = base64.b64encode(seed).decode()
    long = base64.b64encode(seed + base64.b64decode(public)).decode()
    assert check_pair(public, short) == check_pair(f" {public}\n", f"{long} ") == KeyPair(public, short)


@given(seeds, seeds)
def test_ke01_a_key_that_is_not_the_secrets_is_refused_by_name(seed: bytes, other: bytes) -> None:
    if seed == other:
        return
    secret = base64.b64encode(other).decode()
    with pytest.raises(UserError) as refused:
        check_pair(public_of(seed), secret)
    assert public_of(seed) in str(refused.value)
    assert secret not in str(refused.value)


@pytest.mark.parametrize("bad", ["", "no base64!", "QUJD", base64.b64encode(b"x" * 33).decode(), "schlüssel"])
def test_ke02_a_secret_that_is_none_is_refused_without_showing_it(bad: str) -> None:
    with pytest.raises(UserError) as refused:
        check_pair(new_pair().public, bad)
    assert "BACKPACK_SECRET" in str(refused.value)
    assert "32 or 64 bytes" in str(refused.value)
    assert not bad or bad not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__ is (
        refused.value.__context__ is not None
    )


@pytest.mark.parametrize("bad", ["", "no base64!", base64.b64encode(b"x" * 64).decode()])
def test_ke02_a_key_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(UserError, match="BACKPACK_KEY"):
        check_pair(bad, new_pair().secret)


def test_ke01_new_pairs_differ_and_belong_together() -> None:
    pairs = [new_pair() for _ in range(8)]
    assert len({pair.public for pair in pairs}) == 8
    for pair in pairs:
        assert check_pair(pair.public, pair.secret) == pair


def test_au06_repr_shows_the_public_half_only() -> None:
    pair = new_pair()
    assert pair.public in repr(pair)
    assert pair.secret not in repr(pair)
