"""From a classic bot's settings to configurations of ours: pure."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hummingbot_backpack.convert.classic import ENV_KEYS, PERP_ONLY, SPOT_ONLY, Classic
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words

SCRIPT_FILE = "backpack_market_making.py"
PERP_SUFFIX = "_PERP"


@dataclass(frozen=True)
class Difference:
    """A setting that means something else here than to the classic bot; `flag` and `ours` name it in both."""

    flag: str
    ours: str
    meaning: str


@dataclass(frozen=True)
class Converted:
    """:param name: of the market, for file names
    :param proxy: of the streams; a secret, since it may hold a password
    """

    name: str
    controller: dict[str, Any]
    script: dict[str, Any]
    differences: tuple[Difference, ...]
    proxy: str | None = field(default=None, repr=False)

    @property
    def flags(self) -> dict[str, str]:
        """By setting, the classic flag that it was made of; empty where it was made of none."""
        return {ours: f"--{name.replace('_', '-')}" for name, ours in _FLAGS.items()} if self.differences else {}


def convert(classic: Classic, rehearsal: bool, words: Words) -> Converted:
    """:param rehearsal: for the local Backpack. :raises UserError: settings that do not go together."""
    perp = classic.market_type == "perp"
    name = classic.symbol.lower().replace(".", "_")
    _refuse_strangers(classic, perp, words)
    if classic.strategy == "maker_hedge":
        controller = _hedge(classic, rehearsal, words)
    else:
        controller = (_perp if perp else _spot)(classic, _connector(perp, rehearsal), trading_pair(classic, words))
    identified = {"id": name, **controller}
    script: dict[str, Any] = {
        "script_file_name": SCRIPT_FILE,
        "controllers_config": [],
        "duration": _plain(classic.duration),
        "on_end": "keep",
        "persist": classic.database,
    }
    return Converted(name, identified, script, tuple(_differences(classic, controller, words)), classic.proxy)


def trading_pair(classic: Classic, words: Words) -> str:
    """Hummingbot's name of the market. :raises UserError: the symbol is not one of that kind."""
    perp = classic.market_type == "perp"
    symbol = classic.symbol.strip()
    core = symbol[: -len(PERP_SUFFIX)] if symbol.upper().endswith(PERP_SUFFIX) else symbol
    base, _, quote = core.rpartition("_")
    if not base or not quote or perp is not symbol.upper().endswith(PERP_SUFFIX):
        kind = words("kind_perp" if perp else "kind_spot")
        example = "SOL_USDC_PERP" if perp else "SOL_USDC"
        raise UserError(words("symbol", value=symbol, kind=kind, example=example))
    return f"{base}-{quote}".upper()


def _connector(perp: bool, rehearsal: bool) -> str:
    return ("backpack_perpetual" if perp else "backpack") + ("_simulator" if rehearsal else "")


def _refuse_strangers(classic: Classic, perp: bool, words: Words) -> None:
    """A flag of the other kind of market would be ignored in silence."""
    for name in (*SPOT_ONLY, "rebalance") if perp else PERP_ONLY:
        if name in classic.given:
            raise UserError(words("not_perp" if perp else "not_spot", flag=_flag(name)))


def _flag(name: str) -> str:
    """As it is typed."""
    return "--enable-rebalance/--disable-rebalance" if name == "rebalance" else f"--{name.replace('_', '-')}"


def _quoting(classic: Classic, connector: str, pair: str) -> dict[str, Any]:
    return {
        "controller_type": "market_making",
        "connector_name": connector,
        "trading_pair": pair,
        "spread_pct": _plain(classic.spread),
        "orders_per_side": _plain(classic.max_orders),
        "level_step_bps": 0,
        "order_amount": _plain(classic.quantity),
        "refresh_interval": _plain(classic.interval),
    }


def _perp(classic: Classic, connector: str, pair: str) -> dict[str, Any]:
    return {
        "controller_name": "perp_market_maker",
        **_quoting(classic, connector, pair),
        "target_position": _plain(abs(classic.target_position)),
        "max_position": _plain(classic.max_position),
        "position_threshold": _plain(classic.position_threshold),
        "inventory_skew": _plain(classic.inventory_skew),
        "stop_loss": None if classic.stop_loss is None else _plain(abs(classic.stop_loss)),
        "take_profit": None if classic.take_profit is None else _plain(abs(classic.take_profit)),
    }


def _spot(classic: Classic, connector: str, pair: str) -> dict[str, Any]:
    return {
        "controller_name": "spot_market_maker",
        **_quoting(classic, connector, pair),
        "rebalance": classic.rebalance,
        "base_target_pct": _plain(classic.base_asset_target),
        "rebalance_threshold_pct": _plain(classic.rebalance_threshold),
    }


def _hedge(classic: Classic, rehearsal: bool, words: Words) -> dict[str, Any]:
    if classic.quantity is None:
        raise UserError(words("hedge_quantity"))
    perp = classic.market_type == "perp"
    market = f"{_connector(perp, rehearsal)}:{trading_pair(classic, words)}"
    return {
        "controller_name": "maker_taker_hedge",
        "controller_type": "generic",
        "maker_market": market,
        "hedge_market": market,
        "order_amount": _plain(classic.quantity),
        "refresh_interval": _plain(classic.interval),
    }


_OURS = {
    "spread": "spread_pct",
    "max_orders": "orders_per_side",
    "interval": "refresh_interval",
    "quantity": "order_amount",
    "stop_loss": "stop_loss",
    "take_profit": "take_profit",
    "inventory_skew": "inventory_skew",
    "target_position": "target_position",
    "max_position": "max_position",
}


_FLAGS = {
    **_OURS,
    "position_threshold": "position_threshold",
    "base_asset_target": "base_target_pct",
    "rebalance_threshold": "rebalance_threshold_pct",
}
"""Name of a flag → our setting."""


def _differences(classic: Classic, controller: dict[str, Any], words: Words) -> list[Difference]:
    found = []
    for name, ours in _OURS.items():
        if ours not in controller:
            continue
        value = controller[ours]
        # An absent quantity means something too; an absent exit does not.
        if (value is None and name != "quantity") or (name == "quantity" and value is not None):
            continue
        found.append(Difference(_flag(name), f"{ours}: {'null' if value is None else value}", words(f"m_{name}")))
    if controller["controller_name"] == "maker_taker_hedge":
        market = controller["hedge_market"]
        found.append(Difference("--strategy maker_hedge", f"hedge_market: {market}", words("m_hedge")))
        found.append(Difference("--spread", "edge_bps: 0", words("m_hedge_spread")))
        for name in (*PERP_ONLY, *SPOT_ONLY, "rebalance", "max_orders"):
            if name in classic.given:
                found.append(Difference(_flag(name), "", words("m_hedge_none")))
    if controller.get("rebalance"):
        found.append(Difference("--enable-rebalance", "rebalance: true", words("m_rebalance")))
    found.append(Difference("--duration", f"duration: {_plain(classic.duration)}", words("m_duration")))
    if not classic.database:
        found.append(Difference("--disable-db", "persist: false", words("m_database")))
    if classic.base_url:
        found.append(Difference("BASE_URL", "", words("m_base_url")))
    if classic.keys:
        found.append(Difference(", ".join(ENV_KEYS), "", words("m_keys")))
    if classic.proxy:
        found.append(Difference("--ws-proxy", "BACKPACK_PROXY_WEBSOCKET", words("m_proxy")))
    return found


def _plain(value: Decimal | None) -> int | float | None:
    """As it stands in YAML: a number without an exponent or a needless fraction."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
