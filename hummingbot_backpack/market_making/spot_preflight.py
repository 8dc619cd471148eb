"""The preflight of the spot market maker: card SE02 with RB04's advice."""

from collections.abc import Mapping
from decimal import Decimal

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.preflight import (
    MarketFacts,
    Report,
    fee_lines,
    market_lines,
    refused_by_market,
    warned_of_quotes,
)
from hummingbot_backpack.market_making.quoting import order_size
from hummingbot_backpack.market_making.rebalancing import LEAST_ORDERS, advice
from hummingbot_backpack.market_making.spot_settings import SpotSettings
from hummingbot_backpack.market_making.stages import QuoteDecision
from hummingbot_backpack.market_making.values import PERCENT


def check_spot(
    facts: MarketFacts,
    held: Holdings | None,
    volatility: Decimal | None,
    values: Mapping[str, object],
    settings: SpotSettings,
    quoting: QuoteDecision,
    limits: MoneyLimits,
) -> Report:
    """Everything that can be said before the first order.

    :param held: totals, lent funds included; None if they are not all known
    :param volatility: standard deviation of daily returns over 30 days, percent; None if it is not known
    :param quoting: the ladder that a step would place now
    """
    advised = [] if volatility is None or not settings.rebalance else advice(settings.band, volatility)
    return Report(
        controller_id=facts.controller_id,
        refused=tuple(_refused(facts, held, values, settings)),
        warned=(*warned_of_quotes(facts, settings, limits), *_warned(facts, held, settings), *advised[1:]),
        figures=(
            *market_lines(facts, quoting),
            *_rebalance_lines(facts, held, settings),
            *(f"advice    {line}" for line in advised[:1]),
            *fee_lines(facts, settings),
        ),
    )


def _refused(
    facts: MarketFacts, held: Holdings | None, values: Mapping[str, object], settings: SpotSettings
) -> list[str]:
    found, _ = refused_by_market(facts, values)
    if found or held is None or facts.price is None:
        return found
    if held.base <= 0 and held.quote <= 0:
        base, quote = facts.trading_pair.split("-")
        return [f"the account must hold {base} or {quote} to trade {facts.trading_pair}; it has neither"]
    size = order_size(settings.order_amount, held.value(facts.price), facts.price, settings.orders_per_side, facts.rule)
    if size.size == 0:
        given = settings.order_amount if settings.order_amount is not None else "none"
        return [f"order_amount ({given}) must give orders that the market takes: {size.reason}"]
    ladder, worth = _ladder(facts.price, held, settings, facts), held.value(facts.price)
    if ladder > worth:
        return [
            f"one full ladder ({settings.orders_per_side} orders of {size.size} a side) must be carried by the "
            f"account: it needs {ladder:.2f} {facts.quote}, and the account is worth {worth:.2f}"
        ]
    return []


def _ladder(price: Decimal, held: Holdings, settings: SpotSettings, facts: MarketFacts) -> Decimal:
    """Quote value of one side's orders."""
    size = order_size(settings.order_amount, held.value(price), price, settings.orders_per_side, facts.rule).size
    return size * settings.orders_per_side * price


def _warned(facts: MarketFacts, held: Holdings | None, settings: SpotSettings) -> list[str]:
    if held is None:
        return [
            "what the account holds is not all known: until it is, nothing is rebalanced, and nothing is sized from it"
        ]
    if facts.price is None:
        return []
    found, worth = list[str](), held.value(facts.price)
    if worth <= 0:
        return []
    least = LEAST_ORDERS * max(facts.rule.min_quantity * facts.price, facts.rule.min_notional)
    if settings.rebalance and worth < least:
        found.append(f"the account is worth {worth:.2f} {facts.quote}, too little to be rebalanced (under {least:.2f})")
    target = settings.band.target_pct / PERCENT if settings.rebalance else held.base * facts.price / worth
    side = _ladder(facts.price, held, settings, facts)
    if side > worth * min(target, 1 - target):
        found.append(
            f"one side's orders come to {side:.2f} {facts.quote}, and with {target * PERCENT:.0f} % in base the "
            "account cannot carry them on both sides: quotes are cut to what is there"
        )
    return found


def _rebalance_lines(facts: MarketFacts, held: Holdings | None, settings: SpotSettings) -> list[str]:
    if held is None or facts.price is None:
        return ["holdings  not all known"]
    base, quote = facts.trading_pair.split("-")
    worth, band = held.value(facts.price), settings.band
    share = held.share_pct(facts.price)
    shown = "" if share is None else f", {share:.2f} % in {base}"
    lines = [f"holdings  {held.base:f} {base}, {held.quote:f} {quote}: {worth:.2f} {quote}{shown}"]
    if settings.rebalance:
        low, high = (
            max(Decimal(0), min(Decimal(100), band.target_pct + sign * band.threshold_pct)) * worth / PERCENT
            for sign in (-1, 1)
        )
        lines.append(
            f"rebalance  to {worth * band.target_pct / PERCENT:.2f} {quote} of {base}; sells above {high:.2f}, buys "
            f"below {low:.2f}"
        )
    return lines
