"""`hummingbot-backpack simulator`: run the local Backpack until it is stopped."""

import asyncio
import re
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hummingbot_backpack import core_dumps
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import spoken
from hummingbot_backpack.simulator.config import CHOICES, DEFAULT_PORT, SimulatorConfig


def parse_fault(text: str) -> tuple[str, dict[str, Any]]:
    """``kind`` or ``kind:name=value,name=value`` as the command line gives a fault."""
    kind, _, rest = text.partition(":")
    settings: dict[str, Any] = {}
    for item in filter(None, rest.split(",")):
        name, equals, value = item.partition("=")
        if not equals:
            raise UserError(f"fault ({text}) must have the form kind:name=value,name=value")
        if name == "times":
            settings[name] = int(value) if value.isdigit() else value
        elif re.fullmatch(r"-?\d+(\.\d+)?", value):
            settings[name] = float(value)
        else:
            settings[name] = value
    return kind, settings


def _balances(items: list[str]) -> dict[str, str]:
    balances = {}
    for item in items:
        asset, equals, amount = item.partition("=")
        if not equals or not re.fullmatch(r"\d+(\.\d+)?", amount):
            raise UserError(f"balance ({item}) must have the form ASSET=AMOUNT, such as USDC=10000")
        balances[asset] = amount
    return balances


def _flow(names: list[str]) -> str | tuple[str, ...] | None:
    if len(names) > 1:
        return tuple(names)
    return None if names[0] == "none" else names[0]


def _moment(name: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{name} ({text}) must be a UTC timestamp such as 2022-01-21T12:00") from None


def _set(config: SimulatorConfig, item: str) -> None:
    """One ``NAME=VALUE`` of `--set`."""
    name, _, text = item.partition("=")
    kind = CHOICES.get(name)
    if kind is None:
        raise UserError(f"setting ({name}) must be one of {', '.join(CHOICES)}")
    if kind is bool:
        if text not in ("true", "false"):
            raise UserError(f"{name} ({text}) must be true or false")
        setattr(config, name, text == "true")
        return
    try:
        setattr(config, name, kind(text))
    except ValueError:
        raise UserError(f"{name} ({text}) must be a number") from None


async def run(config: SimulatorConfig, port_file: Path | None, faults: list[str]) -> None:
    """Serve until SIGINT or SIGTERM."""
    import aiohttp

    from hummingbot_backpack.simulator.server import LocalBackpack, write_port_file

    try:
        backpack = await LocalBackpack.mirroring(config) if config.mirror else LocalBackpack(config)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UserError(
            f"mirror_url ({config.mirror_url}) must be reachable: {error or type(error).__name__}"
        ) from None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        await backpack.start()
    except OSError:
        raise UserError(
            f"port ({config.port}) must be free: something listens there already (--port 0 takes a free one)"
        ) from None
    try:
        for text in faults:
            kind, settings = parse_fault(text)
            backpack.faults.set(kind, **settings)
        print(f"Local Backpack (simulator, no real money) at {backpack.url}", flush=True)
        if port_file is not None:
            write_port_file(port_file, backpack.port)
        await stop.wait()
    finally:
        await backpack.stop()


def simulator(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = DEFAULT_PORT,
    port_file: Annotated[Path | None, typer.Option(help="File that gets the port once it listens.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    exposed: Annotated[
        bool, typer.Option("--exposed", help="Allow an address that others can reach. Anybody may then trade on it.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the market flow.")] = 1,
    speed: Annotated[float, typer.Option(help="How many times faster than real time the market runs.")] = 1.0,
    flow: Annotated[
        list[str] | None,
        typer.Option(
            help="calm, trending, jump, none, or a recording: trades, touch, depth, bars.", show_default="calm"
        ),
    ] = None,
    flow_market: Annotated[str, typer.Option(help="Market that a recording drives.")] = "SOL_USDC_PERP",
    flow_quantity_scale: Annotated[
        float, typer.Option(help="Share of the recorded notional that is traded or quoted.")
    ] = 0.1,
    flow_from: Annotated[str | None, typer.Option(help="Begin recorded bars at this UTC timestamp.")] = None,
    flow_to: Annotated[str | None, typer.Option(help="End recorded bars before this UTC timestamp.")] = None,
    mirror: Annotated[
        list[str] | None, typer.Option(help="Follow this real market (public streams) instead of a flow.")
    ] = None,
    strict_keys: Annotated[bool, typer.Option("--strict-keys", help="Know only the keys given by --key.")] = False,
    key: Annotated[list[str] | None, typer.Option(help="A public key (base64) known from the start.")] = None,
    balance: Annotated[list[str] | None, typer.Option(help="ASSET=AMOUNT a new key starts with.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="kind or kind:name=value,… in force from the start.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of a choice that docs/simulator.md lists.")
    ] = None,
    no_rate_limits: Annotated[bool, typer.Option("--no-rate-limits", help="Answer any number of requests.")] = False,
) -> None:
    """Run a local Backpack exchange: REST and streams on one port of this machine, no account, no real money.

    \b
    Example:
      hummingbot-backpack simulator --flow jump --seed 7
      hummingbot-backpack simulator --port 0 --port-file port --fault latency:value=0.2
    """
    try:
        balances = _balances(balance or [])
        config = SimulatorConfig(
            port=port,
            host=host,
            exposed=exposed,
            seed=seed,
            speed=speed,
            flow=_flow(flow or ["calm"]),
            flow_from=_moment("flow_from", flow_from),
            flow_to=_moment("flow_to", flow_to),
            flow_market=flow_market,
            flow_quantity_scale=flow_quantity_scale,
            mirror=tuple(mirror or ()),
            strict_keys=strict_keys,
            keys={one: {} for one in key or []},
        )
        if balances:
            config.balances = balances
        if no_rate_limits:
            config.rate_limit = config.historical_limit = None
        for item in setting or []:
            _set(config, item)
        asyncio.run(run(config.checked(), port_file, fault or []))
    except ValueError as error:
        raise UserError(str(error)) from None


def main() -> None:
    """Entry of ``python -m hummingbot_backpack.simulator``."""
    core_dumps.switch_off()
    try:
        typer.run(simulator)
    except UserError as error:
        print(spoken(str(error)), file=sys.stderr)
        sys.exit(error.exit_code)
