"""What only the exchange can say about a configuration: connector, keys, market, and the market's own limits."""

import difflib
import importlib
import sys
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import spoken
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.layout import CONNECTORS, SIMULATOR_CONNECTORS, Workspace
from hummingbot_backpack.workspace.settings import LIVE_URL

Market = dict[str, Any]
"""A row of ``GET /api/v1/markets``."""


def check_market(workspace: Workspace, path: Path, config: Any) -> None:
    """Check connector, keys, pair and sizes of a configuration that has them.

    :param path: its file, for the sentence.
    :raises UserError: the connector is not known or has no keys, the exchange has no such market open, or a size or
        the leverage is outside of what that market takes.
    """
    if hasattr(config, "maker_market"):
        fields = {"maker_market": config.markets[0], "hedge_market": config.markets[-1]}
        for field, (connector, pair) in fields.items():
            _check_one(workspace, path, config, field, field, connector, pair)
        return
    connector, pair = getattr(config, "connector_name", None), getattr(config, "trading_pair", None)
    if isinstance(connector, str):
        _check_one(workspace, path, config, "connector_name", "trading_pair", connector, pair)


def _check_one(
    workspace: Workspace, path: Path, config: Any, name_field: str, pair_field: str, connector: str, pair: Any
) -> None:
    """Check one market of a configuration; the fields are those that name it."""
    settings: Any = importlib.import_module("hummingbot.client.settings")
    known = settings.AllConnectorSettings.get_connector_settings()
    if connector not in known and not connector.endswith("_paper_trade"):
        close = difflib.get_close_matches(connector, list(known), n=1) or ["backpack_perpetual"]
        raise UserError(f"{path}: {name_field} ({connector}) must be a known connector; the nearest is {close[0]}.")
    if workspace.rehearsal and connector not in SIMULATOR_CONNECTORS:
        names = " or ".join(SIMULATOR_CONNECTORS)
        raise UserError(f"{path}: {name_field} ({connector}) must be {names} in a workspace for rehearsal.")
    if connector not in CONNECTORS:
        return
    if not workspace.key_file(connector).exists():
        how = "keys new" if connector in SIMULATOR_CONNECTORS else "keys import"
        raise UserError(f"There are no keys for {connector}: store them with `hummingbot-backpack {how}`.")
    if isinstance(pair, str):
        markets = _open_markets(workspace, connector)
        if markets is not None:
            _check_limits(path, config, _find(markets, path, connector, pair_field, pair))


def pair_of(symbol: str) -> str:
    """:return: Hummingbot's name for a market: ``SOL-USDC`` for ``SOL_USDC`` and for ``SOL_USDC_PERP``."""
    return symbol.removesuffix("_PERP").replace("_", "-")


def _open_markets(workspace: Workspace, connector: str) -> dict[str, Market] | None:
    """:return: the connector's open markets by pair, or None where the live exchange cannot be asked now."""
    simulated = connector in SIMULATOR_CONNECTORS
    url = workspace.settings.simulator_url if simulated else LIVE_URL
    wanted = "PERP" if "perpetual" in connector else "SPOT"
    try:
        rows = get(url, "/api/v1/markets")
        open_rows = [row for row in rows if row["marketType"] == wanted and row["orderBookState"] != "Closed"]
        return {pair_of(str(row["symbol"])): row for row in open_rows}
    except Unreachable as error:
        if simulated:
            raise UserError(
                f"The local Backpack does not answer at {url} ({error}): start it with `hummingbot-backpack simulator`."
            ) from None
        _say(f"{url} does not answer ({error}); the market is not checked.")
    except (Refused, KeyError, TypeError) as error:
        _say(f"{url} does not tell its markets ({error}); the market is not checked.")
    return None


def _say(sentence: str) -> None:
    print(f"hbot: {spoken(sentence)}", file=sys.stderr)


def _find(markets: dict[str, Market], path: Path, connector: str, field: str, pair: str) -> Market:
    if pair in markets:
        return markets[pair]
    close = difflib.get_close_matches(pair, sorted(markets), n=1, cutoff=0.0)
    kind = "perpetual" if "perpetual" in connector else "spot"
    nearest = f"; the nearest is {close[0]}" if close else ""
    raise UserError(f"{path}: {field} ({pair}) must be an open {kind} market{nearest}.")


def _check_limits(path: Path, config: Any, market: Market) -> None:
    minimum = Decimal(str(market["filters"]["quantity"]["minQuantity"]))
    for name in ("order_amount", "max_position"):
        value = _number(getattr(config, name, None))
        if value is not None and value < minimum:
            raise UserError(f"{path}: {name} ({value:f}) must be at least {minimum:f}, the market's minimum.")
    leverage, function = _number(getattr(config, "leverage", None)), market.get("imfFunction")
    if leverage is not None and function:
        # The market's own highest leverage is one over the base of its initial margin fraction.
        highest = (1 / Decimal(str(function["base"]))).quantize(Decimal(1), ROUND_DOWN)
        if leverage > highest:
            raise UserError(f"{path}: leverage ({leverage:f}) must be at most {highest:f}, the market's own.")


def _number(value: Any) -> Decimal | None:
    try:
        number = None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
