"""What changed an account other than our own trading: transfers, interest, other people's fills, other holdings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.values import ZERO
from hummingbot_backpack.records import ForeignFill, Transfer
from hummingbot_backpack.report.parts import Parts
from hummingbot_backpack.report.windows import Window, held

PERPETUAL_SUFFIX = "_PERP"


@dataclass(frozen=True)
class Outside:
    """
    :param parts: interest, foreign fills, holdings elsewhere, deposits, withdrawals; and inventory: own spot markets'
        base that came in other than by trading
    :param foreign: number of fills that are not ours
    """

    parts: Parts
    foreign: int


def outside(
    window: Window,
    foreign: Iterable[ForeignFill],
    transfers: Iterable[Transfer],
    own: Mapping[str, Decimal],
    quote: str,
) -> Outside:
    """
    :param foreign: of the window's account, within it
    :param own: what sessions' own markets are held as (symbol, or base asset) to what one is worth in the end
    :param quote: the unit of equity
    """
    parts = Parts()
    fills = list(foreign)
    for fill in fills:
        price = own.get(_holding(fill.symbol), _end_price(window, fill.symbol, fills))
        signed = fill.fill.side.sign * fill.fill.quantity
        parts.foreign += signed * (price - fill.fill.price) - _fee(fill, price, quote)
    for transfer in transfers:
        at = transfer.price if transfer.price is not None else ZERO
        value = transfer.amount * at
        if transfer.kind == "interest":
            parts.interest += value
        elif transfer.kind == "funding":
            parts.elsewhere += value
        elif transfer.amount >= 0:
            parts.deposits += value
        else:
            parts.withdrawals += value
        if transfer.asset != quote:
            ends = own.get(transfer.asset) or held(window.closing, transfer.asset, False)[1] or at
            since = transfer.amount * (ends - at)
            if transfer.asset in own:
                parts.inventory += since
            else:
                parts.elsewhere += since
    parts.elsewhere += _held_elsewhere(window, own, fills, quote)
    return Outside(parts, len(fills))


def _holding(symbol: str) -> str:
    return symbol if symbol.endswith(PERPETUAL_SUFFIX) else symbol.split("_")[0]


def _end_price(window: Window, symbol: str, fills: list[ForeignFill]) -> Decimal:
    """What one is worth in the end; where none is left any price gives the same sum."""
    perpetual = symbol.endswith(PERPETUAL_SUFFIX)
    for sample in (window.closing, window.opening):
        price = held(sample, _holding(symbol), perpetual)[1]
        if price is not None:
            return price
    return next(each.fill.price for each in reversed(fills) if each.symbol == symbol)


def _fee(fill: ForeignFill, price: Decimal, quote: str) -> Decimal:
    if fill.fill.fee_asset == quote:
        return fill.fill.fee
    return fill.fill.fee * price if fill.fill.fee_asset == _holding(fill.symbol) else ZERO


def _held_elsewhere(window: Window, own: Mapping[str, Decimal], fills: list[ForeignFill], quote: str) -> Decimal:
    """Positions and assets that no market of the session trades, from the first sample to the last."""
    if window.opening is None or window.closing is None:
        return ZERO
    change = ZERO
    for symbol, (quantity, mark, _) in window.opening.positions.items():
        if symbol not in own:
            change += quantity * (_last(window, symbol, True, fills, mark) - mark)
    for asset, (quantity, price) in window.opening.assets.items():
        if asset not in own and asset != quote:
            change += quantity * (_last(window, asset, False, fills, price) - price)
    return change


def _last(window: Window, holding: str, perpetual: bool, fills: list[ForeignFill], before: Decimal) -> Decimal:
    """The price that `_end_price` uses for fills of the same holding."""
    price = held(window.closing, holding, perpetual)[1]
    return before if price is None else price
