"""Signatures, windows and keys as the exchange checks them."""

import base64
import json
import time
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from hummingbot_backpack.simulator import auth
from hummingbot_backpack.simulator.errors import ExchangeError
from test.hummingbot_backpack.simulator.conftest import Open

NOW_MS = 1_614_550_000_000


def test_au01_the_verifier_accepts_every_published_vector_and_nothing_close_to_it(shared: Path) -> None:
    vectors = json.loads((shared / "backpack" / "signature_vectors.json").read_text())
    assert len(vectors) == 12
    for vector in vectors:
        assert auth.Verifier._signed(
            auth.VerifyKey(base64.b64decode(vector["verifying_key_b64"])),
            base64.b64decode(vector["signature_b64"]),
            vector["message"],
        )
        assert not auth.Verifier._signed(
            auth.VerifyKey(base64.b64decode(vector["verifying_key_b64"])),
            base64.b64decode(vector["signature_b64"]),
            vector["message"] + " ",
        )


def test_au01_the_message_of_a_batch_repeats_the_instruction_for_each_order() -> None:
    orders = [
        {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Limit", "price": "141", "quantity": "12"},
        {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Limit", "price": "140", "quantity": "11"},
    ]
    assert auth.message("orderExecute", orders, "1750793021519", "5000") == (
        "instruction=orderExecute&orderType=Limit&price=141&quantity=12&side=Bid&symbol=SOL_USDC_PERP"
        "&instruction=orderExecute&orderType=Limit&price=140&quantity=11&side=Bid&symbol=SOL_USDC_PERP"
        "&timestamp=1750793021519&window=5000"
    )


def test_au02_booleans_are_signed_in_lower_case() -> None:
    assert auth.message("x", [{"postOnly": True, "a": 4294967295}], "1", "5") == (
        "instruction=x&a=4294967295&postOnly=true&timestamp=1&window=5"
    )


class Signed:
    """A verifier at a fixed time, and headers signed for it."""

    def __init__(self) -> None:
        self.verifier = auth.Verifier(lambda: NOW_MS * 1000)
        self.key = SigningKey.generate()
        self.public = base64.b64encode(bytes(self.key.verify_key)).decode()

    def check(self, timestamp: str = str(NOW_MS), window: str | None = "5000", text: str | None = None) -> str:
        signed = text or auth.message("balanceQuery", [{}], timestamp, window or "5000")
        signature = base64.b64encode(self.key.sign(signed.encode()).signature).decode()
        return self.verifier.check(self.public, signature, timestamp, window, "balanceQuery", [{}])


def test_au04_the_window_decides_which_timestamps_are_accepted() -> None:
    signed = Signed()
    assert signed.check() == signed.public
    assert signed.check(str(NOW_MS - 5000)) == signed.public
    for timestamp in (str(NOW_MS - 5001), str(NOW_MS + 5001)):
        with pytest.raises(ExchangeError, match="Request has expired"):
            signed.check(timestamp)
    assert signed.check(str(NOW_MS - 59_000), "60000") == signed.public
    with pytest.raises(ExchangeError, match="Invalid X-Window header"):
        signed.check(window="60001")


def test_au01_a_signature_over_other_text_is_refused_as_invalid() -> None:
    with pytest.raises(ExchangeError) as refused:
        Signed().check(text="instruction=accountQuery&timestamp=1&window=5000")
    assert (refused.value.status, refused.value.code, refused.value.message) == (
        400,
        "INVALID_CLIENT_REQUEST",
        "Invalid signature",
    )


async def test_si03_a_new_key_that_signs_correctly_opens_an_account_with_the_set_balances(open_backpack: Open) -> None:
    backpack, client = await open_backpack(balances={"USDC": "1000", "SOL": "3"})
    capital = await client.call("GET", "/api/v1/capital")
    assert capital.status == 200
    assert capital.json == {
        "SOL": {"available": "3", "locked": "0", "staked": "0"},
        "USDC": {"available": "1000", "locked": "0", "staked": "0"},
    }
    assert backpack.ledger(client.public_key)["deposits"] == {"USDC": "1000", "SOL": "3"}


async def test_si03_a_wrong_signature_opens_no_account(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    client.sign = lambda text: base64.b64encode(SigningKey.generate().sign(text.encode()).signature).decode()  # type: ignore[method-assign]
    refused = await client.call("GET", "/api/v1/capital")
    assert (refused.status, refused.json["message"]) == (400, "Invalid signature")
    with pytest.raises(KeyError):
        backpack.ledger(client.public_key)


async def test_si03_strict_keys_refuse_a_key_that_was_not_given(open_backpack: Open) -> None:
    known = SigningKey.generate()
    public = base64.b64encode(bytes(known.verify_key)).decode()
    _, client = await open_backpack(strict_keys=True, keys={public: {"USDC": "7"}})
    assert (await client.call("GET", "/api/v1/capital")).json["code"] == "UNAUTHORIZED"
    client.signing_key, client.public_key = known, public
    assert (await client.call("GET", "/api/v1/capital")).json["USDC"]["available"] == "7"


async def test_au04_a_clock_that_is_off_gets_request_has_expired_until_it_is_corrected(open_backpack: Open) -> None:
    backpack, client = await open_backpack()
    backpack.faults.set("clock_skew", value=60)
    refused = await client.call("GET", "/api/v1/account")
    assert (refused.status, refused.json["message"]) == (400, "Request has expired")
    ahead = int((await client.public("/api/v1/time")).text) - int(time.time() * 1000)
    assert 59_000 < ahead < 61_000
    client.now_ms = lambda: int(time.time() * 1000) + ahead
    assert (await client.call("GET", "/api/v1/account")).status == 200
