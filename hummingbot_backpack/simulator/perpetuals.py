"""What happens to perpetuals by itself: marks, funding, realisation of PnL, liquidation."""

from collections import deque
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.simulator.accounts import RATE_UNIT, Account, Funding, Settings
from hummingbot_backpack.simulator.amounts import UNIT, shown, times
from hummingbot_backpack.simulator.events import LiquidationEvent
from hummingbot_backpack.simulator.orders import ASK, BID, OrderRequest, SystemOrder
from hummingbot_backpack.simulator.wire import iso_seconds

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.engine import Engine, MarketState

INTEREST_PER_DAY = 300 * UNIT // 1_000_000
CLAMP = 500 * UNIT // 1_000_000
MEAN_MARK_SECONDS = 300
LIQUIDATION_FEE = 10_000
"""Millionths of a liquidation fill's notional: 1 %."""
ON_BOOK = SystemOrder("LIQUIDATION_AUTOCLOSE", "LiquidatePositionOnBook", "BookLiquidation")
ON_BACKSTOP = SystemOrder("BACKSTOP_LIQUIDITY_PROVIDER", "LiquidatePositionOnBackstop", "Backstop")
ON_ADL = SystemOrder("ADL_AUTOCLOSE", "LiquidatePositionOnAdl", "Adl")


