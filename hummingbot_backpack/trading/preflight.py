"""Gathers what the preflight judges, in a bot whose connectors are ready and that has not ordered anything (SE02)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.strategy_v2.models.executor_actions import ExecutorAction

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.closing import CloseOrder
from hummingbot_backpack.market_making.exchange_stop import RestingStop, StopPlan
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.preflight import MarketFacts, Report, check_account
from hummingbot_backpack.market_making.values import Quote, RestingOrder
from hummingbot_backpack.trading import observe

if TYPE_CHECKING:
    from hummingbot_backpack.trading.controller import Base


class NoHands:
    """Stands for hands before there are any: nothing rests, nothing can be done."""

    def resting(self) -> tuple[RestingOrder, ...]:
        return ()

    def closing(self) -> bool:
        return False

    def making(self) -> tuple[RestingOrder, ...]:
        return ()

    def stops(self) -> tuple[RestingStop, ...]:
        return ()

    def keep_stop(self, plan: StopPlan) -> None:
        raise RuntimeError("the preflight places nothing")

    def carry_out(
        self, close: CloseOrder | None, cancel: Iterable[RestingOrder], place: Iterable[Quote]
    ) -> list[ExecutorAction]:
        raise RuntimeError("the preflight places nothing")


def facts(controller: "Base", elsewhere: tuple[str, ...]) -> MarketFacts | None:
    """What is known of a controller's market and account; None while its rules are not. `check` asks only once all of
    a controller's markets can be judged."""
    config, connector = controller.config, controller.connector
    pair = config.trading_pair
    rule = observe.market_rule(connector, pair)
    if rule is None:
        return None
    position = observe.net_position(connector, pair) if observe.is_perpetual(connector) else None
    rates = getattr(connector, "fee_rates", None)
    symbol = _symbol(connector, pair)
    return MarketFacts(
        controller_id=config.id,
        connector_name=config.connector_name,
        trading_pair=pair,
        state=MarketState.of(observe.market_state(connector, pair)),
        rule=rule,
        touch=observe.touch(connector, pair, rule),
        mark=observe.mark_price(connector, pair),
        max_leverage=_max_leverage(connector, pair),
        leverage=_leverage(connector, pair),
        asked_leverage=getattr(config, "leverage", None),
        equity=observe.equity(connector, pair),
        maker_fee=None if rates is None else rates.maker,
        taker_fee=None if rates is None else rates.taker,
        fees_are_own=rates is not None and rates.are_own,
        net=None if position is None else position[0],
        elsewhere=tuple(name for name in elsewhere if name not in (pair, symbol)),
    )


def _can_say(connector: ConnectorBase, trading_pair: str) -> bool:
    """Whether a market can be judged yet."""
    return observe.market_rule(connector, trading_pair) is not None and observe.maintenance(connector) is None


def _symbol(connector: ConnectorBase, trading_pair: str) -> str | None:
    name = getattr(connector, "symbol_of_pair", None)
    try:
        return None if name is None else str(name(trading_pair))
    except ValueError:
        return None


def _leverage(connector: ConnectorBase, trading_pair: str) -> Decimal | None:
    try:
        return observe.positive(connector.get_leverage(trading_pair))
    except (AttributeError, KeyError):
        return None


def _max_leverage(connector: ConnectorBase, trading_pair: str) -> int | None:
    ask = getattr(connector, "market", None)
    margin = getattr(ask(trading_pair), "initial_margin", None) if callable(ask) else None
    return int(1 // margin) if margin else None


async def positions_elsewhere(connector: ConnectorBase) -> tuple[str, ...]:
    """Markets with an open position of the account, as far as the connector can say."""
    ask = getattr(connector, "open_position_symbols", None)
    if ask is None:
        return tuple(position.trading_pair for position in getattr(connector, "account_positions", {}).values())
    return tuple(await ask())


async def check(controllers: Sequence["Base"], limits: MoneyLimits) -> tuple[list[Report], list[str]] | None:
    """The preflight of all controllers of a bot, and the warnings that concern several of them.

    :returns: None while something that it needs is not known yet
    :raises OSError: the exchange could not be asked
    """
    elsewhere: dict[str, tuple[str, ...]] = {}
    found: dict[str, tuple[Report, MarketFacts]] = {}
    for controller in controllers:
        name = controller.config.connector_name
        if getattr(controller.config, "leverage", None) is not None and name not in elsewhere:
            elsewhere[name] = await positions_elsewhere(controller.connector)
        await controller.prepare_preflight()
        connectors = controller.market_data_provider.connectors
        if not all(_can_say(connectors[name], pair) for name, pair in controller.markets):
            return None
        checked = controller.preflight(limits, elsewhere.get(name, ()))
        if checked is not None:
            found[controller.config.id] = checked
    return [report for report, _ in found.values()], check_account(found)
