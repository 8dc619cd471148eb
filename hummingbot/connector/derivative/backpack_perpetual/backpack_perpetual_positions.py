"""Positions: one signed quantity each, built from the stream's own fields."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal

from hummingbot.connector.derivative.position import Position
from hummingbot.connector.exchange.backpack.backpack_parsing import PositionRecord
from hummingbot.connector.perpetual_trading import PerpetualTrading
from hummingbot.core.data_type.common import PositionSide


class BackpackPosition(Position):
    """Hummingbot's position, whose ``amount`` is negative when short and whose ``unrealized_pnl`` is amount × (mark −
    entry), in quote.

    :param unsettled_pnl: the exchange's ``pnlUnrealized``, quote: only what its ten-second realisation job has not
        booked yet, so nothing that a stop loss could be measured by
    """

    def __init__(
        self,
        trading_pair: str,
        amount: Decimal,
        entry_price: Decimal,
        mark: Decimal,
        leverage: Decimal,
        unsettled_pnl: Decimal,
    ) -> None:
        super().__init__(
            trading_pair=trading_pair,
            position_side=PositionSide.LONG if amount > 0 else PositionSide.SHORT,
            unrealized_pnl=amount * (mark - entry_price),
            entry_price=entry_price,
            amount=amount,
            leverage=leverage,
        )
        self.mark = mark
        self.unsettled_pnl = unsettled_pnl

    def on_mark(self, mark: Decimal) -> None:
        self.mark = mark
        self.update_position(unrealized_pnl=self.amount * (mark - self.entry_price))


class PositionBook:
    """Puts what the exchange says into Hummingbot's :class:`PerpetualTrading`.

    :param now: a monotonic clock in seconds
    """

    def __init__(self, perpetual_trading: PerpetualTrading, now: Callable[[], float] = time.monotonic) -> None:
        self._trading = perpetual_trading
        self._now = now
        self._heard_at: dict[str, float] = {}
        self._asked_at: float | None = None
        self.known = False

    def now(self) -> float:
        return self._now()

    def nets(self) -> dict[str, Decimal] | None:
        """Signed positions in base by trading pair, flat ones absent; None: not known."""
        if not self.known:
            return None
        return {position.trading_pair: position.amount for position in self._trading.account_positions.values()}

    def on_event(self, trading_pair: str, record: PositionRecord, leverage: Decimal) -> None:
        """A frame of ``account.positionUpdate``; the frames right after the subscription are a snapshot."""
        self._heard_at[trading_pair] = self._now()
        self._put(trading_pair, record, leverage)

    def age(self, trading_pair: str) -> float | None:
        """Seconds since the pair's frame came or the request that was answered last left; None: neither has been."""
        told = [at for at in (self._heard_at.get(trading_pair), self._asked_at) if at is not None]
        return self._now() - max(told) if told else None

    def heard_since(self, trading_pair: str, moment: float) -> bool:
        """Whether the stream has told of the pair since then, by this book's clock."""
        return self._heard_at.get(trading_pair, moment - 1.0) >= moment

    def on_positions(
        self, records: Iterable[tuple[str, PositionRecord]], leverage: Decimal, asked_at: float
    ) -> list[str]:
        """``/position``: a pair that is absent is flat. An answer that a later request has overtaken is left alone.

        :param asked_at: when the request left; what the stream said since then stays
        :returns: the pairs whose quantity is another now; none at the first answer
        """
        if self._asked_at is not None and asked_at < self._asked_at:
            return []
        before, self._asked_at = self.nets(), asked_at
        listed = dict(records)
        for trading_pair, record in listed.items():
            if self._heard_at.get(trading_pair, -1.0) < asked_at:
                self._put(trading_pair, record, leverage)
        for trading_pair in [pair for pair in self._trading.account_positions if pair not in listed]:
            if self._heard_at.get(trading_pair, -1.0) < asked_at:
                self._trading.remove_position(trading_pair)
        self.known = True
        after = self.nets()
        if before is None or after is None:
            return []
        return [pair for pair in {**before, **after} if before.get(pair) != after.get(pair)]

    def on_mark(self, trading_pair: str, mark: Decimal) -> None:
        position = self._trading.account_positions.get(trading_pair)
        if isinstance(position, BackpackPosition):
            position.on_mark(mark)

    def _put(self, trading_pair: str, record: PositionRecord, leverage: Decimal) -> None:
        if record.quantity == 0:
            self._trading.remove_position(trading_pair)
            return
        position = self._trading.account_positions.get(trading_pair)
        fresh = BackpackPosition(
            trading_pair, record.quantity, record.entry, record.mark, leverage, record.unsettled_pnl
        )
        if isinstance(position, BackpackPosition):
            # Strategies hold on to the object.
            position.update_position(
                fresh.position_side, fresh.unrealized_pnl, fresh.entry_price, fresh.amount, fresh.leverage
            )
            position.mark, position.unsettled_pnl = fresh.mark, fresh.unsettled_pnl
        else:
            self._trading.set_position(trading_pair, fresh)
