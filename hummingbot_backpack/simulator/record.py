"""`hummingbot-backpack record`: write a market's public trades down, to drive the local Backpack with later."""

import asyncio
import csv
import gzip
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from hummingbot_backpack.errors import UserError

STREAM_URL = "wss://ws.backpack.exchange/"
SILENCE = 75.0
"""Seconds without a frame or ping after which the connection counts as dead."""


async def _record(market: str, seconds: float | None, url: str, file: TextIO) -> int:
    """Write trades until the time is over or a signal comes; returns how many."""
    import aiohttp

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    writer, seen = csv.writer(file), set[int]()
    writer.writerow(["time_us", "price", "quantity", "side", "trade_id"])
    follow = asyncio.create_task(_follow(aiohttp, market, url, writer, seen))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((follow, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if follow.done():
        follow.result()
    follow.cancel()
    with suppress(asyncio.CancelledError):
        await follow
    return len(seen)


async def _follow(aiohttp: Any, market: str, url: str, writer: Any, seen: set[int]) -> None:
    """Trades of the stream as rows, through reconnects; the first connection must succeed."""
    connected = False
    while True:
        try:
            async with aiohttp.ClientSession(trust_env=True) as session, session.ws_connect(url) as socket:
                await socket.send_json({"method": "SUBSCRIBE", "params": [f"trade.{market}"]})
                connected = True
                while (message := await socket.receive(SILENCE)).type is aiohttp.WSMsgType.TEXT:
                    data = message.json().get("data", {})
                    if data.get("e") == "trade" and data["t"] not in seen:
                        seen.add(data["t"])
                        side = "sell" if data["m"] else "buy"
                        writer.writerow([data["T"], data["p"], data["q"], side, data["t"]])
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if not connected:
                raise UserError(f"stream_url ({url}) must be reachable: {error or type(error).__name__}") from None
        await asyncio.sleep(1.0)


def record(
    market: Annotated[str, typer.Argument(help="Market to record, such as SOL_USDC_PERP.")],
    output: Annotated[Path, typer.Argument(help="File to write, .csv or .csv.gz.")],
    seconds: Annotated[float | None, typer.Option(help="How long; without it until Ctrl-C.")] = None,
    stream_url: Annotated[str, typer.Option(help="Public stream to record from. No key is used.")] = STREAM_URL,
) -> None:
    """Record a market's public trades for `simulator --flow FILE`.

    \b
    Example:
      hummingbot-backpack record SOL_USDC_PERP trades.csv.gz --seconds 3600
      hummingbot-backpack simulator --flow trades.csv.gz
    """
    if output.exists():
        raise UserError(f"output ({output}) must not exist yet")
    if not output.parent.is_dir():
        raise UserError(f"output ({output}) must lie in a folder that exists")
    if seconds is not None and not seconds > 0:
        raise UserError(f"seconds ({seconds}) must be over 0")
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    begin = time.monotonic()
    try:
        opener = gzip.open if output.suffix == ".gz" else open
        with opener(partial, "wt", newline="", encoding="utf-8") as file:
            count = asyncio.run(_record(market, seconds, stream_url, file))
        if not count:
            raise UserError(f"market ({market}) must have trades: none came in {time.monotonic() - begin:.0f} s")
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{count} trades of {market} in {output}")
