import base64
import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hummingbot.connector.exchange.backpack.backpack_auth import (
    SECRET_SENTENCE,
    BackpackAuth,
    key_pair,
    signed_message,
)
from hummingbot.connector.exchange.backpack.backpack_clock import ExchangeClock
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest, WSJSONRequest
from nacl.signing import VerifyKey

from test.hummingbot.connector.exchange.backpack.recorded import json_file
from test.hummingbot.harness import Keys

BASE = "https://api.backpack.exchange/"


def auth(keys: Keys | None = None, **options: Any) -> BackpackAuth:
    keys = keys or Keys.new()
    return BackpackAuth(keys.public, keys.secret, ExchangeClock(), **options)


def groups_of(message: str) -> tuple[str, list[dict[str, str]], int, int]:
    """A signed message taken apart: instruction, parameters per order, time, window."""
    *groups, last = re.split(r"(?=instruction=)|(?=timestamp=\d+&window=)", message)
    time = dict(parse_qsl(last))
    parameters = [dict(pair.split("=", 1) for pair in group.strip("&").split("&")) for group in groups if group]
    instruction = parameters[0]["instruction"]
    for group in parameters:
        del group["instruction"]
    return instruction, parameters, int(time["timestamp"]), int(time["window"])


def test_au01_published_vectors_are_reproduced_bit_for_bit() -> None:
    vectors = json_file("backpack", "signature_vectors.json")
    assert len(vectors) == 12
    for vector in vectors:
        instruction, groups, timestamp, window = groups_of(vector["message"])
        assert signed_message(instruction, groups, timestamp, window) == vector["message"]
        signer = BackpackAuth(vector["verifying_key_b64"], vector["seed_b64"], ExchangeClock())
        assert signer.generate_signature(groups, timestamp, window, instruction) == vector["signature_b64"]


def test_au02_booleans_are_lower_case_numbers_plain_and_none_left_out() -> None:
    parameters = {"b": True, "a": Decimal("0.00000001"), "d": None, "c": 4294967295, "f": 1e-7}
    message = signed_message("orderExecute", parameters, 1, 2)
    assert message == "instruction=orderExecute&a=0.00000001&b=true&c=4294967295&f=0.0000001&timestamp=1&window=2"


def test_au02_a_value_that_says_True_is_not_touched() -> None:
    assert "x=TrueCoin&" in signed_message("orderQuery", {"x": "TrueCoin"}, 1, 2)


async def test_au02_what_is_sent_is_what_is_signed() -> None:
    keys = Keys.new()
    signer = auth(keys)
    body = {"symbol": "SOL_USDC", "postOnly": True, "clientId": 7, "price": None}
    request = RESTRequest(RESTMethod.POST, BASE + "api/v1/order", data=json.dumps(body), is_auth_required=True)
    sent = await signer.rest_authenticate(request)
    assert json.loads(sent.data) == {"symbol": "SOL_USDC", "postOnly": True, "clientId": 7}
    message = signed_message("orderExecute", json.loads(sent.data), int(sent.headers["X-Timestamp"]), 5000)
    VerifyKey(key_pair(keys.secret)[0]).verify(message.encode(), base64.b64decode(sent.headers["X-Signature"]))


async def test_au01_batch_signs_each_order() -> None:
    keys = Keys.new()
    orders = [{"symbol": "SOL_USDC", "clientId": number} for number in (1, 2)]
    request = RESTRequest(RESTMethod.POST, BASE + "api/v1/orders", data=json.dumps(orders), is_auth_required=True)
    sent = await auth(keys).rest_authenticate(request)
    message = signed_message("orderExecute", orders, int(sent.headers["X-Timestamp"]), 5000)
    assert message.count("instruction=orderExecute") == 2
    VerifyKey(key_pair(keys.secret)[0]).verify(message.encode(), base64.b64decode(sent.headers["X-Signature"]))


async def test_au01_subscription_carries_four_strings() -> None:
    keys = Keys.new()
    request = WSJSONRequest({"method": "SUBSCRIBE", "params": ["account.orderUpdate"]}, is_auth_required=True)
    payload = (await auth(keys).ws_authenticate(request)).payload
    key, signature, timestamp, window = payload["signature"]
    assert (key, window) == (keys.public, "5000")
    message = signed_message("subscribe", {}, int(timestamp), 5000)
    VerifyKey(key_pair(keys.secret)[0]).verify(message.encode(), base64.b64decode(signature))


def test_au03_key_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = auth()
    monkeypatch.setattr(base64, "b64decode", lambda *_: pytest.fail("the secret is decoded again"))
    assert signer.generate_signature({}, 1, 2, "x") == signer.generate_signature({}, 1, 2, "x")


def test_au03_of_64_bytes_the_first_32_are_the_seed() -> None:
    keys = Keys.new()
    longer = base64.b64encode(base64.b64decode(keys.secret) + bytes(32)).decode()
    signatures = {auth(Keys(keys.public, s)).generate_signature({}, 1, 2, "x") for s in (keys.secret, longer)}
    assert len(signatures) == 1


@pytest.mark.parametrize("secret", ["not base64!", base64.b64encode(bytes(31)).decode(), "", "0x" + "ab" * 32])
def test_au03_a_secret_that_is_none_is_one_sentence_without_the_value(secret: str) -> None:
    with pytest.raises(ValueError) as error:
        auth(Keys("key", secret))
    assert str(error.value) == SECRET_SENTENCE
    assert not secret or secret not in str(error.value)


def test_au03_without_keys_only_signing_raises() -> None:
    signer = auth(Keys("", ""))
    with pytest.raises(ValueError, match="backpack_api_secret"):
        signer.generate_signature({}, 1, 2, "x")


def test_au03_a_key_that_is_not_the_secrets_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    auth(Keys(Keys.new().public, Keys.new().secret))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    caplog.clear()
    auth()
    assert not caplog.records


@pytest.mark.parametrize("window", [0, 60001, -5])
def test_au04_window_out_of_range_is_refused(window: int) -> None:
    with pytest.raises(ValueError, match="signature_window"):
        auth(window_ms=window)


def test_au05_replaced_keys_sign_what_follows() -> None:
    signer, fresh = auth(), Keys.new()
    signer.replace_keys(fresh.public, fresh.secret)
    signature = signer.generate_signature({}, 1, 2, "x")
    assert signature == auth(fresh).generate_signature({}, 1, 2, "x")
    assert signer.headers("accountQuery", {})["X-API-Key"] == fresh.public


def test_au05_a_new_secret_that_is_none_keeps_the_old_pair() -> None:
    signer = auth()
    before = signer.generate_signature({}, 1, 2, "x")
    with pytest.raises(ValueError):
        signer.replace_keys("key", "nothing")
    assert signer.generate_signature({}, 1, 2, "x") == before


def test_au06_repr_shows_no_secret() -> None:
    keys = Keys.new()
    signer = auth(keys)
    assert keys.secret not in repr(signer)
    assert keys.secret not in repr(vars(signer))


def test_rf01_no_broker_id_unless_set() -> None:
    assert "X-BROKER-ID" not in auth().headers("accountQuery", {})
    assert auth(broker_id=7).headers("accountQuery", {})["X-BROKER-ID"] == "7"
