"""Base of controllers that hold base and quote of one spot market: what they observe, and how they take base home."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from hummingbot.core.event.events import OrderFilledEvent

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.closing import Levels
from hummingbot_backpack.market_making.holdings import Holding, Holdings
from hummingbot_backpack.market_making.preflight import MarketFacts, Report
from hummingbot_backpack.market_making.rebalancing import daily_volatility
from hummingbot_backpack.market_making.spot_preflight import check_spot
from hummingbot_backpack.market_making.spot_settings import SpotSettings
from hummingbot_backpack.market_making.spot_step import AT_REST, NOTHING, RebalanceState, SpotDecision, SpotSeen
from hummingbot_backpack.market_making.values import ZERO, MarketRule, RestingOrder, Side
from hummingbot_backpack.trading import controller, observe, preflight, status, steady
from hummingbot_backpack.trading.daily_closes import daily_closes
from hummingbot_backpack.trading.hands import Hands
from hummingbot_backpack.trading.inventory import charged_fee
from hummingbot_backpack.trading.last_mids import LastMids


class SpotBase(controller.Base):
    """A controller of one spot market that decides by `SpotSettings`."""

    SETTINGS_TYPE: ClassVar[type[SpotSettings]] = SpotSettings
    CLOSE_WORDS: ClassVar[str] = ""

    seen: SpotSeen | None
    decision: SpotDecision | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base_asset, self.quote_asset = self.config.trading_pair.split("-")
        self.holding = {self.base_asset: Holding(), self.quote_asset: Holding()}
        self._lent: set[str] = set()
        self._volatility: Decimal | None = None
        self._mids = LastMids()
        self.rebalancing: RebalanceState = AT_REST
        self._elsewhere = NOTHING

    def on_own_fill(self, event: OrderFilledEvent, now: float) -> None:
        """Fills of every market of the connector count: other controllers may share the quote asset."""
        base, quote = event.trading_pair.split("-")
        sign, price, amount = observe.side_of(event.trade_type).sign, Decimal(event.price), Decimal(event.amount)
        fee, fee_asset = charged_fee(event.trade_fee, quote, price, amount)
        for asset, change in ((base, sign * amount), (quote, -sign * price * amount), (fee_asset, -fee)):
            if asset in self.holding and change:
                self.holding[asset].on_fill(change, now)

    def remember(self, decision: SpotDecision) -> None:
        self.rebalancing = decision.state

    def waits(self, decision: SpotDecision, seen: SpotSeen) -> bool:
        tried_at, cooldown = decision.state.tried_at, float(self.settings.rebalance_cooldown)
        return (
            super().waits(decision, seen)
            or seen.settled is None
            or seen.taking
            or decision.state.ending
            or (tried_at is not None and seen.now - tried_at < cooldown)
        )

    def flatten(self) -> None:
        """Withdraw the quotes and take base back to its target, until `flat`; without a target what is held stays."""
        self.hold = "the session is over"
        self.rebalancing = replace(self.rebalancing, ending=True)
        self.wake.set()

    @property
    def flat(self) -> bool:
        """Whether base is at its target, or nothing is done about it any more."""
        return not self.rebalancing.ending

    @property
    def undone(self) -> str:
        return "back at its target" if self.settings.rebalance else "what is held stays, since rebalance is off"

    def observe(self, hands: Hands, rule: MarketRule) -> SpotSeen:
        connector, pair, now = self.connector, self.config.trading_pair, steady.now()
        lent_age = observe.lent_age(connector)
        self._lent |= observe.lent_assets(connector)
        for asset, holding in self.holding.items():
            total = observe.total_balance(connector, asset)
            if total is None:
                holding.forget()
            else:
                holding.on_exchange(total, now, lent_age, asset in self._lent)
        base, quote = self.holding[self.base_asset], self.holding[self.quote_asset]
        settled = None
        if base.settled is not None and quote.settled is not None:
            settled = Holdings(base.settled, quote.settled)
        resting, taking = hands.resting(), hands.closing()
        if settled is not None and base.agreed and quote.agreed and not taking:
            self._measure_elsewhere(settled, resting)
        touch = observe.touch(connector, pair, rule, (order for order in resting if order.shown))
        bases, quotes = base.bounds(), quote.bounds()
        return SpotSeen(
            touch=touch,
            base=bases,
            quote=quotes,
            settled=settled,
            elsewhere=self._elsewhere,
            unknown=observe.unknown_funds(connector),
            resting=resting,
            taking=taking,
            mids=self._mids.look(self.settings.slippage_mode == "dynamic", touch, now),
            hold=self.holding_back(rule, now),
            now=now,
            bids=self._depth(Side.BUY, rule, resting),
            asks=self._depth(Side.SELL, rule, resting),
            any_form=self.prompt and observe.takes_options(connector),
            used=observe.budget_used(connector),
            shut=observe.maintenance(connector),
            join_only=not self.prompt,
            brief=self.note_sight(touch is not None and bases is not None and quotes is not None, now),
        )

    def _measure_elsewhere(self, settled: Holdings, resting: tuple[RestingOrder, ...]) -> None:
        """What is neither available nor in our own orders: staked, or locked by others. Looked at only while none of
        our orders is on its way, since an order and the balance it locks arrive apart."""
        if any(order.cancelling or not order.shown for order in resting):
            return
        free = [observe.available_balance(self.connector, asset) for asset in (self.base_asset, self.quote_asset)]
        locked = [
            sum((order.remaining for order in resting if order.side is Side.SELL), ZERO),
            sum((order.remaining * order.price for order in resting if order.side is Side.BUY), ZERO),
        ]
        self._elsewhere = Holdings(
            max(ZERO, settled.base - free[0] - locked[0]), max(ZERO, settled.quote - free[1] - locked[1])
        )

    def _depth(self, side: Side, rule: MarketRule, resting: Iterable[RestingOrder]) -> Levels:
        """Depth that a rebalancing would take from; not read where an IOC limit finds out by itself."""
        if not self.rebalancing.ending and self.prompt and observe.takes_options(self.connector):
            return ()
        shown = (order for order in resting if order.shown)
        return observe.depth(self.connector, self.config.trading_pair, side, rule, shown)

    # Before the first order ---------------------------------------------------------------------------------------

    async def prepare_preflight(self) -> None:
        closes = await daily_closes(self.config.connector_name, self.config.trading_pair)
        self._volatility = daily_volatility(closes)

    def preflight(self, limits: MoneyLimits, elsewhere: tuple[str, ...]) -> tuple[Report, MarketFacts] | None:
        found = preflight.facts(self, elsewhere)
        if found is None:
            return None
        seen = self.observe(preflight.NoHands(), found.rule)
        quoting = self.decide(replace(seen, hold=None), found.rule).quoting
        values = self.config.model_dump()
        return check_spot(found, seen.middle, self._volatility, values, self.settings, quoting, limits), found

    # Looking at it ------------------------------------------------------------------------------------------------

    def _share(self) -> Decimal | None:
        mark, held = self.mark(), None if self.seen is None else self.seen.middle
        return None if mark is None or held is None else held.share_pct(mark)

    def state(self) -> dict[str, Any]:
        band, share = self.settings.band, self._share()
        return {
            "position": status.plain(self.holding[self.base_asset].likely),
            "quote_balance": status.plain(self.holding[self.quote_asset].likely),
            "base_pct": None if share is None else f"{share:.2f}",
            "base_target_pct": status.plain(band.target_pct),
            "rebalance_threshold_pct": status.plain(band.threshold_pct),
        }

    def inventory_line(self) -> str:
        band = self.settings.band
        held = "  ".join(f"{status.text(holding.likely)} {asset}" for asset, holding in self.holding.items())
        return (
            f"holdings  {held}  {self.base_asset} {status.text(self._share(), 2)} %  target "
            f"{status.text(band.target_pct)} ± {status.text(band.threshold_pct)} %"
        )
