"""The page for people, in a real browser (Chromium, where there is one)."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from test.hummingbot_backpack.simulator.conftest import Open

PERP = "SOL_USDC_PERP"
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


async def shown(browser: str, url: str, profile: Path) -> str:
    """The page's elements after its script has run for a while (of the browser's virtual time)."""
    process = await asyncio.create_subprocess_exec(
        browser,
        *QUIET,
        f"--user-data-dir={profile}",
        "--virtual-time-budget=4000",
        "--dump-dom",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile)},
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    return printed.decode()


async def test_si06_the_page_shows_markets_book_orders_accounts_and_faults_in_a_browser(
    open_backpack: Open, browser: str, tmp_path: Path
) -> None:
    backpack, client = await open_backpack()
    assert (await client.order(PERP, "Bid", "0.37", "140.11", postOnly=True)).status == 200
    backpack.faults.set("latency", value=0.007)
    page = await shown(browser, backpack.url + "/", tmp_path / "profile")
    text = re.sub(r"<[^>]+>", " ", page.split("<script>")[0])
    assert "simulator" in text and "not the exchange" in text
    for symbol in ("SOL_USDC", PERP, "BTC_USDC_PERP"):
        assert symbol in text
    assert "0.37" in text and "140.11" in text
    assert client.public_key[:8] in text
    assert "latency" in text