class Perpetuals:
    """Periodic jobs of the perpetual markets, run in market time."""

    def __init__(self, engine: "Engine", speed: float) -> None:
        self._engine = engine
        self._interval_us = int(3_600_000_000 / speed)
        now = engine.clock.true_us()
        self.next_funding_us = now - now % self._interval_us + self._interval_us
        self._premiums: dict[str, float] = {}
        self._premium_sums: dict[str, tuple[float, int]] = {}
        self._rates: dict[str, deque[tuple[int, int]]] = {}
        self.pinned: set[str] = set()
        self.given_rates: dict[str, int] = {}
        """Rates that come from elsewhere (a mirrored market), in units."""
        self._provider: Account | None = None
        self.follow_book = engine.config.flow is not None
        """Whether marks carry the book's premium over the index; without a flow the mark is the index."""

    def _states(self) -> list["MarketState"]:
        return [state for state in self._engine.markets.values() if state.spec.is_perpetual]

    # Marks

    def update_marks(self) -> None:
        """Once a second: mark = index + 1-minute EWMA of (mid − index), each update within the market's limits."""
        engine = self._engine
        for state in self._states():
            symbol = state.spec.symbol
            if symbol not in self.pinned:
                engine.set_mark(symbol, self._next_mark(state))
            state.mean_marks.append(engine.marks[symbol])
            if len(state.mean_marks) > MEAN_MARK_SECONDS:
                del state.mean_marks[0]
            total, count = self._premium_sums.get(symbol, (0.0, 0))
            premium = engine.marks[symbol] / state.index - 1 if state.index else 0.0
            self._premium_sums[symbol] = total + premium, count + 1
        self.liquidate()

    def _next_mark(self, state: "MarketState") -> int:
        mid = state.mid()
        if not self.follow_book or mid is None:
            return state.spec.mark_grained(state.index)
        symbol = state.spec.symbol
        premium = self._premiums.get(symbol, 0.0)
        premium += (mid - state.index - premium) / 60
        self._premiums[symbol] = premium
        wanted = state.index + int(premium)
        before = self._engine.marks[symbol]
        high, low = (
            state.spec.price_filter("maxPriceUpdateMultiplier"),
            state.spec.price_filter("minPriceUpdateMultiplier"),
        )
        if high is not None and low is not None:
            wanted = max(times(before, low), min(times(before, high), wanted))
        return state.spec.mark_grained(wanted)

    # Funding

    def rate(self, symbol: str) -> int:
        """Running estimate of the hourly rate, in units.

        mean premium + clamp(interest − mean premium, ±0.05 %), bounded by the market's limits. The published formula
        divides by 8; what the exchange publishes does not.
        """
        if symbol in self.given_rates:
            return self.given_rates[symbol]
        total, count = self._premium_sums.get(symbol, (0.0, 0))
        premium = int(total / count * UNIT) if count else 0
        interest = INTEREST_PER_DAY // 24
        row = self._engine.markets[symbol].spec.row
        low, high = (int(row[name]) * UNIT // 10_000 for name in ("fundingRateLowerBound", "fundingRateUpperBound"))
        return max(low, min(high, premium + max(-CLAMP, min(CLAMP, interest - premium))))

    def rate_text(self, symbol: str) -> str:
        return shown(self.rate(symbol))

    def funding_rows(self, symbol: str) -> list[dict[str, Any]]:
        """Newest first; the first is the interval in progress. Nine decimals, as the exchange keeps them."""
        rows = [(self.next_funding_us, self.rate(symbol)), *self._rates.get(symbol, ())]
        return [
            {"fundingRate": shown(rate // 1000 * 1000), "intervalEndTimestamp": iso_seconds(end), "symbol": symbol}
            for end, rate in rows
        ]

    def funding_is_due(self) -> bool:
        return self._engine.clock.true_us() >= self.next_funding_us

    def pay_funding(self) -> None:
        """rate × quantity × mark: longs pay where the rate is positive. Rounding stays in the house's funding pool."""
        engine, end = self._engine, self.next_funding_us
        for state in self._states():
            spec, mark = state.spec, engine.marks[state.spec.symbol]
            rate = self.rate(spec.symbol)
            self._rates.setdefault(spec.symbol, deque(maxlen=10_000)).appendleft((end, rate))
            self._premium_sums[spec.symbol] = 0.0, 0
            for account in engine.accounts.values():
                position = account.positions.get(spec.symbol)
                if position is None:
                    continue
                received = -times(spec.value(position.steps, mark), rate)
                engine.ledger.to_pool(account, "funding", spec.quote, -received)
                position.funding += received
                if not account.is_house:
                    account.funding_total += received
                    account.funding.append(Funding(spec, shown(rate), received, end))
                    now = engine.clock.now_us()
                    engine.settler.settle(account, spec.quote, "FundingPayment", received, position, now)
                    engine.settler.cover_shortfall(account, spec.quote, now)
        now = engine.clock.true_us()
        self.next_funding_us = now - now % self._interval_us + self._interval_us
        engine.flush()

    # Realisation

    def realize(self) -> None:
        """Every ten seconds: book unrealised PnL into the quote balance of accounts that have it on."""
        engine, now = self._engine, self._engine.clock.now_us()
        for account in engine.accounts.values():
            if not account.settings.auto_realize:
                continue
            for symbol, position in account.positions.items():
                engine.settler.realize(account, position, position.unrealized(engine.marks[symbol]), now)
                if not account.is_house:
                    engine.settler.cover_shortfall(account, position.market.quote, now)
        engine.flush()

    # Liquidation

    def liquidate(self) -> None:
        """Accounts whose margin fraction is under the maintenance fraction are liquidated, step by step."""
        for account in list(self._engine.accounts.values()):
            if account.is_house or not account.positions:
                continue
            summary = self._engine.margin.summary(account, with_orders=False)
            if summary.equity >= summary.maintenance:
                account.liquidating = False
            elif summary.equity * 2 >= summary.maintenance:
                self.liquidate_on_book(account)
            else:
                self.liquidate_on_backstop(account)
        self._engine.triggers.run()
        self._engine.flush()

    def liquidate_on_book(self, account: Account, share: int = 10) -> None:
        """Cancel everything, then close 1/`share` of each position in the book (at least one step), for 1 % of it."""
        engine = self._engine
        self._begin(account)
        for symbol, position in list(account.positions.items()):
            steps = max(1, abs(position.steps) // share)
            side = ASK if position.steps > 0 else BID
            state = engine.markets[symbol]
            request = OrderRequest(state.spec, side, True, steps=steps, reduce_only=True)
            order = engine.matcher.execute(account, request, state, system=ON_BOOK)
            if order.executed:
                fee = order.executed_quote * LIQUIDATION_FEE // RATE_UNIT
                engine.ledger.to_pool(account, "insurance", state.spec.quote, fee)
                engine.settler.cover_shortfall(account, state.spec.quote, engine.clock.now_us())
                position.liquidated += order.executed
                position.liquidation_fees += fee
                self._tell(
                    state, side, order.executed_quote // (order.executed * state.spec.notional_unit), order.executed
                )
        self._end(account)

    def liquidate_on_backstop(self, account: Account) -> None:
        """The liquidity provider takes what is left at mark; a loss beyond the account's equity is the insurance's."""
        engine = self._engine
        self._begin(account)
        for symbol, position in list(account.positions.items()):
            state = engine.markets[symbol]
            side, steps = (ASK if position.steps > 0 else BID), abs(position.steps)
            price = max(1, round(engine.marks[symbol] / state.spec.price_grid.unit))
            position.liquidated += steps
            engine.matcher.off_book(account, self._backstop(), state, side, steps, price, ON_BACKSTOP)
            self._tell(state, side, price, steps)
        self._end(account)

    def deleverage(self, account: Account, share: float = 1.0) -> None:
        """ADL: the account's positions are closed against the bankrupt side at mark, a share (0 to 1] of each."""
        engine = self._engine
        for symbol, position in list(account.positions.items()):
            state = engine.markets[symbol]
            side, steps = (ASK if position.steps > 0 else BID), max(1, int(abs(position.steps) * share))
            price = max(1, round(engine.marks[symbol] / state.spec.price_grid.unit))
            engine.matcher.off_book(account, self._backstop(), state, side, steps, price, ON_ADL)
        engine.flush()

    def _begin(self, account: Account) -> None:
        account.liquidating = True
        for symbol in dict.fromkeys(order.market.symbol for order in account.open_orders.values()):
            self._engine.cancel_all(account, symbol)

    def _end(self, account: Account) -> None:
        engine = self._engine
        if not account.positions:
            account.liquidating = False
            debt = -engine.margin.plain_equity(account)
            if debt > 0:
                engine.ledger.to_pool(account, "insurance", "USDC", -debt)
                repaid = min(account.borrowed.get("USDC", 0), max(0, account.available.get("USDC", 0)))
                engine.settler.borrow(account, "USDC", -repaid, "Liquidation", engine.clock.now_us())
        engine.flush()

    def _tell(self, state: "MarketState", side: int, price: int, steps: int) -> None:
        self._engine.events.append(LiquidationEvent(state.spec, side, price, steps, self._engine.clock.now_us()))

    def _backstop(self) -> Account:
        if self._provider is None:
            self._provider = self._engine.open_account("backstop liquidity provider", Settings(), {}, is_house=True)
            self._engine.deposit(self._provider, "USDC", 10**12 * UNIT)
        return self._provider

    def liquidation_price(self, account: Account, symbol: str) -> int:
        """Mark (units) at which the account's equity meets its maintenance margin, all else unchanged; 0 when none."""
        engine, position = self._engine, account.positions[symbol]
        mark, steps = engine.marks[symbol], position.steps
        summary = engine.margin.summary(account, with_orders=False)
        spec = position.market
        assert spec.mmf is not None
        fraction = spec.mmf(spec.value(abs(steps), mark)) / UNIT
        size = steps * spec.quantity_grid.unit / UNIT
        # equity + size·(p − mark) = other maintenance + |size|·p·fraction
        room = (summary.equity - summary.maintenance) / UNIT + abs(size) * fraction * mark / UNIT
        slope = abs(size) * fraction - size
        if not slope:
            return 0
        price = (room - size * mark / UNIT) / slope
        return spec.mark_grained(price * UNIT) if price > 0 else 0
