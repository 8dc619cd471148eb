"""Clients that others wrote, unmodified but for the base URL, trade on a simulator process over a real socket."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from test.third_party.environments import HERE, environment, interpreter

pytestmark = pytest.mark.slow

CCXT, BPX_PY = "4.5.90", "2.0.11"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[str]:
    """A simulator in a process of its own, with a market that has begun to move."""
    port_file = tmp_path_factory.mktemp("simulator") / "port"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "hummingbot_backpack.simulator", "--port", "0", "--port-file", str(port_file),
            "--balance", "USDC=10000", "--balance", "SOL=10", "--speed", "30",
        ],
        cwd=repository, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while not port_file.is_file():
            assert process.poll() is None and time.monotonic() < deadline, "the simulator did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port_file.read_text().strip()}"
    finally:
        process.terminate()
        process.wait(10)


def use(name: str, url: str) -> dict[str, Any]:
    """What the script of that name printed, run in that client's environment with a key of its own."""
    key = SigningKey.generate()
    public, secret = (base64.b64encode(bytes(one)).decode() for one in (key.verify_key, key))
    script = HERE / f"use_{name}.py"
    done = subprocess.run(
        [str(interpreter(name)), str(script), url, public, secret],
        capture_output=True, text=True, env=environment(), timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_si01_ccxt_reads_places_queries_cancels_batches_and_sees_fills(url: str) -> None:
    seen = use("ccxt", url)
    assert seen["version"] == CCXT
    assert seen["markets"] == {"SOL/USDC": ["spot", 0.01, 0.01], "SOL/USDC:USDC": ["swap", 0.01, 0.01]}
    bids, asks = seen["book"]["bids"], seen["book"]["asks"]
    assert len(bids) == len(asks) == 5 and bids == sorted(bids, reverse=True) and asks == sorted(asks)
    assert bids[0][0] < asks[0][0] and isinstance(seen["book"]["nonce"], int)
    assert seen["ticker"] > 0 and seen["trades"] > 0 and seen["candles"] > 0 and seen["funding_rate"] is not None
    assert seen["status"] == "ok"
    assert seen["balance"] == {"free": 10000.0, "used": 0.0, "total": 10000.0}
    assert seen["placed"]["status"] == "open" and seen["placed"]["postOnly"] is True
    assert seen["queried"] == [True, "open", "77"] and seen["open"] is True and seen["cancelled"] == "canceled"
    # ccxt maps RESOURCE_NOT_FOUND so, also on the live exchange.
    assert seen["gone"] == "ExchangeNotAvailable"
    assert seen["batch"] == ["open", "open"] and seen["all_cancelled"] == ["canceled", "canceled"]
    assert seen["market"] == {"SOL/USDC": ["closed", 0.2], "SOL/USDC:USDC": ["closed", 0.2]}
    quantities: dict[tuple[str, str, str], float] = {}
    for symbol, side, quantity, asset in seen["fills"]:
        quantities[symbol, side, asset] = quantities.get((symbol, side, asset), 0) + quantity
    assert {name: round(total, 9) for name, total in quantities.items()} == {
        ("SOL/USDC", "buy", "SOL"): 0.2,
        ("SOL/USDC:USDC", "buy", "USDC"): 0.2,
    }
    assert [(symbol, side, float(size)) for symbol, side, size in seen["positions"]] == [("SOL/USDC:USDC", "long", 0.2)]
    assert seen["history"] == 4 and seen["refused"] == "InsufficientFunds"


def test_si01_bpx_py_reads_places_queries_cancels_and_sees_fills(url: str) -> None:
    seen = use("bpx_py", url)
    assert seen["version"] == BPX_PY
    assert {"SOL_USDC", "SOL_USDC_PERP", "BTC_USDC_PERP"} <= set(seen["markets"])
    assert float(seen["book"]["bids"][-1][0]) < float(seen["book"]["asks"][0][0])
    assert seen["ticker"] == "SOL_USDC_PERP" and seen["trades"] > 0
    assert seen["status"] == "Ok" and seen["ping"] == "pong"
    assert seen["balances"]["USDC"] == {"available": "10000", "locked": "0", "staked": "0"}
    assert float(seen["collateral"]) > 10_000 and float(seen["account"]) >= 1
    assert seen["placed"] | {"price": ""} == {
        "status": "New", "price": "", "quantity": "0.5", "side": "Bid", "postOnly": True, "clientId": 77,
    }  # fmt: skip
    assert seen["queried"] is True and seen["open"] is True and seen["cancelled"] == "Cancelled"
    assert seen["gone"] == {"code": "RESOURCE_NOT_FOUND", "message": "Not Found"}
    assert seen["all_cancelled"] == ["Cancelled", "Cancelled"] and seen["market"] == "Filled"
    assert {tuple(one[:2] + one[3:]) for one in seen["fills"]} == {("SOL_USDC_PERP", "Bid", "USDC")}
    assert round(sum(float(one[2]) for one in seen["fills"]), 9) == 0.2
    assert seen["positions"] == [["SOL_USDC_PERP", "0.2"]]
    assert seen["history"] == 4 and seen["refused"] == "INSUFFICIENT_MARGIN"
    assert seen["batch"] is False, "bpx-py has learned to place batches: let the script place one"
