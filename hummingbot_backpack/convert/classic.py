"""Reading a classic bot's command line: pure, and nothing of a key is ever repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words

STRATEGIES = ("standard", "maker_hedge")
MARKET_TYPES = ("spot", "perp")
_GRIDS = ("grid", "perp_grid", "grid_trading")
_SWITCHES = ("--enable-db", "--disable-db", "--enable-rebalance", "--disable-rebalance", "--cli", "--web")
_SECRETS = ("--api-key", "--secret-key")
_TEXTS = {
    "--exchange": "exchange",
    "--market-type": "market_type",
    "--symbol": "symbol",
    "--strategy": "strategy",
    "--ws-proxy": "proxy",
}
_NUMBERS = {
    "--spread": "spread",
    "--quantity": "quantity",
    "--max-orders": "max_orders",
    "--duration": "duration",
    "--interval": "interval",
    "--target-position": "target_position",
    "--max-position": "max_position",
    "--position-threshold": "position_threshold",
    "--inventory-skew": "inventory_skew",
    "--stop-loss": "stop_loss",
    "--take-profit": "take_profit",
    "--base-asset-target": "base_asset_target",
    "--rebalance-threshold": "rebalance_threshold",
}
FLAGS = (*_TEXTS, *_NUMBERS, *_SWITCHES, *_SECRETS)
PERP_ONLY = (
    "target_position",
    "max_position",
    "position_threshold",
    "inventory_skew",
    "stop_loss",
    "take_profit",
)
SPOT_ONLY = ("base_asset_target", "rebalance_threshold")
ENV_KEYS = ("BACKPACK_KEY", "BACKPACK_SECRET")
ENV_NAMES = (*ENV_KEYS, "BACKPACK_PROXY_WEBSOCKET", "ENABLE_DATABASE", "BASE_URL")


@dataclass(frozen=True)
class Classic:
    """A classic bot's settings with its own defaults filled in; amounts as they were typed, unchecked.

    :param given: names of settings that the command line itself holds
    :param proxy: for the streams; a secret, since it may hold a password
    :param keys: whether its ``.env`` holds a key or a secret; neither is taken
    """

    symbol: str
    spread: Decimal
    market_type: str = "spot"
    strategy: str = "standard"
    quantity: Decimal | None = None
    max_orders: Decimal = Decimal(3)
    duration: Decimal = Decimal(3600)
    interval: Decimal = Decimal(60)
    target_position: Decimal = Decimal(1)
    max_position: Decimal = Decimal(1)
    position_threshold: Decimal = Decimal("0.1")
    inventory_skew: Decimal = Decimal(0)
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    rebalance: bool = True
    base_asset_target: Decimal = Decimal(30)
    rebalance_threshold: Decimal = Decimal(15)
    database: bool = False
    proxy: str | None = field(default=None, repr=False)
    base_url: bool = False
    keys: bool = False
    given: frozenset[str] = frozenset()


def read(arguments: Sequence[str], environment: Mapping[str, str], words: Words) -> Classic:
    """:param arguments: with or without ``python run.py`` before them
    :param environment: what a classic bot's ``.env`` holds, or nothing
    :raises UserError: a flag that is none, a value that cannot be, or something that has no counterpart here
    """
    values: dict[str, str] = {}
    switches: set[str] = set()
    rest = iter(_own(arguments))
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag in _SECRETS:
            raise UserError(words("secret", flag=flag))
        if flag in _SWITCHES:
            if equals:
                raise UserError(words("switch", flag=flag, value=value))
            switches.add(flag)
        elif flag in _TEXTS or flag in _NUMBERS:
            if not equals:
                value = next(rest, "")
                if not value or value.startswith("--"):
                    raise UserError(words("missing", flag=flag))
            values[flag] = value
        else:
            raise UserError(words("unknown", flag=flag, flags=", ".join(FLAGS)))
    _refuse_what_is_not_here(values, switches, words)
    return _classic(values, switches, environment, words)


def _own(arguments: Sequence[str]) -> list[str]:
    """The flags, without the interpreter and the script in front of them."""
    words = list(arguments)
    while words and not words[0].startswith("--"):
        first = words[0].rsplit("/", 1)[-1]
        if not (first.startswith("python") or first.endswith(".py")):
            break
        words.pop(0)
    return words


def _refuse_what_is_not_here(values: Mapping[str, str], switches: set[str], words: Words) -> None:
    for flag in ("--cli", "--web"):
        if flag in switches:
            raise UserError(words(flag.strip("-")))
    exchange = values.get("--exchange", "backpack")
    if exchange.lower() != "backpack":
        raise UserError(words("exchange", value=exchange))
    strategy = values.get("--strategy", "standard")
    if strategy in _GRIDS or "grid" in strategy:
        raise UserError(words("grid", value=strategy))
    if strategy not in STRATEGIES:
        raise UserError(words("choice", flag="--strategy", value=strategy, choices=", ".join(STRATEGIES)))
    kind = values.get("--market-type", "spot")
    if kind not in MARKET_TYPES:
        raise UserError(words("choice", flag="--market-type", value=kind, choices=", ".join(MARKET_TYPES)))
    if {"--enable-rebalance", "--disable-rebalance"} <= switches:
        raise UserError(words("both", one="--enable-rebalance", other="--disable-rebalance"))
    if {"--enable-db", "--disable-db"} <= switches:
        raise UserError(words("both", one="--enable-db", other="--disable-db"))


def _classic(values: Mapping[str, str], switches: set[str], environment: Mapping[str, str], words: Words) -> Classic:
    for flag in ("--symbol", "--spread"):
        if flag not in values:
            raise UserError(words("required", flag=flag))
    numbers = {name: _number(flag, values[flag], words) for flag, name in _NUMBERS.items() if flag in values}
    texts = {name: values[flag] for flag, name in _TEXTS.items() if flag in values and name != "exchange"}
    database = environment.get("ENABLE_DATABASE", "").strip().lower() in ("1", "true", "yes", "on")
    if switches & {"--enable-db", "--disable-db"}:
        database = "--enable-db" in switches
    given = {*numbers, *texts}
    if switches & {"--enable-rebalance", "--disable-rebalance"}:
        given.add("rebalance")
    proxy = texts.pop("proxy", None) or environment.get("BACKPACK_PROXY_WEBSOCKET") or None
    return Classic(
        **texts,  # type: ignore[arg-type]  # texts only
        **numbers,  # type: ignore[arg-type]  # numbers only
        rebalance="--disable-rebalance" not in switches,
        database=database,
        proxy=proxy,
        base_url=bool(environment.get("BASE_URL")),
        keys=any(environment.get(name) for name in ENV_KEYS),
        given=frozenset(given),
    )


def _number(flag: str, value: str, words: Words) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise UserError(words("number", flag=flag, value=value))
    return number
